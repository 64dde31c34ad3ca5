"""Figures of dedup and clusters draw what they are given, and cope with little."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from helpers.figures import clusters as draw
from helpers.figures import dedup as draw_dedup
from helpers.figures import exhibit
from helpers.figures.dark import dark

DATES = pd.date_range("2025-01-31", periods=4, freq="ME")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def rendered(ax):
    assert "<figure" in exhibit(ax, caption="a caption", alt="a description").html
    return ax


def texts(ax):
    return [t.get_text() for t in ax.texts]


def test_steps_show_what_is_left_and_what_went():
    steps = pd.DataFrame({"rule": ["thin", "copies"], "before": [10, 7], "dropped": [3, 5], "left": [7, 2]})
    ax = rendered(draw_dedup.plot_steps(steps))
    assert [t.strip() for t in texts(ax)] == ["10", "7  (−3)", "2  (−5)"]


def test_noise_marks_where_the_run_begins():
    noise = pd.DataFrame(
        {
            "low": [0.0, 1e6],
            "high": [1e6, np.inf],
            "pairs": [5, 6],
            "q25": [0.8, 0.98],
            "median": [0.9, 0.99],
            "q75": [0.95, 1.0],
        }
    )
    assert any("kept by this run" in t for t in texts(rendered(draw_dedup.plot_noise(noise, 0.98, 1e6))))
    assert not any("kept" in t for t in texts(draw_dedup.plot_noise(noise, 0.98, 7.0)))


def test_crowding_survivors_and_keys_are_drawn():
    crowd = pd.DataFrame({"index": ["沪深300  000300", "黄金  AU9999"], "liquid": [3, 1], "thin": [1, 0]})
    rendered(draw_dedup.plot_crowding(crowd))
    table = pd.DataFrame(
        {"survivor": ["earliest", "most_traded"], "turnover": [1e7, 2e7], "fee": [np.nan, 0.005], "differ": [0, 3]}
    )
    ax = draw_dedup.plot_survivors(table)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["earliest", "most traded"]
    rendered(ax)
    rendered(draw_dedup.plot_keys_against_data(pd.Series([0.99, 0.98]), pd.Series([0.5, 0.9]), 0.99))


def test_evidence_rings_the_chosen_row():
    table = pd.DataFrame(
        {
            "family": ["ward", "ward", "affinity"],
            "clusters": [10.0, 20.0, 15.0],
            "ahead": [0.1, 0.2, 0.19],
            "ahead_se": 0.02,
            "silhouette": 0.2,
            "silhouette_se": 0.01,
            "stability": [0.5, 0.6, 0.7],
            "qualifies": [False, True, True],
            "chosen": [False, False, True],
        }
    )
    ax = rendered(draw.plot_evidence(table))
    rings = [line for line in ax.lines if line.get_markerfacecolor() == "none"]
    assert [(r.get_xdata()[0], r.get_ydata()[0]) for r in rings] == [(15.0, 0.19)]


def test_the_map_names_only_clusters_of_three_or_more():
    month = pd.DataFrame({"label": [0, 0, 0, 1, 2], "is_medoid": [True, False, False, True, True]})
    place = np.random.default_rng(0).normal(size=(5, 2))
    links = pd.DataFrame({"a": [0, 1, 2, 3], "b": [1, 2, 3, 4], "distance": 1.0})
    ax = rendered(draw.plot_map(month, place, links, pd.Series(["芯片", "银行", "黄金"])))
    assert texts(ax) == ["芯片"]


def test_strips_carry_a_verdict_for_each_claim():
    months = pd.DataFrame([[1, 0, np.nan, 1], [np.nan] * 4], index=["c01", "c02"], columns=DATES)
    table = pd.DataFrame({"verdict": ["holds partly", "cannot be tested"]}, index=months.index)
    assert texts(rendered(draw.plot_claim_strips(months, table))) == ["holds partly", "cannot be tested"]


def test_the_migration_joins_months_in_one_cluster_and_skips_absence():
    table = pd.DataFrame([[1, 1, 2, 2], [np.nan, 1, 1, 1]], index=["甲", "乙"], columns=DATES)
    ax = rendered(draw.plot_migration(table, pd.Series({1: "芯片", 2: "银行"})))
    assert texts(ax) == ["芯片", "银行", "芯片"]
    assert [patch.get_width() for patch in ax.patches] == [2, 2, 3]


def test_stability_list_and_blocks_are_drawn():
    score = pd.DataFrame({"title": [f"fund {i}" for i in range(30)], "company": np.linspace(0, 1, 30)})
    assert len(rendered(draw.plot_stability(score, ends=5)).get_yticks()) == 10
    lines = pd.DataFrame({"list": [0.1] * 3, "most_traded": [0.2] * 3, "all": [0.3] * 3}, index=DATES[:3])
    assert len(rendered(draw.plot_list(lines)).lines) == 3
    rendered(draw.plot_block_correlations(pd.DataFrame(np.eye(3), list("abc"), list("abc"))))


def test_labels_share_a_colour_only_after_seven():
    colours = draw.label_colours(list(range(8)))
    assert len({colours[i] for i in range(7)}) == 7
    assert colours[7] == colours[0]


def test_strips_and_cells_look_alike_on_a_dark_page():
    months = pd.DataFrame([[1, 0, np.nan, 1]], index=["c01"], columns=DATES)
    strips = draw.plot_claim_strips(months, pd.DataFrame({"verdict": ["holds"]}, index=months.index))
    keys, verdict = strips.get_legend().get_patches(), strips.texts[0]
    before = [patch.get_facecolor() for patch in keys], verdict.get_color()
    with dark(strips.figure):
        assert [patch.get_facecolor() for patch in keys] == before[0], "the strips do not change colour either"
        assert verdict.get_color() != before[1]
    cells = draw.plot_migration(pd.DataFrame([[1, 1, 2, 2]], index=["甲"], columns=DATES), pd.Series({1: "a", 2: "b"}))
    with dark(cells.figure):
        assert {text.get_color() for text in cells.texts} == {"white"}
