"""A general dated backtest: from weights and prices to what was traded, when, and what that earned."""

from helpers.backtest.engine import Backtest, backtest
from helpers.backtest.groups import EQUAL, group_returns, weighted_returns
from helpers.backtest.holding_returns import forward_returns, period_returns
from helpers.backtest.selection import equal_weight, flag_upper_half, rebalance_calendar, select_top
from helpers.backtest.sweep import sweep

__all__ = [
    "EQUAL",
    "Backtest",
    "backtest",
    "equal_weight",
    "flag_upper_half",
    "forward_returns",
    "group_returns",
    "period_returns",
    "rebalance_calendar",
    "select_top",
    "sweep",
    "weighted_returns",
]
