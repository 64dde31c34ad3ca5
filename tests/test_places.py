"""No page and no notebook tells where the reader's files lie."""

import json
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.execute import main
from helpers.press.places import forget_places, shown_data
from small_tables import small

CHAPTER = """\
# %% tags=["parameters"]
source = "folder"
data = None

# %%
import os, sys, warnings
from pathlib import Path
from IPython.display import HTML, Markdown
from helpers.sources import load_market

market = load_market(source, data)
market, data, str(market.folder), os.getcwd(), sys.prefix

# %%
print(Path.home() / "notes.txt", market.folder.resolve() / "calendar.csv", file=sys.stderr)
warnings.warn("odd")
market["etf_daily"]

# %%
HTML(f"<a href='{market.folder.resolve()}'>{data}</a>")

# %%
Markdown(f"{market.label} {market.missing['fund_nav']} {Path.home()}")
"""


@pytest.mark.book
@pytest.mark.parametrize("spelling", ["absolute", "relative", "with slash"])
def test_a_notebook_tells_the_folder_s_name_and_no_place(tmp_path, monkeypatch, spelling):
    house = tmp_path / "at home" / "ann"
    tables = house / "my tables"
    tables.mkdir(parents=True)
    for name in ("calendar", "etf_daily"):
        small(name).to_csv(tables / f"{name}.csv", index=False)
    monkeypatch.setenv("HOME", str(house))
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_trial.py").write_text(CHAPTER, encoding="utf-8")
    data = {"absolute": str(tables), "with slash": f"{tables}/", "relative": os.path.relpath(tables)}[spelling]
    (tmp_path / "trial.yaml").write_text(f"source: folder\ndata: {json.dumps(data)}\n", encoding="utf-8")
    told = [str(tmp_path / "trial.yaml"), "--book", str(tmp_path / "book"), "--out", str(tmp_path / "out")]
    assert main(["01", *told]) == 0
    text = (tmp_path / "out/notebooks/01_trial.ipynb").read_text("utf-8")
    book = nbformat.reads(text, as_version=4)
    assert book.metadata["etf_atlas"]["parameters"] == {"source": "folder", "data": "my tables"}
    assert 'data = "my tables"' in book.cells[1].source
    outputs = json.dumps([cell.get("outputs") for cell in book.cells])
    assert "~/notes.txt" in outputs and "my tables" in outputs
    for place in (tmp_path, house, data.rstrip("/"), Path.cwd()):
        assert str(place) not in text
    assert not re.search(r"at home|/ann", text)


def forgotten(text, root="/house/atlas", data=None):
    book = new_notebook(cells=[new_code_cell("x", outputs=[new_output("stream", name="stdout", text=text)])])
    forget_places(book, Path(root), data)
    return book.cells[0].outputs[0].text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/house/atlas/src/helpers/a.py:3", "src/helpers/a.py:3"),
        ("in /house/atlas.", "in .."),
        ("'/house/atlas'", "'.'"),
        ("/house/atlas2/x", "/house/atlas2/x"),
        ("/other/house/atlas/x", "/other/house/atlas/x"),
        ("/home/ann/x and /home/annabel/x", "~/x and /home/annabel/x"),
        ("/data/market/etf_daily.csv", "market/etf_daily.csv"),
        ("/data/market", "market"),
        ("data:image/png;base64,AAAA+/home/ann/AAAA==", "data:image/png;base64,AAAA+/home/ann/AAAA=="),
        ("3/4", "3/4"),
    ],
)
def test_only_whole_places_are_forgotten(monkeypatch, text, left):
    monkeypatch.setenv("HOME", "/home/ann")
    assert forgotten(text, data="/data/market") == left


def test_a_home_at_the_root_of_the_disk_is_no_place(monkeypatch):
    monkeypatch.setenv("HOME", "/")
    assert forgotten("3 / 4 and /x") == "3 / 4 and /x"


@pytest.mark.parametrize(
    ("data", "name"), [("../shared/market/", "market"), ("/a/b c", "b c"), ("x", "x"), (None, None)]
)
def test_a_folder_is_called_by_its_name(data, name):
    assert shown_data(data) == name
