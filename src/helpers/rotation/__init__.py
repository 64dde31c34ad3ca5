"""From signals to holdings to returns: who is held, when it is traded, and what that earned."""

from helpers.backtest.engine import Backtest, backtest

__all__ = ["Backtest", "backtest"]
