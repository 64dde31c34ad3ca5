"""Trading sessions of the mainland exchanges, and the weeks and months they make.

A Chinese week or month ends on its last *session*: 2025-09-30 (Tuesday, before the National Day holiday) closes a
week, and so does 2025-12-31. Business-day calendars know nothing of that, so the XSHG calendar of
``exchange_calendars`` decides.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import numpy as np
import pandas as pd

__all__ = ["month_ends", "next_session", "sessions", "week_ends"]


@lru_cache(maxsize=1)
def _calendar() -> pd.DatetimeIndex:
    """Return every known session, naive; imported late because the package is slow to import."""
    from exchange_calendars.exchange_calendar_xshg import XSHGExchangeCalendar as Xshg

    with warnings.catch_warnings():  # its own use of pandas, which nobody here can mend
        warnings.simplefilter("ignore", DeprecationWarning)
        known = Xshg(start=Xshg.bound_min() + pd.Timedelta(days=30), end=Xshg.bound_max()).sessions
    return pd.DatetimeIndex(known, freq=None, name="date").as_unit("us")


def _span() -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first day the calendar speaks about and the last."""
    known = _calendar()
    return known[0], known[-1] + pd.offsets.MonthEnd(0)


def _beyond(date: pd.Timestamp, what: str = "") -> ValueError:
    first, last = _span()
    return ValueError(
        f"{what}{date:%Y-%m-%d} is outside the trading calendar, which knows {first:%Y-%m-%d} to {last:%Y-%m-%d}: "
        "choose dates inside it, or upgrade exchange-calendars for a later year"
    )


def _day(value: object, what: str) -> pd.Timestamp:
    day = pd.Timestamp(value)
    if day is pd.NaT:
        raise ValueError(f"{what} is not a date: {value!r}")
    return day.tz_localize(None).normalize()


def sessions(start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DatetimeIndex:
    """List the sessions from ``start`` to ``end``, both included.

    Parameters
    ----------
    start, end : str or Timestamp
        Any days; they need not be sessions themselves.

    Returns
    -------
    DatetimeIndex
        Naive midnights, ascending; empty when the span holds no session.

    Raises
    ------
    ValueError
        When ``start`` is after ``end`` or either lies outside the calendar.
    """
    first, last = _day(start, "start"), _day(end, "end")
    if first > last:
        raise ValueError(f"start {first:%Y-%m-%d} is after end {last:%Y-%m-%d}")
    known, (low, high) = _calendar(), _span()
    for day in (first, last):
        if not low <= day <= high:
            raise _beyond(day)
    return known[known.searchsorted(first) : known.searchsorted(last, side="right")]


def next_session(dates, n: int = 1):
    """Return the ``n``-th session strictly after each date: where a signal of that date can trade.

    Parameters
    ----------
    dates : date-like, or a sequence, Index or Series of dates
        Days that need not be sessions; a missing date stays missing.
    n : int
        How many sessions ahead, at least 1.

    Returns
    -------
    Timestamp, DatetimeIndex or Series
        The same shape as ``dates`` (a Series keeps its index).

    Raises
    ------
    ValueError
        When ``n`` < 1 or an answer lies outside the calendar.
    """
    if n < 1:
        raise ValueError(f"n = {n}: a session is looked up at least 1 ahead")
    if isinstance(dates, pd.Series):
        return pd.Series(next_session(pd.DatetimeIndex(dates), n), index=dates.index, name=dates.name)
    if isinstance(dates, str) or not hasattr(dates, "__len__"):
        return next_session(pd.DatetimeIndex([_day(dates, "date")]), n)[0]
    known, days = _calendar(), pd.DatetimeIndex(dates).normalize()
    place = known.searchsorted(days, side="right") + n - 1
    outside = days.notna() & ((place >= len(known)) | (days < known[0]))
    if outside.any():
        raise _beyond(days[outside][0], f"session {n} after ")
    found = known[np.minimum(place, len(known) - 1)]
    return found.where(days.notna())


def _period_ends(dates, freq: str, complete: bool) -> pd.DatetimeIndex:
    days = pd.DatetimeIndex(dates).dropna().normalize().unique().sort_values().rename("date")
    if days.empty:
        return days
    periods = days.to_period(freq)
    ends = days[np.append(periods[1:] != periods[:-1], True)]
    if complete and _open(ends[-1], periods[-1].end_time.normalize()):
        ends = ends[:-1]
    return ends


def _open(last: pd.Timestamp, close: pd.Timestamp) -> bool:
    """Tell whether the period that closes on ``close`` has sessions after ``last``."""
    following = pd.date_range(last, close, freq="D")[1:]
    if not (following.day_of_week < 5).any():
        return False
    known, (low, high) = _calendar(), _span()
    if not low <= last <= close <= high:
        raise _beyond(close if close > high else last)
    return bool(known.isin(following).any())


def week_ends(dates, complete: bool = False) -> pd.DatetimeIndex:
    """Return the last date of every ISO week present in ``dates``.

    Parameters
    ----------
    dates : sequence of dates
        Sessions, in any order, repeats allowed (a table's ``date`` column serves).
    complete : bool
        Drop a last week that still has sessions to come, so that no week end is dated before its week has closed.

    Returns
    -------
    DatetimeIndex
        Ascending, one per week.

    Raises
    ------
    ValueError
        When ``complete`` asks for a week beyond the calendar.

    Examples
    --------
    >>> week_ends(["2024-02-05", "2024-02-08", "2024-02-19"]).strftime("%m-%d").tolist()  # the new year between
    ['02-08', '02-19']
    """
    return _period_ends(dates, "W-SUN", complete)


def month_ends(dates, complete: bool = False) -> pd.DatetimeIndex:
    """Return the last date of every calendar month present in ``dates``; see :func:`week_ends`.

    Parameters
    ----------
    dates : sequence of dates
        Sessions, in any order, repeats allowed.
    complete : bool
        Drop a last month that still has sessions to come.

    Returns
    -------
    DatetimeIndex
        Ascending, one per month.

    Raises
    ------
    ValueError
        When ``complete`` asks for a month beyond the calendar.
    """
    return _period_ends(dates, "M", complete)
