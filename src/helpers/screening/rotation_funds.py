"""The rotation's industries as funds: what the paper strategy loses when it has to be bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.backtest.engine import backtest
from helpers.backtest.selection import rebalance_calendar
from helpers.correlation import wide_prices
from helpers.index_research.products import resolved_index
from helpers.rotation.inputs import FACTORS, gather
from helpers.rotation.strategies import top_weights
from helpers.screening.tradable import exposure_history, funds_for_industries, known_exposures, to_funds, tracking_gap
from helpers.tables import MissingTable, needed

__all__ = ["Bought", "buy_rotation"]

NEEDED = ("etf_daily", "etf_list", "etf_shares", "index_daily", "index_weights", "stock_industry", "industry_daily")
NEEDED += ("fund_holdings", "fund_nav", "fund_issuance")
SESSIONS = 60  # over which turnover is taken
SEASONED = 120  # calendar days a fund must have been listed
HALF = 0.5  # of the money must find a fund before the comparison begins


class Bought(NamedTuple):
    """The rotation on paper and in funds.

    Attributes
    ----------
    paper, funds : DataFrame
        Decisions × industries, and × funds: weights.
    last : DataFrame
        The last decision: its industries, the fund of each, exposure, turnover, fee.
    returns : DataFrame
        Sessions × ``paper, funds, funds after costs``.
    facts : dict
        Gap, tracking error, share without a fund, turnover, cost.
    """

    paper: pd.DataFrame
    funds: pd.DataFrame
    last: pd.DataFrame
    returns: pd.DataFrame
    facts: dict


def buy_rotation(
    market: Mapping[str, pd.DataFrame],
    *,
    scheme: str,
    start: str,
    top_n: int,
    weeks: int,
    lag: int,
    cost_bps: float,
    style: Mapping[str, object],
    backcast: bool = True,
) -> Bought:
    """Run the four-factor rotation on industry indices and again on one fund per industry.

    The fund of an industry is chosen at every decision from what was known then: exposures of the last published
    weights, funds listed for four months, turnover of the last sixty sessions.

    Parameters
    ----------
    market : mapping
        Canonical tables.
    scheme, start, top_n, weeks, lag, cost_bps, backcast
        As in chapter 07.
    style : mapping
        Pairs and smoothing of the styles, as :func:`helpers.rotation.inputs.gather` takes them.

    Returns
    -------
    Bought
        From the first decision at which funds stand for half of the money.

    Raises
    ------
    MissingTable
        If a table is absent, not all four factors can be formed, or funds never can stand for half of the industries.
    """
    daily = needed(market, *NEEDED)[0]
    inputs = gather(market, scheme=scheme, backcast=backcast, **style)
    for name in FACTORS:
        inputs.factor(name)  # a rotation of fewer factors is another strategy
    first, last = max(pd.Timestamp(start), inputs.prices.index[0]), inputs.prices.index[-1]
    if first > last:
        said = f"it ends {last:%Y-%m-%d}, before {first:%Y-%m-%d}"
        raise MissingTable("industry_daily", said, "Choose an earlier rotation_start.")
    decisions = rebalance_calendar(first, last, weeks=weeks)["decision"]
    weights = top_weights(inputs.composite.score, decisions, top_n)
    held = weights.index[weights.sum(axis=1) > 0]
    if len(held) < 2:
        raise MissingTable("etf_shares", "fewer than two decisions that hold anything")
    weights = weights.loc[held[0] : held[-1]]
    listing = market["etf_list"].assign(index_code=resolved_index(market["etf_list"]).to_numpy()).set_index("code")
    listing = listing[listing["fund_type"].eq("stock")] if "fund_type" in listing else listing
    amounts = _amounts(daily[daily["code"].isin(listing.index)])
    history = exposure_history(market["index_weights"], market["stock_industry"], scheme, backcast)
    wanted = {day: row.index[row > 0] for day, row in weights.iterrows()}
    choices = {day: _choose(day, history[names], listing, amounts) for day, names in wanted.items()}
    money = to_funds(weights, {day: table["code"] for day, table in choices.items()})
    covered = money.sum(axis=1)
    if not (covered >= HALF).any():
        raise MissingTable("index_weights", f"at no decision do half of the industries of {scheme} have a fund")
    weights, money = (frame.loc[covered.index[covered >= HALF][0] :] for frame in (weights, money))
    returns, facts = _traded(weights, money, inputs.prices, wide_prices(daily, list(money.columns)), lag, cost_bps)
    final = weights.iloc[-1]
    table = choices[weights.index[-1]].reindex(final.index[final > 0]).assign(weight=final[final > 0])
    return Bought(weights, money, table, returns, facts | {"decisions": len(weights), "day": weights.index[-1]})


def _amounts(etf_daily: pd.DataFrame) -> pd.DataFrame:
    wide = etf_daily.pivot(index="date", columns="code", values="amount").sort_index()
    return wide.rolling(SESSIONS, min_periods=SESSIONS // 2).median()


def _choose(day, history: pd.DataFrame, listing: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """Return the fund of each industry as known on an evening."""
    exposures = known_exposures(history, day)
    alive = listing["list_date"] <= day - pd.Timedelta(days=SEASONED)
    if "delist_date" in listing:
        alive &= listing["delist_date"].isna() | (listing["delist_date"] > day)
    at = amounts.index.searchsorted(day, side="right") - 1
    funds = listing[alive]
    amount = amounts.iloc[at].reindex(funds.index) if at >= 0 else pd.Series(np.nan, funds.index)
    fee = funds.reindex(columns=["mgmt_fee", "custody_fee"]).sum(axis=1, min_count=2)
    known = pd.DataFrame({"index_code": funds["index_code"], "amount": amount, "fee": fee})
    return funds_for_industries(exposures, known)


def _traded(paper, money, industries, prices, lag, cost_bps) -> tuple[pd.DataFrame, dict]:
    """Trade both and compare; both end where the last decision is due for replacement or the prices do."""
    first = max(industries.index[0], prices.index[0])
    grid = industries.index[(industries.index >= first) & (industries.index <= prices.index[-1])]
    paper, money = (frame[frame.index.isin(grid[:-lag] if lag else grid)] for frame in (paper, money))
    prices = prices.reindex(grid)
    runs = {
        "paper": backtest(paper, industries.reindex(grid), lag=lag).returns,
        "funds": backtest(money, prices, lag=lag).returns,
    }
    costly = backtest(money, prices, lag=lag, cost_bps=cost_bps)
    returns = pd.DataFrame({**runs, "funds after costs": costly.returns}).dropna()
    years = len(returns) / 250
    facts = tracking_gap(returns["paper"], returns["funds"])
    after = (1 + returns["funds after costs"]).prod() ** (1 / years) - 1
    return returns, facts | {
        "after": float(after),
        "cost": facts["traded"] - float(after),
        "turnover": float(costly.turnover.sum() / 2 / years),
        "covered": float(money.sum(axis=1).mean()),
        "begins": returns.index[0],
        "ends": returns.index[-1],
    }
