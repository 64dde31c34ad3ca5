"""What a strategy leans on: its excess explained by things that need no model, and what is left."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from helpers.backtest.selection import select_top
from helpers.evidence.findings import weeks_a_year
from helpers.evidence.grid import evaluate, weekly
from helpers.inference import newey_west_lags
from helpers.panels import as_known
from helpers.regimes.study import Style

__all__ = ["explaining", "loading_facts", "loadings"]

YEAR, MONTH = 250, 20


def explaining(
    prices: pd.DataFrame, decisions: pd.Series, styles: Mapping[str, Style], *, top_n: int, lag: int
) -> pd.DataFrame:
    """Return weekly returns of what could explain a rotation.

    Parameters
    ----------
    prices : DataFrame
        Sessions × industries.
    decisions : Series of dates
        Evenings of the rotation.
    styles : mapping of name to Style
        ``size`` and ``growth``, as far as there are any.
    top_n, lag : int
        Of the rotation.

    Returns
    -------
    DataFrame
        Weeks × ``market`` (all industries equally), ``size`` and ``growth`` (first index less the second), ``momentum``
        (the best industries of the year before the last month, beyond the market).
    """
    equal = weekly(prices.pct_change(fill_method=None).mean(axis=1).iloc[1:])
    past = prices.shift(MONTH) / prices.shift(YEAR) - 1
    known = as_known(past, decisions)
    known = known[known.notna().any(axis=1)]
    winners = select_top(known, top_n).to_numpy()[None]
    momentum = weekly(evaluate(winners, known.index, prices[known.columns], lag=lag, cost_bps=0.0).gross)[0]
    series = {"market": equal, "momentum": momentum}
    for name, style in styles.items():
        moves = np.log(style.closes).diff()
        series[name] = moves.iloc[:, 0] - moves.iloc[:, 1]
    weeks = pd.DataFrame({k: v.groupby(v.index.to_period("W-SUN")).sum(min_count=1) for k, v in series.items()})
    return weeks[[name for name in ("market", "size", "growth", "momentum") if name in weeks]]


def loadings(excess: pd.Series, factors: pd.DataFrame) -> pd.DataFrame:
    """Regress a strategy's weekly excess on what could explain it, with Newey-West errors.

    Parameters
    ----------
    excess : Series
        Weekly, by last session.
    factors : DataFrame
        Of :func:`explaining`, by week.

    Returns
    -------
    DataFrame
        ``alpha`` (a year) and one row a factor × ``loading, low, high`` (95 %), ``t``. Its attributes hold ``r2`` and
        ``n``.

    Raises
    ------
    ValueError
        If fewer than 52 weeks have everything.
    """
    from statsmodels.regression.linear_model import OLS  # imported late because it is slow to import

    own = excess.set_axis(excess.index.to_period("W-SUN"))
    both = factors.assign(own=own).dropna()
    if len(both) < 52:
        raise ValueError(f"{len(both)} weeks have both the excess and all factors; 52 are needed")
    design = both[list(factors)].assign(alpha=1.0)[["alpha", *factors]]
    lags = {"maxlags": newey_west_lags(len(both)), "use_correction": True}
    fit = OLS(both["own"], design).fit(cov_type="HAC", cov_kwds=lags)
    half = norm.ppf(0.975) * fit.bse
    table = pd.DataFrame({"loading": fit.params, "low": fit.params - half, "high": fit.params + half, "t": fit.tvalues})
    table.loc["alpha", ["loading", "low", "high"]] *= weeks_a_year(excess.index)
    table.attrs = {"r2": float(fit.rsquared), "n": len(both)}
    return table.rename_axis("on")


def loading_facts(table: pd.DataFrame) -> dict[str, object]:
    """Return what a sentence says of the loadings.

    Parameters
    ----------
    table : DataFrame
        Of :func:`loadings`.

    Returns
    -------
    dict
        ``alpha, low, high, t`` of the rest, ``r2``, ``weeks``, ``leans`` (names with `t` above two, with their
        loadings), ``alone`` (whether there are none).
    """
    rest, others = table.loc["alpha"], table.drop(index="alpha")
    leans = [f"{name} ({row.loading:+.2f})" for name, row in others.iterrows() if abs(row.t) > 2]
    facts = {"alpha": rest["loading"], "low": rest["low"], "high": rest["high"], "t": rest["t"]}
    return facts | {"r2": table.attrs["r2"], "weeks": table.attrs["n"], "leans": leans, "alone": not leans}
