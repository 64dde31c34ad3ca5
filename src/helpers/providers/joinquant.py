"""JoinQuant: the tables of its SDK, asked through ``jqdatasdk``, which is imported only when this source is used.

The SDK speaks a protocol of its own and hands over frames; they are kept as CSV, and read from there like any reply.
"""

from __future__ import annotations

import io
import os

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import days, numbers, words
from helpers.providers.replies import text_of
from helpers.providers.tushare import Denied
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "ask"]

_MARKETS = {"XSHG": "SH", "XSHE": "SZ"}
_DATES = ("date", "day", "pub_date", "start_date", "end_date", "period_end", "period_start")
_SCALES = {"weight": 0.01, "proportion": 0.01, "change_pct": 0.01}


def code_of(text: str) -> str:
    """Respell a code such as the text ``510300.XSHG`` as ``510300.SH``; six digits alone are an open fund."""
    number, _, market = text.partition(".")
    return f"{number}.{_MARKETS.get(market, market)}" if market else f"{number}.OF"


def parse(body: bytes, table: str | None = None, **params: object) -> pd.DataFrame:
    """Read a frame of JoinQuant's that was kept as CSV: its columns, with days, codes, numbers and fractions read.

    Parameters
    ----------
    body : bytes
    table : str, optional
        The table asked for, named in errors.
    **params
        The rest of the question; not needed to read the answer.

    Returns
    -------
    DataFrame
        Under JoinQuant's own column names, codes as written there; weights, proportions and changes are fractions.
    """
    origin = f"joinquant {table}" if table else "joinquant"
    raw = pd.read_csv(io.StringIO(text_of(body, origin)), dtype=str, keep_default_na=False)
    frame = pd.DataFrame(index=raw.index)
    for column in raw:
        if column in _DATES:
            shown = raw[column].where(raw[column] < "2199", "")  # 2200-01-01 stands for an open end
            frame[column] = days(shown.rename(column), origin, needed=column in ("date", "day"))
        elif column in ("code", "main_code", "symbol", "traced_index_code"):
            frame[column] = words(raw[column])
        else:
            frame[column] = _values(raw[column], origin, _SCALES.get(column, 1.0))
    return frame


def _values(values: pd.Series, origin: str, scale: float) -> pd.Series:
    try:
        return numbers(values, origin, scale)
    except DataError:
        return words(values)


def _request(table: str, **params: object) -> Request:
    return Request(f"joinquant://jqdatasdk/{table}", {key: str(value) for key, value in params.items()})


def ask(request: Request) -> bytes:
    """Ask the SDK a ``request``, logged in with ``JQDATA_USER`` and ``JQDATA_PASSWORD``; return the frame as CSV.

    Raises
    ------
    Denied
        When the SDK is not installed, the account is not in the environment, or it is refused.
    """
    table = request.url.rpartition("/")[2]
    sdk = _sdk()
    frame = _CALLS[table.partition(".")[0]](sdk, table, request.params)
    return frame.reset_index().to_csv(index=False).encode()


def _sdk():
    try:
        import jqdatasdk
    except ImportError:
        way_out = ".venv/bin/python -m pip install jqdatasdk (what the extra etf-atlas[joinquant] asks for)."
        raise Denied("joinquant", "the package jqdatasdk", found="it is not installed", way_out=way_out) from None
    user, password = os.environ.get("JQDATA_USER"), os.environ.get("JQDATA_PASSWORD")
    if not user or not password:
        found = "no JQDATA_USER or JQDATA_PASSWORD in the environment"
        raise Denied("joinquant", "the key of an account", found=found, way_out="Set both: export JQDATA_USER=…")
    if not jqdatasdk.is_auth():
        try:
            jqdatasdk.auth(user, password)
        except Exception as error:  # the SDK raises bare exceptions
            said = str(error).replace(password, "***").replace(user, "***")[:80]
            raise Denied("joinquant", "a login", found=said, way_out="Check the account.") from None
    return jqdatasdk


def _securities(sdk, table: str, params: dict) -> pd.DataFrame:
    return sdk.get_all_securities([params["type"]])


def _trade_days(sdk, table: str, params: dict) -> pd.DataFrame:
    return pd.DataFrame({"date": sdk.get_trade_days(start_date=params["start"], end_date=params["end"])})


def _prices(sdk, table: str, params: dict) -> pd.DataFrame:
    fields = ["open", "close", "high", "low", "volume", "money", "factor"]
    span = {"start_date": params["start"], "end_date": params["end"]}
    frame = sdk.get_price(params["code"], frequency="daily", fields=fields, fq="none", panel=False, **span)
    factor = sdk.get_price(params["code"], frequency="daily", fields=["close"], fq="post", panel=False, **span)
    return frame.assign(adj_close=factor["close"].to_numpy()).rename_axis("date").assign(code=params["code"])


def _weights(sdk, table: str, params: dict) -> pd.DataFrame:
    return sdk.get_index_weights(params["code"], date=params["date"]).rename_axis("code").assign(index=params["code"])


def _finance(sdk, table: str, params: dict) -> pd.DataFrame:
    """Ask one of the ``finance`` tables for the rows of a code, or of a span of its day."""
    which = getattr(sdk.finance, table.partition(".")[2])
    query = sdk.query(which)
    if "code" in params:
        query = query.filter(which.code == params["code"])
    if "start" in params:
        day = getattr(which, params.get("day", "date"))
        query = query.filter(day >= params["start"], day <= params["end"])
    return sdk.finance.run_offset_query(query)


def _members(sdk, table: str, params: dict) -> pd.DataFrame:
    return pd.DataFrame({"code": sdk.get_industry_stocks(params["industry"], date=params["date"])})


def _valuation(sdk, table: str, params: dict) -> pd.DataFrame:
    return sdk.get_index_valuation(params["code"], start_date=params["start"], end_date=params["end"])


_CALLS = {
    "members": _members,
    "valuation": _valuation,
    "securities": _securities,
    "trade_days": _trade_days,
    "price": _prices,
    "weights": _weights,
    "finance": _finance,
}
ENDPOINTS = [Endpoint("joinquant", parse, _request, "JoinQuant: tables of its SDK, with an account", 0.2)]
