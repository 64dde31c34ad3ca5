"""Which side wins where ETFs and active funds disagree: outer groups, before and after a day; the switch on heat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.active_funds.divergence import heat_at, side_groups, switched_weights
from helpers.backtest.groups import EQUAL, group_returns, weighted_returns, yearly_sides
from helpers.flows.net_inflow import marginal_change
from helpers.inference import annual_mean
from helpers.performance import SESSIONS_PER_YEAR, performance_table
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
        ``level`` and, where it fills its outer groups, ``change``: daily returns of the groups −3 … 3 and of all
        industries, before costs, of :func:`helpers.backtest.group_returns`.

    Raises
    ------
    MissingTable
        If the divergence fills no outer groups, or prices end before any could be bought.
    """
    _bought(gap, prices, lag)
    found = {}
    for name, signal in {"level": gap, "change": marginal_change(gap)}.items():
        groups = side_groups(signal)
        filled = set(SIDES.values()) <= set(np.unique(groups)) and groups.notna().sum(axis=None) >= 6
        if filled and _earns(groups, prices, lag):
            found[name] = group_returns(groups, prices, lag=lag, hold=HOLD)
    if "level" not in found:
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


def turn_facts(tests: pd.DataFrame) -> dict[str, object]:
    """Return what :func:`side_tests` says of the level of the divergence before and after the turn.

    Parameters
    ----------
    tests : DataFrame
        Of :func:`side_tests`.

    Returns
    -------
    dict
        ``before, after`` (% a year), ``before_t, after_t``, ``before_sessions, after_sessions`` and ``thin`` (no t
        value beyond two, or fewer than 500 sessions on a side).
    """
    level = tests.loc["level"]
    facts = {}
    for period in ("before", "after"):
        row = level.loc[period]
        facts |= {period: row["% a year"], f"{period}_t": row["t"], f"{period}_sessions": int(row["sessions"])}
    return facts | {"thin": bool(not level["t"].abs().max() >= 2 or level["sessions"].min() < 500)}


def leading_side(tests: pd.DataFrame) -> pd.Series:
    """Name the side whose outer group earned more before and after the turn, where a year or more can say.

    Rebuilds the S002 statement that pricing power passed to ETFs.

    Parameters
    ----------
    tests : DataFrame
        Of :func:`side_tests`.

    Returns
    -------
    Series
        By ``"before the turn", "after the turn"``: ``"ETF side"`` or ``"active side"``; NaN for less than a year.
    """
    level = tests.loc["level"]
    side = pd.Series(np.where(level["% a year"] > 0, "ETF side", "active side"), level.index, dtype=object)
    side = side.where(level["sessions"] >= SESSIONS_PER_YEAR)
    return side.reindex(["before", "after"]).rename(lambda period: f"{period} the turn")


def compare_years(sides: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Yearly return and excess of the outer groups, whole years only: what may stand beside the printed table.

    Rebuilds S002, divergence groups by year.

    Parameters
    ----------
    sides : mapping of str to DataFrame
        Of :func:`side_returns`; ``level`` is read.

    Returns
    -------
    DataFrame
        By ``(year, side)``: ``return_pct, excess_return_pct``.
    """
    table = yearly_sides(sides["level"], SIDES)
    return table.loc[table["whole"], ["return_pct", "excess_return_pct"]]


def yearly_lead(table: pd.DataFrame) -> pd.Series:
    """Return of the ETF side less that of the active side by year, percentage points.

    Parameters
    ----------
    table : DataFrame
        By ``(year, side)``, with ``return_pct``: printed, or of :func:`helpers.backtest.groups.yearly_sides`.

    Returns
    -------
    Series
        By year.
    """
    wide = table["return_pct"].unstack().reindex(columns=["etf_weight_higher", "active_weight_higher"])
    return wide["etf_weight_higher"] - wide["active_weight_higher"]


def switch_facts(returns: pd.DataFrame) -> dict[str, float]:
    """Return yearly rates of :func:`switch_returns` in %: ``switch, better`` (of the sides), ``all``; ``sessions``.

    Parameters
    ----------
    returns : DataFrame
        Of :func:`switch_returns`.

    Returns
    -------
    dict of str to float
        ``switch, better`` (of the two sides), ``all``: % a year; ``sessions``.
    """
    rates = performance_table(returns)["annualised_return_pct"]
    sides = rates[["ETF side always", "active side always"]]
    switch = rates.get("switch on heat", np.nan)
    return {"switch": switch, "better": sides.max(), "all": rates[EQUAL], "sessions": len(returns)}


def heat_by_month(heat: pd.Series) -> pd.Series:
    """Say of each month which kind of fund's issuance grew faster: ``"ETF higher"`` or ``"ETF lower"``.

    Parameters
    ----------
    heat : Series
        Issuance heat by the date it is known, in the month after.

    Returns
    -------
    Series
        By month as ``2025-12``; unknown months are left out.
    """
    known = heat.dropna()
    months = (known.index.to_period("M") - 1).astype(str)
    return pd.Series(np.where(known > 0, "ETF higher", "ETF lower"), months, dtype=object)


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

    Raises
    ------
    MissingTable
        If prices end before the first purchase.
    """
    _bought(gap, prices, lag)
    never = pd.Series(np.nan, gap.index)
    targets = {
        "switch on heat": switched_weights(gap, never if heat is None else heat_at(heat, gap.index), top),
        "ETF side always": switched_weights(gap, never, top, unknown="etf"),
        "active side always": switched_weights(gap, never, top, unknown="active"),
    }
    held = {name: weights for name, weights in targets.items() if _earns(weights, prices, lag)}
    returns = {name: weighted_returns(weights, prices, lag=lag, hold=HOLD) for name, weights in held.items()}
    returns[EQUAL] = group_returns(gap.notna().astype(float), prices, lag=lag, hold=HOLD)[EQUAL]
    return pd.DataFrame(returns).dropna()


def _earns(decisions: pd.DataFrame, prices: pd.DataFrame, lag: int) -> bool:
    """Whether the first decision that holds anything is followed by a purchase and a return."""
    held = decisions.index[(decisions.fillna(0.0) != 0).any(axis=1)]
    return len(held) > 0 and len(prices) - prices.index.searchsorted(held[0], side="right") > lag


def _bought(gap: pd.DataFrame, prices: pd.DataFrame, lag: int) -> None:
    """Raise unless the groups of at least one month end earn a return."""
    if not _earns(gap, prices, lag):
        said = f"closes end {prices.index[-1]:%Y-%m-%d}, before the groups of {gap.index[0]:%Y-%m-%d} earn anything"
        raise MissingTable("industry_daily", said)


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
        points), ``persistence`` (mean rank correlation of one month with the next), ``standing`` (whether above 0.8).
    """
    mean = 100 * gap.mean().sort_values()
    facts = {"persistence": gap.rank(axis=1).corrwith(gap.shift().rank(axis=1), axis=1).mean()}
    for name, place in {"etf_first": -1, "etf_second": -2, "active_first": 0, "active_second": 1}.items():
        facts |= {name: mean.index[place], f"{name}_pp": mean.iloc[place]}
    return facts | {"standing": bool(facts["persistence"] > 0.8)}


def heat_facts(heat: pd.Series) -> dict[str, float]:
    """Return how known and how steady issuance heat is.

    Parameters
    ----------
    heat : Series
        Issuance heat by month; NaN where not known.

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
