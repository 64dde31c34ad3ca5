"""Tushare Pro: one endpoint for all its tables, which answer with fields and items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import days, numbers, words
from helpers.providers.quotes import check_price
from helpers.providers.replies import Refused, literal, text_of
from helpers.tables import DataError

__all__ = ["APIS", "ENDPOINTS", "Api", "Denied"]


class Denied(Refused):
    """The account may not ask this: asking again does not help."""


@dataclass(frozen=True)
class Api:
    """How the fields of one of Tushare's tables read.

    Parameters
    ----------
    columns : mapping of str to str
        Tushare's field to ours; fields not named keep their names and their values.
    scales : mapping of str to float
        Our column to what one of Tushare's units is in ours.
    index : tuple of str
        Columns whose code is written bare.
    fixed : mapping of str to str
        Columns with one word.
    """

    columns: Mapping[str, str]
    scales: Mapping[str, float] = field(default_factory=dict)
    index: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)


_BARS = {"trade_date": "date", "ts_code": "code", "open": "open", "high": "high", "low": "low", "close": "close"}
_BARS |= {"pre_close": "prev_close", "vol": "volume", "amount": "amount", "pct_chg": "ret"}
_HANDS = {"volume": 100.0, "amount": 1e3, "ret": 0.01}
_INDEX = {**_BARS, "ts_code": "index_code"}
_INDUSTRY = {**_BARS, "ts_code": "industry_code", "name": "industry_name", "pct_change": "ret"}
_TENS = {"volume": 1e4, "amount": 1e4, "ret": 0.01, "float_mv": 1e4, "total_mv": 1e4}
_MEMBER = {
    "ts_code": "code",
    "l1_code": "industry_code",
    "l1_name": "industry_name",
    "in_date": "start",
    "out_date": "end",
}

APIS: dict[str, Api] = {
    "fund_daily": Api(_BARS, _HANDS),
    "daily": Api(_BARS, _HANDS),
    "index_daily": Api(_INDEX, _HANDS, ("index_code",)),
    "fund_adj": Api({"ts_code": "code", "trade_date": "date", "adj_factor": "adj_factor"}, {"adj_factor": 1.0}),
    "adj_factor": Api({"ts_code": "code", "trade_date": "date", "adj_factor": "adj_factor"}, {"adj_factor": 1.0}),
    "fund_share": Api({"ts_code": "code", "trade_date": "date", "fd_share": "shares"}, {"shares": 1e4}),
    "etf_share_size": Api(
        {
            "trade_date": "date",
            "ts_code": "code",
            "etf_name": "name",
            "total_share": "shares",
            "total_size": "size",
            "nav": "nav",
        },
        {"shares": 1e4, "size": 1e4, "nav": 1.0},
    ),
    "etf_basic": Api(
        {
            "ts_code": "code",
            "csname": "name",
            "index_code": "index_code",
            "index_name": "index_name",
            "setup_date": "establish_date",
            "list_date": "list_date",
            "exchange": "exchange",
            "mgr_name": "manager",
            "mgt_fee": "mgmt_fee",
        },
        {"mgmt_fee": 0.01},
        ("index_code",),
    ),
    "fund_basic": Api(
        {
            "ts_code": "code",
            "name": "name",
            "management": "manager",
            "found_date": "establish_date",
            "list_date": "list_date",
            "delist_date": "delist_date",
            "issue_date": "issue_date",
            "due_date": "due_date",
            "issue_amount": "shares",
            "m_fee": "mgmt_fee",
            "c_fee": "custody_fee",
            "benchmark": "benchmark",
        },
        {"shares": 1e8, "mgmt_fee": 0.01, "custody_fee": 0.01},
    ),
    "index_weight": Api(
        {"index_code": "index_code", "con_code": "code", "trade_date": "date", "weight": "weight"},
        {"weight": 0.01},
        ("index_code",),
    ),
    "index_member_all": Api(_MEMBER, {}, ("industry_code",), {"scheme": "SW2021_L1"}),
    "ci_index_member": Api(_MEMBER, {}, ("industry_code",), {"scheme": "CITIC_L1"}),
    "sw_daily": Api(_INDUSTRY, _TENS, ("industry_code",), {"scheme": "SW2021_L1"}),
    "ci_daily": Api(_INDUSTRY, _TENS, ("industry_code",), {"scheme": "CITIC_L1"}),
    "fund_portfolio": Api(
        {
            "ts_code": "fund_code",
            "ann_date": "announce_date",
            "end_date": "report_date",
            "symbol": "code",
            "mkv": "value",
            "amount": "shares",
            "stk_mkv_ratio": "weight_stock",
        },
        {"value": 1.0, "shares": 1.0, "weight_stock": 0.01},
    ),
    "fund_nav": Api(
        {
            "ts_code": "fund_code",
            "ann_date": "announce_date",
            "nav_date": "date",
            "unit_nav": "nav",
            "accum_nav": "nav_cum",
            "adj_nav": "nav_adj",
            "net_asset": "net_asset",
        },
        {"nav": 1.0, "nav_cum": 1.0, "nav_adj": 1.0, "net_asset": 1.0},
    ),
    "index_dailybasic": Api(
        {"ts_code": "index_code", "trade_date": "date", "pe": "pe", "pe_ttm": "pe_ttm", "pb": "pb"},
        {"pe": 1.0, "pe_ttm": 1.0, "pb": 1.0},
        ("index_code",),
    ),
    "trade_cal": Api({"cal_date": "date"}),
    "daily_basic": Api(
        {
            "ts_code": "code",
            "trade_date": "date",
            "pe_ttm": "pe_ttm",
            "pb": "pb",
            "dv_ttm": "div_yield",
            "circ_mv": "float_cap",
        },
        {"pe_ttm": 1.0, "pb": 1.0, "div_yield": 0.01, "float_cap": 1e4},
    ),
    "fina_indicator": Api(
        {"ts_code": "code", "ann_date": "announce_date", "end_date": "report_date", "roe": "roe", "roa": "roa"},
        {"roe": 0.01, "roa": 0.01},
    ),
    "stock_basic": Api({"ts_code": "code", "name": "name", "list_date": "list_date", "delist_date": "delist_date"}),
}
_TELLTALES = {  # a field that only one of the tables has
    "fd_share": "fund_share",
    "total_share": "etf_share_size",
    "con_code": "index_weight",
    "adj_factor": "fund_adj",
    "csname": "etf_basic",
    "m_fee": "fund_basic",
    "issue_amount": "fund_basic",
    "stk_mkv_ratio": "fund_portfolio",
    "nav_date": "fund_nav",
    "cal_date": "trade_cal",
    "circ_mv": "daily_basic",
    "roe": "fina_indicator",
    "turnover_rate_f": "index_dailybasic",
    "pe_ttm": "index_dailybasic",
}
_BUSY = re.compile(r"每分钟|每小时|每天|频率|频次|稍后|timeout|timed out|too many", re.I)
_DAYS = re.compile(r".*_?date$|^(date|start|end)$")
_NEEDED = ("date", "code", "fund_code", "index_code", "industry_code")


def parse(body: bytes, api_name: str | None = None, **params: object) -> pd.DataFrame:
    """Read the reply to one question.

    Parameters
    ----------
    body : bytes
        The reply.
    api_name : str, optional
        The table that was asked for; when left out it is recognised by its fields, where they tell.
    **params
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        Our columns and units for the tables in :data:`APIS`; of any other table the fields as they are, days and codes
        read. ``attrs["has_more"]`` tells whether the server holds more rows.

    Raises
    ------
    Denied
        The account may not ask this.
    Refused
        Too many questions, or an error of the server.
    """
    origin = f"tushare {api_name}" if api_name else "tushare"
    reply = literal(text_of(body, origin), origin)
    if not isinstance(reply, dict) or "code" not in reply:
        raise DataError(origin, "an object with code, msg and data", found=f"a {type(reply).__name__}")
    data = reply.get("data")
    if str(reply["code"]) != "0" or not isinstance(data, dict):
        said = f"code {reply['code']}: {reply.get('msg')}"
        if str(reply["code"]).startswith(("2", "40")) and not _BUSY.search(str(reply.get("msg"))):
            way_out = "The account needs more points for this table, or TUSHARE_TOKEN is wrong."
            raise Denied(origin, "rows", found=said[:120], way_out=way_out)
        raise Refused(origin, "rows", found=said[:120], way_out="Ask again in a minute.")
    fields, items = data.get("fields"), data.get("items") or []
    if not isinstance(fields, list) or any(len(item) != len(fields) for item in items):
        raise DataError(origin, "as many values in each item as there are fields", column="items", found="they differ")
    raw = pd.DataFrame(items, columns=fields, dtype=object)
    frame = _canonical(raw, APIS.get(api_name or _recognised(raw) or "", Api({})), api_name, origin)
    frame.attrs["has_more"] = bool(data.get("has_more"))
    return frame


def _recognised(raw: pd.DataFrame) -> str | None:
    """Tell a table by its fields; of those alike in fields, by the shape of its codes."""
    fields = set(raw.columns)
    if {"trade_date", "ts_code", "close", "vol"} <= fields:
        code = str(raw["ts_code"].iloc[0]) if len(raw) else ""
        if "pct_change" in fields or code.endswith((".SI", ".CI")):
            return "ci_daily" if code.endswith(".CI") else "sw_daily"
        if re.fullmatch(r"(5\d{5}\.SH|1[568]\d{4}\.SZ)", code):
            return "fund_daily"
        return "index_daily" if re.fullmatch(r"000\d{3}\.SH|399\d{3}\.SZ|\w+\.(CSI|CNI)", code) else "daily"
    if "l1_code" in fields:
        code = str(raw["l1_code"].iloc[0]) if len(raw) else ""
        return "ci_index_member" if code.startswith("CI") else "index_member_all"
    return next((api for tell, api in _TELLTALES.items() if tell in fields), None)


def _canonical(raw: pd.DataFrame, api: Api, api_name: str | None, origin: str) -> pd.DataFrame:
    ours = {**{"ts_code": "code"}, **api.columns}
    for tushare, column in api.columns.items():
        if column in _NEEDED and tushare not in raw:
            found = f"it is missing (fields are {', '.join(raw.columns)})"
            raise DataError(origin, f"a field {tushare}", column=tushare, found=found)
    frame = pd.DataFrame(index=raw.index)
    for name in raw.columns:
        column = ours.get(name, name)
        if column in api.scales:
            frame[column] = numbers(raw[name].rename(name), origin, api.scales[column])
        elif _DAYS.fullmatch(column):
            frame[column] = days(raw[name].rename(name), origin, needed=column == "date")
        elif column in ("open", "high", "low", "close", "prev_close"):
            frame[column] = numbers(raw[name].rename(name), origin)
        elif column in api.index:
            frame[column] = words(raw[name]).str.replace(r"\.\w+$", "", regex=True)
        else:
            frame[column] = words(raw[name]) if column in ("code", "fund_code", "name") else _plain(raw[name])
    frame = frame.assign(**api.fixed)
    if api_name == "trade_cal" or ({"is_open"} <= set(frame) and "cal_date" in raw):
        frame = frame[pd.to_numeric(frame.pop("is_open")).eq(1).to_numpy()].reset_index(drop=True)
    if {"amount", "volume", "close"} <= set(frame) and "code" in frame:
        price = frame["amount"] / frame["close"]
        check_price(price, frame["volume"], origin, "amount (千元) over vol (手) and close", (0.2, 5.0))
    return frame


def _plain(values: pd.Series) -> pd.Series:
    """Keep numbers as numbers and everything else as text."""
    read = pd.to_numeric(values, errors="coerce")
    mixed = (read.isna() & values.notna()).any() or values.map(lambda value: isinstance(value, str)).any()
    return words(values) if mixed else read.astype(float)


def _request(api_name: str, fields: str = "", **params: object) -> Request:
    asked = {"api_name": api_name, "token": "$TUSHARE_TOKEN", "params": params, "fields": fields}
    return Request("https://api.tushare.pro", json=asked)


ENDPOINTS = [Endpoint("tushare", parse, _request, "Tushare Pro: any of its tables, with an account", 0.35)]
