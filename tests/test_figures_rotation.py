"""The rotation figures draw what they are given: every value a mark, every gap a dash, every period once."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.factors.evaluation import ic_decay
from helpers.figures import rotation as draw
from helpers.rotation.sectors import sector_mix


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def texts(ax):
    return [t.get_text() for t in ax.texts]


def test_the_clock_marks_every_printed_return_twice():
    table = pd.DataFrame({"printed": [1.0, -2, 3], "from_decision_close": [1.1, -2, 3], "from_next_close": [0.0, 1, 9]})
    ax = draw.plot_clock(table)
    assert [len(dots.get_offsets()) for dots in ax.collections] == [3, 3]
    np.testing.assert_allclose(ax.collections[0].get_offsets()[:, 1], table["from_decision_close"])


def test_a_factor_without_values_is_a_dash_in_the_matrix():
    printed = pd.DataFrame(np.eye(2), index=["a", "b"], columns=["a", "b"])
    ours = pd.DataFrame([[1.0]], index=["a"], columns=["a"])
    left, right = draw.plot_correlations(ours, printed, {"a": "1 a", "b": "2 b"})
    assert texts(left) == ["100", "–", "–", "–"]
    assert texts(right) == ["100", "0", "0", "100"]
    empty, _ = draw.plot_correlations(pd.DataFrame(dtype=float), printed, {"a": "1 a", "b": "2 b"})
    assert texts(empty) == ["–"] * 4


def test_decay_has_one_bar_a_factor_and_week():
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2021-01-01", periods=200)
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.01, (200, 10)).cumsum(axis=0)), days)
    factor = pd.DataFrame(rng.normal(size=(20, 10)), days[:100:5])
    ax = draw.plot_decay({"one": ic_decay(factor, prices, range(1, 4)), "two": ic_decay(-factor, prices, range(1, 4))})
    assert len(ax.patches) == 6
    assert ax.patches[0].get_height() == pytest.approx(-ax.patches[3].get_height())


def test_labels_are_drawn_in_percent_with_the_day_from_which_they_are_complete():
    weeks = pd.date_range("2021-07-02", periods=4, freq="7D")
    ax = draw.plot_labelled(pd.Series([0.3, 0.3, 1.0, 0.9], weeks), weeks[2])
    assert ax.lines[0].get_ydata().tolist() == pytest.approx([30, 30, 100, 90])
    assert "2021-07-16" in ax.get_legend().get_texts()[0].get_text()


def test_chance_is_drawn_as_shares_of_the_portfolios_with_the_strategy_on_the_same_scale():
    chances = {"moved": np.linspace(-0.05, 0.05, 50), "drawn": np.linspace(-0.02, 0.02, 200), "none": np.array([])}
    ax = draw.plot_chance(chances, 0.07)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["moved", "drawn", "the strategy"]
    assert ax.lines[0].get_xdata()[0] == pytest.approx(7)
    filled = ax.patches[0].get_path().vertices[:, 1]
    assert filled.max() < 20 and ax.get_xlim()[0] < -5 < 7 < ax.get_xlim()[1]


def test_relative_wealth_is_wealth_over_the_benchmarks():
    days = pd.bdate_range("2021-01-01", periods=5)
    own, base = pd.Series(0.02, days), pd.Series(0.01, days)
    top, bottom = draw.plot_wealth({"own": own}, base)
    assert top.lines[0].get_ydata()[-1] == pytest.approx(1.02**5)
    assert bottom.lines[0].get_ydata()[-1] == pytest.approx((1.02 / 1.01) ** 5)


def test_years_stand_side_by_side_and_months_keep_their_sign():
    ax = draw.plot_years(pd.DataFrame({"computed": [1.0, -2], "printed": [3.0, np.nan]}, index=["2021", "2022"]))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2021", "2022"]
    assert len(ax.containers) == 2
    months = pd.Series([0.01, -0.02], index=pd.period_range("2021-01", periods=2, freq="M"))
    bars = draw.plot_monthly_excess(months).patches
    assert [round(bar.get_height(), 6) for bar in bars] == [1, -2]
    assert bars[0].get_facecolor() != bars[1].get_facecolor()


def test_sectors_fill_every_half_year():
    dates = pd.to_datetime(["2021-02-01", "2021-05-03", "2021-09-01"])
    weights = pd.DataFrame({"电子": [0.5, 1, 0], "银行": [0.5, 0, 1]}, dates)
    ax = draw.plot_sector_mix(sector_mix(weights))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2021 H1", "2021 H2"]
    heights = [[bar.get_height() for bar in container] for container in ax.containers]
    assert heights == [[75, 0], [25, 100]]


def test_held_shows_only_what_was_held_most_frequent_first():
    dates = pd.date_range("2021-01-08", periods=3, freq="14D")
    ax = draw.plot_held(pd.DataFrame({"a": [0, 0.5, 0], "b": [1, 0.5, 1], "c": [0.0, 0, 0]}, dates))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a"]
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 1, 1], [0, 1, 0]])


def test_win_rates_carry_their_number_of_periods_and_leave_out_the_never_held():
    table = pd.DataFrame({"periods": [4, 16, 0], "win_rate": [0.75, 0.5, np.nan]}, index=["a", "b", "c"])
    ax = draw.plot_win_rates(table)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b (16)", "a (4)"]
    narrow, wide = (bar.get_width() for bar in ax.patches)
    assert wide == pytest.approx(2 * narrow) and narrow == pytest.approx(49)


def test_gaps_and_maps_print_every_finite_value():
    gaps = pd.DataFrame({2018: [0.5, -9.0], 2019: [1.0, np.nan], "mean_gap": [0.7, 9.0]}, index=["x", "y"])
    ax = draw.plot_gaps(gaps)
    assert texts(ax) == ["+0.5", "+1.0", "-9.0"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2018", "2019"]
    values = pd.DataFrame([[1.0, -4.0]], index=["r"], columns=["c", "d"])
    assert texts(draw.plot_map(values, "title")) == ["+1.0", "-4.0"]
    assert texts(draw.plot_map(values * 0, "title")) == ["+0.0", "-0.0"]


def test_many_candidates_are_cut_to_the_first_and_the_title_says_so():
    gaps = pd.DataFrame({2018: np.arange(30.0)}, index=[f"index {i}" for i in range(30)])
    ax = draw.plot_gaps(gaps, top=10)
    assert [t.get_text() for t in ax.get_yticklabels()] == [f"index {i}" for i in range(10)]
    assert "first 10 of 30" in ax.get_title("left")


def test_a_given_axes_is_drawn_on():
    ax = plt.figure().subplots()
    assert draw.plot_map(pd.DataFrame([[1.0]]), "t", ax=ax) is ax
