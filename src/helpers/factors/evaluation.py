"""What a factor knew of later returns: rank correlation, groups, decay.

Returns are those of `helpers.backtest`: a test of a factor and the backtest that trades it see the same days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.backtest.holding_returns import forward_returns, period_returns
from helpers.factors.four_factors import left_over
from helpers.flows.net_inflow import marginal_change
from helpers.inference import ic_summary, mean_test, rank_ic
from helpers.panels import as_known


def quantile_of(factor: pd.DataFrame, quantiles: int = 5) -> pd.DataFrame:
    """Assign each date's assets to groups 1 (lowest) … `quantiles` (highest) by the date's own quantiles.

    Parameters
    ----------
    factor : DataFrame
        Dates × assets.
    quantiles : int
        Number of groups.

    Returns
    -------
    DataFrame
        Dates × assets; NaN on a date with fewer assets than groups.
    """
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
    """Return the mean forward return of each group on each date, dates x 1 … `quantiles`.

    Parameters
    ----------
    factor : DataFrame
        Dates × assets, known at its dates.
    forward : DataFrame
        Returns that followed, fractions; brought to the dates and assets of ``factor``.
    quantiles : int
        Number of groups.

    Returns
    -------
    DataFrame
        Fractions.
    """
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

    Parameters
    ----------
    factors : dict of str to DataFrame
        By name, dates × industries, known at their dates.
    prices : DataFrame
        Sessions × industries.
    dates : sequence of Timestamp
        Decision dates, ascending.
    lag : int
        Sessions from decision to fill.

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


def strongest(tests: pd.DataFrame, names: Mapping[str, str] | None = None, apart: str = "placebo") -> dict[str, object]:
    r"""Return which factor has the largest t value, and which ones pass two.

    Parameters
    ----------
    tests : DataFrame
        Of :func:`summary`.
    names : mapping, optional
        What a sentence calls each factor.
    apart : str
        A row that is no factor.

    Returns
    -------
    dict
        ``best`` (name), ``t, ic, n`` (of it), ``strong`` (names with \|t\| > 2, joined; empty if none). Empty dict
        where no t value is known.

    Examples
    --------
    >>> tests = pd.DataFrame({"ic": [0.05, 0.01], "ic_t": [2.4, 0.3], "n": [90, 90]}, ["flow", "level"])
    >>> strongest(tests)
    {'best': 'flow', 't': 2.4, 'ic': 0.05, 'n': 90, 'strong': 'flow'}
    """
    own = tests.drop(index=apart, errors="ignore").dropna(subset="ic_t")
    if own.empty:
        return {}
    called = {name: (names or {}).get(name, name) for name in own.index}
    best = own["ic_t"].abs().idxmax()
    strong = ", ".join(called[name] for name in own.index[own["ic_t"].abs() > 2])
    row = own.loc[best]
    return {"best": called[best], "t": float(row["ic_t"]), "ic": float(row["ic"]), "n": int(row["n"]), "strong": strong}


def beyond_placebo(factor: pd.DataFrame, placebo: pd.DataFrame, forward: pd.DataFrame) -> dict[str, float]:
    """Return what a factor knows that its placebo does not.

    Parameters
    ----------
    factor, placebo : DataFrame
        Dates x assets, standardised on each date.
    forward : DataFrame
        Returns that followed.

    Returns
    -------
    dict
        ``real, fake`` (mean rank IC of each), ``alike`` (their correlation), ``rest, rest_t`` (mean IC and t value of
        the factor with the placebo taken out on each date), ``told`` (whether that t value passes two).
    """
    rest = ic_summary(left_over(factor, placebo), forward)
    return {
        "real": ic_summary(factor, forward)["mean"],
        "fake": ic_summary(placebo, forward)["mean"],
        "alike": factor.stack().corr(placebo.stack()),
        "rest": rest["mean"],
        "rest_t": rest["t"],
        "told": bool(abs(rest["t"]) > 2),
    }


def price_in_share(share: pd.DataFrame, prices: pd.DataFrame, weeks: Sequence[int] = (4, 8)) -> dict[str, float]:
    """Return the mean rank correlation of the monthly change of a share with the industry's own past return.

    Parameters
    ----------
    share : DataFrame
        Weekly dates x industries, fractions.
    prices : DataFrame
        Sessions x industries.
    weeks : sequence of int
        How far the past return looks back, in weeks of five sessions.

    Returns
    -------
    dict
        ``weeks_4, weeks_8``: the correlation over the dates on which some share moved.
    """
    change = marginal_change(share, 4)
    change = change[change.abs().max(axis=1) > 0]
    past = {w: as_known(prices.pct_change(5 * w, fill_method=None), change.index) for w in weeks}
    return {f"weeks_{w}": rank_ic(change, returns).mean() for w, returns in past.items()}
