"""Verdicts follow from numbers, and rows survive the way through a notebook."""

import json

import pandas as pd
import pytest

from helpers import published
from helpers.published.exhibits import EXHIBITS, Exhibit
from helpers.scoreboard import COLUMNS, Scoreboard, collect, counts, to_html, verdict

STATES = "S002 style signals, 22 weeks: state"


@pytest.mark.parametrize(
    ("published", "computed", "tolerance", "outcome"),
    [
        (41.5, 41.47, 0.05, "match"),
        (0.3, 0.1 + 0.2, 0, "match"),
        (1.00, 1.01, 0.01, "match"),
        (41.5, 41.3, 0.05, "close"),
        (41.5, 41.2, 0.05, "differs"),
        (1, 0, 0, "differs"),
        ("holds", "holds", 0, "match"),
        ("holds", "fails", 0, "differs"),
    ],
)
def test_verdict_follows_from_the_numbers(published, computed, tolerance, outcome):
    assert verdict(published, computed, tolerance) == outcome


def test_a_missing_number_is_no_verdict():
    with pytest.raises(ValueError, match="cannot compare"):
        verdict(1.0, float("nan"))


def test_what_cannot_be_computed_says_why_and_names_its_table():
    board = Scoreboard("04_style_regimes")
    board.not_computable(STATES, "index_daily: no index_daily.parquet in market")
    rows = board.frame()
    assert len(rows) == 44 and set(rows["verdict"]) == {"not computable"}
    assert set(rows["note"]) == {"index_daily: no index_daily.parquet in market"}
    board.compare(STATES, {}, why="too short")
    assert board.frame()["note"].iloc[-1] == "needs index_daily; too short"


@pytest.mark.parametrize("name", EXHIBITS)
def test_printed_values_agree_with_themselves_and_a_missing_one_is_not_computable(name):
    cells = EXHIBITS[name].cells
    board = Scoreboard("00_any")
    board.compare(name, cells["published"].iloc[1:], as_of=EXHIBITS[name].window)
    rows = board.frame().set_index("item")
    assert list(rows.index) == list(cells.index)
    assert rows["verdict"].iloc[0] == "not computable"
    told = cells["check"].iloc[1:] != ""
    assert set(rows["verdict"].iloc[1:][told.to_numpy()]) <= {"published inconsistent"}
    assert set(rows["verdict"].iloc[1:][~told.to_numpy()]) <= {"match"}
    assert set(rows["kind"]) == {EXHIBITS[name].kind}


@pytest.mark.parametrize("name", EXHIBITS)
def test_a_simulated_market_marks_the_rows_that_take_a_market_and_no_others(name):
    board = Scoreboard("00_any", simulated=True)
    board.compare(name, EXHIBITS[name].cells["published"], as_of=EXHIBITS[name].window)
    assert (set(board.frame()["verdict"]) == {"simulated"}) == bool(EXHIBITS[name].needs)


WINDOWED = Exhibit(
    "S000 T", lambda: pd.Series({"x": 1, "y": 2}), "replicated", ("etf_list",), window=("2025-12-01", "2025-12-10")
)


@pytest.fixture
def windowed(monkeypatch):
    monkeypatch.setitem(EXHIBITS, WINDOWED.name, WINDOWED)
    return Scoreboard("00_any")


@pytest.mark.parametrize("day", ["2025-12-01", "2025-12-10", ("2025-12-02", "2025-12-05")])
def test_inside_its_window_an_exhibit_is_judged(windowed, day):
    windowed.compare(WINDOWED.name, {"x": 1, "y": 3}, as_of=day)
    assert list(windowed.frame()["verdict"]) == ["match", "differs"]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2025-11-30", "2025-11-30"),
        (pd.Timestamp("2025-12-11"), "2025-12-11"),
        (("2025-12-05", "2026-01-30"), "2025-12-05 to 2026-01-30"),
    ],
)
def test_outside_its_window_an_exhibit_says_which_one_it_needs_and_gets_no_verdict(windowed, day, said):
    windowed.compare(WINDOWED.name, {"x": 1, "y": 2}, as_of=day)
    rows = windowed.frame()
    assert set(rows["verdict"]) == {"not computable"} and rows["computed"].isna().all()
    assert set(rows["note"]) == {f"needs etf_list as of 2025-12-01 to 2025-12-10; this run looks at {said}"}


def test_an_exhibit_with_a_window_asks_for_the_day(windowed):
    with pytest.raises(ValueError, match="say as_of"):
        windowed.compare(WINDOWED.name, {"x": 1})


def test_a_table_is_compared_by_its_labels_in_any_order_and_shape():
    board = Scoreboard("04_style_regimes")
    printed = EXHIBITS[STATES].printed()
    wrong = printed.iloc[::-1].replace({0: 1, 1: 0})
    board.compare(STATES, wrong)
    assert set(board.frame()["verdict"]) == {"differs"}
    with pytest.raises(ValueError, match="did you mean: S002 style signals"):
        board.compare("S002 style signals, state", printed)


def test_a_printed_contradiction_needs_a_check_that_found_one():
    board = Scoreboard("07_rotation")
    board.add("S002 T", "2019 excess", 1.13, -1.13, "%", check="H5")
    assert board.frame().loc[0, "verdict"] == "published inconsistent"
    assert "H5" in board.frame().loc[0, "note"]
    sound = published.checks().query("status == 'ok'")["check_id"].iloc[0]
    with pytest.raises(ValueError, match="shows no contradiction"):
        board.add("S002 T", "x", 1, 2, check=sound)
    with pytest.raises(ValueError, match="not in published"):
        board.add("S002 T", "x", 1, 2, check="nonsense")


def test_a_simulated_market_never_claims_a_match():
    board = Scoreboard("04_style_regimes", simulated=True)
    board.add("S002 T", "a", 1, 1)
    board.add("S002 T", "b", 1, 0)
    assert list(board.frame()["verdict"]) == ["simulated", "simulated"]


def test_rows_are_collected_from_executed_notebooks(tmp_path):
    board = Scoreboard("01_taxonomy")
    board.add("S001 T1", "x", 1.0, 1.0, "%", 0.1)
    board.add("S001 T1", "y", 2.0, 2.4, "%", 0.1)
    data, metadata = board._repr_mimebundle_()
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    path = tmp_path / "01_taxonomy.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": [output]}, {"cell_type": "markdown"}]}))
    collected = collect([path])
    assert list(collected.columns) == COLUMNS
    pd.testing.assert_frame_equal(collected, board.frame())
    assert counts(collected)[["match", "close"]].tolist() == [1, 1]


def test_html_escapes_what_a_note_may_hold():
    board = Scoreboard("01_taxonomy")
    board.add("S001 <b>", "a < b", 1, 1, note="<script>")
    page = to_html(board.frame())
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
