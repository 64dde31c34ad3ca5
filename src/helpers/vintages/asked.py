"""What a vintage is asked for, and where it is kept: the same question of the same data by the same code."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from helpers.files import hash_of
from helpers.params import RunParams
from helpers.sessions import month_ends, sessions

__all__ = ["VINTAGES", "Asked", "asked_of", "month_names", "store_of"]

PACKAGE = Path(__file__).resolve().parents[1]
VINTAGES = PACKAGE.parents[1] / "data" / "vintages"
_NO_NUMBER = ("figures", "press", "planted", "providers")  # rooms that change no finding
CLAIM_MONTHS = 12


@dataclass(frozen=True)
class Asked:
    """The part of a run's parameters that its findings depend on; small enough to send to any worker.

    Attributes
    ----------
    source, data
        Where the tables come from.
    rotation_scheme, size_pair, growth_pair, size_lambda, growth_lambda, style_start, top_n
        As :class:`helpers.params.RunParams` describes them.
    cluster_lookback, min_amount
        Likewise.
    """

    source: str = "demo"
    data: str | None = None
    rotation_scheme: str = "SW2021_L1"
    size_pair: tuple[str, ...] = ("000300", "000852")
    growth_pair: tuple[str, ...] = ("399370", "399371")
    size_lambda: float = 100.0
    growth_lambda: float = 1000.0
    style_start: str = "2015-01-05"
    top_n: int = 6
    cluster_lookback: int = 120
    min_amount: float = 1e7


def asked_of(run: RunParams) -> Asked:
    """Return what a run's vintages are asked for.

    Parameters
    ----------
    run : RunParams

    Returns
    -------
    Asked
    """
    given = {name: getattr(run, name) for name in Asked.__dataclass_fields__}
    return Asked(**{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()})


def store_of(asked: Asked, folder: Path | None, root: Path = VINTAGES) -> Path:
    """Return the folder that keeps the vintages of one question.

    Parameters
    ----------
    asked : Asked
    folder : path, optional
        Where the tables lie.
    root : path
        Folder of all vintages.

    Returns
    -------
    Path
        Its name follows from the parameters, the library's code and the data files, so that nothing stale is read.
    """
    files = sorted(folder.glob("*")) if folder is not None else []
    data = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in files if path.is_file()]
    code = [
        [str(path.relative_to(PACKAGE)), hash_of(path)]
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in _NO_NUMBER
    ]
    key = json.dumps([{**asdict(asked), "data": None}, data, code], sort_keys=True, ensure_ascii=False)
    return root / hashlib.sha256(key.encode()).hexdigest()[:16]


def month_names(first: str, last: str) -> pd.DatetimeIndex:
    """Return the last session of every month from one month to another.

    Parameters
    ----------
    first, last : str
        Months, as ``2023-06``.

    Returns
    -------
    DatetimeIndex
        One a month.

    Raises
    ------
    ValueError
        If a month cannot be read, or the first comes after the last.

    Examples
    --------
    >>> month_names("2025-09", "2025-10").strftime("%Y-%m-%d").tolist()
    ['2025-09-30', '2025-10-31']
    """
    if not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) for month in (first, last)):
        raise ValueError(f"{first!r} to {last!r}: write months as 2023-06")
    begin, end = (pd.Period(month, "M") for month in (first, last))
    if begin > end:
        raise ValueError(f"FROM={first} comes after TO={last}")
    return month_ends(sessions(begin.start_time, end.end_time.normalize() + pd.Timedelta(days=20)), complete=True)[
        : (end - begin).n + 1
    ]
