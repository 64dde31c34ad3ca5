"""Divergence figures draw the numbers they are given, and red means that ETFs hold more."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from helpers.figures import divergence as draw
from helpers.figures.style import DOWN, UP

MONTHS = pd.date_range("2024-01-31", periods=8, freq="ME")
NAMES = ["电子", "银行", "煤炭"]


def test_weights_are_percent_and_marks_tell_where_they_come_from():
    weights = pd.DataFrame(np.tile([0.5, 0.3, 0.2], (8, 1)), MONTHS, NAMES)
    source = pd.Series(["report", "report", "simulated", "carried"] * 2, MONTHS)
    ax = draw.plot_active_weights(weights, source, top=2)
    heights = {round(float(y), 6) for line in ax.lines for y in np.atleast_1d(line.get_ydata())}
    assert {50.0, 30.0} <= heights and 20.0 not in heights


def test_the_map_is_red_where_etfs_hold_more():
    values = pd.DataFrame([[0.05, -0.05, 0.0]], MONTHS[:1], NAMES)
    ax = draw.plot_divergence_map(values)
    image, names = ax.images[0], [t.get_text() for t in ax.get_yticklabels()]
    shown = dict(zip(names, np.asarray(image.get_array())[:, 0], strict=True))
    assert shown["电子"] == pytest.approx(5.0) and shown["银行"] == pytest.approx(-5.0)
    more, less = image.cmap(image.norm(5.0)), image.cmap(image.norm(-5.0))
    assert more[0] > more[1] and less[1] > less[0]


@pytest.mark.parametrize("turn", ["2025-02-03", pd.Timestamp("2025-02-03"), "1999-01-04"])
def test_sides_compound_and_the_turn_is_marked_only_inside(turn):
    days = pd.bdate_range("2025-01-02", periods=40)
    returns = pd.DataFrame({3.0: 0.01, -3.0: -0.01, "equal weight": 0.0}, days)
    ax = draw.plot_sides(returns, {3.0: "ETF", -3.0: "active", "equal weight": "all"}, turn, "t")
    etf, active, every, spread = ax.lines[:4]
    assert etf.get_ydata()[-1] == pytest.approx(1.01**40) and active.get_ydata()[-1] == pytest.approx(0.99**40)
    assert spread.get_ydata()[-1] == pytest.approx(1.02**40) and every.get_ydata()[-1] == 1.0
    assert to_hex(etf.get_color()) == to_hex(UP) and to_hex(active.get_color()) == to_hex(DOWN)
    assert (len(ax.lines) == 5) == (pd.Timestamp(turn) > days[0])


def test_heat_is_red_above_zero_and_green_below():
    heat = pd.Series([0.5, -0.2, np.nan, 1.0], MONTHS[:4])
    ax = draw.plot_heat(heat)
    drawn = [(bar.get_height(), to_hex(bar.get_facecolor())) for bar in ax.patches if np.isfinite(bar.get_height())]
    assert all(colour == to_hex(UP if height > 0 else DOWN) for height, colour in drawn if height != 0)
    assert {height > 0 for height, _ in drawn} == {True, False}


def test_the_curve_and_the_kept_report_are_percent():
    curve = pd.Series([0.2, 0.15], [0.1, 1.0])
    ax = draw.plot_shrink_curve(curve, 0.1)
    heights = np.concatenate([np.atleast_1d(line.get_ydata()) for line in ax.lines])
    assert {20.0, 15.0, 10.0} <= set(np.round(heights, 6))


def test_quarter_errors_are_percent_by_method():
    errors = pd.DataFrame({"carried": [0.1, 0.2], "simulated": [0.3, np.nan]}, MONTHS[:2])
    ax = draw.plot_quarter_errors(errors)
    assert [list(line.get_ydata()[:1]) for line in ax.lines[:2]] == [[10.0], [30.0]]


def test_no_line_joins_what_a_hole_parts_and_simulated_months_are_shaded():
    months = pd.DatetimeIndex(["2021-01-29", "2021-02-26", "2021-03-31", "2021-09-30", "2021-10-29"])
    weights = pd.DataFrame({"电子": [0.3, 0.31, 0.32, 0.2, 0.21]}, months)
    source = pd.Series(["report", "simulated", "simulated", "report", "simulated"], months)
    ax = draw.plot_active_weights(weights, source, top=1)
    line = ax.get_lines()[0]
    assert np.isnan(line.get_ydata()).sum() == 1 and np.isnan(line.get_ydata()[3])
    assert len(ax.patches) == 2
    quarters = pd.DatetimeIndex(["2021-03-31", "2021-06-30", "2025-03-31"])
    errors = pd.DataFrame({"carried": [np.nan, 0.2, 0.3], "plain": [0.9, 0.5, 0.4]}, quarters)
    ax = draw.plot_quarter_errors(errors)
    plain = next(drawn for drawn in ax.get_lines() if "plain" in drawn.get_label())
    assert "mean 45.0 %" in plain.get_label() and np.isnan(plain.get_ydata()).sum() == 1
