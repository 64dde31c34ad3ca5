"""What a market can feed the rotation with: all of it, parts of it, none of it, and never the future."""

import numpy as np
import pandas as pd
import pytest

from helpers.rotation.inputs import CHANGE, DIVERGENCE, FACTORS, FLOW, LEVEL, gather
from helpers.tables import MissingTable
from rotation_market import HOW, rotation_market

CUT = pd.Timestamp("2022-02-25")


@pytest.fixture(scope="module")
def market():
    return rotation_market()


def test_a_full_market_feeds_all_four_factors(market):
    inputs = gather(market, **HOW)
    assert list(inputs.factors) == list(FACTORS)
    assert inputs.lacking() == [] and inputs.comparable() is None
    assert inputs.holdings.index[0] >= pd.Timestamp("2021-01-04")
    np.testing.assert_allclose(inputs.money.coverage, 1, rtol=1e-9)
    assert (inputs.money.universe == 1).all()
    assert inputs.factors is inputs.factors and inputs.factor(FLOW) is inputs.factors[FLOW]
    assert (inputs.table["lacks"].map(len) == 0).all() and inputs.table["state"].str.contains("20").sum() == 6


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        ("fund_issuance", {DIVERGENCE}),
        ("fund_holdings", {DIVERGENCE}),
        ("index_daily", {LEVEL, CHANGE}),
        ("etf_shares", set(FACTORS)),
        ("index_weights", set(FACTORS)),
        ("stock_industry", set(FACTORS)),
        ("industry_daily", set()),  # enough to form them, not to trade them
    ],
)
def test_a_missing_table_costs_its_factors_and_is_named(market, without, lost):
    inputs = gather({k: v for k, v in market.items() if k != without}, **HOW)
    assert set(FACTORS) - set(inputs.factors) == lost
    assert inputs.lacking() == [without]
    for name in lost:
        with pytest.raises(MissingTable, match=without):
            inputs.factor(name)
    with pytest.raises(MissingTable, match=without) as stopped:
        inputs.comparable()
    assert stopped.value.tables == (without,) and stopped.value.reason


def test_each_factor_names_only_what_it_lacks_itself(market):
    inputs = gather({k: v for k, v in market.items() if k not in ("fund_issuance", "index_daily")}, **HOW)
    assert inputs.lacking(DIVERGENCE) == ["fund_issuance"]
    assert inputs.lacking(LEVEL) == inputs.lacking(LEVEL, CHANGE) == ["index_daily"]
    assert inputs.lacking(FLOW) == []
    blind = gather({k: v for k, v in market.items() if k != "etf_shares"}, **HOW)
    assert all(blind.lacking(name) == ["etf_shares"] for name in FACTORS)


def test_another_scheme_than_the_tables_hold_feeds_nothing(market):
    inputs = gather(market, **{**HOW, "scheme": "CITIC_L1"})
    assert inputs.factors == {} and inputs.lacking() == ["industry_daily", "stock_industry"]
    assert inputs.table.loc[0, "state"] == "it holds SW2021_L1 but not CITIC_L1"
    with pytest.raises(MissingTable, match="industry_daily: it holds SW2021_L1 but not CITIC_L1. Choose another"):
        _ = inputs.prices


def test_holdings_stop_where_index_weights_go_out_of_date(market):
    old = market["index_weights"].query("date <= '2021-09-30'")
    inputs = gather({**market, "index_weights": old}, **HOW)
    assert inputs.holdings.index[-1] <= pd.Timestamp("2021-09-30") + pd.Timedelta(days=45)
    assert inputs.holdings.index[-1] > pd.Timestamp("2021-10-31")


def test_a_few_funds_are_not_the_market(market):
    many = [market["etf_list"]] + [
        market["etf_list"].assign(code=[f"51{k}00{j}.SH" for j in range(3)], index_code=f"00{k}999")
        for k in range(10, 16)
    ]
    inputs = gather({**market, "etf_list": pd.concat(many, ignore_index=True)}, **HOW)
    assert set(inputs.factors) == set(FACTORS)
    assert inputs.lacking() == ["etf_shares"]
    with pytest.raises(MissingTable, match="units of .* of the listed stock ETFs"):
        inputs.comparable(FLOW)


def cut(table):
    column = next(c for c in ("announce_date", "date", "month") if c in table)
    known = table[column] + (pd.offsets.MonthEnd(1) if column == "month" else pd.Timedelta(0))
    return known <= CUT


def test_what_happens_later_changes_no_factor(market):
    rng = np.random.default_rng(3)
    changed = {}
    for name, table in market.items():
        changed[name] = table
        if name not in ("etf_list", "stock_industry"):
            later = table.copy()
            numbers = [c for c in ("close", "shares", "nav", "weight_nav") if c in later]
            later[numbers] = later[numbers].astype(float)
            after = ~cut(later)
            assert after.any(), name
            for column in numbers:
                later.loc[after, column] *= rng.uniform(0.5, 2, after.sum())
            if name == "index_weights":
                later.loc[after, "weight"] = rng.permutation(later.loc[after, "weight"].to_numpy())
            changed[name] = later
    one, two = gather(market, **HOW).factors, gather(changed, **HOW).factors
    for name in FACTORS:
        pd.testing.assert_frame_equal(one[name].loc[:CUT], two[name].loc[:CUT])
        assert not one[name].loc[CUT:].iloc[1:].equals(two[name].loc[CUT:].iloc[1:]), name


def test_a_market_that_ends_earlier_has_the_same_past(market):
    tables = {
        name: table if name in ("etf_list", "stock_industry") else table[cut(table)] for name, table in market.items()
    }
    one, two = gather(market, **HOW).factors, gather(tables, **HOW).factors
    for name in FACTORS:
        assert two[name].index[-1] == CUT
        pd.testing.assert_frame_equal(one[name].loc[:CUT], two[name], check_freq=False)


@pytest.mark.parametrize("index_code", ["000001", "000002"])
def test_weights_of_few_tracked_indices_are_not_the_market(market, index_code):
    one = market["index_weights"].query("index_code == @index_code")
    inputs = gather({**market, "index_weights": one}, **HOW)
    assert inputs.lacking(LEVEL) == ["index_weights"]
    assert inputs.table.set_index("input").loc["most of the ETF market", "state"].startswith("weights of 1 of the 3")


def test_an_unknown_factor_is_refused(market):
    with pytest.raises(ValueError, match="unknown factor 'momentum'"):
        gather(market, **HOW).factor("momentum")


def test_a_factor_without_any_value_is_missing_and_not_empty(market):
    heat = market["fund_issuance"].query("month >= '2022-06-01'")  # known after the last week
    inputs = gather({**market, "fund_issuance": heat}, **HOW)
    assert DIVERGENCE not in inputs.factors
    with pytest.raises(MissingTable, match="与权益基金的持仓分歧度 no value"):
        _ = inputs.divergence


@pytest.mark.parametrize(("quarters", "enough"), [(2, True), (1, False)])
def test_active_weights_known_in_half_of_the_months_are_enough(market, quarters, enough):
    """Two reports serve 9 of 19 months with holdings until April's begin to age; one serves fewer than half."""
    dates = sorted(market["fund_holdings"]["report_date"].unique())
    kept = market["fund_holdings"]["report_date"].isin(dates[1 : 1 + 2 * quarters])
    inputs = gather({**market, "fund_holdings": market["fund_holdings"][kept]}, **HOW)
    share = inputs.active.notna().any(axis=1).mean()
    assert (share >= 0.5) == enough
    assert inputs.lacking(DIVERGENCE) == ([] if enough else ["fund_holdings"])
    assert DIVERGENCE in inputs.factors  # it is formed where it can be, and not called the report's
