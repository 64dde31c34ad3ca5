"""Both sides whole on a day, and divergence beside the printed scores: against brute force, and on the snapshot."""

import numpy as np
import pandas as pd
import pytest

from helpers.active_funds.beside_print import day_divergence, full_report, printed_scores, report_facts
from helpers.flows.etf_money import etf_money
from helpers.flows.whole_day import whole_day
from helpers.published.exhibits.s002_flows import case_week
from helpers.tables import MissingTable
from rotation_market import full_market
from test_case_cells import STOCKS as CITIC_STOCKS
from test_case_cells import printed_market

QUARTER = pd.Timestamp("2021-12-31")


@pytest.fixture(scope="module")
def market():
    """The tiny market, whose two funds report fourteen stocks each in full at one quarter's end."""
    tables, rng = full_market(), np.random.default_rng(5)
    stocks = tables["stock_industry"]["code"].to_numpy()
    rows = [
        pd.DataFrame(
            {"fund_code": fund, "code": rng.permutation(stocks)[:14], "weight_nav": rng.uniform(0.01, 0.1, 14)}
        )
        for fund in ("000011.OF", "000012.OF")
    ]
    full = pd.concat(rows).assign(report_date=QUARTER, announce_date=QUARTER + pd.Timedelta(days=61), scope="full")
    sizes = {"000011.OF": 1e9, "000012.OF": 3e9}
    full = full.assign(fund_size=full["fund_code"].map(sizes), rank=1.0)
    tables["fund_holdings"] = pd.concat([tables["fund_holdings"], full], ignore_index=True)
    return tables


def by_hand(rows, labels):
    industry = labels.set_index("code")["industry_name"]
    money = (rows["weight_nav"] * rows["fund_size"]).groupby(rows["code"].map(industry)).sum()
    return money / money.sum()


def test_all_holdings_and_the_ten_largest_are_told_apart(market):
    money = etf_money(market, "SW2021_L1")
    found = full_report(money)
    rows = market["fund_holdings"].query("scope == 'full'")
    ten = pd.concat([part.nlargest(10, "weight_nav") for _, part in rows.groupby("fund_code")])
    whole, listed = by_hand(rows, market["stock_industry"]), by_hand(ten, market["stock_industry"])
    assert (found.day, found.funds) == (QUARTER, 2)
    assert found.full[found.full > 0].to_dict() == pytest.approx(whole.to_dict())
    assert found.listed[found.listed > 0].to_dict() == pytest.approx(listed.to_dict())
    errors = pd.DataFrame({"carried": [0.2, 0.3], "plain": [0.5, 0.4]}, [QUARTER, QUARTER + pd.offsets.QuarterEnd()])
    facts = report_facts(found, errors)
    assert facts["listed"] == pytest.approx(whole.sub(listed, fill_value=0).abs().sum() / 2) and facts["listed"] > 0
    assert (facts["carried"], facts["plain"]) == (0.2, 0.5) and np.isnan(facts["simulated"])
    assert np.isnan(report_facts(found, errors.iloc[1:])["carried"])


def test_the_day_s_divergence_is_the_difference_of_the_shares(market):
    money = etf_money(market, "SW2021_L1")
    day, report = whole_day(money), full_report(money)
    near = day._replace(day=QUARTER)
    found = day_divergence(near, report)
    assert found.sum() == pytest.approx(0) and found.is_monotonic_increasing
    name = found.index[0]
    assert found[name] == pytest.approx(100 * (day.industries[name] - report.full[name]))
    with pytest.raises(MissingTable, match="all holdings at 2021-12-31, and weights of most indices at 2023"):
        day_divergence(day._replace(day=pd.Timestamp("2023-06-30")), report)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_score_made_of_the_divergence_is_found_with_its_sign(sign):
    """ETF shares are equal; active shares are such that their divergence orders industries as printed, or reversed."""
    market, printed = printed_market(), case_week("2026-01-12")["divergence_factor"]
    held = 1 - sign * printed / 20
    report = pd.DataFrame({"code": CITIC_STOCKS, "weight_nav": (held / held.sum()).to_numpy() / 2, "fund_code": "1.OF"})
    report = report.assign(report_date=pd.Timestamp("2025-09-30"), announce_date=pd.Timestamp("2025-10-22"))
    market["etf_shares"]["shares"] = 5e9
    market["index_weights"]["date"] = pd.Timestamp("2025-12-31")
    market["fund_holdings"] = report.assign(fund_size=1e9, scope="top10", rank=1.0)
    found = printed_scores(etf_money(market, "CITIC_L1"))
    row = found.loc["2026-01-12"]
    assert row["difference"] == pytest.approx(sign) and row["ratio"] == pytest.approx(sign)
    assert row["signs"] == (30 if sign == 1 else 0) and row["universe"] == 1.0
    later = report.assign(announce_date=pd.Timestamp("2026-02-20"))
    with pytest.raises(MissingTable, match="no printed week has both sides"):
        printed_scores(etf_money({**market, "fund_holdings": later.assign(fund_size=1e9)}, "CITIC_L1"))


@pytest.mark.snapshot
def test_on_the_snapshot_the_second_week_s_scores_are_the_divergence_signed_for_active_funds(snapshot_dir):
    from helpers.active_funds.beside_print import case_money
    from helpers.sources import load_market

    market = load_market("folder", snapshot_dir, end="2026-07-31")
    found = printed_scores(case_money(market, "SW2021_L1", "CITIC_L1"))
    assert found.loc["2026-01-26", "ratio"] < -0.8 and found.loc["2026-01-26", "difference"] < -0.7
    assert 0 < found.loc["2026-01-12", "difference"] < 0.5


def test_without_a_full_report_the_last_list_stands_and_is_called_one(market):
    lists = market["fund_holdings"].query("scope != 'full'")
    found = full_report(etf_money({**market, "fund_holdings": lists}, "SW2021_L1"))
    assert (found.held, found.day) == ("listed holdings", lists["report_date"].max())
    assert np.isnan(report_facts(found, pd.DataFrame())["listed"])
    assert full_report(etf_money(market, "SW2021_L1")).held == "all holdings"
    late = market["stock_industry"].assign(start=pd.Timestamp("2022-05-02"))
    with pytest.raises(MissingTable, match="stock_industry: it labels less than half of the holdings of 2022-03-02"):
        full_report(etf_money({**market, "stock_industry": late}, "SW2021_L1"))
