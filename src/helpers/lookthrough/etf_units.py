"""What one ETF unit is worth, and how large each fund is.

Net asset value is the right price of a unit. Where a source has none, the closing price, the adjusted price and last
the level of the tracked index stand in, and every result says which one it used. Every price is quoted in the units of
its date: a price from before a split never meets units from after it, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.lookthrough.splits import (
    JUMP,
    into_units_of_the_day,
    price_jump,
    raw_sources,
    share_changes,
    splits_of,
)
from helpers.panels import as_of, distinct

BASES = ("nav", "close", "linked", "adj_close", "index")
ALIKE = ("nav", "close", "linked")  # as good as each other: of two days, the younger
INDEX_POINTS_PER_UNIT = 1000.0  # most broad ETFs were launched at one thousandth of their index


class UnitValues(NamedTuple):
    """Unit values at dates × codes (CNY), the basis of each (text, empty where none) and its age in days."""

    value: pd.DataFrame
    basis: pd.DataFrame
    age: pd.DataFrame


def unit_values(
    dates: pd.DatetimeIndex,
    codes: pd.Index,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    index_daily: pd.DataFrame | None = None,
    etf_list: pd.DataFrame | None = None,
    max_age: int | None = 10,
    changes: pd.DataFrame | None = None,
) -> UnitValues:
    """Value of one unit of each fund, from the best source known at each date.

    The youngest of net asset value (of ``etf_shares``, then of ``etf_daily``), unadjusted close, and adjusted close
    ``linked`` to the last day on which one of them stood beside it; in this order where two are of one day. Without any
    of them the adjusted close alone, and then, only where ``index_daily`` is given, the tracked index divided by 1,000.
    An adjusted close alone is a true level only up to later dividends; the index is right only up to the fund's own
    launch price. Both are quoted in the units of their last day, and splits after a date are undone: that takes back
    what such a price already knew of the future, and adds nothing to it.

    Parameters
    ----------
    dates : DatetimeIndex
        Ascending.
    codes : Index
    etf_shares, etf_daily, index_daily, etf_list : DataFrame
        Canonical tables; ``index_daily`` and ``etf_list`` only for the last resort.
    max_age : int, optional
        Calendar days a value may be carried forward; None carries it for ever.
    changes : DataFrame, optional
        Of :func:`helpers.lookthrough.splits.share_changes`, where it is at hand already.

    Returns
    -------
    UnitValues
        Three frames of dates × codes.
    """
    shape = len(dates), len(codes)
    value, age = np.full(shape, np.nan), np.full(shape, np.nan)
    basis = np.full(shape, "", dtype=object)
    splits = splits_of(share_changes(etf_shares, etf_daily) if changes is None else changes)
    tables = (etf_shares, etf_daily, index_daily, etf_list)
    for name, found, old, since in _candidates(dates, codes, tables, max_age):
        found = into_units_of_the_day(found, since, dates, codes, splits)
        take = np.isfinite(found) & (~np.isfinite(value) | ((old < age) & (name in ALIKE)))
        value[take], age[take], basis[take] = found[take], old[take], name
    return UnitValues(*(pd.DataFrame(x, index=dates, columns=codes) for x in (value, basis, age)))


def _candidates(
    dates: pd.DatetimeIndex, codes: pd.Index, tables: tuple[pd.DataFrame | None, ...], max_age: int | None
) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield name, value, age and the day whose units it is quoted in, dates × codes, best source first."""
    etf_shares, etf_daily, index_daily, etf_list = tables
    for name, frame, column in raw_sources(etf_shares, etf_daily):
        found, old = as_of(frame, column, dates, codes, max_age)
        yield name, found, old, _days_before(dates, old)
    if etf_daily is not None:
        adjusted, old = as_of(etf_daily, "adj_close", dates, codes, max_age)
        raw = [etf_daily[name] for name in ("nav", "close") if name in etf_daily]
        if raw:
            unadjusted = raw[0] if len(raw) == 1 else raw[0].fillna(raw[1])
            links = etf_daily[["date", "code"]].assign(link=unadjusted / etf_daily["adj_close"])
            link, linked = as_of(links, "link", dates, codes)
            yield "linked", adjusted * link, old, _days_before(dates, linked)
        last = _last_days(etf_daily, "code", codes)
        yield "adj_close", adjusted, old, np.broadcast_to(last, old.shape)
    if index_daily is not None and etf_list is not None:
        tracked = etf_list.drop_duplicates("code").set_index("code")["index_code"].reindex(codes)
        known = distinct(tracked)
        level, old = as_of(index_daily, "close", dates, known, max_age, key="index_code")
        at = known.get_indexer(tracked.astype(object))
        level, old = (np.where(at >= 0, x[:, at], np.nan) for x in (level, old))
        last = _last_days(etf_daily if etf_daily is not None else etf_shares, "code", codes)
        yield "index", level / INDEX_POINTS_PER_UNIT, old, np.broadcast_to(last, old.shape)


def _days_before(dates: pd.DatetimeIndex, age: np.ndarray) -> np.ndarray:
    """Return the day each value was observed; where there is none, the date itself."""
    days = dates.to_numpy().astype("datetime64[D]")[:, None]
    return days - np.nan_to_num(age).astype("timedelta64[D]")


def _last_days(frame: pd.DataFrame, key: str, codes: pd.Index) -> np.ndarray:
    """Return the last day of each fund in a table, or the table's own where the fund is not in it."""
    last = frame.groupby(key)["date"].max().reindex(codes).fillna(frame["date"].max())
    return last.to_numpy().astype("datetime64[D]")


def fund_sizes(
    dates: pd.DatetimeIndex,
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    codes: pd.Index | None = None,
    index_daily: pd.DataFrame | None = None,
    etf_list: pd.DataFrame | None = None,
    max_age: int | None = 10,
    price_max_age: int | None = 10,
    changes: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, UnitValues]:
    """Size of each fund at each date: units × unit value, as known at that date.

    Parameters
    ----------
    dates : DatetimeIndex
        Usually the last session of each week.
    etf_shares, etf_daily, index_daily, etf_list : DataFrame
        Canonical tables; see :func:`unit_values` for the order of price sources.
    codes : Index, optional
        The funds; default all in ``etf_shares``.
    max_age, price_max_age : int, optional
        Calendar days units and unit values may be carried forward (a missing day is no redemption); None for ever.
    changes : DataFrame, optional
        Of :func:`helpers.lookthrough.splits.share_changes`, where it is at hand already.

    Returns
    -------
    sizes : DataFrame
        Dates × codes in CNY, NaN where units or value are unknown.
    units : UnitValues
    """
    codes = distinct(etf_shares["code"]) if codes is None else codes
    shares, old = as_of(etf_shares, "shares", dates, codes, max_age)
    units = unit_values(dates, codes, etf_shares, etf_daily, index_daily, etf_list, price_max_age, changes)
    value = units.value / _split_since(old, dates, codes, etf_shares, etf_daily)
    return pd.DataFrame(shares, index=dates, columns=codes) * value, units._replace(value=value)


def _split_since(
    age: np.ndarray, dates: pd.DatetimeIndex, codes: pd.Index, etf_shares: pd.DataFrame, etf_daily: pd.DataFrame | None
) -> np.ndarray:
    """Return the jump of the price that units carried from an earlier day have not followed: 1 where there is none."""
    row, column = np.nonzero(age > 0)
    rows = pd.DataFrame({"code": codes[column], "date": dates[row], "gap_days": age[row, column]})
    jumped = price_jump(rows, etf_shares, etf_daily)
    with np.errstate(invalid="ignore"):
        jumped[~(np.abs(np.log(jumped)) >= np.log1p(JUMP))] = 1.0
    factor = np.ones(age.shape)
    factor[row, column] = jumped
    return factor
