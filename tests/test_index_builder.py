"""A rule book as lines of YAML: what it refuses, what it builds, and that no review sees tomorrow."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.index_research.builder import build_index, decide, review_days
from helpers.index_research.characteristics import FIELDS, characteristic, trailing_year
from helpers.index_research.spec import IndexSpec, known_specs, load_spec
from helpers.index_research.stocks import stock_tables
from helpers.index_research.variations import vary
from helpers.index_research.weighting import capped, standardised, tilted
from helpers.tables import MissingTable
from stock_market import changed_after, stock_market

MARKET = stock_market()
STOCKS = stock_tables(MARKET)
START = "2021-01-04"
DISSECTED = ("399296", "H50040", "931372")


def small(name: str) -> IndexSpec:
    """A shipped rule, its counts cut to a market of forty stocks."""
    spec = load_spec(name)
    return spec.model_copy(update={"selection": spec.selection.model_copy(update={"count": 5})})


# --- the declaration -------------------------------------------------------------------------------------------------


def test_the_three_dissected_rules_ship_and_say_what_nobody_printed():
    assert set(DISSECTED) <= set(known_specs())
    for name in DISSECTED:
        spec = load_spec(name)
        assert spec.index_code == name and spec.assumed


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"screens": [{"field": "amonut", "keep_top": 3}]}, "unknown field 'amonut'"),
        ({"screens": [{"field": "amount"}]}, "asks nothing"),
        ({"weighting": {"method": "field"}}, "needs field"),
        ({"weighting": {"method": "tilt", "tilt": {"nobody": 1}}}, "is no score"),
        ({"weighting": {"cap": 0}}, "weighting.cap"),
        ({"review": {"months": [13]}}, "review.months"),
        ({"selection": {"by": {"luck": 1}}}, "unknown field 'luck'"),
        ({"universes": {}}, "universes"),
        ({"index_code": 300}, "index_code"),
    ],
)
def test_a_wrong_rule_is_refused_in_one_line_that_names_file_and_key(tmp_path, change, expected):
    import yaml

    good = {"index_code": "X00001", "name": "x", "selection": {"by": {"amount": 1}}, "review": {"months": [6]}}
    path = tmp_path / "rule.yaml"
    path.write_text(yaml.safe_dump({**good, **change}), encoding="utf-8")
    with pytest.raises(ValueError, match=expected) as caught:
        load_spec(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_rule_lists_those_that_ship():
    with pytest.raises(ValueError, match="H50040"):
        load_spec("H50041")


# --- weights ---------------------------------------------------------------------------------------------------------

positive = st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=60)


@given(positive, st.floats(0.01, 1.0))
@settings(max_examples=150, deadline=None)
def test_capped_weights_sum_to_one_keep_the_cap_and_the_order(target, cap):
    target = np.array(target)
    weight = capped(target, cap)
    assert weight.sum() == pytest.approx(1)
    assert weight.max() <= max(cap, 1 / len(target)) * (1 + 1e-9)
    order = np.argsort(target, kind="stable")
    assert (np.diff(weight[order]) >= -1e-9).all()
    if cap * len(target) > 1:
        free = weight < cap * (1 - 1e-9)
        ratio = weight[free] / target[free]
        assert np.allclose(ratio, ratio[0] if len(ratio) else 0)


def test_a_member_without_a_number_cannot_be_weighted():
    with pytest.raises(ValueError, match="1 of 2 members"):
        capped(np.array([1.0, 0.0]), 0.5)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_tilt_moves_weight_to_higher_scores_and_makes_none(seed):
    rng = np.random.default_rng(seed)
    base = rng.dirichlet(np.ones(20))
    score = standardised(rng.normal(size=20))
    assert tilted(base, {"s": score}, {"s": 0.0}) == pytest.approx(base)
    weight = tilted(base, {"s": score}, {"s": 0.3})
    assert weight.sum() == pytest.approx(1) and (weight >= 0).all()
    assert weight @ score > base @ score


# --- what one evening knows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("date", ["2021-05-31", "2022-01-28"])
def test_no_characteristic_sees_tomorrow(field, date):
    date = pd.Timestamp(date)
    now = characteristic(STOCKS.at(date), field)
    other = stock_tables(changed_after(MARKET, date), STOCKS.codes).at(date)
    assert np.isfinite(now).any()
    np.testing.assert_array_equal(characteristic(other, field), now)
    before = date - pd.Timedelta(days=150)
    past = stock_tables(changed_after(MARKET, before), STOCKS.codes).at(date)
    assert not np.array_equal(characteristic(past, field), now, equal_nan=True)


@pytest.mark.parametrize("name", DISSECTED)
@pytest.mark.parametrize("date", ["2021-05-31", "2022-01-28"])
def test_no_review_sees_tomorrow(name, date):
    date = pd.Timestamp(date)
    weights, funnel = decide(small(name), STOCKS.at(date))
    other, again = decide(small(name), stock_tables(changed_after(MARKET, date), STOCKS.codes).at(date))
    assert len(weights)
    pd.testing.assert_series_equal(weights, other)
    pd.testing.assert_series_equal(funnel, again)


@pytest.mark.parametrize("name", DISSECTED)
def test_weights_and_levels_up_to_a_day_do_not_depend_on_what_follows(name):
    date = pd.Timestamp("2021-12-20")
    whole = build_index(small(name), STOCKS, START)
    other = build_index(small(name), stock_tables(changed_after(MARKET, date), STOCKS.codes), START)
    same = [r for r in whole.reviews if r.decided <= date]
    assert len(same) and all(a.weights.equals(b.weights) for a, b in zip(same, other.reviews[: len(same)], strict=True))
    pd.testing.assert_frame_equal(whole.level.loc[:date], other.level.loc[:date])
    assert not whole.level.iloc[-1].equals(other.level.iloc[-1])


def test_a_report_counts_from_its_announcement():
    reports = MARKET["stock_fundamental"]
    row = reports[reports["report_date"] == "2021-03-31"].iloc[0]
    at = STOCKS.codes.get_loc(row["code"])
    eve = trailing_year(STOCKS.at(row["announce_date"] - pd.Timedelta(days=1)), "net_profit")[at]
    day = trailing_year(STOCKS.at(row["announce_date"]), "net_profit")[at]
    mine = reports[reports["code"] == row["code"]].set_index("report_date")["net_profit"]
    assert eve == pytest.approx(mine.loc["2020-01-01":"2020-12-31"].sum())
    assert day == pytest.approx(mine.loc["2020-04-01":"2021-03-31"].sum())


# --- the index -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DISSECTED)
def test_members_pass_what_the_rule_asks_and_weights_keep_their_cap(name):
    spec = small(name)
    built = build_index(spec, STOCKS, START)
    for review in built.reviews:
        known = STOCKS.at(review.decided)
        at = STOCKS.codes.get_indexer(review.weights.index)
        for scheme, allowed in spec.universe.items():
            assert set(known.label(scheme)[at]) <= set(allowed)
        for screen in spec.screens:
            values = characteristic(known, screen.field, screen.window)[at]
            assert np.isfinite(values).all()
            assert screen.at_least is None or (values >= screen.at_least).all()
            assert screen.at_most is None or (values <= screen.at_most).all()
        assert review.weights.sum() == pytest.approx(1)
        assert review.weights.max() <= max(spec.weighting.cap, 1 / len(review.weights)) + 1e-9
        assert len(review.weights) <= 5 and (np.diff(review.funnel.drop("members")) <= 0).all()


def test_low_volatility_takes_the_calmest_of_the_payers():
    spec = small("H50040")
    for review in build_index(spec, STOCKS, START).reviews:
        known = STOCKS.at(review.decided)
        wide = spec.model_copy(update={"selection": spec.selection.model_copy(update={"count": None})})
        pool, _ = decide(wide, known)
        calm = pd.Series(characteristic(known, "volatility"), index=STOCKS.codes).reindex(pool.index)
        assert set(review.weights.index) == set(calm.nsmallest(5).index)


def test_the_level_is_shares_times_prices_between_reviews():
    built = build_index(small("931372"), STOCKS, START)
    prices = pd.DataFrame(STOCKS.prices, index=STOCKS.days, columns=STOCKS.codes).ffill()
    for review, after in zip(built.reviews, [*built.reviews[1:], None], strict=True):
        until = after.effective if after else STOCKS.days[-1]
        held = prices.loc[review.effective : until, review.weights.index]
        expected = (held / held.iloc[0]) @ review.weights
        level = built.level.loc[review.effective : until, "total_return"]
        np.testing.assert_allclose(level / level.iloc[0], expected, rtol=1e-12)


def test_the_price_level_loses_each_dividend_on_its_day_and_nothing_else():
    built = build_index(small("931372"), STOCKS, START)
    daily = built.level.pct_change().dropna()
    gap = (daily["total_return"] - daily["price"]).round(12)
    ex = MARKET["stock_fundamental"]["ex_date"].dropna()
    first_after = {STOCKS.days[STOCKS.days.searchsorted(day)] for day in ex if day <= STOCKS.days[-1]}
    assert (gap >= 0).all() and gap.gt(0).any()
    assert set(gap.index[gap > 0]) <= first_after


def test_reviews_are_decided_at_month_ends_and_traded_later():
    spec = load_spec("399296")
    days = review_days(spec, STOCKS.days)
    assert set(days["decided"].dt.month) == {3, 6, 9, 12}
    at = STOCKS.days.get_indexer
    assert (at(days["effective"]) - at(days["decided"]) == spec.review.lag).all()
    nexts = STOCKS.days[(at(days["decided"]) + 1)]
    assert (nexts.month != days["decided"].dt.month.to_numpy()).all()


def test_a_buffer_keeps_members_that_slip_a_little():
    spec = load_spec("000300")
    base = spec.model_copy(update={"selection": spec.selection.model_copy(update={"count": 10, "buffer": 0.0})})
    slow = spec.model_copy(update={"selection": spec.selection.model_copy(update={"count": 10, "buffer": 0.4})})
    known = STOCKS.at(pd.Timestamp("2022-04-29"))
    fresh, _ = decide(base, known)
    ranks = pd.Series(characteristic(known, "float_cap", 250), index=STOCKS.codes)
    liquid, _ = decide(base.model_copy(update={"selection": base.selection.model_copy(update={"count": None})}), known)
    ranked = ranks.reindex(liquid.index).sort_values(ascending=False).index
    member = ranked[12]
    kept, _ = decide(slow, known, [member])
    assert member in kept.index and member not in fresh.index and len(kept) == 10
    far = ranked[14]
    assert far not in decide(slow, known, [far])[0].index


@pytest.mark.parametrize(
    ("tables", "named"),
    [
        ({"stock_daily": ["amount"]}, "stock_industry"),
        ({"stock_daily": ["amount"], "stock_industry": []}, "amount"),
        ({"stock_daily": [], "stock_industry": []}, "revenue"),
    ],
)
def test_what_the_source_lacks_is_named(tables, named):
    held = {name: MARKET[name].drop(columns=gone) for name, gone in tables.items()}
    with pytest.raises(MissingTable) as caught:
        build_index(small("399296"), stock_tables(held), START)
    assert named in str(caught.value.args)


def test_a_tighter_cap_spreads_and_a_faster_rhythm_trades_more():
    table = vary(small("931372"), STOCKS, caps=[0.25, 0.22], rhythms=["monthly", "yearly"], start=START)
    assert table.loc["cap 25%", "largest"] >= table.loc["cap 22%", "largest"]
    assert table.loc["cap 22%", "effective"] >= table.loc["cap 25%", "effective"]
    assert table.loc["monthly", "turnover"] > table.loc["yearly", "turnover"]


# --- a known index ---------------------------------------------------------------------------------------------------


def reviews_of(snapshot_dir, ranked_by):
    """Yield, at each review, the true members of CSI 300 and 500 and what the rule of the 300 finds for a count.

    Main-board members only: the caps at hand are those of 3,041 main-board stocks, month by month.
    """
    extra = snapshot_dir.parent / "extra"
    caps = pd.read_parquet(extra / "stock_monthly_float_cap.parquet")
    caps["date"] = caps["date"] + pd.offsets.MonthEnd(0)
    caps = caps.drop_duplicates(["date", "code"], keep="last").assign(adj_close=lambda x: x["float_cap"])
    if ranked_by == "total":
        total = pd.read_parquet(extra / "stock_quarterly_total_cap.parquet").sort_values("date")
        caps = pd.merge_asof(caps.sort_values("date"), total, on="date", by="code").drop(columns="float_cap")
        caps = caps.rename(columns={"total_cap": "float_cap"})
    stocks = stock_tables({"stock_daily": caps})
    truth = pd.read_parquet(extra / "index_membership.parquet")
    truth = truth[truth["code"].isin(stocks.codes)]
    spec = load_spec("000300")
    screen = spec.screens[0].model_copy(update={"window": 12})
    slow = spec.model_copy(update={"review": spec.review.model_copy(update={"lag": 2})})
    for row in review_days(slow, stocks.days).itertuples():
        there = truth[(truth["start"] <= row.effective) & (truth["end"] >= row.effective)]
        true = [set(there.loc[there["index_code"] == code, "code"]) for code in ("000300", "000905")]
        if row.decided < pd.Timestamp("2017-10-01") or not all(true):
            continue

        def largest(count, day=row.decided):
            selection = spec.selection.model_copy(update={"window": 12, "count": count, "buffer": 0.0})
            rule = spec.model_copy(update={"screens": [screen], "selection": selection, "listed_days": 0})
            return set(decide(rule, stocks.at(day))[0].index)

        yield *true, largest


@pytest.mark.snapshot
@pytest.mark.parametrize(
    ("ranked_by", "large", "mid"),
    [("float", (0.77, 0.84), (0.5, 0.6)), ("total", (0.83, 0.89), (0.55, 0.65))],
)
def test_the_builder_finds_the_members_of_csi_300_and_500(snapshot_dir, ranked_by, large, mid):
    """The 500 are the next after the 300 by the same rule."""
    shared = []
    for first, second, largest in reviews_of(snapshot_dir, ranked_by):
        top = largest(len(first))
        following = largest(len(first) + len(second)) - top
        shared.append((len(first & top) / len(first), len(second & following) / len(second)))
    found = np.array(shared)
    assert len(found) >= 14
    for column, (least, mean) in enumerate((large, mid)):
        assert found[:, column].min() > least and found[:, column].mean() > mean, found[:, column].round(3)


@pytest.mark.snapshot
def test_the_real_h50040_has_the_shape_of_its_rule(snapshot_dir):
    """Fifty members, none above ten in a hundred, as the shipped rule would have it."""
    weights = pd.read_parquet(snapshot_dir / "index_weights.parquet").query("index_code == 'H50040'")
    spec = load_spec("H50040")
    assert weights["date"].unique() == [pd.Timestamp("2025-06-30")]
    assert len(weights) == spec.selection.count and weights["weight"].max() <= spec.weighting.cap
    assert weights["code"].str.endswith(".SH").all()
