"""Count the classes: one fund per index as S001 counts, beside its Table 3, and supply by listing year."""

from __future__ import annotations

import pandas as pd

from helpers.published.exhibits import s001
from helpers.tables import MissingTable
from helpers.taxonomy.rules import RuleSet, load_rules

__all__ = [
    "beside_print",
    "class_counts",
    "counting_day",
    "index_key",
    "indices_at",
    "largest_per_index",
    "last_full_year",
    "scaled_counts",
    "supply_by_year",
    "supply_trend",
]


def index_key(funds: pd.DataFrame) -> pd.Series:
    """Return what two ``funds`` share when they track one index: index code, else index name, else the fund's own code.

    Examples
    --------
    >>> funds = pd.DataFrame({"code": ["510300.SH", "510310.SH", "588000.SH"]})
    >>> index_key(funds.assign(index_code=["000300", "000300", None])).to_list()
    ['000300', '000300', '588000.SH']
    """
    key = funds["code"].astype("object")
    for column in ("index_name", "index_code"):
        if column in funds:
            key = funds[column].astype("object").where(funds[column].notna(), key)
    return key.astype("str").rename("index_key")


def largest_per_index(funds: pd.DataFrame) -> pd.DataFrame:
    """Keep one fund per index, the largest, as S001 does for its 633 indices.

    Funds without a size come after those with one, then the earlier listed, then the smaller code.
    (S000 keeps the earliest listed instead: the two rules keep the same indices, not the same funds.)

    Parameters
    ----------
    funds : DataFrame
        ``code``, and where known ``index_code``, ``index_name``, ``size``, ``list_date``.

    Returns
    -------
    DataFrame
        The kept rows, in the order of ``funds``.
    """
    order = pd.DataFrame({"key": index_key(funds), "code": funds["code"]})
    order["size"] = funds["size"] if "size" in funds else float("nan")
    order["list_date"] = funds.get("list_date", pd.NaT)
    order = order.sort_values(["size", "list_date", "code"], ascending=[False, True, True], na_position="last")
    kept = order.drop_duplicates("key").index
    return funds.loc[funds.index.isin(kept)]


def counting_day(funds: pd.DataFrame, end: pd.Timestamp | None = None) -> pd.Timestamp:
    """Return the day S001 counts its indices on, or the last day a run knows of if that comes first.

    Parameters
    ----------
    funds : DataFrame
        ``list_date``, read when there is no ``end``.
    end : Timestamp, optional
        The last day a run knows of; default the last listing.

    Returns
    -------
    Timestamp
        The day the report names, or an earlier one.
    """
    return min(pd.Timestamp(s001.COUNTED), funds["list_date"].max() if end is None else end)


def indices_at(funds: pd.DataFrame, found: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Keep one fund per index among those that have a class and are listed on a day, as S001 counts them.

    Parameters
    ----------
    funds : DataFrame
        ``code, list_date``; ``delist_date`` and what :func:`largest_per_index` uses where known.
    found : DataFrame
        As `helpers.taxonomy.classify` returns, same index.
    day : Timestamp

    Returns
    -------
    DataFrame
        The kept rows of ``funds``.

    Raises
    ------
    MissingTable
        No fund with a class was listed then.
    """
    there = ~found["status"].isin(["outside", "unclassified"]) & funds["list_date"].le(day)
    if "delist_date" in funds:
        there &= ~funds["delist_date"].le(day)
    if not there.any():
        raise MissingTable("etf_list", f"holds no fund with a class listed on {day:%Y-%m-%d}", "Choose a later END.")
    return largest_per_index(funds[there.to_numpy(bool)])


def beside_print(found: pd.DataFrame, level: int) -> pd.DataFrame:
    """Count classes beside S001 Table 3.

    Parameters
    ----------
    found : DataFrame
        Classes of one fund per index.
    level : {1, 2}

    Returns
    -------
    DataFrame
        By class: ``count, share`` in ``found``, ``printed_count``, ``printed`` (share), ``difference`` of the shares.
    """
    printed = s001.class_counts(level)
    table = class_counts(found, f"level{level}").assign(printed_count=printed, printed=printed / printed.sum())
    return table.assign(difference=table["share"] - table["printed"])


def scaled_counts(found: pd.DataFrame) -> pd.Series:
    """Return the items of S001 Table 3: indices by class, scaled to the report's total, and how many there are.

    The report also counts indices that only off-exchange funds track. What can be compared is the mix, so a class
    counts for its share of ``found`` times the printed total.

    Parameters
    ----------
    found : DataFrame
        Classes of one fund per index, as `helpers.taxonomy.classify` returns them.

    Returns
    -------
    Series
        By item of S001 Table 3: ``level 1 …`` and ``level 2 …`` in indices (not whole numbers), and the rows of
        ``found``.
    """
    scaled = {
        f"level {level} {name}": share * s001.index_total()
        for level in (1, 2)
        for name, share in class_counts(found, f"level{level}")["share"].items()
    }
    return pd.Series({**scaled, s001.ALL_INDICES: len(found)})


def class_counts(found: pd.DataFrame, level: str = "level2", rules: RuleSet | str = "atlas") -> pd.DataFrame:
    """Count rows by class, every class of the scheme present, in the scheme's order.

    Parameters
    ----------
    found : DataFrame
        As `helpers.taxonomy.classify` returns.
    level : {"level1", "level2"}
    rules : RuleSet or str
        The rule set that made ``found``.

    Returns
    -------
    DataFrame
        Index: class; ``count`` and ``share`` of the classified rows. Rebuilds S001 Table 3.

    Raises
    ------
    ValueError
        If ``level`` is neither of the two.
    """
    if level not in ("level1", "level2"):
        raise ValueError(f"level must be level1 or level2, not {level!r}")
    rules = load_rules(rules) if isinstance(rules, str) else rules
    order = rules.classes[level].drop_duplicates()
    count = found[level].value_counts().reindex(order, fill_value=0)
    total = count.sum()
    return pd.DataFrame({"count": count, "share": count / total if total else float("nan")})


def last_full_year(funds: pd.DataFrame, end: pd.Timestamp | None = None) -> int:
    """Return the last calendar year that was over on the last day a run knows of.

    Parameters
    ----------
    funds : DataFrame
        ``list_date``, read when there is no ``end``.
    end : Timestamp, optional
        The last day a run knows of; default the last listing.

    Returns
    -------
    int
        The year of that day only when it is a 31 December, else the year before.
    """
    day = funds["list_date"].max() if end is None else end
    return int((day + pd.Timedelta(days=1)).year) - 1


def supply_by_year(found: pd.DataFrame, list_date: pd.Series, level: str = "level2") -> pd.DataFrame:
    """Count the funds listed in each calendar year by class.

    Parameters
    ----------
    found : DataFrame
        As `helpers.taxonomy.classify` returns; rows outside the scheme or without a class are not counted.
    list_date : Series
        First trading day, same index; rows without one are not counted.
    level : {"level1", "level2"}
        The column of ``found`` that names the class.

    Returns
    -------
    DataFrame
        Index: every year from the first to the last; columns: classes that occur, largest first.

    Raises
    ------
    MissingTable
        No row has both a class and a date.
    """
    counted = found[~found["status"].isin(["outside", "unclassified"]) & list_date.notna()]
    if counted.empty:
        raise MissingTable("etf_list", "holds no fund with a class and a list_date", "Give names and listing dates.")
    year = list_date.loc[counted.index].dt.year.rename("year")
    table = pd.crosstab(year, counted[level])
    table = table.reindex(range(table.index.min(), table.index.max() + 1), fill_value=0).rename_axis("year")
    return table[table.sum().sort_values(ascending=False, kind="stable").index].rename_axis(columns=None)


def supply_trend(supply: pd.DataFrame, last_year: int, span: int = 3) -> pd.DataFrame:
    """Compare each class's listings in the last ``span`` full years with the ``span`` years before.

    Parameters
    ----------
    supply : DataFrame
        As `supply_by_year` returns.
    last_year : int
        The last full year to count.
    span : int
        Length of each window in years.

    Returns
    -------
    DataFrame
        Index: class; ``before``, ``recent`` (listings), ``share_before``, ``share_recent`` (of all listings in the
        window) and ``change`` (difference of the shares), largest gain first.

    Raises
    ------
    ValueError
        ``span`` is not positive.
    MissingTable
        No fund was listed in one of the windows.
    """
    if span < 1:
        raise ValueError(f"span must be at least one year, not {span}")
    recent = supply.loc[last_year - span + 1 : last_year].sum()
    before = supply.loc[last_year - 2 * span + 1 : last_year - span].sum()
    if not recent.sum() or not before.sum():
        windows = f"two windows of {span} years up to {last_year}"
        raise MissingTable("etf_list", f"has no listings in one of the {windows}", "Choose a shorter SUPPLY_SPAN.")
    table = pd.DataFrame({"before": before, "recent": recent})
    table["share_before"], table["share_recent"] = before / before.sum(), recent / recent.sum()
    table["change"] = table["share_recent"] - table["share_before"]
    return table.sort_values("change", ascending=False)
