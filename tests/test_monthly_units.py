"""Monthly averages: growth against brute force, a split in no growth, launches told apart, a file read or refused."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.monthly_units import launched_growth, monthly_changes, traded_share
from helpers.flows.net_inflow import share_growth
from helpers.flows.style_growth import style_study
from helpers.scoreboard import Scoreboard
from helpers.sources import monthly_averages
from helpers.tables import DataError, MissingTable
from rotation_market import full_market

MONTHS = pd.date_range("2019-01-31", "2021-06-30", freq="ME")
CODES = ["510001.SH", "510002.SH", "510003.SH", "510009.SH"]
PAIRS = {"size_pair": ["000300", "000852"], "growth_pair": ["399370", "399371"]}


def averages(seed=0, months=MONTHS, codes=CODES):
    rng = np.random.default_rng(seed)
    units = pd.DataFrame(1e9 * np.exp(rng.normal(0, 0.03, (len(months), len(codes))).cumsum(axis=0)), months, codes)
    return units.rename_axis(index="month_end", columns="code").stack().rename("shares").reset_index()


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.mark.parametrize("seed", range(3))
def test_growth_is_that_of_the_funds_known_in_both_months(market, seed):
    table = averages(seed)
    table = table[np.random.default_rng(seed).random(len(table)) < 0.8]
    found = share_growth(monthly_changes(table, market))
    wide = table.pivot(index="month_end", columns="code", values="shares").reindex(MONTHS)
    for before, now in zip(MONTHS, MONTHS[1:], strict=False):
        both = wide.loc[[before, now]].dropna(axis=1)
        month = now.to_period("M")
        expected = both.loc[now].sum() / both.loc[before].sum() - 1 if both.shape[1] else np.nan
        assert found.get(month, np.nan) == pytest.approx(expected, nan_ok=True)


def test_other_funds_are_not_counted(market):
    bond = market["etf_list"].assign(fund_type=["stock", "bond", "stock", "stock"])
    found = monthly_changes(averages(), {**market, "etf_list": bond})
    assert set(found["code"]) == {"510001.SH", "510003.SH", "510009.SH"}


def test_a_split_within_a_month_is_in_the_growth_of_neither_month_it_smears_over(market):
    table, plain = averages(), monthly_changes(averages(), market)
    own = table["code"] == "510002.SH"
    table.loc[own & (table["month_end"] == "2020-05-31"), "shares"] *= 1.5  # split in two in the middle of May
    table.loc[own & (table["month_end"] > "2020-05-31"), "shares"] *= 2
    prices = pd.DataFrame({"date": pd.bdate_range("2019-01-01", "2021-06-30"), "code": "510002.SH"})
    prices = prices.assign(close=np.where(prices["date"] < "2020-05-15", 2.0, 1.0), adj_close=1.0, amount=1e7)
    daily = pd.concat([market["etf_daily"], prices], ignore_index=True)
    found = monthly_changes(table, {**market, "etf_daily": daily})
    out = found[found["status"].eq("suspected")]
    assert [(code, f"{day:%Y-%m}") for code, day in zip(out["code"], out["date"], strict=True)] == [
        ("510002.SH", "2020-05"),
        ("510002.SH", "2020-06"),
    ]
    rest = plain[plain["code"] != "510002.SH"]
    for month in ("2020-05", "2020-06"):
        assert share_growth(found)[month] == pytest.approx(share_growth(rest)[month])
    assert share_growth(found)["2020-07"] == pytest.approx(share_growth(plain)["2020-07"], abs=0.05)


def test_launches_count_from_their_listing_and_a_record_that_widens_does_not(market):
    table = averages()
    table = table[(table["code"] != "510003.SH") | (table["month_end"] >= "2020-03-31")]
    dates = {"510003.SH": pd.Timestamp("2020-02-20")}
    listed = market["etf_list"].assign(list_date=lambda t: t["code"].map(dates).fillna(t["list_date"]))
    changes = monthly_changes(table, market)
    plain, widened, launched = share_growth(changes), launched_growth(changes, market["etf_list"]), None
    launched = launched_growth(changes, listed)
    pd.testing.assert_series_equal(widened, plain, check_names=False)
    wide = table.pivot(index="month_end", columns="code", values="shares")
    jump = wide.at[pd.Timestamp("2020-03-31"), "510003.SH"] / wide.loc["2020-02-29"].sum()
    assert (launched - plain).loc["2020-03"] == pytest.approx(jump)
    assert (launched - plain).drop(pd.Period("2020-03")).abs().max() == pytest.approx(0)


def test_the_share_of_turnover_says_how_much_of_the_market_is_known(market):
    days = pd.bdate_range("2019-01-01", "2021-06-30")
    daily = pd.concat([pd.DataFrame({"date": days, "code": c, "amount": 1e6 * (k + 1)}) for k, c in enumerate(CODES)])
    known = monthly_changes(averages(codes=["510003.SH", "510009.SH"]), market)
    found = traded_share(known, {**market, "etf_daily": daily})
    assert found.to_numpy() == pytest.approx(7 / 10) and len(found) == len(MONTHS)


def test_averages_serve_a_run_that_knows_a_few_funds_and_only_such_a_run(market):
    whole = etf_money(market, "SW2021_L1")
    assert style_study(whole, **PAIRS, averages=averages()).basis.startswith("units of 2021-01")
    listed = pd.concat([market["etf_list"], *[market["etf_list"].assign(code=f"51{k}9.SH") for k in range(2)]])
    few = etf_money({**market, "etf_list": listed.drop_duplicates("code")}, "SW2021_L1", start="2021-06-01")
    more = pd.concat([listed, market["etf_list"].iloc[:1].assign(code="588999.SH")])
    few = etf_money({**market, "etf_list": more}, "SW2021_L1")
    assert not few.whole_market
    with pytest.raises(MissingTable, match="the market takes 80%"):
        style_study(few, **PAIRS).judged(few)
    found = style_study(few, **PAIRS, averages=averages())
    assert found.basis == "monthly averages of units, 2019-02 to 2021-06, 4 to 4 funds with 100% of the turnover"
    board = Scoreboard("05_etf_flows")
    board.compare("S002 ETF unit growth by style", found.judged(few), note=found.notes, why=found.why)
    rows = board.frame().dropna(subset="computed")
    assert len(rows) and rows["note"].str.startswith("monthly averages of units, 2019-02 to 2021-06").all()


def test_a_file_is_read_or_says_what_it_lacks(tmp_path):
    table, path = averages(), tmp_path / "units.parquet"
    assert monthly_averages(None) is None
    with pytest.raises(MissingTable, match=r"monthly_units: no file units.parquet .* MONTHLY_UNITS=null skips it"):
        monthly_averages(path)
    table.sample(frac=1, random_state=0).assign(extra=1).to_parquet(path)
    expected = table.sort_values(["code", "month_end"], ignore_index=True)[["month_end", "code", "shares"]]
    pd.testing.assert_frame_equal(monthly_averages(path), expected, check_dtype=False)
    table.drop(columns="shares").to_parquet(path)
    with pytest.raises(DataError, match="a column shares"):
        monthly_averages(path)
    pd.concat([table, table.iloc[[5]]]).to_parquet(path)
    with pytest.raises(DataError, match="has 20.* twice"):
        monthly_averages(str(path))
