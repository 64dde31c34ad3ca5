"""Cells of a printed table reach the board one by one; months that contradict the report are marked."""

import numpy as np
import pandas as pd

from helpers import published
from helpers.flows.board import compare_group_months, put_table
from helpers.scoreboard import Scoreboard


def test_group_months_count_only_computed_months_and_mark_inconsistent_ones():
    printed = published.load("s002_marginal_groups_2025").rename(columns={"marginal_change_group": "group"})
    ours = printed.pivot(index="month", columns="industry", values="group")
    ours.index = pd.to_datetime(ours.index) + pd.offsets.MonthEnd(0)
    table = compare_group_months(printed, ours.iloc[:10]).set_index("month")
    assert (table["same"].iloc[:10] == 30).all() and np.isnan(table["same"].iloc[10])
    assert table.loc["2025-10", "check"] == "E3.10" and table.loc["2025-09", "check"] == ""
    assert compare_group_months(printed, None)["same"].isna().all()


def test_a_table_goes_on_the_board_cell_by_cell():
    board = Scoreboard("05_etf_flows")
    printed = pd.DataFrame({"x_pct": [1.0, 2.0], "sharpe": [0.1, 0.2]}, ["a", "b"])
    ours = pd.DataFrame({"x_pct": [1.2], "sharpe": [0.9]}, ["a"])
    put_table(board, "S002 t", printed, ours, lacks=["etf_shares"])
    assert board.frame()["verdict"].tolist() == ["match", "differs", "not computable", "not computable"]
