"""What assets earned while a decision could have held them.

A return starts at the close at which one could have traded, `lag` sessions after the date of the decision.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def forward_returns(prices: pd.DataFrame, dates: Sequence[pd.Timestamp], periods: int, lag: int = 1) -> pd.DataFrame:
    """Return what each asset earned after each date.

    Parameters
    ----------
    prices : DataFrame
        Sessions x assets.
    dates : sequence of dates
        When the decision was made.
    periods : int
        Sessions held.
    lag : int
        Sessions from the date to the purchase; 1 buys at the next close.

    Returns
    -------
    DataFrame
        `dates` x assets; NaN where the span leaves the data.

    Raises
    ------
    ValueError
        If `periods` is below 1 or `lag` negative.
    """
    if periods < 1 or lag < 0:
        raise ValueError(f"periods={periods!r}, lag={lag!r}: need periods >= 1 and lag >= 0")
    dates = pd.DatetimeIndex(dates)
    start = prices.index.searchsorted(dates, side="right") - 1 + lag
    end = start + periods
    inside = (start >= 0) & (end < len(prices))
    values = prices.to_numpy(dtype=float)
    out = np.full((len(dates), values.shape[1]), np.nan)
    out[inside] = values[end[inside]] / values[start[inside]] - 1
    return pd.DataFrame(out, dates, prices.columns)


def period_returns(prices: pd.DataFrame, dates: Sequence[pd.Timestamp], lag: int = 1) -> pd.DataFrame:
    """Return what each asset earned from the purchase after one date to the purchase after the next.

    Parameters
    ----------
    prices, dates, lag
        As for :func:`forward_returns`; the dates are those of all decisions, ascending.

    Returns
    -------
    DataFrame
        `dates` x assets; NaN on the last date and where the span leaves the data.
    """
    dates = pd.DatetimeIndex(dates)
    rows = prices.index.searchsorted(dates, side="right") - 1 + lag
    values = prices.to_numpy(dtype=float)
    inside = (rows[:-1] >= 0) & (rows[1:] < len(prices))
    out = np.full((len(dates), values.shape[1]), np.nan)
    out[:-1][inside] = values[rows[1:][inside]] / values[rows[:-1][inside]] - 1
    return pd.DataFrame(out, dates, prices.columns)
