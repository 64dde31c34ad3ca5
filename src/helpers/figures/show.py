"""Put a figure on the page: light and dark, a caption under it, and words for whoever cannot see it."""

import base64
import hashlib
import io
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatterMathtext, NullFormatter, StrMethodFormatter
from PIL import Image

from helpers.figures.dark import dark
from helpers.figures.display import display
from helpers.figures.numbers import CSV, numbers, plotly_numbers, to_csv
from helpers.figures.style import INK, PALETTE, style

_DPI = 160
_PLOTLY_MIME = "application/vnd.plotly.v1+json"
_PLOTLY_FONT = "Segoe UI, Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
_PLOTLY_CONFIG = {"responsive": True, "displayModeBar": False, "displaylogo": False, "showSendToCloud": False}


@dataclass(frozen=True)
class Exhibit:
    """A figure ready for a page; notebooks and the book display it as HTML."""

    html: str
    caption: str
    other: dict = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Figure: {self.caption}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {**self.other, "text/html": self.html, "text/plain": repr(self)}


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """Collect the characters that no font can draw; matplotlib draws a box for each, and warns."""
    missing: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield missing
    for warning in caught:
        if found := re.search(r"Glyph (\d+) .*missing", str(warning.message)):
            missing.append(chr(int(found[1])))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _code_points(characters: Iterable[str]) -> str:
    return " ".join(f"{c} (U+{ord(c):04X})" for c in dict.fromkeys(characters))


def _labels(figure: Figure) -> Iterator[str]:
    """The words that are ours in every run: titles and the names of axes."""
    yield figure.get_suptitle()
    for ax in figure.axes:
        yield from (ax.get_title(place) for place in ("left", "center", "right"))
        yield from (ax.get_xlabel(), ax.get_ylabel())


def _apology(missing: list[str], figure: Figure) -> str:
    """Say in the caption what a box in a name from the data stands for; in a label of ours it is an error."""
    for label in _labels(figure):
        if lost := [c for c in label if c in missing]:
            raise ValueError(f"the bundled font has no glyph for {_code_points(lost)}: write {label!r} otherwise")
    return f" A box stands for a character that the book's font lacks: {_code_points(missing)}." if missing else ""


def _few_colours(picture: Image.Image, exact: int = 96) -> Image.Image:
    """Return the picture in 256 colours: the most frequent ones exactly, the blends at edges by the nearest.

    A general quantiser shifts flat areas, which in a heat map are the data.
    """
    pixels = np.asarray(picture.convert("RGB")).astype(np.int64)
    drawn = (pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]).ravel()
    start = np.flatnonzero(np.diff(drawn, prepend=-1))  # a drawing is mostly runs of one colour: sort those only
    length = np.diff(start, append=len(drawn))
    packed, of_run = np.unique(drawn[start], return_inverse=True)
    count = np.bincount(of_run, weights=length)
    colours = (packed[:, None] >> np.array([16, 8, 0])) & 255
    order = np.argsort(-count, kind="stable")
    flat, blends = colours[order[:exact]], colours[order[exact:]]
    if len(blends):
        row = Image.fromarray(blends[None].astype(np.uint8)).quantize(256 - exact, Image.Quantize.MAXCOVERAGE)
        flat = np.concatenate([flat, np.reshape(row.getpalette(), (-1, 3))])
    distance = (flat**2).sum(1) - 2 * colours @ flat.T  # the nearest colour; the pixel's own square does not matter
    index = np.repeat(distance.argmin(1)[of_run], length).reshape(pixels.shape[:2])
    small = Image.fromarray(index.astype(np.uint8))
    small.putpalette(flat.astype(np.uint8).tobytes())
    return small


@contextmanager
def _page_canvas(figure: Figure) -> Iterator[FigureCanvasAgg]:
    """Give a figure a canvas at the resolution of a page, and its own one back after it."""
    screen, dpi = figure.canvas, figure.dpi
    canvas = FigureCanvasAgg(figure)  # the figure's canvas from here on
    try:
        figure.set_dpi(_DPI)
        yield canvas
    finally:
        figure.set_dpi(dpi)
        figure.set_canvas(screen)


def _png(canvas: FigureCanvasAgg) -> str:
    """Draw once; return a data URI of a small PNG whose bytes depend on nothing but the drawing.

    ``savefig`` would draw every figure twice to lay it out, encode it, and leave it to be decoded again.
    """
    canvas.draw()
    small = io.BytesIO()
    _few_colours(Image.fromarray(np.asarray(canvas.buffer_rgba()))).save(small, "PNG", compress_level=7)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()


def _words(caption: str, alt: str) -> tuple[str, str]:
    for name, text in (("caption", caption), ("alt", alt)):
        if not text or not text.strip():
            raise ValueError(f"show: {name} is empty; every figure needs a caption and a description of what it shows")
    return escape(caption.strip()), escape(" ".join(alt.split()), quote=True)


def _plain_powers(figure: Figure) -> None:
    """Write the ticks of logarithmic axes as numbers: powers need the mathematics that is off, so that a $ is a $."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() == "log" and isinstance(axis.get_major_formatter(), LogFormatterMathtext):
                axis.set_major_formatter(StrMethodFormatter("{x:,g}"))
                axis.set_minor_formatter(NullFormatter())


def _titled(figure: Figure) -> None:
    """Raise ValueError unless the figure or one of its axes says what it shows."""
    titles = [figure.get_suptitle(), *(ax.get_title(loc) for ax in figure.axes for loc in ("left", "center", "right"))]
    if not any(title.strip() for title in titles):
        raise ValueError("show: the figure has no title; say what it shows with ax.set_title(…) before showing it")


def exhibit(drawn: Axes | Figure, caption: str, alt: str) -> Exhibit:
    """Render a matplotlib figure for light and dark pages, and close it.

    Parameters
    ----------
    drawn
        The axes a ``plot_x`` returned (any axes of the figure will do), or the figure.
    caption
        The sentence under the figure.
    alt
        What a reader who cannot see it needs to know: the kind of figure and what it shows.

    Returns
    -------
    Exhibit
        Holding one ``<figure>`` with a light and a dark PNG; without the book's style sheet only the light one shows.
        Its numbers are there as ``text/csv``, see :func:`helpers.figures.numbers.numbers`.

    Raises
    ------
    ValueError
        For an empty caption or description, a figure without a title, or a title or axis name that the font cannot
        draw. Any other text may be a name from the data: what the font lacks becomes a box that the caption explains.
    """
    figure = drawn.get_figure(root=True) if isinstance(drawn, Axes) else drawn
    engine = figure.get_layout_engine()
    try:
        _words(caption, alt)
        _titled(figure)
        _plain_powers(figure)
        for text in figure.findobj(Text):
            text.set_parse_math(False)
        with plt.rc_context(style()), _missing_glyphs() as missing, _page_canvas(figure) as canvas:
            light = _png(canvas)
            figure.set_layout_engine("none")  # what was laid out for the light page stays where it is
            with dark(figure):
                night = _png(canvas)
        words, description = _words(caption.strip() + _apology(missing, figure), alt)
        taken = to_csv(numbers(figure))
    finally:
        figure.set_layout_engine(engine)
        plt.close(figure)
    width, height = (round(side * 100) for side in figure.get_size_inches())
    size = f'width="{width}" height="{height}"'
    html = (
        f'<figure class="atlas-figure">\n'
        f'<img class="only-light" alt="{description}" {size} src="{light}">\n'
        f'<img class="only-dark" alt="{description}" {size} hidden src="{night}">\n'
        f"<figcaption>{words}</figcaption>\n</figure>"
    )
    return Exhibit(html, caption.strip(), {CSV: taken} if taken else {})


def plotly_exhibit(figure, caption: str, alt: str) -> Exhibit:
    """Render a plotly figure as an HTML fragment that holds data and no script, and for JupyterLab's own renderer.

    The pages' own script draws what it finds in ``data-plot``.

    Parameters
    ----------
    figure
        A ``plotly.graph_objects.Figure``; it is not changed.
    caption, alt
        As for :func:`exhibit`.

    Returns
    -------
    Exhibit
        What :func:`show_plotly` displays.
    """
    import plotly.graph_objects as go

    words, description = _words(caption, alt)
    page = go.Figure(figure)
    page.update_layout(font={"family": _PLOTLY_FONT, "color": INK}, colorway=PALETTE)
    notebook = json.loads(page.to_json())
    clear = "rgba(0,0,0,0)"
    page.update_layout(paper_bgcolor=clear, plot_bgcolor=clear)
    spec = json.loads(page.to_json())
    text = json.dumps([spec["data"], spec["layout"], _PLOTLY_CONFIG], ensure_ascii=False, sort_keys=True)
    key = "plot-" + hashlib.sha256((text + caption).encode()).hexdigest()[:12]
    height = page.layout.height or 480
    html = (
        f'<figure class="atlas-figure atlas-plotly">\n'
        f'<div id="{key}" class="atlas-plot" role="img" aria-label="{description}" style="height:{height}px" '
        f'data-plot="{escape(text)}"></div>\n'
        f"<figcaption>{words}</figcaption>\n</figure>"
    )
    other = {_PLOTLY_MIME: {**notebook, "config": _PLOTLY_CONFIG}, CSV: to_csv(plotly_numbers(page))}
    return Exhibit(html, caption.strip(), other)


def show(drawn: Axes | Figure, caption: str, alt: str) -> None:
    """Show a matplotlib figure on the page at once, with its caption; see :func:`exhibit`.

    Parameters
    ----------
    drawn : Axes or Figure
        A figure, or axes of it.
    caption, alt
        As for :func:`exhibit`.
    """
    display(exhibit(drawn, caption, alt))


def show_plotly(figure, caption: str, alt: str) -> None:
    """Show an interactive figure on the page at once, with its caption; see :func:`plotly_exhibit`.

    Parameters
    ----------
    figure
        A ``plotly.graph_objects.Figure``.
    caption, alt
        As for :func:`plotly_exhibit`.
    """
    display(plotly_exhibit(figure, caption, alt))
