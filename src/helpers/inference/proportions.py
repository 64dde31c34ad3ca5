"""How sure a share of successes is."""

from __future__ import annotations


def proportion_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a share of independent trials.

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

    Examples
    --------
    >>> low, high = proportion_interval(14, 22)
    >>> round(low, 3), round(high, 3)
    (0.43, 0.803)
    """
    from statsmodels.stats.proportion import proportion_confint  # imported late because it is slow to import

    if n < 1 or not 0 <= hits <= n or not 0 < level < 1:
        raise ValueError(f"need 0 <= hits <= n, n >= 1 and 0 < level < 1, got {hits}, {n}, {level}")
    low, high = proportion_confint(hits, n, alpha=1 - level, method="wilson")
    return float(low), float(high)
