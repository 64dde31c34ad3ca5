"""What an index did: since it was launched, year by year, in windows, and while the market rose or fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.inference import mean_interval
from helpers.tables import MissingTable

__all__ = [
    "asked_closes",
    "bases_that_fit",
    "closes_of",
    "period_returns",
    "research_closes",
    "rolling_excess",
    "up_and_down",
    "windows",
]


def closes_of(index_daily: pd.DataFrame, codes: Sequence[str] | Mapping[str, str]) -> pd.DataFrame:
    """Return the closes of ``codes`` in ``index_daily``, dates × indices; a mapping of name to code names the columns.

    A code the table lacks gives no column.

    Examples
    --------
    >>> day = pd.DataFrame({"date": pd.Timestamp("2024-01-02"), "index_code": ["000300", "000905"]})
    >>> closes_of(day.assign(close=[3386.0, 5400.0]), {"沪深300": "000300"})
    index_code   沪深300
    date
    2024-01-02  3386.0
    """
    names = {code: name for name, code in codes.items()} if isinstance(codes, Mapping) else {c: c for c in codes}
    rows = index_daily[index_daily["index_code"].isin(list(names))]
    wide = rows.pivot(index="date", columns="index_code", values="close").sort_index()
    return wide[[code for code in names if code in wide]].rename(columns=names)


def asked_closes(index_daily: pd.DataFrame, codes: Sequence[str], parameter: str) -> pd.DataFrame:
    """Return the closes of codes that a reader named in a parameter.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical.
    codes : sequence of str
        Index codes.
    parameter : str
        The parameter's name, for the error.

    Returns
    -------
    DataFrame
        Dates × codes.

    Raises
    ------
    MissingTable
        If the table lacks one of the codes.
    """
    closes = closes_of(index_daily, codes)
    absent = [code for code in codes if code not in closes]
    if absent:
        raise MissingTable("index_daily", f"it holds no {', '.join(absent)}", f"Choose another {parameter}.")
    return closes


def research_closes(index_daily: pd.DataFrame, indices: Sequence[str], benchmark: str) -> pd.DataFrame:
    """Return the closes of the indices looked at, as far as the table has them, and of their benchmark.

    Parameters
    ----------
    index_daily : DataFrame
        Canonical.
    indices : sequence of str
        Codes; one the table lacks is left out.
    benchmark : str
        Code of what they are held against.

    Returns
    -------
    DataFrame
        Dates × codes, the benchmark last.

    Raises
    ------
    MissingTable
        If the table lacks the benchmark, or all of the indices.
    """
    asked_closes(index_daily, [benchmark], "research_benchmark")
    others = [code for code in indices if code != benchmark]
    if closes_of(index_daily, others).empty:
        said = f"it holds no {', '.join(others)}" if others else f"{benchmark} is held against itself"
        raise MissingTable("index_daily", said, "Choose other research_indices.")
    return closes_of(index_daily, [*others, benchmark])


def period_returns(closes: pd.DataFrame, periods: pd.DataFrame, base: str = "before") -> pd.Series:
    """Return what each index earned in each period.

    Parameters
    ----------
    closes : DataFrame
        Dates × indices.
    periods : DataFrame
        ``index_name, period_start, period_end``; other columns are carried nowhere.
    base : {"before", "first"}
        Start from the last close before the period, as a calendar year does, or from its first close.

    Returns
    -------
    Series
        Fractions, on the index of ``periods``; NaN where the closes do not reach both days within a week, or the
        index is not there. Rebuilds S001 Tables 5 and 7.

    Raises
    ------
    ValueError
        For another ``base``.
    """
    if base not in ("before", "first"):
        raise ValueError(f"base={base!r}: use 'before' or 'first'")
    found = []
    for row in periods.itertuples():
        if row.index_name not in closes:
            found.append(np.nan)
            continue
        own = closes[row.index_name].dropna()
        first = own.index.searchsorted(row.period_start) - (1 if base == "before" else 0)
        last = own.index.searchsorted(row.period_end, side="right") - 1
        there = (
            0 <= first < last and _near(own.index[first], row.period_start) and _near(own.index[last], row.period_end)
        )
        found.append(own.iloc[last] / own.iloc[first] - 1 if there else np.nan)
    return pd.Series(found, index=periods.index, dtype=float)


def _near(date: pd.Timestamp, wanted: pd.Timestamp, days: int = 12) -> bool:
    return abs((date - wanted).days) <= days


def bases_that_fit(closes: pd.DataFrame, until: pd.Timestamp | str, printed: Mapping[str, float]) -> pd.DataFrame:
    """Try every session as the base of a cumulative return and compare with what is printed.

    Parameters
    ----------
    closes : DataFrame
        Dates × indices.
    until : date-like
        The last close on or before it ends the period.
    printed : mapping of index to return
        Fractions; indices without closes are left out.

    Returns
    -------
    DataFrame
        Base dates × (computed less printed of each index, ``worst``: the largest absolute one), best first.
    """
    names = [name for name in printed if name in closes]
    own = closes.loc[: pd.Timestamp(until), names].dropna()
    gap = own.iloc[-1] / own.iloc[:-1] - 1 - pd.Series(printed)[names]
    return gap.assign(worst=gap.abs().max(axis=1)).sort_values("worst", kind="stable")


def windows(closes: pd.DataFrame, spans: Mapping[str, int]) -> pd.DataFrame:
    """Return trailing returns to the last close over spans of sessions, indices × spans; NaN where too short."""
    last = closes.ffill().iloc[-1]
    out = {}
    for name, sessions in spans.items():
        enough = len(closes) > sessions
        out[name] = last / closes.ffill(limit=10).iloc[-1 - sessions] - 1 if enough else pd.Series(np.nan, last.index)
    return pd.DataFrame(out).rename_axis("index")


def rolling_excess(own: pd.Series, market: pd.Series, sessions: int = 250) -> pd.DataFrame:
    """Return the excess over every span of sessions and what it says: windows overlap, so few are independent.

    Parameters
    ----------
    own, market : Series
        Closes by session; days both have are used.
    sessions : int
        Length of a span.

    Returns
    -------
    DataFrame
        One row: ``windows, independent`` (spans that do not overlap), ``share_ahead, worst, median, best`` (fractions
        over a whole span); NaN when the closes are shorter than one.
    """
    both = pd.DataFrame({"own": own, "market": market}).dropna()
    gone = both / both.shift(sessions) - 1
    excess = (gone["own"] - gone["market"]).dropna()
    row = {
        "windows": len(excess),
        "independent": len(both) // sessions,
        "share_ahead": float((excess > 0).mean()) if len(excess) else np.nan,
        "worst": excess.min(),
        "median": excess.median(),
        "best": excess.max(),
    }
    return pd.DataFrame([row])


def up_and_down(own: pd.Series, market: pd.Series, flat: float = 0.0) -> pd.DataFrame:
    """Split months by what the market did and compare.

    Parameters
    ----------
    own, market : Series
        Daily closes.
    flat : float
        A month in which the market moved less than this in either direction is ``flat``.

    Returns
    -------
    DataFrame
        ``down, flat, up`` (those that occur) and ``all`` × ``n``, ``own`` and ``market`` (mean monthly returns),
        ``excess``, ``low``, ``high`` (95 % interval of the mean excess), ``capture`` (own over market; NaN over all
        months, whose mean is near zero and would make any ratio large).
    """
    both = pd.DataFrame({"own": own, "market": market}).dropna()
    months = both.groupby(both.index.to_period("M")).last().pct_change().dropna()
    state = np.select([months["market"] > flat, months["market"] < -flat], ["up", "down"], "flat")
    rows = {name: _excess_row(months[state == name]) for name in ("down", "flat", "up") if (state == name).any()}
    rows["all"] = _excess_row(months) | {"capture": np.nan}
    return pd.DataFrame(rows).T.rename_axis("months")


def _excess_row(months: pd.DataFrame) -> dict[str, float]:
    excess, low, high = mean_interval(months["own"] - months["market"], lags=0)
    market = months["market"].mean()
    capture = months["own"].mean() / market if market else np.nan
    return {
        "n": len(months),
        "own": months["own"].mean(),
        "market": market,
        "excess": excess,
        "low": low,
        "high": high,
        "capture": capture,
    }
