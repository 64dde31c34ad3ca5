"""From a spec to an index: members and weights at each review, and the level in between.

A review is decided on the evening of the last session of its month and traded at the close some sessions later. In
between the index holds numbers of shares, so that weights drift with prices; a member that stops trading keeps its last
price until the next review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.index_research.characteristics import carried, characteristic
from helpers.index_research.spec import IndexSpec
from helpers.index_research.stocks import StockTables
from helpers.index_research.weighting import capped, standardised, tilted
from helpers.sessions import month_ends
from helpers.tables import MissingTable

__all__ = ["BuiltIndex", "Review", "build_index", "decide", "review_days"]

BASE = 1000.0


@dataclass(frozen=True)
class Review:
    """One review: its evening, the session at whose close it is traded, members' weights, and who was left when."""

    decided: pd.Timestamp
    effective: pd.Timestamp
    weights: pd.Series
    funnel: pd.Series


@dataclass(frozen=True)
class BuiltIndex:
    """An index built by a spec.

    Parameters
    ----------
    spec : IndexSpec
        The rule.
    reviews : list of Review
        In time order.
    level : DataFrame
        Sessions × ``total_return`` and, where dividends are known, ``price``; 1000 on the first effective day.
    turnover : Series
        One-way turnover of each review by effective day: half the sum of absolute changes of weights.
    """

    spec: IndexSpec
    reviews: list[Review]
    level: pd.DataFrame
    turnover: pd.Series

    @property
    def weights(self) -> pd.DataFrame:
        """Weights as ``index_weights`` holds them: ``date`` (the effective day), ``index_code, code, weight``."""
        rows = [
            r.weights.rename_axis("code").rename("weight").reset_index().assign(date=r.effective) for r in self.reviews
        ]
        return pd.concat(rows, ignore_index=True).assign(index_code=self.spec.index_code)[
            ["date", "index_code", "code", "weight"]
        ]

    @property
    def funnel(self) -> pd.DataFrame:
        """Stocks left after each step of each review, by decision day."""
        return pd.DataFrame({r.decided: r.funnel for r in self.reviews}).T.rename_axis("decided")


def review_days(spec: IndexSpec, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the reviews of a `spec` within `days`, its sessions: ``decided`` and ``effective``, both sessions."""
    ends = month_ends(days, complete=True)
    decided = ends[ends.month.isin(spec.review.months)]
    at = days.searchsorted(decided) + spec.review.lag
    inside = at < len(days)
    return pd.DataFrame({"decided": decided[inside], "effective": days[at[inside]]})


def decide(spec: IndexSpec, known: StockTables, members: Sequence[str] = ()) -> tuple[pd.Series, pd.Series]:
    """Choose and weigh the members on one evening.

    Parameters
    ----------
    spec : IndexSpec
    known : StockTables
        Cut at that evening; anything later is ignored only if it has been cut.
    members : sequence of str
        Codes of the members so far, for a rule with a buffer.

    Returns
    -------
    weights : Series
        By stock code, summing to 1; empty when nobody passes.
    funnel : Series
        Stocks left after each step.
    """
    listed = known.trading() & (known.listed() >= spec.listed_days)
    passed = listed.copy()
    funnel = {"listed": int(listed.sum())}
    for scheme, allowed in spec.universe.items():
        passed &= np.isin(known.label(scheme).astype(str), allowed)
        funnel[scheme.lower()] = int(passed.sum())
    for screen in spec.screens:
        passed &= _answers(screen, known, passed, listed)
        funnel[screen.field] = int(passed.sum())
    scores = {name: _score(fields, known, passed) for name, fields in spec.scores.items()}
    for name, values in scores.items():
        passed &= np.isfinite(values)
        funnel[name] = int(passed.sum())
    weight, passed = _weigh_and_select(spec, known, passed, scores, members)
    funnel["members"] = int(passed.sum())
    return pd.Series(weight[passed], index=known.codes[passed], name="weight"), pd.Series(funnel)


def _answers(screen, known: StockTables, passed: np.ndarray, listed: np.ndarray) -> np.ndarray:
    values = characteristic(known, screen.field, screen.window)
    ok = np.isfinite(values)
    if screen.at_least is not None:
        ok &= values >= screen.at_least
    if screen.at_most is not None:
        ok &= values <= screen.at_most
    pool = np.flatnonzero((listed if screen.within == "all" else passed) & ok)
    best = pool[np.argsort(-values[pool], kind="stable")]
    if screen.drop_bottom is not None:
        best = best[: len(best) - int(len(best) * screen.drop_bottom)]
    if screen.keep_top is not None:
        best = best[: screen.keep_top]
    return np.isin(np.arange(len(values)), best)


def _score(fields: dict[str, float], known: StockTables, among: np.ndarray) -> np.ndarray:
    """Return the weighted mean of standardised fields among some stocks, itself standardised; NaN elsewhere."""
    total = np.zeros(len(among))
    for field, weight in fields.items():
        values = np.where(among, characteristic(known, field), np.nan)
        total += weight * standardised(values)
    return standardised(total)


def _weigh_and_select(spec: IndexSpec, known, passed, scores, members) -> tuple[np.ndarray, np.ndarray]:
    """Weigh all who passed, keep the best, and weigh those again under the cap."""
    target = _target(spec, known, passed, scores)
    passed = passed & (target > 0)
    if spec.selection.count is not None and passed.sum() > spec.selection.count:
        value = _rank_by(spec, known, passed, {**scores, "weight": target})
        passed = np.isin(np.arange(len(passed)), _best(value, spec, known.codes.isin(members)))
        target = np.where(passed, target, 0.0)
    if passed.any():
        target[passed] = capped(target[passed], spec.weighting.cap)
    return target, passed


def _rank_by(spec: IndexSpec, known: StockTables, passed: np.ndarray, made: dict[str, np.ndarray]) -> np.ndarray:
    """Return the number stocks are ranked by, -inf where there is none."""
    parts = []
    for name, sign in spec.selection.by.items():
        values = made[name] if name in made else characteristic(known, name, spec.selection.window)
        values = np.where(passed, values, np.nan)
        parts.append(sign * (values if len(spec.selection.by) == 1 else standardised(values)))
    total = np.sum(parts, axis=0)
    return np.where(np.isfinite(total), total, -np.inf)


def _best(value: np.ndarray, spec: IndexSpec, member: np.ndarray) -> np.ndarray:
    """Return the positions chosen: members inside the buffer first, then the best of the rest."""
    count, buffer = spec.selection.count, spec.selection.buffer
    order = np.argsort(-value, kind="stable")
    order = order[np.isfinite(value[order])]
    sure = order[: int(count * (1 - buffer))]
    stay = [i for i in order[len(sure) : int(count * (1 + buffer))] if member[i]]
    chosen = [*sure, *stay[: count - len(sure)]]
    rest = order[~np.isin(order, chosen)]
    return np.array([*chosen, *rest[: count - len(chosen)]], dtype=int)


def _target(spec: IndexSpec, known: StockTables, passed: np.ndarray, scores) -> np.ndarray:
    """Return what weights are proportional to, zero for stocks that did not pass."""
    rule = spec.weighting
    if rule.method == "equal":
        return passed.astype(float)
    field = rule.field if rule.method == "field" else "float_cap"
    values = np.where(passed, characteristic(known, field), 0.0)
    values = np.where(np.isfinite(values), np.maximum(values, 0.0), 0.0)
    if rule.method == "tilt" and values.sum() > 0:
        base = values / values.sum()
        return tilted(base, {name: np.where(passed, scores[name], 0.0) for name in rule.tilt}, rule.tilt)
    return values


def build_index(spec: IndexSpec, stocks: StockTables, start: pd.Timestamp | str | None = None) -> BuiltIndex:
    """Run a spec over the sessions of the tables.

    Parameters
    ----------
    spec : IndexSpec
    stocks : StockTables
        Uncut: every review cuts for itself.
    start : date-like, optional
        First evening a review may be decided on; default the launch of the spec.

    Returns
    -------
    BuiltIndex
        Of the reviews that find a member; the others are left out.

    Raises
    ------
    MissingTable
        If a table, column or scheme the rule asks for is not there, or no review finds a member.
    """
    start = pd.Timestamp(start or spec.launch or stocks.days[0])
    reviews, members = [], ()
    for row in review_days(spec, stocks.days).itertuples():
        if row.decided < start:
            continue
        weights, funnel = decide(spec, stocks.at(row.decided), members)
        if len(weights):
            reviews.append(Review(row.decided, row.effective, weights, funnel))
            members = weights.index
    if not reviews:
        reason = f"no review of {spec.index_code} from {start:%Y-%m-%d} to {stocks.days[-1]:%Y-%m-%d} finds a member"
        raise MissingTable("stock_daily", reason)
    level, turnover = _run(reviews, stocks)
    return BuiltIndex(spec, reviews, level, turnover)


def _run(reviews: list[Review], stocks: StockTables) -> tuple[pd.DataFrame, pd.Series]:
    """Compound the reviews: shares held from one effective close to the next."""
    begin = stocks.days.get_indexer([r.effective for r in reviews])
    ends = [*begin[1:], len(stocks.days) - 1]
    paid = _dividend_returns(stocks)
    gross, net, turnover, drifted = [np.ones(1)], [np.ones(1)], {}, None
    for review, first, last in zip(reviews, begin, ends, strict=True):
        at = stocks.codes.get_indexer(review.weights.index)
        weight = review.weights.to_numpy()
        turnover[review.effective] = _turnover(drifted, at, weight, len(stocks.codes))
        value = weight * _relative(stocks.prices, at, first, last)
        drifted = np.zeros(len(stocks.codes))
        drifted[at] = value[-1] / value[-1].sum()
        gross.append(gross[-1][-1] * value[1:].sum(axis=1))
        if paid is not None:
            held = value[:-1] / value[:-1].sum(axis=1, keepdims=True)
            returns = value[1:].sum(axis=1) / value[:-1].sum(axis=1) - (held * paid[first + 1 : last + 1, at]).sum(
                axis=1
            )
            net.append(net[-1][-1] * np.cumprod(returns))
    level = {"total_return": BASE * np.concatenate(gross)}
    if paid is not None:
        level["price"] = BASE * np.concatenate(net)
    return pd.DataFrame(level, index=stocks.days[begin[0] :]), pd.Series(turnover, name="turnover")


def _relative(prices: np.ndarray, at: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return prices from session ``first`` to ``last`` over those at ``first``, the last known one where none is."""
    before = carried(prices[: first + 1][:, at])
    rows = pd.DataFrame(prices[first : last + 1, at])
    rows.iloc[0] = before
    return rows.ffill().to_numpy() / before


def _turnover(drifted: np.ndarray | None, at: np.ndarray, weight: np.ndarray, count: int) -> float:
    if drifted is None:
        return np.nan
    target = np.zeros(count)
    target[at] = weight
    return float(np.abs(target - drifted).sum() / 2)


def _dividend_returns(stocks: StockTables) -> np.ndarray | None:
    """Return the dividend of each session over the float cap before it, sessions × stocks; None where unknown."""
    if "dividend" not in stocks.reports or stocks.ex_dates is None or stocks.float_cap is None:
        return None
    quarter, stock = np.nonzero((stocks.reports["dividend"] > 0) & ~np.isnat(stocks.ex_dates))
    when = stocks.days.searchsorted(stocks.ex_dates[quarter, stock])
    inside = (when > 0) & (when < len(stocks.days))
    quarter, stock, when = quarter[inside], stock[inside], when[inside]
    cash = stocks.reports["dividend"][quarter, stock] * stocks.report("free_float")[quarter, stock]
    before = pd.DataFrame(stocks.float_cap).ffill().to_numpy()[when - 1, stock]
    out = np.zeros(stocks.prices.shape)
    np.add.at(out, (when, stock), np.where(before > 0, cash / before, 0.0))
    return out
