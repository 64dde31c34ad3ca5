"""What an exhibit is: a printed table or figure, cell by cell, with what decides whether a computed cell agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

__all__ = ["KINDS", "Exhibit", "flatten"]

KINDS = ("data check", "fitted", "replicated", "printed against printed", "definition")
_TOLERANCE = {"%": 0.5, "": 0.05}
Day = str | pd.Timestamp


@dataclass(frozen=True)
class Exhibit:
    """One printed table, figure or statement, as the scoreboard compares it.

    Attributes
    ----------
    name : str
        As the scoreboard shows it, starting with the source: ``"S002 four-factor by year"``.
    printed : callable
        Returns what is printed: rows × columns, or a Series by item. :func:`flatten` turns either into items.
    kind : str
        What a row proves, one of :data:`KINDS`: the same data (``data check``), a number the method was chosen on
        (``fitted``), a result (``replicated``), arithmetic on the report alone (``printed against printed``), or what
        a term covers (``definition``).
    needs : tuple of str
        Canonical tables the computed side takes; empty when no market is involved, and then a simulated market does
        not make the row simulated.
    unit : str or mapping
        Of all items, or by column (by item, for a Series); by default ``%`` for columns that end in ``_pct``.
    tolerance : float or mapping
        What still counts as a match, in that unit, for all items or likewise; by default 0.5 for %, else 0.05.
    checks : mapping of item to str
        The check in ``published/checks.csv`` that shows a printed cell to contradict the report itself.
    window : (first, last), optional
        The days the exhibit belongs to, for one that describes the market as of a day or over a span. What was computed
        as of another day may be shown, but earns no verdict.
    """

    name: str
    printed: Callable[[], pd.DataFrame | pd.Series]
    kind: str
    needs: tuple[str, ...] = ()
    unit: str | Mapping[str, str] | None = None
    tolerance: float | Mapping[str, float] | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    window: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: kind {self.kind!r} is none of {', '.join(KINDS)}")

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The printed cells, one row an item: ``published, unit, tolerance, check`` (the last empty where none).

        Raises
        ------
        ValueError
            If an item stands twice, or a check is given for no item.
        """
        rows = []
        for item, column, value in _cells(self.printed()):
            unit = _of(self.unit, column or item, "%" if column.endswith("_pct") else "")
            tolerance = _of(self.tolerance, column or item, _TOLERANCE.get(unit, 0.0))
            rows.append((item, value, unit, tolerance, self.checks.get(item, "")))
        table = pd.DataFrame(rows, columns=["item", "published", "unit", "tolerance", "check"]).set_index("item")
        if table.index.has_duplicates:
            raise ValueError(f"{self.name}: item {table.index[table.index.duplicated()][0]!r} stands twice")
        if unknown := set(self.checks) - set(table.index):
            raise ValueError(f"{self.name}: a check is given for {min(unknown)!r}, which is no item of it")
        return table.astype({"published": object})

    def outside(self, as_of: Day | tuple[Day, Day] | None) -> str:
        """Say why what was computed as of a day, or from one day to another, cannot be judged; empty when it can.

        Parameters
        ----------
        as_of : date or pair of dates, optional
            Day, or first and last day, that the computed side looks at.

        Returns
        -------
        str
            A sentence for the note of the row.

        Raises
        ------
        ValueError
            The exhibit has a window and no day is given.
        """
        if self.window is None:
            return ""
        if as_of is None:
            raise ValueError(f"{self.name} belongs to {_span(self.window)}: say as_of which day the other side looks")
        days = [pd.Timestamp(day) for day in (as_of if isinstance(as_of, tuple) else (as_of, as_of))]
        first, last = map(pd.Timestamp, self.window)
        if all(first <= day <= last for day in days):
            return ""
        return f"needs {', '.join(self.needs)} as of {_span(self.window)}; this run looks at {_span(days)}"


def flatten(values: pd.DataFrame | pd.Series | Mapping) -> pd.Series:
    """Turn a table into items: ``"<row> <column>"``, a column's ``_pct`` dropped; a Series keeps its labels.

    Parameters
    ----------
    values : DataFrame or Series or Mapping
        Items, or rows × columns of them.

    Returns
    -------
    Series
        Value by item.

    Examples
    --------
    >>> table = pd.DataFrame({"return_pct": [1.5], "sharpe": [0.4]}, index=[2024])
    >>> flatten(table).to_dict()
    {'2024 return': 1.5, '2024 sharpe': 0.4}
    """
    values = pd.Series(values, dtype=object) if isinstance(values, Mapping) else values
    return pd.Series({item: value for item, _, value in _cells(values)}, dtype=object)


def _cells(values: pd.DataFrame | pd.Series) -> list[tuple[str, str, object]]:
    """``(item, column, value)`` for every cell, row by row."""
    if isinstance(values, pd.Series):
        return [(_words(label), "", value) for label, value in values.items()]
    return [
        (f"{_words(row)} {_words(column).removesuffix('_pct')}", _words(column), value)
        for row, cells in zip(values.index, values.itertuples(index=False, name=None), strict=True)
        for column, value in zip(values.columns, cells, strict=True)
    ]


def _span(days: Iterable[Day]) -> str:
    first, last = (f"{pd.Timestamp(day):%Y-%m-%d}" for day in days)
    return first if first == last else f"{first} to {last}"


def _words(label: object) -> str:
    if isinstance(label, tuple):
        return " ".join(map(_words, label))
    return f"{label:%Y-%m-%d}" if isinstance(label, pd.Timestamp) else str(label)


def _of(setting, column: str, default):
    if isinstance(setting, Mapping):
        return setting.get(column, default)
    return default if setting is None else setting
