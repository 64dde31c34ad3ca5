"""How often a state was right, how sure that is, and what it would have earned before costs.

``ahead=0`` compares a state with the period that has just ended and is already inside it; ``ahead=1`` with the next
period, which is a forecast. Weekly outcomes hang together, so beside Wilson's interval for independent trials
stand a block bootstrap and Newey-West errors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.hp_filter import one_sided_hp_sweep
from helpers.regimes.signals import factor_momentum, realised_style, state_of

__all__ = [
    "block_bootstrap_interval",
    "hit_rate",
    "long_short",
    "long_short_returns",
    "newey_west_mean",
    "outcomes",
    "shuffled_hit_rates",
    "wilson_interval",
]


def outcomes(state: pd.Series, realised: pd.Series, ahead: int = 1) -> pd.DataFrame:
    """
    Pair each state with the realised style ``ahead`` periods later.

    Parameters
    ----------
    state, realised : Series of 1 / 0 / NaN on the same index
        Both dated at the end of their period.
    ahead : int
        0 for the period just ended, 1 for the next one.

    Returns
    -------
    DataFrame indexed by the state's date
        ``state, outcome, hit`` as float; rows where either is unknown are left out.

    Raises
    ------
    ValueError
        If ``ahead`` is negative or the indices differ.
    """
    if ahead < 0:
        raise ValueError(f"ahead must be 0 or more, got {ahead}: a state cannot be judged by an earlier period")
    if not state.index.equals(realised.index):
        raise ValueError("state and realised must have the same dates")
    pairs = pd.DataFrame({"state": state, "outcome": realised.shift(-ahead)}).dropna()
    return pairs.assign(hit=(pairs["state"] == pairs["outcome"]).astype(float))


def hit_rate(
    state: pd.Series, realised: pd.Series, ahead: int = 1, level: float = 0.95, block: int = 13, seed: int = 0
) -> pd.Series:
    """
    Share of periods in which the state named the winner, with two confidence bands.

    Parameters
    ----------
    state, realised : Series of 1 / 0 / NaN
        As in :func:`outcomes`.
    ahead : int
        0 for the same period, 1 for the next.
    level : float
        Confidence level of both bands.
    block : int
        Periods per block of the bootstrap; 13 weeks is a quarter.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    Series
        ``n, hits, rate, wilson_low, wilson_high, block_low, block_high, constant`` (the hit rate of always naming the
        side that won more often, known only afterwards).

    Raises
    ------
    ValueError
        If no period has both a state and an outcome.
    """
    pairs = outcomes(state, realised, ahead)
    if pairs.empty:
        raise ValueError("no period has both a state and an outcome; choose an earlier start or a later end")
    hits, n = int(pairs["hit"].sum()), len(pairs)
    wilson = wilson_interval(hits, n, level)
    block_band = block_bootstrap_interval(pairs["hit"].to_numpy(), min(block, n), level, seed=seed)
    share = pairs["outcome"].mean()
    values = [n, hits, hits / n, *wilson, *block_band, max(share, 1 - share)]
    names = ["n", "hits", "rate", "wilson_low", "wilson_high", "block_low", "block_high", "constant"]
    return pd.Series(values, index=names, dtype=float)


def wilson_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """
    Wilson's score interval for a share of independent trials.

    Parameters
    ----------
    hits, n : int
        Successes and trials, ``0 <= hits <= n``, ``n >= 1``.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper bound, inside [0, 1] even for few trials.

    Raises
    ------
    ValueError
        If the counts or the level make no sense.
    """
    if n < 1 or not 0 <= hits <= n or not 0 < level < 1:
        raise ValueError(f"need 0 <= hits <= n, n >= 1 and 0 < level < 1, got {hits}, {n}, {level}")
    z = norm.ppf((1 + level) / 2)
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def block_bootstrap_interval(
    values: np.ndarray, block: int, level: float = 0.95, draws: int = 2_000, seed: int = 0
) -> tuple[float, float]:
    """
    Percentile band of the mean from a circular block bootstrap.

    Parameters
    ----------
    values : array, shape (n,)
        Outcomes in time order.
    block : int
        Length of the blocks that keep neighbours together, 1 to n.
    level, draws, seed
        Confidence level, number of resamples, seed.

    Returns
    -------
    tuple of float
        Lower and upper bound of the mean.

    Raises
    ------
    ValueError
        If ``block`` is not between 1 and n.
    """
    values = np.asarray(values, dtype=float)
    n = len(values)
    if not 1 <= block <= n:
        raise ValueError(f"block must be between 1 and the {n} values, got {block}")
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, n, size=(draws, -(-n // block)))
    # Sums of whole blocks, then the surplus of the last one taken off, so that every resample has n values.
    run = np.concatenate([[0.0], np.cumsum(np.concatenate([values, values]))])
    surplus = starts.shape[1] * block - n
    sums = (run[starts + block] - run[starts]).sum(axis=1)
    sums -= run[starts[:, -1] + block] - run[starts[:, -1] + block - surplus]
    low, high = np.quantile(sums / n, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def newey_west_mean(values: np.ndarray | pd.Series, lags: int | None = None) -> tuple[float, float]:
    """
    Mean and its t value with Newey-West (Bartlett) standard error.

    Parameters
    ----------
    values : array or Series, shape (n,)
        Finite, in time order.
    lags : int, optional
        Autocovariances used; default ``floor(4 (n / 100) ** (2 / 9))``.

    Returns
    -------
    tuple of float
        Mean, and mean divided by its standard error (NaN when there is no variation).

    Raises
    ------
    ValueError
        If there are fewer than two values, or ``lags`` is not below n.
    """
    data = np.asarray(values, dtype=float)
    n = len(data)
    lags = int(4 * (n / 100) ** (2 / 9)) if lags is None else lags
    if n < 2 or not 0 <= lags < n:
        raise ValueError(f"need at least two values and 0 <= lags < n, got n = {n}, lags = {lags}")
    mean = data.mean()
    gap = data - mean
    variance = gap @ gap + 2 * sum((1 - k / (lags + 1)) * (gap[k:] @ gap[:-k]) for k in range(1, lags + 1))
    return float(mean), float(mean / (np.sqrt(variance) / n)) if variance > 0 else float("nan")


def long_short_returns(closes: pd.DataFrame, state: pd.Series, ahead: int = 1) -> pd.Series:
    """
    Return of holding the favoured index against the other, before costs.

    Parameters
    ----------
    closes : DataFrame, dates x 2
        Numerator, denominator.
    state : Series of 1 / 0 / NaN on the same dates
        Known at its date.
    ahead : int
        Periods between the state and the return it earns: at least 1, or it would earn what it has already seen.

    Returns
    -------
    Series
        Difference of the two simple returns with the sign of the state ``ahead`` periods before; dated when earned.

    Raises
    ------
    ValueError
        If ``ahead`` is below 1 or the dates differ.
    """
    if ahead < 1:
        raise ValueError(f"ahead must be at least 1, got {ahead}: the state contains the period it is dated in")
    if not closes.index.equals(state.index):
        raise ValueError("closes and state must have the same dates")
    returns = closes.pct_change()
    spread = returns.iloc[:, 0] - returns.iloc[:, 1]
    return (spread * (2 * state.shift(ahead) - 1)).dropna().rename("long_short")


def long_short(returns: pd.Series, periods_per_year: float) -> pd.Series:
    """
    Yearly mean, volatility and t value of a long-short return.

    Parameters
    ----------
    returns : Series
        Per period, as a fraction.
    periods_per_year : float
        Number of periods in a year, stated and not guessed.

    Returns
    -------
    Series
        ``n``, ``mean`` and ``volatility`` (fractions a year, arithmetic), ``ratio`` (mean / volatility), ``t``
        (Newey-West).
    """
    mean, t = newey_west_mean(returns)
    volatility = returns.std(ddof=1) * np.sqrt(periods_per_year)
    values = [len(returns), mean * periods_per_year, volatility, mean * periods_per_year / volatility, t]
    return pd.Series(values, index=["n", "mean", "volatility", "ratio", "t"], dtype=float)


def shuffled_hit_rates(
    ratio: pd.Series, lambdas: list[float], since: str | pd.Timestamp | None = None, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """
    Hit rates of the same rule on ratios whose weekly changes are put in random order.

    A shuffled ratio has no trend to follow, so what the rule scores on it is what the arithmetic alone gives.

    Parameters
    ----------
    ratio : Series
        Positive weekly ratio.
    lambdas : list of float
        Smoothing parameters tried on every shuffle.
    since : date, optional
        First date whose state counts.
    draws, seed
        Number of shuffles, seed.

    Returns
    -------
    DataFrame, one row per shuffle and smoothing parameter
        ``draw, lamb, same`` and ``next`` (hit rates of the same and of the next period).
    """
    steps = np.diff(np.log(ratio.to_numpy()))
    rng = np.random.default_rng(seed)
    keep = np.ones(len(ratio), bool) if since is None else np.asarray(ratio.index >= pd.Timestamp(since))
    rows = []
    for draw in range(draws):
        path = np.exp(np.concatenate([[0.0], np.cumsum(rng.permutation(steps))]))
        shuffled = pd.Series(path, index=ratio.index)
        states = state_of(factor_momentum(one_sided_hp_sweep(shuffled, lambdas)))
        won = realised_style(shuffled).to_numpy()[:, None]
        same, following = _match_share(states[keep], won[keep]), _match_share(states[keep][:-1], won[keep][1:])
        rows.append(pd.DataFrame({"draw": draw, "lamb": lambdas, "same": same, "next": following}))
    return pd.concat(rows, ignore_index=True)


def _match_share(states: pd.DataFrame, won: np.ndarray) -> np.ndarray:
    """Share of rows per column where both are known and equal."""
    values = states.to_numpy()
    known = np.isfinite(values) & np.isfinite(won)
    return ((values == won) & known).sum(axis=0) / known.sum(axis=0)
