"""Exhibits of S001, the framework of theme index funds."""

from __future__ import annotations

import re

import pandas as pd

from helpers.published import checks, fact, load
from helpers.published.exhibits.exhibit import Exhibit

# -- 01: industries by year --------------------------------------------------------------------------------------------

AVERAGE = "average share beating 中证全指, 2018 to 2024"
AVERAGE_TO_DATE = "average share beating 中证全指, 2018 to 10 December 2025"
PROSE, FIGURE = "prose, to the end of November:", "Fig. 1, to 10 December:"
WHOLE_MARKET = "中证全指"
ABOVE, FALLING = "industries above 中证全指", "industries falling"
LEADERS = {"通信": "k008", "有色金属": "k009"}
_PERIOD = {ABOVE: "k005", FALLING: "k010", WHOLE_MARKET: "k007", **LEADERS}
_RETURNS = (WHOLE_MARKET, *LEADERS)


def yearly_returns() -> pd.Series:
    """Return Table 1, percent, by ``(year, name)`` in the order of the printed ranking."""
    table = load("s001_t01_sw_l1_yearly_returns").sort_values(["year", "rank"], kind="stable")
    return table.set_index(["year", "name"])["return_pct"]


def windows_2025() -> dict[str, pd.Timestamp]:
    """Return the two days to which the report dates one set of figures: its prose and the title of its Fig. 1."""
    prose = load("key_facts").set_index("id").at["k005", "as_of"]
    figure = checks().set_index("check_id").at["A4", "recomputed"]
    return {PROSE: pd.Timestamp(prose), FIGURE: pd.Timestamp(re.search(r"\d{8}", figure)[0])}


def figures_2025() -> pd.DataFrame:
    """Return the figures of 2025 under both windows: counts of industries, and returns in percent."""
    row = {column: fact(key) for column, key in _PERIOD.items()}
    return pd.DataFrame([row, row], index=list(windows_2025()))


# -- 01: taxonomy ------------------------------------------------------------------------------------------------------

KEYWORDS = "rows holding a keyword of their class"
ALL_INDICES = "all indices"
OUTSIDE_INDUSTRY = "indices outside the industry class"
COUNTED = load("key_facts").set_index("id").at["k014", "as_of"]  # the day the report counts its indices on


def class_counts(level: int) -> pd.Series:
    """Return Table 3: printed number of indices by class of one level (1 or 2)."""
    table = load(f"s001_t03_taxonomy_level{level}").dropna(subset=f"level{level}_no")
    return table.set_index(f"level{level}")["index_count"]


def taxonomy_counts() -> pd.Series:
    """Return Table 3 by item: ``"level 1 <class>"``, ``"level 2 <class>"`` and the total."""
    levels = {("level", level, name): count for level in (1, 2) for name, count in class_counts(level).items()}
    return pd.Series({" ".join(map(str, key)): count for key, count in levels.items()} | {ALL_INDICES: index_total()})


def index_total() -> int:
    """Return how many indices the report counts in all."""
    return int(fact("k014"))


def printed_list() -> pd.DataFrame:
    """Return the rows of the product list that are in print (appendix and Fig. 3).

    Returns
    -------
    DataFrame
        Index: total serial number; ``level2, name, index_name, index_code`` (bare) and ``fund`` (code without suffix).
    """
    parts = [load("s001_appendix_rows"), load("s001_fig03_sw_industry_tail")]
    columns = ["total_serial", "level2", "fund_name", "index_name", "index_code", "fund_code"]
    rows = pd.concat([part[columns] for part in parts]).rename(columns={"fund_name": "name"})
    rows["index_code"] = rows["index_code"].str.partition(".")[0].str.upper()
    rows["fund"] = rows.pop("fund_code").str.partition(".")[0]
    return rows.set_index("total_serial")


def index_codes() -> pd.Series:
    """Return the index code of every printed product, by ``"<fund> <index name>"``."""
    rows = printed_list()
    return rows.set_index(rows["fund"] + " " + rows["index_name"])["index_code"]


EXHIBITS = [
    Exhibit(
        "S001 Table 1",
        yearly_returns,
        kind="data check",
        needs=("industry_daily", "index_daily"),
        unit="%",
        tolerance=0.005,
    ),
    Exhibit(
        "S001 Fig. 1",
        figures_2025,
        kind="data check",
        needs=("industry_daily", "index_daily"),
        unit=dict.fromkeys(_RETURNS, "%") | dict.fromkeys((ABOVE, FALLING), "industries"),
        tolerance=dict.fromkeys(_RETURNS, 0.005) | dict.fromkeys((ABOVE, FALLING), 0),
        checks={f"{PROSE} {column}": "A4" for column in _PERIOD},
    ),
    Exhibit(
        "S001 prose 1.1",
        lambda: pd.Series({AVERAGE: fact("k013"), AVERAGE_TO_DATE: fact("k013")}),
        kind="replicated",
        needs=("industry_daily", "index_daily"),
        unit="%",
        tolerance=0.5,
    ),
    Exhibit(
        "S001 Table 4",
        lambda: pd.Series({KEYWORDS: len(printed_list())}),
        kind="printed against printed",
        unit="rows",
        tolerance=0,
        checks={KEYWORDS: "B10"},
    ),
    Exhibit(
        "S001 product list: index codes",
        index_codes,
        kind="data check",
        needs=("etf_list",),
        tolerance=0,
    ),
    Exhibit(
        "S001 Table 3",
        taxonomy_counts,
        kind="replicated",
        needs=("etf_list",),
        unit="indices",
        tolerance=0.5,  # a count, of indices
        window=(COUNTED, COUNTED),
    ),
    Exhibit(
        "S001 prose 1.2",
        lambda: pd.Series({OUTSIDE_INDUSTRY: fact("k017")}),
        kind="replicated",
        needs=("etf_list",),
        unit="%",
        tolerance=0.5,
        checks={OUTSIDE_INDUSTRY: "B7"},
        window=(COUNTED, COUNTED),
    ),
]
