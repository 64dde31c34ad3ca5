"""Each value beside the ones before and after it: a jump that no split or listing explains is a wrong row.

A price a thousand times its neighbours, or units in 万份 on one day, pass every check of single values and change what
a chapter concludes. What cannot be real is refused; what may be real is a warning that names the row.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.tables.errors import DataError, DataWarning, plain

__all__ = ["STEADY", "Steady", "check_neighbours"]


@dataclass(frozen=True)
class Steady:
    """How far a column may move from one row of a series to the next, as a ratio either way.

    Parameters
    ----------
    spike : float
        Refused: a value this many times *both* its neighbours, or this fraction of both.
    leap : float
        Refused: a value this many times the one before, for good.
    odd_spike, odd_leap : float
        Worth a warning: the same within ``odd_days`` of the row before.
    floor : float
        Smaller values are noise: they are neighbours, but are not judged.
    """

    spike: float
    leap: float = np.inf
    odd_spike: float = np.inf
    odd_leap: float = np.inf
    odd_days: int = 15
    floor: float = 0.0


# Funds and indices move 20 % a day at most, listed stocks more on their first days and after long halts; raw prices
# and units move by splits (up to 100 : 1) and come back from none; turnover does what it likes.
_RETURN = Steady(spike=2, leap=5, odd_spike=1.5, odd_leap=1.5)
_RAW_PRICE = Steady(spike=2, leap=200, odd_spike=1.5)
_STOCK = Steady(spike=5, leap=50, odd_spike=3)
_RATIO = Steady(spike=5, leap=20, odd_spike=3)

STEADY: dict[str, dict[str, Steady]] = {
    "etf_daily": {
        "adj_close": _RETURN,
        "close": _RAW_PRICE,
        "nav": _RAW_PRICE,
        "amount": Steady(spike=5e3, odd_spike=1e3, floor=1e9),
    },
    "etf_shares": {
        "shares": Steady(spike=50, leap=2000, odd_spike=10, odd_leap=20),
        "nav": _RAW_PRICE,
    },
    "index_daily": {"close": _RETURN},
    "industry_daily": {"close": _RETURN},
    "fund_nav": {"nav_adj": _RETURN},
    "index_valuation": {
        "pe_ttm": Steady(spike=100, leap=2000, odd_spike=10),  # has no ceiling where earnings come near zero
        "pb": _RATIO,
        "div_yield": _RATIO,
    },
    "stock_daily": {"adj_close": _STOCK, "close": _STOCK, "float_cap": Steady(spike=10, leap=1000)},
}


def check_neighbours(schema, table: pd.DataFrame, origin: str) -> None:
    """Refuse values that stand apart from their neighbours by more than any market moves, and warn of odd ones.

    Parameters
    ----------
    schema : DataFrameSchema
        One of :data:`helpers.tables.SCHEMAS`.
    table : DataFrame
        Rows in key order; labels are the row positions of the file.
    origin : str
        Named in errors and warnings.

    Raises
    ------
    DataError
        Naming the first such row, its series and the values around it.

    Warns
    -----
    DataWarning
        Once per column, naming the first odd row and how many there are.
    """
    rules = {column: rule for column, rule in STEADY.get(schema.name, {}).items() if column in table}
    if not rules:
        return
    day, *series = schema.metadata["key"]
    number = _numbered(table, series)
    order = np.argsort(number, kind="stable")
    number, days = number[order], table[day].to_numpy()[order]
    for column, rule in rules.items():
        values = table[column].to_numpy(dtype=float)[order]
        known = values > 0
        if not known.any():
            continue
        spikes, leaps, odd = _apart(values[known], number[known], days[known], rule)
        name = _Naming(table, series, column, order[known])
        for rows, way_out in ((spikes, _SPIKE), (leaps, _LEAP)):
            if len(rows):
                raise name.refusal(rows[0], origin, way_out)
        if len(odd):
            warnings.warn(name.remark(odd, origin), DataWarning, stacklevel=4)


def _numbered(table: pd.DataFrame, series: list[str]) -> np.ndarray:
    """Number the series in as few bits as they need: sorting millions of small numbers is fast."""
    if len(series) == 1:
        number = pd.factorize(table[series[0]])[0]
    else:
        number = table.groupby(series, sort=False, observed=True).ngroup().to_numpy()
    return number.astype(np.min_scalar_type(number.max(initial=0)))


_SPIKE = "A decimal point, another unit, a row of another series? Correct it, or leave the row out."
_LEAP = "Did the unit or the adjustment change? Bring the whole series to one."


def _apart(values: np.ndarray, number: np.ndarray, days: np.ndarray, rule: Steady) -> tuple[np.ndarray, ...]:
    """Return the rows that spike, leap, or are odd, among known values that stand series after series."""
    step = np.diff(np.log(values), prepend=np.nan, append=np.nan)  # step[i] leads to row i, step[i + 1] away from it
    starts = np.r_[True, number[1:] != number[:-1], True]
    step[: len(starts)][starts] = np.nan
    least = np.log(min(rule.spike, rule.leap, rule.odd_spike, rule.odd_leap))
    rows = np.flatnonzero(np.abs(step[:-1]) >= least)  # few: all that follows costs nothing
    rows = rows[values[rows] >= rule.floor]
    into, away = step[rows], -step[rows + 1]
    both = np.where(into * away > 0, np.minimum(np.abs(into), np.abs(away)), 0.0)
    leaps = rows[np.abs(into) >= np.log(rule.leap)]
    leaps -= starts[leaps - 1] & ~starts[leaps + 1]  # the first row of a series stands apart from all that follow
    near = days[rows] - days[rows - 1] <= np.timedelta64(rule.odd_days, "D")
    peak = both >= np.log(rule.odd_spike)
    off = near & (np.abs(into) >= np.log(rule.odd_leap)) & ~np.isin(rows - 1, rows[peak])  # not the way back
    return rows[both >= np.log(rule.spike)], leaps, rows[peak | off]


@dataclass(frozen=True)
class _Naming:
    """Words for rows, given as positions in ``place``."""

    table: pd.DataFrame
    series: list[str]
    column: str
    place: np.ndarray

    def refusal(self, at: int, origin: str, way_out: str) -> DataError:
        row = self.place[at]
        expected = f"a value like its neighbours, {self._around(at)}"
        value = plain(self.table[self.column].iloc[row])
        return DataError(origin, expected, column=self.column, row=self.table.index[row], value=value, way_out=way_out)

    def remark(self, rows: np.ndarray, origin: str) -> str:
        row = self.place[rows[0]]
        value = plain(self.table[self.column].iloc[row])
        more = f" ({len(rows)} such rows)" if len(rows) > 1 else ""
        where = f"{Path(origin).name}, column {self.column!r}, row {self.table.index[row] + 1}"
        around = self._around(rows[0])
        return f"{where}: {value!r} is far from its neighbours, {around}{more}. It may be real: look at it."

    def _around(self, at: int) -> str:
        """Describe the rows before and after one, in its own series."""
        rows = self.table.iloc[self.place[max(at - 1, 0) : at + 2]]
        own = self.table.iloc[self.place[at]]
        mine = (rows[self.series] == own[self.series]).all(axis=1) & (rows.index != own.name)
        day = self.table.columns[0]
        told = [f"{plain(row[self.column])!r} on {row[day]:%Y-%m-%d}" for _, row in rows[mine].iterrows()]
        return f"{' and '.join(told)} for {' '.join(own[self.series])} on {own[day]:%Y-%m-%d}"
