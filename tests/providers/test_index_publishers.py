"""CSI, CNI and Shenwan: levels, weights, labels, in every layout their files have had."""

import json

import numpy as np
import pandas as pd
import pytest

import provider_replies as made
from helpers.providers import ENDPOINTS, Refused
from helpers.tables import DataError, validate

weights, cons = ENDPOINTS["csindex_closeweight"].parse, ENDPOINTS["csindex_cons"].parse
perf, indicator = ENDPOINTS["csindex_perf"].parse, ENDPOINTS["csindex_indicator"].parse
history, cni_weights = ENDPOINTS["cnindex_history"].parse, ENDPOINTS["cnindex_weights"].parse
cni_list = ENDPOINTS["cnindex_list"].parse
labels, sw_history = ENDPOINTS["sw_stock_industry"].parse, ENDPOINTS["sw_index_history"].parse


@pytest.mark.parametrize("layout", made.WEIGHT_HEADS)
def test_every_layout_of_the_weights_reads_alike(layout):
    frame = weights(made.closeweight(layout)).set_index("code")["weight"]
    assert frame.to_dict() == {"600001.SH": 0.415, "000002.SZ": 0.3325, "300003.SZ": 0.152, "00700.HK": 0.1005}
    whole = weights(made.closeweight(layout), index_code="000300")
    assert whole["date"].unique().tolist() == [pd.Timestamp("2025-09-30")]
    validate("index_weights", whole, "weights")


def test_another_sheet_may_stand_first_and_codes_may_have_become_numbers():
    head = made.WEIGHT_HEADS["2025"]
    rows = [("20250930", 300.0, "甲", "A", 2.0, "x", "x", "深圳证券交易所", "", 60.0)]
    rows += [("20250930", 300.0, "甲", "A", 600519.0, "x", "x", "上海证券交易所", "", 40.0)]
    frame = weights(made.xls([head, *rows], first=[("说明", [("notes",), ("to", "self")])]))
    assert frame["code"].tolist() == ["000002.SZ", "600519.SH"]
    assert set(frame["index_code"]) == {"000300"}


def test_a_list_of_constituents_takes_its_date_from_the_sheet():
    head = ("指数代码\nIndex Code", "成分券代码\nConstituent Code", "成分券名称\nConstituent Name", "交易所\nExchange")
    body = made.xls([head, ("000300", "600001", "甲", "上海"), ("000300", "000002", "乙", "深圳")], sheet="20130701")
    frame = cons(body)
    assert frame["date"].unique().tolist() == [pd.Timestamp("2013-07-01")]
    assert frame["code"].tolist() == ["000002.SZ", "600001.SH"]
    with pytest.raises(DataError, match="a column weight"):
        weights(body)


@pytest.mark.parametrize("total", [99.90, 99.98, 100.0, 100.11])
def test_sums_as_rounding_leaves_them_pass(total):
    weights(made.closeweight(members=(("600001", "SH", 60.0), ("000002", "SZ", total - 60))))


@pytest.mark.parametrize("members", [made.MEMBERS[:2], tuple((c, m, w / 100) for c, m, w in made.MEMBERS)])
def test_missing_constituents_and_fractions_are_refused(members):
    with pytest.raises(DataError, match="sum to 100") as caught:
        weights(made.closeweight(members=members))
    assert caught.value.origin == "csindex_closeweight"


def test_an_unknown_exchange_and_another_index_are_refused():
    rows = [("20250930", "000300", "甲", "A", "600001", "x", "x", "火星交易所", "Mars", 100.0)]
    with pytest.raises(DataError, match="火星交易所"):
        weights(made.xls([made.WEIGHT_HEADS["2025"], *rows]))
    with pytest.raises(DataError, match="expected index 000905"):
        weights(made.closeweight(), index_code="000905")


@pytest.mark.parametrize("parse", [weights, cni_weights, labels, indicator])
def test_a_page_or_a_broken_file_instead_of_a_workbook_says_so(parse):
    with pytest.raises(Refused, match="web page"):
        parse(b"<html><head><title>404 Not Found</title></head></html>")
    for body in (b"", made.closeweight()[:700], made.cni_weights()[:400], b"PK\x03\x04", b"hello"):
        with pytest.raises(DataError):
            parse(body)


def test_levels_of_csi_have_turnover_in_yuan_and_volume_in_shares():
    frame = perf(made.as_json(made.csindex_perf()), index_code="000300")
    assert frame["close"].tolist() == [4640.69, 4641.69]
    assert frame["amount"].tolist() == [660050000000.0] * 2
    assert frame["volume"].tolist() == [2.5e10] * 2
    assert frame["pe_ttm"].tolist() == [14.2] * 2
    validate("index_daily", frame, "levels")


def test_days_on_which_the_exchanges_were_closed_are_dropped():
    days = ("20180615", "20180618", "20180619")
    assert perf(made.as_json(made.csindex_perf(days)))["date"].dt.day.tolist() == [15, 19]


def test_a_total_return_index_has_closes_only():
    gaps = dict.fromkeys(("open", "high", "low", "peg", "tradingVol", "tradingValue"))
    frame = perf(made.as_json(made.csindex_perf(index="H00300", **gaps)))
    assert frame["close"].notna().all()
    assert frame[["open", "high", "low", "volume", "amount"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"tradingVol": 2.5e6}, "amount"), ({"tradingValue": 6600.5e8}, "amount"), ({"close": "n/a!"}, "close"),
     ({"tradeDate": "someday"}, "tradeDate"), ({"close": None}, "close")],
)  # fmt: skip
def test_a_unit_that_changed_is_refused_by_the_price_it_implies(change, field):
    with pytest.raises(DataError) as caught:
        perf(made.as_json(made.csindex_perf(**change)))
    assert (caught.value.origin, caught.value.column) == ("csindex_perf", field)


def test_no_history_is_empty_and_an_error_is_a_refusal():
    assert perf(made.as_json({**made.csindex_perf(), "data": []})).empty
    for reply in ({"code": "500", "msg": "busy", "data": None, "success": False}, {"code": "403", "data": []}):
        with pytest.raises(Refused):
            perf(made.as_json(reply))


def test_full_width_brackets_of_the_valuation_are_understood():
    frame = indicator(made.csindex_indicator())
    assert frame["pe_ttm"].tolist() == [14.1, 14.1]
    assert frame["div_yield"].tolist() == [0.025, 0.025]
    assert frame["div_yield_index_shares"].tolist() == [0.0275, 0.0275]
    validate("index_valuation", frame, "valuation")


@pytest.mark.parametrize(
    "order", [made.CNI_ITEMS, made.CNI_ITEMS[::-1], [*made.CNI_ITEMS[:4], *made.CNI_ITEMS[6:], "low", "close"]]
)
def test_levels_of_cni_are_read_by_the_names_the_reply_gives(order):
    frame = history(made.as_json(made.cni_history(items=order)))
    assert frame["date"].dt.day.tolist() == [29, 30]
    assert frame["close"].tolist() == [5099.5, 5100.5]
    assert frame["high"].tolist() == [5150.0] * 2
    assert frame["ret"].tolist() == [0.0123] * 2
    assert frame["volume"].tolist() == [9000.5e6] * 2
    assert frame["amount"].tolist() == [250025000000.0] * 2
    assert set(frame["index_code"]) == {"399370"}


def test_before_its_publication_an_index_has_a_level_only():
    frame = history(made.as_json(made.cni_history(published=False)), index_code="399370")
    assert frame["close"].tolist() == [5099.5, 5100.5]
    assert frame["amount"].isna().all()


def test_a_row_of_another_length_and_a_changed_unit_are_refused():
    reply = made.cni_history()
    reply["data"]["data"][1].append(1)
    with pytest.raises(DataError, match="11 values"):
        history(made.as_json(reply))
    reply = made.cni_history()
    for row in reply["data"]["data"]:
        row[9] *= 1e4
    with pytest.raises(DataError, match="Did a unit change"):
        history(made.as_json(reply))


def test_weights_of_cni_have_one_sum_per_month():
    frame = cni_weights(made.cni_weights(), index_code="399370")
    assert frame.groupby("date")["weight"].sum().round(6).tolist() == [0.9995, 0.9995]
    assert frame["code"].unique().tolist() == ["000001.SZ", "600002.SH"]
    validate("index_weights", frame, "weights")
    with pytest.raises(DataError, match="sum to 100"):
        cni_weights(made.cni_weights(members=(("000001", 60.0),)))


def test_the_list_of_cni_has_valuations_of_today():
    row = {
        "indexcode": "399001",
        "indexname": "深甲",
        "closeingPoint": "1,000.5",
        "peDynamic": "26.5",
        "pb": "2.7",
        "percent": "0",
    }
    frame = cni_list(made.as_json({"code": 0, "data": {"rows": [row]}}), date="2025-09-30")
    assert frame[["index_code", "close", "pe_ttm", "pb"]].to_numpy().tolist() == [["399001", 1000.5, 26.5, 2.7]]


def test_labels_of_three_generations_become_intervals_of_two():
    frame = labels(made.sw_labels())
    bank = frame[frame["code"] == "000001.SZ"]
    assert bank["scheme"].tolist() == ["SW2014_L1", "SW2021_L1"]
    assert bank["start"].tolist() == [pd.Timestamp("2014-02-21"), pd.Timestamp("2021-07-30")]
    assert bank["end"].iloc[0] == pd.Timestamp("2021-07-30")
    assert pd.isna(bank["end"].iloc[1])
    assert bank["industry_code"].tolist() == ["801780", "801780"]
    moved = labels(made.sw_labels(), scheme="SW2021_L1").query("code == '688001.SH'")
    assert moved["industry_name"].tolist() == ["机械设备", "电子"]
    assert moved["end"].iloc[0] == pd.Timestamp("2023-07-04")
    validate("stock_industry", frame, "labels")


def test_codes_of_another_classification_are_refused_when_they_are_many():
    rows = [("000001", "2022-01-01", "990101", "2022-01-01"), ("000002", "2022-01-01", "480101", "2022-01-01")]
    with pytest.raises(DataError, match="990101"):
        labels(made.sw_labels(rows))
    many = [(f"{600000 + i}", "2022-01-01", "480101", "2022-01-01") for i in range(200)]
    assert len(labels(made.sw_labels([rows[0], *many]))) == 200


def test_a_bare_nan_of_shenwan_is_a_gap_and_units_are_ours():
    frame = sw_history(made.sw_history())
    assert frame["close"].tolist() == [4050.5, 4051.5]
    assert frame[["scheme", "industry_name"]].iloc[0].tolist() == ["SW2021_L1", "银行"]
    assert frame["volume"].tolist() == [2.55e9] * 2
    assert frame["amount"].tolist() == [1.8025e10] * 2
    validate("industry_daily", frame, "industry")
    assert sw_history(made.sw_history("801020"))["scheme"].unique().tolist() == ["SW2014_L1"]


def test_shenwan_in_yuan_or_refusing_is_refused():
    for factor in (("25.5", "2550000000"), ("180.25", "18025000000")):
        with pytest.raises(DataError, match="unit"):
            sw_history(made.sw_history().replace(factor[0].encode(), factor[1].encode()))
    both = made.sw_history().replace(b"25.5,", b"2550000000,").replace(b"180.25}", b"18025000000}")
    with pytest.raises(DataError, match="亿元"):
        sw_history(both)
    with pytest.raises(Refused):
        sw_history(json.dumps({"code": "429", "message": "slow down", "data": None}).encode())
    assert np.isfinite(sw_history(made.sw_history())["close"]).all()
