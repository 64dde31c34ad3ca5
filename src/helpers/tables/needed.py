"""The tables a study stands on, or one clear word about those that are not there."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.tables.errors import MissingTable

__all__ = ["needed"]


def needed(market: Mapping[str, pd.DataFrame], *names: str) -> list[pd.DataFrame]:
    """Return tables in the order asked.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`, or any dict of frames.
    *names : str
        Canonical tables.

    Returns
    -------
    list of DataFrame
        One a name.

    Raises
    ------
    MissingTable
        Naming every table that is not there, with the reason the market gives.

    Examples
    --------
    >>> needed({"etf_list": "funds", "calendar": "days"}, "calendar", "etf_list")
    ['days', 'funds']
    """
    absent = [name for name in names if name not in market]
    if absent:
        known = getattr(market, "missing", {})
        raise MissingTable(tuple(absent), "; ".join(known.get(name, "not among this run's tables") for name in absent))
    return [market[name] for name in names]
