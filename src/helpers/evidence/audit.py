"""Does a signal see the future? Change everything that was known only later, and look whether the past moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from helpers.hp_filter import two_sided_hp
from helpers.regimes import factor_momentum, state_of, style_ratio, weekly_closes
from helpers.tables import MissingTable, needed
from helpers.tables.point_in_time import known_at, known_from

__all__ = [
    "AUDITED",
    "LookAhead",
    "audit_facts",
    "look_ahead_audit",
    "refuse_look_ahead",
    "two_sided_state",
    "with_another_future",
]

CLEAN, AHEAD, UNREAD = "clean", "LOOKS AHEAD", "not read"
AUDITED = (CLEAN, AHEAD, UNREAD)
Signal = Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame | pd.Series]
_LABELS = ("industry_code", "industry_name")  # texts that are values and no keys


class LookAhead(AssertionError):
    """A signal whose past moves when the future does."""


def look_ahead_audit(
    signal: Signal,
    market: Mapping[str, pd.DataFrame],
    cuts: Sequence[pd.Timestamp | str] | None = None,
    tables: Iterable[str] | None = None,
    seed: int = 0,
    tolerance: float = 1e-9,
) -> pd.DataFrame:
    """Change the future of every table and report whether the past of a signal moves.

    On the evening of each cut a row counts as future by the rule of the book
    (:func:`helpers.tables.point_in_time.known_from`): a holding by its announcement, a label by the day it began, a
    daily row by its date. Once all later numbers are changed; once all later rows are gone. A signal dated up to the
    cut must be the same in all three worlds. One that says it cannot be formed without the later rows
    (:class:`helpers.tables.MissingTable`) is judged by the changed numbers alone.

    Parameters
    ----------
    signal : callable
        Takes a mapping of table name to DataFrame; returns a Series or DataFrame by date, each row known after the
        close of its date.
    market : mapping of table name to DataFrame
        Canonical tables.
    cuts : sequence of dates, optional
        Evenings; by default at a half, three quarters and nine tenths of the signal's dates.
    tables : iterable of str, optional
        Tables to change, one at a time; by default all of the market's.
    seed : int
        Of the changes.
    tolerance : float
        Relative difference that counts as rounding.

    Returns
    -------
    DataFrame
        (table, cut) × ``rows`` (of the table's future), ``moved`` (values up to the cut that moved), ``first`` (the
        earliest such date), ``later`` (values after the cut that moved), ``verdict``: *clean*; *LOOKS AHEAD*; or *not
        read*, where not even the later values moved, so that nothing is proved.

    Raises
    ------
    MissingTable
        If a table to change is not the market's.
    ValueError
        If the signal has no dates.

    Examples
    --------
    >>> days = pd.date_range("2024-01-02", periods=40, freq="B")
    >>> prices = pd.DataFrame({"date": days, "index_code": "000300", "close": range(100, 140)})
    >>> mean_so_far = lambda t: t["index_daily"].set_index("date")["close"].expanding().mean()
    >>> whole_mean = lambda t: t["index_daily"].set_index("date")["close"].pipe(lambda c: c / c.mean())
    >>> [look_ahead_audit(s, {"index_daily": prices})["verdict"].iloc[0] for s in (mean_so_far, whole_mean)]
    ['clean', 'LOOKS AHEAD']
    """
    names = list(market) if tables is None else list(tables)
    needed(market, *names)
    given = {name: market[name] for name in market}
    own = _frame(signal(given))
    if not isinstance(own.index, pd.DatetimeIndex) or not len(own):
        raise ValueError("a signal must be a Series or DataFrame with dates in its index")
    dates = own.index.unique().sort_values()
    asked = [dates[int(share * (len(dates) - 1))] for share in (0.5, 0.75, 0.9)] if cuts is None else cuts
    rows = {}
    for name in names:
        for cut in map(pd.Timestamp, asked):
            changed, shorter = with_another_future(given, name, cut, seed)
            found = [_moved(own, _frame(signal(changed)), cut, tolerance)]
            with suppress(MissingTable):
                found.append(_moved(own, _frame(signal(shorter)), cut, tolerance))
            rows[name, cut] = {"rows": int((known_from(name, given[name]) > cut).sum()), **_worst(found)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(rows, names=["table", "cut"])
    return table


def refuse_look_ahead(signal: Signal, market: Mapping[str, pd.DataFrame], **options: object) -> pd.DataFrame:
    """Run :func:`look_ahead_audit` and refuse a signal that looks ahead; for tests.

    Parameters
    ----------
    signal, market
        As for :func:`look_ahead_audit`.
    **options
        Its other parameters.

    Returns
    -------
    DataFrame
        The audit.

    Raises
    ------
    LookAhead
        Naming table, cut and first date that moved; also if no table is read at all, since that proves nothing.
    """
    table = look_ahead_audit(signal, market, **options)
    for (name, cut), row in table.iterrows():
        if row["verdict"] == AHEAD:
            said = f"what {name} says after {cut:%Y-%m-%d} moves {row['moved']} earlier values"
            raise LookAhead(f"{said}, the first of {row['first']:%Y-%m-%d}")
    if (table["verdict"] == UNREAD).all():
        raise LookAhead("nothing moved at all, before or after the cuts: the signal reads none of the tables changed")
    return table


def audit_facts(table: pd.DataFrame) -> dict[str, object]:
    """Return what a sentence says of an audit.

    Parameters
    ----------
    table : DataFrame
        Of :func:`look_ahead_audit`.

    Returns
    -------
    dict
        ``checks`` (how many), ``ahead`` (tables whose future moves the past), ``clean`` and ``unread`` (tables).
    """
    by = {
        word: list(dict.fromkeys(table.index[table["verdict"] == word].get_level_values("table"))) for word in AUDITED
    }
    return {"checks": 2 * len(table), "ahead": by[AHEAD], "clean": by[CLEAN], "unread": by[UNREAD]}


def two_sided_state(index_daily: pd.DataFrame, pair: Sequence[str], lamb: float, since: str | None = None) -> pd.Series:
    """Return the state of a style by the *two-sided* HP filter, which sees the future: what an audit must catch.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical table.
    pair, lamb, since
        As for :func:`helpers.regimes.study.load_styles`.

    Returns
    -------
    Series
        1, 0 or NaN by week.
    """
    ratio = style_ratio(weekly_closes(index_daily, pair, since))
    return state_of(factor_momentum(two_sided_hp(ratio, lamb)))


def with_another_future(
    market: Mapping[str, pd.DataFrame], name: str, cut: pd.Timestamp, seed: int = 0
) -> list[dict[str, pd.DataFrame]]:
    """Return the market twice: with the later numbers of one table changed, and with its later rows gone.

    Parameters
    ----------
    market : mapping of table name to DataFrame
    name : str
        The table.
    cut : Timestamp
        The last evening that stays as it was.
    seed : int
        Of the changes.

    Returns
    -------
    list of dict
        Two markets that agree on everything known at the cut. A table of which nothing is left is not in the second.
    """
    table = market[name]
    removed = known_at(name, table, cut)
    changed = {**market, name: _changed(name, table, cut, seed)}
    rest = {key: frame for key, frame in market.items() if key != name}
    return [changed, {**rest, name: removed} if len(removed) else rest]


def _changed(name: str, table: pd.DataFrame, cut: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Multiply every later number by chance, deal later labels anew, and drop dates that lie ahead."""
    rng, later = np.random.default_rng(seed), (known_from(name, table) > cut).to_numpy()
    out, where = table.copy(), np.flatnonzero(later)
    numbers = [
        c for c in out.columns if pd.api.types.is_numeric_dtype(out[c]) and not pd.api.types.is_bool_dtype(out[c])
    ]
    for column in numbers:
        values = out[column].to_numpy(dtype=float, copy=True)
        values[where] *= np.exp(rng.normal(0, 0.3, len(where)))
        out[column] = values
    labels = [column for column in _LABELS if column in out]
    if labels and name == "stock_industry" and len(where):
        out.loc[out.index[where], labels] = table[labels].iloc[rng.permutation(where)].to_numpy()
    for column in ("delist_date", "end"):
        if column in out and name in ("etf_list", "stock_industry"):
            out[column] = out[column].mask(out[column] > cut)
    return out


def _frame(signal: pd.DataFrame | pd.Series) -> pd.DataFrame:
    frame = signal.to_frame() if isinstance(signal, pd.Series) else signal
    return frame.astype(float).sort_index()


def _moved(own: pd.DataFrame, other: pd.DataFrame, cut: pd.Timestamp, tolerance: float) -> dict[str, object]:
    """Count the values that differ up to the cut and after it."""
    index, columns = own.index.union(other.index), own.columns.union(other.columns)
    a, b = (frame.reindex(index=index, columns=columns).to_numpy() for frame in (own, other))
    same = np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
    past = np.asarray(index <= cut)
    rows = past & ~same.all(axis=1)
    first = index[rows][0] if rows.any() else pd.NaT
    return {"moved": int((~same[past]).sum()), "first": first, "later": int((~same[~past]).sum())}


def _worst(found: list[dict[str, object]]) -> dict[str, object]:
    """Join what both worlds showed."""
    worst = max(found, key=lambda one: one["moved"])
    later = max(one["later"] for one in found)
    word = AHEAD if worst["moved"] else CLEAN if later else UNREAD
    return {"moved": worst["moved"], "first": worst["first"], "later": later, "verdict": word}
