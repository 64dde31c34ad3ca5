"""The characteristics a rule book may ask for, each computed from what was known on one evening.

A field is a function of :class:`~helpers.index_research.stocks.StockTables` (already cut) and of a window in sessions;
it returns one number per stock, NaN where the stock has no answer. :data:`FIELDS` names them all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from helpers.index_research.stocks import StockTables

__all__ = ["FIELDS", "carried", "characteristic", "trailing_year"]

YEAR = 250  # sessions
SKIP = 20  # sessions that momentum leaves out: the last month tends to revert
QUARTERS = 4


def carried(values: np.ndarray) -> np.ndarray:
    """Return the last known value of each column, sessions × stocks to stocks."""
    seen = np.isfinite(values)
    last = len(values) - 1 - seen[::-1].argmax(axis=0)
    return np.where(seen.any(axis=0), np.take_along_axis(values, last[None], axis=0)[0], np.nan)


def trailing_year(known: StockTables, name: str, back: int = 0) -> np.ndarray:
    """Sum a reported amount over the four quarters to the last known report, or to ``back`` quarters before it.

    Parameters
    ----------
    known : StockTables
        Cut at the evening of the review.
    name : str
        A column of ``stock_fundamental``, of single quarters.
    back : int
        Quarters before the last known report.

    Returns
    -------
    ndarray, shape (stocks,)
        NaN where one of the four is unknown.

    Raises
    ------
    MissingTable
        If the reports lack the column.
    """
    values = known.report(name)
    there = np.isfinite(values)
    last = len(values) - 1 - there[::-1].argmax(axis=0) - back
    rows = last[None] - np.arange(QUARTERS)[:, None]
    picked = np.take_along_axis(values, rows.clip(0), axis=0)
    return np.where(there.any(axis=0) & (rows >= 0).all(axis=0), picked.sum(axis=0), np.nan)


def _mean(values: np.ndarray) -> np.ndarray:
    seen = np.isfinite(values)
    count = seen.sum(axis=0)
    return np.where(count > 0, np.where(seen, values, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Divide where there is something positive below."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _float_cap(known: StockTables, window: int | None) -> np.ndarray:
    caps = known.panel("float_cap")[-(window or SKIP) :]
    return _mean(caps) if window else carried(caps)


def _amount(known: StockTables, window: int | None) -> np.ndarray:
    return _mean(known.panel("amount")[-(window or YEAR) :])


def _volatility(known: StockTables, window: int | None) -> np.ndarray:
    prices = known.prices[-(window or YEAR) - 1 :]
    returns = prices[1:] / prices[:-1] - 1
    count = np.isfinite(returns).sum(axis=0)
    gap = np.where(np.isfinite(returns), returns - _mean(returns), 0)
    return np.where(count > (window or YEAR) / 2, np.sqrt((gap**2).sum(axis=0) / np.maximum(count - 1, 1)), np.nan)


def _momentum(known: StockTables, window: int | None) -> np.ndarray:
    before = known.prices[: -(window or YEAR)][-SKIP:]
    if not len(before):
        return np.full(len(known.codes), np.nan)
    return carried(known.prices[-(window or YEAR) : -SKIP]) / carried(before) - 1


def _high(known: StockTables, window: int | None) -> np.ndarray:
    prices = known.prices[-(window or YEAR) :]
    peak = np.where(np.isfinite(prices), prices, 0).max(axis=0)
    return _ratio(carried(prices), peak)


def _growth(name: str) -> Callable:
    def grown(known: StockTables, window: int | None) -> np.ndarray:
        return _ratio(trailing_year(known, name), trailing_year(known, name, QUARTERS)) - 1

    return grown


def _roe(known: StockTables, window: int | None) -> np.ndarray:
    return trailing_year(known, "roe") / QUARTERS  # reported as a yearly rate


def _cash_quality(known: StockTables, window: int | None) -> np.ndarray:
    return _ratio(trailing_year(known, "operating_cash_flow"), trailing_year(known, "net_profit"))


def _research(known: StockTables, window: int | None) -> np.ndarray:
    return _ratio(trailing_year(known, "rd_expense"), trailing_year(known, "revenue"))


def _dividend_yield(known: StockTables, window: int | None) -> np.ndarray:
    paid = trailing_year(known, "dividend") * carried(known.report("free_float"))
    return _ratio(paid, _float_cap(known, None))


def _payout(known: StockTables, window: int | None) -> np.ndarray:
    return _ratio(trailing_year(known, "dividend"), trailing_year(known, "net_profit"))


def _dividend_years(known: StockTables, window: int | None) -> np.ndarray:
    """Count the trailing years in a row with a dividend, from the last one back."""
    count, unbroken = np.zeros(len(known.codes)), np.ones(len(known.codes), dtype=bool)
    for back in range(0, len(known.quarters) - QUARTERS + 1, QUARTERS):
        unbroken &= trailing_year(known, "dividend", back) > 0
        count += unbroken
    return np.where(np.isfinite(trailing_year(known, "dividend")), count, np.nan)


FIELDS: dict[str, Callable[[StockTables, int | None], np.ndarray]] = {
    "float_cap": _float_cap,
    "amount": _amount,
    "volatility": _volatility,
    "momentum": _momentum,
    "high_52w": _high,
    "revenue_growth": _growth("revenue"),
    "profit_growth": _growth("net_profit"),
    "ebit_growth": _growth("ebit"),
    "roe": _roe,
    "cash_quality": _cash_quality,
    "research": _research,
    "dividend_yield": _dividend_yield,
    "dividend_years": _dividend_years,
    "payout": _payout,
}


def characteristic(known: StockTables, field: str, window: int | None = None) -> np.ndarray:
    """Return one characteristic of every stock.

    Parameters
    ----------
    known : StockTables
        Cut at the evening of the review.
    field : str
        One of :data:`FIELDS`: ``float_cap`` and ``amount`` in CNY (means over the window), ``volatility`` of daily
        returns, ``momentum`` of a year without its last month, ``high_52w`` (price over its highest), growth of the
        trailing year on the one before, ``roe``, ``cash_quality`` (operating cash over profit), ``research`` (R&D over
        revenue), ``dividend_yield``, ``payout``, ``dividend_years`` (years in a row).
    window : int, optional
        Sessions; each field has its own when left out.

    Returns
    -------
    ndarray, shape (stocks,)
        NaN where the field is not known; rates and shares are fractions.

    Raises
    ------
    ValueError
        For an unknown field.
    MissingTable
        If the tables lack a column the field needs.
    """
    if field not in FIELDS:
        raise ValueError(f"unknown field {field!r}; the fields are {', '.join(FIELDS)}")
    return FIELDS[field](known, window)
