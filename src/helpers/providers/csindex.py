"""China Securities Index (中证指数): index levels with PE, month-end weights, constituents, valuation."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import bare_index, check_size, days, listed_code, numbers, only, records, tidy, words
from helpers.providers.quotes import check_price, drop_closed_days
from helpers.providers.replies import Refused, literal, text_of, workbook
from helpers.providers.sheets import find_table
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "WEIGHT_TOLERANCE"]

WEIGHT_TOLERANCE = 0.005
_FILES = "https://oss-ch.csindex.com.cn/static/html/csindex/public/uploads/file/autofile"
_HEADERS = {"Referer": "https://www.csindex.com.cn/"}
_MARKETS = {
    "SH": r"上海|上交|shanghai|shh$|sse$",
    "SZ": r"深圳|深交|shenzhen|shz$|szse$",
    "BJ": r"北京|北交|beijing|bse$|bjs",
    "HK": r"香港|hongkong|hkg$|hkex|sehk",
    "US": r"美国|纳斯达克|纽约|nasdaq|newyork|nyse|nys|usa",
    "IB": r"银行间|interbank",
    "TW": r"台湾|taiwan",
    "JP": r"东京|日本|tokyo",
    "KR": r"韩国|korea",
    "SG": r"新加坡|singapore",
    "GB": r"伦敦|london",
}
_CONSTITUENTS = {
    "index_code": r"指数代码|index_?code",
    "code": r"(成[分份](券|股)?|证券|样本(股)?|股票)代码|(constituents?|securit(y|ies)|stock|sample)_?code",
    "date": r"日期|.*date",
    "index_name": r"指数(名称|简称)|index_?name",
    "name": r"(成[分份](券|股)?|证券|样本(股)?|股票)(名称|简称)|(constituents?|securit(y|ies)|stock|sample)_?name",
    "exchange": r"交易所(?!英文)|exchange",
    "weight": r".*权重|.*weight",
}


def parse_closeweight(body: bytes, index_code: str | None = None) -> pd.DataFrame:
    """Read the weights of an index at a month end; every layout since 2014 is understood.

    Parameters
    ----------
    body : bytes
        The workbook; weights in percent.
    index_code : str, optional
        The index asked for; a file of another is refused.

    Returns
    -------
    DataFrame
        date, index_code, code, weight (fraction; they sum to 1 within half a percent), name, index_name.

    Raises
    ------
    DataError
        When the weights of a date do not sum to 100, or the file is of another index.
    """
    endpoint = "csindex_closeweight"
    frame, raw = _constituents(body, index_code, endpoint, optional=frozenset())
    weight = numbers(raw["weight"].rename("权重"), endpoint, scale=0.01, needed=True)
    frame.insert(3, "weight", weight)
    sums = frame.groupby(["date", "index_code"])["weight"].sum()
    if (off := (sums - 1).abs() > WEIGHT_TOLERANCE).any():
        (day, index), total = sums[off].index[0], sums[off].iloc[0]
        found = f"a sum of {100 * total:.6g} for {index} on {day:%Y-%m-%d}"
        way_out = "Constituents are missing, or the unit changed."
        raise DataError(endpoint, "weights in percent that sum to 100", column="权重", found=found, way_out=way_out)
    return tidy(frame, ["date", "index_code", "code"], endpoint)


def parse_cons(body: bytes, index_code: str | None = None) -> pd.DataFrame:
    """Read the constituents in a ``body`` (of ``index_code``): date, index_code, code, name, index_name; no weights."""
    frame, _ = _constituents(body, index_code, "csindex_cons", optional=frozenset({"weight"}))
    return tidy(frame, ["date", "index_code", "code"], "csindex_cons")


def _constituents(
    body: bytes, index_code: str | None, endpoint: str, optional: frozenset[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    optional = optional | {"date", "index_name", "name", "exchange", "index_code"}
    sheet, raw, _ = find_table(workbook(body, endpoint), _CONSTITUENTS, endpoint, optional)
    raw = raw[words(raw["code"]).notna().to_numpy()].reset_index(drop=True)
    stated = "date" in raw and words(raw["date"]).notna().any()
    day = raw["date"] if stated else pd.Series([_day_of_sheet(sheet, endpoint)] * len(raw), dtype=object)
    index = (
        words(raw["index_code"]).str.zfill(6) if "index_code" in raw else pd.Series(index_code, raw.index, dtype=str)
    )
    index_code = bare_index(index_code)
    if index_code is not None and (other := index.ne(str(index_code))).any():
        row = int(other.to_numpy().argmax())
        raise DataError(endpoint, f"index {index_code}", column="指数代码", row=row, value=index.iloc[row])
    markets = _markets(raw, endpoint)
    codes = [listed_code(_padded(code, market), market) for code, market in zip(raw["code"], markets, strict=True)]
    texts = {column: words(raw[column]) for column in ("name", "index_name") if column in raw}
    frame = pd.DataFrame(
        {"date": days(day.rename("日期"), endpoint), "index_code": index, "code": pd.Series(codes, dtype=str), **texts}
    )
    return frame, raw


def _day_of_sheet(sheet: str, endpoint: str) -> str:
    found = re.search(r"(?:19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}", sheet)
    if found is None:
        raise DataError(
            endpoint, "a date column, or a date as the sheet's name", column="日期", found=f"sheet {sheet!r}"
        )
    return re.sub(r"[_.]", "-", found[0])


def _markets(raw: pd.DataFrame, endpoint: str) -> list[str | None]:
    """Tell the market of each constituent; None where the file has no exchange and the digits must do."""
    if "exchange" not in raw:
        return [None] * len(raw)
    markets = []
    for row, text in enumerate(words(raw["exchange"])):
        plain = "" if pd.isna(text) else re.sub(r"\s+", "", text).lower()
        market = next((market for market, pattern in _MARKETS.items() if re.search(pattern, plain)), None)
        if plain and market is None:
            raise DataError(endpoint, "a known exchange", column="交易所", row=row, value=text)
        markets.append(market)
    return markets


def _padded(code: object, market: str | None) -> str:
    text = str(int(code)) if isinstance(code, float) else str(code).strip()
    return text if market in ("HK", "US") or not text.isdigit() else text.zfill(6)


def _weight_request(index_code: str) -> Request:
    return Request(f"{_FILES}/closeweight/{index_code}closeweight.xls", headers=_HEADERS)


def _cons_request(index_code: str) -> Request:
    return Request(f"{_FILES}/cons/{index_code}cons.xls", headers=_HEADERS)


def parse_perf(
    body: bytes, index_code: str | None = None, start: str | None = None, end: str | None = None
) -> pd.DataFrame:
    """Read the history of an index.

    Days on which the mainland exchanges were closed (the site has a few) are dropped. Total-return indices have a close
    and nothing else.

    Parameters
    ----------
    body : bytes
        The reply; amounts in 亿元.
    index_code : str, optional
        The index asked for; rows of another are refused.
    start, end : str, optional
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        date, index_code, close, open, high, low, volume (shares), amount (CNY), pe_ttm, index_name; empty where the
        publisher has no such days.

    Raises
    ------
    Refused
        When the site answers with a message instead of rows.
    DataError
        When the reply holds no data, rows are of another index, every close is missing, or turnover over volume is no
        price.
    """
    endpoint = "csindex_perf"
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict) or "data" not in reply:
        raise DataError(endpoint, "an object with data", column="data", found="it is missing")
    if str(reply.get("code", "200")) != "200" or reply.get("success") is False:
        raise Refused(endpoint, "rows", found=f"the site says {reply.get('msg') or reply.get('code')}"[:120])
    wanted = {
        "tradeDate": "date", "indexCode": "index_code", "close": "close", "open": "open", "high": "high", "low": "low",
        "tradingVol": "volume", "tradingValue": "amount", "peg": "pe_ttm", "indexNameCn": "index_name",
    }  # fmt: skip
    raw = records(reply["data"] or [], wanted, endpoint, optional=("pe_ttm", "index_name", "open", "high", "low"))
    scales = {"amount": 1e8}
    back = {ours: field for field, ours in wanted.items()}
    frame = pd.DataFrame(
        {"date": days(raw["date"].rename("tradeDate"), endpoint), "index_code": words(raw["index_code"])}
    )
    for column in ("close", "open", "high", "low", "volume", "amount", "pe_ttm"):
        if column in raw:
            frame[column] = numbers(raw[column].rename(back[column]), endpoint, scales.get(column, 1))
    if "index_name" in raw:
        frame["index_name"] = words(raw["index_name"])
    index_code = bare_index(index_code)
    if index_code is not None and (other := frame["index_code"].ne(str(index_code))).any():
        row = int(other.to_numpy().argmax())
        raise DataError(
            endpoint, f"index {index_code}", column="indexCode", row=row, value=frame["index_code"].iloc[row]
        )
    if len(frame) and frame["close"].isna().all():
        raise DataError(endpoint, "closes", column="close", found="every one is missing")
    check_price(frame["amount"], frame["volume"], endpoint, "tradingValue (亿元) over tradingVol (股)")
    return tidy(drop_closed_days(frame.dropna(subset="close")), ["date", "index_code"], endpoint)


def _perf_request(index_code: str, start: str, end: str) -> Request:
    query = {"indexCode": index_code, "startDate": start.replace("-", ""), "endDate": end.replace("-", "")}
    return Request("https://www.csindex.com.cn/csindex-home/perf/index-perf", query, _HEADERS)


_VALUATION = {
    "date": r"日期|date",
    "index_code": r"指数代码|index_?code",
    "pe_ttm": r"市盈率1|.*p/e1",
    "pe_ttm_index_shares": r"市盈率2|.*p/e2",
    "div_yield": r"股息率1|.*d/p1",
    "div_yield_index_shares": r"股息率2|.*d/p2",
}


def parse_indicator(body: bytes, index_code: str | None = None) -> pd.DataFrame:
    """Read the last twenty days of an index's PE and dividend yield, by total shares and by the index's own.

    Parameters
    ----------
    body : bytes
        The workbook; dividend yields in percent.
    index_code : str, optional
        The index asked for; a file of another is refused.

    Returns
    -------
    DataFrame
        date, index_code, pe_ttm (times), div_yield (fraction), and both again with ``_index_shares``.

    Raises
    ------
    DataError
        When the file is of another index, or yields look like another unit.
    """
    endpoint = "csindex_indicator"
    _, raw, headers = find_table(workbook(body, endpoint), _VALUATION, endpoint)
    raw = raw[words(raw["date"]).notna().to_numpy()].reset_index(drop=True)
    frame = pd.DataFrame({"date": days(raw["date"], endpoint), "index_code": words(raw["index_code"]).str.zfill(6)})
    for column in ("pe_ttm", "div_yield", "pe_ttm_index_shares", "div_yield_index_shares"):
        scale = 0.01 if column.startswith("div") else 1
        frame[column] = numbers(raw[column].rename(headers[column]), endpoint, scale)
    check_size(frame["div_yield"].replace(0, np.nan), 1e-4, 0.2, endpoint, headers["div_yield"], "percent")
    index_code = bare_index(index_code)
    if index_code is not None and frame["index_code"].ne(str(index_code)).any():
        raise DataError(endpoint, f"index {index_code}", column="指数代码", found=f"{frame['index_code'].iloc[0]}")
    return tidy(only(frame, list(frame)), ["date", "index_code"], endpoint)


def _indicator_request(index_code: str) -> Request:
    return Request(f"{_FILES}/indicator/{index_code}indicator.xls", headers=_HEADERS)


ENDPOINTS = [
    Endpoint(
        "csindex_closeweight",
        parse_closeweight,
        _weight_request,
        "China Securities Index: weights at the last month end",
    ),
    Endpoint("csindex_cons", parse_cons, _cons_request, "China Securities Index: constituents today"),
    Endpoint("csindex_perf", parse_perf, _perf_request, "China Securities Index: levels and PE of an index", 1.5),
    Endpoint(
        "csindex_indicator", parse_indicator, _indicator_request, "China Securities Index: PE and yield of twenty days"
    ),
]
