"""What goes wrong on the way: every fault ends in a retry or in one clear sentence, and the store stays whole."""

import ast
import errno
import os
import re
import socket
import struct
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests

import provider_replies as made
from helpers.providers import ENDPOINTS, Incomplete, Refused, Request
from helpers.providers import client as client_module
from helpers.providers import store as store_module
from helpers.providers.assemble import with_adjusted
from helpers.providers.client import Absent, Client, Unreachable
from helpers.providers.store import Store
from helpers.providers.tushare import Denied
from helpers.sources import load_market
from helpers.tables import DataError, DataWarning
from provider_world import Loopback, World
from providers_support import content

ALL = ("tables", "parts", "raw")
ONE = {"TABLES": "calendar"}


def reset(handler):
    """Send half of what was promised, then reset the connection."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"data":[')
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def cut(handler):
    """Close politely after half of what was promised."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"data":[')
    handler.close_connection = True


def silent(handler):
    """Say nothing for longer than anyone waits."""
    time.sleep(0.6)
    handler.close_connection = True


PASSING = {
    "reset in the body": lambda: reset,
    "closed in the body": lambda: cut,
    "time-out": lambda: silent,
    "403": lambda: (403, {}, b"forbidden"),
    "429": lambda: (429, {"Retry-After": "7"}, b"slow down"),
    "456": lambda: (456, {}, b""),
    "502": lambda: (502, {}, b"<html>bad gateway</html>"),
    "captcha with 200": lambda: "<!DOCTYPE html><title>访问验证</title><p>请输入验证码</p>".encode(),
    "login in GBK": lambda: "<html><body>请登录</body></html>".encode("gbk"),
    "empty body": lambda: b"",
    "truncated": lambda: made.as_json(made.szse_month("2026-01"))[:-40],
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_asked_through(market, monkeypatch, name):
    monkeypatch.setattr(client_module, "_TIMEOUT", (2, 0.3))
    market.server.faults.append(lambda n, *_: PASSING[name]() if n % 2 else None)
    assert market.data(**ONE) == 0
    faulty = content(market.root, "tables", "raw")
    market.server.faults.clear()
    market.root = market.root.with_name("clean")
    assert market.data(**ONE) == 0
    assert content(market.root, "tables", "raw") == faulty


LASTING = ["403", "502", "captcha with 200", "truncated", "closed in the body"]


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts_is_told_and_the_rest_goes_on_later(market, capsys, name):
    assert market.data(START="2026-01-05", END="2026-01-30", TABLES="calendar,stock_industry") == 0
    before, asked = content(market.root, *ALL), len(market.server.asked)
    market.server.faults.append(lambda n, *_: PASSING[name]())
    assert market.data(TABLES="calendar,industry_daily") == 1
    told = capsys.readouterr().err
    assert "szse_calendar" in told
    assert "sw_index_history" in told
    assert "left alone for now" in told
    assert content(market.root, *ALL) == before, "what was stored is as it was"
    assert len(load_market("free", market.root)["calendar"])
    hosts = [host for host, _, _ in market.server.asked[asked:]]
    assert hosts.count("www.swsresearch.com") == 3 * 5, "a silent host is left alone"
    market.server.faults.clear()
    assert market.data(TABLES="calendar,industry_daily") == 0
    assert load_market("free", market.root)["calendar"]["date"].max() == pd.Timestamp("2026-02-13")


CHANGED = {
    "a field renamed": (lambda row: row.update(VOLUME=row.pop("TOT_VOL")), "TOT_VOL"),
    "a unit changed": (lambda row: row.update(TOT_VOL=str(float(row["TOT_VOL"]) * 1e4)), "TOT_VOL"),
    "a word for a number": (lambda row: row.update(TOT_VOL="many"), "TOT_VOL"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_meaning_is_not_asked_again_and_stores_nothing(market, capsys, name):
    change, field = CHANGED[name]

    def fault(n, host, path, query):
        if "STAT_DATE" not in query:
            return None
        reply = made.sse_scale(query["STAT_DATE"], [("588001", "x", "150000.5"), ("588003", "y", "160000.5")])
        for row in reply["pageHelp"]["data"]:
            change(row)
        return made.as_json(reply)

    market.server.faults.append(fault)
    assert market.data(START="2026-02-12", TABLES="etf_shares,stock_industry") == 1
    told = capsys.readouterr().err
    assert f"sse_etf_scale, column '{field}'" in told
    assert len(market.server.questions("commonQuery")) == 2, "one question a day"
    assert Store(market.root).of("sse_etf_scale") == []
    assert set(load_market("free", market.root)) >= {"stock_industry", "etf_shares"}


def test_harmless_changes_pass_unnoticed(market):
    def fault(n, host, path, query):
        if "STAT_DATE" not in query:
            return None
        reply = made.sse_scale(query["STAT_DATE"], [("588001", "x", "1,500,000.5"), ("588003", "y", "--")])
        rows = reply["pageHelp"]["data"]
        reply["pageHelp"]["data"] = [dict(reversed(list({"EXTRA": "new", **row}.items()))) for row in rows]
        return made.jsonp(reply)

    market.server.faults.append(fault)
    assert market.data(START="2026-02-12", TABLES="etf_shares") == 0
    units = load_market("free", market.root)["etf_shares"].query("code == '588001.SH'")["shares"]
    assert units.tolist() == [15000005000.0] * 2


def test_pages_that_repeat_or_stop_short_are_asked_again(market):
    def fault(n, host, path, query):
        if query.get("dt") != "8":
            return None
        rows = [
            ("588001", "x", "2026-01-15", "2026-01-16", "0.01", ""),
            ("588003", "y", "2026-01-15", "2026-01-16", "0.02", ""),
        ]
        if query["year"] != "2026":
            return made.jjfh([])
        page = 1 if n % 2 else int(query["page"])  # every other answer is the first page again
        return made.jjfh([rows[page - 1]], pages=2, page=page)

    market.server.faults.append(fault)
    assert market.data(START="2026-01-05", TABLES="etf_shares,etf_daily") in (0, 1)
    assert market.data(START="2026-01-05", TABLES="etf_shares,etf_daily") == 0
    assert Store(market.root).parts("em_fund_dividends")["dividend"].tolist() == [0.01, 0.02]


def test_a_wait_that_the_provider_asks_for_is_kept(market, monkeypatch):
    slept = []
    monkeypatch.setattr(client_module.time, "sleep", slept.append)
    market.server.faults.append(lambda n, *_: (429, {"Retry-After": "77"}, b"") if n == 1 else None)
    client = Client(base=market.server.url, patience=1.0)
    client.fetch(ENDPOINTS["szse_calendar"], {"month": "2026-01"})
    assert max(slept) == 77.0


def test_attempts_are_spaced_ever_wider_with_jitter_and_hosts_kept_apart(market, monkeypatch):
    slept = []
    monkeypatch.setattr(client_module.time, "sleep", slept.append)
    market.server.faults.append(lambda n, *_: (502, {}, b""))
    client = Client(base=market.server.url)
    with pytest.raises(Unreachable, match=r"HTTP 502 \(5 attempts\)"):
        client.fetch(ENDPOINTS["szse_calendar"], {"month": "2026-01"})
    backoff = [pause for pause in slept if pause > 1.3]
    assert len(backoff) == 4
    assert backoff[-1] > 2 * backoff[0]
    assert len(market.server.asked) == 5


def test_a_refusal_that_looks_empty_is_a_refusal(market):
    market.server.faults.append(lambda n, *_: b'{"Data":"","ErrCode":-999,"ErrMsg":"","TotalCount":0}')
    with pytest.raises(Refused, match="not an empty history"):
        Client(base=market.server.url, patience=0, attempts=2).fetch(ENDPOINTS["em_fund_nav_pages"], {"code": "000001"})
    assert len(market.server.asked) == 2


def test_what_is_not_there_is_remembered_and_not_asked_again(market):
    weights = market.world.t["index_weights"]
    market.world.t["index_weights"] = weights[weights["index_code"] != "931001"]
    assert market.data(TABLES="index_weights") == 0
    market.world.t["index_weights"] = weights
    asked = len(market.server.asked)
    assert market.data(TABLES="index_weights") == 0
    assert len(market.server.asked) == asked
    with pytest.raises(Absent, match="404"):
        Client(base=market.server.url, patience=0).fetch(ENDPOINTS["csindex_closeweight"], {"index_code": "999999"})


def test_a_flood_is_stopped_at_the_limit(market, monkeypatch):
    monkeypatch.setattr(client_module, "LARGEST", 100_000)
    market.server.faults.append(lambda n, *_: b"[" + b"0," * 1_000_000 + b"0]")
    with pytest.raises(DataError, match="at most 100,000 bytes"):
        Client(base=market.server.url, patience=0).fetch(ENDPOINTS["szse_calendar"], {"month": "2026-01"})


def test_a_full_disk_stops_with_one_sentence_and_loses_nothing(market, monkeypatch, capsys):
    written, real = [], os.fsync

    def full(fd):
        written.append(fd)
        if len(written) == 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd)

    monkeypatch.setattr(store_module.os, "fsync", full)
    assert market.data(**ONE) == 2
    assert "No space left on device" in capsys.readouterr().err
    monkeypatch.undo()
    os.environ["ATLAS_MIRROR"] = market.server.url
    try:
        for entry in Store(market.root).entries.values():
            Store(market.root).raw(entry)
        assert market.data(**ONE) == 0
    finally:
        del os.environ["ATLAS_MIRROR"]
    assert not list(market.root.rglob(".*.part"))


def test_two_at_once_do_not_meet(market, capsys):
    with Store(market.root).locked():
        assert market.data(**ONE) == 2
    assert f"process {os.getpid()} is writing to it" in capsys.readouterr().err
    assert market.data(**ONE) == 0


def test_a_torn_manifest_line_is_cut_off(market):
    assert market.data(**ONE) == 0
    whole = (market.root / "manifest.jsonl").read_bytes()
    (market.root / "manifest.jsonl").write_bytes(whole[:-25])
    assert len(Store(market.root).entries) == whole.count(b"\n") - 1
    assert market.data(**ONE) == 0
    assert len(Store(market.root).entries) == whole.count(b"\n")


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
def test_a_clock_in_another_zone_changes_no_day(market, monkeypatch, zone):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert market.data(TABLES="calendar,fund_nav", START="2026-01-05") == 0
        days = load_market("free", market.root)["fund_nav"]["date"]
        assert days.min() == market.world.t["fund_nav"]["date"].min()
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_a_bad_tick_is_left_out_and_a_split_is_not():
    days = pd.date_range("2025-01-06", periods=6)
    quotes = pd.DataFrame({"date": days, "code": "588001.SH", "close": [2.0, 2.02, 3.9, 2.01, 1.0, 1.01]})
    splits = pd.DataFrame({"date": [days[4]], "code": "588001.SH", "split_ratio": [2.0]})
    none = pd.DataFrame(columns=["date", "code", "dividend"])
    with pytest.warns(DataWarning, match=r"1 closes leap .* 588001\.SH on 2025-01-08: 3\.9"):
        frame = with_adjusted(quotes, none, splits)
    assert frame["close"].tolist() == [2.0, 2.02, 2.01, 1.0, 1.01]
    np.testing.assert_allclose(frame["adj_close"], [2.0, 2.02, 2.01, 2.0, 2.02])


def test_a_reference_price_tells_of_a_dividend_nobody_listed():
    days = pd.date_range("2025-01-06", periods=3)
    quotes = pd.DataFrame(
        {"date": days, "code": "588001.SH", "close": [2.0, 1.8, 1.8], "prev_close": [np.nan, 1.9, np.nan]}
    )
    none = pd.DataFrame(columns=["date", "code", "dividend", "split_ratio"])
    adjusted = with_adjusted(quotes, none, none)["adj_close"]
    np.testing.assert_allclose(adjusted, 2.0 * np.array([1, 1.8 / 1.9, 1.8 / 1.9]))


# -- security --------------------------------------------------------------------------------------------------------

SECRET = "s3cr3t-t0ken-of-nobody"


def test_a_planted_secret_is_written_nowhere(market, monkeypatch, capsys):
    monkeypatch.setenv("TUSHARE_TOKEN", SECRET)
    fields = ("cal_date", "is_open", "note")

    def answer(handler):
        assert SECRET in handler.posted.decode(), "the question itself carries it"
        said = f"hello {SECRET}"
        body = made.as_json(made.tushare(fields, ("20260105", 1, said), ("20260106", 1, said)))
        Loopback.send(handler, 200, {}, body)

    def refuse(handler):
        Loopback.send(handler, 200, {}, made.as_json(made.tushare((), code=40101, msg=f"token {SECRET} is wrong")))

    market.server.faults.append(lambda n, *_: refuse if n <= 2 else answer)
    assert market.data(SOURCE="tushare", START="2026-01-05", END="2026-01-06", TABLES="calendar") == 1
    shown = capsys.readouterr()
    assert "40101" in shown.err
    for text in (shown.out, shown.err, *(p.read_text("latin-1") for p in market.root.rglob("*") if p.is_file())):
        assert SECRET not in text
    store = Store(market.root)
    assert store.entries
    for entry in store.entries.values():
        assert SECRET.encode() not in store.raw(entry)
        assert SECRET not in store.part(entry).to_csv()
    assert len(load_market("tushare", market.root)["calendar"]) == 2


def test_without_a_token_the_way_out_is_named(market, monkeypatch, capsys):
    monkeypatch.delenv("TUSHARE_TOKEN", raising=False)
    assert market.data(SOURCE="tushare", TABLES="calendar") == 1
    assert "export TUSHARE_TOKEN=" in capsys.readouterr().err
    assert market.server.asked == []


def test_certificates_are_checked_unless_a_host_is_named(monkeypatch):
    asked = []

    def request(self, method, url, **options):
        asked.append(options["verify"])
        raise requests.exceptions.SSLError("unable to get local issuer certificate")

    monkeypatch.setattr(requests.Session, "request", request)
    endpoint = ENDPOINTS["sw_stock_industry"]
    with pytest.raises(Unreachable, match=r"UNVERIFIED=www\.swsresearch\.com"):
        Client(patience=0).fetch(endpoint, {})
    with pytest.raises(Unreachable):
        Client(patience=0, unverified=["www.swsresearch.com"]).fetch(endpoint, {})
    assert asked == [True, False]


def test_a_netrc_is_never_read(market, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(netrc))
    seen = []

    def look(handler):
        seen.append(handler.headers.get("Authorization"))
        Loopback.send(handler, 200, {}, made.as_json(made.szse_month("2026-01")))

    market.server.faults.append(lambda n, *_: look)
    Client(base=market.server.url, patience=0).fetch(ENDPOINTS["szse_calendar"], {"month": "2026-01"})
    assert seen == [None]


def test_replies_are_never_run():
    room = Path(client_module.__file__).parent
    for path in room.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not called & {"eval", "exec", "compile", "__import__"}, path
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not named & {"pickle", "marshal", "shelve", "xml.etree.ElementTree", "py_mini_racer"}, path
        assert not re.search(r"verify\s*=\s*False|read_pickle|yaml\.load\(", path.read_text("utf-8")), path


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_refused_by_name_and_never_crashes(name, seed):
    rng = np.random.default_rng(seed)
    bodies = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\x00" * 100,
        rng.bytes(400),
        b'{"data":' + b"[" * 5000,
        b"<html>",
        b"var x=",
        b"PK\x03\x04" + rng.bytes(200),
    ]
    for body in bodies:
        try:
            frame = ENDPOINTS[name].parse(body)
        except DataError as error:
            assert error.origin.startswith(name)
        else:
            assert isinstance(frame, pd.DataFrame)
            assert frame.empty


def test_an_entity_bomb_in_a_workbook_unfolds_to_nothing():
    bomb = made.xlsx([("日期", "基金代码", "基金简称", "基金规模(份)"), ("2025-01-15", "159915", "&lol;", "1")])
    import io
    import zipfile

    source, out = zipfile.ZipFile(io.BytesIO(bomb)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name.endswith("sheet1.xml"):
                head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
                text = text.replace("?>", f"?>{head}", 1).replace("&amp;lol;", "&b;")
            target.writestr(name, text)
    try:
        frame = ENDPOINTS["szse_fund_scale"].parse(out.getvalue())
        assert not frame["name"].fillna("").str.contains("aaaa").any()
    except DataError as error:
        assert error.origin == "szse_fund_scale"


def test_a_small_file_that_unpacks_to_a_flood_is_refused(monkeypatch):
    from helpers.providers import replies

    monkeypatch.setattr(replies, "LARGEST", 50_000)
    rows = [("2025-01-15", "159915", "乙", "0" * 20)] * 3000
    with pytest.raises(DataError, match="unpacked"):
        ENDPOINTS["szse_fund_scale"].parse(made.xlsx([made.SZSE_SCALE_HEAD, *rows]))


def test_requests_hold_the_name_of_a_secret_never_its_value(monkeypatch):
    monkeypatch.setenv("TUSHARE_TOKEN", SECRET)
    request = ENDPOINTS["tushare"].request(api_name="trade_cal")
    assert isinstance(request, Request)
    assert SECRET not in repr(request)
    assert request.json["token"] == "$TUSHARE_TOKEN"
    assert not issubclass(Incomplete, Denied)
    assert World is not None
