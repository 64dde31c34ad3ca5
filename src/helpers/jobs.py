"""Many jobs without shared state: on this machine's processes or on a Dask cluster, stored when done, resumable.

A job is a function of small arguments that returns a frame. Where it runs cannot change its numbers: every job
computes with one thread, and what was stored is what is returned.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from helpers.files import note_read

__all__ = ["JobFailed", "run_jobs", "stored"]

ROUNDS = 3  # a worker may die that often before it is no accident
Job = Callable[..., pd.DataFrame]


class JobFailed(RuntimeError):
    """A job raised; what was done before is stored."""


def run_jobs(
    job: Job,
    tasks: Mapping[str, Mapping[str, object]],
    *,
    store: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    title: str = "jobs",
) -> dict[str, pd.DataFrame]:
    """Run one function on many sets of arguments.

    Parameters
    ----------
    job : callable
        A function of a module (other processes import it), which returns a DataFrame and reads nothing that another
        job writes.
    tasks : mapping of name to keyword arguments
        One entry a job; a name is the stem of its file.
    store : path, optional
        Folder that keeps each result as ``<name>.parquet`` from the moment it is done. A job whose file is there is not
        run again, so an interrupted sweep goes on where it stopped.
    workers : int
        Processes of this machine; 1 runs the jobs here.
    scheduler : str, optional
        Address of a Dask scheduler (``tcp://host:8786``); its workers do the jobs. They must have this package and see
        the same data.
    title : str
        Of the progress bar, which a terminal shows.

    Returns
    -------
    dict of DataFrame
        By name, in the order of `tasks`.

    Raises
    ------
    JobFailed
        Naming the first job that raised.
    ValueError
        If `workers` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers={workers}: how many processes, a whole number from 1")
    done = {} if store is None else stored(store, tasks)
    with _bar(title, len(tasks), len(done)) as bar:
        for _ in range(ROUNDS):
            waiting = {name: given for name, given in tasks.items() if name not in done}
            for name, result in _results(job, waiting, workers, scheduler):
                done[name] = result if store is None else _keep(store / f"{name}.parquet", result)
                bar.update()
            if len(done) == len(tasks):
                return {name: done[name] for name in tasks}
    missing = next(name for name in tasks if name not in done)
    raise JobFailed(f"{missing}: its worker died {ROUNDS} times; was there memory enough?")


def stored(store: Path, names: Mapping[str, object] | list[str]) -> dict[str, pd.DataFrame]:
    """Return the results that are there already.

    Parameters
    ----------
    store : path
        Folder of :func:`run_jobs`.
    names : mapping or list of str
        Jobs asked for.

    Returns
    -------
    dict of DataFrame
        By name, in the order asked.
    """
    found = {}
    for name in names:
        path = store / f"{name}.parquet"
        if path.is_file():
            note_read(path)
            found[name] = pd.read_parquet(path)
    return found


def _results(
    job: Job, tasks: Mapping[str, Mapping], workers: int, scheduler: str | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield results as they come; end early if a process of this machine died."""
    if not tasks:
        return
    if workers == 1 and scheduler is None:
        yield from (_one(job, name, given) for name, given in tasks.items())
        return
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    with ExitStack() as stack:
        if scheduler is not None:
            stack.enter_context(_client(scheduler))
            stack.enter_context(parallel_config(backend="dask"))
            pool = Parallel(n_jobs=-1, return_as="generator_unordered")
        else:
            pool = Parallel(n_jobs=workers, return_as="generator_unordered")
        try:
            yield from pool(delayed(_one)(job, name, given) for name, given in tasks.items())
        except TerminatedWorkerError:
            return


def _one(job: Job, name: str, given: Mapping[str, object]) -> tuple[str, pd.DataFrame]:
    """Run one job with one thread."""
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(1):
            return name, job(**given)
    except Exception as error:
        raise JobFailed(f"{name}: {type(error).__name__}: {error}") from error


def _client(scheduler: str):
    try:
        from distributed import Client
    except ImportError:
        raise JobFailed('a scheduler needs the package distributed: pip install "etf-atlas[cluster]"') from None
    try:
        return Client(scheduler, timeout="10s")
    except OSError:
        raise JobFailed(f"SCHEDULER={scheduler}: no Dask scheduler answers there") from None


def _keep(path: Path, result: pd.DataFrame) -> pd.DataFrame:
    """Store a result in one step and return it as it will be read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        result.to_parquet(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return pd.read_parquet(path)


def _bar(title: str, total: int, done: int):
    from tqdm import tqdm

    return tqdm(desc=title, total=total, initial=done, unit="job", disable=not sys.stderr.isatty())
