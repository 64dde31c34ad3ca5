"""Chapter 07 runs on a full market, on parts of one, on any span, and its board says what it could not compute."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import helpers.figures
import helpers.rotation.luck
from helpers.press.chapters import Chapter
from helpers.rotation.inputs import FACTORS, FLOW, gather
from helpers.sessions import sessions
from rotation_market import rotation_market

PATH = Path(__file__).resolve().parents[1] / "book" / "07_rotation.py"
SMALL = {
    "source": "folder",
    "rotation_start": "2021-02-01",
    "style_timed_start": "2021-02-01",
    "style_start": "2018-01-02",
    "top_n": 3,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("tables")
    for name, table in rotation_market().items():
        table.to_parquet(home / f"{name}.parquet")
    return home


@pytest.fixture
def run(monkeypatch):
    """Run the chapter's cells in this process, with fewer lots and figures drawn but not rendered."""
    captions = []

    def draw_only(drawn, caption, alt):
        assert caption and alt
        captions.append(caption)
        plt.close(drawn.figure)

    lots = helpers.rotation.luck.random_excess
    monkeypatch.setattr(helpers.figures, "show", draw_only)
    monkeypatch.setattr(helpers.rotation.luck, "random_excess", lambda *a, **k: lots(*a, **{**k, "runs": 5}))
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)

    def run_chapter(**parameters):
        captions.clear()
        chapter, names = Chapter(PATH), {}
        assert set(parameters) <= set(chapter.declared)
        for cell in chapter.cells:
            if cell.is_code:
                exec(compile(cell.source, str(PATH), "exec"), names)
                if "parameters" in cell.tags:
                    names.update(parameters)
        return names, list(captions)

    return run_chapter


def copy_without(folder, target, *names):
    for path in folder.iterdir():
        if path.stem not in names:
            (target / path.name).write_bytes(path.read_bytes())
    return str(target)


def test_a_full_market_computes_what_its_span_covers(folder, run):
    names, captions = run(data=str(folder), **SMALL)
    board = names["board"].frame()
    assert len(names["factors"]) == 4 and names["needs"] == []
    assert len(captions) == 13
    four = board[board["exhibit"] == "S002 four-factor by year"].set_index("item")
    computed = 100 * names["table"].loc["2021", "excess_return"]
    assert four.loc["2021 excess return", "computed"] == pytest.approx(computed)
    assert four.loc["2025 return", "verdict"] == "not computable"
    correlations = board[board["exhibit"] == "S002 factor correlation"]
    assert len(correlations) == 6 and correlations["computed"].notna().all()
    assert board["chapter"].unique().tolist() == ["07_rotation"]
    assert board["exhibit"].value_counts().to_dict() == {
        "S002 four-factor by year": 24 + 5,
        "S002 style-timed by year": 28 + 3,
        "S002 divergence by year": 24 + 3,
        "S002 factor correlation": 6,
        "S002 abstract": 2 + 1,
        "S002 industry win rates": 8,
        "S002 industry equal weight": 8,
        "S002 recent holdings": 7 + 7 + 36 + 3,
    }


def test_without_issuance_the_divergence_is_bracketed_and_its_rows_name_the_table(folder, run, tmp_path):
    names, captions = run(data=copy_without(folder, tmp_path, "fund_issuance"), **SMALL)
    assert set(names["alone"]) == {"style-timed", "ETF side always", "active side always"}
    board = names["board"].frame()
    needing = board["exhibit"].isin(["S002 four-factor by year", "S002 divergence by year"])
    rows = board[needing & (board["verdict"] == "not computable")]
    assert len(rows) == 48 and rows["note"].str.contains("fund_issuance").all()
    own = board[board["exhibit"] == "S002 style-timed by year"].set_index("item")
    assert not own["note"].str.contains("fund_issuance").any() and np.isfinite(own.loc["2021 return", "computed"])
    correlations = board[board["exhibit"] == "S002 factor correlation"]
    assert correlations["computed"].notna().sum() == 3  # those among the three factors that there are
    assert len(captions) == 13


@pytest.mark.parametrize(("absent", "number"), [("etf_shares", 76), ("industry_daily", 76), ("index_daily", 52)])
def test_a_missing_table_is_no_failure(folder, run, tmp_path, absent, number):
    names, captions = run(data=copy_without(folder, tmp_path, absent), **SMALL)
    board = names["board"].frame()
    missing = board[board["exhibit"].str.endswith("by year") & (board["verdict"] == "not computable")]
    assert missing["note"].str.contains(absent).sum() == number
    assert captions


def test_a_market_with_nothing_but_days_still_makes_a_page(run, tmp_path):
    pd.DataFrame({"date": sessions("2024-01-02", "2024-03-29")}).to_parquet(tmp_path / "calendar.parquet")
    names, captions = run(source="folder", data=str(tmp_path))
    board = names["board"].frame()
    assert len(captions) == 1
    assert (board["verdict"] == "published inconsistent").sum() == 13
    assert (board["verdict"] == "match").sum() == 1 + 6


def test_a_span_too_short_to_judge_still_makes_a_page(folder, run):
    names, _ = run(data=str(folder), **SMALL, end="2021-03-10")
    assert names["last_day"] <= pd.Timestamp("2021-03-10") and not names["ready"]


def test_an_earlier_end_and_other_parameters_reach_the_portfolio(folder, run):
    whole, _ = run(data=str(folder), **SMALL)
    past, _ = run(data=str(folder), **SMALL, end="2021-12-10")
    mine = past["main"].weights
    pd.testing.assert_frame_equal(whole["main"].weights.loc[mine.index], mine, check_freq=False)
    assert len(mine) > 15
    other = {**SMALL, "top_n": 2, "holding_weeks": 3, "trade_lag": 2, "cost_bps": 25.0}
    changed, _ = run(data=str(folder), **other, end="2021-12-10")
    assert (changed["main"].weights > 0).sum(axis=1).max() == 2
    assert len(changed["main"].weights) < len(mine)
    first = changed["main"].result.fills.iloc[0]
    assert len(sessions(first["decision"], first["session"])) == 3
    assert first["cost"] == pytest.approx(25e-4 / (1 + 25e-4))


@pytest.mark.snapshot
def test_on_the_snapshot_it_trades_four_factors_and_claims_nothing_it_cannot_feed(snapshot_dir, run):
    names, captions = run(source="folder", data=str(snapshot_dir), end="2026-02-13")
    market, inputs = names["market"], names["inputs"]
    assert set(names["factors"]) == set(FACTORS)
    # Every kind of table is there, but most weeks know the units of a few funds only.
    assert inputs.money.universe.median() < 0.1 and names["needs"] == ["etf_shares"]
    assert names["main"].returns.index[0] == pd.Timestamp("2019-10-08")
    # One index family: its shares only move when new weights are out.
    family = market["index_weights"].query("index_code == '000300'")
    alone = gather({name: market[name] for name in market} | {"index_weights": family}, **names["how"])
    assert alone.factors[FLOW].notna().any(axis=1).mean() < 0.5
    board = names["board"].frame()
    claimed = board[board["verdict"].isin(["match", "close", "differs"])]
    assert not claimed["item"].str.contains("six industries|win rate").any()
    citic = market["industry_daily"].query("scheme == 'CITIC_L1' and date >= '2018-01-01'")["date"]
    whole = citic.groupby(citic.dt.year).nunique().ge(240).sum()
    assert (claimed["exhibit"] == "S002 industry equal weight").sum() == whole >= 8
    returns = claimed[claimed["item"].str.endswith(", return")]
    assert len(returns) == 18 and returns["verdict"].eq("match").all()
    assert len(captions) == 14
