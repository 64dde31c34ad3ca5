"""What has to be done again: keys of content instead of guesses from file times.

Every product of a run (a chapter's notebook, the pages) has a pair of key files in ``_build/<run>/keys``:
``NAME.want``, the key of what it should be made from, and ``NAME.done``, the key of what it was made from. ``make``
compares the product with ``NAME.want``, whose file time is set here to say just one thing: fresh or stale.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from helpers.params import ParamError, RunParams
from helpers.press.chapters import PACKAGE, digest, digest_files, find_chapters, unread_parameters

ROOT = PACKAGE.parents[1]
SITE_FILES = ("site/*.*", "site/_static/*.*")


def plan(book: Path, run_file: Path, run: RunParams, build: Path) -> list[str]:
    """Check a run against all chapters and mark for ``make`` what has to be done again.

    For every chapter, and for the pages, ``build/keys/<name>.want`` ends up older than its product when that product
    was made from the same key, and newer when it was not.

    Returns
    -------
    list of str
        The stale chapters.

    Raises
    ------
    ParamError
        A parameter that no chapter reads, or a chapter that cannot run.
    """
    chapters = find_chapters(book)
    if not chapters:
        raise ParamError(f"{book}: no chapter here; chapters are named NN_name.py")
    if unread := unread_parameters(chapters, run):
        raise ParamError(f"{run_file}: {unread[0]}: no chapter reads this parameter; remove it")
    inputs = fingerprint(run, build.parent)
    keys = {chapter.name: chapter.key(run, inputs) for chapter in chapters}
    stale = [name for name, key in keys.items() if _mark(build, name, key, build / "notebooks" / f"{name}.ipynb")]
    site = [p for p in (book / "site").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    library = [*PACKAGE.glob("press/*.py"), PACKAGE / "scoreboard.py"]
    _mark(build, "site", digest([*keys.values(), digest_files([*site, *library])]), build / "html" / "index.html")
    for leftover in set((build / "notebooks").glob("*.ipynb")):
        if leftover.name.split(".")[0] not in keys:
            leftover.unlink()  # a chapter that is no longer in the book
    return stale


def mark_done(build: Path, name: str, key: str) -> None:
    """Record the key that a product was made from."""
    done = _key_files(build, name)[1]
    done.parent.mkdir(parents=True, exist_ok=True)
    done.write_text(key)


def wanted(build: Path, name: str) -> str:
    """Return the key that :func:`plan` wants of a product."""
    return _key_files(build, name)[0].read_text()


def fingerprint(run: RunParams, cache: Path) -> str:
    """Return a hash of the run's data and of the pinned dependencies.

    A data file is read again only when its size or modification time changed; the remembered hashes are in
    ``cache/hashes.json``.
    """
    pins = [p for p in ROOT.glob("requirements/*.txt") if p.stem == "book"]
    if run.source not in ("demo", "folder"):  # a store names its build by its content
        build = ROOT / (run.data or f"data/{run.source}") / "CURRENT"
        return digest([run.source, build.read_text() if build.is_file() else "", digest_files(pins)])
    folder = ROOT / run.data if run.data and run.source == "folder" else None
    if folder is None or not folder.is_dir():
        return digest([run.source, digest_files(pins)])
    remembered_in = cache / "hashes.json"
    remembered = _remembered(remembered_in)
    hashes = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".parquet", ".csv", ".yaml")):
        stat = path.stat()
        seen = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
        hashes[seen] = remembered.get(seen) or digest_files([path])
    if not hashes.keys() <= remembered.keys():
        _remember(remembered_in, {**remembered, **hashes})
    return digest([*hashes.values(), digest_files(pins)])


def _remembered(path: Path) -> dict[str, str]:
    """The hashes of data files seen before; a file that cannot be read costs only the time to hash again."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _remember(path: Path, hashes: dict[str, str]) -> None:
    """Write the hashes in one step: chapters that run side by side read this file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(json.dumps(hashes))
    os.replace(partial, path)


def _key_files(build: Path, name: str) -> tuple[Path, Path]:
    return build / "keys" / f"{name}.want", build / "keys" / f"{name}.done"


def _mark(build: Path, name: str, key: str, product: Path) -> bool:
    """Write the wanted key with a file time that tells ``make`` whether the product is stale; return whether it is."""
    want, done = _key_files(build, name)
    want.parent.mkdir(parents=True, exist_ok=True)
    want.write_text(key)
    fresh = product.is_file() and done.is_file() and done.read_text() == key
    if fresh:
        os.utime(want, (0, 0))
    return not fresh
