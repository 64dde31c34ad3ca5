"""What luck, delay, costs and other choices would have made of a rotation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.backtest import backtest, sweep
from helpers.panels import as_known
from helpers.rotation.benchmarks import equal_weight_returns
from helpers.rotation.strategies import Rotated

LAGS = (0, 1, 2, 3, 5)
COSTS_BPS = (0, 5, 10, 20, 30)
SIZES = (3, 4, 5, 6, 8, 10)
PACES = (1, 2, 3, 4, 6)


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


def mean_excess(traded: Rotated, periods_per_year: float) -> float:
    """Return the mean daily excess of a strategy before costs, times the sessions of a year."""
    return float((traded.gross - traded.benchmark).mean() * periods_per_year)


def delay_and_cost(
    score: pd.DataFrame, traded: Rotated, prices: pd.DataFrame, *, top_n: int, periods_per_year: float
) -> pd.DataFrame:
    """Map the yearly excess over the sessions from decision to fill and the cost of trading.

    Parameters
    ----------
    score : DataFrame
        Dates x industries, of the composite.
    traded : Rotated
        Gives the decisions and the days.
    prices : DataFrame
        Sessions x industries.
    top_n : int
        Industries held.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    DataFrame
        ``cost (bp)`` x ``sessions from decision to fill``: compound excess a year over the daily rebalanced equal
        weight, %.
    """
    grid = {"lag": LAGS, "cost_bps": COSTS_BPS, "top_n": [top_n]}
    at, span = as_known(score, traded.weights.index), _span(traded, prices)
    found = _excess(at, span, grid, periods_per_year).pivot(index="cost_bps", columns="lag", values="excess_return")
    return found.rename_axis(index="cost (bp)", columns="sessions from decision to fill")


def size_and_pace(
    score: pd.DataFrame,
    traded: Rotated,
    prices: pd.DataFrame,
    *,
    top_n: int,
    weeks: int,
    lag: int,
    cost_bps: float,
    periods_per_year: float,
) -> pd.DataFrame:
    """Map the yearly excess over how many industries are held and for how many weeks.

    Parameters
    ----------
    score, traded, prices, periods_per_year
        As for :func:`delay_and_cost`.
    top_n, weeks : int
        The run's own choice, always in the map.
    lag, cost_bps
        Of the run.

    Returns
    -------
    DataFrame
        ``industries held`` x ``weeks held``: compound excess a year after costs over the daily rebalanced equal weight,
        %.
    """
    span = _span(traded, prices)
    weekly = as_known(score, score.loc[span.index[0] : span.index[-1]].index)
    sizes = sorted(n for n in {*SIZES, top_n} if n <= prices.shape[1])
    grid = {"top_n": sizes, "every": sorted({*PACES, weeks}), "lag": [lag], "cost_bps": [cost_bps]}
    found = _excess(weekly, span, grid, periods_per_year).pivot(index="top_n", columns="every", values="excess_return")
    return found.rename_axis(index="industries held", columns="weeks held")


def luck_facts(
    traded: Rotated, lots: np.ndarray, delays: pd.DataFrame, choices: pd.DataFrame, periods_per_year: float
) -> dict[str, float]:
    """Return the numbers of a sentence on luck.

    Parameters
    ----------
    traded : Rotated
    lots : array
        Of :func:`random_excess`.
    delays, choices : DataFrame
        Of :func:`delay_and_cost` and :func:`size_and_pace`, %.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    dict
        ``lots`` (number), ``own`` (mean excess of the strategy), ``at_least`` (share of the lots that reach it),
        ``luckiest`` (their 95th percentile); ``at_close, one_later, five_later`` (excess before costs by delay, %);
        ``least, most`` (of the map of choices, %); ``turnover`` (bought and sold at an average change).
    """
    own = mean_excess(traded, periods_per_year)
    return {
        "lots": len(lots),
        "own": own,
        "at_least": float((lots >= own).mean()),
        "luckiest": float(np.quantile(lots, 0.95)),
        "at_close": delays.at[0, 0],
        "one_later": delays.at[0, 1],
        "five_later": delays.at[0, 5],
        "least": choices.min(axis=None),
        "most": choices.max(axis=None),
        "turnover": traded.result.turnover.mean(),
    }


def _span(traded: Rotated, prices: pd.DataFrame) -> pd.DataFrame:
    return prices.loc[traded.weights.index[0] : traded.returns.index[-1]]


def _excess(score: pd.DataFrame, span: pd.DataFrame, grid: dict, periods_per_year: float) -> pd.DataFrame:
    """Run a grid against the daily rebalanced equal weight; excess in %."""
    found = sweep(score, span, grid, benchmark=equal_weight_returns(span), periods_per_year=periods_per_year)
    return found.assign(excess_return=100 * found["excess_return"])
