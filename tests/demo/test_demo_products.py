"""The three odd funds of the demo market are caught by the measures made for them, and nobody else is changed."""

import numpy as np
import pandas as pd
import pytest

from helpers.index_research.closure import SMALL, closure_facts, closure_flags, closure_study, known_sizes
from helpers.index_research.products import product_table
from helpers.index_research.stance import funds_of_stance
from helpers.screening import Limits, choose
from helpers.screening.screen import candidates
from helpers.sources.demo.oddities import KINDS
from helpers.sources.demo.trading import make_trading


@pytest.fixture(scope="module", params=["small", "full"])
def found(request):
    """Planted funds by kind, the product table of the last evening, and the market."""
    demo, market = request.getfixturevalue(request.param), request.getfixturevalue(f"{request.param}_market")
    date = demo.world.timeline.days[-1]
    return demo._planted()["products"], product_table(market, date), demo


def test_the_bad_tracker_strays_most(found):
    planted, table, _ = found
    stocks = table[(table["fund_type"] == "stock") & table["tracking_error"].notna()]
    assert stocks["tracking_error"].idxmax() == planted["tracks_badly"]
    assert stocks.loc[planted["tracks_badly"], "tracking_error"] > 0.02


def test_the_closing_fund_is_among_the_few_below_the_line(found):
    planted, table, _ = found
    small = table.index[table["size"] < SMALL]
    assert planted["about_to_close"] in small and len(small) <= 0.05 * len(table)


def test_the_premium_is_seen_where_it_was_planted(found):
    planted, table, _ = found
    stocks = table[table["fund_type"] == "stock"]
    assert stocks["premium"].idxmax() == planted["at_a_premium"]
    assert stocks["premium"].max() > 0.03 > 20 * stocks["premium"].drop(planted["at_a_premium"]).max()


def test_nobody_else_was_changed(found):
    planted, _, demo = found
    assert set(planted) == set(KINDS)
    before = make_trading(demo.world, demo.etfs, demo.weights, demo.closes)
    after = demo.trading
    small = [code for codes in demo._planted()["small"].values() for code in codes]
    others = ~np.isin(demo.etfs.code, [*planted.values(), *small])
    for name in ("nav", "shares"):
        funds = others & (demo.etfs.fund_type != "qdii")  # their values are repeated on some days, as before
        np.testing.assert_array_equal(getattr(before, name)[:, funds], getattr(after, name)[:, funds])
    assert not set(small) & set(planted.values())
    odd = ~others
    assert all(
        not np.array_equal(before.close[:, [j]], after.close[:, [j]], equal_nan=True)
        or not np.array_equal(before.shares[:, [j]], after.shares[:, [j]], equal_nan=True)
        for j in np.flatnonzero(odd)
    )


@pytest.mark.parametrize(
    ("kind", "limit"),
    [("tracks_badly", "max_tracking_error"), ("about_to_close", "min_size"), ("at_a_premium", "max_premium")],
)
def test_the_screen_shuts_each_out_for_its_reason(full, full_market, kind, limit):
    planted, date = full._planted()["products"][kind], full.world.timeline.days[-1]
    stance = funds_of_stance(full_market["etf_list"], date).loc[planted, "stance"]
    table = choose(candidates(full_market, date, stance), Limits())
    assert limit in table.loc[planted, "failed"] and not table.loc[planted, "admitted"]


@pytest.fixture(scope="module", params=["small", "full"])
def shrunk(request):
    """The demo, its market, and the codes of the funds that shrank by what became of them."""
    demo = request.getfixturevalue(request.param)
    return demo, request.getfixturevalue(f"{request.param}_market"), demo._planted()["small"]


def test_funds_that_shrank_before_they_closed_are_small_in_their_last_year(shrunk):
    demo, _, small = shrunk
    etfs, trading = demo.etfs, demo.trading
    place = {code: j for j, code in enumerate(etfs.code)}
    for code in small["closed"]:
        j = place[code]
        assert etfs.last[j] < len(trading.nav)
        year = slice(etfs.last[j] - 60, etfs.last[j] + 1)
        assert np.nanmax(trading.shares[year, j] * trading.nav[year, j]) < 1.5 * SMALL
    for code in small["lives_on"]:
        assert etfs.last[place[code]] >= len(trading.nav)
        assert trading.shares[-1, place[code]] * trading.nav[-1, place[code]] < SMALL


def test_the_flag_finds_the_planted_closures(full_market, full):
    study = closure_study(full_market, full.world.timeline.days[-1])
    told = closure_facts(study)
    assert told["tells"] and told["low"] > 5 * told["other_rate"]
    assert 0.1 < told["rate"] < 0.7 and told["recall"] > 0.4


def test_who_closes_is_not_known_from_days_after_the_evening(small, small_market):
    """Flags of an evening are the same when all that comes later is cut off."""
    days = small.world.timeline.days
    date = pd.DatetimeIndex([days[-400]])
    shares, daily = small_market["etf_shares"], small_market["etf_daily"]
    codes = pd.Index(small.etfs.code)
    whole = closure_flags(known_sizes(shares, daily, date, codes))
    cut = closure_flags(known_sizes(shares[shares["date"] <= date[0]], daily[daily["date"] <= date[0]], date, codes))
    pd.testing.assert_frame_equal(whole, cut)
