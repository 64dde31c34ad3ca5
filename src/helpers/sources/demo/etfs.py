"""The invented ETFs: which index each tracks, when it is listed and closed, its fee, its size when new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .market import World
from .names import indices, ordinals

__all__ = ["Etfs", "index_money", "make_etfs"]

FUNDS_PER_INDEX = {"full": 1.215, "small": 0.30}  # of the rulebook's count
MONEY_FUNDS = {"full": 12, "small": 2}
STOCK_MONEY = (3.0e11, 2.2e12)  # CNY, of all stock ETFs on the first and on the last day, before prices move it
_OTHER_SCALE = {"cross": 0.8, "bond": 1.5, "commodity": 1.5}
_CLOSED = 0.10
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
    """Return the relative ETF money of every index; popular broad indices take more than their count."""
    money = table.etfs.to_numpy() ** np.where(table.category == "broad", 1.5, 1.15)
    return money * table.category.map(_OTHER_SCALE).fillna(1.0).to_numpy()


def _counts(config, table: pd.DataFrame) -> np.ndarray:
    count = np.rint(table.etfs.to_numpy() * FUNDS_PER_INDEX[config.size]).astype(int)
    return np.where(table.etfs > 0, np.maximum(count, 1), 0)


def _first_sessions(world: World, rng, index: np.ndarray, rank: np.ndarray, launch: pd.Series) -> np.ndarray:
    """Draw listing sessions: the first fund soon after the index, the rest more and more towards the end; -1 = before."""
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


def make_etfs(world: World) -> Etfs:
    """Draw the funds, sorted by code; those without an index (money funds) come last."""
    config, rng = world.config, world.config.rng("etfs")
    table = indices(config.full)
    counts = _counts(config, table)
    index = np.repeat(np.arange(len(table)), counts)
    rank = np.concatenate([np.arange(c) for c in counts])
    launch = pd.to_datetime(table.launch.str.replace(r"^1[89]", "19", regex=True) + "-01")
    launch = launch.clip(lower=pd.Timestamp("2004-01-01"))
    first = _first_sessions(world, rng, index, rank, launch)
    money = index_money(table)
    share = (1 + rank) ** -1.1
    share /= np.bincount(index, share, minlength=len(table))[index]
    total = STOCK_MONEY[0] * (STOCK_MONEY[1] / STOCK_MONEY[0]) ** (first.clip(0) / len(world.timeline.days))
    size0 = money[index] / money.sum() * total * share * np.exp(rng.normal(0, 0.5, len(index)))
    extra = MONEY_FUNDS[config.size]
    index = np.append(index, np.full(extra, -1))
    rank = np.append(rank, np.arange(extra))
    first = np.append(first, np.full(extra, -1))
    size0 = np.append(size0, np.exp(rng.normal(np.log(5e9), 1, extra)))
    last = _closing(world, rng, first, np.where(index < 0, 0, rank))
    born = np.where(index < 0, np.datetime64("2013-01-01"), launch.to_numpy().astype("datetime64[D]")[index])
    stems, companies = ordinals(80), rng.integers(0, 24, len(index))
    tracked = table.index_name.to_numpy()[index.clip(0)]
    tracked = np.where(index < 0, "货币", np.where([t.startswith("模拟") for t in tracked], [t[2:] for t in tracked], tracked))
    stock_fee = np.where(rng.random(len(index)) < 0.55, 0.005, 0.0015)
    kind = pd.Series(table.category.to_numpy()[index.clip(0)]).map(_TYPE).fillna("stock").to_numpy()
    kind = np.where(index < 0, "money", kind)
    exchange = np.where(rng.random(len(index)) < 0.55, "SH", "SZ")
    number = np.array([f"{578001 + i}" for i in rng.permutation(len(index))])
    delist = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[us]")
    gone = last < len(world.timeline.days)
    delist[gone] = world.timeline.days.to_numpy()[last[gone] + 1]
    fields = {
        "code": np.char.add(np.char.add(number, "."), exchange),
        "name": np.array([f"模拟{t}ETF{stems[r]}" for t, r in zip(tracked, rank, strict=True)]),
        "index": index,
        "fund_type": kind,
        "manager": np.char.add(ordinals(24)[companies], "基金(模拟)"),
        "first": first,
        "last": last,
        "list_date": _list_dates(world, rng, first, born),
        "delist_date": delist,
        "mgmt_fee": np.where(kind == "stock", stock_fee, np.where(kind == "qdii", 0.006, 0.0015)),
        "custody_fee": np.where(kind == "qdii", 0.002, np.where(stock_fee > 0.002, 0.001, 0.0005)),
        "size0": size0.clip(6e7),
        "rank": rank,
    }
    order = np.argsort(fields["code"])
    return Etfs(**{name: values[order] for name, values in fields.items()})
