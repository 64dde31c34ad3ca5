"""The reference names every public name, leads from code to it and from it to the chapters, and imports nothing."""

import ast
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from helpers.press.api import Library, api_pages, linked, used_names
from helpers.press.chapters import find_chapters
from helpers.press.docstrings import as_html, sections
from helpers.press.render import render
from tiny_book import write_run

BOOK = Path(__file__).resolve().parents[1] / "book"
LIBRARY = Library()
CHAPTERS = find_chapters(BOOK)


@pytest.fixture
def package(tmp_path):
    """A small library that hands a name on twice."""
    (tmp_path / "kit/room").mkdir(parents=True)
    (tmp_path / "kit/__init__.py").write_text('"""A kit."""\n')
    (tmp_path / "kit/room/__init__.py").write_text('"""A room."""\nfrom kit.room.inner import own as shared\n')
    text = 'def own(x: int = 1) -> int:\n    """Return ``x``, see :func:`kit.room.shared`."""\n    return x\n'
    (tmp_path / "kit/room/inner.py").write_text(text + "\ndef _hidden():\n    pass\n")
    return Library(tmp_path / "kit")


def test_a_name_is_found_where_it_is_defined_however_often_it_is_handed_on(package):
    assert package.resolve("kit.room.shared") == "kit.room.inner.own"
    assert package.address("kit.room.shared") == "api_room.html#kit.room.inner.own"
    assert package.resolve("kit.room.inner._hidden") == package.resolve("kit.nothing") == ""


def test_code_leads_to_the_names_it_uses_and_to_no_other(package):
    names = used_names(
        package, ["from kit import room\nfrom kit.room import shared as s", "s(1)\nroom.shared(2)\nprint(3)"]
    )
    assert names == {"s": "kit.room.inner.own", "room.shared": "kit.room.inner.own"}
    html = (
        '<span class="n">room</span><span class="o">.</span><span class="n">shared</span> <span class="n">print</span>'
    )
    shown = BeautifulSoup(linked(html, names, package), "html.parser")
    assert [a["href"] for a in shown.select("a")] == ["api_room.html#kit.room.inner.own"]
    assert shown.text == "room.shared print"
    keyword = '<span class="n">f</span>(<span class="n">s</span><span class="o">=</span><span class="n">s</span>)'
    assert linked(keyword, names, package).count("<a ") == 1, "the name of an argument is no name of the library"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_every_call_of_a_chapter_into_the_library_has_an_entry(chapter):
    names = used_names(LIBRARY, [cell.source for cell in chapter.cells if cell.is_code])
    assert len(names) > 10
    pages = api_pages(LIBRARY, {}, {})
    for full in names.values():
        page, _, anchor = LIBRARY.address(full).partition("#")
        assert f'id="{anchor}"' in pages[page.replace(".html", ".md")]


def test_every_public_function_has_an_entry_and_tells_its_chapters():
    name = next(iter(used_names(LIBRARY, [c.source for c in CHAPTERS[3].cells if c.is_code]).values()))
    pages = "\n".join(api_pages(LIBRARY, {name: [CHAPTERS[3].name]}, {CHAPTERS[3].name: "A <title>"}).values())
    entries = set(re.findall(r'class="api-entry" id="([\w.]+)"', pages))
    expected = {n for n in LIBRARY.defined if n.split(".")[1] not in ("press", "execute") and n.count(".") > 1}
    assert entries == expected
    assert pages.count("Used in") == 1 and f'{CHAPTERS[3].name}.html">A &lt;title&gt;</a>' in pages


@pytest.mark.parametrize("name", sorted(LIBRARY.defined)[::7])
def test_a_docstring_loses_nothing_but_its_marks_and_acts_on_nothing(name):
    docstring = ast.get_docstring(LIBRARY.defined[name]) or ""
    html = as_html(docstring)
    shown = BeautifulSoup(html, "html.parser")
    assert {tag.name for tag in shown.find_all()} <= {
        "p",
        "dl",
        "dt",
        "dd",
        "code",
        "span",
        "ul",
        "li",
        "pre",
        "em",
        "strong",
    }
    said = re.sub(r"\W+", "", shown.text)
    for _, text in sections(docstring):
        for word in re.findall(r"[A-Za-z]{4,}", re.sub(r":\w+:`", "", text)):
            assert word in said


@pytest.mark.book
@pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning")
def test_the_reference_is_built_with_the_book(tmp_path, package):
    render("tiny", *write_run(tmp_path), tmp_path, library=package)
    page = BeautifulSoup((tmp_path / "html/api_room.html").read_text("utf-8"), "html.parser")
    entry = page.find(id="kit.room.inner.own")
    assert "own(x: int=1) -> int" in entry.text and "return x" in entry.details.text
    assert entry.select_one("a[href='api_room.html#kit.room.inner.own']")
    front = BeautifulSoup((tmp_path / "html/index.html").read_text("utf-8"), "html.parser")
    assert front.select_one(".bd-links a[href='api.html']")
