"""What another choice changes: other survivors, the filter last instead of first, keys without the vendor's help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from helpers.dedup.index_keys import KEY_SCHEMES, index_keys, pair_agreement
from helpers.dedup.rules import SURVIVORS, DedupResult, dedup_by_index
from helpers.tables import MissingTable

__all__ = ["blind_keys", "blind_tests", "compare_survivors", "lost_when_filtered_last"]


def compare_survivors(etf_list: pd.DataFrame, etf_daily: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Run the dedup with each rule for the survivor and compare who stays.

    Parameters
    ----------
    etf_list, etf_daily : DataFrame
        Canonical tables.
    **options
        Of :func:`helpers.dedup.dedup_by_index` (``survivor`` is set here).

    Returns
    -------
    DataFrame
        By rule: ``indices``, ``contested`` (indices with more than one fund), ``differ`` (contested indices where
        another fund stands than under *earliest*), ``turnover`` (median, CNY a day), ``fee`` (mean management fee,
        fraction a year), ``listed`` (median year of listing), all over the contested indices.
    """
    rows, first = [], None
    for survivor in SURVIVORS:
        reps = dedup_by_index(etf_list, etf_daily, **{**options, "survivor": survivor}).representatives
        crowded = reps[reps["n_funds"] > 1].set_index("key")
        first = crowded["code"] if first is None else first
        rows.append(
            {
                "survivor": survivor,
                "indices": len(reps),
                "contested": len(crowded),
                "differ": int((crowded["code"] != first.reindex(crowded.index)).sum()),
                "turnover": crowded["turnover"].median(),
                "fee": crowded["mgmt_fee"].mean() if "mgmt_fee" in crowded else np.nan,
                "listed": crowded["list_date"].dt.year.median(),
            }
        )
    return pd.DataFrame(rows)


def lost_when_filtered_last(
    result: DedupResult, etf_list: pd.DataFrame, etf_daily: pd.DataFrame, min_amount: float, **options: Any
) -> pd.DataFrame:
    """Find the indices that vanish when the representative is chosen first and turnover is asked for later.

    Parameters
    ----------
    result : DedupResult
        With the filter first (S000's order).
    etf_list, etf_daily : DataFrame
        Canonical tables.
    min_amount : float
        The filter, CNY a day.
    **options
        ``date``, ``survivor`` and so on, as for ``result``.

    Returns
    -------
    DataFrame
        One row per lost index: ``key, first`` (the representative without filter), ``first_turnover``, ``stands``
        (the fund S000's order keeps) and ``stands_turnover``.
    """
    late = dedup_by_index(etf_list, etf_daily, **options).representatives.set_index("key")
    now = result.representatives.set_index("key")
    both = now.join(late[["code", "turnover"]].add_suffix("_first"), how="inner")
    lost = both[~(both["turnover_first"] >= min_amount)].reset_index()
    columns = {
        "code_first": "first",
        "turnover_first": "first_turnover",
        "code": "stands",
        "turnover": "stands_turnover",
    }
    return lost.rename(columns=columns)[["key", *columns.values()]]


def blind_keys(etf_list: pd.DataFrame, hide: tuple[str, ...]) -> pd.DataFrame:
    """Hide columns of funds whose index is known and see how much of the truth each scheme still finds.

    Parameters
    ----------
    etf_list : DataFrame
        The fund list.
    hide : tuple of str
        Columns to blank, such as ``("index_code",)`` or ``("index_code", "index_name")``.

    Returns
    -------
    DataFrame
        By scheme: ``pairs`` (of funds that share an index), ``found`` and ``right`` (fractions, see
        :func:`helpers.dedup.index_keys.pair_agreement`).
    """
    known = etf_list[etf_list["index_code"].notna()]
    if "index_code" in hide and "index_name" not in hide:
        known = known[known.reindex(columns=["index_name"])["index_name"].notna()]
    truth = index_keys(known).set_index("code")["key"]
    blank = known.assign(**{column: pd.Series(pd.NA, index=known.index, dtype="str") for column in hide})
    found = {scheme: index_keys(blank, scheme).set_index("code")["key"] for scheme in reversed(KEY_SCHEMES)}
    return pd.DataFrame({scheme: pair_agreement(key, truth) for scheme, key in found.items()}).T


def blind_tests(etf_list: pd.DataFrame) -> pd.DataFrame:
    """Run :func:`blind_keys` without codes, without codes and names, and on commodity funds alone.

    Parameters
    ----------
    etf_list : DataFrame
        Canonical list with ``index_code``.

    Returns
    -------
    DataFrame
        By test and scheme: ``pairs, found, right``; a test without any pair of funds on one index is left out.

    Raises
    ------
    MissingTable
        No two funds of the list share an index code, so there is no truth to hide.
    """
    if "index_code" not in etf_list or not etf_list["index_code"].dropna().duplicated().any():
        raise MissingTable("etf_list", "no two funds share an index_code, so none can be hidden", "Give index codes.")
    kind = etf_list.reindex(columns=["fund_type"])["fund_type"]
    cases = {
        "codes hidden": (etf_list, ("index_code",)),
        "codes and names hidden": (etf_list, ("index_code", "index_name")),
        "commodity funds, both hidden": (etf_list[kind.eq("commodity")], ("index_code", "index_name")),
    }
    found = {title: blind_keys(funds, hide) for title, (funds, hide) in cases.items()}
    return pd.concat({title: table for title, table in found.items() if table["pairs"].gt(0).all()})
