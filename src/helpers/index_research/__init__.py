"""What an index is worth: its rule, its history, its structure, what it costs, and the products that follow it."""

from helpers.index_research.attribution import (
    allocation_by_industry,
    brinson,
    brinson_months,
    factor_attribution,
    holding_contributions,
)
from helpers.index_research.builder import BuiltIndex, build_index, decide
from helpers.index_research.closure import closure_flags, hit_rate, known_sizes
from helpers.index_research.history import (
    bases_that_fit,
    closes_of,
    period_returns,
    rolling_excess,
    up_and_down,
    windows,
)
from helpers.index_research.macro import STANCE, STATES, class_levels, leadership, market_states
from helpers.index_research.products import fee_drag, product_table, rank_products, tracking, unit_returns
from helpers.index_research.spec import IndexSpec, known_specs, load_spec
from helpers.index_research.stocks import StockTables, stock_tables
from helpers.index_research.structure import concentration, industry_mix, overlap_with, purity_and_breadth
from helpers.index_research.valuation import index_fundamentals, own_history, risk_premium, valuation_table
from helpers.index_research.variations import describe, vary

__all__ = [
    "STANCE",
    "STATES",
    "BuiltIndex",
    "IndexSpec",
    "StockTables",
    "allocation_by_industry",
    "bases_that_fit",
    "brinson",
    "brinson_months",
    "build_index",
    "class_levels",
    "closes_of",
    "closure_flags",
    "concentration",
    "decide",
    "describe",
    "factor_attribution",
    "fee_drag",
    "hit_rate",
    "holding_contributions",
    "index_fundamentals",
    "industry_mix",
    "known_sizes",
    "known_specs",
    "leadership",
    "load_spec",
    "market_states",
    "overlap_with",
    "own_history",
    "period_returns",
    "product_table",
    "purity_and_breadth",
    "rank_products",
    "risk_premium",
    "rolling_excess",
    "stock_tables",
    "tracking",
    "unit_returns",
    "up_and_down",
    "valuation_table",
    "vary",
    "windows",
]
