"""From a rule's numbers to weights: standardised scores, tilts, and a cap whose excess goes to the others."""

from __future__ import annotations

import numpy as np

__all__ = ["capped", "standardised", "tilted"]

CLIP = 3.0  # standard deviations beyond which a score counts no further


def standardised(values: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Return z-scores over the known values, clipped at three; zero everywhere when nothing varies.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN where unknown, and so in the result.
    weight : ndarray, optional
        Weights of the mean; the deviation stays that of equal weights.

    Returns
    -------
    ndarray, shape (n,)
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), np.nan)
    middle = np.average(values[known], weights=None if weight is None else weight[known])
    spread = values[known].std()
    return np.clip((values - middle) / spread, -CLIP, CLIP) if spread > 0 else np.where(known, 0.0, np.nan)


def tilted(base: np.ndarray, scores: dict[str, np.ndarray], strength: dict[str, float]) -> np.ndarray:
    r"""Tilt weights towards scores.

    $$ w_i = w^c_i + \sum_j \Delta w^j_i, \qquad \Delta w^j_i = s_j\, w^c_i\, z^j_i $$

    Parameters
    ----------
    base : ndarray, shape (n,)
        Weights $w^c$, summing to 1.
    scores : dict of name to ndarray
        Standardised scores $z^j$.
    strength : dict of name to float
        $s_j$.

    Returns
    -------
    ndarray
        Not negative (a stock whose adjustments exceed its weight has none), summing to 1.

    Notes
    -----
    Each $z^j$ is centred at its mean under ``base``, so that the adjustments of one score add up to zero: what one
    stock gains others lose. S001 prints the sum and not the adjustment; this is the simplest one that grows with score
    and with float cap.
    """
    weight = base.copy()
    for name, size in strength.items():
        z = scores[name] - base @ scores[name]
        weight += size * base * z
    weight = np.maximum(weight, 0.0)
    return weight / weight.sum()


def capped(target: np.ndarray, cap: float) -> np.ndarray:
    """Return weights proportional to ``target`` with none above ``cap``; the excess goes to the others, pro rata.

    Parameters
    ----------
    target : ndarray, shape (n,)
        Positive numbers.
    cap : float
        At most this much each; when ``cap * n <= 1`` all weigh the same.

    Returns
    -------
    ndarray, shape (n,)
        Sums to 1.

    Raises
    ------
    ValueError
        If a target is not positive.
    """
    target = np.asarray(target, dtype=float)
    if not (target > 0).all():
        raise ValueError(f"{(~(target > 0)).sum()} of {len(target)} members have no positive number to be weighted by")
    if cap * len(target) <= 1:
        return np.full(len(target), 1 / len(target))
    full = np.zeros(len(target), dtype=bool)
    while True:
        rest = target[~full].sum()
        weight = np.where(full, cap, target / rest * (1 - cap * full.sum()))
        over = weight > cap * (1 + 1e-12)
        if not over.any():
            return weight
        full |= over
