"""How indices choose and weigh their members: ranks by float cap or score, semi-annual reviews, caps on one member."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .names import segments
from .stocks import BOARDS, Stocks, regions

__all__ = ["Rule", "cap_factors", "rules", "select"]

FEWEST = 3  # an index with fewer eligible stocks does not exist yet
SERIES = "series"


@dataclass(frozen=True)
class Rule:
    """One index's rule: eligible stocks, rank window by float cap, count, ranking score and limit per member."""

    index_code: str
    eligible: np.ndarray
    ranks: tuple[int, int]
    count: int
    pick: str
    limit: float


def _eligible(universe: str, stocks: Stocks) -> tuple[np.ndarray, tuple[int, int]]:
    ok, ranks = np.ones(len(stocks), dtype=bool), (1, 10**9)
    for token in universe.split():
        kind, _, value = token.partition(":")
        wanted = value.split("|")
        if kind == "rank":
            low, _, high = value.partition("-")
            ranks = (int(low), int(high))
        elif kind == "seg":
            ok &= np.isin(segments().segment.to_numpy()[stocks.segment], wanted)
        elif kind == "board":
            ok &= np.isin(np.array(BOARDS)[stocks.board], wanted)
        elif kind == "region":
            ok &= np.isin(np.array(regions())[stocks.region], wanted)
        elif kind == "owner":
            ok &= np.isin(stocks.owner, wanted)
    return ok, ranks


def rules(table: pd.DataFrame, stocks: Stocks, shrink: float) -> list[Rule | None]:
    """Return one rule per row of the rulebook; None for an index outside the stock market.

    ``shrink`` scales ranks and counts of wide indices to the size of the market (1 = 5,000 stocks).

    Parameters
    ----------
    table : DataFrame
        The rulebook, one row an index.
    stocks : Stocks
        The universe.
    shrink : float
        Size of the market, 1 for 5,000 stocks.

    Returns
    -------
    list of Rule or None
        In the order of the table.
    """
    out = []
    for row in table.itertuples():
        if row.universe == SERIES:
            out.append(None)
            continue
        ok, (low, high) = _eligible(row.universe, stocks)
        if shrink < 1:
            low, high = 1 + int((low - 1) * shrink), max(int(high * shrink), 20)
            floor = 12 if "seg:" in row.universe or row.n < 100 else 20
            count = max(floor, int(row.n * shrink))
        else:
            count = int(row.n)
        limit = max(row.limit, 1.6 / count) if row.limit < 1 else 1.0
        out.append(Rule(row.index_code, ok, (low, high), count, row.pick, limit))
    return out


def _score(rule: Rule, stocks: Stocks, cap: np.ndarray, at: np.ndarray) -> np.ndarray:
    if rule.pick in ("cap", "equal"):
        return cap[at]
    if rule.pick == "div":
        return stocks.div_yield[at]
    if rule.pick == "lowvol":
        return -stocks.idio[at]
    if rule.pick == "quality":
        return stocks.quality[at]
    return stocks.growth[at] if rule.pick == "growth" else -stocks.growth[at]


def select(rule: Rule, stocks: Stocks, cap: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose members at a review.

    Parameters
    ----------
    rule : Rule
        Of the index.
    stocks : Stocks
        The universe.
    cap : array
        Float cap of every stock, 0 where it is not listed (or too young).
    rank : array
        Rank of every stock by ``cap``, from 1.

    Returns
    -------
    members : array of positions, ascending
        Empty when fewer than ``FEWEST`` stocks are eligible.
    factor : array
        What a member's float cap is multiplied by to get its index weight (capping, equal weight, yield weight).
    """
    low, high = rule.ranks
    at = np.flatnonzero(rule.eligible & (cap > 0) & (rank >= low) & (rank <= high))
    if len(at) > rule.count:
        best = np.argsort(-_score(rule, stocks, cap, at), kind="stable")[: rule.count]
        at = np.sort(at[best])
    if len(at) < FEWEST:
        return at[:0], cap[:0]
    if rule.pick == "equal":
        target = np.ones(len(at))
    elif rule.pick in ("div", "lowvol"):
        target = stocks.div_yield[at] * np.sqrt(cap[at]) + 1e-9
    else:
        target = cap[at]
    return at, cap_factors(target, rule.limit) / cap[at]


def cap_factors(target: np.ndarray, limit: float) -> np.ndarray:
    """Return weights proportional to ``target`` with none above ``limit`` (the excess goes to the others, pro rata).

    Parameters
    ----------
    target : ndarray
        Positive numbers.
    limit : float
        Largest weight, a fraction; where it cannot be kept all are equal.

    Returns
    -------
    ndarray
        Fractions summing to 1.
    """
    weight = target / target.sum()
    if limit * len(weight) <= 1.0:
        return np.full(len(weight), 1 / len(weight))
    for _ in range(30):
        over = weight > limit * (1 + 1e-12)
        if not over.any():
            break
        full = over | np.isclose(weight, limit)
        rest = weight[~full].sum()
        weight = np.where(full, limit, weight * (1 - limit * full.sum()) / rest)
    return weight
