"""ETF money looked through its indices to industries, as known at each date."""

from helpers.lookthrough.holdings import (
    LookThrough,
    holding_share,
    industry_holdings,
    look_through,
    spread,
    stock_funds,
)

__all__ = ["LookThrough", "holding_share", "industry_holdings", "look_through", "spread", "stock_funds"]
