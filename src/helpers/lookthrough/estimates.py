"""Industry weights where nobody publishes any: judged on an index whose weights are known, then for many funds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from helpers.lookthrough.from_returns import fund_weights, walk_forward
from helpers.lookthrough.index_industries import index_industry_weights
from helpers.panels import daily_returns, industry_closes
from helpers.sessions import month_ends
from helpers.tables import MissingTable, needed

SHRINKS = (0.0, 0.1, 0.2, 0.3, 0.5)
HALF_LIVES = (120.0, None)
MIN_MONTHS = 15


class IndexGuess(NamedTuple):
    """Weights of an index read off its returns, beside the true ones.

    Attributes
    ----------
    errors, weights : DataFrame
        Of :func:`helpers.lookthrough.from_returns.walk_forward`: errors by month, and the chosen estimates.
    truth : DataFrame
        Month ends × industries, the published weights.
    controls : DataFrame or None
        Size spreads that the estimates were given.
    industry_returns : DataFrame
        Sessions × industries.
    """

    errors: pd.DataFrame
    weights: pd.DataFrame
    truth: pd.DataFrame
    controls: pd.DataFrame | None
    industry_returns: pd.DataFrame


def guess_index(
    market: Mapping[str, pd.DataFrame],
    scheme: str,
    index_code: str,
    *,
    control_pair: Sequence[str],
    window: int = 250,
    backcast: bool = False,
) -> IndexGuess:
    """Read the industry weights of one index off its returns, month by month, and measure the error.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`.
    scheme : str
        Industry scheme.
    index_code : str
        An index with published weights.
    control_pair : sequence of two codes
        Mid and small caps; left out where one has no prices.
    window : int
        Sessions looked back on.
    backcast : bool
        As for :func:`helpers.lookthrough.industry_holdings`.

    Returns
    -------
    IndexGuess

    Raises
    ------
    MissingTable
        If a table is not there, the index has no prices, or fewer than 15 months have both weights and enough returns.
    """
    index_daily, industry_daily = needed(market, "index_daily", "industry_daily")
    weights, labels = needed(market, "index_weights", "stock_industry")
    moves = industry_closes(industry_daily, scheme).pct_change(fill_method=None).iloc[1:]
    returns = daily_returns(index_daily, "index_code", "close")
    if index_code not in returns:
        raise MissingTable("index_daily", f"it holds no {index_code}", "Choose another lookthrough_index.")
    truth = true_weights(weights, labels, index_code, scheme, backcast)
    first = moves.index[min(window, len(moves) - 1)]
    truth = truth.loc[(truth.index >= first) & (truth.index <= moves.index[-1])]
    if len(truth) < MIN_MONTHS:
        said = (
            f"{len(truth)} months of weights of {index_code} with {window} sessions before them; it takes {MIN_MONTHS}"
        )
        raise MissingTable("index_weights", said, "Choose another lookthrough_index.")
    own, controls = returns[index_code], size_controls(returns, moves, control_pair)
    options = {"controls": controls, "window": window, "shrinks": SHRINKS, "half_lives": HALF_LIVES}
    errors, guesses = walk_forward(own, moves, truth, **options)
    return IndexGuess(errors, guesses, truth, controls, moves)


def size_controls(
    index_returns: pd.DataFrame, industry_returns: pd.DataFrame, pair: Sequence[str]
) -> pd.DataFrame | None:
    """Return spreads that carry a size tilt: mid over small caps, and mid caps over the average industry.

    Parameters
    ----------
    index_returns : DataFrame
        Days × index codes, fractions.
    industry_returns : DataFrame
        Days × industry names, fractions.
    pair : sequence of str
        Codes of the mid-cap and the small-cap index.

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
    """Month-end industry weights of one index, dated by observation: months × industries.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical tables.
    index_code : str
        Of the index.
    scheme : str
        Industry scheme.
    backcast : bool
        Give a stock its first label also before that label began.

    Returns
    -------
    DataFrame
        Fractions of the index; empty where it has no weights.
    """
    rows = index_weights.loc[index_weights["index_code"] == index_code]
    if rows.empty:
        return pd.DataFrame(index=pd.DatetimeIndex([], name="date"))
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

    Parameters
    ----------
    codes : sequence of str
        Of the funds.
    etf_daily : DataFrame
        Canonical table, ``adj_close``.
    industry_returns : DataFrame
        Days × industry names, fractions.
    date : Timestamp
        Last day used.
    window : int
        Returns used.
    **options
        Passed to :func:`helpers.lookthrough.from_returns.fund_weights`.

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
