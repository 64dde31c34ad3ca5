"""Funds side by side: tracking, premium, size, fees; the flag of closure and its hits; nothing sees tomorrow."""

import numpy as np
import pandas as pd
import pytest

from helpers.index_research.closure import closure_flags, hit_rate, known_sizes
from helpers.index_research.products import (
    fee_drag,
    product_table,
    rank_products,
    resolved_index,
    tracking,
    unit_returns,
)
from helpers.sessions import sessions
from helpers.sources import load_market
from helpers.tables import MissingTable

DAYS = sessions("2023-01-03", "2024-06-28")
FUNDS = pd.Index(["510001.SH", "510002.SH", "510003.SH", "510004.SH"])


def fund_market(seed: int = 0) -> dict:
    """Four funds on two indices: the second strays, the third splits, the fourth pays a dividend."""
    rng = np.random.default_rng(seed)
    moved = rng.normal(0, 0.01, (len(DAYS), 2))
    closes = 1000 * np.cumprod(1 + moved, axis=0)
    own = moved[:, [0, 0, 1, 1]] + rng.normal(0, 1, (len(DAYS), 4)) * [2e-4, 3e-3, 2e-4, 2e-4] - [1e-5, 0, 1e-5, 1e-5]
    value = np.cumprod(1 + own, axis=0)
    factor = np.ones((len(DAYS), 4))
    factor[200:, 2] = 2.0  # split in two
    factor[300:, 3] = 1 / 0.96  # a dividend of four in a hundred leaves the unit value
    nav = value / factor
    price = value * (1 + np.array([0, 0, 0.02, 0]))
    long = {"date": np.repeat(DAYS, 4), "code": np.tile(FUNDS, len(DAYS))}
    daily = pd.DataFrame(
        {
            **long,
            "adj_close": price.ravel(),
            "close": (price / factor).ravel(),
            "amount": 1e7 * rng.random(4 * len(DAYS)),
        }
    )
    units = pd.DataFrame(
        {**long, "shares": np.tile([1e9, 2e8, 5e8, 3e7], len(DAYS)), "nav": nav.ravel(), "split_ratio": 1.0}
    )
    units.loc[(units["code"] == FUNDS[2]) & (units["date"] == DAYS[200]), "split_ratio"] = 2.0
    units.loc[(units["code"] == FUNDS[2]) & (units["date"] >= DAYS[200]), "shares"] *= 2
    return {
        "etf_list": pd.DataFrame(
            {
                "code": FUNDS,
                "name": ["甲ETF", "乙ETF", "丙ETF", "丁ETF"],
                "list_date": DAYS[0] - pd.Timedelta(days=400),
                "delist_date": pd.NaT,
                "index_code": ["000300", "000300", "000905", "000905"],
                "index_name": ["沪深300", "沪深300", "中证500", "中证500"],
                "fund_type": "stock",
                "manager": ["A", "B", "A", "A"],
                "mgmt_fee": [0.0015, 0.005, 0.0015, 0.005],
                "custody_fee": [0.0005, 0.001, 0.0005, 0.001],
            }
        ).astype({"delist_date": "datetime64[us]"}),
        "etf_daily": daily,
        "etf_shares": units,
        "index_daily": pd.DataFrame(
            {
                "date": np.repeat(DAYS, 2),
                "index_code": np.tile(["000300", "000905"], len(DAYS)),
                "close": closes.ravel(),
            }
        ),
    }


def test_splits_and_dividends_are_no_returns():
    market = fund_market()
    found = unit_returns(market["etf_daily"], market["etf_shares"], FUNDS, DAYS)
    index = market["index_daily"].pivot(index="date", columns="index_code", values="close").pct_change().iloc[1:]
    gap = found - index[["000300", "000300", "000905", "000905"]].set_axis(FUNDS, axis=1)
    assert gap[FUNDS[[0, 2, 3]]].abs().max().max() < 0.002
    blind = unit_returns(market["etf_daily"], market["etf_shares"].drop(columns="split_ratio"), FUNDS, DAYS)
    pd.testing.assert_frame_equal(found, blind, atol=1e-9)  # prices tell the split just as well
    plain = unit_returns(
        market["etf_daily"].drop(columns="close"), market["etf_shares"].drop(columns="split_ratio"), FUNDS, DAYS
    )
    assert np.isnan(plain.loc[DAYS[200], FUNDS[2]])  # nothing tells it: no value, not a loss of half


def test_without_unit_values_there_is_no_tracking():
    market = fund_market()
    with pytest.raises(MissingTable):
        unit_returns(market["etf_daily"], market["etf_shares"].drop(columns="nav"), FUNDS, DAYS)
    bare = {**market, "etf_shares": market["etf_shares"].drop(columns="nav")}
    assert product_table(bare, DAYS[-1])["tracking_error"].isna().all()


def test_tracking_is_the_deviation_of_differences_and_the_difference_of_growth():
    market = fund_market()
    returns = unit_returns(market["etf_daily"], market["etf_shares"], FUNDS, DAYS)
    closes = market["index_daily"].pivot(index="date", columns="index_code", values="close")
    tracked = dict(zip(FUNDS, market["etf_list"]["index_code"], strict=True))
    table = tracking(returns, closes, {**tracked, FUNDS[3]: "nobody"})
    assert list(table.index) == list(FUNDS[:3])
    own, base = returns[FUNDS[1]], closes["000300"].pct_change().iloc[1:]
    assert table.loc[FUNDS[1], "tracking_error"] == pytest.approx((own - base).std() * np.sqrt(250))
    growth = ((1 + own).prod() / (1 + base).prod()) ** (250 / len(own)) - 1
    assert table.loc[FUNDS[1], "tracking_difference"] == pytest.approx(growth)
    assert tracking(returns.iloc[:100], closes, tracked).empty


def test_the_table_says_what_is_known_of_each_fund():
    table = product_table(fund_market(), DAYS[-1])
    assert table.loc[FUNDS[1], "tracking_error"] > 5 * table.loc[FUNDS[0], "tracking_error"]
    assert table.loc[FUNDS[2], "premium"] == pytest.approx(0.02, abs=1e-3)
    assert table["fee"].tolist() == pytest.approx([0.002, 0.006, 0.002, 0.006])
    assert table.loc[FUNDS[0], "size"] > 1e8 > table.loc[FUNDS[3], "size"]
    assert table["manager_funds"].tolist() == [3, 1, 3, 3]


@pytest.mark.parametrize("at", [260, 330])
def test_the_table_of_an_evening_does_not_see_tomorrow(at):
    date, market = DAYS[at], fund_market()
    rng = np.random.default_rng(8)
    changed = {}
    for name, frame in market.items():
        new = frame.copy()
        if "date" in new:
            later = new["date"] > date
            numbers = new.select_dtypes("number").columns
            new.loc[later, numbers] = (new[numbers] * np.exp(rng.normal(0, 0.5, new[numbers].shape)))[later]
        else:
            new["delist_date"] = date + pd.Timedelta(days=30)  # all funds close after the evening
        changed[name] = new
    pd.testing.assert_frame_equal(product_table(market, date), product_table(changed, date))
    moved = product_table(market, DAYS[at - 25])
    assert not moved["amount"].equals(product_table(market, date)["amount"])


def test_the_cheap_liquid_close_tracker_ranks_first_and_the_unknown_last():
    ranked = rank_products(product_table(fund_market(), DAYS[-1]))
    assert ranked.loc[FUNDS[0], "rank"] == 1 and ranked.loc[FUNDS[1], "rank"] == 2
    assert (ranked["peers"] == 2).all()
    table = product_table(fund_market(), DAYS[-1])
    table.loc[FUNDS[0], ["size", "amount", "tracking_error", "fee", "premium_size"]] = np.nan
    assert rank_products(table).loc[FUNDS[0], "rank"] == 2


def test_a_fund_without_a_code_is_led_to_its_index_by_name():
    listing = fund_market()["etf_list"]
    listing.loc[1, "index_code"] = None
    assert resolved_index(listing).tolist() == ["000300", "000300", "000905", "000905"]


def test_fees_compound():
    assert fee_drag(0.006, 10) == pytest.approx(1 - 0.994**10)


# --- closure ---------------------------------------------------------------------------------------------------------


def closing() -> tuple[pd.DataFrame, pd.DataFrame]:
    dates = pd.to_datetime(["2020-01-31", "2021-01-29", "2022-01-28"])
    codes = [f"51{i:04d}.SH" for i in range(6)]
    sizes = pd.DataFrame(1e9, index=dates, columns=codes)
    sizes[codes[0]], sizes[codes[1]] = [1e9, 3e7, 2e7], [4e7, 4e7, 4e7]
    sizes.loc[dates[0], codes[5]] = np.nan
    gone = [pd.Timestamp("2022-06-01"), pd.NaT, pd.Timestamp("2020-06-01"), pd.NaT, pd.NaT, pd.NaT]
    listing = pd.DataFrame({"code": codes, "list_date": pd.Timestamp("2019-01-01"), "delist_date": gone})
    return sizes, listing


def test_hits_are_counted_by_hand():
    sizes, listing = closing()
    table = hit_rate(closure_flags(sizes), listing, "2023-12-31")
    # flagged: fund 1 on three dates, fund 0 on two; it closes within a year of the last one only
    assert table.loc["flagged", ["n", "closed"]].tolist() == [5, 1]
    # others: 2020 has funds 0, 2, 3, 4 (5 is unknown), 2021 and 2022 have 3, 4, 5 (2 is gone)
    assert table.loc["other", ["n", "closed"]].tolist() == [10, 1]
    assert table.attrs["recall"] == 0.5
    assert (table["low"] < table["rate"]).all() and (table["rate"] < table["high"]).all()


def test_a_date_whose_horizon_is_not_over_does_not_count():
    sizes, listing = closing()
    table = hit_rate(closure_flags(sizes), listing, "2022-12-31")
    assert table["dates"].tolist() == [2, 2] and table.loc["flagged", "n"] == 3


@pytest.mark.parametrize("date", ["2023-12-29", "2024-03-29"])
def test_a_flag_does_not_see_later_units_or_prices(date):
    market, date = fund_market(), pd.DatetimeIndex([date])
    now = closure_flags(known_sizes(market["etf_shares"], market["etf_daily"], date, FUNDS))
    units, daily = market["etf_shares"].copy(), market["etf_daily"].copy()
    units.loc[units["date"] > date[0], ["shares", "nav"]] *= 1e-3
    daily.loc[daily["date"] > date[0], ["close", "adj_close"]] *= 1e3
    pd.testing.assert_frame_equal(now, closure_flags(known_sizes(units, daily, date, FUNDS)))
    assert now.iloc[0].tolist() == [0, 0, 0, 1]


def test_of_a_closed_fund_the_units_count_as_one_each():
    units = pd.DataFrame({"date": [DAYS[0]], "code": ["510009.SH"], "shares": [4e7]})
    found = known_sizes(units, None, pd.DatetimeIndex([DAYS[2]]), pd.Index(["510009.SH"]))
    assert found.iloc[0, 0] == 4e7


@pytest.mark.snapshot
def test_real_funds_below_fifty_million_closed_far_more_often(snapshot_dir):
    """889 funds had their units recorded in mid-January 2024; 20 of them were closed within a year."""
    market = load_market("folder", snapshot_dir, end="2026-02-13")
    codes = pd.Index(market["etf_list"]["code"])
    assert market["etf_list"]["delist_date"].notna().sum() == 118
    sizes = known_sizes(market["etf_shares"], market["etf_daily"], pd.DatetimeIndex(["2024-01-15"]), codes)
    table = hit_rate(closure_flags(sizes), market["etf_list"], "2026-02-13")
    assert table["n"].sum() > 850 and table["closed"].sum() >= 20
    assert table.loc["flagged", "low"] > 3 * table.loc["other", "high"]
    assert table.attrs["recall"] > 0.6
