"""A small valid frame of every canonical table, with invented numbers of a natural size."""

import pandas as pd

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-02-01"])
ETFS = ["159915.SZ", "510300.SH"]
STOCKS = ["000001.SZ", "600519.SH"]
INDEXES = ["000300", "H30374"]


def _panel(days, column: str, codes: list[str], **values) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([days, codes], names=["date", column]).to_frame(index=False)
    return rows.assign(**{name: [cell * (1 + i / 10) for i in range(len(rows))] for name, cell in values.items()})


def _etf_list() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": ["159915.SZ", "510300.SH", "588000.SH"],
            "name": ["甲ETF", "乙ETF", None],
            "list_date": pd.to_datetime(["2023-12-09", "2024-01-03", None]),
            "establish_date": pd.to_datetime(["2023-11-20", "2023-12-04", "2024-01-15"]),
            "exchange": ["SZ", "SH", "SH"],
            "delist_date": pd.to_datetime([None, "2024-02-05", None]),
            "index_code": ["399006", "000300", None],
            "index_name": ["创业板指", "沪深300", None],
            "benchmark": ["创业板指收益率", None, None],
            "fund_type": ["stock", "stock", "bond"],
            "manager": ["甲基金", "乙基金", None],
            "mgmt_fee": [0.005, 0.0015, None],
            "custody_fee": [0.001, 0.0005, None],
            "size": [3e8, 9e9, None],
            "size_date": pd.to_datetime(["2024-01-03", "2024-01-03", None]),
        }
    )


def _stock_industry() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": ["000001.SZ", "000001.SZ", "600519.SH"],
            "scheme": "SW2021_L1",
            "start": pd.to_datetime(["2021-07-30", "2024-01-03", "2024-02-01"]),
            "industry_code": ["801780", "801790", "801120"],
            "industry_name": ["银行", "非银金融", "食品饮料"],
            "end": pd.to_datetime(["2024-01-03", None, None]),
            "backfilled": [True, False, False],
        }
    )


def _fund_holdings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "report_date": pd.to_datetime(["2023-09-30", "2023-09-30", "2023-12-31"]),
            "fund_code": ["000001.OF", "000001.OF", "000001.OF"],
            "code": ["000001.SZ", "600519.SH", "600519.SH"],
            "announce_date": pd.to_datetime(["2023-10-25", "2023-10-25", "2024-01-22"]),
            "weight_nav": [0.08, 0.06, 0.05],
            "rank": [1, 2, 1],
            "value": [0.08 * 3e8, 0.06 * 3e8, 0.05 * 3e8],
            "fund_name": "甲混合",
            "fund_size": 3e8,
            "scope": "top10",
        }
    )


def _fund_issuance() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": pd.to_datetime(["2023-12-01", "2023-12-01", "2024-01-01"]),
            "category": ["active_equity", "stock_etf", "stock_etf"],
            "shares": [2e10, 1.5e10, 3e10],
            "n_funds": [40, 12, 20],
        }
    )


def _stock_fundamental() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "report_date": pd.to_datetime(["2023-09-30", "2023-09-30", "2023-12-31"]),
            "code": ["000001.SZ", "600519.SH", "600519.SH"],
            "announce_date": pd.to_datetime(["2023-10-25", "2023-10-20", "2024-02-01"]),
            "roe": [0.08, 0.25, -0.03],
            "roa": [0.01, 0.2, -0.02],
            "revenue": [1.3e9, 1.1e9, 1.5e9],
            "net_profit": [4e8, -5e8, 7e8],
        }
    )


def _bars(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(volume=frame["amount"] / frame["close"])


_BUILD = {
    "etf_list": _etf_list,
    "etf_daily": lambda: _bars(_panel(DAYS, "code", ETFS, adj_close=1.0, amount=1.3e7, close=1.1, nav=1.1)),
    "etf_shares": lambda: _panel(DAYS, "code", ETFS, shares=5e8, nav=1.1).assign(split_ratio=1.0),
    "index_daily": lambda: _panel(DAYS, "index_code", INDEXES, close=3500.0),
    "index_weights": lambda: pd.concat(
        [_panel(DAYS, "code", STOCKS).assign(index_code=index, weight=[0.4, 0.6] * 3) for index in INDEXES],
        ignore_index=True,
    )[["date", "index_code", "code", "weight"]].sort_values(["date", "index_code", "code"], ignore_index=True),
    "stock_industry": _stock_industry,
    "industry_daily": lambda: _panel(DAYS, "industry_code", ["CI005001", "801010"], close=3000.0).assign(
        scheme=["CITIC_L1", "SW2021_L1"] * 3, industry_name=["石油石化", "农林牧渔"] * 3
    ),
    "fund_holdings": _fund_holdings,
    "fund_nav": lambda: _panel(DAYS, "fund_code", ["000001.OF", "000011.OF"], nav_adj=1.2),
    "fund_issuance": _fund_issuance,
    "index_valuation": lambda: _panel(DAYS, "index_code", INDEXES, pe_ttm=12.0, pb=1.4, div_yield=0.025),
    "stock_daily": lambda: _bars(_panel(DAYS, "code", STOCKS, adj_close=11.0, close=9.0, amount=1e8, float_cap=5e9)),
    "stock_fundamental": _stock_fundamental,
    "calendar": lambda: pd.DataFrame({"date": DAYS}),
}
NAMES = tuple(_BUILD)


def small(name: str) -> pd.DataFrame:
    """Build the small valid frame of one table, rows in key order."""
    return _BUILD[name]()
