"""ETF money of funds whose index weights nobody publishes, spread by weights read off their returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.flows.etf_money import EtfMoney
from helpers.flows.net_inflow import daily_flow, industry_flow, month_rows, sum_flow
from helpers.lookthrough import LookThrough, stock_funds
from helpers.lookthrough.estimates import IndexGuess, estimate_funds
from helpers.sessions import week_ends
from helpers.tables import MissingTable, needed

HALF_YEARS = (6, 12)
RECENT_WEIGHTS = 60


class Latest(NamedTuple):
    """Net inflow of the last weeks of recorded units.

    Attributes
    ----------
    weeks : DatetimeIndex
        Week ends; the first one only starts the first flow.
    flows, industries : DataFrame
        Weeks (from the second on) × funds, and × industries, CNY.
    days : DataFrame
        Of :func:`helpers.flows.daily_flow`.
    estimated : Index
        Funds spread by weights read off returns.
    """

    weeks: pd.DatetimeIndex
    flows: pd.DataFrame
    industries: pd.DataFrame
    days: pd.DataFrame
    estimated: pd.Index


def half_year_weights(
    money: EtfMoney, etf_daily: pd.DataFrame, guess: IndexGuess, *, window: int = 250
) -> pd.DataFrame:
    """Estimate, at the end of each June and December, every fund that has money and no index weights.

    Parameters
    ----------
    money : EtfMoney
    etf_daily : DataFrame
        Canonical table.
    guess : IndexGuess
        The shrinkage that had done best by each date is taken from its errors, so that nothing later is known.
    window : int
        Sessions looked back on.

    Returns
    -------
    DataFrame
        ``date, code, industry_name, weight`` for `EtfMoney.look(…, fund_weights=…)`; each known from its date on.

    Raises
    ------
    MissingTable
        If no half-year ends after the errors begin, or no fund has enough returns.
    """
    published = money.market["index_weights"]["index_code"].unique()
    funds = money.market["etf_list"]
    covered = funds.loc[funds["index_code"].isin(published), "code"]
    blind = money.sizes.columns[money.sizes.notna().any()].difference(covered)
    first, pulls = guess.errors.index[0], guess.errors["shrink"]
    days = [day for day in month_rows(money.share).index if day.month in HALF_YEARS and day >= first]
    ask = (blind, etf_daily, guess.industry_returns)
    found = [
        estimate_funds(*ask, day, window, shrink=float(pulls.loc[:day].iloc[-1]), controls=guess.controls)
        for day in days
    ]
    if not sum(map(len, found)):
        raise MissingTable("etf_daily", f"no fund without index weights has {window} returns at the end of a half-year")
    return pd.concat(found, ignore_index=True)


def fill_facts(money: EtfMoney, filled: LookThrough, estimates: pd.DataFrame) -> dict[str, object]:
    """Return the numbers of a sentence on what the estimates add.

    Returns
    -------
    dict
        ``since`` (date), ``funds`` (estimated), ``before`` and ``after`` (mean share of the known money looked through
        from then on).
    """
    since = estimates["date"].min()
    before, after = (coverage.loc[since:].mean() for coverage in (money.coverage, filled.coverage))
    return {"since": since, "funds": estimates["code"].nunique(), "before": before, "after": after}


def recent_weeks(etf_shares: pd.DataFrame, number: int = 8) -> pd.DatetimeIndex:
    """Last week ends of recorded units without a hole: at most ``number``, the first one starts the first flow."""
    weeks = week_ends(pd.DatetimeIndex(etf_shares["date"].unique()))[-number:]
    hole = np.flatnonzero(np.diff(weeks.to_numpy()) > np.timedelta64(20, "D"))
    return weeks[hole[-1] + 1 :] if len(hole) else weeks


def latest_inflow(
    market: Mapping[str, pd.DataFrame],
    scheme: str,
    guess: IndexGuess,
    *,
    recorded: Mapping[str, pd.DataFrame] | None = None,
    window: int = 250,
    number: int = 8,
) -> Latest:
    """Net inflow of the last weeks of recorded units, by published weights where young, else by estimated ones.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`.
    scheme : str
        Industry scheme.
    guess : IndexGuess
        Gives shrinkage (the median of what was chosen), controls and industry returns.
    recorded : mapping, optional
        A market whose units run on after this one's end; default the market itself. Prices are carried as long as need
        be, so amounts scale with the last ones known.
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
    recorded = market if recorded is None else recorded
    shares, funds = needed(recorded, "etf_shares", "etf_list")
    etf_daily, listed = needed(market, "etf_daily", "etf_list")
    weights, labels = needed(market, "index_weights", "stock_industry")
    weeks = recent_weeks(shares, number)
    units = shares.loc[shares["date"] > weeks[0] - pd.Timedelta(days=10)]
    days = daily_flow(units.loc[units["code"].isin(stock_funds(funds))], etf_daily, price_max_age=None)
    flow = sum_flow(days, weeks).iloc[1:]
    young = weights.loc[weights["date"] > weeks[0] - pd.Timedelta(days=RECENT_WEIGHTS)]
    weighted = listed.loc[listed["index_code"].isin(young["index_code"].unique()), "code"]
    blind = flow.columns[flow.notna().any()].difference(weighted)
    day = min(weeks[0], guess.industry_returns.index[-1])
    pull = {"shrink": float(guess.errors["shrink"].median()), "half_life": 120.0, "controls": guess.controls}
    estimated = estimate_funds(blind, etf_daily, guess.industry_returns, day, window, **pull)
    options = {"scheme": scheme, "backcast": True, "fund_weights": estimated}
    industries = industry_flow(flow, listed, young, labels, **options)
    if not industries.notna().any(axis=None):
        raise MissingTable("etf_shares", f"no flow is known in the weeks from {weeks[0]:%Y-%m-%d}")
    return Latest(weeks, flow, industries, days, pd.Index(estimated["code"].unique()))


def latest_facts(latest: Latest) -> dict[str, object]:
    """Return the numbers of a caption and a sentence on the latest weeks.

    Returns
    -------
    dict
        ``since, until`` (dates), ``funds`` and ``estimated`` (numbers of funds), ``spread`` (share of the net flow that
        reached an industry), ``price_age`` (median, days), ``first, second, last`` (industries by net inflow) with
        ``first_bn, second_bn, last_bn`` (CNY bn), ``dropped`` (funds with days left out).
    """
    inside = latest.days.loc[latest.days["date"] > latest.weeks[0]]
    order = (latest.industries.sum() / 1e9).sort_values(ascending=False)
    return {
        "since": latest.weeks[0],
        "until": latest.weeks[-1],
        "funds": int(latest.flows.notna().any().sum()),
        "estimated": len(latest.estimated),
        "spread": latest.industries.sum().sum() / latest.flows.sum().sum(),
        "price_age": inside["price_age"].median(),
        "first": order.index[0],
        "first_bn": order.iloc[0],
        "second": order.index[1],
        "second_bn": order.iloc[1],
        "last": order.index[-1],
        "last_bn": order.iloc[-1],
        "dropped": inside.loc[inside["status"].isin(["suspected", "gap"]), "code"].nunique(),
    }
