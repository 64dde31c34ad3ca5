"""Figures of ETF holdings and flows: money by industry, what is covered, groups, weeks and styles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from helpers.figures.style import DIVERGING, DOWN, GRID, INK, MUTED, PALETTE, UP, new_axes

BILLION = 1e9


def plot_holdings(holdings: pd.DataFrame, top: int = 7, ax: Axes | None = None) -> Axes:
    """Stack ETF money by industry through time.

    Parameters
    ----------
    holdings : DataFrame
        Dates × industries, CNY.
    top : int
        Industries shown by name, largest at the last date first; the others are summed.
    """
    ax = new_axes(8, 4.6) if ax is None else ax
    money = holdings / BILLION
    named = list(money.iloc[-1].sort_values(ascending=False).index[:top])
    parts = [money[name] for name in named] + [money.drop(columns=named).sum(axis=1)]
    colours = [*PALETTE[:top], GRID]
    ax.stackplot(money.index, parts, labels=[*named, f"{money.shape[1] - top} others"], colors=colours, lw=0)
    ax.set(ylabel="CNY bn held", title="ETF money by industry", xlim=(money.index[0], money.index[-1]))
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return _time_axis(ax)


def plot_known(known: pd.Series, used: int, ax: Axes | None = None) -> Axes:
    """Draw how many funds a date knows, and how many of them a figure above it adds up.

    Parameters
    ----------
    known : Series
        Funds with a known size by date.
    used : int
        Funds in the sample.
    """
    ax = new_axes(8, 1.4) if ax is None else ax
    ax.fill_between(known.index, known, step="pre", color=GRID, label="funds known")
    ax.axhline(used, color=INK, lw=1.2, label=f"the same {used}")
    ax.set(yscale="log", ylabel="funds", ylim=(0.8, 2 * max(used, known.max())))
    ax.legend(loc="upper left", ncols=2)
    return _time_axis(ax)


def plot_coverage(parts: pd.DataFrame, universe: pd.Series, ax: Axes | None = None) -> Axes:
    """Show what became of the ETF money, and how much of the market it is.

    Parameters
    ----------
    parts : DataFrame
        Of :func:`helpers.lookthrough.look_through`.
    universe : Series
        Of :func:`helpers.flows.universe_coverage`, same dates.
    """
    ax = new_axes(8, 3.8) if ax is None else ax
    columns = {
        "weights": "looked through by index weights",
        "estimated": "by estimated weights",
        "unlabelled": "in stocks without an industry",
        "no_weights": "index without weights",
    }
    shares = parts[list(columns)].div(parts["total"].where(parts["total"] > 0), axis=0).clip(lower=0)
    shares = shares.loc[:, shares.max() > 1e-6]
    colours = dict(zip(columns, [PALETTE[0], PALETTE[5], PALETTE[4], GRID], strict=True))
    labels = [columns[c] for c in shares]
    ax.stackplot(shares.index, shares.T * 100, labels=labels, colors=[colours[c] for c in shares], lw=0)
    ax.plot(universe.index, universe * 100, color=INK, ls="--", label="listed stock ETFs with known units")
    ax.set(ylabel="% of known ETF money", ylim=(0, 101), xlim=(shares.index[0], shares.index[-1]))
    ax.set_title("What the look-through sees")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    return _time_axis(ax)


def plot_flow_bars(flow: pd.Series, title: str, ax: Axes | None = None) -> Axes:
    """Draw net inflow by period, CNY: inflow red, outflow green.

    Parameters
    ----------
    flow : Series
        By the end of each period, CNY.
    title : str
        Of the figure.
    """
    ax = new_axes(8, 3.6) if ax is None else ax
    values = flow / BILLION
    gap = values.index.to_series().diff().dt.days.median() if len(values) > 1 else 7
    colours = np.where(values >= 0, UP, DOWN)
    ax.bar(values.index, values, width=0.8 * gap, color=colours)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(ylabel="CNY bn, net inflow", title=title)
    return _time_axis(ax)


def plot_split(table: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw the flow a plain difference of units claims beside the flow with splits taken out.

    Parameters
    ----------
    table : DataFrame
        Dates × ``claimed, kept``, CNY; a ``kept`` that is NaN was left out.
    title : str
        Of the figure.
    """
    ax = new_axes(8, 3.6) if ax is None else ax
    place = np.arange(len(table))
    ax.bar(place - 0.2, table["claimed"] / BILLION, 0.38, color=PALETTE[1], label="units × price, splits ignored")
    ax.bar(place + 0.2, table["kept"] / BILLION, 0.38, color=PALETTE[0], label="used here")
    for x in place[table["kept"].isna().to_numpy()]:
        ax.annotate("left out", (x + 0.2, 0), ha="center", va="bottom", color=PALETTE[0], fontsize=9)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set_xticks(place, [f"{d:%m-%d}" for d in table.index])
    ax.set(ylabel="CNY bn on the day", title=title)
    ax.legend()
    return ax


def plot_estimate_errors(errors: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of weight in the wrong industry by date.

    Parameters
    ----------
    errors : DataFrame
        Dates × methods, fractions; column names become the legend.
    """
    ax = new_axes(8, 3.8) if ax is None else ax
    for colour, (name, values) in zip(PALETTE[1::-1] + PALETTE[2:], errors.items(), strict=False):
        known = values.dropna()
        ax.plot(known.index, 100 * known, color=colour, marker="o", ms=3, label=f"{name}: mean {known.mean():.1%}")
    ax.set(ylabel="% of weight misallocated", title="How wrong weights from returns are")
    ax.set_ylim(bottom=0)
    ax.legend()
    return _time_axis(ax)


def plot_group_map(groups: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw groups 1 to 5 as a heat map, industries × months, with the number in each cell.

    Parameters
    ----------
    groups : DataFrame
        Industries × months (texts or dates); NaN stays blank.
    title : str
        Of the figure.
    """
    rows, columns = groups.shape
    ax = new_axes(8, 0.24 * rows + 1.2) if ax is None else ax
    shades = ListedColormap([DIVERGING(x) for x in (0.15, 0.33, 0.5, 0.67, 0.85)])
    ax.imshow(groups.to_numpy(dtype=float), cmap=shades, norm=BoundaryNorm(np.arange(0.5, 6), 5), aspect="auto")
    for i, j in zip(*np.nonzero(groups.notna().to_numpy()), strict=True):
        value = int(groups.iat[i, j])
        ax.text(j, i, value, ha="center", va="center", fontsize=8, color="white" if value in (1, 5) else INK)
    months = [f"{c:%Y-%m}" if isinstance(c, pd.Timestamp) else str(c) for c in groups.columns]
    ax.set_xticks(range(columns), months, rotation=45 if columns > 8 else 0)
    ax.set_yticks(range(rows), groups.index)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(visible=False)
    ax.set_title(title)
    return ax


def plot_group_wealth(returns: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw what one yuan in each group became; the last column is the benchmark.

    Parameters
    ----------
    returns : DataFrame
        Days × groups and benchmark, simple returns.
    title : str
        Of the figure.
    """
    ax = new_axes(8, 4.2) if ax is None else ax
    wealth = (1 + returns).cumprod()
    n = wealth.shape[1] - 1
    for k, name in enumerate(wealth.columns[:-1]):
        place = k / max(n - 1, 1)
        colour = MUTED if abs(place - 0.5) < 0.1 else DIVERGING(0.08 + 0.84 * place)
        ax.plot(wealth.index, wealth[name], color=colour, lw=1.3, label=_group(name))
    ax.plot(wealth.index, wealth.iloc[:, -1], color=INK, ls="--", lw=1.2, label=str(wealth.columns[-1]))
    ax.set(ylabel="wealth, start = 1", title=title)
    ax.legend(ncols=2)
    return _time_axis(ax)


def plot_yearly(table: pd.DataFrame, ylabel: str, title: str, ax: Axes | None = None) -> Axes:
    """Draw bars by year, one colour a column (published beside computed).

    Parameters
    ----------
    table : DataFrame
        Years × series, %.
    ylabel, title : str
        Of the axis, with its unit, and of the figure.
    """
    ax = new_axes(8, 3.8) if ax is None else ax
    n = table.shape[1]
    place = np.arange(len(table))
    colours = [MUTED if name == "published" else PALETTE[k % len(PALETTE)] for k, name in enumerate(table)]
    for k, (name, values) in enumerate(table.items()):
        ax.bar(place + 0.8 * ((k + 0.5) / n - 0.5), values, 0.76 / n, color=colours[k], label=name)
    ax.axhline(0, color=INK, lw=0.8)
    ax.set_xticks(place, [str(y) for y in table.index])
    ax.set(ylabel=ylabel, title=title)
    ax.legend(ncols=min(n, 3))
    return ax


def plot_case(signal: pd.Series, after: pd.Series, xlabel: str, title: str, ax: Axes | None = None) -> Axes:
    """Plot one week's signal against the return that followed, by rank, naming the four extremes.

    Parameters
    ----------
    signal, after : Series
        By industry; ``after`` in %.
    xlabel, title : str
        Of the axis and of the figure.
    """
    ax = new_axes(5, 4) if ax is None else ax
    both = pd.DataFrame({"x": signal, "y": after}).dropna()
    rank = both["x"].rank(method="first")
    ax.scatter(rank, both["y"], color=np.where(both["y"] >= 0, UP, DOWN), s=22)
    ax.axhline(0, color=MUTED, lw=0.8)
    ends = {both["y"].idxmax(): 9, both["y"].idxmin(): -10, rank.idxmax(): 9, rank.idxmin(): 9}
    for industry, lift in ends.items():
        place = rank[industry] / len(rank)
        side = "left" if place < 0.2 else "right" if place > 0.8 else "center"
        at = rank[industry], both.at[industry, "y"]
        ax.annotate(industry, at, xytext=(0, lift), textcoords="offset points", ha=side, va="center", fontsize=8)
    ax.margins(y=0.13)
    ax.set(xlabel=xlabel, ylabel="return after, %", title=title)
    return ax


def plot_cases(panels: Sequence[tuple[pd.Series, pd.Series, str, str]]) -> Axes:
    """Plot several signals against what followed, two panels a row.

    Parameters
    ----------
    panels : sequence of tuple
        Arguments of :func:`plot_case`.

    Returns
    -------
    Axes
        The first panel.
    """
    rows = (len(panels) + 1) // 2
    grid = np.atleast_1d(new_axes(8, 0.4 + 3.6 * rows, nrows=rows, ncols=min(2, len(panels)))).ravel()
    for ax, panel in zip(grid, panels, strict=False):
        plot_case(*panel, ax=ax)
    for ax in grid[len(panels) :]:
        ax.set_axis_off()
    return grid[0]


def plot_industry_bars(values: pd.Series, xlabel: str, title: str, ax: Axes | None = None) -> Axes:
    """Draw one horizontal bar an industry, sorted, red above zero and green below.

    Parameters
    ----------
    values : Series
        By industry.
    xlabel, title : str
        Of the axis, with its unit, and of the figure.
    """
    ax = new_axes(8, 0.22 * len(values) + 1.2) if ax is None else ax
    values = values.sort_values()
    ax.barh(np.arange(len(values)), values, color=np.where(values >= 0, UP, DOWN))
    ax.axvline(0, color=INK, lw=0.8)
    ax.set_yticks(np.arange(len(values)), values.index)
    ax.tick_params(axis="y", labelsize=8)
    ax.set(xlabel=xlabel, title=title, ylim=(-0.7, len(values) - 0.3))
    ax.grid(axis="y", visible=False)
    return ax


def plot_cells(cells: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw computed values as bars, red above zero and green below, and printed ones as marks on them.

    Parameters
    ----------
    cells : DataFrame
        Industries × ``printed, computed``, 亿元.
    title : str
    """
    ax = new_axes(8, 0.22 * len(cells) + 1.4) if ax is None else ax
    cells = cells.sort_values("printed")
    place = np.arange(len(cells))
    ax.barh(place, cells["computed"], color=np.where(cells["computed"] >= 0, UP, DOWN), alpha=0.75, label="computed")
    ax.scatter(cells["printed"], place, marker="D", s=20, color=INK, zorder=3, label="printed")
    ax.axvline(0, color=INK, lw=0.8)
    ax.set_yticks(place, cells.index)
    ax.tick_params(axis="y", labelsize=8)
    ax.set(xlabel="net inflow, 亿元", title=title, ylim=(-0.7, len(cells) - 0.3))
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower right")
    return ax


def plot_lines(table: pd.DataFrame, ylabel: str, title: str, ax: Axes | None = None) -> Axes:
    """Draw one line a column through time, a zero line under them.

    Parameters
    ----------
    table : DataFrame
        Dates × series.
    ylabel, title : str
        Of the axis, with its unit, and of the figure.
    """
    ax = new_axes(8, 3.8) if ax is None else ax
    for colour, (name, values) in zip(PALETTE, table.items(), strict=False):
        ax.plot(values.index, values, color=colour, label=name)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set(ylabel=ylabel, title=title)
    ax.legend(ncols=2)
    return _time_axis(ax)


def _group(name: object) -> str:
    return name if isinstance(name, str) else f"group {name:.0f}"


def _time_axis(ax: Axes) -> Axes:
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    return ax
