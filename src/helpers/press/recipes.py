"""A cell with all it needs: what a reader copies, and what runs alone.

The cells tagged ``recipe`` are the ones a quant copies first. :func:`standalone` gives any visible cell as a script of
its own: imports, parameters, load, and the cells that make the names it reads.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from helpers.press.chapters import Cell, Chapter
from helpers.press.straight import binds, reads

__all__ = ["HIDDEN", "RECIPE", "load_cells", "makers", "opening", "recipes", "standalone", "visible_cells"]

RECIPE = "recipe"
HIDDEN = "remove-input"


def opening(chapter: Chapter) -> list[Cell]:
    """Return the code cells up to the one tagged ``parameters``: the imports and the parameters.

    Parameters
    ----------
    chapter : Chapter
        Any.

    Returns
    -------
    list of Cell
        In reading order.
    """
    cells = [cell for cell in chapter.cells if cell.is_code]
    return cells[: next(i for i, cell in enumerate(cells) if "parameters" in cell.tags) + 1]


def visible_cells(chapter: Chapter) -> list[Cell]:
    """Return the code cells after the parameters that a reader sees.

    Parameters
    ----------
    chapter : Chapter
        Any.

    Returns
    -------
    list of Cell
        In reading order.
    """
    cells = [cell for cell in chapter.cells if cell.is_code]
    return [cell for cell in cells[len(opening(chapter)) :] if HIDDEN not in cell.tags]


def load_cells(chapter: Chapter) -> list[Cell]:
    """Return the visible cells before the first one that shows something: assignments that load tables and studies.

    Parameters
    ----------
    chapter : Chapter
        Any.

    Returns
    -------
    list of Cell
        In reading order.
    """
    found = []
    for cell in visible_cells(chapter):
        if not all(isinstance(node, ast.Assign) for node in ast.parse(cell.source).body):
            break
        found.append(cell)
    return found


def makers(chapter: Chapter) -> dict[str, Cell]:
    """Return for every name the visible cell that makes it.

    Parameters
    ----------
    chapter : Chapter
        Any.

    Returns
    -------
    dict of str to Cell
        Cell by name; the last that makes it.
    """
    return {name: cell for cell in visible_cells(chapter) for name in binds(cell.source)}


def recipes(chapter: Chapter) -> list[Cell]:
    """Return the cells tagged ``recipe``.

    Parameters
    ----------
    chapter : Chapter
        Any.

    Returns
    -------
    list of Cell
        In reading order.
    """
    return [cell for cell in visible_cells(chapter) if RECIPE in cell.tags]


def standalone(chapter: Chapter, cell: Cell, parameters: Mapping[str, Any] | None = None) -> str:
    """Return a script that runs one cell with all it needs and nothing else.

    Parameters
    ----------
    chapter : Chapter
    cell : Cell
        One of its visible cells.
    parameters : mapping, optional
        Values instead of the chapter's defaults.

    Returns
    -------
    str
        Python source: imports, parameters, then the cells that make what the cell reads, in reading order.
    """
    made, needed, waiting = makers(chapter), {id(cell)}, [cell]
    while waiting:
        for name in reads(waiting.pop().source):
            if name in made and id(made[name]) not in needed:
                needed.add(id(made[name]))
                waiting.append(made[name])
    imports = "\n".join(c.source for c in opening(chapter))
    values = "\n".join(f"{name} = {value!r}" for name, value in (parameters or {}).items())
    cells = [c.source for c in visible_cells(chapter) if id(c) in needed]
    return "\n\n".join(part for part in (imports, values, *cells) if part) + "\n"
