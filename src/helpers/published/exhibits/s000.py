"""Exhibits of S000, the community article on clustering ETFs."""

from __future__ import annotations

import pandas as pd

from helpers.published.exhibits.exhibit import Exhibit

# -- 02: one ETF per index ---------------------------------------------------------------------------------------------

BARE = "funds with neither code nor name that are not gold"


def bare_funds() -> pd.Series:
    """Return what the article says of funds with neither index code nor index name: they are gold, none is not."""
    return pd.Series({BARE: 0})


EXHIBITS = [
    Exhibit("S000 rules", bare_funds, kind="data check", needs=("etf_list", "etf_daily"), unit="funds", tolerance=0),
]
