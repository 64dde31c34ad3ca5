"""The backtest: an independent engine, accounting identities, and what a market does not let one trade."""

import bt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.backtest import backtest


def market(seed=0, sessions=300, assets=7):
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2020-01-01", periods=sessions)
    steps = rng.normal(0.0003, 0.015, (sessions, assets))
    return pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), dates, [f"s{i}" for i in range(assets)])


def picks(prices, seed=0, every=10, held=3, stop=-1):
    rng = np.random.default_rng(seed + 1000)
    dates = prices.index[:stop:every]
    weights = pd.DataFrame(0.0, dates, prices.columns)
    for date in dates:
        weights.loc[date, rng.choice(prices.columns, held, replace=False)] = 1 / held
    return weights


def bt_nav(strategy, prices, **options):
    result = bt.run(bt.Backtest(strategy, prices, integer_positions=False, progress_bar=False, **options))
    return result.prices.iloc[:, 0] / 100


def shifted(weights, prices, lag):
    rows = prices.index.get_indexer(weights.index) + lag
    return weights[rows < len(prices)].set_axis(prices.index[rows[rows < len(prices)]])


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_equals_bt_on_the_same_orders(lag):
    prices = market()
    weights = picks(prices) * np.linspace(0.5, 1, len(picks(prices)))[:, None]
    ours = backtest(weights, prices, lag=lag).nav
    # bt fills at the close of the date it is given, so the lag is put into the dates.
    orders = shifted(weights, prices, lag)
    algos = [
        bt.algos.RunOnDate(*orders.index),
        bt.algos.SelectAll(),
        bt.algos.WeighTarget(orders),
        bt.algos.Rebalance(),
    ]
    theirs = bt_nav(bt.Strategy("s", algos), prices).reindex(ours.index)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_equals_bt_with_fees_when_it_is_sent_the_same_units():
    prices = market(3)
    result = backtest(picks(prices), prices, cost_bps=15)

    class SendUnits(bt.Algo):
        def __call__(self, target):
            orders = result.trades[result.trades["session"] == target.now]
            for order in orders.sort_values("units").itertuples():
                target.transact(order.units * 100, child=order.asset)
            return True

    theirs = bt_nav(
        bt.Strategy("s", [SendUnits()], children=list(prices.columns)),
        prices,
        initial_capital=100.0,
        commissions=lambda quantity, price: abs(quantity) * price * 15e-4,
    )
    np.testing.assert_allclose(result.nav, theirs.reindex(result.nav.index), rtol=1e-10)


def test_the_first_return_comes_after_the_fill():
    prices = market()
    weights = picks(prices).iloc[[2]]
    decided = prices.index.get_loc(weights.index[0])
    result = backtest(weights, prices)
    assert result.fills.loc[0, "session"] == prices.index[decided + 1]
    assert result.returns.index[0] == prices.index[decided + 1] and result.returns.iloc[0] == 0
    held = weights.columns[weights.iloc[0] > 0]
    moves = prices[held].iloc[decided + 2] / prices[held].iloc[decided + 1] - 1
    assert result.returns.iloc[1] == pytest.approx(moves.mean())


def test_a_weekend_decision_trades_on_the_first_session_after_it():
    prices = market()
    friday = prices.index[prices.index.day_of_week == 4][3]
    row = pd.DataFrame(0.2, [friday + pd.Timedelta(days=1)], prices.columns[:5])
    assert backtest(row, prices).fills.loc[0, "session"] == friday + pd.Timedelta(days=3)
    two = pd.concat([row * 0, row.set_axis([friday + pd.Timedelta(days=2)])])
    assert len(backtest(two, prices).fills) == 1
    with pytest.raises(ValueError, match="lag=0 needs decisions on sessions"):
        backtest(row, prices, lag=0)


def test_tomorrow_cannot_change_today():
    prices, cut = market(5), 180
    weights = picks(prices)
    changed = prices.copy()
    changed.iloc[cut:] *= np.random.default_rng(1).uniform(0.5, 2, changed.iloc[cut:].shape)
    later = weights.copy()
    later.loc[later.index >= prices.index[cut]] = later.loc[later.index >= prices.index[cut]].to_numpy()[::-1]
    one = backtest(weights, prices, cost_bps=20).returns
    two = backtest(later, changed, cost_bps=20).returns
    before = one.index < prices.index[cut]
    pd.testing.assert_series_equal(one[before], two[before])
    assert not np.allclose(one[~before], two[~before])


def test_decisions_without_a_session_left_are_pending_and_not_traded():
    prices = market()
    weights = picks(prices, stop=None, every=13)
    last = weights.iloc[[-1]].set_axis([prices.index[-1]])
    result = backtest(pd.concat([weights.iloc[:-1], last]), prices)
    pd.testing.assert_frame_equal(result.pending, last, check_freq=False)
    assert result.fills["decision"].max() == weights.index[-2]
    with pytest.raises(ValueError, match="prices end"):
        backtest(last, prices)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 4))
def test_one_asset_without_cost_earns_the_asset(seed, lag):
    prices = market(seed, sessions=60, assets=2)
    weights = pd.DataFrame({"s0": 1.0, "s1": 0.0}, prices.index[5:50:6])
    result = backtest(weights, prices, lag=lag)
    start = prices.index[5 + lag]
    np.testing.assert_allclose(result.nav, prices.loc[start:, "s0"] / prices.loc[start, "s0"], rtol=1e-12)
    assert result.turnover.iloc[1:].abs().max() < 1e-12


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0, 100), st.floats(0.01, 100))
def test_wealth_falls_as_fees_rise(seed, low, more):
    prices = market(seed, sessions=80)
    weights = picks(prices, seed)
    cheap, dear = (backtest(weights, prices, cost_bps=c) for c in (low, low + more))
    assert (dear.nav <= cheap.nav + 1e-15).all() and dear.nav.iloc[-1] < cheap.nav.iloc[-1]
    np.testing.assert_allclose(cheap.gross_returns, dear.gross_returns, atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_the_order_of_columns_does_not_matter(seed):
    prices = market(seed, sessions=80)
    weights = picks(prices, seed)
    order = np.random.default_rng(seed).permutation(prices.columns)
    one, two = backtest(weights, prices, cost_bps=8), backtest(weights[order], prices[order[::-1]], cost_bps=8)
    np.testing.assert_allclose(one.returns, two.returns, atol=1e-14)
    np.testing.assert_allclose(one.weights, two.weights[one.weights.columns], atol=1e-14)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0, 50), st.floats(0, 0.3), st.sampled_from(["retry", "skip"]))
def test_money_is_conserved_when_assets_come_and_go(seed, cost, gaps, suspended):
    """Units held, valued at last prices, plus cash, plus fees paid, always make up the wealth."""
    prices = market(seed, sessions=80)
    rng = np.random.default_rng(seed)
    holes = prices.mask(rng.random(prices.shape) < gaps)
    holes.iloc[:20, 0] = np.nan
    result = backtest(picks(prices, seed), holes, cost_bps=cost, suspended=suspended)
    trades, last = result.trades, holes.ffill()
    units = trades.pivot_table(index="session", columns="asset", values="units", aggfunc="sum")
    units = units.reindex(index=prices.index, columns=prices.columns).fillna(0).cumsum()
    spent = (trades["money"] + trades["cost"]).groupby(trades["session"]).sum()
    cash = 1 - spent.reindex(prices.index).fillna(0).cumsum()
    wealth = (units * last.fillna(0)).sum(axis=1) + cash
    np.testing.assert_allclose(result.nav, wealth[result.nav.index], rtol=1e-10)
    assert cash.min() > -1e-12
    assert not trades.merge(
        holes.isna().stack().rename("shut").reset_index().set_axis(["session", "asset", "shut"], axis=1)
    )["shut"].any()


def test_fees_are_paid_out_of_what_is_traded():
    prices = market()
    result = backtest(picks(prices), prices, cost_bps=30)
    paid = result.trades.groupby("session")["cost"].sum()
    before = result.trades.groupby("session")["money"].apply(lambda m: m.abs().sum())
    np.testing.assert_allclose(paid, before * 30e-4, rtol=1e-12)
    assert result.fills.loc[0, "cost"] == pytest.approx(30e-4 / (1 + 30e-4))
    np.testing.assert_allclose(
        1 + result.returns[result.fills["session"]],
        (1 + result.gross_returns[result.fills["session"]]) * (1 - result.fills["cost"].to_numpy()),
    )


def test_a_suspended_holding_is_kept_at_its_last_price_and_sold_when_it_reopens():
    prices = market()
    weights = pd.DataFrame(0.0, prices.index[[0, 10, 20]], prices.columns)
    weights.iloc[0, [0, 1]] = 0.5
    weights.iloc[1, [2, 3]] = 0.5
    weights.iloc[2, [4]] = 1.0
    shut = prices.copy()
    shut.iloc[9:15, 0] = np.nan
    result = backtest(weights, shut)
    kept = result.weights.iloc[10]
    assert kept["s0"] > 0.4 and kept["s1"] == 0
    assert kept["s2"] == pytest.approx(kept["s3"]) and kept.sum() == pytest.approx(1)
    resumed = result.fills[result.fills["kind"] == "resumed"]
    assert resumed["session"].tolist() == [prices.index[15]]
    assert result.weights.loc[prices.index[15], "s0"] == 0
    assert result.weights.loc[prices.index[15], ["s2", "s3"]].sum() < 0.6

    skipped = backtest(weights, shut, suspended="skip")
    assert skipped.weights.loc[prices.index[18], "s0"] > 0.4
    assert skipped.weights.loc[prices.index[21], "s0"] == 0
    assert "resumed" not in set(skipped.fills["kind"])


def test_an_asset_suspended_at_the_fill_is_bought_later_with_the_money_kept_for_it():
    prices = market()
    weights = pd.DataFrame(0.0, prices.index[[0, 20]], prices.columns)
    weights.iloc[:, [0, 1]] = 0.5
    shut = prices.copy()
    shut.iloc[:6, 0] = np.nan  # not yet listed
    result = backtest(weights, shut)
    assert result.weights.loc[prices.index[3], "s0"] == 0
    assert result.weights.loc[prices.index[3], "s1"] < 0.6
    assert result.weights.loc[prices.index[6], "s0"] == pytest.approx(0.5, abs=0.05)
    assert backtest(weights, shut, suspended="skip").weights.loc[prices.index[19], "s0"] == 0


def test_a_delisted_holding_becomes_cash_at_its_last_price():
    prices = market()
    weights = pd.DataFrame(0.0, prices.index[[0, 30, 60]], prices.columns)
    weights.iloc[:, [0, 1]] = 0.5
    gone = prices.copy()
    gone.iloc[13:, 0] = np.nan
    result = backtest(weights, gone, delisted={"s0": prices.index[12]}, cost_bps=10)
    assert result.weights.loc[prices.index[12], "s0"] > 0.3
    after = result.weights.loc[prices.index[13] :]
    assert (after["s0"] == 0).all()
    delisting = result.fills[result.fills["kind"] == "delisted"].iloc[0]
    assert delisting["session"] == prices.index[13]
    assert delisting["cost"] == 0 and delisting["turnover"] > 0.3
    assert result.weights.loc[prices.index[31], "s1"] == pytest.approx(0.5)
    # Without the news it stays a holding that cannot be sold.
    stuck = backtest(weights, gone, cost_bps=10)
    assert (stuck.weights.loc[prices.index[13] :, "s0"] > 0).all()
    np.testing.assert_allclose(stuck.nav[:30], result.nav[:30], rtol=1e-12)


def test_an_empty_selection_holds_cash():
    prices = market()
    weights = picks(prices)
    weights.iloc[3] = 0.0
    weights.iloc[4] = np.nan
    result = backtest(weights, prices)
    idle = slice(prices.index[32], prices.index[51])
    assert (result.returns[idle] == 0).all()
    assert (result.weights[prices.index[31] : prices.index[50]].sum(axis=1) == 0).all()
    assert result.turnover[prices.index[31]] == pytest.approx(1)
    assert result.turnover[prices.index[41]] == 0


def test_a_locked_event_that_locks_nothing_equals_the_direct_path():
    """The walked path (something suspended) and the direct one are one arithmetic."""
    prices = market()
    weights = picks(prices.iloc[:, :6])
    extra = prices.copy()
    extra.iloc[5:, 6] = np.nan
    weights = weights.reindex(columns=prices.columns).fillna(0)
    weights.iloc[0, 6] = 1e-300
    np.testing.assert_allclose(
        backtest(weights, extra, cost_bps=12).returns,
        backtest(weights, prices, cost_bps=12).returns,
        atol=1e-12,
    )


def test_fills_at_the_open_earn_the_first_day():
    prices = market()
    rng = np.random.default_rng(2)
    opens = prices.shift(1).bfill() * np.exp(rng.normal(0, 0.005, prices.shape))
    weights = pd.DataFrame({"s0": [1.0, 0.0], "s1": [0.0, 1.0]}, prices.index[[0, 10]])
    result = backtest(weights, prices, opens=opens)
    assert result.returns.iloc[0] == pytest.approx(prices.iloc[1, 0] / opens.iloc[1, 0] - 1)
    assert result.returns.iloc[1] == pytest.approx(prices.iloc[2, 0] / prices.iloc[1, 0] - 1)
    switch = (opens.iloc[11, 0] / prices.iloc[10, 0]) * (prices.iloc[11, 1] / opens.iloc[11, 1])
    assert result.returns[prices.index[11]] == pytest.approx(switch - 1)
    assert result.weights.loc[prices.index[11], "s1"] == pytest.approx(1)
    with pytest.raises(ValueError, match="before the decision"):
        backtest(weights, prices, opens=opens, lag=0)


def test_a_fill_at_an_open_without_trade_waits_for_the_close():
    prices = market()
    opens = prices.copy()
    opens.iloc[1, 0] = np.nan
    weights = pd.DataFrame({"s0": [1.0]}, prices.index[[0]])
    result = backtest(weights, prices, opens=opens)
    assert result.fills["kind"].tolist() == ["order", "resumed"]
    assert result.returns.iloc[0] == 0
    assert result.returns.iloc[1] == pytest.approx(prices.iloc[2, 0] / prices.iloc[1, 0] - 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, p: (w.rename(columns={"s0": "zz"}), p, {}), "first 'zz'"),
        (lambda w, p: (w * 2, p, {}), "sum to 2"),
        (lambda w, p: (w - 0.1, p, {}), "negative"),
        (lambda w, p: (w.iloc[::-1], p, {}), "must ascend"),
        (lambda w, p: (w, p.iloc[[0, 0, *range(1, 300)]], {}), "must ascend"),
        (lambda w, p: (w, p - 500, {}), "zero or below"),
        (lambda w, p: (w, p, {"lag": -1}), "lag=-1"),
        (lambda w, p: (w, p, {"cost_bps": -5}), "cost_bps=-5"),
        (lambda w, p: (w, p, {"suspended": "wait"}), "suspended='wait'"),
        (lambda w, p: (w, p, {"delisted": {"zz": p.index[3]}}), "'zz'"),
        (lambda w, p: (w, p.iloc[20:], {"lag": 0}), "lag=0 needs decisions on sessions"),
    ],
)
def test_what_cannot_be_traded_is_refused_by_name(change, message):
    prices = market()
    weights, prices, options = change(picks(prices), prices)
    with pytest.raises(ValueError, match=message):
        backtest(weights, prices, **options)
