"""S001's taxonomy of index funds: 5 macro and 14 detailed classes, as data, with a rule engine.

`classify` gives every fund exactly one class of each level and says which rule decided. The
rules are CSV files in this folder: ``atlas_rules`` (the book's), ``efund_rules`` (a second scheme) and
``overrides`` (exceptions, each with a reason); the report's own keyword lists come from `helpers.published`.
`helpers.taxonomy.judge` measures how good a rule set is, `helpers.taxonomy.census` counts its classes.
"""

from helpers.taxonomy.census import (
    beside_print,
    class_counts,
    counting_day,
    index_key,
    indices_at,
    largest_per_index,
    last_full_year,
    scaled_counts,
    supply_by_year,
    supply_trend,
)
from helpers.taxonomy.engine import UNCLASSIFIED, classify, clean_text
from helpers.taxonomy.judge import (
    NgramModel,
    compare_classifiers,
    held_out,
    index_agreement,
    one_class_per_index,
    printed_rows,
    score_rows,
    stability,
)
from helpers.taxonomy.rules import RuleSet, load_overrides, load_rules, printed_rules, rule_sets

__all__ = [
    "UNCLASSIFIED",
    "NgramModel",
    "RuleSet",
    "beside_print",
    "class_counts",
    "classify",
    "clean_text",
    "compare_classifiers",
    "counting_day",
    "held_out",
    "index_agreement",
    "index_key",
    "indices_at",
    "largest_per_index",
    "last_full_year",
    "load_overrides",
    "load_rules",
    "one_class_per_index",
    "printed_rows",
    "printed_rules",
    "rule_sets",
    "scaled_counts",
    "score_rows",
    "stability",
    "supply_by_year",
    "supply_trend",
]
