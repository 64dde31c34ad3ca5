"""Classify indices and funds by name, index name and type, and say which rule decided.

The rules are data (see `helpers.taxonomy.rules`). Every row gets exactly one class of each
level: the first rule in order of precedence wins. What lost is kept too, because a name that two
rules of the same rank claim is *contested*, and a reader should be able to list those.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from helpers.taxonomy.rules import OUTSIDE, RuleSet, load_rules

__all__ = ["UNCLASSIFIED", "classify", "clean_text"]

UNCLASSIFIED = "未分类"
"""Class name of a row no rule fires on: a class of its own, so that the classes stay a partition."""

_OUT = "范围外"
_FIELDS = ("index_name", "name", "benchmark")
_SUFFIX = re.compile(r"(交易型开放式|指数证券投资基金|指数增强|指数基金|发起式|联接|增强|ETF|LOF|基金)")


def clean_text(text: pd.Series, managers: pd.Series | None = None) -> pd.Series:
    """Normalise names for matching: width, case, spaces, product words, the manager's name.

    A manager's name can hold a keyword (浙商, 中银证券), so it is cut from both ends of a fund name.

    Parameters
    ----------
    text : Series of str
        Names; missing values become empty.
    managers : Series of str, optional
        The manager of each row, e.g. ``"浙商基金"``; same index as ``text``.

    Returns
    -------
    Series of str
    """
    cleaned = [unicodedata.normalize("NFKC", t).upper().replace(" ", "") if isinstance(t, str) else "" for t in text]
    if managers is not None:
        brands = [_brand(m) for m in managers]
        cleaned = [_strip(t, b) for t, b in zip(cleaned, brands, strict=True)]
    return pd.Series([_SUFFIX.sub("", t) or t for t in cleaned], index=text.index, dtype="str")


def classify(
    funds: pd.DataFrame,
    rules: RuleSet | str = "atlas",
    overrides: pd.DataFrame | None = None,
    fields: tuple[str, ...] = _FIELDS,
) -> pd.DataFrame:
    """Give every fund or index exactly one class of each level, and the reason.

    Parameters
    ----------
    funds : DataFrame
        Any of the columns ``index_name``, ``name``, ``benchmark`` (texts), ``fund_type``, ``manager``;
        ``code`` and ``index_code`` where overrides are to apply. Missing columns count as empty.
    rules : RuleSet or str
        A rule set or the name of a shipped one; see `helpers.taxonomy.load_rules`.
    overrides : DataFrame, optional
        Exceptions as `helpers.taxonomy.load_overrides` returns; default none.
    fields : tuple of str
        The text columns that may be read. The benchmark text is read only where the names leave
        a row without a class, since it often names a second index.

    Returns
    -------
    DataFrame
        Index of ``funds``; ``level1``, ``level2``, ``rule``, ``tier``, ``matched`` (the piece of text), ``field``,
        ``why``, ``also`` (other classes whose rules fired, by precedence), ``status``: ``decided``,
        ``contested`` (another class fired in the same tier), ``override``, ``outside`` (bonds, money) or
        ``unclassified``.

    Raises
    ------
    ValueError
        If ``funds`` holds no text column at all, or an override names an unknown class.

    Examples
    --------
    >>> names = ["沪深300", "红利低波", "国证芯片"]
    >>> classify(pd.DataFrame({"index_name": names}))[["level2", "matched", "status"]]
            level2 matched   status
    0      宽基ETF   沪深300  decided
    1    策略主题ETF      红利  decided
    2  科技成长主题ETF      芯片  decided
    """
    rules = load_rules(rules) if isinstance(rules, str) else rules
    texts = _texts(funds, fields)
    kinds = _column(funds, "fund_type")
    names = [f for f in texts if f != "benchmark"]
    fired = _fire(rules, texts, names, kinds)
    if "benchmark" in texts:
        silent = ~fired.any(axis=1)
        fired[silent] = _fire(rules, texts.loc[silent], ["benchmark"], kinds[silent])
    result = _decide(rules, fired, texts)
    return result if overrides is None else _override(result, funds, rules, overrides)


def _brand(manager: object) -> str:
    return re.sub(r"(基金|资管|资产管理)$", "", unicodedata.normalize("NFKC", str(manager)).upper())


def _strip(text: str, brand: str) -> str:
    return text.removeprefix(brand).removesuffix(brand) if len(brand) >= 2 else text


def _column(funds: pd.DataFrame, name: str) -> pd.Series:
    if name in funds:
        return funds[name].astype("object").where(funds[name].notna(), "").astype("str")
    return pd.Series("", index=funds.index, dtype="str")


def _texts(funds: pd.DataFrame, fields: tuple[str, ...]) -> pd.DataFrame:
    present = [f for f in fields if f in funds]
    if not present:
        raise ValueError(f"classify needs one of the columns {', '.join(fields)}; the table has {list(funds)}")
    managers = funds.get("manager")
    return pd.DataFrame({f: clean_text(funds[f], managers if f == "name" else None) for f in present})


def _fire(rules: RuleSet, texts: pd.DataFrame, fields: list[str], kinds: pd.Series) -> np.ndarray:
    """Return which rule (column) fires on which row, looking only at ``fields``."""
    text = ["¦".join(row) for row in texts[fields].itertuples(index=False)]
    fired = np.zeros((len(text), len(rules.rules)), dtype=bool)
    for j, rule in enumerate(rules.rules.itertuples()):
        hit = _found(rule.pattern, text) if rule.pattern else np.ones(len(text), bool)
        if rule.unless:
            hit &= ~_found(rule.unless, text)
        if rule.fund_type:
            hit &= kinds.eq(rule.fund_type).to_numpy(bool)
        fired[:, j] = hit
    return fired


def _found(pattern: str, texts: list[str]) -> np.ndarray:
    search = re.compile(pattern).search
    return np.fromiter((search(t) is not None for t in texts), bool, len(texts))


def _decide(rules: RuleSet, fired: np.ndarray, texts: pd.DataFrame) -> pd.DataFrame:
    table, classes = rules.rules, rules.classes.set_index("level2_no")[["level1", "level2"]].T.to_dict("list")
    numbers, tiers = table["level2_no"].to_numpy(), table["tier"].to_numpy()
    any_rule = fired.any(axis=1)
    first = np.where(any_rule, fired.argmax(axis=1), -1)
    rows, records = [], texts.to_dict("records")
    decided_by = table[["rule", "pattern", "why"]].to_dict("records")
    for i, j in enumerate(first):
        if j < 0:
            rows.append((UNCLASSIFIED, UNCLASSIFIED, "", -1, "", "", "no rule fires", "", "unclassified"))
            continue
        hits = np.flatnonzero(fired[i])
        others = list(dict.fromkeys(n for n in numbers[hits] if n not in (numbers[j], OUTSIDE)))
        rivals = (numbers[hits] != numbers[j]) & (tiers[hits] == tiers[j])
        field, matched = _evidence(records[i], decided_by[j]["pattern"])
        if numbers[j] == OUTSIDE:
            level1 = level2 = _OUT
            status, others = "outside", []
        else:
            level1, level2 = classes[numbers[j]]
            status = "contested" if rivals.any() else "decided"
        also = "|".join(classes[n][1] for n in others)
        rule, why = decided_by[j]["rule"], decided_by[j]["why"]
        rows.append((level1, level2, rule, tiers[j], matched, field, why, also, status))
    columns = ["level1", "level2", "rule", "tier", "matched", "field", "why", "also", "status"]
    return pd.DataFrame(rows, index=texts.index, columns=columns)


def _evidence(texts: dict, pattern: str) -> tuple[str, str]:
    """Return the field and the piece of text a rule fired on; type rules fire on no text."""
    if pattern:
        for field, text in texts.items():
            found = re.search(pattern, text)
            if found:
                return str(field), found[0]
    return "fund_type", ""


def _override(result: pd.DataFrame, funds: pd.DataFrame, rules: RuleSet, overrides: pd.DataFrame) -> pd.DataFrame:
    level1 = rules.classes.set_index("level2")["level1"]
    unknown = sorted(set(overrides["level2"]) - set(level1.index))
    if unknown:
        raise ValueError(
            f"overrides: {unknown[0]!r} is no class of rule set {rules.name!r}; use one of {list(level1.index)}"
        )
    table = overrides.set_index("key")
    result = result.copy()
    for column in ("index_code", "code"):  # a fund's own line wins over its index's
        if column not in funds:
            continue
        hit = funds[column].isin(table.index)
        lines = table.loc[funds.loc[hit, column]]
        result.loc[hit, "level2"] = lines["level2"].to_numpy()
        result.loc[hit, "level1"] = level1[lines["level2"]].to_numpy()
        result.loc[hit, "why"] = lines["reason"].to_numpy()
        result.loc[hit, "rule"], result.loc[hit, "status"] = "override", "override"
    return result
