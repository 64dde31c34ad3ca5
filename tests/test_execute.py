"""The runner refuses what papermill lets pass, and never loses a good notebook."""

import json
import re

import pytest

from helpers.execute import main
from helpers.params import load_params
from helpers.press import freshness
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


def record(house):
    build = house / "build/trial"
    freshness.mark_done(build, "01_trial", freshness.wanted(build, "01_trial"))


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


def test_changed_data_make_a_run_stale_whatever_the_file_times_say(built):
    data = built / "tables"
    data.mkdir()
    (data / "calendar.csv").write_text("date\n2026-01-05\n")
    line = f"data: {data}"
    edit(built, 'source = "demo"', 'source = "demo"\ndata = None')
    edit(built, "object(),", "data,")
    path = built / "trial.yaml"

    def now():
        path.write_text(f"source: folder\n{line}\n")
        return freshness.plan(built / "book", path, load_params(path), built / "build/trial")

    assert now() == ["01_trial"]
    record(built)
    assert now() == []
    (data / "calendar.csv").write_text("date\n2026-01-06\n")
    assert now() == ["01_trial"]


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


def test_remembered_hashes_that_cannot_be_read_cost_only_time(built):
    data = built / "tables"
    data.mkdir()
    (data / "calendar.csv").write_text("date\n2026-01-05\n")
    path = built / "trial.yaml"
    path.write_text(f"source: folder\ndata: {data}\n")
    run_params = load_params(path)
    first = freshness.fingerprint(run_params, built)
    (built / "hashes.json").write_text("{")
    assert freshness.fingerprint(run_params, built) == first
    assert json.loads((built / "hashes.json").read_text())
