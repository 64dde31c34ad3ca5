"""Facts of the flow chapter are plain arithmetic on what they are given."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import facts
from helpers.flows.etf_money import etf_money
from rotation_market import full_market

WEEKS = pd.date_range("2021-01-08", periods=4, freq="7D")


@pytest.fixture(scope="module")
def money():
    return etf_money(full_market(), "SW2021_L1", backcast=True)


def test_money_says_how_many_weeks_funds_and_indices_it_has(money):
    found = facts.money_facts(money)
    assert found["weeks"] == len(money.sizes) and (found["fewest"], found["most"]) == (4, 4)
    assert found["indices"] == 3 and found["several"] and found["universe"] == 1 and found["whole"]
    assert (found["first"], found["last"]) == (money.sizes.index[0], money.sizes.index[-1])
    assert 0 < found["coverage"] < 1  # the fourth fund has no weights


def test_the_largest_shares_are_named_and_the_smaller_half_is_added_up():
    share = pd.DataFrame([[0.25] * 4, [0.1, 0.4, 0.3, 0.2], [np.nan] * 4], WEEKS[:3], list("abcd"))
    found = facts.share_facts(share)
    assert found["date"] == WEEKS[1] and (found["first"], found["second"], found["third"]) == ("b", "c", "d")
    assert (found["first_share"], found["third_share"]) == (0.4, 0.2) and found["smaller_half"] == pytest.approx(0.3)


def test_strict_labels_see_no_more_than_labels_carried_back(money):
    tables, middle = full_market(), money.sizes.index[len(money.sizes) // 2]
    labels = tables["stock_industry"].assign(start=middle)
    late = {**tables, "stock_industry": labels}
    found = facts.coverage_facts(etf_money(late, "SW2021_L1", backcast=True))
    assert found == facts.coverage_facts(etf_money(late, "SW2021_L1"))  # whichever the run takes
    assert found["strict_early"] == 0 and found["strict_late"] == pytest.approx(found["late"])
    assert found["early"] > 0.5


def test_the_basis_of_unit_values_is_counted_in_words(money):
    assert facts.basis_facts(money) == {"bases": ["net asset value (100.0% of fund-weeks)"], "adjusted": False}
    tables = full_market()
    mixed = tables["etf_shares"].assign(
        nav=tables["etf_shares"]["nav"].where(tables["etf_shares"]["code"] != "510009.SH")
    )
    found = facts.basis_facts(etf_money({**tables, "etf_shares": mixed}, "SW2021_L1"))
    assert found["adjusted"] and found["bases"][1] == "adjusted close alone (25.0% of fund-weeks)"


def test_inflow_names_its_best_and_its_worst_week():
    flows = pd.DataFrame({"f": [1e9, -3e9, np.nan, 2e9], "g": [1e9, np.nan, np.nan, -5e8]}, WEEKS)
    found = facts.inflow_facts(flows)
    assert (found["best"], found["worst"]) == (WEEKS[0], WEEKS[1])
    assert (found["best_bn"], found["worst_bn"], found["total_bn"]) == (2.0, -3.0, 0.5)
    assert found["inflows"] == 0.5 and found["funds"] == 2
