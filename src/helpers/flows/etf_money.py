"""One call from a market to the frames of the flow chapters; what is missing is named, never replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from helpers.flows.net_inflow import daily_flow, sum_flow, universe_coverage
from helpers.lookthrough import LookThrough, spread, stock_funds
from helpers.lookthrough.etf_units import UnitValues, fund_sizes
from helpers.lookthrough.index_industries import KnownWeights, known_industry_weights
from helpers.panels import distinct
from helpers.sessions import week_ends

NEEDED = ("etf_shares", "etf_list", "index_weights", "stock_industry")
WEIGHTS_MAX_AGE = 45
WHOLE_MARKET = 0.8


@dataclass(frozen=True)
class EtfMoney:
    """ETF money of a run, week by week.

    Attributes
    ----------
    sizes : DataFrame
        Weeks × stock funds, CNY, from nothing later than each week.
    units : UnitValues
        Unit values of the same weeks and funds, with basis and age.
    through : LookThrough
        Money by industry, and the parts that were not seen.
    level : DataFrame
        Weeks × industries, CNY, with adjusted prices put back into the units of the day: for showing amounts only.
    universe : Series
        Share of the listed stock ETFs whose units are known.
    days : DataFrame
        Daily flows of :func:`helpers.flows.daily_flow`.
    flows : DataFrame
        Weeks × stock funds, CNY.
    indices : int
        How many different indices the funds that could be looked through follow.
    weights : KnownWeights
        The index weights of each week that all of it is spread by.
    funds : DataFrame
        The list of funds.
    """

    sizes: pd.DataFrame
    units: UnitValues
    through: LookThrough
    level: pd.DataFrame
    universe: pd.Series
    days: pd.DataFrame
    flows: pd.DataFrame
    indices: int
    weights: KnownWeights
    funds: pd.DataFrame

    def spread(self, amounts: pd.DataFrame, fund_weights: pd.DataFrame | None = None) -> LookThrough:
        """Look other amounts (weeks × fund codes, CNY) through; see :func:`helpers.lookthrough.spread`."""
        return spread(amounts, self.funds, self.weights, fund_weights)

    @property
    def whole_market(self) -> bool:
        """Whether this is the ETF market, rather than a few funds, in most weeks."""
        return bool(self.universe.mean() >= WHOLE_MARKET)


def why_not(market: Mapping[str, pd.DataFrame], scheme: str) -> str:
    """Say in one line why a market has no ETF money by industry; empty when it has."""
    absent = [name for name in NEEDED if name not in market]
    if absent:
        return f"the run has no {', '.join(absent)}"
    schemes = distinct(market["stock_industry"]["scheme"])
    if scheme not in schemes:
        return f"stock_industry holds {', '.join(schemes)} but not {scheme}"
    if "nav" not in market["etf_shares"] and "etf_daily" not in market and "index_daily" not in market:
        return "units have no value: etf_shares has no nav, and the run has no etf_daily or index_daily"
    return "" if len(weeks_with_weights(market)) else "units and published index weights have no week in common"


def weeks_with_weights(market: Mapping[str, pd.DataFrame], start: str | None = None) -> pd.DatetimeIndex:
    """Week ends on which units are reported and index weights are at most 45 days old."""
    units, weights = market["etf_shares"]["date"], market["index_weights"]["date"]
    first = max(units.min(), weights.min(), pd.Timestamp(start or units.min()))
    last = min(units.max(), weights.max() + pd.Timedelta(days=WEIGHTS_MAX_AGE))
    dates = pd.DatetimeIndex(units.loc[units.between(first, last)].unique())
    return week_ends(dates, complete=True) if len(dates) else dates


def etf_money(
    market: Mapping[str, pd.DataFrame], scheme: str, *, backcast: bool = False, start: str | None = None
) -> EtfMoney:
    """Sizes, look-through and flows of a market's stock ETFs.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`; :func:`why_not` must be empty.
    scheme : str
        Industry scheme.
    backcast : bool
        Give a stock its first label also before that label began.
    start : date, optional
        First week.

    Returns
    -------
    EtfMoney
    """
    weeks = weeks_with_weights(market, start)
    funds, listed = market["etf_list"], stock_funds(market["etf_list"])
    shares = market["etf_shares"]
    shares = shares.loc[shares["code"].isin(listed)]
    prices = {name: market.get(name) for name in ("etf_daily", "index_daily")}
    codes = distinct(shares["code"])
    tracked = distinct(funds.loc[funds["code"].isin(codes), "index_code"])
    tables = market["index_weights"], market["stock_industry"]
    weights = known_industry_weights(weeks, *tables, indices=tracked, scheme=scheme, backcast=backcast)
    sizes, units = fund_sizes(weeks, shares, codes=codes, etf_list=funds, **prices)
    through = spread(sizes, funds, weights)
    level = through.holdings
    if units.basis.isin(["adj_close", "index"]).any(axis=None):
        shown, _ = fund_sizes(weeks, shares, codes=codes, etf_list=funds, undo_later_splits=True, **prices)
        level = spread(shown, funds, weights).holdings
    days = daily_flow(shares, etf_list=funds, **prices)
    held = sizes.columns[sizes.notna().any()]
    known = set(market["index_weights"]["index_code"].unique())
    seen = len(set(funds.loc[funds["code"].isin(held), "index_code"]) & known)
    universe, flows = universe_coverage(shares, funds, weeks), sum_flow(days, weeks, codes)
    return EtfMoney(sizes, units, through, level, universe, days, flows, seen, weights, funds)
