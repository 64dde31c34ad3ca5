"""The taxonomy: rules as data, one class per fund, a reason for each, and judged honestly."""

import re

import numpy as np
import pandas as pd
import pytest

from helpers import published, taxonomy
from helpers.figures import taxonomy as draw
from helpers.published.exhibits import EXHIBITS
from helpers.scoreboard import verdict
from helpers.tables import MissingTable
from helpers.taxonomy import census, engine, judge
from helpers.taxonomy.rules import RuleSet


@pytest.fixture(scope="module")
def rows():
    return taxonomy.printed_rows()


def frame(*names, **columns):
    """Return funds with the given names."""
    return pd.DataFrame({"name": list(names), **columns})


def level2(name, **columns):
    """Return the detailed class of one name under the book's rules."""
    return taxonomy.classify(frame(name, **{k: [v] for k, v in columns.items()}))["level2"].iloc[0]


# the scheme


def test_the_scheme_is_the_printed_one():
    classes = taxonomy.load_rules().classes
    printed = published.load("s001_t03_taxonomy_level2").dropna(subset=["level2_no"])
    assert classes["level2"].tolist() == printed["level2"].tolist()
    assert classes["level1"].tolist() == printed["level1"].tolist()
    assert classes["level1"].nunique() == 5 and len(classes) == 14


def test_the_second_scheme_holds_the_22_printed_labels():
    classes = taxonomy.load_rules("efund").classes
    printed = published.load("s001_t02_efund_labels")
    assert classes["level1"].tolist() == printed["label_level1"].tolist()
    assert classes["level2"].str.partition("·")[2].tolist() == printed["label_level2"].tolist()


@pytest.mark.parametrize("name", taxonomy.rule_sets())
def test_every_class_but_those_never_asked_for_has_a_rule(name):
    rules = taxonomy.load_rules(name)
    assert set(rules.classes["level2_no"]) <= set(rules.rules["level2_no"])
    assert rules.rules["why"].str.len().gt(0).all()


# the printed rows


def test_printed_keywords_put_38_of_79_rows_in_their_class_as_checked(rows):
    score = taxonomy.score_rows(rows, "printed")
    assert len(score) == 79
    assert score["own"].sum() == 38
    assert (score["own"] & score["other"]).sum() == 7
    assert (~score["own"] & score["other"]).sum() == 10
    assert (~score["own"] & ~score["other"]).sum() == 31


def test_the_books_rules_reach_76_of_79_without_overrides(rows):
    assert taxonomy.score_rows(rows, "atlas")["right"].sum() >= 76


def test_striking_a_rule_changes_only_rows_it_decided(rows):
    rules = taxonomy.load_rules()
    before, after = taxonomy.classify(rows, rules), taxonomy.classify(rows, rules.without("chip"))
    moved = before["level2"].ne(after["level2"])
    assert moved.any() and before.loc[moved, "rule"].eq("chip").all()


def test_holding_rows_out_can_only_lower_the_count(rows):
    held = taxonomy.held_out(rows)
    right = taxonomy.score_rows(rows, "atlas")["right"]
    assert held["row_out"].sum() <= right.sum()
    assert held["rule_out"].sum() < held["row_out"].sum()
    assert held.loc[held["supported"], "row_out"].equals(right[held["supported"]])


def test_a_rule_no_other_row_and_no_printed_keyword_calls_for_is_unsupported(rows):
    held = taxonomy.held_out(rows)
    assert not held.loc[2, "supported"]  # the only machine-tool row
    assert held.loc[24, "supported"]  # chips: many rows, and a printed keyword


def test_the_learned_model_never_sees_the_row_it_predicts(rows):
    poisoned = rows.copy()
    poisoned.loc[24, ["name", "index_name"]] = ["独一无二", "独一无二"]
    for label in ("制造业主题ETF", "(申万)行业ETF"):
        poisoned.loc[24, "level2"] = label
        found = taxonomy.NgramModel().cross_predict(poisoned, pd.Series(poisoned.index == 24, poisoned.index))
        if label == "制造业主题ETF":
            first = found[24]
    assert found[24] == first


def test_the_learned_model_loses_when_whole_families_are_held_out(rows):
    model, truth = taxonomy.NgramModel(), rows["level2"]
    families = taxonomy.score_rows(rows, "atlas")["rule"]
    fitted = model.fit(rows).predict(rows).eq(truth).sum()
    one_out = model.cross_predict(rows).eq(truth).sum()
    family_out = model.cross_predict(rows, families).eq(truth).sum()
    assert 79 >= fitted > one_out > family_out > 79 / 14


# precedence and reasons


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("创业板人工智能ETF", "科技成长主题ETF"),  # theme before board
        ("创业板医药ETF", "(申万)行业ETF"),
        ("科创50ETF", "宽基ETF"),
        ("证券先锋策略ETF", "(申万)行业ETF"),
        ("港股通创新药ETF", "跨境主题ETF"),  # market before industry
        ("沪港深云计算ETF", "科技成长主题ETF"),  # but not for mainland-and-Hong-Kong themes
        ("沪港深500ETF", "跨境主题ETF"),
        ("中韩半导体ETF", "科技成长主题ETF"),
        ("标普A股红利ETF", "策略主题ETF"),
        ("黄金ETF", "商品主题ETF"),
        ("黄金股ETF", "资源主题ETF"),
        ("工业有色ETF", "资源主题ETF"),
        ("工业软件ETF", "科技成长主题ETF"),
        ("中证500工业ETF", "制造业主题ETF"),
        ("MSCI中国A50互联互通ETF", "宽基ETF"),
        ("恒生科技ETF", "跨境主题ETF"),
        ("科创新材料ETF", "制造业主题ETF"),
        ("民企300ETF", "民企主题ETF"),
        ("周期ETF", "周期主题ETF"),
    ],
)
def test_precedence(name, expected):
    assert level2(name) == expected


GROWTH = {
    "399372": "大盘成长",
    "980080": "成长100",
    "931589": "300成长创新",
    "399667": "创业成长",
    "931590": "500成长创新",
    "000918": "300成长",
    "399326": "成长40",
    "399296": "创成长",
    "931591": "1000成长创新",
    "000690": "科创成长",
}


@pytest.mark.parametrize("name", GROWTH.values())
def test_growth_is_a_style_and_no_technology(name):
    found = taxonomy.classify(frame(f"{name}ETF")).iloc[0]
    assert (found["level2"], found["rule"], found["status"]) == ("策略主题ETF", "growth", "decided")
    assert "style" in found["why"] and "the report prints 成长 as a keyword of technology" in found["why"]


def test_growth_moves_the_two_printed_rows_it_is_about_and_no_other(rows):
    with_rule, without = (taxonomy.score_rows(rows, r) for r in ("atlas", taxonomy.load_rules().without("growth")))
    moved = rows.index[with_rule["level2"].ne(without["level2"])]
    assert rows.loc[moved, "index_name"].tolist() == ["创成长", "成长100"]
    assert rows.loc[moved, "level2"].eq("科技成长主题ETF").all()  # as printed


@pytest.mark.parametrize(
    ("name", "expected", "why"),
    [
        ("通信ETF", "(申万)行业ETF", "SW industry"),
        ("通信设备ETF", "(申万)行业ETF", "SW industry"),
        ("电信ETF", "(申万)行业ETF", "SW industry"),
        ("计算机ETF", "(申万)行业ETF", "SW industry"),
        ("电子50ETF", "(申万)行业ETF", "SW industry"),
        ("汽车ETF", "(申万)行业ETF", "SW industry"),
        ("工程机械ETF", "(申万)行业ETF", "printed keyword of manufacturing"),
        ("5GETF", "科技成长主题ETF", "runs through 通信, 电子 and 计算机"),
        ("5G通信ETF", "科技成长主题ETF", "runs through 通信, 电子 and 计算机"),
        ("芯片ETF", "科技成长主题ETF", "narrower than the industry 电子"),
        ("消费电子ETF", "科技成长主题ETF", "narrower than the industry 电子"),
        ("软件ETF", "科技成长主题ETF", "narrower than the industry 计算机"),
        ("云计算ETF", "科技成长主题ETF", "narrower than the industry 计算机"),
        ("信息技术ETF", "科技成长主题ETF", "wider than any SW industry"),
        ("TMTETF", "科技成长主题ETF", "several industries"),
        ("可选消费ETF", "消费主题ETF", "printed keywords"),
        ("创医药ETF", "(申万)行业ETF", "printed rows"),
    ],
)
def test_the_border_of_technology_and_industries_says_why(name, expected, why):
    found = taxonomy.classify(frame(name)).iloc[0]
    assert found["level2"] == expected and why in found["why"]


def test_a_reason_that_cites_printed_rows_cites_rows_of_its_class(rows):
    rules = taxonomy.load_rules()
    names = rules.classes.set_index("level2_no")["level2"]
    cited = 0
    for rule in rules.rules.itertuples():
        for serial in re.findall(r"\d+", "".join(re.findall(r"printed rows?((?:,? \d+)+)", rule.why))):
            assert rows.loc[int(serial), "level2"] == names[rule.level2_no], (rule.rule, serial)
            cited += 1
    assert cited > 10


def test_the_managers_name_is_no_keyword():
    assert level2("浙商中证500ETF", manager="浙商基金") == "宽基ETF"
    assert level2("浙江国资ETF", manager="浙商基金") == "地域经济主题ETF"


def test_width_case_and_spaces_do_not_matter():
    assert level2("科创ａｉ ＥＴＦ") == level2("科创AIETF") == "科技成长主题ETF"


def test_type_decides_where_names_do_not():
    assert level2("安第斯ETF", fund_type="qdii") == "跨境主题ETF"
    assert level2("安第斯ETF", fund_type="stock") == taxonomy.UNCLASSIFIED


def test_bonds_and_money_are_outside_not_unclassified():
    found = taxonomy.classify(frame("华夏快线", "信用债ETF", fund_type=["money", None]))
    assert found["status"].tolist() == ["outside", "outside"]


def test_every_row_says_which_rule_decided_and_on_what():
    found = taxonomy.classify(frame("某ETF", index_name=["中证稀土产业"])).iloc[0]
    assert (found["rule"], found["field"], found["matched"]) == ("metal", "index_name", "稀土")
    assert found["why"]


def test_two_rules_of_one_rank_make_a_row_contested_and_the_loser_is_named():
    found = taxonomy.classify(frame("央企红利ETF")).iloc[0]
    assert found["status"] == "contested"
    assert found["level2"] == "策略主题ETF" and found["also"].split("|")[0] == "国企主题ETF"


def test_the_benchmark_is_read_only_where_names_are_silent():
    funds = frame("某某ETF", "芯片ETF", benchmark=["中证银行指数收益率", "中证银行指数收益率"])
    assert taxonomy.classify(funds)["level2"].tolist() == ["(申万)行业ETF", "科技成长主题ETF"]


def test_a_benchmark_nobody_needs_and_an_empty_table_do_no_harm():
    funds = frame("芯片ETF", "银行ETF", benchmark=["x", None])
    assert taxonomy.classify(funds)["status"].eq("decided").all()
    empty = taxonomy.classify(funds.iloc[:0])
    assert empty.empty and "level2" in empty
    assert taxonomy.class_counts(empty)["count"].sum() == 0


def test_a_row_without_a_name_is_unclassified_in_every_column():
    found = taxonomy.classify(pd.DataFrame({"name": [None], "index_name": [np.nan]})).iloc[0]
    assert found["status"] == "unclassified"
    assert found["level1"] == found["level2"] == taxonomy.UNCLASSIFIED


@pytest.mark.parametrize("rules", taxonomy.rule_sets())
def test_classes_are_a_partition(rows, rules):
    found = taxonomy.classify(rows, rules)
    assert len(found) == len(rows) and found.index.equals(rows.index)
    level1 = taxonomy.load_rules(rules).classes.set_index("level2")["level1"]
    named = found[found["status"] != "unclassified"]
    assert named["level1"].tolist() == level1[named["level2"]].tolist()


def test_classifying_is_independent_of_row_order_and_company(rows):
    shuffled = rows.sample(frac=1, random_state=3)
    whole = taxonomy.classify(rows)
    pd.testing.assert_frame_equal(taxonomy.classify(shuffled).sort_index(), whole)
    pd.testing.assert_frame_equal(taxonomy.classify(rows.iloc[[7]]), whole.iloc[[7]])


def test_a_table_without_any_name_is_refused():
    with pytest.raises(ValueError, match="index_name, name, benchmark"):
        taxonomy.classify(pd.DataFrame({"code": ["510300.SH"]}))


# overrides


def test_an_override_wins_and_a_funds_own_line_wins_over_its_index():
    funds = frame("芯片ETF", "芯片ETF", code=["1.SH", "2.SH"], index_code=["990001", "990001"])
    lines = [("990001", "宽基ETF", "index line"), ("2.SH", "绿色主题ETF", "fund line")]
    found = taxonomy.classify(funds, overrides=pd.DataFrame(lines, columns=["key", "level2", "reason"]))
    assert found["level2"].tolist() == ["宽基ETF", "绿色主题ETF"]
    assert found["why"].tolist() == ["index line", "fund line"]
    assert found["status"].eq("override").all()
    assert found["level1"].tolist() == ["市场基准与分析框架", "产业趋势与升级"]


def test_shipped_overrides_name_classes_and_reasons():
    overrides = taxonomy.load_overrides()
    assert set(overrides["level2"]) <= set(taxonomy.load_rules().classes["level2"])
    assert overrides["reason"].str.len().gt(10).all()


def test_no_printed_row_is_overridden(rows):
    assert not set(taxonomy.load_overrides()["key"]) & set(rows["index_code"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("key,level2\n1,宽基ETF\n", "column 'reason' is missing"),
        ("key,level2,reason\n1,宽基ETF, \n", "line 2: 1 gives no reason"),
        ("key,level2,reason\n1,宽基ETF,a\n1,宽基ETF,b\n", "1 appears twice"),
    ],
)
def test_bad_overrides_are_refused(tmp_path, text, message):
    path = tmp_path / "overrides.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        taxonomy.load_overrides(path)


def test_an_override_to_an_unknown_class_is_refused():
    table = pd.DataFrame({"key": ["1"], "level2": ["神秘"], "reason": ["x"]})
    with pytest.raises(ValueError, match="'神秘' is no class"):
        taxonomy.classify(frame("芯片ETF", code=["1"]), overrides=table)


# rule files


def broken(**change):
    """Return the book's rule set with one field of its first text rule changed."""
    rules = taxonomy.load_rules()
    table = rules.rules.copy()
    row = table.index[table["pattern"].ne("")][0]
    for column, value in change.items():
        table.loc[row, column] = value
    return RuleSet("mine", rules.classes, table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level2_no": 99}, "no class has number 99"),
        ({"rule": "chip"}, "rule 'chip' appears twice"),
        ({"pattern": "("}, "unterminated"),
        ({"pattern": "", "fund_type": ""}, "would fire on everything"),
    ],
)
def test_a_broken_rule_file_says_what_is_wrong(change, message):
    from helpers.taxonomy.rules import _checked

    with pytest.raises(ValueError, match=message):
        _checked(broken(**change))


def test_unknown_rule_sets_and_rules_are_refused():
    with pytest.raises(ValueError, match="atlas, printed, efund"):
        taxonomy.load_rules("mine")
    with pytest.raises(ValueError, match="no rule 'nope'"):
        taxonomy.load_rules().without("nope")


# indices and counts


def test_funds_of_one_index_end_in_one_class_and_a_nameless_one_inherits():
    funds = frame("央企红利ETF", "央企红利ETF", "央企回报ETF", None, index_code=["A"] * 4)
    found = taxonomy.classify(funds)
    assert found["level2"].nunique() == 3
    settled = taxonomy.one_class_per_index(found, funds["index_code"])
    assert settled["level2"].eq("策略主题ETF").all() and settled["level1"].eq("策略与配置工具").all()
    assert settled["status"].tolist() == ["contested", "contested", "by index", "by index"]


def test_funds_without_an_index_code_are_left_alone():
    funds = frame("芯片ETF", "银行ETF", index_code=[None, None])
    found = taxonomy.classify(funds)
    pd.testing.assert_frame_equal(taxonomy.one_class_per_index(found, funds["index_code"]), found)


def test_agreement_counts_classes_per_index():
    funds = frame("央企红利ETF", "央企回报ETF", "芯片ETF", index_code=["A", "A", "B"])
    table = taxonomy.index_agreement(taxonomy.classify(funds), funds["index_code"])
    assert table.loc["A", ["funds", "classes"]].tolist() == [2, 2]
    assert "B" not in table.index


def test_the_largest_fund_of_an_index_is_kept():
    funds = pd.DataFrame(
        {
            "code": ["1", "2", "3", "4", "5"],
            "index_code": ["A", "A", None, None, "B"],
            "index_name": ["a", "a", "c", "c", None],
            "size": [1.0, 2.0, np.nan, np.nan, np.nan],
            "list_date": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-02", "2022-01-01", None]),
        }
    )
    assert taxonomy.largest_per_index(funds)["code"].tolist() == ["2", "4", "5"]


def test_counts_hold_every_class_and_shares_add_to_one(rows):
    counts = taxonomy.class_counts(taxonomy.classify(rows))
    assert len(counts) == 14 and counts["count"].sum() == 79
    assert counts["share"].sum() == pytest.approx(1)
    assert taxonomy.class_counts(taxonomy.classify(rows), "level1")["count"].sum() == 79
    with pytest.raises(ValueError, match="level3"):
        taxonomy.class_counts(taxonomy.classify(rows), "level3")


LISTED = pd.DataFrame(
    {
        "code": list("abcdef"),
        "name": ["芯片ETF", "芯片ETF", "银行ETF", "国债ETF", None, "黄金ETF"],
        "index_code": ["A", "A", "B", "C", "D", "E"],
        "size": [1e8, 9e8, 1e8, 1e8, 1e8, 1e8],
        "list_date": pd.to_datetime(
            ["2020-01-02", "2024-01-02", "2021-01-04", "2021-01-04", "2021-01-04", "2021-01-04"]
        ),
        "delist_date": pd.to_datetime([None, None, "2025-01-03", None, None, None]),
    }
)


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        ("2020-06-30", ["a"]),
        ("2023-12-29", ["a", "c", "f"]),
        ("2024-01-02", ["b", "c", "f"]),
        ("2025-01-02", ["b", "c", "f"]),
        ("2025-01-03", ["b", "f"]),
    ],
)
def test_indices_are_those_with_a_class_and_a_fund_listed_on_the_day(day, kept):
    found = taxonomy.classify(LISTED)
    assert taxonomy.indices_at(LISTED, found, pd.Timestamp(day))["code"].tolist() == kept


def test_a_day_before_every_listing_has_no_indices():
    with pytest.raises(MissingTable, match="no fund with a class listed on 2019-12-31"):
        taxonomy.indices_at(LISTED, taxonomy.classify(LISTED), pd.Timestamp("2019-12-31"))


@pytest.mark.parametrize(
    ("end", "day"), [("2022-06-30", "2022-06-30"), ("2026-02-13", "2025-12-10"), (None, "2024-01-02")]
)
def test_indices_are_counted_on_the_reports_day_or_the_last_one_known(end, day):
    assert taxonomy.counting_day(LISTED, pd.Timestamp(end) if end else None) == pd.Timestamp(day)


@pytest.mark.parametrize(("end", "year"), [("2025-12-31", 2025), ("2025-12-30", 2024), ("2026-02-13", 2025)])
def test_a_year_is_full_on_its_last_day(end, year):
    assert taxonomy.last_full_year(LISTED, pd.Timestamp(end)) == year
    assert taxonomy.last_full_year(LISTED) == 2023


def test_classes_stand_beside_the_print(rows):
    found = taxonomy.classify(rows)
    for level in (1, 2):
        table = taxonomy.beside_print(found, level)
        printed = published.load(f"s001_t03_taxonomy_level{level}").dropna(subset=f"level{level}_no")
        assert table["printed_count"].tolist() == printed["index_count"].tolist()
        assert table["printed"].sum() == pytest.approx(1) and table["difference"].sum() == pytest.approx(0)


def test_scaled_counts_keep_the_mix_and_sum_to_the_reports_total(rows):
    found = taxonomy.classify(rows)
    scaled = taxonomy.scaled_counts(found)
    for level in ("level 1", "level 2"):
        assert scaled[scaled.index.str.startswith(level)].sum() == pytest.approx(633)
    share = taxonomy.class_counts(found).at["科技成长主题ETF", "share"]
    assert scaled["level 2 科技成长主题ETF"] == pytest.approx(633 * share)
    assert scaled["all indices"] == len(rows) and set(scaled.index) == set(EXHIBITS["S001 Table 3"].cells.index)


def test_a_class_that_is_absent_is_not_close_to_a_printed_one_per_cent():
    cells = EXHIBITS["S001 Table 3"].cells
    row = cells.loc["level 2 周期主题ETF"]
    assert verdict(row["published"], 0.0, row["tolerance"]) == "differs"
    assert verdict(row["published"], row["published"] + 0.4, row["tolerance"]) == "match"


def test_supply_counts_listings_by_year_without_gaps():
    found = taxonomy.classify(frame("芯片ETF", "AIETF", "银行ETF", "国债ETF", "软件ETF"))
    dates = pd.Series(pd.to_datetime(["2019-05-01", "2021-02-01", "2021-03-01", "2021-01-01", None]))
    supply = taxonomy.supply_by_year(found, dates)
    assert list(supply.index) == [2019, 2020, 2021]
    assert supply["科技成长主题ETF"].tolist() == [1, 0, 1]
    assert supply.to_numpy().sum() == 3  # the bond fund and the undated one are not counted


def test_supply_of_nothing_is_a_missing_table():
    found = taxonomy.classify(frame("国债ETF"))
    with pytest.raises(MissingTable, match="no fund with a class and a list_date"):
        taxonomy.supply_by_year(found, pd.Series([pd.Timestamp("2020-01-01")]))


def test_later_listings_change_neither_earlier_supply_nor_its_trend(rows):
    found = taxonomy.classify(rows)
    listed = pd.Series(pd.Timestamp("2019-05-06"), index=found.index)
    listed.iloc[::2] = pd.Timestamp("2020-05-06")
    early = census.supply_by_year(found, listed)
    more = pd.concat([found, found.iloc[:7].set_axis([f"new{i}" for i in range(7)])])
    later = census.supply_by_year(more, listed.reindex(more.index).fillna(pd.Timestamp("2021-05-06")))
    pd.testing.assert_frame_equal(early, later.loc[:2020, early.columns], check_like=True)
    before, after = (census.supply_trend(table, 2020, 1).sort_index() for table in (early, later))
    pd.testing.assert_frame_equal(before, after, check_names=False)


def test_supply_trend_compares_two_windows_and_ignores_other_years():
    supply = pd.DataFrame({"a": [9, 1, 1, 3, 9], "b": [0, 3, 3, 1, 0]}, index=range(2018, 2023))
    table = census.supply_trend(supply, 2021, span=1)
    assert table.loc["a", ["before", "recent"]].tolist() == [1, 3]
    assert table["change"].sum() == pytest.approx(0) and table.index[0] == "a"
    with pytest.raises(MissingTable, match="no listings"):
        census.supply_trend(supply, 2010)
    with pytest.raises(ValueError, match="span"):
        census.supply_trend(supply, 2021, span=0)


def test_clean_text_keeps_something_of_a_name_that_is_all_product_words():
    assert engine.clean_text(pd.Series(["ETF"])).iloc[0] == "ETF"


# real funds


@pytest.mark.snapshot
def test_named_funds_of_the_snapshot_are_classified_and_funds_of_one_index_agree(snapshot_dir):
    funds = pd.read_parquet(snapshot_dir / "etf_list.parquet")
    found = taxonomy.classify(funds, overrides=taxonomy.load_overrides())
    named = funds[["name", "index_name"]].notna().any(axis=1)
    assert found.loc[named, "status"].ne("unclassified").mean() > 0.99
    assert found["status"].eq("contested").mean() < 0.02
    growth = funds["index_code"].isin(GROWTH)
    assert funds.loc[growth, "index_code"].nunique() == 10 and found.loc[growth, "level2"].eq("策略主题ETF").all()
    agreement = judge.index_agreement(found, funds["index_code"])
    assert len(agreement) > 200 and agreement["classes"].eq(1).mean() > 0.98


def test_classifiers_are_compared_on_equal_terms(rows):
    table = taxonomy.compare_classifiers(rows)
    assert table.loc["keyword lists as printed"].nunique() == 1
    assert (table["seen"] >= table["row held out"]).all()
    assert (table["row held out"] >= table["family held out"]).all()


def test_stability_counts_silence_contest_and_agreement():
    funds = pd.DataFrame(
        {
            "code": ["1", "2", "3", "4", "5"],
            "name": ["芯片ETF", "央企红利ETF", None, "神秘ETF", "国债ETF"],
            "index_name": ["国证芯片", "央企回报", None, None, None],
            "fund_type": ["stock"] * 4 + ["bond"],
        }
    )
    table = taxonomy.stability(funds, taxonomy.classify(funds))
    assert table.loc["no name and no index name", ["count", "of"]].tolist() == [1, 4]
    assert table.loc["named, but no rule fires", ["count", "of"]].tolist() == [1, 3]
    assert table.loc["contested between classes of one rank", "count"] == 1
    assert table.loc["fund name alone and index name alone agree", ["count", "of"]].tolist() == [1, 2]


# figures


def texts(ax):
    """Return (x, y, text) of all labels, by row then column."""
    return sorted((round(t.get_position()[1], 2), round(t.get_position()[0], 2), t.get_text()) for t in ax.texts)


def test_the_ranking_puts_the_best_on_top_and_frames_benchmarks():
    returns = pd.DataFrame({"a": [0.1, -0.2], "b": [0.3, np.nan], "沪深300": [0.2, -0.1]}, index=[2020, 2021])
    ax = draw.plot_year_ranking(returns, returns["沪深300"], ["沪深300"])
    first = [t for _, x, t in texts(ax) if x < 1]
    assert first == ["b", "30.0", "沪深300", "20.0", "a", "10.0"]
    assert [t for _, x, t in texts(ax) if x > 1] == ["沪深300", "-10.0", "a", "-20.0"]
    assert len(ax.patches) == 2


def test_bars_of_shares_carry_rings_only_where_print_has_a_value():
    shares = pd.DataFrame({"沪深300": [0.2, 0.4], "中证全指": [0.3, np.nan]}, index=[2020, 2021])
    printed = pd.DataFrame({"沪深300": [0.2]}, index=[2020])
    ax = draw.plot_share_beating(shares, printed, shares.mean())
    rings = [line for line in ax.lines if line.get_marker() == "o"]
    assert len(rings) == 1 and np.isfinite(rings[0].get_ydata()).sum() == 1
    assert len(ax.patches) == 4


@pytest.mark.parametrize("lines", [{"x": 0.3, "y": 0.25}, {"y": 0.25, "x": 0.3}])
def test_labels_of_two_lines_stay_apart_whichever_comes_first(lines):
    ax = draw.plot_period_ranking(pd.Series({"a": 0.5, "b": -0.1}), lines)
    where = {t.get_text().split()[0]: t.get_va() for t in ax.texts}
    assert where == {"x": "bottom", "y": "top"}


def test_counts_write_every_number_but_zero():
    ax = draw.plot_counts(pd.DataFrame({2020: [0, 3], 2021: [2, 0]}, index=["x", "y"]))
    assert [t for *_, t in texts(ax)] == ["2", "3"]


def test_significant_years_are_filled():
    table = pd.DataFrame({"rho": [0.5, -0.4, 0.1], "p_value": [0.01, 0.02, 0.6], "n": 31}, index=[2020, 2021, 2022])
    faces = [bar.get_facecolor()[3] for bar in draw.plot_persistence(table).patches]
    assert faces == [1, 1, 0]


def test_class_shares_show_the_count_and_the_printed_ring():
    table = pd.DataFrame(
        {"share": [0.7, 0.3], "printed": [0.6, 0.4], "count": [7, 3]}, index=["宽基ETF", "绿色主题ETF"]
    )
    ax = draw.plot_class_shares(table, pd.Series({"宽基ETF": "A", "绿色主题ETF": "B"}))
    assert [t.get_text() for t in ax.texts] == ["7", "3"]
    assert list(ax.lines[0].get_xdata()) == [0.6, 0.4]
