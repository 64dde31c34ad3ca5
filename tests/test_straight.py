"""A cell that lacks a table starts a gap; what builds on it is left out, nothing else is."""

import json

import pytest

from helpers.execute import main
from helpers.press.straight import Gaps, binds, compared, reads


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b", {"a"}),
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("import numpy as np\nfrom x import y as z, w\nimport p.q", {"np", "z", "w", "p"}),
        ("for i in rows:\n    total = i", {"i", "total"}),
        ("def f(x):\n    inside = x\n    return inside", {"f"}),
        ("[j for j in a]", set()),
        ("(n := 1)", {"n"}),
        ("with open(p) as f:\n    pass", {"f"}),
        ("frame['x'] = 1", set()),
    ],
)
def test_the_names_a_cell_makes(source, names):
    assert binds(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b", {"b"}),
        ("a = 1\na + b", {"b"}),
        ("a + 1\na = 2", {"a"}),
        ("a += 1", {"a"}),
        ("[x for x in rows if x > low]", {"rows", "low"}),
        ("lambda t: t + shift", {"shift"}),
        ("def f(x):\n    return x + k", {"k"}),
        ("for i in rows:\n    i", {"rows"}),
        ("print(len(a))", {"a"}),
        ("frame['x'] = y", {"frame", "y"}),
        ("a = a.loc[1]", {"a"}),
    ],
)
def test_the_names_a_cell_takes(source, names):
    assert reads(source) == names


def test_a_gap_spreads_along_names_and_ends_where_a_name_is_made_again():
    gaps = Gaps()
    gaps.begin("money = load()", "etf_shares: none")
    assert gaps.reason("share = money.share") == "etf_shares: none"
    assert gaps.reason("other = 1") is None
    assert gaps.reason("show(share)") == "etf_shares: none"
    assert gaps.reason("share = other") is None
    assert gaps.reason("show(share)") is None
    assert gaps.reason("money") == "etf_shares: none"


def test_a_left_out_cell_owes_the_board_its_exhibits():
    cell = 'board.compare("S002 T", money.table)\nboard.compare(name, x)\nother()'
    assert list(compared(cell)) == [("board", "S002 T")]
    gaps = Gaps({"money": "why"})
    assert gaps.stand_in(cell, "why") == "board.not_computable('S002 T', 'why')"
    assert Gaps({"board": "why"}).stand_in(cell, "why") == ""


CHAPTER = """\
# %% [markdown]
# # 01 · Trial

# %%
from helpers.prose import say
from helpers.scoreboard import Scoreboard
from helpers.tables import MissingTable

# %% tags=["parameters"]
source = "demo"
lookthrough_index = "000300"

# %%
board = Scoreboard("01_trial", simulated=source == "demo")

# %%
def load(index):
    if index == "000905":
        raise MissingTable("index_weights", f"holds no {index} <b>", "Choose another.")
    return {"rate": 0.5}

# %%
before = 1
facts = load(lookthrough_index)
facts

# %% tags=["remove-input"]
say("The rate is {rate:.0%}.", **facts)

# %%
states = {"size 2025-09-05": facts["rate"]}

# %%
board.compare("S002 style signals, 22 weeks: state", states)

# %%
kept = "still here"
kept

# %% tags=["demo"]
"planted"

# %%
board
"""


@pytest.fixture
def run(tmp_path, capsys):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_trial.py").write_text(CHAPTER, encoding="utf-8")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/calendar.csv").write_text("date\n2026-01-05\n")

    def execute(text):
        (tmp_path / "trial.yaml").write_text(text)
        places = ["--book", str(tmp_path / "book"), "--out", str(tmp_path / "out")]
        code = main(["01", str(tmp_path / "trial.yaml"), *places])
        assert code == 0, capsys.readouterr().err
        cells = json.loads((tmp_path / "out/notebooks/01_trial.ipynb").read_text())["cells"]
        return [c for c in cells if c["cell_type"] == "code"]

    return execute


def texts(cells):
    return ["".join(str(o.get("data", o.get("text"))) for o in c["outputs"]) for c in cells]


@pytest.mark.book
def test_a_run_with_a_gap_ends_well_and_says_it_once(run):
    cells = run('source: demo\nlookthrough_index: "000905"\n')
    shown = texts(cells)
    assert sum("Left out from here" in text for text in shown) == 1
    noted = next(i for i, text in enumerate(shown) if "Left out from here" in text)
    assert "facts = load" in "".join(cells[noted]["source"])
    assert "&lt;b&gt;" in shown[noted] and "Choose another." in shown[noted]
    left_out = [c for c in cells if "left-out" in c["metadata"].get("tags", [])]
    assert len(left_out) == 3 and not any(c["outputs"] for c in left_out)
    assert any("still here" in text for text in shown)
    rows = cells[-1]["outputs"][0]["metadata"]["scoreboard"]
    assert len(rows) == 44 and {r["verdict"] for r in rows} == {"not computable"}
    assert {r["note"] for r in rows} == {"index_weights: holds no 000905 <b>. Choose another.; needs index_daily"} or {
        r["note"] for r in rows
    } == {"needs index_daily; index_weights: holds no 000905 <b>. Choose another."}


@pytest.mark.book
def test_a_run_without_a_gap_runs_every_cell(run):
    cells = run("source: demo\n")
    assert not any("left-out" in c["metadata"].get("tags", []) for c in cells)
    assert any("The rate is 50%." in text for text in texts(cells))
    assert any("planted" in text for text in texts(cells))


@pytest.mark.book
def test_cells_about_the_planted_truth_stay_out_of_a_real_run(run, tmp_path):
    cells = run(f"source: folder\ndata: {tmp_path / 'tables'}\n")
    assert not any("planted" in "".join(c["source"]) for c in cells)
