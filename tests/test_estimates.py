"""Weights nobody publishes are read off a fund's own past, judged at month ends, and never off its future."""

import numpy as np
import pandas as pd
import pytest

from helpers.lookthrough.estimates import estimate_funds, guess_index, size_controls, true_weights
from helpers.lookthrough.from_returns import error_facts
from helpers.sessions import month_ends, sessions
from helpers.tables import MissingTable
from rotation_market import full_market

DAYS = sessions("2021-01-04", "2021-12-31")
HOW = {"control_pair": ["399370", "000852"], "window": 120}


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def guess(market):
    return guess_index(market, "SW2021_L1", "000001", **HOW)


def test_an_index_made_of_industries_is_read_off_its_returns(market, guess):
    np.testing.assert_allclose(guess.truth.sum(axis=1), 1)
    assert guess.controls.shape[1] == 2 and guess.errors.index.isin(guess.truth.index).all()
    # Its weights are drawn anew each month, so no window can hold them; with one draw for ever they are found.
    first = market["index_weights"].query("index_code == '000001'").groupby("code")["weight"].first()
    table = market["index_weights"].query("index_code == '000001'")
    still = {**market, "index_weights": table.assign(weight=table["code"].map(first))}
    still["index_daily"] = pd.concat([market["index_daily"].query("index_code != '000001'"), moved(market, first)])
    found = guess_index(still, "SW2021_L1", "000001", **HOW)
    assert found.errors["chosen"].max() < 0.02 < guess.errors["chosen"].min()


def moved(market, weights):
    labels = market["stock_industry"].set_index("code")["industry_name"]
    held = weights.groupby(labels.reindex(weights.index)).sum()
    moves = market["industry_daily"].pivot(index="date", columns="industry_name", values="close").pct_change().fillna(0)
    close = 1000 * (1 + moves[held.index] @ held).cumprod()
    return pd.DataFrame({"date": close.index, "index_code": "000001", "close": close.to_numpy()})


def test_later_prices_change_no_earlier_estimate(market, guess):
    cut = guess.errors.index[2]
    table = market["index_daily"].copy()
    table.loc[table["date"] > cut, "close"] *= np.random.default_rng(0).uniform(0.5, 2, (table["date"] > cut).sum())
    changed = guess_index({**market, "index_daily": table}, "SW2021_L1", "000001", **HOW)
    pd.testing.assert_frame_equal(changed.errors.loc[:cut], guess.errors.loc[:cut])
    assert not changed.weights.loc[cut:].iloc[1:].equals(guess.weights.loc[cut:].iloc[1:])


@pytest.mark.parametrize(
    ("without", "index", "said"),
    [
        ("index_daily", "000001", "index_daily: not among"),
        ("industry_daily", "000001", "industry_daily: not among"),
        ("", "000016", "index_daily: it holds no 000016. Choose another lookthrough_index"),
        ("", "000300", "index_weights: 0 months of .*000300"),
    ],
)
def test_what_cannot_be_judged_is_named(market, without, index, said):
    with pytest.raises(MissingTable, match=said):
        guess_index({k: v for k, v in market.items() if k != without}, "SW2021_L1", index, **HOW)


def test_facts_on_errors_are_plain_arithmetic():
    errors = pd.DataFrame({"plain": [0.2, 0.4], "chosen": [0.25, 0.2], "shrink": [0.1, 0.3]})
    facts = error_facts(errors)
    assert facts["plain"] == pytest.approx(0.3) and facts["chosen"] == pytest.approx(0.225)
    assert facts["gain"] == pytest.approx(0.25) and facts["better"] == 0.5 and facts["months"] == 2
    assert (facts["plain_least"], facts["plain_most"], facts["chosen_least"], facts["chosen_most"]) == (
        0.2,
        0.4,
        0.2,
        0.25,
    )
    assert (facts["least_pull"], facts["most_pull"]) == (0.1, 0.3) and facts["one_in"] == pytest.approx(1 / 0.225)


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


def test_true_weights_are_those_of_month_ends(market):
    weights, labels = market["index_weights"], market["stock_industry"]
    truth = true_weights(weights, labels, "000001", "SW2021_L1", False)
    assert truth.index.equals(month_ends(weights["date"].unique()))
    assert true_weights(weights, labels, "399001", "SW2021_L1", False).empty
