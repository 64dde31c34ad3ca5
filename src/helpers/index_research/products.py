"""The funds that follow an index, measured side by side: size, turnover, tracking, fees, premium, manager.

Everything is as known on one evening, from net asset values and prices up to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.dedup.index_keys import index_keys
from helpers.index_research.closure import SMALL
from helpers.lookthrough.etf_units import fund_sizes
from helpers.panels import as_of, to_panel
from helpers.sources import Market
from helpers.tables import MissingTable

__all__ = [
    "MEASURES",
    "fee_drag",
    "outliers",
    "product_facts",
    "product_table",
    "rank_products",
    "resolved_index",
    "tracking",
    "unit_returns",
]

YEAR = 250
EVENT = 0.005  # a gap between adjusted and unadjusted return beyond this is a dividend or a split, not rounding
UNEXPLAINED = 0.05  # a unit value that moves this much beside its own price is a misprint or an unknown split
MEASURES = {"size": 1, "amount": 1, "tracking_error": -1, "fee": -1, "premium_size": -1}  # more or less is better


def unit_returns(
    etf_daily: pd.DataFrame, etf_shares: pd.DataFrame | None, codes: pd.Index, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Return daily returns of net asset values with dividends and splits put back.

    A unit value drops when a dividend is paid or units are split. ``split_ratio`` says so where it is given; elsewhere
    the gap between the adjusted and the unadjusted price return of the same day does.

    Parameters
    ----------
    etf_daily, etf_shares : DataFrame
        Canonical; net asset values are taken from the column ``nav`` of either.
    codes : Index
        Funds.
    days : DatetimeIndex
        Sessions.

    Returns
    -------
    DataFrame
        Sessions × codes; NaN where a value of the day or the day before is missing, or where the unit value leaves its
        price by more than five in a hundred with no reason known.

    Raises
    ------
    MissingTable
        If no table holds net asset values.
    """
    daily = etf_daily[etf_daily["code"].isin(codes)]
    nav = _on(daily, "nav", codes, days)
    ratio = np.ones(nav.shape)
    if etf_shares is not None:
        units = etf_shares[etf_shares["code"].isin(codes)]
        nav = np.where(np.isfinite(nav), nav, _on(units, "nav", codes, days))
        given = _on(units, "split_ratio", codes, days)
        ratio = np.where(np.isfinite(given), given, 1.0)
    if not np.isfinite(nav).any():
        raise MissingTable("etf_daily", "no net asset values in the column nav, nor in etf_shares")
    gross = _gross(nav)
    adjusted, plain = _gross(_on(daily, "adj_close", codes, days)), _gross(_on(daily, "close", codes, days))
    with np.errstate(invalid="ignore", divide="ignore"):
        event = adjusted / plain
    paid = np.where(np.abs(event - 1) > EVENT, event, 1.0)
    gross = gross * np.where(ratio[1:] != 1, ratio[1:], paid)
    gross[np.abs(gross - adjusted) > UNEXPLAINED] = np.nan
    return pd.DataFrame(gross - 1, index=days[1:], columns=codes)


def _on(frame: pd.DataFrame, column: str, codes: pd.Index, days: pd.DatetimeIndex) -> np.ndarray:
    """Return a column as days × codes, NaN where it is not known on that very day."""
    if column not in frame or frame.empty:
        return np.full((len(days), len(codes)), np.nan)
    values, dates = to_panel(frame, column, codes)
    return pd.DataFrame(values, index=dates).reindex(days).to_numpy()


def _gross(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return values[1:] / values[:-1]


def tracking(
    returns: pd.DataFrame, index_closes: pd.DataFrame, tracked: Mapping[str, str], least: int = 120
) -> pd.DataFrame:
    r"""Measure how far each fund's net asset value strays from its index.

    $$ TE = \sqrt{250}\; \operatorname{sd}(r^{fund}_t - r^{index}_t), \qquad
    TD = \Big(\prod \tfrac{1 + r^{fund}_t}{1 + r^{index}_t}\Big)^{250/n} - 1 $$

    Parameters
    ----------
    returns : DataFrame
        Sessions × funds, from :func:`unit_returns`.
    index_closes : DataFrame
        Sessions × index codes.
    tracked : mapping of fund to index code
        Funds without a code, or whose index has no closes, get no row.
    least : int
        Sessions needed.

    Returns
    -------
    DataFrame
        By fund: ``tracking_error``, ``tracking_difference`` (both yearly), ``sessions``. The index as published is
        mostly a price index: its dividends appear in the difference as if the fund had earned them.
    """
    moved = index_closes.pct_change(fill_method=None).reindex(returns.index)
    funds = [fund for fund in returns if tracked.get(fund) in moved]
    own = returns[funds].to_numpy()
    base = moved[[tracked[fund] for fund in funds]].to_numpy()
    both = np.isfinite(own) & np.isfinite(base)
    count = both.sum(axis=0)
    gap = np.where(both, own - base, 0.0)
    mean = gap.sum(axis=0) / np.maximum(count, 1)
    variance = np.where(both, (gap - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count - 1, 1)
    ratio = np.where(both, np.log1p(np.where(both, own, 0)) - np.log1p(np.where(both, base, 0)), 0.0).sum(axis=0)
    table = pd.DataFrame(
        {
            "tracking_error": np.sqrt(YEAR * variance),
            "tracking_difference": np.expm1(ratio * YEAR / np.maximum(count, 1)),
            "sessions": count,
        },
        index=pd.Index(funds, name="code"),
    )
    return table[table["sessions"] >= least]


def fee_drag(fee: pd.Series | float, years: float) -> pd.Series | float:
    """Return the share of wealth that a yearly fee takes over some years."""
    return 1 - (1 - fee) ** years


def resolved_index(etf_list: pd.DataFrame) -> pd.Series:
    """Return the index each fund of ``etf_list`` tracks: its own code, else where its index name or benchmark leads."""
    keys = index_keys(etf_list)
    found = keys["key"].where(keys["key_rule"].isin(["index_code", "index_name", "benchmark", "gold"]))
    own = etf_list["index_code"] if "index_code" in etf_list else pd.Series(pd.NA, etf_list.index)
    return pd.Series(own.where(own.notna(), found).to_numpy(), index=pd.Index(etf_list["code"]), name="index_code")


def product_table(
    market: Market | Mapping[str, pd.DataFrame],
    date: pd.Timestamp | str,
    *,
    window: int = YEAR,
    short: int = 60,
    size_max_age: int | None = 120,
) -> pd.DataFrame:
    """Put every fund alive on an evening into one table.

    Parameters
    ----------
    market : mapping
        Canonical tables: ``etf_list`` and ``etf_daily`` are needed, ``etf_shares`` and ``index_daily`` add columns.
    date : date-like
        The evening.
    window : int
        Sessions over which tracking is measured.
    short : int
        Sessions over which turnover and premium are.
    size_max_age : int, optional
        Calendar days after which a size is too old to go by.

    Returns
    -------
    DataFrame
        By fund: ``name, index_code, index_name, fund_type, manager``; ``age`` (years listed); ``size`` (CNY) and
        ``size_age`` (days); ``amount`` (median a session, CNY); ``premium`` (median of close over net asset value, less
        one) and ``premium_size`` (its absolute value); ``fee`` (yearly, management and custody) and ``fee_drag`` (ten
        years); ``tracking_error, tracking_difference``; ``manager_funds`` (funds of the same manager).
    """
    date = pd.Timestamp(date)
    listing = _alive(market["etf_list"], date)
    daily = market["etf_daily"]
    days = pd.DatetimeIndex(np.unique(daily["date"].to_numpy()))
    days = days[days <= date]
    codes = pd.Index(listing.index)
    table = listing.reindex(columns=["name", "index_code", "index_name", "fund_type", "manager"])
    table["index_code"] = resolved_index(market["etf_list"]).reindex(codes)
    table["age"] = (date - listing["list_date"]).dt.days / 365.25
    table["size"], table["size_age"] = _sizes(market, listing, date, size_max_age)
    recent = daily[(daily["date"] > days[-min(short + 1, len(days))]) & (daily["date"] <= date)]
    table["amount"] = recent.groupby("code", observed=True)["amount"].median().reindex(codes)
    table["premium"] = _premium(recent, market.get("etf_shares"), codes, days[-short:])
    table["premium_size"] = table["premium"].abs()
    table["fee"] = listing.reindex(columns=["mgmt_fee", "custody_fee"]).sum(axis=1, min_count=2)
    table["fee_drag"] = fee_drag(table["fee"], 10)
    table[["tracking_error", "tracking_difference"]] = _tracking(market, table, days[-(window + 1) :])
    table["manager_funds"] = (
        listing.groupby("manager")["list_date"].transform("size") if "manager" in listing else np.nan
    )
    return table


def _alive(etf_list: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    listing = etf_list.set_index("code")
    alive = listing["list_date"] <= date
    if "delist_date" in listing:
        alive &= listing["delist_date"].isna() | (listing["delist_date"] > date)
    return listing[alive]


def _sizes(market, listing: pd.DataFrame, date: pd.Timestamp, max_age: int | None) -> tuple[pd.Series, pd.Series]:
    """Return size and its age: units times unit value, else what the list says, the younger where both are known."""
    codes, day = pd.Index(listing.index), pd.DatetimeIndex([date])
    size, age = pd.Series(np.nan, codes), pd.Series(np.inf, codes)
    if "etf_shares" in market:
        units = market["etf_shares"]
        sizes, _ = fund_sizes(day, units, market["etf_daily"], codes=codes, max_age=max_age, price_max_age=max_age)
        _, old = as_of(units, "shares", day, codes, max_age)
        size, age = sizes.iloc[0], pd.Series(old[0], codes).fillna(np.inf)
    if "size" in listing:
        stated = (date - listing["size_date"]).dt.days if "size_date" in listing else pd.Series(np.inf, codes)
        known = listing["size"].notna() & (stated >= 0) & (stated <= (max_age if max_age is not None else np.inf))
        newer = known & (stated < age.where(size.notna(), np.inf))
        size, age = size.where(~newer, listing["size"]), age.where(~newer, stated)
    return size, age.where(size.notna())


def _premium(recent: pd.DataFrame, etf_shares, codes: pd.Index, days: pd.DatetimeIndex) -> pd.Series:
    nav = _on(recent, "nav", codes, days)
    if etf_shares is not None:
        nav = np.where(np.isfinite(nav), nav, _on(etf_shares[etf_shares["date"] >= days[0]], "nav", codes, days))
    return pd.DataFrame(_on(recent, "close", codes, days) / nav - 1, columns=codes).median()


def _tracking(market, table: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    columns = ["tracking_error", "tracking_difference"]
    tracked = table["index_code"].dropna()
    if "index_daily" not in market or tracked.empty:
        return pd.DataFrame(np.nan, index=table.index, columns=columns)
    rows = market["index_daily"]
    rows = rows[rows["date"].between(days[0], days[-1]) & rows["index_code"].isin(set(tracked))]
    closes = rows.pivot(index="date", columns="index_code", values="close")
    daily = market["etf_daily"]
    try:
        units = market.get("etf_shares")
        units = None if units is None else units[units["date"] >= days[0]]
        returns = unit_returns(daily[daily["date"] >= days[0]], units, pd.Index(tracked.index), days)
    except MissingTable:
        return pd.DataFrame(np.nan, index=table.index, columns=columns)
    return tracking(returns, closes, tracked.to_dict()).reindex(table.index)[columns]


def rank_products(table: pd.DataFrame, measures: Mapping[str, int] = MEASURES) -> pd.DataFrame:
    """Rank the funds that follow the same index.

    Parameters
    ----------
    table : DataFrame
        From :func:`product_table`.
    measures : mapping of column to sign
        +1 where more is better, -1 where less is.

    Returns
    -------
    DataFrame
        The table with ``peers`` (funds on the index), ``score`` (mean over the measures of the share of peers a fund
        beats or equals; an unknown value beats nobody) and ``rank`` (1 = best; ties by code), best first within each
        index. Funds without an index code are left out.
    """
    known = table[table["index_code"].notna()]
    groups = known["index_code"]
    score = pd.Series(0.0, known.index)
    for column, sign in measures.items():
        score += (sign * known[column]).groupby(groups).rank(method="max", pct=True).fillna(0.0)
    out = known.assign(peers=groups.groupby(groups).transform("size"), score=score / len(measures))
    out = (
        out.rename_axis("code")
        .reset_index()
        .sort_values(["index_code", "score", "code"], ascending=[True, False, True])
    )
    out["rank"] = out.groupby("index_code").cumcount() + 1
    return out.set_index("code")


def outliers(table: pd.DataFrame) -> dict[str, str]:
    """Return the stock funds of a product ``table`` with the largest tracking error and the smallest size, by name."""
    known = table[table["fund_type"].eq("stock")].dropna(subset=["tracking_error", "size"])
    picked = [known["tracking_error"].idxmax(), known["size"].idxmin()] if len(known) else []
    return {code: str(known.loc[code, "name"]) for code in picked}


def product_facts(table: pd.DataFrame) -> dict:
    """Return what the product table shows at a glance.

    Parameters
    ----------
    table : DataFrame
        Of :func:`product_table`.

    Returns
    -------
    dict
        Counts (``funds, followed`` indices, ``tracked, sized, small``), tracking ``error`` (median),
        ``worst_error`` and ``worst_tracker``, ``difference`` (median) of stock funds; tenth and ninetieth percentile of
        fees (``cheap, dear``) and of what they cost beside them (``drag_cheap, drag_dear``); the largest ``premium``
        and its ``premium_fund``; ``quiet`` (share below CNY 10 mn a day). Rates are fractions a year; None or NaN where
        nothing is known.
    """
    stocks = table[table["fund_type"] == "stock"] if "fund_type" in table else table
    known = stocks["tracking_error"].dropna()
    return {
        "funds": len(table),
        "followed": int(table["index_code"].nunique()),
        "tracked": len(known),
        "error": known.median(),
        "worst_error": known.max(),
        "worst_tracker": known.idxmax() if len(known) else None,
        "difference": stocks["tracking_difference"].median(),
        "cheap": table["fee"].quantile(0.1),
        "dear": table["fee"].quantile(0.9),
        "drag_cheap": table["fee_drag"].quantile(0.1),
        "drag_dear": table["fee_drag"].quantile(0.9),
        "premium": stocks["premium"].max(),
        "premium_fund": stocks["premium"].idxmax() if stocks["premium"].notna().any() else None,
        "small": int((table["size"] < SMALL).sum()),
        "sized": int(table["size"].notna().sum()),
        "quiet": (table["amount"] < 1e7).mean(),
    }
