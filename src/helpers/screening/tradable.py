"""From a paper strategy in industries to funds one can buy, and what gets lost on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.lookthrough.index_industries import index_industry_weights

__all__ = ["capacity", "exposure_history", "funds_for_industries", "known_exposures", "to_funds", "tracking_gap"]

LEAST = 0.5  # weight of an industry in an index from which its fund can stand for the industry
STEP = 0.05  # exposures this close count as alike: then turnover decides, then the fee


def exposure_history(
    index_weights: pd.DataFrame, stock_industry: pd.DataFrame, scheme: str, backcast: bool = False
) -> pd.DataFrame:
    """Return industry weights of each index on each date of its own weights, with the labels of that date.

    Parameters
    ----------
    index_weights, stock_industry : DataFrame
        Canonical.
    scheme : str
        Industry scheme.
    backcast : bool
        Whether a stock's first label also holds before it began.

    Returns
    -------
    DataFrame
        Rows (``date, index_code``) in date order × industries.
    """
    table = index_industry_weights(index_weights, stock_industry, scheme=scheme, backcast=backcast)
    return table.drop(columns="unlabelled").sort_index()


def known_exposures(history: pd.DataFrame, date: pd.Timestamp | str, max_age: int = 400) -> pd.DataFrame:
    """Return the industry weights of each index as known on an evening, indices × industries.

    Parameters
    ----------
    history : DataFrame
        From :func:`exposure_history`.
    date : date-like
        The evening. Weights dated on it are not out yet.
    max_age : int
        Calendar days after which weights say nothing any more.

    Returns
    -------
    DataFrame
        Fractions of the index.
    """
    date = pd.Timestamp(date)
    when = history.index.get_level_values("date")
    known = history[(when < date) & (when >= date - pd.Timedelta(days=max_age))].droplevel("date")
    return known[~known.index.duplicated(keep="last")]


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
    funds = products[products["index_code"].isin(exposures.index) & products["amount"].notna()].sort_index()
    fee = funds["fee"] if "fee" in funds else pd.Series(np.nan, funds.index)
    inside = exposures.loc[funds["index_code"]].to_numpy()
    alike = np.floor(inside / STEP + 1e-9)
    rows = {}
    for k, industry in enumerate(exposures):
        best = np.lexsort((fee.fillna(np.inf), -funds["amount"], -alike[:, k]))  # the last key counts first
        best = best[inside[best, k] >= least]
        row = {"candidates": len(best)}
        if len(best):
            top = best[0]
            row |= {"code": funds.index[top], "exposure": inside[top, k], "fee": fee.iloc[top]}
            row |= {name: funds[name].iloc[top] for name in ("index_code", "amount")}
        rows[industry] = row
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

    Returns
    -------
    DataFrame
        Decisions × funds; a row sums to its row of ``weights`` at most.
    """
    rows = {}
    for date, row in weights.iterrows():
        funds = chosen[date].reindex(row.index)
        rows[date] = row[funds.notna()].groupby(funds.dropna()).sum()
    return pd.DataFrame.from_dict(rows, orient="index").fillna(0.0).sort_index(axis=1)


def tracking_gap(paper: pd.Series, traded: pd.Series, periods_per_year: float = 250) -> dict[str, float]:
    """Compare the paper strategy with the one traded in funds, on the days both have.

    Parameters
    ----------
    paper, traded : Series
        Daily returns.
    periods_per_year : float
        Sessions in a year.

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
