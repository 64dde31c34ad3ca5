"""Industries year by year: returns, who beat the market, and whether a year's ranking lasts.

Rebuilds the evidence of S001 part one (Table 1, Figs 1 and 2): few industries beat the market in a year, and which ones
do keeps changing. `helpers.industry_years.study` puts it together for a run.
"""

from helpers.industry_years.persistence import (
    group_transitions,
    leader_overlap,
    pooled_persistence,
    rank_persistence,
)
from helpers.industry_years.returns import (
    benchmark_closes,
    benchmark_years,
    dates_that_fit,
    period_returns,
    share_beating,
    yearly_returns,
)

__all__ = [
    "benchmark_closes",
    "benchmark_years",
    "dates_that_fit",
    "group_transitions",
    "leader_overlap",
    "period_returns",
    "pooled_persistence",
    "rank_persistence",
    "share_beating",
    "yearly_returns",
]
