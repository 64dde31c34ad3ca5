"""From scores to target weights, on the dates a rotation decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.sessions import sessions, week_ends


def rebalance_calendar(start: str | pd.Timestamp, end: str | pd.Timestamp, weeks: int = 2) -> pd.DataFrame:
    """List the holding periods of a rotation that changes every few trading weeks.

    Parameters
    ----------
    start : date
        The first period begins on the first session from here on.
    end : date
        Last day known. The last period may still be open.
    weeks : int
        ISO weeks with at least one session in a period. Weeks that are all holiday do not count, which is how the
        report's printed periods run (2026-02-02 to 02-13, then 02-24 to 03-06).

    Returns
    -------
    DataFrame
        ``decision`` (last session before the period: what was known after its close decides), ``first`` and ``last``
        session of the period; NaT where that day is not known by `end`. The last row is the decision to trade next
        when a period closes exactly at `end`.

    Raises
    ------
    ValueError
        If `weeks` is below 1 or there is no session between `start` and `end`.
    """
    if weeks < 1:
        raise ValueError(f"weeks={weeks!r}: a period holds at least one week")
    known = sessions(pd.Timestamp(start) - pd.Timedelta(days=20), end)
    begin = known.searchsorted(pd.Timestamp(start))
    inside = known[begin:]
    if not len(inside):
        raise ValueError(f"no session between start {start!s:.10} and end {end!s:.10}")
    block = pd.factorize(inside.to_period("W-SUN"))[0] // weeks
    first = np.flatnonzero(np.append(True, block[1:] != block[:-1]))
    last = np.append(first[1:] - 1, len(inside) - 1)
    table = pd.DataFrame({"decision": known[begin + first - 1], "first": inside[first], "last": inside[last]})
    in_block = pd.factorize(inside[first[-1] :].to_period("W-SUN"))[0].max() + 1
    if in_block < weeks or week_ends(inside, complete=True)[-1] != inside[-1]:
        table.loc[len(table) - 1, "last"] = pd.NaT
    else:
        table.loc[len(table)] = [inside[-1], pd.NaT, pd.NaT]
    return table


def select_top(scores: pd.DataFrame, top_n: int) -> pd.DataFrame:
    """Hold the `top_n` best scores of each row with equal weight.

    Parameters
    ----------
    scores : DataFrame
        Dates x assets; NaN is not eligible.
    top_n : int
        How many to hold. A row with fewer scores holds those it has, one with none holds nothing (cash).

    Returns
    -------
    DataFrame
        Weights, same shape; rows sum to 1 or to 0. Ties go to the name that sorts first, whatever the order of the
        columns.

    Raises
    ------
    ValueError
        If `top_n` is not between 1 and the number of assets.

    Examples
    --------
    >>> select_top(pd.DataFrame({"银行": [0.2], "电子": [0.9], "煤炭": [0.5]}), 2).iloc[0].to_dict()
    {'银行': 0.0, '电子': 0.5, '煤炭': 0.5}
    """
    if not 1 <= top_n <= scores.shape[1]:
        raise ValueError(f"top_n={top_n!r}: choose between 1 and {scores.shape[1]}, the number of assets scored")
    by_name = np.argsort(np.asarray(scores.columns.astype(str)), kind="stable")
    values = scores.to_numpy(dtype=float)[:, by_name]
    place = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")
    chosen = np.empty(values.shape, dtype=bool)
    chosen[:, by_name] = (place < top_n) & np.isfinite(values)
    count = chosen.sum(axis=1, keepdims=True)
    return pd.DataFrame(chosen / np.maximum(count, 1), scores.index, scores.columns)


def equal_weight(prices: pd.DataFrame, dates: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Hold every asset that has a price on the date, equally: the report's benchmark, rebalanced on `dates`.

    Parameters
    ----------
    prices : DataFrame
        Days × assets.
    dates : sequence of Timestamp
        Days of rebalancing.

    Returns
    -------
    DataFrame
        Dates × assets, fractions summing to 1.
    """
    there = prices.reindex(pd.DatetimeIndex(dates)).notna()
    return there.div(there.sum(axis=1).clip(lower=1), axis=0)


def flag_upper_half(scores: pd.DataFrame) -> pd.DataFrame:
    """Flag the scores in the upper half of their row, as the report's holdings do (upper 15 of 30).

    Parameters
    ----------
    scores : DataFrame
        Dates × assets; NaN where not known.

    Returns
    -------
    DataFrame
        1.0 or 0.0, NaN where the score is missing; the middle one of an odd number is not flagged.
    """
    rank = scores.rank(axis=1, ascending=False, method="first")
    return (rank <= scores.count(axis=1).to_numpy()[:, None] // 2).astype(float).where(scores.notna())
