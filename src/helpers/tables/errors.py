"""What goes wrong with tables, said so that the reader can mend it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pandas import NaT

__all__ = ["DataError", "MissingTable", "plain"]


class DataError(ValueError):
    """A table that cannot be trusted: names the file, the column, the first bad row, what was expected and the way out.

    Parameters
    ----------
    origin : str or Path
        The file (or provider call) the table came from.
    expected : str
        What should have been there.
    column : str, optional
        The offending column.
    row : int, optional
        Position of the first offending row, from 0; shown from 1, header not counted.
    value : object, optional
        The value found there; shown only together with ``row``.
    found : str, optional
        What was found, when it is not one value of one row.
    way_out : str, optional
        What to do about it.
    """

    def __init__(
        self,
        origin: str | Path,
        expected: str,
        *,
        column: str | None = None,
        row: int | None = None,
        value: object = None,
        found: str | None = None,
        way_out: str = "",
    ):
        super().__init__(expected)
        self.origin, self.column, self.expected, self.way_out = str(origin), column, expected, way_out
        self.row = None if row is None else int(row) + 1
        self.value, self.found = value, found
        self.header: str | None = None  # the column's name in the file, where columns.yaml maps it

    def __str__(self) -> str:
        parts = [self.origin]
        if self.column is not None:
            parts.append(f"column {self.column!r}" + (f" ({self.header!r} in the file)" if self.header else ""))
        if self.row is not None:
            parts.append(f"row {self.row}" + (f" (line {self.row + 1})" if self.origin.endswith(".csv") else ""))
        found = f"found {self.value!r}" if self.row is not None else self.found
        text = ", ".join(parts) + ": " + (f"{found}; " if found else "") + f"expected {self.expected}"
        return f"{text}. {self.way_out}" if self.way_out else text


class MissingTable(KeyError):
    """A table that the source does not hold; the chapter that needs it says so on its page and goes on."""

    def __str__(self) -> str:
        return str(self.args[0])


def plain(value: object) -> object:
    """Return a cell as a reader would write it: dates without a midnight, numbers without their numpy type."""
    if value is NaT:
        return None
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return value.item() if hasattr(value, "item") else value
