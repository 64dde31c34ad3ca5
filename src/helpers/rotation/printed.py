"""Arithmetic on the rotation report's printed numbers alone: where its tables contradict themselves or each other."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers import published
from helpers.sessions import sessions

TABLES = {
    "four-factor": "s002_four_factor_yearly",
    "style-timed": "s002_style_timed_yearly",
    "divergence": "s002_divergence_strategy_yearly",
}
RATIO_CHECKS = {"four-factor": ("H1.28", "H2.28"), "style-timed": ("H1.10", "H2.10"), "divergence": ("H1.19", "H2.19")}
SPREAD_OVER = ("通信", "电子", "传媒", "医药", "消费者服务")
COLUMNS = ["exhibit", "item", "published", "computed", "unit", "tolerance", "note", "check"]


def printed_tables() -> dict[str, pd.DataFrame]:
    """Return the three printed yearly tables by strategy, indexed by period."""
    return {name: published.load(table).set_index("period") for name, table in TABLES.items()}


def chained_return(rows: pd.DataFrame, periods_per_year: float) -> float:
    """Return the full-period yearly rate that the printed years make, in %.

    Parameters
    ----------
    rows : DataFrame
        A printed yearly table indexed by period. A first year that starts in its second half is a yearly rate.
    periods_per_year : float
        Sessions in a year.
    """
    start, end = rows.loc["full", "period_start"], rows.loc["full", "period_end"]
    growth = 1 + rows["return_pct"].drop("full") / 100
    if start.month > 6:
        growth.iloc[0] **= len(sessions(start, f"{start.year}-12-31")) / periods_per_year
    return 100 * (growth.prod() ** (periods_per_year / len(sessions(start, end))) - 1)


def self_checks(tables: Mapping[str, pd.DataFrame], holdings: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Recompute printed numbers from other printed numbers.

    Parameters
    ----------
    tables : mapping of strategy to DataFrame
        As from `printed_tables`.
    holdings, periods : DataFrame
        ``s002_holdings`` and ``s002_holdings_periods``.

    Returns
    -------
    DataFrame
        Columns of `Scoreboard.add`; ``check`` names the contradiction in the published checks, None where there is
        none.
    """
    rows = []
    for name, table in tables.items():
        exhibit, last = f"S002 {name} by year", table.loc["2026"]
        sharpe, information = RATIO_CHECKS[name]
        share = (last["return_pct"] / last["vol_pct"], last["excess_return_pct"] / last["tracking_error_pct"])
        rows.append((exhibit, "2026 Sharpe from its row", last["sharpe"], share[0], "", 0.005, "", sharpe))
        rows.append(
            (
                exhibit,
                "2026 information ratio from its row",
                last["information_ratio"],
                share[1],
                "",
                0.005,
                "",
                information,
            )
        )
        note = "the printed years chained, 250 sessions a year"
        full = table.loc["full", "return_pct"]
        rows.append((exhibit, "full return from its years", full, chained_return(table, 250), "%", 0.005, note, None))
    rows += _contradictions(tables["four-factor"], holdings, periods)
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _contradictions(four: pd.DataFrame, holdings: pd.DataFrame, periods: pd.DataFrame) -> list[tuple]:
    """Return the rows on the four-factor table, the abstract and the recent holdings."""
    by_year, abstract, recent = "S002 four-factor by year", "S002 abstract", "S002 recent holdings"
    january = holdings[holdings["period_end"].between("2026-01-01", "2026-01-30")]
    earned = january.groupby("period_start")["abs_return_pct"].mean()
    compounded = 100 * ((1 + earned / 100).prod() - 1)
    second = january[january["period_start"] == "2026-01-19"]
    others = second[second["industry"] != "消费者服务"]
    benchmark = (others["abs_return_pct"] - others["excess_return_pct"]).median()
    own = benchmark + second.set_index("industry").loc["消费者服务", "excess_return_pct"]
    sign = four.loc["2019", "information_ratio"] * four.loc["2019", "tracking_error_pct"]
    odd = periods.set_index("period_start").loc["2026-02-02"]
    outside = int(holdings["industry"].isin(SPREAD_OVER).sum())
    words = "the text says cyclical, financial and manufacturing only"
    return [
        (abstract, "maximum drawdown", 8.30, -four.loc["full", "max_drawdown_pct"], "%", 0.005, "", "H6"),
        (by_year, "2019 excess from its ratio", 1.13, sign, "%", 0.005, "", "H5"),
        (by_year, "2026 to date from the holdings", four.loc["2026", "return_pct"], compounded, "%", 0.005, "", "I2"),
        (recent, "2026-01-19 消费者服务 from its excess", -10.89, own, "%", 0.005, "", "I4"),
        (recent, "2026-02-02 side", odd["header_direction"], odd["direction_expected_from_heat"], "", 0, "", "I5"),
        (recent, "slots in other sectors", 0, outside, "of 42", 0, words, "I8"),
    ]
