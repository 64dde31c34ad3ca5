"""定策略: from a stance to the indices that express it, by class and by the words of their names.

S001 gives three: attack with growth and momentum, defend with dividends and low volatility, follow policy through
regions and industries. Which words and classes stand for each is ours, and one table.
"""

from __future__ import annotations

import re

import pandas as pd

from helpers.index_research.history import closes_of
from helpers.index_research.macro import class_levels
from helpers.index_research.products import resolved_index
from helpers.tables import MissingTable
from helpers.taxonomy import classify

__all__ = ["STANCES", "class_closes", "funds_of_stance", "stance_of"]

# stance: (words in the index name that decide wherever they stand, level-2 classes that belong to it otherwise)
STANCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "defence": ("红利|股息|低波|价值|质量|自由现金流", ()),
    "attack": ("成长|动量|双创|创业板|科创", ("科技成长主题ETF",)),
    "theme": (
        "",
        (
            "国企主题ETF",
            "民企主题ETF",
            "地域经济主题ETF",
            "制造业主题ETF",
            "绿色主题ETF",
            "资源主题ETF",
            "消费主题ETF",
            "周期主题ETF",
            "(申万)行业ETF",
        ),
    ),
    "core": ("", ("宽基ETF",)),
}


def stance_of(names: pd.Series, level2: pd.Series) -> pd.Series:
    """Return the stance of each index: the first in :data:`STANCES` whose words or classes fit.

    Parameters
    ----------
    names : Series
        Index names; missing ones fit no words.
    level2 : Series
        Detailed classes, same index, from :func:`helpers.taxonomy.classify`.

    Returns
    -------
    Series
        Missing where no stance fits.
    """
    out = pd.Series(None, names.index, dtype="object")
    for stance, (words, classes) in STANCES.items():
        fits = level2.isin(classes)
        if words:
            fits |= names.fillna("").str.contains(re.compile(words))
        out = out.where(out.notna() | ~fits, stance)
    return out.rename("stance")


def funds_of_stance(etf_list: pd.DataFrame, date: pd.Timestamp | str | None = None) -> pd.DataFrame:
    """Give every fund its class and its stance.

    Parameters
    ----------
    etf_list : DataFrame
        Canonical.
    date : date-like, optional
        Leave out funds not listed, or already closed, by then.

    Returns
    -------
    DataFrame
        By fund: ``name, index_code, index_name, level1, level2, stance``. Cross-border, commodity, bond and money funds
        have none: the screen looks at A shares.
    """
    listing = etf_list if date is None else etf_list[_alive(etf_list, pd.Timestamp(date))]
    classes = classify(listing)
    stance = stance_of(listing["index_name"].fillna(listing["name"]), classes["level2"])
    domestic = listing["fund_type"].eq("stock") if "fund_type" in listing else True
    stance = stance.where(domestic & ~classes["level2"].isin(["跨境主题ETF", "商品主题ETF"]))
    table = listing[["code", "name", "index_name"]].assign(
        level1=classes["level1"], level2=classes["level2"], stance=stance
    )
    return table.set_index("code").join(resolved_index(listing))


def class_closes(etf_list: pd.DataFrame, index_daily: pd.DataFrame) -> pd.DataFrame:
    """Return the level of each stance: the indices that funds follow and that have closes, held equally.

    Parameters
    ----------
    etf_list, index_daily : DataFrame
        Canonical.

    Returns
    -------
    DataFrame
        Sessions × stances, 1 before the first return.

    Raises
    ------
    MissingTable
        If fewer than two stances have an index with closes.
    """
    funds = funds_of_stance(etf_list).dropna(subset=["stance", "index_code"])
    of_index = funds.drop_duplicates("index_code").set_index("index_code")["stance"].to_dict()
    levels = class_levels(closes_of(index_daily, list(of_index)), of_index)
    if levels.shape[1] < 2:
        raise MissingTable("index_daily", "closes of the indices that funds follow, in two stances or more")
    return levels[[stance for stance in STANCES if stance in levels]]


def _alive(etf_list: pd.DataFrame, date: pd.Timestamp) -> pd.Series:
    alive = etf_list["list_date"] <= date
    return (
        alive & (etf_list["delist_date"].isna() | (etf_list["delist_date"] > date))
        if "delist_date" in etf_list
        else alive
    )
