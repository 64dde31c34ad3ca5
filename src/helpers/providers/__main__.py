"""What ``make data``, ``make doctor`` and ``make params`` call.

``python -m helpers.providers data --set SOURCE=free --set START=2020-01-01`` plans what is missing, says what it will
take, and fetches it; ``doctor`` says what each source can give and what this machine has; ``params``
lists the parameters of a run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from helpers.params import ParamError
from helpers.providers.plans import MARKET, Context, Plan
from helpers.tables import SCHEMAS, DataError, DataWarning

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[3]
_OPTIONS = {
    "source": "free, tushare or joinquant",
    "start": "first day, as 2020-01-01",
    "end": "last day; at most yesterday, since today's figures are not final",
    "tables": "canonical tables, parted by commas; all by default",
    "data": "the store's folder (data/<source>)",
    "reparse": "1: read the stored replies again, without the network",
    "unverified": "hosts whose broken certificate you accept, parted by commas",
}


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def main(argv: list[str] | None = None, now: Callable[[], dt.datetime] = _utc_now) -> int:
    """Run the command line; return its exit code.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; default those of the process.
    now : callable
        The time, in UTC.

    Returns
    -------
    int
        0 done; 1 something could not be fetched, read or built; 2 a wrong option or a store that cannot be used; 130
        stopped from the keyboard.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.providers", description=__doc__.split("\n\n")[0])
    parser.add_argument("command", choices=["data", "doctor", "params"])
    parser.add_argument("--set", action="append", default=[], metavar="KEY=value", help="; ".join(_OPTIONS.values()))
    parser.add_argument("--patience", type=float, default=1.0, help="factor on every pause")
    args = parser.parse_args(argv)
    try:
        if args.command == "params":
            from helpers.providers.doctor import parameters

            print(parameters())
            return 0
        if args.command == "doctor":
            from helpers.providers.doctor import report

            print(report(ROOT / "data", ROOT / "book"))
            return 0
        return _data(_options(args.set), args.patience, now)
    except (ParamError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130


def _options(given: list[str]) -> dict[str, str]:
    options = {}
    for item in given:
        key, equals, value = item.partition("=")
        key = key.strip().lower()
        if not equals or key not in _OPTIONS:
            near = get_close_matches(key, _OPTIONS, 1)
            hint = (
                f"did you mean {near[0].upper()}?" if near else f"the options are {', '.join(map(str.upper, _OPTIONS))}"
            )
            raise ParamError(f"command line: {key.upper()}: unknown option of `make data`; {hint}")
        if value:
            options[key] = value
    return options


def _day(text: str, key: str) -> str:
    try:
        return str(dt.date.fromisoformat(text))
    except ValueError:
        raise ParamError(f"command line: {key}: {text!r} is no date; write it as YYYY-MM-DD") from None


def _tables(text: str | None, known: list[str], source: str) -> list[str]:
    if text is None:
        return known
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in SCHEMAS:
            near = get_close_matches(name, SCHEMAS, 1)
            raise ParamError(f"command line: TABLES: no table {name!r}; {f'did you mean {near[0]}?' if near else ''}")
        if name not in known:
            raise ParamError(f"command line: TABLES: {source} cannot fill {name}; it fills {', '.join(known)}")
    return names


def _data(options: dict[str, str], patience: float, now: Callable[[], dt.datetime]) -> int:
    """Fetch, or read again what was fetched; say what happened."""
    from helpers.providers.baostock_wire import Wire
    from helpers.providers.client import Client
    from helpers.providers.fetching import fetch, parse_again
    from helpers.providers.joinquant import ask
    from helpers.providers.sources_known import find
    from helpers.providers.store import Store

    source = find(options.get("source", "free"))
    today = now().astimezone(MARKET).date()
    yesterday = str(today - dt.timedelta(days=1))
    start, end = _day(options.get("start", "2020-01-01"), "START"), _day(options.get("end", yesterday), "END")
    if end > yesterday:
        print(f"END is {yesterday}: figures of {today} are not final before tomorrow")
        end = yesterday
    if start > end:
        raise ParamError(f"command line: START: {start} is after {end}; choose an earlier start")
    tables = _tables(options.get("tables"), [supply.table for supply in source.supplies], source.name)
    store = Store(Path(options.get("data") or ROOT / "data" / source.name))
    client = Client(
        base=os.environ.get("ATLAS_MIRROR"),
        unverified=[host.strip() for host in options.get("unverified", "").split(",") if host.strip()],
        patience=patience,
        transports={"joinquant": ask, "tcp": Wire().ask},
    )
    with store.locked(), warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always", DataWarning)
        context = Context(store, start, end, today)
        if options.get("reparse"):
            outcome = parse_again(source, context)
        else:
            outcome = fetch(
                source, context, client, tables, now=now, show=_show(source.name, start, end), progress=_bar
            )
    for remark in dict.fromkeys(str(remark.message) for remark in remarks):
        print(f"  odd: {remark}")
    return _tell(outcome, store.root)


def _show(name: str, start: str, end: str) -> Callable[[Plan], None]:
    from helpers.providers.fetching import estimate

    def show(plan: Plan) -> None:
        if not len(plan):
            print(f"{name}: everything from {start} to {end} is there; nothing to fetch")
            return
        minutes = sum(estimate(jobs) for jobs in plan.open.values()) / 60
        print(f"{name}, {start} to {end}: {len(plan):,} requests, about {_duration(minutes)}")
        for table, jobs in plan.open.items():
            if jobs:
                print(f"  {table:18} {len(jobs):>7,} requests  {_duration(estimate(jobs) / 60)}")
        print(
            "Stop it at any time: the same command goes on where it stopped. TABLES=… takes fewer tables.", flush=True
        )

    return show


def _duration(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _bar(jobs: list, name: str):
    from tqdm import tqdm

    return tqdm(jobs, desc=f"{name:18}", unit="request", disable=not sys.stderr.isatty())


def _tell(outcome, root: Path) -> int:
    from helpers.providers.tables_on_disk import Tables

    print(f"{len(outcome.fetched):,} replies stored in {root}")
    for change in outcome.revised:
        print(
            f"  revised by {change['endpoint']} {change['group']}: {change['rows']} rows of {change['column']}, "
            f"the first {change['first']}: {change['was']} is now {change['now']} (revisions.jsonl)"
        )
    for name, about in Tables(root).manifest()["tables"].items():
        mark = "new" if name in outcome.built else ""
        print(f"  {name:18} {about['rows']:>10,} rows  {about['first']} to {about['last']}  {mark}")
    for error, times in Counter(map(str, outcome.failed)).items():
        print(f"  not done{f' ({times} times)' if times > 1 else ''}: {error}", file=sys.stderr)
    return 1 if outcome.failed else 0


if __name__ == "__main__":
    sys.exit(main())
