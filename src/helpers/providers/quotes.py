"""What any table of quotes must satisfy, whichever provider it came from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from helpers.sessions import sessions
from helpers.tables import DataError

__all__ = ["adjusted", "check_price", "drop_closed_days"]

_PRICES = (0.3, 800.0)  # CNY for one share, on average over an index; 手 for 股 leaves it by a hundred


def check_price(amount: pd.Series, volume: pd.Series, endpoint: str, what: str, bounds: tuple = _PRICES) -> None:
    """Refuse quotes whose turnover over volume is no price: one of the two units changed.

    Parameters
    ----------
    amount, volume : Series
        In our units, CNY and shares; only days with both count.
    endpoint, what : str
        Named in the error; the second says what was divided.
    bounds : (float, float)
        Between which the median price lies.

    Raises
    ------
    DataError
        When it lies outside.
    """
    known = (amount > 0) & (volume > 0)
    if known.any():
        price = float((amount[known] / volume[known]).median())
        if not bounds[0] <= price <= bounds[1]:
            found = f"a median price of {price:.4g} CNY"
            expected = f"{what} between {bounds[0]:g} and {bounds[1]:g}"
            raise DataError(endpoint, expected, column="amount", found=found, way_out="Did a unit change?")


@lru_cache(maxsize=1)
def _sessions() -> pd.DatetimeIndex:
    year = pd.Timestamp.today().year
    while True:
        try:
            return sessions("1991-07-04", f"{year}-12-31")
        except ValueError:  # the calendar of a future year is not known yet
            year -= 1


def drop_closed_days(frame: pd.DataFrame, column: str = "date") -> pd.DataFrame:
    """Drop rows of a ``frame`` whose ``column`` is a day the exchanges were closed; days outside the calendar stay."""
    known = _sessions()
    dates = frame[column]
    inside = dates.between(known[0], known[-1])
    return frame[(~inside | dates.isin(known)).to_numpy()].reset_index(drop=True)


def adjusted(price: pd.Series, dividend: pd.Series, ratio: pd.Series) -> pd.Series:
    """Build a price that only returns move, from raw prices, cash dividends and splits.

    Parameters
    ----------
    price : Series
        Raw prices of one security in order of time, CNY.
    dividend : Series
        Cash per unit held before the day, CNY, on the day it goes ex; 0 otherwise.
    ratio : Series
        Units after the day for one unit before it; 1 on a day without a split.

    Returns
    -------
    Series
        The first price as it was, then compounded by :math:`(p_t r_t + d_t) / p_{t-1}`: history never changes when a
        later dividend is paid.
    """
    before = price.shift()
    growth = (price * ratio + dividend) / before
    growth.iloc[:1] = 1.0
    return price.iloc[0] * growth.cumprod() if len(price) else price * np.nan
