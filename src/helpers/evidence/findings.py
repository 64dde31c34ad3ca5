"""Findings and how much of each is real: one row each, with a verdict by a rule that is stated before looking.

A finding is one choice out of a search. Its sample ends on the last day of which the report prints a result; later
weeks are prospective, counted apart, and more of them come with every rerun.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.evidence.grid import Grid
from helpers.inference import (
    Searched,
    deflated_sharpe,
    detectable,
    minimum_track_record,
    search,
    sharpe_moments,
    studentised_interval,
)
from helpers.tables import MissingTable

__all__ = [
    "Finding",
    "find",
    "finding_facts",
    "opening_table",
    "search_facts",
    "search_points",
    "search_table",
    "verdict",
    "weeks_a_year",
]

LEVEL = 0.05
ENOUGH = 52  # prospective weeks before they can confirm anything
LUCK, COSTS, WAITS, GONE, STANDS = (
    "not told from luck",
    "taken by costs",
    "stands, not yet confirmed",
    "gone since publication",
    "stands",
)


@dataclass(frozen=True)
class Finding:
    """One choice of a search, and where its sample ends.

    Attributes
    ----------
    name : str
    grid : Grid
        All choices of the search.
    own : int
        The choice the finding is about.
    last : Timestamp
        Last day of the sample.
    searches : tuple of Searched
        The search on the sample, before and after costs; findings of one search share it.
    """

    name: str
    grid: Grid
    own: int
    last: pd.Timestamp
    searches: tuple[Searched, Searched]

    @property
    def sample(self) -> pd.DatetimeIndex:
        """Weeks of the sample."""
        weeks = self.grid.net.index
        return weeks[weeks <= self.last]

    @property
    def before_costs(self) -> Searched:
        """The search before costs, on the sample."""
        return self.searches[0]

    @property
    def after_costs(self) -> Searched:
        """The search after costs, on the sample."""
        return self.searches[1]

    def series(self, costs: bool = True) -> pd.Series:
        """Return the weekly excess of the choice, after or before costs."""
        return (self.grid.net if costs else self.grid.gross)[self.own]

    @property
    def row(self) -> dict[str, object]:
        """What the opening table says: rates a year, the p value with the search counted, later weeks, verdict."""
        net, gross = self.series(), self.series(costs=False)
        mean, low, high = studentised_interval(net.loc[self.sample], block=8)
        year = weeks_a_year(net.index)
        later = net[net.index > self.last]
        row = {
            "finding": self.name,
            "choices": len(self.grid.cells),
            "weeks": len(self.sample),
            "gross": year * gross.loc[self.sample].mean(),
            "net": year * mean,
            "low": year * low,
            "high": year * high,
            "p_gross": self.before_costs.table.at[self.own, "adjusted"],
            "p": self.after_costs.table.at[self.own, "adjusted"],
            "later_weeks": len(later),
            "later": later.sum() if len(later) else np.nan,
        }
        return row | {"verdict": verdict(row["p_gross"], row["p"], row["later_weeks"], row["later"])}


def find(names: Mapping[str, int], grid: Grid, last: pd.Timestamp) -> list[Finding]:
    """Search a grid once and return a finding for each of the choices named.

    Parameters
    ----------
    names : mapping of str to int
        What each finding is called, and its choice.
    grid : Grid
    last : Timestamp
        Last day of the sample.

    Returns
    -------
    list of Finding
        In the order named.

    Raises
    ------
    MissingTable
        If fewer than 52 weeks of the search lie in the sample.
    """
    inside = grid.net.index <= last
    if inside.sum() < ENOUGH:
        said = f"{inside.sum()} weeks lie in the report's sample, which ends {last:%Y-%m-%d}; {ENOUGH} are needed"
        raise MissingTable("industry_daily", said, "Choose a longer span.")
    searches = search(grid.gross[inside], arch_draws=0), search(grid.net[inside], arch_draws=500)
    return [Finding(name, grid, own, last, searches) for name, own in names.items()]


def verdict(p_gross: float, p: float, later_weeks: int, later: float) -> str:
    """Judge a finding by the rule of the page.

    Parameters
    ----------
    p_gross, p : float
        Chance of luck with the search counted, before and after costs.
    later_weeks : int
        Weeks since the sample ended.
    later : float
        What they earned after costs.

    Returns
    -------
    str
        Luck not ruled out before costs (5 %); ruled out before but not after them; ruled out, with less than a year of
        later weeks; with a year that earned nothing; or one that earned something.

    Examples
    --------
    >>> verdict(0.30, 0.40, 2, 0.01), verdict(0.01, 0.40, 2, 0.01), verdict(0.01, 0.02, 60, -0.01)
    ('not told from luck', 'taken by costs', 'gone since publication')
    """
    if p > LEVEL:
        return COSTS if p_gross <= LEVEL else LUCK
    if later_weeks < ENOUGH:
        return WAITS
    return STANDS if later > 0 else GONE


def opening_table(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return one row a finding as the chapter opens with.

    Parameters
    ----------
    rows : iterable of mapping
        Of :attr:`Finding.row`, or of the same names with ``in_words`` and ``later_in_words`` where a finding is no rate
        of return.

    Returns
    -------
    DataFrame
        Findings × ``in sample, after costs, 95 % interval, choices, adjusted p, since publication, verdict``, in words.
    """
    return pd.DataFrame([_opening_row(row) for row in rows]).set_index("finding")


def _opening_row(row: Mapping[str, object]) -> dict[str, object]:
    rate = "in_words" not in row
    later = f"{row['later']:+.1%} in {row['later_weeks']} weeks" if row["later_weeks"] else "no week yet"
    return {
        "finding": row["finding"],
        "in sample": f"{row['gross']:+.1%} a year" if rate else row["in_words"],
        "after costs": f"{row['net']:+.1%}" if rate else "–",
        "95 % interval": f"{row['low']:+.1%} to {row['high']:+.1%}" if rate else "–",
        "choices": row["choices"],
        "adjusted p": f"{row['p']:.3f}",
        "since publication": later if rate else row["later_in_words"],
        "verdict": row["verdict"],
    }


def search_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Return what the tests of each search say, one row a finding.

    Parameters
    ----------
    findings : iterable of Finding

    Returns
    -------
    DataFrame
        ``choices, reality check, SPA, kept by StepM`` (after costs); ``ratio`` (of the choice, a year), ``best by
        luck`` (expected of the best of as many worthless choices), ``deflated`` (probability of beating that),
        ``years needed`` (track record until `t` is two; infinite without an excess) and ``years here``;
        ``detectable`` (excess a year that this search would find in four cases of five).
    """
    return pd.DataFrame([_search_row(finding) for finding in findings]).set_index("finding")


def search_points(findings: Iterable[Finding]) -> dict[str, tuple[np.ndarray, float, float]]:
    """Return what the figure of the searches draws, one entry a search.

    Parameters
    ----------
    findings : iterable of Finding
        Of those that share a search the first is taken.

    Returns
    -------
    dict
        By name: t values of all choices after costs, the own one, and what the largest stays below by luck.
    """
    first = {id(finding.grid): finding for finding in reversed(list(findings))}
    points = {}
    for finding in reversed(list(first.values())):
        found = finding.after_costs
        points[finding.name] = (found.table["t"].to_numpy(), found.table.at[finding.own, "t"], found.critical)
    return points


def search_facts(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Return what StepM keeps of each search after costs.

    Parameters
    ----------
    findings : iterable of Finding
        Of those that share a search the first is taken.

    Returns
    -------
    list of dict
        ``search`` (name of the first finding), ``choices``, ``kept`` (how many), ``own`` (whether its choice is kept).
    """
    facts = {}
    for finding in findings:
        kept = finding.after_costs.survivors
        told = {"search": finding.name, "choices": len(finding.grid.cells), "kept": len(kept)}
        facts.setdefault(id(finding.grid), told | {"own": finding.own in kept})
    return list(facts.values())


def finding_facts(rows: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Return what the sentence under the opening table takes.

    Parameters
    ----------
    rows : iterable of mapping
        As for :func:`opening_table`.

    Returns
    -------
    dict
        ``findings`` (how many), ``luck, costs, gone`` (how many with that verdict), ``standing`` (names of those that
        stand), ``later`` (prospective weeks, of the longest).
    """
    rows = list(rows)
    count = {word: sum(row["verdict"] == word for row in rows) for word in (LUCK, COSTS, GONE)}
    return {
        "findings": len(rows),
        "luck": count[LUCK],
        "costs": count[COSTS],
        "gone": count[GONE],
        "standing": [row["finding"] for row in rows if row["verdict"] in (WAITS, STANDS)],
        "later": max(row["later_weeks"] for row in rows),
    }


def weeks_a_year(weeks: pd.DatetimeIndex) -> float:
    """Return how many of these weeks fall into a calendar year."""
    days = (weeks[-1] - weeks[0]).days
    return (len(weeks) - 1) / days * 365.25 if days else np.nan


def _search_row(finding: Finding) -> dict[str, object]:
    net = finding.grid.net.loc[finding.sample]
    year = weeks_a_year(net.index)
    tried = net.mean() / net.std(ddof=1)
    told = deflated_sharpe(net[finding.own], tried)
    moments = sharpe_moments(net[finding.own])
    needed = minimum_track_record(moments["sharpe"], moments["skew"], moments["kurt"])
    found = finding.after_costs
    return {
        "finding": finding.name,
        "choices": len(finding.grid.cells),
        "reality check": found.reality_check,
        "SPA": found.spa,
        "kept by StepM": len(found.survivors),
        "ratio": told["sharpe"] * np.sqrt(year),
        "best by luck": told["best_by_luck"] * np.sqrt(year),
        "deflated": told["deflated"],
        "years needed": needed / year,
        "years here": len(net) / year,
        "detectable": year * detectable(found, finding.own),
    }
