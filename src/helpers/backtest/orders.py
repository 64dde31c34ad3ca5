"""From target weights to the events a market lets happen: suspended assets, resumptions, delistings.

Array side of `helpers.backtest.backtest`, between its frames and `helpers.backtest.portfolio.simulate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers.backtest.portfolio import Events

ORDER, RESUMED, DELISTED = "order", "resumed", "delisted"


@dataclass
class _Event:
    """One event while the list is still being put together."""

    order: int
    kind: str
    target: np.ndarray
    locked: np.ndarray
    fee: np.ndarray


def build_events(
    grid: np.ndarray,
    rows: np.ndarray,
    target: np.ndarray,
    *,
    fee: float,
    retry: bool,
    last_rows: np.ndarray | None = None,
) -> tuple[Events, np.ndarray, list[str]]:
    """Turn orders into the events that can be traded.

    Parameters
    ----------
    grid : (T, N) float array
        Prices, NaN where an asset cannot trade.
    rows : (E,) int array
        Grid row of each order, strictly increasing.
    target : (E, N) float array
        Wanted shares of wealth.
    fee : float
        Cost per unit of money traded.
    retry : bool
        Whether an asset locked at an order fills at its first price before the next order.
    last_rows : (N,) int array, optional
        Last grid row of each asset; T or more for one that stays.

    Returns
    -------
    events : Events
    order : (len(events.row),) int array
        Which order each event belongs to; for a delisting the order before it.
    kinds : list of str
        "order", "resumed" or "delisted", one an event.
    """
    assets = grid.shape[1]
    last_rows = np.full(assets, len(grid)) if last_rows is None else last_rows
    target = np.where(rows[:, None] > last_rows, 0.0, target)
    wanted_before = np.logical_or.accumulate(target > 0, axis=0)
    locked = wanted_before & np.isnan(grid[rows]) & (rows[:, None] <= last_rows)
    leaving = np.flatnonzero((last_rows + 1 < len(grid)) & wanted_before[-1])
    if not locked.any() and not len(leaving):
        fees = np.full(target.shape, fee)
        return Events(rows, target, locked, fees), np.arange(len(rows)), [ORDER] * len(rows)

    table = {
        int(row): _Event(j, ORDER, target[j], locked[j].copy(), np.full(assets, fee)) for j, row in enumerate(rows)
    }
    if retry:
        for j in np.flatnonzero(locked.any(axis=1)):
            end = rows[j + 1] if j + 1 < len(rows) else len(grid)
            _add_resumptions(table, grid, j, int(rows[j]), int(end), target[j], locked[j], fee)
    for asset in leaving:
        _add_delisting(table, rows, target, int(asset), int(last_rows[asset]) + 1)
    return _stack(table)


def _add_resumptions(
    table: dict[int, _Event],
    grid: np.ndarray,
    order: int,
    row: int,
    end: int,
    target: np.ndarray,
    locked: np.ndarray,
    fee: float,
) -> None:
    """Add, for every asset locked at an order, a fill at its first price before the next order."""
    open_again = ~np.isnan(grid[row + 1 : end])
    for asset in np.flatnonzero(locked):
        if not open_again[:, asset].any():
            continue
        at = row + 1 + int(open_again[:, asset].argmax())
        everything = np.ones(len(target), dtype=bool)
        event = table.setdefault(at, _Event(order, RESUMED, target, everything, np.full(len(target), fee)))
        event.locked[asset] = False


def _add_delisting(table: dict[int, _Event], rows: np.ndarray, target: np.ndarray, asset: int, row: int) -> None:
    """Turn an asset into cash at its last price, free of charge, at `row`, the first one without it."""
    order = int(np.searchsorted(rows, row, side="right")) - 1
    if order < 0 or not (target[: order + 1, asset] > 0).any():
        return
    assets = target.shape[1]
    event = table.setdefault(
        row, _Event(order, DELISTED, np.zeros(assets), np.ones(assets, dtype=bool), np.zeros(assets))
    )
    event.target = event.target.copy()
    event.target[asset], event.fee[asset], event.locked[asset] = 0.0, 0.0, False


def _stack(table: dict[int, _Event]) -> tuple[Events, np.ndarray, list[str]]:
    """Return the events in row order as arrays."""
    rows = sorted(table)
    found = [table[row] for row in rows]
    events = Events(
        np.array(rows),
        np.array([e.target for e in found]),
        np.array([e.locked for e in found]),
        np.array([e.fee for e in found]),
    )
    return events, np.array([e.order for e in found]), [e.kind for e in found]
