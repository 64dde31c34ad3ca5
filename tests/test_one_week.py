"""The flow of one week is the sum over its sessions of changes spread evenly, and what no day of it saw is marked."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.one_week import flows_between, moved_weights, week_flow
from helpers.lookthrough import spread
from helpers.lookthrough.index_industries import known_industry_weights
from helpers.panels import industry_closes
from helpers.sessions import sessions
from helpers.tables import MissingTable
from rotation_market import full_market


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def money(market):
    return etf_money(market, "SW2021_L1")


def thinned(market, seed):
    """The same market, with most days of most funds' units lost."""
    units = market["etf_shares"]
    kept = np.random.default_rng(seed).random(len(units)) < 0.4
    return {**market, "etf_shares": units[kept | units["code"].eq("510001.SH")]}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "span", [("2021-04-30", "2021-05-07"), ("2021-09-17", "2021-09-24"), ("2022-01-28", "2022-02-11")]
)
def test_a_change_counts_evenly_over_the_sessions_it_spans(market, seed, span):
    since, end = map(pd.Timestamp, span)
    days = etf_money(thinned(market, seed), "SW2021_L1").days
    expected, recorded, covered = {}, {}, {}
    for row in days.dropna(subset="flow").itertuples():
        passed = sessions(row.date - pd.Timedelta(days=row.gap_days), row.date)[1:]  # the earlier day is a session
        inside = [day for day in passed if since < day <= end]
        if inside:
            expected[row.code] = expected.get(row.code, 0.0) + row.flow * len(inside) / len(passed)
            recorded[row.code] = recorded.get(row.code, 0.0) + row.flow * (len(inside) == len(passed))
            covered[row.code] = covered.get(row.code, 0) + len(inside)
    found = flows_between(days, since, end)
    assert found["flow"].to_dict() == pytest.approx(expected)
    assert found["recorded"].to_dict() == pytest.approx(recorded)
    assert found["sessions"].to_dict() == covered


def test_a_week_recorded_every_day_is_the_study_s_own(money):
    for week in ("2021-03-10", "2021-10-08", "2022-02-09"):
        found = week_flow(money, week)
        row = money.flows.loc[found.end].dropna()
        assert found.funds["flow"].to_dict() == pytest.approx(row.to_dict())
        assert found.funds["recorded"].to_dict() == pytest.approx(row.to_dict())
        assert found.industries.to_numpy() == pytest.approx(money.industry_flows.loc[found.end].to_numpy())


def test_weights_and_labels_are_those_known_at_the_week_s_end(market, money):
    found = week_flow(money, "2021-10-13")
    later = {name: market[name].copy() for name in ("index_weights", "stock_industry")}
    late = later["index_weights"]["date"] >= found.end
    later["index_weights"].loc[late, "weight"] = np.random.default_rng(0).random(late.sum())
    moved = later["stock_industry"].assign(end=found.end + pd.Timedelta(days=3))
    after = moved.assign(start=moved["end"], end=pd.NaT, industry_name=moved["industry_name"].iloc[::-1].to_numpy())
    changed = etf_money({**market, **later, "stock_industry": pd.concat([moved, after])}, "SW2021_L1")
    again = week_flow(changed, "2021-10-13")
    assert again.industries.to_dict() == pytest.approx(found.industries.to_dict())
    assert (found.dated < found.end).all()


def test_old_weights_still_serve_a_week_and_say_of_which_day_they_are(market):
    old = market["index_weights"].loc[lambda w: w["date"] < "2021-03-01"]
    found = week_flow(etf_money({**market, "index_weights": old}, "SW2021_L1"), "2022-03-16")
    assert (found.dated == old["date"].max()).all()
    assert found.through.parts["weights"].iloc[0] != 0


def test_the_last_week_with_a_known_flow_is_the_default_and_an_empty_one_is_refused(market, money):
    last = money.days.loc[money.days["flow"].notna(), "date"].max()
    assert week_flow(money).end >= last and week_flow(money).since < last
    with pytest.raises(
        MissingTable, match="etf_shares: no fund has a known flow and weights in the week to 2019-05-10"
    ):
        week_flow(money, "2019-05-08")


def test_moved_weights_are_drifted_by_each_industry_and_keep_their_sum(market, money):
    flow, prices = week_flow(money, "2021-10-13"), industry_closes(market["industry_daily"], "SW2021_L1")
    moved = moved_weights(flow, prices)
    for k, index in enumerate(flow.weights.indices):
        if not flow.weights.known[0, k]:
            continue
        growth = prices.loc[flow.end] / prices.loc[flow.dated[index]]
        by_hand = flow.weights.weights[0, k, :-1] * growth[flow.weights.industries].to_numpy()
        by_hand *= flow.weights.weights[0, k].sum() / by_hand.sum()  # every stock of this market has a label
        assert moved.weights[0, k, :-1] == pytest.approx(by_hand)
    assert moved.weights.sum() == pytest.approx(flow.weights.weights.sum())


def test_other_columns_and_weights_spread_alike(market, money):
    flow = week_flow(money, "2021-10-13")
    known = known_industry_weights(
        pd.DatetimeIndex([flow.end]), market["index_weights"], market["stock_industry"], scheme="SW2021_L1"
    )
    amounts = flow.funds[["recorded"]].T.set_axis([flow.end])
    expected = spread(amounts, market["etf_list"], known).holdings
    found = flow.spread(market["etf_list"], "recorded", weights=known).holdings
    pd.testing.assert_frame_equal(found, expected)
