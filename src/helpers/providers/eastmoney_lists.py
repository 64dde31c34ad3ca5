"""Eastmoney's fund farm: all funds and their kinds, new funds, dividends and splits. JavaScript, read as literals."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import check_size, check_total, days, fund_code, listed_code, numbers, tidy, words
from helpers.providers.replies import literal, text_of, variable
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "fund_class", "fund_type"]

_SITE = "https://fund.eastmoney.com"
_HEADERS = {"Referer": "https://fund.eastmoney.com/"}
_LISTED = ("51", "52", "53", "55", "56", "58", "159")  # ETFs of Shanghai and Shenzhen by their first digits


def is_listed_etf(code: str, name: str) -> bool:
    """Tell whether a fund is an ETF traded on an exchange, by the digits of its code and by its name."""
    return code.startswith(_LISTED) and "联接" not in name


def tradable_code(code: str, name: str) -> str:
    """Write a fund's code with its exchange where code and name say it is a listed ETF, as an open fund otherwise."""
    return listed_code(code) if is_listed_etf(code, name) else fund_code(code)


def fund_type(kind: str) -> str:
    """Map the site's kind of fund, as written today or before 2021, to the canonical type of an ETF.

    Parameters
    ----------
    kind : str
        As the site writes it, such as ``指数型-股票``.

    Returns
    -------
    {"stock", "bond", "commodity", "qdii", "money", "other"}
    """
    kind = kind.replace("不含QDII", "")
    if "QDII" in kind or "海外" in kind:
        return "qdii"
    if "货币" in kind or "理财" in kind:
        return "money"
    if "债" in kind or "固收" in kind:
        return "bond"
    if "商品" in kind:
        return "commodity"
    return "stock" if any(word in kind for word in ("股票", "ETF-场内", "指数")) else "other"


def fund_class(kind: str) -> str:
    """Map the site's kind to the class of an active fund: stock, equity_mix, flexible, or other."""
    if kind in ("股票型", "股票型-普通", "普通股票型"):
        return "stock"
    if kind.startswith("混合型"):
        return {"偏股": "equity_mix", "灵活": "flexible"}.get(kind.partition("-")[2], "other")
    return "other"


def _rows(rows: object, least: int, fields: str, endpoint: str) -> list[list]:
    """Check rows that name their fields by place only."""
    if not isinstance(rows, list):
        raise DataError(endpoint, f"rows of {fields}", found=f"a {type(rows).__name__}")
    for place, row in enumerate(rows):
        if not isinstance(row, list) or len(row) < least:
            raise DataError(
                endpoint, f"at least {least} fields: {fields}", column="(row)", row=place, value=str(row)[:80]
            )
    return rows


def _codes(rows: list[list], endpoint: str, place: int = 0) -> pd.Series:
    codes = pd.Series([str(row[place]).strip() for row in rows], name="基金代码", dtype=str)
    if (odd := ~codes.str.fullmatch(r"\d{6}")).any():
        row = int(odd.to_numpy().argmax())
        raise DataError(endpoint, "six digits", column="基金代码", row=row, value=codes.iloc[row])
    return codes


def _funds(rows: list[list], endpoint: str, name_at: int = 1) -> pd.DataFrame:
    codes, names = _codes(rows, endpoint), words([row[name_at] for row in rows]).fillna("")
    listed = [tradable_code(code, name) for code, name in zip(codes, names, strict=True)]
    return pd.DataFrame(
        {"fund_code": codes.map(fund_code).astype(str), "code": pd.Series(listed, dtype=str), "name": names}
    )


def parse_fund_codes(body: bytes) -> pd.DataFrame:
    """Read the list of all funds.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    DataFrame
        fund_code (``.OF``), code (with the exchange for a listed ETF), name, category (as the site says), fund_type,
        fund_class.
    """
    endpoint = "em_fund_codes"
    rows = _rows(literal(text_of(body, endpoint), endpoint), 4, "代码, 拼音, 简称, 类型", endpoint)
    frame = _funds(rows, endpoint, name_at=2).assign(category=words([row[3] for row in rows]).fillna(""))
    types = frame["category"].map(fund_type)
    frame["fund_type"] = types.mask(frame["category"].eq(""), "other").astype(str)
    frame["fund_class"] = frame["category"].map(fund_class).astype(str)
    return tidy(frame, ["fund_code"], endpoint)


def _codes_request() -> Request:
    return Request(f"{_SITE}/js/fundcode_search.js", headers=_HEADERS)


def parse_new_funds(body: bytes) -> pd.DataFrame:
    """Read the funds set up, newest first on the site; share classes stand in rows of their own.

    Parameters
    ----------
    body : bytes
        The reply; units in 亿份.

    Returns
    -------
    DataFrame
        fund_code, code, name, kind (as the site says), category (stock_etf, active_equity or missing), month (first day
        of it), date (set up; missing while a fund still raises), shares (units raised).

    Raises
    ------
    DataError
        When the reply has no list, a row is short, or units look like another unit.
    Incomplete
        When there are fewer rows than the reply says.
    """
    endpoint = "em_new_funds"
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict) or "datas" not in reply:
        raise DataError(endpoint, "an object with datas", column="datas", found="it is missing")
    rows = _rows(reply["datas"], 7, "代码, 简称, 公司, …, 类型, 募集份额, 成立日期", endpoint)
    if str(reply.get("pages", reply.get("allpages", 1))) in ("0", "1"):
        check_total(rows, reply.get("record", reply.get("allnum")), endpoint, "record")
    frame = _funds(rows, endpoint)
    frame["kind"] = words([row[4] for row in rows]).fillna("")
    frame["date"] = days(pd.Series([row[6] for row in rows], name="成立日期", dtype=object), endpoint, needed=False)
    frame["shares"] = numbers(pd.Series([row[5] for row in rows], name="募集份额", dtype=object), endpoint, 1e8)
    frame["month"] = frame["date"] - pd.to_timedelta(frame["date"].dt.day - 1, unit="D")
    etf = frame["code"].str.endswith((".SH", ".SZ")) & frame["kind"].map(fund_type).eq("stock")
    active = frame["kind"].map(fund_class).isin(["stock", "equity_mix", "flexible"])
    category = pd.Series(pd.NA, index=frame.index, dtype=str).mask(active, "active_equity").mask(etf, "stock_etf")
    frame.insert(3, "category", category)
    check_size(frame["shares"], 1e6, 2e11, endpoint, "募集份额", "亿份")
    return tidy(frame, ["fund_code"], endpoint)


def _new_request() -> Request:
    query = {"t": "xcln", "sort": "jzrgq,desc", "y": "", "page": "1,50000", "isbuy": "1"}
    return Request(f"{_SITE}/data/FundNewIssue.aspx", query, _HEADERS)


def _events(
    body: bytes, endpoint: str, name: str, least: int, fields: str, page: int | str | None
) -> tuple[list[list], int]:
    """Return the rows of one page and how many pages there are."""
    text = text_of(body, endpoint)
    info, rows = variable(text, "pageinfo", endpoint), variable(text, name, endpoint)
    if rows is None:
        raise DataError(endpoint, f"a variable {name}", column=name, found="it is missing")
    info = variable(text, name.replace("_data", "_jjjs"), endpoint) if info is None else info
    pages = 1
    if isinstance(info, list) and len(info) > 2:
        pages, size, at = (int(value) for value in info[:3])
        if page is not None and pages and at != int(page):
            raise DataError(endpoint, f"page {page}", column="pageinfo", found=f"page {at}", way_out="Ask again.")
        if at < pages:
            check_total(rows, size, endpoint, "pageinfo")
    return _rows(rows, least, fields, endpoint), max(pages, 1)


def parse_dividends(body: bytes, year: int | str | None = None, page: int | str | None = None) -> pd.DataFrame:
    """Read one page of the cash dividends of all funds in a year.

    Parameters
    ----------
    body : bytes
    year : int or str, optional
        As asked; not needed to read the answer.
    page : int or str, optional
        The page asked for.

    Returns
    -------
    DataFrame
        date (ex), code (with the exchange for a listed ETF), fund_code, dividend (CNY a unit), record_date, pay_date,
        name.
    """
    endpoint = "em_fund_dividends"
    rows, pages = _events(body, endpoint, "jjfh_data", 6, "代码, 简称, 权益登记日, 除息日期, 分红, 发放日", page)
    frame = _funds(rows, endpoint)
    frame.attrs["pages"] = pages
    for column, place, field in (
        ("record_date", 2, "权益登记日"),
        ("date", 3, "除息日期"),
        ("pay_date", 5, "分红发放日"),
    ):
        frame[column] = days(pd.Series([row[place] for row in rows], name=field, dtype=object), endpoint, needed=False)
    frame["date"] = frame["date"].fillna(frame["record_date"])
    frame["dividend"] = numbers(pd.Series([row[4] for row in rows], name="分红", dtype=object), endpoint, needed=True)
    order = ["date", "code", "fund_code", "dividend", "record_date", "pay_date", "name"]
    return frame[order].sort_values(["date", "code"], ignore_index=True, kind="stable")


def parse_splits(body: bytes, year: int | str | None = None, page: int | str | None = None) -> pd.DataFrame:
    """Read one page of the splits and mergers of all funds in a year.

    Parameters
    ----------
    body : bytes
    year : int or str, optional
        As asked; not needed to read the answer.
    page : int or str, optional
        The page asked for.

    Returns
    -------
    DataFrame
        date, code, fund_code, split_ratio (units after for one before), kind, name.
    """
    endpoint = "em_fund_splits"
    rows, pages = _events(body, endpoint, "jjcf_data", 5, "代码, 简称, 拆分折算日, 类型, 拆分折算", page)
    frame = _funds(rows, endpoint)
    frame.attrs["pages"] = pages
    frame["date"] = days(pd.Series([row[2] for row in rows], name="拆分折算日", dtype=object), endpoint, needed=False)
    frame["kind"] = words([row[3] for row in rows])
    shown = [str(row[4]).replace("：", ":").rpartition(":")[2] for row in rows]
    frame["split_ratio"] = numbers(pd.Series(shown, name="拆分折算", dtype=object), endpoint)
    order = ["date", "code", "fund_code", "split_ratio", "kind", "name"]
    return frame[order].sort_values(["date", "code"], ignore_index=True, kind="stable")


def _events_request(kind: str, rank: str) -> Callable[..., Request]:
    def request(year: int | str, page: int | str = 1) -> Request:
        query = {"dt": kind, "page": str(page), "rank": rank, "sort": "asc", "gs": "", "ftype": "", "year": str(year)}
        return Request(f"{_SITE}/Data/funddataIndex_Interface.aspx", query, _HEADERS)

    return request


ENDPOINTS = [
    Endpoint("em_fund_codes", parse_fund_codes, _codes_request, "Eastmoney: all funds and their kinds"),
    Endpoint("em_new_funds", parse_new_funds, _new_request, "Eastmoney: funds set up, with units raised"),
    Endpoint(
        "em_fund_dividends", parse_dividends, _events_request("8", "BZDM"), "Eastmoney: dividends of all funds by year"
    ),
    Endpoint("em_fund_splits", parse_splits, _events_request("9", "FSRQ"), "Eastmoney: splits of all funds by year"),
]
