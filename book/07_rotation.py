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
# 2026, year by year, and the portfolio of seven recent periods. You will learn
#
# - what each factor measures, and whether it knew anything about later returns;
# - from when on there is a record, since labels given later must not choose earlier portfolios;
# - at which close the report's own numbers begin, and what is left if one trades later or pays more;
# - what the portfolio earned after costs, and what the same portfolios earn when they are held at other times;
# - which printed numbers contradict each other, and which benchmark nobody can rebuild.

# %%
from helpers import planted
from helpers.backtest import period_returns
from helpers.factors import evaluation, factor_correlation
from helpers.figures import rotation as draw
from helpers.figures import show, show_table
from helpers.panels import as_known, industry_closes
from helpers.prose import When, say
from helpers.published.exhibits import exhibit
from helpers.published.exhibits import s002_rotation as printed
from helpers.rotation import benchmarks, facts, in_print, luck, records, report
from helpers.rotation.inputs import CHANGE, DIVERGENCE, FLOW, LEVEL, SHORT, gather
from helpers.rotation.labels import complete_from, label_facts
from helpers.rotation.printed import recomputed
from helpers.rotation.sectors import sector_mix
from helpers.rotation.strategies import alone, decision_dates, rotate
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

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
backcast_labels = False  # give stocks their first industry label also before it began: a look-ahead
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
size_lambda = 100.0
growth_lambda = 1000.0
style_start = "2015-01-05"

# %% [markdown]
# ## What this run can be fed with
#
# The report needs six things every week: industry prices, the units of every stock ETF, the weights of every index
# they track, labels of the stocks, what active funds hold, and how fast new funds sell. Nothing missing is guessed.

# %%
market = load_market(source, data, end=end)
board = Scoreboard("07_rotation", simulated=market.simulated)

# %%
styles = {"size_pair": size_pair, "growth_pair": growth_pair, "style_start": style_start}
smoothing = {"size_lambda": size_lambda, "growth_lambda": growth_lambda}
inputs = gather(market, scheme=rotation_scheme, backcast=backcast_labels, **styles, **smoothing)

# %%
prices = inputs.prices
decisions = decision_dates(prices, rotation_start, holding_weeks)
style_decisions = decision_dates(prices, style_timed_start, holding_weeks)
trading = {"top_n": top_n, "lag": trade_lag, "cost_bps": cost_bps}

# %%
labelled = inputs.in_force.money.labelled
clean = complete_from(labelled)

# %%
score = inputs.in_force.composite.score

# %%
show_table(inputs.table.set_index("input"))
fed = facts.fed_facts(inputs)

# %% tags=["remove-input"]
say(
    "From {data} this run can form {formed} of the four factors.",
    "It cannot form {unformed}.",
    When(
        "thin",
        "It is therefore **not** the report's strategy but the same machine on a part of its input; missing or too "
        "thin: {thin}.",
    ),
    When(
        "one_index",
        "All funds that can be looked through track **one** index: flows cancel out of every share, and factors 1 to "
        "3 say how an index weights industries, not where money goes.",
    ),
    data=market.name,
    **fed,
)

# %% [markdown]
# ## Labels before their time
#
# A look-through needs the industry of every stock on the day, and a table of labels often begins when a classification
# was published. Before that day one can carry each stock's first label back (`backcast_labels`), which lets later
# knowledge choose earlier portfolios, or do without the money that has no label. Neither is a record. So the page
# measures from the first week in which labels in force cover 95 % of the money, and have done so for the four weeks a
# factor looks back. What the whole span gives is shown beside it, never alone.

# %%
show(
    draw.plot_labelled(labelled, clean),
    caption=f"Share of the money looked through that reaches a stock with a label in force. {market.label}",
    alt="Filled line of the share by week, with a dashed line where labels count as complete.",
)
labels = label_facts(labelled, clean)

# %% tags=["remove-input"]
say(
    "Labels are complete from {clean:%Y-%m-%d} on: since then {since:.0%} of the money has one in force, {worst:.0%} "
    "in the worst week; what has none is left out.",
    "In the weeks before it was {before:.0%}.",
    **labels,
)

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
clock = in_print.clock()
show_table(clock)
board.compare("S002 recent holdings: first sessions", in_print.counted_sessions(clock))

# %% [markdown]
# The report prints what each held industry earned in each period. Industries with the same name in both schemes tell
# which close it starts from: the close *of the decision*, whose data were not out yet, or the next one.

# %%
compared = report.which_close(printed.holdings(), prices)
show(
    draw.plot_clock(compared),
    caption=f"Printed returns of held industries against {rotation_scheme} indices of the same name, bought at the "
    f"close of the decision or one session later. {market.label}",
    alt="Scatter of printed against index returns; on real prices the close of the decision lies near the diagonal.",
)
distance = facts.distance_facts(compared)

# %% tags=["remove-input"]
say(
    "Over {compared} printed returns the mean distance is {at_decision:.2f} percentage points from the close of the "
    "decision and {at_next:.2f} from the next close.",
    When("foreign", "Neither fits: these prices are not the report's."),
    When(
        "early",
        "The printed returns begin at **the close of the decision**, even in the period labelled as starting a session "
        "late. Nobody could have bought there on that evening's data.",
    ),
    When("late", "The printed returns begin at **the next close**, where one could have bought."),
    "Below, every number waits {lag:|session|sessions}.",
    lag=trade_lag,
    **distance,
)

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
# A date on which one cannot be formed is empty, never zero; a share that did not move is no information, and
# rounding is never ranked. The composite is the mean of the factors a date has.

# %%
show_table(facts.available(inputs, decisions), "{:.0%}", gap="none")

# %% [markdown]
# The report prints correlations near zero and calls the factors independent. The one large number is level against
# change, which are made of the same weights.

# %%
judged = {name: frame.loc[clean:] for name, frame in facts.judged_frames(inputs).items()}
factors = {name: judged[name] for name in inputs.factors}
correlation = factor_correlation(factors)
show(
    draw.plot_correlations(correlation, printed.correlations() / 100, SHORT)[0],
    caption=f"Correlation of the factors across industries and weeks beside the printed matrix. {market.label}",
    alt="Two four-by-four matrices of correlations; a dash marks a factor this run cannot form.",
)
by_price = evaluation.price_in_share(inputs.money.share.loc[clean:], prices)

# %% tags=["remove-input"]
say(
    "A share also moves with prices, without any inflow. Before its sign is turned, the monthly change of the ETF "
    "share has a mean rank correlation of {weeks_4:.2f} with the industry's own return over the last four weeks and "
    "{weeks_8:.2f} over the last eight. The next section therefore tests a *placebo* beside factor 3: plain four-week "
    "price momentum with the same sign of growth, no ETF in it.",
    **by_price,
)

# %% [markdown]
# ## Did they know anything?
#
# The *rank IC* is Spearman's correlation, across industries, of a factor at the decision and the return earned from
# that decision's fill to the next one. Its mean over decisions, divided by its standard error, is a $t$ value. With
# four factors tried, one of them reaches $|t| > 2$ by luck about every fifth time.

# %% tags=["recipe"]
evenings = style_decisions[style_decisions >= clean]
known = {name: as_known(frame.loc[clean:], evenings) for name, frame in facts.judged_frames(inputs).items()}
tests = evaluation.summary(known, prices, evenings, lag=trade_lag)
names = {**SHORT, "placebo": "placebo for 3: price momentum"}
show_table(tests.rename(index=names), {"ic": "{:.3f}", "share_positive": "{:.0%}", "top_less_bottom": "{:.2%}"})

# %%
forward = period_returns(prices, evenings, trade_lag)
strongest = evaluation.strongest(tests, names)
beyond = facts.placebo_facts(inputs, known, forward)

# %% tags=["remove-input"]
say(
    "The largest $t$ value belongs to {best} ({t:.1f}, mean IC {ic:.3f} over {n} periods).",
    When(
        "strong", "Above two in absolute value: {strong}.", "Not one is above two: nothing here can be told from luck."
    ),
    "Factor 3 has a mean IC of {real:.3f}, its placebo without any ETF {fake:.3f}; the two correlate at {alike:.2f}. "
    "With the placebo taken out of factor 3 on each date, {rest:.3f} is left ($t$ = {rest_t:.1f}),",
    When("told", "more than luck would often leave.", "which cannot be told from nothing."),
    **strongest,
    **beyond,
)

# %%
decay = {SHORT[n]: evaluation.ic_decay(f, prices, range(1, 9), lag=trade_lag) for n, f in factors.items()}
show(
    draw.plot_decay(decay),
    caption=f"Decay: rank correlation of each factor with the return of single later weeks. {market.label}",
    alt="Bars of mean rank IC for weeks one to eight after the decision, one colour a factor, with error bars.",
)

# %% [markdown]
# ## The portfolio
#
# The composite's best industries (`top_n`, six in the report), equally weighted, changed every two weeks. Between
# changes weights drift with prices. A change costs `cost_bps` on everything bought and sold. The benchmark holds all
# industries equally, is rebalanced on the same days and pays nothing.
#
# **One convention.** Excess always means $e = (1+r)/(1+b) - 1$, as in the report's yearly tables: of compound yearly
# rates at 250 sessions a year in a record, of what was earned in one period, month or year elsewhere. It is after
# costs unless it says *before costs*. A $t$ value is that of the mean excess of a holding period; periods do not
# overlap.

# %% tags=["recipe"]
portfolio = rotate(score, decisions[decisions >= clean], prices, **trading)
by_labels = records.side_by_side(inputs, decisions, clean, **trading)
show_table(records.shown(by_labels), records.RATES)
headline = records.record_facts(by_labels) | records.month_facts(portfolio)

# %% tags=["remove-input"]
say(
    "From {begins:%Y-%m-%d} to {ends:%Y-%m-%d}, with labels complete, the rotation returned {earned:.2%} a year after "
    "costs and the benchmark {benchmark:.2%}: an excess of **{excess:.2%}** ($t$ = **{t:.2f}**, {periods} periods), or "
    "{gross_excess:.2%} before costs ($t$ = {gross_t:.2f}), before counting what else was tried.",
    "It beat the benchmark in {won:.0%} of {months:|month|months}, with winning months {payoff:.2f} times as large as "
    "losing ones.",
    When(
        "beside",
        "Over the whole span the excess is {in_force_excess:.2%} with the money whose labels were in force, and "
        "{ahead_excess:.2%} with labels looked ahead, which nobody could have known.",
        "Labels are complete from the first decision on, so nothing here rests on labels looked ahead.",
    ),
    **headline,
)

# %%
show(
    draw.plot_wealth({"after costs": portfolio.returns, "before costs": portfolio.gross}, portfolio.benchmark)[0],
    caption=f"Wealth of the rotation and of all industries equally, {inputs.in_force.labels}. {market.label}",
    alt="Line chart of wealth, and below it the ratio of the rotation's wealth to the benchmark's.",
)

# %%
show_table(records.by_year(portfolio), records.BY_YEAR, caption="The ratios of a part of a year divide yearly rates.")

# %% [markdown]
# A printed year stands beside a computed one only where this run trades all of its sessions. The report states no
# costs. Years before labels were complete rest on the part of the money that had one.

# %%
whole_span = rotate(inputs.composite.score, decisions, prices, **trading)
own_years = in_print.yearly(whole_span, "four-factor")
show_table(in_print.beside(own_years, "four-factor"), caption=f"Four factors after costs, {inputs.labels}.")
verdicts, counts = in_print.win_verdicts(report.industry_win_rates(whole_span.weights, prices, trade_lag))

# %% [markdown]
# ## Luck, delay, costs and other choices
#
# What would chance have earned on the same days? Two answers, both before costs. *Held at other times*: the real
# portfolios in their real order, begun one, two, … decisions later, what falls off the end coming first; they keep
# what they held, for how long, and with what turnover. *Drawn afresh*: as many industries by lot at every decision.
# Such portfolios never stay the same: chance averages out faster than in a real one, and flatters it.

# %%
own = luck.own_excess(portfolio, prices)
chances = {"held at other times": luck.shifted(portfolio, prices), "drawn afresh": luck.drawn_afresh(portfolio, prices)}
show(
    draw.plot_chance(chances, own),
    caption=f"Excess a year before costs of portfolios held at other times and drawn afresh. {market.label}",
    alt="Two histograms of yearly excess, and a line for the strategy.",
)
chance = luck.chance_facts(own, *chances.values())

# %% [markdown]
# The fortnight has a phase, too. Beginning a week later uses the same rule on the other weeks, and nobody can say
# which of the two is the strategy.

# %%
phases = records.phases(score, luck.weekly_decisions(portfolio, prices), prices, holding_weeks, **trading)
show_table(records.shown(phases), records.RATES)
phase = records.phase_facts(phases)

# %% tags=["remove-input"]
say(
    "Before costs the excess is {own:.2%} a year. Of {shifts} portfolios held at other times, with the strategy itself "
    "counted in, **{shift_p:.1%}** earn at least that, and one in twenty earns {shift_best:.2%}. Of {draws:,} drawn "
    "afresh {draw_p:.1%} do.",
    "By the week in which one begins, the excess after costs runs from {least:.2%} to {most:.2%} a year.",
    **chance,
    **phase,
)

# %% [markdown]
# What is left if one trades later, or pays more? And was six industries every two weeks the lucky cell of a map?

# %%
delays = luck.delay_and_cost(score, portfolio, prices, top_n=top_n)
choices = luck.size_and_pace(score, portfolio, prices, weeks=holding_weeks, **trading)
for name, table in {"delay and cost": delays, "number of industries and weeks held": choices}.items():
    show(
        draw.plot_map(table, f"Excess a year (%) by {name}"),
        caption=f"Yearly excess after costs by {name}. {market.label}",
        alt=f"Grid of yearly excess returns by {name}.",
    )

# %% [markdown]
# ## The two strategies alone
#
# *Style-timed* (风格强弱的择时持仓) puts half of the money on the level group and half on the change group that the
# styles favour; how the report joins them is not printed, equal halves are our reading. *Divergence* takes the best
# of factor 4. Without issuance heat its side is unknown; then both sides are shown, each held all the time: in
# every period the report held one or the other. (Chapter 06 tests the same divergence by its outer groups at month
# ends and before costs; the two need not agree.)

# %%
single = alone(inputs, decisions[decisions >= clean], style_decisions[style_decisions >= clean], **trading)
show_table(records.shown(records.table(single, "strategy")), records.RATES)

# %%
single_span = alone(inputs, decisions, style_decisions, **trading)
single_years = {name: in_print.yearly(single_span.get(name), name) for name in ("style-timed", "divergence")}
for name, years in single_years.items():
    show(
        draw.plot_years(in_print.excess_beside(years, name), title=f"{name}: excess by year"),
        caption=f"The {name} strategy alone, years this run covers whole, after costs, {inputs.labels}, beside the "
        f"printed values, for which no cost is stated. {market.label}",
        alt="Bars of yearly excess, computed and printed.",
    )

# %% [markdown]
# ## What it leaned on
#
# The report says its portfolio moves through six sectors (板块) and names eight industries that beat the average in
# at least 55 of 100 holding periods. It does not list the members of the sectors; the grouping here is ours.

# %%
mix = sector_mix(portfolio.weights[portfolio.weights.sum(axis=1) > 0])
show(
    draw.plot_sector_mix(mix),
    caption=f"Sectors of the portfolio at each decision. {market.label}",
    alt="Stacked areas of sector weights through time.",
)
wins = report.industry_win_rates(portfolio.weights, prices, trade_lag)
show(
    draw.plot_win_rates(wins),
    caption=f"Win rate of each industry over its holding periods; grey: where a coin would land. {market.label}",
    alt="Dots of win rates by industry over grey bands around fifty percent.",
)
leaning = facts.leaning_facts(mix) | facts.coin_facts(wins)

# %% tags=["remove-input"]
say(
    "Over the last six decisions the portfolio leaned most on {leaned}. {outside} of {held} industries lie outside the "
    "band of a fair coin; one in twenty would by luck.",
    "Outside: {outside_names}.",
    **leaning,
)

# %% [markdown]
# ## Recent holdings
#
# As the report prints them: one row an industry, a flag where the factor stands in the upper half of all industries,
# the return of the period before costs, and the *difference* to the average industry. This is the one table that
# keeps the report's other convention; its yearly tables divide. Below it is what the last score would hold.

# %%
recent = report.holdings_table(portfolio.weights, factors, prices, last=7, lag=trade_lag).rename(columns=SHORT)
show_table(recent.set_index(["decision", "industry"]), dict.fromkeys(("abs_return", "excess_return"), "{:.2%}"))

# %% tags=["recipe"]
asked, today = facts.latest_choice(score, inputs.in_force.factors, top_n)
show_table(today.rename(columns=SHORT), "{:+.2f}", gap="none")
age = facts.age_facts(asked, prices)

# %% tags=["remove-input"]
say(
    "After the close of {date:%Y-%m-%d} it would ask for these.",
    When("old", "That is {age} days before the last price of this run: a museum piece, not advice."),
    **age,
)

# %% [markdown]
# ## The benchmark puzzle
#
# Every printed excess $e$ comes with a return $r$, so the benchmark behind it is $b = (1+r)/(1+e) - 1$. Four tables
# give the same $b$ to a hundredth of a point. It is called the equal weight of the industries. Is it? The candidates:
# equal weight rebalanced daily, weekly, monthly, yearly or **never** (bought on the first day there is, at the end of
# each year before 2017, or on the day the indices began, which makes it the mean of their points), the median
# industry, without the residual industries (综合), with years that begin some sessions off, and plain indices.

# %%
search = benchmarks.search_benchmark(market, printed.implied_benchmark())
show(
    draw.plot_gaps(search.nearest),
    caption="Yearly return of the nearest candidates less the printed benchmark; of shifted years and of days to buy "
    f"for good only the nearest of each scheme. {market.label}",
    alt="Grid of differences in percentage points by candidate and year.",
)
gaps = benchmarks.gap_facts(search)
daily = printed.benchmark_items(search.found.reindex(["CITIC_L1, equal, daily"]).iloc[0])
board.compare("S002 industry equal weight", daily, why="needs CITIC_L1 prices of the year")

# %% tags=["remove-input"]
say(
    "Tried: {candidates} series, of which {indices} are plain indices, {shifted} the daily equal weight with other "
    "beginnings of the year, {never} equal weights never rebalanced and {others} others; the figure shows the nearest "
    "{shown}. The nearest of all is *{nearest}*: on average {mean_gap:.1f} points a year away, at worst "
    "{largest_gap:.1f}.",
    When("met", "It reproduces the printed benchmark.", "**Not one reproduces it.**"),
    "Equal weight never rebalanced is {left_alone_gap:.1f} points off at its nearest, rebalanced daily "
    "{daily_gap:.1f}. What is measured against a lower benchmark looks better by the difference.",
    **gaps,
)

# %% [markdown]
# The same can be asked over a fortnight: the recent holdings print return and excess of every industry, too.

# %%
fortnights = in_print.holding_returns(industry_closes(market["industry_daily"], "CITIC_L1"))
board.compare("S002 recent holdings: returns", fortnights, why="needs CITIC_L1 prices of the period")
exact = in_print.exact_facts(fortnights)

# %% tags=["remove-input"]
say(
    "{exact} of {here} printed excesses are, to the last digit, the return of the CITIC index less the plain mean of "
    "all of them.",
    When("all", "So the report knows the equal weight of its industries, and its yearly tables use something else."),
    **exact,
)

# %% [markdown]
# ## Do the printed tables agree with themselves?
#
# Arithmetic on the printed numbers alone, with no market data. A Sharpe ratio is return over volatility in every whole
# year; in the 2026 rows it is not. Full-period returns follow from the years when a year has 250 sessions. Where the
# report contradicts itself no computation can match it, and the scoreboard says so.

# %%
again = recomputed()
show_table(exhibit("S002 rotation, printed against printed").cells[["published", "check"]].assign(recomputed=again))
board.compare("S002 rotation, printed against printed", again)

# %% tags=["remove-input", "answer", "headline"]
say(
    When(
        "early",
        "The report's printed returns begin at a close that nobody could have bought: they lie {at_decision:.2f} "
        "points from the close of the decision and {at_next:.2f} from the next.",
    ),
    "Bought a session later, with labels complete, the rotation's excess over the equal weight of its industries is "
    "{own[excess]:.2%} a year after costs ($t$ = {own[t]:.2f}, {own[periods]} periods).",
    "Of {chance[shifts]} portfolios held at other times {chance[shift_p]:.0%} do as well.",
    own=headline,
    chance=chance,
    **distance,
)

# %% tags=["demo"]
planted.rotation_box(market, factors, forward)

# %% [markdown]
# ## Published and computed
#
# Rows that need the whole ETF market are computed only by a run that has it; the others were set above.

# %%
market_wide = inputs.comparable(FLOW)
not_whole = "this run does not trade all sessions of the printed period"

# %%
all_four = market_wide.comparable()
held = in_print.held_portfolios(whole_span.weights, clock)
board.compare("S002 four-factor by year", own_years, note=all_four.labels, why=not_whole)
board.compare("S002 abstract", in_print.months(whole_span), note=all_four.labels, why=not_whole)
board.compare("S002 industry win rates", verdicts, note=counts, why="no industry of this scheme, or never held")
board.compare("S002 recent holdings: industries", held, why="no decision of this run")

# %%
board.compare("S002 factor correlation", printed.pairs(100 * correlation), note=all_four.labels)

# %%
style_timed = market_wide.comparable(LEVEL, CHANGE)
board.compare("S002 style-timed by year", single_years["style-timed"], note=style_timed.labels, why=not_whole)

# %%
divergent = market_wide.comparable(DIVERGENCE)
board.compare("S002 divergence by year", single_years["divergence"], note=divergent.labels, why=not_whole)

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **The accounting.** The engine agrees with an independent one on the same orders; with `trade_lag` at one no
#   decision trades before the next session; costs are paid out of what is traded.
# - **Not the level of the printed excess.** On real prices its yearly benchmark could not be rebuilt, and its period
#   returns were found to begin at a close that was over before the data came out.
# - **The factors, as far as their error bars.** A $t$ value near two among four factors, two phases and a map of
#   choices is what luck looks like, too.
#
# ## Where to go next
#
# - Chapter 04 makes the style signals, 05 the industry holdings, 06 the active funds' weights used here.
# - Chapter 10 opens with what costs, a counted search and the weeks since publication leave of this rotation, and of
#   each factor alone.
# - To use it: copy the cells of *The portfolio*; `helpers.backtest.backtest` takes any weights and prices.
