"""What chapter 02 shows of a fund list: its holes, its keys, who went, how crowded the indices are, what prices say."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.dedup.index_keys import KEY_SCHEMES, index_keys
from helpers.dedup.prices import NEAR, TWINS, MergeCheck, smallest_quiet_turnover
from helpers.dedup.rules import DedupResult

__all__ = [
    "agreement_facts",
    "alike_indices",
    "bare_facts",
    "blind_facts",
    "crowding",
    "crowding_facts",
    "examples_of_dropped",
    "holes",
    "index_names",
    "key_facts",
    "key_rules",
    "listed_by",
    "noise_facts",
    "pairs_by_kind",
    "rewritten_codes",
    "survivor_facts",
    "with_names",
    "worst_pairs",
]

_ASKED = ("name", "list_date", "index_code", "index_name", "benchmark", "mgmt_fee", "size")
_GOLD = ("gold", "AU9999")


def holes(etf_list: pd.DataFrame) -> pd.DataFrame:
    """Count by type how many of ``etf_list`` lack each column the rules can use; ``funds``: how many there are."""
    columns = [column for column in _ASKED if column in etf_list]
    kind = etf_list.get("fund_type", pd.Series("all", index=etf_list.index)).fillna("unknown")
    counted = etf_list[columns].isna().groupby(kind).sum().assign(funds=kind.value_counts())
    return counted.sort_values("funds", ascending=False).rename_axis("type of fund")


def listed_by(etf_list: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    """Return the funds of ``etf_list`` listed on or before a ``date``; one without a listing date is not."""
    return etf_list[etf_list["list_date"] <= date]


def noise_facts(noise: pd.DataFrame, used: float, near: float = NEAR) -> dict:
    """Say where the turnover filter should begin, and what the run uses.

    Parameters
    ----------
    noise : DataFrame
        From :func:`helpers.dedup.prices.noise_by_turnover`.
    used : float
        The filter of the run, CNY a day.
    near : float
        The correlation asked for.

    Returns
    -------
    dict
        ``found`` (whether some class is quiet from there on), ``filter`` and ``used`` (million CNY), ``agrees``, and
        ``best``, the median correlation in the most traded class that has pairs.
    """
    quiet = smallest_quiet_turnover(noise, near)
    return {
        "found": quiet == quiet,
        "filter": quiet / 1e6,
        "used": used / 1e6,
        "agrees": quiet == used,
        "best": noise["median"].dropna().iloc[-1],
    }


def key_rules(etf_list: pd.DataFrame) -> pd.DataFrame:
    """Count the funds of ``etf_list`` by what their key comes from, in the article's scheme and the normalised."""
    found = {scheme: index_keys(etf_list, scheme)["key_rule"].value_counts() for scheme in reversed(KEY_SCHEMES)}
    return pd.DataFrame(found).fillna(0).astype(int).rename_axis("key comes from")


def rewritten_codes(etf_list: pd.DataFrame) -> pd.DataFrame:
    """List every code of ``etf_list`` that a rule rewrote: ``rule, as written, key, funds, example`` (a name)."""
    keys = index_keys(etf_list)
    told = etf_list.reindex(columns=["code", "index_code", "name"])
    named = keys[keys["rewritten"] != ""].merge(told, on="code").rename(columns={"rewritten": "rule"})
    groups = named.rename(columns={"index_code": "as written"}).groupby(["rule", "as written", "key"])
    return groups.agg(funds=("code", "size"), example=("name", "first")).reset_index()


def key_facts(etf_list: pd.DataFrame, date: pd.Timestamp) -> dict:
    """Count the groups each scheme makes of ``etf_list`` listed by a ``date``: ``listed, article, normalised``."""
    funds = listed_by(etf_list, date)
    groups = {scheme: index_keys(funds, scheme)["key"].nunique() for scheme in KEY_SCHEMES}
    return {"listed": len(funds), **groups}


def bare_facts(etf_list: pd.DataFrame, date: pd.Timestamp) -> dict:
    """Count the listed funds with neither index code nor index name, which S000 takes for gold.

    Parameters
    ----------
    etf_list : DataFrame
        Canonical list.
    date : Timestamp
        Last day of listing.

    Returns
    -------
    dict
        ``bare``, ``gold`` (of them, by benchmark text and type) and ``others``; the last None where there is none bare.
    """
    funds = listed_by(etf_list, date)
    bare = index_keys(funds, "article")["key_rule"].isin(["gold", "unknown index"])
    gold = int(index_keys(funds).loc[bare, "key"].isin(_GOLD).sum())
    return {"bare": int(bare.sum()), "gold": gold, "others": int(bare.sum()) - gold if bare.any() else None}


def with_names(table: pd.DataFrame, etf_list: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Put names after columns that hold fund codes: ``name_a`` after ``code_a``, else ``<column>_name``.

    Parameters
    ----------
    table : DataFrame
        Any.
    etf_list : DataFrame
        ``code, name``.
    *columns
        Columns of ``table`` that hold codes.

    Returns
    -------
    DataFrame
        A copy with one more column for each; a fund without a name stays without one.
    """
    names = etf_list.reindex(columns=["code", "name"]).set_index("code")["name"]
    told = table.copy()
    for column in columns:
        label = column.replace("code", "name") if "code" in column else f"{column}_name"
        told.insert(told.columns.get_loc(column) + 1, label, table[column].map(names))
    return told


def index_names(etf_list: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Name each key: the index name given with the key's own code, else any index name, else a fund's name.

    Parameters
    ----------
    etf_list : DataFrame
        The fund list.
    keys : Series
        Key by fund code.

    Returns
    -------
    Series
        Text by key, the key itself where nothing else is known.
    """
    rows = etf_list.reindex(columns=["code", "index_code", "index_name", "name"]).set_index("code")
    rows["key"] = keys.reindex(rows.index)
    own = rows[rows["index_code"] == rows["key"]].groupby("key")["index_name"].first()
    each = rows.groupby("key")[["index_name", "name"]].first()
    best = own.reindex(each.index).fillna(each["index_name"]).fillna(each["name"])
    return best.fillna(pd.Series(each.index, each.index)).mask(each.index == "cash", "money market")


def examples_of_dropped(result: DedupResult, etf_list: pd.DataFrame, each: int = 4) -> pd.DataFrame:
    """Show some of the funds each rule dropped: ``rule, code, name, key, survivor, survivor_name``.

    Parameters
    ----------
    result : DedupResult
        Of :func:`helpers.dedup.dedup_by_index`.
    etf_list : DataFrame
        ``code, name``.
    each : int
        Funds shown of a rule, at most.

    Returns
    -------
    DataFrame
        One row a fund.
    """
    some = result.dropped.groupby("rule").head(each).sort_values(["rule", "code"], ignore_index=True)
    return with_names(some[["rule", "code", "key", "survivor"]], etf_list, "code", "survivor")


def crowding(full: DedupResult, result: DedupResult, etf_list: pd.DataFrame) -> pd.DataFrame:
    """Count the funds of every index.

    Parameters
    ----------
    full, result : DedupResult
        Without and with the turnover filter.
    etf_list : DataFrame
        For names.

    Returns
    -------
    DataFrame
        ``key, all, liquid`` (those that pass the filter), ``thin`` (those that do not), ``index`` (name and key), most
        crowded first.
    """
    count = pd.DataFrame({"all": full.representatives.set_index("key")["n_funds"]})
    count["liquid"] = result.representatives.set_index("key")["n_funds"].astype(float)
    count = count.fillna(0).astype(int).sort_values("all", ascending=False, kind="stable").rename_axis("key")
    named = count.reset_index().assign(thin=lambda t: t["all"] - t["liquid"])
    return named.assign(index=named["key"].map(index_names(etf_list, full.keys)) + "  " + named["key"])


def crowding_facts(crowd: pd.DataFrame, top: int = 10) -> dict:
    """Say how concentrated the copies are.

    Parameters
    ----------
    crowd : DataFrame
        Indices × ``all, liquid``, numbers of funds.
    top : int
        How many indices are called crowded.

    Returns
    -------
    dict
        ``indices`` (with a fund that passes the filter), ``top`` (how many are called crowded), ``share`` of all funds
        on them, ``single`` (share of the indices with one fund).
    """
    return {
        "indices": int((crowd["liquid"] > 0).sum()),
        "top": min(top, len(crowd)),
        "share": crowd["all"].nlargest(top).sum() / crowd["all"].sum(),
        "single": (crowd["all"] == 1).mean(),
    }


def blind_facts(blind: pd.DataFrame) -> dict:
    """Say what the fallback finds: ``article_right, found, right`` among commodity funds, ``all_found`` among all.

    Parameters
    ----------
    blind : DataFrame
        Of :func:`helpers.dedup.choices.blind_tests`.

    Returns
    -------
    dict
        Fractions; None for a test that was not run.
    """
    values = blind.stack()
    commodity, everything = "commodity funds, both hidden", "codes and names hidden"
    return {
        "article_right": values.get((commodity, "article", "right")),
        "found": values.get((commodity, "normalised", "found")),
        "right": values.get((commodity, "normalised", "right")),
        "all_found": values.get((everything, "normalised", "found")),
    }


def pairs_by_kind(pairs: pd.DataFrame) -> pd.DataFrame:
    """Summarise pairs on one index by kind: ``pairs, median``, shares below 0.99 and 0.95, and below 0.95 in ranks.

    Parameters
    ----------
    pairs : DataFrame
        Of :func:`helpers.dedup.prices.same_index_pairs`.

    Returns
    -------
    DataFrame
        Kinds × statistics; shares are fractions of the pairs.
    """
    return pairs.groupby("kind").agg(
        pairs=("correlation", "size"),
        median=("correlation", "median"),
        **{
            "below 0.99": ("correlation", lambda rho: (rho < TWINS).mean()),
            "below 0.95": ("correlation", lambda rho: (rho < 0.95).mean()),
            "below 0.95 in ranks": ("in_ranks", lambda rho: (rho < 0.95).mean()),
        },
    )


def worst_pairs(pairs: pd.DataFrame, etf_list: pd.DataFrame, each: int = 4) -> pd.DataFrame:
    """Show the ``pairs`` of each kind that move together least, ``each`` so many, with names from ``etf_list``."""
    some = pairs.sort_values("correlation").groupby("kind").head(each).sort_values(["kind", "correlation"])
    columns = ["kind", "key", "code_a", "code_b", "correlation", "in_ranks"]
    return with_names(some[columns], etf_list, "code_a", "code_b").reset_index(drop=True)


def alike_indices(check: MergeCheck, names: Mapping[str, str]) -> pd.DataFrame:
    """List the pairs of indices in a ``check`` of merges that move as one, closest first, with their ``names``."""
    pair = check.alike[["key_a", "key_b"]].apply(frozenset, axis=1) if len(check.alike) else check.alike["key_a"]
    first = check.alike[~pair.duplicated()]
    told = first.assign(index_a=first["key_a"].map(names), index_b=first["key_b"].map(names))
    return told[["key_a", "index_a", "key_b", "index_b", "code_a", "code_b", "correlation"]].reset_index(drop=True)


def agreement_facts(pairs: pd.DataFrame, alike: pd.DataFrame, suspects: pd.DataFrame, keys: pd.Series) -> dict:
    """Say how well keys and prices agree, and how far the test reaches.

    Parameters
    ----------
    pairs : DataFrame
        Liquid pairs on one index, from :func:`helpers.dedup.prices.same_index_pairs`.
    alike : DataFrame
        From :func:`alike_indices`.
    suspects : DataFrame
        From :func:`helpers.dedup.prices.doubtful_codes`.
    keys : Series
        Key by code of the plain liquid funds.

    Returns
    -------
    dict
        ``pairs, apart`` (below 0.99), ``plain_apart`` (share of plain pairs below 0.95), ``alike`` (pairs of indices),
        ``suspects``, ``in_ranks`` (of them), ``testable`` (funds whose index has a second one) of ``funds``.
    """
    plain = pairs[pairs["kind"] == "plain"]
    return {
        "pairs": len(pairs),
        "apart": int((pairs["correlation"] < TWINS).sum()),
        "plain_apart": (plain["correlation"] < 0.95).mean(),
        "alike": len(alike),
        "suspects": len(suspects),
        "in_ranks": int(suspects["in_ranks"].sum()),
        "testable": int(keys.duplicated(keep=False).sum()),
        "funds": len(keys),
    }


def survivor_facts(survivors: pd.DataFrame) -> dict:
    """Say what the most traded fund would change: ``contested, differ, most_traded, earliest`` (million CNY a day).

    Parameters
    ----------
    survivors : DataFrame
        Of :func:`helpers.dedup.choices.compare_survivors`.

    Returns
    -------
    dict
        ``contested`` and ``differ`` are counts of indices.
    """
    table = survivors.set_index("survivor")
    return {
        "contested": int(table.at["earliest", "contested"]),
        "differ": int(table.at["most_traded", "differ"]),
        "most_traded": table.at["most_traded", "turnover"] / 1e6,
        "earliest": table.at["earliest", "turnover"] / 1e6,
    }
