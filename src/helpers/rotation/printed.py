"""Arithmetic on the rotation report's printed numbers alone: what its tables say of each other."""

from __future__ import annotations

import pandas as pd

from helpers.performance import SESSIONS_PER_YEAR
from helpers.published import load
from helpers.published.exhibits import s002_rotation
from helpers.sessions import sessions

# Industries that no grouping calls cyclical, financial or manufacturing.
UNDISPUTED = ("通信", "电子", "传媒", "医药", "消费者服务")
JANUARY = ("2026-01-01", "2026-01-30")  # the days of the printed row "2026"
ODD_DAY, ODD_INDUSTRY = pd.Timestamp("2026-01-19"), "消费者服务"
ODD_SIDE = pd.Timestamp("2026-02-02")


def recomputed() -> pd.Series:
    """Return what the other printed numbers say of each item of the exhibit "S002 rotation, printed against printed".

    Returns
    -------
    Series
        By item: numbers in the printed unit, one text.
    """
    rows = {}
    for name in s002_rotation.STRATEGIES:
        table = s002_rotation.strategy_years(name)
        last = table.loc["2026"]
        rows |= {
            f"{name}: 2026 Sharpe from its row": last["return"] / last["volatility"],
            f"{name}: 2026 information ratio from its row": last["excess return"] / last["tracking error"],
            f"{name}: full return from its years": chained_return(table, s002_rotation.strategy_spans(name)),
        }
    return pd.Series(rows | _four_factor() | _holdings(), dtype=object)


def chained_return(table: pd.DataFrame, spans: pd.DataFrame, periods_per_year: float = SESSIONS_PER_YEAR) -> float:
    """Return the full-period yearly rate that the printed years make, in %.

    Parameters
    ----------
    table, spans : DataFrame
        Of :func:`helpers.published.exhibits.s002_rotation.strategy_years` and ``strategy_spans``. A first year that
        starts in its second half is a yearly rate.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    float
    """
    start, end = spans.loc["full", ["period_start", "period_end"]]
    growth = 1 + table["return"].drop("full") / 100
    if start.month > 6:
        growth.iloc[0] **= len(sessions(start, f"{start.year}-12-31")) / periods_per_year
    return 100 * (growth.prod() ** (periods_per_year / len(sessions(start, end))) - 1)


def _four_factor() -> dict[str, float]:
    """The four-factor table against its own rows, the abstract and the recent holdings."""
    table = s002_rotation.strategy_years("four-factor")
    first, held = table.loc["2019"], load("s002_holdings")
    january = held[held["period_end"].between(*JANUARY)]
    earned = january.groupby("period_start")["abs_return_pct"].mean()
    return {
        "abstract: maximum drawdown": -table.at["full", "max drawdown"],
        "four-factor: 2019 excess from its ratio": first["information ratio"] * first["tracking error"],
        "four-factor: 2026 to date from the holdings": 100 * ((1 + earned / 100).prod() - 1),
    }


def _holdings() -> dict[str, object]:
    """The recent holdings against their own excesses, headers and the text."""
    rows, periods = load("s002_holdings"), load("s002_holdings_periods").set_index("period_start")
    period = rows[rows["period_start"] == ODD_DAY].set_index("industry")
    others = period.drop(ODD_INDUSTRY)
    average = (others["abs_return_pct"] - others["excess_return_pct"]).median()
    return {
        "holdings: 2026-01-19 消费者服务 from its excess": average + period.at[ODD_INDUSTRY, "excess_return_pct"],
        "holdings: 2026-02-02 side": periods.at[ODD_SIDE, "direction_expected_from_heat"],
        "holdings: slots outside cyclical, financial and manufacturing": int(rows["industry"].isin(UNDISPUTED).sum()),
    }
