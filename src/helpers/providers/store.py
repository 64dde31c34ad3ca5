"""What was fetched, kept so that nothing is lost: raw replies, parsed parts, tables, and a manifest of it all.

::

    data/free/
      lock                              one `make data` at a time
      manifest.jsonl                    one line per reply: who, what, when, how much, which bytes
      revisions.jsonl                   what providers have changed since it was first read
      raw/<endpoint>/<key>.<hash>.gz    replies as they came; never overwritten
      parts/<endpoint>/<key>.<hash>.parquet   the same, parsed
      tables/<digest>/<table>/<period>.parquet    canonical tables; CURRENT names the digest to read
      CURRENT

Every file is written beside its place and renamed into it, and a reply counts only once its manifest line is complete:
whenever the process dies, the next one finds a store that reads back and goes on from there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import gzip
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from helpers.providers.client import Answer, library
from helpers.tables import DataError

__all__ = ["Entry", "Store", "write_whole"]

_FULL = "Free some space and run the same command again: everything stored so far is whole."


@dataclass(frozen=True)
class Entry:
    """One reply in the manifest.

    Parameters
    ----------
    endpoint, key : str
        What was asked; of several entries the last counts.
    group : str
        Replies about the same thing at different times share a group.
    request : dict
        The keywords of the question.
    through : str
        The last day the reply speaks of for good.
    fetched : str
        When it came, UTC.
    url, tls, sha256, bytes, rows, pages, library
        Where from, how trusted, what exactly, how much of it, how many pages there are, and read by which version.
    """

    endpoint: str
    key: str
    group: str
    request: dict
    through: str
    fetched: str
    url: str
    tls: str
    sha256: str
    bytes: int
    rows: int
    pages: int = 1
    library: str = field(default_factory=library)

    @property
    def file(self) -> str:
        """The name its files share."""
        return f"{self.endpoint}/{re.sub(r'[^0-9A-Za-z_-]+', '-', self.key)}.{self.sha256[:12]}"


def write_whole(path: Path, content: bytes, durable: bool = True) -> None:
    """Write a file in one step: it is there whole, or as it was before.

    What can be made again from other files need not be ``durable``: it survives the end of the process, and only after
    a failure of the machine has to be made again.

    Parameters
    ----------
    path : Path
        Its folder is made where there is none.
    content : bytes
    durable : bool
        Whether to wait until the machine has it on disk.

    Raises
    ------
    DataError
        When the disk is full or cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise DataError(path, "room to write", found=error.strerror or str(error), way_out=_FULL) from None


class Store:
    """The replies of one provider on this machine.

    Parameters
    ----------
    root : Path
        Its folder; made when first written to.
    """

    def __init__(self, root: Path):
        self.root = Path(root)
        self.entries: dict[tuple[str, str], Entry] = {}
        self.history: list[Entry] = []
        self._groups: dict[tuple[str, str], dict[str, Entry]] = {}
        self._read_manifest()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store alone, and clear away what a process that died has left half-written.

        Returns
        -------
        context manager

        Raises
        ------
        DataError
            When another process holds it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / "lock", "a+") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                handle.seek(0)
                found = f"process {handle.read().strip() or 'unknown'} is writing to it"
                way_out = "Wait for the other `make data` to end."
                raise DataError(self.root, "a store of its own", found=found, way_out=way_out) from None
            handle.seek(0)
            handle.truncate()
            handle.write(str(os.getpid()))
            handle.flush()
            for leftover in self.root.rglob(".*.part"):
                leftover.unlink(missing_ok=True)
            self._mend_manifest()
            self._read_manifest()
            yield

    # -- the manifest --------------------------------------------------------------------------------------------

    @property
    def manifest(self) -> Path:
        """The manifest's file."""
        return self.root / "manifest.jsonl"

    def _read_manifest(self) -> None:
        self.entries, self.history, self._groups = {}, [], {}
        if not self.manifest.is_file():
            return
        for line in self.manifest.read_bytes().split(b"\n")[:-1]:  # what follows the last newline was cut off
            self._remember(Entry(**json.loads(line)))

    def _remember(self, entry: Entry) -> None:
        self.entries[entry.endpoint, entry.key] = entry
        self._groups.setdefault((entry.endpoint, entry.group), {})[entry.key] = entry
        self.history.append(entry)

    def _mend_manifest(self) -> None:
        """Cut off a line that was not finished."""
        for path in (self.manifest, self.root / "revisions.jsonl"):
            content = path.read_bytes() if path.is_file() else b""
            if content and not content.endswith(b"\n"):
                write_whole(path, content[: content.rfind(b"\n") + 1])

    def _append(self, path: Path, record: dict) -> None:
        line = json.dumps(record, ensure_ascii=False, default=str).encode() + b"\n"
        try:
            with open(path, "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._mend_manifest()
            raise DataError(path, "room to write", found=error.strerror or str(error), way_out=_FULL) from None

    # -- replies -------------------------------------------------------------------------------------------------

    def save(self, job, answer: Answer, frame: pd.DataFrame, fetched: dt.datetime) -> Entry:
        """Keep a reply and what was read in it; the manifest line comes last.

        Parameters
        ----------
        job : Job
            The question.
        answer : Answer
        frame : DataFrame
            What was read in it.
        fetched : datetime
            When it came, UTC.

        Returns
        -------
        Entry
            Its line in the manifest.

        Raises
        ------
        DataError
            When the disk is full or cannot be written.
        """
        entry = Entry(
            endpoint=job.endpoint,
            key=job.key,
            group=job.group,
            request=job.request,
            through=job.settled(fetched, len(frame)),
            fetched=fetched.strftime("%Y-%m-%dT%H:%M:%SZ"),
            url=answer.url,
            tls=answer.tls,
            sha256=hashlib.sha256(answer.body).hexdigest(),
            bytes=len(answer.body),
            rows=len(frame),
            pages=int(frame.attrs.get("pages", 1)),
        )
        write_whole(self.root / "raw" / f"{entry.file}.gz", gzip.compress(answer.body, mtime=0))
        self._write_part(entry, frame)
        self._append(self.manifest, asdict(entry))
        self._remember(entry)
        return entry

    def _write_part(self, entry: Entry, frame: pd.DataFrame) -> None:
        if len(frame):
            packed = io.BytesIO()
            frame = frame.copy()
            frame.attrs = {}
            frame.to_parquet(packed, index=False)
            write_whole(self.root / "parts" / f"{entry.file}.parquet", packed.getvalue(), durable=False)

    def raw(self, entry: Entry) -> bytes:
        """Read a reply back.

        Parameters
        ----------
        entry : Entry

        Returns
        -------
        bytes
            The reply as it came.

        Raises
        ------
        DataError
            When the file is gone or is not what the manifest says.
        """
        path = self.root / "raw" / f"{entry.file}.gz"
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile):
            body = b""
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            way_out = "Remove its line from the manifest to have it fetched again."
            raise DataError(path, "the reply that the manifest names", found="another, or none", way_out=way_out)
        return body

    def part(self, entry: Entry) -> pd.DataFrame:
        """Read what a reply said; empty for one without rows.

        Parameters
        ----------
        entry : Entry

        Returns
        -------
        DataFrame

        Raises
        ------
        DataError
            When the file is gone or cannot be read.
        """
        if not entry.rows:
            return pd.DataFrame()
        path = self.root / "parts" / f"{entry.file}.parquet"
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            way_out = "make data REPARSE=1 reads it again from the stored reply."
            raise DataError(path, "a parsed reply", found=str(error)[:80], way_out=way_out) from None

    def of(self, endpoint: str, group: str | None = None) -> list[Entry]:
        """List the latest replies of an endpoint, or of one ``group`` of them, oldest first."""
        if group is None:
            found = [entry for entry in self.entries.values() if entry.endpoint == endpoint]
        else:
            found = self._groups.get((endpoint, group), {}).values()
        return sorted(found, key=lambda entry: (entry.fetched, entry.key))

    def parts(self, endpoint: str, group: str | None = None) -> pd.DataFrame:
        """Read all that an endpoint, or one ``group`` of its replies, has said, oldest reply first."""
        frames = [self.part(entry) for entry in self.of(endpoint, group) if entry.rows]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def reparse(self, parse) -> list[DataError]:
        """Read every reply again, with the parsers as they are now.

        Parameters
        ----------
        parse : callable
            ``parse(endpoint, body, request)`` returns a frame or raises DataError.

        Returns
        -------
        list of DataError
            What could not be read.
        """
        failed = []
        for entry in list(self.entries.values()):
            try:
                frame = parse(entry.endpoint, self.raw(entry), entry.request)
                self._write_part(entry, frame)
                if len(frame) != entry.rows:
                    entry = Entry(**{**asdict(entry), "rows": len(frame), "library": library()})
                    self._append(self.manifest, asdict(entry))
                    self._remember(entry)
            except DataError as error:
                failed.append(error)
        return failed

    def note(self, revision: dict) -> None:
        """Write down a ``revision``: that a provider changed what it had said."""
        self._append(self.root / "revisions.jsonl", revision)
