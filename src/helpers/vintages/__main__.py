"""What ``make vintages FROM=2023-06 TO=2026-01`` calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from helpers.jobs import JobFailed, run_jobs
from helpers.params import ParamError, load_params
from helpers.sources import load_market
from helpers.vintages.asked import CLAIM_MONTHS, VINTAGES, Asked, asked_of, month_names, store_of
from helpers.vintages.telling import tell

__all__ = ["main", "run_vintages"]

ROOT = Path(__file__).resolve().parents[3]


def run_vintages(
    asked: Asked, first: str, last: str, *, root: Path = VINTAGES, workers: int = 1, scheduler: str | None = None
) -> dict[pd.Timestamp, pd.DataFrame]:
    """Tell every month end from one month to another, and the months that the claims of the first look back on.

    Parameters
    ----------
    asked : Asked
    first, last : str
        Months, as ``2023-06``.
    root : path
        Folder of all vintages.
    workers, scheduler
        As for :func:`helpers.jobs.run_jobs`.

    Returns
    -------
    dict of DataFrame
        By evening, in order.
    """
    month_names(first, last)  # refuses what is no month
    early = str(pd.Period(first, "M") - (CLAIM_MONTHS - 1))
    days = [f"{day:%Y-%m-%d}" for day in month_names(early, last)]
    tasks = {
        day: {"asked": asked, "evening": day, "before": before}
        for before, day in zip([None, *days[:-1]], days, strict=True)
    }
    options = {"workers": workers, "scheduler": scheduler, "title": "vintages"}
    folder = load_market(asked.source, asked.data).folder
    found = run_jobs(tell, tasks, store=store_of(asked, folder, root), **options)
    return {pd.Timestamp(day): frame for day, frame in found.items()}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; default those of the command line.

    Returns
    -------
    int
        0 where everything went well.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.vintages", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", help="a run: its YAML file, or its name in params/")
    parser.add_argument("--from", dest="first", required=True, help="first month, as 2023-06")
    parser.add_argument("--to", dest="last", required=True, help="last month")
    parser.add_argument("--workers", type=int, default=2, help="processes of this machine")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://host:8786")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=value", help="override a parameter")
    args = parser.parse_args(argv)
    path = Path(args.run) if args.run.endswith((".yaml", ".yml")) else ROOT / "params" / f"{args.run}.yaml"
    options = {"workers": args.workers, "scheduler": args.scheduler or None}
    try:
        told = run_vintages(asked_of(load_params(path, args.set)), args.first, args.last, **options)
    except (JobFailed, ParamError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(f"{len(told)} vintages; `make chapter CHAPTER=10_evidence` shows them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
