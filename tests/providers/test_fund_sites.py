"""Eastmoney's fund farm: scripts read as literals, tables by their headers, refusals that look like emptiness."""

import numpy as np
import pandas as pd
import pytest

import provider_replies as made
from helpers.providers import ENDPOINTS, Incomplete, Refused
from helpers.providers.eastmoney_nav import events_of
from helpers.tables import DataError, validate

nav, pages, holdings = (ENDPOINTS[f"em_fund_{name}"].parse for name in ("nav", "nav_pages", "holdings"))
codes, dividends, splits = (ENDPOINTS[f"em_fund_{name}"].parse for name in ("codes", "dividends", "splits"))
new_funds = ENDPOINTS["em_new_funds"].parse


def test_kinds_of_today_and_of_before_2021_map_to_ours():
    frame = codes(made.fund_codes()).set_index("fund_code")
    kinds = frame["fund_type"].to_dict()
    assert {kinds[f"{code}.OF"] for code in ("510300", "159915", "000002")} == {"stock"}
    assert [kinds[f"{code}.OF"] for code in ("511990", "513100", "518880", "000001")] == [
        "money",
        "qdii",
        "commodity",
        "other",
    ]
    classes = frame["fund_class"].to_dict()
    assert [classes[f"00000{i}.OF"] for i in (1, 2, 3, 4)] == ["flexible", "stock", "equity_mix", "other"]
    assert frame["code"].loc[["510300.OF", "110020.OF", "159915.OF"]].tolist() == [
        "510300.SH",
        "110020.OF",
        "159915.SZ",
    ]


@pytest.mark.parametrize(
    ("text", "cash", "ratio"),
    [
        ("", 0, 1), (None, 0, 1), ("分红：每份派现金0.21元", 0.21, 1), ("每份派现金0.0210元", 0.021, 1),
        ("每10份派现金1.2元",
        0.12,
        1),
        ("拆分：每份基金份额折算1.018012713份", 0, 1.018012713), ("分拆3.0份", 0, 3.0), ("拆分：每份基金份额分拆0.5份",
        0,
        0.5),
    ],
)  # fmt: skip
def test_every_wording_of_a_distribution_is_read(text, cash, ratio):
    assert events_of(text) == (cash, ratio)


def test_total_returns_come_from_values_dividends_and_splits():
    frame = nav(made.pingzhong())
    np.testing.assert_allclose(frame["nav_adj"], [1.0, 1.1, 1.1, 1.1])
    assert frame["dividend"].tolist() == [0, 0, 0.2, 0]
    assert frame["split_ratio"].tolist() == [1, 1, 1, 2]
    assert frame["fund_code"].unique().tolist() == ["000001.OF"]
    validate("fund_nav", frame, "nav")


def test_a_day_is_the_one_a_clock_in_shanghai_shows():
    assert nav(made.pingzhong())["date"].iloc[0] == pd.Timestamp("2025-01-04")


def test_where_an_event_is_missing_the_return_of_the_site_is_believed():
    frame = nav(made.pingzhong(((2.0, 0.0, ""), (1.0, 1.5, ""), (1.01, 1.0, ""))))
    np.testing.assert_allclose(frame["nav_adj"] / 2, [1, 1.015, 1.015 * 1.01], rtol=1e-9)


def test_a_money_fund_and_another_fund_are_refused():
    with pytest.raises(DataError, match="Data_netWorthTrend.*money fund"):
        nav(b'var fS_code="000009";var Data_millionCopiesIncome=[[1,2]];')
    with pytest.raises(DataError, match="fS_code"):
        nav(made.pingzhong(), code="000002.OF")
    with pytest.raises(Incomplete):
        nav(made.pingzhong()[:300])


def test_a_page_of_values_is_in_order_of_time():
    frame = pages(made.as_json(made.lsjz()), code="000001", page=1)
    assert frame["date"].is_monotonic_increasing
    assert frame["ret"].tolist()[1] == 0.01
    assert frame["fund_code"].tolist() == ["000001.OF"] * 2
    pd.testing.assert_frame_equal(pages(made.jsonp(made.lsjz(), "jQuery1"), code="000001"), frame)


def test_data_of_nothing_is_a_refusal_and_an_empty_list_is_not():
    for reply in ({"Data": "", "ErrCode": -999, "ErrMsg": "", "TotalCount": 0}, {"Data": None, "ErrCode": 0}):
        with pytest.raises(Refused, match="refusal"):
            pages(made.as_json(reply))
    assert pages(made.as_json(made.lsjz(rows=()))).empty


def test_a_short_page_a_repeated_page_and_a_money_fund_are_refused():
    with pytest.raises(Incomplete, match="TotalCount"):
        pages(made.as_json(made.lsjz(total=45)))
    with pytest.raises(Incomplete, match="page 2"):
        pages(made.as_json(made.lsjz()), page=2)
    assert len(pages(made.as_json(made.lsjz(page=3, total=42)), page=3)) == 2
    reply = made.lsjz()
    reply["Data"]["SYType"] = "每万份收益"
    with pytest.raises(DataError, match="money fund"):
        pages(made.as_json(reply))


def test_holdings_are_read_by_their_headers_in_both_layouts():
    frame = holdings(made.jjcc(), code="000001", year=2024)
    june, march = frame[frame["report_date"] == "2024-06-30"], frame[frame["report_date"] == "2024-03-31"]
    assert (len(june), len(march)) == (12, 3)
    assert set(june["scope"]) == {"full"}
    assert set(march["scope"]) == {"top10"}
    for part in (june, march):
        assert part["weight_nav"].tolist()[:2] == [0.09, 0.085]
        assert part["value"].tolist()[0] == 200002500.0
        assert part["shares"].tolist()[0] == 10005000.0
        assert part["code"].tolist()[:3] == ["000500.SZ", "00700.HK", "000502.SZ"]
    assert june["announce_date"].unique().tolist() == [pd.Timestamp("2024-08-31")]
    assert march["announce_date"].unique().tolist() == [pd.Timestamp("2024-04-23")]
    validate("fund_holdings", frame, "holdings")


def test_a_year_without_reports_is_empty():
    frame = holdings(b'var apidata={ content:"",arryear:[2024,2023],curyear:2025};')
    assert frame.empty
    assert {"report_date", "weight_nav"} <= set(frame)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("（万元）", "（元宝）", "持仓市值"), ("（万股）", "", "持股数"), ("占净值<br />比例", "占比", "占净值比例"),
    ("%</td>",
    "</td>",
    "占净值比例")],
)  # fmt: skip
def test_a_changed_unit_or_header_of_holdings_is_refused(old, new, field):
    with pytest.raises(DataError) as caught:
        holdings(made.jjcc().decode().replace(old, new).encode())
    assert (caught.value.origin, caught.value.column) == ("em_fund_holdings", field)


def test_dividends_have_six_or_seven_fields():
    seven = dividends(made.jjfh(), year=2024, page=1)
    six = dividends(made.jjfh([("510300", "沪深甲ETF", "2024-01-15", "2024-01-16", "0.0690", "2024-01-19")]))
    pd.testing.assert_frame_equal(seven, six)
    assert seven[["code", "fund_code", "dividend"]].to_numpy().tolist() == [["510300.SH", "510300.OF", 0.069]]
    assert dividends(made.jjfh([])).empty
    with pytest.raises(DataError, match="page 2"):
        dividends(made.jjfh(pages=2), page=2)


def test_code_inside_a_script_is_never_run():
    for body in (
        b"var pageinfo=[1,1,1];var jjfh_data=__import__('os').system('false');",
        b"var jjfh_data=(function(){})()",
    ):
        with pytest.raises(DataError):
            dividends(body)


def test_splits_are_units_after_for_one_before():
    frame = splits(made.jjcf())
    assert frame[["code", "split_ratio"]].to_numpy().tolist() == [["510310.SH", 0.512]]
    assert splits(made.jjcf([("510310", "x", "2024-09-20", "份额折算", "1：2.5", "")]))["split_ratio"].tolist() == [2.5]


def test_new_funds_carry_month_category_and_units():
    frame = new_funds(made.new_funds()).set_index("fund_code")
    assert frame["category"].to_dict() == {"159999.OF": "stock_etf", "000009.OF": "active_equity"}
    assert frame.loc["159999.OF", "shares"] == 1.25e9
    assert frame["month"].unique().tolist() == [pd.Timestamp("2024-05-01")]
    raising = new_funds(made.new_funds([("000010", "己混合", "混合型-偏股", "", "")]))
    assert raising["shares"].isna().all()
    with pytest.raises(Incomplete, match="record"):
        new_funds(made.new_funds().replace(b"record:2", b"record:7"))
    with pytest.raises(DataError, match="成立日期"):
        new_funds(made.new_funds([("000010", "己混合", "混合型-偏股", "1.0", "soon")]))
