"""What a list of today's funds leaves out: the funds that died, by kind, and how many of each past year they were."""

from __future__ import annotations

import pandas as pd

from helpers.tables import MissingTable

YEAR = 365.25
IDENTITY = ("index_code", "index_name", "name")


def deaths_by_kind(etf_list: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Count the funds that were delisted, by kind.

    Parameters
    ----------
    etf_list : DataFrame
        Canonical table with ``list_date`` and ``delist_date``.
    day : Timestamp
        Last day known: later listings and deaths have not happened.

    Returns
    -------
    DataFrame
        ``fund_type`` × ``listed`` (ever), ``dead``, ``share``, ``years`` (median life of the dead), ``told`` (of the
        dead, those of which the list has an index or a name), most dead first.

    Raises
    ------
    MissingTable
        If the list names no fund that died.
    """
    _names_the_dead(etf_list, day)
    funds = etf_list.loc[etf_list["list_date"].le(day)]
    dead = funds["delist_date"].le(day)
    kind = funds["fund_type"].fillna("unknown") if "fund_type" in funds else pd.Series("all", funds.index)
    told = funds[[name for name in IDENTITY if name in funds]].notna().any(axis=1)
    life = (funds["delist_date"] - funds["list_date"]).dt.days.where(dead) / YEAR
    table = pd.DataFrame({"kind": kind, "dead": dead, "life": life, "told": told & dead}).groupby("kind")
    counts = table["dead"].agg(["size", "sum"]).set_axis(["listed", "dead"], axis=1)
    counts = counts.assign(share=counts["dead"] / counts["listed"], years=table["life"].median())
    return counts.assign(told=table["told"].sum()).sort_values("dead", ascending=False)


def with_and_without(etf_list: pd.DataFrame, day: pd.Timestamp, years: int = 8) -> pd.DataFrame:
    """Count the funds of past year ends, of all listed then and of those alive today alone.

    Parameters
    ----------
    etf_list : DataFrame
        As for :func:`deaths_by_kind`.
    day : Timestamp
        Today.
    years : int
        Year ends before it.

    Returns
    -------
    DataFrame
        Year ends × ``funds`` (listed then), ``today`` (of them alive today), ``lost`` (share that a list of today's
        funds does not know); years without a fund are left out.

    Raises
    ------
    MissingTable
        If the list names no fund that died.
    """
    _names_the_dead(etf_list, day)
    gone = etf_list["delist_date"].where(etf_list["delist_date"].le(day))
    ends = [pd.Timestamp(year, 12, 31) for year in range(day.year - years, day.year)]
    there = {end: etf_list["list_date"].le(end) & ~gone.le(end) for end in ends}
    table = pd.DataFrame({end: {"funds": at.sum(), "today": (at & gone.isna()).sum()} for end, at in there.items()}).T
    table = table.loc[table["funds"] > 0]
    return table.assign(lost=1 - table["today"] / table["funds"]).rename_axis("year end")


def death_facts(deaths: pd.DataFrame, beside: pd.DataFrame) -> dict[str, object]:
    """Return the numbers of a sentence on the dead.

    Parameters
    ----------
    deaths : DataFrame
        Of :func:`deaths_by_kind`.
    beside : DataFrame
        Of :func:`with_and_without`.

    Returns
    -------
    dict
        ``dead, listed, share`` (of all funds ever listed), ``told`` (dead with an index or a name), ``worst`` (year
        end of the largest loss) with ``worst_lost``.
    """
    total = deaths[["listed", "dead", "told"]].sum()
    return {
        "dead": int(total["dead"]),
        "listed": int(total["listed"]),
        "told": int(total["told"]),
        "share": total["dead"] / total["listed"],
        "worst": beside["lost"].idxmax() if len(beside) else pd.NaT,
        "worst_lost": beside["lost"].max(),
    }


def _names_the_dead(etf_list: pd.DataFrame, day: pd.Timestamp) -> None:
    if "delist_date" not in etf_list or not etf_list["delist_date"].le(day).any():
        raise MissingTable("etf_list", f"it names no fund delisted by {day:%Y-%m-%d}")
