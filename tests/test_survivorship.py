"""The dead are counted by class, and the indices that went with them, as a loop over the list says."""

import pandas as pd
import pytest

from helpers.dedup.survivorship import death_facts, deaths_by_class, with_and_without
from helpers.tables import MissingTable

DAY = pd.Timestamp("2025-06-30")
FUNDS = [
    ("510300.SH", "沪深300ETF", "000300", "2012-05-28", None),
    ("159919.SZ", "沪深300ETF", "000300", "2012-05-07", None),
    ("510001.SH", "银行ETF", "399986", "2015-01-05", "2021-03-01"),  # alone on its index
    ("510002.SH", "中证500ETF", "000905", "2016-02-01", "2023-08-01"),
    ("510500.SH", "中证500ETF", "000905", "2013-03-15", None),
    ("512000.SH", "证券公司ETF", "399975", "2019-05-06", "2025-12-01"),  # dies after the day
    ("588000.SH", "科创50ETF", "000688", "2025-11-16", None),  # not yet listed
]


@pytest.fixture
def etf_list():
    table = pd.DataFrame(FUNDS, columns=["code", "name", "index_code", "list_date", "delist_date"])
    table["index_name"] = table["name"].str.removesuffix("ETF")
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("list_date", "delist_date")}, fund_type="stock")


def test_the_dead_are_counted_by_class(etf_list):
    found = deaths_by_class(etf_list, DAY)
    assert found["listed"].sum() == 6 and found["dead"].sum() == 2
    assert (found["share"] == found["dead"] / found["listed"]).all()
    lives = [(pd.Timestamp(end) - pd.Timestamp(begin)).days / 365.25 for *_, begin, end in (FUNDS[2], FUNDS[3])]
    assert found["years"].max() == pytest.approx(max(lives)) and found["years"].min() == pytest.approx(min(lives))


@pytest.mark.parametrize("year", range(2018, 2025))
def test_a_year_end_is_looked_at_with_the_dead_and_without_them(etf_list, year):
    row = with_and_without(etf_list, DAY).loc[f"{year}-12-31"]
    end = pd.Timestamp(year, 12, 31)
    listed = etf_list[(etf_list["list_date"] <= end) & ~(etf_list["delist_date"] <= end)]
    today = listed[~(listed["delist_date"] <= DAY)]
    assert (row["funds"], row["funds today"]) == (len(listed), len(today))
    indices, kept = set(listed["index_code"]), set(today["index_code"])
    assert (row["indices"], row["indices today"]) == (len(indices), len(kept))
    assert row["lost"] == pytest.approx(len(indices - kept) / len(indices))


def test_the_facts_name_the_worst_year_and_a_list_without_the_dead_is_refused(etf_list):
    beside = with_and_without(etf_list, DAY)
    facts = death_facts(deaths_by_class(etf_list, DAY), beside)
    assert (facts["dead"], facts["listed"]) == (2, 6) and facts["worst_lost"] == beside["lost"].max() > 0
    assert beside.at[facts["worst"], "lost"] == facts["worst_lost"]
    for bare in (etf_list.drop(columns="delist_date"), etf_list.assign(delist_date=pd.NaT)):
        with pytest.raises(MissingTable, match="etf_list: it names no fund delisted by 2025-06-30"):
            deaths_by_class(bare, DAY)
        with pytest.raises(MissingTable, match="no fund delisted"):
            with_and_without(bare, DAY)
    early = pd.Timestamp("2021-02-26")  # the first death has not happened yet
    with pytest.raises(MissingTable, match="no fund delisted by 2021-02-26"):
        deaths_by_class(etf_list, early)
