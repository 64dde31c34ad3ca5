"""The sources that ``make data`` knows by name."""

from __future__ import annotations

from difflib import get_close_matches

from helpers.params import ParamError
from helpers.providers.free import FREE
from helpers.providers.joinquant_plan import JOINQUANT
from helpers.providers.plans import Source
from helpers.providers.tushare_plan import TUSHARE

__all__ = ["KNOWN", "find"]

KNOWN: dict[str, Source] = {source.name: source for source in (FREE, TUSHARE, JOINQUANT)}


def find(name: str) -> Source:
    """Return a source by name.

    Raises
    ------
    ParamError
        When there is none of that name.
    """
    if name not in KNOWN:
        near = get_close_matches(name, KNOWN, 1)
        hint = f"did you mean {near[0]}?" if near else f"the sources are {', '.join(KNOWN)}"
        raise ParamError(f"command line: SOURCE: nothing is fetched from {name!r}; {hint}")
    return KNOWN[name]
