"""The invented stocks: who they are, when they are listed, what they are worth on the first day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .config import DemoConfig
from .names import industries, ordinals, segments
from .timeline import Timeline

__all__ = ["Stocks", "make_stocks", "stock_industry_table"]

MARKET_CAP = 30e12  # CNY, float, all stocks that will ever be listed, at their first-day prices
BOARDS = ("sse", "szse", "gem", "star", "bse")
_BOARD_SUFFIX = {"sse": "SH", "star": "SH", "szse": "SZ", "gem": "SZ", "bse": "BJ"}
_REGIONS = ("广东", "浙江", "江苏", "北京", "上海", "山东", "福建", "四川", "安徽", "湖北", "湖南", "重庆", "其他")
_REGION_ODDS = np.array([17, 13, 13, 9, 8, 6, 4, 4, 4, 3, 3, 2, 14], dtype=float)
_GROWTH_BOARDS = {"电池", "创新药", "医疗器械", "软件", "信创", "消费电子", "通信设备", "芯片", "半导体设备", "机器人"}
MIN_PER_SEGMENT = 6
_BOARD_NAMES = {"sse": "沪市主板", "szse": "深市主板", "gem": "创业板", "star": "科创板", "bse": "北交所"}
_OWNER_NAMES = {"central": "央企", "soe": "地方国企", "private": "民企"}


@dataclass(frozen=True)
class Stocks:
    """One entry per stock: code, traits, first and last session (positions), first-day price and float shares.

    ``sw`` and ``citic`` are positions in the industry tables; ``sw_new`` and ``citic_new`` hold from session ``moved``.
    """

    code: np.ndarray
    name: np.ndarray
    segment: np.ndarray
    sw: np.ndarray
    citic: np.ndarray
    moved: np.ndarray
    sw_new: np.ndarray
    citic_new: np.ndarray
    board: np.ndarray
    region: np.ndarray
    owner: np.ndarray
    first: np.ndarray
    last: np.ndarray
    price0: np.ndarray
    float_shares: np.ndarray
    growth: np.ndarray
    size: np.ndarray
    quality: np.ndarray
    div_yield: np.ndarray
    idio: np.ndarray

    def __len__(self):
        return len(self.code)

    def industry(self, scheme: str, position: int) -> np.ndarray:
        """Return the industry (a position in the scheme's table) of every stock on a session."""
        old, new = (self.sw, self.sw_new) if scheme == "SW2021_L1" else (self.citic, self.citic_new)
        return np.where(position >= self.moved, new, old)


def industry_codes(scheme: str) -> np.ndarray:
    """Return the codes of a scheme in table order."""
    table = industries()
    return table.loc[table.scheme == scheme, "industry_code"].to_numpy()


def _counts(config: DemoConfig) -> np.ndarray:
    n = segments().n.to_numpy()
    return n.astype(int) if config.full else np.maximum(MIN_PER_SEGMENT, np.rint(n * 0.045)).astype(int)


def _boards(rng: np.random.Generator, segment: np.ndarray) -> np.ndarray:
    names = segments().segment.to_numpy()
    modern = np.isin(names, list(_GROWTH_BOARDS))[segment]
    chip = np.isin(names, ["芯片", "半导体设备"])[segment]
    odds = np.array([[0.44, 0.42, 0.08, 0.02, 0.04], [0.22, 0.24, 0.36, 0.14, 0.04], [0.18, 0.12, 0.10, 0.58, 0.02]])
    odds = np.vstack([odds, [0.08, 0.10, 0.80, 0.02, 0.0]])
    kind = np.select([(names == "电池")[segment], chip], [3, 2], modern.astype(int))
    cumulative = odds[kind].cumsum(axis=1)
    return (rng.random(len(segment))[:, None] > cumulative).sum(axis=1).clip(0, 4)


def _caps(rng: np.random.Generator, segment: np.ndarray, board: np.ndarray) -> np.ndarray:
    """Draw float caps: log-normal within a segment, which adds up to its share of the market."""
    raw = np.exp(rng.normal(0, 1.05, len(segment))) * np.where(board == 4, 0.15, 1.0)
    total = np.bincount(segment, raw)
    return raw / total[segment] * segments().cap.to_numpy()[segment] / segments().cap.sum() * MARKET_CAP


def _life(config: DemoConfig, rng: np.random.Generator, timeline: Timeline, cap: np.ndarray):
    """Draw first and last sessions; the largest are listed from the start, and only small ones are delisted."""
    count, days = len(cap), len(timeline.days)
    rank = cap.argsort()[::-1].argsort() / count
    listed_late = (rng.random(count) < 0.42) & (rank > 0.06)
    if not config.full:
        listed_late &= rng.random(count) < 0.3
    first = np.where(listed_late, (days - 40) * rng.random(count) ** 1.15, -1).astype(int)
    last = np.full(count, days + 10**6)
    dies = (rng.random(count) < 0.06) & (rank > 0.6)
    death = first + 400 + rng.random(count) * days
    dies &= death < days - 5
    last[dies] = death[dies].astype(int)
    return np.maximum(first, -1), last


def _moves(rng: np.random.Generator, timeline: Timeline, sw: np.ndarray, citic: np.ndarray, size: int):
    """Draw the stocks that change industry once: half on the 2021 reclassification, half on any day."""
    moved = np.full(size, len(timeline.days) + 1)
    movers = rng.random(size) < 0.03
    batch = timeline.position("2021-07-30")
    day = np.where(rng.random(size) < 0.5, batch, rng.integers(60, len(timeline.days) - 60, size))
    moved[movers] = day[movers]
    donor = rng.integers(0, size, size)
    return moved, np.where(movers, sw[donor], sw), np.where(movers, citic[donor], citic)


def make_stocks(config: DemoConfig, timeline: Timeline) -> Stocks:
    """Draw the stock universe.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    timeline : Timeline
        Its calendar.

    Returns
    -------
    Stocks
        One entry a stock.
    """
    rng, table = config.rng("stocks"), segments()
    counts = _counts(config)
    segment = np.repeat(np.arange(len(table)), counts)
    size = len(segment)
    board = _boards(rng, segment)
    cap = _caps(rng, segment, board)
    first, last = _life(config, rng, timeline, cap)
    sw = pd.Index(industry_codes("SW2021_L1")).get_indexer(table.sw)[segment]
    citic = pd.Index(industry_codes("CITIC_L1")).get_indexer(table.citic)[segment]
    odd = (rng.random(size) < 0.03) & (table.segment.to_numpy()[segment] != "多元金融")
    citic = np.where(odd, rng.permutation(citic), citic)
    moved, sw_new, citic_new = _moves(rng, timeline, sw, citic, size)
    price0 = np.exp(rng.normal(2.6, 0.6, size)).clip(3, 300).round(2)
    rank = cap.argsort()[::-1].argsort() + 1
    growth = table.growth.to_numpy()[segment] + rng.normal(0, 0.35, size)
    number = np.array([f"{664001 + i}" for i in range(size)])
    suffix = np.array([_BOARD_SUFFIX[b] for b in BOARDS])[board]
    within = np.concatenate([np.arange(c) for c in counts])
    owner_odds = rng.random(size) - 0.25 * (table.growth.to_numpy()[segment] < -0.3)
    return Stocks(
        code=np.char.add(np.char.add(number, "."), suffix),
        name=np.char.add("模拟" + table.segment.to_numpy().astype(str)[segment], (within + 1).astype(str)),
        segment=segment,
        sw=sw,
        citic=citic,
        moved=moved,
        sw_new=sw_new,
        citic_new=citic_new,
        board=board,
        region=rng.choice(len(_REGIONS), size, p=_REGION_ODDS / _REGION_ODDS.sum()),
        owner=np.select([owner_odds < 0.10, owner_odds < 0.30], ["central", "soe"], "private"),
        first=first,
        last=last,
        price0=price0,
        float_shares=np.rint(cap / price0 / 100) * 100,
        growth=growth.clip(-1.5, 1.5),
        size=-np.tanh(np.log(rank * (5000 / size) / 300)),
        quality=rng.normal(0.08, 0.06, size) + 0.03 * growth,
        div_yield=(table.div_yield.to_numpy()[segment] * np.exp(rng.normal(0, 0.35, size))).clip(0, 0.12),
        idio=np.exp(rng.normal(np.log(0.0145), 0.25, size)).clip(0.008, 0.035),
    )


def regions() -> list[str]:
    """Return the region names; ``Stocks.region`` is a position in it."""
    return list(_REGIONS)


def managers() -> np.ndarray:
    """Return the invented fund companies."""
    return np.char.add(ordinals(24), "基金(模拟)")


def _traits(stocks: Stocks, start: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the labels no stock ever changes: board, region and owner, as schemes of their own."""
    boards, owners = np.array(list(_BOARD_NAMES.values())), pd.Series(_OWNER_NAMES)
    kinds = pd.Index(_OWNER_NAMES).get_indexer(stocks.owner)
    traits = {"BOARD": (stocks.board, boards), "REGION": (stocks.region, np.array(_REGIONS)), "OWNER": (kinds, owners)}
    frames = [
        pd.DataFrame({"code": stocks.code, "scheme": scheme, "start": start}).assign(
            industry_code=np.char.add(scheme, (at + 1).astype(str)), industry_name=np.asarray(names)[at], end=pd.NaT
        )
        for scheme, (at, names) in traits.items()
    ]
    return pd.concat(frames).astype({"end": "datetime64[us]"})


def stock_industry_table(stocks: Stocks, timeline: Timeline) -> pd.DataFrame:
    """Return the canonical ``stock_industry``: one open interval per stock and scheme, two for a stock that moved.

    Parameters
    ----------
    stocks : Stocks
        The universe.
    timeline : Timeline
        The calendar.

    Returns
    -------
    DataFrame
        One row an interval.
    """
    older = timeline.before - pd.to_timedelta(30 + np.arange(len(stocks)) % 3000, unit="D")
    start = pd.DatetimeIndex(np.where(stocks.first < 0, older, timeline.days[stocks.first.clip(0)]))
    moved = stocks.moved < len(timeline.days)
    day = timeline.days[np.minimum(stocks.moved, len(timeline.days) - 1)]
    end = pd.Series(day).where(moved).to_numpy()
    frames = []
    for scheme, old, new in (("SW2021_L1", stocks.sw, stocks.sw_new), ("CITIC_L1", stocks.citic, stocks.citic_new)):
        codes = industry_codes(scheme)
        changed = moved & (old != new) & (start < day)
        settled = moved & ~changed
        current = np.where(settled, new, old)
        base = pd.DataFrame({"code": stocks.code, "scheme": scheme, "at": current, "start": start, "end": end})
        base["end"] = base.end.where(changed)
        later = pd.DataFrame({"code": stocks.code, "scheme": scheme, "at": new, "start": day})[changed]
        both = pd.concat([base, later])
        both["industry_code"] = codes[both["at"]]
        frames.append(both)
    table = pd.concat(frames).merge(industries(), on=["scheme", "industry_code"])
    table = pd.concat([table, _traits(stocks, start)])
    table["backfilled"] = (table.scheme == "SW2021_L1") & (table.start < pd.Timestamp("2021-07-30"))
    columns = ["code", "scheme", "industry_code", "industry_name", "start", "end", "backfilled"]
    return table[columns].sort_values(["code", "scheme", "start"], ignore_index=True)
