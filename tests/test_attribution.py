"""Attribution adds up: by industry, over months, by factor, by holding; and Table 9 comes out as printed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import published
from helpers.index_research.attribution import (
    EFFECTS,
    allocation_by_industry,
    brinson,
    brinson_months,
    factor_attribution,
    holding_contributions,
    link,
)


def sides(seed: int, stocks: int = 30, groups: int = 5):
    rng = np.random.default_rng(seed)
    codes = [f"s{i}" for i in range(stocks)]
    weights = []
    for _ in range(2):
        raw = rng.random(stocks) * (rng.random(stocks) < 0.6)
        raw[rng.integers(stocks)] += 0.1
        weights.append(pd.Series(raw / raw.sum(), index=codes))
    returns = pd.Series(rng.normal(0.01, 0.1, stocks), index=codes)
    group = pd.Series([f"g{i}" for i in rng.integers(0, groups, stocks)], index=codes)
    return [w[w > 0] for w in weights], returns, group


@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 8))
@settings(max_examples=120, deadline=None)
def test_the_effects_add_up_to_the_excess_exactly(seed, stocks, groups):
    (own, base), returns, group = sides(seed, stocks, groups)
    table = brinson(own, base, returns, group)
    excess = (own * returns).sum() - (base * returns).sum()
    assert table[EFFECTS].to_numpy().sum() == pytest.approx(excess, abs=1e-12)
    assert table["portfolio"].sum() == pytest.approx(1) and table["benchmark"].sum() == pytest.approx(1)


def test_the_same_stocks_in_other_industry_weights_are_all_allocation():
    returns = pd.Series({"a": 0.1, "b": -0.1})
    group = pd.Series({"a": "x", "b": "y"})
    table = brinson(pd.Series({"a": 0.7, "b": 0.3}), pd.Series({"a": 0.5, "b": 0.5}), returns, group)
    assert table["allocation"].sum() == pytest.approx(0.04)
    assert table[["selection", "interaction"]].to_numpy() == pytest.approx(0)


def test_other_stocks_in_the_same_industry_weights_are_all_selection():
    returns = pd.Series({"a": 0.1, "b": -0.1, "c": 0.3})
    group = pd.Series({"a": "x", "b": "y", "c": "x"})
    table = brinson(pd.Series({"c": 0.5, "b": 0.5}), pd.Series({"a": 0.5, "b": 0.5}), returns, group)
    assert table["selection"].sum() == pytest.approx(0.1)
    assert table[["allocation", "interaction"]].to_numpy() == pytest.approx(0)


@pytest.mark.parametrize(("scale", "gone", "words"), [(2.0, None, "sum to 2"), (1.0, "s0", "no return or group")])
def test_attribution_refuses_what_would_not_add_up(scale, gone, words):
    returns = pd.Series({"s0": 0.1, "s1": 0.2}).drop(gone or [])
    half = pd.Series({"s0": 0.5, "s1": 0.5})
    with pytest.raises(ValueError, match=words):
        brinson(half * scale, half, returns, pd.Series({"s0": "x", "s1": "y"}))


@given(st.integers(0, 10**6), st.integers(1, 24))
@settings(max_examples=80, deadline=None)
def test_linked_effects_add_up_to_the_compound_difference(seed, months):
    rng = np.random.default_rng(seed)
    own, base = (pd.Series(rng.normal(0.005, 0.06, months)) for _ in range(2))
    base.iloc[: months // 3] = own.iloc[: months // 3]
    parts = pd.DataFrame(rng.normal(0, 0.01, (months, 2)), columns=["a", "b"])
    parts["c"] = own - base - parts.sum(axis=1)
    total = (1 + own).prod() - (1 + base).prod()
    assert link(parts, own, base).sum() == pytest.approx(total, abs=1e-10)


def _monthly(seed: int = 0):
    rng = np.random.default_rng(seed)
    dates = pd.date_range("2023-01-31", periods=7, freq="ME")
    codes = [f"60000{i}.SH" for i in range(8)]
    closes = pd.DataFrame(np.exp(np.cumsum(rng.normal(0, 0.05, (7, 8)), axis=0)), index=dates, columns=codes)
    rows, levels = [], {"P": [1.0], "B": [1.0]}
    for k, date in enumerate(dates):
        for index in ("P", "B"):
            w = rng.dirichlet(np.ones(8))
            rows += [(date, index, c, x) for c, x in zip(codes, w, strict=True)]
            if k < 6:
                gain = w @ (closes.iloc[k + 1] / closes.iloc[k]).to_numpy()
                levels[index].append(levels[index][-1] * gain)
    weights = pd.DataFrame(rows, columns=["date", "index_code", "code", "weight"])
    labels = pd.DataFrame([list("xxyyzzxy")] * 7, index=dates, columns=codes)
    return weights, closes, labels, pd.DataFrame(levels, index=dates)


def test_months_leave_no_residual_when_the_index_is_what_its_weights_say():
    weights, closes, labels, levels = _monthly()
    periods, groups = brinson_months(weights, ("P", "B"), closes, labels, levels)
    assert periods["residual"].abs().max() < 1e-12 and periods["unpriced"].max() < 1e-12
    compound = levels.iloc[-1] / levels.iloc[0]
    assert groups.to_numpy().sum() == pytest.approx(compound["P"] - compound["B"], abs=1e-10)


def test_the_residual_shows_what_the_weights_do_not_explain():
    weights, closes, labels, levels = _monthly()
    paid = levels.assign(P=levels["P"] * 1.01 ** np.arange(7))
    periods, _ = brinson_months(weights, ("P", "B"), closes, labels, paid)
    effects = periods[[*EFFECTS, "residual"]].sum(axis=1)
    np.testing.assert_allclose(effects, periods["reported"], atol=1e-12)
    assert (periods["residual"] > 0.005).all()
    hidden = closes.assign(**{closes.columns[0]: np.nan})
    lost, _ = brinson_months(weights, ("P", "B"), hidden, labels, levels)
    first = weights[weights["code"] == closes.columns[0]].groupby("date")["weight"].max()
    assert lost["unpriced"].to_numpy() == pytest.approx(first.to_numpy()[:-1])


@pytest.mark.parametrize("later", [2, 4])
def test_attribution_of_a_period_uses_nothing_after_it(later):
    weights, closes, labels, levels = _monthly()
    other = _monthly(1)
    mixed = [frame.copy() for frame in (closes, labels, levels)]
    for frame, new in zip(mixed, other[1:], strict=True):
        frame.iloc[later + 1 :] = new.iloc[later + 1 :]
    dates = closes.index
    new = pd.concat([weights[weights["date"] <= dates[later]], other[0][other[0]["date"] > dates[later]]])
    a, _ = brinson_months(weights, ("P", "B"), closes, labels, levels)
    b, _ = brinson_months(new, ("P", "B"), *mixed)
    pd.testing.assert_frame_equal(a.iloc[:later], b.iloc[:later])


def test_allocation_and_rest_add_up_to_what_was_published():
    own, base = pd.Series({"x": 0.6, "y": 0.4}), pd.Series({"x": 0.3, "y": 0.5, "z": 0.2})
    table = allocation_by_industry(own, base, pd.Series({"x": 0.1, "y": 0.0, "z": -0.1}), 0.05)
    assert table["allocation"].sum() == pytest.approx(0.05)
    assert table.loc["x", "allocation"] == pytest.approx(0.3 * (0.1 - 0.01))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_exposures_are_found_and_contributions_add_up(seed):
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2022-01-03", periods=400)
    factors = pd.DataFrame(rng.normal(0, 0.01, (400, 2)), index=dates, columns=["size", "growth"])
    returns = pd.Series(0.0004 + factors @ [0.8, -0.3] + rng.normal(0, 0.002, 400), index=dates)
    table = factor_attribution(returns, factors)
    assert ((table["low"] < table["exposure"]) & (table["exposure"] < table["high"]))[:-1].all()
    assert table.loc["size", "exposure"] == pytest.approx(0.8, abs=0.05)
    assert table.loc["growth", "exposure"] == pytest.approx(-0.3, abs=0.05)
    assert table["contribution"][:-1].sum() == pytest.approx(table.loc["total", "contribution"])
    assert table.attrs["n"] == 400 and table.attrs["r2"] > 0.9
    with pytest.raises(ValueError, match="too few"):
        factor_attribution(returns.iloc[:29], factors)


def test_table_9_comes_out_to_the_printed_digits():
    printed = published.load("s001_t09_contribution").set_index("stock_code")
    start, end, returns = (
        printed[c] / 100 for c in ("weight_20240101_pct", "weight_20241213_pct", "period_return_pct")
    )
    found = 100 * holding_contributions(start, end, returns)
    # Inputs are printed to half a unit of the second decimal, and so is the result.
    assert ((found["average"] - printed["weight_avg_2024_pct"]).abs() <= 0.0051).all()
    slack = 0.005 + 0.005 * printed["period_return_pct"] / 100 + 0.005 * printed["weight_avg_2024_pct"] / 100
    assert ((found["contribution"] - printed["contribution_pct"]).abs() <= slack).all()
    assert list(found.index) == list(printed.index)


def test_a_holding_that_came_or_went_counts_with_half_its_weight():
    found = holding_contributions(
        pd.Series({"a": 0.1}), pd.Series({"b": 0.2}), pd.Series({"a": 0.5, "b": 0.1, "c": 1.0})
    )
    assert found["contribution"].to_dict() == pytest.approx({"a": 0.025, "b": 0.01, "c": 0.0})
