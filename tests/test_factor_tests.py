"""Tests of factors: equal to alphalens on the same input, honest about the day one could trade."""

import warnings

import numpy as np
import pandas as pd
import pytest

from helpers.factors import evaluation as ft
from helpers.inference import rank_ic


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2020-01-01", periods=400)
    names = [f"i{k:02d}" for k in range(20)]
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.015, (400, 20)).cumsum(axis=0)), days, names)
    dates = days[20:360:5]
    ahead = np.log(prices.shift(-5).loc[dates] / prices.loc[dates])
    factor = ahead * 5 + rng.normal(0, 0.2, ahead.shape)
    return factor, prices


@pytest.fixture(scope="module")
def alphalens_data(market):
    from alphalens import performance, utils

    factor, prices = market
    stacked = factor.stack().rename_axis(["date", "asset"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = utils.get_clean_factor_and_forward_returns(stacked, prices, quantiles=5, periods=(5,), max_loss=1)
        ic = performance.factor_information_coefficient(data).iloc[:, 0]
        groups, _ = performance.mean_return_by_quantile(data, by_date=True, demeaned=False)
    return ic, groups.iloc[:, 0].unstack("factor_quantile")


def test_rank_ic_equals_alphalens(market, alphalens_data):
    factor, prices = market
    ours = rank_ic(factor, ft.forward_returns(prices, factor.index, 5, lag=0))
    assert ours.mean() > 0.15
    np.testing.assert_allclose(ours, alphalens_data[0].reindex(ours.index), atol=1e-12)


def test_group_returns_equal_alphalens(market, alphalens_data):
    factor, prices = market
    groups = ft.quantile_returns(factor, ft.forward_returns(prices, factor.index, 5, lag=0))
    theirs = alphalens_data[1].sort_index(axis=1).reindex(groups.index)
    np.testing.assert_allclose(groups, theirs, atol=1e-12)


def test_rank_ic_equals_pandas_spearman_with_ties_and_gaps(market):
    factor, prices = market
    rough = factor.round(1).mask(np.random.default_rng(0).random(factor.shape) < 0.2)
    forward = ft.forward_returns(prices, factor.index, 5)
    expected = [rough.loc[d].corr(forward.loc[d], method="spearman") for d in rough.index]
    np.testing.assert_allclose(rank_ic(rough, forward), expected, atol=1e-12)


def test_forward_returns_start_where_one_can_trade(market):
    _, prices = market
    date = prices.index[50]
    found = ft.forward_returns(prices, [date], 5, lag=1).iloc[0]
    np.testing.assert_allclose(found, prices.iloc[56] / prices.iloc[51] - 1)
    assert ft.forward_returns(prices, prices.index[-6:], 5).isna().all(axis=None)
    weekend = prices.index[prices.index.day_of_week == 4][3] + pd.Timedelta(days=1)
    monday = ft.forward_returns(prices, [weekend], 1).iloc[0]
    row = prices.index.searchsorted(weekend)
    np.testing.assert_allclose(monday, prices.iloc[row + 1] / prices.iloc[row] - 1)
    with pytest.raises(ValueError, match="periods=0"):
        ft.forward_returns(prices, [date], 0)


def test_period_returns_chain_to_the_whole(market):
    _, prices = market
    dates = prices.index[[10, 20, 40, 45]]
    found = ft.period_returns(prices, dates)
    np.testing.assert_allclose((1 + found.iloc[:3]).prod(), prices.iloc[46] / prices.iloc[11])
    assert found.iloc[3].isna().all()


def test_a_planted_signal_decays_and_a_lag_can_lose_it(market):
    factor, prices = market
    decay = ft.ic_decay(factor, prices, range(1, 5), step=5, lag=0)
    assert decay.loc[1, "t"] > 5
    assert (decay.loc[2:, "t"].abs() < 3).all()
    assert ft.ic_decay(factor, prices, [1], step=5, lag=5).loc[1, "t"] < 3


def test_quantiles_are_equal_groups_of_each_date():
    factor = pd.DataFrame(np.random.default_rng(1).normal(size=(10, 30)))
    counts = ft.quantile_of(factor).apply(lambda row: row.value_counts(), axis=1)
    assert (counts == 6).all(axis=None)
    few = pd.DataFrame([[1.0, 2.0, np.nan, np.nan]])
    assert ft.quantile_of(few).isna().all(axis=None)


def test_the_future_changes_no_group(market):
    factor, prices = market
    forward = ft.forward_returns(prices, factor.index, 5)
    cut = factor.index[30]
    moved = pd.concat([factor.loc[:cut], -factor.loc[cut:].iloc[1:]])
    one, two = ft.quantile_returns(factor, forward), ft.quantile_returns(moved, forward)
    pd.testing.assert_frame_equal(one.loc[:cut], two.loc[:cut])
    assert not one.equals(two)


def test_summary_has_one_row_a_factor(market):
    factor, prices = market
    table = ft.summary({"good": factor, "turned": -factor}, prices, factor.index, lag=0)
    assert table.loc["good", "ic_t"] > 5 and table.loc["good", "top_less_bottom_t"] > 3
    assert table.loc["turned", "ic"] == pytest.approx(-table.loc["good", "ic"])
