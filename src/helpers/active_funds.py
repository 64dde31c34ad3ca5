"""What active equity funds hold by industry, as known at each date.

Funds report their ten largest holdings each quarter, some weeks after its end. A month in which reports have just come
out uses them; the months between are simulated by regressing fund returns on industry returns (see
:mod:`helpers.return_lookthrough`). Nothing counts before its announcement.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.index_industries import industry_names, stock_labels
from helpers.panels import as_of, distinct, encode
from helpers.return_lookthrough import misallocated, simulate_weights
from helpers.sessions import next_session

REPORT_MONTHS = 2
REPORT_MAX_AGE = 130
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


def portfolios(fund_holdings: pd.DataFrame) -> pd.DataFrame:
    """Merge the share classes of one portfolio, so that its money is counted once.

    Classes A and C of a fund are separate rows with the same stocks. Sources give the size of the class or repeat that
    of the portfolio; adding up the *distinct* sizes is right for both. Without ``fund_size`` every portfolio weighs the
    same.

    Parameters
    ----------
    fund_holdings : DataFrame
        Canonical table.

    Returns
    -------
    DataFrame
        ``report_date, announce_date, portfolio`` (its first fund code), ``code, weight_nav, size``; one row per stock
        of a portfolio, with the largest class's weights.
    """
    rows = fund_holdings
    stock, stocks = encode(rows["code"])
    spelled = pd.util.hash_array(stocks.to_numpy(dtype=object))[stock]
    keys = [rows["report_date"], rows["fund_code"]]
    same = pd.Series(spelled, index=rows.index).groupby(keys).transform("sum")
    size = rows["fund_size"] if "fund_size" in rows else pd.Series(1.0, index=rows.index)
    table = rows[["report_date", "announce_date", "fund_code", "code", "weight_nav"]].assign(size=size, same=same)
    funds = table.drop_duplicates(["report_date", "fund_code"])
    merged = ["report_date", "same"]
    total = funds.drop_duplicates([*merged, "size"]).groupby(merged)["size"].sum()
    first = funds.groupby(merged)["fund_code"].min()
    largest = funds.sort_values(["size", "fund_code"], ascending=[False, True], kind="stable")
    table = table.merge(largest.drop_duplicates(merged)[["report_date", "fund_code"]], on=["report_date", "fund_code"])
    key = pd.MultiIndex.from_frame(table[merged])
    table = table.assign(portfolio=first.reindex(key).to_numpy(), size=total.reindex(key).to_numpy())
    return table[["report_date", "announce_date", "portfolio", "code", "weight_nav", "size"]]


def reported_weights(
    fund_holdings: pd.DataFrame,
    stock_industry: pd.DataFrame,
    dates: pd.DatetimeIndex,
    *,
    scheme: str | None = None,
    backcast: bool = False,
    max_age: int = REPORT_MAX_AGE,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Industry weights of every portfolio's last announced report, added up in CNY, at each date.

    Parameters
    ----------
    fund_holdings, stock_industry : DataFrame
        Canonical tables.
    dates : DatetimeIndex
        When it is asked for; only reports with ``announce_date`` up to then count.
    scheme, backcast
        As in :func:`helpers.lookthrough.industry_holdings`.
    max_age : int
        Calendar days after the quarter's end beyond which a report no longer counts.

    Returns
    -------
    weights : DataFrame
        Dates × industry names; rows sum to 1 over the labelled part of the reported holdings, or are NaN.
    facts : DataFrame
        Dates × ``announced, report_date, age, n_portfolios, top_share`` (reported holdings over net assets),
        ``labelled`` (share of them with an industry).
    """
    rows = portfolios(fund_holdings).sort_values(["announce_date", "report_date"], ignore_index=True)
    names = industry_names(stock_industry, scheme, None)
    stock, stocks = encode(rows["code"])
    steps = pd.DatetimeIndex(rows["announce_date"].unique())
    labels = stock_labels(stocks, steps, names, stock_industry, scheme, backcast)
    at = steps.searchsorted(dates, side="right") - 1
    rows["money"] = rows["weight_nav"] * rows["size"]
    weights = np.full((len(dates), len(names)), np.nan)
    facts = []
    for i, date in enumerate(dates):
        known = rows.loc[(rows["announce_date"] <= date) & (rows["report_date"] >= date - pd.Timedelta(days=max_age))]
        known = known.loc[known["report_date"] == known.groupby("portfolio")["report_date"].transform("max")]
        if known.empty:
            facts.append((pd.NaT, pd.NaT, np.nan, 0, np.nan, np.nan))
            continue
        label = labels[stock[known.index], at[i]]
        money = np.bincount(label, weights=known["money"], minlength=len(names) + 1)
        if money[:-1].sum() > 0:
            weights[i] = money[:-1] / money[:-1].sum()
        last = known["report_date"].max()
        sizes = known.drop_duplicates("portfolio")["size"].sum()
        facts.append(
            (
                known["announce_date"].max(),
                last,
                (date - last).days,
                known["portfolio"].nunique(),
                known["money"].sum() / sizes,
                money[:-1].sum() / money.sum(),
            )
        )
    columns = ["announced", "report_date", "age", "n_portfolios", "top_share", "labelled"]
    return (
        pd.DataFrame(weights, index=dates, columns=names),
        pd.DataFrame(facts, index=dates, columns=columns),
    )


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
    nav = fund_nav.pivot(index="date", columns="fund_code", values="nav_adj").sort_index()
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
        See :func:`reported_weights`; beyond ``max_age`` nothing is known but a simulation.
    report_months : int
        Months, counted from that of the last announcement, in which the report itself is used.
    **simulation
        Passed to :func:`helpers.return_lookthrough.simulate_weights`; the default shrinks to the last report known.

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
        old = dates[~fresh]
        options = {"prior": weights.dropna(how="all"), "cash": True} | simulation
        guess = simulate_weights(
            average_return(fund_nav, fund_holdings),
            industry_returns(industry_daily, scheme, weights.columns),
            old,
            **options,
        ).dropna(how="all")
        weights.loc[guess.index] = guess.to_numpy()
        source[guess.index] = "simulated"
    origin = facts[["announced", "report_date", "age"]].assign(source=source)
    return ActiveWeights(weights, origin[["source", "announced", "report_date", "age"]])


def known_weights(
    fund_holdings: pd.DataFrame, stock_industry: pd.DataFrame, dates: pd.DatetimeIndex, **options
) -> pd.DataFrame:
    """Industry weights of active equity funds as known at each date; the frame of :func:`spliced_weights`."""
    return spliced_weights(fund_holdings, stock_industry, dates, **options).weights


def industry_returns(industry_daily: pd.DataFrame, scheme: str | None, names: pd.Index) -> pd.DataFrame:
    """Daily returns of the named industries: days × industry names."""
    rows = industry_daily if scheme is None else industry_daily.loc[industry_daily["scheme"] == scheme]
    rows = rows.loc[rows["industry_name"].isin(names)]
    if rows.duplicated(["date", "industry_name"]).any():
        raise ValueError(f"industry_daily holds the schemes {', '.join(distinct(rows['scheme']))}; pass scheme=")
    closes = rows.pivot(index="date", columns="industry_name", values="close").sort_index()
    return closes.pct_change(fill_method=None).iloc[1:].rename_axis(columns="industry_name")


def simulation_errors(
    fund_holdings: pd.DataFrame,
    stock_industry: pd.DataFrame,
    *,
    fund_nav: pd.DataFrame | None = None,
    industry_daily: pd.DataFrame | None = None,
    scheme: str | None = None,
    backcast: bool = False,
    **simulation,
) -> pd.DataFrame:
    """Share of weight in the wrong industry at each quarter's end, judged by the report that came later.

    Returns
    -------
    DataFrame
        Report dates × ``carried`` (the report known at the quarter's end left as it was) and, with ``fund_nav`` and
        ``industry_daily``, ``plain`` (regression alone) and ``simulated`` (shrunk to the known report).
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
        shrunk = simulate_weights(y, x, quarters, **({"prior": carried.dropna(how="all"), "cash": True} | simulation))
        out |= {"plain": misallocated(plain, truth), "simulated": misallocated(shrunk, truth)}
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
