"""Who is held and when it is decided."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.backtest.selection import equal_weight, flag_upper_half, rebalance_calendar, select_top
from helpers.panels import as_known


def test_two_trading_weeks_give_the_printed_periods():
    printed = published.load("s002_holdings_periods")
    ours = rebalance_calendar("2019-10-08", "2026-03-06", weeks=2)
    ours = ours[ours["first"] >= "2025-11-24"].reset_index(drop=True)
    assert (ours["last"].dropna().to_numpy() == printed["period_end"].to_numpy()).all()
    late = ours["first"].iloc[:7].to_numpy() != printed["period_start"].to_numpy()
    # 2026-01-06 is printed, 01-05 was a session (CHECKS I6).
    assert printed["period_start"][late].tolist() == [pd.Timestamp("2026-01-06")]
    assert ours["first"].iloc[:7][late].tolist() == [pd.Timestamp("2026-01-05")]


def test_a_period_is_decided_on_the_session_before_it():
    table = rebalance_calendar("2019-10-08", "2020-02-28")
    assert table.loc[0, "decision"] == pd.Timestamp("2019-09-30")
    assert (table["decision"].iloc[1:].to_numpy() == table["last"].dropna().iloc[: len(table) - 1].to_numpy()).all()


def test_an_open_period_has_no_end_and_a_closed_one_asks_for_the_next_decision():
    still_open = rebalance_calendar("2026-02-02", "2026-02-10")
    assert len(still_open) == 1 and still_open["last"].isna().all()
    first_week_done = rebalance_calendar("2026-02-02", "2026-02-06")
    assert first_week_done["last"].isna().all()
    closed = rebalance_calendar("2026-02-02", "2026-02-13")
    assert closed["decision"].tolist() == [pd.Timestamp("2026-01-30"), pd.Timestamp("2026-02-13")]
    assert closed["first"].isna().tolist() == [False, True]


def test_later_days_do_not_move_earlier_decisions():
    long = rebalance_calendar("2019-10-08", "2024-12-31")
    short = rebalance_calendar("2019-10-08", "2022-05-18")
    known = short["last"].notna()
    pd.testing.assert_frame_equal(short[known], long.iloc[: known.sum()])


def test_calendar_refuses_an_empty_span():
    with pytest.raises(ValueError, match="no session between"):
        rebalance_calendar("2026-02-16", "2026-02-17")
    with pytest.raises(ValueError, match="weeks=0"):
        rebalance_calendar("2026-02-02", "2026-02-13", weeks=0)


def test_the_latest_row_counts_until_it_is_too_old():
    frame = pd.DataFrame({"a": [1.0, 2.0]}, pd.to_datetime(["2024-01-05", "2024-01-12"]))
    asked = pd.to_datetime(["2024-01-04", "2024-01-05", "2024-01-11", "2024-01-12", "2024-01-22", "2024-01-23"])
    np.testing.assert_array_equal(as_known(frame, asked)["a"], [np.nan, 1, 1, 2, 2, np.nan])


def test_top_scores_share_equally_and_missing_ones_are_never_held():
    scores = pd.DataFrame([[3, 1, np.nan, 2], [np.nan] * 4, [np.nan, 5, np.nan, np.nan]], columns=list("abcd"))
    weights = select_top(scores.astype(float), 2)
    np.testing.assert_array_equal(weights, [[0.5, 0, 0, 0.5], [0] * 4, [0, 1, 0, 0]])


def test_ties_do_not_depend_on_the_order_of_columns():
    scores = pd.DataFrame([[1.0, 1, 1, 1, 0]], columns=list("dbcae"))
    chosen = select_top(scores, 2).iloc[0]
    assert chosen[chosen > 0].index.sort_values().tolist() == ["a", "b"]
    pd.testing.assert_frame_equal(select_top(scores[list("abcde")], 2)[scores.columns], select_top(scores, 2))


def test_top_n_must_fit_the_assets():
    with pytest.raises(ValueError, match="top_n=6: choose between 1 and 2"):
        select_top(pd.DataFrame({"a": [1.0], "b": [2.0]}), 6)


def test_equal_weight_leaves_out_what_has_no_price():
    prices = pd.DataFrame({"a": [1.0, 1.0], "b": [np.nan, 2.0]}, pd.to_datetime(["2024-01-05", "2024-01-08"]))
    np.testing.assert_array_equal(equal_weight(prices, prices.index), [[1, 0], [0.5, 0.5]])


def test_flags_mark_the_upper_half_of_each_row():
    scores = pd.DataFrame([np.arange(30.0)])
    assert flag_upper_half(scores).iloc[0].tolist() == [0.0] * 15 + [1.0] * 15
    odd = pd.DataFrame([[1.0, np.nan, 3.0, 2.0]])
    np.testing.assert_array_equal(flag_upper_half(odd), [[0, np.nan, 1, 0]])


def test_printed_flags_of_the_first_case_follow_the_upper_half_rule():
    case = published.load("s002_case_flow_20260112").set_index("industry")
    held = published.load("s002_holdings").query("period_start == '2026-01-19'").set_index("industry")
    for factor, flag in (("net_flow_cny_100m", "flag_short_term_inflow"), ("divergence_factor", "flag_vs_active")):
        flags = flag_upper_half(case[[factor]].T).iloc[0]
        assert flags[held.index].tolist() == held[flag].tolist()
