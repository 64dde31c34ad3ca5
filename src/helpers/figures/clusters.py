"""Figures of clusters: the evidence for a choice, maps, correlations within and across, claims as strips, stability."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from helpers.figures import INK, MUTED, PALETTE, SEQUENTIAL, new_axes
from helpers.figures.dark import KEEP

__all__ = [
    "label_colours",
    "plot_block_correlations",
    "plot_claim_strips",
    "plot_evidence",
    "plot_list",
    "plot_map",
    "plot_migration",
    "plot_stability",
]

_NAMED = len(PALETTE) - 1  # the last colour of the palette is a grey, kept for what has no name
OTHER = "#9AA3AD"
_PALE = {PALETTE[2], PALETTE[4], PALETTE[5]}  # under dark letters
_MARKS = "osD^vPX"


def label_colours(labels: pd.Series | list) -> dict:
    """Give each label a colour of the palette; the colours repeat after seven labels.

    Parameters
    ----------
    labels : Series or list
        In the order wanted.

    Returns
    -------
    dict
        Colour by label.
    """
    return {label: PALETTE[i % _NAMED] for i, label in enumerate(dict.fromkeys(labels))}


def plot_evidence(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw separation on unseen days and stability of each choice against its number of clusters.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.clustering.evidence.choose`, with a text column ``family``.
    ax : ndarray of Axes, optional
        Two axes side by side.
    """
    axes = new_axes(9, 4.0, ncols=2) if ax is None else ax
    measure = "ahead" if table["ahead"].notna().any() else "silhouette"
    titles = {"ahead": "silhouette on the days after the month end", "silhouette": "silhouette"}
    chosen = table[table["chosen"]].iloc[0]
    for axis, column in zip(axes, (measure, "stability"), strict=True):
        for i, (family, rows) in enumerate(table.groupby("family", sort=False)):
            rows = rows.sort_values("clusters")
            look = {"color": PALETTE[i % _NAMED], "marker": _MARKS[i % len(_MARKS)], "ms": 6, "label": family}
            axis.plot(rows["clusters"], rows[column], lw=1.2, **look)
            off = rows[~rows["qualifies"]]
            axis.plot(off["clusters"], off[column], "x", color=INK, ms=9, mew=1.2)
        axis.plot(chosen["clusters"], chosen[column], "o", ms=15, mfc="none", mec=INK, mew=1.6)
        axis.set_xlabel("clusters (mean over the months)")
        axis.set_ylim(bottom=table.loc[table["qualifies"], column].min() - 0.04)
    best = table.loc[table.loc[table["qualifies"], measure].idxmax()]
    axes[0].axhspan(best[measure] - best[f"{measure}_se"], best[measure], color=PALETTE[0], alpha=0.12, lw=0)
    axes[0].set_ylabel(titles[measure])
    axes[1].set_ylabel("stability: mean adjusted Rand index")
    axes[0].set_title("How well the clusters separate")
    axes[1].set_title("How much of them stays")
    axes[0].legend(fontsize=8)
    return axes[0]


def plot_map(month: pd.DataFrame, place: np.ndarray, links: pd.DataFrame, names: pd.Series, ax=None) -> Axes:
    """
    Draw the map of one month: indices as dots, clusters in colour, nearest neighbours joined.

    Parameters
    ----------
    month : DataFrame
        Rows of one date with ``label`` and ``is_medoid``, in the order of ``place``.
    place : ndarray
        N x 2, from :func:`helpers.clustering.market_map.map_positions`.
    links : DataFrame
        From :func:`helpers.clustering.market_map.spanning_tree`.
    names : Series
        Name of each label.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(9, 7.2)
    segments = [place[[a, b]] for a, b in zip(links["a"], links["b"], strict=True)]
    ax.add_collection(LineCollection(segments, colors=MUTED, linewidths=0.6, alpha=0.5, zorder=1))
    order = month["label"].value_counts()
    colours = label_colours(list(order.index))
    for i, (label, size) in enumerate(order.items()):
        rows = (month["label"] == label).to_numpy()
        mark = _MARKS[(i // _NAMED) % len(_MARKS)]
        colour = colours[label] if size > 1 else OTHER
        ax.scatter(*place[rows].T, s=26, marker=mark, color=colour, edgecolor="white", linewidth=0.4, zorder=2)
    wanted = month["is_medoid"].to_numpy() & month["label"].map(order).ge(3).to_numpy()
    _spread_labels(ax, place[wanted], [names[label] for label in month.loc[wanted, "label"]])
    ax.set(xticks=[], yticks=[], xlabel="first dimension", ylabel="second dimension")
    ax.set_title("Map of the market: near is alike, a colour is a cluster")
    ax.grid(False)
    return ax


def _spread_labels(ax: Axes, place: np.ndarray, texts: list[str]) -> None:
    """Write each text near its point, moved up or down as far as needed to keep clear of those already written."""
    low, high = ax.dataLim.min, ax.dataLim.max
    span = high - low
    ax.set_xlim(low[0] - 0.04 * span[0], high[0] + 0.10 * span[0])
    ax.set_ylim(low[1] - 0.05 * span[1], high[1] + 0.05 * span[1])
    taken: list[tuple[float, float, float]] = []
    tall = 0.031 * span[1]
    for (x, y), text in sorted(zip(map(tuple, place), texts, strict=True), key=lambda item: -item[0][1]):
        wide = sum(0.0165 if ord(c) > 0x2E80 else 0.0092 for c in text) * span[0] + 0.01 * span[0]
        shift = _free_height(x, y, wide, tall, taken)
        taken.append((x, shift, wide))
        ax.annotate(
            text,
            (x, y),
            (x + 0.012 * span[0], shift),
            fontsize=8.5,
            va="center",
            zorder=4,
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.7},
            arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.6, "shrinkA": 0, "shrinkB": 2},
        )


def _free_height(x: float, y: float, wide: float, tall: float, taken: list[tuple[float, float, float]]) -> float:
    for step in range(60):
        height = y + tall * 0.5 * ((step + 1) // 2) * (1 if step % 2 else -1)
        if all(abs(height - h) >= tall or x + wide < left or left + w < x for left, h, w in taken):
            return height
    return y


def plot_block_correlations(blocks: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw the average correlation within clusters (diagonal) and across them.

    Parameters
    ----------
    blocks : DataFrame
        Clusters x clusters, from :func:`helpers.clustering.use.block_correlations`, labelled with names.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8.5, 7.6)
    image = ax.imshow(blocks, cmap=SEQUENTIAL, vmin=min(0.0, float(np.nanmin(blocks.to_numpy()))), vmax=1.0)
    ax.set_xticks(np.arange(len(blocks)), blocks.columns, rotation=90, fontsize=8)
    ax.set_yticks(np.arange(len(blocks)), blocks.index, fontsize=8)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.get_figure().colorbar(image, ax=ax, shrink=0.6, pad=0.02, label="average correlation of daily returns")
    ax.set_title("Correlation within clusters (diagonal) and across them")
    return ax


def plot_claim_strips(months: pd.DataFrame, table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw each claim as a strip of months, true, not true or not tested, with its verdict beside it.

    Parameters
    ----------
    months : DataFrame
        Claims x month ends, 1 or 0 or missing, from :class:`helpers.clustering.claims.Judged`.
    table : DataFrame
        Its table.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(9, 1.2 + 0.31 * len(months))
    code = months.fillna(-1).to_numpy() + 1
    kinds = ListedColormap(["#E3E6EA", PALETTE[4], PALETTE[0]])
    ax.pcolormesh(np.arange(months.shape[1] + 1), np.arange(len(months) + 1), code, cmap=kinds, vmin=0, vmax=2)
    ax.hlines(np.arange(len(months) + 1), 0, months.shape[1], color="white", lw=3)
    ax.vlines(np.arange(months.shape[1] + 1), 0, len(months), color="white", lw=1)
    for row, verdict in enumerate(table["verdict"]):
        ax.text(months.shape[1] + 0.15, row + 0.5, verdict, va="center", fontsize=9)
    ax.set_yticks(np.arange(len(months)) + 0.5, table.get("title", months.index), fontsize=9)
    every = max(1, months.shape[1] // 12)
    dates = pd.DatetimeIndex(months.columns)
    ax.set_xticks(np.arange(months.shape[1])[::every] + 0.5, [f"{d:%y-%m}" for d in dates[::every]], fontsize=8)
    ax.set_xlim(0, months.shape[1] * 1.2)
    ax.invert_yaxis()
    ax.xaxis.tick_top()
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    keys = [("true", PALETTE[0]), ("not true", PALETTE[4]), ("not tested", "#E3E6EA")]
    handles = [Patch(color=colour, label=text) for text, colour in keys]
    legend = ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.4, -0.01), ncols=3)
    for patch in legend.get_patches():
        patch.set_gid(KEEP)  # the strips keep their colours on a dark page
    ax.set_title("Where each claim is true, month by month")
    return ax


def plot_migration(table: pd.DataFrame, names: pd.Series, ax: Axes | None = None) -> Axes:
    """
    Draw where each of some funds was, month by month: a cell is a month, its colour and text the cluster.

    Parameters
    ----------
    table : DataFrame
        Funds (titles) x month ends, labels; missing where absent.
    names : Series
        Name of each label.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(9, 0.8 + 0.34 * len(table))
    present = pd.unique(table.to_numpy().ravel())
    colours = label_colours([label for label in pd.Series(present).dropna()])
    for row, (_, labels) in enumerate(table.iterrows()):
        values = list(labels)
        start = 0
        for stop in range(1, len(values) + 1):
            same = stop < len(values) and _equal(values[stop], values[start])
            if same:
                continue
            if pd.notna(values[start]):
                ax.barh(
                    row, stop - start, left=start, height=0.78, color=colours[values[start]], alpha=0.85, ec="white"
                )
                text = str(names[values[start]]).split(" ")[0]
                ink = INK if colours[values[start]] in _PALE else "white"
                room = int((stop - start) * 48 / max(len(values), 1))
                place = {"ha": "center", "va": "center", "fontsize": 8, "gid": KEEP}
                ax.text((start + stop) / 2, row, text[:room], color=ink, **place)
            start = stop
    dates = pd.DatetimeIndex(table.columns)
    every = max(1, len(dates) // 12)
    ax.set_xticks(np.arange(len(dates))[::every] + 0.5, [f"{d:%y-%m}" for d in dates[::every]], fontsize=8)
    ax.set_yticks(np.arange(len(table)), table.index, fontsize=9)
    ax.set(xlim=(0, len(dates)), ylim=(len(table) - 0.4, -0.6))
    ax.set_title("The cluster of each fund, month by month")
    ax.xaxis.tick_top()
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _equal(a: object, b: object) -> bool:
    return (pd.isna(a) and pd.isna(b)) or (pd.notna(a) and pd.notna(b) and a == b)


def plot_stability(score: pd.DataFrame, ax: Axes | None = None, ends: int = 12) -> Axes:
    """
    Draw the steadiest and the most restless funds: the share of companions each keeps from month to month.

    Parameters
    ----------
    score : DataFrame
        ``title`` and ``company`` from :func:`helpers.clustering.migration.stability`.
    ax : Axes, optional
        Where to draw.
    ends : int, default 12
        How many of each end.
    """
    ordered = score.dropna(subset="company").sort_values("company")
    picked = pd.concat([ordered.head(ends), ordered.tail(ends)]).drop_duplicates("title")
    ax = ax or new_axes(8, 1.0 + 0.25 * len(picked))
    y = np.arange(len(picked))
    split = ordered["company"].median()
    colours = np.where(picked["company"] < split, PALETTE[4], PALETTE[0])
    ax.hlines(y, 0, picked["company"], color=colours, lw=2)
    ax.scatter(picked["company"], y, color=colours, s=28, zorder=3)
    ax.axvline(split, color=MUTED, ls="--", lw=1)
    ax.text(split, len(picked) - 0.4, f" median of all {len(ordered)}", fontsize=8, color=MUTED, va="bottom")
    ax.set_yticks(y, picked["title"], fontsize=9)
    ax.set(xlabel="companions kept from month to month (Jaccard index, mean)", xlim=(0, 1.02))
    ax.set_title("The funds that move most (bottom) and least (top)")
    ax.grid(axis="y", visible=False)
    return ax


def plot_list(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw the average correlation among the funds of the diversified list and of the most traded, month by month.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.clustering.use.list_against_most_traded`.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.4)
    x = np.arange(len(table))
    series = (("list", "one fund per cluster", PALETTE[0]), ("most_traded", "as many of the most traded", PALETTE[4]))
    series += (("all", "all representatives", OTHER),)
    for column, label, colour in series:
        ax.plot(x, table[column], "o-", ms=5, color=colour, label=label)
    every = max(1, len(table) // 12)
    ax.set_xticks(x[::every], [f"{d:%y-%m}" for d in table.index[::every]], fontsize=8)
    ax.set(ylabel="mean pair correlation", xlabel="month end of the choice; correlation over the month after it")
    values = table[["list", "most_traded", "all"]]
    low, high = min(0.0, float(values.min().min())), max(0.1, float(values.max().max()))
    ax.set_ylim(low, high + 0.2 * (high - low))  # room for the legend above the lines
    ax.legend(loc="upper left", ncols=3)
    ax.set_title("How alike the chosen funds are in the month that follows")
    return ax
