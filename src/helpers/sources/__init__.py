"""Where tables come from: a source hands over canonical tables, or says what it lacks.

:func:`load_market` is what every chapter calls; the rest is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from helpers.sources.monthly import read_monthly_averages
from helpers.tables import SCHEMAS, MissingTable
from helpers.tables.point_in_time import known_at, known_from

__all__ = ["SOURCES", "Market", "load_market"]


class Market(Mapping):
    """The tables of one source, as they were known at ``end``.

    A table that the source does not hold, or of which nothing lies between ``start`` and ``end``, is *missing*:
    ``name in market`` is false and asking for it raises :class:`MissingTable` with the reason. Tables load when first
    asked for and stay for the life of the instance; treat them as read-only.

    Parameters
    ----------
    source : str
        The source's name.
    readers : mapping of str to callable
        For each table it holds, a function that returns it validated.
    missing : dict of str to str
        For each table it lacks, the reason in one line.
    start : Timestamp, optional
        The first day of interest. Earlier rows stay, since methods look back; a table that ends before it is missing.
    end : Timestamp, optional
        The evening to look from; None shows everything.
    name : str
        What a sentence calls the data: "the folder tables".
    simulated : bool
        True for invented data, which is never a replication.
    folder : Path, optional
        Where the tables lie, if they lie in one.
    """

    def __init__(
        self,
        source: str,
        readers: Mapping[str, Callable[[], pd.DataFrame]],
        missing: Mapping[str, str],
        *,
        start: pd.Timestamp | None = None,
        end: pd.Timestamp | None = None,
        name: str = "",
        simulated: bool = False,
        folder: Path | None = None,
    ):
        self.source, self.start, self.end = source, start, end
        self.name, self.simulated, self.folder = name, simulated, folder
        self.missing = dict(missing)
        self._readers, self._tables = dict(readers), {}

    @property
    def label(self) -> str:
        """What the caption of a figure says of its data: ``"Data: the folder tables, to 2026-02-13."``."""
        until = f", to {self._until:%Y-%m-%d}" if self.end is not None else ""
        return f"Data: {self.name}{until}."

    @property
    def _until(self) -> pd.Timestamp:
        """The last day seen: ``end``, or the last day of the tables read so far where they stop before it."""
        dated = [table["date"] for name, table in self._tables.items() if "date" in table and name != "calendar"]
        last = max((days.max() for days in dated if len(days)), default=self.end)
        return min(self.end, last)

    @property
    def opened(self) -> list[str]:
        """The tables read so far."""
        return list(self._tables)

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.require(name)
        return self._table(name)

    def __contains__(self, name: object) -> bool:
        if name not in self._readers:
            return False
        if name in self.missing:
            return False
        if self.start is None and self.end is None:
            return True
        self._table(name)
        return name not in self.missing

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._readers if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    __eq__ = object.__eq__  # comparing by content would load every table
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        held = [name for name in self._readers if name not in self.missing]
        return f"Market({self.label} Has {', '.join(held) or 'nothing'}; lacks {', '.join(self.missing) or 'nothing'})"

    def require(self, *names: str) -> None:
        """Raise unless every named table is there.

        Parameters
        ----------
        *names
            Canonical tables.

        Raises
        ------
        MissingTable
            Naming all that are absent, each with its reason.
        ValueError
            When a name is not a canonical table.
        """
        for name in names:
            if name not in SCHEMAS:
                raise ValueError(f"unknown table {name!r}: the canonical tables are {', '.join(SCHEMAS)}")
        absent = {name: self.missing.get(name, "not provided") for name in names if name not in self}
        if absent:
            raise MissingTable(tuple(absent), "; ".join(absent.values()))

    def _table(self, name: str) -> pd.DataFrame:
        """Read a table once, cut it to what was known, and note it as missing when nothing is left."""
        if name not in self._tables:
            table = self._readers[name]()
            if reason := _outside(name, table, self.start, self.end):
                self.missing[name] = reason
            self._tables[name] = table if self.end is None else known_at(name, table, self.end)
        return self._tables[name]


def _outside(name: str, table: pd.DataFrame, start: pd.Timestamp | None, end: pd.Timestamp | None) -> str:
    """Say why a run sees nothing of a table, or nothing from its first day on; empty when it does."""
    since = known_from(name, table)
    if end is not None and since.notna().any() and since.min() > end:
        return f"begins {since.min():%Y-%m-%d}, after END {end:%Y-%m-%d}"
    if start is not None and name not in _WITHOUT_START and since.max() < start:
        return f"ends {since.max():%Y-%m-%d}, before START {start:%Y-%m-%d}"
    return ""


_WITHOUT_START = ("etf_list", "stock_industry")  # what began earlier is still in force


def _folder(data: str | Path | None, **window: pd.Timestamp | None) -> Market:
    from helpers.sources.folder import Folder

    if data is None:
        raise ValueError("source 'folder' needs data: the directory that holds the tables (make book DATA=../market)")
    folder = Folder(_from_project(Path(data)))
    name = f"the tables of folder {folder.path.resolve().name}"
    return Market("folder", folder.readers(), folder.missing, **window, name=name, folder=folder.path)


def monthly_averages(path: str | Path | None) -> pd.DataFrame | None:
    """Read monthly averages of ETF units where a run names a file of them; see :mod:`helpers.sources.monthly`.

    Parameters
    ----------
    path : str or Path, optional
        None reads nothing.

    Returns
    -------
    DataFrame or None
        ``month_end, code, shares``.

    Raises
    ------
    MissingTable
        If a file is named and not there.
    """
    return None if path is None else read_monthly_averages(_from_project(Path(path)))


def _from_project(path: Path) -> Path:
    """Resolve a relative path as ``make`` does, also in a notebook, which runs in the folder it lies in."""
    if path.is_absolute() or path.exists() or not (Path.cwd().parent / "Makefile").is_file():
        return path
    return Path.cwd().parent / path


def _demo(data: str | Path | None, **window: pd.Timestamp | None) -> Market:
    from helpers.sources import demo
    from helpers.sources.folder import Folder

    kept = data if data in demo.SIZES else _from_project(Path(data or demo.ROOT))
    folder = Folder(demo.ensure(kept), checked=False)
    name = "the simulated demo market"
    return Market("demo", folder.readers(), folder.missing, **window, name=name, simulated=True, folder=folder.path)


def _stored(provider: str, data: str | Path | None, **window: pd.Timestamp | None) -> Market:
    """Open what ``make data SOURCE=provider`` has stored."""
    from helpers.providers.tables_on_disk import read_tables

    root = _from_project(Path(data or f"data/{provider}"))
    readers, missing = read_tables(root)
    return Market(provider, readers, missing, **window, name=f"the tables fetched from {provider}", folder=root)


SOURCES: dict[str, Callable[..., Market]] = {
    "demo": _demo,
    "folder": _folder,
    **{provider: partial(_stored, provider) for provider in ("free", "tushare", "joinquant")},
}


def load_market(
    source: str,
    data: str | Path | None = None,
    *,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
) -> Market:
    """Open a source, cut to what was known at ``end``.

    Parameters
    ----------
    source : str
        One of :data:`SOURCES`.
    data : str or Path, optional
        The directory of tables for ``folder``; where the demo market, or what was fetched, is kept for the others.
    start : date-like, optional
        The first day of interest: a table that ends before it is missing. Rows before it stay, since methods look back.
    end : date-like, optional
        The last day whose evening may be seen; None for everything there is.

    Returns
    -------
    Market
        Lazy: a table is read and validated when first used.

    Raises
    ------
    ValueError
        When the source is unknown, ``data`` is needed and not given, or a day is not a date.
    DataError
        When the directory does not exist or holds no table.

    Examples
    --------
    >>> market = load_market("demo", "small", end="2024-06-28")
    >>> market["etf_daily"]["date"].max() <= market.end
    True
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source {source!r}: the known ones are {', '.join(SOURCES)}")
    return SOURCES[source](data, start=_day("start", start), end=_day("end", end))


def _day(name: str, value: str | pd.Timestamp | None) -> pd.Timestamp | None:
    if value is None:
        return None
    try:
        day = pd.Timestamp(value)
    except ValueError:
        day = pd.NaT
    if day is pd.NaT:
        raise ValueError(f"{name} {value!r} is not a date: write it as 2026-02-13")
    return day.tz_localize(None).normalize()
