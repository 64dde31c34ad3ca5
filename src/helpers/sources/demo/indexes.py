"""Daily closes of every index: stock indices from their members, the others from factors of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .market import World
from .names import indices
from .pins import PINNED_INDICES, bridge, pinned_returns
from .timeline import Timeline
from .weights import Weights, index_gross

__all__ = ["index_closes", "index_table"]

# cluster: (daily volatility, exposure to the A-share market, noise of one index, yearly drift)
_OUTSIDE = {
    "hktech": (0.0170, 0.45, 0.0020, 0.03),
    "hkbroad": (0.0110, 0.50, 0.0015, 0.03),
    "hkdiv": (0.0085, 0.35, 0.0015, 0.06),
    "hkpharma": (0.0190, 0.40, 0.0025, 0.02),
    "global": (0.0100, 0.10, 0.0020, 0.10),
    "spbio": (0.0180, 0.05, 0.0015, 0.04),
    "saudi": (0.0090, 0.02, 0.0010, 0.05),
    "india": (0.0095, 0.10, 0.0010, 0.09),
    "emerging": (0.0090, 0.35, 0.0010, 0.04),
    "asean": (0.0100, 0.25, 0.0010, 0.04),
    "soymeal": (0.0110, 0.00, 0.0005, 0.05),
    "energychem": (0.0120, 0.10, 0.0008, 0.03),
    "metalfut": (0.0090, 0.15, 0.0005, 0.04),
    "oilgas": (0.0190, 0.10, 0.0015, 0.04),
    "govbond": (0.0014, -0.01, 0.0003, 0.035),
    "credit": (0.0008, 0.00, 0.00010, 0.030),
    "": (0.0150, 0.40, 0.0010, 0.05),
}
_GOLD = (0.85, 0.0006, 0.08)  # share of the gold factor, noise, yearly drift
_CONVERTIBLE = (0.55, 0.0012)  # exposure to the small-cap index, noise
BASE = 3000.0


def _outside(world: World, row, gross: np.ndarray, market: np.ndarray, common: dict[str, np.ndarray]) -> np.ndarray:
    """Return the gross returns of an index outside the stock market."""
    days = len(world.timeline.days)
    noise = world.config.rng(f"index {row.index_code}").standard_normal(days)
    if row.cluster == "gold":
        share, own, drift = _GOLD
        return 1 + share * world.factors["gold"].to_numpy() + own * noise + drift / 250
    if row.cluster == "small":
        exposure, own = _CONVERTIBLE
        return 1 + exposure * (gross[:, common["small"]] - 1) + own * noise
    vol, exposure, own, drift = _OUTSIDE[row.cluster]
    if row.cluster not in common:
        common[row.cluster] = world.config.rng(f"outside {row.cluster}").standard_normal(days) * vol * world.scale
    return 1 + common[row.cluster] + exposure * market + own * noise + drift / 250


def index_closes(world: World, weights: Weights) -> np.ndarray:
    """Return days × indices closes, NaN before the launch; pinned indices end their years where they were printed.

    Parameters
    ----------
    world : World
        The stock market.
    weights : Weights
        Index weights by month end.

    Returns
    -------
    ndarray
        Index points.
    """
    table, timeline = indices(world.config.full), world.timeline
    gross = index_gross(world, weights)
    codes = list(table.index_code)
    market = gross[:, codes.index("000985")] - 1
    common = {"small": codes.index("000852")}
    for j, row in enumerate(table.itertuples()):
        if row.universe == "series":
            gross[:, j] = _outside(world, row, gross, market, common)
            gross[: timeline.position(row.launch + "-01"), j] = np.nan
    if world.config.pins:
        pins = pinned_returns()
        for code in PINNED_INDICES.values():
            mine = pins[pins.code == code]
            j = codes.index(code)
            gross[:, j] = bridge(gross[:, j], timeline, dict(zip(mine.year, mine.ret, strict=True)))
    level = np.nancumprod(gross, axis=0) * BASE
    return np.where(np.isnan(gross), np.nan, level)


def long_form(days: pd.DatetimeIndex, codes, there: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    """Stack days × codes matrices into rows sorted by date and code.

    Parameters
    ----------
    days : DatetimeIndex
        Rows of the matrices.
    codes : array of str
        Columns of the matrices.
    there : array, days × codes
        Rows exist where this is true, or a number.
    **columns : arrays, days × codes
        The value columns.

    Returns
    -------
    DataFrame
        ``date, code`` and the value columns.
    """
    there = there if there.dtype == bool else ~np.isnan(there)
    order = np.argsort(np.asarray(codes, dtype=str), kind="stable")
    if (order != np.arange(len(order))).any():
        there = there[:, order]
        columns = {name: matrix[:, order] for name, matrix in columns.items()}
    day, column = np.nonzero(there)
    frame = {"date": days.to_numpy()[day], "code": pd.Categorical.from_codes(order[column].astype(np.int32), codes)}
    frame |= {name: matrix[there] for name, matrix in columns.items()}
    return pd.DataFrame(frame, copy=False)


def index_table(timeline: Timeline, codes, closes: np.ndarray) -> pd.DataFrame:
    """Return the canonical ``index_daily``.

    Parameters
    ----------
    timeline : Timeline
        The calendar.
    codes : array of str
        One a column.
    closes : ndarray
        Days × indices; NaN before the launch.

    Returns
    -------
    DataFrame
        One row a day and index.
    """
    table = long_form(timeline.days, codes, closes, close=np.round(closes, 2))
    return table.rename(columns={"code": "index_code"})
