"""A chapter's page: the answer first, code folded, every exhibit with an anchor, and the scoreboard elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.press.marks import Marks, slug
from helpers.press.straight import LEFT_OUT, compared
from helpers.scoreboard import counts

__all__ = ["ANSWER", "answer", "as_page", "raw", "tally_line"]

ANSWER = "answer"  # the tag of the hidden cell that says what the chapter found
PROVENANCE = "provenance"  # the id of the cell that the runner writes under the title where data were fetched
_TITLE = re.compile(r"\A\s*# +.+?(?:\n\s*\n|\Z)", re.DOTALL)
_FENCE = ":" * 8


def as_page(
    book: Mapping[str, Any], static: Path, name: str = "", board: pd.DataFrame | None = None, top: str = ""
) -> dict[str, Any]:
    """Return a chapter's notebook as Sphinx should see it.

    The answer stands at the top. Code is folded, the run's own parameters are named as such, figures and tables have
    numbers, and the pictures inside the outputs become files, so that a browser loads the ones it shows.

    Parameters
    ----------
    book : mapping
        An executed notebook.
    static : path
        The folder ``_static`` of the pages' sources.
    name : str
        The chapter's name.
    board : DataFrame, optional
        Its rows of the scoreboard.
    top : str
        HTML under the title: downloads and where the numbers come from.

    Returns
    -------
    dict of str to Any
        A notebook; ``book`` is left as it was.
    """
    marks, rows = Marks(name, static), pd.DataFrame() if board is None else board
    cells = [dict(cell, outputs=list(cell["outputs"])) if "outputs" in cell else dict(cell) for cell in book["cells"]]
    injected = any("injected-parameters" in _tags(cell) for cell in cells)
    for cell in cells:
        if cell["cell_type"] == "code":
            _fold(cell, injected)
            shown = [] if ANSWER in _tags(cell) else [_lines_of_board(o, name, rows) for o in cell["outputs"]]
            cell["outputs"] = [o if o.get("own") else marks.output(o) for o in shown] + _exhibits(cell, rows)
            for output in cell["outputs"]:
                output.pop("own", None)
    return {**book, "metadata": _described(book), "cells": _opening(cells, answer(book), top)}


def answer(book: Mapping[str, Any], tag: str = ANSWER) -> list[str]:
    """Return the sentences with which a chapter answers its question.

    Parameters
    ----------
    book : mapping
        An executed notebook.
    tag : str
        Of the cell that says them.

    Returns
    -------
    list of str
        Markdown; empty where the chapter says none, or none could be said in this run.
    """
    for cell in book["cells"]:
        if tag in _tags(cell):
            told = [output.get("metadata", {}).get("sentences") for output in cell.get("outputs", [])]
            return [sentence for sentences in told if sentences for sentence in sentences]
    return []


def tally_line(rows: pd.DataFrame) -> str:
    """Return the rows counted by verdict in words, e.g. ``22 match · 1 differs``.

    Parameters
    ----------
    rows : DataFrame
        Of a scoreboard.

    Returns
    -------
    str
        Verdicts that occur, in their order.
    """
    found = counts(rows)
    return " · ".join(f"{n} {verdict}" for verdict, n in found[found > 0].items())


def raw(html: str) -> str:
    """Return HTML as a block of a MyST page.

    Parameters
    ----------
    html : str
        Trusted: what comes from data in it is escaped.

    Returns
    -------
    str
        MyST.
    """
    harmless = html.replace("`", "&#96;")  # a name must not close the block
    return f"``````{{raw}} html\n{harmless}\n``````"


# -- the top of the page ---------------------------------------------------------------------------------------------


def _opening(cells: list[dict], said: list[str], top: str) -> list[dict]:
    """Put the line of downloads and the answer between the title and what follows it."""
    first = next((i for i, cell in enumerate(cells) if cell["cell_type"] == "markdown"), None)
    text = "".join(cells[first]["source"]) if first is not None else ""
    title = _TITLE.match(text)
    if title is None:
        return cells
    box = f"{_FENCE}{{admonition}} In short\n:class: atlas-answer\n\n{' '.join(said)}\n{_FENCE}" if said else ""
    parts = [title[0], raw(top) if top else "", box, text[title.end() :]]
    new = [_markdown(part, number) for number, part in enumerate(parts) if part.strip()]
    rest = [_as_html(cell) if cell.get("id") == PROVENANCE else cell for cell in cells[first + 1 :]]
    return [*cells[:first], *new, *rest]


def _as_html(cell: dict) -> dict:
    """The runner's own block about fetched data; HTML of any other cell is text."""
    return {**cell, "source": raw("".join(cell["source"]))}


def _markdown(source: str, number: int) -> dict:
    return {"cell_type": "markdown", "id": f"opening-{number}", "metadata": {}, "source": source}


def _described(book: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook's metadata with what a shared link shows: the title and the first sentence of the answer."""
    text = next(("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown"), "")
    title, said = text.strip().partition("\n")[0].lstrip("# "), " ".join(answer(book)[:1])
    told = {"description": said, "property=og:description": said, "property=og:title": f"{title} · China ETF Atlas"}
    flat = {key: re.sub(r"[*$\\]", "", value) for key, value in told.items() if value}
    return {**book.get("metadata", {}), "myst": {"html_meta": {**flat, "property=og:type": "article"}}}


# -- code --------------------------------------------------------------------------------------------------------------


def _fold(cell: dict, injected: bool) -> None:
    """Hide a cell's code behind a line to click that says what it is."""
    tags, lines = _tags(cell), len("".join(cell["source"]).strip().splitlines())
    if "injected-parameters" in tags:
        cell["source"] = re.sub(r"\A# Parameters\b", "# Parameters of this run", "".join(cell["source"]))
    if "remove-input" in tags or not lines:
        return
    size = f"{lines} line{'s' if lines > 1 else ''}"
    prompt = f"Code, {size}"
    if LEFT_OUT in tags:
        prompt = f"Left out of this run: the code, {size}"
    elif "parameters" in tags:
        prompt = f"Defaults of the parameters, {size}" if injected else f"Parameters, {size}"
    elif "injected-parameters" in tags:
        prompt = f"Parameters of this run, {size}"
    folded = {"tags": [*tags, "hide-input"], "mystnb": {"code_prompt_show": prompt, "code_prompt_hide": prompt}}
    cell["metadata"] = {**cell["metadata"], **folded}


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


# -- the scoreboard ----------------------------------------------------------------------------------------------------


def _exhibits(cell: dict, board: pd.DataFrame) -> list[dict]:
    """An anchor and one line for each exhibit that a cell compares."""
    source = "".join(cell["source"])
    if ".compare(" not in source or board.empty:
        return []
    lines = []
    for _, exhibit in compared(source):
        rows = board[board["exhibit"] == exhibit]
        if len(rows):
            rest = f'{tally_line(rows)}. <a href="scoreboard.html#{_row_anchor(rows)}">Its rows</a>'
            lines.append(f'<p class="atlas-exhibit" id="{slug(exhibit)}"><b>{escape(exhibit)}</b>: {rest}</p>')
    return [_html("\n".join(lines))] if lines else []


def _row_anchor(rows: pd.DataFrame) -> str:
    return f"{slug(str(rows['chapter'].iloc[0]))}-{slug(str(rows['exhibit'].iloc[0]))}"


def _lines_of_board(output: dict, name: str, board: pd.DataFrame) -> dict:
    """A board on its chapter's page: how it counts, and where its rows are."""
    if "scoreboard" not in output.get("metadata", {}) or board.empty:
        return output
    link = f'<a href="scoreboard.html?chapter={escape(name)}">all rows of this chapter</a>'
    return {**_html(f'<p class="atlas-exhibit">{tally_line(board)}: {link}.</p>'), "own": True}


def _html(html: str) -> dict:
    data = {"text/html": html, "text/plain": ""}
    return {"output_type": "display_data", "data": data, "metadata": {}}
