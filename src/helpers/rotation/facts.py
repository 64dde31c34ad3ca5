"""The numbers behind the sentences and tables of the rotation chapter, each a small function of what was traded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.factors import placebo_change
from helpers.inference import ic_summary, mean_test
from helpers.panels import as_known
from helpers.performance import YEARLY_COLUMNS, monthly_excess, monthly_win_rate, payoff_ratio, yearly_table
from helpers.rotation.inputs import CHANGE, RotationInputs
from helpers.rotation.report import PRINTED_COLUMNS, excess_by_period
from helpers.rotation.strategies import Rotated, top_weights


def judged_frames(inputs: RotationInputs) -> dict[str, pd.DataFrame]:
    """Return what chapter 07 tests: the factors there are, ``composite``, and the ``placebo`` of factor 3.

    Returns
    -------
    dict of DataFrame
        Dates x industries each; the placebo only with factor 3.

    Raises
    ------
    MissingTable
        If no factor can be formed or there are no prices.
    """
    frames = {**inputs.factors, "composite": inputs.composite.score}
    if CHANGE in inputs.factors:
        dates = inputs.change.dropna(how="all").index
        frames["placebo"] = placebo_change(inputs.prices, dates, inputs.growth_state)
    return frames


def strict_facts(inputs: RotationInputs, decisions: pd.Series, forward: pd.DataFrame) -> dict[str, float]:
    """Return what is left of the composite with labels only from the day they began.

    Parameters
    ----------
    inputs : RotationInputs
        With labels carried back.
    decisions : Series of dates
    forward : DataFrame
        Decisions x industries: returns until the next decision's purchase.

    Returns
    -------
    dict
        ``strict_coverage, coverage`` (mean share of the known money looked through), ``strict_ic, strict_t``.

    Raises
    ------
    MissingTable
        If no factor can be formed with strict labels.
    """
    strict = inputs.strict()
    found = ic_summary(as_known(strict.composite.score, decisions), forward)
    return {
        "strict_coverage": strict.money.coverage.mean(),
        "coverage": inputs.money.coverage.mean(),
        "strict_ic": found["mean"],
        "strict_t": found["t"],
    }


def traded_facts(traded: Rotated, prices: pd.DataFrame, *, lag: int, periods_per_year: float) -> dict[str, object]:
    """Return the record of a strategy in one row of numbers.

    Parameters
    ----------
    traded : Rotated
    prices : DataFrame
        Sessions x industries.
    lag : int
        Sessions from decision to fill.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    dict
        ``start, end`` (dates); ``earned, benchmark, excess, information_ratio`` (a year, after costs),
        ``gross_excess`` (before); ``months, won`` (share of months above the benchmark), ``payoff``; ``periods, t``
        (t value of the mean excess per holding period before costs; periods do not overlap).
    """
    full = yearly_table(traded.returns, traded.benchmark, periods_per_year=periods_per_year).loc["full"]
    gross = yearly_table(traded.gross, traded.benchmark, periods_per_year=periods_per_year).loc["full"]
    held = mean_test(excess_by_period(traded.weights, prices, lag)["excess"], lags=0)
    return {
        "start": traded.returns.index[0],
        "end": traded.returns.index[-1],
        "earned": full["return"],
        "benchmark": full["benchmark_return"],
        "excess": full["excess_return"],
        "information_ratio": full["information_ratio"],
        "gross_excess": gross["excess_return"],
        "months": len(monthly_excess(traded.returns, traded.benchmark)),
        "won": monthly_win_rate(traded.returns, traded.benchmark),
        "payoff": payoff_ratio(traded.returns, traded.benchmark),
        "periods": held["n"],
        "t": held["t"],
    }


def beside_printed(ours: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Put the yearly table of a run beside the printed one.

    Parameters
    ----------
    ours : DataFrame
        Of :func:`helpers.performance.yearly_table`.
    printed : DataFrame
        A printed yearly table indexed by period.

    Returns
    -------
    DataFrame
        (column, ``computed`` or ``printed``) x periods, the full one last; percentages but for the two ratios.
    """
    columns = list(YEARLY_COLUMNS)
    own = ours[columns].astype(float)
    percent = [c for c in columns if c not in ("sharpe", "information_ratio")]
    own[percent] *= 100
    told = printed[[PRINTED_COLUMNS[c] for c in columns]].set_axis(columns, axis=1)
    both = pd.concat({"computed": own, "printed": told}, axis=1).swaplevel(axis=1)
    order = [*sorted(set(both.index) - {"full"}), "full"]
    return both.loc[order, [(c, s) for c in columns for s in ("computed", "printed")]].T


def distance_facts(compared: pd.DataFrame) -> dict[str, float]:
    """Return how far printed returns lie from either close.

    Parameters
    ----------
    compared : DataFrame
        Of :func:`helpers.rotation.report.which_close`.

    Returns
    -------
    dict
        ``compared`` (number), ``at_decision, at_next`` (mean distance, percentage points); empty without a row.
    """
    if compared.empty:
        return {}
    off = {c: (compared["printed"] - compared[c]).abs().mean() for c in ("from_decision_close", "from_next_close")}
    return {"compared": len(compared), "at_decision": off["from_decision_close"], "at_next": off["from_next_close"]}


def coin_facts(wins: pd.DataFrame) -> dict[str, object]:
    """Return how many industries a fair coin does not explain.

    Parameters
    ----------
    wins : DataFrame
        Of :func:`helpers.rotation.report.industry_win_rates`.

    Returns
    -------
    dict
        ``held`` (industries ever held), ``outside`` (of them outside the band of a coin, 95 %), ``outside_names``.
    """
    half = 1.96 * np.sqrt(0.25 / wins["periods"].where(wins["periods"] > 0))
    outside = wins.index[(wins["win_rate"] - 0.5).abs() > half]
    return {"held": int((wins["periods"] > 0).sum()), "outside": len(outside), "outside_names": ", ".join(outside)}


def leaning_facts(mix: pd.DataFrame, last: int = 6) -> dict[str, object]:
    """Return the two sectors with most weight over the last decisions: ``first, second`` with ``…_share``."""
    recent = mix.iloc[-last:].mean().sort_values(ascending=False)
    return {
        "first": recent.index[0],
        "first_share": recent.iloc[0],
        "second": recent.index[1],
        "second_share": recent.iloc[1],
    }


def latest_choice(
    score: pd.DataFrame, factors: Mapping[str, pd.DataFrame], top_n: int
) -> tuple[pd.Timestamp, pd.DataFrame]:
    """Return what the last known score would hold.

    Parameters
    ----------
    score : DataFrame
        Dates x industries, of the composite.
    factors : mapping of name to DataFrame
        Its parts.
    top_n : int
        Industries held.

    Returns
    -------
    date : Timestamp
        After the close of which it is known.
    table : DataFrame
        Industries (best first) x factors and ``composite``; a factor without that date is left out.
    """
    date = score.dropna(how="all").index[-1]
    held = top_weights(score, pd.Series([date]), top_n).iloc[0]
    best = score.loc[date, held[held > 0].index].sort_values(ascending=False)
    parts = {name: frame.loc[date, best.index] for name, frame in factors.items() if date in frame.index}
    return date, pd.DataFrame(parts).assign(composite=best).reindex(best.index)
