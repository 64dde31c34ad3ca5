"""What chapters 08 and 09 say: facts against brute force on small frames, and the printed side of each exhibit."""

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.index_research import closure, excess, facts, printed, structure
from helpers.index_research.history import closes_of
from helpers.index_research.spec import load_spec
from helpers.index_research.stance import STANCES, class_closes, funds_of_stance
from helpers.index_research.stocks import stock_tables
from helpers.published.exhibits import EXHIBITS, flatten, s001_index
from helpers.published.exhibits.s001_index import BENCHMARKS, INDICES, TABLES, printed_periods, since_periods
from helpers.scoreboard import Scoreboard
from helpers.screening import Limits
from helpers.screening import facts as words
from helpers.screening.limits import ASKED
from helpers.sources import load_market
from helpers.tables import MissingTable
from stock_market import stock_market

DAYS = pd.bdate_range("2019-06-03", "2025-09-30")


def walks(names, seed: int = 0, vol: float = 0.01) -> pd.DataFrame:
    steps = np.random.default_rng(seed).normal(0.0002, vol, (len(DAYS), len(names)))
    return pd.DataFrame(1000 * np.exp(np.cumsum(steps, axis=0)), index=DAYS, columns=list(names))


def long(closes: pd.DataFrame) -> pd.DataFrame:
    table = closes.rename_axis("date").reset_index().melt("date", var_name="index_code", value_name="close")
    return table.sort_values(["date", "index_code"], ignore_index=True)


# --- rules and builds ------------------------------------------------------------------------------------------------


def test_the_numbers_of_the_shipped_rules_are_the_printed_ones():
    specs = [load_spec(code) for code in ("399296", "H50040", "931372")]
    ours = printed.rule_numbers_of(specs)
    cells = EXHIBITS["S001 rules of three indices"].cells["published"]
    assert {item: ours[item] for item in cells.index} == cells.to_dict()
    caps = EXHIBITS["S001 weight caps"].cells["published"]
    assert printed.caps_of(specs) == caps.to_dict()


def test_the_table_of_rules_says_what_was_assumed():
    spec = load_spec("931372")
    table = facts.rule_table([spec])
    assert table.columns.tolist() == ["931372 浙江国资创新发展"]
    assert table.loc["not printed"].item() == ", ".join(spec.assumed)
    assert "without the last 10%" in table.loc["screens"].item()


def test_members_in_common_are_counted_against_the_next_published_weights():
    market = stock_market()
    stocks = stock_tables(market)
    spec = load_spec("000300")
    small = spec.model_copy(update={"selection": spec.selection.model_copy(update={"count": 8})})
    built = facts.build_all([small], stocks)["000300"]
    review = built.reviews[0]
    members = [*review.weights.index[:6], "999999.SH", "999998.SH"]
    weights = pd.DataFrame({"date": review.effective, "index_code": "000300", "code": members, "weight": 0.125})
    found = facts.member_overlap(built, weights)
    assert found.loc[review.effective].tolist() == [8, 8, 0.75]
    with pytest.raises(MissingTable, match="near a review"):
        facts.member_overlap(built, weights.assign(date=pd.Timestamp("2000-01-31")))


def test_built_facts_are_those_of_the_levels():
    stocks = stock_tables(stock_market())
    built = facts.build_all([load_spec("931372")], stocks)
    row = facts.built_facts(built)[0]
    level = built["931372"].level
    years = (level.index[-1] - level.index[0]).days / 365.25
    assert row["total"] == pytest.approx((level["total_return"].iloc[-1] / 1000) ** (1 / years) - 1)
    assert row["dividends"] == pytest.approx(row["total"] - row["price"]) and row["dividends"] > 0
    assert row["reviews"] == len(built["931372"].reviews)


# --- base days -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["Table 5", "Table 7"])
def test_the_first_day_of_a_since_column_is_found_and_said(table):
    """Closes that give the printed returns from a day a little after the printed one."""
    rows = since_periods().query("table == @table").set_index("index_name")
    first, until = rows["period_start"].iloc[0], rows["period_end"].iloc[0]
    base = DAYS[DAYS.searchsorted(first) + 3]
    names = [name for name in INDICES if name in rows.index]
    closes = walks(names)
    for name in names:
        grown = 1 + rows.loc[name, "return_pct"] / 100
        closes.loc[DAYS[DAYS.searchsorted(until, side="right") - 1] :, name] = closes.loc[base, name] * grown
    found = facts.base_facts(facts.since_bases(closes))
    row = {r["table"]: r for r in found}[table]
    assert row["fits"] == base and row["exact"] and not row["loose"] and row["best"] < 1e-6 < row["second"]
    assert row["printed"] == first and row["as_said"] > 0.1
    assert printed.since_days(closes)[table] == f"{base:%Y-%m-%d}"


def test_without_closes_there_is_no_base_day():
    assert facts.since_bases(walks(["沪深300"]).loc["2022":]) == {}
    assert printed.since_days(walks(["沪深300"]).loc["2022":]) == {}


# --- excess ----------------------------------------------------------------------------------------------------------


def excess_market() -> dict:
    """Forty stocks, two indices of them with weights at month ends, and levels that are what the weights say."""
    market = stock_market(1, start="2020-01-02", end="2022-06-30")
    prices = market["stock_daily"].pivot(index="date", columns="code", values="adj_close").ffill().bfill()
    dates = prices.groupby(prices.index.to_period("M")).tail(1).index
    rng, rows, levels = np.random.default_rng(0), [], {"A": [1000.0], "B": [1000.0]}
    for k, day in enumerate(dates):
        for code in ("A", "B"):
            weight = rng.dirichlet(np.ones(prices.shape[1]))
            rows += [(day, code, stock, w) for stock, w in zip(prices.columns, weight, strict=True)]
            if k + 1 < len(dates):
                levels[code].append(levels[code][-1] * (weight @ (prices.loc[dates[k + 1]] / prices.loc[day])))
    market["index_weights"] = pd.DataFrame(rows, columns=["date", "index_code", "code", "weight"])
    market["index_daily"] = long(pd.DataFrame(levels, index=dates))
    days = prices.index
    industry = pd.DataFrame({"银行": 1.0, "电子": 1.0, "汽车": 1.0, "煤炭": 1.0}, index=days)
    industry *= np.exp(np.random.default_rng(3).normal(0, 0.01, industry.shape).cumsum(axis=0))
    table = industry.rename_axis("date").reset_index().melt("date", var_name="industry_name", value_name="close")
    market["industry_daily"] = table.assign(scheme="SW2021_L1", industry_code=table["industry_name"])
    return market


def test_the_study_of_an_excess_leaves_little_when_weights_say_it_all():
    market = excess_market()
    split = excess.brinson_study(market, ("A", "B"), stock_tables(market), "SW2021_L1")
    parts = split.facts
    assert parts["months"] == len(split.periods) > 20
    total = parts["allocation"] + parts["selection"] + parts["interaction"] + parts["residual"]
    assert total == pytest.approx(parts["reported"])
    assert split.periods["residual"].abs().median() < 2e-3  # stocks listed later have no earlier price
    with pytest.raises(MissingTable, match="two dates in common"):
        excess.brinson_study(market, ("A", "C"), stock_tables(market), "SW2021_L1")


def test_a_year_of_allocation_adds_up_to_the_published_excess():
    market = excess_market()
    table = excess.allocation_year(market, ("A", "B"), "SW2021_L1")
    levels = market["index_daily"].pivot(index="date", columns="index_code", values="close")
    gone = levels.loc[:"2021-12-31"].iloc[-1] / levels.loc[:"2020-12-31"].iloc[-1] - 1
    assert table.attrs["year"] == 2021
    assert table["allocation"].sum() == pytest.approx(gone["A"] - gone["B"])
    later = market["index_weights"].copy()
    later.loc[later["date"] > "2020-12-31", "weight"] = 0.025
    again = excess.allocation_year({**market, "index_weights": later}, ("A", "B"), "SW2021_L1")
    pd.testing.assert_frame_equal(table, again)  # weights of the year itself play no part


def test_style_factors_are_differences_of_returns():
    closes = walks(["000985", "000300", "000852", "000922"])
    table = excess.style_factors(long(closes), "000985")
    returns = closes.pct_change()
    assert list(table) == ["market", "small over large", "dividends over market"]
    np.testing.assert_allclose(table["small over large"].iloc[1:], (returns["000852"] - returns["000300"]).iloc[1:])
    with pytest.raises(MissingTable, match="000001"):
        excess.style_factors(long(closes), "000001")


def test_exposures_need_some_sessions_and_add_up():
    closes = walks(["000985", "000300", "000852", "000905"])
    table = excess.exposures(long(closes), "000905", "000985")
    parts = table["contribution"].drop("total")
    assert parts.sum() == pytest.approx(table.loc["total", "contribution"])
    assert table.loc["total", "contribution"] == pytest.approx(250 * closes["000905"].pct_change().mean(), rel=1e-6)
    with pytest.raises(MissingTable, match="too few"):
        excess.exposures(long(closes.iloc[:60]), "000905", "000985")
    with pytest.raises(MissingTable, match="0 sessions of H50040"):
        excess.exposures(long(closes), "H50040", "000985")


# --- stances ---------------------------------------------------------------------------------------------------------


def listing() -> pd.DataFrame:
    names = {"000922": "中证红利", "399296": "创成长", "000300": "沪深300", "399986": "中证银行", "HSI": "恒生指数"}
    return pd.DataFrame(
        {
            "code": [f"51000{i}.SH" for i in range(5)],
            "name": [f"{name}ETF" for name in names.values()],
            "index_code": list(names),
            "index_name": list(names.values()),
            "list_date": pd.to_datetime(["2019-01-02"] * 4 + ["2024-01-02"]),
            "delist_date": pd.to_datetime([None, None, "2023-01-31", None, None]),
            "fund_type": ["stock"] * 4 + ["qdii"],
            "manager": "甲基金",
        }
    )


@pytest.mark.parametrize(("date", "alive"), [("2022-12-30", 4), ("2024-06-28", 4), ("2018-06-29", 0)])
def test_a_stance_counts_the_funds_listed_and_not_yet_closed(date, alive):
    table = funds_of_stance(listing(), date) if alive else listing().iloc[:0]
    assert len(table) == alive
    if alive:
        assert set(table["stance"].dropna()) <= set(STANCES)
        assert table.loc["510000.SH", "stance"] == "defence" and table.loc["510001.SH", "stance"] == "attack"


def test_classes_are_the_indices_that_funds_follow():
    closes = walks(["000922", "399296", "000300", "399986"])
    table = class_closes(listing(), long(closes))
    assert list(table) == ["defence", "attack", "theme", "core"]
    np.testing.assert_allclose(table["core"].pct_change().iloc[1:], closes["000300"].pct_change().iloc[1:])
    with pytest.raises(MissingTable, match="two stances"):
        class_closes(listing(), long(closes[["000922"]]))


# --- closures and products -------------------------------------------------------------------------------------------


def test_dates_of_the_flag_lie_apart_and_take_the_end_of_their_week():
    days = pd.to_datetime(["2024-01-12", "2024-01-15", "2024-02-01", "2024-07-31", "2024-08-02"])
    assert closure._spread(pd.DatetimeIndex(days), 182) == [pd.Timestamp("2024-01-15"), pd.Timestamp("2024-08-02")]


def test_no_recorded_closure_means_no_study():
    units = pd.DataFrame({"date": pd.to_datetime(["2020-01-02"]), "code": "510000.SH", "shares": 1e7})
    alive = listing().assign(delist_date=pd.NaT)
    with pytest.raises(MissingTable, match="delist_date"):
        closure.closure_study({"etf_list": alive, "etf_shares": units}, pd.Timestamp("2024-01-01"))
    with pytest.raises(MissingTable, match="etf_shares"):
        closure.closure_study({"etf_list": listing(), "etf_shares": units}, pd.Timestamp("2020-06-01"))


# --- exhibits --------------------------------------------------------------------------------------------------------


def test_words_beside_table_8_and_table_9_follow_from_the_tables():
    for name, ours in (
        ("S001 Table 8: PE told in words", printed.pe_ranges()),
        ("S001 Table 9: contributions", printed.contributions()),
    ):
        cells, values = EXHIBITS[name].cells, flatten(ours)
        assert set(cells.index) <= set(values.index)
        assert all(abs(values[i] - row["published"]) <= row["tolerance"] + 1e-9 for i, row in cells.iterrows())
    assert len(published.load("s001_t09_contribution")) == 12


def test_labels_of_table_8_are_those_in_force_that_day():
    rows = published.load("s001_t08_zhejiang_soe_top10")
    old = pd.DataFrame(
        {"code": rows["stock_code"], "scheme": "S", "industry_name": "旧", "start": pd.Timestamp("2015-01-01")}
    )
    old["end"] = pd.Timestamp("2025-08-12")
    new = old.assign(industry_name="新", start=pd.Timestamp("2025-08-12"), end=pd.NaT)
    later = old.assign(industry_name="后", start=pd.Timestamp("2025-08-13"), end=pd.NaT)
    assert set(printed.top_ten_labels(pd.concat([old, new]), "S")) == {"新"}
    assert printed.top_ten_labels(later, "S").empty


@pytest.mark.snapshot
def test_on_real_tables_years_match_and_the_first_days_do_not(snapshot_dir):
    market = load_market("folder", snapshot_dir, end="2026-02-13")
    closes = printed_closes(market)
    for table in ("Table 5", "Table 7"):
        cells = EXHIBITS[f"S001 {table}: years and year to date"].cells["published"]
        ours = printed.dated_returns(closes, table).dropna()
        gaps = [abs(value - cells[" ".join(item)]) for item, value in ours.items()]
        assert len(gaps) == 24 and max(gaps) < 0.006
    assert printed.since_days(closes) == {"Table 5": "2020-01-03", "Table 7": "2019-12-13"}
    labels = printed.top_ten_labels(market["stock_industry"])
    assert labels.to_dict() == EXHIBITS["S001 Table 8: industries of the top ten"].cells["published"].to_dict()


def printed_closes(market):
    return closes_of(market["index_daily"], INDICES)


# --- the screen in words ---------------------------------------------------------------------------------------------


def judged() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "failed": ["", "min_size", "min_size, max_fee"],
            "unknown": ["max_fee", "", ""],
            "admitted": [True, False, False],
        }
    )


def test_who_is_shut_out_by_what_is_counted():
    table = words.shut_out(judged())
    assert table.loc["min_size"].tolist() == [2, 1, 0] and table.loc["max_fee"].tolist() == [1, 0, 1]
    assert table.index.tolist() == list(ASKED)


def test_tightening_counts_only_fall():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({column: rng.random(60) for column, _ in ASKED.values()})
    table[["size", "amount"]] *= 1e9
    table[["years", "effective", "age"]] *= 40
    counts = words.tightening(table, Limits(max_tracking_error=0.9, max_fee=0.9, max_premium=0.9))
    assert (counts.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None) and counts.iloc[:, 0].nunique() == 1


def test_every_warning_has_an_answer_or_none_of_its_facts():
    answers = words.risk_answers({1: {"a": 1}, 6: {"b": 2}})
    assert [row["order"] for row in answers] == [1, 2, 3, 4, 5, 6]
    assert answers[0]["a"] == 1 and answers[0]["b"] is None and answers[1]["a"] is None


def test_a_state_asks_for_its_stance_unless_one_is_wanted():
    assert words.stance_for("policy") == "theme" and words.stance_for("policy", "core") == "core"
    assert set(words.MATCH.values()) <= set(STANCES)


def test_the_core_is_the_best_fund_of_some_age():
    table = pd.DataFrame({"index_code": "000300", "rank": [1, 2, 3], "age": [0.5, 4.0, 9.0]}, index=list("abc"))
    assert words.core_fund(table, "000300") == "b"
    assert words.core_fund(table, "000300", years=20) == "a"
    with pytest.raises(MissingTable, match="000905"):
        words.core_fund(table, "000905")


def test_the_rule_for_falls_only_touches_the_satellites():
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2024-01-01", periods=300)
    prices = {"core": np.cumprod(1 + rng.normal(0, 0.01, 300)), "moon": np.cumprod(1 + rng.normal(-0.001, 0.03, 300))}
    rows = [(d, c, x[k], 1e7) for k, d in enumerate(days) for c, x in prices.items()]
    daily = pd.DataFrame(rows, columns=["date", "code", "adj_close", "amount"])
    table = words.core_study(daily, "core", pd.Series({"moon": 1.0}), 0.4, 0.1)
    np.testing.assert_allclose(table["together"], 0.6 * table["core"] + 0.4 * table["satellites"])
    cut = (table["with the rule"] - 0.8 * table["core"] - 0.2 * table["satellites"]).abs() < 1e-12
    assert cut.any() and np.allclose(table.loc[~cut, "with the rule"], table.loc[~cut, "together"])
    parts = words.parts_table(table)
    assert parts.loc["with the rule", "volatility"] < parts.loc["together", "volatility"]
    alone = words.core_study(daily, "core", pd.Series(dtype=float), 0.4, 0.1)
    np.testing.assert_allclose(alone["together"], alone["core"])


def test_the_last_shape_leaves_out_what_carries_no_label():
    market = stock_market(2)
    codes = market["stock_industry"]["code"].unique()[:4]
    weights = pd.DataFrame(
        [
            (pd.Timestamp("2021-01-29"), i, c, 0.25)
            for i, own in (("A", codes), ("X", ["a.US", "b.US", "c.US", "d.US"]))
            for c in own
        ],
        columns=["date", "index_code", "code", "weight"],
    )
    assert structure.last_shape(weights, market["stock_industry"], "SW2021_L1").index.tolist() == ["A"]
    assert len(structure.last_weights(weights)) == 8


def test_sizes_of_the_appendix_use_what_was_known_on_its_day():
    day, items = s001_index.appendix_day(), s001_index.appendix_sizes().index
    code, late, old = (f"{item[:6]}.SZ" for item in items[1:4])
    units = [(day - pd.Timedelta(days=3), code, 1e9), (day + pd.Timedelta(days=1), code, 9e9)]
    units += [(day + pd.Timedelta(days=1), late, 1e9), (day - pd.Timedelta(days=11), old, 1e9)]
    shares = pd.DataFrame(units, columns=["date", "code", "shares"])
    prices = shares.assign(close=1.25, adj_close=1.25).drop(columns="shares")
    found = printed.appendix_sizes(shares, prices)
    assert found.index.equals(items) and found.dropna().to_dict() == {items[1]: pytest.approx(12.5)}


def test_what_is_not_computable_says_which_closes_and_days_it_takes():
    needed = printed.closes_needed()
    for name, rows in (pair for table in TABLES for pair in printed_periods(table).groupby("index_name")):
        text = needed[f"{name} "]
        assert INDICES.get(name, "H50040") in text and "index_daily" in text
        if name not in BENCHMARKS:  # which stand in both tables
            assert f"{rows['period_start'].min():%Y-%m-%d}" in text and f"{rows['period_end'].max():%Y-%m-%d}" in text
    for exhibit in ("S001 Table 5: years and year to date", "S001 Tables 5 and 7: since the first day"):
        board = Scoreboard("08_index_research")
        board.compare(exhibit, {}, why=needed)
        assert (
            board.frame()["note"].str.contains(r"index_daily has no closes of \w+.* from the session before 20").all()
        )
    told = Scoreboard("08_index_research")
    told.compare("S001 returns told in words", {}, why=needed)
    assert [next(c for c in ("399296", "H50040", "931372") if c in n) for n in told.frame()["note"]] == [
        "399296",
        "H50040",
        "931372",
    ]
