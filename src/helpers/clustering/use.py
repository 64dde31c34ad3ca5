"""What clusters are good for: correlations within and across, a diversified list, and what dedup buys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from helpers.clustering.evidence import month_to_month
from helpers.clustering.partition import silhouette
from helpers.clustering.samples import Samples, Settings
from helpers.correlation import clip_returns, correlation, correlation_distance, distance_of, trailing_returns


def block_correlations(rho: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """Average correlations between the members of each two clusters, a member's with itself left out.

    Parameters
    ----------
    rho : ndarray
        N x N correlations.
    labels : ndarray
        Cluster of each, length N.

    Returns
    -------
    DataFrame
        Clusters x clusters; missing on the diagonal for a cluster of one.
    """
    names, position = np.unique(labels, return_inverse=True)
    member = np.eye(len(names))[position]
    size = member.sum(axis=0)
    total = member.T @ rho @ member - np.diag(size)
    pairs = np.outer(size, size) - np.diag(size)
    mean = np.divide(total, pairs, out=np.full_like(total, np.nan), where=pairs > 0)
    return pd.DataFrame(mean, index=names, columns=names)


def similar_order(blocks: pd.DataFrame) -> list:
    """Order clusters so that alike ones stand side by side (leaves of an average-linkage tree).

    Parameters
    ----------
    blocks : DataFrame
        From :func:`block_correlations`.

    Returns
    -------
    list
        The labels of the blocks in their new order.
    """
    if len(blocks) < 3:
        return list(blocks.index)
    distance = distance_of(np.clip(blocks.fillna(1.0).to_numpy(), -1.0, 1.0))
    tree = linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    return list(blocks.index[leaves_list(tree)])


def within_and_across(rho: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Average correlation of pairs in one cluster, and of pairs in two.

    Parameters
    ----------
    rho, labels
        As for :func:`block_correlations`.

    Returns
    -------
    dict
        ``within`` and ``across``; missing where there is no such pair.

    Examples
    --------
    >>> rho = np.array([[1.0, 0.9, 0.25], [0.9, 1.0, 0.5], [0.25, 0.5, 1.0]])
    >>> within_and_across(rho, np.array([1, 1, 2]))
    {'within': 0.9, 'across': 0.375}
    """
    upper = np.triu_indices(len(labels), k=1)
    same = labels[upper[0]] == labels[upper[1]]
    value = rho[upper]
    return {
        "within": float(value[same].mean()) if same.any() else float("nan"),
        "across": float(value[~same].mean()) if (~same).any() else float("nan"),
    }


def mean_pair_correlation(returns: pd.DataFrame) -> float:
    """Return the average correlation of all pairs of columns.

    Parameters
    ----------
    returns : DataFrame
        Days × funds, fractions.

    Returns
    -------
    float
        In [-1, 1]; NaN for fewer than two funds.
    """
    rho = correlation(returns)
    n = len(rho)
    return float((rho.sum() - n) / (n * (n - 1))) if n > 1 else float("nan")


def diversified_list(samples: Samples, month: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Pick one liquid fund for each cluster of a month: the most traded fund of the cluster's indices.

    Parameters
    ----------
    samples : Samples
        The market.
    month : DataFrame
        One date of :func:`helpers.clustering.cluster_months`.
    settings : Settings
        How it was clustered; only the survivor is another.

    Returns
    -------
    DataFrame
        One row per cluster, largest first: ``cluster, indices`` (their number), ``code, name, key, turnover``
        (CNY a day) and, where known, ``mgmt_fee`` (fraction a year).
    """
    date = month["date"].iloc[0]
    traded = samples.representatives(date, replace(settings, survivor="most_traded"))
    wanted = [c for c in ("code", "name", "key", "turnover", "mgmt_fee") if c in traded]
    joined = month[["key", "cluster"]].merge(traded[wanted], on="key")
    joined["indices"] = joined.groupby("cluster")["key"].transform("size")
    best = joined.sort_values(["turnover", "code"], ascending=False).drop_duplicates("cluster")
    columns = ["cluster", "indices", *wanted]
    return best.sort_values("cluster")[columns].reset_index(drop=True)


def list_against_most_traded(samples: Samples, membership: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Hold a diversified list against as many of the most traded indices, on the month after it was made.

    Parameters
    ----------
    samples : Samples
        The market.
    membership : DataFrame
        From :func:`helpers.clustering.cluster_months`.
    settings : Settings
        As for :func:`diversified_list`.

    Returns
    -------
    DataFrame
        By month end (the last has no month after it): ``funds`` in the list, and the average pair correlation over
        the days up to the next month end of the ``list``, of the ``most_traded`` and of ``all`` representatives.
    """
    prices = samples.prices
    months = dict(list(membership.groupby("date")))
    dates, rows = sorted(months), []
    for date, until in zip(dates, dates[1:], strict=False):
        chosen = diversified_list(samples, months[date], settings)
        top = months[date].nlargest(len(chosen), "turnover")["code"]
        later = prices[(prices.index >= date) & (prices.index <= until)]
        returns = trailing_returns(later, until, len(later) - 1, min_share=0.8)
        picks = {"list": chosen["code"], "most_traded": top, "all": months[date]["code"]}
        row = {k: mean_pair_correlation(returns[returns.columns.intersection(v)]) for k, v in picks.items()}
        rows.append({"date": date, "funds": len(chosen), **row})
    return (
        pd.DataFrame(rows).set_index("date") if rows else pd.DataFrame(columns=["funds", "list", "most_traded", "all"])
    )


def dedup_effect(samples: Samples, dates: pd.DatetimeIndex, settings: Settings | None = None) -> pd.DataFrame:
    """Cluster the same market with and without one-fund-per-index, and judge both on the same indices.

    Without dedup, an index gets the cluster that holds most of its funds; silhouettes are taken over one fund per
    index in both cases, so copies count for nothing in the judgement.

    Parameters
    ----------
    samples : Samples
        The market.
    dates : DatetimeIndex
        Month ends.
    settings : Settings, optional
        The choices; ``keys`` says how funds are deduplicated.

    Returns
    -------
    DataFrame
        Rows *one fund per index* and *every liquid fund*: ``funds``, ``clusters``, ``one_index`` (share of clusters
        of at least two funds that hold copies of a single index), ``torn`` (share of indices with several funds
        whose funds are in several clusters), ``silhouette``, ``ahead`` (silhouette on the days up to the next date)
        and ``month_ari``; means over the dates.
    """
    settings = settings or Settings()
    found = {"one fund per index": [], "every liquid fund": []}
    labels = {name: [] for name in found}
    for date, until in zip(dates, [*dates[1:], None], strict=True):
        one, _ = samples.at(date, settings)
        distance = samples.distance(date, settings)
        later = _later(samples.prices, one["code"], date, until)
        for name, keys in zip(found, (settings.keys, None), strict=True):
            row, label = _effect(samples, date, replace(settings, keys=keys), one["key"])
            row["silhouette"] = silhouette(distance, pd.factorize(label.reindex(one["key"]))[0]).mean()
            row["ahead"] = _score_later(later, one, label)
            found[name].append(row)
            labels[name].append(label)
    table = pd.DataFrame({name: pd.DataFrame(rows).mean() for name, rows in found.items()}).T
    stable = {n: np.nanmean(month_to_month(s)) if len(s) > 1 else np.nan for n, s in labels.items()}
    return table.assign(month_ari=pd.Series(stable))


def _effect(samples: Samples, date, settings: Settings, keys: pd.Series) -> tuple[dict, pd.Series]:
    """Cluster one month; count copies; return the cluster of each wanted index."""
    funds, _ = samples.at(date, settings)
    key = samples.dedup(date, replace(settings, keys="normalised")).keys.reindex(funds["code"]).to_numpy()
    table = pd.DataFrame({"key": key, "cluster": samples.groups(date, settings)})
    groups = table.groupby("cluster")["key"].agg(["size", "nunique"])
    several = table.groupby("key")["cluster"].agg(["size", "nunique"])
    row = {
        "funds": len(funds),
        "clusters": len(groups),
        "one_index": ((groups["size"] > 1) & (groups["nunique"] == 1)).sum() / max((groups["size"] > 1).sum(), 1),
        "torn": (several.loc[several["size"] > 1, "nunique"] > 1).mean() if (several["size"] > 1).any() else np.nan,
    }
    counts = table.groupby(["key", "cluster"]).size().sort_values(ascending=False).reset_index()
    return row, counts.drop_duplicates("key").set_index("key")["cluster"].reindex(keys.to_numpy())


def _later(prices: pd.DataFrame, codes: pd.Series, date: pd.Timestamp, until) -> pd.DataFrame | None:
    if until is None:
        return None
    window = prices.loc[date:until, prices.columns.intersection(codes)]
    return clip_returns(trailing_returns(window, until, len(window) - 1, min_share=0.8), 4.0)


def _score_later(later: pd.DataFrame | None, one: pd.DataFrame, label: pd.Series) -> float:
    if later is None:
        return float("nan")
    kept = one[one["code"].isin(later.columns)]
    return float(silhouette(correlation_distance(later[kept["code"]]), pd.factorize(label[kept["key"]])[0]).mean())
