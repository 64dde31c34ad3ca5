r"""Means of series whose neighbours hang together, with errors that know it.

The standard error is Newey and West's (Bartlett weights) with the small-sample factor :math:`n / (n - 1)`, so that with
no lags it is the textbook one. Which lags:

- one observation a holding period, no two of which overlap: none (`lags=0`);
- observations of spans that share `k` periods with the next one: `lags=k`;
- daily or weekly returns, whose dependence nobody states: :func:`newey_west_lags`, the default.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

FEWEST_TO_JUDGE = 3
FEWEST_FOR_A_YEAR = 30


def newey_west_lags(n: int) -> int:
    r"""Lags for ``n`` observations by the common rule :math:`\lfloor 4 (n / 100)^{2/9} \rfloor`, below ``n``.

    Parameters
    ----------
    n : int
        Observations.

    Returns
    -------
    int
        From 0 to n - 1.
    """
    return min(int(4 * (n / 100) ** (2 / 9)), max(n - 1, 0))


def mean_test(values: pd.Series | np.ndarray, lags: int | None = None) -> dict[str, float]:
    """Return the mean of a series and its t value with Newey-West errors.

    Parameters
    ----------
    values : Series or ndarray, shape (n,)
        In time order; missing values are left out.
    lags : int, optional
        Autocovariances used, capped at n - 1; default :func:`newey_west_lags`. The module says which to take when.

    Returns
    -------
    dict
        ``mean, std`` (sample), ``t, n, share_positive``. With fewer than three values all but ``mean`` and ``n`` are
        NaN; without variation ``t`` is.

    Raises
    ------
    ValueError
        If ``lags`` is negative.

    Notes
    -----
    The engine is statsmodels' regression on a constant.

    Examples
    --------
    >>> found = mean_test([0.02, 0.01, 0.03, 0.00], lags=0)
    >>> f"{found['mean']:.3f} {found['t']:.2f}"
    '0.015 2.32'
    """
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    n = len(known)
    if lags is not None and lags < 0:
        raise ValueError(f"lags={lags!r}: the number of autocovariances, 0 or more")
    if n < FEWEST_TO_JUDGE:
        return {"mean": known.mean() if n else np.nan, "std": np.nan, "t": np.nan, "n": n, "share_positive": np.nan}
    t = _t_value(known, newey_west_lags(n) if lags is None else min(lags, n - 1))
    return {"mean": known.mean(), "std": known.std(ddof=1), "t": t, "n": n, "share_positive": (known > 0).mean()}


def mean_interval(
    values: pd.Series | np.ndarray, lags: int | None = None, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the mean of a series and the ends of its confidence interval, with Newey-West errors.

    Parameters
    ----------
    values : Series or ndarray, shape (n,)
        In time order; missing values are left out.
    lags : int, optional
        As in :func:`mean_test`.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    mean, low, high : float
        The ends are NaN for fewer than three values or without variation.

    Examples
    --------
    >>> mean, low, high = mean_interval([0.02, 0.01, 0.03, 0.00], lags=0)
    >>> f"{low:.4f} {high:.4f}"
    '0.0023 0.0277'
    """
    found = mean_test(values, lags)
    if not np.isfinite(found["t"]) or found["t"] == 0:
        return found["mean"], np.nan, np.nan
    half = norm.ppf((1 + level) / 2) * abs(found["mean"] / found["t"])
    return found["mean"], found["mean"] - half, found["mean"] + half


def annual_mean(returns: pd.Series | np.ndarray, periods_per_year: float, lags: int | None = None) -> pd.Series:
    """Return the yearly mean, volatility and t value of a difference of returns.

    Parameters
    ----------
    returns : Series or ndarray
        Simple returns per period (fractions), such as a long-short spread; missing values are left out.
    periods_per_year : float
        Number of periods in a year, stated and not guessed.
    lags : int, optional
        As in :func:`mean_test`.

    Returns
    -------
    Series
        ``n``, ``mean`` and ``volatility`` (fractions a year, arithmetic), ``ratio`` (mean / volatility), ``t`` (NaN for
        fewer than 30 periods).

    Raises
    ------
    ValueError
        If ``lags`` is negative.
    """
    found = mean_test(returns, lags)
    mean, volatility = found["mean"] * periods_per_year, found["std"] * np.sqrt(periods_per_year)
    t = found["t"] if found["n"] >= FEWEST_FOR_A_YEAR else np.nan
    ratio = mean / volatility if volatility > 0 else np.nan
    return pd.Series({"n": found["n"], "mean": mean, "volatility": volatility, "ratio": ratio, "t": t}, dtype=float)


def _t_value(values: np.ndarray, lags: int) -> float:
    """Mean over its Newey-West error; imported late because statsmodels is slow to import."""
    from statsmodels.regression.linear_model import OLS

    if np.ptp(values) == 0:
        return np.nan
    options = {"maxlags": lags, "use_correction": True}
    return float(OLS(values, np.ones(len(values))).fit(cov_type="HAC", cov_kwds=options).tvalues[0])
