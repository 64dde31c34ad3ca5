"""Planted clusters: which cluster each segment belongs to, and from when.

Segments of one cluster share a daily factor. Four stories change through time: the dividend cluster splits in
mid-2025, solar wanders, gold miners swing between gold and metals, and hard and soft technology are twins that share
more than others do and never merge.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .config import DemoConfig
from .names import indices, segments
from .timeline import Timeline

__all__ = ["DIVIDEND_SPLIT", "cluster_at", "cluster_factors", "cluster_truth", "segment_returns"]

DIVIDEND_SPLIT = "2025-07-01"

# Changing membership: from this date on the segment (or index) belongs to that cluster.
STORIES: dict[str, tuple[tuple[str, str], ...]] = {
    "lowvol": (("2000-01-01", "div"), (DIVIDEND_SPLIT, "lowvol")),
    "solar": (
        ("2000-01-01", "gem"),
        ("2021-11-01", "chem"),
        ("2022-11-01", "gem"),
        ("2023-10-09", "grid"),
        ("2024-10-08", "gem"),
        ("2025-04-01", "chem"),
        ("2025-09-01", "grid"),
    ),
    "goldminer": (
        ("2000-01-01", "metal"),
        ("2018-07-02", "gold"),
        ("2020-09-01", "metal"),
        ("2022-03-01", "gold"),
        ("2023-06-01", "metal"),
        ("2024-03-01", "gold"),
        ("2025-03-03", "metal"),
        ("2025-08-01", "gold"),
    ),
}

FACTOR_VOL = 0.0098
TWINS = ("chip", "soft")
TWIN_SHARE = 0.40  # variance the twins have in common
SEGMENT_VOL = 0.0015
_COMMODITY = ("gold",)  # clusters outside the stock market: a member loses its market exposure
_STRONG = {"gold": 1.5, "div": 1.5, "lowvol": 1.5}  # factors that move their members more than one for one


def cluster_at(label: str, day: pd.Timestamp) -> str:
    """Return the cluster a label stands for on a day."""
    name = label
    for start, cluster in STORIES.get(label, ()):
        if day >= pd.Timestamp(start):
            name = cluster
    return name


def _membership(label: str, days: pd.DatetimeIndex) -> np.ndarray:
    """Return the cluster of a label on every day."""
    out = np.full(len(days), label, dtype=object)
    for start, cluster in STORIES.get(label, ()):
        out[days.searchsorted(pd.Timestamp(start)) :] = cluster
    return out


def cluster_factors(config: DemoConfig, timeline: Timeline, scale: np.ndarray) -> pd.DataFrame:
    """Return the daily factor of every cluster of the stock market, days × clusters, scaled by the day's volatility.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.
    scale : ndarray
        Volatility of each day relative to its mean.

    Returns
    -------
    DataFrame
        Daily returns, fractions.
    """
    fixed = set(segments().cluster) - set(STORIES)
    moving = {name for story in STORIES.values() for _, name in story}
    names = sorted((fixed | moving | set(TWINS)) - {"small"})
    noise = config.rng("cluster factors").standard_normal((len(timeline.days), len(names)))
    frame = pd.DataFrame(noise * (FACTOR_VOL * scale)[:, None], index=timeline.days, columns=names)
    common = config.rng("twin factor").standard_normal(len(timeline.days)) * FACTOR_VOL * scale
    for name in TWINS:
        frame[name] = np.sqrt(TWIN_SHARE) * common + np.sqrt(1 - TWIN_SHARE) * frame[name]
    return frame


def segment_returns(
    config: DemoConfig, timeline: Timeline, market: np.ndarray, factors: pd.DataFrame, scale: np.ndarray
) -> np.ndarray:
    """Return what all stocks of a segment earn in common, days × segments: market, cluster factor, a little of its own.

    A member of "small" has no factor but the market; a member of a commodity cluster has no market.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.
    market : ndarray
        Daily return of the market, one a session.
    factors : DataFrame
        Of :func:`cluster_factors`.
    scale : ndarray
        Volatility of each day relative to its mean.

    Returns
    -------
    ndarray
        Fractions.
    """
    days, table = timeline.days, segments()
    out = config.rng("segments").standard_normal((len(days), len(table))) * (SEGMENT_VOL * scale)[:, None]
    values = {name: factors[name].to_numpy() for name in factors}
    for j, label in enumerate(table.cluster):
        member = _membership(label, days)
        for name in np.unique(member):
            rows = member == name
            if name in values:
                out[rows, j] += values[name][rows] * _STRONG.get(name, 1.0)
            if name not in _COMMODITY:
                out[rows, j] += market[rows]
    return out


def cluster_truth(config: DemoConfig, timeline: Timeline) -> pd.DataFrame:
    """Return the planted cluster of every index at every month end, without mixtures: ``date, index_code, cluster``.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.

    Returns
    -------
    DataFrame
        One row a month end and index.
    """
    table = indices(config.full)
    table = table[table.cluster != ""]
    ends = timeline.days[timeline.month_last]
    frames = [
        pd.DataFrame({"date": ends, "index_code": row.index_code, "cluster": _membership(row.cluster, ends)})
        for row in table.itertuples()
    ]
    return pd.concat(frames, ignore_index=True).sort_values(["date", "index_code"], ignore_index=True)
