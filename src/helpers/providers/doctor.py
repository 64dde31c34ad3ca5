"""What a source can give, what this machine has, and what each chapter would show with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pandas as pd
from pydantic.fields import FieldInfo

from helpers.params import RunParams
from helpers.providers.coverage import compared_in, tables_of
from helpers.providers.sources_known import KNOWN
from helpers.providers.store import Store
from helpers.providers.tables_on_disk import Tables, read_tables
from helpers.published.exhibits import EXHIBITS
from helpers.sessions import sessions
from helpers.tables import SCHEMAS, DataError

__all__ = ["gaps_of", "outlook", "parameters", "report"]

_DAILY = ("etf_daily", "etf_shares", "index_daily", "industry_daily", "stock_daily")


def parameters() -> str:
    """List every parameter of a run with its type and bounds, its default and what it means."""
    lines = []
    for name, field in RunParams.model_fields.items():
        kind = _kind(field.annotation, field.metadata)
        lines.append(f"{name.upper():20} {kind:44} {field.default!s:22} {field.description}")
    return "\n".join(lines)


def _kind(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Name a parameter's type in words: a day, one of a few words, a number within bounds, a list."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0], inner[1:])
    if origin is Literal:
        return " | ".join(map(str, inner))
    if type(None) in inner:
        return f"{_kind(next(part for part in inner if part is not type(None)), metadata)} or null"
    if origin is list:
        length = next((m.max_length for m in metadata if getattr(m, "max_length", None)), "")
        return f"list of {length}{' ' if length else ''}{_kind(inner[0])}s"
    notes = [note for m in metadata for note in (m.metadata if isinstance(m, FieldInfo) else [m])]
    called = {getattr(getattr(note, "func", None), "__name__", "") for note in notes}
    if called & {"_iso", "_past"}:
        return "day"
    if any(getattr(note, "pattern", None) for note in notes):
        return "index code"
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [f"{sign} {getattr(n, key):g}" for key, sign in signs.items() for n in notes if hasattr(n, key)]
    name = {str: "text", int: "whole number", float: "number", bool: "True or False"}.get(annotation, str(annotation))
    return ", ".join([name, *bounds])


def report(stores: Path, book: Path) -> str:
    """Say it all in one page of text.

    Parameters
    ----------
    stores : path
        The folder that holds one store for each source.
    book : path
        The folder of the chapters.

    Returns
    -------
    str
        What each source can and cannot give, then what each store holds.
    """
    lines = []
    for source in KNOWN.values():
        lines += [f"{source.name}: {source.cost}", f"  data {source.licence}"]
        for s in source.supplies:
            told = "; ".join(part for part in (s.note, s.substitute) if part)
            lines.append(f"  {s.table:18} from {s.since:34} {told}".rstrip())
        lacking = [table for table in SCHEMAS if source.supply(table) is None]
        lines += [
            f"  {table:18} not here{': ' if table in source.lacks else ''}{source.lacks.get(table, '')}"
            for table in lacking
        ]
        lines += [f"  not asked: {name} ({why})" for name, why in source.aside.items()]
        short = [line for line in outlook(book, lacking) if "not computable" in line]
        lines += [f"  then {line}" for line in short or ["every chapter has the tables it reads"]] + [""]
    for name in KNOWN:
        lines += (
            _held(stores / name, book)
            if (stores / name / "CURRENT").is_file()
            else [f"{stores / name}: nothing stored yet"]
        )
    return "\n".join(lines)


def _held(root: Path, book: Path) -> list[str]:
    try:
        readers, missing = read_tables(root)
        about = Tables(root).manifest()["tables"]
    except DataError as error:
        return [str(error)]
    replies = Store(root).entries.values()
    unverified = sorted({entry.url.split("/")[2] for entry in replies if entry.tls == "not verified"})
    lines = [f"{root}: {len(replies):,} replies"]
    lines += [f"  without a checked certificate: {', '.join(unverified)}"] if unverified else []
    for name, entry in about.items():
        lacking = gaps_of(readers[name]()) if name in _DAILY else None
        shown = (
            f"{len(lacking)} sessions missing, the first {lacking[0]:%Y-%m-%d}"
            if lacking is not None and len(lacking)
            else ""
        )
        lines.append(f"  {name:18} {entry['rows']:>10,} rows  {entry['first']} to {entry['last']}  {shown}".rstrip())
    lines += [f"  {name:18} {why}" for name, why in missing.items()]
    lines += [f"  {line}" for line in outlook(book, missing)]
    return lines


def gaps_of(table: pd.DataFrame) -> pd.DatetimeIndex:
    """List the sessions between a table's first day and its last on which it has no row."""
    days = pd.DatetimeIndex(table["date"].unique())
    return sessions(days.min(), days.max()).difference(days)


def outlook(book: Path, missing: Iterable[str]) -> list[str]:
    """Say for every chapter what it would show without some tables.

    Parameters
    ----------
    book : Path
        The folder of the chapters.
    missing : iterable of str
        Canonical tables that are not there.

    Returns
    -------
    list of str
        One line a chapter: how many of its printed exhibits it would compute, and which tables the others wait for.
    """
    lines, missing = [], set(missing)
    for path in sorted(book.glob("[0-9][0-9]_*.py")):
        code = [path.read_text("utf-8")]
        exhibits, lacks = compared_in(code), [table for table in tables_of(code) if table in missing]
        shown = [name for name in exhibits if not missing & set(EXHIBITS[name].needs)]
        counted = f"{len(shown)} of {len(exhibits)} exhibits"
        without = f"; not computable where it needs {', '.join(lacks)}" if lacks else "; has every table it reads"
        lines.append(f"{path.stem:22} {counted}{without}")
    return lines
