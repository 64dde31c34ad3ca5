"""Groups form where shares move, earn what their industries do, and stand beside printed ones only when they may."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers.backtest.groups import group_returns
from helpers.flows import five_groups
from helpers.flows import weekly_groups as groups_module
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


MEASURES = {"2025": "change", "holding_level": "level", "marginal_change": "change"}


def test_months_count_the_industries_in_their_printed_group(money, monkeypatch):
    printed = printed_groups("2025")
    days = pd.to_datetime(printed.index) + pd.offsets.MonthEnd(0)
    ours = printed.set_axis(days).astype(float)
    ours.iloc[0, :4] = 6 - ours.iloc[0, :4]
    ours.iloc[1] = np.nan
    ours = ours.iloc[:, ::-1].assign(extra=1.0)
    monkeypatch.setattr(groups_module, "monthly_groups", lambda *_: {"level": ours, "change": ours})
    monkeypatch.setattr(groups_module, "share_moves", lambda *_: None)
    weeks = pd.date_range("2024-12-27", "2025-11-28", freq="W-FRI").union(days)
    citic = replace(
        money, scheme="CITIC_L1", backcast=True, sizes=pd.DataFrame(index=weeks), universe=pd.Series(0.9, weeks)
    )
    vars(citic)["whole_dates"] = pd.Series(True, weeks)
    found = months_as_printed(citic)["2025"]
    middle = int((printed.iloc[0, :4] == 3).sum())
    counts = found["computed"]
    assert counts.iloc[0] == 26 + middle and (counts.iloc[1:] == 30).all() and len(counts) == len(printed) - 1
    board = Scoreboard("05_etf_flows")
    board.compare("S002 marginal-change groups 2025", **found)
    rows = board.frame().set_index("item")
    verdicts = rows["verdict"]
    assert verdicts.iloc[1] == "not computable" and verdicts.iloc[2] == "match" and verdicts.iloc[0] == "differs"
    assert (verdicts.iloc[-2:] == "published inconsistent").all()
    assert rows["note"].iloc[2] == "CITIC_L1 labels looked ahead"
    shenwan = replace(citic, scheme="SW2021_L1")
    vars(shenwan)["whole_dates"] = citic.whole_dates
    other = months_as_printed(shenwan)
    assert all(rest["why"] == "the report groups CITIC_L1 industries, this run SW2021_L1" for rest in other.values())
    assert all(rest["computed"].empty for rest in other.values())


@pytest.mark.parametrize("seed", range(4))
def test_a_month_counts_only_where_the_market_is_known_through_it(money, monkeypatch, seed):
    rng = np.random.default_rng(seed)
    weeks = pd.date_range("2024-12-27", "2026-02-13", freq="W-FRI")
    known = pd.Series(np.where(rng.random(len(weeks)) < 0.85, 0.9, 0.3), weeks)
    last = weeks.to_series().groupby(weeks.to_period("M")).max()
    groups = pd.DataFrame(1.0, last.to_numpy(), printed_groups("holding_level").columns)
    monkeypatch.setattr(groups_module, "monthly_groups", lambda *_: {"level": groups, "change": groups})
    monkeypatch.setattr(groups_module, "share_moves", lambda *_: None)
    citic = replace(money, scheme="CITIC_L1", sizes=pd.DataFrame(index=weeks), universe=known)
    vars(citic)["whole_dates"] = known > 0.8
    found = months_as_printed(citic)
    for measure, name in MEASURES.items():
        told = {item.partition(":")[0] for item in found[measure]["computed"].index}
        for month in printed_groups(measure).index:
            inside = known[weeks.to_period("M") == month]
            before = known[weeks < inside.index[0]].iloc[-1:]
            asked = inside.iloc[-1:] if name == "level" else pd.concat([before, inside])
            assert (month in told) == (asked > 0.8).all(), (measure, month)
            if month not in told:
                first = asked[asked <= 0.8].index[0]
                assert found[measure]["why"][month].startswith("needs etf_shares of 80% of the listed stock ETFs at")
                assert f"{first:%Y-%m-%d}: 30% there" in found[measure]["why"][month]


def test_weights_of_too_few_indices_are_named(money):
    day = money.sizes.index[5]
    few = replace(money)
    vars(few)["weighed"] = (3, 100)
    assert not few.whole_dates.any() and money.whole_dates.loc[day:].all()
    assert groups_module._lack(few, day).startswith("needs index_weights of half of the indices that stock ETFs track")


def test_printed_columns_are_averaged_on_both_sides_of_the_turn():
    table, facts = flow_group_years(), turn_facts()
    assert facts["before"] == pytest.approx(table["long_short_return_pct"].loc[2017:2020].mean())
    assert facts["top_after"] == pytest.approx(table["group5_excess_return_pct"].loc[2021:2025].mean())
    assert facts["stronger"] == (facts["after"] > facts["before"] + 1)
