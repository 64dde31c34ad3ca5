"""Daily life of the ETFs: NAV that tracks the index with an error, premium, turnover, shares that chase and revert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from .etfs import Etfs
from .indexes import BASE
from .market import World
from .names import indices
from .premiums import FLOW_SCALE
from .stocks import industry_codes
from .weights import Weights

__all__ = ["Trading", "make_trading"]

UNIT = 10_000  # a creation unit, so that every share count is a whole multiple and a 2:1 merge stays exact
_GROWTH = 0.0008  # daily growth of a leading fund's shares
_DAILY_NOISE, _BROAD_NOISE = 0.003, 0.0025
_CHASE, _STAY = 0.02, 0.995
_SPLITS = (2.0, 3.0, 4.0, 5.0, 0.5)
_SPLIT_ODDS = (0.45, 0.1, 0.1, 0.1, 0.25)
SPLIT_SHARE = 0.05  # of funds that split or merge once


@dataclass(frozen=True)
class Trading:
    """Days × funds, NaN outside a fund's life: ``nav`` as published, ``close``, ``adj_close``, ``amount``, ``shares``.

    ``split`` is 1 but on split days.
    """

    nav: np.ndarray
    close: np.ndarray
    adj_close: np.ndarray
    amount: np.ndarray
    shares: np.ndarray
    split: np.ndarray


def _alive(days: int, etfs: Etfs) -> np.ndarray:
    at = np.arange(days)[:, None]
    return (at >= etfs.first) & (at <= etfs.last)


def _tracking(world: World, etfs: Etfs, closes: np.ndarray) -> np.ndarray:
    """Return days × funds daily returns of the true NAV: index, less fees, with a tracking error."""
    rng = world.config.rng("tracking")
    with np.errstate(invalid="ignore", divide="ignore"):
        index = closes[1:] / closes[:-1] - 1
    index = np.nan_to_num(np.vstack([closes[:1] / BASE - 1, index]))
    index = np.column_stack([index, np.full(len(index), 0.018 / 250)])  # the last column serves money funds
    error = np.exp(rng.normal(np.log(3e-4), 0.4, len(etfs))) * np.where(etfs.fund_type == "qdii", 2.0, 1.0)
    error = np.where(np.isin(etfs.fund_type, ["bond", "money"]), 3e-5, error)
    noise = rng.standard_normal((len(index), len(etfs)))
    noise[1:] -= 0.6 * noise[:-1]  # an error of one day is mostly made good on the next
    fee = (etfs.mgmt_fee + etfs.custody_fee) / 250
    fee = np.where(etfs.fund_type == "money", 0.0, fee)
    return index[:, etfs.index] + noise * error - fee


def _premium(world: World, etfs: Etfs) -> np.ndarray:
    """Return days × funds premium of the price over NAV: small and fleeting, large and stubborn for QDII funds."""
    rng = world.config.rng("premium")
    foreign = etfs.fund_type == "qdii"
    shock = rng.standard_normal((len(world.timeline.days), len(etfs)))
    fleeting = lfilter([1], [1, -0.5], shock, axis=0) * np.where(etfs.fund_type == "bond", 3e-5, 5e-4)
    stubborn = lfilter([1], [1, -0.97], shock, axis=0) * 0.0018 + 0.006
    return np.where(foreign, stubborn, np.where(etfs.fund_type == "money", 0.0, fleeting))


def exposures(world: World, weights: Weights) -> np.ndarray:
    """Return indices × SW industries: average weights over all weight days, zero outside the stock market.

    Parameters
    ----------
    world : World
        The stock market.
    weights : Weights
        Index weights by month end.

    Returns
    -------
    ndarray
        Fractions.
    """
    stocks, count = world.stocks, len(industry_codes("SW2021_L1"))
    total = np.zeros((weights.count, count))
    np.add.at(total, (weights.index, stocks.sw[weights.stock]), weights.units)
    size = total.sum(axis=1, keepdims=True)
    return np.divide(total, size, out=np.zeros_like(total), where=size > 0)


def _growth(world: World, etfs: Etfs, weights: Weights, returns: np.ndarray) -> np.ndarray:
    """Return days × funds logarithmic growth of shares by creations and redemptions."""
    timeline, rng = world.timeline, world.config.rng("shares")
    table = indices(world.config.full)
    exposure = np.vstack([exposures(world, weights), np.zeros(len(industry_codes("SW2021_L1")))])
    sessions = np.bincount(timeline.week_of_day)[timeline.week_of_day]
    planted = (world.latent.flow @ exposure[etfs.index].T)[timeline.week_of_day] * FLOW_SCALE / sessions[:, None]
    days = len(timeline.days)
    noise = rng.standard_normal((days, len(etfs))) * _DAILY_NOISE
    broad = np.append((table.category == "broad").to_numpy(), False)[etfs.index]
    noise += rng.standard_normal(days)[:, None] * _BROAD_NOISE * broad
    recent = lfilter(np.ones(5) / 5, 1, returns, axis=0)
    recent = np.vstack([np.zeros((1, len(etfs))), recent[:-1]])
    drift = _GROWTH / (1 + etfs.rank) ** 0.7 - 0.0002
    above = lfilter([1], [1, -_STAY], planted + noise + _CHASE * recent, axis=0)  # what came in leaves again
    return drift + np.diff(above, axis=0, prepend=0.0)


def _splits(world: World, etfs: Etfs) -> np.ndarray:
    """Return days × funds split ratios, 1 nearly everywhere; each split stands apart from listing and closure."""
    rng, days = world.config.rng("splits"), len(world.timeline.days)
    out = np.ones((days, len(etfs)))
    first, last = etfs.first.clip(0), np.minimum(etfs.last, days - 1)
    when = first + 60 + (rng.random(len(etfs)) * (last - first - 90).clip(1)).astype(int)
    ratio = rng.choice(_SPLITS, len(etfs), p=_SPLIT_ODDS)
    chosen = (rng.random(len(etfs)) < SPLIT_SHARE) & (last - first > 200) & (etfs.fund_type == "stock")
    out[when[chosen], np.flatnonzero(chosen)] = ratio[chosen]
    return out


def _share_counts(etfs: Etfs, growth: np.ndarray, split: np.ndarray, nav0: np.ndarray):
    """Return shares; on a split day shares change by the ratio and by nothing else."""
    days = len(growth)
    at = np.arange(days)[:, None]
    growth = np.where((at <= etfs.first) | (split != 1), 0.0, growth)
    since = np.cumsum(growth, axis=0)
    base = etfs.size0 / nav0
    factor = np.cumprod(split, axis=0)
    lots = np.rint(np.maximum(base * np.exp(np.minimum(since, 4.5)), 6e6) / UNIT)
    lots += lots % 2  # an even number of lots: a merge by two leaves whole lots
    # a split multiplies the lots of the day before, so lots themselves must not move on that day
    frozen = split != 1
    for t, j in zip(*np.nonzero(frozen), strict=True):
        lots[t, j] = lots[t - 1, j]
    return lots * factor * UNIT


def make_trading(world: World, etfs: Etfs, weights: Weights, closes: np.ndarray) -> Trading:
    """Simulate NAV, prices, turnover and shares of every fund.

    Parameters
    ----------
    world : World
        The stock market.
    etfs : Etfs
        The funds.
    weights : Weights
        Index weights by month end.
    closes : ndarray
        Days × indices, points.

    Returns
    -------
    Trading
        Days × funds each; NaN while a fund is not listed.
    """
    rng = world.config.rng("turnover")
    returns = _tracking(world, etfs, closes)
    alive = _alive(len(returns), etfs)
    drawn = np.where(etfs.first < 0, rng.uniform(0.8, 4.0, len(etfs)), 1.0)
    nav0 = np.where(np.isin(etfs.fund_type, ["money", "bond"]), 100.0, drawn)
    at = np.arange(len(returns))[:, None]
    value = np.cumprod(np.where(at <= etfs.first, 1.0, 1 + returns), axis=0) * nav0
    split = _splits(world, etfs)
    factor = np.cumprod(split, axis=0)
    shares = _share_counts(etfs, _growth(world, etfs, weights, returns), split, nav0)
    price = value * (1 + _premium(world, etfs))
    nav = value / factor
    stale = etfs.fund_type == "qdii"
    nav[1:, stale] = np.where(at[1:] > etfs.first[stale], (value / factor)[:-1, stale], nav[1:, stale])
    close = np.round(price / factor, 3).clip(0.001)
    size = shares * nav
    turnover = np.exp(rng.normal(-3.6, 0.7, len(etfs)) + rng.normal(0, 0.45, size.shape)) * world.scale[:, None]
    amount = np.round(size * turnover, -2)
    blank = np.where(alive, 1.0, np.nan)
    return Trading(
        nav=np.round(nav, 4) * blank,
        close=close * blank,
        adj_close=np.round(price / factor[-1], 3).clip(0.001) * blank,
        amount=amount * blank,
        shares=shares * blank,
        split=split,
    )
