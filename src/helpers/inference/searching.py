r"""What is left of the best of many tries: every choice counted, with dependence over time and between choices kept.

Choices of one strategy earn alike, so dividing a level by their number would ask far too much. Resampling whole weeks
of all choices at once keeps how alike they are. For choice `k` with mean :math:`\bar x_k` and error :math:`s_k`,

.. math:: t_k = \bar x_k / s_k, \qquad z^*_k = (\bar x^*_k - \bar x_k) / s^*_k,

and the p value of a choice is how often the largest :math:`z^*` of those not better than it reaches its own
:math:`t` (Romano and Wolf's step-down): the chance that luck alone would have led anyone to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

__all__ = ["Searched", "detectable", "search", "studentised_interval"]

FEWEST = 30  # periods below which nothing is judged


class Searched(NamedTuple):
    """What a search over choices found.

    Attributes
    ----------
    table : DataFrame
        Choices × ``mean`` (a period), ``t``, ``p`` (as if it were the only one), ``adjusted`` (the search counted).
    reality_check, spa : float
        White's reality check and Hansen's test for superior predictive ability: p values of *no choice is any good*.
    survivors : list
        Choices that Romano and Wolf's StepM keeps at the level asked: those with an adjusted p value up to it.
    error : Series
        Standard error of each mean.
    critical : float
        What the largest `t` of all choices stays below by luck, with the confidence asked.
    """

    table: pd.DataFrame
    reality_check: float
    spa: float
    survivors: list
    error: pd.Series
    critical: float


def search(
    excess: pd.DataFrame, block: int = 8, draws: int = 1_000, level: float = 0.05, arch_draws: int = 500, seed: int = 0
) -> Searched:
    """Test every choice of a search against nothing, the others counted.

    Parameters
    ----------
    excess : DataFrame
        Periods in time order × choices: what each earned beyond its benchmark, without gaps.
    block : int
        Periods that stay together in a resample.
    draws, arch_draws : int
        Resamples of the step-down p values, and of the two tests that ``arch`` computes (0 leaves them out).
    level : float
        Of StepM and of the critical value.
    seed : int

    Returns
    -------
    Searched

    Raises
    ------
    ValueError
        If a value is missing, or there are fewer than 30 periods.
    """
    values = _whole(excess)
    n = len(values)
    mean = values.mean(axis=0)
    error, z = block_luck(values, min(block, n // 2), draws, seed)
    live = error > 0
    t = mean / np.where(live, error, np.inf)
    table = pd.DataFrame({"mean": mean, "t": t, "p": (1 + (z >= t).sum(axis=0)) / (1 + draws)}, index=excess.columns)
    adjusted = pd.Series(_step_down(t, z), index=excess.columns)
    check, spa = _arch_tests(excess.loc[:, live], block=block, draws=arch_draws, seed=seed)
    critical = float(np.quantile(z[:, live].max(axis=1), 1 - level)) if live.any() else np.nan
    survivors = list(adjusted.index[adjusted <= level])
    return Searched(
        table.assign(adjusted=adjusted), check, spa, survivors, pd.Series(error, index=excess.columns), critical
    )


def block_luck(values: np.ndarray, block: int, draws: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the error of each column's mean, and what studentised means come to by luck, all columns together.

    Whole blocks of rows are drawn, from a circle. Each resample is divided by its own error, taken from its blocks: an
    error that is itself estimated from a few dozen blocks makes luck wilder than a fixed one would.

    Parameters
    ----------
    values : ndarray, shape (n, k)
    block : int
        Rows that stay together.
    draws, seed : int
        Resamples, and the generator's seed.

    Returns
    -------
    error : ndarray, shape (k,)
        Zero for a column without variation.
    luck : ndarray, shape (draws, k)
        Zero there, too.
    """
    n = len(values)
    blocks = max(n // block, 2)
    starts = np.random.default_rng(seed).integers(0, n, (draws, blocks))
    centred = values - values.mean(axis=0)
    total = np.vstack([np.zeros((1, values.shape[1])), np.vstack([centred, centred[:block]]).cumsum(axis=0)])
    means = (total[block : block + n] - total[:n]) / block
    error = np.sqrt((means**2).mean(axis=0) / blocks / max(1 - block / n, 1 / n))
    live = error > 1e-12 * np.abs(values).max(initial=0.0)
    drawn = np.zeros((draws, n))
    np.add.at(drawn, (np.arange(draws)[:, None], starts), 1.0)
    mean = drawn @ means[:, live] / blocks
    spread = (drawn @ means[:, live] ** 2 - blocks * mean**2) / (blocks - 1)
    luck = np.zeros((draws, values.shape[1]))
    luck[:, live] = mean / np.sqrt(np.maximum(spread, 1e-300) / blocks)
    return np.where(live, error, 0.0), luck


def detectable(found: Searched, choice: object, power: float = 0.8) -> float:
    """Return the mean a period that this search would find in that share of cases, if the choice really had it.

    Parameters
    ----------
    found : Searched
    choice : label
        A choice of the search.
    power : float
        Share of cases in (0, 1).

    Returns
    -------
    float
        In the unit of the means.
    """
    return float((found.critical + norm.ppf(power)) * found.error[choice])


def _whole(excess: pd.DataFrame) -> np.ndarray:
    values = excess.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        column = excess.columns[~np.isfinite(values).all(axis=0)][0]
        raise ValueError(f"choice {column!r} has periods without a value: compare choices over the same periods")
    if len(values) < FEWEST:
        raise ValueError(f"{len(values)} periods are too few to judge a search; {FEWEST} are needed")
    return values


def _step_down(t: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Romano and Wolf's adjusted p values: each choice against the best luck of those not better than it."""
    order = np.argsort(-t, kind="stable")
    luck = np.maximum.accumulate(z[:, order[::-1]], axis=1)[:, ::-1]
    p = (1 + (luck >= t[order]).sum(axis=0)) / (1 + len(z))
    adjusted = np.empty(len(t))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def _arch_tests(excess: pd.DataFrame, block: int, draws: int, seed: int) -> tuple[float, float]:
    """White's reality check and Hansen's SPA, on losses as ``arch`` wants them; NaN without draws."""
    if excess.shape[1] == 0 or not draws:
        return np.nan, np.nan
    from arch.bootstrap import SPA, RealityCheck  # imported late because it is slow to import

    nothing, losses = np.zeros(len(excess)), -excess
    options = {"block_size": block, "reps": draws, "bootstrap": "circular", "seed": seed}
    plain = RealityCheck(nothing, losses, studentize=False, **options)
    hansen = SPA(nothing, losses, **options)
    for test in (plain, hansen):
        test.compute()
    found = float(plain.pvalues["upper"]), float(hansen.pvalues["consistent"])
    return tuple((1 + draws * p) / (1 + draws) for p in found)  # the data count as a draw: never zero


def studentised_interval(
    values: pd.Series | np.ndarray, block: int = 4, level: float = 0.95, draws: int = 1_000, seed: int = 0
) -> tuple[float, float, float]:
    """Return the mean of a series in time order and its interval from studentised blocks.

    Unlike the percentile interval of :func:`helpers.inference.block_bootstrap_interval` it keeps its level on the fifty
    weeks of one year.

    Parameters
    ----------
    values : Series or ndarray, shape (n,)
    block, draws, seed : int
        As for :func:`search`.
    level : float
        Confidence in (0, 1).

    Returns
    -------
    mean, low, high : float
        The ends are NaN for fewer than five blocks or without variation.
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    mean = known.mean() if len(known) else np.nan
    if len(known) < 5 * block:
        return mean, np.nan, np.nan
    (error,), luck = block_luck(known[:, None], block, draws, seed)
    if error == 0:
        return mean, np.nan, np.nan
    low, high = np.quantile(luck[:, 0], [(1 - level) / 2, (1 + level) / 2])
    return mean, mean - high * error, mean - low * error
