"""Labels through time: what continues keeps its name, and what happens on the way is called by its name."""

import numpy as np
import pandas as pd
import pytest

from helpers.clustering.migration import (
    carry_labels,
    events,
    flows,
    label_names,
    match_groups,
    migration_table,
    overlap,
    stability,
    steadiness,
)
from helpers.clustering.sankey_frames import sankey_frames


def months(*partitions):
    """One month per argument: text groups such as 'abc de' are clusters of one-letter members."""
    rows = []
    for i, text in enumerate(partitions):
        for cluster, members in enumerate(text.split()):
            for m in members:
                rows.append((pd.Timestamp("2025-01-31") + pd.offsets.MonthEnd(i), m, cluster, m == members[0]))
    frame = pd.DataFrame(rows, columns=["date", "key", "cluster", "is_medoid"])
    return frame.assign(code=frame["key"] * 6, name=frame["key"] + "ETF")


def labels(frame):
    return [month.set_index("key")["label"].to_dict() for _, month in carry_labels(frame).groupby("date")]


def test_renumbered_clusters_keep_their_labels():
    first, second = labels(months("abc def", "def abc"))
    assert first == second


def test_the_match_maximises_shared_members_not_the_first_found():
    before = pd.Series({**dict.fromkeys("abcd", 0), **dict.fromkeys("ef", 1)})
    after = pd.Series({**dict.fromkeys("abef", 0), **dict.fromkeys("cd", 1)})
    assert match_groups(before, after) == {0: 1, 1: 0}
    assert overlap(before, after).to_numpy().sum() == 6


def test_a_new_cluster_gets_a_new_label_and_one_that_comes_back_its_old_one():
    first, second, third = labels(months("abcd efg", "abcdefg", "abcd efg"))
    assert second["e"] == first["a"]
    assert third["e"] == first["e"]
    _, unseen = labels(months("abcd", "abcd xyz"))
    assert unseen["x"] not in {0}


def test_labels_depend_on_nothing_later():
    early = months("abcd ef", "abc def")
    late = months("abcd ef", "abc def", "fedcba")
    cut = carry_labels(late)
    pd.testing.assert_frame_equal(carry_labels(early), cut[cut["date"] <= early["date"].max()])


def test_a_weak_resemblance_does_not_continue_a_label():
    first, second = labels(months("abcdefgh", "axyzuvw bcdefgh"))
    assert second["b"] == first["a"]
    assert second["a"] != first["a"]


def test_a_fifth_in_common_is_too_little_to_continue_a_label_and_a_third_is_enough():
    first, second = labels(months("abc", "axy"))
    assert second["a"] != first["a"]
    first, second = labels(months("ab", "ax"))
    assert second["a"] == first["a"]


def test_split_merge_birth_death_and_return_are_named():
    found = events(carry_labels(months("abcdef gh", "abcd ef gh", "abcdef gh xy", "abcdefgh xy", "abcdef gh xy")))
    named = [(e.date.month, e.event) for e in found.itertuples()]
    assert (2, "split") in named and (2, "birth") in named
    assert (3, "merge") in named and (3, "death") in named
    assert (3, "birth") in named
    assert (5, "return") in named
    split = found[(found["event"] == "split") & (found["date"].dt.month == 2)].iloc[0]
    assert split["label"] == 0 and len(split["others"]) == 2


def test_nothing_happens_when_nothing_changes():
    assert events(carry_labels(months("abc de", "abc de", "abc de"))).empty


def test_stability_is_one_for_who_stays_and_low_for_who_wanders():
    score = stability(carry_labels(months("abcx def", "abc defx", "abcx def")))
    assert score.loc["x", "stays"] == 0.0
    assert score.loc["a", "stays"] == 1.0
    assert score.loc["x", "clusters"] == 2
    assert score.loc["x", "company"] == 0.0
    assert score.loc["a", "company"] == pytest.approx(2 / 3)


def test_a_fund_seen_once_has_no_stability():
    score = stability(carry_labels(months("abz", "ab")))
    assert np.isnan(score.loc["z", "stays"]) and np.isnan(score.loc["z", "company"])


def test_steadiness_is_the_share_of_members_a_label_keeps():
    kept = steadiness(carry_labels(months("abcd ef", "abcd ef", "abce df")))
    assert kept[0] == pytest.approx((1 + 3 / 5) / 2)
    assert kept[1] == pytest.approx((1 + 1 / 3) / 2)
    assert steadiness(carry_labels(months("ab cd"))).isna().all()


def test_the_migration_table_leaves_absent_months_empty():
    table = migration_table(carry_labels(months("abc", "ab")))
    assert table.loc["c"].isna().tolist() == [False, True]


def test_flows_count_every_fund_present_both_months_once():
    labelled = carry_labels(months("abcd ef", "abc def", "abcdef"))
    moved = flows(labelled)
    assert moved.groupby("date_from")["value"].sum().tolist() == [6, 6]
    assert moved["members"].map(len).equals(moved["value"])


def test_names_are_unique_and_follow_the_most_frequent_representative():
    names = label_names(carry_labels(months("abc de", "bac de", "abc de")))
    assert names.to_dict() == {0: "a", 1: "d"}
    twins = months("abc de")
    twins["name"] = "同名ETF"
    assert label_names(carry_labels(twins)).tolist() == ["同名", "同名 2"]


def test_the_sankey_names_every_member_and_its_code_on_hover():
    labelled = carry_labels(months("abcd efg hi", "abcde fg hi", "abcdefg hi"))
    nodes, links = sankey_frames(labelled, least=3)
    assert nodes["node"].is_unique
    for date, month in labelled.groupby("date"):
        text = "\n".join(nodes.loc[nodes["stage"] == date, "hover"])
        assert all(f"{m.name_} {m.code}" in text for m in month.rename(columns={"name": "name_"}).itertuples())
    assert set(links["source"]) | set(links["target"]) <= set(nodes["node"])
    assert links["value"].sum() == 18
    assert "small clusters" in set(nodes["label"])
