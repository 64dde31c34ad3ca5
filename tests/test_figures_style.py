"""The house style: colours anyone can tell apart, glyphs that exist, and the same figure light and dark."""

import base64
import io
import itertools
import json
import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from bs4 import BeautifulSoup
from matplotlib import font_manager
from PIL import Image

from helpers.figures import DIVERGING, DOWN, PALETTE, UP, exhibit, new_axes, plotly_exhibit, series_colours, show
from helpers.figures.dark import KEEP, PAPER, contrast, dark, on_dark
from helpers.figures.sankey import check_flows, plot_alluvial, sankey
from helpers.figures.show import _few_colours

ROOT = Path(__file__).resolve().parents[1]
WORDS = {"caption": "A caption.", "alt": "A description."}


def pictures(html: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)\"", html)]


# -- colours --------------------------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
TO_CONES = [[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]]
TO_OKLAB = [[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]]


def seen(colour: str, sight) -> np.ndarray:
    """Oklab coordinates of a colour as such eyes see it."""
    c = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return np.array(TO_OKLAB) @ np.cbrt(np.array(TO_CONES) @ np.clip(np.array(sight) @ linear, 0, 1))


@pytest.mark.parametrize("sight", SIGHT.values(), ids=SIGHT)
def test_series_colours_are_told_apart_by_any_eyes(sight):
    spots = [seen(colour, sight) for colour in PALETTE]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(spots, 2)) > 0.05
    assert np.linalg.norm(seen(UP, sight) - seen(DOWN, sight)) > 0.1


@pytest.mark.parametrize("colour", [*PALETTE, UP, DOWN])
def test_data_colours_stand_out_on_both_pages(colour):
    assert contrast(mpl.colors.to_rgb(colour), (1, 1, 1)) > 2.2
    assert contrast(on_dark(colour), PAPER) >= 3


def test_rises_are_red_and_falls_are_green():
    (up_red, up_green, _), (down_red, down_green, _) = mpl.colors.to_rgb(UP), mpl.colors.to_rgb(DOWN)
    assert up_red > 2 * up_green and down_green > 2 * down_red
    assert DIVERGING(0.99)[0] > DIVERGING(0.99)[1] and DIVERGING(0.01)[1] > DIVERGING(0.01)[0]


# -- the style stays in the figure -----------------------------------------------------------------------------------


def test_a_figure_leaves_no_setting_and_no_open_figure_behind():
    before, open_before = dict(mpl.rcParams), plt.get_fignums()
    ax = new_axes()
    ax.set_title("沪深300")
    exhibit(ax, **WORDS)
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == open_before


def test_chinese_is_drawn_wherever_the_figure_is_saved(tmp_path):
    ax = new_axes()
    ax.set_title("行业轮动")
    ax.text(0.5, 0.5, "国家队")
    ax.figure.suptitle("资金流向 λ")
    ax.figure.savefig(tmp_path / "a.png")  # a missing glyph is an error in this test suite
    plt.close(ax.figure)


def test_a_grid_of_axes_comes_back_as_asked():
    axes = new_axes(width=6, height=3, ncols=2, sharey=True)
    assert axes.shape == (2,)
    assert axes[0].figure.get_size_inches().tolist() == [6, 3]
    plt.close(axes[0].figure)


# -- show ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["title", "xlabel", "ylabel", "suptitle"])
def test_a_missing_glyph_in_a_label_of_ours_is_an_error_that_names_it(place):
    ax = new_axes(width=3, height=1)
    ax.set_title("Title")
    ax.figure.suptitle("朱镕基") if place == "suptitle" else ax.set(**{place: "朱镕基"})
    with pytest.raises(ValueError, match=r"no glyph for 镕 \(U\+9555\): write '朱镕基' otherwise"):
        exhibit(ax, **WORDS)
    assert not plt.fignum_exists(ax.figure.number)


NAMES = ["滬深300", "😀 ETF", "a™", "红利$", "$x^2$", r"$\frac{", "a\x00b", "\u202eabc", "\\", "_a^b", "甲\n乙", ""]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["ticks", "text", "legend", "note"])
def test_any_name_from_the_data_is_drawn(place, name):
    ax = new_axes(width=3, height=1)
    ax.set_title("Title")
    (line,) = ax.plot([0, 1], label=name)
    if place == "ticks":
        ax.set_xticks([0, 1], [name, "乙"])
    elif place == "text":
        ax.text(0, 0, name)
    elif place == "note":
        ax.annotate(name, (0, 0), (1, 1), arrowprops={"arrowstyle": "-"})
    else:
        ax.legend([line], [name])
    item = exhibit(ax, **WORDS)
    assert len(pictures(item.html)) == 2
    lacks = {"滬": "滬 (U+6EEC)", "\x00": "(U+0000)"}
    explained = [said for character, said in lacks.items() if character in name]
    assert ("A box stands for" in item.html) == bool(explained)
    assert all(said in item.html for said in explained)


def test_the_ticks_of_a_logarithmic_axis_are_numbers_and_not_the_words_of_a_formula():
    ax = new_axes()
    ax.plot([1, 2, 3], [0.5, 200, 3000])
    ax.set(title="three", yscale="log")
    show(ax, caption="Three points.", alt="A rising line.")
    ticks = {text.get_text() for text in ax.get_yticklabels()}
    assert {"1", "100", "1,000"} <= ticks and not any("$" in text for text in ticks)


def test_a_name_is_drawn_as_it_is_written_and_not_as_mathematics():
    ax = new_axes(width=3, height=1)
    ax.set_title("Title")
    ax.set_yticks([0, 1], ["a$x^2$", "乙"])
    exhibit(ax, **WORDS)
    drawn = [text for text in ax.figure.findobj(mpl.text.Text) if "$" in text.get_text()]
    assert drawn and not any(text.get_parse_math() for text in drawn)


@pytest.mark.parametrize("path", sorted(ROOT.glob("src/helpers/**/*.csv")), ids=lambda p: p.name)
def test_every_word_of_our_own_tables_can_be_drawn(path):
    font = font_manager.get_font(ROOT / "src/helpers/figures/fonts/NotoSansCJKsc-GB2312-subset.otf")
    known = {chr(code) for code in font.get_charmap()}
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    lost = [
        f"{path.name}, row {row + 1}, column {column}: {c!r}"
        for column in table
        for row, word in enumerate(table[column])
        for c in set(word) - known - set("\n")
    ]
    assert lost == []


@pytest.mark.parametrize("empty", ["caption", "alt"])
def test_a_figure_without_words_is_refused(empty):
    ax = new_axes()
    with pytest.raises(ValueError, match=f"{empty} is empty"):
        exhibit(ax, **{**WORDS, empty: "  "})
    with pytest.raises(ValueError, match=f"{empty} is empty"):
        plotly_exhibit(go.Figure(), **{**WORDS, empty: ""})


@pytest.mark.parametrize("title", ["", "  "])
def test_a_figure_without_a_title_is_refused_and_closed(title):
    ax = new_axes()
    ax.set_title(title)
    with pytest.raises(ValueError, match="no title.*set_title"):
        exhibit(ax, **WORDS)
    assert not plt.fignum_exists(ax.figure.number)


@pytest.mark.parametrize("where", ["second axes", "middle", "figure"])
def test_one_title_anywhere_in_the_figure_is_enough(where):
    axes = new_axes(width=3, height=1, ncols=2)
    if where == "figure":
        axes[0].figure.suptitle("Two lines")
    else:
        axes[1].set_title("Two lines", loc="center" if where == "middle" else "left")
    assert "<figure" in exhibit(axes[0], **WORDS).html


def draw_line():
    ax = new_axes(width=4, height=2)
    ax.set_title("One line")
    ax.plot([1, 3, 2], label="收益")
    ax.legend()
    return ax


def test_the_page_gets_a_light_and_a_dark_picture_with_words():
    html = exhibit(draw_line(), caption="Five < six.", alt='A "line"\nthat rises.').html
    light, night = pictures(html)
    assert light.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert night.convert("RGB").getpixel((0, 0)) == tuple(round(255 * c) for c in PAPER)
    assert light.size == night.size == (640, 320)
    assert html.count('alt="A &quot;line&quot; that rises."') == 2
    assert "<figcaption>Five &lt; six.</figcaption>" in html
    assert re.search(r'class="only-dark"[^>]* hidden', html), "without our style sheet only the light one may show"


def test_equal_figures_give_equal_bytes():
    assert exhibit(draw_line(), **WORDS).html == exhibit(draw_line(), **WORDS).html


def test_show_displays_at_once(capsys):
    assert show(draw_line(), **WORDS) is None
    assert "A caption." in capsys.readouterr().out


def test_fewer_colours_keep_large_areas_exact():
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 256, (8, 8, 3)).repeat(20, axis=0).repeat(20, axis=1).astype(np.uint8)
    cells[:20, :20] = np.arange(1200).reshape(20, 20, 3) % 251  # many single blends
    small = _few_colours(Image.fromarray(cells))
    assert small.mode == "P"
    np.testing.assert_array_equal(np.asarray(small.convert("RGB"))[20:], cells[20:])


# -- dark ------------------------------------------------------------------------------------------------------------


def test_greys_swap_ends_and_data_colours_stay():
    assert on_dark("white")[:3] == pytest.approx(PAPER)
    assert contrast(on_dark("black"), PAPER) > 12
    assert on_dark(PALETTE[4]) == mpl.colors.to_rgba(PALETTE[4])
    assert contrast(on_dark("#FDE2DC"), PAPER) < 2, "a pale background must not glare"


def test_colours_come_back_after_the_dark():
    ax = draw_line()
    bars = ax.bar([0, 1], [1, 2], color="black", edgecolor="white")
    points = ax.scatter([0, 1], [1, 2], color=["black", "white"])
    line, title = ax.lines[0], ax.set_title("t")
    before = (bars[0].get_facecolor(), points.get_facecolor().tolist(), line.get_color(), title.get_color())
    with dark(ax.figure):
        assert bars[0].get_facecolor() != before[0]
        assert points.get_facecolor().tolist() != before[1]
        assert title.get_color() != before[3]
    assert (bars[0].get_facecolor(), points.get_facecolor().tolist(), line.get_color(), title.get_color()) == before
    plt.close(ax.figure)


def test_marks_that_follow_their_line_are_swapped_once():
    ax = new_axes()
    (line,) = ax.plot([1, 2], color="black", marker="o")
    dots = ax.scatter([1, 2], [1, 2], color="black", edgecolor="face")
    with dark(ax.figure):
        assert line.get_markerfacecolor() == line.get_color() == on_dark("black")
        assert dots.get_edgecolor()[0].tolist() == dots.get_facecolor()[0].tolist() == pytest.approx(on_dark("black"))
    plt.close(ax.figure)


def test_numbers_on_a_heat_map_keep_their_colour_and_so_does_what_asks_to():
    ax, other = new_axes(ncols=2)
    ax.imshow(np.eye(2))
    ax.set_xlim(-0.5, 4)
    on_cell, beside = ax.text(0, 0, "1", color="white"), other.text(0, 0, "1", color="black")
    right_of_cells = ax.text(2, 0, "holds", color="black")
    asked = other.text(0, 0, "2", color="black", gid=KEEP)
    with dark(ax.figure):
        assert on_cell.get_color() == "white"
        assert asked.get_color() == "black"
        assert beside.get_color() != "black" and right_of_cells.get_color() != "black"
    plt.close(ax.figure)


# -- interactive -----------------------------------------------------------------------------------------------------


def test_an_interactive_figure_asks_nothing_of_the_network():
    item = plotly_exhibit(go.Figure(go.Bar(x=["</script>"], y=[1])), caption="Bars.", alt="One bar.")
    assert "http" not in item.html
    assert "<script" not in item.html, "a figure is data"
    data, _, config = json.loads(BeautifulSoup(item.html, "html.parser").select_one(".atlas-plot")["data-plot"])
    assert data[0]["x"] == ["</script>"] and config["showSendToCloud"] is False
    assert 'aria-label="One bar."' in item.html and "<figcaption>Bars.</figcaption>" in item.html
    assert set(item._repr_mimebundle_()) == {"text/html", "text/plain", "text/csv", "application/vnd.plotly.v1+json"}


def test_an_interactive_figure_is_the_same_every_time_and_unchanged():
    figure = go.Figure(go.Bar(y=[1]))
    before = figure.to_json()
    assert plotly_exhibit(figure, **WORDS).html == plotly_exhibit(figure, **WORDS).html
    assert figure.to_json() == before


# -- flows -----------------------------------------------------------------------------------------------------------

NODES = pd.DataFrame(
    [("a1", 1, "A"), ("b1", 1, "B"), ("a2", 2, "A"), ("b2", 2, "B"), ("c2", 2, "C")], columns=["node", "stage", "label"]
)
LINKS = pd.DataFrame([("a1", "a2", 3), ("a1", "b2", 1), ("b1", "b2", 2)], columns=["source", "target", "value"])


def test_a_node_is_as_large_as_what_passes_through_it():
    nodes, links = check_flows(NODES, LINKS)
    assert nodes["size"].to_dict() == {"a1": 4, "b1": 2, "a2": 3, "b2": 3, "c2": 0}
    assert nodes["column"].tolist() == [0, 0, 1, 1, 1]
    assert nodes.loc["a1", "colour"] == nodes.loc["a2", "colour"] != nodes.loc["b1", "colour"]
    assert links["hover"].tolist() == ["A → A", "A → B", "B → B"]


@pytest.mark.parametrize(
    ("nodes", "links", "says"),
    [
        (NODES.drop(columns="label"), LINKS, "nodes lacks the column label"),
        (pd.concat([NODES, NODES[:1]]), LINKS, "'a1' is listed twice"),
        (NODES, LINKS.replace("b2", "x"), "target 'x' is not among the nodes"),
        (NODES, LINKS.assign(value=0), "value above zero"),
    ],
)
def test_flows_that_make_no_sense_are_refused(nodes, links, says):
    with pytest.raises(ValueError, match=says):
        check_flows(nodes, links)


def test_the_sankey_tells_members_on_hover():
    nodes = NODES.assign(hover=[f"{label}\n510300.SH <沪深300>" for label in NODES["label"]])
    trace = sankey(nodes, LINKS, unit="ETFs").data[0]
    assert trace.node.customdata[0] == "<b>A</b><br>510300.SH &lt;沪深300&gt;"
    assert "ETFs" in trace.node.hovertemplate
    assert list(trace.link.source) == [0, 0, 1] and list(trace.link.target) == [2, 3, 3]


@pytest.mark.parametrize("columns", [2, 8])
def test_no_name_is_html_or_mathematics_in_the_sankey(columns):
    hostile = "<a href='//x'>b</a> $x^2$"
    stages = range(columns)
    nodes = pd.DataFrame(
        [(f"n{i}", f"{hostile}{i}", hostile, hostile) for i in stages], columns=["node", "stage", "label", "hover"]
    )
    links = pd.DataFrame([(f"n{i}", f"n{i + 1}", 1) for i in stages[:-1]], columns=["source", "target", "value"])
    figure = sankey(nodes, links, unit=hostile, title=hostile)
    trace = figure.data[0]
    shown = [*trace.node.label, *trace.node.customdata, *trace.link.customdata, trace.node.hovertemplate]
    shown += [figure.layout.title.text, *(note.text for note in figure.layout.annotations)]
    assert any("x^2" in text for text in shown)
    assert [text for text in shown if "<a" in text or "$" in text] == []


def test_a_colour_follows_its_key_where_names_change():
    nodes, _ = check_flows(NODES.assign(colour_key=[7, 8, 8, 7, 9]), LINKS)
    assert nodes.loc["a1", "colour"] == nodes.loc["b2", "colour"] != nodes.loc["a2", "colour"]
    assert len(set(series_colours(16))) == 16


def test_names_stand_at_both_ends_only_where_columns_are_close():
    nodes = pd.DataFrame([(f"n{i}", i, "name") for i in range(8)], columns=["node", "stage", "label"])
    links = pd.DataFrame([(f"n{i}", f"n{i + 1}", 1) for i in range(7)], columns=["source", "target", "value"])
    figure = sankey(nodes, links)
    assert set(figure.data[0].node.label) == {""}
    named = [note for note in figure.layout.annotations if note.text == "name"]
    assert [(note.x, note.xanchor) for note in named] == [(0, "right"), (1, "left")]
    assert [note.text for note in figure.layout.annotations if note.y == 1] == [str(i) for i in range(8)]
    ax = plot_alluvial(nodes, links)
    assert len(ax.texts) == 2
    plt.close(ax.figure)


def test_the_still_figure_draws_every_flow_inside_its_column():
    ax = plot_alluvial(NODES, LINKS)
    boxes = {(round(p.get_x(), 2), round(p.get_y(), 6)): p.get_height() for p in ax.patches if hasattr(p, "get_height")}
    ribbons = [p for p in ax.patches if not hasattr(p, "get_height")]
    assert len(ribbons) == len(LINKS)
    heights = sorted(height for height in boxes.values())
    unit = max(heights) / 4
    np.testing.assert_allclose(heights, [0, 2 * unit, 3 * unit, 3 * unit, 4 * unit], atol=1e-9)
    for ribbon in ribbons:
        y = ribbon.get_path().vertices[:, 1]
        assert y.min() >= 0 and y.max() <= 1
    plt.close(ax.figure)


def test_both_flow_figures_say_what_they_show():
    ax = plot_alluvial(NODES, LINKS, title="A < B")
    assert ax.get_title("left") == "A < B"
    plt.close(ax.figure)
    plain, titled = sankey(NODES, LINKS).layout, sankey(NODES, LINKS, title="A < B").layout
    assert titled.title.text == "A &lt; B" and plain.title.text is None
    assert titled.margin.t > plain.margin.t, "the stages keep their place under the title"
