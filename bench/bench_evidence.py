"""What a job costs: from one process to two, and from a hundred jobs to ten thousand.

Run ``python bench/bench_evidence.py``. A job evaluates one rotation of ten years; the same sweep is run alone, on two
processes, and again from the store. Exit code 1 when the numbers differ by a bit, or a job of ten thousand costs more
than twice one of a hundred.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.evidence.grid import evaluate
from helpers.jobs import run_jobs

SESSIONS, ASSETS, MOST_GROWTH = 500, 31, 2.0


@cache
def prices() -> pd.DataFrame:
    """A market of random walks."""
    rng, days = np.random.default_rng(0), pd.bdate_range("2016-01-04", periods=SESSIONS)
    return pd.DataFrame(np.exp(rng.normal(0, 0.015, (SESSIONS, ASSETS)).cumsum(axis=0)), days)


def one(seed: int) -> pd.DataFrame:
    """Evaluate six of 31 assets, drawn every ten sessions."""
    closes, rng = prices(), np.random.default_rng(seed)
    dates = closes.index[:-2:10]
    weights = (rng.random((1, len(dates), ASSETS)).argsort(axis=2) < 6) / 6
    found = evaluate(weights, dates, closes, lag=1, cost_bps=10.0)
    return pd.DataFrame({"net": [found.net[0].sum()], "turnover": found.turnover})


def cost(number: int, **options) -> tuple[float, dict]:
    """Return milliseconds of wall time a job, and the results."""
    tasks, begun = {f"job-{k}": {"seed": k} for k in range(number)}, time.perf_counter()
    done = run_jobs(one, tasks, **options)
    return 1e3 * (time.perf_counter() - begun) / number, done


def main() -> int:
    """Print the table and check it."""
    one(0)
    rows, same = {}, True
    for number in (100, 1_000, 10_000):
        alone, first = cost(number)
        two, second = cost(number, workers=2)
        same &= all(first[name].equals(second[name]) for name in first)
        rows[number] = alone, two
        print(
            f"{number:6,} jobs: {alone:6.2f} ms a job alone, {two:6.2f} ms on two processes ({alone / two:.2f} times)"
        )
    with tempfile.TemporaryDirectory() as folder:
        write, _ = cost(1_000, store=Path(folder))
        again, _ = cost(1_000, store=Path(folder))
    print(f" 1,000 jobs: {write:6.2f} ms a job with every result stored, {again:6.2f} ms read again")
    growth = rows[10_000][0] / rows[100][0]
    print(f"ten thousand jobs cost {growth:.2f} times a hundred, each; the numbers are {'the same' if same else 'NOT'}")
    return 0 if same and growth < MOST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
