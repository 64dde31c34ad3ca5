"""What vintages show side by side: claims by date, states as they were known, and who changed: view or data."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pandas as pd

from helpers.clustering.claims import VERDICTS, judge
from helpers.clustering.migration import carry_labels

__all__ = ["claim_history", "memberships", "revision_facts", "revisions", "told_history", "vintage_facts"]

MONTHS = 12


def memberships(told: Mapping[pd.Timestamp, pd.DataFrame]) -> pd.DataFrame:
    """Return the clusterings of all vintages, each as it was drawn on its own evening.

    Parameters
    ----------
    told : mapping of evening to DataFrame
        Of :func:`helpers.vintages.telling.tell`.

    Returns
    -------
    DataFrame
        As of :func:`helpers.clustering.cluster_months`.
    """
    parts = []
    for frame in told.values():
        rows = frame.loc[frame["subject"] == "cluster", "value"]
        if len(rows):
            text = "[" + ",".join(row[1:-1] for row in rows) + "]"
            parts.append(pd.read_json(io.StringIO(text), orient="records", dtype={"key": str, "code": str}))
    if not parts:
        return pd.DataFrame(columns=["date", "key"])
    table = pd.concat(parts, ignore_index=True)
    return table.assign(date=pd.to_datetime(table["date"]).dt.tz_localize(None).astype("datetime64[us]"))


def claim_history(membership: pd.DataFrame, months: int = MONTHS, least: int = 5) -> pd.DataFrame:
    """Judge the claims again at every month end, on the clusterings up to it alone.

    Parameters
    ----------
    membership : DataFrame
        Of :func:`memberships`, or of :func:`helpers.clustering.cluster_months`.
    months : int
        Clusterings looked back on.
    least : int
        Clusterings below which nothing is judged.

    Returns
    -------
    DataFrame
        Claims × month ends: the verdict in words.
    """
    dates = sorted(membership["date"].unique())
    found = {}
    for k in range(least, len(dates) + 1):
        part = membership[membership["date"].isin(dates[max(k - months, 0) : k])].reset_index(drop=True)
        judged = judge(carry_labels(part)).table.set_index("claim_id")
        found[pd.Timestamp(dates[k - 1])] = judged["verdict"]
    return pd.DataFrame(found).rename_axis("claim")


def told_history(told: Mapping[pd.Timestamp, pd.DataFrame], subject: str) -> pd.DataFrame:
    """Return what each vintage said of its own evening.

    Parameters
    ----------
    told : mapping of evening to DataFrame
    subject : {"style", "holding", "class"}

    Returns
    -------
    DataFrame
        Items × evenings; empty text where a vintage says nothing of an item.
    """
    own = {day: _said(frame, subject, day) for day, frame in told.items()}
    return pd.DataFrame(own).fillna("").rename_axis(subject)


def revisions(told: Mapping[pd.Timestamp, pd.DataFrame]) -> pd.DataFrame:
    """Tell revisions of data from revisions of view.

    Parameters
    ----------
    told : mapping of evening to DataFrame
        In order; each tells its own evening and the one before it again.

    Returns
    -------
    DataFrame
        (subject, evening) × ``statements`` (said of the evening before), ``data`` (of them said differently now, about
        the same evening: only the data can have changed), ``view`` (said differently of this evening than of the one
        before, by this vintage: only time can have).
    """
    days, rows = list(told), {}
    for before, day in zip(days, days[1:], strict=False):
        for subject in ("style", "holding", "class"):
            then, again = _said(told[before], subject, before), _said(told[day], subject, before)
            now = _said(told[day], subject, day)
            if len(then) and len(again):
                rows[subject, day] = [len(then.index.union(again.index)), _differ(then, again), _differ(again, now)]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["statements", "data", "view"])
    table.index = pd.MultiIndex.from_tuples(table.index, names=["subject", "evening"])
    return table


def revision_facts(table: pd.DataFrame, stored: bool) -> dict[str, object]:
    """Return how often a statement changed, and why.

    Parameters
    ----------
    table : DataFrame
        Of :func:`revisions`.
    stored : bool
        Whether each vintage saw the data of its own evening; else none can have been revised.

    Returns
    -------
    dict
        ``statements``, ``data`` and ``view`` (changes), over all subjects and evenings; None without vintages.
    """
    if not stored or table.empty:
        return {"stored": stored, "statements": None, "data": None, "view": None}
    return {"stored": stored, **{name: int(table[name].sum()) for name in ("statements", "data", "view")}}


def vintage_facts(claims: pd.DataFrame) -> dict[str, object]:
    """Return how steady the claims were.

    Parameters
    ----------
    claims : DataFrame
        Of :func:`claim_history`.

    Returns
    -------
    dict
        ``vintages, first, last``; ``judged`` (claims that could ever be tested), ``steady`` (of them with one verdict
        all along), ``changes`` (changes of a verdict from a month to the next), ``turned`` (names of claims that both
        held and failed).
    """
    held, fails, untested = VERDICTS[0], VERDICTS[-2], VERDICTS[-1]
    tested = claims.where(claims != untested)
    ever = tested[tested.notna().any(axis=1)]
    known = ever.ffill(axis=1)
    moved = (known != known.shift(axis=1)) & known.shift(axis=1).notna()
    turned = ever.index[ever.eq(held).any(axis=1) & ever.eq(fails).any(axis=1)]
    return {
        "vintages": claims.shape[1],
        "first": claims.columns[0],
        "last": claims.columns[-1],
        "judged": len(ever),
        "steady": int((ever.nunique(axis=1) == 1).sum()),
        "changes": int(moved.to_numpy().sum()),
        "turned": list(turned),
    }


def _said(frame: pd.DataFrame, subject: str, day: pd.Timestamp) -> pd.Series:
    rows = frame[(frame["subject"] == subject) & (frame["as_of"] == day)]
    return rows.set_index("item")["value"]


def _differ(a: pd.Series, b: pd.Series) -> int:
    both = a.index.union(b.index)
    return int((a.reindex(both).fillna("") != b.reindex(both).fillna("")).sum())
