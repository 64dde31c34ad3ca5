"""Chapter 02 goes on with what a list and its prices hold, says once what they lack, and claims one thing only."""

import numpy as np
import pandas as pd
import pytest

from helpers.sessions import sessions

CHAPTER = "02_index_dedup"
INDICES = {"000300": "沪深300", "000905": "中证500", "399006": "创业板指", "H30533": "中国互联网"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder source with a list of 24 funds on four indices, and their prices; two of them track nothing known."""
    home = tmp_path_factory.mktemp("tables")
    days, rng = sessions("2023-06-01", "2024-06-28"), np.random.default_rng(0)
    codes = [f"5100{i:02d}.SH" for i in range(24)]
    index = [list(INDICES)[i % 4] if i < 22 else None for i in range(24)]
    listed = sessions("2020-01-02", "2023-12-29")
    etf_list = pd.DataFrame(
        {
            "code": codes,
            "name": [f"{INDICES[k]}ETF{i}" if k else "<b>ETF" for i, k in enumerate(index)],
            "list_date": [listed[40 * i] for i in range(24)],
            "index_code": index,
            "index_name": [INDICES.get(k) for k in index],
            "fund_type": ["qdii" if k == "H30533" else "stock" for k in index],
        }
    )
    moves = {k: rng.normal(0, 0.012, len(days)) for k in [*INDICES, None]}
    rows = []
    for i, (code, k) in enumerate(zip(codes, index, strict=True)):
        price = np.exp((moves[k] + rng.normal(0, 0.0002, len(days))).cumsum())
        amount = 4e6 if i % 5 == 0 else 5e7 + 1e6 * i
        frame = pd.DataFrame({"date": days, "code": code, "adj_close": price, "amount": amount})
        rows.append(frame[frame["date"] >= etf_list["list_date"][i]])
    etf_list.to_parquet(home / "etf_list.parquet")
    pd.concat(rows, ignore_index=True).to_parquet(home / "etf_daily.parquet")
    return home


NONE_DIED = "etf_list: it names no fund delisted"


def test_every_part_of_the_page_is_there_and_one_row_is_judged(folder, run_chapter):
    page = run_chapter(CHAPTER, source="folder", data=str(folder))
    assert len(page.captions) == 5 and page.unnamed == set()
    assert [reason.partition(" by ")[0] for reason in page.reasons] == [NONE_DIED]
    assert page.board[["published", "computed", "verdict", "kind"]].values.tolist() == [[0, 2, "differs", "data check"]]
    assert "<b>" not in page.text and "nan" not in page.text.lower()


@pytest.mark.parametrize(
    ("table", "figures"),
    [("etf_list", 0), ("etf_daily", 0)],
)
def test_without_a_table_the_page_says_so_once_and_the_row_waits(folder, run_chapter, tmp_path, table, figures):
    for name in {"etf_list", "etf_daily"} - {table}:
        (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
    page = run_chapter(CHAPTER, source="folder", data=str(tmp_path))
    assert len(page.captions) == figures
    assert len(page.reasons) == 1 and page.reasons[0].startswith(f"{table}: no {table}.parquet")
    assert page.board["verdict"].tolist() == ["not computable"] and table in page.board["note"].item()


@pytest.mark.parametrize("end", ["2019-06-28", "2023-05-31"])
def test_an_end_before_the_data_leaves_a_page_with_its_reason(folder, run_chapter, end):
    page = run_chapter(CHAPTER, source="folder", data=str(folder), end=end)
    assert page.captions == [] and all("after END" in reason for reason in page.reasons)
    assert page.board["verdict"].tolist() == ["not computable"]


@pytest.mark.parametrize("end", ["2023-06-09", "2023-07-14", "2023-12-29"])
def test_a_short_span_still_has_a_page(folder, run_chapter, end):
    page = run_chapter(CHAPTER, source="folder", data=str(folder), end=end)
    assert page.reasons[-1].startswith(NONE_DIED) and len(page.reasons) <= 2
    assert page.board["verdict"].isin(["differs", "not computable"]).all()
    if end == "2023-06-09":  # seven sessions
        assert "holds 7 sessions" in page.reasons[0]


@pytest.mark.parametrize(
    "parameters",
    [
        {"min_amount": 0.0},
        {"min_amount": 1e12},
        {"survivor": "most_traded", "amount_measure": "mean", "amount_window": 5},
        {"survivor": "cheapest"},
    ],
)
def test_other_settings_give_a_whole_page(folder, run_chapter, parameters):
    page = run_chapter(CHAPTER, source="folder", data=str(folder), **parameters)
    assert "nan" not in page.text.lower()
    assert page.board["verdict"].tolist() == ["differs"]


def test_a_list_whose_funds_all_have_an_index_makes_no_claim(folder, run_chapter, tmp_path):
    known = pd.read_parquet(folder / "etf_list.parquet").dropna(subset="index_code")
    known.to_parquet(tmp_path / "etf_list.parquet")
    (tmp_path / "etf_daily.parquet").write_bytes((folder / "etf_daily.parquet").read_bytes())
    row = run_chapter(CHAPTER, source="folder", data=str(tmp_path)).board.iloc[0]
    assert row["verdict"] == "not computable" and row["note"] == "etf_list gives every listed fund a code or a name"


@pytest.mark.snapshot
def test_on_the_snapshot_funds_with_neither_code_nor_name_are_counted(snapshot_dir, run_chapter):
    page = run_chapter(CHAPTER, source="folder", data=str(snapshot_dir), end="2026-02-13")
    table = pd.read_parquet(snapshot_dir / "etf_list.parquet").query("list_date <= '2026-02-13'")
    bare = table[["index_code", "index_name"]].isna().all(axis=1)
    row = page.board.iloc[0]
    assert 0 < row["computed"] <= bare.sum() and row["verdict"] == "differs"
    assert len(page.captions) == 5
