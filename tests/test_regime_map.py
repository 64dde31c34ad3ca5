"""The map counts agreement and next-week hits as a cell-by-cell loop does, and judges the same weeks in each cell."""

import numpy as np
import pandas as pd
import pytest

from helpers.regimes import realised_style, style_ratio, style_signal
from helpers.regimes.hit_rates import hit_rate
from helpers.regimes.parameter_map import compare_weeks, lambda_start_map


def closes(length=300):
    index = pd.date_range("2018-01-05", periods=length, freq="7D", name="date")
    walks = 100 * np.exp(np.random.default_rng(0).normal(0, 0.02, (length, 2)).cumsum(axis=0))
    return pd.DataFrame(walks, index=index, columns=["a", "b"])


STARTS = [pd.Timestamp("2018-01-01"), pd.Timestamp("2020-01-01"), pd.Timestamp("2022-01-01")]


def test_each_cell_is_the_signal_of_that_lambda_and_start():
    table = closes()
    printed = style_signal(style_ratio(table), 50.0)["state"].iloc[-20:]
    found = lambda_start_map(table, [50.0, 5_000.0], STARTS, printed).set_index(["start", "lamb"])
    assert len(found) == 6
    for start in STARTS[:2]:
        ratio = style_ratio(table).loc[start:]
        realised = realised_style(ratio)
        for lamb in (50.0, 5_000.0):
            state = style_signal(ratio, lamb)["state"]
            cell = found.loc[(start, lamb)]
            assert cell["agreement"] == (state.loc[printed.index] == printed).sum()
            assert cell["weeks"] == 20
            judged = hit_rate(state.iloc[52:], realised.iloc[52:], 1)
            assert cell["next_hit"] == pytest.approx(judged["rate"])
            assert cell["next_weeks"] == judged["n"]
    assert found.loc[(STARTS[0], 50.0), "agreement"] == 20


def test_too_few_judged_weeks_show_no_skill_but_may_show_agreement():
    table = closes()
    printed = pd.Series(1.0, index=table.index[-5:])
    found = lambda_start_map(table, [50.0], STARTS, printed).set_index("start")
    assert np.isnan(found.loc[STARTS[2], "next_hit"])
    assert found.loc[STARTS[2], "weeks"] == 5
    assert found.loc[STARTS[:2], "next_hit"].notna().all()


def test_without_published_weeks_in_the_data_there_is_no_agreement():
    later = pd.Series(1.0, index=pd.DatetimeIndex(["2030-01-04"]))
    for printed in (None, later):
        found = lambda_start_map(closes(), [50.0], STARTS[:1], printed)
        assert found["agreement"].isna().all()
        assert found["weeks"].tolist() == [0]
        assert found["next_hit"].notna().all()


def test_starts_after_the_data_are_left_out():
    found = lambda_start_map(closes(), [50.0], [pd.Timestamp("2040-01-01")])
    assert found.empty
    assert "agreement" in found.columns


def test_printed_weeks_are_matched_by_date_and_absent_ones_stay_empty():
    dates = pd.to_datetime(["2018-01-12", "2030-01-04"])
    printed = pd.DataFrame({"week_end": dates, "style": "size", "signal": [1, 0], "realised": [0, 1]})
    state = pd.Series([0.0, 1.0, 0.0], index=closes().index[:3])
    weeks = compare_weeks(printed, state, 1 - state)
    assert weeks.loc["2018-01-12"].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert weeks.loc["2030-01-04", ["signal_computed", "realised_computed"]].isna().all()
