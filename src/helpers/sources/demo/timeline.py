"""The days of the demo market: true XSHG sessions with the weeks, months and years they make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.sessions import month_ends, sessions, week_ends

from .config import DemoConfig

__all__ = ["Timeline", "make_timeline"]

REVIEW_MONTHS = (6, 12)


@dataclass(frozen=True)
class Timeline:
    """Sessions and their grouping; every ``*_of_day`` array has one entry per session.

    ``month_last`` and ``week_last`` are positions of closing sessions. ``weight_days`` are the dates of index weights:
    the session before the market starts, then every month end.
    """

    days: pd.DatetimeIndex
    before: pd.Timestamp
    week_of_day: np.ndarray
    week_last: np.ndarray
    month_of_day: np.ndarray
    month_last: np.ndarray
    year_of_day: np.ndarray

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return len(self.week_last)

    @property
    def months(self) -> int:
        """Number of months."""
        return len(self.month_last)

    @property
    def weight_days(self) -> pd.DatetimeIndex:
        """Dates of index weights; entry ``m`` is in force during month ``m``."""
        return pd.DatetimeIndex([self.before]).append(self.days[self.month_last]).as_unit("us")

    @property
    def reviews(self) -> np.ndarray:
        """Whether the weights of each weight day follow a review of members; the first ones always do."""
        reviewed = np.isin(self.weight_days.month, REVIEW_MONTHS)
        reviewed[0] = True
        return reviewed

    def month_slice(self, m: int) -> slice:
        """Return the sessions of month ``m``."""
        return slice(0 if m == 0 else int(self.month_last[m - 1]) + 1, int(self.month_last[m]) + 1)

    def position(self, date: str) -> int:
        """Return the position of the first session on or after ``date``."""
        return int(self.days.searchsorted(pd.Timestamp(date)))


def make_timeline(config: DemoConfig) -> Timeline:
    """Return the calendar of a demo market.

    Parameters
    ----------
    config : DemoConfig
        Of the market.

    Returns
    -------
    Timeline
        Sessions, and the week, month and year of each.
    """
    days = sessions(config.start, config.end)
    before = sessions(pd.Timestamp(config.start) - pd.Timedelta(days=20), config.start)[-2]
    week_last = days.get_indexer(week_ends(days))
    month_last = days.get_indexer(month_ends(days))
    at = np.arange(len(days))
    return Timeline(
        days=days,
        before=before,
        week_of_day=np.searchsorted(week_last, at),
        week_last=week_last,
        month_of_day=np.searchsorted(month_last, at),
        month_last=month_last,
        year_of_day=days.year.to_numpy(),
    )
