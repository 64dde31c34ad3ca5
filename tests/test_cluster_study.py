"""The clusterings of chapter 03: months that have history, facts that follow from frames, gaps that say why."""

import numpy as np
import pandas as pd
import pytest

from helpers.clustering import Settings, facts, study
from helpers.clustering.claim_odds import (
    resampled_months,
    share_of_days,
    verdicts_by_setting,
    verdicts_by_window,
    weigh,
)
from helpers.clustering.claims import claim_titles, judge, passes, scores, world
from helpers.clustering.migration import carry_labels, label_names
from helpers.published.exhibits import EXHIBITS
from helpers.sources import load_market
from helpers.tables import MissingTable

SETTINGS = Settings(lookback=60, method="linkage", linkage="ward", count=8)


@pytest.fixture(scope="module")
def market():
    return load_market("demo", "small", end="2025-12-31")


@pytest.fixture(scope="module")
def run(market):
    return study.load_study(market, SETTINGS, 4)


@pytest.fixture(scope="module")
def labelled(run):
    return carry_labels(run.clusters())


def test_the_months_are_the_last_complete_ones_with_history(run, market):
    assert len(run.dates) == 4 and run.facts["short"] == 0
    assert run.dates[-1] == pd.Timestamp("2025-12-31")
    for end in ("2025-12-30", "2025-06-16"):
        earlier = study.load_study(load_market("demo", "small", end=end), SETTINGS, 4)
        assert earlier.dates[-1] < pd.Timestamp(end)  # a month that goes on has no end yet


def test_history_too_short_is_a_gap_that_says_what_to_do():
    early = load_market("demo", "small", end="2021-03-31")
    with pytest.raises(MissingTable, match="fewer than two complete month ends have 60 .* Shorten cluster_lookback"):
        study.load_study(early, SETTINGS, 12)
    with pytest.raises(MissingTable, match="etf_list, etf_daily"):
        study.load_study({}, SETTINGS, 12)


def test_months_left_out_for_want_of_history_are_counted():
    found = study.load_study(load_market("demo", "small", end="2021-06-30"), SETTINGS, 12)
    assert found.facts["short"] == found.asked - len(found.dates) > 0


def test_later_days_change_no_cluster(run, labelled):
    before = load_market("demo", "small", end=str(run.dates[1].date()))
    past = carry_labels(study.load_study(before, SETTINGS, 2).clusters())
    mine = labelled[labelled["date"].isin(past["date"].unique())]
    for date, month in past.groupby("date"):
        other = mine[mine["date"] == date]
        one = month.set_index("code")["cluster"].sort_index()
        two = other.set_index("code")["cluster"].sort_index()
        pd.testing.assert_series_equal(one, two)


def test_the_universe_counts_clusters_and_those_of_one(run):
    membership = run.clusters()
    table = study.universe_table(run, membership)
    for date, month in membership.groupby("date"):
        sizes = month["cluster"].value_counts()
        row = table.loc[date]
        assert row["clustered"] == len(month) <= row["liquid indices"]
        assert (row["clusters"], row["largest"], row["alone"]) == (len(sizes), sizes.max(), (sizes == 1).sum())
    assert table["converged"].all()
    wild = membership.assign(converged=membership["date"] != run.dates[1])
    assert study.universe_table(run, wild)["converged"].tolist() == [True, False, True, True]


def test_a_cluster_is_listed_with_its_representative_first(labelled):
    month = labelled[labelled["date"] == labelled["date"].max()]
    names = label_names(labelled)
    table = study.cluster_table(month, names)
    assert table["indices"].sum() == len(month)
    medoids = month[month["is_medoid"]].set_index(month.loc[month["is_medoid"], "label"].map(names))["name"]
    for name, members in table["members"].items():
        assert members.startswith(medoids[name].replace("ETF", ""))


def test_windows_are_changes_of_the_run_and_the_longest_covers_nine_in_ten(run):
    variants = study.window_variants(run)
    assert {"lookback": 60} not in variants.values() and variants["as this run"] == {}
    table = pd.DataFrame(
        {"coverage": [0.95, 0.92, 0.5, 1.0, 1.0], "ahead": [0.1, 0.2, 0.3, 0.4, 0.5], "ahead_se": 0.01},
        index=["as this run", "120 sessions", "250 sessions", "no clipping", "shrinkage 0.2"],
    )
    found = study.window_facts(table, 60)
    assert found == {"lookback": 60, "longest": 120, "plain": 0.4, "clipped": 0.1, "error": 0.01}
    assert study.window_facts(table.assign(coverage=0.5), 60)["longest"] is None


def evidence_table(chosen=1):
    return pd.DataFrame(
        {
            "method": ["affinity", "linkage", "linkage"],
            "linkage": [None, "ward", "single"],
            "count": [np.nan, 30, 20],
            "family": ["affinity propagation", "ward", "single"],
            "clusters": [40.0, 30.0, 20.0],
            "ahead": [0.4, 0.5, 0.1],
            "separated": [False, True, False],
            "chosen": [i == chosen for i in range(3)],
            "bootstrap_ari": [0.5, 0.6, 0.97],
            "largest": [0.1, 0.1, 0.64],
        }
    )


def test_the_choice_is_told_beside_what_the_rule_takes():
    found = facts.choice_facts(evidence_table(), Settings(method="affinity"))
    assert (found["picked"], found["used"]) == ("ward with 30 clusters", "affinity propagation")
    assert (found["ahead"], found["best"], found["other"], found["near"]) == (0.4, 0.5, True, False)
    assert (found["single"], found["heap"]) == (0.97, 0.64)
    same = facts.choice_facts(evidence_table(), Settings(method="linkage", linkage="ward", count=30))
    assert not same["other"] and same["used"] == same["picked"]
    untried = facts.choice_facts(
        evidence_table(), Settings(method="linkage", linkage="ward", count=None, threshold=1.2)
    )
    assert untried["used"] == "ward cut at a distance of 1.2"
    assert np.isnan(untried["ahead"]) and not untried["other"]


def test_claims_fill_their_exhibit_by_its_own_words(labelled):
    judged = judge(labelled)
    computed, notes = scores(judged.table)
    cells = EXHIBITS["S000 claims"].cells
    assert list(computed.index) == list(cells.index) == list(notes) and set(cells["published"]) == {"holds"}
    table = judged.table.set_index("claim_id")
    for words, value in computed.items():
        word = table.at[words.split()[0], "verdict"]
        assert value == word or (pd.isna(value) and word == "cannot be tested")
    tally = facts.tally_facts(judged.table.assign(days=1.0))
    assert sum(tally[k] for k in ("holds", "partly", "little", "fails", "untested")) == tally["claims"] == 20
    assert claim_titles(judged.table)["title"].str.len().max() <= 26 + 5


def test_what_says_little_is_named_with_its_base_rate_and_what_is_shaky_by_its_days():
    table = pd.DataFrame(
        {
            "claim_id": ["c01", "c02", "c03", "c04"],
            "verdict": ["holds", "holds", "says little", "fails"],
            "base": [0.01, 0.02, 0.712, 0.0],
            "days": [1.0, 0.7, 1.0, 0.1],
        }
    )
    found = facts.tally_facts(table)
    assert (found["common"], found["shaky"], found["holds"], found["untested"]) == (["c03 (71.20%)"], ["c02"], 2, 0)
    sure = facts.tally_facts(table.iloc[[0, 3]])
    assert (sure["common"], sure["shaky"]) == (None, "none")


def test_verdicts_by_setting_skip_what_changes_nothing(run, labelled):
    judged = judge(labelled)
    changes = {"own": {"count": 8}, "coarse": {"count": 3}, "most traded stands": {"survivor": "most_traded"}}
    verdicts = verdicts_by_setting(run, judged, changes)
    assert list(verdicts) == ["this run", "coarse", "most traded stands"] and len(verdicts) == 20
    coarse = judge(carry_labels(run.clusters(count=3))).table["verdict"]
    assert verdicts["coarse"].tolist() == coarse.tolist()


def test_a_window_that_ends_earlier_is_the_run_made_then(run, labelled):
    moved = run.moved(2)
    then = study.load_study(load_market("demo", "small", end=str(moved.dates[-1].date())), SETTINGS, 4)
    assert list(then.dates) == list(moved.dates) and moved.dates[-1] == run.dates[-3]
    verdicts = verdicts_by_window(run, judge(labelled), (2, 600))
    assert list(verdicts) == ["this run", f"to {moved.dates[-1]:%Y-%m}"]
    assert verdicts.iloc[:, 1].tolist() == judge(carry_labels(then.clusters())).table["verdict"].tolist()
    with pytest.raises(ValueError, match="earlier month ends have history enough, not 600"):
        run.moved(600)
    found = facts.moved_facts(verdicts)
    assert found["windows"] == 2 and found["least"] <= found["most"] <= 20
    assert np.isnan(facts.moved_facts(verdicts[["this run"]])["same"])


def test_redrawn_histories_have_the_same_funds_and_months_and_no_later_days(run):
    own = run.clusters()
    first, second = resampled_months(run, draws=2, block=5)
    for drawn in (first, second):
        pd.testing.assert_frame_equal(
            drawn[["date", "key"]].reset_index(drop=True), own[["date", "key"]].reset_index(drop=True)
        )
    assert not first["cluster"].equals(second["cluster"])
    again = next(resampled_months(run, draws=1, block=5))
    pd.testing.assert_frame_equal(first, again)
    past = run.moved(1)
    later = load_market("demo", "small", end=str(past.dates[-1].date()))
    then = study.load_study(later, SETTINGS, 4)
    pd.testing.assert_frame_equal(next(resampled_months(past, draws=1)), next(resampled_months(then, draws=1)))


def test_days_drawn_each_once_give_the_clusters_of_the_run(run, monkeypatch):
    whole = lambda n, block, draws, seed: np.tile(np.arange(n), (draws, 1))  # noqa: E731
    monkeypatch.setattr("helpers.clustering.claim_odds.block_positions", whole)
    drawn = next(resampled_months(run, draws=1))
    own = run.clusters()
    for date, month in own.groupby("date"):
        one = drawn[drawn["date"] == date]
        assert len(set(zip(one["cluster"], month["cluster"], strict=True))) == month["cluster"].nunique()
        np.testing.assert_allclose(one["market_corr"], month["market_corr"])
    pd.testing.assert_series_equal(share_of_days(run, draws=1), passes(carry_labels(own)), check_names=False)


def test_what_verdicts_hang_on_is_counted_over_those_that_can_be_tested(labelled):
    judged = judge(labelled)
    names = judged.table["claim_id"]
    held = pd.DataFrame({"a": "holds", "b": "fails", "c": "cannot be tested"}, index=names)
    weighed = weigh(judged, pd.Series(0.5, names[:3]), held, held[["a"]]).set_index("claim_id")
    assert set(weighed["settings"]) == {"1 of 2"} and set(weighed["windows"]) == {"1 of 1"}
    assert weighed["days"].notna().sum() == 3
    _, notes = scores(weighed.reset_index())
    for words, note in notes.items():
        tested = weighed.at[words.split()[0], "verdict"] != "cannot be tested"
        assert ("holds under 1 of 2 settings; holds under 1 of 1 windows" in note) == tested


def test_agreement_leaves_out_what_no_setting_can_test():
    verdicts = pd.DataFrame(
        {
            "this run": ["holds", "fails", "cannot be tested", "holds"],
            "other": ["holds", "fails", "cannot be tested", "fails"],
            "most traded stands": ["holds", "fails", "cannot be tested", "holds partly"],
        },
        index=["c01", "c02", "c03", "c04"],
    )
    found = facts.agreement_facts(verdicts)
    assert (found["tested"], found["same"], found["settings"]) == (3, 2, 3)
    assert (found["firm"], found["never"], found["moved"], found["moved_claims"]) == (["c01"], ["c02"], 1, ["c04"])
    bare = facts.agreement_facts(verdicts[["this run", "other"]].iloc[3:])
    assert bare["firm"] == bare["never"] == "none" and bare["moved"] is None


def test_tensions_count_months_and_know_nothing_of_what_is_absent(labelled):
    places = world(labelled)
    found = facts.tension_facts(places, labelled)
    gold, stocks = places.of("黄金"), places.of("黄金股ETF")
    if gold.notna().any() and stocks.notna().any():
        assert found["gold"] == int((gold == stocks).sum()) <= found["gold_months"]
    strange = labelled.assign(key="x" + labelled["key"])
    empty = facts.tension_facts(world(strange), strange)
    assert empty["board"] is None and np.isnan(empty["gold_rho"]) and np.isnan(empty["chips"])


def test_list_and_dedup_are_plain_arithmetic():
    against = pd.DataFrame({"list": [0.1, 0.3], "most_traded": [0.2, 0.2], "all": [0.5, 0.5]})
    assert facts.list_facts(against) == pytest.approx({"list": 0.2, "most_traded": 0.2, "won": 1, "months": 2})
    effect = pd.DataFrame(
        {"funds": [10, 25], "one_index": [0.0, 0.2], "torn": [np.nan, 0.1], "ahead": [0.3, 0.4]},
        index=["one fund per index", "every liquid fund"],
    )
    found = facts.dedup_facts(effect)
    assert (found["times"], found["copies"], found["better"]) == (2.5, 0.2, False)


def test_the_steady_are_those_present_in_most_months(labelled):
    table = facts.steady_table(labelled, 1.0)
    months = labelled.groupby("key")["date"].nunique()
    assert set(table.index) == set(months.index[months == labelled["date"].nunique()])
    assert not table["title"].str.contains("ETF").any()
