"""Groups earn what their members earn; a case is judged by what it prints; parts of a change add up."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.backtest.groups import (
    EQUAL,
    group_returns,
    weighted_returns,
    yearly_groups,
    yearly_sides,
)
from helpers.flows import five_groups, split_window
from helpers.flows.board import compare_group_months, put_table
from helpers.flows.cases import case_view, printed_case
from helpers.flows.change_parts import change_parts, variance_shares
from helpers.flows.latest import recent_weeks
from helpers.flows.style_growth import growth_by_style, long_short, style_returns
from helpers.inference import annual_mean
from helpers.performance import performance_table
from helpers.scoreboard import Scoreboard
from helpers.sessions import month_ends, sessions, week_ends

DAYS = sessions("2021-01-04", "2022-12-30")
NAMES = [f"industry {i}" for i in range(10)]


def prices(seed: int = 0, drift: np.ndarray | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.01, (len(DAYS), len(NAMES))) + (0 if drift is None else drift)
    return pd.DataFrame(np.cumprod(1 + returns, axis=0), DAYS, NAMES)


def test_a_group_earns_the_mean_of_its_members_from_the_close_it_was_bought_at():
    closes = prices()
    date = DAYS[50]
    groups = pd.DataFrame([np.repeat([1.0, 2.0], 5)], [date], NAMES)
    returns = group_returns(groups, closes, lag=1, hold=20)
    held = closes.loc[returns.index[-1]] / closes.iloc[51]
    total = (1 + returns).prod()
    assert returns.index[0] == DAYS[52]
    assert total[1.0] == pytest.approx(held.iloc[:5].mean()) and total[2.0] == pytest.approx(held.iloc[5:].mean())
    assert total[EQUAL] == pytest.approx(held.mean())


def test_groups_that_know_the_future_win_and_random_ones_do_not():
    closes, weeks = prices(), week_ends(DAYS)
    ahead = closes.shift(-6) / closes.shift(-1) - 1
    told = group_returns(five_groups(ahead.loc[weeks].dropna(how="all")), closes)
    noise = pd.DataFrame(np.random.default_rng(1).normal(size=(len(weeks), 10)), weeks, NAMES)
    blind = group_returns(five_groups(noise), closes)
    assert annual_mean(told[5.0] - told[1.0], 250)["t"] > 5
    assert abs(annual_mean(blind[5.0] - blind[1.0], 250)["t"]) < 2.5


def test_no_group_return_moves_when_the_future_changes():
    closes, weeks = prices(), week_ends(DAYS)
    signal = five_groups(closes.pct_change(5).loc[weeks].dropna(how="all"))
    cut = DAYS[250]
    changed = closes.copy()
    changed.loc[cut < DAYS] *= np.random.default_rng(2).uniform(0.5, 2, ((cut < DAYS).sum(), 10))
    later = five_groups(changed.pct_change(5).loc[weeks].dropna(how="all"))
    before, after = group_returns(signal, closes), group_returns(later, changed)
    pd.testing.assert_frame_equal(before.loc[:cut], after.loc[:cut], check_exact=True)


def test_tables_have_the_printed_columns_and_definitions():
    closes = prices(drift=np.linspace(-4e-4, 4e-4, 10))
    groups = pd.DataFrame([np.repeat(np.arange(1.0, 6), 2)] * len(week_ends(DAYS)), week_ends(DAYS), NAMES)
    returns = group_returns(groups, closes)
    table = performance_table(returns)
    assert list(table.columns) == list(published.load("s002_flow_groups_perf").columns[1:])
    assert table["sharpe"].tolist() == pytest.approx(
        (table["annualised_return_pct"] / table["annualised_vol_pct"]).tolist()
    )
    years = yearly_groups(returns, 5.0, 1.0)
    part = returns.loc["2022"]
    total = (1 + part).prod()
    assert years.at[2022, "excess_return_pct"] == pytest.approx(100 * (total[5.0] / total[EQUAL] - 1))
    assert years.at[2022, "long_short_return_pct"] == pytest.approx(100 * ((1 + part[5.0] - part[1.0]).prod() - 1))
    sides = yearly_sides(returns, {"up": 5.0})
    assert sides.loc[(2022, "up"), "return_pct"] == pytest.approx(100 * (total[5.0] - 1))


def test_weights_of_zero_hold_nothing():
    weights = pd.DataFrame(0.0, month_ends(DAYS)[:3], NAMES)
    weights.iloc[1, :2] = 0.5
    returns = weighted_returns(weights, prices(), hold=35)
    months = returns.index.to_period("M")
    assert (returns[months == "2021-02"].iloc[1:] == 0).all() and (returns[months == "2021-03"] != 0).sum() > 10


def test_the_printed_cases_are_not_significant():
    expected = {"20260112": (0.24, 0.03), "20260126": (-0.26, 0.19)}  # published/CHECKS.md, K5
    for stamp, rho in expected.items():
        case = case_view(*printed_case(published.load(f"s002_case_flow_{stamp}")))
        assert case.correlations["rho"].round(2).tolist() == list(rho)
        assert (case.correlations["p"] > 0.05).all() and (case.means["p"] > 0.05).all()
        assert case.verdict.startswith("Neither signal is significant")


def test_a_strong_case_is_called_significant_and_a_tiny_one_is_not_judged():
    names = [f"i{k}" for k in range(30)]
    after = pd.Series(np.arange(30.0), names)
    noisy = after + np.random.default_rng(0).normal(0, 3, 30)
    signals = pd.DataFrame({"a": noisy, "b": after.sample(frac=1, random_state=3).to_numpy()}, names)
    assert case_view(signals, after).verdict == "Significant at 5%: a; b not."
    assert case_view(signals.iloc[:5], after).verdict == "Too few industries to judge."


def test_the_parts_of_a_change_add_up_and_name_their_cause():
    weeks = week_ends(DAYS)[:6]
    tables = {d: pd.DataFrame([[0.8, 0.2], [0.1, 0.9]], ["a", "b"], ["x", "y"]) for d in weeks}
    tables[weeks[-1]] = tables[weeks[-1]].iloc[::-1].set_axis(["a", "b"])  # new weights in the last week
    look = lambda amounts: pd.DataFrame({d: row.fillna(0) @ tables[d] for d, row in amounts.iterrows()}).T  # noqa: E731
    sizes = pd.DataFrame({"a": [100.0, 150, 150, 165, 165, 165], "b": [100.0, 100, 100, 100, 100, 100]}, weeks)
    flows = pd.DataFrame({"a": [np.nan, 50, 0, 0, 0, 0], "b": [np.nan, 0, 0, 0, 0, 0.0]}, weeks)
    parts = change_parts(sizes, flows, look)
    held = look(sizes)
    np.testing.assert_allclose(parts["change"], held.div(held.sum(axis=1), axis=0).diff().iloc[1:], atol=1e-15)
    moved = {name: part.abs().max(axis=1).gt(1e-12).tolist() for name, part in parts.items()}
    assert moved["money"] == [True, False, False, False, False]
    assert moved["fund prices"] == [False, False, True, False, False]
    assert moved["new weights"] == [False, False, False, False, True]
    assert variance_shares(parts).sum().tolist() == pytest.approx([1, 1, 1])


def test_recent_weeks_stop_at_a_hole():
    days = DAYS[:30].append(DAYS[120:150])
    weeks = recent_weeks(pd.DataFrame({"date": days}), 8)
    assert weeks[0] > DAYS[119] and weeks[-1] == DAYS[149]


def test_the_largest_false_flow_is_the_one_shown():
    days = pd.DataFrame(
        {
            "date": list(DAYS[:4]) * 2,
            "code": ["a"] * 4 + ["b"] * 4,
            "shares": [10.0, 10, 20, 20, 100, 100, 300, 300],
            "before": [np.nan, 10, 10, 20, np.nan, 100, 100, 300],
            "value": 1.0,
            "status": ["first", "flow", "split", "flow"] * 2,
            "flow": [np.nan, 0, 0, 0] * 2,
        }
    )
    nothing = pd.DataFrame({"date": [], "code": [], "status": [], "would_be": []})
    code, when, table = split_window(days, nothing)
    assert (code, when) == ("b", DAYS[2]) and table.loc[when, "claimed"] == 200 and table.loc[when, "kept"] == 0
    assert split_window(days.assign(status="flow"), nothing) is None


def test_group_months_count_only_computed_months_and_mark_inconsistent_ones():
    printed = published.load("s002_marginal_groups_2025").rename(columns={"marginal_change_group": "group"})
    ours = printed.pivot(index="month", columns="industry", values="group")
    ours.index = pd.to_datetime(ours.index) + pd.offsets.MonthEnd(0)
    table = compare_group_months(printed, ours.iloc[:10]).set_index("month")
    assert (table["same"].iloc[:10] == 30).all() and np.isnan(table["same"].iloc[10])
    assert table.loc["2025-10", "check"] == "E3.10" and table.loc["2025-09", "check"] == ""
    assert compare_group_months(printed, None)["same"].isna().all()


def test_a_table_goes_on_the_board_cell_by_cell():
    board = Scoreboard("05_etf_flows")
    printed = pd.DataFrame({"x_pct": [1.0, 2.0], "sharpe": [0.1, 0.2]}, ["a", "b"])
    ours = pd.DataFrame({"x_pct": [1.2], "sharpe": [0.9]}, ["a"])
    put_table(board, "S002 t", printed, ours, lacks=["etf_shares"])
    assert board.frame()["verdict"].tolist() == ["match", "differs", "not computable", "not computable"]


def test_a_style_is_chosen_by_the_trait_of_the_month_before():
    closes = prices()
    trait = closes.pct_change(20)
    spread = long_short(closes, trait)
    months = closes.loc[month_ends(DAYS)]
    order = trait.loc[months.index[4]].sort_values().index
    gain = months.iloc[5] / months.iloc[4] - 1
    assert spread.iloc[5] == pytest.approx(gain[order[-3:]].mean() - gain[order[:3]].mean())
    later = trait.copy()
    later.loc[later.index > months.index[4]] = 1.0
    assert long_short(closes, later).iloc[5] == spread.iloc[5]


def test_unit_growth_is_split_by_the_sign_of_the_style():
    months = pd.period_range("2020-01", periods=24, freq="M")
    style = pd.DataFrame({"市值": np.tile([0.1, -0.1], 12), "Beta": 1.0}, months)
    growth = pd.Series(np.tile([0.03, 0.01], 12) + np.linspace(0, 1e-4, 24), months)
    table = growth_by_style(growth, style)
    assert table.index.tolist() == ["市值"]  # a style that never falls is left out
    assert table.loc["市值", ["down_pct", "up_pct"]].round(1).tolist() == [1.0, 3.0] and table.loc["市值", "p"] < 1e-6


def test_styles_are_built_from_what_is_there():
    closes = [prices(k).iloc[:, k] for k in (0, 1)]
    rows = [{"date": DAYS, "index_code": c, "close": p} for c, p in zip(["000300", "000852"], closes, strict=True)]
    index = pd.concat([pd.DataFrame(row) for row in rows])
    returns, how = style_returns(index, prices())
    assert set(how.index) == {"市值", "动量", "长期反转", "波动率", "Beta"} and "成长" not in returns
    assert style_returns(None, None)[0].empty
