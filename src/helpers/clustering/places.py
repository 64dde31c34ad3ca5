"""Where the article's assets stand among labelled clusters: as series for a page, as arrays for the claims' tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from helpers.clustering.claims_data import ASSETS
from helpers.dedup.index_keys import normalise_code, normalise_name

__all__ = ["Places", "World", "world"]


@dataclass(frozen=True)
class Places:
    """Where the indices of one or many sets stand, month by month.

    Attributes
    ----------
    labels : ndarray of int, shape (sets, indices, months)
        Label of each index; -1 where it is not in the universe.
    corr : ndarray, same shape
        Mean correlation with all other indices, NaN likewise.
    """

    labels: np.ndarray
    corr: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """Whether each index is in the universe."""
        return self.labels >= 0


@dataclass(frozen=True)
class World:
    """What claims are tested on.

    Attributes
    ----------
    labels : DataFrame
        Label of each index key (rows) at each month end (columns); missing where it is not in the universe.
    market_corr : DataFrame
        Mean correlation with all other indices, same shape.
    """

    labels: pd.DataFrame
    market_corr: pd.DataFrame

    def keys(self, name: str) -> list[str]:
        """Return the keys that can stand for an asset.

        Parameters
        ----------
        name : str
            In :data:`helpers.clustering.claims_data.ASSETS`.

        Returns
        -------
        list of str
            In order of preference; empty where none is in the universe.
        """
        asset = ASSETS[name]
        wanted = [normalise_code(c)[0] for c in asset.codes] + [normalise_name(n)[0] for n in asset.names]
        return [key for key in dict.fromkeys(wanted) if key in self.labels.index]

    def of(self, name: str, table: str = "labels") -> pd.Series:
        """Follow an asset through the months.

        Parameters
        ----------
        name : str
            As for :meth:`keys`.
        table : {"labels", "market_corr"}
            What to follow.

        Returns
        -------
        Series
            By month end; NaN where it is not in the universe.
        """
        keys, values = self.keys(name), getattr(self, table)
        if not keys:
            return pd.Series(np.nan, index=values.columns)
        rows = self.labels.index.get_indexer(keys)
        standing = np.isfinite(self.labels.to_numpy()[rows])
        first = standing.argmax(axis=0)
        picked = values.to_numpy()[rows[first], np.arange(values.shape[1])]
        return pd.Series(np.where(standing.any(axis=0), picked, np.nan), index=values.columns)

    def frame(self, names: Iterable[str]) -> pd.DataFrame:
        """Return the labels of several assets.

        Parameters
        ----------
        names : iterable of str
            As for :meth:`keys`.

        Returns
        -------
        DataFrame
            Assets × months.
        """
        return pd.DataFrame({name: self.of(name) for name in names}).T

    def places(self, names: Iterable[str]) -> Places:
        """Return where several assets stand, as one set.

        Parameters
        ----------
        names : iterable of str
            As for :meth:`keys`.

        Returns
        -------
        Places
            Of one set.
        """
        names = list(names)
        shape = (1, len(names), len(self.dates))
        corr = np.array([self.of(name, "market_corr") for name in names], dtype=float).reshape(shape)
        return Places(_whole(np.array([self.of(name) for name in names], dtype=float).reshape(shape)), corr)

    def places_at(self, rows: np.ndarray) -> Places:
        """Return where sets of indices stand.

        Parameters
        ----------
        rows : ndarray of int, shape (sets, indices)
            Positions in :attr:`labels`.

        Returns
        -------
        Places
        """
        return Places(self.grid[rows], self.market_corr.to_numpy()[rows])

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The month ends."""
        return pd.DatetimeIndex(self.labels.columns)

    @cached_property
    def grid(self) -> np.ndarray:
        """Labels as whole numbers, keys × months; -1 where missing."""
        return _whole(self.labels.to_numpy(dtype=float))

    @cached_property
    def sizes(self) -> np.ndarray:
        """Members of each label at each month, labels × months."""
        count = int(self.grid.max(initial=-1)) + 1
        return np.array([np.bincount(month[month >= 0], minlength=count) for month in self.grid.T]).T

    @cached_property
    def flows(self) -> np.ndarray:
        """Members that went from one label to another, (months - 1) × labels before × labels after."""
        count = len(self.sizes)
        pairs = zip(self.grid.T, self.grid.T[1:], strict=False)
        there = [(a[(a >= 0) & (b >= 0)], b[(a >= 0) & (b >= 0)]) for a, b in pairs]
        both = [np.bincount(a * count + b, minlength=count * count).reshape(count, count) for a, b in there]
        return np.array(both).reshape(len(self.dates) - 1, count, count)


def world(labelled: pd.DataFrame) -> World:
    """Arrange labelled clusters for the tests of the claims.

    Parameters
    ----------
    labelled : DataFrame
        Of :func:`helpers.clustering.migration.carry_labels`, with ``key`` and ``market_corr``.

    Returns
    -------
    World
    """
    wide = labelled.pivot(index="key", columns="date", values=["label", "market_corr"]).astype(float)
    return World(wide["label"], wide["market_corr"])


def _whole(labels: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(labels), labels, -1).astype(int)
