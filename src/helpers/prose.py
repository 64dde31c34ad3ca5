"""Sentences as data: templates over named facts, so that words and numbers can be read and changed apart.

A visible cell computes facts; a hidden one says them. Branches live in :class:`When`, lists in :class:`Each`, and a
sentence whose fact is not known is left out, so that a page can never say "nan %".
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Each", "Prose", "When", "say", "text"]

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_OPENING = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$)))?([-+=%:.()])")  # what begins a list, a comment, a block
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class When:
    """One of two texts, by whether a fact is true (a number other than 0, a text or list that is not empty).

    Parameters
    ----------
    fact : str
        The fact's name. While it is not known neither text is said.
    then, otherwise : str or When
        Templates.
    """

    fact: str
    then: str | When
    otherwise: str | When = ""


class Each:
    """The same sentences for every record, one list item a record.

    Parameters
    ----------
    records : list of mapping, or DataFrame
        Facts by name; a record's own win over the others.
    *sentences : str or When
        Templates.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]] | pd.DataFrame, *sentences: str | When):
        self.records = records.to_dict("records") if isinstance(records, pd.DataFrame) else list(records)
        self.sentences = sentences


class Prose:
    """Text for a page, as Markdown."""

    def __init__(self, markdown: str, unnamed: Iterable[str] = (), sentences: Iterable[str] = ()):
        self.markdown = markdown
        self.unnamed = sorted(set(unnamed))
        self.sentences = list(sentences)

    def __str__(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict[str, str], dict[str, Any]]:
        shown = {"text/markdown": self.markdown, "text/plain": self.markdown}
        about = {"sentences": self.sentences, "unnamed_facts": self.unnamed}
        return shown, {key: value for key, value in about.items() if value}


def say(*sentences: str | When | Each, otherwise: str = "", **facts: Any) -> Prose:
    """Fill templates with facts and join them into one text.

    Places are written as in :meth:`str.format` (``{rate:.1%}``, ``{day:%Y-%m-%d}``, ``{row[mean]:.2f}``). Three things
    are added: a list of texts is joined with commas and "and"; ``{n:|month|months}`` writes a number with the word
    that fits it; and text from data is escaped, so that a name cannot act as markup.

    Parameters
    ----------
    *sentences : str, When or Each
        Templates in reading order. One whose fact is absent, None, NaN or an empty list is left out. A sentence that
        begins with a line break or with "- " starts a line of its own.
    otherwise : str
        Template said when nothing else could be.
    **facts
        Numbers, texts, dates, lists of texts.

    Returns
    -------
    Prose
        Shown by a notebook as Markdown.

    Examples
    --------
    >>> facts = {"n": 12, "error": 0.167, "better": True}
    >>> say("Over {n:|month|months} the error is {error:.1%}.", When("better", "It fell."), **facts)
    Over 12 months the error is 16.7%. It fell.
    >>> say("The mean is {mean:.2f}.", otherwise="Nothing was measured.", mean=float("nan"))
    Nothing was measured.
    """
    unnamed: set[str] = set()
    pieces = _said(sentences, facts, unnamed)
    if not pieces and (other := _fill(otherwise, facts, unnamed)):
        pieces = [other]
    return Prose(_join(pieces), unnamed, pieces)


def text(value: object) -> str:
    r"""Escape a text from data for Markdown: it is shown as it is written, on one line, and never acts.

    Parameters
    ----------
    value : object
        Its ``str`` is taken.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> text("<b>*ST 甲")
    '&lt;b&gt;\\*ST 甲'
    """
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    flat = _SPACES.sub(" ", str(value)).strip()
    marked = _MARKUP.sub(lambda found: entities.get(found[1], "\\" + found[1]), flat)
    return _OPENING.sub(r"\1\\\2", marked)


class _Unknown(Exception):
    """A fact that a template needs is not known."""


class _Template(string.Formatter):
    """``str.format`` that refuses unknown facts and escapes text."""

    def __init__(self, unnamed: set[str]):
        self._unnamed = unnamed

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        try:
            value, name = super().get_field(field_name, args, kwargs)
        except (KeyError, IndexError, AttributeError) as error:
            if not isinstance(error, IndexError) or field_name[:1].isdigit():  # a list may be shorter than a template
                self._unnamed.add(field_name)
            raise _Unknown from None
        if _unknown(value):
            raise _Unknown
        return value, name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return text(value) if not format_spec else text(format(value, format_spec))
        if isinstance(value, list | tuple | pd.Index):
            return _listed([text(item) for item in value])
        if format_spec.startswith("|"):
            one, many = format_spec[1:].split("|")
            return f"{value:,} {one if value == 1 else many}"
        return format(value, format_spec)


def _unknown(value: Any) -> bool:
    """Whether a fact is absent in all but name: None, NaN, NaT, infinite, or an empty list."""
    if value is None:
        return True
    if isinstance(value, list | tuple | pd.Index):
        return len(value) == 0
    if isinstance(value, Mapping | pd.Series | pd.DataFrame):
        return False
    return bool(pd.isna(value)) or value in (float("inf"), float("-inf"))


def _fill(template: str | When, facts: Mapping[str, Any], unnamed: set[str]) -> str | None:
    """One template with its facts, or None while one of them is unknown."""
    if isinstance(template, When):
        value = facts.get(template.fact)
        if template.fact not in facts:
            unnamed.add(template.fact)
        if not isinstance(value, list | tuple) and _unknown(value):
            return None
        chosen = template.then if _true(value) else template.otherwise
        return _fill(chosen, facts, unnamed)
    try:
        return _Template(unnamed).vformat(template, (), facts)
    except _Unknown:
        return None


def _true(value: Any) -> bool:
    return len(value) > 0 if isinstance(value, pd.Index | pd.Series | pd.DataFrame) else bool(value)


def _said(sentences: Iterable, facts: Mapping[str, Any], unnamed: set[str]) -> list[str]:
    pieces = []
    for sentence in sentences:
        if not isinstance(sentence, Each):
            pieces.append(_fill(sentence, facts, unnamed))
            continue
        for record in sentence.records:
            item = _join(_said(sentence.sentences, {**facts, **record}, unnamed))
            pieces.append(f"- {item}" if item and not item.startswith("- ") else item)
    return [piece for piece in pieces if piece]


def _join(pieces: Iterable[str]) -> str:
    """Sentences with a space between them; list items and what begins with a line break on lines of their own."""
    joined = ""
    for piece in pieces:
        if piece.startswith("- "):
            joined += ("" if not joined else "\n" if _in_list(joined) else "\n\n") + piece
        elif _in_list(joined) and not piece.startswith("\n"):
            joined += "\n\n" + piece
        else:
            joined += (" " if joined and not joined.endswith("\n") and not piece.startswith("\n") else "") + piece
    return joined


def _in_list(joined: str) -> bool:
    return joined.rpartition("\n")[2].startswith("- ")


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
