"""The small demo market with names that would act: in every column of words, and as the folder's name."""

import shutil
import zlib
from pathlib import Path

import pandas as pd

from helpers.tables import SCHEMAS

ACT = "document.documentElement.dataset.acted = 1"
NAMES = [
    f"<script>{ACT}</script>",
    f"<img src=x onerror='{ACT}'>",
    f"<svg onload='{ACT}'></svg>",
    "<img src='https://elsewhere.example/x.png'>",
    f"<a href='javascript:{ACT}' id=lure>lure</a>",
    "<style>body { display: none }</style>",
    "<!-- the rest is gone",
    "</table></div></article>",
    "$x^2$ \\(y^2\\)",
    "``````",
    "滬 ™ 😀 \\frac{",
]
FOLDER = "<b id=lure>x</b> $y$"


def words_of(table: str) -> list[str]:
    """The columns of a table that hold names: text that is neither a code nor one of a few words."""
    columns = SCHEMAS[table].columns.items()
    return [name for name, spec in columns if spec.metadata["kind"] == "text" and not spec.checks and name != "scheme"]


def hostile(name: str) -> str:
    """One of the hostile names behind a name, by the name alone: a join by name still finds its partner."""
    return f"{name} {NAMES[zlib.crc32(name.encode()) % len(NAMES)]}"


def hostile_folder(small: Path, parent: Path) -> Path:
    """Copy a small market; each name gets one of the hostile ones behind it, the same in every table."""
    folder = parent / FOLDER.replace("/", "⁄")
    folder.mkdir()
    for path in small.glob("*.parquet"):
        columns = [c for c in words_of(path.stem) if c != "exchange" and c != "basis"]
        frame = pd.read_parquet(path)
        held = [column for column in columns if column in frame]
        if not held:
            shutil.copy(path, folder / path.name)
            continue
        for column in held:
            frame[column] = frame[column].map({name: hostile(name) for name in frame[column].dropna().unique()})
        frame.to_parquet(folder / path.name)
    return folder
