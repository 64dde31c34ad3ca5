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
# # 10 · Evidence
#
# This chapter asks how much of what the book found is real. Chapters 03, 04 and 07 each end with a number that looks
# like something. Between that number and a decision stand five questions that no source asks: how many other choices
# were tried, what trading costs, whether luck of the same habits does as well, what the result leans on, and what
# happened after it was printed. You will learn
#
# - how to count a search, and what the best of hundreds of worthless choices looks like;
# - how long a record has to be before it says anything;
# - where trading takes the rest, and how much money fits through the funds;
# - how to test any signal of your own for looking ahead.
#
# It opens with its answer. The rest of the page is how each column came about.

# %%
from helpers import planted
from helpers.backtest import period_returns
from helpers.clustering import Settings
from helpers.evidence import audit, costs, findings, loadings, partitions, robustness
from helpers.evidence.study import VARIANTS, load_findings
from helpers.figures import evidence as draw
from helpers.figures import show, show_table
from helpers.figures.rotation import plot_chance
from helpers.prose import Each, When, say
from helpers.regimes.study import load_styles
from helpers.rotation import in_print, luck
from helpers.rotation.inputs import SHORT, gather
from helpers.rotation.strategies import rotate
from helpers.scoreboard import Scoreboard
from helpers.screening.rotation_funds import buy_rotation
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
end = None
rotation_scheme = "SW2021_L1"
rotation_start = "2019-10-08"
top_n = 6
holding_weeks = 2
trade_lag = 1
cost_bps = 10.0
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
size_lambda = 100.0
growth_lambda = 1000.0
style_start = "2015-01-05"
cluster_lookback = 120
min_amount = 10_000_000.0

# %%
market = load_market(source, data, end=end)
board = Scoreboard("10_evidence", simulated=market.simulated)

# %%
smoothing = {"size_lambda": size_lambda, "growth_lambda": growth_lambda}
style = {"size_pair": size_pair, "growth_pair": growth_pair, "style_start": style_start, **smoothing}
inputs = gather(market, scheme=rotation_scheme, **style)

# %%
trading = {"top_n": top_n, "lag": trade_lag, "cost_bps": cost_bps}
settings = Settings(lookback=cluster_lookback, min_amount=min_amount)
found = load_findings(market, inputs, start=rotation_start, weeks=holding_weeks, settings=settings, **trading)

# %% [markdown]
# ## The findings, and what is left of them
#
# | column | what it says |
# |---|---|
# | in sample | mean log excess a year before costs, to the last day of which the report prints a result |
# | after costs | the same after `cost_bps` on everything bought and sold, with its interval |
# | choices | how many strategies were tried to get here |
# | adjusted p | the chance that luck would have led to this, all choices counted |
# | since publication | what the later weeks earned, after costs; nobody could fit those |
#
# The choices of one search are compared over the weeks that all of them trade.
#
# **The verdict follows a rule.** *Not told from luck*: adjusted p above 5 %. *Taken by costs*: below 5 % before costs
# but not after them. *Stands, not yet confirmed*: below 5 %, and less than a year of later weeks. *Gone since
# publication* or *stands*: by the sign of a whole later year.

# %%
show_table(findings.opening_table(found.rows))
summary = findings.finding_facts(found.rows)

# %% tags=["remove-input"]
say(
    "On {data}, with samples that end on {last:%Y-%m-%d}: of {findings:|finding|findings} {luck} cannot be told from "
    "luck, and costs take {costs}.",
    "What stands: {standing}.",
    When(
        "later",
        "The longest prospective record is {later:|week|weeks}: too short for any verdict but *not yet*.",
        "No prospective week has come yet.",
    ),
    Each(found.absent, "Not judged, **{name}**: {reason}."),
    data=market.name,
    last=found.last,
    **summary,
)

# %% [markdown]
# ## The search, counted
#
# A strategy is one cell of a table of choices. For the styles the table holds every smoothing λ from 1 to 100,000 and
# one or two weeks of delay; for the rotation every set of factors, number of industries, weeks held, week to begin in
# and sessions to the fill. The best cell of any such table looks good. Let $t_k$ be the $t$ value of choice $k$. Weeks
# are drawn again in blocks, *all choices at once*, so that choices which are alike stay alike, and
#
# $$ p_k = \Pr\Big( \max_{j \,\text{not better than}\, k} z^*_j \ge t_k \Big), \qquad
#    z^*_j = \frac{\bar x^*_j - \bar x_j}{s^*_j}, $$
#
# is how often luck alone would have shown somebody a choice as good (Romano and Wolf's step-down; StepM keeps what has
# $p_k \le 0.05$). White's *reality check* and Hansen's *SPA* ask once whether any choice at all is good.

# %%
points = findings.search_points(found.strategies)
show(
    draw.plot_search(points),
    caption=f"t value of every choice of each search; the bar is what the best of all stays below by luck. "
    f"{market.label}",
    alt="Strips of dots, one dot a choice, with a diamond for the choice of the book and a bar for luck's best.",
)

# %% tags=["recipe"]
searched = findings.search_table(found.strategies)
tests = ["choices", "reality check", "SPA", "kept by StepM", "detectable"]
show_table(searched[tests], {"reality check": "{:.3f}", "SPA": "{:.3f}", "detectable": "{:.1%}"})
powers = searched.reset_index().to_dict("records")
kept = findings.search_facts(found.strategies)

# %% tags=["remove-input"]
say(
    Each(
        kept,
        "**{search}**:",
        When(
            "kept",
            "StepM keeps {kept} of {choices} choices, so something in it is better than luck;",
            "StepM keeps none of {choices} choices.",
        ),
        When("kept", When("own", "the book's own is among them.", "the book's own is not among them.")),
    ),
    "*Detectable* is the power of the search: the excess a year that it would find in four cases of five. A premium "
    "below it can be real and still be missed.",
)

# %% [markdown]
# ## How long a record has to be
#
# The *deflated* Sharpe ratio is the probability that a ratio exceeds what the best of as many worthless choices is
# expected to show, skewness and fat tails included (Bailey and López de Prado). It counts choices as independent,
# which they are not, so it stands beside the resampled p values and does not replace them. The *minimum track record*
# turns the question round:
#
# $$ n^* = 1 + \Big(1 - g \hat S + \tfrac{k-1}{4} \hat S^2\Big) \Big(\frac{1.96}{\hat S}\Big)^2 $$
#
# periods are needed until a ratio $\hat S$ is told from nothing, before any search is counted.

# %%
record = ["ratio", "best by luck", "deflated", "years needed", "years here"]
show_table(searched[record], {"deflated": "{:.0%}", "years needed": "{:.0f}", "years here": "{:.1f}"})
long = [row for row in powers if 0 < row["years needed"] < 1000]

# %% tags=["remove-input"]
say(
    Each(
        long,
        "**{finding}**: with a ratio of {ratio:.2f} a year it takes {years needed:.1f} years to be sure; this run has "
        "{years here:.1f}.",
    ),
)

# %% [markdown]
# ## Luck that keeps its habits
#
# Portfolios drawn afresh at every decision are too easy an opponent: they never stay. Here the real portfolios are held
# at other times, in their order and with their turnover. And each score is set beside *placebos*: itself with the names
# of the industries dealt out anew, once for all dates. Only which industry is meant is lost.

# %%
prices, decisions = inputs.prices, found.decisions
portfolio = rotate(inputs.composite.score, decisions, prices, **trading)

# %%
shifts, own = luck.shifted(portfolio, prices), luck.own_excess(portfolio, prices)
show(
    plot_chance({"held at other times": shifts}, own),
    caption=f"Excess a year before costs of the real portfolios held at other times. {market.label}",
    alt="Histogram of yearly excess of shifted portfolios, and a line for the strategy.",
)
chance = luck.chance_facts(own, shifts, shifts)

# %%
scores = {**inputs.factors, "composite": inputs.composite.score}
placebos = robustness.placebo_tests(scores, prices, decisions, top_n=top_n, lag=trade_lag).rename(index=SHORT)
show(
    draw.plot_placebos(placebos),
    caption=f"t value of each score alone, over the range of its placebos. {market.label}",
    alt="One row a score: a diamond for the real one over a grey bar where 95 percent of its placebos lie.",
)
beyond = placebos.reset_index().to_dict("records")

# %% tags=["remove-input"]
say(
    "Of {shifts} portfolios held at other times, the strategy counted in, {shift_p:.1%} earn at least as much as it "
    "does ({own:+.1%} a year before costs).",
    Each(beyond, "**{score}**: $t$ = {t:.1f}; {p:.1%} of its placebos do as well."),
    **chance,
)

# %% tags=["demo"]
planted.rotation_box(market, inputs.factors, period_returns(prices, decisions, trade_lag))

# %% [markdown]
# ## One year, one industry
#
# A mean over six years can be one good year. Each year gets an interval of its own, from blocks of its weeks, and then
# every year, and every industry, is left out once.

# %%
excess = found.rotation.series()
years = robustness.yearly_intervals(excess)
show(
    draw.plot_years(years),
    caption=f"Excess of the rotation by year after costs; hollow: too few weeks for an interval. {market.label}",
    alt="One dot a year with a vertical interval around it, over a line at zero.",
)

# %%
by_year = robustness.without_each_year(excess)
by_industry = robustness.without_each_industry(inputs.composite.score, prices, decisions, **trading)
left = robustness.left_out_facts(by_year, by_industry, years) | {"everything": found.rotation.row["net"]}

# %% tags=["remove-input"]
say(
    "{sure} of {judged:|year has|years have} an interval that leaves out zero; by luck one in twenty would.",
    "Without {year} the excess is {year_rest:+.1%} a year, without {industry} {industry_rest:+.1%}; with everything it "
    "is {everything:+.1%}.",
    **left,
)

# %% [markdown]
# ## Costs, and how much money fits through
#
# The break-even is the fee on money traded at which nothing is left. Then the industries become the funds of chapter
# 09. An order takes at most a tenth of a fund's usual turnover a session, for as long as the portfolio is held. What it
# takes, a share $q$, pays the fee and an impact of $\sigma\sqrt{q}$, with $\sigma$ the fund's daily volatility. What
# does not fit is not bought: a very large portfolio pays little because it hardly trades, and earns as little. The law
# is an assumption; its coefficient is one.

# %% tags=["recipe"]
fees = costs.cost_table(portfolio.weights, prices, lag=trade_lag)
paid = costs.cost_facts(portfolio.weights, prices, lag=trade_lag)
show(
    draw.plot_costs(fees, paid["break_even"]),
    caption=f"Excess a year of the rotation at each fee on money traded. {market.label}",
    alt="Falling line of yearly excess by basis points of cost, over a line at zero.",
)

# %% tags=["remove-input"]
say(
    "The rotation buys and sells {turnover:.0f} times its wealth a year.",
    When(
        "pays",
        "Its excess of {excess:+.1%} a year before costs is gone at {break_even:.0f} basis points a trade.",
        "It has no excess before costs ({excess:+.1%} a year), so there is nothing for costs to take.",
    ),
    **paid,
)

# %%
clock = {"start": rotation_start, "weeks": holding_weeks, "backcast": False}
bought = buy_rotation(market, scheme=rotation_scheme, style=style, **trading, **clock)
fits = costs.capacity_table(bought.funds, market["etf_daily"], paid["excess"], cost_bps=cost_bps)
percent = {"share": "{:.2%}", "filled": "{:.0%}", "cost": "{:.1%}", "left": "{:+.1%}"}
show_table(fits, {"money": "{:,.0f}", "sessions": "{:.0f}", **percent})
sizes = costs.capacity_facts(fits)

# %% tags=["remove-input"]
say(
    Each(
        sizes,
        "**{size}** ({money:,.0f} CNY): the median order is {share:.2%} of a fund's daily turnover; {filled:.0%} of "
        "the money can be traded in time; fee and impact take {cost:.1%} a year and leave {left:+.1%}.",
    ),
)

# %% [markdown]
# ## What it leans on
#
# Weekly excess regressed on the market (all industries equally), the two style spreads and industry momentum (the best
# industries of the year before the last month), with Newey-West errors. *Alpha* is what is left, a year.

# %%
explained = loadings.explaining(prices, decisions, found.styles, top_n=top_n, lag=trade_lag)
leaning = loadings.loadings(excess, explained)
show_table(leaning, "{:+.2f}")
rest = loadings.loading_facts(leaning)

# %% tags=["remove-input"]
say(
    "Over {weeks} weeks these explain {r2:.0%} of the variance.",
    When("alone", "No loading has a $t$ value above two.", "It leans on {leans}."),
    "What is left is {alpha:+.1%} a year, 95 % from {low:+.1%} to {high:+.1%} ($t$ = {t:.1f}).",
    **rest,
)

# %% [markdown]
# ## Clusters: settings, resamples, and the market taken out
#
# A cluster is worth its name if other settings and other days give it again, if it is more than the common rise and
# fall of the market, and if its members still move alike in the month *after* it was drawn. Random deals of the same
# sizes say how alike they would be by luck.

# %%
clustering, holding, _ = found.clusters
show_table(holding, {"months": "{:.0f}", "p": "{:.3f}", "adjusted": "{:.3f}"})

# %%
month = clustering.dates[-1]
together = partitions.consensus(clustering.samples, month, clustering.settings, VARIANTS)
show(
    draw.plot_consensus(together, partitions.together_order(together)),
    caption=f"How often two indices share a cluster on {month:%Y-%m-%d}, over settings and resamples. {market.label}",
    alt="Matrix of shares from pale to dark; dark blocks along the diagonal are indices that always stand together.",
)
settled = partitions.consensus_facts(together) | partitions.market_out(clustering.samples, month, clustering.settings)

# %% tags=["remove-input"]
say(
    "Of {pairs:,} pairs that ever share a cluster {sure:.0%} do so nine times in ten, and {open:.0%} are open: it "
    "depends on the setting and on the days. The market explains {share:.0%} of an index's variance on average; with "
    "it taken out, the partition agrees with the first at {agreement:.2f} (one is the same, zero is chance).",
    **settled,
)

# %% [markdown]
# ## Does a signal look ahead? A tool
#
# `look_ahead_audit` takes any function from tables to a dated signal. It changes everything that became known only
# after an evening, table by table, and reports whether anything dated up to that evening moved. The tests of this book
# use it; the cell runs it on a style signal, and on the same with a two-sided filter, which must be caught.

# %% tags=["recipe"]
pairs = {"size": (size_pair, size_lambda)}
audited = audit.look_ahead_audit(
    lambda tables: load_styles(tables, pairs, since=style_start)["size"].signal["state"], market, tables=["index_daily"]
)
caught = audit.look_ahead_audit(
    lambda tables: audit.two_sided_state(tables["index_daily"], size_pair, size_lambda, style_start),
    market,
    tables=["index_daily"],
)
show_table(audited)
passed = audit.audit_facts(audited) | {"caught": audit.audit_facts(caught)["ahead"]}

# %% tags=["remove-input"]
say(
    "In {checks} changed worlds",
    When("ahead", "**earlier values of the style signal move**.", "no earlier value of the style signal moves."),
    When("caught", "The two-sided filter is caught.", "**The two-sided filter is not caught.**"),
    **passed,
)

# %% [markdown]
# ## Published and computed
#
# The headline of the rotation report beside what this page measures, after costs and one session later. Only a run that
# trades the printed days on the whole ETF market can be compared.

# %%
whole = inputs.comparable()
headline = in_print.headline(portfolio)
board.compare("S002 headline", headline, note=whole.labels, why="this run does not trade all printed days")

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **The counting.** The search covers what this book can name. Whoever wrote the reports tried other things, too, and
#   nobody knows how many; so an adjusted p is too kind, never too hard.
# - **The rule.** It was written before the table, and no row is exempt.
# - **A missing effect is not a disproved one.** Compare an excess with what its search could detect.
# - **Prospective weeks.** Only those are beyond suspicion. Rerun with a later `end` and watch the column grow.
#
# ## Where to go next
#
# Chapter 03 holds the clusters and their claims, 04 the styles, 07 the rotation, 09 the funds. To test your own: put
# weekly excess returns of all choices you tried into `helpers.inference.search`, and your signal into
# `helpers.evidence.audit.look_ahead_audit`.
