"""Noise of thin funds, doubtful codes, other survivors and orders, and keys without the vendor's help."""

import numpy as np
import pandas as pd
import pytest

from helpers.dedup import dedup_by_index
from helpers.dedup.checks import (
    blind_keys,
    compare_survivors,
    doubtful_codes,
    fund_kinds,
    index_names,
    lost_when_filtered_last,
    noise_by_turnover,
    same_index_pairs,
    smallest_quiet_turnover,
)

DAYS = pd.bdate_range("2024-01-02", periods=120)


def twins(noise, seed=0):
    """Two indices with as many funds as ``noise`` has entries each: noise of the fund over noise of the index."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(len(DAYS), 2))
    columns = {
        f"{name}{i}": base[:, k] + level * rng.normal(size=len(DAYS))
        for k, name in enumerate("ab")
        for i, level in enumerate(noise)
    }
    return 0.01 * pd.DataFrame(columns, index=DAYS)


def listed(codes, **columns):
    frame = pd.DataFrame({"code": codes, "list_date": pd.Timestamp("2020-01-01"), "index_code": [c[0] for c in codes]})
    return frame.assign(**columns)


def amounts(turnover):
    rows = [(d, c, 1.0, a) for c, a in turnover.items() for d in DAYS[-5:]]
    return pd.DataFrame(rows, columns=["date", "code", "adj_close", "amount"])


def test_pairs_share_a_key_and_carry_the_kind_that_sets_them_apart():
    returns = twins([0.1, 0.1, 0.1])
    names = ["x", "x增强", "x", "y", "y", "y"]
    etf_list = listed(returns.columns, name=names, fund_type=["stock"] * 5 + ["qdii"])
    pairs = same_index_pairs(dedup_by_index(etf_list), returns, etf_list)
    assert len(pairs) == 6
    assert pairs["kind"].value_counts().to_dict() == {"enhanced": 2, "cross-border": 2, "plain": 2}
    alone = returns[["a0", "a2"]].corr().iloc[0, 1]
    row = pairs[(pairs["code_a"] == "a0") & (pairs["code_b"] == "a2")]
    assert row["correlation"].item() == pytest.approx(alone)


def test_the_filter_starts_where_noise_ends_and_stays_away():
    returns = twins([0.02, 0.02, 0.6])
    etf_list = listed(returns.columns)
    turnover = pd.Series({c: 2e6 if c.endswith("2") else 5e7 for c in returns.columns})
    pairs = same_index_pairs(dedup_by_index(etf_list), returns, etf_list)
    noise = noise_by_turnover(pairs, turnover, edges=(0.0, 1e7, 1e8))
    assert noise["pairs"].tolist() == [4, 2]
    assert noise["funds"].tolist() == [2, 4]
    assert noise["median"].iloc[0] < 0.95 < noise["median"].iloc[1]
    assert smallest_quiet_turnover(noise) == 1e7
    assert np.isnan(smallest_quiet_turnover(noise, near=0.99999))
    unsteady = noise.assign(median=[0.99, 0.5])
    assert np.isnan(smallest_quiet_turnover(unsteady))


def test_a_fund_with_a_strangers_code_is_found():
    returns = twins([0.1, 0.1, 0.1, 0.1])
    etf_list = listed(returns.columns)
    keys = dedup_by_index(etf_list).keys
    assert doubtful_codes(keys, returns, fund_kinds(etf_list)).empty
    wrong = doubtful_codes(keys.where(keys.index != "a0", "B"), returns, fund_kinds(etf_list))
    assert wrong[["code", "key", "closer_key"]].values.tolist() == [["a0", "B", "A"]]


def test_a_fund_a_shade_closer_to_another_index_is_not_doubtful():
    returns = twins([0.1, 0.1, 0.1, 0.1])
    etf_list = listed(returns.columns)
    keys = dedup_by_index(etf_list).keys
    kinds = fund_kinds(etf_list)
    wrong = keys.where(keys.index != "a0", "B")
    gap = doubtful_codes(wrong, returns, kinds).iloc[0]
    wide = gap["closer"] - gap["own"]
    assert doubtful_codes(wrong, returns, kinds, margin=wide + 0.01).empty
    assert len(doubtful_codes(wrong, returns, kinds, margin=wide - 0.01)) == 1


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
    lost = lost_when_filtered_last(result, etf_list, 1e7, etf_daily=daily)
    assert lost[["key", "first", "stands"]].values.tolist() == [["A", "a0", "a1"]]


def test_hidden_fields_are_recovered_from_names_and_benchmarks():
    etf_list = pd.DataFrame(
        {
            "code": list("abcd"),
            "index_code": ["000300", "000300", "DCESMFI", "AU9999"],
            "index_name": ["沪深300", "沪深300指数", "豆粕", "黄金"],
            "benchmark": ["沪深300指数收益率", "沪深300指数", "豆粕期货价格指数", "黄金现货实盘合约Au99.99收益率"],
            "fund_type": ["stock", "stock", "commodity", "commodity"],
        }
    )
    names = blind_keys(etf_list, ("index_code",))
    assert names.loc["article", "found"] == 0 and names.loc["normalised", "found"] == 1
    both = blind_keys(etf_list, ("index_code", "index_name"))
    assert both.loc["article", "right"] == 0
    assert both.loc["normalised", ["found", "right"]].tolist() == [1.0, 1.0]


def test_an_index_is_named_by_its_own_code_first():
    etf_list = pd.DataFrame(
        {
            "code": ["a", "b", "c"],
            "index_code": ["SHAU", "AU9999", "X1"],
            "index_name": ["上海金", "黄金9999", None],
            "name": ["金ETF", "黄金ETF", "甲ETF"],
        }
    )
    keys = pd.Series({"a": "AU9999", "b": "AU9999", "c": "X1"})
    assert index_names(etf_list, keys).to_dict() == {"AU9999": "黄金9999", "X1": "甲ETF"}
