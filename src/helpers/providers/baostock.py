"""BaoStock: free quotes over a socket, in frames of its own.

A frame is a header of 21 bytes (version, type, length), a body, a checksum and an end mark, all parted by the byte 1.
Some types pack their body with zlib and count its bytes, the others count characters.
"""

from __future__ import annotations

import json
import re
import zlib

import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import days, listed_code, numbers, only, records, words
from helpers.providers.quotes import check_price
from helpers.providers.replies import LARGEST, Incomplete, Refused
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "QUESTIONS", "frame_bytes"]

_HEADER = 21
_END = re.compile(rb"\x01?\d*<!\[CDATA\[\]\]>\n?")
_FIELDS = re.compile(r"[A-Za-z]\w*(?:,[A-Za-z]\w*)*")
_ERROR = "04"
_RENAMED = {
    "calendar_date": "date", "preclose": "prev_close", "turn": "turnover", "pctChg": "ret", "peTTM": "pe_ttm",
    "pbMRQ": "pb", "code_name": "name", "ipoDate": "list_date", "outDate": "delist_date", "updateDate": "date",
    "dividOperateDate": "date", "pubDate": "announce_date", "statDate": "report_date", "roeAvg": "roe_to_date",
    "netProfit": "net_profit_to_date", "MBRevenue": "revenue_to_date",
}  # fmt: skip
_NUMBERS = {
    "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "prev_close": 1.0, "volume": 1.0, "amount": 1.0,
    "turnover": 0.01, "ret": 0.01, "pe_ttm": 1.0, "pb": 1.0,
    "roe_to_date": 1.0, "net_profit_to_date": 1.0, "revenue_to_date": 1.0, "psTTM": 1.0, "pcfNcfTTM": 1.0,
    "foreAdjustFactor": 1.0, "backAdjustFactor": 1.0, "adjustFactor": 1.0,
}  # fmt: skip


def parse(body: bytes, code: str | None = None, start: str | None = None, end: str | None = None) -> pd.DataFrame:
    """Read one or more frames of one question.

    Parameters
    ----------
    body : bytes
        Whole frames as they came over the socket.
    code, start, end : str, optional
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        The server's fields under our names and units: date, code, open, high, low, close (CNY), volume (shares),
        amount (CNY), turnover and ret (fractions); quotes that the server adjusted have adj_close instead of prices;
        a calendar has its open days; a report has report_date, announce_date, and roe (fraction), net profit and
        revenue (CNY) from the year's first day on, ``…_to_date``. A field without a name of ours stays text under its
        own.

    Raises
    ------
    Refused
        The server answered with an error.
    Incomplete
        A frame is cut off.
    """
    tables = [table for frame in _bodies(body) if (table := _records(frame)) is not None]
    if not tables:
        return pd.DataFrame()
    raw = pd.concat(tables, ignore_index=True)
    if "is_trading_day" in raw:
        raw = raw[raw["is_trading_day"].astype(str).eq("1")].drop(columns="is_trading_day").reset_index(drop=True)
    frame = pd.DataFrame(index=raw.index)
    for field in raw:
        name = _RENAMED.get(field, field)
        if name in ("date", "list_date", "delist_date", "announce_date", "report_date"):
            needed = name in ("date", "report_date")
            frame[name] = days(raw[field].rename(field), "baostock", needed=needed)
        elif name in _NUMBERS:
            frame[name] = numbers(raw[field].rename(field), "baostock", _NUMBERS[name])
        else:
            frame[name] = words(raw[field])
    if "code" in frame:
        frame["code"] = frame["code"].map(listed_code).astype(str)
    return _prices(frame)


def _prices(frame: pd.DataFrame) -> pd.DataFrame:
    """Check quotes; keep of adjusted ones what is true of them."""
    if not {"close", "volume", "amount", "date"} <= set(frame):
        return frame
    frame = frame[frame["close"].notna()].reset_index(drop=True)
    kind = frame["adjustflag"].iloc[0] if "adjustflag" in frame and len(frame) else "3"
    if kind != "3":
        frame = frame.rename(columns={"close": "adj_close"})
        frame = frame.drop(columns=["open", "high", "low", "prev_close"], errors="ignore")
    elif "code" in frame and not frame["code"].str.match(r"000\d{3}\.SH|399\d{3}\.SZ").any():
        check_price(
            frame["amount"] / frame["close"], frame["volume"], "baostock", "amount over volume and close", (0.2, 5.0)
        )
    front = (
        "date",
        "code",
        "open",
        "high",
        "low",
        "close",
        "adj_close",
        "prev_close",
        "volume",
        "amount",
        "turnover",
        "ret",
    )
    return only(frame, [*front, *(column for column in frame if column not in front)])


def _bodies(body: bytes) -> list[list[str]]:
    """Split the frames, unpack them and return the parts of each body."""
    if not body:
        raise Incomplete("baostock", "a frame", found="an empty body")
    bodies, at = [], 0
    while at < len(body):
        kind, parts, at = _frame(body, at)
        if kind == _ERROR or parts[0] not in ("0", ""):
            said = " ".join(part for part in parts[:2] if part)
            raise Refused("baostock", "records", found=f"the server says {said}"[:120])
        bodies.append(parts)
    return bodies


def _frame(body: bytes, at: int) -> tuple[str, list[str], int]:
    header = body[at : at + _HEADER].split(b"\x01")
    if len(header) != 3 or not header[2].isdigit() or not re.fullmatch(rb"[\d.]+", header[0]):
        raise DataError(
            "baostock", "a header: version, type, length", column="header", found=repr(body[at : at + _HEADER])
        )
    kind, length, rest = header[1].decode(), int(header[2]), body[at + _HEADER :]
    if rest[:1] == b"\x78":  # zlib; the length counts bytes
        packed = rest[:length]
        try:
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(packed, LARGEST).decode("utf-8")
        except (zlib.error, UnicodeDecodeError):
            raise _cut() from None
        if unpacker.unconsumed_tail:
            raise DataError("baostock", f"a frame of at most {LARGEST:,} bytes", found="more once unpacked")
        used = length
        if len(packed) < length or not unpacker.eof:
            raise _cut()
    else:
        whole = rest.decode("utf-8", errors="ignore")
        text = whole[:length]
        used = len(text.encode("utf-8"))
        if len(text) < length:
            raise _cut()
    end = _END.match(rest, used)
    if end is None:
        raise _cut()
    return kind, text.split("\x01"), at + _HEADER + end.end()


def _cut() -> Incomplete:
    return Incomplete("baostock", "a whole frame", found="it is cut off", way_out="Ask again.")


def _records(parts: list[str]) -> pd.DataFrame | None:
    """Find the records and the names of their fields among the parts; None for a frame without any (a login)."""
    at = next((i for i, part in enumerate(parts) if part.lstrip().startswith('{"record"')), None)
    if at is None:
        return None
    rows = json.loads(parts[at])["record"]
    width = len(rows[0]) if rows else None
    named = [
        part for part in parts[at + 1 :] if _FIELDS.fullmatch(part) and (width is None or part.count(",") + 1 == width)
    ]
    if not named:
        raise DataError("baostock", f"the names of {width} fields", column="fields", found="they are missing")
    names = max(named, key=lambda part: part.count(",")).split(",")
    return records([dict(zip(names, row, strict=False)) for row in rows], {n: n for n in names}, "baostock", names)


def frame_bytes(kind: str, *parts: str) -> bytes:
    """Write a question of a ``kind`` (or, in a test, an answer) and its ``parts`` as a frame."""
    text = "\x01".join(parts)
    head = f"00.9.40\x01{kind}\x01{len(text):010d}{text}"
    return f"{head}\x01{zlib.crc32(head.encode())}\n".encode()


# Each question the book asks: its type, whether it has pages, and what follows the name of the user.
QUESTIONS: dict[str, tuple[str, bool, tuple[str, ...]]] = {
    "query_history_k_data_plus": ("95", True, ("code", "fields", "start", "end", "frequency", "adjustflag")),
    "query_daily_history_k_AStock": ("98", False, ("date",)),
    "query_profit_data": ("17", True, ("code", "year", "quarter")),
}
_KLINE = "date,code,open,high,low,close,preclose,volume,amount,turn"


def _request(method: str = "query_history_k_data_plus", **asked: object) -> Request:
    """Ask for the quotes of one security, of all stocks on a day, or for a stock's report of a quarter."""
    given = {"frequency": "d", "adjustflag": "3", "fields": _KLINE} | {key: str(v) for key, v in asked.items()}
    if "code" in given:
        number, _, market = given["code"].partition(".")
        given["code"] = f"{market.lower()}.{number}"
    kept = {name: given[name] for name in QUESTIONS[method][2]}
    return Request("tcp://public-api.baostock.com:10030", {"method": method, **kept})


_ABOUT = "BaoStock: quotes of all stocks by day, reports by quarter, calendar and constituents, over a socket"
ENDPOINTS = [Endpoint("baostock", parse, _request, _ABOUT, 0.3)]
