"""Attack, defence, policy: states of the market told from prices alone, and which class of index led after each.

S001 draws a table of three states and gives no rule. The rule here uses nothing but closes and is known on its evening:

- *attack*: the market trends up and is calm for its own history;
- *defence*: it trends down, or is as turbulent as in its most turbulent quarter so far;
- *policy*: it goes nowhere while industries drift apart more than they mostly did: leadership is narrow, which is what
  a push for a region or an industry looks like from outside;
- *none* of these otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.inference import mean_interval
from helpers.tables import MissingTable

__all__ = ["STANCE", "STATES", "class_levels", "leadership", "market_states"]

STATES = ["attack", "defence", "policy", "none"]
STANCE = {
    "attack": "growth and momentum",
    "defence": "dividends and low volatility",
    "policy": "regions and industries",
}
YEAR = 250


def market_states(
    market: pd.Series,
    industries: pd.DataFrame,
    *,
    trend: int = 120,
    calm: int = 60,
    strong: float = 0.5,
    least: int = 250,
) -> pd.DataFrame:
    """Tell the state of the market on every session from what had been seen by its close.

    Parameters
    ----------
    market : Series
        Closes of a broad index.
    industries : DataFrame
        Sessions × industries, closes.
    trend, calm : int
        Sessions over which the trend and the volatility are measured.
    strong : float
        A trend counts beyond this many of its own standard deviations (return over volatility of the span).
    least : int
        Sessions of history before percentiles say anything.

    Returns
    -------
    DataFrame
        ``trend`` (return over its volatility), ``volatility`` and ``dispersion`` (percentiles in their own past),
        ``state``; ``state`` is missing where the history is too short.

    Raises
    ------
    MissingTable
        If it is too short everywhere.
    """
    returns = market.dropna().pct_change()
    risk = returns.rolling(trend).std() * np.sqrt(trend)
    slope = market.dropna().pct_change(trend) / risk
    turbulence = returns.rolling(calm).std()
    apart = industries.ffill(limit=5).pct_change(calm, fill_method=None).std(axis=1).reindex(returns.index)
    place = {"volatility": turbulence, "dispersion": apart}
    place = {name: values.expanding(min_periods=least).rank(pct=True) for name, values in place.items()}
    table = pd.DataFrame({"trend": slope, **place})
    defence = (table["trend"] < -strong) | (table["volatility"] > 0.75)
    attack = (table["trend"] > strong) & ~defence
    policy = ~attack & ~defence & (table["dispersion"] > 0.5)
    state = pd.Series(np.select([attack, defence, policy], STATES[:3], STATES[3]), index=table.index, dtype=object)
    told = table.assign(state=state.where(table.notna().all(axis=1)))
    if told["state"].isna().all():
        raise MissingTable("index_daily", f"a history of {len(returns)} sessions is too short to tell a state")
    return told


def leadership(states: pd.Series, classes: pd.DataFrame, lag: int = 1) -> pd.DataFrame:
    """Measure which class led in the month after each state.

    Parameters
    ----------
    states : Series
        State by session.
    classes : DataFrame
        Sessions × classes, levels.
    lag : int
        Sessions from the month's last close, when the state is told, to the close at which one could act.

    Returns
    -------
    DataFrame
        Rows (``state, class``): ``n`` months, ``excess`` (mean monthly return over the mean of all classes), ``low``,
        ``high`` (95 %, Newey-West with one lag), ``led`` (share of months in which it was the best).
    """
    days = classes.index.intersection(states.dropna().index)
    last = days.to_series().groupby(days.to_period("M")).last()
    at = classes.index.get_indexer(last) + lag
    inside = at < len(classes)
    bought = classes.iloc[at[inside]].set_axis(last[inside].to_numpy())
    gone = bought.shift(-1) / bought - 1
    gone = gone[gone.notna().any(axis=1)]
    excess = gone.sub(gone.mean(axis=1), axis=0)
    best = gone.idxmax(axis=1)
    told = states.reindex(gone.index)
    rows = {}
    for state in [s for s in STATES if (told == s).any()]:
        for name in classes:
            values = excess.loc[told == state, name].dropna()
            mean, low, high = mean_interval(values, lags=1)
            led = float((best[values.index] == name).mean())
            rows[(state, name)] = {"n": len(values), "excess": mean, "low": low, "high": high, "led": led}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["state", "class"])


def class_levels(closes: pd.DataFrame, class_of: Mapping[str, str]) -> pd.DataFrame:
    """Return the level of each class: its indices held equally, rebalanced daily, each from its own first close.

    Parameters
    ----------
    closes : DataFrame
        Sessions × indices.
    class_of : mapping of index to class
        Indices without a class are left out.

    Returns
    -------
    DataFrame
        Sessions × classes, 1 before the first return.
    """
    returns = closes[[c for c in closes if c in class_of]].pct_change(fill_method=None)
    mean = returns.T.groupby(lambda code: class_of[code]).mean().T
    return (1 + mean.fillna(0.0)).cumprod()
