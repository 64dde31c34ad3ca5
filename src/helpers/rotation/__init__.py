"""From signals to holdings to returns: who is held, when it is traded, and what that earned."""

from helpers.rotation.engine import Backtest, backtest

__all__ = ["Backtest", "backtest"]
