"""Exhibits of S002, the rotation: yearly tables, correlations, win rates, recent holdings, and its own arithmetic."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from helpers.published import checks, fact, load
from helpers.published.exhibits.exhibit import Exhibit

STRATEGIES = {
    "four-factor": "s002_four_factor_yearly",
    "style-timed": "s002_style_timed_yearly",
    "divergence": "s002_divergence_strategy_yearly",
}
COLUMNS = {
    "return_pct": "return",
    "vol_pct": "volatility",
    "sharpe": "sharpe",
    "max_drawdown_pct": "max drawdown",
    "excess_return_pct": "excess return",
    "tracking_error_pct": "tracking error",
    "information_ratio": "information ratio",
    "relative_max_drawdown_pct": "relative max drawdown",
}
RATIOS = ("sharpe", "information ratio")
_CHECKED_2026 = {"four-factor": "28", "style-timed": "10", "divergence": "19"}  # numbers of the checks H1 and H2
_MONEY = ("etf_shares", "etf_list", "index_weights", "stock_industry", "industry_daily")
_FACTORS = (*_MONEY, "index_daily", "fund_holdings", "fund_issuance")
_NEEDS = {
    "four-factor": _FACTORS,
    "style-timed": (*_MONEY, "index_daily"),
    "divergence": (*_MONEY, "fund_holdings", "fund_issuance"),
}
_ITSELF = "S002 rotation, printed against printed"


def strategy_years(name: str) -> pd.DataFrame:
    """Return the printed yearly table of a strategy, periods × columns in words, % but for the two ratios.

    Parameters
    ----------
    name : str
        One of :data:`STRATEGIES`.

    Returns
    -------
    DataFrame
        Periods as text: years and ``full``.
    """
    return load(STRATEGIES[name]).set_index("period").rename(columns=COLUMNS)[list(COLUMNS.values())]


def strategy_spans(name: str) -> pd.DataFrame:
    """Return the days each printed period covers, periods × ``period_start, period_end``.

    Parameters
    ----------
    name : str
        One of :data:`STRATEGIES`.

    Returns
    -------
    DataFrame
        First and last day.
    """
    return load(STRATEGIES[name]).set_index("period")[["period_start", "period_end"]]


def last_result() -> pd.Timestamp:
    """Return the last day of which the report prints a result: nothing after it can have been fitted."""
    return max(strategy_spans(name)["period_end"].max() for name in STRATEGIES)


def abstract() -> pd.DataFrame:
    """Return what the abstract says of the months: one row, the share won and the payoff."""
    said = fact("k088"), fact("k089")
    return pd.DataFrame([said], ["full"], ["monthly win rate_pct", "payoff"])


def headline() -> pd.Series:
    """Return what the report puts first of its rotation: return, excess and information ratio of the whole span."""
    said = {"return": "k084", "excess return": "k085", "information ratio": "k086"}
    return pd.Series({f"full {name}": fact(key) for name, key in said.items()})


def correlations() -> pd.DataFrame:
    """Return the printed correlations of the four factors, a matrix in %."""
    table = load("s002_factor_correlation")
    names = table["factor_a"].unique()
    return table.pivot(index="factor_a", columns="factor_b", values="correlation_pct").loc[names, names]


def pairs(matrix: pd.DataFrame) -> pd.Series:
    """Return the six pairs of a matrix of correlations, by ``"a with b"``."""
    return pd.Series({f"{a} with {b}": matrix.loc[a, b] for a, b in combinations(correlations().index, 2)})


def winners() -> pd.Series:
    """Return the printed verdict on each industry that is said to win often: ``"55 or more"`` (%, of its periods)."""
    names = load("s002_winning_industries")["industry"]
    return pd.Series(f"{win_threshold()} or more", names.tolist())


def win_threshold() -> int:
    """Return from which win rate on, in %, the report names an industry."""
    return int(load("s002_winning_industries")["win_rate_from_pct"].iloc[0])


def first_sessions() -> pd.Series:
    """Return the printed first day of each recent holding period, as text, by the period's end."""
    periods = load("s002_holdings_periods")
    items = [f"period to {end:%Y-%m-%d}, first session" for end in periods["period_end"]]
    return pd.Series(periods["period_start"].dt.strftime("%Y-%m-%d").tolist(), items)


def portfolios() -> pd.Series:
    """Return the six industries of each recent period, sorted and joined."""
    held = load("s002_holdings").groupby("period_start")["industry"].agg(lambda names: " ".join(sorted(names)))
    return held.set_axis([f"six industries from {start:%Y-%m-%d}" for start in held.index])


def holdings() -> pd.DataFrame:
    """Return the printed recent holdings, one row an industry and period, as the file has them."""
    return load("s002_holdings")


def holding_returns() -> pd.DataFrame:
    """Return the printed return and excess of each held industry, rows (first day, industry)."""
    rows = load("s002_holdings").set_index(["period_start", "industry"])
    return rows[["abs_return_pct", "excess_return_pct"]].set_axis(["return_pct", "excess_pct"], axis=1).dropna()


def implied_benchmark() -> pd.Series:
    """Return the benchmark behind the printed return and excess of each whole year, %, by year (int)."""
    implied = load("derived_s002_benchmark_yearly").query("source_table == 'style_timed'").set_index("period")
    whole = load(STRATEGIES["style-timed"]).query("period_kind == 'year'")["period"]
    return implied.loc[whole, "implied_benchmark_return_pct"].set_axis(whole.astype(int)).rename_axis("year")


def benchmark_items(years: pd.Series) -> pd.Series:
    """Name each year's benchmark as the scoreboard does."""
    return years.set_axis([f"{year} benchmark implied by return and excess" for year in years.index])


def own_arithmetic() -> pd.Series:
    """Return printed numbers that other printed numbers determine.

    Returns
    -------
    Series
        By item; numbers, and one name.
    """
    tables = {name: strategy_years(name) for name in STRATEGIES}
    printed = checks().set_index("check_id")["published"]
    rows = {}
    for name, table in tables.items():
        rows |= {
            f"{name}: 2026 Sharpe from its row": table.at["2026", "sharpe"],
            f"{name}: 2026 information ratio from its row": table.at["2026", "information ratio"],
            f"{name}: full return from its years": table.at["full", "return"],
        }
    periods = load("s002_holdings_periods").set_index("period_start")
    return pd.Series(
        rows
        | {
            "abstract: maximum drawdown": fact("k087"),
            "four-factor: 2019 excess from its ratio": float(printed["H5"]),
            "four-factor: 2026 to date from the holdings": tables["four-factor"].at["2026", "return"],
            "holdings: 2026-01-19 消费者服务 from its excess": float(printed["I4"]),
            "holdings: 2026-02-02 side": periods.at[pd.Timestamp("2026-02-02"), "header_direction"],
            "holdings: slots outside cyclical, financial and manufacturing": 0,  # the text names these three alone
        },
        dtype=object,
    )


def _years(name: str) -> Exhibit:
    number = _CHECKED_2026[name]
    return Exhibit(
        f"S002 {name} by year",
        lambda: strategy_years(name),
        kind="replicated",
        needs=_NEEDS[name],
        unit={column: "" if column in RATIOS else "%" for column in COLUMNS.values()},
        tolerance=0.05,
        checks={"2026 sharpe": f"H1.{number}", "2026 information ratio": f"H2.{number}"},
    )


EXHIBITS = [
    *(_years(name) for name in STRATEGIES),
    Exhibit(
        "S002 abstract",
        abstract,
        kind="replicated",
        needs=_FACTORS,
        tolerance={"monthly win rate_pct": 0.5, "payoff": 0.005},
    ),
    Exhibit(
        "S002 headline",
        headline,
        kind="replicated",
        needs=_FACTORS,
        unit={"full return": "%", "full excess return": "%", "full information ratio": ""},
        tolerance=0.05,
    ),
    Exhibit(
        "S002 factor correlation",
        lambda: pairs(correlations()),
        kind="replicated",
        needs=_FACTORS,
        unit="%",
        tolerance=0.5,
    ),
    Exhibit("S002 industry win rates", winners, kind="replicated", needs=_FACTORS, unit="%", tolerance=0),
    Exhibit(
        "S002 recent holdings: first sessions",
        first_sessions,
        kind="definition",
        tolerance=0,
        checks={"period to 2026-01-16, first session": "I6"},
    ),
    Exhibit("S002 recent holdings: industries", portfolios, kind="replicated", needs=_FACTORS, tolerance=0),
    Exhibit(
        "S002 recent holdings: returns",
        holding_returns,
        kind="data check",
        needs=("industry_daily",),
        tolerance=0.005,
    ),
    Exhibit(
        "S002 industry equal weight",
        lambda: benchmark_items(implied_benchmark()),
        kind="data check",
        needs=("industry_daily",),
        unit="%",
        tolerance=0.05,
    ),
    Exhibit(
        _ITSELF,
        own_arithmetic,
        kind="printed against printed",
        tolerance=0.005,
        checks={
            **{f"{name}: 2026 Sharpe from its row": f"H1.{k}" for name, k in _CHECKED_2026.items()},
            **{f"{name}: 2026 information ratio from its row": f"H2.{k}" for name, k in _CHECKED_2026.items()},
            "abstract: maximum drawdown": "H6",
            "four-factor: 2019 excess from its ratio": "H5",
            "four-factor: 2026 to date from the holdings": "I2",
            "holdings: 2026-01-19 消费者服务 from its excess": "I4",
            "holdings: 2026-02-02 side": "I5",
            "holdings: slots outside cyclical, financial and manufacturing": "I8",
        },
    ),
]
