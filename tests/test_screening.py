"""The screen: tighter limits never admit, weights keep their caps, nothing sees tomorrow."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from helpers.index_research.stance import stance_of
from helpers.screening import ASKED, Limits, admit, choose, core_satellite, drawdown_exposure, tighter
from helpers.screening import weights_under_limits as share_out
from helpers.screening.evidence import correlation_with_held
from helpers.screening.portfolio import invested_share
from helpers.screening.screen import together
from helpers.screening.tradable import (
    capacity,
    exposure_history,
    funds_for_industries,
    known_exposures,
    to_funds,
    tracking_gap,
)

SCALE = {"size": 1e9, "amount": 5e7, "years": 8, "effective": 40, "age": 4, "fee": 0.008, "tracking_error": 0.03}


@st.composite
def tables(draw):
    """Funds with any measures, unknown ones among them."""
    n = draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    columns = {column: SCALE.get(column, 1.0) * 2 * rng.random(n) for column, _ in ASKED.values()}
    table = pd.DataFrame(columns, index=[f"f{i}" for i in range(n)]).mask(rng.random((n, len(columns))) < 0.1)
    table["index_code"] = rng.choice(["A", "B", "C"], n)
    table["rank"] = rng.permutation(n) + 1
    return table


limits_given = st.builds(Limits, unknown=st.sampled_from(["passes", "fails"]))


@given(tables(), limits_given, st.sampled_from(list(ASKED)), st.floats(0, 3))
@settings(max_examples=300, deadline=None)
def test_tightening_one_limit_never_admits_a_fund_it_excluded(table, limits, name, by):
    loose, tight = choose(table, limits), choose(table, tighter(limits, name, by))
    assert not (tight["admitted"] & ~loose["admitted"]).any()
    assert not (tight["chosen"] & ~loose["admitted"]).any()
    assert set(tight.loc[tight["admitted"], "index_code"]) <= set(loose.loc[loose["admitted"], "index_code"])


@given(tables(), limits_given, st.lists(st.tuples(st.sampled_from(list(ASKED)), st.floats(0, 1)), max_size=6))
@settings(max_examples=100, deadline=None)
def test_any_chain_of_tightenings_only_shrinks(table, limits, chain):
    admitted = set(table.index[admit(table, limits)["admitted"]])
    for name, by in chain:
        limits = tighter(limits, name, by)
        now = set(table.index[admit(table, limits)["admitted"]])
        assert now <= admitted
        admitted = now


@given(tables(), limits_given)
@settings(max_examples=100, deadline=None)
def test_what_is_said_of_a_fund_is_what_its_numbers_say(table, limits):
    found = admit(table, limits)
    for fund, row in table.iterrows():
        failed = found.loc[fund, "failed"].split(", ") if found.loc[fund, "failed"] else []
        for name, (column, side) in ASKED.items():
            beyond = row[column] < getattr(limits, name) if side == "at least" else row[column] > getattr(limits, name)
            assert (name in failed) == bool(beyond)
        silent = found.loc[fund, "unknown"] != ""
        assert found.loc[fund, "admitted"] == (not failed and (limits.unknown == "passes" or not silent))


@given(tables(), limits_given)
@settings(max_examples=100, deadline=None)
def test_one_fund_per_index_the_best_of_those_admitted(table, limits):
    found = choose(table, limits)
    for _, peers in found.groupby("index_code"):
        left = peers[peers["admitted"]]
        assert peers["chosen"].sum() == min(1, len(left))
        assert not len(left) or peers.loc[peers["chosen"], "rank"].item() == left["rank"].min()


def test_an_unknown_limit_is_refused():
    with pytest.raises(ValidationError, match="min_sise"):
        Limits(min_sise=1)
    with pytest.raises(ValueError, match="unknown limit 'min_sise'"):
        tighter(Limits(), "min_sise", 0.1)


# --- stance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "level2", "stance"),
    [
        ("红利低波", "策略主题ETF", "defence"),
        ("创成长", "策略主题ETF", "attack"),
        ("半导体", "科技成长主题ETF", "attack"),
        ("浙江国资", "地域经济主题ETF", "theme"),
        ("沪深300", "宽基ETF", "core"),
        ("300等权", "策略主题ETF", None),
    ],
)
def test_each_index_takes_the_stance_of_its_words_or_its_class(name, level2, stance):
    found = stance_of(pd.Series([name]), pd.Series([level2])).iloc[0]
    assert found == stance or (stance is None and pd.isna(found))


# --- weights ---------------------------------------------------------------------------------------------------------


def returns_of(seed: int, funds: int, sessions: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, (sessions, 1))
    own = rng.normal(0, 1, (sessions, funds)) * rng.uniform(0.003, 0.02, funds)
    days = pd.bdate_range("2025-01-01", periods=sessions)
    return pd.DataFrame(market + own, index=days, columns=[f"f{i}" for i in range(funds)])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("funds", [1, 2, 6])
@pytest.mark.parametrize(("max_weight", "max_cluster"), [(0.25, 0.4), (0.5, 0.5), (1.0, 1.0), (0.1, 0.15)])
def test_weights_keep_every_cap_and_invest_all_they_may(seed, funds, max_weight, max_cluster):
    returns = returns_of(seed, funds)
    groups = {name: i % 3 for i, name in enumerate(returns)}
    weight = share_out(returns, groups, max_weight, max_cluster)
    assert (weight >= 0).all() and weight.max() <= max_weight * (1 + 1e-4)
    assert weight.groupby(groups).sum().max() <= max_cluster * (1 + 1e-4)
    assert weight.sum() == pytest.approx(invested_share(list(returns), groups, max_weight, max_cluster))


def test_without_caps_each_fund_carries_the_same_risk():
    returns = returns_of(7, 5)
    weight = share_out(returns, dict.fromkeys(returns, 0), 1.0, 1.0)
    risk = weight * (returns.cov() @ weight)
    assert (risk / risk.sum()).to_numpy() == pytest.approx(0.2, abs=0.01)


def test_weights_refuse_gaps_and_funds_without_a_cluster():
    returns = returns_of(1, 2)
    with pytest.raises(ValueError, match="no cluster"):
        share_out(returns, {"f0": 0})
    returns.iloc[3, 0] = np.nan
    with pytest.raises(ValueError, match="gaps"):
        share_out(returns, {"f0": 0, "f1": 0})


def test_core_and_satellites_add_up():
    returns = returns_of(2, 3)
    table = core_satellite(returns["f0"], returns[["f1", "f2"]], 0.3, pd.Series({"f1": 0.5, "f2": 0.25}))
    moon = (2 * returns["f1"] + returns["f2"]) / 3
    expected = (1 - 0.225) * returns["f0"] + 0.225 * moon
    np.testing.assert_allclose(table["together"], expected)
    with pytest.raises(ValueError, match="share"):
        core_satellite(returns["f0"], returns[["f1"]], 1.5, pd.Series({"f1": 1.0}))


# --- the drawdown rule -----------------------------------------------------------------------------------------------


def test_a_fall_cuts_and_a_recovery_restores_a_session_later():
    returns = pd.Series([0.0, -0.06, -0.06, 0.02, 0.12, 0.0, 0.0], index=pd.bdate_range("2025-01-01", periods=7))
    found = drawdown_exposure(returns, limit=0.1, reduced=0.4)
    assert found.tolist() == [1, 1, 1, 0.4, 0.4, 1, 1]


@given(st.integers(0, 10**6), st.integers(5, 90))
@settings(max_examples=60, deadline=None)
def test_exposure_of_a_day_does_not_depend_on_that_day_or_later(seed, cut):
    returns = returns_of(seed, 2)
    one, two = returns["f0"] * 2, returns["f0"] * 2
    two.iloc[cut:] = returns["f1"].iloc[cut:] * 3
    a, b = drawdown_exposure(one, 0.05), drawdown_exposure(two, 0.05)
    pd.testing.assert_series_equal(a.iloc[: cut + 1], b.iloc[: cut + 1])


# --- what is held, and what moves together ---------------------------------------------------------------------------


def test_a_fund_is_not_its_own_neighbour():
    returns = returns_of(3, 4)
    found = correlation_with_held(returns, ["f0", "f1"])
    rho = returns.corr()
    assert found["f0"] == pytest.approx(rho.loc["f0", "f1"])
    assert found["f3"] == pytest.approx(rho.loc["f3", ["f0", "f1"]].max())
    assert correlation_with_held(returns, []).isna().all()


def test_twins_fall_into_one_cluster():
    returns = returns_of(4, 4)
    returns["f3"] = returns["f0"] + np.random.default_rng(0).normal(0, 1e-4, len(returns))
    groups = together(returns, alike=0.97)
    assert groups["f3"] == groups["f0"] and groups.nunique() == 3


# --- from industries to funds ----------------------------------------------------------------------------------------


def test_the_purest_fund_stands_for_an_industry_then_the_most_traded():
    exposures = pd.DataFrame({"银行": [0.97, 0.99, 0.2], "电子": [0.0, 0.0, 0.45]}, index=["A", "B", "C"])
    products = pd.DataFrame(
        {"index_code": ["A", "B", "A", "C"], "amount": [5e7, 1e7, 9e7, 1e9], "fee": 0.006},
        index=["a1", "b1", "a2", "c1"],
    )
    found = funds_for_industries(exposures, products)
    assert found.loc["银行", "code"] == "a2" and found.loc["银行", "candidates"] == 3
    assert pd.isna(found.loc["电子", "code"]) and found.loc["电子", "candidates"] == 0


def test_what_has_no_fund_stays_cash_and_two_industries_may_share_one():
    days = pd.to_datetime(["2025-01-31", "2025-02-28"])
    weights = pd.DataFrame({"x": [0.5, 0.2], "y": [0.25, 0.2], "z": [0.25, 0.6]}, index=days)
    chosen = {days[0]: pd.Series({"x": "a", "y": "a"}), days[1]: pd.Series({"x": "a", "y": "b", "z": "c"})}
    found = to_funds(weights, chosen)
    assert found.loc[days[0]].to_dict() == {"a": 0.75, "b": 0.0, "c": 0.0}
    assert found.loc[days[1]].to_dict() == {"a": 0.2, "b": 0.2, "c": 0.6}


@pytest.mark.parametrize("date", ["2025-02-10", "2025-03-05"])
def test_exposures_known_on_an_evening_do_not_see_later_weights_or_labels(date):
    date = pd.Timestamp(date)
    days = pd.to_datetime(["2025-01-27", "2025-02-28", "2025-03-31"])
    weights = pd.DataFrame(
        [(d, i, c, w) for d in days for i, x in (("A", 0.7), ("B", 0.2)) for c, w in (("s", x), ("t", 1 - x))],
        columns=["date", "index_code", "code", "weight"],
    )
    labels = pd.DataFrame(
        {"code": ["s", "t"], "scheme": "S", "start": pd.Timestamp("2020-01-01"), "industry_code": ["i1", "i2"]}
    ).assign(industry_name=["x", "y"], end=pd.NaT)
    now = known_exposures(exposure_history(weights, labels, "S"), date)
    later = weights.assign(weight=weights["weight"].where(weights["date"] < date, 0.5))
    relabelled = pd.concat(
        [
            labels.assign(end=date + pd.Timedelta(days=1)),
            labels.assign(start=date + pd.Timedelta(days=1), industry_name=["y", "x"]),
        ]
    )
    pd.testing.assert_frame_equal(now, known_exposures(exposure_history(later, relabelled, "S"), date))
    assert now.loc["A", "x"] == pytest.approx(0.7)


def test_the_gap_is_traded_less_paper():
    paper = returns_of(5, 1)["f0"]
    assert tracking_gap(paper, paper)["gap"] == 0 and tracking_gap(paper, paper)["tracking_error"] == 0
    found = tracking_gap(paper, paper - 0.0001)
    assert found["gap"] < 0 and found["correlation"] == pytest.approx(1)


def test_capacity_is_what_the_thinnest_position_bears():
    found = capacity(pd.Series({"a": 0.5, "b": 0.25, "c": 0.0}), pd.Series({"a": 1e8, "b": 1e7, "c": 1.0}), 0.1)
    assert found.to_dict() == {"a": 2e7, "b": 4e6}
