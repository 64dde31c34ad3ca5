"""One ETF per tracked index (S000): who stays, who goes, by which rule, and whether the data agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.dedup.index_keys import index_keys

__all__ = ["MEASURES", "SURVIVORS", "DedupResult", "dedup_by_index", "recent_turnover"]

SURVIVORS = ("earliest", "largest", "most_traded", "cheapest")
MEASURES = ("median", "mean")


@dataclass(frozen=True)
class DedupResult:
    """What :func:`dedup_by_index` found.

    Attributes
    ----------
    representatives : DataFrame
        The funds that stay: the columns of the list, then ``key, key_rule, rewritten, n_funds`` (funds of that
        key that passed the filters) and ``turnover`` (CNY a day, NaN without daily data). Sorted by code.
    dropped : DataFrame
        One row per dropped fund: ``code, rule, key, survivor``; ``survivor`` is the fund that stands for the same
        index, missing where none passed the filters.
    steps : DataFrame
        Funds before, dropped and left after each step: ``step, rule, before, dropped, left``.
    keys : Series
        Key of every fund in the list, by code.
    """

    representatives: pd.DataFrame
    dropped: pd.DataFrame
    steps: pd.DataFrame
    keys: pd.Series


def dedup_by_index(
    etf_list: pd.DataFrame,
    etf_daily: pd.DataFrame | None = None,
    *,
    date: pd.Timestamp | str | None = None,
    min_amount: float = 0.0,
    window: int = 60,
    measure: str = "median",
    survivor: str = "earliest",
    keys: str = "normalised",
) -> DedupResult:
    """Keep one ETF per tracked index, in S000's order: turnover filter, key, representative.

    Parameters
    ----------
    etf_list : DataFrame
        The canonical fund list; ``code`` and ``list_date`` are needed, the rest is used where present. A missing
        name is no obstacle. A missing ``list_date`` is replaced by the first day in ``etf_daily``; where there
        is none, the fund ranks last, and it is dropped when ``date`` is given, since it was not seen to be listed.
    etf_daily : DataFrame, optional
        Daily ``date, code, amount``; needed for the turnover filter and for ``survivor="most_traded"``.
    date : date, optional
        Point in time: only funds listed by then, only days and sizes known by then. None takes all there is.
    min_amount : float, default 0
        Least ``measure`` of daily turnover over the last ``window`` sessions, CNY. 0 switches the filter off.
    window : int, default 60
        Sessions of turnover; of a younger fund, those since its listing. A session without a row counts as zero.
    measure : {"median", "mean"}
        How a fund's daily turnover is summarised.
    survivor : {"earliest", "largest", "most_traded", "cheapest"}
        Which fund of an index stays. Ties go to the earliest listed, then to the largest code (S000).
        ``largest`` ignores a ``size`` dated after ``date``; ``cheapest`` adds management and custody fee.
    keys : {"normalised", "article"}
        See :func:`helpers.dedup.index_keys.index_keys`.

    Returns
    -------
    DedupResult

    Raises
    ------
    ValueError
        For an unknown option, a repeated code, or a filter that lacks the data it needs.

    Examples
    --------
    >>> funds = pd.DataFrame({"code": ["510300.SH", "159919.SZ", "510500.SH"]})
    >>> funds["index_code"] = ["000300", "399300", "000905"]  # 399300 is the code of 000300 on the other exchange
    >>> funds["list_date"] = pd.to_datetime(["2012-05-28", "2012-05-07", "2013-03-15"])
    >>> dedup_by_index(funds).representatives[["code", "key", "n_funds"]]
            code     key  n_funds
    0  159919.SZ  000300        2
    1  510500.SH  000905        1
    """
    _check_arguments(etf_list, etf_daily, min_amount, window, measure, survivor)
    day = None if date is None else pd.Timestamp(date)
    daily = etf_daily if etf_daily is None or day is None else etf_daily[etf_daily["date"] <= day]
    funds = etf_list.set_index(etf_list["code"].rename(None))
    funds["list_date"] = _listing(funds, daily)
    funds = funds.join(_keys_known(funds, day, keys))
    funds["turnover"] = _turnover(funds, daily, window, measure)
    reasons = _filter_reasons(funds, day, min_amount, f"{measure} turnover below minimum")
    passed = funds[reasons.isna()]
    ranked = passed.loc[_rank(passed, survivor, day)]
    kept = ranked.drop_duplicates("key")
    reasons[ranked.index.difference(kept.index)] = f"same index, {_SURVIVOR_TEXT[survivor]} stays"
    sizes = passed.groupby("key").size()
    kept = kept.assign(n_funds=kept["key"].map(sizes)).sort_values("code").reset_index(drop=True)
    return DedupResult(kept, _dropped(funds, reasons, kept), _steps(len(funds), reasons), funds["key"].copy())


def recent_turnover(
    etf_list: pd.DataFrame,
    etf_daily: pd.DataFrame,
    *,
    date: pd.Timestamp | str | None = None,
    window: int = 60,
    measure: str = "median",
) -> pd.Series:
    """Summarise each fund's daily turnover over the last sessions, as the filter of :func:`dedup_by_index` sees it.

    Parameters
    ----------
    etf_list : DataFrame
        ``code, list_date``.
    etf_daily : DataFrame
        ``date, code, amount``.
    date, window, measure
        As for :func:`dedup_by_index`.

    Returns
    -------
    Series
        CNY a day by fund code; NaN where nothing is known.

    Raises
    ------
    ValueError
        For an unknown option or a repeated code.

    Examples
    --------
    >>> funds = pd.DataFrame({"code": ["510300.SH"], "list_date": pd.to_datetime(["2012-05-28"])})
    >>> daily = pd.DataFrame({"date": pd.date_range("2024-01-02", periods=3), "code": "510300.SH"})
    >>> recent_turnover(funds, daily.assign(amount=[1e9, 3e9, 8e9])).to_dict()
    {'510300.SH': 3000000000.0}
    """
    _check_arguments(etf_list, etf_daily, 0.0, window, measure, "most_traded")
    daily = etf_daily if date is None else etf_daily[etf_daily["date"] <= pd.Timestamp(date)]
    funds = etf_list.set_index(etf_list["code"].rename(None))
    funds["list_date"] = _listing(funds, daily)
    return _turnover(funds, daily, window, measure).rename("turnover")


_SURVIVOR_TEXT = {
    "earliest": "earliest listed",
    "largest": "largest",
    "most_traded": "most traded",
    "cheapest": "cheapest",
}


def _check_arguments(etf_list, etf_daily, min_amount, window, measure, survivor) -> None:
    if survivor not in SURVIVORS:
        raise ValueError(f"survivor must be one of {', '.join(SURVIVORS)}, not {survivor!r}")
    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {', '.join(MEASURES)}, not {measure!r}")
    if window < 1 or min_amount < 0:
        raise ValueError(f"window must be at least 1 and min_amount at least 0, not {window} and {min_amount}")
    for column in ("code", "list_date"):
        if column not in etf_list:
            raise ValueError(f"etf_list has no column {column!r}")
    twice = etf_list["code"][etf_list["code"].duplicated()]
    if len(twice):
        raise ValueError(f"etf_list lists {twice.iat[0]} more than once: one row per fund is expected")
    if etf_daily is None and (min_amount > 0 or survivor == "most_traded"):
        raise ValueError("a turnover filter or survivor='most_traded' needs etf_daily (date, code, amount)")


def _keys_known(funds: pd.DataFrame, day: pd.Timestamp | None, scheme: str) -> pd.DataFrame:
    """Key the funds listed by ``day`` among themselves, so that no later fund lends its code to an earlier one."""
    late = pd.Series(False, index=funds.index) if day is None else ~(funds["list_date"] <= day)
    parts = [index_keys(part, scheme) for part in ((funds[~late], funds) if late.any() else (funds,)) if len(part)]
    return pd.concat(parts)[lambda k: ~k.index.duplicated()].reindex(funds.index).drop(columns="code")


def _listing(funds: pd.DataFrame, daily: pd.DataFrame | None) -> pd.Series:
    listed = pd.to_datetime(funds["list_date"])
    if daily is None or listed.notna().all():
        return listed
    return listed.fillna(daily.groupby("code")["date"].min().reindex(listed.index))


def _turnover(funds: pd.DataFrame, daily: pd.DataFrame | None, window: int, measure: str) -> pd.Series:
    if daily is None or "amount" not in daily or daily.empty:
        return pd.Series(np.nan, index=funds.index)
    days = np.sort(daily["date"].unique())[-window:]
    recent = daily[(daily["date"] >= days[0]) & daily["code"].isin(funds.index)]
    wide = recent.pivot(index="date", columns="code", values="amount").reindex(index=days, columns=funds.index)
    before = days[:, None] < funds["list_date"].fillna(pd.Timestamp("2200-01-01")).to_numpy()[None, :]
    traded = wide.fillna(0.0).mask(before & wide.isna().to_numpy())
    return traded.agg(measure).reindex(funds.index)


def _filter_reasons(funds: pd.DataFrame, day: pd.Timestamp | None, min_amount: float, text: str) -> pd.Series:
    """Name the first filter each fund fails; missing for the funds that pass all."""
    reasons = pd.Series(pd.NA, index=funds.index, dtype="string")
    if day is not None:
        reasons[funds["list_date"].isna()] = "no listing date"
        reasons[funds["list_date"] > day] = "not yet listed"
        if "delist_date" in funds:
            reasons[reasons.isna() & (pd.to_datetime(funds["delist_date"]) <= day)] = "delisted"
    if min_amount > 0:
        reasons[reasons.isna() & ~(funds["turnover"] >= min_amount)] = text
    return reasons


def _rank(funds: pd.DataFrame, survivor: str, day: pd.Timestamp | None) -> pd.Index:
    order = pd.DataFrame({"list_date": funds["list_date"], "code": funds["code"]})
    order["first"] = _preference(funds, survivor, day)
    by, ascending = ["first", "list_date", "code"], [False, True, False]
    return order.sort_values(by, ascending=ascending, na_position="last").index


def _preference(funds: pd.DataFrame, survivor: str, day: pd.Timestamp | None) -> pd.Series:
    """Score funds so that the highest is preferred; missing ranks last."""
    nothing = pd.Series(np.nan, index=funds.index)
    if survivor == "most_traded":
        return funds["turnover"]
    if survivor == "largest":
        size = funds.get("size", nothing)
        if day is None or "size_date" not in funds:
            return size
        return size.where(pd.to_datetime(funds["size_date"]) <= day)
    if survivor == "cheapest":
        return -(funds.get("mgmt_fee", nothing) + funds.get("custody_fee", nothing * 0.0).fillna(0.0))
    return nothing.fillna(0.0)


def _dropped(funds: pd.DataFrame, reasons: pd.Series, kept: pd.DataFrame) -> pd.DataFrame:
    gone = reasons.dropna()
    key = funds.loc[gone.index, "key"]
    rows = pd.DataFrame({"rule": gone, "key": key, "survivor": key.map(kept.set_index("key")["code"])})
    return rows.rename_axis("code").reset_index().sort_values("code", ignore_index=True)


def _steps(total: int, reasons: pd.Series) -> pd.DataFrame:
    order = ["no listing date", "not yet listed", "delisted"]
    counts = reasons.value_counts()
    names = [*[r for r in order if r in counts], *sorted(set(counts.index) - set(order), key=_late)]
    rows, left = [], total
    for number, rule in enumerate(names, start=1):
        lost = int(counts[rule])
        rows.append((number, rule, left, lost, left - lost))
        left -= lost
    return pd.DataFrame(rows, columns=["step", "rule", "before", "dropped", "left"])


def _late(rule: str) -> bool:
    return rule.startswith("same index")
