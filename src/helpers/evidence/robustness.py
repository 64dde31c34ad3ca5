"""Whether a result hangs on one year, on one industry, or on the names of the industries at all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.backtest.selection import select_top
from helpers.evidence.findings import weeks_a_year
from helpers.evidence.grid import evaluate, weekly
from helpers.inference import mean_test, permutation_p_value, studentised_interval
from helpers.panels import as_known

__all__ = ["left_out_facts", "placebo_tests", "without_each_industry", "without_each_year", "yearly_intervals"]


def yearly_intervals(excess: pd.Series, block: int = 4) -> pd.DataFrame:
    """Return the excess of each calendar year with an interval from blocks of its weeks.

    Parameters
    ----------
    excess : Series
        Weekly excess, fractions.
    block : int
        Weeks that stay together.

    Returns
    -------
    DataFrame
        Years × ``weeks, excess, low, high`` (sums over the year's weeks); no interval below five blocks.
    """
    rows = {}
    for year, part in excess.groupby(excess.index.year):
        rows[year] = [len(part), *(len(part) * x for x in studentised_interval(part, block))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["weeks", "excess", "low", "high"]).rename_axis("year")


def without_each_year(excess: pd.Series) -> pd.Series:
    """Return the excess a year of what is left when one calendar year is taken out, by that year."""
    year = weeks_a_year(excess.index)
    return pd.Series({y: year * excess[excess.index.year != y].mean() for y in excess.index.year.unique()}).rename_axis(
        "without"
    )


def without_each_industry(
    score: pd.DataFrame, prices: pd.DataFrame, decisions: pd.Series, *, top_n: int, lag: int, cost_bps: float
) -> pd.Series:
    """Return the excess a year of the rotation among all industries but one, by that industry.

    Parameters
    ----------
    score : DataFrame
        Dates × industries.
    prices : DataFrame
        Sessions × industries.
    decisions : Series of dates
    top_n, lag, cost_bps
        As for :func:`helpers.rotation.strategies.rotate`.

    Returns
    -------
    Series
        After costs, over the other industries held equally.
    """
    known = as_known(score, decisions)
    known = known[known.notna().any(axis=1)]
    kept = {}
    for name in known:
        rest = known.drop(columns=name)
        weights = select_top(rest, min(top_n, rest.shape[1])).to_numpy()[None]
        net = weekly(evaluate(weights, known.index, prices[rest.columns], lag=lag, cost_bps=cost_bps).net)[0]
        kept[name] = weeks_a_year(net.index) * net.mean()
    return pd.Series(kept).rename_axis("without")


def left_out_facts(by_year: pd.Series, by_industry: pd.Series, years: pd.DataFrame) -> dict[str, object]:
    """Return what matters most, and how many years stand by themselves.

    Parameters
    ----------
    by_year, by_industry : Series
        Of :func:`without_each_year` and :func:`without_each_industry`.
    years : DataFrame
        Of :func:`yearly_intervals`.

    Returns
    -------
    dict
        ``year, year_rest, industry, industry_rest`` (the one without which least is left, and the excess a year then),
        ``judged`` (years with an interval), ``sure`` (of them leaving out zero).
    """
    known = years.dropna()
    return {
        "year": str(by_year.idxmin()),
        "year_rest": by_year.min(),
        "industry": by_industry.idxmin(),
        "industry_rest": by_industry.min(),
        "judged": len(known),
        "sure": int(((known["low"] > 0) | (known["high"] < 0)).sum()),
    }


def placebo_tests(
    scores: Mapping[str, pd.DataFrame],
    prices: pd.DataFrame,
    decisions: pd.Series,
    *,
    top_n: int,
    lag: int,
    runs: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Set each score beside placebos: itself with the names of the industries dealt out anew, once for all dates.

    A placebo stays as long with its industries and trades as much as the real score. Only which industry is meant is
    lost.

    Parameters
    ----------
    scores : mapping of name to DataFrame
        Dates × industries each.
    prices, decisions, top_n, lag
        As for :func:`without_each_industry`; before costs.
    runs, seed : int
        Placebos of each score.

    Returns
    -------
    DataFrame
        Scores × ``excess`` (a year, before costs), ``t``, ``placebo_low, placebo_high`` (where 95 % of the placebos' t
        values lie), ``p`` (share of placebos at least as good).
    """
    rng, rows = np.random.default_rng(seed), {}
    for name, score in scores.items():
        known = as_known(score, decisions)
        known = known[known.notna().any(axis=1)]
        if len(known) < 30:
            continue
        weights = select_top(known, top_n).to_numpy()
        dealt = [rng.permutation(weights.shape[1]) for _ in range(runs)]
        both = np.stack([weights, *(weights[:, order] for order in dealt)])
        found = weekly(evaluate(both, known.index, prices[known.columns], lag=lag, cost_bps=0.0).gross)
        t = (found.mean() / found.std(ddof=1) * np.sqrt(len(found))).to_numpy()
        low, high = np.quantile(t[1:], [0.025, 0.975])
        rows[name] = {
            "excess": weeks_a_year(found.index) * found[0].mean(),
            "t": mean_test(found[0], lags=0)["t"],
            "placebo_low": low,
            "placebo_high": high,
            "p": permutation_p_value(t[0], t[1:]),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("score")
