"""What ``make data`` says of a source: each table, what in it is odd, and the codes that other tables do not know."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from helpers.sources import Market
from helpers.sources.folder import unread
from helpers.tables import SCHEMAS, DataWarning

__all__ = ["held", "inventory", "strangers"]

_KNOWN_BY = (
    ("etf_daily", "code", (("etf_list", "code"),)),
    ("etf_shares", "code", (("etf_list", "code"),)),
    ("etf_list", "index_code", (("index_daily", "index_code"), ("index_weights", "index_code"))),
    ("index_weights", "index_code", (("etf_list", "index_code"), ("index_daily", "index_code"))),
    ("index_valuation", "index_code", (("etf_list", "index_code"), ("index_daily", "index_code"))),
    ("fund_nav", "fund_code", (("fund_holdings", "fund_code"),)),
)


def held(values: Iterable[object]) -> dict[str, Any] | None:
    """Say what the market among some objects holds of the tables read so far, and why it lacks others.

    Parameters
    ----------
    values : iterable of object
        For example all that a notebook made.

    Returns
    -------
    dict or None
        ``name`` and ``label`` of the market, ``tables`` (for each table read: rows, first and last day as text) and
        ``missing`` (reason by table); None when there is no market.
    """
    market = next((value for value in values if isinstance(value, Market)), None)
    if market is None:
        return None
    read = [name for name in SCHEMAS if name in market.opened and name not in market.missing]
    tables = {name: dict(zip(("rows", "first", "last"), _extent(market[name]), strict=True)) for name in read}
    return {"name": market.name, "label": market.label, "tables": tables, "missing": market.missing}


def inventory(market) -> Iterator[str]:
    """Read every table of a market and say in one line each what it holds, then what is worth a look.

    Parameters
    ----------
    market : helpers.sources.Market

    Yields
    ------
    str
        Lines to print.

    Raises
    ------
    DataError
        At the first table that cannot be trusted.
    """
    for name in SCHEMAS:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield f"  {name:18} " + (_held(market[name]) if name in market else f"missing: {market.missing[name]}")
        for warning in caught:
            if issubclass(warning.category, DataWarning):
                yield f"    look: {warning.message}"
    if market.folder is not None and not market.simulated:
        yield from (f"  look: {line}" for line in unread(market.folder))
    for name, lines in strangers(market).items():
        yield from (f"  look: {name}: {line}" for line in lines)


def _held(table: pd.DataFrame) -> str:
    rows, first, last = _extent(table)
    return f"{rows:>10,} rows  {f'{first} to {last}' if first else ''}"


def _extent(table: pd.DataFrame) -> tuple[int, str, str]:
    """Rows, and the first and last day where a table has days."""
    day = next((c for c in ("date", "report_date", "month", "list_date") if c in table), None)
    if day is None or table[day].isna().all():
        return len(table), "", ""
    return len(table), f"{table[day].min():%Y-%m-%d}", f"{table[day].max():%Y-%m-%d}"


def strangers(market: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """Name the codes of each table that no table which should know them holds.

    Parameters
    ----------
    market : mapping of str to DataFrame
        Canonical tables; only those that are there are compared.

    Returns
    -------
    dict of str to list of str
        By table, one line per column: how many codes, the first three, and who does not know them. None of them need
        be wrong: a source may simply lack their data.
    """
    found: dict[str, list[str]] = {}
    for table, column, others in _KNOWN_BY:
        asked = [(other, key) for other, key in others if _holds(market, other, key)]
        if not asked or not _holds(market, table, column):
            continue
        known = set().union(*(market[other][key].dropna().unique() for other, key in asked))
        unknown = sorted(set(market[table][column].dropna().unique()) - known)
        if unknown:
            found.setdefault(table, []).append(_line(column, unknown, [other for other, _ in asked]))
    return found


def _holds(market: Mapping[str, pd.DataFrame], table: str, column: str) -> bool:
    return table in market and column in market[table]


def _line(column: str, unknown: list[str], others: Iterable[str]) -> str:
    shown = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
    return f"{len(unknown):,} {column} not in {' or '.join(others)}: {shown}"
