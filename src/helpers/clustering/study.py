"""The clusterings of a run: which months, from which funds, under which settings, and what a page says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from helpers.clustering.months import cluster_months, usable_dates
from helpers.clustering.samples import Samples, Settings
from helpers.sessions import month_ends
from helpers.tables import MissingTable, needed

__all__ = ["Study", "cluster_table", "load_study", "universe_table", "window_facts", "window_variants"]

LONGEST = 250  # sessions: no cell looks further back than the longest window tried
WINDOWS = (60, 120, 180, 250)
EARLIER = 6  # months a window may end earlier


@dataclass(frozen=True)
class Study:
    """The months of a run and what their clusterings start from.

    Attributes
    ----------
    etf_list, etf_daily : DataFrame
        Canonical tables, the second from the first day any clustering looks at.
    samples : Samples
        Funds, returns and distances of each date, decided once for all cells.
    dates : DatetimeIndex
        Month ends clustered.
    asked : int
        Complete month ends asked for, of which the earliest may have too short a history.
    settings : Settings
    earlier : DatetimeIndex
        Month ends before those, at most half a year of them, on which as many months may end instead.
    """

    etf_list: pd.DataFrame
    etf_daily: pd.DataFrame
    samples: Samples
    dates: pd.DatetimeIndex
    asked: int
    settings: Settings
    earlier: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))

    def clusters(self, **changes) -> pd.DataFrame:
        """Cluster every month; ``changes`` are settings other than the run's. See :func:`cluster_months`."""
        return cluster_months(self.samples, self.dates, replace(self.settings, **changes))

    def moved(self, months: int) -> Study:
        """Return the same number of months, all of them earlier.

        Parameters
        ----------
        months : int
            How many; at most as many as :attr:`earlier` has.

        Returns
        -------
        Study

        Raises
        ------
        ValueError
            There is not that much history.
        """
        if not 0 <= months <= len(self.earlier):
            raise ValueError(f"{len(self.earlier)} earlier month ends have history enough, not {months}")
        ends = self.earlier.append(self.dates)
        first = len(self.earlier) - months
        return replace(self, dates=ends[first : first + len(self.dates)], earlier=ends[:first])

    @cached_property
    def facts(self) -> dict:
        """``months, first, last, lookback`` and ``short``: month ends left out for want of history."""
        return {
            "months": len(self.dates),
            "first": self.dates[0],
            "last": self.dates[-1],
            "lookback": self.settings.lookback,
            "short": self.asked - len(self.dates),
        }


def load_study(market: Mapping[str, pd.DataFrame], settings: Settings, months: int) -> Study:
    """Find the last complete month ends that have history enough, and prepare their funds.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        Takes ``etf_list`` and ``etf_daily``.
    settings : Settings
    months : int
        Month ends asked for.

    Returns
    -------
    Study

    Raises
    ------
    MissingTable
        A table is absent, or fewer than two month ends have a whole lookback behind them.
    """
    etf_list, etf_daily = needed(market, "etf_list", "etf_daily")
    every = month_ends(etf_daily["date"], complete=True)
    ends = every[-months:]
    dates = usable_dates(etf_daily, ends, settings.lookback)
    if len(dates) < 2:
        said = f"fewer than two complete month ends have {settings.lookback} sessions of returns behind them"
        raise MissingTable("etf_daily", said, "Shorten cluster_lookback or bring a longer history.")
    sessions = pd.Index(etf_daily["date"].unique()).sort_values()
    reach = max(settings.lookback, settings.window, LONGEST) + 1
    earlier = usable_dates(etf_daily, every[every < dates[0]][-EARLIER:], settings.lookback)
    first = earlier.append(dates)[0]
    etf_daily = etf_daily[etf_daily["date"] >= sessions[max(sessions.searchsorted(first) - reach, 0)]]
    return Study(etf_list, etf_daily, Samples(etf_daily, etf_list), dates, len(ends), settings, earlier)


def universe_table(study: Study, membership: pd.DataFrame) -> pd.DataFrame:
    """Count, month by month, what was clustered.

    Parameters
    ----------
    study : Study
    membership : DataFrame
        Of :meth:`Study.clusters`.

    Returns
    -------
    DataFrame
        Months × ``liquid indices, clustered, clusters, largest, alone`` (clusters of one), ``silhouette`` (mean) and
        ``converged`` (whether the method came to an end).
    """
    table = membership.groupby("date").agg(
        clustered=("key", "size"),
        clusters=("cluster", "nunique"),
        largest=("cluster", lambda c: c.value_counts().max()),
        alone=("cluster", lambda c: (c.value_counts() == 1).sum()),
        silhouette=("silhouette", "mean"),
        converged=("converged", "all"),
    )
    liquid = {date: len(study.samples.representatives(date, study.settings)) for date in study.dates}
    table.insert(0, "liquid indices", pd.Series(liquid))
    return table


def window_variants(study: Study) -> dict[str, dict]:
    """Return settings that look back further or less than a ``study``, do not clip, or shrink: changes by name."""
    allowed = [w for w in WINDOWS if len(usable_dates(study.etf_daily, study.dates, w)) == len(study.dates)]
    others = {f"{w} sessions": {"lookback": w} for w in allowed if w != study.settings.lookback}
    return others | {"as this run": {}, "no clipping": {"clip": None}, "shrinkage 0.2": {"shrinkage": 0.2}}


def window_facts(table: pd.DataFrame, lookback: int) -> dict:
    """Say which window covers most, and what clipping is worth.

    Parameters
    ----------
    table : DataFrame
        :func:`helpers.clustering.evidence.evidence` of :func:`window_variants`, indexed by their names.
    lookback : int
        Sessions of the run.

    Returns
    -------
    dict
        ``lookback, longest`` (of the windows that cover nine in ten, None if none does), ``plain`` and ``clipped``
        (separation ahead without and with clipping), ``error`` (its standard error).
    """
    looks = table.rename(index={"as this run": f"{lookback} sessions"})
    wide = looks.index[(looks["coverage"] >= 0.9) & looks.index.str.endswith("sessions")]
    sessions = [int(name.split()[0]) for name in wide]
    own = table.loc["as this run"]
    return {
        "lookback": lookback,
        "longest": max(sessions, default=None),
        "plain": table.at["no clipping", "ahead"],
        "clipped": own["ahead"],
        "error": own["ahead_se"],
    }


def cluster_table(month: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """List the clusters of one month with their members, the representative first.

    Parameters
    ----------
    month : DataFrame
        The rows of one date, with carried ``label``.
    names : Series
        Names of labels.

    Returns
    -------
    DataFrame
        By cluster name: ``indices, silhouette, members``.
    """
    order = month.sort_values(["cluster", "is_medoid", "turnover"], ascending=[True, False, False])
    groups = order.groupby("cluster")
    table = {
        "indices": groups.size(),
        "silhouette": groups["silhouette"].mean(),
        "members": groups["name"].agg(lambda name: "、".join(name.str.replace("ETF", ""))),
    }
    return pd.DataFrame(table).set_axis(groups["label"].first().map(names).rename("cluster"))
