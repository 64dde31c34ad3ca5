"""Reading what a run left: executed chapters, and the scoreboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.press.errors import RenderError
from helpers.scoreboard import COLUMNS, VERDICTS

__all__ = ["is_simulated", "read_notebook", "read_scoreboard"]

_DECIMAL = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?|-?\d+e[+-]?\d+")  # not a code such as 000300


def read_notebook(path: Path) -> dict[str, Any]:
    """Return an executed chapter.

    Parameters
    ----------
    path : path
        Of the notebook.

    Returns
    -------
    dict of str to Any
        The notebook.

    Raises
    ------
    RenderError
        It is not there, not whole, or stopped at an error.
    """
    failed = path.with_suffix(".failed.ipynb")
    if failed.is_file():
        raise RenderError(f"{path.stem}: failed in this run (see {failed.name}); run it again before rendering")
    if not path.is_file():
        raise RenderError(f"{path.stem}: not executed in this run; `make book` runs it")
    try:
        book = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise RenderError(f"{path.stem}: {path.name} is not whole; remove it and run `make book` again") from None
    for number, cell in enumerate(book["cells"]):
        if any(output["output_type"] == "error" for output in cell.get("outputs", [])):
            raise RenderError(f"{path.stem}: stopped at an error in cell {number}; run it again before rendering")
    return book


def read_scoreboard(path: Path) -> pd.DataFrame:
    """Return the scoreboard of a run; decimals are numbers, everything else is text.

    Parameters
    ----------
    path : path
        Of ``scoreboard.csv``.

    Returns
    -------
    DataFrame
        With the columns of a scoreboard.

    Raises
    ------
    RenderError
        It is not there, lacks a column or holds a verdict that is none.
    """
    if not path.is_file():
        raise RenderError(f"{path.name}: not written in this run; `make book` collects it from the chapters")
    board = pd.read_csv(path, dtype=str, keep_default_na=False)
    if lacking := [column for column in COLUMNS if column not in board]:
        raise RenderError(f"{path.name}: lacks the column {lacking[0]}")
    if unknown := sorted(set(board["verdict"]) - set(VERDICTS)):
        raise RenderError(f"{path.name}: {unknown[0]!r} is no verdict; the verdicts are {', '.join(VERDICTS)}")
    numbers = ["published", "computed", "tolerance"]
    return board.assign(**board[numbers].map(lambda text: float(text) if _DECIMAL.fullmatch(text) else text))


def is_simulated(books: Iterable[dict], board: pd.DataFrame) -> bool:
    """Say whether a run's market is made up: its chapters say so, or nothing on its scoreboard claims otherwise.

    Parameters
    ----------
    books : iterable of dict
        Executed notebooks of the run.
    board : DataFrame
        Its scoreboard.

    Returns
    -------
    bool
        True for a market that is made up.
    """
    told = any(book["metadata"].get("etf_atlas", {}).get("simulated", False) for book in books)
    return told or (len(board) > 0 and bool((board["verdict"] == "simulated").all()))
