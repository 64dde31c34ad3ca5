"""Loadings, consensus and market taken out, against data in which the answer is known."""

import numpy as np
import pandas as pd
import pytest

from helpers.clustering import Samples, Settings
from helpers.evidence.loadings import loading_facts, loadings
from helpers.evidence.partitions import ahead_tests, consensus, consensus_facts, market_out, together_order
from helpers.figures import evidence as draw
from helpers.sessions import month_ends, sessions
from helpers.tables import MissingTable

DAYS = sessions("2023-01-03", "2024-06-28")
WARD = {
    "ward 4": {"method": "linkage", "count": 4},
    "average 4": {"method": "linkage", "linkage": "average", "count": 4},
}
BASE = Settings(lookback=60, method="linkage", count=4)


def funds(seed, together=0.9, groups=4, each=6):
    """Funds in groups that share moves, under a market that moves all of them."""
    rng = np.random.default_rng(seed)
    market, own = rng.normal(0, 0.01, (len(DAYS), 1)), rng.normal(0, 0.01, (len(DAYS), groups * each))
    shared = np.repeat(rng.normal(0, 0.01, (len(DAYS), groups)), each, axis=1)
    closes = np.exp((market + together * shared + (1 - together) * own).cumsum(axis=0))
    codes = [f"5100{k:02d}.SH" for k in range(groups * each)]
    daily = pd.DataFrame(closes, DAYS, codes).rename_axis(index="date", columns="code").stack().rename("adj_close")
    daily = daily.reset_index().assign(amount=1e8)
    listing = pd.DataFrame({"code": codes, "name": codes, "list_date": DAYS[0], "fund_type": "stock"})
    return Samples(daily, listing.assign(index_code=[f"{900000 + k}" for k in range(len(codes))]))


def test_groups_that_exist_hold_in_the_month_after_and_made_up_ones_do_not():
    dates = month_ends(DAYS, complete=True)[-6:]
    real = ahead_tests(funds(0), dates, BASE, WARD, runs=99)
    assert (real["months"] == 5).all() and (real["lead"] > 0.2).all() and (real["adjusted"] <= 0.02).all()
    none = ahead_tests(funds(0, together=0.0), dates, BASE, WARD, runs=99)
    assert (none["p"] > 0.01).all() and (none["lead"].abs() < 0.05).all()
    assert (none["adjusted"] >= none["p"] - 1e-12).all()


def test_no_month_after_is_said():
    with pytest.raises(MissingTable, match="no month has ten sessions after it"):
        ahead_tests(funds(0), month_ends(DAYS, complete=True)[-1:], BASE, WARD)


def test_consensus_finds_the_groups_and_doubts_what_is_none():
    date = month_ends(DAYS, complete=True)[-1]
    shares = consensus(funds(1), date, BASE, WARD, draws=5)
    same = np.arange(24)[:, None] // 6 == np.arange(24)[None] // 6
    assert (shares.to_numpy()[same] == 1).all() and (shares.to_numpy()[~same] == 0).all()
    assert consensus_facts(shares) == {"indices": 24, "pairs": 60, "sure": 1.0, "open": 0.0}
    order = together_order(shares) // 6
    assert (np.diff(order) != 0).sum() == 3  # each group in one piece
    doubt = consensus_facts(consensus(funds(1, together=0.0), date, BASE, WARD, draws=5))
    assert doubt["open"] > 0.5 and doubt["sure"] < 0.1


def test_groups_survive_without_the_market():
    date = month_ends(DAYS, complete=True)[-1]
    found = market_out(funds(2), date, BASE)
    assert found["agreement"] == 1.0 and 0.3 < found["share"] < 0.9 and found["clusters"] == 4


def test_loadings_are_those_that_were_built_in():
    rng, weeks = np.random.default_rng(0), pd.date_range("2018-01-05", periods=400, freq="W-FRI")
    period = weeks.to_period("W-SUN")
    factors = pd.DataFrame(rng.normal(0, 0.02, (400, 3)), period, ["market", "size", "growth"])
    own = 0.001 + 0.5 * factors["growth"] - 0.3 * factors["size"] + rng.normal(0, 0.005, 400)
    table = loadings(own.set_axis(weeks), factors)
    inside = (table["low"] <= [0.0522, 0, -0.3, 0.5]) & (table["high"] >= [0.0518, 0, -0.3, 0.5])
    assert inside.all()
    facts = loading_facts(table)
    assert [name.split()[0] for name in facts["leans"]] == ["size", "growth"] and facts["r2"] > 0.5
    with pytest.raises(ValueError, match="52 are needed"):
        loadings(own.set_axis(weeks).iloc[:40], factors)


def test_the_figures_draw_what_they_are_given():
    search = {"a": (np.linspace(-1, 3, 9), 2.0, 2.5), "b": (np.zeros(3), 0.0, 1.0)}
    assert [t.get_text() for t in draw.plot_search(search).get_yticklabels()] == ["a", "b"]
    years = pd.DataFrame(
        {"weeks": [9, 50], "excess": [0.1, -0.2], "low": [np.nan, -0.3], "high": [np.nan, -0.1]}, [2019, 2020]
    )
    assert [t.get_text() for t in draw.plot_years(years).get_xticklabels()] == ["2019", "2020"]
    fees = pd.DataFrame({"excess": [0.1, -0.1]}, [0.0, 50.0])
    assert len(draw.plot_costs(fees, 25.0).lines) == 3 and len(draw.plot_costs(fees, 0.0).lines) == 2
    scores = pd.DataFrame({"t": [2.0], "placebo_low": [-2.0], "placebo_high": [1.9]}, ["flow"])
    assert draw.plot_placebos(scores).get_xlim()[0] < -2
    shares = pd.DataFrame(np.eye(3))
    assert draw.plot_consensus(shares, np.array([2, 0, 1])).images[0].get_array().trace() == 3
