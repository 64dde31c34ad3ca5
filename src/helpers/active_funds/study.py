"""The active side of a run: from a market to weights known at each date, and to the errors of the simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.active_funds.divergence import divergence
from helpers.active_funds.weights import ACTIVE_SHRINK, REPORT_MONTHS, ActiveWeights, simulation_errors, spliced_weights
from helpers.flows.etf_money import EtfMoney
from helpers.panels import distinct
from helpers.tables import MissingTable, needed

PULLS = (0.1, 0.3, 1.0, 3.0, 10.0)


class Judged(NamedTuple):
    """How far weights are off at quarters' ends, judged by the report that came later.

    Attributes
    ----------
    errors : DataFrame
        Quarters × ``carried`` and, where fund values allow, ``plain, simulated``: share of weight misplaced.
    curve : Series
        Mean error of the simulation by its pull to the last report; empty without fund values.
    pulled : DataFrame, optional
        Quarters × ``pull …``: the errors behind the curve.
    """

    errors: pd.DataFrame
    curve: pd.Series
    pulled: pd.DataFrame | None = None


def active_weights(
    market: Mapping[str, pd.DataFrame],
    dates: pd.DatetimeIndex,
    scheme: str,
    *,
    backcast: bool = False,
    report_months: int = REPORT_MONTHS,
    shrink: float = ACTIVE_SHRINK,
) -> ActiveWeights:
    """Industry weights of a market's active equity funds as known at each date; reports, and simulation between them.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`. Without ``fund_nav`` or prices of the scheme's industries the last
        report is carried on, and ``origin`` says so.
    dates : DatetimeIndex
        Ascending; the report compares month ends.
    scheme, backcast, report_months
        See :func:`helpers.active_funds.spliced_weights`.
    shrink : float
        Pull of the simulated weights to the last report.

    Returns
    -------
    ActiveWeights

    Raises
    ------
    MissingTable
        If there are no reports, no labels of the scheme, or nothing is known at any of the dates.
    """
    reports, labels = _reports(market, scheme)
    options = {"scheme": scheme, "backcast": backcast, "report_months": report_months, "shrink": shrink}
    found = spliced_weights(reports, labels, dates, **_simulation_tables(market, scheme), **options)
    if not found.weights.notna().any(axis=None):
        span = f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}" if len(dates) else "no date"
        raise MissingTable("fund_holdings", f"no report is known in the months asked for ({span})")
    return found


def judge_simulation(
    market: Mapping[str, pd.DataFrame],
    scheme: str,
    *,
    backcast: bool = False,
    shrink: float = ACTIVE_SHRINK,
    pulls: Sequence[float] = PULLS,
) -> Judged:
    """Measure what the regression adds to keeping the last report.

    Parameters
    ----------
    market, scheme, backcast, shrink
        As for :func:`active_weights`.
    pulls : sequence of float
        Further pulls to measure.

    Returns
    -------
    Judged

    Raises
    ------
    MissingTable
        If there are no reports or labels, or no quarter whose own report came after an earlier one.
    """
    reports, labels = _reports(market, scheme)
    options = {"scheme": scheme, "backcast": backcast, "shrink": shrink, "pulls": pulls}
    measured = simulation_errors(reports, labels, **_simulation_tables(market, scheme), **options).dropna(how="all")
    if not measured["carried"].notna().any():
        raise MissingTable("fund_holdings", "no two quarters in a row, so that no report can judge the one before")
    pulled = [column for column in measured if column.startswith("pull ")]
    common = measured.dropna() if measured.notna().all(axis=1).any() else measured
    curve = common[pulled].mean().set_axis([float(column.removeprefix("pull ")) for column in pulled])
    return Judged(measured.drop(columns=pulled), curve, measured[pulled])


def known_divergence(etf_share: pd.DataFrame, active: ActiveWeights) -> pd.DataFrame:
    """ETF share less active share of each industry, on the dates both are known.

    Parameters
    ----------
    etf_share : DataFrame
        Dates × industries, of :attr:`helpers.flows.etf_money.EtfMoney.share`.
    active : ActiveWeights
        Of :func:`active_weights`.

    Returns
    -------
    DataFrame
        Of :func:`helpers.active_funds.divergence.divergence`, without the dates on which a side is unknown.

    Raises
    ------
    MissingTable
        If there is no such date.
    """
    gap = divergence(etf_share, active.weights).dropna(how="all")
    if gap.empty:
        raise MissingTable(("etf_shares", "fund_holdings"), "no month has both sides of the divergence known")
    return gap


def sample_facts(market: Mapping[str, pd.DataFrame], money: EtfMoney) -> dict[str, object]:
    """Say what stands behind the two sides.

    Parameters
    ----------
    market : mapping of table name to DataFrame
    money : EtfMoney
        The ETF side, by month.

    Returns
    -------
    dict
        ``months, first, last`` (month ends of ETF holdings), ``coverage, universe`` (means), ``funds`` (active funds
        reported), ``begin, end`` (quarters reported), ``values`` (whether there are fund values).
    """
    reports, dates = market["fund_holdings"], money.sizes.index
    return {
        "months": len(dates),
        "first": dates[0],
        "last": dates[-1],
        "coverage": money.coverage.mean(),
        "universe": money.universe.mean(),
        "funds": reports["fund_code"].nunique(),
        "begin": reports["report_date"].min(),
        "end": reports["report_date"].max(),
        "values": "fund_nav" in market,
    }


def origin_facts(active: ActiveWeights) -> dict[str, float]:
    """Count where the weights of each date come from.

    Parameters
    ----------
    active : ActiveWeights
        Of :func:`active_weights`.

    Returns
    -------
    dict
        ``months``; ``report, simulated, carried, none`` (dates by source); ``youngest, oldest`` (days between a
        quarter's end and the dates it is used on).
    """
    source, age = active.origin["source"], active.origin["age"].dropna()
    counted = {name: int((source == name).sum()) for name in ("report", "simulated", "carried", "none")}
    return {"months": len(source), **counted, "youngest": age.min(), "oldest": age.max()}


def shrink_curve(judged: Judged) -> pd.Series:
    """Return the mean error of the simulation by its pull to the last report.

    Parameters
    ----------
    judged : Judged
        Of :func:`judged_simulation`.

    Returns
    -------
    Series
        Mean share of weight in the wrong industry, by pull.

    Raises
    ------
    MissingTable
        If nothing could be simulated, since the run has no fund values or no industry prices of the scheme.
    """
    if judged.curve.empty:
        raise MissingTable(("fund_nav", "industry_daily"), "without both of them no weights can be simulated")
    return judged.curve


def simulation_facts(judged: Judged) -> dict[str, float]:
    """Return the numbers of a sentence on the simulation.

    Parameters
    ----------
    judged : Judged
        Of :func:`judged_simulation`.

    Returns
    -------
    dict
        ``quarters`` (in which every method is known), ``carried`` (mean error of the kept report) and, with fund
        values, ``plain, simulated``, ``best`` (pull with the smallest error), ``best_error``, ``gain`` (carried less
        best), ``helps`` (whether there is one) and ``falling`` (whether more pull always helps).
    """
    errors, curve = judged.errors, judged.curve
    facts = dict.fromkeys(("plain", "simulated", "best", "best_error", "gain", "falling", "helps"), np.nan)
    common = errors.dropna() if errors.notna().all(axis=1).any() else errors
    facts |= {"quarters": len(common), **common.mean().to_dict()}
    if len(curve):
        facts |= {"best": curve.idxmin(), "best_error": curve.min(), "gain": facts["carried"] - curve.min()}
        facts |= {"falling": bool(curve.is_monotonic_decreasing), "helps": bool(facts["gain"] > 0)}
    return facts


def _reports(market: Mapping[str, pd.DataFrame], scheme: str) -> list[pd.DataFrame]:
    reports, labels = needed(market, "fund_holdings", "stock_industry")
    known = list(distinct(labels["scheme"]))
    if scheme not in known:
        said = f"it holds {', '.join(known)} but not {scheme}"
        raise MissingTable("stock_industry", said, "Choose another rotation_scheme.")
    return [reports, labels]


def _simulation_tables(market: Mapping[str, pd.DataFrame], scheme: str) -> dict[str, pd.DataFrame]:
    """Fund values and industry prices, if the market has both for the scheme."""
    tables = {name: market[name] for name in ("fund_nav", "industry_daily") if name in market}
    return tables if len(tables) == 2 and (tables["industry_daily"]["scheme"] == scheme).any() else {}
