"""The limits of the screen: numbers one may move, each with a column it looks at and a side that passes.

Every limit asks a fund about itself and never about other funds, so that a tighter limit can only take funds away.
Ranks and choices come before and after, never in between.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ASKED", "Limits", "admit", "tighter"]

Fraction = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]

# limit: (column it looks at, side that passes)
ASKED: dict[str, tuple[str, Literal["at least", "at most"]]] = {
    "min_years": ("years", "at least"),
    "min_effective": ("effective", "at least"),
    "max_top_ten": ("top_ten", "at most"),
    "max_pe_percentile": ("pe_ttm_percentile", "at most"),
    "max_fall": ("fall", "at most"),
    "min_age": ("age", "at least"),
    "min_size": ("size", "at least"),
    "min_amount": ("amount", "at least"),
    "max_tracking_error": ("tracking_error", "at most"),
    "max_fee": ("fee", "at most"),
    "max_premium": ("premium_size", "at most"),
    "max_correlation": ("correlation_held", "at most"),
}


class Limits(BaseModel):
    """What an index and a fund must keep to be admitted.

    ``unknown`` decides what happens to a fund that has no answer to a question: it ``passes`` and the table says what
    was not known, or it ``fails``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_years: float = Field(3.0, ge=0, description="years of index history")
    min_effective: float = Field(10.0, ge=1, description="effective number of members")
    max_top_ten: Fraction = Field(0.75, description="weight of the ten largest members")
    max_pe_percentile: Fraction = Field(0.95, description="PE in its own history")
    max_fall: Fraction = Field(0.75, description="deepest fall of the index from a peak")
    min_age: float = Field(1.0, ge=0, description="years since the fund was listed")
    min_size: Amount = Field(2e8, description="CNY")
    min_amount: Amount = Field(1e7, description="median turnover a session, CNY")
    max_tracking_error: Fraction = Field(0.02, description="a year")
    max_fee: Fraction = Field(0.0065, description="management and custody, a year")
    max_premium: Fraction = Field(0.01, description="median distance of price and net asset value")
    max_correlation: Annotated[float, Field(ge=-1, le=1)] = Field(0.95, description="with anything already held")
    unknown: Literal["passes", "fails"] = "passes"


def admit(table: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Ask every fund every question its table can answer.

    Parameters
    ----------
    table : DataFrame
        Funds × (some of) the columns in :data:`ASKED`.
    limits : Limits

    Returns
    -------
    DataFrame
        On the index of ``table``: ``admitted``, ``failed`` (the limits a fund breaks, in order) and ``unknown`` (those
        it has no answer to).
    """
    broken, silent = {}, {}
    for name, (column, side) in ASKED.items():
        values = table[column] if column in table else pd.Series(float("nan"), table.index)
        bound = getattr(limits, name)
        silent[name] = values.isna()
        broken[name] = values.notna() & ((values < bound) if side == "at least" else (values > bound))
    broken, silent = pd.DataFrame(broken, index=table.index), pd.DataFrame(silent, index=table.index)
    ok = ~broken.any(axis=1) & ((limits.unknown == "passes") | ~silent.any(axis=1))
    return pd.DataFrame({"admitted": ok, "failed": _named(broken), "unknown": _named(silent)}, index=table.index)


def _named(flags: pd.DataFrame) -> list[str]:
    names = flags.columns
    return [", ".join(names[row]) for row in flags.to_numpy()]


def tighter(limits: Limits, name: str, by: float) -> Limits:
    """Return the limits with one of them tightened: lower bounds raised, upper bounds lowered, by a share of itself.

    Parameters
    ----------
    limits : Limits
    name : str
        One of :data:`ASKED`.
    by : float
        Share of the bound: 0.25 raises a least of 100 to 125 and lowers a most of 100 to 75.

    Returns
    -------
    Limits
        A copy; the bound itself is not checked against its range.

    Raises
    ------
    ValueError
        For an unknown limit.
    """
    if name not in ASKED:
        raise ValueError(f"unknown limit {name!r}; the limits are {', '.join(ASKED)}")
    bound = getattr(limits, name)
    moved = bound + abs(bound) * by * (1 if ASKED[name][1] == "at least" else -1)
    return limits.model_copy(update={name: moved})
