"""One convention for every excess: the quotient, over the equal weight rebalanced with the portfolio."""

import numpy as np
import pandas as pd
import pytest

from helpers.performance import annual_return, excess_return, yearly_table
from helpers.rotation import luck, records
from helpers.rotation.inputs import gather
from helpers.rotation.labels import complete_from
from helpers.rotation.strategies import decision_dates, rotate
from helpers.tables import MissingTable
from rotation_market import HOW, rotation_market

TRADING = {"top_n": 3, "lag": 1, "cost_bps": 10.0}
LATE = pd.Timestamp("2021-08-02")


@pytest.fixture(scope="module")
def market():
    return rotation_market()


@pytest.fixture(scope="module")
def inputs(market):
    return gather(market, **HOW)


@pytest.fixture(scope="module")
def decisions(inputs):
    return decision_dates(inputs.prices, "2021-02-01", 2)


@pytest.fixture(scope="module")
def traded(inputs, decisions):
    return rotate(inputs.composite.score, decisions, inputs.prices, **TRADING)


def test_periods_make_up_the_record(traded):
    held = records.period_excess(traded)
    changes = pd.DatetimeIndex(traded.changes)
    assert held.index.tolist() == changes[1:].tolist()
    inside = traded.returns.index <= changes[-1]
    for name, returns in (("net", traded.returns), ("gross", traded.gross)):
        whole = (1 + returns[inside]).prod() / (1 + traded.benchmark[inside]).prod()
        assert (1 + held[name]).prod() == pytest.approx(whole)
    assert (held["net"] < held["gross"]).mean() > 0.9


def test_a_record_is_one_convention(traded):
    found, year = records.record(traded), {"periods_per_year": 250}
    assert found["excess"] == pytest.approx((1 + found["earned"]) / (1 + found["benchmark"]) - 1)
    assert found["excess"] == excess_return(traded.returns, traded.benchmark, **year)
    assert found["gross_excess"] == excess_return(traded.gross, traded.benchmark, **year) > found["excess"]
    net = records.period_excess(traded)["net"]
    assert found["t"] == pytest.approx(net.mean() / (net.std() / np.sqrt(len(net)))) and found["periods"] == len(net)
    assert found["earned"] == annual_return(traded.returns, **year) and found["gross_t"] > found["t"]
    assert (found["begins"], found["ends"]) == (traded.returns.index[0], traded.returns.index[-1])


def test_complete_labels_stand_alone_and_others_only_beside_them(market, inputs, decisions):
    clean = complete_from(inputs.money.labelled)
    whole = records.side_by_side(inputs, decisions, clean, **TRADING)
    assert whole.index.tolist() == [records.CLEAN]
    labels = market["stock_industry"].copy()
    labels.loc[labels.index[::3], "start"] = LATE
    late = gather({**market, "stock_industry": labels}, **HOW)
    clean = complete_from(late.money.labelled)
    assert LATE < clean < LATE + pd.Timedelta(days=45)
    for asked in (late, late.looked_ahead):  # whatever the run asked for
        beside = records.side_by_side(asked, decisions, clean, **TRADING)
        assert beside.index.tolist() == [records.CLEAN, records.IN_FORCE, records.LOOKED_AHEAD]
        own = rotate(late.composite.score, decisions[decisions >= clean], late.prices, **TRADING)
        assert beside.loc[records.CLEAN].to_dict() == records.record(own)
        facts = records.record_facts(beside)
        assert facts["beside"] and facts["excess"] == beside.at[records.CLEAN, "excess"]
        assert facts["ahead_excess"] == beside.at[records.LOOKED_AHEAD, "excess"] != facts["in_force_excess"]
    assert records.record_facts(whole)["beside"] is False and "ahead_excess" not in records.record_facts(whole)
    with pytest.raises(MissingTable, match="fewer than 6"):
        records.side_by_side(late, decisions, decisions.iloc[-3], **TRADING)


def test_each_phase_begins_a_week_later_and_the_first_is_the_run_itself(inputs, traded):
    score, prices = inputs.composite.score, inputs.prices
    weekly = luck.weekly_decisions(traded, prices)
    found = records.phases(score, weekly, prices, 2, **TRADING)
    assert found.loc[0].to_dict() == records.record(traded)
    later = rotate(score, weekly.iloc[1::2], prices, **TRADING)
    assert found.loc[1].to_dict() == records.record(later) and found.at[1, "begins"] > found.at[0, "begins"]
    assert set(later.weights.index).isdisjoint(traded.weights.index)
    facts = records.phase_facts(found)
    assert facts == {"least": found["excess"].min(), "most": found["excess"].max()}


def test_years_are_those_of_the_table_and_a_part_says_its_days(traded):
    found = records.by_year(traded)
    table = yearly_table(traded.returns, traded.benchmark, periods_per_year=250, part_years="period")
    assert found.index.tolist() == ["2021 from 02-01", "2022 to 06-30", "a year, all"]
    np.testing.assert_allclose(found["excess return"], table["excess_return"])
    assert set(records.BY_YEAR) == set(found.columns)


def test_records_in_words_have_every_format(traded):
    shown = records.shown(records.table({"one": traded}, "strategy"))
    assert set(records.RATES) <= set(shown.columns) and shown.index.name == "strategy"
    months = records.month_facts(traded)
    assert months["months"] == 17 and 0 < months["won"] < 1 and months["payoff"] > 0
