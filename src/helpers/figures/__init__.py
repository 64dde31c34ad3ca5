"""One look for every figure of the book, light and dark, with Chinese glyphs and words for those who cannot see it.

``new_axes`` opens a figure in the house style and ``show`` puts it on the page with a caption and a description;
``show_plotly`` does the same for an interactive one, ``show_table`` for a frame, in which every value is text. Each
subject has a module of ``plot_x(data, ax=None) -> Axes``.
"""

from helpers.figures.show import Exhibit, exhibit, plotly_exhibit, show, show_plotly
from helpers.figures.style import DIVERGING, DOWN, INK, MUTED, PALETTE, SEQUENTIAL, UP, new_axes, series_colours
from helpers.figures.table import Table, as_table, show_table

__all__ = [
    "DIVERGING",
    "DOWN",
    "INK",
    "MUTED",
    "PALETTE",
    "SEQUENTIAL",
    "UP",
    "Exhibit",
    "Table",
    "as_table",
    "exhibit",
    "new_axes",
    "plotly_exhibit",
    "series_colours",
    "show",
    "show_plotly",
    "show_table",
]
