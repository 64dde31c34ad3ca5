"""Exhibits of S000, the community article on clustering ETFs."""

from __future__ import annotations

import pandas as pd

from helpers.published import load
from helpers.published.exhibits.exhibit import Exhibit

# -- 02: one ETF per index ---------------------------------------------------------------------------------------------

BARE = "funds with neither code nor name that are not gold"


def bare_funds() -> pd.Series:
    """Return what the article says of funds with neither index code nor index name: they are gold, none is not."""
    return pd.Series({BARE: 0})


# -- 03: the claims ----------------------------------------------------------------------------------------------------


def claims() -> pd.Series:
    """Return *holds* for each claim, by its words: the article states it as a fact."""
    table = load("claims")
    words = table["claim_id"] + " " + table["assets"].str.replace("|", ", ") + ": " + table["statement_type"]
    return pd.Series("holds", words)


EXHIBITS = [
    Exhibit("S000 rules", bare_funds, kind="data check", needs=("etf_list", "etf_daily"), unit="funds", tolerance=0),
    Exhibit(
        "S000 claims",
        claims,
        kind="replicated",
        needs=("etf_list", "etf_daily"),
        tolerance=0,
        window=("2025-12-01", "2026-02-28"),  # undated; taken to be written on the twelve months to early 2026
    ),
]
