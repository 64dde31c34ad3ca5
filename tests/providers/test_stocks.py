"""Stocks by BaoStock: the socket and its moods, prices from reference prices, quarters from the year to date."""

import contextlib
import re
import socketserver
import threading
import zlib

import numpy as np
import pandas as pd
import pytest

import provider_replies as made
from helpers.providers import ENDPOINTS, Refused
from helpers.providers.assemble_stocks import QUOTES, REPORTS, stock_fundamental, with_prices
from helpers.providers.baostock_wire import Wire
from helpers.providers.client import Client, Unreachable
from helpers.providers.endpoint import Request
from helpers.sources import load_market
from helpers.tables import DataWarning

DAY = [("2026-01-05", "sh.600000", *["10.00"] * 4, "9.90", 1000, 10000, "3", "1.0", "1", "1.01", *["1"] * 4, "0")]


@contextlib.contextmanager
def server(answer):
    """A BaoStock on 127.0.0.1; ``answer(parts, heard)`` returns bytes, or None to hang up."""
    heard, logins = [], []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            logins.append(self.client_address)
            for line in self.rfile:
                head, _, crc = line.rstrip(b"\n").rpartition(b"\x01")
                assert int(crc) == zlib.crc32(head)
                assert int(head[11:21]) == len(head[21:].decode())
                parts = head[21:].decode().split("\x01")
                heard.append(parts)
                reply = answer(parts, heard)
                if reply is None:
                    return
                with contextlib.suppress(OSError):
                    self.wfile.write(reply)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as tcp:
        threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"tcp://127.0.0.1:{tcp.server_address[1]}", heard, logins
        tcp.shutdown()


def polite(parts, heard):
    if parts[0] == "login":
        return made.baostock("01", "0", "success", "login", "anonymous")
    if parts[0] == QUOTES:
        return made.baostock_table("99", made.BAOSTOCK_DAY, DAY, QUOTES)
    return made.baostock_table("18", made.BAOSTOCK_PROFIT, [])


def question(url, method=QUOTES, **asked):
    return Request(url, ENDPOINTS["baostock"].request(method=method, **asked).params)


def test_one_login_serves_many_questions_and_each_is_a_valid_frame():
    with server(polite) as (url, heard, logins):
        wire, parse = Wire(), ENDPOINTS["baostock"].parse
        frames = [parse(wire.ask(question(url, date="2026-01-05"))) for _ in range(2)]
        assert parse(wire.ask(question(url, REPORTS, code="600000.SH", year=2025, quarter=3))).empty
        wire.close()
    assert [parts[0] for parts in heard] == ["login", QUOTES, QUOTES, REPORTS]
    assert heard[-1] == [REPORTS, "anonymous", "1", "10000", "sh.600000", "2025", "3"]
    assert len(logins) == 1
    for frame in frames:
        assert frame[["code", "close", "prev_close", "turnover"]].to_numpy().tolist() == [
            ["600000.SH", 10.0, 9.9, 0.01]
        ]


@pytest.mark.parametrize("mood", ["hangs up", "logged out", "cut off"])
def test_a_line_that_fails_is_opened_again(mood):
    def moody(parts, heard):
        asked = sum(parts[0] != "login" for parts in heard)
        if parts[0] == "login" or asked > 1:
            return polite(parts, heard)
        if mood == "logged out":
            return made.baostock("04", "10001001", "用户未登录")
        return polite(parts, heard)[:-30] if mood == "cut off" else None

    with server(moody) as (url, _, logins):
        wire = Wire(timeout=0.3)
        client = Client(patience=0, transports={"tcp": lambda request: wire.ask(Request(url, request.params))})
        answer, frame = client.fetch(ENDPOINTS["baostock"], {"method": QUOTES, "date": "2026-01-05"})
        wire.close()
    assert len(frame) == 1
    assert answer.tls == "none"
    assert len(logins) == 2


def test_a_refused_login_and_a_silent_host_are_told():
    with server(lambda *_: made.baostock("04", "10001005", "账号登陆数达到上限")) as (url, heard, _):
        with pytest.raises(Refused, match="10001005"):
            Wire().ask(question(url, date="2026-01-05"))
        assert heard == [["login", "anonymous", "123456", "0"]]

    def nobody(request):
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(Unreachable, match=r"nobody there \(5 attempts\)"):
        Client(patience=0, transports={"tcp": nobody}).fetch(ENDPOINTS["baostock"], {"method": QUOTES, "date": "x"})


def test_a_secret_in_what_a_package_raises_is_struck_out(monkeypatch):
    monkeypatch.setenv("JQDATA_PASSWORD", "n0body-kn0ws")

    def rude(request):
        raise Exception("no: n0body-kn0ws")  # noqa: TRY002

    with pytest.raises(Unreachable) as caught:
        Client(patience=0, transports={"joinquant": rude}).fetch(ENDPOINTS["joinquant"], {"table": "securities"})
    assert "n0body" not in str(caught.value)
    assert "***" in str(caught.value)


def quotes(days, seed=0):
    rng, codes = np.random.default_rng(seed), ["000001.SZ", "600000.SH"]
    grid = pd.MultiIndex.from_product([codes, days], names=["code", "date"]).to_frame(index=False)
    grid["close"] = np.round(10 + rng.normal(0, 0.1, len(grid)).cumsum(), 2)
    grid["prev_close"] = grid.groupby("code")["close"].shift().fillna(9.5)
    return grid.assign(volume=1e6, amount=1e7, turnover=0.01)


DAYS = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"])


@pytest.mark.parametrize("seed", range(3))
def test_returns_are_closes_over_reference_prices_whatever_comes_later(seed):
    table = quotes(DAYS, seed)
    paid = (table["date"] == DAYS[2]) & (table["code"] == "600000.SH")
    table.loc[paid, "prev_close"] -= 0.4
    out = with_prices(table.sample(frac=1, random_state=seed)).set_index(["code", "date"])
    total = out["adj_close"].groupby(level="code").pct_change()
    asked = table.set_index(["code", "date"]).reindex(total.index)
    np.testing.assert_allclose(total.dropna(), (asked["close"] / asked["prev_close"] - 1)[total.notna()])
    first = out.groupby(level="code").first()
    np.testing.assert_allclose(first["adj_close"], first["close"])
    early = with_prices(table[table["date"] <= DAYS[3]]).set_index(["code", "date"])
    pd.testing.assert_frame_equal(early, out.loc[early.index])


def test_a_stock_that_does_not_trade_keeps_its_shares_and_a_missing_session_is_told():
    table = quotes(DAYS)
    idle = (table["date"] == DAYS[3]).to_numpy()
    table.loc[idle, ["volume", "turnover", "amount"]] = np.nan
    out = with_prices(table)
    np.testing.assert_allclose(out["float_cap"], 1e8 * out["close"])
    with pytest.warns(DataWarning, match="1 sessions without quotes of stocks, the first 2026-01-07"):
        with_prices(table[table["date"] != DAYS[2]])


class Said:
    """A store of one reply."""

    def __init__(self, frame):
        self.store, self.frame, self.rows, self.request = self, frame, len(frame), {"method": REPORTS}

    def of(self, endpoint):
        return [self]

    def part(self, entry):
        return self.frame


def test_a_quarter_is_what_its_report_adds_to_the_year():
    ends = pd.to_datetime(["2024-12-31", "2025-03-31", "2025-06-30", "2025-12-31"])
    frame = pd.DataFrame(
        {
            "code": "600000.SH", "report_date": ends, "announce_date": ends + pd.Timedelta(days=30),
            "roe_to_date": [0.12, 0.03, 0.05, 0.11], "net_profit_to_date": [12e8, 3e8, 5e8, 11e8],
        }
    )  # fmt: skip
    out = stock_fundamental(Said(frame)).set_index("report_date")
    np.testing.assert_allclose(out["net_profit"], [np.nan, 3e8, 2e8, np.nan])
    np.testing.assert_allclose(out["roe"], [np.nan, 0.12, 0.08, np.nan])
    assert (out["announce_date"] > out.index).all()


def test_the_free_source_fills_the_tables_of_stocks(market, capsys):
    wanted = {"START": "2026-02-02", "TABLES": "index_weights,stock_daily,stock_fundamental"}
    assert market.data(**wanted) == 0
    plans = re.findall(r"about .*\n(?:  (?!Stop).*\n)*", capsys.readouterr().out)
    assert "stock_fundamental" not in plans[0]
    assert re.search(r"stock_fundamental +\d\d requests", plans[1]), "what it is made of was not known before"
    held = load_market("free", market.root)
    daily = held["stock_daily"]
    assert daily["date"].agg(["min", "max"]).tolist() == [pd.Timestamp("2026-02-02"), pd.Timestamp("2026-02-13")]
    np.testing.assert_allclose(daily["float_cap"], daily["volume"] * 200 * daily["close"])
    reports = held["stock_fundamental"]
    np.testing.assert_allclose(reports["net_profit"].dropna(), 1e8)
    assert (reports["announce_date"] > reports["report_date"]).all()
    assert reports["report_date"].max() == pd.Timestamp("2025-12-31")
    asked = len(market.server.asked)
    assert market.data(**wanted) == 0
    assert len(market.server.asked) == asked
