"""The alternatives do what their names say, fit on the past only, and see nothing later."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from helpers.regimes import style_signal
from helpers.regimes.trend_filters import (
    alternative_states,
    hamilton_score,
    local_level_score,
    momentum_score,
    moving_average_score,
)


def log_walk(length=260, seed=0):
    index = pd.date_range("2018-01-05", periods=length, freq="7D", name="date")
    return pd.Series(np.random.default_rng(seed).normal(0, 0.02, length).cumsum(), index=index, name="log")


SCORES = [momentum_score, moving_average_score, hamilton_score, local_level_score]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("cut", [150, 259])
def test_a_changed_future_moves_no_earlier_score(score, cut):
    y = log_walk()
    changed = y.copy()
    changed.iloc[cut:] += np.linspace(1, -3, len(y) - cut)
    pd.testing.assert_series_equal(score(y).iloc[:cut], score(changed).iloc[:cut], rtol=1e-9)
    pd.testing.assert_series_equal(score(y).iloc[:cut], score(y.iloc[:cut]), rtol=1e-9)
    assert score(y).iloc[:cut].notna().any()


@pytest.mark.parametrize("score", SCORES)
def test_a_score_keeps_the_index_and_is_missing_while_it_cannot_be_known(score):
    y = log_walk()
    found = score(y)
    pd.testing.assert_index_equal(found.index, y.index)
    first = found.first_valid_index()
    assert found.loc[first:].notna().all()
    assert score(y.iloc[:5]).isna().all()


@pytest.mark.parametrize("score", SCORES)
def test_units_do_not_change_a_state(score):
    y = log_walk(seed=2)
    np.testing.assert_array_equal(np.sign(score(y)), np.sign(score(y * 100)))


def test_momentum_and_moving_averages_by_hand():
    y = pd.Series([1.0, 2.0, 4.0, 8.0])
    assert momentum_score(y, 2).tolist()[2:] == [3.0, 6.0]
    assert moving_average_score(y, 1, 2).tolist()[1:] == [0.5, 1.0, 2.0]


def test_hamilton_equals_a_regression_refitted_at_every_date():
    y = log_walk(120, seed=3)
    found = hamilton_score(y, horizon=8, lags=4, minimum=52)
    assert found.first_valid_index() == y.index[8 + 3 + 51]
    for t in (62, 90, 119):
        rows = range(11, t + 1)
        design = sm.add_constant(np.array([[y.iloc[s - 8 - lag] for lag in range(4)] for s in rows]))
        residual = sm.OLS(y.iloc[list(rows)].to_numpy(), design).fit().resid[-1]
        assert found.iloc[t] == pytest.approx(residual, abs=1e-9)


def test_hamilton_survives_a_constant_series():
    flat = hamilton_score(log_walk() * 0 + 3.0)
    assert flat.dropna().abs().max() < 1e-12


def test_the_local_level_reads_the_level_through_noise():
    rng = np.random.default_rng(4)
    index = pd.RangeIndex(400)
    level = pd.Series(rng.normal(0, 0.1, 400).cumsum(), index=index)
    score = local_level_score(level + rng.normal(0, 0.5, 400), train=150)
    assert score.iloc[:150].isna().all()
    direction = (level - level.shift(8)).iloc[150:]
    assert np.corrcoef(score.iloc[150:], direction)[0, 1] > 0.3


def test_the_local_level_of_a_constant_has_no_direction():
    flat = local_level_score(log_walk() * 0 + 1.0)
    assert flat.dropna().abs().max() < 1e-12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda y: momentum_score(y, 0), "periods"),
        (lambda y: momentum_score(y, -1), "periods"),
        (lambda y: momentum_score(y, 1.5), "periods"),
        (lambda y: moving_average_score(y, 26, 4), "fast must be below slow"),
        (lambda y: moving_average_score(y, 0, 4), "fast"),
        (lambda y: hamilton_score(y, horizon=0), "horizon"),
        (lambda y: hamilton_score(y, lags=0), "lags"),
        (lambda y: hamilton_score(y, minimum=5), "minimum"),
        (lambda y: local_level_score(y, train=10), "train"),
    ],
)
def test_an_unusable_parameter_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(log_walk())


def test_the_table_of_alternatives_holds_the_hp_rule_and_states_only():
    ratio = np.exp(log_walk(seed=5))
    states = alternative_states(ratio, 100.0)
    pd.testing.assert_series_equal(states["one-sided HP"], style_signal(ratio, 100.0)["state"], check_names=False)
    assert states.shape == (260, 5)
    assert set(np.unique(states.stack().dropna())) == {0.0, 1.0}
