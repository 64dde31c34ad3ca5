"""What active equity funds report: one portfolio once, its last announced holdings by industry."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.lookthrough.labels import industry_names, stock_labels
from helpers.panels import encode

REPORT_MAX_AGE = 130


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


def count_portfolios(fund_holdings: pd.DataFrame) -> pd.DataFrame:
    """Count what the reports of each quarter list, by line and merged into portfolios.

    Parameters
    ----------
    fund_holdings : DataFrame
        Canonical table.

    Returns
    -------
    DataFrame
        Quarters × ``lines`` (share classes), ``portfolios``, ``CNY bn, all lines`` and ``CNY bn, merged``; the amounts
        are NaN where no sizes are reported.
    """
    lines = fund_holdings.drop_duplicates(["report_date", "fund_code"]).groupby("report_date")
    merged = portfolios(fund_holdings).drop_duplicates(["report_date", "portfolio"]).groupby("report_date")
    table = pd.DataFrame({"lines": lines.size(), "portfolios": merged.size()})
    sized = "fund_size" in fund_holdings
    table["CNY bn, all lines"] = lines["fund_size"].sum() / 1e9 if sized else np.nan
    table["CNY bn, merged"] = merged["size"].sum() / 1e9 if sized else np.nan
    return table


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
