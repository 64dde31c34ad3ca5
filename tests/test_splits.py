"""Splits are told from money, and no price of one kind of unit meets units of another."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import daily_flow, excluded_days, weekly_flow
from helpers.lookthrough.etf_units import fund_sizes, unit_values
from helpers.lookthrough.splits import share_changes, splits_of
from helpers.sessions import sessions

DAYS = sessions("2024-09-02", "2024-10-31")
SPLIT = pd.Timestamp("2024-09-20")
AFTER = np.asarray(DAYS >= SPLIT)
CODE = "510310.SH"
RATIOS = [0.5, 2.0, 3.0]


def units_of(ratio: float, flow: float = 0.0, start: float = 1e9) -> pd.DataFrame:
    """Units of a fund whose unit becomes ``ratio`` units on a day on which ``flow`` (a share of them) comes in."""
    shares = np.where(AFTER, start * ratio * (1 + flow), start)
    return pd.DataFrame({"date": DAYS, "code": CODE, "shares": shares})


def prices_of(ratio: float, seed: int = 0, vendor: float | None = None) -> pd.DataFrame:
    """Raw and forward-adjusted closes: the adjusted ones are quoted in the last day's units."""
    grown = np.exp(np.random.default_rng(seed).normal(0, 0.01, len(DAYS)).cumsum())
    adjusted = pd.Series(2.0 * grown)
    raw = adjusted * np.where(AFTER, 1.0, ratio)
    return pd.DataFrame({"date": DAYS, "code": CODE, "adj_close": adjusted, "close": raw, "amount": 1e8})


def blind(prices: pd.DataFrame) -> pd.DataFrame:
    return prices.drop(columns="close")


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("column", ["nav", "close"])
def test_an_unadjusted_price_that_jumps_the_other_way_gives_a_split_away(ratio, column):
    shares, prices = units_of(ratio, 0.03), prices_of(ratio)
    if column == "nav":
        shares, prices = shares.assign(nav=prices["close"]), blind(prices)
    row = daily_flow(shares, prices).set_index("date").loc[SPLIT]
    assert row["status"] == "split" and row["split_ratio"] == ratio
    value = prices_of(ratio).set_index("date").at[SPLIT, "close"]
    assert row["flow"] == pytest.approx(1e9 * ratio * 0.03 * value)  # the day's true inflow survives


def test_a_conversion_that_is_no_simple_ratio_is_known_by_its_price():
    """Units fall by 17 %, of which a merger at 0.7476 takes 25 %, while the price rises by a third: money came in."""
    shares = pd.DataFrame({"date": DAYS, "code": CODE, "shares": np.where(AFTER, 1693.0, 2049.0)})
    prices = prices_of(0.7476)
    row = daily_flow(shares, prices).set_index("date").loc[SPLIT]
    assert row["status"] == "split" and row["split_ratio"] == pytest.approx(0.7476, rel=0.01) and row["flow"] > 0


@pytest.mark.parametrize("move", [0.55, 0.8, 1.3, 2.0, 3.0])
def test_units_that_change_without_the_price_are_money(move):
    shares, prices = units_of(1.0).assign(shares=np.where(AFTER, move, 1.0)), prices_of(1.0)
    row = daily_flow(shares, prices).set_index("date").loc[SPLIT]
    assert row["status"] == "flow" and np.isfinite(row["flow"])


@pytest.mark.parametrize("ratio", RATIOS)
def test_without_prices_an_exact_ratio_is_a_split(ratio):
    row = share_changes(units_of(ratio), blind(prices_of(ratio))).set_index("date").loc[SPLIT]
    assert (row["status"], row["split_ratio"]) == ("split", ratio)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("flow", [-0.06, 0.0236, 0.0709])
def test_without_prices_a_change_near_a_simple_ratio_is_suspected_and_left_out(ratio, flow):
    days = daily_flow(units_of(ratio, flow), blind(prices_of(ratio)))
    row = days.set_index("date").loc[SPLIT]
    assert row["status"] == "suspected" and np.isnan(row["flow"])
    assert excluded_days(days)[["date", "code", "status"]].values.tolist() == [[SPLIT, CODE, "suspected"]]


@pytest.mark.parametrize("move", [1.2, 1.5, 1.735, 2.3, 0.6])
def test_without_prices_a_change_far_from_any_is_money(move):
    shares = units_of(1.0).assign(shares=np.where(AFTER, move, 1.0))
    assert share_changes(shares, blind(prices_of(1.0))).set_index("date").loc[SPLIT, "status"] == "flow"


def test_an_adjusted_price_that_runs_on_from_the_unadjusted_one_knows_of_no_split():
    """Raw closes end before units double; the adjusted ones go on from the same level: people bought."""
    prices = prices_of(1.0)
    prices.loc[AFTER, "close"] = np.nan
    assert share_changes(units_of(2.0, 0.01), prices).set_index("date").loc[SPLIT, "status"] == "flow"
    split = prices_of(2.0)
    split.loc[AFTER, "close"] = np.nan
    assert share_changes(units_of(2.0, 0.01), split).set_index("date").loc[SPLIT, "status"] == "suspected"


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("known", ["all", "before", "none"])
def test_a_size_is_never_units_of_one_kind_times_a_price_of_the_other(ratio, known):
    """Whatever prices are at hand, a fund nobody buys or sells is worth units × raw price on every day."""
    shares, prices = units_of(ratio), prices_of(ratio)
    true = shares["shares"].to_numpy() * prices["close"].to_numpy()
    if known != "all":
        prices.loc[AFTER if known == "before" else slice(None), "close"] = np.nan
    sizes, units = fund_sizes(DAYS, shares, prices if known != "none" else blind(prices))
    np.testing.assert_allclose(sizes[CODE], true)
    assert set(units.basis[CODE]) == {"all": {"close"}, "before": {"close", "linked"}, "none": {"adj_close"}}[known]


@pytest.mark.parametrize("ratio", RATIOS)
def test_flows_before_a_later_merger_are_priced_in_that_days_units(ratio):
    """A fund takes in 1 % a day; the adjusted price is quoted in the units after a later split."""
    grown = 1.01 ** np.arange(len(DAYS))
    shares = units_of(ratio).assign(shares=lambda t: t["shares"] * grown)
    prices = prices_of(ratio)
    seen, unseen = (daily_flow(shares, table).set_index("date")["flow"] for table in (prices, blind(prices)))
    usual = ~AFTER & np.isfinite(seen.to_numpy())
    np.testing.assert_allclose(unseen[usual], seen[usual])
    assert np.isnan(unseen[SPLIT]) and seen[SPLIT] == pytest.approx(
        1e9 * ratio * 0.01 * grown[13] / 1.01 * prices.at[13, "close"], rel=0.02
    )


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_price_carried_over_a_split_is_put_into_the_new_units(ratio):
    shares = units_of(ratio)
    prices = prices_of(ratio).loc[~AFTER]
    units = unit_values(DAYS, pd.Index([CODE]), shares, prices, max_age=None)
    last = prices["close"].iloc[-1]
    np.testing.assert_allclose(units.value.loc[DAYS[AFTER], CODE], last / ratio)
    days = daily_flow(
        shares.assign(shares=shares["shares"] * np.where(DAYS[-1] == DAYS, 1.1, 1.0)), prices, price_max_age=None
    )
    assert days["flow"].iloc[-1] == pytest.approx(0.1 * 1e9 * last)


@pytest.mark.parametrize(("grown", "priced"), [(1.3, True), (0.7, True), (1.9, False), (4.03, False), (0.51, False)])
def test_a_price_from_before_a_hole_over_which_units_doubled_is_not_used(grown, priced):
    far = sessions("2025-01-06", "2025-01-17")
    late = pd.DataFrame({"date": far, "code": CODE, "shares": grown * 1e9})
    shares = pd.concat([units_of(1.0), late], ignore_index=True)
    assert share_changes(shares, prices_of(1.0))["status"].iloc[len(DAYS)] == "gap"
    value = unit_values(far, pd.Index([CODE]), shares, prices_of(1.0), max_age=None).value[CODE]
    assert value.notna().all() == priced and value.isna().all() != priced


@pytest.mark.parametrize("ratio", RATIOS)
def test_units_carried_over_a_split_keep_the_price_of_their_own_kind(ratio):
    """Units of the split's eve stand in on the day after, when the price has jumped already."""
    shares, prices = units_of(ratio), prices_of(ratio)
    late = shares.loc[(shares["date"] < SPLIT) | (shares["date"] > SPLIT + pd.Timedelta(days=4))]
    sizes, _ = fund_sizes(DAYS, late, prices)
    np.testing.assert_allclose(sizes[CODE], shares["shares"] * prices["close"].to_numpy(), rtol=1e-9)


def test_a_later_price_changes_no_earlier_size():
    """What units and prices do after a day, split or not, moves no size of it where unadjusted prices are known."""
    one, two = (fund_sizes(DAYS, units_of(r), prices_of(r).assign(close=lambda t: t["adj_close"])) for r in (1.0, 3.0))
    before = DAYS[~AFTER]
    pd.testing.assert_frame_equal(one[0].loc[before], two[0].loc[before])
    assert not one[0].equals(two[0])
    # An adjusted price is requoted when a split comes; linked to an unadjusted one of the past, it says the same.
    tables = []
    for ratio in (1.0, 2.0):
        table = prices_of(ratio)
        quoted = table.assign(adj_close=table["adj_close"] / ratio, close=table["close"] / ratio)
        quoted.loc[5:, "close"] = np.nan
        tables.append(fund_sizes(DAYS, units_of(ratio), quoted)[0].loc[before])
    pd.testing.assert_frame_equal(*tables)


def test_splits_are_listed_with_what_is_known_of_them():
    far = pd.DataFrame({"date": sessions("2025-01-06", "2025-01-08"), "code": CODE, "shares": 9e9})
    shares = pd.concat([units_of(2.0, 0.05), far], ignore_index=True)
    found = splits_of(share_changes(shares, blind(prices_of(2.0))))
    assert found["date"].tolist() == [SPLIT, far["date"][0]]
    assert found["ratio"].iloc[0] == 2.0 and np.isnan(found["ratio"].iloc[1])


@pytest.mark.snapshot
def test_flows_of_510310_are_the_same_with_and_without_net_asset_values_on_the_snapshot(snapshot_dir):
    """In the units after its merger, flows before it would be 1.95 times too large."""
    mine = [("code", "==", CODE)]
    shares, daily = (pd.read_parquet(snapshot_dir / f"{n}.parquet", filters=mine) for n in ("etf_shares", "etf_daily"))
    told, silent = (
        daily_flow(shares, table).set_index("date")["flow"] for table in (daily, daily.drop(columns=["nav", "close"]))
    )
    before = told.loc["2022-01-01":"2024-09-19"]
    ratio = silent[before.index].abs().sum() / before.abs().sum()
    assert 0.85 < ratio < 1.0  # an adjusted price is net of later dividends
    assert np.isnan(silent[SPLIT]) and told[SPLIT] > 0


@pytest.mark.snapshot
def test_the_splits_of_july_2026_are_seen_without_prices_on_the_snapshot(snapshot_dir):
    codes = {"562820.SH": 3.0, "589630.SH": 2.0, "588120.SH": 2.0}
    mine = [("code", "in", list(codes))]
    shares, daily = (pd.read_parquet(snapshot_dir / f"{n}.parquet", filters=mine) for n in ("etf_shares", "etf_daily"))
    days = daily_flow(shares, daily, price_max_age=None, since=pd.Timestamp("2026-06-15"))
    split = days[days["status"].isin(["split", "suspected"])].set_index("code")
    assert split["status"].to_dict() == {"562820.SH": "split", "589630.SH": "split", "588120.SH": "suspected"}
    assert split.loc["588120.SH", "shares"] / split.loc["588120.SH", "before"] == pytest.approx(2.142, abs=0.001)
    for code, ratio in codes.items():
        value = days.loc[days["code"] == code].set_index("date")["value"]
        assert value.iloc[0] / value.iloc[-1] == pytest.approx(ratio)


@pytest.mark.snapshot
def test_without_net_asset_values_the_merger_day_is_left_out_on_the_snapshot(snapshot_dir):
    mine = [("code", "==", CODE)]
    shares, daily = (pd.read_parquet(snapshot_dir / f"{n}.parquet", filters=mine) for n in ("etf_shares", "etf_daily"))
    blind_daily = daily[["date", "code", "adj_close"]]
    year = shares.loc[shares["date"].dt.year.eq(2024)]
    assert weekly_flow(year, blind_daily)[CODE].loc["2024-09-13":"2024-09-27"].min() > 0
    assert excluded_days(daily_flow(year, blind_daily))["code"].tolist() == [CODE]
