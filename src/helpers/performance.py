"""Return statistics in the definitions the rotation report prints.

Every function takes simple periodic returns (fractions, one row per session) and states its year:
``periods_per_year`` is a keyword without a default, because a silent 252 beside a printed 250 is a
difference nobody finds. Drawdowns are negative numbers, as printed. Yearly statistics and drawdowns raise ValueError
for a return that is missing or below -1, whatever takes a benchmark for a date it lacks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.sessions import sessions

YEARLY_COLUMNS = (
    "return",
    "volatility",
    "sharpe",
    "max_drawdown",
    "excess_return",
    "tracking_error",
    "information_ratio",
    "relative_max_drawdown",
)
LOST_DAYS = 2  # sessions a vendor may have lost within a year; the next day's return holds theirs
SESSIONS_PER_YEAR = 250  # as the report counts


def annual_return(returns: pd.Series, *, periods_per_year: float) -> float:
    """Return the compound yearly rate of a return series.

    Parameters
    ----------
    returns : Series
        Simple periodic returns, without gaps.
    periods_per_year : float
        Sessions in a year; the report counts 250.

    Returns
    -------
    float
        ``prod(1 + r) ** (periods_per_year / n) - 1``; NaN for an empty series.
    """
    values = _values(returns)
    if not len(values):
        return np.nan
    return float((1 + _total(values)) ** (_year(periods_per_year) / len(values)) - 1)


def annual_volatility(returns: pd.Series, *, periods_per_year: float) -> float:
    """Return the sample standard deviation (``ddof=1``) of `returns`, scaled to `periods_per_year`; NaN below two."""
    values = _values(returns)
    if len(values) < 2:
        return np.nan
    return float(values.std(ddof=1) * np.sqrt(_year(periods_per_year)))


def sharpe_ratio(returns: pd.Series, *, periods_per_year: float) -> float:
    """Return compound yearly return over yearly volatility at `periods_per_year`, no risk-free rate.

    This is the report's ratio. Libraries that divide the *arithmetic* mean by the deviation print a
    higher number by about half the volatility.
    """
    volatility = annual_volatility(returns, periods_per_year=periods_per_year)
    return _ratio(annual_return(returns, periods_per_year=periods_per_year), volatility)


def max_drawdown(returns: pd.Series) -> float:
    """Return the deepest fall from an earlier peak (a number <= 0); the start counts as a peak."""
    values = _values(returns)
    if not len(values):
        return np.nan
    wealth = np.concatenate(([1.0], np.cumprod(1 + values)))
    return float((wealth / np.maximum.accumulate(wealth) - 1).min())


def excess_return(returns: pd.Series, benchmark: pd.Series, *, periods_per_year: float) -> float:
    """Return the geometric yearly excess ``(1 + r) / (1 + b) - 1`` of the two compound yearly rates.

    Parameters
    ----------
    returns, benchmark : Series
        Simple returns; the benchmark must have a value on every date of `returns`.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    float
        A fraction a year; NaN for an empty series.

    Raises
    ------
    ValueError
        If the benchmark lacks a date of `returns`.
    """
    base = annual_return(_aligned(returns, benchmark), periods_per_year=periods_per_year)
    return (1 + annual_return(returns, periods_per_year=periods_per_year)) / (1 + base) - 1


def tracking_error(returns: pd.Series, benchmark: pd.Series, *, periods_per_year: float) -> float:
    """Return the volatility of `returns` less those of the `benchmark`, in a year of `periods_per_year`."""
    difference = returns - _aligned(returns, benchmark)
    return annual_volatility(difference, periods_per_year=periods_per_year)


def information_ratio(returns: pd.Series, benchmark: pd.Series, *, periods_per_year: float) -> float:
    """Return geometric excess over the `benchmark` by tracking error, both in a year of `periods_per_year`."""
    error = tracking_error(returns, benchmark, periods_per_year=periods_per_year)
    return _ratio(excess_return(returns, benchmark, periods_per_year=periods_per_year), error)


def relative_returns(returns: pd.Series, benchmark: pd.Series) -> pd.Series:
    """Return the returns of wealth measured in units of the benchmark, ``(1 + r) / (1 + b) - 1``."""
    return (1 + returns) / (1 + _aligned(returns, benchmark)) - 1


def relative_max_drawdown(returns: pd.Series, benchmark: pd.Series) -> float:
    """Return the deepest fall of the strategy's wealth divided by the benchmark's."""
    return max_drawdown(relative_returns(returns, benchmark))


def monthly_excess(returns: pd.Series, benchmark: pd.Series) -> pd.Series:
    """Return the geometric excess ``(1 + r) / (1 + b) - 1`` over the `benchmark` by calendar month or part of one."""
    frame = pd.DataFrame({"r": returns, "b": _aligned(returns, benchmark)})
    months = (1 + frame).groupby(frame.index.to_period("M")).prod()
    return (months["r"] / months["b"] - 1).rename("excess")


def monthly_win_rate(returns: pd.Series, benchmark: pd.Series) -> float:
    """Return the share of calendar months in which the strategy beats the benchmark."""
    excess = monthly_excess(returns, benchmark)
    return float((excess > 0).mean()) if len(excess) else np.nan


def payoff_ratio(returns: pd.Series, benchmark: pd.Series) -> float:
    """Return the mean excess over the `benchmark` in months won by the mean loss in months lost (赔率)."""
    excess = monthly_excess(returns, benchmark)
    return _ratio(excess[excess > 0].mean(), -excess[excess < 0].mean())


def yearly_table(
    returns: pd.Series, benchmark: pd.Series, *, periods_per_year: float, part_years: str = "as_printed"
) -> pd.DataFrame:
    """Return the report's table: one row a calendar year, then one for the full period.

    Parameters
    ----------
    returns, benchmark : Series
        Simple daily returns of the strategy and of its benchmark, the latter on every date of the former.
    periods_per_year : float
        Sessions in a year; the report counts 250.
    part_years : {"as_printed", "annualise", "period"}
        How a first or last year that is not whole (:func:`whole_year`) shows its return and excess. The
        report annualises the first year and leaves the last one, "to date", as it is. The two ratios of a
        part year divide yearly rates in every case, since the volatility below them is a yearly one.

    Returns
    -------
    DataFrame
        Index ``period`` ("2019", …, "full"); the eight printed columns as fractions, then ``kind``
        ("year", "partial_year", "ytd", "full"), ``start``, ``end``, ``sessions`` and
        ``benchmark_return`` (stated as the return is).

    Raises
    ------
    ValueError
        For an unknown `part_years`, an empty series or a benchmark that lacks a date.

    Notes
    -----
    Rebuilds the columns of the style-timed, divergence and four-factor tables of S002. A full year shows
    its own compound return, not an annualised one, and its ratios divide that return.
    """
    if part_years not in ("as_printed", "annualise", "period"):
        raise ValueError(f"part_years={part_years!r}: use 'as_printed', 'annualise' or 'period'")
    if not len(returns):
        raise ValueError("yearly_table needs at least one return; the series is empty")
    base = _aligned(returns, benchmark)
    years = returns.index.year
    rows = {}
    for year in sorted(set(years)):
        inside = years == year
        kind = _kind(returns.index[inside], first=year == years[0], last=year == years[-1])
        annualised = kind == "partial_year" if part_years == "as_printed" else part_years == "annualise"
        rows[str(year)] = _row(returns[inside], base[inside], periods_per_year, kind, annualised)
    rows["full"] = _row(returns, base, periods_per_year, "full", True)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("period")


def performance_table(returns: pd.DataFrame, periods_per_year: float = SESSIONS_PER_YEAR) -> pd.DataFrame:
    """Return, volatility, Sharpe ratio and drawdown of each column in the report's definitions, in %.

    Parameters
    ----------
    returns : DataFrame
        Sessions × portfolios, simple returns (fractions) without gaps.
    periods_per_year : float
        Sessions in a year; the report counts 250.

    Returns
    -------
    DataFrame
        Columns × ``annualised_return_pct, annualised_vol_pct, sharpe, max_drawdown_pct`` (S002, flow groups).

    Raises
    ------
    ValueError
        If a return is missing.

    Examples
    --------
    >>> days = sessions("2024-01-01", "2024-12-31")
    >>> steady = pd.DataFrame({"steady": 0.0004}, index=days)
    >>> performance_table(steady)[["annualised_return_pct", "max_drawdown_pct"]].round(2)
            annualised_return_pct  max_drawdown_pct
    steady                  10.51               0.0
    """
    year = {"periods_per_year": periods_per_year}
    return pd.DataFrame(
        {
            "annualised_return_pct": {c: 100 * annual_return(r, **year) for c, r in returns.items()},
            "annualised_vol_pct": {c: 100 * annual_volatility(r, **year) for c, r in returns.items()},
            "sharpe": {c: sharpe_ratio(r, **year) for c, r in returns.items()},
            "max_drawdown_pct": {c: 100 * max_drawdown(r) for c, r in returns.items()},
        }
    )


def whole_year(dates: pd.DatetimeIndex) -> bool:
    """Return whether the dates of one calendar year are all of it, as the exchange counted its sessions.

    Parameters
    ----------
    dates : DatetimeIndex
        Ascending days of one year.

    Returns
    -------
    bool
        The first and the last session of the year are there, and all but at most two between them.

    Raises
    ------
    ValueError
        If the year lies outside the trading calendar.

    Examples
    --------
    >>> days = sessions("2024-01-01", "2024-12-31")
    >>> whole_year(days), whole_year(days[:225])
    (True, False)
    """
    year = dates[0].year
    due = sessions(f"{year}-01-01", f"{year}-12-31")
    return bool(due[0] in dates and due[-1] in dates and len(due.difference(dates)) <= LOST_DAYS)


def _kind(dates: pd.DatetimeIndex, *, first: bool, last: bool) -> str:
    """Name a calendar year by how much of it the series holds."""
    if not (first or last) or whole_year(dates):
        return "year"
    return "partial_year" if first else "ytd"


def _row(
    returns: pd.Series, base: pd.Series, periods_per_year: float, kind: str, annualised: bool
) -> dict[str, object]:
    """Return one row of the yearly table."""
    year = {"periods_per_year": periods_per_year}
    rate, base_rate = annual_return(returns, **year), annual_return(base, **year)
    total, base_total = _total(_values(returns)), _total(_values(base))
    shown, base_shown = (rate, base_rate) if annualised and kind != "year" else (total, base_total)
    # A whole year divides its own return, a part year its yearly rate: volatility is always per year.
    above, base_above = (total, base_total) if kind == "year" else (rate, base_rate)
    volatility = annual_volatility(returns, **year)
    error = tracking_error(returns, base, **year)
    return {
        "return": shown,
        "volatility": volatility,
        "sharpe": _ratio(above, volatility),
        "max_drawdown": max_drawdown(returns),
        "excess_return": (1 + shown) / (1 + base_shown) - 1,
        "tracking_error": error,
        "information_ratio": _ratio((1 + above) / (1 + base_above) - 1, error),
        "relative_max_drawdown": relative_max_drawdown(returns, base),
        "kind": kind,
        "start": returns.index[0],
        "end": returns.index[-1],
        "sessions": len(returns),
        "benchmark_return": base_shown,
    }


def _total(values: np.ndarray) -> float:
    """Return the compound return of `values`."""
    return float(np.prod(1 + values)) - 1


def _ratio(above: float, below: float) -> float:
    """Divide, giving NaN instead of an infinite ratio when there is nothing below."""
    return float(above / below) if np.isfinite(below) and below > 1e-15 else np.nan


def _year(periods_per_year: float) -> float:
    if not periods_per_year > 0:
        raise ValueError(f"periods_per_year={periods_per_year!r} must be a positive number of sessions")
    return float(periods_per_year)


def _values(returns: pd.Series) -> np.ndarray:
    """Return the values as floats, refusing gaps and anything below a total loss."""
    values = np.asarray(returns, dtype=float)
    if np.isnan(values).any():
        raise ValueError(
            f"{np.isnan(values).sum()} of {len(values)} returns are missing; drop or fill them before measuring"
        )
    if (values < -1).any():
        raise ValueError(f"a return of {values.min():.4g} loses more than everything; returns are fractions")
    return values


def _aligned(returns: pd.Series, benchmark: pd.Series) -> pd.Series:
    """Return the benchmark on the dates of `returns`, refusing a date it does not have."""
    absent = returns.index.difference(benchmark.index)
    if len(absent):
        raise ValueError(
            f"the benchmark has no return on {len(absent)} of {len(returns)} dates, first {absent[0]!s:.10}; "
            "cut both series to the same dates"
        )
    return benchmark.reindex(returns.index)
