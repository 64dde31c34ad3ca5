"""The Tushare source: one account, points by the table; daily tables are asked day by day, the rest thing by thing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.providers.assemble import with_adjusted
from helpers.providers.plans import Context, Job, Source, Supply, gaps
from helpers.providers.shenwan import SW2021
from helpers.sessions import sessions

__all__ = ["TUSHARE"]

_INDICES = ("000016.SH", "000300.SH", "000905.SH", "000852.SH", "000985.CSI", "399370.SZ", "399371.SZ")
_ALIAS = {"399300": "000300"}  # weights of the CSI 300 are kept under its Shenzhen code


def _parts(context: Context, api: str) -> pd.DataFrame:
    """Read what one of Tushare's tables has said; keys begin with the table's name."""
    entries = [entry for entry in context.store.of("tushare") if entry.key.startswith(f"{api}@") and entry.rows]
    frames = [context.store.part(entry) for entry in entries]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _by_day(api: str, context: Context) -> list[Job]:
    days = sessions(context.start, context.end)
    return [
        Job(
            "tushare",
            {"api_name": api, "trade_date": f"{d:%Y%m%d}"},
            f"{api}@{d:%Y-%m-%d}",
            f"{d:%Y-%m-%d}",
            "day",
            f"{api}@{d:%F}",
        )
        for d in days
    ]


def _by_code(api: str, codes: tuple[str, ...] | list[str], context: Context) -> list[Job]:
    jobs = []
    for code in codes:
        group = f"{api}@{code}"
        for start, end in gaps(_spans_of(context, group), context.start, context.end):
            request = {"api_name": api, "ts_code": code, "start": start, "end": end}
            request |= {"start_date": start.replace("-", ""), "end_date": end.replace("-", "")}
            jobs.append(Job("tushare", request, f"{group}_{start}_{end}", end, "span", group))
    return jobs


def _spans_of(context: Context, group: str):
    return [entry for entry in context.store.of("tushare", group) if "start" in entry.request]


def _now(api: str, context: Context, **params: str) -> Job:
    name = "-".join([api, *params.values()])
    return Job("tushare", {"api_name": api, **params}, f"{api}@{name}@{context.month}", context.month, "snapshot", name)


def _catalogue(context: Context) -> list[Job]:
    return [_now("fund_basic", context, market="E", status=status) for status in ("L", "D")]


def _etf_list(context: Context) -> pd.DataFrame:
    funds, tracked = _parts(context, "fund_basic"), _parts(context, "etf_basic")
    if funds.empty:
        return funds
    funds = funds[funds["code"].str.match(r"(51|52|53|56|58)\d{4}\.SH|159\d{3}\.SZ").to_numpy()].drop_duplicates(
        "code", keep="last"
    )
    kinds = {"股票型": "stock", "债券型": "bond", "商品型": "commodity", "货币市场型": "money"}
    kind = (
        funds["fund_type"]
        .map(kinds)
        .fillna("other")
        .mask(funds["name"].str.contains("QDII|海外|纳斯达克|标普|恒生"), "qdii")
    )
    frame = funds.assign(fund_type=kind, exchange=funds["code"].str[-2:])
    if len(tracked):
        index = tracked.drop_duplicates("code", keep="last").set_index("code")
        frame["index_code"], frame["index_name"] = (frame["code"].map(index[c]) for c in ("index_code", "index_name"))
    columns = [
        "code",
        "name",
        "list_date",
        "exchange",
        "delist_date",
        "index_code",
        "index_name",
        "benchmark",
        "fund_type",
    ]
    return frame[[c for c in [*columns, "manager", "mgmt_fee", "custody_fee"] if c in frame]]


def _etf_daily(context: Context) -> pd.DataFrame:
    quotes, factors = _parts(context, "fund_daily"), _parts(context, "fund_adj")
    if quotes.empty:
        return quotes
    quotes = quotes.drop_duplicates(["code", "date"], keep="last")
    columns = ["date", "code", "adj_close", "amount", "close", "open", "high", "low", "volume"]
    if factors.empty:  # the reference price tells of every distribution too
        nothing = pd.DataFrame(columns=["date", "code", "dividend", "split_ratio"])
        return with_adjusted(quotes, nothing, nothing)[columns]
    frame = quotes.merge(factors.drop_duplicates(["code", "date"], keep="last"), on=["date", "code"], how="left")
    frame = frame.sort_values(["code", "date"], ignore_index=True)
    factor = frame.groupby("code")["adj_factor"].ffill().fillna(1.0)
    return frame.assign(adj_close=frame["close"] * factor)[columns]


def _etf_shares(context: Context) -> pd.DataFrame:
    frame = _parts(context, "fund_share")
    if frame.empty:
        return frame
    frame = frame[frame["code"].str.match(r"(51|52|53|56|58)\d{4}\.SH|159\d{3}\.SZ").to_numpy()]
    return frame.drop_duplicates(["code", "date"], keep="last")[["date", "code", "shares"]].assign(
        basis="tushare_fund_share"
    )


def _index_daily(context: Context) -> pd.DataFrame:
    frame = _parts(context, "index_daily")
    return (
        frame.drop_duplicates(["index_code", "date"], keep="last")[["date", "index_code", "close"]]
        if len(frame)
        else frame
    )


def _weight_jobs(context: Context) -> list[Job]:
    jobs = []
    for month in pd.period_range(context.start, context.end, freq="M"):
        for code in _INDICES:
            first, last = f"{month.start_time:%Y%m%d}", f"{month.end_time:%Y%m%d}"
            asked = "399300.SZ" if code == "000300.SH" else code
            request = {"api_name": "index_weight", "index_code": asked, "start_date": first, "end_date": last}
            through = min(f"{month.end_time:%Y-%m-%d}", context.end)
            jobs.append(
                Job("tushare", request, f"index_weight@{code}@{month}", through, "life", f"index_weight@{code}@{month}")
            )
    return jobs


def _index_weights(context: Context) -> pd.DataFrame:
    frame = _parts(context, "index_weight")
    if frame.empty:
        return frame
    frame = frame.assign(index_code=frame["index_code"].replace(_ALIAS)).drop_duplicates(["date", "index_code", "code"])
    total = frame.groupby(["date", "index_code"])["weight"].transform("sum")
    return frame[(total - 1).abs().to_numpy() < 0.005][["date", "index_code", "code", "weight"]]


def _member_jobs(context: Context) -> list[Job]:
    shenwan = [_now("index_member_all", context, l1_code=f"{code}.SI") for code, _ in SW2021.values()]
    return shenwan + [_now("ci_index_member", context, l1_code=f"CI0050{i:02d}.CI") for i in range(1, 31)]


def _stock_industry(context: Context) -> pd.DataFrame:
    frames = [_parts(context, api) for api in ("index_member_all", "ci_index_member")]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame()
    frame = pd.concat(frames, ignore_index=True).drop_duplicates(["code", "scheme", "start"], keep="last")
    frame = frame.sort_values(["code", "scheme", "start"], ignore_index=True)
    following = frame.groupby(["code", "scheme"])["start"].shift(-1)
    frame["end"] = frame["end"].where(frame["end"].isna() | following.isna() | (frame["end"] <= following), following)
    return frame[["code", "scheme", "start", "industry_code", "industry_name", "end"]]


def _industry_jobs(context: Context) -> list[Job]:
    shenwan = [f"{code}.SI" for code, _ in SW2021.values()]
    citic = [f"CI0050{i:02d}.CI" for i in range(1, 31)]
    return _by_code("sw_daily", shenwan, context) + _by_code("ci_daily", citic, context)


def _industry_daily(context: Context) -> pd.DataFrame:
    frames = [frame for api in ("sw_daily", "ci_daily") if len(frame := _parts(context, api))]
    if not frames:
        return pd.DataFrame()
    frame = pd.concat(frames, ignore_index=True).drop_duplicates(["date", "industry_code"], keep="last")
    return frame[["date", "scheme", "industry_code", "industry_name", "close"]]


def _active(context: Context) -> list[str]:
    funds = _parts(context, "fund_basic")
    if funds.empty or "invest_type" not in funds:
        return []
    open_ = funds["code"].str.endswith(".OF") & funds["fund_type"].isin(["股票型", "混合型"])
    passive = funds["invest_type"].fillna("").str.contains("指数|债")
    return sorted(set(funds.loc[open_ & ~passive, "code"]))


def _fund_jobs(api: str):
    def jobs(context: Context) -> list[Job]:
        return [_now("fund_basic", context, market="O", status="L"), *_by_code(api, _active(context), context)]

    return jobs


def _fund_nav(context: Context) -> pd.DataFrame:
    frame = _parts(context, "fund_nav")
    return (
        frame.drop_duplicates(["fund_code", "date"], keep="last")[["date", "fund_code", "nav_adj"]].dropna()
        if len(frame)
        else frame
    )


def _fund_holdings(context: Context) -> pd.DataFrame:
    """Weights of net assets: the value held over the assets of the report's day."""
    held, values = _parts(context, "fund_portfolio"), _parts(context, "fund_nav")
    if held.empty or values.empty or "net_asset" not in values:
        return pd.DataFrame()
    assets = values.rename(columns={"date": "report_date"})[["fund_code", "report_date", "net_asset"]].dropna()
    frame = held.sort_values("announce_date").drop_duplicates(["fund_code", "report_date", "code"], keep="last")
    frame = frame.merge(assets.drop_duplicates(["fund_code", "report_date"]), on=["fund_code", "report_date"])
    frame["weight_nav"] = frame["value"] / frame["net_asset"].replace(0, np.nan)
    frame = frame[frame["weight_nav"].between(0, 1).to_numpy()]
    newest = frame.groupby(["fund_code", "report_date"])["announce_date"].transform("max")
    counts = frame.groupby(["fund_code", "report_date"])["code"].transform("size")
    frame = frame.assign(announce_date=newest, scope=np.where(counts > 10, "full", "top10"))
    return frame[["report_date", "fund_code", "code", "announce_date", "weight_nav", "value", "scope"]]


def _fund_issuance(context: Context) -> pd.DataFrame:
    frame = _parts(context, "fund_basic")
    if frame.empty:
        return frame
    frame = frame.drop_duplicates("code", keep="last").dropna(subset=["establish_date", "shares"])
    listed = frame["code"].str.match(r"(51|52|53|56|58)\d{4}\.SH|159\d{3}\.SZ") & frame["fund_type"].eq("股票型")
    passive = frame.get("invest_type", pd.Series("", frame.index)).fillna("").str.contains("指数|债")
    active = frame["code"].str.endswith(".OF") & frame["fund_type"].isin(["股票型", "混合型"]) & ~passive
    frame = frame.assign(category=np.select([listed, active], ["stock_etf", "active_equity"], ""))
    day = frame["establish_date"]
    frame["month"] = day - pd.to_timedelta(day.dt.day - 1, unit="D")
    frame = frame[(frame["category"].ne("") & (frame["month"] < pd.Timestamp(f"{context.month}-01"))).to_numpy()]
    return frame.groupby(["month", "category"], as_index=False).agg(shares=("shares", "sum"), n_funds=("code", "size"))


def _valuation_jobs(context: Context) -> list[Job]:
    return _by_code("index_dailybasic", ["000016.SH", "000300.SH", "000905.SH", "399006.SZ", "399001.SZ"], context)


def _index_valuation(context: Context) -> pd.DataFrame:
    frame = _parts(context, "index_dailybasic")
    return (
        frame.drop_duplicates(["index_code", "date"], keep="last")[["date", "index_code", "pe_ttm", "pb"]]
        if len(frame)
        else frame
    )


def _stock_daily(context: Context) -> pd.DataFrame:
    quotes, factors, basic = (_parts(context, api) for api in ("daily", "adj_factor", "daily_basic"))
    if quotes.empty or factors.empty:
        return pd.DataFrame()
    key = ["date", "code"]
    frame = quotes.drop_duplicates(key, keep="last").merge(
        factors.drop_duplicates(key, keep="last"), on=key, how="left"
    )
    if len(basic):
        frame = frame.merge(basic.drop_duplicates(key, keep="last")[[*key, "float_cap"]], on=key, how="left")
    frame = frame.sort_values(["code", "date"], ignore_index=True)
    frame["adj_close"] = frame["close"] * frame.groupby("code")["adj_factor"].ffill().fillna(1.0)
    columns = ["date", "code", "adj_close", "float_cap", "amount", "close", "volume"]
    return frame[[column for column in columns if column in frame]]


def _calendar(context: Context) -> pd.DataFrame:
    frame = _parts(context, "trade_cal")
    return frame[["date"]].drop_duplicates() if len(frame) else frame


def _calendar_jobs(context: Context) -> list[Job]:
    jobs = []
    for year in range(int(context.start[:4]), int(context.end[:4]) + 1):
        request = {"api_name": "trade_cal", "exchange": "SSE", "start_date": f"{year}0101", "end_date": f"{year}1231"}
        jobs.append(
            Job("tushare", request, f"trade_cal@{year}", min(f"{year}-12-31", context.end), "life", f"trade_cal@{year}")
        )
    return jobs


def _days(*apis: str):
    return lambda context: [job for api in apis for job in _by_day(api, context)]


_ONE = ("tushare",)
TUSHARE = Source(
    name="tushare",
    cost="an account in TUSHARE_TOKEN; 2,000 points (200 yuan a year) for most, 5,000 for quotes, CITIC and holdings",
    licence="for the account's own use; not for redistribution",
    catalogue=_catalogue,
    supplies=(
        Supply("calendar", _ONE, _calendar_jobs, _calendar, "1990"),
        Supply("etf_list", _ONE, lambda c: [_now("etf_basic", c)], _etf_list, "now",
               "the tracked index needs 8,000 points"),
        Supply("stock_industry", _ONE, _member_jobs, _stock_industry, "2014", "Shenwan 2,000 points, CITIC 5,000"),
        Supply("industry_daily", _ONE, _industry_jobs, _industry_daily, "2000", "5,000 points"),
        Supply("index_daily", _ONE, lambda c: _by_code("index_daily", _INDICES, c), _index_daily, "publication"),
        Supply("index_valuation", _ONE, _valuation_jobs, _index_valuation, "2004", "five broad indices"),
        Supply("index_weights", _ONE, _weight_jobs, _index_weights, "2005 to 2010",
               "some indices need a licence and are empty"),
        Supply("fund_issuance", _ONE, lambda c: [_now("fund_basic", c, market="O", status=s) for s in "LD"],
               _fund_issuance, "2001"),
        Supply("etf_shares", _ONE, _days("fund_share"), _etf_shares, "2011"),
        Supply("etf_daily", _ONE, _days("fund_daily", "fund_adj"), _etf_daily, "listing", "5,000 points"),
        Supply("fund_nav", _ONE, _fund_jobs("fund_nav"), _fund_nav, "inception", "about 4,500 requests"),
        Supply("fund_holdings", _ONE, _fund_jobs("fund_portfolio"), _fund_holdings, "inception",
               "5,000 points; needs fund_nav"),
        Supply("stock_daily", _ONE, _days("daily", "adj_factor", "daily_basic"), _stock_daily, "1990"),
    ),
    lacks={"stock_fundamental": "one request a stock below 5,000 points; a folder of tables takes an export of it"},
)  # fmt: skip
