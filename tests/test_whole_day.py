"""All ETFs on one day: sums against brute force, and known answers that judge what returns say."""

import itertools

import numpy as np
import pandas as pd
import pytest

from helpers.flows.etf_money import etf_money
from helpers.flows.whole_day import answer_facts, by_kind, known_answers, overlap, stale_errors, whole_day
from helpers.tables import MissingTable
from rotation_market import full_market

FUNDS = ["510001.SH", "510002.SH", "510003.SH"]


@pytest.fixture(scope="module")
def market():
    """Index 000001 keeps its weights and its fund has prices; 000003 is not published to the last day of the others."""
    tables = full_market()
    fixed, label = tables["index_weights"]["index_code"] == "000001", tables["stock_industry"]["industry_name"]
    held = tables["index_weights"].loc[fixed, "weight"].iloc[:24].to_numpy()
    tables["index_weights"].loc[fixed, "weight"] = np.tile(held, fixed.sum() // 24)
    moves = tables["industry_daily"].pivot(index="date", columns="industry_name", values="close").pct_change().fillna(0)
    value = (1 + moves @ pd.Series(held).groupby(label.to_numpy()).sum()[moves.columns]).cumprod()
    own = pd.DataFrame({"date": value.index, "code": "510001.SH", "adj_close": value.to_numpy(), "amount": 1e8})
    tables["etf_daily"] = pd.concat([tables["etf_daily"], own], ignore_index=True)
    weights = tables["index_weights"]
    late = weights["index_code"].eq("000003") & (weights["date"] > "2022-04-01")
    tables["index_weights"] = weights[~late]
    return tables


@pytest.fixture(scope="module")
def money(market):
    return etf_money(market, "SW2021_L1")


@pytest.fixture(scope="module")
def day(money):
    return whole_day(money)


def test_the_day_is_the_last_one_on_which_most_indices_have_weights(market, day):
    counted = market["index_weights"].groupby("date")["index_code"].nunique()
    assert day.day == counted[counted == 3].index[-1] and day.known == 1.0
    assert day.day < market["index_weights"]["date"].max()


def test_money_by_stock_and_by_industry_is_what_a_loop_says(market, day):
    units = market["etf_shares"].query("date == @day.day").set_index("code")
    label = market["stock_industry"].set_index("code")["industry_name"]
    rows = market["index_weights"].query("date == @day.day")
    stocks, industries = {}, {}
    for fund in FUNDS:
        size = units.at[fund, "shares"] * units.at[fund, "nav"]
        assert day.funds.at[fund, "size"] == pytest.approx(size)
        tracked = market["etf_list"].set_index("code").at[fund, "index_code"]
        for row in rows[rows["index_code"] == tracked].itertuples():
            stocks[row.code] = stocks.get(row.code, 0) + size * row.weight
            industries[label[row.code]] = industries.get(label[row.code], 0) + size * row.weight
    total = sum(stocks.values())
    assert day.positions["bn"].to_dict() == pytest.approx({code: held / 1e9 for code, held in stocks.items()})
    assert day.positions["share"].to_dict() == pytest.approx({code: held / total for code, held in stocks.items()})
    assert day.positions["bn"].is_monotonic_decreasing
    assert day.industries.to_dict() == pytest.approx({name: held / total for name, held in industries.items()})
    facts = day.facts
    assert facts["seen"] == pytest.approx(total / day.funds["size"].sum()) and facts["seen"] < 1
    assert facts["ten"] == pytest.approx(sum(sorted(stocks.values())[-10:]) / total)
    assert facts["stock"] == max(stocks, key=stocks.get) and facts["indices"] == 3


def test_overlap_is_the_sum_of_the_smaller_weights(day):
    found = overlap(day)
    held = {k: rows.set_index("code")["weight"] for k, rows in day.weights.groupby("index_code")}
    for a, b in itertools.product(found.index, repeat=2):
        expected = sum(min(held[a][code], held[b].get(code, 0.0)) for code in held[a].index)
        assert found.at[a, b] == pytest.approx(expected)
    assert overlap(day, number=2).shape == (2, 2)


def test_returns_are_judged_by_the_weights_of_the_day(money, day):
    found = known_answers(money, day, window=120)
    assert found.index.tolist() == ["000001"]  # the other funds have no prices
    truth = day.by_index.loc["000001"].drop("unlabelled")
    assert found.at["000001", "equal"] == pytest.approx(0.5 * (truth / truth.sum() - 1 / len(truth)).abs().sum())
    assert found.at["000001", "plain"] < 0.05 < found.at["000001", "equal"]
    table = by_kind(day, found)
    assert table["share"].sum() == pytest.approx(1) and table["funds"].sum() == 4
    assert table["CNY bn"].sum() == pytest.approx(day.funds["size"].sum() / 1e9)
    facts = answer_facts(day, found, pd.Series({3: 0.04, 12: np.nan}))
    assert facts["old"] == ["3 months: 4%"] and facts["judged"] == 1 and 0 < facts["common"] < 1
    assert facts["common"] == pytest.approx(np.sort(overlap(day).to_numpy().ravel())[-4])  # after the diagonal


def test_nothing_after_the_day_moves_an_answer(market, money, day):
    later = {name: market[name].copy() for name in ("etf_daily", "industry_daily")}
    for name, column in {"etf_daily": "adj_close", "industry_daily": "close"}.items():
        after = later[name]["date"] > day.day
        later[name].loc[after, column] *= np.random.default_rng(0).uniform(0.5, 2, after.sum())
    changed = etf_money({**market, **later}, "SW2021_L1")
    pd.testing.assert_frame_equal(
        known_answers(changed, whole_day(changed), window=120), known_answers(money, day, window=120)
    )


@pytest.mark.parametrize("age", [1, 3, 7])
def test_old_weights_are_judged_against_those_of_the_month(market, money, age):
    rows = market["index_weights"].query("index_code == '000002'")
    label = market["stock_industry"].set_index("code")["industry_name"]
    wide = rows.assign(industry=rows["code"].map(label)).pivot_table(
        index="date", columns="industry", values="weight", aggfunc="sum"
    )
    gaps = [0.5 * (wide.iloc[k] / wide.iloc[k].sum() - wide.iloc[k - age]).abs().sum() for k in range(age, len(wide))]
    assert stale_errors(money, "000002", [age])[age] == pytest.approx(np.mean(gaps))
    assert np.isnan(stale_errors(money, "000002", [99])[99])


def test_a_few_funds_are_not_all_etfs(market):
    more = [market["etf_list"].assign(code=[f"51{n}00{k}.SH" for k in range(4)]) for n in (6, 7)]
    listed = pd.concat([market["etf_list"], *more], ignore_index=True)
    with pytest.raises(MissingTable, match="etf_shares: units of 33% of the listed stock ETFs at"):
        whole_day(etf_money({**market, "etf_list": listed}, "SW2021_L1"))


@pytest.mark.snapshot
def test_on_the_snapshot_the_whole_market_is_seen_on_one_day(snapshot_dir):
    from helpers.sources import load_market

    money = etf_money(load_market("folder", snapshot_dir, end="2026-07-31"), "SW2021_L1", every="month")
    day = whole_day(money)
    answers = known_answers(money, day)
    assert day.day == pd.Timestamp("2025-06-30") and day.known > 0.95 and day.facts["seen"] > 0.95
    assert len(answers) > 300 and answers["plain"].mean() < answers["shrunk"].mean() < answers["equal"].mean()
    stale = stale_errors(money, "000300")
    assert stale.is_monotonic_increasing and stale[24] < answers["plain"].mean()
