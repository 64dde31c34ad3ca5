"""What an index costs and what it earns: multiples in their own history, risk premium, growth once announced."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.index_research.characteristics import trailing_year
from helpers.index_research.stocks import StockTables
from helpers.tables import MissingTable

__all__ = ["index_fundamentals", "own_history", "risk_premium", "valuation_table"]

LEAST = 250  # observations before a percentile says anything


def own_history(values: pd.Series, since: pd.Timestamp | str | None = None, least: int = LEAST) -> pd.DataFrame:
    """Return where each value stands in what had been seen by its day.

    Parameters
    ----------
    values : Series
        A multiple by date, ascending.
    since : date-like, optional
        First day of the history.
    least : int
        Observations needed.

    Returns
    -------
    DataFrame
        ``value``, ``percentile`` (share of the values so far that are not above it), ``median`` of those so far, ``n``.
    """
    known = values.dropna().loc[pd.Timestamp(since) if since is not None else None :]
    history = known.expanding(min_periods=max(least, 1))
    return pd.DataFrame(
        {
            "value": known,
            "percentile": history.rank(method="max", pct=True),
            "median": history.median(),
            "n": np.arange(1, len(known) + 1),
        }
    )


def risk_premium(pe: pd.Series, bond_yield: pd.Series | float) -> pd.Series:
    """Return the equity risk premium, earnings yield less bond yield, by date.

    Parameters
    ----------
    pe : Series
        Price over earnings of the last four quarters.
    bond_yield : Series or float
        Ten-year yield as a fraction: dated, the last one known counts, or one number for all dates.

    Returns
    -------
    Series
        Fractions; NaN where PE is not positive, or before the first yield.
    """
    yields = bond_yield if np.isscalar(bond_yield) else bond_yield.sort_index().reindex(pe.index, method="ffill")
    return (1 / pe.where(pe > 0) - yields).rename("risk_premium")


def valuation_table(
    index_valuation: pd.DataFrame,
    since: pd.Timestamp | str | None = None,
    bond_yield: pd.Series | float | None = None,
    least: int = LEAST,
) -> pd.DataFrame:
    """Return the last multiples of each index, each with its percentile in its own history.

    Parameters
    ----------
    index_valuation : DataFrame
        Canonical.
    since : date-like, optional
        First day of the histories.
    bond_yield : Series or float, optional
        Ten-year yield, a fraction; adds ``risk_premium``.
    least : int
        Observations below which percentile and median are NaN.

    Returns
    -------
    DataFrame
        By ``index_code``: ``date``, and for ``pe_ttm, pb, div_yield`` the value, ``…_percentile``, ``…_median``; ``n``
        observations of ``pe_ttm``.
    """
    rows = {}
    for code, table in index_valuation.sort_values("date").groupby("index_code", observed=True):
        table = table.set_index("date")
        row = {"date": table.index[-1]}
        for name in ("pe_ttm", "pb", "div_yield"):
            if name not in table or table[name].notna().sum() == 0:
                continue
            known = table[name].dropna().loc[pd.Timestamp(since) if since is not None else None :]
            if len(known):
                enough = len(known) >= least
                row |= {name: known.iloc[-1], f"{name}_median": known.median() if enough else np.nan}
                row[f"{name}_percentile"] = (known <= known.iloc[-1]).mean() if enough else np.nan
                row |= {"n": len(known)} if name == "pe_ttm" else {}
        if bond_yield is not None and "pe_ttm" in row:
            row["risk_premium"] = risk_premium(table["pe_ttm"].dropna(), bond_yield).iloc[-1]
        rows[code] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("index_code")


def index_fundamentals(index_weights: pd.DataFrame, stocks: StockTables, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Return growth and profitability of an index as its holder would compute them from announced reports.

    A weight of $w$ in a stock worth $c$ owns the share $w / c$ of what it earns; sums over members make the index.
    Growth compares the trailing year with the one before for the *same* members, so that a review grows nothing.

    Parameters
    ----------
    index_weights : DataFrame
        Canonical rows of one index.
    stocks : StockTables
        Uncut.
    dates : DatetimeIndex
        Evenings; each uses the last weights dated before it and the reports announced by then.

    Returns
    -------
    DataFrame
        By date: ``revenue_growth, profit_growth, roe, roa, covered`` (weight of members with all numbers).

    Raises
    ------
    MissingTable
        If no date has weights before it.
    """
    by_date = dict(list(index_weights.sort_values("date").groupby("date")))
    known_days = pd.DatetimeIndex(list(by_date))
    rows = {}
    for date in dates:
        at = known_days.searchsorted(date) - 1
        if at >= 0:
            rows[date] = _aggregate(by_date[known_days[at]].set_index("code")["weight"], stocks.at(date))
    if not rows:
        raise MissingTable("index_weights", "no weights of the index before any of the dates")
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("date")


def _aggregate(weights: pd.Series, known: StockTables) -> dict[str, float]:
    weight = weights.reindex(known.codes).fillna(0.0).to_numpy()
    cap = known.panel("float_cap")[-20:]
    worth = np.nanmean(np.where(np.isfinite(cap).any(axis=0), cap, 0.0), axis=0)
    profit, revenue = trailing_year(known, "net_profit"), trailing_year(known, "revenue")
    before = [trailing_year(known, name, 4) for name in ("net_profit", "revenue")]
    rates = {name: trailing_year(known, name) / 4 for name in ("roe", "roa")}
    needed = [profit, revenue, *before, *rates.values()]
    ok = (weight > 0) & (worth > 0) & np.isfinite(needed).all(axis=0)
    share = np.where(ok, weight / np.where(worth > 0, worth, 1), 0.0)
    total = [float((share * np.where(ok, x, 0.0)).sum()) for x in (profit, revenue, *before)]
    row = {"revenue_growth": total[1] / total[3] - 1 if total[3] > 0 else np.nan}
    row["profit_growth"] = total[0] / total[2] - 1 if total[2] > 0 else np.nan
    for name, rate in rates.items():
        usable = ok & (np.sign(rate) == np.sign(profit)) & (rate != 0)
        base = float((share * np.where(usable, profit / np.where(rate == 0, 1, rate), 0.0)).sum())
        earned = float((share * np.where(usable, profit, 0.0)).sum())
        row[name] = earned / base if base > 0 else np.nan
    return row | {"covered": float(weight[ok].sum())}
