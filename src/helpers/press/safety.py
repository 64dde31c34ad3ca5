"""What a page may hold and do: HTML of notebooks made harmless, and a policy under which only the book's scripts run.

A name in the data is text wherever a chapter writes it. This is the second wall, for what a chapter forgets, and the
policy in each page is the third.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from bleach.css_sanitizer import CSSSanitizer
from bleach.sanitizer import Cleaner

__all__ = ["KINDS", "sanitized", "with_policy"]

KINDS = ("text/html", "text/markdown", "text/plain", "image/png")
"""What an output may be; scripts, widgets and the like have no place on a page."""

_TAGS = [
    "a",
    "b",
    "br",
    "caption",
    "code",
    "col",
    "colgroup",
    "details",
    "div",
    "em",
    "figcaption",
    "figure",
    "h3",
    "h4",
]
_TAGS += ["hr", "i", "img", "li", "ol", "p", "pre", "small", "span", "strong", "sub", "summary", "sup"]
_TAGS += ["table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"]
_EVERYWHERE = {"class", "title", "role", "hidden", "aria-label", "style"}
_OWN = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "div": {"data-plot"},
}
_STYLES = ("height", "width", "max-width", "text-align", "white-space", "background-color", "color")
_PICTURE = re.compile(r"_static/figures/[0-9a-f]+\.png|data:image/png;base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"https?://[^\s]+|#[\w-]*|[\w-]+\.html(#[\w-]*)?")
_PLOT = re.compile(r"plot-[0-9a-f]+")
_STYLE_SHEET = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)

_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HANDLER = re.compile(r"<[^<>]+\son[a-z]+=\"([^\"]*)\"")
_CONTENT = re.compile(r"<article\b.*</article>", re.DOTALL)
_HEAD = re.compile(r"<head\b[^>]*>")


def sanitized(html: str) -> str:
    """Return HTML of an output with the tags and attributes of figures and tables; everything else becomes text.

    Style sheets, which pandas puts before its tables, are taken out.

    Parameters
    ----------
    html : str
        Of a cell's output.

    Returns
    -------
    str
        Harmless HTML.
    """
    return _cleaner().clean(_STYLE_SHEET.sub("", html))


@cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=_TAGS,
        attributes=_allowed,
        protocols=["http", "https", "data"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_STYLES),
    )


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "src":
        return tag == "img" and _PICTURE.fullmatch(value) is not None
    if name == "id":
        return _PLOT.fullmatch(value) is not None
    if name == "href":
        return tag == "a" and _LINK.fullmatch(value) is not None
    return name in _EVERYWHERE or name in _OWN.get(tag, ())


def with_policy(page: str) -> str:
    """Return a page with a Content-Security-Policy that runs the book's own scripts and asks no other host.

    The scripts of the theme that stand in the page itself are allowed by their hashes; one that stands in the content
    is not.

    Parameters
    ----------
    page : str
        A whole page, HTML.

    Returns
    -------
    str
        The page with one more ``meta`` in its head.
    """
    frame = _CONTENT.sub("", page)
    scripts = sorted({_hash(code) for code in (*_SCRIPT.findall(frame), *_HANDLER.findall(frame))})
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' 'unsafe-hashes' {' '.join(scripts)}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return _HEAD.sub(lambda head: f"{head[0]}\n    {meta}", page, count=1)


def _hash(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
