"""From the cells of a reply to canonical columns: fields by name, numbers, days and codes, each strict about meaning.

A harmless change passes (columns in another order, a new one, another spelling of a header); a change of meaning does
not: a field that is gone, a value that is no number, a unit that moved by 10⁴ raise a ``DataError`` that names the
endpoint, the field and what was expected.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from helpers.providers.replies import Incomplete
from helpers.tables import DataError

__all__ = [
    "check_size",
    "bare_index",
    "check_total",
    "days",
    "digits_of",
    "epoch_days",
    "fund_code",
    "header_of",
    "listed_code",
    "numbers",
    "only",
    "records",
    "tidy",
    "words",
]

_GAPS = {"", "-", "--", "---", "—", "——", "null", "none", "nan", "nat", "n/a", "#n/a", "无", "暂无", "暂无数据"}
_SCALES = {"万": 10**4, "亿": 10**8, "万亿": 10**12}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(万亿|亿|万)?(?:元|份|股)?(%?)")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?")


def header_of(cell: object) -> str:
    """Reduce a header's cell to what it says: full-width forms, spaces, line breaks and case do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(cell))).lower()


def records(
    rows: Sequence[Mapping[str, object]], wanted: Mapping[str, str], endpoint: str, optional: Iterable[str] = ()
) -> pd.DataFrame:
    """Pick fields out of records.

    Parameters
    ----------
    rows : sequence of mappings
        As the reply holds them.
    wanted : mapping of str to str
        Field of the reply to column.
    endpoint : str
        Named in errors.
    optional : iterable of str
        Columns that may be absent; they are left out then.

    Returns
    -------
    DataFrame
        Raw values, one column for each wanted field that is there, in the order of ``wanted``.

    Raises
    ------
    DataError
        When a field is in none of the rows, or a row is no record.
    """
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(endpoint, "records with named fields", column="(row)", row=place, value=str(row)[:60])
    present = dict.fromkeys(field for row in rows for field in row)
    optional = set(optional)
    for field, column in wanted.items():
        if rows and field not in present and column not in optional:
            found = f"it is missing (fields are {', '.join(present)})"
            raise DataError(endpoint, f"a field {field}", column=field, found=found, way_out=_CHANGED)
    kept = {field: column for field, column in wanted.items() if field in present or column not in optional}
    columns = {column: [row.get(field) for row in rows] for field, column in kept.items()}
    return pd.DataFrame(columns, dtype=object)


_CHANGED = "The provider changed its reply: keep the file and tell the project."


def only(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return those of ``columns`` that a ``frame`` has, in this order."""
    return frame[[column for column in columns if column in frame]]


def tidy(frame: pd.DataFrame, key: Sequence[str], endpoint: str) -> pd.DataFrame:
    """Drop rows that stand twice, refuse two different rows of one key, and sort by key.

    Parameters
    ----------
    frame : DataFrame
    key : sequence of str
        Columns that name a row.
    endpoint : str

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        At the first row of a key that stands there already with other values.
    """
    frame = frame.drop_duplicates(ignore_index=True)
    twice = frame.duplicated(list(key)).to_numpy()
    if twice.any():
        row = int(twice.argmax())
        value = ", ".join(str(frame[column].iloc[row]) for column in key)
        raise DataError(endpoint, f"each ({', '.join(key)}) once", column=key[-1], row=row, value=value)
    return frame.sort_values(list(key), ignore_index=True, kind="stable")


def words(values: Iterable[object]) -> pd.Series:
    """Read values as text; what stands for a gap becomes missing."""
    return pd.Series([_word(value) for value in values], dtype=str)


def _word(value: object) -> str | None:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value).split())
    return None if text.lower() in _GAPS else text


def numbers(values: pd.Series, endpoint: str, scale: float = 1.0, needed: bool = False) -> pd.Series:
    """Read numbers: separators, 万 and 亿 are understood, a gap is NaN; a sign of percent divides by a hundred.

    Parameters
    ----------
    values : Series
        Raw cells; its name is the field named in errors.
    endpoint : str
    scale : float
        What one unit of the reply is in ours.
    needed : bool
        Refuse gaps.

    Returns
    -------
    Series of float
        NaN for a gap.

    Raises
    ------
    DataError
        At the first cell that is no number, or a gap where none may be.
    """
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        read = values.astype(float).to_numpy() * scale
    else:
        exact = Decimal(repr(float(scale)))
        read = np.array([_number(value, exact) for value in values], dtype=object)
        bad = np.array([value is None for value in read], dtype=bool)
        if bad.any():
            raise _bad(values, bad, endpoint, "a number")
        read = read.astype(float)
    if needed and (gaps := ~np.isfinite(read)).any():
        raise _bad(values, gaps, endpoint, "a number, not a gap")
    return pd.Series(read, index=values.index, name=values.name, dtype=float)


def _number(value: object, scale: Decimal) -> float | None:
    """Return the number a cell shows times ``scale``, NaN for a gap, None for anything else; decimals stay exact."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(Decimal(repr(float(value))) * scale)
    text = _word(value)
    if text is None:
        return float("nan")
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", ""))
    if match is None:
        return None
    return float(Decimal(match[1]) * scale * _SCALES.get(match[2], 1) / (100 if match[3] else 1))


def _bad(values: pd.Series, bad: np.ndarray, endpoint: str, expected: str) -> DataError:
    place = int(bad.argmax())
    return DataError(endpoint, expected, column=str(values.name), row=place, value=values.iloc[place], way_out=_CHANGED)


def days(values: pd.Series, endpoint: str, needed: bool = True) -> pd.Series:
    """Read days written as 20260213, 2026-02-13, 2026/2/13, 2026年2月13日, with or without a time, or kept as dates.

    Parameters
    ----------
    values, endpoint, needed
        As for :func:`numbers`.

    Returns
    -------
    Series of datetime64
        Midnights without a zone; NaT for a gap.

    Raises
    ------
    DataError
        At the first cell that is no day, or a gap where ``needed``.
    """
    distinct = {}
    for place, value in enumerate(values):
        key = value if isinstance(value, str | int | float) else str(value)
        if key not in distinct:
            distinct[key] = day = _day(value)
            if day is False or (needed and day is None):
                bad = np.arange(len(values)) == place
                raise _bad(values, bad, endpoint, "a day such as 2026-02-13 or 20260213")
    read = [distinct[value if isinstance(value, str | int | float) else str(value)] for value in values]
    return pd.Series(np.array(read, dtype="datetime64[us]"), index=values.index, name=values.name)


def _day(value: object) -> np.datetime64 | bool | None:
    """Return a day, None for a gap, False for anything else."""
    if isinstance(value, dt.datetime | pd.Timestamp) and value is not pd.NaT:
        value = value.strftime("%Y-%m-%d")
    text = _word(value)
    if text is None:
        return None
    match = _DAY.fullmatch(text)
    if match is None:
        return False
    try:
        return np.datetime64(dt.date(int(match[1]), int(match[2]), int(match[3])), "us")
    except ValueError:
        return False


def epoch_days(values: pd.Series, endpoint: str) -> pd.Series:
    """Read milliseconds since 1970 as the day that a clock in Shanghai shows.

    Parameters
    ----------
    values, endpoint
        As for :func:`days`.

    Returns
    -------
    Series of datetime64

    Raises
    ------
    DataError
        At the first cell that is no number, a gap, or no moment between 1971 and 2100.
    """
    stamps = numbers(values, endpoint, needed=True)
    late = pd.Timestamp("2100-01-01").value / 1e6
    if bad := (~stamps.between(1e11 / 2, late)).to_numpy().nonzero()[0].tolist():
        expected = "milliseconds since 1970"
        raise DataError(endpoint, expected, column=str(values.name), row=bad[0], value=values.iloc[bad[0]])
    local = pd.to_datetime(stamps.astype("int64"), unit="ms", utc=True).dt.tz_convert("Asia/Shanghai")
    return local.dt.tz_localize(None).astype("datetime64[us]").dt.normalize().rename(values.name)


def bare_index(code: object) -> str | None:
    """Write an index's code without an exchange: ``000300.SH`` as ``000300``."""
    return None if code is None else str(code).partition(".")[0]


def digits_of(code: object) -> str:
    """Return the six digits in a fund's code, however it is written."""
    found = re.search(r"\d{6}", str(code))
    return found[0] if found else str(code)


def listed_code(code: object, market: str | None = None) -> str:
    """Add its exchange to the bare code of a listed security; what already carries one is only respelled.

    Parameters
    ----------
    code : str or int
        Such as ``510300``, ``sh510300`` or ``510300.XSHG``. Five digits are Hong Kong's, letters are a US ticker.
    market : str, optional
        The exchange, where it is known: digits are filled up to six, or to five for ``HK``.

    Returns
    -------
    str
    """
    text = (_word(code) or "").upper()
    if prefixed := re.fullmatch(r"(SH|SZ|BJ|HK)\.?(\d{5,6})", text):
        return f"{prefixed[2]}.{prefixed[1]}"
    if suffixed := re.fullmatch(r"(\w+)\.(XSHG|XSHE|SS|SH|SZ|BJ|HK|US|OF)", text):
        return f"{suffixed[1]}.{ {'XSHG': 'SH', 'SS': 'SH', 'XSHE': 'SZ'}.get(suffixed[2], suffixed[2]) }"
    if market:
        return f"{text.zfill(5 if market == 'HK' else 6)}.{market}"
    if not text.isdigit():
        return f"{text}.US" if re.fullmatch(r"[A-Z][A-Z.]*", text) else text
    if len(text) <= 5:
        return f"{text.zfill(5)}.HK"
    if text.startswith(("4", "8", "92")):
        return f"{text}.BJ"
    return f"{text}.SH" if text[0] in "569" else f"{text}.SZ"


def fund_code(code: object) -> str:
    """Write a fund's code, six digits, as that of a fund outside the exchanges: ``000001.OF``."""
    text = (_word(code) or "").upper()
    return text if "." in text else f"{text.zfill(6)}.OF"


def check_total(rows: Sequence[object], total: object, endpoint: str, field: str) -> None:
    """Refuse fewer (or more) rows than the reply says there are; nothing is checked where it does not say.

    Parameters
    ----------
    rows : sequence
    total : object
        Their number, as the reply says.
    endpoint, field : str

    Raises
    ------
    Incomplete
        When the two differ.
    """
    if total is None or str(total).strip() == "":
        return
    if len(rows) != int(float(str(total))):
        way_out = "The page is short: ask again, with one page for everything."
        raise Incomplete(
            endpoint, f"{total} rows, as {field} says", column=field, found=f"{len(rows)} rows", way_out=way_out
        )


def check_size(values: pd.Series, low: float, high: float, endpoint: str, field: str, unit: str) -> None:
    """Refuse a column whose typical size betrays another unit; gaps and zeros do not count.

    Parameters
    ----------
    values : Series
    low, high : float
        Between which the median of sizes lies, in our unit.
    endpoint, field, unit : str
        Named in the error.

    Raises
    ------
    DataError
        When the median lies outside.
    """
    seen = values[np.isfinite(values) & (values != 0)].abs()
    median = seen.median()
    if len(seen) and not low <= median <= high:
        found = f"a median of {median:g} once read as {unit}"
        way_out = "Did the provider change the unit?"
        raise DataError(endpoint, f"a median from {low:g} to {high:g}", column=field, found=found, way_out=way_out)
