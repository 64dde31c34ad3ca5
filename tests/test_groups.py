"""Groups earn what their members earn, from the close they were bought at; tables have the printed definitions."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.backtest.groups import (
    EQUAL,
    group_returns,
    weighted_returns,
    yearly_groups,
    yearly_sides,
)
from helpers.flows import five_groups
from helpers.inference import annual_mean
from helpers.performance import performance_table
from helpers.sessions import month_ends, sessions, week_ends

DAYS = sessions("2021-01-04", "2022-12-30")
NAMES = [f"industry {i}" for i in range(10)]


def prices(seed: int = 0, drift: np.ndarray | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.01, (len(DAYS), len(NAMES))) + (0 if drift is None else drift)
    return pd.DataFrame(np.cumprod(1 + returns, axis=0), DAYS, NAMES)


def test_a_group_earns_the_mean_of_its_members_from_the_close_it_was_bought_at():
    closes = prices()
    date = DAYS[50]
    groups = pd.DataFrame([np.repeat([1.0, 2.0], 5)], [date], NAMES)
    returns = group_returns(groups, closes, lag=1, hold=20)
    held = closes.loc[returns.index[-1]] / closes.iloc[51]
    total = (1 + returns).prod()
    assert returns.index[0] == DAYS[52]
    assert total[1.0] == pytest.approx(held.iloc[:5].mean()) and total[2.0] == pytest.approx(held.iloc[5:].mean())
    assert total[EQUAL] == pytest.approx(held.mean())


def test_groups_that_know_the_future_win_and_random_ones_do_not():
    closes, weeks = prices(), week_ends(DAYS)
    ahead = closes.shift(-6) / closes.shift(-1) - 1
    told = group_returns(five_groups(ahead.loc[weeks].dropna(how="all")), closes)
    noise = pd.DataFrame(np.random.default_rng(1).normal(size=(len(weeks), 10)), weeks, NAMES)
    blind = group_returns(five_groups(noise), closes)
    assert annual_mean(told[5.0] - told[1.0], 250)["t"] > 5
    assert abs(annual_mean(blind[5.0] - blind[1.0], 250)["t"]) < 2.5


def test_no_group_return_moves_when_the_future_changes():
    closes, weeks = prices(), week_ends(DAYS)
    signal = five_groups(closes.pct_change(5).loc[weeks].dropna(how="all"))
    cut = DAYS[250]
    changed = closes.copy()
    changed.loc[cut < DAYS] *= np.random.default_rng(2).uniform(0.5, 2, ((cut < DAYS).sum(), 10))
    later = five_groups(changed.pct_change(5).loc[weeks].dropna(how="all"))
    before, after = group_returns(signal, closes), group_returns(later, changed)
    pd.testing.assert_frame_equal(before.loc[:cut], after.loc[:cut], check_exact=True)


def test_tables_have_the_printed_columns_and_definitions():
    closes = prices(drift=np.linspace(-4e-4, 4e-4, 10))
    groups = pd.DataFrame([np.repeat(np.arange(1.0, 6), 2)] * len(week_ends(DAYS)), week_ends(DAYS), NAMES)
    returns = group_returns(groups, closes)
    table = performance_table(returns)
    assert list(table.columns) == list(published.load("s002_flow_groups_perf").columns[1:])
    assert table["sharpe"].tolist() == pytest.approx(
        (table["annualised_return_pct"] / table["annualised_vol_pct"]).tolist()
    )
    years = yearly_groups(returns, 5.0, 1.0)
    part = returns.loc["2022"]
    total = (1 + part).prod()
    assert years.at[2022, "excess_return_pct"] == pytest.approx(100 * (total[5.0] / total[EQUAL] - 1))
    assert years.at[2022, "long_short_return_pct"] == pytest.approx(100 * ((1 + part[5.0] - part[1.0]).prod() - 1))
    assert years["whole"].to_dict() == {2021: False, 2022: True}  # the first day held comes after the first session
    sides = yearly_sides(returns, {"up": 5.0})
    assert sides["whole"].to_dict() == {(2021, "up"): False, (2022, "up"): True}
    assert sides.loc[(2022, "up"), "return_pct"] == pytest.approx(100 * (total[5.0] - 1))


def test_weights_of_zero_hold_nothing():
    weights = pd.DataFrame(0.0, month_ends(DAYS)[:3], NAMES)
    weights.iloc[1, :2] = 0.5
    returns = weighted_returns(weights, prices(), hold=35)
    months = returns.index.to_period("M")
    assert (returns[months == "2021-02"].iloc[1:] == 0).all() and (returns[months == "2021-03"] != 0).sum() > 10
