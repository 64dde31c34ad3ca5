"""The report's own tables from one's own rotation: holdings with flags, win rates, excess per period."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.backtest.holding_returns import period_returns
from helpers.backtest.selection import flag_upper_half
from helpers.panels import as_known

PRINTED_COLUMNS = {
    "return": "return_pct",
    "volatility": "vol_pct",
    "sharpe": "sharpe",
    "max_drawdown": "max_drawdown_pct",
    "excess_return": "excess_return_pct",
    "tracking_error": "tracking_error_pct",
    "information_ratio": "information_ratio",
    "relative_max_drawdown": "relative_max_drawdown_pct",
}


def excess_by_period(weights: pd.DataFrame, prices: pd.DataFrame, lag: int = 1) -> pd.DataFrame:
    """Return what each holding period earned and by how much it beat the industry average, before costs.

    Parameters
    ----------
    weights : DataFrame
        Decision dates x industries.
    prices : DataFrame
        Sessions x industries.
    lag : int
        Sessions from decision to fill; a period runs from one fill to the next.

    Returns
    -------
    DataFrame
        Decision dates x ``portfolio, benchmark, excess`` (the printed arithmetic excess); NaN for the last one, which
        has not closed.
    """
    earned = period_returns(prices, weights.index, lag)
    portfolio = (weights * earned.fillna(0)).sum(axis=1).where(earned.notna().any(axis=1))
    benchmark = earned.mean(axis=1)
    return pd.DataFrame({"portfolio": portfolio, "benchmark": benchmark, "excess": portfolio - benchmark})


def holdings_table(
    weights: pd.DataFrame,
    factors: Mapping[str, pd.DataFrame],
    prices: pd.DataFrame,
    *,
    last: int,
    lag: int = 1,
) -> pd.DataFrame:
    """List the last holdings with a flag per factor, as the report prints them.

    Parameters
    ----------
    weights : DataFrame
        Decision dates x industries.
    factors : mapping of name to DataFrame
        Known at their dates; flagged where in the upper half of the industries.
    prices : DataFrame
        Sessions x industries.
    last : int
        Decisions to list.
    lag : int
        As in `excess_by_period`.

    Returns
    -------
    DataFrame
        ``decision, industry``, one flag column a factor (1, 0 or NaN), ``abs_return, excess_return`` (fractions, NaN
        while the period is open).
    """
    earned = period_returns(prices, weights.index, lag)
    recent = weights.index[-last:]
    flags = {name: flag_upper_half(as_known(frame, recent)) for name, frame in factors.items()}
    rows = []
    for decision in recent:
        for industry in weights.columns[weights.loc[decision] > 0]:
            own = earned.loc[decision, industry]
            marks = {name: frame.loc[decision].get(industry) for name, frame in flags.items()}
            above = own - earned.loc[decision].mean()
            rows.append(
                {"decision": decision, "industry": industry, **marks, "abs_return": own, "excess_return": above}
            )
    columns = ["decision", "industry", *flags, "abs_return", "excess_return"]
    return pd.DataFrame(rows, columns=columns)


def industry_win_rates(weights: pd.DataFrame, prices: pd.DataFrame, lag: int = 1) -> pd.DataFrame:
    """Return how often each industry beat the average while it was held (持仓超额胜率).

    Returns
    -------
    DataFrame
        By industry: ``periods`` held and closed, ``win_rate``, ``mean_excess``; most often held first.
    """
    earned = period_returns(prices, weights.index, lag)
    excess = earned.sub(earned.mean(axis=1), axis=0).where((weights > 0) & earned.notna())
    table = pd.DataFrame(
        {
            "periods": excess.notna().sum(),
            "win_rate": (excess > 0).sum() / excess.notna().sum().where(lambda n: n > 0),
            "mean_excess": excess.mean(),
        }
    )
    return table.sort_values(["periods", "win_rate"], ascending=False)


def which_close(printed: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Compare printed period returns with those from the end of the period before and from the period's first close.

    The first is what one earns who buys at the close on which the decision was made, the second who buys at the close
    of the first session after it.

    Parameters
    ----------
    printed : DataFrame
        ``period_start, period_end, industry, abs_return_pct``.
    prices : DataFrame
        Sessions x industries; only names both have are compared, over periods inside the data.

    Returns
    -------
    DataFrame
        One row a printed return: ``period_start, industry, printed, from_decision_close, from_next_close`` (%).
    """
    ends = pd.DatetimeIndex(printed["period_end"].unique())
    rows = []
    for row in printed.dropna(subset=["abs_return_pct"]).itertuples():
        first = prices.index.searchsorted(row.period_start)
        if row.industry not in prices or first == 0 or row.period_end not in prices.index:
            continue
        earlier = ends[ends < row.period_start]
        decided = prices.index.searchsorted(earlier[-1], side="right") - 1 if len(earlier) else first - 1
        end = prices.at[row.period_end, row.industry]
        own = [100 * (end / prices[row.industry].iloc[k] - 1) for k in (decided, first)]
        rows.append((row.period_start, row.industry, row.abs_return_pct, *own))
    columns = ["period_start", "industry", "printed", "from_decision_close", "from_next_close"]
    return pd.DataFrame(rows, columns=columns)


def compare_years(ours: pd.DataFrame | None, printed: pd.DataFrame) -> pd.DataFrame:
    """Put the printed table beside one's own, in %.

    Parameters
    ----------
    ours : DataFrame or None
        As from `helpers.performance.yearly_table`.
    printed : DataFrame
        ``period, return_pct, excess_return_pct, …`` as published.

    Returns
    -------
    DataFrame
        ``item, published, computed`` (NaN where not computed): return and excess of every printed period, and all
        eight columns of the full one.
    """
    rows = []
    for row in printed.itertuples():
        for column, printed_name in PRINTED_COLUMNS.items():
            if row.period != "full" and column not in ("return", "excess_return"):
                continue
            there = ours is not None and row.period in ours.index
            scale = 1 if column in ("sharpe", "information_ratio") else 100
            own = scale * ours.loc[row.period, column] if there else float("nan")
            rows.append((f"{row.period} {column.replace('_', ' ')}", getattr(row, printed_name), own))
    return pd.DataFrame(rows, columns=["item", "published", "computed"])
