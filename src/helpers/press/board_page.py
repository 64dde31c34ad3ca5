"""The scoreboard on a page of its own: a picture by kind and verdict, then every row, to search and to filter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import pandas as pd

from helpers.press.marks import slug
from helpers.press.page import raw, tally_line
from helpers.published.exhibits import KINDS
from helpers.scoreboard import VERDICTS

__all__ = ["board_page", "picture"]

_HEAD = ["Exhibit", "Item", "Published", "Computed", "Unit", "±", "Verdict", "Kind", "Note"]
_ABOUT = """# Scoreboard

Every number that the three sources print and that this book computes again, with a verdict that follows from the two
numbers. The names of exhibits lead to the cell that computes them, and each chapter leads back here.

- **match**: equal within the tolerance, which is usually half of the last printed digit
- **close**: within five tolerances
- **differs**: further off; the chapter says what is known of the reason
- **published inconsistent**: the printed number contradicts other numbers of the same report
- **not computable**: a table that this run's data lack is needed; the note names it
- **simulated**: from a made-up market, shown for the method and never claimed as a replication

What a row proves depends on its kind: a **data check** compares closes with closes, a **fitted** number was chosen
until it agreed, **replicated** is computed by the book from tables, **printed against printed** needs no market, and a
**definition** is read off a rule.
"""


def picture(board: pd.DataFrame, link: str = "") -> str:
    """Return the rows as bars of equal length: one for each kind of evidence, cut by verdict.

    Parameters
    ----------
    board : DataFrame
        A scoreboard.
    link : str
        Page with the rows, to which each piece leads.

    Returns
    -------
    str
        HTML without script or picture; it follows the reader's colours, and a screen reader gets the counts.
    """
    if board.empty:
        return "<p>No chapter of this run recorded a comparison.</p>"
    bars = []
    for kind in (k for k in KINDS if k in set(board["kind"])):
        rows = board[board["kind"] == kind]
        pieces = [
            _piece(kind, verdict, int((rows["verdict"] == verdict).sum()), len(rows), link)
            for verdict in VERDICTS
            if (rows["verdict"] == verdict).any()
        ]
        bars.append(
            f'<div class="atlas-bar-row"><div class="atlas-bar-name"><b>{escape(kind)}</b> {len(rows):,}</div>'
            f'<div class="atlas-bar">{"".join(pieces)}</div>'
            f'<div class="atlas-bar-text">{tally_line(rows)}</div></div>'
        )
    legend = "".join(
        f'<span class="atlas-key verdict-fill-{slug(v)}">{v}</span>' for v in VERDICTS if v in set(board["verdict"])
    )
    return f'<div class="atlas-bars">{"".join(bars)}<p class="atlas-keys">{legend}</p></div>'


def _piece(kind: str, verdict: str, n: int, total: int, link: str) -> str:
    words = f"{kind}: {n} {verdict}"
    look = f'class="verdict-fill-{slug(verdict)}" style="flex-grow: {n}" title="{escape(words)}"'
    if not link:
        return f"<span {look}></span>"
    query = f"kind={kind.replace(' ', '+')}&amp;verdict={verdict.replace(' ', '+')}"
    return f'<a {look} aria-label="{escape(words)}" href="{link}?{query}"></a>'


def board_page(board: pd.DataFrame, titles: Mapping[str, str], linked: bool = True) -> str:
    """Return the page of the scoreboard.

    Parameters
    ----------
    board : DataFrame
        A scoreboard; numbers may be text.
    titles : mapping of str to str
        Title by chapter.
    linked : bool
        Lead from each row to its exhibit on the chapter's page.

    Returns
    -------
    str
        MyST text.
    """
    rows = "\n".join(_rows(board, linked))
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEAD)
    table = (
        f'<div class="table-scroll atlas-board-scroll"><table class="scoreboard" id="board">'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )
    return "\n\n".join([_ABOUT, raw(picture(board, "scoreboard.html")), raw(_controls(board, titles)), raw(table)])


def _controls(board: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """What filters the table; a script of the site acts on it, and without one every row is there."""
    chapters = {name: titles.get(name, name) for name in board["chapter"].drop_duplicates()}
    choices = [
        _choice("chapter", "all chapters", chapters),
        _choice("kind", "all kinds", {k: k for k in KINDS if k in set(board["kind"])}),
        _choice("verdict", "all verdicts", {v: v for v in VERDICTS if v in set(board["verdict"])}),
    ]
    search = '<input type="search" name="words" placeholder="search rows: 2024 银行" aria-label="Search the rows">'
    count = f'<output aria-live="polite">{len(board):,} rows</output>'
    download = '<a href="_static/scoreboard.csv" download="scoreboard.csv">CSV</a>'
    return f'<form class="atlas-filter" id="board-filter">{search}{"".join(choices)}{count} {download}</form>'


def _choice(name: str, everything: str, options: Mapping[str, str]) -> str:
    listed = "".join(f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in options.items())
    return f'<select name="{name}" aria-label="{name}"><option value="">{everything}</option>{listed}</select>'


def _rows(board: pd.DataFrame, linked: bool) -> Iterator[str]:
    seen = set()
    for row in board.to_dict("records"):
        anchor = f"{slug(row['chapter'])}-{slug(row['exhibit'])}"
        first = "" if anchor in seen else f' id="{anchor}"'
        seen.add(anchor)
        name = escape(str(row["exhibit"]))
        where = f"{escape(str(row['chapter']))}.html#{slug(row['exhibit'])}"
        verdict = f'<span class="verdict verdict-{slug(row["verdict"])}">{row["verdict"]}</span>'
        cells = [
            ("exhibit", f'<a href="{where}">{name}</a>' if linked else name),
            ("item", escape(str(row["item"]))),
            ("published", _number(row["published"])),
            ("computed", _number(row["computed"])),
            ("unit", escape(str(row["unit"]))),
            ("tolerance", _number(row["tolerance"])),
            ("verdict", verdict),
            ("kind", escape(str(row["kind"]))),
            ("note", escape(str(row["note"]))),
        ]
        data = " ".join(f'data-{key}="{escape(str(row[key]))}"' for key in ("chapter", "kind", "verdict"))
        written = "".join(f'<td class="{name}">{text}</td>' for name, text in cells)
        yield f"<tr{first} {data}>{written}</tr>"


def _number(value: Any) -> str:
    """A number in six digits at most; text as it is."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else escape(str(value))
