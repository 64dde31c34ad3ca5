"""What kind of record a number of units is decides which statements it may enter: one rule for the whole book.

A record of a day may be a level, and its changes are money. Units worked out from a report's assets over its unit value
are right to a percent at worst: enough for a level, while a percent of a fund is more than flows in most weeks. An
average over a month is of no day: its change is that of a month, half of which lies in the month before.
"""

from __future__ import annotations

import pandas as pd

LEVEL, FLOW, MONTHLY = "level", "flow", "monthly change"
REPORTED, AVERAGE = "report_aum_over_nav", "monthly_average"
SERVES = {REPORTED: {LEVEL}, AVERAGE: {MONTHLY}}
DAILY = {LEVEL, FLOW, MONTHLY}  # every other basis is a record, or an exact inference, of the units of one day


def may_enter(basis: str, use: str) -> bool:
    """Return whether units of a basis may enter a statement.

    Parameters
    ----------
    basis : str
        Of the column ``basis`` of ``etf_shares``; empty or unknown stands for a record of the day.
    use : {"level", "flow", "monthly change"}
        What the statement is about: money on a date, money that moved in days or weeks, growth from month to month.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If the use is none of these.

    Examples
    --------
    >>> may_enter("official", "flow"), may_enter("report_aum_over_nav", "flow"), may_enter("monthly_average", "level")
    (True, False, False)
    """
    if use not in DAILY:
        raise ValueError(f"use={use!r}: choose one of {', '.join(sorted(DAILY))}")
    return use in SERVES.get(basis, DAILY)


def serving(etf_shares: pd.DataFrame, use: str) -> pd.DataFrame:
    """Keep the units that may enter a statement; see :func:`may_enter`.

    Parameters
    ----------
    etf_shares : DataFrame
        Canonical table; without a column ``basis`` all of it is kept.
    use : {"level", "flow", "monthly change"}

    Returns
    -------
    DataFrame
        Rows of the table; itself where nothing is left out.
    """
    if "basis" not in etf_shares:
        return etf_shares
    barred = [basis for basis in SERVES if not may_enter(basis, use)]
    out = etf_shares["basis"].isin(barred)
    return etf_shares.loc[~out] if out.any() else etf_shares
