"""The parts of a change add up and name their cause; the largest false flow is found; weeks stop at a hole."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import split_window
from helpers.flows.change_parts import change_parts, variance_shares
from helpers.flows.without_weights import recent_weeks
from helpers.sessions import sessions, week_ends

DAYS = sessions("2021-01-04", "2022-12-30")


def test_the_parts_of_a_change_add_up_and_name_their_cause():
    weeks = week_ends(DAYS)[:6]
    tables = {d: pd.DataFrame([[0.8, 0.2], [0.1, 0.9]], ["a", "b"], ["x", "y"]) for d in weeks}
    tables[weeks[-1]] = tables[weeks[-1]].iloc[::-1].set_axis(["a", "b"])  # new weights in the last week
    look = lambda amounts: pd.DataFrame({d: row.fillna(0) @ tables[d] for d, row in amounts.iterrows()}).T  # noqa: E731
    sizes = pd.DataFrame({"a": [100.0, 150, 150, 165, 165, 165], "b": [100.0, 100, 100, 100, 100, 100]}, weeks)
    flows = pd.DataFrame({"a": [np.nan, 50, 0, 0, 0, 0], "b": [np.nan, 0, 0, 0, 0, 0.0]}, weeks)
    parts = change_parts(sizes, flows, look)
    held = look(sizes)
    np.testing.assert_allclose(parts["change"], held.div(held.sum(axis=1), axis=0).diff().iloc[1:], atol=1e-15)
    moved = {name: part.abs().max(axis=1).gt(1e-12).tolist() for name, part in parts.items()}
    assert moved["money"] == [True, False, False, False, False]
    assert moved["fund prices"] == [False, False, True, False, False]
    assert moved["new weights"] == [False, False, False, False, True]
    assert variance_shares(parts).sum().tolist() == pytest.approx([1, 1, 1])


def test_recent_weeks_stop_at_a_hole():
    days = DAYS[:30].append(DAYS[120:150])
    weeks = recent_weeks(pd.DataFrame({"date": days}), 8)
    assert weeks[0] > DAYS[119] and weeks[-1] == DAYS[149]


def test_the_largest_false_flow_is_the_one_shown():
    days = pd.DataFrame(
        {
            "date": list(DAYS[:4]) * 2,
            "code": ["a"] * 4 + ["b"] * 4,
            "shares": [10.0, 10, 20, 20, 100, 100, 300, 300],
            "before": [np.nan, 10, 10, 20, np.nan, 100, 100, 300],
            "value": 1.0,
            "status": ["first", "flow", "split", "flow"] * 2,
            "flow": [np.nan, 0, 0, 0] * 2,
        }
    )
    nothing = pd.DataFrame({"date": [], "code": [], "status": [], "would_be": []})
    code, when, table = split_window(days, nothing)
    assert (code, when) == ("b", DAYS[2]) and table.loc[when, "claimed"] == 200 and table.loc[when, "kept"] == 0
    assert split_window(days.assign(status="flow"), nothing) is None
