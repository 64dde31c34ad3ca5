"""Monthly averages of ETF units: no canonical table, a file of its own beside the tables, named by a parameter."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.files import note_read
from helpers.tables import DataError, MissingTable

COLUMNS = ["month_end", "code", "shares"]


def read_monthly_averages(path: Path) -> pd.DataFrame:
    """Read a parquet file of monthly averages of ETF units.

    Parameters
    ----------
    path : Path
        Columns ``month_end`` (date), ``code`` (text), ``shares`` (units); a row a fund and month.

    Returns
    -------
    DataFrame
        These columns, by code and month.

    Raises
    ------
    MissingTable
        If there is no such file.
    DataError
        If a column is not there, or a fund has a month twice.
    """
    if not path.is_file():
        raise MissingTable(
            "monthly_units", f"no file {path.name} in {path.parent.name}", "MONTHLY_UNITS=null skips it."
        )
    note_read(path)
    table = pd.read_parquet(path)
    if lacking := [name for name in COLUMNS if name not in table]:
        way_out = f"It takes {', '.join(COLUMNS)}."
        raise DataError(path, f"a column {lacking[0]}", found=f"it holds {', '.join(table)}", way_out=way_out)
    table = table[COLUMNS].sort_values(["code", "month_end"], ignore_index=True)
    twice = table.duplicated(["code", "month_end"])
    if twice.any():
        row = table.loc[twice.idxmax()]
        found = f"{row['code']} has {row['month_end']:%Y-%m} twice"
        raise DataError(path, "one row a fund and month", found=found, way_out="Keep the one that is right.")
    return table
