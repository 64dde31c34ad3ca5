"""The latest weeks are of the same funds, priced in the units of each day, and add up."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.latest_weeks import latest_facts, latest_inflow, recent_weeks
from helpers.lookthrough.estimates import guess_index
from helpers.sessions import sessions
from helpers.tables import MissingTable
from rotation_market import full_market

WINDOW = 120
BLIND = "510009.SH"


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def guess(market):
    return guess_index(market, "SW2021_L1", "000001", control_pair=["399370", "000852"], window=WINDOW)


@pytest.mark.parametrize("number", [3, 8])
def test_the_latest_weeks_add_up_to_the_flows_of_the_funds(market, guess, number):
    latest = latest_inflow(etf_money(market, "SW2021_L1"), guess, window=WINDOW, number=number)
    assert len(latest.weeks) == number and latest.flows.index.equals(latest.weeks[1:])
    assert latest.estimated.tolist() == [BLIND]
    np.testing.assert_allclose(latest.industries.sum(axis=1), latest.flows.sum(axis=1))
    facts = latest_facts(latest)
    order = latest.industries.sum().sort_values() / 1e9
    assert (facts["first"], facts["second"], facts["last"]) == (order.index[-1], order.index[-2], order.index[0])
    assert facts["first_bn"] == pytest.approx(order.iloc[-1]) and facts["last_bn"] == pytest.approx(order.iloc[0])
    assert facts["total_bn"] == pytest.approx(latest.flows.sum().sum() / 1e9)
    assert facts["spread"] == pytest.approx(1) and facts["funds"] == 4 and facts["estimated"] == 1
    assert facts["dropped"] == facts["others"] == facts["unpriced"] == 0 and facts["price_age"] == 0


def test_a_fund_without_a_flow_in_some_week_is_counted_apart(market, guess):
    units = market["etf_shares"]
    weeks = recent_weeks(units)
    quiet = units["code"].eq("510001.SH") & units["date"].between(weeks[2] + pd.Timedelta(days=1), weeks[3])
    latest = latest_inflow(etf_money({**market, "etf_shares": units[~quiet]}, "SW2021_L1"), guess, window=WINDOW)
    assert "510001.SH" not in latest.flows and latest.flows.notna().all(axis=None)
    facts = latest_facts(latest)
    assert (facts["funds"], facts["others"], facts["unpriced"]) == (3, 1, 0)


def ending(market, cut, ratio=1.0, hole=False):
    """A market whose prices end before its units do; the fund without weights splits after the last price."""
    units = market["etf_shares"].drop(columns="nav")
    after = units["code"].eq(BLIND) & (units["date"] > cut + pd.Timedelta(days=30))
    units = units.assign(shares=units["shares"].where(~after, ratio * units["shares"]))
    if hole:
        away = units["date"].between(cut - pd.Timedelta(days=1), cut + pd.Timedelta(days=30))
        units = units[~away | units["code"].ne(BLIND)]
    navs = market["etf_shares"].rename(columns={"nav": "adj_close"}).drop(columns="shares")
    prices = pd.concat([navs, market["etf_daily"].query("code != @BLIND")]).assign(amount=1e8)
    return {**market, "etf_shares": units, "etf_daily": prices[prices["date"] <= cut]}


def test_units_may_run_on_after_the_prices_and_the_age_is_said(market, guess):
    cut = pd.Timestamp("2022-04-29")
    early = guess._replace(industry_returns=guess.industry_returns.loc[:cut])
    latest = latest_inflow(etf_money(ending(market, cut), "SW2021_L1"), early, window=WINDOW)
    assert latest.weeks[-1] > cut and latest_facts(latest)["price_age"] > 20
    assert latest_facts(latest)["funds"] == 4


@pytest.mark.parametrize("ratio", [2.0, 3.0])
def test_units_after_a_split_never_meet_a_price_before_it(market, guess, ratio):
    """A split among the latest weeks moves no amount but that of its own day; over a hole the fund is left out."""
    cut = pd.Timestamp("2022-04-29")
    early = guess._replace(industry_returns=guess.industry_returns.loc[:cut])
    plain, split, hidden = (
        latest_inflow(etf_money(ending(market, cut, *how), "SW2021_L1"), early, window=WINDOW)
        for how in ((1.0,), (ratio,), (ratio * 1.3, True))
    )
    pd.testing.assert_frame_equal(split.flows.drop(columns=BLIND), plain.flows.drop(columns=BLIND))
    away = (split.flows[BLIND] - plain.flows[BLIND]).abs() / plain.flows[BLIND].abs()
    assert (away.drop(away.idxmax()) < 1e-9).all()  # the week of the split lacks one day
    assert BLIND not in hidden.flows and latest_facts(hidden)["unpriced"] == 1


def test_without_a_price_no_flow_is_known(market, guess):
    money = etf_money(market, "SW2021_L1")
    bare = {**market, "etf_shares": market["etf_shares"].drop(columns="nav"), "etf_daily": market["etf_daily"].iloc[:0]}
    with pytest.raises(MissingTable, match="etf_shares: no flow is known"):
        latest_inflow(replace(money, market=bare), guess, window=WINDOW)


def test_recent_weeks_stop_at_a_hole_and_where_few_funds_report():
    days = sessions("2021-01-04", "2021-12-31")
    one = pd.DataFrame({"date": days[:30].append(days[120:150]), "code": "a"})
    weeks = recent_weeks(one, 8)
    assert weeks[0] > days[119] and weeks[-1] == days[149]
    late = pd.concat([one, *(one[one["date"] > days[135]].assign(code=c) for c in "bcd")])
    assert recent_weeks(late, 8)[0] > days[134] and recent_weeks(late, 8)[-1] == days[149]
    assert recent_weeks(late, 8, least=0.2).equals(weeks)
