"""The same rule with another cap or another rhythm: what concentration, turnover and return would have been."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from helpers import performance
from helpers.index_research.builder import BuiltIndex, build_index
from helpers.index_research.spec import IndexSpec
from helpers.index_research.stocks import StockTables
from helpers.index_research.structure import concentration

__all__ = ["RHYTHMS", "describe", "vary"]

RHYTHMS = {"monthly": list(range(1, 13)), "quarterly": [3, 6, 9, 12], "half-yearly": [6, 12], "yearly": [12]}
YEAR = 250


def describe(built: BuiltIndex) -> dict[str, float]:
    """Say what one built index looks like over its own sessions.

    Parameters
    ----------
    built : BuiltIndex

    Returns
    -------
    dict of str to float
        Means over reviews of ``members, largest, top_ten, effective`` (as
        :func:`helpers.index_research.structure.concentration`); one-way ``turnover`` a year; ``return`` and
        ``volatility`` a year and ``max_drawdown`` (negative) of the total return, fractions.
    """
    returns = built.level["total_return"].pct_change().dropna()
    years = len(returns) / YEAR
    shape = concentration(built.weights)
    return {
        "members": float(shape["members"].mean()),
        "largest": float(shape["largest"].mean()),
        "top_ten": float(shape["top_ten"].mean()),
        "effective": float(shape["effective"].mean()),
        "turnover": float(built.turnover.sum() / years) if years else np.nan,
        "return": performance.annual_return(returns, periods_per_year=YEAR),
        "volatility": performance.annual_volatility(returns, periods_per_year=YEAR),
        "max_drawdown": performance.max_drawdown(returns),
    }


def vary(
    spec: IndexSpec,
    stocks: StockTables,
    caps: Iterable[float] = (),
    rhythms: Iterable[str] = (),
    start: pd.Timestamp | str | None = None,
) -> pd.DataFrame:
    """Build a rule as it is, then once with every other cap and with every other rhythm.

    Parameters
    ----------
    spec : IndexSpec
    stocks : StockTables
    caps : iterable of float
        Most one member may weigh.
    rhythms : iterable of str
        Names in :data:`RHYTHMS`.
    start : date-like, optional
        First evening of a review.

    Returns
    -------
    DataFrame
        One row per variant: the columns of :func:`describe`, all over the sessions every variant covers.
    """
    made = {"as specified": spec}
    for cap in caps:
        made[f"cap {cap:.0%}"] = spec.model_copy(update={"weighting": spec.weighting.model_copy(update={"cap": cap})})
    for name in rhythms:
        review = spec.review.model_copy(update={"months": RHYTHMS[name]})
        made[name] = spec.model_copy(update={"review": review})
    built = {name: build_index(one, stocks, start) for name, one in made.items()}
    first = max(b.level.index[0] for b in built.values())
    rows = {name: describe(_from(b, first)) for name, b in built.items()}
    return pd.DataFrame(rows).T.rename_axis("variant")


def _from(built: BuiltIndex, first: pd.Timestamp) -> BuiltIndex:
    """Return an index from a later session on."""
    reviews = [
        r for k, r in enumerate(built.reviews) if k + 1 == len(built.reviews) or built.reviews[k + 1].effective > first
    ]
    turnover = built.turnover[built.turnover.index > first]
    return BuiltIndex(built.spec, reviews, built.level.loc[first:], turnover)
