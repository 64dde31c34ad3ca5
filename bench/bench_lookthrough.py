"""Index first, funds second, against a pandas join of funds to stocks week by week.

Both get the same generated market: 1,200 funds, 420 indices, nine years of monthly weights (13.6 million rows) and
470 weeks. Processor time of one thread is measured, so a busy machine does not tilt the ratio.

Run alone: ``python bench/bench_lookthrough.py [scale]``; scale 1 is the full size.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd

from helpers.lookthrough import look_through
from helpers.sessions import month_ends, next_session, sessions, week_ends

FUNDS, INDICES, STOCKS, MEMBERS, INDUSTRIES = 1200, 420, 5000, 300, 31
TARGET_RATIO, TARGET_EQUAL, TARGET_GB = 40.0, 1e-12, 3.0


def market(scale: float = 1.0, seed: int = 7) -> dict[str, pd.DataFrame]:
    """Generate sizes, tracked indices, monthly weights and labels that change now and then."""
    rng = np.random.default_rng(seed)
    days = sessions("2016-12-26", "2026-03-06")
    weeks, months = week_ends(days)[:470], month_ends(days)
    n_index, n_fund = max(int(INDICES * scale), 2), max(int(FUNDS * scale), 4)
    stocks = pd.Series([f"{600000 + i:06d}.SH" for i in range(STOCKS)], dtype="str")
    indices = pd.Series([f"{i:06d}" for i in range(n_index)], dtype="str")
    names = [f"industry {i:02d}" for i in range(INDUSTRIES)]
    first = rng.integers(0, INDUSTRIES, STOCKS)
    labels = pd.DataFrame({"code": stocks, "industry_code": [f"{801000 + i}" for i in first], "start": days[0]})
    movers = rng.choice(STOCKS, 400, replace=False)
    moved = pd.DataFrame(
        {
            "code": stocks[movers].to_numpy(),
            "industry_code": [f"{801000 + i}" for i in (first[movers] + 1) % INDUSTRIES],
            "start": rng.choice(days[200:], len(movers)),
        }
    )
    labels["end"] = labels["code"].map(moved.set_index("code")["start"])
    labels = pd.concat([labels, moved.assign(end=pd.NaT)], ignore_index=True)
    labels["industry_name"] = labels["industry_code"].map(lambda c: names[int(c) - 801000])
    labels["scheme"] = "SW2021_L1"
    member = _members(rng, n_index, months)
    weight = rng.dirichlet(np.ones(MEMBERS), (len(months), n_index))
    weights = pd.DataFrame(
        {
            "date": np.repeat(months, n_index * MEMBERS),
            "index_code": indices.array.take(np.tile(np.repeat(np.arange(n_index), MEMBERS), len(months))),
            "code": stocks.array.take(member.ravel()),
            "weight": weight.ravel(),
        }
    )
    funds = pd.DataFrame({"code": [f"{510000 + i}.SH" for i in range(n_fund)]})
    funds["index_code"] = indices.take(rng.integers(0, n_index, n_fund)).to_numpy()
    sizes = pd.DataFrame(rng.lognormal(20, 1, (len(weeks), n_fund)), index=weeks, columns=funds["code"])
    return {"sizes": sizes, "etf_list": funds, "index_weights": weights, "stock_industry": labels}


def _members(rng: np.random.Generator, n_index: int, months: pd.DatetimeIndex) -> np.ndarray:
    """Stock numbers, months × indices × members: a tenth of the members changes every June and December."""
    now = np.stack([rng.choice(STOCKS, MEMBERS, replace=False) for _ in range(n_index)])
    out = np.empty((len(months), n_index, MEMBERS), dtype=np.int32)
    for i, month in enumerate(months):
        if i and month.month in (6, 12):
            for row in now:
                outside = np.setdiff1d(rng.choice(STOCKS, 200, replace=False), row)[: MEMBERS // 10]
                row[rng.choice(MEMBERS, len(outside), replace=False)] = outside
        out[i] = np.sort(now, axis=1)
    return out


def weekly_join(tables: dict[str, pd.DataFrame], weeks: pd.DatetimeIndex) -> pd.DataFrame:
    """Join funds to stocks to labels in every week, as one writes it first."""
    weights, labels, funds = tables["index_weights"], tables["stock_industry"], tables["etf_list"]
    published = pd.DatetimeIndex(weights["date"].unique())
    known = next_session(published)
    by_date = dict(iter(weights.groupby("date")))
    out = {}
    for week in weeks:
        there = published[known <= week]
        if not len(there):
            continue
        size = tables["sizes"].loc[week].rename("size").reset_index().merge(funds, on="code").drop(columns="code")
        rows = by_date[there[-1]][["index_code", "code", "weight"]]
        now = labels[(labels["start"] <= week) & (labels["end"].isna() | (labels["end"] > week))]
        joined = size.merge(rows, on="index_code").merge(now[["code", "industry_name"]], on="code")
        out[week] = (joined["size"] * joined["weight"]).groupby(joined["industry_name"]).sum()
    return pd.DataFrame(out).T.reindex(weeks).fillna(0.0)


def run(scale: float = 1.0, every: int = 1) -> dict[str, float]:
    """Time both, compare all weeks joined (each ``every``-th) and report the ratio of whole runs."""
    tables = market(scale)
    inputs = {"amounts": tables["sizes"], **{k: v for k, v in tables.items() if k != "sizes"}}
    runs = []
    for _ in range(3):  # the shortest run is the one least disturbed by the machine
        start = time.process_time()
        fast = look_through(**inputs)
        runs.append(time.process_time() - start)
    seconds = min(runs)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    weeks = tables["sizes"].index[::every]
    start = time.process_time()
    slow = weekly_join(tables, weeks)
    slow_seconds = (time.process_time() - start) * len(tables["sizes"]) / len(weeks)
    ours = fast.holdings.loc[weeks, slow.columns]
    off = float(((ours - slow).abs() / slow.sum(axis=1).replace(0, 1).to_numpy()[:, None]).to_numpy().max())
    return {
        "weight_rows": len(tables["index_weights"]),
        "weeks": len(tables["sizes"]),
        "weeks_joined": len(weeks),
        "lookthrough_s": round(seconds, 3),
        "join_s": round(slow_seconds, 2),
        "ratio": round(slow_seconds / seconds, 1),
        "max_difference": off,
        "peak_gb": round(gigabytes, 2),
    }


def main() -> int:
    found = run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
    good = found["ratio"] >= TARGET_RATIO and found["max_difference"] <= TARGET_EQUAL and found["peak_gb"] <= TARGET_GB
    targets = {"ratio_at_least": TARGET_RATIO, "difference_at_most": TARGET_EQUAL, "gb_at_most": TARGET_GB}
    print(
        f"look-through of {found['weeks']} weeks x {found['weight_rows']:,} weight rows: weekly pandas join "
        f"{found['join_s']:.1f} s; look_through {found['lookthrough_s']:.2f} s; ratio {found['ratio']:.0f}x (target "
        f"{TARGET_RATIO:.0f}x); largest difference {found['max_difference']:.1e} (at most {TARGET_EQUAL:.0e}); peak "
        f"{found['peak_gb']:.1f} GB (under {TARGET_GB:.0f} GB) {'ok' if good else 'MISSED'}"
    )
    print(json.dumps({"bench": "lookthrough", **found, **targets, "passed": good}))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
