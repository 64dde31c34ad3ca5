"""What luck, delay and other choices would have made of a rotation; the benchmark search; each strategy alone."""

import numpy as np
import pandas as pd
import pytest

from helpers.backtest import backtest, equal_weight, rebalance_calendar
from helpers.performance import excess_return
from helpers.published.exhibits import s002_rotation
from helpers.rotation import benchmarks, luck
from helpers.rotation.inputs import gather
from helpers.rotation.records import record
from helpers.rotation.strategies import alone, decision_dates, rotate, style_timed_weights, top_weights, trade
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


def by_backtest(traded, prices, weights):
    """Yearly excess, before costs, of weights on the strategy's decisions, by the engine."""
    span = prices.loc[: traded.returns.index[-1]]
    dates = traded.changes.index
    own = backtest(pd.DataFrame(weights, dates, prices.columns), span, lag=1).returns
    base = backtest(equal_weight(span, dates), span, lag=1).returns
    return excess_return(own, base, periods_per_year=YEAR)


def test_chance_portfolios_earn_what_the_backtest_says(inputs, traded):
    prices, held = inputs.prices, traded.weights.loc[traded.changes.index].to_numpy()
    assert luck.own_excess(traded, prices) == pytest.approx(by_backtest(traded, prices, held))
    moved = luck.shifted(traded, prices)
    assert len(moved) == len(held) - 1
    for k in (1, 2, 7, len(held) - 1):
        assert moved[k - 1] == pytest.approx(by_backtest(traded, prices, np.roll(held, k, axis=0)))
    drawn = luck.drawn_afresh(traded, prices, runs=1, seed=5)
    order = np.random.default_rng(5).random((1, len(held), 8)).argsort(axis=2)[0]
    assert drawn[0] == pytest.approx(by_backtest(traded, prices, (order < 3) / 3))


def test_cash_and_industries_without_a_price_are_neither_gain_nor_loss(inputs, decisions):
    prices = inputs.prices.copy()
    prices.loc[:"2021-12-31", prices.columns[-1]] = np.nan
    score = inputs.composite.score.copy()
    score.loc["2021-06-01":"2021-07-15"] = np.nan
    score[prices.columns[-1]] = np.nan
    holes = rotate(score, decisions, prices, **TRADING)
    assert (holes.weights.sum(axis=1) == 0).sum() >= 2
    own = excess_return(holes.gross, holes.benchmark, periods_per_year=YEAR)
    assert luck.own_excess(holes, prices) == pytest.approx(own)
    assert np.isfinite(luck.shifted(holes, prices)).all() and np.isfinite(luck.drawn_afresh(holes, prices, 5)).all()


def test_portfolios_that_hold_everything_earn_the_benchmark_and_nothing_more(inputs, decisions):
    everything = rotate(inputs.composite.score, decisions, inputs.prices, top_n=8, lag=1, cost_bps=0.0)
    for chance in (luck.shifted(everything, inputs.prices), luck.drawn_afresh(everything, inputs.prices, 3)):
        np.testing.assert_allclose(chance, 0, atol=1e-12)


def test_drawn_portfolios_have_no_excess_on_average_and_are_repeatable(inputs, traded):
    drawn = luck.drawn_afresh(traded, inputs.prices, 400)
    assert abs(drawn.mean()) < 4 * drawn.std() / 20
    np.testing.assert_array_equal(drawn, luck.drawn_afresh(traded, inputs.prices, 400))
    half = luck.drawn_afresh(traded, inputs.prices, 400, periods_per_year=YEAR / 2)
    np.testing.assert_allclose((1 + half) ** 2, 1 + drawn)


def test_persistent_portfolios_are_luckier_than_fresh_ones(inputs, decisions):
    """A score that never changes holds the same three throughout: what that earns by chance is wide."""
    still = inputs.composite.score * 0 + np.arange(8.0)
    traded = rotate(still, decisions, inputs.prices, **TRADING)
    moved, drawn = luck.shifted(traded, inputs.prices), luck.drawn_afresh(traded, inputs.prices)
    own = luck.own_excess(traded, inputs.prices)
    np.testing.assert_allclose(moved, own)  # nothing of it is timing
    facts = luck.chance_facts(own, moved, drawn)
    assert facts["shift_p"] == 1 and facts["shifts"] == len(moved) and facts["draws"] == 1_000
    assert facts["draw_p"] == (1 + (drawn >= own - 1e-12).sum()) / 1_001
    assert facts["own"] == own and facts["draw_best"] == pytest.approx(np.quantile(drawn, 0.95))


def test_the_map_of_delay_and_cost_holds_the_record(inputs, traded):
    score, prices = inputs.composite.score, inputs.prices
    table = luck.delay_and_cost(score, traded, prices, top_n=3)
    assert table.index.tolist() == list(luck.COSTS_BPS) and table.columns.tolist() == list(luck.LAGS)
    assert (table.diff().iloc[1:] < 0).all(axis=None)  # each basis point costs something
    assert table.loc[10, 1] == pytest.approx(100 * record(traded)["excess"])
    assert table.loc[0, 1] == pytest.approx(100 * record(traded)["gross_excess"])


def test_the_map_of_choices_holds_the_record(inputs, traded):
    score, prices = inputs.composite.score, inputs.prices
    own = {"top_n": 3, "weeks": 2, "lag": 1, "cost_bps": 10.0}
    table = luck.size_and_pace(score, traded, prices, **own)
    assert table.index.tolist() == [3, 4, 5, 6, 8] and table.columns.tolist() == [1, 2, 3, 4, 6]
    assert table.loc[3, 2] == pytest.approx(100 * record(traded)["excess"])
    odd = luck.size_and_pace(score, traded, prices, **own | {"top_n": 7, "weeks": 5})
    assert odd.index.tolist() == [3, 4, 5, 6, 7, 8] and odd.columns.tolist() == [1, 2, 3, 4, 5, 6]


def test_weekly_decisions_begin_with_the_strategy_and_hold_every_one_of_its_own(inputs, traded):
    weekly = luck.weekly_decisions(traded, inputs.prices)
    assert weekly.iloc[0] == traded.weights.index[0] and set(traded.weights.index) <= set(weekly)
    assert len(weekly) in (2 * len(traded.weights) - 1, 2 * len(traded.weights))


# -- strategies -----------------------------------------------------------------------------------------------------


def test_a_rotation_is_its_top_weights_traded_and_needs_six_decisions(inputs, decisions, traded):
    by_hand = trade(top_weights(inputs.composite.score, decisions, 3), inputs.prices, lag=1, cost_bps=10.0)
    pd.testing.assert_series_equal(traded.returns, by_hand.returns)
    few = inputs.composite.score.loc["2022-05-01":]
    with pytest.raises(MissingTable, match="a score is known on [1-5] of .* decisions, fewer than 6"):
        rotate(few, decisions, inputs.prices, **TRADING)


def test_decisions_end_with_the_prices(inputs):
    prices = inputs.prices
    found = decision_dates(prices, "2021-02-01", 2)
    assert found.equals(rebalance_calendar("2021-02-01", prices.index[-1], weeks=2)["decision"])
    with pytest.raises(MissingTable, match="industry_daily: prices end 2022-06-30, before 2022-07-01"):
        decision_dates(prices, "2022-07-01", 2)


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


def test_the_search_finds_a_planted_benchmark_and_shows_the_best_of_each_large_family(market):
    closes = gather(market, **HOW).prices
    planted = 100 * benchmarks.yearly_returns(benchmarks.equal_weight_returns(closes, "M"))
    found = benchmarks.search_benchmark(market, planted, since="2018-01-01")
    facts = benchmarks.gap_facts(found)
    assert facts["nearest"] == "SW2021_L1, equal, monthly" and facts["largest_gap"] == pytest.approx(0, abs=1e-9)
    assert facts["met"] and facts["shown"] == len(found.nearest) < facts["candidates"] == len(found.gaps)
    assert facts["candidates"] == facts["shifted"] + facts["never"] + facts["indices"] + facts["others"]
    for word in (benchmarks.SHIFTED, benchmarks.NEVER):
        shown = found.nearest.index[found.nearest.index.str.contains(word)]
        every = found.gaps.index[found.gaps.index.str.contains(word)]
        assert shown.tolist() == every[:1].tolist()
    assert facts["indices"] == 4 and facts["daily_gap"] == found.gaps.at["SW2021_L1, equal, daily", "mean_gap"]


@pytest.mark.parametrize("since", ["2018-01-01", "2020-06-01"])
def test_an_equal_weight_left_alone_is_found_whenever_it_was_bought(market, since):
    closes = gather(market, **HOW).prices
    for day in (closes.index[0], closes.loc["2019"].index[-1]):
        if since > "2020" or day == closes.index[0]:
            alone = closes.loc[day:] / closes.loc[day]
            planted = 100 * benchmarks.yearly_returns(alone.mean(axis=1).pct_change().dropna())
            found = benchmarks.search_benchmark(market, planted.loc[2021:], since=since)
            facts = benchmarks.gap_facts(found)
            assert found.gaps.at[f"SW2021_L1, equal, never since {day:%Y-%m-%d}", "largest_gap"] < 1e-9
            assert facts["left_alone_gap"] < 1e-9 < facts["daily_gap"] and facts["met"]


def test_the_mean_of_the_points_takes_a_late_industry_in_without_a_jump():
    days = pd.bdate_range("2020-01-01", periods=4)
    prices = pd.DataFrame(
        {"a": [100.0, 110, 110, 121], "b": [300.0, 300, 330, 330], "c": [np.nan, np.nan, 10, 20]}, days
    )
    returns = benchmarks.points_returns(prices)
    assert returns.tolist() == pytest.approx([0, 410 / 400 - 1, 440 / 410 - 1, 471 / 450 - 1])


def test_a_market_without_prices_of_the_years_has_no_candidate():
    implied = s002_rotation.implied_benchmark()
    assert implied.index.tolist() == list(range(2018, 2026))
    with pytest.raises(MissingTable, match="industry_daily: not among"):
        benchmarks.search_benchmark({}, implied)
    late = {"industry_daily": full_market()["industry_daily"].query("date >= '2022-02-01'")}
    with pytest.raises(MissingTable, match="no whole year of 2018 to 2025"):
        benchmarks.search_benchmark(late, implied)
