"""验成色: what an index has to show on one evening: history, structure, price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers import performance
from helpers.index_research.history import closes_of, rolling_excess
from helpers.index_research.structure import concentration
from helpers.index_research.valuation import valuation_table

__all__ = ["correlation_with_held", "index_evidence"]

YEAR = 250
COLUMNS = ["years", "return_1y", "excess_3y", "ahead", "independent", "volatility", "fall"]
COLUMNS += ["members", "top_ten", "effective", "pe_ttm", "pe_ttm_percentile", "pb_percentile"]


def index_evidence(
    market: Mapping[str, pd.DataFrame], codes: Sequence[str], date: pd.Timestamp | str, benchmark: str = "000300"
) -> pd.DataFrame:
    """Put what is known of each index into one row.

    Parameters
    ----------
    market : mapping
        ``index_daily`` is needed; ``index_weights`` and ``index_valuation`` add columns.
    codes : sequence of str
        Indices.
    date : date-like
        The evening; nothing later is read.
    benchmark : str
        Index the excess is measured against.

    Returns
    -------
    DataFrame
        By index: ``years`` of closes, ``return_1y``, ``excess_3y`` (a year), ``ahead`` (share of one-year windows ahead
        of the benchmark), ``independent`` (windows that do not overlap), ``volatility``, ``fall`` (deepest, positive);
        ``members, top_ten, effective``; ``pe_ttm, pe_ttm_percentile, pb_percentile``. NaN where nothing is known.
    """
    date = pd.Timestamp(date)
    daily = market["index_daily"]
    closes = closes_of(daily[daily["date"] <= date], list(dict.fromkeys([*codes, benchmark])))
    base = closes.get(benchmark)
    rows = {code: _history(closes[code].dropna(), base) for code in codes if code in closes}
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(list(codes)).rename_axis("index_code")
    if "index_weights" in market:
        table = table.join(_shape(market["index_weights"], codes, date))
    if "index_valuation" in market:
        known = market["index_valuation"]
        known = known[(known["date"] <= date) & known["index_code"].isin(list(codes))]
        found = valuation_table(known)
        table = table.join(found[[c for c in ("pe_ttm", "pe_ttm_percentile", "pb_percentile") if c in found]])
    return table.reindex(columns=[*COLUMNS, *(c for c in table if c not in COLUMNS)])


def _history(closes: pd.Series, base: pd.Series | None) -> dict[str, float]:
    returns = closes.pct_change().dropna()
    row = {"years": (closes.index[-1] - closes.index[0]).days / 365.25 if len(closes) else np.nan}
    row["return_1y"] = closes.iloc[-1] / closes.iloc[-1 - YEAR] - 1 if len(closes) > YEAR else np.nan
    recent = returns.iloc[-3 * YEAR :]
    row["volatility"] = performance.annual_volatility(recent, periods_per_year=YEAR)
    row["fall"] = -performance.max_drawdown(returns) if len(returns) else np.nan
    if base is not None and len(recent) == 3 * YEAR:
        other = base.pct_change().reindex(recent.index)
        if other.notna().all():
            row["excess_3y"] = performance.excess_return(recent, other, periods_per_year=YEAR)
        ahead = rolling_excess(closes, base, YEAR).iloc[0]
        row |= {"ahead": ahead["share_ahead"], "independent": ahead["independent"]}
    return row


def _shape(index_weights: pd.DataFrame, codes: Sequence[str], date: pd.Timestamp) -> pd.DataFrame:
    """Return the structure at the last weights dated before the evening: those of the day itself come out after it."""
    known = index_weights[(index_weights["date"] < date) & index_weights["index_code"].isin(list(codes))]
    last = known.groupby("index_code", observed=True)["date"].transform("max")
    shape = concentration(known[known["date"] == last]).droplevel("date")
    return shape[["members", "top_ten", "effective"]]


def correlation_with_held(returns: pd.DataFrame, held: Sequence[str], window: int = YEAR, least: int = 60) -> pd.Series:
    """Return each fund's highest correlation with anything already held, over the last sessions.

    Parameters
    ----------
    returns : DataFrame
        Sessions × funds up to the evening.
    held : sequence of str
        Funds already held; what is held is measured against the rest of it.
    window, least : int
        Sessions looked at, and needed in common.

    Returns
    -------
    Series
        NaN where nothing is held or too little is known.
    """
    recent = returns.iloc[-window:]
    there = [code for code in held if code in recent]
    if not there:
        return pd.Series(np.nan, index=returns.columns, name="correlation_held")
    rho = pd.DataFrame({code: recent.corrwith(recent[code]) for code in there})
    both = pd.DataFrame({code: recent.notna().mul(recent[code].notna(), axis=0).sum() for code in there})
    for code in there:
        rho.loc[code, code] = np.nan
    return rho.where(both >= least).max(axis=1).rename("correlation_held")
