"""What an index is made of: how concentrated, of which industries, how close to others, how pure and how broad."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.lookthrough.index_industries import index_industry_weights
from helpers.panels import distinct, encode
from helpers.tables import MissingTable

__all__ = [
    "check_scheme",
    "concentration",
    "industry_mix",
    "last_shape",
    "last_weights",
    "overlap_with",
    "purity_and_breadth",
]


def concentration(index_weights: pd.DataFrame) -> pd.DataFrame:
    r"""Return how concentrated each index is on each of its dates.

    Parameters
    ----------
    index_weights : DataFrame
        Canonical ``date, index_code, code, weight``.

    Returns
    -------
    DataFrame
        Rows (``date, index_code``): ``members``, ``largest``, ``top_ten`` (weights), ``effective`` (the number of equal
        weights as concentrated, $1 / \sum_i w_i^2$).
    """
    rows = index_weights[["date", "index_code", "weight"]].sort_values("weight", ascending=False, kind="stable")
    groups = rows.groupby(["date", "index_code"], observed=True, sort=True)["weight"]
    squared = (rows["weight"] ** 2).groupby([rows["date"], rows["index_code"]], observed=True).sum()
    total = groups.sum()
    top = rows[groups.cumcount() < 10].groupby(["date", "index_code"], observed=True)["weight"].sum()
    return pd.DataFrame(
        {
            "members": groups.size(),
            "largest": groups.max() / total,
            "top_ten": top / total,
            "effective": total**2 / squared,
        }
    )


def check_scheme(stock_industry: pd.DataFrame, scheme: str) -> None:
    """Refuse a scheme that no stock is labelled by.

    Parameters
    ----------
    stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.

    Raises
    ------
    MissingTable
        If there are no labels of the scheme.
    """
    known = list(distinct(stock_industry["scheme"]))
    if scheme not in known:
        said = f"it holds {', '.join(known)} but not {scheme}"
        raise MissingTable("stock_industry", said, "Choose another industry_scheme.")


def industry_mix(index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Return industry weights of every index on each of its dates, with the labels in force, ``unlabelled`` last.

    A stock's first label holds also before it began: this looks at an index, it does not trade on it.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.

    Returns
    -------
    DataFrame
        Rows (``date, index_code``) × industries, fractions of the index.
    """
    return index_industry_weights(index_weights, stock_industry, scheme=scheme, backcast=True)


def overlap_with(index_weights: pd.DataFrame, index_code: str, others: Sequence[str] | None = None) -> pd.Series:
    r"""Return the weight an index has in common with others, $\sum_i \min(w_i, v_i)$, largest first.

    Parameters
    ----------
    index_weights : DataFrame
        Canonical, one date.
    index_code : str
    others : sequence of str, optional
        Default: every other index of the table.

    Returns
    -------
    Series
        By index code, fractions; NaN for one asked for that the table lacks.

    Raises
    ------
    ValueError
        If the table holds several dates.
    MissingTable
        If it does not hold the index.
    """
    if index_weights["date"].nunique() != 1:
        raise ValueError(f"overlap needs weights of one date, not of {index_weights['date'].nunique()}")
    stock, stocks = encode(index_weights["code"])
    index, codes = encode(index_weights["index_code"])
    if index_code not in codes:
        raise MissingTable("index_weights", f"no weights of {index_code} on {index_weights['date'].iloc[0]:%Y-%m-%d}")
    matrix = np.zeros((len(codes), len(stocks)))
    matrix[index, stock] = index_weights["weight"]
    shared = np.minimum(matrix, matrix[codes.get_loc(index_code)]).sum(axis=1)
    found = pd.Series(shared, index=codes, name="overlap").drop(index_code)
    return (found if others is None else found.reindex(list(others))).sort_values(ascending=False, kind="stable")


def purity_and_breadth(index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Return for every index and date how pure its theme is and how broad it is.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.

    Returns
    -------
    DataFrame
        Rows (``date, index_code``): ``industry`` (its largest one), ``purity`` (weight of that industry), ``breadth``
        (effective number of members), ``unlabelled``.
    """
    mix = industry_mix(index_weights, stock_industry, scheme)
    inside = mix.drop(columns="unlabelled")
    return pd.DataFrame(
        {
            "industry": inside.idxmax(axis=1),
            "purity": inside.max(axis=1),
            "breadth": concentration(index_weights)["effective"].reindex(mix.index),
            "unlabelled": mix["unlabelled"],
        }
    )


def last_weights(index_weights: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``index_weights`` of the day on which most indices are known, the latest such day."""
    counts = index_weights.groupby("date")["index_code"].nunique()
    return index_weights[index_weights["date"] == counts.index[(counts == counts.max()).to_numpy()][-1]]


def last_shape(index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Return :func:`purity_and_breadth` of every index on its own last date, by index code.

    An index more than half of whose weight carries no label, such as one of foreign stocks, is left out.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.

    Returns
    -------
    DataFrame
        By index code: ``industry, purity, breadth, unlabelled``.

    Raises
    ------
    MissingTable
        If there are no labels of the scheme.
    """
    check_scheme(stock_industry, scheme)
    last = index_weights.groupby("index_code", observed=True)["date"].transform("max")
    rows = index_weights[index_weights["date"] == last]
    shape = purity_and_breadth(rows, stock_industry, scheme).droplevel("date")
    return shape[shape["unlabelled"] <= 0.5]
