"""The runner refuses what papermill lets pass, and never loses a good notebook."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.execute import main
from helpers.files import note_read
from helpers.params import load_params
from helpers.press import chapters, freshness
from helpers.press.chapters import Chapter, find_chapters

CHAPTER = """\
# %% [markdown]
# # 01 · Trial

# %% tags=["parameters"]
source = "demo"
size_lambda = 100.0

# %%
import numpy as np
from helpers.scoreboard import Scoreboard

board = Scoreboard("01_trial", simulated=source == "demo")
board.add("S002 trial", "lambda", 100.0, size_lambda)
board

# %%
object(), {"a", "b", "c"}, np.arange(3) / (size_lambda > 0)
"""


@pytest.fixture
def house(tmp_path):
    """A small house: one chapter, one run, a place to build."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_trial.py").write_text(CHAPTER, encoding="utf-8")
    (tmp_path / "trial.yaml").write_text("source: demo\n", encoding="utf-8")
    return tmp_path


def run(house, *arguments):
    places = ["--book", str(house / "book"), "--out", str(house / "build/trial")]
    return main([*arguments[:1], str(house / "trial.yaml"), *arguments[1:], *places])


def edit(house, old, new):
    path = house / "book/01_trial.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('# %% tags=["parameters"]', "# %%", r'01_trial\.py: 0 cells are tagged "parameters"; begin exactly one'),
        ("size_lambda = 100.0", "size_lambda = 100.0\nend = None", r"01_trial\.py: end: no cell reads this parameter"),
        ("size_lambda = 100.0", "size_lambda = 100.0\nhue = 1", r"01_trial\.py: hue: no cell reads"),
        ("size_lambda = 100.0", "size_lambda = -1.0", r"01_trial\.py: size_lambda: -1.0 cannot be used"),
        ("size_lambda = 100.0", "size_lambda = 10 * 10", r"parameters cell: `size_lambda = 10 \* 10` must read"),
        ("object(),", "object() = 1", r"01_trial\.py: cannot assign"),
    ],
)
def test_a_chapter_that_cannot_run_is_refused_in_one_line(house, capsys, old, new, says):
    edit(house, old, new)
    assert run(house, "01") == 2
    error = capsys.readouterr().err
    assert re.search(says, error)
    assert len(error.strip().splitlines()) == 1


def test_a_parameter_unknown_to_the_book_is_refused_even_when_read(house, capsys):
    edit(house, "size_lambda = 100.0", "size_lambda = 100.0\nhue = 1")
    edit(house, "object(),", "hue,")
    assert run(house, "01") == 2
    assert "01_trial.py: hue: unknown parameter" in capsys.readouterr().err


def test_a_run_parameter_that_no_chapter_reads_is_refused(house, capsys):
    (house / "trial.yaml").write_text("source: demo\ngrowth_lambda: 5.0\n", encoding="utf-8")
    assert main(["--plan", str(house / "trial.yaml"), "--book", str(house / "book"), "--out", str(house / "b")]) == 2
    assert "trial.yaml: growth_lambda: no chapter reads this parameter" in capsys.readouterr().err


def test_an_unknown_chapter_lists_the_known_ones(house, capsys):
    assert run(house, "02") == 2
    assert "02: no such chapter; the chapters are 01_trial" in capsys.readouterr().err


@pytest.mark.book
def test_same_inputs_give_same_bytes_and_a_failure_leaves_them(house, capsys):
    out = house / "build/trial/notebooks/01_trial.ipynb"
    assert run(house, "01", "--set", "SIZE_LAMBDA=5") == 0
    first = out.read_bytes()
    book = json.loads(first)
    assert book["metadata"]["etf_atlas"] == {
        "run": "trial",
        "chapter": "01_trial",
        "parameters": {"source": "demo", "size_lambda": 5.0},
        "simulated": True,
        "held": None,
    }
    assert run(house, "01", "--set", "SIZE_LAMBDA=5") == 0
    assert out.read_bytes() == first

    edit(house, "object(),", "1 / 0,")
    capsys.readouterr()
    assert run(house, "01", "--set", "SIZE_LAMBDA=5") == 2
    assert re.search(r"01_trial\.py: cell 3: ZeroDivisionError: division by zero", capsys.readouterr().err)
    assert out.read_bytes() == first
    assert out.with_name("01_trial.failed.ipynb").is_file()
    assert stale(house, "size_lambda: 5.0") == ["01_trial"]

    edit(house, "1 / 0,", "object(),")
    assert run(house, "01", "--set", "SIZE_LAMBDA=5") == 0
    assert not out.with_name("01_trial.failed.ipynb").exists()
    assert stale(house, "size_lambda: 5.0") == []

    assert (
        main(
            ["--collect", str(house / "trial.yaml"), "--book", str(house / "book"), "--out", str(house / "build/trial")]
        )
        == 0
    )
    assert "01_trial,S002 trial,lambda,100.0,5.0,,0.0,simulated," in (house / "build/trial/scoreboard.csv").read_text()


def stale(house, *lines):
    path = house / "trial.yaml"
    path.write_text("\n".join(["source: demo", *lines]), encoding="utf-8")
    return freshness.plan(house / "book", path, load_params(path), house / "build/trial")


@pytest.fixture
def built(house):
    """The house after a run, without the cost of one: the product exists and its key is recorded."""
    out = house / "build/trial/notebooks/01_trial.ipynb"
    out.parent.mkdir(parents=True)
    out.write_text("{}")
    assert stale(house) == ["01_trial"]
    record(house)
    assert stale(house) == []
    return house


def record(house, *read):
    build = house / "build/trial"
    with freshness.making(build, "01_trial", freshness.wanted(build, "01_trial"), notebook_of(house)):
        for path in read:
            note_read(path)


def notebook_of(house):
    return house / "build/trial/notebooks/01_trial.ipynb"


def test_only_what_a_chapter_reads_makes_it_stale(built):
    assert stale(built, "size_lambda: 7.0") == ["01_trial"]
    assert stale(built) == []
    (built / "book/02_other.py").write_text(CHAPTER.replace("size_lambda", "growth_lambda"), encoding="utf-8")
    assert stale(built, "growth_lambda: 7.0") == ["02_other"]


def test_an_edited_chapter_is_stale_and_a_lost_notebook_too(built):
    edit(built, "# # 01 · Trial", "# # 01 · Trial again")
    assert stale(built) == ["01_trial"]
    record(built)
    assert stale(built) == []
    (built / "build/trial/notebooks/01_trial.ipynb").unlink()
    assert stale(built) == ["01_trial"]


@pytest.fixture
def tables(built):
    """A folder of three tables that the chapter's run uses; plan it with ``planned``."""
    data = built / "tables"
    data.mkdir()
    for name in ("calendar", "index_daily", "fund_nav"):
        (data / f"{name}.csv").write_text("date\n2026-01-05\n")
    edit(built, 'source = "demo"', 'source = "demo"\ndata = None')
    edit(built, "object(),", "data,")
    (built / "trial.yaml").write_text(f"source: folder\ndata: {data}\n")
    return data


def planned(house):
    path = house / "trial.yaml"
    return freshness.plan(house / "book", path, load_params(path), house / "build/trial")


def write_unseen(path, text):
    """Change a file's content but neither its size nor its time, as a copy that keeps times does."""
    before = path.stat()
    assert len(text) == before.st_size
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("unseen", [False, True])
def test_an_edited_table_reruns_the_chapters_that_read_it_and_no_other(built, tables, unseen):
    change = write_unseen if unseen else Path.write_text
    assert planned(built) == ["01_trial"]
    record(built, tables / "calendar.csv", tables / "index_daily.csv")
    assert planned(built) == []
    change(tables / "fund_nav.csv", "date\n2026-01-06\n")
    assert planned(built) == []
    change(tables / "index_daily.csv", "date\n2026-01-06\n")
    assert planned(built) == ["01_trial"]
    change(tables / "index_daily.csv", "date\n2026-01-05\n")
    assert planned(built) == [], "the same content is the same table"


def test_a_table_that_comes_goes_or_is_mapped_otherwise_reruns_all(built, tables):
    planned(built)
    record(built)
    (tables / "etf_list.csv").write_text("code\n")
    assert planned(built) == ["01_trial"]
    (tables / "etf_list.csv").unlink()
    assert planned(built) == []
    (tables / "columns.yaml").write_text("calendar: {}\n")
    assert planned(built) == ["01_trial"]


def test_a_table_edited_while_a_chapter_reads_it_leaves_the_chapter_stale(built, tables):
    planned(built)
    build = built / "build/trial"
    with freshness.making(build, "01_trial", freshness.wanted(build, "01_trial"), notebook_of(built)):
        note_read(tables / "calendar.csv")
        (tables / "calendar.csv").write_text("date\n2026-01-07\n")
    assert planned(built) == ["01_trial"]


@pytest.mark.parametrize("damage", ["", "{", '{"cells": []'])
def test_a_notebook_that_is_not_whole_is_made_again(built, damage):
    notebook_of(built).write_text(damage)
    assert stale(built) == ["01_trial"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}', None])
def test_a_record_that_cannot_be_read_means_stale(built, damage):
    done = built / "build/trial/keys/01_trial.done"
    done.unlink() if damage is None else done.write_text(damage)
    assert stale(built) == ["01_trial"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_chapter_killed_before_it_is_recorded_is_stale_under_any_parameters(built, when):
    build = built / "build/trial"
    assert stale(built, "size_lambda: 7.0") == ["01_trial"]
    with pytest.raises(Killed), freshness.making(build, "01_trial", "another key", notebook_of(built)):
        if when == "after":
            notebook_of(built).write_text('{"made": "with 7"}')
        raise Killed
    assert stale(built) == ["01_trial"], "what stands there was made with 7, or nobody knows"
    assert stale(built, "size_lambda: 7.0") == ["01_trial"]


def test_a_failure_whose_cause_is_undone_is_forgotten(built):
    failed = notebook_of(built).with_suffix(".failed.ipynb")
    failed.write_text("{}")
    assert stale(built) == []
    assert not failed.exists()
    failed.write_text("{}")
    assert stale(built, "size_lambda: 7.0") == ["01_trial"]
    assert failed.exists(), "a chapter that is to run again keeps its partial notebook until then"


def test_what_killed_processes_left_is_swept_and_what_lives_stays(built):
    build = built / "build/trial"
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = [build / f".atlas-{int(dead.stdout)}-abc", build / f"scoreboard.csv.{int(dead.stdout)}.part"]
    alive = build / f".atlas-{os.getpid()}-abc"
    for path in (left[0], alive):
        (path / "html").mkdir(parents=True)
    left[1].write_text("x")
    mine = build / "tmp_my_notes"
    mine.mkdir()
    stale(built)
    assert [path.exists() for path in (*left, alive, mine)] == [False, False, True, True]


def test_a_helper_that_a_chapter_imports_is_part_of_its_key(house, monkeypatch, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    for name, text in {"a": "from helpers import b", "b": "x = 1", "c": "x = 1", "__init__": ""}.items():
        (library / f"{name}.py").write_text(text)
    monkeypatch.setattr("helpers.press.chapters.PACKAGE", library)
    edit(house, "import numpy as np", "import numpy as np\nfrom helpers import a")
    run_params = load_params(house / "trial.yaml")

    def key():
        return Chapter(house / "book/01_trial.py").key(run_params, "")

    before = key()
    (library / "c.py").write_text("x = 2")
    assert key() == before
    (library / "b.py").write_text("x = 2")
    assert key() != before


@pytest.mark.parametrize("module", ["p/d", "p/e", "b"])
def test_relative_imports_are_followed(house, monkeypatch, tmp_path, module):
    library = tmp_path / "library"
    (library / "p").mkdir(parents=True)
    files = {"b": "x = 1", "__init__": "", "p/__init__": "from .d import x"}
    files |= {"p/d": "from . import e\nfrom ..b import x", "p/e": "x = 1", "p/f": "x = 1"}
    for name, text in files.items():
        (library / f"{name}.py").write_text(text)
    monkeypatch.setattr("helpers.press.chapters.PACKAGE", library)
    edit(house, "import numpy as np", "import numpy as np\nfrom helpers import p")
    run_params = load_params(house / "trial.yaml")

    def key():
        return Chapter(house / "book/01_trial.py").key(run_params, "")

    before = key()
    (library / "p/f.py").write_text("x = 2")
    assert key() == before
    (library / f"{module}.py").write_text(files[module] + "\nz = 3")
    assert key() != before


@pytest.mark.parametrize("module", ["config.py", "market.py", "indices.csv", "planted.py"])
def test_every_file_of_the_demo_market_is_part_of_every_chapter_that_loads_a_market(house, module):
    edit(house, "import numpy as np", "import numpy as np\nfrom helpers.sources import load_market")
    chapter = Chapter(house / "book/01_trial.py")
    names = {name for cell in chapter.cells if cell.is_code for name in chapters._imports(ast.parse(cell.source))}
    assert chapters.PACKAGE / "sources/demo" / module in chapters._closure(names)


def test_a_chapter_taken_out_of_the_book_leaves_no_notebook_behind(built):
    (built / "build/trial/notebooks/09_gone.ipynb").write_text("{}")
    stale(built)
    assert [c.name for c in find_chapters(built / "book")] == ["01_trial"]
    assert [p.stem for p in (built / "build/trial/notebooks").glob("*.ipynb")] == ["01_trial"]


@pytest.mark.book
def test_a_kernel_that_dies_is_one_line_and_no_fresh_notebook(house, capsys):
    edit(house, "object(),", "import os; os._exit(1)\nobject(),")
    assert run(house, "01") == 2
    error = capsys.readouterr().err
    assert re.search(r"error: .*01_trial\.py: Kernel died", error)
    assert "JOBS=1" in error
    assert not (house / "build/trial/notebooks/01_trial.ipynb").exists()


def test_a_folder_that_is_not_there_stops_the_run_before_any_chapter(house, capsys):
    edit(house, 'source = "demo"', 'source = "demo"\ndata = None')
    edit(house, "object(),", "data,")
    (house / "trial.yaml").write_text("source: folder\ndata: nowhere\n", encoding="utf-8")
    assert main(["--plan", str(house / "trial.yaml"), "--book", str(house / "book"), "--out", str(house / "b/t")]) == 2
    error = capsys.readouterr().err
    assert re.search(r"error: nowhere: no such directory", error)
    assert len(error.strip().splitlines()) == 1


def test_remembered_hashes_that_cannot_be_read_cost_only_time(built, tables):
    planned(built)
    record(built, tables / "calendar.csv")
    assert planned(built) == []
    remembered = built / "build/hashes.json"
    assert json.loads(remembered.read_text())
    for damage in ("{", "[]", "3", ""):
        remembered.write_text(damage)
        assert planned(built) == []
    assert json.loads(remembered.read_text())


def test_a_file_is_hashed_again_only_when_its_state_changed(tmp_path, monkeypatch):
    table = tmp_path / "a.csv"
    table.write_text("x")
    hashes = freshness.Hashes(tmp_path / "hashes.json")
    first = hashes.of(table)
    hashes.save()
    monkeypatch.setattr(freshness, "hash_of", lambda _: pytest.fail("read again"))
    assert freshness.Hashes(tmp_path / "hashes.json").of(table) == first
    assert freshness.Hashes(tmp_path / "hashes.json").of(tmp_path / "gone.csv") == ""
