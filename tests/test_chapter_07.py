"""Chapter 07 runs on a full market, on parts of one, on any span, and its board says what it could not compute."""

import pandas as pd
import pytest

from helpers.rotation import records
from helpers.rotation.inputs import FACTORS, FLOW, gather
from helpers.sessions import sessions
from helpers.tables import validate
from rotation_market import rotation_market

SMALL = {
    "source": "folder",
    "rotation_start": "2021-02-01",
    "style_timed_start": "2021-02-01",
    "style_start": "2018-01-02",
    "top_n": 3,
}
ROWS = {
    "S002 four-factor by year": 72,
    "S002 style-timed by year": 88,
    "S002 divergence by year": 72,
    "S002 abstract": 2,
    "S002 factor correlation": 6,
    "S002 industry win rates": 8,
    "S002 industry equal weight": 8,
    "S002 recent holdings: first sessions": 7,
    "S002 recent holdings: industries": 7,
    "S002 recent holdings: returns": 72,
    "S002 rotation, printed against printed": 15,
}
ALONE = {  # exhibits that need no ETF
    "S002 industry equal weight",
    "S002 recent holdings: first sessions",
    "S002 recent holdings: returns",
    "S002 rotation, printed against printed",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("tables")
    for name, table in rotation_market().items():
        table.to_parquet(home / f"{name}.parquet")
    return home


@pytest.fixture
def run(run_chapter):
    return lambda **parameters: run_chapter("07_rotation", **parameters)


def copy_without(folder, target, *names):
    for path in folder.iterdir():
        if path.stem not in names:
            (target / path.name).write_bytes(path.read_bytes())
    return str(target)


def of(page, exhibit):
    return page.board[page.board["exhibit"] == exhibit].set_index("item")


def test_a_full_market_computes_what_its_span_covers(folder, run):
    page = run(data=str(folder), **SMALL)
    assert page.board["exhibit"].value_counts().to_dict() == ROWS
    # Its prices end before the printed periods and are of one scheme: two gaps, and none of them an ETF's.
    assert len(page.reasons) == 2 and all(reason.startswith("industry_daily") for reason in page.reasons)
    four = of(page, "S002 four-factor by year")
    assert (four["verdict"] == "not computable").all()  # it holds no printed period whole
    assert four["note"].str.contains("does not trade all sessions").all()
    assert of(page, "S002 factor correlation")["computed"].notna().all()
    headline = page.names["headline"]
    assert headline == records.record(page.names["portfolio"]) | records.month_facts(page.names["portfolio"]) | {
        "beside": False
    }
    assert f"**{headline['excess']:.2%}**" in page.text and "nothing here rests on labels looked ahead" in page.text
    assert page.unnamed == set()


def test_a_whole_printed_year_is_computed(folder, run, tmp_path):
    early = {**SMALL, "rotation_start": "2021-01-04", "style_timed_start": "2021-01-04"}
    table = pd.read_parquet(folder / "etf_shares.parquet")
    older = table.assign(date=table["date"].map(lambda day: day - pd.DateOffset(years=1)))
    target = copy_without(folder, tmp_path, "etf_shares")
    older = older[older["date"].isin(sessions("2020-11-02", "2020-12-31"))]
    pd.concat([older, table]).to_parquet(tmp_path / "etf_shares.parquet")
    page = run(data=target, **early)
    years = of(page, "S002 four-factor by year")
    own = page.names["own_years"]
    assert years.loc["2021 excess return", "computed"] == pytest.approx(own.at["2021", "excess return"])
    assert years.loc["2021 sharpe", "verdict"] in ("match", "close", "differs")
    assert years.loc["2022 return", "verdict"] == "not computable"


def test_labels_given_later_never_choose_the_headline(folder, run, tmp_path):
    labels = pd.read_parquet(folder / "stock_industry.parquet")
    labels.loc[labels.index[::3], "start"] = pd.Timestamp("2021-08-02")
    target = copy_without(folder, tmp_path, "stock_industry")
    labels.to_parquet(tmp_path / "stock_industry.parquet")
    pages = {asked: run(data=target, **SMALL, backcast_labels=asked) for asked in (False, True)}
    for page in pages.values():
        assert page.names["clean"] > pd.Timestamp("2021-08-02") > page.names["whole_span"].weights.index[0]
        assert page.names["portfolio"].weights.index[0] >= page.names["clean"]
        table = page.names["by_labels"]
        assert table.index.tolist() == [records.CLEAN, records.IN_FORCE, records.LOOKED_AHEAD]
        assert "which nobody could have known" in page.text
    assert pages[False].names["headline"] == pages[True].names["headline"]
    marked = [caption for caption in pages[True].captions if "not known then" in caption]
    assert len(marked) == 2 and not any("not known then" in caption for caption in pages[False].captions)
    own, ahead = (pages[asked].names["whole_span"].weights for asked in (False, True))
    assert not own.equals(ahead)
    # The evening before the labels came, nothing of the past is different, and there is no headline yet.
    past = run(data=target, **SMALL, end="2021-07-30")
    mine = past.names["whole_span"].weights.iloc[:-1]
    pd.testing.assert_frame_equal(own.loc[mine.index], mine, check_freq=False)
    assert "clean" not in past.names and any("labels in force reach" in reason for reason in past.reasons)


def test_without_issuance_the_divergence_is_bracketed_and_its_rows_name_the_table(folder, run, tmp_path):
    page = run(data=copy_without(folder, tmp_path, "fund_issuance"), **SMALL)
    assert list(page.names["single"]) == ["style-timed", "ETF side always", "active side always"]
    for name in ("four-factor", "divergence"):
        assert of(page, f"S002 {name} by year")["note"].str.contains("fund_issuance").all()
    assert not of(page, "S002 style-timed by year")["note"].str.contains("fund_issuance").any()
    assert "It cannot form 与权益基金的持仓分歧度" in page.text


@pytest.mark.parametrize("absent", ["etf_shares", "index_weights", "stock_industry", "industry_daily", "index_daily"])
def test_a_missing_table_is_no_failure(folder, run, tmp_path, absent):
    page = run(data=copy_without(folder, tmp_path, absent), **SMALL)
    assert page.board["exhibit"].value_counts().to_dict() == ROWS and page.captions
    assert any(absent in reason for reason in page.reasons)
    lost = page.board[page.board["verdict"] == "not computable"]
    needing = lost[lost["exhibit"].isin({"S002 four-factor by year", "S002 abstract", "S002 industry win rates"})]
    assert len(needing) == 82 and needing["note"].str.contains(absent).all()
    if absent == "index_daily":  # the divergence does without it
        assert not of(page, "S002 divergence by year")["note"].str.contains(absent).any()


def test_a_market_with_nothing_but_days_still_makes_a_page(run, tmp_path):
    pd.DataFrame({"date": sessions("2024-01-02", "2024-03-29")}).to_parquet(tmp_path / "calendar.parquet")
    page = run(source="folder", data=str(tmp_path))
    assert page.board["exhibit"].value_counts().to_dict() == ROWS
    judged = page.board[page.board["verdict"] != "not computable"]
    assert set(judged["exhibit"]) == {
        "S002 recent holdings: first sessions",
        "S002 rotation, printed against printed",
    }
    assert judged["verdict"].value_counts().to_dict() == {"published inconsistent": 13, "match": 7, "differs": 2}


def test_a_simulated_market_earns_no_verdict_but_the_report_alone_does(run_chapter, folder):
    page = run_chapter("07_rotation", data="small")
    kinds = page.board.groupby("exhibit")["verdict"].unique()
    for exhibit, verdicts in kinds.items():
        if exhibit in ("S002 recent holdings: first sessions", "S002 rotation, printed against printed"):
            assert "simulated" not in verdicts
        else:
            assert set(verdicts) <= {"simulated", "not computable"}


def test_a_span_too_short_to_judge_still_makes_a_page(folder, run):
    page = run(data=str(folder), **SMALL, end="2021-03-10")
    assert "portfolio" not in page.names and any("fewer than 6" in reason for reason in page.reasons)
    before = run(data=str(folder), **SMALL, end="2021-01-15")
    assert any("before 2021-02-01" in reason for reason in before.reasons)


def test_an_earlier_end_and_other_parameters_reach_the_portfolio(folder, run):
    whole = run(data=str(folder), **SMALL).names["portfolio"].weights
    past = run(data=str(folder), **SMALL, end="2021-12-10").names["portfolio"].weights
    pd.testing.assert_frame_equal(whole.loc[past.index], past, check_freq=False)
    assert len(past) > 15
    other = {**SMALL, "top_n": 2, "holding_weeks": 3, "trade_lag": 2, "cost_bps": 25.0}
    page = run(data=str(folder), **other, end="2021-12-10")
    changed = page.names["portfolio"]
    assert (changed.weights > 0).sum(axis=1).max() == 2 and len(changed.weights) < len(past)
    first = changed.result.fills.iloc[0]
    assert len(sessions(first["decision"], first["session"])) == 3
    assert first["cost"] == pytest.approx(25e-4 / (1 + 25e-4))
    assert page.names["phases"].index.tolist() == [0, 1, 2] and "waits 2 sessions" not in page.text


@pytest.mark.snapshot
def test_on_the_snapshot_it_trades_four_factors_and_claims_nothing_it_cannot_feed(snapshot_dir, run):
    page = run(source="folder", data=str(snapshot_dir))
    market, inputs = page.names["market"], page.names["inputs"]
    assert set(page.names["factors"]) == set(FACTORS)
    # Every kind of table is there, but most weeks know the units of a few funds only.
    assert inputs.money.universe.median() < 0.1 and page.names["fed"]["thin"] == ["etf_shares"]
    # Labels were given at the end of July 2021; a factor looks back four weeks.
    assert page.names["clean"] == pd.Timestamp("2021-08-27")
    assert page.names["portfolio"].weights.index[0] == page.names["clean"]
    assert page.names["labels"]["before"] < 0.5 < 0.95 < page.names["labels"]["since"]
    # One index family: its shares only move when new weights are out.
    family = market["index_weights"].query("index_code == '000300'")
    asked = {"scheme": "SW2021_L1", **page.names["styles"], **page.names["smoothing"]}
    alone = gather({name: market[name] for name in market} | {"index_weights": family}, **asked)
    assert alone.factors[FLOW].notna().any(axis=1).mean() < 0.5
    claimed = page.board[page.board["verdict"].isin(["match", "close", "differs"])]
    assert set(claimed["exhibit"]) == ALONE
    assert (claimed["exhibit"] == "S002 industry equal weight").sum() == 8
    returns = claimed[claimed["exhibit"] == "S002 recent holdings: returns"]
    assert len(returns) == 36 and returns["verdict"].eq("match").all()
    assert len(page.reasons) == 1 and len(page.captions) == 13


def test_the_tables_of_the_small_market_are_canonical():
    for name, table in rotation_market().items():
        validate(name, table, f"{name}.parquet")
