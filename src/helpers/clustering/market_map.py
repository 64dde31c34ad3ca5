"""A map of the market: positions from distances, and the tree that joins nearest neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import minimum_spanning_tree


def map_positions(distance: np.ndarray) -> np.ndarray:
    """Place N things in a plane so that their distances are kept as well as a plane allows (classical scaling).

    Parameters
    ----------
    distance : ndarray
        N x N.

    Returns
    -------
    ndarray
        N x 2; the axes are those of largest spread, with signs fixed so that the same input gives the same map.
    """
    n = len(distance)
    square = distance**2
    centred = -0.5 * (square - square.mean(axis=0) - square.mean(axis=1)[:, None] + square.mean())
    values, vectors = np.linalg.eigh(centred)
    top = np.argsort(values)[::-1][: min(2, n)]
    place = vectors[:, top] * np.sqrt(np.maximum(values[top], 0.0))
    place *= np.where(place[np.abs(place).argmax(axis=0), np.arange(len(top))] < 0, -1.0, 1.0)
    return np.pad(place, ((0, 0), (0, 2 - place.shape[1])))


def map_share(distance: np.ndarray) -> float:
    """Return the share of the (positive) variance that two dimensions show: how far to trust the map.

    Parameters
    ----------
    distance : ndarray
        N × N.

    Returns
    -------
    float
        In [0, 1]; NaN where all distances are 0.
    """
    square = distance**2
    centred = -0.5 * (square - square.mean(axis=0) - square.mean(axis=1)[:, None] + square.mean())
    values = np.sort(np.maximum(np.linalg.eigvalsh(centred), 0.0))[::-1]
    return float(values[:2].sum() / values.sum()) if values.sum() > 0 else float("nan")


def spanning_tree(distance: np.ndarray) -> pd.DataFrame:
    """Join all things by the N - 1 shortest links that leave none apart (minimum spanning tree).

    Parameters
    ----------
    distance : ndarray
        N x N. Zero distances between different things count as very short, not as absent.

    Returns
    -------
    DataFrame
        ``a, b`` (positions, a < b) and ``distance``, shortest first.
    """
    tree = minimum_spanning_tree(distance + 1.0).tocoo()  # the same tree, and no zero is taken for "no link"
    a, b = np.minimum(tree.row, tree.col), np.maximum(tree.row, tree.col)
    links = pd.DataFrame({"a": a, "b": b, "distance": distance[a, b]})
    return links.sort_values(["distance", "a", "b"], ignore_index=True)
