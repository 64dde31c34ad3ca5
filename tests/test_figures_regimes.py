"""The regime figures draw what they are given: every spell shaded, every disagreement marked, nothing lost."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.figures import regimes as draw

SIDES = ("large caps", "small caps")


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def dates(n):
    return pd.date_range("2024-01-05", periods=n, freq="7D")


def test_each_spell_is_one_band_from_its_first_date_to_the_next_spells():
    signal = pd.DataFrame({"ratio": 1.0, "trend": 1.0, "state": [np.nan, 1, 1, 0, 1]}, index=dates(5))
    ax = draw.plot_spells(signal, SIDES)
    bands = [patch for patch in ax.patches if patch.get_width() > 0]
    assert [round(band.get_width()) for band in bands] == [14, 7]
    assert to_rgb(bands[0].get_facecolor()[:3]) == pytest.approx(to_rgb(draw.NUMERATOR), abs=1e-6)
    assert to_rgb(bands[1].get_facecolor()[:3]) == pytest.approx(to_rgb(draw.DENOMINATOR), abs=1e-6)


def test_spell_lengths_are_counted_in_bins_that_cover_all():
    ax = draw.plot_spell_lengths({"size": [1, 1, 2, 4, 8, 60], "growth": [3]})
    heights = [[bar.get_height() for bar in container] for container in ax.containers]
    assert heights[0] == [2, 1, 1, 1, 0, 0, 1]
    assert sum(heights[1]) == 1
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3–4", "5–8", "9–16", "17–32", "33+"]


def test_only_computed_values_that_miss_the_printed_ones_are_crossed():
    weeks = pd.DataFrame(
        {"state, published": [1, 0, 1], "state, computed": [1, 1, np.nan], "next week's winner": [0, 0, 0]},
        index=dates(3),
    )
    ax = draw.plot_week_strip(weeks, SIDES)
    crosses = [line for line in ax.lines if line.get_marker() == "x"]
    assert len(crosses) == 1
    assert crosses[0].get_xdata().tolist() == [1]
    assert crosses[0].get_ydata().tolist() == [1]


def test_the_map_marks_the_runs_lambda_where_it_stands_on_the_axis():
    grid = pd.DataFrame(0.5, index=dates(2), columns=[1.0, 10.0, 100.0])
    ax = draw.plot_map(grid, "hit rate", centre=0.5, marked=10**0.5)
    assert ax.lines[0].get_xdata()[0] == pytest.approx(0.5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "10", "100"]


def test_hit_rates_show_the_given_bands():
    table = pd.DataFrame({"rate": [0.6], "low": [0.55], "high": [0.7]}, index=["size"])
    ax = draw.plot_hit_rates(table)
    segment = ax.containers[0][2][0].get_segments()[0]
    np.testing.assert_allclose(segment[:, 0], [0.55, 0.7])


def test_the_other_figures_draw_into_given_axes():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), index=dates(60), columns=["ratio", "trend"])
    states = (table > 0).astype(float)
    calls = {
        draw.plot_trends: (table,),
        draw.plot_revisions: (table.set_axis(dates(2), axis=1), table["trend"]),
        draw.plot_weights: (table.reset_index(drop=True).set_axis([10.0, 100.0], axis=1),),
        draw.plot_cumulative: (table,),
        draw.plot_state_strips: (states, SIDES),
    }
    for function, arguments in calls.items():
        ax = draw.new_axes()
        assert function(*arguments, ax=ax) is ax
        assert ax.lines or ax.images
