"""What a list of today's funds leaves out: the funds that died, by class, and the indices that went with them."""

from __future__ import annotations

import pandas as pd

from helpers.dedup.rules import dedup_by_index
from helpers.tables import MissingTable
from helpers.taxonomy import classify

YEAR = 365.25


def deaths_by_class(etf_list: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Count the funds that were delisted, by class of the taxonomy.

    Parameters
    ----------
    etf_list : DataFrame
        Canonical table with ``list_date`` and ``delist_date``.
    day : Timestamp
        Last day known: later listings and deaths have not happened.

    Returns
    -------
    DataFrame
        Classes (level 1) × ``listed`` (ever), ``dead``, ``share``, ``years`` (median life of the dead), most dead
        first.

    Raises
    ------
    MissingTable
        If the list names no fund that died.
    """
    _names_the_dead(etf_list, day)
    funds = etf_list.loc[etf_list["list_date"].le(day)].reset_index(drop=True)
    dead = funds["delist_date"].le(day)
    life = (funds["delist_date"] - funds["list_date"]).dt.days.where(dead) / YEAR
    table = pd.DataFrame({"kind": classify(funds)["level1"], "dead": dead, "life": life})
    grouped = table.groupby("kind")
    counts = grouped["dead"].agg(["size", "sum"]).set_axis(["listed", "dead"], axis=1)
    counts["share"] = counts["dead"] / counts["listed"]
    counts["years"] = grouped["life"].median()
    return counts.sort_values("dead", ascending=False)


def with_and_without(etf_list: pd.DataFrame, day: pd.Timestamp, years: int = 8) -> pd.DataFrame:
    """Keep one fund per index at past year ends, of all funds listed then and of those alive today alone.

    Parameters
    ----------
    etf_list : DataFrame
        As for :func:`deaths_by_class`.
    day : Timestamp
        Today.
    years : int
        Year ends before it.

    Returns
    -------
    DataFrame
        Year ends × ``funds, funds today`` (listed then; of them alive today), ``indices, indices today`` (one fund per
        index of both lists) and ``lost`` (share of the indices that a list of today's funds does not know).

    Raises
    ------
    MissingTable
        If the list names no fund that died.
    """
    _names_the_dead(etf_list, day)
    alive = etf_list.loc[~etf_list["delist_date"].le(day)]
    rows = {}
    for year in range(day.year - years, day.year):
        end = pd.Timestamp(year, 12, 31)
        there, today = (dedup_by_index(funds, date=end).representatives for funds in (etf_list, alive))
        if there.empty:
            continue
        lost = len(set(there["key"]) - set(today["key"])) / len(there)
        rows[end] = (there["n_funds"].sum(), today["n_funds"].sum(), len(there), len(today), lost)
    columns = ["funds", "funds today", "indices", "indices today", "lost"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.astype(dict.fromkeys(columns[:-1], int)).rename_axis("year end")


def death_facts(deaths: pd.DataFrame, beside: pd.DataFrame) -> dict[str, object]:
    """Return the numbers of a sentence on the dead.

    Parameters
    ----------
    deaths : DataFrame
        Of :func:`deaths_by_class`.
    beside : DataFrame
        Of :func:`with_and_without`.

    Returns
    -------
    dict
        ``dead, listed, share`` (of all funds ever listed), ``most`` (the class with most dead) with ``most_dead``;
        ``worst`` (year end of the largest loss of indices) with ``worst_lost``, ``lost`` (mean).
    """
    total = deaths[["listed", "dead"]].sum()
    worst = beside["lost"].idxmax() if len(beside) else pd.NaT
    return {
        "dead": int(total["dead"]),
        "listed": int(total["listed"]),
        "share": total["dead"] / total["listed"],
        "most": deaths.index[0],
        "most_dead": int(deaths["dead"].iloc[0]),
        "worst": worst,
        "worst_lost": beside["lost"].max(),
        "lost": beside["lost"].mean(),
    }


def _names_the_dead(etf_list: pd.DataFrame, day: pd.Timestamp) -> None:
    if "delist_date" not in etf_list or not etf_list["delist_date"].le(day).any():
        raise MissingTable("etf_list", f"it names no fund delisted by {day:%Y-%m-%d}")
