"""Money that moves into and out of ETFs, by fund and by industry."""

from helpers.flows.left_out import excluded_days, largest_split
from helpers.flows.net_inflow import (
    UNKNOWN,
    daily_flow,
    five_groups,
    industry_flow,
    marginal_change,
    month_rows,
    seen_flow,
    share_growth,
    sum_flow,
    universe_coverage,
    weekly_flow,
)

__all__ = [
    "UNKNOWN",
    "daily_flow",
    "excluded_days",
    "five_groups",
    "industry_flow",
    "largest_split",
    "marginal_change",
    "month_rows",
    "seen_flow",
    "share_growth",
    "sum_flow",
    "universe_coverage",
    "weekly_flow",
]
