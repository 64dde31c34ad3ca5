"""Exhibits of S001's third part: what an index is, what it did, what it costs, and the screen."""

from __future__ import annotations

import pandas as pd

from helpers.published import load
from helpers.published.exhibits.exhibit import Exhibit

BENCHMARKS = {"沪深300": "000300", "上证指数": "000001", "中证500": "000905", "中证1000": "000852"}
INDICES = {**BENCHMARKS, "上红低波": "H50040", "浙江国资": "931372"}  # names as printed in Tables 5 and 7
TABLES = {"Table 5": "s001_t05_sse_div_lowvol_yearly", "Table 7": "s001_t07_zhejiang_soe_yearly"}


def printed_periods(table: str) -> pd.DataFrame:
    """Return the rows of Table 5 or 7: ``index_name, period_kind, period, period_start, period_end, return_pct``."""
    return load(TABLES[table])


def since_periods() -> pd.DataFrame:
    """Return the "since" cells of both tables, with the column ``table``."""
    both = pd.concat([printed_periods(name).assign(table=name) for name in TABLES], ignore_index=True)
    return both[both["period_kind"] == "since"].reset_index(drop=True)


def dated_returns(table: str) -> pd.Series:
    """Return calendar years and the year to date of a printed table (Table 5 or 7) by ``(index, period)``, in %."""
    rows = printed_periods(table)
    return rows[rows["period_kind"] != "since"].set_index(["index_name", "period"])["return_pct"]


def since_returns() -> pd.Series:
    """Return the cumulative returns by ``(table, index)``, in %."""
    return since_periods().set_index(["table", "index_name"])["return_pct"]


def since_days() -> pd.Series:
    """Return the first day each "since" column states, as text by table."""
    return since_periods().groupby("table")["period_start"].first().dt.strftime("%Y-%m-%d")


def rule_numbers() -> pd.Series:
    """Return the numbers printed of the three rule books, by ``(index, dimension, item)``."""
    rows = load("s001_index_rules")
    rows = rows[rows["number"].notna() & rows["index_code"].notna() & (rows["item"] != "or_public_stake_above")]
    return rows.set_index(["index_code", "item"])["number"]


def top_ten_industries() -> pd.Series:
    """Return the SW level-1 industry of the ten stocks of Table 8, by stock code."""
    return load("s001_t08_zhejiang_soe_top10").set_index("stock_code")["sw2021_level1"]


FACTS = {
    "k031": "399296 return, 2025-05-01 to 2025-10-22",
    "k033": "H50040 return in 2022",
    "k038": "931372 excess, 2024-01-01 to 2025-08-12",
    "k029": "one member, by regulation",
    "k030": "one member, dividend indices",
    "k045": "931372 ten largest members",
    "k048": "399296 four largest industries",
    "k050": "stocks in Table 9",
    "k051": "399296 revenue growth 2022",
    "k053": "399296 profit growth 2021",
    "k055": "H50040 lowest ROE",
    "k056": "H50040 lowest ROA",
    "k057": "931372 PE",
    "k058": "931372 median PE",
    "k059": "931372 percentile of PE",
}


def facts(*ids: str) -> pd.Series:
    """Return numbers told in prose, chosen by their ids, the keys of :data:`FACTS`, and named as there."""
    values = load("key_facts").set_index("id")["value"].loc[list(ids)]
    return pd.to_numeric(values).set_axis([FACTS[i] for i in ids])


def pe_ranges() -> pd.DataFrame:
    """Return the PE ranges that prose gives for groups of the stocks in Table 8, in whole times."""
    return load("s001_pe_ranges").set_index("stocks").rename(columns={"low_x": "lowest", "high_x": "highest"})


def contributions() -> pd.DataFrame:
    """Return average weight and contribution of Table 9 by stock, in %."""
    return load("s001_t09_contribution").set_index("stock_name")[["weight_avg_2024_pct", "contribution_pct"]]


def five_steps() -> pd.Series:
    """Return the steps of the screen in order, by number."""
    return load("s001_five_step_screen").set_index("step_no")["step"]


def appendix_sizes() -> pd.Series:
    """Return the fund sizes of the appendix, CNY 100 million (亿元), by ``"<fund code, bare> <name>"``."""
    rows = load("s001_appendix_rows")
    return rows.set_index(rows["fund_code"].str[:6] + " " + rows["fund_name"])["fund_size_cny_100m"].dropna()


def appendix_day() -> pd.Timestamp:
    """Return the day the appendix states the sizes of."""
    return load("s001_appendix_rows")["size_as_of"].max()


EXHIBITS = [
    Exhibit("S001 rules of three indices", rule_numbers, kind="definition", tolerance=0),
    *(
        Exhibit(
            f"S001 {table}: years and year to date",
            lambda table=table: dated_returns(table),
            kind="data check",
            needs=("index_daily",),
            unit="%",
            tolerance=0.006,
        )
        for table in TABLES
    ),
    Exhibit(
        "S001 Tables 5 and 7: since the first day",
        since_returns,
        kind="data check",
        needs=("index_daily",),
        unit="%",
        tolerance=0.006,
        checks={
            f"Table 5 {name}": f"C1.{k}"
            for k, name in enumerate(
                ["上红低波全收益", "上红低波", "沪深300", "上证指数", "中证500", "中证1000"], start=1
            )
        },
    ),
    Exhibit("S001 Tables 5 and 7: the first day itself", since_days, kind="data check", needs=("index_daily",)),
    Exhibit(
        "S001 returns told in words",
        lambda: facts("k031", "k033", "k038"),
        kind="replicated",
        needs=("index_daily",),
        unit="%",
        tolerance=0.006,
        checks={
            FACTS["k033"]: "C6",
            FACTS["k038"]: "C3",
        },
    ),
    Exhibit(
        "S001 Table 8: industries of the top ten",
        top_ten_industries,
        kind="data check",
        needs=("stock_industry",),
    ),
    Exhibit("S001 Table 8: PE told in words", pe_ranges, kind="printed against printed", unit="x", tolerance=0),
    Exhibit(
        "S001 Table 9: contributions",
        contributions,
        kind="printed against printed",
        tolerance=0.01,  # inputs are printed to half a unit of the second decimal, twice
    ),
    Exhibit(
        "S001 Table 9: stocks it covers",
        lambda: facts("k050"),
        kind="printed against printed",
        unit="stocks",
        tolerance=0,
        checks={FACTS["k050"]: "D2"},
    ),
    Exhibit(
        "S001 structure told in words",
        lambda: facts("k045", "k048"),
        kind="replicated",
        needs=("index_weights", "stock_industry"),
        unit="%",
        tolerance=2.5,
    ),
    Exhibit(
        "S001 growth and profitability told in words",
        lambda: facts("k051", "k053", "k055", "k056"),
        kind="replicated",
        needs=("stock_fundamental", "stock_daily"),
        unit="%",
        tolerance=0.5,
    ),
    Exhibit(
        "S001 valuation told in words",
        lambda: facts("k057", "k058", "k059"),
        kind="replicated",
        needs=("index_valuation",),
        tolerance=0.05,
    ),
    Exhibit("S001 weight caps", lambda: facts("k029", "k030"), kind="definition", unit="%", tolerance=0),
    Exhibit("S001 Fig. 42: the five steps", five_steps, kind="definition"),
    Exhibit(
        "S001 appendix: fund sizes",
        appendix_sizes,
        kind="replicated",
        needs=("etf_shares", "etf_daily"),
        unit="亿元",
        tolerance=0.05,
    ),
]
