"""What chapter 09 shows and says: stances, evidence, who is shut out and why, the page one could act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers import performance
from helpers.correlation import wide_prices
from helpers.index_research.stance import STANCES
from helpers.published import load
from helpers.screening.limits import ASKED, Limits, admit, tighter
from helpers.screening.portfolio import core_satellite, drawdown_exposure
from helpers.screening.screen import Screened
from helpers.screening.tradable import capacity
from helpers.tables import MissingTable

__all__ = [
    "MATCH",
    "STEPS",
    "action_table",
    "core_fund",
    "core_study",
    "one_page",
    "parts_table",
    "risk_answers",
    "screen_words",
    "shut_out",
    "stance_for",
    "stance_table",
    "tightening",
]

STEPS = {1: "定策略", 2: "选指数", 3: "验成色", 4: "挑产品", 5: "控风险"}
MATCH = {"attack": "attack", "defence": "defence", "policy": "theme", "none": "core"}  # state of the market: stance
YEAR = 250


def stance_for(state: str, wanted: str | None = None) -> str:
    """Return the stance ``wanted``, else the one the report gives to a state of the market.

    Examples
    --------
    >>> stance_for("policy"), stance_for("policy", "core")
    ('theme', 'core')
    """
    return wanted or MATCH[state]


def stance_table(funds: pd.DataFrame) -> pd.DataFrame:
    """Count funds and indices of each stance, with the words and classes that make it.

    Parameters
    ----------
    funds : DataFrame
        From :func:`helpers.index_research.stance.funds_of_stance`.

    Returns
    -------
    DataFrame
        By stance: ``words, classes, funds, indices``.
    """
    groups = funds.dropna(subset=["stance"]).groupby("stance")
    counted = pd.DataFrame({"funds": groups.size(), "indices": groups["index_code"].nunique()})
    said = {
        name: {"words": words.replace("|", " "), "classes": " ".join(c.removesuffix("ETF") for c in classes)}
        for name, (words, classes) in STANCES.items()
    }
    return pd.DataFrame(said).T.join(counted).rename_axis("stance")


def shut_out(funds: pd.DataFrame) -> pd.DataFrame:
    """Count for each limit the funds it shuts out, those nothing else shuts out, and those it has no answer for.

    Parameters
    ----------
    funds : DataFrame
        With ``failed`` and ``unknown`` of :func:`helpers.screening.limits.admit`.

    Returns
    -------
    DataFrame
        By limit: ``shut out, by it alone, not known``; numbers of funds.
    """
    failed, unknown = funds["failed"].str.split(", "), funds["unknown"].str.split(", ")
    rows = {
        name: {
            "shut out": int(failed.map(lambda names, name=name: name in names).sum()),
            "by it alone": int((funds["failed"] == name).sum()),
            "not known": int(unknown.map(lambda names, name=name: name in names).sum()),
        }
        for name in ASKED
    }
    return pd.DataFrame(rows).T.rename_axis("limit")


def tightening(table: pd.DataFrame, limits: Limits, steps: Sequence[float] = (0, 0.25, 0.5, 1.0, 2.0)) -> pd.DataFrame:
    """Count admitted funds as one limit at a time is tightened by a share of itself, limits × shares.

    An upper bound is tightened by half the share, and by 95 % at most: the bound never falls to zero.

    Parameters
    ----------
    table : DataFrame
        Funds × measures, from :func:`helpers.screening.screen.candidates`.
    limits : Limits
        The others stay as they are here.
    steps : sequence of float
        Shares by which a lower bound is raised; 0 is the limit itself.

    Returns
    -------
    DataFrame of int
        Limits × ``steps``.
    """
    rows = {}
    for name, (_, side) in ASKED.items():
        shares = steps if side == "at least" else [min(step / 2, 0.95) for step in steps]
        rows[name] = [int(admit(table, tighter(limits, name, share))["admitted"].sum()) for share in shares]
    return pd.DataFrame(rows, index=pd.Index(steps, name="tightened")).T.rename_axis("limit")


def screen_words(found: Screened) -> dict:
    """Return the counts of the funnel, the funds held and the share in cash.

    Parameters
    ----------
    found : Screened

    Returns
    -------
    dict
        ``stance, day``; ``funds, indices`` (of the stance), ``admitted, followed`` (funds that keep the limits, their
        indices), ``held, clusters``; ``cash`` and ``largest`` (shares of wealth), ``unanswered`` (share of admitted
        funds with a limit they have no answer to). The last two are NaN without a fund.
    """
    held = found.chosen[found.chosen["weight"] > 0]
    left = found.funds[found.funds["admitted"]]
    return {
        "stance": found.stance,
        "day": found.date,
        "funds": len(found.funds),
        "indices": int(found.funds["index_code"].nunique()),
        "admitted": len(left),
        "followed": int(left["index_code"].nunique()),
        "held": len(held),
        "cash": max(0.0, 1 - held["weight"].sum()),
        "largest": held["weight"].max() if len(held) else np.nan,
        "clusters": int(held["cluster"].nunique()),
        "unanswered": (left["unknown"] != "").mean() if len(left) else np.nan,
    }


def action_table(found: Screened, wealth: float = 1e7, participation: float = 0.1) -> pd.DataFrame:
    """Return the page a reader could act on, one row a fund bought.

    Parameters
    ----------
    found : Screened
    wealth : float
        CNY to be invested.
    participation : float
        Share of a session's median turnover one is willing to be.

    Returns
    -------
    DataFrame
        By fund: ``name, index, weight, money`` (CNY), ``sessions`` (to buy it without taking more than the share),
        ``size, amount`` (CNY), ``fee, tracking_error, premium, PE percentile`` (fractions), ``cluster``, ``not known``
        (limits without an answer).

    Raises
    ------
    MissingTable
        If no fund is held.
    """
    held = found.chosen[found.chosen["weight"] > 0]
    if held.empty:
        raise MissingTable("etf_list", f"no fund of the stance {found.stance} keeps all limits", "Loosen a limit.")
    money = held["weight"] * wealth
    table = pd.DataFrame(
        {
            "name": held["name"],
            "index": held["index_name"].fillna(held["index_code"]),
            "weight": held["weight"],
            "money": money,
            "sessions": np.ceil(money / (participation * held["amount"])),
            "size": held["size"],
            "amount": held["amount"],
            "fee": held["fee"],
            "tracking_error": held["tracking_error"],
            "premium": held["premium"],
        }
    )
    table["PE percentile"] = held.get("pe_ttm_percentile", np.nan)
    return table.assign(cluster=held["cluster"].astype(int), **{"not known": held["unknown"]}).rename_axis("code")


def one_page(found: Screened, wealth: float = 1e7) -> dict:
    """Return the facts under the table: what can be held before the thinnest fund is too thin, and the yearly cost.

    Parameters
    ----------
    found : Screened
    wealth : float
        CNY to be invested.

    Returns
    -------
    dict
        ``capacity`` and ``wealth`` (CNY m), ``thinnest`` (fund that sets the first), ``fee`` (a year, fraction of what
        is invested; NaN where one is not known).
    """
    held = found.chosen[found.chosen["weight"] > 0]
    room = capacity(held["weight"], held["amount"])
    weights = held["weight"] / held["weight"].sum() if len(held) else held["weight"]
    return {
        "capacity": room.min() / 1e6 if len(room) else np.nan,
        "thinnest": room.idxmin() if len(room) else None,
        "fee": float((weights * held["fee"]).sum()) if held["fee"].notna().all() and len(held) else np.nan,
        "wealth": wealth / 1e6,
    }


def core_fund(products: pd.DataFrame, index_code: str, years: float = 3.0) -> str:
    """Return the best-ranked fund of an index that has been listed for some years, or the best if none has.

    Parameters
    ----------
    products : DataFrame
        From :func:`helpers.index_research.products.rank_products`.
    index_code : str
    years : float
        A core is to be looked at over years.

    Returns
    -------
    str
        Its code.

    Raises
    ------
    MissingTable
        If no fund follows it.
    """
    own = products[products["index_code"] == index_code]
    if own.empty:
        raise MissingTable("etf_list", f"no fund on {index_code} is listed", "Choose another research_benchmark.")
    old = own[own["age"] >= years]
    return str((old if len(old) else own)["rank"].idxmin())


def core_study(
    etf_daily: pd.DataFrame, core: str, held: pd.Series, share: float, limit: float, sessions: int = 3 * YEAR
) -> pd.DataFrame:
    """Return daily returns of core, satellites, both, and both with the rule for falls, over the last years.

    The satellites are today's, so the past shows what they are like together and no record of choosing them.

    Parameters
    ----------
    etf_daily : DataFrame
        Canonical.
    core : str
        The core fund.
    held : Series
        Weights of the satellites.
    share : float
        Wealth in satellites.
    limit : float
        Fall at which the satellites are halved.
    sessions : int
        Length of the past, if all funds have it.

    Returns
    -------
    DataFrame
        Sessions × ``core, satellites, together, with the rule``, fractions.

    Raises
    ------
    MissingTable
        If core and satellites share fewer than sixty sessions with prices.
    """
    prices = wide_prices(etf_daily, [core, *held.index]).ffill(limit=5)
    returns = prices.pct_change(fill_method=None).iloc[-sessions:].dropna()
    if len(returns) < 60:
        raise MissingTable("etf_daily", "fewer than sixty sessions on which core and satellites all have prices")
    table = core_satellite(returns[core], returns[list(held.index)], share, held)
    exposure = drawdown_exposure(table["satellites"], limit)
    outer = (table["together"] - table["core"]) / (table["satellites"] - table["core"]).replace(0, np.nan)
    ruled = table["core"] * (1 - outer * exposure) + table["satellites"] * outer * exposure
    return table.assign(**{"with the rule": ruled.fillna(table["together"])})


def parts_table(returns: pd.DataFrame) -> pd.DataFrame:
    """Return sessions, yearly return, volatility, ratio, deepest fall and correlation with the core of each column.

    Parameters
    ----------
    returns : DataFrame
        Daily, from :func:`core_study`; the column ``core`` is what the others are correlated with.

    Returns
    -------
    DataFrame
        By column of ``returns``; rates are fractions, the fall is negative.
    """
    rows = {
        name: {
            "sessions": len(values),
            "return": performance.annual_return(values, periods_per_year=YEAR),
            "volatility": performance.annual_volatility(values, periods_per_year=YEAR),
            "ratio": performance.sharpe_ratio(values, periods_per_year=YEAR),
            "deepest fall": performance.max_drawdown(values),
            "correlation with core": values.corr(returns["core"]),
        }
        for name, values in returns.items()
    }
    return pd.DataFrame(rows).T.rename_axis("part")


def risk_answers(measured: Mapping[str, Mapping[str, object]]) -> list[dict]:
    """Set the report's six risk warnings beside what was measured.

    Parameters
    ----------
    measured : mapping of order to facts
        Facts for the warnings with that number; a warning without facts is said to be unanswered.

    Returns
    -------
    list of dict
        ``order, warning``, then the facts.
    """
    told = load("s001_research_framework")
    told = told[told["block"] == "risk_warnings"].sort_values("order")
    blank = dict.fromkeys(name for facts in measured.values() for name in facts)
    return [
        {"order": int(r.order), "warning": r.step, **blank, **measured.get(int(r.order), {})} for r in told.itertuples()
    ]
