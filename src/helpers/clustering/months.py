"""Clusters of funds from trailing correlations, month by month, each known at its own date (S000)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.clustering.partition import medoids, silhouette
from helpers.clustering.samples import Samples, Settings

MEMBERSHIP = ["date", "key", "code", "name", "cluster", "medoid", "is_medoid", "silhouette", "market_corr"]
MEMBERSHIP += ["turnover", "converged"]


def cluster_month(samples: Samples, date: pd.Timestamp, settings: Settings) -> pd.DataFrame:
    """Cluster what was listed and traded at one date, on days up to that date.

    Parameters
    ----------
    samples : Samples
        The market.
    date : Timestamp
        Last day used.
    settings : Settings
        The choices.

    Returns
    -------
    DataFrame
        One row per fund: ``date, key, code, name, cluster`` (numbered from the largest cluster, from 0),
        ``medoid`` (code of the cluster's representative), ``is_medoid``, ``silhouette``, ``market_corr`` (mean
        correlation with all other funds), ``turnover`` (CNY a day) and ``converged`` (False in a month in which
        affinity propagation did not come to an end: its clusters are then an accident; a higher ``damping`` helps).
    """
    funds, _ = samples.at(date, settings)
    distance = samples.distance(date, settings)
    labels = _by_size(samples.groups(date, settings))
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
            "market_corr": mean_correlation(distance),
            "turnover": funds["turnover"],
            "converged": samples.converged(date, settings),
        }
    )[MEMBERSHIP]


def mean_correlation(distance: np.ndarray) -> np.ndarray:
    """Return the mean correlation of each of N funds with all others.

    Parameters
    ----------
    distance : ndarray
        N × N, of :func:`helpers.correlation.correlation_distance`.

    Returns
    -------
    ndarray
        Length N.
    """
    return ((1.0 - distance**2 / 2.0).sum(axis=1) - 1.0) / max(len(distance) - 1, 1)


def _display_name(funds: pd.DataFrame) -> pd.Series:
    name = funds["code"]
    for column in ("index_name", "name"):
        if column in funds:
            name = funds[column].fillna(name)
    return name


def _by_size(labels: np.ndarray) -> np.ndarray:
    size = np.bincount(labels)
    rank = np.empty(len(size), dtype=int)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return rank[labels]


def cluster_months(
    samples: Samples,
    dates: list[pd.Timestamp] | pd.DatetimeIndex,
    settings: Settings | None = None,
    **changes: object,
) -> pd.DataFrame:
    """Cluster at each of several dates; rebuilds S000's twelve monthly clusterings.

    Parameters
    ----------
    samples : Samples
        The market. Rows after a date never touch that date's clusters.
    dates : sequence of dates
        Usually month ends. A date with too short a history is an error: see :func:`usable_dates`.
    settings : Settings, optional
        The choices; ``changes`` replace single fields.
    **changes
        Fields of :class:`Settings` to replace.

    Returns
    -------
    DataFrame
        :func:`cluster_month` for every date, stacked.

    Examples
    --------
    >>> from helpers.sources import load_market
    >>> market = load_market("demo", "small", end="2024-06-28")
    >>> samples = Samples(market["etf_daily"], market["etf_list"])
    >>> month = cluster_months(samples, [market.end], Settings(method="linkage", count=5))
    >>> month["cluster"].nunique(), month["key"].is_unique
    (5, True)
    """
    settings = replace(settings or Settings(), **changes)
    return pd.concat([cluster_month(samples, d, settings) for d in pd.DatetimeIndex(dates)], ignore_index=True)


def usable_dates(etf_daily: pd.DataFrame, dates: pd.DatetimeIndex, lookback: int) -> pd.DatetimeIndex:
    """Keep the dates that have ``lookback`` daily returns behind them.

    Parameters
    ----------
    etf_daily : DataFrame
        With ``date``.
    dates : DatetimeIndex
        Ascending.
    lookback : int
        Daily returns wanted, so one session more.

    Returns
    -------
    DatetimeIndex
        The dates that have them.
    """
    days = np.sort(etf_daily["date"].unique())
    return dates[np.searchsorted(days, dates.to_numpy(), side="right") >= lookback + 1]
