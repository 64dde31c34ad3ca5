"""How much of a change in shares is money, how much is prices, and how much is new index weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd


def change_parts(
    sizes: pd.DataFrame, flows: pd.DataFrame, look: Callable[[pd.DataFrame], pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Why each industry's share of ETF money changed from one week to the next; the parts add up exactly.

    Parameters
    ----------
    sizes, flows : DataFrame
        Weeks × funds, CNY.
    look : callable
        Spreads amounts of dates × funds over industries with the weights known at each date.

    Returns
    -------
    dict of DataFrame
        Weeks (from the second on) × industries, in shares of the total: ``money`` (net inflow spread by last week's
        weights, and funds that came or went), ``fund prices`` (growth of each fund, spread likewise), ``new weights``
        (index weights published since, and labels), ``change`` (their sum).
    """
    before = sizes.shift()
    stayed = sizes.notna() & before.notna()
    money = flows.reindex_like(sizes).fillna(0.0).where(stayed, sizes.fillna(0.0) - before.fillna(0.0))
    grown = sizes.fillna(0.0) - before.fillna(0.0) - money
    held = look(sizes)
    now, old = held.iloc[1:], held.shift().iloc[1:]
    parts = {
        name: look(amounts.shift(-1).iloc[:-1]).set_axis(sizes.index[1:])
        for name, amounts in {"money": money, "fund prices": grown}.items()
    }
    parts["new weights"] = now - old - parts["money"] - parts["fund prices"]
    share, total = old.div(old.sum(axis=1), axis=0), now.sum(axis=1)
    parts = {n: part.sub(share.mul(part.sum(axis=1), axis=0)).div(total, axis=0) for n, part in parts.items()}
    return parts | {"change": sum(parts.values())}


def variance_shares(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Split the variance of ``change`` across its parts, over all weeks and over those with and without new weights.

    Returns
    -------
    DataFrame
        Parts × ``all weeks, weeks with new weights, other weeks``; each column sums to 1 (NaN where nothing moved).
    """
    change = parts["change"].dropna(how="all")
    fresh = parts["new weights"].loc[change.index].abs().max(axis=1) > 1e-9
    table = {}
    for name, keep in {"all weeks": fresh | True, "weeks with new weights": fresh, "other weeks": ~fresh}.items():
        moved = change.loc[keep]
        scale = float((moved**2).sum().sum())
        table[name] = {
            part: float((values.loc[moved.index] * moved).sum().sum()) / scale if scale > 1e-18 else np.nan
            for part, values in parts.items()
            if part != "change"
        }
    return pd.DataFrame(table)
