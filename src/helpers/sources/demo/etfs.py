"""The invented ETFs: which index each tracks, when it is listed and closed, its fee, its size when new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .market import World
from .names import indices, ordinals
from .stocks import managers

__all__ = ["Etfs", "index_money", "make_etfs"]

FUNDS_PER_INDEX = {"full": 1.215, "small": 0.25}  # of the rulebook's count
MONEY_FUNDS = {"full": 12, "small": 2}
STOCK_MONEY = (6.0e11, 5.0e12)  # CNY, of all stock ETFs on the first and on the last day, before prices move it
_OTHER_SCALE = {"cross": 0.8, "bond": 1.5, "commodity": 1.5}
_CLOSED = 0.10
NEW_FUNDS = 2  # listed on the last day
_TYPE = {"cross": "qdii", "bond": "bond", "commodity": "commodity"}


@dataclass(frozen=True)
class Etfs:
    """One entry per fund: position of its index (-1 = none), first and last session, fee, size when it starts."""

    code: np.ndarray
    name: np.ndarray
    index: np.ndarray
    fund_type: np.ndarray
    manager: np.ndarray
    first: np.ndarray
    last: np.ndarray
    list_date: np.ndarray
    delist_date: np.ndarray
    mgmt_fee: np.ndarray
    custody_fee: np.ndarray
    size0: np.ndarray
    rank: np.ndarray

    def __len__(self):
        return len(self.code)


def index_money(table: pd.DataFrame) -> np.ndarray:
    """Return the relative ETF money of every index; popular broad indices take more than their count.

    Parameters
    ----------
    table : DataFrame
        The rulebook: ``etfs`` (number of funds), ``category``.

    Returns
    -------
    ndarray
        One an index.
    """
    money = table.etfs.to_numpy() ** np.where(table.category == "broad", 1.5, 1.15)
    return money * table.category.map(_OTHER_SCALE).fillna(1.0).to_numpy()


def _counts(config, table: pd.DataFrame) -> np.ndarray:
    count = np.rint(table.etfs.to_numpy() * FUNDS_PER_INDEX[config.size]).astype(int)
    return np.where(table.etfs > 0, np.maximum(count, 1), 0)


def _first_sessions(world: World, rng, index: np.ndarray, rank: np.ndarray, launch: pd.Series) -> np.ndarray:
    """Draw listing sessions, the first fund soon after the index, more of the rest towards the end; -1: before."""
    days = world.timeline.days
    born = days.searchsorted(launch + pd.Timedelta(days=60))
    earliest = np.where(launch < days[0] - pd.Timedelta(days=200), -len(days) // 2, born)[index]
    end = len(days) - 30
    reach = np.maximum(end - earliest, 1)
    draw = rng.random(len(index))
    late = earliest + reach * draw**0.75
    soon = earliest + np.minimum(reach, 300) * draw
    old = (earliest < 0) & (rng.random(len(index)) < 0.6)
    first = np.where(rank == 0, np.where(old, -1, soon), late)
    return np.clip(first, -1, end).astype(int)


def _list_dates(world: World, rng, first: np.ndarray, launch: np.ndarray) -> np.ndarray:
    days = world.timeline.days
    before = days[0] - pd.to_timedelta(rng.integers(20, 2600, len(first)), unit="D")
    before = np.maximum(before.to_numpy(), launch.astype("datetime64[us]") + np.timedelta64(30, "D"))
    before = np.minimum(before, days[0].to_datetime64() - np.timedelta64(4, "D"))
    return np.where(first < 0, before, days.to_numpy()[first.clip(0)])


def _closing(world: World, rng, first, rank) -> np.ndarray:
    """Draw last sessions: some of the funds that are not the first on their index are closed."""
    days = len(world.timeline.days)
    last = np.full(len(first), days + 10**6)
    death = first + 300 + rng.random(len(first)) * days
    dies = (rng.random(len(first)) < _CLOSED * 3) & (rank >= 1) & (death < days - 15)
    last[dies] = death[dies].astype(int)
    return last


def _new(days: int, rng, first: np.ndarray, rank: np.ndarray, count: int) -> np.ndarray:
    """List some funds on the very last day: all that is known of them is one row."""
    eligible = np.flatnonzero((rank >= 1) & (first > 0))
    first = first.copy()
    first[rng.choice(eligible, count, replace=False)] = days - 1
    return first


def _sizes(world: World, rng, table: pd.DataFrame, index, rank, first) -> np.ndarray:
    """Draw first-day sizes: an index's money at the time, mostly in its first funds."""
    money = index_money(table)
    share = (1 + rank) ** -1.1
    share /= np.bincount(index, share, minlength=len(table))[index]
    elapsed = first.clip(0) / len(world.timeline.days)
    total = STOCK_MONEY[0] * (STOCK_MONEY[1] / STOCK_MONEY[0]) ** elapsed
    return money[index] / money.sum() * total * share * np.exp(rng.normal(0, 0.5, len(index)))


def _names(table: pd.DataFrame, index: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Return fund names that say the fund is simulated and what it tracks."""
    tracked = [table.index_name[i].removeprefix("模拟") if i >= 0 else "货币" for i in index]
    turn = ordinals(int(rank.max()) + 1)
    return np.array([f"模拟{name}ETF{turn[r]}" for name, r in zip(tracked, rank, strict=True)])


def _kinds(table: pd.DataFrame, index: np.ndarray) -> np.ndarray:
    kind = table.category.map(_TYPE).fillna("stock").to_numpy()
    return np.where(index < 0, "money", kind[index.clip(0)])


def make_etfs(world: World) -> Etfs:
    """Draw the funds, sorted by code; money funds track no index.

    Parameters
    ----------
    world : World
        The stock market.

    Returns
    -------
    Etfs
        One entry a fund.
    """
    config, rng = world.config, world.config.rng("etfs")
    table, days, extra = indices(config.full), world.timeline.days, MONEY_FUNDS[config.size]
    counts = _counts(config, table)
    index = np.repeat(np.arange(len(table)), counts)
    rank = np.concatenate([np.arange(c) for c in counts])
    launch = pd.to_datetime(table.launch + "-01").clip(lower=pd.Timestamp("2004-01-01"))
    first = _new(len(days), rng, _first_sessions(world, rng, index, rank, launch), rank, NEW_FUNDS)
    size0 = np.append(_sizes(world, rng, table, index, rank, first), np.exp(rng.normal(np.log(5e9), 1, extra)))
    index, rank = np.append(index, np.full(extra, -1)), np.append(rank, np.arange(extra))
    first = np.append(first, np.full(extra, -1))
    last = _closing(world, rng, first, np.where(index < 0, 0, rank))
    born = np.where(index < 0, np.datetime64("2013-01-01"), launch.to_numpy().astype("datetime64[D]")[index])
    kind = _kinds(table, index)
    dear = rng.random(len(index)) < 0.55
    number = np.array([f"{578001 + i}." for i in rng.permutation(len(index))])
    delist = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[us]")
    gone = last < len(days)
    delist[gone] = days.to_numpy()[last[gone] + 1]
    fields = {
        "code": np.char.add(number, np.where(rng.random(len(index)) < 0.55, "SH", "SZ")),
        "name": _names(table, index, rank),
        "index": index,
        "fund_type": kind,
        "manager": managers()[rng.integers(0, len(managers()), len(index))],
        "first": first,
        "last": last,
        "list_date": _list_dates(world, rng, first, born),
        "delist_date": delist,
        "mgmt_fee": np.select([kind == "qdii", kind != "stock", dear], [0.006, 0.0015, 0.005], 0.0015),
        "custody_fee": np.select([kind == "qdii", kind == "stock"], [0.002, np.where(dear, 0.001, 0.0005)], 0.0005),
        "size0": size0.clip(6e7),
        "rank": rank,
    }
    order = np.argsort(fields["code"])
    return Etfs(**{name: values[order] for name, values in fields.items()})
