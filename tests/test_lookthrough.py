"""Look-through: equal to the plain join, point in time, complete about what it could not see."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers.lookthrough import industry_holdings, look_through, spread
from helpers.lookthrough.etf_units import fund_sizes, unit_values
from helpers.lookthrough.index_industries import index_industry_weights, known_from, known_industry_weights
from helpers.lookthrough.splits import share_changes
from helpers.panels import as_of, encode, encode_blocks
from helpers.sessions import month_ends, next_session, sessions, week_ends

DAYS = sessions("2020-01-02", "2020-12-31")


def small_market(seed: int = 0, **kinds) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    stocks = [f"{600000 + i}.SH" for i in range(60)]
    months = month_ends(DAYS)
    rows = []
    for month in months:
        for index in ("000300", "H30374", "399001"):
            if index == "399001" and month.month == 5:
                continue  # an index that skips a month keeps its older weights
            members = rng.choice(stocks, 20, replace=False)
            weight = rng.dirichlet(np.ones(20))
            rows.append(pd.DataFrame({"date": month, "index_code": index, "code": members, "weight": weight}))
    labels = pd.DataFrame({"code": stocks[:55], "industry_code": [f"80{i % 4}0" for i in range(55)]})
    labels["start"], labels["end"], labels["scheme"] = pd.Timestamp("2000-01-01"), pd.NaT, "SW2021_L1"
    moved = labels.iloc[:10].assign(start=pd.Timestamp("2020-06-17"), industry_code="8030")
    labels.loc[:9, "end"] = pd.Timestamp("2020-06-17")
    labels = pd.concat([labels, moved], ignore_index=True)
    labels["industry_name"] = "industry " + labels["industry_code"]
    funds = pd.DataFrame(
        {
            "code": [f"51030{i}.SH" for i in range(6)],
            "index_code": ["000300", "000300", "H30374", "399001", None, "999999"],
            "fund_type": "stock",
        }
    )
    shares = pd.DataFrame(
        [(d, c, 1e8 * (1 + i) * rng.lognormal(0, 0.02)) for d in DAYS for i, c in enumerate(funds["code"])],
        columns=["date", "code", "shares"],
    )
    shares["nav"] = rng.uniform(1, 2, len(shares))
    weights = pd.concat(rows, ignore_index=True).sort_values(["date", "index_code", "code"], ignore_index=True)
    return {"etf_shares": shares, "etf_list": funds, "index_weights": weights, "stock_industry": labels} | kinds


def joined(market: dict[str, pd.DataFrame], dates: pd.DatetimeIndex, lag: int = 1) -> pd.DataFrame:
    """The definition written as joins: every fund, every stock, every week."""
    shares, weights, labels = market["etf_shares"], market["index_weights"], market["stock_industry"]
    known_on = weights["date"].map({d: next_session(d, lag) for d in weights["date"].unique()})
    out = []
    for date in dates:
        day = shares.loc[shares["date"] == date].merge(market["etf_list"], on="code")
        day["size"] = day["shares"] * day["nav"]
        known = weights.loc[known_on <= date]
        last = known.groupby("index_code")["date"].transform("max")
        rows = day[["index_code", "size"]].merge(known.loc[known["date"] == last], on="index_code")
        now = labels.loc[(labels["start"] <= date) & (labels["end"].isna() | (labels["end"] > date))]
        rows = rows.merge(now, on="code")
        out.append((rows["size"] * rows["weight"]).groupby(rows["industry_name"]).sum().rename(date))
    return pd.DataFrame(out).fillna(0.0)


def test_look_through_equals_the_join_of_funds_stocks_and_labels():
    market = small_market()
    dates = week_ends(DAYS)
    holdings, _ = industry_holdings(**market)
    expected = joined(market, dates).reindex(columns=holdings.columns)
    np.testing.assert_allclose(holdings, expected, rtol=1e-12)
    assert (holdings.iloc[-1] > 0).all()


def test_the_order_of_the_weight_rows_does_not_matter():
    market = small_market()
    shuffled = market | {"index_weights": market["index_weights"].sample(frac=1, random_state=1)}
    a, b = industry_holdings(**market)[0], industry_holdings(**shuffled)[0]
    pd.testing.assert_frame_equal(a, b, rtol=1e-12)


def test_month_end_weights_are_used_only_after_they_are_published():
    market = small_market()
    late = known_from(pd.DatetimeIndex(["2020-01-23"]), 1)[0]
    assert late == pd.Timestamp("2020-02-03")  # the first session after the new year holiday
    weights = market["index_weights"]
    month = weights["date"].min()  # 2020-01-23, the last session of January
    day = pd.DatetimeIndex([month, late])
    holdings, coverage = industry_holdings(**market, dates=day)
    assert coverage.iloc[0] == 0 and coverage.iloc[1] > 0.5
    assert holdings.loc[month].sum() == 0
    with pytest.raises(ValueError, match="lag=0"):
        industry_holdings(**market, lag=0)


def test_labels_change_on_their_own_day_between_two_weight_dates():
    market = small_market()
    before, after = pd.Timestamp("2020-06-16"), pd.Timestamp("2020-06-17")
    day = pd.DatetimeIndex([before, after])
    sizes = pd.DataFrame(1.0, index=day, columns=["510300.SH"])
    held = look_through(sizes, *(market[k] for k in ("etf_list", "index_weights", "stock_industry"))).holdings
    weights = market["index_weights"]
    members = weights.loc[weights["index_code"].eq("000300") & weights["date"].eq(pd.Timestamp("2020-05-29"))]
    moving = members["code"].isin([f"{600000 + i}.SH" for i in range(10) if i % 4 != 3])
    gain = held.loc[after, "industry 8030"] - held.loc[before, "industry 8030"]
    assert gain == pytest.approx(members.loc[moving, "weight"].sum()) and gain > 0


def test_what_is_not_seen_is_said():
    market = small_market()
    codes = market["etf_list"]["code"]
    sizes = pd.DataFrame(1.0, index=week_ends(DAYS)[-3:], columns=codes)
    through = look_through(sizes, *(market[k] for k in ("etf_list", "index_weights", "stock_industry")))
    parts = through.parts
    assert (parts["total"] == 6).all() and (parts["n_through"] == 4).all()
    np.testing.assert_allclose(parts["no_weights"], 2.0)  # no index, and an index nobody publishes
    assert (parts["unlabelled"] > 0).all()  # five stocks carry no label
    np.testing.assert_allclose(parts[["weights", "estimated", "unlabelled", "no_weights"]].sum(axis=1), parts["total"])
    np.testing.assert_allclose(through.holdings.sum(axis=1) / 6, through.coverage)


def test_estimated_weights_stand_in_for_funds_without_an_index_from_their_date_on():
    market = small_market()
    dates = week_ends(DAYS)[-4:]
    estimate = pd.DataFrame(
        {"date": dates[2], "code": "510304.SH", "industry_name": ["industry 8000", "industry 8010"], "weight": 0.5}
    )
    sizes = pd.DataFrame(1.0, index=dates, columns=["510300.SH", "510304.SH"])
    tables = [market[k] for k in ("etf_list", "index_weights", "stock_industry")]
    plain, more = look_through(sizes, *tables), look_through(sizes, *tables, fund_weights=estimate)
    gain = more.holdings - plain.holdings
    assert (gain.iloc[:2] == 0).all(axis=None)
    np.testing.assert_allclose(gain.iloc[2:, :2], 0.5)
    assert more.coverage.iloc[-1] > plain.coverage.iloc[-1] + 0.4


def test_weights_worked_out_once_spread_any_amounts_of_any_of_their_dates():
    market, rng = small_market(), np.random.default_rng(6)
    tables = [market[k] for k in ("etf_list", "index_weights", "stock_industry")]
    dates, codes = week_ends(DAYS), market["etf_list"]["code"]
    estimate = pd.DataFrame({"date": dates[5], "code": codes.iloc[-1], "industry_name": ["other"], "weight": 1.0})
    for backcast, fund_weights in ((False, None), (True, None), (True, estimate)):
        weights = known_industry_weights(dates, *tables[1:], backcast=backcast)
        for rows, columns in ((slice(None), codes), (slice(4, 9), codes.iloc[::-1]), (slice(None, None, 3), codes[:2])):
            shape = len(dates[rows]), len(columns)
            amounts = pd.DataFrame(rng.normal(size=shape), dates[rows], columns).mask(rng.random(shape) < 0.1)
            one, alone = (
                spread(amounts, tables[0], weights, fund_weights),
                look_through(amounts, *tables, backcast=backcast, fund_weights=fund_weights),
            )
            pd.testing.assert_frame_equal(one.holdings, alone.holdings, atol=1e-12, rtol=0)
            pd.testing.assert_frame_equal(one.parts, alone.parts, atol=1e-12, rtol=0)
    with pytest.raises(ValueError, match="no index weights were worked out for that day"):
        spread(amounts, tables[0], known_industry_weights(dates[:3], *tables[1:]))


@pytest.mark.parametrize("table", ["etf_shares", "index_weights", "stock_industry"])
def test_no_holding_moves_when_the_future_changes(table):
    market, cut = small_market(), pd.Timestamp("2020-07-31")
    frame, rng = market[table].copy(), np.random.default_rng(3)
    if table == "stock_industry":
        late = frame.loc[frame["start"].lt(cut)].head(20).assign(start=cut + pd.Timedelta(days=1))
        changed = pd.concat([frame, late.assign(industry_name="industry 8000", industry_code="8000")])
    else:
        late = frame["date"] >= cut if table == "index_weights" else frame["date"] > cut
        values = {"etf_shares": ["shares", "nav"], "index_weights": ["weight"]}[table]
        frame.loc[late, values] = rng.uniform(0.1, 5, (late.sum(), len(values)))
        changed = frame
    dates = week_ends(DAYS)
    known = dates[dates <= cut]
    before = industry_holdings(**market, dates=dates)
    after = industry_holdings(**(market | {table: changed}), dates=dates)
    pd.testing.assert_frame_equal(before[0].loc[known], after[0].loc[known], check_exact=True)
    pd.testing.assert_series_equal(before[1].loc[known], after[1].loc[known], check_exact=True)
    assert not np.allclose(before[0].iloc[-1], after[0].iloc[-1])


def test_several_schemes_ask_for_a_choice():
    market = small_market()
    two = pd.concat([market["stock_industry"], market["stock_industry"].assign(scheme="CITIC_L1")])
    with pytest.raises(ValueError, match="SW2021_L1, CITIC_L1; choose one"):
        industry_holdings(**(market | {"stock_industry": two}))
    one, _ = industry_holdings(**(market | {"stock_industry": two}), scheme="SW2021_L1")
    pd.testing.assert_frame_equal(one, industry_holdings(**market)[0])


def test_backcast_gives_a_stock_its_first_label_earlier_and_only_when_asked():
    market = small_market()
    late = market["stock_industry"].assign(start=lambda t: t["start"].clip(lower=pd.Timestamp("2020-05-04")))
    day = pd.DatetimeIndex(["2020-03-31"])
    strict = industry_holdings(**(market | {"stock_industry": late}), dates=day)[1]
    guessed = industry_holdings(**(market | {"stock_industry": late}), dates=day, backcast=True)[0]
    assert strict.iloc[0] == 0
    pd.testing.assert_frame_equal(guessed, industry_holdings(**market, dates=day)[0])


def test_industry_weights_of_an_index_sum_to_its_printed_weights():
    market = small_market()
    table = index_industry_weights(market["index_weights"], market["stock_industry"])
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert ("2020-05-29", "399001") not in [(str(d.date()), i) for d, i in table.index]


def test_as_of_carries_the_last_value_and_forgets_it_when_too_old():
    frame = pd.DataFrame({"date": pd.to_datetime(["2020-01-02", "2020-01-20"]), "code": "a", "x": [1.0, 2.0]})
    dates = pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-19", "2020-01-20"])
    values, ages = as_of(frame, "x", dates, pd.Index(["a", "b"]), max_age=10)
    np.testing.assert_array_equal(values[:, 0], [np.nan, 1, np.nan, 2])
    np.testing.assert_array_equal(ages[:, 0], [np.nan, 1, np.nan, 0])
    assert np.isnan(values[:, 1]).all()


@pytest.mark.parametrize("dtype", ["str", "category", object])
def test_blocks_are_numbered_like_the_whole_column(dtype):
    column = pd.Series(["b", "a", "c", "b", "a", "c", "a", "d"], dtype=dtype)
    codes, names = encode(column)
    blocks, spelled = encode_blocks(column, [0, 3, 6, 8])
    assert list(names[codes]) == list(column) == list(spelled[np.concatenate(blocks)])


def test_a_missing_day_is_no_redemption_and_an_old_one_is_no_size():
    market = small_market()
    shares = market["etf_shares"]
    gone = shares["code"].eq("510302.SH") & shares["date"].between("2020-06-01", "2020-06-30")
    dates = pd.DatetimeIndex(["2020-05-29", "2020-06-05", "2020-06-30", "2020-07-03"])
    sizes, _ = fund_sizes(dates, shares.loc[~gone])
    known = sizes["510302.SH"].notna()
    assert known.tolist() == [True, True, False, True]
    assert sizes["510302.SH"].iloc[1] == sizes["510302.SH"].iloc[0]


def test_unit_values_fall_back_in_the_stated_order_and_say_so():
    day = pd.DatetimeIndex(["2024-01-02"])
    codes = pd.Index(["a", "b", "c", "d", "e"])
    shares = pd.DataFrame({"date": day[0], "code": codes, "shares": 1.0, "nav": [1.0] + [np.nan] * 4})
    daily = pd.DataFrame(
        {"date": day[0], "code": ["a", "b", "c"], "close": [9, 2, np.nan], "adj_close": [9.0, 9.0, 3.0]}
    )
    index = pd.DataFrame({"date": day, "index_code": "000300", "close": 4000.0})
    funds = pd.DataFrame({"code": codes, "index_code": [None, None, None, "000300", "000905"]})
    units = unit_values(day, codes, shares, daily, index, funds)
    assert units.value.iloc[0, :4].tolist() == [1.0, 2.0, 3.0, 4.0] and np.isnan(units.value.iloc[0, 4])
    assert units.basis.iloc[0].tolist() == ["nav", "close", "adj_close", "index", ""]


def test_fund_kinds_that_are_no_stock_funds_stay_out():
    market = small_market()
    funds = market["etf_list"].assign(fund_type=["stock"] * 3 + ["bond"] * 3)
    some, _ = industry_holdings(**(market | {"etf_list": funds}))
    every, _ = industry_holdings(**(market | {"etf_list": funds}), fund_types=None)
    assert (some.sum(axis=1).iloc[-1]) < every.sum(axis=1).iloc[-1]


def test_the_timed_market_gives_the_same_answer_both_ways():
    file = Path(__file__).resolve().parents[1] / "bench" / "bench_lookthrough.py"
    spec = importlib.util.spec_from_file_location("bench_lookthrough", file)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    found = bench.run(scale=0.01, every=40)
    assert found["max_difference"] < 1e-12 and found["weeks_joined"] > 5


@pytest.mark.snapshot
def test_the_csi300_family_is_looked_through_on_the_snapshot(snapshot_dir):
    tables = {n: pd.read_parquet(snapshot_dir / f"{n}.parquet") for n in ("etf_shares", "etf_list", "etf_daily")}
    tables |= {n: pd.read_parquet(snapshot_dir / f"{n}.parquet") for n in ("index_weights", "stock_industry")}
    family = tables["etf_list"].query("index_code == '000300'")
    holdings, coverage = industry_holdings(**(tables | {"etf_list": family}), scheme="SW2021_L1")
    assert coverage.loc["2022-06":"2024-09"].min() > 0.99
    assert holdings.loc["2024-09-30"].idxmax() in ("银行", "电子", "非银金融", "食品饮料")


@pytest.mark.snapshot
def test_a_net_asset_value_tells_the_merger_that_adjusted_prices_only_suggest(snapshot_dir):
    mine, day = [("code", "==", "510310.SH")], pd.Timestamp("2024-09-20")
    shares, daily = (pd.read_parquet(snapshot_dir / f"{n}.parquet", filters=mine) for n in ("etf_shares", "etf_daily"))
    seen = share_changes(shares, daily).set_index("date").loc[day]
    assert seen["status"] == "split" and seen["split_ratio"] == 0.5
    blind = share_changes(shares, daily[["date", "code", "adj_close"]]).set_index("date").loc[day]
    assert blind["status"] == "suspected"
