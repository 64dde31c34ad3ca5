"""Where ETFs and active funds disagree on an industry, and which side the report then takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.panels import as_known

HEAT_MAX_AGE = 45
ACTIVE_MAX_AGE = 45


def divergence(etf_share: pd.DataFrame, active_weights: pd.DataFrame, max_age: int = ACTIVE_MAX_AGE) -> pd.DataFrame:
    """ETF share less active share of each industry (持仓分歧度).

    Parameters
    ----------
    etf_share : DataFrame
        Dates × industries, rows summing to 1.
    active_weights : DataFrame
        Dates from which each row is known × industries; rows are rescaled to sum to 1. An industry it does not name is
        0.
    max_age : int
        Calendar days a row of active weights serves; the report compares month ends.

    Returns
    -------
    DataFrame
        Shape of ``etf_share``. Above zero ETFs hold more (正向分歧), below zero active funds do (负向分歧); NaN on a
        date with no active weights young enough.

    Raises
    ------
    ValueError
        If the two frames have no industry in common.

    Examples
    --------
    >>> day = pd.DatetimeIndex(["2024-05-31"])
    >>> etfs = pd.DataFrame({"银行": [0.6], "电子": [0.4]}, index=day)
    >>> active = pd.DataFrame({"银行": [0.1], "电子": [0.4]}, index=day)
    >>> divergence(etfs, active).round(2).loc["2024-05-31"].squeeze().to_dict()
    {'银行': 0.4, '电子': -0.4}
    """
    if not len(etf_share.columns.intersection(active_weights.columns)):
        raise ValueError(
            f"etf_share and active_weights share no industry name (e.g. {etf_share.columns[0]!r} and "
            f"{active_weights.columns[0]!r}); build both on one scheme"
        )
    active = active_weights.reindex(columns=etf_share.columns).fillna(0.0).where(active_weights.notna().any(axis=1))
    active = as_known(active, etf_share.index, max_age)
    total = active.sum(axis=1)
    return etf_share - active.div(total.where(total > 0), axis=0)


def side_groups(values: pd.DataFrame, n: int = 3) -> pd.DataFrame:
    """Cut each side of zero into ``n`` groups by size (按照持仓分歧度将行业各分成三组).

    Parameters
    ----------
    values : DataFrame
        Divergence, dates × industries.
    n : int
        Groups on each side.

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
    """Latest issuance heat known at each date, NaN when it is older than ``max_age`` days.

    Parameters
    ----------
    heat : Series
        Of :func:`helpers.active_funds.issuance_heat`, by the date from which it is known.
    dates : DatetimeIndex
        When it is asked for.
    max_age : int
        Calendar days after which a value is too old.

    Returns
    -------
    Series
        Issuance heat at each date; NaN before the first and beyond ``max_age``.
    """
    return as_known(heat.sort_index().to_frame("issuance_heat"), dates, max_age)["issuance_heat"]


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

    Raises
    ------
    ValueError
        If ``unknown`` is none of the three.
    """
    choices = {"nothing": 0.0, "etf": 1.0, "active": -1.0}
    if unknown not in choices:
        raise ValueError(f"unknown={unknown!r}: use one of {', '.join(choices)}")
    heat = heat.reindex(values.index)
    side = pd.Series(np.where(heat.isna(), choices[unknown], np.where(heat > 0, 1.0, -1.0)), index=values.index)
    rank = values.mul(side.where(side != 0), axis=0).rank(axis=1, ascending=False, method="first")
    held = rank <= top
    return held.div(held.sum(axis=1).clip(lower=1), axis=0)
