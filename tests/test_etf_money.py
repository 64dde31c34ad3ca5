"""From a market to the frames of the flow chapters: complete, dated, and silent about nothing."""

import numpy as np
import pandas as pd
import pytest

from helpers.active_funds import issuance_heat
from helpers.flows import industry_flow, seen_flow
from helpers.flows.etf_money import etf_money, weeks_with_weights, why_not
from helpers.lookthrough.estimates import estimate_funds, size_controls, true_weights
from helpers.panels import daily_returns
from helpers.sessions import month_ends, sessions

DAYS = sessions("2021-01-04", "2021-12-31")
STOCKS = [f"60000{i}.SH" for i in range(6)]


def market(seed: int = 0) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    funds = pd.DataFrame({"code": ["510300.SH", "159919.SZ", "511880.SH"], "index_code": ["000300", "000905", None]})
    funds = funds.assign(fund_type=["stock", "stock", "money"], list_date=pd.Timestamp("2015-01-05"))
    grid = pd.MultiIndex.from_product([DAYS, funds["code"]], names=["date", "code"]).to_frame(index=False)
    shares = grid.assign(shares=1e9 * rng.lognormal(0, 0.01, len(grid)), nav=1.0)
    months = month_ends(DAYS)[:-2]
    weights = pd.MultiIndex.from_product([months, ["000300", "000905"], STOCKS], names=["date", "index_code", "code"])
    weights = weights.to_frame(index=False)
    weights["weight"] = rng.dirichlet(np.ones(6), len(weights) // 6).ravel()
    labels = pd.DataFrame({"code": STOCKS, "scheme": "SW2021_L1", "industry_code": list("112233")})
    labels = labels.assign(
        industry_name=[f"industry {c}" for c in "112233"], start=pd.Timestamp("2010-01-04"), end=pd.NaT
    )
    return {"etf_shares": shares, "etf_list": funds, "index_weights": weights, "stock_industry": labels}


def test_money_covers_stock_funds_while_weights_are_fresh():
    tables = market()
    money = etf_money(tables, "SW2021_L1")
    assert list(money.sizes.columns) == ["159919.SZ", "510300.SH"] and money.indices == 2 and money.whole_market
    last = tables["index_weights"]["date"].max()
    assert money.sizes.index[-1] <= last + pd.Timedelta(days=45)
    assert money.through.coverage.iloc[8:].round(9).eq(1).all()
    pd.testing.assert_frame_equal(money.level, money.through.holdings)  # net asset values need no repair
    total = money.flows.sum().sum()
    inside = money.days["date"].between("2021-01-25", money.sizes.index[-1])  # from the first week's Monday on
    assert total == pytest.approx(money.days.loc[inside, "flow"].sum())


def test_other_amounts_go_the_way_of_the_money():
    tables = market()
    money = etf_money(tables, "SW2021_L1")
    labels = [tables[name] for name in ("etf_list", "index_weights", "stock_industry")]
    pd.testing.assert_frame_equal(money.spread(money.sizes).holdings, money.through.holdings)
    alone = industry_flow(money.flows, *labels, scheme="SW2021_L1")
    pd.testing.assert_frame_equal(seen_flow(money.spread(money.flows)), alone)
    assert alone.isna().any(axis=None) and alone.notna().any(axis=None)


def test_what_is_missing_is_named_in_one_line():
    tables = market()
    assert why_not(tables, "SW2021_L1") == ""
    assert (
        why_not({k: v for k, v in tables.items() if k != "index_weights"}, "SW2021_L1")
        == "the run has no index_weights"
    )
    assert "SW2021_L1 but not CITIC_L1" in why_not(tables, "CITIC_L1")
    unpriced = tables | {"etf_shares": tables["etf_shares"].drop(columns="nav")}
    assert "units have no value" in why_not(unpriced, "SW2021_L1")
    early = tables["index_weights"].assign(date=lambda t: t["date"] - pd.Timedelta(days=3650))
    assert "no week in common" in why_not(tables | {"index_weights": early}, "SW2021_L1")


def test_start_cuts_the_weeks():
    weeks = weeks_with_weights(market(), "2021-06-01")
    assert weeks[0] == pd.Timestamp("2021-06-04")


def test_funds_are_estimated_from_their_own_past_only():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.normal(0, 0.01, (len(DAYS), 3)), DAYS, ["a", "b", "c"])
    value = (1 + x @ [0.7, 0.3, 0.0]).cumprod()
    daily = pd.DataFrame({"date": DAYS, "code": "f", "adj_close": value.to_numpy(), "amount": 1.0})
    flat = daily.assign(code="cash", adj_close=1.0)
    late = daily["date"] > DAYS[200]
    changed = daily.assign(adj_close=daily["adj_close"].where(~late, daily["adj_close"] * 9))
    found = [
        estimate_funds(["f", "cash"], pd.concat([t, flat]), x, DAYS[200], 150, shrink=0.0, half_life=None)
        for t in (daily, changed)
    ]
    pd.testing.assert_frame_equal(*found)
    assert found[0].set_index("industry_name")["weight"].round(6).to_dict() == {"a": 0.7, "b": 0.3}


def test_controls_need_both_indices():
    index = pd.DataFrame({"000905": [0.02], "000852": [0.01]}, DAYS[:1])
    industry = pd.DataFrame({"a": [0.0], "b": [0.02]}, DAYS[:1])
    assert size_controls(index, industry, ["000905", "000852"]).round(9).iloc[0].tolist() == [0.01, 0.01]
    assert size_controls(index, industry, ["000905", "399001"]) is None


def test_true_weights_are_those_of_month_ends():
    tables = market()
    truth = true_weights(tables["index_weights"], tables["stock_industry"], "000300", "SW2021_L1", False)
    assert truth.index.tolist() == month_ends(DAYS)[:-2].tolist()
    np.testing.assert_allclose(truth.sum(axis=1), 1)
    assert true_weights(tables["index_weights"], tables["stock_industry"], "399001", "SW2021_L1", False).empty


def test_returns_have_no_filled_holes():
    table = pd.DataFrame({"date": DAYS[:4], "index_code": "x", "close": [1.0, np.nan, 2.0, 3.0]})
    found = daily_returns(table, "index_code", "close")["x"]
    assert found.isna().tolist() == [True, True, True, False]


def test_heat_of_a_month_does_not_move_when_later_months_change():
    months = pd.date_range("2021-01-01", periods=12, freq="MS")
    rng = np.random.default_rng(4)
    shares = {c: rng.lognormal(2, 1, 12) for c in ("stock_etf", "active_equity")}
    table = pd.DataFrame(shares, months).rename_axis("month").reset_index()
    table = table.melt("month", var_name="category", value_name="shares")
    changed = table.assign(shares=table["shares"].where(table["month"] < "2021-07-01", 77.0))
    before, after = issuance_heat(table), issuance_heat(changed)
    pd.testing.assert_series_equal(before.loc[:"2021-07-01"], after.loc[:"2021-07-01"])
    assert before.index[5] == pd.Timestamp("2021-07-01") and before.iloc[6] != after.iloc[6]
