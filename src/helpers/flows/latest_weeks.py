"""The latest weeks of recorded units: funds without young index weights are spread by weights read off returns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.flows.etf_money import EtfMoney
from helpers.flows.net_inflow import daily_flow, industry_flow, sum_flow
from helpers.lookthrough import stock_funds
from helpers.lookthrough.estimates import IndexGuess, estimate_funds
from helpers.sessions import week_ends
from helpers.tables import MissingTable, needed

RECENT_WEIGHTS = 60


class Latest(NamedTuple):
    """Net inflow of the last weeks of recorded units.

    Attributes
    ----------
    weeks : DatetimeIndex
        Week ends; the first one only starts the first flow.
    flows, industries : DataFrame
        Weeks (from the second on) × funds (the same in each), and × industries, CNY.
    days : DataFrame
        Of :func:`helpers.flows.daily_flow`, after the first week end.
    estimated : Index
        Funds spread by weights read off returns.
    """

    weeks: pd.DatetimeIndex
    flows: pd.DataFrame
    industries: pd.DataFrame
    days: pd.DataFrame
    estimated: pd.Index


def recent_weeks(etf_shares: pd.DataFrame, number: int = 8, least: float = 0.5) -> pd.DatetimeIndex:
    """Last week ends of recorded units without a hole; the first one starts the first flow.

    Parameters
    ----------
    etf_shares : DataFrame
        Canonical table.
    number : int
        Weeks at most.
    least : float
        A week in which fewer funds report than this share of the last week's is a hole.

    Returns
    -------
    DatetimeIndex
        Last sessions of weeks, at most ``number``, from the last hole on.
    """
    weeks = week_ends(pd.DatetimeIndex(etf_shares["date"].unique()))[-number:]
    week = weeks.searchsorted(etf_shares["date"], side="left")
    inside = (week < len(weeks)) & (etf_shares["date"] > weeks[0] - pd.Timedelta(days=7)).to_numpy()
    funds = etf_shares.loc[inside].groupby(week[inside])["code"].nunique().reindex(range(len(weeks)), fill_value=0)
    hole = np.r_[False, np.diff(weeks.to_numpy()) > np.timedelta64(20, "D")]
    short = funds.to_numpy() < least * funds.iloc[-1]
    start = max([0, *np.flatnonzero(hole), *(np.flatnonzero(short) + 1)])
    return weeks[start:]


def latest_inflow(money: EtfMoney, guess: IndexGuess, *, window: int = 250, number: int = 8) -> Latest:
    """Net inflow of the last weeks of recorded units, by published weights where young, else by estimated ones.

    One sample all through: the funds whose flow is known in each of these weeks. Prices may end before the units do;
    they are carried, in the units of each day, so amounts scale with the last ones known. A price from before a change
    in units that may have been a split is not used.

    Parameters
    ----------
    money : EtfMoney
        Its market, scheme and labels; its weeks may end earlier.
    guess : IndexGuess
        Gives shrinkage (the median of what was chosen), controls and industry returns.
    window : int
        Sessions of returns behind an estimate.
    number : int
        Weeks shown at most.

    Returns
    -------
    Latest

    Raises
    ------
    MissingTable
        If a table is not there or no flow of these weeks can be spread.
    """
    names = ("etf_shares", "etf_daily", "etf_list", "index_weights", "stock_industry")
    shares, etf_daily, listed, weights, labels = needed(money.market, *names)
    units = shares.loc[shares["code"].isin(stock_funds(listed))]
    weeks = recent_weeks(units, number)
    days = daily_flow(units, etf_daily, price_max_age=None, changes=money.changes, since=weeks[0])
    flow = sum_flow(days, weeks).iloc[1:]
    flow = flow.loc[:, flow.notna().all()]
    young = weights.loc[weights["date"] > weeks[0] - pd.Timedelta(days=RECENT_WEIGHTS)]
    weighted = listed.loc[listed["index_code"].isin(young["index_code"].unique()), "code"]
    day = min(weeks[0], guess.industry_returns.index[-1])
    pull = {"shrink": float(guess.errors["shrink"].median()), "half_life": 120.0, "controls": guess.controls}
    estimated = estimate_funds(
        flow.columns.difference(weighted), etf_daily, guess.industry_returns, day, window, **pull
    )
    options = {"scheme": money.scheme, "backcast": money.backcast, "fund_weights": estimated}
    industries = industry_flow(flow, listed, young, labels, **options)
    if not industries.notna().any(axis=None):
        raise MissingTable("etf_shares", f"no flow is known in the weeks from {weeks[0]:%Y-%m-%d}")
    return Latest(weeks, flow, industries, days, pd.Index(estimated["code"].unique()))


def latest_facts(latest: Latest) -> dict[str, object]:
    """Return the numbers of a caption and a sentence on the latest weeks.

    Parameters
    ----------
    latest : Latest

    Returns
    -------
    dict
        ``since, until`` (dates), ``funds`` (the same ones in every week), ``others`` (reported in these weeks, but not
        in the sample), ``unpriced`` (of them, without a price in the units of the day), ``estimated`` (funds of the
        sample spread by estimated weights), ``total_bn`` (CNY bn), ``spread`` (share of the net flow that reached an
        industry), ``price_age`` (median, days), ``first, second, last`` (industries by net inflow) with
        ``first_bn, second_bn, last_bn``, ``dropped`` (funds with days left out).
    """
    inside, funds = latest.days, latest.flows.columns
    order = (latest.industries.sum() / 1e9).sort_values(ascending=False)
    others = pd.Index(inside["code"].unique()).difference(funds)
    priced = inside.loc[inside["value"].notna(), "code"].unique()
    return {
        "since": latest.weeks[0],
        "until": latest.weeks[-1],
        "funds": len(funds),
        "others": len(others),
        "unpriced": len(others.difference(priced)),
        "estimated": len(latest.estimated),
        "total_bn": latest.flows.sum().sum() / 1e9,
        "spread": latest.industries.sum().sum() / latest.flows.sum().sum(),
        "price_age": inside.loc[inside["code"].isin(funds), "price_age"].median(),
        "first": order.index[0],
        "first_bn": order.iloc[0],
        "second": order.index[1],
        "second_bn": order.iloc[1],
        "last": order.index[-1],
        "last_bn": order.iloc[-1],
        "dropped": inside.loc[inside["status"].isin(["suspected", "gap"]), "code"].nunique(),
    }
