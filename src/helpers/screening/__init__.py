"""The five-step screen: from a stance to indices, to their evidence, to the funds worth buying, to weights."""

from helpers.index_research.stance import STANCES, funds_of_stance
from helpers.screening.limits import ASKED, Limits, admit, tighter
from helpers.screening.portfolio import core_satellite, drawdown_exposure, weights_under_limits
from helpers.screening.screen import Screened, candidates, choose, screen

__all__ = [
    "ASKED",
    "STANCES",
    "Limits",
    "Screened",
    "admit",
    "candidates",
    "choose",
    "core_satellite",
    "drawdown_exposure",
    "funds_of_stance",
    "screen",
    "tighter",
    "weights_under_limits",
]
