"""The frames behind the Sankey of S000: labels by month as nodes, members moving between them as links."""

from __future__ import annotations

import pandas as pd

from helpers.clustering.migration import label_names


def sankey_frames(
    labelled: pd.DataFrame, by: str = "key", least: int = 3, rest: str = "small clusters"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Prepare nodes and links for :func:`helpers.figures.sankey.sankey`; every member is named on hover.

    Labels that never reach ``least`` members are drawn together as one node, ``rest``, so that the figure
    can be read; its hover text still lists each of them.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`carry_labels`, with ``name``, ``code`` and ``is_medoid``.
    by : str
        Identity column.
    least : int, default 3
        Size from which a label has its own node.
    rest : str
        What the others are called together.

    Returns
    -------
    tuple of DataFrame
        ``nodes`` (``node, stage, label, colour_key, hover``) stacked by size of the label, and ``links``
        (``source, target, value, hover``).
    """
    names = label_names(labelled)
    size = labelled.groupby(["date", "label"]).size()
    shown = set(size.groupby("label").max().loc[lambda s: s >= least].index)
    rows = labelled.assign(
        group=labelled["label"].where(labelled["label"].isin(shown), -1),
        text=labelled["name"].astype(str) + " " + labelled["code"],
        own=labelled["label"].map(names),
    )
    rows["title"] = rows["group"].map(names).fillna(rest)
    order = rows.groupby("group").size().sort_values(ascending=False).drop(-1, errors="ignore").index
    rank = {group: i for i, group in enumerate([*order, -1])}
    nodes = [_node(date, group, part) for (date, group), part in rows.groupby(["date", "group"])]
    nodes = sorted(nodes, key=lambda node: (node["stage"], rank[node["colour_key"]]))
    return pd.DataFrame(nodes), _links(rows, by)


def _node(date: pd.Timestamp, group: int, part: pd.DataFrame) -> dict:
    if group == -1:
        lines = [f"{own}: {', '.join(p['text'])}" for own, p in part.sort_values("text").groupby("own")]
    else:
        centre = part.loc[part["is_medoid"], "text"]
        lines = [f"representative {', '.join(centre)}", *_wrapped(part["text"])]
    title = part["title"].iat[0]
    head = f"{title}, {date:%Y-%m}: {len(part)} indices"
    node = f"{date:%Y-%m-%d}|{group}"
    return {"node": node, "stage": date, "label": title, "colour_key": group, "hover": "\n".join([head, *lines])}


def _wrapped(texts: pd.Series, width: int = 3) -> list[str]:
    listed = sorted(texts)
    return [", ".join(listed[i : i + width]) for i in range(0, len(listed), width)]


def _links(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    dates = sorted(rows["date"].unique())
    following = dict(zip(dates, dates[1:], strict=False))
    left = rows[["date", by, "group", "text", "title"]].assign(after=rows["date"].map(following))
    right = rows[["date", by, "group", "title"]].rename(columns={"date": "after", "group": "to", "title": "to_title"})
    moves = left.merge(right, on=["after", by])
    out = []
    for (date, after, a, b), part in moves.groupby(["date", "after", "group", "to"]):
        head = f"{part['title'].iat[0]} → {part['to_title'].iat[0]}, {date:%Y-%m} to {after:%Y-%m}: {len(part)}"
        hover = "\n".join([head, *_wrapped(part["text"])])
        out.append((f"{date:%Y-%m-%d}|{a}", f"{after:%Y-%m-%d}|{b}", len(part), hover))
    return pd.DataFrame(out, columns=["source", "target", "value", "hover"])
