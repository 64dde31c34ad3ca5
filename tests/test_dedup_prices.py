"""What prices say of the keys: noise of thin funds, pairs that move apart, strangers that move alike."""

import numpy as np
import pandas as pd
import pytest

from helpers.dedup import check_merges, dedup_by_index
from helpers.dedup.prices import (
    doubtful_codes,
    fund_kinds,
    nearest_other,
    noise_by_turnover,
    recent_returns,
    same_index_pairs,
    smallest_quiet_turnover,
)
from helpers.tables import MissingTable

DAYS = pd.bdate_range("2024-01-02", periods=120)


def twins(noise, seed=0):
    """Two indices with as many funds as ``noise`` has entries each: noise of the fund over noise of the index."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(len(DAYS), 2))
    columns = {
        f"{name}{i}": base[:, k] + level * rng.normal(size=len(DAYS))
        for k, name in enumerate("ab")
        for i, level in enumerate(noise)
    }
    return 0.01 * pd.DataFrame(columns, index=DAYS)


def listed(codes, **columns):
    frame = pd.DataFrame({"code": codes, "list_date": pd.Timestamp("2020-01-01"), "index_code": [c[0] for c in codes]})
    return frame.assign(**columns)


def test_pairs_share_a_key_and_carry_the_kind_that_sets_them_apart():
    returns = twins([0.1, 0.1, 0.1])
    names = ["x", "x增强", "x", "y", "y", "y"]
    etf_list = listed(returns.columns, name=names, fund_type=["stock"] * 5 + ["qdii"])
    pairs = same_index_pairs(dedup_by_index(etf_list).keys, returns, fund_kinds(etf_list))
    assert len(pairs) == 6
    assert pairs["kind"].value_counts().to_dict() == {"enhanced": 2, "cross-border": 2, "plain": 2}
    alone = returns[["a0", "a2"]].corr().iloc[0, 1]
    row = pairs[(pairs["code_a"] == "a0") & (pairs["code_b"] == "a2")]
    assert row["correlation"].item() == pytest.approx(alone)
    ranks = returns[["a0", "a2"]].corr(method="spearman").iloc[0, 1]
    assert row["in_ranks"].item() == pytest.approx(ranks)


def test_the_filter_starts_where_noise_ends_and_stays_away():
    returns = twins([0.02, 0.02, 0.6])
    etf_list = listed(returns.columns)
    turnover = pd.Series({c: 2e6 if c.endswith("2") else 5e7 for c in returns.columns})
    pairs = same_index_pairs(dedup_by_index(etf_list).keys, returns, fund_kinds(etf_list))
    noise = noise_by_turnover(pairs, turnover, edges=(0.0, 1e7, 1e8))
    assert noise["pairs"].tolist() == [4, 2]
    assert noise["funds"].tolist() == [2, 4]
    assert noise["median"].iloc[0] < 0.95 < noise["median"].iloc[1]
    assert smallest_quiet_turnover(noise) == 1e7
    assert np.isnan(smallest_quiet_turnover(noise, near=0.99999))
    unsteady = noise.assign(median=[0.99, 0.5])
    assert np.isnan(smallest_quiet_turnover(unsteady))


def test_noise_cannot_be_measured_without_a_plain_pair():
    returns = twins([0.1])
    pairs = same_index_pairs(pd.Series({"a0": "A", "b0": "B"}), returns, {"a0": "plain", "b0": "plain"})
    with pytest.raises(MissingTable, match="no two plain funds"):
        noise_by_turnover(pairs, pd.Series({"a0": 1e7, "b0": 1e7}))


@pytest.mark.parametrize("sessions", [21, 60, 119])
def test_returns_go_back_as_far_as_there_are_sessions_and_no_further_than_asked(sessions):
    prices = (1 + twins([0.1, 0.2])).cumprod().iloc[:sessions]
    daily = prices.rename_axis("date").melt(var_name="code", value_name="adj_close", ignore_index=False).reset_index()
    found = recent_returns(daily, prices.index[-1], lookback=50)
    assert len(found) == min(50, sessions - 1)
    changed = daily.assign(adj_close=daily["adj_close"].where(daily["date"] <= prices.index[-3], 9.0))
    if sessions > 23:
        pd.testing.assert_frame_equal(
            recent_returns(changed, prices.index[-3], 10), recent_returns(daily, prices.index[-3], 10)
        )
    with pytest.raises(MissingTable, match="holds 20 sessions"):
        recent_returns(daily, prices.index[19])


def test_the_nearest_other_is_never_a_fund_of_the_same_key():
    returns = twins([0.1, 0.2])
    keys = pd.Series({"a0": "A", "a1": "A", "b0": "B", "b1": "B"})
    rho, found = returns.corr(), nearest_other(keys, returns)
    for code in returns:
        others = [c for c in returns if keys[c] != keys[code]]
        assert found[code] == pytest.approx(rho.loc[code, others].max())
    assert nearest_other(pd.Series("A", index=returns.columns), returns).empty


def test_a_fund_with_a_strangers_code_is_found():
    returns = twins([0.1, 0.1, 0.1, 0.1])
    etf_list = listed(returns.columns)
    keys = dedup_by_index(etf_list).keys
    assert doubtful_codes(keys, returns, fund_kinds(etf_list)).empty
    wrong = doubtful_codes(keys.where(keys.index != "a0", "B"), returns, fund_kinds(etf_list))
    assert wrong[["code", "key", "closer_key"]].values.tolist() == [["a0", "B", "A"]]


def test_a_fund_a_shade_closer_to_another_index_is_not_doubtful():
    returns = twins([0.1, 0.1, 0.1, 0.1])
    etf_list = listed(returns.columns)
    keys = dedup_by_index(etf_list).keys
    kinds = fund_kinds(etf_list)
    wrong = keys.where(keys.index != "a0", "B")
    gap = doubtful_codes(wrong, returns, kinds).iloc[0]
    wide = gap["closer"] - gap["own"]
    assert doubtful_codes(wrong, returns, kinds, margin=wide + 0.01).empty
    assert len(doubtful_codes(wrong, returns, kinds, margin=wide - 0.01)) == 1


def test_one_bad_close_makes_no_fund_doubtful_in_ranks():
    returns = twins([0.1, 0.1, 0.1, 0.1])
    keys = pd.Series({code: code[0].upper() for code in returns})
    kinds = dict.fromkeys(returns, "plain")
    assert not doubtful_codes(keys, returns, kinds)["in_ranks"].any()
    swapped = returns.assign(a0=returns["b0"])  # holds another index: in ranks too
    assert doubtful_codes(keys, swapped, kinds).set_index("code").loc["a0", "in_ranks"]
    day = (returns["b1"] - returns["a1"]).idxmax()
    hit = returns.copy()
    hit.loc[day, [c for c in hit if c[0] == "b"]] += 0.3
    hit.loc[day, "a0"] += 0.3  # one print, the same day as the other index
    told = doubtful_codes(keys, hit, kinds).set_index("code")
    assert "a0" in told.index and not told.loc["a0", "in_ranks"]


def test_funds_without_a_neighbour_are_not_judged():
    returns = twins([0.1])
    keys = pd.Series({"a0": "A", "b0": "B"})
    assert doubtful_codes(keys, returns, dict.fromkeys(returns, "plain")).empty


def test_the_data_check_lists_pairs_that_share_a_key_without_moving_together_and_the_reverse():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(120, 2))
    x = np.column_stack([base[:, 0], base[:, 0], base[:, 1], base[:, 1] + 0.01 * rng.normal(size=120)])
    returns = pd.DataFrame(x, columns=list("abcd"))
    keys = pd.Series({"a": "one", "b": "one", "c": "one", "d": "two"})
    check = check_merges(keys, returns)
    assert check.pairs_sharing == 3
    assert {frozenset(p) for p in zip(check.apart["code_a"], check.apart["code_b"], strict=True)} == {
        frozenset("ac"),
        frozenset("bc"),
    }
    assert list(zip(check.alike["code_a"], check.alike["code_b"], strict=True)) == [("c", "d")]
