"""Run a chapter's cells in this process, with gaps as the strict runner makes them; nothing is rendered."""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import helpers.clustering.claim_odds
import helpers.figures
import helpers.inference.searching
import helpers.regimes.evidence
from helpers.press.chapters import DEMO, Chapter
from helpers.press.straight import Gaps
from helpers.tables import MissingTable

BOOK = Path(__file__).resolve().parents[1] / "book"

# Draws that only make a number steadier: what a page says of its data does not hang on them.
FEWER = [
    (helpers.regimes.evidence, "shuffled_hit_rates", {"draws": 5}),
    (helpers.clustering.claim_odds, "share_of_days", {"draws": 2}),
    (helpers.inference.searching, "_arch_tests", {"draws": 50}),
]


def _with(function, **fixed):
    return lambda *args, **kwargs: function(*args, **{**kwargs, **fixed})


@dataclass
class Page:
    """What a run of a chapter left: its names, captions, sentences, the reasons of its gaps, its board."""

    names: dict[str, Any] = field(default_factory=dict)
    captions: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    unnamed: set[str] = field(default_factory=set)

    @property
    def board(self) -> pd.DataFrame:
        return self.names["board"].frame()

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


def run_cells(name: str, **parameters: Any) -> Page:
    """Execute the cells of ``book/<name>.py`` as the runner would; ``parameters`` replace the declared ones."""
    chapter = Chapter(BOOK / f"{name}.py")
    assert set(parameters) <= set(chapter.declared), set(parameters) - set(chapter.declared)
    simulated = {**chapter.declared, **parameters}["source"] == "demo"
    page, gaps = Page(), Gaps()
    for cell in chapter.cells:
        if cell.is_code and (simulated or DEMO not in cell.tags):
            _run(cell, page, gaps, chapter.path)
            if "parameters" in cell.tags:
                page.names.update(parameters)
    return page


def _run(cell, page, gaps, path):
    reason = gaps.reason(cell.source)
    if reason is None:
        try:
            value = _execute(cell.source, page.names, path)
            if hasattr(value, "markdown"):
                page.sentences.append(value.markdown)
                page.unnamed |= set(value.unnamed)
            return
        except MissingTable as missing:
            reason = str(missing)
            gaps.begin(cell.source, reason)
            page.reasons.append(reason)
    exec(gaps.stand_in(cell.source, reason), page.names)


def _execute(source, names, path):
    """Run a cell and return the value of its last line, as a notebook does."""
    tree = ast.parse(source)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        final = ast.Expression(tree.body.pop().value)
        exec(compile(tree, str(path), "exec"), names)
        return eval(compile(final, str(path), "eval"), names)
    exec(compile(tree, str(path), "exec"), names)
    return None


@pytest.fixture
def run_chapter(monkeypatch):
    """Return a function that runs a chapter by name and gives its :class:`Page`."""
    captions: list[str] = []

    def draw_only(drawn, caption, alt):
        assert caption and alt
        captions.append(caption)
        if not hasattr(drawn, "to_plotly_json"):
            plt.close(getattr(drawn, "figure", drawn))

    monkeypatch.setattr(helpers.figures, "show", draw_only)
    monkeypatch.setattr(helpers.figures, "show_plotly", draw_only)
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)
    for module, function, few in FEWER:
        monkeypatch.setattr(module, function, _with(getattr(module, function), **few))

    def run(name, **parameters):
        captions.clear()
        page = run_cells(name, **parameters)
        page.captions = list(captions)
        return page

    return run
