"""Demo markets that the tests of this folder share, made once and kept in memory."""

import pytest

from helpers.sources import Market
from helpers.sources.demo import DemoConfig, DemoMarket


def as_market(demo: DemoMarket) -> Market:
    """The tables of a demo market as a chapter would see them, without a disk in between."""
    readers = {name: (lambda name=name: demo.canonical(name)) for name in demo.tables}
    return Market("demo", readers, {}, simulated=True)


@pytest.fixture(scope="session")
def full() -> DemoMarket:
    """The market at real scale; only the tables a test asks for are made."""
    return DemoMarket(DemoConfig())


@pytest.fixture(scope="session")
def full_market(full) -> Market:
    return as_market(full)


@pytest.fixture(scope="session")
def small() -> DemoMarket:
    return DemoMarket(DemoConfig(size="small"))


@pytest.fixture(scope="session")
def small_market(small) -> Market:
    return as_market(small)
