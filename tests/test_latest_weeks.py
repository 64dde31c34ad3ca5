"""Funds without index weights are spread by their own returns, known in time; the latest weeks add up."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.without_weights import (
    fill_facts,
    half_year_weights,
    latest_facts,
    latest_inflow,
    recent_weeks,
)
from helpers.lookthrough.estimates import guess_index
from helpers.sessions import sessions
from helpers.tables import MissingTable
from rotation_market import INDUSTRIES, full_market

WINDOW = 120


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def guess(market):
    return guess_index(market, "SW2021_L1", "000001", control_pair=["399370", "000852"], window=WINDOW)


@pytest.fixture(scope="module")
def money(market):
    return etf_money(market, "SW2021_L1")


def test_only_the_fund_without_weights_is_estimated_at_the_ends_of_half_years(market, money, guess):
    found = half_year_weights(money, market["etf_daily"], guess, window=WINDOW)
    assert set(found["code"]) == {"510009.SH"}
    assert {(d.month, d.day) for d in found["date"]} <= {(6, 30), (12, 31), (6, 24)}
    last = found[found["date"] == found["date"].max()].set_index("industry_name")["weight"]
    assert last.nlargest(2).index.tolist() == INDUSTRIES[:2] and last[INDUSTRIES[:2]].sum() > 0.7  # true: 0.7 and 0.3
    filled = money.look(money.sizes, fund_weights=found)
    facts = fill_facts(money, filled, found)
    assert facts["funds"] == 1 and facts["since"] == found["date"].min() and facts["before"] < facts["after"]
    assert facts["after"] == pytest.approx(1.0)
    before = money.sizes.index < facts["since"]
    pd.testing.assert_frame_equal(filled.holdings[before], money.holdings[before])


def test_later_prices_change_no_earlier_half_year(market, money, guess):
    found = half_year_weights(money, market["etf_daily"], guess, window=WINDOW)
    cut, table = found["date"].min(), market["etf_daily"].copy()
    table.loc[table["date"] > cut, "adj_close"] *= np.random.default_rng(3).uniform(0.5, 2, (table["date"] > cut).sum())
    changed = half_year_weights(money, table, guess, window=WINDOW)
    pd.testing.assert_frame_equal(changed[changed["date"] == cut], found[found["date"] == cut])
    assert not changed.equals(found)


def test_without_enough_returns_nothing_is_estimated(market, money, guess):
    with pytest.raises(MissingTable, match="etf_daily: no fund without index weights"):
        half_year_weights(money, market["etf_daily"].query("date >= '2022-06-20'"), guess, window=WINDOW)


@pytest.mark.parametrize("number", [3, 8])
def test_the_latest_weeks_add_up_to_the_flows_of_the_funds(market, guess, number):
    latest = latest_inflow(market, "SW2021_L1", guess, window=WINDOW, number=number)
    assert len(latest.weeks) == number and latest.flows.index.equals(latest.weeks[1:])
    assert latest.estimated.tolist() == ["510009.SH"]
    np.testing.assert_allclose(latest.industries.sum(axis=1), latest.flows.sum(axis=1))
    facts = latest_facts(latest)
    order = latest.industries.sum().sort_values() / 1e9
    assert (facts["first"], facts["second"], facts["last"]) == (order.index[-1], order.index[-2], order.index[0])
    assert facts["first_bn"] == pytest.approx(order.iloc[-1]) and facts["last_bn"] == pytest.approx(order.iloc[0])
    assert facts["spread"] == pytest.approx(1) and facts["funds"] == 4 and facts["estimated"] == 1
    assert facts["dropped"] == 0 and facts["price_age"] == 0


def test_units_may_run_on_after_the_prices(market, guess):
    cut = pd.Timestamp("2022-04-29")
    short = {n: t[t["date"] <= cut] if "date" in t else t for n, t in market.items()}
    recorded = {**market, "etf_shares": market["etf_shares"].drop(columns="nav")}
    early = guess._replace(industry_returns=guess.industry_returns.loc[:cut])
    blind = {**short, "etf_daily": short["etf_daily"].assign(code="510009.SH")}
    latest = latest_inflow(blind, "SW2021_L1", early, recorded=recorded, window=WINDOW)
    assert latest.weeks[-1] > cut and latest_facts(latest)["price_age"] > 20
    none = {**short, "etf_daily": short["etf_daily"].iloc[:0]}
    with pytest.raises(MissingTable, match="etf_shares: no flow is known"):
        latest_inflow(none, "SW2021_L1", early, recorded=recorded, window=WINDOW)


def test_recent_weeks_stop_at_a_hole():
    days = sessions("2021-01-04", "2021-12-31")
    weeks = recent_weeks(pd.DataFrame({"date": days[:30].append(days[120:150])}), 8)
    assert weeks[0] > days[119] and weeks[-1] == days[149]
