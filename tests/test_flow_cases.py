"""A case is judged by what followed it, and a strong one is called strong."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.cases import case_view, printed_cases, week_case
from helpers.flows.change_parts import seen_change, share_moves
from helpers.flows.etf_money import etf_money
from helpers.panels import industry_closes
from helpers.published.exhibits.s002_flows import BENCHMARK, FAVOURED, OUTFLOWS, TEXT_TOTAL
from helpers.scoreboard import Scoreboard
from helpers.tables import MissingTable
from rotation_market import full_market


def test_the_printed_cases_are_not_significant():
    expected = {"2026-01-12": (0.24, 0.03), "2026-01-26": (-0.26, 0.19)}  # published/checks.csv, K5
    for week, found in printed_cases().items():
        case = found.case
        assert case.correlations["rho"].round(2).tolist() == list(expected[week])
        assert (case.correlations["p"] > 0.05).all() and (case.means["p"] > 0.05).all()
        assert case.verdict.startswith("Neither signal is significant")
        assert found.facts["total"] == pytest.approx(found.signals["net inflow"].sum())
        assert len(found.panels) == 2 and found.panels[0][3].startswith(f"{week}: ρ = {expected[week][0]:.2f}")


def test_the_sides_the_text_names_are_judged_against_the_mean_of_all_industries():
    first, second = printed_cases().values()
    order = first.signals["net inflow"].sort_values(kind="stable").index
    out = first.after[order[:10]].mean()
    assert first.items[OUTFLOWS] == ("above" if out > first.after.mean() else "below") == "below"
    assert f"{out:.2f} % against {first.after.mean():.2f} %" in first.notes[OUTFLOWS]
    lead = second.after[second.signals["divergence"].nlargest(10).index].mean()
    assert second.items[FAVOURED] == ("above" if lead > second.after.mean() else "below")
    board = Scoreboard("05_etf_flows", simulated=True)
    for week, found in printed_cases().items():
        board.compare(f"S002 outflow case, week of {week}", found.items, note=found.notes)
    rows = board.frame().set_index("item")
    assert set(rows["kind"]) == {"printed against printed"} and not rows["note"].str.contains("significan").any()
    assert (rows.loc[TEXT_TOTAL, "verdict"] == "published inconsistent").all()
    assert (rows.loc[BENCHMARK, "verdict"] == "match").all() and (rows.loc[FAVOURED, "verdict"] == "match").all()


def test_a_strong_case_is_called_significant_and_a_tiny_one_is_not_judged():
    names = [f"i{k}" for k in range(30)]
    after = pd.Series(np.arange(30.0), names)
    noisy = after + np.random.default_rng(0).normal(0, 3, 30)
    signals = pd.DataFrame({"a": noisy, "b": after.sample(frac=1, random_state=3).to_numpy()}, names)
    assert case_view(signals, after).verdict == "Significant at 5%: a; b not."
    assert case_view(signals.iloc[:5], after).verdict == "Too few industries to judge."


@pytest.fixture(scope="module")
def money():
    return etf_money(full_market(), "SW2021_L1")


@pytest.fixture(scope="module")
def prices():
    return industry_closes(full_market()["industry_daily"])


@pytest.mark.parametrize(("lag", "ahead"), [(1, 10), (3, 5)])
def test_a_week_of_the_run_is_judged_by_the_sessions_after_the_purchase(money, prices, lag, ahead):
    found = week_case(money, prices, "2021-09-29", lag=lag, ahead=ahead)
    assert found.week == pd.Timestamp("2021-09-30")  # the last session before the holiday
    bought = prices.index.get_loc(found.week) + lag
    assert found.after.to_numpy() == pytest.approx(100 * (prices.iloc[bought + ahead] / prices.iloc[bought] - 1))
    assert found.signals["net inflow"].sum() * 1e8 == pytest.approx(money.industry_flows.loc[found.week].sum())
    share = seen_change(share_moves(money)).loc[found.week]
    assert found.signals["change of the share"].to_numpy() == pytest.approx(share.to_numpy(), abs=1e-12)
    assert found.funds == 4 and found.facts["funds"] == 4 and len(found.panels) == 2
    assert found.case.verdict == case_view(found.signals, found.after).verdict


def test_the_last_week_with_enough_sessions_after_it_is_taken(money, prices):
    found = week_case(money, prices, lag=1, ahead=10)
    ends = prices.index.get_loc(found.week) + 11
    following = money.sizes.index[money.sizes.index > found.week]
    assert ends < len(prices) <= prices.index.get_loc(following[0]) + 11
    with pytest.raises(MissingTable, match="no week with flows and 10 sessions of prices after it at 2025-01-01"):
        week_case(money, prices, "2025-01-01")


def test_no_later_price_changes_the_signals_of_a_week(money, prices):
    changed = prices.copy()
    changed.loc[changed.index > "2021-09-30"] *= 1.5
    one, two = (week_case(money, table, "2021-09-30") for table in (prices, changed))
    pd.testing.assert_frame_equal(one.signals, two.signals)
