"""The computed side of S001's third part: one function for each exhibit, with the printed labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.index_research.attribution import holding_contributions
from helpers.index_research.history import bases_that_fit, period_returns
from helpers.index_research.spec import IndexSpec
from helpers.index_research.stocks import StockTables
from helpers.index_research.structure import concentration, industry_mix
from helpers.index_research.valuation import index_fundamentals, own_history
from helpers.lookthrough.etf_units import fund_sizes
from helpers.published import load
from helpers.published.exhibits import s001_index
from helpers.published.exhibits.s001_index import FACTS, INDICES, TABLES, printed_periods, since_periods

__all__ = [
    "appendix_sizes",
    "caps_of",
    "closes_needed",
    "contributions",
    "dated_returns",
    "pe_ranges",
    "rule_numbers_of",
    "since_days",
    "since_returns",
    "told_fundamentals",
    "told_returns",
    "told_structure",
    "told_valuation",
    "top_ten_labels",
]

SESSIONS = 250  # in the year over which volatility is measured
MONTH = 30.5  # days
TOLD_RETURNS = {  # index, first and last day
    "k031": ("399296", "2025-05-01", "2025-10-22"),
    "k033": ("H50040", "2022-01-01", "2022-12-31"),
    "k038": ("931372", "2024-01-01", "2025-08-12"),
}
DAY_AFTER_SEASON = "-04-30"  # by then every annual report is out
LATE = 0.0005  # a first day fits when every index comes out within five hundredths of a percentage point


def rule_numbers_of(specs: Sequence[IndexSpec]) -> dict[str, float]:
    """Return the numbers of the shipped rules that the report prints too.

    Parameters
    ----------
    specs : sequence of IndexSpec

    Returns
    -------
    dict
        By ``"<code> <item>"``: counts, months listed, years, and % of the stocks dropped as least traded; what a rule
        does not ask for is left out.
    """
    out = {}
    for spec in specs:
        asked = {screen.field: screen for screen in spec.screens}
        found = {"members": spec.selection.count, "tilts": len(spec.weighting.tilt) or None}
        found["listed_at_least"] = round(spec.listed_days / MONTH)
        found["reviews"] = len(spec.review.months)
        found["scores"] = max((len(fields) for fields in spec.scores.values()), default=None)
        if "float_cap" in asked:
            found["members_of"] = asked["float_cap"].keep_top
        if "amount" in asked and asked["amount"].drop_bottom:
            found["drop_least_traded"] = 100 * asked["amount"].drop_bottom
        if "volatility" in spec.selection.by:
            found["lowest_volatility"] = (spec.selection.window or SESSIONS) / SESSIONS
        out |= {f"{spec.index_code} {name}": value for name, value in found.items() if value is not None}
    return out


def caps_of(specs: Sequence[IndexSpec]) -> dict[str, float]:
    """Return the highest cap of the rules in ``specs``, and that of the dividend rule (NaN without one), in %."""
    dividend = [spec.weighting.cap for spec in specs if spec.weighting.field == "dividend_yield"]
    return {
        FACTS["k029"]: 100 * max(spec.weighting.cap for spec in specs),
        FACTS["k030"]: 100 * max(dividend, default=np.nan),
    }


def dated_returns(closes: pd.DataFrame, table: str) -> pd.Series:
    """Return calendar years and the year to date of Table 5 or 7, in %, by ``(index, period)``.

    Parameters
    ----------
    closes : DataFrame
        Dates × index names as printed.
    table : str
        ``"Table 5"`` or ``"Table 7"``.

    Returns
    -------
    Series
        NaN where closes do not reach both ends of a period.
    """
    rows = printed_periods(table)
    rows = rows[rows["period_kind"] != "since"].set_index(["index_name", "period"])
    flat = rows.reset_index()
    return pd.Series(100 * period_returns(closes, flat).to_numpy(), index=rows.index)


def since_returns(closes: pd.DataFrame) -> pd.Series:
    """Return the "since" cells from ``closes`` with the first day printed, in %, by ``(table, index)``; NaN without."""
    rows = since_periods()
    return pd.Series(
        100 * period_returns(closes, rows).to_numpy(), index=pd.MultiIndex.from_frame(rows[["table", "index_name"]])
    )


def since_days(closes: pd.DataFrame) -> dict[str, str]:
    """Return for each table the first day that its "since" column fits best.

    Parameters
    ----------
    closes : DataFrame
        Dates × index names as printed.

    Returns
    -------
    dict of str to str
        Day by table; a table whose days the closes do not reach is left out.
    """
    out = {}
    for table in TABLES:
        rows = since_periods()
        rows = rows[rows["table"] == table].set_index("index_name")
        known = [name for name in rows.index if name in closes]
        if known and closes.index[-1] >= rows["period_end"].iloc[0] and closes.index[0] <= rows["period_start"].iloc[0]:
            printed = (rows.loc[known, "return_pct"] / 100).to_dict()
            near = closes.loc[rows["period_start"].iloc[0] - pd.Timedelta(days=60) :]
            out[table] = f"{bases_that_fit(near, rows['period_end'].iloc[0], printed).index[0]:%Y-%m-%d}"
    return out


def closes_needed() -> dict[str, str]:
    """Say for each printed return which closes it takes: what to bring where ``index_daily`` does not hold them.

    Returns
    -------
    dict of str to str
        By the first words of the cells of Tables 5 and 7 and of the returns told in words: the code and the days.
    """
    out = {}
    for table in TABLES:
        out[table] = f"index_daily does not reach from the first to the last day of {table}"
        for name, rows in printed_periods(table).groupby("index_name"):
            first, last = rows["period_start"].min(), rows["period_end"].max()
            code = INDICES.get(name, f"{INDICES['上红低波']} with dividends")
            text = f"index_daily has no closes of {code} from the session before {first:%Y-%m-%d} to {last:%Y-%m-%d}"
            out |= {f"{name} ": text, f"{table} {name}": text}
    for fact, (code, first, last) in TOLD_RETURNS.items():
        out[FACTS[fact]] = f"index_daily has no closes of {code} from the session before {first} to {last}"
    return out


def told_returns(closes: pd.DataFrame) -> dict[str, float]:
    """Return the three returns told in words, in %; NaN without closes.

    Parameters
    ----------
    closes : DataFrame
        Dates × index codes.

    Returns
    -------
    dict of str to float
        By the names in :data:`helpers.published.exhibits.s001_index.FACTS`.
    """

    def gone(code: str, start: str, end: str) -> float:
        row = {"index_name": [code], "period_start": [pd.Timestamp(start)], "period_end": [pd.Timestamp(end)]}
        return 100 * period_returns(closes, pd.DataFrame(row)).iloc[0]

    found = {fact: gone(*asked) for fact, asked in TOLD_RETURNS.items()}
    found["k038"] -= gone("000300", *TOLD_RETURNS["k038"][1:])
    return {FACTS[fact]: value for fact, value in found.items()}


def top_ten_labels(stock_industry: pd.DataFrame, scheme: str = "SW2021_L1") -> pd.Series:
    """Return the label in force of each stock of Table 8 on the day it is dated.

    Parameters
    ----------
    stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme; the report's by default.

    Returns
    -------
    Series
        Industry name by stock code; a stock without a label then has no row.
    """
    printed = load("s001_t08_zhejiang_soe_top10")
    day = pd.to_datetime(printed["as_of"].iloc[0])
    rows = stock_industry[stock_industry["scheme"].eq(scheme) & stock_industry["code"].isin(printed["stock_code"])]
    rows = rows[rows["start"] <= day]
    rows = rows[rows["end"].isna() | (rows["end"] > day)] if "end" in rows else rows
    return rows.drop_duplicates("code", keep="last").set_index("code")["industry_name"]


def pe_ranges() -> pd.DataFrame:
    """Return the PE ranges of Table 8's banks, and of its consumer and technology stocks, in whole times."""
    printed = load("s001_t08_zhejiang_soe_top10")
    kinds = {"银行": "banks", "商贸零售": "consumer and technology", "传媒": "consumer and technology"}
    kinds["基础化工"] = "consumer and technology"  # 巨化股份, whose fluorine chemistry the prose counts as technology
    pe = printed.groupby(printed["sw2021_level1"].map(kinds))["pe_ttm_x"]
    return pd.DataFrame({"lowest": np.floor(pe.min()), "highest": np.ceil(pe.max())})


def contributions() -> pd.DataFrame:
    """Return average weight and contribution of Table 9 from its own weights and returns, in %, by stock."""
    printed = load("s001_t09_contribution").set_index("stock_name")
    start, end, gone = (printed[c] / 100 for c in ("weight_20240101_pct", "weight_20241213_pct", "period_return_pct"))
    found = 100 * holding_contributions(start, end, gone)
    return found.rename(columns={"average": "weight_avg_2024_pct", "contribution": "contribution_pct"})


def told_structure(index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str) -> dict[str, float]:
    """Return the concentration told in words, in %, from the last weights before the day it is told for.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.

    Returns
    -------
    dict of str to float
        Weight of the ten largest members of 931372 and of the four largest industries of 399296; NaN without weights.
    """
    zhejiang = _last_weights(index_weights, "931372", "2025-08-12")
    gem = _last_weights(index_weights, "399296", "2025-10-22")
    mix = industry_mix(gem, stock_industry, scheme).drop(columns="unlabelled") if len(gem) else None
    return {
        FACTS["k045"]: 100 * concentration(zhejiang)["top_ten"].iloc[0] if len(zhejiang) else np.nan,
        FACTS["k048"]: 100 * mix.iloc[0].nlargest(4).sum() if mix is not None else np.nan,
    }


def _last_weights(index_weights: pd.DataFrame, code: str, before: str) -> pd.DataFrame:
    rows = index_weights[(index_weights["index_code"] == code) & (index_weights["date"] < before)]
    return rows[rows["date"] == rows["date"].max()]


def told_fundamentals(index_weights: pd.DataFrame, stocks: StockTables) -> dict[str, float]:
    """Return growth and profitability told in words, in %, as known at the end of each reporting season.

    Parameters
    ----------
    index_weights : DataFrame
        Canonical.
    stocks : StockTables
        Uncut.

    Returns
    -------
    dict of str to float
        Revenue and profit growth of 399296, lowest ROE and ROA of H50040; NaN where weights or stocks do not reach
        back.
    """
    out = dict.fromkeys((FACTS[k] for k in ("k051", "k053", "k055", "k056")), np.nan)
    gem = index_weights[index_weights["index_code"] == "399296"]
    calm = index_weights[index_weights["index_code"] == "H50040"]
    inside = pd.DatetimeIndex([pd.Timestamp(f"{y}{DAY_AFTER_SEASON}") for y in (2023, 2022) if _covers(stocks, y)])
    known_gem = len(gem) and len(inside) and gem["date"].min() < inside.min()
    grown = index_fundamentals(gem, stocks, inside) if known_gem else pd.DataFrame()
    for key, year, column in (("k051", 2023, "revenue_growth"), ("k053", 2022, "profit_growth")):
        day = pd.Timestamp(f"{year}{DAY_AFTER_SEASON}")
        out[FACTS[key]] = 100 * grown.loc[day, column] if day in grown.index else np.nan
    seasons = pd.DatetimeIndex(
        [pd.Timestamp(f"{y}{DAY_AFTER_SEASON}") for y in range(2021, 2026) if _covers(stocks, y)]
    )
    if len(calm) and len(seasons) and calm["date"].min() < seasons.min():
        known = index_fundamentals(calm, stocks, seasons)
        out[FACTS["k055"]], out[FACTS["k056"]] = 100 * known["roe"].min(), 100 * known["roa"].min()
    return out


def _covers(stocks: StockTables, year: int) -> bool:
    return stocks.days[0] < pd.Timestamp(f"{year - 2}-01-01") and stocks.days[-1] >= pd.Timestamp(f"{year}-04-30")


def told_valuation(index_valuation: pd.DataFrame) -> dict[str, float]:
    """Return PE, its median and its percentile of 浙江国资 since its launch, on the day the report states.

    Parameters
    ----------
    index_valuation : DataFrame
        Canonical.

    Returns
    -------
    dict of str to float
        PE and its median in times, the percentile in %; NaN without the index.
    """
    rows = index_valuation[index_valuation["index_code"] == "931372"].set_index("date").sort_index()
    rows = rows.loc["2019-12-09":"2025-08-12"] if len(rows) else rows
    names = [FACTS[k] for k in ("k057", "k058", "k059")]
    if rows.empty:
        return dict.fromkeys(names, np.nan)
    last = own_history(rows["pe_ttm"], least=50).iloc[-1]
    return dict(zip(names, [last["value"], last["median"], 100 * last["percentile"]], strict=True))


def appendix_sizes(etf_shares: pd.DataFrame, etf_daily: pd.DataFrame) -> pd.Series:
    """Return what the funds of the appendix were worth on its day, from the units and values known by then.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical tables.

    Returns
    -------
    Series
        CNY 100 million (亿元), by the items of "S001 appendix: fund sizes"; NaN for a fund without units of the last
        ten days, among them those that are not traded on an exchange.
    """
    day = pd.DatetimeIndex([s001_index.appendix_day()])
    sizes, _ = fund_sizes(day, etf_shares[etf_shares["date"] <= day[0]], etf_daily[etf_daily["date"] <= day[0]])
    known = sizes.iloc[0].dropna()
    items = s001_index.appendix_sizes().index
    return known.set_axis(known.index.str[:6]).reindex(items.str[:6]).set_axis(items) / 1e8
