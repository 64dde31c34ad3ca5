"""Sina: all daily quotes of a security in one packed script."""

from __future__ import annotations

import re

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import listed_code, only, tidy
from helpers.providers.quotes import check_price
from helpers.providers.replies import Incomplete, text_of
from helpers.providers.sina_codec import CodecError, unpack
from helpers.tables import DataError

__all__ = ["ENDPOINTS"]

_PACKED = re.compile(r"(?:var|let|const)?\s*([A-Za-z_$][\w$]*)\s*=\s*[\"'(]*([A-Za-z0-9+/=]*)[\"')]*")
_ORDER = ("date", "code", "open", "high", "low", "close", "prev_close", "volume", "amount")


def parse_kline(body: bytes, code: str | None = None) -> pd.DataFrame:
    """Read the packed quotes of one security, raw prices since it was listed.

    Parameters
    ----------
    body : bytes
        The script, of either packing.
    code : str, optional
        The security; told by the script's variable when left out.

    Returns
    -------
    DataFrame
        date, code, open, high, low, close (CNY), prev_close (where the packing has it: the reference price of an
        ex-day), volume (units), amount (CNY; only in the newer packing).

    Raises
    ------
    DataError
        When there is no packed value, it is of another security, or a unit changed.
    Incomplete
        When the packed value or the script is cut off.
    """
    endpoint = "sina_kline"
    text = re.sub(r"\s*/\*.*?\*/", "", text_of(body, endpoint), flags=re.S)
    found = _PACKED.search(text)
    if found is None or not found[2]:
        if re.search(r"=\s*(?:null|\"\"|''|\[\])", text):
            return pd.DataFrame({column: pd.Series(dtype=float) for column in _ORDER})
        raise DataError(endpoint, 'a packed value, var KLC_…="…"', found=repr(text.strip()[:60]))
    if not re.match(r"\s*;?\s*$", text[found.end() :]):
        raise Incomplete(endpoint, "the end of the script", found=repr(text[found.end() :][:40]))
    symbol = found[1].rpartition("_")[2]
    stated = listed_code(symbol) if re.fullmatch(r"(sh|sz|bj|hk)\d{5,6}", symbol, re.I) else None
    if code and stated and listed_code(code) != stated:
        raise DataError(endpoint, f"quotes of {code}", column=found[1], found=stated)
    try:
        rows = unpack(found[2])
    except CodecError as error:
        raise Incomplete(
            endpoint, "a whole packed value", found=str(error), way_out="Is it cut off? Ask again."
        ) from None
    frame = pd.DataFrame(rows)
    if frame.empty:
        return pd.DataFrame({column: pd.Series(dtype=float) for column in _ORDER})
    frame = frame.rename(columns={"prevclose": "prev_close"})
    frame["date"] = pd.to_datetime(frame["date"], unit="D").astype("datetime64[us]")
    frame["code"] = pd.Series(stated or code, index=frame.index, dtype=str)
    prices = [column for column in _ORDER if column in frame and column not in ("date", "code")]
    frame[prices] = frame[prices].astype(float)
    if "amount" in frame and not re.match(r"(sh000|sz399)", symbol):
        check_price(
            frame["amount"] / frame["close"], frame["volume"], endpoint, "amount over volume and close", (0.2, 5.0)
        )
    return tidy(only(frame, _ORDER), ["date"], endpoint)


def _request(code: str) -> Request:
    number, _, market = code.partition(".")
    symbol = f"{market.lower()}{number}"
    return Request(
        f"https://finance.sina.com.cn/realstock/company/{symbol}/hisdata_klc2/klc_kl.js",
        headers={"Referer": "https://finance.sina.com.cn/"},
    )


ENDPOINTS = [Endpoint("sina_kline", parse_kline, _request, "Sina: all daily quotes of a security", 2.0)]
