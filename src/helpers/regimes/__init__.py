"""Which style is in favour: factor momentum of a smoothed ratio, and the spells it makes."""

from helpers.regimes.signals import (
    absent_codes,
    factor_momentum,
    flips_per_year,
    realised_style,
    spells,
    state_of,
    style_ratio,
    style_signal,
    turn_delay,
    unusable_pair,
    weekly_closes,
)

__all__ = [
    "absent_codes",
    "factor_momentum",
    "flips_per_year",
    "realised_style",
    "spells",
    "state_of",
    "style_ratio",
    "style_signal",
    "turn_delay",
    "unusable_pair",
    "weekly_closes",
]
