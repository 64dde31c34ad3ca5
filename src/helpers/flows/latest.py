"""The last weeks of recorded units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.sessions import week_ends


def recent_weeks(etf_shares: pd.DataFrame, number: int = 8) -> pd.DatetimeIndex:
    """Last week ends of recorded units without a hole: at most ``number``, the first one starts the first flow."""
    weeks = week_ends(pd.DatetimeIndex(etf_shares["date"].unique()))[-number:]
    hole = np.flatnonzero(np.diff(weeks.to_numpy()) > np.timedelta64(20, "D"))
    return weeks[hole[-1] + 1 :] if len(hole) else weeks
