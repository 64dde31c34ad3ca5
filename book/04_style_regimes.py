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

from helpers import planted, published
from helpers.figures import new_axes, show, show_table
from helpers.figures import regimes as draw
from helpers.hp_filter import end_point_weights, largest_error
from helpers.prose import Each, When, say
from helpers.regimes import evidence, spells, study
from helpers.regimes.hit_rates import long_short_returns, shuffled_hit_rates
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
market = load_market(source, data, start=start, end=end)
board = Scoreboard("04_style_regimes", simulated=market.simulated)

# %%
pairs = {"size": (size_pair, size_lambda), "growth": (growth_pair, growth_lambda)}
styles = study.load_styles(market, pairs, since=style_start, shown_from=start)
summaries = [style.summary for style in styles.values()]

# %% tags=["remove-input"]
say(
    "This run uses {data}.",
    Each(
        summaries,
        "**{name}**: {over}, {weeks} weeks from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, λ = {lamb:,g}; "
        "{state:.0f} in the last week ({favoured} in favour).",
    ),
    Each(styles.absent, "**{name}**: not on this page, because {reason}."),
    data=market.name,
)

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
for style in styles.values():
    trends, vintages, final = study.where_filters_differ(style)
    axes = new_axes(8, 6.2, nrows=2)
    draw.plot_trends(trends, axes[0])
    draw.plot_revisions(vintages, final, axes[1])
    show(
        axes[0],
        caption=f"{style.name}: the year around {vintages.columns[0]:%Y-%m-%d}, where the two filters differ most. "
        f"Top: both trends. Bottom: the two-sided filter solved in four different weeks. {market.label}",
        alt="Two line charts. The two-sided trend turns earlier than the one-sided one; solved week after week, "
        "its last stretch is redrawn as later data arrive.",
    )

# %% [markdown]
# The dots in the lower panels are what was known on the day, and they are the one-sided filter. The line that ends
# in the colour of the full sample is what a chart shows today. A back-test that reads the second line trades on
# turns that nobody could see. How much that is worth can be measured: give the two-sided trend the same rule and
# the same next week.

# %%
leaks = [study.leak(style) for style in styles.values()]

# %% tags=["remove-input"]
say(
    Each(leaks, "**{name}**: next weeks called right: two-sided {two_sided:.0%}, one-sided {one_sided:.0%}."),
    "The difference is the future, leaking. It is not skill.",
)

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
errors = {name: largest_error(style.signal["ratio"], style.lamb, every=25) for name, style in styles.items()}
show_table(pd.Series(errors, name="largest difference from solving each window"), "{:.0e}")

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
show_table(study.lag_table(lambdas))

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
for style in styles.values():
    show(
        draw.plot_spells(style.shown, style.sides),
        caption=f"{style.name}: {style.sides[0]} over {style.sides[1]}, the one-sided trend with λ = {style.lamb:,g} "
        f"and the state it implies. {market.label}",
        alt=f"Line chart of the weekly ratio and its one-sided trend over bands that show when {style.sides[0]} and "
        f"when {style.sides[1]} were in favour; the bands change several times a year.",
    )

# %% [markdown]
# ## How long a spell lasts
#
# The report says the signal changes seldom. A spell is a run of equal states; a flip ends it. Every flip is a
# trade.

# %%
lengths = {name: spells(style.shown["state"])["length"] for name, style in styles.items()}
show(
    draw.plot_spell_lengths(lengths),
    caption=f"Spells by length, in weeks. {market.label}",
    alt="Bar chart counting spells by length for each style; most last a few weeks to a quarter, some one week.",
)
counted = [study.spell_facts(style) for style in styles.values()]

# %% tags=["remove-input"]
say(
    Each(
        counted,
        "**{name}**: {spells} spells, {flips:.1f} flips a year, median spell {median:.0f} weeks, longest {longest}; "
        "{short:.0%} of the spells end within two weeks.",
    ),
)

# %% [markdown]
# ## The printed weeks, side by side
#
# The report prints, for each week from early September 2025 to the end of January 2026, the state and which side
# won (风格收益). Here they stand above what this run computes. A cross marks a computed value that misses the printed
# one. The bottom row is not in the report: the winner of the *next* week, which is what a signal would have to
# name.

# %%
for style in styles.printed.values():
    weeks = study.printed_weeks(style)
    show(
        draw.plot_week_strip(weeks, style.sides),
        caption=f"{style.name}: printed and computed state and winner, {weeks.index[0]:%Y-%m-%d} to "
        f"{weeks.index[-1]:%Y-%m-%d}; a cross marks a disagreement. {market.label}",
        alt="Tiles by week, one row each for printed state, computed state, printed winner, computed winner and the "
        "winner of the next week.",
    )
agreed = [study.printed_facts(style) for style in styles.printed.values()]

# %% tags=["remove-input"]
say(
    Each(
        agreed,
        When(
            "here",
            "**{name}**: {states} of {here} states and {winners} of {here} winners come out as printed. In the printed "
            "columns themselves the state agrees with the winner of its own row in {own} of {here} weeks, and with the "
            "winner of the row below in {below} of {pairs}.",
            "**{name}**: none of the {printed} printed weeks lies in this run's data.",
        ),
    ),
    When("simulated", "This market is simulated: how many come out says nothing about the report."),
    otherwise="The report prints no weeks for these pairs.",
    simulated=market.simulated,
)

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

# %% tags=["recipe"]
report_start = published.load("s002_style_timed_yearly").set_index("period").loc["full", "period_start"]
hits = evidence.hit_table(styles, report_start)
show_table(hits.set_index(["style", "from", "against", "n"]).drop(columns="hits"), "{:.1%}")

# %%
chance = {
    name: shuffled_hit_rates(style.signal["ratio"], [style.lamb], since=style.first) for name, style in styles.items()
}
bands = evidence.hit_bands(hits, chance)
show(
    draw.plot_hit_rates(bands),
    caption=f"Weeks called right, with bootstrap bands; grey: where 95 % of shuffled series fall. {market.label}",
    alt="Dots with bands for the same and the next week of each style, over grey bars for the range that shuffled "
    "series reach; a dashed line marks one half.",
)
forecasts = evidence.forecast_facts(bands, chance)

# %% tags=["remove-input"]
say(
    Each(
        forecasts,
        "**{name}**: {same:.1%} against the same week, where a series without any trend scores {trendless:.1%}; "
        "{next:.1%} against the next week,",
        When("lucky", "inside", "outside"),
        "the {low:.1%} to {high:.1%} that shuffled weeks produce.",
    ),
)

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
yearly = evidence.earnings(styles, report_start)
show_table(yearly.set_index(["style", "from"]), {"mean": "{:.1%}", "volatility": "{:.1%}"})

# %%
earned = {name: long_short_returns(style.closes, style.signal["state"]) for name, style in styles.items()}
show(
    draw.plot_cumulative(pd.DataFrame(earned)),
    caption=f"Sum of weekly long-short returns before costs, from the first state on. {market.label}",
    alt="Line chart of the cumulated long-short return of each style from its first state to the last week.",
)
rates = evidence.earnings_facts(yearly, earned)

# %% tags=["remove-input"]
say(Each(rates, "**{name}**: {rates}; deepest fall of the sum since the first state {fall:.0%}."))

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
choices = {name: evidence.map_of_choices(style, market["index_daily"], grid) for name, style in styles.items()}
found = [evidence.choices_facts(styles[name], table) for name, table in choices.items()]

# %%
for name, style in styles.printed.items():
    reproduced = evidence.as_grid(choices[name], "agreement")
    show(
        draw.plot_map(reproduced, "printed states reproduced", marked=style.lamb),
        caption=f"{name}: printed states reproduced, by λ and first day; the line marks this run's λ. {market.label}",
        alt="Heat map of printed states reproduced over smoothing parameter and first day of the data.",
    )

# %%
for name, style in styles.items():
    called = evidence.as_grid(choices[name], "next_hit")
    show(
        draw.plot_map(called, "next weeks called right", centre=0.5, marked=style.lamb),
        caption=f"{name}: next weeks called right, by λ and first day; the line marks this run's λ. {market.label}",
        alt="Heat map of next weeks called right over smoothing parameter and first day of the data.",
    )

# %% tags=["remove-input"]
say(
    Each(
        found,
        "**{name}**: with all the data, {most:.0f} of {printed:.0f} printed states come out for {fits:.0f} of the "
        "{tried:.0f} values of λ, from {low:,.0f} to {high:,.0f}, and for no other. At this run's λ it is "
        "{own_low:.0f} to {own_high:.0f} over all first days.",
    ),
    Each(
        found,
        "**{name}**: over all choices of λ and first day, the next-week hit rate runs from {hit_low:.1%} to "
        "{hit_high:.1%}.",
    ),
)

# %% [markdown]
# The first map may be read: it says what the authors most likely used. Its rows look alike because the filter
# forgets, and the first day of the data is gone from the weights within a year or two.
#
# **The second map is a warning.** Picking its best cell would be fitting: with enough cells, one of them looks
# skilful on any series. Its rows differ because each is judged on different weeks. The table below asks how good
# the best λ would look by luck: it shuffles the weekly changes, searches the same values of λ on each shuffle, and
# counts the shuffles that do at least as well.

# %%
searches = [evidence.luck_facts(evidence.luck_of_search(style)) for style in styles.values()]
columns = {"own": "{:.1%}", "own_beaten": "{:.0f}", "best": "{:.1%}", "best_lamb": "{:,.0f}", "best_beaten": "{:.0f}"}
show_table(pd.DataFrame(searches).set_index("name")[list(columns)], columns)

# %% tags=["remove-input"]
say(
    Each(
        searches,
        "**{name}**: a search on shuffled weeks does as well as the best λ ({best:.1%}) in {share:.1%} of the draws,",
        When(
            "rare",
            "rarer than one search in twenty: the weeks of this run do not look shuffled, though what that earned "
            "after costs is another question.",
            "no rarer than luck.",
        ),
        "The λ of this run has {own:.1%}, which {own_beaten} of {draws} shuffles reach.",
    ),
)

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
rules, states = evidence.rule_table(styles)
for style in styles.values():
    show(
        draw.plot_state_strips(states[style.name], style.sides),
        caption=f"{style.name}: the state by five rules. {market.label}",
        alt="Five rows of coloured stretches through time, one per rule; the Kalman filter changes colour most often, "
        "the moving averages least.",
    )

# %%
judged = rules.set_index(["style", "rule"])[["flips", "rate", "long_short", "t"]]
show_table(judged, {"rate": "{:.1%}", "long_short": "{:.1%}"})

# %%
compared = evidence.rule_facts(rules)

# %% tags=["remove-input"]
say(
    Each(
        compared,
        When(
            "other",
            "**{name}**: highest hit rate {top_rate:.1%}, by the {top} with {top_flips:.0f} flips a year; one-sided HP "
            "{rate:.1%} with {flips:.0f} flips,",
            "**{name}**: highest hit rate {rate:.1%}, by the one-sided HP with {flips:.0f} flips a year,",
        ),
        "in a band from {low:.1%} to {high:.1%} that holds {held} of the {rules} hit rates.",
    ),
)

# %% [markdown]
# Weekly data can hardly rank rules this close together, and the best of several looks better than it is. Turnover
# can be compared without doubt, and costs are paid on turnover. One number helps to see what such rules can live on
# at all: the correlation of one week's change of the ratio with the next.

# %%
neighbours = [evidence.neighbour_facts(style) for style in styles.values()]

# %% tags=["remove-input"]
say(
    Each(
        neighbours,
        "**{name}**: correlation of neighbouring weeks {one:+.2f},",
        When("beyond", "outside", "inside"),
        "the ±{chance:.2f} in which chance alone stays nineteen times in twenty; from week to the week after next "
        "{two:+.2f}.",
    ),
)

# %% tags=["remove-input", "answer", "headline"]
say(
    "The {styles[0][name]} signal names the winner of the week just ended {styles[0][same]:.1%} of the time, where a "
    "series without any trend scores {styles[0][trendless]:.1%}, and the winner of the next week "
    "{styles[0][next]:.1%} of the time.",
    "For {styles[1][name]} it is {styles[1][same]:.1%}, {styles[1][trendless]:.1%} and {styles[1][next]:.1%}.",
    "So the agreement that the report prints is arithmetic, and only the last number of each is a forecast.",
    styles=forecasts,
)

# %% tags=["demo"]
planted.style_box(market, styles)

# %% [markdown]
# ## Published and computed
#
# One row per printed state, per printed winner, and per spell the report tells in words. The prose contradicts the
# table in one week, so that spell is marked as inconsistent whatever comes out.

# %%
printed_styles = pd.concat({name: style.signal for name, style in styles.printed.items()})
board.compare("S002 style signals, 22 weeks: state", printed_styles["state"], why=styles.why)

# %%
board.compare("S002 style signals, 22 weeks: winner", printed_styles["realised"], why=styles.why)

# %%
board.compare("S002 style spells told in prose", study.spell_weeks(styles.printed), why=styles.why)

# %%
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
#   and with the search for λ in mind. Where neighbouring weeks are correlated beyond chance, that alone lifts it, and
#   needs no theory of styles.
# - **The long-short numbers are before costs.** They trade at the close that made the signal, and baskets of small
#   caps or value stocks cannot be sold short at will.
# - **The window matters.** A first year more or less can change the verdict; so the page shows more than one.
#
# ## Where to go next
#
# Chapter 05 turns ETF shares into industry holdings. Chapter 07 uses the states of this chapter to decide whether
# to hold the industries with the most or with the least of them. Chapter 10 charges costs, counts every λ and delay as
# a try, and opens with what is left of each style.
