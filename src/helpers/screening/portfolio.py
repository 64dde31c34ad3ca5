"""控风险: weights under limits, a broad core with satellites, and a rule for falls.

The optimiser is skfolio's risk budgeting: every fund carries the same risk as far as the caps allow. It needs no
forecast of returns, which is what the other chapters found nobody should trust.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

__all__ = ["core_satellite", "drawdown_exposure", "invested_share", "weights_under_limits"]


def invested_share(
    names: Sequence[str], clusters: Mapping[str, object], max_weight: float, max_cluster: float
) -> float:
    """Return the most that can be invested when no fund and no cluster may exceed its cap; the rest stays cash.

    Parameters
    ----------
    names : sequence of str
        Funds.
    clusters : mapping of fund to cluster
        One for each of them.
    max_weight, max_cluster : float
        Most wealth in one fund, and in one cluster.

    Returns
    -------
    float
        Share of wealth, at most 1.
    """
    sizes = pd.Series([clusters[name] for name in names]).value_counts()
    return float(min(1.0, np.minimum(sizes * max_weight, max_cluster).sum()))


def weights_under_limits(
    returns: pd.DataFrame, clusters: Mapping[str, object], max_weight: float = 0.25, max_cluster: float = 0.4
) -> pd.Series:
    """Share risk equally among funds, under a cap for each fund and for each cluster.

    Parameters
    ----------
    returns : DataFrame
        Sessions × funds, without gaps, up to the evening of the decision.
    clusters : mapping of fund to cluster
        Funds that move together.
    max_weight, max_cluster : float
        Most wealth in one fund, and in one cluster.

    Returns
    -------
    Series
        Weights by fund, the rest of 1 being cash.

    Raises
    ------
    ValueError
        If a return is missing or a fund has no cluster.
    """
    names = list(returns)
    if not names:
        return pd.Series(dtype=float, name="weight")
    if returns.isna().any(axis=None):
        raise ValueError(
            f"returns of {list(returns.columns[returns.isna().any()])} have gaps; cut to the days all have"
        )
    lost = [name for name in names if name not in clusters]
    if lost:
        raise ValueError(f"no cluster for {lost}; give each fund one")
    share = invested_share(names, clusters, max_weight, max_cluster)
    if len(names) == 1:
        return pd.Series([share], index=names, name="weight")
    from skfolio.optimization import RiskBudgeting  # slow to import, and only this needs it

    labels = {c: f"c{k}" for k, c in enumerate(dict.fromkeys(clusters[name] for name in names))}
    rules = [f"{label} <= {max_cluster / share:.12g}" for label in labels.values()]
    model = RiskBudgeting(
        max_weights=min(1.0, max_weight / share * (1 + 1e-9)),
        groups=[[labels[clusters[name]] for name in names]],
        linear_constraints=rules if max_cluster / share < 1 else None,
    )
    model.fit(returns.set_axis([f"a{k}" for k in range(len(names))], axis=1))
    weights = np.clip(model.weights_, 0, None)
    return pd.Series(share * weights / weights.sum(), index=names, name="weight")


def core_satellite(core: pd.Series, satellites: pd.DataFrame, share: float, weights: pd.Series) -> pd.DataFrame:
    """Return daily returns of the core, the satellites and both together, rebalanced daily to fixed shares.

    Parameters
    ----------
    core : Series
        Returns of the core fund.
    satellites : DataFrame
        Sessions × funds.
    share : float
        Wealth in satellites; the rest is core.
    weights : Series
        Weights of the satellites; what they leave of 1 goes to the core.

    Returns
    -------
    DataFrame
        Sessions both have × ``core, satellites, together``, fractions.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: the satellites' share of wealth lies between 0 and 1")
    total = weights.sum()
    moon = satellites[weights.index] @ (weights / total) if total > 0 else core * 0
    outer = share * min(total, 1.0)
    both = pd.DataFrame({"core": core, "satellites": moon}).dropna()
    return both.assign(together=(1 - outer) * both["core"] + outer * both["satellites"])


def drawdown_exposure(
    returns: pd.Series, limit: float, reduced: float = 0.5, recover: float | None = None, lag: int = 1
) -> pd.Series:
    """Return the share invested when a fall beyond a limit cuts it and a recovery restores it.

    Parameters
    ----------
    returns : Series
        Daily returns of the fully invested portfolio.
    limit : float
        Fall from the highest value so far that triggers the cut (positive).
    reduced : float
        Share invested after a cut.
    recover : float, optional
        Fall at which the cut ends; default half the limit.
    lag : int
        Sessions from the close that triggers to the first return earned at the new share; at least 1.

    Returns
    -------
    Series
        On the dates of ``returns``; what is earned is ``exposure * returns``.

    Raises
    ------
    ValueError
        If the limit is not between 0 and 1, or the lag is below 1.
    """
    if not 0 < limit < 1 or lag < 1:
        raise ValueError(f"limit={limit!r} must lie between 0 and 1, and lag={lag!r} be at least 1")
    end = limit / 2 if recover is None else recover
    wealth = (1 + returns).cumprod()
    fall = 1 - wealth / wealth.cummax().clip(lower=1.0)
    state = pd.Series(np.select([fall > limit, fall <= end], [reduced, 1.0], np.nan), index=returns.index)
    return state.ffill().fillna(1.0).shift(lag).fillna(1.0).rename("exposure")
