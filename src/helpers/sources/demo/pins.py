"""Pinned years: the published yearly returns that the simulated paths are made to hit.

These are inputs, not results. A path hits them by a constant daily drift within each year.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers import published

from .names import industries
from .timeline import Timeline

__all__ = ["PINNED_INDICES", "bridge", "pinned_returns", "year_drift"]

# Index names as printed → codes. Tables 1 and 5 of S001.
PINNED_INDICES = {
    "沪深300": "000300",
    "中证500": "000905",
    "中证1000": "000852",
    "中证全指": "000985",
    "上证指数": "000001",
}


def pinned_returns() -> pd.DataFrame:
    """Return the pins as ``code, year, ret``: 31 SW industries and five indices, returns as fractions.

    Returns
    -------
    DataFrame
        One row a code and year.
    """
    first = published.load("s001_t01_sw_l1_yearly_returns")[["name", "year", "return_pct"]]
    fifth = published.load("s001_t05_sse_div_lowvol_yearly")
    fifth = fifth[fifth.period_kind == "year"].rename(columns={"index_name": "name", "period": "year"})
    both = pd.concat([first, fifth[["name", "year", "return_pct"]]], ignore_index=True)
    table = industries()
    sw = table[table.scheme == "SW2021_L1"]
    codes = dict(zip(sw.industry_name, sw.industry_code, strict=True)) | PINNED_INDICES
    both["code"] = both.name.map(codes)
    both = both.dropna(subset="code").assign(year=both.year.astype(int), ret=both.return_pct.astype(float) / 100)
    return both[["code", "year", "ret"]].drop_duplicates(["code", "year"], ignore_index=True)


def year_drift(gross: np.ndarray, timeline: Timeline, pins: dict[int, float]) -> np.ndarray:
    """Return the daily factor that makes a path of daily gross returns end each pinned year where it was printed.

    Parameters
    ----------
    gross : array, one per session
        1 + daily return.
    timeline : Timeline
        The calendar.
    pins : dict
        Year → return of the year, measured from the last close before it.

    Returns
    -------
    array
        Factor per session, 1 in years without a pin.
    """
    factor = np.ones(len(gross))
    for year, ret in pins.items():
        days = timeline.year_of_day == year
        if days.any():
            factor[days] = np.exp((np.log1p(ret) - np.log(gross[days]).sum()) / days.sum())
    return factor


def bridge(gross: np.ndarray, timeline: Timeline, pins: dict[int, float]) -> np.ndarray:
    """Return ``gross`` with its pinned years put right.

    Parameters
    ----------
    gross : ndarray
        1 + daily return, one a session.
    timeline : Timeline
        The calendar.
    pins : dict
        Year → return of the year, a fraction.

    Returns
    -------
    ndarray
        One a session.
    """
    return gross * year_drift(gross, timeline, pins)
