"""Long tables as arrays: one row per date, one column per code, with what was known at each date.

The flow chapters ask the same question of many tables: what was the last value of each fund at the end of each week,
and how old was it? :func:`as_of` answers it without a join.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.tables import MissingTable


def encode(values: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Number the distinct values of a column.

    Parameters
    ----------
    values : Series
        Text or categorical, length n, without missing values.

    Returns
    -------
    codes : ndarray of int, shape (n,)
        Position of each value in ``uniques``.
    uniques : Index

    Notes
    -----
    Arrow's dictionary encoding needs a third of the time of ``pandas.factorize`` on text and no copy of it.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy(), values.cat.categories
    column = pa.array(values)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        codes, uniques = pd.factorize(values)
        return codes, pd.Index(uniques)
    encoded = column.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False), pd.Index(encoded.dictionary.to_pandas())


def encode_blocks(values: pd.Series, cuts: Sequence[int]) -> tuple[list[np.ndarray], pd.Index]:
    """Number the distinct values of a column cut into blocks of rows.

    Index members change a few times a year, so one month's block mostly spells the same codes in the same order as the
    month before. Comparing bytes finds that out for a fraction of the cost of hashing them again, and equal blocks
    share one array.

    Parameters
    ----------
    values : Series
        Text or categorical, without missing values.
    cuts : sequence of int
        Block ``i`` holds the rows ``cuts[i]`` to ``cuts[i + 1] - 1``.

    Returns
    -------
    codes : list of ndarray
        For each block the position of each value in ``uniques``.
    uniques : Index
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        return [codes[a:b] for a, b in pairwise(cuts)], values.cat.categories
    column = pa.array(values)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    coded, which, last = [], [], None
    for begin, end in pairwise(cuts):
        piece = column.slice(begin, end - begin)
        if last is None or not piece.equals(last):
            coded.append(piece.dictionary_encode())
        which.append(len(coded) - 1)
        last = piece
    spelled = [pd.Index(block.dictionary.to_pandas()) for block in coded]
    uniques = pd.Index(pd.unique(pd.Series(np.concatenate(spelled)))) if spelled else pd.Index([])
    numbers = [
        uniques.get_indexer(names)[block.indices.to_numpy(zero_copy_only=False)]
        for names, block in zip(spelled, coded, strict=True)
    ]
    return [numbers[i] for i in which], uniques


def positions(values: pd.Series, index: pd.Index) -> np.ndarray:
    """Return where each value stands in ``index`` (-1 where it is not in it), hashing each distinct value once.

    Parameters
    ----------
    values : Series
        Text, length n.
    index : Index
        Without repeats.

    Returns
    -------
    ndarray
        int32, shape (n,).
    """
    codes, uniques = encode(values)
    return index.get_indexer(uniques).astype(np.int32)[codes] if len(uniques) else np.empty(0, dtype=np.int32)


def to_panel(
    frame: pd.DataFrame, column: str, codes: pd.Index, key: str = "code"
) -> tuple[np.ndarray, pd.DatetimeIndex]:
    """Spread a long table (``date``, ``key``, ``column``) into an array of dates × codes.

    Parameters
    ----------
    frame : DataFrame
        Long table with ``date``, ``key`` and ``column``.
    column : str
        What to spread.
    codes : Index
        Columns of the result; rows of other codes are left out.
    key : str
        The column that holds the codes.

    Returns
    -------
    values : ndarray, shape (dates, codes)
        NaN where the table has no row.
    dates : DatetimeIndex
        The distinct dates of the table, ascending.
    """
    at = positions(frame[key], codes)
    keep = at >= 0
    dates, row = np.unique(frame["date"].to_numpy()[keep], return_inverse=True)
    values = np.full((len(dates), len(codes)), np.nan)
    values[row, at[keep]] = frame[column].to_numpy(dtype=float)[keep]
    return values, pd.DatetimeIndex(dates)


def as_of(
    frame: pd.DataFrame,
    column: str,
    dates: pd.DatetimeIndex,
    codes: pd.Index,
    max_age: int | None = None,
    key: str = "code",
) -> tuple[np.ndarray, np.ndarray]:
    """Last known value of each code at each date.

    Parameters
    ----------
    frame : DataFrame
        Long table with ``date``, ``key`` and ``column``.
    column : str
        What is asked for; all is unknown where the table lacks it.
    dates : DatetimeIndex
        Ascending. A row dated ``t`` counts at ``t``; nothing later does.
    codes : Index
    max_age : int, optional
        Calendar days after which a value is too old to use.
    key : str
        The column that holds the codes.

    Returns
    -------
    values : ndarray, shape (dates, codes)
        NaN where nothing is known, or nothing young enough.
    ages : ndarray, shape (dates, codes)
        Calendar days since the value was observed; NaN where ``values`` is.
    """
    shape = len(dates), len(codes)
    if frame.empty or column not in frame:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    observed, days = to_panel(frame, column, codes, key)
    if not len(days):
        return np.full(shape, np.nan), np.full(shape, np.nan)
    last = np.where(np.isfinite(observed), np.arange(len(days))[:, None], -1)
    np.maximum.accumulate(last, axis=0, out=last)
    row = days.searchsorted(dates, side="right") - 1
    last = np.where(row[:, None] >= 0, last[np.maximum(row, 0)], -1)
    values = np.where(last >= 0, np.take_along_axis(observed, np.maximum(last, 0), axis=0), np.nan)
    stamp = days.to_numpy().astype("datetime64[D]").astype(np.int64)
    today = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    ages = np.where(last >= 0, today[:, None] - stamp[np.maximum(last, 0)], np.nan)
    if max_age is not None:
        stale = ages > max_age
        values, ages = np.where(stale, np.nan, values), np.where(stale, np.nan, ages)
    return values, ages


def distinct(values: Sequence[str] | pd.Series) -> pd.Index:
    """Return the sorted distinct values as an index.

    Parameters
    ----------
    values : sequence of str or Series
        Text; missing ones are left out.

    Returns
    -------
    Index
        Without repeats.
    """
    return pd.Index(pd.unique(pd.Series(values).dropna()), dtype="str").sort_values()


def as_known(frame: pd.DataFrame, dates: Sequence[pd.Timestamp], max_age: int = 10) -> pd.DataFrame:
    """Return the latest row known on each date.

    Parameters
    ----------
    frame : DataFrame
        Dates x anything, each row known after the close of its date.
    dates : sequence of dates
        When it is asked for.
    max_age : int
        Calendar days after which a row is too old to act on and NaN stands instead; the longest holiday of the
        exchange takes ten.

    Returns
    -------
    DataFrame
        `dates` x the columns of `frame`.

    Examples
    --------
    >>> weeks = pd.DataFrame({"银行": [0.1, 0.2]}, pd.to_datetime(["2024-01-05", "2024-01-12"]))
    >>> as_known(weeks, pd.to_datetime(["2024-01-11", "2024-01-31"]))
                 银行
    2024-01-11  0.1
    2024-01-31  NaN
    """
    dates = pd.DatetimeIndex(dates)
    if frame.empty:
        return pd.DataFrame(np.nan, dates, frame.columns)
    place = frame.index.searchsorted(dates, side="right") - 1
    found = frame.iloc[np.maximum(place, 0)].set_axis(dates)
    age = dates - frame.index[np.maximum(place, 0)]
    recent = (place >= 0) & (age <= pd.Timedelta(days=max_age))
    return found.where(np.broadcast_to(recent[:, None], found.shape))


def wide(table: pd.DataFrame, key: str, column: str, codes: Sequence[str] | None = None) -> pd.DataFrame:
    """Spread a long table of days into one column a code.

    Parameters
    ----------
    table : DataFrame
        Long table with ``date``, ``key`` and ``column``.
    key, column : str
        Such as ``index_code`` and ``close``.
    codes : sequence of str, optional
        Those kept; default all.

    Returns
    -------
    DataFrame
        Days (ascending) × codes; NaN where the table has no row.
    """
    rows = table if codes is None else table.loc[table[key].isin(codes)]
    return rows.pivot(index="date", columns=key, values=column).sort_index()


def daily_returns(table: pd.DataFrame, key: str, column: str, codes: Sequence[str] | None = None) -> pd.DataFrame:
    """Daily returns from a long table of prices, days × codes; parameters as of :func:`wide`, no hole is filled.

    Parameters
    ----------
    table, key, column, codes
        As for :func:`wide`.

    Returns
    -------
    DataFrame
        Days × codes, fractions.
    """
    return wide(table, key, column, codes).pct_change(fill_method=None)


def industry_closes(industry_daily: pd.DataFrame, scheme: str | None = None) -> pd.DataFrame:
    """Closes of the industries of one scheme.

    Parameters
    ----------
    industry_daily : DataFrame
        Canonical table.
    scheme : str, optional
        Such as ``"SW2021_L1"``; may be left out where the table holds only one.

    Returns
    -------
    DataFrame
        Sessions × industry names, in the order of their codes.

    Raises
    ------
    MissingTable
        If the table does not hold the scheme.
    ValueError
        If it holds several and none is chosen.

    Examples
    --------
    >>> day = pd.DataFrame({"date": pd.Timestamp("2024-01-02"), "scheme": "SW2021_L1", "close": [3000.0, 4000.0]})
    >>> industry_closes(day.assign(industry_code=["801780", "801080"], industry_name=["银行", "电子"]), "SW2021_L1")
    industry_name      电子      银行
    date
    2024-01-02     4000.0  3000.0
    """
    known = list(distinct(industry_daily["scheme"]))
    if scheme is None and len(known) != 1:
        raise ValueError(f"industry_daily holds {known or 'no scheme'}; choose one with scheme=")
    if scheme is not None and scheme not in known:
        held = ", ".join(known) or "nothing"
        raise MissingTable(
            "industry_daily", f"it holds {held} but not {scheme}", "Choose another rotation_scheme or industry_scheme."
        )
    rows = industry_daily if scheme is None else industry_daily.loc[industry_daily["scheme"] == scheme]
    names = rows.drop_duplicates("industry_code").sort_values("industry_code")["industry_name"]
    table = wide(rows, "industry_code", "close").sort_index(axis=1)
    return table.set_axis(pd.Index(names.to_numpy(), name="industry_name"), axis=1)
