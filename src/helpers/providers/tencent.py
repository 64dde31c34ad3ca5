"""Tencent: daily quotes of one security, as JSON or as a script."""

from __future__ import annotations

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import days, listed_code, numbers, only, tidy
from helpers.providers.quotes import check_price
from helpers.providers.replies import Refused, literal, text_of
from helpers.tables import DataError

__all__ = ["ENDPOINTS"]

_SERIES = {"day": "", "qfqday": "qfq", "hfqday": "hfq"}
_FIELDS = ("date", "open", "close", "high", "low", "volume")
_IN_SHARES = ("sh688", "sh689", "sh000", "sz399", "hk", "us")  # these count shares, all others 手


def parse_kline(
    body: bytes, code: str | None = None, start: str | None = None, end: str | None = None, adjust: str | None = None
) -> pd.DataFrame:
    """Read daily quotes.

    Parameters
    ----------
    body : bytes
        A reply of ``fqkline`` (six fields a day) or ``newfqkline`` (ten).
    code : str, optional
        The security, ``510300.SH`` or ``sh510300``; told by the reply when left out.
    start, end, adjust : str, optional
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        date, code, open, high, low, close (raw prices), volume (units), amount (CNY) and turnover (fraction) where the
        reply has them. Prices that the site adjusted stand in adj_close alone. Empty where there are none.

    Raises
    ------
    Refused
        When the site answers with a message instead of data.
    DataError
        When the reply has no quotes of the security, a row is short, or a unit changed.
    """
    endpoint = "tencent_kline"
    reply = literal(text_of(body, endpoint), endpoint)
    data = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(reply, dict) or str(reply.get("code", 0)) != "0" or not isinstance(data, dict):
        said = (reply.get("msg") or reply.get("code")) if isinstance(reply, dict) else reply
        raise Refused(endpoint, "an object with data", found=f"the site says {said!r}"[:120])
    symbol = _symbol(data, code, endpoint)
    series = next((name for name in _SERIES if isinstance(data[symbol].get(name), list)), None)
    if series is None:
        found = f"fields are {', '.join(data[symbol])}"
        raise DataError(endpoint, f"one of {', '.join(_SERIES)}", column="day", found=found)
    rows = [[cell for cell in row if not isinstance(cell, dict)] for row in data[symbol][series]]
    if bad := [place for place, row in enumerate(rows) if len(row) < len(_FIELDS)]:
        row = bad[0]
        raise DataError(endpoint, f"at least {', '.join(_FIELDS)}", column=series, row=row, value=str(rows[row])[:80])
    frame = _quotes(rows, symbol, endpoint)
    if series != "day":
        frame = frame.rename(columns={"close": "adj_close"}).drop(columns=["open", "high", "low"])
    order = ("date", "code", "open", "high", "low", "close", "adj_close", "volume", "amount", "turnover")
    return tidy(only(frame, order), ["date", "code"], endpoint)


def _symbol(data: dict, code: str | None, endpoint: str) -> str:
    if code is None:
        if len(data) != 1:
            raise DataError(endpoint, "one security", column="data", found=", ".join(data) or "none")
        return next(iter(data))
    number, _, market = str(code).partition(".")
    symbol = f"{market}{number}".lower() if market else number.lower()
    symbol = next((name for name in data if symbol.isdigit() and name.endswith(symbol)), symbol)
    if symbol not in data or not isinstance(data[symbol], dict):
        raise DataError(endpoint, f"quotes of {symbol}", column="data", found=", ".join(data) or "none")
    return symbol


def _quotes(rows: list[list], symbol: str, endpoint: str) -> pd.DataFrame:
    raw = pd.DataFrame([row[:6] for row in rows], columns=_FIELDS, dtype=object)
    frame = pd.DataFrame({"date": days(raw["date"], endpoint), "code": listed_code(symbol)})
    for column in _FIELDS[1:]:
        frame[column] = numbers(raw[column], endpoint, needed=column == "close")
    wide = len(rows) > 0 and all(len(row) >= 8 for row in rows)
    if wide:  # what is left of ten fields without the empty object: …, turnover (%), amount (万元), …
        frame["turnover"] = numbers(pd.Series([row[6] for row in rows], name="turnover", dtype=object), endpoint, 0.01)
        frame["amount"] = numbers(pd.Series([row[7] for row in rows], name="amount", dtype=object), endpoint, 1e4)
    if not symbol.startswith(_IN_SHARES):
        frame["volume"] *= 100
    if wide and not symbol.startswith(("sh000", "sz399")):  # of a share the turnover tells the price back
        paid = frame["amount"] / frame["close"]
        check_price(paid, frame["volume"], endpoint, "amount (万元) over volume (手) and close", (0.2, 5.0))
    return frame


def _request(code: str, start: str, end: str, adjust: str = "") -> Request:
    number, _, market = code.partition(".")
    query = {"param": f"{market.lower()}{number},day,{start},{end},640,{adjust}"}
    return Request("https://proxy.finance.qq.com/ifzqgtimg/appstock/app/newfqkline/get", query)


ENDPOINTS = [
    Endpoint("tencent_kline", parse_kline, _request, "Tencent: daily quotes of a security, 640 days a time", 1.5)
]
