"""Distances, groups, representatives and evidence, against brute force and other people's code; no look-ahead."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, silhouette_samples

import helpers.clustering.samples
from helpers.clustering import (
    Samples,
    Settings,
    cluster,
    cluster_month,
    cluster_months,
    medoids,
    silhouette,
    usable_dates,
)
from helpers.clustering.evidence import choose, evidence, month_to_month
from helpers.clustering.partition import _preferences, affinity
from helpers.correlation import (
    clip_returns,
    correlation,
    correlation_distance,
    shrink_intensity,
    trailing_returns,
    wide_prices,
)
from helpers.tables import MissingTable


def blocks(days=150, per=4, groups=3, noise=0.4, seed=1):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(days, groups))
    return 0.01 * (np.repeat(factor, per, axis=1) + noise * rng.normal(size=(days, per * groups)))


def small_market(days=200, seed=2):
    returns = blocks(days, seed=seed)
    codes = [f"{510000 + i}.SH" for i in range(returns.shape[1])]
    dates = pd.bdate_range("2023-01-02", periods=days + 1, name="date")
    price = pd.DataFrame(np.vstack([np.zeros(len(codes)), returns]), index=dates, columns=codes).add(1).cumprod()
    daily = price.rename_axis(columns="code").stack().rename("adj_close").reset_index().assign(amount=5e7)
    etf_list = pd.DataFrame(
        {
            "code": codes,
            "name": [f"fund {i}" for i in range(len(codes))],
            "list_date": pd.Timestamp("2020-01-01"),
            "index_code": [f"I{i:02d}" for i in range(len(codes))],
        }
    )
    return daily, etf_list, dates


TINY = Settings(lookback=60, method="linkage", count=3, linkage="ward", min_amount=1e6, window=20)


def test_correlation_equals_numpy_and_pandas_with_gaps():
    x = blocks()
    np.testing.assert_allclose(correlation(x), np.corrcoef(x.T), atol=1e-12)
    gappy = pd.DataFrame(x).mask(np.random.default_rng(0).random(x.shape) < 0.1)
    np.testing.assert_allclose(correlation(gappy), gappy.corr().to_numpy(), atol=1e-12)


def test_distance_is_the_euclidean_distance_of_standardised_returns():
    x = blocks()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    np.testing.assert_allclose(correlation_distance(x), squareform(pdist(z.T)) / np.sqrt(len(x)), atol=1e-9)


def test_distance_runs_from_zero_to_two():
    t = np.sin(np.arange(50.0))
    d = correlation_distance(np.column_stack([t, 2 * t, -t]))
    np.testing.assert_allclose(d, [[0, 0, 2], [0, 0, 2], [2, 2, 0]], atol=1e-7)


def test_shrinkage_pulls_to_the_average_and_keeps_the_order_of_pairs():
    x = blocks()
    full, none = correlation_distance(x, 1.0), correlation_distance(x)
    off = ~np.eye(len(full), dtype=bool)
    assert np.ptp(full[off]) < 1e-12
    half = correlation_distance(x, 0.5)
    assert (np.argsort(half[off], kind="stable") == np.argsort(none[off], kind="stable")).all()
    assert np.ptp(half[off]) < np.ptp(none[off])
    assert 0 < shrink_intensity(x[:20]) < 1
    assert shrink_intensity(x[:20]) > shrink_intensity(x)
    np.testing.assert_allclose(correlation_distance(x, "auto"), correlation_distance(x, shrink_intensity(x)))
    with pytest.raises(ValueError, match="shrinkage must lie in"):
        correlation_distance(x, 1.5)


def test_a_day_without_turnover_gives_no_return_and_is_not_carried_forward():
    daily, _, dates = small_market()
    stale = (daily["code"] == "510000.SH") & (daily["date"] == dates[180])
    daily.loc[stale, "amount"] = 0.0
    returns = trailing_returns(wide_prices(daily), dates[-1], 60)
    assert returns["510000.SH"].isna().sum() == 2
    assert returns.loc[dates[180:182], "510000.SH"].isna().all()
    assert returns.drop(columns="510000.SH").notna().all().all()


def test_clipping_takes_the_power_from_one_bad_print_and_leaves_ordinary_days_alone():
    x = pd.DataFrame(blocks(120, per=2, groups=1, noise=0.05), columns=["a", "b"])
    bad = x.copy()
    bad.loc[60, "a"], bad.loc[61, "a"] = 0.1, -0.1
    plain, clipped = (correlation(clip_returns(bad, c))[0, 1] for c in (None, 4.0))
    assert plain < 0.55 < 0.85 < clipped
    pd.testing.assert_frame_equal(clip_returns(x, 50.0), x)
    assert clip_returns(bad.drop(index=3).reindex(bad.index), 4.0).isna().sum().tolist() == [1, 1]
    with pytest.raises(ValueError, match="clip must be above 0"):
        clip_returns(x, 0.0)


def test_a_young_fund_and_a_fund_that_never_moves_are_left_out():
    daily, _, dates = small_market()
    daily = daily[(daily["code"] != "510001.SH") | (daily["date"] > dates[160])]
    daily.loc[daily["code"] == "510002.SH", "adj_close"] = 100.0
    columns = trailing_returns(wide_prices(daily), dates[-1], 60, min_share=0.9).columns
    assert {"510001.SH", "510002.SH"} & set(columns) == set()
    assert "510001.SH" in trailing_returns(wide_prices(daily), dates[-1], 60, min_share=0.6).columns


def test_too_short_a_history_says_how_much_is_needed():
    daily, _, dates = small_market(days=30)
    with pytest.raises(ValueError, match="31 sessions of prices up to .*, 61 needed"):
        trailing_returns(wide_prices(daily), dates[-1], 60)
    ends = pd.DatetimeIndex(dates[[10, 20, 30]])
    assert list(usable_dates(daily, ends, 20)) == [dates[20], dates[30]]


@pytest.mark.parametrize("method", ["average", "complete", "single", "ward"])
def test_linkage_finds_the_partition_scikit_learn_finds(method):
    x = blocks(noise=1.2, groups=5)
    distance = correlation_distance(x)
    ours = cluster(distance, linkage_method=method, count=6)
    if method == "ward":
        z = ((x - x.mean(axis=0)) / x.std(axis=0)).T
        theirs = AgglomerativeClustering(6, linkage="ward").fit_predict(z)
    else:
        theirs = AgglomerativeClustering(6, metric="precomputed", linkage=method).fit_predict(distance)
    assert adjusted_rand_score(ours, theirs) == 1.0


def test_a_threshold_cuts_where_it_says():
    distance = correlation_distance(blocks())
    assert len(set(cluster(distance, linkage_method="complete", threshold=1.0))) == 3
    labels = cluster(distance, linkage_method="complete", threshold=0.4)
    for label in set(labels):
        assert distance[np.ix_(labels == label, labels == label)].max() <= 0.4


def test_affinity_propagation_finds_the_blocks_by_itself():
    labels = cluster(correlation_distance(blocks()), "affinity")
    assert adjusted_rand_score(labels, np.repeat([0, 1, 2], 4)) == 1.0


def with_loners(seed, twins=False):
    """Distances of three groups and five close pairs far from all else: in a pair either may stand for the other."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(120, 3)) + 0.7 * rng.normal(size=(120, 1))
    groups = [factor[:, [i]] + 0.8 * rng.normal(size=(120, n)) for i, n in enumerate((30, 20, 10))]
    pairs = [rng.normal(size=(120, 1)) + (0 if twins else 0.1) * rng.normal(size=(120, 2)) for _ in range(5)]
    return correlation_distance(np.hstack([*groups, *pairs]))


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("damping", [0.5, 0.8, 0.9])
def test_neither_order_nor_rounding_decides_what_affinity_propagation_finds(damping, twins):
    for seed in range(4):
        distance, rng = with_loners(seed, twins), np.random.default_rng(seed)
        first, converged = affinity(distance, damping)
        assert converged and len(set(first)) == 3 + 5
        for _ in range(5):
            order = rng.permutation(len(distance))
            noise = np.triu(rng.normal(0, 1e-12, distance.shape), 1)
            other, _ = affinity(np.abs(distance + noise + noise.T)[np.ix_(order, order)], damping)
            assert adjusted_rand_score(first[order], other) == 1.0


def test_of_two_funds_fit_to_stand_for_a_cluster_the_one_nearer_to_all_others_does():
    similarity = -(with_loners(0) ** 2)
    lifted = _preferences(similarity)
    assert len(set(lifted)) == len(lifted)
    assert (np.argsort(lifted) == np.argsort(similarity.sum(axis=1))).all()
    assert np.abs(lifted / np.median(similarity) - 1).max() <= 1e-3
    twins = -np.abs(np.subtract.outer([0.0, 0.0, 1.0, 3.0], [0.0, 0.0, 1.0, 3.0]))
    assert _preferences(twins)[1] > _preferences(twins)[0]


def test_more_damping_takes_longer_and_finds_the_same():
    for seed in range(3):
        found = [affinity(with_loners(seed), damping)[0] for damping in (0.5, 0.7, 0.8, 0.9, 0.95)]
        assert all((labels == found[0]).all() for labels in found)
    with pytest.raises(ValueError, match="damping must lie in"):
        affinity(with_loners(0), 1.0)


def test_affinity_propagation_says_when_it_does_not_converge_and_damping_helps():
    place = np.random.default_rng(1).integers(0, 4, (80, 2)).astype(float)
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    assert [affinity(distance, damping)[1] for damping in (0.5, 0.9)] == [False, True]


def test_a_month_that_does_not_converge_says_so(monkeypatch):
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex(dates[[100, 130, 160]])
    answers = iter([True, False, True])
    module = helpers.clustering.samples
    real = module.affinity
    monkeypatch.setattr(module, "affinity", lambda d, damping: (real(d, damping)[0], next(answers)))
    months = cluster_months(Samples(daily, etf_list), ends, TINY, method="affinity").groupby("date")["converged"]
    assert months.nunique().eq(1).all() and months.first().tolist() == [True, False, True]
    linked = cluster_months(Samples(daily, etf_list), ends, TINY)
    assert linked["converged"].all()


def test_the_damping_of_the_settings_is_the_one_used(monkeypatch):
    daily, etf_list, dates = small_market()
    asked, module = [], helpers.clustering.samples
    real = module.affinity
    monkeypatch.setattr(module, "affinity", lambda d, damping: asked.append(damping) or real(d, damping))
    samples = Samples(daily, etf_list)
    for damping in (0.8, 0.9, 0.8):
        cluster_months(samples, dates[[100]], TINY, method="affinity", damping=damping)
    assert asked == [0.8, 0.9]


def test_bad_choices_are_refused():
    distance = correlation_distance(blocks())
    for arguments, text in [
        ({"method": "kmeans"}, "method must be"),
        ({"linkage_method": "median", "count": 2}, "linkage must be"),
        ({}, "give count"),
        ({"count": 0}, "at least 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            cluster(distance, **arguments)


def test_medoid_is_nearest_to_its_cluster_and_a_tie_goes_to_turnover():
    x = blocks(noise=0.8)
    distance = correlation_distance(x)
    labels = np.repeat([0, 1, 2], 4)
    for label, centre in enumerate(medoids(distance, labels)):
        own = np.flatnonzero(labels == label)
        assert centre == own[distance[np.ix_(own, own)].sum(axis=1).argmin()]
    pair = np.array([[0.0, 0.5], [0.5, 0.0]])
    assert medoids(pair, np.zeros(2, int), np.array([1.0, 2.0]))[0] == 1
    assert medoids(pair, np.zeros(2, int), np.array([2.0, 1.0]))[0] == 0


def test_silhouette_equals_scikit_learn():
    distance = correlation_distance(blocks(noise=1.0))
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3])
    theirs = silhouette_samples(distance, labels, metric="precomputed")
    np.testing.assert_allclose(silhouette(distance, labels), theirs, atol=1e-12)
    assert (silhouette(distance, np.zeros(12, int)) == 0).all()


def test_a_month_finds_the_groups_and_names_a_representative_of_each():
    daily, etf_list, dates = small_market()
    month = cluster_month(Samples(daily, etf_list), dates[-1], TINY)
    assert adjusted_rand_score(month.sort_values("key")["cluster"], np.repeat([0, 1, 2], 4)) == 1.0
    assert month.groupby("cluster")["is_medoid"].sum().eq(1).all()
    assert (month.loc[month["is_medoid"], "code"] == month.loc[month["is_medoid"], "medoid"]).all()


def test_the_mean_correlation_of_a_fund_is_that_with_all_others_and_not_with_itself():
    daily, etf_list, dates = small_market(days=100)
    settings = replace(TINY, clip=None)
    month = cluster_month(Samples(daily, etf_list), dates[-1], settings).set_index("code")
    wide = daily.pivot(index="date", columns="code", values="adj_close").pct_change(fill_method=None).iloc[-60:]
    others = wide.corr().mask(np.eye(wide.shape[1], dtype=bool)).mean()
    pd.testing.assert_series_equal(month["market_corr"], others.loc[month.index], check_names=False)


def test_changing_the_future_moves_nothing():
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex(dates[[100, 130]])
    before = cluster_months(Samples(daily, etf_list), ends, TINY)
    rng = np.random.default_rng(5)
    later = daily["date"] > ends[-1]
    changed = daily.assign(
        adj_close=daily["adj_close"].where(~later, rng.uniform(1, 2, len(daily))),
        amount=daily["amount"].where(~later, 0.0),
    )
    newcomer = etf_list.iloc[[0]].assign(code="599999.SH", list_date=ends[-1] + pd.Timedelta(days=1))
    after = cluster_months(Samples(changed, pd.concat([etf_list, newcomer])), ends, TINY)
    pd.testing.assert_frame_equal(before, after)
    cut = cluster_months(Samples(daily[~later], etf_list), ends, TINY)
    pd.testing.assert_frame_equal(before, cut)
    past = daily.assign(adj_close=daily["adj_close"].where(daily["date"] > dates[80], 1.0 + rng.random(len(daily))))
    assert not cluster_months(Samples(past, etf_list), ends, TINY).equals(before)


def test_a_size_known_later_and_a_listing_to_come_choose_no_representative():
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex([dates[100]])
    etf_list = etf_list.assign(index_code=[f"I{i // 2:02d}" for i in range(len(etf_list))], size=1e8)
    largest = etf_list.assign(size_date=dates[0])
    largest.loc[1::2, ["size", "size_date"]] = [9e8, dates[101]]
    then = cluster_months(Samples(daily, largest), ends, TINY, survivor="largest")
    assert set(then["code"]) == set(etf_list["code"][::2])
    to_come = etf_list.assign(
        list_date=etf_list["list_date"].where(etf_list.index % 2 == 0, dates[101]), size=[1, 9] * 6
    )
    assert set(cluster_months(Samples(daily, to_come), ends, TINY, survivor="largest")["code"]) == set(
        etf_list["code"][::2]
    )


def test_a_date_is_usable_from_one_session_more_than_the_returns_asked_for():
    daily, _, dates = small_market(days=10)
    assert usable_dates(daily, dates[[4, 5]], 5).tolist() == [dates[5]]


CHOICES = [
    {},
    {"count": 4},
    {"linkage": "average"},
    {"method": "affinity"},
    {"lookback": 40},
    {"clip": None},
    {"shrinkage": 0.3},
    {"survivor": "most_traded"},
    {"keys": None},
    {"min_amount": 6e7},
    {"window": 5},
    {"count": None, "threshold": 0.8},
]


def test_what_is_decided_once_is_what_each_clustering_would_decide_alone():
    daily, etf_list, dates = small_market()
    etf_list["index_code"] = [f"I{i // 2:02d}" for i in range(len(etf_list))]
    daily["amount"] = np.random.default_rng(8).uniform(4e7, 9e7, len(daily))
    ends = pd.DatetimeIndex(dates[[100, 130]])
    shared = Samples(daily, etf_list)
    alone = [cluster_months(Samples(daily, etf_list), ends, TINY, **change) for change in CHOICES]
    for _ in range(2):  # also after every other choice has been made
        for change, by_itself in zip(CHOICES, alone, strict=True):
            pd.testing.assert_frame_equal(cluster_months(shared, ends, TINY, **change), by_itself, check_exact=True)
    distinct = {tuple(cluster_months(shared, ends, TINY, **change)["code"]) for change in CHOICES}
    assert len(distinct) >= 4  # the choices do choose


def test_funds_are_chosen_once_a_date_and_affinity_is_fitted_once_a_setting(monkeypatch):
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex(dates[[100, 130, 160]])
    calls = {"dedup": 0, "affinity": 0}

    def counted(name, function):
        def call(*args, **kwargs):
            calls[name] += 1
            return function(*args, **kwargs)

        return call

    module = helpers.clustering.samples
    monkeypatch.setattr(module, "dedup_by_index", counted("dedup", module.dedup_by_index))
    monkeypatch.setattr(module, "affinity", counted("affinity", module.affinity))
    samples = Samples(daily, etf_list)
    for _ in range(2):
        for change in ({"method": "affinity"}, {"count": 4}, {"lookback": 40}, {"method": "affinity", "clip": None}):
            cluster_months(samples, ends, TINY, **change)
        evidence(samples, ends, [{"method": "affinity"}, {"count": 5}], TINY, draws=0)
    assert calls == {"dedup": 3, "affinity": 6}


def test_writing_into_a_sample_changes_no_later_one():
    daily, etf_list, dates = small_market()
    samples = Samples(daily, etf_list)
    funds, returns = samples.at(dates[100], TINY)
    before = cluster_month(samples, dates[100], TINY)
    funds["key"], returns.iloc[:, 0] = "x", 0.0
    pd.testing.assert_frame_equal(cluster_month(samples, dates[100], TINY), before)
    assert "x" not in set(samples.at(dates[100], TINY)[0]["key"]) and samples.at(dates[100], TINY)[1].iloc[0, 0] != 0
    with pytest.raises(ValueError, match="read-only"):
        samples.distance(dates[100], TINY)[0, 0] = 1.0


def test_without_dedup_every_liquid_fund_is_clustered():
    daily, etf_list, dates = small_market()
    etf_list.loc[1, "index_code"] = "I00"
    ends = pd.DatetimeIndex(dates[[-1]])
    assert len(cluster_months(Samples(daily, etf_list), ends, TINY)) == 11
    assert len(cluster_months(Samples(daily, etf_list), ends, TINY, keys=None)) == 12


def test_month_to_month_agreement_uses_the_funds_of_both_months():
    a = pd.Series({"w": 0, "x": 0, "y": 1, "z": 1})
    b = pd.Series({"w": 5, "x": 5, "y": 2, "new": 2})
    assert month_to_month([a, b]).tolist() == [1.0]
    assert month_to_month([a, pd.Series({"w": 0, "x": 1, "y": 0, "z": 1})])[0] < 0.1


def test_evidence_prefers_the_true_number_of_groups_and_the_rule_picks_it():
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex(dates[[110, 140, 170]])
    grid = [{"linkage": "ward", "count": c} for c in (2, 3, 5, 8)] + [{"linkage": "single", "count": 3}]
    table = evidence(Samples(daily, etf_list), ends, grid, TINY, draws=4, block=5, boot_every=1)
    assert table.loc[table["linkage"] == "ward"].set_index("count")["silhouette"].idxmax() == 3
    assert table.loc[1, ["bootstrap_ari", "month_ari"]].tolist() == [1.0, 1.0]
    assert choose(table, largest=0.5, alone=0.2).loc[0, ["count", "chosen"]].tolist() == [3, True]
    assert not choose(table, largest=0.5, alone=0.2).set_index(["linkage", "count"]).at[("ward", 2), "qualifies"]
    with pytest.raises(MissingTable, match="takes more indices"):
        choose(table, largest=0.01)


def test_the_rule_asks_for_separation_ahead_then_few_clusters_then_stability():
    table = pd.DataFrame(
        {
            "name": ["too coarse", "few", "few and stable", "many", "one heap"],
            "clusters": [20, 30, 31, 60, 10],
            "largest": [0.1, 0.1, 0.1, 0.1, 0.9],
            "alone": 0.05,
            "silhouette": 0.3,
            "silhouette_se": 0.02,
            "bootstrap_ari": [0.9, 0.7, 0.8, 0.9, 1.0],
            "month_ari": [0.9, 0.7, 0.8, 0.9, 1.0],
            "ahead": [0.10, 0.18, 0.17, 0.19, 0.50],
            "ahead_se": 0.03,
        }
    )
    assert choose(table).loc[0, "name"] == "few and stable"
    assert choose(table.assign(ahead_se=0.005)).loc[0, "name"] == "many"
    assert choose(table.assign(ahead=np.nan)).loc[0, "name"] == "too coarse"


def test_evidence_scores_a_month_on_the_days_that_follow_it():
    daily, etf_list, dates = small_market()
    ends = pd.DatetimeIndex(dates[[110, 140, 170]])
    table = evidence(Samples(daily, etf_list), ends, [{"count": 3}], TINY, draws=2, block=5)
    assert table.loc[0, "ahead"] > 0.3
    alone = evidence(Samples(daily, etf_list), ends[:1], [{"count": 3}], TINY, draws=2, block=5)
    assert np.isnan(alone.loc[0, "ahead"])


def test_the_adjusted_rand_index_is_the_one_of_scikit_learn():
    from sklearn.metrics import adjusted_rand_score

    from helpers.clustering.partition import adjusted_rand

    rng = np.random.default_rng(3)
    for size in (1, 2, 40, 300):
        for groups in (1, 2, 9, size):
            a, b = rng.integers(0, groups, size), rng.integers(0, 7, size)
            assert adjusted_rand(a, b) == adjusted_rand_score(a, b)
            assert adjusted_rand(a, a) == 1.0
