"""Portfolios of groups of assets, and the yearly statistics the rotation report prints for them.

A group is bought at the close ``lag`` sessions after its date, in equal parts, and held until the next date's purchase;
before costs, as in the report's tables.
"""

from __future__ import annotations

import pandas as pd

from helpers.backtest.engine import backtest
from helpers.performance import SESSIONS_PER_YEAR, annual_volatility, relative_returns, tracking_error, whole_year

EQUAL = "equal weight"


def group_returns(groups: pd.DataFrame, prices: pd.DataFrame, *, lag: int = 1, hold: int = 10) -> pd.DataFrame:
    """Daily returns of each group and of all industries in equal weight, rebalanced on the same dates.

    Parameters
    ----------
    groups : DataFrame
        Dates × industries, group numbers; NaN belongs to none. Rows that are all NaN decide nothing.
    prices : DataFrame
        Sessions × industries.
    lag : int
        Sessions from a date's close to the purchase.
    hold : int
        Calendar days the last date is held.

    Returns
    -------
    DataFrame
        Sessions × groups (in ascending order) and ``equal weight``, from the first session after the first purchase on.

    Raises
    ------
    ValueError
        If no date has groups or no industry has a price.
    """
    groups = groups.dropna(how="all")
    shared = [name for name in groups.columns if name in prices.columns]
    if groups.empty or not shared:
        raise ValueError("no date has groups of industries that have prices; check the scheme of both tables")
    groups = groups[shared]
    inside = (prices.index >= groups.index[0]) & (prices.index <= groups.index[-1] + pd.Timedelta(days=hold))
    prices = prices.loc[inside, shared]
    names = sorted(pd.unique(groups.to_numpy().ravel()[groups.notna().to_numpy().ravel()]))
    members = {name: groups == name for name in names} | {EQUAL: groups.notna()}
    out = {}
    for name, member in members.items():
        weights = member.div(member.sum(axis=1).clip(lower=1), axis=0)
        out[name] = backtest(weights, prices, lag=lag).returns
    return pd.DataFrame(out).iloc[1:]


def weighted_returns(weights: pd.DataFrame, prices: pd.DataFrame, *, lag: int = 1, hold: int = 10) -> pd.Series:
    """Daily returns of given industry weights, before costs, from the first session after the first purchase on.

    Parameters
    ----------
    weights : DataFrame
        Dates × industries; a row of zeros holds nothing.
    prices, lag, hold
        As in :func:`group_returns`.

    Returns
    -------
    Series
        By day, fractions.
    """
    inside = (prices.index >= weights.index[0]) & (prices.index <= weights.index[-1] + pd.Timedelta(days=hold))
    shared = [name for name in weights.columns if name in prices.columns]
    return backtest(weights[shared], prices.loc[inside, shared], lag=lag).returns.iloc[1:]


def yearly_groups(
    returns: pd.DataFrame, top: object, bottom: object, periods_per_year: float = SESSIONS_PER_YEAR
) -> pd.DataFrame:
    """Excess of the top group over equal weight, and top less bottom, by calendar year, in %.

    Parameters
    ----------
    returns : DataFrame
        Of :func:`group_returns`.
    top, bottom : labels
        Columns of the long and the short side.
    periods_per_year : float
        Sessions in a year, for volatility and tracking error.

    Returns
    -------
    DataFrame
        Years × ``excess_return_pct`` (geometric), ``tracking_error_pct, long_short_return_pct`` (compounded daily
        differences), ``long_short_vol_pct, sessions, whole`` (whether the year has all its sessions).
    """
    spread = returns[top] - returns[bottom]
    rows = {}
    for year, part in returns.groupby(returns.index.year):
        year_spread = spread.loc[part.index]
        rows[year] = {
            "excess_return_pct": 100 * float((1 + relative_returns(part[top], part[EQUAL])).prod() - 1),
            "tracking_error_pct": 100 * tracking_error(part[top], part[EQUAL], periods_per_year=periods_per_year),
            "long_short_return_pct": 100 * float((1 + year_spread).prod() - 1),
            "long_short_vol_pct": 100 * annual_volatility(year_spread, periods_per_year=periods_per_year),
            "sessions": len(part),
            "whole": whole_year(part.index),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")


def yearly_sides(returns: pd.DataFrame, sides: dict[str, object]) -> pd.DataFrame:
    """Compound return of each side and its geometric excess over equal weight by calendar year, in %.

    Parameters
    ----------
    returns : DataFrame
        Of :func:`group_returns`.
    sides : dict
        Shown name → column.

    Returns
    -------
    DataFrame
        Rows (year, side) × ``return_pct, excess_return_pct, sessions, whole`` (S002, divergence groups by year).
    """
    rows = []
    for year, part in returns.groupby(returns.index.year):
        base = float((1 + part[EQUAL]).prod() - 1)
        for side, column in sides.items():
            total = float((1 + part[column]).prod() - 1)
            excess = (1 + total) / (1 + base) - 1
            rows.append((year, side, 100 * total, 100 * excess, len(part), whole_year(part.index)))
    columns = ["year", "side", "return_pct", "excess_return_pct", "sessions", "whole"]
    table = pd.DataFrame(rows, columns=columns)
    return table.set_index(["year", "side"])
