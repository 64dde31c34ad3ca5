"""Planted style regimes: spells in which large caps or growth stocks are ahead, and the two daily style factors.

A style's factor drifts up in a spell of state +1 and down in one of state -1; the drift is the ``style`` premium.
Spells begin with a week and last a few months, so that a one-sided filter has something to find and a lag to pay.
The heat of fund issuance (stock ETFs against active funds) has spells of its own, in months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .config import DemoConfig
from .timeline import Timeline

__all__ = ["Styles", "make_styles", "spell_table"]

STYLE_VOL = 0.0045
SIZE_WEEKS, GROWTH_WEEKS = (14, 36), (20, 44)  # the growth ratio is filtered more, so its spells are longer
HEAT_MONTHS = (3, 8)


@dataclass(frozen=True)
class Styles:
    """States of each week (±1) and daily factor returns of size and growth; heat of each month (±1)."""

    size_state: np.ndarray
    growth_state: np.ndarray
    heat: np.ndarray
    size: np.ndarray
    growth: np.ndarray


def _spells(rng: np.random.Generator, length: int, span: tuple[int, int]) -> np.ndarray:
    """Return alternating ±1 in spells of random length within ``span``."""
    state = np.empty(length, dtype=np.int8)
    sign, at = int(rng.choice((-1, 1))), 0
    while at < length:
        stop = at + int(rng.integers(span[0], span[1] + 1))
        state[at:stop] = sign
        sign, at = -sign, stop
    return state


def make_styles(config: DemoConfig, timeline: Timeline, scale: np.ndarray) -> Styles:
    """Draw spells and factor returns; ``scale`` is the volatility of each day relative to its mean.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.
    scale : ndarray
        Volatility of each day relative to its mean.

    Returns
    -------
    Styles
        States by week, issuance heat by month, daily factor returns.
    """
    rng, drift = config.rng("styles"), config.premiums["style"]
    size_state = _spells(rng, timeline.weeks, SIZE_WEEKS)
    growth_state = _spells(rng, timeline.weeks, GROWTH_WEEKS)
    heat = _spells(config.rng("issuance heat"), timeline.months + 1, HEAT_MONTHS)
    noise = rng.standard_normal((2, len(timeline.days))) * STYLE_VOL * scale
    return Styles(
        size_state=size_state,
        growth_state=growth_state,
        heat=heat,
        size=noise[0] + drift * size_state[timeline.week_of_day],
        growth=noise[1] + drift * growth_state[timeline.week_of_day],
    )


def spell_table(styles: Styles, timeline: Timeline) -> pd.DataFrame:
    """Return the planted spells: ``style, start, end`` (first and last session), ``state``.

    Parameters
    ----------
    styles : Styles
        Of :func:`make_styles`.
    timeline : Timeline
        The calendar.

    Returns
    -------
    DataFrame
        One row a spell.
    """
    rows = []
    for name, state in (("size", styles.size_state), ("growth", styles.growth_state)):
        first = np.flatnonzero(np.append(True, state[1:] != state[:-1]))
        last = np.append(first[1:] - 1, len(state) - 1)
        for a, b in zip(first, last, strict=True):
            start = 0 if a == 0 else timeline.week_last[a - 1] + 1
            rows.append((name, timeline.days[start], timeline.days[timeline.week_last[b]], int(state[a])))
    return pd.DataFrame(rows, columns=["style", "start", "end", "state"])
