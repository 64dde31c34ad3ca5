"""ETF units against pure styles: whether funds grow more in months in which a style rises or falls.

The report uses 14 pure style factors of a risk model. What canonical tables can build is cruder: differences between
two indices, or between the third of indices or industries that has most of a property and the third that has least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from helpers.flows.etf_money import WHOLE_MARKET, EtfMoney
from helpers.flows.monthly_units import launched_growth, monthly_changes, traded_share
from helpers.flows.net_inflow import share_growth
from helpers.panels import industry_closes, wide
from helpers.published.exhibits.s002_flows import flow_group_years, printed_style_growth
from helpers.sessions import month_ends
from helpers.tables import MissingTable

LEVEL = 0.05  # below which a difference is called more than chance

UNBUILT = {
    "投资": "balance sheets",
    "收益变动": "analysts' or quarterly profits",
    "杠杆": "balance sheets",
    "盈利能力": "a return on equity of each index",
    "流动性": "turnover of each industry",
}


def style_returns(
    index_daily: pd.DataFrame | None,
    industry_prices: pd.DataFrame | None,
    index_valuation: pd.DataFrame | None = None,
    *,
    size_pair: Sequence[str] = ("000300", "000852"),
    growth_pair: Sequence[str] = ("399370", "399371"),
) -> tuple[pd.DataFrame, pd.Series]:
    """Monthly returns of the styles that the tables can build.

    Parameters
    ----------
    index_daily, index_valuation : DataFrame, optional
        Canonical tables.
    industry_prices : DataFrame, optional
        Sessions × industries.
    size_pair, growth_pair : sequence of two codes
        Large over small, growth over value.

    Returns
    -------
    returns : DataFrame
        Months (period) × styles, named as in the report; a property is measured at the end of the month before.
    built_from : Series
        What each style is made of.
    """
    out, how = {}, {}
    if index_daily is not None:
        for style, pair in (("市值", size_pair), ("成长", growth_pair)):
            found = _pair_returns(index_daily, pair)
            if found is not None:
                out[style], how[style] = found, f"index {pair[0]} less index {pair[1]}"
    if index_daily is not None and index_valuation is not None:
        closes = wide(index_daily, "index_code", "close")
        for style, column, inverse in (("BP", "pb", True), ("盈利", "pe_ttm", True), ("分红", "div_yield", False)):
            if column not in index_valuation:
                continue
            trait = wide(index_valuation, "index_code", column)
            trait = 1 / trait.where(trait > 0) if inverse else trait
            out[style] = long_short(closes, trait)
            how[style] = f"indices in the top third by {'1/' if inverse else ''}{column} less the bottom third"
    if industry_prices is not None:
        daily = industry_prices.pct_change(fill_method=None)
        for style, trait in _industry_traits(industry_prices, daily).items():
            out[style] = long_short(industry_prices, trait)
            how[style] = "industries in the top third less the bottom third"
    table = pd.DataFrame(out)
    return table.loc[table.notna().any(axis=1)], pd.Series(how, dtype=object)


def _industry_traits(prices: pd.DataFrame, daily: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Momentum, reversal, volatility and beta of each industry, known at each session."""
    mean = daily.mean(axis=1)
    beta = daily.rolling(250, min_periods=200).cov(mean).div(mean.rolling(250, min_periods=200).var(), axis=0)
    return {
        "动量": prices.shift(20) / prices.shift(250) - 1,
        "长期反转": -(prices.shift(250) / prices.shift(750) - 1),
        "波动率": daily.rolling(60, min_periods=50).std(),
        "Beta": beta,
    }


def _pair_returns(index_daily: pd.DataFrame, pair: Sequence[str]) -> pd.Series | None:
    rows = index_daily.loc[index_daily["index_code"].isin(pair)]
    closes = wide(rows, "index_code", "close")
    if set(pair) - set(closes.columns):
        return None
    months = _monthly(closes.dropna())
    return (months[pair[0]] - months[pair[1]]).dropna()


def _monthly(closes: pd.DataFrame) -> pd.DataFrame:
    """Returns of whole calendar months (a month after a hole is NaN)."""
    last = closes.loc[month_ends(closes.index, complete=True)]
    last = last.set_axis(last.index.to_period("M"))
    if len(last):
        last = last.reindex(pd.period_range(last.index[0], last.index[-1], freq="M"))
    return last / last.shift() - 1


def long_short(prices: pd.DataFrame, trait: pd.DataFrame, share: float = 1 / 3) -> pd.Series:
    """Monthly return of the assets with most of a trait less those with least, chosen the month before.

    Parameters
    ----------
    prices, trait : DataFrame
        Sessions (or other dates) × assets.
    share : float
        Part of the assets on each side; months with fewer than six assets are NaN.

    Returns
    -------
    Series
        By month (period).
    """
    returns = _monthly(prices)
    last = trait.loc[month_ends(trait.index)]
    before = last.set_axis(last.index.to_period("M") + 1)
    before = before.reindex(index=returns.index, columns=returns.columns).where(returns.notna())
    rank, count = before.rank(axis=1, method="first"), before.count(axis=1)
    size = np.floor(count * share)
    top = rank.gt(count - size, axis=0)
    bottom = rank.le(size, axis=0)
    spread = returns.where(top).mean(axis=1) - returns.where(bottom).mean(axis=1)
    return spread.where(count >= 6)


def growth_by_style(growth: pd.Series, styles: pd.DataFrame, minimum: int = 6) -> pd.DataFrame:
    """Mean growth of ETF units in months in which a style fell and rose (纯风格因子收益涨跌时股票ETF份额增长均值).

    Parameters
    ----------
    growth : Series
        By month (period), fractions.
    styles : DataFrame
        Months × styles, returns.
    minimum : int
        Months on each side below which a style is left out.

    Returns
    -------
    DataFrame
        Styles × ``down_pct, up_pct, difference_pct`` (% a month), ``months_down, months_up, t, p`` (Welch), by
        difference.
    """
    rows = {}
    for style, returns in styles.items():
        both = pd.DataFrame({"growth": growth, "style": returns}).dropna()
        down, up = (100 * both.loc[cut, "growth"] for cut in (both["style"] < 0, both["style"] > 0))
        if min(len(down), len(up)) < minimum:
            continue
        t, p = stats.ttest_ind(up, down, equal_var=False)
        rows[style] = (down.mean(), up.mean(), up.mean() - down.mean(), len(down), len(up), t, p)
    columns = ["down_pct", "up_pct", "difference_pct", "months_down", "months_up", "t", "p"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table = table.astype({"months_down": int, "months_up": int})
    return table.sort_values("difference_pct", ascending=False).rename_axis("style")


class StyleStudy(NamedTuple):
    """Growth of ETF units against styles.

    Attributes
    ----------
    known : float
        Share of the market whose units are known, on average: of the listed stock ETFs, or of their turnover where the
        units are monthly averages.
    growth : Series
        By month (period): growth of the units of funds known at its start.
    table : DataFrame
        Of :func:`growth_by_style`.
    built_from : Series
        What each style is made of.
    basis : str
        What the units are, in words.
    launched : float
        Mean growth a month with newly listed funds counted in; of monthly averages only.
    """

    known: float
    growth: pd.Series
    table: pd.DataFrame
    built_from: pd.Series
    basis: str
    launched: float = np.nan

    def judged(self, money: EtfMoney) -> pd.DataFrame:
        """Return the table, if units of the whole market stand behind it: as the run knows it, or by turnover.

        Parameters
        ----------
        money : EtfMoney
            What the run knows, asked where units are of a day.

        Returns
        -------
        DataFrame
            The attribute ``table``.

        Raises
        ------
        MissingTable
            Otherwise.
        """
        if not self.averaged:
            money.whole()
        elif self.known < WHOLE_MARKET:
            raise MissingTable("etf_shares", f"{self.basis}, and the market takes {WHOLE_MARKET:.0%}")
        return self.table

    @property
    def averaged(self) -> bool:
        """Whether the units are monthly averages."""
        return not np.isnan(self.launched)

    @property
    def notes(self) -> dict[str, str]:
        """What each style is made of, for the scoreboard."""
        return {f"{style} ": f"{self.basis}; proxy: {made}" for style, made in self.built_from.items()}

    @property
    def why(self) -> dict[str, str]:
        """Why a style is not in the table, for the scoreboard."""
        lacking = {
            f"{s} ": f"not built: needs {needs}, which no canonical table carries" for s, needs in UNBUILT.items()
        }
        return {"": "not built: no index_valuation, or fewer than six months on a side", **lacking}

    @property
    def facts(self) -> dict[str, object]:
        """How many styles differ by more than chance, and which could not be built."""
        strong = list(self.table.index[self.table["p"] < LEVEL])
        missing = [s for s in printed_style_growth().index if s not in self.table.index]
        return {
            "built": len(self.table),
            "strong": len(strong),
            "strong_names": strong,
            "unbuilt": [f"{s} ({UNBUILT.get(s, 'index_valuation')})" for s in missing],
            "months": len(self.growth),
            "known": self.known,
            "grown": self.growth.mean(),
            "launched": self.launched,
            "printed_grown": printed_style_growth()[["down_pct", "up_pct"]].to_numpy().mean() / 100,
            "basis": self.basis,
        }


def style_study(
    money: EtfMoney,
    *,
    size_pair: Sequence[str],
    growth_pair: Sequence[str],
    averages: pd.DataFrame | None = None,
) -> StyleStudy:
    """Set the monthly growth of a run's ETF units against every style its tables can build.

    Parameters
    ----------
    money : EtfMoney
    size_pair, growth_pair : sequence of two codes
        As for :func:`style_returns`.
    averages : DataFrame, optional
        Monthly averages of units; taken where the run's own units are not those of the market.

    Returns
    -------
    StyleStudy

    Raises
    ------
    MissingTable
        If no style has six months of growth on each side.
    """
    market, prices = money.market, None
    if "industry_daily" in market and money.scheme in set(market["industry_daily"]["scheme"]):
        prices = industry_closes(market["industry_daily"], money.scheme)
    pairs = {"size_pair": size_pair, "growth_pair": growth_pair}
    styles, made = style_returns(market.get("index_daily"), prices, market.get("index_valuation"), **pairs)
    if averages is None or money.whole_market:
        known, growth, launched = float(money.universe.mean()), _own_growth(money), np.nan
        basis = f"units of {growth.index[0]} to {growth.index[-1]}" if len(growth) else "no units"
    else:
        known, growth, basis, launched = _average_growth(averages, money)
    table = growth_by_style(growth, styles)
    if table.empty:
        said = "no style has six months in which it rose and six in which it fell with units known"
        raise MissingTable(("etf_shares", "index_daily", "industry_daily"), said)
    return StyleStudy(known, growth, table, made.reindex(table.index), basis, launched)


def _own_growth(money: EtfMoney) -> pd.Series:
    months = money.universe.index.to_period("M").unique()
    return share_growth(money.days).reindex(months).dropna()


def _average_growth(averages: pd.DataFrame, money: EtfMoney) -> tuple[float, pd.Series, str, float]:
    """Turnover behind monthly averages, growth from the report's first year on, basis, growth with launches."""
    since = pd.Timestamp(f"{flow_group_years().index[0] - 1}-12-01")
    changes = monthly_changes(averages.loc[averages["month_end"] >= since], money.market)
    growth, traded = share_growth(changes), traded_share(changes, money.market)
    funds = changes.groupby(changes["date"].dt.to_period("M"))["code"].nunique().reindex(growth.index)
    words = f"monthly averages of units, {growth.index[0]} to {growth.index[-1]}, {funds.min()} to {funds.max()} funds"
    known = float(traded.reindex(growth.index).mean())
    launched = launched_growth(changes, money.market["etf_list"]).mean()
    return known, growth, f"{words} with {known:.0%} of the turnover", float(launched)
