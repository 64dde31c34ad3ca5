"""The ETF money of a run, by fund and by industry: one study, on one clock, for every chapter that speaks of it.

A date is a week's (or month's) last session of the exchange, whatever days a table happens to hold. Units count for ten
days, index weights for forty-five; what is older is unknown, and a date on which either is unknown is not in the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from helpers.flows.bases import FLOW, LEVEL, serving
from helpers.flows.net_inflow import daily_flow, seen_flow, sum_flow, universe_coverage
from helpers.lookthrough import LookThrough, holding_share, look_through, spread, stock_funds
from helpers.lookthrough.etf_units import UnitValues, fund_sizes
from helpers.lookthrough.index_industries import KnownWeights, known_industry_weights
from helpers.lookthrough.labels import names_begun
from helpers.lookthrough.splits import share_changes
from helpers.panels import distinct
from helpers.sessions import month_ends, sessions, week_ends
from helpers.tables import MissingTable, needed

NEEDED = ("etf_shares", "etf_list", "index_weights", "stock_industry")
WEIGHTS_MAX_AGE = 45
WHOLE_MARKET = 0.8
MOST_INDICES = 0.5


@dataclass(frozen=True)
class EtfMoney:
    """ETF money of a run; what is not held in a field is computed when first asked for.

    Attributes
    ----------
    market : mapping of table name to DataFrame
        Where it comes from.
    scheme : str
        Industry scheme.
    backcast : bool
        Whether a stock has its first label also before that label began.
    sizes : DataFrame
        Dates × stock funds, CNY, from nothing later than each date.
    units : UnitValues
        Unit values of the same dates and funds, with basis and age.
    changes : DataFrame
        Every change in units, of :func:`helpers.lookthrough.splits.share_changes`.
    weights : KnownWeights
        The index weights known at each date, by industry: what all amounts are spread by.
    through : LookThrough
        Money by industry, and the parts that were not seen.
    universe : Series
        Share of the listed stock ETFs whose units are known, by date.
    """

    market: Mapping[str, pd.DataFrame]
    scheme: str
    backcast: bool
    sizes: pd.DataFrame
    units: UnitValues
    changes: pd.DataFrame
    weights: KnownWeights
    through: LookThrough
    universe: pd.Series

    @property
    def holdings(self) -> pd.DataFrame:
        """Dates × industries, CNY: known after the close of each date."""
        return self.through.holdings

    @property
    def coverage(self) -> pd.Series:
        """Share of the known money that reached an industry, by date."""
        return self.through.coverage

    @property
    def labelled(self) -> pd.Series:
        """Share of the money spread over stocks that reached one with a label in force, by date; NaN with no money."""
        parts = self.through.parts
        spread = parts["weights"] + parts["unlabelled"]
        return (parts["weights"] / spread.where(spread != 0)).rename("labelled")

    @cached_property
    def named(self) -> pd.DataFrame:
        """Dates × industries: whether a label of that name had begun; an industry nobody had named yet has no zero."""
        held = self.holdings
        return names_begun(self.market["stock_industry"], held.index, held.columns, self.scheme, self.backcast)

    @cached_property
    def share(self) -> pd.DataFrame:
        """Dates × industries: each one's share of the money looked through; rows sum to 1 or are NaN."""
        return holding_share(self.holdings.where(self.named))

    @cached_property
    def days(self) -> pd.DataFrame:
        """Daily flows of the stock funds, of :func:`helpers.flows.daily_flow`."""
        units, prices = _stock_units(self.market), _prices(self.market)
        exact = serving(units, FLOW)
        changes = self.changes if exact is units else share_changes(exact, self.market.get("etf_daily"))
        return daily_flow(exact, etf_list=self.market["etf_list"], changes=changes, **prices)

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Dates × stock funds, CNY of net inflow since the date before."""
        return sum_flow(self.days, self.sizes.index, self.sizes.columns)

    @cached_property
    def industry_flows(self) -> pd.DataFrame:
        """Dates × industries, CNY of net inflow; NaN where no flow is known or looked through."""
        return seen_flow(self.look(self.flows))

    @cached_property
    def indices(self) -> int:
        """How many different indices the funds that could be looked through follow."""
        held = self.sizes.columns[self.sizes.notna().any()]
        funds = self.market["etf_list"]
        tracked = funds.loc[funds["code"].isin(held), "index_code"]
        return len(set(tracked) & set(self.market["index_weights"]["index_code"].unique()))

    @cached_property
    def seen(self) -> pd.DataFrame:
        """Dates × stock funds: sizes of those that are looked through, NaN for the others."""
        tracked = self.market["etf_list"].drop_duplicates("code").set_index("code")["index_code"]
        at = self.weights.indices.get_indexer(tracked.reindex(self.sizes.columns).astype(object))
        return self.sizes.where((at >= 0) & self.weights.known[:, at])

    def look(self, amounts: pd.DataFrame, fund_weights: pd.DataFrame | None = None) -> LookThrough:
        """Spread any amounts per fund over industries as the holdings are.

        Parameters
        ----------
        amounts : DataFrame
            Dates of the study × fund codes, CNY.
        fund_weights : DataFrame, optional
            Weights of funds whose index has none, see :func:`helpers.lookthrough.industry_holdings`.

        Returns
        -------
        LookThrough
        """
        return spread(amounts, self.market["etf_list"], self.weights, fund_weights)

    def coverage_with(self, *, backcast: bool) -> pd.Series:
        """Share of the known money that reaches an industry when labels are, or are not, carried back.

        Parameters
        ----------
        backcast : bool
            Whether a stock has its first label also before that label began.

        Returns
        -------
        Series
            By date, fractions; NaN with no money.
        """
        if backcast == self.backcast:
            return self.coverage
        tables = [self.market[name] for name in ("etf_list", "index_weights", "stock_industry")]
        return look_through(self.sizes, *tables, scheme=self.scheme, backcast=backcast).coverage

    def in_scheme(self, scheme: str, *, backcast: bool = False) -> EtfMoney:
        """Return the same money by the industries of another scheme; sizes, units and flows are shared.

        Parameters
        ----------
        scheme, backcast
            As for :func:`etf_money`.

        Returns
        -------
        EtfMoney

        Raises
        ------
        MissingTable
            If the labels do not hold the scheme.
        """
        if (scheme, backcast) == (self.scheme, self.backcast):
            return self
        labels, listed = held_scheme(self.market, scheme), self.market["etf_list"]
        options = {"indices": self.weights.indices, "scheme": scheme, "backcast": backcast}
        weights = known_industry_weights(self.sizes.index, self.market["index_weights"], labels, **options)
        through = spread(self.sizes, listed, weights)
        other = replace(self, scheme=scheme, backcast=backcast, weights=weights, through=through)
        vars(other).update({name: getattr(self, name) for name in ("days", "flows")})  # no industry is in them
        return other

    @cached_property
    def whole_dates(self) -> pd.Series:
        """By date, whether :meth:`whole` holds on it: units of 80 % of the listed, weights of half of the indices."""
        known = pd.Series(self.weights.known.sum(axis=1), self.sizes.index)
        return (self.universe >= WHOLE_MARKET) & (known >= MOST_INDICES * self.weighed[1])

    def whole(self) -> EtfMoney:
        """Return itself if this is the ETF market rather than a few funds: for what is set beside printed tables.

        Returns
        -------
        EtfMoney

        Raises
        ------
        MissingTable
            If units are known for less than 80 % of the listed stock ETFs on average, or weights for less than half
            of the indices they track.
        """
        known = float(self.universe.mean())
        if known < WHOLE_MARKET:
            said = f"units of {known:.0%} of the listed stock ETFs on average, and the market takes {WHOLE_MARKET:.0%}"
            raise MissingTable("etf_shares", said)
        weighed, asked = self.weighed
        if weighed < MOST_INDICES * asked:
            raise MissingTable("index_weights", f"weights of {weighed} of the {asked} indices that stock ETFs track")
        return self

    @cached_property
    def weighed(self) -> tuple[int, int]:
        """How many of the indices that stock ETFs track have weights, and how many they track."""
        funds = self.market["etf_list"]
        tracked = set(funds.set_index("code")["index_code"].reindex(stock_funds(funds)).dropna())
        return len(tracked & set(self.market["index_weights"]["index_code"].unique())), len(tracked)

    @property
    def whole_market(self) -> bool:
        """Whether :meth:`whole` holds."""
        try:
            self.whole()
        except MissingTable:
            return False
        return True


def etf_money(
    market: Mapping[str, pd.DataFrame],
    scheme: str,
    *,
    backcast: bool = False,
    start: str | pd.Timestamp | None = None,
    every: str = "week",
) -> EtfMoney:
    """Sizes and look-through of a market's stock ETFs.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`.
    scheme : str
        Industry scheme.
    backcast : bool
        Give a stock its first label also before that label began. It knows labels before their time.
    start : date, optional
        First day from which dates are taken.
    every : {"week", "month"}
        Last sessions of weeks, or of the months between the first and the last of these weeks.

    Returns
    -------
    EtfMoney

    Raises
    ------
    MissingTable
        If a table is not there, does not hold the scheme, gives units no value, or leaves no week.
    ValueError
        If ``every`` is neither.
    """
    dates = holding_dates(market, start, every)
    held_scheme(market, scheme)
    if "nav" not in market["etf_shares"] and not _prices(market):
        raise MissingTable(("etf_daily", "index_daily"), "units have no value, since etf_shares has no nav")
    sizes, units, changes = _sizes(market, dates)
    dates = dates[sizes.notna().any(axis=1)]
    if not len(dates):
        raise MissingTable(
            "etf_daily", f"no unit has a price within ten days of a week's end from {sizes.index[0]:%Y-%m-%d} on"
        )
    sizes, units = sizes.loc[dates], UnitValues(*(frame.loc[dates] for frame in units))
    tables = (market["etf_list"], market["index_weights"], market["stock_industry"])
    tracked = distinct(tables[0].loc[tables[0]["code"].isin(sizes.columns), "index_code"])
    weights = known_industry_weights(dates, *tables[1:], indices=tracked, scheme=scheme, backcast=backcast)
    through = spread(sizes, market["etf_list"], weights)
    universe = universe_coverage(market["etf_shares"], market["etf_list"], dates)
    return EtfMoney(market, scheme, backcast, sizes, units, changes, weights, through, universe)


def held_scheme(market: Mapping[str, pd.DataFrame], scheme: str) -> pd.DataFrame:
    """Return the labels of a ``market``, if they hold a ``scheme``.

    Raises
    ------
    MissingTable
        Otherwise.
    """
    known = list(distinct(market["stock_industry"]["scheme"]))
    if scheme not in known:
        said = f"it holds {', '.join(known)} but not {scheme}"
        raise MissingTable("stock_industry", said, "Choose another scheme: rotation_scheme, report_scheme.")
    return market["stock_industry"]


def holding_dates(
    market: Mapping[str, pd.DataFrame], start: str | pd.Timestamp | None = None, every: str = "week"
) -> pd.DatetimeIndex:
    """Last sessions of the weeks (or months) in which units are reported and index weights are not out of date.

    Parameters
    ----------
    market, start, every
        As for :func:`etf_money`.

    Returns
    -------
    DatetimeIndex
        Ascending; the exchange's calendar decides, so two tables with different holes give the same dates.

    Raises
    ------
    MissingTable
        If a table is not there, or units and weights have no week in common from ``start`` on.
    ValueError
        If ``every`` is neither ``"week"`` nor ``"month"``.
    """
    if every not in ("week", "month"):
        raise ValueError(f"every={every!r}: use 'week' or 'month'")
    units, _, weights, _ = needed(market, *NEEDED)
    units, weights = units["date"], weights["date"]
    first = max(units.min(), weights.min(), pd.Timestamp(start or units.min()))
    last = min(units.max(), weights.max() + pd.Timedelta(days=WEIGHTS_MAX_AGE))
    weeks = week_ends(sessions(first, last), complete=True) if first <= last else []
    since = f" from {start} on" if start else ""
    if not len(weeks):
        raise MissingTable(("etf_shares", "index_weights"), f"they have no week in common{since}")
    dates = weeks if every == "week" else month_ends(sessions(weeks[0], weeks[-1]), complete=True)
    if not len(dates):
        raise MissingTable(("etf_shares", "index_weights"), f"they have no month end in common{since}")
    return dates


def _stock_units(market: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    shares = serving(market["etf_shares"], LEVEL)
    return shares.loc[shares["code"].isin(stock_funds(market["etf_list"]))]


def _prices(market: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables that can give a unit a value, beside its own net asset value."""
    return {name: market[name] for name in ("etf_daily", "index_daily") if name in market}


def _sizes(
    market: Mapping[str, pd.DataFrame], dates: pd.DatetimeIndex
) -> tuple[pd.DataFrame, UnitValues, pd.DataFrame]:
    shares = _stock_units(market)
    codes, changes = distinct(shares["code"]), share_changes(shares, market.get("etf_daily"))
    options = {"codes": codes, "etf_list": market["etf_list"], "changes": changes}
    return *fund_sizes(dates, shares, **options, **_prices(market)), changes
