"""Industry labels of stocks: one scheme, its names in order, and which label is in force on a day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.panels import distinct


def industry_names(
    stock_industry: pd.DataFrame | None, scheme: str | None, fund_weights: pd.DataFrame | None
) -> pd.Index:
    """Industry names in the order of their codes.

    Parameters
    ----------
    stock_industry : DataFrame, optional
        Canonical table.
    scheme : str, optional
        May be None where the table holds only one.
    fund_weights : DataFrame, optional
        With ``industry_name``; names not in the table come last.

    Returns
    -------
    Index
        Named ``industry_name``.

    Raises
    ------
    ValueError
        If neither table holds an industry, or the scheme is not there.
    """
    if stock_industry is not None:
        rows = of_scheme(stock_industry, scheme)
        ordered = rows.drop_duplicates("industry_name").sort_values("industry_code")["industry_name"]
        names = pd.Index(ordered, dtype="str")
    else:
        names = pd.Index([], dtype="str")
    if fund_weights is not None:
        names = names.append(distinct(fund_weights["industry_name"]).difference(names))
    if not len(names):
        raise ValueError("no industry is known: pass stock_industry or fund_weights")
    return names.rename("industry_name")


def of_scheme(stock_industry: pd.DataFrame, scheme: str | None) -> pd.DataFrame:
    """Rows of one industry scheme.

    Parameters
    ----------
    stock_industry : DataFrame
        Canonical table; without a column ``scheme`` all of it is taken.
    scheme : str, optional
        May be None where the table holds only one.

    Returns
    -------
    DataFrame
        The rows of it.

    Raises
    ------
    ValueError
        If the scheme is not there, or several are and none is chosen.
    """
    if "scheme" not in stock_industry:
        return stock_industry
    there = list(pd.unique(stock_industry["scheme"]))
    if scheme is None and len(there) == 1:
        return stock_industry
    if scheme not in there:
        raise ValueError(f"scheme={scheme!r}: stock_industry holds {', '.join(map(str, there))}; choose one")
    return stock_industry.loc[stock_industry["scheme"] == scheme]


def names_begun(
    stock_industry: pd.DataFrame, dates: pd.DatetimeIndex, names: pd.Index, scheme: str | None, backcast: bool
) -> pd.DataFrame:
    """Say which industries existed at each date: whether a label of that name had begun.

    A name that a later classification brings is no industry with nothing in it: a zero for it would let that later
    classification into every ranking and standardisation across industries.

    Parameters
    ----------
    stock_industry : DataFrame
        Canonical table.
    dates : DatetimeIndex
    names : Index
        Industry names.
    scheme, backcast
        As in :func:`helpers.lookthrough.industry_holdings`; with ``backcast`` all names exist from the first date on.

    Returns
    -------
    DataFrame of bool
        Dates × names; a name that the table does not hold never begins.
    """
    begins = of_scheme(stock_industry, scheme).groupby("industry_name")["start"].min().reindex(names)
    begun = pd.DatetimeIndex(dates).to_numpy()[:, None] >= begins.to_numpy()
    return pd.DataFrame(begun | backcast, dates, names)


def stock_labels(
    stocks: pd.Index,
    dates: pd.DatetimeIndex,
    names: pd.Index,
    stock_industry: pd.DataFrame,
    scheme: str | None,
    backcast: bool,
) -> np.ndarray:
    """Industry number of each stock at each date (the last number: no label), shape (stocks, dates).

    Parameters
    ----------
    stocks : Index
        Codes.
    dates : DatetimeIndex
        Ascending.
    names : Index
        Industry names; their order gives the numbers.
    stock_industry : DataFrame
        Canonical table.
    scheme : str, optional
        May be None where the table holds only one.
    backcast : bool
        Give a stock its first label also before that label began.

    Returns
    -------
    ndarray
        Integers 0 to ``len(names)``.
    """
    rows = of_scheme(stock_industry, scheme).sort_values(["code", "start"])
    rows = rows.loc[rows["code"].isin(stocks)]
    begin = dates.searchsorted(rows["start"], side="left")
    stop = np.full(len(rows), len(dates))
    if "end" in rows:
        ends = rows["end"].notna().to_numpy()
        stop[ends] = dates.searchsorted(rows["end"][ends], side="left")
    if backcast:
        begin[~rows["code"].duplicated().to_numpy()] = 0
    table = np.full((len(stocks), len(dates)), len(names), dtype=np.int64)
    at = stocks.get_indexer(rows["code"])
    number = names.get_indexer(rows["industry_name"])
    for stock, industry, first, last in zip(at, number, begin, stop, strict=True):
        table[stock, first:last] = industry
    return table
