"""Funds that may be closed: a flag anyone can compute, and how often those it marked did close.

A fund below CNY 50 million has to explain itself to the regulator after sixty sessions, and most contracts then allow
to close it. The flag is that size; the hit rate says what it was worth.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.inference import proportion_interval
from helpers.lookthrough.etf_units import fund_sizes
from helpers.panels import as_of
from helpers.tables import MissingTable

__all__ = ["SMALL", "closure_facts", "closure_flags", "closure_study", "hit_rate", "known_sizes"]

SMALL = 5e7  # CNY


def known_sizes(
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None,
    dates: pd.DatetimeIndex,
    codes: pd.Index,
    max_age: int = 30,
) -> pd.DataFrame:
    """Return the sizes of funds; where no unit value is known a unit counts as one CNY.

    Of a closed fund mostly the units survive: a unit was worth one CNY when the fund began, which is right in kind.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical; the second, for unit values, may be None.
    dates : DatetimeIndex
        When sizes are asked for.
    codes : Index
        Funds.
    max_age : int
        Calendar days after which units and prices are too old to go by.

    Returns
    -------
    DataFrame
        Dates × funds, CNY; NaN where no units are known.
    """
    sizes, units = fund_sizes(dates, etf_shares, etf_daily, codes=codes, max_age=max_age, price_max_age=max_age)
    shares, _ = as_of(etf_shares, "shares", dates, codes, max_age)
    return sizes.where(units.value.notna(), pd.DataFrame(shares, index=dates, columns=codes))


def closure_flags(sizes: pd.DataFrame, small: float = SMALL) -> pd.DataFrame:
    """Mark funds below the size ``small`` (CNY), dates × funds: 1, 0, or NaN where the size is unknown."""
    return (sizes < small).astype(float).where(sizes.notna())


def hit_rate(
    flags: pd.DataFrame, etf_list: pd.DataFrame, until: pd.Timestamp | str, horizon: int = 365, level: float = 0.95
) -> pd.DataFrame:
    """Count how many funds closed within a horizon, of those marked and of the others.

    Parameters
    ----------
    flags : DataFrame
        Dates × funds from :func:`closure_flags`.
    etf_list : DataFrame
        Canonical; ``delist_date`` tells who closed.
    until : date-like
        Last day whose closures are known: dates whose horizon ends later are left out.
    horizon : int
        Calendar days.
    level : float
        Confidence level of the interval.

    Returns
    -------
    DataFrame
        ``flagged, other`` × ``n`` (funds and dates), ``closed``, ``rate``, ``low``, ``high`` (Wilson; several dates of
        one fund are not independent, so that it is too narrow), ``dates``. ``attrs["recall"]`` is the share of closures
        that had been marked.
    """
    listing = etf_list.set_index("code")
    gone = listing["delist_date"].reindex(flags.columns).to_numpy(dtype="datetime64[us]")
    born = listing["list_date"].reindex(flags.columns).to_numpy(dtype="datetime64[us]")
    dates = flags.index[flags.index + pd.Timedelta(days=horizon) <= pd.Timestamp(until)]
    stamps = dates.to_numpy(dtype="datetime64[us]")[:, None]
    alive = (born <= stamps) & (np.isnat(gone) | (gone > stamps))
    closed = alive & (gone <= stamps + np.timedelta64(horizon, "D"))
    marks = flags.loc[dates].to_numpy()
    rows = {name: _counted(alive & (marks == mark), closed, level) for name, mark in (("flagged", 1), ("other", 0))}
    table = pd.DataFrame(rows).T.rename_axis("fund").assign(dates=len(dates))
    total = table["closed"].sum()
    table.attrs["recall"] = float(table.loc["flagged", "closed"] / total) if total else np.nan
    return table


def _counted(among: np.ndarray, closed: np.ndarray, level: float) -> dict[str, float]:
    n, hits = int(among.sum()), int((among & closed).sum())
    low, high = proportion_interval(hits, n, level) if n else (np.nan, np.nan)
    return {"n": n, "closed": hits, "rate": hits / n if n else np.nan, "low": low, "high": high}


def closure_study(market: Mapping[str, pd.DataFrame], until: pd.Timestamp, every: int = 182) -> pd.DataFrame:
    """Measure the flag of small funds over past dates at which at least a hundred sizes were known.

    Parameters
    ----------
    market : mapping
        Takes ``etf_list`` and ``etf_shares``; ``etf_daily`` for unit values.
    until : Timestamp
        Last day closures are known to.
    every : int
        Calendar days between the dates.

    Returns
    -------
    DataFrame
        Of :func:`hit_rate`: rows ``flagged, other``.

    Raises
    ------
    MissingTable
        If sizes were known a year before the end at no such date, or no closures are recorded.
    """
    listing, units = market["etf_list"], market["etf_shares"]
    if "delist_date" not in listing or listing["delist_date"].isna().all():
        raise MissingTable("etf_list", "no fund with a delist_date")
    counted = units.groupby("date").size()
    last = pd.Timestamp(until) - pd.Timedelta(days=365)
    full = counted.index[(counted >= min(100, counted.max())) & (counted.index <= last)]
    dates = _spread(full, every)
    if not dates:
        raise MissingTable("etf_shares", f"units of many funds on no day before {last:%Y-%m-%d}")
    sizes = known_sizes(units, market.get("etf_daily"), pd.DatetimeIndex(dates), pd.Index(listing["code"]), max_age=10)
    return hit_rate(closure_flags(sizes), listing, until)


def _spread(days: pd.DatetimeIndex, every: int, run: int = 7) -> list[pd.Timestamp]:
    """Return days at least ``every`` apart, each the last of its week: the exchanges may report on different days."""
    chosen: list[pd.Timestamp] = []
    for day in days:
        if not chosen or (day - chosen[-1]).days >= every:
            chosen.append(days[days <= day + pd.Timedelta(days=run)][-1])
    return chosen


def closure_facts(table: pd.DataFrame) -> dict:
    """Return the facts of a hit-rate table.

    Parameters
    ----------
    table : DataFrame
        Of :func:`hit_rate`.

    Returns
    -------
    dict
        ``dates, flagged, closed, others, other_closed`` (counts), ``rate, low, high, other_rate, recall`` (shares),
        ``tells`` (whether the interval of the flagged lies above that of the others; None where one is empty) and
        ``small`` (the limit, CNY mn).
    """
    flagged, other = table.loc["flagged"], table.loc["other"]
    return {
        "dates": int(flagged["dates"]),
        "flagged": int(flagged["n"]),
        "closed": int(flagged["closed"]),
        "rate": flagged["rate"],
        "low": flagged["low"],
        "high": flagged["high"],
        "others": int(other["n"]),
        "other_closed": int(other["closed"]),
        "other_rate": other["rate"],
        "recall": table.attrs["recall"],
        "tells": bool(flagged["low"] > other["high"]) if flagged["n"] and other["n"] else None,
        "small": SMALL / 1e6,
    }
