"""The arithmetic of a rebalanced portfolio on plain arrays: drift, fills, fees, assets that cannot trade.

`helpers.backtest.backtest` is the door for frames and dates; this module knows neither. Between two
fills nothing is traded, so wealth at any row follows from the weights of the last fill and the price
growth since then: one gather over the whole grid instead of a loop over days. Only fills at which
something cannot trade depend on the fill before, and only those are walked one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FIXED_POINT_STEPS = 60


@dataclass(frozen=True)
class Events:
    """What happens when, in row order: E events over N assets.

    Attributes
    ----------
    row : (E,) int array
        Grid row at whose price the event trades.
    target : (E, N) float array
        Weights wanted after the event, shares of wealth; what is left of 1 is cash.
    locked : (E, N) bool array
        Assets that keep their position whatever the target says.
    fee : (E, N) float array
        Cost per unit of money traded.
    """

    row: np.ndarray
    target: np.ndarray
    locked: np.ndarray
    fee: np.ndarray


@dataclass(frozen=True)
class Path:
    """What a portfolio did from the first event's row to the last row of the grid (R rows).

    Attributes
    ----------
    first : int
        Grid row of the first event; all row arrays start there.
    nav : (R,) float array
        Wealth after the row's fee, 1 before the first.
    gross, net : (R,) float arrays
        Return of each row before and after that row's fee.
    before : (E, N) float array
        Shares of wealth just before each event.
    after : (E, N) float array
        Shares of wealth just after each event and its fee.
    keep : (E,) float array
        Share of wealth left after the event's fee.
    units : (E, N) float array
        ``after`` over the event's prices.
    owner : (R,) int array
        The event whose holding a row's return belongs to.
    row : (E,) int array
        Grid row of each event.
    """

    first: int
    nav: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    before: np.ndarray
    after: np.ndarray
    keep: np.ndarray
    units: np.ndarray
    owner: np.ndarray
    row: np.ndarray

    @property
    def traded(self) -> np.ndarray:
        """Money bought (+) or sold (-) at each event, as a share of wealth before it; (E, N)."""
        return self.after * self.keep[:, None] - self.before


def simulate(values: np.ndarray, events: Events) -> Path:
    """Run the events over a grid of prices.

    Parameters
    ----------
    values : (T, N) float array
        Prices to value positions with: the last known one where there is none today. A column that has
        had no price yet may hold NaN there; it is worth nothing until it has one.
    events : Events
        At least one; rows strictly increasing.

    Returns
    -------
    Path

    Notes
    -----
    O(T·N) in a handful of array passes, plus O(N) per event that has something locked.
    """
    first = int(events.row[0])
    grid = values[first:]
    start = events.row - first
    # The event that owns a row is the last one strictly before it: an event's own row still earns the
    # growth of the holding it replaces.
    owner = np.maximum(np.searchsorted(start, np.arange(len(grid)), side="left") - 1, 0)
    at_events = grid[start]
    growth = np.zeros_like(at_events)
    growth[1:] = at_events[1:] / at_events[:-1] - 1
    if np.isnan(grid).any():
        grid, at_events = np.nan_to_num(grid), np.where(np.isnan(at_events), 1.0, at_events)
        growth = np.nan_to_num(growth)
    after, before, keep = _settle(events, growth)

    units = after / at_events
    worth = (1 - after.sum(axis=1))[owner] + np.einsum("ij,ij->i", units[owner], grid)
    wealth_at_event = np.cumprod(np.concatenate(([1.0], worth[start[1:]])) * keep)
    gross_wealth = wealth_at_event[owner] * worth
    gross_wealth[0] = 1.0
    nav = gross_wealth.copy()
    nav[start] = wealth_at_event
    previous = np.concatenate(([1.0], nav[:-1]))
    gross, net = gross_wealth / previous - 1, nav / previous - 1
    return Path(first, nav, gross, net, before, after, keep, units, owner, events.row)


def row_weights(path: Path, values: np.ndarray) -> np.ndarray:
    """Return the (R, N) shares of wealth at the end of each row, after any trade.

    Parameters
    ----------
    path : Path
        The portfolio's path over the R rows from its first purchase on.
    values : ndarray
        Rows × N assets, prices.

    Returns
    -------
    ndarray
        (R, N) fractions; what is missing to 1 is cash.
    """
    worth = path.units[path.owner] * np.nan_to_num(values[path.first :])
    cash = (1 - path.after.sum(axis=1))[path.owner]
    weights = worth / (cash + worth.sum(axis=1))[:, None]
    weights[path.row - path.first] = path.after
    return weights


def _settle(events: Events, growth: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights after and before each event and the share of wealth its fee leaves.

    `growth` (E, N) is each asset's growth from the event before to this event.
    """
    after = events.target.astype(float, copy=True)
    before = np.zeros_like(after)
    keep = np.ones(len(after))
    walked = events.locked.any(axis=1)
    for j in np.flatnonzero(walked):
        held = _drift(after[j - 1], growth[j]) if j else before[0]
        after[j], keep[j] = _trade_around(held, events.target[j], events.locked[j], events.fee[j])
    before[1:] = _drift(after[:-1], growth[1:])
    free = ~walked
    keep[free] = _keep(before[free], after[free], events.fee[free])
    return after, before, keep


def _drift(weights: np.ndarray, growth: np.ndarray) -> np.ndarray:
    """Return weights after prices moved by `growth`; cash stays what it was."""
    moved = weights * growth
    return (weights + moved) / (1 + moved.sum(axis=-1, keepdims=True))


def _keep(before: np.ndarray, after: np.ndarray, fee: np.ndarray) -> np.ndarray:
    """Solve ``k = 1 - fee * sum|after * k - before|``: the fee is paid out of what is traded.

    A contraction with factor `fee`, so a few steps reach machine precision.
    """
    keep = np.ones(len(before))
    if not fee.any():
        return keep
    for _ in range(FIXED_POINT_STEPS):
        new = 1 - (fee * np.abs(after * keep[:, None] - before)).sum(axis=1)
        if np.array_equal(new, keep) or np.abs(new - keep).max() < 1e-16:
            break
        keep = new
    return new


def _trade_around(
    held: np.ndarray, target: np.ndarray, locked: np.ndarray, fee: np.ndarray
) -> tuple[np.ndarray, float]:
    """Trade the free assets to their targets, scaled down if the locked ones leave too little room."""
    keep, wanted = 1.0, np.where(locked, 0.0, target)
    for _ in range(FIXED_POINT_STEPS):
        stuck = np.where(locked, held / keep, 0.0)
        total = wanted.sum()
        scale = min(1.0, max(0.0, 1 - stuck.sum()) / total) if total > 0 else 0.0
        after = stuck + wanted * scale
        new = 1 - (fee * np.abs(after * keep - held))[~locked].sum()
        if abs(new - keep) < 1e-16:
            break
        keep = new
    return after, keep
