"""What one ETF unit is worth, how large each fund is, and which jumps in units are splits.

Net asset value is the right price of a unit. Where a source has none, the closing price, the adjusted price and last
the level of the tracked index stand in, and every result says which one it used. Units are split and merged; a jump
that is no money must not become a flow.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.panels import as_of, distinct, to_panel

BASES = ("nav", "close", "adj_close", "index")
INDEX_POINTS_PER_UNIT = 1000.0  # most broad ETFs were launched at one thousandth of their index
SIMPLE_RATIOS = (2.0, 2.5, 3.0, 4.0, 5.0, 8.0, 10.0)


class UnitValues(NamedTuple):
    """Unit values at dates × codes (CNY), the basis of each (text, empty where none) and its age in days."""

    value: pd.DataFrame
    basis: pd.DataFrame
    age: pd.DataFrame


def unit_values(
    dates: pd.DatetimeIndex,
    codes: pd.Index,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    index_daily: pd.DataFrame | None = None,
    etf_list: pd.DataFrame | None = None,
    max_age: int | None = 10,
) -> UnitValues:
    """Value of one unit of each fund, from the best source known at each date.

    The order is net asset value (of ``etf_shares``, then of ``etf_daily``), unadjusted close, adjusted close, and, only
    where ``index_daily`` is given, the tracked index divided by 1,000. An adjusted close is a true level only up to
    later dividends and splits; the index is right only up to the fund's own launch price. Both are marked.

    Parameters
    ----------
    dates : DatetimeIndex
        Ascending.
    codes : Index
    etf_shares, etf_daily, index_daily, etf_list : DataFrame
        Canonical tables; ``index_daily`` and ``etf_list`` only for the last resort.
    max_age : int, optional
        Calendar days a value may be carried forward; None carries it for ever.

    Returns
    -------
    UnitValues
        Three frames of dates × codes.
    """
    shape = len(dates), len(codes)
    value, age = np.full(shape, np.nan), np.full(shape, np.nan)
    basis = np.full(shape, "", dtype=object)
    for name, frame, column in _sources(etf_shares, etf_daily):
        if np.isfinite(value).all():
            break
        found, old = as_of(frame, column, dates, codes, max_age)
        _fill(value, age, basis, found, old, name)
    if index_daily is not None and etf_list is not None and not np.isfinite(value).all():
        tracked = etf_list.set_index("code")["index_code"].reindex(codes)
        known = pd.Index(tracked.dropna().unique())
        level, old = as_of(index_daily, "close", dates, known, max_age, key="index_code")
        at = known.get_indexer(tracked)
        found = np.where(at >= 0, level[:, at], np.nan) / INDEX_POINTS_PER_UNIT
        _fill(value, age, basis, found, np.where(at >= 0, old[:, at], np.nan), "index")
    return UnitValues(*(pd.DataFrame(x, index=dates, columns=codes) for x in (value, basis, age)))


def _sources(etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None) -> list[tuple[str, pd.DataFrame, str]]:
    """Where a unit value may come from, best first."""
    options = [("nav", etf_shares, "nav")]
    if etf_daily is not None:
        options += [(name, etf_daily, name) for name in ("nav", "close", "adj_close")]
    return [o for o in options if o[2] in o[1].columns]


def _fill(value: np.ndarray, age: np.ndarray, basis: np.ndarray, found: np.ndarray, old: np.ndarray, name: str) -> None:
    """Put ``found`` where nothing better is known yet."""
    take = ~np.isfinite(value) & np.isfinite(found)
    value[take], age[take], basis[take] = found[take], old[take], name


def share_changes(
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    jump: float = 0.25,
    tolerance: float = 0.06,
    max_gap: int = 15,
) -> pd.DataFrame:
    """Every change in a fund's units between two days on which they are known, and what it was.

    ``split_ratio`` of the table is believed where it is given. Elsewhere a change larger than ``jump`` is judged:

    - an unadjusted unit value (net asset value or close) on both days that jumped the other way by as much, within
      ``tolerance``, makes it a ``split`` and gives the ratio;
    - an unadjusted unit value that did not jump makes it a ``flow``, however large;
    - with only adjusted prices a split leaves no trace in the price. A change within ``tolerance`` of a simple ratio
      (2, 2.5, 3, 4, 5, 8, 10 or one over it) is then ``suspected``: no flow is computed for that day.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical tables.
    jump : float
        Relative change of units, up or down, from which a change is judged at all.
    tolerance : float
        Relative mismatch still taken for a split (the day's true flow hides in it).
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
        large = np.abs(np.log(ratio)) >= np.log1p(jump)
    judge = large & np.isfinite(ratio) & (ratio > 0) & ~np.asarray(given)
    if judge.any():
        split, status = _judge(out.loc[judge], ratio[judge], etf_shares, etf_daily, tolerance)
        out.loc[judge, "split_ratio"], out.loc[judge, "status"] = split, status
    out.loc[out["gap_days"] > max_gap, "status"] = "gap"
    out.loc[first, ["status", "split_ratio"]] = ["first", 1.0]
    return out


def _judge(
    rows: pd.DataFrame,
    ratio: np.ndarray,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None,
    tolerance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Split ratio and status of large changes in units; see :func:`share_changes`."""
    split, status = np.ones(len(rows)), np.full(len(rows), "flow", dtype=object)
    jumped = _price_jump(rows, etf_shares, etf_daily)
    seen = np.isfinite(jumped)
    with np.errstate(invalid="ignore"):
        matches = np.abs(np.log(ratio * jumped)) <= np.log1p(3 * tolerance)
        moved = np.abs(np.log(jumped)) >= np.log1p(3 * tolerance)
    is_split = seen & matches & moved
    split[is_split], status[is_split] = _simplest(1 / jumped[is_split], tolerance), "split"
    nearest = _simplest(ratio, tolerance)
    status[~seen & (nearest != ratio)] = "suspected"
    return split, status


def _simplest(ratio: np.ndarray, tolerance: float) -> np.ndarray:
    """Replace a ratio by the simple one within ``tolerance`` of it, if there is one."""
    simple = np.array([*SIMPLE_RATIOS, *(1 / r for r in SIMPLE_RATIOS)])
    if not len(ratio):
        return ratio
    off = np.abs(np.log(ratio[:, None] / simple))
    best = off.argmin(axis=1)
    near = off[np.arange(len(ratio)), best] <= np.log1p(tolerance)
    return np.where(near, simple[best], ratio)


def _price_jump(rows: pd.DataFrame, etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None) -> np.ndarray:
    """Unit value after over before on unadjusted prices, net of the adjusted return; NaN where it is not known."""
    jumped = np.full(len(rows), np.nan)
    codes = distinct(rows["code"])
    col = codes.get_indexer(rows["code"])
    before = rows["date"] - pd.to_timedelta(rows["gap_days"].fillna(0), unit="D")
    adjusted = _ratio(etf_daily, "adj_close", codes, col, before, rows["date"])
    for name, frame, column in _sources(etf_shares, etf_daily):
        if name == "adj_close":
            continue
        found = _ratio(frame, column, codes, col, before, rows["date"])
        jumped = np.where(np.isfinite(jumped), jumped, found / np.where(np.isfinite(adjusted), adjusted, 1.0))
    return jumped


def _ratio(
    frame: pd.DataFrame | None,
    column: str,
    codes: pd.Index,
    col: np.ndarray,
    before: pd.Series,
    after: pd.Series,
) -> np.ndarray:
    """Value on the day ``after`` over the value on the day ``before``; NaN where either day has no row."""
    if frame is None or column not in frame:
        return np.full(len(col), np.nan)
    values, days = to_panel(frame, column, codes)
    if not len(days):
        return np.full(len(col), np.nan)
    picked = []
    for when in (before, after):
        row = days.get_indexer(pd.DatetimeIndex(when))
        picked.append(np.where(row >= 0, values[row, col], np.nan))
    return picked[1] / picked[0]


def later_split_factor(changes: pd.DataFrame, dates: pd.DatetimeIndex, codes: pd.Index) -> pd.DataFrame:
    """Product of the splits, known and suspected, after each date: what a forward-adjusted price already contains.

    A forward-adjusted price is quoted in today's units. Multiplying it by this factor gives the price of a unit as it
    was. This undoes a look-ahead of the price, it is no information a signal may use.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`share_changes`.
    dates : DatetimeIndex
        Of the result.
    codes : Index
        Of the result.

    Returns
    -------
    DataFrame
        Dates × codes; 1 where no split follows.
    """
    factor = pd.DataFrame(1.0, index=dates, columns=codes)
    found = changes.loc[changes["status"].isin(["split", "suspected"]) & changes["code"].isin(codes)]
    for row in found.itertuples(index=False):
        known = row.status == "split"
        ratio = row.split_ratio if known else _simplest(np.array([row.shares / row.before]), 0.06)[0]
        factor.loc[factor.index < row.date, row.code] *= ratio
    return factor


def fund_sizes(
    dates: pd.DatetimeIndex,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    codes: pd.Index | None = None,
    index_daily: pd.DataFrame | None = None,
    etf_list: pd.DataFrame | None = None,
    max_age: int | None = 10,
    price_max_age: int | None = 10,
    undo_later_splits: bool = False,
) -> tuple[pd.DataFrame, UnitValues]:
    """Size of each fund at each date: units × unit value, as known at that date.

    Parameters
    ----------
    dates : DatetimeIndex
        Usually the last session of each week.
    etf_shares, etf_daily, index_daily, etf_list : DataFrame
        Canonical tables; see :func:`unit_values` for the order of price sources.
    codes : Index, optional
        The funds; default all in ``etf_shares``.
    max_age, price_max_age : int, optional
        Calendar days units and unit values may be carried forward (a missing day is no redemption); None for ever.
    undo_later_splits : bool
        Put adjusted prices and index levels back into the units of the day. It needs to know later splits, so it is
        for levels shown in CNY, not for signals.

    Returns
    -------
    sizes : DataFrame
        Dates × codes in CNY, NaN where units or value are unknown.
    units : UnitValues
    """
    codes = distinct(etf_shares["code"]) if codes is None else codes
    shares, _ = as_of(etf_shares, "shares", dates, codes, max_age)
    units = unit_values(dates, codes, etf_shares, etf_daily, index_daily, etf_list, price_max_age)
    value = units.value
    if undo_later_splits:
        factor = later_split_factor(share_changes(etf_shares, etf_daily), dates, codes)
        value = value.where(~units.basis.isin(["adj_close", "index"]), value * factor)
    return pd.DataFrame(shares, index=dates, columns=codes) * value, units._replace(value=value)
