"""Checks that a schema of single columns cannot hold: keys, units, dates ahead of time, weights that sum to one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.tables.errors import DataError, plain
from helpers.tables.schemas import SCHEDULE_DAYS, UNITS

__all__ = ["UNITS_WAY_OUT", "check_dates", "check_table", "check_units", "sort_by_key"]

UNITS_WAY_OUT = "Convert it, or name its unit in columns.yaml (万份, 手, 千元, 万元, 亿元, %, bp, …)."
_WEIGHT_TOLERANCE = 0.005
_JUMP, _CROWD = 500, 5


def check_dates(schema, frame: pd.DataFrame, origin: str, today: pd.Timestamp) -> None:
    """Refuse observations dated after ``today`` and schedules more than ``SCHEDULE_DAYS`` ahead of it.

    Parameters
    ----------
    schema
        Of the table.
    frame : DataFrame
        In its columns and dtypes.
    origin : str
        The file, named in errors.
    today : Timestamp
        Last day that can have been observed.

    Raises
    ------
    DataError
        Naming file, column, row and value.
    """
    for column, declared in schema.columns.items():
        if column not in frame or declared.metadata["kind"] not in ("date", "month"):
            continue
        ahead = declared.metadata["scheduled"]
        latest = today + pd.Timedelta(days=SCHEDULE_DAYS if ahead else 0)
        late = (frame[column] > latest).to_numpy()
        if late.any():
            row = int(late.argmax())
            way_out = "Leave an open end empty." if ahead else "Correct it, or leave the row out."
            raise DataError(
                origin, f"no date after {latest:%Y-%m-%d}", column=column, row=row,
                value=plain(frame[column].iloc[row]), way_out=way_out,
            )  # fmt: skip


def check_units(schema, frame: pd.DataFrame, origin: str) -> None:
    """Refuse a column whose typical size betrays another unit, by its median or by its ratio to other columns.

    Parameters
    ----------
    schema
        Of the table.
    frame : DataFrame
        In its columns and dtypes.
    origin : str
        The file, named in errors; they are of class :class:`DataError`.
    """
    sized = [column for column, spec in schema.columns.items() if column in frame and spec.metadata.get("median")]
    days = pd.factorize(frame["date"], sort=True) if sized and "date" in schema.metadata["key"] else None
    for column in sized:
        metadata = schema.columns[column].metadata
        unit = metadata["unit"]
        _check_size(frame[column], metadata["median"], UNITS.get(unit, unit), column, origin)
        if days and unit in ("CNY", "units"):
            _check_jump(*days, frame[column], origin)
    for column, others, low, high in schema.metadata["pairs"]:
        if {column, *others} <= set(frame):
            ratio = frame[column] / frame[list(others)].prod(axis=1, skipna=False)
            _check_size(ratio, (low, high), f"{column} against {' × '.join(others)}", column, origin)


def _check_size(values: pd.Series, bounds: tuple[float, float], what: str, column: str, origin: str) -> None:
    values = values[np.isfinite(values) & (values != 0)]
    median = values.median()
    if len(values) and not bounds[0] <= median <= bounds[1]:
        expected = f"a median from {bounds[0]:g} to {bounds[1]:g} ({what})"
        row, value = values.index[0], values.iloc[0]
        way_out = f"The median is {median:g}: a wrong unit? {UNITS_WAY_OUT}"
        raise DataError(origin, expected, column=column, row=row, value=plain(value), way_out=way_out)


def _check_jump(place: np.ndarray, days: pd.Index, values: pd.Series, origin: str) -> None:
    """Refuse a market whose (geometric) mean leaps overnight: its unit changed in the middle of the file."""
    positive = (values > 0).to_numpy()
    count = np.bincount(place[positive], minlength=len(days))
    total = np.bincount(place[positive], np.log(values.to_numpy()[positive]), len(days))
    crowd = np.flatnonzero(count >= _CROWD)
    change = np.diff(total[crowd] / count[crowd])
    leaps = np.flatnonzero(np.abs(change) > np.log(_JUMP))
    if len(leaps):
        day = crowd[leaps[0] + 1]
        row = int((place == day).argmax())
        expected = f"a typical size within {_JUMP} times that of the day before"
        times = np.exp(change[leaps[0]])
        way_out = f"On {plain(days[day])} it is {times:.3g} times: did the unit change? Bring all days to one."
        value = plain(values.iloc[row])
        raise DataError(origin, expected, column=values.name, row=row, value=value, way_out=way_out)


def sort_by_key(schema, frame: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Return the rows in key order; refuse a key that stands twice. Labels stay the row positions of the file.

    Parameters
    ----------
    schema
        Of the table.
    frame : DataFrame
        In its columns and dtypes.
    origin : str
        The file, named in errors.

    Returns
    -------
    DataFrame
        Same rows.

    Raises
    ------
    DataError
        Naming both rows of a key that stands twice.
    """
    key = schema.metadata["key"]
    place = np.zeros(len(frame), dtype=np.int64)
    for column in key:
        ranks, distinct = _ranks(frame[column])
        place = place * distinct + ranks
    if (place[1:] > place[:-1]).all():
        return frame
    order = np.argsort(place)
    if (place[order[1:]] == place[order[:-1]]).any():
        raise _repeated(key, frame, place, origin)
    return frame.iloc[order]


def _ranks(values: pd.Series) -> tuple[np.ndarray, int]:
    """Number the distinct values in ascending order; return each row's number and how many there are."""
    codes, distinct = pd.factorize(values)
    rank = np.empty(len(distinct), dtype=np.int64)
    rank[pd.Index(distinct).argsort()] = np.arange(len(distinct))
    return rank[codes], len(distinct)


def _repeated(key: list[str], frame: pd.DataFrame, place: np.ndarray, origin: str) -> DataError:
    row = int(pd.Series(place).duplicated().to_numpy().argmax())
    first = int((place == place[row]).argmax())
    value = ", ".join(str(plain(frame[column].iloc[row])) for column in key)
    expected = f"each ({', '.join(key)}) once; row {first + 1} already holds it"
    return DataError(origin, expected, column=key[-1], row=row, value=value, way_out="Drop one of the rows.")


def check_table(schema, table: pd.DataFrame, origin: str) -> None:
    """Run what only one table promises, on rows in key order.

    Parameters
    ----------
    schema
        Of the table.
    table : DataFrame
        In key order.
    origin : str
        The file, named in errors; they are of class :class:`DataError`.
    """
    if schema.name == "index_weights":
        _check_sums(table, origin)
    elif schema.name == "stock_industry":
        _check_intervals(table, origin)
    elif "announce_date" in schema.columns:
        _check_announced(table, origin)
    for column, declared in schema.columns.items():
        if declared.metadata.get("like") and column in table:
            _check_like(table[column], declared.metadata["like"], origin)


def _check_sums(table: pd.DataFrame, origin: str) -> None:
    starts = (table["date"].ne(table["date"].shift()) | table["index_code"].ne(table["index_code"].shift())).to_numpy()
    group = starts.cumsum() - 1
    sums = np.bincount(group, weights=table["weight"])
    off = np.abs(sums - 1) > _WEIGHT_TOLERANCE
    if off.any():
        bad = np.flatnonzero(off)[0]
        first = table.iloc[np.flatnonzero(starts)[bad]]
        row = table.index[group == bad].min()
        value = f"{sums[bad]:.6g} for {plain(first['date'])} {first['index_code']}"
        way_out = "Constituents are missing or doubled, or the weights are not fractions."
        expected = f"weights summing to 1 ± {_WEIGHT_TOLERANCE} per date and index"
        raise DataError(origin, expected, column="weight", row=row, value=value, way_out=way_out)


def _check_intervals(table: pd.DataFrame, origin: str) -> None:
    if "end" not in table:
        return
    _refuse_first(table, table["end"] <= table["start"], "end", "an end after start (exclusive)", origin)
    following = table.groupby(["code", "scheme"], sort=False)["start"].shift(-1)
    overlap = following.notna() & (table["end"].isna() | (table["end"] > following))
    _refuse_first(table, overlap, "end", "an end no later than the stock's next start: one label at a time", origin)


def _check_announced(table: pd.DataFrame, origin: str) -> None:
    early = table["announce_date"] < table["report_date"]
    _refuse_first(table, early, "announce_date", "a day not before report_date: it would be known too early", origin)


def _check_like(codes: pd.Series, pattern: str, origin: str) -> None:
    """Refuse a column most of whose rows do not look like ``pattern``: its codes have lost their zeros."""
    counts = codes.value_counts()
    odd = counts.index[~counts.index.str.fullmatch(pattern)]
    if counts[odd].sum() > 0.5 * len(codes):
        expected = "mostly listed securities such as 600519.SH"
        _refuse_first(codes.to_frame(), codes.isin(odd), codes.name, expected, origin)


def _refuse_first(table: pd.DataFrame, bad: pd.Series, column: str, expected: str, origin: str) -> None:
    if bad.any():
        row = table.index[bad.to_numpy()].min()
        raise DataError(origin, expected, column=column, row=row, value=plain(table[column].loc[row]))
