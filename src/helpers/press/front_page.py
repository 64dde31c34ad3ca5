"""The front page of the book: what it found, what of the print came out, and where the numbers come from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from string import Template
from typing import Any

import pandas as pd

from helpers.press.board_page import picture
from helpers.press.page import answer, raw
from helpers.press.provenance import Provenance, meanings
from helpers.scoreboard import VERDICTS

__all__ = ["front_page", "titles"]

HEADLINE = "headline"  # the tag of the five answers whose first sentence the front page says


def front_page(
    template: str, books: Mapping[str, Mapping], board: pd.DataFrame, about: Provenance, real: str = ""
) -> str:
    """Fill the front page: findings, chapters, the scoreboard's picture and the run.

    Parameters
    ----------
    template : str
        MyST text with the places ``$real``, ``$findings``, ``$chapters``, ``$picture``, ``$tally``, ``$run``, ``$toc``.
    books : mapping of notebooks
        By chapter name, in reading order.
    board : DataFrame
        The scoreboard.
    about : Provenance
        Of the run.
    real : str
        HTML that leads from a simulated book to the results of a real run.

    Returns
    -------
    str
        MyST text.
    """
    return Template(template).substitute(
        real=raw(real) if real else "",
        findings=_findings(books),
        chapters="\n".join(_chapter(name, book) for name, book in books.items()),
        picture=raw(picture(board, "scoreboard.html")),
        tally=_tally(board, titles(books)),
        run=_run(about),
        toc="\n".join(books),
    )


def titles(books: Mapping[str, Mapping]) -> dict[str, str]:
    """Return the title of each chapter.

    Parameters
    ----------
    books : mapping of notebooks
        By chapter name.

    Returns
    -------
    dict of str to str
        The name itself where a chapter has none.
    """
    return {name: _opening(name, book)[0] for name, book in books.items()}


def _opening(name: str, book: Mapping) -> tuple[str, str]:
    """Return a chapter's title and its first sentence."""
    text = next(("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown"), "")
    title = re.search(r"^# +(.+)$", text, re.M)
    if title is None:
        return name, ""  # Sphinx refuses a page without a title, and says where
    rest = [block for block in text[title.end() :].split("\n\n") if block.strip()]
    prose = " ".join(rest[0].split()) if rest and not rest[0].lstrip().startswith(("#", "-", "|", ":", "$")) else ""
    sentence = re.match(r".*?[.!?](?=\s|$)", prose)
    return title[1].strip(), sentence[0] if sentence else prose


def _findings(books: Mapping[str, Mapping]) -> str:
    """One sentence from each chapter that opens the book, with the chapter it is from."""
    said = [(name, answer(book, HEADLINE)) for name, book in books.items()]
    lines = [f"- {first[0]} [{name[:2]}]({name}.ipynb)" for name, first in said if first]
    return "\n".join(lines) if lines else "The chapters of this run state no finding."


def _chapter(name: str, book: Mapping) -> str:
    title, about = _opening(name, book)
    found = answer(book)
    return f"- [{title}]({name}.ipynb)" + (f": {found[0]}" if found else about and f": {about}")


def _tally(board: pd.DataFrame, named: Mapping[str, str]) -> str:
    """Count verdicts by chapter, in a table with their sum."""
    if board.empty:
        return "No chapter of this run recorded a comparison."
    found = pd.crosstab(board["chapter"], board["verdict"], margins=True, margins_name="all")
    kept = [*(name for name in VERDICTS if name in found), "all"]
    order = [*(name for name in board["chapter"].drop_duplicates()), "all"]
    found = found.loc[order, kept].reset_index().rename_axis(columns=None)
    found = found.rename(columns={"chapter": "Chapter", "all": "All"})
    found["Chapter"] = [named.get(name, name) if name != "all" else "All" for name in found["Chapter"]]
    return table(found, "atlas-tally")


def table(frame: pd.DataFrame, kind: str) -> str:
    """Return a frame of text as a block of a MyST page; what comes from data is escaped.

    Parameters
    ----------
    frame : DataFrame
        Small.
    kind : str
        CSS classes.

    Returns
    -------
    str
        MyST.
    """
    return raw('<div class="table-scroll">' + frame.to_html(index=False, border=0, classes=kind) + "</div>")


def _run(about: Provenance) -> str:
    """Describe the run: where its numbers come from, its parameters, how to make it again."""
    line = raw(f'<p class="atlas-source">{about.line()}</p>')
    again = (
        f"The command `{about.command()}` makes these pages again; add `END=2025-12-31`, or any other parameter in "
        "upper case, for other dates."
    )
    if not about.parameters:
        return f"{line}\n\n{again}"
    known = meanings()
    values = about.parameters
    order = [*(key for key in known if key in values), *(key for key in values if key not in known)]
    rows = [(key, _plain(values[key]), known.get(key, "")) for key in order]
    listed = table(pd.DataFrame(rows, columns=["Parameter", "Value", "Meaning"]), "dataframe atlas-parameters")
    return f"{line}\n\n{again}\n\n{listed}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def downloads(name: str, about: Provenance) -> str:
    """Return the line under a chapter's title: what can be taken along, and where the numbers come from.

    Parameters
    ----------
    name : str
        The chapter's.
    about : Provenance
        Of the run.

    Returns
    -------
    str
        HTML.
    """
    shown = escape(name)
    links = [
        '<button type="button" class="atlas-button" data-atlas="code" aria-pressed="false">Show all code</button>',
        f'<a class="atlas-button" href="_sources/{shown}.ipynb" download>.ipynb</a>',
        f'<a class="atlas-button" href="_sources/{shown}.py" download>.py</a>',
        f'<a class="atlas-button" href="scoreboard.html?chapter={shown}">Scoreboard</a>',
    ]
    return f'<div class="atlas-top">{"".join(links)}</div><p class="atlas-source">{about.line()}</p>'
