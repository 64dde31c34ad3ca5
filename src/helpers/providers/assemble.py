"""Canonical tables from what the free endpoints said. Pure: parts of the store in, a frame out."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd

from helpers.providers.plans import Context
from helpers.tables import DataWarning

__all__ = [
    "calendar", "etf_daily", "etf_list", "etf_shares", "fund_holdings", "fund_issuance", "fund_nav", "index_daily",
    "index_valuation", "index_weights", "industry_daily", "main_classes", "stock_industry", "with_adjusted",
]  # fmt: skip

_REFERENCE = 1e-3  # a reference price this far from the last close tells of a distribution
_TICK = 0.3  # a close this far (log) from both neighbours, to the same side, is a bad tick
_NO_DAYS = pd.DataFrame({"min": [], "max": []}, dtype="datetime64[us]")
_OTHER_CLASS = re.compile(r"(?<![A-Z])[B-Z](?:类)?$")


def _last(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Keep of each key what was said last."""
    if frame.empty:
        return frame
    return frame.drop_duplicates(key, keep="last").sort_values(key, ignore_index=True)


def calendar(context: Context) -> pd.DataFrame:
    """Trading days as Shenzhen announced them in the replies of a ``context``."""
    return _last(context.parts("szse_calendar"), ["date"])


def etf_list(context: Context) -> pd.DataFrame:
    """All ETFs ever seen in the exchanges' lists or unit tables, with the index each tracks.

    Where a list tells no listing day, the first day of quotes or units stands for it; a fund that has left the lists is
    delisted on the last day its units were published.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``etf_list``, by code; sizes in CNY. Empty without a list.
    """
    lists = [context.parts(name) for name in ("sse_etf_list", "szse_etf_list")]
    lists = [frame for frame in lists if len(frame)]
    if not lists:
        return pd.DataFrame()
    listed = pd.concat(lists, ignore_index=True)
    now = {code for name in ("sse_etf_list", "szse_etf_list") for code in context.latest(name).get("code", [])}
    units = etf_shares(context)
    seen = units.groupby("code")["date"].agg(["min", "max"]) if len(units) else _NO_DAYS
    quotes = context.parts("sina_kline")
    quoted = quotes.groupby("code")["date"].min() if len(quotes) else _NO_DAYS["min"]
    dead = units.loc[~units["code"].isin(listed["code"]), ["code", "name"]] if len(units) else pd.DataFrame()
    frame = pd.concat([dead, listed], ignore_index=True).drop_duplicates("code", keep="last")
    frame = frame.sort_values("code", ignore_index=True)
    first = _of(frame, quoted).fillna(_of(frame, seen["min"]))
    frame["list_date"] = frame["list_date"].fillna(first).astype("datetime64[us]")
    gone = ~frame["code"].isin(now)
    frame["delist_date"] = _of(frame, seen["max"]).where(gone).astype("datetime64[us]")
    frame["exchange"] = frame["code"].str[-2:]
    return _kinds(_sizes(frame, units, quotes), context)


def _of(frame: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Look up one value for each row's code."""
    return pd.Series(values.reindex(frame["code"]).to_numpy(), index=frame.index)


def _kinds(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    kinds = context.latest("em_fund_codes")
    if len(kinds):
        frame["fund_type"] = _of(frame, kinds.drop_duplicates("code").set_index("code")["fund_type"]).astype(str)
    order = ["code", "name", "list_date", "exchange", "delist_date", "index_code", "index_name", "fund_type", "manager"]
    return frame[[column for column in [*order, "size", "size_date"] if column in frame]]


def _sizes(frame: pd.DataFrame, units: pd.DataFrame, quotes: pd.DataFrame) -> pd.DataFrame:
    """Value the last units at the close of their day."""
    if units.empty or quotes.empty:
        return frame
    last = units.sort_values("date").drop_duplicates("code", keep="last")
    valued = last.merge(quotes[["date", "code", "close"]], on=["date", "code"]).set_index("code")
    frame["size"] = _of(frame, valued["shares"] * valued["close"])
    frame["size_date"] = _of(frame, valued["date"]).astype("datetime64[us]")
    return frame


def etf_shares(context: Context) -> pd.DataFrame:
    """Units of every ETF by day, and the split of the day, if there was one.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``etf_shares``, in units; empty without replies.
    """
    frames = [context.parts(name) for name in ("sse_etf_scale", "szse_fund_scale")]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame()
    frame = _last(pd.concat(frames, ignore_index=True), ["code", "date"])
    frame["split_ratio"] = _on_days(frame, context.parts("em_fund_splits"), "split_ratio", 1.0)
    columns = ["date", "code", "shares", "split_ratio", "nav", "basis", "name"]
    return _with_nav(frame.assign(basis="official"), context)[columns]


def _with_nav(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add ``nav``, the value of a unit of a listed fund by day; missing where the fund site has none."""
    values, kinds = context.parts("em_fund_nav"), context.latest("em_fund_codes")
    if values.empty or kinds.empty:
        return frame.assign(nav=np.nan)
    listed = kinds[kinds["code"].str.endswith((".SH", ".SZ"))].set_index("fund_code")["code"]
    values = values.assign(code=values["fund_code"].map(listed)).dropna(subset="code")
    values = values.drop_duplicates(["code", "date"], keep="last")[["code", "date", "nav"]]
    return frame.drop(columns="nav", errors="ignore").merge(values, on=["code", "date"], how="left")


def _on_days(frame: pd.DataFrame, events: pd.DataFrame, column: str, otherwise: float) -> np.ndarray:
    """Place events on the first row of their security from their day on; ``frame`` is sorted by code and date."""
    placed = np.full(len(frame), otherwise)
    if events.empty:
        return placed
    events = events.dropna(subset=["date", column]).drop_duplicates(["code", "date", column])
    rows = {code: part.index for code, part in frame.groupby("code", sort=False)}
    for code, part in events.groupby("code", sort=False):
        if code in rows:
            dates = frame["date"].loc[rows[code]].to_numpy()
            for date, value in zip(part["date"].to_numpy(), part[column].to_numpy(), strict=True):
                at = dates.searchsorted(date)
                if at < len(dates) and date >= dates[0]:
                    here = rows[code][at]
                    placed[here] = placed[here] * value if otherwise == 1.0 else placed[here] + value
    return placed


def with_adjusted(quotes: pd.DataFrame, dividends: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Add ``adj_close``: raw closes compounded by total returns.

    Parameters
    ----------
    quotes : DataFrame
        date, code, close and, where known, prev_close: the exchange's reference price on a day after a distribution.
    dividends, splits : DataFrame
        date, code and dividend (CNY a unit) or split_ratio (units after for one before).

    Returns
    -------
    DataFrame
        Sorted by code and date, without bad ticks: closes that leap by a third and come back the next day.

    Warns
    -----
    DataWarning
        Naming the first bad tick and how many there are.
    """
    frame = quotes[quotes["close"] > 0].sort_values(["code", "date"], ignore_index=True)
    cash, ratio = _on_days(frame, dividends, "dividend", 0.0), _on_days(frame, splits, "split_ratio", 1.0)
    bad = _bad_ticks(frame, (cash != 0) | (ratio != 1))
    if bad.any():
        first = frame[bad].iloc[0]
        where = f"{first['code']} on {first['date']:%Y-%m-%d}: {first['close']:g}"
        said = f"{bad.sum()} closes leap by a third and come back the next day; left out, the first {where}"
        warnings.warn(said, DataWarning, stacklevel=2)
    frame, cash, ratio = frame[~bad].reset_index(drop=True), cash[~bad], ratio[~bad]
    new = frame["code"].ne(frame["code"].shift())
    before = frame["close"].shift().mask(new)
    growth = (frame["close"] * ratio + cash) / before
    if "prev_close" in frame:  # nothing is known of the day, but the exchange marked it down
        told = frame["prev_close"]
        marked = (cash == 0) & (ratio == 1) & told.gt(0) & ((told / before - 1).abs() > _REFERENCE)
        growth = growth.mask(marked, frame["close"] / told)
    log = np.log(growth.fillna(1.0)).groupby(frame["code"], sort=False).cumsum()
    frame["adj_close"] = frame.groupby("code", sort=False)["close"].transform("first") * np.exp(log)
    return frame


def _bad_ticks(frame: pd.DataFrame, event: np.ndarray) -> np.ndarray:
    close = np.log(frame["close"])
    by_code = close.groupby(frame["code"], sort=False)
    back, ahead = close - by_code.shift(), close - by_code.shift(-1)
    far = (back.abs() > _TICK) & (ahead.abs() > _TICK) & (np.sign(back) == np.sign(ahead))
    return (far & ~event & ~pd.Series(event).shift(-1, fill_value=False)).to_numpy()


def etf_daily(context: Context) -> pd.DataFrame:
    """Quotes of every ETF, adjusted by its dividends and splits.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``etf_daily``; prices and amounts in CNY, amounts NaN where the packing has none. Empty without
        replies.
    """
    quotes = context.parts("sina_kline")
    if quotes.empty:
        return quotes
    quotes = _last(quotes, ["code", "date"])
    frame = with_adjusted(quotes, context.parts("em_fund_dividends"), context.parts("em_fund_splits"))
    if "amount" not in frame:
        frame["amount"] = np.nan
    columns = ["date", "code", "adj_close", "amount", "close", "open", "high", "low", "volume", "nav"]
    frame = _with_nav(frame, context)
    return frame[[column for column in columns if column in frame]]


def _index_quotes(context: Context) -> pd.DataFrame:
    frames = [context.parts(name) for name in ("csindex_perf", "cnindex_history")]
    frames = [frame for frame in frames if len(frame)]
    return _last(pd.concat(frames, ignore_index=True), ["index_code", "date"]) if frames else pd.DataFrame()


def index_daily(context: Context) -> pd.DataFrame:
    """Levels of the indices that ETFs track, and of the styles, from the replies of a ``context``."""
    frame = _index_quotes(context)
    columns = ["date", "index_code", "close", "open", "high", "low", "volume", "amount"]
    return frame[[column for column in columns if column in frame]]


def index_valuation(context: Context) -> pd.DataFrame:
    """PE of CSI indices by day, their yields on the days before a call, PE and PB of CNI indices on the day of one.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``index_valuation``: PE and PB in times, yields fractions; empty without replies.
    """
    daily, today, yields = _index_quotes(context), context.parts("cnindex_list"), context.parts("csindex_indicator")
    frames = [daily.dropna(subset="pe_ttm")] if "pe_ttm" in daily else []
    frames += [today.dropna(subset=["date", "pe_ttm"])] if len(today) else []
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame()
    frame = pd.concat(frames, ignore_index=True).reindex(columns=["date", "index_code", "pe_ttm", "pb"])
    key = ["index_code", "date"]
    frame = _last(frame, key)
    if len(yields):
        paid = yields.drop_duplicates(key, keep="last")[[*key, "div_yield"]]
        frame = frame.merge(paid, on=key, how="left")
    return frame


def index_weights(context: Context) -> pd.DataFrame:
    """Weights at month ends, as far as they have been gathered.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``index_weights``, fractions; empty without replies.
    """
    frames = [context.parts(name) for name in ("csindex_closeweight", "cnindex_weights")]
    frames = [frame for frame in frames if len(frame)]
    if not frames:
        return pd.DataFrame()
    frame = pd.concat(frames, ignore_index=True)
    frame = _last(frame, ["date", "index_code", "code"])
    return frame[["date", "index_code", "code", "weight"]]


def stock_industry(context: Context) -> pd.DataFrame:
    """Shenwan labels as the last file of a ``context`` has them."""
    return context.latest("sw_stock_industry")


def industry_daily(context: Context) -> pd.DataFrame:
    """Closes of Shenwan's industries from the replies of a ``context``."""
    frame = context.parts("sw_index_history")
    if frame.empty:
        return frame
    columns = ["date", "scheme", "industry_code", "industry_name", "close", "open", "high", "low", "volume", "amount"]
    return _last(frame, ["industry_code", "date"])[columns]


def main_classes(kinds: pd.DataFrame) -> pd.DataFrame:
    """Keep the active equity funds among all ``kinds`` of funds, one share class of each."""
    active = kinds["fund_class"].isin(["stock", "equity_mix", "flexible"])
    other = kinds["name"].str.contains(_OTHER_CLASS)
    return kinds[(active & ~other).to_numpy()].reset_index(drop=True)


def fund_nav(context: Context) -> pd.DataFrame:
    """Adjusted net asset values of active equity funds, from the replies of a ``context``."""
    frame, kinds = context.parts("em_fund_nav"), context.latest("em_fund_codes")
    if len(frame) and len(kinds):  # the site tells of ETFs in the same way
        listed = kinds.loc[kinds["code"].str.endswith((".SH", ".SZ")), "fund_code"]
        frame = frame[~frame["fund_code"].isin(listed).to_numpy()]
    return _last(frame, ["fund_code", "date"])[["date", "fund_code", "nav_adj", "nav", "ret"]] if len(frame) else frame


def fund_holdings(context: Context) -> pd.DataFrame:
    """Holdings of active equity funds, each report as it was read last.

    Parameters
    ----------
    context : Context

    Returns
    -------
    DataFrame
        Canonical ``fund_holdings``; weights are fractions of net asset value, values in CNY. Empty without replies.
    """
    frame = context.parts("em_fund_holdings")
    if frame.empty:
        return frame
    frame = frame.dropna(subset="weight_nav")
    newest = frame.groupby(["fund_code", "report_date"])["announce_date"].transform("max")
    frame = frame[(frame["announce_date"] == newest).to_numpy()]
    frame = _last(frame, ["report_date", "fund_code", "code"])
    columns = ["report_date", "fund_code", "code", "announce_date", "weight_nav", "rank", "value", "fund_name", "scope"]
    return frame[columns].assign(rank=frame["rank"].astype("Int64").astype(float))


def fund_issuance(context: Context) -> pd.DataFrame:
    """Units raised by month, over the months complete when the list was read; share classes count together.

    Parameters
    ----------
    context : Context
        ``today`` tells which months are complete.

    Returns
    -------
    DataFrame
        Canonical ``fund_issuance``, units; empty without a list.
    """
    frame = context.latest("em_new_funds")
    if frame.empty:
        return frame
    frame = frame.dropna(subset=["month", "category", "shares"])
    frame = frame[(frame["month"] < pd.Timestamp(f"{context.today:%Y-%m}-01")).to_numpy()]
    main = ~frame["name"].str.contains(_OTHER_CLASS)
    made = (
        frame.assign(main=main)
        .groupby(["month", "category"], as_index=False)
        .agg(shares=("shares", "sum"), n_funds=("main", "sum"))
    )
    return made.astype({"n_funds": float})
