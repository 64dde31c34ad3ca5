"""The report's own kinds of tables from one's own rotation: recent holdings with flags, win rates, which close."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.backtest.holding_returns import period_returns
from helpers.backtest.selection import flag_upper_half
from helpers.panels import as_known
from helpers.tables import MissingTable


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
        Sessions from decision to fill; a period runs from one fill to the next.

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

    Parameters
    ----------
    weights, prices, lag
        As for :func:`holdings_table`.

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

    Raises
    ------
    MissingTable
        If there is no price over a printed period of an industry of the same name.
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
    if not rows:
        raise MissingTable("industry_daily", "no price over a printed period of an industry of the same name")
    columns = ["period_start", "industry", "printed", "from_decision_close", "from_next_close"]
    return pd.DataFrame(rows, columns=columns)
