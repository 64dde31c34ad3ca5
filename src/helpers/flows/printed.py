"""Small tables behind the figures of the flow chapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.scoreboard import Scoreboard
from helpers.sessions import week_ends

# Months whose printed groups the report itself contradicts (published/checks.csv).
INCONSISTENT = {"2025-10": "E3.10", "2025-11": "E3.11"}


def split_window(
    days: pd.DataFrame, left_out: pd.DataFrame, around: int = 3
) -> tuple[str, pd.Timestamp, pd.DataFrame] | None:
    """Days around the largest false flow: what a plain difference claims, and what is kept.

    Parameters
    ----------
    days : DataFrame
        Of :func:`helpers.flows.daily_flow`.
    left_out : DataFrame
        Of :func:`helpers.flows.excluded_days`.
    around : int
        Observations shown before and after.

    Returns
    -------
    tuple or None
        Fund code, date, and a frame of dates × ``claimed, kept`` (CNY); None if there is no split of either kind.
    """
    split = days.loc[days["status"] == "split", ["date", "code", "shares", "before", "value"]]
    known = split.assign(would_be=(split["shares"] - split["before"]) * split["value"])
    both = pd.concat([known, left_out.loc[left_out["status"] == "suspected"]])[["date", "code", "would_be"]].dropna()
    if both.empty:
        return None
    worst = both.loc[both["would_be"].abs().to_numpy().argmax() == np.arange(len(both))].iloc[0]
    rows = days.loc[days["code"] == worst["code"]].reset_index(drop=True)
    place = rows.index[rows["date"] == worst["date"]][0]
    rows = rows.iloc[max(0, place - around) : place + around + 1].set_index("date")
    table = pd.DataFrame({"claimed": (rows["shares"] - rows["before"]) * rows["value"], "kept": rows["flow"]})
    return worst["code"], worst["date"], table


def change_parts(
    sizes: pd.DataFrame, flows: pd.DataFrame, look: Callable[[pd.DataFrame], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Why each industry's share of ETF money changed from one week to the next; the parts add up exactly.

    Parameters
    ----------
    sizes, flows : DataFrame
        Weeks × funds, CNY.
    look : callable
        Spreads amounts of dates × funds over industries with the weights known at each date.

    Returns
    -------
    dict of DataFrame
        Weeks (from the second on) × industries, in shares of the total: ``money`` (net inflow spread by last week's
        weights, and funds that came or went), ``fund prices`` (growth of each fund, spread likewise), ``new weights``
        (index weights published since, and labels), ``change`` (their sum).
    """
    before = sizes.shift()
    stayed = sizes.notna() & before.notna()
    money = flows.reindex_like(sizes).fillna(0.0).where(stayed, sizes.fillna(0.0) - before.fillna(0.0))
    grown = sizes.fillna(0.0) - before.fillna(0.0) - money
    held = look(sizes)
    now, old = held.iloc[1:], held.shift().iloc[1:]
    parts = {
        name: look(amounts.shift(-1).iloc[:-1]).set_axis(sizes.index[1:])
        for name, amounts in {"money": money, "fund prices": grown}.items()
    }
    parts["new weights"] = now - old - parts["money"] - parts["fund prices"]
    share, total = old.div(old.sum(axis=1), axis=0), now.sum(axis=1)
    parts = {n: part.sub(share.mul(part.sum(axis=1), axis=0)).div(total, axis=0) for n, part in parts.items()}
    return parts | {"change": sum(parts.values())}


def variance_shares(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Split the variance of ``change`` across its parts, over all weeks and over those with and without new weights.

    Returns
    -------
    DataFrame
        Parts × ``all weeks, weeks with new weights, other weeks``; each column sums to 1 (NaN where nothing moved).
    """
    change = parts["change"].dropna(how="all")
    fresh = parts["new weights"].loc[change.index].abs().max(axis=1) > 1e-9
    table = {}
    for name, keep in {"all weeks": fresh | True, "weeks with new weights": fresh, "other weeks": ~fresh}.items():
        moved = change.loc[keep]
        scale = float((moved**2).sum().sum())
        table[name] = {
            part: float((values.loc[moved.index] * moved).sum().sum()) / scale if scale > 1e-18 else np.nan
            for part, values in parts.items()
            if part != "change"
        }
    return pd.DataFrame(table)


def recent_weeks(etf_shares: pd.DataFrame, number: int = 8) -> pd.DatetimeIndex:
    """Last week ends of recorded units without a hole: at most ``number``, the first one starts the first flow."""
    weeks = week_ends(pd.DatetimeIndex(etf_shares["date"].unique()))[-number:]
    hole = np.flatnonzero(np.diff(weeks.to_numpy()) > np.timedelta64(20, "D"))
    return weeks[hole[-1] + 1 :] if len(hole) else weeks


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
