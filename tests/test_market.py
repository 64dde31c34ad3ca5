"""A market: lazy, complete about what it lacks, and blind to everything after its end."""

from functools import cache

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.sources import Market, load_market
from helpers.tables import SCHEMAS, DataError, MissingTable, validate
from helpers.tables.point_in_time import known_at
from small_tables import NAMES, small

KNOWN_FROM = {
    **dict.fromkeys(NAMES, "date"),
    "etf_list": "list_date",
    "stock_industry": "start",
    "fund_holdings": "announce_date",
    "stock_fundamental": "announce_date",
    "fund_issuance": "month",
}
EVENINGS = st.dates(pd.Timestamp("2021-07-01").date(), pd.Timestamp("2024-03-01").date()).map(pd.Timestamp)


@cache
def valid(name: str) -> pd.DataFrame:
    return validate(name, small(name), name)


def knowledge(name: str, table: pd.DataFrame) -> pd.Series:
    """The first evening on which each row could be known, written independently of the library."""
    days = table[KNOWN_FROM[name]]
    if name == "etf_list":
        return days.fillna(table["establish_date"])
    if name == "fund_issuance":
        return pd.Series([pd.Timestamp(d.year, d.month, d.days_in_month) for d in days], index=table.index)
    return days


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        small(name).to_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(end=EVENINGS)
def test_nothing_after_the_end_is_visible_and_nothing_known_is_lost(name, end):
    table = valid(name)
    cut = known_at(name, table, end)
    since = knowledge(name, table)
    assert len(cut) == (since <= end).sum()
    key = SCHEMAS[name].metadata["key"]
    pdt.assert_frame_equal(cut[key], table.loc[since <= end, key].reset_index(drop=True))
    for column in cut.select_dtypes("datetime"):
        assert not (cut[column] > end).any(), column


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(end=EVENINGS)
def test_what_happens_after_the_end_changes_nothing_before_it(name, end):
    table = valid(name)
    changed = table.copy()
    later = knowledge(name, table) > end
    for column in changed.select_dtypes("number"):
        changed.loc[later, column] = 7
    for column in ("delist_date", "end", "size_date"):
        if column in changed:
            moved = changed[column] > end
            changed.loc[moved, column] += pd.Timedelta(days=30)
            if column == "size_date":
                changed.loc[moved, "size"] = 1.0
    pdt.assert_frame_equal(known_at(name, changed, end), known_at(name, table, end))


@pytest.mark.parametrize("name", NAMES)
def test_an_end_after_everything_cuts_nothing(name):
    pdt.assert_frame_equal(known_at(name, valid(name), pd.Timestamp("2024-12-31")), valid(name))


def test_the_month_of_issuance_is_known_when_it_is_over():
    assert len(known_at("fund_issuance", valid("fund_issuance"), pd.Timestamp("2024-01-30"))) == 2
    assert len(known_at("fund_issuance", valid("fund_issuance"), pd.Timestamp("2024-01-31"))) == 3


def test_a_label_that_ends_later_is_open_and_one_that_ends_today_is_closed():
    labels = valid("stock_industry")
    assert known_at("stock_industry", labels, pd.Timestamp("2024-01-02"))["end"].isna().tolist() == [True]
    assert known_at("stock_industry", labels, pd.Timestamp("2024-01-03"))["end"].isna().tolist() == [False, True]


def test_a_delisting_and_a_size_of_the_future_are_hidden():
    funds = known_at("etf_list", valid("etf_list"), pd.Timestamp("2024-01-02")).set_index("code")
    assert list(funds.index) == ["159915.SZ"]
    assert np.isnan(funds.loc["159915.SZ", "size"])
    later = known_at("etf_list", valid("etf_list"), pd.Timestamp("2024-01-31")).set_index("code")
    assert later.loc["159915.SZ", "size"] == 3e8
    assert later["delist_date"].isna().all()
    assert "588000.SH" in later.index


def test_an_etf_without_any_date_is_kept():
    funds = valid("etf_list").assign(establish_date=pd.NaT)
    assert "588000.SH" in set(known_at("etf_list", funds, pd.Timestamp("2020-01-01"))["code"])
    bare = valid("etf_list").drop(columns=["establish_date", "size_date", "delist_date"])
    assert len(known_at("etf_list", bare, pd.Timestamp("2020-01-01"))) == 1


def test_a_folder_market_hands_over_every_table_cut_to_its_end(folder):
    market = load_market("folder", folder, end="2024-01-03")
    assert set(market) == set(NAMES)
    assert len(market) == len(NAMES)
    for name in market:
        pdt.assert_frame_equal(market[name], known_at(name, valid(name), pd.Timestamp("2024-01-03")))
    assert (market.source, market.simulated, market.missing) == ("folder", False, {})
    assert folder.name in market.label
    assert market.label.endswith(", to 2024-01-03.")


def test_without_an_end_everything_is_shown(folder):
    market = load_market("folder", str(folder))
    assert len(market["etf_daily"]) == 6
    assert ", to " not in market.label


def test_a_table_is_read_once_when_first_used(tmp_path):
    small("calendar").to_parquet(tmp_path / "calendar.parquet")
    (tmp_path / "etf_daily.parquet").write_bytes(b"broken")
    market = load_market("folder", tmp_path)
    assert market["calendar"] is market["calendar"]
    assert "etf_daily" in market
    with pytest.raises(DataError, match=r"etf_daily\.parquet"):
        market["etf_daily"]


def test_missing_tables_are_listed_and_required_by_name(tmp_path):
    small("calendar").to_parquet(tmp_path / "calendar.parquet")
    market = load_market("folder", tmp_path)
    assert "fund_nav" not in market
    assert set(market.missing) == set(NAMES) - {"calendar"}
    market.require("calendar")
    with pytest.raises(MissingTable, match=r"fund_nav, stock_daily: no fund_nav\.parquet.*; no stock_daily\.parquet"):
        market.require("calendar", "fund_nav", "stock_daily")
    with pytest.raises(MissingTable, match="fund_nav"):
        market["fund_nav"]
    assert market.get("fund_nav") is None
    with pytest.raises(ValueError, match="unknown table 'fundnav'"):
        market["fundnav"]


def test_an_unknown_source_names_the_known_ones():
    with pytest.raises(ValueError, match="unknown source 'wind': the known ones are demo, folder"):
        load_market("wind")


def test_the_folder_source_needs_a_folder():
    with pytest.raises(ValueError, match="source 'folder' needs data"):
        load_market("folder")


@pytest.mark.parametrize("end", ["someday", "2024-13-01", ""])
def test_an_end_that_is_no_date_is_refused(folder, end):
    with pytest.raises(ValueError, match="is not a date"):
        load_market("folder", folder, end=end)


def test_a_market_tells_what_it_has_and_lacks(tmp_path):
    small("calendar").to_parquet(tmp_path / "calendar.parquet")
    text = repr(load_market("folder", tmp_path))
    assert "Has calendar" in text
    assert "fund_nav" in text.partition("lacks")[2]


def test_a_simulated_market_says_so():
    market = Market("demo", {}, {}, name="the simulated demo market", simulated=True)
    assert market.simulated
    assert market.label == "Data: the simulated demo market."


@pytest.mark.parametrize("name", NAMES)
def test_a_table_that_begins_after_the_end_is_missing_and_says_when_it_begins(folder, name):
    market = load_market("folder", folder, end="2000-01-04")
    assert name not in market and name not in set(market)
    with pytest.raises(MissingTable, match=rf"^{name}: begins 20\d\d-\d\d-\d\d, after END 2000-01-04$"):
        market[name]
    assert market.get(name) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_table_that_ends_before_the_start_is_missing_unless_what_it_says_lasts(folder, name):
    market = load_market("folder", folder, start="2030-01-02")
    lasting = name in ("etf_list", "stock_industry")
    assert (name in market) == lasting
    if not lasting:
        with pytest.raises(MissingTable, match=rf"^{name}: ends 202\d-\d\d-\d\d, before START 2030-01-02$"):
            market[name]


def test_rows_before_the_start_stay_since_methods_look_back(folder):
    market = load_market("folder", folder, start="2024-01-31")
    pdt.assert_frame_equal(market["etf_daily"], valid("etf_daily"))


@pytest.mark.parametrize("end", ["2023-10-24", "2023-12-15", "2024-01-02", "2024-01-31", "2024-03-01"])
def test_in_means_there_is_something_to_read(folder, end):
    market = load_market("folder", folder, end=end)
    for name in NAMES:
        assert (name in market) == (len(known_at(name, valid(name), pd.Timestamp(end))) > 0)
        assert (name in market) != (name in market.missing)


@pytest.mark.snapshot
@pytest.mark.parametrize("end", ["2021-06-30", "2024-06-28"])
def test_the_snapshot_shows_nothing_after_its_end(snapshot_dir, end):
    market = load_market("folder", snapshot_dir, end=end)
    assert set(market) | set(market.missing) == set(NAMES)
    assert set(market).isdisjoint(market.missing)
    for name in market:
        for column in market[name].select_dtypes("datetime"):
            assert not (market[name][column] > pd.Timestamp(end)).any(), (name, column)


@pytest.mark.parametrize(
    ("end", "told"), [("2024-01-02", "2024-01-02"), ("2024-02-01", "2024-02-01"), ("2026-01-05", "2024-02-01")]
)
def test_a_label_names_no_day_that_the_tables_do_not_reach(folder, end, told):
    market = load_market("folder", folder, end=end)
    assert market.label.endswith(f", to {end}."), "nothing is read yet"
    for name in ("calendar", "etf_daily", "etf_list"):
        market.get(name)
    assert market.label.endswith(f", to {told}.")
