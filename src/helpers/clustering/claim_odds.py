"""How much a verdict on a claim hangs on choices: other settings, other windows, other draws of the days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from helpers.clustering.claims import Judged, judge, passes
from helpers.clustering.migration import carry_labels
from helpers.clustering.months import mean_correlation
from helpers.clustering.partition import cluster
from helpers.clustering.study import Study
from helpers.correlation import correlation_distance
from helpers.inference import block_positions

__all__ = ["SETTINGS", "resampled_months", "share_of_days", "verdicts_by_setting", "verdicts_by_window", "weigh"]

SETTINGS = {
    "affinity propagation": {"method": "affinity"},
    "ward 30": {"method": "linkage", "linkage": "ward", "count": 30},
    "ward 50": {"method": "linkage", "linkage": "ward", "count": 50},
    "average 50": {"method": "linkage", "linkage": "average", "count": 50},
    "60 sessions": {"lookback": 60},
    "no clipping": {"clip": None},
    "most traded stands": {"survivor": "most_traded"},
}
WINDOWS = (1, 2, 3, 6)  # months earlier
DRAWS = 10
BLOCK = 10  # sessions
OWN = "this run"


def verdicts_by_setting(study: Study, judged: Judged, settings: Mapping[str, Mapping] = SETTINGS) -> pd.DataFrame:
    """Judge the claims again under other settings, each against random sets in its own clusters.

    Parameters
    ----------
    study : Study
    judged : Judged
        Of the run's own clusters.
    settings : mapping of name to changes
        Changes of the run's settings; one that changes nothing is left out.

    Returns
    -------
    DataFrame
        Claims × ``this run`` and settings.
    """
    own = vars(study.settings)
    table = {OWN: judged.table.set_index("claim_id")["verdict"]}
    for name, change in settings.items():
        if any(own[key] != value for key, value in change.items()):
            table[name] = _verdicts(study.clusters(**change))
    return pd.DataFrame(table)


def verdicts_by_window(study: Study, judged: Judged, months: tuple[int, ...] = WINDOWS) -> pd.DataFrame:
    """Judge the claims again on as many months that end earlier.

    Parameters
    ----------
    study : Study
    judged : Judged
        Of the run's own clusters.
    months : tuple of int
        How many months earlier; a window for which the history is too short is left out.

    Returns
    -------
    DataFrame
        Claims × ``this run`` and windows, named by their last months.
    """
    table = {OWN: judged.table.set_index("claim_id")["verdict"]}
    for back in months:
        if back <= len(study.earlier):
            moved = study.moved(back)
            table[f"to {moved.dates[-1]:%Y-%m}"] = _verdicts(moved.clusters())
    return pd.DataFrame(table)


def _verdicts(membership: pd.DataFrame) -> pd.Series:
    return judge(carry_labels(membership)).table.set_index("claim_id")["verdict"]


def resampled_months(study: Study, draws: int = DRAWS, block: int = BLOCK, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Cluster every month anew on days drawn in blocks.

    One draw is of the days of the whole run, in a circle, so that a day that is in the windows of several months comes
    up equally often in all of them, as it would in another history; each month takes the days of its own window.

    Parameters
    ----------
    study : Study
        Dates, funds and settings.
    draws, block, seed : int
        Histories, sessions per block, seed of the draws.

    Yields
    ------
    DataFrame
        ``date, key, cluster, market_corr``, one row a month and index.
    """
    samples = [study.samples.at(date, study.settings) for date in study.dates]
    days = np.unique(np.concatenate([returns.index for _, returns in samples]))
    for drawn in block_positions(len(days), min(block, len(days)), draws, seed):
        times = pd.Series(np.bincount(drawn, minlength=len(days)), index=days)
        pairs = zip(study.dates, samples, strict=True)
        yield pd.concat([_month(date, *sample, times, study) for date, sample in pairs], ignore_index=True)


def _month(date: pd.Timestamp, funds: pd.DataFrame, returns: pd.DataFrame, times: pd.Series, study: Study):
    s = study.settings
    distance = correlation_distance(np.repeat(returns.to_numpy(), times[returns.index], axis=0), s.shrinkage)
    labels = cluster(distance, s.method, s.linkage, s.count, s.threshold, s.damping)
    found = {"date": date, "key": funds["key"], "cluster": labels, "market_corr": mean_correlation(distance)}
    return pd.DataFrame(found)


def share_of_days(study: Study, draws: int = DRAWS, block: int = BLOCK, seed: int = 0) -> pd.Series:
    """Return the share of redrawn histories in which each claim reaches all it asks for.

    Parameters
    ----------
    study, draws, block, seed
        As for :func:`resampled_months`.

    Returns
    -------
    Series
        By claim, in [0, 1]; of the draws that test it, NaN where none does.
    """
    found = [passes(carry_labels(months)) for months in resampled_months(study, draws, block, seed)]
    return pd.DataFrame(found).mean()


def weigh(judged: Judged, days: pd.Series, by_setting: pd.DataFrame, by_window: pd.DataFrame) -> pd.DataFrame:
    """Put beside each verdict how far it stands.

    Parameters
    ----------
    judged : Judged
        Of the run's own clusters.
    days : Series
        Of :func:`share_of_days`.
    by_setting, by_window : DataFrame
        Of :func:`verdicts_by_setting` and :func:`verdicts_by_window`.

    Returns
    -------
    DataFrame
        The table of `judged` with ``days`` (share of redrawn histories), ``settings`` and ``windows`` ("k of n"
        under which the claim holds, the run's own among them).
    """
    table = judged.table.set_index("claim_id", drop=False)
    table = table.assign(days=days.reindex(table.index))
    for name, verdicts in {"settings": by_setting, "windows": by_window}.items():
        holds, tested = (verdicts == "holds").sum(axis=1), (verdicts != "cannot be tested").sum(axis=1)
        table[name] = holds.astype(str) + " of " + tested.astype(str)
    return table.reset_index(drop=True)
