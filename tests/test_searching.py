"""The search, counted: right under the null, strict about choices, equal to arch, formulas as published."""

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import StepM
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from helpers.inference import (
    deflated_sharpe,
    detectable,
    minimum_track_record,
    search,
    sharpe_moments,
    studentised_interval,
)
from helpers.inference.sharpe import expected_best, sharpe_probability


def family(seed, n=200, k=12, alike=0.7, memory=0.0):
    """Choices that are alike and have no premium."""
    rng = np.random.default_rng(seed)
    noise = alike * rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    for row in range(1, n):
        noise[row] += memory * noise[row - 1]
    return pd.DataFrame(noise)


def test_without_a_premium_luck_is_called_skill_at_the_stated_rate():
    runs = 120
    found = sum(search(family(s), draws=300, arch_draws=0, seed=s).table["adjusted"].min() <= 0.05 for s in range(runs))
    assert binom.ppf(0.001, runs, 0.05) <= found <= binom.ppf(0.999, runs, 0.05)


def test_a_premium_is_found_as_often_as_its_power_says():
    null = [search(family(s), draws=300, arch_draws=0, seed=s) for s in range(60)]
    size = float(np.median([detectable(one, 3) for one in null]))
    hits = 0
    for seed in range(60):
        values = family(seed + 1_000)
        values[3] += size
        hits += search(values, draws=300, arch_draws=0, seed=seed).table.at[3, "adjusted"] <= 0.05
    assert binom.ppf(0.001, 60, 0.7) <= hits <= binom.ppf(0.9995, 60, 0.9)


@pytest.mark.parametrize(("memory", "n"), [(0.0, 50), (0.2, 50), (0.2, 250)])
def test_an_interval_covers_as_often_as_it_says(memory, n):
    runs, block = 150, 4 if n == 50 else 8
    inside = 0
    for seed in range(runs):
        values = family(seed, n=n, k=1, memory=memory)[0] + 1.0
        _, low, high = studentised_interval(values, block, draws=300, seed=seed)
        inside += low <= 1.0 <= high
    assert binom.ppf(0.0005, runs, 0.95) <= inside


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 12))
def test_more_choices_never_make_a_choice_look_better(seed, k, block):
    values = family(seed, n=60, k=9)
    few = search(values.iloc[:, :k], block=block, draws=200, arch_draws=0).table["adjusted"]
    many = search(values, block=block, draws=200, arch_draws=0).table["adjusted"]
    alone = search(values, block=block, draws=200, arch_draws=0).table["p"]
    assert (many.loc[few.index] >= few - 1e-12).all()
    assert (many >= alone - 1e-12).all()


def test_what_is_kept_is_what_stepm_of_arch_keeps():
    values = family(5, n=300, k=10)
    values[2] += 0.5
    values[7] += 0.45
    found = search(values, draws=2_000, arch_draws=0)
    steps = StepM(np.zeros(300), -values, size=0.05, block_size=8, reps=1_000, bootstrap="circular", seed=1)
    steps.compute()
    assert set(found.survivors) == set(steps.superior_models) == {2, 7}


def test_no_choice_good_and_one_good_are_told_by_both_tests_of_arch():
    nothing = search(family(3))
    assert nothing.reality_check > 0.05 and nothing.spa > 0.05
    values = family(3)
    values[0] += 1.0
    something = search(values)
    assert 0 < something.reality_check < 0.02 and 0 < something.spa < 0.02


def test_a_choice_without_variation_is_no_evidence():
    values = family(2)
    values[1] = 0.0
    found = search(values, draws=200)
    assert found.table.at[1, "t"] == 0 and found.table.at[1, "adjusted"] > 0.5


def test_what_cannot_be_compared_is_refused():
    values = family(1)
    values.loc[3, 4] = np.nan
    with pytest.raises(ValueError, match="choice 4 has periods without a value"):
        search(values)
    with pytest.raises(ValueError, match="20 periods are too few"):
        search(family(1, n=20))


def test_the_published_examples_of_the_sharpe_formulas():
    # Bailey and Lopez de Prado (2012): a hedge fund index of 24 months, and its normal twin
    assert sharpe_probability(0.458, 24, -2.448, 10.164) == pytest.approx(0.913, abs=5e-4)
    assert sharpe_probability(0.458, 24) == pytest.approx(0.982, abs=5e-4)
    # Bailey and Lopez de Prado (2014): 100 trials, variance 1/2 a year, daily data of 5 years
    best = expected_best(0.5 / 250, 100)
    assert best == pytest.approx(0.1132, abs=5e-5)
    told = sharpe_probability(2.5 / 250**0.5, 1250, -3, 10, target=best)
    assert told == pytest.approx(0.9004, abs=5e-5)


def test_the_record_needed_is_the_one_at_which_the_probability_reaches_the_level():
    for sharpe, skew, kurt in ((0.06, 0.0, 3.0), (0.2, -1.0, 6.0), (0.5, 0.5, 4.0)):
        n = minimum_track_record(sharpe, skew, kurt)
        assert sharpe_probability(sharpe, n, skew, kurt) == pytest.approx(0.975)
    assert minimum_track_record(-0.1) == np.inf
    assert minimum_track_record(0.41 / 50**0.5) / 50 == pytest.approx(22.9, abs=0.05)


def test_the_best_of_worthless_choices_is_as_good_as_expected():
    ratios = np.random.default_rng(0).normal(0, 0.1, (4_000, 50)).max(axis=1)
    assert expected_best(0.01, 50) == pytest.approx(ratios.mean(), abs=4 * ratios.std() / 4_000**0.5 + 0.003)
    assert expected_best(0.01, 1) == 0.0


def test_the_error_of_a_ratio_is_that_of_a_simulation():
    rng = np.random.default_rng(1)
    draws = rng.gamma(4.0, 1.0, (4_000, 120)) / 2 - 1.9  # skewed: mean 0.1, deviation 1
    ratios = draws.mean(axis=1) / draws.std(axis=1, ddof=1)
    moments = sharpe_moments(rng.gamma(4.0, 1.0, 400_000) / 2 - 1.9)
    said = (ratios.std() * 119**0.5) ** 2
    shape = 1 - moments["skew"] * moments["sharpe"] + (moments["kurt"] - 1) / 4 * moments["sharpe"] ** 2
    assert shape == pytest.approx(said, rel=0.08)
    assert norm.cdf(0) == sharpe_probability(0.1, 120, target=0.1)


def test_a_deflated_ratio_falls_with_every_choice_that_differs():
    returns = family(0)[0] + 0.15
    tried = np.random.default_rng(0).normal(0, 0.1, 200)
    few, many = deflated_sharpe(returns, tried[:3])["deflated"], deflated_sharpe(returns, tried)["deflated"]
    assert many < few
    assert deflated_sharpe(returns, tried[:1])["best_by_luck"] == 0.0
