"""The four-factor rotation: what it can be fed with, its strategies, what luck makes of them, and its reports."""

from helpers.rotation.inputs import CHANGE, DIVERGENCE, FACTORS, FLOW, LEVEL, RotationInputs, gather
from helpers.rotation.strategies import Rotated, alone, rotate, top_weights, trade

__all__ = [
    "CHANGE",
    "DIVERGENCE",
    "FACTORS",
    "FLOW",
    "LEVEL",
    "Rotated",
    "RotationInputs",
    "alone",
    "gather",
    "rotate",
    "top_weights",
    "trade",
]
