"""The parts of a change add up and name their cause; what came into view moves no group."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.change_parts import (
    change_parts,
    launches,
    monthly_sum,
    seen_change,
    share_moves,
    variance_facts,
    variance_shares,
)
from helpers.flows.etf_money import etf_money
from helpers.flows.net_inflow import marginal_change, month_rows
from helpers.sessions import sessions, week_ends
from rotation_market import full_market

WEEKS = week_ends(sessions("2021-01-04", "2022-12-30"))[:6]


def looker(change_in=WEEKS[-1]):
    tables = {d: pd.DataFrame([[0.8, 0.2], [0.1, 0.9], [0.5, 0.5]], list("abc"), ["x", "y"]) for d in WEEKS}
    tables[change_in] = tables[change_in].iloc[[1, 0, 2]].set_axis(list("abc"))  # new weights in that week

    def look(amounts):
        return pd.DataFrame({d: row.fillna(0) @ tables[d].loc[row.index] for d, row in amounts.iterrows()}).T

    return look


def frames():
    sizes = pd.DataFrame({"a": [100.0, 150, 150, 165, 165, 165], "b": [100.0, 100, 100, 100, 100, 100]}, WEEKS)
    flows = pd.DataFrame({"a": [np.nan, 50, 0, 0, 0, 0], "b": [np.nan, 0, 0, 0, 0, 0.0]}, WEEKS)
    return sizes, flows


def causes(parts):
    return {name: part.abs().max(axis=1).gt(1e-12).tolist() for name, part in parts.items()}


def test_the_parts_of_a_change_add_up_and_name_their_cause():
    (sizes, flows), look = frames(), looker()
    parts = change_parts(sizes, flows, look)
    held = look(sizes)
    np.testing.assert_allclose(parts["change"], held.div(held.sum(axis=1), axis=0).diff().iloc[1:], atol=1e-15)
    moved = causes(parts)
    assert moved["money"] == [True, False, False, False, False]
    assert moved["fund prices"] == [False, False, True, False, False]
    assert moved["coverage"] == [False] * 5
    assert moved["new weights"] == [False, False, False, False, True]
    assert variance_shares(parts).sum().tolist() == pytest.approx([1, 1, 1])
    facts = variance_facts(parts)
    assert facts["coverage"] == 0 and not facts["widens"] and not facts["still"]
    assert facts["money"] + facts["prices"] + facts["weights"] == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("seen", ["came", "left"])
def test_a_fund_that_comes_into_view_or_leaves_it_is_coverage_and_moves_nothing_else(seen):
    (sizes, flows), look = frames(), looker()
    there = [False, False, True, True, True, True] if seen == "came" else [True, True, False, False, False, False]
    wider = sizes.assign(c=np.where(there, 40.0, np.nan))
    parts = change_parts(wider, flows.assign(c=np.nan), look)
    held = look(wider)
    np.testing.assert_allclose(parts["change"], held.div(held.sum(axis=1), axis=0).diff().iloc[1:], atol=1e-15)
    assert causes(parts)["coverage"] == [False, True, False, False, False]
    assert causes(parts)["money"] == [True, False, False, False, False]
    assert (seen_change(parts).iloc[1] == 0).all()
    assert variance_facts(parts)["coverage"] > 0
    real = pd.DataFrame(False, WEEKS, list("abc"))
    real.loc[WEEKS[2], "c"] = True  # the fund was launched (or closed) that week
    money = change_parts(wider, flows.assign(c=np.nan), look, real)
    assert causes(money)["coverage"] == [False] * 5 and causes(money)["money"] == [True, True, False, False, False]
    np.testing.assert_allclose(money["change"], parts["change"], atol=1e-15)


def test_a_launch_is_a_first_size_soon_after_the_listing_and_a_closure_a_last_one_before_the_end():
    sizes = pd.DataFrame(1.0, WEEKS, list("abcd"))
    sizes.loc[: WEEKS[1], ["b", "c"]] = np.nan
    sizes.loc[WEEKS[4] :, "d"] = np.nan
    dates = {"a": "2015-01-05", "b": f"{WEEKS[1]:%Y-%m-%d}", "c": "2015-01-05", "d": "2015-01-05"}
    funds = pd.DataFrame({"code": list(dates), "list_date": pd.to_datetime(list(dates.values()))})
    funds["delist_date"] = pd.to_datetime([None, None, None, f"{WEEKS[4]:%Y-%m-%d}"])
    found = launches(sizes, funds)
    assert found.to_numpy().nonzero()[0].tolist() == [2, 4] and found.at[WEEKS[2], "b"] and found.at[WEEKS[4], "d"]


def test_monthly_sums_of_weekly_changes_are_the_monthly_change_where_the_same_funds_are_known():
    money = etf_money(full_market(), "SW2021_L1")
    weekly = seen_change(share_moves(money))
    monthly = monthly_sum(weekly)
    share = marginal_change(month_rows(money.share))
    both = monthly.dropna().index.intersection(share.dropna().index)
    assert len(both) > 10
    np.testing.assert_allclose(monthly.loc[both], share.loc[both], atol=1e-12)
    torn = weekly.copy()
    torn.iloc[20] = np.nan
    day = month_rows(weekly).index[month_rows(weekly).index >= weekly.index[20]][0]
    assert monthly_sum(torn).loc[day].isna().all() and monthly.loc[day].notna().all()


def test_what_happens_later_changes_no_earlier_move():
    tables, cut = full_market(), pd.Timestamp("2021-07-30")
    changed = {n: t.copy() for n, t in tables.items()}
    later = changed["etf_shares"]["date"] > cut
    changed["etf_shares"].loc[later, "shares"] *= np.random.default_rng(5).uniform(0.7, 1.4, later.sum())
    one, two = (seen_change(share_moves(etf_money(t, "SW2021_L1"))) for t in (tables, changed))
    pd.testing.assert_frame_equal(one.loc[:cut], two.loc[:cut])
    assert not one.equals(two)
