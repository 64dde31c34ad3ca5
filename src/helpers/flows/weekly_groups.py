"""Industries in five groups by weekly inflow or monthly change, what the groups earned, and what the report prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from helpers.backtest.groups import EQUAL, group_returns, yearly_groups
from helpers.flows.change_parts import monthly_sum, seen_change, share_moves
from helpers.flows.etf_money import WHOLE_MARKET, EtfMoney
from helpers.flows.net_inflow import five_groups, month_rows
from helpers.inference import annual_mean
from helpers.performance import SESSIONS_PER_YEAR, performance_table
from helpers.published.exhibits.s002_flows import flow_group_years, matched_item, printed_groups
from helpers.sessions import month_ends
from helpers.tables import MissingTable

PRINTED = "weekly change of the share"  # the report's definition
ALONE = "net inflow alone"
CITIC = "CITIC_L1"


def inflow_groups(money: EtfMoney, parts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Cut industries into five groups every week, by the report's measure and by net inflow without any price.

    Parameters
    ----------
    money : EtfMoney
        By week.
    parts : mapping of str to DataFrame
        Of :func:`helpers.flows.change_parts.share_moves`; what came into view moves no group.

    Returns
    -------
    dict of DataFrame
        By measure: weeks × industries, 1 to 5. A measure that never forms groups is left out.

    Raises
    ------
    MissingTable
        If neither forms groups.
    """
    alone = money.industry_flows.div(money.holdings).round(10)  # equal but for the last digits is equal
    cut = {name: five_groups(signal) for name, signal in {PRINTED: seen_change(parts), ALONE: alone}.items()}
    found = {name: groups for name, groups in cut.items() if groups.notna().any(axis=None)}
    if not found:
        raise MissingTable(("etf_shares", "index_weights"), "in no week do the shares of five industries differ")
    return found


def groups_earned(groups: Mapping[str, pd.DataFrame], prices: pd.DataFrame, *, lag: int = 1) -> dict[str, pd.DataFrame]:
    """Return daily returns of the groups of each measure, bought ``lag`` sessions after the week, before costs.

    Parameters
    ----------
    groups : mapping of str to DataFrame
        By measure: week ends × industries, 1 to 5.
    prices : DataFrame
        Sessions × industries.
    lag : int
        Sessions from the week's end to the purchase.

    Returns
    -------
    dict of DataFrame
        By measure: sessions × groups and ``equal weight``, fractions; a measure with no session after its purchase is
        left out.

    Raises
    ------
    MissingTable
        If prices do not reach these weeks.
    """
    first = {name: table.first_valid_index() for name, table in groups.items()}
    held = [name for name, day in first.items() if prices.index.searchsorted(day, side="right") + lag < len(prices)]
    if not held:
        said = f"it ends {prices.index[-1]:%Y-%m-%d}, before groups of {min(first.values()):%Y-%m-%d} earn anything"
        raise MissingTable("industry_daily", said)
    return {name: group_returns(groups[name], prices, lag=lag) for name in held}


def group_performance(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the performance of five groups and of all industries, with the rows of the printed table."""
    rows = {group: f"group_{group}" for group in range(1, 6)}
    return performance_table(returns).rename({**rows, EQUAL: "industry_equal_weight"}).rename_axis("group")


def group_years(returns: pd.DataFrame) -> pd.DataFrame:
    """Return whole years of the top group against all and against the bottom, with the columns of the printed table."""
    table = yearly_groups(returns, 5, 1)
    table = table.loc[table["whole"]].drop(columns=["sessions", "whole"])
    return table.rename(columns=lambda name: f"group5_{name}" if name.startswith(("excess", "tracking")) else name)


def earned_facts(returns: Mapping[str, pd.DataFrame]) -> list[dict[str, object]]:
    """Return what group 5 earned over group 1, by measure: ``name, mean`` (a year, before costs), ``t``."""
    out = []
    for name, table in returns.items():
        spread = annual_mean(table[5] - table[1], SESSIONS_PER_YEAR)
        out.append({"name": name, "mean": spread["mean"], "t": spread["t"]})
    return out


class Judged(NamedTuple):
    """What a run may set beside the printed groups.

    Attributes
    ----------
    performance : DataFrame
        Of :func:`group_performance`; empty where the run does not span the printed years.
    years : DataFrame
        Of :func:`group_years`.
    spread : DataFrame
        Years × ``published, this run`` (whole years only): group 5 less group 1, %.
    why : str
        Why there is no performance.
    """

    performance: pd.DataFrame
    years: pd.DataFrame
    spread: pd.DataFrame
    why: str


def judged_groups(whole: EtfMoney, returns: Mapping[str, pd.DataFrame]) -> Judged:
    """Return the report's groups as this run has them, for a run that knows the whole market.

    Parameters
    ----------
    whole : EtfMoney
        Of :meth:`helpers.flows.etf_money.EtfMoney.whole`.
    returns : mapping of str to DataFrame
        Of :func:`groups_earned`.

    Returns
    -------
    Judged

    Raises
    ------
    MissingTable
        If the run knows a few funds only, or the report's measure forms no groups in it.
    """
    if PRINTED not in returns:
        raise MissingTable("index_weights", "shares do not move from week to week")
    whole.whole()
    table, printed = returns[PRINTED], flow_group_years()
    first, last = table.index[[0, -1]]
    spans = first.year <= printed.index[0] and last.year >= printed.index[-1]
    years = group_years(table)
    spread = {"published": printed, "this run": years}
    return Judged(
        group_performance(table) if spans else pd.DataFrame(),
        years,
        pd.DataFrame({name: each["long_short_return_pct"] for name, each in spread.items()}),
        f"groups of {first:%Y-%m} to {last:%Y-%m}, printed for {printed.index[0]} to {printed.index[-1]}",
    )


def monthly_groups(money: EtfMoney, parts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Cut industries into five groups at each month's end: ``level`` by share, ``change`` by its change over the month.

    Parameters
    ----------
    money : EtfMoney
    parts : mapping of str to DataFrame
        Of :func:`helpers.flows.change_parts.share_moves`.

    Returns
    -------
    dict of DataFrame
        Month ends × industries, 1 to 5; the change is that of funds known from week to week.
    """
    change = monthly_sum(seen_change(parts))
    return {"level": five_groups(month_rows(money.share)), "change": five_groups(change)}


def stay_share(groups: pd.DataFrame) -> float:
    """Return the share of asset-dates that keep their group from one row to the next, where both have groups."""
    moved = groups.diff().dropna(how="all")
    return float((moved == 0).mean(axis=None))


def months_as_printed(money: EtfMoney) -> dict[str, dict[str, object]]:
    """Count, month by month, the industries that stand in their printed group.

    A level is judged where the whole market is known on its date, a change where it is in every week of the month and
    in the one before: what a few funds hold is not set beside a report on the market.

    Parameters
    ----------
    money : EtfMoney
        By week, in the report's industries; of those of another scheme nothing is counted.

    Returns
    -------
    dict of dict
        By measure of :func:`helpers.published.exhibits.s002_flows.printed_groups`, what
        :meth:`helpers.scoreboard.Scoreboard.compare` takes: ``computed`` (by item), ``why`` (by month, why it is not
        there; ``""`` for months outside the run) and ``note``.
    """
    groups = monthly_groups(money, share_moves(money))
    lacks = pd.Series({day: _lack(money, day) for day in money.sizes.index}, dtype=object)
    reasons = {"level": month_rows(lacks), "change": _change_reasons(lacks)}
    note = f"{money.scheme} labels looked ahead" if money.backcast else ""
    found = {}
    for measure, name in {"2025": "change", "holding_level": "level", "marginal_change": "change"}.items():
        told = reasons[name].index[reasons[name].eq("")]
        counts = _matches(groups[name].loc[groups[name].index.intersection(told)], printed_groups(measure))
        why = reasons[name][reasons[name].ne("")].rename(index=lambda day: f"{day:%Y-%m}").to_dict()
        found[measure] = {"computed": counts, "why": {"": "outside this run's dates", **why}, "note": note}
        if money.scheme != CITIC:
            other = f"the report groups {CITIC} industries, this run {money.scheme}"
            found[measure] |= {"computed": counts.iloc[:0], "why": other}
    return found


def _change_reasons(lacks: pd.Series) -> pd.Series:
    """By month end, the first reason why the market is not known in a week of the month, or in the one before it."""
    before = lacks.shift(fill_value="this run's first week only starts a change")
    either = before.where(before.ne(""), lacks)
    by_month = either.groupby(either.index.to_period("M")).agg(lambda told: next(filter(None, told), ""))
    return by_month.set_axis(month_ends(lacks.index))


def _lack(money: EtfMoney, day: pd.Timestamp) -> str:
    """Why the market is not known on a day; empty where it is."""
    if money.whole_dates[day]:
        return ""
    if (known := money.universe[day]) < WHOLE_MARKET:
        return f"needs etf_shares of {WHOLE_MARKET:.0%} of the listed stock ETFs at {day:%Y-%m-%d}: {known:.0%} there"
    return f"needs index_weights of half of the indices that stock ETFs track, known at {day:%Y-%m-%d}"


def _matches(groups: pd.DataFrame, printed: pd.DataFrame) -> pd.Series:
    known = groups.reindex(columns=printed.columns).dropna(how="all")
    ours = known.set_axis(known.index.strftime("%Y-%m"))
    both = printed.index.intersection(ours.index)
    return matched_item((ours.loc[both] == printed.loc[both]).sum(axis=1))


def turn_facts(turn: int = 2021, last: int = 2025) -> dict[str, object]:
    """Return what the printed yearly columns say of the years before ``turn`` and from it to ``last``.

    Parameters
    ----------
    turn : int
        First of the later years.
    last : int
        Last of them.

    Returns
    -------
    dict
        ``before, after`` (mean long-short return, %), ``top_before, top_after`` (mean excess of group 5), ``stronger``
        (whether the long-short return rose by more than one point a year).
    """
    table = flow_group_years()
    early, late = table.loc[: turn - 1].mean(), table.loc[turn:last].mean()
    column, top = "long_short_return_pct", "group5_excess_return_pct"
    facts = {"before": early[column], "after": late[column], "top_before": early[top], "top_after": late[top]}
    return facts | {"stronger": late[column] > early[column] + 1, "turn": turn, "last": last}
