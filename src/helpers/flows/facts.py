"""The numbers behind the sentences of the flow chapter, each a small function of a frame."""

from __future__ import annotations

import pandas as pd

from helpers.flows.etf_money import EtfMoney

BASIS_NAMES = {"nav": "net asset value", "close": "close", "adj_close": "adjusted close", "index": "index ÷ 1,000"}


def money_facts(money: EtfMoney) -> dict[str, object]:
    """Return what a run's ETF money is made of.

    Returns
    -------
    dict
        ``weeks`` (number), ``first, last`` (dates), ``fewest, most`` (funds with known size), ``indices`` (looked
        through), ``universe`` and ``coverage`` (means), ``whole`` (whether this is the market).
    """
    held = money.sizes.notna().sum(axis=1)
    return {
        "weeks": len(held),
        "first": held.index[0],
        "last": held.index[-1],
        "fewest": int(held.min()),
        "most": int(held.max()),
        "indices": money.indices,
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


def basis_shares(money: EtfMoney) -> pd.Series:
    """Share of fund-dates by where the unit value came from, largest first."""
    basis = money.units.basis.where(money.sizes.notna()).stack().replace("", None).dropna()
    return basis.map(BASIS_NAMES).value_counts(normalize=True).rename("share")


def inflow_facts(flows: pd.DataFrame) -> dict[str, object]:
    """Return the extremes and the sum of weekly net inflow.

    Parameters
    ----------
    flows : DataFrame
        Weeks × funds, CNY.

    Returns
    -------
    dict
        ``best, worst`` (dates) with ``best_bn, worst_bn``, ``total_bn`` (CNY bn), ``inflows`` (share of the weeks).
    """
    total = flows.sum(axis=1, min_count=1) / 1e9
    best, worst = total.idxmax(), total.idxmin()
    return {
        "best": best,
        "best_bn": total[best],
        "worst": worst,
        "worst_bn": total[worst],
        "total_bn": total.sum(),
        "inflows": (total > 0).mean(),
    }


def stay_share(groups: pd.DataFrame) -> float:
    """Return the share of asset-dates that keep their group from one row to the next, where both have groups."""
    moved = groups.diff().dropna(how="all")
    return float((moved == 0).mean(axis=None))


def printed_change(values: pd.Series, turn: int = 2021, last: int = 2025) -> dict[str, float]:
    """Return the mean of a printed yearly column before ``turn``, and from it to ``last``: ``before, after``."""
    return {"before": values.loc[: turn - 1].mean(), "after": values.loc[turn:last].mean()}


def style_facts(table: pd.DataFrame, level: float = 0.05) -> dict[str, object]:
    """Return how many styles differ by more than chance: ``built, strong`` (numbers) and ``strong_names``."""
    strong = table.index[table["p"] < level]
    return {"built": len(table), "strong": len(strong), "strong_names": ", ".join(strong)}
