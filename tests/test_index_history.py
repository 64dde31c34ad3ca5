"""What an index did, what state the market was in, what it cost: each as known on its day."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.index_research.history import (
    bases_that_fit,
    closes_of,
    period_returns,
    rolling_excess,
    up_and_down,
    windows,
)
from helpers.index_research.macro import STATES, class_levels, leadership, market_states
from helpers.index_research.stocks import stock_tables
from helpers.index_research.valuation import index_fundamentals, own_history, risk_premium, valuation_table
from stock_market import changed_after, stock_market

DAYS = pd.bdate_range("2018-01-01", "2022-12-30")


def walk(seed: int, names=("a", "b"), vol: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0002, vol, (len(DAYS), len(names)))
    return pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), index=DAYS, columns=list(names))


def with_other_future(frame: pd.DataFrame, date: pd.Timestamp, seed: int = 5) -> pd.DataFrame:
    other = frame.copy()
    later = frame.index > date
    other[later] = frame[later] * np.exp(np.random.default_rng(seed).normal(0, 0.3, frame[later].shape))
    return other


# --- returns of periods ----------------------------------------------------------------------------------------------


def test_a_year_runs_from_the_last_close_before_it_and_since_may_begin_at_the_first_close():
    closes = walk(0)
    periods = pd.DataFrame(
        {
            "index_name": ["a", "a", "nobody"],
            "period_start": pd.Timestamp("2020-01-01"),
            "period_end": pd.Timestamp("2020-12-31"),
        }
    )
    before = period_returns(closes, periods)
    own = closes["a"]
    assert before[0] == pytest.approx(own.loc["2020-12-31"] / own.loc["2019-12-31"] - 1)
    assert np.isnan(before[2])
    first = period_returns(closes, periods, base="first")
    assert first[0] == pytest.approx(own.loc["2020-12-31"] / own.loc["2020-01-01"] - 1)
    with pytest.raises(ValueError, match="before"):
        period_returns(closes, periods, base="middle")


@pytest.mark.parametrize(("start", "end"), [("2017-01-01", "2017-12-31"), ("2022-01-01", "2023-06-30")])
def test_a_period_the_closes_do_not_reach_has_no_return(start, end):
    periods = pd.DataFrame(
        {"index_name": ["a"], "period_start": [pd.Timestamp(start)], "period_end": [pd.Timestamp(end)]}
    )
    assert period_returns(walk(0), periods).isna().all()


@pytest.mark.parametrize("base", ["2019-03-04", "2020-06-01"])
def test_the_base_of_a_printed_return_is_found(base):
    closes = walk(1, ("a", "b", "c"))
    printed = (closes.loc["2022-06-30"] / closes.loc[base] - 1).round(4).to_dict()
    found = bases_that_fit(closes, "2022-06-30", {**printed, "nobody": 0.1})
    assert found.index[0] == pd.Timestamp(base) and found["worst"].iloc[0] < 1e-4
    assert found.index.max() < pd.Timestamp("2022-06-30")


@pytest.mark.snapshot
@pytest.mark.parametrize(
    ("table", "base"),
    [("s001_t05_sse_div_lowvol_yearly", "2020-01-03"), ("s001_t07_zhejiang_soe_yearly", "2019-12-13")],
)
def test_years_are_as_printed_and_the_since_columns_begin_later_than_they_say(snapshot_dir, table, base):
    names = {"沪深300": "000300", "上证指数": "000001", "中证500": "000905", "中证1000": "000852"}
    closes = closes_of(pd.read_parquet(snapshot_dir / "index_daily.parquet"), names)
    printed = published.load(table)
    found = 100 * period_returns(closes, printed)
    dated = printed["period_kind"].isin(["year", "ytd"]) & found.notna()
    assert dated.sum() == 24
    assert (found - printed["return_pct"])[dated].abs().max() < 0.006
    since = printed[printed["period_kind"] == "since"].set_index("index_name")
    fits = bases_that_fit(closes, since["period_end"].iloc[0], (since["return_pct"] / 100).to_dict())
    assert fits.index[0] == pd.Timestamp(base)
    assert fits["worst"].iloc[0] < 6e-5 and fits["worst"].iloc[1] > 1e-3
    assert pd.Timestamp(base) > since["period_start"].iloc[0]


def test_windows_and_rolling_excess_on_a_known_path():
    days = pd.bdate_range("2020-01-01", periods=501)
    closes = pd.DataFrame({"a": 1.001 ** np.arange(501), "b": np.ones(501)}, index=days)
    found = windows(closes, {"day": 1, "year": 250, "long": 600})
    assert found.loc["a", "day"] == pytest.approx(0.001) and found.loc["a", "year"] == pytest.approx(1.001**250 - 1)
    assert found["long"].isna().all()
    row = rolling_excess(closes["a"], closes["b"], 250).iloc[0]
    assert row["windows"] == 251 and row["independent"] == 2 and row["share_ahead"] == 1
    assert row["worst"] == pytest.approx(row["best"])


def test_up_and_down_months_are_told_apart():
    days = pd.bdate_range("2019-01-01", "2022-12-30")
    rng = np.random.default_rng(0)
    moved = rng.normal(0, 0.01, len(days))
    market = pd.Series(np.cumprod(1 + moved), index=days)
    half = pd.Series(np.cumprod(1 + moved / 2), index=days)
    table = up_and_down(half, market)
    assert table.loc[["down", "up"], "n"].sum() == table.loc["all", "n"] == 47
    assert table.loc["up", "capture"] == pytest.approx(0.5, abs=0.03) == table.loc["down", "capture"]
    assert np.isnan(table.loc["all", "capture"])  # a ratio of two means near zero
    assert table.loc["down", "low"] > 0 > table.loc["up", "high"]


# --- states of the market --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("date", ["2020-05-29", "2021-11-15"])
def test_a_state_does_not_see_tomorrow(date):
    date = pd.Timestamp(date)
    market, industries = walk(2, ("m",)), walk(3, tuple("uvwxyz"), 0.015)
    now = market_states(market["m"], industries).loc[:date]
    other = market_states(with_other_future(market, date)["m"], with_other_future(industries, date)).loc[:date]
    pd.testing.assert_frame_equal(now, other)
    assert now["state"].notna().any()


def test_a_calm_climb_is_attack_and_a_fall_is_defence():
    rng = np.random.default_rng(0)
    n = len(DAYS)
    drift = np.where(np.arange(n) < n * 0.6, 0.002, -0.004)
    market = pd.Series(np.exp(np.cumsum(drift + rng.normal(0, 0.004, n))), index=DAYS)
    state = market_states(market, walk(3, tuple("uvwxyz")))["state"]
    assert set(state.dropna()) <= set(STATES)
    turn = DAYS[int(n * 0.6)]
    climb = state.loc[: turn - pd.Timedelta(days=10)].dropna()
    assert (climb == "attack").mean() > 0.6 and (state.loc[turn + pd.Timedelta(days=150) :] == "defence").mean() > 0.95


@pytest.mark.parametrize("lag", [1, 3])
def test_leadership_counts_only_what_could_be_earned_after_the_state(lag):
    classes = walk(4, ("x", "y"))
    months = DAYS.to_series().groupby(DAYS.to_period("M")).last()
    states = pd.Series(np.where(np.arange(len(DAYS)) % 2, "attack", "none"), index=DAYS)
    table = leadership(states, classes, lag=lag)
    # Months in which y wins after the fill, and nothing else: a jump on the state's own day changes nothing.
    jump = classes.copy()
    for day in months:
        jump.loc[day, "x"] *= 1.5
    pd.testing.assert_frame_equal(table, leadership(states, jump, lag=lag))
    assert table["n"].groupby(level="class").sum().nunique() == 1
    both = table["excess"].groupby(level="state").sum()
    assert both.abs().max() < 1e-12


def test_a_class_earns_the_mean_of_its_indices():
    closes = walk(6, ("a", "b", "c"))
    found = class_levels(closes, {"a": "X", "b": "X", "c": "Y"}).pct_change()
    returns = closes.pct_change()
    np.testing.assert_allclose(found["X"].iloc[1:], returns[["a", "b"]].mean(axis=1).iloc[1:])
    np.testing.assert_allclose(found["Y"].iloc[1:], returns["c"].iloc[1:])


# --- valuation -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [300, 700])
def test_a_percentile_is_the_share_of_the_past_not_above_and_sees_no_future(cut):
    rng = np.random.default_rng(0)
    pe = pd.Series(rng.uniform(8, 30, 900), index=pd.bdate_range("2019-01-01", periods=900))
    table = own_history(pe)
    past = pe.iloc[: cut + 1]
    assert table["percentile"].iloc[cut] == pytest.approx((past <= past.iloc[-1]).mean())
    assert table["median"].iloc[cut] == pytest.approx(past.median())
    assert table["percentile"].iloc[:249].isna().all()
    other = pe.copy()
    other.iloc[cut + 1 :] = 1.0
    pd.testing.assert_frame_equal(table.iloc[: cut + 1], own_history(other).iloc[: cut + 1])
    since = own_history(pe, since=pe.index[100], least=100).loc[pe.index[cut]]
    assert since["n"] == cut - 99 and since["percentile"] == pytest.approx((past.iloc[100:] <= past.iloc[-1]).mean())


def test_the_risk_premium_uses_the_last_yield_known():
    days = pd.bdate_range("2020-01-01", periods=5)
    pe = pd.Series([10.0, 10, 20, -5, 10], index=days)
    yields = pd.Series([0.03, 0.02], index=[days[0] - pd.Timedelta(days=9), days[2]])
    assert risk_premium(pe, yields).tolist()[:3] == pytest.approx([0.07, 0.07, 0.03])
    assert np.isnan(risk_premium(pe, yields).iloc[3])
    assert risk_premium(pe, 0.02).iloc[0] == pytest.approx(0.08)


def test_the_table_of_valuations_shows_the_last_day_of_each_index():
    days = pd.bdate_range("2019-01-01", periods=400)
    rng = np.random.default_rng(0)
    rows = [
        pd.DataFrame({"date": days, "index_code": c, "pe_ttm": rng.uniform(8, 20, 400), "pb": np.nan}) for c in "AB"
    ]
    table = valuation_table(pd.concat(rows), bond_yield=0.02)
    last = own_history(rows[0].set_index("date")["pe_ttm"]).iloc[-1]
    assert table.loc["A", "pe_ttm_percentile"] == last["percentile"] and table.loc["A", "n"] == 400
    assert table.loc["A", "risk_premium"] == pytest.approx(1 / last["value"] - 0.02)
    assert "pb" not in table and list(table.index) == ["A", "B"]


# --- fundamentals ----------------------------------------------------------------------------------------------------

MARKET = stock_market(3)
MARKET["stock_fundamental"]["roa"] = MARKET["stock_fundamental"]["roe"] / 2


def weights_of(codes) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frames = [
        pd.DataFrame({"date": d, "index_code": "X", "code": codes, "weight": rng.dirichlet(np.ones(len(codes)))})
        for d in pd.to_datetime(["2021-01-04", "2021-12-01"])
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize("date", ["2021-06-30", "2022-02-28"])
def test_fundamentals_know_reports_from_their_announcement(date):
    date = pd.Timestamp(date)
    stocks = stock_tables(MARKET)
    weights = weights_of(stocks.codes[:10])
    now = index_fundamentals(weights, stocks, pd.DatetimeIndex([date]))
    later = weights.assign(weight=weights["weight"].where(weights["date"] < date, 0.1))
    other = index_fundamentals(later, stock_tables(changed_after(MARKET, date), stocks.codes), pd.DatetimeIndex([date]))
    pd.testing.assert_frame_equal(now, other)
    assert now["covered"].iloc[0] > 0.9
    assert now[["revenue_growth", "profit_growth", "roe"]].notna().all(axis=None)


def test_an_index_of_one_stock_grows_as_the_stock_does():
    stocks, date = stock_tables(MARKET), pd.Timestamp("2022-05-31")
    code = stocks.codes[0]
    weights = pd.DataFrame({"date": [pd.Timestamp("2022-01-04")], "index_code": "X", "code": code, "weight": 1.0})
    row = index_fundamentals(weights, stocks, pd.DatetimeIndex([date])).iloc[0]
    own = MARKET["stock_fundamental"].query("code == @code and announce_date <= @date").sort_values("report_date")
    assert row["revenue_growth"] == pytest.approx(own["revenue"].iloc[-4:].sum() / own["revenue"].iloc[-8:-4].sum() - 1)
    assert row["roe"] == pytest.approx(own["roe"].iloc[-4:].mean()) and row["covered"] == 1
