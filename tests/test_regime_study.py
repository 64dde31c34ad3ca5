"""The styles of chapter 04: what can be studied is, what cannot be says why, and facts follow from the frames."""

import numpy as np
import pandas as pd
import pytest

from helpers.published.exhibits.s002 import STYLE_PAIRS, style_spells, style_weeks
from helpers.regimes import evidence, study
from helpers.regimes.hit_rates import long_short_returns, shuffled_hit_rates
from helpers.sessions import sessions
from helpers.tables import MissingTable

CODES = ["000300", "000852", "399370", "399371", "000905"]
PAIRS = {"size": (["000300", "000852"], 100.0), "growth": (["399370", "399371"], 1000.0)}


def walks(start="2021-01-04", end="2026-02-13", seed=0):
    dates, rng = sessions(start, end), np.random.default_rng(seed)
    paths = {code: 1_000 * np.exp(rng.normal(0, 0.01, len(dates)).cumsum()) for code in CODES}
    wide = pd.DataFrame(paths, index=dates).rename_axis("date")
    return {"index_daily": wide.melt(var_name="index_code", value_name="close", ignore_index=False).reset_index()}


@pytest.fixture(scope="module")
def styles():
    return study.load_styles(walks(), PAIRS)


def test_a_missing_pair_leaves_the_other_style_and_says_why():
    pairs = {**PAIRS, "growth": (["399376", "399377"], 1000.0)}
    found = study.load_styles(walks(), pairs)
    assert list(found) == ["size"]
    assert found.missing == {"growth": "index_daily holds no 399376, 399377"}
    assert found.absent == [{"name": "growth", "reason": "index_daily holds no 399376, 399377"}]


@pytest.mark.parametrize(
    ("pairs", "options", "says"),
    [
        ({"size": (["000001", "000852"], 1.0)}, {}, "index_daily holds no 000001"),
        (PAIRS, {"since": "2025-06-02"}, "fewer than the 156 needed"),
        (PAIRS, {"shown_from": "2026-01-05"}, "fewer than the 26 needed"),
        (PAIRS, {"since": "2030-01-01"}, "no close on the same day"),
    ],
)
def test_no_style_at_all_is_a_missing_table(pairs, options, says):
    with pytest.raises(MissingTable, match=says) as error:
        study.load_styles(walks(), pairs, **options)
    assert error.value.tables == ("index_daily",)


@pytest.mark.parametrize("cut", ["2024-06-28", "2025-03-07", "2025-12-31"])
def test_a_later_week_changes_no_earlier_signal(styles, cut):
    full = walks()["index_daily"]
    changed = full.assign(close=full["close"].where(full["date"] <= cut, full["close"] * 3 + 7))
    other = study.load_styles({"index_daily": changed}, PAIRS)
    for name, style in styles.items():
        known = ["ratio", "trend", "momentum", "state", "realised"]
        pd.testing.assert_frame_equal(style.signal.loc[:cut, known], other[name].signal.loc[:cut, known])


def test_another_pair_is_named_by_its_codes_and_owes_the_board_a_reason():
    other = study.load_styles(walks(), {"size": (["000905", "000852"], 100.0)})
    assert other["size"].sides == ("000905", "000852") and not other.printed
    assert "this run looks at 000905/000852" in other.why["size"]
    assert study.load_styles(walks(), PAIRS)["size"].sides == ("large caps", "small caps")


def test_printed_facts_count_rows_and_the_rows_below(styles):
    for style in styles.values():
        facts, weeks = study.printed_facts(style), study.printed_weeks(style)
        assert facts["here"] == facts["printed"] == len(weeks) == 22
        state, winner = weeks["state, published"].tolist(), weeks["winner, published"].tolist()
        assert facts["own"] == sum(a == b for a, b in zip(state, winner, strict=True))
        assert facts["below"] == sum(state[i] == winner[i + 1] for i in range(21)) and facts["pairs"] == 21
        shifted = style.signal["realised"].shift(-1)
        assert weeks["next week's winner"].equals(shifted.reindex(weeks.index).rename("next week's winner"))


def test_a_run_that_ends_before_the_printed_weeks_knows_none_of_them():
    early = study.load_styles(walks(end="2025-06-30"), PAIRS)
    facts = study.printed_facts(early["size"])
    assert facts["here"] == 0 and facts["states"] is None
    assert study.spell_weeks(early).empty


def test_spells_are_counted_only_where_every_week_is_there(styles):
    whole = study.spell_weeks(styles)
    assert set(whole.index) == set(style_spells().index)
    part = study.spell_weeks(study.load_styles(walks(end="2025-12-05"), PAIRS))
    assert 0 < len(part) < len(whole)
    told = style_weeks("signal")
    for (style, words), weeks in style_spells()["weeks"].items():
        assert 0 <= whole[style, words] <= weeks <= len(told[style])


def test_where_the_filters_differ_the_vintages_end_where_they_were_solved(styles):
    trends, vintages, final = study.where_filters_differ(styles["size"])
    assert trends.index.equals(vintages.index) and trends.index.equals(final.index)
    for solved, line in vintages.items():
        assert line.dropna().index[-1] == min(solved, trends.index[-1])
    leak = study.leak(styles["size"])
    assert leak["two_sided"] > leak["one_sided"]


def test_forecast_facts_repeat_the_bands(styles):
    chance = {n: shuffled_hit_rates(s.signal["ratio"], [s.lamb], since=s.first, draws=20) for n, s in styles.items()}
    hits = evidence.hit_table(styles, pd.Timestamp("2023-01-02"))
    assert len(hits) == 2 * 2 * 2
    bands = evidence.hit_bands(hits, chance)
    for facts in evidence.forecast_facts(bands, chance):
        after = bands.loc[f"{facts['name']}, next week"]
        assert facts["next"] == after["rate"]
        assert facts["lucky"] == (after["chance_low"] <= after["rate"] <= after["chance_high"])


@pytest.mark.parametrize("late", ["2026-01-02", "2020-01-03"])
def test_a_second_start_is_used_only_inside_the_data(styles, late):
    assert len(evidence.hit_table(styles, pd.Timestamp(late))) == 2 * 2
    assert len(evidence.earnings(styles, pd.Timestamp(late))) == 2


def test_earnings_say_the_deepest_fall_of_the_sum(styles):
    earned = {n: long_short_returns(s.closes, s.signal["state"]) for n, s in styles.items()}
    for facts in evidence.earnings_facts(evidence.earnings(styles), earned):
        path = earned[facts["name"]].cumsum().to_numpy()
        falls = [path[: i + 1].max() - path[i] for i in range(len(path))]
        assert facts["fall"] == pytest.approx(max(falls))
        assert len(facts["rates"]) == 1


def test_choices_of_a_pair_without_printed_weeks_say_nothing_about_them():
    style = study.load_styles(walks(), {"size": (["000905", "000852"], 100.0)})["size"]
    table = evidence.map_of_choices(style, walks()["index_daily"], [10.0, 100.0])
    facts = evidence.choices_facts(style, table)
    assert np.isnan(facts["most"]) and 0 <= facts["hit_low"] <= facts["hit_high"] <= 1


def test_luck_counts_shuffles_that_do_as_well(styles):
    search = evidence.luck_facts(evidence.luck_of_search(styles["size"], [10.0, 1000.0]))
    assert search["best"] >= search["own"] and search["best_beaten"] >= 0
    assert search["share"] == search["best_beaten"] / search["draws"]
    assert search["rare"] == (search["share"] < 0.05)


def test_rules_are_judged_on_the_same_weeks(styles):
    rules, states = evidence.rule_table(styles)
    for name, part in rules.groupby("style"):
        assert part["n"].nunique() == 1 and part["from"].nunique() == 1
        assert set(part["rule"]) == set(states[name])
    for facts in evidence.rule_facts(rules):
        assert facts["other"] == (facts["top"] != "one-sided HP") and facts["top_rate"] >= facts["rate"]


def test_neighbouring_weeks_are_compared_with_chance(styles):
    for style in styles.values():
        facts = evidence.neighbour_facts(style)
        ratio = style.signal["ratio"]
        change = np.diff(np.log(ratio))[ratio.index.get_loc(style.first) - 1 :]
        assert facts["one"] == pytest.approx(np.corrcoef(change[1:], change[:-1])[0, 1], abs=1e-9)
        assert facts["beyond"] == (abs(facts["one"]) > facts["chance"])


def test_the_printed_pairs_are_those_of_the_report():
    assert set(STYLE_PAIRS) == set(style_weeks("signal").index.get_level_values(0))
