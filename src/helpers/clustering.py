"""Clusters of funds from trailing correlations, month by month, each known at its own date (S000)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import AffinityPropagation
from sklearn.exceptions import ConvergenceWarning

from helpers.correlation import clip_returns, correlation_distance, trailing_returns, wide_prices
from helpers.dedup import dedup_by_index

__all__ = ["Settings", "cluster", "cluster_month", "cluster_months", "correlation_distance", "medoids", "silhouette"]

METHODS = ("linkage", "affinity")
LINKAGES = ("average", "complete", "single", "ward")
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


def cluster(
    distance: np.ndarray,
    method: str = "linkage",
    linkage_method: str = "average",
    count: int | None = None,
    threshold: float | None = None,
) -> np.ndarray:
    """Group N things by their N x N distances.

    Parameters
    ----------
    distance : ndarray
        N x N, symmetric, zero diagonal.
    method : {"linkage", "affinity"}
        ``affinity`` runs affinity propagation on the similarity :math:`-d^2` with its median as preference; it
        sets the number itself and ignores ``count`` and ``threshold``.
    linkage_method : {"average", "complete", "single", "ward"}
        Only for ``linkage``. Ward is exact here because the correlation distance is Euclidean.
    count : int, optional
        Number of clusters (capped at N).
    threshold : float, optional
        Cut height; used when ``count`` is None.

    Returns
    -------
    ndarray of int
        Labels 0, 1, ... numbered by first appearance, length N.

    Raises
    ------
    ValueError
        For an unknown method or linkage, or when neither ``count`` nor ``threshold`` is given.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if linkage_method not in LINKAGES:
        raise ValueError(f"linkage must be one of {', '.join(LINKAGES)}, not {linkage_method!r}")
    if len(distance) < 2:
        return np.zeros(len(distance), dtype=int)
    if method == "affinity":
        return _first_seen(_affinity(distance))
    if count is None and threshold is None:
        raise ValueError("give count (number of clusters) or threshold (cut height)")
    tree = linkage(squareform(distance, checks=False), method=linkage_method)
    if count is not None:
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        return _first_seen(fcluster(tree, min(count, len(distance)), criterion="maxclust"))
    return _first_seen(fcluster(tree, threshold, criterion="distance"))


def _affinity(distance: np.ndarray) -> np.ndarray:
    model = AffinityPropagation(affinity="precomputed", damping=0.8, max_iter=400, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = model.fit(-(distance**2)).labels_
    return np.where(labels < 0, np.arange(len(labels)) + len(labels), labels)


def _first_seen(labels: np.ndarray) -> np.ndarray:
    return pd.factorize(labels)[0]


def medoids(distance: np.ndarray, labels: np.ndarray, turnover: np.ndarray | None = None) -> np.ndarray:
    """Find the member of each cluster nearest to the others; ties go to the higher turnover, then to the first.

    Parameters
    ----------
    distance : ndarray
        N x N.
    labels : ndarray of int
        0 .. K-1, length N.
    turnover : ndarray, optional
        Length N; NaN counts as nothing.

    Returns
    -------
    ndarray of int
        Position of the medoid of each cluster, length K.
    """
    member = np.eye(labels.max() + 1)[labels]
    total = np.round((distance @ member)[np.arange(len(labels)), labels], 9)
    tie = np.zeros(len(labels)) if turnover is None else -np.nan_to_num(np.asarray(turnover, dtype=float))
    order = np.lexsort((np.arange(len(labels)), tie, total, labels))
    return order[np.searchsorted(labels[order], np.arange(labels.max() + 1))]


def silhouette(distance: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Measure how much nearer each member is to its own cluster than to the next one.

    Parameters
    ----------
    distance : ndarray
        N x N.
    labels : ndarray of int
        0 .. K-1.

    Returns
    -------
    ndarray
        Length N in [-1, 1]; 0 for a member that is alone and for everyone when there is one cluster.
    """
    member = np.eye(labels.max() + 1)[labels]
    size = member.sum(axis=0)
    rows = np.arange(len(labels))
    total = distance @ member
    own = total[rows, labels] / np.maximum(size[labels] - 1, 1)
    mean = total / size
    mean[rows, labels] = np.inf
    other = mean.min(axis=1)
    if len(size) < 2:
        return np.zeros(len(labels))
    worst = np.maximum(own, other)
    score = np.divide(other - own, worst, out=np.zeros_like(own), where=worst > 0)
    return np.where(size[labels] > 1, score, 0.0)


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
    funds = representatives(etf_list, etf_daily, date, settings)
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
