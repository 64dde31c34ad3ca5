"""Do prices agree with the keys? Pairs of funds on one index, the noise of thin ones, strangers that move alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.correlation import correlation, trailing_returns, wide_prices
from helpers.tables import MissingTable

__all__ = [
    "NEAR",
    "TURNOVER_EDGES",
    "TWINS",
    "MergeCheck",
    "check_merges",
    "doubtful_codes",
    "fund_kinds",
    "nearest_other",
    "noise_by_turnover",
    "recent_returns",
    "same_index_pairs",
    "smallest_quiet_turnover",
]

TURNOVER_EDGES = (0.0, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, np.inf)
NEAR = 0.98  # correlation of two funds on one index that hardly lets noise through
TWINS = 0.99  # correlation that says "the same index"
_FEWEST = 20  # sessions of returns below which a correlation says nothing
_KINDS = ("money market", "cross-border", "enhanced", "plain")


def recent_returns(etf_daily: pd.DataFrame, date: pd.Timestamp | str, lookback: int = 120) -> pd.DataFrame:
    """Take the daily returns of the last ``lookback`` sessions up to a day, or of as many as there are.

    Parameters
    ----------
    etf_daily : DataFrame
        ``date, code, adj_close`` and, where known, ``amount``.
    date : date
        Last day used.
    lookback : int, default 120

    Returns
    -------
    DataFrame
        Sessions x funds, fractions; see :func:`helpers.correlation.trailing_returns`.

    Raises
    ------
    MissingTable
        There are too few sessions for a correlation to say anything.
    """
    prices = wide_prices(etf_daily[etf_daily["date"] <= pd.Timestamp(date)])
    if len(prices) <= _FEWEST:
        held = f"holds {len(prices)} sessions up to {pd.Timestamp(date):%Y-%m-%d}, {_FEWEST + 1} are needed"
        raise MissingTable("etf_daily", f"{held} to compare daily returns", "Give more sessions.")
    return trailing_returns(prices, date, min(lookback, len(prices) - 1))


def fund_kinds(etf_list: pd.DataFrame) -> pd.Series:
    """Say of each fund, by code, why it might not move with its index: see :func:`same_index_pairs`.

    Parameters
    ----------
    etf_list : DataFrame
        ``code`` and, where known, ``name, fund_type``.

    Returns
    -------
    Series
        *money market*, *cross-border*, *enhanced* or *plain*, by fund code.

    Examples
    --------
    >>> funds = pd.DataFrame({"code": ["510300.SH", "561300.SH"], "name": ["沪深300ETF", "300增强ETF"]})
    >>> fund_kinds(funds).to_dict()
    {'510300.SH': 'plain', '561300.SH': 'enhanced'}
    """
    kind = pd.Series("plain", index=etf_list["code"].to_numpy(), dtype=object)
    if "name" in etf_list:
        kind[etf_list["name"].fillna("").str.contains("增强").to_numpy()] = "enhanced"
    if "fund_type" in etf_list:
        kind[(etf_list["fund_type"] == "qdii").to_numpy()] = "cross-border"
        kind[(etf_list["fund_type"] == "money").to_numpy()] = "money market"
    return kind


def same_index_pairs(keys: pd.Series, returns: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """List every pair of funds with one key, how alike they are, and what may set them apart.

    Parameters
    ----------
    keys : Series
        Key by fund code.
    returns : DataFrame
        Sessions x funds, daily returns.
    kinds : Series or mapping
        From :func:`fund_kinds`.

    Returns
    -------
    DataFrame
        ``key, code_a, code_b, correlation, in_ranks, kind``. ``in_ranks`` correlates the ranks of the returns, which
        one bad close cannot move. ``kind`` is the first that applies to either fund: *money market*, *cross-border*
        (QDII: each fund trades at its own premium), *enhanced* (增强: the manager deviates on purpose), else *plain*.
    """
    codes = returns.columns.intersection(keys.index)
    key = keys.reindex(codes).to_numpy(dtype=object)
    order = np.argsort(key, kind="stable")
    codes, key = codes[order], key[order]
    a, b = np.nonzero(np.triu(key[:, None] == key[None, :], k=1))
    pairs = pd.DataFrame({"key": key[a], "code_a": codes[a], "code_b": codes[b]})
    for column, values in (("correlation", returns[codes]), ("in_ranks", returns[codes].rank())):
        pairs[column] = correlation(values, min_overlap=max(2, len(returns) // 2))[a, b]
    rank = [min(_KINDS.index(kinds[x]), _KINDS.index(kinds[y])) for x, y in zip(codes[a], codes[b], strict=True)]
    return pairs.assign(kind=[_KINDS[i] for i in rank])


def noise_by_turnover(
    pairs: pd.DataFrame, turnover: pd.Series, edges: tuple[float, ...] = TURNOVER_EDGES
) -> pd.DataFrame:
    """Show how alike two funds on one index are, by the turnover of the thinner one.

    A fund that hardly trades closes at a stale price, which looks like a difference between indices.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`same_index_pairs`; only *plain* pairs are used.
    turnover : Series
        CNY a day by fund code.
    edges : tuple of float
        Limits of the classes, CNY a day.

    Returns
    -------
    DataFrame
        By class: ``low, high`` (CNY), ``pairs``, ``q25, median, q75`` of the correlations and ``funds`` (all funds
        in that class of turnover).

    Raises
    ------
    MissingTable
        No two plain funds share an index.
    """
    plain = pairs[pairs["kind"] == "plain"]
    if plain.empty:
        raise MissingTable("etf_list", "no two plain funds with prices share an index", "Give a list that holds some.")
    thinner = np.fmin(plain["code_a"].map(turnover), plain["code_b"].map(turnover))
    groups = plain["correlation"].groupby(pd.cut(thinner, edges, right=False), observed=False)
    table = groups.quantile([0.25, 0.5, 0.75]).unstack().set_axis(["q25", "median", "q75"], axis=1)
    table["pairs"] = groups.size()
    table["funds"] = pd.cut(turnover, edges, right=False).value_counts().reindex(table.index)
    limits = table.index.categories if hasattr(table.index, "categories") else table.index
    return table.assign(low=[i.left for i in limits], high=[i.right for i in limits]).reset_index(drop=True)


def smallest_quiet_turnover(noise: pd.DataFrame, near: float = NEAR) -> float:
    """Return the lower limit of the first class from which on the median correlation stays at ``near`` or above.

    Parameters
    ----------
    noise : DataFrame
        Of :func:`noise_by_turnover`.
    near : float
        Correlation that counts as the same.

    Returns
    -------
    float
        CNY a day; NaN where the thickest class is not quiet either.
    """
    good = (noise["median"] >= near) | noise["median"].isna()
    steady = good[::-1].cummin()[::-1] & noise["median"].notna()
    return float(noise.loc[steady, "low"].min()) if steady.any() else float("nan")


@dataclass(frozen=True)
class MergeCheck:
    """Where keys and data disagree.

    Attributes
    ----------
    apart : DataFrame
        Pairs that share a key but whose daily returns correlate below the threshold:
        ``key, code_a, code_b, correlation``.
    alike : DataFrame
        Pairs that correlate at or above it but share no key: ``key_a, key_b, code_a, code_b, correlation``.
    pairs_sharing : int
        How many pairs share a key.
    """

    apart: pd.DataFrame
    alike: pd.DataFrame
    pairs_sharing: int


def check_merges(keys: pd.Series, returns: pd.DataFrame, threshold: float = TWINS) -> MergeCheck:
    """Hold the keys against the data: two funds on one index should earn the same every day.

    Parameters
    ----------
    keys : Series
        Key by fund code.
    returns : DataFrame
        Sessions x funds, daily returns.
    threshold : float, default 0.99
        Correlation that says "the same index".

    Returns
    -------
    MergeCheck
        ``apart`` sorted from the lowest correlation, ``alike`` from the highest.
    """
    codes = returns.columns.intersection(keys.index)
    rho = correlation(returns[codes], min_overlap=max(2, len(returns) // 2))
    a, b = np.triu_indices(len(codes), k=1)
    key = keys.reindex(codes).to_numpy(dtype=object)
    same, value = key[a] == key[b], rho[a, b]
    pairs = pd.DataFrame({"code_a": codes[a], "code_b": codes[b], "correlation": value})
    pairs = pairs.assign(key_a=key[a], key_b=key[b])
    apart = pairs[same & (value < threshold)].sort_values("correlation", ignore_index=True)
    alike = pairs[~same & (value >= threshold)].sort_values("correlation", ascending=False, ignore_index=True)
    return MergeCheck(
        apart.rename(columns={"key_a": "key"})[["key", "code_a", "code_b", "correlation"]],
        alike[["key_a", "key_b", "code_a", "code_b", "correlation"]],
        int(same.sum()),
    )


def nearest_other(keys: pd.Series, returns: pd.DataFrame) -> pd.Series:
    """Return each fund's highest correlation with a fund of another key, by code; funds without one are left out.

    Parameters
    ----------
    keys : Series
        Key by fund code.
    returns : DataFrame
        Sessions × funds, daily returns.

    Returns
    -------
    Series
        Correlation by fund code.
    """
    codes = returns.columns.intersection(keys.index)
    key = keys.reindex(codes).to_numpy(dtype=object)
    rho = pd.DataFrame(correlation(returns[codes]), codes, codes)
    return rho.mask(key[:, None] == key[None, :]).max().dropna()


def doubtful_codes(
    keys: pd.Series, returns: pd.DataFrame, kinds: Mapping[str, str], margin: float = 0.02, least: int = 2
) -> pd.DataFrame:
    """Find funds that move with another index more than with their own: the vendor's code may be wrong.

    A fund's likeness to an index is the median correlation with the (other) funds of that index. Only *plain* funds
    are judged, and only against indices with at least ``least`` other funds.

    Parameters
    ----------
    keys : Series
        Key by fund code.
    returns : DataFrame
        Sessions x funds; pass funds that trade, or noise will be found.
    kinds : Series or mapping
        From :func:`fund_kinds`.
    margin : float, default 0.02
        How much closer the other index must be.
    least : int, default 2
        Funds an index needs to be compared with.

    Returns
    -------
    DataFrame
        ``code, key, own`` (likeness to its own index), ``closer_key, closer, in_ranks`` (whether ranks of the returns,
        which a bad close cannot move, say so too), the one least like its own index first.
    """
    plain = returns[[c for c in returns.columns if c in keys.index and kinds.get(c) == "plain"]]
    found = _closer_elsewhere(keys, plain, margin, least)
    in_ranks = _closer_elsewhere(keys, plain.rank(), margin, least)
    return found.assign(in_ranks=found["code"].isin(in_ranks["code"]))


def _closer_elsewhere(keys: pd.Series, returns: pd.DataFrame, margin: float, least: int) -> pd.DataFrame:
    codes = list(returns.columns)
    key = keys.reindex(codes).to_numpy(dtype=object)
    rho = correlation(returns)
    np.fill_diagonal(rho, np.nan)
    groups = [k for k, n in pd.Series(key, dtype=object).value_counts().items() if n >= least]
    if not groups:
        return pd.DataFrame(columns=["code", "key", "own", "closer_key", "closer"])
    likeness = pd.DataFrame({k: np.nanmedian(rho[:, key == k], axis=1) for k in groups}, index=codes)
    own = pd.Series([likeness.at[c, k] if k in likeness else np.nan for c, k in zip(codes, key, strict=True)], codes)
    for c, k in zip(codes, key, strict=True):
        if k in likeness:
            likeness.at[c, k] = np.nan
    best = likeness.fillna(-1.0)
    table = pd.DataFrame(
        {"code": codes, "key": key, "own": own.to_numpy(), "closer_key": best.idxmax(axis=1).to_numpy()}
    )
    table["closer"] = best.max(axis=1).to_numpy()
    return table[table["closer"] > table["own"] + margin].sort_values("own", ignore_index=True)
