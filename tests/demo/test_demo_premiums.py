"""Each rotation factor finds the premium planted for it, and the null market has nothing to be found.

The null market is the test that catches look-ahead: no premium, no style drift, no pinned year, so any excess of the
rotation comes from knowing too early.
"""

import numpy as np
import pandas as pd
import pytest

from helpers.backtest import backtest
from helpers.backtest.selection import equal_weight, rebalance_calendar, select_top
from helpers.factors import composite, factor_flow
from helpers.factors.evaluation import forward_returns
from helpers.inference import ic_summary
from helpers.rotation.inputs import CHANGE, DIVERGENCE, FLOW, LEVEL, gather
from helpers.sources import Market
from helpers.sources.demo import PREMIUMS, DemoConfig, DemoMarket

STYLE = {
    "size_pair": ("000300", "000852"),
    "growth_pair": ("399370", "399371"),
    "size_lambda": 100.0,
    "growth_lambda": 1000.0,
    "style_start": "2015-01-05",
}
SEEDS = range(20)
YEAR = 250


def inputs_of(demo: DemoMarket):
    readers = {name: (lambda name=name: demo.canonical(name)) for name in demo.tables}
    return gather(Market("demo", readers, {}, simulated=True), scheme="CITIC_L1", **STYLE)


def yearly_excess(scores: pd.DataFrame, prices: pd.DataFrame) -> float:
    """Mean excess of the six best over all industries, two weeks a period, traded a session later, before costs."""
    calendar = rebalance_calendar(scores.index[8], scores.index[-1])
    dates = pd.DatetimeIndex(calendar.decision)
    picked = backtest(select_top(scores.reindex(dates, method="ffill"), 6), prices)
    everyone = backtest(equal_weight(prices, dates), prices)
    return (picked.returns - everyone.returns).mean() * YEAR


@pytest.fixture(scope="module")
def planted(full):
    """The inputs of the rotation on the market at real scale."""
    return inputs_of(full)


@pytest.mark.parametrize("name", [FLOW, LEVEL, CHANGE, DIVERGENCE])
def test_each_premium_is_found_with_its_sign(planted, name):
    factor = planted.factors[name]
    factor = factor[factor.notna().any(axis=1)]
    ahead = forward_returns(planted.prices, factor.index, 10)  # two weeks, as the rotation holds
    found = ic_summary(factor, ahead, overlap=1)
    assert found["n"] > 450 and found["mean"] > 0 and found["t"] > 2


def test_all_inputs_of_the_rotation_are_there(planted):
    assert planted.money.whole() is planted.money
    assert planted.money.coverage.min() > 0.85


def test_the_rotation_earns_the_premiums_and_they_are_modest(planted):
    found = yearly_excess(composite(planted.factors, at_least=4).score.dropna(how="all"), planted.prices)
    assert 0.03 < found < 0.15
    assert max(PREMIUMS.values()) <= 0.0025


@pytest.fixture(scope="module")
def nulls():
    """Yearly excess in twenty null markets: the rotation, each factor alone, and one factor that saw next week."""
    rows = []
    for seed in SEEDS:
        inputs = inputs_of(DemoMarket(DemoConfig.null(seed)))
        factors = inputs.factors
        row = {"rotation": yearly_excess(composite(factors, at_least=4).score.dropna(how="all"), inputs.prices)}
        row |= {name: yearly_excess(frame.dropna(how="all"), inputs.prices) for name, frame in factors.items()}
        early = factor_flow(inputs.holdings).shift(-1)
        row["one week early"] = yearly_excess(early.dropna(how="all"), inputs.prices)
        rows.append(row)
    return pd.DataFrame(rows, index=list(SEEDS))


def t_value(values: pd.Series) -> float:
    return values.mean() / (values.std(ddof=1) / np.sqrt(len(values)))


def test_the_rotation_finds_nothing_in_null_markets(nulls):
    assert len(nulls) == 20 and nulls.notna().all(axis=None)
    assert abs(t_value(nulls["rotation"])) < 2
    assert nulls["rotation"].std() > 0.005


@pytest.mark.parametrize("name", [FLOW, LEVEL, CHANGE, DIVERGENCE])
def test_no_factor_finds_anything_in_null_markets(nulls, name):
    assert abs(t_value(nulls[name])) < 2.5


def test_a_factor_that_saw_the_future_would_be_caught(nulls):
    assert t_value(nulls["one week early"]) > 5
