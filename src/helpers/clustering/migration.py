"""Cluster labels carried through time, and what happened to clusters and funds on the way (S000's Sankey).

A clustering numbers its groups afresh each month. Here a group keeps the label of the group it continues: labels of
month t are matched to those known before t so that the members they share are as many as possible (the assignment
problem), and a label is never revised later.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

EVENTS = ("birth", "death", "split", "merge", "return")


def overlap(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Count the members each earlier group shares with each later one.

    Parameters
    ----------
    before, after : Series
        Group by key.

    Returns
    -------
    DataFrame
        Earlier groups x later groups, numbers of keys present both times. Groups without a common key appear too.
    """
    rows, row = np.unique(before.to_numpy(), return_inverse=True)
    columns, column = np.unique(after.to_numpy(), return_inverse=True)
    at = after.index.get_indexer(before.index)
    both = at >= 0
    count = np.bincount(row[both] * len(columns) + column[at[both]], minlength=len(rows) * len(columns))
    return pd.DataFrame(count.reshape(len(rows), len(columns)), index=rows, columns=columns)


def match_groups(before: pd.Series, after: pd.Series, min_share: float = 0.0) -> dict[int, int]:
    """Match later groups to earlier ones so that shared members are as many as possible.

    The total number of shared members is maximised; among equal totals, the pairs that are more alike (shared over
    all members) win.

    Parameters
    ----------
    before, after : Series
        Group by key.
    min_share : float, default 0
        A match needs more than this share of all the members of both groups (Jaccard index).

    Returns
    -------
    dict
        Later group to earlier group, for the matched ones.
    """
    shared = overlap(before, after)
    if shared.empty:
        return {}
    sizes = (
        before.value_counts().reindex(shared.index).to_numpy()[:, None]
        + after.value_counts().reindex(shared.columns).to_numpy()
    )
    alike = shared.to_numpy() / (sizes - shared.to_numpy())
    row, column = linear_sum_assignment(shared.to_numpy() + alike / (len(shared) + 1), maximize=True)
    good = (shared.to_numpy()[row, column] > 0) & (alike[row, column] > min_share)
    return {shared.columns[c]: shared.index[r] for r, c in zip(row[good], column[good], strict=True)}


def carry_labels(
    membership: pd.DataFrame, by: str = "key", min_share: float = 0.25, recall: float = 0.5
) -> pd.DataFrame:
    """Give each cluster of each month the label of the cluster it continues.

    Months are read in order and a label depends on nothing later. A cluster that continues none of the month before
    may take back the label of one that died, if they share more than ``recall`` of their members; otherwise it gets
    the next new number.

    Parameters
    ----------
    membership : DataFrame
        ``date``, ``cluster`` and the identity column, as from :func:`helpers.clustering.cluster_months`.
    by : str, default "key"
        What identifies a member from month to month.
    min_share, recall : float
        Least Jaccard index to continue a label, and to take back a dead one.

    Returns
    -------
    DataFrame
        The input with an integer column ``label``.

    Examples
    --------
    >>> may = pd.DataFrame({"date": pd.Timestamp("2024-05-31"), "key": list("abcd"), "cluster": [0, 0, 1, 1]})
    >>> june = may.assign(date=pd.Timestamp("2024-06-28"), cluster=[1, 1, 0, 0])  # the same groups, numbered otherwise
    >>> carry_labels(pd.concat([may, june], ignore_index=True))["label"].tolist()
    [0, 0, 1, 1, 0, 0, 1, 1]
    """
    memory: dict[int, tuple[int, pd.Series]] = {}
    alive: pd.Series | None = None
    fresh, parts = 0, []
    for position, (_, month) in enumerate(membership.groupby("date", sort=True)):
        groups = month.set_index(by)["cluster"]
        names = match_groups(alive, groups, min_share) if alive is not None else {}
        dead = [label for label in memory if label not in names.values()]
        names |= _recalled(groups[~groups.isin(list(names))], memory, dead, recall)
        for group in pd.unique(groups):
            if group not in names:
                names[group], fresh = fresh, fresh + 1
        alive = groups.map(names)
        memory |= {label: (position, members) for label, members in alive.groupby(alive)}
        parts.append(month.assign(label=alive.to_numpy()))
    return pd.concat(parts).reindex(membership.index)


def _recalled(loose: pd.Series, memory: dict, dead: list[int], recall: float) -> dict[int, int]:
    if not dead or loose.empty:
        return {}
    newest_first = sorted(dead, key=lambda label: -memory[label][0])
    past = pd.concat([memory[label][1] for label in newest_first])
    last_seen = past[~past.index.duplicated()]  # a member counts for the label it left last
    return match_groups(last_seen, loose, recall)


def events(labelled: pd.DataFrame, by: str = "key", share: float = 0.25, least: int = 2) -> pd.DataFrame:
    """Name what happened to clusters between neighbouring months.

    A *split*: at least two later clusters each take ``share`` of an earlier cluster and ``least`` members. A *merge*
    is the mirror image. A *birth* is a label never seen before, a *return* one that comes back, a *death* a label
    that is not there any more.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`.
    by : str
        Identity column.
    share, least
        Thresholds of splits and merges.

    Returns
    -------
    DataFrame
        ``date`` (of the later month), ``event``, ``label``, ``others`` (list of the other labels: the parts of a
        split, the sources of a merge, where most members came from or went) and ``members`` (their number).
    """
    months = [(date, m.set_index(by)["label"]) for date, m in labelled.groupby("date", sort=True)]
    rows: list[tuple] = []
    seen = set(months[0][1]) if months else set()
    for (_, before), (date, after) in zip(months, months[1:], strict=False):
        shared = overlap(before, after)
        size_before, size_after = before.value_counts(), after.value_counts()
        for label in shared.columns.difference(shared.index):
            kind = "return" if label in seen else "birth"
            rows.append((date, kind, label, _main(shared[label]), int(size_after[label])))
        for label in shared.index.difference(shared.columns):
            rows.append((date, "death", label, _main(shared.loc[label]), int(size_before[label])))
        rows += [(date, "split", a, to, int(size_before[a])) for a, to in _forks(shared, size_before, share, least)]
        rows += [(date, "merge", a, of, int(size_after[a])) for a, of in _forks(shared.T, size_after, share, least)]
        seen |= set(after)
    return pd.DataFrame(rows, columns=["date", "event", "label", "others", "members"])


def _main(counts: pd.Series) -> list[int]:
    return [counts.idxmax()] if len(counts) and counts.max() > 0 else []


def _forks(shared: pd.DataFrame, size: pd.Series, share: float, least: int) -> list[tuple[int, list[int]]]:
    large = (shared.ge(least)) & (shared.div(size.reindex(shared.index), axis=0) >= share)
    return [(label, list(row.index[row])) for label, row in large.iterrows() if row.sum() >= 2]


def label_names(labelled: pd.DataFrame) -> pd.Series:
    """Name each label after the representative it had most often, the latest among equals.

    A later label with the same representative is numbered, so names stay unique.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`, with ``name`` and ``is_medoid``.

    Returns
    -------
    Series
        Text by label. A display name only: nothing is computed from it.
    """
    centres = labelled[labelled["is_medoid"]].sort_values("date")
    votes = centres.groupby(["label", "name", "code"]).agg(months=("date", "size"), last=("date", "max")).reset_index()
    best = votes.sort_values(["label", "months", "last"]).drop_duplicates("label", keep="last").set_index("label")
    short = best["name"].astype(str).str.replace("ETF", "", regex=False)
    again = short.groupby(short).cumcount()
    short = short.where(again == 0, short + " " + (again + 1).astype(str))
    return short


def migration_table(labelled: pd.DataFrame, by: str = "key") -> pd.DataFrame:
    """Lay out each fund's label by month.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`.
    by : str
        Identity column.

    Returns
    -------
    DataFrame
        Members x months; missing where the fund was not in the universe.
    """
    return labelled.pivot(index=by, columns="date", values="label").astype("Int64")


def stability(labelled: pd.DataFrame, by: str = "key") -> pd.DataFrame:
    """Score how steady each fund's place is.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`.
    by : str
        Identity column.

    Returns
    -------
    DataFrame
        By member: ``months`` present, ``clusters`` (different labels), ``stays`` (share of month pairs in which the
        label stayed) and ``company`` (mean share of its companions, of those present both times, that stayed with it:
        Jaccard index of its two sets of companions; 1 when it was alone both times). Missing with one month only.
    """
    table = migration_table(labelled, by)
    moved = table.diff(axis=1).iloc[:, 1:]
    stays = (moved == 0).sum(axis=1) / moved.notna().sum(axis=1).replace(0, np.nan)
    return pd.DataFrame(
        {
            "months": table.notna().sum(axis=1),
            "clusters": table.nunique(axis=1),
            "stays": stays.astype(float),
            "company": _company(table),
        }
    )


def _company(table: pd.DataFrame) -> pd.Series:
    values = table.to_numpy(dtype=float, na_value=np.nan)
    total, count = np.zeros(len(table)), np.zeros(len(table))
    for before, after in zip(values.T, values.T[1:], strict=False):
        rows = np.flatnonzero(np.isfinite(before) & np.isfinite(after))
        a = before[rows, None] == before[rows]
        b = after[rows, None] == after[rows]
        either = (a | b).sum(axis=1) - 1  # less the fund itself
        total[rows] += np.where(either > 0, ((a & b).sum(axis=1) - 1) / np.maximum(either, 1), 1.0)
        count[rows] += 1
    return pd.Series(np.divide(total, count, out=np.full(len(table), np.nan), where=count > 0), index=table.index)


def steadiness(labelled: pd.DataFrame, by: str = "key") -> pd.Series:
    """Score how much of its membership each label keeps from month to month.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`.
    by : str
        Identity column.

    Returns
    -------
    Series
        By label: mean Jaccard index of its members in neighbouring months, counting only members that are in the
        universe both times; missing for a label never seen in two neighbouring months.
    """
    months = [m.set_index(by)["label"] for _, m in labelled.groupby("date", sort=True)]
    parts = []
    for before, after in zip(months, months[1:], strict=False):
        both = before.index.intersection(after.index)
        shared = overlap(before[both], after[both])
        common = shared.index.intersection(shared.columns)
        kept = pd.Series({label: shared.at[label, label] for label in common}, dtype=float)
        parts.append(kept / (shared.sum(axis=1)[common] + shared.sum(axis=0)[common] - kept))
    labels = pd.Index(np.sort(labelled["label"].unique()))
    return pd.concat(parts, axis=1).mean(axis=1).reindex(labels) if parts else pd.Series(np.nan, index=labels)


def flows(labelled: pd.DataFrame, by: str = "key") -> pd.DataFrame:
    """Count the members that went from each label to each label, month by month.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`.
    by : str
        Identity column.

    Returns
    -------
    DataFrame
        ``date_from, date_to, label_from, label_to, members`` (list of identities) and ``value`` (their number).
    """
    table = migration_table(labelled, by)
    rows = []
    for first, second in zip(table.columns, table.columns[1:], strict=False):
        both = table[[first, second]].dropna()
        for (a, b), members in both.groupby([first, second]).groups.items():
            rows.append((first, second, int(a), int(b), sorted(members), len(members)))
    return pd.DataFrame(rows, columns=["date_from", "date_to", "label_from", "label_to", "members", "value"])
