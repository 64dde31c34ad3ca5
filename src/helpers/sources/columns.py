"""``columns.yaml``: how a vendor's headers, units, codes and words map to ours, said once beside the files.

.. code-block:: yaml

    etf_daily:
      columns: {trade_date: date, ts_code: code, vol: volume}   # the vendor's header: our column
      units: {volume: 手, amount: 千元}                          # our column: the vendor's unit
      codes: {code: joinquant}                                  # our column: the vendor's spelling
    etf_list:
      values: {fund_type: {股票型: stock}}                       # our column: the vendor's word: our word
    stock_industry:
      fixed: {scheme: SW2021_L1}                                # our column: the one word of every row
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import pandas as pd
import yaml

from helpers.sources.units import respell, spellings_of, units_of
from helpers.tables.coercion import coerce
from helpers.tables.errors import DataError
from helpers.tables.schemas import SCHEMAS

__all__ = ["TableMap", "read_mappings"]

_SECTIONS = ("columns", "units", "codes", "values", "fixed")


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
    values : dict of str to dict
        Our column to what its words become.
    fixed : dict of str to str
        Our column, which the file lacks, to the word of every row.
    """

    table: str
    file: Path
    columns: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)

    def check_header(self, header: Iterable[str], origin: Path) -> None:
        """Refuse a mapping of columns that the file does not have, or of two columns to one.

        Parameters
        ----------
        header : iterable of str
            Columns of the file.
        origin : Path
            The file.

        Raises
        ------
        DataError
            Naming the key of the mapping and the file.
        """
        header = list(header)
        ours = [self.columns.get(column, column) for column in header]
        for section in ("columns", "units", "codes", "values"):
            for key in getattr(self, section):
                if key not in (header if section == "columns" else ours):
                    found = f"key {self.table}.{section}.{key} names a column that {origin.name} lacks"
                    raise _error(self.file, found, header)
        ours += list(self.fixed)
        made = {f"columns.{vendor}": column for vendor, column in self.columns.items()}
        made |= {f"fixed.{column}": column for column in self.fixed}
        for key, column in made.items():
            if ours.count(column) > 1:
                found = f"key {self.table}.{key} makes a second column {column} in {origin.name}"
                raise DataError(self.file, "one column for each of ours", found=found)

    def apply(self, frame: pd.DataFrame, origin: str) -> pd.DataFrame:
        """Rename, convert, respell and fill the columns of a raw frame.

        Parameters
        ----------
        frame : DataFrame
            As read.
        origin : str
            The file, named in errors.

        Returns
        -------
        DataFrame
            In our columns and units; the dtypes are checked later.
        """
        frame = frame.rename(columns=self.columns)
        declared = SCHEMAS[self.table].columns
        changed = {}
        for column, unit in self.units.items():
            scale = units_of(declared[column].metadata["unit"])[unit]
            changed[column] = coerce(frame[column], "number", origin) * scale.numerator / scale.denominator
        for column, spelling in self.codes.items():
            changed[column] = respell(coerce(frame[column], "code", origin), spelling)
        for column, words in self.values.items():
            changed[column] = coerce(frame[column], "text", origin).replace(words)
        return frame.assign(**changed, **self.fixed)

    def header_of(self, column: str | None) -> str | None:
        """Return the vendor's header of one of our columns, if it has another name there.

        Parameters
        ----------
        column : str, optional
            One of ours.

        Returns
        -------
        str or None
            As the file writes it; None where it is the same.
        """
        return next((header for header, ours in self.columns.items() if ours == column), None)


def read_mappings(file: Path) -> dict[str, TableMap]:
    """Read ``columns.yaml``.

    Parameters
    ----------
    file : Path
        ``columns.yaml`` beside the tables.

    Returns
    -------
    dict of str to TableMap
        By canonical table; empty when the file does not exist.

    Raises
    ------
    DataError
        Naming the key that is unknown, stands twice or holds something else than expected.
    """
    if file.with_suffix(".yml").is_file():
        raise DataError(file.with_suffix(".yml"), f"the name {file.name}", found="it would not be read")
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
        raise _unknown(name, "table", name, SCHEMAS, file)
    for section in body:
        if section not in _SECTIONS:
            raise _unknown(f"{name}.{section}", "section", section, _SECTIONS, file)
    sections = {part: _section(body.get(part), f"{name}.{part}", file) for part in _SECTIONS}
    for part, entries in sections.items():
        for key, value in entries.items():
            _check_entry(name, part, key, value, file)
    return TableMap(name, file, **sections)


def _check_entry(name: str, part: str, key: str, value: object, file: Path) -> None:
    declared, path = SCHEMAS[name].columns, f"{name}.{part}.{key}"
    words = _section(value, path, file) if part == "values" else {key: value}
    for word in words.values():
        if not isinstance(word, str):
            raise DataError(file, "text; quote it", found=f"key {path} holds {word!r}")
    column = value if part == "columns" else key
    if column not in declared:
        raise _unknown(path, f"column {column!r}", column, declared, file)
    metadata = declared[column].metadata
    if part in ("values", "fixed") and metadata["kind"] != "text":
        texts = [column for column, spec in declared.items() if spec.metadata["kind"] == "text"]
        raise _error(file, f"key {path}: not a column of words", texts)
    known = {"units": units_of(metadata.get("unit")), "codes": spellings_of(metadata["kind"])}.get(part)
    if known is not None and value not in known:
        raise _unknown(path, f"value {value!r}", value, known or ["(nothing)"], file)


def _unknown(key: str, what: str, word: str, choices: Iterable[str], file: Path) -> DataError:
    close = get_close_matches(word, list(choices), 1)
    found = f"key {key}: unknown {what}" + (f" (did you mean {close[0]}?)" if close else "")
    return _error(file, found, choices)
