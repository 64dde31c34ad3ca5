"""What a factor knew of later returns: rank correlation, groups, decay.

Forward returns start at the close at which one could have traded (`lag` sessions after the factor's date), so a test
of a factor and the backtest that trades it see the same days.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.inference import ic_summary, mean_test


def forward_returns(prices: pd.DataFrame, dates: Sequence[pd.Timestamp], periods: int, lag: int = 1) -> pd.DataFrame:
    """Return what each asset earned after each date.

    Parameters
    ----------
    prices : DataFrame
        Sessions x assets.
    dates : sequence of dates
        When the factor was known.
    periods : int
        Sessions held.
    lag : int
        Sessions from the date to the purchase; 1 buys at the next close.

    Returns
    -------
    DataFrame
        `dates` x assets; NaN where the span leaves the data.
    """
    if periods < 1 or lag < 0:
        raise ValueError(f"periods={periods!r}, lag={lag!r}: need periods >= 1 and lag >= 0")
    dates = pd.DatetimeIndex(dates)
    start = prices.index.searchsorted(dates, side="right") - 1 + lag
    end = start + periods
    inside = (start >= 0) & (end < len(prices))
    values = prices.to_numpy(dtype=float)
    out = np.full((len(dates), values.shape[1]), np.nan)
    out[inside] = values[end[inside]] / values[start[inside]] - 1
    return pd.DataFrame(out, dates, prices.columns)


def period_returns(prices: pd.DataFrame, dates: Sequence[pd.Timestamp], lag: int = 1) -> pd.DataFrame:
    """Return what each asset earned from the purchase after one date to the purchase after the next."""
    dates = pd.DatetimeIndex(dates)
    rows = prices.index.searchsorted(dates, side="right") - 1 + lag
    values = prices.to_numpy(dtype=float)
    inside = (rows[:-1] >= 0) & (rows[1:] < len(prices))
    out = np.full((len(dates), values.shape[1]), np.nan)
    out[:-1][inside] = values[rows[1:][inside]] / values[rows[:-1][inside]] - 1
    return pd.DataFrame(out, dates, prices.columns)


def quantile_of(factor: pd.DataFrame, quantiles: int = 5) -> pd.DataFrame:
    """Assign each date's assets to groups 1 (lowest) … `quantiles` (highest) by the date's own quantiles."""
    edges = np.linspace(0, 1, quantiles + 1)[1:-1]
    values = factor.to_numpy(dtype=float)
    group = np.full(values.shape, np.nan)
    rows = np.isfinite(values).sum(axis=1) >= quantiles
    if rows.any():
        cuts = np.nanquantile(values[rows], edges, axis=1)
        above = (values[rows][None] > cuts[:, :, None]).sum(axis=0) + 1.0
        group[rows] = np.where(np.isfinite(values[rows]), above, np.nan)
    return pd.DataFrame(group, factor.index, factor.columns)


def quantile_returns(factor: pd.DataFrame, forward: pd.DataFrame, quantiles: int = 5) -> pd.DataFrame:
    """Return the mean forward return of each group on each date, dates x 1 … `quantiles`."""
    group = quantile_of(factor.where(forward.reindex(index=factor.index, columns=factor.columns).notna()), quantiles)
    values = forward.reindex(index=factor.index, columns=factor.columns)
    means = {q: values.where(group == q).mean(axis=1) for q in range(1, quantiles + 1)}
    return pd.DataFrame(means).rename_axis(columns="quantile")


def ic_decay(
    factor: pd.DataFrame, prices: pd.DataFrame, horizons: Sequence[int] = range(1, 9), step: int = 5, lag: int = 1
) -> pd.DataFrame:
    """Return the mean rank IC with the returns of the 1st, 2nd, … later period alone (not cumulated).

    Parameters
    ----------
    factor : DataFrame
        Dates x assets.
    prices : DataFrame
        Sessions x assets.
    horizons : sequence of int
        Which later periods.
    step : int
        Sessions in a period.
    lag : int
        As in `forward_returns`.

    Returns
    -------
    DataFrame
        Index `horizons`; columns of `helpers.inference.mean_test`.
    """
    rows = {h: ic_summary(factor, forward_returns(prices, factor.index, step, lag + (h - 1) * step)) for h in horizons}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("period")


def summary(
    factors: dict[str, pd.DataFrame], prices: pd.DataFrame, dates: Sequence[pd.Timestamp], lag: int = 1
) -> pd.DataFrame:
    """Return one row a factor: rank IC from decision to decision, and top less bottom group with its t value.

    Returns
    -------
    DataFrame
        ``ic, ic_t, n, share_positive, top_less_bottom, top_less_bottom_t`` (return per holding period).
    """
    forward = period_returns(prices, dates, lag)
    rows = {}
    for name, factor in factors.items():
        at = factor.reindex(pd.DatetimeIndex(dates))
        ic = ic_summary(at, forward)
        groups = quantile_returns(at, forward)
        spread = mean_test(groups[groups.columns[-1]] - groups[1], lags=0)
        rows[name] = {
            "ic": ic["mean"],
            "ic_t": ic["t"],
            "n": ic["n"],
            "share_positive": ic["share_positive"],
            "top_less_bottom": spread["mean"],
            "top_less_bottom_t": spread["t"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("factor")
