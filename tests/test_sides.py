"""The active side from a market; outer groups of the divergence, before and after a day, and the switch on heat."""

import numpy as np
import pandas as pd
import pytest

from helpers.active_funds import active_weights, judge_simulation, simulation_facts, spliced_weights
from helpers.active_funds import sides as sd
from helpers.active_funds.divergence import divergence
from helpers.active_funds.reports import count_portfolios
from helpers.active_funds.study import Judged, known_divergence, origin_facts, sample_facts, shrink_curve
from helpers.backtest.groups import EQUAL
from helpers.flows.etf_money import etf_money
from helpers.panels import industry_closes
from helpers.sessions import sessions
from helpers.tables import MissingTable
from rotation_market import full_market


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def months(market):
    return etf_money(market, "SW2021_L1", every="month")


@pytest.fixture(scope="module")
def prices(market):
    return industry_closes(market["industry_daily"])


@pytest.fixture(scope="module")
def gap(market, months):
    weights = active_weights(market, months.sizes.index, "SW2021_L1").weights
    return divergence(months.share, weights).dropna(how="all")


# -- weights from a market ------------------------------------------------------------------------------------------


def test_weights_from_a_market_are_the_spliced_ones(market, months):
    dates = months.sizes.index
    found = active_weights(market, dates, "SW2021_L1", report_months=1)
    tables = {n: market[n] for n in ("fund_nav", "industry_daily")}
    labels = (market["fund_holdings"], market["stock_industry"])
    own = spliced_weights(*labels, dates, scheme="SW2021_L1", report_months=1, shrink=1.0, **tables)
    pd.testing.assert_frame_equal(found.weights, own.weights)
    assert {"report", "simulated"} <= set(found.origin["source"])


@pytest.mark.parametrize("absent", ["fund_nav", "industry_daily"])
def test_without_values_or_prices_the_last_report_is_carried(market, months, absent):
    less = {k: v for k, v in market.items() if k != absent}
    found = active_weights(less, months.sizes.index, "SW2021_L1", report_months=1)
    assert "simulated" not in set(found.origin["source"]) and "carried" in set(found.origin["source"])
    other = {**market, "industry_daily": market["industry_daily"].assign(scheme="CITIC_L1")}
    pd.testing.assert_frame_equal(
        active_weights(other, months.sizes.index, "SW2021_L1", report_months=1).weights, found.weights
    )


def test_what_is_missing_on_the_active_side_is_named(market, months):
    with pytest.raises(MissingTable, match="fund_holdings: not among"):
        active_weights({k: v for k, v in market.items() if k != "fund_holdings"}, months.sizes.index, "SW2021_L1")
    with pytest.raises(MissingTable, match="stock_industry: it holds SW2021_L1 but not CITIC_L1"):
        judge_simulation(market, "CITIC_L1")
    early = months.sizes.index[:0].append(pd.DatetimeIndex(["2020-06-30"]))
    with pytest.raises(MissingTable, match="no report is known in the months asked for"):
        active_weights({**market, "fund_nav": market["fund_nav"].iloc[:0]}, early, "SW2021_L1")
    reports = market["fund_holdings"]
    one = reports[reports["report_date"] == reports["report_date"].min()]
    with pytest.raises(MissingTable, match="no two quarters in a row"):
        judge_simulation({**market, "fund_holdings": one}, "SW2021_L1")


def test_the_simulation_is_judged_against_the_report_it_starts_from(market):
    judged = judge_simulation(market, "SW2021_L1", pulls=(0.1, 10.0))
    assert list(judged.errors) == ["carried", "plain", "simulated"] and judged.curve.index.tolist() == [0.1, 10.0]
    facts = simulation_facts(judged)
    assert facts["carried"] == pytest.approx(judged.errors["carried"].mean()) and facts["quarters"] == len(
        judged.errors
    )
    assert facts["best_error"] == judged.curve.min() == judged.curve[facts["best"]]
    assert facts["gain"] == pytest.approx(facts["carried"] - facts["best_error"])
    bare = simulation_facts(Judged(judged.errors[["carried"]], judged.curve.iloc[:0]))
    assert {name for name, value in bare.items() if not np.isnan(value)} == {"quarters", "carried"}


# -- sides ----------------------------------------------------------------------------------------------------------


def test_the_etf_side_holds_what_etfs_hold_more_of(gap, prices):
    found = sd.outer_groups(gap, prices)
    assert set(found) == {"level", "change"}
    first, second = gap.index[:2]
    bought, sold = (prices.index.get_loc(day) + 1 for day in (first, second))
    top = gap.columns[gap.loc[first] > gap.loc[first][gap.loc[first] > 0].quantile(2 / 3)]
    earned = (prices.iloc[sold] / prices.iloc[bought] - 1)[top].mean()
    days = found["level"].loc[prices.index[bought + 1] : prices.index[sold], 3.0]
    assert (1 + days).prod() - 1 == pytest.approx(earned)
    with pytest.raises(MissingTable, match="both sides of the divergence"):
        sd.outer_groups(gap * 0 + 0.1, prices)


def test_a_side_that_knows_the_future_wins_before_and_after_and_the_day_counts_once(gap, prices):
    ahead = prices.pct_change(20).shift(-21).reindex(gap.index)
    told = sd.outer_groups(ahead.sub(ahead.median(axis=1), axis=0).dropna(how="all"), prices)
    turn = told["level"].index[150]
    tests = sd.side_tests(told, turn)
    assert (tests.loc["level", "t"] > 3).all() and (tests.loc["level", "% a year"] > 0).all()
    number = tests.loc["level", "sessions"]
    assert number["before"] == 150 and number["before"] + number["after"] == number["all"]


def test_no_group_moves_when_later_prices_change(gap, prices):
    cut = gap.index[6]
    changed = prices.copy()
    changed.loc[changed.index > cut] *= np.random.default_rng(1).uniform(0.5, 2, ((changed.index > cut).sum(), 8))
    one, two = (sd.outer_groups(gap, table)["level"] for table in (prices, changed))
    pd.testing.assert_frame_equal(one.loc[:cut], two.loc[:cut])
    assert not one.equals(two)


def test_the_switch_takes_the_side_of_the_heat_and_without_heat_is_left_out(gap, prices):
    warm, cold = (
        pd.Series(value, gap.index[:1] - pd.Timedelta(days=1)).reindex(gap.index, method="ffill")
        for value in (1.0, -1.0)
    )
    for heat, side in ((warm, "ETF side always"), (cold, "active side always")):
        found = sd.switch_returns(gap, heat, prices, top=2)
        pd.testing.assert_series_equal(found["switch on heat"], found[side], check_names=False)
    assert list(sd.switch_returns(gap, None, prices, top=2)) == ["ETF side always", "active side always", EQUAL]


def test_facts_on_sides_are_plain_arithmetic():
    gap = pd.DataFrame([[0.03, -0.01, 0.0, -0.02], [0.05, -0.03, 0.01, -0.02]], columns=list("abcd"))
    found = sd.divergence_facts(gap)
    assert (found["etf_first"], found["etf_second"]) == ("a", "c")
    assert {found["active_first"], found["active_second"]} == {"b", "d"}
    assert found["etf_first_pp"] == pytest.approx(4) and found["persistence"] == pytest.approx(0.8)
    heat = pd.Series([np.nan, 1.0, -1.0, 1.0, 2.0])
    assert sd.heat_facts(heat) == {"months": 5, "known": 4, "above": 0.75, "flips": 6.0}
    assert np.isnan(sd.heat_facts(heat.iloc[:1])["flips"])
    lead = pd.Series({2019: -2.0, 2020: 1.0, 2021: 6.0, 2022: 3.0, 2023: -1.0})
    facts = sd.lead_facts(lead)
    assert (facts["early_won"], facts["early_years"], facts["late_won"], facts["late_years"]) == (1, 2, 2, 3)
    assert facts["largest_year"] == 2021 and facts["largest_share"] == pytest.approx(6 / 8)
    assert (facts["last_year"], facts["last_pp"], facts["early_pp"]) == (2023, -1.0, -0.5)


def test_the_turn_is_told_by_period_and_thin_evidence_says_so():
    tests = pd.DataFrame(
        {"sessions": [600, 900, 1500], "% a year": [-3.0, 5.0, 2.0], "t": [-1.0, 2.5, 1.0]},
        index=pd.MultiIndex.from_product([["level"], ["before", "after", "all"]], names=["divergence", "period"]),
    )
    facts = sd.turn_facts(tests)
    assert (facts["before"], facts["after_t"], facts["after_sessions"], facts["thin"]) == (-3.0, 2.5, 900, False)
    assert sd.turn_facts(tests.assign(t=1.9))["thin"] and sd.turn_facts(tests.assign(sessions=499))["thin"]
    sides = sd.leading_side(tests)
    assert sides.to_dict() == {"before the turn": "active side", "after the turn": "ETF side"}
    short = sd.leading_side(tests.assign(sessions=[100, 900, 1000]))
    assert pd.isna(short["before the turn"]) and short["after the turn"] == "ETF side"


def test_only_whole_years_stand_beside_printed_ones(gap, prices):
    outer = sd.outer_groups(gap, prices)
    years = sd.compare_years(outer)
    held = outer["level"].index
    for year in set(held.year):
        due = sessions(f"{year}-01-01", f"{year}-12-31")
        assert (year in years.index.get_level_values("year")) == due.isin(held).all()
    table = pd.DataFrame(
        {"return_pct": [3.0, 1.0]},
        pd.MultiIndex.from_tuples([(2024, "etf_weight_higher"), (2024, "active_weight_higher")]),
    )
    assert sd.yearly_lead(table).to_dict() == {2024: 2.0}


def test_heat_is_told_for_the_month_before_it_is_known():
    known = pd.DatetimeIndex(["2025-12-01", "2026-01-05", "2026-02-02"])
    heat = pd.Series([0.5, -0.1, np.nan], known)
    assert sd.heat_by_month(heat).to_dict() == {"2025-11": "ETF higher", "2025-12": "ETF lower"}


def test_the_switch_is_set_beside_the_better_side(gap, prices):
    returns = sd.switch_returns(gap, None, prices, top=2)
    facts = sd.switch_facts(returns)
    assert np.isnan(facts["switch"]) and facts["sessions"] == len(returns)
    rate = {n: (1 + returns[n]).prod() ** (250 / len(returns)) - 1 for n in returns}
    assert facts["better"] == pytest.approx(100 * max(rate["ETF side always"], rate["active side always"]))
    assert facts["all"] == pytest.approx(100 * rate[EQUAL])


@pytest.mark.parametrize("lag", [1, 3])
def test_prices_that_end_before_the_first_purchase_are_a_gap(gap, prices, lag):
    early = prices.loc[: gap.index[0]]
    for build in (sd.outer_groups, lambda g, p, lag: sd.switch_returns(g, None, p, lag=lag)):
        with pytest.raises(MissingTable, match="industry_daily: closes end"):
            build(gap, early, lag=lag)


def test_divergence_needs_a_month_with_both_sides(market, months):
    active = active_weights(market, months.sizes.index, "SW2021_L1")
    assert known_divergence(months.share, active).notna().any(axis=1).all()
    with pytest.raises(MissingTable, match="both sides of the divergence"):
        known_divergence(months.share * np.nan, active)


def test_origin_and_sample_are_counted(market, months):
    active = active_weights(market, months.sizes.index, "SW2021_L1")
    facts = origin_facts(active)
    assert sum(facts[name] for name in ("report", "simulated", "carried", "none")) == facts["months"]
    assert facts["youngest"] <= facts["oldest"]
    sample = sample_facts(market, months)
    assert sample["months"] == len(months.sizes) and sample["values"]
    assert sample["funds"] == market["fund_holdings"]["fund_code"].nunique()


def test_portfolios_are_fewer_than_lines_and_their_money_is_counted_once(market):
    reports = market["fund_holdings"].assign(fund_size=2e9)
    twin = reports.assign(fund_code=reports["fund_code"].str.replace(r"^0", "9", regex=True))
    table = count_portfolios(pd.concat([reports, twin], ignore_index=True))
    alone = count_portfolios(reports)
    assert (table["lines"] == 2 * alone["lines"]).all()
    pd.testing.assert_series_equal(table["portfolios"], alone["portfolios"])
    pd.testing.assert_series_equal(table["CNY bn, merged"], alone["CNY bn, merged"])
    unsized = count_portfolios(market["fund_holdings"].drop(columns="fund_size", errors="ignore"))
    assert unsized[["CNY bn, all lines", "CNY bn, merged"]].isna().all(axis=None)


def test_without_a_simulation_there_is_no_curve(market):
    bare = {k: v for k, v in market.items() if k != "fund_nav"}
    judged = judge_simulation(bare, "SW2021_L1")
    with pytest.raises(MissingTable, match="fund_nav, industry_daily"):
        shrink_curve(judged)
    assert np.isnan(simulation_facts(judged)["helps"])
