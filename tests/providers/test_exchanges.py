"""Shanghai and Shenzhen: units, lists, calendar, read from replies in the exchanges' own formats."""

import json

import numpy as np
import pandas as pd
import pytest

import provider_replies as made
from helpers.providers import ENDPOINTS, Incomplete, Refused
from helpers.tables import DataError, validate

scale, sse_list = ENDPOINTS["sse_etf_scale"].parse, ENDPOINTS["sse_etf_list"].parse
szse_scale, szse_list = ENDPOINTS["szse_fund_scale"].parse, ENDPOINTS["szse_etf_list"].parse
calendar = ENDPOINTS["szse_calendar"].parse


@pytest.mark.parametrize("wrap", [made.as_json, made.jsonp, lambda v: b"\xef\xbb\xbf" + made.as_json(v)])
def test_units_of_shanghai_are_units_not_ten_thousands(wrap):
    frame = scale(wrap(made.sse_scale()))
    assert frame["code"].tolist() == ["510300.SH", "588000.SH"]
    np.testing.assert_allclose(frame["shares"], [9000000.12e4, 3210.5e4])
    assert frame["date"].eq(pd.Timestamp("2025-01-15")).all()
    validate("etf_shares", frame, "units")


def test_rows_may_stand_under_result_in_any_order_with_new_fields():
    reply = made.sse_scale()
    rows = [dict(reversed(list({**row, "NEW": 1}.items()))) for row in reply["pageHelp"]["data"]]
    pd.testing.assert_frame_equal(scale(made.as_json({"result": rows[::-1]})), scale(made.as_json(reply)))


def test_a_day_without_rows_is_an_empty_table_with_the_columns():
    frame = scale(made.as_json(made.sse_scale(units=())), date="2025-01-15")
    assert frame.empty
    assert {"date", "code", "shares"} <= set(frame)


def test_a_short_page_is_refused_by_its_total():
    with pytest.raises(Incomplete, match="pageHelp.total.*2 rows.*expected 5"):
        scale(made.as_json(made.sse_scale(total=5)))


def test_another_day_than_the_one_asked_for_is_refused():
    with pytest.raises(DataError, match="STAT_DATE"):
        scale(made.as_json(made.sse_scale()), date="2025-01-16")
    assert len(scale(made.as_json(made.sse_scale()), date="20250115")) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda row: row.pop("TOT_VOL"), "TOT_VOL"),
        (lambda row: row.update(TOT_VOL="a lot"), "TOT_VOL"),
        (lambda row: row.update(STAT_DATE="soon"), "STAT_DATE"),
        (lambda row: row.update(TOT_VOL=str(9e10)), "TOT_VOL"),
        (lambda row: row.update(SECURITY=row.pop("SEC_CODE")), "SEC_CODE"),
    ],
)
def test_a_change_of_meaning_names_endpoint_and_field(change, field):
    reply = made.sse_scale()
    for row in reply["pageHelp"]["data"]:
        change(row)
    with pytest.raises(DataError) as caught:
        scale(made.as_json(reply))
    assert caught.value.origin == "sse_etf_scale"
    assert caught.value.column == field


@pytest.mark.parametrize(
    "page", [b"<html><title>Login</title></html>", "<!DOCTYPE html><p>验证码</p>".encode("gb18030")]
)
def test_a_web_page_is_a_refusal_not_an_empty_day(page):
    for parse in (scale, szse_scale, calendar):
        with pytest.raises(Refused, match="web page"):
            parse(page)


@pytest.mark.parametrize("keep", [0, 10, 60, 200])
def test_a_truncated_reply_is_not_an_empty_day(keep):
    with pytest.raises(DataError):
        scale(made.as_json(made.sse_scale())[:keep])
    with pytest.raises(DataError):
        szse_scale(made.szse_scale()[:keep])


def test_the_list_of_shanghai_maps_an_etf_to_its_index():
    frame = sse_list(made.jsonp(made.sse_list())).set_index("code")
    assert frame.loc["510300.SH", ["index_code", "index_name", "exchange"]].tolist() == ["000300", "沪深甲", "SH"]
    assert frame.loc["510300.SH", "list_date"] == pd.Timestamp("2012-05-28")
    assert pd.isna(frame.loc["513100.SH", "index_code"])
    validate("etf_list", frame.reset_index(), "list")


def test_inline_strings_under_a_wrong_dimension_are_all_read():
    frame = szse_scale(made.szse_scale())
    assert frame["code"].tolist() == ["159001.SZ", "159915.SZ"]
    assert frame["shares"].tolist() == [42568454936.0, 1234567.0]
    validate("etf_shares", frame, "units")


@pytest.mark.parametrize(("header", "factor"), [("基金规模（份）", 1), ("基金规模(万份)", 1e4), ("基金份额 ( 份 )", 1)])
def test_the_unit_is_the_one_in_the_header(header, factor):
    rows = [("乙ETF", "2025-01-15", "159915", "2,345,678.00")]
    frame = szse_scale(made.xlsx([("基金简称", "日期", "基金代码", header), *rows]))
    assert frame["shares"].tolist() == [2345678.0 * factor]


def test_a_header_without_its_unit_or_its_field_is_refused():
    with pytest.raises(DataError, match="unit in the header"):
        szse_scale(made.xlsx([("日期", "基金代码", "基金规模"), ("2025-01-15", "159915", "1")]))
    with pytest.raises(DataError, match="a column 基金规模"):
        szse_scale(made.xlsx([("日期", "基金代码", "份数"), ("2025-01-15", "159915", "1")]))


def test_nothing_found_is_empty_unless_the_span_was_too_long():
    nothing = made.xlsx([made.SZSE_SCALE_HEAD, ("没有找到符合条件的数据！",)])
    assert szse_scale(nothing, start="2025-01-01", end="2025-01-01").empty
    with pytest.raises(Refused, match="at most 183 days"):
        szse_scale(nothing, start="2024-01-01", end="2025-01-01")


def test_a_row_that_stands_twice_counts_once_and_two_that_differ_are_refused():
    row = ("2025-01-15", "159915", "乙ETF", "1234567.00")
    assert len(szse_scale(made.szse_scale([row, row]))) == 1
    with pytest.raises(DataError, match="once"):
        szse_scale(made.szse_scale([row, (*row[:3], "7654321.00")]))


def test_the_list_of_shenzhen_reads_alike_as_json_and_as_workbook():
    frame = szse_list(made.as_json(made.szse_list_json())).set_index("code")
    assert frame.loc["159915.SZ", ["index_code", "index_name", "name"]].tolist() == ["399006", "创甲指", "乙ETF"]
    assert frame.loc["159915.SZ", "shares"] == 12345678900.0
    assert pd.isna(frame.loc["159001.SZ", "index_code"])
    head = ("证券代码", "证券简称", "拟合指数", "当前规模(份)", "基金管理人")
    rows = [
        ("159915", "乙ETF", "399006 创甲指", "12,345,678,900", "乙基金"),
        ("159001", "货甲ETF", "", "420000", "乙基金"),
    ]
    pd.testing.assert_frame_equal(szse_list(made.xlsx([head, *rows])), frame.reset_index())
    validate("etf_list", frame.reset_index(), "list")


def test_a_list_of_all_funds_keeps_the_etfs():
    head = ("基金代码", "基金简称", "基金类别", "拟合指数", "上市日期", "当前规模(份)")
    rows = [
        ("159915", "乙ETF", "ETF", "399006 创甲指", "2011-12-09", "9,999,999"),
        ("160105", "丙LOF", "LOF", "", "2005-01-01", "5"),
    ]
    frame = szse_list(made.xlsx([head, *rows]))
    assert frame["code"].tolist() == ["159915.SZ"]
    assert frame["list_date"].tolist() == [pd.Timestamp("2011-12-09")]


def test_a_page_of_a_longer_list_is_not_refused_and_a_short_single_page_is():
    reply = made.szse_list_json()
    reply[0]["metadata"] |= {"recordcount": 745, "pagecount": 38}
    assert len(szse_list(made.as_json(reply))) == 2
    reply[0]["metadata"]["pagecount"] = 1
    with pytest.raises(Incomplete, match="recordcount"):
        szse_list(made.as_json(reply))


def test_the_calendar_has_the_open_days():
    frame = calendar(made.as_json(made.szse_month()), month="2025-01")
    assert len(frame) == 18
    assert pd.Timestamp("2025-01-27") in set(frame["date"])
    assert pd.Timestamp("2025-01-01") not in set(frame["date"])
    validate("calendar", frame, "calendar", today="2030-01-01")
    assert calendar(b'{"data":[],"nowdate":"2025-01-15"}').empty


@pytest.mark.parametrize(("field", "value"), [("jybz", "2"), ("zrxh", 8), ("jyrq", "2025-02-01")])
def test_a_calendar_that_contradicts_itself_is_refused(field, value):
    reply = json.loads(made.as_json(made.szse_month()))
    reply["data"][4][field] = value
    with pytest.raises(DataError) as caught:
        calendar(made.as_json(reply), month="2025-01")
    assert caught.value.origin == "szse_calendar"
