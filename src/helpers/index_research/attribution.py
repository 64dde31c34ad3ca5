"""Where an excess return came from: industries, stocks, factors; and which holdings made the index move.

Every decomposition here adds up: what the pieces do not explain is a row of its own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.inference import newey_west_lags

__all__ = [
    "EFFECTS",
    "allocation_by_industry",
    "brinson",
    "brinson_months",
    "factor_attribution",
    "holding_contributions",
    "link",
]

UNPRICED = "without prices"
EFFECTS = ["allocation", "selection", "interaction"]


def brinson(portfolio: pd.Series, benchmark: pd.Series, returns: pd.Series, groups: pd.Series) -> pd.DataFrame:
    r"""Split one period's excess return by group (Brinson and Fachler).

    $$ R_p - R_b = \sum_g \Big[ (w^p_g - w^b_g)(r^b_g - R_b) + w^b_g (r^p_g - r^b_g)
    + (w^p_g - w^b_g)(r^p_g - r^b_g) \Big] $$

    Parameters
    ----------
    portfolio, benchmark : Series
        Weights at the start of the period by stock, each summing to 1.
    returns : Series
        Return of the period by stock; one for every stock held.
    groups : Series
        Group of every stock held, such as its industry.

    Returns
    -------
    DataFrame
        Groups × ``portfolio, benchmark`` (weights), ``portfolio_return, benchmark_return``, ``allocation, selection,
        interaction``. The last three add up to the excess return exactly.

    Raises
    ------
    ValueError
        If weights do not sum to 1, or a stock held has no return or group.

    Notes
    -----
    A group that only one side holds takes the benchmark's return on the other side: nothing was selected there.
    """
    held = portfolio.index.union(benchmark.index)
    for name, weights in (("portfolio", portfolio), ("benchmark", benchmark)):
        if not np.isclose(weights.sum(), 1, atol=1e-9):
            raise ValueError(f"the {name}'s weights sum to {weights.sum():.6g}, not to 1; divide by their sum")
    frame = pd.DataFrame({"p": portfolio, "b": benchmark}).reindex(held).fillna(0.0)
    frame["r"], frame["g"] = returns.reindex(held), groups.reindex(held)
    if frame[["r", "g"]].isna().any(axis=None):
        bad = frame.index[frame[["r", "g"]].isna().any(axis=1)]
        raise ValueError(
            f"{len(bad)} stocks held have no return or group, first {bad[0]}; drop them before attributing"
        )
    both = (
        frame.assign(pr=frame["p"] * frame["r"], br=frame["b"] * frame["r"]).groupby("g")[["p", "b", "pr", "br"]].sum()
    )
    total = both["br"].sum()
    base = (both["br"] / both["b"]).where(both["b"] > 0, total)
    own = (both["pr"] / both["p"]).where(both["p"] > 0, base)
    over = both["p"] - both["b"]
    return pd.DataFrame(
        {
            "portfolio": both["p"],
            "benchmark": both["b"],
            "portfolio_return": own,
            "benchmark_return": base,
            "allocation": over * (base - total),
            "selection": both["b"] * (own - base),
            "interaction": over * (own - base),
        }
    ).rename_axis("group")


def link(effects: pd.DataFrame, portfolio: pd.Series, benchmark: pd.Series) -> pd.Series:
    r"""Add periods up so that effects sum to the difference of compound returns (Cariño).

    $$ E = \sum_t \frac{k_t}{k} E_t, \qquad k_t = \frac{\ln(1+R^p_t) - \ln(1+R^b_t)}{R^p_t - R^b_t} $$

    Parameters
    ----------
    effects : DataFrame
        Periods × effects; each row sums to that period's ``portfolio - benchmark``.
    portfolio, benchmark : Series
        Returns of the periods.

    Returns
    -------
    Series
        By effect, fractions.
    """
    total_p, total_b = (1 + portfolio).prod() - 1, (1 + benchmark).prod() - 1
    factor = _log_ratio(portfolio.to_numpy(), benchmark.to_numpy()) / _log_ratio(total_p, total_b)
    return effects.mul(factor, axis=0).sum()


def _log_ratio(p, b):
    gap = np.asarray(p - b, dtype=float)
    same = np.abs(gap) < 1e-12
    return np.where(same, 1 / (1 + np.asarray(p)), np.log((1 + p) / (1 + b)) / np.where(same, 1, gap))


def brinson_months(
    index_weights: pd.DataFrame,
    pair: tuple[str, str],
    closes: pd.DataFrame,
    labels: pd.DataFrame,
    reported: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attribute the excess of one index over another, month by month, from weights known at each month's start.

    Parameters
    ----------
    index_weights : DataFrame
        Canonical; dates at which both indices have weights begin the periods.
    pair : (str, str)
        The index and the one it is measured against.
    closes : DataFrame
        Dates × stocks, adjusted; must hold the dates of the weights.
    labels : DataFrame
        Dates × stocks: the group of each stock at the start of each period.
    reported : DataFrame
        Dates × the two index codes: the levels as published.

    Returns
    -------
    periods : DataFrame
        By start: ``end, reported`` (excess as published), ``allocation, selection, interaction, residual`` (published
        less explained: cash dividends, changes within the period, rounded weights), ``unpriced`` (largest share of
        either index without a price).
    groups : DataFrame
        Groups × effects, linked over all periods; ``residual`` is not in it.

    Raises
    ------
    ValueError
        If the two indices share no two dates with weights and prices.
    """
    sides = [_panel(index_weights, code, closes.columns) for code in pair]
    everyone = sides[0].columns.union(sides[1].columns, sort=False)
    sides, closes = [side.reindex(columns=everyone, fill_value=0.0) for side in sides], closes.reindex(columns=everyone)
    labels = labels.reindex(columns=everyone)
    dates = sides[0].index.intersection(sides[1].index).intersection(closes.index).sort_values()
    rows, tables, returns = [], {}, {}
    for start, end in zip(dates[:-1], dates[1:], strict=True):
        moved = closes.loc[end] / closes.loc[start] - 1
        ok = (moved.notna() & labels.loc[start].notna()).to_numpy()
        held = [side.loc[start] for side in sides]
        known = [weights[ok & (weights > 0).to_numpy()] for weights in held]
        table = brinson(*[k / k.sum() for k in known], moved, labels.loc[start])
        gone = reported.loc[end] / reported.loc[start] - 1
        excess = gone[pair[0]] - gone[pair[1]]
        lost = max(1 - k.sum() / weights.sum() for k, weights in zip(known, held, strict=True))
        sums = table[EFFECTS].sum()
        row = {
            "start": start,
            "end": end,
            "reported": excess,
            **sums,
            "residual": excess - sums.sum(),
            "unpriced": lost,
        }
        rows.append(row)
        tables[start] = table[EFFECTS]
        returns[start] = [(table[s] * table[f"{s}_return"]).sum() for s in ("portfolio", "benchmark")]
    if not rows:
        raise ValueError(f"{pair[0]} and {pair[1]} share no two dates with weights and prices")
    periods = pd.DataFrame(rows).set_index("start")
    wide = pd.concat(tables).unstack().fillna(0.0)
    gone = pd.DataFrame(returns, index=["p", "b"]).T
    linked = link(wide, gone["p"], gone["b"])
    return periods, linked.unstack(0)[EFFECTS]


def _panel(index_weights: pd.DataFrame, code: str, stocks: pd.Index) -> pd.DataFrame:
    """Return the weights of one index as dates × stocks, zero where a stock is no member.

    A member without prices stands in the last column, so that its weight is not forgotten.
    """
    wide = index_weights[index_weights["index_code"] == code].pivot(index="date", columns="code", values="weight")
    foreign = wide.columns.difference(stocks)
    table = wide.reindex(columns=stocks).fillna(0.0)
    return table.assign(**{UNPRICED: wide[foreign].sum(axis=1)}) if len(foreign) else table


def allocation_by_industry(
    portfolio: pd.Series, benchmark: pd.Series, returns: pd.Series, reported: float
) -> pd.DataFrame:
    """Split an excess into industry allocation and the rest, where no stock prices are at hand.

    Parameters
    ----------
    portfolio, benchmark : Series
        Industry weights at the start of the period.
    returns : Series
        Returns of the industry indices over it.
    reported : float
        Excess return as published.

    Returns
    -------
    DataFrame
        Industries × ``portfolio, benchmark, industry_return, allocation``, and a last row ``rest`` (selection within
        industries, and all else): the column ``allocation`` adds up to ``reported``.
    """
    frame = pd.DataFrame({"portfolio": portfolio, "benchmark": benchmark}).fillna(0.0)
    frame["industry_return"] = returns.reindex(frame.index)
    frame = frame[frame["industry_return"].notna()]
    total = (frame["benchmark"] * frame["industry_return"]).sum() / frame["benchmark"].sum()
    frame["allocation"] = (frame["portfolio"] - frame["benchmark"]) * (frame["industry_return"] - total)
    frame.loc["rest", "allocation"] = reported - frame["allocation"].sum()
    return frame


def factor_attribution(returns: pd.Series, factors: pd.DataFrame, lags: int | None = None) -> pd.DataFrame:
    """Explain returns by exposures to factors: ordinary least squares with Newey-West errors.

    Parameters
    ----------
    returns : Series
        Periodic returns, by date.
    factors : DataFrame
        Dates × factor returns; dates both have are used.
    lags : int, optional
        Autocovariances of the errors; default :func:`helpers.inference.newey_west_lags`.

    Returns
    -------
    DataFrame
        ``alpha``, the factors and ``total`` × ``exposure, t, low, high`` (95 %), ``contribution`` (exposure times the
        factor's mean). The contributions of alpha and the factors add up to the mean return, which is ``total``'s;
        ``attrs`` hold ``n`` and ``r2``.

    Raises
    ------
    ValueError
        With fewer than ten dates per factor.
    """
    both = factors.join(returns.rename("_own"), how="inner").dropna()
    if len(both) < 10 * (factors.shape[1] + 1):
        raise ValueError(f"{len(both)} dates are too few for {factors.shape[1]} factors; ten for each are the least")
    import statsmodels.api as sm  # slow to import, and only this needs it

    lags = newey_west_lags(len(both)) if lags is None else lags
    design = sm.add_constant(both[factors.columns]).rename(columns={"const": "alpha"})
    fit = sm.OLS(both["_own"], design).fit(cov_type="HAC", cov_kwds={"maxlags": lags})
    low, high = fit.conf_int().T.to_numpy()
    table = pd.DataFrame({"exposure": fit.params, "t": fit.tvalues, "low": low, "high": high})
    table["contribution"] = fit.params * design.mean()
    table.loc["total", "contribution"] = both["_own"].mean()
    table.attrs = {"n": len(both), "r2": float(fit.rsquared)}
    return table


def holding_contributions(start: pd.Series, end: pd.Series, returns: pd.Series) -> pd.DataFrame:
    r"""Return what each holding added to the index: average weight times return, largest first.

    $$ c_i = \tfrac12 (w_{i,0} + w_{i,1})\, r_i $$

    Parameters
    ----------
    start, end : Series
        Weights at both ends of the period by stock.
    returns : Series
        Return of the period by stock.

    Returns
    -------
    DataFrame
        ``start, end, average, return, contribution``. Rebuilds S001 Table 9.
    """
    frame = pd.DataFrame({"start": start, "end": end, "return": returns}).dropna(subset="return")
    frame[["start", "end"]] = frame[["start", "end"]].fillna(0.0)
    frame.insert(2, "average", (frame["start"] + frame["end"]) / 2)
    frame["contribution"] = frame["average"] * frame["return"]
    return frame.sort_values("contribution", ascending=False, kind="stable")
