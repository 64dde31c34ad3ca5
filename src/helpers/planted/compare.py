"""What was planted in a simulated market beside what a chapter found in it, as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.clustering.partition import adjusted_rand
from helpers.lookthrough.index_industries import index_industry_weights
from helpers.lookthrough.labels import of_scheme
from helpers.panels import as_known

__all__ = [
    "active_truth",
    "cluster_agreement",
    "cluster_moves",
    "factor_slopes",
    "flow_agreement",
    "lookthrough_gap",
    "split_flows",
    "style_agreement",
]


def cluster_agreement(labelled: pd.DataFrame, truth: dict) -> pd.Series:
    """Adjusted Rand index of each month's clusters with the planted ones, over the indices planted in one cluster.

    Parameters
    ----------
    labelled : DataFrame
        ``date, code, cluster``.
    truth : dict
        ``clusters`` and ``tracked`` are read.

    Returns
    -------
    Series
        By date; 1 is the same partition, 0 what chance would give.
    """
    both = _with_planted(labelled, truth)
    score = {date: adjusted_rand(rows["planted"], rows["cluster"]) for date, rows in both.groupby("date")}
    return pd.Series(score, dtype=float).rename("ari")


def _with_planted(labelled: pd.DataFrame, truth: dict) -> pd.DataFrame:
    index_of = truth["tracked"].set_index("code")["index_code"]
    planted = truth["clusters"].rename(columns={"cluster": "planted"})
    return labelled.assign(index_code=labelled["code"].map(index_of)).merge(planted, on=["date", "index_code"])


def cluster_moves(labelled: pd.DataFrame, truth: dict) -> pd.DataFrame:
    """Date the planted moves between clusters, and what became of them in the clusters found.

    A move is found at the first month end at which most of those that moved are no longer with most of those that
    stayed and, where the new cluster has other members, are with most of them.

    Parameters
    ----------
    labelled : DataFrame
        ``date, code, cluster`` by month.
    truth : dict
        ``clusters``, ``tracked`` and ``planted`` are read.

    Returns
    -------
    DataFrame
        ``segment, before, after, planted`` (the day) and ``found`` (the month end, NaT if never before the segment
        moves on), for moves between the first and the last month.
    """
    both, rows = _with_planted(labelled, truth), []
    dates = pd.DatetimeIndex(np.sort(both["date"].unique()))
    for segment, story in truth["planted"]["stories"].items():
        starts = [pd.Timestamp(start) for start, _ in story] + [pd.Timestamp.max]
        for k in range(1, len(story)):
            if len(dates) and dates[0] < starts[k] <= dates[-1]:
                before, after = story[k - 1][1], story[k][1]
                moved = _movers(truth["clusters"], before, after, starts[k])
                during = dates[(dates >= starts[k]) & (dates < starts[k + 1])]
                found = (day for day in during if _apart(both[both["date"] == day], moved, before, after))
                rows.append((segment, before, after, starts[k], next(found, pd.NaT)))
    return pd.DataFrame(rows, columns=["segment", "before", "after", "planted", "found"])


def _movers(clusters: pd.DataFrame, before: str, after: str, start: pd.Timestamp) -> pd.Index:
    path = clusters.pivot(index="date", columns="index_code", values="cluster")
    at = path.index.searchsorted(start)
    return path.columns[(path.iloc[at - 1] == before) & (path.iloc[at] == after)]


def _apart(month: pd.DataFrame, moved: pd.Index, before: str, after: str) -> bool:
    gone = month["index_code"].isin(moved)
    if not gone.any():
        return False
    home = month.loc[gone, "cluster"].mode()[0]
    left = month.loc[~gone & (month["planted"] == before), "cluster"].mode()
    joined = month.loc[~gone & (month["planted"] == after), "cluster"].mode()
    return home not in set(left[:1]) and (joined.empty or home == joined[0])


def style_agreement(state: pd.Series, truth: dict, style: str) -> dict[str, float]:
    """Compare a weekly style state with the planted spells.

    Parameters
    ----------
    state : Series
        1 or 0 by week end, NaN where unknown.
    truth : dict
        ``styles`` is read.
    style : {"size", "growth"}
        Which spells.

    Returns
    -------
    dict
        ``agree`` (share of weeks in the planted state), ``switches`` (planted within the weeks), ``seen`` (of them,
        followed before the next one) and ``delay`` (median weeks from a switch until the state follows, NaN if none).
    """
    state = state.dropna()
    spells = truth["styles"].query("style == @style").sort_values("start")
    at = spells["start"].searchsorted(state.index, side="right") - 1
    planted = (spells["state"].to_numpy()[np.maximum(at, 0)] + 1) / 2
    right = (state.to_numpy() == planted)[at >= 0]
    number = at[at >= 0]
    later = np.unique(number)[1:]  # the first spell began before these weeks, or with them
    waits = [np.flatnonzero(right[number == k]) for k in later]
    delays = [wait[0] for wait in waits if len(wait)]
    return {
        "agree": float(right.mean()) if len(right) else np.nan,
        "switches": len(later),
        "seen": len(delays),
        "delay": float(np.median(delays)) if delays else np.nan,
    }


def lookthrough_gap(
    index_weights: pd.DataFrame, stock_industry: pd.DataFrame, truth: dict, scheme: str, last: int = 12
) -> float:
    """Largest difference of an index's industry weight from the planted one, over the last ``last`` weight dates.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical tables.
    truth : dict
        ``index_industry`` is read.
    scheme : str
        Industry scheme.
    last : int
        Number of dates.

    Returns
    -------
    float
        A share of the index: 0.01 is one hundredth of it.
    """
    dates = np.sort(index_weights["date"].unique())[-last:]
    found = index_industry_weights(index_weights[index_weights["date"].isin(dates)], stock_industry, scheme=scheme)
    planted = truth["index_industry"]
    planted = planted[(planted["scheme"] == scheme) & planted["date"].isin(dates)]
    planted = planted.assign(industry_name=planted["industry_code"].map(_names(stock_industry, scheme)))
    wide = planted.pivot(index=["date", "index_code"], columns="industry_name", values="millionths") / 1e6
    return float((found - wide.reindex(index=found.index, columns=found.columns).fillna(0.0)).abs().max(axis=None))


def _names(stock_industry: pd.DataFrame, scheme: str) -> pd.Series:
    table = of_scheme(stock_industry, scheme).drop_duplicates("industry_code")
    return table.set_index("industry_code")["industry_name"]


def flow_agreement(relative: pd.DataFrame, truth: dict, stock_industry: pd.DataFrame) -> float:
    """Mean rank correlation, across industries, of weekly flows with the planted ones, which are of SW industries.

    Parameters
    ----------
    relative : DataFrame
        Weeks x industry names: flow as a share of what was held.
    truth : dict
        ``flows`` is read.
    stock_industry : DataFrame
        Canonical table, for the names.

    Returns
    -------
    float
        In [-1, 1].
    """
    planted = truth["flows"].pivot(index="date", columns="industry_code", values="flow")
    planted = planted.rename(columns=_names(stock_industry, "SW2021_L1")).reindex(columns=relative.columns)
    planted = planted.reindex(relative.index)
    return float(relative.rank(axis=1).corrwith(planted.where(relative.notna()).rank(axis=1), axis=1).mean())


def split_flows(days: pd.DataFrame, truth: dict) -> pd.Series:
    """Flows of the fund-days on which a split or merger was planted; each should be zero.

    Parameters
    ----------
    days : DataFrame
        ``date, code, flow`` from :func:`helpers.flows.daily_flow`.
    truth : dict
        ``planted`` is read.

    Returns
    -------
    Series
        CNY; NaN where the flow of the day was left out.
    """
    splits = pd.DataFrame(truth["planted"]["splits"], columns=["code", "date", "ratio"])
    splits["date"] = pd.to_datetime(splits["date"]).astype(days["date"].dtype)
    return days[days["code"].isin(splits["code"])].merge(splits, on=["code", "date"])["flow"]


def active_truth(
    dates: pd.DatetimeIndex, stock_industry: pd.DataFrame, fund_holdings: pd.DataFrame, truth: dict, scheme: str
) -> pd.DataFrame:
    """Industry weights of everything the active funds held, weighted by the sizes of their latest report.

    Parameters
    ----------
    dates : DatetimeIndex
        Month ends.
    stock_industry, fund_holdings : DataFrame
        Canonical tables, for labels and sizes.
    truth : dict
        ``holdings`` is read.
    scheme : str
        Industry scheme.

    Returns
    -------
    DataFrame
        Dates (those of the truth among ``dates``) x industry names, rows sum to 1.
    """
    held = truth["holdings"]
    held = held[held["date"].isin(dates)].rename(columns={"fund_code": "index_code", "weight_nav": "weight"})
    by_fund = index_industry_weights(held, stock_industry, scheme=scheme, backcast=True).drop(columns="unlabelled")
    sizes = fund_holdings.pivot_table(index="report_date", columns="fund_code", values="fund_size", aggfunc="first")
    sizes = sizes.reindex(sizes.index.union(dates)).ffill().reindex(dates).stack().rename_axis(["date", "index_code"])
    money = by_fund.mul(sizes.reindex(by_fund.index), axis=0).groupby(level="date").sum()
    return money.div(money.sum(axis=1), axis=0)


def factor_slopes(factors: dict[str, pd.DataFrame], forward: pd.DataFrame) -> pd.DataFrame:
    """Return earned per unit of standardised score, estimated across industries at each decision and averaged.

    Parameters
    ----------
    factors : dict of DataFrame
        Dates x industries.
    forward : DataFrame
        Decisions x industries: the return until the next decision's purchase.

    Returns
    -------
    DataFrame
        One row a factor: ``slope``, ``t``, ``n`` (decisions).
    """
    rows = {}
    for name, frame in factors.items():
        score = as_known(frame, forward.index).reindex(columns=forward.columns).where(forward.notna())
        score = score.sub(score.mean(axis=1), axis=0).div(score.std(axis=1, ddof=0), axis=0)
        slope = (score * forward).mean(axis=1).where(score.notna().sum(axis=1) > 2).dropna()
        error = slope.std() / np.sqrt(len(slope)) if len(slope) > 2 else np.nan
        rows[name] = {"slope": slope.mean(), "t": slope.mean() / error, "n": len(slope)}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "t", "n"])
