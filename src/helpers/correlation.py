"""Trailing returns and their correlation distance: what dedup checks and clustering stand on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse


def wide_prices(etf_daily: pd.DataFrame, codes: list[str] | pd.Index | None = None) -> pd.DataFrame:
    """Turn the daily table into a price matrix in which a price nobody traded at is missing.

    Parameters
    ----------
    etf_daily : DataFrame
        Columns ``date, code, adj_close`` and, where known, ``amount`` (CNY).
    codes : list of str, optional
        The funds to keep; all of them by default.

    Returns
    -------
    DataFrame
        Sessions x funds, adjusted close; NaN on a day without a row or with zero turnover.
    """
    rows = etf_daily if codes is None else etf_daily[etf_daily["code"].isin(codes)]
    price = rows.pivot(index="date", columns="code", values="adj_close").sort_index()
    if "amount" in rows:
        amount = rows.pivot(index="date", columns="code", values="amount").reindex_like(price)
        price = price.mask(amount.fillna(0.0) <= 0.0)
    return price


def trailing_returns(
    prices: pd.DataFrame, end: pd.Timestamp | str, lookback: int, min_share: float = 0.9
) -> pd.DataFrame:
    """Take the last ``lookback`` daily returns up to ``end`` of the funds that have enough of them.

    A return exists between two neighbouring sessions that both have a traded price; anything else is missing,
    never zero and never carried forward. A fund stays if it has at least ``min_share`` of the returns and they
    are not all alike.

    Parameters
    ----------
    prices : DataFrame
        Sessions x funds from :func:`wide_prices`. Rows after ``end`` are not read.
    end : date
        Last day used.
    lookback : int
        Number of sessions of returns.
    min_share : float, default 0.9
        Least share of the ``lookback`` returns a fund must have.

    Returns
    -------
    DataFrame
        ``lookback`` sessions x funds, fractions; NaN where missing.

    Raises
    ------
    ValueError
        If ``lookback`` is below 2, ``min_share`` outside (0, 1], or ``prices`` has fewer than ``lookback`` + 1
        sessions up to ``end``.
    """
    if lookback < 2:
        raise ValueError(f"lookback must be at least 2 sessions, not {lookback}")
    if not 0.0 < min_share <= 1.0:
        raise ValueError(f"min_share must lie in (0, 1], not {min_share}")
    stop = prices.index.searchsorted(pd.Timestamp(end), side="right")
    if stop < lookback + 1:
        raise ValueError(
            f"{stop} sessions of prices up to {pd.Timestamp(end):%Y-%m-%d}, {lookback + 1} needed: "
            "shorten the lookback or start later"
        )
    returns = prices.iloc[stop - lookback - 1 : stop].pct_change(fill_method=None).iloc[1:]
    enough = returns.notna().sum() >= np.ceil(min_share * lookback)
    return returns.loc[:, enough & (returns.std() > 1e-8)]


def clip_returns(returns: pd.DataFrame, clip: float | None) -> pd.DataFrame:
    r"""Pull each fund's extreme days in to ``clip`` robust standard deviations around its median.

    One print at the daily limit that reverses the next morning can cut the correlation of two funds on one index
    from 0.99 to 0.7. The robust standard deviation is :math:`1.4826\,\mathrm{MAD}` of the days given, so nothing
    after them is used; a day on which the whole market falls is pulled in for every fund alike.

    Parameters
    ----------
    returns : DataFrame
        Sessions x funds.
    clip : float, optional
        Number of robust standard deviations; None leaves the returns alone.

    Returns
    -------
    DataFrame
        Same shape. A fund whose robust deviation is zero (most days alike) is left alone.

    Raises
    ------
    ValueError
        If ``clip`` is not above 0.
    """
    if clip is None:
        return returns
    if clip <= 0:
        raise ValueError(f"clip must be above 0 (robust standard deviations) or None, not {clip}")
    middle = returns.median()
    spread = clip * 1.4826 * (returns - middle).abs().median()
    spread = spread.where(spread > 0, np.inf)
    return returns.clip(middle - spread, middle + spread, axis=1)


def correlation(returns: pd.DataFrame | np.ndarray, min_overlap: int = 2) -> np.ndarray:
    """Correlate every pair of columns on the rows both have.

    Complete data cost one matrix product; gaps cost sparse ones, still no loop over pairs.

    Parameters
    ----------
    returns : DataFrame or ndarray
        T x N, NaN where missing.
    min_overlap : int, default 2
        A pair with fewer common rows has correlation 0: nothing is known about it.

    Returns
    -------
    ndarray
        N x N, symmetric, ones on the diagonal, clipped to [-1, 1]. A constant column correlates 0 with all.

    Examples
    --------
    >>> correlation(np.array([[0.01, 0.02, -0.01], [-0.02, -0.04, 0.02], [0.03, 0.06, np.nan]]))
    array([[ 1.,  1., -1.],
           [ 1.,  1., -1.],
           [-1., -1.,  1.]])
    """
    x = np.asarray(returns, dtype=float)
    seen = np.isfinite(x)
    count = seen.sum(axis=0)
    mean = np.where(seen, x, 0.0).sum(axis=0) / np.maximum(count, 1)
    x = np.where(seen, x - mean, 0.0)  # centred first: sums of squares of raw prices would lose digits
    cov = x.T @ x
    scale = np.sqrt(np.diag(cov))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 1e-12)
    rho = cov * np.multiply.outer(inverse, inverse)  # symmetric to the last bit
    gaps = np.flatnonzero(count < len(x))
    if len(gaps):
        rows = _pairwise(x, seen, cov[gaps], gaps, min_overlap)
        rho[gaps], rho[:, gaps] = rows, rows.T
    np.clip(rho, -1.0, 1.0, out=rho)
    np.fill_diagonal(rho, 1.0)
    return rho


def _pairwise(x: np.ndarray, seen: np.ndarray, cov: np.ndarray, gaps: np.ndarray, min_overlap: int) -> np.ndarray:
    """Correlate the columns at ``gaps`` with all columns, each pair on its common rows.

    A sum over common rows is the sum over all rows less those where the other column is missing, and the missing
    are few: sparse products make the correction for less than the one dense product costs.
    """
    missing = sparse.csr_array((~seen).T.astype(float))
    own, square, other = x[:, gaps], x * x, missing[gaps]
    n = seen.sum(axis=0) - other @ seen.astype(float)
    sum_all, sum_own = -(other @ x), -(missing @ own).T
    var_all = square.sum(axis=0) - other @ square
    var_own = square[:, gaps].sum(axis=0)[:, None] - (missing @ square[:, gaps]).T
    n_safe = np.maximum(n, 1.0)
    product = cov - sum_all * sum_own / n_safe
    variance = np.maximum(var_all - sum_all * sum_all / n_safe, 0.0)
    variance *= np.maximum(var_own - sum_own * sum_own / n_safe, 0.0)
    usable = (variance > 1e-48) & (n >= min_overlap)
    return np.divide(product, np.sqrt(variance), out=np.zeros_like(product), where=usable)


def shrink_intensity(returns: pd.DataFrame | np.ndarray) -> float:
    r"""Estimate how far to pull sample correlations toward their average.

    The ratio of the sampling variance of the correlations, :math:`\sum (1-\rho_{ij}^2)^2 / (T-1)`, to their
    dispersion around the average, :math:`\sum (\rho_{ij}-\bar\rho)^2`, capped at 1 (the Ledoit-Wolf argument on
    correlations).

    Parameters
    ----------
    returns : DataFrame or ndarray
        T x N.

    Returns
    -------
    float
        Between 0 (trust the sample) and 1 (trust only the average).
    """
    rho = correlation(returns)
    if len(rho) < 2:
        return 0.0
    off = rho[~np.eye(len(rho), dtype=bool)]
    noise = ((1.0 - off**2) ** 2).mean() / max(len(returns) - 1, 1)
    spread = ((off - off.mean()) ** 2).mean()
    return float(min(1.0, noise / spread)) if spread > 0 else 1.0


def correlation_distance(returns: pd.DataFrame | np.ndarray, shrinkage: float | str = 0.0) -> np.ndarray:
    r"""Distance :math:`d_{ij} = \sqrt{2(1-\rho_{ij})}`, from 0 (same) over 1.41 (unrelated) to 2 (opposite).

    It is the Euclidean distance between two standardised return series divided by :math:`\sqrt{T}`.

    Parameters
    ----------
    returns : DataFrame or ndarray
        T x N daily returns, fractions; NaN where missing.
    shrinkage : float or "auto", default 0.0
        Pull correlations this far toward their average: 0 is the sample, 1 makes all pairs alike. ``auto`` takes
        :func:`shrink_intensity`.

    Returns
    -------
    ndarray
        N x N, symmetric, zero diagonal.

    Raises
    ------
    ValueError
        If ``shrinkage`` is neither "auto" nor within [0, 1].
    """
    strength = shrink_intensity(returns) if shrinkage == "auto" else shrinkage
    if isinstance(strength, str) or not 0.0 <= strength <= 1.0:
        raise ValueError(f"shrinkage must lie in [0, 1] or be 'auto', not {shrinkage!r}")
    rho = correlation(returns)
    if strength and len(rho) > 1:
        off = ~np.eye(len(rho), dtype=bool)
        rho[off] += strength * (rho[off].mean() - rho[off])
    return distance_of(rho)


def distance_of(rho: np.ndarray) -> np.ndarray:
    """Turn a correlation matrix into the distance matrix of :func:`correlation_distance`.

    Parameters
    ----------
    rho : ndarray
        N × N, in [-1, 1].

    Returns
    -------
    ndarray
        N × N, zero diagonal.
    """
    distance = np.subtract(1.0, rho)
    distance *= 2.0
    np.sqrt(distance, out=distance)
    np.fill_diagonal(distance, 0.0)
    return distance
