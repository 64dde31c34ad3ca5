# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 · Four-factor industry rotation
#
# This chapter asks what four readings of ETF money, averaged into one score of every industry, would have earned
# after costs, and whether that can be told from luck. The rotation report (S002, 华福证券) holds the six best
# industries equally for two weeks, then looks again. It prints what that earned from October 2019 to January
# 2026, year by year, and the portfolio of seven recent periods.
#
# This chapter builds the same machine on whatever tables the run has. You will learn
#
# - what each factor measures, and what it cannot see;
# - how much the answer depends on *when* one could have traded, and at which close the report's own numbers begin;
# - whether the factors knew anything about later returns, with the error bars the report leaves out;
# - what the portfolio earned after costs, and how that compares with industries drawn by lot;
# - which printed numbers contradict each other, and which benchmark nobody can rebuild.
#
# A run that lacks a table goes on without it and says so, here and in the scoreboard.

# %%
from contextlib import suppress

import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from helpers import planted, published
from helpers.backtest.selection import rebalance_calendar
from helpers.backtest.sweep import sweep
from helpers.factors import composite, evaluation, factor_correlation, factor_divergence, left_over, placebo_change
from helpers.figures import rotation as draw
from helpers.figures import show
from helpers.flows import marginal_change
from helpers.inference import ic_summary, mean_test, rank_ic
from helpers.panels import as_known, industry_closes
from helpers.performance import YEARLY_COLUMNS, monthly_excess, monthly_win_rate, payoff_ratio, yearly_table
from helpers.rotation import benchmarks, report
from helpers.rotation import board as rows
from helpers.rotation.inputs import CHANGE, DIVERGENCE, FACTORS, FLOW, LEVEL, gather
from helpers.rotation.luck import random_excess
from helpers.rotation.printed import printed_tables, self_checks
from helpers.rotation.sectors import sector_mix
from helpers.rotation.strategies import style_timed_weights, top_weights, trade
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market
from helpers.tables import MissingTable

# %% tags=["parameters"]
source = "demo"
data = None
end = None
rotation_scheme = "SW2021_L1"  # industries rotated among: SW2021_L1 or CITIC_L1 (the report's)
rotation_start = "2019-10-08"  # the report's first day
style_timed_start = "2017-01-09"  # the report's first day of the style-timed strategy
top_n = 6
holding_weeks = 2
trade_lag = 1  # sessions from the decision's close to the fill; 0 trades at the close of the decision itself
cost_bps = 10.0  # fee on money traded, buying and selling alike
backcast_labels = True  # give stocks their first industry label also before it began
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
size_lambda = 100.0
growth_lambda = 1000.0
style_start = "2015-01-05"

# %% [markdown]
# ## What this run can be fed with
#
# The report needs six things every week: industry prices, the units of every stock ETF, the weights of every index
# they track, labels of the stocks, what active funds hold, and how fast new funds of both kinds sell. Below is what
# this run has. Nothing missing is replaced by a guess.

# %%
market = load_market(source, data, end=end)
how = {
    "scheme": rotation_scheme,
    "size_pair": size_pair,
    "growth_pair": growth_pair,
    "size_lambda": size_lambda,
    "growth_lambda": growth_lambda,
    "style_start": style_start,
    "backcast": backcast_labels,
}
inputs = gather(market, **how)
factors, prices, active = inputs.factors, None, None
with suppress(MissingTable):
    prices = inputs.prices
with suppress(MissingTable):
    active = inputs.active
YEAR = 250  # sessions in a year: the number behind every printed rate (see the checks of the report)
FEWEST = 6  # decisions a strategy must hold something on before it is worth a table
shown = inputs.table.set_index("input")
shown.assign(lacks=shown["lacks"].map(", ".join))

# %% tags=["remove-input"]
lacking = [FACTORS[name] for name in FACTORS if name not in factors]
lines = [f"This run uses {market.label}. It can form {len(factors)} of the four factors."]
if lacking:
    lines.append(f"It cannot form {', '.join(lacking)}.")
if inputs.lacking():
    lines.append(
        "It is therefore **not** the report's strategy but the same machine on a part of its input; missing or "
        f"too thin: {', '.join(inputs.lacking())}."
    )
if FLOW in factors and (market["index_weights"]["index_code"].nunique() == 1):
    lines.append(
        "All funds that can be looked through track **one** index, so the money is always spread in the same "
        "proportion: in- and outflows cancel out of every share, and what moves the shares is the index itself "
        "(its prices and its reviews). Factors 1 to 3 then say how an index weights industries, not where money goes."
    )
Markdown(" ".join(lines))

# %% [markdown]
# ## The clock
#
# A holding period is two weeks that have trading sessions. It is decided with what is known after the close of the
# last session before it. ETF units of a day are published that evening, so the first close at which anyone can act
# is the close of the **next** session, $t+1$, and the first return one earns is that of $t+2$:
#
# $$ r^{\text{earned}}_{i} = \frac{P_{i,\,t'+1}}{P_{i,\,t+1}} - 1, \qquad t, t' \text{ two decisions in a row.} $$
#
# Counting trading weeks from the report's first day lands on its printed periods, holidays included.

# %%
printed_periods = published.load("s002_holdings_periods")
last_day = prices.index[-1] if prices is not None else pd.Timestamp(end or "2026-03-06")
calendar = rebalance_calendar(min(pd.Timestamp(rotation_start), last_day), last_day, weeks=holding_weeks)
counted = rebalance_calendar("2019-10-08", "2026-03-06", weeks=2).dropna(subset="last")
clock = printed_periods[["period_start", "period_end"]].merge(
    counted, left_on="period_end", right_on="last", how="left"
)
clock[["period_start", "period_end", "decision", "first", "last"]]

# %% [markdown]
# The report prints what each held industry earned in each period. Industries with the same name in both schemes tell
# which close it starts from: the close *of the decision*, whose data were not out yet, or the next one.

# %%
holdings_printed = published.load("s002_holdings")
compared = report.which_close(holdings_printed, prices) if prices is not None else pd.DataFrame()
if len(compared):
    show(
        draw.plot_clock(compared),
        caption=f"Printed returns of held industries against {rotation_scheme} indices of the same name, bought at the "
        f"close of the decision or one session later. {market.label}",
        alt="Scatter of printed against index returns. Points bought at the close of the decision lie near the "
        "diagonal, points bought at the next close scatter widely.",
    )

# %% tags=["remove-input"]
if len(compared):
    off = {c: (compared["printed"] - compared[c]).abs().mean() for c in ("from_decision_close", "from_next_close")}
    early = off["from_decision_close"] < off["from_next_close"]
    text = (
        f"Over {len(compared)} printed returns the mean distance is {off['from_decision_close']:.2f} percentage points "
        f"from the close of the decision and {off['from_next_close']:.2f} from the next close. "
    )
    if market.simulated:
        text += "In a simulated market neither means anything."
    elif min(off.values()) > 1:
        text += "Neither fits: these prices are not the ones the report used."
    elif early:
        text += (
            "The printed returns begin at **the close of the decision**, including the period that is labelled as "
            "starting a session late. Nobody could have bought there on that evening's data. "
        )
        waits = f"Below, every number waits {trade_lag} session{'s' if trade_lag != 1 else ''}."
        text += waits if trade_lag else "This run is told to buy there all the same (`trade_lag` is 0)."
    else:
        text += "The printed returns begin at **the next close**, where one could have bought."
else:
    text = "This run has no prices over the printed periods, so this cannot be checked."
Markdown(text)

# %% [markdown]
# ## Four factors
#
# Let $w_{i,t}$ be the share of industry $i$ in the ETF money that was looked through (chapter 05), $a_{i,t}$ its share
# in active funds (chapter 06), $z(\cdot)$ standardisation across industries on one date, and $S_t, G_t = \pm 1$ the
# styles of chapter 04 (large caps, growth in favour: $+1$), and $H_t = \pm 1$ the issuance heat of chapter 06 (new ETFs
# sell faster than new active funds: $+1$).
#
# | | factor | value | held when high because |
# |---|---|---|---|
# | 1 | short-term flow 短期资金流入流出 | $z(w_t - w_{t-1})$, one week | money has just come in |
# | 2 | style-adjusted level 风格调整后持仓程度 | $S_t\, z(w_t)$ | ETFs hold much, and large caps lead |
# | 3 | style-adjusted change 风格调整后持仓边际变化 | $G_t\, z(w_t - w_{t-4})$, a month | ETFs add, and growth leads |
# | 4 | divergence 与权益基金的持仓分歧度 | $H_t\, z(w_t - a_t)$ | it is heavy on the side that sells faster |
#
# A date on which one cannot be formed is empty, never zero. The composite is the mean of those a date has.

# %%
labels = {FLOW: "1 flow", LEVEL: "2 level", CHANGE: "3 change", DIVERGENCE: "4 divergence"}
ready = prices is not None and bool(factors)
if ready:
    combined = composite(factors)
    decisions = calendar["decision"]
    there = as_known(combined.available.astype(float), decisions).rename(columns=labels)
    shown = there.groupby(there.index.year).mean().rename_axis("share of decisions that had the factor")
    display(shown.style.format("{:.0%}", na_rep="none").set_uuid("available"))

# %% tags=["remove-input"]
text = ""
if ready:
    still = {name: 1 - frame.notna().any(axis=1).mean() for name, frame in factors.items()}
    text = f"Of all weeks with holdings, factor 1 is empty in {still.get(FLOW, 1):.0%}. "
    if market["index_weights"]["index_code"].nunique() == 1:
        text += (
            "With one index no share moves in a week without new index weights. Such a week is **no information**: "
            "the last digits that differ are rounding, and rounding is never ranked. The composite of such a date is "
            "the mean of the other factors."
        )
Markdown(text)

# %% [markdown]
# ## Are they four different things?
#
# The report prints correlations near zero and calls the factors independent. The one large number is level against
# change, which are made of the same weights.

# %%
correlation_printed = (
    published.load("s002_factor_correlation")
    .pivot(index="factor_a", columns="factor_b", values="correlation_pct")
    .reindex(index=list(FACTORS), columns=list(FACTORS))
)
correlation = factor_correlation(factors) if factors else pd.DataFrame(dtype=float)
show(
    draw.plot_correlations(correlation, correlation_printed / 100, labels)[0],
    caption=f"Correlation of the factors across industries and weeks, beside the printed matrix. {market.label}",
    alt="Two four-by-four matrices of correlations; a dash marks a factor this run cannot form.",
)

# %% tags=["remove-input"]
text = "Without factors there is nothing to compare."
if CHANGE in factors and prices is not None:
    change = marginal_change(inputs.money.share, 4)
    change = change[change.abs().max(axis=1) > 0]
    same = {w: rank_ic(change, as_known(prices.pct_change(5 * w), change.index)).mean() for w in (4, 8)}
    text = (
        "A share also moves with prices, without any inflow. Before its sign is turned, the monthly change of the ETF "
        f"share has a mean rank correlation of {same[4]:.2f} with the industry's own return over the last four weeks "
        f"and {same[8]:.2f} over the last eight. The next section therefore tests a *placebo* beside factor 3: plain "
        "four-week price momentum with the same sign of growth, no ETF in it."
    )
Markdown(text)

# %% [markdown]
# ## Did they know anything?
#
# The *rank IC* is Spearman's correlation, across industries, of a factor at the decision and the return earned from
# that decision's fill to the next one. Its mean over decisions, divided by its standard error, is a $t$ value. With
# four factors tried, one of them reaches $|t| > 2$ by luck about every fifth time.

# %%
if ready:
    first_day = min(pd.Timestamp(rotation_start), pd.Timestamp(style_timed_start), last_day)
    at = rebalance_calendar(first_day, last_day, weeks=holding_weeks)["decision"]
    judged = {**factors, "composite": combined.score}
    if CHANGE in factors:
        judged["placebo"] = placebo_change(prices, factors[CHANGE].dropna(how="all").index, inputs.growth_state)
    known = {name: as_known(frame, at) for name, frame in judged.items()}
    forward = evaluation.period_returns(prices, at, trade_lag)
    tests = evaluation.summary(known, prices, at, lag=trade_lag)
    named = {**labels, "composite": "composite", "placebo": "placebo for 3: price momentum"}
    display(tests.rename(index=named).style.format(precision=3).format("{:.0f}", subset=["n"]).set_uuid("tests"))

# %% [markdown]
# Labels matter, too. A stock that changed its label in 2021 carries the later one back in time when `backcast_labels`
# is true. The same test with labels only from the day they began is the stricter one.

# %%
if ready and backcast_labels:
    strict = gather(market, **{**how, "backcast": False})
    if strict.factors:
        strict_score = as_known(composite(strict.factors).score, at)
        strict_test = ic_summary(strict_score, forward)

# %% tags=["remove-input"]
text = "No factor could be formed over enough periods, so there is nothing to test."
if ready and tests["ic_t"].notna().any():
    own = tests.drop(index="placebo", errors="ignore").dropna(subset="ic_t")
    best = own["ic_t"].abs().idxmax()
    strong = own.index[own["ic_t"].abs() > 2]
    text = (
        f"The largest $t$ value belongs to {named[best]} ({own.loc[best, 'ic_t']:.1f}, mean IC "
        f"{own.loc[best, 'ic']:.3f} over {own.loc[best, 'n']:.0f} periods). "
    )
    text += (
        f"Above two in absolute value: {', '.join(named[s] for s in strong)}. "
        if len(strong)
        else "None is above two in absolute value: nothing here can be told from luck. "
    )
    if "placebo" in tests.index:
        real, fake = tests.loc[CHANGE, "ic"], tests.loc["placebo", "ic"]
        rest = ic_summary(left_over(known[CHANGE], known["placebo"]), forward)
        text += (
            f"Factor 3 has a mean IC of {real:.3f}, its placebo without any ETF {fake:.3f}; the two correlate at "
            f"{known[CHANGE].stack().corr(known['placebo'].stack()):.2f}. With the placebo taken out of factor 3 on "
            f"each date, {rest['mean']:.3f} is left ($t$ = {rest['t']:.1f})"
        )
        text += ", which cannot be told from nothing. " if abs(rest["t"]) < 2 else ". "
    if backcast_labels and strict.factors and abs(strict.money.coverage.mean() - inputs.money.coverage.mean()) > 0.01:
        text += (
            f"With labels only from the day they began, and {strict.money.coverage.mean():.0%} instead of "
            f"{inputs.money.coverage.mean():.0%} of the money looked through, the composite's mean IC is "
            f"{strict_test['mean']:.3f} ($t$ = {strict_test['t']:.1f})."
        )
Markdown(text)

# %%
if ready:
    decay = {labels[n]: evaluation.ic_decay(f, prices, range(1, 9), lag=trade_lag) for n, f in factors.items()}
    show(
        draw.plot_decay(decay),
        caption=f"Decay: rank correlation of each factor with the return of single later weeks. {market.label}",
        alt="Bars of mean rank IC for weeks one to eight after the decision, one colour a factor, with error bars.",
    )
    groups = {labels[n]: evaluation.quantile_returns(known[n], forward) for n in factors}
    show(
        draw.plot_groups(groups),
        caption=f"Mean return of five groups of industries by factor, less the mean of the groups. {market.label}",
        alt="Bars for groups one to five, one colour a factor.",
    )

# %% [markdown]
# ## The portfolio
#
# The composite's six best industries, equally weighted, changed every two weeks. Between changes weights drift with
# prices. A change costs `cost_bps` on everything bought and sold. The benchmark holds all industries equally, is
# rebalanced on the same days and pays nothing.

# %%
if ready:
    weights = top_weights(combined.score, decisions, top_n)
    ready = (weights.sum(axis=1) > 0).sum() >= FEWEST
if ready:
    main = trade(weights, prices, lag=trade_lag, cost_bps=cost_bps)
    table = yearly_table(main.returns, main.benchmark, periods_per_year=YEAR)
    show(
        draw.plot_wealth({"after costs": main.returns, "before costs": main.gross}, main.benchmark)[0],
        caption=f"Wealth of the rotation and of all industries equally. {market.label}",
        alt="Line chart of wealth, and below it the ratio of the rotation's wealth to the benchmark's.",
    )

# %%
printed_years = published.load("s002_four_factor_yearly").set_index("period")
if ready:
    percent = [c for c in YEARLY_COLUMNS if c not in ("sharpe", "information_ratio")]
    ours = table[list(YEARLY_COLUMNS)].copy()
    ours[percent] *= 100
    printed = printed_years[list(report.PRINTED_COLUMNS.values())].set_axis(list(YEARLY_COLUMNS), axis=1)
    beside = pd.concat({"computed": ours, "printed": printed}, axis=1).swaplevel(axis=1)
    order = [*sorted(set(beside.index) - {"full"}), "full"]
    beside = beside.loc[order, [(c, s) for c in YEARLY_COLUMNS for s in ("computed", "printed")]]
    display(beside.T.style.format("{:.2f}", na_rep="").set_uuid("years"))

# %% tags=["remove-input"]
if ready:
    full = table.loc["full"]
    gross_excess = yearly_table(main.gross, main.benchmark, periods_per_year=YEAR).loc["full", "excess_return"]
    per_period = report.excess_by_period(main.weights, prices, trade_lag)["excess"]
    evidence = mean_test(per_period, lags=0)
    months = monthly_excess(main.returns, main.benchmark)
    text = (
        f"From {main.returns.index[0]:%Y-%m-%d} to {main.returns.index[-1]:%Y-%m-%d} the rotation returned "
        f"**{full['return']:.2%}** a year after costs, the benchmark {full['benchmark_return']:.2%}: an excess of "
        f"{full['excess_return']:.2%} ({gross_excess:.2%} before costs), information ratio "
        f"{full['information_ratio']:.2f}. It beat the benchmark in "
        f"{monthly_win_rate(main.returns, main.benchmark):.0%} of {len(months)} months, with winning months "
        f"{payoff_ratio(main.returns, main.benchmark):.2f} times as large "
        f"as losing ones. The mean excess of a holding period has $t$ = **{evidence['t']:.2f}** "
        f"({evidence['n']} periods), before costs and before counting what else was tried."
    )
    printed_full = printed_years.loc["full"]
    text += (
        f" The report prints {printed_full['return_pct']:.2f} % a year, {printed_full['excess_return_pct']:.2f} % "
        f"above its benchmark, at {YEAR} sessions a year like ours. It states no costs: set the number before costs "
        "beside it."
    )
Markdown(text if ready else "The composite has no value on any decision date: nothing was traded.")

# %%
if ready:
    show(
        draw.plot_monthly_excess(months),
        caption=f"Monthly excess of the rotation after costs (arithmetic). {market.label}",
        alt="Bars of monthly excess, red above and green below zero.",
    )

# %% [markdown]
# ## Luck, delay, costs and other choices
#
# Three questions the printed table does not answer. What do six industries *drawn by lot* on the same days earn? What
# is left if one trades later, or pays more? And was six industries every two weeks the lucky cell of a map?

# %%
if ready:
    lots = random_excess(main, prices, lag=trade_lag, runs=300, periods_per_year=YEAR)
    own = (main.gross - main.benchmark).mean() * YEAR
    span = prices.loc[main.weights.index[0] : main.returns.index[-1]]
    score_at = as_known(combined.score, main.weights.index)
    base = benchmarks.equal_weight_returns(span)
    options = {"benchmark": base, "periods_per_year": YEAR}
    tried = sweep(score_at, span, {"lag": [0, 1, 2, 3, 5], "cost_bps": [0, 5, 10, 20, 30], "top_n": [top_n]}, **options)
    wait = tried.pivot(index="cost_bps", columns="lag", values="excess_return") * 100
    show(
        draw.plot_map(
            wait.rename_axis(index="cost (bp)", columns="sessions from decision to fill"), "Excess a year (%)"
        ),
        caption=f"Yearly excess over daily rebalanced equal weight, by delay and cost. {market.label}",
        alt="Grid of yearly excess returns by sessions of delay and cost in basis points.",
    )

# %%
if ready:
    weekly = as_known(combined.score, combined.score.loc[span.index[0] : span.index[-1]].index)
    sizes = sorted(n for n in {3, 4, 5, 6, 8, 10, top_n} if n <= prices.shape[1])
    shape = {
        "top_n": sizes,
        "every": sorted({1, 2, 3, 4, 6, holding_weeks}),
        "lag": [trade_lag],
        "cost_bps": [cost_bps],
    }
    choice = sweep(weekly, span, shape, **options).pivot(index="top_n", columns="every", values="excess_return") * 100
    show(
        draw.plot_map(
            choice.rename_axis(index="industries held", columns="weeks held"), "Excess a year after costs (%)"
        ),
        caption=f"Yearly excess after costs by number of industries and weeks held. {market.label}",
        alt="Grid of yearly excess returns by number of industries held and weeks between changes.",
    )

# %% tags=["remove-input"]
if ready:
    better = (lots >= own).mean()
    text = (
        f"Of {len(lots)} portfolios drawn by lot, **{better:.1%}** earned at least the rotation's {own:.2%} a year "
        f"(mean daily excess before costs, times {YEAR}; the tables compound instead); the luckiest five in a hundred "
        f"exceeded {np.quantile(lots, 0.95):.2%}. With a fill at the close of the decision the excess before costs, "
        f"compounded and over a benchmark rebalanced every day, would be {wait.loc[0, 0]:.2f} %, one session later it "
        f"is {wait.loc[0, 1]:.2f} %, five sessions later {wait.loc[0, 5]:.2f} %. The map of choices runs from "
        f"{choice.min().min():.1f} % to {choice.max().max():.1f} %; this run's cell, {top_n} industries for "
        f"{holding_weeks} weeks, has {choice.loc[top_n, holding_weeks]:.1f} %. "
        f"Turnover is {main.result.turnover.mean():.0%} of wealth bought and sold at an average change."
    )
Markdown(text if ready else "Nothing was traded.")

# %% [markdown]
# ## The two strategies alone
#
# *Style-timed* (风格强弱的择时持仓) puts half of the money on the level group and half on the change group that the
# styles favour; how the report joins them is not printed, equal halves are our reading. *Divergence* takes the six
# best of factor 4. Without issuance heat its side is unknown; then both sides are shown, each held all the time: in
# every period the report held one or the other.

# %%
alone = {}
if prices is not None and LEVEL in factors and CHANGE in factors:
    first_day = min(pd.Timestamp(style_timed_start), last_day)
    style_dates = rebalance_calendar(first_day, last_day, weeks=holding_weeks)["decision"]
    style_weights = style_timed_weights(factors[LEVEL], factors[CHANGE], style_dates, top_n)
    if (style_weights.sum(axis=1) > 0).sum() >= FEWEST:
        alone["style-timed"] = trade(style_weights, prices, lag=trade_lag, cost_bps=cost_bps)
sides = {}
if prices is not None and DIVERGENCE in factors:
    sides = {"divergence": factors[DIVERGENCE]}
elif prices is not None and active is not None:
    always = pd.Series(1.0, inputs.holdings.index)
    etf_side = factor_divergence(inputs.holdings, active, always)
    sides = {"ETF side always": etf_side, "active side always": -etf_side}
for name, side in sides.items():
    side_weights = top_weights(side, calendar["decision"], top_n)
    if (side_weights.sum(axis=1) > 0).sum() >= FEWEST:
        alone[name] = trade(side_weights, prices, lag=trade_lag, cost_bps=cost_bps)
tables_alone = {n: yearly_table(t.returns, t.benchmark, periods_per_year=YEAR) for n, t in alone.items()}

# %%
above = {name: 100 * found["excess_return"] for name, found in tables_alone.items()}
printed_alone = {"style-timed": "s002_style_timed_yearly", "divergence": "s002_divergence_strategy_yearly"}
for title, table_name in printed_alone.items():
    mine = {n: s for n, s in above.items() if (n == "style-timed") == (title == "style-timed")}
    if not mine:
        continue
    frame = pd.DataFrame({**mine, "printed": published.load(table_name).set_index("period")["excess_return_pct"]})
    frame = frame.loc[[*sorted(set(frame.index) - {"full"}), "full"]]
    show(
        draw.plot_years(frame, title=f"{title}: excess over equal weight by year, after costs"),
        caption=f"The {title} strategy alone, after {cost_bps:g} bp on money traded, beside the printed values, for "
        f"which no cost is stated; part years are stated as the report states them. {market.label}",
        alt="Bars of yearly excess, computed and printed.",
    )

# %% tags=["remove-input"]
lines = [
    f"- **{name}** ({t.returns.index[0]:%Y-%m} to {t.returns.index[-1]:%Y-%m}): "
    f"{tables_alone[name].loc['full', 'return']:.2%} a year after costs, excess "
    f"{tables_alone[name].loc['full', 'excess_return']:.2%}, $t$ of the mean excess per period before costs "
    f"{mean_test(report.excess_by_period(t.weights, prices, trade_lag)['excess'], lags=0)['t']:.2f}."
    for name, t in alone.items()
]
Markdown("\n".join(lines) if lines else "Neither strategy can be formed from this run's tables.")

# %% [markdown]
# ## What it leaned on
#
# The report says its portfolio moves through six sectors (板块) and names eight industries that beat the average in
# at least 55 of 100 holding periods. It does not list the members of the sectors; the grouping here is ours.

# %%
if ready:
    mix = sector_mix(main.weights[main.weights.sum(axis=1) > 0])
    show(
        draw.plot_sector_mix(mix),
        caption=f"Sectors of the portfolio at each decision. {market.label}",
        alt="Stacked areas of sector weights through time.",
    )
    wins = report.industry_win_rates(main.weights, prices, trade_lag)
    show(
        draw.plot_win_rates(wins),
        caption=f"Win rate of each industry over its holding periods, with the band in which a coin would land. "
        f"{market.label}",
        alt="Dots of win rates by industry over grey bands around fifty percent.",
    )

# %% tags=["remove-input"]
if ready:
    half = 1.96 * np.sqrt(0.25 / wins["periods"].where(wins["periods"] > 0))
    outside = wins.index[(wins["win_rate"] - 0.5).abs() > half]
    recent = mix.iloc[-6:].mean().sort_values(ascending=False)
    leaned = " and ".join(f"{name} ({share:.0%})" for name, share in recent.head(2).items())
    text = (
        f"Over the last six decisions the portfolio leaned most on {leaned}. "
        f"{len(outside)} of {int((wins['periods'] > 0).sum())} industries "
        "lie outside the band of a fair coin"
        + (f" ({', '.join(outside)})" if len(outside) else "")
        + "; one in twenty would by luck."
    )
Markdown(text if ready else "Nothing was held.")

# %% [markdown]
# ## Recent holdings
#
# As the report prints them: one row an industry, a flag where the factor stands in the upper half of all industries,
# the return of the period, and the *arithmetic* difference to the average industry (the yearly tables above use the
# geometric one; the report switches without saying so).

# %%
if ready:
    recent_rows = report.holdings_table(main.weights, factors, prices, last=7, lag=trade_lag)
    flags = [labels[name] for name in factors]
    nice = recent_rows.rename(columns=labels).set_index(["decision", "industry"])
    formats = {**dict.fromkeys(flags, "{:.0f}"), "abs_return": "{:.2%}", "excess_return": "{:.2%}"}
    nice.index = nice.index.set_levels([f"{d:%Y-%m-%d}" for d in nice.index.levels[0]], level=0)
    display(nice.style.format(formats, na_rep="").set_uuid("recent"))
    show(
        draw.plot_held(main.weights.iloc[-26:]),
        caption=f"Industries held at the last {min(26, len(main.weights))} decisions. {market.label}",
        alt="Grid of industries by decision date, filled where held.",
    )

# %% [markdown]
# ## What would it hold today?

# %%
if ready:
    latest = combined.score.dropna(how="all").index[-1]
    today = top_weights(combined.score, pd.Series([latest]), top_n).iloc[0]
    chosen = combined.score.loc[latest, today[today > 0].index].sort_values(ascending=False)
    parts = pd.DataFrame({labels[n]: f.loc[latest, chosen.index] for n, f in factors.items() if latest in f.index})
    display(parts.assign(composite=chosen).style.format("{:+.2f}", na_rep="none").set_uuid("today"))

# %% tags=["remove-input"]
if ready:
    age = (last_day - latest).days
    stale = f" That is {age} days before the last price of this run: a museum piece, not advice." if age > 14 else ""
    text = f"After the close of {latest:%Y-%m-%d} it would ask for {', '.join(chosen.index)}.{stale}"
Markdown(text if ready else "No score, no holding.")

# %% [markdown]
# ## The benchmark puzzle
#
# Every printed excess $e$ comes with a return $r$, so the benchmark behind it is $b = (1+r)/(1+e) - 1$. Four tables
# give the same $b$ to a hundredth of a point, so it is one series. It is called the equal weight of the industries.
# Is it? The candidates: equal weight rebalanced daily, weekly, monthly or never within a year, the median industry,
# without the residual industries (综合), with years that begin some sessions earlier or later, and plain indices.

# %%
implied = published.load("derived_s002_benchmark_yearly").query("source_table == 'style_timed'").set_index("period")
implied = implied.loc[implied.index.str.fullmatch(r"\d{4}"), "implied_benchmark_return_pct"]
implied = implied.set_axis(implied.index.astype(int)).loc[2018:2025]
nearest = pd.DataFrame()
if "industry_daily" in market:
    first_close = slice("2016-12-01", None)
    present = [s for s in ("CITIC_L1", "SW2021_L1") if s in set(market["industry_daily"]["scheme"])]
    schemes = {s: industry_closes(market["industry_daily"], s).loc[first_close] for s in present}
    index_closes = (
        market["index_daily"].pivot(index="date", columns="index_code", values="close").loc[first_close]
        if "index_daily" in market
        else None
    )
    found = benchmarks.candidates(schemes, index_closes)
    gaps = benchmarks.gaps(found, implied)
    shifted = gaps.index.str.contains("shifted")
    best_shift = gaps[shifted].groupby(gaps.index[shifted].str.split(",").str[0]).head(1)
    nearest = gaps[~shifted | gaps.index.isin(best_shift.index)]

# %%
if len(nearest):
    show(
        draw.plot_gaps(nearest),
        caption=f"Yearly return of each candidate less the printed benchmark, nearest first; of the shifted years only "
        f"the nearest shift of each scheme is shown. {market.label}",
        alt="Grid of differences in percentage points by candidate and year.",
    )

# %% tags=["remove-input"]
text = "This run has no industry prices, so no candidate can be tried."
if len(nearest):
    top = nearest.iloc[0]
    text = (
        f"The nearest of {len(gaps)} candidates is *{nearest.index[0]}*: on average {top['mean_gap']:.1f} points a "
        f"year away, at worst {top['largest_gap']:.1f}. "
    )
    if market.simulated:
        text += "In a simulated market no candidate can agree; the table only shows how the search works."
    elif top["largest_gap"] < 0.1:
        text += "It reproduces the printed benchmark."
    else:
        text += (
            "**None reproduces it.** The printed benchmark stays unexplained, and with it every printed excess: what "
            "is measured against a lower benchmark looks better by the difference."
        )
Markdown(text)

# %% [markdown]
# ## Do the printed tables agree with themselves?
#
# Arithmetic on the printed numbers alone, with no market data. A Sharpe ratio is return over volatility in every whole
# year; in the 2026 rows it is not. Full-period returns follow from the years when a year has 250 sessions. Where the
# report contradicts itself no computation can match it, and the scoreboard says so.

# %%
printed_yearly = printed_tables()
checks = self_checks(printed_yearly, holdings_printed, printed_periods)
board = Scoreboard("07_rotation", simulated=market.simulated)
for row in checks.to_dict("records"):
    board.add(**row)
shown = checks[["exhibit", "item", "published", "computed", "check"]].set_index(["exhibit", "item"])
shown.style.format(precision=2, na_rep="").set_uuid("checks")

# %% tags=["remove-input"]
truth = planted.truth_of(market)
if truth and ready:
    premiums = truth["planted"]["config"]["premiums"]
    as_planted = {FLOW: "flow", LEVEL: "level", CHANGE: "marginal", DIVERGENCE: "divergence"}
    display(planted.box(planted.factors_told(premiums, factors, forward, as_planted)))

# %% [markdown]
# ## Published and computed
#
# Rows that need the whole ETF market are computed only by a run that has it; otherwise they name what is missing.

# %%
needs = inputs.lacking() or ([] if ready else ["etf_shares"])
win_rate = 100 * monthly_win_rate(main.returns, main.benchmark) if ready else np.nan
payoff = payoff_ratio(main.returns, main.benchmark) if ready else np.nan
abstract = {"monthly win rate (%)": (64, win_rate), "payoff (times)": (1.38, payoff)}
abstract = pd.DataFrame([(k, *v) for k, v in abstract.items()], columns=["item", "published", "computed"])
citic = schemes.get("CITIC_L1") if "industry_daily" in market else None
equal = found.loc["CITIC_L1, equal, daily"] if citic is not None else None

own_needs = {
    "four-factor": needs,
    "style-timed": inputs.lacking(LEVEL, CHANGE),
    "divergence": inputs.lacking(DIVERGENCE),
}
rows.add_years(board, {"four-factor": table if ready else None, **tables_alone}, printed_yearly, own_needs)
rows.add_rows(board, "S002 abstract", abstract, needs, unit="", tolerance=0.005)
rows.add_correlations(board, correlation, correlation_printed, {name: inputs.lacking(name) for name in FACTORS})
rows.add_win_rates(board, wins if ready else None, needs)
rows.add_periods(board, clock)
rows.add_portfolios(board, clock, holdings_printed, main.weights if ready else None, needs)
rows.add_benchmark(board, implied, equal)
rows.add_holding_returns(board, holdings_printed, citic)
board

# %% [markdown]
# ## What to trust, and what not
#
# - **The accounting.** The engine agrees with an independent one on the same orders; with `trade_lag` at one no
#   decision trades before the next session; costs are paid out of what is traded.
# - **Not the level of the printed excess.** On real prices its benchmark could not be rebuilt, and its period returns
#   were found to begin at a close that was over before the data came out.
# - **The factors, as far as their error bars.** A $t$ value near two among four factors, several smoothing parameters
#   and a map of choices is what luck looks like, too.
# - **A thin run is thin.** With a few funds of one index family, "flow" is the index's own drift. The page says at the
#   top what it was fed with; read every figure with that sentence in mind.
# - **Labels before their time.** With `backcast_labels` a stock carries its first label also before it began, as the
#   industry indices themselves do in their early years. Set it to `false` to see what is left.
#
# ## Where to go next
#
# - Chapter 04 makes the style signals, 05 the industry holdings, 06 the active funds' weights used here.
# - Chapter 10 asks what costs, search and publication leave of all this.
# - To use it: copy the cells of *The portfolio*; `helpers.backtest.backtest` takes any weights and prices.
