"""Figures of the taxonomy chapter: who beat the market by year, whether ranks last, classes and their supply."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from helpers.figures import DIVERGING, DOWN, INK, MUTED, PALETTE, SEQUENTIAL, UP, new_axes
from helpers.figures.dark import KEEP

__all__ = [
    "plot_class_shares",
    "plot_counts",
    "plot_period_ranking",
    "plot_persistence",
    "plot_share_beating",
    "plot_transitions",
    "plot_year_ranking",
]

_CONTRAST = 0.62
_EXTREME = 0.30


def plot_year_ranking(returns: pd.DataFrame, yardstick: pd.Series, marked: list[str], ax: Axes | None = None) -> Axes:
    """Draw each year's ranking as a column of coloured names, best on top.

    Rebuilds S001 Table 1.

    Parameters
    ----------
    returns : DataFrame
        Index: years; columns: industries and benchmarks; fractions.
    yardstick : Series
        Index: years; the return that colours are measured from. Missing: zero.
    marked : list of str
        Columns that are benchmarks, framed.
    ax : Axes, optional
        Where to draw.
    """
    years, depth = list(returns.index), returns.shape[1]
    ax = ax or new_axes(max(4.0, 1.12 * len(years) + 0.4), 0.255 * depth + 0.7)
    ax.set_title("Industries ranked by yearly return (%)")
    excess = returns.sub(yardstick.reindex(years).fillna(0.0), axis=0)
    norm = TwoSlopeNorm(0, -_EXTREME, _EXTREME)
    paint = np.full((depth, len(years)), np.nan)
    for x, year in enumerate(years):
        ranked = returns.loc[year].dropna().sort_values(ascending=False, kind="stable")
        paint[: len(ranked), x] = excess.loc[year, ranked.index]
    ax.pcolormesh(paint, cmap=DIVERGING, norm=norm, edgecolor="white", linewidth=0.8)
    for x, year in enumerate(years):
        ranked = returns.loc[year].dropna().sort_values(ascending=False, kind="stable")
        for y, (name, value) in enumerate(ranked.items()):
            colour = _ink_on(norm(paint[y, x]))
            ax.text(x + 0.05, y + 0.52, name, va="center", fontsize=8, color=colour)
            ax.text(x + 0.95, y + 0.52, f"{value * 100:.1f}", va="center", ha="right", fontsize=8, color=colour)
            if name in marked:
                frame = {"fill": False, "edgecolor": INK, "linewidth": 1.4, "gid": KEEP}
                ax.add_patch(Rectangle((x + 0.015, y + 0.06), 0.97, 0.88, **frame))
    return _as_table(ax, years, [f"{i}" if i == 1 or i % 5 == 0 else "" for i in range(1, depth + 1)], "rank")


def plot_share_beating(
    shares: pd.DataFrame, printed: pd.DataFrame | None = None, average: pd.Series | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of industries that beat each benchmark, by year, with printed values as rings.

    Rebuilds S001 Fig. 2.

    Parameters
    ----------
    shares : DataFrame
        Index: years; one column per benchmark; fractions.
    printed : DataFrame, optional
        The same from the printed table.
    average : Series, optional
        Average share per benchmark, drawn as a dashed line.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8.5, 3.8)
    ax.set_title("Share of industries that beat the market")
    place, width = np.arange(len(shares)), 0.8 / max(shares.shape[1], 1)
    for i, name in enumerate(shares):
        x, colour = place - 0.4 + width * (i + 0.5), PALETTE[[0, 4][i % 2]]
        ax.bar(x, shares[name], width * 0.92, color=colour, label=f"beat {name}")
        if printed is not None and name in printed:
            rings = printed[name].reindex(shares.index)
            ax.plot(
                x, rings, "o", mfc="none", mec=INK, ms=7, mew=1.3, label="from the printed table" if i == 0 else None
            )
        if average is not None and name in average:
            ax.axhline(average[name], color=colour, linestyle="--", linewidth=1.2)
    ax.axhline(0.5, color=MUTED, linewidth=0.8)
    ax.set_xticks(place, shares.index)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_ylabel("share of industries")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", ncols=3, frameon=False)
    return ax


def plot_period_ranking(returns: pd.Series, lines: dict[str, float], ax: Axes | None = None) -> Axes:
    """Draw one period's industry returns as sorted bars with benchmark lines.

    Rebuilds S001 Fig. 1.

    Parameters
    ----------
    returns : Series
        One value per industry, fractions.
    lines : dict
        Label to benchmark return.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8.5, 3.8)
    ax.set_title("Industries ranked by return in the period")
    ranked = returns.dropna().sort_values(ascending=False)
    ax.bar(range(len(ranked)), ranked, color=np.where(ranked >= 0, UP, DOWN), width=0.75)
    ordered = sorted(lines.items(), key=lambda line: -line[1])  # the higher line is labelled above, the lower below
    for i, (label, value) in enumerate(ordered):
        ax.axhline(value, color=[INK, PALETTE[0]][i % 2], linewidth=1.3, linestyle=["-", "--"][i % 2])
        ax.annotate(
            f"{label} {value:.1%}",
            (len(ranked) - 0.4, value),
            (0, 3 if i == 0 else -3),
            textcoords="offset points",
            ha="right",
            va="bottom" if i == 0 else "top",
            fontsize=9,
        )
    ax.set_xticks(range(len(ranked)), ranked.index, rotation=90, fontsize=8)
    ax.set_xlim(-0.6, len(ranked) - 0.4)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_ylabel("return in the period")
    ax.grid(axis="x", visible=False)
    return ax


def plot_persistence(persistence: pd.DataFrame, level: float = 0.05, ax: Axes | None = None) -> Axes:
    """Draw the rank correlation of each year with the year before; solid where it differs from zero.

    Parameters
    ----------
    persistence : DataFrame
        As `helpers.industry_years.rank_persistence` returns.
    level : float
        Significance level of the solid bars.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8.5, 3.0)
    ax.set_title("Does a year's ranking return a year later?")
    solid = persistence["p_value"] < level
    faces = [(UP if rho >= 0 else DOWN) if s else "none" for rho, s in zip(persistence["rho"], solid, strict=True)]
    edges = [UP if rho >= 0 else DOWN for rho in persistence["rho"]]
    place = range(len(persistence))
    ax.bar(place, persistence["rho"], color=faces, edgecolor=edges, linewidth=1.4, width=0.66)
    ax.axhline(0, color=INK, linewidth=0.8)
    if len(persistence):
        ax.axhline(persistence["rho"].mean(), color=PALETTE[0], linestyle="--", linewidth=1.2, label="average")
        ax.legend(loc="lower right", frameon=False)
    ax.set_xticks(place, [f"{y - 1}\n→{y}" for y in persistence.index], fontsize=8)
    ax.set_ylim(-1, 1)
    ax.set_ylabel("rank correlation")
    ax.grid(axis="x", visible=False)
    return ax


def plot_transitions(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw where each group of industries stands a year later, as shares.

    Parameters
    ----------
    table : DataFrame
        As `helpers.industry_years.group_transitions` returns.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(4.6, 3.8)
    ax.set_title("Where each fifth of the industries stands a year later")
    even = 1 / len(table)
    norm = TwoSlopeNorm(even, 0, 2 * even)
    ax.pcolormesh(table.to_numpy(), cmap=DIVERGING, norm=norm, edgecolor="white", linewidth=1.2)
    for (y, x), value in np.ndenumerate(table.to_numpy()):
        colour = _ink_on(float(norm(value)))
        ax.text(x + 0.5, y + 0.52, f"{value:.0%}", ha="center", va="center", fontsize=9, color=colour)
    labels = [str(g) for g in table.index]
    labels[0], labels[-1] = f"{labels[0]}\nbest", f"{labels[-1]}\nworst"
    _as_table(ax, labels, labels, "group in a year")
    ax.set_xlabel("group a year later")
    return ax


def plot_class_shares(table: pd.DataFrame, groups: pd.Series, ax: Axes | None = None) -> Axes:
    """Draw the share of each class as a bar, with the printed share as a ring.

    Rebuilds S001 Table 3.

    Parameters
    ----------
    table : DataFrame
        Index: classes; columns ``share`` and ``printed`` (fractions) and ``count``.
    groups : Series
        Macro class of each class, which gives the colour.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8.5, 0.34 * len(table) + 0.9)
    ax.set_title("Share of indices by class, computed and printed", pad=44)
    macro = list(dict.fromkeys(groups))
    seen = set()
    for y, (name, row) in enumerate(table.iterrows()):
        kind = groups[name]
        label = kind if kind not in seen else None
        seen.add(kind)
        ax.barh(y, row["share"], color=PALETTE[macro.index(kind)], height=0.66, label=label)
        end = max(row["share"], row["printed"])
        ax.text(end + 0.006, y, f"{row['count']:.0f}", va="center", fontsize=8.5)
    ax.plot(table["printed"], range(len(table)), "o", mfc="none", mec=INK, ms=8, mew=1.4, label="printed", linestyle="")
    ax.set_yticks(range(len(table)), [str(n).removesuffix("ETF") for n in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, max(table["share"].max(), table["printed"].max()) * 1.18)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_xlabel("share of all indices (number: indices in this run)")
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.42, 1.0), ncols=3, frameon=False)
    return ax


def plot_counts(table: pd.DataFrame, xlabel: str = "", ax: Axes | None = None) -> Axes:
    """Draw a table of counts as shaded cells with the number in each.

    Parameters
    ----------
    table : DataFrame
        Counts; shade is relative to the largest cell of each column, so that a busy year does not drown the others.
    xlabel : str
        What the columns are.
    ax : Axes, optional
        Where to draw.
    """
    values = table.to_numpy(float)
    ax = ax or new_axes(min(9.0, 1.9 + 0.5 * table.shape[1]), 0.33 * table.shape[0] + 0.8)
    ax.set_title("Counts by class")
    top = values.max(axis=0)
    shade = np.sqrt(values / np.where(top > 0, top, 1))
    ax.pcolormesh(shade, cmap=SEQUENTIAL, vmin=0, vmax=1, edgecolor="white", linewidth=1.0)
    for (y, x), value in np.ndenumerate(values):
        if value:
            colour = "white" if shade[y, x] > _CONTRAST else INK
            ax.text(x + 0.5, y + 0.52, f"{value:.0f}", ha="center", va="center", fontsize=8.5, color=colour)
    _as_table(ax, list(table.columns), [str(n).removesuffix("ETF") for n in table.index], "")
    ax.set_xlabel(xlabel)
    return ax


def _ink_on(position: float) -> str:
    """White on the dark ends of the diverging colours, ink on the pale middle."""
    return "white" if abs(position - 0.5) > 0.25 else INK


def _as_table(ax: Axes, columns: list, rows: list, ylabel: str) -> Axes:
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
    ax.invert_yaxis()
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.set_ylabel(ylabel)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax
