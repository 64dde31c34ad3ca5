"""Which side wins where ETFs and active funds disagree: outer groups, before and after a day; the switch on heat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.active_funds.divergence import heat_at, side_groups, switched_weights
from helpers.backtest.groups import EQUAL, group_returns, weighted_returns
from helpers.flows.net_inflow import marginal_change
from helpers.inference import annual_mean
from helpers.performance import SESSIONS_PER_YEAR
from helpers.tables import MissingTable

HOLD = 35  # calendar days the last month's groups are held
SIDES = {"etf_weight_higher": 3.0, "active_weight_higher": -3.0}


def outer_groups(gap: pd.DataFrame, prices: pd.DataFrame, *, lag: int = 1) -> dict[str, pd.DataFrame]:
    """Hold three groups on each side of zero, by the divergence and by its change, month by month.

    Parameters
    ----------
    gap : DataFrame
        Month ends × industries, of :func:`helpers.active_funds.divergence.divergence`.
    prices : DataFrame
        Sessions × industries.
    lag : int
        Sessions from a month's end to the purchase.

    Returns
    -------
    dict of DataFrame
        ``level`` and ``change``: daily returns of the groups −3 … 3 and of all industries, before costs, of
        :func:`helpers.backtest.group_returns`; a signal whose outer groups stay empty is left out.

    Raises
    ------
    MissingTable
        If neither signal fills its outer groups.
    """
    found = {}
    for name, signal in {"level": gap, "change": marginal_change(gap)}.items():
        groups = side_groups(signal)
        if set(SIDES.values()) <= set(np.unique(groups)) and groups.notna().sum(axis=None) >= 6:
            found[name] = group_returns(groups, prices, lag=lag, hold=HOLD)
    if not found:
        raise MissingTable(("etf_shares", "fund_holdings"), "no month has industries on both sides of the divergence")
    return found


def side_tests(sides: Mapping[str, pd.DataFrame], turn: str | pd.Timestamp) -> pd.DataFrame:
    """Test the ETF side less the active side before and after a day.

    Parameters
    ----------
    sides : mapping of DataFrame
        Of :func:`outer_groups`.
    turn : date
        First day of the second part.

    Returns
    -------
    DataFrame
        Index ``divergence, period`` (before, after, all); ``sessions``, ``% a year`` (arithmetic), ``t``.
    """
    rows, turn = {}, pd.Timestamp(turn)
    for name, returns in sides.items():
        spread = returns[SIDES["etf_weight_higher"]] - returns[SIDES["active_weight_higher"]]
        for period, part in {"before": spread[spread.index < turn], "after": spread[turn:], "all": spread}.items():
            found = annual_mean(part, SESSIONS_PER_YEAR)
            rows[name, period] = {"sessions": len(part), "% a year": 100 * found["mean"], "t": found["t"]}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["divergence", "period"])


def switch_returns(
    gap: pd.DataFrame, heat: pd.Series | None, prices: pd.DataFrame, *, top: int = 6, lag: int = 1
) -> pd.DataFrame:
    """Hold the side that issuance favours, beside each side held always and all industries equally.

    Parameters
    ----------
    gap : DataFrame
        Month ends × industries.
    heat : Series, optional
        Of :func:`helpers.active_funds.issuance_heat`; without it the switch is left out.
    prices : DataFrame
        Sessions × industries.
    top : int
        Industries held.
    lag : int
        Sessions from a month's end to the purchase.

    Returns
    -------
    DataFrame
        Sessions × ``switch on heat`` (where heat is ever known), ``ETF side always, active side always, equal weight``:
        daily returns before costs over the sessions all of them have.
    """
    never = pd.Series(np.nan, gap.index)
    targets = {
        "switch on heat": switched_weights(gap, never if heat is None else heat_at(heat, gap.index), top),
        "ETF side always": switched_weights(gap, never, top, unknown="etf"),
        "active side always": switched_weights(gap, never, top, unknown="active"),
    }
    held = {name: weights for name, weights in targets.items() if (weights.sum(axis=1) > 0).any()}
    returns = {name: weighted_returns(weights, prices, lag=lag, hold=HOLD) for name, weights in held.items()}
    returns[EQUAL] = group_returns(gap.notna().astype(float), prices, lag=lag, hold=HOLD)[EQUAL]
    return pd.DataFrame(returns).dropna()


def divergence_facts(gap: pd.DataFrame) -> dict[str, object]:
    """Return who is heaviest where, and how much the bets last.

    Parameters
    ----------
    gap : DataFrame
        Month ends × industries.

    Returns
    -------
    dict
        ``etf_first, etf_second, active_first, active_second`` (names) with ``…_pp`` (mean divergence, percentage
        points), ``persistence`` (mean rank correlation of one month with the next).
    """
    mean = 100 * gap.mean().sort_values()
    facts = {"persistence": gap.rank(axis=1).corrwith(gap.shift().rank(axis=1), axis=1).mean()}
    for name, place in {"etf_first": -1, "etf_second": -2, "active_first": 0, "active_second": 1}.items():
        facts |= {name: mean.index[place], f"{name}_pp": mean.iloc[place]}
    return facts


def heat_facts(heat: pd.Series) -> dict[str, float]:
    """Return how known and how steady issuance heat is.

    Returns
    -------
    dict
        ``months``, ``known`` (of them), ``above`` (share of the known above zero), ``flips`` (changes of sign a year).
    """
    known = heat.dropna()
    flips = (np.sign(known).diff().abs() > 0).sum()
    return {
        "months": len(heat),
        "known": len(known),
        "above": (known > 0).mean(),
        "flips": 12 * flips / len(known) if len(known) else np.nan,
    }


def lead_facts(lead: pd.Series, turn: int = 2021) -> dict[str, float]:
    """Return how the printed lead of the ETF side is spread over the years.

    Parameters
    ----------
    lead : Series
        Return of the ETF side less that of the active side by year, percentage points.
    turn : int
        First year of the second part.

    Returns
    -------
    dict
        ``early_years, early_won, early_pp`` and ``late_years, late_won, late_pp`` (number, years won, mean);
        ``largest_year, largest_pp, largest_share`` (of the late sum); ``last_year, last_pp``.
    """
    early, late = lead.loc[: turn - 1], lead.loc[turn:]
    return {
        "early_years": len(early),
        "early_won": int((early > 0).sum()),
        "early_pp": early.mean(),
        "late_years": len(late),
        "late_won": int((late > 0).sum()),
        "late_pp": late.mean(),
        "largest_year": late.idxmax(),
        "largest_pp": late.max(),
        "largest_share": late.max() / late.sum(),
        "last_year": late.index[-1],
        "last_pp": late.iloc[-1],
    }
