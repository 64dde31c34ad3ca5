"""Where tables come from: a source hands over canonical tables, or says what it lacks.

:func:`load_market` is what every chapter calls; the rest is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from helpers.tables import SCHEMAS, MissingTable
from helpers.tables.point_in_time import known_at

__all__ = ["SOURCES", "Market", "load_market"]


class Market(Mapping):
    """The tables of one source, as they were known at ``end``.

    Tables load when first asked for and stay for the life of the instance; treat them as read-only.

    Parameters
    ----------
    source : str
        The source's name.
    readers : mapping of str to callable
        For each table it holds, a function that returns it validated.
    missing : dict of str to str
        For each table it lacks, the reason and the way out in one line.
    end : Timestamp, optional
        The evening to look from; None shows everything.
    label : str
        What a figure caption calls the data.
    simulated : bool
        True for invented data, which is never a replication.
    folder : Path, optional
        Where the tables lie, if they lie in one.
    """

    def __init__(
        self,
        source: str,
        readers: Mapping[str, Callable[[], pd.DataFrame]],
        missing: dict[str, str],
        *,
        end: pd.Timestamp | None = None,
        label: str = "",
        simulated: bool = False,
        folder: Path | None = None,
    ):
        self.source, self.end, self.simulated, self.folder = source, end, simulated, folder
        self.missing = dict(missing)
        self.label = label + (f", to {end:%Y-%m-%d}" if end is not None else "")
        self._readers, self._tables = dict(readers), {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            self.require(name)
            table = self._readers[name]()
            self._tables[name] = table if self.end is None else known_at(name, table, self.end)
        return self._tables[name]

    def __contains__(self, name: object) -> bool:
        return name in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)

    __eq__ = object.__eq__  # comparing by content would load every table
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Market({self.label}; has {', '.join(self) or 'nothing'}; lacks {', '.join(self.missing) or 'nothing'})"

    def require(self, *names: str) -> None:
        """Raise unless every named table is there.

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
        absent = [name for name in names if name not in self]
        if absent:
            raise MissingTable("; ".join(f"{name}: {self.missing.get(name, 'not provided')}" for name in absent))


def _folder(data: str | Path | None, end: pd.Timestamp | None) -> Market:
    from helpers.sources.folder import Folder

    if data is None:
        raise ValueError("source 'folder' needs data: the directory that holds the tables (make book DATA=../market)")
    folder = Folder(_from_project(Path(data)))
    label = f"data: folder {folder.path.resolve().name}"
    return Market("folder", folder.readers(), folder.missing, end=end, label=label, folder=folder.path)


def _from_project(path: Path) -> Path:
    """Resolve a relative path as ``make`` does, also in a notebook, which runs in the folder it lies in."""
    if path.is_absolute() or path.exists() or not (Path.cwd().parent / "Makefile").is_file():
        return path
    return Path.cwd().parent / path


def _demo(data: str | Path | None, end: pd.Timestamp | None) -> Market:
    from helpers.sources import demo
    from helpers.sources.folder import Folder

    kept = data if data in demo.SIZES else _from_project(Path(data or demo.ROOT))
    folder = Folder(demo.ensure(kept), checked=False)
    label = "simulated demo market"
    return Market("demo", folder.readers(), folder.missing, end=end, label=label, simulated=True, folder=folder.path)


SOURCES: dict[str, Callable[[str | Path | None, pd.Timestamp | None], Market]] = {"demo": _demo, "folder": _folder}


def load_market(source: str, data: str | Path | None = None, end: str | pd.Timestamp | None = None) -> Market:
    """Open a source, cut to what was known at ``end``.

    Parameters
    ----------
    source : str
        One of :data:`SOURCES`.
    data : str or Path, optional
        The directory of tables for ``folder``; where the demo market is kept for ``demo``.
    end : date-like, optional
        The last day whose evening may be seen; None for everything there is.

    Returns
    -------
    Market
        Lazy: a table is read and validated when first used.

    Raises
    ------
    ValueError
        When the source is unknown, ``data`` is needed and not given, or ``end`` is not a date.
    DataError
        When the directory does not exist or holds no table.
    """
    if source not in SOURCES:
        raise ValueError(f"unknown source {source!r}: the known ones are {', '.join(SOURCES)}")
    return SOURCES[source](data, _evening(end))


def _evening(end: str | pd.Timestamp | None) -> pd.Timestamp | None:
    if end is None:
        return None
    try:
        day = pd.Timestamp(end)
    except ValueError:
        day = pd.NaT
    if day is pd.NaT:
        raise ValueError(f"end {end!r} is not a date: write it as 2026-02-13")
    return day.tz_localize(None).normalize()
