"""What a reader takes along from a figure is what the figure shows."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.figures import as_table, exhibit, new_axes, plotly_exhibit
from helpers.figures.numbers import COLUMNS, CSV, LARGEST, numbers, plotly_numbers, to_csv
from helpers.figures.sankey import sankey
from tiny_book import flows


def drawn(ax):
    figure = ax.get_figure(root=True)
    figure.canvas.draw()
    plt.close(figure)
    return numbers(figure)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30))
def test_a_line_gives_its_points_with_their_days(values):
    days = pd.date_range("2024-01-05", periods=len(values), freq="W-FRI")
    ax = new_axes()
    ax.plot(days, values, label="沪深300")
    ax.axhline(0)
    found = drawn(ax)
    assert found["x"].tolist() == [f"{day:%Y-%m-%d}" for day in days]
    assert np.allclose(found["y"].astype(float), values)
    assert set(found["series"]) == {"沪深300"}


@pytest.mark.parametrize("across", [False, True])
def test_bars_give_their_lengths_by_category(across):
    ax, names, lengths = new_axes(), ["银行", "电子", "煤炭"], [3.0, -1.5, 0.25]
    (ax.barh if across else ax.bar)(names, lengths, label="2025")
    found = drawn(ax)
    assert found["y" if across else "x"].tolist() == names
    assert found["value"].tolist() == lengths
    assert found["x" if across else "y"].isna().all()


@pytest.mark.parametrize("mesh", [False, True])
def test_a_heat_map_gives_one_row_per_known_cell(mesh):
    ax, values = new_axes(), np.array([[0.1, np.nan, 0.3], [0.4, 0.5, 0.6]])
    if mesh:
        ax.pcolormesh(np.arange(4), np.arange(3), values)
        ax.set_xticks([0.5, 1.5, 2.5], ["a", "b", "c"])
        ax.set_yticks([0.5, 1.5], ["甲", "乙"])
    else:
        ax.imshow(values)
        ax.set_xticks(range(3), ["a", "b", "c"])
        ax.set_yticks(range(2), ["甲", "乙"])
    found = drawn(ax).set_index(["y", "x"])["value"]
    assert found.to_dict() == {("甲", "a"): 0.1, ("甲", "c"): 0.3, ("乙", "a"): 0.4, ("乙", "b"): 0.5, ("乙", "c"): 0.6}


def test_points_carry_what_their_colour_says_and_panels_their_title():
    axes = new_axes(nrows=2)
    axes[0].set_title("Top")
    axes[0].scatter([1, 2], [3, 4], c=[0.5, 0.75])
    axes[1].plot([1, 2], [5, 6])
    found = drawn(axes[0])
    assert found["panel"].tolist() == ["Top", "Top", "2", "2"]
    assert found["value"].dropna().tolist() == [0.5, 0.75]


def test_a_figure_of_too_many_marks_gives_none():
    ax = new_axes()
    ax.plot(np.arange(LARGEST + 1), np.arange(LARGEST + 1))
    found = drawn(ax)
    assert found.empty and list(found) == COLUMNS


def test_a_sankey_gives_its_links():
    nodes, links = flows()
    found = plotly_numbers(sankey(nodes, links))
    assert found["value"].tolist() == links["value"].tolist()
    assert "510300.SH" in found["source"][0] and "<" not in found["source"][0]
    assert list(plotly_numbers(go.Figure(go.Scatter(x=[1], y=[2], name="s"))).iloc[0]) == ["s", 1, 2]


def test_figures_and_tables_hand_their_numbers_to_the_page():
    ax = new_axes()
    ax.set_title("T")
    ax.plot([1, 2], [3, 4])
    bundle = exhibit(ax, caption="c", alt="a")._repr_mimebundle_()
    assert pd.read_csv(io.StringIO(bundle[CSV]))["y"].tolist() == [3, 4]
    nodes, links = flows()
    assert CSV in plotly_exhibit(sankey(nodes, links), caption="c", alt="a")._repr_mimebundle_()
    frame = pd.DataFrame({"share": [0.123456]}, index=pd.Index(["银行"], name="industry"))
    taken = pd.read_csv(io.StringIO(as_table(frame, "{:.0%}")._repr_mimebundle_()[CSV]))
    assert taken.to_dict("records") == [{"industry": "银行", "share": 0.123456}]


def test_equal_figures_give_equal_numbers_and_empty_frames_none():
    assert to_csv(pd.DataFrame(columns=COLUMNS)) == ""
    texts = set()
    for _ in range(2):
        ax = new_axes()
        ax.plot(pd.date_range("2024-01-01", periods=3), [0.1, 0.2, 0.3])
        texts.add(to_csv(drawn(ax)))
    assert len(texts) == 1
