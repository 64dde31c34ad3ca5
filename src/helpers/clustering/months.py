"""Clusters of funds from trailing correlations, month by month, each known at its own date (S000)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.clustering.partition import cluster, medoids, silhouette
from helpers.correlation import clip_returns, correlation_distance, trailing_returns, wide_prices
from helpers.dedup import dedup_by_index

MEMBERSHIP = ["date", "key", "code", "name", "cluster", "medoid", "is_medoid", "silhouette", "market_corr", "turnover"]


@dataclass(frozen=True)
class Settings:
    """Every choice of a monthly clustering.

    Attributes
    ----------
    lookback : int
        Sessions of daily returns.
    min_share : float
        Least share of those returns a fund must have.
    clip : float, optional
        See :func:`helpers.correlation.clip_returns`; None uses returns as they are.
    shrinkage : float or "auto"
        See :func:`helpers.correlation.correlation_distance`.
    method : {"linkage", "affinity"}
        Hierarchical clustering cut once, or affinity propagation.
    linkage : {"average", "complete", "single", "ward"}
        How the distance between two groups is measured.
    count : int, optional
        Number of clusters; None cuts at ``threshold``.
    threshold : float
        Distance at which the tree is cut when ``count`` is None.
    min_amount, window, measure, survivor, keys
        Of :func:`helpers.dedup.dedup_by_index`; ``keys=None`` keeps every liquid fund (no dedup).
    """

    lookback: int = 120
    min_share: float = 0.9
    clip: float | None = 4.0
    shrinkage: float | str = 0.0
    method: str = "affinity"
    linkage: str = "ward"
    count: int | None = 30
    threshold: float = 1.0
    min_amount: float = 1e7
    window: int = 60
    measure: str = "median"
    survivor: str = "earliest"
    keys: str | None = "normalised"


def cluster_month(
    prices: pd.DataFrame,
    etf_list: pd.DataFrame,
    etf_daily: pd.DataFrame | None,
    date: pd.Timestamp,
    settings: Settings,
) -> pd.DataFrame:
    """Cluster what was listed and traded at one date, on days up to that date.

    Parameters
    ----------
    prices : DataFrame
        :func:`helpers.correlation.wide_prices` of the daily table.
    etf_list, etf_daily : DataFrame
        Canonical tables.
    date : Timestamp
        Last day used.
    settings : Settings
        The choices.

    Returns
    -------
    DataFrame
        One row per fund: ``date, key, code, name, cluster`` (numbered from the largest cluster, from 0),
        ``medoid`` (code of the cluster's representative), ``is_medoid``, ``silhouette``, ``market_corr`` (mean
        correlation with all other funds) and ``turnover`` (CNY a day).
    """
    funds, returns = month_sample(prices, etf_list, etf_daily, date, settings)
    distance = correlation_distance(returns, settings.shrinkage)
    labels = cluster(distance, settings.method, settings.linkage, settings.count, settings.threshold)
    labels = _by_size(labels)
    centre = medoids(distance, labels, funds["turnover"].to_numpy())
    n = len(funds)
    return pd.DataFrame(
        {
            "date": date,
            "key": funds["key"],
            "code": funds["code"],
            "name": _display_name(funds),
            "cluster": labels,
            "medoid": funds["code"].to_numpy()[centre][labels],
            "is_medoid": np.isin(np.arange(n), centre),
            "silhouette": silhouette(distance, labels),
            "market_corr": ((1.0 - distance**2 / 2.0).sum(axis=1) - 1.0) / max(n - 1, 1),
            "turnover": funds["turnover"],
        }
    )[MEMBERSHIP]


def month_sample(
    prices: pd.DataFrame,
    etf_list: pd.DataFrame,
    etf_daily: pd.DataFrame | None,
    date: pd.Timestamp,
    settings: Settings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the funds of one month end and their clipped trailing returns, in the same order (by key).

    Parameters
    ----------
    prices, etf_list, etf_daily, date, settings
        As for :func:`cluster_month`.

    Returns
    -------
    tuple of DataFrame
        Funds (rows of the dedup's representatives) and sessions x funds.

    Raises
    ------
    ValueError
        If no fund passes the filters.
    """
    return sample_returns(prices, representatives(etf_list, etf_daily, date, settings), date, settings)


def sample_returns(
    prices: pd.DataFrame, funds: pd.DataFrame, date: pd.Timestamp, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the clipped trailing returns of the funds that have enough of them; see :func:`month_sample`."""
    returns = trailing_returns(prices, date, settings.lookback, settings.min_share)
    funds = funds[funds["code"].isin(returns.columns)].sort_values("key").reset_index(drop=True)
    if funds.empty:
        raise ValueError(f"no fund passes the filters on {date:%Y-%m-%d}: lower min_amount or min_share")
    return funds, clip_returns(returns[funds["code"]], settings.clip)


def _display_name(funds: pd.DataFrame) -> pd.Series:
    name = funds["code"]
    for column in ("index_name", "name"):
        if column in funds:
            name = funds[column].fillna(name)
    return name


def representatives(
    etf_list: pd.DataFrame, etf_daily: pd.DataFrame | None, date: pd.Timestamp, settings: Settings
) -> pd.DataFrame:
    """Take the funds to cluster at a date: one per index, or every liquid fund when ``settings.keys`` is None."""
    options = {name: getattr(settings, name) for name in ("min_amount", "window", "measure", "survivor")}
    if settings.keys is not None:
        return dedup_by_index(etf_list, etf_daily, date=date, keys=settings.keys, **options).representatives
    each = etf_list.assign(index_code=etf_list["code"])  # every fund is an index of its own
    return dedup_by_index(each, etf_daily, date=date, keys="article", **options).representatives


def _by_size(labels: np.ndarray) -> np.ndarray:
    size = np.bincount(labels)
    rank = np.empty(len(size), dtype=int)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return rank[labels]


def cluster_months(
    etf_daily: pd.DataFrame,
    etf_list: pd.DataFrame,
    dates: list[pd.Timestamp] | pd.DatetimeIndex,
    settings: Settings | None = None,
    **changes: object,
) -> pd.DataFrame:
    """Cluster at each of several dates; rebuilds S000's twelve monthly clusterings.

    Parameters
    ----------
    etf_daily, etf_list : DataFrame
        Canonical tables. Rows after a date never touch that date's clusters.
    dates : sequence of dates
        Usually month ends. A date with too short a history is an error: see :func:`usable_dates`.
    settings : Settings, optional
        The choices; ``changes`` replace single fields.

    Returns
    -------
    DataFrame
        :func:`cluster_month` for every date, stacked.
    """
    settings = replace(settings or Settings(), **changes)
    prices = wide_prices(etf_daily)
    etf_daily = etf_daily.sort_values("date", kind="stable")
    months = []
    for date in pd.DatetimeIndex(dates):
        recent = recent_days(etf_daily, prices.index, date, settings.window)
        months.append(cluster_month(prices, etf_list, recent, date, settings))
    return pd.concat(months, ignore_index=True)


def recent_days(etf_daily: pd.DataFrame, days: pd.DatetimeIndex, date: pd.Timestamp, window: int) -> pd.DataFrame:
    """Cut daily rows to the last ``window`` sessions up to ``date``, so that a long history costs a month no more.

    Parameters
    ----------
    etf_daily : DataFrame
        Sorted by date.
    days : DatetimeIndex
        All sessions, ascending.
    date : Timestamp
        Last day kept.
    window : int
        Number of sessions.

    Returns
    -------
    DataFrame
        A slice of the input.
    """
    stop = days.searchsorted(date, side="right")
    first = days[max(stop - window, 0)]
    low, high = etf_daily["date"].searchsorted([first, date + pd.Timedelta(days=1)])
    return etf_daily.iloc[low:high]


def usable_dates(etf_daily: pd.DataFrame, dates: pd.DatetimeIndex, lookback: int) -> pd.DatetimeIndex:
    """Keep the dates that have ``lookback`` daily returns behind them."""
    days = np.sort(etf_daily["date"].unique())
    return dates[np.searchsorted(days, dates.to_numpy(), side="right") >= lookback + 1]
