"""From a market to the frames of the flow chapters: complete, dated, and silent about nothing."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import industry_flow
from helpers.flows.etf_money import etf_money, holding_dates
from helpers.sessions import month_ends, sessions, week_ends
from helpers.tables import MissingTable
from rotation_market import full_market

DAYS = sessions("2021-01-04", "2021-12-31")
STOCKS = [f"60000{i}.SH" for i in range(6)]


def market(seed: int = 0) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    funds = pd.DataFrame({"code": ["510300.SH", "159919.SZ", "511880.SH"], "index_code": ["000300", "000905", None]})
    funds = funds.assign(fund_type=["stock", "stock", "money"], list_date=pd.Timestamp("2015-01-05"))
    grid = pd.MultiIndex.from_product([DAYS, funds["code"]], names=["date", "code"]).to_frame(index=False)
    shares = grid.assign(shares=1e9 * rng.lognormal(0, 0.01, len(grid)), nav=1.0)
    months = month_ends(DAYS)[:-2]
    weights = pd.MultiIndex.from_product([months, ["000300", "000905"], STOCKS], names=["date", "index_code", "code"])
    weights = weights.to_frame(index=False)
    weights["weight"] = rng.dirichlet(np.ones(6), len(weights) // 6).ravel()
    labels = pd.DataFrame({"code": STOCKS, "scheme": "SW2021_L1", "industry_code": list("112233")})
    labels = labels.assign(
        industry_name=[f"industry {c}" for c in "112233"], start=pd.Timestamp("2010-01-04"), end=pd.NaT
    )
    return {"etf_shares": shares, "etf_list": funds, "index_weights": weights, "stock_industry": labels}


def test_money_covers_stock_funds_while_weights_are_fresh():
    tables = market()
    money = etf_money(tables, "SW2021_L1")
    assert list(money.sizes.columns) == ["159919.SZ", "510300.SH"] and money.indices == 2 and money.whole_market
    last = tables["index_weights"]["date"].max()
    assert money.sizes.index[-1] <= last + pd.Timedelta(days=45)
    assert money.through.coverage.iloc[8:].round(9).eq(1).all()
    total = money.flows.sum().sum()
    inside = money.days["date"].between("2021-01-25", money.sizes.index[-1])  # from the first week's Monday on
    assert total == pytest.approx(money.days.loc[inside, "flow"].sum())


def test_a_label_counts_from_the_day_it_began_and_so_does_its_industry():
    tables, late = market(), pd.Timestamp("2021-06-15")
    labels = tables["stock_industry"].copy()
    labels.loc[:1, "start"] = late  # both stocks of industry 1
    labels.loc[2, "start"] = late  # one of the two of industry 2
    tables["stock_industry"] = labels
    money = etf_money(tables, "SW2021_L1")
    before, after = money.sizes.index < late, money.sizes.index >= late
    parts = money.through.parts
    assert np.isnan(money.labelled.iloc[0])  # no index weights are known yet
    assert (money.labelled[before].dropna() < 0.95).all() and money.labelled[after].tolist() == pytest.approx(
        [1] * after.sum()
    )
    held = parts["weights"] + parts["unlabelled"]
    np.testing.assert_allclose(money.labelled.fillna(0) * held, parts["weights"])
    assert money.named.loc[before].all().to_dict() == {"industry 1": False, "industry 2": True, "industry 3": True}
    assert money.named.loc[after].all(axis=None) and not money.named.loc[before, "industry 1"].any()
    assert money.share.loc[before, "industry 1"].isna().all() and money.share.loc[after].notna().all(axis=None)
    np.testing.assert_allclose(money.share.iloc[1:].sum(axis=1), 1)
    ahead = etf_money(tables, "SW2021_L1", backcast=True)
    assert ahead.named.all(axis=None) and ahead.labelled.min() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {k: v for k, v in t.items() if k != "index_weights"}, "index_weights: not among this run's tables"),
        (lambda t: {k: v for k, v in t.items() if k == "etf_list"}, "etf_shares, index_weights, stock_industry: "),
        (lambda t: t | {"etf_shares": t["etf_shares"].drop(columns="nav")}, "units have no value"),
        (lambda t: t | {"index_weights": earlier(t["index_weights"])}, "etf_shares, index_weights: they have no week"),
        (lambda t: t | {"etf_shares": t["etf_shares"].iloc[:0]}, "they have no week in common"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(change, said):
    with pytest.raises(MissingTable, match=said):
        etf_money(change(market()), "SW2021_L1")
    with pytest.raises(MissingTable, match="stock_industry: it holds SW2021_L1 but not CITIC_L1. Choose another"):
        etf_money(market(), "CITIC_L1")


def earlier(table):
    return table.assign(date=table["date"] - pd.Timedelta(days=3650))


def test_other_amounts_go_the_way_of_the_money():
    tables = market()
    money = etf_money(tables, "SW2021_L1")
    labels = [tables[name] for name in ("etf_list", "index_weights", "stock_industry")]
    pd.testing.assert_frame_equal(money.look(money.sizes).holdings, money.through.holdings)
    alone = industry_flow(money.flows, *labels, scheme="SW2021_L1")
    pd.testing.assert_frame_equal(money.industry_flows, alone)
    assert alone.isna().any(axis=None) and alone.notna().any(axis=None)
    pd.testing.assert_series_equal(money.coverage_with(backcast=False), money.coverage)


def test_start_cuts_the_weeks():
    assert holding_dates(market(), "2021-06-01")[0] == pd.Timestamp("2021-06-04")
    with pytest.raises(MissingTable, match="no week in common from 2022-02-01 on"):
        holding_dates(market(), "2022-02-01")
    with pytest.raises(ValueError, match="every='day'"):
        holding_dates(market(), every="day")


@pytest.mark.parametrize("hole", ["2021-06-04", "2021-09-30", "2021-08-02"])
def test_the_exchange_and_no_table_decides_which_day_ends_a_week(hole):
    """A session that a table lacks (a Friday, the eve of a holiday, a Monday) moves no date and makes no flow."""
    tables, day = market(), pd.Timestamp(hole)
    cut = {n: t[t["date"] != day] if n == "etf_shares" else t for n, t in tables.items()}
    full, short = etf_money(tables, "SW2021_L1"), etf_money(cut, "SW2021_L1")
    assert short.sizes.index.equals(full.sizes.index)
    assert full.sizes.index.equals(week_ends(sessions("2021-01-29", full.sizes.index[-1])))
    kept = tables["etf_shares"].query("date < @day & code == '510300.SH'").iloc[-1]
    if day in full.sizes.index:
        assert short.sizes.at[day, "510300.SH"] == pytest.approx(kept["shares"] * kept["nav"])
    others = full.sizes.index != day
    pd.testing.assert_frame_equal(short.sizes[others], full.sizes[others])


def test_months_end_where_weeks_do_and_hold_the_same():
    weeks, months = (etf_money(market(), "SW2021_L1", every=every) for every in ("week", "month"))
    assert months.sizes.index.equals(month_ends(sessions("2021-01-29", weeks.sizes.index[-1]), complete=True))
    both = months.sizes.index.intersection(weeks.sizes.index)
    assert len(both) >= 4
    pd.testing.assert_frame_equal(months.share.loc[both], weeks.share.loc[both], check_freq=False)
    pd.testing.assert_frame_equal(months.holdings.loc[both], weeks.holdings.loc[both], check_freq=False)


def test_a_few_funds_are_not_the_market():
    tables = market()
    more = tables["etf_list"].iloc[:1].assign(code="510500.SH", index_code="000852")
    thin = tables | {"etf_list": pd.concat([tables["etf_list"], more], ignore_index=True)}
    assert etf_money(tables, "SW2021_L1").whole_market
    with pytest.raises(MissingTable, match="etf_shares: units of 67% of the listed stock ETFs"):
        etf_money(thin, "SW2021_L1").whole()
    one = tables | {"index_weights": tables["index_weights"].query("index_code == '000300'")}
    funds = tables["etf_list"].assign(index_code=["000300", "000905", None])
    many = pd.concat([funds, funds.iloc[:1].assign(code="512000.SH", index_code="000016")], ignore_index=True)
    units = tables["etf_shares"]
    units = pd.concat([units, units.query("code == '510300.SH'").assign(code="512000.SH")])
    with pytest.raises(MissingTable, match="index_weights: weights of 1 of the 3 indices"):
        etf_money(one | {"etf_list": many, "etf_shares": units}, "SW2021_L1").whole()


def test_what_happens_later_changes_no_earlier_holding_or_flow():
    tables, cut = market(), pd.Timestamp("2021-07-30")
    changed = {n: t.copy() for n, t in tables.items()}
    for name, column in (("etf_shares", "shares"), ("etf_shares", "nav"), ("index_weights", "weight")):
        later = changed[name]["date"] > cut
        changed[name].loc[later, column] *= np.random.default_rng(5).uniform(0.5, 2, later.sum())
    one, two = (etf_money(t, "SW2021_L1") for t in (tables, changed))
    for part in ("holdings", "share", "flows", "industry_flows"):
        before, after = getattr(one, part), getattr(two, part)
        pd.testing.assert_frame_equal(before.loc[:cut], after.loc[:cut])
        assert not before.loc[cut:].iloc[1:].equals(after.loc[cut:].iloc[1:]), part


@pytest.mark.parametrize("cut", ["2021-06-30", "2021-07-30", "2021-08-31"])
def test_index_weights_serve_for_forty_five_days(cut):
    tables = market()
    old = tables["index_weights"].query("date <= @cut")
    dates = holding_dates(tables | {"index_weights": old})
    closed = week_ends(sessions("2021-01-29", pd.Timestamp(cut) + pd.Timedelta(days=45)), complete=True)
    assert dates.equals(closed)


@pytest.mark.parametrize(("days", "known"), [(10, True), (11, False)])
def test_units_serve_for_ten_days(days, known):
    tables = market()
    week = pd.Timestamp("2021-08-27")
    gone = (tables["etf_shares"]["code"] == "510300.SH") & tables["etf_shares"]["date"].between(
        week - pd.Timedelta(days=days - 1), week
    )
    last = tables["etf_shares"][~gone].query("code == '510300.SH' & date < @week")["date"].max()
    assert (week - last).days == days
    sizes = etf_money(tables | {"etf_shares": tables["etf_shares"][~gone]}, "SW2021_L1").sizes
    assert np.isfinite(sizes.at[week, "510300.SH"]) == known


def test_another_scheme_is_the_same_money_by_other_industries():
    tables = full_market()
    twin = tables["stock_industry"].assign(scheme="CITIC_L1")
    twin["industry_name"] = twin["industry_name"].iloc[::-1].to_numpy()
    tables["stock_industry"] = pd.concat([tables["stock_industry"], twin], ignore_index=True)
    money = etf_money(tables, "SW2021_L1")
    other, direct = money.in_scheme("CITIC_L1"), etf_money(tables, "CITIC_L1")
    pd.testing.assert_frame_equal(other.holdings, direct.holdings)
    pd.testing.assert_frame_equal(other.industry_flows, direct.industry_flows)
    pd.testing.assert_frame_equal(other.share, direct.share)
    assert other.days is money.days and money.in_scheme("SW2021_L1") is money
    with pytest.raises(MissingTable, match="stock_industry: it holds CITIC_L1, SW2021_L1 but not SW2014_L1"):
        money.in_scheme("SW2014_L1")
