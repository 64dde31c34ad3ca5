r"""Money that moves into and out of ETFs, by fund and by industry.

The net inflow of a fund on a day is

.. math:: (s_t - s_{t-1} \cdot \text{split}_t) \cdot v_t

with units :math:`s` and the value of one unit :math:`v`. Differences are taken between the days on which units are
known: a day that is missing from the table is no redemption. Units of day t are published that evening, so a flow dated
t is known after the close of t.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.lookthrough import LookThrough, look_through, stock_funds
from helpers.lookthrough.etf_units import unit_values
from helpers.lookthrough.splits import share_changes
from helpers.panels import as_of, distinct, positions
from helpers.sessions import month_ends, week_ends

UNKNOWN = ("first", "suspected", "gap")


def daily_flow(
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    etf_list: pd.DataFrame | None = None,
    index_daily: pd.DataFrame | None = None,
    price_max_age: int | None = 10,
    changes: pd.DataFrame | None = None,
    since: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Net inflow of each fund on each day on which its units are known.

    Parameters
    ----------
    etf_shares, etf_daily, etf_list, index_daily : DataFrame
        Canonical tables; see :func:`helpers.lookthrough.etf_units.unit_values` for the order of price sources and
        :func:`helpers.lookthrough.splits.share_changes` for splits.
    price_max_age : int, optional
        Calendar days a unit value may be carried forward; None for ever.
    changes : DataFrame, optional
        Of :func:`~helpers.lookthrough.splits.share_changes`, where it is at hand already.
    since : Timestamp, optional
        Only days after it are reported.

    Returns
    -------
    DataFrame
        The columns of :func:`~helpers.lookthrough.splits.share_changes`, ``value`` (CNY of one unit on the day, in the
        day's own units), ``basis`` (its source), ``price_age`` (days) and ``flow`` (CNY). ``flow`` is NaN where it
        cannot be known: the first day of a fund, a suspected split, a gap, no unit value.
    """
    changes = share_changes(etf_shares, etf_daily) if changes is None else changes
    rows = changes if since is None else changes.loc[changes["date"] > since]
    dates, codes = pd.DatetimeIndex(np.unique(rows["date"])), distinct(rows["code"])
    units = unit_values(dates, codes, etf_shares, etf_daily, index_daily, etf_list, price_max_age, changes)
    at = dates.get_indexer(rows["date"]), positions(rows["code"], codes)
    value, basis, age = (frame.to_numpy()[at] for frame in units)
    created = rows["shares"] - rows["before"] * rows["split_ratio"]
    flow = (created * value).mask(rows["status"].isin(UNKNOWN))
    return rows.assign(value=value, basis=basis, price_age=age, flow=flow)


def weekly_flow(
    etf_shares: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    dates: pd.DatetimeIndex | None = None,
    codes: pd.Index | None = None,
    **pricing,
) -> pd.DataFrame:
    """Net inflow of each fund in each week.

    Parameters
    ----------
    etf_shares, etf_daily : DataFrame
        Canonical tables.
    dates : DatetimeIndex, optional
        Ends of the periods, ascending; a flow counts in the first period that ends on or after its day. Default the
        last session of each week in ``etf_shares``.
    codes : Index, optional
        Funds; default all in ``etf_shares``.
    **pricing
        Passed to :func:`daily_flow`.

    Returns
    -------
    DataFrame
        Periods × codes, CNY, known after the close of each date. NaN where no flow of the fund is known in the
        period, never a made-up zero. The first period has no start and holds only flows of its own ISO week.
    """
    days = daily_flow(etf_shares, etf_daily, **pricing)
    return sum_flow(days, dates, codes)


def sum_flow(days: pd.DataFrame, dates: pd.DatetimeIndex | None = None, codes: pd.Index | None = None) -> pd.DataFrame:
    """Add daily flows up over periods.

    Parameters
    ----------
    days : DataFrame
        Of :func:`daily_flow`.
    dates, codes : optional
        As for :func:`weekly_flow`; default the weeks and the funds of ``days``.

    Returns
    -------
    DataFrame
        Periods × codes, CNY, as of :func:`weekly_flow`.
    """
    dates = week_ends(pd.DatetimeIndex(days["date"].unique())) if dates is None else dates
    codes = distinct(days["code"]) if codes is None else codes
    period = dates.searchsorted(days["date"], side="left")
    fund = positions(days["code"], codes)
    start = dates[:1].to_period("W-SUN").start_time
    keep = (period < len(dates)) & (fund >= 0) & days["flow"].notna().to_numpy()
    keep &= (days["date"] >= start[0]).to_numpy() if len(dates) else False
    out = np.full((len(dates), len(codes)), np.nan)
    at = period[keep], fund[keep]
    out[at] = 0.0
    np.add.at(out, at, days["flow"].to_numpy()[keep])
    return pd.DataFrame(out, index=dates, columns=codes)


def industry_flow(
    flows: pd.DataFrame,
    etf_list: pd.DataFrame,
    index_weights: pd.DataFrame | None,
    stock_industry: pd.DataFrame | None,
    **options,
) -> pd.DataFrame:
    """Spread fund flows over industries by the index weights known at each date (股票ETF区间资金净流入额).

    Parameters
    ----------
    flows : DataFrame
        Periods × codes, CNY, of :func:`weekly_flow`.
    etf_list, index_weights, stock_industry, **options
        As in :func:`helpers.lookthrough.look_through`; ``fund_weights`` serves funds without index weights.

    Returns
    -------
    DataFrame
        Periods × industry names, CNY; NaN in a period in which no flow at all is known or looked through.
    """
    return seen_flow(look_through(flows, etf_list, index_weights, stock_industry, **options))


def seen_flow(through: LookThrough) -> pd.DataFrame:
    """Take the flows of a look-through by industry; NaN in a period in which nothing was seen."""
    seen = (through.parts["n_through"] > 0) | (through.parts["estimated"] != 0)
    return through.holdings.where(seen, axis=0)


def month_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the last row of a ``frame`` in each calendar month (what a month-end reader of weekly holdings has)."""
    return frame.loc[month_ends(frame.index)]


def marginal_change(shares: pd.DataFrame, periods: int = 1, max_gap: int = 45) -> pd.DataFrame:
    """Change of each industry's share of ETF money over some rows (持仓边际变化).

    Parameters
    ----------
    shares : DataFrame
        Dates × industries, fractions; rows are weeks or months.
    periods : int
        Rows over which the change is taken: 1 from one row to the next, 4 a month of weekly rows.
    max_gap : int
        Calendar days between the two rows beyond which the change is NaN: it belongs to no single month.

    Returns
    -------
    DataFrame
        Same shape, fractions.

    Raises
    ------
    ValueError
        If ``periods`` is below 1.

    Notes
    -----
    Where every fund follows one index, a share does not change at all between two publications of weights. The last
    digits of the sums do, and a ranking would read them; changes below 1e-12 are therefore exactly 0.
    """
    if periods < 1:
        raise ValueError(f"periods={periods!r} must be 1 or more")
    days = pd.Series(shares.index, index=shares.index).diff(periods).dt.days
    change = shares.diff(periods)
    return change.where(change.abs().gt(1e-12) | change.isna(), 0.0).where(days <= max_gap, axis=0)


def five_groups(values: pd.DataFrame, n: int = 5) -> pd.DataFrame:
    """Cut each row into ``n`` groups of (nearly) equal number, ``n`` the highest (由低到高划分成五组).

    Parameters
    ----------
    values : DataFrame
        Dates × industries; NaN has no group.
    n : int
        Number of groups.

    Returns
    -------
    DataFrame
        Same shape, 1 to ``n``. Ties go to the column that comes first; a row with fewer than ``n`` different values
        says nothing and is NaN.

    Examples
    --------
    >>> week = pd.DataFrame([[30.0, 10, 50, 20, 40]], columns=["银行", "电子", "医药", "煤炭", "汽车"])
    >>> five_groups(week).iloc[0].astype(int).to_dict()
    {'银行': 3, '电子': 1, '医药': 5, '煤炭': 2, '汽车': 4}
    """
    rank = values.rank(axis=1, method="first")
    count = values.notna().sum(axis=1).where(values.nunique(axis=1) >= n)
    groups = np.ceil(rank.mul(n).div(count, axis=0) - 1e-9)
    return groups.clip(upper=n)


def universe_coverage(etf_shares: pd.DataFrame, etf_list: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.Series:
    """Share of the stock ETFs listed at each date whose units are known within ten days before it.

    It says whether "the ETF market" of a run is the market or a handful of funds.

    Parameters
    ----------
    etf_shares, etf_list : DataFrame
        Canonical.
    dates : DatetimeIndex

    Returns
    -------
    Series
        By date, fractions; NaN before the first fund was listed.
    """
    rows = etf_list.loc[etf_list["code"].isin(stock_funds(etf_list))].drop_duplicates("code")
    codes, days = pd.Index(rows["code"]), dates.to_numpy()[:, None]
    listed = rows["list_date"].to_numpy()[None, :] <= days
    if "delist_date" in rows:
        gone = rows["delist_date"].to_numpy()[None, :]
        listed &= np.isnat(gone) | (gone > days)
    units, _ = as_of(etf_shares, "shares", dates, codes, max_age=10)
    number = listed.sum(axis=1)
    share = (listed & (np.nan_to_num(units) > 0)).sum(axis=1) / np.where(number > 0, number, np.nan)
    return pd.Series(share, index=dates, name="universe_coverage")


def share_growth(days: pd.DataFrame, codes: pd.Index | None = None) -> pd.Series:
    """Growth of ETF units by month, splits taken out (股票ETF份额增长).

    Parameters
    ----------
    days : DataFrame
        Of :func:`daily_flow`.
    codes : Index, optional
        Funds counted; default all.

    Returns
    -------
    Series
        By month (period): units created in the month over the units at its start, for funds known at its start.
        Changes across gaps, suspected splits and new funds are in neither.
    """
    rows = days if codes is None else days.loc[days["code"].isin(codes)]
    rows = rows.loc[~rows["status"].isin(UNKNOWN)]
    month = rows["date"].dt.to_period("M")
    unit = rows["split_ratio"].groupby([rows["code"], month]).cumprod()  # units now over units at the month's start
    created = (rows["shares"] - rows["before"] * rows["split_ratio"]) / unit
    # The first row of a fund in a month carries the units it began the month with.
    opening = ~pd.MultiIndex.from_arrays([rows["code"], month]).duplicated()
    start = rows["before"].where(opening, 0.0).groupby(month).sum()
    return (created.groupby(month).sum() / start.where(start > 0)).rename("share_growth")
