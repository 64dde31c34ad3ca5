"""The published numbers: every file loads as typed, and no text of the sources ships."""

import re
from pathlib import Path

import pandas as pd
import pytest

from helpers import published

NAMES = published.names()
SOURCES = Path(__file__).resolve().parents[2] / "shared" / "sources"


def text_cells(frame: pd.DataFrame) -> set[str]:
    """Return the distinct strings of all text columns."""
    columns = [frame[c].dropna() for c in frame if pd.api.types.is_string_dtype(frame[c])]
    return set(pd.concat(columns)) if columns else set()


def test_the_files_a_chapter_asks_for_are_there():
    assert {"s001_t01_sw_l1_yearly_returns", "s002_style_signal_weekly", "claims", "checks"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_file_loads_with_rows_and_without_quotes(name):
    frame = published.load(name)
    assert len(frame) > 0
    assert not [c for c in frame if "quote" in c]
    assert not frame.duplicated().any()


@pytest.mark.parametrize("name", NAMES)
def test_no_chinese_sentence_ships(name):
    for cell in text_cells(published.load(name)):
        assert not re.search("[，。；]", cell), cell
        assert not re.search("[一-鿿、]{25}", cell), cell


@pytest.mark.parametrize("name", NAMES)
def test_dates_codes_and_numbers_are_typed(name):
    frame = published.load(name)
    for column in frame:
        if "code" in column:
            assert pd.api.types.is_string_dtype(frame[column]), column
        if column.endswith("_pct"):
            assert pd.api.types.is_numeric_dtype(frame[column]), column
        if column.endswith(("_start", "_end")) or column == "week_end":
            assert pd.api.types.is_datetime64_any_dtype(frame[column]), column


def test_codes_keep_leading_zeros():
    codes = published.load("s001_appendix_rows").set_index("total_serial")["index_code"]
    assert codes[5] == "000689.SH"
    assert published.load("s001_t08_zhejiang_soe_top10")["stock_code"].str.len().eq(9).all()


def test_each_call_returns_a_fresh_copy():
    first = published.load("claims")
    first.loc[0, "assets"] = "spoiled"
    assert published.load("claims").loc[0, "assets"] != "spoiled"


def test_unknown_name_lists_near_names():
    with pytest.raises(ValueError, match="s002_style_signal_weekly"):
        published.load("s002_style_signals")


def test_a_name_like_nothing_lists_all():
    with pytest.raises(ValueError, match="claims"):
        published.load("zzzz")


def test_checks_hold_the_statuses_the_scoreboard_reads():
    checks = published.checks().set_index("check_id")
    assert checks.loc["A4", "status"] == "mismatch"
    assert checks.loc["B1", "status"] == "ok"
    assert set(checks["status"]) <= {"ok", "rounding", "mismatch", "weak", "unclear", "info"}


def test_table_1_is_complete():
    table = published.load("s001_t01_sw_l1_yearly_returns")
    counts = table.groupby(["year", "kind"]).size().unstack()
    assert counts["industry"].eq(31).all() and counts["benchmark"].eq(2).all()
    assert list(counts.index) == list(range(2018, 2025))


def test_every_file_is_described_in_the_readme():
    readme = (Path(published.__file__).parent / "README.md").read_text(encoding="utf-8")
    stems = re.sub(r", (_\w+)", r" \1", readme)
    for name in NAMES:
        assert name in stems or any(name.endswith(s) for s in re.findall(r" (_\w+)", stems)), name


@pytest.mark.skipif(not SOURCES.is_dir(), reason="the source texts are not beside the project")
def test_no_run_of_twenty_source_characters_beyond_names():
    source = "".join(re.sub(r"\s", "", p.read_text(encoding="utf-8")) for p in SOURCES.glob("*.txt"))
    for name in NAMES:
        frame = published.load(name)
        frame = frame.drop(columns=[c for c in frame if c.endswith("name")])
        for cell in text_cells(frame):
            for run in re.findall(r"[一-鿿]{20,}", cell):
                windows = (run[i : i + 20] for i in range(len(run) - 19))
                assert not any(w in source for w in windows), (name, cell)
