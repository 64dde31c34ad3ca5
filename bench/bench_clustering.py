"""Correlation and clustering of a whole market, month after month, beside scikit-learn and skfolio.

Run ``python bench/bench_clustering.py``. Each library first does the same on complete data: Pearson distance, Ward's
linkage, 40 clusters, and must find the same partition. Then a generated market of 1,500 funds on 30 factors, 250 days
a month end, one fund in five with gaps, is clustered at 120 month ends, and the cost is shown to grow with the months
(linearly) and the funds (about quadratically). Processor time of one thread is measured, so a busy machine does not
tilt the numbers. Exit code 1 when the target is missed or a partition differs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from helpers.clustering import cluster, medoids, silhouette
from helpers.clustering.partition import adjusted_rand
from helpers.correlation import correlation_distance

DAYS, FUNDS, MONTHS, STEP, COUNT = 250, 1_500, 120, 21, 40
TARGET_SECONDS = 30.0


def market(funds: int, months: int, gaps: float, seed: int = 0) -> np.ndarray:
    """Daily returns of ``funds`` funds, each on one of 30 factors and the market, over all the days needed."""
    rng = np.random.default_rng(seed)
    days = DAYS + STEP * (months - 1)
    factors = rng.normal(size=(days, 30)) + rng.normal(size=(days, 1))
    returns = factors[:, rng.integers(0, 30, funds)] + 0.5 * rng.normal(size=(days, funds))
    returns[(rng.random(returns.shape) < 0.03) & (rng.random(funds) < gaps)] = np.nan
    return 0.01 * returns


def all_months(returns: np.ndarray) -> float:
    """Processor seconds for the clusters, representatives and silhouettes of every month end."""
    begun = time.process_time()
    for start in range(0, len(returns) - DAYS + 1, STEP):
        distance = correlation_distance(returns[start : start + DAYS])
        labels = cluster(distance, linkage_method="ward", count=COUNT)
        medoids(distance, labels)
        silhouette(distance, labels)
    return time.process_time() - begun


def best(call: Callable[[], object], repeats: int = 3) -> tuple[float, object]:
    """Shortest of a few runs, in processor seconds, and the result of the last."""
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        result = call()
        times.append(time.process_time() - begun)
    return min(times), result


def by_scikit_learn(returns: np.ndarray) -> np.ndarray:
    z = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    return AgglomerativeClustering(COUNT, linkage="ward").fit_predict(z.T)


def by_skfolio(returns: np.ndarray) -> np.ndarray:
    from skfolio.cluster import HierarchicalClustering, LinkageMethod
    from skfolio.distance import PearsonDistance

    distance = PearsonDistance().fit(returns).distance_
    names = [str(i) for i in range(len(distance))]
    frame = pd.DataFrame(distance, index=names, columns=names)
    return HierarchicalClustering(max_clusters=COUNT, linkage_method=LinkageMethod.WARD).fit(frame).labels_


def ours(returns: np.ndarray) -> np.ndarray:
    return cluster(correlation_distance(returns), linkage_method="ward", count=COUNT)


def beside(funds: int) -> bool:
    """Time one month with each library on complete data; whether all find the same partition."""
    returns = market(funds, 1, gaps=0.0)
    own, labels = best(lambda: ours(returns))
    sklearn, other = best(lambda: by_scikit_learn(returns))
    skfolio, third = best(lambda: by_skfolio(returns))
    same = adjusted_rand_score(labels, other)
    near = adjusted_rand_score(labels, third)
    print(
        f"{funds:5d} funds, one month: {own * 1e3:7.1f} ms; scikit-learn {sklearn / own:4.1f} times that "
        f"(agreement {same:.3f}), skfolio {skfolio / own:4.1f} times (agreement {near:.3f})"
    )
    return min(same, near) > 0.999


def measures(funds: int) -> bool:
    """Time silhouette and adjusted Rand index beside scikit-learn's; whether the numbers are the same."""
    distance = correlation_distance(market(funds, 1, gaps=0.0))
    np.fill_diagonal(distance, 0.0)
    labels = cluster(distance, linkage_method="ward", count=COUNT)
    shuffled = np.random.default_rng(0).permutation(labels)
    own, ours_silhouette = best(lambda: silhouette(distance, labels), 20)
    theirs, silhouettes = best(lambda: silhouette_samples(distance, labels, metric="precomputed"), 20)
    rand, ours_rand = best(lambda: adjusted_rand(labels, shuffled), 50)
    their_rand, other_rand = best(lambda: adjusted_rand_score(labels, shuffled), 50)
    print(
        f"{funds:5d} funds, scikit-learn beside ours: silhouette {theirs / own:4.1f} times, adjusted Rand index "
        f"{their_rand / rand:4.1f} times"
    )
    return bool(np.allclose(ours_silhouette, silhouettes) and np.isclose(ours_rand, other_rand))


def main() -> int:
    agree = all([beside(funds) for funds in (300, 750, FUNDS)]) and all([measures(300), measures(FUNDS)])
    for months in (15, 30, 60):
        print(f"{FUNDS} funds, {months:3d} month ends: {all_months(market(FUNDS, months, gaps=0.2)):6.2f} s")
    for funds in (375, 750):
        print(f"{funds:5d} funds, 30 month ends: {all_months(market(funds, 30, gaps=0.2)):6.2f} s")
    seconds = all_months(market(FUNDS, MONTHS, gaps=0.2))
    print(f"{FUNDS} funds, {MONTHS} month ends: {seconds:6.2f} s (target {TARGET_SECONDS:.0f} s)")
    return 0 if agree and seconds < TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
