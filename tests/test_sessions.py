"""Sessions of the mainland exchanges and the weeks and months they make."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.sessions import month_ends, next_session, sessions, week_ends


def days(*texts: str) -> list[pd.Timestamp]:
    return [pd.Timestamp(text) for text in texts]


YEARS = sessions("2010-01-04", "2026-06-30")


def test_the_national_day_holiday_has_no_session():
    autumn = sessions("2025-09-29", "2025-10-10")
    assert list(autumn) == days("2025-09-29", "2025-09-30", "2025-10-09", "2025-10-10")
    assert autumn.tz is None
    assert autumn.unit == "us"


def test_a_span_without_sessions_is_empty_and_both_ends_are_included():
    assert sessions("2025-10-01", "2025-10-08").empty
    assert list(sessions("2025-10-09", "2025-10-09")) == days("2025-10-09")


def test_a_span_that_runs_backwards_is_refused():
    with pytest.raises(ValueError, match="start 2025-10-02 is after end 2025-10-01"):
        sessions("2025-10-02", "2025-10-01")


@pytest.mark.parametrize("holiday_week_end", ["2024-02-08", "2025-09-30", "2025-12-31", "2026-02-13"])
def test_a_holiday_week_ends_on_its_last_session(holiday_week_end):
    day = pd.Timestamp(holiday_week_end)
    assert day in week_ends(sessions(day - pd.Timedelta(days=60), day + pd.Timedelta(days=60)))


def test_weeks_around_the_turn_of_the_year_are_iso_weeks():
    found = week_ends(sessions("2025-12-15", "2026-01-16"))
    assert list(found) == days("2025-12-19", "2025-12-26", "2025-12-31", "2026-01-09", "2026-01-16")


def test_a_month_ends_on_its_last_session():
    found = month_ends(sessions("2025-09-01", "2026-02-28"))
    assert list(found) == days("2025-09-30", "2025-10-31", "2025-11-28", "2025-12-31", "2026-01-30", "2026-02-27")


@settings(max_examples=60, deadline=None)
@given(places=st.lists(st.integers(0, len(YEARS) - 1), min_size=1, max_size=40), monthly=st.booleans())
def test_every_date_lies_in_a_period_whose_last_date_is_reported(places, monthly):
    dates = YEARS[places]
    ends, label = (month_ends, "%Y-%m") if monthly else (week_ends, "%G-%V")
    last = {}
    for day in sorted(dates):
        last[day.strftime(label)] = day
    assert list(ends(dates)) == sorted(last.values())


@settings(max_examples=60, deadline=None)
@given(start=st.integers(0, len(YEARS) - 60), length=st.integers(1, 50), monthly=st.booleans())
def test_complete_keeps_a_last_period_just_when_no_session_of_it_is_left(start, length, monthly):
    dates = YEARS[start : start + length]
    ends, label = (month_ends, "%Y-%m") if monthly else (week_ends, "%G-%V")
    closed = YEARS[start + length].strftime(label) != dates[-1].strftime(label)
    expected = ends(dates) if closed else ends(dates)[:-1]
    assert list(ends(dates, complete=True)) == list(expected)


def test_a_week_cut_by_a_holiday_is_complete_on_its_last_session():
    assert week_ends(sessions("2025-09-22", "2025-09-30"), complete=True)[-1] == pd.Timestamp("2025-09-30")
    assert week_ends(sessions("2025-09-22", "2025-09-29"), complete=True)[-1] == pd.Timestamp("2025-09-26")


def test_a_table_column_serves_as_dates():
    column = pd.Series(np.tile(YEARS[:30], 3), name="date").sample(frac=1, random_state=1)
    assert list(week_ends(column)) == list(week_ends(YEARS[:30]))
    assert week_ends(column).name == "date"


def test_no_dates_have_no_ends():
    assert week_ends([], complete=True).empty
    assert month_ends(pd.Series([], dtype="datetime64[us]"), complete=True).empty


@settings(max_examples=60, deadline=None)
@given(offset=st.integers(0, 5_900), n=st.integers(1, 12))
def test_the_next_session_is_strictly_later_with_n_sessions_up_to_it(offset, n):
    day = pd.Timestamp("2010-01-04") + pd.Timedelta(days=offset)
    found = next_session(day, n)
    between = YEARS[YEARS.slice_indexer(day + pd.Timedelta(days=1), found)]
    assert len(between) == n
    assert between[-1] == found


def test_the_next_session_keeps_the_shape_it_was_asked_in():
    dates = days("2025-09-30", "2025-10-05")
    assert next_session("2025-09-30") == pd.Timestamp("2025-10-09")
    assert list(next_session(dates)) == days("2025-10-09", "2025-10-09")
    series = pd.Series([dates[0], pd.NaT], index=["a", "b"], name="signal")
    found = next_session(series)
    assert (list(found.index), found.name) == (["a", "b"], "signal")
    assert (found["a"], found["b"]) == (pd.Timestamp("2025-10-09"), pd.NaT)


@pytest.mark.parametrize("n", [0, -1])
def test_a_session_is_never_looked_up_backwards(n):
    with pytest.raises(ValueError, match=f"n = {n}"):
        next_session("2025-09-30", n)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sessions("2025-01-01", "2099-01-01"),
        lambda: sessions("1980-01-01", "2025-01-01"),
        lambda: next_session("2099-01-01"),
        lambda: next_session("1980-01-01"),
        lambda: next_session("2026-01-05", n=100_000),
        lambda: week_ends(pd.to_datetime(["2099-01-01"]), complete=True),
        lambda: month_ends(pd.to_datetime(["1980-01-01"]), complete=True),
    ],
)
def test_beyond_the_calendar_says_what_it_knows(ask):
    with pytest.raises(ValueError, match=r"outside the trading calendar, which knows 199\d-.* upgrade"):
        ask()


def test_something_that_is_no_date_is_refused():
    with pytest.raises(ValueError, match="start is not a date"):
        sessions(None, "2025-01-01")


@pytest.mark.snapshot
def test_the_calendar_agrees_with_the_real_trading_days(snapshot_dir):
    real = pd.read_parquet(snapshot_dir / "calendar.parquet")["date"]
    assert list(sessions(real.iloc[0], real.iloc[-1])) == list(real)
