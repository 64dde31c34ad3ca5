"""The house style: colours, font and a figure that carries both with it.

Colours follow the Chinese convention, **red rises and green falls**. The green leans to teal, and the two differ in
lightness as well, so that readers who cannot tell red from green still can. The style lives in the figure object,
never in matplotlib's global settings: a copied ``plot_x`` looks the same in any session and changes nothing there.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from importlib.resources import as_file, files

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

PALETTE: list[str] = ["#1762B5", "#D1481A", "#12A98A", "#A04F8C", "#E29A00", "#56AEE8", "#2A1E84", "#4D4D4D"]
"""Eight series colours, told apart by readers with red- or green-blindness too."""

_LIGHTER = ["#8DB4E2", "#F0A58A", "#8BD8C8", "#D9A9CC", "#F3CF85", "#B5DCF6", "#9A92CF", "#A8A8A8"]

UP, DOWN = "#C62828", "#0F8B8D"
"""A rise is red and a fall is green, as on every Chinese screen."""

INK, MUTED, GRID = "#222832", "#6B7480", "#E3E6EA"
"""Text; secondary marks; grid lines."""

DIVERGING: Colormap = LinearSegmentedColormap.from_list(
    "atlas_diverging", ["#07585A", DOWN, "#8CC7C6", "#F7F7F5", "#EDA59B", UP, "#7F1414"]
)
"""Falls to rises through near-white: centre it on zero."""

SEQUENTIAL: Colormap = LinearSegmentedColormap.from_list(
    "atlas_sequential", ["#F3F7FB", "#B9D6EC", "#6BA9DA", "#1762B5", "#0B2F63"]
)
"""Little to much, pale to deep blue."""


def series_colours(n: int) -> list[str]:
    """Return ``n`` colours: the palette, then its paler sisters, then both again.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    list of str
        Hexadecimal.
    """
    both = [*PALETTE, *_LIGHTER]
    return [both[i % len(both)] for i in range(n)]


_FONT_FILE = "NotoSansCJKsc-GB2312-subset.otf"
_FAMILY = "China ETF Atlas"


@cache
def font_name() -> str:
    """Register the bundled Chinese font with matplotlib and return its family name.

    It is known under a name of its own: a system's Noto Sans CJK SC would otherwise be taken in its place, and figures
    would differ from machine to machine.
    """
    with as_file(files("helpers.figures") / "fonts" / _FONT_FILE) as path:
        bundled = font_manager.ttfFontProperty(font_manager.get_font(path))
        font_manager.fontManager.ttflist.append(replace(bundled, name=_FAMILY))
    return _FAMILY


@cache
def style() -> dict:
    """Return the settings of the house style, to be used with ``matplotlib.pyplot.rc_context``.

    Returns
    -------
    dict
        Setting by name.
    """
    return {
        "font.family": [font_name(), "DejaVu Sans"],
        "text.parse_math": False,  # a $ in a fund's name is a $
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "axes.titlepad": 8,
        "axes.labelsize": 10,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=PALETTE),
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "lines.linewidth": 1.6,
        "legend.edgecolor": "none",
        "legend.framealpha": 0.8,
        "legend.fontsize": 9,
        "figure.facecolor": "white",
        "axes.facecolor": "white",
        "savefig.facecolor": "auto",
        "figure.titlesize": 12,
    }


def _in_style(method: Callable) -> Callable:
    """Let a method read the house style where matplotlib would read its global settings."""

    @wraps(method)
    def styled(*args, **kwargs):
        with plt.rc_context(style()):
            return method(*args, **kwargs)

    return styled


class AtlasAxes(Axes):
    """Axes whose later additions follow the house style too."""

    set_title = _in_style(Axes.set_title)
    legend = _in_style(Axes.legend)
    text = _in_style(Axes.text)
    annotate = _in_style(Axes.annotate)


class AtlasFigure(Figure):
    """A figure that is measured and drawn in the house style wherever it is drawn: page, JupyterLab or file."""

    add_axes = _in_style(Figure.add_axes)
    add_subplot = _in_style(Figure.add_subplot)
    colorbar = _in_style(Figure.colorbar)
    legend = _in_style(Figure.legend)
    suptitle = _in_style(Figure.suptitle)
    draw = _in_style(Figure.draw)
    get_tightbbox = _in_style(Figure.get_tightbbox)


def new_axes(width: float = 8, height: float = 4.5, nrows: int = 1, ncols: int = 1, **subplots) -> Axes | np.ndarray:
    """Open a figure in the house style and return its axes.

    Parameters
    ----------
    width, height
        Size in inches of the whole figure. A page column is about 8 in wide.
    nrows, ncols
        Grid of axes.
    **subplots
        Passed to ``Figure.subplots`` (``sharex``, ``sharey``, ``height_ratios``, ``width_ratios``, …).

    Returns
    -------
    Axes or numpy.ndarray of Axes
        One ``Axes`` for a single cell, else an array shaped as ``Figure.subplots`` shapes it.
    """
    with plt.rc_context(style()):
        figure = plt.figure(FigureClass=AtlasFigure, figsize=(width, height), layout="constrained")
        cell = {"axes_class": AtlasAxes, **subplots.pop("subplot_kw", {})}
        return figure.subplots(nrows, ncols, subplot_kw=cell, **subplots)
