"""How good is a rule set: on the printed rows, with its own support taken away, and on real funds.

A rule written while looking at a row will classify that row. So three questions are asked: how
many printed rows a rule set gets right; what is left when the rule that decided a row is struck out, or
must find support elsewhere; and how a model that never saw the hand-written rules does on rows, and on
families of rows, that it was not fitted to.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from helpers import published
from helpers.published.exhibits import s001
from helpers.taxonomy.census import index_key
from helpers.taxonomy.engine import UNCLASSIFIED, classify, clean_text
from helpers.taxonomy.rules import RuleSet, load_rules

__all__ = [
    "NgramModel",
    "compare_classifiers",
    "held_out",
    "index_agreement",
    "one_class_per_index",
    "printed_rows",
    "score_rows",
    "stability",
]


def printed_rows() -> pd.DataFrame:
    """Return the rows of S001's product list that are in print (appendix and Fig. 3).

    Returns
    -------
    DataFrame
        Index: total serial number; ``level2`` (as printed), ``name``, ``index_name``, ``index_code`` (bare).
    """
    return s001.printed_list().drop(columns="fund")


def score_rows(rows: pd.DataFrame, rules: RuleSet | str) -> pd.DataFrame:
    """Compare a rule set with printed classes, row by row.

    Parameters
    ----------
    rows : DataFrame
        As `printed_rows` returns.
    rules : RuleSet or str
        Applied without overrides.

    Returns
    -------
    DataFrame
        Index of ``rows``; ``printed``, ``level2``, ``rule``, ``matched``, ``also``, and booleans: ``right`` (the
        one class given is the printed one), ``own`` (a rule of the printed class fires), ``other`` (a rule of
        another class fires).
    """
    found = classify(rows, rules)
    table = found[["level2", "rule", "matched", "also"]].assign(printed=rows["level2"])
    claimed = [{a, *b.split("|")} - {"", UNCLASSIFIED} for a, b in zip(found["level2"], found["also"], strict=True)]
    table["right"] = table["level2"].eq(table["printed"])
    table["own"] = [p in c for p, c in zip(table["printed"], claimed, strict=True)]
    table["other"] = [bool(c - {p}) for p, c in zip(table["printed"], claimed, strict=True)]
    return table[["printed", "level2", "rule", "matched", "also", "right", "own", "other"]]


def held_out(rows: pd.DataFrame, rules: RuleSet | str = "atlas") -> pd.DataFrame:
    """Ask of each printed row what the rules say without the help of that row.

    Parameters
    ----------
    rows : DataFrame
        As `printed_rows` returns.
    rules : RuleSet or str
        The hand-written rules.

    Returns
    -------
    DataFrame
        Index of ``rows``; ``rule`` that decided, ``supported`` (another printed row of the class, or a printed
        keyword of the class, calls for the same rule), ``row_out`` (right when an unsupported rule is struck),
        ``rule_out`` (right when the deciding rule is struck in any case: a family of rows held out together).
    """
    rules = load_rules(rules) if isinstance(rules, str) else rules
    scored = score_rows(rows, rules)
    struck = pd.Series(index=rows.index, dtype="bool")
    for rule, members in scored.groupby("rule"):
        kept = rules.without(rule) if rule else rules
        struck.loc[members.index] = classify(rows.loc[members.index], kept)["level2"].eq(members["printed"])
    alike = scored.groupby(["rule", "printed"])["rule"].transform("size").gt(1)
    listed = scored["rule"].isin(_rules_in_print(rules))
    supported = scored["rule"].ne("") & (alike | listed)
    row_out = scored["right"].where(supported, struck).astype("bool")
    return pd.DataFrame({"rule": scored["rule"], "supported": supported, "row_out": row_out, "rule_out": struck})


def _rules_in_print(rules: RuleSet) -> set[str]:
    """Return the rules that some printed keyword of their own class would fire."""
    words = published.load("s001_t04_level2_keywords")
    table = rules.rules.merge(rules.classes[["level2_no", "level2"]], on="level2_no")
    named = set()
    for row in table[table["pattern"].ne("")].itertuples():
        own = words.loc[words["level2"].eq(row.level2), "keyword"].str.upper()
        if any(re.search(row.pattern, word) for word in own):
            named.add(row.rule)
    return named


def _document(rows: pd.DataFrame) -> pd.Series:
    managers = rows.get("manager")
    return clean_text(rows["index_name"]) + " " + clean_text(rows["name"], managers)


class NgramModel:
    """A classifier learned from labelled names: character n-grams and complement naive Bayes.

    It sees the printed keyword lists (each keyword a short document of its class) and whatever labelled
    names it is fitted to, and nothing of the hand-written rules: a second opinion, not an authority.

    Parameters
    ----------
    smoothing : float
        Added to every n-gram count.
    """

    def __init__(self, smoothing: float = 0.3) -> None:
        self.smoothing = smoothing

    def fit(self, rows: pd.DataFrame | None = None) -> NgramModel:
        """Fit to the printed keyword lists and, if given, to labelled rows.

        Parameters
        ----------
        rows : DataFrame, optional
            ``level2, name, index_name``, and ``manager`` where known.

        Returns
        -------
        NgramModel
            This one.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.naive_bayes import ComplementNB
        from sklearn.pipeline import make_pipeline

        words = published.load("s001_t04_level2_keywords")
        texts, labels = clean_text(words["keyword"]).tolist(), words["level2"].tolist()
        if rows is not None:
            texts, labels = texts + _document(rows).tolist(), labels + rows["level2"].tolist()
        grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        self._model = make_pipeline(grams, ComplementNB(alpha=self.smoothing)).fit(texts, labels)
        return self

    def predict(self, rows: pd.DataFrame) -> pd.Series:
        """Return the most likely ``level2`` of each row."""
        return pd.Series(self._model.predict(_document(rows).tolist()), index=rows.index, name="level2")

    def cross_predict(self, rows: pd.DataFrame, groups: pd.Series | None = None) -> pd.Series:
        """Predict each row by a model fitted without it, or without its whole group.

        Parameters
        ----------
        rows : DataFrame
            Labelled rows: what :meth:`fit` takes.
        groups : Series, optional
            Group of each row, e.g. the rule that decides it; default every row its own group.

        Returns
        -------
        Series
            Index of ``rows``; the detailed class.
        """
        groups = pd.Series(np.arange(len(rows)), rows.index) if groups is None else groups
        parts = []
        for _, members in rows.groupby(groups):
            model = NgramModel(self.smoothing).fit(rows.drop(members.index))
            parts.append(model.predict(members))
        return pd.concat(parts).reindex(rows.index)


def one_class_per_index(found: pd.DataFrame, index_code: pd.Series) -> pd.DataFrame:
    """Let the funds of one index share a class: S001 classifies indices, not funds.

    The class most of an index's funds got wins, ties go to the higher precedence; a fund without a
    name inherits it. Rows changed get the status ``by index``.

    Parameters
    ----------
    found : DataFrame
        As `classify` returns.
    index_code : Series
        Same index; missing where unknown.

    Returns
    -------
    DataFrame
        A copy of ``found``; changed rows have another ``level1``, ``level2``, ``why`` and ``status``.
    """
    usable = found[index_code.notna() & ~found["status"].isin(["unclassified", "outside"])]
    votes = usable.assign(key=index_code).groupby(["key", "level2"])["tier"].agg(["size", "min"]).reset_index()
    best = votes.sort_values(["size", "min"], ascending=[False, True]).drop_duplicates("key").set_index("key")["level2"]
    settled = index_code.map(best)
    change = settled.notna() & settled.ne(found["level2"]) & found["status"].ne("outside")
    result = found.copy()
    level1 = usable.drop_duplicates("level2").set_index("level2")["level1"]
    result.loc[change, "level2"] = settled[change]
    result.loc[change, "level1"] = settled[change].map(level1)
    result.loc[change, "why"] = "as most funds of its index"
    result.loc[change, "status"] = "by index"
    return result


def index_agreement(found: pd.DataFrame, index_code: pd.Series) -> pd.DataFrame:
    """Count, per index with several named funds, how many classes its funds got.

    A check that needs no labels: funds on one index carry different names and should land in one class.

    Parameters
    ----------
    found : DataFrame
        As `classify` returns; rows outside the scheme or without a class are left out.
    index_code : Series
        Same index; missing where unknown, and then left out.

    Returns
    -------
    DataFrame
        Index: index code; ``funds``, ``classes`` (how many), ``which`` (joined).
    """
    named = found[index_code.notna() & ~found["status"].isin(["unclassified", "outside"])]
    groups = named.assign(key=index_code).groupby("key")["level2"]
    table = groups.agg(funds="size", classes="nunique", which=lambda s: "、".join(sorted(set(s))))
    return table[table["funds"] > 1]


def compare_classifiers(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the printed rows each classifier gets right: seen, row held out, family held out.

    A family is the rows one hand-written rule decides. The printed lists learn nothing, so holding
    out changes nothing for them; for the hand-written rules holding out means striking the rule (see `held_out`).

    Parameters
    ----------
    rows : DataFrame
        As `printed_rows` returns.

    Returns
    -------
    DataFrame
        Index: classifier; columns ``seen``, ``row held out``, ``family held out``; counts.
    """
    truth, atlas, held = rows["level2"], score_rows(rows, "atlas"), held_out(rows)
    printed, model = score_rows(rows, "printed")["right"].sum(), NgramModel()
    learned = [model.fit(rows).predict(rows), model.cross_predict(rows), model.cross_predict(rows, atlas["rule"])]
    table = {
        "keyword lists as printed": [printed] * 3,
        "model learned from names": [found.eq(truth).sum() for found in learned],
        "rules of this book": [atlas["right"].sum(), held["row_out"].sum(), held["rule_out"].sum()],
    }
    columns = ["seen", "row held out", "family held out"]
    return pd.DataFrame.from_dict(table, orient="index", columns=columns)


def stability(funds: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Count, on funds nobody labelled, where the rules hesitate or disagree with themselves.

    Parameters
    ----------
    funds : DataFrame
        As `helpers.taxonomy.classify` takes it.
    found : DataFrame
        What it returned, fund by fund (before `one_class_per_index`).

    Returns
    -------
    DataFrame
        Index: question; ``count``, ``of`` and ``share``.
    """
    inside = found["status"].ne("outside")
    texts = funds.reindex(columns=["index_name", "name"])
    named = inside & texts.notna().any(axis=1)
    classed = inside & found["status"].ne("unclassified")
    halves = {c: classify(texts[[c]].assign(name=texts[c]), fields=("name",)) for c in texts}
    both = classed & halves["name"]["status"].ne("unclassified") & halves["index_name"]["status"].ne("unclassified")
    agree = halves["name"]["level2"].eq(halves["index_name"]["level2"])
    per_index = index_agreement(found, index_key(funds))
    second = NgramModel().fit(printed_rows()).predict(texts.loc[classed].assign(manager=funds.get("manager")))
    lists = classify(texts, "printed")
    questions = {
        "no name and no index name": (inside & ~named, inside),
        "named, but no rule fires": (named & ~classed, named),
        "contested between classes of one rank": (found["status"].eq("contested"), named),
        "printed lists: no keyword fires": (lists["status"].eq("unclassified") & named, named),
        "printed lists: keywords of several classes": (lists["status"].eq("contested") & named, named),
        "fund name alone and index name alone agree": (both & agree, both),
        "funds of one index agree (indices)": (per_index["classes"].eq(1), per_index["funds"].gt(0)),
        "the learned model agrees": (second.eq(found.loc[classed, "level2"]), classed),
    }
    table = pd.DataFrame({k: {"count": hit.sum(), "of": of.sum()} for k, (hit, of) in questions.items()}).T
    return table.assign(share=table["count"] / table["of"].where(table["of"] > 0))
