"""Exhibits of S002, the rotation model from ETF flows."""

from __future__ import annotations

import pandas as pd

from helpers.published import load
from helpers.published.exhibits.exhibit import Exhibit

STYLE_PAIRS = {"size": ("000300", "000852"), "growth": ("399370", "399371")}  # large over small, growth over value

# -- 04: style signals -------------------------------------------------------------------------------------------------


def style_weeks(column: str) -> pd.Series:
    """Return the printed ``signal`` or ``realised`` of 22 weeks and both styles, by ``(style, week_end)``.

    Parameters
    ----------
    column : {"signal", "realised"}
        What is printed.

    Returns
    -------
    Series
        1 or 0.
    """
    return load("s002_style_signal_weekly").set_index(["style", "week_end"])[column]


def style_spells() -> pd.DataFrame:
    """Return the spells told in prose, with ``weeks``: how many printed weeks each covers; by ``(style, words)``."""
    told, weeks = load("s002_style_spells_prose"), style_weeks("signal")
    covered = [weeks[row.style].loc[row.period_start : row.period_end] for row in told.itertuples()]
    words = [f"{r.period_start:%Y-%m-%d} to {r.period_end:%Y-%m-%d}: weeks at {r.state}" for r in told.itertuples()]
    return told.assign(weeks=[len(rows) for rows in covered], words=words).set_index(["style", "words"])


EXHIBITS = [
    Exhibit(
        "S002 style signals, 22 weeks: state",
        lambda: style_weeks("signal"),
        kind="fitted",  # λ was chosen on these weeks
        needs=("index_daily",),
        tolerance=0,
    ),
    Exhibit(
        "S002 style signals, 22 weeks: winner",
        lambda: style_weeks("realised"),
        kind="data check",
        needs=("index_daily",),
        tolerance=0,
    ),
    Exhibit(
        "S002 style spells told in prose",
        lambda: style_spells()["weeks"],
        kind="fitted",
        needs=("index_daily",),
        unit="weeks",
        tolerance=0,
        checks={"size 2025-11-14 to 2026-01-30: weeks at 0": "J4.2"},
    ),
]
