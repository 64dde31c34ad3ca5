"""Every chapter keeps the book's anatomy, and runs."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.execute import main
from helpers.params import RunParams
from helpers.press.chapters import find_chapters
from helpers.press.recipes import HIDDEN, load_cells, makers, opening, recipes, standalone, visible_cells
from helpers.press.straight import binds, compared, reads
from helpers.published.exhibits import EXHIBITS
from helpers.scoreboard import collect

BOOK = Path(__file__).resolve().parents[1] / "book"
CHAPTERS = find_chapters(BOOK)
LONGEST_CELL = 30
LONGEST_VISIBLE = 15  # lines of a cell that a reader copies
LONGEST_CHAPTER = 590  # the answer, which a page shows at its top, is some 15 of them
COPIED = 0.8  # share of visible cells that run from imports, parameters, load and the cells they name

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)


straight = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)


def hidden_cells(chapter):
    return [c for c in chapter.cells if c.is_code and HIDDEN in c.tags]


def given(chapter):
    """The names that imports, parameters and load make."""
    return set().union(*(binds(c.source) for c in [*opening(chapter), *load_cells(chapter)]))


ONLY_SENTENCES = (ast.Call, ast.Constant, ast.keyword, ast.Name, ast.Attribute, ast.Load)


@straight
def test_a_hidden_cell_holds_sentences_and_nothing_else(chapter):
    for cell in hidden_cells(chapter):
        body = ast.parse(cell.source).body
        assert len(body) == 1 and isinstance(body[0], ast.Expr), cell.source
        said = body[0].value
        assert isinstance(said, ast.Call) and said.func.id == "say", cell.source
        for node in ast.walk(said):
            assert isinstance(node, ONLY_SENTENCES), ast.unparse(node)
            if isinstance(node, ast.Call):
                assert isinstance(node.func, ast.Name) and node.func.id in ("say", "When", "Each"), ast.unparse(node)


NO_ANSWER = {"10_evidence"}


@straight
def test_a_chapter_answers_its_question_in_two_or_three_sentences(chapter):
    cells = [cell for cell in hidden_cells(chapter) if "answer" in cell.tags]
    assert len(cells) == 1 or chapter.name in NO_ANSWER
    for cell in cells:
        said = ast.parse(cell.source).body[0].value.args
        assert 2 <= len(said) <= 4 and not any(isinstance(a, ast.Call) and a.func.id == "Each" for a in said)


def test_the_front_page_quotes_five_chapters():
    assert sum("headline" in cell.tags for chapter in CHAPTERS for cell in hidden_cells(chapter)) == 5


@straight
def test_a_visible_cell_is_short_and_has_no_guard(chapter):
    for cell in visible_cells(chapter):
        assert len(cell.source.strip().splitlines()) <= LONGEST_VISIBLE, cell.source
        guards = [n for n in ast.parse(cell.source).body if isinstance(n, ast.If | ast.Try | ast.FunctionDef)]
        assert guards == [], cell.source


@straight
def test_a_chapter_is_short(chapter):
    assert len(chapter.path.read_text(encoding="utf-8").splitlines()) <= LONGEST_CHAPTER


@straight
def test_no_name_has_two_meanings(chapter):
    made = {}
    for cell in visible_cells(chapter):
        loops = {
            n.id
            for f in ast.walk(ast.parse(cell.source))
            if isinstance(f, ast.For)
            for n in ast.walk(f.target)
            if isinstance(n, ast.Name)
        }
        inside = {
            n.id
            for f in ast.parse(cell.source).body
            if isinstance(f, ast.For)
            for n in ast.walk(f)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        for name in binds(cell.source) - loops - inside:
            assert name not in made, f"{name} is made by two cells:\n{made[name]}\n---\n{cell.source}"
            made[name] = cell.source


@straight
def test_a_visible_cell_takes_nothing_from_a_hidden_one_or_from_nowhere(chapter):
    known = given(chapter)
    for cell in visible_cells(chapter):
        assert reads(cell.source) <= known | binds(cell.source), (reads(cell.source) - known, cell.source)
        known |= binds(cell.source)


@straight
def test_most_visible_cells_can_be_copied_with_the_cells_they_name(chapter):
    base, maker = given(chapter), makers(chapter)
    cells = [c for c in visible_cells(chapter) if c not in load_cells(chapter)]

    def alone(cell):
        return reads(cell.source) <= base | binds(cell.source)

    copied = [c for c in cells if all(alone(maker[n]) for n in reads(c.source) - base if maker[n] is not c)]
    assert len(copied) >= COPIED * len(cells), [c.source for c in cells if c not in copied]


@straight
def test_every_comparison_names_a_registered_exhibit_once(chapter):
    found = [name for c in visible_cells(chapter) for _, name in compared(c.source)]
    calls = "\n".join(c.source for c in visible_cells(chapter)).count(".compare(")
    assert len(found) == calls and len(set(found)) == len(found)
    assert set(found) <= set(EXHIBITS)


RECIPES = [(chapter, number) for chapter in CHAPTERS for number in range(len(recipes(chapter)))]


@pytest.mark.book
@pytest.mark.parametrize(("chapter", "number"), RECIPES, ids=lambda v: getattr(v, "name", v))
def test_a_recipe_runs_alone_in_a_fresh_process(chapter, number, tmp_path):
    script = tmp_path / "copied.py"
    cell = recipes(chapter)[number]
    script.write_text(standalone(chapter, cell, {"source": "demo", "data": "small"}), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def headings(chapter):
    return [
        line
        for cell in chapter.cells
        if not cell.is_code
        for line in cell.source.splitlines()
        if re.match(r"#{1,2} ", line)
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
    notebook = tmp_path / f"notebooks/{chapter.name}.ipynb"
    rows = collect([notebook])
    assert len(rows)
    market = rows[[e not in EXHIBITS or bool(EXHIBITS[e].needs) for e in rows["exhibit"]]]
    assert set(market["verdict"]) <= {"simulated", "not computable"}  # a made-up market replicates nothing
    outputs = [o for c in json.loads(notebook.read_text())["cells"] for o in c.get("outputs", [])]
    assert [o for o in outputs if o["output_type"] == "stream"] == []  # no warning reaches a page
    assert [o["metadata"]["unnamed_facts"] for o in outputs if o.get("metadata", {}).get("unnamed_facts")] == []
