"""The report's two outflow weeks, rebuilt cell by cell from units, unit values, index weights and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.flows.etf_money import WHOLE_MARKET, EtfMoney
from helpers.flows.net_inflow import universe_coverage
from helpers.flows.one_week import WeekFlow, moved_weights, week_flow
from helpers.lookthrough.estimates import estimate_funds
from helpers.panels import distinct, industry_closes
from helpers.published.exhibits.s002_flows import CASES, SIGNS, SUM, case_week
from helpers.tables import MissingTable

HUNDRED_MILLION = 1e8  # 亿元
COMPLETE = 0.95  # of the money: labels in force below this are looked ahead, and said to be


class CaseCells(NamedTuple):
    """One printed week and the same week rebuilt.

    Attributes
    ----------
    week : str
        Its Monday.
    flow : WeekFlow
        Rebuilt.
    cells : DataFrame
        Industries × ``printed, computed``, 亿元.
    variants : DataFrame
        What the cells would be, done otherwise, × ``total`` (亿元), ``correlation, slope, signs``.
    ahead : bool
        Whether labels were looked ahead.
    known : float
        Share of the listed stock ETFs with a known flow.
    """

    week: str
    flow: WeekFlow
    cells: pd.DataFrame
    variants: pd.DataFrame
    ahead: bool
    known: float

    @property
    def facts(self) -> dict[str, object]:
        """The numbers of a sentence.

        Returns
        -------
        dict
            ``week, since, end`` (dates), ``funds``, ``known`` (share of the listed), ``correlation, slope, signs`` (of
            ``of`` industries), ``total, printed, all_funds, partly, no_weights, unlabelled`` (亿元; ``partly`` is what
            was dated by spreading a longer change), ``part_funds`` (funds of which some session is not recorded),
            ``dated`` (the commonest date of the weights), ``scheme``, ``ahead``.
        """
        parts, funds = self.flow.through.parts.iloc[0] / HUNDRED_MILLION, self.flow.funds
        whole = funds["sessions"].max()
        used = self.flow.dated.reindex(self.flow.weights.indices[self.flow.weights.known[0]])
        return {
            "week": pd.Timestamp(self.week),
            "since": self.flow.since,
            "end": self.flow.end,
            "funds": len(funds),
            "known": self.known,
            **agreement(self.cells["computed"], self.cells["printed"]),
            "of": len(self.cells),
            "printed": self.cells["printed"].sum(),
            "all_funds": parts["total"],
            "partly": (funds["flow"] - funds["recorded"]).sum() / HUNDRED_MILLION,
            "part_funds": int((funds["sessions"] < whole).sum()),
            "no_weights": parts["no_weights"],
            "unlabelled": parts["unlabelled"],
            "dated": used.mode().iloc[0] if used.notna().any() else pd.NaT,
            "scheme": self.flow.scheme,
            "ahead": self.ahead,
        }

    @property
    def items(self) -> pd.Series:
        """What the scoreboard compares: every industry, their sum, and how many have the printed sign.

        Raises
        ------
        MissingTable
            If the week's flow is that of a few funds: it stands on the page, but not beside a report on the market.
        """
        if self.known < WHOLE_MARKET:
            said = f"units of {self.known:.0%} of the listed stock ETFs in the week to {self.flow.end:%Y-%m-%d}"
            raise MissingTable("etf_shares", f"{said}, and the market takes {WHOLE_MARKET:.0%}")
        both = agreement(self.cells["computed"], self.cells["printed"])
        return pd.concat([self.cells["computed"], pd.Series({SUM: both["total"], SIGNS: both["signs"]})])

    @property
    def note(self) -> str:
        """What stands beside every cell: how many funds, weights of which day, labels of which."""
        facts = self.facts
        labels = f"; {self.flow.scheme} labels looked ahead" if self.ahead else ""
        funds = f"{facts['funds']:,} funds ({facts['known']:.0%} of the listed)"
        return f"{funds}; most weights of {facts['dated']:%Y-%m-%d}{labels}"


def agreement(computed: pd.Series, printed: pd.Series) -> dict[str, float]:
    """Return how far two cross-sections agree.

    Parameters
    ----------
    computed, printed : Series
        By industry, in one unit; those of ``printed`` count.

    Returns
    -------
    dict
        ``total`` (of ``computed``), ``correlation``, ``slope`` (of computed on printed), ``signs`` (how many agree).
    """
    x, y = printed.to_numpy(dtype=float), computed.reindex(printed.index).to_numpy(dtype=float)
    varied = np.ptp(x) > 0 and np.ptp(y) > 0
    return {
        "total": float(np.nansum(y)),
        "correlation": float(np.corrcoef(x, y)[0, 1]) if varied else np.nan,
        "slope": float(np.polyfit(x, y, 1)[0]) if varied else np.nan,
        "signs": int((np.sign(x) == np.sign(y)).sum()),
    }


def in_report_scheme(money: EtfMoney, scheme: str) -> EtfMoney:
    """Return a run's money in the report's industries, by labels in force where these reach most of it.

    Parameters
    ----------
    money : EtfMoney
    scheme : str
        Of the report.

    Returns
    -------
    EtfMoney
        With first labels carried back (``backcast``, a look-ahead, for what is told of the past only) where those in
        force cover less than 95 % of the money on average.

    Raises
    ------
    MissingTable
        If the labels do not hold the scheme.
    """
    strict = money.in_scheme(scheme)
    return strict if strict.labelled.mean() >= COMPLETE else money.in_scheme(scheme, backcast=True)


def rebuild_case(money: EtfMoney, week: str, *, window: int = 250) -> CaseCells:
    """Rebuild one printed week in the report's industries.

    Parameters
    ----------
    money : EtfMoney
        Of :func:`in_report_scheme`.
    week : str
        Monday of a printed week, of :data:`helpers.published.exhibits.s002_flows.CASES`.
    window : int
        Sessions of returns behind the weights of funds whose index has none.

    Returns
    -------
    CaseCells

    Raises
    ------
    MissingTable
        If the industries are not the printed ones, or the week has no known flow.
    """
    printed, flow = case_week(week)["net_flow_cny_100m"], week_flow(money, week)
    if absent := printed.index.difference(flow.industries.index).tolist():
        said = f"{money.scheme} has no {', '.join(absent[:3])}: these are not the report's industries"
        raise MissingTable("stock_industry", said, "Choose another report_scheme.")
    found = {name: agreement(row / HUNDRED_MILLION, printed) for name, row in _variants(money, flow, window).items()}
    cells = pd.DataFrame({"printed": printed, "computed": flow.industries.reindex(printed.index) / HUNDRED_MILLION})
    return CaseCells(week, flow, cells, pd.DataFrame(found).T, money.backcast, _known(money, flow))


def rebuilt_cases(money: EtfMoney, **options) -> dict[str, CaseCells]:
    """Rebuild those printed weeks that a run's units reach, by Monday.

    Parameters
    ----------
    money, **options
        As for :func:`rebuild_case`.

    Returns
    -------
    dict of CaseCells

    Raises
    ------
    MissingTable
        If none is reached.
    """
    cases, gaps = {}, []
    for week in CASES:
        try:
            cases[week] = rebuild_case(money, week, **options)
        except MissingTable as missing:
            gaps.append(missing)
    if not cases:
        raise gaps[0]
    return cases


def case_of(cases: Mapping[str, CaseCells], week: str) -> CaseCells:
    """Return one of the weeks of :func:`rebuilt_cases`.

    Parameters
    ----------
    cases : mapping of str to CaseCells
    week : str
        Its Monday.

    Returns
    -------
    CaseCells

    Raises
    ------
    MissingTable
        If the run's units do not reach it.
    """
    if week not in cases:
        raise MissingTable("etf_shares", f"no change in units over the week of {week}")
    return cases[week]


def variants_table(cases: Mapping[str, CaseCells]) -> pd.DataFrame:
    """Set the variants of all ``cases`` under each other: ``(week, variant)`` × total, correlation, slope, signs."""
    return pd.concat({week: case.variants for week, case in cases.items()}, names=["week of", "cells"])


def _known(money: EtfMoney, flow: WeekFlow) -> float:
    rows = pd.DataFrame({"date": flow.end, "code": flow.funds.index, "shares": 1.0})
    return float(universe_coverage(rows, money.market["etf_list"], pd.DatetimeIndex([flow.end])).iloc[0])


def _variants(money: EtfMoney, flow: WeekFlow, window: int) -> Mapping[str, pd.Series]:
    """The cells as they are, and with one thing done otherwise at a time, CNY by industry."""
    listed, out = money.market["etf_list"], {"as it stands": flow.industries}
    out["recorded days alone"] = flow.spread(listed, "recorded").holdings.iloc[0]
    industry_daily = money.market.get("industry_daily")
    if industry_daily is None or flow.scheme not in distinct(industry_daily["scheme"]):
        return out
    prices = industry_closes(industry_daily, flow.scheme)
    out["weights moved with industry prices"] = flow.spread(listed, weights=moved_weights(flow, prices)).holdings.iloc[
        0
    ]
    tracked = listed.drop_duplicates("code").set_index("code")["index_code"].reindex(flow.funds.index)
    blind = tracked.index[~tracked.isin(flow.weights.indices[flow.weights.known[0]])]
    moves = prices.pct_change(fill_method=None).iloc[1:]
    if "etf_daily" in money.market and len(moves.loc[: flow.end]) > window and len(blind):
        guessed = estimate_funds(blind, money.market["etf_daily"], moves, flow.end, window, shrink=0.2)
        # Read off returns up to the last price, which may lie before the week: known from then on.
        out["with funds that have no weights"] = flow.spread(listed, fund_weights=guessed).holdings.iloc[0]
    return out
