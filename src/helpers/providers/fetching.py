"""From a plan to a store: ask what is missing, keep it, notice what changed, build the tables."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

from helpers.providers import ENDPOINTS
from helpers.providers.client import Absent, Answer, Client, Unreachable
from helpers.providers.plans import Context, Job, Plan, Source, Supply
from helpers.providers.replies import Incomplete, Refused
from helpers.providers.revisions import revisions
from helpers.providers.store import Entry, Store
from helpers.providers.tables_on_disk import Tables
from helpers.tables import DataError, validate

__all__ = ["Outcome", "estimate", "fetch", "parse_again", "plan"]

_GIVE_UP = 3  # questions in a row that a host leaves unanswered before it is left alone


@dataclass
class Outcome:
    """What a call did.

    Parameters
    ----------
    fetched : list of Entry
    failed : list of DataError
        Questions without an answer, answers that could not be read, tables that could not be built.
    revised : list of dict
        What providers changed.
    built : list of str
        Tables written.
    """

    fetched: list[Entry] = field(default_factory=list)
    failed: list[DataError] = field(default_factory=list)
    revised: list[dict] = field(default_factory=list)
    built: list[str] = field(default_factory=list)


def plan(source: Source, context: Context, tables: Iterable[str]) -> Plan:
    """List what the store lacks, table by table; a question that two tables share counts with the first.

    Parameters
    ----------
    source : Source
    context : Context
    tables : iterable of str
        Canonical tables wanted.

    Returns
    -------
    Plan
        Open questions by table.
    """
    seen: set[tuple[str, str]] = set()
    open_: dict[str, list[Job]] = {}
    for supply in source.supplies:
        if supply.table in tables:
            jobs = [
                job
                for job in supply.jobs(context)
                if (job.endpoint, job.key) not in seen and not job.is_done(context.store)
            ]
            seen |= {(job.endpoint, job.key) for job in jobs}
            open_[supply.table] = jobs
    return Plan(open_)


def estimate(jobs: Iterable[Job], latency: float = 0.3) -> float:
    """Seconds that the questions of ``jobs`` will take at a polite pace, each with a ``latency`` of so many."""
    return sum(ENDPOINTS[job.endpoint].pace + latency for job in jobs)


def fetch(
    source: Source,
    context: Context,
    client: Client,
    tables: list[str],
    *,
    now: Callable[[], dt.datetime],
    show: Callable[[Plan], None] = lambda plan: None,
    progress: Callable = lambda jobs, name: jobs,
) -> Outcome:
    """Fill a store as far as it goes; call again to go on.

    Parameters
    ----------
    source : Source
    context : Context
        Its store must be locked by the caller.
    client : Client
    tables : list of str
        Canonical tables wanted.
    now : callable
        The time, in UTC.
    show : callable
        Called once with the plan.
    progress : callable
        ``progress(jobs, name)`` wraps the questions of one table.

    Returns
    -------
    Outcome
        What failed is in it.
    """
    outcome, silent = Outcome(), {}
    ask = _Asker(context.store, client, now, outcome, silent)
    ask.all([job for job in source.catalogue(context) if not job.is_done(context.store)])
    announced = plan(source, context, tables)
    show(announced)
    for supply in source.supplies:
        if supply.table in tables:
            found = plan(source, context, [supply.table])
            if len(found) and not announced.open[supply.table]:  # what was fetched meanwhile tells what to ask
                show(found)
            _fill(supply, source, context, ask, progress)
            build(source, context, outcome)
    return outcome


def _fill(supply: Supply, source: Source, context: Context, ask: _Asker, progress: Callable) -> None:
    """Ask for one table until nothing more is open: an answer may tell of further pages."""
    asked: set[tuple[str, str]] = set()
    while True:
        jobs = [
            job
            for job in plan(source, context, [supply.table]).open[supply.table]
            if (job.endpoint, job.key) not in asked
        ]
        if not jobs:
            return
        asked |= {(job.endpoint, job.key) for job in jobs}
        ask.all(progress(jobs, supply.table))


@dataclass
class _Asker:
    """Asks jobs one after the other, and leaves alone a host that stays silent."""

    store: Store
    client: Client
    now: Callable[[], dt.datetime]
    outcome: Outcome
    silent: dict[str, int]

    def all(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self.one(job)

    def one(self, job: Job) -> None:
        endpoint = ENDPOINTS[job.endpoint]
        host = endpoint.request(**job.request).url.split("/")[2]
        if self.silent.get(host, 0) >= _GIVE_UP:
            return
        try:
            answer, frame = self.client.fetch(endpoint, job.request)
            self.silent[host] = 0
        except Absent as error:
            answer, frame = Answer(b"", str(error.found), "none"), pd.DataFrame()
        except DataError as error:
            self.outcome.failed.append(error)
            if isinstance(error, Unreachable | Refused | Incomplete):
                self.silent[host] = self.silent.get(host, 0) + 1
                if self.silent[host] == _GIVE_UP:
                    found = f"{_GIVE_UP} questions in a row without an answer"
                    way_out = "It is left alone for now; the same command goes on from here, later or tomorrow."
                    self.outcome.failed.append(DataError(host, "answers", found=found, way_out=way_out))
            return
        before = self.store.parts(job.endpoint, job.group) if self.store.of(job.endpoint, job.group) else pd.DataFrame()
        changed = revisions(job.endpoint, job.group, before, frame)
        self.outcome.fetched.append(self.store.save(job, answer, frame, self.now()))
        for revision in changed:
            self.store.note({"noticed": self.now().strftime("%Y-%m-%d"), **revision})
        self.outcome.revised += changed


def build(source: Source, context: Context, outcome: Outcome) -> None:
    """Build the tables whose replies changed, and make them current together.

    Parameters
    ----------
    source : Source
    context : Context
    outcome : Outcome
        Tables built, and those that could not be, are added to it.
    """
    tables = Tables(context.store.root)
    known, fresh = tables.manifest()["tables"], {}
    for supply in source.supplies:
        inputs = _inputs(supply, context.store)
        if inputs is None or known.get(supply.table, {}).get("inputs") == inputs:
            continue
        try:
            frame = supply.build(context)
            if len(frame):
                fresh[supply.table] = (
                    inputs,
                    validate(supply.table, frame, f"{source.name} {supply.table}", context.today),
                )
        except DataError as error:
            if not any(str(error) == str(other) for other in outcome.failed):
                outcome.failed.append(error)
    if fresh:
        tables.write(fresh, source.name)
        outcome.built += [name for name in fresh if name not in outcome.built]


def _inputs(supply: Supply, store: Store) -> str | None:
    """Digest the replies a table is built from; None when there are none."""
    found = sorted((e.endpoint, e.key, e.sha256, e.rows) for name in supply.endpoints for e in store.of(name) if e.rows)
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16] if found else None


def parse_again(source: Source, context: Context) -> Outcome:
    """Read every stored reply with the parsers as they are now, and build every table again; no network.

    Parameters
    ----------
    source : Source
    context : Context
        Its store must be locked by the caller.

    Returns
    -------
    Outcome
    """
    outcome = Outcome()

    def parse(endpoint: str, body: bytes, request: dict) -> pd.DataFrame:
        return ENDPOINTS[endpoint].parse(body, **request) if body else pd.DataFrame()

    outcome.failed += context.store.reparse(parse)
    context._read.clear()
    tables = Tables(context.store.root)
    fresh = {}
    for supply in source.supplies:
        inputs = _inputs(supply, context.store)
        if inputs is None:
            continue
        try:
            frame = supply.build(context)
            if len(frame):
                fresh[supply.table] = (
                    inputs,
                    validate(supply.table, frame, f"{source.name} {supply.table}", context.today),
                )
        except DataError as error:
            outcome.failed.append(error)
    if fresh:
        tables.write(fresh, source.name)
        outcome.built = list(fresh)
    return outcome
