"""Industry weights where nobody publishes any: what judges them, what helps them, and many funds at one date."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.lookthrough.from_returns import fund_weights
from helpers.lookthrough.index_industries import index_industry_weights
from helpers.panels import daily_returns
from helpers.sessions import month_ends


def size_controls(
    index_returns: pd.DataFrame, industry_returns: pd.DataFrame, pair: Sequence[str]
) -> pd.DataFrame | None:
    """Return spreads that carry a size tilt: mid over small caps, and mid caps over the average industry.

    Returns
    -------
    DataFrame or None
        Days × 2; None if one of the indices has no prices.
    """
    if set(pair) - set(index_returns.columns):
        return None
    mid, small = (index_returns[code] for code in pair)
    return pd.DataFrame({"mid over small": mid - small, "mid over average": mid - industry_returns.mean(axis=1)})


def true_weights(
    index_weights: pd.DataFrame, stock_industry: pd.DataFrame, index_code: str, scheme: str, backcast: bool
) -> pd.DataFrame:
    """Month-end industry weights of one index, dated by observation: months × industries."""
    rows = index_weights.loc[index_weights["index_code"] == index_code]
    if rows.empty:
        return pd.DataFrame()
    table = index_industry_weights(rows, stock_industry, scheme=scheme, backcast=backcast)
    table = table.droplevel("index_code").drop(columns="unlabelled")
    return table.loc[month_ends(table.index)]


def estimate_funds(
    codes: Sequence[str],
    etf_daily: pd.DataFrame,
    industry_returns: pd.DataFrame,
    date: pd.Timestamp,
    window: int,
    **options,
) -> pd.DataFrame:
    """Industry weights of funds from their last ``window`` adjusted returns up to ``date``.

    Returns
    -------
    DataFrame
        ``date, code, industry_name, weight`` for the funds with enough returns.
    """
    days = industry_returns.index[industry_returns.index <= date][-window - 1 :]
    rows = etf_daily.loc[etf_daily["date"].isin(days)]
    returns = daily_returns(rows, "code", "adj_close", codes)
    quiet = returns.std() < 1e-5
    returns = returns.loc[:, ~quiet]
    return fund_weights(returns, industry_returns, pd.DatetimeIndex([date]), window=window, **options)
