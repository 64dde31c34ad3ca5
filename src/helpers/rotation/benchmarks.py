"""Candidates for the equal-weight benchmark the rotation report does not describe, beside what its tables imply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.backtest.engine import backtest
from helpers.backtest.selection import equal_weight
from helpers.panels import industry_closes, wide
from helpers.performance import whole_year
from helpers.tables import MissingTable, needed

REBALANCED = {"daily": 1, "weekly": "W-SUN", "monthly": "M", "yearly": "Y"}
RESIDUAL = ("综合", "综合金融")
MET = 0.1  # points
SHIFTED, NEVER = "shifted", "never since"  # words in the names of two large families of candidates


def equal_weight_returns(prices: pd.DataFrame, every: str | int | None = 1) -> pd.Series:
    """Return daily returns of all industries held equally, without costs.

    Parameters
    ----------
    prices : DataFrame
        Sessions x industries.
    every : int, str or None
        Rebalance at the close of each k-th session, or of each week ("W-SUN"), month ("M") or year ("Y"); None buys
        equal amounts at the first close and leaves them alone, so that what rose weighs more ever after.

    Returns
    -------
    Series
        By session, fractions; 0 on the first.
    """
    if every is None:
        dates = prices.index[:1]
    elif isinstance(every, int):
        dates = prices.index[::every]
    else:
        period = prices.index.to_period(every)
        dates = prices.index[np.append(period[1:] != period[:-1], True)].union(prices.index[:1])
    return backtest(equal_weight(prices, dates), prices, lag=0).returns


def points_returns(prices: pd.DataFrame) -> pd.Series:
    """Return daily returns of the mean of the index points.

    Parameters
    ----------
    prices : DataFrame
        Sessions × industries; NaN before an industry begins.

    Returns
    -------
    Series
        By session, fractions; 0 on the first.

    Notes
    -----
    All industries of a scheme begin at the same points on the same base day, so this is the equal weight bought on
    that day and never rebalanced. An industry that begins later joins with its points, without a jump.
    """
    known = prices.notna() & prices.shift().notna()
    growth = prices.where(known).sum(axis=1) / prices.shift().where(known).sum(axis=1)
    return growth.sub(1).where(known.any(axis=1), 0.0)


def yearly_returns(returns: pd.Series) -> pd.Series:
    """Return compound returns of the whole calendar years (:func:`helpers.performance.whole_year`)."""
    years = returns.groupby(returns.index.year)
    whole = [year for year, part in years if whole_year(part.index)]
    return (years.apply(lambda part: (1 + part).prod()) - 1).loc[whole]


def shifted_years(returns: pd.Series, shifts: range) -> pd.DataFrame:
    """Return yearly returns when every year begins `k` sessions early (k > 0) or late; years x shifts."""
    return pd.DataFrame({k: yearly_returns(returns.shift(k).dropna()) for k in shifts})


def median_years(prices: pd.DataFrame) -> pd.Series:
    """Return the median industry's return of each whole calendar year.

    Parameters
    ----------
    prices : DataFrame
        Sessions × industries.

    Returns
    -------
    Series
        By year, fractions.
    """
    whole = yearly_returns(prices.pct_change(fill_method=None).median(axis=1).dropna()).index
    ends = prices.groupby(prices.index.year).last()
    return ends.pct_change(fill_method=None).median(axis=1).reindex(whole)


def candidates(
    schemes: Mapping[str, pd.DataFrame],
    indices: pd.DataFrame | None = None,
    shifts: range = range(-60, 61),
    since: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Return the yearly return of every candidate benchmark, in %.

    Parameters
    ----------
    schemes : mapping of scheme to DataFrame
        Sessions x industries each, with all the history there is.
    indices : DataFrame, optional
        Sessions x index codes, for comparison.
    shifts : range
        Displacements of the year's beginning tried on the daily equal weight; only the names that say so carry them.
    since : date, optional
        First close of what is rebalanced; what is never rebalanced is bought at the end of each year before it, too.

    Returns
    -------
    DataFrame
        Candidates x years; NaN where a year is not covered.
    """
    rows = {}
    for scheme, closes in schemes.items():
        prices = closes.loc[since:]
        for name, every in REBALANCED.items():
            rows[f"{scheme}, equal, {name}"] = yearly_returns(equal_weight_returns(prices, every))
        fewer = prices.drop(columns=[c for c in RESIDUAL if c in prices])
        rows[f"{scheme}, equal, daily, without 综合"] = yearly_returns(equal_weight_returns(fewer))
        rows[f"{scheme}, median industry"] = median_years(prices)
        rows[f"{scheme}, mean of the index points"] = yearly_returns(points_returns(closes))
        for day in _bought(closes.index, prices.index[0]):
            bought = yearly_returns(equal_weight_returns(closes.loc[day:], None))
            rows[f"{scheme}, equal, {NEVER} {day:%Y-%m-%d}"] = bought
        for k, shifted in shifted_years(equal_weight_returns(prices), shifts).items():
            if k:
                rows[f"{scheme}, equal, daily, years {SHIFTED} by {k} sessions"] = shifted
    for code in [] if indices is None else indices.columns:
        rows[f"index {code}"] = yearly_returns(indices[code].loc[since:].dropna().pct_change().dropna())
    return 100 * pd.DataFrame(rows).T


def _bought(days: pd.DatetimeIndex, until: pd.Timestamp) -> list[pd.Timestamp]:
    """The first close, the last one of each year before `until`, and `until`: where one may have bought for good."""
    ends = pd.Series(days, days.year).groupby(level=0).last()
    return sorted({days[0], *ends[ends < until], until})


def gaps(found: pd.DataFrame, printed: pd.Series) -> pd.DataFrame:
    """Return candidate less printed by year, with the mean and largest distance; nearest first.

    A candidate known in less than half of the years comes after all others: one year is easily met by luck.

    Parameters
    ----------
    found : DataFrame
        Candidates x years, %.
    printed : Series
        Implied benchmark return by year, %.

    Returns
    -------
    DataFrame
        Candidates x (years in common, ``years``, ``mean_gap``, ``largest_gap``), pp.
    """
    years = found.columns.intersection(printed.index)
    table = found[years].sub(printed[years], axis=1)
    distance = table.abs()
    summary = table.assign(
        years=table.notna().sum(axis=1), mean_gap=distance.mean(axis=1), largest_gap=distance.max(axis=1)
    )
    known = summary[summary["years"] > 0].sort_values("mean_gap", kind="stable")
    return known.loc[(2 * known["years"] < len(years)).sort_values(kind="stable").index]


class Search(NamedTuple):
    """Candidates beside the benchmark the printed tables imply.

    Attributes
    ----------
    found : DataFrame
        Of :func:`candidates`.
    gaps : DataFrame
        Of :func:`gaps`, all of them.
    nearest : DataFrame
        The first of them, for showing: of the shifted years and of the days on which one may have bought for good
        only the best of each scheme.
    """

    found: pd.DataFrame
    gaps: pd.DataFrame
    nearest: pd.DataFrame


def search_benchmark(
    market: Mapping[str, pd.DataFrame],
    implied: pd.Series,
    since: str | pd.Timestamp = "2016-12-01",
    shown: int = 24,
) -> Search:
    """Try every candidate that a market has prices for.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        ``industry_daily``, and ``index_daily`` where it has it.
    implied : Series
        Of :func:`helpers.published.exhibits.s002_rotation.implied_benchmark`.
    since : date
        First close used, some weeks before the first year; what is never rebalanced may be bought earlier.
    shown : int
        Candidates to show.

    Returns
    -------
    Search

    Raises
    ------
    MissingTable
        If there are no industry prices, or none in the printed years.
    """
    (industry_daily,) = needed(market, "industry_daily")
    held = set(industry_daily["scheme"])
    schemes = {s: industry_closes(industry_daily, s) for s in ("CITIC_L1", "SW2021_L1") if s in held}
    schemes = {scheme: closes for scheme, closes in schemes.items() if len(closes.loc[since:])}
    indices = wide(market["index_daily"], "index_code", "close") if "index_daily" in market else None
    found = candidates(schemes, indices, since=since)
    near = gaps(found, implied) if len(found) else pd.DataFrame()
    if near.empty:
        span = f"{implied.index[0]} to {implied.index[-1]}"
        raise MissingTable("industry_daily", f"it holds no whole year of {span} of a scheme tried")
    return Search(found, near, near[_best_of_family(near.index)].head(shown))


def _best_of_family(names: pd.Index) -> np.ndarray:
    """Whether each name, nearest first, is alone in its family or the first of it."""
    family = [
        next((f"{name.split(',')[0]} {word}" for word in (SHIFTED, NEVER) if word in name), name) for name in names
    ]
    return ~pd.Index(family).duplicated()


def gap_facts(search: Search) -> dict[str, object]:
    """Return what the benchmark search found.

    Parameters
    ----------
    search : Search
        From :func:`search_benchmark`.

    Returns
    -------
    dict
        ``nearest`` (name) with ``mean_gap, largest_gap`` (pp); ``candidates`` (all tried), of them ``shifted, never``
        (the two large families) and ``indices``, ``others``; ``shown`` (in the figure); ``daily_gap, left_alone_gap``
        (mean distance of the nearest daily equal weight and of the nearest one never rebalanced); ``met`` (whether the
        nearest is within a tenth of a point in every year).
    """
    names, distance = search.gaps.index, search.gaps["mean_gap"]
    shifted, never = names.str.contains(SHIFTED), names.str.contains(f"{NEVER}|index points")
    indices = names.str.startswith("index ")
    return {
        "nearest": names[0],
        "mean_gap": distance.iloc[0],
        "largest_gap": search.gaps["largest_gap"].iloc[0],
        "candidates": len(names),
        "shifted": int(shifted.sum()),
        "never": int(never.sum()),
        "indices": int(indices.sum()),
        "others": int((~shifted & ~never & ~indices).sum()),
        "shown": len(search.nearest),
        "daily_gap": distance[names.str.endswith("equal, daily")].min(),
        "left_alone_gap": distance[never].min(),
        "met": search.gaps["largest_gap"].iloc[0] < MET,
    }
