"""What a page shows of vintages: those that were made, or a year of month ends told from the tables of today."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from helpers.clustering.study import Study
from helpers.evidence.study import Findings
from helpers.jobs import stored
from helpers.rotation.inputs import RotationInputs
from helpers.rotation.strategies import top_weights
from helpers.vintages.asked import VINTAGES, Asked, store_of
from helpers.vintages.reading import memberships
from helpers.vintages.telling import COLUMNS

__all__ = ["Seen", "seen"]

SHOWN = 12


class Seen(NamedTuple):
    """Month ends as a page shows them.

    Attributes
    ----------
    told : dict of DataFrame
        Statements by evening, as of :func:`helpers.vintages.telling.tell`.
    membership : DataFrame
        Their clusterings.
    stored : bool
        Whether they are vintages, each from tables cut to its own evening. Otherwise today's tables are read with
        signals that see no future, so that only revisions of data are missing.
    """

    told: dict[pd.Timestamp, pd.DataFrame]
    membership: pd.DataFrame
    stored: bool


def seen(asked: Asked, folder: Path | None, found: Findings, inputs: RotationInputs, root: Path = VINTAGES) -> Seen:
    """Return the vintages that were made for this run, or else its last month ends.

    Parameters
    ----------
    asked : Asked
    folder : path, optional
        Where the tables lie.
    found : Findings
        Of the run.
    inputs : RotationInputs
        Of the rotation.
    root : path
        Folder of all vintages.

    Returns
    -------
    Seen

    Raises
    ------
    MissingTable
        If there are no vintages, and no clusters or no rotation.
    """
    store = store_of(asked, folder, root)
    names = sorted(path.stem for path in store.glob("*.parquet"))
    told = {pd.Timestamp(day): frame for day, frame in stored(store, names).items()}
    if told:
        return Seen(told, memberships(told), stored=True)
    study: Study = found.clusters[0]
    score = inputs.composite.score
    weeks = score.index
    ends = pd.DatetimeIndex(weeks.to_series().groupby(weeks.to_period("M")).max())[-SHOWN:]
    return Seen(_today(found, score, ends, asked.top_n), study.clusters(), stored=False)


def _today(
    found: Findings, score: pd.DataFrame, days: pd.DatetimeIndex, top_n: int
) -> dict[pd.Timestamp, pd.DataFrame]:
    """Tell styles and holdings of some evenings from signals that are there."""
    held, rows = top_weights(score, pd.Series(days), top_n), {day: [] for day in days}
    for day, row in held.iterrows():
        rows[day] += [("holding", day, name, "held") for name in row.index[row > 0]]
        for name, style in found.styles.items():
            known = style.signal["state"].loc[:day].dropna()
            said = style.sides[0 if known.iloc[-1] == 1 else 1] if len(known) else ""
            rows[day].append(("style", day, name, said))
    return {day: pd.DataFrame(said, columns=COLUMNS) for day, said in rows.items()}
