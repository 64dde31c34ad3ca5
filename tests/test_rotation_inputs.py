"""What a market can feed the rotation with: all of it, parts of it, none of it, and never the future."""

import numpy as np
import pandas as pd
import pytest

from helpers.rotation.inputs import CHANGE, DIVERGENCE, FACTORS, FLOW, LEVEL, gather, industry_prices
from rotation_market import DAYS, INDUSTRIES, rotation_market

HOW = {
    "scheme": "SW2021_L1",
    "size_pair": ["000300", "000852"],
    "growth_pair": ["399370", "399371"],
    "size_lambda": 100.0,
    "growth_lambda": 1000.0,
    "style_start": "2018-01-02",
}
CUT = pd.Timestamp("2022-02-25")


@pytest.fixture(scope="module")
def market():
    return rotation_market()


def test_a_full_market_feeds_all_four_factors(market):
    inputs = gather(market, **HOW)
    assert list(inputs.factors) == list(FACTORS)
    assert inputs.complete and inputs.missing_tables == []
    assert inputs.holdings.index[0] >= pd.Timestamp("2021-01-04")
    np.testing.assert_allclose(inputs.coverage, 1, rtol=1e-9)
    assert (inputs.universe == 1).all()


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        ("fund_issuance", {DIVERGENCE}),
        ("fund_holdings", {DIVERGENCE}),
        ("index_daily", {LEVEL, CHANGE}),
        ("etf_shares", set(FACTORS)),
        ("index_weights", set(FACTORS)),
        ("stock_industry", set(FACTORS)),
        ("industry_daily", set(FACTORS)),
    ],
)
def test_a_missing_table_costs_its_factors_and_is_named(market, without, lost):
    inputs = gather({k: v for k, v in market.items() if k != without}, **HOW)
    assert set(FACTORS) - set(inputs.factors) == lost
    assert without in inputs.missing_tables and not inputs.complete


def test_each_factor_names_only_what_it_lacks_itself(market):
    inputs = gather({k: v for k, v in market.items() if k not in ("fund_issuance", "index_daily")}, **HOW)
    assert inputs.lacks_for(DIVERGENCE) == ["fund_issuance"]
    assert inputs.lacks_for(LEVEL) == inputs.lacks_for(LEVEL, CHANGE) == ["index_daily"]
    assert inputs.lacks_for(FLOW) == []
    blind = gather({k: v for k, v in market.items() if k != "etf_shares"}, **HOW)
    assert all(blind.lacks_for(name) == ["etf_shares"] for name in FACTORS)


def test_another_scheme_than_the_tables_hold_feeds_nothing(market):
    inputs = gather(market, **{**HOW, "scheme": "CITIC_L1"})
    assert inputs.prices is None and inputs.factors == {}
    assert "no CITIC_L1 prices" in inputs.gaps.loc[0, "state"]
    assert set(inputs.missing_tables) == {"industry_daily", "stock_industry"}


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
    assert set(inputs.missing_tables) == {"etf_shares", "index_weights"}


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


def test_prices_stand_in_the_order_of_industry_codes(market):
    wide = industry_prices(market["industry_daily"], "SW2021_L1")
    assert list(wide.columns) == INDUSTRIES and len(wide) == len(DAYS)
    shuffled = market["industry_daily"].sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(industry_prices(shuffled, "SW2021_L1"), wide)
