"""Styles are built from what is there, by the trait of the month before, and units are split by their sign."""

import numpy as np
import pandas as pd
import pytest

from helpers.flows.style_growth import growth_by_style, long_short, style_returns
from helpers.sessions import month_ends, sessions

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
