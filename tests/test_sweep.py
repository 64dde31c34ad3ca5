"""A sweep is many backtests, no more."""

import numpy as np
import pandas as pd
import pytest

from helpers import performance as pf
from helpers.backtest import backtest
from helpers.backtest.selection import equal_weight, select_top
from helpers.backtest.sweep import sweep


@pytest.fixture
def market():
    rng = np.random.default_rng(4)
    dates = pd.bdate_range("2020-01-01", periods=240)
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.01, (240, 8)).cumsum(axis=0)), dates, list("abcdefgh"))
    signal = pd.DataFrame(rng.normal(size=(48, 8)), dates[::5], prices.columns)
    return signal, prices, prices.pct_change().fillna(0).mean(axis=1)


def test_each_row_equals_its_own_backtest(market):
    signal, prices, base = market
    grid = {"top_n": [2, 4], "every": [1, 2], "offset": [0, 1], "lag": [0, 2], "cost_bps": [0, 10]}
    table = sweep(signal, prices, grid, benchmark=base, periods_per_year=250)
    assert len(table) == 32
    for row in table.sample(8, random_state=1).itertuples():
        weights = select_top(signal, row.top_n).iloc[row.offset :: row.every]
        one = backtest(weights, prices, lag=row.lag, cost_bps=row.cost_bps)
        assert row.sharpe == pytest.approx(pf.sharpe_ratio(one.returns, periods_per_year=250))
        ratio = pf.information_ratio(one.returns, base, periods_per_year=250)
        assert row.information_ratio == pytest.approx(ratio)
        assert row.turnover == pytest.approx(one.turnover.sum() / len(one.returns) * 250)


def test_without_a_benchmark_each_set_is_measured_against_equal_weight_on_its_own_days(market):
    signal, prices, _ = market
    grid = {"top_n": [2, 8], "every": [1, 3], "offset": [0, 1], "lag": [0, 2]}
    for row in sweep(signal, prices, grid, periods_per_year=250).itertuples():
        dates = signal.index[row.offset :: row.every]
        base = backtest(equal_weight(prices, dates), prices, lag=row.lag).returns
        one = backtest(select_top(signal, row.top_n).loc[dates], prices, lag=row.lag).returns
        assert row.excess_return == pytest.approx(pf.excess_return(one, base, periods_per_year=250))
        assert row.top_n < 8 or row.excess_return == pytest.approx(0, abs=1e-12)


def test_signals_are_chosen_by_name(market):
    signal, prices, base = market
    sets = [{"signal": "plain"}, {"signal": "turned"}]
    table = sweep({"plain": signal, "turned": -signal}, prices, sets, benchmark=base, periods_per_year=250)
    assert table["return"].nunique() == 2
    with pytest.raises(ValueError, match="unknown signal 'other'"):
        sweep({"plain": signal}, prices, [{"signal": "other"}], benchmark=base, periods_per_year=250)


def test_an_unknown_parameter_is_refused(market):
    signal, prices, base = market
    with pytest.raises(ValueError, match="unknown parameter 'weeks'"):
        sweep(signal, prices, {"weeks": [2]}, benchmark=base, periods_per_year=250)
