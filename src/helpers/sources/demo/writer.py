"""Demo markets on disk: one parquet file per table, written once and renamed into place when whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.files import hash_of, note_read, scratch, signature, sweep, write_text

from .assemble import DemoMarket
from .config import DemoConfig

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["ensure_folder", "key_of", "read_truth", "write_market"]

SEAL = "seal.json"
DICTIONARY_BYTES = 8 << 20  # rounded numbers have few values: a dictionary of them halves the file


def key_of(config: DemoConfig) -> str:
    """Return the key of a market: a digest of this package's source and of the configuration.

    Parameters
    ----------
    config : DemoConfig
        Of the market.

    Returns
    -------
    str
        Its size and twelve hexadecimal digits.
    """
    digest = hashlib.sha256()
    for item in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if item.name.endswith((".py", ".csv")):
            digest.update(item.name.encode() + b"\0" + item.read_bytes())
    settings = {"size": config.size, "seed": config.seed, "premiums": config.premiums, "pins": config.pins}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return f"{config.size}-{digest.hexdigest()[:12]}"


def _arrow(frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = []
    for field in table.schema:
        wanted = pa.timestamp("us") if pa.types.is_timestamp(field.type) else field.type
        fields.append(pa.field(field.name, wanted))
    return table.cast(pa.schema(fields))  # without pandas metadata, so that codes come back as plain text


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one table; the same frame gives the same bytes.

    Parameters
    ----------
    frame : DataFrame
        A table.
    path : Path
        Of the Parquet file.
    """
    table = _arrow(frame)
    plain = ["code"] if path.stem == "stock_daily" else []  # nearly all stocks, in order, every day
    pq.write_table(
        table,
        path,
        use_dictionary=[name for name in table.column_names if name not in plain],
        column_encoding=dict.fromkeys(plain, "DELTA_LENGTH_BYTE_ARRAY"),
        dictionary_pagesize_limit=DICTIONARY_BYTES,
        compression="zstd",
        compression_level=3,
        store_schema=False,
        row_group_size=1 << 20,
        coerce_timestamps="us",
    )


def write_market(market: DemoMarket, folder: Path) -> None:
    """Write all tables and the truth of a market into a folder; files are written while the next table is made.

    Parameters
    ----------
    market : DemoMarket
        Tables that are made when asked for.
    folder : Path
        Where to; ``truth`` is made in it.
    """
    (folder / "truth").mkdir(parents=True)
    with ThreadPoolExecutor(max_workers=1) as pool:
        jobs = [pool.submit(write_frame, make(), folder / f"{name}.parquet") for name, make in market.tables.items()]
        for name, make in market.truth.items():
            made = make()
            if isinstance(made, dict):
                text = json.dumps(made, ensure_ascii=False, indent=1, default=str, sort_keys=True)
                (folder / "truth" / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            else:
                jobs.append(pool.submit(write_frame, made, folder / "truth" / f"{name}.parquet"))
        for job in jobs:
            job.result()
    _seal(folder)


def _seal(folder: Path) -> None:
    """Write down the hash of every file, so that a market changed by hand is known for one."""
    made = sorted(path for path in folder.rglob("*") if path.is_file())
    write_text(folder / SEAL, json.dumps({str(path.relative_to(folder)): hash_of(path) for path in made}, indent=1))


def _is_whole(folder: Path) -> bool:
    """Whether a market is as it was made; its files are hashed again only when their state changed."""
    try:
        made = json.loads((folder / SEAL).read_text("utf-8"))
        state = json.dumps({name: signature(folder / name) for name in made})
    except (OSError, ValueError):
        return False
    seen = folder.with_name(f".{folder.name}.seen")
    if seen.is_file() and seen.read_text("utf-8") == state:
        return True
    whole = all(hash_of(folder / name) == made[name] for name in made)
    if whole:
        with suppress(OSError):  # what cannot be remembered is looked at again
            write_text(seen, state)
    return whole


def ensure_folder(config: DemoConfig, root: Path) -> Path:
    """Return the folder of a market under ``root``, generating it first when it is not there.

    Parameters
    ----------
    config : DemoConfig
        Of the market.
    root : Path
        Where markets are kept.

    Returns
    -------
    Path
        Its folder, whole.
    """
    folder = root / f"demo-{key_of(config)}"
    if _is_whole(folder):
        return folder
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root / ".demo.lock"):
        if _is_whole(folder):  # made by another process while this one waited
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        sweep(root)
        with scratch(root) as place:
            write_market(DemoMarket(config), place / "market")
            os.rename(place / "market", folder)
    return folder


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time through, so that chapters run side by side make the market once.

    The lock is the system's, gone with its process; where there is none (Windows) the market may be made twice.
    """
    with path.open("w") as handle:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_truth(folder: Path) -> dict[str, pd.DataFrame | dict]:
    """Return the planted truth of a market: frames by name, and ``planted`` as a dict.

    Parameters
    ----------
    folder : Path
        Of a market.

    Returns
    -------
    dict
        By name.
    """
    truth: dict[str, pd.DataFrame | dict] = {}
    for path in sorted((Path(folder) / "truth").iterdir()):
        note_read(path)
        is_json = path.suffix == ".json"
        truth[path.stem] = json.loads(path.read_text(encoding="utf-8")) if is_json else pd.read_parquet(path)
    return truth
