"""One ETF per tracked index (S000): who stays, who goes, by which rule, and whether the data agree."""

from helpers.dedup.prices import MergeCheck, check_merges
from helpers.dedup.rules import MEASURES, SURVIVORS, DedupResult, dedup_by_index, recent_turnover

__all__ = [
    "MEASURES",
    "SURVIVORS",
    "DedupResult",
    "MergeCheck",
    "check_merges",
    "dedup_by_index",
    "recent_turnover",
]
