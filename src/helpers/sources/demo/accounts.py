"""Fundamentals and valuations: equity that grows by what it earns, quarterly reports, and what an index costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.sessions import next_session

from .market import World
from .names import indices
from .weights import Weights

__all__ = ["fundamentals_table", "make_accounts", "valuation_table"]

TOTAL_OVER_FLOAT = 1.5
PAYOUT_LIMIT = 0.9  # of a year's profit
SKIPPED = 0.08  # years in which a stock pays nothing
EX_LAG = 50  # sessions from the announcement to the day the dividend leaves the price
_REPORT_LAG = {3: 18, 6: 40, 9: 18, 12: 70}  # sessions from the quarter's end to the announcement


def make_accounts(world: World) -> dict[str, np.ndarray]:
    """Simulate quarters × stocks of ``equity``, ``profit``, ``revenue``, ``roa``, with ``quarter`` and ``announced``.

    Amounts are of the single quarter, in CNY. Five quarters before the start make the first trailing year whole.

    Parameters
    ----------
    world : World
        The stock market.

    Returns
    -------
    dict of str to ndarray
        Quarters × stocks by name; ``quarter`` and ``announced`` are dates, one a quarter.
    """
    rng, stocks = world.config.rng("accounts"), world.stocks
    first = pd.Period(world.timeline.days[0], "Q") - 6
    quarters = pd.period_range(first, pd.Period(world.config.end, "Q") - 1, freq="Q")
    ends = quarters.end_time.normalize().as_unit("us")
    lag = [_REPORT_LAG[day.month] for day in ends]
    announced = pd.DatetimeIndex([next_session(day, n) for day, n in zip(ends, lag, strict=True)])
    count = len(stocks)
    pb = np.exp(0.75 + 0.45 * stocks.growth + rng.normal(0, 0.3, count)).clip(0.4, 12)
    equity = stocks.price0 * stocks.float_shares * TOTAL_OVER_FLOAT / pb
    margin = np.exp(rng.normal(np.log(0.09), 0.5, count)).clip(0.01, 0.5)
    gearing = rng.uniform(0.25, 0.85, count)
    quality = stocks.quality
    keep = {name: np.empty((len(quarters), count)) for name in ("equity", "profit", "revenue", "roa")}
    for q in range(len(quarters)):
        quality = 0.95 * quality + 0.05 * stocks.quality + rng.normal(0, 0.010, count)
        profit = equity * (quality + rng.normal(0, 0.02, count)) / 4
        equity = np.maximum(equity + 0.7 * profit, equity * 0.9)
        keep["equity"][q], keep["profit"][q] = equity, profit
        keep["revenue"][q] = np.abs(equity * 0.10 / 4) / margin * np.exp(rng.normal(0, 0.08, count))
        keep["roa"][q] = profit * 4 / equity * (1 - gearing)
    return {"quarter": ends, "announced": announced, **keep, **_statements(world, keep, ends)}


def _yearly(quarterly: np.ndarray) -> np.ndarray:
    """Sum quarters × stocks over the four quarters that end with each."""
    return np.apply_along_axis(lambda x: np.convolve(x, np.ones(4), "full")[: len(x)], 0, quarterly)


def _statements(world: World, made: dict[str, np.ndarray], ends: pd.DatetimeIndex) -> dict[str, np.ndarray]:
    """Simulate what else a report holds: ``ebit``, ``cash``, ``research``, and in the last quarter the ``dividend``."""
    rng, stocks = world.config.rng("statements"), world.stocks
    shape = made["profit"].shape
    cash = made["profit"] * np.exp(rng.normal(0.1, 0.4, len(stocks))) * np.exp(rng.normal(0, 0.2, shape))
    intensity = (0.04 + 0.04 * stocks.growth + rng.normal(0, 0.01, len(stocks))).clip(0.001)
    ebit = made["profit"] * 1.3 + made["revenue"] * 0.005 * rng.standard_normal(shape)
    promised = stocks.div_yield * stocks.price0 * stocks.float_shares * TOTAL_OVER_FLOAT
    promised = promised * made["equity"] / made["equity"][0]
    pays = (ends.month == 12)[:, None] & (rng.random(shape) >= SKIPPED)
    dividend = np.where(pays, np.minimum(promised, PAYOUT_LIMIT * _yearly(made["profit"]).clip(0)), 0.0)
    return {"ebit": ebit, "cash": cash, "research": made["revenue"] * intensity, "dividend": dividend}


def fundamentals_table(world: World, accounts: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the canonical ``stock_fundamental``: quarters in which a stock was listed, roe and roa as yearly rates.

    Parameters
    ----------
    world : World
        The stock market.
    accounts : dict of str to ndarray
        Of :func:`make_accounts`.

    Returns
    -------
    DataFrame
        One row a quarter and stock; amounts in CNY.
    """
    stocks, ends = world.stocks, accounts["quarter"]
    day = world.timeline.days.to_numpy()
    born, gone = day[stocks.first.clip(0)], day[np.minimum(stocks.last, len(day) - 1)]
    known = (ends.to_numpy()[:, None] >= born) | (stocks.first < 0)[None, :]
    known &= (ends.to_numpy()[:, None] <= gone) & (accounts["announced"] <= world.timeline.days[-1])[:, None]
    q, k = np.nonzero(known)
    profit, equity = accounts["profit"][q, k], accounts["equity"][q, k]
    dividend = np.round(accounts["dividend"][q, k], -4)
    leaves = next_session(accounts["announced"], EX_LAG).to_numpy()[q]
    return pd.DataFrame(
        {
            "report_date": ends.to_numpy()[q],
            "code": pd.Categorical.from_codes(k, stocks.code),
            "announce_date": accounts["announced"].to_numpy()[q],
            "roe": np.round(4 * profit / equity, 4),
            "roa": np.round(accounts["roa"][q, k], 4),
            "revenue": np.round(accounts["revenue"][q, k], -4),
            "net_profit": np.round(profit, -4),
            "ebit": np.round(accounts["ebit"][q, k], -4),
            "operating_cash_flow": np.round(accounts["cash"][q, k], -4),
            "rd_expense": np.round(accounts["research"][q, k], -4),
            "dividend": dividend,
            "ex_date": np.where(dividend > 0, leaves, np.datetime64("NaT")),
            "free_float": np.round(1 / TOTAL_OVER_FLOAT, 6),
        }
    )


def valuation_table(world: World, weights: Weights, accounts: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the canonical ``index_valuation`` at week ends: harmonic means over members, announced quarters only.

    Parameters
    ----------
    world : World
        The stock market.
    weights : Weights
        Index weights by month end.
    accounts : dict of str to ndarray
        Of :func:`make_accounts`.

    Returns
    -------
    DataFrame
        One row a week and index.
    """
    timeline, stocks, table = world.timeline, world.stocks, indices(world.config.full)
    yearly = _yearly(accounts["profit"])
    known = accounts["announced"].searchsorted(timeline.days[timeline.week_last], side="right") - 1
    order = np.argsort(table.index_code.to_numpy().astype(str))
    matrix, month, frames = None, -1, []
    for week, at in enumerate(timeline.week_last):
        if timeline.month_of_day[at] != month:
            month = timeline.month_of_day[at]
            matrix = weights.matrix(month, len(stocks))
            live = np.flatnonzero(np.asarray(matrix.sum(axis=1)).ravel()[order] > 0)
        cap = world.prices[at] * stocks.float_shares * TOTAL_OVER_FLOAT
        q = known[week]
        payout = stocks.div_yield * stocks.price0 * stocks.float_shares * TOTAL_OVER_FLOAT
        grown = accounts["equity"][q] / accounts["equity"][0]
        ratios = matrix @ np.column_stack([yearly[q] / cap, accounts["equity"][q] / cap, payout * grown / cap])
        pick = order[live]
        earned = ratios[pick, 0]
        frames.append(
            pd.DataFrame(
                {
                    "date": timeline.days[at],
                    "index_code": pd.Categorical.from_codes(pick, table.index_code),
                    "pe_ttm": np.round(np.where(earned > 0, 1 / np.where(earned > 0, earned, 1), np.nan), 3),
                    "pb": np.round(1 / ratios[pick, 1], 4),
                    "div_yield": np.round(ratios[pick, 2].clip(0, 1), 5),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
