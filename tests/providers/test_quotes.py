"""Tencent, Sina, Tushare and BaoStock: prices and turnover in our units, whatever the packing."""

import zlib

import numpy as np
import pandas as pd
import pytest

import provider_replies as made
import sina_packing
from helpers.providers import ENDPOINTS, Incomplete, Refused
from helpers.providers.quotes import adjusted
from helpers.providers.tushare import APIS, Denied
from helpers.tables import DataError, validate

tencent, sina = ENDPOINTS["tencent_kline"].parse, ENDPOINTS["sina_kline"].parse
tushare, baostock = ENDPOINTS["tushare"].parse, ENDPOINTS["baostock"].parse


def test_hands_and_ten_thousands_become_units_and_yuan():
    frame = tencent(made.tencent())
    assert frame[["code", "volume", "amount"]].to_numpy().tolist() == [["510300.SH", 1e8, 4.05e8]]
    assert frame[["open", "close", "high", "low"]].iloc[0].tolist() == [4.0, 4.1, 4.15, 3.95]
    assert frame["turnover"].tolist() == [0.0125]
    narrow = tencent(made.tencent(wide=False), code="510300.SH")
    assert narrow["volume"].tolist() == [1e8]
    assert "amount" not in narrow
    validate("etf_daily", frame.assign(adj_close=frame["close"]), "quotes")


def test_shares_of_the_star_market_and_of_hong_kong_are_not_hands():
    assert tencent(made.tencent("sh688001"))["volume"].tolist() == [1e6]
    assert tencent(made.tencent("hk00700", wide=False))[["code", "volume"]].to_numpy().tolist() == [["00700.HK", 1e6]]


def test_adjusted_prices_are_not_raw_prices():
    frame = tencent(made.tencent(series="hfqday"))
    assert "close" not in frame
    assert frame["adj_close"].tolist() == [4.1]


def test_no_data_is_empty_and_an_error_is_a_refusal():
    assert tencent(made.tencent(rows=())).empty
    for body in (b'{"code":1,"msg":"bad params","data":null}', b'{"code":0,"msg":"","data":[]}', b"<html></html>"):
        with pytest.raises(Refused):
            tencent(body)
    with pytest.raises(DataError, match="sh510500"):
        tencent(made.tencent(), code="510500.SH")


def test_volume_in_another_unit_is_refused():
    body = made.tencent().replace(b"1000000.00", b"100000000.00")
    with pytest.raises(DataError, match="unit"):
        tencent(body)


def quotes(n, seed, first=15341):
    """Invented days: (days since 1970, open, high, low, close in thousandths, volume, amount, reference)."""
    rng, rows, close = np.random.default_rng(seed), [], 2500
    for i in range(n):
        reference = int(close - rng.integers(0, 50)) if i == 0 or rng.random() < 0.1 else None
        o = int(max(50, close + rng.integers(-60, 60)))
        close = int(max(50, o + rng.integers(-80, 80)))
        high, low = max(o, close) + int(rng.integers(0, 9)), min(o, close) - int(rng.integers(0, 9))
        volume = int(rng.integers(10**5, 2 * 10**10))
        amount = round((o + high + low + close) / 4000 * volume)
        rows.append(
            (first + i + 2 * (i // 5), o, high, low, close, volume, amount + int(rng.integers(-100, 100)), reference)
        )
    return rows


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("average", "separate"), [(True, False), (False, False), (True, True), (False, True)])
def test_the_newer_packing_gives_back_what_was_packed(seed, average, separate):
    rows = quotes(60, seed)
    packed = sina_packing.newer(rows, average, separate)
    frame = sina(f'/*<script>location.href="//sina.com";</script>*/\nvar KLC_K2_sh510300="{packed}";\n/* x */'.encode())
    expected = np.array([row[1:5] for row in rows]) / 1000
    np.testing.assert_allclose(frame[["open", "high", "low", "close"]], expected)
    assert frame["volume"].tolist() == [row[5] for row in rows]
    np.testing.assert_allclose(frame["amount"], [row[6] for row in rows], atol=1)
    assert frame["date"].tolist() == [pd.Timestamp(row[0], unit="D") for row in rows]
    references = [np.nan if row[7] is None else row[7] / 1000 for row in rows]
    np.testing.assert_allclose(frame["prev_close"], references)
    assert set(frame["code"]) == {"510300.SH"}


@pytest.mark.parametrize("seed", range(3))
def test_the_older_packing_gives_back_what_was_packed(seed):
    rows = [row[:6] for row in quotes(60, seed)]
    frame = sina(f'var KLC_KL_sz159915="{sina_packing.older(rows)}";'.encode(), code="159915.SZ")
    np.testing.assert_allclose(frame[["open", "high", "low", "close"]], np.array([row[1:5] for row in rows]) / 1000)
    assert frame["volume"].tolist() == [row[5] for row in rows]
    assert frame["date"].tolist() == [pd.Timestamp(row[0], unit="D") for row in rows]


def test_a_packed_value_that_ends_early_or_is_another_is_refused():
    packed = sina_packing.newer(quotes(30, 0))
    for cut in (10, 60, len(packed) - 3):
        with pytest.raises(DataError):
            sina(f'var KLC_K2_sh510300="{packed[:cut]}";'.encode())
    with pytest.raises(Incomplete, match="not known"):
        sina(b'var KLC_K2_sh510300="AAAAAAAA";')
    with pytest.raises(DataError, match="159915"):
        sina(f'var KLC_K2_sh510300="{packed}";'.encode(), code="159915.SZ")
    assert sina(b'var KLC_K2_sh510300="";').empty


BARS = ("ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "change", "pct_chg", "vol", "amount")
BAR = ("510300.SH", "20250930", 4.0, 4.2, 3.9, 4.1, 4.0, 0.1, 2.5, 1000.0, 405.0)


def test_tushare_converts_units_and_keeps_what_it_does_not_know():
    frame = tushare(made.as_json(made.tushare((*BARS, "extra"), (*BAR, 7))), api_name="fund_daily")
    assert frame[["code", "volume", "amount", "ret", "extra"]].iloc[0].tolist() == [
        "510300.SH",
        1e5,
        4.05e5,
        0.025,
        7.0,
    ]
    assert frame["date"].iloc[0] == pd.Timestamp("2025-09-30")


@pytest.mark.parametrize(
    ("code", "column"),
    [("510300.SH", "code"), ("000300.SH", "index_code"), ("600519.SH", "code"), ("801780.SI", "code")],
)
def test_tables_alike_in_fields_are_told_apart_by_their_codes(code, column):
    frame = tushare(made.as_json(made.tushare(BARS, (code, *BAR[1:]))))
    column = "industry_code" if code.endswith(".SI") else column
    assert frame[column].iloc[0] in (code, code.partition(".")[0])


@pytest.mark.parametrize(
    ("api", "fields", "item", "expected"),
    [
        ("fund_share", ("ts_code", "trade_date", "fd_share"), ("510300.SH", "20250930", 12.5), {"shares": 125000.0}),
        ("index_weight", ("index_code", "con_code", "trade_date", "weight"), ("399300.SZ", "600519.SH", "20250930",
        4.5),
         {"index_code": "399300", "code": "600519.SH", "weight": 0.045}),
        ("index_member_all", ("l1_code", "l1_name", "ts_code", "in_date", "out_date"),
         ("801780.SI", "银行", "000001.SZ", "20210730", None), {"industry_code": "801780", "scheme": "SW2021_L1"}),
        ("ci_index_member", ("l1_code", "l1_name", "ts_code", "in_date", "out_date"),
         ("CI005021.CI", "银行", "000001.SZ", "20191202", None), {"industry_code": "CI005021", "scheme": "CITIC_L1"}),
        ("fund_basic", ("ts_code", "name", "m_fee", "issue_amount", "list_date"), ("510300.SH", "甲", 0.5, 3.3,
        "20120528"),
         {"mgmt_fee": 0.005, "shares": 3.3e8}),
        ("trade_cal", ("exchange", "cal_date", "is_open"), ("SSE", "20250930", 1),
        {"date": pd.Timestamp("2025-09-30")}),
        ("fund_nav", ("ts_code", "nav_date", "unit_nav", "adj_nav"), ("000001.OF", "20250930", 1.2, 3.4),
        {"nav_adj": 3.4}),
    ],
)  # fmt: skip
def test_each_table_of_tushare_reads_with_and_without_its_name(api, fields, item, expected):
    body = made.as_json(made.tushare(fields, item))
    for frame in (tushare(body, api_name=api), tushare(body)):
        assert {column: frame[column].iloc[0] for column in expected} == expected


def test_an_unknown_table_keeps_its_fields():
    frame = tushare(
        made.as_json(made.tushare(("ts_code", "ann_date", "x"), ("600519.SH", "20250930", "hm"))), api_name="new"
    )
    assert frame.iloc[0].tolist() == ["600519.SH", pd.Timestamp("2025-09-30"), "hm"]


def test_a_lack_of_points_is_final_and_a_busy_server_is_not():
    with pytest.raises(Denied, match="40203"):
        tushare(made.as_json(made.tushare((), code=40203, msg="抱歉，您没有接口访问权限")))
    with pytest.raises(Refused) as caught:
        tushare(made.as_json(made.tushare((), code=40203, msg="抱歉，您每分钟最多访问该接口200次")))
    assert not isinstance(caught.value, Denied)
    with pytest.raises(DataError, match="vol"):
        tushare(made.as_json(made.tushare(BARS, (*BAR[:9], 100000.0, 405.0))), api_name="fund_daily")
    assert set(APIS) >= {
        "etf_basic",
        "etf_share_size",
        "fund_adj",
        "fund_portfolio",
        "sw_daily",
        "ci_daily",
        "daily_basic",
    }


FIELDS = "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,pctChg"
RECORD = ["2025-09-30", "sh.510300", "4.0", "4.2", "3.9", "4.1", "4.0", "100000", "405000.5", "3", "1.5", "2.5"]


def frames(*records, fields=FIELDS, kind="96"):
    data = made.json.dumps({"record": list(records)}, ensure_ascii=False)
    parts = ("0", "success", "query_history_k_data_plus", "anonymous", "1", "2000", data, "sh.510300", fields)
    return made.baostock(kind, *parts, "2025-01-01", "2025-09-30", "d", "3")


def test_a_packed_frame_counts_bytes_and_a_plain_one_characters():
    packed = baostock(frames(RECORD))
    assert packed[["code", "volume", "amount", "turnover", "ret"]].iloc[0].tolist() == [
        "510300.SH",
        1e5,
        405000.5,
        0.015,
        0.025,
    ]
    named = frames(["2025-09-30", "sh.600519", "甲股份"] * 1, fields="updateDate,code,code_name", kind="62")
    frame = baostock(named)
    assert frame.iloc[0].tolist() == [pd.Timestamp("2025-09-30"), "600519.SH", "甲股份"]
    pd.testing.assert_frame_equal(baostock(frames(RECORD) + frames(["2025-10-09", *RECORD[1:]])).iloc[:1], packed)


def test_adjusted_quotes_have_no_raw_prices_and_a_calendar_its_open_days():
    frame = baostock(frames([*RECORD[:9], "1", *RECORD[10:]]))
    assert frame["adj_close"].tolist() == [4.1]
    assert "close" not in frame
    days = [["2025-09-30", "1"], ["2025-10-01", "0"], ["2025-10-09", "1"]]
    calendar = baostock(frames(*days, fields="calendar_date,is_trading_day", kind="34"))
    assert calendar["date"].dt.day.tolist() == [30, 9]


def test_errors_and_cut_frames_of_baostock_are_told_apart():
    with pytest.raises(Refused, match="10001001"):
        baostock(made.baostock("04", "10001001", "用户未登录"))
    with pytest.raises(Refused, match="10002007"):
        baostock(made.baostock("96", "10002007", "网络接收错误", packed=False))
    whole = frames(RECORD)
    for cut in (5, 30, len(whole) - 20, len(whole) - 4):
        with pytest.raises(DataError):
            baostock(whole[:cut])
    with pytest.raises(Incomplete):
        baostock(b"")


def test_a_frame_that_unpacks_to_a_flood_is_refused(monkeypatch):
    from helpers.providers import baostock as module

    monkeypatch.setattr(module, "LARGEST", 10_000)
    flood = zlib.compress(b"0\x01" + b"x" * 1_000_000)
    body = f"00.9.00\x0196\x01{len(flood):010d}".encode() + flood + b"\x011<![CDATA[]]>\n"
    with pytest.raises(DataError):
        baostock(body)


def test_adjusted_prices_move_by_total_returns_only():
    price = pd.Series([4.0, 3.9, 1.95, 2.0])
    made_ = adjusted(price, pd.Series([0, 0.1, 0, 0]), pd.Series([1, 1, 2.0, 1]))
    np.testing.assert_allclose(made_, [4.0, 4.0, 4.0, 4.0 * 2.0 / 1.95])
    longer = adjusted(pd.Series([*price, 1.0]), pd.Series([0, 0.1, 0, 0, 1.0]), pd.Series([1, 1, 2.0, 1, 1]))
    np.testing.assert_allclose(longer[:4], made_)


@pytest.mark.parametrize("code", ["510300", "510300.SH", "sh510300"])
def test_a_code_may_be_written_in_any_way_and_more_may_be_told(code):
    frame = tencent(made.tencent(), code=code, adjust="", nobody_reads_this=1)
    assert set(frame["code"]) == {"510300.SH"}
    levels = ENDPOINTS["csindex_perf"].parse(
        made.as_json(made.csindex_perf()), index_code="000300.SH", start="2025-01-01"
    )
    assert set(levels["index_code"]) == {"000300"}
    for name in ("code", "fund_code", "symbol"):
        values = ENDPOINTS["em_fund_nav"].parse(made.pingzhong(code="510300"), **{name: code})
        assert set(values["fund_code"]) == {"510300.OF"}
