"""Index weights at month ends: reviewed in June and December, drifting with prices in between.

A weight is a whole number of millionths and every index adds up to exactly one million, so that any sum of weights
taken in integers is exact: the oracle for look-through tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .market import YOUNG, World, _listed
from .names import indices
from .rulebook import rules, select

__all__ = ["MILLION", "Weights", "index_gross", "make_weights", "weights_table"]

MILLION = 1_000_000


@dataclass(frozen=True)
class Weights:
    """Flat weights: for weight day ``m`` the rows ``start[m]:start[m + 1]`` of ``index``, ``stock`` and ``units``."""

    start: np.ndarray
    index: np.ndarray
    stock: np.ndarray
    units: np.ndarray
    count: int

    def matrix(self, m: int, stocks: int) -> sparse.csr_matrix:
        """Return the indices × stocks weights of weight day ``m``."""
        rows = slice(self.start[m], self.start[m + 1])
        values = self.units[rows] / MILLION
        return sparse.csr_matrix((values, (self.index[rows], self.stock[rows])), shape=(self.count, stocks))


def _units(weight: np.ndarray) -> np.ndarray:
    """Round weights that add up to one to millionths that add up to exactly a million."""
    running = np.cumsum(weight)
    edges = np.rint(running * (MILLION / running[-1])).astype(np.int32)
    edges[1:] -= edges[:-1].copy()
    return edges


def make_weights(world: World) -> Weights:
    """Compute the month-end weights of every stock index, from the month before its launch is due.

    Parameters
    ----------
    world : World
        The stock market.

    Returns
    -------
    Weights
        In millionths, so that each index sums to exactly 1.
    """
    timeline, stocks = world.timeline, world.stocks
    table = indices(world.config.full)
    rulebook = rules(table, stocks, world.shrink)
    first = timeline.weight_days.searchsorted(pd.to_datetime(table.launch + "-01"))
    kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    start, index, stock, units = [0], [], [], []
    for m, reviewed in enumerate(timeline.reviews):
        cap = world.caps[m]
        mature = np.where(_listed(timeline, stocks, m, YOUNG), cap, 0.0)
        rank = np.empty(len(cap), dtype=np.int64)
        rank[mature.argsort(kind="stable")[::-1]] = np.arange(1, len(cap) + 1)
        total = 0
        for i, rule in enumerate(rulebook):
            if rule is None or m < first[i]:
                continue
            if i not in kept or reviewed:
                chosen = select(rule, stocks, mature, rank)
                if len(chosen[0]) or i not in kept:  # a review that finds nobody leaves things as they are
                    kept[i] = chosen
            at, factor = kept[i]
            weight = factor * cap[at]
            alive = weight > 0
            if not alive.any():
                continue
            whole = _units(weight[alive])
            some = whole > 0
            members = at[alive][some]
            index.append(np.full(len(members), i, dtype=np.int16))
            stock.append(members.astype(np.int32))
            units.append(whole[some])
            total += len(members)
        start.append(start[-1] + total)
    parts = (np.concatenate(x) for x in (index, stock, units))
    return Weights(np.array(start), *parts, count=len(table))


def index_gross(world: World, weights: Weights) -> np.ndarray:
    """Return days × indices gross returns: members bought at the last month end's weights and held; NaN before.

    Parameters
    ----------
    world : World
        The stock market.
    weights : Weights
        Of :func:`make_weights`.

    Returns
    -------
    ndarray
        1 + daily return.
    """
    timeline = world.timeline
    out = np.full((len(timeline.days), weights.count), np.nan)
    for m in range(timeline.months):
        rows = timeline.month_slice(m)
        matrix = weights.matrix(m, len(world.stocks))
        relative = world.prices[rows] / world.month_prices[m]
        value = matrix @ relative.T
        value = np.column_stack([np.ones(weights.count), value])
        live = np.asarray(matrix.sum(axis=1)).ravel() > 0
        out[rows] = np.where(live, (value[:, 1:] / np.where(live, 1, np.nan)[:, None] / value[:, :-1]).T, np.nan)
    return out


def weights_table(world: World, weights: Weights) -> pd.DataFrame:
    """Return the canonical ``index_weights``, sorted by date, index and stock code.

    Parameters
    ----------
    world : World
        The stock market.
    weights : Weights
        Of :func:`make_weights`.

    Returns
    -------
    DataFrame
        Weights as fractions.
    """
    table = indices(world.config.full)
    month = np.repeat(np.arange(len(weights.start) - 1), np.diff(weights.start))
    index_rank = pd.Series(table.index_code).rank().to_numpy().astype(int)
    stock_rank = np.argsort(np.argsort(world.stocks.code))
    key = (month * (weights.count + 1) + index_rank[weights.index]) * len(world.stocks) + stock_rank[weights.stock]
    order = np.argsort(key, kind="stable")
    return pd.DataFrame(
        {
            "date": world.timeline.weight_days.to_numpy()[month[order]],
            "index_code": pd.Categorical.from_codes(weights.index[order], table.index_code),
            "code": pd.Categorical.from_codes(weights.stock[order], world.stocks.code),
            "weight": weights.units[order] / MILLION,
        }
    )
