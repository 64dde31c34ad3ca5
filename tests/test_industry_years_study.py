"""Chapter 01's first half: what is ranked, compared and dated follows from closes, START and the print."""

import numpy as np
import pandas as pd
import pytest

from helpers.industry_years import period, persistence, study
from helpers.industry_years.returns import period_returns
from helpers.published.exhibits import s001
from helpers.sessions import sessions
from helpers.tables import MissingTable

NAMES = ["通信", "有色金属", "银行", "煤炭", "电子", "医药生物"]


def market(start="2017-12-01", end="2026-02-13", seed=0, codes=("000300", "000985"), scheme="SW2021_L1"):
    """Closes of six industries and of the benchmarks."""
    days, rng = sessions(start, end), np.random.default_rng(seed)
    lines = {name: 1_000 * np.exp(rng.normal(0, 0.012, len(days)).cumsum()) for name in [*NAMES, *codes]}
    wide = pd.DataFrame(lines, index=days).rename_axis("date")
    long = wide.melt(ignore_index=False, var_name="name", value_name="close").reset_index()
    industries = long[long["name"].isin(NAMES)].rename(columns={"name": "industry_name"})
    indices = long[~long["name"].isin(NAMES)].rename(columns={"name": "index_code"})
    return {
        "industry_daily": industries.assign(scheme=scheme, industry_code=industries["industry_name"]),
        "index_daily": indices,
    }


@pytest.fixture(scope="module")
def years():
    return study.load_years(market())


def test_years_are_ranked_from_start_on_and_kept_from_the_first(years):
    assert list(years.returns.index) == list(range(2018, 2026)) == list(years.ranked.index)
    late = study.load_years(market(), since="2024-03-01")
    assert list(late.ranked.index) == [2024, 2025] and late.summary["first"] == 2024
    pd.testing.assert_frame_equal(late.returns, years.returns)


def test_start_takes_no_printed_cell_away(years):
    late = study.load_years(market(), since="2024-01-01")
    pd.testing.assert_series_equal(late.printed_cells, years.printed_cells)
    pd.testing.assert_series_equal(period.average_shares(late), period.average_shares(years))


@pytest.mark.parametrize(
    ("tables", "options", "says"),
    [
        (market(), {"scheme": "CITIC_L1"}, "holds no CITIC_L1, only SW2021_L1"),
        (market(start="2020-03-02", end="2020-06-30"), {}, "no full year of SW2021_L1"),
        (market(end="2024-06-28"), {"since": "2024-01-01"}, "from 2024 on, where START begins"),
    ],
)
def test_no_year_to_rank_is_a_missing_table_with_the_true_reason(tables, options, says):
    with pytest.raises(MissingTable, match=says) as error:
        study.load_years(tables, **options)
    assert error.value.tables == ("industry_daily",)


@pytest.mark.parametrize("cut", ["2020-12-31", "2023-12-29"])
def test_later_closes_change_no_earlier_year(years, cut):
    full = market()
    changed = {n: t.assign(close=t["close"].where(t["date"] <= cut, t["close"] * 2 + 3)) for n, t in full.items()}
    other = study.load_years(changed)
    last = int(cut[:4])
    pd.testing.assert_frame_equal(other.ranked.loc[:last], years.ranked.loc[:last])
    pd.testing.assert_frame_equal(other.yardsticks.loc[:last], years.yardsticks.loc[:last])
    pd.testing.assert_frame_equal(study.shares_beating(other).loc[:last], study.shares_beating(years).loc[:last])


def test_printed_returns_stand_in_for_one_benchmark_but_not_for_both_and_never_on_a_simulated_market():
    printed = s001.yearly_returns().unstack("name")["中证全指"] / 100
    one = study.load_years(market(codes=("000300",)))
    assert one.yardsticks.loc[2018:2024, "中证全指"].to_dict() == printed.to_dict()
    assert np.isnan(one.yardsticks.loc[2025, "中证全指"]) and one.summary["absent"] == ["中证全指 (000985)"]
    strict = study.load_years(market(codes=("000300",)), borrow=False)
    assert strict.yardsticks["中证全指"].isna().all()
    tables = market()
    del tables["index_daily"]
    none = study.load_years(tables)
    assert none.yardsticks.isna().all().all()
    with pytest.raises(MissingTable, match="no full year of 000300 or 000985") as error:
        study.shares_beating(none)
    assert error.value.tables == ("index_daily",)


def test_the_table_carries_benchmarks_and_the_colour_falls_back_on_the_one_that_is_there(years):
    table, measure = years.table(last=3)
    assert list(table.index) == [2023, 2024, 2025] and {"沪深300", "中证全指"} <= set(table)
    assert measure.equals(years.yardsticks["中证全指"].loc[2023:])
    one = study.load_years(market(codes=("000300",)), borrow=False)
    table, measure = one.table(last=3)
    assert "中证全指" not in table and measure.tolist() == one.yardsticks["沪深300"].loc[2023:].tolist()


def test_the_board_gets_a_reason_for_each_cell_that_no_close_can_give():
    some = study.load_years(market(start="2020-12-01", codes=("000300",)))
    assert {year for year, _ in some.printed_cells.index} == {2021, 2022, 2023, 2024, 2025}
    assert some.why["2018 "] == "industry_daily holds no full year 2018"
    assert some.why["2021 中证全指"] == "index_daily holds no full year 2021 of 000985"
    assert some.printed_cells[2021, "通信"] == pytest.approx(100 * some.returns.loc[2021, "通信"])
    other = study.load_years(market(scheme="CITIC_L1"), "CITIC_L1")
    assert other.printed_cells.empty and list(other.why) == [""] and "CITIC_L1" in other.why[""]


def test_ranking_facts_are_in_percentage_points_and_name_each_years_first(years):
    facts = study.ranking_facts(years, last=4)
    spread = [100 * (row.max() - row.min()) for _, row in years.ranked.tail(4).iterrows()]
    assert facts["low"] == pytest.approx(min(spread)) and facts["high"] == pytest.approx(max(spread))
    assert facts["first"] == [f"{years.ranked.loc[y].idxmax()} {y}" for y in range(2022, 2026)]
    assert facts["leaders"] == len({text.split()[0] for text in facts["first"]}) and facts["several"]
    assert not study.ranking_facts(years, last=1)["several"]


def test_share_facts_average_the_printed_years_the_run_ranks(years):
    shares = study.shares_beating(years)
    facts = study.share_facts(years, shares)
    assert (facts["first"], facts["last"], facts["counted"]) == (2018, 2024, 7)
    assert facts["whole"] == pytest.approx(shares.loc[2018:2024, "中证全指"].mean())
    assert facts["below"] == sum(shares.loc[2018:2024, "中证全指"] < 0.5)
    gap = (shares["沪深300"] - shares["中证全指"]).abs()
    assert facts["gap"] == gap.max() and gap[facts["widest"]] == gap.max()
    late = study.load_years(market(), since="2025-01-01")
    only = study.share_facts(late, study.shares_beating(late))
    assert (only["first"], only["last"], only["several"]) == (2025, 2025, False)


def test_shares_count_strictly_more_at_two_printed_decimals(years):
    shares = study.shares_beating(years)
    for year, row in shares.iterrows():
        for name in ("沪深300", "中证全指"):
            beaten = [round(r, 4) > round(years.yardsticks.loc[year, name], 4) for r in years.returns.loc[year]]
            assert row[name] == pytest.approx(np.mean(beaten))


def test_printed_shares_are_there_for_the_reports_industries_only(years):
    assert list(study.printed_shares(years).index) == list(range(2018, 2025))
    assert list(study.printed_shares(study.load_years(market(), since="2023-01-01")).index) == [2023, 2024]
    assert study.printed_shares(study.load_years(market(scheme="X"), "X")).empty


def test_plain_facts_hold_industries_against_their_own_average():
    returns = pd.DataFrame([[0.0, 0.0, 0.9], [0.0, 0.25, 0.5]], index=[2020, 2021])
    facts = study.plain_facts(returns)
    assert facts["share"] == pytest.approx((1 / 3 + 1 / 3) / 2) and facts["below"]
    assert (facts["first"], facts["last"], facts["years"], facts["skewed"]) == (2020, 2021, 2, 1)


# the figures of 2025


def test_the_two_windows_are_the_ones_in_print():
    assert [f"{day:%Y-%m-%d}" for day in s001.windows_2025().values()] == ["2025-11-30", "2025-12-10"]


def test_figures_of_2025_are_counted_under_both_windows(years):
    found = period.period_2025(years)
    for window, day in s001.windows_2025().items():
        own = period_returns(years.closes, 2024, day)
        market_own = period_returns(years.benchmarks, 2024, day)["中证全指"]
        row = found.figures.loc[window]
        assert row[s001.ABOVE] == (own.round(4) > round(market_own, 4)).sum()
        assert row[s001.FALLING] == (own.round(4) < 0).sum()
        assert row["通信"] == pytest.approx(100 * own["通信"], abs=0.005)
        assert row["中证全指"] == pytest.approx(100 * market_own, abs=0.005)
    assert set(found.figures) == set(s001.figures_2025())
    assert found.facts["gap"] <= found.facts["next_gap"]
    assert [row["above"] for row in found.windows] == found.figures[s001.ABOVE].tolist()


def test_a_planted_day_is_found():
    tables = market()
    daily = tables["industry_daily"]
    base = daily[daily["date"] == "2024-12-31"].set_index("industry_name")["close"]
    on_day = daily["date"].eq("2025-12-10")
    target = {n: base[n] * (1 + s001.fact(key) / 100) for n, key in s001.LEADERS.items()}
    daily = daily.assign(close=daily["close"].where(~on_day, daily["industry_name"].map(target).fillna(daily["close"])))
    facts = period.period_2025(study.load_years({**tables, "industry_daily": daily})).facts
    assert facts["closest"] == pd.Timestamp("2025-12-10") and facts["gap"] < 0.01 < facts["next_gap"]


@pytest.mark.parametrize(
    ("tables", "scheme", "says"),
    [
        (market(end="2025-12-09"), "SW2021_L1", "no close on 2025-12-10"),
        (market(scheme="CITIC_L1"), "CITIC_L1", "about SW2021_L1, this run ranks CITIC_L1"),
    ],
)
def test_the_question_of_2025_needs_the_reports_industries_to_its_day(tables, scheme, says):
    with pytest.raises(MissingTable, match=says):
        period.period_2025(study.load_years(tables, scheme))


def test_without_the_whole_market_the_printed_yardstick_is_used_and_marked_or_none_is():
    borrowed = period.period_2025(study.load_years(market(codes=("000300",))))
    assert set(borrowed.yardstick) == {s001.fact("k007") / 100}
    assert list(borrowed.marks) == ["中证全指 (as printed)", "沪深300"]
    assert borrowed.figures["中证全指"].isna().all() and borrowed.figures[s001.ABOVE].notna().all()
    strict = period.period_2025(study.load_years(market(codes=("000300",)), borrow=False))
    assert strict.figures[s001.ABOVE].isna().all() and list(strict.marks) == ["沪深300"]


def test_the_average_needs_every_printed_year_and_takes_2025_to_date(years):
    found = period.average_shares(years)
    shares = study.every_share(years)["中证全指"]
    assert found[s001.AVERAGE] == pytest.approx(100 * shares.loc[2018:2024].mean())
    to_date = period.period_2025(years).share[s001.FIGURE]
    assert found[s001.AVERAGE_TO_DATE] == pytest.approx(100 * np.mean([*shares.loc[2018:2024], to_date]))
    short = period.average_shares(study.load_years(market(end="2025-06-30")))
    assert short.notna().tolist() == [True, False]
    late = period.average_shares(study.load_years(market(start="2019-12-02")))
    assert late.isna().all()


# memory


def test_memory_needs_two_years_in_a_row(years):
    table, repeats = persistence.memory(years.ranked, leaders=2)
    assert list(table.index) == list(repeats.index) == list(range(2019, 2026))
    with pytest.raises(MissingTable, match="gives 1 full year to rank from 2025 on"):
        persistence.memory(years.ranked.loc[2025:])
    assert persistence.memory(years.ranked, leaders=99)[1]["expected"].iloc[0] == 6


def test_memory_facts_count_clear_years_by_sign(years):
    table = pd.DataFrame({"rho": [0.5, -0.6, 0.1], "p_value": [0.01, 0.02, 0.6], "n": 31})
    repeats = pd.DataFrame({"repeated": [1, 2, 0], "expected": [0.8] * 3})
    facts = persistence.memory_facts(table, repeats, 5)
    assert (facts["clear"], facts["plus"], facts["minus"], facts["again"]) == (2, 1, 1, 1.0)
    assert facts["mean"] == pytest.approx(0.0) and facts["chance"] == (facts["p"] > 0.05)
    assert np.isnan(persistence.memory_facts(table.head(2), repeats, 5)["t"])


@pytest.mark.snapshot
def test_on_the_snapshot_the_figures_of_2025_belong_to_the_day_of_fig_1(snapshot_dir):
    tables = {n: pd.read_parquet(snapshot_dir / f"{n}.parquet") for n in ("industry_daily", "index_daily")}
    found = period.period_2025(study.load_years(tables))
    assert found.facts["closest"] == s001.windows_2025()[s001.FIGURE] and found.facts["gap"] < 0.005
    printed = s001.figures_2025()
    gap = (found.figures[list(printed)] - printed).abs().loc[s001.FIGURE]
    assert gap.max() <= 0.005 + 1e-9
