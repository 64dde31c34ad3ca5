"""Reading raw columns as what they are meant to be: text, codes, dates, months, numbers, flags.

Nothing is guessed: a value that is not plainly one thing is an error with its row. The work is done on distinct values
where a column repeats itself, so millions of rows cost little more than thousands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd
from pandas.api import types

from helpers.tables.errors import DataError, plain

__all__ = ["coerce"]

_STAMP = (
    r"^\s*(?P<day>\d{8}|\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}\.\d{1,2}\.\d{1,2})"
    r"(?:[ T](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?\s*$"
)
_DAY = 24 * 60 * 60 * 10**6  # microseconds
_MARKET_ZONE = "Asia/Shanghai"
_DATE = "a date such as 2025-09-30 or 20250930"
_YES, _NO = {"true", "1", "1.0", "yes", "y", "是"}, {"false", "0", "0.0", "no", "n", "否"}


def coerce(raw: pd.Series, kind: str, origin: str) -> pd.Series:
    """Read one raw column as ``kind``.

    Parameters
    ----------
    raw : Series
        As read from a file: any dtype, a RangeIndex whose labels are the row positions.
    kind : {"text", "code", "index code", "date", "month", "number", "whole", "flag"}
        What the schema says the column is.
    origin : str
        Named in errors.

    Returns
    -------
    Series
        ``str``, ``datetime64[us]``, ``float64``, ``int64`` (``whole``; ``float64`` with gaps) or ``bool``.

    Raises
    ------
    DataError
        At the first value that is not of that kind.
    """
    return _READERS[kind](raw, origin)


def _fail(values: pd.Series, bad, origin: str, expected: str, way_out: str = "") -> DataError:
    """Build the error for the first bad value; the labels of ``values`` are row positions."""
    place = int(np.flatnonzero(np.asarray(bad))[0])
    value = values.iloc[place]
    return DataError(origin, expected, column=values.name, row=values.index[place], value=plain(value), way_out=way_out)


def _text(raw: pd.Series, origin: str) -> pd.Series:
    if isinstance(raw.dtype, pd.CategoricalDtype):
        raw = raw.astype(raw.cat.categories.dtype)
    if types.is_string_dtype(raw.dtype) and not types.is_object_dtype(raw.dtype):
        return raw.astype(str)
    if raw.isna().all():
        return pd.Series(pd.NA, index=raw.index, name=raw.name, dtype=str)
    if types.is_object_dtype(raw.dtype):
        bad = raw.notna() & ~raw.map(lambda value: isinstance(value, str))
        if not bad.any():
            return raw.astype(str)
    else:
        bad = raw.notna()
    raise _fail(raw, bad, origin, "text", "Store the column as text: as a number it loses its leading zeros.")


def _code(raw: pd.Series, origin: str) -> pd.Series:
    """Read codes; full-width digits and letters, as a Chinese keyboard types them, count as plain ones."""
    codes = _text(raw, origin)
    distinct = codes.dropna().unique()
    wide = {code: unicodedata.normalize("NFKC", code) for code in distinct if not code.isascii()}
    return codes.replace(wide) if wide else codes


def _number(raw: pd.Series, origin: str) -> pd.Series:
    if types.is_bool_dtype(raw.dtype) or types.is_datetime64_any_dtype(raw.dtype):
        raise _fail(raw, raw.notna(), origin, "a number")
    if types.is_numeric_dtype(raw.dtype):
        return raw.astype(float)
    numbers = pd.to_numeric(raw, errors="coerce")
    bad = numbers.isna() & raw.notna()
    if bad.any():
        raise _fail(raw, bad, origin, "a plain number", "Remove separators, signs and notes; leave a gap empty.")
    return numbers.astype(float)


def _whole(raw: pd.Series, origin: str) -> pd.Series:
    numbers = _number(raw, origin)
    bad = numbers.notna() & (numbers % 1 != 0)
    if bad.any():
        raise _fail(raw, bad, origin, "a whole number")
    return numbers if numbers.isna().any() else numbers.astype("int64")


def _flag(raw: pd.Series, origin: str) -> pd.Series:
    if types.is_bool_dtype(raw.dtype) and not raw.hasnans:
        return raw.astype(bool)
    words = raw.astype(str).str.strip().str.lower()
    yes = words.isin(_YES)
    bad = ~yes & ~words.isin(_NO)
    if bad.any():
        raise _fail(raw, bad, origin, "true or false")
    return yes


def _date(raw: pd.Series, origin: str) -> pd.Series:
    if types.is_datetime64_any_dtype(raw.dtype):
        return _midnight(raw, origin)
    if raw.isna().all():
        return pd.Series(pd.NaT, index=raw.index, name=raw.name, dtype="datetime64[us]")
    places, _ = pd.factorize(raw)
    first = np.unique(places, return_index=True)[1][1 if (places < 0).any() else 0 :]
    days = _parse(raw.iloc[first], origin).to_numpy()
    return pd.Series(np.append(days, np.datetime64("NaT"))[places], index=raw.index, name=raw.name)


def _month(raw: pd.Series, origin: str) -> pd.Series:
    """Read a month, written as 2025-09, 202509 or any day of it, as its first day."""
    if not types.is_datetime64_any_dtype(raw.dtype):
        raw = _plain_text(raw).str.replace(r"^\s*(\d{4})([-/.]?)(\d{1,2})\s*$", r"\1\g<2>\3\g<2>01", regex=True)
    days = _date(raw, origin)
    return days - pd.to_timedelta(days.dt.day - 1, unit="D")


def _parse(values: pd.Series, origin: str) -> pd.Series:
    """Read dates written as text or whole numbers."""
    parts = _plain_text(values).str.extract(_STAMP)
    days = pd.to_datetime(parts["day"].str.replace(r"[/.]", "-", regex=True), errors="coerce", format="mixed")
    if days.isna().any():
        raise _fail(values, days.isna(), origin, _DATE, "Write every date alike, year first.")
    zones = parts["zone"].fillna("")
    if zones.nunique() > 1:
        way_out = "Export plain dates without a time zone."
        raise _fail(values, zones.ne(zones.iloc[0]), origin, "one time zone throughout, best none", way_out)
    clock = parts["time"].fillna("0:00").str.replace(r"^(\d{1,2}:\d{2})$", r"\1:00", regex=True)
    times = days + pd.to_timedelta(clock)
    if zones.iloc[0]:
        times = times.dt.tz_localize(zones.iloc[0].replace("Z", "+00:00"))
    return _midnight(times.rename(values.name), origin)


def _plain_text(values: pd.Series) -> pd.Series:
    """Write whole numbers without a decimal point, everything else as it prints."""
    if types.is_float_dtype(values.dtype) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").astype(str)


def _midnight(times: pd.Series, origin: str) -> pd.Series:
    """Drop the zone (as a clock in Shanghai reads it) and the time of day."""
    if times.dt.tz is not None:
        return times.dt.tz_convert(_MARKET_ZONE).dt.tz_localize(None).astype("datetime64[us]").dt.normalize()
    times, known = times.astype("datetime64[us]"), times.notna()
    clock = times.to_numpy().view("i8") % _DAY
    if not clock[known].any():
        return times
    at_four = known & (clock == _DAY // 24 * 16)
    if at_four.sum() > 0.5 * known.sum():
        way_out = "16:00 throughout is Shanghai midnight written as UTC, a day early: add 8 hours on export."
        raise _fail(times, at_four, origin, "dates without a time", way_out)
    return times.dt.normalize()


_READERS: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    "text": _text,
    "code": _code,
    "index code": _code,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "date": _date,
    "month": _month,
}
