r"""Exact one-sided Hodrick-Prescott filter in linear time.

The two-sided filter of :math:`y_0 \dots y_t` solves

.. math:: \min_\tau \sum_{s \le t} (y_s - \tau_s)^2 + \lambda \sum_{2 \le s \le t}
          (\tau_s - 2\tau_{s-1} + \tau_{s-2})^2 ,

the pentadiagonal system :math:`(I + \lambda D'D)\,\tau = y`. The one-sided filter keeps only
:math:`\tau_t`, the end point, and solves again when the next observation arrives.

Solving again is not needed. One more observation changes the last two rows of the old system and
appends one row, so the elimination of everything before the last two unknowns stays as it was. What it leaves
is a 2 x 2 system whose inverse is carried here instead of the system itself, in the coordinates *level*
:math:`\tau_t` and *slope* :math:`\tau_t - \tau_{t-1}`:

.. math:: V_t = \begin{pmatrix} k & g \\ g & v \end{pmatrix}, \qquad V_1 = \begin{pmatrix} 1 & 1 \\ 1 & 2
          \end{pmatrix}.

Appending an observation adds :math:`1/\lambda` to the slope's uncertainty, and eliminating the oldest unknown
is one division. Written for the inverse, the step adds positive numbers where the direct elimination subtracts
terms of size :math:`\lambda`, so it stays accurate for any :math:`\lambda`. ``k`` and ``g`` turn out to
be the shares of the newest surprise that go into level and slope.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.linalg import solveh_banded

__all__ = ["cycle_response", "end_point_weights", "one_sided_hp", "one_sided_hp_sweep", "two_sided_hp"]


def one_sided_hp(y: np.ndarray | pd.Series | Sequence[float], lamb: float) -> np.ndarray | pd.Series:
    """Trend at each date from the data up to that date only.

    Element ``t`` equals the last element of the two-sided filter run on ``y[:t + 1]``. Rebuilds the filter of
    S002 (style regimes).

    Parameters
    ----------
    y : array or Series, shape (T,)
        Observations in time order, finite, evenly spaced in the sense the user means (here: weeks).
    lamb : float
        Smoothing parameter, positive and finite. Its meaning depends on the spacing of ``y``.

    Returns
    -------
    array or Series, shape (T,)
        Same type, index and name as ``y``; float64. The first two elements are ``y`` itself, because two points
        have no second difference to penalise (statsmodels returns the same for two points and fails on one).

    Raises
    ------
    ValueError
        If ``y`` is empty, not one-dimensional, not numeric, holds NaN or infinity, or its index repeats a label
        or is made of dates out of order; or if ``lamb`` is not a positive finite number.

    Notes
    -----
    O(T) time, O(T) memory for the result and O(1) beside it; see the module's text for the derivation.

    Examples
    --------
    >>> one_sided_hp([1.0, 2.0, 3.0, 4.0], lamb=100).round(6).tolist()  # a line is its own trend
    [1.0, 2.0, 3.0, 4.0]
    >>> one_sided_hp([1.0, 2.0, 3.0, 9.0], lamb=100).round(2).tolist()  # a later value changes no earlier trend
    [1.0, 2.0, 3.0, 7.51]
    """
    values = _checked(y)
    q = 1.0 / _checked_lambda(lamb)
    data = values.tolist()
    out = data[:2]
    if len(data) > 2:
        level, slope = data[1], data[1] - data[0]
        k, g, v = 1.0, 1.0, 2.0
        for value in data[2:]:
            slope_var = v + q
            cross = g + slope_var
            level_var = k + g + cross
            total = 1.0 + level_var
            k, g = level_var / total, cross / total
            v = slope_var - g * cross
            level += slope
            surprise = value - level
            level += k * surprise
            slope += g * surprise
            out.append(level)
    return _like(y, np.array(out))


def one_sided_hp_sweep(
    y: np.ndarray | pd.Series | Sequence[float], lambdas: Sequence[float]
) -> np.ndarray | pd.DataFrame:
    """
    One-sided trends of one series for many smoothing parameters at once.

    Parameters
    ----------
    y : array or Series, shape (T,)
        As in :func:`one_sided_hp`.
    lambdas : sequence of float, length L
        Positive, finite, without repetition.

    Returns
    -------
    array or DataFrame, shape (T, L)
        Column ``j`` is ``one_sided_hp(y, lambdas[j])``; a DataFrame with ``lambdas`` as columns when ``y`` is a
        Series. O(T) steps over vectors of length L.

    Raises
    ------
    ValueError
        As :func:`one_sided_hp`; also for an empty or repeating ``lambdas``.
    """
    values = _checked(y)
    grid = np.array([_checked_lambda(value) for value in lambdas], dtype=float)
    if grid.size == 0 or len(set(grid.tolist())) != grid.size:
        raise ValueError("lambdas must hold at least one value and no value twice")
    out = np.empty((len(values), grid.size))
    out[:2] = values[:2, None]
    q = 1.0 / grid
    k, g, v = np.ones_like(q), np.ones_like(q), np.full_like(q, 2.0)
    level, slope = out[min(1, len(values) - 1)].copy(), np.full_like(q, values[:2][-1] - values[0])
    for t in range(2, len(values)):
        slope_var = v + q
        cross = g + slope_var
        level_var = k + g + cross
        total = 1.0 + level_var
        k, g = level_var / total, cross / total
        v = slope_var - g * cross
        level = level + slope
        surprise = values[t] - level
        level = level + k * surprise
        slope = slope + g * surprise
        out[t] = level
    return pd.DataFrame(out, index=y.index, columns=list(lambdas)) if isinstance(y, pd.Series) else out


def two_sided_hp(y: np.ndarray | pd.Series | Sequence[float], lamb: float) -> np.ndarray | pd.Series:
    """
    Two-sided HP trend, for comparison only: every element but the last uses the future.

    Parameters
    ----------
    y : array or Series, shape (T,)
        As in :func:`one_sided_hp`.
    lamb : float
        Positive and finite.

    Returns
    -------
    array or Series, shape (T,)
        Same type, index and name as ``y``. One banded Cholesky solve, O(T).

    Raises
    ------
    ValueError
        As :func:`one_sided_hp`.
    """
    values = _checked(y)
    lamb = _checked_lambda(lamb)
    solution = values if len(values) < 3 else solveh_banded(_bands(len(values), lamb), values)
    return _like(y, np.array(solution))


def largest_error(y: pd.Series, lamb: float, every: int = 1) -> float:
    """
    Largest difference between the one-sided trend and the end point of each expanding window, solved by itself.

    Parameters
    ----------
    y : Series
        As for :func:`one_sided_hp`.
    lamb : float
        Smoothing parameter.
    every : int
        Check every so many dates; each check solves a window.

    Returns
    -------
    float
        In the unit of ``y``: rounding, or the recursion is wrong.
    """
    ends = range(2, len(y), every)
    solved = [two_sided_hp(y.iloc[: end + 1], lamb).iloc[-1] for end in ends]
    return float(np.abs(one_sided_hp(y, lamb).iloc[list(ends)] - solved).max())


def end_point_weights(lamb: float, length: int) -> np.ndarray:
    """Weights that the last trend point puts on the observations it has seen.

    Parameters
    ----------
    lamb : float
        Positive and finite.
    length : int
        Number of observations seen, at least 1.

    Returns
    -------
    array, shape (length,)
        Element ``k`` is the weight on the observation ``k`` periods ago (element 0: the newest). They sum to one
        and their mean age is zero, so constants and straight lines pass unchanged; old weights are negative.

    Raises
    ------
    ValueError
        If ``lamb`` is not positive and finite or ``length`` is not a positive integer.

    Examples
    --------
    >>> end_point_weights(lamb=1, length=4).round(2)
    array([ 0.79,  0.3 ,  0.03, -0.12])
    """
    lamb = _checked_lambda(lamb)
    if isinstance(length, bool) or not isinstance(length, numbers.Integral) or length < 1:
        raise ValueError(f"length must be a positive integer, got {length!r}")
    newest = np.zeros(int(length))
    newest[0] = 1.0
    # The system reads the same forwards and backwards, so its first row answers for the last one.
    return newest if length < 3 else solveh_banded(_bands(int(length), lamb), newest)


def cycle_response(lamb: float, periods: Sequence[float]) -> pd.DataFrame:
    """
    What the one-sided trend does to a steady cycle: how much of it survives and how late.

    Parameters
    ----------
    lamb : float
        Positive and finite.
    periods : sequence of float
        Cycle lengths, in observations; each above 2.

    Returns
    -------
    DataFrame indexed by period
        ``gain`` (share of the amplitude kept) and ``delay`` (observations by which the trend's peaks follow the
        cycle's).

    Raises
    ------
    ValueError
        If a period is not above 2, or ``lamb`` is invalid.
    """
    cycle = np.asarray(list(periods), dtype=float)
    if cycle.size == 0 or not (np.isfinite(cycle) & (cycle > 2)).all():
        raise ValueError("periods must be finite and longer than two observations")
    # The weights fade like exp(-age / (sqrt(2) * lamb ** 0.25)); 40 times that scale is far below rounding.
    weights = end_point_weights(lamb, int(60 * _checked_lambda(lamb) ** 0.25) + 60)
    omega = 2 * np.pi / cycle
    transfer = np.exp(-1j * np.outer(omega, np.arange(weights.size))) @ weights
    table = {"gain": np.abs(transfer), "delay": -np.angle(transfer) / omega}
    return pd.DataFrame(table, index=pd.Index(cycle, name="period"))


def _bands(n: int, lamb: float) -> np.ndarray:
    """Upper diagonals of I + lamb * D'D for n >= 3 observations, in solveh_banded's layout."""
    second, first, main = np.zeros(n), np.zeros(n), np.zeros(n)
    main[:-2] += 1.0
    main[1:-1] += 4.0
    main[2:] += 1.0
    first[1:-1] -= 2.0
    first[2:] -= 2.0
    second[2:] += 1.0
    bands = lamb * np.vstack([second, first, main])
    bands[2] += 1.0
    return bands


def _checked(y: np.ndarray | pd.Series | Sequence[float]) -> np.ndarray:
    """Return y as a finite one-dimensional float array, or say what is wrong with it."""
    if isinstance(y, pd.DataFrame) or np.ndim(y) != 1:
        raise ValueError(f"y must be one-dimensional, got shape {np.shape(y)}; filter one column at a time")
    if len(y) == 0:
        raise ValueError("y is empty: the filter needs at least one observation")
    if isinstance(y, pd.Series):
        _check_index(y.index)
    values = _as_float(y)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        where = y.index[bad[0]] if isinstance(y, pd.Series) else bad[0]
        raise ValueError(
            f"y holds {bad.size} missing or infinite value(s), the first at {where}; drop or fill them first"
        )
    return values


def _as_float(y: np.ndarray | pd.Series | Sequence[float]) -> np.ndarray:
    """Convert to float64 without accepting complex numbers, text or a mask that would be lost."""
    if isinstance(y, np.ma.MaskedArray):
        return np.ma.filled(y.astype(float), np.nan)
    plain = y.to_numpy(dtype=float, na_value=np.nan) if _is_masked_series(y) else np.asarray(y)
    if plain.dtype.kind not in "fiu":
        raise ValueError(f"y must be numeric, got dtype {getattr(y, 'dtype', plain.dtype)}")
    return plain.astype(float)


def _is_masked_series(y: object) -> bool:
    """Tell whether y is a Series of a nullable or Arrow number type."""
    return (
        isinstance(y, pd.Series)
        and pd.api.types.is_extension_array_dtype(y.dtype)
        and pd.api.types.is_numeric_dtype(y.dtype)
        and not pd.api.types.is_bool_dtype(y.dtype)
    )


def _check_index(index: pd.Index) -> None:
    """Refuse labels that repeat and dates that run backwards: both would put the future into the past."""
    if not index.is_unique:
        raise ValueError(f"the index of y repeats {index[index.duplicated()][0]}; keep one value per label")
    if isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) and not index.is_monotonic_increasing:
        raise ValueError("the dates of y are not in order; call sort_index() first")


def _checked_lambda(lamb: float) -> float:
    """Return the smoothing parameter as a float, or say why it cannot be one."""
    number = isinstance(lamb, numbers.Real) and not isinstance(lamb, bool | np.bool_)
    if not number or not np.isfinite(lamb) or lamb <= 0 or not np.isfinite(1.0 / float(lamb)):
        raise ValueError(f"lamb must be a positive finite number, got {lamb!r}")
    return float(lamb)


def _like(y: object, values: np.ndarray) -> np.ndarray | pd.Series:
    """Dress the result as the input was dressed."""
    return pd.Series(values, index=y.index, name=y.name) if isinstance(y, pd.Series) else values
