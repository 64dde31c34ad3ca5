"""Scoreboard rows of the rotation: computed where the run has the whole market, else naming what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import pandas as pd

from helpers.rotation.report import compare_years
from helpers.scoreboard import Scoreboard

HOLDINGS = "S002 recent holdings"
WIN_RATE = 55
# Industries the report names as beating the average in at least 55 of 100 holding periods.
WINNERS = ("交通运输", "国防军工", "汽车", "综合", "纺织服装", "电力及公用事业", "基础化工", "电力设备及新能源")


def add_rows(
    board: Scoreboard, exhibit: str, rows: pd.DataFrame, needs: Sequence[str], *, unit: str, tolerance: float
) -> None:
    """Add ``item, published, computed`` rows; without a computed value, or with something needed, as missing.

    Parameters
    ----------
    board : Scoreboard
    exhibit : str
    rows : DataFrame
        ``item, published, computed`` (NaN or None where not computed).
    needs : sequence of str
        Tables whose absence makes a comparison meaningless; empty for a complete run.
    unit, tolerance
        Of all rows.
    """
    for row in rows.itertuples():
        if not needs and pd.notna(row.computed):
            board.add(exhibit, row.item, row.published, row.computed, unit, tolerance)
        else:
            note = "" if needs else "outside this run's dates or industries"
            board.missing(exhibit, row.item, row.published, needs=needs, unit=unit, note=note)


def add_years(
    board: Scoreboard,
    ours: Mapping[str, pd.DataFrame | None],
    printed: Mapping[str, pd.DataFrame],
    needs: Mapping[str, Sequence[str]],
) -> None:
    """Add return and excess of every printed year and all columns of the full period, for each strategy.

    ``needs`` names for each strategy what its own factors lack.
    """
    for name, rows in printed.items():
        compared = compare_years(ours.get(name), rows.reset_index())
        add_rows(board, f"S002 {name} by year", compared, needs[name], unit="", tolerance=0.05)


def add_correlations(
    board: Scoreboard, ours: pd.DataFrame, printed: pd.DataFrame, needs: Mapping[str, Sequence[str]]
) -> None:
    """Add the six correlations between factors, in %; `ours` is a fraction, `needs` says what each factor lacks."""
    own = 100 * ours.reindex(index=printed.index, columns=printed.columns)
    for a, b in combinations(printed.index, 2):
        cell = pd.DataFrame({"item": [f"{a} with {b}"], "published": printed.loc[a, b], "computed": own.loc[a, b]})
        lacks = list(dict.fromkeys([*needs[a], *needs[b]]))
        add_rows(board, "S002 factor correlation", cell, lacks, unit="%", tolerance=0.5)


def add_win_rates(board: Scoreboard, wins: pd.DataFrame | None, needs: Sequence[str]) -> None:
    """Add whether each industry the report praises beat the average often enough while held."""
    exhibit, printed = "S002 industry win rates", f"{WIN_RATE} or more"
    for industry in WINNERS:
        rate = 100 * wins["win_rate"].get(industry, float("nan")) if wins is not None else float("nan")
        if needs or pd.isna(rate):
            note = "" if needs else f"{industry} is no industry of this scheme or was never held"
            board.missing(exhibit, industry, printed, needs=needs, unit="%", note=note)
        else:
            verdict = printed if rate >= WIN_RATE else f"below {WIN_RATE}"
            board.add(exhibit, industry, printed, verdict, "%", note=f"computed {rate:.0f} %")


def add_periods(board: Scoreboard, clock: pd.DataFrame) -> None:
    """Add the first session of each printed period beside the one counted from the report's first day.

    Parameters
    ----------
    clock : DataFrame
        ``period_start, period_end`` as printed, ``first`` as counted.
    """
    for row in clock.itertuples():
        printed, ours = f"{row.period_start:%Y-%m-%d}", f"{row.first:%Y-%m-%d}"
        check = "I6" if printed == "2026-01-06" else None
        board.add(HOLDINGS, f"period to {row.period_end:%Y-%m-%d}, first session", printed, ours, check=check)


def add_portfolios(
    board: Scoreboard, clock: pd.DataFrame, printed: pd.DataFrame, weights: pd.DataFrame | None, needs: Sequence[str]
) -> None:
    """Add the six industries of each printed period beside those held after the same decision."""
    for row in clock.itertuples():
        names = " ".join(sorted(printed.loc[printed["period_start"] == row.period_start, "industry"]))
        item = f"six industries from {row.period_start:%Y-%m-%d}"
        if needs or weights is None or row.decision not in weights.index:
            note = "" if needs else "outside this run's dates"
            board.missing(HOLDINGS, item, names, needs=needs, note=note)
        else:
            held = weights.columns[weights.loc[row.decision] > 0]
            board.add(HOLDINGS, item, names, " ".join(sorted(held)))


def add_benchmark(board: Scoreboard, implied: pd.Series, found: pd.Series | None) -> None:
    """Add the printed tables' implied benchmark by year beside the equal weight of CITIC price indices, in %."""
    exhibit = "S002 industry equal weight"
    for year, value in implied.items():
        item = f"{year} benchmark implied by return and excess"
        ours = found.get(year, float("nan")) if found is not None else float("nan")
        if pd.notna(ours):
            board.add(exhibit, item, value, ours, "%", 0.05, "equal weight of CITIC price indices, daily")
        else:
            note = f"CITIC_L1 prices of {year}"
            board.missing(exhibit, item, value, needs=["industry_daily"], unit="%", note=note)


def add_holding_returns(board: Scoreboard, printed: pd.DataFrame, prices: pd.DataFrame | None) -> None:
    """Add each printed period return beside that of the CITIC index, bought at the close before the period."""
    for row in printed.dropna(subset="abs_return_pct").itertuples():
        item = f"{row.period_start:%Y-%m-%d} {row.industry}, return"
        if prices is not None and row.period_end in prices.index and row.industry in prices:
            before = prices.index[prices.index.searchsorted(row.period_start) - 1]
            ours = 100 * (prices.at[row.period_end, row.industry] / prices.at[before, row.industry] - 1)
            board.add(HOLDINGS, item, row.abs_return_pct, ours, "%", 0.005)
        else:
            note = "CITIC_L1 prices of the period"
            board.missing(HOLDINGS, item, row.abs_return_pct, needs=["industry_daily"], unit="%", note=note)
