"""A rule set read from data: classes, ordered keyword rules, overrides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

import pandas as pd

from helpers import published

__all__ = ["OUTSIDE", "RuleSet", "load_overrides", "load_rules", "printed_rules", "rule_sets"]

OUTSIDE = 0
"""The class number of rules that put a fund outside the scheme (bonds, money funds)."""

_SETS = {"atlas": ("s001_classes", "atlas_rules"), "efund": ("efund_classes", "efund_rules")}
_COLUMNS = ["rule", "tier", "level2_no", "pattern", "unless", "fund_type", "why"]


@dataclass(frozen=True)
class RuleSet:
    """Classes and the rules that decide between them.

    Attributes
    ----------
    name : str
        ``"atlas"``, ``"printed"`` or ``"efund"``.
    classes : DataFrame
        Columns ``level1_no, level1, level1_en, level2_no, level2, level2_en``, one row per detailed class.
    rules : DataFrame
        Columns ``rule, tier, level2_no, pattern, unless, fund_type, why`` in order of precedence:
        a lower tier wins over a higher one, and within a tier the earlier row.
    """

    name: str
    classes: pd.DataFrame
    rules: pd.DataFrame

    def without(self, *rules: str) -> RuleSet:
        """Return the rule set with some rules struck out.

        Raises
        ------
        ValueError
            If a name is not a rule of the set.
        """
        unknown = sorted(set(rules) - set(self.rules["rule"]))
        if unknown:
            raise ValueError(f"rule set {self.name!r} has no rule {unknown[0]!r}")
        kept = self.rules[~self.rules["rule"].isin(rules)].reset_index(drop=True)
        return RuleSet(self.name, self.classes, kept)


def rule_sets() -> list[str]:
    """Return the names `load_rules` accepts."""
    return ["atlas", "printed", "efund"]


def load_rules(name: str = "atlas") -> RuleSet:
    """Read a rule set shipped with the package.

    Parameters
    ----------
    name : {"atlas", "printed", "efund"}
        The book's own rules for the S001 classes; the keyword lists S001 prints (Table 4); the book's
        rules for E-Fund's labels (S001 Table 2).

    Returns
    -------
    RuleSet

    Raises
    ------
    ValueError
        If there is no such rule set, or its files break their own contract (a repeated rule
        name, an unknown class, a pattern that is no regular expression).
    """
    if name == "printed":
        return printed_rules()
    if name not in _SETS:
        raise ValueError(f"no rule set {name!r}; there are {', '.join(rule_sets())}")
    classes, rules = (_read(stem) for stem in _SETS[name])
    return _checked(RuleSet(name, classes.astype({"level1_no": int, "level2_no": int}), rules))


def printed_rules() -> RuleSet:
    """Turn the keyword lists of S001 Table 4 into rules, all of one tier in printed order.

    Returns
    -------
    RuleSet
        ``"printed"``: one rule a keyword, by the number of its class; among them the first that fires wins.
    """
    classes = _read("s001_classes").astype({"level1_no": int, "level2_no": int})
    words = published.load("s001_t04_level2_keywords")
    number = classes.set_index("level2")["level2_no"]
    rules = pd.DataFrame(
        {
            "rule": words["level2"] + "·" + words["keyword"],
            "tier": 1,
            "level2_no": words["level2"].map(number),
            "pattern": words["keyword"].map(re.escape),
            "unless": "",
            "fund_type": "",
            "why": "printed keyword " + words["keyword"],
        }
    )
    order = rules.sort_values("level2_no", kind="stable").reset_index(drop=True)
    return _checked(RuleSet("printed", classes, order))


def load_overrides(path: str | None = None) -> pd.DataFrame:
    """Read the table of exceptions: ``key`` (fund or index code), ``level2``, ``reason``.

    Parameters
    ----------
    path : str, optional
        A CSV of your own with the same columns; default the one shipped in this folder.

    Returns
    -------
    DataFrame
        The columns above, all text.

    Raises
    ------
    ValueError
        If a column is missing, a key repeats, or an override gives no reason.
    """
    table = _read("overrides") if path is None else pd.read_csv(path, dtype="str", keep_default_na=False)
    missing = {"key", "level2", "reason"} - set(table)
    if missing:
        raise ValueError(f"overrides: column {sorted(missing)[0]!r} is missing; the file has {list(table)}")
    for row, line in enumerate(table.itertuples(), start=2):
        if not line.reason.strip():
            raise ValueError(f"overrides, line {row}: {line.key} gives no reason; say why the rules are wrong")
    repeated = table.loc[table["key"].duplicated(), "key"]
    if len(repeated):
        raise ValueError(f"overrides: {repeated.iloc[0]} appears twice; keep one line")
    return table


def _read(stem: str) -> pd.DataFrame:
    with files(__package__).joinpath(f"{stem}.csv").open(encoding="utf-8") as handle:
        return pd.read_csv(handle, dtype="str", keep_default_na=False)


def _checked(rules: RuleSet) -> RuleSet:
    """Return the rule set sorted by precedence, or say what is wrong with it."""
    table = rules.rules[_COLUMNS].astype({"tier": int, "level2_no": int})
    repeated = table.loc[table["rule"].duplicated(), "rule"]
    if len(repeated):
        raise ValueError(f"rule set {rules.name!r}: rule {repeated.iloc[0]!r} appears twice")
    unknown = set(table["level2_no"]) - set(rules.classes["level2_no"]) - {OUTSIDE}
    if unknown:
        raise ValueError(f"rule set {rules.name!r}: no class has number {min(unknown)}")
    for row in table.itertuples():
        for pattern in (row.pattern, row.unless):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"rule set {rules.name!r}, rule {row.rule!r}: {pattern!r}: {error}") from None
        if not row.pattern and not row.fund_type:
            raise ValueError(f"rule set {rules.name!r}, rule {row.rule!r} would fire on everything")
    return RuleSet(rules.name, rules.classes, table.sort_values("tier", kind="stable").reset_index(drop=True))
