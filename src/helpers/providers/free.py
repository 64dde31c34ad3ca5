"""The free source: exchanges, index publishers, Shenwan and the fund sites; no account."""

from __future__ import annotations

import pandas as pd

from helpers.providers import assemble, assemble_stocks
from helpers.providers.plans import Context, Job, Source, Supply, gaps, spans
from helpers.providers.shenwan import SW2021
from helpers.providers.szse import LONGEST_DAYS
from helpers.sessions import sessions

__all__ = ["FREE"]

# Indices the chapters need whether or not an ETF tracks them: broad, styles, totals.
_ALWAYS = ("000016", "000300", "000905", "000852", "000985", "399370", "399371")
_CNI = ("399", "970", "980", "480", "987")


def _snapshot(endpoint: str, context: Context, key: str = "", **request: str) -> Job:
    """Ask once a month for what is only known as of now."""
    named = f"{key}@{context.month}" if key else context.month
    return Job(endpoint, request, named, context.month, "snapshot", key)


def _catalogue(context: Context) -> list[Job]:
    return [_snapshot(name, context) for name in ("sse_etf_list", "szse_etf_list", "em_fund_codes")]


def _calendar(context: Context) -> list[Job]:
    months = pd.period_range(context.start, context.end, freq="M")
    return [Job("szse_calendar", {"month": str(m)}, str(m), f"{m.start_time:%Y-%m-%d}", "life", str(m)) for m in months]


def _tracked(context: Context) -> list[str]:
    codes = set(_ALWAYS)
    for name in ("sse_etf_list", "szse_etf_list"):
        frame = context.latest(name)
        codes |= set(frame["index_code"].dropna()) if len(frame) else set()
    return sorted(codes)


def _by_publisher(context: Context) -> tuple[list[str], list[str]]:
    """Split the indices wanted into CSI's and CNI's; those of other publishers are left out."""
    codes = _tracked(context)
    cni = [code for code in codes if code.startswith(_CNI)]
    csi = [
        code
        for code in codes
        if code not in cni and pd.Series([code]).str.fullmatch(r"000\d{3}|[9H]\d{5}|H\d{5}").any()
    ]
    return csi, cni


def _span_jobs(endpoint: str, name: str, group: str, context: Context) -> list[Job]:
    jobs = []
    for start, end in gaps(context.store.of(endpoint, group), context.start, context.end):
        request = {name: group, "start": start, "end": end}
        jobs.append(Job(endpoint, request, f"{group}_{start}_{end}", end, "span", group))
    return jobs


def _index_jobs(context: Context) -> list[Job]:
    csi, cni = _by_publisher(context)
    jobs = [job for code in csi for job in _span_jobs("csindex_perf", "index_code", code, context)]
    return jobs + [job for code in cni for job in _span_jobs("cnindex_history", "index_code", code, context)]


def _weight_jobs(context: Context) -> list[Job]:
    csi, cni = _by_publisher(context)
    jobs = [_snapshot("cnindex_weights", context, code, index_code=code) for code in cni]
    return jobs + [_snapshot("csindex_closeweight", context, code, index_code=code) for code in csi]


def _valuation_jobs(context: Context) -> list[Job]:
    csi, _ = _by_publisher(context)
    today = [_snapshot("cnindex_list", context, date=str(context.today))]
    return today + [_snapshot("csindex_indicator", context, code, index_code=code) for code in csi]


def _label_jobs(context: Context) -> list[Job]:
    return [_snapshot("sw_stock_industry", context)]


def _industry_jobs(context: Context) -> list[Job]:
    codes = sorted(code for code, _ in SW2021.values())
    return [Job("sw_index_history", {"index_code": code}, code, context.end, "life", code) for code in codes]


def _events(context: Context) -> list[Job]:
    """Dividends and splits of all funds: every page of every year."""
    jobs = []
    first = min(context.start[:4], "2012")  # units are adjusted from a fund's first day on
    for endpoint in ("em_fund_splits", "em_fund_dividends"):
        for year in range(int(first), int(context.end[:4]) + 1):
            through = min(f"{year}-12-31", context.end)
            known = context.store.entries.get((endpoint, f"{year}-1"))
            for page in range(1, (known.pages if known else 1) + 1):
                jobs.append(Job(endpoint, {"year": year, "page": page}, f"{year}-{page}", through, "life", f"{year}"))
    return jobs


def _units_jobs(context: Context) -> list[Job]:
    days = sessions(context.start, context.end).strftime("%Y-%m-%d")
    jobs = [Job("sse_etf_scale", {"date": day}, day, day, "day", day) for day in days]
    for gap in gaps(context.store.of("szse_fund_scale"), max(context.start, "2016-09-26"), context.end):
        for start, end in spans(*gap, LONGEST_DAYS - 3):
            request = {"start": start, "end": end}
            jobs.append(Job("szse_fund_scale", request, f"{start}_{end}", end, "span"))
    return jobs


def _unit_value_jobs(context: Context) -> list[Job]:
    """Net asset values of the ETFs, but for those of money funds, whose unit is worth what it was sold for."""
    kinds = context.latest("em_fund_codes")
    if kinds.empty:
        return []
    kept = kinds["code"].str.endswith((".SH", ".SZ")) & kinds["fund_type"].ne("money")
    codes = sorted(kinds.loc[kept, "code"])
    return [Job("em_fund_nav", {"code": code}, code, context.end, "life", code) for code in codes]


def _quote_jobs(context: Context) -> list[Job]:
    codes: set[str] = set()
    for name in ("sse_etf_list", "szse_etf_list", "sse_etf_scale", "szse_fund_scale"):
        frame = context.parts(name)
        codes |= set(frame["code"]) if len(frame) else set()
    return [Job("sina_kline", {"code": code}, code, context.end, "life", code) for code in sorted(codes)]


def _stock_jobs(context: Context) -> list[Job]:
    days = sessions(context.start, context.end).strftime("%Y-%m-%d")
    method = assemble_stocks.QUOTES
    return [
        Job("baostock", {"method": method, "date": day}, f"quotes@{day}", day, "day", f"quotes@{day}") for day in days
    ]


def _report_jobs(context: Context) -> list[Job]:
    """Reports of the stocks that a stored month of the CSI 300 holds, a year more than the window for trailing sums."""
    weights = assemble.index_weights(context)
    held = weights.loc[weights["index_code"].eq("000300"), "code"].unique() if len(weights) else []
    first = pd.Timestamp(context.start) - pd.DateOffset(years=1)
    jobs = []
    for quarter in pd.period_range(first, context.end, freq="Q"):
        due = quarter.end_time + pd.offsets.MonthEnd({4: 4, 2: 2}.get(quarter.quarter, 1))
        if f"{quarter.end_time:%Y-%m-%d}" < context.end:
            through = min(f"{due:%Y-%m-%d}", context.end)
            asked = {"method": assemble_stocks.REPORTS, "year": quarter.year, "quarter": quarter.quarter}
            keys = ((code, f"report@{code}@{quarter}") for code in sorted(held) if code.endswith((".SH", ".SZ")))
            jobs += [Job("baostock", {**asked, "code": code}, key, through, "life", key) for code, key in keys]
    return jobs


def _active(context: Context) -> list[str]:
    kinds = context.latest("em_fund_codes")
    return sorted(assemble.main_classes(kinds)["fund_code"]) if len(kinds) else []


def _nav_jobs(context: Context) -> list[Job]:
    return [Job("em_fund_nav", {"code": code}, code, context.end, "life", code) for code in _active(context)]


def _holding_jobs(context: Context) -> list[Job]:
    jobs = []
    for code in _active(context):
        for year in range(
            int(context.start[:4]) - 1, int(context.end[:4]) + 1
        ):  # the first days know last year's reports
            through = min(f"{year + 1}-04-01", context.end)  # the full report of a year is due on 31 March
            jobs.append(
                Job(
                    "em_fund_holdings",
                    {"code": code, "year": year},
                    f"{code}-{year}",
                    through,
                    "life",
                    f"{code}-{year}",
                )
            )
    return jobs


def _issuance_jobs(context: Context) -> list[Job]:
    return [_snapshot("em_new_funds", context)]


_EVENTS = ("em_fund_dividends", "em_fund_splits")
_LISTS = ("sse_etf_list", "szse_etf_list", "em_fund_codes")
_UNITS = ("sse_etf_scale", "szse_fund_scale")

_SHENWAN = "Shenwan's level 1 stands for CITIC's industries, which have no free source"
_CLASSES = "active funds are those of today's classes"

FREE = Source(
    name="free",
    cost="free, no account",
    licence="published by exchanges, index publishers and fund sites for reading; not for redistribution",
    catalogue=_catalogue,
    supplies=(
        Supply("calendar", ("szse_calendar",), _calendar, assemble.calendar, "2005-01"),
        Supply("stock_industry", ("sw_stock_industry",), _label_jobs, assemble.stock_industry, "2014-02-21",
               "the file is rewritten: changes are reported", _SHENWAN),
        Supply("fund_issuance", ("em_new_funds",), _issuance_jobs, assemble.fund_issuance, "2019-12"),
        Supply("industry_daily", ("sw_index_history",), _industry_jobs, assemble.industry_daily, "1999-12-30", "",
               _SHENWAN),
        Supply("index_daily", ("csindex_perf", "cnindex_history"), _index_jobs, assemble.index_daily, "publication",
               "indices of CSI and CNI; overseas and bond indices of others are missing"),
        Supply("index_valuation", ("csindex_perf", "cnindex_history", "cnindex_list", "csindex_indicator"),
               _valuation_jobs, assemble.index_valuation, "publication",
               "PE of CSI indices; their yields (twenty days a call) and PB of CNI indices gather: call once a month"),
        Supply("index_weights", ("csindex_closeweight", "cnindex_weights"), _weight_jobs, assemble.index_weights,
               "CNI five years, CSI the first call", "CSI gives the last month only: call once a month and keep all",
               "where an index has no weights its funds are left out of the look-through, and in the latest weeks of "
               "chapter 05 weights read off returns stand for them; no later weights are carried back"),
        Supply("etf_shares", (*_UNITS, "em_fund_splits", "em_fund_nav"),
               lambda c: _events(c) + _units_jobs(c) + _unit_value_jobs(c), assemble.etf_shares,
               "SH 2012-01-04, SZ 2016-09-26",
               "Shenzhen's last day is provisional; money funds of Shanghai are missing"),
        Supply("etf_daily", ("sina_kline", *_EVENTS, "em_fund_nav"), _quote_jobs, assemble.etf_daily, "listing",
               "", "adjusted closes are built here from raw closes, dividends and splits"),
        Supply("etf_list", (*_LISTS, *_UNITS, "em_fund_splits", "sina_kline"), lambda c: [], assemble.etf_list, "now",
               "funds that died are in where their units were published",
               "the index a fund tracks is the one of the day it was asked for"),
        Supply("stock_daily", ("baostock",), _stock_jobs, assemble_stocks.stock_daily, "as BaoStock answers by day",
               "asked over a socket in plain text",
               "adjusted closes are built here from the reference price of each day"),
        Supply("fund_nav", ("em_fund_nav",), _nav_jobs, assemble.fund_nav, "inception", "about 4,500 requests",
               _CLASSES),
        Supply("fund_holdings", ("em_fund_holdings",), _holding_jobs, assemble.fund_holdings, "inception",
               "about 4,500 requests a year of data",
               "reports count as announced on the last day the rules allow"),
        Supply("stock_fundamental", ("baostock", "csindex_closeweight"), _report_jobs,
               assemble_stocks.stock_fundamental, "2007",
               "stocks of the CSI 300 as far as its weights are stored; return on equity and net profit only"),
    ),
    aside={
        "em_fund_nav_pages": "twenty days a page: em_fund_nav tells a fund's whole life at once",
        "tencent_kline": "640 days a page, the amount not always there: sina_kline tells a whole life at once",
        "csindex_cons": "members without weights: csindex_closeweight has both",
        "baostock (quotes of one security)": "all stocks of a day come in one answer",
    },
)  # fmt: skip
