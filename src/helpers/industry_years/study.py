"""The industries of a run year by year, as chapter 01 shows them: ranked, and held against the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from helpers.industry_years.returns import (
    benchmark_closes,
    benchmark_years,
    share_beating,
    yearly_returns,
)
from helpers.panels import industry_closes
from helpers.published import load
from helpers.published.exhibits import s001
from helpers.tables import MissingTable

__all__ = [
    "BENCHMARKS",
    "LARGE",
    "REPORTED",
    "WHOLE",
    "IndustryYears",
    "every_share",
    "load_years",
    "plain_facts",
    "printed_shares",
    "ranking_facts",
    "share_facts",
    "shares_beating",
]

LARGE, WHOLE = "沪深300", s001.WHOLE_MARKET
BENCHMARKS = {LARGE: "000300", WHOLE: "000985"}
REPORTED = "SW2021_L1"  # the classification the report ranks


@dataclass(frozen=True)
class IndustryYears:
    """The industries of a run, year by year.

    Attributes
    ----------
    scheme : str
        The classification ranked.
    closes : DataFrame, dates x industries
    benchmarks : DataFrame, dates x 2
        Closes of 沪深300 and 中证全指; empty columns where there are none.
    returns : DataFrame, years x industries
        All full years of the data, fractions. Rebuilds S001 Table 1.
    ranked : DataFrame
        The years from the run's first one on.
    borrow : bool
        Whether printed returns stand in for years in which one benchmark, but not both, lacks closes.
    """

    scheme: str
    closes: pd.DataFrame
    benchmarks: pd.DataFrame
    returns: pd.DataFrame
    ranked: pd.DataFrame
    borrow: bool

    @property
    def as_printed(self) -> bool:
        """Whether these are the industries the report ranks."""
        return self.scheme == REPORTED

    @property
    def yardsticks(self) -> pd.DataFrame:
        """Returns of the benchmarks over the years of ``returns``, printed ones where they may stand in."""
        own = benchmark_years(self.benchmarks).reindex(self.returns.index)
        if not self.borrow:
            return own
        printed = s001.yearly_returns().unstack("name")[list(BENCHMARKS)] / 100
        return own.combine_first(printed.reindex(own.index))[list(BENCHMARKS)]

    @property
    def summary(self) -> dict:
        """Facts: how many industries and years, the first and the last, and benchmarks without closes."""
        absent = [f"{name} ({code})" for name, code in BENCHMARKS.items() if self.benchmarks[name].isna().all()]
        return {
            "industries": self.closes.shape[1],
            "scheme": self.scheme,
            "years": len(self.ranked),
            "several": len(self.ranked) > 1,
            "first": self.ranked.index[0],
            "last": self.ranked.index[-1],
            "absent": absent,
            "borrow": self.borrow,
        }

    def table(self, last: int) -> tuple[pd.DataFrame, pd.Series]:
        """Return the last years ranked with their benchmarks, and the benchmark that colours are measured from."""
        shown = self.ranked.tail(last).join(self.yardsticks).dropna(axis=1, how="all")
        return shown, self.yardsticks[WHOLE].fillna(self.yardsticks[LARGE]).reindex(shown.index)

    @property
    def printed_cells(self) -> pd.Series:
        """Returns of industries and benchmarks, percent, by ``(year, name)`` as in S001 Table 1."""
        own = benchmark_years(self.benchmarks)
        cells = (100 * self.returns.join(own)).stack() if self.as_printed else pd.Series(dtype=float)
        return cells.dropna()

    @property
    def why(self) -> dict[str, str]:
        """Reasons for the scoreboard by item of S001 Table 1: another classification, or no full year of closes."""
        if not self.as_printed:
            return {"": f"the report ranks {REPORTED} of industry_daily, this run {self.scheme}"}
        years = s001.yearly_returns().index.get_level_values("year").unique()
        reasons = {f"{year} ": f"industry_daily holds no full year {year}" for year in years}
        lines = {(year, name): code for year in years for name, code in BENCHMARKS.items()}
        return reasons | {f"{y} {n}": f"index_daily holds no full year {y} of {c}" for (y, n), c in lines.items()}


def load_years(
    market: Mapping[str, pd.DataFrame], scheme: str = REPORTED, since: str | None = None, borrow: bool = True
) -> IndustryYears:
    """Take the full years of a classification and of the two benchmarks.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        Takes ``industry_daily`` and, where there is one, ``index_daily``.
    scheme : str
        The classification.
    since : date, optional
        First day of the first year ranked.
    borrow : bool, default True
        Whether the printed returns of a benchmark without closes may stand in, for the report's own industries. A
        simulated market must not be measured against the real one.

    Returns
    -------
    IndustryYears

    Raises
    ------
    MissingTable
        There are no closes of the scheme, no full year of them, or none from ``since`` on.
    """
    daily = market["industry_daily"]
    if scheme not in set(daily["scheme"]):
        held = ", ".join(sorted(daily["scheme"].unique()))
        raise MissingTable("industry_daily", f"holds no {scheme}, only {held}", "Choose industry_scheme among them.")
    closes = industry_closes(daily, scheme)
    returns = yearly_returns(closes)
    ranked = returns.loc[pd.Timestamp(since).year :] if since else returns
    if ranked.empty:
        held = f"spans {closes.index.min():%Y-%m-%d} to {closes.index.max():%Y-%m-%d}, no full year of {scheme}"
        begin = f" from {pd.Timestamp(since).year} on, where START begins" if since and len(returns) else ""
        raise MissingTable("industry_daily", held + begin, "Choose an earlier START or a later END.")
    empty = pd.DataFrame(columns=["date", "index_code", "close"])
    benchmarks = benchmark_closes(market.get("index_daily", empty), BENCHMARKS)
    borrow = borrow and scheme == REPORTED and bool(benchmarks.notna().any().any())
    return IndustryYears(scheme, closes, benchmarks, returns, ranked, borrow)


def ranking_facts(years: IndustryYears, last: int) -> dict:
    """Say how far apart the industries of a year end, and who came first.

    Parameters
    ----------
    years : IndustryYears
    last : int
        How many of the years ranked are looked at, counted from the last.

    Returns
    -------
    dict
        ``low, high`` (best minus worst, percentage points), ``leaders`` (how many different), ``years``, ``several``,
        ``first`` (texts such as ``"银行 2024"``).
    """
    shown = years.ranked.tail(last)
    spread = 100 * (shown.max(axis=1) - shown.min(axis=1))
    best = shown.idxmax(axis=1)
    return {
        "low": spread.min(),
        "high": spread.max(),
        "leaders": best.nunique(),
        "years": len(shown),
        "several": len(shown) > 1,
        "first": [f"{name} {year}" for year, name in best.items()],
    }


def shares_beating(years: IndustryYears) -> pd.DataFrame:
    """Return the share of industries that beat each benchmark in the years ranked. Rebuilds S001 Fig. 2.

    Both sides are rounded to the two printed decimals first, since the yardstick may be a printed number.

    Parameters
    ----------
    years : IndustryYears

    Returns
    -------
    DataFrame
        Index: years with a yardstick; one column per benchmark; fractions.

    Raises
    ------
    MissingTable
        No benchmark has a return in any year ranked.
    """
    shares = every_share(years).loc[years.ranked.index[0] :]
    if shares.empty:
        held = f"holds no full year of {' or '.join(BENCHMARKS.values())} among those ranked"
        raise MissingTable("index_daily", held, "Give the closes of a benchmark.")
    return shares


def every_share(years: IndustryYears) -> pd.DataFrame:
    """Return the shares of :func:`shares_beating` for all years of the data, START or not."""
    own, yardsticks = years.returns.round(4), years.yardsticks.round(4)
    beaten = {name: share_beating(own, yardsticks[name])["share"] for name in BENCHMARKS}
    return pd.DataFrame(beaten).sort_index().dropna(how="all").rename_axis("year")


def printed_shares(years: IndustryYears) -> pd.DataFrame:
    """Return the shares that follow from the printed Table 1, of the years ranked; empty for other industries."""
    table = load("derived_s001_share_beating_yearly").set_index("year")
    columns = {"share_beating_csi300_pct": LARGE, "share_beating_csi_all_pct": WHOLE}
    shares = table[list(columns)].rename(columns=columns) / 100
    return shares.loc[shares.index.isin(years.ranked.index)] if years.as_printed else shares.iloc[:0]


def share_facts(years: IndustryYears, shares: pd.DataFrame) -> dict:
    """Average the shares over the printed years the run ranks, or over all where it ranks none of them.

    Parameters
    ----------
    years : IndustryYears
    shares : DataFrame
        From :func:`shares_beating`.

    Returns
    -------
    dict
        ``first, last, several`` (years averaged), ``average`` (Series by benchmark), ``whole, large`` (fractions),
        ``below`` (years in which fewer than half beat 中证全指) of ``counted``, ``widest`` (year) and ``gap`` (fraction
        of all industries between the two yardsticks then).
    """
    printed = printed_shares(years).index.intersection(shares.dropna().index)
    taken = shares.loc[printed] if len(printed) else shares
    against, gap = taken[WHOLE].dropna(), (shares[LARGE] - shares[WHOLE]).abs().dropna()
    return {
        "first": taken.index[0],
        "last": taken.index[-1],
        "several": len(taken) > 1,
        "average": taken.mean(),
        "whole": taken[WHOLE].mean(),
        "large": taken[LARGE].mean(),
        "below": int((against < 0.5).sum()),
        "counted": len(against),
        "widest": gap.idxmax() if len(gap) else None,
        "gap": gap.max(),
    }


def plain_facts(returns: pd.DataFrame) -> dict:
    """Let each industry compete with the plain average of all.

    Parameters
    ----------
    returns : DataFrame
        Years × industries, fractions.

    Returns
    -------
    dict
        ``share`` (that beat it, mean over years), ``below`` (less than half), ``first, last, years`` and ``skewed``
        (years in which the mean lies above the median).
    """
    shares = share_beating(returns, returns.mean(axis=1))["share"]
    return {
        "share": shares.mean(),
        "below": bool(shares.mean() < 0.5),
        "first": shares.index[0],
        "last": shares.index[-1],
        "years": len(shares),
        "skewed": int((returns.mean(axis=1) > returns.median(axis=1)).sum()),
    }
