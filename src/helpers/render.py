"""From executed chapters to a web site that asks nothing of the network.

``python -m helpers.render RUN`` takes ``_build/<run>/notebooks/*.ipynb`` and ``_build/<run>/scoreboard.csv``, lays out
the Sphinx sources in ``_build/<run>/site`` and puts the pages in ``_build/<run>/html``. Every warning is an error, and
pages that fail to build leave the previous ones where they were.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from helpers.chapters import find_chapters
from helpers.freshness import ROOT, mark_done, wanted
from helpers.params import RunParams
from helpers.scoreboard import COLUMNS, VERDICTS, to_html

SIMULATED = "Simulated market, not a replication"
_PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=\s]+)"')
_PLOTLY = "application/vnd.plotly.v1+json"


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
    (source / "index.md").write_text(front_page((source / "index.md").read_text("utf-8"), run, books, board), "utf-8")
    simulated = is_simulated(books.values(), board)
    for name, book in books.items():
        text = json.dumps(as_page(book, source / "_static" / "figures"), ensure_ascii=False)
        (source / f"{name}.ipynb").write_text(text, "utf-8")
    with tempfile.TemporaryDirectory(dir=out, prefix=".pages-") as scratch:
        fresh = Path(scratch, "html")
        _sphinx(source, fresh, Path(scratch, "doctrees"), SIMULATED if simulated else "")
        for path in notebooks:  # the download is the chapter as executed, with its pictures inside
            shutil.copy(path, fresh / "_sources" / path.name)
        _put_in_place(fresh, out / "html")
    return out / "html" / "index.html"


# -- reading what a run left ----------------------------------------------------------------------------------------


def _read_notebook(path: Path) -> dict[str, Any]:
    failed = path.with_suffix(".failed.ipynb")
    if failed.is_file():
        raise RenderError(f"{path.stem}: failed in this run (see {failed.name}); run it again before rendering")
    if not path.is_file():
        raise RenderError(f"{path.stem}: not executed in this run; `make book` runs it")
    book = json.loads(path.read_text("utf-8"))
    for number, cell in enumerate(book["cells"]):
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            raise RenderError(f"{path.stem}: stopped at an error in cell {number}; run it again before rendering")
    return book


def _read_scoreboard(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise RenderError(f"{path.name}: not written in this run; `make book` collects it from the chapters")
    board = pd.read_csv(path, dtype={"published": str, "computed": str}, keep_default_na=False)
    if lacking := [column for column in COLUMNS if column not in board]:
        raise RenderError(f"{path.name}: lacks the column {lacking[0]}")
    if unknown := sorted(set(board["verdict"]) - set(VERDICTS)):
        raise RenderError(f"{path.name}: {unknown[0]!r} is no verdict; the verdicts are {', '.join(VERDICTS)}")
    return board


def is_simulated(books: Iterable[dict], board: pd.DataFrame) -> bool:
    """Say whether a run's market is made up: its chapters say so, or nothing on its scoreboard claims otherwise."""
    told = any(book["metadata"].get("etf_atlas", {}).get("simulated", False) for book in books)
    return told or (len(board) > 0 and bool((board["verdict"] == "simulated").all()))


# -- a chapter's page -----------------------------------------------------------------------------------------------


def as_page(book: dict[str, Any], figures: Path) -> dict[str, Any]:
    """Return a chapter's notebook as Sphinx should see it.

    The defaults of the parameters are folded away, the run's own are named as such, and the pictures inside the
    outputs become files in ``figures``, so that a browser loads the ones it shows.

    Parameters
    ----------
    book : dict
        An executed notebook.
    figures : path
        Folder for the pictures, beside which the pages' ``_static`` will be.
    """
    cells = [dict(cell, outputs=list(cell["outputs"])) if "outputs" in cell else dict(cell) for cell in book["cells"]]
    injected = any("injected-parameters" in _tags(cell) for cell in cells)
    for cell in cells:
        tags = _tags(cell)
        if "parameters" in tags and injected:
            folded = {"tags": [*tags, "hide-input"], "mystnb": {"code_prompt_show": "Defaults of the parameters"}}
            cell["metadata"] = {**cell["metadata"], **folded}
        if "injected-parameters" in tags:
            cell["source"] = re.sub(r"\A# Parameters\b", "# Parameters of this run", "".join(cell["source"]))
        if "outputs" in cell:
            cell["outputs"] = [_page_output(output, figures) for output in cell["outputs"]]
    return {**book, "cells": cells}


def _tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def _page_output(output: dict, figures: Path) -> dict:
    if "text/html" not in output.get("data", {}):
        return output
    html = _PICTURE.sub(lambda found: _as_file(found[1], figures), "".join(output["data"]["text/html"]))
    data = {kind: value for kind, value in output["data"].items() if kind != _PLOTLY}
    return {**output, "data": {**data, "text/html": html}}


def _as_file(encoded: str, figures: Path) -> str:
    picture = base64.b64decode(encoded)
    name = hashlib.sha256(picture).hexdigest()[:16] + ".png"
    figures.mkdir(parents=True, exist_ok=True)
    (figures / name).write_bytes(picture)
    return f'src="_static/figures/{name}"'


# -- the front page -------------------------------------------------------------------------------------------------


def front_page(template: str, run: str, books: dict[str, dict], board: pd.DataFrame) -> str:
    """Fill the front page: chapters, scoreboard and the run's parameters.

    Parameters
    ----------
    template : str
        MyST text with the places ``$chapters``, ``$tally``, ``$board``, ``$run`` and ``$toc``.
    run : str
    books : dict of notebooks
        By chapter name, in reading order.
    board : DataFrame
        The scoreboard.
    """
    titles = {name: _opening(name, book) for name, book in books.items()}
    chapters = [f"- [{title}]({name}.ipynb)" + (about and f": {about}") for name, (title, about) in titles.items()]
    blocks = []
    for chapter, rows in board.groupby("chapter", sort=False):
        title = titles.get(str(chapter), (str(chapter), ""))[0]
        blocks.append(f"### {title}\n\n{_raw(to_html(rows))}")
    return Template(template).substitute(
        chapters="\n".join(chapters),
        tally=_tally(board, titles),
        board="\n\n".join(blocks),
        run=_parameters(run, books.values()),
        toc="\n".join(books),
    )


def _opening(name: str, book: dict) -> tuple[str, str]:
    """Return a chapter's title and its first sentence."""
    text = next(("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown"), "")
    title = re.search(r"^# +(.+)$", text, re.M)
    if title is None:
        raise RenderError(f"{name}: its first markdown cell has no title; begin it with `# NN · Title`")
    rest = [block for block in text[title.end() :].split("\n\n") if block.strip()]
    prose = " ".join(rest[0].split()) if rest and not rest[0].lstrip().startswith(("#", "-", "|", ":", "$")) else ""
    sentence = re.match(r".*?[.!?](?=\s|$)", prose)
    return title[1].strip(), sentence[0] if sentence else prose


def _raw(html: str) -> str:
    return f"``````{{raw}} html\n{html}\n``````"


def _table(frame: pd.DataFrame, kind: str) -> str:
    return _raw('<div class="table-scroll">' + frame.to_html(index=False, border=0, classes=kind) + "</div>")


def _tally(board: pd.DataFrame, titles: dict[str, tuple[str, str]]) -> str:
    """Count verdicts by chapter, in a table with their sum."""
    if board.empty:
        return "No chapter of this run recorded a comparison."
    found = pd.crosstab(board["chapter"], board["verdict"], margins=True, margins_name="all")
    kept = [*(name for name in VERDICTS if name in found), "all"]
    order = [*(name for name in board["chapter"].drop_duplicates()), "all"]
    found = found.loc[order, kept].reset_index().rename(columns={"chapter": "Chapter", "all": "All"})
    found["Chapter"] = [titles.get(name, (name, ""))[0] if name != "all" else "All" for name in found["Chapter"]]
    return _table(found, "atlas-tally")


def _parameters(run: str, books: Iterable[dict]) -> str:
    """Describe the run and list the parameters its chapters were executed with."""
    values: dict[str, Any] = {}
    for book in books:
        values |= book["metadata"].get("etf_atlas", {}).get("parameters", {})
    if not values:
        return f"These pages come from the run **{escape(run)}**."
    known = RunParams.model_fields
    rows = [
        {"Parameter": key, "Value": _plain(value), "Meaning": (known[key].description or "") if key in known else ""}
        for key, value in sorted(values.items(), key=lambda item: (list(known) + [item[0]]).index(item[0]))
    ]
    return f"These pages come from the run **{escape(run)}**, with these parameters:\n\n" + _table(
        pd.DataFrame(rows), "dataframe atlas-parameters"
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- Sphinx ---------------------------------------------------------------------------------------------------------


def _copy_scripts(static: Path) -> None:
    """Take plotly.js and MathJax from the installed packages, so that a page needs no other host."""
    plotly = distribution("plotly").locate_file("plotly/package_data/plotly.min.js")
    mathjax = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg.js")
    (static / "mathjax").mkdir(parents=True)
    shutil.copy(plotly, static / "plotly.min.js")
    shutil.copy(mathjax, static / "mathjax" / "tex-svg.js")


def _sphinx(source: Path, target: Path, doctrees: Path, announcement: str) -> None:
    sys.modules.setdefault("rfc3987_syntax", None)  # an optional grammar that takes seconds to build and serves nothing
    from sphinx.cmd.build import main as build

    told = ["-D", f"html_theme_options.announcement={announcement}"] if announcement else []
    where = ["-d", str(doctrees), str(source), str(target)]
    if build(["-q", "-W", "--keep-going", "-b", "html", *told, *where]):
        raise RenderError("the pages have warnings (above), and every warning is an error; the previous pages stay")


def _put_in_place(fresh: Path, pages: Path) -> None:
    """Swap the new pages in with two renames."""
    old = fresh.with_name("old")
    if pages.exists():
        os.replace(pages, old)
    os.replace(fresh, pages)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m helpers.render", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", help="the run's name, as in params/")
    parser.add_argument("--out", type=Path, help="the run's folder (default: _build/<run>)")
    parser.add_argument("--book", type=Path, default=ROOT / "book", help="the folder of chapters")
    args = parser.parse_args(argv)
    build = args.out or ROOT / "_build" / args.run
    notebooks = [build / "notebooks" / f"{chapter.name}.ipynb" for chapter in find_chapters(args.book)]
    try:
        if not notebooks:
            raise RenderError(f"{args.book}: no chapter here; chapters are named NN_name.py")
        planned = (build / "keys" / "site.want").is_file()
        key = wanted(build, "site") if planned else None
        render(args.run, notebooks, build / "scoreboard.csv", build)
        if key is not None:
            mark_done(build, "site", key)
    except RenderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
