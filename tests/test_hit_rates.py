"""Hit rates look the right way in time, count what they say, and differ from what shuffled weeks give."""

import numpy as np
import pandas as pd
import pytest

from helpers.regimes import realised_style, style_signal
from helpers.regimes.hit_rates import (
    hit_rate,
    long_short_returns,
    outcomes,
    shuffled_hit_rates,
)


def weekly(values):
    return pd.Series(values, index=pd.date_range("2024-01-05", periods=len(values), freq="7D"), dtype=float)


def test_the_next_period_is_the_one_after_the_state():
    state, realised = weekly([1, 1, 0, 0]), weekly([np.nan, 1, 0, 1])
    assert outcomes(state, realised, ahead=0)["hit"].tolist() == [1, 1, 0]
    following = outcomes(state, realised, ahead=1)
    assert following["outcome"].tolist() == [1, 0, 1]
    assert following["hit"].tolist() == [1, 0, 0]
    assert following.index.equals(state.index[:3])


def test_an_earlier_period_and_other_dates_are_refused():
    state = weekly([1, 0, 1])
    with pytest.raises(ValueError, match="0 or more"):
        outcomes(state, state, ahead=-1)
    with pytest.raises(ValueError, match="same dates"):
        outcomes(state, state.iloc[1:])
    with pytest.raises(ValueError, match="no period"):
        hit_rate(weekly([np.nan, 1]), weekly([1, np.nan]), ahead=0)


def test_hit_rate_counts_and_bands():
    rng = np.random.default_rng(0)
    state, realised = weekly(rng.integers(0, 2, 300)), weekly(rng.integers(0, 2, 300))
    found = hit_rate(state, realised, ahead=1)
    hits = (state.to_numpy()[:-1] == realised.to_numpy()[1:]).sum()
    assert (found["n"], found["hits"]) == (299, hits)
    assert found["rate"] == hits / 299
    assert found["wilson_low"] < found["rate"] < found["wilson_high"]
    assert found["block_low"] < found["rate"] < found["block_high"]
    share = realised.to_numpy()[1:].mean()
    assert found["constant"] == pytest.approx(max(share, 1 - share))


def closes():
    rng = np.random.default_rng(5)
    walks = 100 * np.exp(rng.normal(0, 0.02, (400, 2)).cumsum(axis=0))
    return pd.DataFrame(walks, index=weekly(np.zeros(400)).index, columns=["a", "b"])


def test_long_short_earns_the_following_difference_with_the_sign_of_the_state():
    prices = closes().iloc[:4]
    state = weekly([1, 0, np.nan, 1])
    spread = prices.pct_change()["a"] - prices.pct_change()["b"]
    earned = long_short_returns(prices, state)
    assert earned.index.equals(prices.index[1:3])
    np.testing.assert_allclose(earned, [spread.iloc[1], -spread.iloc[2]])


def test_a_return_already_inside_the_state_cannot_be_earned():
    prices = closes()
    with pytest.raises(ValueError, match="at least 1"):
        long_short_returns(prices, weekly([1.0] * 400), ahead=0)
    with pytest.raises(ValueError, match="same dates"):
        long_short_returns(prices, weekly([1.0] * 399))


def test_long_short_earns_the_same_until_the_future_changes():
    prices, changed = closes(), closes()
    changed.iloc[300:, 0] *= 2
    cut = prices.index[299]
    earned = [
        long_short_returns(table, style_signal(table["a"] / table["b"], 100.0)["state"]).loc[:cut]
        for table in (prices, changed)
    ]
    pd.testing.assert_series_equal(*earned)


def test_on_shuffled_changes_the_same_week_is_guessed_and_the_next_is_not():
    prices = closes()
    ratio = prices["a"] / prices["b"]
    found = shuffled_hit_rates(ratio, [100.0, 1_000.0], draws=60)
    means = found.groupby("lamb")[["same", "next"]].mean()
    assert (means["same"] > 0.58).all()
    assert means["next"].to_numpy() == pytest.approx(0.5, abs=0.02)
    assert len(found) == 120


def test_the_unshuffled_rates_come_from_the_same_definition():
    rising = weekly(np.exp(0.01 * np.arange(60)))  # every shuffle of equal steps is the series itself
    found = shuffled_hit_rates(rising, [10.0], draws=2)
    state, realised = style_signal(rising, 10.0)["state"], realised_style(rising)
    assert found["same"].tolist() == [hit_rate(state, realised, 0)["rate"]] * 2
    assert found["next"].tolist() == [hit_rate(state, realised, 1)["rate"]] * 2


def test_shuffles_judge_only_weeks_since_the_given_date():
    prices = closes()
    ratio = prices["a"] / prices["b"]
    since = ratio.index[390]
    shares = shuffled_hit_rates(ratio, [100.0], since=since, draws=5)["same"] * 10
    np.testing.assert_allclose(shares, shares.round())
