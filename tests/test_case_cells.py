"""The report's cells come out where flows are made of them, and whatever is done otherwise is measured."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.case_cells import agreement, case_of, in_report_scheme, rebuild_case, rebuilt_cases, variants_table
from helpers.flows.etf_money import etf_money
from helpers.published.exhibits.s002_flows import SIGNS, SUM, case_cells, case_week
from helpers.scoreboard import Scoreboard
from helpers.sessions import sessions
from helpers.tables import MissingTable

DAYS = sessions("2025-12-01", "2026-02-13")
FLOWS = case_week("2026-01-12")["net_flow_cny_100m"]
STOCKS = [f"{600000 + k}.SH" for k in range(30)]
NAV = 2.0


def printed_market(days=DAYS, labelled="2015-01-01"):
    """One index and one fund an industry, whose units make the printed flows of the first week, on Wednesday."""
    codes = [f"5100{k:02d}.SH" for k in range(30)]
    indices = [f"9000{k:02d}" for k in range(30)]
    units = pd.DataFrame(5e9, days, codes)
    units.loc["2026-01-14":] += FLOWS.to_numpy() * 1e8 / NAV
    table = units.rename_axis(index="date", columns="code").stack().rename("shares").reset_index().assign(nav=NAV)
    labels = pd.DataFrame({"code": STOCKS, "industry_name": FLOWS.index, "scheme": "CITIC_L1"})
    labels = labels.assign(
        industry_code=[f"CI0050{k:02d}" for k in range(30)], start=pd.Timestamp(labelled), end=pd.NaT
    )
    return {
        "etf_shares": table,
        "etf_list": pd.DataFrame(
            {"code": codes, "index_code": indices, "name": codes, "list_date": DAYS[0], "fund_type": "stock"}
        ),
        "index_weights": pd.DataFrame(
            {"date": pd.Timestamp("2025-11-28"), "index_code": indices, "code": STOCKS, "weight": 1.0}
        ),
        "stock_industry": labels,
    }


def test_the_printed_cells_come_out_of_flows_made_of_them():
    found = rebuild_case(etf_money(printed_market(), "CITIC_L1"), "2026-01-12")
    assert found.cells["computed"].to_dict() == pytest.approx(FLOWS.to_dict())
    facts = found.facts
    assert facts["correlation"] == pytest.approx(1) and facts["slope"] == pytest.approx(1) and facts["signs"] == 30
    assert facts["total"] == pytest.approx(FLOWS.sum()) and facts["partly"] == pytest.approx(0)
    assert (facts["known"], facts["funds"], facts["part_funds"], facts["ahead"]) == (1.0, 30, 0, False)
    board = Scoreboard("05_etf_flows")
    board.compare("S002 outflow case, cells of 2026-01-12", found.items, note=found.note)
    rows = board.frame()
    assert len(rows) == 32 and (rows["verdict"] == "match").all()
    assert rows["note"].str.contains("30 funds .100% of the listed.; most weights of 2025-11-28").all()


def test_days_without_a_record_are_told_apart():
    days = DAYS[
        (DAYS < "2026-01-13") | (DAYS > "2026-01-20")
    ]  # the change is recorded on the 21st, over seven sessions
    found = rebuild_case(etf_money(printed_market(days), "CITIC_L1"), "2026-01-12")
    assert found.cells["computed"].to_dict() == pytest.approx((FLOWS * 4 / 7).to_dict())
    assert found.facts["partly"] == pytest.approx(FLOWS.sum() * 4 / 7)
    assert found.variants.at["recorded days alone", "total"] == pytest.approx(0)
    assert found.facts["slope"] == pytest.approx(4 / 7)


def test_labels_that_begin_later_are_looked_ahead_and_said_to_be():
    dated, late = printed_market(), printed_market(labelled="2026-01-27")
    assert not in_report_scheme(etf_money(dated, "CITIC_L1"), "CITIC_L1").backcast
    money = in_report_scheme(etf_money(late, "CITIC_L1"), "CITIC_L1")
    assert money.backcast
    found = rebuild_case(money, "2026-01-12")
    assert found.cells["computed"].to_dict() == pytest.approx(FLOWS.to_dict())
    assert found.note.endswith("CITIC_L1 labels looked ahead") and found.facts["ahead"]


def test_a_few_funds_are_shown_and_not_judged():
    market = printed_market()
    listed = market["etf_list"]
    more = [listed.iloc[:10].assign(code=[f"51{n}0{k}.SH" for k in range(10)]) for n in (10, 11)]
    market["etf_list"] = pd.concat([listed, *more])
    found = rebuild_case(etf_money(market, "CITIC_L1"), "2026-01-12")
    assert found.known == pytest.approx(0.6) and found.facts["signs"] == 30
    with pytest.raises(MissingTable, match="units of 60% of the listed stock ETFs in the week to 2026-01-16"):
        _ = found.items


def test_weeks_that_units_do_not_reach_are_left_away_and_other_industries_are_refused():
    market = printed_market()
    units = market["etf_shares"]
    early = {**market, "etf_shares": units[units["date"] < "2026-01-23"]}
    found = rebuilt_cases(etf_money(early, "CITIC_L1"))
    assert list(found) == ["2026-01-12"]
    table = variants_table(found)
    assert table.index.tolist() == [("2026-01-12", "as it stands"), ("2026-01-12", "recorded days alone")]
    with pytest.raises(MissingTable, match="no fund has a known flow"):
        rebuilt_cases(etf_money({**market, "etf_shares": units[units["date"] < "2026-01-05"]}, "CITIC_L1"))
    renamed = market["stock_industry"].replace({"industry_name": {"银行": "其他"}})
    with pytest.raises(MissingTable, match="CITIC_L1 has no 银行: these are not the report's industries"):
        rebuilt_cases(etf_money({**market, "stock_industry": renamed}, "CITIC_L1"))


def test_a_weight_of_its_own_for_funds_whose_index_has_none():
    market = printed_market()
    rng = np.random.default_rng(0)
    days = sessions("2024-06-03", "2026-02-13")
    closes = pd.DataFrame(np.exp(rng.normal(0, 0.01, (len(days), 30)).cumsum(axis=0)), days, FLOWS.index)
    tidy = closes.rename_axis(index="date", columns="industry_name").stack().rename("close").reset_index()
    market["industry_daily"] = tidy.merge(market["stock_industry"][["industry_name", "industry_code", "scheme"]])
    blind = FLOWS.index.get_loc("银行")
    code, index = market["etf_list"].loc[blind, ["code", "index_code"]]
    market["index_weights"] = market["index_weights"].query("index_code != @index")
    market["etf_daily"] = pd.DataFrame(
        {"date": days, "code": code, "adj_close": closes["银行"].to_numpy(), "amount": 1e8}
    )
    found = rebuild_case(etf_money(market, "CITIC_L1"), "2026-01-12")
    assert found.cells.at["银行", "computed"] == pytest.approx(0)
    assert found.facts["no_weights"] == pytest.approx(FLOWS["银行"])
    guessed = found.variants.loc["with funds that have no weights"]
    assert guessed["total"] == pytest.approx(FLOWS.sum(), rel=1e-6) and guessed["slope"] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_agreement_is_what_numpy_says(seed):
    rng = np.random.default_rng(seed)
    names = list("abcdefgh")
    printed, ours = (pd.Series(rng.normal(0, 1, 8), names) for _ in range(2))
    found = agreement(ours.sample(frac=1, random_state=seed), printed)
    assert found["correlation"] == pytest.approx(printed.corr(ours))
    assert found["slope"] == pytest.approx(printed.cov(ours) / printed.var())
    assert found["signs"] == sum(a * b > 0 for a, b in zip(printed, ours, strict=True))
    assert np.isnan(agreement(ours * 0, printed)["correlation"])


def test_the_exhibit_prints_every_industry_their_sum_and_their_signs():
    printed = case_cells("2026-01-12")
    assert len(printed) == 32 and printed[SUM] == pytest.approx(FLOWS.sum()) and printed[SIGNS] == 30


@pytest.mark.snapshot
def test_on_the_snapshot_the_first_week_comes_out_sign_by_sign(snapshot_dir):
    from helpers.sources import load_market

    market = load_market("folder", snapshot_dir, end="2026-07-31")
    money = in_report_scheme(etf_money(market, "SW2021_L1", start="2025-10-01"), "CITIC_L1")
    first, second = (case.facts for case in rebuilt_cases(money).values())
    assert money.backcast and first["known"] > 0.9
    assert round(first["correlation"], 2) == 0.97 and round(first["slope"], 2) == 1.04 and first["signs"] == 30
    assert second["known"] < 0.05 and second["signs"] >= 27


def test_a_week_that_units_do_not_reach_is_a_gap_with_its_name():
    money = etf_money(printed_market(), "CITIC_L1")
    cases = {"2026-01-12": rebuild_case(money, "2026-01-12")}
    assert case_of(cases, "2026-01-12") is cases["2026-01-12"]
    with pytest.raises(MissingTable, match="etf_shares: no change in units over the week of 2026-01-26"):
        case_of(cases, "2026-01-26")
