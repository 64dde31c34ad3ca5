"""Changes in units that are no known flow: splits, real and suspected, and changes over holes in the record."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from helpers.tables import MissingTable


class SplitDay(NamedTuple):
    """A fund's split: code, date, and the days around it × ``claimed`` (units × price, splits ignored), ``kept``."""

    code: str
    date: pd.Timestamp
    table: pd.DataFrame


def excluded_days(days: pd.DataFrame, weeks: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """Report the fund-days of :func:`daily_flow` whose flow was left out, with the money that would have been claimed.

    Parameters
    ----------
    days : DataFrame
    weeks : DatetimeIndex, optional
        The first and the last bound the report.

    Returns
    -------
    DataFrame
        ``date, code, status, ratio`` (units after over before), ``gap_days, would_be`` (CNY), largest first.
    """
    inside = True if weeks is None else days["date"].between(weeks[0], weeks[-1])
    rows = days.loc[days["status"].isin(["suspected", "gap"]) & inside].copy()
    rows["ratio"] = rows["shares"] / rows["before"]
    rows["would_be"] = (rows["shares"] - rows["before"]) * rows["value"]
    order = rows["would_be"].abs().sort_values(ascending=False, na_position="last").index
    return rows.loc[order, ["date", "code", "status", "ratio", "gap_days", "would_be"]].reset_index(drop=True)


def largest_split(days: pd.DataFrame, weeks: pd.DatetimeIndex, around: int = 3) -> SplitDay:
    """Find the split, stated, recognised or suspected, that would have made the largest false flow.

    Parameters
    ----------
    days : DataFrame
        Of :func:`daily_flow`.
    weeks : DatetimeIndex
        The first and the last bound the search.
    around : int
        Observations shown before and after.

    Returns
    -------
    SplitDay

    Raises
    ------
    MissingTable
        If nothing in these weeks looks like a split.
    """
    claimed = (days["shares"] - days["before"]) * days["value"]
    split = days["status"].isin(["split", "suspected"]) & days["date"].between(weeks[0], weeks[-1])
    false = claimed[split].abs().dropna()
    if false.empty:
        raise MissingTable("etf_shares", f"no change in units from {weeks[0]:%Y-%m-%d} on looks like a split")
    worst = days.loc[false.idxmax()]
    rows = days.loc[days["code"] == worst["code"]]
    place = rows.index.get_loc(worst.name)
    rows = rows.iloc[max(0, place - around) : place + around + 1]
    table = pd.DataFrame({"claimed": claimed[rows.index], "kept": rows["flow"]}).set_axis(rows["date"])
    return SplitDay(worst["code"], worst["date"], table)


def left_out_facts(days: pd.DataFrame, weeks: pd.DatetimeIndex) -> dict[str, object]:
    """Return what changes in units counted as within some weeks.

    Parameters
    ----------
    days : DataFrame
        Of :func:`helpers.flows.daily_flow`.
    weeks : DatetimeIndex
        The first and the last bound the count.

    Returns
    -------
    dict
        ``found``, a list of texts such as ``"45,405 flow"``, most frequent first; ``left_out``, fund-days not believed.
    """
    inside = days.loc[days["date"].between(weeks[0], weeks[-1])]
    counts = inside["status"].value_counts()
    found = [f"{number:,} {status}" for status, number in counts.items()]
    return {"found": found, "left_out": int(counts.reindex(["suspected", "gap"]).sum())}
