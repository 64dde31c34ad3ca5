r"""The four industry factors of the rotation, each a frame of dates x industries known at its dates.

Inputs are plain frames: industry holdings of ETFs (CNY, known after the close of their date), industry weights of
active funds and the heat of new issues (both dated from the day they are *known*), and style states. Every factor is
standardised across industries on each date, :math:`z_i = (x_i - \bar x) / s`, and turned so that a high value is to be
held. A date on which a factor cannot be formed is NaN throughout, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.active_funds.divergence import divergence, heat_at
from helpers.flows import marginal_change
from helpers.lookthrough.holdings import holding_share
from helpers.panels import as_known

STYLE_MAX_AGE = 10


class Composite(NamedTuple):
    """The mean of the factors a date has, and which those are.

    Attributes
    ----------
    score : DataFrame
        Dates x industries; NaN where fewer than the asked number of factors is there.
    available : DataFrame of bool
        Dates x factor names.
    """

    score: pd.DataFrame
    available: pd.DataFrame


def zscore(frame: pd.DataFrame) -> pd.DataFrame:
    """Standardise each row (sample deviation); a row without spread says nothing and becomes NaN.

    Parameters
    ----------
    frame : DataFrame
        Dates × industries.

    Returns
    -------
    DataFrame
        Same shape; each row has mean 0 and deviation 1.
    """
    spread = frame.std(axis=1, ddof=1)
    scale = frame.abs().max(axis=1)
    return frame.sub(frame.mean(axis=1), axis=0).div(spread.where(spread > 1e-12 * scale), axis=0)


def factor_flow(holdings: pd.DataFrame, weeks: int = 1) -> pd.DataFrame:
    r"""Short-term flow: the weekly change of an industry's share of ETF money, :math:`z(w_t - w_{t-1})`.

    Parameters
    ----------
    holdings : DataFrame
        Weekly dates x industries, CNY.
    weeks : int
        Rows over which the change is taken.

    Returns
    -------
    DataFrame
        Same shape. High: money has just come in (资金明显流入). A change of the share is also a change of relative
        prices: an industry that rose takes a larger share without any inflow. Funds that all track one index leave
        no spread but in weeks with new index weights; other weeks are NaN.
    """
    return zscore(marginal_change(holding_share(holdings), weeks))


def factor_level(holdings: pd.DataFrame, size_state: pd.Series) -> pd.DataFrame:
    r"""Style-adjusted holding level: :math:`\pm z(w_t)`, plus while large caps are in favour.

    Parameters
    ----------
    holdings : DataFrame
        Weekly dates x industries, CNY.
    size_state : Series
        1 large, 0 small, NaN unknown; known at its dates. Older than ten days it is not used.

    Returns
    -------
    DataFrame
        High: held much by ETFs while large caps lead, held little while small caps lead.
    """
    share = holding_share(holdings)
    return zscore(share).mul(style_sign(size_state, share.index), axis=0)


def factor_change(holdings: pd.DataFrame, growth_state: pd.Series, weeks: int = 4) -> pd.DataFrame:
    r"""Style-adjusted marginal change: :math:`\pm z(w_t - w_{t-4})`, plus while growth is in favour.

    Parameters
    ----------
    holdings : DataFrame
        Weekly dates x industries, CNY.
    growth_state : Series
        1 growth, 0 value, NaN unknown; known at its dates.
    weeks : int
        The report's change is monthly: four weekly rows.

    Returns
    -------
    DataFrame
        High: added to while growth leads, reduced while value leads.
    """
    change = marginal_change(holding_share(holdings), weeks)
    return zscore(change).mul(style_sign(growth_state, change.index), axis=0)


def placebo_change(
    prices: pd.DataFrame, dates: pd.DatetimeIndex, growth_state: pd.Series, sessions: int = 20
) -> pd.DataFrame:
    r"""Price momentum in the clothes of factor 3: :math:`\pm z(P_t / P_{t-20} - 1)`, plus while growth is in favour.

    What factor 3 has beyond this is what ETF money adds to prices that everyone can see.

    Parameters
    ----------
    prices : DataFrame
        Sessions x industries.
    dates : DatetimeIndex
        Dates of the result.
    growth_state : Series
        As for `factor_change`.
    sessions : int
        Sessions looked back on.

    Returns
    -------
    DataFrame
        Dates × industries, standardised; NaN where no style is recent.
    """
    past = prices.pct_change(sessions, fill_method=None)
    return zscore(as_known(past, dates)).mul(style_sign(growth_state, dates), axis=0)


def left_over(factor: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    r"""Take out of each date's factor the part that lies along another: :math:`f_t - \beta_t p_t`, least squares.

    Parameters
    ----------
    factor, known : DataFrame
        Dates x industries, both standardised across industries, so that no constant is needed.

    Returns
    -------
    DataFrame
        Shape of `factor`; across the industries of each date it is uncorrelated with `known`. NaN where either is.
    """
    known = known.reindex_like(factor)
    both = factor.notna() & known.notna()
    f, p = factor.where(both), known.where(both)
    power = (p**2).sum(axis=1)
    return f.sub(p.mul((f * p).sum(axis=1).div(power.where(power > 0)), axis=0))


def factor_divergence(holdings: pd.DataFrame, active_weights: pd.DataFrame, issuance_heat: pd.Series) -> pd.DataFrame:
    r"""Divergence from active funds, turned by issuance heat: :math:`\pm z(w_t - a_t)`.

    Parameters
    ----------
    holdings : DataFrame
        Weekly dates x industries, CNY.
    active_weights : DataFrame
        Dates from which each row is known x industries; rows are rescaled to sum to 1. An industry the active funds
        do not hold is 0. A row serves for 45 days: the report compares month ends.
    issuance_heat : Series
        Month-on-month growth of new stock-ETF units less that of new active funds, dated when it is known. Plus while
        it is above zero, minus below; NaN or older than 45 days, the factor is NaN: without it nothing says which
        side of the divergence to hold.

    Returns
    -------
    DataFrame
        High: overweight in ETFs while ETFs sell faster, overweight in active funds otherwise.

    Raises
    ------
    ValueError
        If the two frames have no industry in common.
    """
    share = holding_share(holdings)
    heat = heat_at(issuance_heat, share.index)
    return zscore(divergence(share, active_weights)).mul(np.sign(heat).replace(0.0, np.nan), axis=0)


def style_sign(state: pd.Series, dates: pd.DatetimeIndex) -> pd.Series:
    """Return +1 / -1 for the latest state (1 / 0) known on each date, NaN where none is recent.

    Parameters
    ----------
    state : Series
        1 or 0 by date, known after the close of it.
    dates : DatetimeIndex
        When it is asked for.

    Returns
    -------
    Series
        +1, -1 or NaN (older than ``STYLE_MAX_AGE`` days) by date.

    Raises
    ------
    ValueError
        If a state is neither 1 nor 0.
    """
    known = as_known(state.to_frame(), dates, STYLE_MAX_AGE).iloc[:, 0]
    odd = known.dropna().loc[lambda s: ~s.isin([0, 1])]
    if len(odd):
        raise ValueError(f"style state {odd.iloc[0]!r} of {odd.index[0]!s:.10} is neither 1 nor 0")
    return 2 * known - 1


def composite(factors: Mapping[str, pd.DataFrame], at_least: int = 1) -> Composite:
    """Average the factors with equal weight over those a date has.

    Parameters
    ----------
    factors : mapping of name to DataFrame
        Dates x industries, standardised. A factor the data cannot feed is left out of the mapping or NaN.
    at_least : int
        Dates with fewer factors have no score.

    Returns
    -------
    Composite

    Raises
    ------
    ValueError
        If there is no factor, or industries differ.

    Examples
    --------
    >>> day = pd.DatetimeIndex(["2024-05-31"])
    >>> level = pd.DataFrame({"银行": [1.0], "电子": [-1.0]}, index=day)
    >>> change = pd.DataFrame({"银行": [0.5], "电子": [0.5]}, index=day)
    >>> composite({"level": level, "change": change}).score.iloc[0].to_dict()
    {'银行': 0.75, '电子': -0.25}
    """
    if not factors:
        raise ValueError("composite needs at least one factor")
    names, frames = list(factors), list(factors.values())
    columns = frames[0].columns
    for name, frame in factors.items():
        if set(frame.columns) != set(columns):
            raise ValueError(f"factor {name!r} has other industries than {names[0]!r}; build all on one scheme")
    dates = pd.DatetimeIndex(sorted(set().union(*(frame.index for frame in frames))))
    cube = np.stack([frame.reindex(index=dates, columns=columns).to_numpy(dtype=float) for frame in frames])
    there = np.isfinite(cube)
    available = there.any(axis=2)
    count = there.sum(axis=0)
    mean = np.where(there, cube, 0.0).sum(axis=0) / np.maximum(count, 1)
    enough = (available.sum(axis=0) >= at_least)[:, None] & (count > 0)
    score = pd.DataFrame(np.where(enough, mean, np.nan), dates, columns)
    return Composite(score, pd.DataFrame(available.T, dates, names))


def factor_correlation(factors: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the correlation of the factors over all dates and industries they share (S002's matrix).

    On standardised factors pooling equals averaging the correlations across industries over dates.

    Parameters
    ----------
    factors : mapping of str to DataFrame
        By name, dates × industries.

    Returns
    -------
    DataFrame
        Factors × factors, in [-1, 1].
    """
    stacked = {name: frame.stack() for name, frame in factors.items()}
    return pd.DataFrame(stacked).corr()
