"""Chapters 05, 06 and 07 see the same ETF money: same dates of the exchange, same holdings, same shares."""

from pathlib import Path

import pandas as pd
import pytest

import helpers.flows.etf_money
import helpers.rotation.inputs
from helpers.press.chapters import Chapter
from rotation_market import rotation_market

BOOK = Path(__file__).resolve().parents[1] / "book"
CHAPTERS = ("05_etf_flows", "06_active_divergence", "07_rotation")


class Seen(Exception):
    """Stops a chapter where it has its ETF money."""


@pytest.fixture
def money_of(monkeypatch):
    """Run a chapter's cells up to its study of ETF money and return that."""
    build = helpers.flows.etf_money.etf_money

    def told(*args, **options):
        raise Seen(build(*args, **options))

    monkeypatch.setattr(helpers.flows.etf_money, "etf_money", told)
    monkeypatch.setattr(helpers.rotation.inputs, "etf_money", told)
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)

    def run(name, **parameters):
        chapter, names = Chapter(BOOK / f"{name}.py"), {}
        for cell in (cell for cell in chapter.cells if cell.is_code):
            try:
                exec(compile(cell.source, name, "exec"), names)
            except Seen as seen:
                return seen.args[0]
            if "parameters" in cell.tags:
                names.update(parameters)
        raise AssertionError(f"{name} never asks for the ETF money")

    return run


def assert_one_study(weekly, monthly, rotated):
    pd.testing.assert_frame_equal(weekly.holdings, rotated.holdings)
    pd.testing.assert_frame_equal(weekly.share, rotated.share)
    pd.testing.assert_series_equal(weekly.universe, rotated.universe)
    both = monthly.sizes.index.intersection(weekly.sizes.index)
    assert len(both) > 3 and monthly.sizes.index.max() <= weekly.sizes.index.max()
    pd.testing.assert_frame_equal(monthly.holdings.loc[both], weekly.holdings.loc[both])
    pd.testing.assert_frame_equal(monthly.share.loc[both], weekly.share.loc[both])
    assert weekly.whole_market == monthly.whole_market == rotated.whole_market


@pytest.mark.parametrize("holes", [(), ("2021-09-30", "2022-04-29"), ("2021-03-05", "2021-12-31")])
def test_three_chapters_see_one_study_whatever_days_their_tables_lack(money_of, tmp_path, holes):
    tables = rotation_market()
    for name, table in tables.items():
        lacks = name == "industry_daily" or (name == "etf_shares" and len(holes))
        kept = table[~table["date"].isin(pd.to_datetime(list(holes)))] if lacks else table
        kept.to_parquet(tmp_path / f"{name}.parquet")
    assert_one_study(*(money_of(name, source="folder", data=str(tmp_path)) for name in CHAPTERS))


@pytest.mark.snapshot
def test_three_chapters_see_one_study_on_the_snapshot(money_of, snapshot_dir):
    given = {"source": "folder", "data": str(snapshot_dir), "end": "2026-02-13"}
    studies = [money_of(name, **given) for name in CHAPTERS]
    assert_one_study(*studies)
    assert pd.Timestamp("2023-09-08") in studies[0].sizes.index  # a Friday the industry prices lack
