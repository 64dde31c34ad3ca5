"""What has to be asked to fill a table, and what of it the store already has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pandas as pd

from helpers.providers.store import Entry, Store

__all__ = ["Context", "Job", "Plan", "Source", "Supply", "gaps", "spans"]

MARKET = ZoneInfo("Asia/Shanghai")
_LATE = 5  # days after which an empty answer about a day is believed


@dataclass(frozen=True)
class Job:
    """One question to ask.

    Parameters
    ----------
    endpoint : str
        Of :data:`helpers.providers.ENDPOINTS`.
    request : dict
        Its keywords.
    key : str
        Names the question within its endpoint; a reply to the same key replaces the one before.
    through : str
        The last day that the store must know of for the question to need no asking.
    kind : {"day", "span", "life", "snapshot"}
        Whether the answer is about one day, about some days, about all days up to now, or about now.
    group : str
        What the answer is about, whenever it is asked: a fund, an index.
    """

    endpoint: str
    request: dict
    key: str
    through: str
    kind: str = "day"
    group: str = ""

    def settled(self, fetched: dt.datetime, rows: int) -> str:
        """Say through which day an answer of that time can be relied on; empty when it may still change.

        Parameters
        ----------
        fetched : datetime
            When the answer came, with its zone.
        rows : int
            How many rows it had: a day without rows may only be late.

        Returns
        -------
        str
            A day, ``2026-02-13``, or nothing.
        """
        today = fetched.astimezone(MARKET).date()
        yesterday = str(today - dt.timedelta(days=1))
        if self.kind == "day":
            old = (today - dt.date.fromisoformat(self.through)).days > _LATE
            return self.through if old or (rows and self.through <= yesterday) else ""
        if self.kind == "snapshot":
            return self.through
        return yesterday if self.kind == "life" else min(self.through, yesterday)

    def is_done(self, store: Store) -> bool:
        """Whether the store holds an answer that reaches far enough."""
        entry = store.entries.get((self.endpoint, self.key))
        return entry is not None and entry.through >= self.through


@dataclass(frozen=True)
class Context:
    """What a plan is made from: the store, the days wanted and the day it is.

    Parameters
    ----------
    store : Store
    start, end : str
        Days, both included; ``end`` lies before ``today``.
    today : date
        As a clock in Shanghai shows it.
    """

    store: Store
    start: str
    end: str
    today: dt.date
    _read: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def month(self) -> str:
        """The month it is."""
        return f"{self.today:%Y-%m}"

    def parts(self, endpoint: str) -> pd.DataFrame:
        """Read all that an endpoint has said; treat it as read-only."""
        known = len(self.store.history)
        if self._read.get(endpoint, (None,))[0] != known:
            self._read[endpoint] = known, self.store.parts(endpoint)
        return self._read[endpoint][1]

    def latest(self, endpoint: str) -> pd.DataFrame:
        """Read the last thing an endpoint has said, of one that always tells everything."""
        entries = [entry for entry in self.store.of(endpoint) if entry.rows]
        return self.store.part(entries[-1]) if entries else pd.DataFrame()


@dataclass(frozen=True)
class Supply:
    """How a source fills one table.

    Parameters
    ----------
    table : str
        Canonical.
    endpoints : tuple of str
        What the table is built from.
    jobs : callable
        ``jobs(context) -> list[Job]``, done or not.
    build : callable
        ``build(context) -> DataFrame``; may be empty.
    since : str
        How far back it goes.
    note : str
        What to know before relying on it.
    substitute : str
        What in it stands for something the reports had and this source has not; the pages say so.
    """

    table: str
    endpoints: tuple[str, ...]
    jobs: Callable[[Context], list[Job]]
    build: Callable[[Context], pd.DataFrame]
    since: str
    note: str = ""
    substitute: str = ""


@dataclass(frozen=True)
class Source:
    """A source of data: what it can fill, and what it must ask before it can plan.

    Parameters
    ----------
    name : str
    cost : str
        Account and price, in a few words.
    licence : str
        What its data may be used for.
    catalogue : callable
        ``catalogue(context) -> list[Job]``: the few questions a plan starts from.
    supplies : tuple of Supply
        In the order in which they are filled, cheap ones first.
    lacks : dict of str to str
        Why a table is not among them.
    aside : dict of str to str
        Endpoints that can be read and are not asked, and why.
    """

    name: str
    cost: str
    licence: str
    catalogue: Callable[[Context], list[Job]]
    supplies: tuple[Supply, ...]
    lacks: dict[str, str] = field(default_factory=dict)
    aside: dict[str, str] = field(default_factory=dict)

    def supply(self, table: str) -> Supply | None:
        """Find how a table is filled; None where it cannot be."""
        return next((supply for supply in self.supplies if supply.table == table), None)


@dataclass(frozen=True)
class Plan:
    """The questions still to ask, by table."""

    open: dict[str, list[Job]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.open.values()))


def gaps(entries: Iterable[Entry], start: str, end: str) -> list[tuple[str, str]]:
    """List the spans of days that no reply covers yet.

    A span that follows what is known begins with the last known day, so that a revision of it would be seen.

    Parameters
    ----------
    entries : iterable of Entry
        Replies whose requests have a ``start``.
    start, end : str
        The days wanted, both included.

    Returns
    -------
    list of (str, str)
        First and last day of each span, in order of time.
    """
    known = sorted((str(e.request["start"]), e.through) for e in entries if e.through)
    found, at, touching = [], pd.Timestamp(start), False
    for first, last in known:
        if pd.Timestamp(last) < at:
            continue
        if pd.Timestamp(first) > at and at <= pd.Timestamp(end):
            stop = min(pd.Timestamp(first), pd.Timestamp(end))
            found.append((_before(at, touching), f"{stop:%Y-%m-%d}"))
        at, touching = max(at, pd.Timestamp(last) + pd.Timedelta(days=1)), True
    if at <= pd.Timestamp(end):
        found.append((_before(at, touching), end))
    return found


def _before(day: pd.Timestamp, touching: bool) -> str:
    return f"{day - pd.Timedelta(days=1) if touching else day:%Y-%m-%d}"


def spans(start: str, end: str, days: int) -> list[tuple[str, str]]:
    """Cut the span from ``start`` to ``end`` into pieces of at most ``days`` days."""
    firsts = pd.date_range(start, end, freq=f"{days}D")
    lasts = [*(firsts[1:] - pd.Timedelta(days=1)), pd.Timestamp(end)]
    return [(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}") for first, last in zip(firsts, lasts, strict=True)]
