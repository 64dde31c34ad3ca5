"""The numbers behind a figure, read from what was drawn: a reader takes them along as CSV.

One table for every figure: which panel, what kind of mark, which series, where it stands and what it shows. Reading
them from the artists, not from what a chapter passed in, keeps them equal to the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cbook import flatten
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

__all__ = ["COLUMNS", "CSV", "numbers", "plotly_numbers", "to_csv"]

CSV = "text/csv"
COLUMNS = ["panel", "mark", "series", "x", "y", "value"]
LARGEST = 20_000  # rows; a larger figure is a picture of tables that the source holds already
_FULL = (0.0, 1.0)

Row = tuple[str, str, str, Any, Any, Any]


def numbers(figure: Figure) -> pd.DataFrame:
    """Return what a matplotlib figure shows, one row per point, bar or cell.

    Parameters
    ----------
    figure : Figure
        Drawn at least once, so that tick labels are known.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. Days and categories stand in ``x`` and ``y`` as on the axes; ``value`` is the length
        of a bar, or what the colour of a point or of a cell of a heat map says. Empty where a figure holds no such
        mark, or more than :data:`LARGEST` of them.
    """
    rows: list[Row] = []
    for number, ax in enumerate(figure.axes, start=1):
        if _is_scale(ax):
            continue
        panel = next((t for t in (ax.get_title(p) for p in ("left", "center", "right")) if t), str(number))
        panel = panel.replace("\n", " ")
        rows += ((panel, *row) for row in (*_bars(ax), *_lines(ax), *_points(ax), *_cells(ax)))
        if len(rows) > LARGEST:
            return pd.DataFrame(columns=COLUMNS)
    return pd.DataFrame(rows, columns=COLUMNS)


def plotly_numbers(figure: Any) -> pd.DataFrame:
    """Return the links of a Sankey, or the points of any other plotly figure.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Any; a trace without ``x`` and ``y`` gives nothing.

    Returns
    -------
    DataFrame
        Columns ``source``, ``target``, ``value`` for a Sankey, else ``series``, ``x``, ``y``.
    """
    frames = [_links(trace) if trace.type == "sankey" else _trace(trace) for trace in figure.data]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def to_csv(frame: pd.DataFrame, index: bool = False) -> str:
    """Write a frame as the CSV of a page: ten digits, days as 2025-09-30, empty columns left out.

    Parameters
    ----------
    frame : DataFrame
        Any.
    index : bool
        Write the row labels too.

    Returns
    -------
    str
        CSV; empty for a frame without rows.

    Examples
    --------
    >>> print(to_csv(pd.DataFrame({"x": [1.0, 2.0], "none": [None, None]})), end="")
    x
    1
    2
    """
    kept = frame.loc[:, [not frame.iloc[:, i].isna().all() for i in range(frame.shape[1])]]
    return kept.to_csv(index=index, float_format="%.10g") if len(kept) else ""


def _is_scale(ax: Axes) -> bool:
    """Whether axes are only the scale of colours of another panel."""
    return ax.get_label() == "<colorbar>"


def _series(artist: Any) -> str:
    name = str(artist.get_label())
    return "" if name.startswith("_") else name


def _lines(ax: Axes) -> Iterator[tuple]:
    for line in ax.lines:
        x, y = line.get_data()
        guide = len(x) == 2 and (tuple(x) == _FULL or tuple(y) == _FULL)  # axhline, axvline
        if not guide and line.get_visible():
            where = zip(_on(ax.xaxis, x), _on(ax.yaxis, y), strict=True)
            yield from (("line", _series(line), *at, None) for at in where)


def _bars(ax: Axes) -> Iterator[tuple]:
    for bars in (c for c in ax.containers if isinstance(c, BarContainer)):
        for bar in bars.patches:
            if bars.orientation == "horizontal":
                (y,) = _on(ax.yaxis, [bar.get_y() + bar.get_height() / 2])
                yield "bar", _series(bars), None, y, bar.get_width()
            else:
                (x,) = _on(ax.xaxis, [bar.get_x() + bar.get_width() / 2])
                yield "bar", _series(bars), x, None, bar.get_height()


def _points(ax: Axes) -> Iterator[tuple]:
    for points in (c for c in ax.collections if isinstance(c, PathCollection)):
        place = np.ma.getdata(points.get_offsets())
        shade = points.get_array()
        values = [None] * len(place) if shade is None or len(shade) != len(place) else list(shade)
        where = zip(_on(ax.xaxis, place[:, 0]), _on(ax.yaxis, place[:, 1]), values, strict=True)
        yield from (("point", _series(points), *at) for at in where)


def _cells(ax: Axes) -> Iterator[tuple]:
    for image in ax.images:
        if np.ndim(image.get_array()) == 2:
            left, right, bottom, top = image.get_extent()
            down = (top, bottom) if image.origin == "upper" else (bottom, top)
            yield from _grid(ax, image.get_array(), (left, right), down)
    for mesh in (c for c in ax.collections if isinstance(c, QuadMesh)):
        values, corners = mesh.get_array(), mesh.get_coordinates()
        if np.ndim(values) == 2:
            middle = (corners[:-1, :-1] + corners[1:, 1:]) / 2
            x, y = _on(ax.xaxis, middle[0, :, 0]), _on(ax.yaxis, middle[:, 0, 1])
            yield from _filled(x, y, values)


def _grid(ax: Axes, values: np.ndarray, across: tuple, down: tuple) -> Iterator[tuple]:
    """The cells of an image between its edges."""
    height, width = values.shape
    x = across[0] + (np.arange(width) + 0.5) * (across[1] - across[0]) / width
    y = down[0] + (np.arange(height) + 0.5) * (down[1] - down[0]) / height
    yield from _filled(_on(ax.xaxis, x), _on(ax.yaxis, y), values)


def _filled(x: list, y: list, values: np.ndarray) -> Iterator[tuple]:
    known = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    for i, j in zip(*np.nonzero(np.isfinite(known)), strict=True):
        yield "cell", "", x[j], y[i], known[i, j]


def _on(axis: Axis, places: Any) -> list:
    """Places as a reader sees them: a day, the category whose tick stands there, or the number."""
    values = np.asarray(axis.convert_units(places), dtype=float)
    if type(axis.get_converter()).__module__ == dates.__name__:
        known = pd.Series(values).where(np.isfinite(values))
        return [f"{dates.num2date(v):%Y-%m-%d}" if pd.notna(v) else None for v in known]
    names = _categories(axis)
    return [names.get(round(v, 6), v) if np.isfinite(v) else None for v in values.tolist()]


def _categories(axis: Axis) -> dict[float, str]:
    """The words at the ticks, where ticks are words; numbers written at ticks are rounded and say less."""
    words = [label.get_text().replace("\n", " ") for label in axis.get_ticklabels()]
    places = [round(float(at), 6) for at in flatten([axis.get_ticklocs()])]
    if len(words) != len(places) or not any(word.strip() for word in words) or all(map(_is_number, words)):
        return {}
    return {at: word for at, word in zip(places, words, strict=True) if word}


def _is_number(word: str) -> bool:
    return not word.strip(" -+−.,%0123456789e")


def _links(trace: Any) -> pd.DataFrame:
    names = [str(label) or str(number) for number, label in enumerate(trace.node.customdata or trace.node.label)]
    ends = {end: [_flat(names[i]) for i in getattr(trace.link, end)] for end in ("source", "target")}
    return pd.DataFrame({**ends, "value": list(trace.link.value)})


def _flat(text: str) -> str:
    """A hover text in one line."""
    from html import unescape

    return unescape(text.replace("<br>", "; ").replace("<b>", "").replace("</b>", ""))


def _trace(trace: Any) -> pd.DataFrame:
    held = {axis: list(trace[axis]) for axis in ("x", "y") if trace[axis] is not None}
    return pd.DataFrame({"series": trace.name or "", **held})
