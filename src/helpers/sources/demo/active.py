"""Active equity funds: true holdings every month, top-ten reports with announcement dates, NAVs, and issuance.

All funds share industry weights that wander away from what ETFs hold (`Latent.active`); each tilts them its own way and
fills them with stocks from a pool of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from helpers.sessions import next_session

from .market import World
from .names import ordinals
from .stocks import industry_codes

__all__ = ["ActiveFunds", "holdings_table", "issuance_table", "make_active_funds", "true_holdings"]

FUNDS = {"full": 300, "small": 40}
POOL, HELD = 90, 40  # stocks a fund looks at, stocks it holds
EQUITY = 0.88  # of NAV
FEE = 0.014
_TILT = 0.45
REPORT_MONTHS = (3, 6, 9, 12)
ANNOUNCE_SESSIONS = 15
TOP = 10


@dataclass(frozen=True)
class ActiveFunds:
    """Funds: ``pool`` of stocks (funds × POOL), ``weights`` (weight days × funds × POOL), ``nav`` (days × funds)."""

    code: np.ndarray
    name: np.ndarray
    size: np.ndarray
    pool: np.ndarray
    weights: np.ndarray
    nav: np.ndarray

    def __len__(self):
        return len(self.code)


def _pools(world: World, rng, tilt: np.ndarray) -> np.ndarray:
    """Draw each fund's pool: stocks of the industries it likes, the large ones more likely, without repeats."""
    stocks = world.stocks
    cap = stocks.price0 * stocks.float_shares
    liking = tilt[:, stocks.sw] * (cap**0.6)
    gumbel = rng.gumbel(size=liking.shape)
    score = np.log(liking) + gumbel
    pool = min(POOL, len(stocks) - 1)
    return np.argpartition(-score, pool, axis=1)[:, :pool]


def _month_weights(world: World, active: np.ndarray, tilt, pool, appeal, m: int) -> np.ndarray:
    """Return funds × pool weights at weight day ``m``: industry targets shared out by appeal among listed stocks."""
    listed = world.caps[m][pool] > 0
    day = max(0, int(world.timeline.month_last[m - 1])) if m else 0
    industry = world.stocks.industry("SW2021_L1", day)[pool]
    count = tilt.shape[1]
    row = np.arange(len(pool))[:, None] * count
    raw = appeal * listed
    inside = np.bincount((row + industry).ravel(), raw.ravel(), minlength=len(pool) * count)
    inside = inside.reshape(len(pool), count)
    target = active * tilt * (inside > 0)
    share = np.divide(target, inside, out=np.zeros_like(target), where=inside > 0)
    weight = raw * np.take_along_axis(share, industry, axis=1)
    if pool.shape[1] > HELD:
        least = np.partition(weight, -HELD, axis=1)[:, -HELD][:, None]
        weight = np.where(weight >= least, weight, 0.0)
    weight = np.minimum(weight / weight.sum(axis=1, keepdims=True), 0.10)
    return EQUITY * weight / weight.sum(axis=1, keepdims=True)


def make_active_funds(world: World) -> ActiveFunds:
    """Simulate holdings and NAVs of the active funds.

    Parameters
    ----------
    world : World
        The stock market.

    Returns
    -------
    ActiveFunds
        Codes, sizes (CNY), weights by month end, NAV by session.
    """
    config, rng, timeline = world.config, world.config.rng("active funds"), world.timeline
    count, industries = FUNDS[config.size], len(industry_codes("SW2021_L1"))
    tilt = np.exp(rng.normal(0, _TILT, (count, industries)))
    active = world.latent.active
    pool = _pools(world, rng, tilt * active.mean(axis=0))
    appeal = (world.stocks.price0 * world.stocks.float_shares)[pool] ** 0.35 * np.exp(rng.normal(0, 0.8, pool.shape))
    week = np.append(0, timeline.week_of_day[timeline.month_last])
    weights = np.stack(
        [_month_weights(world, active[week[m]], tilt, pool, appeal, m) for m in range(timeline.months + 1)]
    )
    returns = np.empty((len(timeline.days), count))
    rows = np.repeat(np.arange(count), pool.shape[1])
    shape = (count, len(world.stocks))
    for m in range(timeline.months):
        held = sparse.csr_matrix((weights[m].ravel(), (rows, pool.ravel())), shape=shape)
        days = timeline.month_slice(m)
        returns[days] = (held @ world.returns[days].T.astype(float)).T
    returns += (1 - EQUITY) * 0.015 / 250 - FEE / 250 + rng.normal(0, 2e-4, returns.shape)
    start = rng.uniform(0.8, 3.0, count)
    return ActiveFunds(
        code=np.array([f"{990001 + i}.OF" for i in range(count)]),
        name=np.char.add("模拟精选混合", ordinals(count)),
        size=np.exp(rng.normal(np.log(1.5e9), 1.0, count)),
        pool=pool,
        weights=weights,
        nav=np.cumprod(1 + returns, axis=0) * start,
    )


def _rows(world: World, funds: ActiveFunds, m: int) -> pd.DataFrame:
    weight = funds.weights[m]
    fund, place = np.nonzero(weight > 0)
    return pd.DataFrame(
        {
            "date": world.timeline.weight_days[m],
            "fund_code": pd.Categorical.from_codes(fund, funds.code),
            "code": pd.Categorical.from_codes(funds.pool[fund, place], world.stocks.code),
            "weight_nav": np.round(weight[fund, place], 5),
        }
    )


def true_holdings(world: World, funds: ActiveFunds) -> pd.DataFrame:
    """Return what nobody sees: every holding at every month end, ``date, fund_code, code, weight_nav``.

    Parameters
    ----------
    world : World
        The stock market.
    funds : ActiveFunds
        Of :func:`make_active_funds`.

    Returns
    -------
    DataFrame
        Weights as fractions of NAV.
    """
    return pd.concat([_rows(world, funds, m) for m in range(world.timeline.months + 1)], ignore_index=True)


def holdings_table(world: World, funds: ActiveFunds) -> pd.DataFrame:
    """Return the canonical ``fund_holdings``: top ten of every quarter end, announced 15 sessions later.

    Parameters
    ----------
    world : World
        The stock market.
    funds : ActiveFunds
        Of :func:`make_active_funds`.

    Returns
    -------
    DataFrame
        One row a quarter, fund and stock.
    """
    days = world.timeline.weight_days
    quarters = np.flatnonzero(np.isin(days.month, REPORT_MONTHS) & (np.arange(len(days)) < world.timeline.months))
    announced = next_session(days[quarters], ANNOUNCE_SESSIONS).to_numpy()
    worth = funds.size * np.vstack([np.ones(len(funds)), funds.nav[world.timeline.month_last] / funds.nav[0]])
    weight = funds.weights[quarters]
    place = np.argsort(-weight, axis=2, kind="stable")[:, :, :TOP]
    weight = np.take_along_axis(weight, place, axis=2).round(4)
    stock = np.take_along_axis(funds.pool[None], place, axis=2)
    q, f, rank = np.nonzero(weight > 0)
    size = worth[quarters].round(-4)[q, f]
    weight, stock = weight[q, f, rank], stock[q, f, rank]
    table = pd.DataFrame(
        {
            "report_date": days.to_numpy()[quarters[q]],
            "fund_code": pd.Categorical.from_codes(f, funds.code),
            "code": pd.Categorical.from_codes(stock, world.stocks.code),
            "announce_date": announced[q],
            "weight_nav": weight,
            "rank": rank + 1,
            "value": (weight * size).round(2),
            "fund_name": pd.Categorical.from_codes(f, funds.name),
            "fund_size": size,
            "scope": pd.Categorical.from_codes(np.zeros(len(q), dtype=int), ["top10"]),
        }
    )
    return table.iloc[np.lexsort((stock, f, q))].reset_index(drop=True)


def issuance_table(world: World) -> pd.DataFrame:
    """Return the canonical ``fund_issuance``; stock ETFs grow faster than active funds in months of heat +1.

    Parameters
    ----------
    world : World
        The stock market.

    Returns
    -------
    DataFrame
        One row a month and category.
    """
    rng, heat = world.config.rng("issuance"), world.styles.heat
    first = world.timeline.weight_days[0]
    months = pd.period_range(first.to_period("M") - 1, periods=len(heat) + 1, freq="M")
    months = months[months <= pd.Period(world.config.end, "M")]
    known = np.append(0, heat[: len(months) - 1])
    gap = np.cumsum(known * rng.uniform(0.12, 0.40, len(months)))
    common = 0.35 * rng.standard_normal(len(months))
    level = np.log(2.0e10) + 0.5 * np.sin(np.arange(len(months)) / 14)
    frames = []
    for category, half, size in (("stock_etf", 0.5, 1.2e9), ("active_equity", -0.5, 1.6e9)):
        shares = np.rint(np.exp(level + common + half * gap) / 1e4) * 1e4
        count = np.maximum(1, np.rint(shares / size)).astype(int)
        frames.append(pd.DataFrame({"month": months, "category": category, "shares": shares, "n_funds": count}))
    table = pd.concat(frames)
    table["month"] = table.month.dt.to_timestamp()
    return table.sort_values(["month", "category"], ignore_index=True)
