"""Jobs for the tests of helpers.jobs: workers of other processes import them by name."""

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd


def draw(seed: int, size: int = 200) -> pd.DataFrame:
    """Numbers whose last bits hang on the order of sums: an eigenvalue problem of a random matrix."""
    matrix = np.random.default_rng(seed).normal(size=(size, size))
    values = np.linalg.eigvalsh(matrix @ matrix.T)
    return pd.DataFrame({"value": values, "share": values / values.sum()})


def draw_or_die(seed: int, flag: str) -> pd.DataFrame:
    """The same, but the first worker that comes to seed 3 is killed."""
    if seed == 3 and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(seed)


def count(seed: int, folder: str) -> pd.DataFrame:
    """Leave a mark each time it runs; seed 2 fails until a file says it may pass."""
    Path(folder, f"{seed}-{os.getpid()}-{len(list(Path(folder).iterdir()))}").touch()
    if seed == 2 and not Path(folder, "pass").exists():
        raise ValueError("the disk is full")
    return draw(seed, 5)
