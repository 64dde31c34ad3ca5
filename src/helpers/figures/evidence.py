"""Figures of the evidence: the search, the years, costs, what holds together, and what changed its mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from helpers.figures.dark import KEEP
from helpers.figures.style import DOWN, GRID, INK, MUTED, PALETTE, SEQUENTIAL, UP, new_axes

__all__ = ["plot_claims", "plot_consensus", "plot_costs", "plot_held", "plot_placebos", "plot_search", "plot_years"]


def plot_search(found: Mapping[str, tuple[np.ndarray, float, float]], ax: Axes | None = None) -> Axes:
    """Draw the t values of every choice of each search, the book's own, and what the best of them reaches by luck.

    Parameters
    ----------
    found : mapping of name to (values, own, critical)
        t values of all choices; the own one; the height that the largest stays below by luck in 95 of 100 cases.
    """
    ax = ax if ax is not None else new_axes(8, 1.6 + 0.62 * len(found))
    rng = np.random.default_rng(0)
    for k, (values, own, critical) in enumerate(found.values()):
        y = len(found) - 1 - k
        ax.scatter(values, y + rng.uniform(-0.26, 0.26, len(values)), s=9, color=PALETTE[5], alpha=0.6, linewidth=0)
        ax.plot([critical, critical], [y - 0.38, y + 0.38], color=PALETTE[1], linewidth=2)
        ax.plot(own, y, marker="D", color=INK, markersize=7, linestyle="none")
    ax.axvline(0, color=MUTED, linewidth=1)
    ax.set_yticks(range(len(found) - 1, -1, -1), list(found))
    ax.set_ylim(-0.6, len(found) - 0.4)
    handles = [
        ax.plot([], [], marker="o", linestyle="none", markersize=4, color=PALETTE[5], label="a choice")[0],
        ax.plot([], [], marker="D", linestyle="none", markersize=6, color=INK, label="the book's")[0],
        ax.plot([], [], color=PALETTE[1], linewidth=2, label="luck's best, 95 %")[0],
    ]
    ax.get_figure().legend(handles, [h.get_label() for h in handles], loc="outside lower center", ncols=3)
    ax.grid(False, axis="y")
    ax.set_title("Every choice of each search, after costs")
    ax.set_xlabel("t value of the mean weekly excess")
    return ax


def plot_years(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the excess of each year with its interval.

    Parameters
    ----------
    table : DataFrame
        Years × ``excess, low, high``, fractions; years without an interval are drawn hollow.
    """
    ax = ax if ax is not None else new_axes(8, 3.6)
    at = np.arange(len(table))
    colours = [UP if value >= 0 else DOWN for value in table["excess"]]
    known = table["low"].notna().to_numpy()
    ax.vlines(at[known], table["low"][known], table["high"][known], color=MUTED, linewidth=2)
    ax.scatter(at[known], table["excess"][known], s=60, color=np.array(colours)[known], zorder=3)
    hollow = {"facecolor": "none", "edgecolor": np.array(colours)[~known]}
    ax.scatter(at[~known], table["excess"][~known], s=60, zorder=3, **hollow)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(at, [str(year) for year in table.index])
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_title("Excess by year after costs, with 95 % intervals")
    ax.set_ylabel("sum of the year's weeks")
    return ax


def plot_costs(table: pd.DataFrame, break_even: float, ax: Axes | None = None) -> Axes:
    """Draw the excess a year that is left at each fee.

    Parameters
    ----------
    table : DataFrame
        By fee in basis points: ``excess``, a fraction.
    break_even : float
        The fee at which nothing is left.
    """
    ax = ax if ax is not None else new_axes(8, 3.2)
    ax.plot(table.index, table["excess"], marker="o", color=PALETTE[0])
    ax.axhline(0, color=INK, linewidth=0.8)
    if 0 < break_even <= table.index[-1]:
        ax.axvline(break_even, color=PALETTE[1], linewidth=1.6, label=f"nothing left at {break_even:.0f}")
        ax.legend(loc="upper right")
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_title("What is left of the excess by cost of trading")
    ax.set_xlabel("basis points of money traded")
    ax.set_ylabel("excess a year")
    return ax


def plot_placebos(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the t value of each score over the range of its placebos.

    Parameters
    ----------
    table : DataFrame
        Scores × ``t, placebo_low, placebo_high``.
    """
    ax = ax if ax is not None else new_axes(8, 1.4 + 0.42 * len(table))
    at = np.arange(len(table))[::-1]
    ax.hlines(at, table["placebo_low"], table["placebo_high"], color=MUTED, linewidth=9, alpha=0.45)
    ax.scatter(table["t"], at, s=60, marker="D", color=PALETTE[0], zorder=3)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(at, table.index)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.grid(False, axis="y")
    ax.set_title("Real scores, and the same with industries dealt out anew")
    ax.set_xlabel("t value before costs; grey: 95 % of the placebos")
    return ax


def plot_consensus(shares: pd.DataFrame, order: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw how often two indices share a cluster, indices that stand together side by side.

    Parameters
    ----------
    shares : DataFrame
        Index × index, 0 to 1.
    order : ndarray of int
        Positions in the order drawn.
    """
    ax = ax if ax is not None else new_axes(6.4, 5.6)
    image = ax.imshow(shares.to_numpy()[np.ix_(order, order)], cmap=SEQUENTIAL, vmin=0, vmax=1, interpolation="nearest")
    scale = ax.get_figure().colorbar(image, ax=ax, pad=0.02, label="share of clusterings")
    scale.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel("indices")
    ax.set_ylabel("indices")
    ax.set_title("Together in a cluster, over settings and resampled days")
    return ax


def plot_claims(verdicts: pd.DataFrame, words: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw the verdict on each claim as it stood at each month end.

    Parameters
    ----------
    verdicts : DataFrame
        Claims × month ends, in words.
    words : sequence of str
        The five verdicts, best first; the last means that nothing could be tested.
    """
    ax = ax if ax is not None else new_axes(8, 1.8 + 0.23 * len(verdicts))
    colours = [PALETTE[0], "#8DB4E2", PALETTE[4], PALETTE[1], GRID]
    codes = verdicts.apply(lambda column: column.map({word: k for k, word in enumerate(words)}))
    ax.imshow(codes.to_numpy(float), cmap=ListedColormap(colours), vmin=0, vmax=4, aspect="auto", gid=KEEP)
    _months(ax, verdicts)
    patches = [Patch(color=colour) for colour in colours]
    ax.get_figure().legend(patches, list(words), loc="outside lower center", ncols=3)
    ax.set_title("The claims as they would have been judged, month by month")
    return ax


def plot_held(held: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what the rotation held at each month end, as it was known.

    Parameters
    ----------
    held : DataFrame
        Industries × month ends; anything but empty text is held.
    """
    often = held.ne("").sum(axis=1).sort_values(ascending=False, kind="stable").index
    shown = held.loc[often].ne("")
    ax = ax if ax is not None else new_axes(8, 1.4 + 0.23 * len(shown))
    ax.imshow(shown.to_numpy(float), cmap=ListedColormap([GRID, PALETTE[0]]), vmin=0, vmax=1, aspect="auto", gid=KEEP)
    _months(ax, shown)
    ax.set_title("What the rotation would have held")
    return ax


def _months(ax: Axes, table: pd.DataFrame) -> None:
    """Label rows, and columns by month, with thin gaps between the tiles."""
    step = max(len(table.columns) // 12, 1)
    at = range(0, len(table.columns), step)
    ax.set_xticks(at, [f"{table.columns[k]:%Y-%m}" for k in at], rotation=45, ha="right")
    ax.set_yticks(range(len(table)), table.index, fontsize=8)
    ax.set_xticks(np.arange(len(table.columns) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(table) + 1) - 0.5, minor=True)
    ax.grid(False)
    ax.grid(True, which="minor", color="white", lw=1.5)
    ax.tick_params(which="minor", length=0)
