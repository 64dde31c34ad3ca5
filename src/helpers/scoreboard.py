"""Published beside computed, and a verdict that follows from the two numbers.

A chapter compares its frames with the registered exhibits (:mod:`helpers.published.exhibits`) and leaves the board as
the last value of a cell. The board shows its table and carries its rows in the output's metadata, so that
:func:`collect` can read them from executed notebooks without any chapter writing a file.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import published as published_numbers
from helpers.published import exhibits
from helpers.published.exhibits import KINDS, Day, flatten

COLUMNS = ["chapter", "exhibit", "item", "published", "computed", "unit", "tolerance", "verdict", "kind", "note"]
VERDICTS = ["match", "close", "differs", "published inconsistent", "not computable", "simulated"]
CLOSE = 5  # a value is "close" within this many tolerances
_METADATA = "scoreboard"


def verdict(published: Any, computed: Any, tolerance: float = 0.0) -> str:
    """Compare a printed and a computed value.

    Parameters
    ----------
    published, computed : number or text
        In the same unit. Texts match when they are equal.
    tolerance : float
        In that unit: ``match`` within it, ``close`` within five of it, else ``differs``.

    Returns
    -------
    str
        ``match``, ``close`` or ``differs``.

    Raises
    ------
    ValueError
        If a number is not finite.

    Examples
    --------
    >>> verdict(41.5, 41.47, 0.05), verdict(41.5, 41.3, 0.05), verdict(1, 0)
    ('match', 'close', 'differs')
    """
    if isinstance(published, str) or isinstance(computed, str):
        return "match" if str(published) == str(computed) else "differs"
    if not (math.isfinite(published) and math.isfinite(computed)):
        raise ValueError(f"cannot compare {published} and {computed}: compare leaves such a cell not computable")
    gap = abs(float(published) - float(computed))
    slack = 1e-9 * max(1.0, abs(float(published)))  # printed decimals have no exact binary form
    if gap <= tolerance + slack:
        return "match"
    return "close" if gap <= CLOSE * tolerance + slack else "differs"


class Scoreboard:
    """The rows one chapter adds to the scoreboard.

    Parameters
    ----------
    chapter : str
        The chapter's file name without suffix, e.g. ``"04_style_regimes"``.
    simulated : bool
        Whether the run's market is simulated; then every row that takes a market says so and claims no replication.

    Examples
    --------
    >>> board = Scoreboard("04_style_regimes")
    >>> board.compare("S002 style signals, 22 weeks: state", {"size 2025-09-05": 1.0})
    >>> board.frame()["verdict"].value_counts().to_dict()
    {'not computable': 43, 'match': 1}
    """

    def __init__(self, chapter: str, simulated: bool = False) -> None:
        self.chapter, self.simulated = chapter, simulated
        self._rows: list[dict[str, Any]] = []

    def compare(
        self,
        name: str,
        computed: pd.DataFrame | pd.Series | Mapping[str, Any],
        *,
        as_of: Day | tuple[Day, Day] | None = None,
        note: str | Mapping[str, str] = "",
        why: str | Mapping[str, str] = "outside this run's dates",
    ) -> None:
        """Put every printed cell of an exhibit beside the computed one.

        Parameters
        ----------
        name : str
            A registered exhibit, see :data:`helpers.published.exhibits.EXHIBITS`.
        computed : DataFrame, Series or mapping
            With the printed labels: rows × columns as printed, or values by item. More than is printed is ignored; a
            cell that is absent or NaN is *not computable*.
        as_of : date or (first, last), optional
            The day, or the first and last day, that the computed side looks at; asked for by an exhibit with a
            ``window``, and outside of it no cell is computable.
        note : str or mapping of str
            Said of computed cells; a mapping is by item, or by how items begin.
        why : str or mapping of str
            Why cells are not computable, likewise.
        """
        printed = exhibits.exhibit(name)
        if outside := printed.outside(as_of):
            return self.not_computable(name, outside)
        values = flatten(computed)
        for item, row in printed.cells.iterrows():
            value = values.get(item)
            if value is None or pd.isna(value):
                self._missing(printed, item, row, _of(why, item))
                continue
            simulated = self.simulated and bool(printed.needs)
            options = {"kind": printed.kind, "simulated": simulated, "check": row["check"] or None}
            self.add(
                name, item, row["published"], value, row["unit"], row["tolerance"], note=_of(note, item), **options
            )

    def not_computable(self, name: str, reason: str) -> None:
        """Add every cell of an exhibit as *not computable* for one reason, which names the table it lacks.

        Parameters
        ----------
        name : str
            Of a registered exhibit.
        reason : str
            What is missing, in words.
        """
        printed = exhibits.exhibit(name)
        for item, row in printed.cells.iterrows():
            self._missing(printed, item, row, reason)

    def add(
        self,
        exhibit: str,
        item: str,
        published: Any,
        computed: Any,
        unit: str = "",
        tolerance: float = 0.0,
        note: str = "",
        check: str | None = None,
        kind: str = "replicated",
        simulated: bool | None = None,
    ) -> None:
        """Add one comparison that is not registered, as one would on a page of one's own.

        Parameters
        ----------
        exhibit, item : str
            The printed table or figure (starting with its source, ``"S002 …"``) and the cell in it.
        published, computed : number or text
            In the printed unit.
        unit : str
            As printed, ``"%"`` or ``""``.
        tolerance : float
            What still counts as a match, in the printed unit: usually half the last printed digit.
        note : str
            What a reader should know of the row.
        check : str, optional
            The identifier of a check in ``published/checks.csv`` that shows the printed number to contradict the
            report itself; the verdict is then ``published inconsistent`` and the note quotes the check.
        kind : str
            What the row proves, one of :data:`helpers.published.exhibits.KINDS`.
        simulated : bool, optional
            Whether the row rests on a simulated market; by default the board's own setting.

        Raises
        ------
        ValueError
            A number that is not finite, an unknown kind, or a check that found no contradiction.
        """
        if kind not in KINDS:
            raise ValueError(f"{exhibit}, {item}: kind {kind!r} is none of {', '.join(KINDS)}")
        if check is not None:
            note = "; ".join(filter(None, [note, _contradiction(check)]))
            outcome = "published inconsistent"
            tolerance = float(tolerance)
        else:
            outcome = verdict(published, computed, tolerance)
        if self.simulated if simulated is None else simulated:
            outcome = "simulated"
        self._append(exhibit, item, published, computed, unit, tolerance, outcome, kind, note)

    def frame(self) -> pd.DataFrame:
        """Return the rows so far, with the columns of ``scoreboard.csv``."""
        return pd.DataFrame(self._rows, columns=COLUMNS)

    def _missing(self, printed, item: str, row: pd.Series, why: str) -> None:
        tables = f"needs {', '.join(printed.needs)}" if printed.needs and not _names(why, printed.needs) else ""
        note = "; ".join(filter(None, [tables, why]))
        if not note:
            raise ValueError(f"{printed.name}, {item}: say why it is not computable (why=)")
        self._append(
            printed.name, item, row["published"], None, row["unit"], None, "not computable", printed.kind, note
        )

    def _append(self, *values: Any) -> None:
        row = dict(zip(COLUMNS, (self.chapter, *values), strict=True))
        self._rows.append(row | {name: _plain(row[name]) for name in ("published", "computed")})

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict[str, str], dict[str, Any]]:
        table = self.frame()
        shown = {"text/html": to_html(table), "text/plain": table.to_string(index=False)}
        return shown, {_METADATA: self._rows}


def collect(notebooks: Iterable[Path]) -> pd.DataFrame:
    """Read the scoreboard rows that executed chapters carry.

    Parameters
    ----------
    notebooks : iterable of path
        Executed ``.ipynb`` files, in reading order.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, one row per comparison.
    """
    rows: list[dict[str, Any]] = []
    for path in notebooks:
        for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                rows += output.get("metadata", {}).get(_METADATA, [])
    return pd.DataFrame(rows, columns=COLUMNS)


def counts(scoreboard: pd.DataFrame) -> pd.Series:
    """Count the rows by verdict, in the order of :data:`VERDICTS`.

    Parameters
    ----------
    scoreboard : DataFrame
        With ``verdict``.

    Returns
    -------
    Series
        Rows by verdict, 0 where there is none.
    """
    return scoreboard["verdict"].value_counts().reindex(VERDICTS, fill_value=0).rename("rows")


def to_html(scoreboard: pd.DataFrame, with_chapter: bool = False) -> str:
    """Return the rows as HTML: one folded table per exhibit, its verdicts counted in the summary line.

    Parameters
    ----------
    scoreboard : DataFrame
        With the columns of ``scoreboard.csv``.
    with_chapter : bool
        Name the chapter in the summary line.

    Returns
    -------
    str
        HTML; what comes from data is escaped.
    """
    blocks = []
    for (chapter, exhibit), rows in scoreboard.groupby(["chapter", "exhibit"], sort=False):
        found = counts(rows)
        tally = " · ".join(f"{n} {name}" for name, n in found[found > 0].items())
        place = f"{chapter} · " if with_chapter else ""
        body = rows.drop(columns=["chapter", "exhibit"]).map(_shown)
        body["verdict"] = [f'<span class="verdict verdict-{v.replace(" ", "-")}">{v}</span>' for v in rows["verdict"]]
        table = body.to_html(index=False, escape=False, border=0, classes="scoreboard")
        blocks.append(
            f'<details class="scoreboard-block"><summary>{html.escape(place + exhibit)}: {tally}</summary>'
            f'<div class="table-scroll">{table}</div></details>'
        )
    return "\n".join(blocks)


def _contradiction(check: str) -> str:
    """Return what a check found, or refuse a check that found no contradiction."""
    table = published_numbers.checks().set_index("check_id")
    if check not in table.index:
        raise ValueError(f"check {check!r} is not in published/checks.csv")
    row = table.loc[check]
    if row["status"] != "mismatch":
        raise ValueError(f"check {check!r} has status {row['status']!r}, so it shows no contradiction")
    return f"check {check}: printed {row['published']}, recomputed {row['recomputed']}"


def _of(text: str | Mapping[str, str], item: str) -> str:
    """A note for all items, or the one of the longest key that the item begins with."""
    if not isinstance(text, Mapping):
        return text
    fitting = [key for key in text if item.startswith(key)]
    return text[max(fitting, key=len)] if fitting else ""


def _names(reason: str, tables: Iterable[str]) -> bool:
    return any(table in reason for table in tables)


def _plain(value: Any) -> Any:
    """A value that JSON can carry: numpy scalars as Python's own, a missing number as None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return html.escape(str(value))
