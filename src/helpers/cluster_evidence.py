"""Evidence for the choices of a clustering: separation, stability under resampled days, stability over months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from helpers.clustering import Settings, cluster, representatives, silhouette
from helpers.correlation import correlation_distance, trailing_returns, wide_prices

MIN_AHEAD = 10
MEASURES = ("silhouette", "bootstrap_ari", "month_ari", "ahead")


def block_bootstrap(rows: int, block: int, draws: int, seed: int = 0) -> np.ndarray:
    """Draw days in blocks, so that a resample keeps the days' order within a block.

    Parameters
    ----------
    rows : int
        Days in the sample.
    block : int
        Length of a block, days; blocks wrap around the end.
    draws : int
        Number of resamples.
    seed : int, default 0
        Of the generator.

    Returns
    -------
    ndarray of int
        draws x rows, positions of the days.
    """
    if not 1 <= block <= rows:
        raise ValueError(f"block must lie between 1 and the {rows} days of the sample, not {block}")
    starts = np.random.default_rng(seed).integers(0, rows, size=(draws, -(-rows // block)))
    days = (starts[:, :, None] + np.arange(block)) % rows
    return days.reshape(draws, -1)[:, :rows]


def month_to_month(labels: list[pd.Series]) -> np.ndarray:
    """Adjusted Rand index of each month with the one before, over the keys both have.

    Parameters
    ----------
    labels : list of Series
        One per month: cluster by key.

    Returns
    -------
    ndarray
        Length len(labels) - 1; 1 is the same partition, 0 what chance would give.
    """
    out = []
    for before, after in zip(labels, labels[1:], strict=False):
        both = before.index.intersection(after.index)
        out.append(adjusted_rand_score(before[both], after[both]) if len(both) > 1 else np.nan)
    return np.array(out)


def evidence(
    etf_daily: pd.DataFrame,
    etf_list: pd.DataFrame,
    dates: pd.DatetimeIndex,
    grid: list[dict],
    base: Settings | None = None,
    draws: int = 10,
    block: int = 10,
    boot_every: int = 3,
    seed: int = 0,
) -> pd.DataFrame:
    """Score each choice of a grid on the same funds and days.

    Parameters
    ----------
    etf_daily, etf_list : DataFrame
        Canonical tables.
    dates : DatetimeIndex
        Month ends; each uses only days up to it.
    grid : list of dict
        Fields of :class:`Settings` to change in ``base``: one dict per choice.
    base : Settings, optional
        Everything else.
    draws, block, boot_every, seed : int
        Resamples per month, days per block, every how many months the bootstrap runs (it is the slow part;
        the last month always takes part), seed of the draws.

    Returns
    -------
    DataFrame
        One row per choice, the changed fields first, then ``clusters`` (mean number), ``largest`` (mean share of
        funds in the largest cluster), ``alone`` (mean share of funds alone), ``silhouette`` (mean over months) and
        ``silhouette_se`` (its standard error), ``bootstrap_ari`` (mean agreement of resamples with the sample),
        ``month_ari`` (mean agreement with the month before) and ``ahead`` (silhouette of a month's clusters on the
        days after it, up to the next of ``dates``: hindsight, fit to compare choices and nothing else).
    """
    base = base or Settings()
    settings = [replace(base, **change) for change in grid]
    prices = wide_prices(etf_daily)
    found: list[dict] = [{"labels": [], "silhouette": [], "bootstrap": [], "ahead": []} for _ in settings]
    for position, date in enumerate(dates):
        boot = (len(dates) - 1 - position) % boot_every == 0
        later = prices[(prices.index > date) & (prices.index <= [*dates, date][position + 1])]
        bootstrap = (draws if boot else 0, block, seed)
        _score_month(found, settings, prices, etf_daily, etf_list, date, bootstrap, later)
    return pd.DataFrame([{**c, **_summary(f)} for c, f in zip(grid, found, strict=True)])


def _score_month(found, settings, prices, etf_daily, etf_list, date, bootstrap, later) -> None:
    samples: dict[tuple, tuple] = {}
    for setting, result in zip(settings, found, strict=True):
        sample = (setting.lookback, setting.shrinkage, setting.min_amount, setting.min_share, setting.survivor)
        if sample not in samples:
            samples[sample] = _distances(setting, prices, etf_daily, etf_list, date, bootstrap, later)
        keys, distance, resampled, (seen, after) = samples[sample]
        labels = _cut(distance, setting)
        result["labels"].append(pd.Series(labels, index=keys))
        result["silhouette"].append(silhouette(distance, labels).mean())
        result["bootstrap"] += [adjusted_rand_score(labels, _cut(d, setting)) for d in resampled]
        if len(seen):
            result["ahead"].append(silhouette(after, pd.factorize(labels[seen])[0]).mean())


def _distances(setting, prices, etf_daily, etf_list, date, bootstrap, later) -> tuple:
    draws, block, seed = bootstrap
    funds = representatives(etf_list, etf_daily[etf_daily["date"] <= date], date, setting)
    returns = trailing_returns(prices, date, setting.lookback, setting.min_share)
    funds = funds[funds["code"].isin(returns.columns)].sort_values("key")
    sample = returns[funds["code"]].to_numpy()
    days = block_bootstrap(len(sample), min(block, len(sample)), draws, seed) if draws else []
    resampled = [correlation_distance(sample[d], setting.shrinkage) for d in days]
    ahead = _ahead(later, funds["code"]) if len(later) > MIN_AHEAD else ([], None)
    return funds["key"].to_numpy(), correlation_distance(sample, setting.shrinkage), resampled, ahead


def _ahead(later: pd.DataFrame, codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the funds that trade on, and their distances on the later days."""
    returns = trailing_returns(later, later.index[-1], len(later) - 1, min_share=0.8)
    seen = np.flatnonzero(codes.isin(returns.columns))
    return seen, correlation_distance(returns[codes.iloc[seen]])


def _cut(distance: np.ndarray, setting: Settings) -> np.ndarray:
    return cluster(distance, setting.method, setting.linkage, setting.count, setting.threshold)


def _summary(found: dict) -> dict:
    sizes = [labels.value_counts() for labels in found["labels"]]
    return {
        "clusters": float(np.mean([len(s) for s in sizes])),
        "largest": float(np.mean([s.max() / s.sum() for s in sizes])),
        "alone": float(np.mean([(s == 1).sum() / s.sum() for s in sizes])),
        "silhouette": float(np.mean(found["silhouette"])),
        "silhouette_se": float(np.std(found["silhouette"], ddof=1) / len(sizes) ** 0.5) if len(sizes) > 1 else np.nan,
        "bootstrap_ari": float(np.mean(found["bootstrap"])) if found["bootstrap"] else float("nan"),
        "month_ari": float(np.nanmean(month_to_month(found["labels"]))) if len(sizes) > 1 else float("nan"),
        "ahead": float(np.mean(found["ahead"])) if found["ahead"] else float("nan"),
    }


def rank_choices(table: pd.DataFrame, largest: float = 0.25, alone: float = 0.10) -> pd.DataFrame:
    """Rank the choices of :func:`evidence` by their mean rank over the measures.

    Parameters
    ----------
    table : DataFrame
        From :func:`evidence`.
    largest, alone : float
        A choice qualifies if its largest cluster holds at most ``largest`` of the funds and at most ``alone`` of
        them are alone: otherwise it has grouped nothing, which is easily stable.

    Returns
    -------
    DataFrame
        The table with ``qualifies`` and ``mean_rank`` (1 is best; missing where a choice does not qualify),
        best first; measures that are missing throughout do not count.
    """
    fits = (table["largest"] <= largest) & (table["alone"] <= alone)
    ranks = table.loc[fits, list(MEASURES)].rank(ascending=False).mean(axis=1)
    out = table.assign(qualifies=fits, mean_rank=ranks)
    return out.sort_values(["mean_rank", "silhouette"], ascending=[True, False], na_position="last", ignore_index=True)


def choose(table: pd.DataFrame, largest: float = 0.25, alone: float = 0.10) -> pd.Series:
    """Pick one choice by a rule stated beforehand.

    First the method: the one whose best choice has the best mean rank. Then the number: the fewest clusters whose
    silhouette lies within one standard error of the method's best (a finer cut must earn its clusters).

    Parameters
    ----------
    table, largest, alone
        As in :func:`rank_choices`.

    Returns
    -------
    Series
        The row chosen.

    Raises
    ------
    ValueError
        If no choice qualifies.
    """
    ranked = rank_choices(table, largest, alone)
    ranked = ranked[ranked["qualifies"]]
    if ranked.empty:
        raise ValueError("no choice qualifies: widen the grid of cluster counts")
    best = ranked.iloc[0]
    family = [c for c in ("method", "linkage") if c in ranked]
    same = ranked[(ranked[family].fillna("") == best[family].fillna("")).all(axis=1)]
    top = same.loc[same["silhouette"].idxmax()]
    near = same[same["silhouette"] >= top["silhouette"] - np.nan_to_num(top["silhouette_se"])]
    return near.loc[near["clusters"].idxmin()]
