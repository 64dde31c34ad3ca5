"""Chapter 04 runs on any pair, any span and without the indices, and its board says what it could not compute."""

import numpy as np
import pandas as pd
import pytest

import helpers.regimes.evidence
import helpers.regimes.hit_rates
from helpers.sessions import sessions


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder source with four indices of random walks and nothing else."""
    home = tmp_path_factory.mktemp("tables")
    dates, rng = sessions("2019-01-02", "2026-02-13"), np.random.default_rng(0)
    walks = {
        code: 1_000 * np.exp(rng.normal(0, 0.01, len(dates)).cumsum())
        for code in ("000300", "000852", "399370", "399371", "000905")
    }
    wide = pd.DataFrame(walks, index=dates).rename_axis("date")
    long = wide.melt(var_name="index_code", value_name="close", ignore_index=False).reset_index()
    long.to_parquet(home / "index_daily.parquet")
    return home


@pytest.fixture
def run(run_chapter, monkeypatch):
    """Run the chapter with fewer shuffles."""
    shuffle = helpers.regimes.hit_rates.shuffled_hit_rates
    for module in (helpers.regimes.hit_rates, helpers.regimes.evidence):
        monkeypatch.setattr(module, "shuffled_hit_rates", lambda *a, **k: shuffle(*a, **{**k, "draws": 3}))
    return lambda **parameters: run_chapter("04_style_regimes", **parameters)


def test_every_printed_week_and_spell_gets_its_row(folder, run):
    page = run(source="folder", data=str(folder), style_start="2019-01-02")
    assert page.board["exhibit"].value_counts().to_dict() == {
        "S002 style signals, 22 weeks: state": 44,
        "S002 style signals, 22 weeks: winner": 44,
        "S002 style spells told in prose": 5,
    }
    assert page.board["computed"].notna().all()
    assert (page.board["verdict"] == "published inconsistent").sum() == 1
    assert len(page.captions) == 16


def test_an_end_before_the_printed_weeks_leaves_them_not_computable(folder, run):
    page = run(source="folder", data=str(folder), style_start="2019-01-02", end="2025-11-12")
    states = page.board[page.board["exhibit"].str.endswith("state")]
    assert (states["verdict"] == "not computable").sum() == 2 * 12
    assert (states["verdict"] != "not computable").sum() == 2 * 10
    assert (page.board.loc[page.board["verdict"] == "not computable", "note"].str.contains("not in the data")).all()
    earlier = run(source="folder", data=str(folder), style_start="2019-01-02", end="2025-06-30")
    assert (earlier.board["verdict"] == "not computable").all()


def test_another_pair_gets_the_same_page_without_the_printed_weeks(folder, run):
    page = run(
        source="folder", data=str(folder), style_start="2019-01-02", size_pair=["000905", "000852"], start="2022-01-01"
    )
    assert any("000905 over 000852" in caption for caption in page.captions)
    size = page.board[page.board["item"].str.startswith("size")]
    assert (size["verdict"] == "not computable").all()
    assert size["note"].str.contains("000905/000852").any()
    assert (page.board.loc[page.board["item"].str.startswith("growth"), "verdict"] != "not computable").all()


def test_an_absent_pair_is_named_and_the_other_style_goes_on(folder, run):
    page = run(source="folder", data=str(folder), style_start="2019-01-02", growth_pair=["399376", "399377"])
    growth = page.board[page.board["item"].str.startswith("growth")]
    assert (growth["verdict"] == "not computable").all()
    assert growth["note"].str.contains("index_daily holds no 399376, 399377").any()
    assert any(caption.startswith("size") for caption in page.captions)
    assert not any(caption.startswith("growth") for caption in page.captions)


def test_a_market_without_indices_still_makes_a_page(tmp_path, run):
    days = pd.DataFrame({"date": sessions("2024-01-02", "2024-03-29")})
    days.to_parquet(tmp_path / "calendar.parquet")
    page = run(source="folder", data=str(tmp_path))
    assert (page.board["verdict"] == "not computable").all()
    assert page.board["note"].str.contains("index_daily").all()
    assert len(page.captions) == 1


def test_too_short_a_span_says_so(folder, run):
    page = run(source="folder", data=str(folder), style_start="2024-06-03")
    assert page.board["note"].str.contains("fewer than the 156 needed").any()


@pytest.mark.snapshot
def test_on_the_snapshot_all_44_states_and_44_winners_match(snapshot_dir, run):
    page = run(source="folder", data=str(snapshot_dir))
    tables = page.board[page.board["exhibit"].str.startswith("S002 style signals")]
    assert len(tables) == 88
    assert (tables["verdict"] == "match").all()
    told = page.board[page.board["exhibit"].str.contains("prose")]
    assert told["verdict"].value_counts().to_dict() == {"match": 4, "published inconsistent": 1}
