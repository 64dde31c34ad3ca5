"""Styles are built from what is there, by the trait of the month before, and units are split by their sign."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows import share_growth
from helpers.flows.etf_money import etf_money
from helpers.flows.style_growth import growth_by_style, long_short, style_returns, style_study
from helpers.scoreboard import Scoreboard
from helpers.sessions import month_ends, sessions
from helpers.tables import MissingTable
from rotation_market import full_market

DAYS = sessions("2021-01-04", "2022-12-30")
NAMES = [f"industry {i}" for i in range(10)]


def prices(seed: int = 0, drift: np.ndarray | None = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    returns = rng.normal(0, 0.01, (len(DAYS), len(NAMES))) + (0 if drift is None else drift)
    return pd.DataFrame(np.cumprod(1 + returns, axis=0), DAYS, NAMES)


def test_a_style_is_chosen_by_the_trait_of_the_month_before():
    closes = prices()
    trait = closes.pct_change(20)
    spread = long_short(closes, trait)
    months = closes.loc[month_ends(DAYS)]
    order = trait.loc[months.index[4]].sort_values().index
    gain = months.iloc[5] / months.iloc[4] - 1
    assert spread.iloc[5] == pytest.approx(gain[order[-3:]].mean() - gain[order[:3]].mean())
    later = trait.copy()
    later.loc[later.index > months.index[4]] = 1.0
    assert long_short(closes, later).iloc[5] == spread.iloc[5]


def test_unit_growth_is_split_by_the_sign_of_the_style():
    months = pd.period_range("2020-01", periods=24, freq="M")
    style = pd.DataFrame({"市值": np.tile([0.1, -0.1], 12), "Beta": 1.0}, months)
    growth = pd.Series(np.tile([0.03, 0.01], 12) + np.linspace(0, 1e-4, 24), months)
    table = growth_by_style(growth, style)
    assert table.index.tolist() == ["市值"]  # a style that never falls is left out
    assert table.loc["市值", ["down_pct", "up_pct"]].round(1).tolist() == [1.0, 3.0] and table.loc["市值", "p"] < 1e-6


def test_styles_are_built_from_what_is_there():
    closes = [prices(k).iloc[:, k] for k in (0, 1)]
    rows = [{"date": DAYS, "index_code": c, "close": p} for c, p in zip(["000300", "000852"], closes, strict=True)]
    index = pd.concat([pd.DataFrame(row) for row in rows])
    returns, how = style_returns(index, prices())
    assert set(how.index) == {"市值", "动量", "长期反转", "波动率", "Beta"} and "成长" not in returns
    assert style_returns(None, None)[0].empty


@pytest.fixture(scope="module")
def money():
    return etf_money(full_market(), "SW2021_L1")


PAIRS = {"size_pair": ("000300", "000852"), "growth_pair": ("399370", "399371")}


def test_a_study_sets_the_growth_of_the_known_months_against_every_style_that_can_be_built(money):
    found = style_study(money, **PAIRS)
    months = money.universe.index.to_period("M").unique()
    pd.testing.assert_series_equal(found.growth, share_growth(money.days).reindex(months).dropna())
    assert found.table.index.tolist() == found.built_from.index.tolist()
    facts = found.facts
    assert facts["built"] == len(found.table) and facts["known"] == 1 and facts["months"] == len(found.growth)
    assert facts["strong_names"] == list(found.table.index[found.table["p"] < 0.05])
    assert len(facts["unbuilt"]) == 14 - len(found.table) and "投资 (balance sheets)" in facts["unbuilt"]
    board = Scoreboard("05_etf_flows")
    board.compare("S002 ETF unit growth by style", found.judged(money), note=found.notes, why=found.why)
    rows = board.frame().set_index("item")
    assert rows.loc["投资 up", "note"].endswith("needs balance sheets, which no canonical table carries")
    assert rows.loc["市值 up", "note"] == "units of 2021-01 to 2022-06; proxy: index 000300 less index 000852"
    assert rows["computed"].notna().sum() == 3 * len(found.table)


def test_a_few_funds_are_not_set_beside_the_report_and_nothing_to_build_is_said(money):
    market = full_market()
    more = market["etf_list"].iloc[:2].assign(code=["510998.SH", "510999.SH"])
    few = etf_money({**market, "etf_list": pd.concat([market["etf_list"], more])}, "SW2021_L1")
    with pytest.raises(MissingTable, match="units of 67%"):
        style_study(few, **PAIRS).judged(few)
    bare = {n: t for n, t in market.items() if n not in ("index_daily", "industry_daily")}
    with pytest.raises(MissingTable, match="no style has six months"):
        style_study(etf_money(bare, "SW2021_L1"), **PAIRS)
