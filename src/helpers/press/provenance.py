"""Where the numbers of a run come from: source, window, parameters, code and data, without a place on any machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.params import RunParams
from helpers.press.chapters import PACKAGE, digest, digest_files
from helpers.press.freshness import ROOT
from helpers.tables import SCHEMAS

__all__ = ["Provenance", "code_version", "coverage_table", "provenance"]

_SHORT = 8  # digits of a hash that a page shows


@dataclass(frozen=True)
class Provenance:
    """What a run's pages say of their numbers.

    Parameters
    ----------
    run, data : str
        The run's name; what a sentence calls its data.
    first, last : str
        The first and last day of any table read.
    code, data_hash : str
        The library's version with a hash of the code; a hash of the data files read, empty where none is recorded.
    parameters : mapping
        By name, over all chapters.
    tables : mapping of str to mapping
        ``rows``, ``first``, ``last`` by table.
    missing : mapping of str to str
        Reason by table.
    fetched : sequence of mapping
        What a store of fetched data covers, as :func:`helpers.providers.coverage.coverage` says it; empty for another
        source.
    """

    run: str
    data: str
    first: str
    last: str
    code: str
    data_hash: str
    parameters: Mapping[str, Any]
    tables: Mapping[str, Mapping[str, Any]]
    missing: Mapping[str, str]
    fetched: Sequence[Mapping[str, str]] = ()

    def line(self) -> str:
        """Return it in one line of HTML."""
        window = f"{self.first} to {self.last}" if self.first else ""
        data = f"data {self.data_hash}" if self.data_hash else ""
        name = self.data[:1].upper() + self.data[1:]
        parts = [name, window, f"run {self.run}", f"code {self.code}", data]
        return escape(" · ".join(part for part in parts if part))

    def command(self) -> str:
        """Return the command that makes this run again."""
        return f"make book RUN={self.run}"


def provenance(run: str, books: Iterable[Mapping], build: Path) -> Provenance:
    """Gather what the executed chapters of a run say of their data.

    Parameters
    ----------
    run : str
        Its name.
    books : iterable of mapping
        Executed notebooks.
    build : path
        The run's folder, with the keys of what was read.

    Returns
    -------
    Provenance
        Empty texts where nothing is known.
    """
    about = [book["metadata"].get("etf_atlas", {}) for book in books]
    held = [each["held"] for each in about if each.get("held")]
    parameters: dict[str, Any] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    missing: dict[str, str] = {}
    for each in about:
        parameters |= each.get("parameters", {})
    for each in held:
        tables |= each["tables"]
        missing |= each["missing"]
    days = sorted(day for name, t in tables.items() if name != "calendar" for day in (t["first"], t["last"]) if day)
    read = {name: why for name, why in missing.items() if name not in tables}
    name = held[0]["name"] if held else ""
    first, last = (days[0], days[-1]) if days else ("", "")
    end = parameters.get("end")
    last = min(last, str(end)) if end and last else last
    fetched = next((each["coverage"] for each in about if each.get("coverage")), ())
    return Provenance(run, name, first, last, code_version(), _data_hash(build), parameters, tables, read, fetched)


@cache
def code_version() -> str:
    """Return the version of the library and a hash of its code, chapters and pins: the same on every machine.

    Returns
    -------
    str
        E.g. ``0.1.0+3fa9c1d2``.
    """
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "book").glob("*.py"), *(ROOT / "requirements").glob("book.txt")]
    about = ROOT / "pyproject.toml"
    said = re.search(r'^version = "([^"]+)"', about.read_text("utf-8"), re.M) if about.is_file() else None
    return f"{said[1] if said else '0'}+{digest_files(files)[:_SHORT]}"


def coverage_table(about: Provenance) -> pd.DataFrame:
    """Return what stands behind each canonical table in a run.

    Parameters
    ----------
    about : Provenance
        Of the run.

    Returns
    -------
    DataFrame
        Table, Rows, From, To, What is missing; one row per canonical table.
    """
    rows = []
    for name in SCHEMAS:
        held = about.tables.get(name)
        if held:
            rows.append((name, f"{held['rows']:,}", held["first"], held["last"], ""))
        else:
            rows.append((name, "", "", "", about.missing.get(name, "no chapter of this run read it")))
    return pd.DataFrame(rows, columns=["Table", "Rows", "From", "To", "What is missing"])


def meanings() -> dict[str, str]:
    """Return what each parameter of a run means.

    Returns
    -------
    dict of str to str
        By name.
    """
    return {key: field.description or "" for key, field in RunParams.model_fields.items()}


def _data_hash(build: Path) -> str:
    """A hash of the contents of all data files that the chapters recorded; their names count, not their places."""
    seen: dict[str, str] = {}
    for done in sorted((build / "keys").glob("[0-9]*.done")):
        try:
            files = json.loads(done.read_text("utf-8"))["files"]
        except (OSError, ValueError, KeyError):
            return ""
        seen |= {Path(name).name: content for name, content in files.items()}
    return digest(f"{name} {content}" for name, content in sorted(seen.items()))[:_SHORT] if seen else ""
