"""What a market can feed a rotation with, and what it cannot.

One call turns canonical tables into the plain frames that `helpers.factors` takes. Nothing that is missing is
replaced: it is None, and `RotationInputs.gaps` says which table would have been needed and what goes without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers import active_funds
from helpers.factors import factor_change, factor_divergence, factor_flow, factor_level
from helpers.flows import universe_coverage
from helpers.lookthrough import industry_holdings, stock_funds
from helpers.regimes import style_ratio, style_signal, unusable_pair, weekly_closes
from helpers.sessions import month_ends, week_ends

FLOW, LEVEL = "short_term_flow", "style_adj_holding_level"
CHANGE, DIVERGENCE = "style_adj_marginal_change", "divergence_vs_active"
FACTORS = {
    FLOW: "短期资金流入流出",
    LEVEL: "风格调整后持仓程度",
    CHANGE: "风格调整后持仓边际变化",
    DIVERGENCE: "与权益基金的持仓分歧度",
}
WEIGHTS_MAX_AGE = 45
WHOLE_MARKET = 0.8


@dataclass(frozen=True)
class RotationInputs:
    """Frames for the factors; None where the market lacks them.

    Attributes
    ----------
    prices : DataFrame or None
        Sessions x industries of one scheme.
    holdings : DataFrame or None
        Week ends x industries, CNY held by ETFs.
    coverage, universe : Series or None
        By week: share of the known ETF money that was looked through, and share of all listed stock ETFs whose units
        are known at all.
    size_state, growth_state : Series or None
        1 or 0 by week.
    active : DataFrame or None
        Month ends x industries, weights of active equity funds as known.
    heat : Series or None
        Issuance heat by the date it is known.
    gaps : DataFrame
        One row an input: ``input``, ``tables``, ``serves``, ``state`` (what there is, or what is missing).
    """

    prices: pd.DataFrame | None
    holdings: pd.DataFrame | None
    coverage: pd.Series | None
    universe: pd.Series | None
    size_state: pd.Series | None
    growth_state: pd.Series | None
    active: pd.DataFrame | None
    heat: pd.Series | None
    gaps: pd.DataFrame

    @property
    def factors(self) -> dict[str, pd.DataFrame]:
        """The factors these inputs can feed, by name."""
        built = {}
        if self.holdings is None:
            return built
        built[FLOW] = factor_flow(self.holdings)
        if self.size_state is not None:
            built[LEVEL] = factor_level(self.holdings, self.size_state)
        if self.growth_state is not None:
            built[CHANGE] = factor_change(self.holdings, self.growth_state)
        if self.active is not None and self.heat is not None:
            built[DIVERGENCE] = factor_divergence(self.holdings, self.active, self.heat)
        return {name: frame for name, frame in built.items() if frame.notna().any(axis=None)}

    @property
    def missing_tables(self) -> list[str]:
        """Tables (or parts of them) without which this is not the report's strategy."""
        return [name for row in self.gaps["lacks"] for name in row]

    def lacks_for(self, *factors: str) -> list[str]:
        """Return the tables (or parts of them) that the named factors lack, each once; empty if they can be fed."""
        general = {"everything", "factors 1 to 4"}
        numbers = {f"factor {k}" for k, name in enumerate(FACTORS, 1) if name in factors}
        needed = [s in general or s.removeprefix("side of ") in numbers for s in self.gaps["serves"]]
        return list(dict.fromkeys(name for row in self.gaps.loc[needed, "lacks"] for name in row))

    @property
    def complete(self) -> bool:
        """Whether all four factors can be fed from most of the ETF market."""
        return not self.missing_tables


def gather(
    market: Mapping[str, pd.DataFrame],
    *,
    scheme: str,
    size_pair: Sequence[str],
    growth_pair: Sequence[str],
    size_lambda: float,
    growth_lambda: float,
    style_start: str,
    backcast: bool = False,
    start: str | None = None,
) -> RotationInputs:
    """Build every input of the rotation that the market has tables for.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from `helpers.sources.load_market`.
    scheme : str
        Industry scheme traded and looked through to, e.g. "SW2021_L1".
    size_pair, growth_pair, size_lambda, growth_lambda, style_start
        The style signals; see `helpers.regimes`.
    backcast : bool
        Give a stock its first label also before that label began.
    start : date, optional
        First week of holdings.

    Returns
    -------
    RotationInputs
    """
    prices = _prices(market, scheme)
    dates = _weeks(market, prices, start)
    holdings, coverage, universe = _holdings(market, scheme, dates, backcast)
    states = {
        name: _style(market, pair, lamb, style_start)
        for name, pair, lamb in (("size", size_pair, size_lambda), ("growth", growth_pair, growth_lambda))
    }
    active = _active(market, scheme, _month_ends(prices, dates), backcast)
    heat = active_funds.issuance_heat(market["fund_issuance"]) if "fund_issuance" in market else None
    gaps = _gaps(prices, holdings, universe, states, active, heat, market, scheme)
    return RotationInputs(prices, holdings, coverage, universe, states["size"], states["growth"], active, heat, gaps)


def industry_prices(industry_daily: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """Return closes of one scheme, sessions x industry names in the order of their codes."""
    rows = industry_daily.loc[industry_daily["scheme"] == scheme]
    names = rows.drop_duplicates("industry_code").sort_values("industry_code")["industry_name"]
    table = rows.pivot(index="date", columns="industry_code", values="close").sort_index(axis=1)
    return table.set_axis(pd.Index(names.to_numpy(), name="industry_name"), axis=1)


def _prices(market: Mapping, scheme: str) -> pd.DataFrame | None:
    if "industry_daily" not in market:
        return None
    table = industry_prices(market["industry_daily"], scheme)
    return table if len(table) else None


def _weeks(market: Mapping, prices: pd.DataFrame | None, start: str | None) -> pd.DatetimeIndex:
    """Week ends on which holdings can be known: units are reported and index weights are not out of date."""
    if prices is None or not {"etf_shares", "etf_list", "index_weights", "stock_industry"} <= set(market):
        return pd.DatetimeIndex([])
    units, weights = market["etf_shares"]["date"], market["index_weights"]["date"]
    first = max(units.min(), weights.min(), prices.index[0])
    first = max(first, pd.Timestamp(start)) if start else first
    last = min(units.max(), weights.max() + pd.Timedelta(days=WEIGHTS_MAX_AGE), prices.index[-1])
    return week_ends(prices.index[(prices.index >= first) & (prices.index <= last)], complete=True)


def _month_ends(prices: pd.DataFrame | None, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Month ends up to the last week with holdings: the report compares ETFs and active funds monthly."""
    if prices is None or not len(dates):
        return pd.DatetimeIndex([])
    first = dates[0] - pd.Timedelta(days=40)
    return month_ends(prices.index[(prices.index >= first) & (prices.index <= dates[-1])], complete=True)


def _holdings(
    market: Mapping, scheme: str, dates: pd.DatetimeIndex, backcast: bool
) -> tuple[pd.DataFrame | None, pd.Series | None, pd.Series | None]:
    if not len(dates) or scheme not in set(market["stock_industry"]["scheme"]):
        return None, None, None
    holdings, coverage = industry_holdings(
        market["etf_shares"],
        market["etf_list"],
        market["index_weights"],
        market["stock_industry"],
        etf_daily=market.get("etf_daily"),
        index_daily=market.get("index_daily"),
        dates=dates,
        scheme=scheme,
        backcast=backcast,
    )
    return holdings, coverage, universe_coverage(market["etf_shares"], market["etf_list"], dates)


def _style(market: Mapping, pair: Sequence[str], lamb: float, style_start: str) -> pd.Series | None:
    if "index_daily" not in market or unusable_pair(market["index_daily"], pair, style_start):
        return None
    return style_signal(style_ratio(weekly_closes(market["index_daily"], pair, style_start)), lamb)["state"]


def _active(market: Mapping, scheme: str, dates: pd.DatetimeIndex, backcast: bool) -> pd.DataFrame | None:
    if not len(dates) or "fund_holdings" not in market or scheme not in set(market["stock_industry"]["scheme"]):
        return None
    known = active_funds.known_weights(
        market["fund_holdings"],
        market["stock_industry"],
        dates,
        fund_nav=market.get("fund_nav"),
        industry_daily=market.get("industry_daily"),
        scheme=scheme,
        backcast=backcast,
    )
    weights = getattr(known, "weights", known)
    return weights if weights.notna().any(axis=None) else None


def _gaps(
    prices: pd.DataFrame | None,
    holdings: pd.DataFrame | None,
    universe: pd.Series | None,
    states: Mapping[str, pd.Series | None],
    active: pd.DataFrame | None,
    heat: pd.Series | None,
    market: Mapping,
    scheme: str,
) -> pd.DataFrame:
    """Say of every input what there is and what is missing."""
    unlabelled = "stock_industry" in market and scheme not in set(market["stock_industry"]["scheme"])
    none = f"no {scheme} labels" if unlabelled else "none"
    built = ["etf_shares", "etf_list", "index_weights", "stock_industry"]
    rows = [
        ("industry prices", ["industry_daily"], "everything", _span(prices, f"no {scheme} prices"), prices is None),
        ("ETF holdings by industry", built, "factors 1 to 4", _span(holdings, none), holdings is None),
    ]
    if holdings is not None:
        rows += _breadth(universe, market)
    for name, serves in (("size", "factor 2"), ("growth", "factor 3")):
        rows.append((f"{name} style", ["index_daily"], serves, _span(states[name], "none"), states[name] is None))
    held = ["fund_holdings", "stock_industry"]
    unasked = holdings is None and set(held) <= set(market)  # their months are those of the holdings
    said = "no holdings to set it beside" if unasked else _span(active, none)
    rows.append(("active funds' weights", held, "factor 4", said, _patchy(active) and not unasked))
    rows.append(("issuance heat", ["fund_issuance"], "side of factor 4", _span(heat, "none"), heat is None))
    table = pd.DataFrame(rows, columns=["input", "tables", "serves", "state", "missing"])
    lacks = [_culprits(row.tables, market, unlabelled) if row.missing else [] for row in table.itertuples()]
    return table.assign(lacks=lacks, tables=[", ".join(t) for t in table["tables"]])


def _breadth(universe: pd.Series, market: Mapping) -> list[tuple]:
    """Say how much of the ETF market is known: units of the funds, weights of the indices they track."""
    known = float(universe.mean())
    said = f"units of {known:.0%} of the listed stock ETFs on an average week"
    tracked = market["etf_list"].set_index("code")["index_code"].reindex(stock_funds(market["etf_list"])).dropna()
    weighed = len(set(tracked) & set(market["index_weights"]["index_code"].unique()))
    asked = tracked.nunique()
    return [
        ("most of the ETF market", ["etf_shares"], "factors 1 to 4", said, known < WHOLE_MARKET),
        (
            "weights of what they track",
            ["index_weights"],
            "factors 1 to 4",
            f"weights of {weighed} of {asked} tracked indices",
            weighed < asked / 2,
        ),
    ]


def _culprits(tables: list[str], market: Mapping, unlabelled: bool) -> list[str]:
    """Name the tables that are absent, or have no labels of the scheme, or else are there but not enough."""
    absent = [name for name in tables if name not in market]
    if absent or not (unlabelled and "stock_industry" in tables):
        return absent or [name for name in tables if name != "stock_industry"]
    return ["stock_industry"]


def _patchy(active: pd.DataFrame | None) -> bool:
    """Whether active weights are known in less than half of the months with holdings."""
    if active is None:
        return True
    return float(active.notna().any(axis=1).mean()) < 0.5


def _span(frame: pd.DataFrame | pd.Series | None, otherwise: str) -> str:
    """Return from when to when a frame has anything."""
    if frame is None:
        return otherwise
    there = frame.notna().any(axis=1) if frame.ndim == 2 else frame.notna()
    dates = frame.index[there]
    return f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}" if len(dates) else otherwise
