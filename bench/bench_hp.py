"""One-sided HP against a loop of statsmodels filters over expanding windows.

Run ``python bench/bench_hp.py``. The loop is the definition taken literally: one two-sided solve per date. It takes
minutes at 5,000 points, so a spread of windows is timed and scaled to all of them (its solves grow smoothly
with the window, which is why a sample is fair); the one-sided filter is timed in full. Both are timed in the same
process, one thread. Exit code 1 when a target is missed or the two disagree.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from statsmodels.tsa.filters.hp_filter import hpfilter

from helpers.hp_filter import one_sided_hp, one_sided_hp_sweep

LAMB = 1_000.0
TARGETS = {500: 200.0, 5_000: 1_000.0}
SAMPLE = 100  # windows timed out of T
LINEAR = 3.0  # cost per point may differ by this much over 16 times the data; quadratic work would differ by 16


def best_time(call: Callable[[], object], repeats: int) -> float:
    """Shortest of a few runs, in seconds: the one least disturbed by the machine."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def walk(length: int) -> np.ndarray:
    return np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.02, length)))


def loop_time(y: np.ndarray, ends: np.ndarray) -> tuple[float, np.ndarray]:
    """Seconds for the two-sided solves ending at ``ends``, best of three passes, and their end points."""
    points = np.empty(len(ends))

    def one_pass() -> None:
        for i, end in enumerate(ends):
            points[i] = np.asarray(hpfilter(y[: end + 1], LAMB)[1])[-1]

    return best_time(one_pass, 3), points


def main() -> int:
    failed = False
    for length, target in TARGETS.items():
        y = walk(length)
        # Middle of each of SAMPLE equal stretches of window lengths: an unbiased mean of a smooth cost.
        ends = ((np.arange(SAMPLE) + 0.5) * length / SAMPLE).astype(int)
        sampled, points = loop_time(y, ends)
        loop = sampled * length / SAMPLE
        fast = best_time(lambda y=y: one_sided_hp(y, LAMB), 20)
        gap = np.abs(one_sided_hp(y, LAMB)[ends] - points).max()
        ok = loop / fast >= target and gap < 1e-8
        failed |= not ok
        print(
            f"T={length:>6,}: loop of statsmodels {loop:8.3f} s ({SAMPLE} of {length:,} windows timed, scaled); "
            f"one_sided_hp {fast * 1e3:7.3f} ms; ratio {loop / fast:8,.0f}x (target {target:,.0f}x); "
            f"largest difference {gap:.1e} {'ok' if ok else 'MISSED'}"
        )
    lengths = (5_000, 20_000, 80_000)
    times = {}
    for n in lengths:
        y = walk(n)
        times[n] = best_time(lambda y=y: one_sided_hp(y, LAMB), 20)
    per_point = {n: seconds / n * 1e9 for n, seconds in times.items()}
    growth = max(per_point.values()) / min(per_point.values())
    failed |= growth > LINEAR
    print(
        "growth: "
        + ", ".join(f"{n:,} points {ns:.0f} ns each" for n, ns in per_point.items())
        + f"; linear within {growth:.2f}x {'ok' if growth <= LINEAR else 'MISSED'}"
    )
    y, grid = walk(600), np.geomspace(1, 1e5, 60)
    single = best_time(lambda: [one_sided_hp(y, lamb) for lamb in grid], 5)
    swept = best_time(lambda: one_sided_hp_sweep(y, grid), 5)
    print(
        f"sweep of 60 lambdas at T=600: one by one {single * 1e3:.1f} ms, together {swept * 1e3:.1f} ms, "
        f"ratio {single / swept:.1f}x"
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
