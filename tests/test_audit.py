"""The look-ahead audit: silent on honest signals, loud on every kind of cheat, honest about what proves nothing."""

import numpy as np
import pandas as pd
import pytest

from helpers.evidence.audit import (
    AHEAD,
    CLEAN,
    UNREAD,
    LookAhead,
    audit_facts,
    look_ahead_audit,
    refuse_look_ahead,
    two_sided_state,
    with_another_future,
)
from helpers.factors import factor_flow
from helpers.panels import industry_closes
from helpers.regimes.study import load_styles
from helpers.rotation.inputs import gather
from helpers.tables import MissingTable
from rotation_market import HOW, rotation_market

CUT = pd.Timestamp("2021-11-30")


@pytest.fixture(scope="module")
def market():
    return rotation_market()


def closes(tables):
    return industry_closes(tables["industry_daily"], "SW2021_L1")


HONEST = {
    "momentum": lambda tables: closes(tables).pct_change(20, fill_method=None),
    "so far": lambda tables: closes(tables).expanding().mean(),
}
CHEATS = {
    "tomorrow": lambda tables: closes(tables).shift(-1),
    "whole mean": lambda tables: closes(tables) / closes(tables).mean(),
    "centred": lambda tables: closes(tables).rolling(5, center=True).mean(),
    "last day": lambda tables: closes(tables) / closes(tables).iloc[-1],
    "filled back": lambda tables: closes(tables)[lambda f: f.index.day < 10].reindex(closes(tables).index).bfill(),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_signal_is_clean(market, name):
    table = look_ahead_audit(HONEST[name], market, tables=["industry_daily"])
    assert (table["verdict"] == CLEAN).all() and (table["moved"] == 0).all() and (table["later"] > 0).all()


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_caught_and_dated(market, name):
    table = look_ahead_audit(CHEATS[name], market, cuts=[CUT], tables=["industry_daily"])
    row = table.iloc[0]
    assert row["verdict"] == AHEAD and row["moved"] > 0 and row["first"] <= CUT
    with pytest.raises(LookAhead, match="what industry_daily says after 2021-11-30 moves"):
        refuse_look_ahead(CHEATS[name], market, cuts=[CUT], tables=["industry_daily"])


def test_a_table_that_is_not_read_proves_nothing(market):
    table = look_ahead_audit(HONEST["momentum"], market, cuts=[CUT], tables=["industry_daily", "fund_issuance"])
    assert table["verdict"].tolist() == [CLEAN, UNREAD]
    assert audit_facts(table) == {
        "checks": 4,
        "ahead": [],
        "clean": ["industry_daily"],
        "unread": ["fund_issuance"],
    }
    with pytest.raises(LookAhead, match="nothing moved at all"):
        refuse_look_ahead(HONEST["momentum"], market, cuts=[CUT], tables=["fund_issuance"])


def test_both_worlds_agree_with_the_real_one_on_all_that_was_known(market):
    for name, table in market.items():
        for world in with_another_future(market, name, CUT):
            assert {k for k in market if world.get(k) is not market[k]} <= {name}
        changed = with_another_future(market, name, CUT)[0][name]
        assert len(changed) == len(table)


def test_holdings_are_future_until_they_are_announced(market):
    # report_date 2021-09-30 is announced on 2021-10-22: a signal that uses it at the quarter's end looks ahead
    def early(tables):
        held = tables["fund_holdings"].groupby("report_date")["weight_nav"].sum()
        return held.to_frame("sum")

    def known(tables):
        held = tables["fund_holdings"].groupby("announce_date")["weight_nav"].sum()
        return held.to_frame("sum")

    cut = [pd.Timestamp("2021-10-10")]
    assert look_ahead_audit(early, market, cut, ["fund_holdings"])["verdict"].tolist() == [AHEAD]
    assert look_ahead_audit(known, market, cut, ["fund_holdings"])["verdict"].tolist() == [CLEAN]


def test_no_signal_of_the_book_looks_ahead(market):
    signals = {
        "style": lambda t: load_styles(t, {"size": (HOW["size_pair"], 100.0)})["size"].signal["state"],
        "flow": lambda t: factor_flow(gather(t, **HOW).holdings),
        "composite": lambda t: gather(t, **HOW).composite.score,
    }
    for name, signal in signals.items():
        table = refuse_look_ahead(signal, market, cuts=[CUT])
        assert (table["verdict"] == CLEAN).any(), name


def test_the_two_sided_filter_is_caught(market):
    def cheat(tables):
        return two_sided_state(tables["index_daily"], HOW["size_pair"], 100.0)

    table = look_ahead_audit(cheat, market, tables=["index_daily"])
    assert (table["verdict"] == AHEAD).any()


def test_what_is_no_signal_and_what_is_no_table_are_refused(market):
    with pytest.raises(ValueError, match="dates in its index"):
        look_ahead_audit(lambda tables: pd.Series(np.arange(3.0)), market)
    with pytest.raises(MissingTable, match="prices: not among"):
        look_ahead_audit(HONEST["momentum"], market, tables=["prices"])
