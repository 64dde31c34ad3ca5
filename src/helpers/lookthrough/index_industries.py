"""From index constituents to industries: labels in force on the day, weights once they are published.

The expensive part of a look-through. Every weight row is read once and summed into an index × industry matrix per date;
rows are summed again only in weeks in which one of their stocks changes its label. Memory beyond the inputs is one
integer per weight row and column, and small matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.lookthrough.labels import industry_names, stock_labels
from helpers.panels import distinct, encode, encode_blocks
from helpers.sessions import next_session


@dataclass(frozen=True)
class KnownWeights:
    """What indices hold by industry, as known at each of many dates.

    Attributes
    ----------
    dates : DatetimeIndex
    indices : Index
        Index codes.
    industries : Index
        Industry names, in the order of their codes.
    weights : ndarray, shape (dates, indices, industries + 1)
        Last published weights in today's labels; the last column holds stocks without a label.
    known : ndarray of bool, shape (dates, indices)
        Whether the index had published any weights by then.
    """

    dates: pd.DatetimeIndex
    indices: pd.Index
    industries: pd.Index
    weights: np.ndarray
    known: np.ndarray

    @classmethod
    def nothing(cls, dates: pd.DatetimeIndex, industries: pd.Index) -> KnownWeights:
        """Make the weights of a market that publishes none.

        Parameters
        ----------
        dates : DatetimeIndex
            Of the amounts to be spread.
        industries : Index
            Names.

        Returns
        -------
        KnownWeights
            No index, so that no amount reaches an industry.
        """
        indices = pd.Index([], dtype="str")
        return cls(
            dates, indices, industries, np.zeros((len(dates), 0, len(industries) + 1)), np.zeros((len(dates), 0), bool)
        )


def index_industry_weights(
    index_weights: pd.DataFrame,
    stock_industry: pd.DataFrame,
    *,
    scheme: str | None = None,
    backcast: bool = False,
) -> pd.DataFrame:
    """Industry weights of each index on each date of its own weights, with the labels of that date.

    For looking at and for measuring; it is dated by observation, not by publication.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical tables.
    scheme : str, optional
        May be left out where the table holds only one.
    backcast : bool
        Give a stock its first label also before that label began.

    Returns
    -------
    DataFrame
        Rows ``(date, index_code)``, one column per industry name and ``unlabelled``; each row sums to the index's
        printed weights.
    """
    names = industry_names(stock_industry, scheme, None)
    dates = pd.DatetimeIndex(np.unique(index_weights["date"].to_numpy()))
    stock, stocks = encode(index_weights["code"])
    index, indices = encode(index_weights["index_code"])
    labels = stock_labels(stocks, dates, names, stock_industry, scheme, backcast)
    day = dates.get_indexer(index_weights["date"])
    width = len(names) + 1
    row = day * len(indices) + index
    flat = np.bincount(
        row * width + labels[stock, day],
        weights=index_weights["weight"].to_numpy(dtype=float),
        minlength=len(dates) * len(indices) * width,
    )
    frame = pd.DataFrame(
        flat.reshape(-1, width),
        index=pd.MultiIndex.from_product([dates, indices], names=["date", "index_code"]),
        columns=pd.Index([*names, "unlabelled"], name="industry_name"),
    )
    return frame[np.isin(np.arange(len(frame)), row)]


def known_industry_weights(
    dates: pd.DatetimeIndex,
    index_weights: pd.DataFrame,
    stock_industry: pd.DataFrame,
    *,
    indices: pd.Index | None = None,
    scheme: str | None = None,
    lag: int = 1,
    backcast: bool = False,
) -> KnownWeights:
    """Work out what each index holds by industry as known at each date, once for all amounts that are spread by it.

    Parameters
    ----------
    dates : DatetimeIndex
        Ascending.
    index_weights, stock_industry : DataFrame
        Canonical tables.
    indices : Index, optional
        The indices asked for; default all in ``index_weights``.
    scheme, lag, backcast
        See :func:`helpers.lookthrough.industry_holdings`.

    Returns
    -------
    KnownWeights

    Notes
    -----
    A block is the weights of one date. Its rows stay in use for an index until that index publishes again; they are
    summed anew only when one of their stocks changes its label.
    """
    names = industry_names(stock_industry, scheme, None)
    indices = distinct(index_weights["index_code"]) if indices is None else indices
    blocks, stocks = _blocks(dates, indices, index_weights, lag)
    labels = np.ascontiguousarray(stock_labels(stocks, dates, names, stock_industry, scheme, backcast).T)
    width = len(names) + 1
    weights = np.zeros((len(dates), len(indices), width))
    owner = np.full((len(dates), len(indices)), -1)

    def refresh(number: int, wanted: np.ndarray, k: int) -> None:
        _, index, stock, weight = blocks[number]
        if not wanted.all():
            rows = wanted[index]
            index, stock, weight = index[rows], stock[rows], weight[rows]
        flat = np.bincount(index * width + labels[k][stock], weights=weight, minlength=len(indices) * width)
        weights[k, wanted] = flat.reshape(-1, width)[wanted]

    coming = 0
    for k in range(len(dates)):
        fresh = set()
        if k:
            weights[k], owner[k] = weights[k - 1], owner[k - 1]
        while coming < len(blocks) and blocks[coming][0] <= k:
            owner[k, blocks[coming][1]] = coming
            fresh.add(coming)
            coming += 1
        moved = labels[k] != labels[k - 1] if k else np.zeros(1, dtype=bool)
        for number in np.unique(owner[k][owner[k] >= 0]):
            own = owner[k] == number
            if number in fresh:
                refresh(number, own, k)
            elif moved.any():
                touched = np.zeros(len(indices), dtype=bool)
                touched[blocks[number][1][moved[blocks[number][2]]]] = True
                if (touched & own).any():
                    refresh(number, touched & own, k)
    return KnownWeights(dates, indices, names, weights, owner >= 0)


def _blocks(
    dates: pd.DatetimeIndex, indices: pd.Index, index_weights: pd.DataFrame, lag: int
) -> tuple[list[tuple[int, np.ndarray, np.ndarray, np.ndarray]], pd.Index]:
    """Weights cut by date, in order: (first date number at which known, index, stock, weight)."""
    if not index_weights["date"].is_monotonic_increasing:
        index_weights = index_weights.sort_values("date", kind="stable", ignore_index=True)
    day = index_weights["date"].to_numpy()
    cuts = [0]
    while cuts[-1] < len(day):
        cuts.append(int(np.searchsorted(day, day[cuts[-1]], side="right")))
    known = dates.searchsorted(known_from(pd.DatetimeIndex(day[cuts[:-1]]), lag), side="left")
    stock, stocks = encode_blocks(index_weights["code"], cuts)
    index, spelled = encode_blocks(index_weights["index_code"], cuts)
    place = indices.get_indexer(spelled)
    weight = index_weights["weight"].to_numpy(dtype=float)
    blocks = []
    for i, first in enumerate(known):
        at = place[index[i]]
        mine = at >= 0
        if first < len(dates) and mine.any():
            kept = slice(None) if mine.all() else mine
            blocks.append((first, at[kept], stock[i][kept], weight[cuts[i] : cuts[i + 1]][kept]))
    return blocks, stocks


def known_from(dates: pd.DatetimeIndex, lag: int = 1) -> pd.DatetimeIndex:
    """First session on which data dated ``dates`` are known, ``lag`` sessions later.

    Parameters
    ----------
    dates : DatetimeIndex
        Of observation.
    lag : int
        Sessions until it is known, 1 or more.

    Returns
    -------
    DatetimeIndex
        One session a date.

    Raises
    ------
    ValueError
        If ``lag`` is below 1.
    """
    if lag < 1:
        raise ValueError(f"lag={lag}: weights of a day are known after it; use 1 or more sessions")
    return next_session(dates, lag)
