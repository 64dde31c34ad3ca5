"""The dirt of real data, laid on at the end and written down: gaps, stale prices, missing and differing names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .etfs import Etfs
from .market import World
from .names import indices
from .trading import Trading

__all__ = ["dirty_list", "dirty_trading", "drop_days", "drop_rows"]

_ZERO_FUNDS, _ZERO_DAYS = 0.07, 0.06  # illiquid funds, and the days on which nothing trades in them
_STALE_DAYS = 0.03  # days on which a QDII fund publishes yesterday's NAV again
_NO_CODE, _OTHER_NAME = 0.06, 0.08
_GOLD_TEXTS = (
    "国内黄金现货价格收益率",
    "上海黄金交易所Au99.99合约收益率",
    "黄金现货实盘合约价格",
    "上海金午盘基准价收益率",
)


def _carry(values: np.ndarray, repeat: np.ndarray) -> np.ndarray:
    """Repeat the value of the row before where ``repeat`` is set."""
    blanked = pd.DataFrame(np.where(repeat, np.nan, values))
    return np.where(np.isnan(values), np.nan, blanked.ffill().to_numpy())


def dirty_trading(world: World, etfs: Etfs, trading: Trading) -> tuple[Trading, dict]:
    """Add days without turnover (the price stands still) and repeated NAVs of QDII funds.

    Parameters
    ----------
    world : World
        The stock market.
    etfs : Etfs
        The funds.
    trading : Trading
        As it would be without blemish.

    Returns
    -------
    tuple of Trading and dict
        The changed trading, and ``zero_turnover_funds`` (codes) with ``repeated_nav_days`` (a count).
    """
    rng = world.config.rng("dirt")
    at = np.arange(len(trading.nav))[:, None]
    inside = (at > etfs.first.clip(0) + 1) & (trading.split == 1) & (np.roll(trading.split, -1, axis=0) == 1)
    illiquid = (rng.random(len(etfs)) < _ZERO_FUNDS) & (etfs.rank >= 1) & (etfs.fund_type != "money")
    still = inside & illiquid & (rng.random(trading.nav.shape) < _ZERO_DAYS)
    again = inside & (etfs.fund_type == "qdii") & (rng.random(len(at))[:, None] < _STALE_DAYS)
    changed = Trading(
        nav=_carry(trading.nav, again),
        close=_carry(trading.close, still),
        adj_close=_carry(trading.adj_close, still),
        amount=np.where(still, 0.0, trading.amount),
        shares=trading.shares,
        split=trading.split,
    )
    notes = {
        "zero_turnover_funds": sorted(etfs.code[illiquid]),
        "repeated_nav_days": int((again & ~np.isnan(trading.nav)).sum()),
    }
    return changed, notes


def dirty_list(world: World, etfs: Etfs, trading: Trading) -> tuple[pd.DataFrame, dict]:
    """Return the canonical ``etf_list`` with the gaps and spellings of a real one.

    Parameters
    ----------
    world : World
        The stock market.
    etfs : Etfs
        The funds.
    trading : Trading
        For their sizes.

    Returns
    -------
    tuple of DataFrame and dict
        The table, and by kind of blemish the codes or counts it concerns.
    """
    rng, table = world.config.rng("dirty list"), indices(world.config.full)
    tracked = etfs.index >= 0
    code = table.index_code.to_numpy(dtype=object)[etfs.index.clip(0)]
    name = table.index_name.to_numpy(dtype=object)[etfs.index.clip(0)]
    code, name = np.where(tracked, code, None), np.where(tracked, name, None)
    benchmark = np.where(tracked, [f"{n}收益率" for n in name], "活期存款基准利率(税后)").astype(object)
    gold = np.isin(code, ["AU9999", "SHAU"])
    benchmark[gold] = np.array(_GOLD_TEXTS)[rng.integers(0, 4, gold.sum())]
    draw = rng.random(len(etfs))
    nameless = gold & (draw < 0.6)
    codeless = tracked & ~gold & (draw < _NO_CODE)
    spelled = tracked & ~gold & (draw > 1 - _OTHER_NAME)
    name[spelled] = [_other_spelling(n, i) for i, n in enumerate(name[spelled])]
    code[nameless | codeless] = None
    name[nameless] = None
    last = np.minimum(etfs.last, len(world.timeline.days) - 1)
    at = np.arange(len(etfs))
    listing = pd.DataFrame(
        {
            "code": etfs.code,
            "name": etfs.name,
            "list_date": etfs.list_date,
            "establish_date": etfs.list_date - np.timedelta64(14, "D"),
            "exchange": [c[-2:] for c in etfs.code],
            "delist_date": etfs.delist_date,
            "index_code": code,
            "index_name": name,
            "benchmark": benchmark,
            "fund_type": etfs.fund_type,
            "manager": etfs.manager,
            "mgmt_fee": etfs.mgmt_fee,
            "custody_fee": etfs.custody_fee,
            "size": np.round(trading.shares[last, at] * trading.nav[last, at], -2),
            "size_date": world.timeline.days.to_numpy()[last],
        }
    )
    never = listing.tail(3).assign(
        code=["579901.SH", "579902.SZ", "579903.SH"], name=[None, None, "模拟未上市ETF"], list_date=pd.NaT, size=np.nan
    )
    never = never.assign(establish_date=pd.NaT, delist_date=pd.NaT, size_date=pd.NaT, fund_type="stock")
    listing = pd.concat([listing, never], ignore_index=True)
    notes = {
        "gold_without_code_and_name": sorted(etfs.code[nameless]),
        "index_code_missing": sorted(etfs.code[codeless]),
        "index_name_spelled_differently": sorted(etfs.code[spelled]),
        "never_listed": list(never.code),
        "listed_on_last_day": sorted(etfs.code[etfs.first == len(world.timeline.days) - 1]),
    }
    return listing.sort_values("code", ignore_index=True), notes


def _other_spelling(name: str, turn: int) -> str:
    forms = (f"{name}指数", f"{name} 指数", f"{name}(全收益)", f"{name}（人民币）")
    return forms[turn % len(forms)]


def drop_days(table: pd.DataFrame, days) -> pd.DataFrame:
    """Return the table without some dates.

    Parameters
    ----------
    table : DataFrame
        With ``date``.
    days
        Dates to leave out.

    Returns
    -------
    DataFrame
        The other rows.
    """
    return table[~table.date.isin(days)].reset_index(drop=True)


def drop_rows(table: pd.DataFrame, rng, share: float, keep: np.ndarray | None = None) -> pd.DataFrame:
    """Return the table without a random ``share`` of rows; ``keep`` marks rows that must stay.

    Parameters
    ----------
    table : DataFrame
        Any.
    rng : Generator
        Drawn from once a row.
    share : float
        Fraction of the rows to leave out.
    keep : ndarray, optional
        Marks rows that must stay, one a row.

    Returns
    -------
    DataFrame
        The other rows.
    """
    stays = rng.random(len(table)) >= share
    return table[stays if keep is None else stays | keep].reset_index(drop=True)
