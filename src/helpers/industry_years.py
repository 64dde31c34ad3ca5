"""Industries year by year: returns, who beat the market, and whether a year's ranking lasts.

Rebuilds the evidence of S001 part one (Table 1, Figs 1 and 2): few industries beat the
market in a year, and which ones do keeps changing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from helpers.sessions import sessions

__all__ = [
    "benchmark_years",
    "dates_that_fit",
    "group_transitions",
    "leader_overlap",
    "period_returns",
    "pooled_persistence",
    "rank_persistence",
    "share_beating",
    "yearly_returns",
]

_STALE = pd.Timedelta(days=7)


def yearly_returns(closes: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    r"""Return of each calendar year, last close over the previous year's last close, minus one.

    $$ R_{i,y} = \frac{P_{i,\text{last}(y)}}{P_{i,\text{last}(y-1)}} - 1 $$

    Only years that the data cover to both ends are returned: a year still under way, or one
    whose closing or preceding December is missing, is left out rather than shown as a full year.

    Parameters
    ----------
    closes : DataFrame or Series
        Index: date; closing levels.

    Returns
    -------
    DataFrame or Series
        Index: year (int); fractions. Rebuilds S001 Table 1.
    """
    if not len(closes):
        return closes.set_axis(pd.Index([], dtype=int, name="year"))
    last = closes.groupby(closes.index.year).last()
    covered = [y for y in last.index if _reaches_end(closes.index, y)]
    frame = last / last.shift(1) - 1
    frame.index.name = "year"
    return frame.loc[[y for y in covered if y - 1 in covered]]


def benchmark_years(index_daily: pd.DataFrame, codes: dict[str, str]) -> pd.DataFrame:
    """Return the yearly returns of the benchmarks a table of index closes holds.

    Parameters
    ----------
    index_daily : DataFrame
        Columns ``date, index_code, close``.
    codes : dict
        Name to index code, e.g. ``{"沪深300": "000300"}``. A code the table lacks gives an empty column.

    Returns
    -------
    DataFrame
        Index: full years; one column per name; fractions.
    """
    columns = {}
    for name, code in codes.items():
        closes = index_daily.loc[index_daily["index_code"] == code].set_index("date")["close"].sort_index()
        columns[name] = yearly_returns(closes) if len(closes) else pd.Series(dtype=float)
    return pd.DataFrame(columns, dtype=float).rename_axis("year")


def period_returns(closes: pd.DataFrame, base_year: int, until: pd.Timestamp | str) -> pd.Series:
    """Return from the last close of ``base_year`` to the last close on or before ``until``.

    Raises
    ------
    ValueError
        If the data do not reach both days.
    """
    until = pd.Timestamp(until)
    if not _reaches_end(closes.index, base_year):
        raise ValueError(f"no close at the end of {base_year}: the data span {_span(closes)}")
    if closes.index.max() < until:
        raise ValueError(f"no close on {until.date()}: the data span {_span(closes)}")
    base = closes.loc[: f"{base_year}-12-31"].iloc[-1]
    return (closes.loc[:until].iloc[-1] / base - 1).rename(until)


def dates_that_fit(closes: pd.DataFrame, base_year: int, printed: dict[str, float]) -> pd.DataFrame:
    """Compare printed year-to-date returns with every day of the following year.

    Used to find which day a report's undated figures belong to.

    Parameters
    ----------
    closes : DataFrame
        Index: date; columns: names.
    base_year : int
        The year whose last close is the base.
    printed : dict
        Name to printed return, as a fraction.

    Returns
    -------
    DataFrame
        Index: date; one column of differences per name and ``worst``, the largest absolute
        difference of the day, smallest first.
    """
    year = closes.loc[f"{base_year + 1}-01-01" : f"{base_year + 1}-12-31", list(printed)]
    base = closes.loc[: f"{base_year}-12-31", list(printed)].iloc[-1]
    gap = year / base - 1 - pd.Series(printed)
    return gap.assign(worst=gap.abs().max(axis=1)).sort_values("worst")


def share_beating(returns: pd.DataFrame, benchmark: pd.Series) -> pd.DataFrame:
    """Count the industries that returned more than a benchmark in each year.

    Parameters
    ----------
    returns : DataFrame
        Index: year; columns: industries; any one unit.
    benchmark : Series
        Index: year, same unit. Years without a benchmark are dropped.

    Returns
    -------
    DataFrame
        Index: year; ``n`` industries with a return, ``n_beating``, ``share``. Rebuilds S001 Fig. 2.
    """
    years = returns.index.intersection(benchmark.dropna().index)
    table = returns.loc[years]
    n = table.notna().sum(axis=1)
    beating = table.gt(benchmark.loc[years], axis=0).sum(axis=1)
    return pd.DataFrame({"n": n, "n_beating": beating, "share": beating / n})


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


def _reaches_end(dates: pd.DatetimeIndex, year: int) -> bool:
    """Whether the data hold a close of the year's last week and go on to its last session."""
    final = sessions(f"{year}-12-01", f"{year}-12-31")[-1]
    inside = dates[(dates <= final) & (dates > final - _STALE)]
    return len(inside) > 0 and dates.max() >= final


def _span(closes: pd.DataFrame) -> str:
    return f"{closes.index.min().date()} to {closes.index.max().date()}"
