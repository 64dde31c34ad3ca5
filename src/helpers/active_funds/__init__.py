"""What active equity funds hold by industry, as known at each date."""

from helpers.active_funds.reports import reported_weights
from helpers.active_funds.study import active_weights, judge_simulation, simulation_facts
from helpers.active_funds.weights import (
    ACTIVE_SHRINK,
    ISSUANCE,
    REPORT_MONTHS,
    ActiveWeights,
    average_return,
    industry_returns,
    issuance_heat,
    known_weights,
    simulation_errors,
    spliced_weights,
)

__all__ = [
    "ACTIVE_SHRINK",
    "ActiveWeights",
    "ISSUANCE",
    "REPORT_MONTHS",
    "active_weights",
    "average_return",
    "industry_returns",
    "issuance_heat",
    "judge_simulation",
    "known_weights",
    "reported_weights",
    "simulation_errors",
    "simulation_facts",
    "spliced_weights",
]
