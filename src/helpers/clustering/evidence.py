"""Evidence for the choices of a clustering: separation, stability under resampled days, stability over months."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from helpers.clustering.partition import LINKAGES, adjusted_rand, cluster, cut_tree, grow_tree, silhouette
from helpers.clustering.samples import Samples, Settings
from helpers.correlation import correlation_distance, trailing_returns
from helpers.inference import block_positions
from helpers.tables import MissingTable

MIN_AHEAD = 10


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
        out.append(adjusted_rand(before[both].to_numpy(), after[both].to_numpy()) if len(both) > 1 else np.nan)
    return np.array(out)


def evidence(
    samples: Samples,
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
    samples : Samples
        The market.
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
        One row per choice, the changed fields first, then ``coverage`` (share of the liquid indices with enough
        history to be clustered), ``clusters`` (mean number), ``largest`` (mean share of
        funds in the largest cluster), ``alone`` (mean share of funds alone), ``silhouette`` (mean over months) and
        ``silhouette_se`` (its standard error), ``bootstrap_ari`` (mean agreement of resamples with the sample),
        ``month_ari`` (mean agreement with the month before) and ``ahead`` (silhouette of a month's clusters on the
        days after it, up to the next of ``dates``: hindsight, fit to compare choices and nothing else).
    """
    base = base or Settings()
    settings = [replace(base, **change) for change in grid]
    kept = ("labels", "silhouette", "bootstrap", "ahead", "coverage")
    found: list[dict] = [{name: [] for name in kept} for _ in settings]
    for position, date in enumerate(dates):
        boot = (len(dates) - 1 - position) % boot_every == 0
        days = samples.prices.index
        later = samples.prices[(days > date) & (days <= [*dates, date][position + 1])]
        bootstrap = (draws if boot else 0, block, seed)
        _score_month(found, settings, samples, date, bootstrap, later)
    return pd.DataFrame([{**c, **_summary(f)} for c, f in zip(grid, found, strict=True)])


def _score_month(found, settings, samples: Samples, date, bootstrap, later) -> None:
    resamples: dict[Settings, tuple] = {}
    trees: dict[tuple, dict[int, np.ndarray]] = {}
    for setting, result in zip(settings, found, strict=True):
        sample = replace(setting, method="", linkage="", count=None, threshold=0.0, damping=0.0)
        if sample not in resamples:
            resamples[sample] = _resampled(samples, date, setting, bootstrap, later)
        funds, resampled, (seen, after) = resamples[sample]
        cut = partial(_cut, setting=setting, trees=trees.setdefault((sample, setting.linkage), {}))
        labels = samples.groups(date, setting)
        result["coverage"].append(len(funds) / len(samples.representatives(date, setting)))
        result["labels"].append(pd.Series(labels, index=funds["key"].to_numpy()))
        result["silhouette"].append(silhouette(samples.distance(date, setting), labels).mean())
        result["bootstrap"] += [adjusted_rand(labels, cut(d, k)) for k, d in enumerate(resampled)]
        if len(seen):
            result["ahead"].append(silhouette(after, pd.factorize(labels[seen])[0]).mean())


def _resampled(samples: Samples, date, setting: Settings, bootstrap, later) -> tuple:
    """Take the funds of a month, their distances on resampled days, and on the days after it."""
    draws, block, seed = bootstrap
    funds, returns = samples.at(date, setting)
    sample = returns.to_numpy()
    days = block_positions(len(sample), min(block, len(sample)), draws, seed) if draws else []
    resampled = [correlation_distance(sample[d], setting.shrinkage) for d in days]
    ahead = _ahead(later, funds["code"]) if len(later) > MIN_AHEAD else ([], None)
    return funds, resampled, ahead


def _ahead(later: pd.DataFrame, codes: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the funds that trade on, and their distances on the later days."""
    returns = trailing_returns(later, later.index[-1], len(later) - 1, min_share=0.8)
    seen = np.flatnonzero(codes.isin(returns.columns))
    return seen, correlation_distance(returns[codes.iloc[seen]])


def _cut(distance: np.ndarray, number: int, setting: Settings, trees: dict[int, np.ndarray]) -> np.ndarray:
    """Group one resample by its number; choices that differ in the cut share its tree."""
    if setting.method == "linkage" and setting.linkage in LINKAGES and len(distance) > 1:
        if number not in trees:
            trees[number] = grow_tree(distance, setting.linkage)
        return cut_tree(trees[number], setting.count, setting.threshold)
    return cluster(distance, setting.method, setting.linkage, setting.count, setting.threshold, setting.damping)


def _summary(found: dict) -> dict:
    sizes = [labels.value_counts() for labels in found["labels"]]
    return {
        "coverage": float(np.mean(found["coverage"])),
        "clusters": float(np.mean([len(s) for s in sizes])),
        "largest": float(np.mean([s.max() / s.sum() for s in sizes])),
        "alone": float(np.mean([(s == 1).sum() / s.sum() for s in sizes])),
        "silhouette": float(np.mean(found["silhouette"])),
        "silhouette_se": _standard_error(found["silhouette"]),
        "bootstrap_ari": float(np.mean(found["bootstrap"])) if found["bootstrap"] else float("nan"),
        "month_ari": float(np.nanmean(month_to_month(found["labels"]))) if len(sizes) > 1 else float("nan"),
        "ahead": float(np.mean(found["ahead"])) if found["ahead"] else float("nan"),
        "ahead_se": _standard_error(found["ahead"]),
    }


def _standard_error(values: list[float]) -> float:
    return float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else float("nan")


def choose(table: pd.DataFrame, largest: float = 0.25, alone: float = 0.10, slack: float = 0.10) -> pd.DataFrame:
    """Pick one choice by a rule stated beforehand: separation on unseen days, then few clusters, then stability.

    1. A choice *qualifies* if its largest cluster holds at most ``largest`` of the funds and at most ``alone`` of
       them are alone: otherwise it has grouped nothing, which is easily stable.
    2. It is *separated* if its silhouette on the days ahead lies within one standard error of the best: finer cuts
       must earn their clusters on days they have not seen.
    3. It is *small* if it has at most (1 + ``slack``) times the fewest clusters of those.
    4. Among the small, the one with the highest *stability* (mean of bootstrap and month-to-month agreement) is
       *chosen*.

    Parameters
    ----------
    table : DataFrame
        From :func:`evidence`. Where no month has days ahead, the silhouette itself takes that place.
    largest, alone, slack : float
        As above.

    Returns
    -------
    DataFrame
        The table with the columns ``qualifies, separated, small, stability`` and ``chosen``, the chosen row first.

    Raises
    ------
    MissingTable
        If no choice qualifies: among few funds each is soon alone, or most are in one cluster.
    """
    measure = "ahead" if table["ahead"].notna().any() else "silhouette"
    fits = (table["largest"] <= largest) & (table["alone"] <= alone)
    if not fits.any():
        said = f"none of {len(table)} ways of grouping leaves its indices neither alone nor together"
        raise MissingTable(("etf_list", "etf_daily"), said, "It takes more indices, or a wider grid of cluster counts.")
    best = table.loc[table.loc[fits, measure].idxmax()]
    separated = fits & (table[measure] >= best[measure] - np.nan_to_num(best[f"{measure}_se"]))
    small = separated & (table["clusters"] <= (1.0 + slack) * table.loc[separated, "clusters"].min())
    stability = table[["bootstrap_ari", "month_ari"]].mean(axis=1)
    out = table.assign(qualifies=fits, separated=separated, small=small, stability=stability)
    out["chosen"] = out.index == stability[small].fillna(-1.0).idxmax()
    flags = ["chosen", "small", "separated", "qualifies", "stability"]
    return out.sort_values(flags, ascending=False, ignore_index=True)
