"""From signals to holdings to returns: who is held, when it is traded, and what that earned.

The clock is explicit everywhere. A decision dated t uses what was known after the close of t; with
``lag=1`` it trades at the close of the next session and earns from the session after that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from helpers.backtest.orders import build_events
from helpers.backtest.portfolio import Path, row_weights, simulate


@dataclass(frozen=True)
class Backtest:
    """The result of `backtest`; frames are built when asked for.

    Attributes
    ----------
    returns : Series
        Net simple return of each session, from the first fill's session on (that one holds only its fee).
    gross_returns : Series
        The same before each session's fee.
    pending : DataFrame
        Decisions whose session lies beyond the last price: wanted weights, not yet traded.
    """

    returns: pd.Series
    gross_returns: pd.Series
    pending: pd.DataFrame
    _trail: _Trail

    @property
    def nav(self) -> pd.Series:
        """Wealth after fees; 1 before the first fill."""
        return (1 + self.returns).cumprod().rename("nav")

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Sessions x assets: shares of wealth at the close, after any trade; 1 less the row sum is cash."""
        trail = self._trail
        weights = row_weights(trail.path, trail.values)[trail.session_ends]
        return pd.DataFrame(weights, self.returns.index, trail.assets)

    @cached_property
    def fills(self) -> pd.DataFrame:
        """One row an event: ``session, decision, kind, turnover, cost``.

        ``kind`` is "order", "resumed" (a suspended asset filled late) or "delisted"; ``turnover`` is
        bought plus sold and ``cost`` the fee, both as shares of wealth.
        """
        trail = self._trail
        return pd.DataFrame(
            {
                "session": trail.sessions[trail.path.row // trail.step],
                "decision": trail.decisions[trail.order],
                "kind": trail.kinds,
                "turnover": np.abs(trail.path.traded).sum(axis=1),
                "cost": 1 - trail.path.keep,
            }
        )

    @property
    def turnover(self) -> pd.Series:
        """Bought plus sold at each session with a fill, as a share of wealth; a full switch is 2."""
        return self.fills.groupby("session")["turnover"].sum()

    @cached_property
    def trades(self) -> pd.DataFrame:
        """One row a trade: ``session, decision, kind, asset, before, after, money, price, units, cost``.

        ``before`` and ``after`` are shares of wealth, ``money`` is in units of starting wealth (+ bought),
        ``units`` are ``money / price``.
        """
        path = self._trail.path
        traded = np.where(np.abs(path.traded) > 1e-15, path.traded, 0.0)
        event, asset = np.nonzero(traded)
        # Wealth just before the fee: what was left, over the share that was left.
        wealth = path.nav[path.row - path.first] / path.keep
        money = traded[event, asset] * wealth[event]
        price = self._trail.values[path.row[event], asset]
        named = self.fills.loc[event, ["session", "decision", "kind"]].reset_index(drop=True)
        return named.assign(
            asset=self._trail.assets[asset],
            before=path.before[event, asset],
            after=path.after[event, asset],
            money=money,
            price=price,
            units=money / price,
            cost=np.abs(money) * self._trail.fee[event, asset],
        )


@dataclass(frozen=True)
class _Trail:
    """The arrays and names behind a result."""

    path: Path
    values: np.ndarray
    fee: np.ndarray
    order: np.ndarray
    kinds: list[str]
    sessions: pd.Index
    decisions: pd.Index
    assets: pd.Index
    step: int
    session_ends: np.ndarray


def backtest(
    weights: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    lag: int = 1,
    cost_bps: float = 0.0,
    suspended: str = "retry",
    delisted: Mapping[str, pd.Timestamp] | None = None,
    opens: pd.DataFrame | None = None,
) -> Backtest:
    """Trade target weights at session prices and account for every fraction of wealth.

    Parameters
    ----------
    weights : DataFrame
        Decision dates x assets, shares of wealth (>= 0, row sum <= 1; NaN is 0; the rest is cash, which
        earns nothing). A row dated t may use anything known after the close of t. An all-zero row sells
        everything.
    prices : DataFrame
        Sessions x assets, adjusted closes; NaN where the asset did not trade.
    lag : int
        Sessions between decision and fill. The fill is at the close of the `lag`-th session after t, so
        with 1 nothing is earned before the close of the next session. 0 fills at the close of t itself:
        a comparison with engines and reports that do so, not something one could have done.
    cost_bps : float
        Fee on money traded, buying and selling alike, in basis points; paid out of what is traded.
    suspended : {"retry", "skip"}
        An asset without a price at the fill keeps its position, valued at its last price; the others
        trade, scaled down together if what is stuck leaves too little room, and money meant for it stays
        cash. "retry" fills it at its first price before the next decision is filled, "skip" does not.
    delisted : mapping of asset to date, optional
        Last session of an asset. At its close a position turns into cash at the last price, without fee,
        and nothing is bought afterwards. Never inferred: that a price stops for good is known only later.
    opens : DataFrame, optional
        Opening prices like `prices`. Given, orders fill at the open of the session instead of its close.

    Returns
    -------
    Backtest
        Weights drift with prices between fills.

    Raises
    ------
    ValueError
        For unknown assets, unordered or repeated dates, prices <= 0, weights below 0 or above 1 in sum, a
        negative lag or fee, ``lag=0`` on a date without session or with `opens`, or no decision that
        can be filled.

    Examples
    --------
    >>> days = pd.date_range("2024-01-02", periods=4, freq="B")
    >>> prices = pd.DataFrame({"a": [1.0, 1.1, 1.21, 1.21], "b": [1.0, 1.0, 1.0, 2.0]}, index=days)
    >>> weights = pd.DataFrame({"a": [1.0], "b": [0.0]}, index=days[:1])  # decided after the first close
    >>> backtest(weights, prices).returns.round(6).tolist()  # bought at the second close, without costs
    [0.0, 0.1, 0.0]
    """
    target, opens = _checked(weights, prices, lag, cost_bps, suspended, opens)
    target, rows, pending = _filled(target, prices.index, lag)
    grid, step = _grid(prices, opens)
    events, order, kinds = build_events(
        grid,
        rows * step,
        target.to_numpy(),
        fee=cost_bps / 1e4,
        retry=suspended == "retry",
        last_rows=_last_rows(prices, delisted, step),
    )
    values = pd.DataFrame(grid).ffill().to_numpy() if np.isnan(grid).any() else grid
    path = simulate(values, events)
    session = (path.first + np.arange(len(path.nav))) // step
    ends = np.append(session[1:] != session[:-1], True)
    index = prices.index[session[ends]]
    net, gross = (_per_session(row_returns, session) for row_returns in (path.net, path.gross))
    trail = _Trail(path, values, events.fee, order, kinds, prices.index, target.index, prices.columns, step, ends)
    return Backtest(pd.Series(net, index, name="net"), pd.Series(gross, index, name="gross"), pending, trail)


def _checked(
    weights: pd.DataFrame,
    prices: pd.DataFrame,
    lag: int,
    cost_bps: float,
    suspended: str,
    opens: pd.DataFrame | None,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Refuse what cannot be traded; return weights and opens on the axes of `prices`."""
    if lag < 0 or int(lag) != lag:
        raise ValueError(f"lag={lag!r}: the number of sessions from decision to fill, 0 or more")
    if not cost_bps >= 0 or cost_bps >= 1e4:
        raise ValueError(f"cost_bps={cost_bps!r}: basis points of money traded, from 0 to below 10000")
    if suspended not in ("retry", "skip"):
        raise ValueError(f"suspended={suspended!r}: use 'retry' or 'skip'")
    for name, frame in (("weights", weights), ("prices", prices)):
        if not frame.index.is_monotonic_increasing or not frame.index.is_unique:
            raise ValueError(f"the dates of `{name}` must ascend without repeats; sort the frame first")
        if not frame.columns.is_unique:
            raise ValueError(f"`{name}` repeats the column {frame.columns[frame.columns.duplicated()][0]!r}")
    where = prices.columns.get_indexer(weights.columns)
    if (where < 0).any():
        unknown = weights.columns[where < 0]
        raise ValueError(f"{len(unknown)} assets of `weights` have no prices, first {unknown[0]!r}")
    target = np.zeros((len(weights), prices.shape[1]))
    target[:, where] = np.nan_to_num(weights.to_numpy(dtype=float))
    bad = (target < 0).any(axis=1) | (target.sum(axis=1) > 1 + 1e-9)
    if bad.any():
        day, total = weights.index[bad][0], target[bad][0].sum()
        raise ValueError(f"weights of {day!s:.10} are negative or sum to {total:.6g}: need >= 0 and <= 1")
    closes = prices.to_numpy(dtype=float)
    if (closes <= 0).any():
        column = prices.columns[(closes <= 0).any(axis=0)][0]
        raise ValueError(f"prices of {column!r} are zero or below; leave a day without trade empty (NaN)")
    if opens is not None:
        if lag == 0:
            raise ValueError("lag=0 with `opens` would trade at an open before the decision; use lag >= 1")
        opens = opens.reindex(index=prices.index, columns=prices.columns)
    return pd.DataFrame(target, weights.index, prices.columns), opens


def _filled(target: pd.DataFrame, sessions: pd.Index, lag: int) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
    """Return the decisions that fill, the session row each fills at, and the decisions still pending."""
    decisions = target.index
    if lag == 0 and not decisions.isin(sessions).all():
        odd = decisions[~decisions.isin(sessions)][0]
        raise ValueError(f"lag=0 needs decisions on sessions; {odd!s:.10} has no price row")
    rows = sessions.searchsorted(decisions, side="right") - 1 + lag
    if (rows < 0).any():
        raise ValueError(f"decision {decisions[rows < 0][0]!s:.10} lies before the first price")
    inside = rows < len(sessions)
    if not inside.any():
        raise ValueError(
            f"none of the {len(rows)} decisions can be filled with lag={lag}: prices end {sessions[-1]!s:.10}"
        )
    # Of several decisions that fill on one session (a weekend's, say) the latest is the one still meant.
    pending = target[~inside]
    inside &= np.append(rows[1:] != rows[:-1], True)
    return (target, rows, pending) if inside.all() else (target[inside], rows[inside], pending)


def _grid(prices: pd.DataFrame, opens: pd.DataFrame | None) -> tuple[np.ndarray, int]:
    """Return the price rows one can trade at and how many there are per session (opens come first)."""
    closes = prices.to_numpy(dtype=float)
    if opens is None:
        return closes, 1
    pair = np.stack([opens.to_numpy(dtype=float), closes], axis=1)
    return pair.reshape(-1, closes.shape[1]), 2


def _last_rows(prices: pd.DataFrame, delisted: Mapping[str, pd.Timestamp] | None, step: int) -> np.ndarray | None:
    """Return the last grid row of each asset, far beyond the end for one that stays."""
    if not delisted:
        return None
    unknown = [name for name in delisted if name not in prices.columns]
    if unknown:
        raise ValueError(f"`delisted` names {unknown[0]!r}, which has no prices")
    rows = np.full(prices.shape[1], len(prices) * step)
    for name, last in delisted.items():
        session = prices.index.searchsorted(pd.Timestamp(last), side="right") - 1
        rows[prices.columns.get_loc(name)] = (session + 1) * step - 1
    return rows


def _per_session(row_returns: np.ndarray, session: np.ndarray) -> np.ndarray:
    """Fold the returns of a session's rows (its open and its close) into one."""
    first = np.flatnonzero(np.append(True, session[1:] != session[:-1]))
    if len(first) == len(row_returns):
        return row_returns
    return np.multiply.reduceat(1 + row_returns, first) - 1
