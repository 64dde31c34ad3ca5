"""``make data`` names what is odd in a source and the codes that other tables do not know."""

import pandas as pd
import pytest

from helpers.sources import load_market
from helpers.sources.inventory import inventory, strangers
from helpers.tables import SCHEMAS
from small_tables import NAMES, small


@pytest.fixture
def folder(tmp_path):
    def write(**changed):
        for name in NAMES:
            frame = changed.get(name, small(name))
            if frame is not None:
                frame.to_csv(tmp_path / f"{name}.csv", index=False)
        return load_market("folder", tmp_path)

    return write


def test_tables_that_know_each_other_are_not_remarked_on(folder):
    market = folder(etf_list=small("etf_list").assign(index_code=["H30374", "000300", None]))
    assert strangers({name: market[name] for name in market if name != "fund_nav"}) == {}


def test_a_code_that_one_table_alone_holds_is_named_there(folder):
    shares = small("etf_shares")
    shares["code"] = shares["code"].replace("159915.SZ", "159916.SZ")
    lost = small("index_daily")
    lost["index_code"] = lost["index_code"].replace("000300", "000301")
    told = strangers(folder(etf_shares=shares, index_daily=lost, index_weights=None))
    assert told["etf_shares"] == ["1 code not in etf_list: 159916.SZ"]
    assert told["etf_list"] == ["2 index_code not in index_daily: 000300, 399006"]
    assert "etf_daily" not in told


def test_every_table_has_its_line_and_odd_rows_theirs(folder):
    prices = small("etf_daily")
    prices.loc[prices.index[-1], "adj_close"] *= 3
    prices["date"] = prices["date"].replace(prices["date"].max(), pd.Timestamp("2024-01-04"))
    lines = list(inventory(folder(etf_daily=prices, fund_nav=None)))
    held = [line.split()[0] for line in lines if not line.strip().startswith("look:")]
    assert held == list(SCHEMAS)
    assert any("fund_nav" in line and "missing: no fund_nav" in line for line in lines)
    place = next(i for i, line in enumerate(lines) if line.startswith("  etf_daily"))
    assert lines[place + 1].startswith("    look: etf_daily.csv, column 'adj_close', row 6: ")
