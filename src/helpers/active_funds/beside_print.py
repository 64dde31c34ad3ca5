"""Both sides whole on one day, and the divergence of the report's two outflow weeks beside its printed scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.active_funds.reports import reported_weights
from helpers.flows.case_cells import in_report_scheme
from helpers.flows.etf_money import EtfMoney, etf_money
from helpers.flows.whole_day import WholeDay
from helpers.lookthrough.from_returns import misallocated
from helpers.published.exhibits.s002_flows import CASES, case_week
from helpers.tables import MissingTable, needed

TOP = 10


class FullReport(NamedTuple):
    """Holdings of active funds at one date, by industry: all of them where a run has such a report.

    Attributes
    ----------
    day : Timestamp
        The quarter's end.
    full, listed : Series
        Shares by industry: of all holdings, and of the ten largest of each portfolio alone.
    funds : int
        Funds that report.
    held : str
        What ``full`` is made of: ``"all holdings"`` or ``"listed holdings"``.
    """

    day: pd.Timestamp
    full: pd.Series
    listed: pd.Series
    funds: int
    held: str


def full_report(money: EtfMoney) -> FullReport:
    """Take the last quarter for which active funds report all they hold, else the last for which they report.

    Parameters
    ----------
    money : EtfMoney
        Gives tables, scheme and whether labels are carried back.

    Returns
    -------
    FullReport

    Raises
    ------
    MissingTable
        If the report has no stock with a label.
    """
    lines, labels = needed(money.market, "fund_holdings", "stock_industry")
    full = lines.loc[lines["scope"].eq("full")] if "scope" in lines else lines.iloc[:0]
    held = "listed holdings" if full.empty else "all holdings"
    full = lines if full.empty else full
    rows = full.loc[full["report_date"] == full["report_date"].max()]
    ranked = rows.groupby(["fund_code"])["weight_nav"].rank(ascending=False, method="first")
    known = pd.DatetimeIndex([rows["announce_date"].max()])
    options = {"scheme": money.scheme, "backcast": money.backcast}
    both = [reported_weights(part, labels, known, **options)[0].iloc[0] for part in (rows, rows.loc[ranked <= TOP])]
    if both[0].isna().all():
        raise MissingTable("stock_industry", f"it labels less than half of the holdings of {known[0]:%Y-%m-%d}")
    return FullReport(rows["report_date"].iloc[0], *both, rows["fund_code"].nunique(), held)


def day_divergence(day: WholeDay, report: FullReport) -> pd.Series:
    """Return ETF share less active share by industry, in percentage points, lowest first.

    Parameters
    ----------
    day : WholeDay
        The ETF side.
    report : FullReport
        The active side.

    Returns
    -------
    Series
        By industry; sums to 0.

    Raises
    ------
    MissingTable
        If the two are more than a quarter apart.
    """
    if abs((day.day - report.day).days) > 92:
        said = f"{report.held} at {report.day:%Y-%m-%d}, and weights of most indices at {day.day:%Y-%m-%d}"
        raise MissingTable(("fund_holdings", "index_weights"), said)
    return (100 * (day.industries - report.full)).sort_values()


def report_facts(report: FullReport, errors: pd.DataFrame) -> dict[str, object]:
    """Return how far a top-ten list, and weights read off returns, are from all holdings.

    Parameters
    ----------
    report : FullReport
    errors : DataFrame
        Of :class:`helpers.active_funds.study.Judged`: quarters × methods.

    Returns
    -------
    dict
        ``quarter, funds, listed`` (share of weight that the ten largest alone misplace; NaN where no more is
        reported), and ``carried, plain,
        simulated`` at that quarter's end where they are known.
    """
    gap = misallocated(report.listed.to_frame().T.fillna(0.0), report.full.to_frame().T.set_axis([report.listed.name]))
    known = errors.loc[report.day].to_dict() if report.day in errors.index else {}
    blank = dict.fromkeys(("carried", "plain", "simulated"), np.nan)
    return {
        "quarter": report.day,
        "funds": report.funds,
        "listed": float(gap.iloc[0]) if report.held == "all holdings" else np.nan,
        **blank,
        **known,
    }


def case_money(market: Mapping[str, pd.DataFrame], scheme: str, report_scheme: str) -> EtfMoney:
    """Return the ETF money of the weeks around the printed cases, in the report's industries.

    Parameters
    ----------
    market : mapping of table name to DataFrame
    scheme : str
        Industry scheme of the run.
    report_scheme : str
        Of the report; see :func:`helpers.flows.case_cells.in_report_scheme`.

    Returns
    -------
    EtfMoney
        By week, from two months before the first case.
    """
    start = min(map(pd.Timestamp, CASES)) - pd.Timedelta(days=60)
    return in_report_scheme(etf_money(market, scheme, start=start), report_scheme)


def printed_scores(money: EtfMoney) -> pd.DataFrame:
    """Set the divergence of each printed week beside the score the report prints for it.

    Parameters
    ----------
    money : EtfMoney
        By week, in the report's industries.

    Returns
    -------
    DataFrame
        Weeks (Monday) × ``universe`` (share of the listed stock ETFs known), ``difference`` and ``ratio`` (rank
        correlation of the printed score with ETF share less, and over, active share), ``signs`` (industries whose
        standardised difference has the printed sign).

    Raises
    ------
    MissingTable
        If no printed week has both sides, in the printed industries.
    """
    lines, labels = needed(money.market, "fund_holdings", "stock_industry")
    weeks = {w: pd.Timestamp(w) + pd.Timedelta(days=4) for w in CASES}
    options = {"scheme": money.scheme, "backcast": money.backcast}
    active, _ = reported_weights(lines, labels, pd.DatetimeIndex(weeks.values()), **options)
    rows = {}
    for week, friday in weeks.items():
        printed = case_week(week)["divergence_factor"]
        sides = pd.DataFrame({"etf": money.share.reindex([friday]).iloc[0], "active": active.loc[friday]})
        sides = sides.reindex(printed.index)
        if sides.notna().all(axis=1).sum() < len(printed):
            continue
        gap = sides["etf"] - sides["active"]
        rows[week] = {
            "universe": money.universe[friday],
            "difference": gap.rank().corr(printed.rank()),
            "ratio": (sides["etf"] / sides["active"]).rank().corr(printed.rank()),
            "signs": int((np.sign(gap - gap.mean()) == np.sign(printed)).sum()),
        }
    if not rows:
        said = f"no printed week has both sides in all {len(printed)} industries of the report"
        raise MissingTable(("etf_shares", "fund_holdings", "stock_industry"), said)
    return pd.DataFrame(rows).T.rename_axis("week of")
