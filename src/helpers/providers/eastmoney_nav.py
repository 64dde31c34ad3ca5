"""Eastmoney's fund farm: net asset values, by script for a fund's whole life or page by page."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import check_total, days, digits_of, epoch_days, fund_code, numbers, records, words
from helpers.providers.quotes import adjusted
from helpers.providers.replies import Incomplete, Refused, literal, text_of, variable
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "events_of"]

_PAGE = 20  # rows the site gives at once, whatever is asked
_CASH = re.compile(r"派(?:发)?(?:现金)?(?:红利)?\D*?(\d+(?:\.\d+)?)\s*元")
_RATIO = re.compile(r"(?:折算|拆分|分拆|合并)\D*?(\d+(?:\.\d+)?)\s*份?")
_ROUNDING = 2e-3  # the site's daily return has two decimals in percent; more than this apart, an event is missing


def events_of(text: object) -> tuple[float, float]:
    """Read the wording of a distribution: cash a unit in CNY, and units after for one unit before.

    Parameters
    ----------
    text : str or None
        As the site writes it.

    Returns
    -------
    cash, ratio : float
        0 and 1 where nothing was distributed.

    Examples
    --------
    >>> events_of("分红：每份派现金0.21元")
    (0.21, 1.0)
    >>> events_of("拆分：每份基金份额折算1.018012713份"), events_of("分拆3.0份")
    ((0.0, 1.018012713), (0.0, 3.0))
    """
    plain = "" if text is None else str(text)
    units = re.search(r"每(\d+)份", plain)
    cash, ratio = _CASH.search(plain), _RATIO.search(re.sub(r"^\s*(?:拆分|分拆)[：:]", "", plain))
    return float(cash[1]) / int(units[1] if units else 1) if cash else 0.0, float(
        ratio[1]
    ) if ratio and not cash else 1.0


def _with_returns(frame: pd.DataFrame, text: list[object]) -> pd.DataFrame:
    """Add dividend, split_ratio and nav_adj: from the events where they explain the site's return, else from it."""
    events = [events_of(item) for item in text]
    frame["dividend"], frame["split_ratio"] = [pd.Series([e[i] for e in events], dtype=float) for i in (0, 1)]
    frame = frame.sort_values("date", ignore_index=True, kind="stable")
    before = frame["nav"].shift()
    implied = (frame["nav"] * frame["split_ratio"] + frame["dividend"]) / before - 1
    exact = frame["ret"].isna() | ((implied - frame["ret"]).abs() <= _ROUNDING + 1e-4 / before)
    gross = implied.where(exact, frame["ret"]).fillna(0.0)
    gross.iloc[:1] = 0.0  # the first day's own return leads to its value, not from it
    plain = adjusted(frame["nav"], frame["dividend"], frame["split_ratio"])
    frame["nav_adj"] = plain if exact.all() or frame.empty else frame["nav"].iloc[0] * (1 + gross).cumprod()
    return frame


def _one_per_day(frame: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    frame = frame.drop_duplicates(ignore_index=True)
    twice = frame.duplicated("date", keep="first").to_numpy()
    if twice.any():
        row = int(twice.argmax())
        raise DataError(
            endpoint, "one value a day", column="date", row=row, value=f"{frame['date'].iloc[row]:%Y-%m-%d}"
        )
    return frame


def parse_nav(body: bytes, code: str | None = None) -> pd.DataFrame:
    """Read the net asset values of a fund since it began.

    Parameters
    ----------
    body : bytes
        The script; returns in percent.
    code : str, optional
        The fund asked for; a script about another is refused.

    Returns
    -------
    DataFrame
        date, fund_code, nav (CNY), nav_cum (with all dividends added), ret (fraction), dividend (CNY a unit),
        split_ratio, nav_adj (the first value compounded by total returns), name.

    Raises
    ------
    DataError
        When the script is of a money fund or of another fund, or a value is missing.
    """
    endpoint = "em_fund_nav"
    text = text_of(body, endpoint)
    read = partial(variable, text, endpoint=endpoint)
    trend, said, name = read("Data_netWorthTrend"), read("fS_code"), read("fS_name")
    if trend is None:
        money = read("Data_millionCopiesIncome") is not None
        found = "a money fund: income by day instead" if money else "it is missing"
        raise DataError(endpoint, "a variable Data_netWorthTrend", column="Data_netWorthTrend", found=found)
    if code is not None and said is not None and str(said) != digits_of(code):
        raise DataError(endpoint, f"fund {code}", column="fS_code", found=str(said))
    wanted = {"x": "date", "y": "nav", "equityReturn": "ret", "unitMoney": "event"}
    raw = records(trend, wanted, endpoint, optional=("event",))
    frame = pd.DataFrame({"date": epoch_days(raw["date"].rename("x"), endpoint)})
    known = said or (digits_of(code) if code else None)
    frame["fund_code"] = pd.Series(fund_code(known) if known else None, index=frame.index, dtype=str)
    frame["nav"] = numbers(raw["nav"].rename("y"), endpoint)
    frame["ret"] = numbers(raw["ret"].rename("equityReturn"), endpoint, 0.01)
    frame["event"] = raw.get("event", "")
    if len(frame) and frame["nav"].isna().all():
        raise DataError(endpoint, "net asset values", column="y", found="every one is missing")
    frame = _one_per_day(frame[frame["nav"].notna()].reset_index(drop=True), endpoint)
    total = records([dict(zip(("x", "y"), pair, strict=False)) for pair in read("Data_ACWorthTrend") or []],
                    {"x": "date", "y": "nav_cum"}, endpoint)  # fmt: skip
    total = total.assign(
        date=epoch_days(total["date"].rename("x"), endpoint), nav_cum=numbers(total["nav_cum"], endpoint)
    )
    frame["nav_cum"] = frame["date"].map(total.drop_duplicates("date").set_index("date")["nav_cum"])
    frame = _with_returns(frame, frame.pop("event").tolist())
    frame["name"] = pd.Series(name, index=frame.index, dtype=str)
    return frame[["date", "fund_code", "nav", "nav_cum", "ret", "dividend", "split_ratio", "nav_adj", "name"]]


def _nav_request(code: str) -> Request:
    return Request(
        f"https://fund.eastmoney.com/pingzhongdata/{digits_of(code)}.js",
        headers={"Referer": "https://fund.eastmoney.com/"},
    )


def parse_nav_page(
    body: bytes,
    code: str | None = None,
    page: int | str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> pd.DataFrame:
    """Read one page of a fund's net asset values, newest first on the site.

    Parameters
    ----------
    body : bytes
        The reply; returns in percent.
    code : str, optional
        The fund asked for; the reply does not say.
    page : int or str, optional
        The page asked for; another one is refused.
    start, end : str, optional
        As asked; not needed to read the answer.

    Returns
    -------
    DataFrame
        As :func:`parse_nav`, in order of time; ``nav_adj`` runs over the page only. Empty for a fund without values.

    Raises
    ------
    Refused
        When the site turns the question away.
    DataError
        When the fund is a money fund, or the reply has no list of values.
    """
    endpoint = "em_fund_nav_pages"
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict):
        raise DataError(endpoint, "an object with Data", found=f"a {type(reply).__name__}")
    data = reply.get("Data")
    if str(reply.get("ErrCode", 0)) not in ("0", "None") or not isinstance(data, dict):
        found = f"Data {data!r}, ErrCode {reply.get('ErrCode')}"[:120]
        way_out = "A refusal, not an empty history: the Referer is missing, or the site wants a pause."
        raise Refused(endpoint, "an object under Data", column="Data", found=found, way_out=way_out)
    if data.get("SYType"):
        found = f"{data['SYType']}: a money fund"
        raise DataError(endpoint, "net asset values", column="SYType", found=found)
    rows = data.get("LSJZList")
    if rows is None:
        raise DataError(endpoint, "a list LSJZList", column="LSJZList", found="it is missing")
    _check_page(rows, reply, page, endpoint)
    wanted = {"FSRQ": "date", "DWJZ": "nav", "LJJZ": "nav_cum", "JZZZL": "ret", "FHSP": "event"}
    raw = records(rows, wanted, endpoint, optional=("event", "nav_cum", "ret"))
    frame = pd.DataFrame({"date": days(raw["date"].rename("FSRQ"), endpoint)})
    frame["fund_code"] = pd.Series(fund_code(digits_of(code)) if code else None, index=frame.index, dtype=str)
    frame["nav"] = numbers(raw["nav"].rename("DWJZ"), endpoint)
    for column, scale in (("nav_cum", 1), ("ret", 0.01)):
        frame[column] = numbers(raw[column], endpoint, scale) if column in raw else np.nan
    frame["event"] = words(raw["event"]).fillna("") if "event" in raw else ""
    frame = _one_per_day(frame[frame["nav"].notna()].reset_index(drop=True), endpoint)
    frame = _with_returns(frame, frame.pop("event").tolist())
    return frame[["date", "fund_code", "nav", "nav_cum", "ret", "dividend", "split_ratio", "nav_adj"]]


def _check_page(rows: list, reply: dict, page: int | str | None, endpoint: str) -> None:
    """Refuse a page that is not the one asked for, or shorter than the total leaves it."""
    total, at, size = (reply.get(field) for field in ("TotalCount", "PageIndex", "PageSize"))
    if page is not None and at is not None and int(at) != int(page):
        raise Incomplete(endpoint, f"page {page}", column="PageIndex", found=f"page {at}", way_out="Ask again.")
    if total is not None and at and size:
        check_total(rows, max(0, min(int(size), int(total) - (int(at) - 1) * int(size))), endpoint, "TotalCount")


def _page_request(code: str, page: int | str = 1, start: str = "", end: str = "") -> Request:
    query = {
        "fundCode": digits_of(code),
        "pageIndex": str(page),
        "pageSize": str(_PAGE),
        "startDate": start,
        "endDate": end,
    }
    return Request(
        "https://api.fund.eastmoney.com/f10/lsjz",
        query,
        {"Referer": f"https://fundf10.eastmoney.com/jjjz_{digits_of(code)}.html"},
    )


ENDPOINTS = [
    Endpoint("em_fund_nav", parse_nav, _nav_request, "Eastmoney: net asset values of a fund since it began"),
    Endpoint(
        "em_fund_nav_pages", parse_nav_page, _page_request, "Eastmoney: net asset values of a fund, twenty days a page"
    ),
]
