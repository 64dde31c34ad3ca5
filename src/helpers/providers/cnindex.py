"""China National Index (国证指数, Shenzhen): index levels, sixty months of weights, current PE and PB."""

from __future__ import annotations

import pandas as pd

from helpers.providers.csindex import WEIGHT_TOLERANCE
from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import bare_index, days, epoch_days, listed_code, numbers, only, records, tidy, words
from helpers.providers.quotes import check_price, drop_closed_days
from helpers.providers.replies import Refused, literal, text_of, workbook
from helpers.providers.sheets import find_table
from helpers.tables import DataError

__all__ = ["ENDPOINTS"]

_ITEMS = ("timestamp", "current", "high", "open", "low", "close", "chg", "percent", "amount", "volume", "avg")
_SCALES = {"amount": 1e8, "volume": 1e6}


def _data(body: bytes, endpoint: str) -> dict:
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict) or not isinstance(reply.get("data"), dict | list):
        said = reply.get("msg") or reply.get("message") or reply.get("code") if isinstance(reply, dict) else reply
        raise Refused(endpoint, "an object with data", found=f"the site says {said}"[:120])
    return reply["data"]


def parse_history(
    body: bytes, index_code: str | None = None, start: str | None = None, end: str | None = None
) -> pd.DataFrame:
    """Read the history of an index. Before its publication an index has a level and nothing else.

    Parameters
    ----------
    body : bytes
        The reply; amounts in 亿元, volumes in 百万股, returns in percent.
    index_code : str, optional
        The index asked for, where the reply does not say which.
    start, end : str, optional
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        date, index_code, close, open, high, low, volume (shares), amount (CNY), ret (fraction).

    Raises
    ------
    DataError
        When the reply is no table of named items, a row is short, or turnover over volume is no price.
    """
    endpoint = "cnindex_history"
    data = _data(body, endpoint)
    if not isinstance(data, dict):
        raise DataError(endpoint, "item and data under data", column="data", found="a list")
    names, rows = list(data.get("item") or _ITEMS), data.get("data") or []
    if bad := [place for place, row in enumerate(rows) if len(row) != len(names)]:
        row = bad[0]
        raise DataError(
            endpoint, f"{len(names)} values: {', '.join(names)}", column="data", row=row, value=str(rows[row])[:80]
        )
    wanted = {"timestamp": "date", "close": "close", "current": "current", "open": "open", "high": "high", "low": "low"}
    wanted |= {"volume": "volume", "amount": "amount", "percent": "ret"}
    raw = records([dict(zip(names, row, strict=True)) for row in rows], wanted, endpoint, optional=("current", "ret"))
    index = bare_index(index_code) or data.get("indexCode") or data.get("code")
    frame = pd.DataFrame({"date": _dates(raw["date"].rename("timestamp"), endpoint)})
    frame["index_code"] = pd.Series(index, index=frame.index, dtype=str)
    for column in ("close", "open", "high", "low", "volume", "amount"):
        frame[column] = numbers(raw[column], endpoint, _SCALES.get(column, 1))
    if "current" in raw:
        frame["close"] = frame["close"].fillna(numbers(raw["current"], endpoint))
    if "ret" in raw:
        frame["ret"] = _percent(raw["ret"], endpoint)
    check_price(frame["amount"], frame["volume"], endpoint, "amount (亿元) over volume (百万股)")
    return tidy(drop_closed_days(frame.dropna(subset="close")), ["date", "index_code"], endpoint)


def _dates(values: pd.Series, endpoint: str) -> pd.Series:
    epoch = values.map(lambda value: str(value).lstrip("-").isdigit() and len(str(value)) > 8)
    return epoch_days(values, endpoint) if len(values) and epoch.all() else days(values, endpoint)


def _percent(values: pd.Series, endpoint: str) -> pd.Series:
    """Read ``1.23%``; a bare number is in percent too."""
    bare = values.map(lambda value: value is not None and "%" not in str(value))
    return numbers(values.rename("percent"), endpoint).mask(bare, numbers(values.rename("percent"), endpoint) / 100)


def _history_request(index_code: str, start: str, end: str) -> Request:
    query = {"indexCode": index_code, "startDate": start, "endDate": end, "frequency": "day"}
    url = "https://hq.cnindex.com.cn/market/market/getIndexDailyDataWithDataFormat"
    return Request(url, query, {"Referer": "https://www.cnindex.com.cn/"})


_WEIGHTS = {
    "date": r"日期|.*date",
    "code": r"(样本|证券|股票|成[分份]股?)代码",
    "weight": r".*权重|.*weight",
    "name": r"(样本|证券|股票|成[分份]股?)(简称|名称)",
    "industry": r"所属行业|行业",
    "cap": r"总市值",
}


def parse_weights(body: bytes, index_code: str | None = None) -> pd.DataFrame:
    """Read the weights of an index at the month ends of about five years.

    Parameters
    ----------
    body : bytes
        The workbook; weights in percent.
    index_code : str, optional
        The index asked for; the workbook does not say.

    Returns
    -------
    DataFrame
        date, index_code, code, weight (fraction), name; weights of a date sum to 1 within half a percent.

    Raises
    ------
    DataError
        When the weights of a date do not sum to 100.
    """
    endpoint = "cnindex_weights"
    sheets = workbook(body, endpoint)
    _, raw, headers = find_table(sheets, _WEIGHTS, endpoint, frozenset({"name", "industry", "cap"}))
    raw = raw[words(raw["code"]).notna().to_numpy()].reset_index(drop=True)
    plain = [str(int(code)) if isinstance(code, float) else str(code).strip() for code in raw["code"]]
    frame = pd.DataFrame(
        {
            "date": days(raw["date"], endpoint),
            "index_code": pd.Series(bare_index(index_code), index=raw.index, dtype=str),
            "code": [listed_code(code.zfill(6) if code.isdigit() and len(code) != 5 else code) for code in plain],
            "weight": numbers(raw["weight"].rename(headers["weight"]), endpoint, 0.01, needed=True),
        }
    )
    if "name" in raw:
        frame["name"] = words(raw["name"])
    sums = frame.groupby("date")["weight"].sum()
    if (off := (sums - 1).abs() > WEIGHT_TOLERANCE).any():
        found = f"a sum of {100 * sums[off].iloc[0]:.6g} on {sums[off].index[0]:%Y-%m-%d}"
        raise DataError(endpoint, "weights in percent that sum to 100", column=headers["weight"], found=found)
    return tidy(frame, ["date", "code"], endpoint)


def _weights_request(index_code: str) -> Request:
    url = "https://www.cnindex.com.cn/sample-detail/download-history"
    return Request(url, {"indexcode": index_code}, {"Referer": "https://www.cnindex.com.cn/"})


def parse_list(body: bytes, date: str | None = None) -> pd.DataFrame:
    """Read the publisher's indices of today.

    Parameters
    ----------
    body : bytes
    date : str, optional
        The day asked on; the reply does not say.

    Returns
    -------
    DataFrame
        date, index_code, index_name, close, pe_ttm, pb (times).
    """
    endpoint = "cnindex_list"
    data = _data(body, endpoint)
    rows = data.get("rows") if isinstance(data, dict) else data
    wanted = {
        "indexcode": "index_code",
        "indexname": "index_name",
        "closeingPoint": "close",
        "peDynamic": "pe_ttm",
        "pb": "pb",
    }
    raw = records(rows or [], wanted, endpoint, optional=("close",))
    frame = pd.DataFrame({column: words(raw[column]) for column in ("index_code", "index_name")})
    for column in ("close", "pe_ttm", "pb"):
        if column in raw:
            frame[column] = numbers(raw[column], endpoint)
    frame.insert(0, "date", days(pd.Series([date] * len(frame), dtype=object), endpoint, needed=False))
    return tidy(only(frame, list(frame)), ["index_code"], endpoint)


def _list_request(date: str | None = None) -> Request:
    url = "https://www.cnindex.com.cn/index/indexList"
    return Request(
        url, {"channelCode": "-1", "rows": "2000", "pageNum": "1"}, {"Referer": "https://www.cnindex.com.cn/"}
    )


ENDPOINTS = [
    Endpoint("cnindex_history", parse_history, _history_request, "China National Index: levels of an index", 1.5),
    Endpoint(
        "cnindex_weights", parse_weights, _weights_request, "China National Index: weights of sixty month ends", 2.0
    ),
    Endpoint("cnindex_list", parse_list, _list_request, "China National Index: its indices, their PE and PB today"),
]
