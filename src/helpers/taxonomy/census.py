"""Count the classes: one fund per index as S001 counts, and supply by listing year."""

from __future__ import annotations

import pandas as pd

from helpers.taxonomy.rules import RuleSet, load_rules

__all__ = ["class_counts", "index_key", "largest_per_index", "supply_by_year", "supply_trend"]


def index_key(funds: pd.DataFrame) -> pd.Series:
    """Return what two funds share when they track one index: index code, else index name, else the fund itself."""
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


def supply_by_year(found: pd.DataFrame, list_date: pd.Series, level: str = "level2") -> pd.DataFrame:
    """Count the funds listed in each calendar year by class.

    Parameters
    ----------
    found : DataFrame
        As `helpers.taxonomy.classify` returns; rows outside the scheme or without a class are not counted.
    list_date : Series
        First trading day, same index; rows without one are not counted.

    Returns
    -------
    DataFrame
        Index: every year from the first to the last; columns: classes that occur, largest first.
    """
    counted = found[~found["status"].isin(["outside", "unclassified"]) & list_date.notna()]
    if counted.empty:
        return pd.DataFrame(index=pd.Index([], dtype=int, name="year"))
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
        If ``span`` is not positive or no fund was listed in one of the windows.
    """
    if span < 1:
        raise ValueError(f"span must be at least one year, not {span}")
    recent = supply.loc[last_year - span + 1 : last_year].sum()
    before = supply.loc[last_year - 2 * span + 1 : last_year - span].sum()
    if not recent.sum() or not before.sum():
        raise ValueError(f"no listings in one of the two windows of {span} years up to {last_year}")
    table = pd.DataFrame({"before": before, "recent": recent})
    table["share_before"], table["share_recent"] = before / before.sum(), recent / recent.sum()
    table["change"] = table["share_recent"] - table["share_before"]
    return table.sort_values("change", ascending=False)
