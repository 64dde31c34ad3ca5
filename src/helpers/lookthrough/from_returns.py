r"""Industry weights of a fund guessed from how it moves, for funds whose holdings nobody publishes.

A fund's daily return is explained by industry returns with weights that are non-negative and sum to one:

.. math:: \min_{b \ge 0,\; \sum b = 1} \; \sum_t \omega_t \Big(y_t - a - x_t b - z_t c\Big)^2
          + \lambda\, \bar v \sum_i (b_i - p_i)^2

:math:`\omega` weighs recent days more, :math:`z` are controls (size spreads: an index of large caps is not a sum of
all-cap industries), :math:`p` is a prior and :math:`\bar v` the mean variance of the regressors, so that the shrinkage
:math:`\lambda` has no unit. Plain regression is :math:`\lambda = 0` without controls.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import nnls


def simplex_regression(
    y: np.ndarray,
    x: np.ndarray,
    *,
    day_weights: np.ndarray | None = None,
    controls: np.ndarray | None = None,
    shrink: float = 0.0,
    prior: np.ndarray | None = None,
) -> np.ndarray:
    r"""Non-negative, sum-to-one regression weights.

    Parameters
    ----------
    y : ndarray, shape (days,) or (days, funds)
        Returns of a fund, or of many on the same days; no missing values.
    x : ndarray, shape (days, k)
        Returns of the industries.
    day_weights : ndarray, shape (days,), optional
        Weight of each day; default equal.
    controls : ndarray, shape (days, m), optional
        Regressors with free coefficients. A constant is always among them.
    shrink : float
        Strength of the pull to the prior, in units of the mean variance of ``x``.
    prior : ndarray, shape (k,), optional
        Default equal weights.

    Returns
    -------
    ndarray, shape (k,) or (funds, k)

    Raises
    ------
    ValueError
        If ``x`` and ``y`` have not the same days, or ``shrink`` is negative.

    Notes
    -----
    Exact, by one call of non-negative least squares a fund; what depends on the industries alone is done once for all
    funds. Controls are projected out first. With the sum fixed,
    :math:`y - x b = -(x - y \mathbf{1}^T) b = -Z b`, which is homogeneous in b. Minimising
    :math:`\|Z b\|^2 + m^2 (\mathbf{1}^T b - 1)^2` over the cone :math:`b \ge 0` gives, for any :math:`m > 0`, a
    multiple of the minimiser of :math:`\|Z b\|` on the simplex: on a ray only the scale depends on m.
    """
    (days, k), many = x.shape, y.reshape(len(y), -1)
    if len(y) != days:
        raise ValueError(f"y has {len(y)} days and x has {days}; align them first")
    if shrink < 0:
        raise ValueError(f"shrink={shrink}: use 0 or more")
    w = np.full(days, 1 / days) if day_weights is None else day_weights / day_weights.sum()
    free = np.ones((days, 1)) if controls is None else np.column_stack([np.ones(days), controls])
    root = np.sqrt(w)[:, None]
    basis, _ = np.linalg.qr(free * root)
    both = np.column_stack([x, many]) * root
    both -= basis @ (basis.T @ both)
    x, many = both[:, :k], both[:, k:]
    scale = np.sqrt((x**2).sum(axis=0).mean())
    turn, small = np.linalg.qr(x)  # lengths stay what they are when all is turned into the space of the industries
    within = turn.T @ many
    beyond = np.linalg.norm(many - turn @ within, axis=0)
    p = np.full(k, 1 / k) if prior is None else np.asarray(prior, dtype=float)
    pull = np.sqrt(shrink) * scale * (np.eye(k) - p[:, None])[: k if shrink else 0]
    total = np.full((1, k), max(scale, np.finfo(float).tiny))
    target = np.zeros(len(small) + 1 + len(pull) + 1)
    target[-1] = total[0, 0]
    found = np.empty((many.shape[1], k))
    for j, (inside, outside) in enumerate(zip(within.T, beyond, strict=True)):
        system = np.vstack([small - inside[:, None], np.full((1, k), -outside), pull, total])
        found[j], _ = nnls(system, target, maxiter=30 * k)
    found /= found.sum(axis=1, keepdims=True)
    return found if y.ndim > 1 else found[0]


def simulate_weights(
    returns: pd.Series,
    industry_returns: pd.DataFrame,
    dates: pd.DatetimeIndex,
    *,
    window: int = 250,
    half_life: float | None = 120.0,
    shrink: float = 0.2,
    prior: pd.DataFrame | pd.Series | None = None,
    controls: pd.DataFrame | None = None,
    cash: bool = False,
    min_days: int = 60,
) -> pd.DataFrame:
    """Industry weights at each date from the returns up to and including that date.

    Parameters
    ----------
    returns : Series
        Daily returns of the fund (or of an average of funds), by date; :func:`fund_weights` takes many.
    industry_returns : DataFrame
        Days × industry names.
    dates : DatetimeIndex
        When to estimate; a weight dated t is known after the close of t.
    window : int
        Sessions looked back on.
    half_life : float, optional
        Sessions after which a day counts half; None weighs all days equally.
    shrink, prior
        See :func:`simplex_regression`. A frame gives a prior of its own for each date, known at that date.
    controls : DataFrame, optional
        Days × free regressors.
    cash : bool
        Allow money that earns nothing, and leave it out of the result.
    min_days : int
        Fewer complete days in the window give NaN.

    Returns
    -------
    DataFrame
        Dates × industry names; rows sum to 1 or are NaN. An industry without returns in the window gets 0.
    """
    options = {"window": window, "half_life": half_life, "shrink": shrink, "prior": prior, "cash": cash}
    found = _estimate(returns.to_frame(), industry_returns, dates, controls=controls, min_days=min_days, **options)
    return pd.DataFrame(found[:, 0], index=dates, columns=industry_returns.columns)


def _estimate(
    funds: pd.DataFrame,
    industry_returns: pd.DataFrame,
    dates: pd.DatetimeIndex,
    *,
    window: int = 250,
    prior: pd.DataFrame | pd.Series | None = None,
    controls: pd.DataFrame | None = None,
    min_days: int = 60,
    **regression,
) -> np.ndarray:
    """Weights of many funds, shape (dates, funds, industries); funds that miss the same days are one regression."""
    frames = [funds, industry_returns] + ([] if controls is None else [controls])
    days = reduce(pd.Index.intersection, (frame.index for frame in frames)).sort_values()
    y, x, *z = (frame.reindex(days).to_numpy(dtype=float) for frame in frames)
    known = np.isfinite(z[0]).all(axis=1) if z else np.ones(len(days), dtype=bool)
    out = np.full((len(dates), y.shape[1], x.shape[1]), np.nan)
    for i, date in enumerate(dates):
        stop = days.searchsorted(date, side="right")
        last = np.arange(max(0, stop - window), stop)
        pull = _prior_at(prior, date, industry_returns.columns)
        patterns, block = np.unique(np.isfinite(y[last]), axis=1, return_inverse=True)
        for number, seen in enumerate(patterns.T):
            there = np.flatnonzero(np.isfinite(x[last[seen]]).all(axis=0))
            used = last[seen & known[last]]
            if len(used) >= min_days and len(there):
                mine = np.flatnonzero(block == number)
                free = z[0][used] if z else None
                p = np.ones(len(there)) if pull is None else pull[there]
                out[i, mine] = 0.0
                out[np.ix_([i], mine, there)] = _regress(
                    y[np.ix_(used, mine)], x[np.ix_(used, there)], controls=free, prior=p, **regression
                )
    return out


def _regress(
    y: np.ndarray,
    x: np.ndarray,
    *,
    half_life: float | None = 120.0,
    shrink: float = 0.2,
    cash: bool = False,
    controls: np.ndarray | None,
    prior: np.ndarray,
) -> np.ndarray:
    """Weights of funds that share their days, shape (funds, industries), without what is in cash."""
    days, k = x.shape
    if cash:
        x, prior = np.column_stack([x, np.zeros(days)]), np.append(prior, 0.0)
    found = simplex_regression(
        y,
        x,
        day_weights=None if half_life is None else 0.5 ** (np.arange(days)[::-1] / half_life),
        controls=controls,
        shrink=shrink,
        prior=prior / max(prior.sum(), 1e-12),
    )[:, :k]
    invested = found.sum(axis=1, keepdims=True)
    return np.divide(found, invested, out=np.full_like(found, np.nan), where=invested > 0)


def _prior_at(prior: pd.DataFrame | pd.Series | None, date: pd.Timestamp, names: pd.Index) -> np.ndarray | None:
    """Prior known at a date, on the industries of the run."""
    if isinstance(prior, pd.DataFrame):
        row = prior.index.searchsorted(date, side="right") - 1
        prior = prior.iloc[row] if row >= 0 else None
    if prior is None or prior.isna().all():
        return None
    return prior.reindex(names).fillna(0.0).to_numpy(dtype=float)


def fund_weights(
    fund_returns: pd.DataFrame, industry_returns: pd.DataFrame, dates: pd.DatetimeIndex, **options
) -> pd.DataFrame:
    """Estimate many funds, in the long form :func:`helpers.lookthrough.look_through` takes.

    Parameters
    ----------
    fund_returns : DataFrame
        Days × fund codes.
    industry_returns, dates, **options
        See :func:`simulate_weights`.

    Returns
    -------
    DataFrame
        ``date, code, industry_name, weight``, only weights above zero; funds with too short a past are absent.
    """
    weights = _estimate(fund_returns, industry_returns, dates, **options).swapaxes(0, 1)
    fund, date, industry = np.nonzero(weights > 0)
    return pd.DataFrame(
        {
            "date": dates[date],
            "code": fund_returns.columns[fund],
            "industry_name": industry_returns.columns[industry],
            "weight": weights[fund, date, industry],
        }
    )


def misallocated(estimate: pd.DataFrame, truth: pd.DataFrame) -> pd.Series:
    """Share of the weight that sits in the wrong industry, half the sum of absolute differences, by date.

    Parameters
    ----------
    estimate, truth : DataFrame
        Dates × industry names; rows of ``truth`` are rescaled to sum to 1. Dates of ``estimate`` are kept.

    Returns
    -------
    Series
        From 0 (all right) to 1; NaN where one of the two is not known.
    """
    truth = truth.reindex(index=estimate.index, columns=estimate.columns)
    truth = truth.div(truth.sum(axis=1), axis=0)
    gap = (estimate.fillna(0.0) - truth.fillna(0.0)).abs().sum(axis=1) / 2
    return gap.where(estimate.notna().any(axis=1) & truth.notna().any(axis=1)).rename("misallocated")


def walk_forward(
    returns: pd.Series,
    industry_returns: pd.DataFrame,
    truth: pd.DataFrame,
    *,
    shrinks: Sequence[float] = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0),
    half_lives: Sequence[float | None] = (60.0, 120.0, None),
    warmup: int = 12,
    **options,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose shrinkage and half-life at each date by the errors seen before it, and measure what came of it.

    Parameters
    ----------
    returns, industry_returns
        As in :func:`simulate_weights`.
    truth : DataFrame
        Dates × industry names: the true weights, used for choosing only from the row after theirs on.
    shrinks, half_lives : sequences
        The grid.
    warmup : int
        True rows needed before the first choice.
    **options
        Passed to :func:`simulate_weights`.

    Returns
    -------
    errors : DataFrame
        Dates × ``plain`` (no shrinkage, equal days, no controls), ``chosen``, ``shrink``, ``half_life``.
    weights : DataFrame
        The chosen estimates, dates × industry names.
    """
    dates = truth.index
    plain = simulate_weights(
        returns, industry_returns, dates, **(options | {"controls": None}), shrink=0.0, half_life=None
    )
    grid = list(product(shrinks, half_lives))
    found = {
        (s, h): simulate_weights(returns, industry_returns, dates, shrink=s, half_life=h, **options) for s, h in grid
    }
    table = pd.DataFrame({i: misallocated(found[g], truth) for i, g in enumerate(grid)})
    past = table.expanding(min_periods=warmup).mean().shift()
    known = past.notna().any(axis=1)
    choice = past.loc[known].idxmin(axis=1)
    rows = [found[grid[i]].loc[d] for d, i in choice.items()]
    errors = pd.DataFrame(
        {
            "plain": misallocated(plain, truth)[known],
            "chosen": [table.at[d, i] for d, i in choice.items()],
            "shrink": [grid[i][0] for i in choice],
            "half_life": [grid[i][1] for i in choice],
        },
        index=choice.index,
    )
    return errors, pd.DataFrame(rows, index=choice.index, columns=industry_returns.columns)


def error_facts(errors: pd.DataFrame) -> dict[str, float]:
    """Return the numbers of a sentence on how wrong estimated weights are.

    Parameters
    ----------
    errors : DataFrame
        Of :func:`walk_forward`.

    Returns
    -------
    dict
        ``months``; ``plain, plain_least, plain_most`` and ``chosen, chosen_least, chosen_most`` (share of the weight in
        the wrong industry: mean, smallest, largest); ``gain`` (share of the plain error that is gone), ``better``
        (share of months in which the choice was), ``least_pull, most_pull`` (shrinkages chosen), ``one_in`` (1 over the
        chosen error).
    """
    plain, chosen, pull = errors["plain"], errors["chosen"], errors["shrink"]
    return {
        "months": len(errors),
        "plain": plain.mean(),
        "plain_least": plain.min(),
        "plain_most": plain.max(),
        "chosen": chosen.mean(),
        "one_in": 1 / chosen.mean(),
        "chosen_least": chosen.min(),
        "chosen_most": chosen.max(),
        "gain": 1 - chosen.mean() / plain.mean(),
        "better": (chosen < plain).mean(),
        "least_pull": pull.min(),
        "most_pull": pull.max(),
    }
