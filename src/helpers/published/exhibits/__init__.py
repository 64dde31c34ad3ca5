"""The registry of exhibits: every printed table the book compares, in one place.

An entry says what is printed, in which unit, how near a computed number must come, which printed cells contradict the
report, what kind of evidence a row is, and which tables it takes. A chapter compares with one call:
``board.compare("S002 four-factor by year", computed)``.
"""

from difflib import get_close_matches

from helpers.published.exhibits import (
    s000,
    s001,
    s001_index,
    s002,
    s002_divergence,
    s002_flows,
    s002_rotation,
)
from helpers.published.exhibits.exhibit import KINDS, Day, Exhibit, flatten

__all__ = ["EXHIBITS", "KINDS", "Day", "Exhibit", "exhibit", "flatten"]

_MODULES = (s000, s001, s001_index, s002, s002_divergence, s002_flows, s002_rotation)
EXHIBITS: dict[str, Exhibit] = {e.name: e for module in _MODULES for e in module.EXHIBITS}


def exhibit(name: str) -> Exhibit:
    """Return an exhibit by its name.

    Parameters
    ----------
    name : str
        Such as ``"S002 style signals"``.

    Returns
    -------
    Exhibit
        What is printed and how it is judged.

    Raises
    ------
    ValueError
        There is none of that name; the message lists near ones.
    """
    if name not in EXHIBITS:
        near = get_close_matches(name, EXHIBITS, n=3) or list(EXHIBITS)
        raise ValueError(f"no exhibit named {name!r}; did you mean: {', '.join(near)}?")
    return EXHIBITS[name]
