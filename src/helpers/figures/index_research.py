"""Figures of index research: levels, purity, states and leaders, base days, attribution, valuation, products."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from helpers.figures.style import DOWN, INK, MUTED, PALETTE, UP, new_axes

__all__ = [
    "plot_bases",
    "plot_brinson",
    "plot_contributions",
    "plot_hit_rates",
    "plot_leaders",
    "plot_levels",
    "plot_products",
    "plot_purity",
    "plot_states",
    "plot_valuation",
]

STATE_COLOURS = {"attack": PALETTE[1], "defence": PALETTE[2], "policy": PALETTE[3], "none": "#D5D9DE"}


def plot_levels(levels: pd.DataFrame, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw levels that all begin at 1, on a logarithmic scale.

    Parameters
    ----------
    levels : DataFrame
        Dates × lines.
    title : str
        What the index is.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax if ax is not None else new_axes(8, 3.8)
    for colour, (name, line) in zip(PALETTE, levels.items(), strict=False):
        ax.plot(line.index, line, color=colour, label=name)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:g}")
    ax.set_title(title)
    ax.set_ylabel("times the start (log)")
    ax.legend(loc="best")
    return _time_axis(ax)


def plot_purity(table: pd.DataFrame, named: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Draw every index by breadth (effective members, log) and purity (weight of its largest industry).

    Parameters
    ----------
    table : DataFrame
        By index code: ``purity, breadth``.
    named : mapping of code to name
        Indices written out; those that are not in the table are not drawn.
    """
    ax = ax if ax is not None else new_axes(8, 4.4)
    ax.scatter(table["breadth"], 100 * table["purity"], s=18, color=MUTED, alpha=0.55, linewidths=0)
    for k, code in enumerate(code for code in named if code in table.index):
        x, y = table.loc[code, "breadth"], 100 * table.loc[code, "purity"]
        ax.scatter([x], [y], s=46, color=PALETTE[k % len(PALETTE)], zorder=3)
        ax.annotate(named[code], (x, y), xytext=(6, 5), textcoords="offset points", zorder=4)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set_ylim(0, 104)
    ax.set_title("Purity against breadth: one dot an index")
    ax.set_xlabel("effective number of members (log)")
    ax.set_ylabel("weight of the largest industry (%)")
    return ax


def plot_states(close: pd.Series, states: pd.Series, ax: Axes | None = None) -> Axes:
    """Draw a market's closes over bands of its state.

    Parameters
    ----------
    close : Series
        Closes by session.
    states : Series
        State by session, as :func:`helpers.index_research.macro.market_states` tells it; missing while none is told.
    """
    ax = ax if ax is not None else new_axes(8, 3.6)
    told = states.dropna()
    close = close.loc[told.index[0] :]
    begins = told.index[(told != told.shift()).to_numpy()]
    for start, end in zip(begins, [*begins[1:], told.index[-1]], strict=True):
        ax.axvspan(start, end, color=STATE_COLOURS[told[start]], alpha=0.35, linewidth=0)
    ax.plot(close.index, close, color=INK, linewidth=1.2)
    ax.set_title("State of the market, told at each close")
    ax.set_ylabel("index")
    ax.legend(
        handles=[Patch(color=colour, alpha=0.35, label=name) for name, colour in STATE_COLOURS.items()],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.12),
        ncols=4,
    )
    return _time_axis(ax)


def plot_leaders(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the mean monthly excess of each class after each state, with its interval.

    Parameters
    ----------
    table : DataFrame
        Rows (state, class): ``n, excess, low, high``.
    """
    states, classes = (list(table.index.unique(level)) for level in (0, 1))
    ax = ax if ax is not None else new_axes(8, 3.8)
    for k, name in enumerate(classes):
        rows = table.xs(name, level=1).reindex(states)
        at = np.arange(len(states)) + (k - (len(classes) - 1) / 2) * 0.16
        ends = [100 * (rows["excess"] - rows["low"]), 100 * (rows["high"] - rows["excess"])]
        ax.errorbar(at, 100 * rows["excess"], ends, fmt="o", color=PALETTE[k], label=name, elinewidth=1.4, markersize=5)
    count = table.groupby(level=0)["n"].max().reindex(states)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(range(len(states)), [f"{s}\n({n:.0f} months)" for s, n in count.items()])
    ax.set_title("Return of the month after, above the mean of the classes")
    ax.set_ylabel("percentage points a month, 95 %")
    ax.legend(loc="best", ncols=2)
    return ax


def plot_bases(gaps: pd.DataFrame, name: str, ax: Axes | None = None) -> Axes:
    """Draw the largest gap to a printed column against the day one starts from.

    Parameters
    ----------
    gaps : DataFrame
        Base dates × ``worst`` (a fraction).
    name : str
        The printed table.
    """
    ax = ax if ax is not None else new_axes(8, 2.8)
    gap = 100 * gaps["worst"]
    ax.plot(range(len(gap)), gap, color=PALETTE[0], marker="o", markersize=3)
    at = int(gap.to_numpy().argmin())
    ax.plot([at], [gap.iloc[at]], "o", color=UP, markersize=7)
    step = max(1, len(gap) // 6)
    ax.set_xticks(range(0, len(gap), step), [f"{d:%Y-%m-%d}" for d in gap.index[::step]])
    ax.set_ylim(0, None)
    words = {"textcoords": "offset points", "ha": "center", "color": UP, "arrowprops": {"arrowstyle": "-"}}
    ax.annotate(f"{gap.index[at]:%Y-%m-%d}", (at, gap.iloc[at]), xytext=(0, 34), **words)
    ax.set_title(f"{name}: largest gap to its “since” column, by first day")
    ax.set_ylabel("percentage points")
    return ax


def plot_brinson(groups: pd.DataFrame, ax: Axes | None = None, top: int = 12) -> Axes:
    """Draw allocation, selection and interaction of the industries that mattered most, stacked.

    Parameters
    ----------
    groups : DataFrame
        Groups × effects, fractions.
    top : int
        Groups drawn, by the size of their effects.
    """
    order = groups.abs().sum(axis=1).sort_values(ascending=False, kind="stable").index[:top]
    shown = 100 * groups.loc[order[::-1]]
    ax = ax if ax is not None else new_axes(8, 1.6 + 0.3 * len(shown))
    at, below, above = np.arange(len(shown)), np.zeros(len(shown)), np.zeros(len(shown))
    for colour, name in zip(PALETTE, shown, strict=False):
        values = shown[name].to_numpy()
        left = np.where(values >= 0, above, below)
        ax.barh(at, values, 0.72, left=left, color=colour, label=name)
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(at, shown.index)
    ax.grid(False, axis="y")
    ax.set_title("Where the excess came from, by industry")
    ax.set_xlabel("percentage points, linked over the period")
    ax.legend(loc="best")
    return ax


def plot_contributions(table: pd.DataFrame, ax: Axes | None = None, top: int = 12) -> Axes:
    """Draw what the largest holdings added, red above zero and green below.

    Parameters
    ----------
    table : DataFrame
        By stock, largest first: ``contribution``, %.
    top : int
        Rows drawn.
    """
    shown = table["contribution"].head(top)[::-1]
    ax = ax if ax is not None else new_axes(8, 1.4 + 0.28 * len(shown))
    ax.barh(range(len(shown)), shown, 0.7, color=np.where(shown > 0, UP, DOWN))
    ax.set_yticks(range(len(shown)), shown.index)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.grid(False, axis="y")
    ax.set_title("Average weight times return")
    ax.set_xlabel("contribution (percentage points)")
    return ax


def plot_valuation(table: pd.DataFrame, names: Mapping[str, str], ax: Axes | None = None, top: int = 24) -> Axes:
    """Draw where PE and PB of each index stand in their own history, dearest first.

    Parameters
    ----------
    table : DataFrame
        By index code: ``pe_ttm, pe_ttm_percentile`` and, where PB is known, ``pb_percentile``.
    names : mapping of code to name
        Shown where known.
    top : int
        Indices drawn, the dearest.
    """
    shown = table.dropna(subset="pe_ttm_percentile").sort_values("pe_ttm_percentile", kind="stable").tail(top)
    ax = ax if ax is not None else new_axes(8, 1.6 + 0.24 * len(shown))
    at = np.arange(len(shown))
    ax.hlines(at, 0, 100, color="#E3E6EA", linewidth=4)
    if "pb_percentile" in shown:
        ax.scatter(100 * shown["pb_percentile"], at, color=PALETTE[5], s=30, label="PB", zorder=3)
    ax.scatter(100 * shown["pe_ttm_percentile"], at, color=PALETTE[1], s=36, label="PE", zorder=4)
    ax.set_yticks(at, [f"{names.get(c, c)}  {pe:,.0f}x" for c, pe in shown["pe_ttm"].items()])
    ax.set_xlim(-2, 102)
    ax.set_ylim(-0.7, len(shown) - 0.3)
    ax.grid(False, axis="y")
    ax.set_title("Where each multiple stands in its own history")
    ax.set_xlabel("share of days so far that were not dearer (%)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.35, -0.5 / ax.figure.get_figheight() - 0.02), ncols=2)
    return ax


def plot_products(table: pd.DataFrame, marked: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """Draw tracking error against size, coloured by fee.

    Parameters
    ----------
    table : DataFrame
        By fund: ``size`` (CNY), ``tracking_error`` and ``fee`` (fractions a year).
    marked : mapping of fund to words
        Funds written out.
    """
    known = table.dropna(subset=["size", "tracking_error"])
    ax = ax if ax is not None else new_axes(8, 4.2)
    middle = known["fee"].quantile([0.05, 0.95]).mean()
    dear = known["fee"] > middle
    words = (f"fee up to {100 * middle:.2f} %", f"fee above {100 * middle:.2f} %")
    for wanted, colour, label in ((~dear, PALETTE[0], words[0]), (dear, PALETTE[4], words[1])):
        rows = known[wanted]
        ax.scatter(rows["size"] / 1e8, 100 * rows["tracking_error"], s=16, color=colour, alpha=0.7, lw=0, label=label)
    for code in [code for code in marked if code in known.index]:
        x, y = known.loc[code, "size"] / 1e8, 100 * known.loc[code, "tracking_error"]
        ax.scatter([x], [y], s=50, facecolors="none", edgecolors=UP, linewidths=1.5, zorder=3)
        ax.annotate(marked[code], (x, y), xytext=(7, 4), textcoords="offset points")
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set_title("Tracking error against size")
    ax.set_xlabel("size (100 million CNY, log)")
    ax.set_ylabel("tracking error (% a year, log)")
    ax.legend(loc="best")
    return ax


def plot_hit_rates(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of flagged and of other funds that closed, with intervals.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.index_research.closure.hit_rate`: ``rate, low, high`` (fractions) and ``n``.
    """
    ax = ax if ax is not None else new_axes(8, 1.9)
    shown = 100 * table[["rate", "low", "high"]]
    at = np.arange(len(shown))[::-1]
    ends = [(shown["rate"] - shown["low"]).clip(lower=0), (shown["high"] - shown["rate"]).clip(lower=0)]
    ax.errorbar(shown["rate"], at, xerr=ends, fmt="o", color=PALETTE[0], elinewidth=1.6)
    ax.set_yticks(at, [f"{name} ({n:,.0f})" for name, n in table["n"].items()])
    ax.set_ylim(-0.6, len(shown) - 0.4)
    ax.set_xlim(0, None)
    ax.grid(False, axis="y")
    ax.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    ax.set_title("Closed within a year")
    return ax


def _time_axis(ax: Axes) -> Axes:
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return ax
