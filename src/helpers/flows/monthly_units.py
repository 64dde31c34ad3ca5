"""Monthly averages of ETF units: growth from month to month, and how much of the market stands behind it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.flows.bases import AVERAGE
from helpers.flows.net_inflow import UNKNOWN, share_growth
from helpers.lookthrough import stock_funds
from helpers.lookthrough.splits import JUMP, price_jump, share_changes
from helpers.sessions import month_ends, sessions
from helpers.tables import needed

LONGEST = 45  # calendar days between the ends of two months in a row


def monthly_changes(averages: pd.DataFrame, market: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Change of each stock fund's average units from one month to the next.

    Parameters
    ----------
    averages : DataFrame
        Of :func:`helpers.sources.monthly_averages`: ``month_end, code, shares``.
    market : mapping of table name to DataFrame
        ``etf_list``, and ``etf_daily`` where it is there: its unadjusted prices tell splits.

    Returns
    -------
    DataFrame
        As of :func:`helpers.lookthrough.splits.share_changes`, dated by the last session of each month. A split within
        a month smears over two averages: its month and the next are ``suspected``, and in no growth.
    """
    (listed,) = needed(market, "etf_list")
    rows = averages.loc[averages["code"].isin(stock_funds(listed)) & (averages["shares"] > 0)]
    ends = month_ends(sessions(rows["month_end"].min().replace(day=1), rows["month_end"].max()))
    by_month = pd.Series(ends, ends.to_period("M"))
    dated = rows.assign(date=rows["month_end"].dt.to_period("M").map(by_month).to_numpy(), basis=AVERAGE)
    changes = share_changes(dated[["date", "code", "shares", "basis"]], market.get("etf_daily"), max_gap=LONGEST)
    with np.errstate(invalid="ignore"):
        jumped = np.abs(np.log(price_jump(changes, dated, market.get("etf_daily")))) >= np.log1p(JUMP)
    split = changes["status"].isin(["split", "suspected"]) | (jumped & changes["status"].ne("first"))
    after = split.shift(fill_value=False) & changes["code"].eq(changes["code"].shift())
    changes.loc[split | after, "status"] = "suspected"
    return changes


def traded_share(changes: pd.DataFrame, market: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Share of the month's turnover of stock ETFs that is in the funds with known units.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`monthly_changes`.
    market : mapping of table name to DataFrame
        ``etf_list`` and ``etf_daily``.

    Returns
    -------
    Series
        By month (period), fractions.
    """
    listed, daily = needed(market, "etf_list", "etf_daily")
    first = changes["date"].min().replace(day=1)
    rows = daily.loc[daily["code"].isin(stock_funds(listed)) & daily["date"].between(first, changes["date"].max())]
    amount = rows.groupby([rows["date"].dt.to_period("M"), rows["code"]])["amount"].sum()
    known = pd.MultiIndex.from_arrays([changes["date"].dt.to_period("M"), changes["code"]])
    return amount[amount.index.isin(known)].groupby(level=0).sum() / amount.groupby(level=0).sum()


def launched_growth(changes: pd.DataFrame, etf_list: pd.DataFrame) -> pd.Series:
    """Growth of all units by month, with those of funds listed since the month before.

    Parameters
    ----------
    changes : DataFrame
        Of :func:`monthly_changes`.
    etf_list : DataFrame
        Canonical table, ``list_date``.

    Returns
    -------
    Series
        By month (period): of the funds in :func:`helpers.flows.share_growth`, plus the first known units of funds
        listed at most two months before, over the units at the month's start.
    """
    month = changes["date"].dt.to_period("M")
    begun = changes["code"].map(etf_list.drop_duplicates("code").set_index("code")["list_date"])
    new = changes["status"].eq("first") & (changes["date"] - begun).dt.days.between(-LONGEST, 2 * 31)
    start = changes["before"].where(~changes["status"].isin(UNKNOWN)).groupby(month).sum()
    launched = changes["shares"].where(new).groupby(month).sum() / start.where(start > 0)
    grown = share_growth(changes)
    return (grown + launched.reindex(grown.index)).rename("launched_growth")
