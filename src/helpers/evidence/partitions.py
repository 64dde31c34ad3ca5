"""Clusters under every setting at once: which indices stand together however one groups them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from helpers.clustering.partition import adjusted_rand, cluster
from helpers.clustering.samples import Samples, Settings
from helpers.correlation import correlation, correlation_distance, trailing_returns
from helpers.inference import block_positions, permutation_p_value
from helpers.tables import MissingTable

__all__ = ["ahead_tests", "consensus", "consensus_facts", "market_out", "together_order"]

SURE, NEVER = 0.9, 0.1
MIN_AHEAD = 10


def consensus(
    samples: Samples,
    date: pd.Timestamp,
    base: Settings,
    variants: Mapping[str, Mapping[str, object]],
    draws: int = 10,
    block: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how often two indices share a cluster, over settings and resampled days.

    Parameters
    ----------
    samples : Samples
    date : Timestamp
        The month.
    base : Settings
        Of the run; it decides which funds are looked at.
    variants : mapping of name to changes
        Settings tried, each on the sample and on `draws` resamples of its days.
    draws, block, seed : int
        Resamples, days that stay together, seed.

    Returns
    -------
    DataFrame
        Fund × fund, shares from 0 to 1, over the clusterings that hold both.
    """
    keys = samples.at(date, base)[0]["key"].tolist()
    together, seen = np.zeros((len(keys), len(keys))), np.zeros((len(keys), len(keys)))
    for changes in variants.values():
        setting = replace(base, **changes)
        funds, returns = samples.at(date, setting)
        place = pd.Index(funds["key"]).get_indexer(keys)
        there = np.outer(place >= 0, place >= 0)
        days = block_positions(len(returns), min(block, len(returns)), draws, seed) if draws else []
        for distance in (samples.distance(date, setting), *(_distance(returns, d, setting) for d in days)):
            labels = _group(distance, setting)[place]
            together += there & (labels[:, None] == labels[None])
            seen += there
    shares = np.divide(together, seen, out=np.full_like(together, np.nan), where=seen > 0)
    return pd.DataFrame(shares, keys, keys)


def together_order(shares: pd.DataFrame) -> np.ndarray:
    """Return positions that put indices which stand together side by side.

    Parameters
    ----------
    shares : DataFrame
        Of :func:`consensus`.

    Returns
    -------
    ndarray of int
        One a fund.
    """
    distance = 1 - shares.fillna(0.0).to_numpy()
    np.fill_diagonal(distance, 0.0)
    return leaves_list(linkage(squareform(distance, checks=False), method="average"))


def consensus_facts(shares: pd.DataFrame) -> dict[str, float]:
    """Return how much of a clustering is settled.

    Parameters
    ----------
    shares : DataFrame
        Of :func:`consensus`.

    Returns
    -------
    dict
        ``indices``; of the pairs that ever stand together: ``pairs`` (number), ``sure`` (share together nine times in
        ten or more), ``open`` (share between one and nine in ten).
    """
    upper = shares.to_numpy()[np.triu_indices(len(shares), 1)]
    ever = upper[upper > 0]
    return {
        "indices": len(shares),
        "pairs": len(ever),
        "sure": float((ever >= SURE).mean()),
        "open": float(((ever > NEVER) & (ever < SURE)).mean()),
    }


def market_out(samples: Samples, date: pd.Timestamp, settings: Settings) -> dict[str, float]:
    """Cluster again on what is left of each return when the mean of all is taken out.

    Parameters
    ----------
    samples : Samples
    date : Timestamp
    settings : Settings

    Returns
    -------
    dict
        ``agreement`` (adjusted Rand index of the two partitions), ``share`` (of the variance of an index that the mean
        of all explains, on average), ``clusters, rest_clusters``.
    """
    _, returns = samples.at(date, settings)
    values = np.nan_to_num(returns.to_numpy(dtype=float))
    values = values - values.mean(axis=0)
    market = values.mean(axis=1)
    beta = market @ values / (market @ market)
    rest = values - np.outer(market, beta)
    own = samples.groups(date, settings)
    other = _group(correlation_distance(rest, settings.shrinkage), settings)
    explained = 1 - (rest**2).sum(axis=0) / (values**2).sum(axis=0)
    return {
        "agreement": adjusted_rand(own, other),
        "share": float(explained.mean()),
        "clusters": len(set(own)),
        "rest_clusters": len(set(other)),
    }


def ahead_tests(
    samples: Samples,
    dates: pd.DatetimeIndex,
    base: Settings,
    variants: Mapping[str, Mapping[str, object]],
    runs: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Ask whether indices of one cluster still move alike in the month after, under every setting.

    Parameters
    ----------
    samples : Samples
    dates : DatetimeIndex
        Month ends; the month after each is looked at.
    base, variants
        As for :func:`consensus`.
    runs, seed : int
        Random deals of the same cluster sizes.

    Returns
    -------
    DataFrame
        Settings × ``months, within, across`` (mean correlation of pairs inside and outside of clusters in the month
        after), ``lead`` (their difference), ``p`` (share of deals with a mean lead at least as large) and ``adjusted``
        (the same for the largest lead of all settings, each measured in deviations of its deals).

    Raises
    ------
    MissingTable
        If no month has ten sessions after it.
    """
    rng, days = np.random.default_rng(seed), samples.prices.index
    real, dealt = {name: [] for name in variants}, {name: [] for name in variants}
    for date, until in zip(dates, [*dates[1:], days[-1]], strict=True):
        later = samples.prices[(days > date) & (days <= until)]
        if len(later) <= MIN_AHEAD:
            continue
        after = trailing_returns(later, later.index[-1], len(later) - 1, min_share=0.8)
        for name, changes in variants.items():
            setting = replace(base, **changes)
            codes = samples.at(date, setting)[0]["code"]
            seen = np.flatnonzero(codes.isin(after.columns))
            rho, labels = correlation(after[codes.iloc[seen]]), samples.groups(date, setting)[seen]
            means, leads = _split(rho, labels, rng, runs)
            real[name].append(means)
            dealt[name].append(leads)
    if not any(real.values()):
        raise MissingTable("etf_daily", "no month has ten sessions after it", "Bring a longer history.")
    return _ahead_table(real, {name: np.mean(leads, axis=0) for name, leads in dealt.items()})


def _ahead_table(real: Mapping[str, list], dealt: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Compare the mean lead of each setting with its own deals, and the largest with the largest of all deals."""
    table = pd.DataFrame({name: [len(found), *np.mean(found, axis=0)] for name, found in real.items()}).T
    table.columns = ["months", "within", "across"]
    table["lead"] = table["within"] - table["across"]
    spread = {name: (leads.mean(), leads.std(ddof=1)) for name, leads in dealt.items()}
    height = {name: (table.at[name, "lead"] - mean) / sd for name, (mean, sd) in spread.items()}
    luck = np.max([(dealt[name] - mean) / sd for name, (mean, sd) in spread.items()], axis=0)
    table["p"] = [permutation_p_value(table.at[name, "lead"], dealt[name]) for name in table.index]
    table["adjusted"] = [permutation_p_value(height[name], luck) for name in table.index]
    return table.rename_axis("setting")


def _split(rho: np.ndarray, labels: np.ndarray, rng: np.random.Generator, runs: int) -> tuple[list, np.ndarray]:
    """Return the mean correlation inside and outside of groups, and the lead of as many random deals of the groups."""
    n = len(labels)
    left, right = np.nonzero(np.triu(labels[:, None] == labels[None], 1))
    pairs, total = n * (n - 1) // 2, float(np.triu(rho, 1).sum())

    def means(order: np.ndarray) -> tuple[float, float]:
        inside = float(rho[order[left], order[right]].sum())
        return inside / max(len(left), 1), (total - inside) / max(pairs - len(left), 1)

    dealt = np.array([np.subtract(*means(rng.permutation(n))) for _ in range(runs)])
    return list(means(np.arange(n))), dealt


def _distance(returns: pd.DataFrame, days: np.ndarray, setting: Settings) -> np.ndarray:
    return correlation_distance(returns.to_numpy()[days], setting.shrinkage)


def _group(distance: np.ndarray, s: Settings) -> np.ndarray:
    return np.asarray(cluster(distance, s.method, s.linkage, s.count, s.threshold, s.damping))
