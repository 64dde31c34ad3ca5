"""What luck, delay and other choices would have made of a rotation; the benchmark search; each strategy alone."""

import numpy as np
import pandas as pd
import pytest

from helpers.backtest import rebalance_calendar, sweep
from helpers.panels import as_known
from helpers.performance import excess_return
from helpers.rotation import benchmarks, luck
from helpers.rotation.inputs import gather
from helpers.rotation.strategies import alone, rotate, style_timed_weights, top_weights, trade
from helpers.tables import MissingTable
from rotation_market import DAYS, HOW, full_market, rotation_market

YEAR = 250
TRADING = {"top_n": 3, "lag": 1, "cost_bps": 10.0}


@pytest.fixture(scope="module")
def market():
    return rotation_market()


@pytest.fixture(scope="module")
def inputs(market):
    return gather(market, **HOW)


@pytest.fixture(scope="module")
def decisions():
    return rebalance_calendar("2021-02-01", DAYS[-1], weeks=2)["decision"]


@pytest.fixture(scope="module")
def traded(inputs, decisions):
    return rotate(inputs.composite.score, decisions, inputs.prices, **TRADING)


# -- luck -----------------------------------------------------------------------------------------------------------


def test_lots_that_hold_everything_earn_the_benchmark_and_nothing_more(inputs, decisions):
    everything = rotate(inputs.composite.score, decisions, inputs.prices, top_n=8, lag=1, cost_bps=0.0)
    lots = luck.random_excess(everything, inputs.prices, lag=1, runs=3, periods_per_year=YEAR)
    np.testing.assert_allclose(lots, 0, atol=1e-12)


def test_lots_are_yearly_excess_of_as_many_industries_drawn_on_the_same_decisions(inputs, traded):
    lots = luck.random_excess(traded, inputs.prices, lag=1, runs=200, periods_per_year=YEAR)
    assert abs(lots.mean()) < 3 * lots.std() / np.sqrt(200) + 0.02
    half = luck.random_excess(traded, inputs.prices, lag=1, runs=200, periods_per_year=YEAR / 2)
    np.testing.assert_allclose(half, lots / 2)
    # Its spread is that of three of eight: chance of one holding period, over the periods of a year.
    moves = inputs.prices.reindex(traded.returns.index).pct_change().iloc[1:]
    cross = moves.sub(moves.mean(axis=1), axis=0).pow(2).mean(axis=1).mean()
    expected = np.sqrt(YEAR**2 / len(moves) * cross * (8 - 3) / (3 * 7))
    assert lots.std() == pytest.approx(expected, rel=0.35)


def test_the_map_of_delay_and_cost_is_a_sweep_and_its_own_cell_the_strategy(inputs, traded):
    score, prices = inputs.composite.score, inputs.prices
    table = luck.delay_and_cost(score, traded, prices, top_n=3, periods_per_year=YEAR)
    assert table.index.tolist() == list(luck.COSTS_BPS) and table.columns.tolist() == list(luck.LAGS)
    assert (table.diff().iloc[1:] < 0).all(axis=None)  # each basis point costs something
    span = prices.loc[traded.weights.index[0] : traded.returns.index[-1]]
    daily = benchmarks.equal_weight_returns(span)
    own = trade(traded.weights, span, lag=1, cost_bps=10.0).returns
    assert table.loc[10, 1] == pytest.approx(100 * excess_return(own, daily, periods_per_year=YEAR))


def test_the_map_of_choices_holds_the_runs_own_cell(inputs, traded):
    score, prices = inputs.composite.score, inputs.prices
    table = luck.size_and_pace(score, traded, prices, top_n=7, weeks=5, lag=1, cost_bps=10.0, periods_per_year=YEAR)
    assert table.index.tolist() == [3, 4, 5, 6, 7, 8] and table.columns.tolist() == [1, 2, 3, 4, 5, 6]
    span = prices.loc[traded.weights.index[0] : traded.returns.index[-1]]
    weekly = as_known(score, score.loc[span.index[0] : span.index[-1]].index)
    grid = [{"top_n": 7, "every": 5, "lag": 1, "cost_bps": 10.0}]
    one = sweep(weekly, span, grid, benchmark=benchmarks.equal_weight_returns(span), periods_per_year=YEAR)
    assert table.loc[7, 5] == pytest.approx(100 * one["excess_return"].iloc[0])


def test_facts_on_luck_count_the_lots_that_do_as_well(inputs, traded):
    delays = pd.DataFrame(np.arange(25.0).reshape(5, 5), luck.COSTS_BPS, luck.LAGS)
    choices = pd.DataFrame([[1.0, -2.0], [np.nan, 4.0]])
    own = luck.mean_excess(traded, YEAR)
    lots = own + np.array([-0.1, 0.0, 0.1, 0.2])
    facts = luck.luck_facts(traded, lots, delays, choices, YEAR)
    assert own == pytest.approx((traded.gross - traded.benchmark).mean() * YEAR)
    assert facts["own"] == own and facts["at_least"] == 0.75 and facts["lots"] == 4
    assert (facts["at_close"], facts["one_later"], facts["five_later"]) == (0.0, 1.0, 4.0)
    assert (facts["least"], facts["most"]) == (-2.0, 4.0)
    assert facts["luckiest"] == pytest.approx(np.quantile(lots, 0.95)) and facts["turnover"] > 0


# -- strategies -----------------------------------------------------------------------------------------------------


def test_a_rotation_is_its_top_weights_traded_and_needs_six_decisions(inputs, decisions, traded):
    by_hand = trade(top_weights(inputs.composite.score, decisions, 3), inputs.prices, lag=1, cost_bps=10.0)
    pd.testing.assert_series_equal(traded.returns, by_hand.returns)
    few = inputs.composite.score.loc["2022-05-01":]
    with pytest.raises(MissingTable, match="a score is known on [1-5] of .* decisions, fewer than 6"):
        rotate(few, decisions, inputs.prices, **TRADING)


def test_each_strategy_alone_and_both_sides_where_the_heat_is_unknown(market, inputs, decisions):
    full = alone(inputs, decisions, decisions, **TRADING)
    assert list(full) == ["style-timed", "divergence"]
    weights = style_timed_weights(inputs.level, inputs.change, decisions, 3)
    pd.testing.assert_series_equal(
        full["style-timed"].returns, trade(weights, inputs.prices, lag=1, cost_bps=10.0).returns
    )
    cold = gather({k: v for k, v in market.items() if k != "fund_issuance"}, **HOW)
    both = alone(cold, decisions, decisions, **TRADING)
    assert list(both) == ["style-timed", "ETF side always", "active side always"]
    held = {name: both[name].weights > 0 for name in ("ETF side always", "active side always")}
    assert not (held["ETF side always"] & held["active side always"].reindex_like(held["ETF side always"])).any(
        axis=None
    )


@pytest.mark.parametrize(
    ("absent", "left"),
    [
        (("index_daily",), ["divergence"]),
        (("fund_holdings",), ["style-timed"]),
    ],
)
def test_a_strategy_that_cannot_be_formed_is_left_out(market, decisions, absent, left):
    less = gather({k: v for k, v in market.items() if k not in absent}, **HOW)
    assert list(alone(less, decisions, decisions, **TRADING)) == left


@pytest.mark.parametrize("absent", ["etf_shares", "industry_daily"])
def test_without_any_strategy_the_missing_table_is_named(market, decisions, absent):
    less = gather({k: v for k, v in market.items() if k != absent}, **HOW)
    with pytest.raises(MissingTable, match=absent):
        alone(less, decisions, decisions, **TRADING)


# -- benchmark search -----------------------------------------------------------------------------------------------


def test_the_search_finds_a_planted_benchmark_and_shows_one_shift_a_scheme(market):
    closes = gather(market, **HOW).prices
    planted = 100 * benchmarks.yearly_returns(benchmarks.equal_weight_returns(closes, "M"))
    found = benchmarks.search_benchmark(market, planted, since="2018-01-01")
    facts = benchmarks.gap_facts(found)
    assert facts["nearest"] == "SW2021_L1, equal, monthly" and facts["largest_gap"] == pytest.approx(0, abs=1e-9)
    assert facts["candidates"] == len(found.gaps) > len(found.nearest)
    shifted = found.nearest.index[found.nearest.index.str.contains("shifted")]
    every = found.gaps[found.gaps.index.str.contains("shifted")]
    assert len(shifted) == 1 and shifted[0] == every.index[0]
    assert [name for name in found.nearest.index if name.startswith("index ")]


def test_a_market_without_prices_of_the_years_has_no_candidate(market):
    implied = benchmarks.implied_benchmark()
    assert implied.index.tolist() == list(range(2018, 2026))
    with pytest.raises(MissingTable, match="industry_daily: not among"):
        benchmarks.search_benchmark({}, implied)
    late = {"industry_daily": full_market()["industry_daily"].query("date >= '2022-02-01'")}
    with pytest.raises(MissingTable, match="no whole year of 2018 to 2025"):
        benchmarks.search_benchmark(late, implied)
