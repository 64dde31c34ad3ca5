"""A small random stock market for the tests of index rules: prices, caps, turnover, reports and labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.sessions import sessions


def stock_market(seed: int = 0, stocks: int = 40, start: str = "2020-01-02", end: str = "2022-06-30") -> dict:
    """Canonical stock tables of a market in which nothing is planted."""
    rng = np.random.default_rng(seed)
    days = sessions(start, end)
    codes = np.array([f"6{i:05d}.SH" for i in range(stocks)])
    prices = 10 * np.exp(np.cumsum(rng.normal(0, 0.02, (len(days), stocks)), axis=0))
    shares = np.exp(rng.normal(18, 1, stocks))
    gone = rng.random(prices.shape) < 0.02
    first = np.where(rng.random(stocks) < 0.2, rng.integers(1, len(days) // 2, stocks), 0)
    gone |= np.arange(len(days))[:, None] < first
    day, stock = np.nonzero(~gone)
    daily = pd.DataFrame(
        {
            "date": days.to_numpy()[day],
            "code": codes[stock],
            "adj_close": prices[day, stock],
            "float_cap": (prices * shares)[day, stock],
            "amount": (prices * shares * rng.uniform(0.005, 0.05, stocks))[day, stock],
        }
    )
    return {
        "stock_daily": daily,
        "stock_fundamental": _reports(rng, codes, prices[0] * shares, pd.Period(start, "Q") - 18, pd.Period(end, "Q")),
        "stock_industry": _labels(rng, codes, days[0] - pd.Timedelta(days=900)),
    }


def _reports(rng, codes, cap, first, last) -> pd.DataFrame:
    frames = []
    for quarter in pd.period_range(first, last, freq="Q"):
        end = quarter.end_time.normalize()
        profit = cap * rng.normal(0.02, 0.01, len(codes))
        dividend = np.where((end.month == 12) & (rng.random(len(codes)) < 0.9), cap * 0.02, 0.0)
        frames.append(
            pd.DataFrame(
                {
                    "report_date": end,
                    "code": codes,
                    "announce_date": end + pd.to_timedelta(rng.integers(15, 60, len(codes)), unit="D"),
                    "roe": rng.normal(0.1, 0.03, len(codes)),
                    "revenue": cap * rng.uniform(0.05, 0.15, len(codes)),
                    "net_profit": profit,
                    "ebit": profit * 1.3,
                    "operating_cash_flow": profit * rng.uniform(0.5, 1.5, len(codes)),
                    "rd_expense": cap * rng.uniform(0, 0.01, len(codes)),
                    "dividend": dividend,
                    "ex_date": np.where(
                        dividend > 0, np.datetime64(end + pd.Timedelta(days=170)), np.datetime64("NaT")
                    ),
                    "free_float": 0.5,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _labels(rng, codes, start) -> pd.DataFrame:
    kinds = {
        "BOARD": ["创业板", "沪市主板", "科创板"],
        "REGION": ["浙江", "广东"],
        "OWNER": ["央企", "地方国企", "民企"],
        "SW2021_L1": ["银行", "电子", "汽车", "煤炭"],
    }
    frames = [
        pd.DataFrame({"code": codes, "scheme": scheme, "start": start, "industry_name": rng.choice(names, len(codes))})
        for scheme, names in kinds.items()
    ]
    return pd.concat(frames, ignore_index=True).assign(industry_code="x1", end=pd.NaT).astype({"end": "datetime64[us]"})


def changed_after(market: dict, date: pd.Timestamp, seed: int = 99) -> dict:
    """The same market with another future in every table: everything first known after ``date`` is redrawn."""
    rng = np.random.default_rng(seed)
    by = {"stock_daily": "date", "stock_fundamental": "announce_date", "stock_industry": "start"}
    out = {}
    for name, table in market.items():
        later = (table[by[name]] > date).to_numpy()
        numbers = table.select_dtypes("number").columns
        noise = np.exp(rng.normal(0, 1.0, (len(table), len(numbers))))
        changed = table.copy()
        changed.loc[later, numbers] = (table[numbers].to_numpy() * noise)[later]
        if "dividend" in changed:
            changed.loc[later, "dividend"] *= rng.random(later.sum()) < 0.5
        if name == "stock_industry":
            extra = table.assign(
                start=date + pd.Timedelta(days=1), industry_name=rng.permutation(table["industry_name"])
            )
            changed = pd.concat([changed.assign(end=date + pd.Timedelta(days=1)), extra], ignore_index=True)
        out[name] = changed
    return out
