"""What active equity funds hold by industry, as known at each date.

Funds report their ten largest holdings each quarter, some weeks after its end. A month in which reports have just come
out uses them; the months between are simulated by regressing fund returns on industry returns (see
:mod:`helpers.lookthrough.from_returns`). Nothing counts before its announcement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.active_funds.reports import REPORT_MAX_AGE, reported_weights
from helpers.lookthrough.from_returns import misallocated, simulate_weights
from helpers.lookthrough.labels import names_begun
from helpers.panels import as_of, industry_closes, wide
from helpers.sessions import next_session

REPORT_MONTHS = 2
ACTIVE_SHRINK = 1.0
ISSUANCE = ("stock_etf", "active_equity")


class ActiveWeights(NamedTuple):
    """Industry weights of active funds and where each row comes from.

    Attributes
    ----------
    weights : DataFrame
        Dates × industry names, fractions summing to 1; NaN rows where nothing is known.
    origin : DataFrame
        Dates × ``source`` (report, simulated, carried or none), ``announced`` (latest announcement by then),
        ``report_date`` (its quarter), ``age`` (days since that quarter's end).
    """

    weights: pd.DataFrame
    origin: pd.DataFrame


def average_return(fund_nav: pd.DataFrame, fund_holdings: pd.DataFrame | None = None) -> pd.Series:
    """Daily return of all active funds together, weighted by the sizes last announced (equal where none is).

    Parameters
    ----------
    fund_nav : DataFrame
        Canonical table; ``nav_adj`` with dividends put back.
    fund_holdings : DataFrame, optional
        For ``fund_size``, used from ``announce_date`` on.

    Returns
    -------
    Series
        By date.
    """
    nav = wide(fund_nav, "fund_code", "nav_adj")
    returns = nav.pct_change(fill_method=None)
    weight = np.ones(returns.shape)
    if fund_holdings is not None and "fund_size" in fund_holdings:
        sizes = fund_holdings.drop_duplicates(["report_date", "fund_code"]).sort_values("report_date")
        sizes = sizes.drop_duplicates(["announce_date", "fund_code"], keep="last")
        sizes = sizes.drop(columns="date", errors="ignore").rename(columns={"announce_date": "date"})
        known, _ = as_of(sizes, "fund_size", pd.DatetimeIndex(nav.index), pd.Index(nav.columns), key="fund_code")
        known = np.vstack([np.full((1, known.shape[1]), np.nan), known[:-1]])  # yesterday's knowledge weighs today
        some = np.isfinite(known).any(axis=1, keepdims=True)
        weight = np.where(some, np.nan_to_num(known), 1.0)
    there = returns.notna().to_numpy()
    total = (weight * there).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weight * np.nan_to_num(returns.to_numpy())).sum(axis=1) / np.where(total > 0, total, np.nan)
    return pd.Series(mean, index=nav.index, name="active_funds").dropna()


def spliced_weights(
    fund_holdings: pd.DataFrame,
    stock_industry: pd.DataFrame,
    dates: pd.DatetimeIndex,
    *,
    fund_nav: pd.DataFrame | None = None,
    industry_daily: pd.DataFrame | None = None,
    scheme: str | None = None,
    backcast: bool = False,
    max_age: int = REPORT_MAX_AGE,
    report_months: int = REPORT_MONTHS,
    **simulation,
) -> ActiveWeights:
    """Reports while they are fresh, simulation in the months between (回归模拟持仓拼接真实持仓).

    Parameters
    ----------
    fund_holdings, stock_industry : DataFrame
        Canonical tables.
    dates : DatetimeIndex
        Ascending.
    fund_nav, industry_daily : DataFrame, optional
        For the simulation. Without them the last report is carried on, and ``origin`` says so.
    scheme, backcast, max_age
        See :func:`helpers.active_funds.reports.reported_weights`; beyond ``max_age`` nothing is known but a simulation.
    report_months : int
        Months, counted from that of the last announcement, in which the report itself is used.
    **simulation
        Passed to :func:`helpers.lookthrough.from_returns.simulate_weights`; by default the weights are pulled
        to the last report with ``ACTIVE_SHRINK``.

    Returns
    -------
    ActiveWeights
    """
    weights, facts = reported_weights(
        fund_holdings, stock_industry, dates, scheme=scheme, backcast=backcast, max_age=max_age
    )
    ordinal = dates.year * 12 + dates.month
    since = ordinal - (facts["announced"].dt.year * 12 + facts["announced"].dt.month).to_numpy()
    fresh = (since < report_months) & weights.notna().any(axis=1).to_numpy()
    source = pd.Series(np.where(weights.notna().any(axis=1), "carried", "none"), index=dates, dtype=object)
    source[fresh] = "report"
    if fund_nav is not None and industry_daily is not None and not fresh.all():
        options = {"prior": weights.dropna(how="all"), "cash": True, "shrink": ACTIVE_SHRINK} | simulation
        y = average_return(fund_nav, fund_holdings)
        x = industry_returns(industry_daily, scheme, weights.columns)
        begun = names_begun(stock_industry, dates[~fresh], weights.columns, scheme, backcast)
        guess = _simulated(y, x, begun, options).dropna(how="all")
        weights.loc[guess.index] = guess[weights.columns].to_numpy()
        source[guess.index] = "simulated"
    origin = facts[["announced", "report_date", "age"]].assign(source=source)
    return ActiveWeights(weights, origin[["source", "announced", "report_date", "age"]])


def _simulated(y: pd.Series, x: pd.DataFrame, begun: pd.DataFrame, options: dict) -> pd.DataFrame:
    """Simulate each date on the industries that existed then; the others hold nothing."""
    existed, which = np.unique(begun.to_numpy(), axis=0, return_inverse=True)
    found = []
    for k, there in enumerate(existed):
        names = begun.columns[there]
        own = options | {"prior": options["prior"][names]} if options.get("prior") is not None else options
        found.append(simulate_weights(y, x[names], begun.index[which == k], **own).reindex(columns=begun.columns))
    guess = pd.concat(found).sort_index()
    return guess.fillna(0.0).where(guess.notna().any(axis=1), axis=0)


def known_weights(
    fund_holdings: pd.DataFrame, stock_industry: pd.DataFrame, dates: pd.DatetimeIndex, **options
) -> pd.DataFrame:
    """Industry weights of active equity funds as known at each date; the frame of :func:`spliced_weights`.

    Parameters
    ----------
    fund_holdings, stock_industry : DataFrame
        Canonical tables.
    dates : DatetimeIndex
        Ascending.
    **options
        As for :func:`spliced_weights`.

    Returns
    -------
    DataFrame
        Dates × industry names, fractions summing to 1; NaN rows where nothing is known.
    """
    return spliced_weights(fund_holdings, stock_industry, dates, **options).weights


def industry_returns(industry_daily: pd.DataFrame, scheme: str | None, names: pd.Index) -> pd.DataFrame:
    """Daily returns of the named industries: days × industry names.

    Parameters
    ----------
    industry_daily : DataFrame
        Canonical table.
    scheme : str, optional
        May be None where the table holds only one.
    names : Index
        Industries wanted, in this order.

    Returns
    -------
    DataFrame
        Days × industry names, fractions; NaN where the table has no such industry.
    """
    closes = industry_closes(industry_daily, scheme).reindex(columns=pd.Index(names, name="industry_name"))
    return closes.pct_change(fill_method=None).iloc[1:]


def simulation_errors(
    fund_holdings: pd.DataFrame,
    stock_industry: pd.DataFrame,
    *,
    fund_nav: pd.DataFrame | None = None,
    industry_daily: pd.DataFrame | None = None,
    scheme: str | None = None,
    backcast: bool = False,
    pulls: Sequence[float] = (),
    **simulation,
) -> pd.DataFrame:
    """Share of weight in the wrong industry at each quarter's end, judged by the report that came later.

    Parameters
    ----------
    fund_holdings, stock_industry, fund_nav, industry_daily, scheme, backcast, **simulation
        See :func:`spliced_weights`.
    pulls : sequence of float
        Further shrinkages to the known report to measure, one column ``pull …`` each.

    Returns
    -------
    DataFrame
        Report dates × ``carried`` (the report known at the quarter's end left as it was) and, with ``fund_nav`` and
        ``industry_daily``, ``plain`` (regression alone), ``simulated`` (shrunk to the known report) and the pulls.
    """
    quarters = pd.DatetimeIndex(np.sort(fund_holdings["report_date"].unique()))
    last = fund_holdings.groupby("report_date")["announce_date"].max().reindex(quarters)
    options = {"scheme": scheme, "backcast": backcast}
    truth = []
    for quarter, announced in last.items():
        rows = fund_holdings.loc[fund_holdings["report_date"] == quarter]
        truth.append(reported_weights(rows, stock_industry, pd.DatetimeIndex([announced]), **options)[0])
    truth = pd.concat(truth).set_axis(quarters)
    carried, _ = reported_weights(fund_holdings, stock_industry, quarters, **options)
    out = {"carried": misallocated(carried, truth)}
    if fund_nav is not None and industry_daily is not None:
        y, x = average_return(fund_nav, fund_holdings), industry_returns(industry_daily, scheme, truth.columns)
        plain = simulate_weights(y, x, quarters, shrink=0.0, half_life=None, cash=True)
        known = {"prior": carried.dropna(how="all"), "cash": True, "shrink": ACTIVE_SHRINK} | simulation
        out |= {
            "plain": misallocated(plain, truth),
            "simulated": misallocated(simulate_weights(y, x, quarters, **known), truth),
        }
        for pull in pulls:
            pulled = simulate_weights(y, x, quarters, **(known | {"shrink": pull}))
            out[f"pull {pull:g}"] = misallocated(pulled, truth)
    return pd.DataFrame(out)


def issuance_heat(fund_issuance: pd.DataFrame) -> pd.Series:
    """New stock-ETF units month on month less new active-fund units month on month (新发热度).

    Parameters
    ----------
    fund_issuance : DataFrame
        Canonical table: ``month, category, shares``.

    Returns
    -------
    Series
        Indexed by the date from which it is known, the first session after the month. Above zero stock ETFs are selling
        faster. NaN where either series lacks the month or the one before, or began at zero.

    Examples
    --------
    >>> month = pd.to_datetime(["2024-04-01", "2024-04-01", "2024-05-01", "2024-05-01"])
    >>> new = pd.DataFrame({"month": month, "category": ["stock_etf", "active_equity"] * 2})
    >>> issuance_heat(new.assign(shares=[2e9, 4e9, 3e9, 4e9]))  # known once May is over
    date
    2024-05-06    NaN
    2024-06-03    0.5
    Name: issuance_heat, dtype: float64
    """
    table = fund_issuance.assign(month=fund_issuance["month"].dt.to_period("M"))
    table = table.pivot(index="month", columns="category", values="shares").reindex(columns=list(ISSUANCE))
    if len(table):
        table = table.reindex(pd.period_range(table.index.min(), table.index.max(), freq="M"))
    previous = table.shift()
    growth = table / previous.where(previous > 0) - 1
    heat = growth[ISSUANCE[0]] - growth[ISSUANCE[1]]
    ends = pd.DatetimeIndex(heat.index.to_timestamp(how="end")).normalize()
    return heat.set_axis(next_session(ends)).rename("issuance_heat")
