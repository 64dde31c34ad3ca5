"""The pull to the last report is chosen from what was known, and set beside keeping the report."""

import numpy as np
import pandas as pd
import pytest

from helpers.active_funds import judge_simulation
from helpers.active_funds.study import Judged
from helpers.active_funds.walk_forward import choose_pulls, pull_facts
from helpers.sources import load_market
from helpers.tables import MissingTable

QUARTERS = pd.date_range("2020-03-31", periods=14, freq="QE")


def errors(seed=0, names=("pull 0.1", "pull 1", "carried")):
    return pd.DataFrame(np.random.default_rng(seed).uniform(0, 0.2, (14, len(names))), QUARTERS, list(names))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("lag", "least"), [(1, 1), (2, 4), (3, 2)])
def test_the_choice_is_the_least_mean_error_of_the_quarters_judged_by_then(seed, lag, least):
    table = errors(seed)
    choice = choose_pulls(table, lag, least)
    assert list(choice.index) == list(QUARTERS[least + lag - 1 :])
    for k in range(least + lag - 1, len(table)):
        means = {name: table[name].iloc[: k + 1 - lag].mean() for name in ("carried", "pull 0.1", "pull 1")}
        best = min(means, key=means.get)
        row = choice.loc[QUARTERS[k]]
        assert (row["chosen"], row["error"], row["carried"]) == (
            best,
            table.at[QUARTERS[k], best],
            table.iloc[k]["carried"],
        )


@pytest.mark.parametrize("changed", range(6, 14))
def test_errors_not_announced_yet_change_no_choice(changed):
    table, other = errors(), errors()
    other.iloc[changed:] = np.random.default_rng(9).uniform(0, 0.9, other.iloc[changed:].shape)
    before = QUARTERS[: changed + 2]  # the quarter of the change is judged two quarters on
    one, two = (choose_pulls(t)["chosen"] for t in (table, other))
    assert one[one.index.isin(before)].equals(two[two.index.isin(before)])


def test_of_equal_errors_keeping_the_report_is_chosen():
    flat = errors() * 0 + 0.1
    assert set(choose_pulls(flat)["chosen"]) == {"carried"}


@pytest.mark.parametrize(("better", "carrying"), [("carried", True), ("pull 1", False)])
def test_what_wins_is_told_on_the_same_quarters(better, carrying):
    table = errors()
    table[better] = 0.0
    own = table["pull 0.1"].rename("simulated")
    facts = pull_facts(Judged(table[["carried"]].join(own), pd.Series(dtype=float), table.drop(columns="carried")))
    late = QUARTERS[5:]
    assert facts["carrying"] == carrying and facts["kept"] == (len(late) if carrying else 0)
    assert facts["own"] == pytest.approx(own[late].mean()) and facts["chosen"] == 0.0
    assert facts["lost"] == (own[late] > table.loc[late, "carried"]).sum()


def test_too_few_quarters_or_no_simulation_is_a_gap_that_says_so():
    table = errors()
    with pytest.raises(MissingTable, match="fund_nav, industry_daily: without both"):
        pull_facts(Judged(table[["carried"]], pd.Series(dtype=float)))
    short = table.iloc[:5]
    with pytest.raises(MissingTable, match="a choice needs more than 6 quarters"):
        pull_facts(Judged(short[["carried"]].assign(simulated=0.1), pd.Series(dtype=float), short[["pull 1"]]))


def test_the_errors_by_pull_are_those_behind_the_curve():
    judged = judge_simulation(load_market("demo", "small"), "SW2021_L1", pulls=(0.1, 10.0))
    assert judged.pulled.mean().tolist() == pytest.approx(judged.curve.tolist())
    facts = pull_facts(judged)
    assert 0 < facts["quarters"] < len(judged.errors) and 0 <= facts["kept"] <= facts["quarters"]
