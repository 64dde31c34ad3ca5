"""The article's claims as tests: each kind is true and false where it should be, and every name maps to an index."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.clustering import Samples, Settings, cluster_months, usable_dates
from helpers.clustering.claims import asset_table, judge, scores, verdict
from helpers.clustering.claims_data import ASSETS, CLAIMS, Claim
from helpers.clustering.migration import carry_labels
from helpers.sessions import month_ends

DATES = pd.date_range("2025-04-30", periods=6, freq="ME")


def labelled(*months, corr=0.1):
    """Rows of asset -> label, one dict per month; an asset stands under its first index code."""
    rows = [
        (date, ASSETS[name].codes[0] if name in ASSETS else name, label, corr)
        for date, month in zip(DATES, months, strict=False)
        for name, label in month.items()
    ]
    frame = pd.DataFrame(rows, columns=["date", "key", "label", "market_corr"])
    return frame.assign(name=frame["key"], code=frame["key"])


def strip(claim, *months, **options):
    return judge(labelled(*months, **options), (claim,)).months.iloc[0].tolist()


def score(claim, *months, **options):
    return judge(labelled(*months, **options), (claim,)).table.iloc[0]


def test_together_counts_a_month_when_enough_assets_sit_with_the_anchor():
    claim = Claim("x", "together", ("科创50", "科创100", "半导体设备"), ("芯片",), quorum=0.66)
    two = {"科创50": 1, "科创100": 1, "半导体设备": 2, "芯片": 1}
    one = {**two, "科创100": 3}
    assert strip(claim, two, one) == [1, 0]


def test_together_without_an_anchor_looks_for_the_largest_company():
    claim = Claim("x", "together", ("沪深300", "A500", "上证50"), quorum=0.66)
    assert strip(claim, {"沪深300": 1, "A500": 1, "上证50": 2}, {"沪深300": 1, "A500": 2, "上证50": 3}) == [1, 0]


def test_an_absent_asset_is_left_out_and_named_and_an_absent_anchor_makes_the_month_untestable():
    claim = Claim("x", "together", ("中证500", "转债ETF"), ("中证1000",))
    row = score(claim, {"中证500": 1, "中证1000": 1}, {"中证500": 1})
    assert (row["tested"], row["true"]) == (1, 1)
    assert "转债ETF" in row["note"]


def test_apart_is_false_when_any_anchor_is_in_the_cluster():
    claim = Claim("x", "apart", ("芯片",), ("计算机", "5GETF"))
    assert strip(claim, {"芯片": 1, "计算机": 2, "5GETF": 3}, {"芯片": 1, "计算机": 2, "5GETF": 1}) == [1, 0]


def test_a_separation_is_together_before_its_date_and_apart_after():
    claim = Claim("x", "separates", ("红利",), ("红利低波",), since="2025-06-30")
    one, two = {"红利": 1, "红利低波": 1}, {"红利": 1, "红利低波": 2}
    assert strip(claim, one, two, one, two, one) == [1, 0, 1, 1, 0]
    before = score(claim, one, one)
    assert before["verdict"] == "cannot be tested" and "2025-06" in before["note"]


def test_a_claim_about_later_months_ignores_the_earlier_ones():
    claim = Claim("x", "together", ("银行ETF",), ("红利低波",), since="2025-06-30")
    months = strip(claim, *[{"银行ETF": 1, "红利低波": 1}] * 4)
    assert np.isnan(months[:3]).all() and months[3] == 1


def test_churn_compares_who_came_and_went_with_all_members():
    claim = Claim("x", "churn", ("中证1000",), threshold=0.5)
    calm = {"中证1000": 1, "a": 1, "b": 1, "c": 2}
    moved = {"中证1000": 1, "a": 2, "b": 2, "c": 1}
    assert strip(claim, calm, calm, moved)[1:] == [0, 1]


def test_stations_count_the_clusters_it_moved_to_not_the_company_that_came():
    claim = Claim("x", "stations", ("光伏ETF",), ("创业板", "化工"), needed=1.0)
    at = {"创业板": 1, "化工": 2}
    assert score(claim, {**at, "光伏ETF": 1}, {**at, "光伏ETF": 1})["score"] == 50
    came = score(claim, {**at, "光伏ETF": 1}, {"创业板": 1, "化工": 1, "光伏ETF": 1})
    assert (came["score"], came["true"]) == (50, 0)
    row = score(claim, {**at, "光伏ETF": 1}, {**at, "光伏ETF": 3}, {**at, "光伏ETF": 2})
    assert (row["score"], row["true"]) == (100, 2)


def test_between_needs_both_places():
    claim = Claim("x", "between", ("黄金股ETF",), ("黄金", "有色ETF"), needed=1.0)
    gold, metal = ({"黄金": 1, "有色ETF": 2, "黄金股ETF": where} for where in (1, 2))
    assert score(claim, gold, metal)["score"] == 100
    assert score(claim, gold, gold)["score"] == 50
    joined = {"黄金": 2, "有色ETF": 2, "黄金股ETF": 2}
    assert score(claim, metal, joined)["score"] == 50


def test_exchange_sees_a_crossing_and_a_common_cluster_but_not_calm():
    claim = Claim("x", "exchange", ("5GETF", "计算机"), ("创业板",))
    calm = {"5GETF": 1, "计算机": 1, "创业板": 2, "a": 1}
    assert strip(claim, calm, calm, {**calm, "a": 2}, {**calm, "创业板": 1})[1:] == [0, 1, 1]


def test_alone_allows_only_the_family():
    claim = Claim("x", "alone", ("沙特", "标普生物"), ("纳指生物",))
    family = {"沙特": 1, "标普生物": 2, "纳指生物": 2, "a": 3}
    assert strip(claim, family, {**family, "a": 2}, {**family, "沙特": 3}) == [1, 0, 0]


def test_uncorrelated_reads_the_mean_correlation():
    claim = Claim("x", "uncorrelated", ("黄金",), threshold=0.2)
    assert strip(claim, {"黄金": 1}, corr=0.1) == [1]
    assert strip(claim, {"黄金": 1}, corr=0.3) == [0]


def test_rarely_apart_fails_when_never_and_when_mostly():
    claim = Claim("x", "rarely apart", ("日经225", "德国"), ("标普500",), threshold=1 / 3)
    same, away = {"日经225": 1, "德国": 1, "标普500": 1}, {"日经225": 1, "德国": 2, "标普500": 1}
    assert score(claim, same, same, same)["score"] == 0
    assert score(claim, same, same, away)["score"] == 100
    assert 0 < score(claim, same, away, away)["score"] < 100
    assert score(claim, away, away, away)["score"] == 0


def test_the_score_is_the_share_of_months_over_the_share_needed():
    claim = Claim("x", "together", ("A500",), ("沪深300",), needed=0.75)
    same, other = {"A500": 1, "沪深300": 1}, {"A500": 2, "沪深300": 1}
    row = score(claim, same, same, other, other)
    assert row["score"] == pytest.approx(100 * 0.5 / 0.75) and row["verdict"] == "holds partly"
    assert score(claim, same, same, same, other)["verdict"] == "holds"
    assert [verdict(s) for s in (100, 99, 33.4, 33.3, 0)] == ["holds", "holds partly", "holds partly", "fails", "fails"]


def test_an_asset_is_found_by_name_when_the_data_carry_no_codes():
    frame = labelled({"A500": 1, "沪深300": 1})
    frame["key"] = ["中证A500", "沪深300"]
    claim = Claim("x", "together", ("A500",), ("沪深300",))
    assert judge(frame, (claim,)).table.loc[0, "verdict"] == "holds"


def test_the_first_code_with_a_fund_in_the_month_stands_for_the_asset():
    frame = labelled({"A500": 1, "沪深300": 1}, {"A500": 1, "沪深300": 1})
    five = pd.DataFrame({"date": DATES[:2], "key": ["931406", "931079"], "label": [1, 1], "market_corr": 0.1})
    claim = Claim("x", "together", ("5GETF",), ("沪深300",))
    assert judge(pd.concat([frame, five]), (claim,)).months.iloc[0].tolist() == [1, 1]


def test_every_published_claim_has_a_test_and_every_asset_is_defined():
    table = published.load("claims")
    assert [c.claim_id for c in CLAIMS] == table["claim_id"].tolist()
    assert {name for c in CLAIMS for name in (*c.assets, *c.others)} <= set(ASSETS)
    assert {name for c in CLAIMS for name in (*c.assets, *c.others)} == set(ASSETS)
    assert all(c.statement() and "{" not in c.statement() for c in CLAIMS)


def test_claims_without_a_universe_cannot_be_tested_and_say_why():
    judged = judge(labelled({"x1": 1, "x2": 2}, {"x1": 1, "x2": 2}))
    assert set(judged.table["verdict"]) == {"cannot be tested"}
    assert judged.table["note"].str.contains("not in the universe").all()
    computed, notes = scores(judged)
    assert computed.isna().all() and len(computed) == len(notes) == 20


def test_a_claim_about_another_time_says_so_whatever_else_is_missing():
    claim = Claim("x", "together", ("银行ETF", "800银行"), ("红利低波",), since="2025-12-31")
    row = score(claim, {"银行ETF": 1, "红利低波": 1}, {"银行ETF": 1, "红利低波": 1})
    assert row["verdict"] == "cannot be tested"
    assert "800银行" in row["note"] and "2025-12" in row["note"]


def test_a_claim_whose_assets_never_meet_says_so():
    claim = Claim("x", "together", ("A500",), ("沪深300",))
    row = score(claim, {"A500": 1}, {"沪深300": 1})
    assert row["verdict"] == "cannot be tested" and "never in the universe" in row["note"]


def test_later_months_do_not_change_what_earlier_ones_say():
    rng = np.random.default_rng(3)
    months = [{name: int(rng.integers(4)) for name in ASSETS} for _ in DATES]
    full, early = judge(labelled(*months)).months, judge(labelled(*months[:4])).months
    everywhere = [c.claim_id for c in CLAIMS if c.since is None]
    pd.testing.assert_frame_equal(full.loc[everywhere, DATES[:4]], early.loc[everywhere])


def tradable_months(etf_list, daily, ends, index_codes, sessions=120, least=0.9, window=60, amount=1e7):
    """Months in which a fund on one of the indices has the returns and the turnover that a clustering asks for."""
    funds = etf_list.loc[etf_list["index_code"].isin(index_codes), ["code", "list_date"]]
    wide = daily[daily["code"].isin(funds["code"])].pivot(index="date", columns="code", values=["adj_close", "amount"])
    wide = wide.reindex(np.sort(daily["date"].unique()))
    months = 0
    for end in ends:
        seen = wide.loc[:end]
        enough = seen["adj_close"].iloc[-sessions - 1 :].pct_change(fill_method=None).count() >= least * sessions
        days = seen["amount"].iloc[-window:]
        listed = funds.set_index("code")["list_date"].reindex(days.columns)
        turnover = pd.Series({c: days.loc[listed[c] :, c].fillna(0.0).median() for c in days})
        months += bool((enough & (turnover >= amount) & (listed <= end)).any())
    return months


@pytest.mark.snapshot
def test_every_asset_of_the_claims_maps_on_the_snapshot_or_says_why_not(snapshot_dir):
    etf_list = pd.read_parquet(snapshot_dir / "etf_list.parquet")
    daily = pd.read_parquet(snapshot_dir / "etf_daily.parquet").query("date > '2025-06-01' and date <= '2026-01-30'")
    ends = usable_dates(daily, month_ends(daily["date"]), 120)
    membership = carry_labels(cluster_months(Samples(daily, etf_list), ends, Settings()))
    assets = asset_table(etf_list, membership).set_index("asset")
    assert set(assets.index) == set(ASSETS)
    assert assets["months"].to_dict() == {a: tradable_months(etf_list, daily, ends, ASSETS[a].codes) for a in ASSETS}
    unseen, unlisted = membership[membership["key"] != "N225"], etf_list[etf_list["index_code"] != "N225"]
    for funds, why in ((etf_list, "no fund of it passes the filters or has daily data"), (unlisted, "no fund tracks")):
        assert why in asset_table(funds, unseen).set_index("asset").at["日经225", "status"]
    judged = judge(membership)
    assert judged.table["verdict"].isin(["holds", "holds partly", "fails", "cannot be tested"]).all()
    assert judged.table.set_index("claim_id").at["c11", "verdict"] == "cannot be tested"  # no month before mid-2025
    assert (judged.table["tested"] > 0).sum() == 19
