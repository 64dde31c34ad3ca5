"""How much of a change in shares is money, how much is prices, new index weights, or funds that came into view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from helpers.flows.etf_money import EtfMoney
from helpers.sessions import month_ends

LAUNCH = 45  # days between a fund's listing and its first known units


def share_moves(money: EtfMoney, weeks: slice = slice(None)) -> dict[str, pd.DataFrame]:
    """Return the :func:`change_parts` of a run; a fund is in view from when both its size and its index are known.

    Parameters
    ----------
    money : EtfMoney
    weeks : slice
        Of dates; a part's first row is the second of them.

    Returns
    -------
    dict of DataFrame
        Weeks × industries, fractions, by part.
    """
    sizes = money.seen.loc[weeks]
    real = launches(sizes, money.market["etf_list"])
    return change_parts(sizes, money.flows.loc[sizes.index], lambda amounts: money.look(amounts).holdings, real)


def launches(sizes: pd.DataFrame, etf_list: pd.DataFrame) -> pd.DataFrame:
    """Mark where a fund's size begins because it was listed or ends because it was delisted.

    Parameters
    ----------
    sizes : DataFrame
        Weeks × funds, CNY; NaN where unknown.
    etf_list : DataFrame
        Canonical; ``list_date`` and ``delist_date`` count where they are there.

    Returns
    -------
    DataFrame of bool
        Weeks × funds: a size that begins or ends within 45 days of that date.
    """
    rows = etf_list.drop_duplicates("code").set_index("code").reindex(sizes.columns)
    known = sizes.notna()
    events = {
        "list_date": known & ~known.shift(fill_value=False),
        "delist_date": ~known & known.shift(fill_value=False),
    }
    out = pd.DataFrame(False, sizes.index, sizes.columns)
    for column, happened in events.items():
        if column in rows:
            away = np.abs(sizes.index.to_numpy()[:, None] - rows[column].to_numpy()[None, :])
            out |= happened & (away <= np.timedelta64(LAUNCH, "D"))
    return out


def change_parts(
    sizes: pd.DataFrame,
    flows: pd.DataFrame,
    look: Callable[[pd.DataFrame], pd.DataFrame],
    real: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Why each industry's share of ETF money changed from one week to the next; the parts add up exactly.

    Parameters
    ----------
    sizes, flows : DataFrame
        Weeks × funds, CNY.
    look : callable
        Spreads amounts of dates × funds over industries with the weights known at each date.
    real : DataFrame of bool, optional
        Weeks × funds, of :func:`launches`: where a size that begins or ends is money.

    Returns
    -------
    dict of DataFrame
        Weeks (from the second on) × industries, in shares of the total: ``money`` (net inflow, spread by last week's
        weights, and launches), ``fund prices`` (growth of each fund, spread likewise), ``new weights`` (index weights
        published since, and labels), ``coverage`` (funds that came into view or left it, which is no money), ``change``
        (their sum).
    """
    real = pd.DataFrame(False, sizes.index, sizes.columns) if real is None else real
    before, flows = sizes.shift(), flows.reindex_like(sizes)
    stayed = sizes.notna() & before.notna()
    paid = flows.where(stayed).fillna(0.0)
    grown = (sizes - before).where(stayed, 0.0) - paid
    came, left = sizes.where(~stayed).fillna(0.0), before.where(~stayed).fillna(0.0)

    def by_last(amounts: pd.DataFrame) -> pd.DataFrame:
        return look(amounts.shift(-1).iloc[:-1]).set_axis(sizes.index[1:])

    held = look(sizes)
    now, old = held.iloc[1:], held.shift().iloc[1:]
    parts = {
        "money": by_last(paid - left.where(real, 0.0)) + look(came.where(real, 0.0)).iloc[1:],
        "fund prices": by_last(grown),
        "coverage": look(came.where(~real, 0.0)).iloc[1:] - by_last(left.where(~real, 0.0)),
    }
    parts["new weights"] = now - old - sum(parts.values())
    share, total = old.div(old.sum(axis=1), axis=0), now.sum(axis=1)
    parts = {n: part.sub(share.mul(part.sum(axis=1), axis=0)).div(total, axis=0) for n, part in parts.items()}
    return parts | {"change": sum(parts.values())}


def seen_change(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Change of each industry's share without what came into view.

    Changes below 1e-12 are exactly 0, as in :func:`helpers.flows.marginal_change`.

    Parameters
    ----------
    parts : dict of DataFrame
        Of :func:`change_parts`.

    Returns
    -------
    DataFrame
        Weeks × industries, fractions of all money.
    """
    change = parts["change"] - parts["coverage"]
    return change.where(change.abs().gt(1e-12) | change.isna(), 0.0)


def monthly_sum(weekly: pd.DataFrame) -> pd.DataFrame:
    """Add weekly changes up over calendar months: last rows of months × industries, NaN where a week is unknown."""
    months = weekly.index.to_period("M")
    total = weekly.groupby(months).sum(min_count=1).where(weekly.notna().groupby(months).all())
    return total.set_axis(month_ends(weekly.index))


def variance_shares(parts: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Split the variance of the change without coverage across its parts, over all weeks and with and without weights.

    Parameters
    ----------
    parts : dict of DataFrame
        Of :func:`change_parts`.

    Returns
    -------
    DataFrame
        Parts × ``all weeks, weeks with new weights, other weeks``; each column sums to 1 (NaN where nothing moved).
    """
    change = (parts["change"] - parts["coverage"]).dropna(how="all")
    fresh = parts["new weights"].loc[change.index].abs().max(axis=1) > 1e-9
    table = {}
    for name, keep in {"all weeks": fresh | True, "weeks with new weights": fresh, "other weeks": ~fresh}.items():
        moved = change.loc[keep]
        scale = float((moved**2).sum().sum())
        table[name] = {
            part: float((parts[part].loc[moved.index] * moved).sum().sum()) / scale if scale > 1e-18 else np.nan
            for part in ("money", "fund prices", "new weights")
        }
    return pd.DataFrame(table)


def variance_facts(parts: dict[str, pd.DataFrame]) -> dict[str, float | bool]:
    """Return the numbers of a sentence on :func:`variance_shares`.

    Parameters
    ----------
    parts : dict of DataFrame
        Of :func:`change_parts`.

    Returns
    -------
    dict
        ``money, prices, weights`` over all weeks; ``quiet_money, quiet_prices`` in weeks without new weights;
        ``still``, whether nothing moves in those; ``coverage``, the share of what came into view in the variance of the
        whole change; ``widens``, whether it is a hundredth or more.
    """
    pieces = variance_shares(parts).round(3) + 0.0
    always, quiet = pieces["all weeks"], pieces["other weeks"]
    scale = float((parts["change"] ** 2).sum().sum())
    coverage = float((parts["coverage"] * parts["change"]).sum().sum()) / scale if scale > 1e-18 else np.nan
    return {
        "money": always["money"],
        "prices": always["fund prices"],
        "weights": always["new weights"],
        "quiet_money": quiet["money"],
        "quiet_prices": quiet["fund prices"],
        "still": bool(quiet.isna().all()),
        "coverage": coverage,
        "widens": bool(coverage >= 0.01),
    }
