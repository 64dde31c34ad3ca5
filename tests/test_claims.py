"""The article's claims as tests: each kind is true and false where it should be, and every name maps to an index."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.clustering import Samples, Settings, cluster_months, usable_dates
from helpers.clustering.claim_tests import TESTS, Condition
from helpers.clustering.claims import RULES, VERDICTS, asset_table, base_rate, judge, passes, scores, verdict, world
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
    claim = Claim("x", "together", ("中证500", "转债ETF"), ("中证1000",), quorum=0.5)
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
    still = score(claim, {**at, "光伏ETF": 1}, {**at, "光伏ETF": 1})
    assert (still["found"], still["verdict"]) == ("moved: no; 1 of 2 named clusters visited (2 asked)", "fails")
    came = score(claim, {**at, "光伏ETF": 1}, {"创业板": 1, "化工": 1, "光伏ETF": 1})
    assert (came["passes"], came["true"]) == (False, 0) and came["found"].endswith(
        "1 of 2 named clusters visited (2 asked)"
    )
    row = score(claim, {**at, "光伏ETF": 1}, {**at, "光伏ETF": 3}, {**at, "光伏ETF": 2})
    assert (row["passes"], row["true"]) == (True, 2)


def test_between_needs_both_places():
    claim = Claim("x", "between", ("黄金股ETF",), ("黄金", "有色ETF"), needed=1.0)
    gold, metal = ({"黄金": 1, "有色ETF": 2, "黄金股ETF": where} for where in (1, 2))
    assert score(claim, gold, metal)["passes"]
    always = score(claim, gold, gold)
    assert (always["verdict"], always["true"]) == ("fails", 2)
    assert always["found"] == "2 of 2 months (2 asked); 1 of 2 places visited (2 asked)"
    joined = {"黄金": 2, "有色ETF": 2, "黄金股ETF": 2}
    assert not score(claim, metal, joined)["passes"]


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
    never = score(claim, same, same, same)
    assert (never["verdict"], never["true"]) == ("fails", 0)
    assert never["found"] == "apart at least once: no; 3 of 3 months together (2 asked)"
    assert score(claim, same, same, away)["passes"]
    assert score(claim, same, away, away)["verdict"] == "fails"


def test_a_separation_that_did_not_happen_fails_whichever_way_it_did_not():
    claim = Claim("x", "separates", ("红利",), ("红利低波",), since="2025-06-30")
    one, two = {"红利": 1, "红利低波": 1}, {"红利": 1, "红利低波": 2}
    assert [score(claim, *[month] * 6)["verdict"] for month in (one, two)] == ["fails", "fails"]
    assert score(claim, one, one, one, two, two, two)["passes"]


def test_a_claim_on_all_of_several_is_not_tested_without_one_of_them():
    several = Claim("x", "together", ("中证500", "转债ETF"), ("中证1000",))
    without = {"中证500": 1, "中证1000": 1}
    row = score(several, without, without)
    assert row["verdict"] == "cannot be tested" and "转债ETF" in row["note"]
    most = Claim("x", "together", ("中证500", "国证2000", "转债ETF"), ("中证1000",), quorum=0.66)
    assert score(most, {**without, "国证2000": 1}, without)["tested"] == 1


def conditions(*counts, needed=0.75):
    return [Condition("months", np.array([k]), np.array([n]), needed) for k, n in counts]


def test_the_verdict_follows_from_what_is_asked_and_from_what_random_sets_do():
    for base, word in (
        (0.0, "holds"),
        (0.05, "holds"),
        (0.051, "says little"),
        (1.0, "says little"),
        (np.nan, "says little"),
    ):
        assert verdict(conditions((9, 12)), base) == word
    for base in (0.0, 1.0):
        assert verdict(conditions((8, 12)), base) == verdict(conditions((7, 12), (12, 12)), base) == "holds partly"
        assert verdict(conditions((6, 12)), base) == verdict(conditions((12, 12), (0, 7)), base) == "fails"
        assert verdict(conditions((3, 12), needed=0.5), base) == verdict(conditions((3, 12), needed=0.9), base)
        assert verdict(conditions((3, 3), (0, 0)), base) == "cannot be tested"
    assert set(VERDICTS) == set(RULES)


def test_more_true_months_never_make_a_worse_verdict():
    order = ["fails", "holds partly", "says little", "holds"]
    for needed in (0.5, 0.75, 0.9, 1.0):
        for total in (1, 5, 12):
            for base in (0.01, 0.5):
                ranks = [order.index(verdict(conditions((k, total), needed=needed), base)) for k in range(total + 1)]
                assert ranks == sorted(ranks)


def test_an_asset_is_found_by_name_when_the_data_carry_no_codes():
    frame = labelled({"A500": 1, "沪深300": 1})
    frame["key"] = ["中证A500", "沪深300"]
    claim = Claim("x", "together", ("A500",), ("沪深300",))
    assert judge(frame, (claim,)).table.loc[0, "passes"]


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
    computed, notes = scores(judged.table)
    assert computed.isna().all() and len(computed) == len(notes) == 20
    assert all(note.startswith("cannot be tested; not in the universe") for note in notes.values())


def test_a_claim_about_another_time_says_so_whatever_else_is_missing():
    claim = Claim("x", "together", ("红利50", "红利100"), ("红利",), quorum=0.5, since="2025-12-31")
    row = score(claim, {"红利50": 1, "红利": 1}, {"红利50": 1, "红利": 1})
    assert row["verdict"] == "cannot be tested"
    assert "红利100" in row["note"] and "2025-12" in row["note"]


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


# -- against plain sets, one set of indices at a time ------------------------------------------------------------------


def random_world(seed, keys=40, months=6, labels=6, gaps=0.05):
    """Labelled clusters of the claims' assets and of others, with gaps and correlations."""
    rng = np.random.default_rng(seed)
    names = [asset.codes[0] for asset in ASSETS.values()] + [f"x{i}" for i in range(keys)]
    base = rng.integers(labels, size=len(names))
    rows = []
    for date in pd.date_range("2025-03-31", periods=months, freq="ME"):
        base = np.where(rng.random(len(names)) < 0.2, rng.integers(labels, size=len(names)), base)
        seen = rng.random(len(names)) >= gaps
        rows += [(date, key, label, rng.uniform(0, 0.5)) for key, label, s in zip(names, base, seen, strict=True) if s]
    frame = pd.DataFrame(rows, columns=["date", "key", "label", "market_corr"])
    return frame.assign(name=frame["key"], code=frame["key"])


def by_sets(claim, frame, own):
    """Months of a claim for indices ``own``, with dictionaries and sets only."""
    months = [dict(zip(m["key"], m["label"], strict=True)) for _, m in frame.groupby("date")]
    corrs = [dict(zip(m["key"], m["market_corr"], strict=True)) for _, m in frame.groupby("date")]
    dates = sorted(frame["date"].unique())
    anchors = [ASSETS[name].codes[0] for name in claim.others]
    out = []
    for t, (at, corr) in enumerate(zip(months, corrs, strict=True)):
        before = months[t - 1] if t else {}
        value = _month(claim, own, anchors, at, before, corr, dates[t])
        late = claim.since is None or dates[t] > pd.Timestamp(claim.since)
        out.append(value if late or claim.test == "separates" else np.nan)
    return out


def _cluster(at, label):
    return {key for key, value in at.items() if value == label}


def _share(hits, n, quorum):
    if not hits or len(hits) < quorum * n - 1e-9:
        return np.nan
    return float(sum(hits) >= quorum * len(hits) - 1e-9)


def _month(claim, own, anchors, at, before, corr, date):
    here = [key for key in own if key in at]
    there = [key for key in anchors if key in at]
    beside = [any(at[key] == at[a] for a in there) for key in here]
    both = {key for key in at if key in before}
    match claim.test:
        case "together" | "rarely apart":
            if claim.others:
                value = _share(beside if there else [], len(own), claim.quorum)
            else:
                largest = max((len([k for k in here if at[k] == at[key]]) for key in here), default=0)
                few = len(here) < max(2, claim.quorum * len(own) - 1e-9)
                value = np.nan if few else float(largest >= claim.quorum * len(here) - 1e-9)
            return value if claim.test == "together" else 1.0 - value
        case "apart" | "separates":
            if len(here) < len(own) or not there:
                return np.nan
            value = float(not any(beside))
            return value if claim.test == "apart" or date > pd.Timestamp(claim.since) else 1.0 - value
        case "churn":
            if own[0] not in both:
                return np.nan
            a, b = _cluster(before, before[own[0]]) & both, _cluster(at, at[own[0]]) & both
            return float(len(a ^ b) / len(a | b) >= claim.threshold)
        case "stations":
            return float(at[own[0]] != before[own[0]]) if own[0] in both else np.nan
        case "exchange":
            soft = [{m[key] for key in own if key in m} for m in (before, at)]
            if anchors[0] not in both or not soft[0] or not soft[1]:
                return np.nan
            s = [set().union(*(_cluster(m, label) for label in x)) for m, x in zip((before, at), soft, strict=True)]
            o = [_cluster(m, m[anchors[0]]) for m in (before, at)]
            crossed = ((s[0] - o[0]) & o[1]) | ((o[0] - s[0]) & s[1])
            return float(bool(crossed) or at[anchors[0]] in soft[1])
        case "alone":
            return _share([_cluster(at, at[key]) <= {key, *anchors} for key in here], len(own), claim.quorum)
        case "between":
            return float(beside[0]) if here else np.nan
        case "uncorrelated":
            return _share([corr[key] < claim.threshold for key in here], len(own), claim.quorum)


def got(claim, frame, own, true):
    """Whether a claim reaches all it asks for, with the same plain sets; None where something is not tested."""
    true = np.array(true)
    months = [dict(zip(m["key"], m["label"], strict=True)) for _, m in frame.groupby("date")]
    dates = pd.DatetimeIndex(sorted(frame["date"].unique()))
    anchors = [ASSETS[name].codes[0] for name in claim.others]

    def enough(values, needed):
        values = values[np.isfinite(values)]
        return None if not len(values) else values.sum() >= needed * len(values) - 1e-9

    match claim.test:
        case "separates":
            late = dates > pd.Timestamp(claim.since)
            parts = [enough(true[~late], claim.needed), enough(true[late], claim.needed)]
        case "stations":
            seen = {m[own[0]] for m in months if own[0] in m and m[own[0]] in {m.get(a) for a in anchors}}
            parts = [enough(np.array([np.nanmax([*true, -1])]) if np.isfinite(true).any() else true, 1.0)]
            parts.append(len(seen) >= claim.needed * len(anchors) - 1e-9)
        case "rarely apart":
            parts = [enough(np.array([np.nanmax([*true, -1])]) if np.isfinite(true).any() else true, 1.0)]
            parts.append(enough(1.0 - true, 1.0 - claim.threshold))
        case "between":
            apart = [m for m in months if all(a in m for a in anchors) and len({m[a] for a in anchors}) > 1]
            seen = [any(m.get(own[0]) == m[a] for m in apart) for a in anchors]
            parts = [enough(true, claim.needed), all(seen)]
        case _:
            parts = [enough(true, claim.needed)]
    return None if None in parts else all(parts)


@pytest.mark.parametrize("seed", range(6))
def test_every_claim_agrees_with_plain_sets_month_by_month_and_as_a_whole(seed):
    frame = random_world(seed, labels=3 + seed)
    judged = judge(frame)
    table = judged.table.set_index("claim_id")
    for claim in CLAIMS:
        own = [ASSETS[name].codes[0] for name in claim.assets]
        true = by_sets(claim, frame, own)
        reached = got(claim, frame, own, true)
        if reached is None:
            assert table.at[claim.claim_id, "verdict"] == "cannot be tested"
            assert judged.months.loc[claim.claim_id].isna().all()
        else:
            np.testing.assert_array_equal(judged.months.loc[claim.claim_id], true, claim.claim_id)
            assert table.at[claim.claim_id, "passes"] == reached, claim.claim_id
    pd.testing.assert_series_equal(
        passes(frame) == 1, table["passes"].rename_axis(None).rename(None), check_names=False, check_dtype=False
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("claim", [c for c in CLAIMS if len(c.assets) == 1], ids=lambda c: c.claim_id)
def test_the_base_rate_of_one_index_is_the_share_of_all_others_that_pass(claim, seed):
    frame = random_world(seed, labels=3, gaps=0.02)
    w = world(frame)
    part = {key for name in (*claim.assets, *claim.others) for key in w.keys(name)}
    whole = frame.groupby("key")["date"].nunique() == frame["date"].nunique()
    others = [key for key in whole.index[whole] if key not in part]
    reached = [got(claim, frame, [key], by_sets(claim, frame, [key])) for key in others]
    tested = [r for r in reached if r is not None]
    assert base_rate(claim, w) == pytest.approx(np.mean(tested) if tested else np.nan, nan_ok=True)


@pytest.mark.parametrize("claim", [c for c in CLAIMS if len(c.assets) == 2], ids=lambda c: c.claim_id)
def test_the_base_rate_of_two_indices_is_near_the_share_of_all_pairs_that_pass(claim):
    frame = random_world(1, keys=6, labels=2, gaps=0.0)
    part = {key for name in (*claim.assets, *claim.others) for key in world(frame).keys(name)}
    others = sorted(set(frame["key"]) - part)[:20]
    frame = frame[frame["key"].isin([*others, *part])]
    pairs = [[a, b] for i, a in enumerate(others) for b in others[i + 1 :]]
    exact = np.mean([bool(got(claim, frame, pair, by_sets(claim, frame, pair))) for pair in pairs])
    drawn = base_rate(claim, world(frame), sets=4000)
    assert abs(drawn - exact) <= 5 * np.sqrt(exact * (1 - exact) / 4000) + 1e-12
    assert drawn == base_rate(claim, world(frame), sets=4000)  # the same draw each time


def test_a_claim_that_most_indices_pass_says_little_however_true_it_is():
    claim = Claim("x", "apart", ("芯片",), ("计算机",))
    month = {"芯片": 1, "计算机": 2, **{f"x{i}": 3 + i % 5 for i in range(30)}}
    row = score(claim, month, month)
    assert (row["base"], row["verdict"]) == (1.0, "says little")
    near = score(Claim("x", "together", ("芯片",), ("计算机",)), *[{**month, "芯片": 2}] * 2)
    assert (near["base"], near["verdict"]) == (0.0, "holds")


def test_too_few_indices_for_a_random_set_beat_nothing():
    claim = Claim("x", "together", ("A500",), ("沪深300",))
    row = score(claim, {"A500": 1, "沪深300": 1})
    assert np.isnan(row["base"]) and row["verdict"] == "says little"


def test_every_kind_of_test_is_asked_by_a_claim():
    assert {claim.test for claim in CLAIMS} == set(TESTS)


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
    assert judged.table["verdict"].isin(VERDICTS).all()
    assert judged.table.set_index("claim_id").at["c11", "verdict"] == "cannot be tested"  # no month before mid-2025
    assert (judged.table["tested"] > 0).sum() == 19
