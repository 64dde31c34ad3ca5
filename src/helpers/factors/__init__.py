"""The four industry factors of the rotation, each a frame of dates x industries known at its dates."""

from helpers.factors.four_factors import (
    ACTIVE_MAX_AGE,
    HEAT_MAX_AGE,
    STYLE_MAX_AGE,
    Composite,
    composite,
    factor_change,
    factor_correlation,
    factor_divergence,
    factor_flow,
    factor_level,
    holding_share,
    left_over,
    placebo_change,
    style_sign,
    zscore,
)

__all__ = [
    "ACTIVE_MAX_AGE",
    "Composite",
    "HEAT_MAX_AGE",
    "STYLE_MAX_AGE",
    "composite",
    "factor_change",
    "factor_correlation",
    "factor_divergence",
    "factor_flow",
    "factor_level",
    "holding_share",
    "left_over",
    "placebo_change",
    "style_sign",
    "zscore",
]
