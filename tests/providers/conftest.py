"""A store of its own for each test, and an invented market on a loopback server to fill it from."""

import datetime as dt
from types import SimpleNamespace

import pytest

from helpers.providers.__main__ import main
from provider_world import Loopback, World, tiny

NOON = dt.datetime(2026, 2, 16, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def frames():
    return tiny()


@pytest.fixture
def market(tmp_path, monkeypatch, frames):
    """``market.data(KEY=value, …)`` runs `make data` against ``market.server``; ``market.now`` is the time it is."""
    with Loopback(World(frames)) as server:
        monkeypatch.setenv("ATLAS_MIRROR", server.url)
        state = SimpleNamespace(server=server, root=tmp_path / "free", now=NOON, world=server.world)

        def data(**options):
            given = {"START": "2026-01-05", "END": "2026-02-13", "DATA": state.root} | options
            sets = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
            return main(["data", *sets, "--patience", "0"], lambda: state.now)

        state.data = data
        yield state
