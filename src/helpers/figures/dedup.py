"""Figures of one ETF per index: steps, crowding, noise of thin funds, agreement of keys and data, survivors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from helpers.figures import INK, MUTED, PALETTE, SEQUENTIAL, new_axes

__all__ = ["plot_crowding", "plot_keys_against_data", "plot_noise", "plot_steps", "plot_survivors"]


def plot_steps(steps: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw the funds left after each step, and in pale what the step removed.

    Parameters
    ----------
    steps : DataFrame
        ``rule, before, dropped, left`` in order, as in :class:`helpers.dedup.DedupResult`.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 0.9 + 0.5 * (len(steps) + 1))
    names = ["all funds in the list", *steps["rule"]]
    left = [steps["before"].iloc[0] if len(steps) else 0, *steps["left"]]
    lost = [0, *steps["dropped"]]
    y = np.arange(len(names))
    ax.barh(y, left, color=PALETTE[0], height=0.62)
    ax.barh(y, lost, left=left, color=PALETTE[0], alpha=0.22, height=0.62)
    for place, (kept, gone) in enumerate(zip(left, lost, strict=True)):
        text = f"{kept:,}" if not gone else f"{kept:,}  (−{gone:,})"
        ax.text(kept + gone + 0.01 * max(left), place, text, va="center", fontsize=9)
    ax.set_yticks(y, names)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="funds left (pale: removed by the step)", xlim=(0, max(left) * 1.18))
    ax.set_title("From all funds to one per index")
    return ax


def plot_crowding(crowd: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """
    Draw how many funds track each of the most crowded indices, split into liquid and thin ones.

    Parameters
    ----------
    crowd : DataFrame
        ``index`` (text), ``liquid`` and ``thin`` (numbers of funds), most crowded first.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 0.8 + 0.27 * len(crowd))
    y = np.arange(len(crowd))
    ax.barh(y, crowd["liquid"], color=PALETTE[0], height=0.7, label="passes the turnover filter")
    ax.barh(y, crowd["thin"], left=crowd["liquid"], color=PALETTE[0], alpha=0.25, height=0.7, label="does not")
    ax.set_yticks(y, crowd["index"])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower right")
    ax.set_xlabel("funds tracking the index")
    ax.set_title("The most crowded indices")
    return ax


def plot_noise(noise: pd.DataFrame, near: float, used: float | None = None, ax: Axes | None = None) -> Axes:
    """
    Draw how alike two funds on one index are, by the turnover of the thinner one.

    Parameters
    ----------
    noise : DataFrame
        From :func:`helpers.dedup.checks.noise_by_turnover`.
    near : float
        The level asked for.
    used : float, optional
        The filter of the run, CNY a day, marked at the class it begins.
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.8)
    x = np.arange(len(noise))
    good = (noise["median"] >= near).to_numpy()
    colours = np.where(good, PALETTE[0], MUTED)
    ax.vlines(x, noise["q25"], noise["q75"], color=colours, lw=7, alpha=0.45)
    ax.scatter(x, noise["median"], color=colours, s=46, zorder=3)
    ax.axhline(near, color=PALETTE[1], lw=1.2, ls="--")
    ax.text(len(noise) - 0.55, near, f"{near:g}", color=PALETTE[1], va="bottom", ha="right", fontsize=9)
    begins = np.flatnonzero(noise["low"].to_numpy() == used)
    if used and len(begins):
        ax.axvline(begins[0] - 0.5, color=INK, lw=1)
        ax.text(begins[0] - 0.42, noise["q25"].min(), "kept by this run →", va="bottom", fontsize=9)
    labels = [_class(low, high) for low, high in zip(noise["low"], noise["high"], strict=True)]
    ax.set_xticks(x, [f"{t}\n{n:,} pairs" for t, n in zip(labels, noise["pairs"], strict=True)], fontsize=8)
    ax.set(ylabel="correlation of daily returns", xlabel="turnover of the thinner fund, million CNY a day")
    ax.set_title("Two funds on one index: how alike, by turnover")
    ax.grid(axis="x", visible=False)
    return ax


def _class(low: float, high: float) -> str:
    if not np.isfinite(high):
        return f"{low / 1e6:g} up"
    return f"under {high / 1e6:g}" if low == 0 else f"{low / 1e6:g}-{high / 1e6:g}"


def plot_keys_against_data(same: pd.Series, other: pd.Series, threshold: float, ax: Axes | None = None) -> Axes:
    """
    Draw two distributions: correlations of pairs that share a key, and of each fund with its nearest other index.

    Parameters
    ----------
    same, other : Series
        Correlations.
    threshold : float
        The level that says "the same index".
    ax : Axes, optional
        Where to draw.
    """
    ax = ax or new_axes(8, 3.6)
    bins = np.linspace(0.7, 1.0, 61)
    for values, colour, label in (
        (same, PALETTE[0], "two funds with one key"),
        (other, PALETTE[4], "nearest other key"),
    ):
        weights = np.full(len(values), 1.0 / max(len(values), 1))
        ax.hist(np.clip(values, 0.7, 1.0), bins, weights=weights, color=colour, alpha=0.55, label=label)
    ax.axvline(threshold, color=PALETTE[1], lw=1.2, ls="--")
    ax.text(threshold - 0.002, ax.get_ylim()[1] * 0.97, f"{threshold:g}", color=PALETTE[1], ha="right", va="top")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.legend(loc="upper left")
    ax.set(xlabel="correlation of daily returns (the leftmost bar holds all below)", ylabel="share of pairs")
    ax.set_title("Do the keys agree with the returns?")
    return ax


def plot_survivors(table: pd.DataFrame, ax: Axes | None = None) -> np.ndarray | Axes:
    """Draw, for each rule of who stays, the turnover, the fee and how many indices get another fund.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.dedup.choices.compare_survivors`.
    ax : ndarray of Axes, optional
        Three axes in a row.

    Returns
    -------
    ndarray or Axes
        The three axes drawn on.
    """
    axes = new_axes(8.5, 2.9, ncols=3, sharey=True) if ax is None else ax
    panels = (
        ("turnover", 1e-6, "median turnover, million CNY a day"),
        ("fee", 100.0, "mean management fee, % a year"),
    )
    panels += (("differ", 1.0, "indices with another fund than\nunder 'earliest'"),)
    y = np.arange(len(table))
    shades = SEQUENTIAL(np.linspace(0.45, 0.8, len(table)))
    for axis, (column, scale, label) in zip(axes, panels, strict=True):
        values = (table[column].astype(float) * scale).to_numpy()
        axis.barh(y, np.nan_to_num(values), color=shades, height=0.6)
        for place, value in zip(y, values, strict=True):
            text = "unknown" if np.isnan(value) else f"{value:,.2f}" if column == "fee" else f"{value:,.0f}"
            axis.text(np.nan_to_num(value), place, f" {text}", va="center", fontsize=9)
        axis.set_xlabel(label, fontsize=9)
        axis.set_xlim(0, max(np.nanmax(np.append(values, 0.0)), 1e-9) * 1.35)
        axis.locator_params(axis="x", nbins=4)
        axis.grid(axis="y", visible=False)
    axes[0].set_yticks(y, [name.replace("_", " ") for name in table["survivor"]])
    axes[0].invert_yaxis()
    axes[0].set_title("What each rule of who stays leaves")
    return axes[0]
