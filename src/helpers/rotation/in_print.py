"""One's own rotation in the shape of the printed tables, over the printed days and nothing else."""

from __future__ import annotations

import pandas as pd

from helpers.backtest.selection import rebalance_calendar
from helpers.performance import SESSIONS_PER_YEAR, YEARLY_COLUMNS, monthly_win_rate, payoff_ratio, yearly_table
from helpers.published import load
from helpers.published.exhibits import s002_rotation
from helpers.rotation.strategies import Rotated
from helpers.sessions import sessions


def yearly(traded: Rotated | None, name: str, periods_per_year: float = SESSIONS_PER_YEAR) -> pd.DataFrame:
    """Return the yearly table of a strategy over the printed days, as the report prints it.

    Parameters
    ----------
    traded : Rotated or None
        None where a run cannot form the strategy.
    name : str
        One of :data:`helpers.published.exhibits.s002_rotation.STRATEGIES`.
    periods_per_year : float
        Sessions in a year.

    Returns
    -------
    DataFrame
        Printed periods × columns in words, % but for the two ratios. A period that the run does not cover from its
        first session to its last is NaN: a part of a year never stands beside a year.
    """
    printed, spans = s002_rotation.strategy_years(name), s002_rotation.strategy_spans(name)
    own = pd.DataFrame(index=printed.index, columns=printed.columns, dtype=float)
    returns, benchmark = _printed_days(traded, spans)
    if returns.empty:
        return own
    table = yearly_table(returns, benchmark, periods_per_year=periods_per_year)
    words = table[list(YEARLY_COLUMNS)].set_axis([c.replace("_", " ") for c in YEARLY_COLUMNS], axis=1).astype(float)
    percent = [column for column in words if column not in s002_rotation.RATIOS]
    words[percent] *= 100
    covered = [period for period in spans.index.intersection(table.index) if _covers(table.loc[period], spans, period)]
    own.loc[covered] = words.loc[covered, own.columns]
    return own


def beside(own: pd.DataFrame, name: str) -> pd.DataFrame:
    """Put the table of :func:`yearly` beside the printed one.

    Parameters
    ----------
    own : DataFrame
        From :func:`yearly`, %.
    name : str
        The strategy it is of.

    Returns
    -------
    DataFrame
        (column, ``computed`` or ``printed``) × periods, in the printed order.
    """
    printed = s002_rotation.strategy_years(name)
    both = pd.concat({"computed": own, "printed": printed}, axis=1).swaplevel(axis=1)
    return both[[(column, side) for column in printed for side in ("computed", "printed")]].T


def excess_beside(own: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the excess by period of the table of :func:`yearly` and as printed: periods × ``computed, printed``, %.

    Parameters
    ----------
    own : DataFrame
        From :func:`yearly`.
    name : str
        The strategy it is of.

    Returns
    -------
    DataFrame
        Periods × ``computed, printed``, %; NaN where the run does not cover a period.
    """
    return pd.DataFrame(
        {"computed": own["excess return"], "printed": s002_rotation.strategy_years(name)["excess return"]}
    )


def months(traded: Rotated) -> pd.DataFrame:
    """Return the share of months won and the payoff of the four factors over the printed days, as in the abstract.

    Parameters
    ----------
    traded : Rotated or None
        The four-factor strategy; None where a run cannot form it.

    Returns
    -------
    DataFrame
        Row ``full`` × ``monthly win rate_pct, payoff``; NaN where the run does not cover the printed days.
    """
    spans = s002_rotation.strategy_spans("four-factor")
    returns, benchmark = _printed_days(traded, spans)
    columns = s002_rotation.abstract().columns
    if returns.empty or not _covers(pd.Series({"start": returns.index[0], "end": returns.index[-1]}), spans, "full"):
        return pd.DataFrame(index=["full"], columns=columns, dtype=float)
    found = 100 * monthly_win_rate(returns, benchmark), payoff_ratio(returns, benchmark)
    return pd.DataFrame([found], ["full"], columns)


def headline(traded: Rotated) -> pd.Series:
    """Return the whole printed span of the rotation as the report's headline names it.

    Parameters
    ----------
    traded : Rotated
        Of the four-factor rotation.

    Returns
    -------
    Series
        ``full return, full excess return`` (%), ``full information ratio``; NaN where the run does not cover the days.
    """
    full = yearly(traded, "four-factor").loc["full"]
    return full[["return", "excess return", "information ratio"]].add_prefix("full ")


def holding_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Return what the printed industries of each recent period earned, bought at the last close before it.

    Parameters
    ----------
    prices : DataFrame
        Sessions × industries with the printed names (CITIC level 1).

    Returns
    -------
    DataFrame
        Rows (first day, industry) × ``return_pct, excess_pct``; the excess is the difference to the mean industry, as
        printed there. Periods outside the prices are left out.
    """
    rows = {}
    for (start, end), held in load("s002_holdings").groupby(["period_start", "period_end"]):
        before = prices.index.searchsorted(start) - 1
        if before < 0 or end not in prices.index:
            continue
        earned = 100 * (prices.loc[end] / prices.iloc[before] - 1)
        for industry in held["industry"][held["industry"].isin(prices.columns)]:
            rows[start, industry] = (earned[industry], earned[industry] - earned.mean())
    return pd.DataFrame.from_dict(rows, orient="index", columns=["return_pct", "excess_pct"])


def exact_facts(own: pd.DataFrame) -> dict[str, int]:
    """Count the printed excesses of the recent holdings that come out to the last digit.

    Parameters
    ----------
    own : DataFrame
        Of :func:`holding_returns`.

    Returns
    -------
    dict
        ``here`` (printed excesses whose period the prices cover; None without any), ``exact`` (of them equal to two
        decimals), ``all`` (whether there are any and every one is).
    """
    told = s002_rotation.holding_returns()["excess_pct"]
    both = pd.DataFrame({"told": told, "own": own["excess_pct"]}).dropna()
    exact = int(((both["told"] - both["own"]).abs() <= 0.005 + 1e-9).sum())
    return {"here": len(both) or None, "exact": exact, "all": 0 < len(both) == exact}


def win_verdicts(wins: pd.DataFrame) -> tuple[pd.Series, dict[str, str]]:
    """Return whether each industry won as often as the report says of those it names, with a note each.

    Parameters
    ----------
    wins : DataFrame
        Of :func:`helpers.rotation.report.industry_win_rates`.

    Returns
    -------
    verdicts : Series
        By industry ever held: ``"55 or more"`` or ``"below 55"``.
    notes : dict
        The rate, and how many of all held industries reach the threshold.
    """
    least = s002_rotation.win_threshold()
    held = wins[wins["periods"] > 0]
    rate = 100 * held["win_rate"]
    reach = f"{int((rate >= least).sum())} of {len(held)} industries reach {least} %"
    notes = {name: f"computed {rate[name]:.0f} % of {held.at[name, 'periods']} periods; {reach}" for name in held.index}
    return (rate >= least).map({True: f"{least} or more", False: f"below {least}"}), notes


def clock() -> pd.DataFrame:
    """Put the printed holding periods beside those counted in trading weeks from the report's first day.

    Returns
    -------
    DataFrame
        One row a printed period: ``period_start, period_end`` as printed, ``decision, first, last`` as counted.
    """
    printed = load("s002_holdings_periods")[["period_start", "period_end"]]
    begin = s002_rotation.strategy_spans("four-factor").at["full", "period_start"]
    counted = rebalance_calendar(begin, printed["period_end"].max(), weeks=2).dropna(subset="last")
    return printed.merge(counted, left_on="period_end", right_on="last", how="left")


def counted_sessions(counted: pd.DataFrame) -> pd.Series:
    """Return the counted first session of each printed period, as text, by the exhibit's items."""
    return pd.Series(counted["first"].dt.strftime("%Y-%m-%d").tolist(), s002_rotation.first_sessions().index)


def held_portfolios(weights: pd.DataFrame, counted: pd.DataFrame) -> pd.Series:
    """Return the industries held after the decision of each printed period, by the exhibit's items.

    Parameters
    ----------
    weights : DataFrame
        Decision dates × industries.
    counted : DataFrame
        Of :func:`clock`.

    Returns
    -------
    Series of str
        By ``six industries from <first day>``: their names, sorted, one space between two; only periods whose decision
        ``weights`` holds.
    """
    held = {}
    for row in counted[counted["decision"].isin(weights.index)].itertuples():
        names = weights.columns[weights.loc[row.decision] > 0]
        held[f"six industries from {row.period_start:%Y-%m-%d}"] = " ".join(sorted(names))
    return pd.Series(held, dtype=object)


def _printed_days(traded: Rotated | None, spans: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Returns and benchmark of a strategy on the days of the printed table."""
    if traded is None:
        return pd.Series(dtype=float), pd.Series(dtype=float)
    days = slice(*spans.loc["full", ["period_start", "period_end"]])
    return traded.returns.loc[days], traded.benchmark.loc[days]


def _covers(row: pd.Series, spans: pd.DataFrame, period: str) -> bool:
    """Whether the days of a row are all the sessions of a printed period, from its first to its last."""
    due = sessions(*spans.loc[period, ["period_start", "period_end"]])
    return bool(row["start"] <= due[0] and row["end"] >= due[-1])
