r"""Which style is in favour: factor momentum of a smoothed ratio, and the spells it makes.

A pair of indices A/B (large over small caps, growth over value) is sampled at the last session of each week and
smoothed by the one-sided HP filter. The *factor momentum* of the trend, :math:`f_t - (f_{t-1} + f_{t-2})/2`, is the
state: above zero A is in favour (1), below zero B (0). Rebuilds the style section of S002.

Nothing here looks ahead: a value dated ``t`` uses closes up to ``t``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.hp_filter import one_sided_hp
from helpers.sessions import week_ends


def absent_codes(index_daily: pd.DataFrame, pair: Sequence[str]) -> list[str]:
    """
    Codes of a pair that ``index_daily`` does not hold.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical table ``index_daily`` (``date, index_code, close``).
    pair : sequence of two str
        Index codes as text.

    Returns
    -------
    list of str
        Empty when both are there.

    Raises
    ------
    ValueError
        If ``pair`` is not two different codes given as text.
    """
    codes = [] if isinstance(pair, str) else list(pair)
    if len(codes) != 2 or codes[0] == codes[1] or not all(isinstance(code, str) for code in codes):
        raise ValueError(f"pair must be two different index codes as text, such as ['000300', '000852'], got {pair!r}")
    held = set(index_daily["index_code"].unique())
    return [code for code in codes if code not in held]


def weekly_closes(
    index_daily: pd.DataFrame, pair: Sequence[str], start: str | pd.Timestamp | None = None, complete: bool = True
) -> pd.DataFrame:
    """
    Closes of both indices at the last session of each week.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical table ``index_daily``.
    pair : sequence of two str
        Numerator and denominator of the ratio.
    start : date, optional
        First day used.
    complete : bool
        Leave out a last week that still has sessions to come, which would otherwise be dated before its end.

    Returns
    -------
    DataFrame, weeks x 2
        Indexed by date; columns are the two codes in the order of ``pair``. Only sessions on which both closed.

    Raises
    ------
    ValueError
        If a code is absent, or the two never close on the same day from ``start`` on.
    """
    absent = absent_codes(index_daily, pair)
    if absent:
        raise ValueError(f"index_daily holds no {', '.join(absent)}; choose a pair among its index_code values")
    rows = index_daily[index_daily["index_code"].isin(pair)]
    closes = rows.pivot(index="date", columns="index_code", values="close")[list(pair)].dropna().sort_index()
    closes = closes.loc[pd.Timestamp(start) :] if start is not None else closes
    if closes.empty:
        since = f" from {start} on" if start is not None else ""
        raise ValueError(f"{pair[0]} and {pair[1]} have no close on the same day{since}")
    return closes.loc[week_ends(closes.index, complete=complete)].rename_axis(index="date", columns=None)


def unusable_pair(
    index_daily: pd.DataFrame,
    pair: Sequence[str],
    start: str | pd.Timestamp | None = None,
    shown_from: str | pd.Timestamp | None = None,
    weeks: int = 156,
    shown_weeks: int = 26,
) -> str:
    """
    Reason why a page about this pair cannot be made, in one line; empty when it can.

    Parameters
    ----------
    index_daily, pair, start
        As in :func:`weekly_closes`.
    shown_from : date, optional
        First day shown, at or after ``start``.
    weeks, shown_weeks : int
        Weeks needed in all and from ``shown_from`` on.

    Returns
    -------
    str
        Such as ``"index_daily holds no 399370"``.
    """
    absent = absent_codes(index_daily, pair)
    if absent:
        return f"index_daily holds no {', '.join(absent)}"
    try:
        closes = weekly_closes(index_daily, pair, start)
    except ValueError as reason:
        return str(reason)
    shown = closes.loc[pd.Timestamp(shown_from) :] if shown_from is not None else closes
    for found, needed, since in ((closes, weeks, start), (shown, shown_weeks, shown_from)):
        if len(found) < needed:
            span = f"from {since} on" if since is not None else "in all"
            return f"{pair[0]}/{pair[1]} has {len(found)} complete weeks {span}, fewer than the {needed} needed"
    return ""


def style_ratio(closes: pd.DataFrame) -> pd.Series:
    """
    Ratio of the first index to the second.

    Parameters
    ----------
    closes : DataFrame, dates x 2
        As from :func:`weekly_closes`.

    Returns
    -------
    Series
        Named ``"A/B"``; dimensionless.
    """
    top, bottom = closes.columns
    return (closes[top] / closes[bottom]).rename(f"{top}/{bottom}")


def factor_momentum(trend: np.ndarray | pd.Series | pd.DataFrame) -> np.ndarray | pd.Series | pd.DataFrame:
    r"""
    Current value less the mean of the two before it: :math:`f_t - (f_{t-1} + f_{t-2})/2`.

    With :math:`d_t = f_t - f_{t-1}` this is :math:`d_t + d_{t-1}/2`: the last step of the trend and half of
    the step before.

    Parameters
    ----------
    trend : array, Series or DataFrame, time along the first axis
        One trend, or one per column.

    Returns
    -------
    array, Series or DataFrame
        Same shape, type, index and names; NaN where one of the three values is missing, so in the first two rows.

    Raises
    ------
    ValueError
        If ``trend`` has no time axis or is not numeric.
    """
    if isinstance(trend, pd.Series | pd.DataFrame):
        return trend - (trend.shift(1) + trend.shift(2)) / 2
    values = np.asarray(trend)
    if values.ndim == 0 or values.dtype.kind not in "fiu":
        raise ValueError(f"trend must be a numeric array with time first, got {np.shape(trend)} {values.dtype}")
    values = values.astype(float)
    out = np.full_like(values, np.nan)
    out[2:] = values[2:] - (values[1:-1] + values[:-2]) / 2
    return out


def state_of(score: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """
    State from the sign of a score: 1 above zero, 0 below, NaN where it is zero or missing.

    Parameters
    ----------
    score : Series or DataFrame
        Momentum, a difference of moving averages, a return.

    Returns
    -------
    Series or DataFrame of float
        Same shape. Exactly zero is no opinion rather than one of the two sides.
    """
    return (score > 0).astype(float).where(score.notna() & (score != 0))


def style_signal(ratio: pd.Series, lamb: float) -> pd.DataFrame:
    """Trend, factor momentum and state of a ratio, each known at its date.

    Parameters
    ----------
    ratio : Series
        Weekly ratio, indexed by date.
    lamb : float
        HP smoothing parameter for weekly data.

    Returns
    -------
    DataFrame indexed as ``ratio``
        ``ratio, trend, momentum, state`` (1: the numerator is in favour, 0: the denominator, NaN: the first two).

    Raises
    ------
    ValueError
        As :func:`helpers.hp_filter.one_sided_hp`.

    Examples
    --------
    >>> weeks = pd.date_range("2024-01-05", periods=6, freq="W-FRI")
    >>> signal = style_signal(pd.Series([1.00, 1.01, 1.02, 1.00, 0.97, 0.95], weeks), lamb=10)
    >>> signal["state"].tolist()
    [nan, nan, 1.0, 0.0, 0.0, 0.0]
    """
    trend = one_sided_hp(ratio, lamb)
    momentum = factor_momentum(trend)
    return pd.DataFrame({"ratio": ratio, "trend": trend, "momentum": momentum, "state": state_of(momentum)})


def realised_style(ratio: pd.Series) -> pd.Series:
    """
    Which side won each period: 1 when the numerator returned more, 0 when less, NaN for the first or a tie.

    Parameters
    ----------
    ratio : Series
        Ratio of two indices; it rises exactly when the numerator's return is the larger.

    Returns
    -------
    Series of float
        Dated at the *end* of the period it describes. This is the report's 风格收益 column.
    """
    return state_of(ratio.diff()).rename("realised")


def spells(state: pd.Series) -> pd.DataFrame:
    """Runs of one state.

    Parameters
    ----------
    state : Series of 1 / 0 / NaN, indexed by date in order
        Dates without a state are skipped and do not interrupt a run.

    Returns
    -------
    DataFrame, one row per run
        ``start, end`` (first and last date in the state, both included), ``state`` (int), ``length`` (dates).

    Examples
    --------
    >>> spells(pd.Series([1, 1, 0, 0, 0], pd.date_range("2024-01-05", periods=5, freq="7D")))
           start        end  state  length
    0 2024-01-05 2024-01-12      1       2
    1 2024-01-19 2024-02-02      0       3
    """
    known = state.dropna()
    if known.empty:
        return pd.DataFrame({"start": [], "end": [], "state": [], "length": []})
    run = known.ne(known.shift()).cumsum()
    dates = known.index.to_series().groupby(run)
    state_of_run = known.groupby(run).first().astype(int)
    columns = {"start": dates.first(), "end": dates.last(), "state": state_of_run, "length": dates.size()}
    return pd.DataFrame(columns).reset_index(drop=True)


def flips_per_year(state: pd.Series) -> float:
    """
    Changes of state per calendar year.

    Parameters
    ----------
    state : Series of 1 / 0 / NaN, indexed by date in order
        As in :func:`spells`.

    Returns
    -------
    float
        Changes divided by the years (365.25 days) between the first and the last known state; NaN for fewer than two.
    """
    known = state.dropna()
    if len(known) < 2:
        return float("nan")
    years = (known.index[-1] - known.index[0]).days / 365.25
    return float(known.ne(known.shift()).sum() - 1) / years


def turn_delay(lamb: float, up: int = 500) -> int:
    """
    Periods a signal needs to notice that a long steady rise has become an equally steep fall.

    Parameters
    ----------
    lamb : float
        HP smoothing parameter.
    up : int
        Periods of rise before the peak; the default leaves no trace of the start for weekly smoothing parameters.

    Returns
    -------
    int
        Periods from the peak to the first negative factor momentum: the known lag of the signal, without noise.

    Raises
    ------
    ValueError
        If ``up`` is below 2, which is no rise, or ``lamb`` is not positive and finite.
    """
    if up < 2:
        raise ValueError(f"up must be at least 2 periods of rise, got {up}")
    count = np.arange(2 * up + 1)
    peak = np.minimum(count, 2 * up - count).astype(float)
    down = np.flatnonzero(factor_momentum(one_sided_hp(peak, lamb))[up:] < 0)
    return int(down[0])
