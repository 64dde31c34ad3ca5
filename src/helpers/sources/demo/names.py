"""Real names and codes of industries and indices, the invented segments, and the codes of invented securities.

Stock codes run from 664001 and ETF codes from 578001: ranges that no exchange has given to a share or an ETF;
active funds are 99xxxx.OF. Numbers alone are unique too, whatever the suffix.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np
import pandas as pd

__all__ = ["indices", "industries", "ordinals", "segments"]

_STEMS = "甲乙丙丁戊己庚辛壬癸"


def _read(name: str, numbers: tuple[str, ...]) -> pd.DataFrame:
    with files(__package__).joinpath(name).open(encoding="utf-8") as handle:
        table = pd.read_csv(handle, dtype="str", keep_default_na=False)
    return table.astype(dict.fromkeys(numbers, float))


@lru_cache(maxsize=1)
def industries() -> pd.DataFrame:
    """Return ``scheme, industry_code, industry_name`` of 31 SW2021_L1 and 30 CITIC_L1 industries."""
    return _read("industries.csv", ())


@lru_cache(maxsize=1)
def segments() -> pd.DataFrame:
    """Return the invented segments of the stock market.

    Columns: ``segment``, its ``sw`` and ``citic`` industry, ``cap`` (per cent of the market), ``n`` (stocks per 5,000),
    ``growth`` (loading on the growth style), ``div_yield``, ``cluster`` (the planted cluster).
    """
    return _read("segments.csv", ("cap", "n", "growth", "div_yield"))


@lru_cache(maxsize=2)
def indices(full: bool = True) -> pd.DataFrame:
    """Return the index rulebook, in full or only the core of the small market.

    Columns: ``index_code``, ``index_name``, ``category``, ``cluster`` (planted; empty = a mixture), ``launch``, ``n``
    members, ``limit`` per member, ``pick`` (what is ranked), ``universe``, ``etfs`` (how many track it), ``core``.
    """
    table = _read("indices.csv", ("n", "limit", "etfs", "core"))
    return table if full else table[table.core == 1].reset_index(drop=True)


def ordinals(count: int) -> np.ndarray:
    """Return ``count`` short Chinese ordinals: 甲 to 癸, then 甲2 and so on."""
    return np.array([_STEMS[i % 10] + (str(i // 10 + 1) if i >= 10 else "") for i in range(count)])
