"""Exhibits of S002 on the divergence between ETFs and active funds."""

from __future__ import annotations

import pandas as pd

from helpers.published import load
from helpers.published.exhibits.exhibit import Exhibit

_TABLES = ("etf_list", "etf_shares", "index_weights", "stock_industry", "fund_holdings", "industry_daily")


def divergence_years() -> pd.DataFrame:
    """Return the printed yearly return and excess of both sides, in %, by ``(year, side)``."""
    table = load("s002_divergence_groups_yearly").set_index(["year", "group"])
    return table[["return_pct", "excess_return_pct"]].rename_axis(["year", "side"])


EXHIBITS = [
    Exhibit("S002 divergence groups by year", divergence_years, kind="replicated", needs=_TABLES),
    Exhibit(
        "S002 pricing power passes to ETFs in mid-2021",
        lambda: pd.Series({"before the turn": "active side", "after the turn": "ETF side"}),
        kind="replicated",
        needs=_TABLES,
    ),
    Exhibit(
        "S002 issuance heat",
        lambda: pd.Series({"2025-12": "ETF higher", "2026-01": "ETF lower"}),
        kind="replicated",
        needs=("fund_issuance",),
    ),
]
