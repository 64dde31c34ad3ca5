"""The report's strategies as weights, and one call that trades them beside the equal-weight benchmark."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.backtest.engine import Backtest, backtest
from helpers.backtest.selection import equal_weight, select_top
from helpers.panels import as_known


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


def top_weights(score: pd.DataFrame, decisions: pd.Series, top_n: int) -> pd.DataFrame:
    """Hold the `top_n` best scores known on each decision date; a date without recent scores holds nothing."""
    return select_top(as_known(score, decisions), top_n)


def style_timed_weights(level: pd.DataFrame, change: pd.DataFrame, decisions: pd.Series, top_n: int) -> pd.DataFrame:
    """Put half the money on the level group and half on the change group that the styles favour.

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


def random_excess(
    traded: Rotated, prices: pd.DataFrame, *, lag: int, runs: int, periods_per_year: float, seed: int = 0
) -> np.ndarray:
    """Return yearly arithmetic excess, before costs, of portfolios drawn at random on the same decision dates.

    As many industries as the strategy holds, equally weighted: what luck alone earns with this clock. (runs,) array.
    """
    rng = np.random.default_rng(seed)
    names = prices.columns[prices.loc[traded.returns.index].notna().all()]
    held = (traded.weights > 0).sum(axis=1).to_numpy()
    span = prices.loc[: traded.returns.index[-1], names]
    out = np.empty(runs)
    for k in range(runs):
        place = rng.random((len(held), len(names))).argsort(axis=1).argsort(axis=1)
        chosen = place < held[:, None]
        weights = pd.DataFrame(chosen / np.maximum(held, 1)[:, None], traded.weights.index, names)
        returns = backtest(weights, span, lag=lag).returns
        out[k] = (returns - traded.benchmark.reindex(returns.index)).mean() * periods_per_year
    return out
