"""What the machine can say of itself: the doctor, the parameters, and what a page tells of its data."""

import json
import re

import pandas as pd
import pytest

from helpers.params import RunParams
from helpers.press.freshness import ROOT
from helpers.providers import ENDPOINTS
from helpers.providers import __main__ as command
from helpers.providers.coverage import as_details, compared_in, coverage, provenance, tables_of
from helpers.providers.doctor import gaps_of, outlook, parameters, report
from helpers.providers.sources_known import KNOWN
from helpers.tables import SCHEMAS


def test_the_doctor_tells_sources_holdings_gaps_and_chapters(market, tmp_path):
    market.data(TABLES="calendar,index_daily")
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_one.py").write_text("market['index_daily']; market['etf_daily']")
    (tmp_path / "book/02_two.py").write_text("market['calendar']")
    (tmp_path / "book/03_three.py").write_text(
        "board.compare('S002 style signals, 22 weeks: state', x); board.compare('S000 claims', y)"
    )
    text = report(tmp_path, tmp_path / "book")
    for source in KNOWN.values():
        assert f"{source.name}: {source.cost}" in text
    assert "index_daily" in text
    told = {line.split()[0]: line for line in text.splitlines() if re.match(r"  0\d_", line)}
    assert told["01_one"].endswith("0 of 0 exhibits; not computable where it needs etf_daily")
    assert told["02_two"].endswith("has every table it reads")
    assert "1 of 2 exhibits; not computable where it needs etf_daily" in told["03_three"]
    assert "TABLES=fund_nav" in text
    assert "fund_issuance      not here: its tables of funds hold no units raised" in text
    assert re.search(r"not asked: em_fund_nav_pages \(.+\)", text)


def test_every_chapter_of_the_book_has_an_outlook():
    book = ROOT / "book"
    everything, nothing = outlook(book, []), outlook(book, list(SCHEMAS))
    assert len(everything) == len(nothing) == len(list(book.glob("[0-9][0-9]_*.py")))
    assert all(line.endswith("has every table it reads") for line in everything)
    assert all("not computable where it needs" in line for line in nothing)


@pytest.mark.parametrize("window", [{}, {"start": "2026-01-05", "end": "2026-02-13"}])
def test_a_page_states_window_coverage_and_substitutes_of_what_it_reads(market, window):
    market.data(TABLES="calendar,index_daily,stock_industry")
    values = {"source": "free", "data": str(market.root), **window}
    first, *others = provenance(values, market.root, ["index_daily", "stock_industry", "etf_shares"])
    assert all(day in first for day in window.values())
    assert "free" in first
    assert "2 of the 3 tables" in first
    assert next(line for line in others if line.startswith("index_daily")).startswith(
        "index_daily: 2026-01-05 to 2026-02-13, "
    )
    assert "etf_shares: none; not fetched." in others
    assert [line for line in others if "CITIC" in line] == [others[-1]]
    assert not any("calendar" in line for line in others), "only what the page reads"
    looked = provenance({**values, "backcast_labels": True}, market.root, ["index_daily"])
    assert "looked ahead" in looked[-1]
    assert not any("looked ahead" in line for line in others)
    block = as_details([first, "<b>&"])
    assert block.count("<li>") == 1
    assert "<li>&lt;b&gt;&amp;</li>" in block
    assert provenance({"source": "folder"}, market.root, ["index_daily"]) == []


def test_a_page_reads_the_tables_it_names_and_those_of_its_exhibits():
    code = ["x = market['etf_daily']", "board.compare('S002 style signals, 22 weeks: state', x)"]
    assert compared_in(code) == ["S002 style signals, 22 weeks: state"]
    assert tables_of(code) == ["etf_daily", "index_daily"]
    assert tables_of(["x = 'no table at all'"]) == []


CHAPTER = """\
# %% [markdown]
# # 01 · Trial

# %% tags=["parameters"]
source = "demo"
data = None
end = None

# %%
from helpers.sources import load_market

load_market(source, data, end=end)["index_daily"].shape
"""


@pytest.mark.book
def test_an_executed_chapter_states_where_its_data_come_from(market, tmp_path):
    from helpers.execute import main
    from helpers.press.back_pages import coverage_page
    from helpers.press.provenance import provenance

    market.data(TABLES="calendar,index_daily")
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_one.py").write_text(CHAPTER, encoding="utf-8")
    (tmp_path / "trial.yaml").write_text(f"source: free\ndata: {market.root}\nend: 2026-02-13\n", encoding="utf-8")
    places = ["--book", str(tmp_path / "book"), "--out", str(tmp_path / "build")]
    assert main(["01", str(tmp_path / "trial.yaml"), *places]) == 0
    book = json.loads((tmp_path / "build/notebooks/01_one.ipynb").read_text())
    block = "".join(book["cells"][1]["source"])
    assert "to 2026-02-13; 1 of the 1 tables" in block
    assert "index_daily: 2026-01-05 to 2026-02-13" in block
    assert "".join(book["cells"][0]["source"]).startswith("# 01")
    page = coverage_page(provenance("trial", [book], tmp_path / "build"))
    assert "2026-02-13" in page
    assert "not fetched" in page
    assert str(tmp_path) not in page + json.dumps(book)


def test_the_doctor_says_before_a_fetch_what_chapters_would_show(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_one.py").write_text("market['fund_issuance']; market['calendar']")
    text = report(tmp_path / "stores", tmp_path / "book")
    free, tushare, joinquant = (text.partition(f"{name}: {KNOWN[name].cost}")[2].partition("\n\n")[0] for name in KNOWN)
    assert "then every chapter has the tables it reads" in free
    assert "then every chapter has the tables it reads" in tushare
    assert re.search("then 01_one .*not computable where it needs fund_issuance", joinquant)
    assert text.count("nothing stored yet") == len(KNOWN)


def test_every_endpoint_is_asked_or_the_doctor_says_why_not():
    asked = {name for source in KNOWN.values() for supply in source.supplies for name in supply.endpoints}
    aside = {name.split()[0] for source in KNOWN.values() for name in source.aside}
    assert set(ENDPOINTS) == asked | aside
    for source in KNOWN.values():
        lacking = {table for table in SCHEMAS if source.supply(table) is None}
        assert set(source.lacks) == lacking, source.name
    assert {supply.table for supply in KNOWN["free"].supplies} == set(SCHEMAS)


def test_a_store_is_listed_table_by_table(market):
    market.data(TABLES="calendar,index_daily")
    shown = coverage("free", market.root).set_index("Table")
    assert shown.loc["index_daily", ["From", "To"]].tolist() == ["2026-01-05", "2026-02-13"]
    assert shown.loc["stock_fundamental", ["Rows", "Note"]].tolist() == ["0", "not fetched"]
    assert shown.loc["etf_shares", "Note"] == "not fetched"
    assert coverage("folder", market.root).empty


def test_missing_sessions_are_counted():
    days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-08", "2026-01-09"])
    assert gaps_of(pd.DataFrame({"date": days})).tolist() == [pd.Timestamp("2026-01-07")]
    assert len(gaps_of(pd.DataFrame({"date": days[:2]}))) == 0


def test_every_parameter_is_listed_with_its_default_and_meaning(capsys):
    assert command.main(["params"]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert [line.split()[0] for line in lines] == [name.upper() for name in RunParams.model_fields]
    for line, field in zip(lines, RunParams.model_fields.values(), strict=True):
        assert line.endswith(field.description)
        assert str(field.default) in line
    assert parameters() == "\n".join(lines)
    kinds = {line.split()[0]: line[21:65].strip() for line in lines}
    assert kinds["START"] == kinds["CASE_WEEK"] == "day or null"
    assert kinds["TURNING_DATE"] == "day"
    assert kinds["TOP_N"] == "whole number, ≥ 1"
    assert kinds["MAX_WEIGHT"] == "number, > 0, ≤ 1"
    assert kinds["SIZE_LAMBDA"] == "number, ≥ 0.001, ≤ 1e+09"
    assert kinds["BACKCAST_LABELS"] == "True or False"
    assert kinds["SURVIVOR"] == "earliest | largest | most_traded | cheapest"
    assert kinds["STANCE"] == "attack | defence | theme | core or null"
    assert kinds["SIZE_PAIR"] == "list of 2 index codes"
    assert kinds["HELD_FUNDS"] == "list of texts"
    assert kinds["STATE_MARKET"] == "index code"
