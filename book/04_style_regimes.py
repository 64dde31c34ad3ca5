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
# # 04 · Style regimes
#
# This chapter asks whether one can know each week, without seeing the future, if large caps are beating small caps and
# growth is beating value, and what that answer is worth a week later. The rotation report (S002, 华福证券) answers
# every week. It takes the ratio of two indices, smooths it with a *one-sided Hodrick-Prescott filter* (单边HP滤波), and
# asks whether the smoothed line is rising (*factor momentum*, 因子动量). The answer later decides which industries its
# portfolio holds. The report prints 22 weeks of answers beside what the market then did, and says that the signal
# has a high hit rate when styles trend.
#
# This chapter rebuilds the filter, the signal and all the printed weeks, and then asks what the table proves. You
# will learn
#
# - why the usual HP filter must not be used in a back-test, and what the one-sided filter does instead;
# - how the end point of a filter can be exact and still cost almost nothing;
# - how late such a signal must be, and what it weighs to get there;
# - why agreeing with the *same* week is no forecast, and what the next week says;
# - how much room there is in the one number the report does not print, the smoothing parameter λ.
#
# Nothing here is tied to these two pairs. Put any two index codes into `size_pair` or `growth_pair` and the same
# page comes out for them, without the printed weeks.

# %%
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from helpers import planted, published
from helpers.figures import new_axes, show
from helpers.figures import regimes as draw
from helpers.hp_filter import cycle_response, end_point_weights, one_sided_hp, two_sided_hp
from helpers.inference import annual_mean
from helpers.regimes import (
    factor_momentum,
    flips_per_year,
    realised_style,
    spells,
    state_of,
    style_ratio,
    style_signal,
    turn_delay,
    unusable_pair,
    weekly_closes,
)
from helpers.regimes.hit_rates import hit_rate, long_short_returns, shuffled_hit_rates
from helpers.regimes.parameter_map import compare_weeks, lambda_start_map
from helpers.regimes.trend_filters import alternative_states
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first week judged and shown; None: after one year of warm-up
end = None
size_pair = ["000300", "000852"]  # CSI 300 over CSI 1000
growth_pair = ["399370", "399371"]  # CNI Growth over CNI Value
size_lambda = 100.0
growth_lambda = 1000.0
style_start = "2015-01-05"  # first day the filters see

# %% [markdown]
# ## Two ratios, one point a week
#
# A style is the ratio of two closes, sampled on the last session of each week:
#
# $$ R_t = \frac{A_t}{B_t}. $$
#
# $R$ rises exactly when $A$ returns more than $B$. A week ends on its last *session*: the week before a long
# holiday may end on a Tuesday. A last week that still has sessions to come is left out, since it has no close yet.

# %%
market = load_market(source, data, end=end)
indices = pd.DataFrame({"date": [], "index_code": [], "close": []})
if "index_daily" in market:
    indices = market["index_daily"]

asked = {"size": (size_pair, size_lambda), "growth": (growth_pair, growth_lambda)}
why_not = {style: unusable_pair(indices, pair, style_start, start) for style, (pair, _) in asked.items()}
closes = {s: weekly_closes(indices, pair, style_start) for s, (pair, _) in asked.items() if not why_not[s]}
signals = {}
for style, table in closes.items():
    ratio = style_ratio(table)
    signals[style] = style_signal(ratio, asked[style][1]).assign(realised=realised_style(ratio))

printed_pairs = {"size": ["000300", "000852"], "growth": ["399370", "399371"]}
names = {"size": ("large caps", "small caps"), "growth": ("growth", "value")}
sides = {s: names[s] if asked[s][0] == printed_pairs[s] else tuple(asked[s][0]) for s in asked}

# %% tags=["remove-input"]
lines = [
    f"- **{s}**: {' over '.join(asked[s][0])}, {len(t)} weeks from {t.index[0]:%Y-%m-%d} to {t.index[-1]:%Y-%m-%d}, "
    f"λ = {asked[s][1]:,g}; {t['state'].dropna().iloc[-1]:.0f} in the last week "
    f"({sides[s][0] if t['state'].dropna().iloc[-1] == 1 else sides[s][1]} in favour)."
    for s, t in signals.items()
]
lines += [f"- **{s}**: no page, because {why}." for s, why in why_not.items() if why]
Markdown(f"This run uses {market.label}.\n\n" + "\n".join(lines))

# %% [markdown]
# ## The filter, and why its usual form sees the future
#
# The Hodrick-Prescott trend of $y_0, \dots, y_T$ is the line $\tau$ that stays close to the data and bends little:
#
# $$ \min_{\tau} \; \sum_{s=0}^{T} (y_s - \tau_s)^2 + \lambda \sum_{s=2}^{T} (\tau_s - 2\tau_{s-1} + \tau_{s-2})^2
# \quad\Longleftrightarrow\quad (I + \lambda D'D)\,\tau = y , $$
#
# where $D$ takes second differences. Every $\tau_s$ depends on every $y$: the trend of last March is drawn with the
# data of December. That is fine for history and forbidden for a signal. The **two-sided** trend turns *before* the
# market does, because it has been told.
#
# The **one-sided** trend asks only what could be known. At each $t$ it solves the problem on $y_0, \dots, y_t$ and
# keeps the last value,
#
# $$ f_t = e_t' \,(I_{t+1} + \lambda D_{t+1}'D_{t+1})^{-1}\, (y_0, \dots, y_t)' . $$
#
# With one or two points there is no second difference to penalise, so $f_0 = y_0$ and $f_1 = y_1$.

# %%
two_sided = {s: two_sided_hp(t["ratio"], asked[s][1]) for s, t in signals.items()}
gap = {s: (two_sided[s] - t["trend"]).abs().iloc[52:-26] for s, t in signals.items()}
for style, signal in signals.items():
    middle = signal.index.get_loc(gap[style].idxmax())
    near = slice(max(middle - 26, 0), middle + 26)
    table = signal[["ratio", "trend"]].assign(two_sided=two_sided[style]).iloc[near]
    table.columns = ["ratio", "one-sided: known that week", "two-sided: drawn with later data"]
    solved = signal.index[middle : middle + 13 : 4]
    vintages = pd.DataFrame({t: two_sided_hp(signal["ratio"].loc[:t], asked[style][1]) for t in solved})
    axes = new_axes(8, 6.2, nrows=2)
    draw.plot_trends(table, axes[0])
    draw.plot_revisions(vintages.reindex(table.index), two_sided[style].iloc[near], axes[1])
    show(
        axes[0],
        caption=f"{style}: the year around {signal.index[middle]:%Y-%m-%d}, where the two filters differ most. "
        f"Top: both trends. Bottom: the two-sided filter solved in four different weeks. {market.label}",
        alt="Two line charts. The two-sided trend turns earlier than the one-sided one; solved week after week, "
        "its last stretch is redrawn as later data arrive.",
    )

# %% [markdown]
# The dots in the lower panels are what was known on the day, and they are the one-sided filter. The line that ends
# in the colour of the full sample is what a chart shows today. A back-test that reads the second line trades on
# turns that nobody could see. How much that is worth can be measured: give the two-sided trend the same rule and
# the same next week.

# %% tags=["remove-input"]
lines = []
for style, signal in signals.items():
    known = signal.iloc[52:]
    cheat = state_of(factor_momentum(two_sided[style])).loc[known.index]
    honest = hit_rate(known["state"], known["realised"], 1)["rate"]
    told = hit_rate(cheat, known["realised"], 1)["rate"]
    lines.append(f"- **{style}**: next weeks called right: two-sided {told:.0%}, one-sided {honest:.0%}.")
Markdown("\n".join(lines) + "\n\nThe difference is the future, leaking. It is not skill." if lines else "")

# %% [markdown]
# ## The end point without solving again
#
# Solving a growing system every week costs $O(T^2)$ in all. It is not needed. When one observation arrives, only
# the last two rows of the old system change and one row is added; all that was eliminated before stays eliminated.
# What the old data have to say is then held by two numbers, the *level* $\ell = f_t$ and the *slope*
# $s = f_t - \tau_{t-1}$, and by how firmly each is held. The next observation $y$ brings a surprise, which is
# shared between them:
#
# $$ e = y - (\ell + s), \qquad \ell \leftarrow \ell + s + k\,e, \qquad s \leftarrow s + g\,e , $$
#
# with shares that do not depend on the data at all. Start with $k = g = 1$, $v = 2$ after the second point, and at
# each step
#
# $$ v' = v + \tfrac1\lambda, \quad c = g + v', \quad a = k + g + c, \quad
#    k \leftarrow \frac{a}{1+a}, \quad g \leftarrow \frac{c}{1+a}, \quad v \leftarrow v' - g\,c . $$
#
# That is elimination written for the inverse of the remaining 2 × 2 system. It is exact, not an approximation, and
# for large λ it is more accurate than the solve it replaces, since nothing of size λ is ever subtracted. The cell
# checks it against the definition on this run's data.

# %%
differences = {}
for style, signal in signals.items():
    lamb, weeks = asked[style][1], range(2, len(signal), 25)
    solved = [two_sided_hp(signal["ratio"].iloc[: t + 1], lamb).iloc[-1] for t in weeks]
    differences[style] = np.abs(one_sided_hp(signal["ratio"], lamb).iloc[list(weeks)] - solved).max()
pd.Series(differences, name="largest difference from solving each window", dtype=float).to_frame()

# %% [markdown]
# ## What the end point looks at
#
# The filter is linear, so $f_t = \sum_k w_k\, y_{t-k}$ with fixed weights: the last row of the inverse above. They
# sum to one and their mean age is zero, so constants and straight lines pass unchanged. A small λ looks at the last
# few weeks. A large λ looks back further, with less on the newest week. The weights below zero subtract the distant
# past: that is how a filter without a future extrapolates a slope.

# %%
lambdas = sorted({10.0, size_lambda, growth_lambda, 10_000.0})
weights = pd.DataFrame({lamb: end_point_weights(lamb, 261)[:53] for lamb in lambdas})
weights.index.name = "age"
show(
    draw.plot_weights(weights),
    caption="Weights of the one-sided trend on the observations of the last year, for several λ.",
    alt="Line chart of weight against age in weeks. A small smoothing parameter puts more than half of the weight on "
    "the newest week; large ones spread it over half a year; all dip below zero before they fade.",
)

# %% [markdown]
# ## The known lag
#
# A mean age of zero does not mean no delay. Two measures say what smoothing costs, both without any market data. A
# steady cycle of $p$ weeks leaves the filter with some of its amplitude (*gain*) and some weeks late (*delay*). And
# after a long steady rise that turns into an equally steep fall, the signal needs some weeks to notice.

# %%
rows = []
for lamb in lambdas:
    response = cycle_response(lamb, [13, 26, 52]).stack()
    row = {f"{name} of a {period:.0f}-week cycle": value for (period, name), value in response.items()}
    rows.append({"λ": f"{lamb:,g}", "weeks to notice a clean turn": turn_delay(lamb), **row})
pd.DataFrame(rows).set_index("λ").T.astype(float).round(2)

# %% [markdown]
# A gain above one is no error: the end point extrapolates the slope, so it overshoots the cycles it can just
# follow. On clean turns the delay is short. Real turns come with noise, and then the delay is paid in false alarms
# instead: the spells below.
#
# ## Factor momentum, and the spells it makes
#
# The report calls a style *up* when the trend is above the mean of its two previous values:
#
# $$ m_t = f_t - \frac{f_{t-1} + f_{t-2}}{2} = (f_t - f_{t-1}) + \tfrac12 (f_{t-1} - f_{t-2}), \qquad
#    \text{state}_t = \begin{cases} 1 & m_t > 0 \\ 0 & m_t < 0 \end{cases} $$
#
# So it reads the last step of the trend and half of the one before. State 1 favours the numerator. Each state is
# known at the close of its week, and the band in the figure begins there.

# %%
first = {s: max(t.index[52], pd.Timestamp(start or 0)) for s, t in signals.items()}
shown = {s: t.loc[first[s] :] for s, t in signals.items()}
for style, signal in shown.items():
    show(
        draw.plot_spells(signal, sides[style]),
        caption=f"{style}: {sides[style][0]} over {sides[style][1]}, the one-sided trend with "
        f"λ = {asked[style][1]:,g} and the state it implies. {market.label}",
        alt=f"Line chart of the weekly ratio and its one-sided trend over bands that show when {sides[style][0]} and "
        f"when {sides[style][1]} were in favour; the bands change several times a year.",
    )

# %% [markdown]
# ## How long a spell lasts
#
# The report says the signal changes seldom. A spell is a run of equal states; a flip ends it. Every flip is a
# trade.

# %%
runs = {style: spells(signal["state"]) for style, signal in shown.items()}
if runs:
    show(
        draw.plot_spell_lengths({style: run["length"] for style, run in runs.items()}),
        caption=f"Spells by length, in weeks. {market.label}",
        alt="Bar chart counting spells by length for each style; most last a few weeks to a quarter, some one week.",
    )

# %% tags=["remove-input"]
lines = [
    f"- **{style}**: {len(run)} spells, {flips_per_year(shown[style]['state']):.1f} flips a year, median spell "
    f"{run['length'].median():.0f} weeks, longest {run['length'].max()}; {(run['length'] <= 2).mean():.0%} of the "
    "spells end within two weeks."
    for style, run in runs.items()
]
Markdown("\n".join(lines))

# %% [markdown]
# ## The printed weeks, side by side
#
# The report prints, for each week from early September 2025 to the end of January 2026, the state and which side
# won (风格收益). Here they stand above what this run computes. A cross marks a computed value that misses the printed
# one. The bottom row is not in the report: the winner of the *next* week, which is what a signal would have to
# name.

# %%
printed = published.load("s002_style_signal_weekly")
weeks = {}
for style, rows in printed.groupby("style", sort=False):
    if style in signals and asked[style][0] == printed_pairs[style]:
        signal = signals[style]
        weeks[style] = compare_weeks(rows, signal["state"], signal["realised"])
        tiles = weeks[style].rename(columns=lambda c: c.replace("_", ", ").replace("signal", "state"))
        tiles["next week's winner"] = signal["realised"].shift(-1).reindex(tiles.index)
        show(
            draw.plot_week_strip(tiles, sides[style]),
            caption=f"{style}: printed and computed state and winner, {tiles.index[0]:%Y-%m-%d} to "
            f"{tiles.index[-1]:%Y-%m-%d}; a cross marks a disagreement. {market.label}",
            alt="Tiles by week, one row each for printed state, computed state, printed winner, computed winner and "
            "the winner of the next week.",
        )

# %% tags=["remove-input"]
lines = []
for style, table in weeks.items():
    here = table.dropna()
    if here.empty:
        lines.append(f"- **{style}**: none of the {len(table)} printed weeks lies in this run's data.")
        continue
    state_hits = (here["signal_published"] == here["signal_computed"]).sum()
    style_hits = (here["realised_published"] == here["realised_computed"]).sum()
    signal, winner = here["signal_published"].to_numpy(), here["realised_published"].to_numpy()
    lines.append(
        f"- **{style}**: {state_hits} of {len(here)} states and {style_hits} of {len(here)} winners come out as "
        f"printed. In the printed columns themselves the state agrees with the winner of its own row in "
        f"{(signal == winner).sum()} of {len(here)} weeks, and with the winner of the row below in "
        f"{(signal[:-1] == winner[1:]).sum()} of {len(here) - 1}."
    )
others = [style for style in signals if style not in weeks]
lines += [f"- **{style}**: the report prints no weeks for {'/'.join(asked[style][0])}." for style in others]
if market.simulated and weeks:
    lines.append("\nThis market is simulated: how many come out says nothing about the report.")
Markdown("\n".join(lines))

# %% [markdown]
# The winner printed in a row is the winner of the week that *ends* on that date. The state of the row is computed
# from the same week's close. So the table compares a number with something that is already inside it.
#
# ## Agreement with the same week is not a forecast
#
# Two hit rates, then: the state against the week just ended (what the report's table shows) and against the next
# one (what a portfolio would earn). Three yardsticks stand beside them:
#
# - a Wilson interval, right if weeks were independent, and a block bootstrap with blocks of a quarter, which lets
#   them hang together;
# - the *shuffled* range (grey): the same rule on the same weekly changes in random order, 200 times. There is
#   nothing to forecast in a shuffled series, so what it scores comes from the arithmetic alone;
# - the constant guess: the hit rate of always naming the side that happened to win more often.

# %%
report_start = published.load("s002_style_timed_yearly").set_index("period_kind").loc["full", "period_start"]
rows = []
for style, signal in signals.items():
    later = [report_start] if first[style] < report_start < signal.index[-26] else []
    for since in [first[style], *later]:
        seen = signal.loc[since:]
        for ahead, name in ((0, "same week"), (1, "next week")):
            found = hit_rate(seen["state"], seen["realised"], ahead)
            rows.append({"style": style, "from": f"{since:%Y-%m-%d}", "against": name, **found})
columns = ["style", "from", "against", "n", "hits", "rate"]
hits = pd.DataFrame(rows, columns=None if rows else columns)
shares = hits.columns[hits.columns.get_loc("rate") :]
hits.assign(n=hits["n"].astype(int), **hits[shares].map("{:.1%}".format)).drop(columns="hits")

# %%
chance = {s: shuffled_hit_rates(t["ratio"], [asked[s][1]], since=first[s]) for s, t in signals.items()}
lines = {}
for row in hits.groupby(["style", "against"], sort=False).head(1).itertuples():
    low, high = chance[row.style][row.against.split()[0]].quantile([0.025, 0.975])
    lines[f"{row.style}, {row.against}"] = [row.rate, row.block_low, row.block_high, low, high]
bands = pd.DataFrame.from_dict(lines, orient="index", columns=["rate", "low", "high", "chance_low", "chance_high"])
if lines:
    show(
        draw.plot_hit_rates(bands),
        caption=f"Weeks called right, with bootstrap bands; grey: where 95 % of shuffled series fall. {market.label}",
        alt="Dots with bands for the same and the next week of each style, over grey bars for the range that shuffled "
        "series reach; a dashed line marks one half.",
    )

# %% tags=["remove-input"]
lines = []
for style in signals:
    same, after = bands.loc[f"{style}, same week"], bands.loc[f"{style}, next week"]
    inside = after["chance_low"] <= after["rate"] <= after["chance_high"]
    lines.append(
        f"- **{style}**: {same['rate']:.1%} against the same week, where a series without any trend scores "
        f"{chance[style]['same'].mean():.1%}; {after['rate']:.1%} against the next week, "
        f"{'inside' if inside else 'outside'} the {after['chance_low']:.1%} to {after['chance_high']:.1%} that "
        "shuffled weeks produce."
    )
Markdown("\n".join(lines))

# %% [markdown]
# The same-week number looks like skill, and the grey range beside it says how much of it is arithmetic: a smoothed
# line rises *because* the ratio just rose. Only the lower number of each pair is a forecast.
#
# ## What it would have earned, before costs
#
# Hold the favoured index against the other for the week after the state is known,
#
# $$ r_{t+1} = (2\,\text{state}_t - 1)\,\Bigl(\frac{A_{t+1}}{A_t} - \frac{B_{t+1}}{B_t}\Bigr), $$
#
# with Newey-West errors for $t$. Weekly means are stated as yearly rates, times the weeks in a calendar year, without
# compounding; `ratio` is mean over volatility. No cost, no borrowing fee, no gap between the close that makes the
# signal and the close that trades on it.

# %%
weeks_per_year = 365.25 / 7
earned = {s: long_short_returns(closes[s], t["state"]) for s, t in signals.items()}
rows = []
for style, since in dict.fromkeys(zip(hits["style"], hits["from"], strict=True)):
    statistics = annual_mean(earned[style].loc[since:], periods_per_year=weeks_per_year)
    rows.append({"style": style, "from": since, **statistics})
yearly = pd.DataFrame(rows, columns=["style", "from", "n", "mean", "volatility", "ratio", "t"]).astype({"n": int})
percent = yearly[["mean", "volatility"]].map("{:.1%}".format)
yearly.assign(mean=percent["mean"], volatility=percent["volatility"]).round(2)

# %%
if earned:
    show(
        draw.plot_cumulative(pd.DataFrame(earned)),
        caption=f"Sum of weekly long-short returns before costs, from the first state on. {market.label}",
        alt="Line chart of the cumulated long-short return of each style from its first state to the last week.",
    )

# %% tags=["remove-input"]
lines = []
for style, part in yearly.groupby("style", sort=False):
    texts = [f"{row['mean']:.1%} a year from {row['from']} (t = {row['t']:.1f})" for row in part.to_dict("records")]
    path = earned[style].cumsum()
    fall = (path.cummax() - path).max()
    lines.append(f"- **{style}**: {', '.join(texts)}; deepest fall of the sum since the first state {fall:.0%}.")
Markdown("\n".join(lines))

# %% [markdown]
# Compare the rows before quoting one. The report's strategy tables begin in January 2017; the figure begins with
# the first state, so that the reader sees what a later start leaves out.
#
# ## The report prints no λ
#
# Nor does it print the first day of its data. Both have to be chosen, and the printed weeks can be used to choose
# them. The first map shows for which pairs of choices they come out. The second shows the next-week hit rate for
# the same choices, each judged on its own weeks from one year after its first day.

# %%
grid = np.geomspace(1, 1e5, 61)
maps = {}
for style, (pair, lamb) in asked.items():
    if style not in signals:
        continue
    full = weekly_closes(indices, pair)
    last = full.index[-1] - pd.Timedelta(weeks=26)
    quarters = pd.date_range(last - pd.Timedelta(weeks=52), last, freq="QS")
    starts = sorted({full.index[0], *pd.date_range(full.index[0], last, freq="YS"), *quarters})
    known = weeks[style]["signal_published"] if style in weeks else None
    maps[style] = lambda_start_map(full, grid, starts, known)
    for value, label in (("agreement", "printed states reproduced"), ("next_hit", "next weeks called right")):
        table = maps[style].pivot(index="start", columns="lamb", values=value).dropna(how="all")
        if len(table):
            show(
                draw.plot_map(table, label, centre=0.5 if value == "next_hit" else None, marked=lamb),
                caption=f"{style}: {label}, by λ and first day; the line marks this run's λ. {market.label}",
                alt=f"Heat map of {label} over smoothing parameter and first day of the data.",
            )

# %% tags=["remove-input"]
lines = []
for style, table in maps.items():
    reached = table.dropna(subset=["agreement"])
    if len(reached):
        longest = reached[reached["start"] == reached["start"].min()]
        fits = longest.loc[longest["agreement"] == longest["agreement"].max()]
        near = (longest["lamb"] - asked[style][1]).abs().idxmin()
        own = reached.loc[reached["lamb"] == longest.loc[near, "lamb"], "agreement"]
        span = f"{own.min():.0f}" if own.min() == own.max() else f"{own.min():.0f} to {own.max():.0f}"
        lines.append(
            f"- **{style}**: with all the data, {fits['agreement'].max():.0f} of {fits['weeks'].max()} printed states "
            f"come out for {len(fits)} of the {len(grid)} values of λ, from {fits['lamb'].min():,.0f} to "
            f"{fits['lamb'].max():,.0f}, and for no other. At this run's λ it is {span} over all first days."
        )
    skill = table.dropna(subset=["next_hit"])
    lines.append(
        f"- **{style}**: over all choices of λ and first day, the next-week hit rate runs from "
        f"{skill['next_hit'].min():.1%} to {skill['next_hit'].max():.1%}."
    )
Markdown("\n".join(lines))

# %% [markdown]
# The first map may be read: it says what the authors most likely used. Its rows look alike because the filter
# forgets, and the first day of the data is gone from the weights within a year or two.
#
# **The second map is a warning.** Picking its best cell would be fitting: with enough cells, one of them looks
# skilful on any series. Its rows differ because each is judged on different weeks. The table below asks how good
# the best λ would look by luck: it shuffles the weekly changes, searches the same values of λ on each shuffle, and
# counts the shuffles that do at least as well.

# %%
rows, by_luck = {}, {}
for style, signal in signals.items():
    tried = np.unique(np.round([*np.geomspace(1, 1e5, 11), asked[style][1]], 6))
    real = lambda_start_map(closes[style], tried, [signal.index[0]])["next_hit"]
    luck = shuffled_hit_rates(signal["ratio"], tried, since=signal.index[52])
    luck = luck.pivot(index="draw", columns="lamb", values="next")
    own = np.abs(tried - asked[style][1]).argmin()
    rows[style] = {
        "hit rate at this run's λ": f"{real[own]:.1%}",
        "shuffles at least as good at this λ": f"{(luck.iloc[:, own] >= real[own]).sum()} of {len(luck)}",
        "best hit rate of the search": f"{real.max():.1%}, at λ = {tried[real.argmax()]:,.0f}",
        "searched shuffles at least as good": f"{(luck.max(axis=1) >= real.max()).sum()} of {len(luck)}",
    }
    by_luck[style] = (luck.max(axis=1) >= real.max()).mean(), real.max(), real[own]
pd.DataFrame(rows)

# %% tags=["remove-input"]
lines = []
for style, (share, top, here) in by_luck.items():
    said = (
        "rarer than one search in twenty: the weeks of this run do not look shuffled, though what that earned after "
        "costs is another question"
        if share < 0.05
        else "no rarer than luck"
    )
    lines.append(
        f"- **{style}**: a search on shuffled weeks does as well as the best λ ({top:.1%}) in {share:.1%} of the "
        f"draws, {said}. The λ of this run has {here:.1%}."
    )
Markdown("\n".join(lines))

# %% [markdown]
# ## Other ways to call a style
#
# The HP filter is one way among many. Four others, each with textbook settings fixed before looking, and each using
# the past only:
#
# - **Hamilton filter**: regress today's log ratio on what was known eight weeks ago, again every week on the past
#   only; up when the ratio stands above that forecast;
# - **local-level Kalman filter**: a random-walk level seen through noise; its two variances are fitted once, on the
#   first two years, which are then not judged; up by factor momentum of the filtered level;
# - **moving-average cross**: mean of four weeks above the mean of twenty-six;
# - **plain momentum**: above its value a quarter (thirteen weeks) ago.

# %%
others, rows = {}, []
for style, signal in signals.items():
    states = alternative_states(signal["ratio"], asked[style][1])
    others[style] = states.loc[first[style] :].dropna(how="any")
    for rule, state in others[style].items():
        found = hit_rate(state, signal["realised"].loc[state.index], 1)
        profit = annual_mean(long_short_returns(closes[style].loc[state.index], state), weeks_per_year)
        row = {"style": style, "rule": rule, "from": f"{state.index[0]:%Y-%m-%d}", **found, "t": profit["t"]}
        rows.append({**row, "flips a year": flips_per_year(state), "long-short a year": profit["mean"]})
rules = pd.DataFrame(rows)
for style, states in others.items():
    show(
        draw.plot_state_strips(states, sides[style]),
        caption=f"{style}: the state by five rules. {market.label}",
        alt="Five rows of coloured stretches through time, one per rule; the Kalman filter changes colour most often, "
        "the moving averages least.",
    )

# %%
if len(rules):
    lines = rules.set_index(rules["style"] + ", " + rules["rule"])
    bands = lines[["rate", "block_low", "block_high"]].set_axis(["rate", "low", "high"], axis=1)
    show(
        draw.plot_hit_rates(bands),
        caption=f"Next weeks called right by each rule over the same weeks, with bootstrap bands. {market.label}",
        alt="Dots with wide bands around one half for five rules and each style; the bands overlap.",
    )
table = rules.reindex(columns=["style", "rule", "from", "flips a year", "rate", "long-short a year", "t"])
formats = {"flips a year": "{:.1f}", "rate": "{:.1%}", "long-short a year": "{:.1%}", "t": "{:.2f}"}
table.assign(**{name: table[name].map(text.format) for name, text in formats.items()})

# %% tags=["remove-input"]
lines = []
for style, part in rules.groupby("style", sort=False) if len(rules) else []:
    top, hp = part.loc[part["rate"].idxmax()], part.set_index("rule").loc["one-sided HP"]
    held = part["rate"].between(hp["block_low"], hp["block_high"]).sum()
    lines.append(
        f"- **{style}**: highest hit rate {top['rate']:.1%}, by the {top['rule']} with {top['flips a year']:.0f} flips "
        f"a year; one-sided HP {hp['rate']:.1%} with {hp['flips a year']:.0f} flips, in a band from "
        f"{hp['block_low']:.1%} to {hp['block_high']:.1%} that holds {held} of the {len(part)} hit rates."
    )
Markdown("\n".join(lines))

# %% [markdown]
# Weekly data can hardly rank rules this close together, and the best of several looks better than it is. Turnover
# can be compared without doubt, and costs are paid on turnover. One number helps to see what such rules can live on
# at all: the correlation of one week's change of the ratio with the next.

# %% tags=["remove-input"]
lines = []
for style, signal in signals.items():
    change = np.log(signal["ratio"]).diff().loc[first[style] :]
    lines.append(
        f"- **{style}**: correlation of neighbouring weeks {change.autocorr(1):+.2f}; from week to the week after next "
        f"{change.autocorr(2):+.2f}; chance alone stays within ±{1.96 / np.sqrt(len(change)):.2f} nineteen times in "
        "twenty."
    )
Markdown("\n".join(lines))

# %% tags=["remove-input"]
truth = planted.truth_of(market)
if truth:
    own = [style for style in signals if asked[style][0] == printed_pairs[style]]
    clean = {style: turn_delay(asked[style][1]) for style in own}
    display(planted.box(planted.style_told(s, shown[s]["state"], truth, s, clean[s]) for s in own))

# %% [markdown]
# ## Published and computed
#
# One row per printed state, per printed winner, and per spell the report tells in words. The prose contradicts the
# table in one week, so that spell is marked as inconsistent whatever comes out.

# %%
board = Scoreboard("04_style_regimes", simulated=market.simulated)
exhibit = {"signal": "S002 style signals, 22 weeks: state", "realised": "S002 style signals, 22 weeks: winner"}
for style, rows in printed.groupby("style", sort=False):
    pair = "/".join(printed_pairs[style])
    if style not in weeks:
        why = why_not[style] or f"printed for {pair}; this run looks at {'/'.join(asked[style][0])}"
        for column in exhibit:
            board.missing(exhibit[column], f"{style}, {len(rows)} weeks", needs=("index_daily",), note=why)
        continue
    for day, row in weeks[style].iterrows():
        for column, title in exhibit.items():
            item, wanted, value = f"{style} {day:%Y-%m-%d}", int(row[f"{column}_published"]), row[f"{column}_computed"]
            if np.isnan(value):
                board.missing(title, item, wanted, ("index_daily",), note="week not in the data")
            else:
                board.add(title, item, wanted, int(value))

# %%
checks = published.checks().set_index("check_id")["status"]
title = "S002 style spells told in prose"
for number, spell in enumerate(published.load("s002_style_spells_prose").itertuples(), start=1):
    span = slice(spell.period_start, spell.period_end)
    told = printed[printed["style"] == spell.style].set_index("week_end").loc[span]
    item = f"{spell.style} {span.start:%Y-%m-%d} to {span.stop:%Y-%m-%d}: weeks at {spell.state}"
    seen = weeks[spell.style].loc[span, "signal_computed"].dropna() if spell.style in weeks else []
    if len(seen) == len(told):
        check = f"J4.{number}" if checks[f"J4.{number}"] == "mismatch" else None
        board.add(title, item, len(told), int((seen == spell.state).sum()), "weeks", check=check)
    else:
        board.missing(title, item, len(told), ("index_daily",), "weeks", note="weeks not in the data")
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust the reconstruction.** The filter is exact to rounding and nothing in it sees a later week. On the real
#   indices the printed states and winners can be compared one by one above.
# - **λ is inferred, not known.** The report prints none. The defaults were found by looking at its table, and the
#   two styles need different ones. Which λ the authors used in other years cannot be told from 22 weeks.
# - **The printed agreement is no evidence of forecasting.** It sets a state beside the week the state was computed
#   from, and a series without any trend would agree nearly as often.
# - **Treat the next week with care.** Its hit rate has to be read with its band, with what shuffled weeks reach,
#   and with the search for λ in mind. A correlation of neighbouring weeks is enough to lift it, and needs no theory
#   of styles.
# - **The long-short numbers are before costs.** They trade at the close that made the signal, and baskets of small
#   caps or value stocks cannot be sold short at will.
# - **The window matters.** A first year more or less can change the verdict; so the page shows more than one.
#
# ## Where to go next
#
# Chapter 05 turns ETF shares into industry holdings. Chapter 07 uses the states of this chapter to decide whether
# to hold the industries with the most or with the least of them. Chapter 10 charges costs and accounts for the
# search.
