"""Many parameter sets of a rotation in one call, for maps of what a choice was worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

import pandas as pd

from helpers import performance
from helpers.backtest.engine import backtest
from helpers.backtest.selection import equal_weight, select_top

DEFAULTS = {"signal": None, "top_n": 6, "every": 1, "offset": 0, "lag": 1, "cost_bps": 0.0}


def sweep(
    signals: pd.DataFrame | Mapping[str, pd.DataFrame],
    prices: pd.DataFrame,
    grid: Mapping[str, Iterable] | Iterable[Mapping],
    *,
    benchmark: pd.Series | None = None,
    periods_per_year: float,
    start: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Backtest every parameter set and return its statistics.

    Parameters
    ----------
    signals : DataFrame or mapping of name to DataFrame
        Scores, decision dates x assets, each row known after the close of its date.
    prices : DataFrame
        Sessions x assets.
    grid : mapping of lists, or list of mappings
        Values of ``signal`` (name), ``top_n``, ``every`` (use each k-th decision), ``offset`` (starting with the
        k-th), ``lag`` and ``cost_bps``; a mapping of lists means every combination.
    benchmark : Series, optional
        Daily returns on the sessions of `prices`; default all assets held equally, rebalanced with each set, free of
        costs.
    periods_per_year : float
        Sessions in a year.
    start : date, optional
        Measure from here on, so that sets that start later are compared over the same days.

    Returns
    -------
    DataFrame
        One row a set: its parameters, then ``return, volatility, sharpe, max_drawdown, excess_return,
        tracking_error, information_ratio`` and ``turnover`` (bought plus sold a year).

    Raises
    ------
    ValueError
        For an unknown parameter or signal.
    """
    named = {"": signals} if isinstance(signals, pd.DataFrame) else dict(signals)
    rows, picked, equally = [], {}, {}
    for given in _sets(grid):
        chosen = {**DEFAULTS, "signal": next(iter(named)), **given}
        _check(chosen, named)
        key = (chosen["signal"], chosen["top_n"])
        if key not in picked:
            picked[key] = select_top(named[chosen["signal"]], chosen["top_n"])
        weights = picked[key].iloc[chosen["offset"] :: chosen["every"]]
        result = backtest(weights, prices, lag=chosen["lag"], cost_bps=chosen["cost_bps"])
        clock = tuple(chosen[name] for name in ("signal", "every", "offset", "lag"))
        if benchmark is None and clock not in equally:
            equally[clock] = backtest(equal_weight(prices, weights.index), prices, lag=chosen["lag"]).returns
        base = equally[clock] if benchmark is None else benchmark
        rows.append({**chosen, **_measure(result, base, periods_per_year, start)})
    return pd.DataFrame(rows)


def _sets(grid: Mapping[str, Iterable] | Iterable[Mapping]) -> list[dict]:
    if isinstance(grid, Mapping):
        return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
    return [dict(one) for one in grid]


def _check(chosen: dict, named: Mapping) -> None:
    unknown = sorted(set(chosen) - set(DEFAULTS))
    if unknown:
        raise ValueError(f"unknown parameter {unknown[0]!r} in the grid; use {', '.join(DEFAULTS)}")
    if chosen["signal"] not in named:
        raise ValueError(f"unknown signal {chosen['signal']!r}; the given ones are {', '.join(named)}")
    if chosen["every"] < 1 or chosen["offset"] < 0:
        raise ValueError(f"every={chosen['every']}, offset={chosen['offset']}: need every >= 1 and offset >= 0")


def _measure(result, benchmark: pd.Series, periods_per_year: float, start: pd.Timestamp | None) -> dict[str, float]:
    """Return the statistics of one backtest."""
    returns = result.returns if start is None else result.returns[start:]
    base = benchmark.reindex(returns.index)
    year = {"periods_per_year": periods_per_year}
    rate, volatility = performance.annual_return(returns, **year), performance.annual_volatility(returns, **year)
    excess = (1 + rate) / (1 + performance.annual_return(base, **year)) - 1
    error = performance.annual_volatility(returns - base, **year)
    traded = result.turnover if start is None else result.turnover[start:]
    return {
        "return": rate,
        "volatility": volatility,
        "sharpe": rate / volatility if volatility else float("nan"),
        "max_drawdown": performance.max_drawdown(returns),
        "excess_return": excess,
        "tracking_error": error,
        "information_ratio": excess / error if error else float("nan"),
        "turnover": traded.sum() / len(returns) * periods_per_year,
    }
