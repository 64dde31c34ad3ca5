"""Every canonical table of a demo market and its planted truth, as frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

import numpy as np
import pandas as pd

from .accounts import fundamentals_table, make_accounts, valuation_table
from .active import holdings_table, issuance_table, make_active_funds, true_holdings
from .closures import plant_closures
from .config import DemoConfig
from .dirt import dirty_list, dirty_trading, drop_days, drop_rows
from .etfs import make_etfs
from .indexes import index_closes, index_table, long_form
from .market import make_world
from .names import indices, industries
from .oddities import plant_products
from .pins import pinned_returns
from .planted import DIVIDEND_SPLIT, STORIES, cluster_truth
from .stocks import industry_codes, stock_industry_table
from .styles import spell_table
from .trading import make_trading
from .weights import make_weights, weights_table

__all__ = ["DemoMarket"]

_MISSING_ETF_DAYS = ("2022-05-27", "2022-06-08", "2022-06-20")
_MISSING_INDUSTRY_DAY = "2023-09-08"
SCHEMES = ("SW2021_L1", "CITIC_L1")


class DemoMarket:
    """A demo market; each table and each piece of truth is made when first asked for.

    Parameters
    ----------
    config : DemoConfig
        Size, seed, premiums.
    """

    def __init__(self, config: DemoConfig):
        self.config = config

    @cached_property
    def world(self):
        """The stock market."""
        return make_world(self.config)

    @cached_property
    def weights(self):
        """Index weights."""
        return make_weights(self.world)

    @cached_property
    def closes(self) -> np.ndarray:
        """Index closes, days × indices."""
        return index_closes(self.world, self.weights)

    @cached_property
    def etfs(self):
        """The ETFs."""
        return make_etfs(self.world)

    @cached_property
    def _trading(self):
        trading = make_trading(self.world, self.etfs, self.weights, self.closes)
        trading, products = plant_products(self.world, self.etfs, trading)
        trading, small = plant_closures(self.world, self.etfs, trading, spared=tuple(products.values()))
        dirty, notes = dirty_trading(self.world, self.etfs, trading)
        return dirty, notes, products, small

    @property
    def trading(self):
        """Daily life of the ETFs."""
        return self._trading[0]

    @cached_property
    def _listing(self):
        return dirty_list(self.world, self.etfs, self.trading)

    @cached_property
    def funds(self):
        """The active funds."""
        return make_active_funds(self.world)

    @cached_property
    def accounts(self):
        """Quarterly accounts of the stocks."""
        return make_accounts(self.world)

    @property
    def tables(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """Return, for each canonical table, the function that makes it."""
        return {
            "calendar": lambda: pd.DataFrame({"date": self.world.timeline.days}),
            "etf_list": lambda: self._listing[0],
            "etf_daily": self._etf_daily,
            "etf_shares": self._etf_shares,
            "index_daily": lambda: index_table(self.world.timeline, self._index_codes, self.closes),
            "index_weights": lambda: weights_table(self.world, self.weights),
            "stock_industry": lambda: stock_industry_table(self.world.stocks, self.world.timeline),
            "industry_daily": self._industry_daily,
            "fund_holdings": lambda: holdings_table(self.world, self.funds),
            "fund_nav": self._fund_nav,
            "fund_issuance": lambda: issuance_table(self.world),
            "index_valuation": lambda: valuation_table(self.world, self.weights, self.accounts),
            "stock_daily": self._stock_daily,
            "stock_fundamental": lambda: fundamentals_table(self.world, self.accounts),
        }

    @property
    def truth(self) -> dict[str, Callable[[], object]]:
        """Return, for each piece of planted truth, the function that makes it (a frame, or a dict for JSON)."""
        return {
            "clusters": lambda: cluster_truth(self.config, self.world.timeline),
            "styles": lambda: spell_table(self.world.styles, self.world.timeline),
            "flows": self._latent_flows,
            "index_industry": self._index_industry,
            "tracked": self._tracked,
            "holdings": lambda: true_holdings(self.world, self.funds),
            "pins": pinned_returns,
            "planted": self._planted,
        }

    def canonical(self, name: str) -> pd.DataFrame:
        """Return a table as it would be read from disk: codes as plain text, dates in microseconds.

        Parameters
        ----------
        name : str
            Of a table.

        Returns
        -------
        DataFrame
            Columns as its schema says.
        """
        made = self.tables[name]()
        text = [column for column, kind in made.dtypes.items() if kind == "category" or kind.kind == "O"]
        dates = [column for column, kind in made.dtypes.items() if kind.kind == "M"]
        return made.astype(dict.fromkeys(text, "str") | dict.fromkeys(dates, "datetime64[us]"))

    @property
    def _index_codes(self) -> np.ndarray:
        return indices(self.config.full).index_code.to_numpy().astype(str)

    def _etf_daily(self) -> pd.DataFrame:
        t = self.trading
        table = long_form(
            self.world.timeline.days,
            self.etfs.code,
            t.adj_close,
            adj_close=t.adj_close,
            amount=_significant(t.amount, 4),
            close=t.close,
        )
        table = drop_days(table, pd.to_datetime(list(_MISSING_ETF_DAYS)))
        return drop_rows(table, self.config.rng("missing prices"), 0.0005)

    def _etf_shares(self) -> pd.DataFrame:
        t = self.trading
        table = long_form(
            self.world.timeline.days, self.etfs.code, t.shares, shares=t.shares, split_ratio=t.split, nav=t.nav
        )
        table["basis"] = pd.Categorical.from_codes(np.zeros(len(table), dtype=int), ["official"])
        return drop_rows(table, self.config.rng("missing shares"), 0.0005, keep=(table.split_ratio != 1).to_numpy())

    def _industry_daily(self) -> pd.DataFrame:
        frames = []
        for scheme, closes in zip(SCHEMES, (self.world.sw_close, self.world.citic_close), strict=True):
            codes = industry_codes(scheme)
            table = long_form(self.world.timeline.days, codes, closes, close=np.round(closes, 3))
            table = table.rename(columns={"code": "industry_code"}).assign(scheme=scheme)
            frames.append(table.astype({"industry_code": str}))
        names = industries().set_index("industry_code").industry_name
        both = pd.concat(frames, ignore_index=True)
        both["industry_name"] = both.industry_code.map(names)
        gap = (both.scheme == "SW2021_L1") & (both.date == pd.Timestamp(_MISSING_INDUSTRY_DAY))
        columns = ["date", "scheme", "industry_code", "industry_name", "close"]
        return both.loc[~gap, columns].sort_values(["date", "scheme", "industry_code"], ignore_index=True)

    def _fund_nav(self) -> pd.DataFrame:
        nav = np.round(self.funds.nav, 4)
        table = long_form(self.world.timeline.days, self.funds.code, nav, nav_adj=nav)
        return table.rename(columns={"code": "fund_code"})

    def _stock_daily(self) -> pd.DataFrame:
        world, stocks = self.world, self.world.stocks
        rng = self.config.rng("stock trading")
        days = len(world.timeline.days)
        at = np.arange(days)[:, None]
        there = (at >= stocks.first) & (at <= stocks.last)
        start = rng.integers(0, days, len(stocks))
        length = np.where(rng.random(len(stocks)) < 0.25, rng.integers(3, 60, len(stocks)), 0)
        there &= ~((at >= start) & (at < start + length))  # suspended: no row
        rate = rng.standard_normal(there.shape, dtype=np.float32)
        rate *= 0.5
        rate += (rng.normal(-4.3, 0.5, len(stocks))).astype(np.float32)
        np.exp(rate, out=rate)
        rate *= world.scale[:, None].astype(np.float32)
        price = np.round(world.prices, 2).clip(0.01)
        cap = price * stocks.float_shares
        table = long_form(world.timeline.days, stocks.code, there, adj_close=price, float_cap=cap, amount=cap * rate)
        table["float_cap"] = _significant(table.float_cap.to_numpy(), 4)
        table["amount"] = _significant(table.amount.to_numpy(), 2)
        return table

    def _latent_flows(self) -> pd.DataFrame:
        world, codes = self.world, industry_codes("SW2021_L1")
        days = world.timeline.days[world.timeline.week_last]
        latent = world.latent
        parts = {"flow": latent.flow, "level": latent.level, "active": latent.active}
        parts |= {f"score_{name}": values for name, values in latent.scores.items()}
        table = long_form(days, codes, latent.flow, **parts)
        return table.rename(columns={"code": "industry_code"})

    def _tracked(self) -> pd.DataFrame:
        """Return the index every fund tracks, before names and codes got lost."""
        table, etfs = indices(self.config.full), self.etfs
        funds = etfs.index >= 0
        rows = table.iloc[etfs.index[funds]]
        columns = {"code": etfs.code[funds], "index_code": rows.index_code, "index_name": rows.index_name}
        return pd.DataFrame(columns).reset_index(drop=True)

    def _index_industry(self) -> pd.DataFrame:
        """Sum weights by industry in whole millionths, the exact oracle of every look-through."""
        world, weights, frames = self.world, self.weights, []
        last = world.timeline.month_last
        for scheme in SCHEMES:
            codes = industry_codes(scheme)
            total = np.zeros((len(weights.start) - 1, weights.count, len(codes)), dtype=np.int64)
            for m in range(len(total)):
                rows = slice(weights.start[m], weights.start[m + 1])
                of_stock = world.stocks.industry(scheme, int(last[m - 1]) if m else 0)
                np.add.at(total[m], (weights.index[rows], of_stock[weights.stock[rows]]), weights.units[rows])
            m, i, j = np.nonzero(total)
            frames.append(
                pd.DataFrame(
                    {
                        "date": world.timeline.weight_days.to_numpy()[m],
                        "index_code": pd.Categorical.from_codes(i, self._index_codes),
                        "scheme": pd.Categorical.from_codes(np.full(len(m), SCHEMES.index(scheme)), SCHEMES),
                        "industry_code": codes[j],
                        "millionths": total[m, i, j],
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    def _planted(self) -> dict:
        ratio, days = self.trading.split, self.world.timeline.days
        return {
            "config": asdict(self.config),
            "dividend_split": DIVIDEND_SPLIT,
            "stories": {name: [list(step) for step in story] for name, story in STORIES.items()},
            "splits": [
                {"date": f"{days[t]:%Y-%m-%d}", "code": str(self.etfs.code[j]), "ratio": float(ratio[t, j])}
                for t, j in np.argwhere(ratio != 1)
            ],
            "products": self._trading[2],
            "small": self._trading[3],
            "dirt": self._listing[1] | self._trading[1] | {"missing_etf_days": list(_MISSING_ETF_DAYS)},
        }


def _significant(values: np.ndarray, digits: int) -> np.ndarray:
    """Round to significant digits, as a compact file needs."""
    with np.errstate(invalid="ignore", divide="ignore"):
        power = np.floor(np.log10(values)) - (digits - 1)
    unit = np.power(10.0, np.where(np.isfinite(power), power, 0.0))
    return np.rint(values / unit) * unit
