"""The flow of a single week, from whatever days its units were recorded on, by fund and by industry.

Units of most funds are recorded on some days only. A change between two of them belongs to the sessions in between,
and a week is given those that fall into it. What was recorded after the week's end takes part in that: such a flow
describes a week that is over, and no signal may be made of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.flows.etf_money import EtfMoney
from helpers.lookthrough import LookThrough, spread
from helpers.lookthrough.index_industries import KnownWeights, known_industry_weights
from helpers.panels import distinct
from helpers.sessions import sessions
from helpers.tables import MissingTable

REACH = pd.Timedelta(days=40)  # beyond any hole that daily flows bridge


class WeekFlow(NamedTuple):
    """Net inflow of one week.

    Attributes
    ----------
    since, end : Timestamp
        Last session before the week, and of it.
    funds : DataFrame
        By code: ``flow`` (CNY, with its part of changes that reach beyond the week), ``recorded`` (of changes inside
        the week alone), ``sessions`` (of the week that its record covers).
    weights : KnownWeights
        Of one date, the week's end.
    dated : Series
        By index code: the date of the weights used.
    through : LookThrough
        Of ``flow``, one row.
    scheme : str
        Industry scheme.
    """

    since: pd.Timestamp
    end: pd.Timestamp
    funds: pd.DataFrame
    weights: KnownWeights
    dated: pd.Series
    through: LookThrough
    scheme: str

    @property
    def industries(self) -> pd.Series:
        """CNY by industry."""
        return self.through.holdings.iloc[0]

    def spread(
        self,
        etf_list: pd.DataFrame,
        column: str = "flow",
        weights: KnownWeights | None = None,
        fund_weights: pd.DataFrame | None = None,
    ) -> LookThrough:
        """Spread a ``column`` of ``funds`` over industries, by other ``weights`` where they are given.

        Parameters
        ----------
        etf_list : DataFrame
            Canonical, for the index each fund tracks.
        column : {"flow", "recorded"}
            Of ``funds``.
        weights : KnownWeights, optional
            Of one date; default this week's own.
        fund_weights : DataFrame, optional
            Weights of funds whose index has none, see :func:`helpers.lookthrough.industry_holdings`.

        Returns
        -------
        LookThrough
            One row, the week's end.
        """
        amounts = self.funds[[column]].T.set_axis([self.end])
        return spread(amounts, etf_list, self.weights if weights is None else weights, fund_weights)


def flows_between(days: pd.DataFrame, since: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Net inflow of each fund over the sessions after one day and up to another.

    Parameters
    ----------
    days : DataFrame
        Of :func:`helpers.flows.daily_flow`.
    since, end : Timestamp
        Sessions.

    Returns
    -------
    DataFrame
        Of :attr:`WeekFlow.funds`, funds with a known change in these sessions. A change over *n* sessions counts by
        the share of them that lies inside.
    """
    rows = days.loc[days["flow"].notna() & days["date"].between(since, end + REACH, inclusive="right")]
    exchange = sessions(since - REACH, end + 2 * REACH)
    before = rows["date"] - pd.to_timedelta(rows["gap_days"], unit="D")
    first, last = (exchange.searchsorted(day, side="right") for day in (before, rows["date"]))
    begin, stop = (exchange.searchsorted(day, side="right") for day in (since, end))
    inside = np.clip(np.minimum(last, stop) - np.maximum(first, begin), 0, None)
    part = inside / np.maximum(last - first, 1)
    table = pd.DataFrame({"code": rows["code"], "flow": rows["flow"] * part, "sessions": inside})
    table["recorded"] = rows["flow"].where(part == 1, 0.0)
    return table.loc[inside > 0].groupby("code")[["flow", "recorded", "sessions"]].sum()


def week_flow(money: EtfMoney, week: str | pd.Timestamp | None = None) -> WeekFlow:
    """Net inflow of one week by fund and by industry; any week with units, however old its index weights.

    Parameters
    ----------
    money : EtfMoney
        Gives daily flows, tables, scheme and whether labels are carried back.
    week : date, optional
        Any day of it; default the last week in which a flow is known.

    Returns
    -------
    WeekFlow

    Raises
    ------
    MissingTable
        If no fund has a known flow, or no weights are known, in the week.
    """
    labels, weights, listed = (money.market[name] for name in ("stock_industry", "index_weights", "etf_list"))
    last = money.days.loc[money.days["flow"].notna(), "date"].max()
    monday = pd.Timestamp(last if week is None else week).to_period("W-SUN").start_time
    exchange = sessions(monday - REACH, monday + pd.Timedelta(days=6))
    since, end = exchange[exchange < monday][-1], exchange[-1]
    funds = flows_between(money.days, since, end)
    weights = weights.loc[weights["date"] < end]
    if not len(funds) or end < monday or weights.empty:
        table = "index_weights" if len(funds) else "etf_shares"
        raise MissingTable(table, f"no fund has a known flow and weights in the week to {end:%Y-%m-%d}")
    dates, tracked = pd.DatetimeIndex([end]), distinct(listed.loc[listed["code"].isin(funds.index), "index_code"])
    options = {"indices": tracked, "scheme": money.scheme, "backcast": money.backcast}
    known = known_industry_weights(dates, weights, labels, **options)
    dated = weights.groupby("index_code")["date"].max()
    made = WeekFlow(since, end, funds, known, dated, None, money.scheme)
    return made._replace(through=made.spread(listed))


def moved_weights(flow: WeekFlow, prices: pd.DataFrame) -> KnownWeights:
    """Let each index's weights move with the industries' prices from the day they are of to the week's end.

    Parameters
    ----------
    flow : WeekFlow
    prices : DataFrame
        Sessions × industries, with the names of ``flow``.

    Returns
    -------
    KnownWeights
        As published where prices do not reach; each index keeps its sum, and what has no label moves with the mean.
    """
    known = flow.weights
    names = [*known.industries, "unlabelled"]
    closes = prices.reindex(columns=known.industries)
    closes = closes.assign(unlabelled=closes.mean(axis=1))[names]
    now = closes.loc[: flow.end].iloc[-1].to_numpy()
    weights = known.weights.copy()
    for k, index in enumerate(known.indices):
        then = closes.loc[: flow.dated.get(index, flow.end)]
        if known.known[0, k] and len(then):
            moved = weights[0, k] * np.nan_to_num(now / then.iloc[-1].to_numpy(), nan=1.0)
            weights[0, k] = moved * (weights[0, k].sum() / moved.sum())
    return KnownWeights(known.dates, known.indices, known.industries, weights, known.known)
