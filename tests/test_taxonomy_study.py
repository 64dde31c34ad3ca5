"""What chapter 01 says of the taxonomy follows from the printed rows, the rules and the list, row by row."""

import pandas as pd
import pytest

from helpers import published, taxonomy
from helpers.figures.table import as_table
from helpers.published.exhibits import EXHIBITS
from helpers.taxonomy import study


@pytest.fixture(scope="module")
def rows():
    return taxonomy.printed_rows()


@pytest.fixture(scope="module")
def funds():
    names = ["央企红利ETF", "央企回报ETF", "央企红利ETF", None, "神秘ETF", "国债ETF", "成长ETF", "芯片ETF", None]
    index = ["A", "A", "A", "A", None, None, "980080", "B", None]
    return pd.DataFrame({"code": [f"{i}.SH" for i in range(9)], "name": names, "index_code": index})


@pytest.fixture(scope="module")
def found(funds):
    by_fund = taxonomy.classify(
        funds, overrides=pd.DataFrame([("B", "宽基ETF", "why")], columns=["key", "level2", "reason"])
    )
    return taxonomy.one_class_per_index(by_fund, taxonomy.index_key(funds))


def test_the_scheme_counts_rules_keywords_and_printed_indices():
    table = study.scheme_table()
    rules = taxonomy.load_rules()
    assert table["printed indices"].sum() == 633 and len(table) == 14
    assert table["rules here"].sum() == (rules.rules["level2_no"] > 0).sum()
    words = published.load("s001_t04_level2_keywords")
    assert table["printed keywords"].str.split("、").str.len().sum() == len(words)


def test_outcomes_of_the_keyword_lists_are_a_partition_of_the_printed_rows(rows):
    scored = taxonomy.score_rows(rows, "printed")
    table = study.keyword_outcome(scored)
    assert table["rows"].sum() == len(rows) == 79 and table["share"].sum() == pytest.approx(1)
    assert table.loc[["own class only", "own class and another"], "rows"].sum() == scored["own"].sum()
    facts = study.keyword_facts(rows, scored)
    assert facts["own"] == scored["own"].sum()
    wrong = scored[~scored["own"] & scored["other"]]
    assert len(facts["strays"]) == wrong["printed"].nunique()
    for text, stray in zip(facts["strays"], wrong.drop_duplicates("printed").itertuples(), strict=True):
        assert text.startswith(rows.at[stray.Index, "index_name"]) and stray.matched in text


def test_quality_facts_repeat_the_table_and_the_scores(rows):
    quality = taxonomy.compare_classifiers(rows)
    facts = study.quality_facts(rows, quality)
    ours = quality.loc["rules of this book"]
    assert [facts["right"], facts["row_out"], facts["rule_out"]] == ours.tolist()
    assert facts["right"] - facts["row_out"] <= facts["tailored"] and facts["lists"] <= facts["own"]
    assert facts["seen"] >= facts["row_held"] >= facts["family_held"]


def test_rows_filed_elsewhere_carry_the_reason_of_the_rule_that_did_it(rows):
    missed = study.missed_rows(rows)
    facts = study.quality_facts(rows, taxonomy.compare_classifiers(rows))
    assert len(missed) == facts["rows"] - facts["right"]
    why = taxonomy.load_rules().rules.set_index("rule")["why"]
    for row in missed.to_dict("records"):
        assert row["printed"] != row["level2"] and row["why"] == why[row["rule"]]


def test_a_list_is_summed_up_fund_by_fund(funds, found):
    facts = study.listing_facts(funds, found)
    assert facts == {
        "funds": 9,
        "outside": 1,
        "nameless": 1,
        "silent": 1,
        "names": ["神秘ETF"],
        "by_index": 2,
        "override": 1,
    }


def test_contested_names_are_counted_and_a_missing_name_is_kept(funds, found):
    table = study.contested(funds, found)
    assert table["funds"].sum() == found["status"].eq("contested").sum() == 2
    nameless = study.contested(funds.assign(name=None), found)
    assert nameless["funds"].sum() == 2 and nameless["name"].isna().all()
    assert study.contested(funds.drop(columns="name"), found)["funds"].sum() == 2


def test_settled_funds_are_those_the_majority_or_an_override_moved(funds, found):
    table = study.settled(funds, found).set_index("code")
    assert table["status"].to_dict() == {"1.SH": "by index", "3.SH": "by index", "7.SH": "override"}
    assert table.loc["7.SH", "why"] == "why" and pd.isna(table.loc["3.SH", "name"])


def test_a_fund_without_a_name_shows_none(funds, found):
    for table in (study.contested(funds.assign(name=None), found), study.settled(funds, found)):
        shown = as_table(table)
        assert table["name"].isna().any() and "nan" not in shown.html.lower() and "none" not in shown.html.lower()


@pytest.mark.parametrize("written", ["931594", "931594.CSI", "931594.csi"])
def test_the_code_a_list_gives_a_printed_product_is_compared_bare(written):
    funds = pd.DataFrame({"code": ["512630.SH", "159667.SZ"], "index_code": [written, None]})
    codes = study.listed_codes(funds)
    assert set(codes.index) == set(EXHIBITS["S001 product list: index codes"].cells.index)
    assert codes.dropna().to_dict() == {"512630 卫星产业": "931594"}


def test_filing_growth_with_technology_moves_the_growth_indices_only(rows):
    own = taxonomy.classify(rows)
    facts = study.growth_facts(own)
    assert facts["growing"] == 2 == own["rule"].eq("growth").sum()
    technology = own["level2"].eq("科技成长主题ETF").sum()
    assert facts["technology"] * len(own) == technology and facts["technology_with"] * len(own) == technology + 2
    moved = taxonomy.classify(rows, taxonomy.load_rules().without("growth"))["level2"]
    assert facts["strategy_with"] == pytest.approx(moved.eq("策略主题ETF").mean())
    assert facts["technology_printed"] == pytest.approx(87 / 633)


@pytest.mark.parametrize(("day", "early"), [("2025-12-09", True), ("2025-12-10", False)])
def test_count_facts_say_whether_the_report_counted_later(rows, day, early):
    own = taxonomy.classify(rows)
    macro, detail = (taxonomy.beside_print(own, level) for level in (1, 2))
    kept = pd.DataFrame({"size": [1.0] * 40 + [None] * 39})
    facts = study.count_facts(kept, detail, macro, pd.Timestamp(day))
    assert facts["early"] == early and facts["indices"] == 79 and facts["printed"] == 633
    assert facts["sized"] == pytest.approx(40 / 79)
    assert facts["moved"] == pytest.approx((macro["share"] - macro["printed"]).clip(lower=0).sum())
    assert set(facts["thin"]) == set(detail.index[detail["count"] <= 5])
    assert study.count_facts(kept.drop(columns="size"), detail, macro, pd.Timestamp(day))["sized"] == 0.0


def test_two_schemes_are_crossed_over_the_rows_both_classify(rows):
    first, second = taxonomy.classify(rows), taxonomy.classify(rows, "efund")
    table = study.cross_schemes(first, second)
    assert table.shape == (14, 4)
    assert table.to_numpy().sum() == (~second["status"].isin(["outside", "unclassified"])).sum()
    facts = study.cross_facts(table)
    largest = table.max(axis=1) / table.sum(axis=1)
    assert facts["share"] == largest.min() and largest[facts["alike"]] == largest.max()
    assert study.cross_facts(table * 0) == {"alike": None, "split": None, "share": None}


def test_supply_facts_name_the_largest_gain_and_loss():
    supply = pd.DataFrame({"a": [9, 1, 3], "b": [0, 3, 1]}, index=[2019, 2020, 2021])
    facts = study.supply_facts(taxonomy.supply_trend(supply, 2021, span=1), 2021, 1)
    assert facts["up"] == {"name": "a", "before": 1, "recent": 3} and facts["down"]["name"] == "b"
    assert (facts["earlier"], facts["latest"], facts["span"]) == (2020, 2021, 1)
