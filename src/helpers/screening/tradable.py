"""From a paper strategy in industries to funds one can buy, and what gets lost on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.lookthrough.index_industries import index_industry_weights

__all__ = ["capacity", "funds_for_industries", "known_exposures", "to_funds", "tracking_gap"]

LEAST = 0.5  # weight of an industry in an index from which its fund can stand for the industry
STEP = 0.05  # exposures this close count as alike: then turnover decides, then the fee


def known_exposures(
    index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str, date: pd.Timestamp | str, max_age: int = 400
) -> pd.DataFrame:
    """Return industry weights of each index as known on an evening, indices × industries.

    Weights dated on the evening itself are not out yet; those older than ``max_age`` days say nothing any more.
    """
    date = pd.Timestamp(date)
    known = index_weights[(index_weights["date"] < date) & (index_weights["date"] >= date - pd.Timedelta(days=max_age))]
    last = known.groupby("index_code", observed=True)["date"].transform("max")
    known = known[known["date"] == last]
    labels = stock_industry[stock_industry["start"] <= date]
    table = index_industry_weights(known, labels, scheme=scheme, backcast=True).droplevel("date")
    return table.drop(columns="unlabelled")


def funds_for_industries(exposures: pd.DataFrame, products: pd.DataFrame, least: float = LEAST) -> pd.DataFrame:
    """Choose one fund for each industry: by exposure, among like ones by turnover, then by fee.

    Parameters
    ----------
    exposures : DataFrame
        Indices × industries, weights.
    products : DataFrame
        Funds × ``index_code, amount`` and, where known, ``fee``.
    least : float
        An industry whose purest fund holds less of it has none.

    Returns
    -------
    DataFrame
        By industry: ``code, index_code, exposure, amount, fee`` (NaN where no fund will do) and ``candidates``.
    """
    fee = products["fee"] if "fee" in products else pd.Series(np.nan, products.index)
    funds = pd.DataFrame({"index_code": products["index_code"], "amount": products["amount"], "fee": fee})
    funds = funds[funds["index_code"].isin(exposures.index) & funds["amount"].notna()].rename_axis("code").reset_index()
    rows = {}
    for industry in exposures:
        own = funds.assign(exposure=exposures[industry].reindex(funds["index_code"]).to_numpy())
        own = own[own["exposure"] >= least]
        own = own.assign(_alike=np.floor(own["exposure"] / STEP + 1e-9))
        own = own.sort_values(["_alike", "amount", "fee", "code"], ascending=[False, False, True, True])
        best = own.iloc[0].drop("_alike").to_dict() if len(own) else {}
        rows[industry] = best | {"candidates": len(own)}
    columns = ["code", "index_code", "exposure", "amount", "fee", "candidates"]
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("industry")


def to_funds(weights: pd.DataFrame, chosen: dict[pd.Timestamp, pd.Series]) -> pd.DataFrame:
    """Turn industry weights into fund weights, decision by decision; what has no fund stays cash.

    Parameters
    ----------
    weights : DataFrame
        Decisions × industries.
    chosen : mapping of decision to Series
        For each decision the fund of each industry, as known then.
    """
    rows = {}
    for date, row in weights.iterrows():
        funds = chosen[date].reindex(row.index)
        rows[date] = row[funds.notna()].groupby(funds.dropna()).sum()
    return pd.DataFrame.from_dict(rows, orient="index").fillna(0.0).sort_index(axis=1)


def tracking_gap(paper: pd.Series, traded: pd.Series, periods_per_year: float = 250) -> dict[str, float]:
    """Compare the paper strategy with the one traded in funds, on the days both have.

    Returns
    -------
    dict
        ``paper, traded`` (yearly compound), ``gap`` (traded less paper), ``tracking_error``, ``correlation``,
        ``sessions``.
    """
    both = pd.DataFrame({"paper": paper, "traded": traded}).dropna()
    years = len(both) / periods_per_year
    rate = (1 + both).prod() ** (1 / years) - 1 if years else pd.Series(np.nan, both.columns)
    return {
        "paper": float(rate["paper"]),
        "traded": float(rate["traded"]),
        "gap": float(rate["traded"] - rate["paper"]),
        "tracking_error": float((both["traded"] - both["paper"]).std() * np.sqrt(periods_per_year)),
        "correlation": float(both["paper"].corr(both["traded"])),
        "sessions": len(both),
    }


def capacity(weights: pd.Series, amount: pd.Series, participation: float = 0.1, sessions: int = 1) -> pd.Series:
    """Return the wealth at which each position can be bought in some sessions by taking a share of its turnover.

    Parameters
    ----------
    weights : Series
        Weights by fund.
    amount : Series
        Median turnover a session, CNY.
    participation : float
        Share of the turnover one may be.
    sessions : int
        Days taken.

    Returns
    -------
    Series
        CNY by fund; the least of them is what the portfolio can hold.
    """
    held = weights[weights > 0]
    return (participation * sessions * amount.reindex(held.index) / held).rename("capacity")
