"""The boxes "What was planted": their comparisons, on truths small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest

from helpers import planted
from helpers.planted import compare
from helpers.regimes.study import Style
from helpers.sources import Market

MONTHS = pd.DatetimeIndex(["2025-01-27", "2025-02-28", "2025-03-31", "2025-04-30"])


def membership(clusters: dict[str, list[int]]) -> pd.DataFrame:
    rows = [(d, code, c) for code, path in clusters.items() for d, c in zip(MONTHS, path, strict=True)]
    return pd.DataFrame(rows, columns=["date", "code", "cluster"])


@pytest.fixture
def truth() -> dict:
    """Index D leaves "old" for "new" on 2025-02-10; A and B stay behind, C is there already."""
    paths = {"A": ["old"] * 4, "B": ["old"] * 4, "C": ["new"] * 4, "D": ["old", "new", "new", "new"]}
    rows = [(d, i, c) for i, path in paths.items() for d, c in zip(MONTHS, path, strict=True)]
    story = [["2000-01-01", "old"], ["2025-02-10", "new"]]
    return {
        "clusters": pd.DataFrame(rows, columns=["date", "index_code", "cluster"]),
        "tracked": pd.DataFrame({"code": list("abcd"), "index_code": list("ABCD")}),
        "planted": {"stories": {"wanderer": story}, "splits": [{"code": "a", "date": "2025-02-10", "ratio": 2.0}]},
    }


class TestClusters:
    def test_the_planted_partition_agrees_fully_under_any_numbering(self, truth):
        found = membership({"a": [5] * 4, "b": [5] * 4, "c": [1] * 4, "d": [5, 1, 1, 1]})
        assert (compare.cluster_agreement(found, truth) == 1.0).all()

    def test_a_move_that_is_seen_late_lowers_the_agreement_until_then_and_is_dated(self, truth):
        found = membership({"a": [0] * 4, "b": [0] * 4, "c": [1] * 4, "d": [0, 0, 0, 1]})
        assert (compare.cluster_agreement(found, truth) < 1).tolist() == [False, True, True, False]
        move = compare.cluster_moves(found, truth).iloc[0]
        assert (move["segment"], move["planted"]) == ("wanderer", pd.Timestamp("2025-02-10"))
        assert move["found"] == pd.Timestamp("2025-04-30")
        assert "2025-04-30, 79 days later" in " ".join(planted.clusters_told(found, truth))

    def test_leaving_without_arriving_is_not_found(self, truth):
        found = membership({"a": [0] * 4, "b": [0] * 4, "c": [1] * 4, "d": [0, 2, 2, 2]})
        assert compare.cluster_moves(found, truth)["found"].isna().all()
        assert "not found" in " ".join(planted.clusters_told(found, truth))

    def test_a_cluster_split_off_has_nobody_to_join(self, truth):
        truth["clusters"] = truth["clusters"][truth["clusters"]["index_code"] != "C"]
        found = membership({"a": [0] * 4, "b": [0] * 4, "c": [1] * 4, "d": [0, 2, 2, 2]})
        assert compare.cluster_moves(found, truth)["found"].tolist() == [pd.Timestamp("2025-02-28")]


class TestStyles:
    def test_delay_and_agreement_of_a_state_two_weeks_late(self):
        weeks = pd.date_range("2025-01-03", periods=20, freq="W-FRI")
        spells = [("size", weeks[0], weeks[9], 1), ("size", weeks[10], weeks[19], -1), ("growth", *weeks[[0, 19]], 1)]
        truth = {"styles": pd.DataFrame(spells, columns=["style", "start", "end", "state"])}
        state = pd.Series(np.repeat([1.0, 0.0], [12, 8]), weeks)
        found = compare.style_agreement(state, truth, "size")
        assert found == {"agree": 0.9, "switches": 1, "seen": 1, "delay": 2.0}
        blind = compare.style_agreement(state * 0 + 1, truth, "size")
        assert blind["agree"] == 0.5 and blind["seen"] == 0 and np.isnan(blind["delay"])
        shown = pd.DataFrame({"state": state * 0 + 1})
        style = Style("size", ("000300", "000852"), 100.0, shown, shown, weeks[0], True)
        assert "None of 1" in planted.style_told(style, truth)


class TestFlows:
    labels = pd.DataFrame(
        {"code": ["s", "t"], "scheme": "SW2021_L1", "industry_code": ["1", "2"], "industry_name": ["甲", "乙"]}
    ).assign(start=pd.Timestamp("2000-01-01"), end=pd.NaT)

    def test_the_lookthrough_gap_is_the_largest_difference(self):
        weights = pd.DataFrame({"date": MONTHS[0], "index_code": "A", "code": ["s", "t"], "weight": [0.75, 0.25]})
        planted_rows = pd.DataFrame({"date": MONTHS[0], "index_code": "A", "scheme": "SW2021_L1"}, index=[0, 1])
        truth = {"index_industry": planted_rows.assign(industry_code=["1", "2"], millionths=[750_000, 250_000])}
        assert compare.lookthrough_gap(weights, self.labels, truth, "SW2021_L1") < 1e-12
        truth["index_industry"]["millionths"] = [700_000, 300_000]
        assert compare.lookthrough_gap(weights, self.labels, truth, "SW2021_L1") == pytest.approx(0.05)

    def test_flows_in_the_planted_order_agree_and_in_the_opposite_order_disagree(self):
        planted_flows = pd.DataFrame({"date": np.repeat(MONTHS, 2), "industry_code": ["1", "2"] * 4})
        truth = {"flows": planted_flows.assign(flow=[0.1, 0.2] * 4)}
        found = pd.DataFrame({"甲": 1.0, "乙": 2.0}, index=MONTHS)
        assert compare.flow_agreement(found, truth, self.labels) == pytest.approx(1.0)
        assert compare.flow_agreement(-found, truth, self.labels) == pytest.approx(-1.0)

    def test_only_flows_of_planted_split_days_are_taken(self, truth):
        days = pd.DataFrame({"date": pd.to_datetime(["2025-02-10", "2025-02-11"]), "code": "a", "flow": [0.0, 7.0]})
        assert compare.split_flows(days, truth).tolist() == [0.0]

    def test_true_holdings_are_weighted_by_the_size_last_reported(self):
        held = pd.DataFrame({"date": MONTHS[1], "fund_code": ["f", "g"], "code": ["s", "t"], "weight_nav": 0.9})
        reports = pd.DataFrame({"report_date": pd.Timestamp("2024-12-31"), "fund_code": ["f", "g"]})
        reports = reports.assign(fund_size=[3.0, 1.0])
        found = compare.active_truth(MONTHS, self.labels, reports, {"holdings": held}, "SW2021_L1")
        assert found.loc[MONTHS[1]].tolist() == pytest.approx([0.75, 0.25]) and len(found) == 1


class TestFactors:
    def test_a_return_made_of_a_score_gives_its_premium_back(self):
        rng = np.random.default_rng(1)
        dates = pd.date_range("2024-01-05", periods=60, freq="14D")
        score = pd.DataFrame(rng.standard_normal((60, 30)), dates)
        score = score.sub(score.mean(axis=1), axis=0).div(score.std(axis=1, ddof=0), axis=0)
        forward = 0.002 * score + 0.001 * rng.standard_normal(score.shape)
        found = compare.factor_slopes({"a": score, "b": -score}, forward)
        assert found.loc["a", "slope"] == pytest.approx(0.002, rel=0.05) and found.loc["a", "t"] > 20
        assert found.loc["b", "slope"] == pytest.approx(-found.loc["a", "slope"])
        told = planted.factors_told({"level": 0.002}, {"a": score}, forward, {"a": "level"})
        assert "planted +0.20%" in told[0]


def test_a_market_that_is_not_simulated_has_no_truth(tmp_path):
    assert planted.truth_of(Market("folder", {}, {}, folder=tmp_path)) is None
    assert planted.truth_of(Market("demo", {}, {}, simulated=True)) is None


def test_a_box_without_sentences_is_empty():
    assert str(planted.box([])) == "" and str(planted.box(["", "x"])).endswith("> - x")
