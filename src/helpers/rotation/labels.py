"""From when on the industry labels in force cover the money, so that nothing rests on labels given later.

A table of labels often begins on the day a classification was published. Before it, most stocks have no label in force,
and a look-through either loses them or gives them a label nobody knew. Both can be looked at; neither is a record.
"""

from __future__ import annotations

import pandas as pd

from helpers.tables import MissingTable

COMPLETE = 0.95  # share of the money with a label in force
LOOK_BACK = 4  # weeks: as far as a factor looks back


def complete_from(labelled: pd.Series, least: float = COMPLETE, weeks: int = LOOK_BACK) -> pd.Timestamp:
    """Return the first date on which labels in force cover the money, and did over all that a factor looks back on.

    Only dates up to the answer decide it, so that later data never move it.

    Parameters
    ----------
    labelled : Series
        Weekly: share of the money that reaches a stock with a label in force
        (:attr:`helpers.flows.etf_money.EtfMoney.labelled`).
    least : float
        The share that counts as complete.
    weeks : int
        Earlier weeks that must be complete, too, as far as there are any.

    Returns
    -------
    Timestamp

    Raises
    ------
    MissingTable
        If there is no such date.

    Examples
    --------
    >>> weeks = pd.date_range("2021-07-02", periods=8, freq="7D")
    >>> complete_from(pd.Series([0.3, 0.3, 0.99, 1, 1, 1, 1, 1], weeks))
    Timestamp('2021-08-13 00:00:00')
    """
    known = labelled.dropna()
    complete = known.rolling(weeks + 1, min_periods=1).min() >= least
    if not complete.any():
        most = f"{known.max():.0%} of the money at most" if len(known) else "no money"
        said = f"labels in force reach {most}, and never {least:.0%} for {weeks + 1} weeks in a row"
        raise MissingTable("stock_industry", said, "Choose a later end.")
    return complete.idxmax()


def label_facts(labelled: pd.Series, clean: pd.Timestamp) -> dict[str, object]:
    """Return how much of the money had a label in force before and since the date of :func:`complete_from`.

    Parameters
    ----------
    labelled : Series
        Weekly share of the money, as for :func:`complete_from`.
    clean : Timestamp
        Its answer.

    Returns
    -------
    dict
        ``clean`` (date), ``before`` (mean share of the weeks before it; NaN without any), ``since`` and ``worst`` (mean
        and lowest share from it on).
    """
    before, since = labelled[labelled.index < clean], labelled[labelled.index >= clean]
    return {"clean": clean, "before": before.mean(), "since": since.mean(), "worst": since.min()}
