"""The book as it would have read at each month end, with nothing later known."""

from helpers.vintages.asked import Asked, month_names, store_of
from helpers.vintages.reading import claim_history, revision_facts, revisions, told_history, vintage_facts
from helpers.vintages.recent import Seen, seen
from helpers.vintages.telling import tell

__all__ = [
    "Asked",
    "Seen",
    "claim_history",
    "month_names",
    "revision_facts",
    "revisions",
    "seen",
    "store_of",
    "tell",
    "told_history",
    "vintage_facts",
]
