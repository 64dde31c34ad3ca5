"""Canonical tables of stocks from what BaoStock said. Pure: parts of the store in, a frame out."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from helpers.providers.plans import Context
from helpers.sessions import sessions
from helpers.tables import DataWarning

__all__ = ["QUOTES", "REPORTS", "stock_daily", "stock_fundamental", "with_prices"]

QUOTES, REPORTS = "query_daily_history_k_AStock", "query_profit_data"
_QUOTED = ["date", "code", "close", "prev_close", "volume", "amount", "turnover"]
_TO_DATE = {"net_profit": "net_profit_to_date", "roe": "roe_to_date"}


def _said(context: Context, method: str, columns: list[str]) -> pd.DataFrame:
    entries = [e for e in context.store.of("baostock") if e.rows and e.request.get("method") == method]
    frames = [context.store.part(entry).reindex(columns=columns) for entry in entries]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def stock_daily(context: Context) -> pd.DataFrame:
    """Quotes of every stock that traded on a day, the dead ones too.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        date, code, adj_close, float_cap (CNY), amount, close, volume; empty before the first day.
    """
    quotes = _said(context, QUOTES, _QUOTED)
    return with_prices(quotes.drop_duplicates(["code", "date"], keep="last")) if len(quotes) else quotes


def with_prices(quotes: pd.DataFrame) -> pd.DataFrame:
    """Add ``adj_close`` and ``float_cap`` to raw quotes.

    The exchange's reference price tells of every distribution: a day's total return is its close over that price.
    Tradable shares are the day's volume over its turnover, and stay until a day that trades tells anew.

    Parameters
    ----------
    quotes : DataFrame
        date, code, close, prev_close, volume, amount, turnover (fraction).

    Returns
    -------
    DataFrame
        date, code, adj_close, float_cap, amount, close, volume; sorted by code and date.

    Warns
    -----
    DataWarning
        Where sessions are missing in the middle: their returns are in no price.
    """
    frame = quotes[(quotes["close"] > 0).to_numpy()].sort_values(["code", "date"], ignore_index=True)
    days = pd.DatetimeIndex(frame["date"].unique())
    if len(days) and len(lacking := sessions(days.min(), days.max()).difference(days)):
        said = f"{len(lacking)} sessions without quotes of stocks, the first {lacking[0]:%Y-%m-%d}: no return of theirs"
        warnings.warn(said, DataWarning, stacklevel=2)
    close, told = frame["close"], frame["prev_close"]
    by_code = close.groupby(frame["code"], sort=False)
    before = by_code.shift()
    growth = (close / told.where(told > 0, before)).where(before.notna(), 1.0)
    grown = np.log(growth.astype(float)).groupby(frame["code"], sort=False).cumsum()
    shares = (frame["volume"] / frame["turnover"]).where((frame["turnover"] > 0) & (frame["volume"] > 0))
    shares = shares.groupby(frame["code"], sort=False).ffill()
    frame = frame.assign(adj_close=by_code.transform("first") * np.exp(grown), float_cap=shares * close)
    return frame[["date", "code", "adj_close", "float_cap", "amount", "close", "volume"]]


def stock_fundamental(context: Context) -> pd.DataFrame:
    """Reports by quarter, each known from the day it was published.

    The site counts from the year's first day; a quarter is what its report adds to the one before, and a return on
    equity is that times four, a yearly rate. A quarter whose report before is not there has neither.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        report_date, code, announce_date, roe (fraction a year), net_profit (CNY); empty before the first report.
    """
    columns = ["code", "report_date", "announce_date", *_TO_DATE.values()]
    frame = _said(context, REPORTS, columns)
    if frame.empty:
        return frame
    frame = frame.dropna(subset=["announce_date"]).drop_duplicates(["code", "report_date"], keep="last")
    frame = frame.sort_values(["code", "report_date"], ignore_index=True)
    quarter, year = frame["report_date"].dt.quarter, frame["report_date"].dt.year
    same = frame["code"].eq(frame["code"].shift()) & year.eq(year.shift()) & quarter.eq(quarter.shift() + 1)
    for column, to_date in _TO_DATE.items():
        before = frame[to_date].shift().where(same)
        frame[column] = (frame[to_date] - before).where(quarter != 1, frame[to_date])
    frame["roe"] *= 4
    return frame[["report_date", "code", "announce_date", "roe", "net_profit"]]
