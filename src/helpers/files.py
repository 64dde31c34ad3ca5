"""Files of a run: what was read and in which state, scratch folders that are swept away, writing in one step."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["READS", "hash_of", "note_read", "scratch", "signature", "sweep", "write_text"]

READS = "ETF_ATLAS_READS"
"""Names, in the environment, the file in which a chapter's process notes the data files it reads."""

_OWNED = re.compile(r"\.atlas-(\d+)-\w+|[\w.]+\.(\d+)\.part")


def signature(path: Path) -> list[int]:
    """Return what tells one state of a file from another without reading it: size, times, place on the disk.

    The time at which its state last changed, which no program can set back, is among them.

    Parameters
    ----------
    path : Path
        Of an existing file.

    Returns
    -------
    list of int
        Bytes, two times in nanoseconds, inode.
    """
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def hash_of(path: Path) -> str:
    """Return the hash of a file's content.

    Parameters
    ----------
    path : Path
        Of an existing file.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def note_read(path: Path) -> None:
    """Note that a data file is about to be read, if whoever runs this process asked for it.

    Parameters
    ----------
    path : Path
        Of the file.
    """
    if asked := os.environ.get(READS):
        with open(asked, "a", encoding="utf-8") as notes:
            notes.write(json.dumps([str(path.resolve()), *signature(path)]) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file in one step, so that no reader meets half of it.

    Parameters
    ----------
    path : Path
        Its folder is made where it is missing.
    text : str
        Written in UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, "utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """Open a folder for this process under ``parent``, gone after use; its name says whose it is.

    Parameters
    ----------
    parent : Path
        Where the folder lies for the time of the block.

    Yields
    ------
    Path
        The folder, empty.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".atlas-{os.getpid()}-", dir=parent) as folder:
        yield Path(folder)


def sweep(parent: Path, older_than: float = 0.0) -> list[Path]:
    """Remove what processes that are no more left in a folder.

    Parameters
    ----------
    parent : Path
        Only names that :func:`scratch` and :func:`write_text` give are looked at.
    older_than : float
        Seconds; younger leftovers stay. Above zero where other machines may write too.

    Returns
    -------
    list of Path
        What was removed.
    """
    found = [path for path in parent.glob("*") if _is_left_over(path, older_than)] if parent.is_dir() else []
    for path in found:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return found


def _is_left_over(path: Path, older_than: float) -> bool:
    owned = _OWNED.fullmatch(path.name)
    if owned is None or _alive(int(owned[1] or owned[2])):
        return False
    try:
        return time.time() - path.stat().st_mtime >= older_than
    except OSError:
        return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
