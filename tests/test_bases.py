"""What kind of record units are decides which statements they enter, and nothing else does."""

import itertools

import numpy as np
import pandas as pd
import pytest

from helpers.flows.bases import AVERAGE, DAILY, LEVEL, MONTHLY, REPORTED, may_enter, serving
from helpers.flows.etf_money import etf_money
from rotation_market import full_market

DAY_RECORDS = ["official", "official_sse", "official_inferred_from_turnover", "tushare_fund_share", ""]


def test_a_record_of_a_day_enters_everything_and_the_others_what_they_are_good_for():
    assert all(may_enter(basis, use) for basis, use in itertools.product(DAY_RECORDS, DAILY))
    assert {use for use in DAILY if may_enter(REPORTED, use)} == {LEVEL}
    assert {use for use in DAILY if may_enter(AVERAGE, use)} == {MONTHLY}
    with pytest.raises(ValueError, match="use='forecast': choose one of flow, level, monthly change"):
        may_enter("official", "forecast")


@pytest.mark.parametrize("use", sorted(DAILY))
def test_a_table_keeps_the_rows_that_serve(use):
    bases = [*DAY_RECORDS, REPORTED, AVERAGE]
    table = pd.DataFrame({"code": [f"c{k}" for k in range(len(bases))], "basis": bases})
    assert serving(table, use)["basis"].tolist() == [basis for basis in bases if may_enter(basis, use)]
    assert serving(table.iloc[:3], use).equals(table.iloc[:3])
    bare = table.drop(columns="basis")
    assert serving(bare, use) is bare


@pytest.mark.parametrize("day", ["2021-05-14", "2021-11-26"])
def test_a_reported_value_is_a_level_and_makes_no_flow(day):
    market, day = full_market(), pd.Timestamp(day)
    units = market["etf_shares"].assign(basis="official")
    wrong = units["code"].eq("510001.SH") & units["date"].eq(day)
    units.loc[wrong, ["shares", "basis"]] = [units.loc[wrong, "shares"].iloc[0] * 1.01, REPORTED]
    absent = etf_money({**market, "etf_shares": units[~wrong]}, "SW2021_L1")
    found = etf_money({**market, "etf_shares": units}, "SW2021_L1")
    pd.testing.assert_frame_equal(found.flows, absent.flows)
    assert found.sizes.at[day, "510001.SH"] == pytest.approx(
        units.loc[wrong, "shares"].iloc[0] * units.loc[wrong, "nav"].iloc[0]
    )
    changed = np.flatnonzero((found.sizes != absent.sizes).any(axis=1))
    assert found.sizes.index[changed].tolist() == [day]


def test_an_average_is_neither_a_level_nor_a_flow():
    market = full_market()
    units = market["etf_shares"].assign(basis="official")
    month = units["code"].eq("510002.SH") & units["date"].dt.month.eq(6)
    units.loc[month, "basis"] = AVERAGE
    found = etf_money({**market, "etf_shares": units}, "SW2021_L1")
    absent = etf_money({**market, "etf_shares": units[~month]}, "SW2021_L1")
    pd.testing.assert_frame_equal(found.flows, absent.flows)
    pd.testing.assert_frame_equal(found.sizes, absent.sizes)
