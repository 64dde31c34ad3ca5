"""One wrong row is refused by name; what a market does is not."""

import warnings

import numpy as np
import pandas as pd
import pytest

from helpers.sources.folder import Folder
from helpers.tables import DataError, DataWarning, validate
from helpers.tables.neighbours import STEADY
from small_tables import small

CASES = [(table, column) for table, columns in STEADY.items() for column in columns]
TYPICAL = {"amount": 5e9, "shares": 1e8, "float_cap": 4e9, "pe_ttm": 14.0, "pb": 1.4, "div_yield": 0.02}
KEYS = {
    "etf_daily": {"code": ["159915.SZ", "510300.SH"]},
    "etf_shares": {"code": ["159915.SZ", "510300.SH"]},
    "index_daily": {"index_code": ["000300", "H30374"]},
    "index_valuation": {"index_code": ["000300", "H30374"]},
    "industry_daily": {"industry_code": ["801010", "801030"]},
    "fund_nav": {"fund_code": ["000001.OF", "000011.OF"]},
    "stock_daily": {"code": ["000001.SZ", "600519.SH"]},
}
FILL = {
    "etf_daily": {"adj_close": 1.5, "amount": 5e7},
    "etf_shares": {"shares": 1e8},
    "index_daily": {"close": 3500.0},
    "industry_daily": {"close": 3500.0, "scheme": "SW2021_L1", "industry_name": "农林牧渔"},
    "fund_nav": {"nav_adj": 1.2},
    "stock_daily": {"adj_close": 12.0},
}


def quiet(table, column, days=30, seed=0):
    """Two calm series of a table, side by side as a file holds them, shuffled."""
    rng = np.random.default_rng(seed)
    key, codes = next(iter(KEYS[table].items()))
    dates = pd.bdate_range("2024-01-02", periods=days)
    rows = pd.MultiIndex.from_product([dates, codes], names=["date", key]).to_frame(index=False)
    walk = np.exp(rng.normal(0, 0.01, (days, 2)).cumsum(axis=0)) * [1.0, 1.7]
    level = TYPICAL.get(column, FILL.get(table, {}).get(column, 1.2))
    rows = rows.assign(**{**FILL.get(table, {}), column: level * walk.ravel()})
    return rows.sample(frac=1, random_state=seed).reset_index(drop=True)


def at(frame, day, series=0):
    """The row (in file order) of the nth day of a series."""
    key = next(column for column in frame if column.endswith("code"))
    code = sorted(frame[key].unique())[series]
    return frame[frame[key] == code].sort_values("date").index[day]


def read(table, frame):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        validate(table, frame, "market.csv")
    return [str(w.message) for w in caught if issubclass(w.category, DataWarning)]


@pytest.mark.parametrize(("table", "column"), CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_calm_table_passes_without_a_word(table, column, seed):
    assert read(table, quiet(table, column, seed=seed)) == []


@pytest.mark.parametrize(("table", "column"), [case for case in CASES if case[1] != "amount"])
@pytest.mark.parametrize("factor", [1e4, 1e-4])
@pytest.mark.parametrize("day", [0, 1, 14, 28, 29])
def test_one_value_ten_thousand_times_off_is_refused_by_its_row(table, column, factor, day):
    frame = quiet(table, column)
    row = at(frame, day, series=day % 2)
    frame.loc[row, column] = min(
        frame.loc[row, column] * factor, {"div_yield": 1.0, "shares": 1e12}.get(column, np.inf)
    )
    with pytest.raises(DataError) as refused:
        read(table, frame)
    assert (refused.value.column, refused.value.row) == (column, row + 1)


@pytest.mark.parametrize("day", [1, 14, 28])
def test_turnover_may_vanish_but_not_be_ten_thousandfold_for_a_day(day):
    frame = quiet("etf_daily", "amount").assign(amount=lambda x: x["amount"] / 100)
    row = at(frame, day)
    frame.loc[row, "amount"] = 1.0
    assert read("etf_daily", frame) == []
    frame.loc[row, "amount"] = 5e11
    with pytest.raises(DataError) as refused:
        read("etf_daily", frame)
    assert (refused.value.column, refused.value.row) == ("amount", row + 1)


@pytest.mark.parametrize("table", ["etf_daily", "index_daily", "industry_daily", "fund_nav"])
@pytest.mark.parametrize("factor", [1000, 0.01, 3])
def test_one_price_off_is_refused_and_told_with_its_neighbours(table, factor):
    column = next(iter(STEADY[table]))
    frame = quiet(table, column)
    row = at(frame, 12)
    frame.loc[row, column] *= factor
    with pytest.raises(
        DataError, match=r"market\.csv, column .*, row \d+ \(line \d+\): found .* like its neighbours, .* and "
    ) as e:
        read(table, frame)
    told = str(e.value)
    assert e.value.row == row + 1
    assert str(frame.loc[at(frame, 11), column]) in told and str(frame.loc[at(frame, 13), column]) in told
    assert f"{frame.loc[row, 'date']:%Y-%m-%d}" in told


def test_a_series_that_changes_its_unit_for_good_is_refused_where_it_changes():
    frame = quiet("etf_shares", "shares")
    late = [at(frame, day) for day in range(20, 30)]
    frame.loc[late, "shares"] *= 1e4
    with pytest.raises(DataError) as refused:
        read("etf_shares", frame)
    assert refused.value.row == late[0] + 1


@pytest.mark.parametrize("ratio", [2, 3, 10, 100, 0.5, 0.1, 0.01])
def test_a_split_is_no_wrong_row(ratio):
    prices = quiet("etf_daily", "adj_close").assign(
        close=lambda x: x["adj_close"] * 1.1, nav=lambda x: x["adj_close"] * 1.1
    )
    after = [at(prices, day) for day in range(15, 30)]
    prices.loc[after, ["close", "nav"]] /= ratio
    assert read("etf_daily", prices) == []
    units = quiet("etf_shares", "shares")
    units.loc[[at(units, day) for day in range(15, 30)], "shares"] *= ratio
    told = read("etf_shares", units)
    assert bool(told) == (ratio in (100, 0.01)), "a hundredfold of units overnight is looked at, not refused"


@pytest.mark.parametrize("growth", [40, 1 / 40])
def test_units_that_grew_while_nobody_looked_are_no_news(growth):
    frame = quiet("etf_shares", "shares", days=300)
    seen = [at(frame, day, s) for day in (0, 290) for s in (0, 1)]
    frame = frame.loc[sorted(seen)].reset_index(drop=True)
    frame.loc[at(frame, 1), "shares"] *= growth
    assert read("etf_shares", frame) == []


@pytest.mark.parametrize("days", [2, 30])
def test_a_limit_up_and_down_is_trade(days):
    frame = quiet("etf_daily", "adj_close", days=days)
    frame.loc[at(frame, 1), "adj_close"] *= 1.2
    assert read("etf_daily", frame) == []


def test_what_may_be_real_is_a_warning_that_names_the_row():
    frame = quiet("etf_daily", "adj_close")
    rows = [at(frame, day, s) for day, s in ((9, 0), (20, 1))]
    frame.loc[rows, "adj_close"] *= 1.7
    (told,) = read("etf_daily", frame)
    first = min(rows, key=lambda row: (frame.loc[row, "code"], frame.loc[row, "date"]))
    assert told.startswith(f"market.csv, column 'adj_close', row {first + 1}: ")
    assert "(2 such rows)" in told
    assert frame.loc[first, "code"] in told


def test_two_series_never_judge_each_other():
    frame = quiet("index_daily", "close")
    one = frame["index_code"] == "H30374"
    frame.loc[one, "close"] *= 1e4
    assert read("index_daily", frame) == []


def test_a_gap_between_known_values_is_no_neighbour():
    frame = quiet("index_valuation", "pe_ttm")
    frame.loc[[at(frame, day) for day in range(10, 13)], "pe_ttm"] = [np.nan, -20.0, np.nan]
    assert read("index_valuation", frame) == []


@pytest.mark.snapshot
def test_every_table_of_the_snapshot_passes_without_a_word(snapshot_dir):
    folder = Folder(snapshot_dir)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in folder.files:
            folder.read(name)
    assert [str(w.message) for w in caught if issubclass(w.category, DataWarning)] == []


# -- codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "column", "code"),
    [
        ("etf_daily", "code", "510300.SZ"),
        ("etf_shares", "code", "159915.SH"),
        ("etf_list", "code", "588000.SZ"),
        ("stock_daily", "code", "600519.SZ"),
        ("stock_industry", "code", "000001.SH"),
        ("fund_holdings", "code", "300750.SH"),
        ("index_weights", "code", "688981.SZ"),
        ("index_weights", "code", "600519.BJ"),
    ],
)
def test_a_code_with_the_exchange_swapped_is_refused_by_its_row(table, column, code):
    frame = small(table)
    frame.loc[2, column] = code
    with pytest.raises(DataError, match="Correct the suffix") as refused:
        validate(table, frame, "market.csv")
    assert (refused.value.column, refused.value.row, refused.value.value) == (column, 3, code)


@pytest.mark.parametrize(
    "code", ["900901.SH", "200012.SZ", "920000.BJ", "430047.BJ", "019547.SH", "123001.SZ", "00700.HK"]
)
def test_codes_of_other_boards_bonds_and_markets_pass_as_holdings(code):
    frame = small("index_weights")
    frame["code"] = frame["code"].replace("000001.SZ", code)
    assert code in set(validate("index_weights", frame, "market.csv")["code"])


@pytest.mark.parametrize(
    ("wide", "plain"),
    [("５１０３００.SH", "510300.SH"), ("５１０３００．ＳＨ", "510300.SH"), ("１５９９１５.SZ", "159915.SZ")],
)
def test_full_width_digits_in_a_code_are_read(wide, plain):
    frame = small("etf_daily")
    frame["code"] = frame["code"].replace(plain, wide)
    assert set(validate("etf_daily", frame, "market.csv")["code"]) == set(small("etf_daily")["code"])


def test_full_width_digits_in_an_index_code_are_read():
    frame = small("index_daily")
    frame["index_code"] = frame["index_code"].replace("000300", "０００３００")
    assert set(validate("index_daily", frame, "market.csv")["index_code"]) == {"000300", "H30374"}
