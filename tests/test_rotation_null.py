"""The whole rotation, from tables to returns, on simulated markets: nothing is found where nothing was planted."""

import numpy as np
import pytest

from helpers.factors import composite
from helpers.rotation_inputs import FACTORS, gather
from helpers.selection import rebalance_calendar
from helpers.sources.demo import DemoConfig, DemoMarket
from helpers.strategies import top_weights, trade

HOW = {
    "scheme": "SW2021_L1",
    "size_pair": ["000300", "000852"],
    "growth_pair": ["399370", "399371"],
    "size_lambda": 100.0,
    "growth_lambda": 1000.0,
    "style_start": "2021-01-04",
}
NEEDED = (
    "etf_list",
    "etf_daily",
    "etf_shares",
    "index_daily",
    "index_weights",
    "stock_industry",
    "industry_daily",
    "fund_holdings",
    "fund_nav",
    "fund_issuance",
)


def excess(config):
    """Yearly excess before costs of the four-factor rotation on one market."""
    made = DemoMarket(config)
    inputs = gather({name: made.canonical(name) for name in NEEDED}, **HOW)
    assert list(inputs.factors) == list(FACTORS)
    decisions = rebalance_calendar("2021-06-01", config.end)["decision"]
    traded = trade(top_weights(composite(inputs.factors).score, decisions, 6), inputs.prices, lag=1, cost_bps=0)
    return (traded.gross - traded.benchmark).mean() * 250


@pytest.fixture(scope="module")
def null():
    return np.array([excess(DemoConfig.null(seed)) for seed in range(4)])


def test_the_null_market_gives_no_excess(null):
    error = null.std(ddof=1) / np.sqrt(len(null))
    assert 0 < error < 0.05
    assert abs(null.mean()) < 3 * error


def test_planted_premiums_are_found_beyond_what_the_null_ever_gave(null):
    planted = [excess(DemoConfig(size="small", seed=seed, pins=False)) for seed in range(2)]
    assert min(planted) > null.max()
