"""Shanghai Stock Exchange: ETF units of a day, and the list of ETFs with the index each tracks."""

from __future__ import annotations

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import check_size, check_total, days, listed_code, numbers, only, records, tidy, words
from helpers.providers.replies import Refused, literal, text_of
from helpers.tables import DataError

__all__ = ["ENDPOINTS"]

_HEADERS = {"Referer": "https://www.sse.com.cn/"}
_ONE_PAGE = {
    "isPagination": "true",
    "pageHelp.pageSize": "10000",
    "pageHelp.pageNo": "1",
    "pageHelp.beginPage": "1",
    "pageHelp.cacheSize": "1",
    "pageHelp.endPage": "1",
}


def _rows(body: bytes, endpoint: str) -> list[dict]:
    """Return the rows of one of the site's queries, all of them."""
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict):
        raise DataError(endpoint, "an object with pageHelp or result", found=f"a {type(reply).__name__}")
    if reply.get("success") == "false" or reply.get("error") or reply.get("actionErrors"):
        said = reply.get("error") or reply.get("actionErrors") or reply.get("message") or "success: false"
        raise Refused(endpoint, "rows", found=f"the site says {said}"[:120])
    page = reply.get("pageHelp") or {}
    rows = page.get("data")
    rows = reply.get("result") if rows is None else rows
    if rows is None:
        raise DataError(
            endpoint, "rows under pageHelp.data or result", column="pageHelp.data", found="neither is there"
        )
    check_total(rows, page.get("total"), endpoint, "pageHelp.total")
    return rows


def parse_etf_scale(body: bytes, date: str | None = None) -> pd.DataFrame:
    """Read the units of all Shanghai ETFs on one day.

    Parameters
    ----------
    body : bytes
        The reply, in 万份.
    date : str, optional
        The day asked for; a reply about another day is refused.

    Returns
    -------
    DataFrame
        date, code, shares (units), name, category; empty on a day that is not (yet) there.

    Raises
    ------
    DataError
        When the reply is about another day, or units look like another unit.
    """
    name = "sse_etf_scale"
    wanted = {"STAT_DATE": "date", "SEC_CODE": "code", "TOT_VOL": "shares", "SEC_NAME": "name", "ETF_TYPE": "category"}
    raw = records(_rows(body, name), wanted, name, optional=("name", "category"))
    frame = pd.DataFrame(
        {
            "date": days(raw["date"].rename("STAT_DATE"), name),
            "code": raw["code"].map(listed_code).astype(str),
            "shares": numbers(raw["shares"].rename("TOT_VOL"), name, scale=1e4),
        }
    )
    frame = frame.assign(**{column: words(raw[column]) for column in ("name", "category") if column in raw})
    frame = frame.dropna(subset="shares").reset_index(drop=True)
    check_size(frame["shares"], 1e6, 1e12, name, "TOT_VOL", "万份")
    if date and len(frame):
        asked = days(pd.Series([date]), name).iloc[0]
        if (other := frame["date"] != asked).any():
            row = int(other.to_numpy().argmax())
            day = f"{frame['date'].iloc[row]:%Y-%m-%d}"
            raise DataError(
                name, f"units of {asked:%Y-%m-%d}, the day asked for", column="STAT_DATE", row=row, value=day
            )
    return tidy(frame, ["date", "code"], name)


def _scale_request(date: str) -> Request:
    query = {**_ONE_PAGE, "sqlId": "COMMON_SSE_ZQPZ_ETFZL_XXPL_ETFGM_SEARCH_L", "STAT_DATE": str(date)[:10]}
    return Request("https://query.sse.com.cn/commonQuery.do", query, _HEADERS)


def parse_etf_list(body: bytes) -> pd.DataFrame:
    """Read Shanghai's list of ETFs.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    DataFrame
        code, name, list_date (missing where the list has none), exchange, index_code, index_name, manager.
    """
    name = "sse_etf_list"
    rows = _rows(body, name)
    named = next(
        (field for field in ("secNameFull", "fundAbbr", "fundName") if any(field in r for r in rows)), "fundAbbr"
    )
    wanted = {
        "fundCode": "code", named: "name", "listingDate": "list_date", "INDEX_CODE": "index_code",
        "INDEX_NAME": "index_name", "companyName": "manager",
    }  # fmt: skip
    raw = records(rows, wanted, name, optional=("manager",))
    frame = raw.assign(
        code=raw["code"].map(listed_code).astype(str),
        list_date=days(raw["list_date"].rename("listingDate"), name, needed=False),
        exchange="SH",
        **{column: words(raw[column]) for column in ("name", "index_code", "index_name", "manager") if column in raw},
    )
    order = ("code", "name", "list_date", "exchange", "index_code", "index_name", "manager")
    return tidy(only(frame, order), ["code"], name)


def _list_request() -> Request:
    query = {**_ONE_PAGE, "pagecache": "false", "sqlId": "FUND_LIST", "fundType": "00"}
    return Request("https://query.sse.com.cn/commonSoaQuery.do", query, _HEADERS)


ENDPOINTS = [
    Endpoint("sse_etf_scale", parse_etf_scale, _scale_request, "Shanghai Stock Exchange: units of all ETFs on a day"),
    Endpoint("sse_etf_list", parse_etf_list, _list_request, "Shanghai Stock Exchange: its ETFs and their indices"),
]
