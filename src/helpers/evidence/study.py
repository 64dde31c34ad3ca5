"""The findings of a run: what its market lets one judge, and why the rest cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from helpers.clustering.samples import Settings
from helpers.clustering.study import Study, load_study
from helpers.evidence.findings import Finding, find, verdict
from helpers.evidence.grid import ALL, Grid, rotation_grid
from helpers.evidence.partitions import ahead_tests
from helpers.evidence.styles import style_grid
from helpers.published.exhibits.s002_rotation import last_result
from helpers.regimes.study import Styles, load_styles
from helpers.rotation.inputs import SHORT, RotationInputs
from helpers.rotation.labels import complete_from
from helpers.rotation.strategies import decision_dates
from helpers.tables import MissingTable

__all__ = ["VARIANTS", "Findings", "load_findings"]

ROTATION = "four-factor rotation"
WEEKS_A_MONTH = 4
CLUSTERS = "clusters hold a month later"
VARIANTS = {
    "as this run": {},
    "ward 30": {"method": "linkage", "linkage": "ward", "count": 30},
    "average 50": {"method": "linkage", "linkage": "average", "count": 50},
    "60 sessions": {"lookback": 60},
    "no clipping": {"clip": None},
}


@dataclass
class Findings:
    """What a run can judge; asking for a part it cannot raises :class:`helpers.tables.MissingTable`.

    Attributes
    ----------
    last : Timestamp
        Last day of the reports' results: the sample ends here.
    judged : list of Finding
        Styles, then the rotation and single factors, as far as they can be formed.
    parts : dict
        ``styles, rotation, clusters``: what was made, or the MissingTable why not.
    """

    last: pd.Timestamp
    judged: list[Finding] = field(default_factory=list)
    parts: dict[str, object] = field(default_factory=dict)

    def part(self, name: str) -> object:
        """Return a part that was made.

        Parameters
        ----------
        name : {"styles", "rotation", "clusters"}

        Returns
        -------
        object
            As the property of that name has it.

        Raises
        ------
        MissingTable
            Why it could not be.
        """
        if isinstance(self.parts[name], MissingTable):
            raise self.parts[name]
        return self.parts[name]

    @property
    def strategies(self) -> list[Finding]:
        """The strategies that can be judged.

        Raises
        ------
        MissingTable
            If there is none.
        """
        if not self.judged:
            self.part("styles")
        return self.judged

    @property
    def styles(self) -> Styles:
        """The styles there are."""
        return self.part("styles")

    @property
    def decisions(self) -> pd.Series:
        """Evenings of the rotation from which its record begins."""
        return self.part("rotation")

    @property
    def rotation(self) -> Finding:
        """The rotation as the run holds it."""
        self.part("rotation")
        return next(finding for finding in self.judged if finding.name == ROTATION)

    @property
    def clusters(self) -> tuple[Study, pd.DataFrame, dict]:
        """The clusterings, how they hold under each setting, and the row of the opening table."""
        return self.part("clusters")

    @property
    def rows(self) -> list[dict[str, object]]:
        """Rows of the opening table.

        Raises
        ------
        MissingTable
            If nothing at all can be judged.
        """
        rows = [finding.row for finding in self.judged]
        if not isinstance(self.parts["clusters"], MissingTable):
            rows.append(self.clusters[2])
        if not rows:
            self.part("styles")
        return rows

    @property
    def absent(self) -> list[dict[str, str]]:
        """Parts that cannot be judged, with the reason: ``name, reason``."""
        missing = {name: part for name, part in self.parts.items() if isinstance(part, MissingTable)}
        return [{"name": name, "reason": str(reason)} for name, reason in missing.items()]


def load_findings(
    market: Mapping[str, pd.DataFrame],
    inputs: RotationInputs,
    *,
    start: str,
    top_n: int,
    weeks: int,
    lag: int,
    cost_bps: float,
    settings: Settings | None = None,
    months: int = 7,
) -> Findings:
    """Search every choice of the book's strategies and test its clusters.

    Parameters
    ----------
    market : mapping of table name to DataFrame
    inputs : RotationInputs
        Of the rotation; its style pairs and smoothing are judged as strategies of their own.
    start : date
        First day of the rotation; its record begins once industry labels are complete.
    top_n, weeks, lag, cost_bps
        The run's choices.
    settings : Settings, optional
        Of the clustering.
    months : int
        Month ends clustered.

    Returns
    -------
    Findings
    """
    found = Findings(last_result())
    trading = {"top_n": top_n, "weeks": weeks, "lag": lag, "cost_bps": cost_bps}
    steps: dict[str, Callable[[], object]] = {
        "styles": lambda: _styles(market, inputs, cost_bps, found),
        "rotation": lambda: _rotation(inputs, start, trading, found),
        "clusters": lambda: _clusters(market, settings or Settings(), months, found.last),
    }
    for name, step in steps.items():
        try:
            found.parts[name] = step()
        except MissingTable as missing:
            found.parts[name] = missing
    return found


def _styles(market: Mapping[str, pd.DataFrame], inputs: RotationInputs, cost_bps: float, found: Findings) -> Styles:
    pairs = {
        "size": (inputs.size_pair, inputs.size_lambda),
        "growth": (inputs.growth_pair, inputs.growth_lambda),
    }
    styles = load_styles(market, pairs, since=inputs.style_start)
    for name, style in styles.items():
        grid = style_grid(style, cost_bps)
        found.judged += find({f"{name} style, long and short": grid.own}, grid, found.last)
    return styles


def _rotation(inputs: RotationInputs, start: str, trading: Mapping[str, float], found: Findings) -> pd.Series:
    decisions = decision_dates(inputs.prices, start, trading["weeks"])
    decisions = decisions[decisions >= complete_from(inputs.in_force.money.labelled)]
    if not inputs.factors:
        _ = inputs.composite  # says what is missing
    grid = rotation_grid(inputs.factors, inputs.prices, decisions, **trading)
    found.judged += find({ROTATION: grid.own, **_single(grid)}, grid, found.last)
    return decisions


def _single(grid: Grid) -> dict[str, int]:
    """Return the choices that differ from the run's own in using one factor alone."""
    alike = (
        grid.cells[["top_n", "weeks", "phase", "lag"]] == grid.cells.loc[grid.own, ["top_n", "weeks", "phase", "lag"]]
    )
    alone = grid.cells[alike.all(axis=1) & grid.cells["factors"].isin(SHORT)]
    return {f"factor {SHORT[row.factors]} alone": row.Index for row in alone.itertuples() if row.factors != ALL}


def _clusters(
    market: Mapping[str, pd.DataFrame], settings: Settings, months: int, last: pd.Timestamp
) -> tuple[Study, pd.DataFrame, dict]:
    study = load_study(market, settings, months)
    variants = {name: changes for name, changes in VARIANTS.items() if changes.get("lookback", 0) <= settings.lookback}
    sample = study.dates[study.dates <= last]
    if len(sample) < 2:
        said = f"fewer than two month ends to {last:%Y-%m-%d} have a whole lookback behind them"
        raise MissingTable("etf_daily", said, "Choose a longer span.")
    tests = ahead_tests(study.samples, sample, settings, variants)
    own, since = tests.loc["as this run"], _later_lead(study, variants, last)
    row = {
        "finding": CLUSTERS,
        "choices": len(tests),
        "p": own["adjusted"],
        "in_words": f"correlation {own['within']:.2f} within, {own['across']:.2f} across",
        "later_weeks": WEEKS_A_MONTH * since[0],
        "later_in_words": f"lead {since[1]:+.2f} in {since[0]} months" if since[0] else "no whole month yet",
    }
    p = row["p"]
    return study, tests, row | {"verdict": verdict(p, p, row["later_weeks"], since[1])}


def _later_lead(study: Study, variants: Mapping[str, Mapping], last: pd.Timestamp) -> tuple[int, float]:
    """Return how many whole months lie after the sample, and how far clusters held in them."""
    dates = study.dates[study.dates >= study.dates[study.dates <= last][-1]]
    if len(dates) < 2:
        return 0, float("nan")
    own = ahead_tests(study.samples, dates, study.settings, {"as this run": variants["as this run"]}, runs=20).iloc[0]
    return int(own["months"]), float(own["lead"])
