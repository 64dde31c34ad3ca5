"""What a validated table promises, and how a bad one is refused."""

import pickle

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.tables import SCHEMAS, DataError, MissingTable, validate
from small_tables import NAMES, small

TODAY = pd.Timestamp("2024-06-30")
ORIGIN = "vendor/table.csv"


def refused(name: str, frame: pd.DataFrame, today=TODAY) -> DataError:
    with pytest.raises(DataError) as caught:
        validate(name, frame, ORIGIN, today=today)
    return caught.value


def with_cell(name: str, column: str, row: int, value) -> pd.DataFrame:
    frame = small(name)
    cells = list(frame[column])
    cells[row] = value
    return frame.assign(**{column: cells})


def test_every_canonical_table_has_a_schema_with_its_key_required():
    assert set(SCHEMAS) == set(NAMES)
    for schema in SCHEMAS.values():
        assert isinstance(schema, pa.DataFrameSchema)
        for column in schema.metadata["key"]:
            assert schema.columns[column].required
            assert not schema.columns[column].nullable


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_table_comes_back_typed_and_unchanged(name):
    frame = small(name)
    table = validate(name, frame, ORIGIN, today=TODAY)
    pdt.assert_frame_equal(frame, small(name))
    pdt.assert_frame_equal(table[list(frame)], frame, check_dtype=False)
    for column, declared in SCHEMAS[name].columns.items():
        kind = declared.metadata["kind"]
        if column in table:
            if kind in ("date", "month"):
                assert table[column].dtype == "datetime64[us]"
            elif kind in ("text", "code", "index code"):
                assert isinstance(table[column].dtype, pd.StringDtype)
            elif kind == "number":
                assert table[column].dtype == float


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_of_the_file_does_not_matter(name, seed):
    frame = small(name)
    table = validate(name, frame.sample(frac=1, random_state=seed), ORIGIN, today=TODAY)
    pdt.assert_frame_equal(table[list(frame)], frame, check_dtype=False)
    assert table.set_index(SCHEMAS[name].metadata["key"]).index.is_monotonic_increasing


@pytest.mark.parametrize("name", NAMES)
def test_undeclared_columns_are_carried_behind_the_declared_ones(name):
    frame = small(name)
    frame.insert(0, "note", [f"n{i}" for i in range(len(frame))])
    table = validate(name, frame.iloc[::-1], ORIGIN, today=TODAY)
    assert list(table)[-1] == "note"
    assert list(table["note"]) == list(frame["note"])


@pytest.mark.parametrize("name", NAMES)
def test_optional_columns_may_be_absent_and_required_ones_may_not(name):
    required = [column for column, declared in SCHEMAS[name].columns.items() if declared.required]
    assert list(validate(name, small(name)[required], ORIGIN, today=TODAY)) == required
    for column in required:
        frame = small(name).drop(columns=column).assign(other=1)
        error = refused(name, frame)
        assert error.column == column
        assert f"expected a column {column}" in str(error)
        assert "columns.yaml" in str(error)


def test_a_misspelt_required_column_is_suggested():
    error = refused("etf_daily", small("etf_daily").rename(columns={"adj_close": "adjclose"}))
    assert "Did you mean 'adjclose'?" in str(error)


def test_another_canonical_column_is_never_suggested_for_a_missing_one():
    error = refused("etf_daily", small("etf_daily").drop(columns="adj_close"))
    assert "Did you mean" not in str(error)


@pytest.mark.parametrize(
    ("name", "column", "value", "way_out"),
    [
        ("etf_daily", "code", "510300", "joinquant"),
        ("index_daily", "index_code", "000300.SH", "bare"),
        ("index_weights", "weight", 40.0, "columns.yaml"),
        ("etf_daily", "adj_close", -1.0, "Correct it, or leave the row out."),
        ("etf_daily", "adj_close", None, "Correct it, or leave the row out."),
        ("calendar", "date", "01/02/2024", "year first"),
    ],
)
def test_the_way_out_fits_what_is_wrong(name, column, value, way_out):
    error = refused(name, with_cell(name, column, 1, value))
    assert way_out in error.way_out
    assert str(error).endswith(error.way_out)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_table_is_refused(name):
    error = refused(name, small(name).iloc[:0])
    assert str(error).startswith(f"{ORIGIN}: it holds no rows")
    assert name in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_a_key_that_stands_twice_is_refused_at_its_second_row(name):
    frame = small(name)
    doubled = pd.concat([frame, frame.iloc[[1]]], ignore_index=True)
    error = refused(name, doubled)
    assert error.row == len(doubled)
    assert "row 2 already holds it" in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_a_repeated_key_is_found_in_a_sorted_file(name):
    frame = small(name)
    error = refused(name, frame.iloc[[0, 1, 1, *range(2, len(frame))]])
    assert (error.column, error.row) == (SCHEMAS[name].metadata["key"][-1], 3)


def test_the_first_of_several_repeated_keys_is_named():
    frame = small("etf_daily")
    error = refused("etf_daily", pd.concat([frame, frame.iloc[[3, 0]]], ignore_index=True))
    assert error.row == 7
    assert "2024-01-03, 510300.SH" in str(error)
    assert "row 4 already holds it" in str(error)


def test_a_column_that_stands_twice_is_refused():
    frame = small("calendar")
    error = refused("calendar", pd.concat([frame, frame], axis=1))
    assert (error.column, error.found) == ("date", "it stands twice")


def test_an_unknown_table_names_the_canonical_ones():
    with pytest.raises(ValueError, match=r"unknown table 'etf'.*etf_daily.*calendar"):
        validate("etf", small("etf_daily"), ORIGIN)


NOT_CODES = ["510300", "510300.XSHG", "sh510300", "51030.SH", "510300.sh", "510300.SH ", "300", " ", "510300.US"]
BAD_CELLS = [
    *[("etf_daily", "code", 3, code, "510300.SH") for code in NOT_CODES],
    ("etf_list", "code", 1, "1.SZ", "159915.SZ"),
    ("fund_holdings", "code", 1, "600519", "suffix"),
    ("fund_holdings", "fund_code", 2, "000001", "000001.OF"),
    ("index_daily", "index_code", 2, "300", "bare code"),
    ("index_daily", "index_code", 2, "000300.SH", "bare code"),
    ("index_weights", "code", 5, "1", "suffix"),
    ("stock_industry", "industry_code", 1, "801790.SI", "bare code"),
    ("etf_daily", "adj_close", 4, -1.0, "more than 0"),
    ("etf_daily", "adj_close", 4, 0.0, "more than 0"),
    ("etf_daily", "adj_close", 2, None, "a value"),
    ("etf_daily", "adj_close", 2, np.inf, "a finite number"),
    ("etf_daily", "amount", 5, -5.0, "at least 0"),
    ("etf_shares", "shares", 1, -1.0, "at least 0"),
    ("etf_shares", "shares", 1, None, "a value"),
    ("etf_shares", "split_ratio", 1, 0.0, "more than 0"),
    ("index_daily", "close", 3, -3.0, "more than 0"),
    ("index_weights", "weight", 3, 1.2, "fraction, not percent"),
    ("index_weights", "weight", 3, -0.1, "at least 0"),
    ("etf_list", "mgmt_fee", 1, 0.5, "fraction, not percent"),
    ("etf_list", "fund_type", 2, "fof", "stock, bond, commodity, qdii, money, other"),
    ("etf_list", "name", 1, 7, "text"),
    ("fund_holdings", "weight_nav", 2, 5.0, "fraction, not percent"),
    ("fund_holdings", "rank", 2, 1.5, "a whole number"),
    ("fund_holdings", "rank", 2, 0, "from 1"),
    ("fund_holdings", "scope", 1, "half", "top10, full"),
    ("fund_holdings", "announce_date", 1, None, "a value"),
    ("fund_holdings", "announce_date", 1, pd.Timestamp("2023-09-29"), "not before report_date"),
    ("stock_fundamental", "announce_date", 2, pd.Timestamp("2023-12-30"), "not before report_date"),
    ("fund_issuance", "category", 0, "bond", "stock_etf, active_equity"),
    ("stock_industry", "end", 0, pd.Timestamp("2021-07-30"), "after start"),
    ("stock_industry", "end", 0, pd.Timestamp("2024-01-04"), "next start"),
    ("stock_industry", "end", 0, None, "next start"),
    ("stock_industry", "backfilled", 1, "perhaps", "true or false"),
    ("index_valuation", "div_yield", 1, 2.5, "fraction, not percent"),
    ("calendar", "date", 1, None, "a value"),
]


@pytest.mark.parametrize(("name", "column", "row", "value", "expected"), BAD_CELLS)
def test_a_bad_cell_is_named_by_file_column_row_and_value(name, column, row, value, expected):
    error = refused(name, with_cell(name, column, row, value))
    assert (error.column, error.row) == (column, row + 1)
    text = str(error)
    assert text.startswith(f"{ORIGIN}, column '{column}', row {row + 1} (line {row + 2}): found ")
    assert expected in text.partition("; expected ")[2]
    if isinstance(value, str):
        assert repr(value) in text


def test_the_first_of_several_bad_rows_is_named():
    frame = with_cell("etf_daily", "adj_close", 5, -1.0)
    frame.loc[2, "adj_close"] = -9.0
    error = refused("etf_daily", frame)
    assert (error.row, error.value) == (3, -9.0)


@pytest.mark.parametrize("column", ["index_code", "code"])
def test_codes_read_as_numbers_are_refused(column):
    for number in (300, 300.0):
        error = refused("index_weights", small("index_weights").assign(**{column: number}))
        assert (error.column, error.row) == (column, 1)
        assert "leading zeros" in str(error)


def test_codes_that_lost_their_zeros_are_refused_though_foreign_ones_pass():
    foreign = with_cell("fund_holdings", "code", 2, "TSLA.US")
    assert "TSLA.US" in set(validate("fund_holdings", foreign, ORIGIN)["code"])
    error = refused("fund_holdings", small("fund_holdings").assign(code=["1.SZ", "2.SZ", "600519.SH"]))
    assert (error.column, error.row) == ("code", 1)


def test_names_and_list_dates_may_be_unknown():
    table = validate("etf_list", small("etf_list"), ORIGIN)
    assert table["name"].isna().sum() == 1
    assert table["list_date"].isna().sum() == 1


BAD_DATES = ["2024-13-01", "2024-02-30", "01/02/2024", "1704124800", "today", "2024-1", 19700101, 45293, "1970-01-01"]


@pytest.mark.parametrize("value", BAD_DATES)
def test_a_value_that_is_no_date_is_refused(value):
    days = list(small("index_daily")["date"].dt.strftime("%Y-%m-%d"))
    days[3] = value
    error = refused("index_daily", small("index_daily").assign(date=days))
    assert (error.column, error.row) == ("date", 4)
    assert "expected a date" in str(error)


@settings(max_examples=25, deadline=None)
@given(
    days=st.lists(st.dates(pd.Timestamp("1990-12-19").date(), TODAY.date()), min_size=1, max_size=12, unique=True).map(
        sorted
    ),
    form=st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d 15:00", "%Y-%m-%dT07:00:00Z"]),
)
def test_every_plain_way_to_write_a_date_reads_as_the_same_day(days, form):
    written = pd.DataFrame({"date": [f"{day:{form}}" for day in days]})
    expected = pd.DataFrame({"date": pd.to_datetime(days).astype("datetime64[us]")})
    pdt.assert_frame_equal(validate("calendar", written, ORIGIN, today=TODAY), expected)


@pytest.mark.parametrize("kind", [int, float, object])
def test_dates_as_numbers_or_objects_are_read(kind):
    days = small("calendar")["date"]
    raw = days.dt.date if kind is object else days.dt.strftime("%Y%m%d").astype(kind)
    assert list(validate("calendar", pd.DataFrame({"date": raw}), ORIGIN)["date"]) == list(days)


def test_unpadded_days_are_read():
    table = validate("calendar", pd.DataFrame({"date": ["2024-1-2", "2024-01-03"]}), ORIGIN)
    assert list(table["date"]) == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")]


def test_a_time_of_day_is_dropped():
    times = pd.to_datetime(["2024-01-02 14:23:11", "2024-01-03 00:00:00"])
    table = validate("calendar", pd.DataFrame({"date": times}), ORIGIN)
    assert list(table["date"]) == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai"])
def test_one_time_zone_throughout_is_read_by_the_clock_of_shanghai(zone):
    days = small("calendar")["date"]
    aware = days.dt.tz_localize("Asia/Shanghai").dt.tz_convert(zone)
    assert list(validate("calendar", pd.DataFrame({"date": aware}), ORIGIN)["date"]) == list(days)
    text = pd.DataFrame({"date": aware.astype(str)})
    assert list(validate("calendar", text, ORIGIN)["date"]) == list(days)


@pytest.mark.parametrize("odd", ["2024-02-01", "2024-02-01 00:00:00+09:00", "2024-02-01T00:00:00Z"])
def test_mixed_time_zones_are_refused(odd):
    days = ["2024-01-02 00:00:00+08:00", "2024-01-03 00:00:00+08:00", odd]
    error = refused("calendar", pd.DataFrame({"date": days}))
    assert (error.column, error.row, error.value) == ("date", 3, odd)
    assert "one time zone" in str(error)


def test_shanghai_midnights_exported_as_utc_are_refused_not_moved_a_day():
    days = small("calendar")["date"] - pd.Timedelta(hours=8)
    error = refused("calendar", pd.DataFrame({"date": days}))
    assert (error.column, error.row) == ("date", 1)
    assert "add 8 hours" in str(error)


OBSERVED = [
    (name, column)
    for name, schema in SCHEMAS.items()
    for column, declared in schema.columns.items()
    if declared.metadata["kind"] in ("date", "month") and not declared.metadata["scheduled"]
]


@pytest.mark.parametrize(("name", "column"), OBSERVED)
def test_an_observation_dated_after_today_is_refused_and_one_of_today_is_not(name, column):
    row = int(small(name)[column].argmax())
    tomorrow = TODAY + pd.Timedelta(days=1)
    error = refused(name, with_cell(name, column, row, tomorrow))
    assert (error.column, error.row, error.value) == (column, row + 1, f"{tomorrow:%Y-%m-%d}")
    assert f"no date after {TODAY:%Y-%m-%d}" in str(error)
    latest = small(name).select_dtypes("datetime").max().max()
    assert len(validate(name, small(name), ORIGIN, today=latest)) == len(small(name))


@pytest.mark.parametrize("name", NAMES)
def test_today_is_the_real_day_unless_told(name):
    frame = small(name)
    dates = frame.select_dtypes("datetime").columns
    with pytest.raises(DataError, match="no date after"):
        validate(name, frame.assign(**{column: pd.Timestamp("2190-01-01") for column in dates}), ORIGIN)


@pytest.mark.parametrize(
    ("name", "column"),
    [("etf_list", "list_date"), ("etf_list", "delist_date"), ("stock_industry", "end"), ("calendar", "date")],
)
def test_a_schedule_may_run_a_year_ahead_but_no_placeholder(name, column):
    row = len(small(name)) - 1
    soon = with_cell(name, column, row, TODAY + pd.Timedelta(days=300))
    assert validate(name, soon, ORIGIN, today=TODAY)[column].max() == TODAY + pd.Timedelta(days=300)
    error = refused(name, with_cell(name, column, row, pd.Timestamp("2200-01-01")))
    assert (error.column, error.row) == (column, row + 1)
    assert "Leave an open end empty" in str(error)


SIZED = [
    (name, column)
    for name in NAMES
    for column in small(name)
    if SCHEMAS[name].columns[column].metadata.get("unit") in ("CNY", "units", "fraction")
    if SCHEMAS[name].columns[column].metadata.get("median")
]
SMALL_IS_FINE = {("stock_fundamental", "roe"), ("stock_fundamental", "roa")}


@pytest.mark.parametrize(
    ("name", "column", "factor"),
    [(*sized, f) for sized in SIZED for f in (1e4, 1e-4) if f > 1 or sized not in SMALL_IS_FINE],
)
def test_a_unit_wrong_by_ten_thousand_is_refused(name, column, factor):
    error = refused(name, small(name).assign(**{column: small(name)[column] * factor}))
    assert error.column == column


def test_the_size_check_covers_what_a_vendor_may_get_wrong():
    expected = {("etf_daily", "amount"), ("etf_shares", "shares"), ("etf_list", "size"), ("etf_list", "mgmt_fee")}
    expected |= {("fund_issuance", "shares"), ("stock_daily", "float_cap"), ("stock_fundamental", "revenue")}
    assert expected <= set(SIZED)


@pytest.mark.parametrize("name", ["etf_daily", "stock_daily"])
@pytest.mark.parametrize("factor", [1e-3, 10.0])
def test_turnover_that_disagrees_with_price_times_volume_is_refused(name, factor):
    frame = small(name)
    big = frame.assign(amount=frame["amount"] * 100 * factor, volume=frame["volume"] * 100)
    error = refused(name, big)
    assert error.column == "amount"
    assert "close × volume" in str(error)


def test_holdings_whose_value_disagrees_with_their_weight_are_refused():
    frame = small("fund_holdings")
    error = refused("fund_holdings", frame.assign(value=frame["value"] / 100))
    assert (error.column, "fund_size × weight_nav" in str(error)) == ("value", True)


def test_the_unit_error_names_the_median_and_the_way_out():
    error = refused("etf_shares", small("etf_shares").assign(shares=5e4))
    assert (error.row, error.value) == (1, 50000)
    assert "The median is 50000" in str(error)
    assert "万份" in str(error)


def test_rows_without_turnover_do_not_hide_a_wrong_unit():
    frame = small("etf_daily").drop(columns=["volume"])
    quiet = frame.assign(date=frame["date"] - pd.Timedelta(days=60), amount=0.0)
    quiet = pd.concat([quiet, quiet.assign(date=quiet["date"] - pd.Timedelta(days=60))])
    assert len(validate("etf_daily", pd.concat([quiet, frame]), ORIGIN)) == 18
    assert refused("etf_daily", pd.concat([quiet, frame.assign(amount=frame["amount"] / 1e4)])).column == "amount"


@pytest.mark.parametrize(
    ("total", "passes"), [(1.0, True), (1.0049, True), (0.9951, True), (1.006, False), (0.994, False)]
)
def test_weights_sum_to_one_per_date_and_index_within_half_a_percent(total, passes):
    frame = small("index_weights")
    group = (frame["date"] == frame["date"].iloc[-1]) & (frame["index_code"] == "000300")
    frame.loc[group, "weight"] *= total
    if passes:
        validate("index_weights", frame, ORIGIN)
    else:
        error = refused("index_weights", frame)
        assert (error.column, error.row) == ("weight", int(np.flatnonzero(group)[0]) + 1)
        assert f"{total:g} for 2024-02-01 000300" in str(error)


def test_weights_in_percent_are_refused_even_when_each_is_below_one():
    codes = [f"{i:06d}.SZ" for i in range(1, 201)]
    frame = pd.DataFrame({"date": pd.Timestamp("2024-01-31"), "index_code": "000905", "code": codes, "weight": 0.5})
    error = refused("index_weights", frame)
    assert (error.column, error.row) == ("weight", 1)
    assert "100 for 2024-01-31 000905" in str(error)


def test_a_missing_constituent_is_found_in_a_shuffled_file():
    frame = small("index_weights").drop(index=7).sample(frac=1, random_state=3).reset_index(drop=True)
    error = refused("index_weights", frame)
    gone = small("index_weights").loc[7]
    rows = np.flatnonzero((frame["date"] == gone["date"]) & (frame["index_code"] == gone["index_code"]))
    assert error.row == rows[0] + 1


def test_a_minority_of_afternoon_stamps_is_just_a_time_of_day():
    times = pd.to_datetime(["2024-01-02 16:00:00", "2024-01-03 09:30:00", "2024-01-04 00:00:00"])
    table = validate("calendar", pd.DataFrame({"date": times}), ORIGIN)
    assert list(table["date"]) == list(pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"]))


def test_counts_are_integers_unless_one_is_missing():
    assert validate("fund_holdings", small("fund_holdings"), ORIGIN)["rank"].dtype == "int64"
    assert validate("fund_holdings", with_cell("fund_holdings", "rank", 1, None), ORIGIN)["rank"].dtype == float


def test_months_are_read_from_any_spelling_as_their_first_day():
    frame = small("fund_issuance")
    for months in (
        ["2023-12", "2023-12", "2024-01"],
        ["202312", "202312", "202401"],
        ["2023/12/31", "2023.12", "2024-1"],
    ):
        assert list(validate("fund_issuance", frame.assign(month=months), ORIGIN)["month"]) == list(frame["month"])
    numbers = frame.assign(month=[202312, 202312, 202401])
    assert list(validate("fund_issuance", numbers, ORIGIN)["month"]) == list(frame["month"])


def test_numbers_with_separators_or_notes_are_refused_at_their_row():
    cells = small("index_daily")["close"].astype(str).to_list()
    cells[2] = "3,500.0"
    error = refused("index_daily", small("index_daily").assign(close=cells))
    assert (error.column, error.row, error.value) == ("close", 3, "3,500.0")


def test_flags_are_read_from_words_and_digits():
    for cells in (["True", "false", "0"], [1, 0, 0], ["是", "否", "否"]):
        table = validate("stock_industry", small("stock_industry").assign(backfilled=cells), ORIGIN)
        assert list(table["backfilled"]) == [True, False, False]


def test_a_row_of_a_parquet_file_has_no_line_number():
    with pytest.raises(DataError) as caught:
        validate("calendar", with_cell("calendar", "date", 1, None), "calendar.parquet")
    assert "row 2: found" in str(caught.value)


def test_a_missing_table_is_a_failed_lookup_told_in_plain_words():
    assert issubclass(MissingTable, KeyError)
    assert not issubclass(MissingTable, DataError)
    assert str(MissingTable("fund_nav", "none")) == "fund_nav: none"
    said = MissingTable(("fund_nav", "etf_daily"), "none in market", "Add them.")
    assert str(said) == "fund_nav, etf_daily: none in market. Add them."
    assert said.tables == ("fund_nav", "etf_daily")
    assert str(pickle.loads(pickle.dumps(said))) == str(said)


def crowd(factor: float, funds: int = 5) -> pd.DataFrame:
    codes = [f"51030{i}.SH" for i in range(funds)]
    rows = pd.MultiIndex.from_product([small("calendar")["date"], codes], names=["date", "code"]).to_frame(index=False)
    later = rows["date"] == rows["date"].max()
    return rows.assign(shares=np.where(later, 1e8 * factor, 1e8)).sample(frac=1, random_state=5, ignore_index=True)


@pytest.mark.parametrize("factor", [1e4, 1e-4, 510, 1 / 510])
def test_a_unit_that_changes_in_the_middle_of_the_file_is_refused(factor):
    frame = crowd(factor)
    error = refused("etf_shares", frame)
    assert (error.column, error.row) == ("shares", int((frame["date"] == frame["date"].max()).argmax()) + 1)
    assert "On 2024-02-01" in str(error)


@pytest.mark.parametrize(("factor", "funds"), [(490, 5), (1 / 490, 5), (1900, 4)])
def test_a_lively_day_or_a_handful_of_funds_is_no_change_of_unit(factor, funds):
    assert len(validate("etf_shares", crowd(factor, funds), ORIGIN)) == 3 * funds
