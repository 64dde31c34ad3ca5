"""What a signal knew of later returns across assets: the rank information coefficient and its mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.inference.means import mean_test


def rank_ic(factor: pd.DataFrame, forward: pd.DataFrame) -> pd.Series:
    """Return Spearman's correlation of factor and forward return across assets, one a date.

    Parameters
    ----------
    factor : DataFrame
        Dates x assets, known at its dates.
    forward : DataFrame
        Returns that followed; brought to the dates and assets of `factor`.

    Returns
    -------
    Series
        NaN on dates with fewer than three assets that have both. Ties get their average rank.

    Examples
    --------
    >>> factor = pd.DataFrame([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]])
    >>> rank_ic(factor, pd.DataFrame([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])).tolist()
    [1.0, -1.0]
    """
    forward = forward.reindex(index=factor.index, columns=factor.columns)
    both = factor.notna() & forward.notna()
    ranks = [frame.where(both).rank(axis=1) for frame in (factor, forward)]
    left, right = (frame.sub(frame.mean(axis=1), axis=0) for frame in ranks)
    scale = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    enough = (both.sum(axis=1) >= 3) & (scale > 0)
    return ((left * right).sum(axis=1) / scale).where(enough).rename("ic")


def ic_summary(factor: pd.DataFrame, forward: pd.DataFrame, overlap: int = 0) -> dict[str, float]:
    """Return the mean rank IC of a factor with its t value.

    Parameters
    ----------
    factor, forward : DataFrame
        As in :func:`rank_ic`.
    overlap : int
        Later dates whose forward return shares days with one date's: 0 where each return ends before the next begins.

    Returns
    -------
    dict
        As of :func:`helpers.inference.mean_test`.
    """
    return mean_test(rank_ic(factor, forward), lags=overlap)
