"""Every choice a rotation could have made, evaluated on the same days: the search, counted.

A choice is a set of factors, a number of industries, weeks held, the week one begins in, and sessions to the fill. All
choices that trade on the same days are one product of arrays; each earns to the last digits what the backtest gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from helpers.backtest.selection import equal_weight, rebalance_calendar, select_top
from helpers.factors import composite
from helpers.panels import as_known
from helpers.sessions import next_session
from helpers.tables import MissingTable

__all__ = ["ALL", "Grid", "factor_sets", "rotation_grid", "weekly"]

ALL = "all"
SIZES, PACES, LAGS = (3, 6, 10), (1, 2, 4), (1, 2)
KNOWN = 0.9  # share of the weeks on which a set of factors must have a score to be a choice
FEWEST_WEEKS = 52


@dataclass(frozen=True)
class Grid:
    """The choices of one search and what each earned beyond its benchmark.

    Attributes
    ----------
    cells : DataFrame
        Choices × ``factors, top_n, weeks, phase, lag`` and ``turnover`` (bought plus sold a year).
    gross, net : DataFrame
        Weeks × choices: log excess of each week, before and after costs.
    own : int
        The choice of the run.
    """

    cells: pd.DataFrame
    gross: pd.DataFrame
    net: pd.DataFrame
    own: int

    def best(self) -> int:
        """Return the choice that earned most after costs."""
        return int(self.net.mean().idxmax())


def factor_sets(factors: Mapping[str, pd.DataFrame], weekly: Sequence[pd.Timestamp]) -> dict[str, pd.DataFrame]:
    """Return the score of every set of factors that is known on nine weeks in ten, at the weekly decisions.

    Parameters
    ----------
    factors : mapping of name to DataFrame
        Dates × industries each, known at its dates.
    weekly : sequence of Timestamp
        Evenings of decision.

    Returns
    -------
    dict of DataFrame
        Decisions × industries by the names joined with " + "; :data:`ALL` is the mean of what each date has.
    """
    sets = {" + ".join(names): names for size in range(1, len(factors) + 1) for names in combinations(factors, size)}
    scores = {ALL: as_known(composite(factors).score, weekly)}
    for label, names in sets.items():
        score = as_known(composite({n: factors[n] for n in names}, at_least=len(names)).score, weekly)
        if len(names) < len(factors) and score.notna().any(axis=1).mean() >= KNOWN:
            scores[label] = score
    return scores


def rotation_grid(
    factors: Mapping[str, pd.DataFrame],
    prices: pd.DataFrame,
    decisions: pd.Series,
    *,
    top_n: int,
    weeks: int,
    lag: int,
    cost_bps: float,
    sizes: Iterable[int] = SIZES,
    paces: Iterable[int] = PACES,
    lags: Iterable[int] = LAGS,
) -> Grid:
    """Evaluate every choice over the weeks that all of them trade.

    Parameters
    ----------
    factors : mapping of name to DataFrame
        Dates × industries each, known at its dates.
    prices : DataFrame
        Sessions × industries.
    decisions : Series of dates
        Of the run, from the first one on which its record begins.
    top_n, weeks, lag, cost_bps
        The run's own choice, always in the grid; and the fee, the same for all.
    sizes, paces, lags : iterable of int
        Numbers of industries, weeks held (each with every week one may begin in), sessions to the fill.

    Returns
    -------
    Grid

    Raises
    ------
    MissingTable
        If there are fewer than 52 weeks with scores.
    """
    dates = _weekly_decisions(decisions, prices)
    scores = factor_sets(factors, dates) if len(dates) else {}
    known = scores[ALL].notna().any(axis=1) if scores else pd.Series(dtype=bool)
    if known.sum() < FEWEST_WEEKS:
        said = f"a score is known in {known.sum()} weeks, fewer than {FEWEST_WEEKS}"
        raise MissingTable("etf_shares", said, "Choose an earlier rotation_start or a later end.")
    last = known.index[known][-1] + pd.Timedelta(days=7 * max(weeks, 1))
    span = prices.loc[: max(last, dates.iloc[0])]
    dates = dates[dates <= span.index[-1]]
    sizes = sorted({n for n in {*sizes, top_n} if n <= prices.shape[1]})
    rows, gross, net = [], [], []
    for pace, phase, wait in _clocks({*paces, weeks}, {*lags, lag}):
        at = dates.iloc[phase::pace]
        labels = [(name, n) for name in scores for n in sizes]
        weights = np.stack([select_top(scores[name].loc[at], n).to_numpy() for name, n in labels])
        found = evaluate(weights, at, span, lag=wait, cost_bps=cost_bps)
        rows += [(name, n, pace, phase, wait, t) for (name, n), t in zip(labels, found.turnover, strict=True)]
        gross.append(found.gross)
        net.append(found.net)
    cells = pd.DataFrame(rows, columns=["factors", "top_n", "weeks", "phase", "lag", "turnover"])
    mine = (cells[["factors", "top_n", "weeks", "phase", "lag"]] == [ALL, top_n, weeks, 0, lag]).all(axis=1)
    begin = max(frame.index[0] for frame in gross)
    tables = [weekly(pd.concat(frames, axis=1).loc[begin:].set_axis(cells.index, axis=1)) for frames in (gross, net)]
    return Grid(cells, *tables, own=int(mine.idxmax()))


def weekly(returns: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    """Sum the log of daily relative returns over each week, dated by its last session.

    Parameters
    ----------
    returns : DataFrame or Series
        Sessions × anything, fractions.

    Returns
    -------
    DataFrame or Series
        Weeks with a session × the same.
    """
    weeks = returns.index.to_period("W-SUN")
    total = np.log1p(returns).groupby(weeks).sum()
    return total.set_axis(pd.DatetimeIndex(returns.index.to_series().groupby(weeks).last()), axis=0)


@dataclass(frozen=True)
class Evaluated:
    """What many portfolios on one clock earned beyond all assets held equally: ``gross``, ``net``, ``turnover``."""

    gross: pd.DataFrame
    net: pd.DataFrame
    turnover: np.ndarray


def evaluate(
    weights: np.ndarray, decisions: Sequence[pd.Timestamp], prices: pd.DataFrame, *, lag: int, cost_bps: float
) -> Evaluated:
    """Hold many portfolios that change on the same days.

    Parameters
    ----------
    weights : ndarray, shape (portfolios, decisions, assets)
        Shares of wealth; the rest is cash.
    decisions : sequence of Timestamp
        Evenings, ascending; each fills `lag` sessions later, those beyond the last price do not count.
    prices : DataFrame
        Sessions × assets. An asset without any price yet is held as cash.
    lag : int
        Sessions from decision to fill.
    cost_bps : float
        Fee on money traded, paid out of it; the benchmark pays none.

    Returns
    -------
    Evaluated
        Sessions after the first fill × portfolios, as relative returns a day; turnover a year of 250 sessions.
    """
    closes = prices.ffill().to_numpy(dtype=float)
    fills = prices.index.searchsorted(pd.DatetimeIndex(decisions), side="right") - 1 + lag
    inside = fills < len(prices) - 1
    fills, weights = fills[inside], weights[:, inside]
    base = equal_weight(prices, prices.index[fills]).to_numpy()
    everything = np.concatenate([weights, base[None]])
    everything = np.where(np.isnan(closes[fills])[None], 0.0, everything)
    fee = np.append(np.full(len(weights), cost_bps / 1e4), 0.0)
    wealth = np.ones((len(prices) - fills[0], len(everything)))
    paid, turnover = np.ones_like(wealth), np.zeros(len(everything))
    held = np.zeros((len(everything), closes.shape[1]))
    for k, row in enumerate(fills):
        stop = fills[k + 1] if k + 1 < len(fills) else len(prices) - 1
        growth = np.nan_to_num(closes[row + 1 : stop + 1] / closes[row], nan=1.0)
        target = everything[:, k]
        keep, traded = _trade(target, held, fee)
        turnover += traded if k else 0.0
        path = growth @ target.T + (1 - target.sum(axis=1))
        now = slice(row + 1 - fills[0], stop + 1 - fills[0])
        wealth[now] = wealth[row - fills[0]] * path
        paid[row - fills[0] :] *= keep
        held = target * growth[-1] / path[-1][:, None]
    daily = wealth[1:] / wealth[:-1]
    after = daily * paid[1:] / paid[:-1]
    after[0] *= paid[0]
    index = prices.index[fills[0] + 1 :]
    relative = [pd.DataFrame(r[:, :-1] / daily[:, -1:] - 1, index) for r in (daily, after)]
    return Evaluated(*relative, turnover[:-1] / len(index) * 250)


def _trade(target: np.ndarray, held: np.ndarray, fee: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of wealth kept when the fee is paid out of what is traded, and what was traded."""
    keep = np.ones(len(target))
    for _ in range(6):  # contracts by the fee each time
        traded = np.abs(keep[:, None] * target - held).sum(axis=1)
        keep = 1 - fee * traded
    return keep, traded


def _clocks(paces: Iterable[int], lags: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    return ((pace, phase, lag) for pace in sorted(paces) for phase in range(pace) for lag in sorted(lags))


def _weekly_decisions(decisions: pd.Series, prices: pd.DataFrame) -> pd.Series:
    """Return every week's evening from the run's first decision on."""
    if not len(decisions) or decisions.iloc[0] >= prices.index[-1]:
        return decisions.iloc[:0]
    return rebalance_calendar(next_session(decisions.iloc[0]), prices.index[-1], weeks=1)["decision"]
