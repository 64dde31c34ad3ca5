"""The canonical tables: one pandera schema each, with columns, types, units, keys and sanity ranges.

A column carries in its ``metadata`` what pandera has no word for: its ``kind`` (how raw values are read), its ``unit``,
and the range in which its ``median`` must lie, wide enough for any market and narrow enough to catch a unit wrong by
10⁴ (万份 for 份). A schema's ``metadata`` holds the ``key`` and the ``pairs``: columns whose ratio has a known size.

Columns that are not declared are carried along untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pa

__all__ = ["FIRST_DAY", "LISTED", "SCHEDULE_DAYS", "SCHEMAS", "UNITS"]

FIRST_DAY = pd.Timestamp("1980-01-01")
SCHEDULE_DAYS = 400

LISTED = "the exchange that lists it (5 and 6 in Shanghai, 0, 1 and 3 in Shenzhen)"
UNITS = {"CNY": "CNY", "units": "units, not 万份 or 手", "fraction": "a fraction, not percent"}

_EXCHANGE_CODE = r"(?:\d{6}\.(?:SH|SZ|BJ|OF)|\d{5}\.HK)"
_ANY_SECURITY = r"[0-9A-Z]+\.[A-Z]{2,4}"
_STOCK_ELSEWHERE = r"6[08]\d{4}\.(?:SZ|BJ)|(?:00[0-4]|30[0-2])\d{3}\.(?:SH|BJ)"
_ELSEWHERE = _STOCK_ELSEWHERE + r"|5[0-35689]\d{4}\.(?:SZ|BJ)|1[568]\d{4}\.(?:SH|BJ)"
_INDEX_CODE = r"(?!\d{1,5}$)[0-9A-Za-z]+"


def _column(kind: str, dtype, checks, required: bool, nullable: bool | None, **metadata) -> pa.Column:
    """Build a column; unless told otherwise a required one holds no gaps and an optional one may."""
    return pa.Column(
        dtype,
        checks,
        required=required,
        nullable=not required if nullable is None else nullable,
        metadata={"kind": kind, **metadata},
    )


def _text(required=False, nullable=None, among: tuple[str, ...] = ()) -> pa.Column:
    check = pa.Check.isin(among, error="one of " + ", ".join(among)) if among else None
    return _column("text", str, check, required, nullable)


def _code(pattern: str, expected: str, required=False, nullable=None, like=None, elsewhere=None) -> pa.Column:
    """Build a code column; most codes must look ``like`` a stricter pattern, none may look listed ``elsewhere``."""

    def on_distinct(right: Callable[[pd.Series], pd.Series], error: str) -> pa.Check:
        def check(codes: pd.Series):
            distinct = pd.Series(codes.unique())
            wrong = distinct[~right(distinct)]
            return True if wrong.empty else ~codes.isin(wrong)  # a regex over millions of rows costs seconds

        return pa.Check(check, error=error)

    checks = [on_distinct(lambda codes: codes.str.fullmatch(pattern), expected)]
    if elsewhere:
        checks.append(on_distinct(lambda codes: ~codes.str.fullmatch(elsewhere), LISTED))
    kind = "index code" if pattern == _INDEX_CODE else "code"
    return _column(kind, str, checks, required, nullable, like=like)


_security = partial(
    _code,
    _EXCHANGE_CODE,
    "a code with its exchange, such as 510300.SH, 159915.SZ or 000001.OF",
    elsewhere=_ELSEWHERE,
)
_holding = partial(
    _code,
    _ANY_SECURITY,
    "a code with a suffix, such as 600519.SH, 00700.HK or AAPL.US",
    like=_EXCHANGE_CODE,
    elsewhere=_STOCK_ELSEWHERE,
)
_index = partial(_code, _INDEX_CODE, "the publisher's bare code as text, such as 000300, H30374 or 801010")


def _date(required=False, nullable=None, scheduled=False, month=False) -> pa.Column:
    """Build a date column; ``scheduled`` ones may lie ahead of today by up to ``SCHEDULE_DAYS``."""
    check = pa.Check(lambda dates: dates >= FIRST_DAY, error=f"a date not before {FIRST_DAY:%Y-%m-%d}")
    kind = "month" if month else "date"
    return _column(kind, "datetime64[us]", check, required, nullable, scheduled=scheduled)


def _number(unit, low=None, high=None, median=None, required=False, nullable=None, above=False) -> pa.Column:
    """Build a number within [low, high] (or above ``low``), with a plausible ``median`` of its non-zero values."""
    checks, words = [pa.Check(np.isfinite, error="a finite number")], UNITS.get(unit, unit)
    if low is not None:
        sense = f"more than {low:g}" if above else f"at least {low:g}"
        checks.append(pa.Check(lambda x: x > low if above else x >= low, error=f"{sense} ({words})"))
    if high is not None:
        checks.append(pa.Check(lambda x: x <= high, error=f"at most {high:g} ({words})"))
    return _column("number", float, checks, required, nullable, unit=unit, median=median)


def _whole(low: int) -> pa.Column:
    return _column("whole", None, pa.Check.ge(low, error=f"a whole number from {low}"), False, True)


def _flag() -> pa.Column:
    return _column("flag", bool, None, False, False)


_price = partial(_number, "CNY", 0, above=True, median=(0.05, 1000))
_level = partial(_number, "index points", 0, above=True)
_cash = partial(_number, "CNY", 0)
_units = partial(_number, "units", 0)
_fraction = partial(_number, "fraction", 0, 1)


def _table(name: str, key: list[str], columns: dict[str, pa.Column], pairs: tuple = ()) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, strict=False, metadata={"key": key, "pairs": pairs})


_DAY = _date(required=True)
_BARS = {"close": _price(), "open": _price(), "high": _price(), "low": _price()}
_TURNOVER = (("amount", ("close", "volume"), 0.2, 5.0),)

_ALL = [
    _table(
        "etf_list",
        ["code"],
        {
            "code": _security(required=True),
            "name": _text(required=True, nullable=True),
            "list_date": _date(required=True, nullable=True, scheduled=True),
            "establish_date": _date(scheduled=True),
            "exchange": _text(),
            "delist_date": _date(scheduled=True),
            "index_code": _index(),
            "index_name": _text(),
            "benchmark": _text(),
            "fund_type": _text(among=("stock", "bond", "commodity", "qdii", "money", "other")),
            "manager": _text(),
            "mgmt_fee": _number("fraction", 0, 0.05, median=(1e-4, 0.03)),
            "custody_fee": _number("fraction", 0, 0.02, median=(2e-5, 0.01)),
            "size": _cash(high=2e12, median=(1e6, 1e12)),
            "size_date": _date(),
        },
    ),
    _table(
        "etf_daily",
        ["date", "code"],
        {
            "date": _DAY,
            "code": _security(required=True),
            "adj_close": _price(required=True),
            "amount": _cash(high=2e12, required=True, nullable=True, median=(5e4, 1e11)),
            **_BARS,
            "volume": _units(median=(5e3, 1e11)),
            "nav": _price(),
        },
        pairs=_TURNOVER,
    ),
    _table(
        "etf_shares",
        ["date", "code"],
        {
            "date": _DAY,
            "code": _security(required=True),
            "shares": _units(high=1e12, required=True, median=(2e6, 1e12)),
            "split_ratio": _number("1 but on a split day", 0, above=True, median=(1, 1)),
            "nav": _price(),
            "basis": _text(),
        },
    ),
    _table(
        "index_daily",
        ["date", "index_code"],
        {"date": _DAY, "index_code": _index(required=True), "close": _level(required=True)},
    ),
    _table(
        "index_weights",
        ["date", "index_code", "code"],
        {
            "date": _DAY,
            "index_code": _index(required=True),
            "code": _holding(required=True),
            "weight": _fraction(required=True),
        },
    ),
    _table(
        "stock_industry",
        ["code", "scheme", "start"],
        {
            "code": _security(required=True),
            "scheme": _text(required=True),
            "start": _date(required=True),
            "industry_code": _index(required=True),
            "industry_name": _text(required=True),
            "end": _date(scheduled=True),
            "backfilled": _flag(),
        },
    ),
    _table(
        "industry_daily",
        ["date", "scheme", "industry_code"],
        {
            "date": _DAY,
            "scheme": _text(required=True),
            "industry_code": _index(required=True),
            "industry_name": _text(required=True),
            "close": _level(required=True),
        },
    ),
    _table(
        "fund_holdings",
        ["report_date", "fund_code", "code"],
        {
            "report_date": _DAY,
            "fund_code": _security(required=True),
            "code": _holding(required=True),
            "announce_date": _DAY,
            "weight_nav": _fraction(required=True),
            "rank": _whole(1),
            "value": _cash(median=(1e4, 1e12)),
            "fund_name": _text(),
            "fund_size": _cash(median=(1e6, 1e12)),
            "scope": _text(among=("top10", "full")),
        },
        pairs=(("value", ("fund_size", "weight_nav"), 0.5, 2.0),),
    ),
    _table(
        "fund_nav",
        ["date", "fund_code"],
        {"date": _DAY, "fund_code": _security(required=True), "nav_adj": _price(required=True)},
    ),
    _table(
        "fund_issuance",
        ["month", "category"],
        {
            "month": _date(required=True, month=True),
            "category": _text(required=True, among=("stock_etf", "active_equity")),
            "shares": _units(high=2e12, required=True, median=(2e7, 1e13)),
            "n_funds": _whole(0),
        },
    ),
    _table(
        "index_valuation",
        ["date", "index_code"],
        {
            "date": _DAY,
            "index_code": _index(required=True),
            "pe_ttm": _number("times"),
            "pb": _number("times"),
            "div_yield": _fraction(median=(1e-4, 0.2)),
        },
    ),
    _table(
        "stock_daily",
        ["date", "code"],
        {
            "date": _DAY,
            "code": _security(required=True),
            "adj_close": _price(required=True),
            "float_cap": _cash(median=(5e7, 1e13)),
            "amount": _cash(median=(2e5, 5e11)),
            "close": _price(),
            "volume": _units(),
        },
        pairs=(*_TURNOVER, ("amount", ("float_cap",), 1e-5, 1.0)),
    ),
    _table(
        "stock_fundamental",
        ["report_date", "code"],
        {
            "report_date": _DAY,
            "code": _security(required=True),
            "announce_date": _DAY,
            "roe": _number("fraction", median=(-0.5, 0.5)),
            "roa": _number("fraction", median=(-0.3, 0.3)),
            "revenue": _number("CNY", median=(2e6, 5e12)),
            "net_profit": _number("CNY"),
            "ebit": _number("CNY"),
            "operating_cash_flow": _number("CNY"),
            "rd_expense": _cash(),
            "dividend": _cash(),
            "ex_date": _date(scheduled=True),
            "free_float": _fraction(),
        },
    ),
    _table("calendar", ["date"], {"date": _date(required=True, scheduled=True)}),
]

SCHEMAS: dict[str, pa.DataFrameSchema] = {schema.name: schema for schema in _ALL}
