"""The published numbers of the three sources, shipped inside the package.

They are the yardstick of the book: every chapter prints what it computed beside what
was printed. The folder's README says what each file holds and where it comes from.
"""

from difflib import get_close_matches
from importlib.resources import files

import pandas as pd

__all__ = ["checks", "fact", "load", "names"]

_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_TEXT = ("code", "_id")
_ALWAYS_TEXT = {"id", "seed", "period", "published", "recomputed", "month", "note"}


def names() -> list[str]:
    """Return the names `load` accepts, sorted."""
    return sorted(p.name[:-4] for p in files(__name__).iterdir() if p.name.endswith(".csv"))


def load(name: str) -> pd.DataFrame:
    """Return one published table as a fresh DataFrame.

    Codes, identifiers, labels and months (``2025-09``) stay text; a column whose every
    value is an ISO day becomes ``datetime64``; a column whose every value is a number
    becomes numeric. Blank cells are missing values.

    Parameters
    ----------
    name : str
        File name without ``.csv``, one of `names`; e.g. ``"s001_t01_sw_l1_yearly_returns"``.

    Returns
    -------
    pandas.DataFrame
        Columns as described in the folder's README. Units are in the column names
        (``_pct`` percent, ``_cny_100m`` 亿元).

    Raises
    ------
    ValueError
        If there is no such table; the message lists near names.

    Examples
    --------
    >>> load("s001_t01_sw_l1_yearly_returns")[["name", "year", "return_pct"]].head(2)
           name  year  return_pct
    0    银行  2024       34.39
    1  非银金融  2024       30.17
    """
    known = names()
    if name not in known:
        near = get_close_matches(str(name), known, n=4, cutoff=0.4) or known
        raise ValueError(f"no published table named {name!r}; did you mean: {', '.join(near)}?")
    text = files(__name__).joinpath(f"{name}.csv")
    with text.open(encoding="utf-8") as handle:
        raw = pd.read_csv(handle, dtype="str", keep_default_na=False, na_values=[""])
    return raw.apply(_typed)


def fact(key: str) -> float:
    """Return a number quoted in prose.

    Parameters
    ----------
    key : str
        Its id in ``key_facts``, such as ``"k014"``.

    Returns
    -------
    float
        In the unit of its row.

    Raises
    ------
    KeyError
        If no row has this id.

    Examples
    --------
    >>> fact("k014")
    633.0
    """
    return float(load("key_facts").set_index("id").at[key, "value"])


def checks() -> pd.DataFrame:
    """Return the internal checks of the printed numbers, one row per check.

    Columns: ``check_id``, ``seed``, ``exhibit``, ``item``, ``published``, ``recomputed``,
    ``status`` (ok, rounding, mismatch, weak, unclear, info), ``note``.
    """
    return load("checks")


def _typed(column: pd.Series) -> pd.Series:
    """Parse one text column: keep identifiers, else ISO days, else numbers."""
    if column.name in _ALWAYS_TEXT or any(part in str(column.name) for part in _TEXT):
        return column
    present = column.dropna()
    if present.empty:
        return column
    if present.str.fullmatch(_ISO_DATE).all():
        return pd.to_datetime(column, format="%Y-%m-%d")
    numbers = pd.to_numeric(present, errors="coerce")
    return pd.to_numeric(column) if numbers.notna().all() else column
