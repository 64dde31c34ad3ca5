"""The report's own tables: holdings, strategies, sectors and the candidates of the benchmark search."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.backtest import period_returns
from helpers.backtest.selection import equal_weight, select_top
from helpers.rotation import benchmarks, report
from helpers.rotation.sectors import SECTORS, sector_mix, sector_of
from helpers.rotation.strategies import style_timed_weights, top_weights, trade
from helpers.tables import MissingTable


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(8)
    days = pd.bdate_range("2019-12-31", "2022-12-30")
    names = [f"i{k:02d}" for k in range(10)]
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.012, (len(days), 10)).cumsum(axis=0)), days, names)
    at = days[5:-20:10]
    return prices, pd.DataFrame(rng.normal(size=(len(at), 10)), at, names)


# -- holdings ------------------------------------------------------------------------------------------------------


def test_holdings_carry_flags_and_both_returns(market):
    prices, scores = market
    weights = select_top(scores, 3)
    table = report.holdings_table(weights, {"score": scores}, prices, last=4)
    assert list(table.columns) == ["decision", "industry", "score", "abs_return", "excess_return"]
    assert len(table) == 12 and (table["score"] == 1).all()
    open_period = table["decision"] == scores.index[-1]
    assert table.loc[open_period, "abs_return"].isna().all() and table.loc[~open_period, "abs_return"].notna().all()
    spread = table["abs_return"] - table["excess_return"]
    assert spread.groupby(table["decision"]).agg(np.ptp).max() < 1e-12


def test_win_rates_count_closed_periods_only(market):
    prices, scores = market
    weights = select_top(scores, 3)
    table = report.industry_win_rates(weights, prices)
    assert table["periods"].sum() == 3 * (len(scores) - 1)
    assert table["win_rate"].between(0, 1).all()
    name = table.index[0]
    earned = period_returns(prices, weights.index)[weights[name] > 0].dropna(how="all")
    won = earned[name] > earned.mean(axis=1)
    assert table.loc[name, "win_rate"] == pytest.approx(won.mean()) and table.loc[name, "periods"] == len(won)


def test_the_printed_returns_are_told_from_returns_one_close_later():
    days = pd.bdate_range("2025-11-20", "2025-12-19")
    prices = pd.DataFrame({"a": np.exp(np.random.default_rng(0).normal(0, 0.03, len(days)).cumsum())}, days)
    printed = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2025-11-24", "2025-12-09"]),
            "period_end": pd.to_datetime(["2025-12-05", "2025-12-19"]),
            "industry": "a",
        }
    )
    # The second period is printed to start a session late; its return still begins where the first one ended.
    bought = pd.to_datetime(["2025-11-21", "2025-12-05"])
    printed["abs_return_pct"] = [
        100 * (prices.at[e, "a"] / prices.at[b, "a"] - 1) for e, b in zip(printed["period_end"], bought, strict=True)
    ]
    table = report.which_close(printed, prices)
    np.testing.assert_allclose(table["from_decision_close"], table["printed"])
    assert (table["from_next_close"] - table["printed"]).abs().min() > 0.1
    with pytest.raises(MissingTable, match="industry_daily: no price over a printed period"):
        report.which_close(printed, prices.rename(columns={"a": "b"}))


@pytest.mark.snapshot
def test_the_report_buys_at_a_close_that_was_over(snapshot_dir):
    from helpers.panels import industry_closes
    from helpers.sources import load_market

    prices = industry_closes(load_market("folder", snapshot_dir)["industry_daily"], "SW2021_L1")
    table = report.which_close(published.load("s002_holdings"), prices)
    gap = {c: (table["printed"] - table[c]).abs().mean() for c in ("from_decision_close", "from_next_close")}
    assert len(table) == 20 and gap["from_decision_close"] < 0.3 < 1.5 < gap["from_next_close"]


# -- strategies ----------------------------------------------------------------------------------------------------


def test_style_timed_splits_the_money_and_falls_back_on_one_half(market):
    _, scores = market
    level, change = scores, -scores
    change.iloc[1::2] = np.nan
    weights = style_timed_weights(level, change, pd.Series(scores.index), 2)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights.iloc[0] > 0).sum() == 4 and weights.iloc[0].max() == 0.25
    assert (weights.iloc[1] > 0).sum() == 2 and weights.iloc[1].max() == 0.5


def test_no_weight_of_a_strategy_and_no_return_moves_when_the_future_changes(market):
    prices, scores = market
    cut, rng = scores.index[40], np.random.default_rng(2)
    late, after = scores.index > cut, prices.index > cut
    other = scores.copy()
    other[late] = rng.normal(size=(late.sum(), 10))
    moved = prices.copy()
    moved[after] *= rng.uniform(0.5, 2, (after.sum(), 10))
    decisions = pd.Series(scores.index)
    for build in (top_weights, lambda s, d, n: style_timed_weights(s.shift(), s, d, n)):
        one, two = build(scores, decisions, 3), build(other, decisions, 3)
        pd.testing.assert_frame_equal(one.loc[:cut], two.loc[:cut], check_exact=True)
        assert not one[late].equals(two[late])
        first, second = trade(one, prices, lag=1, cost_bps=10), trade(two, moved, lag=1, cost_bps=10)
        pd.testing.assert_series_equal(first.returns.loc[:cut], second.returns.loc[:cut], check_exact=True)
        pd.testing.assert_series_equal(first.benchmark.loc[:cut], second.benchmark.loc[:cut], check_exact=True)


def test_trade_ends_where_the_last_signal_is_due_for_replacement(market):
    prices, scores = market
    weights = top_weights(scores, pd.Series(scores.index), 3)
    weights.iloc[:2] = 0
    weights.iloc[-3:] = 0
    traded = trade(weights, prices, lag=1, cost_bps=0)
    row = prices.index.get_loc
    assert traded.returns.index[0] == prices.index[row(scores.index[2]) + 1]
    assert traded.returns.index[-1] == prices.index[row(scores.index[-3]) + 1]
    assert traded.benchmark.index.equals(traded.returns.index)
    with pytest.raises(ValueError, match="hold nothing"):
        trade(weights * 0, prices, lag=1, cost_bps=0)


# -- sectors and benchmarks ----------------------------------------------------------------------------------------


def test_every_industry_of_both_schemes_has_one_sector():
    names = [name for names in SECTORS.values() for name in names.split()]
    assert len(names) == len(set(names)) and len(SECTORS) == 6
    printed = set(published.load("s002_case_flow_20260112")["industry"])
    shenwan = set(published.load("s001_t01_sw_l1_yearly_returns").query("kind == 'industry'")["name"])
    assert printed <= set(sector_of().index) and shenwan <= set(sector_of().index)


def test_sector_mix_keeps_the_whole_and_names_strangers():
    weights = pd.DataFrame([[0.5, 0.3, 0.2]], columns=["电子", "银行", "某行业"])
    mix = sector_mix(weights)
    assert mix.iloc[0].to_dict() == {"technology 科技": 0.5, "financial 金融": 0.3, "other": 0.2}


def test_daily_rebalancing_is_the_mean_of_daily_returns(market):
    prices, _ = market
    returns = benchmarks.equal_weight_returns(prices)
    np.testing.assert_allclose(returns.iloc[1:], prices.pct_change().mean(axis=1).iloc[1:], atol=1e-12)


def test_yearly_rebalancing_is_the_mean_of_yearly_returns(market):
    prices, _ = market
    years = benchmarks.yearly_returns(benchmarks.equal_weight_returns(prices, "Y"))
    ends = prices.groupby(prices.index.year).last()
    np.testing.assert_allclose(years, ends.pct_change().mean(axis=1).loc[2020:2022])


def test_the_search_finds_a_benchmark_that_is_among_the_candidates(market):
    prices, _ = market
    found = benchmarks.candidates({"X": prices}, shifts=range(-3, 4))
    for name in (
        "X, equal, weekly",
        "X, equal, daily, years shifted by 2 sessions",
        "X, median industry",
        "X, mean of the index points",
    ):
        gaps = benchmarks.gaps(found, found.loc[name].dropna())
        assert gaps.index[0] == name and gaps["largest_gap"].iloc[0] < 1e-9
        assert gaps["largest_gap"].iloc[1] > 1e-3


def test_a_half_covered_year_is_no_year(market):
    prices, _ = market
    years = benchmarks.yearly_returns(benchmarks.equal_weight_returns(prices.loc["2020-06-01":]))
    assert list(years.index) == [2021, 2022]
    assert equal_weight(prices, prices.index[:2]).to_numpy().sum() == pytest.approx(2)


def test_a_candidate_that_meets_one_year_does_not_lead_the_list():
    printed_years = pd.Series([10.0, 20.0, 30.0], index=[2018, 2019, 2020])
    found = pd.DataFrame([[10.0, np.nan, np.nan], [12.0, 21.0, 30.0], [15.0, 25.0, 35.0]], ["lucky", "near", "far"])
    found.columns = printed_years.index
    assert list(benchmarks.gaps(found, printed_years).index) == ["near", "far", "lucky"]
