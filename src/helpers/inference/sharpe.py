r"""How sure a Sharpe ratio is, how long it takes to be sure, and what the best of many looks like by luck.

With :math:`\hat S` the ratio of one period's mean and deviation over `n` periods, skewness :math:`g` and kurtosis
:math:`k` (3 for a normal), its standard error is (Mertens; Bailey and López de Prado)

.. math:: \sigma(\hat S) = \sqrt{\frac{1 - g \hat S + \tfrac{k - 1}{4} \hat S^2}{n - 1}} .
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import kurtosis, norm, skew

__all__ = ["deflated_sharpe", "expected_best", "minimum_track_record", "sharpe_moments", "sharpe_probability"]


def sharpe_moments(returns: pd.Series | np.ndarray) -> dict[str, float]:
    """Return what the error of a Sharpe ratio takes.

    Parameters
    ----------
    returns : Series or ndarray, shape (n,)
        One a period; missing values are left out.

    Returns
    -------
    dict
        ``sharpe`` (mean over sample deviation, a period), ``n``, ``skew``, ``kurt`` (3 for a normal).
    """
    known = np.asarray(returns, dtype=float)
    known = known[np.isfinite(known)]
    spread = known.std(ddof=1) if len(known) > 2 else 0.0
    if spread <= 0:
        return {"sharpe": np.nan, "n": len(known), "skew": np.nan, "kurt": np.nan}
    shape = {"skew": float(skew(known)), "kurt": float(kurtosis(known, fisher=False))}
    return {"sharpe": known.mean() / spread, "n": len(known)} | shape


def sharpe_probability(sharpe: float, n: float, skew: float = 0.0, kurt: float = 3.0, target: float = 0.0) -> float:
    """Return the probability that the true ratio exceeds a target (the probabilistic Sharpe ratio).

    Parameters
    ----------
    sharpe : float
        A period's.
    n : float
        Periods.
    skew, kurt : float
        Of the returns.
    target : float
        A period's.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> round(sharpe_probability(0.458, 24, -2.448, 10.164), 3)  # Bailey and López de Prado (2012), Exhibit 5
    0.913
    """
    return float(norm.cdf((sharpe - target) * np.sqrt((n - 1) / _shape(sharpe, skew, kurt))))


def minimum_track_record(
    sharpe: float, skew: float = 0.0, kurt: float = 3.0, target: float = 0.0, level: float = 0.975
) -> float:
    """Return how many periods it takes until a ratio is told from the target.

    Parameters
    ----------
    sharpe, target : float
        A period's.
    skew, kurt : float
        Of the returns.
    level : float
        One-sided; 0.975 is the two-sided 95 %, a `t` value of about two.

    Returns
    -------
    float
        Infinite where the ratio does not exceed the target.

    Examples
    --------
    An information ratio of 0.41 a year, looked at in weeks, takes about 23 years:

    >>> round(minimum_track_record(0.41 / 50**0.5) / 50)
    23
    """
    if not sharpe > target:
        return np.inf if np.isfinite(sharpe) else np.nan
    return float(1 + _shape(sharpe, skew, kurt) * (norm.ppf(level) / (sharpe - target)) ** 2)


def expected_best(variance: float, trials: float) -> float:
    r"""Return the ratio that the best of `trials` independent worthless choices is expected to show.

    .. math:: \sqrt{V} \left[(1 - \gamma) \Phi^{-1}(1 - 1/N) + \gamma \Phi^{-1}(1 - 1/(N e))\right]

    Parameters
    ----------
    variance : float
        Of the ratios over the choices.
    trials : float
        Number of choices; for one or fewer it is 0.

    Returns
    -------
    float
        A period's.
    """
    if trials <= 1:
        return 0.0
    ends = norm.ppf(1 - 1 / trials), norm.ppf(1 - 1 / (trials * np.e))
    return float(np.sqrt(variance) * ((1 - np.euler_gamma) * ends[0] + np.euler_gamma * ends[1]))


def deflated_sharpe(returns: pd.Series | np.ndarray, tried: pd.Series | np.ndarray) -> dict[str, float]:
    """Return the deflated Sharpe ratio: the probability that a ratio exceeds what the best of the tries shows by luck.

    Parameters
    ----------
    returns : Series or ndarray
        Of the choice, one a period.
    tried : Series or ndarray
        Ratios a period of all choices tried, this one among them. They count as independent, which is hard on choices
        that are alike; their variance, small where they are, works the other way.

    Returns
    -------
    dict
        Of :func:`sharpe_moments`, with ``best_by_luck`` (a period) and ``deflated`` (a probability).
    """
    own, tried = sharpe_moments(returns), np.asarray(tried, dtype=float)
    tried = tried[np.isfinite(tried)]
    luck = expected_best(tried.var(ddof=1) if len(tried) > 1 else 0.0, len(tried))
    return own | {"best_by_luck": luck, "deflated": sharpe_probability(**own, target=luck)}


def _shape(sharpe: float, skew: float, kurt: float) -> float:
    return 1 - skew * sharpe + (kurt - 1) / 4 * sharpe**2
