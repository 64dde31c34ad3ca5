"""The four factors: their definitions by hand, what they may know, and that noise earns nothing."""

import numpy as np
import pandas as pd
import pytest

from helpers import factors as fx
from helpers import published
from helpers.backtest import backtest
from helpers.backtest.selection import equal_weight, select_top
from helpers.lookthrough import holding_share

WEEKS = pd.date_range("2021-01-08", periods=60, freq="W-FRI")
NAMES = [f"行业{i:02d}" for i in range(12)]


def holdings(seed=0, weeks=WEEKS):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(np.exp(rng.normal(0, 0.05, (len(weeks), 12)).cumsum(axis=0)) * 1e9, weeks, NAMES)


def state(seed=0, weeks=WEEKS):
    return pd.Series(np.random.default_rng(seed).integers(0, 2, len(weeks)).astype(float), weeks)


def active(seed=0):
    known = pd.date_range("2021-01-22", "2022-03-01", freq="30D")
    weights = np.random.default_rng(seed).dirichlet(np.ones(12), len(known))
    return pd.DataFrame(weights, known, NAMES)


def heat(seed=0):
    return pd.Series(np.random.default_rng(seed).normal(size=15), pd.date_range("2021-01-01", periods=15, freq="MS"))


def all_four(money, size, growth, weights, warm):
    return {
        "flow": fx.factor_flow(money),
        "level": fx.factor_level(money, size),
        "change": fx.factor_change(money, growth),
        "divergence": fx.factor_divergence(money, weights, warm),
    }


def test_every_factor_is_standardised_with_the_sample_deviation():
    for name, factor in all_four(holdings(), state(1), state(2), active(), heat()).items():
        known = factor.dropna(how="all")
        assert len(known) > 40, name
        np.testing.assert_allclose(known.mean(axis=1), 0, atol=1e-12)
        np.testing.assert_allclose(known.std(axis=1, ddof=1), 1, rtol=1e-12)


def test_printed_divergence_is_standardised_the_same_way():
    for case in ("s002_case_flow_20260112", "s002_case_flow_20260126"):
        printed = published.load(case).set_index("industry")[["divergence_factor"]].T.astype(float)
        np.testing.assert_allclose(fx.zscore(printed), printed, atol=0.011)


def test_flow_is_the_change_of_the_share_and_blind_to_the_level_of_money():
    money = holdings()
    share = money.div(money.sum(axis=1), axis=0)
    expected = (share - share.shift(1)).iloc[5]
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(fx.factor_flow(money).iloc[5], expected)
    doubled = money.mul(np.linspace(1, 9, len(money)), axis=0)
    pd.testing.assert_frame_equal(fx.factor_flow(doubled), fx.factor_flow(money), atol=1e-9)


def test_level_and_change_turn_with_their_style():
    money, ones = holdings(), pd.Series(1.0, WEEKS)
    for build in (fx.factor_level, fx.factor_change):
        pd.testing.assert_frame_equal(build(money, ones), -build(money, ones * 0))
    share = holding_share(money)
    pd.testing.assert_frame_equal(fx.factor_level(money, ones), fx.zscore(share))
    pd.testing.assert_frame_equal(fx.factor_change(money, ones, weeks=3), fx.zscore(share.diff(3)))


def test_the_placebo_is_momentum_with_the_sign_of_growth():
    prices, *_ = noise_market(0)
    turned = fx.placebo_change(prices, WEEKS, state(2))
    past = prices.loc[: WEEKS[30]].iloc[-1] / prices.loc[: WEEKS[30]].iloc[-21] - 1
    expected = (past - past.mean()) / past.std() * (2 * state(2).iloc[30] - 1)
    np.testing.assert_allclose(turned.iloc[30], expected)
    later = prices.copy()
    later.loc[later.index > WEEKS[30]] *= np.linspace(0.5, 2, 12)
    changed = fx.placebo_change(later, WEEKS, state(2))
    pd.testing.assert_frame_equal(changed.iloc[:31], turned.iloc[:31])
    assert not changed.iloc[31:].equals(turned.iloc[31:])


def test_what_is_left_of_a_factor_has_nothing_in_common_with_what_was_taken_out():
    one, other = fx.factor_flow(holdings(1)), fx.factor_flow(holdings(2))
    mixed = fx.zscore(one + 2 * other)
    rest = fx.left_over(mixed, other)
    assert rest.iloc[1:].corrwith(other.iloc[1:], axis=1).abs().max() < 1e-9
    assert fx.left_over(2 * other, other).iloc[1:].abs().max(axis=None) < 1e-12
    other.iloc[5] = np.nan
    assert fx.left_over(mixed, other).iloc[5].isna().all()


def test_without_a_recent_style_there_is_no_factor():
    money = holdings()
    old = pd.Series(1.0, WEEKS[:30])
    factor = fx.factor_level(money, old)
    assert factor.iloc[:31].notna().all(axis=None)
    assert factor.iloc[31:].isna().all(axis=None)
    with pytest.raises(ValueError, match="neither 1 nor 0"):
        fx.factor_level(money, old * 2)


def test_divergence_follows_issuance_heat_and_needs_it():
    money, weights = holdings(), active()
    warm = pd.Series(0.3, heat().index)
    hot, cold = (fx.factor_divergence(money, weights, warm * side) for side in (1, -1))
    pd.testing.assert_frame_equal(hot, -cold)
    week = WEEKS[10]
    share = holding_share(money).loc[week]
    expected = share - weights.loc[:week].iloc[-1]
    np.testing.assert_allclose(hot.loc[week], (expected - expected.mean()) / expected.std())
    unknown = fx.factor_divergence(money, weights, warm.where(warm.index < "2021-06-01"))
    assert unknown.loc[:"2021-05-31"].iloc[5:].notna().all(axis=None)
    assert unknown.loc["2021-07-20":].isna().all(axis=None)


def test_an_industry_absent_from_active_funds_has_weight_zero_there():
    money, weights = holdings(), active()
    fewer = weights.drop(columns=NAMES[3])
    filled = fewer.assign(**{NAMES[3]: 0.0})[NAMES]
    pd.testing.assert_frame_equal(
        fx.factor_divergence(money, fewer, heat()), fx.factor_divergence(money, filled, heat())
    )
    with pytest.raises(ValueError, match="no industry name"):
        fx.factor_divergence(money, weights.add_prefix("CITIC "), heat())


def test_the_future_changes_no_factor():
    cut = WEEKS[35]
    inputs = (holdings(), state(1), state(2), active(), heat())
    rng = np.random.default_rng(9)
    changed = []
    for table in inputs:
        other = table.copy()
        late = other.index > cut
        if other.ndim == 1:
            other[late] = rng.permutation(other[late].to_numpy())
        else:
            other[late] *= rng.uniform(0.5, 2, other[late].shape)
        changed.append(other)
    before, after = all_four(*inputs), all_four(*changed)
    for name in before:
        pd.testing.assert_frame_equal(before[name].loc[:cut], after[name].loc[:cut])
        assert not before[name].loc[cut:].iloc[1:].equals(after[name].loc[cut:].iloc[1:]), name
    one, two = (fx.composite(f) for f in (before, after))
    pd.testing.assert_frame_equal(one.score.loc[:cut], two.score.loc[:cut])


def test_composite_averages_what_is_there_and_says_what_is():
    two = {"a": fx.factor_flow(holdings(1)), "b": fx.factor_flow(holdings(2))}
    two["b"].iloc[20:30] = np.nan
    score, available = fx.composite(two)
    np.testing.assert_allclose(score.iloc[10], (two["a"].iloc[10] + two["b"].iloc[10]) / 2)
    np.testing.assert_allclose(score.iloc[25], two["a"].iloc[25])
    assert available["b"].iloc[20:30].any() == np.False_ and available["a"].iloc[1:].all()
    assert fx.composite(two, at_least=2).score.iloc[25].isna().all()
    assert score.iloc[0].isna().all()


def test_composite_does_not_depend_on_column_order_but_refuses_other_industries():
    two = {"a": fx.factor_flow(holdings(1)), "b": fx.factor_flow(holdings(2))}
    turned = {"a": two["a"], "b": two["b"][NAMES[::-1]]}
    pd.testing.assert_frame_equal(fx.composite(two).score, fx.composite(turned).score)
    with pytest.raises(ValueError, match="'b' has other industries"):
        fx.composite({"a": two["a"], "b": two["b"].iloc[:, :5]})
    with pytest.raises(ValueError, match="at least one"):
        fx.composite({})


def test_a_date_without_spread_has_no_factor():
    flat = pd.DataFrame(1e9, WEEKS, NAMES)
    assert fx.factor_flow(flat).isna().all(axis=None)
    assert fx.factor_level(flat, state()).isna().all(axis=None)


def test_rounding_error_is_not_a_signal():
    """Money that only grows, spread in one proportion, changes no share: nothing may be made of the last bits."""
    weights = np.random.default_rng(0).dirichlet(np.ones(12))
    money = pd.DataFrame(np.outer(np.exp(np.linspace(0, 3, 60)) / 7, weights), WEEKS, NAMES)
    assert fx.factor_flow(money).isna().all(axis=None)
    assert fx.factor_change(money, state()).isna().all(axis=None)


def test_holdings_that_make_no_sense_are_refused():
    money = holdings()
    with pytest.raises(ValueError, match="行业04"):
        holding_share(money.assign(行业04=-1.0))
    with pytest.raises(ValueError, match="ascend"):
        fx.factor_flow(money.iloc[::-1])
    with pytest.raises(ValueError, match="periods=0"):
        fx.factor_flow(money, weeks=0)


def test_factor_correlation_is_the_average_across_dates():
    two = {"a": fx.factor_flow(holdings(1)), "b": fx.factor_level(holdings(2), state())}
    matrix = fx.factor_correlation(two)
    by_date = two["a"].iloc[1:].corrwith(two["b"].iloc[1:], axis=1)
    assert matrix.loc["a", "b"] == pytest.approx(by_date.mean(), abs=1e-12)
    assert np.diag(matrix).tolist() == [1, 1]


def noise_market(seed):
    """Holdings, styles, active weights and heat of the right shape; prices that none of them knows."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2021-01-01", "2022-03-31")
    steps = rng.normal(0.0002, 0.01, (len(days), 1)) + rng.normal(0, 0.012, (len(days), 12))
    prices = pd.DataFrame(np.exp(steps.cumsum(axis=0)), days, NAMES)
    # ETF money follows prices, as it does in the world, and adds flows of its own.
    at = prices.reindex(WEEKS, method="ffill")
    flows = np.exp(rng.normal(0, 0.03, at.shape).cumsum(axis=0))
    return prices, at * flows * 1e9, state(seed), state(seed + 500), active(seed), heat(seed)


def test_a_market_of_noise_gives_no_excess():
    excess = []
    for seed in range(20):
        prices, *inputs = noise_market(seed)
        score = fx.composite(all_four(*inputs)).score.iloc[4::2]
        held = backtest(select_top(score, 4), prices)
        base = backtest(equal_weight(prices, score.index), prices)
        excess.append((held.returns - base.returns).mean() * 250)
    error = np.std(excess, ddof=1) / np.sqrt(len(excess))
    assert 0 < error < 0.05
    assert abs(np.mean(excess)) < 3 * error


def test_a_factor_that_sees_next_week_is_found_out_by_the_lag():
    """The null test has power: a score that peeks earns a lot, and nothing once it is delayed."""
    gains = {0: [], 10: []}
    for seed in range(8):
        prices, *_ = noise_market(seed)
        at = prices.index[10:-25:10]
        score = prices.shift(-10).loc[at] / prices.loc[at] - 1
        for delay in gains:
            held = backtest(select_top(score, 4), prices, lag=delay)
            base = backtest(equal_weight(prices, at), prices, lag=delay)
            gains[delay].append((held.returns - base.returns).mean() * 250)
    assert min(gains[0]) > 0.3
    assert abs(np.mean(gains[10])) < 0.15


@pytest.mark.parametrize(("days", "known"), [(0, True), (10, True), (11, False)])
def test_a_style_serves_for_ten_days(days, known):
    day = pd.Timestamp("2021-03-01")
    found = fx.style_sign(pd.Series({day: 1.0}), pd.DatetimeIndex([day + pd.Timedelta(days=days)]))
    assert np.isfinite(found.iloc[0]) == known
