"""Flow figures draw the numbers they are given: heights, signs, colours, names."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba

from helpers.figures import flows as draw
from helpers.figures.style import DIVERGING, DOWN, UP

WEEKS = pd.date_range("2025-01-03", periods=30, freq="W-FRI")
NAMES = ["电子", "银行", "煤炭", "传媒"]


def frame(seed=0):
    return pd.DataFrame(np.random.default_rng(seed).uniform(1e9, 9e9, (30, 4)), WEEKS, NAMES)


def bars(ax):
    return [p for p in ax.patches if hasattr(p, "get_height")]


def test_bars_are_red_for_inflow_and_green_for_outflow_and_as_high_as_the_flow():
    flow = pd.Series([3e9, -2e9, 0.0, 5e8], WEEKS[:4])
    ax = draw.plot_flow_bars(flow, "t")
    assert [bar.get_height() for bar in bars(ax)] == pytest.approx([3.0, -2.0, 0.0, 0.5])
    assert [to_hex(bar.get_facecolor()) for bar in bars(ax)] == [to_hex(c) for c in (UP, DOWN, UP, UP)]
    assert UP != DOWN and to_rgba(UP)[0] > to_rgba(UP)[1] and to_rgba(DOWN)[1] > to_rgba(DOWN)[0]


def test_industry_bars_are_sorted_and_coloured_by_sign():
    ax = draw.plot_industry_bars(pd.Series({"电子": -1.0, "银行": 2.0, "煤炭": 0.5}), "x", "t")
    assert [bar.get_width() for bar in ax.patches] == [-1.0, 0.5, 2.0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["电子", "煤炭", "银行"]
    assert [to_hex(bar.get_facecolor()) for bar in ax.patches] == [to_hex(c) for c in (DOWN, UP, UP)]


def test_a_case_colours_what_followed_and_names_the_extremes():
    signal, after = pd.Series([1.0, 2.0, 3.0, 4.0], NAMES), pd.Series([-1.0, 2.0, 0.5, -3.0], NAMES)
    ax = draw.plot_case(signal, after, "x", "t")
    points = ax.collections[0]
    np.testing.assert_allclose(points.get_offsets(), np.column_stack([[1, 2, 3, 4], after]))
    expected = [DOWN, UP, UP, DOWN]
    assert [to_hex(c) for c in points.get_facecolors()] == [to_hex(c) for c in expected]
    assert {"银行", "传媒", "电子"} == {text.get_text() for text in ax.texts}


def test_holdings_stack_to_their_sum_and_name_the_largest():
    money = frame()
    ax = draw.plot_holdings(money, top=2)
    top = max(path.vertices[:, 1].max() for c in ax.collections for path in c.get_paths())
    assert top == pytest.approx(money.sum(axis=1).max() / 1e9)
    largest = list(money.iloc[-1].sort_values(ascending=False).index[:2])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[::-1] == [*largest, "2 others"]


def test_coverage_shows_shares_of_the_total_and_leaves_out_what_is_nothing():
    parts = pd.DataFrame({"total": 10.0, "weights": 6.0, "estimated": 0.0, "unlabelled": 1.0, "no_weights": 3.0}, WEEKS)
    ax = draw.plot_coverage(parts, pd.Series(0.5, WEEKS))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "by estimated weights" not in labels and len(ax.collections) == 3
    first = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert first.max() == pytest.approx(60.0)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 50.0)


def test_a_split_is_drawn_as_claimed_and_as_kept():
    table = pd.DataFrame({"claimed": [1e9, -4e9, 2e9], "kept": [1e9, np.nan, 2e9]}, WEEKS[:3])
    ax = draw.plot_split(table, "t")
    heights = [bar.get_height() for bar in bars(ax)]
    assert heights[:3] == pytest.approx([1.0, -4.0, 2.0]) and heights[3] == pytest.approx(1.0)
    assert [text.get_text() for text in ax.texts] == ["left out"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["01-03", "01-10", "01-17"]


def test_groups_run_from_green_to_red_with_their_number_in_the_cell():
    groups = pd.DataFrame([[1, 5], [3, np.nan]], ["电子", "银行"], ["2025-01", "2025-02"])
    ax = draw.plot_group_map(groups, "t")
    assert sorted(text.get_text() for text in ax.texts) == ["1", "3", "5"]
    image = ax.images[0]
    low, high = image.cmap(image.norm(1)), image.cmap(image.norm(5))
    assert low == pytest.approx(DIVERGING(0.15)) and high == pytest.approx(DIVERGING(0.85))
    assert low[1] > low[0] and high[0] > high[1]


def test_wealth_compounds_and_the_benchmark_is_the_last_line():
    returns = pd.DataFrame({"1": [0.1, 0.1], "5": [-0.1, 0.2], "all": [0.0, 0.05]}, WEEKS[:2])
    ax = draw.plot_group_wealth(returns, "t")
    np.testing.assert_allclose([line.get_ydata()[-1] for line in ax.lines], [1.21, 1.08, 1.05])
    assert ax.lines[-1].get_linestyle() == "--"


def test_errors_are_percent_and_the_legend_has_their_mean():
    errors = pd.DataFrame({"plain": [0.2, np.nan, 0.4], "chosen": [0.1, 0.1, 0.1]}, WEEKS[:3])
    ax = draw.plot_estimate_errors(errors)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [20, 40])
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["plain: mean 30.0%", "chosen: mean 10.0%"]


def test_yearly_bars_stand_side_by_side():
    table = pd.DataFrame({"published": [1.0, -2.0], "computed": [1.5, np.nan]}, [2024, 2025])
    ax = draw.plot_yearly(table, "%", "t")
    assert [bar.get_height() for bar in bars(ax)[:3]] == [1.0, -2.0, 1.5]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2024", "2025"]


@pytest.mark.parametrize("number", [2, 60, 400])
def test_any_span_of_dates_is_labelled_without_a_warning(number, recwarn):
    weeks = pd.date_range("2019-01-04", periods=number, freq="W-FRI")
    ax = draw.plot_lines(pd.DataFrame({"a": np.arange(number)}, weeks), "y", "t")
    ax.figure.canvas.draw()
    assert [str(w.message) for w in recwarn if "AutoDateLocator" in str(w.message)] == []


def test_printed_marks_and_computed_bars_stand_in_the_same_row():
    cells = pd.DataFrame({"printed": [1.0, -3.0, 0.5], "computed": [2.0, -1.0, np.nan]}, ["电子", "银行", "煤炭"])
    ax = draw.plot_cells(cells, "week")
    rows = {label.get_text(): place for label, place in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    bars = {round(bar.get_y() + bar.get_height() / 2, 6): bar.get_width() for bar in ax.patches}
    marks = {y: x for x, y in ax.collections[0].get_offsets()}
    assert list(rows) == ["银行", "煤炭", "电子"]
    assert {name: marks[place] for name, place in rows.items()} == cells["printed"].to_dict()
    assert bars[rows["电子"]] == 2.0 and bars[rows["银行"]] == -1.0 and np.isnan(bars[rows["煤炭"]])
