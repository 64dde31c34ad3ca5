"""Tables inside workbooks: find the sheet and the row where the headers stand, and the columns by what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from helpers.providers.fields import header_of
from helpers.tables import DataError

__all__ = ["find_table"]


def find_table(
    sheets: Mapping[str, list[list]], patterns: Mapping[str, str], endpoint: str, optional: frozenset[str] = frozenset()
) -> tuple[str, pd.DataFrame, dict[str, str]]:
    """Find the first sheet whose header row names every column needed.

    Parameters
    ----------
    sheets : mapping of str to rows
        As :func:`helpers.providers.replies.workbook` reads them.
    patterns : mapping of str to str
        Column to the regular expression that its reduced header (see :func:`header_of`) must match from the start.
    endpoint : str
    optional : frozenset of str
        Columns that may be absent.

    Returns
    -------
    sheet : str
        The sheet's name.
    table : DataFrame
        Raw cells of the columns found.
    headers : dict of str to str
        Column to the header as it was written.

    Raises
    ------
    DataError
        Naming the columns that the best header row lacks.
    """
    tests = {column: re.compile(pattern).match for column, pattern in patterns.items()}
    best: dict[str, int] = {}
    seen: list = []
    for sheet, rows in sheets.items():
        for at, row in enumerate(rows[:12]):
            places = _places(row, tests)
            if set(tests) - optional <= set(places):
                body = [cells for cells in rows[at + 1 :] if any(cell not in ("", None) for cell in cells)]
                table = pd.DataFrame({column: [row[i] for row in body] for column, i in places.items()}, dtype=object)
                return sheet, table, {column: str(row[i]) for column, i in places.items()}
            if len(places) > len(best):
                best, seen = places, row
    lacking = [column for column in tests if column not in best and column not in optional]
    shown = ", ".join(" ".join(str(cell).split()) for cell in seen if cell not in ("", None)) or "none"
    found = f"it is missing (headers are {shown})"
    raise DataError(endpoint, f"a column {lacking[0]}", column=lacking[0], found=found)


def _places(row: list, tests: Mapping[str, Callable]) -> dict[str, int]:
    headers = [header_of(cell) for cell in row]
    places = {}
    for column, matches in tests.items():
        place = next((i for i, header in enumerate(headers) if header and matches(header)), None)
        if place is not None:
            places[column] = place
    return places
