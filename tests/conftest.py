"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest

os.environ["MATPLOTLIBRC"] = os.devnull  # before matplotlib is imported: the tests see its defaults, as chapters do

from chapter_runner import run_chapter  # noqa: E402

__all__ = ["run_chapter", "snapshot_dir"]


@pytest.fixture(scope="session")
def snapshot_dir() -> Path:
    """The market snapshot beside the project; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "market"
    if not folder.is_dir():
        pytest.skip("the market snapshot ../shared/market is not beside the project")
    return folder
