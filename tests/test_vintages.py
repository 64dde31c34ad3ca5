"""Vintages know nothing later, go on where they stopped, and tell a revision of data from one of view."""

import numpy as np
import pandas as pd
import pytest

import helpers.vintages.__main__ as command
from helpers.clustering import Settings, cluster_months
from helpers.clustering.claims import VERDICTS, judge
from helpers.clustering.migration import carry_labels
from helpers.clustering.samples import Samples
from helpers.evidence.audit import with_another_future
from helpers.figures import evidence as draw
from helpers.params import RunParams
from helpers.sessions import month_ends
from helpers.sources import load_market
from helpers.tables.point_in_time import known_at
from helpers.vintages import Asked, claim_history, month_names, revisions, store_of, told_history, vintage_facts
from helpers.vintages.asked import asked_of
from helpers.vintages.reading import memberships, revision_facts
from helpers.vintages.telling import told_on
from rotation_market import HOW, full_market

ASKED = Asked(style_start=HOW["style_start"], top_n=3, cluster_lookback=60, min_amount=0.0)
DAYS = [pd.Timestamp("2021-10-29"), pd.Timestamp("2021-11-30"), pd.Timestamp("2021-12-31")]


@pytest.fixture(scope="module")
def market():
    tables = full_market()
    tables["etf_list"] = tables["etf_list"].assign(name=["沪深300ETF", "半导体ETF", "红利ETF", "银行ETF"])
    return tables


def cut(market, day):
    return {name: known_at(name, table, day) for name, table in market.items()}


def told(market, days=DAYS):
    pairs = zip([None, *days[:-1]], days, strict=True)
    return {day: told_on(cut(market, day), ASKED, [d for d in (before, day) if d]) for before, day in pairs}


def test_a_vintage_tells_every_subject_and_repeats_the_evening_before(market):
    frame = told(market)[DAYS[1]]
    counts = frame.groupby(["subject", "as_of"]).size()
    for subject in ("style", "holding", "class"):
        assert counts[subject, DAYS[0]] > 0 and counts[subject, DAYS[1]] > 0
    assert counts["holding", DAYS[1]] == 3 and counts["style", DAYS[1]] == 2


def test_no_vintage_moves_when_the_future_of_any_table_changes(market):
    own = cut(market, DAYS[1])
    for name in market:
        for world in with_another_future(market, name, DAYS[1]):
            seen = cut(world, DAYS[1])  # all that a vintage is told from
            assert [n for n, table in own.items() if len(table) and not table.equals(seen[n])] == []


def test_without_new_data_only_the_view_changes_and_a_restated_past_is_a_revision_of_data(market):
    plain = revisions(told(market))
    assert (plain["data"] == 0).all() and plain["view"].sum() > 0
    later = {name: table.copy() for name, table in market.items()}
    shares = later["etf_shares"]
    rng = np.random.default_rng(0)
    shares["shares"] *= np.exp(rng.normal(0, 0.5, len(shares)))  # the provider says now that it was otherwise then
    mixed = {**told(market, DAYS[:2]), DAYS[2]: told(later)[DAYS[2]]}
    revised = revisions(mixed)
    assert revised.loc[("holding", DAYS[2]), "data"] > 0 and revised.loc[("holding", DAYS[1]), "data"] == 0
    assert revised.loc[("style", DAYS[2]), "data"] == 0
    facts = revision_facts(revised, stored=True)
    assert facts["data"] == revised["data"].sum() and revision_facts(revised, stored=False)["data"] is None


def test_the_claims_of_a_month_are_those_judged_on_the_months_up_to_it():
    small = load_market("demo", "small")
    samples = Samples(small["etf_daily"], small["etf_list"])
    ends = month_ends(small["etf_daily"]["date"], complete=True)[-6:]
    members = cluster_months(samples, ends, Settings(method="linkage", count=12))
    history = claim_history(members, months=4, least=3)
    assert list(history.columns) == list(ends[2:]) and len(history) == 20
    part = members[members["date"].isin(ends[1:5])].reset_index(drop=True)
    own = judge(carry_labels(part)).table.set_index("claim_id")["verdict"]
    pd.testing.assert_series_equal(history[ends[4]], own, check_names=False)
    facts = vintage_facts(history)
    assert facts["vintages"] == 4 and facts["steady"] <= facts["judged"] <= 20
    assert len(draw.plot_claims(history, VERDICTS).get_yticklabels()) == 20


def test_clusters_come_back_from_a_vintage_as_they_were_drawn():
    small = load_market("demo", "small", end="2025-12-31")
    frame = told_on(small, Asked(data="small"), [pd.Timestamp("2025-12-31")])
    back = memberships({pd.Timestamp("2025-12-31"): frame})
    own = cluster_months(Samples(small["etf_daily"], small["etf_list"]), [pd.Timestamp("2025-12-31")], Settings())
    pd.testing.assert_frame_equal(back[own.columns], own, check_dtype=False, check_exact=False, rtol=1e-12)


def test_histories_hold_what_was_said_of_each_own_evening(market):
    own = told(market)
    held = told_history(own, "holding")
    assert list(held.columns) == DAYS and (held.ne("").sum() == 3).all()
    assert len(draw.plot_held(held).get_yticklabels()) == len(held)


def test_vintages_are_kept_by_question_code_and_data(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"1")
    first = store_of(ASKED, tmp_path, tmp_path)
    assert store_of(ASKED, tmp_path, tmp_path) == first
    assert store_of(Asked(top_n=4), tmp_path, tmp_path) != first
    (tmp_path / "a.parquet").write_bytes(b"22")
    assert store_of(ASKED, tmp_path, tmp_path) != first


def test_a_run_asks_with_its_own_parameters():
    run = RunParams(top_n=4, size_pair=["000905", "000852"])
    assert asked_of(run) == Asked(top_n=4, size_pair=("000905", "000852"))


def test_the_command_tells_the_months_and_those_the_claims_look_back_on(monkeypatch, tmp_path, capsys):
    asked_for = {}

    def no_jobs(job, tasks, **options):
        asked_for.update(tasks=tasks, **options)
        return dict.fromkeys(tasks, pd.DataFrame())

    monkeypatch.setattr(command, "run_jobs", no_jobs)
    assert command.main(["smoke", "--from", "2025-11", "--to", "2026-01", "--workers", "1"]) == 0
    days = list(asked_for["tasks"])
    assert len(days) == 14 and days[0] == "2024-12-31" and days[-1] == "2026-01-30"
    assert asked_for["tasks"][days[1]]["before"] == days[0] and asked_for["workers"] == 1
    assert "14 vintages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "last", "says"), [("2026-02", "2026-01", "comes after"), ("June", "2026-01", "write months")]
)
def test_months_that_make_no_sense_are_one_line(first, last, says, capsys):
    assert command.main(["smoke", "--from", first, "--to", last]) == 2
    assert says in capsys.readouterr().err
    with pytest.raises(ValueError, match=says):
        month_names(first, last)
