"""Facts of the rotation chapter say what was traded, what was tested and what stands beside it in print."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.backtest import period_returns, rebalance_calendar
from helpers.factors import composite, evaluation, left_over, placebo_change
from helpers.inference import ic_summary, rank_ic
from helpers.panels import as_known
from helpers.performance import monthly_win_rate, yearly_table
from helpers.rotation import facts
from helpers.rotation.inputs import CHANGE, FACTORS, gather
from helpers.rotation.report import excess_by_period, which_close
from helpers.rotation.strategies import rotate
from helpers.tables import MissingTable
from rotation_market import DAYS, HOW, rotation_market

YEAR = 250
TRADING = {"top_n": 3, "lag": 1, "cost_bps": 10.0}


@pytest.fixture(scope="module")
def market():
    return rotation_market()


@pytest.fixture(scope="module")
def inputs(market):
    return gather(market, **HOW, backcast=True)


@pytest.fixture(scope="module")
def decisions():
    return rebalance_calendar("2021-02-01", DAYS[-1], weeks=2)["decision"]


@pytest.fixture(scope="module")
def traded(inputs, decisions):
    return rotate(inputs.composite.score, decisions, inputs.prices, **TRADING)


def test_what_is_judged_are_the_factors_their_mean_and_the_placebo(market, inputs):
    frames = facts.judged_frames(inputs)
    assert list(frames) == [*FACTORS, "composite", "placebo"]
    dates = inputs.factors[CHANGE].dropna(how="all").index
    pd.testing.assert_frame_equal(frames["placebo"], placebo_change(inputs.prices, dates, inputs.growth_state))
    less = gather({k: v for k, v in market.items() if k != "index_daily"}, **HOW)
    assert "placebo" not in facts.judged_frames(less)
    with pytest.raises(MissingTable, match="index_weights"):
        facts.judged_frames(gather({k: v for k, v in market.items() if k != "index_weights"}, **HOW))


def test_strict_labels_are_tested_on_what_they_see(market, decisions):
    labels = market["stock_industry"].assign(start=pd.Timestamp("2021-09-01"))
    late = gather({**market, "stock_industry": labels}, **HOW, backcast=True)
    forward = period_returns(late.prices, decisions)
    found = facts.strict_facts(late, decisions, forward)
    assert found["strict_coverage"] < found["coverage"] == pytest.approx(1)
    score = composite(gather({**market, "stock_industry": labels}, **HOW, backcast=False).factors).score
    own = ic_summary(as_known(score, decisions), forward)
    assert (found["strict_ic"], found["strict_t"]) == (own["mean"], own["t"])
    assert late.strict().backcast is False and late.backcast is True


def test_the_record_of_a_strategy_is_that_of_its_tables(inputs, traded):
    found = facts.traded_facts(traded, inputs.prices, lag=1, periods_per_year=YEAR)
    full = yearly_table(traded.returns, traded.benchmark, periods_per_year=YEAR).loc["full"]
    assert found["earned"] == full["return"] and found["excess"] == full["excess_return"]
    assert found["gross_excess"] > found["excess"] and found["information_ratio"] == full["information_ratio"]
    assert found["won"] == monthly_win_rate(traded.returns, traded.benchmark)
    earned = excess_by_period(traded.weights, inputs.prices, 1)["excess"].dropna()
    plain = earned.mean() / (earned.std() / np.sqrt(len(earned)))
    assert found["t"] == pytest.approx(plain) and found["periods"] == len(earned)
    assert (found["start"], found["end"]) == (traded.returns.index[0], traded.returns.index[-1])


def test_years_stand_beside_the_printed_ones_in_percent(traded):
    ours = yearly_table(traded.returns, traded.benchmark, periods_per_year=YEAR)
    printed = published.load("s002_four_factor_yearly").set_index("period")
    table = facts.beside_printed(ours, printed)
    assert table.columns[-1] == "full" and table.columns[:-1].tolist() == sorted(table.columns[:-1])
    assert table.loc[("return", "computed"), "2021"] == pytest.approx(100 * ours.loc["2021", "return"])
    assert table.loc[("sharpe", "computed"), "full"] == pytest.approx(ours.loc["full", "sharpe"])
    assert table.loc[("return", "printed"), "2025"] == printed.loc["2025", "return_pct"]
    assert len(table) == 16 and np.isnan(table.loc[("return", "computed"), "2025"])


def test_the_largest_t_value_is_named_and_the_placebo_is_not_among_the_strong():
    tests = pd.DataFrame(
        {"ic": [0.02, -0.05, 0.09, np.nan], "ic_t": [1.2, -2.5, 4.0, np.nan], "n": [90, 80, 90, 0]},
        ["flow", "level", "placebo", "empty"],
    )
    assert evaluation.strongest(tests, {"level": "2 level"}) == {
        "best": "2 level",
        "t": -2.5,
        "ic": -0.05,
        "n": 80,
        "strong": "2 level",
    }
    assert evaluation.strongest(tests.drop(index="level"))["strong"] == ""
    assert evaluation.strongest(tests.loc[["placebo", "empty"]]) == {}


def test_beyond_the_placebo_only_what_is_not_in_it_counts():
    rng = np.random.default_rng(0)
    known, own, noise = (pd.DataFrame(rng.normal(size=(150, 30))) for _ in range(3))
    forward = own + known + noise
    mixed = evaluation.beyond_placebo(own + known, known, forward)
    assert (
        mixed["real"] > mixed["fake"] > 0.3 and mixed["rest_t"] > 10 and mixed["alike"] == pytest.approx(0.71, abs=0.03)
    )
    nothing = evaluation.beyond_placebo(
        known + 0.1 * noise.sample(frac=1, axis=1, random_state=0).to_numpy(), known, forward
    )
    assert nothing["real"] > 0.3 and abs(nothing["rest_t"]) < 3
    rest = ic_summary(left_over(own + known, known), forward)
    assert (mixed["rest"], mixed["rest_t"]) == (rest["mean"], rest["t"])


def test_a_share_moved_by_prices_alone_is_found_out(inputs):
    prices = inputs.prices
    weeks = prices.index[::5][60:]
    pushed = prices.loc[weeks].div(prices.loc[weeks].sum(axis=1), axis=0)
    found = evaluation.price_in_share(pushed, prices)
    assert found[4] > 0.9 > found[8] > 0.3
    still = pd.DataFrame(0.125, weeks, prices.columns)
    assert np.isnan(evaluation.price_in_share(still, prices)[4])
    change = pushed.diff(4)
    direct = rank_ic(change, as_known(prices.pct_change(20), change.index)).mean()
    assert found[4] == pytest.approx(direct)


def test_distances_coins_and_sectors_are_counted():
    compared = pd.DataFrame({"printed": [1.0, 2.0], "from_decision_close": [1.1, 2.1], "from_next_close": [0.0, 4.0]})
    assert facts.distance_facts(compared) == {"compared": 2, "at_decision": pytest.approx(0.1), "at_next": 1.5}
    assert facts.distance_facts(which_close(pd.DataFrame(columns=["abs_return_pct", "period_end"]), compared)) == {}
    wins = pd.DataFrame({"periods": [100, 100, 4, 0], "win_rate": [0.61, 0.59, 1.0, np.nan]}, list("abcd"))
    assert facts.coin_facts(wins) == {"held": 3, "outside": 2, "outside_names": "a, c"}
    mix = pd.DataFrame({"x": [1.0, *[0.2] * 6], "y": [0.0, *[0.5] * 6], "z": [0.0, *[0.3] * 6]})
    found = facts.leaning_facts(mix)
    assert (found["first"], found["second"]) == ("y", "z") and found["first_share"] == pytest.approx(0.5)


def test_the_latest_choice_is_that_of_the_last_score(inputs):
    score = inputs.composite.score
    date, table = facts.latest_choice(score, inputs.factors, 3)
    assert date == score.dropna(how="all").index[-1]
    assert table.index.tolist() == score.loc[date].nlargest(3).index.tolist()
    assert table["composite"].is_monotonic_decreasing
    assert table.drop(columns="composite").mean(axis=1).to_numpy() == pytest.approx(table["composite"].to_numpy())
    moved = inputs.factors | {"gone": next(iter(inputs.factors.values())).loc[: date - pd.Timedelta(days=1)]}
    assert "gone" not in facts.latest_choice(score, moved, 3)[1]
