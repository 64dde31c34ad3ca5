"""The rotation beside what is printed: over the printed days, whole periods only, and the report against itself."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.panels import industry_closes
from helpers.performance import monthly_win_rate, payoff_ratio, yearly_table
from helpers.published.exhibits import EXHIBITS, s002_rotation
from helpers.rotation import in_print, printed
from helpers.rotation.strategies import Rotated, trade
from helpers.scoreboard import Scoreboard
from helpers.sessions import sessions
from helpers.sources import load_market

ITSELF = "S002 rotation, printed against printed"


def rotation(start, end, seed=0):
    """A rotation among ten industries that changes every second week between two days."""
    rng = np.random.default_rng(seed)
    days = sessions(pd.Timestamp(start) - pd.Timedelta(days=12), end)
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.012, (len(days), 10)).cumsum(axis=0)), days, list("abcdefghij"))
    at = days[days < start][-1:].append(days[days >= start][8:-3:10])
    weights = pd.DataFrame(rng.permuted(np.tile([1 / 3] * 3 + [0] * 7, (len(at), 1)), axis=1), at, prices.columns)
    return trade(weights, prices, lag=1, cost_bps=10.0)


# -- years ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traded() -> Rotated:
    return rotation("2019-10-08", "2026-02-13")


def test_a_run_over_all_printed_days_gives_every_cell_over_these_days(traded):
    own = in_print.yearly(traded, "four-factor")
    assert own.shape == s002_rotation.strategy_years("four-factor").shape and own.notna().all(axis=None)
    cut = yearly_table(traded.returns[:"2026-01-30"], traded.benchmark[:"2026-01-30"], periods_per_year=250)
    assert own.at["full", "return"] == pytest.approx(100 * cut.at["full", "return"])
    assert own.at["2026", "excess return"] == pytest.approx(100 * cut.at["2026", "excess_return"])
    assert own.at["2021", "information ratio"] == pytest.approx(cut.at["2021", "information_ratio"])
    longer = in_print.yearly(rotation("2019-10-08", "2026-02-13"), "four-factor")
    pd.testing.assert_frame_equal(own, longer)


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [
        ("2019-10-08", "2024-12-09", ["2019", "2020", "2021", "2022", "2023"]),  # no 2024 of 225 sessions
        ("2019-10-08", "2024-12-31", ["2019", "2020", "2021", "2022", "2023", "2024"]),
        ("2021-02-01", "2023-06-30", ["2022"]),
        ("2019-10-09", "2021-06-30", ["2020"]),
        ("2026-02-02", "2026-02-13", []),
    ],
)
def test_a_part_of_a_period_never_stands_beside_the_whole(start, end, covered):
    own = in_print.yearly(rotation(start, end), "four-factor")
    assert own.index[own.notna().all(axis=1)].tolist() == covered
    assert own.drop(index=covered).isna().all(axis=None)
    assert in_print.yearly(None, "divergence").isna().all(axis=None)


def test_computed_and_printed_stand_beside_each_other_in_one_unit(traded):
    own = in_print.yearly(traded, "style-timed")
    both = in_print.beside(own, "style-timed")
    assert both.loc[("return", "printed"), "2022"] == 3.25 and len(both) == 16
    assert both.loc[("sharpe", "computed"), "2022"] == own.at["2022", "sharpe"]
    excess = in_print.excess_beside(own, "style-timed")
    assert excess.loc["2022"].tolist() == [own.at["2022", "excess return"], 25.2]


def test_the_months_of_the_abstract_are_those_of_the_printed_days(traded):
    found = in_print.months(traded).loc["full"]
    returns, benchmark = traded.returns[:"2026-01-30"], traded.benchmark[:"2026-01-30"]
    assert found["monthly win rate_pct"] == pytest.approx(100 * monthly_win_rate(returns, benchmark))
    assert found["payoff"] == pytest.approx(payoff_ratio(returns, benchmark))
    assert in_print.months(rotation("2019-10-08", "2026-01-29")).isna().all(axis=None)
    assert s002_rotation.abstract().loc["full"].tolist() == [64, 1.38]


# -- the report against itself -------------------------------------------------------------------------------------


def test_every_named_contradiction_is_one_and_equals_the_published_check():
    cells, again = EXHIBITS[ITSELF].cells, printed.recomputed()
    assert cells.index.tolist() == again.index.tolist()
    known = published.checks().set_index("check_id")["status"]
    named = cells[cells["check"] != ""]
    assert (named["check"].map(known) == "mismatch").all() and (named["published"] != again[named.index]).all()
    found = pd.Series(again[named.index].to_numpy(), named["check"])
    assert found["H1.28"] == pytest.approx(5.68 / 21.64)
    assert found["H5"] == pytest.approx(-1.13, abs=0.001)
    assert found["I2"] == pytest.approx(10.34, abs=0.01)
    assert found["I4"] == pytest.approx(-0.89, abs=0.011)
    assert found["I8"] == 11


def test_the_report_against_itself_takes_no_market():
    board = Scoreboard("x", simulated=True)
    board.compare(ITSELF, printed.recomputed())
    rows = board.frame()
    assert rows["verdict"].value_counts().to_dict() == {"published inconsistent": 12, "differs": 2, "match": 1}
    assert set(rows["kind"]) == {"printed against printed"}


def test_250_sessions_chain_the_printed_years_to_the_full_period():
    table, spans = s002_rotation.strategy_years("style-timed"), s002_rotation.strategy_spans("style-timed")
    assert printed.chained_return(table, spans) == pytest.approx(table.at["full", "return"], abs=0.005)
    assert printed.chained_return(table, spans, 242) != pytest.approx(table.at["full", "return"], abs=0.1)
    for name in ("four-factor", "divergence"):
        own = printed.chained_return(s002_rotation.strategy_years(name), s002_rotation.strategy_spans(name))
        assert 0.1 < s002_rotation.strategy_years(name).at["full", "return"] - own < 0.3


# -- recent holdings -----------------------------------------------------------------------------------------------


def test_counted_periods_are_the_printed_ones_but_for_the_lost_session():
    clock = in_print.clock()
    counted, told = in_print.counted_sessions(clock), s002_rotation.first_sessions()
    assert counted.index.equals(told.index)
    assert counted.index[counted != told].tolist() == ["period to 2026-01-16, first session"]
    assert (clock["decision"] < clock["first"]).all() and clock["last"].equals(clock["period_end"])


def test_held_portfolios_are_those_of_the_same_decision():
    clock = in_print.clock()
    names = sorted(s002_rotation.holdings()["industry"].unique())
    weights = pd.DataFrame(0.0, clock["decision"].iloc[:3], names)
    told = s002_rotation.portfolios()
    for date, industries in zip(weights.index, told.iloc[:3], strict=True):
        weights.loc[date, industries.split()] = 1 / 6
    held = in_print.held_portfolios(weights, clock)
    assert held.to_dict() == told.iloc[:3].to_dict()
    assert in_print.held_portfolios(weights.iloc[:0], clock).empty


def test_holding_returns_are_taken_from_the_close_before_the_period():
    days = sessions("2025-11-14", "2025-12-10")
    prices = pd.DataFrame({"电子": 1.01 ** np.arange(len(days)), "医药": 1.0, "其他": 1.0}, days)
    found = in_print.holding_returns(prices)
    start = pd.Timestamp("2025-11-24")
    held = len(sessions("2025-11-24", "2025-12-05"))
    assert found.index.tolist() == [(start, "医药"), (start, "电子")]
    assert found.at[(start, "电子"), "return_pct"] == pytest.approx(100 * (1.01**held - 1))
    assert found.at[(start, "医药"), "excess_pct"] == pytest.approx(-100 * (1.01**held - 1) / 3)
    assert in_print.exact_facts(found) == {"here": 2, "exact": 0, "all": False}
    none = in_print.exact_facts(in_print.holding_returns(prices.loc[:"2025-11-28"]))
    assert none["here"] is None and none["all"] is False


def test_win_rates_get_the_printed_words():
    wins = pd.DataFrame({"periods": [100, 40, 0], "win_rate": [0.55, 0.549, np.nan]}, ["汽车", "综合", "电子"])
    verdicts, notes = in_print.win_verdicts(wins)
    assert verdicts.to_dict() == {"汽车": "55 or more", "综合": "below 55"}
    assert notes["汽车"] == "computed 55 % of 100 periods; 1 of 2 industries reach 55 %"
    assert set(s002_rotation.winners()) == {"55 or more"} and len(s002_rotation.winners()) == 8


@pytest.mark.snapshot
def test_a_fortnights_excess_is_the_return_less_the_mean_of_all_citic_industries(snapshot_dir):
    prices = industry_closes(load_market("folder", snapshot_dir)["industry_daily"], "CITIC_L1")
    found = in_print.holding_returns(prices)
    assert in_print.exact_facts(found) == {"here": 18, "exact": 18, "all": True}
    board = Scoreboard("x")
    board.compare("S002 recent holdings: returns", found, why="no prices")
    assert board.frame()["verdict"].value_counts().to_dict() == {"match": 36, "not computable": 36}
