"""The report's strategies as weights, and one call that trades them beside the equal-weight benchmark."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.backtest.engine import Backtest, backtest
from helpers.backtest.selection import equal_weight, rebalance_calendar, select_top
from helpers.factors import factor_divergence
from helpers.panels import as_known
from helpers.rotation.inputs import RotationInputs
from helpers.tables import MissingTable

FEWEST = 6  # decisions a strategy holds something on before it is worth a table


class Rotated(NamedTuple):
    """A strategy as it was traded.

    Attributes
    ----------
    weights : DataFrame
        Decision dates x industries, from the first to the last decision that holds anything.
    result : Backtest
        Its run, ended where the last of these decisions is due for replacement.
    benchmark : Series
        Daily returns of all industries held equally, rebalanced with the strategy, without costs.
    """

    weights: pd.DataFrame
    result: Backtest
    benchmark: pd.Series

    @property
    def returns(self) -> pd.Series:
        """Net daily returns."""
        return self.result.returns

    @property
    def gross(self) -> pd.Series:
        """Daily returns before costs."""
        return self.result.gross_returns

    @property
    def changes(self) -> pd.Series:
        """Sessions at whose close the portfolio was changed, by the decision that asked for it."""
        fills = self.result.fills
        return fills[fills["kind"] == "order"].set_index("decision")["session"]


def decision_dates(prices: pd.DataFrame, start: str | pd.Timestamp, weeks: int) -> pd.Series:
    """Return the evenings on which a rotation decides, up to the last price.

    Parameters
    ----------
    prices : DataFrame
        Sessions x industries.
    start : date
        The first holding period begins on the first session from here on.
    weeks : int
        Trading weeks held.

    Returns
    -------
    Series of dates
        By holding period; each the last session before the first of its period.

    Raises
    ------
    MissingTable
        If prices end before `start`.

    Examples
    --------
    >>> from helpers.sessions import sessions
    >>> prices = pd.DataFrame({"银行": 1.0}, index=sessions("2024-01-02", "2024-02-02"))
    >>> decision_dates(prices, "2024-01-08", weeks=2).dt.strftime("%m-%d").to_list()
    ['01-05', '01-19', '02-02']
    """
    if prices.index[-1] < pd.Timestamp(start):
        said = f"prices end {prices.index[-1]:%Y-%m-%d}, before {start!s:.10}"
        raise MissingTable(
            "industry_daily", said, "Choose an earlier rotation_start or style_timed_start, or a later end."
        )
    return rebalance_calendar(start, prices.index[-1], weeks=weeks)["decision"]


def top_weights(score: pd.DataFrame, decisions: pd.Series, top_n: int) -> pd.DataFrame:
    """Hold the `top_n` best scores known on each decision date; a date without recent scores holds nothing."""
    return select_top(as_known(score, decisions), top_n)


def style_timed_weights(level: pd.DataFrame, change: pd.DataFrame, decisions: pd.Series, top_n: int) -> pd.DataFrame:
    """Put half the money on the level group and half on the change group that the styles favour.

    The report picks the fifth or the first of five groups of each and does not print how the two are put together;
    six of thirty industries are one group, and equal halves are our reading. Without one of them the other takes all.

    Parameters
    ----------
    level, change : DataFrame
        Factors 2 and 3, weeks × industries.
    decisions : Series of dates
    top_n : int
        Industries held of each.

    Returns
    -------
    DataFrame
        Decision dates × industries; rows sum to 1, or to 0 where neither factor is known.

    Notes
    -----
    The report picks the fifth or the first of five groups of each and does not print how the two are put together;
    six of thirty industries are one group, and equal halves are our reading. Without one of them the other takes all.
    """
    halves = [top_weights(factor, decisions, top_n) for factor in (level, change)]
    there = sum((half.sum(axis=1) > 0).astype(int) for half in halves)
    return (halves[0] + halves[1]).div(there.clip(lower=1), axis=0)


def trade(weights: pd.DataFrame, prices: pd.DataFrame, *, lag: int, cost_bps: float) -> Rotated:
    """Trade weights from their first to their last decision and hold the benchmark over the same sessions.

    Parameters
    ----------
    weights : DataFrame
        Decision dates x industries; leading and trailing rows that hold nothing are cut off.
    prices : DataFrame
        Sessions x industries.
    lag, cost_bps
        See `helpers.backtest.backtest`.

    Returns
    -------
    Rotated

    Raises
    ------
    ValueError
        If no row holds anything.
    """
    live = np.flatnonzero(weights.sum(axis=1) > 0)
    if not len(live):
        raise ValueError("the weights hold nothing on any decision date: the signal has no values there")
    kept = weights.iloc[live[0] : live[-1] + 1]
    due = weights.index[live[-1] + 1] if live[-1] + 1 < len(weights) else prices.index[-1]
    last = min(prices.index.searchsorted(due, side="right") - 1 + lag, len(prices) - 1)
    span = prices.iloc[: last + 1]
    base = backtest(equal_weight(span, kept.index), span, lag=lag)
    return Rotated(kept, backtest(kept, span, lag=lag, cost_bps=cost_bps), base.returns)


def rotate(
    score: pd.DataFrame, decisions: pd.Series, prices: pd.DataFrame, *, top_n: int, lag: int, cost_bps: float
) -> Rotated:
    """Trade the `top_n` best scores of each decision.

    Parameters
    ----------
    score : DataFrame
        Dates x industries, each row known after the close of its date.
    decisions : Series of dates
    prices : DataFrame
        Sessions x industries.
    top_n : int
        Industries held.
    lag, cost_bps
        See `helpers.backtest.backtest`.

    Returns
    -------
    Rotated

    Raises
    ------
    MissingTable
        If fewer than six decisions know a score: that is no record.
    """
    return _trade_enough(top_weights(score, decisions, top_n), prices, lag=lag, cost_bps=cost_bps)


def alone(
    inputs: RotationInputs,
    decisions: pd.Series,
    style_decisions: pd.Series,
    *,
    top_n: int,
    lag: int,
    cost_bps: float,
) -> dict[str, Rotated]:
    """Trade the style-timed and the divergence strategy by themselves, as far as the inputs allow.

    Without issuance heat the side of the divergence is unknown; then both sides are held, each all the time, since in
    every period the report held one or the other.

    Parameters
    ----------
    inputs : RotationInputs
    decisions, style_decisions : Series of dates
        Of the divergence and of the style-timed strategy.
    top_n, lag, cost_bps
        As for :func:`rotate`.

    Returns
    -------
    dict of Rotated
        ``style-timed``, and ``divergence`` or else ``ETF side always, active side always``; one that cannot be formed
        is left out.

    Raises
    ------
    MissingTable
        If none can be formed, or there are no prices.
    """
    prices, trading = inputs.prices, {"lag": lag, "cost_bps": cost_bps}
    makers = {
        "style-timed": lambda: style_timed_weights(inputs.level, inputs.change, style_decisions, top_n),
        **{name: partial(_side_weights, inputs, sign, decisions, top_n) for name, sign in _sides(inputs).items()},
    }
    found, reasons = {}, []
    for name, make in makers.items():
        try:
            found[name] = _trade_enough(make(), prices, **trading)
        except MissingTable as missing:
            reasons.append(missing)
    if not found:
        raise reasons[0]
    return found


def _sides(inputs: RotationInputs) -> dict[str, float | None]:
    """Name the divergence strategies that can be told: the report's (None) or each side, +1 for that of the ETFs."""
    try:
        _ = inputs.divergence
    except MissingTable:
        return {"ETF side always": 1.0, "active side always": -1.0}
    return {"divergence": None}


def _side_weights(inputs: RotationInputs, sign: float | None, decisions: pd.Series, top_n: int) -> pd.DataFrame:
    if sign is None:
        return top_weights(inputs.divergence, decisions, top_n)
    always = pd.Series(1.0, inputs.holdings.index)
    return top_weights(sign * factor_divergence(inputs.holdings, inputs.active, always), decisions, top_n)


def _trade_enough(weights: pd.DataFrame, prices: pd.DataFrame, **trading) -> Rotated:
    """Trade weights that hold something on at least six decisions."""
    held = int((weights.sum(axis=1) > 0).sum())
    if held < FEWEST:
        said = f"a score is known on {held} of {len(weights)} decisions, fewer than {FEWEST}"
        raise MissingTable("etf_shares", said, "Choose an earlier rotation_start or style_timed_start, or a later end.")
    return trade(weights, prices, **trading)
