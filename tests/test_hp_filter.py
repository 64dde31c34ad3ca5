"""The one-sided filter is the end point of every expanding two-sided solution, and knows nothing later."""

from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.filters.hp_filter import hpfilter

from helpers.hp_filter import (
    cycle_response,
    end_point_weights,
    largest_error,
    one_sided_hp,
    one_sided_hp_sweep,
    two_sided_hp,
)


def walk(length, seed=0, level=1.0):
    """A positive random walk such as a ratio of two indices."""
    return level * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.02, length)))


def expanding_statsmodels(y, lamb, at=None):
    """The definition, literally: solve the two-sided problem on y[:t + 1] and keep the last value."""
    at = range(1, len(y)) if at is None else at
    return np.array([np.asarray(hpfilter(y[: t + 1], lamb)[1])[-1] for t in at])


def exact_end_point(y, lamb):
    """Last unknown of (I + lamb D'D) tau = y by 50-digit elimination of the assembled band matrix."""
    with localcontext() as context:
        context.prec = 50
        n, lam, one = len(y), Decimal(float(lamb)), Decimal(1)
        main, first, second = [one] * n, [Decimal(0)] * n, [Decimal(0)] * n
        for t in range(2, n):
            for i, a in ((t - 2, 1), (t - 1, -2), (t, 1)):
                main[i] += lam * a * a
            first[t - 2] += -2 * lam
            first[t - 1] += -2 * lam
            second[t - 2] += lam
        right = [Decimal(float(value)) for value in y]
        for i in range(n - 1):
            near, far = first[i] / main[i], second[i] / main[i]
            main[i + 1] -= near * first[i]
            right[i + 1] -= near * right[i]
            if i + 2 < n:
                first[i + 1] -= near * second[i]
                main[i + 2] -= far * second[i]
                right[i + 2] -= far * right[i]
        return float(right[-1] / main[-1])


@pytest.mark.parametrize("lamb", [1e-2, 1.0, 100.0, 1_000.0, 129_600.0, 1e7])
def test_equals_statsmodels_on_every_expanding_window(lamb):
    y = walk(160, seed=1)
    np.testing.assert_allclose(one_sided_hp(y, lamb)[1:], expanding_statsmodels(y, lamb), rtol=0, atol=1e-8)


@pytest.mark.parametrize("lamb", [1e-2, 100.0, 1e7])
def test_equals_statsmodels_on_600_points(lamb):
    y, at = walk(600, seed=2), range(9, 600, 10)
    np.testing.assert_allclose(one_sided_hp(y, lamb)[list(at)], expanding_statsmodels(y, lamb, at), rtol=0, atol=1e-8)


@pytest.mark.parametrize("lamb", [1e-10, 1.0, 1e7, 1e10])
def test_keeps_full_precision_over_5000_points_for_any_lambda(lamb):
    y = walk(5_000, seed=3, level=1e3)
    trend = one_sided_hp(y, lamb)
    for t in (2, 3, 1_000, 4_999):
        assert trend[t] == pytest.approx(exact_end_point(y[: t + 1], lamb), rel=1e-12)


def test_the_two_sided_filter_equals_statsmodels_everywhere():
    y = walk(300, seed=4)
    for lamb in (1e-2, 100.0, 1e5):
        expected = np.asarray(hpfilter(y, lamb)[1])
        np.testing.assert_allclose(two_sided_hp(y, lamb), expected, rtol=0, atol=1e-9)
        assert two_sided_hp(y, lamb)[-1] == pytest.approx(one_sided_hp(y, lamb)[-1], abs=1e-9)


def test_the_first_two_points_are_the_data_as_in_statsmodels():
    y = np.array([3.0, 7.0, -2.0])
    assert one_sided_hp(y[:1], 100).tolist() == [3.0]
    assert one_sided_hp(y[:2], 100).tolist() == np.asarray(hpfilter(y[:2], 100)[1]).tolist() == [3.0, 7.0]
    assert one_sided_hp(y, 100)[2] == pytest.approx(np.asarray(hpfilter(y, 100)[1])[2], abs=1e-12)
    assert two_sided_hp(y[:2], 100).tolist() == [3.0, 7.0]


def test_a_changed_future_moves_nothing_before_it():
    y = walk(400, seed=5)
    before = one_sided_hp(y, 1_000.0)
    for cut in (2, 3, 50, 399):
        changed = y.copy()
        changed[cut:] = changed[cut:] * 3 - 5
        np.testing.assert_array_equal(one_sided_hp(changed, 1_000.0)[:cut], before[:cut])
        np.testing.assert_array_equal(
            one_sided_hp_sweep(changed, [1.0, 1e4])[:cut], one_sided_hp_sweep(y, [1.0, 1e4])[:cut]
        )
        assert not np.array_equal(two_sided_hp(changed, 1_000.0)[:cut], two_sided_hp(y, 1_000.0)[:cut])


def test_straight_lines_and_constants_pass_unchanged():
    line = 4.0 - 0.25 * np.arange(200)
    for lamb in (1e-2, 100.0, 1e9):
        np.testing.assert_allclose(one_sided_hp(line, lamb), line, rtol=0, atol=1e-11)
        np.testing.assert_array_equal(one_sided_hp(np.full(50, 2.5), lamb), np.full(50, 2.5))


@settings(max_examples=40, deadline=None)
@given(
    y=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40),
    log_lamb=st.floats(-2, 7),
    scale=st.floats(-50, 50),
    shift=st.floats(-1e3, 1e3),
    slope=st.floats(-10, 10),
)
def test_scaling_shifting_and_tilting_the_data_does_the_same_to_the_trend(y, log_lamb, scale, shift, slope):
    y, lamb = np.array(y), 10.0**log_lamb
    line = shift + slope * np.arange(len(y))
    expected = scale * one_sided_hp(y, lamb) + line
    np.testing.assert_allclose(one_sided_hp(scale * y + line, lamb), expected, rtol=1e-9, atol=1e-7)


def test_small_lambda_follows_the_data_and_large_lambda_the_regression_line():
    y = walk(80, seed=6)
    np.testing.assert_allclose(one_sided_hp(y, 1e-12), y, atol=1e-11)
    time_index = np.arange(80)
    line = np.polyval(np.polyfit(time_index, y, 1), time_index)
    assert one_sided_hp(y, 1e14)[-1] == pytest.approx(line[-1], abs=1e-8)


def test_a_series_comes_back_with_its_index_and_name_and_an_array_as_an_array():
    y = walk(30)
    series = pd.Series(y, index=pd.bdate_range("2020-01-01", periods=30, name="date"), name="ratio")
    for function in (one_sided_hp, two_sided_hp):
        out = function(series, 100.0)
        pd.testing.assert_index_equal(out.index, series.index)
        assert out.name == "ratio"
        np.testing.assert_array_equal(out.to_numpy(), function(y, 100.0))
        assert isinstance(function(y, 100.0), np.ndarray)
    np.testing.assert_array_equal(one_sided_hp(y.tolist(), 100.0), one_sided_hp(y, 100.0))
    np.testing.assert_array_equal(one_sided_hp(series.astype("Float64"), 100), one_sided_hp(y, 100.0))


def test_the_input_is_not_changed():
    y = walk(30)
    copy = y.copy()
    one_sided_hp(y, 10.0)[:] = 0
    two_sided_hp(y[:2], 10.0)[:] = 0
    one_sided_hp_sweep(y, [10.0])[:] = 0
    np.testing.assert_array_equal(y, copy)


def test_integers_are_filtered_as_floats():
    np.testing.assert_array_equal(one_sided_hp([1, 4, 2, 8], 5), one_sided_hp([1.0, 4.0, 2.0, 8.0], 5.0))


@pytest.mark.parametrize("length", [1, 2, 3, 200])
def test_a_sweep_is_one_filter_per_lambda(length):
    y, lambdas = walk(length, seed=7), [1e-2, 100.0, 1e7]
    swept = one_sided_hp_sweep(y, lambdas)
    assert swept.shape == (length, 3)
    for column, lamb in enumerate(lambdas):
        np.testing.assert_allclose(swept[:, column], one_sided_hp(y, lamb), rtol=1e-14)
    framed = one_sided_hp_sweep(pd.Series(y, index=pd.RangeIndex(5, 5 + length)), lambdas)
    assert framed.columns.tolist() == lambdas
    assert framed.index.tolist() == list(range(5, 5 + length))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([], "empty"),
        (np.zeros((3, 2)), "one-dimensional"),
        (pd.DataFrame({"a": [1.0, 2.0]}), "one-dimensional"),
        (1.0, "one-dimensional"),
        ([1.0, np.nan, 2.0], "first at 1"),
        (pd.Series([1.0, 2.0, -np.inf], index=["a", "b", "c"]), "first at c"),
        (pd.Series([1.0, None, 2.0], dtype="Float64"), "first at 1"),
        (np.ma.masked_values([1.0, -9.0, 2.0], -9.0), "first at 1"),
        (["1", "2", "3"], "numeric"),
        ([1.0, 2.0 + 1j], "numeric"),
        ([True, False, True], "numeric"),
        (pd.Series([1.0, 2.0, 3.0], index=["a", "b", "a"]), "repeats a"),
        (pd.Series([1.0, 2.0], index=pd.to_datetime(["2020-01-02", "2020-01-01"])), "not in order"),
    ],
)
def test_unusable_data_are_refused_with_a_reason(y, words):
    for function in (lambda v: one_sided_hp(v, 100.0), lambda v: one_sided_hp_sweep(v, [100.0])):
        with pytest.raises(ValueError, match=words):
            function(y)


@pytest.mark.parametrize("lamb", [0, -1.0, np.nan, np.inf, "100", None, True, 1e-320, 1j])
def test_an_unusable_lambda_is_refused(lamb):
    calls = (
        lambda: one_sided_hp([1.0, 2.0, 3.0], lamb),
        lambda: two_sided_hp([1.0, 2.0, 3.0], lamb),
        lambda: one_sided_hp_sweep([1.0, 2.0, 3.0], [100.0, lamb]),
        lambda: end_point_weights(lamb, 10),
    )
    for call in calls:
        with pytest.raises(ValueError, match="lamb must be a positive finite number"):
            call()


@pytest.mark.parametrize("lambdas", [[], [1.0, 1.0]])
def test_an_empty_or_repeating_sweep_is_refused(lambdas):
    with pytest.raises(ValueError, match="lambdas"):
        one_sided_hp_sweep([1.0, 2.0, 3.0], lambdas)


@pytest.mark.parametrize("lamb", [0.1, 100.0, 1e5])
def test_the_end_point_is_the_weighted_sum_of_what_was_seen(lamb):
    y = walk(120, seed=8)
    for length in (1, 2, 3, 120):
        weights = end_point_weights(lamb, length)
        assert weights.shape == (length,)
        assert one_sided_hp(y, lamb)[length - 1] == pytest.approx(weights @ y[:length][::-1], abs=1e-9)


@pytest.mark.parametrize("lamb", [0.1, 100.0, 1e5])
def test_the_weights_sum_to_one_with_mean_age_zero(lamb):
    weights = end_point_weights(lamb, 400)
    assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert weights @ np.arange(400) == pytest.approx(0.0, abs=1e-7)
    assert weights[0] == weights.max()
    assert weights.min() < 0


@pytest.mark.parametrize("length", [0, -3, 2.5, True, None])
def test_an_unusable_length_is_refused(length):
    with pytest.raises(ValueError, match="length"):
        end_point_weights(100.0, length)


def test_a_steady_cycle_leaves_the_filter_with_the_stated_gain_and_delay():
    lamb, period = 100.0, 26.0
    response = cycle_response(lamb, [period]).loc[period]
    t = np.arange(1_000)
    trend = one_sided_hp(np.cos(2 * np.pi * t / period), lamb)
    expected = response["gain"] * np.cos(2 * np.pi * (t - response["delay"]) / period)
    np.testing.assert_allclose(trend[-200:], expected[-200:], atol=1e-9)
    assert response["delay"] > 0


def test_slow_cycles_pass_and_fast_ones_are_damped():
    gain = cycle_response(100.0, [3.0, 2_000.0])["gain"]
    assert gain.loc[3.0] < 0.25
    assert gain.loc[2_000.0] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("periods", [[], [2.0], [np.nan]])
def test_an_unusable_period_is_refused(periods):
    with pytest.raises(ValueError, match="periods"):
        cycle_response(100.0, periods)


@pytest.mark.parametrize("lamb", [1.0, 100.0, 1e5])
def test_the_largest_error_is_rounding_and_sees_a_wrong_trend(lamb, monkeypatch):
    y = pd.Series(walk(120))
    assert largest_error(y, lamb, every=7) < 1e-8
    monkeypatch.setattr("helpers.hp_filter.one_sided_hp", lambda y, lamb: two_sided_hp(y, lamb))
    assert largest_error(y, lamb, every=7) > 1e-3
