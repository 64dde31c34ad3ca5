"""Hit rates look the right way in time, and their bands agree with other implementations."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from helpers.regimes import realised_style, style_signal
from helpers.regimes.hit_rates import (
    block_bootstrap_interval,
    hit_rate,
    long_short,
    long_short_returns,
    newey_west_mean,
    outcomes,
    shuffled_hit_rates,
    wilson_interval,
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


@pytest.mark.parametrize(("hits", "n", "level"), [(0, 5, 0.95), (14, 22, 0.95), (253, 466, 0.9), (7, 7, 0.99)])
def test_wilson_equals_statsmodels(hits, n, level):
    expected = proportion_confint(hits, n, alpha=1 - level, method="wilson")
    assert wilson_interval(hits, n, level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("hits", "n", "level"), [(1, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_wilson_refuses_impossible_counts(hits, n, level):
    with pytest.raises(ValueError, match="0 <= hits <= n"):
        wilson_interval(hits, n, level)


def test_blocks_of_one_agree_with_the_normal_band_and_blocks_widen_it_for_persistent_values():
    rng = np.random.default_rng(1)
    independent = rng.normal(size=2_000)
    low, high = block_bootstrap_interval(independent, 1)
    half = 1.96 * independent.std() / np.sqrt(2_000)
    assert (high - low) / 2 == pytest.approx(half, rel=0.06)
    assert (low + high) / 2 == pytest.approx(independent.mean(), abs=0.2 * half)
    persistent = np.repeat(rng.normal(size=100), 20)
    widths = [np.ptp(block_bootstrap_interval(persistent, block)) for block in (1, 40)]
    assert widths[1] > 3 * widths[0]


def test_every_resample_has_as_many_values_as_the_data():
    # A constant survives any resampling only if each has exactly n values, also when blocks do not divide n.
    assert block_bootstrap_interval(np.ones(10), 4) == (1.0, 1.0)
    low, high = block_bootstrap_interval(np.arange(7.0), 7)
    assert low == high == 3.0


def test_the_bootstrap_is_repeatable_and_checks_its_block():
    values = np.random.default_rng(2).normal(size=50)
    assert block_bootstrap_interval(values, 5, seed=3) == block_bootstrap_interval(values, 5, seed=3)
    for block in (0, 51):
        with pytest.raises(ValueError, match="block"):
            block_bootstrap_interval(values, block)


@pytest.mark.parametrize("lags", [0, 4, 12])
def test_newey_west_equals_statsmodels(lags):
    rng = np.random.default_rng(4)
    values = 0.1 + np.convolve(rng.normal(size=320), np.ones(4), "valid")
    fitted = sm.OLS(values, np.ones(len(values))).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    assert newey_west_mean(values, lags) == pytest.approx((fitted.params[0], fitted.tvalues[0]), rel=1e-10)


def test_newey_west_without_variation_or_data():
    assert np.isnan(newey_west_mean(np.ones(10))[1])
    for values, lags in (([1.0], None), ([1.0, 2.0], 2)):
        with pytest.raises(ValueError, match="lags"):
            newey_west_mean(np.array(values), lags)


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


def test_long_short_statistics_use_the_stated_periods():
    returns = weekly(np.random.default_rng(6).normal(0.001, 0.02, 200))
    found = long_short(returns, periods_per_year=51)
    assert found["mean"] == pytest.approx(returns.mean() * 51)
    assert found["volatility"] == pytest.approx(returns.std() * np.sqrt(51))
    assert found["ratio"] == pytest.approx(found["mean"] / found["volatility"])
    assert found["t"] == pytest.approx(newey_west_mean(returns)[1])
    assert found["n"] == 200


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
