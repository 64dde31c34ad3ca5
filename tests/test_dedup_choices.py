"""Other survivors, another order of the steps, and keys without the vendor's help."""

import pandas as pd
import pytest

from helpers.dedup import dedup_by_index
from helpers.dedup.choices import blind_keys, blind_tests, compare_survivors, lost_when_filtered_last
from helpers.tables import MissingTable

DAYS = pd.bdate_range("2024-01-02", periods=120)


def listed(codes, **columns):
    frame = pd.DataFrame({"code": codes, "list_date": pd.Timestamp("2020-01-01"), "index_code": [c[0] for c in codes]})
    return frame.assign(**columns)


def amounts(turnover):
    rows = [(d, c, 1.0, a) for c, a in turnover.items() for d in DAYS[-5:]]
    return pd.DataFrame(rows, columns=["date", "code", "adj_close", "amount"])


def test_survivors_are_compared_on_contested_indices_only():
    etf_list = listed(["a0", "a1", "b0"], mgmt_fee=[0.005, 0.0015, 0.005])
    etf_list.loc[1, "list_date"] = pd.Timestamp("2021-01-01")
    table = compare_survivors(etf_list, amounts({"a0": 1e7, "a1": 9e7, "b0": 5e7})).set_index("survivor")
    assert table["indices"].eq(2).all() and table["contested"].eq(1).all()
    assert table["differ"].to_dict() == {"earliest": 0, "largest": 0, "most_traded": 1, "cheapest": 1}
    assert table.loc["most_traded", "turnover"] == 9e7
    assert table.loc["cheapest", "fee"] == 0.0015


def test_choosing_before_filtering_loses_an_index_whose_oldest_fund_sleeps():
    etf_list = listed(["a0", "a1", "b0"])
    etf_list.loc[1, "list_date"] = pd.Timestamp("2021-01-01")
    daily = amounts({"a0": 1e5, "a1": 9e7, "b0": 5e7})
    result = dedup_by_index(etf_list, daily, min_amount=1e7)
    lost = lost_when_filtered_last(result, etf_list, daily, 1e7)
    assert lost[["key", "first", "stands"]].values.tolist() == [["A", "a0", "a1"]]


@pytest.fixture
def vendor():
    return pd.DataFrame(
        {
            "code": list("abcd"),
            "index_code": ["000300", "000300", "DCESMFI", "AU9999"],
            "index_name": ["沪深300", "沪深300指数", "豆粕", "黄金"],
            "benchmark": ["沪深300指数收益率", "沪深300指数", "豆粕期货价格指数", "黄金现货实盘合约Au99.99收益率"],
            "fund_type": ["stock", "stock", "commodity", "commodity"],
        }
    )


def test_hidden_fields_are_recovered_from_names_and_benchmarks(vendor):
    names = blind_keys(vendor, ("index_code",))
    assert names.loc["article", "found"] == 0 and names.loc["normalised", "found"] == 1
    both = blind_keys(vendor, ("index_code", "index_name"))
    assert both.loc["article", "right"] == 0
    assert both.loc["normalised", ["found", "right"]].tolist() == [1.0, 1.0]


def test_each_blind_test_that_has_a_pair_is_run(vendor):
    twice = pd.concat([vendor, vendor.assign(code=vendor["code"] + "2")], ignore_index=True)
    table = blind_tests(twice)
    assert list(table.index.get_level_values(0).unique()) == [
        "codes hidden",
        "codes and names hidden",
        "commodity funds, both hidden",
    ]
    for hide in (("index_code",), ("index_code", "index_name")):
        title = "codes and names hidden" if len(hide) == 2 else "codes hidden"
        pd.testing.assert_frame_equal(table.loc[title], blind_keys(twice, hide), check_names=False)
    stocks = twice[twice["fund_type"] == "stock"]
    assert "commodity funds, both hidden" not in blind_tests(stocks).index
    assert list(blind_tests(stocks.drop(columns=["index_name", "fund_type"])).index.get_level_values(0)[:1]) == [
        "codes and names hidden"
    ]


@pytest.mark.parametrize("change", ["no column", "no pair"])
def test_without_a_known_pair_nothing_can_be_hidden(vendor, change):
    table = vendor.drop(columns="index_code") if change == "no column" else vendor.iloc[1:]
    with pytest.raises(MissingTable, match="no two funds share an index_code"):
        blind_tests(table)
