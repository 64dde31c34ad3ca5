"""The process in which a chapter runs: the same on every machine, whatever its user has set up for other work."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from helpers.files import scratch, sweep

LONGEST_SOCKET = 80  # bytes of a folder in which a socket's name, at most 107 bytes, still fits
# How a kernel ends is no news, and how it fails is told by who runs it.
CONFIG = f"c.InteractiveShellApp.extensions = ['{__name__}']\nc.Application.log_level = 50\n"
START_UP = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "JUPYTER_PATH", "MPLBACKEND")


@contextmanager
def kernel_room() -> Iterator[Any]:
    """Open a folder for one kernel's sockets and settings, and an environment that holds only what the book set.

    A user's matplotlibrc, IPython start-up files, PYTHONPATH and the like stay outside. The environment is put back
    afterwards.

    Yields
    ------
    traitlets.config.Config
        Lets the kernel talk through sockets in that folder, so that nothing listens on the network; where no folder
        has a name short enough for a socket, the kernel listens on this machine only.
    """
    before = dict(os.environ)
    with _short_folder() as folder:
        os.environ.update(_settings(folder))
        for name in START_UP:
            os.environ.pop(name, None)
        try:
            yield _sockets(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


def load_ipython_extension(shell: Any) -> None:
    """Keep places of this machine out of warnings, which a page shows.

    Parameters
    ----------
    shell
        The IPython shell that loads it; not used.
    """
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"


def _settings(folder: Path) -> dict[str, str]:
    """One thread per chapter (``make`` runs several) unless told otherwise, a fixed hash seed, settings of our own."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(CONFIG)
    return {
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "MATPLOTLIBRC": os.devnull,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }


def _short_folder() -> AbstractContextManager[Path]:
    """A scratch folder under the shortest of the usual places that can be written to."""
    usual = tempfile.gettempdir()
    for parent in (usual, os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"):
        if parent and len(os.fsencode(parent)) < LONGEST_SOCKET - 25 and os.access(parent, os.W_OK | os.X_OK):
            break
    else:
        parent = usual
    sweep(Path(parent), older_than=24 * 3600)
    return scratch(Path(parent))


def _sockets(folder: Path) -> Any:
    from traitlets.config import Config

    if os.name != "posix" or len(os.fsencode(folder)) > LONGEST_SOCKET:
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": f"{folder}/kernel"}})
