"""The whole way: an invented market behind the providers' own endpoints, fetched, stored, and read by the chapters."""

import numpy as np
import pytest

from helpers.params import load_params
from helpers.press.chapters import Chapter, find_chapters
from helpers.press.freshness import ROOT, fingerprint
from helpers.providers.coverage import provenance, tables_of
from helpers.providers.free import FREE
from helpers.sources import load_market
from provider_world import Loopback, World, respelled

WINDOW = {"start": "2025-06-02", "end": "2026-02-13"}
FETCHED = "2025-10-09"  # most tables begin within the window: pages have to bear that
CHAPTERS = [chapter.name for chapter in find_chapters(ROOT / "book")]
# Half a year says nothing of whole years, of the market's state, nor of what survives in a strategy.
MISSES = {"01_taxonomy", "09_five_step_screen", "10_evidence"}


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
        assert market.data(START=FETCHED, END=WINDOW["end"]) == 0
        assert market.data(START="2022-06-01", END=WINDOW["end"], TABLES="index_daily") == 0, "styles look further back"
    held = load_market("free", market.root, **WINDOW)
    assert set(held) == {supply.table for supply in FREE.supplies}
    made = demo_frames["etf_daily"].assign(code=demo_frames["etf_daily"]["code"].map(respelled))
    ours, theirs = (
        t.pivot(index="date", columns="code", values="adj_close").pct_change() for t in (held["etf_daily"], made)
    )
    gap = (ours - theirs.reindex_like(ours)).abs().to_numpy()
    assert np.nanquantile(gap, 0.99) < 2e-3, "adjusted here as the market adjusts itself"
    run = load_params(ROOT / "params/latest.yaml", [f"data={market.root}", *(f"{k}={v}" for k, v in WINDOW.items())])
    before, verdicts = fingerprint(run), {}
    for name in CHAPTERS:
        chapter = Chapter(ROOT / "book" / f"{name}.py")
        values = {key: value for key, value in chapter.parameters(run).items() if key in ("source", "data", *WINDOW)}
        page = run_chapter(name, **values)
        assert page.unnamed == set(), f"{name}: facts without a name"
        verdicts[name] = set(page.board["verdict"])
        assert "simulated" not in verdicts[name]
        lines = provenance(
            {**chapter.parameters(run), **values}, market.root, tables_of(c.source for c in chapter.cells if c.is_code)
        )
        assert WINDOW["end"] in lines[0]
        assert not any(": none;" in line for line in lines), f"{name}: {lines}"
    shown = {name for name, found in verdicts.items() if found - {"not computable", "published inconsistent"}}
    assert shown >= set(CHAPTERS) - MISSES
    assert fingerprint(run) == before
    (market.root / "CURRENT").write_text("another build")
    assert fingerprint(run) != before, "a new build makes the chapters run again"
