"""Other one-sided ways to call a style, for the page beside the HP filter.

Each function returns a *score* dated when it is known; its sign is the state (:func:`helpers.regimes.state_of`).
None of them uses a later value, and that includes their fitted parameters.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from helpers.regimes.signals import factor_momentum, state_of, style_signal

__all__ = [
    "alternative_states",
    "hamilton_score",
    "local_level_score",
    "moving_average_score",
    "momentum_score",
]


def momentum_score(y: pd.Series, periods: int = 13) -> pd.Series:
    """
    Change over the last ``periods``: plain momentum.

    Parameters
    ----------
    y : Series
        Log ratio (or any level).
    periods : int
        At least 1.

    Returns
    -------
    Series
        ``y_t - y_{t - periods}``; NaN for the first ``periods`` dates.

    Raises
    ------
    ValueError
        If ``periods`` is below 1: a negative shift would read the future.
    """
    _positive(periods=periods)
    return y - y.shift(periods)


def moving_average_score(y: pd.Series, fast: int = 4, slow: int = 26) -> pd.Series:
    """
    Fast less slow trailing moving average.

    Parameters
    ----------
    y : Series
        Log ratio (or any level).
    fast, slow : int
        Window lengths, ``1 <= fast < slow``.

    Returns
    -------
    Series
        NaN until ``slow`` values are known.

    Raises
    ------
    ValueError
        If the windows are not in that order.
    """
    _positive(fast=fast, slow=slow)
    if fast >= slow:
        raise ValueError(f"fast must be below slow, got {fast} and {slow}")
    return y.rolling(fast).mean() - y.rolling(slow).mean()


def hamilton_score(y: pd.Series, horizon: int = 8, lags: int = 4, minimum: int = 52) -> pd.Series:
    """
    Hamilton's filter, fitted again at every date on the past only.

    The value of today is regressed on a constant and the ``lags`` values that were known ``horizon`` periods ago; the
    residual is what the last ``horizon`` periods brought beyond expectation. Positive: the numerator has gained
    more than its past announced.

    Parameters
    ----------
    y : Series
        Log ratio, finite.
    horizon : int
        Periods ahead, at least 1. Hamilton uses two years of quarters (8); here they are weeks.
    lags : int
        Values regressed on, at least 1.
    minimum : int
        Rows a regression needs before its residual is shown; more than ``lags + 1``.

    Returns
    -------
    Series
        Residual of the last row of the regression on rows up to ``t``; NaN before ``minimum`` rows.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Cross-products are accumulated once, so all regressions together cost O(T * lags ** 3).
    """
    _positive(horizon=horizon, lags=lags)
    if minimum <= lags + 1:
        raise ValueError(f"minimum must exceed lags + 1 = {lags + 1}, got {minimum}")
    first = horizon + lags - 1
    out = pd.Series(np.nan, index=y.index, name=y.name)
    if len(y) < first + minimum:
        return out
    # Taking off the first value changes no residual and keeps the cross-products well scaled.
    values = y.to_numpy(dtype=float) - float(y.iloc[0])
    known = [values[first - horizon - lag : len(values) - horizon - lag] for lag in range(lags)]
    design = np.column_stack([np.ones(len(values) - first), *known])
    target = values[first:]
    gram = np.cumsum(design[:, :, None] * design[:, None, :], axis=0)[minimum - 1 :]
    moment = np.cumsum(design * target[:, None], axis=0)[minimum - 1 :]
    coefficients = (np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ moment[:, :, None])[:, :, 0]
    fitted = (design[minimum - 1 :] * coefficients).sum(axis=1)
    out.iloc[first + minimum - 1 :] = target[minimum - 1 :] - fitted
    return out


def local_level_score(y: pd.Series, train: int = 104) -> pd.Series:
    """
    Factor momentum of the Kalman-filtered level of a local-level model.

    The two variances are fitted once, by maximum likelihood on the first ``train`` values, and stay fixed; the filtered
    state then uses data up to its date. Values inside the training window are withheld, because their parameters
    were fitted with later data.

    Parameters
    ----------
    y : Series
        Log ratio, finite.
    train : int
        Length of the training window, at least 20.

    Returns
    -------
    Series
        NaN for the first ``train`` dates, and everywhere when the data are not longer than that.

    Raises
    ------
    ValueError
        If ``train`` is below 20.
    """
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    if train < 20:
        raise ValueError(f"train must be at least 20 periods, got {train}")
    if len(y) <= train:
        return pd.Series(np.nan, index=y.index, name=y.name)
    scale = float(y.iloc[:train].diff().std()) or 1.0
    values = (y.to_numpy(dtype=float) - float(y.iloc[0])) / scale
    with warnings.catch_warnings():
        # A level that is all signal puts one variance on its bound; the optimiser then only reports slow progress.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = UnobservedComponents(values[:train], "llevel").fit(disp=False)
    level = UnobservedComponents(values, "llevel").filter(fitted.params).filtered_state[0] * scale
    score = factor_momentum(pd.Series(level, index=y.index, name=y.name))
    score.iloc[:train] = np.nan
    return score


def alternative_states(ratio: pd.Series, lamb: float) -> pd.DataFrame:
    """
    States of the HP rule and of four other rules on one ratio.

    Parameters
    ----------
    ratio : Series
        Positive weekly ratio, indexed by date.
    lamb : float
        Smoothing parameter of the HP rule.

    Returns
    -------
    DataFrame, dates x rules
        1 / 0 / NaN. The other rules run on the log ratio with their default parameters, none chosen on the outcome.
    """
    log = np.log(ratio)
    scores = {
        "Hamilton filter": hamilton_score(log),
        "local-level Kalman": local_level_score(log),
        "moving-average cross": moving_average_score(log),
        "plain momentum": momentum_score(log),
    }
    hp = style_signal(ratio, lamb)["state"].rename("one-sided HP")
    return pd.concat([hp, state_of(pd.DataFrame(scores))], axis=1)


def _positive(**periods: int) -> None:
    """Refuse a window or shift that is not a positive whole number."""
    for name, value in periods.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of periods, at least 1, got {value!r}")
