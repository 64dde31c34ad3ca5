"""Chapter 10 opens with one row a finding, whatever can be formed, and says what cannot."""

import pytest

from helpers.evidence.findings import COSTS, GONE, LUCK, STANDS, WAITS
from helpers.evidence.study import CLUSTERS, ROTATION


@pytest.fixture
def page(run_chapter):
    return run_chapter("10_evidence", data="small")


def test_every_finding_has_a_row_with_a_verdict_by_the_rule(page):
    rows = page.names["found"].rows
    names = [row["finding"] for row in rows]
    assert ROTATION in names and CLUSTERS in names and sum("style" in name for name in names) == 2
    assert sum("alone" in name for name in names) == 4
    for row in rows:
        assert row["verdict"] in (LUCK, COSTS, GONE, STANDS, WAITS)
        assert (row["p"] > 0.05) == (row["verdict"] in (LUCK, COSTS))
    assert page.reasons == [] and set(page.board["verdict"]) <= {"simulated", "not computable"}


def test_the_cheat_is_caught_and_the_signal_is_clean(page):
    passed = page.names["passed"]
    assert passed["clean"] == passed["caught"] == ["index_daily"] and passed["ahead"] == []
    assert "The two-sided filter is caught." in page.text


def test_sentences_say_what_the_tables_hold(page):
    rows, summary = page.names["found"].rows, page.names["summary"]
    assert summary["findings"] == len(rows)
    assert f"of {len(rows)} findings {summary['luck']} cannot be told from luck" in page.text
    assert f"{page.names['paid']['break_even']:.0f} basis points" in page.text or not page.names["paid"]["pays"]


@pytest.mark.snapshot
def test_on_the_snapshot_no_strategy_is_told_from_luck_and_clusters_hold(snapshot_dir, run_chapter):
    page = run_chapter("10_evidence", source="folder", data=str(snapshot_dir))
    rows = {row["finding"]: row for row in page.names["found"].rows}
    assert rows[CLUSTERS]["p"] < 0.01
    assert {row["verdict"] for name, row in rows.items() if name != CLUSTERS} == {LUCK}
    assert rows[ROTATION]["net"] < rows[ROTATION]["gross"] < 0.03
    searched = page.names["searched"]
    assert (searched["years needed"] > searched["years here"]).all()
