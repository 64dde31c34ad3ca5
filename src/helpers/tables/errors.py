"""What goes wrong with tables, said so that the reader can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pandas import NaT

__all__ = ["DataError", "DataWarning", "MissingTable", "plain"]


_NOTHING = "nothing (an empty cell, or a mark such as --)"


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
        found = self.found if self.row is None else f"found {_NOTHING if self.value is None else repr(self.value)}"
        text = ", ".join(parts) + ": " + (f"{found}; " if found else "") + f"expected {self.expected}"
        return f"{text}. {self.way_out}" if self.way_out else text


class DataWarning(UserWarning):
    """What may be real and may be wrong in a table: names the file, the column and the row."""


class MissingTable(KeyError):
    """What a run cannot know: a table, or a part of one, that its data do not hold.

    A loader or study that cannot deliver raises it. The runner of chapters leaves out the cells that would have built
    on the result and prints the text once, where the gap begins; in a notebook the reader meets it where it arises.

    Parameters
    ----------
    table : str or sequence of str
        Canonical table, or tables, that would be needed.
    reason : str
        What is wrong with it, in words that follow the name: ``"no etf_shares.parquet in market"``.
    way_out : str
        What to do about it, as a sentence of its own.

    Examples
    --------
    >>> print(MissingTable("etf_daily", "begins 2022-04-19, after END 2021-12-31", "Choose a later END."))
    etf_daily: begins 2022-04-19, after END 2021-12-31. Choose a later END.
    """

    def __init__(self, table: str | Sequence[str], reason: str, way_out: str = ""):
        super().__init__(table, reason, way_out)
        self.tables = (table,) if isinstance(table, str) else tuple(table)
        self.reason, self.way_out = reason, way_out

    def __str__(self) -> str:
        text = f"{', '.join(self.tables)}: {self.reason}"
        return f"{text}. {self.way_out}" if self.way_out else text


def plain(value: object) -> object:
    """Return a cell as a reader would write it: dates without a midnight, numbers without their numpy type.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    object
        None, text or number.
    """
    if value is NaT:
        return None
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return value.item() if hasattr(value, "item") else value
