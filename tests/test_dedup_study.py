"""The tables and facts of chapter 02 follow from the list, the prices and the dedup, row by row."""

import numpy as np
import pandas as pd
import pytest

from helpers.dedup import dedup_by_index, study
from helpers.dedup.choices import blind_tests, compare_survivors
from helpers.dedup.prices import MergeCheck
from helpers.figures.table import as_table

DAY = pd.Timestamp("2024-06-28")


@pytest.fixture
def etf_list():
    """Two indices with several funds, one with one, gold with and without a code, a bare stock fund, one not listed."""
    rows = [
        ("a1", "甲一", "000300", "沪深300", "stock", "2019-01-02"),
        ("a2", "甲二", "399300", "沪深300", "stock", "2020-01-02"),
        ("a3", None, "000300", None, "stock", "2021-01-04"),
        ("b1", "乙一", "000905", "中证500", "stock", "2020-01-02"),
        ("b2", "乙二", "000905", None, "stock", "2021-01-04"),
        ("c1", "丙一", "H30533", "中国互联网", "qdii", "2021-01-04"),
        ("g1", "金一", "AU9999", "黄金9999", "commodity", "2013-07-29"),
        ("g2", "金二", None, None, "commodity", "2020-01-02"),
        ("s1", "豆一", None, None, "commodity", "2020-01-02"),
        ("x1", None, None, None, "stock", "2022-01-04"),
        ("x2", None, None, None, None, "2024-07-01"),
    ]
    frame = pd.DataFrame(rows, columns=["code", "name", "index_code", "index_name", "fund_type", "list_date"])
    marks = {"g1": "黄金现货实盘合约Au99.99收益率", "g2": "国内黄金现货价格收益率", "s1": "豆粕期货价格指数收益率"}
    return frame.assign(benchmark=frame["code"].map(marks), list_date=pd.to_datetime(frame["list_date"]))


@pytest.fixture
def etf_daily(etf_list):
    days = pd.bdate_range(end=DAY, periods=30)
    amount = dict(zip(etf_list["code"], [9e7, 5e7, 1e5, 3e7, 1e5, 2e7, 8e7, 2e7, 2e7, 1e5, 1e8], strict=True))
    rows = [(day, code, 1.0, cny) for code, cny in amount.items() for day in days]
    return pd.DataFrame(rows, columns=["date", "code", "adj_close", "amount"])


@pytest.fixture
def full(etf_list, etf_daily):
    return dedup_by_index(etf_list, etf_daily, date=DAY)


@pytest.fixture
def result(etf_list, etf_daily):
    return dedup_by_index(etf_list, etf_daily, date=DAY, min_amount=1e7)


def test_holes_count_what_each_type_lacks(etf_list):
    table = study.holes(etf_list)
    assert table["funds"].sum() == len(etf_list) and table["funds"].is_monotonic_decreasing
    assert table.loc["stock", ["name", "index_code", "index_name", "funds"]].tolist() == [2, 1, 3, 6]
    assert table.loc["unknown", "funds"] == 1 and "mgmt_fee" not in table
    assert study.holes(etf_list.drop(columns="fund_type")).loc["all", "funds"] == len(etf_list)


@pytest.mark.parametrize(
    ("medians", "used", "told"),
    [
        ([0.5, 0.99, 0.995], 1e6, {"found": True, "filter": 1.0, "agrees": True, "best": 0.995}),
        ([0.5, 0.99, np.nan], 2e6, {"found": True, "filter": 1.0, "agrees": False, "best": 0.99}),
        ([0.99, 0.99, 0.99], 0.0, {"found": True, "filter": 0.0, "agrees": True, "best": 0.99}),
    ],
)
def test_the_filter_begins_where_all_that_follows_is_quiet(medians, used, told):
    noise = pd.DataFrame({"low": [0.0, 1e6, 2e6], "median": medians})
    assert study.noise_facts(noise, used) == {**told, "used": used / 1e6}


def test_no_quiet_class_is_told_and_agrees_with_nothing():
    facts = study.noise_facts(pd.DataFrame({"low": [0.0, 1e6], "median": [0.99, 0.9]}), 1e6)
    assert not facts["found"] and not facts["agrees"] and np.isnan(facts["filter"])


def test_key_rules_count_every_fund_once_in_each_scheme(etf_list):
    table = study.key_rules(etf_list)
    assert list(table.columns) == ["article", "normalised"]
    assert table.sum().tolist() == [len(etf_list)] * 2
    assert table.loc["gold", "article"] == 2  # soy beans among them
    assert table.loc["gold", "normalised"] == 1


def test_a_rewritten_code_is_listed_with_its_rule_and_a_fund(etf_list):
    rows = study.rewritten_codes(etf_list).to_dict("records")
    assert rows == [{"rule": "exchange twin", "as written": "399300", "key": "000300", "funds": 1, "example": "甲二"}]


def test_groups_are_counted_among_listed_funds_only(etf_list):
    assert study.key_facts(etf_list, DAY) == {"listed": 10, "normalised": 6, "article": 7}
    assert study.key_facts(etf_list, pd.Timestamp("2019-12-31")) == {"listed": 2, "normalised": 2, "article": 2}


def test_bare_funds_are_gold_or_not_and_none_is_no_claim(etf_list):
    assert study.bare_facts(etf_list, DAY) == {"bare": 3, "gold": 1, "others": 2}
    assert study.bare_facts(etf_list, pd.Timestamp("2024-07-01"))["bare"] == 4
    assert study.bare_facts(etf_list[etf_list["index_code"].notna()], DAY) == {"bare": 0, "gold": 0, "others": None}


def test_names_stand_after_their_codes_and_a_nameless_fund_stays_without_one(etf_list):
    table = pd.DataFrame({"code_a": ["a1", "a3"], "survivor": ["b1", None]})
    told = study.with_names(table, etf_list, "code_a", "survivor")
    assert list(told.columns) == ["code_a", "name_a", "survivor", "survivor_name"]
    assert told["name_a"].tolist()[0] == "甲一" and told.iloc[1, [1, 3]].isna().all()
    bare = study.with_names(table, etf_list.drop(columns="name"), "code_a")
    assert bare["name_a"].isna().all()


def test_an_index_is_named_by_its_own_code_first():
    etf_list = pd.DataFrame(
        {
            "code": ["a", "b", "c", "d"],
            "index_code": ["SHAU", "AU9999", "X1", None],
            "index_name": ["上海金", "黄金9999", None, None],
            "name": ["金ETF", "黄金ETF", "甲ETF", "货币ETF"],
        }
    )
    keys = pd.Series({"a": "AU9999", "b": "AU9999", "c": "X1", "d": "cash"})
    assert study.index_names(etf_list, keys).to_dict() == {"AU9999": "黄金9999", "X1": "甲ETF", "cash": "money market"}


@pytest.mark.parametrize("each", [1, 2])
def test_examples_of_dropped_funds_are_some_of_each_rule(result, etf_list, each):
    some = study.examples_of_dropped(result, etf_list, each)
    assert set(some["rule"]) == set(result.dropped["rule"])
    assert (some["rule"].value_counts() <= each).all()
    whole = result.dropped.set_index("code")
    for row in some.to_dict("records"):
        assert whole.at[row["code"], "rule"] == row["rule"] and whole.at[row["code"], "key"] == row["key"]


def test_a_fund_without_a_name_shows_none(result, etf_list):
    for table in (study.examples_of_dropped(result, etf_list), study.rewritten_codes(etf_list.assign(name=None))):
        shown = as_table(table)
        assert table.isna().any().any() and "nan" not in shown.html.lower() and "none" not in shown.html.lower()


def test_crowding_splits_every_index_into_liquid_and_thin(full, result, etf_list):
    crowd = study.crowding(full, result, etf_list).set_index("key")
    assert crowd.loc["000300", ["all", "liquid", "thin"]].tolist() == [3, 2, 1]
    assert crowd.loc["000905", ["all", "liquid", "thin"]].tolist() == [2, 1, 1]
    assert (crowd["all"] == crowd["liquid"] + crowd["thin"]).all() and crowd["all"].sum() == 10
    assert crowd.loc["000300", "index"] == "沪深300  000300"
    facts = study.crowding_facts(crowd, top=1)
    assert facts["indices"] == len(result.representatives)
    assert facts["share"] == 3 / 10 and facts["single"] == (crowd["all"] == 1).mean() and facts["top"] == 1


def test_blind_facts_repeat_the_table_and_leave_out_what_was_not_run(etf_list):
    twice = pd.concat([etf_list, etf_list.assign(code=etf_list["code"] + "'")], ignore_index=True)
    table = blind_tests(twice)
    facts = study.blind_facts(table)
    assert facts["right"] == table.loc[("commodity funds, both hidden", "normalised"), "right"]
    assert facts["all_found"] == table.loc[("codes and names hidden", "normalised"), "found"]
    stocks = study.blind_facts(blind_tests(twice[twice["fund_type"] == "stock"]))
    assert stocks["right"] is None and stocks["all_found"] is not None


def pairs():
    rho = [0.995, 0.985, 0.90, 0.80, 0.70, 0.60]
    kind = ["plain", "plain", "plain", "enhanced", "enhanced", "money market"]
    codes = {"code_a": list("abcdef"), "code_b": list("ghijkl")}
    return pd.DataFrame({"key": "k", **codes, "correlation": rho, "in_ranks": 0.96, "kind": kind})


def test_pairs_are_summarised_by_kind():
    table = study.pairs_by_kind(pairs())
    assert table.loc["plain", "pairs"] == 3 and table.loc["plain", "median"] == 0.985
    assert table.loc["plain", ["below 0.99", "below 0.95"]].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert (table["below 0.95 in ranks"] == 0).all()


def test_the_worst_pairs_are_the_lowest_of_each_kind(etf_list):
    worst = study.worst_pairs(pairs(), etf_list, each=1)
    assert worst.set_index("kind")["correlation"].to_dict() == {"enhanced": 0.70, "money market": 0.60, "plain": 0.90}


def test_a_pair_of_indices_is_listed_once_whatever_its_order():
    rows = [("x", "y", "1", "2", 0.999), ("y", "x", "3", "4", 0.998), ("x", "z", "1", "5", 0.991)]
    alike = pd.DataFrame(rows, columns=["key_a", "key_b", "code_a", "code_b", "correlation"])
    found = study.alike_indices(MergeCheck(alike.iloc[:0], alike, 0), {"x": "甲", "y": "乙"})
    assert found["correlation"].tolist() == [0.999, 0.991]
    assert found["index_a"].tolist() == ["甲", "甲"] and found["index_b"].isna().tolist() == [False, True]
    assert study.alike_indices(MergeCheck(alike.iloc[:0], alike.iloc[:0], 0), {}).empty


def test_agreement_counts_pairs_and_how_far_the_test_reaches():
    suspects = pd.DataFrame({"code": ["a", "b"], "in_ranks": [True, False]})
    facts = study.agreement_facts(pairs(), pairs().head(2), suspects, pd.Series({"a": "x", "b": "x", "c": "y"}))
    assert facts == {
        "pairs": 6,
        "apart": 5,
        "plain_apart": pytest.approx(1 / 3),
        "alike": 2,
        "suspects": 2,
        "in_ranks": 1,
        "testable": 2,
        "funds": 3,
    }


def test_survivor_facts_are_in_millions(etf_list, etf_daily):
    table = compare_survivors(etf_list, etf_daily, date=DAY)
    facts = study.survivor_facts(table)
    rows = table.set_index("survivor")
    assert (
        facts["contested"] == rows.at["earliest", "contested"] and facts["differ"] == rows.at["most_traded", "differ"]
    )
    assert facts["most_traded"] * 1e6 == rows.at["most_traded", "turnover"] >= facts["earliest"] * 1e6
