"""Chapter 05 on a tiny market: every figure, any span, the printed cases without any market, one note a gap."""

import pandas as pd
import pytest

from rotation_market import full_market

PAIRS = {"lookthrough_index": "000001", "control_pair": ["399370", "000852"], "lookthrough_window": 120}
PAIRS |= {"report_scheme": "SW2021_L1"}  # the only industries this market has
MARKET_ROWS = {
    "S002 flow groups, performance": 24,
    "S002 flow groups, by year": 40,
    "S002 ETF unit growth by style": 42,
    "S002 marginal-change groups 2025": 11,
    "S002 holding-level groups, six months": 6,
    "S002 marginal-change groups, six months": 6,
    "S002 outflow case, cells of 2026-01-12": 32,
    "S002 outflow case, cells of 2026-01-26": 32,
    "S002 individual holders by kind of ETF": 1,
}
CASES = {"S002 outflow case, week of 2026-01-12": 4, "S002 outflow case, week of 2026-01-26": 3}


@pytest.fixture(scope="module")
def tables():
    return full_market()


@pytest.fixture
def run(run_chapter, tables, tmp_path):
    """Run the chapter on the tiny market, with some tables changed or (None) left away."""

    def on(changes=None, **parameters):
        for name, table in {**tables, **(changes or {})}.items():
            if table is not None:
                table.to_parquet(tmp_path / f"{name}.parquet")
        return run_chapter("05_etf_flows", source="folder", data=str(tmp_path), **{**PAIRS, **parameters})

    return on


def test_every_figure_and_every_row_is_there(run):
    page = run(case_week="2021-09-29")
    assert page.board["exhibit"].value_counts().to_dict() == MARKET_ROWS | CASES
    assert page.unnamed == set()
    split, cells = page.reasons
    assert split == "etf_shares: no change in units from 2021-01-08 on looks like a split"
    assert cells.startswith("etf_shares: no fund has a known flow and weights in the week to 2026-01-16")
    assert len(page.captions) == 10
    rows = page.board.set_index("exhibit")
    assert (rows.loc[list(CASES), "computed"].notna()).all()
    assert rows.loc[list(CASES), "verdict"].isin(["match", "published inconsistent"]).all()
    known = rows.loc[list(MARKET_ROWS)].dropna(subset="computed")
    assert set(known.index) == {"S002 ETF unit growth by style"}  # no year is whole
    assert rows.loc["S002 flow groups, performance", "note"].str.contains("printed for 2017 to 2026").all()
    assert rows.loc["S002 marginal-change groups 2025", "note"].str.contains("this run SW2021_L1").all()
    assert "all 4 stock ETFs" in page.text and "For 4 funds together" in page.text


def test_a_split_is_shown_and_moves_no_money(run, tables):
    units, day = tables["etf_shares"].copy(), pd.Timestamp("2021-09-15")
    after = (units["date"] >= day) & (units["code"] == "510002.SH")
    units.loc[after, "shares"] *= 2
    units.loc[after, "nav"] /= 2
    plain, split = run(), run({"etf_shares": units})
    assert any("510002.SH on 2021-09-15" in caption for caption in split.captions)
    told = [next(text for text in page.sentences if "largest weekly inflow" in text) for page in (plain, split)]
    assert told[0] == told[1]


def test_a_record_that_widens_is_no_money(run, tables):
    units = tables["etf_shares"]
    late = units["code"].isin(["510002.SH", "510003.SH"]) & (units["date"] < "2021-09-01")
    page = run({"etf_shares": units[~late]})
    assert "the same 2 funds, from" in page.text and "2 to 4 are known in a week" in page.text
    assert "They are 510001.SH and 510009.SH" in page.text
    assert "What came into view makes" in page.text
    assert any("the market takes 80%" in reason for reason in page.reasons)


@pytest.mark.parametrize("absent", ["etf_shares", "index_weights", "etf_list", "stock_industry"])
def test_without_a_look_through_the_printed_cases_stand(run, absent):
    page = run({absent: None})
    rows = page.board.set_index("exhibit")
    assert rows["computed"].notna().sum() == 7 and len(rows) == sum(MARKET_ROWS.values()) + 7
    market = rows.drop("S002 individual holders by kind of ETF").loc[list(MARKET_ROWS)[:-1]]
    assert market["note"].str.contains(absent).all()
    assert sum(absent in reason for reason in page.reasons) == 1 and len(page.captions) == 1
    assert "As printed, group 5 less group 1" in page.text


def test_without_industry_prices_flows_stand_and_groups_do_not(run):
    page = run({"industry_daily": None})
    assert "largest weekly inflow" in page.text and "group 5 less group 1 earns" not in page.text
    assert page.board.set_index("exhibit").loc["S002 flow groups, by year", "note"].str.contains("industry_daily").all()


@pytest.mark.parametrize(
    "window", [{"end": "2021-02-26"}, {"start": "2022-06-01"}, {"start": "2022-01-03", "end": "2022-03-31"}]
)
def test_a_short_span_makes_a_page(run, window):
    page = run(**window)
    assert len(page.board) == sum(MARKET_ROWS.values()) + 7
    assert "nan" not in page.text.split() and page.unnamed == set()


def test_one_index_says_so_and_forms_groups_only_with_new_weights(run, tables):
    one = tables["index_weights"].query("index_code == '000001'")
    page = run({"index_weights": one})
    assert "One index is behind all of it" in page.text
    assert "with one index, money comes and goes in proportion" in page.text


@pytest.mark.snapshot
def test_on_the_snapshot_amounts_are_of_one_sample_and_the_latest_weeks_are_those_of_july(snapshot_dir, run_chapter):
    page = run_chapter("05_etf_flows", source="folder", data=str(snapshot_dir), end="2026-07-31")
    assert page.unnamed == set() and len(set(page.reasons)) == 2
    assert "this is a few funds, not the ETF market" in page.text
    assert "They are 159915.SZ, 159919.SZ, 510300.SH, 510310.SH and 510330.SH" in page.text
    lately = page.names["lately"]
    assert str(lately["until"].date()) == "2026-07-31" and lately["first"] == "电子"
    assert 700 < lately["funds"] < 900 and lately["price_age"] > 120 and lately["unpriced"] > 100
    balance = page.names["balance"]
    assert -0.12 < balance["left"] < 0 and abs(balance["worst_left"]) < 0.12
    rows = page.board.set_index("exhibit")
    near = ["S002 outflow case, cells of 2026-01-12", "S002 holding-level groups, six months"]
    assert (rows.loc[list(set(MARKET_ROWS) - set(near)), "verdict"] == "not computable").all()
    cells = rows.loc[near[0]].set_index("item")
    assert cells["verdict"].value_counts()["match"] > 15 and (cells["verdict"] == "differs").sum() < 5
    assert cells["note"].str.contains("CITIC_L1 labels looked ahead").all()
    levels = rows.loc[near[1]].set_index("item").dropna(subset="computed")
    assert [item[:7] for item in levels.index] == ["2025-09", "2025-12"]
    assert rows.loc[list(CASES), "verdict"].value_counts().to_dict() == {"match": 5, "published inconsistent": 2}
