"""Weights from returns: the exact minimiser, honest about its error, chosen only by the past."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from helpers.lookthrough.from_returns import (
    fund_weights,
    misallocated,
    simplex_regression,
    simulate_weights,
    walk_forward,
)
from helpers.sessions import month_ends, sessions

DAYS = sessions("2020-01-02", "2021-06-30")
NAMES = pd.Index([f"industry {i}" for i in range(6)])
TRUE = np.array([0.4, 0.25, 0.2, 0.15, 0.0, 0.0])


def panel(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(0, 0.01, (len(DAYS), 6)) + rng.normal(0, 0.01, (len(DAYS), 1)), DAYS, NAMES)


def objective(b, y, x, shrink, prior):
    residual = (y - y.mean()) - (x - x.mean(axis=0)) @ b
    spread = ((x - x.mean(axis=0)) ** 2).mean(axis=0).mean()
    return (residual**2).mean() + shrink * spread * ((b - prior) ** 2).sum()


@pytest.mark.parametrize("shrink", [0.0, 0.3])
def test_no_other_point_of_the_simplex_fits_better(shrink):
    rng = np.random.default_rng(1)
    x = panel().to_numpy()[:80]
    y = x @ np.array([0.7, -0.2, 0.3, 0.1, 0.05, 0.05]) + rng.normal(0, 0.004, 80)
    prior = np.full(6, 1 / 6)
    best = simplex_regression(y, x, shrink=shrink)
    assert best.min() >= 0 and best.sum() == pytest.approx(1)
    value = objective(best, y, x, shrink, prior)
    for other in np.vstack([rng.dirichlet(np.ones(6) * a, 2000) for a in (0.2, 1, 5)]):
        assert value <= objective(other, y, x, shrink, prior) + 1e-15
        assert value <= objective(0.99 * best + 0.01 * other, y, x, shrink, prior) + 1e-15


def test_true_weights_are_found_exactly_where_there_is_no_noise():
    x = panel().to_numpy()
    np.testing.assert_allclose(simplex_regression(x @ TRUE + 0.0002, x), TRUE, atol=1e-10)


def test_a_tilt_that_a_control_carries_does_not_spoil_the_weights():
    x = panel().to_numpy()
    tilt = np.random.default_rng(4).normal(0, 0.01, (len(x), 1)) + 0.6 * x[:, [5]]
    y = x @ TRUE + 0.5 * tilt[:, 0]
    assert np.abs(simplex_regression(y, x) - TRUE).sum() > 0.2
    np.testing.assert_allclose(simplex_regression(y, x, controls=tilt), TRUE, atol=1e-9)


def test_strong_shrinkage_ends_at_the_prior():
    x, prior = panel().to_numpy(), np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.5])
    np.testing.assert_allclose(simplex_regression(x @ TRUE, x, shrink=1e6, prior=prior), prior, atol=1e-4)
    with pytest.raises(ValueError, match="shrink=-1"):
        simplex_regression(x @ TRUE, x, shrink=-1)
    with pytest.raises(ValueError, match="align"):
        simplex_regression(x[:-1] @ TRUE, x)


def test_weights_of_a_date_use_no_later_return():
    x = panel()
    y = x @ TRUE + np.random.default_rng(2).normal(0, 0.003, len(x))
    dates = month_ends(DAYS)[6:12]
    changed, late = x.copy(), x.index > dates[2]
    changed.loc[late] = np.random.default_rng(9).normal(0, 0.05, changed.loc[late].shape)
    changed_y = y.where(~late, changed.iloc[:, 5])
    before, after = simulate_weights(y, x, dates), simulate_weights(changed_y, changed, dates)
    pd.testing.assert_frame_equal(before.iloc[:3], after.iloc[:3], check_exact=True)
    assert misallocated(before, after).iloc[-1] > 0.1


def test_a_short_past_gives_no_weights_and_a_missing_industry_gets_none():
    x = panel()
    y = x @ TRUE
    early = simulate_weights(y, x, DAYS[[30, 200]], min_days=60)
    assert early.iloc[0].isna().all() and early.iloc[1].notna().all()
    x.iloc[150, 4] = np.nan
    assert simulate_weights(y, x, DAYS[[200]], window=100)[NAMES[4]].item() == 0


def test_cash_is_left_out_of_the_weights():
    x = panel()
    y = 0.8 * (x @ TRUE)
    found = simulate_weights(y, x, DAYS[[300]], shrink=0.0, half_life=None, cash=True)
    np.testing.assert_allclose(found.iloc[0], TRUE, atol=1e-9)
    without = simulate_weights(y, x, DAYS[[300]], shrink=0.0, half_life=None)
    assert np.abs(without.iloc[0] - TRUE).sum() > 0.05


def test_funds_come_in_the_long_form_of_the_look_through():
    x = panel()
    funds = pd.DataFrame({"a": x @ TRUE, "b": x.iloc[:, 5], "new": x.iloc[:, 0].where(x.index > DAYS[290])})
    found = fund_weights(funds, x, DAYS[[300]], shrink=0.0, half_life=None)
    assert set(found["code"]) == {"a", "b"} and (found["weight"] > 0).all()
    assert found.loc[found["code"] == "b", "industry_name"].tolist()[-1] == NAMES[5]
    np.testing.assert_allclose(found.groupby("code")["weight"].sum(), 1)


def plainly(y, x, w, z, shrink, prior):
    """The regression of one fund on all its days, without turning or sharing anything."""
    root = np.sqrt(w / w.sum())
    free = np.column_stack([np.ones(len(y)), z]) * root[:, None]
    x, y = x * root[:, None], y * root
    x, y = (v - free @ np.linalg.lstsq(free, v, rcond=None)[0] for v in (x, y))
    scale = np.sqrt((x**2).sum(axis=0).mean())
    pull = np.sqrt(shrink) * scale * (np.eye(len(prior)) - prior[:, None])
    system = np.vstack([x - y[:, None], pull, np.full(len(prior), scale)])
    found, _ = nnls(system, np.append(np.zeros(len(system) - 1), scale), maxiter=1000)
    return found / found.sum()


def one_by_one(y, x, dates, window, half_life, shrink, prior, controls, cash, min_days):
    """The same weights by joining, dropping and regressing fund by fund and date by date."""
    panel = x.join(y.rename("fund"), how="inner")
    panel = panel if controls is None else panel.join(controls.add_prefix("control "), how="inner")
    rows = []
    for date in dates:
        part = panel.loc[:date].iloc[-window:].dropna(subset="fund")
        there = [name for name in x.columns if part[name].notna().all()]
        used = part[[*there, *panel.columns[x.shape[1] :]]].dropna()
        if len(used) < min_days:
            rows.append(pd.Series(np.nan, x.columns))
            continue
        known = None if prior is None else prior.loc[:date]
        pull = known.iloc[-1][there] if known is not None and len(known) else pd.Series(1.0, there)
        regressors = used[there].assign(cash=0.0) if cash else used[there]
        pull = pull / pull.sum()
        found = plainly(
            used["fund"].to_numpy(),
            regressors.to_numpy(),
            0.5 ** (np.arange(len(used))[::-1] / (half_life or np.inf)),
            used.iloc[:, len(there) + 1 :].to_numpy(),
            shrink,
            np.append(pull, 0.0) if cash else pull.to_numpy(),
        )
        row = pd.Series(found[: len(there)], there)
        rows.append((row / row.sum()).reindex(x.columns).fillna(0.0))
    return pd.DataFrame(rows, index=dates)


@pytest.mark.parametrize("cash", [False, True])
@pytest.mark.parametrize("with_controls", [False, True])
@pytest.mark.parametrize(("half_life", "shrink"), [(None, 0.0), (60.0, 0.3)])
def test_regressing_in_blocks_gives_each_fund_what_it_would_get_alone(cash, with_controls, half_life, shrink):
    rng = np.random.default_rng(7)
    x = panel()
    x.iloc[180, 4] = np.nan
    funds = pd.DataFrame(rng.dirichlet(np.ones(6), 9) @ x.fillna(0.0).T.to_numpy(), columns=DAYS).T
    funds = (funds + rng.normal(0, 0.003, funds.shape)).rename(columns=lambda i: f"fund {i}")
    funds.iloc[:200, 1] = np.nan  # young
    funds.iloc[:, 2:4] = funds.iloc[:, 2:4].mask(np.repeat(rng.random((len(DAYS), 1)) < 0.1, 2, 1))  # same gaps
    funds.iloc[:, 4:6] = funds.iloc[:, 4:6].mask(rng.random((len(DAYS), 2)) < 0.1)  # gaps on days of its own
    funds = funds.drop(DAYS[250])
    controls = pd.DataFrame(rng.normal(0, 0.01, (len(DAYS), 2)), DAYS, ["a", "b"]).mask(
        rng.random((len(DAYS), 2)) < 0.02
    )
    dates = month_ends(DAYS)[3::3]
    options = {"window": 120, "half_life": half_life, "shrink": shrink, "cash": cash, "min_days": 60}
    options["prior"] = pd.DataFrame(rng.dirichlet(np.ones(6), 3), month_ends(DAYS)[[4, 8, 12]], NAMES)
    options["controls"] = controls if with_controls else None
    found = fund_weights(funds, x, dates, **options)
    found = found.pivot(index=["code", "date"], columns="industry_name", values="weight")
    compared = 0
    for code in funds:
        alone = one_by_one(funds[code], x, dates, **options)
        pd.testing.assert_frame_equal(simulate_weights(funds[code], x, dates, **options), alone, atol=1e-9, rtol=0)
        if (there := alone.dropna()).empty:
            continue
        mine = found.loc[code].reindex(columns=NAMES).fillna(0.0)
        pd.testing.assert_frame_equal(mine, there, atol=1e-9, rtol=0, check_names=False, check_freq=False)
        compared += len(there)
    assert compared > 20


def test_misallocation_is_the_weight_that_sits_elsewhere():
    dates = pd.DatetimeIndex(["2020-01-31", "2020-02-28"])
    truth = pd.DataFrame([[0.5, 0.5], [np.nan, np.nan]], dates, ["a", "b"])
    guess = pd.DataFrame([[0.8, 0.2], [1.0, 0.0]], dates, ["a", "b"])
    assert misallocated(guess, truth).iloc[0] == pytest.approx(0.3) and np.isnan(misallocated(guess, truth).iloc[1])


def test_the_choice_of_a_date_depends_on_earlier_errors_only():
    rng = np.random.default_rng(3)
    x = panel()
    y = x @ TRUE + rng.normal(0, 0.006, len(x))
    dates = month_ends(DAYS)[4:]
    truth = pd.DataFrame(np.tile(TRUE, (len(dates), 1)), dates, NAMES)
    options = {"shrinks": (0.0, 0.3, 3.0), "half_lives": (None,), "warmup": 3, "window": 120}
    errors, weights = walk_forward(y, x, truth, **options)
    later = truth.copy()
    later.iloc[5:] = 1 / 6
    changed, other = walk_forward(y, x, later, **options)
    pd.testing.assert_frame_equal(weights.loc[: dates[5]], other.loc[: dates[5]], check_exact=True)
    assert errors.index[0] == dates[3] and changed["shrink"].iloc[-1] != errors["shrink"].iloc[-1]


@pytest.mark.snapshot
def test_the_improved_look_through_beats_the_plain_one_against_csi300(snapshot_dir):
    from helpers.lookthrough.index_industries import index_industry_weights

    read = {n: pd.read_parquet(snapshot_dir / f"{n}.parquet") for n in ("index_weights", "stock_industry")}
    daily = pd.read_parquet(snapshot_dir / "industry_daily.parquet", filters=[("scheme", "==", "SW2021_L1")])
    index = pd.read_parquet(snapshot_dir / "index_daily.parquet")
    x = daily.pivot(index="date", columns="industry_name", values="close").pct_change(fill_method=None)
    r = index.pivot(index="date", columns="index_code", values="close").pct_change(fill_method=None)
    truth = index_industry_weights(**read, scheme="SW2021_L1", backcast=True).xs("000300", level="index_code")
    truth = truth.loc[month_ends(truth.index)].drop(columns="unlabelled").iloc[12::6]
    controls = pd.DataFrame({"mid": r["000905"] - r["000852"], "all": r["000905"] - x.mean(axis=1)})
    plain = simulate_weights(r["000300"], x, truth.index, shrink=0.0, half_life=None)
    better = simulate_weights(r["000300"], x, truth.index, controls=controls)
    before, after = misallocated(plain, truth), misallocated(better, truth)
    assert before.between(0.15, 0.45).all()
    assert after.mean() < 0.75 * before.mean() and (after < before).mean() > 0.9
