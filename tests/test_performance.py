"""Return statistics: equal to empyrical where definitions agree, and to the report's arithmetic elsewhere."""

import empyrical
import numpy as np
import pandas as pd
import pytest

from helpers import performance as pf
from helpers.sessions import sessions

YEAR = 250


@pytest.fixture
def pair():
    rng = np.random.default_rng(7)
    dates = pd.bdate_range("2019-10-08", "2026-01-30")
    common = rng.normal(0.0003, 0.011, len(dates))
    strategy = pd.Series(common + rng.normal(0.0002, 0.004, len(dates)), dates)
    return strategy, pd.Series(common, dates)


def test_agrees_with_empyrical_where_definitions_agree(pair):
    returns, benchmark = pair
    assert pf.annual_return(returns, periods_per_year=YEAR) == pytest.approx(
        empyrical.annual_return(returns, annualization=YEAR), rel=1e-12
    )
    assert pf.annual_volatility(returns, periods_per_year=YEAR) == pytest.approx(
        empyrical.annual_volatility(returns, annualization=YEAR), rel=1e-12
    )
    assert pf.max_drawdown(returns) == pytest.approx(empyrical.max_drawdown(returns), rel=1e-12)
    assert pf.tracking_error(returns, benchmark, periods_per_year=YEAR) == pytest.approx(
        empyrical.annual_volatility(returns - benchmark, annualization=YEAR), rel=1e-12
    )
    relative = (1 + returns) / (1 + benchmark) - 1
    assert pf.relative_max_drawdown(returns, benchmark) == pytest.approx(empyrical.max_drawdown(relative), rel=1e-12)


def test_report_sharpe_divides_the_compound_rate_and_not_the_mean(pair):
    returns, _ = pair
    ours = pf.sharpe_ratio(returns, periods_per_year=YEAR)
    rate = empyrical.annual_return(returns, annualization=YEAR)
    assert ours == pytest.approx(rate / empyrical.annual_volatility(returns, annualization=YEAR), rel=1e-12)
    assert ours < empyrical.sharpe_ratio(returns, annualization=YEAR)


def test_excess_is_geometric_and_information_ratio_divides_it(pair):
    returns, benchmark = pair
    excess = pf.excess_return(returns, benchmark, periods_per_year=YEAR)
    rate, base = (pf.annual_return(x, periods_per_year=YEAR) for x in pair)
    assert excess == pytest.approx((1 + rate) / (1 + base) - 1, rel=1e-12)
    assert excess != pytest.approx(rate - base, rel=1e-3)
    error = pf.tracking_error(returns, benchmark, periods_per_year=YEAR)
    ratio = pf.information_ratio(returns, benchmark, periods_per_year=YEAR)
    assert ratio == pytest.approx(excess / error)


def test_drawdown_counts_a_loss_from_the_start():
    dates = pd.bdate_range("2024-01-02", periods=3)
    assert pf.max_drawdown(pd.Series([-0.10, 0.05, 0.02], dates)) == pytest.approx(-0.10)
    assert pf.max_drawdown(pd.Series([0.10, 0.05, 0.02], dates)) == 0


def test_monthly_win_rate_and_payoff_by_hand():
    dates = pd.to_datetime(["2024-01-10", "2024-01-31", "2024-02-29", "2024-03-29", "2024-04-30"])
    returns = pd.Series([0.10, 0.10, 0.03, -0.02, 0.00], dates)
    benchmark = pd.Series([0.05, 0.05, 0.04, -0.05, 0.02], dates)
    months = [1.1**2 / 1.05**2 - 1, 1.03 / 1.04 - 1, 0.98 / 0.95 - 1, 1 / 1.02 - 1]
    np.testing.assert_allclose(pf.monthly_excess(returns, benchmark), months)
    assert pf.monthly_win_rate(returns, benchmark) == 0.5
    assert pf.payoff_ratio(returns, benchmark) == pytest.approx((months[0] + months[2]) / -(months[1] + months[3]))


def test_yearly_table_rows_follow_the_printed_rules(pair):
    returns, benchmark = pair
    table = pf.yearly_table(returns, benchmark, periods_per_year=YEAR)
    assert list(table.columns[:8]) == list(pf.YEARLY_COLUMNS)
    assert list(table.index) == [str(y) for y in range(2019, 2027)] + ["full"]
    assert table["kind"].tolist() == ["partial_year"] + ["year"] * 6 + ["ytd", "full"]

    first = returns[returns.index.year == 2019]
    assert table.loc["2019", "return"] == pytest.approx(pf.annual_return(first, periods_per_year=YEAR))
    whole = returns[returns.index.year == 2022]
    assert table.loc["2022", "return"] == pytest.approx((1 + whole).prod() - 1)
    assert table.loc["2022", "sharpe"] == pytest.approx(table.loc["2022", "return"] / table.loc["2022", "volatility"])
    last = returns[returns.index.year == 2026]
    assert table.loc["2026", "return"] == pytest.approx((1 + last).prod() - 1)
    assert table.loc["2026", "sharpe"] == pytest.approx(pf.sharpe_ratio(last, periods_per_year=YEAR))

    years = table[table["kind"] == "year"]
    np.testing.assert_allclose(years["excess_return"], (1 + years["return"]) / (1 + years["benchmark_return"]) - 1)


@pytest.mark.parametrize("year", range(2016, 2026))
def test_a_year_is_whole_with_the_sessions_the_exchange_held(year):
    days = sessions(f"{year}-01-01", f"{year}-12-31")
    assert len(days) < YEAR and pf.whole_year(days)  # no year has the 250 of a rate
    assert pf.whole_year(days.delete([70, 71]))  # days a vendor lost
    for part in (days[1:], days[:-1], days[:225], days.delete([70, 71, 72])):
        assert not pf.whole_year(part)


def test_a_year_to_december_is_a_part_and_never_called_a_year(pair):
    returns, benchmark = (series.loc[:"2024-12-09"] for series in pair)
    table = pf.yearly_table(returns, benchmark, periods_per_year=YEAR)
    assert table.loc["2024", "sessions"] > 0.9 * YEAR and table.loc["2024", "kind"] == "ytd"
    whole = pf.yearly_table(*(series.loc[:"2024-12-31"] for series in pair), periods_per_year=YEAR)
    assert whole.loc["2024", "kind"] == "year"
    late = pf.yearly_table(*(series.loc["2020-01-06":] for series in pair), periods_per_year=YEAR)
    assert late.loc["2020", "kind"] == "partial_year"


def test_full_period_row_equals_the_single_functions(pair):
    returns, benchmark = pair
    full = pf.yearly_table(returns, benchmark, periods_per_year=YEAR).loc["full"]
    assert full["return"] == pytest.approx(pf.annual_return(returns, periods_per_year=YEAR))
    assert full["information_ratio"] == pytest.approx(pf.information_ratio(returns, benchmark, periods_per_year=YEAR))
    assert full["relative_max_drawdown"] == pytest.approx(pf.relative_max_drawdown(returns, benchmark))
    assert full["sessions"] == len(returns)


def test_part_year_choice_changes_the_part_years_only(pair):
    tables = {
        how: pf.yearly_table(*pair, periods_per_year=YEAR, part_years=how)["return"]
        for how in ("as_printed", "annualise", "period")
    }
    middle = [str(y) for y in range(2020, 2026)]
    for how in tables:
        pd.testing.assert_series_equal(tables[how][middle], tables["period"][middle])
    assert tables["annualise"]["2026"] != tables["period"]["2026"] == tables["as_printed"]["2026"]
    assert tables["as_printed"]["2019"] == tables["annualise"]["2019"] != tables["period"]["2019"]


def test_the_year_is_never_implied(pair):
    returns, benchmark = pair
    for call in (
        lambda: pf.annual_return(returns),
        lambda: pf.annual_volatility(returns),
        lambda: pf.sharpe_ratio(returns),
        lambda: pf.excess_return(returns, benchmark),
        lambda: pf.tracking_error(returns, benchmark),
        lambda: pf.information_ratio(returns, benchmark),
        lambda: pf.yearly_table(returns, benchmark),
    ):
        with pytest.raises(TypeError, match="periods_per_year"):
            call()


def test_bad_input_names_what_is_wrong(pair):
    returns, benchmark = pair
    with pytest.raises(ValueError, match="first 2019-10-08"):
        pf.excess_return(returns, benchmark.iloc[1:], periods_per_year=YEAR)
    with pytest.raises(ValueError, match="1 of 3 returns are missing"):
        pf.max_drawdown(pd.Series([0.1, np.nan, 0.2]))
    with pytest.raises(ValueError, match="fractions"):
        pf.max_drawdown(pd.Series([5.0, -3.2]))
    with pytest.raises(ValueError, match="periods_per_year=0"):
        pf.annual_return(returns, periods_per_year=0)
    with pytest.raises(ValueError, match="part_years='monthly'"):
        pf.yearly_table(returns, benchmark, periods_per_year=YEAR, part_years="monthly")


def test_a_riskless_series_has_no_ratio():
    flat = pd.Series(0.0, pd.bdate_range("2024-01-02", periods=30))
    assert np.isnan(pf.sharpe_ratio(flat, periods_per_year=YEAR))
    assert np.isnan(pf.information_ratio(flat, flat, periods_per_year=YEAR))
