"""Tushare and JoinQuant: the same store, filled with an account."""

import datetime as dt
import sys
from types import SimpleNamespace

import pandas as pd
import pytest

import provider_replies as made
from helpers.params import ParamError
from helpers.providers.client import Client
from helpers.providers.fetching import fetch
from helpers.providers.joinquant import ask, code_of
from helpers.providers.joinquant_plan import JOINQUANT
from helpers.providers.plans import Context
from helpers.providers.sources_known import KNOWN, find
from helpers.providers.store import Store
from helpers.providers.tushare import Denied
from helpers.sources import load_market
from helpers.tables import SCHEMAS
from provider_world import Loopback

DAYS = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"])


def points(api, params):
    """What Tushare would say about a market of two ETFs and three days."""
    days = [f"{d:%Y%m%d}" for d in DAYS]
    asked = [params["trade_date"]] if "trade_date" in params else days
    if api == "trade_cal":
        return ("cal_date", "is_open"), [(d, 1) for d in days] + [("20260110", 0)]
    if api == "fund_basic":
        fields = (
            "ts_code",
            "name",
            "fund_type",
            "list_date",
            "delist_date",
            "m_fee",
            "c_fee",
            "issue_amount",
            "found_date",
        )
        if params.get("status") == "D":
            return fields, [("159009.SZ", "丙ETF", "股票型", "20150101", "20230101", 0.5, 0.1, 3.0, "20141201")]
        rows = [("510001.SH", "甲ETF", "股票型", "20150101", None, 0.5, 0.1, 3.0, "20251205"),
                ("159001.SZ", "乙QDII", "股票型", "20150101", None, 0.5, 0.1, 3.0, "20251208")]  # fmt: skip
        return fields, rows
    if api == "etf_basic":
        return None
    if api == "fund_share":
        return ("ts_code", "trade_date", "fd_share"), [
            (c, d, 100000.0) for d in asked for c in ("510001.SH", "159001.SZ", "000001.OF")
        ]
    if api == "fund_daily":
        fields = ("ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "vol", "amount")
        return fields, [(c, d, 2.0, 2.1, 1.9, 2.0, 2.0, 1e6, 2e5) for d in asked for c in ("510001.SH", "159001.SZ")]
    if api == "fund_adj":
        return ("ts_code", "trade_date", "adj_factor"), [(c, d, 1.5) for d in asked for c in ("510001.SH", "159001.SZ")]
    if api == "index_daily":
        return ("ts_code", "trade_date", "close", "vol", "amount"), [
            (params["ts_code"], d, 4000.0, 1e8, 2e8) for d in days
        ]
    if api in ("index_member_all", "ci_index_member"):
        rows = [("801780.SI", "银行", "000001.SZ", "20210730", None)] if params["l1_code"] == "801780.SI" else []
        return ("l1_code", "l1_name", "ts_code", "in_date", "out_date"), rows
    return ("ts_code",), []


def tushare_market(market):
    def answer(handler):
        import json

        asked = json.loads(handler.posted)
        said = points(asked["api_name"], asked["params"])
        body = made.tushare(*((),), code=40203, msg="没有权限") if said is None else made.tushare(said[0], *said[1])
        market.calls.append(asked["api_name"])
        Loopback.send(handler, 200, {}, made.as_json(body))

    market.calls = []
    market.server.faults.append(lambda *_: answer)


def test_an_account_fills_the_same_kind_of_store(market, monkeypatch, capsys):
    monkeypatch.setenv("TUSHARE_TOKEN", "t0ken")
    tushare_market(market)
    wanted = {
        "SOURCE": "tushare",
        "START": "2026-01-05",
        "END": "2026-01-07",
        "TABLES": "calendar,etf_list,etf_shares,etf_daily,index_daily,stock_industry",
    }
    assert market.data(**wanted) == 1, "the tracked index needs more points"
    assert "40203" in capsys.readouterr().err
    held = load_market("tushare", market.root)
    assert held["etf_shares"]["shares"].unique().tolist() == [1e9]
    assert set(held["etf_shares"]["code"]) == {"510001.SH", "159001.SZ"}
    daily = held["etf_daily"]
    assert (daily["adj_close"].unique().tolist(), daily["amount"].unique().tolist()) == ([3.0], [2e8])
    listed = held["etf_list"].set_index("code")
    assert listed.loc["159009.SZ", "delist_date"] == pd.Timestamp("2023-01-01")
    assert listed.loc["159001.SZ", "fund_type"] == "qdii"
    assert set(held["index_daily"]["index_code"]) >= {"000300", "399370"}
    assert held["stock_industry"]["industry_code"].tolist() == ["801780"]
    asked = len(market.calls)
    market.data(**wanted)
    assert set(market.calls[asked:]) == {"etf_basic"}, "only what was refused is asked again"


class FakeFinance:
    FUND_INVEST_TARGET = "FUND_INVEST_TARGET"


def fake_sdk(request):
    """Frames as JoinQuant's SDK would hand them over, as CSV."""
    table, params = request.url.rpartition("/")[2], request.params
    days = pd.DatetimeIndex(DAYS)
    if table == "securities":
        frame = pd.DataFrame(
            {
                "display_name": ["沪深甲ETF"],
                "name": ["HSJ"],
                "start_date": "2012-05-28",
                "end_date": "2200-01-01",
                "type": "etf",
            },
            index=["510300.XSHG"],
        )
    elif table == "finance.FUND_INVEST_TARGET":
        frame = pd.DataFrame(
            {
                "code": ["510300"],
                "start_date": ["2012-05-28"],
                "traced_index_name": ["沪深甲(000300)"],
                "traced_index_code": ["000300.XSHG"],
            }
        )
    elif table == "price":
        frame = pd.DataFrame(
            {
                "open": 4.0,
                "close": 4.0,
                "high": 4.1,
                "low": 3.9,
                "volume": 1e8,
                "money": 4e8,
                "factor": 1.0,
                "adj_close": 5.0,
                "code": params["code"],
            },
            index=days.rename("date"),
        )
    elif table == "trade_days":
        frame = pd.DataFrame({"date": days})
    elif table == "finance.FUND_SHARE_DAILY":
        frame = pd.DataFrame({"code": "510300.XSHG", "exchange_code": "XSHG", "date": days, "shares": 9e9})
    elif table == "finance.SW1_DAILY_PRICE":
        frame = pd.DataFrame({"date": days, "code": params["code"], "name": "甲", "close": 3000.5})
    elif table == "valuation":
        rates = {"pe_ratio": 12.5, "pb_ratio": 1.3, "dividend_ratio": 2.5}
        frame = pd.DataFrame({"code": params["code"], "day": days, **rates})
    elif table == "members":
        moved = params["date"] >= "2026-01-01"
        held = {"801780": ["600000.XSHG", "000001.XSHE"], "801790": ["600030.XSHG"]}
        if moved:
            held = {"801780": ["600000.XSHG"], "801790": ["600030.XSHG", "000001.XSHE"]}
        frame = pd.DataFrame({"code": held.get(params["industry"], [])})
    elif table == "finance.FUND_MAIN_INFO":
        codes = {"main_code": ["000001", "000002", "000003", "000004"], "name": ["甲A", "甲C", "指数乙", "债丙"]}
        kinds = {"underlying_asset_type_id": [402001, 402001, 402001, 402003], "invest_style": ["", "", "被动指数", ""]}
        frame = pd.DataFrame(codes | kinds)
    elif table == "finance.FUND_NET_VALUE":
        frame = pd.DataFrame({"code": params["code"], "day": days, "net_value": 1.1, "refactor_net_value": 2.2})
    elif table == "finance.FUND_PORTFOLIO_STOCK":
        rows = [("2025-10-25", 1, "600519", 9.5), ("2025-10-25", 2, "00700", 8.5)]
        frame = pd.DataFrame(rows, columns=["pub_date", "rank", "symbol", "proportion"])
        frame = frame.assign(code=params["code"], period_end="2025-09-30", market_cap=1e7)
    else:
        frame = pd.DataFrame(
            {
                "date": "2025-12-31",
                "weight": [60.0, 40.0],
                "code": ["600519.XSHG", "000001.XSHE"],
                "index": params["code"],
            }
        )
        return frame.to_csv(index=False).encode()
    return frame.reset_index().to_csv(index=False).encode()


def test_joinquant_comes_through_its_sdk_and_is_kept_like_any_reply(tmp_path):
    store = Store(tmp_path / "joinquant")
    client = Client(patience=0, transports={"joinquant": fake_sdk})
    tables = [supply.table for supply in JOINQUANT.supplies]
    with store.locked():
        context = Context(store, "2026-01-05", "2026-01-07", dt.date(2026, 2, 16))
        outcome = fetch(JOINQUANT, context, client, tables, now=lambda: dt.datetime(2026, 2, 16, 4, tzinfo=dt.UTC))
    assert [str(error) for error in outcome.failed] == []
    held = load_market("joinquant", store.root)
    assert set(held) == set(tables) - {"index_weights", "stock_industry"}, "no month has ended"
    assert held["index_valuation"].groupby("index_code")["pe_ttm"].mean().eq(12.5).all()
    assert held["etf_list"][["code", "index_code", "index_name"]].to_numpy().tolist() == [
        ["510300.SH", "000300", "沪深甲"]
    ]
    assert held["etf_list"]["delist_date"].isna().all()
    assert held["etf_daily"]["adj_close"].tolist() == [5.0] * 3
    assert held["etf_shares"]["shares"].tolist() == [9e9] * 3
    assert len(held["calendar"]) == 3
    assert held["industry_daily"].groupby("industry_code").size().eq(3).all()
    assert held["fund_nav"]["fund_code"].unique().tolist() == ["000001.OF"], "one class of each active fund"
    assert held["fund_holdings"][["code", "weight_nav", "scope"]].to_numpy().tolist() == [
        ["00700.HK", 0.085, "top10"],
        ["600519.SH", 0.095, "top10"],
    ]


@pytest.mark.parametrize(("end", "moves"), [("2025-12-31", False), ("2026-01-31", True)])
def test_labels_of_joinquant_begin_where_they_were_first_seen(tmp_path, end, moves):
    store = Store(tmp_path / "joinquant")
    client = Client(patience=0, transports={"joinquant": fake_sdk})
    noon = dt.datetime(2026, 2, 16, 4, tzinfo=dt.UTC)
    with store.locked():
        context = Context(store, "2025-11-01", end, noon.date())
        outcome = fetch(JOINQUANT, context, client, ["stock_industry"], now=lambda: noon)
    assert outcome.failed == []
    labels = load_market("joinquant", store.root)["stock_industry"].set_index(["code", "industry_code"])
    assert labels.loc[("600030.SH", "801790"), "start"] == pd.Timestamp("2025-11-30")
    assert pd.isna(labels.loc[("600000.SH", "801780"), "end"])
    first = labels.loc[("000001.SZ", "801780")]
    assert (first["start"], first["industry_name"]) == (pd.Timestamp("2025-11-30"), "银行")
    assert (first["end"] == pd.Timestamp("2026-01-31")) if moves else pd.isna(first["end"])
    assert (("000001.SZ", "801790") in labels.index) == moves


def test_joinquant_without_its_sdk_or_its_key_says_what_to_do(monkeypatch):
    request = SimpleNamespace(url="joinquant://jqdatasdk/securities", params={"type": "etf"})
    monkeypatch.setitem(sys.modules, "jqdatasdk", None)
    with pytest.raises(Denied, match="pip install jqdatasdk"):
        ask(request)
    secret = "n0body-kn0ws"

    def auth(user, password):
        raise Exception(f"wrong: {user} {password}")  # noqa: TRY002

    monkeypatch.setitem(sys.modules, "jqdatasdk", SimpleNamespace(auth=auth, is_auth=lambda: False))
    monkeypatch.delenv("JQDATA_USER", raising=False)
    with pytest.raises(Denied, match="JQDATA_USER"):
        ask(request)
    monkeypatch.setenv("JQDATA_USER", "somebody")
    monkeypatch.setenv("JQDATA_PASSWORD", secret)
    with pytest.raises(Denied) as caught:
        ask(request)
    assert secret not in str(caught.value)
    assert [code_of("510300.XSHG"), code_of("159915.XSHE"), code_of("000001")] == [
        "510300.SH",
        "159915.SZ",
        "000001.OF",
    ]


def test_every_source_names_canonical_tables_once():
    for source in KNOWN.values():
        tables = [supply.table for supply in source.supplies]
        assert len(set(tables)) == len(tables)
        assert set(tables) <= set(SCHEMAS)
        assert source.cost
        assert source.licence
    with pytest.raises(ParamError, match="did you mean free"):
        find("fre")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"STRAT": "2026-01-01"}, "STRAT: unknown option of `make data`; did you mean START?"),
        ({"START": "2026-1-1"}, "START: '2026-1-1' is no date"),
        ({"START": "2026-02-01", "END": "2026-01-01"}, "START: 2026-02-01 is after 2026-01-01"),
        ({"TABLES": "etf_dialy"}, "TABLES: no table 'etf_dialy'; did you mean etf_daily?"),
        ({"SOURCE": "joinquant", "TABLES": "fund_issuance"}, "TABLES: joinquant cannot fill fund_issuance"),
        ({"SOURCE": "wind"}, "SOURCE: nothing is fetched from 'wind'"),
    ],
)
def test_a_wrong_option_is_one_line_that_names_it(market, capsys, options, said):
    assert market.data(**options) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not market.root.exists()


def test_today_is_not_asked_for(market, capsys):
    assert market.data(END="2026-02-16", TABLES="calendar") == 0
    assert "END is 2026-02-15" in capsys.readouterr().out
