"""Every chapter on every lack: a table less, an early end, a late start, a short span. A page, notes, no traceback."""

import os

import pytest

from chapter_runner import BOOK
from helpers.press.chapters import find_chapters
from helpers.sources import demo
from helpers.tables import SCHEMAS

CHAPTERS = [c.name for c in find_chapters(BOOK)]
WINDOWS = {
    "early end": {"end": "2021-12-31"},
    "first month": {"end": "2021-01-29"},
    "before everything": {"end": "2019-12-31"},
    "middle": {"end": "2024-06-28"},
    "late start": {"start": "2025-01-02"},
    "short": {"start": "2025-11-03", "end": "2025-12-31"},
    "after everything": {"start": "2026-06-01"},
}
pytestmark = pytest.mark.book


@pytest.fixture(scope="module")
def small():
    return demo.ensure("small").resolve()


def without(small, target, *names):
    """A folder that shows all tables but some, without copying them."""
    target.mkdir()
    for path in small.glob("*.parquet"):
        if path.stem not in names:
            os.symlink(path, target / path.name)
    return str(target)


def judged(page):
    """What every page keeps, whatever it lacks."""
    rows = page.board
    assert set(rows.loc[rows["computed"].isna(), "verdict"]) <= {"not computable"}
    assert (rows.loc[rows["verdict"] == "not computable", "note"] != "").all()
    told = "\n".join([page.text, *page.captions])
    assert not {"nan", "nan%", "NaT", "None"} & set(told.replace(",", " ").split())
    assert page.unnamed == set()
    return rows


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_table_less_is_a_gap_and_no_failure(small, run_chapter, tmp_path, name):
    whole = run_chapter(name, data="small")
    judged(whole)
    assert whole.reasons == []
    for absent in whole.names["market"].opened:
        page = run_chapter(name, source="folder", data=without(small, tmp_path / absent, absent))
        judged(page)
        assert len(page.board) == len(whole.board)


@pytest.mark.parametrize("name", CHAPTERS)
@pytest.mark.parametrize("window", WINDOWS)
def test_any_window_makes_a_page(small, run_chapter, name, window):
    declared = {p: v for p, v in WINDOWS[window].items() if p == "end" or name[:2] in ("01", "04", "05", "06")}
    page = run_chapter(name, source="demo", data="small", **declared)
    judged(page)


@pytest.mark.parametrize("name", CHAPTERS)
def test_nothing_at_all_makes_a_page_that_says_so(small, run_chapter, tmp_path, name):
    lacking = [table for table in SCHEMAS if table != "calendar"]
    page = run_chapter(name, source="folder", data=without(small, tmp_path / "tables", *lacking))
    judged(page)
    assert page.reasons
