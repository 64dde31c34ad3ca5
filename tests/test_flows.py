"""Net inflow: splits are no money, missing days no redemption, what cannot be known is left out and reported."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import (
    daily_flow,
    excluded_days,
    five_groups,
    industry_flow,
    marginal_change,
    share_growth,
    universe_coverage,
    weekly_flow,
)
from helpers.lookthrough.etf_units import fund_sizes
from helpers.sessions import sessions, week_ends

DAYS = sessions("2024-09-02", "2024-10-31")
MERGED = pd.Timestamp("2024-09-20")


def shares_of(units, code="510310.SH", days=DAYS, **columns) -> pd.DataFrame:
    return pd.DataFrame({"date": days[: len(units)], "code": code, "shares": units, **columns})


def merger(ratio: float = 0.5, jump: float = 0.0236) -> tuple[np.ndarray, np.ndarray]:
    """Units and unadjusted closes of a fund that merges its units and takes some new money on the same day."""
    after = np.asarray(DAYS >= MERGED)
    units = np.where(after, 1.2e11 * ratio * (1 + jump), 1.2e11)
    close = np.where(after, 1.7 / ratio, 1.7)
    return units, close


def test_flow_is_the_change_in_units_at_the_unit_value():
    units = 100.0 + np.arange(len(DAYS))
    days = daily_flow(shares_of(units, nav=2.0))
    assert np.isnan(days["flow"].iloc[0]) and (days["flow"].iloc[1:] == 2.0).all()
    assert days["status"].iloc[0] == "first"


def test_a_unit_value_is_carried_ten_days_and_then_no_flow_is_told():
    units = shares_of(100.0 + np.arange(len(DAYS)))
    price = pd.DataFrame({"date": DAYS, "code": "510310.SH", "adj_close": 2.0, "close": 2.0}).iloc[:3]
    days = daily_flow(units, price)
    near = days["date"] <= price["date"].iloc[-1] + pd.Timedelta(days=10)
    assert days.loc[near, "flow"].iloc[1:].eq(2.0).all() and days.loc[~near, "flow"].isna().all() and (~near).any()
    assert daily_flow(units, price, price_max_age=None)["flow"].iloc[1:].eq(2.0).all()


def test_a_stated_split_is_no_money():
    units, _ = merger(jump=0.0)
    ratio = np.where(DAYS == MERGED, 0.5, 1.0)
    nav = np.where(DAYS >= MERGED, 3.4, 1.7)
    flows = weekly_flow(shares_of(units, split_ratio=ratio, nav=nav))
    assert flows.iloc[1:].abs().max().item() == 0
    blind = weekly_flow(shares_of(units, split_ratio=1.0, nav=nav))
    assert blind.loc[MERGED].item() == pytest.approx(-0.6e11 * 3.4)  # what a table that says "no split" would claim


def test_a_true_halving_with_an_unmoved_price_stays_a_redemption():
    units, _ = merger()
    days = daily_flow(shares_of(units, nav=1.7)).set_index("date")
    assert days.loc[MERGED, "status"] == "flow"
    assert days.loc[MERGED, "flow"] == pytest.approx((units[-1] - units[0]) * 1.7)


def test_a_missing_day_is_no_redemption():
    units = 100.0 + np.arange(len(DAYS))
    table = shares_of(units, nav=1.0)
    holes = table.drop(index=[5, 6, 7])
    assert weekly_flow(holes).sum().item() == weekly_flow(table).sum().item() == len(DAYS) - 1
    assert (weekly_flow(holes).min() >= 0).all()


def test_a_change_over_a_long_gap_has_no_date():
    far = sessions("2024-12-02", "2024-12-06")
    table = pd.concat([shares_of([100.0] * 5, nav=1.0), shares_of([200.0] * 5, days=far, nav=1.0)])
    days = daily_flow(table)
    assert days["status"].tolist()[5] == "gap" and days["flow"].sum() == 0
    assert excluded_days(days)["would_be"].item() == 100


def test_a_week_without_a_known_flow_is_unknown_not_zero():
    table = pd.concat([shares_of([100.0] * len(DAYS), nav=1.0), shares_of([50.0, 60.0], code="159919.SZ", nav=1.0)])
    flows = weekly_flow(table)
    assert flows["159919.SZ"].notna().sum() == 1 and flows["159919.SZ"].iloc[0] == 10
    assert (flows["510310.SH"] == 0).all()


def test_weekly_flows_add_up_to_daily_ones():
    rng = np.random.default_rng(0)
    tables = [shares_of(rng.uniform(90, 110, len(DAYS)), code=c, nav=1.5) for c in ("a", "b", "c")]
    table = pd.concat(tables, ignore_index=True)
    total = daily_flow(table).groupby("code")["flow"].sum()
    pd.testing.assert_series_equal(weekly_flow(table).sum(), total, check_names=False)


def test_industry_flow_spreads_by_index_weights_and_is_nan_where_nothing_is_known():
    table = shares_of(100.0 + np.arange(len(DAYS)), nav=1.0)
    funds = pd.DataFrame({"code": ["510310.SH"], "index_code": ["000300"]})
    weights = pd.DataFrame(
        {"date": pd.Timestamp("2024-09-09"), "index_code": "000300", "code": ["a", "b"], "weight": [0.25, 0.75]}
    )
    labels = pd.DataFrame({"code": ["a", "b"], "scheme": "X", "industry_code": ["1", "2"]})
    labels = labels.assign(industry_name=["one", "two"], start=pd.Timestamp("2000-01-01"), end=pd.NaT)
    flows = weekly_flow(table)
    spread = industry_flow(flows, funds, weights, labels)
    assert spread.iloc[0].isna().all()  # weights not yet published
    np.testing.assert_allclose(spread.iloc[1:].to_numpy(), flows.iloc[1:].to_numpy() * [0.25, 0.75])


def test_no_flow_moves_when_the_future_changes():
    rng = np.random.default_rng(1)
    units, close = merger()
    codes = ["510310.SH", "159919.SZ"]
    table = pd.concat([shares_of(units * k, code=c) for k, c in enumerate(codes, 1)], ignore_index=True)
    daily = table[["date", "code"]].assign(close=np.tile(close, 2), adj_close=3.4, amount=1.0)
    cut = pd.Timestamp("2024-10-11")
    later, later_daily = table["date"] > cut, daily["date"] > cut
    changed, changed_daily = table.copy(), daily.copy()
    changed.loc[later, "shares"] *= rng.uniform(0.2, 5, later.sum())
    changed_daily.loc[later_daily, ["close", "adj_close"]] *= rng.uniform(0.2, 5, (later_daily.sum(), 1))
    before, after = weekly_flow(table, daily), weekly_flow(changed, changed_daily)
    pd.testing.assert_frame_equal(before.loc[:cut], after.loc[:cut], check_exact=True)
    assert not before.iloc[-1].equals(after.iloc[-1])


def test_no_industry_flow_or_group_moves_when_the_future_changes():
    rng = np.random.default_rng(7)
    funds = pd.DataFrame({"code": ["510310.SH", "510500.SH"], "index_code": ["000300", "000905"]})
    stocks = [f"s{k}" for k in range(10)]
    labels = pd.DataFrame({"code": stocks, "scheme": "X", "industry_code": stocks, "industry_name": stocks})
    labels = labels.assign(start=pd.Timestamp("2000-01-01"), end=pd.NaT)
    dates = pd.to_datetime(["2024-08-30", "2024-09-30"])
    keys = pd.MultiIndex.from_product([dates, funds["index_code"], stocks], names=["date", "index_code", "code"])
    weights = pd.Series(rng.random(len(keys)), keys, name="weight").reset_index()
    table = pd.concat([shares_of(rng.uniform(1e9, 1.2e9, len(DAYS)), code=c, nav=1.0) for c in funds["code"]])
    table, cut = table.reset_index(drop=True), pd.Timestamp("2024-09-27")
    changed, later = table.copy(), table["date"] > cut
    changed.loc[later, "shares"] *= rng.uniform(0.8, 1.25, later.sum())
    reweighed = weights.copy()
    reweighed.loc[weights["date"] > cut, "weight"] = rng.random(20)
    before = industry_flow(weekly_flow(table), funds, weights, labels)
    after = industry_flow(weekly_flow(changed), funds, reweighed, labels)
    for one, two in [(before, after), (five_groups(before), five_groups(after))]:
        pd.testing.assert_frame_equal(one.loc[:cut], two.loc[:cut], check_exact=True)
        assert one.loc[:cut].iloc[-1].notna().all() and not one.iloc[-1].equals(two.iloc[-1])


def test_groups_are_equal_in_number_and_five_is_the_largest():
    rng = np.random.default_rng(2)
    values = pd.DataFrame(rng.normal(size=(4, 30)))
    groups = five_groups(values)
    assert (groups.apply(lambda r: r.value_counts().reindex(range(1, 6)), axis=1) == 6).all(axis=None)
    for row, value in zip(groups.to_numpy(), values.to_numpy(), strict=True):
        assert value[row == 5].min() > value[row == 1].max()
    few = values.iloc[:, :4]
    assert five_groups(few).isna().all(axis=None)
    assert five_groups(values.iloc[:, :28]).max().max() == 5 and five_groups(values.iloc[:, :28]).min().min() == 1


def test_a_change_across_a_hole_in_the_months_is_unknown():
    dates = pd.to_datetime(["2024-01-31", "2024-02-29", "2024-06-28"])
    change = marginal_change(pd.DataFrame({"x": [0.1, 0.2, 0.4]}, index=dates))
    assert change["x"].round(12).tolist()[1] == 0.1 and change["x"].isna().tolist() == [True, False, True]


def test_share_growth_takes_splits_out():
    units = np.where(DAYS >= MERGED, 50.0, 100.0)
    units[DAYS[-1] == DAYS] *= 1.1
    table = shares_of(units, split_ratio=np.where(DAYS == MERGED, 0.5, 1.0), nav=1.0)
    growth = share_growth(daily_flow(table))
    assert growth.loc["2024-09"] == 0 and growth.loc["2024-10"] == pytest.approx(0.1)
    units[(pd.Timestamp("2024-09-25") <= DAYS)] = 55.0  # 10 % more, after the merger and in its month
    table = table.assign(shares=units)
    assert share_growth(daily_flow(table)).loc["2024-09"] == pytest.approx(0.1)


def test_universe_coverage_tells_a_market_from_a_handful():
    funds = pd.DataFrame({"code": ["a", "b", "c", "d"], "fund_type": ["stock"] * 3 + ["bond"]})
    funds["list_date"] = pd.to_datetime(["2020-01-01", "2020-01-01", "2025-01-01", "2020-01-01"])
    table = shares_of([1.0] * len(DAYS), code="a")
    dates = week_ends(DAYS)
    assert (universe_coverage(table, funds, dates) == 0.5).all()


@pytest.mark.snapshot
def test_the_merger_of_510310_is_no_outflow_on_the_snapshot(snapshot_dir):
    shares = pd.read_parquet(snapshot_dir / "etf_shares.parquet")
    shares = shares.loc[shares["code"].isin(["510310.SH", "510300.SH"]) & shares["date"].dt.year.eq(2024)]
    daily = pd.read_parquet(snapshot_dir / "etf_daily.parquet", filters=[("code", "in", ["510310.SH", "510300.SH"])])
    flows = weekly_flow(shares, daily)
    assert excluded_days(daily_flow(shares, daily)).empty
    # Quiet weeks without a dividend: money at the end = money at the start, grown by the fund's return, + flow.
    sizes, _ = fund_sizes(flows.index, shares, daily)
    adjusted = daily.pivot(index="date", columns="code", values="adj_close").loc[flows.index]
    grown = sizes.shift() * adjusted / adjusted.shift()
    left = ((sizes - grown - flows) / sizes).loc["2024-07-01":"2024-09-20"].abs()
    assert left.count().min() > 9 and left.max(axis=None) < 0.005
