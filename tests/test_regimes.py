"""Weekly sampling, factor momentum, states and spells; and the 44 + 44 published values on the snapshot."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.hp_filter import one_sided_hp
from helpers.regimes import (
    absent_codes,
    factor_momentum,
    flips_per_year,
    realised_style,
    spells,
    state_of,
    style_ratio,
    style_signal,
    turn_delay,
    unusable_pair,
    weekly_closes,
)
from helpers.regimes.parameter_map import compare_weeks
from helpers.sessions import sessions

PAIR = ["000300", "000852"]


def index_table(start="2023-01-03", end="2025-10-31", seed=0, codes=("000300", "000852", "000905")):
    """Canonical index_daily of random walks on real sessions."""
    dates = sessions(start, end)
    rng = np.random.default_rng(seed)
    frames = [
        pd.DataFrame(
            {"date": dates, "index_code": code, "close": 1_000 * np.exp(rng.normal(0, 0.01, len(dates)).cumsum())}
        )
        for code in codes
    ]
    return pd.concat(frames, ignore_index=True)


def weekly_ratio(**kwargs):
    return style_ratio(weekly_closes(index_table(**kwargs), PAIR))


# --- weekly closes


def test_a_week_is_its_last_session_also_before_a_holiday():
    closes = weekly_closes(index_table(end="2025-10-31"), PAIR)
    weeks = closes.index.strftime("%Y-%m-%d")
    assert {"2025-09-26", "2025-09-30", "2025-10-10"} <= set(weeks)
    assert closes.columns.tolist() == PAIR
    daily = index_table(end="2025-10-31").set_index(["date", "index_code"])["close"]
    assert closes.loc["2025-09-30", "000852"] == daily["2025-09-30", "000852"]


def test_an_unfinished_week_gives_no_week_end():
    to_wednesday = index_table(end="2025-10-29")
    assert weekly_closes(to_wednesday, PAIR).index[-1] == pd.Timestamp("2025-10-24")
    assert weekly_closes(to_wednesday, PAIR, complete=False).index[-1] == pd.Timestamp("2025-10-29")


def test_only_days_on_which_both_closed_are_used():
    table = index_table(end="2025-10-31")
    gone = (table["index_code"] == "000852") & (table["date"] == "2025-10-24")
    assert pd.Timestamp("2025-10-23") in weekly_closes(table[~gone], PAIR).index


def test_start_cuts_what_the_filter_sees():
    assert weekly_closes(index_table(), PAIR, start="2024-03-06").index[0] == pd.Timestamp("2024-03-08")


def test_absent_codes_are_named():
    table = index_table()
    assert absent_codes(table, PAIR) == []
    assert absent_codes(table, ["399370", "000300"]) == ["399370"]
    with pytest.raises(ValueError, match="no 399370, 399371"):
        weekly_closes(table, ["399370", "399371"])


@pytest.mark.parametrize("pair", ["000300", ["000300"], ["000300", "000300"], [300, 852], ["a", "b", "c"]])
def test_a_pair_is_two_different_codes_as_text(pair):
    with pytest.raises(ValueError, match="two different index codes as text"):
        absent_codes(index_table(), pair)


def test_a_start_after_the_data_is_refused():
    with pytest.raises(ValueError, match="no close on the same day from 2031-01-01"):
        weekly_closes(index_table(), PAIR, start="2031-01-01")


def test_a_pair_that_makes_no_page_says_why():
    table = index_table(start="2020-01-02")
    assert unusable_pair(table, PAIR) == ""
    assert unusable_pair(table, PAIR, start="2021-01-01", shown_from="2025-01-01") == ""
    assert unusable_pair(table, ["000300", "399371"]) == "index_daily holds no 399371"
    kept = len(weekly_closes(table, PAIR, start="2024-12-27"))
    assert f"{kept} complete weeks from 2024-12-27 on" in unusable_pair(table, PAIR, start="2024-12-27")
    assert "fewer than the 26" in unusable_pair(table, PAIR, start="2021-01-01", shown_from="2025-09-01")
    assert "no close on the same day" in unusable_pair(table, PAIR, start="2031-01-01")
    with pytest.raises(ValueError, match="as text"):
        unusable_pair(table, [300, 852])


# --- factor momentum


def test_factor_momentum_is_the_value_less_the_mean_of_the_two_before():
    trend = np.array([1.0, 2.0, 4.0, 3.0])
    np.testing.assert_array_equal(factor_momentum(trend), [np.nan, np.nan, 2.5, 0.0])
    steps = np.diff(trend)
    np.testing.assert_allclose(factor_momentum(trend)[2:], steps[1:] + steps[:-1] / 2)


def test_factor_momentum_keeps_shape_type_index_and_names():
    index = pd.date_range("2024-01-05", periods=6, freq="W-FRI", name="date")
    series = pd.Series(np.arange(6.0) ** 2, index=index, name="trend")
    out = factor_momentum(series)
    pd.testing.assert_index_equal(out.index, index)
    assert out.name == "trend"
    np.testing.assert_array_equal(out.to_numpy(), factor_momentum(series.to_numpy()))
    frame = pd.DataFrame({"a": series, "b": -series})
    pd.testing.assert_series_equal(factor_momentum(frame)["b"], -factor_momentum(frame["a"]), check_names=False)
    np.testing.assert_array_equal(factor_momentum(frame.to_numpy()), factor_momentum(frame).to_numpy())
    assert factor_momentum([1, 2, 3])[-1] == 1.5
    for short in ([], [1.0], [1.0, 2.0]):
        assert np.isnan(factor_momentum(np.array(short))).all()


def test_a_missing_trend_value_hides_the_three_momenta_it_enters():
    trend = np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0, 7.0, 8.0])
    assert np.flatnonzero(np.isnan(factor_momentum(trend))).tolist() == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("trend", [1.0, ["a", "b", "c"]])
def test_a_trend_without_a_time_axis_or_numbers_is_refused(trend):
    with pytest.raises(ValueError, match="numeric array"):
        factor_momentum(trend)


# --- states


def test_the_state_is_the_sign_and_zero_is_no_opinion():
    score = pd.Series([0.2, -0.1, 0.0, np.nan])
    np.testing.assert_array_equal(state_of(score), [1.0, 0.0, np.nan, np.nan])


def test_style_signal_is_the_sign_of_the_trends_momentum():
    ratio = weekly_ratio()
    signal = style_signal(ratio, 100.0)
    assert signal.columns.tolist() == ["ratio", "trend", "momentum", "state"]
    pd.testing.assert_series_equal(signal["trend"], one_sided_hp(ratio, 100.0), check_names=False)
    known = signal["momentum"].notna()
    assert known.sum() == len(ratio) - 2
    np.testing.assert_array_equal(signal.loc[known, "state"] == 1, signal.loc[known, "momentum"] > 0)


def test_no_state_moves_when_the_future_changes():
    table = index_table()
    cut = pd.Timestamp("2025-03-01")
    changed = table.copy()
    later = (changed["date"] >= cut) & (changed["index_code"] == "000300")
    changed.loc[later, "close"] *= np.linspace(0.5, 3, later.sum())
    outputs = []
    for frame in (table, changed, table[table["date"] < cut]):
        ratio = style_ratio(weekly_closes(frame, PAIR))
        known = style_signal(ratio, 100.0).assign(realised=realised_style(ratio))
        outputs.append(known.loc[: cut - pd.Timedelta("1D")])
    pd.testing.assert_frame_equal(outputs[0], outputs[1])
    pd.testing.assert_frame_equal(outputs[0], outputs[2])
    assert len(outputs[0]) > 100


def test_swapping_the_pair_roughly_mirrors_and_scaling_changes_no_state():
    table = index_table(seed=3)
    ratio = style_ratio(weekly_closes(table, PAIR))
    states = style_signal(ratio, 100.0)["state"]
    pd.testing.assert_series_equal(style_signal(ratio * 1_000, 100.0)["state"], states)
    mirrored = style_signal(style_ratio(weekly_closes(table, PAIR[::-1])), 100.0)["state"]
    assert (1 - states).eq(mirrored).iloc[2:].mean() > 0.95


def test_the_realised_style_is_the_sign_of_the_return_difference():
    closes = weekly_closes(index_table(), PAIR)
    returns = closes.pct_change()
    expected = (returns["000300"] > returns["000852"]).astype(float)
    expected.iloc[0] = np.nan
    pd.testing.assert_series_equal(realised_style(style_ratio(closes)), expected, check_names=False)


# --- spells


def series(values):
    return pd.Series(values, index=pd.date_range("2024-01-05", periods=len(values), freq="7D"), dtype=float)


def test_spells_are_runs_with_their_first_and_last_date():
    found = spells(series([np.nan, 1, 1, 0, np.nan, 0, 1]))
    assert found["state"].tolist() == [1, 0, 1]
    assert found["length"].tolist() == [2, 2, 1]
    assert found["start"].dt.strftime("%m-%d").tolist() == ["01-12", "01-26", "02-16"]
    assert found["end"].dt.strftime("%m-%d").tolist() == ["01-19", "02-09", "02-16"]


def test_spells_cover_every_known_date_once():
    state = style_signal(weekly_ratio(), 10.0)["state"]
    found = spells(state)
    assert found["length"].sum() == state.notna().sum()
    assert (found["state"].diff().dropna() != 0).all()
    assert (found["start"].to_numpy()[1:] > found["end"].to_numpy()[:-1]).all()


def test_no_state_makes_no_spell():
    assert spells(series([np.nan, np.nan])).empty
    assert np.isnan(flips_per_year(series([1])))


def test_flips_are_counted_per_calendar_year():
    alternating = series([0, 1] * 100)
    assert flips_per_year(alternating) == pytest.approx(365.25 / 7)
    assert flips_per_year(series([1.0] * 60)) == 0


def test_more_smoothing_notices_a_turn_later_and_flips_less():
    delays = [turn_delay(lamb) for lamb in (1.0, 100.0, 1_000.0, 10_000.0)]
    assert delays == sorted(delays)
    assert delays[0] >= 1
    assert delays[-1] > delays[0]
    ratio = weekly_ratio(start="2015-01-05")
    flips = [flips_per_year(style_signal(ratio, lamb)["state"]) for lamb in (1.0, 100.0, 10_000.0)]
    assert flips == sorted(flips, reverse=True)


def test_the_noticed_turn_is_the_first_week_a_truncated_path_turns():
    delay = turn_delay(1_000.0, up=60)
    peak = pd.Series([*range(61), *range(59, -1, -1)], dtype=float)
    assert style_signal(peak[: 61 + delay], 1_000.0)["state"].iloc[-1] == 0
    assert style_signal(peak[: 60 + delay], 1_000.0)["state"].iloc[-1] == 1


def test_a_turn_needs_a_rise_before_it():
    with pytest.raises(ValueError, match="at least 2"):
        turn_delay(100.0, up=1)


# --- the published weeks


@pytest.mark.snapshot
@pytest.mark.parametrize(("style", "pair", "lamb"), [("size", PAIR, 100.0), ("growth", ["399370", "399371"], 1_000.0)])
def test_all_published_signals_and_realised_styles_are_reproduced(snapshot_dir, style, pair, lamb):
    table = pd.read_parquet(snapshot_dir / "index_daily.parquet")
    ratio = style_ratio(weekly_closes(table, pair, start="2015-01-05"))
    printed = published.load("s002_style_signal_weekly").query("style == @style")
    weeks = compare_weeks(printed, style_signal(ratio, lamb)["state"], realised_style(ratio))
    assert len(weeks) == 22
    assert (weeks["signal_published"] == weeks["signal_computed"]).all()
    assert (weeks["realised_published"] == weeks["realised_computed"]).all()
