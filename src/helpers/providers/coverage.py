"""What a store covers, and what stands for what it lacks: for the pages of a run on it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.providers.sources_known import KNOWN
from helpers.providers.tables_on_disk import Tables
from helpers.tables import SCHEMAS

__all__ = ["coverage"]


def coverage(source: str, root: Path) -> pd.DataFrame:
    """List every canonical table with what the store holds of it.

    Parameters
    ----------
    source : str
        The source that filled the store.
    root : Path
        The store's folder.

    Returns
    -------
    DataFrame
        Table, Rows, From, To, Note; empty for another source, or before the first build. A table that is not there has
        no rows.
    """
    held = Tables(root).manifest()["tables"] if source in KNOWN else {}
    if not held:
        return pd.DataFrame()
    rows = []
    for name in SCHEMAS:
        about, supply = held.get(name, {}), KNOWN[source].supply(name)
        why = (supply.note if supply else f"{source} does not have it") if about or not supply else "not fetched"
        rows.append((name, f"{about.get('rows', 0):,}", about.get("first") or "", about.get("last") or "", why))
    return pd.DataFrame(rows, columns=["Table", "Rows", "From", "To", "Note"])
