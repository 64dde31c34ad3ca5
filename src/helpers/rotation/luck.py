"""What luck, delay, costs and other choices would have made of a rotation.

Chance is measured before costs, since portfolios drawn afresh at each decision trade more than any real one. Between
two changes a portfolio is left alone, so what it earns is its weights times the growth of each industry over the
period: thousands of chance portfolios are one product of arrays, equal to the backtest's own numbers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.backtest import rebalance_calendar, sweep
from helpers.inference import permutation_p_value
from helpers.panels import as_known
from helpers.performance import SESSIONS_PER_YEAR
from helpers.rotation.strategies import Rotated
from helpers.sessions import next_session

LAGS = (0, 1, 2, 3, 5)
COSTS_BPS = (0, 5, 10, 20, 30)
SIZES = (3, 4, 5, 6, 8, 10)
PACES = (1, 2, 3, 4, 6)


def own_excess(traded: Rotated, prices: pd.DataFrame, periods_per_year: float = SESSIONS_PER_YEAR) -> float:
    """Return the yearly excess of a strategy before costs, as :func:`shifted` and :func:`drawn_afresh` measure it.

    Parameters
    ----------
    traded : Rotated
    prices : DataFrame
        Sessions × industries. An industry without a price earns what the benchmark does.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    float
        A fraction a year.
    """
    return float(_yearly(_earned(_held(traded), *_growth(traded, prices)), traded, periods_per_year))


def shifted(traded: Rotated, prices: pd.DataFrame, periods_per_year: float = SESSIONS_PER_YEAR) -> np.ndarray:
    """Return the yearly excess, before costs, of the real portfolios held at other times.

    The whole sequence of portfolios is moved on by 1, 2, … decisions; what falls off the end comes first. So each of
    them keeps what it held, for how long, and with what turnover; only the link to the market is cut.

    Parameters
    ----------
    traded : Rotated
    prices : DataFrame
        Sessions x industries. An industry without a price earns what the benchmark does.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    ndarray, shape (decisions traded - 1,)
    """
    growth, base = _growth(traded, prices)
    weights = _held(traded)
    moved = [_earned(np.roll(weights, k, axis=0), growth, base) for k in range(1, len(weights))]
    return _yearly(np.reshape(moved, (-1, len(weights))), traded, periods_per_year)


def drawn_afresh(
    traded: Rotated,
    prices: pd.DataFrame,
    runs: int = 1_000,
    periods_per_year: float = SESSIONS_PER_YEAR,
    seed: int = 0,
) -> np.ndarray:
    """Return the yearly excess, before costs, of as many industries drawn by lot at every decision.

    Real portfolios stay partly the same from one decision to the next; these do not, and chance averages out faster.
    Their range is therefore narrower than that of :func:`shifted`, and flatters whatever is compared with it.

    Parameters
    ----------
    traded, prices, periods_per_year
        As for :func:`shifted`.
    runs, seed : int
        Number of portfolios, and of the generator.

    Returns
    -------
    ndarray, shape (runs,)
    """
    growth, base = _growth(traded, prices)
    number = (_held(traded) > 0).sum(axis=1)
    order = np.random.default_rng(seed).random((runs, *growth.shape)).argsort(axis=2)
    weights = (order < number[:, None]) / np.maximum(number, 1)[:, None]
    return _yearly(_earned(weights, growth, base), traded, periods_per_year)


def chance_facts(own: float, moved: np.ndarray, drawn: np.ndarray) -> dict[str, float]:
    """Return how often chance does as well.

    Parameters
    ----------
    own : float
        Of :func:`own_excess`.
    moved, drawn : ndarray
        Of :func:`shifted` and :func:`drawn_afresh`.

    Returns
    -------
    dict
        ``own``; ``shifts, shift_p, shift_best`` (number, share that does at least as well with the strategy counted in,
        95th percentile) and the same for ``draws``: ``draws, draw_p, draw_best``.
    """
    facts = {"own": own}
    for name, values in (("shift", moved), ("draw", drawn)):
        best = float(np.quantile(values, 0.95)) if len(values) else np.nan
        facts |= {f"{name}s": len(values), f"{name}_p": permutation_p_value(own, values), f"{name}_best": best}
    return facts


def delay_and_cost(score: pd.DataFrame, traded: Rotated, prices: pd.DataFrame, *, top_n: int) -> pd.DataFrame:
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

    Returns
    -------
    DataFrame
        ``cost (bp)`` x ``sessions from decision to fill``: excess a year, %, over the equal weight that is rebalanced
        on the same days. The strategy's own cell is its record.
    """
    grid = {"lag": LAGS, "cost_bps": COSTS_BPS, "top_n": [top_n]}
    found = _excess(as_known(score, traded.weights.index), traded, prices, grid)
    table = found.pivot(index="cost_bps", columns="lag", values="excess_return")
    return table.rename_axis(index="cost (bp)", columns="sessions from decision to fill")


def size_and_pace(
    score: pd.DataFrame,
    traded: Rotated,
    prices: pd.DataFrame,
    *,
    top_n: int,
    weeks: int,
    lag: int,
    cost_bps: float,
) -> pd.DataFrame:
    """Map the yearly excess over how many industries are held and for how many weeks.

    Parameters
    ----------
    score, traded, prices
        As for :func:`delay_and_cost`.
    top_n, weeks : int
        The run's own choice, always in the map.
    lag, cost_bps
        Of the run.

    Returns
    -------
    DataFrame
        ``industries held`` x ``weeks held``: excess a year after costs, %, as in :func:`delay_and_cost`.
    """
    weekly = as_known(score, weekly_decisions(traded, prices))
    sizes = sorted(n for n in {*SIZES, top_n} if n <= prices.shape[1])
    grid = {"top_n": sizes, "every": sorted({*PACES, weeks}), "lag": [lag], "cost_bps": [cost_bps]}
    table = _excess(weekly, traded, prices, grid).pivot(index="top_n", columns="every", values="excess_return")
    return table.rename_axis(index="industries held", columns="weeks held")


def weekly_decisions(traded: Rotated, prices: pd.DataFrame) -> pd.Series:
    """Return the evenings on which one could have decided every week, from the strategy's first decision on.

    Parameters
    ----------
    traded : Rotated
        The strategy whose days are taken.
    prices : DataFrame
        Sessions × industries, for the last session there is.

    Returns
    -------
    Series of dates
        Last sessions of weeks, up to the strategy's last decision or its last day.
    """
    first, last = traded.weights.index[[0, -1]]
    dates = rebalance_calendar(next_session(first), prices.index[-1], weeks=1)["decision"]
    return dates[dates <= max(last, traded.returns.index[-1])]


def _held(traded: Rotated) -> np.ndarray:
    """Weights of the decisions that were traded, decisions x industries."""
    return traded.weights.loc[traded.changes.index].to_numpy(dtype=float)


def _growth(traded: Rotated, prices: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Growth of each industry over each holding period, decisions x industries, and that of the benchmark."""
    bounds = pd.DatetimeIndex(traded.changes).append(traded.returns.index[-1:])
    wealth = (1 + traded.benchmark).cumprod().loc[bounds].to_numpy()
    values = prices[traded.weights.columns].ffill().loc[bounds].to_numpy(dtype=float)
    growth, base = values[1:] / values[:-1], wealth[1:] / wealth[:-1]
    return np.where(np.isnan(growth), base[:, None], growth), base


def _earned(weights: np.ndarray, growth: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Growth of weights (… x decisions x industries) over the benchmark's in each period; the rest is cash."""
    return ((weights * growth).sum(axis=-1) + 1 - weights.sum(axis=-1)) / base


def _yearly(earned: np.ndarray, traded: Rotated, periods_per_year: float) -> np.ndarray:
    return np.prod(earned, axis=-1) ** (periods_per_year / len(traded.returns)) - 1


def _excess(score: pd.DataFrame, traded: Rotated, prices: pd.DataFrame, grid: dict) -> pd.DataFrame:
    """Run a grid over the strategy's days; excess in %."""
    span = prices.loc[traded.weights.index[0] : traded.returns.index[-1]]
    found = sweep(score, span, grid, periods_per_year=SESSIONS_PER_YEAR)
    return found.assign(excess_return=100 * found["excess_return"])
