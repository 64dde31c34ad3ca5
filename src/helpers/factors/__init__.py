"""The four industry factors of the rotation, each a frame of dates x industries known at its dates."""

from helpers.factors.four_factors import (
    STYLE_MAX_AGE,
    Composite,
    composite,
    factor_change,
    factor_correlation,
    factor_divergence,
    factor_flow,
    factor_level,
    left_over,
    placebo_change,
    style_sign,
    zscore,
)

__all__ = [
    "Composite",
    "STYLE_MAX_AGE",
    "composite",
    "factor_change",
    "factor_correlation",
    "factor_divergence",
    "factor_flow",
    "factor_level",
    "left_over",
    "placebo_change",
    "style_sign",
    "zscore",
]
