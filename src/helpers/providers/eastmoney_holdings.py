"""Eastmoney's fund farm: the stocks a fund held at each quarter's end of a year, from a table in HTML in JavaScript."""

from __future__ import annotations

import re

import pandas as pd
from bs4 import BeautifulSoup, Tag

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.fields import digits_of, fund_code, header_of, listed_code, numbers, words
from helpers.providers.replies import literal, text_of
from helpers.sessions import next_session
from helpers.tables import DataError

__all__ = ["ENDPOINTS", "announced"]

_TOP = 10
_MARKETS = {"1": "SH", "116": "HK", "105": "US", "106": "US", "107": "US"}
_UNITS = {"元": 1.0, "股": 1.0, "万元": 1e4, "万元人民币": 1e4, "万股": 1e4, "亿元": 1e8}
_FIELDS = {
    "rank": "序号",
    "code": "股票代码",
    "name": "股票名称",
    "weight_nav": "占净值比例",
    "shares": "持股数",
    "value": "持仓市值",
}
_COLUMNS = [
    "report_date",
    "fund_code",
    "code",
    "announce_date",
    "rank",
    "weight_nav",
    "shares",
    "value",
    "scope",
    "name",
    "fund_name",
]


def announced(report_date: pd.Timestamp, scope: str) -> pd.Timestamp:
    """Say when a report was public at the latest, by rule: the site does not tell.

    A quarter's report is due fifteen sessions after the quarter; the full list of a half-year on 31 August, of a
    year on 31 March.

    Parameters
    ----------
    report_date : Timestamp
        End of the period reported on.
    scope : {"top10", "full"}

    Returns
    -------
    Timestamp
        Beyond the trading calendar, 31 days after the quarter.
    """
    if scope == "full" and report_date.month in (6, 12):
        year = report_date.year + (report_date.month == 12)
        return pd.Timestamp(year, 8 if report_date.month == 6 else 3, 31)
    try:
        return next_session(report_date, 15)
    except ValueError:  # beyond the trading calendar
        return report_date + pd.Timedelta(days=31)


def parse_holdings(body: bytes, code: str | None = None, year: int | str | None = None) -> pd.DataFrame:
    """Read the holdings of one fund in one year.

    Columns are found by their headers, since the newest quarter has two more; the units stand in the headers too.

    Parameters
    ----------
    body : bytes
        The reply: a script that holds one HTML table a quarter.
    code : str, optional
        The fund asked for; the tables do not say.
    year : int or str, optional
        The year asked for; reports of another are refused.

    Returns
    -------
    DataFrame
        report_date, fund_code, code, announce_date (by rule, see :func:`announced`), rank, weight_nav (fraction),
        shares, value (CNY), scope (top10 or full), name, fund_name; empty for a year without reports.

    Raises
    ------
    DataError
        When the reply has no tables and does not say so, or a report is of another year.
    """
    endpoint = "em_fund_holdings"
    reply = literal(text_of(body, endpoint), endpoint)
    if not isinstance(reply, dict) or "content" not in reply:
        raise DataError(endpoint, "an object with content", column="content", found="it is missing")
    soup = BeautifulSoup(reply["content"], "html.parser")
    tables = soup.find_all("table")
    frames = [frame for table in tables if (frame := _quarter(table, code, endpoint)) is not None]
    if not frames:
        if tables or (reply["content"].strip() and "暂无" not in reply["content"]):
            raise DataError(endpoint, "a table for each quarter", column="content", found=repr(soup.get_text(" ")[:60]))
        return _empty()
    frame = pd.concat(frames, ignore_index=True)
    if year and (other := frame["report_date"].dt.year != int(year)).any():
        found = f"{frame['report_date'][other].iloc[0]:%Y-%m-%d}"
        raise DataError(endpoint, f"reports of {year}", column="截止至", found=found)
    return frame[_COLUMNS].sort_values(["report_date", "rank"], ignore_index=True, kind="stable")


def _empty() -> pd.DataFrame:
    dates = dict.fromkeys(("report_date", "announce_date"), "datetime64[us]")
    floats = dict.fromkeys(("rank", "weight_nav", "shares", "value"), float)
    return pd.DataFrame({c: pd.Series(dtype=dates.get(c, floats.get(c, str))) for c in _COLUMNS})


def _quarter(table: Tag, code: str | None, endpoint: str) -> pd.DataFrame | None:
    """Read one quarter's table; None where it says that there is none."""
    heading = table.find_previous("h4")
    heading = heading if heading is not None else table.find_previous("div")
    rows = [cells for row in table.find_all("tr") if (cells := row.find_all("td"))]
    headers = {re.sub(r"\(.*?\)", "", shown): i for i, shown in enumerate(_headers(table))}
    units = {re.sub(r"\(.*?\)", "", s): re.search(r"\((.*?)\)", s) for s in _headers(table)}
    if lacking := [field for field in _FIELDS.values() if field not in headers]:
        found = f"it is missing (headers are {', '.join(headers)})"
        raise DataError(endpoint, f"a column {lacking[0]}", column=lacking[0], found=found)
    rows = [cells for cells in rows if len(cells) > 1]  # one wide cell says that there is nothing
    if not rows:
        return None
    if bad := [place for place, cells in enumerate(rows) if len(cells) != len(headers)]:
        value = " ".join(rows[bad[0]][0].get_text(" ").split())
        raise DataError(endpoint, f"{len(headers)} cells, as in the header", column="content", row=bad[0], value=value)
    column = {ours: [cells[headers[field]] for cells in rows] for ours, field in _FIELDS.items()}
    day, fund, fund_name = _about(heading, endpoint)
    frame = pd.DataFrame({"code": [_stock(cell, endpoint, row) for row, cell in enumerate(column["code"])]})
    frame["name"] = words([cell.get_text(" ") for cell in column["name"]])
    for ours in ("rank", "shares", "value"):
        cells = pd.Series([cell.get_text().replace("*", "") for cell in column[ours]], name=_FIELDS[ours], dtype=object)
        frame[ours] = numbers(
            cells, endpoint, 1 if ours == "rank" else _unit(units[_FIELDS[ours]], _FIELDS[ours], endpoint)
        )
    frame["weight_nav"] = _percent(
        pd.Series([cell.get_text() for cell in column["weight_nav"]], name="占净值比例"), endpoint
    )
    scope = "full" if len(frame) > _TOP else "top10"
    return frame.assign(
        report_date=day,
        announce_date=announced(day, scope),
        scope=scope,
        fund_code=pd.Series(fund_code(fund or digits_of(code)) if fund or code else None, index=frame.index, dtype=str),
        fund_name=pd.Series(fund_name, index=frame.index, dtype=str),
    )


def _headers(table: Tag) -> list[str]:
    cells = table.find_all("th")
    first = table.find("tr")
    cells = cells or (first.find_all("td") if first is not None else [])
    return [header_of(cell.get_text()) for cell in cells]


def _about(heading: Tag | None, endpoint: str) -> tuple[pd.Timestamp, str | None, str | None]:
    """Return the quarter's end, and the fund's code and name where the heading links to it."""
    text = " ".join(heading.get_text(" ").split()) if heading is not None else ""
    link = heading.find("a") if heading is not None else None
    linked = re.search(r"/(\d{6})\.html", str(link.get("href", ""))) if link is not None else None
    name = link.get_text(strip=True) if link is not None else None
    if day := re.search(r"截止至[：:]?\s*(\d{4}-\d{2}-\d{2})", text) or re.search(r"(\d{4}-\d{2}-\d{2})", text):
        return pd.Timestamp(day[1]), linked and linked[1], name
    if quarter := re.search(r"(\d{4})年第?([1-4])季度", text):
        return (
            pd.Timestamp(int(quarter[1]), 3 * int(quarter[2]), 1) + pd.offsets.MonthEnd(0),
            linked and linked[1],
            name,
        )
    raise DataError(endpoint, "the quarter in the heading", column="截止至", found=repr(text[:60]))


def _stock(cell: Tag, endpoint: str, row: int) -> str:
    text = cell.get_text(strip=True)
    link = cell.find("a")
    market = re.search(r"/r/(\d+)\.", str(link.get("href", ""))) if link is not None else None
    if not re.fullmatch(r"[0-9A-Za-z.]+", text):
        raise DataError(endpoint, "the code of a stock", column="股票代码", row=row, value=text)
    return listed_code(text, _MARKETS.get(market[1]) if market and text.isdigit() else None)


def _unit(shown: re.Match | None, field: str, endpoint: str) -> float:
    if shown is None or shown[1] not in _UNITS:
        found = shown[1] if shown else "no unit"
        raise DataError(endpoint, f"a unit in the header, one of {', '.join(_UNITS)}", column=field, found=found)
    return _UNITS[shown[1]]


def _percent(cells: pd.Series, endpoint: str) -> pd.Series:
    """Read weights, each with its sign of percent."""
    read = numbers(cells, endpoint)
    bare = read.notna() & ~cells.str.contains("%")
    if bare.any():
        row = int(bare.to_numpy().argmax())
        raise DataError(endpoint, "percent, such as 9.38%", column=str(cells.name), row=row, value=cells.iloc[row])
    return read


def _request(code: str, year: int | str = "") -> Request:
    code = digits_of(code)
    query = {"type": "jjcc", "code": code, "topline": "100", "year": str(year), "month": ""}
    headers = {
        "Referer": f"https://fundf10.eastmoney.com/ccmx_{code}.html",
        "X-Requested-With": "XMLHttpRequest",
    }
    return Request("https://fundf10.eastmoney.com/FundArchivesDatas.aspx", query, headers)


ENDPOINTS = [Endpoint("em_fund_holdings", parse_holdings, _request, "Eastmoney: the stocks a fund held, by quarter")]
