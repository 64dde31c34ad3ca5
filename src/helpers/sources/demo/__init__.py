"""A simulated market, so that the book runs anywhere, and so that its methods meet a market whose truth is known.

Nothing here replicates anything. What is in it:

* **real**: the trading calendar; names and codes of industries and of most indices (those called 模拟… are invented);
* **pinned**, an input: the yearly returns of the 31 SW industries 2018–2024 and of 沪深300, 中证500, 中证1000, 中证全指
  and 上证指数, as far as S001 prints them (Tables 1 and 5). The days between are simulated;
* **planted**, known to the tests: clusters and the days they change, style spells, flows that chase and revert, one
  premium per rotation factor (``DemoConfig.premiums``), what active funds really hold, three odd funds (one tracks
  badly, one is about to close, one trades at a premium);
* **invented**: everything else. Stocks, ETFs and funds carry codes that no listed one has and names that say 模拟;
* **dirty** on purpose: missing days, days without turnover, splits, stale NAVs, missing and differing index names.

A market is a pure function of its configuration and of this package's source; a change of either makes another one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.tables import SCHEMAS, DataError

from .assemble import DemoMarket
from .config import NO_PREMIUMS, PREMIUMS, SIZES, DemoConfig
from .writer import ensure_folder, key_of, read_truth

__all__ = ["NO_PREMIUMS", "PREMIUMS", "DemoConfig", "DemoMarket", "ensure", "key_of", "load_truth"]

ROOT = "data"


def ensure(root: str | Path | None = None, size: str = "full", seed: int = DemoConfig.seed) -> Path:
    """Return the folder of a demo market, generating it when it is not there.

    Parameters
    ----------
    root : str or Path, optional
        Where demo markets are kept (``data`` when left out); a size's name, ``"small"``, stands for that size there.
    size : {"full", "small"}
        Real scale, or the small market of the smoke run.
    seed : int
        Equal seeds give equal bytes.

    Returns
    -------
    Path
        Holds ``<table>.parquet`` for every canonical table, and ``truth/``.

    Raises
    ------
    DataError
        When ``root`` is a folder of tables: a simulated market does not belong among them.
    """
    if root in SIZES:
        root, size = None, str(root)
    root = Path(ROOT if root is None else root)
    if held := [name for name in SCHEMAS for suffix in (".parquet", ".csv") if (root / f"{name}{suffix}").is_file()]:
        way_out = "To read these tables: make book RUN=folder DATA=…"
        raise DataError(root, "a place for the demo market", found=f"it holds {held[0]} and is yours", way_out=way_out)
    return ensure_folder(DemoConfig(size=size, seed=seed), root)


def load_truth(path: str | Path) -> dict[str, pd.DataFrame | dict]:
    """Return what was planted in the market at ``path``; for tests and for the boxes that say what was planted.

    Parameters
    ----------
    path : str or Path
        What :func:`ensure` returned.

    Returns
    -------
    dict
        ``clusters`` (date, index_code, cluster), ``styles`` (style, start, end, state), ``flows`` (weekly latent flow,
        level, active weight and scores by SW industry), ``index_industry`` (weights by industry in whole millionths),
        ``tracked`` (the index of every fund),
        ``holdings`` (every holding of the active funds), ``pins``, and ``planted`` (dates of cluster stories, splits,
        dirt, the configuration).
    """
    return read_truth(Path(path))
