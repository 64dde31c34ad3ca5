"""What chapter 01 says of the taxonomy: the printed lists, the rules, the market's funds, another scheme, supply."""

from __future__ import annotations

import pandas as pd

from helpers import published
from helpers.published.exhibits import s001
from helpers.taxonomy.judge import held_out, score_rows
from helpers.taxonomy.rules import load_rules

__all__ = [
    "contested",
    "count_facts",
    "cross_facts",
    "cross_schemes",
    "growth_facts",
    "keyword_facts",
    "keyword_outcome",
    "listed_codes",
    "listing_facts",
    "missed_rows",
    "quality_facts",
    "scheme_table",
    "settled",
    "supply_facts",
]

_OTHERWISE = ["by index", "override"]


def scheme_table() -> pd.DataFrame:
    """List S001's classes with what the report prints of them and what this book adds.

    Returns
    -------
    DataFrame
        By detailed class: ``level1, level2_en, printed keywords`` (joined), ``printed indices`` (of Table 3) and
        ``rules here`` (number of this book's rules). Rebuilds S001 Tables 3 and 4.
    """
    rules = load_rules("atlas")
    classes = rules.classes.set_index("level2")
    words = published.load("s001_t04_level2_keywords").groupby("level2")["keyword"]
    number = rules.rules["level2_no"].map(rules.classes.set_index("level2_no")["level2"])
    return classes[["level1", "level2_en"]].assign(
        **{
            "printed keywords": words.agg("、".join),
            "printed indices": s001.class_counts(2),
            "rules here": number.value_counts(),
        }
    )


def keyword_outcome(scored: pd.DataFrame) -> pd.DataFrame:
    """Count printed rows by whether a keyword of their own class, or of another, stands in their names.

    Parameters
    ----------
    scored : DataFrame
        From :func:`helpers.taxonomy.score_rows` with the printed lists.

    Returns
    -------
    DataFrame
        ``rows`` and ``share`` by outcome. Rebuilds what S001 Table 4 does to the rows in print.
    """
    own, other = scored["own"], scored["other"]
    cases = {
        "own class only": own & ~other,
        "own class and another": own & other,
        "another class only": ~own & other,
        "no class at all": ~own & ~other,
    }
    table = pd.DataFrame({"rows": {name: int(case.sum()) for name, case in cases.items()}})
    return table.assign(share=table["rows"] / len(scored))


def keyword_facts(rows: pd.DataFrame, scored: pd.DataFrame) -> dict:
    """Say how far the printed keyword lists reach.

    Parameters
    ----------
    rows : DataFrame
        As `helpers.taxonomy.printed_rows` returns.
    scored : DataFrame
        The same rows under the printed lists, from :func:`helpers.taxonomy.score_rows`.

    Returns
    -------
    dict
        ``rows`` (number), ``own`` (how many hold a keyword of their own class) and ``strays`` (texts: one row of each
        class that only another class's keyword claims).
    """
    wrong = scored[~scored["own"] & scored["other"]].join(rows[["index_name"]]).drop_duplicates("printed")
    told = "{index_name} (filed under {printed}, keyword {matched} of {level2})"
    strays = [told.format(**row) for row in wrong.to_dict("records")]
    return {"rows": len(rows), "own": int(scored["own"].sum()), "strays": strays}


def quality_facts(rows: pd.DataFrame, quality: pd.DataFrame) -> dict:
    """Say how good the rules are on the printed rows.

    Parameters
    ----------
    rows : DataFrame
        From :func:`helpers.taxonomy.printed_rows`.
    quality : DataFrame
        From :func:`helpers.taxonomy.compare_classifiers`.

    Returns
    -------
    dict
        ``rows``, ``own`` (with a printed keyword of their class), ``lists`` (right by the printed lists), ``right,
        row_out, rule_out`` (by the book's rules), ``tailored`` (right, but on nothing else than a rule of their own),
        ``seen, row_held, family_held`` (the learned model).
    """
    scored, alone = score_rows(rows, "atlas"), held_out(rows)
    model = quality.loc["model learned from names"]
    return {
        "rows": len(rows),
        "own": int(score_rows(rows, "printed")["own"].sum()),
        "lists": quality.at["keyword lists as printed", "seen"],
        "right": int(scored["right"].sum()),
        "row_out": int(alone["row_out"].sum()),
        "rule_out": int(alone["rule_out"].sum()),
        "tailored": int((scored["right"] & ~alone["supported"]).sum()),
        "seen": model["seen"],
        "row_held": model["row held out"],
        "family_held": model["family held out"],
    }


def missed_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """List the printed rows the book's rules file elsewhere: ``name, index_name, printed, level2, rule, why``."""
    scored = score_rows(rows, "atlas")
    why = load_rules("atlas").rules.set_index("rule")["why"]
    missed = scored.loc[~scored["right"], ["printed", "level2", "rule"]].join(rows[["name", "index_name"]])
    return missed.assign(why=missed["rule"].map(why))


def listing_facts(funds: pd.DataFrame, found: pd.DataFrame) -> dict:
    """Say what became of the funds of a list.

    Parameters
    ----------
    funds : DataFrame
        One row a fund; ``name`` and ``index_name`` are read where they are there.
    found : DataFrame
        Its classes, same index, from :func:`helpers.taxonomy.one_class_per_index`.

    Returns
    -------
    dict
        ``funds, outside`` (bonds, money), ``nameless`` (neither a name nor an index to go by), ``silent`` (a name, but
        no rule) with their ``names`` (twenty at most), ``by_index`` (the majority decided) and ``override``.
    """
    silent = found["status"].eq("unclassified")
    named = funds.reindex(columns=["name", "index_name"]).notna().any(axis=1)
    known = funds.reindex(columns=["name"])["name"][silent & named].dropna()
    return {
        "funds": len(funds),
        "outside": int(found["status"].eq("outside").sum()),
        "nameless": int((silent & ~named).sum()),
        "silent": int((silent & named).sum()),
        "names": list(known.unique()[:20]),
        "by_index": int(found["status"].eq("by index").sum()),
        "override": int(found["status"].eq("override").sum()),
    }


def contested(funds: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """List the names of ``funds`` that two rules of one rank claim in ``found``: ``name, level2, also, funds``."""
    rows = found.loc[found["status"].eq("contested"), ["level2", "also"]].join(funds.reindex(columns=["name"]))
    return rows.groupby(["name", "level2", "also"], dropna=False).size().rename("funds").reset_index()


def settled(funds: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """List the ``funds`` whose class in ``found`` most funds of their index or an override decided, with the reason."""
    rows = found.loc[found["status"].isin(_OTHERWISE), ["level2", "status", "why"]]
    return funds.reindex(columns=["code", "name"]).join(rows, how="inner").reset_index(drop=True)


def listed_codes(funds: pd.DataFrame) -> pd.Series:
    """Return the index code a list gives each printed product, by the items of "S001 product list: index codes".

    Parameters
    ----------
    funds : DataFrame
        ``code`` and ``index_code``; a suffix such as ``.SH`` does not count. Without either column nothing is known.

    Returns
    -------
    Series
        Text by product, ``fund index name``; NaN for a product the list lacks.
    """
    codes = funds.reindex(columns=["code", "index_code"]).dropna()
    bare = codes["index_code"].str.partition(".")[0].str.upper()
    own = bare.groupby(codes["code"].str.partition(".")[0]).first()
    rows = s001.printed_list()
    return pd.Series(rows["fund"].map(own).to_numpy(), rows["fund"] + " " + rows["index_name"])


def growth_facts(own: pd.DataFrame) -> dict:
    """Say what filing growth with technology, as the printed keyword does, would change.

    Parameters
    ----------
    own : DataFrame
        Classes of one fund per index, as `helpers.taxonomy.classify` returns them.

    Returns
    -------
    dict
        ``growing``: indices that the rule *growth* decides among those kept; and shares of all: ``technology``,
        ``technology_with`` them, ``technology_printed``, and the same of ``strategy``.
    """
    growth = int(own["rule"].eq("growth").sum())
    printed = s001.class_counts(2)
    facts: dict = {"growing": growth}
    for word, name, sign in (("technology", "科技成长主题ETF", 1), ("strategy", "策略主题ETF", -1)):
        count = int(own["level2"].eq(name).sum())
        facts[word], facts[f"{word}_with"] = count / len(own), (count + sign * growth) / len(own)
        facts[f"{word}_printed"] = printed[name] / printed.sum()
    return facts


def count_facts(kept: pd.DataFrame, detail: pd.DataFrame, macro: pd.DataFrame, day: pd.Timestamp) -> dict:
    """Compare a market's indices by class with S001 Table 3.

    Parameters
    ----------
    kept : DataFrame
        One fund per index, from :func:`helpers.taxonomy.indices_at`.
    detail, macro : DataFrame
        From :func:`helpers.taxonomy.beside_print`, levels 2 and 1.
    day : Timestamp
        When they were counted.

    Returns
    -------
    dict
        ``indices, printed, day, early`` (before the report's day), ``moved`` (share that would have to change macro
        class to make the shares equal), ``sized`` (share of kept funds with a size), ``thin`` (classes with five or
        fewer).
    """
    return {
        "indices": len(kept),
        "printed": s001.index_total(),
        "day": day,
        "early": bool(day < pd.Timestamp(s001.COUNTED)),
        "moved": macro["difference"].abs().sum() / 2,
        "sized": kept["size"].notna().mean() if "size" in kept else 0.0,
        "thin": list(detail.index[detail["count"] <= 5]),
    }


def cross_schemes(first: pd.DataFrame, second: pd.DataFrame, rules: str = "efund") -> pd.DataFrame:
    """Count rows by their class in S001's scheme and their first-level label in another.

    Parameters
    ----------
    first : DataFrame
        Classes by the rules "atlas", from :func:`helpers.taxonomy.classify`.
    second : DataFrame
        Classes of the same rows by ``rules``; rows outside that scheme or without a class there are not counted.
    rules : str
        The second rule set.

    Returns
    -------
    DataFrame
        Detailed classes × labels, all of both present; numbers of rows.
    """
    inside = ~second["status"].isin(["outside", "unclassified"])
    labels = load_rules(rules).classes["level1"].drop_duplicates()
    table = pd.crosstab(first.loc[inside, "level2"], second.loc[inside, "level1"])
    order = load_rules("atlas").classes["level2"]
    return table.reindex(index=order, columns=labels, fill_value=0).rename_axis(index=None, columns=None)


def cross_facts(cross: pd.DataFrame) -> dict:
    """Say what two schemes treat alike.

    Parameters
    ----------
    cross : DataFrame
        From :func:`cross_schemes`.

    Returns
    -------
    dict
        ``alike`` and ``split``: the classes whose largest share under one label is the highest and the lowest;
        ``share``: that of ``split``, a fraction. All None without a row.
    """
    largest = cross.div(cross.sum(axis=1).where(cross.sum(axis=1) > 0), axis=0).max(axis=1).dropna()
    if largest.empty:
        return {"alike": None, "split": None, "share": None}
    return {"alike": largest.idxmax(), "split": largest.idxmin(), "share": largest.min()}


def supply_facts(trend: pd.DataFrame, last_year: int, span: int) -> dict:
    """Name the windows compared, and the classes that gained and lost most.

    Parameters
    ----------
    trend : DataFrame
        From :func:`helpers.taxonomy.supply_trend`, largest gain first.
    last_year, span : int
        As given there.

    Returns
    -------
    dict
        ``span, earlier, latest`` (last years of both windows), ``up`` and ``down``: dicts of ``name`` and its listings
        ``before`` and ``recent``.
    """
    facts = {"span": span, "earlier": last_year - span, "latest": last_year}
    for word, name in (("up", trend.index[0]), ("down", trend.index[-1])):
        row = trend.loc[name]
        facts[word] = {"name": name, "before": int(row["before"]), "recent": int(row["recent"])}
    return facts
