"""What was planted in a simulated market, in the words of the boxes that close a chapter.

Only these boxes read the truth, and they read it through here. No method imports this room, so nothing that was planted
can reach a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from helpers.active_funds.weights import ActiveWeights
from helpers.flows.etf_money import EtfMoney
from helpers.lookthrough.from_returns import misallocated
from helpers.planted.compare import (
    active_truth,
    cluster_agreement,
    cluster_moves,
    factor_slopes,
    flow_agreement,
    lookthrough_gap,
    split_flows,
    style_agreement,
)
from helpers.prose import Prose
from helpers.regimes import turn_delay
from helpers.regimes.study import Style
from helpers.rotation.inputs import CHANGE, DIVERGENCE, FLOW, LEVEL
from helpers.sources import Market, demo

__all__ = [
    "active_box",
    "box",
    "clusters_box",
    "clusters_told",
    "factors_told",
    "flows_box",
    "product_box",
    "rotation_box",
    "style_box",
    "truth_of",
]


def truth_of(market: Market) -> dict | None:
    """Return what was planted in a simulated market (see :func:`helpers.sources.demo.load_truth`); else None."""
    if not market.simulated or market.folder is None:
        return None
    return demo.load_truth(market.folder)


def box(sentences: Iterable[str]) -> Prose:
    """Set sentences apart as the box *What was planted*; without any the box is empty."""
    lines = "\n".join(f"> - {text}" for text in sentences if text)
    head = "> **What was planted.** This market is simulated, so the truth behind it is known.\n>\n"
    return Prose(head + lines if lines else "")


def clusters_box(market: Market, membership: pd.DataFrame) -> Prose:
    """Say how far the clusters of a chapter's ``membership`` agree with those planted in its ``market``."""
    truth = truth_of(market)
    return box(clusters_told(membership, truth)) if truth else box([])


def clusters_told(membership: pd.DataFrame, truth: dict, last: int = 6) -> list[str]:
    """Say how far the clusters of the last months agree with the planted ones, and when planted moves were found.

    Parameters
    ----------
    membership : DataFrame
        ``date, code, cluster`` by month.
    truth : dict
        From :func:`truth_of`.
    last : int
        Months whose agreement is told.

    Returns
    -------
    list of str
        The agreement of these months, then a sentence for each planted move and one on what delays them; empty without
        a month or a move the truth knows.
    """
    agree = cluster_agreement(membership, truth).tail(last)
    told = []
    if len(agree):
        told.append(
            f"Agreement of the last {len(agree)} months with the planted clusters (adjusted Rand index, 1 is the same "
            f"partition): {agree.min():.2f} to {agree.max():.2f}, {agree.mean():.2f} on average."
        )
    for move in cluster_moves(membership, truth).itertuples():
        seen = "not found in these months"
        if pd.notna(move.found):
            seen = f"found at the month end {move.found:%Y-%m-%d}, {(move.found - move.planted).days} days later"
        told.append(f"Planted on {move.planted:%Y-%m-%d}: *{move.segment}* from {move.before} to {move.after}; {seen}.")
    if len(told) > 1:
        told.append("A correlation over many sessions remembers the old cluster until the new one outweighs it.")
    return told


def style_box(market: Market, styles: Mapping[str, Style]) -> Prose:
    """Say how often the states of printed ``styles`` are those planted in the ``market``, and how late they follow."""
    truth = truth_of(market)
    own = [style for style in styles.values() if style.as_printed]
    return box(style_told(style, truth) for style in own) if truth else box([])


def style_told(style: Style, truth: dict) -> str:
    """Compare the state of one style with the planted spells.

    Parameters
    ----------
    style : Style
    truth : dict
        From :func:`truth_of`.

    Returns
    -------
    str
        Share of weeks in the planted state, switches followed before the next one, and the median delay in weeks.
    """
    found = style_agreement(style.shown["state"], truth, style.name)
    told = f"**{style.name}**: the state is the planted one in {found['agree']:.0%} of the weeks. "
    if not found["seen"]:
        return told + f"None of {found['switches']} planted switches is followed before the next."
    return told + (
        f"Of {found['switches']} planted switches {found['seen']} are followed before the next one, after "
        f"{found['delay']:.0f} weeks in the median; a clean turn would take {turn_delay(style.lamb)}."
    )


def flows_box(money: EtfMoney) -> Prose:
    """Say how near look-through, flows and split days of ETF ``money`` are to what was planted in its market.

    Flows of an industry are compared as a share of what was held the week before.
    """
    truth = truth_of(money.market)
    return box(flows_told(money, truth)) if truth else box([])


def flows_told(money: EtfMoney, truth: dict) -> list[str]:
    """Return the sentences of :func:`flows_box`.

    Parameters
    ----------
    money : EtfMoney
    truth : dict
        From :func:`truth_of`.

    Returns
    -------
    list of str
        Flows are compared for Shenwan industries only, split days told where any was planted.
    """
    labels, scheme = money.market["stock_industry"], money.scheme
    gap = lookthrough_gap(money.market["index_weights"], labels, truth, scheme)
    relative = money.industry_flows / money.holdings.shift()
    ranks = flow_agreement(relative, truth, labels) if scheme == "SW2021_L1" else float("nan")
    on_split = split_flows(money.days, truth)
    told = [
        "Industry weights of the indices on the last twelve dates: the largest difference from the planted weights is "
        f"{gap:.0e} of an index."
    ]
    if pd.notna(ranks):
        told.append(f"Weekly flows by industry: mean rank correlation with the planted ones {ranks:.2f}.")
    if len(on_split):
        none = (on_split.fillna(0.0) == 0).sum()
        told.append(f"Of {len(on_split)} fund-days with a planted split or merger {none} count as no flow.")
    return told


def active_box(market: Market, active: ActiveWeights, scheme: str, last: int = 24) -> Prose:
    """Say how much of active funds' weight a chapter puts into the wrong industry, by the source of each month.

    Parameters
    ----------
    market : Market
    active : ActiveWeights
        Month ends × industries, with the source of each month.
    scheme : str
        The industry scheme of ``active``.
    last : int
        Month ends told of, counted from the last known.

    Returns
    -------
    Prose
        Empty on a real market, and where the truth knows none of these months.
    """
    truth = truth_of(market)
    if truth is None:
        return box([])
    months = active.weights.dropna(how="all").index[-last:]
    held = active_truth(months, market["stock_industry"], market["fund_holdings"], truth, scheme)
    held = held.reindex(columns=active.weights.columns, fill_value=0.0)
    if held.empty:
        return box([])
    source = active.origin["source"].reindex(held.index)
    wrong = misallocated(active.weights.reindex(held.index), held).groupby(source).mean()
    even = misallocated(held * 0.0 + 1.0 / held.shape[1], held).mean()
    parts = ", ".join(f"{share:.1%} where the source is *{name}*" for name, share in wrong.items())
    told = (
        f"What the funds really held, last {len(held)} months: the share of weight in the wrong industry is {parts}; "
        f"equal weights would misplace {even:.1%}."
    )
    return box([told])


def product_box(market: Market, table: pd.DataFrame) -> Prose:
    """Return the box about the three odd funds: which they are, and where each stands in the measure made for it.

    Parameters
    ----------
    market : Market
        A simulated one.
    table : DataFrame
        From :func:`helpers.index_research.products.product_table`.

    Returns
    -------
    Prose
        One sentence an odd fund whose measure is known: stated in the table's own unit, ranked among stock ETFs.
    """
    odd = truth_of(market)["planted"]["products"]
    stocks = table[table["fund_type"] == "stock"]
    asked = {
        "tracks_badly": ("tracks badly", "tracking_error", False, "{:.1%} a year"),
        "about_to_close": ("is about to close", "size", True, "{:,.0f} CNY"),
        "at_a_premium": ("trades at a premium", "premium", False, "{:+.1%}"),
    }
    told = []
    for kind, (words, column, ascending, form) in asked.items():
        place, value = stocks[column].rank(ascending=ascending).get(odd[kind]), stocks[column].get(odd[kind])
        if place is not None and pd.notna(place):
            told.append(f"{odd[kind]} {words}: {form.format(value)}, place {place:.0f} of {stocks[column].count()}.")
    return box(told)


def rotation_box(market: Market, factors: Mapping[str, pd.DataFrame], forward: pd.DataFrame) -> Prose:
    """Set the planted premiums of the factors beside the measured ones.

    Parameters
    ----------
    market : Market
    factors : mapping of name to DataFrame
        Decisions × industries, by the names of :data:`helpers.rotation.inputs.FACTORS`.
    forward : DataFrame
        Decisions × industries: returns until the next decision's purchase.

    Returns
    -------
    Prose
        Empty on a real market.
    """
    truth = truth_of(market)
    if not truth:
        return box([])
    names = {FLOW: "flow", LEVEL: "level", CHANGE: "marginal", DIVERGENCE: "divergence"}
    return box(factors_told(truth["planted"]["config"]["premiums"], dict(factors), forward, names))


def factors_told(premiums: dict[str, float], factors: dict, forward: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Set planted premiums beside measured ones.

    Parameters
    ----------
    premiums : dict of str to float
        Planted return (a fraction) per unit of standardised score.
    factors : dict of DataFrame
        Decisions × industries.
    forward : DataFrame
        Decisions × industries: returns until the next decision's purchase.
    names : dict of str to str
        What ``premiums`` calls each factor.

    Returns
    -------
    list of str
        One sentence a factor, then why the two may differ.
    """
    told = [
        f"*{names[row.Index]}*: planted {premiums[names[row.Index]]:+.2%} per unit of standardised score, measured "
        f"{row.slope:+.2%} ($t$ = {row.t:.1f}, {row.n:.0f} decisions)."
        for row in factor_slopes(factors, forward).itertuples()
    ]
    told.append(
        "A score is paid over the two weeks after it. One that lasts is paid again every week, so its measured premium "
        "may exceed the planted one, and each factor also earns what it shares with the others."
    )
    return told
