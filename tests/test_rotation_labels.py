"""Labels are complete from a day that later data never move, over all that a factor looks back on."""

import numpy as np
import pandas as pd
import pytest

from helpers.rotation.labels import complete_from, label_facts
from helpers.tables import MissingTable

WEEKS = pd.date_range("2021-01-01", periods=40, freq="7D")


def brute(labelled, least, weeks):
    """The first date at which it and as many as there are of the `weeks` before it are at least `least`."""
    values = labelled.dropna()
    for k, date in enumerate(values.index):
        if (values.iloc[max(k - weeks, 0) : k + 1] >= least).all():
            return date
    return None


@pytest.mark.parametrize("seed", range(20))
def test_the_first_complete_date_is_the_one_a_loop_finds(seed):
    rng = np.random.default_rng(seed)
    labelled = pd.Series(rng.choice([0.5, 0.94, 0.95, 1.0, np.nan], 40, p=[0.05, 0.05, 0.3, 0.5, 0.1]), WEEKS)
    for least, weeks in ((0.95, 4), (0.9, 0), (1.0, 2)):
        due = brute(labelled, least, weeks)
        if due is None:
            with pytest.raises(MissingTable, match="stock_industry"):
                complete_from(labelled, least, weeks)
        else:
            assert complete_from(labelled, least, weeks) == due


def test_later_weeks_do_not_move_it():
    rng = np.random.default_rng(1)
    labelled = pd.Series(np.r_[np.full(10, 0.3), np.ones(30)], WEEKS)
    found = complete_from(labelled)
    assert found == WEEKS[14]
    for k in range(15, 40):
        other = labelled.copy()
        other.iloc[k:] = rng.uniform(0, 1, 40 - k)
        assert complete_from(other) == complete_from(labelled.iloc[:k]) == found


def test_without_complete_labels_the_reason_says_how_far_they_reach():
    with pytest.raises(MissingTable, match="reach 38% of the money at most.*Choose a later end"):
        complete_from(pd.Series([0.3, 0.38, 0.35], WEEKS[:3]))
    with pytest.raises(MissingTable, match="no money"):
        complete_from(pd.Series([np.nan], WEEKS[:1]))


def test_facts_split_the_weeks_at_the_date():
    labelled = pd.Series([0.2, 0.4, 1.0, 0.9, 0.8], WEEKS[:5])
    facts = label_facts(labelled, WEEKS[2])
    assert facts == {"clean": WEEKS[2], "before": pytest.approx(0.3), "since": pytest.approx(0.9), "worst": 0.8}
    assert np.isnan(label_facts(labelled, WEEKS[0])["before"])
