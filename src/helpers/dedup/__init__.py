"""One ETF per tracked index (S000): who stays, who goes, by which rule, and whether the data agree."""

from helpers.dedup.rules import MEASURES, SURVIVORS, DedupResult, MergeCheck, check_merges, dedup_by_index

__all__ = ["DedupResult", "MEASURES", "MergeCheck", "SURVIVORS", "check_merges", "dedup_by_index"]
