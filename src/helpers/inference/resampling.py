"""What chance alone would give: resampled blocks of time, and labels put in random order."""

from __future__ import annotations

import numpy as np


def block_positions(n: int, block: int, draws: int, seed: int = 0) -> np.ndarray:
    """Draw positions of a circular block bootstrap, so that neighbours stay together within a block.

    Parameters
    ----------
    n : int
        Observations in the sample, in time order.
    block : int
        Length of a block, 1 to n; blocks wrap around the end.
    draws : int
        Number of resamples.
    seed : int
        Of the generator.

    Returns
    -------
    ndarray of int, shape (draws, n)

    Raises
    ------
    ValueError
        If `block` is not between 1 and n.
    """
    from arch.bootstrap import CircularBlockBootstrap  # imported late because it is slow to import

    if not 1 <= block <= n:
        raise ValueError(f"block must be between 1 and the {n} observations, got {block}")
    resample = CircularBlockBootstrap(block, np.arange(n), seed=seed)
    return np.array([resample.update_indices() for _ in range(draws)]).reshape(draws, n)


def block_bootstrap_interval(
    values: np.ndarray, block: int, level: float = 0.95, draws: int = 2_000, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile band of the mean from a circular block bootstrap.

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
    means = values[block_positions(len(values), block, draws, seed)].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def permutation_p_value(own: float, by_chance: np.ndarray) -> float:
    """Return how often chance does at least as well: ``(1 + at least as large) / (1 + draws)``.

    Parameters
    ----------
    own : float
        The statistic of the data, larger for stronger evidence.
    by_chance : array, shape (draws,)
        The same statistic on random rearrangements.

    Returns
    -------
    float
        In (0, 1]: the data count as one more draw, so that it is never 0.

    Examples
    --------
    >>> permutation_p_value(3.0, [1.0, 2.0, 3.0])
    0.5
    """
    by_chance = np.asarray(by_chance, dtype=float)
    return float((1 + (by_chance >= own - 1e-12).sum()) / (1 + len(by_chance)))


def shuffled_end_means(values: np.ndarray, group: int, draws: int, seed: int = 0) -> np.ndarray:
    """Return the mean of the last `group` values less that of the first, for random orders of all values.

    Parameters
    ----------
    values : array, shape (n,)
    group : int
        Values at each end.
    draws, seed
        Number of random orders, seed.

    Returns
    -------
    ndarray, shape (draws,)
    """
    shuffled = np.random.default_rng(seed).permuted(np.tile(values, (draws, 1)), axis=1)
    return shuffled[:, -group:].mean(axis=1) - shuffled[:, :group].mean(axis=1)
