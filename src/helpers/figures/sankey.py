"""Flows between groups through time: a living Sankey for the page and a still one for print.

Both read the same two frames. ``nodes``: ``node`` (unique key), ``stage`` (what orders the columns: a date, a number or
a text) and ``label``; optional ``colour``, or ``colour_key`` (nodes of one key share a colour; by default those of one
label do), and ``hover``. ``links``: ``source``, ``target`` (keys of nodes) and
``value`` (> 0); optional ``hover``. A node is as tall as the larger of what enters and what leaves it.
"""

from html import escape

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from helpers.figures.style import MUTED, new_axes, series_colours

_GAP, _BAR = 0.03, 0.14
_CROWDED, _READABLE = 5, 0.012


def check_flows(nodes: pd.DataFrame, links: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both frames completed with ``colour``, ``hover``, ``size`` and ``column``, or say what is wrong.

    Parameters
    ----------
    nodes, links
        As described at the top of the module.

    Returns
    -------
    tuple of DataFrame
        ``nodes`` indexed by node, with ``column`` (0, 1, … by stage) and ``size``; ``links`` with ``hover``.

    Raises
    ------
    ValueError
        For a missing column, a repeated node, a link to an unknown node, or a value that is not positive.
    """
    for name, frame, need in (
        ("nodes", nodes, ["node", "stage", "label"]),
        ("links", links, ["source", "target", "value"]),
    ):
        if lacking := [c for c in need if c not in frame]:
            raise ValueError(f"sankey: {name} lacks the column {', '.join(lacking)}")
    if nodes["node"].duplicated().any():
        raise ValueError(f"sankey: node {nodes.loc[nodes['node'].duplicated(), 'node'].iloc[0]!r} is listed twice")
    for end in ("source", "target"):
        if (unknown := ~links[end].isin(nodes["node"])).any():
            raise ValueError(f"sankey: link {end} {links.loc[unknown, end].iloc[0]!r} is not among the nodes")
    if not (links["value"] > 0).all():
        raise ValueError("sankey: every link needs a value above zero; drop the empty ones")
    full = nodes.set_index("node")
    out, into = (links.groupby(end)["value"].sum() for end in ("source", "target"))
    full["size"] = pd.concat([out, into], axis=1).max(axis=1).reindex(full.index).fillna(0.0)
    full["column"] = full["stage"].rank(method="dense").astype(int) - 1
    if "colour" not in full:
        kinds, names = pd.factorize(full["colour_key" if "colour_key" in full else "label"])
        full["colour"] = np.array(series_colours(len(names)))[kinds]
    if "hover" not in full:
        full["hover"] = full["label"].astype(str)
    arrows = links.copy()
    if "hover" not in arrows:
        labels = full["label"].astype(str)
        arrows["hover"] = labels.loc[arrows["source"]].to_numpy() + " → " + labels.loc[arrows["target"]].to_numpy()
    return full, arrows


def _tint(colour: str, alpha: float) -> str:
    red, green, blue = (round(255 * c) for c in to_rgb(colour))
    return f"rgba({red},{green},{blue},{alpha})"


def _plain(text: object) -> str:
    """Keep plotly from reading a name as HTML or, between dollar signs, as mathematics."""
    return escape(str(text), quote=False).replace("$", "&#36;")


def _lines(text: str) -> str:
    """Escape a hover text for plotly, its first line bold."""
    first, *rest = _plain(text).split("\n")
    return "<br>".join([f"<b>{first}</b>", *rest])


def sankey(nodes: pd.DataFrame, links: pd.DataFrame, unit: str = "", height: int = 560, title: str = ""):
    """Return an interactive Sankey whose nodes and links tell their members on hover.

    Parameters
    ----------
    nodes, links
        As described at the top of the module; ``hover`` may hold several lines.
    unit
        What ``value`` counts, shown on hover.
    height
        Height in pixels.
    title
        What the figure shows, above the columns.

    Returns
    -------
    plotly.graph_objects.Figure
        For :func:`helpers.figures.show_plotly`.
    """
    import plotly.graph_objects as go

    full, arrows = check_flows(nodes, links)
    place = pd.Series(np.arange(len(full)), index=full.index)
    last = max(int(full["column"].max()), 1)
    crowded = last >= _CROWDED
    what = f" {_plain(unit)}" if unit else ""
    side, top = 96 if crowded else 34, 64 if title else 36
    figure = go.Figure(
        go.Sankey(
            arrangement="fixed",
            node={
                "label": [""] * len(full) if crowded else [_plain(label) for label in full["label"]],
                "x": (0.001 + 0.998 * full["column"] / last).round(4).tolist(),
                "y": _centres(full).round(4).tolist(),
                "color": full["colour"].tolist(),
                "customdata": [_lines(text) for text in full["hover"]],
                "hovertemplate": f"%{{customdata}}<br>%{{value:,}}{what}<extra></extra>",
                "line": {"width": 0},
                "pad": _gap(full) * (height - top - 8),
                "thickness": 14,
            },
            link={
                "source": place.loc[arrows["source"]].tolist(),
                "target": place.loc[arrows["target"]].tolist(),
                "value": arrows["value"].tolist(),
                "color": [_tint(c, 0.35) for c in full["colour"].loc[arrows["source"]]],
                "customdata": [_lines(text) for text in arrows["hover"]],
                "hovertemplate": f"%{{customdata}}<br>%{{value:,}}{what}<extra></extra>",
            },
        )
    )
    figure.update_layout(
        height=height,
        **_title(title),
        margin={"l": side, "r": side, "t": top, "b": 8},
        hoverlabel={"align": "left"},
        annotations=[*_headings(full, last), *(_end_names(full, last) if crowded else [])],
    )
    return figure


def _title(text: str) -> dict:
    """Put the title at the left, above the stages."""
    frame = {"x": 0, "xref": "paper", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}}
    return {"title": {**frame, "text": _plain(text), "font": {"size": 15}}} if text else {}


def _headings(full: pd.DataFrame, last: int) -> list[dict]:
    """Write each stage above its column."""
    frame = {"xref": "paper", "yref": "paper", "xanchor": "center", "y": 1, "yshift": 20, "showarrow": False}
    stages = full.drop_duplicates("column")
    return [
        {**frame, "x": column / last, "text": _plain(_stage(stage)), "font": {"size": 10}}
        for column, stage in zip(stages["column"], stages["stage"], strict=True)
    ]


def _end_names(full: pd.DataFrame, last: int) -> list[dict]:
    """Name the nodes of the first and the last column, outside them: between close columns is no room for names."""
    named = _named(full)
    frame = {"xref": "paper", "yref": "paper", "yanchor": "middle", "showarrow": False, "font": {"size": 11}}
    sides = {0: {"x": 0, "xanchor": "right", "xshift": -4}, last: {"x": 1, "xanchor": "left", "xshift": 4}}
    centres = 1 - _centres(full)[named]
    return [
        {**frame, **sides[node.column], "y": y, "text": _plain(node.label)}
        for node, y in zip(full[named].itertuples(), centres, strict=True)
    ]


def _stage(stage) -> str:
    return f"{stage:%Y-%m}" if hasattr(stage, "strftime") else str(stage)


def _named(full: pd.DataFrame) -> pd.Series:
    """Say which nodes carry a name: those tall enough, and only at both ends where columns stand close."""
    last, spans = full["column"].max(), _spans(full)
    tall = spans["bottom"] - spans["top"] >= _READABLE
    return tall & (full["column"].isin([0, last]) | (last < _CROWDED))


def _spans(full: pd.DataFrame) -> pd.DataFrame:
    """Return each node's ``top`` and ``bottom`` within 0 … 1, in the order given, columns centred."""
    total = full.groupby("column")["size"].sum().max()
    many = int(full.groupby("column").size().max())
    gap = _gap(full)
    scale = (1 - gap * (many - 1)) / total
    tall = full["size"] * scale
    used = full.groupby("column")["size"].transform("sum") * scale
    used += gap * (full.groupby("column")["size"].transform("count") - 1)
    above = tall.groupby(full["column"]).cumsum() - tall
    top = (1 - used) / 2 + above + gap * full.groupby("column").cumcount()
    return pd.DataFrame({"top": top, "bottom": top + tall})


def _gap(full: pd.DataFrame) -> float:
    """Return the space between two nodes of a column; all of it together never takes more than two fifths."""
    many = int(full.groupby("column").size().max())
    return min(_GAP, 0.4 / max(many - 1, 1))


def _centres(full: pd.DataFrame) -> pd.Series:
    return _spans(full).mean(axis=1).clip(0.001, 0.999)


def plot_alluvial(
    nodes: pd.DataFrame, links: pd.DataFrame, title: str = "Flows between groups", ax: Axes | None = None
) -> Axes:
    """Draw the same flows as a still figure.

    Parameters
    ----------
    nodes, links
        As described at the top of the module. Nodes are stacked in the order given, from the top.
    title
        What the figure shows.
    ax
        Where to draw; a new figure if None.
    """
    full, arrows = check_flows(nodes, links)
    ax = new_axes(width=9, height=5.5) if ax is None else ax
    spans = _spans(full)
    scale = (spans["bottom"] - spans["top"]).max() / full["size"].max()
    order = full["column"].rename("at").to_frame().assign(top=spans["top"])
    arrows = arrows.assign(_from=order["top"].loc[arrows["source"]].to_numpy())
    arrows = arrows.assign(_to=order["top"].loc[arrows["target"]].to_numpy()).sort_values(["_from", "_to"])
    tall = arrows["value"] * scale
    leave = arrows["_from"] + tall.groupby(arrows["source"]).cumsum() - tall
    arrive = arrows["_to"] + tall.groupby(arrows["target"]).cumsum() - tall
    for link, y0, y1, thick in zip(arrows.itertuples(), leave, arrive, tall, strict=True):
        x0, x1 = full.at[link.source, "column"] + _BAR / 2, full.at[link.target, "column"] - _BAR / 2
        ax.add_patch(_ribbon(x0, y0, x1, y1, thick, full.at[link.source, "colour"]))
    for node, span in zip(full.itertuples(), spans.itertuples(), strict=True):
        size = span.bottom - span.top
        ax.add_patch(Rectangle((node.column - _BAR / 2, span.top), _BAR, size, facecolor=node.colour, edgecolor="none"))
    ax.set_title(title)
    return _label_alluvial(ax, full, spans)


def _ribbon(x0: float, y0: float, x1: float, y1: float, thick: float, colour: str) -> PathPatch:
    middle = (x0 + x1) / 2
    upper = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    lower = [(x1, y1 + thick), (middle, y1 + thick), (middle, y0 + thick), (x0, y0 + thick)]
    curve = [Path.CURVE4] * 3
    path = Path(upper + lower + [(x0, y0)], [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    return PathPatch(path, facecolor=colour, alpha=0.35, edgecolor="none")


def _label_alluvial(ax: Axes, full: pd.DataFrame, spans: pd.DataFrame) -> Axes:
    last = full["column"].max()
    crowded = last >= _CROWDED
    named = _named(full)
    for node, span in zip(full[named].itertuples(), spans[named].itertuples(), strict=True):
        left = crowded and node.column == 0
        at = node.column + (-_BAR if left else _BAR)
        middle = (span.top + span.bottom) / 2
        ax.text(at, middle, node.label, ha="right" if left else "left", va="center", fontsize=8)
    stages = full.drop_duplicates("column")
    ax.set_xticks(stages["column"], [_stage(stage) for stage in stages["stage"]])
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelcolor=MUTED)
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[:].set_visible(False)
    room = 0.18 * (last + 1)
    ax.set(xlim=(-room if crowded else -_BAR, last + room), ylim=(1.01, -0.01))
    return ax
