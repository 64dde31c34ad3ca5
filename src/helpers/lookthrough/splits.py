"""Which changes in a fund's units are splits and mergers, and prices in the units of the day.

A split changes how many units there are and what each is worth, and moves no money. Two things go wrong where it is
not seen: the change in units is taken for a flow, and units of one kind are multiplied with a price of the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from helpers.panels import distinct, to_panel

__all__ = ["into_units_of_the_day", "share_changes", "splits_of"]

SIMPLE_RATIOS = (2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
JUMP = 0.18  # relative jump of an unadjusted price, net of the return, that no dividend makes
EXACT = 1e-4  # units are printed to fewer digits than this
SMALLEST = 1.85  # a change at least this large may be a split with some flow on the same day


def share_changes(
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    judged: float = 0.1,
    tolerance: float = 0.075,
    max_gap: int = 15,
) -> pd.DataFrame:
    """Every change in a fund's units between two days on which they are known, and what it was.

    ``split_ratio`` of the table is believed where it is given. Elsewhere a change larger than ``judged`` is judged:

    - an unadjusted unit value (net asset value or close) that jumped the other way between the two days, by more than a
      dividend and by so much that little is left for money, makes it a ``split`` and gives the ratio;
    - an unadjusted unit value that did not jump makes it a ``flow``, however large, and so does an adjusted one that
      runs on over the day from where it equalled the unadjusted: it is quoted in later units, and knows of no split;
    - without such a price a split leaves no trace but the units. A change by exactly a simple ratio (2, 2.5, 3, 4, 5,
      6, 8, 10 or one over it) is a ``split``: money does not come in such portions. One within ``tolerance`` of a
      simple ratio is ``suspected``, since money may have come on the same day: no flow is computed for that day.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical tables.
    judged : float
        Relative change of units, up or down, from which a change is judged at all.
    tolerance : float
        Relative distance from a simple ratio still suspected (the day's true flow hides in it).
    max_gap : int
        Calendar days between two observations beyond which the change is ``gap``: its date is not known.

    Returns
    -------
    DataFrame
        One row per fund and observation, sorted by code and date: ``date, code, shares, before`` (units),
        ``split_ratio`` (units after over units before), ``gap_days``, ``status`` in {first, flow, split, suspected,
        gap}.
    """
    rows = etf_shares.loc[etf_shares["shares"].notna()].sort_values(["code", "date"], ignore_index=True)
    first = rows["code"].ne(rows["code"].shift())
    out = rows[["date", "code", "shares"]].copy()
    out["before"] = rows["shares"].shift().mask(first)
    out["gap_days"] = rows["date"].diff().dt.days.mask(first)
    given = "split_ratio" in rows and rows["split_ratio"].notna()
    out["split_ratio"] = rows["split_ratio"].fillna(1.0) if "split_ratio" in rows else 1.0
    out["status"] = "flow"
    out.loc[out["split_ratio"].ne(1.0), "status"] = "split"
    ratio = (out["shares"] / out["before"].where(out["before"] > 0)).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        large = np.abs(np.log(ratio)) >= np.log1p(judged)
    judge = large & np.isfinite(ratio) & (ratio > 0) & ~np.asarray(given)
    if judge.any():
        split, status = _judge(out.loc[judge], ratio[judge], etf_shares, etf_daily, tolerance)
        out.loc[judge, "split_ratio"], out.loc[judge, "status"] = split, status
    out.loc[out["gap_days"] > max_gap, "status"] = "gap"
    out.loc[first, ["status", "split_ratio"]] = ["first", 1.0]
    return out


def splits_of(changes: pd.DataFrame) -> pd.DataFrame:
    """Days on which a unit became another thing, with what is known of the ratio.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`share_changes`.

    Returns
    -------
    DataFrame
        ``code, date, ratio`` (units after over before), by date: known splits, suspected ones at the simple ratio, and
        changes over a hole that are as large as a split, whose ratio is NaN: nothing tells them from money.
    """
    ratio = changes["shares"] / changes["before"].where(changes["before"] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        large = np.abs(np.log(ratio)) >= np.log(SMALLEST)
    stated = changes["split_ratio"].ne(1.0) & changes["status"].ne("first")
    hidden = changes["status"].eq("suspected") | (changes["status"].eq("gap") & large & ~stated)
    rows = changes.loc[stated | hidden, ["code", "date", "split_ratio", "status"]]
    nearest = pd.Series(nearest_ratio(ratio[rows.index].to_numpy()), rows.index).where(rows["status"].eq("suspected"))
    known = stated[rows.index]
    return rows[["code", "date"]].assign(ratio=rows["split_ratio"].where(known, nearest)).sort_values("date")


def into_units_of_the_day(
    value: np.ndarray, since: np.ndarray, dates: pd.DatetimeIndex, codes: pd.Index, splits: pd.DataFrame
) -> np.ndarray:
    """Turn prices of one unit into prices of one unit as it was on each date.

    Parameters
    ----------
    value : ndarray, shape (dates, codes)
        CNY of a unit.
    since : ndarray of datetime64, shape (dates, codes)
        The day whose units the price is quoted in: its own day for a price carried forward, a later one for an adjusted
        price.
    dates : DatetimeIndex
    codes : Index
    splits : DataFrame
        Of :func:`splits_of`.

    Returns
    -------
    ndarray, shape (dates, codes)
        Divided by the splits between the price's day and the date, multiplied by those between the date and a later
        day of the price. NaN where the price is older than a split of unknown ratio.
    """
    value, when = value.copy(), dates.to_numpy()
    for column, day, ratio in _events(splits, codes):
        older = (when >= day) & (since[:, column] < day)
        later = (when < day) & (since[:, column] >= day)
        value[older, column] /= ratio
        if np.isfinite(ratio):
            value[later, column] *= ratio
    return value


def nearest_ratio(ratio: np.ndarray) -> np.ndarray:
    """Return the simple ratio (2, 2.5, 3, …, or one over it) that each ratio is nearest to."""
    simple = np.array([*SIMPLE_RATIOS, *(1 / r for r in SIMPLE_RATIOS)])
    if not len(ratio):
        return ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        return simple[np.abs(np.log(ratio[:, None] / simple)).argmin(axis=1)]


def _events(splits: pd.DataFrame, codes: pd.Index) -> Iterator[tuple[int, np.datetime64, float]]:
    """Column, day and ratio of each split of the funds asked for."""
    column = codes.get_indexer(splits["code"])
    days, ratios = splits["date"].to_numpy(), splits["ratio"].to_numpy()
    return ((column[k], days[k], ratios[k]) for k in np.flatnonzero(column >= 0))


def _judge(
    rows: pd.DataFrame,
    ratio: np.ndarray,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Split ratio and status of large changes in units; see :func:`share_changes`."""
    split, status = np.ones(len(rows)), np.full(len(rows), "flow", dtype=object)
    jumped, moved = price_jump(rows, etf_shares, etf_daily), np.abs(np.log(ratio))
    seen = np.isfinite(jumped)
    with np.errstate(invalid="ignore"):
        left = np.abs(np.log(ratio * jumped))  # what is left for money
        by_price = seen & (np.abs(np.log(jumped)) >= np.log1p(JUMP)) & (left < moved)
        by_price &= left <= np.maximum(np.log1p(JUMP), moved / 2)
    near = nearest_ratio(ratio)
    off = np.abs(np.log(ratio / near))
    unseen = ~seen & ~_runs_on(rows, etf_shares, etf_daily)
    exact = unseen & (off <= EXACT)
    split[by_price], split[exact] = _simplest(1 / jumped[by_price], tolerance), near[exact]
    status[by_price | exact] = "split"
    status[unseen & ~exact & (off <= np.log1p(tolerance))] = "suspected"
    return split, status


def _simplest(ratio: np.ndarray, tolerance: float) -> np.ndarray:
    """Replace a ratio by the simple one within ``tolerance`` of it, if there is one."""
    near = nearest_ratio(ratio)
    return np.where(np.abs(np.log(ratio / near)) <= np.log1p(tolerance), near, ratio)


def raw_sources(etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None) -> list[tuple[str, pd.DataFrame, str]]:
    """Say where an unadjusted unit value may come from, best first.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical tables.

    Returns
    -------
    list of (str, DataFrame, str)
        Name, table, column.
    """
    options = [("nav", etf_shares, "nav")]
    if etf_daily is not None:
        options += [(name, etf_daily, name) for name in ("nav", "close")]
    return [o for o in options if o[2] in o[1].columns]


def price_jump(rows: pd.DataFrame, etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None) -> np.ndarray:
    """Unit value after over before on unadjusted prices, net of the adjusted return; NaN where it is not known.

    Parameters
    ----------
    rows : DataFrame
        ``code, date, gap_days``: the day after, and how many days the day before lies back.
    etf_shares, etf_daily : DataFrame
        Canonical tables.

    Returns
    -------
    ndarray
        One ratio a row.
    """
    jumped = np.full(len(rows), np.nan)
    moved = _picked(rows, "after", etf_daily, "adj_close") / _picked(rows, "before", etf_daily, "adj_close")
    for _, frame, column in raw_sources(etf_shares, etf_daily):
        found = _picked(rows, "after", frame, column) / _picked(rows, "before", frame, column)
        jumped = np.where(np.isfinite(jumped), jumped, found / np.where(np.isfinite(moved), moved, 1.0))
    return jumped


def _runs_on(rows: pd.DataFrame, etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None) -> np.ndarray:
    """Whether the adjusted price goes on over the day from where it was (nearly) the unadjusted one."""
    adjusted = _picked(rows, "before", etf_daily, "adj_close")
    found = np.zeros(len(rows), dtype=bool)
    for _, frame, column in raw_sources(etf_shares, etf_daily):
        with np.errstate(invalid="ignore"):
            found |= np.abs(np.log(_picked(rows, "before", frame, column) / adjusted)) <= np.log1p(JUMP)
    return found & np.isfinite(_picked(rows, "after", etf_daily, "adj_close"))


def _picked(rows: pd.DataFrame, side: str, frame: pd.DataFrame | None, column: str) -> np.ndarray:
    """Value on the day of each change (``after``) or on the day it is counted from; NaN where that day has no row."""
    if frame is None or column not in frame:
        return np.full(len(rows), np.nan)
    codes = distinct(rows["code"])
    values, days = to_panel(frame, column, codes)
    back = rows["gap_days"].fillna(0) if side == "before" else pd.Series(0, rows.index)
    row = days.get_indexer(pd.DatetimeIndex(rows["date"] - pd.to_timedelta(back, unit="D")))
    if not len(days):
        return np.full(len(rows), np.nan)
    return np.where(row >= 0, values[row, codes.get_indexer(rows["code"])], np.nan)
