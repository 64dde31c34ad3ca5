"""Each chapter's .py and .ipynb are equal by content, and syncing loses neither side's edits."""

import os
from pathlib import Path

import nbformat
import pytest

from helpers.press.pairs import PairError, differences, main, sync

BOOK = Path(__file__).resolve().parents[1] / "book"
TEXT = '# %% [markdown]\n# # 01 · Trial\n\n# %% tags=["parameters"]\nsource = "demo"\n\n# %%\nsource\n'


@pytest.fixture
def book(tmp_path):
    (tmp_path / "01_trial.py").write_text(TEXT, encoding="utf-8")
    sync(tmp_path)
    return tmp_path


def edit_notebook(book, later):
    path = book / "01_trial.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].source = "source.upper()"
    nbformat.write(notebook, path)
    stamp = (book / "01_trial.py").stat().st_mtime + (10 if later else -10)
    os.utime(path, (stamp, stamp))


def test_the_pairs_of_the_book_agree():
    assert differences(BOOK) == []


def test_a_synced_pair_agrees_and_a_second_sync_writes_nothing(book):
    assert differences(book) == []
    assert sync(book) == []


def test_an_edited_chapter_reaches_the_notebook_with_its_tags(book):
    (book / "01_trial.py").write_text(TEXT.replace('"demo"', '"folder"'), encoding="utf-8")
    os.utime(book / "01_trial.ipynb", (0, 0))
    assert "cell 1 differs" in differences(book)[0]
    sync(book)
    cell = nbformat.read(book / "01_trial.ipynb", as_version=4).cells[1]
    assert (cell.source, cell.metadata["tags"]) == ('source = "folder"', ["parameters"])


def test_a_notebook_edited_on_its_own_is_not_overwritten(book, capsys):
    edit_notebook(book, later=True)
    with pytest.raises(PairError, match="edited after 01_trial.py"):
        sync(book)
    assert main([str(book)]) == 2
    assert "--from-notebook" in capsys.readouterr().err
    assert main([str(book), "--from-notebook"]) == 0
    assert "source.upper()" in (book / "01_trial.py").read_text(encoding="utf-8")
    assert differences(book) == []


def test_outputs_in_a_notebook_are_named_and_removed(book):
    path = book / "01_trial.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="hello")]
    nbformat.write(notebook, path)
    assert "carries outputs" in differences(book)[0]
    sync(book)
    assert differences(book) == []
