"""The front page of the book: what its chapters are, what came out of them, and with which parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from string import Template
from typing import Any

import pandas as pd

from helpers.params import RunParams
from helpers.scoreboard import VERDICTS, to_html


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

    Returns
    -------
    str
        MyST text.
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
        return name, ""  # Sphinx refuses a page without a title, and says where
    rest = [block for block in text[title.end() :].split("\n\n") if block.strip()]
    prose = " ".join(rest[0].split()) if rest and not rest[0].lstrip().startswith(("#", "-", "|", ":", "$")) else ""
    sentence = re.match(r".*?[.!?](?=\s|$)", prose)
    return title[1].strip(), sentence[0] if sentence else prose


def _raw(html: str) -> str:
    harmless = html.replace("`", "&#96;")  # a name must not close the block
    return f"``````{{raw}} html\n{harmless}\n``````"


def _table(frame: pd.DataFrame, kind: str) -> str:
    return _raw('<div class="table-scroll">' + frame.to_html(index=False, border=0, classes=kind) + "</div>")


def _tally(board: pd.DataFrame, titles: dict[str, tuple[str, str]]) -> str:
    """Count verdicts by chapter, in a table with their sum."""
    if board.empty:
        return "No chapter of this run recorded a comparison."
    found = pd.crosstab(board["chapter"], board["verdict"], margins=True, margins_name="all")
    kept = [*(name for name in VERDICTS if name in found), "all"]
    order = [*(name for name in board["chapter"].drop_duplicates()), "all"]
    found = found.loc[order, kept].reset_index().rename_axis(columns=None)
    found = found.rename(columns={"chapter": "Chapter", "all": "All"})
    found["Chapter"] = [titles.get(name, (name, ""))[0] if name != "all" else "All" for name in found["Chapter"]]
    return _table(found, "atlas-tally")


def _parameters(run: str, books: Iterable[dict]) -> str:
    """Describe the run and list the parameters its chapters were executed with."""
    values: dict[str, Any] = {}
    covered: list[dict] = []
    for book in books:
        about = book["metadata"].get("etf_atlas", {})
        values |= about.get("parameters", {})
        covered = about.get("coverage", covered)
    if not values:
        return f"These pages come from the run **{escape(run)}**."
    meanings = {key: field.description or "" for key, field in RunParams.model_fields.items()}
    order = [*(key for key in meanings if key in values), *(key for key in values if key not in meanings)]
    rows = [(key, _plain(values[key]), meanings.get(key, "")) for key in order]
    table = _table(pd.DataFrame(rows, columns=["Parameter", "Value", "Meaning"]), "dataframe atlas-parameters")
    return f"These pages come from the run **{escape(run)}**, with these parameters:\n\n{table}" + _fetched(covered)


def _fetched(covered: list[dict]) -> str:
    """Say what the store of a run covers, where it reads one."""
    if not covered:
        return ""
    about = "The tables were fetched with `make data`. Index weights of a later day are never carried back."
    return f"\n\n{about}\n\n{_table(pd.DataFrame(covered), 'dataframe atlas-parameters')}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
