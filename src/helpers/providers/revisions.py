"""What a provider says differently than before."""

from __future__ import annotations

import pandas as pd

__all__ = ["KEYS", "revisions"]

# What identifies a row of an endpoint that may rewrite its past, and what of it matters.
KEYS: dict[str, tuple[list[str], list[str]]] = {
    "sse_etf_scale": (["date", "code"], ["shares"]),
    "szse_fund_scale": (["date", "code"], ["shares"]),
    "csindex_perf": (["date", "index_code"], ["close"]),
    "cnindex_history": (["date", "index_code"], ["close"]),
    "cnindex_weights": (["date", "index_code", "code"], ["weight"]),
    "csindex_closeweight": (["date", "index_code", "code"], ["weight"]),
    "sw_stock_industry": (["code", "scheme", "start"], ["industry_code", "end"]),
    "sw_index_history": (["date", "industry_code"], ["close"]),
    "em_fund_nav": (["date", "fund_code"], ["nav", "nav_adj"]),
    "em_fund_holdings": (["report_date", "fund_code", "code"], ["weight_nav"]),
    "em_fund_dividends": (["date", "code"], ["dividend"]),
    "em_fund_splits": (["date", "code"], ["split_ratio"]),
    "sina_kline": (["date", "code"], ["close"]),
}
_TOLD_IN_FULL = ("sse_etf_scale", "szse_fund_scale", "csindex_perf", "cnindex_history", "sw_stock_industry",
                 "sw_index_history",
                 "em_fund_nav", "sina_kline")  # fmt: skip
_CLOSE = 1e-9


def revisions(endpoint: str, group: str, before: pd.DataFrame, after: pd.DataFrame) -> list[dict]:
    """Compare a new reply with what was said before about the same rows.

    Parameters
    ----------
    endpoint, group : str
        What was asked.
    before, after : DataFrame
        What was known, oldest first, and what is said now.

    Returns
    -------
    list of dict
        One entry for each column with changed values: endpoint, group, column, rows (how many), first (the first of
        them), was, now. Rows that were known and are no longer there, within the days the new reply speaks of, count
        as one more.
        A label that was open and now ends is news, not a revision.
    """
    key, columns = KEYS.get(endpoint, ([], []))
    if not key or before.empty or after.empty or not set(key) <= set(before) or not set(key) <= set(after):
        return []
    known = before.drop_duplicates(key, keep="last").set_index(key)
    said = after.drop_duplicates(key).set_index(key)
    both = known.index.intersection(said.index)
    found = []
    for column in columns:
        was, now = known.loc[both, column], said.loc[both, column]
        if found_here := _differing(was, now, column):
            place, count = found_here
            found.append(_entry(endpoint, group, column, count, both[place], was.iloc[place], now.iloc[place]))
    gone = _gone(known, said, key) if endpoint in _TOLD_IN_FULL else known.index[:0]
    if len(gone):
        found.append(_entry(endpoint, group, "(row)", len(gone), gone[0], "there", "gone"))
    return found


def _differing(was: pd.Series, now: pd.Series, column: str) -> tuple[int, int] | None:
    if pd.api.types.is_numeric_dtype(was.dtype) and pd.api.types.is_numeric_dtype(now.dtype):
        changed = ((was - now).abs() > _CLOSE * was.abs()) | (was.isna() != now.isna())
    else:
        changed = was.ne(now) & ~(was.isna() & now.isna())
        if column == "end":
            changed &= was.notna()
    return (int(changed.to_numpy().argmax()), int(changed.sum())) if changed.any() else None


def _gone(known: pd.DataFrame, said: pd.DataFrame, key: list[str]) -> pd.Index:
    day = next((column for column in ("date", "report_date", "start") if column in key), None)
    if day is None:
        return known.index[:0]
    days, spoken = known.index.get_level_values(day), said.index.get_level_values(day)
    inside = (days >= spoken.min()) & (days <= spoken.max())
    return known.index[inside].difference(said.index)


def _entry(endpoint: str, group: str, column: str, rows: int, first: object, was: object, now: object) -> dict:
    plain = [f"{part:%Y-%m-%d}" if isinstance(part, pd.Timestamp) else str(part) for part in (*_tuple(first), was, now)]
    *first_text, was_text, now_text = plain
    return {
        "endpoint": endpoint, "group": group, "column": column, "rows": rows, "first": " ".join(first_text),
        "was": was_text, "now": now_text,
    }  # fmt: skip


def _tuple(value: object) -> tuple:
    return value if isinstance(value, tuple) else (value,)
