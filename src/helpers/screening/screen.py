"""The five steps in one call: 定策略 → 选指数 → 验成色 → 挑产品 → 控风险."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.clustering.partition import cluster
from helpers.correlation import correlation_distance, distance_of, trailing_returns, wide_prices
from helpers.index_research.products import product_table, rank_products
from helpers.index_research.stance import funds_of_stance
from helpers.screening.evidence import correlation_with_held, index_evidence
from helpers.screening.limits import Limits, admit
from helpers.screening.portfolio import weights_under_limits
from helpers.tables import MissingTable

__all__ = ["Screened", "candidates", "choose", "screen", "together"]

YEAR = 250
ALIKE = 0.8  # correlation from which two funds are one bet


@dataclass(frozen=True)
class Screened:
    """What the screen found on one evening.

    Parameters
    ----------
    date : Timestamp
        The evening.
    stance : str
    funds : DataFrame
        Every fund of the stance, with what each step measured, ``rank`` within its index, ``admitted``, ``failed``,
        ``unknown``.
    chosen : DataFrame
        The best admitted fund of each index, best indices first, with ``cluster`` and ``weight``.
    """

    date: pd.Timestamp
    stance: str
    funds: pd.DataFrame
    chosen: pd.DataFrame

    @property
    def steps(self) -> pd.Series:
        """How many funds are left after each step, and the indices they follow."""
        funds, left = self.funds, self.funds[self.funds["admitted"]]
        index_ok = ~funds["failed"].str.contains("min_years|min_effective|max_top_ten|max_pe|max_fall")
        return pd.Series(
            {
                "1 定策略: funds of the stance": len(funds),
                "2 选指数: indices they follow": funds["index_code"].nunique(),
                "3 验成色: indices that keep the limits": funds.loc[index_ok, "index_code"].nunique(),
                "4 挑产品: funds that keep the limits": len(left),
                "  indices with such a fund": left["index_code"].nunique(),
                "5 控风险: funds held": int((self.chosen["weight"] > 0).sum()),
            },
            name="left",
        )


def candidates(
    market: Mapping[str, pd.DataFrame],
    date: pd.Timestamp | str,
    stance: str,
    *,
    held: Sequence[str] = (),
    benchmark: str = "000300",
    products: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Measure every fund of a stance; no limit is applied yet.

    Parameters
    ----------
    market : mapping
        Canonical tables.
    date : date-like
        The evening.
    stance : str
        One of :data:`helpers.index_research.stance.STANCES`.
    held : sequence of str
        Funds already held.
    benchmark : str
        Index for excess returns.
    products : DataFrame, optional
        The product table of that evening, where it is already made.

    Returns
    -------
    DataFrame
        By fund: the columns of :func:`helpers.index_research.products.rank_products` and of
        :func:`helpers.screening.evidence.index_evidence` (those of its index), ``level2, stance, correlation_held``
        (the largest with what is held; -1 when nothing is).

    Raises
    ------
    MissingTable
        If no fund has this stance, or a fund held is not in the list.
    """
    date = pd.Timestamp(date)
    stances = funds_of_stance(market["etf_list"], date)
    mine = stances[(stances["stance"] == stance) & stances["index_code"].notna()]
    if mine.empty:
        known = ", ".join(sorted(stances["stance"].dropna().unique()))
        said = f"no fund listed by {date:%Y-%m-%d} has the stance {stance!r}; there are {known}"
        raise MissingTable("etf_list", said, "Choose another stance.")
    unknown = [code for code in held if code not in set(market["etf_list"]["code"])]
    if unknown:
        raise MissingTable("etf_list", f"it holds no {', '.join(unknown)}", "Choose other held_funds.")
    products = product_table(market, date) if products is None else products
    table = products.reindex(mine.index).assign(index_code=mine["index_code"], level2=mine["level2"], stance=stance)
    evidence = index_evidence(market, list(dict.fromkeys(table["index_code"])), date, benchmark)
    table = rank_products(table).join(evidence, on="index_code")
    daily = market["etf_daily"]
    first = np.unique(daily.loc[daily["date"] <= date, "date"].to_numpy())[-(YEAR + 1) :][0]
    recent = daily[daily["date"].between(first, date) & daily["code"].isin([*table.index, *held])]
    returns = wide_prices(recent).pct_change(fill_method=None)
    likeness = correlation_with_held(returns, held).reindex(table.index)
    table["correlation_held"] = likeness if held else -1.0  # nothing held is like nothing
    return table


def choose(table: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Apply the limits and take the best admitted fund of each index.

    Parameters
    ----------
    table : DataFrame
        From :func:`candidates`: ``rank`` within the index does not depend on limits.
    limits : Limits

    Returns
    -------
    DataFrame
        The table with ``admitted, failed, unknown`` and ``chosen`` (the admitted fund with the lowest rank). A tighter
        limit takes funds out of ``admitted`` and never puts one in; ``chosen`` may pass to the next admitted fund.
    """
    found = table.join(admit(table, limits))
    rank = found["rank"].where(found["admitted"])
    best = rank.groupby(found["index_code"]).transform("min")
    return found.assign(chosen=found["admitted"] & (rank == best))


def together(returns: pd.DataFrame, alike: float = ALIKE) -> pd.Series:
    """Return the cluster of each fund: average linkage of correlations, cut where two groups correlate ``alike``."""
    if returns.shape[1] < 2:
        return pd.Series(0, index=returns.columns, name="cluster")
    threshold = float(distance_of(np.array([[1.0, alike], [alike, 1.0]]))[0, 1])
    labels = cluster(correlation_distance(returns), "linkage", "average", threshold=threshold)
    return pd.Series(labels, index=returns.columns, name="cluster")


def screen(
    market: Mapping[str, pd.DataFrame],
    date: pd.Timestamp | str,
    stance: str,
    limits: Limits,
    *,
    positions: int = 6,
    per_cluster: int = 2,
    max_weight: float = 0.25,
    max_cluster: float = 0.4,
    **options,
) -> Screened:
    """Run the five steps on one evening.

    Parameters
    ----------
    market, date, stance, **options
        As for :func:`candidates`.
    limits : Limits
    positions, per_cluster : int
        Most funds held, in all and of those that move together; the most traded come first.
    max_weight, max_cluster : float
        Most wealth in one fund and in one cluster.

    Returns
    -------
    Screened
    """
    date = pd.Timestamp(date)
    funds = choose(candidates(market, date, stance, **options), limits)
    best = funds[funds["chosen"]].sort_values(["amount", "index_code"], ascending=[False, True])
    daily = market["etf_daily"]
    rows = daily[(daily["date"] <= date) & daily["code"].isin(best.index)]
    rows = rows[rows["date"] >= date - pd.Timedelta(days=600)]
    weight, groups = pd.Series(dtype=float), pd.Series(dtype=float)
    if len(rows):
        returns = trailing_returns(wide_prices(rows), date, YEAR, min_share=0.95)
        groups = together(returns)
        known = groups.reindex(best.index).dropna()
        bought = known[known.groupby(known).cumcount() < per_cluster].index[:positions]
        weight = weights_under_limits(returns[bought].fillna(0.0), groups, max_weight, max_cluster)
    best = best.assign(cluster=groups.reindex(best.index), weight=weight.reindex(best.index).fillna(0.0))
    return Screened(date, stance, funds, best.sort_values("weight", ascending=False, kind="stable"))
