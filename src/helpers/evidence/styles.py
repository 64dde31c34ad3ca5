"""Every choice a style signal could have made: smoothing, and weeks from the signal to the trade."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from helpers.evidence.grid import Grid
from helpers.hp_filter import one_sided_hp_sweep
from helpers.regimes import factor_momentum, state_of
from helpers.regimes.study import Style

__all__ = ["style_grid"]

LAMBDAS = tuple(float(x) for x in np.geomspace(1, 1e5, 21).round(1))
LEGS = 2  # an index is held against another: every change trades both


def style_grid(
    style: Style, cost_bps: float, lambdas: Iterable[float] = LAMBDAS, waits: Iterable[int] = (1, 2)
) -> Grid:
    """Earn one index against the other by every choice of smoothing and delay, on the same weeks.

    Parameters
    ----------
    style : Style
        Of :func:`helpers.regimes.study.load_styles`; its own smoothing, one week ahead, is the run's choice.
    cost_bps : float
        Fee on money traded in each of the two legs.
    lambdas : iterable of float
        Smoothing parameters.
    waits : iterable of int
        Weeks from the week of the signal to the week that is earned, from 1.

    Returns
    -------
    Grid
        ``cells``: ``lamb, wait, turnover``; returns of a week are differences, not logs.
    """
    lambdas, waits = sorted({*lambdas, style.lamb}), sorted({*waits, 1})
    states = state_of(factor_momentum(one_sided_hp_sweep(style.signal["ratio"], lambdas)))
    moves = style.closes.pct_change()
    spread = (moves.iloc[:, 0] - moves.iloc[:, 1]).to_numpy()[:, None]
    side = np.nan_to_num(2 * states.to_numpy(dtype=float) - 1)
    weeks = style.closes.index >= style.first
    rows, gross, net = [], [], []
    for wait in waits:
        held = np.vstack([np.zeros((wait, side.shape[1])), side[:-wait]])
        traded = LEGS * np.abs(np.diff(held, axis=0, prepend=0.0))
        earned = (held * spread)[weeks]
        gross.append(earned)
        net.append(earned - cost_bps / 1e4 * traded[weeks])
        rows += [(lamb, wait, t) for lamb, t in zip(lambdas, 50 * traded[weeks].mean(axis=0), strict=True)]
    cells = pd.DataFrame(rows, columns=["lamb", "wait", "turnover"])
    own = int(((cells["lamb"] == style.lamb) & (cells["wait"] == 1)).idxmax())
    index = style.closes.index[weeks]
    tables = [pd.DataFrame(np.hstack(parts), index, cells.index) for parts in (gross, net)]
    return Grid(cells, *tables, own=own)
