"""Planted closures: most funds that close have been small for about a year, and some funds are small and live on.

Without this the funds that close are drawn by lot, and size would tell nothing of who is next.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .etfs import Etfs
from .market import World
from .trading import UNIT, Trading

__all__ = ["plant_closures"]

FADED = 0.8  # of the funds that close
FADE, LINGER = 120, 250  # sessions of shrinking, and of being small before the end
YOUNG = 60  # sessions of ordinary life a fund has first
LIVE_ON = 0.035  # of the stock funds that are alive in the end: small, and not closed
LEFT = (2.8e7, 4.5e7)  # CNY a small fund is worth at its end


def plant_closures(
    world: World, etfs: Etfs, trading: Trading, spared: tuple[str, ...] = ()
) -> tuple[Trading, dict[str, list[str]]]:
    """Let holders leave most funds that close, and a few that do not.

    Parameters
    ----------
    world : World
        The stock market.
    etfs : Etfs
        The funds.
    trading : Trading
        As it would be without.
    spared : tuple of str
        Codes left as they are.

    Returns
    -------
    tuple of Trading and dict
        The changed trading; the codes of the funds that shrank by what became of them, ``closed`` or ``lives_on``.
    """
    rng, days = world.config.rng("planted closures"), len(world.timeline.days)
    stock = (etfs.fund_type == "stock") & ~np.isin(etfs.code, spared)
    age = np.minimum(etfs.last, days - 1) - etfs.first.clip(0)
    fit = stock & (etfs.rank >= 1) & (age >= FADE + LINGER + YOUNG) & (trading.split == 1).all(axis=0)
    gone = etfs.last < days
    closed = np.flatnonzero(fit & gone)
    closed = closed[rng.random(len(closed)) < FADED]
    alive = np.flatnonzero(fit & ~gone & (etfs.rank >= 2))
    lives_on = rng.choice(alive, min(len(alive), max(1, round(LIVE_ON * (stock & ~gone).sum()))), replace=False)
    small_for = rng.integers(LINGER, np.maximum(age[lives_on] - FADE - YOUNG, LINGER) + 1)
    made = {name: getattr(trading, name).copy() for name in ("amount", "shares")}
    for j, linger in [*((j, LINGER) for j in closed), *zip(lives_on, small_for, strict=True)]:
        _shrink(made, trading.nav, j, min(etfs.last[j], days - 1) + 1, linger, rng.uniform(*LEFT))
    codes = {"closed": closed, "lives_on": lives_on}
    return replace(trading, **made), {name: sorted(etfs.code[which].tolist()) for name, which in codes.items()}


def _shrink(made: dict[str, np.ndarray], nav: np.ndarray, j: int, stop: int, linger: int, left: float) -> None:
    """Shrink units and turnover evenly in logarithms for a while; the fund stays at that scale until its end."""
    at = slice(stop - linger - FADE, stop)
    scale = min(1.0, left / (made["shares"][stop - 1, j] * nav[stop - 1, j]))
    path = scale ** np.minimum(np.arange(1, linger + FADE + 1) / FADE, 1.0)
    made["shares"][at, j] = np.maximum(np.rint(made["shares"][at, j] * path / UNIT), 1) * UNIT
    made["amount"][at, j] = np.round(made["amount"][at, j] * path, -2)
