"""The same figure for a dark page: ink turns light, paper turns dark, data keep their colours.

A figure is recoloured artist by artist, within a ``with`` block, so that a dark page shows a dark figure and not a
white plate.
"""

import colorsys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text

PAPER = (0x12 / 255, 0x12 / 255, 0x12 / 255)
"""The dark page itself, so that no plate shows around a figure."""
_INK = (0xDC / 255, 0xE2 / 255, 0xE8 / 255)
_NEUTRAL, _PALE, _CONTRAST = 0.13, 0.82, 3.0

KEEP = "keep-colour"
"""``artist.set_gid(KEEP)`` leaves an artist as it is, such as text on a coloured box."""

Paint = tuple[Callable, Callable]


def _luminance(rgb) -> float:
    c = np.asarray(rgb)
    return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def contrast(a, b) -> float:
    """Return the WCAG contrast ratio of two RGB colours, from 1 (none) to 21.

    Parameters
    ----------
    a, b : tuple of float
        Red, green and blue in [0, 1].

    Returns
    -------
    float
        The larger the easier to read; 4.5 is asked of text.
    """
    low, high = sorted((_luminance(a[:3]), _luminance(b[:3])))
    return (high + 0.05) / (low + 0.05)


def on_dark(color) -> tuple[float, float, float, float]:
    """Return the colour that plays the same part on a dark page.

    Greys swap ends (black ink to light ink, white paper to dark paper), pale tints become deep ones, and every other
    colour stays, or is lightened just until it stands out from the page.

    Parameters
    ----------
    color
        Anything matplotlib takes for a colour.

    Returns
    -------
    tuple of float
        Red, green, blue and alpha in [0, 1].
    """
    *rgb, alpha = to_rgba(color)
    if max(rgb) - min(rgb) < _NEUTRAL:
        whiteness = sum(rgb) / 3
        return *(np.array(_INK) + (np.array(PAPER) - _INK) * whiteness), alpha
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    if light > _PALE:
        return *colorsys.hls_to_rgb(hue, 1.08 - light, saturation * 0.6), alpha
    while contrast(rgb, PAPER) < _CONTRAST:
        rgb = [c + (1 - c) * 0.06 for c in rgb]
    return *rgb, alpha


def _paints(artist: Artist) -> Iterator[Paint]:
    """Yield the (get, set) pairs through which an artist is coloured."""
    if isinstance(artist, Text):
        yield artist.get_color, artist.set_color
        for patch in (artist.get_bbox_patch(), getattr(artist, "arrow_patch", None)):
            if patch is not None:
                yield from _paints(patch)
    elif isinstance(artist, Line2D):
        yield artist.get_color, artist.set_color
        yield artist.get_markerfacecolor, artist.set_markerfacecolor
        yield artist.get_markeredgecolor, artist.set_markeredgecolor
    elif isinstance(artist, Patch) or (isinstance(artist, Collection) and artist.get_array() is None):
        yield artist.get_facecolor, artist.set_facecolor
        yield artist.get_edgecolor, artist.set_edgecolor


def _on_heatmap(artist: Artist) -> bool:
    """Say whether a text lies on colours that do not change, and so must not change either."""
    axes = artist.axes
    if axes is None or artist not in axes.texts or isinstance(artist, Annotation) and artist.arrow_patch:
        return False
    place = artist.get_transform().transform(artist.get_position())
    maps = (child for child in axes.get_children() if isinstance(child, AxesImage | QuadMesh))
    return any(child.get_window_extent().contains(*place) for child in maps)


def _visible(value) -> bool:
    """Say whether a colour paints anything: writing a transparent one back would give it the artist's own opacity."""
    rows = np.atleast_2d(value) if isinstance(value, np.ndarray) else [to_rgba(value)]
    return any(row[3] > 0 for row in rows if len(row))


def _swap(value):
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return np.array([on_dark(row) for row in value]).reshape(-1, 4)
    return on_dark(value)


@contextmanager
def dark(figure: Figure) -> Iterator[Figure]:
    """Recolour a figure for a dark page within a ``with`` block, and put the colours back after it.

    Parameters
    ----------
    figure : Figure
        Changed in place for the time of the block.

    Yields
    ------
    Figure
        The same figure.
    """
    if figure.stale:  # ticks and legends exist only once drawn
        figure.draw_without_rendering()
    undo = []
    for artist in figure.findobj(lambda a: a.get_gid() != KEEP):
        if isinstance(artist, Text) and _on_heatmap(artist):
            continue
        paints = [(put, get()) for get, put in _paints(artist)]  # read all first: some follow others ("auto", "face")
        for put, old in paints:
            if _visible(old):
                undo.append((put, old))
                put(_swap(old))
    try:
        yield figure
    finally:
        for put, old in reversed(undo):
            put(old)
