"""What a rotation earned, in one convention, and the same beside what it would have earned with other labels.

Excess is always the quotient (1 + r) / (1 + b) - 1. For a record r and b are compound yearly rates, for a test what one
holding period earned. The benchmark b holds all industries equally, rebalanced with the portfolio, without costs.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from helpers.inference import mean_test
from helpers.performance import (
    SESSIONS_PER_YEAR,
    YEARLY_COLUMNS,
    annual_return,
    excess_return,
    information_ratio,
    monthly_excess,
    monthly_win_rate,
    payoff_ratio,
    yearly_table,
)
from helpers.rotation.inputs import RotationInputs
from helpers.rotation.strategies import Rotated, rotate

CLEAN, IN_FORCE = "labels in force, complete", "labels in force, from the first day"
LOOKED_AHEAD = "labels looked ahead: not known then"
WORDS = {"ratio": "information ratio", "gross_excess": "excess before costs", "gross_t": "t before costs"}
RATIOS = ("sharpe", "information ratio")
RATES = dict.fromkeys(("earned", "benchmark", "excess", "excess before costs"), "{:.2%}") | {"turnover": "{:.0%}"}


def period_excess(traded: Rotated) -> pd.DataFrame:
    """Return the excess of each closed holding period.

    A period runs from the close of one change to the close of the next, so it bears the cost of the change that ends
    it; the first bears that of the purchase, too.

    Parameters
    ----------
    traded : Rotated

    Returns
    -------
    DataFrame
        By the session in which the period ends: ``net, gross`` (after and before costs), fractions.
    """
    days = traded.returns.index
    ends = pd.DatetimeIndex(traded.changes)[1:]
    closed = days[days <= ends[-1]] if len(ends) else days[:0]
    series = pd.DataFrame({"net": traded.returns, "gross": traded.gross, "base": traded.benchmark}).loc[closed]
    growth = (1 + series).groupby(ends[ends.searchsorted(closed)]).prod()
    return growth[["net", "gross"]].div(growth["base"], axis=0) - 1


def record(traded: Rotated, periods_per_year: float = SESSIONS_PER_YEAR) -> dict[str, object]:
    """Return the record of a strategy in one row.

    Parameters
    ----------
    traded : Rotated
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    dict
        ``begins, ends`` (dates), ``periods`` (closed holding periods); ``earned, benchmark, excess`` (a year, after
        costs) and ``t`` (of the mean excess of a period, which do not overlap), ``ratio`` (information ratio);
        ``gross_excess, gross_t`` (before costs); ``turnover`` (share of wealth bought and sold at an average change).
    """
    year = {"periods_per_year": periods_per_year}
    held = period_excess(traded)
    net, gross = (mean_test(held[name], lags=0) for name in ("net", "gross"))
    return {
        "begins": traded.returns.index[0],
        "ends": traded.returns.index[-1],
        "periods": net["n"],
        "earned": annual_return(traded.returns, **year),
        "benchmark": annual_return(traded.benchmark, **year),
        "excess": excess_return(traded.returns, traded.benchmark, **year),
        "t": net["t"],
        "ratio": information_ratio(traded.returns, traded.benchmark, **year),
        "gross_excess": excess_return(traded.gross, traded.benchmark, **year),
        "gross_t": gross["t"],
        "turnover": traded.result.turnover.mean(),
    }


def table(strategies: Mapping[object, Rotated], name: str = "") -> pd.DataFrame:
    """Return one record a strategy.

    Parameters
    ----------
    strategies : mapping of name to Rotated
    name : str
        What the rows are.

    Returns
    -------
    DataFrame
        Names × what :func:`record` returns.
    """
    return pd.DataFrame.from_dict({key: record(t) for key, t in strategies.items()}, orient="index").rename_axis(name)


def shown(found: pd.DataFrame) -> pd.DataFrame:
    """Return records found by :func:`table` with columns in words, as :data:`RATES` formats them."""
    return found.rename(columns=WORDS)


def side_by_side(
    inputs: RotationInputs, decisions: pd.Series, clean: pd.Timestamp, *, top_n: int, lag: int, cost_bps: float
) -> pd.DataFrame:
    """Return the record on complete labels and, where labels were not complete all along, what stands beside it.

    Parameters
    ----------
    inputs : RotationInputs
    decisions : Series of dates
    clean : date
        Of :func:`helpers.rotation.labels.complete_from`.
    top_n, lag, cost_bps
        As for :func:`helpers.rotation.strategies.rotate`.

    Returns
    -------
    DataFrame
        Rows :data:`CLEAN` and, if decisions begin before `clean`, :data:`IN_FORCE` and :data:`LOOKED_AHEAD`; columns of
        :func:`record`.

    Raises
    ------
    MissingTable
        If too few decisions know a score.
    """
    asked = {CLEAN: (inputs.in_force, decisions[decisions >= clean])}
    if decisions.iloc[0] < clean:
        asked |= {IN_FORCE: (inputs.in_force, decisions), LOOKED_AHEAD: (inputs.looked_ahead, decisions)}
    trading = {"top_n": top_n, "lag": lag, "cost_bps": cost_bps}
    return table(
        {name: rotate(fed.composite.score, dates, fed.prices, **trading) for name, (fed, dates) in asked.items()},
        "labels",
    )


def record_facts(records: pd.DataFrame) -> dict[str, object]:
    """Return the headline of :func:`side_by_side`, and beside it what rests on other labels.

    Parameters
    ----------
    records : DataFrame
        From :func:`side_by_side`.

    Returns
    -------
    dict
        The row on complete labels; ``beside`` (whether there are others) and then ``in_force_excess, in_force_t,
        ahead_excess, ahead_t``.
    """
    facts = records.loc[CLEAN].to_dict() | {"beside": len(records) > 1}
    for name, row in (("in_force", IN_FORCE), ("ahead", LOOKED_AHEAD)):
        if row in records.index:
            facts |= {f"{name}_excess": records.at[row, "excess"], f"{name}_t": records.at[row, "t"]}
    return facts


def phase_facts(found: pd.DataFrame) -> dict[str, float]:
    """Return ``least, most``: the lowest and the highest excess a year among the starts found by :func:`phases`."""
    return {"least": found["excess"].min(), "most": found["excess"].max()}


def month_facts(traded: Rotated) -> dict[str, float]:
    """Return ``months``, ``won`` (share of them above the benchmark) and ``payoff`` (mean gain over mean loss).

    Parameters
    ----------
    traded : Rotated

    Returns
    -------
    dict
        ``months`` (calendar months, part ones included), ``won`` (share of them above the benchmark after costs) and
        ``payoff`` (mean gain by mean loss).
    """
    return {
        "months": len(monthly_excess(traded.returns, traded.benchmark)),
        "won": monthly_win_rate(traded.returns, traded.benchmark),
        "payoff": payoff_ratio(traded.returns, traded.benchmark),
    }


def phases(
    score: pd.DataFrame, weekly: pd.Series, prices: pd.DataFrame, weeks: int, *, top_n: int, lag: int, cost_bps: float
) -> pd.DataFrame:
    """Return the record of each week one may begin in: a fortnight has two phases, and nobody chose between them.

    Parameters
    ----------
    score : DataFrame
        Dates x industries.
    weekly : Series of dates
        Decisions of every week.
    prices : DataFrame
        Sessions x industries.
    weeks : int
        Weeks held: the number of phases.
    top_n, lag, cost_bps
        As for :func:`helpers.rotation.strategies.rotate`.

    Returns
    -------
    DataFrame
        ``weeks later`` (0 is the run's own) x columns of :func:`record`.
    """
    trading = {"top_n": top_n, "lag": lag, "cost_bps": cost_bps}
    return table({k: rotate(score, weekly.iloc[k::weeks], prices, **trading) for k in range(weeks)}, "weeks later")


BY_YEAR = {words: "{:.2f}" if words in RATIOS else "{:.1%}" for words in (c.replace("_", " ") for c in YEARLY_COLUMNS)}


def by_year(traded: Rotated, periods_per_year: float = SESSIONS_PER_YEAR) -> pd.DataFrame:
    """Return the years of a strategy after costs, each over the days it has.

    Parameters
    ----------
    traded : Rotated
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    DataFrame
        Years (a part of one says which days) and ``a year, all`` × the eight printed columns in words, fractions, which
        :data:`BY_YEAR` formats.
    """
    table = yearly_table(traded.returns, traded.benchmark, periods_per_year=periods_per_year, part_years="period")
    days = {
        "year": "{year}",
        "full": "a year, all",
        "partial_year": "{year} from {start:%m-%d}",
        "ytd": "{year} to {end:%m-%d}",
    }
    names = [days[row.kind].format(year=row.Index, start=row.start, end=row.end) for row in table.itertuples()]
    words = table[list(YEARLY_COLUMNS)].set_axis(list(BY_YEAR), axis=1)
    return words.set_axis(pd.Index(names, name="after costs"))
