"""The grid of choices: equal to the backtest, blind to the future, silent without a premium, awake with one."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from helpers.backtest import rebalance_calendar
from helpers.evidence import costs, robustness
from helpers.evidence.findings import find, finding_facts, opening_table, search_facts, search_points, search_table
from helpers.evidence.grid import ALL, evaluate, factor_sets, rotation_grid, weekly
from helpers.evidence.styles import style_grid
from helpers.factors import composite, zscore
from helpers.inference import search
from helpers.regimes.hit_rates import long_short_returns
from helpers.regimes.study import load_styles
from helpers.rotation.strategies import rotate
from helpers.sessions import sessions, week_ends
from helpers.tables import MissingTable

DAYS = sessions("2019-01-02", "2022-12-30")
WEEKS = week_ends(DAYS, complete=True)
NAMES = [f"行业{k}" for k in range(10)]
SMALL = {"sizes": (2, 4), "paces": (1, 2), "lags": (1,)}


def world(seed, premium=0.0):
    """Prices that pay a slow score over the two weeks after it, and two factors: the score and noise."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(len(WEEKS), 2, len(NAMES)))
    scores = np.empty_like(steps)
    scores[0] = steps[0]
    for k in range(1, len(WEEKS)):
        scores[k] = 0.7 * scores[k - 1] + 0.7 * steps[k]
    factors = {n: zscore(pd.DataFrame(scores[:, k], WEEKS, NAMES)) for k, n in enumerate(("paid", "noise"))}
    daily = factors["paid"].reindex(DAYS).ffill().shift(2).fillna(0.0) * premium / 10
    returns = rng.normal(0, 0.012, (len(DAYS), len(NAMES))) + daily.to_numpy()
    return factors, pd.DataFrame(1_000 * np.exp(returns.cumsum(axis=0)), DAYS, NAMES)


def decide(prices, weeks=2):
    return rebalance_calendar("2019-02-18", prices.index[-1], weeks=weeks)["decision"]


def grid_of(factors, prices, cost_bps=0.0, **more):
    options = {"top_n": 4, "weeks": 2, "lag": 1, "cost_bps": cost_bps, **SMALL, **more}
    return rotation_grid(factors, prices, decide(prices), **options)


@pytest.mark.parametrize(("lag", "cost"), [(1, 0.0), (2, 25.0), (0, 100.0)])
@pytest.mark.parametrize("holes", [False, True])
def test_every_portfolio_earns_what_the_backtest_gives_it(lag, cost, holes):
    factors, prices = world(0)
    if holes:
        prices.iloc[:90, 3] = np.nan  # begins late
    score, dates = composite(factors).score, decide(prices)
    if holes:
        score[NAMES[3]] = np.nan
    traded = rotate(score, dates, prices, top_n=4, lag=lag, cost_bps=cost)
    weights = np.stack([traded.weights.to_numpy(), traded.weights.to_numpy()[:, ::-1]])
    found = evaluate(weights, traded.weights.index, prices, lag=lag, cost_bps=cost)
    relative = {
        "gross": (1 + traded.gross) / (1 + traded.benchmark) - 1,
        "net": (1 + traded.returns) / (1 + traded.benchmark) - 1,
    }
    for name, own in relative.items():
        mine = getattr(found, name)[0]
        days = mine.index.intersection(own.index)[1:]
        np.testing.assert_allclose(mine.loc[days], own.loc[days], atol=1e-13)
    assert found.turnover[0] == pytest.approx(traded.result.turnover.iloc[1:].sum() / len(found.gross) * 250, rel=0.02)


def test_the_choices_of_a_grid_are_all_there_and_the_own_one_is_the_rotation():
    factors, prices = world(1)
    grid = grid_of(factors, prices, cost_bps=10.0)
    assert len(grid.cells) == 3 * 2 * 3  # three sets of factors, two sizes, three clocks
    own = grid.cells.loc[grid.own]
    assert own[["factors", "top_n", "weeks", "phase", "lag"]].tolist() == [ALL, 4, 2, 0, 1]
    traded = rotate(composite(factors).score, decide(prices), prices, top_n=4, lag=1, cost_bps=10.0)
    record = weekly((1 + traded.returns) / (1 + traded.benchmark) - 1)
    both = pd.DataFrame({"grid": grid.net[grid.own], "record": record}).dropna().iloc[1:]
    assert len(both) > 150
    np.testing.assert_allclose(both["grid"], both["record"], atol=1e-13)


def test_a_factor_known_too_seldom_makes_no_choices_of_its_own():
    factors, prices = world(2)
    dates = decide(prices, weeks=1)
    assert set(factor_sets(factors, dates)) == {ALL, "paid", "noise"}
    factors["noise"] = factors["noise"].loc[:"2020-12-31"]
    assert set(factor_sets(factors, dates)) == {ALL, "paid"}


def test_too_short_a_span_says_so():
    factors, prices = world(0)
    short = {name: frame.loc["2022-06-01":] for name, frame in factors.items()}
    with pytest.raises(MissingTable, match="fewer than 52"):
        grid_of(short, prices)


def test_no_choice_moves_before_the_future_that_changes():
    factors, prices = world(3)
    cut = pd.Timestamp("2021-06-30")
    own = grid_of(factors, prices, cost_bps=10.0)
    rng = np.random.default_rng(9)
    other_prices, other = prices.copy(), {n: f.copy() for n, f in factors.items()}
    later = other_prices.index > cut
    other_prices.loc[later] *= np.exp(rng.normal(0, 0.05, (later.sum(), len(NAMES))))
    for frame in other.values():
        frame.loc[frame.index > cut] = rng.normal(size=((frame.index > cut).sum(), len(NAMES)))
    moved = grid_of(other, other_prices, cost_bps=10.0)
    for a, b in ((own.net, moved.net), (own.gross, moved.gross)):
        pd.testing.assert_frame_equal(a.loc[:cut], b.loc[:cut], atol=1e-13)
        assert not np.allclose(a.loc[cut:].iloc[2:], b.loc[cut:].iloc[2:])


def test_in_a_market_without_premium_no_search_is_significant_more_often_than_stated():
    seeds, found = 20, 0
    for seed in range(seeds):
        grid = grid_of(*world(seed))
        found += search(grid.net, draws=300, arch_draws=0, seed=seed).table["adjusted"].min() <= 0.05
    assert found <= binom.ppf(0.999, seeds, 0.05)


def test_a_planted_premium_is_found_and_after_enough_costs_it_is_not():
    factors, prices = world(4, premium=0.012)
    last = pd.Timestamp("2022-06-30")
    cheap = grid_of(factors, prices, cost_bps=5.0)
    paid = int(cheap.cells.query("factors == 'paid' and top_n == 4 and weeks == 2 and phase == 0").index[0])
    (own, alone) = find({"all": cheap.own, "paid": paid}, cheap, last)
    row = alone.row
    assert row["p"] <= 0.05 and row["low"] > 0 and row["later_weeks"] == (cheap.net.index > last).sum()
    assert row["verdict"] == "stands, not yet confirmed"
    dear = grid_of(factors, prices, cost_bps=60.0)
    assert find({"paid": paid}, dear, last)[0].row["verdict"] == "taken by costs"
    table = search_table([own, alone])
    assert (table["SPA"] < 0.05).all() and table.at["paid", "deflated"] > table.at["all", "deflated"]
    assert list(search_points([own, alone])) == ["all"] and len(search_facts([own, alone])) == 1
    shown, said = opening_table([own.row, row]), finding_facts([own.row, row])
    assert shown.index.tolist() == ["all", "paid"] and said["findings"] == 2 and "paid" in said["standing"]


def test_a_year_of_later_weeks_confirms_or_buries():
    factors, prices = world(4, premium=0.012)
    grid = grid_of(factors, prices, cost_bps=0.0)
    paid = int(grid.cells.query("factors == 'paid' and top_n == 4 and weeks == 2 and phase == 0").index[0])
    assert find({"paid": paid}, grid, pd.Timestamp("2021-06-30"))[0].row["verdict"] == "stands"
    turned = grid.net.copy()
    turned.loc["2021-07-01":, paid] -= 0.05
    faded = type(grid)(grid.cells, grid.gross, turned, grid.own)
    assert find({"paid": paid}, faded, pd.Timestamp("2021-06-30"))[0].row["verdict"] == "gone since publication"


def test_placebos_tell_a_real_score_and_not_a_made_up_one():
    factors, prices = world(5, premium=0.012)
    table = robustness.placebo_tests(factors, prices, decide(prices), top_n=4, lag=1, runs=99)
    assert table.at["paid", "p"] == pytest.approx(0.01) and table.at["noise", "p"] > 0.02
    assert (table["placebo_low"] < table["placebo_high"]).all()


def test_leaving_out_a_year_or_an_industry_is_the_rest():
    factors, prices = world(6, premium=0.003)
    grid = grid_of(factors, prices)
    excess = grid.net[grid.own]
    without = robustness.without_each_year(excess)
    rest = excess[excess.index.year != 2020]
    assert without[2020] / without[2021] == pytest.approx(rest.mean() / excess[excess.index.year != 2021].mean())
    score = composite(factors).score
    left = robustness.without_each_industry(score, prices, decide(prices), top_n=4, lag=1, cost_bps=0.0)
    assert list(left.index) == NAMES
    alone = rotate(
        score.drop(columns=NAMES[2]), decide(prices), prices.drop(columns=NAMES[2]), top_n=4, lag=1, cost_bps=0
    )
    record = weekly((1 + alone.returns) / (1 + alone.benchmark) - 1)
    assert left[NAMES[2]] == pytest.approx(
        record.mean() * 365.25 * (len(record) - 1) / (record.index[-1] - record.index[0]).days, abs=2e-3
    )
    years = robustness.yearly_intervals(excess)
    assert years["excess"].sum() == pytest.approx(excess.sum())
    told = robustness.left_out_facts(without, left, years)
    assert told["judged"] == 4 and told["year_rest"] == without.min()


def test_at_the_break_even_nothing_is_left():
    factors, prices = world(7, premium=0.012)
    traded = rotate(factors["paid"], decide(prices), prices, top_n=4, lag=1, cost_bps=0.0)
    facts = costs.cost_facts(traded.weights, prices, lag=1)
    left = costs.cost_table(traded.weights, prices, lag=1, fees=(0.0, facts["break_even"], 2 * facts["break_even"]))
    assert facts["pays"] and left["excess"].iloc[0] == facts["excess"]
    assert left["excess"].iloc[1] == pytest.approx(0, abs=2e-4) and left["excess"].iloc[2] < 0
    poor = costs.cost_facts(traded.weights.iloc[:, ::-1].set_axis(NAMES, axis=1) * 0 + 0.1, prices, lag=1)
    assert poor["break_even"] <= 1.0


def test_a_larger_portfolio_takes_more_of_the_turnover_and_keeps_less():
    days = DAYS[:200]
    daily = pd.concat(
        pd.DataFrame(
            {
                "date": days,
                "code": code,
                "adj_close": np.exp(np.random.default_rng(k).normal(0, 0.02, 200).cumsum()),
                "amount": amount,
            }
        )
        for k, (code, amount) in enumerate({"510001.SH": 1e7, "510002.SH": 1e9}.items())
    )
    money = pd.DataFrame({"510001.SH": [0.5, 0.0, 0.5], "510002.SH": [0.5, 1.0, 0.5]}, days[[80, 120, 160]])
    table = costs.capacity_table(money, daily, 0.1, cost_bps=10.0, sizes={"a": 1e4, "b": 1e8, "c": 1e11})
    assert table["share"].is_monotonic_increasing and table["cost"].iloc[0] < table["cost"].iloc[1]
    assert table["filled"].iloc[0] == 1.0 and table["filled"].iloc[2] < 0.1
    assert table["left"].iloc[1] < table["left"].iloc[0] < 0.1
    assert table.at["b", "share"] == pytest.approx(np.median([5e7 / 1e7, 5e7 / 1e9] * 3))
    assert [r["size"] for r in costs.capacity_facts(table)] == ["a", "b", "c"]


def test_the_own_cell_of_a_style_grid_is_the_chapters_long_short():
    rng = np.random.default_rng(0)
    walks = {code: 1_000 * np.exp(rng.normal(0, 0.01, len(DAYS)).cumsum()) for code in ("000300", "000852")}
    wide = pd.DataFrame(walks, index=DAYS).rename_axis("date")
    long = wide.melt(var_name="index_code", value_name="close", ignore_index=False).reset_index()
    style = load_styles({"index_daily": long}, {"size": (("000300", "000852"), 100.0)})["size"]
    grid = style_grid(style, cost_bps=10.0, lambdas=(10.0, 1_000.0))
    own = long_short_returns(style.closes, style.signal["state"]).loc[style.first :]
    np.testing.assert_allclose(grid.gross[grid.own].loc[own.index], own, atol=1e-15)
    flips = style.signal["state"].diff().abs().shift(1).loc[own.index]
    np.testing.assert_allclose((grid.gross - grid.net)[grid.own].loc[own.index], 4e-3 * flips.fillna(0), atol=1e-15)
    assert len(grid.cells) == 6
