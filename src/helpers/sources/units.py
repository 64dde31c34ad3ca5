"""Vendors' units and code spellings, and how to turn them into ours."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pandas as pd

__all__ = ["SPELLINGS", "UNIT_SCALES", "respell", "spellings_of", "units_of"]

UNIT_SCALES: dict[str, dict[str, Fraction]] = {
    "CNY": {
        "元": Fraction(1),
        "千元": Fraction(10**3),
        "万元": Fraction(10**4),
        "百万元": Fraction(10**6),
        "亿元": Fraction(10**8),
    },
    "units": {
        "份": Fraction(1),
        "股": Fraction(1),
        "手": Fraction(100),
        "万份": Fraction(10**4),
        "万股": Fraction(10**4),
        "万手": Fraction(10**6),
        "亿份": Fraction(10**8),
        "亿股": Fraction(10**8),
    },
    "fraction": {"fraction": Fraction(1), "%": Fraction(1, 100), "‰": Fraction(1, 1000), "bp": Fraction(1, 10**4)},
}

_JOINQUANT = {"XSHG": "SH", "XSHE": "SZ"}


def _listed(match) -> str:
    """Add the exchange that a six-digit number is listed on."""
    code = match[0]
    if code.startswith(("4", "8", "92")):
        return f"{code}.BJ"
    return f"{code}.SH" if code[0] in "569" else f"{code}.SZ"


SPELLINGS: dict[str, tuple[str, Callable]] = {
    "joinquant": (r"^(\d{6})\.(XSHG|XSHE)$", lambda m: f"{m[1]}.{_JOINQUANT[m[2]]}"),
    "prefixed": (r"^(?i:(sh|sz|bj))\.?(\d{6})$", lambda m: f"{m[2]}.{m[1].upper()}"),
    "listed": (r"^\d{6}$", _listed),
    "open_fund": (r"^\d{6}$", lambda m: f"{m[0]}.OF"),
    "bare": (r"^([0-9A-Za-z]+)\.[A-Z]+$", lambda m: m[1]),
}


def units_of(unit: str | None) -> dict[str, Fraction]:
    """Return the vendor units that a canonical ``unit`` can be given in, each with its factor."""
    return UNIT_SCALES.get(unit, {})


def spellings_of(kind: str) -> tuple[str, ...]:
    """Return the spellings that a column of that kind can be given in."""
    if kind == "index code":
        return ("bare",)
    return ("joinquant", "prefixed", "listed", "open_fund") if kind == "code" else ()


def respell(codes: pd.Series, spelling: str) -> pd.Series:
    """Rewrite codes of one spelling as canonical ones; codes of any other shape stay as they are.

    ======================  ==================================  ============
    spelling                reads                               writes
    ======================  ==================================  ============
    joinquant               510300.XSHG                         510300.SH
    prefixed                sh510300, sz.159915                 510300.SH
    listed                  510300 (exchange by first digits)   510300.SH
    open_fund               000001                              000001.OF
    bare (index codes)      000300.SH, CI005001.WI              000300
    ======================  ==================================  ============

    Parameters
    ----------
    codes : Series
        Text.
    spelling : str
        As in :func:`spellings_of`.

    Returns
    -------
    Series
        Same length.
    """
    pattern, rewrite = SPELLINGS[spelling]
    distinct = pd.Series(codes.dropna().unique(), dtype=str)
    written = distinct.str.replace(pattern, rewrite, regex=True)
    return codes.map(dict(zip(distinct, written, strict=True)))
