"""What has to be done again: hashes of content instead of guesses from file times.

Every product of a run (a chapter's notebook, the pages) has a pair of key files in ``_build/<run>/keys``:
``NAME.want``, the key of what it should be made from, and ``NAME.done``, what it was made from: the key, the data files
it read and the hash of the product itself. ``make`` compares the product with ``NAME.want``, whose file time is set
here to say just one thing: fresh or stale. ``NAME.done`` is taken away before a product is made and written after it
is in place, so that no interruption can leave one that lies.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.files import READS, hash_of, signature, sweep, write_text
from helpers.params import ParamError, RunParams
from helpers.press.chapters import PACKAGE, digest, digest_files, find_chapters, unread_parameters

ROOT = PACKAGE.parents[1]
CHANGED = "changed while it was read"


def plan(book: Path, run_file: Path, run: RunParams, build: Path) -> list[str]:
    """Check a run against all chapters and mark for ``make`` what has to be done again.

    For every chapter, and for the pages, ``build/keys/<name>.want`` ends up older than its product when that product
    is whole and was made from the same key and the same data, and newer when it was not.

    Parameters
    ----------
    book : Path
        Folder of chapters.
    run_file : Path
        The run's YAML file, named in errors.
    run : RunParams
        Checked parameters.
    build : Path
        The run's folder.

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
    sweep(build)
    inputs = fingerprint(run)
    keys = {chapter.name: chapter.key(run, inputs) for chapter in chapters}
    hashes = Hashes(build.parent / "hashes.json")
    stale = [n for n, key in keys.items() if _mark(build, n, key, build / "notebooks" / f"{n}.ipynb", hashes)]
    site = [p for p in (book / "site").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    site += (book.parent / "published_runs").glob("*.json")
    library = [*PACKAGE.glob("press/*.py"), PACKAGE / "scoreboard.py"]
    _mark(build, "site", digest([*keys.values(), digest_files([*site, *library])]), build / "html/index.html", hashes)
    hashes.save()
    for leftover in set((build / "notebooks").glob("*.ipynb")):
        name, failed = leftover.name.split(".")[0], leftover.name.endswith(".failed.ipynb")
        if name not in keys or (failed and name not in stale):
            leftover.unlink()  # a chapter that is no longer in the book, or no longer fails
    return stale


@contextmanager
def making(build: Path, name: str, key: str, product: Path) -> Iterator[None]:
    """Record what a product was made from, unless making it fails or is interrupted.

    Parameters
    ----------
    build : Path
        The run's folder.
    name : str
        A chapter's name, or ``site``.
    key : str
        Computed before: an edit meanwhile makes the product stale.
    product : Path
        Where the product will be.

    Yields
    ------
    None
        Nothing; the product is to be made inside the block.
    """
    done = _key_files(build, name)[1]
    done.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder, "reads")
        noted.touch()
        before = os.environ.get(READS)
        os.environ[READS] = str(noted)
        try:
            yield
        finally:
            os.environ.pop(READS) if before is None else os.environ.update({READS: before})
        files = _read_files(noted)
    record = {"key": key, "files": files, "product": hash_of(product)}
    write_text(done, json.dumps(record, ensure_ascii=False, indent=1))


def wanted(build: Path, name: str) -> str | None:
    """Return the key that :func:`plan` wants of a product; None where nothing was planned.

    Parameters
    ----------
    build : Path
        The run's folder.
    name : str
        A chapter's name, or ``site``.

    Returns
    -------
    str or None
        Hexadecimal, or None.
    """
    want = _key_files(build, name)[0]
    return want.read_text() if want.is_file() else None


def fingerprint(run: RunParams) -> str:
    """Return a hash of the pinned dependencies and of which tables the run's source holds.

    The tables themselves are no part of it: each chapter remembers the ones it read.

    Parameters
    ----------
    run : RunParams
        Checked parameters.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    pins = [p for p in ROOT.glob("requirements/*.txt") if p.stem == "book"]
    if run.source not in ("demo", "folder"):  # a store names its build by its content
        build = ROOT / (run.data or f"data/{run.source}") / "CURRENT"
        return digest([run.source, build.read_text() if build.is_file() else "", digest_files(pins)])
    folder = ROOT / run.data if run.data and run.source == "folder" else None
    if folder is None or not folder.is_dir():
        return digest([run.source, digest_files(pins)])
    held = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in (".parquet", ".csv"))
    mapping = [p for p in (folder / "columns.yaml", folder / "columns.yml") if p.is_file()]
    return digest([run.source, *held, digest_files(mapping), digest_files(pins)])


class Hashes:
    """Hashes of data files; a file is read again only when its :func:`helpers.files.signature` changed.

    Parameters
    ----------
    path : Path
        Where they are remembered. What cannot be read there costs only the time to hash again.
    """

    def __init__(self, path: Path):
        self._path = path
        try:
            self._known: dict[str, str] = dict(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            self._known = {}
        self._seen: dict[str, str] = {}

    def of(self, path: Path) -> str:
        """Return the hash of a file's content; empty when it cannot be read.

        Parameters
        ----------
        path : Path
            Of a file.

        Returns
        -------
        str
            SHA-256, hexadecimal.
        """
        try:
            seen = json.dumps([str(path), *signature(path)])
            self._seen[seen] = self._known.get(seen) or hash_of(path)
        except OSError:
            return ""
        return self._seen[seen]

    def save(self) -> None:
        """Remember what was asked for; chapters that run side by side read this file."""
        if not self._seen.keys() <= self._known.keys():
            write_text(self._path, json.dumps({**self._known, **self._seen}, indent=1))


def _read_files(noted: Path) -> dict[str, str]:
    """The files that were read, with their hashes; a file that changed since is not the one that was read."""
    files = {}
    for line in noted.read_text("utf-8").splitlines():
        name, *state = json.loads(line)
        path = Path(name)
        whole = path.is_file() and signature(path) == state
        files[name] = hash_of(path) if whole and files.get(name) != CHANGED else CHANGED
    return files


def _key_files(build: Path, name: str) -> tuple[Path, Path]:
    return build / "keys" / f"{name}.want", build / "keys" / f"{name}.done"


def _mark(build: Path, name: str, key: str, product: Path, hashes: Hashes) -> bool:
    """Write the wanted key with a file time that tells ``make`` whether the product is stale; return whether it is."""
    want, done = _key_files(build, name)
    want.parent.mkdir(parents=True, exist_ok=True)
    want.write_text(key)
    fresh = _is_made_from(key, done, product, hashes)
    if fresh:
        os.utime(want, (0, 0))
    return not fresh


def _is_made_from(key: str, done: Path, product: Path, hashes: Hashes) -> bool:
    """Whether a product is whole, and its record names this key and data files that are still the same."""
    try:
        record = json.loads(done.read_text("utf-8"))
        made_from, files, made = record["key"], record["files"], record["product"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if made_from != key or not product.is_file() or hash_of(product) != made:
        return False
    return all(hashes.of(Path(name)) == seen for name, seen in files.items())
