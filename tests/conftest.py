"""Fixtures that several test files share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def snapshot_dir() -> Path:
    """The market snapshot beside the project; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[2] / "shared" / "market"
    if not folder.is_dir():
        pytest.skip("the market snapshot ../shared/market is not beside the project")
    return folder
