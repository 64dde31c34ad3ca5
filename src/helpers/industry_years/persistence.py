"""Does a year's ranking of industries last? Rank correlations, leaders that lead again, moves between groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.tables import MissingTable

__all__ = ["group_transitions", "leader_overlap", "memory", "memory_facts", "pooled_persistence", "rank_persistence"]


def rank_persistence(returns: pd.DataFrame) -> pd.DataFrame:
    """Spearman correlation of each year's ranking with the previous year's.

    Parameters
    ----------
    returns : DataFrame
        Index: consecutive years; columns: industries. Pairs of years that are not consecutive,
        or share fewer than five industries, are left out.

    Returns
    -------
    DataFrame
        Index: the later year; ``rho``, two-sided ``p_value`` (Student's t approximation, taking the
        industries as independent, which they are not), ``n``.
    """
    rows = {}
    for year in returns.index:
        if year - 1 not in returns.index:
            continue
        pair = returns.loc[[year - 1, year]].dropna(axis=1)
        if pair.shape[1] < 5:
            continue
        found = stats.spearmanr(pair.iloc[0], pair.iloc[1])
        rows[year] = {"rho": found.statistic, "p_value": found.pvalue, "n": pair.shape[1]}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["rho", "p_value", "n"])
    return table.rename_axis("year")


def pooled_persistence(persistence: pd.DataFrame) -> dict[str, float]:
    """Test whether the average year-to-year rank correlation differs from zero.

    The years are the observations, so industries that move together within a year do not
    inflate the evidence as they do in a single year's p-value.

    Parameters
    ----------
    persistence : DataFrame
        From :func:`rank_persistence`; years without ``rho`` are left out.

    Returns
    -------
    dict
        ``mean`` rho, ``t`` (mean over its standard error), ``p_value`` (two-sided), ``years``;
        ``t`` and ``p_value`` are NaN with fewer than three years.
    """
    rho = persistence["rho"].dropna()
    if len(rho) < 3:
        return {"mean": rho.mean(), "t": np.nan, "p_value": np.nan, "years": len(rho)}
    test = stats.ttest_1samp(rho, 0.0)
    return {"mean": rho.mean(), "t": test.statistic, "p_value": test.pvalue, "years": len(rho)}


def leader_overlap(returns: pd.DataFrame, top: int = 5) -> pd.DataFrame:
    """Count how many of a year's leaders lead again the year after, beside chance.

    Parameters
    ----------
    returns : DataFrame
        Index: years; columns: industries.
    top : int
        How many count as leaders.

    Returns
    -------
    DataFrame
        Index: the later year; ``repeated`` (count), ``expected`` under independence
        (``top**2 / n``), ``p_value`` of at least as many (hypergeometric), ``names``.

    Raises
    ------
    ValueError
        If ``top`` is not between 1 and the number of industries.
    """
    if not 1 <= top <= returns.shape[1]:
        raise ValueError(f"top must lie between 1 and {returns.shape[1]}, not {top}")
    rows = {}
    for year in returns.index:
        if year - 1 not in returns.index:
            continue
        pair = returns.loc[[year - 1, year]].dropna(axis=1)
        before, now = (list(pair.loc[y].nlargest(top).index) for y in (year - 1, year))
        again = [name for name in now if name in before]
        n = pair.shape[1]
        tail = stats.hypergeom.sf(len(again) - 1, n, top, top)
        rows[year] = {"repeated": len(again), "expected": top**2 / n, "p_value": tail, "names": "、".join(again)}
    columns = ["repeated", "expected", "p_value", "names"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("year")


def group_transitions(returns: pd.DataFrame, groups: int = 5) -> pd.DataFrame:
    """Where a year's best and worst industries stand a year later.

    Parameters
    ----------
    returns : DataFrame
        Index: years; columns: industries.
    groups : int
        Number of equal groups, 1 the best.

    Returns
    -------
    DataFrame
        Index: group in a year; columns: group a year later; cells: share of the pairs, rows add to one.
        Without memory every cell would be about ``1 / groups``.

    Raises
    ------
    ValueError
        If there are fewer than two groups, or fewer industries than groups.

    Examples
    --------
    >>> returns = pd.DataFrame({"银行": [0.10, 0.12], "电子": [0.30, 0.25], "煤炭": [0.05, 0.18], "医药": [-0.1, -0.2]})
    >>> group_transitions(returns.set_axis([2023, 2024]), groups=2)
    later    1    2
    now
    1      0.5  0.5
    2      0.5  0.5
    """
    if not 2 <= groups <= returns.shape[1]:
        raise ValueError(f"groups must lie between 2 and {returns.shape[1]}, not {groups}")
    place = returns.rank(axis=1, ascending=False, method="first") - 1
    group = np.floor((place * groups).div(returns.count(axis=1), axis=0)) + 1
    later = group.reindex(group.index + 1).set_axis(group.index)
    pairs = pd.DataFrame({"now": group.stack(), "later": later.stack()}).dropna().astype(int)
    table = pd.crosstab(pairs["now"], pairs["later"], normalize="index")
    every = range(1, groups + 1)
    return table.reindex(index=every, columns=every, fill_value=0.0)


def memory(returns: pd.DataFrame, leaders: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure whether a year's ranking says anything about the next.

    Parameters
    ----------
    returns : DataFrame
        Index: years; columns: industries.
    leaders : int
        How many industries count as a year's leaders (at most all).

    Returns
    -------
    tuple of DataFrame
        Of :func:`rank_persistence` and :func:`leader_overlap`.

    Raises
    ------
    MissingTable
        No two years in a row share five industries.
    """
    table = rank_persistence(returns)
    if table.empty:
        count = "1 full year" if len(returns) == 1 else f"{len(returns)} full years"
        held = f"gives {count} to rank from {returns.index[0]} on"
        way = "Choose an earlier START or a later END."
        raise MissingTable("industry_daily", f"{held}, no two in a row with five industries", way)
    return table, leader_overlap(returns, min(leaders, returns.shape[1]))


def memory_facts(persistence: pd.DataFrame, repeats: pd.DataFrame, leaders: int) -> dict:
    """Sum up :func:`memory`.

    Parameters
    ----------
    persistence, repeats : DataFrame
        The two of :func:`memory`.
    leaders : int
        As given there.

    Returns
    -------
    dict
        ``mean, t, p`` over ``pairs`` of years (t and p NaN under three), ``chance`` (p above 0.05), ``clear`` years
        with p < 0.05, ``plus`` and ``minus`` of them, ``leaders``, ``again`` (that lead again, mean) and ``by_chance``.
    """
    pooled, clear = pooled_persistence(persistence), persistence[persistence["p_value"] < 0.05]
    return {
        "mean": pooled["mean"],
        "t": pooled["t"],
        "p": pooled["p_value"],
        "pairs": pooled["years"],
        "chance": bool(pooled["p_value"] > 0.05),
        "clear": len(clear),
        "plus": int((clear["rho"] > 0).sum()),
        "minus": int((clear["rho"] < 0).sum()),
        "leaders": leaders,
        "again": repeats["repeated"].mean(),
        "by_chance": repeats["expected"].mean(),
    }
