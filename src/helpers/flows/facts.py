"""The numbers behind the sentences of the flow chapter, each a small function of a frame."""

from __future__ import annotations

import pandas as pd

from helpers.flows.etf_money import EtfMoney

BASIS_NAMES = {
    "nav": "net asset value",
    "close": "close",
    "linked": "adjusted close, linked to the last unadjusted one",
    "adj_close": "adjusted close alone",
    "index": "index ÷ 1,000",
}


def money_facts(money: EtfMoney) -> dict[str, object]:
    """Return what a run's ETF money is made of.

    Parameters
    ----------
    money : EtfMoney

    Returns
    -------
    dict
        ``weeks`` (number), ``first, last`` (dates), ``fewest, most`` (funds with known size), ``indices`` (looked
        through), ``several``, ``universe`` and ``coverage`` (means), ``whole`` (whether this is the market).
    """
    held = money.sizes.notna().sum(axis=1)
    return {
        "weeks": len(held),
        "first": held.index[0],
        "last": held.index[-1],
        "fewest": int(held.min()),
        "most": int(held.max()),
        "indices": money.indices,
        "several": money.indices > 1,
        "universe": money.universe.mean(),
        "coverage": money.coverage.mean(),
        "whole": money.whole_market,
    }


def share_facts(share: pd.DataFrame) -> dict[str, object]:
    """Return who holds what in the last row of shares.

    Parameters
    ----------
    share : DataFrame
        Dates × industries, rows sum to 1.

    Returns
    -------
    dict
        ``date``; ``first, second, third`` (names) with ``first_share, second_share, third_share``; ``smaller_half``
        (sum over the industries behind the median one).
    """
    last = share.dropna(how="all").iloc[-1].sort_values(ascending=False)
    facts = {"date": last.name, "smaller_half": last.iloc[len(last) // 2 :].sum()}
    for place, name in enumerate(("first", "second", "third")):
        facts |= {name: last.index[place], f"{name}_share": last.iloc[place]}
    return facts


def coverage_facts(money: EtfMoney) -> dict[str, float]:
    """Return how much is seen with labels only from the day they began, and with first labels carried back.

    Parameters
    ----------
    money : EtfMoney

    Returns
    -------
    dict
        ``strict_early, strict_late, early, late``: mean share of the known money looked through, in the first and the
        second half of the dates.
    """
    strict, carried = money.coverage_with(backcast=False), money.coverage_with(backcast=True)
    half = len(money.sizes) // 2
    return {
        "strict_early": strict.iloc[:half].mean(),
        "strict_late": strict.iloc[half:].mean(),
        "early": carried.iloc[:half].mean(),
        "late": carried.iloc[half:].mean(),
    }


def basis_facts(money: EtfMoney) -> dict[str, object]:
    """Return where unit values came from.

    Parameters
    ----------
    money : EtfMoney

    Returns
    -------
    dict
        ``bases``, a list of texts such as ``"net asset value (95% of fund-weeks)"``, largest first; ``adjusted``,
        whether some rest on an adjusted close alone or on an index.
    """
    basis = money.units.basis.where(money.sizes.notna()).stack().replace("", None).dropna()
    shares = basis.value_counts(normalize=True)
    texts = [f"{BASIS_NAMES[name]} ({share:.1%} of fund-weeks)" for name, share in shares.items()]
    return {"bases": texts, "adjusted": bool(shares.index.isin(["adj_close", "index"]).any())}


def inflow_facts(flows: pd.DataFrame) -> dict[str, object]:
    """Return the extremes and the sum of weekly net inflow.

    Parameters
    ----------
    flows : DataFrame
        Weeks × funds, CNY.

    Returns
    -------
    dict
        ``funds`` (number), ``best, worst`` (dates) with ``best_bn, worst_bn``, ``total_bn`` (CNY bn), ``inflows``
        (share of the weeks).
    """
    total = flows.sum(axis=1, min_count=1) / 1e9
    best, worst = total.idxmax(), total.idxmin()
    return {
        "funds": flows.shape[1],
        "best": best,
        "best_bn": total[best],
        "worst": worst,
        "worst_bn": total[worst],
        "total_bn": total.sum(),
        "inflows": (total > 0).mean(),
    }
