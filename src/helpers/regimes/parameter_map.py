"""Agreement with the printed signals, and how much of it hangs on what the report does not print.

It prints neither the smoothing parameter nor the first date of its data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.hp_filter import one_sided_hp_sweep
from helpers.regimes.signals import factor_momentum, realised_style, state_of, style_ratio

__all__ = ["compare_weeks", "lambda_start_map"]


def lambda_start_map(
    closes: pd.DataFrame,
    lambdas: Sequence[float],
    starts: Sequence[pd.Timestamp],
    published: pd.Series | None = None,
    warm_up: int = 52,
    minimum: int = 104,
) -> pd.DataFrame:
    """
    Agreement with published signals and next-week hit rate for every smoothing parameter and first date.

    Parameters
    ----------
    closes : DataFrame, weeks x 2
        Numerator, denominator, as from :func:`helpers.regimes.weekly_closes`.
    lambdas, starts : sequences
        The grid.
    published : Series of 1 / 0, indexed by week end, optional
        Printed signals.
    warm_up : int
        Weeks after ``start`` whose states are not judged.
    minimum : int
        Judged weeks a cell needs to show a hit rate.

    Returns
    -------
    DataFrame, one row per cell
        ``start, lamb, agreement`` (printed signals hit), ``weeks`` (printed signals compared), ``next_hit`` (share of
        weeks whose winner the state of the week before named), ``next_weeks``. NaN where a cell cannot say.
    """
    ratio = style_ratio(closes)
    won = realised_style(ratio).shift(-1)
    blocks = []
    for start in starts:
        seen = ratio.loc[start:]
        if seen.empty:
            continue
        states = state_of(factor_momentum(one_sided_hp_sweep(seen, list(lambdas))))
        block = pd.DataFrame({"start": start, "lamb": list(lambdas)})
        block["agreement"], block["weeks"] = _agreement(states, published)
        block["next_hit"], block["next_weeks"] = _next_hits(states.iloc[warm_up:], won, minimum)
        blocks.append(block)
    columns = ["start", "lamb", "agreement", "weeks", "next_hit", "next_weeks"]
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=columns)


def _agreement(states: pd.DataFrame, published: pd.Series | None) -> tuple[np.ndarray | float, int]:
    """Printed signals reproduced by each column, and how many could be compared."""
    printed = published[published.index.isin(states.index)] if published is not None else ()
    if len(printed) == 0:
        return np.nan, 0
    return states.loc[printed.index].eq(printed, axis=0).sum().to_numpy(dtype=float), len(printed)


def _next_hits(states: pd.DataFrame, won: pd.Series, minimum: int) -> tuple[np.ndarray | float, int]:
    """Share of judged weeks per column whose next week's winner was named, and their number."""
    judged = states.dropna()
    outcome = won.reindex(judged.index).dropna()
    if len(outcome) < minimum:
        return np.nan, len(outcome)
    return judged.loc[outcome.index].eq(outcome, axis=0).mean().to_numpy(), len(outcome)


def compare_weeks(published: pd.DataFrame, state: pd.Series, realised: pd.Series) -> pd.DataFrame:
    """
    Printed and computed signal and realised style, week by week.

    Parameters
    ----------
    published : DataFrame
        ``week_end, signal, realised`` of one style, as in ``s002_style_signal_weekly``.
    state, realised : Series
        Computed, indexed by week end.

    Returns
    -------
    DataFrame indexed by week_end
        ``signal_published, signal_computed, realised_published, realised_computed``; NaN where the run lacks the week.
    """
    table = published.set_index("week_end")[["signal", "realised"]].add_suffix("_published").astype(float)
    table["signal_computed"] = state.reindex(table.index)
    table["realised_computed"] = realised.reindex(table.index)
    return table[["signal_published", "signal_computed", "realised_published", "realised_computed"]]
