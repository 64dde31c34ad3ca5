"""What a factor knew of later returns: rank correlation, groups, decay.

Forward returns start at the close at which one could have traded (`lag` sessions after the factor's date), so a test
of a factor and the backtest that trades it see the same days.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


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


def rank_ic(factor: pd.DataFrame, forward: pd.DataFrame) -> pd.Series:
    """Return Spearman's correlation of factor and forward return across assets, one a date.

    NaN on dates with fewer than three assets that have both. Ties get their average rank.
    """
    forward = forward.reindex(index=factor.index, columns=factor.columns)
    both = factor.notna() & forward.notna()
    ranks = [frame.where(both).rank(axis=1) for frame in (factor, forward)]
    left, right = (frame.sub(frame.mean(axis=1), axis=0) for frame in ranks)
    scale = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    enough = (both.sum(axis=1) >= 3) & (scale > 0)
    return ((left * right).sum(axis=1) / scale).where(enough).rename("ic")


def mean_with_t(values: pd.Series, overlap: int = 0) -> dict[str, float]:
    """Return ``mean, std, t, n, share_positive``, the t value robust to `overlap` shared periods (Newey-West)."""
    known = values.dropna().to_numpy(dtype=float)
    n = len(known)
    if n < 3:
        return {"mean": known.mean() if n else np.nan, "std": np.nan, "t": np.nan, "n": n, "share_positive": np.nan}
    gap = known - known.mean()
    variance = gap @ gap / n
    for k in range(1, min(overlap, n - 1) + 1):
        variance += 2 * (1 - k / (overlap + 1)) * (gap[k:] @ gap[:-k]) / n
    std = known.std(ddof=1)
    t = known.mean() / np.sqrt(variance / (n - 1)) if variance > 0 else np.nan
    return {"mean": known.mean(), "std": std, "t": t, "n": n, "share_positive": float((known > 0).mean())}


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
        Index `horizons`; columns of `mean_with_t`.
    """
    rows = {
        h: mean_with_t(rank_ic(factor, forward_returns(prices, factor.index, step, lag + (h - 1) * step)))
        for h in horizons
    }
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
        ic = mean_with_t(rank_ic(at, forward))
        groups = quantile_returns(at, forward)
        spread = mean_with_t(groups[groups.columns[-1]] - groups[1])
        rows[name] = {
            "ic": ic["mean"],
            "ic_t": ic["t"],
            "n": ic["n"],
            "share_positive": ic["share_positive"],
            "top_less_bottom": spread["mean"],
            "top_less_bottom_t": spread["t"],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("factor")
