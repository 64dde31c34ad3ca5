"""The JoinQuant source: the tables of its SDK as canonical ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.providers.fields import listed_code
from helpers.providers.joinquant import code_of
from helpers.providers.plans import Context, Job, Source, Supply, gaps
from helpers.providers.shenwan import SW2021

__all__ = ["JOINQUANT"]

_ACTIVE = (402001, 402004)  # funds of stocks, mixed funds
_INDICES = ("000016.XSHG", "000300.XSHG", "000905.XSHG", "000852.XSHG", "000985.XSHG", "399370.XSHE", "399371.XSHE")


def _parts(context: Context, table: str) -> pd.DataFrame:
    entries = [entry for entry in context.store.of("joinquant") if entry.key.startswith(f"{table}@") and entry.rows]
    frames = [context.store.part(entry) for entry in entries]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _now(table: str, context: Context, **params: str) -> Job:
    name = "-".join([table, *params.values()])
    return Job(
        "joinquant", {"table": table, **params}, f"{table}@{name}@{context.month}", context.month, "snapshot", name
    )


def _spans(table: str, group: str, context: Context, **params: str) -> list[Job]:
    jobs, name = [], f"{table}@{group}"
    for start, end in gaps(context.store.of("joinquant", name), context.start, context.end):
        request = {"table": table, "start": start, "end": end, **params}
        jobs.append(Job("joinquant", request, f"{name}_{start}_{end}", end, "span", name))
    return jobs


def _catalogue(context: Context) -> list[Job]:
    return [_now("securities", context, type="etf"), _now("finance.FUND_INVEST_TARGET", context)]


def _etfs(context: Context) -> list[str]:
    frame = _parts(context, "securities")
    return sorted(set(frame["index"])) if len(frame) else []


def _etf_list(context: Context) -> pd.DataFrame:
    """The list, with the index each fund tracks as it is known now."""
    funds, targets = _parts(context, "securities"), _parts(context, "finance.FUND_INVEST_TARGET")
    if funds.empty:
        return funds
    funds = funds.drop_duplicates("index", keep="last")
    frame = pd.DataFrame({"code": funds["index"].map(code_of), "name": funds["display_name"]})
    frame["list_date"], frame["delist_date"] = funds["start_date"], funds["end_date"]
    frame["exchange"] = frame["code"].str[-2:]
    if len(targets):
        now = targets.sort_values("start_date").drop_duplicates("code", keep="last").set_index("code")
        bare = funds["index"].str[:6]
        frame["index_code"] = bare.map(now["traced_index_code"].astype("string").str.replace(r"\..*", "", regex=True))
        frame["index_name"] = bare.map(now["traced_index_name"].astype("string").str.replace(r"\(.*\)", "", regex=True))
    return frame.sort_values("code", ignore_index=True)


def _quote_jobs(context: Context) -> list[Job]:
    return [job for code in _etfs(context) for job in _spans("price", code, context, code=code)]


def _prices(context: Context) -> pd.DataFrame:
    frame = _parts(context, "price")
    return frame.drop_duplicates(["code", "date"], keep="last") if len(frame) else frame


def _etf_daily(context: Context) -> pd.DataFrame:
    frame = _prices(context)
    if frame.empty:
        return frame
    frame = frame[frame["code"].isin(_etfs(context)).to_numpy()].dropna(subset="close")
    frame = frame.assign(code=frame["code"].map(code_of)).rename(columns={"money": "amount"})
    return frame[["date", "code", "adj_close", "amount", "close", "open", "high", "low", "volume"]]


def _index_jobs(context: Context) -> list[Job]:
    return [job for code in _INDICES for job in _spans("price", code, context, code=code)]


def _index_daily(context: Context) -> pd.DataFrame:
    frame = _prices(context)
    if frame.empty:
        return frame
    frame = frame[frame["code"].isin(_INDICES).to_numpy()].dropna(subset="close")
    return frame.assign(index_code=frame["code"].str[:6])[["date", "index_code", "close"]]


def _share_jobs(context: Context) -> list[Job]:
    jobs = []
    for month in pd.period_range(context.start, context.end, freq="M"):
        start = max(f"{month.start_time:%Y-%m-%d}", context.start)
        end = min(f"{month.end_time:%Y-%m-%d}", context.end)
        group = f"finance.FUND_SHARE_DAILY@{month}"
        request = {"table": "finance.FUND_SHARE_DAILY", "start": start, "end": end}
        jobs.append(Job("joinquant", request, group, end, "span", group))
    return jobs


def _etf_shares(context: Context) -> pd.DataFrame:
    frame = _parts(context, "finance.FUND_SHARE_DAILY")
    if frame.empty:
        return frame
    listed = frame["code"].str.contains(".", regex=False)
    bare = frame["code"].where(listed, frame["code"] + "." + frame["exchange_code"].astype(str))
    frame = frame.assign(code=bare.map(code_of)).drop_duplicates(["code", "date"], keep="last")
    frame = frame[frame["code"].isin([code_of(code) for code in _etfs(context)]).to_numpy()]
    return frame[["date", "code", "shares"]].assign(basis="joinquant_fund_share_daily")


def _weight_jobs(context: Context) -> list[Job]:
    jobs = []
    for month in pd.period_range(context.start, context.end, freq="M"):
        day = f"{month.end_time:%Y-%m-%d}"
        if day <= context.end:
            for code in _INDICES:
                group = f"weights@{code}@{month}"
                jobs.append(
                    Job("joinquant", {"table": "weights", "code": code, "date": day}, group, day, "life", group)
                )
    return jobs


def _index_weights(context: Context) -> pd.DataFrame:
    frame = _parts(context, "weights")
    if frame.empty:
        return frame
    frame = frame.assign(index_code=frame["index"].str[:6], code=frame["code"].map(code_of))
    frame = frame.drop_duplicates(["date", "index_code", "code"])
    total = frame.groupby(["date", "index_code"])["weight"].transform("sum")
    return frame[(total - 1).abs().to_numpy() < 0.005][["date", "index_code", "code", "weight"]]


def _calendar(context: Context) -> pd.DataFrame:
    frame = _parts(context, "trade_days")
    return frame[["date"]].drop_duplicates() if len(frame) else frame


def _industry_jobs(context: Context) -> list[Job]:
    table, codes = "finance.SW1_DAILY_PRICE", sorted(code for code, _ in SW2021.values())
    return [job for code in codes for job in _spans(table, code, context, code=code)]


def _industry_daily(context: Context) -> pd.DataFrame:
    frame = _parts(context, "finance.SW1_DAILY_PRICE")
    if frame.empty:
        return frame
    frame = frame.assign(industry_code=frame["code"].str[:6], scheme="SW2021_L1")
    frame["industry_name"] = frame["industry_code"].map({code: name for code, name in SW2021.values()})
    return frame.drop_duplicates(["date", "industry_code"], keep="last")[
        ["date", "scheme", "industry_code", "industry_name", "close"]
    ]


def _label_jobs(context: Context) -> list[Job]:
    """Ask at each month's end which stocks an industry held."""
    jobs = []
    for month in pd.period_range(context.start, context.end, freq="M"):
        day = f"{month.end_time:%Y-%m-%d}"
        if day <= context.end:
            for code, _ in SW2021.values():
                key = f"members@{code}@{month}"
                jobs.append(
                    Job("joinquant", {"table": "members", "industry": code, "date": day}, key, day, "life", key)
                )
    return jobs


def _stock_industry(context: Context) -> pd.DataFrame:
    """Labels as they stood at the ends of months: one begins where it was first seen, and ends where it was not."""
    asked = [entry for entry in context.store.of("joinquant") if entry.key.startswith("members@") and entry.rows]
    frames = [
        context.store.part(entry).assign(**{k: entry.request[k] for k in ("industry", "date")}) for entry in asked
    ]
    if not frames:
        return pd.DataFrame()
    seen = pd.concat(frames, ignore_index=True).drop_duplicates(["code", "date"], keep="last")
    days = pd.DatetimeIndex(pd.to_datetime(sorted(seen["date"].unique())))
    seen["at"] = days.get_indexer(pd.to_datetime(seen["date"]))
    seen = seen.sort_values(["code", "at"], ignore_index=True)
    before = seen.groupby("code")[["industry", "at"]].shift()
    seen["spell"] = (seen["industry"].ne(before["industry"]) | seen["at"].ne(before["at"] + 1)).cumsum()
    spells = seen.groupby("spell").agg(code=("code", "first"), industry_code=("industry", "first"),
                                       first=("at", "first"), last=("at", "last"))  # fmt: skip
    following = np.minimum(spells["last"] + 1, len(days) - 1)
    ended = (spells["last"] + 1 < len(days)).to_numpy()
    names = {code: name for code, name in SW2021.values()}
    return pd.DataFrame(
        {
            "code": spells["code"].map(code_of),
            "scheme": "SW2021_L1",
            "start": days[spells["first"]],
            "industry_code": spells["industry_code"],
            "industry_name": spells["industry_code"].map(names),
            "end": pd.Series(days[following], spells.index).where(ended),
        }
    ).sort_values(["code", "start"], ignore_index=True)


def _valuation_jobs(context: Context) -> list[Job]:
    return [job for code in _INDICES for job in _spans("valuation", code, context, code=code)]


def _index_valuation(context: Context) -> pd.DataFrame:
    frame = _parts(context, "valuation")
    if frame.empty:
        return frame
    frame = frame.assign(date=frame["day"], index_code=frame["code"].str[:6], pe_ttm=frame["pe_ratio"])
    frame = frame.assign(pb=frame["pb_ratio"]).drop_duplicates(["date", "index_code"], keep="last")
    return frame[["date", "index_code", "pe_ttm", "pb"]]


def _active(context: Context) -> list[str]:
    """Funds of stocks, and mixed ones, that are not passive; one share class each."""
    funds = _parts(context, "finance.FUND_MAIN_INFO")
    if funds.empty:
        return []
    kind = funds["underlying_asset_type_id"].isin(_ACTIVE)
    passive = funds["invest_style"].astype("string").str.contains("指数").fillna(False)
    other = funds["name"].astype("string").str.contains(r"(?<![A-Z])[B-Z]$").fillna(False)
    return sorted(set(funds.loc[kind & ~passive & ~other, "main_code"]))


def _fund_jobs(table: str, day: str):
    def jobs(context: Context) -> list[Job]:
        asked = [_now("finance.FUND_MAIN_INFO", context)]
        return asked + [job for code in _active(context) for job in _spans(table, code, context, code=code, day=day)]

    return jobs


def _fund_nav(context: Context) -> pd.DataFrame:
    frame = _parts(context, "finance.FUND_NET_VALUE")
    if frame.empty:
        return frame
    frame = frame.assign(date=frame["day"], fund_code=frame["code"].map(code_of), nav_adj=frame["refactor_net_value"])
    return frame.drop_duplicates(["fund_code", "date"], keep="last")[["date", "fund_code", "nav_adj"]].dropna()


def _fund_holdings(context: Context) -> pd.DataFrame:
    """Reports as they were published: a full one, which comes later, replaces the ten largest of its quarter."""
    frame = _parts(context, "finance.FUND_PORTFOLIO_STOCK")
    if frame.empty:
        return frame
    frame = frame.assign(
        report_date=frame["period_end"], announce_date=frame["pub_date"], fund_code=frame["code"].map(code_of),
        code=frame["symbol"].map(listed_code), weight_nav=frame["proportion"], value=frame["market_cap"],
    )  # fmt: skip
    report = frame.groupby(["fund_code", "report_date"])
    frame = frame[(frame["announce_date"] == report["announce_date"].transform("max")).to_numpy()]
    frame = frame.drop_duplicates(["report_date", "fund_code", "code"], keep="last").dropna(subset="weight_nav")
    size = frame.groupby(["fund_code", "report_date"])["code"].transform("size")
    frame["scope"] = size.gt(10).map({True: "full", False: "top10"})
    return frame[["report_date", "fund_code", "code", "announce_date", "weight_nav", "rank", "value", "scope"]]


_ONE = ("joinquant",)
_SHENWAN = "Shenwan's level 1 stands for CITIC's industries, which JoinQuant does not have"
_HELD = "finance.FUND_PORTFOLIO_STOCK"
JOINQUANT = Source(
    name="joinquant",
    cost="an account in JQDATA_USER and JQDATA_PASSWORD; a trial sees 15 to 3 months ago, a paid one everything",
    licence="for the account's own use; redistribution is forbidden",
    catalogue=_catalogue,
    supplies=(
        Supply("calendar", _ONE, lambda c: _spans("trade_days", "all", c), _calendar, "2005"),
        Supply("etf_list", _ONE, lambda c: [], _etf_list, "now", "tracked indices from FUND_INVEST_TARGET"),
        Supply("index_daily", _ONE, _index_jobs, _index_daily, "2005"),
        Supply("index_weights", _ONE, _weight_jobs, _index_weights, "2005"),
        Supply("index_valuation", _ONE, _valuation_jobs, _index_valuation, "2005", "PE and PB of broad indices"),
        Supply(
            "stock_industry", _ONE, _label_jobs, _stock_industry, "2021-07-30", "asked at the ends of months", _SHENWAN
        ),
        Supply("etf_shares", _ONE, _share_jobs, _etf_shares, "2005-02-23"),
        Supply("etf_daily", _ONE, _quote_jobs, _etf_daily, "2005"),
        Supply("industry_daily", _ONE, _industry_jobs, _industry_daily, "2005", "", _SHENWAN),
        Supply("fund_nav", _ONE, _fund_jobs("finance.FUND_NET_VALUE", "day"), _fund_nav, "inception"),
        Supply(
            "fund_holdings", _ONE, _fund_jobs("finance.FUND_PORTFOLIO_STOCK", "pub_date"), _fund_holdings, "inception"
        ),
    ),
    lacks={
        "fund_issuance": "its tables of funds hold no units raised",
        "stock_daily": "the quotes of 5,000 stocks are more rows than an account may ask for in a day",
        "stock_fundamental": "not asked so far; a folder of tables takes an export of it",
    },
)
