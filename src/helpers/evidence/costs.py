r"""What trading takes: turnover, break-even, excess by fee, and how much money fits through the funds.

An order takes at most a tenth of a fund's usual turnover a session, for as many sessions as the portfolio is held. What
it takes, a share :math:`q` of the turnover, is charged the fee and a market impact of :math:`\sigma \sqrt{q}`, with
:math:`\sigma` the fund's daily volatility: the square-root law with a coefficient of one. The rest is not bought.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from helpers.correlation import wide_prices
from helpers.evidence.findings import weeks_a_year
from helpers.evidence.grid import evaluate, weekly

__all__ = ["SIZES", "capacity_facts", "capacity_table", "cost_facts", "cost_table"]

FEES = (0.0, 5.0, 10.0, 20.0, 30.0, 50.0)
SIZES = {"retail": 1e6, "fund": 5e8, "large fund": 1e10}
MOST_FEE = 500.0
WINDOW = 60  # sessions over which usual turnover and volatility are taken
MOST = 0.10  # share of a session's turnover that an order takes


def cost_table(weights: pd.DataFrame, prices: pd.DataFrame, *, lag: int, fees: Iterable[float] = FEES) -> pd.DataFrame:
    """Return what a portfolio keeps at each fee.

    Parameters
    ----------
    weights : DataFrame
        Decisions × industries.
    prices : DataFrame
        Sessions × industries.
    lag : int
        Sessions to the fill.
    fees : iterable of float
        Basis points of money traded.

    Returns
    -------
    DataFrame
        By fee: ``excess`` a year over all industries held equally, and ``turnover`` (bought plus sold a year).
    """
    return pd.DataFrame({fee: _at_fee(weights, prices, lag, fee) for fee in fees}).T.rename_axis("fee (bp)")


def cost_facts(weights: pd.DataFrame, prices: pd.DataFrame, *, lag: int) -> dict[str, float]:
    """Return the fee at which nothing is left.

    Parameters
    ----------
    weights, prices, lag
        As for :func:`cost_table`.

    Returns
    -------
    dict
        ``turnover`` and ``excess`` a year without fees, ``break_even`` (basis points of money traded, 0
        without an excess, at most 500), ``pays`` (whether there is an excess to lose).
    """
    free = _at_fee(weights, prices, lag, 0.0)

    def left(fee: float) -> float:
        return _at_fee(weights, prices, lag, fee)["excess"]

    pays = bool(free["excess"] > 0)
    lasts = pays and left(MOST_FEE) >= 0
    even = MOST_FEE if lasts else brentq(left, 0.0, MOST_FEE, xtol=0.01) if pays else 0.0
    return {**free, "break_even": float(even), "pays": pays}


def capacity_table(
    money: pd.DataFrame,
    etf_daily: pd.DataFrame,
    gross: float,
    *,
    cost_bps: float,
    held: int = 10,
    sizes: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return what trading the funds takes at different sizes of the portfolio.

    Parameters
    ----------
    money : DataFrame
        Decisions × funds: weights, of :func:`helpers.screening.rotation_funds.buy_rotation`.
    etf_daily : DataFrame
        Canonical table.
    gross : float
        Excess a year before any cost.
    cost_bps : float
        Fee on money traded.
    held : int
        Sessions a portfolio is held: what cannot be traded within them is not traded.
    sizes : mapping of name to CNY, optional
        By default :data:`SIZES`.

    Returns
    -------
    DataFrame
        By size: ``money`` (CNY), ``share`` (of a fund's usual turnover a session that the median order comes to),
        ``sessions`` (the median order takes), ``filled`` (share of the money that can be traded), ``cost`` (a year: fee
        and impact), ``left`` (the filled share of ``gross`` less that).
    """
    orders = _orders(money, etf_daily)
    years = (money.index[-1] - money.index[0]).days / 365.25
    rows = {}
    for name, wealth in (sizes or SIZES).items():
        share = orders["traded"] * wealth / orders["amount"]
        filled = (MOST * held / share).clip(upper=1)
        cost = orders["traded"] * filled * (cost_bps / 1e4 + orders["volatility"] * np.sqrt(share.clip(upper=MOST)))
        done = (orders["traded"] * filled).sum() / orders["traded"].sum()
        rows[name] = {
            "money": wealth,
            "share": share.median(),
            "sessions": max(share.median() / MOST, 1.0),
            "filled": done,
            "cost": cost.sum() / years,
            "left": done * gross - cost.sum() / years,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("portfolio")


def capacity_facts(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return one record a size for a sentence.

    Parameters
    ----------
    table : DataFrame
        Of :func:`capacity_table`.

    Returns
    -------
    list of dict
        ``size`` and the columns of the table.
    """
    return [{"size": name, **row} for name, row in table.to_dict("index").items()]


def _orders(money: pd.DataFrame, etf_daily: pd.DataFrame) -> pd.DataFrame:
    """Orders of every decision with the usual turnover and volatility of their fund as known then."""
    traded = money.diff().abs()
    traded.iloc[0] = money.iloc[0]
    mine = etf_daily[etf_daily["code"].isin(money.columns)]
    amount = mine.pivot(index="date", columns="code", values="amount").sort_index()
    amount = amount.rolling(WINDOW, min_periods=WINDOW // 3).median()
    moves = wide_prices(mine, list(money.columns)).pct_change(fill_method=None)
    spread = moves.rolling(WINDOW, min_periods=WINDOW // 3).std()
    known = {
        "traded": traded,
        "amount": amount.reindex(amount.index.union(money.index)).ffill().loc[money.index],
        "volatility": spread.reindex(spread.index.union(money.index)).ffill().loc[money.index],
    }
    orders = pd.DataFrame({name: frame.reindex(columns=money.columns).stack() for name, frame in known.items()})
    return orders[(orders["traded"] > 1e-9) & (orders["amount"] > 0)].dropna()


def _at_fee(weights: pd.DataFrame, prices: pd.DataFrame, lag: int, fee: float) -> dict[str, float]:
    held = prices[weights.columns]
    found = evaluate(weights.to_numpy()[None], weights.index, held, lag=lag, cost_bps=fee)
    net = weekly(found.net)[0]
    return {"excess": float(weeks_a_year(net.index) * net.mean()), "turnover": float(found.turnover[0])}
