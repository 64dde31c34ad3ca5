"""All ETFs together on the day on which most indices have weights: by kind, by industry, by stock, and their overlap.

It describes a day that is over, by weights of the day itself. The same weights are the known answers by which weights
read off returns can be judged, index by index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.flows.bases import LEVEL, serving
from helpers.flows.etf_money import WHOLE_MARKET, EtfMoney
from helpers.flows.net_inflow import universe_coverage
from helpers.lookthrough import stock_funds
from helpers.lookthrough.estimates import estimate_funds, true_weights
from helpers.lookthrough.etf_units import fund_sizes
from helpers.lookthrough.from_returns import misallocated
from helpers.lookthrough.index_industries import index_industry_weights
from helpers.panels import industry_closes
from helpers.tables import MissingTable, needed
from helpers.taxonomy import classify

MONTHS = (3, 12, 24)


class WholeDay(NamedTuple):
    """Stock ETFs on one day.

    Attributes
    ----------
    day : Timestamp
    funds : DataFrame
        By code, funds with a known size: ``index_code, size`` (CNY), ``kind`` (of the taxonomy, level 1).
    weights : DataFrame
        Rows of ``index_weights`` of that day.
    by_index : DataFrame
        Index codes × industry names and ``unlabelled``: shares of each index.
    known : float
        Share of the listed stock ETFs with a known size.
    """

    day: pd.Timestamp
    funds: pd.DataFrame
    weights: pd.DataFrame
    by_index: pd.DataFrame
    known: float

    @property
    def money(self) -> pd.Series:
        """CNY by index code, of the indices with weights."""
        total = self.funds.groupby("index_code")["size"].sum()
        return total.reindex(self.by_index.index).dropna()

    @property
    def industries(self) -> pd.Series:
        """Share of the money looked through by industry, largest first; sums to 1."""
        held = self.by_index.drop(columns="unlabelled").reindex(self.money.index).mul(self.money, axis=0).sum()
        return (held / held.sum()).sort_values(ascending=False)

    @property
    def positions(self) -> pd.DataFrame:
        """The stocks all ETFs hold together, largest first: ``bn`` (CNY), ``share`` (of the money looked through)."""
        rows = self.weights.assign(held=self.weights["weight"] * self.weights["index_code"].map(self.money))
        held = rows.groupby("code")["held"].sum().sort_values(ascending=False)
        return pd.DataFrame({"bn": held / 1e9, "share": held / self.money.sum()})

    @property
    def facts(self) -> dict[str, object]:
        """The numbers of a sentence.

        Returns
        -------
        dict
            ``day, funds, known, total_bn, seen`` (share of the money looked through), ``indices``; ``first, second``
            (industries) with their shares; ``stock, stock_share``, ``ten`` (share of the ten largest positions).
        """
        top, held, total = self.industries, self.positions, self.funds["size"].sum()
        return {
            "day": self.day,
            "funds": len(self.funds),
            "known": self.known,
            "total_bn": total / 1e9,
            "seen": self.money.sum() / total,
            "indices": len(self.money),
            "first": top.index[0],
            "first_share": top.iloc[0],
            "second": top.index[1],
            "second_share": top.iloc[1],
            "stock": held.index[0],
            "stock_share": held["share"].iloc[0],
            "ten": held["share"].iloc[:10].sum(),
        }


def whole_day(money: EtfMoney) -> WholeDay:
    """Gather the stock ETFs on the last of the days on which most indices have weights.

    Parameters
    ----------
    money : EtfMoney
        Gives tables, scheme and whether labels are carried back.

    Returns
    -------
    WholeDay

    Raises
    ------
    MissingTable
        If units of less than 80 % of the listed stock ETFs are known then.
    """
    shares, listed, weights, labels = needed(money.market, "etf_shares", "etf_list", "index_weights", "stock_industry")
    counted = weights.groupby("date")["index_code"].nunique()
    day = counted.index[counted.eq(counted.max())][-1]
    dates = pd.DatetimeIndex([day])
    stocks = listed.loc[listed["code"].isin(stock_funds(listed))].drop_duplicates("code").set_index("code")
    known = float(universe_coverage(shares, listed, dates).iloc[0])
    if not known >= WHOLE_MARKET:
        said = (
            f"units of {known:.0%} of the listed stock ETFs at {day:%Y-%m-%d}, and the market takes {WHOLE_MARKET:.0%}"
        )
        raise MissingTable("etf_shares", said)
    near = shares.loc[shares["code"].isin(stocks.index) & shares["date"].between(day - pd.Timedelta(days=40), day)]
    prices = {name: money.market[name] for name in ("etf_daily", "index_daily") if name in money.market}
    sizes, _ = fund_sizes(dates, serving(near, LEVEL), etf_list=listed, **prices)
    size = sizes.iloc[0].dropna()
    kinds = classify(stocks.loc[size.index].reset_index())["level1"].to_numpy()
    funds = pd.DataFrame({"index_code": stocks["index_code"].reindex(size.index), "size": size, "kind": kinds})
    of_day = weights.loc[weights["date"] == day]
    by_index = index_industry_weights(of_day, labels, scheme=money.scheme, backcast=money.backcast).loc[day]
    return WholeDay(day, funds, of_day, by_index, known)


def by_kind(day: WholeDay, answers: pd.DataFrame) -> pd.DataFrame:
    """Return what each kind of index fund holds of the money, and how well returns tell its industries.

    Parameters
    ----------
    day : WholeDay
    answers : DataFrame
        Of :func:`known_answers`.

    Returns
    -------
    DataFrame
        Kinds, largest first × ``funds, CNY bn, share, seen`` (of its money looked through), ``indices`` (judged) and
        the mean of each column of ``answers``.
    """
    seen = day.funds["size"].where(day.funds["index_code"].isin(day.by_index.index), 0.0)
    grouped = day.funds.assign(seen=seen).groupby("kind")
    table = grouped["size"].agg(["size", "sum"]).set_axis(["funds", "CNY bn"], axis=1)
    table.insert(2, "share", table["CNY bn"] / table["CNY bn"].sum())
    table.insert(3, "seen", grouped["seen"].sum() / table["CNY bn"])
    table["CNY bn"] /= 1e9
    kind = day.funds.drop_duplicates("index_code").set_index("index_code")["kind"].reindex(answers.index)
    judged = answers.groupby(kind).mean()
    table = table.assign(indices=kind.value_counts()).join(judged)
    return table.sort_values("CNY bn", ascending=False)


def known_answers(money: EtfMoney, day: WholeDay, *, window: int = 250, shrink: float = 0.2) -> pd.DataFrame:
    """Read the industries of every index off the returns of its largest fund, beside the weights it had that day.

    Parameters
    ----------
    money : EtfMoney
        Gives prices and scheme.
    day : WholeDay
    window : int
        Sessions of returns, up to the day.
    shrink : float
        Pull to equal weights of the second estimate.

    Returns
    -------
    DataFrame
        Index codes × ``plain, shrunk, equal``: share of the weight in the wrong industry, of a plain regression, of one
        pulled to equal weights, and of equal weights themselves. Indices whose fund has too short a past are absent.

    Raises
    ------
    MissingTable
        If there are no prices of funds, or of the scheme's industries, before the day.
    """
    daily, industry_daily = needed(money.market, "etf_daily", "industry_daily")
    closes = industry_closes(industry_daily, money.scheme)
    moves = closes.pct_change(fill_method=None).iloc[1:].loc[: day.day]
    if len(moves) <= window:
        raise MissingTable(
            "industry_daily", f"fewer than {window} sessions of {money.scheme} before {day.day:%Y-%m-%d}"
        )
    judged = day.funds.loc[day.funds["index_code"].isin(day.by_index.index)]
    largest = judged.sort_values("size").drop_duplicates("index_code", keep="last")["index_code"]
    truth = day.by_index.reindex(largest.to_numpy()).drop(columns="unlabelled").set_axis(largest.index)
    truth = truth.loc[truth.sum(axis=1) > 0.5]  # the rest of an index lies in stocks without a label
    out = {}
    for name, pull in {"plain": 0.0, "shrunk": shrink}.items():
        found = estimate_funds(truth.index, daily, moves, day.day, window, shrink=pull)
        guess = found.pivot(index="code", columns="industry_name", values="weight").reindex(columns=truth.columns)
        out[name] = misallocated(guess.fillna(0.0), truth)
    table = pd.DataFrame(out)
    equal = pd.DataFrame(1 / truth.shape[1], table.index, truth.columns)
    table["equal"] = misallocated(equal, truth)
    return table.set_axis(largest[table.index].to_numpy()).rename_axis("index_code")


def stale_errors(money: EtfMoney, index_code: str, months: Sequence[int] = MONTHS) -> pd.Series:
    """Mean share of an index's weight that its own weights of some months before put into the wrong industry.

    Parameters
    ----------
    money : EtfMoney
    index_code : str
        With weights by month.
    months : sequence of int

    Returns
    -------
    Series
        By age in months; NaN where the record is shorter.
    """
    weights, labels = needed(money.market, "index_weights", "stock_industry")
    truth = true_weights(weights, labels, index_code, money.scheme, money.backcast)
    truth = truth.loc[truth.sum(axis=1) > 0.5] if len(truth) else truth
    monthly = truth.set_axis(truth.index.to_period("M"))
    found = {age: misallocated(monthly.set_axis(monthly.index + age), monthly).mean() for age in months}
    return pd.Series(found, dtype=float).rename("misallocated")


def overlap(day: WholeDay, number: int = 8) -> pd.DataFrame:
    """Share of their weight that the indices with most money have in common, two by two.

    Parameters
    ----------
    day : WholeDay
    number : int
        Indices, by money behind them.

    Returns
    -------
    DataFrame
        Index codes × index codes: the sum over stocks of the smaller of both weights, 1 on the diagonal.
    """
    largest = day.money.sort_values(ascending=False).index[:number]
    rows = day.weights.loc[day.weights["index_code"].isin(largest)]
    wide = rows.pivot_table(index="index_code", columns="code", values="weight", aggfunc="sum").reindex(largest)
    held = np.nan_to_num(wide.to_numpy())
    held = held / held.sum(axis=1, keepdims=True)
    shared = np.minimum(held[:, None, :], held[None, :, :]).sum(axis=2)
    return pd.DataFrame(shared, largest, largest)


def answer_facts(day: WholeDay, answers: pd.DataFrame, stale: pd.Series) -> dict[str, object]:
    """Return the numbers of a sentence on returns beside truth, and on what indices have in common.

    Parameters
    ----------
    day : WholeDay
    answers : DataFrame
        Of :func:`known_answers`.
    stale : Series
        Of :func:`stale_errors`.

    Returns
    -------
    dict
        ``judged`` (indices), ``plain, shrunk, equal`` (mean errors); ``old`` (texts such as ``"3 months: 4%"``);
        ``pair`` (the two of the largest indices with most in common) and ``common`` (their share).
    """
    shared = overlap(day)
    pairs = shared.where(np.triu(np.ones(shared.shape, dtype=bool), 1)).stack().dropna()
    return {
        "judged": len(answers),
        **answers.mean().to_dict(),
        "old": [f"{age} months: {error:.0%}" for age, error in stale.dropna().items()],
        "pair": list(pairs.idxmax()) if len(pairs) else [],
        "common": pairs.max(),
    }
