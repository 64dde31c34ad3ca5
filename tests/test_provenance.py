"""A page says where its numbers come from, and nothing of the machine they were made on."""

import json
import re

import pytest

from helpers.press.provenance import code_version, coverage_table, provenance
from helpers.sources import load_market
from helpers.sources.inventory import held
from helpers.tables import SCHEMAS


def book(**about):
    return {"cells": [], "metadata": {"etf_atlas": about}}


@pytest.fixture
def run(tmp_path):
    """Two chapters that read different tables, and the records of the files they read."""
    tables = {"etf_daily": {"rows": 10, "first": "2020-01-02", "last": "2025-06-30"}}
    more = {"index_daily": {"rows": 5, "first": "2015-01-05", "last": "2025-12-31"}}
    lacks = {"stock_daily": "no such file", "etf_daily": "cut away"}
    books = [
        book(parameters={"end": "2025-09-30"}, held={"name": "the tables", "tables": tables, "missing": lacks}),
        book(parameters={"top_n": 6}, held={"name": "the tables", "tables": more, "missing": {}}),
        book(parameters={}, held=None),
    ]
    (tmp_path / "keys").mkdir()
    for number, name in enumerate(("etf_daily", "index_daily"), start=1):
        record = {"key": "k", "files": {f"/somewhere/{name}.parquet": f"{number}"}, "product": "p"}
        (tmp_path / f"keys/0{number}_x.done").write_text(json.dumps(record))
    return books, tmp_path


def test_it_names_source_window_code_and_data_but_no_place(run):
    books, build = run
    about = provenance("mine", books, build)
    assert (about.first, about.last) == ("2015-01-05", "2025-09-30"), "the window ends where the run does"
    assert about.parameters == {"end": "2025-09-30", "top_n": 6}
    line = about.line()
    assert line.startswith("The tables · 2015-01-05 to 2025-09-30 · run mine · code ")
    assert re.search(r"data [0-9a-f]{8}$", line) and "somewhere" not in line


def test_the_data_hash_follows_the_content_and_not_the_folder(run):
    books, build = run
    before = provenance("mine", books, build).data_hash
    path = build / "keys/01_x.done"
    path.write_text(path.read_text().replace("/somewhere/", "/elsewhere/"))
    assert provenance("mine", books, build).data_hash == before
    path.write_text(path.read_text().replace('"1"', '"3"'))
    assert provenance("mine", books, build).data_hash != before


def test_a_run_that_recorded_nothing_says_so_by_silence(tmp_path):
    about = provenance("mine", [book()], tmp_path)
    assert (about.first, about.data_hash, about.tables) == ("", "", {})
    assert about.line() == f"run mine · code {code_version()}"


def test_every_table_has_a_line_of_coverage_and_the_reason_where_there_is_none(run):
    table = coverage_table(provenance("mine", *run)).set_index("Table")
    assert list(table.index) == list(SCHEMAS)
    assert table.at["etf_daily", "Rows"] == "10" and table.at["etf_daily", "What is missing"] == ""
    assert table.at["stock_daily", "What is missing"] == "no such file"
    assert table.at["calendar", "What is missing"] == "no chapter of this run read it"


def test_what_a_market_holds_is_what_was_read_of_it():
    market = load_market("demo", "small", end="2024-06-28")
    prices = market["etf_daily"]
    told = held(["a text", market])
    assert set(told["tables"]) == {"etf_daily"}
    assert told["tables"]["etf_daily"] == {
        "rows": len(prices),
        "first": f"{prices['date'].min():%Y-%m-%d}",
        "last": "2024-06-28",
    }
    assert held(["a text"]) is None
    json.dumps(told)
