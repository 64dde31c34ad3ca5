"""The planted premiums: what next week's industry returns owe to flows, holdings, their change and the divergence.

Week by week, for the 31 SW industries: money flows into an industry by chasing its return and by reverting what has
flowed in; ETF money follows flows and prices; active funds keep weights of their own, which wander. The scores of a
week's end, standardised across industries, are paid out evenly over the sessions of the next two weeks.

A pinned year and a premium live together because every score changes sign within the year: flows revert, styles and
issuance heat alternate. The constant drift that makes a year end where it was printed takes away the year's mean of an
industry and leaves its weeks as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .config import DemoConfig
from .styles import Styles
from .timeline import Timeline

__all__ = ["Latent", "run_weeks"]

FLOW_SCALE = 0.030  # weekly flow into the funds of one industry, per unit score
_MEMORY, _CHASE, _REVERT, _NOISE = 0.55, 0.30, 0.12, 0.75
_ACTIVE_STEP, _ACTIVE_PULL = 0.05, 0.02
_LAG = 4  # weeks of a "monthly" change
_PAID = ("flow", "level", "marginal", "divergence")
_PAYOUT = (0.65, 0.35)  # of a score in the first and in the second week after it


@dataclass(frozen=True)
class Latent:
    """Weekly planted states, weeks × industries: ``flow``, ETF ``level``, ``active`` weights; daily ``premium``."""

    flow: np.ndarray
    level: np.ndarray
    active: np.ndarray
    scores: dict[str, np.ndarray]
    premium: np.ndarray


def _z(x: np.ndarray) -> np.ndarray:
    spread = x.std()
    return np.clip((x - x.mean()) / spread, -2.5, 2.5) if spread > 0 else np.zeros_like(x)


def run_weeks(
    config: DemoConfig,
    timeline: Timeline,
    styles: Styles,
    base_returns: np.ndarray,
    money: np.ndarray,
    themed: np.ndarray,
    active_base: np.ndarray,
) -> Latent:
    """Run the weekly loop.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.
    styles : Styles
        Planted spells.
    base_returns : array, weeks × industries
        Industry returns before any premium.
    money, themed, active_base : arrays, one per industry
        Starting ETF money, the share of it in industry and theme funds, and the starting weights of active funds.

    Returns
    -------
    Latent
        What nobody sees: scores, flows, levels and active weights by week and industry.
    """
    rng = config.rng("latent flows")
    weeks, count = base_returns.shape
    shocks, steps = rng.standard_normal((2, weeks, count))
    home = np.log(active_base) + rng.standard_normal(count) * 0.25
    heat = styles.heat[timeline.month_of_day[timeline.week_last]]
    pay = {name: config.premiums[name] for name in _PAID}
    scores = {name: np.zeros((weeks, count)) for name in _PAID}
    flows, levels, actives, paid = np.zeros((4, weeks, count))
    returns = base_returns.copy()
    flow = stock = tilt = np.zeros(count)
    for k in range(weeks):
        paid[k] = _due(scores, pay, k)
        returns[k] += paid[k]
        chased = _z(returns[max(0, k - _LAG + 1) : k + 1].sum(axis=0))
        flow = _MEMORY * flow + _CHASE * chased - _REVERT * stock + _NOISE * shocks[k]
        stock = 0.94 * stock + flow
        money = money * (1 + returns[k]) * (1 + FLOW_SCALE * flow * themed)
        tilt = tilt * (1 - _ACTIVE_PULL) + _ACTIVE_STEP * steps[k]
        active = np.exp(home + tilt)
        flows[k], levels[k], actives[k] = flow, money / money.sum(), active / active.sum()
        scores["flow"][k] = _z(flow)
        scores["level"][k] = styles.size_state[k] * _z(np.log(levels[k]))
        scores["marginal"][k] = styles.growth_state[k] * _z(levels[k] - levels[max(0, k - _LAG)])
        scores["divergence"][k] = heat[k] * _z(levels[k] - actives[k])
    sessions = np.bincount(timeline.week_of_day)
    daily = (paid / sessions[:, None])[timeline.week_of_day]
    return Latent(flows, levels, actives, scores, daily)


def _due(scores: dict[str, np.ndarray], pay: dict[str, float], k: int) -> np.ndarray:
    """Return what week ``k`` pays for the scores of the weeks before, with mean zero across industries."""
    due = np.zeros(scores["flow"].shape[1])
    for back, share in enumerate(_PAYOUT, start=1):
        if k >= back:
            due += share * sum(pay[name] * scores[name][k - back] for name in pay)
    return due - due.mean()
