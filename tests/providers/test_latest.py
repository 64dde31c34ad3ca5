"""The whole way: an invented market behind the providers' own endpoints, fetched, stored, and read by the chapters."""

import numpy as np
import pytest

from helpers.params import load_params
from helpers.press.chapters import Chapter, find_chapters
from helpers.press.freshness import ROOT, fingerprint
from helpers.providers.free import FREE
from helpers.sources import load_market
from provider_world import Loopback, World, respelled

WINDOW = {"start": "2025-09-01", "end": "2026-02-13"}
CHAPTERS = ["02_index_dedup", "04_style_regimes", "05_etf_flows"]


@pytest.fixture(scope="module")
def demo_frames():
    """A part of the small demo market: thirty ETFs, their indices, three active funds."""
    demo = load_market("demo", "small")
    frames = {name: demo[name] for name in demo}
    kept = set(frames["etf_list"]["code"].sort_values().iloc[::5])
    indices = set(frames["etf_list"].query("code in @kept")["index_code"].dropna())
    indices |= {"000016", "000300", "000905", "000852", "000985", "399370", "399371"}
    funds = set(frames["fund_nav"]["fund_code"].iloc[:3])
    for name, column, values in (
        ("etf_list", "code", kept), ("etf_daily", "code", kept), ("etf_shares", "code", kept),
        ("index_daily", "index_code", indices), ("index_weights", "index_code", indices),
        ("fund_nav", "fund_code", funds), ("fund_holdings", "fund_code", funds),
    ):  # fmt: skip
        frames[name] = frames[name][frames[name][column].isin(values).to_numpy()].reset_index(drop=True)
    return frames


@pytest.mark.book
def test_the_book_runs_on_what_was_fetched(market, demo_frames, run_chapter, monkeypatch):
    with Loopback(World(demo_frames)) as server:
        monkeypatch.setenv("ATLAS_MIRROR", server.url)
        assert market.data(START=WINDOW["start"], END=WINDOW["end"]) == 0
    held = load_market("free", market.root, **WINDOW)
    assert set(held) == {supply.table for supply in FREE.supplies}
    made = demo_frames["etf_daily"].assign(code=demo_frames["etf_daily"]["code"].map(respelled))
    ours, theirs = (
        t.pivot(index="date", columns="code", values="adj_close").pct_change() for t in (held["etf_daily"], made)
    )
    gap = (ours - theirs.reindex_like(ours)).abs().to_numpy()
    assert np.nanquantile(gap, 0.99) < 2e-3, "adjusted here as the market adjusts itself"
    run = load_params(ROOT / "params/latest.yaml", [f"data={market.root}", *(f"{k}={v}" for k, v in WINDOW.items())])
    before = fingerprint(run)
    for name in CHAPTERS:
        chapter = Chapter(ROOT / "book" / f"{name}.py")
        values = {key: value for key, value in chapter.parameters(run).items() if key in ("source", "data", *WINDOW)}
        page = run_chapter(name, **values)
        assert len(page.board)
        assert "simulated" not in set(page.board["verdict"])
    assert fingerprint(run) == before
    (market.root / "CURRENT").write_text("another build")
    assert fingerprint(run) != before, "a new build makes the chapters run again"
    assert {chapter.name for chapter in find_chapters(ROOT / "book")} >= set(CHAPTERS)
