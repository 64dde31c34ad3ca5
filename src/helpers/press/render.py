"""From executed chapters to a web site that asks nothing of the network.

``python -m helpers.press.render RUN`` takes ``_build/<run>/notebooks/*.ipynb`` and ``_build/<run>/scoreboard.csv``,
lays out the Sphinx sources in ``_build/<run>/site`` and puts the pages in ``_build/<run>/html``. Every warning is an
error, and pages that fail to build leave the previous ones where they were.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.files import scratch
from helpers.press.back_pages import as_script, coverage_page, recipes_page
from helpers.press.board_page import board_page
from helpers.press.chapters import PACKAGE, find_chapters, skip_slow_import
from helpers.press.command import in_one_line
from helpers.press.freshness import ROOT, making, wanted
from helpers.press.front_page import downloads, front_page, titles
from helpers.press.page import as_page
from helpers.press.provenance import Provenance, provenance
from helpers.press.safety import with_policy
from helpers.scoreboard import COLUMNS, VERDICTS

SIMULATED = "Simulated market, not a replication"
_DECIMAL = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?|-?\d+e[+-]?\d+")  # not a code such as 000300


class RenderError(ValueError):
    """Pages that cannot be made; one line that says why and what to do."""


def render(run: str, notebooks: Sequence[Path], scoreboard: Path, out: Path, site: Path | None = None) -> Path:
    """Build the pages of a run.

    Parameters
    ----------
    run : str
        The run's name, shown on the front page.
    notebooks : sequence of path
        Executed chapters in reading order.
    scoreboard : path
        The run's ``scoreboard.csv``.
    out : path
        The run's folder: sources go to ``out/site``, pages to ``out/html``.
    site : path, optional
        Folder with the Sphinx settings, the style sheet and the front page's text (default: ``book/site``).

    Returns
    -------
    Path
        The front page.

    Raises
    ------
    RenderError
        A chapter is missing or stopped at an error, the scoreboard is not one, or Sphinx gave a warning.
    """
    books = {path.stem: _read_notebook(path) for path in notebooks}
    board = _read_scoreboard(scoreboard)
    source = out / "site"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(site or ROOT / "book" / "site", source, ignore=shutil.ignore_patterns("__pycache__"))
    _copy_scripts(source / "_static")
    about = provenance(run, books.values(), out)
    _write_pages(source, books, board, about)
    shutil.copy(scoreboard, source / "_static" / "scoreboard.csv")
    simulated = is_simulated(books.values(), board)
    with scratch(out) as folder:
        fresh = folder / "html"
        _sphinx(source, fresh, folder / "doctrees", SIMULATED if simulated else "")
        for page in fresh.glob("*.html"):
            page.write_text(with_policy(page.read_text("utf-8")), "utf-8")
        for path in notebooks:  # the download is the chapter as executed, with its pictures inside
            shutil.copy(path, fresh / "_sources" / path.name)
            (fresh / "_sources" / f"{path.stem}.py").write_text(as_script(path), "utf-8")
        _put_in_place(fresh, out / "html")
    return out / "html" / "index.html"


# -- reading what a run left ----------------------------------------------------------------------------------------


def _read_notebook(path: Path) -> dict[str, Any]:
    failed = path.with_suffix(".failed.ipynb")
    if failed.is_file():
        raise RenderError(f"{path.stem}: failed in this run (see {failed.name}); run it again before rendering")
    if not path.is_file():
        raise RenderError(f"{path.stem}: not executed in this run; `make book` runs it")
    try:
        book = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise RenderError(f"{path.stem}: {path.name} is not whole; remove it and run `make book` again") from None
    for number, cell in enumerate(book["cells"]):
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            raise RenderError(f"{path.stem}: stopped at an error in cell {number}; run it again before rendering")
    return book


def _read_scoreboard(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise RenderError(f"{path.name}: not written in this run; `make book` collects it from the chapters")
    board = pd.read_csv(path, dtype=str, keep_default_na=False)
    if lacking := [column for column in COLUMNS if column not in board]:
        raise RenderError(f"{path.name}: lacks the column {lacking[0]}")
    if unknown := sorted(set(board["verdict"]) - set(VERDICTS)):
        raise RenderError(f"{path.name}: {unknown[0]!r} is no verdict; the verdicts are {', '.join(VERDICTS)}")
    numbers = ["published", "computed", "tolerance"]
    return board.assign(**board[numbers].map(lambda text: float(text) if _DECIMAL.fullmatch(text) else text))


def is_simulated(books: Iterable[dict], board: pd.DataFrame) -> bool:
    """Say whether a run's market is made up: its chapters say so, or nothing on its scoreboard claims otherwise.

    Parameters
    ----------
    books : iterable of dict
        Executed notebooks of the run.
    board : DataFrame
        Its scoreboard.

    Returns
    -------
    bool
        True for a market that is made up.
    """
    told = any(book["metadata"].get("etf_atlas", {}).get("simulated", False) for book in books)
    return told or (len(board) > 0 and bool((board["verdict"] == "simulated").all()))


# -- writing the pages' sources ---------------------------------------------------------------------------------------


def _write_pages(source: Path, books: dict[str, dict], board: pd.DataFrame, about: Provenance) -> None:
    """Write what Sphinx builds from: the front page, the chapters, the scoreboard and the pages that come from them."""
    template = (source / "index.md").read_text("utf-8")
    pages = {
        "index.md": front_page(template, books, board, about),
        "scoreboard.md": board_page(board, titles(books)),
        "recipes.md": recipes_page(books),
        "coverage.md": coverage_page(about),
    }
    for name, book in books.items():
        top = downloads(name, about)
        page = as_page(book, source / "_static", name, board[board["chapter"] == name], top)
        pages[f"{name}.ipynb"] = json.dumps(page, ensure_ascii=False)
    for name, text in pages.items():
        (source / name).write_text(text, "utf-8")


# -- Sphinx ---------------------------------------------------------------------------------------------------------


def _copy_scripts(static: Path) -> None:
    """Take plotly.js, MathJax and the font from the installed packages, so that a page needs no other host."""
    plotly = distribution("plotly").locate_file("plotly/package_data/plotly.min.js")
    mathjax = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg.js")
    (static / "mathjax").mkdir(parents=True)
    shutil.copy(plotly, static / "plotly.min.js")
    shutil.copy(mathjax, static / "mathjax" / "tex-svg.js")
    shutil.copytree(PACKAGE / "figures" / "fonts", static / "fonts")


def _sphinx(source: Path, target: Path, doctrees: Path, announcement: str) -> None:
    """Build the pages; every warning is an error. The settings of the machine (its locale) are never asked."""
    skip_slow_import()
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    told = {"html_theme_options.announcement": announcement} if announcement else {}
    said = io.StringIO()
    with patch_docutils(str(source)), docutils_namespace():
        try:
            sphinx = Sphinx(source, source, target, doctrees, "html", told, status=None, warning=said)
            sphinx.build()
        except SphinxError as error:
            print(error, file=said)
    if said.getvalue():
        print(said.getvalue().strip(), file=sys.stderr)
        raise RenderError("the pages have warnings (above), and every warning is an error; the previous pages stay")


def _put_in_place(fresh: Path, pages: Path) -> None:
    """Swap the new pages in with two renames."""
    old = fresh.with_name("old")
    if pages.exists():
        os.replace(pages, old)
    os.replace(fresh, pages)


@in_one_line(RenderError)
def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit code.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; default those of the command line.

    Returns
    -------
    int
        0 where everything went well.

    Raises
    ------
    RenderError
        If the folder holds no chapter.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.press.render", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", help="the run's name, as in params/")
    parser.add_argument("--out", type=Path, help="the run's folder (default: _build/<run>)")
    parser.add_argument("--book", type=Path, default=ROOT / "book", help="the folder of chapters")
    args = parser.parse_args(argv)
    build = args.out or ROOT / "_build" / args.run
    notebooks = [build / "notebooks" / f"{chapter.name}.ipynb" for chapter in find_chapters(args.book)]
    if not notebooks:
        raise RenderError(f"{args.book}: no chapter here; chapters are named NN_name.py")
    with making(build, "site", wanted(build, "site") or "not planned", build / "html/index.html"):
        render(args.run, notebooks, build / "scoreboard.csv", build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
