"""The canonical tables of a store: written as one, read as one.

A build goes into a folder of its own and becomes the one that is read when ``CURRENT`` is renamed into place, so that a
reader sees all tables of one build or all of the one before.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from helpers.providers.client import library
from helpers.providers.store import write_whole
from helpers.tables import SCHEMAS, DataError

__all__ = ["Tables", "read_tables"]

_PERIOD = {"fund_holdings": "report_date", "stock_fundamental": "report_date"}
_WHOLE = ("etf_list", "stock_industry", "fund_issuance", "calendar")


class Tables:
    """The tables under one store.

    Parameters
    ----------
    root : Path
        The store's folder.
    """

    def __init__(self, root: Path):
        self.root = Path(root)

    @property
    def current(self) -> Path | None:
        """The folder to read; None before the first build.

        Raises
        ------
        DataError
            When the folder it names is gone.
        """
        mark = self.root / "CURRENT"
        if not mark.is_file():
            return None
        folder = self.root / "tables" / mark.read_text().strip()
        if not (folder / "manifest.json").is_file():
            way_out = "make data REPARSE=1 builds it again from the replies."
            raise DataError(mark, "the folder it names", found=f"no {folder.name}", way_out=way_out)
        return folder

    def manifest(self) -> dict:
        """Return what the current build says of itself: by table, inputs, files, rows, span, units."""
        return json.loads((self.current / "manifest.json").read_text("utf-8")) if self.current else {"tables": {}}

    def write(self, fresh: dict[str, tuple[str, pd.DataFrame]], provider: str) -> str:
        """Put new tables beside the ones that stay, and make the whole current.

        Parameters
        ----------
        fresh : dict of str to (str, DataFrame)
            Table to the digest of its inputs and its rows, validated.
        provider : str

        Returns
        -------
        str
            The digest of the build.
        """
        before, old = self.manifest()["tables"], self.current
        files: dict[Path, bytes | Path] = {}
        tables = {name: about for name, about in before.items() if name not in fresh}
        for name, about in tables.items():
            files |= {Path(name) / file: old / name / file for file in about["files"]}
        for name, (inputs, table) in fresh.items():
            packed = {f"{period}.parquet": _packed(rows) for period, rows in _periods(name, table)}
            files |= {Path(name) / file: content for file, content in packed.items()}
            tables[name] = _about(name, table, inputs, packed)
        content = {"provider": provider, "library": library(), "tables": dict(sorted(tables.items()))}
        manifest = json.dumps(content, ensure_ascii=False, indent=1).encode()
        digest = hashlib.sha256(manifest).hexdigest()[:16]
        target = self.root / "tables" / digest
        if target != old:
            for file, content in files.items():
                _place(target / file, content)
            write_whole(target / "manifest.json", manifest)
            write_whole(self.root / "CURRENT", digest.encode())
            for other in (self.root / "tables").iterdir():
                if other.name != digest:
                    shutil.rmtree(other, ignore_errors=True)
        return digest


def _place(path: Path, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        return write_whole(path, content, durable=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.link(content, path)
    except OSError:  # a file system without links
        write_whole(path, content.read_bytes(), durable=False)


def _periods(name: str, table: pd.DataFrame):
    """Cut a table into years, or leave it whole."""
    if name in _WHOLE:
        return [("all", table)]
    years = table[_PERIOD.get(name, "date")].dt.year
    return [(str(year), rows) for year, rows in table.groupby(years.to_numpy())]


def _packed(rows: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    rows.to_parquet(out, index=False)
    return out.getvalue()


def _about(name: str, table: pd.DataFrame, inputs: str, packed: dict[str, bytes]) -> dict:
    columns = SCHEMAS[name].columns
    day = next((column for column in ("date", "report_date", "month", "start", "list_date") if column in table), None)
    units = {c: columns[c].metadata["unit"] for c in table if c in columns and columns[c].metadata.get("unit")}
    return {
        "rows": len(table),
        "first": f"{table[day].min():%Y-%m-%d}" if day else None,
        "last": f"{table[day].max():%Y-%m-%d}" if day else None,
        "units": units,
        "inputs": inputs,
        "files": {file: hashlib.sha256(content).hexdigest() for file, content in sorted(packed.items())},
    }


def read_tables(root: Path) -> tuple[dict[str, Callable[[], pd.DataFrame]], dict[str, str]]:
    """Open the tables of a store.

    Parameters
    ----------
    root : Path
        The store's folder, such as ``data/free``.

    Returns
    -------
    readers : dict of str to callable
        For each table held, a function that reads it.
    missing : dict of str to str
        For each other table, what to do about it.

    Raises
    ------
    DataError
        When there is no store.
    """
    tables = Tables(root)
    if tables.current is None:
        name = Path(root).name
        way_out = f"make data SOURCE={name} START=2020-01-01 fetches one; `make doctor` says what it can hold."
        raise DataError(root, "a store of tables", found="none yet", way_out=way_out)
    folder, held = tables.current, tables.manifest()["tables"]
    readers = {name: partial(_read, folder / name, sorted(about["files"])) for name, about in held.items()}
    provider = tables.manifest()["provider"]
    return readers, {table: _absence(provider, table) for table in SCHEMAS if table not in held}


def _absence(provider: str, table: str) -> str:
    from helpers.providers.sources_known import KNOWN

    if provider in KNOWN and KNOWN[provider].supply(table) is None:
        return f"{provider} does not have it; `make doctor` says who does"
    return f"not stored: make data SOURCE={provider} TABLES={table} …"


def _read(folder: Path, files: list[str]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(folder / file) for file in files], ignore_index=True)
