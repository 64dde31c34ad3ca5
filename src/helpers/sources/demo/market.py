"""Daily returns and prices of every stock: market, segments, styles, premiums, pinned years, and noise of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .config import DemoConfig
from .names import indices
from .pins import bridge, pinned_returns, year_drift
from .planted import cluster_factors, segment_returns
from .premiums import Latent, run_weeks
from .rulebook import rules, select
from .stocks import Stocks, industry_codes, make_stocks
from .styles import Styles, make_styles
from .timeline import Timeline, make_timeline

__all__ = ["World", "make_world"]

MARKET_VOL = 0.0100
MARKET_DRIFT = 0.00025
SIZE_LOADING, GROWTH_LOADING = 1.25, 0.8
YOUNG = 40  # sessions a stock must have been listed before an index takes it


@dataclass(frozen=True)
class World:
    """The stock market behind every table.

    ``prices`` (days × stocks) are adjusted closes; ``month_prices`` (months + 1 × stocks) those at the weight days;
    ``caps`` the float caps there, 0 where not listed. ``sw_close``/``citic_close`` are days × industries.
    """

    config: DemoConfig
    timeline: Timeline
    stocks: Stocks
    styles: Styles
    latent: Latent
    scale: np.ndarray
    factors: pd.DataFrame
    returns: np.ndarray
    prices: np.ndarray
    month_prices: np.ndarray
    caps: np.ndarray
    sw_close: np.ndarray
    citic_close: np.ndarray

    @property
    def shrink(self) -> float:
        """Size of the market relative to 5,000 stocks, for rank windows."""
        return 1.0 if self.config.full else len(self.stocks) / 5000


def volatility(config: DemoConfig, timeline: Timeline) -> np.ndarray:
    """Return the volatility of each day relative to its mean: a slow log-normal process.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.

    Returns
    -------
    ndarray
        One a session; the mean square is 1.
    """
    rng = config.rng("volatility")
    shock = rng.standard_normal(timeline.weeks) * 0.07
    log = np.zeros(timeline.weeks)
    for k in range(1, timeline.weeks):
        log[k] = 0.94 * log[k - 1] + shock[k]
    scale = np.exp(log - log.mean())[timeline.week_of_day]
    return scale / np.sqrt(np.mean(scale**2))


def _shares(position: np.ndarray, count: int, weight: np.ndarray) -> sparse.csr_matrix:
    """Return the count × stocks matrix of weights within each group, rows adding up to one."""
    total = np.bincount(position, weight, minlength=count)
    share = weight / np.where(total > 0, total, 1)[position]
    return sparse.csr_matrix((share, (position, np.arange(len(position)))), shape=(count, len(position)))


def _etf_money(config: DemoConfig, stocks: Stocks, cap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return starting ETF money by SW industry and the share of it in funds narrower than the market."""
    table = indices(config.full)
    shrink = 1.0 if config.full else len(stocks) / 5000
    alive = np.where(stocks.first < 0, cap, 0.0)
    rank = alive.argsort()[::-1].argsort() + 1
    count = len(industry_codes("SW2021_L1"))
    broad, themed = np.zeros(count), np.zeros(count)
    for rule, row in zip(rules(table, stocks, shrink), table.itertuples(), strict=True):
        if rule is None or row.etfs == 0:
            continue
        at, factor = select(rule, stocks, alive, rank)
        if not len(at):
            continue
        exposure = np.bincount(stocks.sw[at], factor * alive[at], minlength=count)
        money = row.etfs ** (1.5 if row.category == "broad" else 1.15)
        (broad if row.category == "broad" else themed)[:] += money * exposure / exposure.sum()
    total = broad + themed + 1e-3
    return total, themed / total


def _returns(config, timeline, stocks, styles, segment, premium, scale) -> np.ndarray:
    """Return days × stocks simple returns before the years are pinned."""
    rng = config.rng("stock noise")
    out = rng.standard_normal((len(timeline.days), len(stocks)), dtype=np.float32)
    out *= stocks.idio.astype(np.float32)
    out *= scale.astype(np.float32)[:, None]
    out += segment.astype(np.float32)[:, stocks.segment]
    styled = np.column_stack([styles.size * SIZE_LOADING, styles.growth * GROWTH_LOADING]).astype(np.float32)
    out += styled @ np.vstack([stocks.size, stocks.growth]).astype(np.float32)
    for m in range(timeline.months):
        rows = timeline.month_slice(m)
        out[rows] += premium.astype(np.float32)[rows][:, stocks.industry("SW2021_L1", rows.start)]
    return np.clip(out, -0.30, 0.30, out=out)


def _listed(timeline: Timeline, stocks: Stocks, m: int, young: int = 0) -> np.ndarray:
    """Which stocks trade at weight day ``m`` (and have traded for ``young`` sessions)."""
    at = -1 if m == 0 else int(timeline.month_last[m - 1])
    return (stocks.first <= (at - young if m else -1)) & (stocks.last > at)


def _compound(timeline: Timeline, stocks: Stocks, returns: np.ndarray):
    """Return prices and float caps at the weight days."""
    month_prices = np.empty((timeline.months + 1, len(stocks)))
    month_prices[0] = stocks.price0
    for m in range(timeline.months):
        month_prices[m + 1] = month_prices[m] * (1 + returns[timeline.month_slice(m)]).prod(axis=0, dtype=np.float64)
    caps = month_prices * stocks.float_shares
    for m in range(timeline.months + 1):
        caps[m] *= _listed(timeline, stocks, m)
    return month_prices, caps


def _industry_gross(timeline: Timeline, stocks: Stocks, returns, caps, scheme: str) -> np.ndarray:
    """Return days × industries gross returns, float-cap weighted within each industry at month starts."""
    count = len(industry_codes(scheme))
    out = np.empty((len(timeline.days), count))
    for m in range(timeline.months):
        rows = timeline.month_slice(m)
        weight = _shares(stocks.industry(scheme, rows.start), count, caps[m])
        out[rows] = 1 + (weight @ returns[rows].T).T
    return out


def _pin_industries(config, timeline, stocks, returns) -> np.ndarray:
    """Give every stock the drift that makes its SW industry end each pinned year where it was printed."""
    codes, pins = industry_codes("SW2021_L1"), pinned_returns()
    _, caps = _compound(timeline, stocks, returns)
    gross = _industry_gross(timeline, stocks, returns, caps, "SW2021_L1")
    drift = np.ones_like(gross)
    for j, code in enumerate(codes):
        drift[:, j] = year_drift(gross[:, j], timeline, _years(pins, code))
    for m in range(timeline.months):
        rows = timeline.month_slice(m)
        factor = drift[rows][:, stocks.industry("SW2021_L1", rows.start)].astype(np.float32)
        returns[rows] = (1 + returns[rows]) * factor - 1
    return returns


def _years(pins: pd.DataFrame, code: str) -> dict[int, float]:
    mine = pins[pins.code == code]
    return dict(zip(mine.year, mine.ret, strict=True))


def make_world(config: DemoConfig) -> World:
    """Simulate the stock market of a configuration.

    Parameters
    ----------
    config : DemoConfig
        Of the market.

    Returns
    -------
    World
        Stocks, styles, factors, returns and prices.
    """
    timeline = make_timeline(config)
    scale = volatility(config, timeline)
    styles = make_styles(config, timeline, scale)
    market = config.rng("market").standard_normal(len(timeline.days)) * MARKET_VOL * scale + MARKET_DRIFT
    factors = cluster_factors(config, timeline, scale)
    segment = segment_returns(config, timeline, market, factors, scale)
    stocks = make_stocks(config, timeline)
    cap0 = stocks.price0 * stocks.float_shares
    latent = _latent(config, timeline, styles, stocks, segment, cap0)
    returns = _returns(config, timeline, stocks, styles, segment, latent.premium, scale)
    if config.pins:
        returns = _pin_industries(config, timeline, stocks, returns)
    month_prices, caps = _compound(timeline, stocks, returns)
    closes = []
    for scheme in ("SW2021_L1", "CITIC_L1"):
        gross = _industry_gross(timeline, stocks, returns, caps, scheme)
        if config.pins and scheme == "SW2021_L1":
            pins = pinned_returns()
            codes = industry_codes(scheme)
            gross = np.column_stack([bridge(gross[:, j], timeline, _years(pins, c)) for j, c in enumerate(codes)])
        closes.append(1000 * gross.cumprod(axis=0))
    prices = np.cumprod(1 + returns, axis=0, dtype=np.float64) * stocks.price0
    return World(config, timeline, stocks, styles, latent, scale, factors, returns, prices, month_prices, caps, *closes)


def _latent(config, timeline, styles, stocks, segment, cap0) -> Latent:
    """Run the weekly loop on the industries that the segments and styles make."""
    count = len(industry_codes("SW2021_L1"))
    inside = _shares(stocks.sw, count, cap0)
    of_segment = sparse.csr_matrix((np.ones(len(stocks)), (np.arange(len(stocks)), stocks.segment)))
    daily = segment @ (inside @ of_segment).toarray().T
    daily += np.outer(styles.size, inside @ stocks.size) * SIZE_LOADING
    daily += np.outer(styles.growth, inside @ stocks.growth) * GROWTH_LOADING
    if config.pins:  # ETF money follows prices, and prices end their years where they are pinned
        pins = pinned_returns()
        for j, code in enumerate(industry_codes("SW2021_L1")):
            daily[:, j] = bridge(1 + daily[:, j], timeline, _years(pins, code)) - 1
    weekly = np.add.reduceat(daily, np.append(0, timeline.week_last[:-1] + 1), axis=0)
    money, themed = _etf_money(config, stocks, cap0)
    share = np.bincount(stocks.sw, cap0, minlength=count)
    active = share * np.exp(0.5 * (inside @ stocks.growth))
    return run_weeks(config, timeline, styles, weekly, money, themed, active / active.sum())
