"""Errors of means, intervals, resampling, rank correlations: equal to statsmodels, arch, scipy, plain counting."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.bootstrap import CircularBlockBootstrap
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from helpers.inference import (
    annual_mean,
    block_bootstrap_interval,
    block_positions,
    ic_summary,
    mean_test,
    newey_west_lags,
    permutation_p_value,
    proportion_interval,
    rank_ic,
    shuffled_end_means,
)


def persistent(n, seed=4):
    return 0.1 + np.convolve(np.random.default_rng(seed).normal(size=n + 3), np.ones(4), "valid")


def newey_west_by_hand(values, lags):
    """Bartlett-weighted sum of autocovariances, term by term, with the factor n / (n - 1)."""
    n, gap = len(values), values - values.mean()
    long_run = sum(
        (1 - abs(k) / (lags + 1)) * sum(gap[i] * gap[i - abs(k)] for i in range(abs(k), n))
        for k in range(-lags, lags + 1)
    )
    return values.mean() / np.sqrt(long_run / n**2 * n / (n - 1))


@pytest.mark.parametrize("lags", [0, 1, 4, 12])
@pytest.mark.parametrize("n", [20, 320])
def test_the_t_value_is_newey_and_wests(n, lags):
    values = persistent(n)
    options = {"maxlags": lags, "use_correction": True}
    fitted = sm.OLS(values, np.ones(n)).fit(cov_type="HAC", cov_kwds=options)
    found = mean_test(values, lags)
    assert (found["mean"], found["t"]) == pytest.approx((fitted.params[0], fitted.tvalues[0]), rel=1e-12)
    assert found["t"] == pytest.approx(newey_west_by_hand(values, lags), rel=1e-9)


def test_without_lags_it_is_the_textbook_t_and_overlap_makes_it_smaller():
    steps = np.random.default_rng(5).normal(0.1, 1, 400)
    assert mean_test(steps, lags=0)["t"] == pytest.approx(stats.ttest_1samp(steps, 0).statistic)
    summed = pd.Series(steps).rolling(5).sum()
    assert mean_test(summed, lags=4)["t"] < 0.7 * mean_test(summed, lags=0)["t"]
    assert mean_test(summed, lags=4)["n"] == 396  # the missing first values are left out


@pytest.mark.parametrize(("n", "lags"), [(1, 0), (3, 1), (22, 2), (100, 4), (101, 4), (500, 5), (2_000, 7)])
def test_the_default_lags_follow_the_stated_rule(n, lags):
    assert newey_west_lags(n) == lags
    if n >= 3:
        assert mean_test(persistent(n)) == mean_test(persistent(n), lags)


def test_too_few_values_or_none_that_differ_have_no_t():
    assert np.isnan(mean_test([])["mean"]) and mean_test([])["n"] == 0
    two = mean_test([0.1, 0.2])
    assert two["mean"] == pytest.approx(0.15) and two["n"] == 2 and np.isnan(two["t"])
    assert np.isnan(mean_test(np.ones(10))["t"])
    assert mean_test([1.0, 2.0, 4.0], lags=9) == mean_test([1.0, 2.0, 4.0], lags=2)
    with pytest.raises(ValueError, match="lags=-1"):
        mean_test(np.ones(10), lags=-1)


def test_yearly_means_use_the_stated_periods_and_judge_no_handful():
    returns = pd.Series(np.random.default_rng(6).normal(0.001, 0.02, 200))
    found = annual_mean(returns, periods_per_year=51)
    assert found["mean"] == pytest.approx(returns.mean() * 51)
    assert found["volatility"] == pytest.approx(returns.std() * np.sqrt(51))
    assert found["ratio"] == pytest.approx(found["mean"] / found["volatility"])
    assert found["t"] == pytest.approx(mean_test(returns)["t"]) and found["n"] == 200
    assert np.isnan(annual_mean(returns.iloc[:29], 51)["t"]) and np.isfinite(annual_mean(returns.iloc[:30], 51)["t"])


@pytest.mark.parametrize(("hits", "n", "level"), [(0, 5, 0.95), (14, 22, 0.95), (253, 466, 0.9), (7, 7, 0.99)])
def test_the_interval_of_a_share_is_wilsons(hits, n, level):
    low, high = proportion_interval(hits, n, level)
    assert (low, high) == pytest.approx(proportion_confint(hits, n, alpha=1 - level, method="wilson"), abs=1e-12)
    # Wilson's bounds are the shares that the score test just does not reject.
    z = stats.norm.ppf((1 + level) / 2)
    for bound in (low, high):
        assert abs(hits / n - bound) == pytest.approx(z * np.sqrt(bound * (1 - bound) / n), abs=1e-7)


@pytest.mark.parametrize(("hits", "n", "level"), [(1, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_impossible_counts_are_refused(hits, n, level):
    with pytest.raises(ValueError, match="0 <= hits <= n"):
        proportion_interval(hits, n, level)


def test_blocks_keep_neighbours_together_and_are_repeatable():
    drawn = block_positions(50, 5, 20, seed=3)
    assert drawn.shape == (20, 50)
    assert 0.78 < (np.diff(drawn, axis=1) % 50 == 1).mean() < 0.86
    assert (block_positions(50, 5, 20, seed=3) == drawn).all() and (block_positions(50, 5, 20, seed=4) != drawn).any()
    for block in (0, 51):
        with pytest.raises(ValueError, match="between 1 and the 50"):
            block_positions(50, block, 1)


@pytest.mark.parametrize("block", [1, 4, 13, 60])
def test_the_bootstrap_band_is_archs(block):
    values = persistent(60)
    boot = CircularBlockBootstrap(block, values, seed=2)
    low, high = boot.conf_int(np.mean, reps=500, size=0.9, method="percentile")[:, 0]
    assert block_bootstrap_interval(values, block, 0.9, draws=500, seed=2) == pytest.approx((low, high), rel=1e-12)


def test_blocks_of_one_agree_with_the_normal_band_and_blocks_widen_it_for_persistent_values():
    rng = np.random.default_rng(1)
    independent = rng.normal(size=2_000)
    low, high = block_bootstrap_interval(independent, 1)
    half = 1.96 * independent.std() / np.sqrt(2_000)
    assert (high - low) / 2 == pytest.approx(half, rel=0.06)
    assert (low + high) / 2 == pytest.approx(independent.mean(), abs=0.2 * half)
    repeated = np.repeat(rng.normal(size=100), 20)
    widths = [np.ptp(block_bootstrap_interval(repeated, block)) for block in (1, 40)]
    assert widths[1] > 3 * widths[0]


def test_every_resample_has_as_many_values_as_the_data():
    # A constant survives any resampling only if each has exactly n values, also when blocks do not divide n.
    assert block_bootstrap_interval(np.ones(10), 4) == (1.0, 1.0)
    assert block_bootstrap_interval(np.arange(7.0), 7) == (3.0, 3.0)


def test_a_p_value_counts_the_data_as_one_draw_and_ties_as_hits():
    assert permutation_p_value(5.0, np.arange(4.0)) == 1 / 5
    assert permutation_p_value(3.0, np.arange(4.0)) == 2 / 5
    assert permutation_p_value(0.3, np.array([0.1 + 0.2, 0.0])) == 2 / 3  # equal but for the last digits


def test_shuffled_means_approach_the_exact_permutation_distribution():
    values = np.array([0.3, -1.2, 0.9, 2.2, 0.1, 1.4])
    every = np.array([np.mean(p[-2:]) - np.mean(p[:2]) for p in permutations(values)])
    own = abs(values[-2:].mean() - values[:2].mean())
    exact = (np.abs(every) >= own - 1e-12).mean()
    drawn = shuffled_end_means(values, 2, 20_000)
    assert permutation_p_value(own, np.abs(drawn)) == pytest.approx(exact, abs=0.01)
    assert drawn.std() == pytest.approx(every.std(), rel=0.02)


def test_rank_correlation_is_scipys_over_the_assets_that_have_both():
    rng = np.random.default_rng(7)
    factor = pd.DataFrame(rng.normal(size=(6, 12)).round(1))
    forward = pd.DataFrame(rng.normal(size=(6, 12)).round(1))
    factor.iloc[0, :10] = np.nan  # two assets left: no correlation
    forward.iloc[1, 3] = np.nan
    found = rank_ic(factor, forward)
    assert np.isnan(found.iloc[0])
    for day in range(1, 6):
        both = factor.loc[day].notna() & forward.loc[day].notna()
        assert found[day] == pytest.approx(stats.spearmanr(factor.loc[day, both], forward.loc[day, both]).statistic)
    assert ic_summary(factor, forward) == mean_test(found, lags=0)
    assert ic_summary(factor, forward, overlap=1)["t"] == mean_test(found, lags=1)["t"]
