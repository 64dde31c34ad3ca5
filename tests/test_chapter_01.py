"""Chapter 01 goes on with what a run has: its reasons are true, and an exhibit is judged on its own day only."""

import numpy as np
import pandas as pd
import pytest

from helpers.published.exhibits import EXHIBITS, s001
from helpers.sessions import sessions

CHAPTER = "01_taxonomy"
TABLES = ("industry_daily", "index_daily", "etf_list")
NAMES = ["通信", "有色金属", "银行", "煤炭", "电子", "医药生物", "<i>综合"]
FUNDS = [
    "沪深300ETF",
    "芯片ETF",
    "成长ETF",
    "央企红利ETF",
    "银行ETF",
    "恒生ETF",
    "黄金ETF",
    "央企红利ETF",
    "通信ETF",
    None,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder source: seven industries, two benchmarks, ten funds."""
    home = tmp_path_factory.mktemp("tables")
    days, rng = sessions("2017-12-01", "2026-02-13"), np.random.default_rng(0)

    def long(codes, key):
        wide = pd.DataFrame({c: np.exp(rng.normal(0, 0.012, len(days)).cumsum()) for c in codes}, index=days)
        return wide.rename_axis("date").melt(ignore_index=False, var_name=key, value_name="close").reset_index()

    industries = long(NAMES, "industry_name").assign(scheme="SW2021_L1")
    industries["industry_code"] = industries["industry_name"].map({n: f"80{i}010" for i, n in enumerate(NAMES)})
    industries.to_parquet(home / "industry_daily.parquet")
    long(["000300", "000985"], "index_code").to_parquet(home / "index_daily.parquet")
    listed = pd.to_datetime([f"{2016 + i}-03-02" for i in range(10)])
    code = [f"51000{i}.SH" for i in range(10)]
    index = ["000300", "H30007", "980080", "000825", "399986", "HSI", "AU9999", "000826", "000936", "000825"]
    etf_list = pd.DataFrame({"code": code, "name": FUNDS, "list_date": listed, "index_code": index})
    etf_list.to_parquet(home / "etf_list.parquet")
    return home


@pytest.fixture
def run(folder, run_chapter, tmp_path):
    """Run the chapter on the folder, or on a copy without some tables."""

    def start(*absent, **parameters):
        for name in set(TABLES) - set(absent):
            (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
        page = run_chapter(CHAPTER, source="folder", data=str(tmp_path), **parameters)
        assert "nan" not in page.text.lower() and "<i>" not in page.text and page.unnamed == set()
        return page

    return start


def rows(page, exhibit):
    return page.board[page.board["exhibit"] == exhibit]


def test_the_whole_page_compares_every_exhibit(run):
    page = run()
    assert page.reasons == [] and len(page.captions) == 8
    own = [name for name in EXHIBITS if name.startswith("S001") and name in set(page.board["exhibit"])]
    assert len(own) == 7 and len(page.board) == sum(len(EXHIBITS[name].cells) for name in own)
    assert set(rows(page, "S001 Table 4")["verdict"]) == {"published inconsistent"}


@pytest.mark.parametrize("start", ["2019-01-01", "2024-06-03", "2025-01-02"])
def test_start_hides_no_printed_year_from_the_board_and_makes_no_false_sentence(run, start):
    whole, late = run(), run(start=start)
    pd.testing.assert_frame_equal(rows(late, "S001 Table 1"), rows(whole, "S001 Table 1"))
    first = int(start[:4])
    if first < 2025:
        assert f"{2026 - first} full years, {first} to 2025" in late.text and late.reasons == []
        assert (f"From {max(first, 2018)} to 2024" in late.text) == (first < 2024)
    else:
        assert "one full year, 2025." in late.text and "In 2025 " in late.text
        assert len(late.reasons) == 1 and "gives 1 full year to rank from 2025 on" in late.reasons[0]
    for year in range(first, 2026):
        assert f"From {year} to {year}" not in late.text and "in 1 of 1" not in late.text


def test_start_after_the_last_full_year_says_that_start_is_the_reason(run):
    page = run(start="2026-01-05", end="2026-02-13")
    assert len(page.reasons) == 1 and "from 2026 on, where START begins" in page.reasons[0]
    table = rows(page, "S001 Table 1")
    assert (table["verdict"] == "not computable").all() and table["note"].str.contains("START").all()
    assert rows(page, "S001 Table 3")["computed"].notna().all()


@pytest.mark.parametrize("end", ["2022-06-30", "2025-12-09"])
def test_before_its_day_table_3_is_shown_and_not_judged(run, end):
    page = run(end=end)
    for exhibit in ("S001 Table 3", "S001 prose 1.2"):
        table = rows(page, exhibit)
        assert set(table["verdict"]) == {"not computable"}
        assert set(table["note"]) == {f"needs etf_list as of 2025-12-10; this run looks at {end}"}
    assert any(f"by class on {end}" in caption for caption in page.captions)
    assert "before the report did" in page.text


@pytest.mark.parametrize("end", ["2025-12-10", "2026-02-13"])
def test_from_its_day_on_table_3_is_judged_as_of_that_day(run, end):
    page = run(end=end)
    assert rows(page, "S001 Table 3")["computed"].notna().all()
    assert any("by class on 2025-12-10" in caption for caption in page.captions)
    assert "before the report did" not in page.text


def test_a_year_the_closes_do_not_hold_is_named_as_the_reason(run):
    table = rows(run(end="2022-06-30"), "S001 Table 1").set_index("item")
    assert table.loc["2021 银行", "computed"] is not None and table.loc["2021 银行", "verdict"] == "differs"
    assert table.loc["2022 银行", "note"] == "industry_daily holds no full year 2022"
    assert table.loc["2022 沪深300", "note"] == "index_daily holds no full year 2022 of 000300"


@pytest.mark.parametrize(
    ("absent", "figures", "lost"),
    [
        ("industry_daily", 3, {"S001 Table 1", "S001 Fig. 1", "S001 prose 1.1"}),
        ("index_daily", 7, {"S001 prose 1.1"}),
        ("etf_list", 5, {"S001 Table 3", "S001 prose 1.2", "S001 product list: index codes"}),
    ],
)
def test_a_table_less_is_one_note_and_the_rest_of_the_page_goes_on(run, absent, figures, lost):
    page = run(absent)
    assert len(page.reasons) == 1 and page.reasons[0].startswith(f"{absent}: ")
    assert len(page.captions) == figures
    for exhibit in lost:
        assert set(rows(page, exhibit)["verdict"]) == {"not computable"}, exhibit
        assert rows(page, exhibit)["note"].str.contains(absent).all()
    assert set(rows(page, "S001 Table 4")["verdict"]) == {"published inconsistent"}
    assert len(page.board) == len(run().board)


def test_other_industries_are_ranked_without_a_word_on_the_print(run, folder):
    page = run(industry_scheme="CITIC_L1")
    assert "holds no CITIC_L1, only SW2021_L1" in page.reasons[0]
    assert rows(page, "S001 Table 1")["note"].str.contains("CITIC_L1").all()


@pytest.mark.snapshot
def test_on_the_snapshot_the_rows_that_can_match_do(snapshot_dir, run_chapter):
    page = run_chapter(CHAPTER, source="folder", data=str(snapshot_dir), end="2026-02-13")
    assert page.reasons == []
    table = rows(page, "S001 Table 1")
    assert (table["verdict"] == "match").all() and len(table) == 231
    to_december = rows(page, "S001 Fig. 1").query(f"item.str.startswith('{s001.FIGURE}')")
    assert (to_december["verdict"] == "match").all() and len(to_december) == 5
    codes = rows(page, "S001 product list: index codes")
    assert set(codes["verdict"]) == {"match", "not computable"} and (codes["verdict"] == "match").sum() > 50
    classes = rows(page, "S001 Table 3").set_index("item")
    assert classes.loc["level 2 周期主题ETF", "verdict"] == "differs"
