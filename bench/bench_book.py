"""Processor seconds of every chapter, and the cells or functions that take most of them.

Each chapter runs in a process of its own, as in ``make book``, without the notebook around it (papermill and a kernel,
some 3 s a chapter). Processor time is measured, so a busy machine does not tilt the numbers much; a slow one does.

Run alone: ``python bench/bench_book.py [--run RUN] [--functions] [CHAPTER ...]``, a chapter by its number;
``--functions`` lists the library's dearest functions instead of the dearest cells.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from helpers.execute import prepare
from helpers.params import load_params
from helpers.press.chapters import DEMO, Chapter, find_chapters
from helpers.press.straight import Gaps
from helpers.tables import MissingTable

ROOT = Path(__file__).resolve().parents[1]
TARGET_CHAPTER, TARGET_MEAN = 25.0, 100 / 7


def measure(chapter: Chapter, run: str, functions: bool) -> dict:
    """Run a chapter in a fresh process; its processor seconds, and its parts as (name, seconds), dearest first."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = ["--inside", str(chapter.path), "--run", run, *(["--functions"] if functions else [])]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, __file__, *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    parts = sorted(json.loads(done.stdout.splitlines()[-1]), key=lambda part: -part[1])
    return {"chapter": chapter.name, "seconds": round(seconds, 1), "parts": parts}


def run_inside(chapter: Chapter, run: str, functions: bool) -> list[tuple[str, float]]:
    """Run the cells of a chapter in this process, outputs formatted and thrown away."""
    profile = cProfile.Profile() if functions else None
    cells = list(_timed(chapter, run, profile))
    return cells if profile is None else _library_functions(profile)


def _timed(chapter: Chapter, run: str, profile: cProfile.Profile | None) -> Iterator[tuple[str, float]]:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    settings = load_params(ROOT / "params" / f"{run}.yaml")
    shell, gaps, heading = InteractiveShell.instance(), Gaps(), "start"
    yield heading, time.process_time()
    for number, cell in enumerate(chapter.cells):
        if not cell.is_code:
            heading = next((line for line in cell.source.splitlines() if line.startswith("#")), heading)
            continue
        if gaps.reason(cell.source) or (DEMO in cell.tags and settings.source != "demo"):
            continue
        begun = time.process_time()
        with capture_output():
            if profile:
                profile.enable()
            result = shell.run_cell(cell.source)
            if profile:
                profile.disable()
        if isinstance(result.error_in_exec, MissingTable):
            gaps.begin(cell.source, str(result.error_in_exec))
        else:
            result.raise_error()
        yield f"cell {number}, {heading.strip('# ')}", time.process_time() - begun
        if "parameters" in cell.tags:
            shell.user_ns.update(chapter.parameters(settings))


def _library_functions(profile: cProfile.Profile) -> list[tuple[str, float]]:
    """Seconds by function of the library, with all it calls."""
    rows = pstats.Stats(profile).stats.items()
    ours = [(Path(file), name, row[3], row[1]) for (file, _, name), row in rows if "/helpers/" in file]
    return [(f"{file.parent.name}/{file.stem}.{name} ({calls} calls)", spent) for file, name, spent, calls in ours]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("chapters", nargs="*")
    parser.add_argument("--run", default="demo")
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        print(json.dumps(run_inside(Chapter(args.inside), args.run, args.functions)))
        return 0
    prepare(load_params(ROOT / "params" / f"{args.run}.yaml"))
    found, shown = [], 12 if args.functions else 4
    for chapter in find_chapters(ROOT / "book"):
        if args.chapters and chapter.name not in args.chapters and chapter.name[:2] not in args.chapters:
            continue
        one = measure(chapter, args.run, args.functions)
        print(f"{one['chapter']:24} {one['seconds']:6.1f} s", flush=True)
        for name, seconds in one["parts"][:shown]:
            print(f"    {seconds:6.1f} s  {name}", flush=True)
        found.append(one)
    total, worst = sum(one["seconds"] for one in found), max(one["seconds"] for one in found)
    good = total <= TARGET_MEAN * len(found) and worst <= TARGET_CHAPTER
    print(
        f"{len(found)} chapters of {args.run}: {total:.0f} s (target {TARGET_MEAN * len(found):.0f} s), the longest "
        f"{worst:.0f} s (target {TARGET_CHAPTER:.0f} s) {'ok' if good else 'MISSED'}"
    )
    seconds_by_chapter = {one["chapter"]: one["seconds"] for one in found}
    print(json.dumps({"bench": "book", "run": args.run, "seconds": seconds_by_chapter, "passed": good}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
