"""Active-fund weights and divergence: counted once, known when announced, simulated where nothing is reported."""

import numpy as np
import pandas as pd
import pytest

from helpers.active_funds import (
    average_return,
    issuance_heat,
    known_weights,
    simulation_errors,
    spliced_weights,
)
from helpers.active_funds.divergence import divergence, heat_at, side_groups, switched_weights
from helpers.active_funds.reports import portfolios, reported_weights
from helpers.flows import marginal_change
from helpers.sessions import month_ends, next_session, sessions

NAMES = ["银行", "电子", "医药生物", "食品饮料"]
DAYS = sessions("2020-10-09", "2022-03-31")


def labels() -> pd.DataFrame:
    table = pd.DataFrame({"code": [f"{600000 + i}.SH" for i in range(12)], "scheme": "SW2021_L1"})
    table["industry_code"] = [f"8010{i % 4}" for i in range(12)]
    table["industry_name"] = [NAMES[i % 4] for i in range(12)]
    return table.assign(start=pd.Timestamp("2000-01-01"), end=pd.NaT)


def holdings(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for quarter, announced in [
        ("2020-12-31", "2021-01-22"),
        ("2021-03-31", "2021-04-22"),
        ("2021-06-30", "2021-07-21"),
        ("2021-09-30", "2021-10-26"),
    ]:
        for f in range(5):
            stocks = rng.choice(12, 10, replace=False)
            weight = rng.dirichlet(np.ones(10)) * 0.5
            frame = pd.DataFrame({"code": [f"{600000 + s}.SH" for s in stocks], "weight_nav": weight})
            frame["fund_code"], frame["fund_size"] = f"00000{f}.OF", 1e9 * (f + 1)
            frame["report_date"], frame["announce_date"] = pd.Timestamp(quarter), pd.Timestamp(announced)
            rows.append(frame)
    return pd.concat(rows, ignore_index=True)


def industry_daily(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    closes = pd.DataFrame(rng.normal(0, 0.01, (len(DAYS), 4)) + rng.normal(0, 0.008, (len(DAYS), 1)), DAYS, NAMES)
    table = (1 + closes).cumprod().rename_axis("date").reset_index()
    table = table.melt("date", var_name="industry_name", value_name="close")
    return table.assign(scheme="SW2021_L1", industry_code=table["industry_name"])


def fund_nav(weights, noise: float = 0.0, codes=("000000.OF", "000001.OF")) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    closes = industry_daily().pivot(index="date", columns="industry_name", values="close")[NAMES]
    returns = closes.pct_change().fillna(0.0) @ np.asarray(weights)
    nav = pd.concat(
        {c: (1 + returns + rng.normal(0, noise, len(returns)) if noise else 1 + returns).cumprod() for c in codes},
        axis=1,
    )
    return nav.rename_axis(columns="fund_code").stack().rename("nav_adj").reset_index()


def test_share_classes_are_one_portfolio_and_its_money_is_counted_once():
    table = holdings()
    one = table.loc[table["fund_code"] == "000001.OF"]
    class_c = one.assign(fund_code="900001.OF", fund_size=3e8)
    repeated = one.assign(fund_code="900002.OF")  # a source that repeats the portfolio's size
    merged = portfolios(pd.concat([table, class_c, repeated], ignore_index=True))
    sizes = merged.drop_duplicates(["report_date", "portfolio"]).set_index("portfolio")["size"]
    assert (sizes.loc["000001.OF"] == 2.3e9).all() and (sizes.loc["000002.OF"] == 3e9).all()
    assert set(merged["portfolio"]) == set(table["fund_code"])


def test_reported_weights_add_up_money_by_industry():
    table = holdings()
    date = pd.DatetimeIndex(["2021-02-26"])
    weights, facts = reported_weights(table, labels(), date)
    rows = table.loc[table["report_date"] == pd.Timestamp("2020-12-31")].merge(labels()[["code", "industry_name"]])
    money = (rows["weight_nav"] * rows["fund_size"]).groupby(rows["industry_name"]).sum()
    pd.testing.assert_series_equal(weights.iloc[0], (money / money.sum())[weights.columns], check_names=False)
    assert facts["top_share"].item() == pytest.approx(0.5) and facts["labelled"].item() == 1


@pytest.mark.parametrize("kept", range(1, 8))
def test_a_report_of_stocks_most_of_which_have_no_label_says_nothing(kept):
    rows = holdings().loc[lambda t: t["report_date"] == pd.Timestamp("2020-12-31")]
    few = labels().iloc[:kept]
    weights, facts = reported_weights(rows, few, pd.DatetimeIndex(["2021-02-26"]))
    money = rows["weight_nav"] * rows["fund_size"]
    share = money[rows["code"].isin(few["code"])].sum() / money.sum()
    assert facts["labelled"].item() == pytest.approx(share)
    assert weights.notna().any(axis=None) == (share > 0.5)


def test_a_report_is_unknown_until_its_announcement():
    dates = pd.DatetimeIndex(["2021-01-21", "2021-01-22", "2021-04-21", "2021-04-22"])
    weights, facts = reported_weights(holdings(), labels(), dates)
    assert weights.iloc[0].isna().all() and weights.iloc[1].notna().all()
    assert weights.iloc[1].equals(weights.iloc[2].rename(weights.index[1]))
    assert facts["report_date"].iloc[3] == pd.Timestamp("2021-03-31")


def test_a_report_counts_to_the_last_of_its_days_and_no_longer():
    last = holdings().loc[lambda t: t["report_date"] == t["report_date"].max()]
    due = last["report_date"].max() + pd.to_timedelta([0, 100, 101], "D")
    weights, _ = reported_weights(last.assign(announce_date=due[0]), labels(), due, max_age=100)
    assert weights.notna().all(axis=1).tolist() == [True, True, False]


def test_no_weight_moves_when_the_future_changes():
    table, prices, nav = holdings(), industry_daily(), fund_nav([0.4, 0.3, 0.2, 0.1], noise=0.002)
    cut, rng = pd.Timestamp("2021-07-30"), np.random.default_rng(5)
    dates = month_ends(DAYS)
    changed = table.copy()
    late = changed["announce_date"] > cut
    changed.loc[late, "weight_nav"] = rng.uniform(0, 0.1, late.sum())
    changed.loc[late, "fund_size"] *= 7
    later_nav, later_prices = nav.copy(), prices.copy()
    for frame, column in ((later_nav, "nav_adj"), (later_prices, "close")):
        late = frame["date"] > cut
        frame.loc[late, column] *= rng.uniform(0.5, 2, late.sum())
    before = spliced_weights(table, labels(), dates, fund_nav=nav, industry_daily=prices)
    after = spliced_weights(changed, labels(), dates, fund_nav=later_nav, industry_daily=later_prices)
    pd.testing.assert_frame_equal(before.weights.loc[:cut], after.weights.loc[:cut], check_exact=True)
    pd.testing.assert_frame_equal(before.origin.loc[:cut], after.origin.loc[:cut])
    assert not np.allclose(before.weights.iloc[-1], after.weights.iloc[-1])
    assert (before.origin["source"] == "simulated").sum() > 3


def test_months_after_a_report_use_it_and_the_others_are_simulated():
    dates = pd.DatetimeIndex(["2021-04-30", "2021-05-31", "2021-06-30", "2021-07-30"])
    without = spliced_weights(holdings(), labels(), dates)
    assert without.origin["source"].tolist() == ["report", "report", "carried", "report"]
    spliced = spliced_weights(
        holdings(), labels(), dates, fund_nav=fund_nav([0.7, 0.1, 0.1, 0.1]), industry_daily=industry_daily()
    )
    assert spliced.origin["source"].tolist() == ["report", "report", "simulated", "report"]
    assert not np.allclose(spliced.weights.iloc[2], without.weights.iloc[2])
    np.testing.assert_allclose(spliced.weights.sum(axis=1), 1)
    pd.testing.assert_frame_equal(known_weights(holdings(), labels(), dates), without.weights)


def test_simulated_months_give_each_industry_its_own_weight():
    truth = dict(zip(NAMES, [0.45, 0.25, 0.2, 0.1], strict=True))
    dates = pd.DatetimeIndex(["2021-05-31", "2021-06-30"])
    nav = fund_nav(list(truth.values()))
    options = {"fund_nav": nav, "industry_daily": industry_daily(), "shrink": 0.0, "half_life": None}
    found = spliced_weights(holdings(), labels(), dates, **options)
    assert found.origin["source"].tolist() == ["report", "simulated"]
    pd.testing.assert_series_equal(
        found.weights.iloc[1].sort_index(), pd.Series(truth).sort_index(), check_names=False, atol=0.01
    )


def test_reports_too_old_are_no_longer_known():
    weights = known_weights(holdings(), labels(), pd.DatetimeIndex(["2022-01-28", "2022-03-31"]))
    assert weights.iloc[0].notna().all() and weights.iloc[1].isna().all()


def test_simulation_finds_the_true_weights_where_the_funds_are_what_their_returns_say():
    truth = [0.45, 0.25, 0.2, 0.1]
    table = holdings()
    by_name = dict(zip(NAMES, truth, strict=True))
    industry = table["code"].map(labels().set_index("code")["industry_name"])
    count = table.assign(i=industry).groupby(["report_date", "fund_code", "i"])["code"].transform("size")
    table["weight_nav"] = industry.map(by_name) / count
    errors = simulation_errors(
        table,
        labels(),
        fund_nav=fund_nav(truth),
        industry_daily=industry_daily(),
        shrink=0.0,
        half_life=None,
        window=120,
    )
    assert errors["plain"].iloc[1:].max() < 0.02 and errors["simulated"].iloc[1:].max() < 0.02
    assert errors["carried"].isna().tolist() == [True, False, False, False]


def test_a_wrong_simulation_is_measured_as_wrong():
    errors = simulation_errors(
        holdings(),
        labels(),
        fund_nav=fund_nav([0.0, 0.0, 0.0, 1.0]),
        industry_daily=industry_daily(),
        shrink=0.0,
        half_life=None,
        window=120,
    )
    assert errors["plain"].iloc[1:].min() > 0.4


def test_average_return_weighs_by_the_size_announced_before():
    nav = pd.DataFrame(
        {
            "date": np.repeat(DAYS[:3], 2),
            "fund_code": ["a", "b"] * 3,
            "nav_adj": [1.0, 1.0, 1.1, 1.0, 1.1, 1.2],
        }
    )
    sizes = pd.DataFrame({"fund_code": ["a", "b"], "fund_size": [3.0, 1.0], "report_date": DAYS[0]})
    sizes["announce_date"] = DAYS[1]
    found = average_return(nav, sizes)
    assert found.tolist() == pytest.approx([0.05, 0.2 * 0.25])  # equal until the sizes are known the day before


def test_issuance_heat_is_the_difference_of_growths_known_after_the_month():
    months = pd.to_datetime(["2021-01-01", "2021-02-01", "2021-04-01"])
    table = pd.concat(
        [
            pd.DataFrame({"month": months, "category": "stock_etf", "shares": [100.0, 150.0, 90.0]}),
            pd.DataFrame({"month": months, "category": "active_equity", "shares": [200.0, 100.0, 80.0]}),
        ]
    )
    heat = issuance_heat(table)
    assert heat.index[1] == next_session(pd.Timestamp("2021-02-28")) == pd.Timestamp("2021-03-01")
    assert heat.iloc[1] == pytest.approx(0.5 - (-0.5))
    assert heat.iloc[[0, 2, 3]].isna().all()  # no month before; March is missing
    only = issuance_heat(table.loc[table["category"] == "stock_etf"])
    assert only.isna().all()


def test_heat_is_forgotten_when_it_is_old_and_never_known_early():
    heat = pd.Series([0.5], index=pd.to_datetime(["2021-03-01"]))
    dates = pd.to_datetime(["2021-02-26", "2021-03-01", "2021-03-31", "2021-05-31"])
    assert heat_at(heat, dates).isna().tolist() == [True, False, False, True]
    assert heat_at(heat.iloc[:0], dates).isna().all()


def test_no_heat_moves_when_later_issues_change():
    rng = np.random.default_rng(4)
    months = pd.date_range("2020-01-01", periods=30, freq="MS")
    tables = [
        pd.DataFrame({"month": months, "category": kind, "shares": rng.uniform(50, 150, 30)})
        for kind in ("stock_etf", "active_equity")
    ]
    table = pd.concat(tables, ignore_index=True)
    cut = pd.Timestamp("2021-06-30")
    changed = table.copy()
    late = changed["month"] + pd.offsets.MonthEnd(1) > cut
    changed.loc[late, "shares"] *= rng.uniform(0.2, 5, late.sum())
    later = month_ends(sessions("2021-01-04", "2022-05-31"))
    before, after = (heat_at(issuance_heat(t), later) for t in (table, changed))
    pd.testing.assert_series_equal(before.loc[:cut], after.loc[:cut])
    assert not before.loc[cut:].iloc[1:].equals(after.loc[cut:].iloc[1:])


def test_no_divergence_group_or_side_moves_when_the_future_changes():
    rng = np.random.default_rng(6)
    dates = month_ends(sessions("2020-01-02", "2022-05-31"))
    cut, late = dates[17], dates > dates[17]
    names = [f"i{k:02d}" for k in range(20)]
    etf, active = (pd.DataFrame(rng.dirichlet(np.ones(20), len(dates)), dates, names) for _ in range(2))
    heat = pd.Series(rng.normal(size=len(dates)), dates)
    found = []
    for turn in (False, True):
        money, funds, signs = etf.copy(), active.copy(), heat.copy()
        if turn:
            money[late], funds[late], signs[late] = etf[late].to_numpy()[::-1], active[late] ** 2, -heat[late]
        gap = divergence(money, funds)
        found.append({"gap": gap, "level": side_groups(gap), "change": side_groups(marginal_change(gap))})
        found[-1]["switch"] = switched_weights(gap, signs)
    for name, before in found[0].items():
        after = found[1][name]
        pd.testing.assert_frame_equal(before.loc[:cut], after.loc[:cut], check_exact=True)
        assert not before[late].equals(after[late]), name


def test_divergence_is_signed_and_unknown_without_active_weights():
    dates = pd.to_datetime(["2021-01-28", "2021-01-29", "2021-03-15", "2021-03-16"])
    etf = pd.DataFrame([[0.5, 0.3, 0.2]] * 4, dates, ["a", "b", "c"])
    active = pd.DataFrame([[0.4, 1.6]], dates[1:2], ["a", "b"])  # rescaled; an industry it does not name is 0
    found = divergence(etf, active)
    assert found.iloc[1].round(12).tolist() == found.iloc[2].round(12).tolist() == [0.3, -0.5, 0.2]
    assert found.iloc[[0, 3]].isna().all(axis=None)  # before it is known, and 46 days after
    assert divergence(etf, active.iloc[:0]).isna().all(axis=None)
    with pytest.raises(ValueError, match="share no industry name"):
        divergence(etf, active.set_axis(["x", "y"], axis=1))


def test_each_side_of_the_divergence_is_cut_in_three():
    row = pd.DataFrame([np.arange(-6, 10)], dtype=float)
    groups = side_groups(row).iloc[0]
    assert groups[groups < 0].tolist() == [-3, -3, -2, -2, -1, -1] and np.isnan(groups[6])
    assert groups[groups > 0].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    lone = side_groups(pd.DataFrame([[0.1, -0.1, -0.2]])).iloc[0]
    assert lone.tolist() == [3, -2, -3]


def test_issuance_chooses_the_side_and_without_it_nothing_is_held_unless_asked():
    dates = pd.to_datetime(["2021-01-29", "2021-02-26", "2021-03-31"])
    values = pd.DataFrame([np.linspace(-1, 1, 20)] * 3, dates)
    heat = pd.Series([0.2, -0.2, np.nan], dates)
    held = switched_weights(values, heat, top=6)
    assert held.iloc[0, 14:].sum() == pytest.approx(1) and held.iloc[1, :6].sum() == pytest.approx(1)
    assert held.iloc[2].sum() == 0
    assert switched_weights(values, heat, unknown="etf").iloc[2, 14:].sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="unknown='both'"):
        switched_weights(values, heat, unknown="both")


@pytest.mark.snapshot
def test_active_funds_of_2021_are_as_known_on_the_snapshot(snapshot_dir):
    table = pd.read_parquet(snapshot_dir / "fund_holdings.parquet")
    table = table.loc[table["report_date"] <= "2021-03-31"]
    stocks = pd.read_parquet(snapshot_dir / "stock_industry.parquet")
    dates = pd.DatetimeIndex(["2021-01-21", "2021-02-26", "2021-04-30"])
    spliced = spliced_weights(table, stocks, dates, scheme="SW2021_L1", backcast=True)
    assert spliced.origin["source"].tolist() == ["none", "report", "report"]
    assert spliced.weights.iloc[1].nlargest(2).index.tolist() == ["食品饮料", "医药生物"]


def test_heat_of_a_month_does_not_move_when_later_months_change():
    months = pd.date_range("2021-01-01", periods=12, freq="MS")
    rng = np.random.default_rng(4)
    shares = {c: rng.lognormal(2, 1, 12) for c in ("stock_etf", "active_equity")}
    table = pd.DataFrame(shares, months).rename_axis("month").reset_index()
    table = table.melt("month", var_name="category", value_name="shares")
    changed = table.assign(shares=table["shares"].where(table["month"] < "2021-07-01", 77.0))
    before, after = issuance_heat(table), issuance_heat(changed)
    pd.testing.assert_series_equal(before.loc[:"2021-07-01"], after.loc[:"2021-07-01"])
    assert before.index[5] == pd.Timestamp("2021-07-01") and before.iloc[6] != after.iloc[6]


@pytest.mark.parametrize(("days", "known"), [(0, True), (45, True), (46, False), (-1, False)])
def test_heat_serves_from_the_day_it_is_known_for_forty_five_days(days, known):
    day = pd.Timestamp("2021-03-01")
    found = heat_at(pd.Series({day: 0.5}), pd.DatetimeIndex([day + pd.Timedelta(days=days)]))
    assert np.isfinite(found.iloc[0]) == known
    assert heat_at(pd.Series(dtype=float), pd.DatetimeIndex([day])).isna().all()
