"""Facts of the rotation chapter say what was traded, what was tested and what stands beside it in print."""

import numpy as np
import pandas as pd
import pytest

from helpers.backtest import period_returns, rebalance_calendar
from helpers.factors import evaluation, left_over, placebo_change
from helpers.inference import ic_summary, rank_ic
from helpers.panels import as_known
from helpers.rotation import facts
from helpers.rotation.inputs import CHANGE, FACTORS, SHORT, gather
from helpers.tables import MissingTable
from rotation_market import DAYS, HOW, rotation_market


@pytest.fixture(scope="module")
def market():
    return rotation_market()


@pytest.fixture(scope="module")
def inputs(market):
    return gather(market, **HOW, backcast=True)


@pytest.fixture(scope="module")
def decisions():
    return rebalance_calendar("2021-02-01", DAYS[-1], weeks=2)["decision"]


def test_what_is_judged_are_the_factors_their_mean_and_the_placebo(market, inputs):
    frames = facts.judged_frames(inputs)
    assert list(frames) == [*FACTORS, "composite", "placebo"]
    dates = inputs.factors[CHANGE].dropna(how="all").index
    pd.testing.assert_frame_equal(frames["placebo"], placebo_change(inputs.prices, dates, inputs.growth_state))
    less = gather({k: v for k, v in market.items() if k != "index_daily"}, **HOW)
    assert "placebo" not in facts.judged_frames(less)
    with pytest.raises(MissingTable, match="index_weights"):
        facts.judged_frames(gather({k: v for k, v in market.items() if k != "index_weights"}, **HOW))


def test_what_a_run_is_fed_with_is_counted_and_named(market, inputs):
    assert facts.fed_facts(inputs) == {"formed": 4, "unformed": [], "thin": [], "one_index": False}
    less = gather({k: v for k, v in market.items() if k != "fund_issuance"}, **HOW)
    assert facts.fed_facts(less)["unformed"] == ["与权益基金的持仓分歧度"]
    assert facts.fed_facts(less)["thin"] == ["fund_issuance"]
    one = market["index_weights"].query("index_code == '000001'")
    assert facts.fed_facts(gather({**market, "index_weights": one}, **HOW))["one_index"]
    none = facts.fed_facts(gather({}, **HOW))
    assert none["formed"] == 0 and none["one_index"] is False and "etf_shares" in none["thin"]


def test_a_factor_is_available_on_the_decisions_that_know_it(inputs, decisions):
    found = facts.available(inputs, decisions)
    assert found.columns.tolist() == list(SHORT.values()) and found.index.tolist() == [2021, 2022]
    known = as_known(inputs.factors[CHANGE], decisions[decisions.dt.year == 2021]).notna().any(axis=1)
    assert found.at[2021, SHORT[CHANGE]] == known.mean()


def test_the_placebo_is_asked_for_only_where_factor_3_is(market, inputs, decisions):
    forward = period_returns(inputs.prices, decisions)
    known = {name: as_known(frame, decisions) for name, frame in facts.judged_frames(inputs).items()}
    found = facts.placebo_facts(inputs, known, forward)
    assert found == evaluation.beyond_placebo(known[CHANGE], known["placebo"], forward)
    assert found["told"] == (abs(found["rest_t"]) > 2)
    less = gather({k: v for k, v in market.items() if k != "index_daily"}, **HOW)
    with pytest.raises(MissingTable, match="index_daily"):
        facts.placebo_facts(less, known, forward)


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
    assert found["weeks_4"] > 0.9 > found["weeks_8"] > 0.3
    still = pd.DataFrame(0.125, weeks, prices.columns)
    assert np.isnan(evaluation.price_in_share(still, prices)["weeks_4"])
    change = pushed.diff(4)
    direct = rank_ic(change, as_known(prices.pct_change(20), change.index)).mean()
    assert found["weeks_4"] == pytest.approx(direct)


def test_distances_coins_and_sectors_are_counted():
    compared = pd.DataFrame({"printed": [1.0, 2.0], "from_decision_close": [1.1, 2.1], "from_next_close": [0.0, 4.0]})
    found = facts.distance_facts(compared)
    assert (found["compared"], found["at_decision"], found["at_next"]) == (2, pytest.approx(0.1), 1.5)
    assert found["early"] and not found["late"] and not found["foreign"]
    other = {"from_next_close": "from_decision_close", "from_decision_close": "from_next_close"}
    swapped = facts.distance_facts(compared.rename(columns=other))
    assert swapped["late"] and not swapped["early"]
    far = facts.distance_facts(compared.assign(printed=[9.0, 9.0]))
    assert far["foreign"] and not far["early"] and not far["late"]
    wins = pd.DataFrame({"periods": [100, 100, 4, 0], "win_rate": [0.61, 0.59, 1.0, np.nan]}, list("abcd"))
    assert facts.coin_facts(wins) == {"held": 3, "outside": 2, "outside_names": ["a", "c"]}
    mix = pd.DataFrame({"x": [1.0, *[0.2] * 6], "y": [0.0, *[0.5] * 6], "z": [0.0, *[0.3] * 6]})
    assert facts.leaning_facts(mix) == {"leaned": ["y (50%)", "z (30%)"]}
    assert facts.leaning_facts(mix[["x"]]) == {"leaned": ["x (20%)"]}


def test_the_latest_choice_is_that_of_the_last_score(inputs):
    score = inputs.composite.score
    date, table = facts.latest_choice(score, inputs.factors, 3)
    assert date == score.dropna(how="all").index[-1]
    assert table.index.tolist() == score.loc[date].nlargest(3).index.tolist()
    assert table["composite"].is_monotonic_decreasing
    assert table.drop(columns="composite").mean(axis=1).to_numpy() == pytest.approx(table["composite"].to_numpy())
    moved = inputs.factors | {"gone": next(iter(inputs.factors.values())).loc[: date - pd.Timedelta(days=1)]}
    assert "gone" not in facts.latest_choice(score, moved, 3)[1]
    assert facts.age_facts(date, inputs.prices)["old"] is False
    assert facts.age_facts(date - pd.Timedelta(days=20), inputs.prices)["old"] is True
