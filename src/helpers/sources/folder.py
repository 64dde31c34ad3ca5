"""The ``folder`` source: a directory of parquet or CSV files named after the tables, as any vendor exports them."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pandas as pd

from helpers.files import note_read
from helpers.sources.columns import TableMap, read_mappings
from helpers.tables import SCHEMAS, DataError, validate

__all__ = ["Folder", "unread"]

_SUFFIXES = (".parquet", ".csv")
_OTHER_FORMATS = (".xlsx", ".xls", ".tsv", ".txt", ".feather", ".json", ".zip", ".gz")
_GAPS = ["", "NaN", "nan", "NaT", "null", "NULL", "None", "N/A", "#N/A", "--", "-"]
_NUMERIC = ("number", "whole", "flag")


class Folder:
    """A directory of tables.

    Parameters
    ----------
    path : str or Path
        Holds ``<table>.parquet`` or ``<table>.csv``.
    checked : bool
        False trusts the files: they are read as they are, parquet only, already canonical.

    Raises
    ------
    DataError
        When the directory does not exist, holds no table, or holds one table twice.
    """

    def __init__(self, path: str | Path, checked: bool = True):
        self.path, self._checked = Path(path), checked
        if not self.path.is_dir():
            way_out = "Give the folder that holds the tables, e.g. make book DATA=../market."
            raise DataError(self.path, "a directory of tables", found="no such directory", way_out=way_out)
        self.files = self._find()
        self.mappings = read_mappings(self.path / "columns.yaml")
        self.missing = {name: self._reason(name) for name in SCHEMAS if name not in self.files}
        if not self.files:
            strays = "; ".join(filter(None, map(self._near_miss, SCHEMAS)))
            way_out = f"Name the files after the tables: {', '.join(SCHEMAS)}."
            raise DataError(self.path, "at least one table", found=strays or "it holds no table", way_out=way_out)

    def _find(self) -> dict[str, Path]:
        files = {}
        for name in SCHEMAS:
            found = [self.path / f"{name}{suffix}" for suffix in _SUFFIXES]
            found = [file for file in found if file.is_file()]
            if len(found) > 1:
                way_out = "Keep the one that is right."
                raise DataError(found[0], "one file per table", found=f"{found[1].name} is there too", way_out=way_out)
            if found:
                files[name] = found[0]
        return files

    def _near_miss(self, name: str) -> str:
        for file in (self.path / f"{name}{suffix}" for suffix in _SUFFIXES):
            if file.is_dir():
                return f"{file.name} is a folder: one file holds a whole table"
            if file.is_symlink() and name not in self.files:
                return f"{file.name} is a link that leads to no file"
        strays = [f for f in self.path.iterdir() if f.suffix.lower() in _SUFFIXES and f not in self.files.values()]
        stems = {file.stem.lower(): file.name for file in sorted(strays)}
        close = get_close_matches(name, stems, 1, cutoff=0.85)
        return f"{stems[close[0]]} looks like {name}: rename it" if close else ""

    def _reason(self, name: str) -> str:
        return self._near_miss(name) or f"no {name}.parquet or {name}.csv in {self.path.name or self.path}"

    def readers(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """Return, for each table held, a function that reads it."""
        return {name: partial(self.read, name) for name in self.files}

    def read(self, name: str) -> pd.DataFrame:
        """Read one table in canonical form.

        Parameters
        ----------
        name : str
            A canonical table that the folder holds.

        Returns
        -------
        DataFrame
            Checked, as its schema says.

        Raises
        ------
        DataError
            When the file cannot be read or its content not trusted.
        """
        file = self.files[name]
        note_read(file)
        if not self._checked:
            return pd.read_parquet(file)
        mapping = self.mappings.get(name, TableMap(name, self.path / "columns.yaml"))
        try:
            raw = _read_parquet(file) if file.suffix == ".parquet" else _read_csv(file, mapping)
            if not raw.empty:
                mapping.check_header(raw.columns, file)
                raw = mapping.apply(raw, str(file))
            return validate(name, raw, file)
        except DataError as error:
            error.header = mapping.header_of(error.column)
            raise


def unread(path: Path) -> list[str]:
    """Say which files of a folder look like tables and are not read, and what to do with each.

    Parameters
    ----------
    path : Path
        A folder of tables.

    Returns
    -------
    list of str
        One line a file.
    """
    lines = []
    for file in sorted(path.iterdir()):
        stem = file.name.split(".")[0]
        name = next((name for name in SCHEMAS if stem.lower().startswith(name)), None)
        if name is None or file.name in (f"{name}{suffix}" for suffix in _SUFFIXES):
            continue
        if file.suffix.lower() in _OTHER_FORMATS:
            lines.append(f"{file.name} is not read: save it as {name}.csv or {name}.parquet")
        elif file.suffix.lower() in _SUFFIXES and stem != name:
            lines.append(f"{file.name} is not read: one file holds a whole table, {name}.csv or {name}.parquet")
    return lines


def _read_parquet(file: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(file)
    except Exception as error:  # a damaged file can make its reader raise anything
        found = f"it cannot be read ({' '.join(str(error).split()) or type(error).__name__})"
        raise DataError(file, "a parquet file", found=found, way_out="Export it again.") from None
    named = [level for level in frame.index.names if level is not None]
    return frame.reset_index(level=named).reset_index(drop=True) if named else frame


def _read_csv(file: Path, mapping: TableMap) -> pd.DataFrame:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return _parse_csv(file, mapping, encoding)
        except UnicodeDecodeError:
            continue
        except pd.errors.EmptyDataError:
            return pd.DataFrame()
        except OSError as error:
            raise DataError(file, "a file that can be read", found=str(error.strerror).lower()) from None
        except pd.errors.ParserError as error:
            found = f"it cannot be read ({str(error).strip()})"
            raise DataError(file, "comma-separated rows", found=found, way_out="Export it again.") from None
    raise DataError(file, "text in UTF-8 or GB18030", found="another encoding", way_out="Save it as UTF-8.")


def _parse_csv(file: Path, mapping: TableMap, encoding: str) -> pd.DataFrame:
    """Read text as text, so that codes keep their zeros, and only declared numbers as numbers."""
    read = partial(pd.read_csv, file, encoding=encoding, keep_default_na=False, na_values=_GAPS, low_memory=False)
    header = read(header=None, nrows=1, dtype=str).iloc[0].fillna("").str.strip()
    if len(header) == 1 and (other := re.search(r"[\t;|]", header.iloc[0])):
        named = {"\t": "tabs", ";": "semicolons", "|": "bars"}[other[0]]
        raise DataError(
            file, "fields separated by commas", found=f"they are separated by {named}", way_out="Save it with commas."
        )
    declared = SCHEMAS[mapping.table].columns
    ours = [declared.get(mapping.columns.get(column, column)) for column in header]
    text = {i: str for i, spec in enumerate(ours) if spec is None or spec.metadata["kind"] not in _NUMERIC}
    frame = read(header=None, skiprows=1, names=range(len(header)), dtype=text)
    if not isinstance(frame.index, pd.RangeIndex):
        raise DataError(file, f"{len(header)} fields per row, as in the header", found="the rows have more fields")
    for place, spec in enumerate(ours):
        if spec is None:
            frame[place] = _unless_code(frame[place])
    return frame.set_axis(list(header), axis=1)


def _unless_code(values: pd.Series) -> pd.Series:
    """Read an undeclared column as numbers if that loses nothing: a leading zero makes it text."""
    if values.str.match(r"[+-]?0\d").any():
        return values
    numbers = pd.to_numeric(values, errors="coerce")
    return values if (numbers.isna() & values.notna()).any() else numbers
