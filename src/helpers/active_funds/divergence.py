"""Where ETFs and active funds disagree on an industry, and which side the report then takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

HEAT_MAX_AGE = 45


def divergence(etf_share: pd.DataFrame, active_weights: pd.DataFrame) -> pd.DataFrame:
    """ETF share less active share of each industry (持仓分歧度).

    Parameters
    ----------
    etf_share : DataFrame
        Dates × industries, rows summing to 1.
    active_weights : DataFrame
        Same dates; an industry it does not name is 0, a date with nothing known is NaN.

    Returns
    -------
    DataFrame
        Above zero ETFs hold more (正向分歧), below zero active funds do (负向分歧).
    """
    known = active_weights.reindex(etf_share.index).notna().any(axis=1)
    active = active_weights.reindex(index=etf_share.index, columns=etf_share.columns).fillna(0.0)
    return (etf_share - active).where(known, axis=0)


def side_groups(values: pd.DataFrame, n: int = 3) -> pd.DataFrame:
    """Cut each side of zero into ``n`` groups by size (按照持仓分歧度将行业各分成三组).

    Returns
    -------
    DataFrame
        1 … n where ``values`` > 0 (n the largest), −1 … −n where < 0 (−n the most negative), else NaN. A side with
        fewer than ``n`` industries fills the outer groups.
    """
    out = pd.DataFrame(np.nan, index=values.index, columns=values.columns)
    for sign in (1, -1):
        side = (sign * values).where(sign * values > 0)
        rank = side.rank(axis=1, method="first", ascending=False)
        group = n + 1 - np.ceil(rank.mul(n).div(side.count(axis=1).clip(lower=n), axis=0) - 1e-9)
        out = out.where(group.isna(), sign * group.clip(lower=1))
    return out


def heat_at(heat: pd.Series, dates: pd.DatetimeIndex, max_age: int = HEAT_MAX_AGE) -> pd.Series:
    """Latest issuance heat known at each date, NaN when it is older than ``max_age`` days."""
    if heat.empty:
        return pd.Series(np.nan, index=dates, name="issuance_heat")
    return heat.sort_index().reindex(dates, method="ffill", tolerance=pd.Timedelta(days=max_age))


def switched_weights(values: pd.DataFrame, heat: pd.Series, top: int = 6, unknown: str = "nothing") -> pd.DataFrame:
    """Hold the ``top`` industries of the side that issuance favours, equally weighted.

    Parameters
    ----------
    values : DataFrame
        Divergence, dates × industries.
    heat : Series
        Issuance heat at the same dates; above zero the ETF side is held, else the active side.
    top : int
        Industries held (the report: 6).
    unknown : {"nothing", "etf", "active"}
        What to hold while the heat is not known.

    Returns
    -------
    DataFrame
        Dates × industries; rows sum to 1, or to 0 where nothing is held.
    """
    choices = {"nothing": 0.0, "etf": 1.0, "active": -1.0}
    if unknown not in choices:
        raise ValueError(f"unknown={unknown!r}: use one of {', '.join(choices)}")
    heat = heat.reindex(values.index)
    side = pd.Series(np.where(heat.isna(), choices[unknown], np.where(heat > 0, 1.0, -1.0)), index=values.index)
    rank = values.mul(side.where(side != 0), axis=0).rank(axis=1, ascending=False, method="first")
    held = rank <= top
    return held.div(held.sum(axis=1).clip(lower=1), axis=0)
