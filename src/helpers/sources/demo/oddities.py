"""Planted products: one fund that tracks badly, one that is about to close, one that trades at a premium.

All three are ordinary followers of an index that has other funds, alive on the last day. Only their own numbers are
touched; every other fund keeps what it had.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .etfs import Etfs
from .market import World
from .trading import UNIT, Trading

__all__ = ["KINDS", "plant_products"]

KINDS = ("tracks_badly", "about_to_close", "at_a_premium")
STRAY = 0.0016  # daily deviation of the fund that tracks badly
LAG = 0.03 / 250  # what it loses a day besides
FADE = 180  # sessions over which the closing fund shrinks
LEFT = 2.5e7  # CNY it is worth in the end
DEAD = 0.03  # of its turnover, in the end
PREMIUM, PREMIUM_DAYS = 0.035, 90


def plant_products(world: World, etfs: Etfs, trading: Trading) -> tuple[Trading, dict[str, str]]:
    """Change the three funds and say which they are.

    Parameters
    ----------
    world : World
        The stock market.
    etfs : Etfs
        The funds.
    trading : Trading
        As it would be without them.

    Returns
    -------
    tuple of Trading and dict
        The changed trading, and the code of the fund by what is odd about it.
    """
    rng = world.config.rng("planted products")
    days = len(world.timeline.days)
    peers = np.bincount(etfs.index[etfs.index >= 0], minlength=etfs.index.max() + 1)
    fit = (etfs.fund_type == "stock") & (etfs.rank >= 1) & (etfs.last >= days) & (etfs.first < days - 400)
    fit &= (peers[etfs.index.clip(0)] >= 2) & (trading.split[-400:] == 1).all(axis=0)
    chosen = dict(zip(KINDS, rng.choice(np.flatnonzero(fit), len(KINDS), replace=False).tolist(), strict=True))
    made = {name: getattr(trading, name).copy() for name in ("nav", "close", "adj_close", "amount", "shares")}
    _stray(made, chosen["tracks_badly"], rng)
    _fade(made, chosen["about_to_close"])
    _premium(made, chosen["at_a_premium"])
    return replace(trading, **made), {kind: str(etfs.code[j]) for kind, j in chosen.items()}


def _stray(made: dict[str, np.ndarray], j: int, rng: np.random.Generator) -> None:
    """Let the net asset value wander from the index over the last 400 sessions; prices go along."""
    shock = rng.standard_normal(400) * STRAY
    path = np.ones(len(made["nav"]))
    path[-400:] = np.cumprod(1 + shock - LAG)
    for name, digits in (("nav", 4), ("close", 3), ("adj_close", 3)):
        made[name][:, j] = np.round(made[name][:, j] * path, digits)


def _fade(made: dict[str, np.ndarray], j: int) -> None:
    """Let holders leave: units and turnover shrink evenly in logarithms to what is left."""
    way = np.linspace(0, 1, FADE + 1)[1:]
    goal = LEFT / made["nav"][-1, j]
    units = made["shares"][-FADE:, j] * np.exp(way * np.log(min(1.0, goal / made["shares"][-1, j])))
    made["shares"][-FADE:, j] = np.maximum(np.rint(units / UNIT), 1) * UNIT
    made["amount"][-FADE:, j] = np.round(made["amount"][-FADE:, j] * DEAD**way, -2)


def _premium(made: dict[str, np.ndarray], j: int) -> None:
    """Let the price climb above the net asset value and stay there."""
    path = np.ones(len(made["nav"]))
    path[-PREMIUM_DAYS:] = 1 + PREMIUM * np.minimum(np.arange(PREMIUM_DAYS) / 30, 1)
    for name in ("close", "adj_close"):
        made[name][:, j] = np.round(made[name][:, j] * path, 3)
