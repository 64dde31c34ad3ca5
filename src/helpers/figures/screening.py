"""Figures of the screen: what tightening does, weights, the paper strategy beside its funds, core and satellites."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from helpers.figures.style import INK, MUTED, PALETTE, SEQUENTIAL, new_axes, series_colours

__all__ = ["plot_parts", "plot_steps", "plot_tightening", "plot_traded", "plot_weights"]


def plot_steps(steps: pd.Series, ax: Axes | None = None) -> Axes:
    """Draw what each step leaves, first step on top.

    Parameters
    ----------
    steps : Series
        Numbers by step, in order.
    """
    ax = ax if ax is not None else new_axes(8, 1.2 + 0.36 * len(steps))
    at = np.arange(len(steps))[::-1]
    ax.barh(at, steps, 0.66, color=PALETTE[0])
    for y, value in zip(at, steps, strict=True):
        ax.annotate(f"{value:,}", (value, y), xytext=(4, 0), textcoords="offset points", va="center")
    ax.set_yticks(at, steps.index)
    ax.set_xlim(0, steps.max() * 1.12)
    ax.grid(False, axis="y")
    ax.set_title("What each step leaves")
    ax.set_xlabel("funds, or indices")
    return ax


def plot_tightening(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the funds admitted as each limit is tightened, limits × steps, darker where more are left.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.screening.facts.tightening`; its first column is the limits as they are.
    """
    values = table.to_numpy(dtype=float)
    ax = ax if ax is not None else new_axes(8, 1.5 + 0.34 * len(table))
    top = max(values.max(), 1)
    ax.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=top * 1.15, aspect="auto")
    for i, j in np.ndindex(values.shape):
        colour = "white" if values[i, j] > 0.6 * top else INK
        ax.text(j, i, f"{values[i, j]:.0f}", ha="center", va="center", color=colour)
    words = ["as it is", *(f"step {k}" for k in range(1, table.shape[1]))]
    ax.set_xticks(range(table.shape[1]), words)
    ax.set_yticks(range(len(table)), table.index)
    ax.grid(False)
    ax.set_title("Funds admitted as one limit is tightened")
    return ax


def plot_weights(chosen: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw weights by fund, coloured by cluster.

    Parameters
    ----------
    chosen : DataFrame
        By code: ``name, weight`` (share of wealth), ``cluster``; funds without a weight are not drawn.
    """
    held = chosen[chosen["weight"] > 0].sort_values("weight", kind="stable")
    ax = ax if ax is not None else new_axes(8, 1.3 + 0.34 * len(held))
    groups = list(dict.fromkeys(held["cluster"]))
    colours = dict(zip(groups, series_colours(len(groups)), strict=True))
    ax.barh(range(len(held)), 100 * held["weight"], 0.66, color=[colours[c] for c in held["cluster"]])
    ax.set_yticks(range(len(held)), [f"{name} {code[:6]}" for code, name in held["name"].items()])
    ax.grid(False, axis="y")
    ax.set_title("Weights under the limits; one colour moves together")
    ax.set_xlabel("share of wealth (%)")
    return ax


def plot_traded(returns: pd.DataFrame) -> np.ndarray:
    """Draw wealth of the paper strategy and of its funds, and below it the second over the first.

    Parameters
    ----------
    returns : DataFrame
        Sessions × strategies, the one on paper first; fractions.

    Returns
    -------
    ndarray of Axes
        The two panels.
    """
    axes = new_axes(8, 5.2, nrows=2, sharex=True, height_ratios=(3, 2))
    wealth = (1 + returns).cumprod()
    for colour, name in zip(PALETTE, wealth, strict=False):
        axes[0].plot(wealth.index, wealth[name], color=colour, label=name)
    for colour, name in zip(PALETTE[1:], wealth.columns[1:], strict=False):
        axes[1].plot(wealth.index, wealth[name] / wealth.iloc[:, 0], color=colour)
    axes[1].axhline(1, color=MUTED, linewidth=1)
    axes[0].set_title("The rotation on paper and in funds one could buy")
    axes[1].set_title("Funds over paper")
    axes[0].set_ylabel("times the start")
    axes[1].set_ylabel("ratio")
    axes[0].legend(loc="best")
    _time_axis(axes[1])
    return axes


def plot_parts(returns: pd.DataFrame) -> np.ndarray:
    """Draw wealth and the fall from its peak of core, satellites and both.

    Parameters
    ----------
    returns : DataFrame
        Sessions × portfolios, from :func:`helpers.screening.facts.core_study`; fractions.

    Returns
    -------
    ndarray of Axes
        The two panels.
    """
    axes = new_axes(8, 5.2, nrows=2, sharex=True, height_ratios=(3, 2))
    wealth = (1 + returns).cumprod()
    for colour, name in zip(PALETTE, wealth, strict=False):
        axes[0].plot(wealth.index, wealth[name], color=colour, label=name)
        axes[1].plot(wealth.index, 100 * (wealth[name] / wealth[name].cummax().clip(lower=1) - 1), color=colour)
    axes[0].set_title("Core, satellites and both")
    axes[1].set_title("Fall from the peak")
    axes[0].set_ylabel("times the start")
    axes[1].set_ylabel("%")
    axes[0].legend(loc="best")
    _time_axis(axes[1])
    return axes


def _time_axis(ax: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
