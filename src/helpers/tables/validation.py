"""Validated tables: what a chapter may rely on, whatever source the data came from.

:func:`validate` turns a raw frame into a canonical one, typed and sorted by its key, or raises a :class:`DataError`
that names the file, the column, the first bad row and the way out. The schemas are in :mod:`helpers.tables.schemas`.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import pandas as pd
import pandera.errors

from helpers.tables.checks import UNITS_WAY_OUT, check_dates, check_table, check_units, sort_by_key
from helpers.tables.coercion import coerce
from helpers.tables.errors import DataError, plain
from helpers.tables.neighbours import check_neighbours
from helpers.tables.schemas import LISTED, SCHEMAS

_OPEN_YEAR = 9999
_RENAME = "Rename the column, or map it in columns.yaml."
_CODES = "Keep codes as text, or name their spelling in columns.yaml (joinquant, prefixed, listed, open_fund, bare)."
_SUFFIX = "Correct the suffix, or let columns.yaml find it from the digits (codes: listed)."
_MEND = "Correct it, or leave the row out."


def validate(name: str, frame: pd.DataFrame, origin: str | Path, today: object = None) -> pd.DataFrame:
    """Check a raw table against its schema and return it in canonical form.

    Parameters
    ----------
    name : str
        One of :data:`SCHEMAS`.
    frame : DataFrame
        The table as read, in any row order; it is not changed. Money in CNY, volumes and shares in units, rates and
        weights as fractions.
    origin : str or Path
        Where it came from; named in errors.
    today : date-like, optional
        No observation may be dated later; the present day when left out.

    Returns
    -------
    DataFrame
        Declared columns first, in schema order, then the others; dates ``datetime64[us]``, text ``str``, numbers
        ``float64``; sorted by key, index from 0.

    Raises
    ------
    DataError
        When anything in it cannot be trusted.
    ValueError
        When ``name`` is not a canonical table.
    """
    if name not in SCHEMAS:
        raise ValueError(f"unknown table {name!r}: the canonical tables are {', '.join(SCHEMAS)}")
    schema, origin = SCHEMAS[name], str(origin)
    _check_shape(schema, frame, origin)
    typed = _typed(schema, frame.reset_index(drop=True), origin)
    today = pd.Timestamp.today() if today is None else pd.Timestamp(today)
    check_dates(schema, typed, origin, today.normalize())
    _check_schema(schema, typed, origin)
    check_units(schema, typed, origin)
    table = sort_by_key(schema, typed, origin)
    check_table(schema, table, origin)
    check_neighbours(schema, table, origin)
    return table.reset_index(drop=True)


def _check_shape(schema, frame: pd.DataFrame, origin: str) -> None:
    if frame.empty:
        way_out = "Export it again, or remove the file: a missing table is no failure."
        raise DataError(origin, f"a table {schema.name} with rows", found="it holds no rows", way_out=way_out)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(origin, "each column once", column=str(twice[0]), found="it stands twice", way_out=_RENAME)
    present = [str(column) for column in frame.columns]
    for column, declared in schema.columns.items():
        if declared.required and column not in present:
            close = get_close_matches(column, [other for other in present if other not in schema.columns], 1)
            found = f"it is missing (columns are {', '.join(present)})"
            way_out = f"Did you mean {close[0]!r}? {_RENAME}" if close else _RENAME
            raise DataError(origin, f"a column {column}", column=column, found=found, way_out=way_out)


def _typed(schema, frame: pd.DataFrame, origin: str) -> pd.DataFrame:
    declared = [column for column in schema.columns if column in frame]
    kinds = {column: schema.columns[column].metadata["kind"] for column in declared}
    columns = {column: coerce(frame[column], kinds[column], origin) for column in declared}
    extra = {column: frame[column] for column in frame.columns if column not in columns}
    for column, values in columns.items():
        if schema.columns[column].metadata.get("scheduled") and schema.columns[column].nullable:
            columns[column] = values.mask(values.dt.year >= _OPEN_YEAR)  # how many vendors write an open end
    return pd.DataFrame({**columns, **extra})


def _check_schema(schema, frame: pd.DataFrame, origin: str) -> None:
    try:
        schema.validate(frame, inplace=True)
    except pandera.errors.SchemaError as error:
        raise _translated(error, frame, origin) from None


def _translated(error: pandera.errors.SchemaError, frame: pd.DataFrame, origin: str) -> DataError:
    column = error.schema.name
    if error.reason_code is pandera.errors.SchemaErrorReason.SERIES_CONTAINS_NULLS:
        row = int(frame[column].isna().to_numpy().argmax())
        return DataError(origin, "a value", column=column, row=row, value=None, way_out=_MEND)
    row = int(error.failure_cases["index"].min())
    return DataError(
        origin,
        error.check.error,
        column=column,
        row=row,
        value=plain(frame[column].iloc[row]),
        way_out=_way_out(error.schema.metadata["kind"], error.check.error),
    )


def _way_out(kind: str, expected: str) -> str:
    if expected == LISTED:
        return _SUFFIX
    if kind.endswith("code"):
        return _CODES
    return UNITS_WAY_OUT if expected.startswith("at most") else _MEND
