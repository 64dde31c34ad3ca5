"""Returns by calendar year and by period, and the share of industries that beat a benchmark."""

from __future__ import annotations

import pandas as pd

from helpers.panels import wide
from helpers.sessions import sessions

__all__ = [
    "benchmark_closes",
    "benchmark_years",
    "dates_that_fit",
    "period_returns",
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


def benchmark_closes(index_daily: pd.DataFrame, codes: dict[str, str]) -> pd.DataFrame:
    """Return the closes of benchmarks, one column per name.

    Parameters
    ----------
    index_daily : DataFrame
        Columns ``date, index_code, close``.
    codes : dict
        Name to index code, e.g. ``{"沪深300": "000300"}``. A code the table lacks gives an empty column.

    Returns
    -------
    DataFrame
        Index: date, ascending; columns in the order of ``codes``; NaN on a day without a close.
    """
    closes = wide(index_daily, "index_code", "close", list(codes.values()))
    return closes.reindex(columns=list(codes.values())).set_axis(list(codes), axis=1)


def benchmark_years(closes: pd.DataFrame) -> pd.DataFrame:
    """Return the yearly returns of benchmarks, each over the years its own closes cover.

    Parameters
    ----------
    closes : DataFrame
        As :func:`benchmark_closes` returns.

    Returns
    -------
    DataFrame
        Index: year; the same columns, empty for a benchmark without closes; fractions.
    """
    columns = {name: yearly_returns(line.dropna()).astype(float) for name, line in closes.items()}
    return pd.DataFrame(columns, dtype=float).sort_index().rename_axis("year")


def period_returns(closes: pd.DataFrame, base_year: int, until: pd.Timestamp | str) -> pd.Series:
    """Return from the last close of ``base_year`` to the last close on or before ``until``.

    Parameters
    ----------
    closes : DataFrame
        Index: date, ascending; columns: names; closing levels.
    base_year : int
        The year whose last close is the base.
    until : date
        The last day.

    Returns
    -------
    Series
        By name, fractions; NaN without a close on either of the two days.

    Raises
    ------
    ValueError
        If the data do not reach both days.
    """
    until = pd.Timestamp(until)
    if closes.empty or not _reaches_end(closes.index, base_year):
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


def _reaches_end(dates: pd.DatetimeIndex, year: int) -> bool:
    """Whether the data hold a close of the year's last week and go on to its last session."""
    final = sessions(f"{year}-12-01", f"{year}-12-31")[-1]
    inside = dates[(dates <= final) & (dates > final - _STALE)]
    return len(inside) > 0 and dates.max() >= final


def _span(closes: pd.DataFrame) -> str:
    return f"{closes.index.min().date()} to {closes.index.max().date()}" if len(closes) else "no day"
