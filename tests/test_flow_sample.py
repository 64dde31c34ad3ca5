"""A sample keeps its funds, a jump of the record is no money, and the books balance to what is named."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.sample import BOOKS, books, books_facts, fund_books, largest_books, same_funds, sample_facts
from helpers.panels import as_of
from helpers.sources import load_market
from helpers.tables import MissingTable
from rotation_market import full_market

WEEKS = pd.date_range("2021-01-08", periods=5, freq="7D")


@pytest.fixture(scope="module")
def market():
    return full_market()


def thinned(market, codes, first):
    """The same market, in which units of some funds are recorded from a day on only."""
    units = market["etf_shares"]
    late = units["code"].isin(codes) & (units["date"] < first)
    return {**market, "etf_shares": units[~late]}


def test_the_whole_market_is_its_own_sample(market):
    money = etf_money(market, "SW2021_L1")
    found = same_funds(money)
    assert found.market and found.sizes.columns.tolist() == money.sizes.columns.tolist()
    pd.testing.assert_frame_equal(found.sizes, money.sizes)
    facts = sample_facts(found)
    assert (facts["funds"], facts["market"], facts["since"]) == (4, True, money.sizes.index[0])


@pytest.mark.parametrize("first", ["2021-09-01", "2022-02-01"])
def test_funds_that_come_into_view_are_in_no_amount(market, first):
    money = etf_money(thinned(market, ["510002.SH", "510003.SH"], first), "SW2021_L1")
    found = same_funds(money)
    assert not found.market and found.sizes.columns.tolist() == ["510001.SH", "510009.SH"]
    jump = money.sizes.sum(axis=1).diff().max()
    assert found.sizes.sum(axis=1).diff().abs().max() < 0.3 * jump
    assert found.flows.columns.equals(found.sizes.columns)
    assert sample_facts(found)["fewest"] == 2 and sample_facts(found)["most"] == 4
    with pytest.raises(MissingTable, match="no fund's units are known in 101% of the weeks"):
        same_funds(money, least=1.01)


def test_a_sample_begins_when_all_its_funds_are_known_and_bridges_holes(market):
    units = market["etf_shares"]
    hole = units["code"].eq("510001.SH") & units["date"].between("2021-08-02", "2021-09-10")
    late = units["code"].isin(["510002.SH", "510003.SH"]) & (units["date"] < "2022-02-01")
    early = units["code"].eq("510009.SH") & (units["date"] < "2021-03-01")
    found = same_funds(etf_money({**market, "etf_shares": units[~(hole | late | early)]}, "SW2021_L1"))
    assert found.sizes.index[0] == pd.Timestamp("2021-03-05") and found.sizes.notna().all(axis=None)
    assert found.sizes["510001.SH"].loc["2021-08-20":"2021-09-10"].nunique() == 1


def test_books_add_up_and_name_every_part():
    sizes = pd.DataFrame({"a": [100.0, 110, 132, 120, 126], "b": [np.nan, np.nan, 50, 55, 60]}, WEEKS)
    flows = pd.DataFrame({"a": [np.nan, 0, 22, -12, 0], "b": [np.nan, np.nan, np.nan, 0, 5]}, WEEKS)
    prices = pd.DataFrame({"a": [1.0, 1.1, 1.1, 1.1, 1.1], "b": [1.0, 1.0, 1.0, 1.1, 1.1]}, WEEKS)
    table = books(sizes, flows, prices)
    np.testing.assert_allclose(table["end"], table[BOOKS[:-1]].sum(axis=1))
    assert table.loc["a"].tolist() == pytest.approx([100, 0, 10, 10, 6, 126])
    assert table.loc["b"].tolist() == pytest.approx([0, 50, 5, 5, 0, 60])
    facts = books_facts(table * 1e9)
    assert (facts["funds"], facts["worst"]) == (2, "a") and facts["worst_left"] == pytest.approx(6 / 126)
    assert facts["flow_bn"] == pytest.approx(15) and facts["left"] == pytest.approx(6 / 186)
    shown = largest_books(table.sort_values("end", ascending=False) * 1e9, 1)
    assert shown.index.tolist() == ["a", "all 2"] and shown.loc["all 2", "end"] == pytest.approx(186)


@pytest.mark.parametrize("ratio", [2.0, 0.5, 3.0])
def test_books_catch_a_split_that_was_taken_for_money_and_balance_when_it_was_not(market, ratio):
    """A fund splits in the middle; the books balance when the flow knows it, and are out by its size when not."""
    day = pd.Timestamp("2021-09-15")
    units, daily = market["etf_shares"].copy(), market["etf_daily"]
    after = (units["date"] >= day) & (units["code"] == "510009.SH")
    units.loc[after, "shares"] *= ratio
    units.loc[after, "nav"] /= ratio
    known = etf_money({**market, "etf_shares": units, "etf_daily": daily}, "SW2021_L1")
    sample = same_funds(known)
    good = fund_books(known, sample).loc["510009.SH"]
    assert abs(good["residual"]) < 0.02 * good["end"]
    wrong = units.assign(split_ratio=1.0)  # a table that says there was none
    money = etf_money({**market, "etf_shares": wrong}, "SW2021_L1")
    bad = fund_books(money, same_funds(money)).loc["510009.SH"]
    size = known.sizes["510009.SH"].loc[:day].iloc[-1]
    assert abs(bad["residual"]) > 0.4 * size


def test_books_need_prices(market):
    money = etf_money({k: v for k, v in market.items() if k != "etf_daily"}, "SW2021_L1")
    with pytest.raises(KeyError):
        fund_books(money, same_funds(money))


@pytest.mark.snapshot
def test_the_books_of_every_fund_balance_on_the_snapshot(snapshot_dir):
    """Week by week, over all funds: what is left over is a fraction of a per cent, and no split is left."""
    market = load_market("folder", str(snapshot_dir), end="2026-02-13")
    money = etf_money(market, "SW2021_L1", backcast=True)
    sizes, flows = money.sizes, money.flows
    prices, _ = as_of(market["etf_daily"], "adj_close", sizes.index, sizes.columns, max_age=10)
    moved = pd.DataFrame(prices, sizes.index, sizes.columns).pct_change(fill_method=None)
    days = money.days.loc[money.days["flow"].isna(), ["date", "code"]]  # a week with a day unknown is not told whole
    at = sizes.index[sizes.index.searchsorted(days["date"]).clip(max=len(sizes) - 1)]
    told = ~pd.crosstab(at, days["code"].to_numpy()).reindex_like(sizes).fillna(0).astype(bool)
    left = (sizes.diff() - flows - sizes.shift() * moved).where(told) / (sizes.shift() + flows.abs())
    off = left.stack().abs().dropna()
    assert len(off) > 10_000 and off.median() < 0.002 and off.quantile(0.99) < 0.02 and off.max() < 0.4
