"""Pages made from what the chapters hold: the recipes, the coverage of the data, and a chapter as a script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from helpers.press.chapters import Cell, Chapter, skip_slow_import
from helpers.press.front_page import table, titles
from helpers.press.provenance import Provenance, coverage_table
from helpers.press.recipes import recipes, standalone

__all__ = ["as_script", "coverage_page", "recipes_page"]

_RECIPES = """# Recipes

The cells that a quant copies first, each with all it needs: imports, parameters, load. Every one runs in a file of its
own where the library is installed (`pip install .`), on the demo market as it stands and on your tables with
`source = "folder"` and `data = "path/to/tables"`.
"""
_COVERAGE = """# Data and coverage

What stands behind each table and each date of this run. A table that is not there, or ends early, leaves out what needs
it: the chapter says so where the gap begins, and the scoreboard calls the numbers *not computable*. How to fill a gap
stands under [Getting data](getting_data.md).
"""
_FETCHED = """## What was fetched

The tables of this run were fetched with `make data`. Index weights of a later day are never carried back.
"""


class _Executed(Chapter):
    """A chapter as a notebook that ran, without what the runner put in."""

    def __init__(self, name: str, book: Mapping):
        super().__init__(Path(f"{name}.py"))
        kept = [cell for cell in book["cells"] if "injected-parameters" not in cell["metadata"].get("tags", [])]
        cells = [
            Cell("".join(c["source"]), c["cell_type"] == "code", tuple(c["metadata"].get("tags", []))) for c in kept
        ]
        self.__dict__["cells"] = cells


def recipes_page(books: Mapping[str, Mapping]) -> str:
    """Return the page of the cells tagged ``recipe``, each as a script that runs alone.

    Parameters
    ----------
    books : mapping of notebooks
        By chapter name, in reading order.

    Returns
    -------
    str
        MyST text.
    """
    parts, named = [_RECIPES], titles(books)
    for name, book in books.items():
        chapter = _Executed(name, book)
        marked = [cell for cell in chapter.cells if cell.is_code and "recipe" in cell.tags]
        if not marked:
            continue
        parts.append(f"## [{named[name]}]({name}.ipynb)")
        heads = _headings(book)
        for cell in recipes(chapter):
            parts.append(f"### {heads.get(cell.source, named[name])}")
            parts.append(f"```python\n{standalone(chapter, cell).strip()}\n```")
    if len(parts) == 1:
        parts.append("The chapters of this run mark none.")
    return "\n\n".join(parts) + "\n"


def _headings(book: Mapping) -> dict[str, str]:
    """The last heading above each code cell."""
    found, above = {}, ""
    for cell in book["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines = [line.lstrip("# ").strip() for line in source.splitlines() if line.startswith("#")]
            above = lines[-1] if lines else above
        else:
            found[source] = above
    return {source: heading for source, heading in found.items() if heading}


def coverage_page(about: Provenance) -> str:
    """Return the page that says what stands behind each table of a run.

    Parameters
    ----------
    about : Provenance
        Of the run.

    Returns
    -------
    str
        MyST text.
    """
    parts = [_COVERAGE, table(coverage_table(about), "dataframe atlas-parameters atlas-coverage")]
    if about.fetched:
        parts += [_FETCHED, table(pd.DataFrame(about.fetched), "dataframe atlas-parameters")]
    return "\n\n".join(parts) + "\n"


def as_script(path: Path) -> str:
    """Return an executed chapter as a py:percent script, with the parameters of its run.

    Parameters
    ----------
    path : path
        Of a notebook.

    Returns
    -------
    str
        Python.
    """
    skip_slow_import()
    import jupytext

    book = jupytext.read(path)
    book.metadata = {key: value for key, value in book.metadata.items() if key == "kernelspec"}
    return jupytext.writes(book, fmt="py:percent")
