"""Every chapter keeps the book's anatomy, and runs."""

import ast
import re
from pathlib import Path

import pytest

from helpers.execute import main
from helpers.params import RunParams
from helpers.press.chapters import find_chapters
from helpers.scoreboard import collect

BOOK = Path(__file__).resolve().parents[1] / "book"
CHAPTERS = find_chapters(BOOK)
LONGEST_CELL = 30

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)


def headings(chapter):
    return [
        line.removeprefix("# ")
        for cell in chapter.cells
        if not cell.is_code
        for line in cell.source.splitlines()
        if re.match(r"# #{1,2} ", line)
    ]


@each_chapter
def test_defaults_are_the_ones_of_run_params(chapter):
    defaults = RunParams().model_dump()
    assert chapter.declared == {key: defaults[key] for key in chapter.declared}


@each_chapter
def test_a_chapter_has_its_number_and_its_closing_sections(chapter):
    found = headings(chapter)
    assert found[0].startswith(f"# {chapter.name[:2]} · ")
    assert [h for h in found if h.startswith("# ")] == found[:1]
    closing = ["## Published and computed", "## What to trust, and what not", "## Where to go next"]
    assert [h for h in found if h in closing] == closing


@each_chapter
def test_cells_are_short_enough_to_copy(chapter):
    lengths = {i: len(cell.source.strip().splitlines()) for i, cell in enumerate(chapter.cells) if cell.is_code}
    assert {i: n for i, n in lengths.items() if n > LONGEST_CELL} == {}


@each_chapter
def test_imports_stand_in_one_cell_and_none_is_a_star(chapter):
    cells = [
        i
        for i, cell in enumerate(chapter.cells)
        if cell.is_code and any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(cell.source)))
    ]
    assert len(cells) == 1
    assert "import *" not in chapter.cells[cells[0]].source


@each_chapter
def test_every_figure_has_a_caption_and_an_alternative_text(chapter):
    for cell in chapter.cells:
        if not cell.is_code:
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("show", "show_plotly"):
                assert {"caption", "alt"} <= {k.arg for k in call.keywords}, ast.unparse(call)


@each_chapter
def test_a_chapter_reads_no_output_of_another(chapter):
    assert "_build" not in chapter.path.read_text(encoding="utf-8")


RESULT = re.compile(r"(?<![\w.§])[-+−]?\d+\.\d+\s?(%|pp|percent|per cent)")


@each_chapter
def test_no_measured_percentage_is_typed_into_prose(chapter):
    prose = "\n".join(cell.source for cell in chapter.cells if not cell.is_code)
    assert [m.group() for m in RESULT.finditer(prose)] == []


@pytest.mark.book
@each_chapter
def test_a_chapter_runs_on_the_small_demo_market(chapter, tmp_path, capsys):
    run = BOOK.parent / "params/smoke.yaml"
    assert main([chapter.name, str(run), "--out", str(tmp_path)]) == 0, capsys.readouterr().err
    rows = collect([tmp_path / f"notebooks/{chapter.name}.ipynb"])
    assert len(rows)
    assert set(rows["verdict"]) <= {"simulated", "not computable"}  # a made-up market replicates nothing
