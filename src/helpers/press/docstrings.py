"""Docstrings in numpydoc's sections as HTML: enough for this library, whose tests hold the sections.

Sphinx's own ``autodoc`` imports every module and takes minutes for what a parse of the text gives in a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from inspect import cleandoc
from itertools import groupby

__all__ = ["as_html", "sections"]

_RULE = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+)\n-{3,}\n", re.M)
_INLINE = re.compile(r"``(?P<code>.+?)``|:\w+:`(?P<role>[^`]+)`|(?<![\w*])\*\*(?P<strong>[^*\n]+)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*\\])\*(\w[^*\n]*?)\*(?!\w)")
_LISTED = ("Parameters", "Returns", "Yields", "Raises", "Attributes")


def sections(docstring: str) -> Iterator[tuple[str, str]]:
    r"""Cut a docstring at its headings.

    Parameters
    ----------
    docstring : str
        As it stands in the code.

    Yields
    ------
    tuple of str
        Heading and text; the heading of what comes first is empty.

    Examples
    --------
    >>> list(sections(sections.__doc__))[2]
    ('Yields', 'tuple of str\n    Heading and text; the heading of what comes first is empty.')
    """
    text = cleandoc(docstring)
    found = list(_RULE.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    yield "", text[: found[0].start() if found else len(text)].strip()
    for match, end in zip(found, ends, strict=False):
        yield match["name"], text[match.end() : end].strip()


def as_html(docstring: str, link: Callable[[str], str] = lambda name: "") -> str:
    """Return a docstring as HTML.

    Parameters
    ----------
    docstring : str
        In numpydoc's sections.
    link : callable
        From a name in a role, such as ``helpers.prose.say``, to an address; empty for none.

    Returns
    -------
    str
        Escaped.
    """
    parts = []
    for name, text in sections(docstring):
        body = _entries(text, link) if name in _LISTED else _blocks(text, link)
        parts.append(f'<p class="api-section">{name}</p>{body}' if name else body)
    return "\n".join(parts)


def _entries(text: str, link: Callable[[str], str]) -> str:
    """A list of ``name : type`` with indented words below each."""
    items: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line and not line[0].isspace():
            items.append((line, []))
        elif items:
            items[-1][1].append(line)
    listed = []
    for head, words in items:
        name, _, kind = head.partition(" : ")
        told = f'<code>{escape(name)}</code> <span class="api-type">{_inline(kind, link)}</span>'
        listed.append(f"<dt>{told}</dt><dd>{_blocks(cleandoc(chr(10).join(['', *words])), link)}</dd>")
    return f"<dl>{''.join(listed)}</dl>"


def _blocks(text: str, link: Callable[[str], str]) -> str:
    """Paragraphs, lists of hyphens and examples."""
    parts = []
    for empty, lines in groupby(text.splitlines(), key=lambda line: not line.strip()):
        block = "\n".join(lines)
        if empty:
            continue
        if block.lstrip().startswith((">>>", "    ")) or block.startswith(" "):
            parts.append(f"<pre>{escape(block)}</pre>")
        elif block.startswith("- "):
            items = re.split(r"^- ", block, flags=re.M)[1:]
            parts.append("<ul>" + "".join(f"<li>{_inline(item, link)}</li>" for item in items) + "</ul>")
        else:
            parts.append(f"<p>{_inline(block, link)}</p>")
    return "".join(parts)


def _inline(text: str, link: Callable[[str], str]) -> str:
    done, out = 0, []
    for found in _INLINE.finditer(text):
        out.append(_plain(text[done : found.start()]))
        done = found.end()
        if found["strong"]:
            out.append(f"<strong>{escape(found['strong'])}</strong>")
            continue
        name = (found["code"] or found["role"]).lstrip("~")
        shown = f"<code>{escape(name)}</code>"
        address = link(name) if found["role"] else ""
        out.append(f'<a href="{escape(address)}">{shown}</a>' if address else shown)
    return "".join([*out, _plain(text[done:])])


def _plain(text: str) -> str:
    return _EMPHASIS.sub(r"<em>\1</em>", escape(text)).replace("\\*", "*")
