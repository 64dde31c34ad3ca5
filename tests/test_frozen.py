"""The results of a real run are kept whole and dated, and never those of a simulated one."""

import json
from datetime import date
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.press import frozen
from helpers.press.errors import RenderError
from helpers.press.render import render
from helpers.scoreboard import COLUMNS
from tiny_book import write_run

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 2, 16)


@pytest.fixture
def kept(tmp_path):
    """What is kept of the tiny run, in a file."""

    def keep(simulated=False):
        notebooks, _ = write_run(tmp_path / "run", simulated)
        (tmp_path / "book").mkdir()
        for path in notebooks:
            (tmp_path / f"book/{path.stem}.py").write_text("# %%\n")
        found = frozen.freeze("tiny", tmp_path / "run", tmp_path / "book", DAY)
        (tmp_path / "tiny.json").write_text(json.dumps(found), "utf-8")
        return tmp_path / "tiny.json"

    return keep


def test_what_is_kept_is_the_scoreboard_and_the_answers_with_their_day(kept):
    about, board = frozen.load(kept())
    assert list(board) == COLUMNS and len(board) == 9
    assert about["kept_on"] == "2026-02-16"
    assert about["answers"] == {"01_alpha": ["Alpha rose in **two** of three years.", "It fell in one."]}
    assert set(about) & {"tables", "cells", "outputs"} == set()


def test_a_simulated_run_is_never_kept(kept):
    with pytest.raises(RenderError, match="simulated, and only a real run is kept"):
        kept(simulated=True)


def test_the_table_counts_every_row_and_stands_where_it_stood(kept):
    about, board = frozen.load(kept())
    table = frozen.results_table(about, board)
    last = next(line for line in table.splitlines() if line.startswith("| all"))
    assert sum(int(n.replace(",", "")) for n in last.split("|")[2:-1]) == 9
    assert "2026-02-16" in table
    text = "a\n<!-- results: begin -->\nold\n<!-- results: end -->\nb\n"
    once = frozen.with_results(text, table)
    assert "old" not in once and once.startswith("a\n") and once.endswith("b\n")
    assert frozen.with_results(once, table) == once
    with pytest.raises(RenderError, match="no place for the results"):
        frozen.with_results("nothing here", table)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"rows": [[1]], "columns": ["a", "b"]}'])
def test_a_file_that_is_not_the_results_of_a_run_is_refused(tmp_path, text):
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(RenderError, match="odd.json: not the results of a run"):
        frozen.load(path)


@pytest.mark.book
@pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning")
def test_a_simulated_book_leads_to_the_kept_results_and_a_real_one_needs_none(kept, tmp_path):
    file = kept()
    for simulated in (True, False):
        out = tmp_path / f"pages-{simulated}"
        render("tiny", *write_run(out, simulated), out, kept=file)
        front = BeautifulSoup((out / "html/index.html").read_text("utf-8"), "html.parser")
        assert bool(front.select("a[href='real/index.html']")) == simulated
        assert (out / "html/real").is_dir() == simulated
    real = tmp_path / "pages-True/html/real"
    for name in ("index", "scoreboard"):
        page = BeautifulSoup((real / f"{name}.html").read_text("utf-8"), "html.parser")
        assert page.select_one(".bd-header-announcement").text.strip() == "Results on real data, kept on 2026-02-16"
        assert page.select_one("meta[http-equiv=Content-Security-Policy]")
    assert len(page.select("table.scoreboard tbody tr")) == 9
    assert not page.select("table.scoreboard a"), "no chapter of a real run stands beside"


def test_the_readme_shows_the_run_that_is_kept():
    path = frozen.latest()
    if path is None:
        pytest.skip("no run is kept yet; `make freeze RUN=snapshot` keeps one")
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == frozen.with_results(readme, frozen.results_table(*frozen.load(path)))
