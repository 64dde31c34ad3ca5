"""To which day do the report's figures of 2025 belong? Its prose and its Fig. 1 date one set of numbers differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.industry_years.returns import dates_that_fit, period_returns
from helpers.industry_years.study import REPORTED, WHOLE, IndustryYears, every_share
from helpers.published.exhibits import s001
from helpers.tables import MissingTable

__all__ = ["Period", "average_shares", "period_2025"]


@dataclass(frozen=True)
class Period:
    """The figures of 2025 under the two windows the report gives them.

    Attributes
    ----------
    returns : DataFrame, industries x windows
        Year to date, fractions.
    lines : DataFrame, benchmarks x windows
        The same of 沪深300 and 中证全指; NaN where there are no closes.
    yardstick : Series, by window
        The return of 中证全指 that industries are held against: its own, else the printed one where that may stand in.
    fit : DataFrame
        From :func:`helpers.industry_years.dates_that_fit`, best day first.
    """

    returns: pd.DataFrame
    lines: pd.DataFrame
    yardstick: pd.Series
    fit: pd.DataFrame

    @property
    def share(self) -> pd.Series:
        """Share of industries above the yardstick, by window; NaN without one."""
        return (self.returns > self.yardstick).mean().where(self.yardstick.notna())

    @property
    def figures(self) -> pd.DataFrame:
        """The report's figures, windows x items: counts, and returns in percent. Rebuilds S001 Fig. 1."""
        above, falling = self.share * len(self.returns), (self.returns < 0).sum()
        told = 100 * pd.concat([self.returns.T[list(s001.LEADERS)], self.lines.T[[WHOLE]]], axis=1)
        return told.assign(**{s001.ABOVE: above, s001.FALLING: falling})

    @property
    def windows(self) -> list[dict]:
        """Facts by window: ``window``, industries ``above`` the yardstick and ``falling``, return of ``leader``."""
        rows = self.figures.to_dict("index").items()
        leader = next(iter(s001.LEADERS))
        return [
            {"window": w, "above": row[s001.ABOVE], "falling": row[s001.FALLING], "name": leader, "leader": row[leader]}
            for w, row in rows
        ]

    @property
    def facts(self) -> dict:
        """The day that fits best, ``closest``, with its ``gap`` and the ``next_gap`` in percentage points."""
        gaps = 100 * self.fit["worst"]
        return {"closest": self.fit.index[0], "gap": gaps.iloc[0], "next_gap": gaps.iloc[1]}

    @property
    def marks(self) -> dict[str, float]:
        """Benchmarks to draw beside the industries to the day of Fig. 1: their returns, by label."""
        own = self.lines[s001.FIGURE].dropna().to_dict()
        borrowed = {f"{WHOLE} (as printed)": self.yardstick[s001.FIGURE]}
        return own if WHOLE in own or np.isnan(self.yardstick[s001.FIGURE]) else borrowed | own


def period_2025(years: IndustryYears) -> Period:
    """Ask the closes to which day the report's figures of 2025 belong.

    Parameters
    ----------
    years : IndustryYears

    Returns
    -------
    Period

    Raises
    ------
    MissingTable
        Other industries are ranked, or their closes do not reach from the end of 2024 to the day of Fig. 1.
    """
    windows, closes = s001.windows_2025(), years.closes
    if not years.as_printed or not {*s001.LEADERS} <= {*closes}:
        reason = f"the figures of 2025 are about {REPORTED}, this run ranks {years.scheme}"
        raise MissingTable("industry_daily", reason, f"Choose industry_scheme={REPORTED}.")
    base = windows[s001.FIGURE].year - 1
    try:
        returns = pd.DataFrame({w: period_returns(closes, base, day).round(4) for w, day in windows.items()})
    except ValueError as short:
        raise MissingTable("industry_daily", str(short), "Choose a later END.") from None
    lines = pd.DataFrame({w: _to_date(years.benchmarks, base, day) for w, day in windows.items()})
    printed = {name: s001.fact(key) / 100 for name, key in s001.LEADERS.items()}
    yardstick = lines.loc[WHOLE].fillna(s001.fact("k007") / 100) if years.borrow else lines.loc[WHOLE]
    return Period(returns, lines, yardstick, dates_that_fit(closes, base, printed))


def _to_date(closes: pd.DataFrame, base: int, day: pd.Timestamp) -> pd.Series:
    found = {}
    for name, line in closes.items():
        try:
            found[name] = period_returns(line.dropna().to_frame(), base, day).round(4).item()
        except ValueError:
            found[name] = np.nan
    return pd.Series(found)


def average_shares(years: IndustryYears) -> pd.Series:
    """Average the share of industries that beat 中证全指 over the printed years, without and with 2025 to date.

    Parameters
    ----------
    years : IndustryYears

    Returns
    -------
    Series
        By item of S001's prose, percent; NaN where a year is missing. Where the run starts does not matter.
    """
    printed = s001.yearly_returns().index.get_level_values("year").unique()
    shares = every_share(years)[WHOLE].reindex(printed)
    try:
        to_date = period_2025(years).share[s001.FIGURE]
    except MissingTable:
        to_date = np.nan
    both = pd.Series([*shares, to_date])
    return 100 * pd.Series({s001.AVERAGE: shares.mean(skipna=False), s001.AVERAGE_TO_DATE: both.mean(skipna=False)})
