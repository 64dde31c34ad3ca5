"""The same funds through time, and their books: what they held, what came in, what it earned, what is left over.

Units of most funds are recorded on a few days only. A sum over whoever is known that week jumps when the record widens,
and that is no money. Amounts through time are therefore those of one sample: the whole market where it is known,
otherwise the funds that are known nearly always.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from helpers.flows.etf_money import WHOLE_MARKET, EtfMoney
from helpers.panels import as_of
from helpers.tables import MissingTable

KNOWN = 0.75
BOOKS = ["start", "entered", "flow", "return", "residual", "end"]


class Sample(NamedTuple):
    """Funds whose money can be followed through time.

    Attributes
    ----------
    sizes : DataFrame
        Weeks × funds, CNY; a hole in the record is bridged with the last size.
    flows : DataFrame
        Weeks × funds, CNY of net inflow.
    market : bool
        Whether these are all listed stock ETFs, those listed later included.
    known : Series
        Funds with a known size by week, in the sample or not.
    """

    sizes: pd.DataFrame
    flows: pd.DataFrame
    market: bool
    known: pd.Series


def same_funds(money: EtfMoney, least: float = KNOWN) -> Sample:
    """Choose the sample that amounts through time are told of.

    Parameters
    ----------
    money : EtfMoney
    least : float
        Share of the weeks in which a fund's size must be known.

    Returns
    -------
    Sample
        Every stock ETF if units of 80 % of the listed ones are known in every week; else those known in ``least`` of
        the weeks, from the first week on in which all of them are.

    Raises
    ------
    MissingTable
        If no fund is known that often.
    """
    market = bool((money.universe >= WHOLE_MARKET).all())
    often = money.sizes.notna().mean() >= least
    if not market and not often.any():
        raise MissingTable("etf_shares", f"no fund's units are known in {least:.0%} of the weeks")
    sizes = money.sizes.loc[:, money.sizes.notna().any() if market else often]
    sizes = sizes.ffill().where(_alive(sizes, money.market["etf_list"]))
    if not market:
        sizes = sizes.loc[sizes.notna().all(axis=1).idxmax() :]
    flows = money.flows.loc[sizes.index, sizes.columns].iloc[1:]
    return Sample(sizes, flows, market, money.sizes.notna().sum(axis=1))


def _alive(sizes: pd.DataFrame, etf_list: pd.DataFrame) -> pd.DataFrame:
    """Return whether each fund is not yet delisted, weeks × funds."""
    gone = pd.Series(pd.NaT, sizes.columns)
    if "delist_date" in etf_list:
        gone = etf_list.drop_duplicates("code").set_index("code")["delist_date"].reindex(sizes.columns)
    days = sizes.index.to_numpy()[:, None]
    return pd.DataFrame(~(gone.to_numpy()[None, :] <= days), sizes.index, sizes.columns)


def books(sizes: pd.DataFrame, flows: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Account for each fund's money: end = start + entered + flow + return + residual.

    Parameters
    ----------
    sizes, flows : DataFrame
        Weeks × funds, CNY; the flow of a week is since the week before.
    prices : DataFrame
        Weeks × funds, adjusted: the return of a week is on the money of the week before.

    Returns
    -------
    DataFrame
        Funds × ``start, entered, flow, return, residual, end``, CNY. ``entered`` is what a fund brought when it was
        first seen, less what it took when last seen, and any change in a week without a price. What is left over is
        money that earned or missed a part of a week's return, dividends paid out (an adjusted price counts them as
        kept), and, where it is large, an error in units or prices.
    """
    before, moved = sizes.shift(), prices / prices.shift() - 1
    told = sizes.notna() & before.notna() & moved.notna()
    change = sizes.fillna(0.0).diff()
    flow = flows.reindex_like(sizes).fillna(0.0).where(told, 0.0)
    earned = (before * moved).where(told, 0.0)
    table = {
        "start": sizes.iloc[0].fillna(0.0),
        "entered": change.where(~told).iloc[1:].sum(),
        "flow": flow.sum(),
        "return": earned.sum(),
        "residual": (change - flow - earned).where(told).sum(),
        "end": sizes.iloc[-1].fillna(0.0),
    }
    return pd.DataFrame(table)[BOOKS].rename_axis("code")


def fund_books(money: EtfMoney, sample: Sample) -> pd.DataFrame:
    """Return the :func:`books` of a sample, largest fund at the end first.

    Parameters
    ----------
    money : EtfMoney
        Gives the prices.
    sample : Sample
        Of :func:`same_funds`.

    Returns
    -------
    DataFrame
        Funds × ``start, entered, flow, return, residual, end``, CNY.

    Raises
    ------
    MissingTable
        If the run has no ``etf_daily``.
    """
    weeks, funds = sample.sizes.index, sample.sizes.columns
    prices, _ = as_of(money.market["etf_daily"], "adj_close", weeks, funds, max_age=10)
    table = books(sample.sizes, sample.flows, pd.DataFrame(prices, weeks, funds))
    return table.sort_values("end", ascending=False)


def largest_books(table: pd.DataFrame, number: int = 8) -> pd.DataFrame:
    """Return the first ``number`` rows of a ``table`` of :func:`fund_books` and a row for all of them, CNY bn."""
    every = table.sum().to_frame(f"all {len(table):,}").T
    return (pd.concat([table.head(number), every]) / 1e9).rename_axis("fund")


def books_facts(table: pd.DataFrame) -> dict[str, object]:
    """Return how well the books balance.

    Parameters
    ----------
    table : DataFrame
        Of :func:`fund_books`.

    Returns
    -------
    dict
        ``funds`` (number), ``entered_bn, flow_bn, return_bn, residual_bn`` (CNY bn, all funds), ``left`` (residual over
        the money at the end), ``typical`` (median absolute residual of a fund, over the larger of its start and end),
        ``worst`` (fund) and ``worst_left``, among funds with a tenth of a per cent of the money at least.
    """
    total = table.sum() / 1e9
    size = table[["start", "end"]].max(axis=1)
    left = (table["residual"] / size.where(size > 0)).dropna()
    heavy = left[size[left.index] >= size.sum() / 1000]
    worst = heavy.abs().idxmax()
    facts = {f"{name}_bn": total[name] for name in ("entered", "flow", "return", "residual")}
    return facts | {
        "funds": len(table),
        "left": total["residual"] / total["end"],
        "typical": left.abs().median(),
        "worst": worst,
        "worst_left": left[worst],
    }


def sample_facts(sample: Sample) -> dict[str, object]:
    """Return what a sample is.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    dict
        ``funds`` (number), ``codes`` (where at most ten), ``market``, ``since`` (date), ``fewest, most`` (funds known
        in a week, in the sample or not).
    """
    funds = sample.sizes.columns
    return {
        "funds": len(funds),
        "codes": list(funds) if len(funds) <= 10 else None,
        "market": sample.market,
        "since": sample.sizes.index[0],
        "fewest": int(sample.known.min()),
        "most": int(sample.known.max()),
    }
