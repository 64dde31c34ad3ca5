"""What a table showed on a given evening: nothing dated, announced, listed or completed later may be seen."""

from __future__ import annotations

import pandas as pd

__all__ = ["known_at", "known_from"]

_KNOWN_BY = {"fund_holdings": "announce_date", "stock_fundamental": "announce_date", "stock_industry": "start"}


def known_from(name: str, table: pd.DataFrame) -> pd.Series:
    """Return the first evening on which each row of a table could be known; NaT where the row does not say.

    Parameters
    ----------
    name : str
        A canonical table.
    table : DataFrame
        As :func:`helpers.tables.validate` returns it.

    Returns
    -------
    Series
        Dates, one a row.
    """
    if name == "etf_list":
        since = table["list_date"]
        return since.fillna(table["establish_date"]) if "establish_date" in table else since
    if name == "fund_issuance":
        return table["month"] + pd.offsets.MonthEnd(0)
    return table[_KNOWN_BY.get(name, "date")]


def known_at(name: str, table: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Cut a validated table to what was known on the evening of ``end``.

    Daily tables keep rows dated up to ``end``; reports those announced by then; industry labels those in force, an end
    still ahead becoming open; issuance the months complete by then; the list of ETFs those listed (or, never traded,
    established), with a delisting or a size dated later removed.

    Parameters
    ----------
    name : str
        A canonical table.
    table : DataFrame
        As :func:`helpers.tables.validate` returns it.
    end : Timestamp
        A midnight.

    Returns
    -------
    DataFrame
        A new frame in the same order, index from 0.
    """
    since = known_from(name, table)
    if name == "etf_list":
        cut = _rows(table, since.isna() | (since <= end))
        return _without(_without(cut, "delist_date", end), "size_date", end, "size")
    cut = _rows(table, since <= end)
    return _without(cut, "end", end) if name == "stock_industry" else cut


def _rows(table: pd.DataFrame, keep: pd.Series) -> pd.DataFrame:
    return table.loc[keep.to_numpy()].reset_index(drop=True)


def _without(table: pd.DataFrame, date: str, end: pd.Timestamp, *others: str) -> pd.DataFrame:
    """Blank a date that lies after ``end``, and the columns it dates."""
    if date not in table:
        return table
    later = table[date] > end
    blank = {column: table[column].mask(later) for column in (date, *others) if column in table}
    return table.assign(**blank)
