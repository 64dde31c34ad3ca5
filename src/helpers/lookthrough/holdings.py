"""ETF money looked through its indices to industries, as known at each date.

An ETF's size is spread over the stocks of its index by their last *published* weights, and each stock is counted in
the industry it belonged to on the day. Going from index to industry first and to fund sizes second costs
O(weight rows + weeks × indices × industries) instead of O(weeks × funds × stocks); the result is the same sum in
another order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.lookthrough.etf_units import fund_sizes
from helpers.lookthrough.index_industries import KnownWeights, known_industry_weights
from helpers.lookthrough.labels import industry_names
from helpers.panels import distinct, positions
from helpers.sessions import week_ends


class LookThrough(NamedTuple):
    """Money by industry and what became of all of it.

    Attributes
    ----------
    holdings : DataFrame
        Dates × industry names, CNY.
    parts : DataFrame
        Dates × ``total`` (CNY that entered), ``weights`` (looked through by index weights), ``estimated`` (by
        ``fund_weights``), ``unlabelled`` (reached a stock without an industry), ``no_weights`` (the tracked index is
        unknown or unpublished), ``n_funds``, ``n_through``. ``holdings`` sum to ``weights`` + ``estimated``.
    """

    holdings: pd.DataFrame
    parts: pd.DataFrame

    @property
    def coverage(self) -> pd.Series:
        """Share of the money that reached an industry; NaN with no money."""
        reached = self.parts["weights"] + self.parts["estimated"]
        return (reached / self.parts["total"].where(self.parts["total"] != 0)).rename("coverage")


def industry_holdings(
    etf_shares: pd.DataFrame,
    etf_list: pd.DataFrame,
    index_weights: pd.DataFrame | None,
    stock_industry: pd.DataFrame | None,
    *,
    etf_daily: pd.DataFrame | None = None,
    dates: pd.DatetimeIndex | None = None,
    scheme: str | None = None,
    lag: int = 1,
    backcast: bool = False,
    fund_weights: pd.DataFrame | None = None,
    fund_types: tuple[str, ...] | None = ("stock",),
    **sizing,
) -> tuple[pd.DataFrame, pd.Series]:
    """Money that ETFs hold in each industry at each date (S002: weekly industry holdings).

    Parameters
    ----------
    etf_shares, etf_list, index_weights, stock_industry, etf_daily : DataFrame
        Canonical tables. ``index_weights`` and ``stock_industry`` may be None when ``fund_weights`` is given.
    dates : DatetimeIndex, optional
        Default the last session of each week in ``etf_shares``.
    scheme : str, optional
        Industry scheme of ``stock_industry``; needed when it holds several.
    lag : int
        Sessions after its date on which an index weight is first known.
    backcast : bool
        Give a stock its first label also before that label began. It knows labels before their time.
    fund_weights : DataFrame, optional
        Estimated weights ``date, code, industry_name, weight`` for funds whose index has none published; see
        :mod:`helpers.lookthrough.from_returns`.
    fund_types : tuple of str, optional
        Kinds of fund of ``etf_list`` that count; None for all.
    **sizing
        Passed to :func:`helpers.lookthrough.etf_units.fund_sizes` (``max_age``, ``price_max_age``, ``index_daily``, …).

    Returns
    -------
    holdings : DataFrame
        Dates × industry names, CNY, as known at the close of each date (units are published that evening, so a trade
        on it starts the next session).
    coverage : Series
        Share of the ETF money that was looked through, by date.

    Raises
    ------
    ValueError
        If there are several schemes and none is chosen, or ``dates`` do not ascend.

    Examples
    --------
    >>> holdings, coverage = industry_holdings(etf_shares, etf_list, weights, labels)  # doctest: +SKIP
    """
    dates = week_ends(pd.DatetimeIndex(etf_shares["date"].unique())) if dates is None else dates
    codes = stock_funds(etf_list, fund_types).intersection(distinct(etf_shares["code"]))
    sizes, _ = fund_sizes(dates, etf_shares, etf_daily, codes=codes, etf_list=etf_list, **sizing)
    through = look_through(
        sizes,
        etf_list,
        index_weights,
        stock_industry,
        scheme=scheme,
        lag=lag,
        backcast=backcast,
        fund_weights=fund_weights,
    )
    return through.holdings, through.coverage


def holding_share(holdings: pd.DataFrame) -> pd.DataFrame:
    """Return each industry's share of the ETF money looked through; rows sum to 1.

    Parameters
    ----------
    holdings : DataFrame
        Dates x industries, CNY.

    Returns
    -------
    DataFrame
        Same shape, fractions; NaN rows where nothing is held.

    Raises
    ------
    ValueError
        If dates repeat or do not ascend, or an amount is negative.

    Examples
    --------
    >>> week = pd.Timestamp("2024-05-31")
    >>> holding_share(pd.DataFrame({"银行": [3e9], "电子": [1e9]}, index=[week])).loc[week].to_dict()
    {'银行': 0.75, '电子': 0.25}
    """
    if not (holdings.index.is_monotonic_increasing and holdings.index.is_unique):
        raise ValueError("holdings: dates must ascend without repeats; sort the index first")
    if (holdings < 0).to_numpy().any():
        raise ValueError(f"holdings of {holdings.columns[(holdings < 0).any()][0]!r} are negative; they are CNY held")
    total = holdings.sum(axis=1)
    return holdings.div(total.where(total > 0), axis=0)


def stock_funds(etf_list: pd.DataFrame, fund_types: tuple[str, ...] | None = ("stock",)) -> pd.Index:
    """Codes of the funds of the given kinds (all, if the table does not say the kind).

    Parameters
    ----------
    etf_list : DataFrame
        ``code`` and, where known, ``fund_type``.
    fund_types : tuple of str, optional
        Kinds wanted; None takes all.

    Returns
    -------
    Index
        Sorted.
    """
    rows = etf_list
    if fund_types is not None and "fund_type" in etf_list:
        rows = etf_list.loc[etf_list["fund_type"].isin(fund_types)]
    return distinct(rows["code"])


def look_through(
    amounts: pd.DataFrame,
    etf_list: pd.DataFrame,
    index_weights: pd.DataFrame | None,
    stock_industry: pd.DataFrame | None,
    *,
    scheme: str | None = None,
    lag: int = 1,
    backcast: bool = False,
    fund_weights: pd.DataFrame | None = None,
) -> LookThrough:
    """Spread any amounts per fund (sizes, net inflows) over industries, as known at each date.

    Parameters
    ----------
    amounts : DataFrame
        Dates (ascending) × fund codes, CNY; NaN counts as unknown and enters no total.
    etf_list : DataFrame
        ``code`` and ``index_code`` of each fund.
    index_weights, stock_industry, scheme, lag, backcast, fund_weights
        See :func:`industry_holdings`.

    Returns
    -------
    LookThrough

    Raises
    ------
    ValueError
        If dates repeat or do not ascend, or no industry is known.
    """
    dates = pd.DatetimeIndex(amounts.index)
    if not dates.is_monotonic_increasing or not dates.is_unique:
        raise ValueError("amounts: dates must ascend without repeats; sort the index first")
    if index_weights is None or stock_industry is None:
        weights = KnownWeights.nothing(dates, industry_names(stock_industry, scheme, fund_weights))
    else:
        indices = distinct(etf_list.loc[etf_list["code"].isin(amounts.columns), "index_code"])
        options = {"scheme": scheme, "lag": lag, "backcast": backcast}
        weights = known_industry_weights(dates, index_weights, stock_industry, indices=indices, **options)
    return spread(amounts, etf_list, weights, fund_weights)


def spread(
    amounts: pd.DataFrame, etf_list: pd.DataFrame, weights: KnownWeights, fund_weights: pd.DataFrame | None = None
) -> LookThrough:
    """Spread amounts per fund over industries by weights that are worked out already; see :func:`look_through`.

    Parameters
    ----------
    amounts : DataFrame
        Dates (among those of ``weights``) × fund codes, CNY; NaN counts as unknown and enters no total.
    etf_list : DataFrame
        ``code`` and ``index_code`` of each fund.
    weights : KnownWeights
        Of :func:`helpers.lookthrough.index_industries.known_industry_weights`.
    fund_weights : DataFrame, optional
        See :func:`industry_holdings`.

    Returns
    -------
    LookThrough

    Raises
    ------
    ValueError
        If ``amounts`` have a date that ``weights`` lack.
    """
    dates = pd.DatetimeIndex(amounts.index)
    row = weights.dates.get_indexer(dates)
    if (row < 0).any():
        raise ValueError(f"amounts of {dates[row < 0][0]:%Y-%m-%d}: no index weights were worked out for that day")
    names = weights.industries
    if fund_weights is not None:
        more = distinct(fund_weights["industry_name"]).difference(names)
        names = names.append(more).rename(names.name)
    money = np.nan_to_num(amounts.to_numpy(dtype=float))
    tracked = etf_list.drop_duplicates("code").set_index("code")["index_code"].reindex(amounts.columns)
    index = weights.indices.get_indexer(tracked.astype(object))
    through = (index >= 0) & weights.known[row][:, index]
    by_index = np.zeros((len(weights.indices), len(money)))
    np.add.at(by_index, index[index >= 0], money.T[index >= 0])
    reached = np.matmul(by_index.T[:, None], weights.weights[row])[:, 0]
    held = np.zeros((len(dates), len(names)))
    held[:, : len(weights.industries)] = reached[:, :-1]
    estimated = _estimated(money * ~through, amounts, fund_weights, names)
    here = np.isfinite(amounts.to_numpy(dtype=float))
    parts = pd.DataFrame(
        {
            "total": money.sum(axis=1),
            "weights": held.sum(axis=1),
            "estimated": estimated.sum(axis=1),
            "unlabelled": reached[:, -1],
            "n_funds": here.sum(axis=1),
            "n_through": (here & through).sum(axis=1),
        },
        index=dates,
    )
    inside = (money * through).sum(axis=1)
    parts.insert(4, "no_weights", parts["total"] - inside - parts["estimated"])
    holdings = pd.DataFrame(held + estimated, index=dates, columns=names)
    return LookThrough(holdings, parts)


def _estimated(
    money: np.ndarray, amounts: pd.DataFrame, fund_weights: pd.DataFrame | None, names: pd.Index
) -> np.ndarray:
    """Money of funds without index weights spread by their estimated weights, dates × industries."""
    out = np.zeros((len(money), len(names)))
    if fund_weights is None or fund_weights.empty:
        return out
    fund = positions(fund_weights["code"], amounts.columns)
    industry = positions(fund_weights["industry_name"], names)
    weight = fund_weights["weight"].to_numpy(dtype=float)
    known = pd.DatetimeIndex(amounts.index).searchsorted(fund_weights["date"], side="left")
    when = fund_weights["date"].to_numpy()
    state = np.zeros((money.shape[1], len(names)))
    rows = np.flatnonzero((fund >= 0) & (known < len(money)))
    rows = rows[np.lexsort((when[rows], known[rows]))]
    cuts = np.searchsorted(known[rows], np.arange(len(money) + 1))
    for k in range(len(money)):
        new = rows[cuts[k] : cuts[k + 1]]
        for date in np.unique(when[new]):
            part = new[when[new] == date]
            state[np.unique(fund[part])] = 0
            state[fund[part], industry[part]] = weight[part]
        out[k] = money[k] @ state
    return out
