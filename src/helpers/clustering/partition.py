"""Groups from distances: linkage or affinity propagation, each group's medoid, and how separate the groups are."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

METHODS = ("linkage", "affinity")
LINKAGES = ("average", "complete", "single", "ward")
DAMPING = 0.8
_LIFT = 1e-3


def cluster(
    distance: np.ndarray,
    method: str = "linkage",
    linkage_method: str = "average",
    count: int | None = None,
    threshold: float | None = None,
    damping: float = DAMPING,
) -> np.ndarray:
    """Group N things by their N x N distances.

    Parameters
    ----------
    distance : ndarray
        N x N, symmetric, zero diagonal.
    method : {"linkage", "affinity"}
        ``affinity`` runs affinity propagation (:func:`affinity`, which also tells whether it converged); it sets the
        number itself and ignores ``count`` and ``threshold``.
    linkage_method : {"average", "complete", "single", "ward"}
        Only for ``linkage``. Ward is exact here because the correlation distance is Euclidean.
    count : int, optional
        Number of clusters (capped at N).
    threshold : float, optional
        Cut height; used when ``count`` is None.
    damping : float
        Of :func:`affinity`.

    Returns
    -------
    ndarray of int
        Labels 0, 1, ... numbered by first appearance, length N.

    Raises
    ------
    ValueError
        For an unknown method or linkage, or when neither ``count`` nor ``threshold`` is given.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if linkage_method not in LINKAGES:
        raise ValueError(f"linkage must be one of {', '.join(LINKAGES)}, not {linkage_method!r}")
    if len(distance) < 2:
        return np.zeros(len(distance), dtype=int)
    if method == "affinity":
        return affinity(distance, damping)[0]
    return cut_tree(grow_tree(distance, linkage_method), count, threshold)


def grow_tree(distance: np.ndarray, linkage_method: str) -> np.ndarray:
    """Return scipy's linkage matrix of N x N distances; one tree can be cut many times (:func:`cut_tree`).

    Parameters
    ----------
    distance : ndarray
        N × N, symmetric.
    linkage_method : str
        As scipy names it: ``average``, ``ward``, …

    Returns
    -------
    ndarray
        (N - 1) × 4.
    """
    return linkage(squareform(distance, checks=False), method=linkage_method)


def cut_tree(tree: np.ndarray, count: int | None = None, threshold: float | None = None) -> np.ndarray:
    """Cut a tree into ``count`` clusters, or at a distance; labels and errors as for :func:`cluster`.

    Parameters
    ----------
    tree : ndarray
        Of :func:`grow_tree`, (N - 1) × 4.
    count : int, optional
        Number of clusters; N where it is larger.
    threshold : float, optional
        Height at which to cut, in the unit of the distances; used where ``count`` is None.

    Returns
    -------
    ndarray
        Labels, length N, numbered as first seen.

    Raises
    ------
    ValueError
        If neither is given, or ``count`` is below 1.
    """
    if count is None and threshold is None:
        raise ValueError("give count (number of clusters) or threshold (cut height)")
    if count is None:
        return _first_seen(fcluster(tree, threshold, criterion="distance"))
    if count < 1:
        raise ValueError(f"count must be at least 1, not {count}")
    return _first_seen(fcluster(tree, min(count, len(tree) + 1), criterion="maxclust"))


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    """Compare two partitions of the same N things: 1 the same, 0 what chance gives (Hubert and Arabie).

    Parameters
    ----------
    a, b : ndarray
        Labels of any kind, length N.

    Returns
    -------
    float
        At most 1; below 0 where two partitions agree less than chance lets them.

    Notes
    -----
    The same number as scikit-learn's ``adjusted_rand_score`` without its checks, which cost most of the time: about
    fifteen times as fast on 300 labels and on 1,500 (``bench/bench_clustering.py``); chapter 03 asks for thousands.
    """
    (left, lefts), (right, rights) = pd.factorize(np.asarray(a)), pd.factorize(np.asarray(b))
    table = np.bincount(left * len(rights) + right, minlength=len(lefts) * len(rights)).reshape(-1, len(rights))
    n, both = len(left), int((table**2).sum())
    in_a, in_b = int((table.sum(axis=1) ** 2).sum()), int((table.sum(axis=0) ** 2).sum())
    tp, fp, fn, tn = both - n, in_b - both, in_a - both, n * n + both - in_a - in_b
    if fp == 0 and fn == 0:
        return 1.0
    return 2.0 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


def affinity(distance: np.ndarray, damping: float = DAMPING) -> tuple[np.ndarray, bool]:
    r"""Group N things by affinity propagation, which finds the number of groups itself.

    Messages about who stands for whom are passed on the similarity :math:`-d^2` until the same members stand for their
    groups for a while: five times the messages' memory, :math:`5/(1-\text{damping})` rounds.

    Parameters
    ----------
    distance : ndarray
        N x N, symmetric, zero diagonal.
    damping : float, default 0.8
        Share of the old message in the new one, from 0.5 to below 1. More of it calms a run that does not settle.

    Returns
    -------
    labels : ndarray of int
        0, 1, ... numbered by first appearance, length N.
    converged : bool
        False if the messages still changed after :math:`80/(1-\text{damping})` rounds; the groups are then those of
        the last round, and another order of the same things may give others.

    Raises
    ------
    ValueError
        For a damping outside [0.5, 1).

    Notes
    -----
    All have the median similarity as their preference. In a close pair that is far from all else either may stand for
    the other; with equal preferences the rounding of sums decides that, or nothing does and both stand alone. Ties are
    therefore broken by a rule: the one nearer to all others has the higher preference, by a thousandth of the median
    at most; of exact twins the later one has it.
    """
    from sklearn.cluster import AffinityPropagation  # a second to import, and only this needs it
    from sklearn.exceptions import ConvergenceWarning

    if not 0.5 <= damping < 1.0:
        raise ValueError(f"damping must lie in [0.5, 1), not {damping}")
    similarity, memory = -(distance**2), 1.0 / (1.0 - damping)
    model = AffinityPropagation(
        affinity="precomputed",
        damping=damping,
        preference=_preferences(similarity),
        convergence_iter=round(5 * memory),
        max_iter=round(80 * memory),
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said by the second value
        labels = model.fit(similarity).labels_
    labels = np.where(labels < 0, np.arange(len(labels)) + len(labels), labels)
    return _first_seen(labels), model.n_iter_ < model.max_iter


def _preferences(similarity: np.ndarray) -> np.ndarray:
    """The median similarity for all, lifted a little the nearer one is to all others: no two are alike."""
    nearness = np.round(similarity.sum(axis=1), 9)  # exact twins differ in the last digits only
    rank = np.empty(len(nearness))
    rank[np.argsort(nearness, kind="stable")] = np.arange(len(nearness))
    return np.median(similarity) * (1.0 - _LIFT * rank / len(rank))


def _first_seen(labels: np.ndarray) -> np.ndarray:
    return pd.factorize(labels)[0]


def medoids(distance: np.ndarray, labels: np.ndarray, turnover: np.ndarray | None = None) -> np.ndarray:
    """Find the member of each cluster nearest to the others; ties go to the higher turnover, then to the first.

    Parameters
    ----------
    distance : ndarray
        N x N.
    labels : ndarray of int
        0 .. K-1, length N.
    turnover : ndarray, optional
        Length N; NaN counts as nothing.

    Returns
    -------
    ndarray of int
        Position of the medoid of each cluster, length K.
    """
    member = np.eye(labels.max() + 1)[labels]
    total = np.round((distance @ member)[np.arange(len(labels)), labels], 9)
    tie = np.zeros(len(labels)) if turnover is None else -np.nan_to_num(np.asarray(turnover, dtype=float))
    order = np.lexsort((np.arange(len(labels)), tie, total, labels))
    return order[np.searchsorted(labels[order], np.arange(labels.max() + 1))]


def silhouette(distance: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Measure how much nearer each member is to its own cluster than to the next one.

    Parameters
    ----------
    distance : ndarray
        N x N.
    labels : ndarray of int
        0 .. K-1.

    Returns
    -------
    ndarray
        Length N in [-1, 1]; 0 for a member that is alone and for everyone when there is one cluster.

    Notes
    -----
    The same numbers as scikit-learn's ``silhouette_samples`` on distances, which refuses one cluster and N clusters,
    both of which occur in a grid of choices; about 4 times as fast for 300 members and twice for 1,500
    (``bench/bench_clustering.py``).
    """
    member = np.eye(labels.max() + 1)[labels]
    size = member.sum(axis=0)
    rows = np.arange(len(labels))
    total = distance @ member
    own = total[rows, labels] / np.maximum(size[labels] - 1, 1)
    mean = total / size
    mean[rows, labels] = np.inf
    other = mean.min(axis=1)
    if len(size) < 2:
        return np.zeros(len(labels))
    worst = np.maximum(own, other)
    score = np.divide(other - own, worst, out=np.zeros_like(own), where=worst > 0)
    return np.where(size[labels] > 1, score, 0.0)
