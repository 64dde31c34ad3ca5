"""The outside world: one parser for each kind of answer that exchanges, index publishers and fund sites give.

``ENDPOINTS[name].parse(body, **request)`` turns the bytes of a reply into a frame with canonical columns and units, or
raises a :class:`helpers.tables.DataError` that names the endpoint, the field and what was expected. Parsers are pure;
the rest of the room asks, keeps and assembles:
``python -m helpers.providers`` is what ``make data`` calls.
"""

from __future__ import annotations

from helpers.providers import (
    baostock,
    cnindex,
    csindex,
    eastmoney_holdings,
    eastmoney_lists,
    eastmoney_nav,
    joinquant,
    shenwan,
    sina,
    sse,
    szse,
    tencent,
    tushare,
)
from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.replies import Incomplete, Refused

__all__ = ["ENDPOINTS", "Endpoint", "Incomplete", "Refused", "Request"]

_FAMILIES = (
    sse, szse, csindex, cnindex, shenwan, eastmoney_lists, eastmoney_nav, eastmoney_holdings, tencent, sina, tushare,
    baostock, joinquant,
)  # fmt: skip

ENDPOINTS: dict[str, Endpoint] = {endpoint.name: endpoint for family in _FAMILIES for endpoint in family.ENDPOINTS}
