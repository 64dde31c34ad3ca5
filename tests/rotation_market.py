"""A tiny market with every table the rotation reads: 8 industries, 24 stocks, 3 indices, 3 ETFs, 2 active funds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.sessions import month_ends, sessions

DAYS = sessions("2018-01-02", "2022-06-30")
INDUSTRIES = [f"行业{k}" for k in range(8)]
STOCKS = [f"{600000 + k}.SH" for k in range(24)]
# How the rotation is asked to read it.
HOW = {
    "scheme": "SW2021_L1",
    "size_pair": ["000300", "000852"],
    "growth_pair": ["399370", "399371"],
    "size_lambda": 100.0,
    "growth_lambda": 1000.0,
    "style_start": "2018-01-02",
}


def walk(rng, columns, scale=0.012):
    return pd.DataFrame(np.exp(rng.normal(0, scale, (len(DAYS), len(columns))).cumsum(axis=0)), DAYS, columns)


def tidy(wide, key, value):
    return wide.rename_axis(index="date", columns=key).stack().rename(value).reset_index()


def rotation_market() -> dict[str, pd.DataFrame]:
    """Build the canonical tables of the tiny market."""
    rng = np.random.default_rng(1)
    late = DAYS[DAYS >= "2021-01-04"]
    labels = pd.DataFrame({"code": STOCKS, "industry_name": np.repeat(INDUSTRIES, 3)})
    labels = labels.assign(industry_code=np.repeat([f"8010{k}0" for k in range(8)], 3), scheme="SW2021_L1")
    labels["start"], labels["end"] = pd.Timestamp("2015-01-01"), pd.NaT
    closes = tidy(walk(rng, INDUSTRIES), "industry_name", "close").merge(
        labels[["industry_name", "industry_code", "scheme"]].drop_duplicates()
    )
    funds = pd.DataFrame(
        {"code": ["510001.SH", "510002.SH", "510003.SH"], "index_code": ["000001", "000002", "000003"]}
    )
    funds = funds.assign(name=funds["code"], list_date=DAYS[0], fund_type="stock")
    units = pd.DataFrame(1e9 * np.exp(rng.normal(0, 0.02, (len(late), 3)).cumsum(axis=0)), late, funds["code"])
    nav = walk(rng, funds["code"]).loc[late]
    weights = pd.concat(
        pd.DataFrame({"date": day, "index_code": code, "code": STOCKS, "weight": rng.dirichlet(np.ones(24))})
        for day in month_ends(DAYS[DAYS >= "2020-11-01"])
        for code in funds["index_code"]
    )
    reports = pd.DataFrame({"report_date": pd.date_range("2020-12-31", "2022-03-31", freq="QE")})
    reports["announce_date"] = reports["report_date"] + pd.Timedelta(days=22)
    held = reports.merge(pd.DataFrame({"fund_code": ["000011.OF", "000012.OF"]}), how="cross")
    held = held.merge(pd.DataFrame({"code": STOCKS[::3]}), how="cross")
    held = held.assign(weight_nav=rng.uniform(0.02, 0.1, len(held)), fund_size=1e9, rank=1.0, scope="top10")
    months = pd.date_range("2020-11-01", "2022-06-01", freq="MS")
    issued = pd.DataFrame(
        {"month": np.repeat(months, 2), "category": ["stock_etf", "active_equity"] * len(months)}
    ).assign(shares=rng.uniform(1e8, 1e9, 2 * len(months)))
    return {
        "industry_daily": closes,
        "index_daily": tidy(walk(rng, ["000300", "000852", "399370", "399371"]), "index_code", "close"),
        "etf_list": funds,
        "etf_shares": tidy(units, "code", "shares").merge(tidy(nav, "code", "nav")),
        "index_weights": weights.reset_index(drop=True),
        "stock_industry": labels,
        "fund_holdings": held,
        "fund_issuance": issued,
    }


def full_market() -> dict[str, pd.DataFrame]:
    """Add to the tiny market what chapters 05 and 06 read: prices of ETFs, values of active funds, index 000001.

    The index moves as its weights say. A fourth ETF tracks an index without weights and holds 70 % of the first
    industry and 30 % of the second; both active funds hold the first three industries equally.
    """
    tables, rng = rotation_market(), np.random.default_rng(2)
    moves = tables["industry_daily"].pivot(index="date", columns="industry_name", values="close")[INDUSTRIES]
    moves = moves.pct_change().fillna(0.0)
    weights = (
        tables["index_weights"]
        .query("index_code == '000001'")
        .merge(tables["stock_industry"][["code", "industry_name"]])
    )
    held = weights.pivot_table(index="date", columns="industry_name", values="weight", aggfunc="sum")[INDUSTRIES]
    own = (moves * held.reindex(DAYS).ffill().bfill().shift().bfill()).sum(axis=1)
    index = pd.DataFrame({"date": DAYS, "index_code": "000001", "close": 1000 * (1 + own).cumprod().to_numpy()})
    mix = moves @ [0.7, 0.3, *[0.0] * 6] + rng.normal(0, 1e-4, len(DAYS))
    blind = (1 + mix).cumprod()
    late = tables["etf_shares"]["date"].unique()
    units = pd.DataFrame({"date": late, "code": "510009.SH", "nav": blind.loc[late].to_numpy()})
    units["shares"] = 1e9 * np.exp(rng.normal(0, 0.02, len(late)).cumsum())
    fund = tables["etf_list"].iloc[:1].assign(code="510009.SH", name="510009.SH", index_code="999999")
    value = 1 + (moves @ [1 / 3, 1 / 3, 1 / 3, *[0.0] * 5])
    navs = [
        pd.DataFrame({"date": DAYS, "fund_code": f"00001{k}.OF", "nav_adj": value.cumprod().to_numpy()}) for k in (1, 2)
    ]
    tables["index_daily"] = pd.concat([tables["index_daily"], index], ignore_index=True)
    tables["etf_list"] = pd.concat([tables["etf_list"], fund], ignore_index=True)
    tables["etf_shares"] = pd.concat([tables["etf_shares"], units], ignore_index=True)
    tables["etf_daily"] = pd.DataFrame(
        {"date": DAYS, "code": "510009.SH", "adj_close": blind.to_numpy(), "amount": 1e8}
    )
    tables["fund_nav"] = pd.concat(navs, ignore_index=True)
    return tables
