"""Candidates for the equal-weight benchmark the rotation report does not describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers import published
from helpers.backtest.engine import backtest
from helpers.backtest.selection import equal_weight
from helpers.panels import industry_closes, wide
from helpers.performance import whole_year
from helpers.tables import MissingTable, needed

REBALANCED = {"daily": 1, "weekly": "W-SUN", "monthly": "M", "yearly": "Y"}
RESIDUAL = ("综合", "综合金融")


def equal_weight_returns(prices: pd.DataFrame, every: str | int = 1) -> pd.Series:
    """Return daily returns of all industries held equally, without costs.

    Parameters
    ----------
    prices : DataFrame
        Sessions x industries.
    every : int or str
        Rebalance at the close of each k-th session, or of each week ("W-SUN"), month ("M") or year ("Y").
    """
    if isinstance(every, int):
        dates = prices.index[::every]
    else:
        period = prices.index.to_period(every)
        dates = prices.index[np.append(period[1:] != period[:-1], True)].union(prices.index[:1])
    return backtest(equal_weight(prices, dates), prices, lag=0).returns


def yearly_returns(returns: pd.Series) -> pd.Series:
    """Return compound returns of the whole calendar years (:func:`helpers.performance.whole_year`)."""
    years = returns.groupby(returns.index.year)
    return ((1 + returns).groupby(returns.index.year).prod() - 1)[years.size().map(whole_year).astype(bool)]


def shifted_years(returns: pd.Series, shifts: range) -> pd.DataFrame:
    """Return yearly returns when every year begins `k` sessions early (k > 0) or late; years x shifts."""
    return pd.DataFrame({k: yearly_returns(returns.shift(k).dropna()) for k in shifts})


def median_years(prices: pd.DataFrame) -> pd.Series:
    """Return the median industry's return of each whole calendar year."""
    whole = yearly_returns(prices.pct_change(fill_method=None).median(axis=1).dropna()).index
    ends = prices.groupby(prices.index.year).last()
    return ends.pct_change(fill_method=None).median(axis=1).reindex(whole)


def candidates(
    schemes: Mapping[str, pd.DataFrame], indices: pd.DataFrame | None = None, shifts: range = range(-60, 61)
) -> pd.DataFrame:
    """Return the yearly return of every candidate benchmark, in %.

    Parameters
    ----------
    schemes : mapping of scheme to DataFrame
        Sessions x industries each.
    indices : DataFrame, optional
        Sessions x index codes, for comparison.
    shifts : range
        Displacements of the year's beginning tried on the daily equal weight; only the names that say so carry them.

    Returns
    -------
    DataFrame
        Candidates x years; NaN where a year is not covered.
    """
    rows = {}
    for scheme, prices in schemes.items():
        for name, every in REBALANCED.items():
            rows[f"{scheme}, equal, {name}"] = yearly_returns(equal_weight_returns(prices, every))
        fewer = prices.drop(columns=[c for c in RESIDUAL if c in prices])
        rows[f"{scheme}, equal, daily, without 综合"] = yearly_returns(equal_weight_returns(fewer))
        rows[f"{scheme}, median industry"] = median_years(prices)
        for k, shifted in shifted_years(equal_weight_returns(prices), shifts).items():
            if k:
                rows[f"{scheme}, equal, daily, years shifted by {k} sessions"] = shifted
    for code in [] if indices is None else indices.columns:
        rows[f"index {code}"] = yearly_returns(indices[code].dropna().pct_change().dropna())
    return 100 * pd.DataFrame(rows).T


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
        The same with the nearest shift of each scheme only, for showing.
    """

    found: pd.DataFrame
    gaps: pd.DataFrame
    nearest: pd.DataFrame


def implied_benchmark(first: int = 2018, last: int = 2025) -> pd.Series:
    """Return the benchmark behind the printed return and excess of each whole year, %, by year (int)."""
    rows = published.load("derived_s002_benchmark_yearly").query("source_table == 'style_timed'").set_index("period")
    years = rows.loc[rows.index.str.fullmatch(r"\d{4}"), "implied_benchmark_return_pct"]
    return years.set_axis(years.index.astype(int)).loc[first:last]


def search_benchmark(
    market: Mapping[str, pd.DataFrame], implied: pd.Series, since: str | pd.Timestamp = "2016-12-01"
) -> Search:
    """Try every candidate that a market has prices for.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        ``industry_daily``, and ``index_daily`` where it has it.
    implied : Series
        Of :func:`implied_benchmark`.
    since : date
        First close used, some weeks before the first year.

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
    schemes = {s: industry_closes(industry_daily, s).loc[since:] for s in ("CITIC_L1", "SW2021_L1") if s in held}
    indices = wide(market["index_daily"], "index_code", "close").loc[since:] if "index_daily" in market else None
    found = candidates({s: closes for s, closes in schemes.items() if len(closes)}, indices)
    near = gaps(found, implied) if len(found) else pd.DataFrame()
    if near.empty:
        span = f"{implied.index[0]} to {implied.index[-1]}"
        raise MissingTable("industry_daily", f"it holds no whole year of {span} of a scheme tried")
    shifted = near.index.str.contains("shifted")
    best = near[shifted].groupby(near.index[shifted].str.split(",").str[0]).head(1)
    return Search(found, near, near[~shifted | near.index.isin(best.index)])


def gap_facts(search: Search) -> dict[str, object]:
    """Return the nearest candidate: ``nearest`` (name), ``candidates`` (tried), ``mean_gap, largest_gap`` (pp)."""
    top = search.nearest.iloc[0]
    return {
        "nearest": search.nearest.index[0],
        "candidates": len(search.gaps),
        "mean_gap": top["mean_gap"],
        "largest_gap": top["largest_gap"],
    }
