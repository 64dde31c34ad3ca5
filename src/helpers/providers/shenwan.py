"""Shenwan Hongyuan Research (申万): the industry of every stock with dates, and the history of an industry's index."""

from __future__ import annotations

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import bare_index, days, listed_code, numbers, records, tidy, words
from helpers.providers.quotes import check_price
from helpers.providers.replies import Refused, literal, text_of, workbook
from helpers.providers.sheets import find_table
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "SW2014", "SW2021"]

# Level 1, first two digits of a stock's classification: the industry's index and name. The two codes are not the same.
SW2021 = {
    "11": ("801010", "农林牧渔"), "22": ("801030", "基础化工"), "23": ("801040", "钢铁"),
    "24": ("801050", "有色金属"), "27": ("801080", "电子"), "28": ("801880", "汽车"),
    "33": ("801110", "家用电器"), "34": ("801120", "食品饮料"), "35": ("801130", "纺织服饰"),
    "36": ("801140", "轻工制造"), "37": ("801150", "医药生物"), "41": ("801160", "公用事业"),
    "42": ("801170", "交通运输"), "43": ("801180", "房地产"), "45": ("801200", "商贸零售"),
    "46": ("801210", "社会服务"), "48": ("801780", "银行"), "49": ("801790", "非银金融"),
    "51": ("801230", "综合"), "61": ("801710", "建筑材料"), "62": ("801720", "建筑装饰"),
    "63": ("801730", "电力设备"), "64": ("801890", "机械设备"), "65": ("801740", "国防军工"),
    "71": ("801750", "计算机"), "72": ("801760", "传媒"), "73": ("801770", "通信"),
    "74": ("801950", "煤炭"), "75": ("801960", "石油石化"), "76": ("801970", "环保"),
    "77": ("801980", "美容护理"),
}  # fmt: skip
SW2014 = {
    **{digits: SW2021[digits] for digits in SW2021 if digits < "74"},
    "21": ("801020", "采掘"), "22": ("801030", "化工"), "35": ("801130", "纺织服装"), "45": ("801200", "商业贸易"),
    "46": ("801210", "休闲服务"), "63": ("801730", "电气设备"),
}  # fmt: skip
_STRAYS = 0.02  # share of a generation's rows that may carry a code of another one; they are left out
_GENERATIONS = {  # the first day of its labels, level 1
    "SW2021_L1": (pd.Timestamp("2021-07-30"), SW2021),
    "SW2014_L1": (pd.Timestamp("2014-01-01"), SW2014),
}
_LABELS = {"code": r"(股票|证券)代码", "start": r"计入日期", "industry": r"行业代码", "updated": r"更新日期"}
_BROKEN_CHAIN = "the site leaves out the intermediate certificate of its TLS chain"


def parse_stock_industry(body: bytes, scheme: str | None = None) -> pd.DataFrame:
    """Read the industries of all stocks with their dates.

    One column of the file holds three generations of codes; the first day tells them apart. Rows from before 2014
    belong to a classification without level-1 indices of today and are left out. A label ends where the
    stock's next begins.

    Parameters
    ----------
    body : bytes
    scheme : {"SW2021_L1", "SW2014_L1"}, optional
        One generation only.

    Returns
    -------
    DataFrame
        code, scheme, start, industry_code, industry_name, end (exclusive, missing while in force), sw_code (all
        digits), updated.

    Raises
    ------
    DataError
        When a code of an industry is not six digits, or one of the fields is gone.
    """
    endpoint = "sw_stock_industry"
    _, raw, _ = find_table(workbook(body, endpoint), _LABELS, endpoint, frozenset({"updated"}))
    raw = raw[words(raw["code"]).notna().to_numpy()].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "code": words(raw["code"]).str.zfill(6).map(listed_code).astype(str),
            "start": days(raw["start"].rename("计入日期"), endpoint),
            "sw_code": words(raw["industry"]).str.zfill(6),
        }
    )
    if (odd := ~frame["sw_code"].str.fullmatch(r"\d{6}").fillna(False)).any():
        row = int(odd.to_numpy().argmax())
        raise DataError(endpoint, "six digits", column="行业代码", row=row, value=raw["industry"].iloc[row])
    if "updated" in raw:
        frame["updated"] = days(raw["updated"].rename("更新日期"), endpoint, needed=False)
        frame = frame.sort_values("updated", kind="stable", na_position="first")
    frame = frame.drop_duplicates(["code", "start"], keep="last").sort_values(["code", "start"], ignore_index=True)
    frame["end"] = frame.groupby("code")["start"].shift(-1)
    return _named(frame, endpoint, scheme)


def _named(frame: pd.DataFrame, endpoint: str, scheme: str | None) -> pd.DataFrame:
    labels = pd.Series(pd.NA, index=frame.index, dtype=str)
    for name, (first, _) in reversed(_GENERATIONS.items()):
        labels = labels.mask(frame["start"] >= first, name)
    frame = frame.assign(scheme=labels)[labels.notna().to_numpy()].reset_index(drop=True)
    digits = frame["sw_code"].str[:2]
    strays = pd.Series(False, index=frame.index)
    for name, (_, industries) in _GENERATIONS.items():
        own = frame["scheme"] == name
        odd = own & ~digits.isin(industries)
        strays |= odd
        if odd.sum() > _STRAYS * own.sum():
            row = int(odd.to_numpy().argmax())
            expected = f"a code of {name}, one of {', '.join(industries)}…"
            raise DataError(endpoint, expected, column="行业代码", row=row, value=frame["sw_code"].iloc[row])
        for column, place in (("industry_code", 0), ("industry_name", 1)):
            named = digits.map({key: pair[place] for key, pair in industries.items()})
            frame[column] = named.where(own, frame.get(column)).astype(str)
    frame = frame[~strays.to_numpy()].reset_index(drop=True)
    if scheme is not None:
        frame = frame[frame["scheme"].eq(scheme).to_numpy()].reset_index(drop=True)
    order = ["code", "scheme", "start", "industry_code", "industry_name", "end", "sw_code", "updated"]
    return tidy(frame[[column for column in order if column in frame]], ["code", "scheme", "start"], endpoint)


def _labels_request() -> Request:
    return Request("https://www.swsresearch.com/swindex/pdf/SwClass2021/StockClassifyUse_stock.xls")


def parse_index_history(body: bytes, index_code: str | None = None, scheme: str | None = None) -> pd.DataFrame:
    """Read the history of one index.

    Parameters
    ----------
    body : bytes
        The reply; amounts in 亿元, volumes in 亿股.
    index_code : str, optional
        The index asked for; rows of another are refused.
    scheme : str, optional
        The scheme asked for; told by the code when left out.

    Returns
    -------
    DataFrame
        date, scheme, industry_code, industry_name, close, open, high, low, volume (shares), amount (CNY). An index
        that is no level-1 industry has neither scheme nor name unless asked for under one.

    Raises
    ------
    Refused
        When the site answers with a message instead of rows.
    DataError
        When rows are of another index, or a unit changed.
    """
    endpoint = "sw_index_history"
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict) or str(reply.get("code", "200")) != "200" or reply.get("data") is None:
        said = (reply.get("message") or reply.get("msg") or reply.get("code")) if isinstance(reply, dict) else reply
        raise Refused(endpoint, "rows", found=f"the site says {said}"[:120])
    rows = reply["data"]
    rows = rows.get("results", []) if isinstance(rows, dict) else rows
    wanted = {
        "bargaindate": "date", "swindexcode": "industry_code", "closeindex": "close", "openindex": "open",
        "maxindex": "high", "minindex": "low", "bargainamount": "volume", "bargainsum": "amount",
    }  # fmt: skip
    raw = records(rows, wanted, endpoint)
    back = {ours: field for field, ours in wanted.items()}
    known = {code: name for code, name in SW2014.values()} | {code: name for code, name in SW2021.values()}
    current = {code for code, _ in SW2021.values()}
    codes = words(raw["industry_code"]).str.replace(r"\.\w+$", "", regex=True)
    index_code = bare_index(index_code)
    if index_code is not None and (other := codes.ne(str(index_code))).any():
        row = int(other.to_numpy().argmax())
        raise DataError(endpoint, f"index {index_code}", column="swindexcode", row=row, value=codes.iloc[row])
    label = codes.map(
        lambda code: scheme or ("SW2021_L1" if code in current else "SW2014_L1" if code in known else None)
    )
    frame = pd.DataFrame({"date": days(raw["date"].rename("bargaindate"), endpoint), "scheme": label.astype(str)})
    frame["industry_code"], frame["industry_name"] = codes, codes.map(known).astype(str)
    for column in ("close", "open", "high", "low", "volume", "amount"):
        scale = 1e8 if column in ("volume", "amount") else 1
        frame[column] = numbers(raw[column].rename(back[column]), endpoint, scale, needed=column == "close")
    check_price(frame["amount"], frame["volume"], endpoint, "bargainsum (亿元) over bargainamount (亿股)")
    _check_units(frame, endpoint)
    return tidy(frame, ["date", "industry_code"], endpoint)


def _check_units(frame: pd.DataFrame, endpoint: str) -> None:
    """Turnover of an industry in 亿元: tens to thousands, so 元 read as 亿元 stands out though the price agrees."""
    typical = frame["amount"][frame["amount"] > 0].median()
    if typical > 5e12:
        found = f"a median of {typical:.3g} CNY a day"
        raise DataError(endpoint, "turnover in 亿元", column="bargainsum", found=found, way_out="Did the unit change?")


def _history_request(index_code: str) -> Request:
    url = "https://www.swsresearch.com/institute-sw/api/index_publish/trend/"
    return Request(url, {"swindexcode": index_code, "period": "DAY"})


ENDPOINTS = [
    Endpoint(
        "sw_stock_industry", parse_stock_industry, _labels_request, f"Shenwan: industries of stocks ({_BROKEN_CHAIN})"
    ),
    Endpoint(
        "sw_index_history",
        parse_index_history,
        _history_request,
        f"Shenwan: history of an index ({_BROKEN_CHAIN})",
        3.0,
    ),
]
