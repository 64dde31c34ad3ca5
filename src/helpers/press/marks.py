"""What a reader can point at: numbered figures and tables, each with a permanent link and its numbers as CSV."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from helpers.figures.numbers import CSV
from helpers.press.safety import KINDS, sanitized

__all__ = ["Marks", "slug"]

_PICTURE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/=\s]+)"')
_FIGURE = re.compile(r'<figure class="atlas-figure.*?</figure>', re.DOTALL)
_TABLE = re.compile(r'<table class="atlas-table">.*?</table>', re.DOTALL)
_WORDS = re.compile(r"<(figcaption|caption)>(.*?)</\1>", re.DOTALL)


def slug(text: str) -> str:
    """Return a text as an anchor: letters, digits and hyphens.

    Parameters
    ----------
    text : str
        For example the name of an exhibit.

    Returns
    -------
    str
        Lower case, begins with a letter; two texts that differ in other characters only are told apart by a hash.

    Examples
    --------
    >>> slug("S001 Table 3")
    's001-table-3'
    >>> slug("S000 表一") == slug("S000 表二")
    False
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    kept = re.sub(r"[^a-z0-9 .:,-]", "", text.lower()) == text.lower()
    tail = "" if kept else "-" + hashlib.sha256(text.encode()).hexdigest()[:6]
    return (plain if plain[:1].isalpha() else f"x-{plain}") + tail


@dataclass
class Marks:
    """The figures and tables of one chapter in reading order.

    Parameters
    ----------
    chapter : str
        Its name; figures count from ``4.1`` in ``04_style_regimes``.
    static : path
        The folder ``_static`` of the pages' sources; pictures and numbers become files there.
    """

    chapter: str
    static: Path
    _seen: dict[str, int] = field(default_factory=dict)

    def output(self, output: dict) -> dict:
        """Return an output as a page shows it.

        Without what has no place on a page, its HTML harmless, its pictures as files, and its figures and tables
        numbered.

        Parameters
        ----------
        output : dict
            Of an executed cell.

        Returns
        -------
        dict
            A new output.
        """
        if "data" not in output:
            return output
        data = {kind: value for kind, value in output["data"].items() if kind in KINDS}
        if "text/html" in data:
            html = sanitized(_PICTURE.sub(lambda found: self._picture(found[1]), "".join(data["text/html"])))
            numbers = "".join(output["data"].get(CSV, ""))
            html = _FIGURE.sub(lambda found: self._figure(found[0], numbers), html)
            data["text/html"] = _TABLE.sub(lambda found: self._table(found[0], numbers), html)
        return {**output, "data": data}

    def _picture(self, encoded: str) -> str:
        return f'src="_static/figures/{self._file("figures", base64.b64decode(encoded), ".png")}"'

    def _figure(self, html: str, numbers: str) -> str:
        anchor, number = self._next("figure")
        words = _WORDS.search(html)
        if words is None:
            return html
        text = f'<span class="atlas-number">Figure {number}.</span> {words[2]} {self._links(anchor, numbers)}'
        html = html.replace(words[0], f"<figcaption>{text}</figcaption>")
        return html.replace("<figure ", f'<figure id="{anchor}" ', 1)

    def _table(self, html: str, numbers: str) -> str:
        anchor, number = self._next("table")
        words = _WORDS.search(html)
        inside = html.replace(words[0], "") if words else html
        title = f'<span class="atlas-number">Table {number}.</span> {words[2] if words else ""}'
        title = f'<p class="atlas-caption">{title} {self._links(anchor, numbers)}</p>'
        return f'<div class="atlas-table-block" id="{anchor}">{title}<div class="table-scroll">{inside}</div></div>'

    def _next(self, kind: str) -> tuple[str, str]:
        self._seen[kind] = self._seen.get(kind, 0) + 1
        chapter = self.chapter.split("_")[0].lstrip("0")
        number = f"{chapter}.{self._seen[kind]}" if chapter.isdigit() else str(self._seen[kind])
        return f"{kind}-{number.replace('.', '-')}", number

    def _links(self, anchor: str, numbers: str) -> str:
        links = [f'<a href="#{anchor}" title="Permanent link">link</a>']
        if numbers:
            name = self._file("numbers", numbers.encode(), ".csv")
            given = f"{self.chapter}-{anchor}.csv"
            links.append(f'<a href="_static/numbers/{name}" download="{escape(given)}" title="The numbers">CSV</a>')
        return f'<span class="atlas-links">{" ".join(links)}</span>'

    def _file(self, folder: str, content: bytes, suffix: str) -> str:
        """Write a file named by its content; return its name."""
        name = hashlib.sha256(content).hexdigest()[:16] + suffix
        (self.static / folder).mkdir(parents=True, exist_ok=True)
        (self.static / folder / name).write_bytes(content)
        return name
