"""Figures of active funds against ETFs: weights, errors, divergence, sides and issuance heat."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from helpers.figures.style import DIVERGING, DOWN, INK, MUTED, PALETTE, UP, new_axes

SOURCES = {"report": "reported", "simulated": "simulated from returns", "carried": "last report carried on"}


HOLE, QUARTER = 45, 100  # days between two months, or quarters, beyond which no line is drawn


def plot_active_weights(weights: pd.DataFrame, source: pd.Series, top: int = 6, ax: Axes | None = None) -> Axes:
    """Draw the largest industry weights of active funds, marked by where each month comes from.

    Parameters
    ----------
    weights : DataFrame
        Dates × industries, fractions.
    source : Series
        By date: report, simulated, carried or none.
    top : int
        Industries drawn, by mean weight.
    """
    ax = new_axes(8, 4.4) if ax is None else ax
    named = weights.mean().sort_values(ascending=False).index[:top]
    marks = {"report": "o", "simulated": "x", "carried": "|"}
    for begins, ends in _runs(source == "simulated"):
        ax.axvspan(begins, ends, color=MUTED, alpha=0.12, lw=0)
    for colour, name in zip(PALETTE, named, strict=False):
        line = 100 * weights[name]
        whole = _with_holes(line, HOLE)
        ax.plot(whole.index, whole, color=colour, lw=1.2, label=name)
        for kind, mark in marks.items():
            here = line[source == kind]
            ax.plot(here.index, here, mark, color=colour, ms=4)
    for kind, mark in marks.items():
        if (source == kind).any():
            ax.plot([], [], mark, color=MUTED, ms=5, label=SOURCES[kind])
    ax.set(ylabel="% of reported holdings", title="Active equity funds by industry, as known each month")
    ax.set_ylim(bottom=0)
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return _time_axis(ax)


def plot_quarter_errors(errors: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the misallocated share by quarter's end, one line a method, judged by the next report.

    Parameters
    ----------
    errors : DataFrame
        Quarters × ``carried, plain, simulated``, fractions.
    """
    ax = new_axes(8, 3.6) if ax is None else ax
    colours = {"carried": MUTED, "plain": PALETTE[1], "simulated": PALETTE[0]}
    common = errors.dropna()  # a mean is of the quarters that every method has
    names = {"carried": "last report carried on", "plain": "plain regression", "simulated": "shrunk to the last report"}
    for method, values in errors.items():
        known = 100 * values.dropna()
        label = f"{names[method]}: mean {100 * common[method].mean():.1f} %"
        whole = _with_holes(known, QUARTER)
        ax.plot(whole.index, whole, color=colours[method], marker="o", ms=3, label=label)
    ax.set(ylabel="% of weight misallocated", title="Error at each quarter's end, judged by the report that came later")
    ax.set_ylim(bottom=0)
    ax.legend()
    return _time_axis(ax)


def plot_shrink_curve(curve: pd.Series, carried: float, ax: Axes | None = None) -> Axes:
    """Draw the mean error against the pull to the last report; the dashed line keeps the report as it is.

    Parameters
    ----------
    curve : Series
        By shrinkage (> 0), fractions.
    carried : float
        Mean error of the report itself.
    """
    ax = new_axes(8, 3.2) if ax is None else ax
    ax.plot(curve.index, 100 * curve, color=PALETTE[0], marker="o", ms=4, label="simulation")
    ax.axhline(100 * carried, color=MUTED, ls="--", label="last report carried on")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter("")
    ax.set(xlabel="shrinkage λ to the last report", ylabel="% misallocated, mean")
    ax.set_title("How much the returns add to the last report")
    ax.set_ylim(bottom=0)
    ax.legend()
    return ax


def plot_divergence_map(values: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw divergence (ETF share less active share) as a heat map, industries × months, in percentage points.

    Parameters
    ----------
    values : DataFrame
        Dates × industries, fractions; industries are ordered by their mean.
    """
    table = 100 * values[values.mean().sort_values(ascending=False).index].T
    rows, columns = table.shape
    ax = new_axes(8, 0.23 * rows + 1.4) if ax is None else ax
    limit = float(np.nanquantile(table.abs(), 0.98)) or 1.0
    norm = TwoSlopeNorm(0, -limit, limit)
    image = ax.imshow(table.to_numpy(dtype=float), cmap=DIVERGING, norm=norm, aspect="auto", interpolation="nearest")
    step = max(1, columns // 12)
    ax.set_xticks(range(0, columns, step), [f"{d:%Y-%m}" for d in values.index[::step]], rotation=45)
    ax.set_yticks(range(rows), table.index)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(visible=False)
    ax.set_title("ETFs hold more (red), active funds hold more (green)")
    ax.figure.colorbar(image, ax=ax, label="percentage points", shrink=0.6, pad=0.02)
    return ax


def plot_sides(
    returns: pd.DataFrame, names: dict[object, str], turning: str | pd.Timestamp, title: str, ax: Axes | None = None
) -> Axes:
    """Draw the wealth of the two sides and of their difference, with the turning date the report names.

    Parameters
    ----------
    returns : DataFrame
        Days × groups; the first key of ``names`` is the ETF side, the second the active side, others plain.
    names : dict
        Column → label.
    turning : date
        Drawn where it lies inside.
    title : str
        Of the figure.
    """
    turning = pd.Timestamp(turning)
    ax = new_axes(8, 4.2) if ax is None else ax
    colours = [UP, DOWN, INK]
    keys = list(names)
    for colour, key in zip(colours, keys, strict=False):
        wealth = (1 + returns[key]).cumprod()
        ax.plot(wealth.index, wealth, color=colour, ls="--" if colour == INK else "-", lw=1.4, label=names[key])
    spread = (1 + returns[keys[0]] - returns[keys[1]]).cumprod()
    ax.plot(spread.index, spread, color=PALETTE[0], lw=2, label="ETF side less active side")
    if returns.index[0] < turning < returns.index[-1]:
        ax.axvline(turning, color=MUTED, ls=":", label=f"{turning:%Y-%m-%d}")
    ax.set(ylabel="wealth, start = 1", title=title)
    ax.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    return _time_axis(ax)


def plot_heat(heat: pd.Series, clip: float = 3.0, ax: Axes | None = None) -> Axes:
    """Draw issuance heat by month known, red where stock ETFs sell faster; bars beyond ``clip`` are cut.

    Parameters
    ----------
    heat : Series
        By the date from which it is known; NaN is drawn as not known.
    clip : float
        Largest bar drawn, either way.
    """
    ax = new_axes(8, 3.4) if ax is None else ax
    known = heat.dropna()
    ax.bar(known.index, known.clip(-clip, clip), width=22, color=np.where(known > 0, UP, DOWN))
    cut = known[known.abs() > clip]
    ax.plot(cut.index, clip * np.sign(cut), "^", color=INK, ms=4, label=f"beyond ±{clip:g}" if len(cut) else None)
    gaps = heat.index[heat.isna()]
    ax.plot(gaps, np.zeros(len(gaps)), "x", color=MUTED, ms=5, label="not known" if len(gaps) else None)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(ylabel="difference of monthly growth", title="Issuance heat: stock ETFs less active equity funds")
    if len(cut) or len(gaps):
        ax.legend()
    return _time_axis(ax)


def _with_holes(line: pd.Series, longest: int) -> pd.Series:
    """Put a blank between two dates that lie further apart than ``longest`` days, so that no line joins them."""
    gaps = np.diff(line.index.to_numpy()) > np.timedelta64(longest, "D")
    blanks = pd.Series(np.nan, line.index[:-1][gaps] + pd.Timedelta(days=1))
    return pd.concat([line, blanks]).sort_index()


def _runs(state: pd.Series) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last date of each stretch in which a state holds, half a month wider on both sides."""
    begun = (state != state.shift()).cumsum()
    spans = [part.index[[0, -1]] for _, part in state[state].groupby(begun[state])]
    return [(first - pd.Timedelta(days=15), last + pd.Timedelta(days=15)) for first, last in spans]


def _time_axis(ax: Axes) -> Axes:
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return ax
