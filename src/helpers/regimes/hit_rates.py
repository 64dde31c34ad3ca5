"""How often a state was right, how sure that is, and what it would have earned before costs.

``ahead=0`` compares a state with the period that has just ended and is already inside it; ``ahead=1`` with the next
period, which is a forecast. Weekly outcomes hang together, so beside Wilson's interval for independent trials
stands a block bootstrap (:mod:`helpers.inference`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.hp_filter import one_sided_hp_sweep
from helpers.inference import block_bootstrap_interval, proportion_interval
from helpers.regimes.signals import factor_momentum, realised_style, state_of

__all__ = [
    "hit_rate",
    "long_short_returns",
    "outcomes",
    "shuffled_hit_rates",
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
    wilson = proportion_interval(hits, n, level)
    block_band = block_bootstrap_interval(pairs["hit"].to_numpy(), min(block, n), level, seed=seed)
    share = pairs["outcome"].mean()
    values = [n, hits, hits / n, *wilson, *block_band, max(share, 1 - share)]
    names = ["n", "hits", "rate", "wilson_low", "wilson_high", "block_low", "block_high", "constant"]
    return pd.Series(values, index=names, dtype=float)


def long_short_returns(closes: pd.DataFrame, state: pd.Series, ahead: int = 1) -> pd.Series:
    """Return of holding the favoured index against the other, before costs.

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

    Examples
    --------
    >>> weeks = pd.date_range("2024-01-05", periods=3, freq="7D")
    >>> closes = pd.DataFrame({"000300": [100, 102, 102], "000852": [100, 100, 103]}, weeks)
    >>> long_short_returns(closes, pd.Series([1, 0, 0], weeks)).round(4).to_list()
    [0.02, 0.03]
    """
    if ahead < 1:
        raise ValueError(f"ahead must be at least 1, got {ahead}: the state contains the period it is dated in")
    if not closes.index.equals(state.index):
        raise ValueError("closes and state must have the same dates")
    returns = closes.pct_change()
    spread = returns.iloc[:, 0] - returns.iloc[:, 1]
    return (spread * (2 * state.shift(ahead) - 1)).dropna().rename("long_short")


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
