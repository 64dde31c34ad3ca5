"""The funds of each date, their returns and distances: decided once, however many clusterings ask for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from helpers.clustering.partition import DAMPING, LINKAGES, affinity, cluster, cut_tree, grow_tree
from helpers.correlation import clip_returns, correlation_distance, trailing_returns, wide_prices
from helpers.dedup import DedupResult, dedup_by_index

Decided = TypeVar("Decided")


@dataclass(frozen=True)
class Settings:
    """Every choice of a monthly clustering.

    Attributes
    ----------
    lookback : int
        Sessions of daily returns.
    min_share : float
        Least share of those returns a fund must have.
    clip : float, optional
        See :func:`helpers.correlation.clip_returns`; None uses returns as they are.
    shrinkage : float or "auto"
        See :func:`helpers.correlation.correlation_distance`.
    method : {"linkage", "affinity"}
        Hierarchical clustering cut once, or affinity propagation.
    linkage : {"average", "complete", "single", "ward"}
        How the distance between two groups is measured.
    count : int, optional
        Number of clusters; None cuts at ``threshold``.
    threshold : float
        Distance at which the tree is cut when ``count`` is None.
    damping : float
        Of affinity propagation; see :func:`helpers.clustering.partition.affinity`.
    min_amount, window, measure, survivor, keys
        Of :func:`helpers.dedup.dedup_by_index`; ``keys=None`` keeps every liquid fund (no dedup).
    """

    lookback: int = 120
    min_share: float = 0.9
    clip: float | None = 4.0
    shrinkage: float | str = 0.0
    method: str = "affinity"
    linkage: str = "ward"
    count: int | None = 30
    threshold: float = 1.0
    damping: float = DAMPING
    min_amount: float = 1e7
    window: int = 60
    measure: str = "median"
    survivor: str = "earliest"
    keys: str | None = "normalised"


_CHOSEN = ("min_amount", "window", "measure", "survivor", "keys")
_SAMPLED = (*_CHOSEN, "lookback", "min_share", "clip")
_MEASURED = (*_SAMPLED, "shrinkage")
_GROWN = (*_MEASURED, "linkage")
_GROUPED = (*_GROWN, "method", "count", "threshold", "damping")


class Samples:
    """What clusterings of one market start from, at any date and under any settings.

    One fund per index, a fund's returns, the distances between funds and their groups each follow from a date and from
    a few of the settings. They are worked out when first asked for and kept: settings that differ in the cut of a tree
    share the tree's distances, settings that differ in the window share the funds. A date uses only days up to it.

    Parameters
    ----------
    etf_daily, etf_list : DataFrame
        Canonical tables.

    Attributes
    ----------
    etf_list : DataFrame
        As given.
    prices : DataFrame
        Sessions x funds, of :func:`helpers.correlation.wide_prices`.

    Examples
    --------
    >>> samples = Samples(etf_daily, etf_list)  # doctest: +SKIP
    >>> funds, returns = samples.at(dates[-1], Settings(lookback=60))  # doctest: +SKIP
    """

    def __init__(self, etf_daily: pd.DataFrame, etf_list: pd.DataFrame) -> None:
        self.etf_list = etf_list
        self.prices = wide_prices(etf_daily)
        self._daily = etf_daily.sort_values("date", kind="stable")
        self._kept: dict[tuple, object] = {}

    def dedup(self, date: pd.Timestamp, settings: Settings) -> DedupResult:
        """Decide which funds stand at a date: one per index, or every liquid fund when ``settings.keys`` is None.

        Parameters
        ----------
        date : Timestamp
            Last day known.
        settings : Settings
            The choices.

        Returns
        -------
        DedupResult
            Who stays, and who goes by which rule.
        """
        return self._once(_CHOSEN, date, settings, lambda: self._dedup(date, settings))

    def representatives(self, date: pd.Timestamp, settings: Settings) -> pd.DataFrame:
        """Take the funds that stand at a date, whether or not they have the returns to be clustered.

        Parameters
        ----------
        date : Timestamp
            Last day known.
        settings : Settings
            The choices.

        Returns
        -------
        DataFrame
            As :attr:`helpers.dedup.DedupResult.representatives`.
        """
        return self.dedup(date, settings).representatives

    def at(self, date: pd.Timestamp, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Take the funds of a date that have enough returns, and these returns.

        Parameters
        ----------
        date : Timestamp
            Last day used.
        settings : Settings
            The choices.

        Returns
        -------
        tuple of DataFrame
            Funds (rows of the representatives, by key) and sessions x funds (clipped, in the same order).

        Raises
        ------
        ValueError
            If no fund passes the filters.
        """
        funds, returns = self._once(_SAMPLED, date, settings, lambda: self._at(date, settings))
        return funds.copy(deep=False), returns.copy(deep=False)

    def distance(self, date: pd.Timestamp, settings: Settings) -> np.ndarray:
        """Measure the distances between the funds of :meth:`at`, N x N, read-only.

        Parameters
        ----------
        date, settings
            As for :meth:`at`.

        Returns
        -------
        ndarray
            N × N, from 0 (same) to 2 (opposite).
        """
        return self._once(_MEASURED, date, settings, lambda: self._distance(date, settings))

    def groups(self, date: pd.Timestamp, settings: Settings) -> np.ndarray:
        """Cluster the funds of :meth:`at`: labels of :func:`helpers.clustering.cluster`, length N, read-only.

        Parameters
        ----------
        date, settings
            As for :meth:`at`.

        Returns
        -------
        ndarray
            Labels, length N.
        """
        return self._once(_GROUPED, date, settings, lambda: self._groups(date, settings))[0]

    def converged(self, date: pd.Timestamp, settings: Settings) -> bool:
        """Whether the method of :meth:`groups` came to an end: affinity propagation may not, linkage always does.

        Parameters
        ----------
        date, settings
            As for :meth:`at`.

        Returns
        -------
        bool
            False where the groups are those of an unfinished search.
        """
        return self._once(_GROUPED, date, settings, lambda: self._groups(date, settings))[1]

    def _once(
        self, fields: tuple[str, ...], date: pd.Timestamp, settings: Settings, make: Callable[[], Decided]
    ) -> Decided:
        key = (date, *((name, getattr(settings, name)) for name in fields))
        if key not in self._kept:
            self._kept[key] = made = make()
            for part in made if isinstance(made, tuple) else (made,):
                if isinstance(part, np.ndarray):
                    part.setflags(write=False)
        return self._kept[key]

    def _dedup(self, date: pd.Timestamp, settings: Settings) -> DedupResult:
        recent = recent_days(self._daily, self.prices.index, date, settings.window)
        options = {name: getattr(settings, name) for name in ("min_amount", "window", "measure", "survivor")}
        if settings.keys is not None:
            return dedup_by_index(self.etf_list, recent, date=date, keys=settings.keys, **options)
        each = self.etf_list.assign(index_code=self.etf_list["code"])  # every fund is an index of its own
        return dedup_by_index(each, recent, date=date, keys="article", **options)

    def _at(self, date: pd.Timestamp, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
        funds = self.representatives(date, settings)
        returns = trailing_returns(self.prices, date, settings.lookback, settings.min_share)
        funds = funds[funds["code"].isin(returns.columns)].sort_values("key").reset_index(drop=True)
        if funds.empty:
            raise ValueError(f"no fund passes the filters on {date:%Y-%m-%d}: lower min_amount or min_share")
        return funds, clip_returns(returns[funds["code"]], settings.clip)

    def _distance(self, date: pd.Timestamp, settings: Settings) -> np.ndarray:
        return correlation_distance(self.at(date, settings)[1], settings.shrinkage)

    def _groups(self, date: pd.Timestamp, settings: Settings) -> tuple[np.ndarray, bool]:
        distance = self.distance(date, settings)
        if settings.method == "affinity" and len(distance) > 1:
            return affinity(distance, settings.damping)
        if settings.method == "linkage" and settings.linkage in LINKAGES and len(distance) > 1:
            tree = self._once(_GROWN, date, settings, lambda: grow_tree(distance, settings.linkage))
            return cut_tree(tree, settings.count, settings.threshold), True
        return cluster(distance, settings.method, settings.linkage, settings.count, settings.threshold), True


def recent_days(etf_daily: pd.DataFrame, days: pd.DatetimeIndex, date: pd.Timestamp, window: int) -> pd.DataFrame:
    """Cut daily rows to the last ``window`` sessions up to ``date``, so that a long history costs a month no more.

    Parameters
    ----------
    etf_daily : DataFrame
        Sorted by date.
    days : DatetimeIndex
        All sessions, ascending.
    date : Timestamp
        Last day kept.
    window : int
        Number of sessions.

    Returns
    -------
    DataFrame
        A slice of the input.
    """
    stop = days.searchsorted(date, side="right")
    first = days[max(stop - window, 0)]
    low, high = etf_daily["date"].searchsorted([first, date + pd.Timedelta(days=1)])
    return etf_daily.iloc[low:high]
