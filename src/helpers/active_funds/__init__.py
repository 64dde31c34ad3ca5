"""What active equity funds hold by industry, as known at each date."""

from helpers.active_funds.reports import reported_weights
from helpers.active_funds.weights import (
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
    "ActiveWeights",
    "ISSUANCE",
    "REPORT_MONTHS",
    "average_return",
    "industry_returns",
    "issuance_heat",
    "known_weights",
    "reported_weights",
    "simulation_errors",
    "spliced_weights",
]
