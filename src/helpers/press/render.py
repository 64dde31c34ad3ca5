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
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import pandas as pd

from helpers.files import scratch
from helpers.press import frozen
from helpers.press.back_pages import as_script, coverage_page, recipes_page
from helpers.press.board_page import board_page
from helpers.press.chapters import PACKAGE, find_chapters, skip_slow_import
from helpers.press.command import in_one_line
from helpers.press.errors import RenderError
from helpers.press.freshness import ROOT, making, wanted
from helpers.press.front_page import downloads, front_page, titles
from helpers.press.page import as_page
from helpers.press.provenance import Provenance, provenance
from helpers.press.reading import is_simulated, read_notebook, read_scoreboard
from helpers.press.safety import with_policy

SIMULATED = "Simulated market, not a replication"


def render(
    run: str,
    notebooks: Sequence[Path],
    scoreboard: Path,
    out: Path,
    site: Path | None = None,
    kept: Path | None = None,
) -> Path:
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
    kept : path, optional
        Results of a real run, see :mod:`helpers.press.frozen`; pages of a simulated market get them beside them.

    Returns
    -------
    Path
        The front page.

    Raises
    ------
    RenderError
        A chapter is missing or stopped at an error, the scoreboard is not one, or Sphinx gave a warning.
    """
    books = {path.stem: read_notebook(path) for path in notebooks}
    board = read_scoreboard(scoreboard)
    source = out / "site"
    lay_out(source, site)
    about = provenance(run, books.values(), out)
    simulated = is_simulated(books.values(), board)
    real = frozen.load(kept) if kept is not None and simulated else None
    _write_pages(source, books, board, about, frozen.pointer(real[0]) if real else "")
    shutil.copy(scoreboard, source / "_static" / "scoreboard.csv")
    with scratch(out) as folder:
        fresh = folder / "html"
        build_pages(source, fresh, folder / "doctrees", SIMULATED if simulated else "")
        for path in notebooks:  # the download is the chapter as executed, with its pictures inside
            shutil.copy(path, fresh / "_sources" / path.name)
            (fresh / "_sources" / f"{path.stem}.py").write_text(as_script(path), "utf-8")
        if real:
            lay_out(folder / "kept")
            frozen.lay_out_pages(*real, folder / "kept")
            build_pages(folder / "kept", fresh / "real", folder / "kept-doctrees", frozen.banner(real[0]))
        _put_in_place(fresh, out / "html")
    return out / "html" / "index.html"


# -- writing the pages' sources ---------------------------------------------------------------------------------------


def _write_pages(source: Path, books: dict[str, dict], board: pd.DataFrame, about: Provenance, real: str) -> None:
    """Write what Sphinx builds from: the front page, the chapters, the scoreboard and the pages that come from them."""
    template = (source / "index.md").read_text("utf-8")
    pages = {
        "index.md": front_page(template, books, board, about, real),
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


def lay_out(source: Path, site: Path | None = None) -> None:
    """Copy the site's settings, texts and looks to a folder, with the scripts and the font they need.

    Parameters
    ----------
    source : path
        Replaced.
    site : path, optional
        Where they are (default: ``book/site``).
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(site or ROOT / "book" / "site", source, ignore=shutil.ignore_patterns("__pycache__"))
    _copy_scripts(source / "_static")


def build_pages(source: Path, target: Path, doctrees: Path, announcement: str) -> None:
    """Build pages with Sphinx, each under a policy that lets it ask no other host.

    Parameters
    ----------
    source, target, doctrees : path
        Sources, pages, Sphinx's own notes.
    announcement : str
        A line at the top of every page; empty for none.

    Raises
    ------
    RenderError
        Sphinx gave a warning.
    """
    _sphinx(source, target, doctrees, announcement)
    for page in target.glob("*.html"):
        page.write_text(with_policy(page.read_text("utf-8")), "utf-8")


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
        render(args.run, notebooks, build / "scoreboard.csv", build, kept=frozen.latest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
