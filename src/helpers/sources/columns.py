"""``columns.yaml``: how a vendor's headers, units and code spellings map to ours, said once beside the files.

.. code-block:: yaml

    etf_daily:
      columns: {trade_date: date, ts_code: code, vol: volume}   # the vendor's header: our column
      units: {volume: 手, amount: 千元}                          # our column: the vendor's unit
      codes: {code: joinquant}                                  # our column: the vendor's spelling
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import pandas as pd
import yaml

from helpers.coercion import coerce
from helpers.data_errors import DataError
from helpers.schemas import SCHEMAS
from helpers.sources.units import respell, spellings_of, units_of

__all__ = ["TableMap", "read_mappings"]

_SECTIONS = ("columns", "units", "codes")


@dataclass(frozen=True)
class TableMap:
    """What ``columns.yaml`` says about one table.

    Parameters
    ----------
    table : str
        The canonical table.
    file : Path
        The ``columns.yaml``; named in errors.
    columns, units, codes : dict of str to str
        Vendor header to our column; our column to vendor unit; our column to code spelling.
    """

    table: str
    file: Path
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def check_header(self, header: Iterable[str], origin: Path) -> None:
        """Refuse a mapping of columns that the file does not have, or of two columns to one."""
        header = list(header)
        ours = [self.columns.get(column, column) for column in header]
        for section, present in (("columns", header), ("units", ours), ("codes", ours)):
            for key in getattr(self, section):
                if key not in present:
                    found = f"key {self.table}.{section}.{key} names a column that {origin.name} lacks"
                    raise _error(self.file, found, header)
        for vendor, column in self.columns.items():
            if ours.count(column) > 1:
                found = f"key {self.table}.columns.{vendor} makes a second column {column} in {origin.name}"
                raise DataError(self.file, "one column for each of ours", found=found)

    def apply(self, frame: pd.DataFrame, origin: str) -> pd.DataFrame:
        """Rename, convert and respell the columns of a raw frame."""
        frame = frame.rename(columns=self.columns)
        declared = SCHEMAS[self.table].columns
        changed = {}
        for column, unit in self.units.items():
            scale = units_of(declared[column].metadata["unit"])[unit]
            changed[column] = coerce(frame[column], "number", origin) * scale.numerator / scale.denominator
        for column, spelling in self.codes.items():
            changed[column] = respell(coerce(frame[column], "code", origin), spelling)
        return frame.assign(**changed)

    def header_of(self, column: str | None) -> str | None:
        """Return the vendor's header of one of our columns, if it has another name there."""
        return next((header for header, ours in self.columns.items() if ours == column), None)


def read_mappings(file: Path) -> dict[str, TableMap]:
    """Read ``columns.yaml``.

    Returns
    -------
    dict of str to TableMap
        By canonical table; empty when the file does not exist.

    Raises
    ------
    DataError
        Naming the key that is unknown, stands twice or holds something else than expected.
    """
    if not file.is_file():
        return {}
    try:
        content = yaml.load(file.read_text("utf-8-sig"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(file, "a YAML mapping in UTF-8", found=" ".join(str(error).split())) from None
    tables = _section(content, "", file)
    return {name: _mapping(name, _section(body, name, file), file) for name, body in tables.items()}


class _Loader(yaml.SafeLoader):
    """A loader that refuses a key given twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _error(file: Path, found: str, choices: Iterable[str]) -> DataError:
    return DataError(file, f"one of {', '.join(choices)}", found=found)


def _section(content: object, path: str, file: Path) -> dict[str, object]:
    """Return a mapping with text keys, or refuse it under its path."""
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise DataError(file, "a mapping (name: value)", found=f"key {path or '(top)'} holds {content!r}")
    for key in content:
        if not isinstance(key, str):
            found = f"key {path}.{key}".replace("key .", "key ")
            raise DataError(file, "a quoted text", found=f"{found} is not text")
    return content


def _mapping(name: str, body: dict[str, object], file: Path) -> TableMap:
    if name not in SCHEMAS:
        raise _unknown(name, "table", SCHEMAS, file)
    declared = SCHEMAS[name].columns
    for section in body:
        if section not in _SECTIONS:
            raise _unknown(f"{name}.{section}", "section", _SECTIONS, file)
    columns, units, codes = (_section(body.get(part), f"{name}.{part}", file) for part in _SECTIONS)
    for header, column in columns.items():
        if column not in declared:
            raise _unknown(f"{name}.columns.{header}", f"column {column!r}", declared, file)
    for part, named, choices in (("units", units, _unit_choices), ("codes", codes, _spelling_choices)):
        for column, value in named.items():
            if column not in declared:
                raise _unknown(f"{name}.{part}.{column}", "column", declared, file)
            known = choices(declared[column].metadata)
            if value not in known:
                raise _unknown(f"{name}.{part}.{column}", f"value {value!r}", known or ["(nothing)"], file)
    return TableMap(name, file, columns, units, codes)


def _unit_choices(metadata: dict) -> list[str]:
    return list(units_of(metadata.get("unit")))


def _spelling_choices(metadata: dict) -> list[str]:
    return list(spellings_of(metadata["kind"]))


def _unknown(key: str, what: str, choices: Iterable[str], file: Path) -> DataError:
    close = get_close_matches(key.rpartition(".")[2], list(choices), 1)
    found = f"key {key}: unknown {what}" + (f" (did you mean {close[0]}?)" if close else "")
    return _error(file, found, choices)
