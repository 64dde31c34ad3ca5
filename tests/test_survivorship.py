"""The dead are counted by kind and by year, as a loop over the list says."""

import pandas as pd
import pytest

from helpers.dedup.survivorship import death_facts, deaths_by_kind, with_and_without
from helpers.tables import MissingTable

DAY = pd.Timestamp("2025-06-30")
FUNDS = [
    ("510300.SH", "沪深300ETF", "stock", "2012-05-28", None),
    ("159919.SZ", "沪深300ETF", "stock", "2012-05-07", None),
    ("510001.SH", None, "stock", "2015-01-05", "2021-03-01"),
    ("510002.SH", "中证500ETF", "stock", "2016-02-01", "2023-08-01"),
    ("511010.SH", None, "bond", "2013-03-15", "2019-05-06"),
    ("512000.SH", "证券公司ETF", "stock", "2019-05-06", "2025-12-01"),  # dies after the day
    ("588000.SH", "科创50ETF", "stock", "2025-11-16", None),  # not yet listed
]


@pytest.fixture
def etf_list():
    table = pd.DataFrame(FUNDS, columns=["code", "name", "fund_type", "list_date", "delist_date"])
    return table.assign(**{c: pd.to_datetime(table[c]) for c in ("list_date", "delist_date")}, index_code=None)


def test_the_dead_are_counted_by_kind(etf_list):
    found = deaths_by_kind(etf_list, DAY)
    assert found[["listed", "dead", "told"]].loc[["stock", "bond"]].values.tolist() == [[5, 2, 1], [1, 1, 0]]
    assert (found["share"] == found["dead"] / found["listed"]).all() and found.index[0] == "stock"
    lives = [(pd.Timestamp(end) - pd.Timestamp(begin)).days / 365.25 for *_, begin, end in FUNDS[2:5]]
    assert found["years"].to_dict() == pytest.approx({"stock": sum(lives[:2]) / 2, "bond": lives[2]})
    assert deaths_by_kind(etf_list.drop(columns="fund_type"), DAY)["dead"].to_dict() == {"all": 3}


@pytest.mark.parametrize("year", range(2018, 2025))
def test_a_year_end_is_looked_at_with_the_dead_and_without_them(etf_list, year):
    row, end = with_and_without(etf_list, DAY).loc[f"{year}-12-31"], pd.Timestamp(year, 12, 31)
    listed = [f for f in FUNDS if pd.Timestamp(f[3]) <= end and not (f[4] and pd.Timestamp(f[4]) <= end)]
    today = [f for f in listed if not (f[4] and pd.Timestamp(f[4]) <= DAY)]
    assert (row["funds"], row["today"]) == (len(listed), len(today))
    assert row["lost"] == pytest.approx(1 - len(today) / len(listed))


def test_the_facts_name_the_worst_year_and_a_list_without_the_dead_is_refused(etf_list):
    beside = with_and_without(etf_list, DAY)
    facts = death_facts(deaths_by_kind(etf_list, DAY), beside)
    assert (facts["dead"], facts["listed"], facts["told"]) == (3, 6, 1) and facts["worst_lost"] > 0
    assert beside.at[facts["worst"], "lost"] == facts["worst_lost"] == beside["lost"].max()
    for bare in (etf_list.drop(columns="delist_date"), etf_list.assign(delist_date=pd.NaT)):
        for study in (deaths_by_kind, with_and_without):
            with pytest.raises(MissingTable, match="etf_list: it names no fund delisted by 2025-06-30"):
                study(bare, DAY)
    with pytest.raises(MissingTable, match="no fund delisted by 2019-02-26"):  # the first death has not happened yet
        deaths_by_kind(etf_list, pd.Timestamp("2019-02-26"))
