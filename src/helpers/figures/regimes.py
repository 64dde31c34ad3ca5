"""Figures of the style regimes: filters, weights, spells, weeks side by side, hit rates and the parameter map.

State 1 (the pair's numerator in favour) is drawn in one colour and state 0 in another everywhere. Neither is a rise or
a fall of prices, so the market's red and green are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, ListedColormap
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from helpers.figures import DIVERGING, INK, MUTED, PALETTE, SEQUENTIAL, new_axes
from helpers.figures.dark import KEEP

__all__ = [
    "plot_cumulative",
    "plot_hit_rates",
    "plot_map",
    "plot_revisions",
    "plot_spell_lengths",
    "plot_spells",
    "plot_state_strips",
    "plot_trends",
    "plot_week_strip",
    "plot_weights",
]

NUMERATOR, DENOMINATOR = PALETTE[0], PALETTE[4]
_SPELL_BINS = [1, 2, 3, 5, 9, 17, 33]


def plot_trends(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw a ratio and its trends over one window.

    Parameters
    ----------
    table : DataFrame, dates x lines
        The first column is the ratio, drawn thin; the others are trends.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.6)
    ax.set_title("A trend that knows the future, and one that does not")
    for place, name in enumerate(table):
        look = {"color": MUTED, "lw": 1.0} if place == 0 else {"color": PALETTE[place - 1], "lw": 2.0}
        ax.plot(table.index, table[name], label=name, **look)
    ax.legend(loc="best")
    ax.set_ylabel("ratio of the two indices")
    return _time_axis(ax)


def plot_revisions(vintages: pd.DataFrame, final: pd.Series, ax: Axes | None = None) -> Axes:
    """
    Draw the same filter solved at several dates: what it says of one week changes as later weeks arrive.

    Parameters
    ----------
    vintages : DataFrame, dates x solution dates
        Column ``v`` is the two-sided trend known at date ``v``, empty afterwards.
    final : Series
        The trend from all data.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.6)
    ax.set_title("The two-sided trend, as it was drawn in different weeks")
    shades = SEQUENTIAL(np.linspace(0.35, 0.85, vintages.shape[1]))
    for shade, (solved, trend) in zip(shades, vintages.items(), strict=True):
        known = trend.dropna()
        ax.plot(known.index, known, color=shade, lw=1.5, label=f"solved {pd.Timestamp(solved):%Y-%m-%d}")
        ax.plot(known.index[-1:], known.iloc[-1:], "o", color=shade, ms=5)
    ax.plot(final.index, final, color=PALETTE[1], lw=2, label="solved with all the data")
    ax.legend(loc="best", ncols=2)
    ax.set_ylabel("two-sided trend")
    return _time_axis(ax)


def plot_weights(weights: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw the weights the end point puts on past observations.

    Parameters
    ----------
    weights : DataFrame, age in weeks x smoothing parameter
        One line per column.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.6)
    ax.set_title("Weight of each past week in the trend of today")
    for colour, (lamb, line) in zip(PALETTE, weights.items(), strict=False):
        ax.plot(line.index, line, color=colour, marker="o", ms=2.5, label=f"λ = {lamb:,g}")
    ax.axhline(0, color=INK, lw=0.8)
    ax.set_xlabel("age of the observation (weeks)")
    ax.set_ylabel("weight in the trend of today")
    ax.legend(loc="upper right")
    return ax


def plot_spells(signal: pd.DataFrame, sides: Sequence[str], ax: Axes | None = None) -> Axes:
    """
    Draw ratio and trend over bands shaded by the state.

    Parameters
    ----------
    signal : DataFrame
        ``ratio, trend, state`` as from ``regimes.style_signal``.
    sides : two str
        Names of the numerator and the denominator.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.6)
    ax.set_title(f"Ratio, trend and state: {sides[0]} over {sides[1]}")
    _shade(ax, signal["state"])
    ax.plot(signal.index, signal["ratio"], color=MUTED, lw=0.9)
    ax.plot(signal.index, signal["trend"], color=INK, lw=1.4)
    handles = [ax.lines[0], ax.lines[1], *_side_patches(sides)]
    ax.legend(handles, ["ratio", "one-sided trend", *_favoured(sides)], loc="best", ncols=2)
    ax.set_ylabel(f"{sides[0]} / {sides[1]}")
    ax.grid(False)
    ax.set_xlim(signal.index[0], signal.index[-1])
    return _time_axis(ax)


def plot_spell_lengths(lengths: dict[str, Sequence[int]], ax: Axes | None = None) -> Axes:
    """
    Draw how long spells last.

    Parameters
    ----------
    lengths : dict of str to sequence of int
        Spell lengths in weeks for each style.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.2)
    ax.set_title("How long a spell lasts")
    edges = [*_SPELL_BINS, np.inf]
    names = [_range_name(low, high) for low, high in zip(edges, edges[1:], strict=False)]
    width = 0.8 / max(len(lengths), 1)
    for place, (style, values) in enumerate(lengths.items()):
        counts, _ = np.histogram(list(values), bins=edges)
        at = np.arange(len(names)) + (place - (len(lengths) - 1) / 2) * width
        ax.bar_label(ax.bar(at, counts, width * 0.94, color=PALETTE[place], label=style), fontsize=8, color=INK)
    ax.set_xticks(range(len(names)), names)
    ax.set_xlabel("length of the spell (weeks)")
    ax.set_ylabel("number of spells")
    ax.grid(False, axis="x")
    ax.legend()
    return ax


def plot_week_strip(weeks: pd.DataFrame, sides: Sequence[str], ax: Axes | None = None) -> Axes:
    """
    Draw states week by week, one row per line of the table, and mark where a computed one misses the printed one.

    Parameters
    ----------
    weeks : DataFrame, weeks x rows
        Values 1 / 0 / NaN. A column named ``"X, computed"`` is compared with ``"X, published"``.
    sides : two str
        Names of the numerator and the denominator.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 0.9 + 0.34 * weeks.shape[1])
    ax.set_title(f"Printed and computed weeks: {sides[0]} or {sides[1]}")
    _tiles(ax, weeks)
    for row, name in enumerate(weeks):
        printed = name.replace(", computed", ", published")
        if printed != name and printed in weeks:
            missed = weeks[name].notna() & weeks[printed].notna() & (weeks[name] != weeks[printed])
            ax.plot(np.flatnonzero(missed), np.full(missed.sum(), row), "x", color=INK, ms=7, mew=2)
    ax.set_xticks(range(len(weeks)), [f"{day:%m-%d}" for day in weeks.index], rotation=90, fontsize=8)
    _side_legend(ax, sides)
    return ax


def plot_state_strips(states: pd.DataFrame, sides: Sequence[str], ax: Axes | None = None) -> Axes:
    """
    Draw the states of several rules through time.

    Parameters
    ----------
    states : DataFrame, dates x rules
        Values 1 / 0 / NaN.
    sides : two str
        Names of the numerator and the denominator.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 0.9 + 0.34 * states.shape[1])
    ax.set_title(f"The state by rule: {sides[0]} or {sides[1]}")
    _tiles(ax, states, gaps=False)
    first_of_year = np.flatnonzero(np.diff(states.index.year, prepend=states.index.year[0] - 1))
    ax.set_xticks(first_of_year, states.index.year[first_of_year])
    _side_legend(ax, sides)
    return ax


def plot_hit_rates(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw hit rates with their confidence bands, and where given the range chance alone produces.

    Parameters
    ----------
    table : DataFrame, one row per line of the figure
        ``rate, low, high`` as fractions; optional ``chance_low, chance_high``.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 0.9 + 0.36 * len(table))
    ax.set_title("Share of weeks called right, with its band")
    at = np.arange(len(table))
    if "chance_low" in table:
        span = table["chance_high"] - table["chance_low"]
        ax.barh(at, span, left=table["chance_low"], height=0.62, color=MUTED, alpha=0.3, label="shuffled weeks")
    reach = np.vstack([table["rate"] - table["low"], table["high"] - table["rate"]])
    ax.errorbar(table["rate"], at, xerr=reach, fmt="o", color=NUMERATOR, ms=6, capsize=3, label="hit rate, 95 % band")
    ax.use_sticky_edges = False
    ax.axvline(0.5, color=INK, lw=0.9, ls="--")
    ax.set_yticks(at, table.index)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("weeks called right")
    ax.grid(False, axis="y")
    ax.get_figure().legend(loc="outside lower right", ncols=2)
    return ax


def plot_map(
    grid: pd.DataFrame, label: str, ax: Axes | None = None, centre: float | None = None, marked: float | None = None
) -> Axes:
    """
    Draw a value over smoothing parameters and first dates.

    Parameters
    ----------
    grid : DataFrame, first dates x smoothing parameters
        NaN cells stay empty.
    label : str
        What the colour means.
    ax : Axes, optional
        Where to draw.
    centre : float, optional
        Value that means nothing, such as one half for a hit rate: drawn pale, with the scale in percent.
    marked : float, optional
        Smoothing parameter of the run, marked by a line.
    """
    ax = ax or new_axes(8, 1.6 + 0.24 * len(grid))
    ax.set_title(f"By λ and first day: {label}")
    lambdas = grid.columns.to_numpy(dtype=float)
    colours = {"cmap": SEQUENTIAL} if centre is None else {"cmap": DIVERGING, "norm": CenteredNorm(centre)}
    image = ax.imshow(grid.to_numpy(dtype=float), aspect="auto", interpolation="nearest", **colours)
    if marked is not None:
        place = np.interp(np.log(marked), np.log(lambdas), np.arange(len(lambdas)))
        ax.axvline(place, color=PALETTE[4] if centre is None else INK, lw=1.6, ls="--", gid=KEEP)
    decades = 10.0 ** np.arange(np.ceil(np.log10(lambdas[0]) - 1e-9), np.log10(lambdas[-1]) + 1e-9)
    ax.set_xticks(np.interp(np.log(decades), np.log(lambdas), np.arange(len(lambdas))), [f"{d:,.0f}" for d in decades])
    ax.set_yticks(range(len(grid)), [f"{day:%Y-%m-%d}" for day in grid.index], fontsize=8)
    ax.set_xlabel("smoothing parameter λ")
    ax.set_ylabel("first day of the data")
    ax.grid(False)
    scale = ax.get_figure().colorbar(image, ax=ax, label=label, pad=0.02)
    if centre is not None:
        scale.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return ax


def plot_cumulative(returns: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw sums of returns over time.

    Parameters
    ----------
    returns : DataFrame, dates x lines
        Fractions per period.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.2)
    ax.set_title("Weekly long-short returns added up, before costs")
    for colour, (name, line) in zip(PALETTE, returns.items(), strict=False):
        ax.plot(line.index, line.cumsum(), color=colour, label=name)
    ax.axhline(0, color=INK, lw=0.8)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("sum of weekly returns")
    ax.legend(loc="best")
    return _time_axis(ax)


def _time_axis(ax: Axes) -> Axes:
    """Label a date axis briefly."""
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return ax


def _shade(ax: Axes, state: pd.Series) -> None:
    """Shade each stretch from the date its state is known to the date the next one is."""
    begins = state[state.ne(state.shift())]
    ends = [*begins.index[1:], state.index[-1]]
    for (begin, value), end in zip(begins.items(), ends, strict=True):
        if value in (0, 1):
            ax.axvspan(begin, end, color=NUMERATOR if value == 1 else DENOMINATOR, alpha=0.22, lw=0)


def _tiles(ax: Axes, table: pd.DataFrame, gaps: bool = True) -> None:
    """Draw 1 / 0 / NaN as tiles, one row per column of the table."""
    tiles = ListedColormap([DENOMINATOR, NUMERATOR])
    ax.imshow(table.to_numpy(dtype=float).T, cmap=tiles, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    if gaps:
        ax.set_xticks(np.arange(len(table) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(table.shape[1] + 1) - 0.5, minor=True)
    ax.grid(False)
    ax.grid(True, which="minor", color="white", lw=2)
    ax.tick_params(which="minor", length=0)
    ax.set_yticks(range(table.shape[1]), table.columns)


def _favoured(sides: Sequence[str]) -> list[str]:
    return [f"{side} in favour" for side in sides]


def _side_patches(sides: Sequence[str]) -> list[Patch]:
    return [Patch(color=colour, alpha=0.35) for colour, _ in zip((NUMERATOR, DENOMINATOR), sides, strict=True)]


def _side_legend(ax: Axes, sides: Sequence[str]) -> None:
    """Put the meaning of the two colours under the axes, where it covers no tile."""
    patches = [Patch(color=colour) for colour, _ in zip((NUMERATOR, DENOMINATOR), sides, strict=True)]
    ax.get_figure().legend(patches, list(sides), loc="outside lower right", ncols=2)


def _range_name(low: float, high: float) -> str:
    if np.isinf(high):
        return f"{low}+"
    return str(low) if high - low == 1 else f"{low}–{high - 1:.0f}"
