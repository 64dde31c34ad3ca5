"""What a store covers, and what stands for what it lacks: for the pages of a run on it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.providers.sources_known import KNOWN
from helpers.providers.tables_on_disk import Tables
from helpers.published.exhibits import EXHIBITS
from helpers.tables import SCHEMAS

__all__ = ["as_details", "compared_in", "coverage", "provenance", "tables_of"]

_BACKCAST = "Labels are carried back to before they began (BACKCAST_LABELS): what rests on them is looked ahead."


def coverage(source: str, root: Path) -> pd.DataFrame:
    """List every canonical table with what the store holds of it.

    Parameters
    ----------
    source : str
        The source that filled the store.
    root : Path
        The store's folder.

    Returns
    -------
    DataFrame
        Table, Rows, From, To, Note; empty for another source, or before the first build. A table that is not there has
        no rows.
    """
    held = Tables(root).manifest()["tables"] if source in KNOWN else {}
    if not held:
        return pd.DataFrame()
    rows = []
    for name in SCHEMAS:
        about, supply = held.get(name, {}), KNOWN[source].supply(name)
        if about and supply:
            why = "; ".join(part for part in (supply.note, supply.substitute) if part)
        else:
            why = "not fetched" if supply else f"{source} does not have it"
        rows.append((name, f"{about.get('rows', 0):,}", about.get("first") or "", about.get("last") or "", why))
    return pd.DataFrame(rows, columns=["Table", "Rows", "From", "To", "Note"])


def compared_in(sources: Iterable[str]) -> list[str]:
    """List the exhibits that code names.

    Parameters
    ----------
    sources : iterable of str
        Code cells, or a whole chapter.

    Returns
    -------
    list of str
        Names of exhibits, in the order of the registry.
    """
    words = _words(sources)
    return [name for name in EXHIBITS if name in words]


def tables_of(sources: Iterable[str]) -> list[str]:
    """List the canonical tables that code reads: those it names, and those its exhibits take.

    Parameters
    ----------
    sources : iterable of str
        Code cells, or a whole chapter.

    Returns
    -------
    list of str
        Canonical tables, in the order of the schemas.
    """
    words = _words(sources)
    taken = {table for name in words & set(EXHIBITS) for table in EXHIBITS[name].needs}
    return [table for table in SCHEMAS if table in words | taken]


def _words(sources: Iterable[str]) -> set[str]:
    trees = [ast.parse(source) for source in sources]
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def provenance(values: Mapping[str, Any], root: Path, tables: Sequence[str]) -> list[str]:
    """Say in sentences where the data of a page come from: window, coverage, substitutes.

    Parameters
    ----------
    values : mapping of str to Any
        The parameters of the chapter: its source, and start, end and backcast_labels where it has them.
    root : Path
        The store's folder.
    tables : sequence of str
        Canonical tables that the page reads.

    Returns
    -------
    list of str
        First one sentence of the whole, then one for each table and each substitute; empty for a run that does not
        read a store.
    """
    source, start, end = (values.get(key) for key in ("source", "start", "end"))
    shown = coverage(str(source), root)
    if shown.empty:
        return []
    shown = shown.set_index("Table").loc[list(tables)]
    there = shown[shown["Rows"].ne("0")]
    window = f"from {start or 'as far back as they go'} to {end or 'their last day'}"
    lacking = [name for name in shown.index if name not in there.index]
    counted = f"{len(there)} of the {len(shown)} tables this page reads are there"
    lines = [f"Data fetched from {source}, seen {window}; {counted}."]
    lines += [f"{name}: {row['From']} to {row['To']}, {row['Rows']} rows." for name, row in there.iterrows()]
    lines += [f"{name}: none; {shown.loc[name, 'Note']}." for name in lacking]
    standing = (KNOWN[str(source)].supply(name) for name in there.index)
    lines += dict.fromkeys(f"Substitute: {supply.substitute}." for supply in standing if supply and supply.substitute)
    return [*lines, _BACKCAST] if values.get("backcast_labels") else lines


def as_details(lines: Sequence[str]) -> str:
    """Write sentences as a block that shows the first and folds the others, for a page and for a notebook.

    Parameters
    ----------
    lines : sequence of str
        As from :func:`provenance`, not empty.

    Returns
    -------
    str
        HTML, escaped, without an empty line.
    """
    first, *others = map(escape, lines)
    items = "".join(f"<li>{line}</li>" for line in others)
    return f'<details class="provenance"><summary>{first}</summary><ul>{items}</ul></details>'
