"""Shenzhen Stock Exchange: ETF units by day, the list of ETFs with the index each tracks, the trading calendar."""

from __future__ import annotations

import re

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import (
    check_size,
    check_total,
    days,
    header_of,
    listed_code,
    numbers,
    records,
    tidy,
    words,
)
from helpers.providers.replies import Refused, literal, text_of, workbook
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "LONGEST_DAYS"]

LONGEST_DAYS = 183  # a longer span is answered as if it held nothing
_NOTHING = "没有找到符合条件的数据"
_UNITS = {"份": 1.0, "万份": 1e4, "亿份": 1e8}
_TAG = re.compile(r"<[^>]*>")
_REPORT = "https://www.szse.cn/api/report/ShowReport"


def _table(body: bytes, endpoint: str) -> pd.DataFrame:
    """Read one of the site's reports, a workbook or its JSON twin, under the headers it shows."""
    if body[:2] == b"PK" or body[:4] == b"\xd0\xcf\x11\xe0":
        return _from_sheet(workbook(body, endpoint), endpoint)
    reply = literal(text_of(body, endpoint), endpoint)
    tabs = [
        tab for tab in (reply if isinstance(reply, list) else [reply]) if isinstance(tab, dict) and "metadata" in tab
    ]
    if not tabs:
        raise DataError(endpoint, "a report with metadata and data", column="metadata", found="there is none")
    tab = next((tab for tab in tabs if tab.get("data")), tabs[0])
    if tab.get("error"):
        raise Refused(endpoint, "rows", found=f"the site says {tab['error']}"[:120])
    about, rows = tab["metadata"], tab.get("data") or []
    if about.get("pagecount") in (None, 1, "1"):
        check_total(rows, about.get("recordcount"), endpoint, "metadata.recordcount")
    shown = about.get("cols") or {}
    frame = records(rows, {field: _TAG.sub("", str(label)) for field, label in shown.items()}, endpoint, shown.values())
    return frame.map(lambda cell: _TAG.sub("", cell) if isinstance(cell, str) else cell)


def _from_sheet(sheets: dict[str, list[list]], endpoint: str) -> pd.DataFrame:
    for rows in sheets.values():
        at = next((i for i, row in enumerate(rows) if sum(cell not in ("", None) for cell in row) > 1), None)
        if at is None:
            continue
        body = [row for row in rows[at + 1 :] if any(cell not in ("", None) for cell in row)]
        body = [row for row in body if _NOTHING not in "".join(map(str, row))]
        return pd.DataFrame(body, columns=[str(cell) for cell in rows[at]], dtype=object)
    if any(_NOTHING in str(cell) for rows in sheets.values() for row in rows for cell in row):
        return pd.DataFrame()
    raise DataError(endpoint, "a sheet with a header", found="an empty workbook")


def _column(table: pd.DataFrame, endpoint: str, *names: str, needed: bool = True) -> str | None:
    """Find a column by one of its headers, what stands in brackets left aside."""
    for header in table.columns:
        if re.sub(r"\(.*?\)", "", header_of(header)) in names:
            return header
    if needed:
        found = f"it is missing (headers are {', '.join(map(str, table.columns))})"
        raise DataError(endpoint, f"a column {names[0]}", column=names[0], found=found)
    return None


def _shares(table: pd.DataFrame, endpoint: str, *names: str) -> pd.Series:
    header = _column(table, endpoint, *names)
    unit = re.search(r"\((.*?)\)", header_of(header))
    if unit is None or unit[1] not in _UNITS:
        found = f"the header {' '.join(header.split())!r}"
        raise DataError(endpoint, f"the unit in the header, one of {', '.join(_UNITS)}", column=names[0], found=found)
    return numbers(table[header], endpoint, scale=_UNITS[unit[1]])


def parse_fund_scale(body: bytes, start: str | None = None, end: str | None = None, fund: str = "ETF") -> pd.DataFrame:
    """Read the units of Shenzhen's funds, day by day.

    The newest day of a reply is provisional: the exchange settles it on the next.

    Parameters
    ----------
    body : bytes
        The workbook (its JSON twin is read too).
    start, end : str, optional
        The days asked for; more than ``LONGEST_DAYS`` apart, an empty answer is no answer.
    fund : str
        The kind of fund that was asked for.

    Returns
    -------
    DataFrame
        date, code, shares (units), name; empty where the exchange has none.

    Raises
    ------
    Refused
        When a span longer than ``LONGEST_DAYS`` is answered by nothing.
    DataError
        When the reply is not what was asked for: a column is gone, a unit changed.
    """
    endpoint = "szse_fund_scale"
    table = _table(body, endpoint)
    if table.empty:
        _refuse_long(start, end, endpoint)
        return pd.DataFrame({"date": pd.Series(dtype="datetime64[us]"), "code": "", "shares": 0.0, "name": ""})
    frame = pd.DataFrame(
        {
            "date": days(table[_column(table, endpoint, "日期", "统计日期", "交易日期")], endpoint),
            "code": table[_column(table, endpoint, "基金代码", "证券代码")].map(_listed).astype(str),
            "shares": _shares(table, endpoint, "基金规模", "基金份额", "当前规模"),
        }
    )
    if header := _column(table, endpoint, "基金简称", "证券简称", needed=False):
        frame["name"] = words(table[header])
    frame = frame.dropna(subset="shares").reset_index(drop=True)
    check_size(frame["shares"], 1e5, 1e12, endpoint, "基金规模", "the unit in the header")
    if start and end and (other := ~frame["date"].between(pd.Timestamp(start), pd.Timestamp(end))).any():
        row = int(other.to_numpy().argmax())
        day = f"{frame['date'].iloc[row]:%Y-%m-%d}"
        raise DataError(endpoint, f"days from {start} to {end}, as asked", column="日期", row=row, value=day)
    return tidy(frame, ["date", "code"], endpoint)


def _listed(code: object) -> str:
    """A Shenzhen code, which a number has robbed of its zeros."""
    text = str(int(code)) if isinstance(code, float) else str(code).strip()
    return listed_code(text.zfill(6))


def _refuse_long(start: str | None, end: str | None, endpoint: str) -> None:
    if start and end and (pd.Timestamp(end) - pd.Timestamp(start)).days > LONGEST_DAYS:
        way_out = f"Ask for at most {LONGEST_DAYS} days at once."
        raise Refused(endpoint, "rows", found=f"none, for {start} to {end}", way_out=way_out)


def _scale_request(start: str, end: str, fund: str = "ETF") -> Request:
    query = {
        "SHOWTYPE": "xlsx",
        "CATALOGID": "scsj_fund_jjgm",
        "TABKEY": "tab1",
        "txtStart": start,
        "txtEnd": end,
        "jjlb": fund,
    }
    return Request(_REPORT, query, {"Referer": "https://www.szse.cn/market/fund/volume/etf/index.html"})


def parse_etf_list(body: bytes) -> pd.DataFrame:
    """Read Shenzhen's list of ETFs, workbook or JSON.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    DataFrame
        code, name, list_date (missing where the list has none), exchange, index_code, index_name, shares (units),
        manager.
    """
    endpoint = "szse_etf_list"
    table = _table(body, endpoint)
    kind = _column(table, endpoint, "基金类别", needed=False)
    if kind:
        table = table[words(table[kind]).str.upper().eq("ETF").to_numpy()].reset_index(drop=True)
    tracked = words(table[_column(table, endpoint, "拟合指数", "跟踪指数", "标的指数")]).astype("string")
    parts = tracked.str.strip().str.extract(r"^(?P<code>[0-9A-Za-z.]{4,12})(?:\s+(?P<name>.*))?$")
    frame = pd.DataFrame(
        {
            "code": table[_column(table, endpoint, "证券代码", "基金代码")].map(_listed).astype(str),
            "name": words(table[_column(table, endpoint, "证券简称", "基金简称", "基金扩位简称")]),
            "list_date": pd.NaT,
            "exchange": "SZ",
            "index_code": parts["code"].str.replace(r"\..*", "", regex=True).astype(str),
            "index_name": parts["name"].fillna(tracked.where(parts["code"].isna())).astype(str),
            "shares": _shares(table, endpoint, "当前规模", "基金份额", "基金规模"),
        }
    )
    listed = _column(table, endpoint, "上市日期", needed=False)
    frame["list_date"] = (
        days(table[listed], endpoint, needed=False) if listed else frame["list_date"].astype("datetime64[us]")
    )
    if header := _column(table, endpoint, "基金管理人", needed=False):
        frame["manager"] = words(table[header])
    check_size(frame["shares"], 1e5, 1e12, endpoint, "当前规模", "the unit in the header")
    return tidy(frame, ["code"], endpoint)


def _list_request() -> Request:
    query = {"SHOWTYPE": "xlsx", "CATALOGID": "1945", "TABKEY": "tab1"}
    return Request(_REPORT, query, {"Referer": "https://www.szse.cn/market/product/list/etfList/index.html"})


def parse_calendar(body: bytes, month: str | None = None) -> pd.DataFrame:
    """Read one month of the trading calendar: ``date``, the open days only.

    Parameters
    ----------
    body : bytes
    month : str, optional
        The month asked for, ``2026-02``; a reply about another one is refused.

    Returns
    -------
    DataFrame
        ``date``, ascending.

    Raises
    ------
    DataError
        When the reply is no list of days, is about another month, or a day's mark or weekday is wrong.
    """
    endpoint = "szse_calendar"
    reply = literal(text_of(body, endpoint), endpoint)
    rows = reply.get("data") if isinstance(reply, dict) else reply
    if not isinstance(rows, list):
        raise DataError(endpoint, "a list of days", column="data", found=type(rows).__name__)
    raw = records(rows, {"jyrq": "date", "jybz": "open", "zrxh": "weekday"}, endpoint, optional=("weekday",))
    dates, flags = days(raw["date"].rename("jyrq"), endpoint), raw["open"].astype(str).str.strip()
    if (odd := ~flags.isin(["0", "1"])).any():
        row = int(odd.to_numpy().argmax())
        raise DataError(endpoint, "1 (open) or 0 (closed)", column="jybz", row=row, value=flags.iloc[row])
    if "weekday" in raw and len(raw):  # 1 is Sunday: a shifted list would open the market on the wrong days
        shown = numbers(raw["weekday"].rename("zrxh"), endpoint)
        if (odd := shown.notna() & (shown != (dates.dt.day_of_week + 1) % 7 + 1)).any():
            row = int(odd.to_numpy().argmax())
            raise DataError(
                endpoint, "the day's own weekday, 1 = Sunday", column="zrxh", row=row, value=shown.iloc[row]
            )
    if month and len(dates) and (other := dates.dt.strftime("%Y-%m") != str(month)[:7]).any():
        day = f"{dates[other].iloc[0]:%Y-%m-%d}"
        raise DataError(endpoint, f"days of {month}", column="jyrq", row=int(other.to_numpy().argmax()), value=day)
    return tidy(pd.DataFrame({"date": dates[flags.eq("1").to_numpy()]}), ["date"], endpoint)


def _calendar_request(month: str) -> Request:
    url = "https://www.szse.cn/api/report/exchange/onepersistenthour/monthList"
    return Request(url, {"month": month}, {"Referer": "https://www.szse.cn/"})


ENDPOINTS = [
    Endpoint("szse_fund_scale", parse_fund_scale, _scale_request, "Shenzhen Stock Exchange: units of ETFs by day", 2.0),
    Endpoint(
        "szse_etf_list", parse_etf_list, _list_request, "Shenzhen Stock Exchange: its ETFs and their indices", 2.0
    ),
    Endpoint("szse_calendar", parse_calendar, _calendar_request, "Shenzhen Stock Exchange: the trading calendar"),
]
