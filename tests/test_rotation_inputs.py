"""What a market can feed the rotation with: all of it, parts of it, none of it, and never the future."""

import numpy as np
import pandas as pd
import pytest

from helpers.rotation.inputs import CHANGE, DIVERGENCE, FACTORS, FLOW, LEVEL, gather
from helpers.rotation.strategies import decision_dates, top_weights
from helpers.sources import load_market
from helpers.tables import MissingTable
from helpers.tables.point_in_time import known_at, known_from
from rotation_market import HOW, full_market, rotation_market

CUT, LATER = pd.Timestamp("2022-02-25"), pd.Timestamp("2022-03-15")


@pytest.fixture(scope="module")
def market():
    return rotation_market()


def test_a_full_market_feeds_all_four_factors(market):
    inputs = gather(market, **HOW)
    assert list(inputs.factors) == list(FACTORS)
    assert inputs.lacking() == [] and inputs.comparable() is inputs
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


@pytest.fixture(scope="module")
def relabelled():
    """A market with labels and funds that come later: new labels, first labels, listings and a delisting."""
    market = full_market()
    labels = market["stock_industry"]
    moved, late = labels["code"].isin(labels["code"].iloc[::5]), labels["code"].isin(labels["code"].iloc[1::6])
    old = labels.assign(end=labels["end"].mask(moved & ~late, LATER), start=labels["start"].mask(late, LATER))
    new = labels[moved & ~late].assign(start=LATER)
    new = new.assign(industry_name=np.roll(new["industry_name"], 1), industry_code=np.roll(new["industry_code"], 1))
    new.loc[new.index[0], ["industry_name", "industry_code"]] = ["行业8", "801080"]  # a name nobody knew before
    funds = market["etf_list"].assign(delist_date=pd.NaT)
    listed = funds.iloc[:1].assign(code="510008.SH", name="510008.SH", list_date=LATER)
    funds.loc[funds.index[1], "delist_date"] = LATER + pd.Timedelta(days=30)
    more = market["etf_shares"].query("code == '510001.SH'").assign(code="510008.SH")
    closes = market["industry_daily"].query("industry_name == '行业3'")
    closes = closes.assign(industry_name="行业8", industry_code="801080", close=closes["close"] ** 1.5)
    return market | {
        "industry_daily": pd.concat([market["industry_daily"], closes], ignore_index=True),
        "stock_industry": pd.concat([old, new], ignore_index=True),
        "etf_list": pd.concat([funds, listed], ignore_index=True),
        "etf_shares": pd.concat([market["etf_shares"], more[more["date"] > LATER]], ignore_index=True),
    }


def known(name, table, rng=None):
    """A table as it was on the evening of CUT; or, with a generator, with other numbers and labels after it."""
    if rng is None:
        return known_at(name, table, CUT)
    later, after = table.copy(), known_from(name, table) > CUT
    assert after.any(), name
    numbers = [c for c in ("close", "shares", "nav", "weight_nav", "nav_adj", "adj_close") if c in later]
    later[numbers] = later[numbers].astype(float)
    for column in numbers:
        later.loc[after, column] *= rng.uniform(0.5, 2, after.sum())
    mixed = {
        "index_weights": ["weight"],
        "stock_industry": ["industry_name", "industry_code"],
        "etf_list": ["index_code"],
    }
    if name in mixed:
        drawn = table[mixed[name]].sample(after.sum(), random_state=int(rng.integers(100)))
        later.loc[after, mixed[name]] = drawn.to_numpy()
    return later


def pasts(one, two):
    """Both pasts of each factor, an industry that one does not know yet as unknown."""
    for name in FACTORS:
        columns = one[name].columns.union(two[name].columns)
        yield name, *(found[name].loc[:CUT].reindex(columns=columns) for found in (one, two))


def test_what_happens_later_changes_no_factor(relabelled):
    rng = np.random.default_rng(3)
    changed = {name: known(name, table, rng) for name, table in relabelled.items()}
    one, two = gather(relabelled, **HOW).factors, gather(changed, **HOW).factors
    for name, ours, theirs in pasts(one, two):
        pd.testing.assert_frame_equal(ours, theirs)
        assert ours.get("行业8", ours.iloc[:, 0] * np.nan).isna().all()
        assert not one[name].loc[CUT:].iloc[1:].equals(two[name].loc[CUT:].iloc[1:]), name


def test_a_market_that_ends_earlier_has_the_same_past(relabelled):
    ended = {name: known(name, table) for name, table in relabelled.items()}
    assert all(len(ended[name]) < len(table) for name, table in relabelled.items())
    one, two = gather(relabelled, **HOW).factors, gather(ended, **HOW).factors
    for name, ours, theirs in pasts(one, two):
        assert two[name].index[-1] == CUT
        pd.testing.assert_frame_equal(ours, theirs, check_freq=False)


def test_labels_carried_back_do_change_the_past_and_say_so(relabelled):
    ended = {name: known(name, table) for name, table in relabelled.items()}
    one, two = gather(relabelled, **HOW).looked_ahead, gather(ended, **HOW).looked_ahead
    assert any(not ours.equals(theirs) for _, ours, theirs in pasts(one.factors, two.factors))
    assert "not known then" in one.labels and one.in_force.labels == "labels in force on the day"
    strict = gather(relabelled, **HOW)
    assert strict.in_force is strict and one.looked_ahead is one and one.in_force.backcast is False
    assert strict.money.labelled.loc[:CUT].max() < 0.95 < strict.money.labelled.iloc[-1]
    assert one.money.labelled.min() == 1


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


@pytest.mark.snapshot
@pytest.mark.parametrize("end", ["2021-06-30", "2024-06-28"])
def test_on_the_snapshot_the_portfolios_before_an_earlier_end_are_the_same(snapshot_dir, end):
    held = {}
    for until in (end, "2026-02-13"):
        inputs = gather(load_market("folder", snapshot_dir, end=until), **{**HOW, "style_start": "2015-01-05"})
        held[until] = top_weights(inputs.composite.score, decision_dates(inputs.prices, "2019-10-08", 2), 6)
    past = held[end].iloc[:-1]  # the last one is due only when its fortnight has closed
    same = held["2026-02-13"].loc[past.index]
    later = same.columns.difference(past.columns)  # industries that nobody had named by then
    assert len(past) > 40 and (same[later] == 0).all(axis=None)
    np.testing.assert_array_equal(same[past.columns].to_numpy(), past.to_numpy())
