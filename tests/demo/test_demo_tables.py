"""What is on the demo market's shelves: valid tables, pinned years, invented codes, and the dirt of real data."""

import hashlib
import os
import re

import numpy as np
import pandas as pd
import pytest

from helpers import published
from helpers.sources import demo, load_market
from helpers.sources.demo import DemoConfig, DemoMarket, writer
from helpers.sources.demo.pins import PINNED_INDICES
from helpers.tables import SCHEMAS, DataError, validate

HEAVY = ("stock_daily",)  # validated at small scale only


def yearly(closes: pd.DataFrame, code: str) -> pd.DataFrame:
    last = closes.pivot(index="date", columns=code, values="close")
    return last.groupby(last.index.year).last().pct_change(fill_method=None) * 100


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_small_table_is_canonical_as_it_is_read(name, small):
    table = small.canonical(name)
    checked = validate(name, table, name)
    pd.testing.assert_frame_equal(checked[list(table.columns)], table)


@pytest.mark.parametrize("name", ["etf_list", "etf_daily", "etf_shares", "index_daily", "fund_holdings"])
def test_the_full_tables_are_canonical_too(name, full):
    assert len(validate(name, full.canonical(name), name))


def test_sw_industries_end_their_years_where_table_1_prints_them(full_market):
    sw = full_market["industry_daily"].query("scheme == 'SW2021_L1'")
    found = yearly(sw, "industry_name").stack()
    printed = published.load("s001_t01_sw_l1_yearly_returns").query("kind == 'industry'")
    printed = printed.set_index(["year", "name"]).return_pct
    assert len(printed) == 217
    assert np.allclose(found.reindex(printed.index), printed, atol=0.0005)


def test_pinned_indices_end_their_years_where_they_are_printed(full_market):
    found = yearly(full_market["index_daily"], "index_code")
    table_1 = published.load("s001_t01_sw_l1_yearly_returns").query("kind == 'benchmark'")
    table_5 = published.load("s001_t05_sse_div_lowvol_yearly").query("period_kind == 'year'")
    cells = [
        (row.name_, int(row.year), row.return_pct) for row in table_1.rename(columns={"name": "name_"}).itertuples()
    ]
    cells += [(row.index_name, int(row.period), row.return_pct) for row in table_5.itertuples()]
    cells = [cell for cell in cells if cell[0] in PINNED_INDICES]
    assert {name for name, _, _ in cells} == set(PINNED_INDICES)
    for name, year, value in cells:
        assert found.loc[year, PINNED_INDICES[name]] == pytest.approx(float(value), abs=0.001)


def test_days_between_pinned_ends_are_simulated(full_market):
    """Another seed meets the same year ends on other ways."""
    other = DemoMarket(DemoConfig(size="small", seed=1)).canonical("index_daily")
    one = DemoMarket(DemoConfig(size="small", seed=2)).canonical("index_daily")
    a, b = (t.pivot(index="date", columns="index_code", values="close")["000300"] for t in (one, other))
    by_year = [x.groupby(x.index.year).last().pct_change().loc[2022:2024] for x in (a, b)]
    assert np.allclose(by_year[0], by_year[1], atol=1e-5)
    assert np.corrcoef(a.pct_change().iloc[1:], b.pct_change().iloc[1:])[0, 1] < 0.3


def test_scale_is_that_of_the_real_market(full):
    listed = (full.world.caps > 0).sum(axis=1)
    assert listed[0] > 2500 and 4500 < listed[-1] < 5500
    alive = full.canonical("etf_list")
    assert 1150 < len(alive) < 1300 and 0.03 < alive.delist_date.notna().mean() < 0.2
    assert 380 < full.closes.shape[1] < 420
    assert full.canonical("industry_daily").groupby("scheme").industry_code.nunique().to_dict() == {
        "CITIC_L1": 30,
        "SW2021_L1": 31,
    }
    assert len(full.world.timeline.days) == 2216


def test_invented_codes_are_no_listed_ones_and_names_say_simulated(full):
    stocks, funds, active = full.world.stocks, full.canonical("etf_list"), full.funds
    assert all(re.fullmatch(r"66[4-9]\d{3}\.(SH|SZ|BJ)", code) for code in stocks.code)
    assert all(re.fullmatch(r"57[89]\d{3}\.(SH|SZ)", code) for code in funds.code)
    assert all(re.fullmatch(r"99\d{4}\.OF", code) for code in active.code)
    numbers = np.char.partition(np.concatenate([stocks.code, active.code]), ".")[:, 0]
    assert len(set(numbers)) == len(numbers)
    for names in (stocks.name, funds.name.dropna(), active.name):
        assert all("模拟" in name for name in names)
    assert funds.manager.str.contains("模拟").all()


def test_no_price_is_zero_or_less(small):
    for name, columns in {
        "etf_daily": ["adj_close", "close"],
        "etf_shares": ["nav", "shares"],
        "stock_daily": ["adj_close", "float_cap"],
        "index_daily": ["close"],
        "industry_daily": ["close"],
        "fund_nav": ["nav_adj"],
    }.items():
        assert (small.canonical(name)[columns] > 0).all(axis=None), name


def test_weights_of_every_index_and_month_are_whole_millionths_that_add_up_to_one(full):
    weights = full.weights
    month = np.repeat(np.arange(len(weights.start) - 1), np.diff(weights.start))
    total = np.bincount(month * weights.count + weights.index, weights.units)
    assert set(np.unique(total)) <= {0, 1_000_000}
    assert weights.units.min() >= 1


def test_members_change_only_at_reviews_or_when_they_leave_the_market(full):
    w = full.weights
    kept = {}
    for m, review in enumerate(full.world.timeline.reviews):
        rows = slice(w.start[m], w.start[m + 1])
        now = set(w.stock[rows][w.index[rows] == 1])
        if m and not review:
            assert now <= kept
            assert all(full.world.caps[m][stock] == 0 for stock in kept - now)
        kept = now
    assert len(kept) == 300


def test_limits_hold_when_members_are_reviewed(full):
    w, rule_limit = full.weights, 0.15
    bank = list(full._index_codes).index("399986")
    for m in np.flatnonzero(full.world.timeline.reviews)[1:]:
        rows = slice(w.start[m], w.start[m + 1])
        assert w.units[rows][w.index[rows] == bank].max() <= rule_limit * 1e6 + 1


def test_a_stock_index_moves_as_its_members_do(small):
    """Bought at month-end weights and held, the members give the index (one that is not pinned)."""
    code = "399986"
    closes, weights = small.canonical("index_daily"), small.canonical("index_weights")
    closes, weights = closes[closes.index_code == code].set_index("date").close, weights[weights.index_code == code]
    prices = small.world.prices
    codes = pd.Index(small.world.stocks.code)
    ends = small.world.timeline.days[small.world.timeline.month_last]
    for before, after in zip(ends[20:24], ends[21:25], strict=True):
        held = weights[weights.date == before]
        at = codes.get_indexer(held.code)
        days = small.world.timeline.days.get_indexer([before, after])
        grown = (held.weight.to_numpy() * prices[days[1], at] / prices[days[0], at]).sum()
        assert closes[after] / closes[before] == pytest.approx(grown, abs=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small market on disk."""
    return demo.ensure(tmp_path_factory.mktemp("data"), size="small", seed=3)


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_equal_seeds_give_equal_bytes(folder, tmp_path):
    writer.write_market(DemoMarket(DemoConfig(size="small", seed=3)), tmp_path / "again")
    first = digests(folder)
    assert first == digests(tmp_path / "again")
    assert {f"{name}.parquet" for name in SCHEMAS} < set(first)


def test_a_market_is_made_once(folder):
    stamps = [path.stat().st_mtime_ns for path in sorted(folder.iterdir())]
    assert demo.ensure(folder.parent, size="small", seed=3) == folder
    assert [path.stat().st_mtime_ns for path in sorted(folder.iterdir())] == stamps


def test_a_market_that_could_not_be_finished_leaves_nothing(tmp_path, monkeypatch):
    def fail(frame, path):
        raise OSError("disk full")

    monkeypatch.setattr(writer, "write_frame", fail)
    with pytest.raises(OSError, match="disk full"):
        demo.ensure(tmp_path / "data", size="small", seed=4)
    assert [path.name for path in (tmp_path / "data").iterdir()] == [".demo.lock"]


def test_the_key_follows_the_source_and_the_configuration(monkeypatch, tmp_path):
    base = demo.key_of(DemoConfig())
    assert base == demo.key_of(DemoConfig())
    others = [DemoConfig(seed=1), DemoConfig(size="small"), DemoConfig(premiums={"flow": 0.0}), DemoConfig(pins=False)]
    assert len({base, *map(demo.key_of, others)}) == 5
    (tmp_path / "planted.py").write_text("# edited\n", encoding="utf-8")
    monkeypatch.setattr(writer, "files", lambda package: tmp_path)
    assert demo.key_of(DemoConfig()) != base


def test_the_source_says_that_it_is_simulated(folder, monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    made = tmp_path / "data" / f"demo-{demo.key_of(DemoConfig(size='small'))}"
    made.symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    market = load_market("demo", "small")
    assert market.simulated and "simulated" in market.label and not market.missing
    assert set(market) == set(SCHEMAS)


def test_the_truth_is_kept_beside_the_tables_and_not_among_them(folder):
    truth = demo.load_truth(folder)
    assert set(truth) == {"clusters", "styles", "flows", "index_industry", "tracked", "holdings", "pins", "planted"}
    assert truth["planted"]["config"]["seed"] == 3
    assert not set(truth) & {path.stem for path in folder.iterdir()} - {"truth"}


def test_an_unknown_size_or_premium_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="full, small"):
        DemoConfig(size="tiny")
    with pytest.raises(ValueError, match="flow, level, marginal, divergence, style"):
        DemoConfig(premiums={"momentum": 0.1})


class TestDirt:
    def test_days_are_missing_from_prices_and_from_one_industry_scheme(self, small_market, small):
        held = set(small_market["etf_daily"].date)
        gone = [day for day in small.world.timeline.days if day not in held]
        assert [f"{day:%Y-%m-%d}" for day in gone] == ["2022-05-27", "2022-06-08", "2022-06-20"]
        days = small_market["industry_daily"].groupby("scheme").date.nunique()
        assert days["CITIC_L1"] - days["SW2021_L1"] == 1

    def test_single_rows_are_missing(self, small_market, small):
        lived = (~np.isnan(small.trading.shares)).sum()
        assert 0 < lived - len(small_market["etf_shares"]) < 0.002 * lived

    def test_on_a_day_without_turnover_the_price_stands_still(self, full_market):
        daily = full_market["etf_daily"].sort_values(["code", "date"])
        before = daily.groupby("code").close.shift()
        still = daily.amount == 0
        assert still.sum() > 500
        assert (daily.close[still & before.notna()] == before[still & before.notna()]).mean() > 0.99

    def test_a_qdii_nav_is_a_day_old_and_sometimes_repeated(self, full, full_market):
        listing = full_market["etf_list"].set_index("code")
        tracked = full._tracked().set_index("code").index_code
        code = next(c for c in tracked.index[tracked == "SPX"] if listing.list_date[c] < pd.Timestamp("2020-01-01"))
        shares = full_market["etf_shares"]
        nav = shares[shares.code == code].set_index("date").nav.pct_change().iloc[1:]
        index = full_market["index_daily"].query("index_code == 'SPX'").set_index("date").close.pct_change()
        assert nav.corr(index.shift(1)) > 0.9 > 0.2 > abs(nav.corr(index))
        assert 0.01 < (nav == 0).mean() < 0.06

    def test_index_codes_are_missing_with_and_without_a_name(self, full, full_market):
        listing = full_market["etf_list"].set_index("code")
        tracked = full._tracked().set_index("code").index_code
        gold = tracked.index[tracked.isin(["AU9999", "SHAU"])]
        bare = listing.loc[gold, ["index_code", "index_name"]].isna().all(axis=1)
        assert 0 < bare.sum() < len(gold) and listing.loc[gold, "benchmark"].nunique() > 1
        nameless = listing.index_code.isna() & listing.index_name.notna()
        assert nameless.sum() > 30

    def test_one_index_goes_by_names_that_differ_slightly(self, full, full_market):
        listing = full_market["etf_list"].set_index("code")
        names = listing.index_name.groupby(full._tracked().set_index("code").index_code).nunique()
        assert (names > 1).sum() > 20

    def test_some_funds_are_a_day_old_or_never_listed(self, full_market, full):
        listing, rows = full_market["etf_list"].set_index("code"), full_market["etf_shares"].groupby("code").size()
        young = listing.index[listing.list_date == full.world.timeline.days[-1]]
        assert len(young) >= 2 and (rows.reindex(young) == 1).all()
        assert listing.list_date.isna().sum() == 3 and listing.name.isna().sum() == 2

    def test_an_industry_has_no_etf(self, full):
        weights = full._index_industry().query("scheme == 'CITIC_L1'")
        tracked = set(full._tracked().index_code)
        share = weights[weights.index_code.isin(tracked)].groupby(
            ["date", "index_code", "industry_code"], observed=True
        )
        top = share.millionths.sum().groupby("industry_code").max() / 1e6
        assert top["CI005029"] < 0.05 < 0.5 < top.drop(["CI005029", "CI005030"]).median()

    def test_holidays_make_short_weeks(self, full):
        sessions = np.bincount(full.world.timeline.week_of_day)
        assert {1, 2, 3, 4, 5} >= set(sessions) and (sessions == 3).sum() > 5


def test_no_market_is_made_among_somebody_s_tables(tmp_path):
    (tmp_path / "calendar.csv").write_text("date\n2026-01-05\n")
    with pytest.raises(DataError, match="it holds calendar and is yours.*RUN=folder"):
        load_market("demo", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["calendar.csv"]


def changed_by_hand(folder):
    table = folder / "calendar.parquet"
    before = table.stat()
    data = bytearray(table.read_bytes())
    data[len(data) // 2] ^= 1
    table.write_bytes(data)
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "damage", [changed_by_hand, lambda f: (f / "fund_nav.parquet").unlink(), lambda f: (f / "seal.json").unlink()]
)
def test_a_market_that_is_not_as_it_was_made_is_made_again(tmp_path, monkeypatch, damage):
    written = []

    def write(market, folder):
        folder.mkdir(parents=True)
        for name in ("calendar", "fund_nav"):
            (folder / f"{name}.parquet").write_bytes(b"a table of " + name.encode())
        writer._seal(folder)
        written.append(folder)

    monkeypatch.setattr(writer, "write_market", write)
    folder = demo.ensure(tmp_path)
    assert demo.ensure(tmp_path) == folder and len(written) == 1
    damage(folder)
    assert demo.ensure(tmp_path) == folder and len(written) == 2
    assert (folder / "calendar.parquet").read_bytes() == b"a table of calendar"
    assert demo.ensure(tmp_path) == folder and len(written) == 2
