"""What is not believed to be a flow is counted and shown."""

import pandas as pd
import pytest

from helpers.flows import excluded_days, largest_split
from helpers.flows.left_out import left_out_facts
from helpers.sessions import sessions
from helpers.tables import MissingTable

DAYS = sessions("2021-01-04", "2021-01-29")


def days(status="split"):
    return pd.DataFrame(
        {
            "date": list(DAYS[:4]) * 2,
            "code": ["a"] * 4 + ["b"] * 4,
            "shares": [10.0, 10, 20, 20, 100, 100, 300, 300],
            "before": [float("nan"), 10, 10, 20, float("nan"), 100, 100, 300],
            "value": 1.0,
            "gap_days": 1.0,
            "status": ["first", "flow", status, "flow"] * 2,
            "flow": [float("nan"), 0, 0, 0] * 2,
        }
    )


@pytest.mark.parametrize("status", ["split", "suspected"])
def test_the_split_of_the_largest_false_flow_is_the_one_shown(status):
    found = largest_split(days(status), DAYS[[0, -1]])
    assert (found.code, found.date) == ("b", DAYS[2])
    assert found.table.loc[DAYS[2], "claimed"] == 200 and found.table.loc[DAYS[2], "kept"] == 0
    assert len(found.table) == 4 and largest_split(days(status), DAYS[[0, -1]], around=1).table.index[0] == DAYS[1]


def test_without_a_split_there_is_nothing_to_show():
    with pytest.raises(MissingTable, match="no change in units from 2021-01-04 on looks like a split"):
        largest_split(days("flow"), DAYS[[0, -1]])
    with pytest.raises(MissingTable, match="looks like a split"):
        largest_split(days(), DAYS[[5, -1]])


def test_days_left_out_are_counted_within_the_weeks_asked_for():
    table = days("suspected")
    assert left_out_facts(table, DAYS[[0, -1]]) == {"found": ["4 flow", "2 first", "2 suspected"], "left_out": 2}
    assert left_out_facts(table, DAYS[[3, -1]]) == {"found": ["2 flow"], "left_out": 0}
    assert excluded_days(table, DAYS[[3, -1]]).empty
    assert excluded_days(table)["would_be"].tolist() == [200, 10]
