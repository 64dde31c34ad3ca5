"""What a rule may know of stocks on the evening of a review: prices, caps, turnover, announced reports, labels.

:class:`StockTables` holds everything as arrays of sessions × stocks or quarters × stocks; :meth:`StockTables.at` cuts
all of it at one evening. A characteristic is computed from the cut, so that none can look ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.panels import distinct, positions, to_panel
from helpers.tables import MissingTable

__all__ = ["StockTables", "stock_tables"]


@dataclass(frozen=True)
class StockTables:
    """Stocks as known on an evening.

    Parameters
    ----------
    codes : Index
        The stocks.
    days : DatetimeIndex
        Sessions, ascending.
    prices, float_cap, amount : ndarray, sessions × stocks
        Adjusted closes, CNY, CNY a session; NaN where a stock did not trade. ``float_cap`` and ``amount`` may be None.
    quarters : DatetimeIndex
        Ends of the quarters reported on.
    announced : ndarray of datetime64, quarters × stocks
        When a report came out; NaT where there is none.
    ex_dates : ndarray of datetime64, quarters × stocks
        When the dividend decided with a report leaves the price; None where the source does not say.
    reports : dict of str to ndarray, quarters × stocks
        Columns of ``stock_fundamental``; amounts are of the single quarter.
    labels : DataFrame
        Rows of ``stock_industry``: ``code, scheme, industry_name, start, end``.
    """

    codes: pd.Index
    days: pd.DatetimeIndex
    prices: np.ndarray
    float_cap: np.ndarray | None
    amount: np.ndarray | None
    quarters: pd.DatetimeIndex
    announced: np.ndarray
    ex_dates: np.ndarray | None
    reports: dict[str, np.ndarray]
    labels: pd.DataFrame

    def at(self, date: pd.Timestamp) -> StockTables:
        """Return what was known on the evening of ``date``: later sessions, reports and labels are gone.

        Parameters
        ----------
        date : Timestamp

        Returns
        -------
        StockTables
            Later sessions are cut off; a report announced later is NaN in its place; only labels in force are left.
        """
        seen = int(self.days.searchsorted(date, side="right"))
        out = self.announced <= np.datetime64(date, "us")
        labels = self.labels[self.labels["start"] <= date]
        ends = labels["end"] if "end" in labels else pd.Series(pd.NaT, index=labels.index)
        return replace(
            self,
            days=self.days[:seen],
            prices=self.prices[:seen],
            float_cap=None if self.float_cap is None else self.float_cap[:seen],
            amount=None if self.amount is None else self.amount[:seen],
            reports={name: np.where(out, values, np.nan) for name, values in self.reports.items()},
            labels=labels[ends.isna() | (ends > date)],
        )

    def panel(self, name: str) -> np.ndarray:
        """Return the daily panel ``name``, sessions × stocks, or say that the source lacks it.

        Raises
        ------
        MissingTable
            If the source has no such column.
        """
        values = getattr(self, name)
        if values is None:
            raise MissingTable("stock_daily", f"no column {name}")
        return values

    def report(self, name: str) -> np.ndarray:
        """Return the column ``name`` of the reports, quarters × stocks, or say that the source lacks it.

        Raises
        ------
        MissingTable
            If the source has no such column.
        """
        if name not in self.reports:
            raise MissingTable("stock_fundamental", f"no column {name}")
        return self.reports[name]

    def label(self, scheme: str) -> np.ndarray:
        """Return the label of every stock in one scheme, None where it has none.

        Raises
        ------
        MissingTable
            If no stock carries a label of this scheme.
        """
        rows = self.labels[self.labels["scheme"] == scheme]
        if rows.empty:
            raise MissingTable("stock_industry", f"no labels of the scheme {scheme} by {self.days[-1]:%Y-%m-%d}")
        names = rows.drop_duplicates("code", keep="last").set_index("code")["industry_name"]
        return names.reindex(self.codes).to_numpy(dtype=object)

    def listed(self) -> np.ndarray:
        """Calendar days since each stock first traded; NaN before, and for ever for stocks there from the first day."""
        traded = np.isfinite(self.prices)
        first = np.where(traded.any(axis=0), traded.argmax(axis=0), -1)
        stamps = self.days.to_numpy().astype("datetime64[D]")
        age = (stamps[-1] - stamps[first.clip(0)]).astype(float)
        return np.select([first < 0, first == 0], [np.nan, np.inf], age)

    def trading(self, sessions: int = 20) -> np.ndarray:
        """Whether each stock has traded within the last sessions."""
        return np.isfinite(self.prices[-sessions:]).any(axis=0)


def stock_tables(market: Mapping[str, pd.DataFrame], codes: pd.Index | None = None) -> StockTables:
    """Arrange the stock tables of a market.

    Parameters
    ----------
    market : mapping
        ``stock_daily`` is needed; ``stock_fundamental`` and ``stock_industry`` where a rule asks for them.
    codes : Index, optional
        The stocks to keep; default all.

    Returns
    -------
    StockTables
        Of all days; :meth:`StockTables.at` cuts it.

    Raises
    ------
    MissingTable
        Without ``stock_daily``.
    """
    daily = market["stock_daily"]
    codes = distinct(daily["code"]) if codes is None else codes
    prices, days = to_panel(daily, "adj_close", codes)
    extra = {name: to_panel(daily, name, codes)[0] if name in daily else None for name in ("float_cap", "amount")}
    empty = pd.DataFrame({"code": [], "scheme": [], "industry_name": [], "start": pd.to_datetime([])})
    labels, reports = market.get("stock_industry", empty), market.get("stock_fundamental")
    return StockTables(codes, days, prices, **extra, **_reports(reports, codes), labels=labels.sort_values("start"))


def _reports(table: pd.DataFrame | None, codes: pd.Index) -> dict:
    """Spread the reports into arrays of every quarter from the first to the last × stocks."""
    if table is None or table.empty:
        none = np.empty((0, len(codes)), dtype="datetime64[us]")
        return {"quarters": pd.DatetimeIndex([]), "announced": none, "ex_dates": None, "reports": {}}
    period = table["report_date"].dt.to_period("Q")
    quarters = pd.period_range(period.min(), period.max(), freq="Q")
    row, column = quarters.get_indexer(period), positions(table["code"], codes)
    keep = column >= 0
    shape = len(quarters), len(codes)

    def spread(name: str, kind: str, nothing: object) -> np.ndarray:
        out = np.full(shape, nothing, dtype=kind)
        out[row[keep], column[keep]] = table[name].to_numpy(dtype=kind)[keep]
        return out

    never = np.datetime64("NaT")
    return {
        "quarters": quarters.end_time.normalize(),
        "announced": spread("announce_date", "datetime64[us]", never),
        "ex_dates": spread("ex_date", "datetime64[us]", never) if "ex_date" in table else None,
        "reports": {name: spread(name, "float64", np.nan) for name in table.select_dtypes("number").columns},
    }
