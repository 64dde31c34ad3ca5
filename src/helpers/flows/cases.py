"""One week of flows beside what came after: rank correlation, group means, and a verdict that follows from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from helpers.backtest.holding_returns import forward_returns
from helpers.flows.etf_money import EtfMoney
from helpers.flows.net_inflow import marginal_change
from helpers.inference import permutation_p_value, shuffled_end_means
from helpers.tables import MissingTable


class Case(NamedTuple):
    """What one cross-section of industries says.

    Attributes
    ----------
    correlations : DataFrame
        Signals × ``n, rho, p`` (Spearman, two-sided).
    means : DataFrame
        Signals × ``top, bottom`` (mean next return of the highest and lowest ``group``), ``difference``,
        ``p`` (permutation of the labels).
    verdict : str
        One sentence computed from both.
    """

    correlations: pd.DataFrame
    means: pd.DataFrame
    verdict: str


def case_view(signals: pd.DataFrame, after: pd.Series, group: int = 10, alpha: float = 0.05, draws: int = 5000) -> Case:
    """Judge one week's signals by the returns that followed.

    Parameters
    ----------
    signals : DataFrame
        Industries × signals known at the week's end (net inflow, divergence, …).
    after : Series
        Return of each industry afterwards.
    group : int
        Industries in the top and in the bottom group.
    alpha : float
        Level below which a p-value counts as significant.
    draws : int
        Random relabelings behind the p-value of a difference of means (fixed seed).

    Returns
    -------
    Case
    """
    correlations, means = {}, {}
    for name, signal in signals.items():
        both = pd.DataFrame({"x": signal, "y": after}).dropna()
        if len(both) < max(2 * group, 4) or both["x"].nunique() < 2:
            correlations[name] = {"n": len(both), "rho": np.nan, "p": np.nan}
            means[name] = dict.fromkeys(("top", "bottom", "difference", "p"), np.nan)
            continue
        rho, p = stats.spearmanr(both["x"], both["y"])
        correlations[name] = {"n": len(both), "rho": rho, "p": p}
        means[name] = _group_means(both.sort_values("x", kind="stable")["y"].to_numpy(), group, draws)
    correlations = pd.DataFrame.from_dict(correlations, orient="index")
    means = pd.DataFrame.from_dict(means, orient="index")
    return Case(correlations, means, _verdict(correlations, means, alpha))


def _group_means(after: np.ndarray, group: int, draws: int) -> dict[str, float]:
    """Means of the ends of an ordered vector, and how often chance separates them as far."""
    top, bottom = after[-group:].mean(), after[:group].mean()
    p = permutation_p_value(abs(top - bottom), np.abs(shuffled_end_means(after, group, draws)))
    return {"top": top, "bottom": bottom, "difference": top - bottom, "p": p}


def _verdict(correlations: pd.DataFrame, means: pd.DataFrame, alpha: float) -> str:
    """Say which signals are significant, by either test."""
    known = correlations.index[correlations["p"].notna()]
    if not len(known):
        return "Too few industries to judge."
    found = [s for s in known if min(correlations.at[s, "p"], means.at[s, "p"]) < alpha]
    if not found:
        none = "Neither signal is" if len(known) == 2 else "No signal is"
        return f"{none} significant at {alpha:.0%}, by rank correlation or by group means."
    rest = [s for s in known if s not in found]
    tail = f"; {', '.join(rest)} not" if rest else ""
    return f"Significant at {alpha:.0%}: {', '.join(found)}{tail}."


class WeekCase(NamedTuple):
    """One week of a run, judged like the printed ones.

    Attributes
    ----------
    week : Timestamp
        Its last session.
    signals : DataFrame
        Industries × ``net inflow`` (亿元) and, in a week in which shares moved, ``change of the share``.
    after : Series
        Return of each industry over the sessions after the purchase, %.
    case : Case
    """

    week: pd.Timestamp
    signals: pd.DataFrame
    after: pd.Series
    case: Case


def week_case(
    money: EtfMoney, prices: pd.DataFrame, week: str | pd.Timestamp | None = None, *, lag: int = 1, ahead: int = 10
) -> WeekCase:
    """Judge a week of a run by the returns that followed.

    Parameters
    ----------
    money : EtfMoney
        By week.
    prices : DataFrame
        Sessions × industries.
    week : date, optional
        Any day of it; default the last week with enough sessions after it.
    lag, ahead : int
        Sessions from the week's end to the purchase, and from there to the end of the return.

    Returns
    -------
    WeekCase

    Raises
    ------
    MissingTable
        If there is no such week with flows and enough sessions after it.
    """
    flows = money.industry_flows
    after = forward_returns(prices, flows.index, ahead, lag)
    possible = flows.index[(flows.notna().any(axis=1) & after.notna().any(axis=1)).to_numpy()]
    if week is not None:
        possible = possible[possible.to_period("W-SUN") == pd.Timestamp(week).to_period("W-SUN")]
    if not len(possible):
        asked = f" at {week}" if week is not None else ""
        said = f"no week with flows and {ahead} sessions of prices after it{asked}"
        raise MissingTable(("etf_shares", "industry_daily"), said, "Choose another case_week.")
    day = possible[-1]
    change = marginal_change(money.share).loc[day]
    signals = pd.DataFrame({"net inflow": flows.loc[day] / 1e8, "change of the share": change})
    signals = signals.loc[:, signals.round(10).nunique() > 5]  # with one index the share does not move every week
    earned = 100 * after.loc[day]
    return WeekCase(day, signals, earned, case_view(signals, earned))


def printed_case(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Signals and next returns of one of the report's case tables (:mod:`helpers.published`).

    Returns
    -------
    signals : DataFrame
        Industries × ``net inflow`` (亿元) and ``divergence`` (the printed factor).
    after : Series
        The printed return, %.
    """
    rows = table.set_index("industry")
    signals = rows[["net_flow_cny_100m", "divergence_factor"]].set_axis(["net inflow", "divergence"], axis=1)
    return signals, rows["industry_return_pct"]
