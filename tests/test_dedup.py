"""One fund per index: the rules in their order, the reasons, and what the data say about the merges."""

import numpy as np
import pandas as pd
import pytest

from helpers.correlation import trailing_returns, wide_prices
from helpers.dedup import check_merges, dedup_by_index, recent_turnover
from helpers.dedup.index_keys import index_keys, normalise_benchmark, normalise_code, normalise_name, pair_agreement


def funds(**columns):
    frame = pd.DataFrame(columns)
    if "list_date" not in frame:
        frame["list_date"] = "2020-01-01"
    return frame.assign(list_date=pd.to_datetime(frame["list_date"]))


def turnover(codes, amounts, days=5, start="2024-01-01"):
    dates = pd.date_range(start, periods=days)
    rows = [(d, c, 1.0, a) for c, a in zip(codes, amounts, strict=True) for d in dates]
    return pd.DataFrame(rows, columns=["date", "code", "adj_close", "amount"])


THREE = {
    "code": ["510300.SH", "159919.SZ", "515000.SH"],
    "index_code": ["000300", "000300", "931087"],
    "list_date": ["2012-05-28", "2012-05-28", "2019-08-16"],
}


def test_the_earliest_listed_stays_and_a_tie_goes_to_the_largest_code():
    result = dedup_by_index(funds(**THREE))
    assert list(result.representatives["code"]) == ["510300.SH", "515000.SH"]
    gone = result.dropped.set_index("code").loc["159919.SZ"]
    assert gone["survivor"] == "510300.SH"
    assert gone["key"] == "000300"
    earlier = funds(**{**THREE, "list_date": ["2012-05-28", "2012-05-27", "2019-08-16"]})
    assert "159919.SZ" in set(dedup_by_index(earlier).representatives["code"])


def test_every_fund_is_either_kept_or_dropped_with_a_reason():
    table = funds(**THREE, index_name=["沪深300", None, "科技龙头"])
    result = dedup_by_index(table, turnover(THREE["code"], [5e7, 5e6, 5e7]), min_amount=1e7)
    assert set(result.representatives["code"]) | set(result.dropped["code"]) == set(THREE["code"])
    assert not set(result.representatives["code"]) & set(result.dropped["code"])
    assert result.dropped["rule"].notna().all()
    assert result.steps["dropped"].sum() == len(result.dropped)
    assert result.steps["left"].iloc[-1] == len(result.representatives)


def test_the_turnover_filter_comes_before_the_choice_of_representative():
    daily = turnover(THREE["code"], [5e6, 5e7, 5e7])
    result = dedup_by_index(funds(**THREE), daily, min_amount=1e7)
    assert "159919.SZ" in set(result.representatives["code"])
    assert result.dropped.set_index("code").at["510300.SH", "survivor"] == "159919.SZ"


def test_a_dropped_index_has_no_survivor():
    result = dedup_by_index(funds(**THREE), turnover(THREE["code"], [5e7, 5e7, 1e6]), min_amount=1e7)
    assert pd.isna(result.dropped.set_index("code").at["515000.SH", "survivor"])


def test_a_session_without_a_row_counts_as_zero_turnover_but_not_before_listing():
    daily = pd.concat([turnover(["a"], [5e7], days=9), turnover(["b"], [5e7], days=3, start="2024-01-07")])
    young = funds(code=["a", "b"], index_code=["x", "y"], list_date=["2020-01-01", "2024-01-07"])
    assert len(dedup_by_index(young, daily, min_amount=1e7).representatives) == 2
    old = young.assign(list_date=pd.Timestamp("2020-01-01"))
    assert list(dedup_by_index(old, daily, min_amount=1e7).representatives["code"]) == ["a"]


def test_turnover_is_that_of_the_window_and_counts_from_the_day_of_listing_itself():
    daily = turnover(["a"], [1.0], days=6).assign(amount=[9e9, 1e6, 2e6, 3e6, 4e6, 5e6])
    one = funds(code=["a"], index_code=["x"])
    days = {n: recent_turnover(one, daily, date="2024-01-06", window=n, measure="mean").item() for n in (1, 2, 5, 6)}
    assert days == {1: 5e6, 2: 4.5e6, 5: 3e6, 6: pytest.approx(9.015e9 / 6)}
    quiet = pd.concat([turnover(["a"], [5e7], days=4), turnover(["b"], [4e7], days=2, start="2024-01-03")])
    for listed, known in [("2024-01-02", [0, 4e7, 4e7]), ("2024-01-03", [4e7, 4e7]), ("2024-01-04", [4e7, 4e7])]:
        pair = funds(code=["a", "b"], index_code=["x", "y"], list_date=["2020-01-01", listed])
        found = recent_turnover(pair, quiet, date="2024-01-04", window=4, measure="mean")
        assert found.loc["b"] == pytest.approx(np.mean(known))


def test_mean_and_median_turnover_differ_on_a_spike():
    daily = turnover(["a"], [1e6])
    daily.loc[0, "amount"] = 1e9
    one = funds(code=["a"], index_code=["x"])
    assert dedup_by_index(one, daily, min_amount=1e7, measure="median").representatives.empty
    assert len(dedup_by_index(one, daily, min_amount=1e7, measure="mean").representatives) == 1


@pytest.mark.parametrize(
    ("survivor", "stays"), [("earliest", "a"), ("largest", "b"), ("most_traded", "c"), ("cheapest", "d")]
)
def test_each_rule_for_the_survivor_keeps_its_own_fund(survivor, stays):
    table = funds(
        code=list("abcd"),
        index_code=["x"] * 4,
        list_date=["2019-01-01", "2020-01-01", "2020-01-01", "2020-01-01"],
        size=[1e8, 9e8, 2e8, np.nan],
        mgmt_fee=[0.005, 0.005, 0.005, 0.0015],
    )
    result = dedup_by_index(table, turnover(list("abcd"), [1e7, 2e7, 9e7, 3e7]), survivor=survivor)
    assert list(result.representatives["code"]) == [stays]
    assert set(result.dropped["survivor"]) == {stays}


def test_a_size_dated_after_the_day_is_not_known_yet():
    table = funds(
        code=["a", "b"], index_code=["x", "x"], size=[1e8, 9e8], size_date=pd.to_datetime(["2021-01-01", "2024-01-01"])
    )
    assert dedup_by_index(table, survivor="largest", date="2023-01-01").representatives["code"].tolist() == ["a"]
    assert dedup_by_index(table, survivor="largest", date="2024-01-01").representatives["code"].tolist() == ["b"]


def test_only_funds_listed_by_the_date_count_and_later_rows_change_nothing():
    table = funds(**THREE)
    daily = turnover(THREE["code"], [5e7] * 3, days=10)
    then = dedup_by_index(table, daily, date="2024-01-05", min_amount=1e7)
    future = daily.assign(amount=daily["amount"].where(daily["date"] <= "2024-01-05", 0.0))
    newer = pd.concat([table, funds(code=["999999.SH"], index_code=["000300"], list_date=["2024-01-06"])])
    again = dedup_by_index(newer, future, date="2024-01-05", min_amount=1e7)
    pd.testing.assert_frame_equal(then.representatives, again.representatives)
    early = dedup_by_index(table, date="2015-01-01")
    assert early.dropped.set_index("code").at["515000.SH", "rule"] == "not yet listed"


def test_a_later_fund_lends_no_code_to_an_earlier_one_that_has_only_a_name():
    early = funds(code=["a", "b"], index_code=[None, None], index_name=["中证煤炭", "煤炭龙头"])
    late = funds(code=["c"], index_code=["399998"], index_name=["中证煤炭"], list_date=["2024-06-03"])
    both = pd.concat([early, late], ignore_index=True)
    then, alone = dedup_by_index(both, date="2024-01-05"), dedup_by_index(early, date="2024-01-05")
    pd.testing.assert_frame_equal(then.representatives, alone.representatives)
    assert dedup_by_index(both, date="2024-06-03").keys["a"] == "399998"


def test_a_fund_counts_from_its_first_day_and_at_exactly_the_least_turnover():
    table = funds(code=["a"], index_code=["x"], list_date=["2024-01-05"])
    daily = turnover(["a"], [1e7], days=10)
    assert len(dedup_by_index(table, daily, date="2024-01-05", min_amount=1e7).representatives) == 1
    assert dedup_by_index(table, daily, date="2024-01-05", min_amount=1e7 + 1).representatives.empty
    assert dedup_by_index(table, daily, date="2024-01-04", min_amount=0).representatives.empty


def test_cheapest_counts_custody_too():
    table = funds(code=["a", "b"], index_code=["x", "x"], mgmt_fee=[0.0015, 0.002], custody_fee=[0.001, 0.0])
    assert dedup_by_index(table, survivor="cheapest").representatives["code"].tolist() == ["b"]


def test_a_delisted_fund_is_dropped_from_its_last_day_on():
    table = funds(**THREE, delist_date=pd.to_datetime(["2020-06-30", None, None]))
    assert dedup_by_index(table, date="2020-06-30").representatives["code"].tolist() == ["159919.SZ", "515000.SH"]
    assert "510300.SH" in set(dedup_by_index(table, date="2020-06-29").representatives["code"])


def test_missing_names_and_listing_dates_are_handled():
    table = funds(code=["a", "b", "c"], name=[None, "B", "C"], index_code=["x", "x", None])
    table["list_date"] = [pd.NaT, pd.Timestamp("2020-01-01"), pd.NaT]
    assert dedup_by_index(table).representatives["code"].tolist() == ["b", "c"]
    dated = dedup_by_index(table, date="2024-01-01")
    assert dated.dropped.set_index("code").at["c", "rule"] == "no listing date"
    seen = dedup_by_index(table, turnover(["c"], [1e7]), date="2024-01-03")
    assert seen.representatives["code"].tolist() == ["b", "c"]


@pytest.mark.parametrize(
    ("written", "code", "rule"),
    [
        ("000300.SH", "000300", "vendor suffix"),
        ("399300", "000300", "exchange twin"),
        ("399905.SZ", "000905", "exchange twin"),
        ("931574CNY00", "931574", "currency suffix"),
        ("H00300", "000300", "total-return code"),
        ("H20269", "H30269", "total-return code"),
        ("718711L", "718711", "local-currency mark"),
        ("SHAU", "AU9999", "same metal"),
    ],
)
def test_code_variants_of_vendors_become_one_code(written, code, rule):
    found, fired = normalise_code(written)
    assert found == code
    assert rule in fired


@pytest.mark.parametrize("code", ["399975", "399006", "399001", "930050", "HSTECH", "H30269", "CBA11901"])
def test_a_code_that_is_nobodys_variant_stays_as_it_is(code):
    assert normalise_code(code) == (code, ())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("沪深300", "沪深300指数"),
        ("沪深300指数收益率", "沪深300 全收益"),
        ("中证A500（CNY）", "中证Ａ500指数"),
        ("港股科技(CNY)", "港股科技(HKD)"),
        ("CS创新药", "中证创新药指数"),
        ("上证5年国债(净)", "上证5年国债指数"),
    ],
)
def test_names_of_one_index_become_equal(left, right):
    assert normalise_name(left)[0] == normalise_name(right)[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [("红利低波", "红利"), ("中证500", "中证1000"), ("800现金流", "300现金流"), ("创业板指", "创业板50")],
)
def test_names_of_different_indices_stay_apart(left, right):
    assert normalise_name(left)[0] != normalise_name(right)[0]


def test_benchmark_texts_lose_what_says_nothing_about_the_index():
    assert normalise_benchmark("纳斯达克100指数收益率(经汇率调整后)") == normalise_benchmark("纳斯达克100指数")
    assert normalise_benchmark("经人民币汇率调整的中证港股通汽车产业主题指数收益率") == normalise_benchmark(
        "中证港股通汽车产业主题指数"
    )
    assert normalise_benchmark("中证500质量成长指数收益率*100%") == normalise_benchmark("中证500质量成长指数")


def test_key_is_code_then_name_then_fallback():
    table = pd.DataFrame(
        {
            "code": ["a", "b", "c", "d", "e"],
            "index_code": ["000300", None, None, None, None],
            "index_name": ["沪深300", "沪深300指数", "豆粕期货", None, None],
            "fund_type": ["stock", "stock", "commodity", "commodity", "stock"],
            "benchmark": [None, None, None, "上海黄金交易所Au99.99现货实盘合约收益率", None],
        }
    )
    keys = index_keys(table).set_index("code")
    assert keys.loc["a", "key"] == keys.loc["b", "key"] == "000300"
    assert keys["key_rule"].tolist() == ["index_code", "index_name", "index_name", "gold", "unknown index"]
    assert keys["key"].nunique() == 4
    plain = index_keys(table, "article").set_index("code")
    assert plain.loc["b", "key"] == "沪深300指数"
    assert plain["key_rule"].tolist() == ["index_code", "index_name", "index_name", "gold", "unknown index"]


def test_the_articles_gold_list_swallows_every_commodity_without_a_code_and_the_benchmark_does_not():
    table = pd.DataFrame(
        {
            "code": ["gold1", "gold2", "soy"],
            "fund_type": ["commodity"] * 3,
            "benchmark": ["国内黄金现货价格收益率", "上海金集中定价合约(SHAU)午盘价", "大商所豆粕期货价格指数"],
        }
    )
    assert index_keys(table, "article")["key"].nunique() == 1
    better = index_keys(table).set_index("code")["key"]
    assert better["gold1"] == better["gold2"] != better["soy"]


def test_a_name_that_two_codes_carry_links_nothing():
    table = pd.DataFrame(
        {"code": ["a", "b", "c"], "index_code": ["931494", "980030", None], "index_name": ["消费电子"] * 3}
    )
    keys = index_keys(table)["key"]
    assert keys.nunique() == 3


def test_money_funds_share_a_key_and_unknown_funds_never_do():
    table = pd.DataFrame({"code": list("abcd"), "fund_type": ["money", "money", "stock", "stock"]})
    keys = index_keys(table)["key"]
    assert keys[0] == keys[1]
    assert keys[2] != keys[3]


@pytest.mark.parametrize("measure", ["median", "mean"])
@pytest.mark.parametrize("window", [3, 10])
def test_the_turnover_is_the_one_the_filter_uses(window, measure):
    table = funds(**THREE, delist_date=pd.NaT)
    daily = turnover(THREE["code"], [5e7, 5e6, 2e7], days=12)
    daily["amount"] *= 1 + daily["date"].dt.day / 10
    options = {"date": "2024-01-09", "window": window, "measure": measure}
    found = recent_turnover(table, daily, **options)
    each = table.assign(index_code=table["code"])
    shown = dedup_by_index(each, daily, keys="article", **options).representatives.set_index("code")["turnover"]
    assert found.to_dict() == shown.to_dict()
    later = daily.assign(amount=daily["amount"].where(daily["date"] <= "2024-01-09", 0.0))
    pd.testing.assert_series_equal(recent_turnover(table, later, **options), found)


def test_bad_arguments_say_what_is_wrong():
    table = funds(**THREE)
    with pytest.raises(ValueError, match="survivor must be one of"):
        dedup_by_index(table, survivor="oldest")
    with pytest.raises(ValueError, match="needs etf_daily"):
        dedup_by_index(table, min_amount=1e7)
    with pytest.raises(ValueError, match="more than once"):
        dedup_by_index(pd.concat([table, table]))
    with pytest.raises(ValueError, match="no column 'list_date'"):
        dedup_by_index(table.drop(columns="list_date"))
    with pytest.raises(ValueError, match="measure must be one of"):
        recent_turnover(table, turnover(THREE["code"], [1.0] * 3), measure="mode")
    with pytest.raises(ValueError, match="keys must be one of"):
        dedup_by_index(table, keys="fuzzy")


def test_pair_agreement_counts_pairs_found_and_right():
    truth = pd.Series({"a": 1, "b": 1, "c": 2, "d": 2})
    assert pair_agreement(truth, truth) == {"pairs": 2.0, "found": 1.0, "right": 1.0}
    found = pd.Series({"a": "x", "b": "x", "c": "x", "d": "y"})
    assert pair_agreement(found, truth) == pytest.approx({"pairs": 2, "found": 0.5, "right": 1 / 3})


@pytest.mark.snapshot
def test_on_the_snapshot_every_index_keeps_one_fund_and_merged_variants_move_together(snapshot_dir):
    etf_list = pd.read_parquet(snapshot_dir / "etf_list.parquet")
    daily = pd.read_parquet(snapshot_dir / "etf_daily.parquet").query("date > '2025-06-01' and date <= '2026-01-30'")
    result = dedup_by_index(etf_list, daily, date="2026-01-30", min_amount=1e7)
    assert result.representatives["key"].is_unique
    assert 250 < len(result.representatives) < 400
    plain = dedup_by_index(etf_list, daily, date="2026-01-30", min_amount=1e7, keys="article")
    assert len(result.representatives) < len(plain.representatives)
    gold = result.keys[result.keys == "AU9999"].index
    returns = trailing_returns(wide_prices(daily, [*gold]), "2026-01-30", 120)
    liquid = returns.columns.intersection(["518880.SH", "159934.SZ", "159937.SZ", "518600.SH", "518680.SH"])
    assert {"518880.SH", "518680.SH"} <= set(liquid)  # AU9999 and SHAU
    assert check_merges(result.keys, returns[liquid], 0.97).apart.empty
