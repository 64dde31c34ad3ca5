"""One key per tracked index: vendors' codes, names and benchmark texts brought to a common form.

S000 keys a fund by index code, else by index name, else by a hard-coded list of gold funds, and notes that
slightly different names of one index stay apart. Here every change of a code or a name is a named rule, so a
merge can be traced to the rule that made it, and a fund with neither is keyed by its benchmark text and type.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

KEY_SCHEMES = ("normalised", "article")


class Rule(NamedTuple):
    """A rewriting step: what it is called, the pattern it replaces, and why that is the same index."""

    name: str
    pattern: str
    replacement: str
    why: str


CODE_RULES = (
    Rule("vendor suffix", r"\.(SH|SZ|CSI|CNI|CIC|HI|SI|GI|MI|WI|XSHG|XSHE)$", "", "the vendor's venue mark"),
    Rule("currency suffix", r"(?<=\d)(CNY|HKD|USD)\d*$", "", "one index quoted in another currency"),
    Rule("local-currency mark", r"^(\d{6})L$", r"\1", "MSCI marks the local-currency series of an index with L"),
    Rule("total-return code", r"^H00(\d{3})$", r"000\1", "CSI's total-return series of index 000ddd"),
    Rule("total-return code", r"^H20(\d{3})$", r"H30\1", "CSI's total-return series of index H30ddd"),
)

_CSI_TWINS = (300, 852, *range(903, 920), 922, *range(928, 938))
CODE_TWINS = {
    **{f"399{n:03d}": (f"{n:06d}", "exchange twin") for n in _CSI_TWINS},
    "SHAU": ("AU9999", "same metal"),
    "AU9999.SGE": ("AU9999", "same metal"),
    "SPTR500N": ("SPX", "total-return series"),
    "000681": ("000680", "price and total-return series"),
    "930915": ("930914", "currency series"),
}

NAME_RULES = (
    Rule("width, case and spaces", r"\s+", "", "full-width and half-width letters are one name"),
    Rule("currency in brackets", r"\((CNY|HKD|USD|人民币|美元|港币|港元|里亚尔)\)", "", "currency series"),
    Rule("series in brackets", r"\((净|全|净总回报|总回报|总值|全收益|净收益|价格|CNI|CSI|退市)\)", "", "a series"),
    Rule("publisher abbreviation", r"^CS(?=[^\x00-\x7f])", "中证", "CSI's display names shorten 中证 to CS"),
    Rule("publisher abbreviation", r"^SHS(?=[^\x00-\x7f])", "中证沪港深", "CSI's display names shorten 沪港深"),
    Rule("return suffix", r"(税后|税前)?(净收益|全收益|总收益|总回报|收益|价格)(率|指数)*$", "", "a return series"),
    Rule("index suffix", r"(指数|成份指数|成分指数|INDEX)$", "", "the word for index carries no information"),
)

BENCHMARK_RULES = (
    Rule("exchange-rate note", r"\([^()]*(汇率|折算|INDEX|TOTALRETURN)[^()]*\)", "", "how a QDII converts"),
    Rule("exchange-rate note", r"^(经)?(人民币|估值)?汇率(调整|折算)后?的", "", "how a QDII converts"),
    Rule("multiple", r"[*×]?100%$", "", "the whole benchmark"),
)

FALLBACKS = (
    ("gold", "commodity", r"AU\(?T?\+?D?\)?99|上海金|SHAU|黄金"),
    ("cash", "money", r""),
)


def _apply(text: str, rules: tuple[Rule, ...], fired: list[str]) -> str:
    for rule in rules:
        changed = re.sub(rule.pattern, rule.replacement, text)
        if changed != text:
            fired.append(rule.name)
            text = changed
    return text


@lru_cache(maxsize=1 << 14)
def normalise_code(code: str) -> tuple[str, tuple[str, ...]]:
    """Bring a vendor's index code to the publisher's bare code.

    Parameters
    ----------
    code : str
        Any vendor's spelling, such as ``399300``, ``000300.SH`` or ``931574CNY00``.

    Returns
    -------
    tuple of (str, tuple of str)
        The canonical code and the names of the rules that fired, in order.
    """
    fired: list[str] = []
    text = _apply(unicodedata.normalize("NFKC", code).strip().upper(), CODE_RULES, fired)
    if text in CODE_TWINS:
        text, rule = CODE_TWINS[text]
        fired.append(rule)
    return text, tuple(fired)


@lru_cache(maxsize=1 << 14)
def normalise_name(name: str) -> tuple[str, tuple[str, ...]]:
    """Bring an index name to a form in which spelling variants of one index are equal.

    Parameters
    ----------
    name : str
        An index name, Chinese or English, with or without 指数, 全收益, 收益率, brackets and so on.

    Returns
    -------
    tuple of (str, tuple of str)
        The normal form and the names of the rules that fired, in order.
    """
    fired: list[str] = []
    folded = unicodedata.normalize("NFKC", name).upper()
    if folded != name:
        fired.append("width, case and spaces")
    text = folded
    while True:  # suffixes nest: 沪深300指数收益率 loses 收益率, then 指数
        shorter = _apply(text, NAME_RULES, fired)
        if shorter == text or not shorter:
            return text, tuple(dict.fromkeys(fired))
        text = shorter


@lru_cache(maxsize=1 << 14)
def normalise_benchmark(text: str) -> str:
    """Reduce a fund's benchmark text to the index it names, as :func:`normalise_name` does for names.

    Parameters
    ----------
    text : str
        A benchmark as the fund states it.

    Returns
    -------
    str
        What is left of it.
    """
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).upper())
    return normalise_name(_apply(folded, BENCHMARK_RULES, []))[0]


def index_keys(etf_list: pd.DataFrame, scheme: str = "normalised") -> pd.DataFrame:
    """Give every fund the key of the index it tracks, with the rule that found it (S000's three steps).

    Parameters
    ----------
    etf_list : DataFrame
        Needs ``code``; uses ``index_code``, ``index_name``, ``benchmark`` and ``fund_type`` where present.
    scheme : {"normalised", "article"}
        ``article`` takes codes and names as the vendor writes them and keys every commodity fund with neither
        as gold, which is what a hard-coded list of gold funds does. ``normalised`` applies the named rules,
        links a name to the code that carries it, and falls back on benchmark text and fund type.

    Returns
    -------
    DataFrame
        One row per fund in the order given: ``code, key, key_rule, rewritten`` where ``key_rule`` is
        ``index_code``, ``index_name``, ``benchmark``, ``gold``, ``cash`` or ``unknown index`` and ``rewritten``
        names the normalisation rules that changed the text (empty where none did).

    Raises
    ------
    ValueError
        If ``scheme`` is unknown or ``code`` is absent.
    """
    if scheme not in KEY_SCHEMES:
        raise ValueError(f"keys must be one of {', '.join(KEY_SCHEMES)}, not {scheme!r}")
    if "code" not in etf_list:
        raise ValueError("etf_list has no column 'code': give one row per fund with its security code")
    text = {c: _text(etf_list, c) for c in ("index_code", "index_name", "benchmark", "fund_type")}
    keys = _article_keys(etf_list["code"], text) if scheme == "article" else _normal_keys(etf_list["code"], text)
    return pd.DataFrame(keys, columns=["key", "key_rule", "rewritten"], index=etf_list.index).assign(
        code=etf_list["code"]
    )[["code", "key", "key_rule", "rewritten"]]


def _text(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    values = frame[column].to_numpy(dtype=object, na_value=None)
    return [v.strip() if isinstance(v, str) else "" for v in values]


def _article_keys(codes: pd.Series, text: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    rows = []
    for fund, code, name, kind in zip(codes, text["index_code"], text["index_name"], text["fund_type"], strict=True):
        if code:
            rows.append((code, "index_code", ""))
        elif name:
            rows.append((name, "index_name", ""))
        elif kind == "commodity":
            rows.append(("gold", "gold", ""))
        else:
            rows.append((f"fund {fund}", "unknown index", ""))
    return rows


def _normal_keys(codes: pd.Series, text: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    coded = [normalise_code(c) if c else ("", ()) for c in text["index_code"]]
    named = [normalise_name(n) if n else ("", ()) for n in text["index_name"]]
    marks = [normalise_benchmark(b) if b else "" for b in text["benchmark"]]
    keys = [c[0] for c in coded]
    code_of_name = _unique_owner([n[0] for n in named], keys)
    for i, (name, _) in enumerate(named):
        keys[i] = keys[i] or code_of_name.get(name, name)
    key_of_mark = _unique_owner(marks, keys) | {n[0]: k for n, k in zip(named, keys, strict=True) if n[0]}
    gold_key = _gold_key(keys, text)
    rows = []
    for i, fund in enumerate(codes):
        rewritten = ", ".join(coded[i][1] if coded[i][0] else named[i][1] if named[i][0] else ())
        if keys[i]:
            rows.append((keys[i], "index_code" if coded[i][0] else "index_name", rewritten))
        else:
            rows.append((*_fallback_key(fund, marks[i], text["fund_type"][i], key_of_mark, gold_key), ""))
    return rows


def _unique_owner(labels: list[str], keys: list[str]) -> dict[str, str]:
    """Map each label to its key where exactly one key carries it: an ambiguous label links nothing."""
    owners: dict[str, set[str]] = {}
    for label, key in zip(labels, keys, strict=True):
        if label and key:
            owners.setdefault(label, set()).add(key)
    return {label: next(iter(found)) for label, found in owners.items() if len(found) == 1}


def _gold_key(keys: list[str], text: dict[str, list[str]]) -> str:
    """Find the key the coded gold funds already have, so that the fallback joins them rather than a new group."""
    _, kind, pattern = FALLBACKS[0]
    hits = [
        key
        for key, t, name, mark in zip(keys, text["fund_type"], text["index_name"], text["benchmark"], strict=True)
        if key and t == kind and re.search(pattern, unicodedata.normalize("NFKC", name + mark).upper())
    ]
    return str(pd.Series(hits).mode().iat[0]) if hits else "gold"


def _fallback_key(fund: str, mark: str, kind: str, key_of_mark: dict[str, str], gold_key: str) -> tuple[str, str]:
    if mark and mark in key_of_mark:
        return key_of_mark[mark], "benchmark"
    for name, wanted, pattern in FALLBACKS:
        if kind == wanted and (name == "cash" or re.search(pattern, mark)):
            return (gold_key if name == "gold" else name), name
    return (mark, "benchmark") if mark and kind != "money" else (f"fund {fund}", "unknown index")


def pair_agreement(found: pd.Series, truth: pd.Series) -> dict[str, float]:
    """Compare two groupings of the same funds by the pairs they put together.

    Parameters
    ----------
    found, truth : Series
        Keys by fund, on the same index.

    Returns
    -------
    dict
        ``pairs`` in the truth, ``found`` among them (recall, fraction) and ``right`` among those found
        (precision, fraction); NaN where there is no pair.
    """
    both = pd.crosstab(found, truth.reindex(found.index)).to_numpy(dtype=float)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    hit, all_true, all_found = pairs(both), pairs(both.sum(axis=0)), pairs(both.sum(axis=1))
    return {
        "pairs": all_true,
        "found": hit / all_true if all_true else float("nan"),
        "right": hit / all_found if all_found else float("nan"),
    }
