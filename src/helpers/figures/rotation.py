"""Figures of the rotation: clock, factors, wealth, holdings, and the benchmark nobody explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from helpers.figures.style import DIVERGING, DOWN, INK, MUTED, PALETTE, SEQUENTIAL, UP, new_axes


def plot_clock(compared: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw printed period returns against the same industries' returns from two possible closes.

    Parameters
    ----------
    compared : DataFrame
        ``printed, from_decision_close, from_next_close``, %.
    """
    ax = ax if ax is not None else new_axes(8, 4.4)
    marks = (
        ("from_decision_close", "bought at the close of the decision", PALETTE[0], "o"),
        ("from_next_close", "bought at the next close", PALETTE[1], "x"),
    )
    ends = [compared["printed"].min() - 1, compared["printed"].max() + 1]
    ax.plot(ends, ends, color=MUTED, linewidth=1, zorder=1)
    for column, label, colour, marker in marks:
        ax.scatter(compared["printed"], compared[column], color=colour, marker=marker, s=34, label=label, zorder=2)
    ax.set_title("Which close do the printed period returns start from?")
    ax.set_xlabel("printed return of the period (%)")
    ax.set_ylabel("return of the index (%)")
    ax.legend(loc="upper left")
    return ax


def plot_labelled(labelled: pd.Series, clean: pd.Timestamp, ax: Axes | None = None) -> Axes:
    """Draw the share of the money with an industry label in force, and from when on labels count as complete.

    Parameters
    ----------
    labelled : Series
        Weekly shares, fractions.
    clean : Timestamp
        First complete date.
    """
    ax = ax if ax is not None else new_axes(8, 3)
    ax.fill_between(labelled.index, 0, 100 * labelled, color=PALETTE[0], alpha=0.3, linewidth=0)
    ax.plot(100 * labelled, color=PALETTE[0])
    ax.axvline(clean, color=MUTED, linewidth=1, linestyle="--", label=f"complete since {clean:%Y-%m-%d}")
    ax.set_ylim(0, 105)
    ax.set_title("Money with a label in force")
    ax.set_ylabel("% of the money looked through")
    ax.legend(loc="lower right")
    return ax


def plot_chance(chances: Mapping[str, np.ndarray], own: float, ax: Axes | None = None) -> Axes:
    """Draw what portfolios of chance earned, one histogram each, and what the strategy did.

    Parameters
    ----------
    chances : mapping of label to ndarray
        Yearly excess of each portfolio, fractions.
    own : float
        That of the strategy.
    """
    ax = ax if ax is not None else new_axes(8, 3.6)
    values = {name: 100 * np.asarray(found) for name, found in chances.items() if len(found)}
    ends = [100 * own, *(v for found in values.values() for v in (found.min(), found.max()))]
    bins = np.linspace(min(ends), max(ends) + 1e-9, 31)
    for k, (name, found) in enumerate(values.items()):
        share = np.full(len(found), 100 / len(found))
        ax.hist(found, bins, weights=share, histtype="stepfilled", color=PALETTE[k], alpha=0.35, label=name)
        ax.hist(found, bins, weights=share, histtype="step", color=PALETTE[k], linewidth=1.4)
    ax.axvline(100 * own, color=INK, linewidth=1.6, label="the strategy")
    ax.set_title("Excess a year before costs, by chance and in fact")
    ax.set_xlabel("% a year")
    ax.set_ylabel("% of the portfolios")
    ax.legend()
    return ax


def plot_correlations(ours: pd.DataFrame, printed: pd.DataFrame, labels: Mapping[str, str]) -> np.ndarray:
    """Draw two correlation matrices (-1 to 1) beside each other; a factor that is not there stays empty.

    Parameters
    ----------
    ours, printed : DataFrame
        Factors × factors, fractions; the names of ``printed`` are drawn.
    labels : mapping of str to str
        What each factor is called.

    Returns
    -------
    ndarray
        Two axes.
    """
    axes = new_axes(8.6, 4.4, ncols=2, sharey=True)
    names = list(printed.columns)
    for ax, (title, matrix) in zip(axes, (("Computed", ours), ("Printed", printed)), strict=True):
        values = matrix.reindex(index=names, columns=names).to_numpy(dtype=float)
        ax.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1)
        for i, j in np.ndindex(values.shape):
            if not np.isfinite(values[i, j]):
                ax.text(j, i, "–", ha="center", va="center", color=MUTED)  # seen on a light and on a dark page
                continue
            colour = "white" if abs(values[i, j]) > 0.6 else INK
            ax.text(j, i, f"{100 * values[i, j]:.0f}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(names)), [labels[n] for n in names], rotation=35, ha="right")
        ax.set_yticks(range(len(names)), [labels[n] for n in names])
        ax.grid(False)
        ax.set_title(f"{title} correlation (%)")
    return axes


def plot_decay(decay: Mapping[str, pd.DataFrame], ax: Axes | None = None) -> Axes:
    """Draw the mean rank IC by weeks after the decision, with two standard errors.

    Parameters
    ----------
    decay : mapping of factor label to DataFrame
        As from `helpers.factors.evaluation.ic_decay`.
    """
    ax = ax if ax is not None else new_axes(8, 4)
    width = 0.8 / len(decay)
    for k, (name, table) in enumerate(decay.items()):
        at = table.index.to_numpy(dtype=float) + (k - (len(decay) - 1) / 2) * width
        ax.bar(at, table["mean"], width * 0.9, color=PALETTE[k], label=name)
        ax.errorbar(at, table["mean"], 2 * (table["mean"] / table["t"]).abs(), fmt="none", ecolor=INK, elinewidth=0.8)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_title("Rank correlation with the return of the 1st, 2nd, … week after the decision")
    ax.set_xlabel("week after the decision (that week alone)")
    ax.set_ylabel("mean rank IC, ± 2 s.e.")
    ax.legend(ncols=2)
    return ax


def plot_wealth(returns: Mapping[str, pd.Series], benchmark: pd.Series) -> np.ndarray:
    """Draw wealth of each strategy and of the benchmark, and below it wealth relative to the benchmark.

    Parameters
    ----------
    returns : mapping of str to Series
        Daily simple returns by strategy.
    benchmark : Series
        Daily simple returns.

    Returns
    -------
    ndarray
        Two axes, one above the other.
    """
    axes = new_axes(8, 5.6, nrows=2, sharex=True, height_ratios=(3, 2))
    base = (1 + benchmark).cumprod()
    for k, (name, series) in enumerate(returns.items()):
        wealth = (1 + series).cumprod()
        axes[0].plot(wealth, color=PALETTE[k], label=name)
        axes[1].plot(wealth / base.reindex(wealth.index), color=PALETTE[k], label=name)
    axes[0].plot(base, color=MUTED, label="all industries equally")
    axes[1].axhline(1, color=MUTED, linewidth=1)
    axes[0].set_title("Wealth from 1")
    axes[1].set_title("Wealth divided by the benchmark's")
    axes[0].set_ylabel("times the start")
    axes[1].set_ylabel("ratio")
    axes[0].legend(loc="upper left")
    return axes


def plot_years(tables: Mapping[str, pd.Series], unit: str = "%", title: str = "", ax: Axes | None = None) -> Axes:
    """Draw one bar a year for each named series, side by side.

    Parameters
    ----------
    tables : mapping of str to Series
        By series: value by year, in ``unit``.
    unit, title : str
        Of the axis and of the figure.
    """
    ax = ax if ax is not None else new_axes(8, 3.8)
    frame = pd.DataFrame(tables)
    width = 0.8 / frame.shape[1]
    for k, name in enumerate(frame):
        at = np.arange(len(frame)) + (k - (frame.shape[1] - 1) / 2) * width
        ax.bar(at, frame[name], width * 0.9, color=PALETTE[k], label=name)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_xticks(range(len(frame)), frame.index)
    ax.set_title(title)
    ax.set_ylabel(unit)
    ax.legend(ncols=min(3, frame.shape[1]))
    return ax


def plot_monthly_excess(excess: pd.Series, ax: Axes | None = None) -> Axes:
    """Draw the monthly excess, red above zero and green below.

    Parameters
    ----------
    excess : Series
        By month (periods), fractions.
    """
    ax = ax if ax is not None else new_axes(8, 3.4)
    dates = excess.index.to_timestamp()
    ax.bar(dates, 100 * excess, width=25, color=np.where(excess > 0, UP, DOWN))
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_title("Monthly excess over the benchmark")
    ax.set_ylabel("%")
    return ax


def plot_sector_mix(mix: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the average share of each sector in each half-year; `mix` is dates x sectors.

    Parameters
    ----------
    mix : DataFrame
        Dates × sectors, fractions of wealth.
    """
    ax = ax if ax is not None else new_axes(8, 4.2)
    half = mix.index.year.astype(str) + np.where(mix.index.month <= 6, " H1", " H2")
    mean = 100 * mix.groupby(half).mean()
    bottom = np.zeros(len(mean))
    for colour, name in zip([*PALETTE[:6], MUTED], mean, strict=False):
        ax.bar(range(len(mean)), mean[name], 0.85, bottom=bottom, color=colour, label=name)
        bottom += mean[name].to_numpy()
    ax.set_ylim(0, 100)
    step = max(1, len(mean) // 14 + 1)
    ax.set_xticks(range(0, len(mean), step), mean.index[::step], rotation=30, ha="right")
    ax.set_title("What the portfolio leaned on, by half-year")
    ax.set_ylabel("average share of wealth (%)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3)
    return ax


def plot_held(weights: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw which industries were held in the last decisions: industries down, decisions across.

    Parameters
    ----------
    weights : DataFrame
        Decisions × industries; above 0 where held.
    """
    held = weights.loc[:, (weights > 0).any()].T
    held = held.loc[(held > 0).sum(axis=1).sort_values(ascending=False, kind="stable").index]
    ax = ax if ax is not None else new_axes(8, 1.4 + 0.24 * len(held))
    ax.imshow((held > 0).to_numpy(dtype=float), cmap=SEQUENTIAL, vmin=0, vmax=1.4, aspect="auto")
    step = max(1, held.shape[1] // 8)
    ax.set_xticks(
        range(0, held.shape[1], step), [f"{d:%Y-%m-%d}" for d in held.columns[::step]], rotation=30, ha="right"
    )
    ax.set_yticks(range(len(held)), held.index)
    ax.grid(False)
    ax.set_title("Industries held, most frequent first")
    ax.set_xlabel("decided after the close of")
    return ax


def plot_win_rates(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of holding periods in which each industry beat the average, with a 95 % band of a fair coin.

    Parameters
    ----------
    table : DataFrame
        Industries x ``periods, win_rate``.
    """
    table = table[table["periods"] > 0].sort_values("win_rate", kind="stable")
    ax = ax if ax is not None else new_axes(8, 1.2 + 0.22 * len(table))
    at = np.arange(len(table))
    half = 196 * np.sqrt(0.25 / table["periods"])
    ax.barh(
        at,
        np.minimum(2 * half, 100),
        left=np.maximum(50 - half, 0),
        color="#E3E6EA",
        height=0.9,
        label="95 % of a fair coin",
    )
    ax.scatter(100 * table["win_rate"], at, color=PALETTE[0], s=26, zorder=3, label="win rate")
    ax.axvline(50, color=MUTED, linewidth=1)
    ax.set_yticks(at, [f"{name} ({n})" for name, n in table["periods"].items()])
    ax.set_xlim(0, 100)
    ax.grid(False, axis="y")
    ax.set_title("How often a held industry beat the average (periods held)")
    ax.set_xlabel("share of its holding periods (%)")
    ax.set_ylim(-0.8, len(table) - 0.2)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.35 / ax.figure.get_figheight() - 0.04), ncols=2)
    return ax


def plot_gaps(gaps: pd.DataFrame, ax: Axes | None = None, top: int = 24) -> Axes:
    """Draw candidate less printed benchmark, candidates x years, in percentage points; at most the first ``top``.

    Parameters
    ----------
    gaps : DataFrame
        Candidates × years, percentage points; other columns are ignored.
    top : int
        Candidates drawn, the first ones.
    """
    count = f", first {top} of {len(gaps)}" if len(gaps) > top else ""
    gaps = gaps.head(top)
    years = [c for c in gaps.columns if isinstance(c, (int, np.integer))]
    values = gaps[years].to_numpy(dtype=float)
    ax = ax if ax is not None else new_axes(8.4, 1.4 + 0.3 * len(gaps))
    ax.imshow(values, cmap=DIVERGING, vmin=-12, vmax=12, aspect="auto")
    for i, j in np.ndindex(values.shape):
        if np.isfinite(values[i, j]):
            ax.text(
                j, i, f"{values[i, j]:+.1f}", ha="center", va="center", color="white" if abs(values[i, j]) > 7 else INK
            )
    ax.set_xticks(range(len(years)), years)
    ax.set_yticks(range(len(gaps)), gaps.index)
    ax.grid(False)
    ax.set_title(f"Candidate less printed benchmark (pp){count}")
    return ax


def plot_map(table: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw a map of one statistic over two parameters (index down, columns across), in the unit of the title.

    Parameters
    ----------
    table : DataFrame
        In the unit the title names; the names of index and columns become labels.
    title : str
        Of the figure.
    """
    values = table.to_numpy(dtype=float)
    ax = ax if ax is not None else new_axes(8, 1.6 + 0.34 * len(table))
    limit = np.nanmax(np.abs(values)) or 1.0
    ax.imshow(values, cmap=DIVERGING, vmin=-limit, vmax=limit, aspect="auto")
    for i, j in np.ndindex(values.shape):
        dark = abs(values[i, j]) > 0.65 * limit
        ax.text(j, i, f"{values[i, j]:+.1f}", ha="center", va="center", color="white" if dark else INK)
    ax.set_xticks(range(table.shape[1]), table.columns)
    ax.set_yticks(range(len(table)), table.index)
    ax.set_xlabel(table.columns.name or "")
    ax.set_ylabel(table.index.name or "")
    ax.grid(False)
    ax.set_title(title)
    return ax
