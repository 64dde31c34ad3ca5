"""Long tables become wide ones without filling a hole or losing the order of the codes."""

import numpy as np
import pandas as pd
import pytest

from helpers.panels import daily_returns, industry_closes
from helpers.sessions import sessions
from helpers.tables import MissingTable

DAYS = sessions("2021-01-04", "2021-12-31")


def test_closes_of_one_scheme_stand_in_the_order_of_industry_codes():
    codes = {"801030": "b", "801010": "c", "801020": "a"}
    table = pd.MultiIndex.from_product([DAYS[:3], codes], names=["date", "industry_code"]).to_frame(index=False)
    table = table.assign(scheme="SW2021_L1", industry_name=table["industry_code"].map(codes), close=np.arange(9.0) + 1)
    closes = industry_closes(table)
    assert closes.columns.tolist() == ["c", "a", "b"] and closes.loc[DAYS[1]].tolist() == [5.0, 6.0, 4.0]
    pd.testing.assert_frame_equal(industry_closes(table.sample(frac=1, random_state=0), "SW2021_L1"), closes)
    with pytest.raises(MissingTable, match="industry_daily: it holds SW2021_L1 but not C"):
        industry_closes(table, "C")
    with pytest.raises(ValueError, match="choose one with scheme="):
        industry_closes(pd.concat([table, table.assign(scheme="CITIC_L1")]))


def test_returns_have_no_filled_holes():
    table = pd.DataFrame({"date": DAYS[:4], "index_code": "x", "close": [1.0, np.nan, 2.0, 3.0]})
    found = daily_returns(table, "index_code", "close")["x"]
    assert found.isna().tolist() == [True, True, True, False]
