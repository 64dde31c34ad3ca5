"""Yearly industry returns, shares beating a benchmark, and whether rankings last."""

import numpy as np
import pandas as pd
import pytest

from helpers import industry_years as iy
from helpers import published
from helpers.panels import industry_closes
from helpers.sessions import sessions


@pytest.fixture(scope="module")
def closes():
    """Six industries with drifting prices, 2019-12 to 2024-06."""
    days = sessions("2019-12-02", "2024-06-28")
    steps = np.random.default_rng(4).normal(0.0003, 0.012, (len(days), 6))
    return pd.DataFrame(np.exp(steps.cumsum(0)) * 1000, index=days, columns=list("abcdef"))


def test_a_year_runs_from_last_close_to_last_close(closes):
    returns = iy.yearly_returns(closes)
    by_hand = closes.loc["2021-12-31", "c"] / closes.loc["2020-12-31", "c"] - 1
    assert returns.loc[2021, "c"] == pytest.approx(by_hand, abs=1e-15)


def test_the_year_under_way_is_not_shown_as_a_year(closes):
    assert list(iy.yearly_returns(closes).index) == [2020, 2021, 2022, 2023]


def test_a_year_without_its_last_session_is_left_out(closes):
    assert 2023 not in iy.yearly_returns(closes.loc[:"2023-12-28"]).index
    assert 2023 in iy.yearly_returns(closes.loc[:"2023-12-29"]).index


def test_a_year_whose_december_is_missing_is_left_out_and_so_is_the_next(closes):
    holed = closes[(closes.index < "2021-12-01") | (closes.index > "2022-01-10")]
    assert list(iy.yearly_returns(holed).index) == [2020, 2023]


def test_later_prices_do_not_change_earlier_years(closes):
    changed = closes.copy()
    changed.loc["2023-01-01":] *= 7.0
    pd.testing.assert_frame_equal(iy.yearly_returns(changed).loc[:2022], iy.yearly_returns(closes).loc[:2022])


CODES = {"沪深300": "000300", "中证全指": "000985"}


def long_closes(**lines):
    """``index_daily`` with the given closes, by name of the benchmark."""
    parts = [v.rename("close").rename_axis("date").reset_index().assign(index_code=CODES[k]) for k, v in lines.items()]
    return pd.concat(parts, ignore_index=True)


def test_a_benchmark_the_table_lacks_is_an_empty_column(closes):
    daily = long_closes(沪深300=closes["a"])
    table = iy.benchmark_years(iy.benchmark_closes(daily, CODES))
    assert table["沪深300"].tolist() == iy.yearly_returns(closes)["a"].tolist()
    assert table["中证全指"].isna().all()


def test_a_benchmark_has_the_years_its_own_closes_cover(closes):
    daily = long_closes(沪深300=closes["a"], 中证全指=closes["b"].loc["2020-12-01":"2022-06-30"])
    table = iy.benchmark_years(iy.benchmark_closes(daily, CODES))
    assert list(table.index) == [2020, 2021, 2022, 2023]
    assert table["中证全指"].notna().tolist() == [False, True, False, False]
    assert table.loc[2021, "中证全指"] == pytest.approx(iy.yearly_returns(closes).loc[2021, "b"])


def test_nothing_in_nothing_out():
    empty = pd.DataFrame(index=pd.DatetimeIndex([]))
    returns = iy.yearly_returns(empty)
    assert returns.empty and iy.rank_persistence(returns).empty
    assert iy.share_beating(returns, pd.Series({2020: 0.1})).empty


def test_period_return_uses_the_last_close_on_or_before_the_day(closes):
    sunday = iy.period_returns(closes, 2022, "2023-06-18")
    friday = iy.period_returns(closes, 2022, "2023-06-16")
    pd.testing.assert_series_equal(sunday, friday, check_names=False)


def test_period_beyond_the_data_is_refused(closes):
    with pytest.raises(ValueError, match="2024-09-30.*2024-06-28"):
        iy.period_returns(closes, 2023, "2024-09-30")
    with pytest.raises(ValueError, match="end of 2018"):
        iy.period_returns(closes, 2018, "2020-09-30")


def test_the_day_of_undated_figures_is_found(closes):
    target = iy.period_returns(closes, 2020, "2021-08-18")
    printed = {name: round(target[name], 4) for name in "ab"}
    found = iy.dates_that_fit(closes, 2020, printed)
    assert found.index[0] == pd.Timestamp("2021-08-18")
    assert found["worst"].iloc[0] < 6e-5 < found["worst"].iloc[1]


def test_share_beating_counts_strictly_greater_and_drops_years_without_yardstick():
    returns = pd.DataFrame([[0.1, 0.2, 0.3], [0.0, np.nan, -0.1], [1, 1, 1]], index=[2020, 2021, 2022])
    table = iy.share_beating(returns, pd.Series({2020: 0.2, 2021: -0.05, 2022: np.nan}))
    assert table.loc[2020].tolist() == [3, 1, 1 / 3]
    assert table.loc[2021].tolist() == [2, 1, 1 / 2]
    assert 2022 not in table.index


def test_persistence_is_one_when_the_order_stays_and_minus_one_when_it_turns():
    base = np.arange(8.0)
    table = iy.rank_persistence(pd.DataFrame([base, base * 2, -base], index=[2001, 2002, 2003]))
    assert table["rho"].tolist() == pytest.approx([1.0, -1.0])


def test_persistence_skips_gaps_between_years():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(3, 9)), index=[2001, 2003, 2004])
    assert list(iy.rank_persistence(frame).index) == [2004]


def test_pooled_test_rejects_a_constant_order_and_spares_noise():
    rng = np.random.default_rng(1)
    noise = pd.DataFrame(rng.normal(size=(15, 31)), index=range(2010, 2025))
    lasting = noise + np.linspace(-3, 3, 31)
    assert iy.pooled_persistence(iy.rank_persistence(noise))["p_value"] > 0.05
    assert iy.pooled_persistence(iy.rank_persistence(lasting))["p_value"] < 1e-6


def test_pooled_test_says_nothing_about_two_years():
    few = iy.pooled_persistence(pd.DataFrame({"rho": [0.1, 0.2]}))
    assert np.isnan(few["p_value"]) and few["years"] == 2


def test_leaders_that_repeat_are_counted_and_named():
    frame = pd.DataFrame([[5, 4, 3, 2, 1], [5, 1, 4, 2, 3]], index=[2020, 2021], columns=list("abcde"))
    row = iy.leader_overlap(frame, top=2).loc[2021]
    assert row["repeated"] == 1 and row["names"] == "a"
    assert row["expected"] == pytest.approx(0.8)
    assert row["p_value"] == pytest.approx(0.7)  # 1 - C(3,2)/C(5,2)


def test_transitions_show_who_stays_and_who_turns():
    order = np.arange(10.0)
    stay = iy.group_transitions(pd.DataFrame([order, order + 1], index=[2020, 2021]), groups=5)
    turn = iy.group_transitions(pd.DataFrame([order, -order], index=[2020, 2021]), groups=5)
    assert np.array_equal(stay.to_numpy(), np.eye(5)) and np.array_equal(turn.to_numpy(), np.eye(5)[::-1])


def test_transitions_of_noise_are_near_even_and_skip_gaps():
    noise = pd.DataFrame(np.random.default_rng(2).normal(size=(400, 30)), index=range(400))
    table = iy.group_transitions(noise, groups=3)
    assert table.sum(axis=1).to_numpy() == pytest.approx(1)
    assert np.abs(table.to_numpy() - 1 / 3).max() < 0.03
    assert iy.group_transitions(noise.loc[[1, 3, 5]], groups=3).to_numpy().sum() == 0
    with pytest.raises(ValueError, match="between 2 and 30"):
        iy.group_transitions(noise, groups=1)


def test_top_must_be_possible():
    with pytest.raises(ValueError, match="between 1 and 5"):
        iy.leader_overlap(pd.DataFrame(np.ones((2, 5))), top=6)


@pytest.mark.snapshot
def test_all_217_cells_of_table_1_match_on_the_snapshot(snapshot_dir):
    daily = pd.read_parquet(snapshot_dir / "industry_daily.parquet")
    returns = iy.yearly_returns(industry_closes(daily, "SW2021_L1")) * 100
    table = published.load("s001_t01_sw_l1_yearly_returns").query("kind == 'industry'")
    computed = [returns.loc[row.year, row.name_] for row in table.rename(columns={"name": "name_"}).itertuples()]
    assert len(computed) == 217
    assert np.abs(np.array(computed) - table["return_pct"].to_numpy()).max() < 0.005 + 1e-9
