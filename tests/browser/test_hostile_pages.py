"""Whatever stands in the data, a page shows it and does nothing else."""

import json

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import Markdown
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import chapter_runner
import helpers.figures
from browser.conftest import served
from chapter_runner import BOOK
from helpers.figures import as_table, exhibit, new_axes, plotly_exhibit
from helpers.figures.sankey import sankey
from helpers.press import marks
from helpers.press import render as press
from helpers.press.chapters import find_chapters
from helpers.press.straight import note
from helpers.scoreboard import Scoreboard
from helpers.sources import demo
from hostile_tables import ACT, NAMES, hostile_folder
from tiny_book import flows, shown

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),
]


def hostile_book():
    """Each name wherever a chapter can put one: tables, figures, the scoreboard, and HTML that nobody escaped."""
    frame = pd.DataFrame({name: NAMES for name in NAMES}, index=pd.Index(NAMES, name=NAMES[0]))
    nodes, links = flows()
    nodes = nodes.assign(label=NAMES[0], hover=NAMES[1])
    ax = new_axes(width=4, height=3)
    ax.set_title("Names")
    ax.set_yticks(range(len(NAMES)), NAMES)
    board = Scoreboard("01_hostile")
    for name in NAMES:
        board.add(f"S001 {name}", name, name, name, unit=name, note=name)
    outputs = [
        shown(as_table(frame, caption=NAMES[0])),
        shown(exhibit(ax, caption=NAMES[0], alt=NAMES[1])),
        shown(plotly_exhibit(sankey(nodes, links, unit=NAMES[0], title=NAMES[1]), caption=NAMES[2], alt=NAMES[3])),
        new_output("display_data", data={"text/html": frame._repr_html_(), "text/plain": ""}),
        *(new_output("display_data", data={"text/html": name, "text/plain": name}) for name in NAMES),
        *(new_output("display_data", data={"text/markdown": f"So **{n}** it is.", "text/plain": n}) for n in NAMES[:8]),
        new_output("stream", name="stderr", text="\n".join(NAMES)),
        new_output("display_data", data={"application/javascript": ACT, "text/plain": ""}),
    ]
    cells = [
        new_markdown_cell("# 01 · Hostile names\n\nA page."),
        *(new_code_cell("show()", outputs=[output]) for output in outputs),
        new_code_cell("board", outputs=[shown(board)]),
        new_markdown_cell("## The end\n\nThe last words, with $a_b$."),
    ]
    return new_notebook(cells=cells, metadata={"language_info": {"name": "python"}}), board.frame()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Render the hostile book, with the second wall or without it."""

    def build(walls):
        out = tmp_path_factory.mktemp("hostile")
        (out / "notebooks").mkdir()
        book, board = hostile_book()
        for number, cell in enumerate(book.cells):
            cell["id"] = f"c{number:03d}"
        path = out / "notebooks/01_hostile.ipynb"
        path.write_text(json.dumps(nbformat.from_dict(book)), "utf-8")
        board.to_csv(out / "scoreboard.csv", index=False)
        with pytest.MonkeyPatch.context() as patch:
            if not walls:
                patch.setattr(marks, "sanitized", lambda html: html)
            press.render("hostile", [path], out / "scoreboard.csv", out)
        return out / "html"

    return build


@pytest.fixture(scope="module")
def hostile(rendered):
    with served(rendered(walls=True)) as address:
        yield address


@pytest.mark.parametrize("name", ["01_hostile.html", "scoreboard.html", "index.html"])
def test_a_hostile_name_is_shown_and_does_nothing(visit, hostile, name):
    open_, seen = visit
    page = open_(hostile, name)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.dataset.acted") is None
    assert seen == {"foreign": [], "errors": [], "stopped": []}
    assert page.locator("article").is_visible()
    assert page.locator("#lure").count() == 0
    cells = page.eval_on_selector_all("article td", "all => all.map(e => e.textContent)")
    if name != "index.html":
        assert {name for name in NAMES if name.isascii()} <= set(cells)
    if name == "01_hostile.html":
        page.wait_for_selector("#the-end mjx-container svg")
        assert page.locator("mjx-container").count() == 1, "a dollar in a name is a dollar"
        page.wait_for_selector(".atlas-plot .sankey-node")
        assert page.locator("article", has_text="The last words").count() == 1


def test_the_policy_alone_stops_what_nobody_made_harmless(visit, rendered):
    open_, seen = visit
    with served(rendered(walls=False)) as address:
        page = open_(address, "01_hostile.html")
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.dataset.acted") is None
        assert seen["foreign"] == []
        assert any("script" in line for line in seen["stopped"])


def test_the_book_works_from_the_disk_too(visit, pages):
    open_, seen = visit
    page = open_(pages.resolve().as_uri() + "/", "02_beta.html")
    page.wait_for_selector(".atlas-plot .sankey-node")
    page = open_(pages.resolve().as_uri() + "/", "01_alpha.html")
    page.wait_for_selector("mjx-container svg")
    assert page.evaluate("document.documentElement.dataset.theme") in ("light", "dark")
    assert seen == {"foreign": [], "errors": [], "stopped": []}


# -- the chapters themselves on hostile tables ------------------------------------------------------------------------


class Collected:
    """What a chapter displays, as outputs of a notebook."""

    def __init__(self):
        self.outputs = []

    def __call__(self, *values, **_):
        for value in values:
            if value is not None:
                data, metadata = InteractiveShell.instance().display_formatter.format(value)
                self.outputs.append(new_output("display_data", data=data, metadata=metadata))


@pytest.fixture
def run_hostile(tmp_path, monkeypatch):
    """Run a chapter on the hostile tables; return its outputs and its board."""
    tables = hostile_folder(demo.ensure("small").resolve(), tmp_path)
    collected = Collected()
    execute = chapter_runner._execute
    monkeypatch.setattr(helpers.figures, "show", lambda *a, **k: collected(exhibit(*a, **k)))
    monkeypatch.setattr(helpers.figures, "show_plotly", lambda *a, **k: collected(plotly_exhibit(*a, **k)))
    monkeypatch.setattr("IPython.display.display", collected)
    monkeypatch.setattr(chapter_runner, "_execute", lambda *a: collected(value := execute(*a)) or value)

    def run(name):
        collected.outputs.clear()
        page = chapter_runner.run_cells(name, source="folder", data=str(tables))
        collected(*(Markdown(note(reason)) for reason in page.reasons))
        return list(collected.outputs), page.board

    return run


CHAPTERS = [c.name for c in find_chapters(BOOK)]


@pytest.mark.book
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_name_in_any_table_acts_on_a_chapter_s_page(visit, run_hostile, tmp_path, chapter):
    outputs, board = run_hostile(chapter)
    out = tmp_path / "out"
    (out / "notebooks").mkdir(parents=True)
    cells = [new_markdown_cell("# A chapter"), *(new_code_cell("show()", outputs=[o]) for o in outputs)]
    for number, cell in enumerate(cells := [*cells, new_markdown_cell("## The end\n\nThe last words.")]):
        cell["id"] = f"c{number:03d}"
    path = out / f"notebooks/{chapter}.ipynb"
    path.write_text(json.dumps(new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})), "utf-8")
    board.to_csv(out / "scoreboard.csv", index=False)
    press.render("hostile", [path], out / "scoreboard.csv", out)
    written = BeautifulSoup((out / f"html/{chapter}.html").read_text("utf-8"), "html.parser")
    assert not written.article.find_all(["script", "style", "svg", "iframe"])
    open_, seen = visit
    with served(out / "html") as address:
        for name in (f"{chapter}.html", "index.html", "scoreboard.html"):
            page = open_(address, name)
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.dataset.acted") is None
            assert page.locator("#lure").count() == 0
            assert page.locator("article").is_visible()
    assert page.locator("footer, .bd-footer, .prev-next-footer").count()
    assert seen == {"foreign": [], "errors": [], "stopped": []}
