"""Weights nobody publishes are read off a fund's own past and judged at month ends."""

import numpy as np
import pandas as pd

from helpers.lookthrough.estimates import estimate_funds, size_controls, true_weights
from helpers.sessions import month_ends, sessions

DAYS = sessions("2021-01-04", "2021-12-31")
STOCKS = [f"60000{i}.SH" for i in range(6)]


def market(seed: int = 0) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    funds = pd.DataFrame({"code": ["510300.SH", "159919.SZ", "511880.SH"], "index_code": ["000300", "000905", None]})
    funds = funds.assign(fund_type=["stock", "stock", "money"], list_date=pd.Timestamp("2015-01-05"))
    grid = pd.MultiIndex.from_product([DAYS, funds["code"]], names=["date", "code"]).to_frame(index=False)
    shares = grid.assign(shares=1e9 * rng.lognormal(0, 0.01, len(grid)), nav=1.0)
    months = month_ends(DAYS)[:-2]
    weights = pd.MultiIndex.from_product([months, ["000300", "000905"], STOCKS], names=["date", "index_code", "code"])
    weights = weights.to_frame(index=False)
    weights["weight"] = rng.dirichlet(np.ones(6), len(weights) // 6).ravel()
    labels = pd.DataFrame({"code": STOCKS, "scheme": "SW2021_L1", "industry_code": list("112233")})
    labels = labels.assign(
        industry_name=[f"industry {c}" for c in "112233"], start=pd.Timestamp("2010-01-04"), end=pd.NaT
    )
    return {"etf_shares": shares, "etf_list": funds, "index_weights": weights, "stock_industry": labels}


def test_funds_are_estimated_from_their_own_past_only():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.normal(0, 0.01, (len(DAYS), 3)), DAYS, ["a", "b", "c"])
    value = (1 + x @ [0.7, 0.3, 0.0]).cumprod()
    daily = pd.DataFrame({"date": DAYS, "code": "f", "adj_close": value.to_numpy(), "amount": 1.0})
    flat = daily.assign(code="cash", adj_close=1.0)
    late = daily["date"] > DAYS[200]
    changed = daily.assign(adj_close=daily["adj_close"].where(~late, daily["adj_close"] * 9))
    found = [
        estimate_funds(["f", "cash"], pd.concat([t, flat]), x, DAYS[200], 150, shrink=0.0, half_life=None)
        for t in (daily, changed)
    ]
    pd.testing.assert_frame_equal(*found)
    assert found[0].set_index("industry_name")["weight"].round(6).to_dict() == {"a": 0.7, "b": 0.3}


def test_controls_need_both_indices():
    index = pd.DataFrame({"000905": [0.02], "000852": [0.01]}, DAYS[:1])
    industry = pd.DataFrame({"a": [0.0], "b": [0.02]}, DAYS[:1])
    assert size_controls(index, industry, ["000905", "000852"]).round(9).iloc[0].tolist() == [0.01, 0.01]
    assert size_controls(index, industry, ["000905", "399001"]) is None


def test_true_weights_are_those_of_month_ends():
    tables = market()
    truth = true_weights(tables["index_weights"], tables["stock_industry"], "000300", "SW2021_L1", False)
    assert truth.index.tolist() == month_ends(DAYS)[:-2].tolist()
    np.testing.assert_allclose(truth.sum(axis=1), 1)
    assert true_weights(tables["index_weights"], tables["stock_industry"], "399001", "SW2021_L1", False).empty
