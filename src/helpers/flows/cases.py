"""One week of flows beside what came after: rank correlation, group means, and a verdict that follows from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from helpers.backtest.holding_returns import forward_returns
from helpers.flows.change_parts import seen_change, share_moves
from helpers.flows.etf_money import EtfMoney
from helpers.inference import permutation_p_value, shuffled_end_means
from helpers.published.exhibits.s002_flows import BENCHMARK, CASES, FAVOURED, OUTFLOWS, TEXT_TOTAL, case_week
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
        Industries × ``net inflow`` (亿元) and, in a week in which shares moved, ``change of the share`` of the funds
        known at both its ends.
    after : Series
        Return of each industry over the sessions after the purchase, %.
    case : Case
    funds : int
        Whose flow is known.
    """

    week: pd.Timestamp
    signals: pd.DataFrame
    after: pd.Series
    case: Case
    funds: int

    @property
    def panels(self) -> list[tuple[pd.Series, pd.Series, str, str]]:
        """Signal, later return, name and title of each panel of the figure."""
        return case_panels(self.signals, self.after, self.case)

    @property
    def facts(self) -> dict[str, object]:
        """The numbers of a sentence: ``week, funds, total`` (亿元), ``verdict``."""
        total = self.signals["net inflow"].sum()
        return {"week": self.week, "funds": self.funds, "total": total, "verdict": self.case.verdict}


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
    near = money.sizes.index[max(0, money.sizes.index.get_loc(day) - 1)]
    change = seen_change(share_moves(money, slice(near, day))).reindex([day]).loc[day]
    signals = pd.DataFrame({"net inflow": flows.loc[day] / 1e8, "change of the share": change})
    signals = signals.loc[:, signals.round(10).nunique() > 5]  # with one index the share does not move every week
    earned = 100 * after.loc[day]
    return WeekCase(day, signals, earned, case_view(signals, earned), int(money.flows.loc[day].notna().sum()))


class PrintedCase(NamedTuple):
    """One of the report's two outflow weeks.

    Attributes
    ----------
    week : str
        Its Monday.
    signals : DataFrame
        Industries × ``net inflow`` (亿元) and ``divergence`` (the printed factor).
    after : Series
        The printed return of the two weeks after, %.
    case : Case
    """

    week: str
    signals: pd.DataFrame
    after: pd.Series
    case: Case

    @property
    def panels(self) -> list[tuple[pd.Series, pd.Series, str, str]]:
        """Signal, later return, name and title of each panel of the figure."""
        return case_panels(self.signals, self.after, self.case, self.week)

    @property
    def facts(self) -> dict[str, object]:
        """The numbers of a sentence: total of the flows, means of the ends by flow and by divergence, the verdict."""
        facts = {"week": pd.Timestamp(self.week), "total": self.signals["net inflow"].sum()}
        for name, short in (("net inflow", "flow"), ("divergence", "lean")):
            facts |= {f"{short}_{end}": self.case.means.at[name, end] for end in ("top", "bottom")}
        return facts | {"verdict": self.case.verdict}

    @property
    def items(self) -> dict[str, object]:
        """What the scoreboard compares: sums, and whether the ends that the text names lie above or below the mean."""
        means, mean = self.case.means, self.after.mean()
        ends = {OUTFLOWS: means.at["net inflow", "bottom"], FAVOURED: means.at["divergence", "top"]}
        sides = {item: "above" if end > mean else "below" for item, end in ends.items()}
        return {TEXT_TOTAL: self.signals["net inflow"].sum(), BENCHMARK: mean, **sides}

    @property
    def notes(self) -> dict[str, str]:
        """What stands beside the sides: both means, and how often chance sets the ends as far apart."""
        means, mean = self.case.means, self.after.mean()
        ends = {OUTFLOWS: ("net inflow", "bottom"), FAVOURED: ("divergence", "top")}
        return {
            item: f"{means.at[name, end]:.2f} % against {mean:.2f} %; p = {means.at[name, 'p']:.2f} for top less bottom"
            for item, (name, end) in ends.items()
        }


def printed_cases() -> dict[str, PrintedCase]:
    """Return the report's outflow weeks, by Monday, judged on the printed numbers alone.

    Returns
    -------
    dict of str to PrintedCase
        By Monday; net inflow in CNY 100m, returns in %.
    """
    out = {}
    for week in CASES:
        table = case_week(week)
        signals = table[["net_flow_cny_100m", "divergence_factor"]].set_axis(["net inflow", "divergence"], axis=1)
        after = table["industry_return_pct"]
        out[week] = PrintedCase(week, signals, after, case_view(signals, after))
    return out


def case_panels(
    signals: pd.DataFrame, after: pd.Series, case: Case, head: str = "Rank and return"
) -> list[tuple[pd.Series, pd.Series, str, str]]:
    """Return what :func:`helpers.figures.flows.plot_case` takes for each signal.

    Parameters
    ----------
    signals : DataFrame
        Industries × signals.
    after : Series
        Return of each industry afterwards, %.
    case : Case
        Of :func:`case_view` of both.
    head : str
        Begins each title.

    Returns
    -------
    list of tuple
        Signal, ``after``, label of the axis and title, which tells Spearman's ρ and its p.
    """
    panels = []
    for name, signal in signals.items():
        rho, p = case.correlations.loc[name, ["rho", "p"]]
        panels.append((signal, after, f"rank by {name}", f"{head}: ρ = {rho:.2f}, p = {p:.2f}"))
    return panels
