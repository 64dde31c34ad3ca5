"""The excess of one index over another taken apart: months of Brinson, a year of industries, style factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.index_research.attribution import (
    EFFECTS,
    allocation_by_industry,
    brinson_months,
    factor_attribution,
)
from helpers.index_research.history import asked_closes, closes_of
from helpers.index_research.stocks import StockTables
from helpers.index_research.structure import check_scheme
from helpers.lookthrough.index_industries import index_industry_weights
from helpers.lookthrough.labels import industry_names, stock_labels
from helpers.panels import industry_closes
from helpers.tables import MissingTable

__all__ = ["Split", "allocation_year", "brinson_study", "exposures", "style_factors"]

PAIRS = {"small over large": ("000852", "000300"), "growth over value": ("399370", "399371")}
DIVIDENDS = "000922"
SESSIONS = 250  # in a year
FEWEST = 120  # sessions behind an exposure


class Split(NamedTuple):
    """An excess return taken apart.

    Attributes
    ----------
    periods : DataFrame
        By month: effects, residual, share of weight without a price; see
        :func:`helpers.index_research.attribution.brinson_months`.
    groups : DataFrame
        Industries × effects, linked.
    facts : dict
        ``months``, sums of the columns, ``typical`` (mean absolute residual of a month).
    """

    periods: pd.DataFrame
    groups: pd.DataFrame
    facts: dict


def brinson_study(market: Mapping[str, pd.DataFrame], pair: Sequence[str], stocks: StockTables, scheme: str) -> Split:
    """Attribute the excess of one index over another month by month, with the labels in force.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        ``index_weights``, ``index_daily`` and ``stock_industry``.
    pair : sequence of two str
        The index and the one it is measured against.
    stocks : StockTables
        Uncut, for prices.
    scheme : str
        Industry scheme.

    Returns
    -------
    Split

    Raises
    ------
    MissingTable
        If the two indices do not both have weights at two month ends, or no closes.
    """
    check_scheme(market["stock_industry"], scheme)
    weights = market["index_weights"]
    weights = weights[weights["index_code"].isin(list(pair))]
    both = weights.groupby("date")["index_code"].nunique()
    dates = pd.DatetimeIndex(both.index[both == 2])
    if len(dates) < 2:
        raise MissingTable("index_weights", f"weights of {pair[0]} and {pair[1]} on two dates in common")
    levels = asked_closes(market["index_daily"], pair, "research_pair")
    held = stocks.codes[stocks.codes.isin(weights["code"].unique())]
    at = stocks.codes.get_indexer(held)
    prices = pd.DataFrame(stocks.prices[:, at], index=stocks.days, columns=held).ffill(limit=250)
    days = dates[(dates >= stocks.days[0]) & (dates <= stocks.days[-1])]
    rows = stocks.days.searchsorted(days, side="right") - 1
    closes = prices.iloc[rows].set_axis(days)
    reported = levels.ffill().reindex(days, method="ffill")
    periods, groups = brinson_months(
        weights[weights["date"].isin(days)], tuple(pair), closes, _labels(market, held, days, scheme), reported
    )
    sums = periods[["reported", *EFFECTS, "residual"]].sum().to_dict()
    return Split(periods, groups, sums | {"months": len(periods), "typical": periods["residual"].abs().mean()})


def _labels(market, codes: pd.Index, days: pd.DatetimeIndex, scheme: str) -> pd.DataFrame:
    """Return industry names, days × stocks; a stock's first label holds also before it began."""
    names = industry_names(market["stock_industry"], scheme, None)
    number = stock_labels(codes, days, names, market["stock_industry"], scheme, True)
    words = np.append(names.to_numpy(dtype=object), None)
    return pd.DataFrame(words[number.T], index=days, columns=codes)


def allocation_year(market: Mapping[str, pd.DataFrame], pair: Sequence[str], scheme: str) -> pd.DataFrame:
    """Split the excess of the last calendar year with weights of both indices into industries and the rest.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        ``index_daily, industry_daily, index_weights, stock_industry``.
    pair : sequence of two str
        The index and the one it is measured against.
    scheme : str
        Industry scheme.

    Returns
    -------
    DataFrame
        As :func:`helpers.index_research.attribution.allocation_by_industry`; ``attrs["year"]``.

    Raises
    ------
    MissingTable
        If no whole year has weights of both before it, industry closes and index closes.
    """
    levels = asked_closes(market["index_daily"], pair, "research_pair").dropna()
    prices = industry_closes(market["industry_daily"], scheme).ffill()
    weights = market["index_weights"]
    weights = weights[weights["index_code"].isin(list(pair))]
    for year in range(min(levels.index[-1].year, prices.index[-1].year), 2005, -1):
        first, last = pd.Timestamp(f"{year - 1}-12-31"), pd.Timestamp(f"{year}-12-31")
        before = weights[(weights["date"] <= first) & (weights["date"] > first - pd.Timedelta(days=100))]
        known = before.groupby("index_code", observed=True)["date"].transform("max") == before["date"]
        reach = min(levels.index[-1], prices.index[-1]) >= last - pd.Timedelta(days=5)
        if before["index_code"].nunique() == 2 and reach and levels.index[0] <= first and prices.index[0] <= first:
            mix = index_industry_weights(before[known], market["stock_industry"], scheme=scheme, backcast=True)
            mix = mix.droplevel("date").drop(columns="unlabelled")
            gone = prices.loc[:last].iloc[-1] / prices.loc[:first].iloc[-1] - 1
            total = levels.loc[:last].iloc[-1] / levels.loc[:first].iloc[-1] - 1
            table = allocation_by_industry(mix.loc[pair[0]], mix.loc[pair[1]], gone, total[pair[0]] - total[pair[1]])
            table.attrs = {"year": year}
            return table
    raise MissingTable("index_weights", f"weights of {pair[0]} and {pair[1]} before a whole year of closes")


def exposures(index_daily: pd.DataFrame, code: str, market_code: str) -> pd.DataFrame:
    """Explain the daily returns of an index by :func:`style_factors`.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical.
    code, market_code : str
        The index explained, and the one that stands for the market.

    Returns
    -------
    DataFrame
        As :func:`helpers.index_research.attribution.factor_attribution`, contributions a year.

    Raises
    ------
    MissingTable
        If the index or the market has no closes, or too few.
    """
    factors = style_factors(index_daily, market_code)
    closes = closes_of(index_daily, [code])
    shared = factors.dropna().index.intersection(closes.dropna().index) if code in closes else []
    if len(shared) < FEWEST:
        raise MissingTable("index_daily", f"{len(shared)} sessions of {code} and of the style factors are too few")
    table = factor_attribution(closes[code].pct_change(fill_method=None), factors)
    return table.assign(contribution=SESSIONS * table["contribution"])


def style_factors(index_daily: pd.DataFrame, market_code: str) -> pd.DataFrame:
    """Return daily returns of the market and of long-short pairs of indices, as far as their closes go.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical.
    market_code : str
        The index that stands for the market.

    Returns
    -------
    DataFrame
        Sessions × ``market``, ``small over large``, ``growth over value``, ``dividends over market``, fractions; a pair
        without closes has no column.

    Raises
    ------
    MissingTable
        If the market has no closes.
    """
    codes = [market_code, DIVIDENDS, *(code for pair in PAIRS.values() for code in pair)]
    returns = closes_of(index_daily, list(dict.fromkeys(codes))).pct_change(fill_method=None)
    if market_code not in returns:
        raise MissingTable("index_daily", f"closes of {market_code}")
    table = {"market": returns[market_code]}
    table |= {name: returns[a] - returns[b] for name, (a, b) in PAIRS.items() if a in returns and b in returns}
    if DIVIDENDS in returns:
        table["dividends over market"] = returns[DIVIDENDS] - returns[market_code]
    return pd.DataFrame(table)
