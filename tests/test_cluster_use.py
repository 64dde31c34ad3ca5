"""Maps, correlations within and across, the diversified list, and clustering with and without copies."""

import numpy as np
import pandas as pd
import pytest

from helpers.clustering import Samples, Settings, cluster_months
from helpers.clustering.market_map import map_positions, map_share, spanning_tree
from helpers.clustering.use import (
    block_correlations,
    dedup_effect,
    diversified_list,
    list_against_most_traded,
    mean_pair_correlation,
    similar_order,
    within_and_across,
)
from helpers.correlation import correlation

SETTINGS = Settings(lookback=60, method="linkage", linkage="ward", count=3, min_amount=1e6, window=20)


def market(copies=1, days=220, seed=3, noise=0.6):
    """Nine indices in three groups; the first index has ``copies`` funds."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(days, 3))
    index = np.repeat(factor, 3, axis=1) + noise * rng.normal(size=(days, 9))
    which = [0] * copies + list(range(1, 9))
    returns = 0.01 * (index[:, which] + 0.02 * rng.normal(size=(days, len(which))))
    codes = [f"{510000 + i}.SH" for i in range(len(which))]
    dates = pd.bdate_range("2024-01-02", periods=days, name="date")
    price = pd.DataFrame((1 + returns).cumprod(axis=0), index=dates, columns=codes)
    daily = price.rename_axis(columns="code").stack().rename("adj_close").reset_index()
    daily["amount"] = daily["code"].map(dict(zip(codes, np.linspace(2e7, 9e7, len(codes)), strict=True)))
    etf_list = pd.DataFrame({"code": codes, "name": codes, "list_date": pd.Timestamp("2020-01-01")})
    return daily, etf_list.assign(index_code=[f"I{i}" for i in which]), dates


def test_two_dimensions_keep_plane_distances_exactly():
    points = np.random.default_rng(0).normal(size=(12, 2))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    place = map_positions(distance)
    np.testing.assert_allclose(np.linalg.norm(place[:, None] - place[None], axis=2), distance, atol=1e-9)
    assert map_share(distance) == pytest.approx(1.0)


def test_the_spanning_tree_joins_all_by_the_shortest_links():
    line = np.array([0.0, 1.0, 3.0, 3.0, 7.0])
    links = spanning_tree(np.abs(line[:, None] - line[None]))
    assert len(links) == 4
    assert links["distance"].sum() == pytest.approx(7.0)
    assert set(links["a"]) | set(links["b"]) == set(range(5))


def test_block_correlations_average_pairs_and_leave_a_member_out_of_its_own():
    rho = np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.3], [0.1, 0.3, 1.0]])
    blocks = block_correlations(rho, np.array([0, 0, 1]))
    assert blocks.at[0, 0] == pytest.approx(0.8)
    assert blocks.at[0, 1] == blocks.at[1, 0] == pytest.approx(0.2)
    assert np.isnan(blocks.at[1, 1])
    assert within_and_across(rho, np.array([0, 0, 1])) == pytest.approx({"within": 0.8, "across": 0.2})
    assert np.isnan(within_and_across(rho, np.arange(3))["within"])


def test_alike_clusters_stand_side_by_side():
    rho = np.full((4, 4), 0.1) + np.diag([0.9] * 4)
    rho[0, 3] = rho[3, 0] = 0.8
    order = similar_order(block_correlations(rho, np.array(list("abcd"))))
    assert sorted(order) == list("abcd")
    assert abs(order.index("a") - order.index("d")) == 1


def test_mean_pair_correlation_equals_the_average_over_pairs():
    x = pd.DataFrame(np.random.default_rng(1).normal(size=(50, 4)))
    rho = correlation(x)
    assert mean_pair_correlation(x) == pytest.approx(rho[np.triu_indices(4, 1)].mean())


def test_the_list_takes_the_most_traded_fund_of_each_cluster():
    daily, etf_list, dates = market(copies=3)
    samples = Samples(daily, etf_list)
    chosen = diversified_list(samples, cluster_months(samples, dates[[-1]], SETTINGS), SETTINGS)
    assert len(chosen) == 3 and chosen["cluster"].is_unique
    assert chosen["indices"].sum() == 9
    assert set(chosen["code"]) == {"510004.SH", "510007.SH", "510010.SH"}


def test_the_list_is_less_correlated_than_the_most_traded_on_days_it_has_not_seen():
    daily, etf_list, dates = market()
    samples = Samples(daily, etf_list)
    membership = cluster_months(samples, dates[[100, 140, 180]], SETTINGS)
    table = list_against_most_traded(samples, membership, SETTINGS)
    assert len(table) == 2
    assert (table["list"] < table["most_traded"]).all()
    cut = Samples(daily[daily["date"] <= dates[180]], etf_list)
    pd.testing.assert_frame_equal(table, list_against_most_traded(cut, membership, SETTINGS))


def test_copies_take_a_cluster_for_themselves_and_spoil_the_rest():
    daily, etf_list, dates = market(copies=12, noise=1.5)
    table = dedup_effect(Samples(daily, etf_list), dates[[100, 140, 180]], SETTINGS)
    one, every = table.loc["one fund per index"], table.loc["every liquid fund"]
    assert (one["funds"], every["funds"]) == (9, 20)
    assert one["one_index"] == 0 < every["one_index"]
    assert every["silhouette"] < one["silhouette"]
    assert every["ahead"] < one["ahead"]
