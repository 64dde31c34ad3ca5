"""Nine years of rotation against bt, and a thousand parameter sets.

Run ``python bench/bench_rotation.py``. Both engines get the same orders (six of 31 assets every ten sessions, 2,200
sessions) and must agree; both are timed in the same process. bt's part is its run alone, without building the
strategy. Exit code 1 when a target is missed or the two disagree.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.backtest import backtest
from helpers.backtest.selection import select_top
from helpers.backtest.sweep import sweep

SESSIONS, ASSETS, TOP, EVERY = 2_200, 31, 6, 10
TARGET_RATIO, TARGET_SWEEP = 200.0, 20.0


def best_time(call: Callable[[], object], repeats: int) -> float:
    """Shortest of a few runs, in seconds: the one least disturbed by the machine."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def market() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Prices and weekly scores of a market of random walks."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2017-01-09", periods=SESSIONS)
    names = [f"industry {i:02d}" for i in range(ASSETS)]
    prices = pd.DataFrame(100 * np.exp(rng.normal(0.0002, 0.015, (SESSIONS, ASSETS)).cumsum(axis=0)), days, names)
    scores = pd.DataFrame(rng.normal(size=(len(days[:-1:5]), ASSETS)), days[:-1:5], names)
    return prices, scores


def bt_strategy(weights: pd.DataFrame, prices: pd.DataFrame):
    """Return a fresh bt backtest of the same orders; it fills at the close it is given, so the lag is in the dates."""
    import bt

    orders = weights.set_axis(prices.index[prices.index.get_indexer(weights.index) + 1])
    algos = [
        bt.algos.RunOnDate(*orders.index),
        bt.algos.SelectAll(),
        bt.algos.WeighTarget(orders),
        bt.algos.Rebalance(),
    ]
    return bt.Backtest(bt.Strategy("s", algos), prices, integer_positions=False, progress_bar=False)


def against_bt(prices: pd.DataFrame, scores: pd.DataFrame) -> bool:
    """Time both engines and compare their wealth."""
    weights = select_top(scores.iloc[:: EVERY // 5], TOP)
    theirs = [bt_strategy(weights, prices) for _ in range(5)]
    slow = min(best_time(one.run, 1) for one in theirs)
    fast = best_time(lambda: backtest(weights, prices), 50)
    nav = backtest(weights, prices).nav
    gap = np.abs(theirs[0].strategy.prices.reindex(nav.index) / 100 / nav - 1).max()
    ok = slow / fast >= TARGET_RATIO and gap < 1e-10
    print(
        f"backtest of {SESSIONS:,} sessions x {ASSETS}: bt {slow * 1e3:.0f} ms; backtest {fast * 1e3:.2f} ms; "
        f"ratio {slow / fast:,.0f}x (target {TARGET_RATIO:.0f}x); largest difference {gap:.1e} "
        f"{'ok' if ok else 'MISSED'}"
    )
    return ok


def thousand_sets(prices: pd.DataFrame, scores: pd.DataFrame) -> bool:
    """Time a sweep over a thousand parameter sets in this one process."""
    signals = {f"mean of {k}": scores.rolling(k, min_periods=1).mean() for k in (1, 2, 4, 8)}
    grid = {
        "signal": signals,
        "top_n": range(3, 13, 2),
        "every": range(1, 6),
        "lag": [1, 2],
        "cost_bps": range(0, 25, 5),
    }
    base = prices.pct_change().fillna(0).mean(axis=1)
    begun = time.perf_counter()
    table = sweep(signals, prices, grid, benchmark=base, periods_per_year=250)
    seconds = time.perf_counter() - begun
    ok = len(table) == 1_000 and seconds < TARGET_SWEEP
    print(
        f"sweep of {len(table):,} parameter sets: {seconds:.1f} s in one process (target < {TARGET_SWEEP:.0f} s) "
        f"{'ok' if ok else 'MISSED'}"
    )
    return ok


def main() -> int:
    warnings.simplefilter("ignore")
    prices, scores = market()
    results = [against_bt(prices, scores), thousand_sets(prices, scores)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
