"""From nothing to a store and on: what is asked, what is kept, and what is never asked again."""

import datetime as dt
import json
import multiprocessing
import os
import re
import signal
import time

import numpy as np
import pandas as pd
import pytest

from helpers.providers import __main__ as command
from helpers.providers.fetching import estimate
from helpers.providers.free import FREE
from helpers.providers.plans import Job, gaps, spans
from helpers.providers.store import Entry, Store
from helpers.sources import load_market
from helpers.tables import DataError, validate
from providers_support import content

ALL = ("tables", "parts", "raw")
QUICK = "calendar,stock_industry,index_daily,etf_shares"


def test_an_empty_folder_is_filled_with_every_table_the_source_has(market, capsys):
    assert market.data() == 0
    shown = capsys.readouterr().out
    assert "replies stored" in shown
    held = load_market("free", market.root)
    assert set(held) == {supply.table for supply in FREE.supplies}
    for name in held:
        pd.testing.assert_frame_equal(held[name], validate(name, held[name], name), check_like=True)
    world = market.world.t
    got, made = held["etf_shares"], world["etf_shares"]
    merged = got.merge(made, on=["date", "code"], suffixes=("", "_made"))
    assert len(merged) == len(got) == (made["date"] >= "2026-01-05").sum()
    np.testing.assert_allclose(merged["shares"], merged["shares_made"])
    closes = held["etf_daily"].merge(world["etf_daily"], on=["date", "code"], suffixes=("", "_made"))
    np.testing.assert_allclose(closes["close"], closes["close_made"])
    assert held["stock_industry"]["industry_name"].notna().all()
    assert held["etf_list"].set_index("code").loc["588001.SH", "list_date"] == pd.Timestamp("2025-11-03")
    # a second call asks nothing and changes nothing
    before, asked = content(market.root, *ALL), len(market.server.asked)
    assert market.data() == 0
    assert len(market.server.asked) == asked
    assert content(market.root, *ALL) == before
    assert "nothing to fetch" in capsys.readouterr().out


def test_the_plan_is_shown_with_an_estimate_and_a_bar_follows_it_on_a_terminal(market, capsys, monkeypatch):
    monkeypatch.setattr(command.sys.stderr, "isatty", lambda: True, raising=False)
    assert market.data(TABLES="calendar,stock_industry") == 0
    out, bar = capsys.readouterr()
    assert "free, 2026-01-05 to 2026-02-13: 3 requests, about 0 min" in out
    assert re.search(r"calendar +2 requests +0 min", out)
    assert re.search(r"calendar +: 100%.* 2/2 ", bar)
    shown = out.index("3 requests") < out.index("replies stored")
    assert shown, "the plan comes first"
    jobs = [Job("em_fund_nav", {"code": f"{i:06d}"}, str(i), "2026-02-13") for i in range(4500)]
    assert estimate(jobs) == pytest.approx(4500 * 1.3)


def test_a_later_end_asks_for_the_new_days_only(market):
    assert market.data(END="2026-01-30", TABLES=QUICK) == 0
    before, asked = content(market.root, "raw"), len(market.server.asked)
    assert market.data(END="2026-02-13", TABLES=QUICK) == 0
    new = market.server.asked[asked:]
    for _, path, query in new:
        days = [query[key].replace("-", "") for key in ("STAT_DATE", "txtStart", "startDate") if key in query]
        assert all(day >= "20260130" for day in days), (path, query)
    assert {query["month"] for _, _, query in new if "month" in query} == {"2026-02"}
    assert content(market.root, "raw").items() >= before.items()
    levels = load_market("free", market.root)["index_daily"]
    assert levels["date"].max() == pd.Timestamp("2026-02-13")
    assert not levels.duplicated(["date", "index_code"]).any()


def test_an_earlier_start_asks_for_the_earlier_days_only(market):
    assert market.data(START="2026-01-20", TABLES="index_daily,etf_shares") == 0
    asked = len(market.server.asked)
    assert market.data(TABLES="index_daily,etf_shares") == 0
    for _, _, query in market.server.asked[asked:]:
        assert query.get("STAT_DATE", "2026-01-19") <= "2026-01-19"
        assert query.get("endDate", "2026-01-20").replace("-", "") <= "20260120"


def test_a_store_looked_at_from_an_evening_shows_what_was_known(market):
    market.data(TABLES="index_daily")
    early = load_market("free", market.root, end="2026-01-20")
    assert early["index_daily"]["date"].max() == pd.Timestamp("2026-01-20")


def test_a_missing_store_says_what_to_type(tmp_path):
    with pytest.raises(DataError, match="make data SOURCE=nowhere"):
        load_market("free", tmp_path / "nowhere")


def test_weights_of_a_publisher_gather_month_by_month(market):
    world = market.world
    weights = world.t["index_weights"]
    world.t["index_weights"] = weights[weights["date"] < "2026-01-01"]
    market.now = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)
    assert market.data(END="2026-01-05", TABLES="index_weights") == 0
    first = load_market("free", market.root)["index_weights"].query("index_code == '000300'")
    assert first["date"].nunique() == 1
    world.t["index_weights"], world.by = weights, {}
    asked = len(market.server.asked)
    assert market.data(END="2026-01-06", TABLES="index_weights") == 0
    assert len(market.server.asked) == asked, "the month's weights are there"
    market.now = dt.datetime(2026, 2, 16, 4, tzinfo=dt.UTC)
    assert market.data(TABLES="index_weights") == 0
    both = load_market("free", market.root)["index_weights"].query("index_code == '000300'")
    assert both["date"].nunique() == 2
    assert set(first["date"]) < set(both["date"])


def test_rewritten_labels_are_noticed_and_the_old_file_stays(market, capsys):
    market.now = dt.datetime(2026, 1, 10, 4, tzinfo=dt.UTC)
    assert market.data(END="2026-01-05", TABLES="stock_industry") == 0
    raw = content(market.root, "raw")
    labels = market.world.t["stock_industry"]
    labels.loc[0, "industry_code"] = "801750"
    market.now = dt.datetime(2026, 2, 16, 4, tzinfo=dt.UTC)
    capsys.readouterr()
    assert market.data(TABLES="stock_industry") == 0
    labels.loc[0, "industry_code"] = "801010"
    assert "revised by sw_stock_industry : 1 rows of industry_code" in capsys.readouterr().out
    noted = [json.loads(line) for line in (market.root / "revisions.jsonl").read_text().splitlines()]
    assert [n["was"] for n in noted] == ["801010"]
    assert [n["now"] for n in noted] == ["801750"]
    assert content(market.root, "raw").items() >= raw.items()


def test_a_provisional_day_of_shenzhen_is_asked_again_and_the_change_told(market, capsys):
    assert market.data(END="2026-01-30", TABLES="etf_shares") == 0
    units = market.world.t["etf_shares"]
    last = units.index[(units["date"] == "2026-01-30") & units["code"].str.endswith(".SZ")][0]
    kept = units.loc[last, "shares"]
    units.loc[last, "shares"] = kept * 1.5
    capsys.readouterr()
    assert market.data(END="2026-02-13", TABLES="etf_shares") == 0
    units.loc[last, "shares"] = kept
    assert "revised by szse_fund_scale : 1 rows of shares" in capsys.readouterr().out
    table = load_market("free", market.root)["etf_shares"].set_index(["date", "code"])["shares"]
    assert table[pd.Timestamp("2026-01-30"), units.loc[last, "code"]] == pytest.approx(kept * 1.5)


def test_a_day_not_yet_published_is_asked_again_until_it_is_old(market):
    units = market.world.t["etf_shares"]
    market.world.t["etf_shares"] = units[units["date"] < "2026-02-12"]
    assert market.data(TABLES="etf_shares") == 0
    asked = len(market.server.asked)
    market.world.t["etf_shares"], market.world.by = units, {}
    assert market.data(TABLES="etf_shares") == 0
    assert {q["STAT_DATE"] for _, q in market.server.questions("commonQuery")[asked:]} <= {"2026-02-12", "2026-02-13"}
    days = load_market("free", market.root)["etf_shares"].query("code.str.endswith('.SH')")["date"]
    assert days.max() == pd.Timestamp("2026-02-13")


def test_stored_replies_are_read_again_without_the_network(market):
    assert market.data(TABLES=QUICK) == 0
    before, asked = content(market.root, *ALL), len(market.server.asked)
    for part in (market.root / "parts").rglob("*.parquet"):
        part.write_bytes(b"broken")
    assert market.data(REPARSE="1") == 0
    assert content(market.root, *ALL) == before
    assert len(market.server.asked) == asked


def test_a_reply_changed_on_disk_is_noticed(market, capsys):
    assert market.data(TABLES="calendar") == 0
    next((market.root / "raw" / "szse_calendar").iterdir()).write_bytes(b"\x1f\x8b broken")
    assert market.data(REPARSE="1") == 1
    assert "the reply that the manifest names" in capsys.readouterr().err


def test_the_manifest_says_where_everything_came_from(market):
    market.data(TABLES="calendar")
    entry = Store(market.root).of("szse_calendar")[0]
    assert entry.url.startswith("https://www.szse.cn/api/report/exchange/onepersistenthour/monthList?month=")
    assert (entry.rows, entry.bytes > 0, len(entry.sha256), entry.library[:9]) == (20, True, 64, "etf-atlas")
    name = (market.root / "CURRENT").read_text()
    about = json.loads((market.root / "tables" / name / "manifest.json").read_text())
    assert about["provider"] == "free"
    assert about["tables"]["calendar"]["rows"] == 30


def test_spans_not_yet_known_are_found_and_cut():
    def entry(start, through):
        return Entry("e", f"{start}", "", {"start": start}, through, "t", "u", "none", "0", 1, 1)

    known = [entry("2025-03-01", "2025-03-31"), entry("2025-06-01", "2025-06-30")]
    assert gaps([], "2025-01-01", "2025-12-31") == [("2025-01-01", "2025-12-31")]
    assert gaps(known, "2025-03-05", "2025-03-31") == []
    assert gaps(known, "2025-01-01", "2025-12-31") == [
        ("2025-01-01", "2025-03-01"), ("2025-03-31", "2025-06-01"), ("2025-06-30", "2025-12-31"),
    ]  # fmt: skip
    pieces = spans("2024-01-01", "2025-12-31", 180)
    assert (pieces[0][0], pieces[-1][1]) == ("2024-01-01", "2025-12-31")
    for (_, end), (start, _) in zip(pieces, pieces[1:], strict=False):
        assert pd.Timestamp(start) - pd.Timestamp(end) == pd.Timedelta(days=1)
    assert max((pd.Timestamp(b) - pd.Timestamp(a)).days for a, b in pieces) < 180


def run_quietly(market, options):
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        os._exit(market.data(**options))


def test_killed_at_twenty_moments_it_ends_with_the_same_bytes(market, tmp_path):
    options = {"TABLES": "calendar,stock_industry,industry_daily,index_daily,index_weights"}
    market.root = tmp_path / "undisturbed"
    assert market.data(**options) == 0
    market.root, rng, read = tmp_path / "killed", np.random.default_rng(7), set()
    for _ in range(20):
        asked = len(market.server.asked) + rng.integers(0, 4)
        child = multiprocessing.get_context("fork").Process(target=run_quietly, args=(market, options))
        child.start()
        while child.is_alive() and len(market.server.asked) < asked:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.04))
        assert child.is_alive(), "there was more to do"
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        store = Store(market.root)
        for key in set(store.entries) - read:  # what the manifest names is whole; it is compared as a whole at the end
            entry = store.entries[key]
            store.raw(entry)
            assert len(store.part(entry)) == entry.rows
        read |= set(store.entries)
        if (market.root / "CURRENT").is_file():
            held = load_market("free", market.root)
            assert all(len(held[name]) for name in held)
    assert market.data(**options) == 0
    assert content(market.root, *ALL) == content(tmp_path / "undisturbed", *ALL)
    assert not list(market.root.rglob(".*.part"))
