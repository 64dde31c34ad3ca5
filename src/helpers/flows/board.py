"""Scoreboard rows of the flow chapters: cells of a printed table, groups month by month."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.scoreboard import Scoreboard

# Months whose printed groups the report itself contradicts (published/checks.csv).
INCONSISTENT = {"2025-10": "E3.10", "2025-11": "E3.11"}


def compare_group_months(printed: pd.DataFrame, ours: pd.DataFrame | None) -> pd.DataFrame:
    """Count, month by month, the industries that stand in their printed group.

    Parameters
    ----------
    printed : DataFrame
        ``industry, month`` (text), ``group``.
    ours : DataFrame or None
        Month ends × industries, groups.

    Returns
    -------
    DataFrame
        ``month, printed`` (industries printed), ``same`` (of them in the same group; NaN if not computed), ``check``
        (the printed check that contradicts the month, or empty).
    """
    rows = []
    by_month = {} if ours is None else {f"{d:%Y-%m}": row for d, row in ours.iterrows()}
    for month, part in printed.groupby("month"):
        found, same = by_month.get(month), np.nan
        if found is not None and found.notna().any():
            same = int((found.reindex(part["industry"]).to_numpy() == part["group"].to_numpy()).sum())
        rows.append((month, len(part), same, INCONSISTENT.get(month, "") if len(part) == 30 else ""))
    return pd.DataFrame(rows, columns=["month", "printed", "same", "check"])


def put_table(
    board: Scoreboard,
    exhibit: str,
    printed: pd.DataFrame,
    ours: pd.DataFrame | None,
    *,
    lacks: Sequence[str],
    why: str = "",
    note: str = "",
    tolerances: dict[str, float] | None = None,
) -> None:
    """Put every cell of a printed table on the board: beside this run's value, or as not computable.

    Parameters
    ----------
    board : Scoreboard
    exhibit : str
        Name of the printed table.
    printed, ours : DataFrame
        Same row labels and column names; a cell that ``ours`` lacks (or all, if it is None) is missing.
    lacks, why : sequence of str, str
        Tables a missing cell needs, and the reason.
    note : str
        Said of every computed cell.
    tolerances : dict, optional
        By column; default 0.5 for percentages (``*_pct``) and 0.05 for ratios.
    """
    for key, row in printed.iterrows():
        for column, value in row.items():
            unit = "%" if column.endswith("_pct") else ""
            item = f"{key} {column.removesuffix('_pct')}"
            there = ours is not None and key in ours.index and column in ours and np.isfinite(ours.at[key, column])
            if there:
                tolerance = (tolerances or {}).get(column, 0.5 if unit else 0.05)
                board.add(exhibit, item, value, ours.at[key, column], unit, tolerance, note)
            else:
                board.missing(exhibit, item, value, lacks, unit, why)
