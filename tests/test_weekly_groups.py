"""Groups form where shares move, earn what their industries do, and stand beside printed ones only when they may."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.backtest.groups import group_returns
from helpers.flows import five_groups
from helpers.flows.change_parts import monthly_sum, seen_change, share_moves
from helpers.flows.etf_money import etf_money
from helpers.flows.weekly_groups import (
    ALONE,
    PRINTED,
    earned_facts,
    group_performance,
    group_years,
    groups_earned,
    inflow_groups,
    judged_groups,
    monthly_groups,
    months_as_printed,
    stay_share,
    turn_facts,
)
from helpers.panels import industry_closes
from helpers.published.exhibits import EXHIBITS
from helpers.published.exhibits.s002_flows import flow_group_years, printed_groups
from helpers.scoreboard import Scoreboard
from helpers.sessions import sessions
from helpers.tables import MissingTable
from rotation_market import full_market


@pytest.fixture(scope="module")
def market():
    return full_market()


@pytest.fixture(scope="module")
def money(market):
    return etf_money(market, "SW2021_L1")


@pytest.fixture(scope="module")
def parts(money):
    return share_moves(money)


def test_groups_are_cut_by_the_change_without_coverage_and_by_inflow_alone(money, parts):
    found = inflow_groups(money, parts)
    pd.testing.assert_frame_equal(found[PRINTED], five_groups(seen_change(parts)))
    alone = (money.industry_flows / money.holdings).rank(axis=1)
    top = found[ALONE].eq(5) & alone.notna()
    assert (alone.where(top).min(axis=1) > alone.where(found[ALONE].eq(1)).max(axis=1)).sum() > 50


def test_one_index_forms_groups_in_the_weeks_of_new_weights_only_and_none_at_all_says_so(market):
    one = {**market, "index_weights": market["index_weights"].query("index_code == '000001'")}
    single = etf_money(one, "SW2021_L1")
    formed = inflow_groups(single, share_moves(single))
    assert 0 < formed[PRINTED].notna().any(axis=1).mean() < 0.4
    still = one | {"index_weights": one["index_weights"].query("date == date.min()")}
    quiet = etf_money(still, "SW2021_L1")
    with pytest.raises(MissingTable, match="in no week do the shares of five industries differ"):
        inflow_groups(quiet, share_moves(quiet))


@pytest.mark.parametrize("lag", [1, 3])
def test_groups_earn_what_a_backtest_of_them_does(money, parts, market, lag):
    prices, groups = industry_closes(market["industry_daily"]), inflow_groups(money, parts)
    found = groups_earned(groups, prices, lag=lag)
    pd.testing.assert_frame_equal(found[PRINTED], group_returns(groups[PRINTED], prices, lag=lag))
    facts = earned_facts(found)[0]
    assert facts["name"] == PRINTED and facts["mean"] == pytest.approx(
        250 * (found[PRINTED][5] - found[PRINTED][1]).mean()
    )
    first = min(table.first_valid_index() for table in groups.values())
    ends = prices.index.get_loc(first) + lag
    with pytest.raises(MissingTable, match=f"before groups of {first:%Y-%m-%d} earn anything"):
        groups_earned(groups, prices.iloc[: ends + 1], lag=lag)
    assert len(groups_earned(groups, prices.iloc[: ends + 8], lag=lag)[ALONE]) == 7


def test_tables_have_the_labels_of_the_printed_ones_and_whole_years_only(money, parts, market):
    daily = groups_earned(inflow_groups(money, parts), industry_closes(market["industry_daily"]))[PRINTED]
    cells = EXHIBITS["S002 flow groups, performance"].printed()
    table = group_performance(daily)
    assert set(cells.index) <= set(table.index) and set(cells.columns) <= set(table.columns)
    assert group_years(daily).empty  # the first weeks of 2021 earn nothing, and 2022 ends in June
    days = sessions("2021-01-04", "2022-06-30")
    daily = daily.iloc[: len(days)].set_axis(days[: len(daily)])
    years = group_years(daily)
    assert set(flow_group_years().columns) == set(years.columns) and years.index.tolist() == [2021]
    spread = (1 + (daily[5] - daily[1]).loc["2021"]).prod() - 1
    assert years.at[2021, "long_short_return_pct"] == pytest.approx(100 * spread)


def test_only_the_market_stands_beside_the_printed_groups_and_only_for_the_printed_years(money, parts, market):
    returns = groups_earned(inflow_groups(money, parts), industry_closes(market["industry_daily"]))
    found = judged_groups(money, returns)
    assert found.performance.empty and found.why == "groups of 2021-01 to 2022-06, printed for 2017 to 2026"
    assert found.years.empty and found.spread["this run"].isna().all()  # neither year is whole
    assert found.spread["published"].notna().sum() == 10
    days = pd.bdate_range("2017-02-01", "2026-01-30")
    again = returns[PRINTED].iloc[np.arange(len(days)) % len(returns[PRINTED])].set_axis(days)
    whole = judged_groups(money, {PRINTED: again})
    pd.testing.assert_frame_equal(whole.performance, group_performance(again))
    with pytest.raises(MissingTable, match="shares do not move"):
        judged_groups(money, {ALONE: again})
    funds = pd.concat([market["etf_list"]] + [more(market, k) for k in range(3)])
    few = etf_money({**market, "etf_list": funds}, "SW2021_L1")
    with pytest.raises(MissingTable, match="units of 57% of the listed stock ETFs"):
        judged_groups(few, returns)
    with pytest.raises(MissingTable, match="units of 57%"):
        months_as_printed(few, monthly_groups(money, parts))


def more(market, k):
    return market["etf_list"].iloc[:1].assign(code=f"51{k}999.SH")


def test_monthly_groups_follow_level_and_change(money, parts):
    found = monthly_groups(money, parts)
    pd.testing.assert_frame_equal(found["change"], five_groups(monthly_sum(seen_change(parts))))
    last = money.share.loc[found["level"].index[-1]].sort_values()
    assert found["level"].iloc[-1][last.index].is_monotonic_increasing
    assert stay_share(found["level"]) > stay_share(found["change"])


def test_groups_stay_only_where_both_rows_have_groups():
    groups = pd.DataFrame({"a": [1, 1, np.nan, 1, 2], "b": [2, 1, np.nan, 1, 1]}, dtype=float)
    assert stay_share(groups) == pytest.approx(2 / 4)


def test_months_count_the_industries_in_their_printed_group(money):
    citic = replace(money, scheme="CITIC_L1")
    printed = printed_groups("2025")
    days = pd.to_datetime(printed.index) + pd.offsets.MonthEnd(0)
    ours = printed.set_axis(days).astype(float)
    ours.iloc[0, :4] = 6 - ours.iloc[0, :4]
    ours.iloc[1] = np.nan
    ours = ours.iloc[:, ::-1].assign(extra=1.0)
    found = months_as_printed(citic, {"level": ours, "change": ours}).counts["2025"]
    middle = int((printed.iloc[0, :4] == 3).sum())
    assert found.iloc[0] == 26 + middle and (found.iloc[1:] == 30).all() and len(found) == len(printed) - 1
    board = Scoreboard("05_etf_flows")
    board.compare("S002 marginal-change groups 2025", found)
    verdicts = board.frame().set_index("item")["verdict"]
    assert verdicts.iloc[1] == "not computable" and verdicts.iloc[2] == "match" and verdicts.iloc[0] == "differs"
    assert (verdicts.iloc[-2:] == "published inconsistent").all()
    other = months_as_printed(money, {"level": ours, "change": ours})
    assert other.why == "the report groups CITIC_L1 industries, this run SW2021_L1"
    assert all(counts.empty for counts in other.counts.values())


def test_printed_columns_are_averaged_on_both_sides_of_the_turn():
    table, facts = flow_group_years(), turn_facts()
    assert facts["before"] == pytest.approx(table["long_short_return_pct"].loc[2017:2020].mean())
    assert facts["top_after"] == pytest.approx(table["group5_excess_return_pct"].loc[2021:2025].mean())
    assert facts["stronger"] == (facts["after"] > facts["before"] + 1)
