"""A card for each chapter, to pass on: what it found, one picture, its numbers, what stands behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from helpers.press.page import answer, raw
from helpers.press.provenance import Provenance

__all__ = ["cards_page"]

_FIGURE = re.compile(r'<figure id="([\w-]+)".*?</figure>', re.DOTALL)
_PICTURES = re.compile(r"<img [^>]*>")
_NUMBERS = re.compile(r'<a href="(_static/numbers/[^"]+)" download="([^"]+)"')
_ABOUT = """# Cards

One card a chapter, made to be passed on as a picture or on paper: what came out, one figure, its numbers, what stands
behind them. Every number is of this run. Not investment advice (非投资建议).
"""


def cards_page(
    books: Mapping[str, Mapping],
    pages: Mapping[str, Mapping],
    titles: Mapping[str, str],
    about: Provenance,
    warning: str,
) -> str:
    """Return the page of cards, one for each chapter that answers its question.

    Parameters
    ----------
    books : mapping of notebooks
        Executed, by chapter name.
    pages : mapping of notebooks
        The same as :func:`helpers.press.page.as_page` made them.
    titles : mapping of str to str
        Title by chapter.
    about : Provenance
        Of the run.
    warning : str
        Said on every card of a simulated market; empty for a real one.

    Returns
    -------
    str
        MyST text.
    """
    parts = [_ABOUT]
    for name, book in books.items():
        if said := answer(book):
            findings = "\n".join(f"- {sentence}" for sentence in said[:3])
            foot = raw(_foot(name, book, pages[name], about, warning))
            parts += [f"## {titles[name]}", findings, raw(_picture(name, pages[name])), foot]
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(page: Mapping[str, Any]) -> str:
    outputs = (output for cell in page["cells"] for output in cell.get("outputs", []))
    return "\n".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)


def _picture(name: str, page: Mapping[str, Any]) -> str:
    """The chapter's first still figure, for light and dark pages, which leads to its place."""
    for figure in _FIGURE.finditer(_html(page)):
        if pictures := _PICTURES.findall(figure[0]):
            inside = f'<a href="{escape(name)}.html#{figure[1]}">{"".join(pictures)}</a>'
            return f'<div class="atlas-card-picture atlas-figure">{inside}</div>'
    return ""


def _foot(name: str, book: Mapping, page: Mapping[str, Any], about: Provenance, warning: str) -> str:
    held = book["metadata"].get("etf_atlas", {}).get("held") or {}
    there, lacking = len(held.get("tables", {})), len(held.get("missing", {}))
    badge = f'<span class="atlas-badge">{there} tables read, {lacking} not there</span>' if held else ""
    found = _NUMBERS.search(_html(page))
    numbers = f'<a href="{found[1]}" download="{found[2]}">numbers (CSV)</a>' if found else ""
    chapter = f'<a href="{escape(name)}.html">chapter</a>'
    line = " · ".join(part for part in (badge, chapter, numbers, escape(warning), "非投资建议") if part)
    return f'<p class="atlas-source">{line}<br>{about.line()}</p>'
