"""Exhibits of S002 on ETF flows: groups by weekly change, units against styles, monthly groups, two outflow weeks."""

from __future__ import annotations

from functools import partial

import pandas as pd

from helpers.published import checks, fact, load
from helpers.published.exhibits.exhibit import Exhibit

MONEY = ("etf_shares", "etf_list", "index_weights", "stock_industry")
CASES = {"2026-01-12": ("k094", "K1.1", "K3.1"), "2026-01-26": ("k096", "K1.2", "K3.2")}  # total in the text, checks
TEXT_TOTAL, BENCHMARK = "net flow in the text, sum of 30 industries", "benchmark return, mean of 30 industries"
OUTFLOWS = "ten largest outflows, return against the mean"
FAVOURED = "ten most favoured, return against the mean"
SUM, SIGNS = "sum of 30 industries", "industries with the printed sign"
# What the text says of each week: who then ranked low, and who had the edge.
SAID = {"2026-01-12": {OUTFLOWS: "below", FAVOURED: "above"}, "2026-01-26": {FAVOURED: "above"}}


def flow_group_years() -> pd.DataFrame:
    """Return the yearly figures of the flow groups, %, by year."""
    return load("s002_flow_groups_yearly").set_index("year").drop(columns="year_to_date")


def printed_style_growth() -> pd.DataFrame:
    """Return the growth of ETF units in months in which a style fell and rose, % a month, by style."""
    short = {"share_growth_when_down_pct": "down_pct", "share_growth_when_up_pct": "up_pct"}
    return load("s002_style_share_growth").rename(columns=short).set_index("style_factor")


def printed_groups(measure: str) -> pd.DataFrame:
    """Return printed groups 1 to 5, months × industries.

    Parameters
    ----------
    measure : {"2025", "holding_level", "marginal_change"}
        The marginal change through 2025, or either measure of the last six months.

    Returns
    -------
    DataFrame
        As printed; NaN where nothing is.
    """
    if measure == "2025":
        table = load("s002_marginal_groups_2025").rename(columns={"marginal_change_group": "group"})
    else:
        table = load("s002_recent_groups_6m").query("measure == @measure")
    wide = table.pivot(index="month", columns="industry", values="group")
    return wide[table["industry"].unique()]


def case_week(week: str) -> pd.DataFrame:
    """Return the flows, divergence scores and later returns of one of the two outflow weeks, by industry."""
    return load(f"s002_case_flow_{week.replace('-', '')}").set_index("industry")


def case_cells(week: str) -> pd.Series:
    """Return the printed net flows of one outflow week: every industry, their sum, and how many have their own sign."""
    flows = case_week(week)["net_flow_cny_100m"]
    return pd.concat([flows, pd.Series({SUM: flows.sum(), SIGNS: len(flows)})])


def _cells_tolerance(week: str) -> dict[str, float]:
    """Return what counts as met: a cell within 1 % of the week's total, and every sign."""
    printed = case_cells(week)
    return {**dict.fromkeys(printed.index, round(0.01 * abs(printed[SUM]), 1)), SIGNS: 0}


def _counts(measure: str) -> pd.Series:
    """Return how many industries each month prints, by item: all of them would stand in their printed group."""
    return matched_item(printed_groups(measure).count(axis=1))


def matched_item(counts: pd.Series) -> pd.Series:
    """Name counts by month as the scoreboard does."""
    return counts.rename(index=lambda month: f"{month}: industries in their printed group")


def _case(week: str) -> pd.Series:
    total, _, mean = CASES[week]
    benchmark = float(checks().set_index("check_id").at[mean, "published"])
    return pd.Series({TEXT_TOTAL: fact(total), BENCHMARK: benchmark, **SAID[week]}, dtype=object)


GROUPS = {"kind": "replicated", "needs": MONEY, "unit": "industries", "tolerance": 0}
TORN = matched_item(pd.Series({"2025-10": "E3.10", "2025-11": "E3.11"})).to_dict()  # not six industries a group

EXHIBITS = [
    Exhibit(
        "S002 flow groups, performance",
        lambda: load("s002_flow_groups_perf").set_index("group"),
        kind="replicated",
        needs=(*MONEY, "industry_daily"),
    ),
    Exhibit("S002 flow groups, by year", flow_group_years, kind="replicated", needs=(*MONEY, "industry_daily")),
    Exhibit(
        "S002 ETF unit growth by style",
        printed_style_growth,
        kind="replicated",
        needs=("etf_shares", "index_daily", "index_valuation", "industry_daily"),
        tolerance=0.3,
    ),
    Exhibit("S002 marginal-change groups 2025", partial(_counts, "2025"), checks=TORN, **GROUPS),
    Exhibit("S002 holding-level groups, six months", partial(_counts, "holding_level"), **GROUPS),
    Exhibit("S002 marginal-change groups, six months", partial(_counts, "marginal_change"), **GROUPS),
    *(
        Exhibit(
            f"S002 outflow case, week of {week}",
            partial(_case, week),
            kind="printed against printed",
            unit={TEXT_TOTAL: "亿元", BENCHMARK: "%"},
            tolerance={TEXT_TOTAL: 0.5, BENCHMARK: 0.006},
            checks={TEXT_TOTAL: check},
        )
        for week, (_, check, _) in CASES.items()
    ),
    *(
        Exhibit(
            f"S002 outflow case, cells of {week}",
            partial(case_cells, week),
            kind="replicated",
            needs=MONEY,
            unit={**dict.fromkeys(case_cells(week).index, "亿元"), SIGNS: "industries"},
            tolerance=_cells_tolerance(week),
        )
        for week in CASES
    ),
    Exhibit(
        "S002 individual holders by kind of ETF",
        lambda: pd.Series({"share of individuals in industry and theme ETFs": fact("k104")}),
        kind="replicated",
        unit="%",
    ),
]
