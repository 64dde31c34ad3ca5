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
# # 08 · What an index is worth
#
# This chapter asks what one should know about an index before buying a fund that follows it. The framework report
# (S001, 金融街证券) answers in an order: read the rule, ask which market it suits, look at what it earned and why, at
# what it is made of, at what it costs, and only then at the products. It shows each step on three indices, mostly as
# printed numbers: one for attack (创业板动量成长, 399296), one for defence (上证红利低波动, H50040) and one for
# policy (浙江国资创新发展, 931372).
#
# This chapter rebuilds every step as something one can run on any index. You will learn
#
# - how a rule book becomes a dozen lines that a builder turns into weights and a level, and what nobody printed;
# - whether attack, defence and policy led when the report says they should, with the number of months behind it;
# - on which day the report's cumulative returns really begin;
# - how an excess return splits into industries, stocks and factors, with the rest shown;
# - how funds on the same index differ, and what a simple warning of closure was worth.

# %%
import pandas as pd

from helpers import planted
from helpers.figures import index_research as draw
from helpers.figures import show, show_table
from helpers.index_research import (
    closure,
    excess,
    facts,
    history,
    macro,
    printed,
    products,
    structure,
    valuation,
)
from helpers.index_research.spec import load_spec
from helpers.index_research.stance import class_closes
from helpers.index_research.stocks import stock_tables
from helpers.index_research.variations import vary
from helpers.panels import industry_closes
from helpers.prose import Each, When, say
from helpers.published.exhibits.s001_index import INDICES
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
end = None
industry_scheme = "SW2021_L1"
research_benchmark = "000300"
research_indices = ["000015", "000922", "399006", "399370"]  # looked at in rising and falling months
research_pair = ["000905", "000300"]  # the first one's excess over the second is attributed
state_market = "000985"  # the broad index whose state is told
bond_yield = 0.018  # ten-year government bond, for the equity risk premium

# %%
market = load_market(source, data, end=end)
board = Scoreboard("08_index_research", simulated=market.simulated)
specs = [load_spec(code) for code in ("399296", "H50040", "931372")]

# %%
closes = history.closes_of(market["index_daily"], INDICES)
research = history.research_closes(market["index_daily"], research_indices, research_benchmark)
names = facts.index_names(market)
today = research.index[-1]

# %% [markdown]
# ## A rule in a dozen lines
#
# A rule book answers five questions: from which stocks, by which questions and scores, how many, with which weights
# and caps, and how often. Each answer is a line of YAML, checked when it is read; a misspelled field is refused with
# the file and the key. The table shows the three rules of the report. The last row lists what the report does not
# print: there the rule is our reading, and anyone may write another one.

# %%
show_table(facts.rule_table(specs))

# %% [markdown]
# The weighting of the first one is the only formula the report gives. A weight starts from the float cap and is
# adjusted for each score $j$,
#
# $$ w_i = w^c_i + \sum_{j} \Delta w^j_i , \qquad \Delta w^j_i = s_j\, w^c_i\, (z^j_i - \bar z^j) , $$
#
# where $z$ is the standardised score and $\bar z$ its mean under $w^c$, so that one score only moves weight between
# stocks. The report prints the sum and not the adjustment; this is the simplest one that grows with score and cap.
#
# ## From the rule to an index
#
# At each review the builder sees what was known that evening: prices up to it, reports announced by it, labels in
# force. The weights are traded at a close some sessions later, and between reviews the index holds shares. The *price*
# level loses each dividend on its ex-date; the *total return* level keeps it.

# %%
stocks = stock_tables(market)
built = facts.build_all(specs, stocks)
first_built = next(iter(built.values()))
made = facts.built_facts(built)

# %% tags=["remove-input"]
say(
    Each(
        made,
        "**{code} {name}**: {reviews} reviews from {first:%Y-%m-%d}; at the last one {last} of {universe:,} listed "
        "stocks are members. Ten of them hold {top_ten:.0%}, an effective number of {effective:.0f}. It trades "
        "{turnover:.0%} of itself a year. Total return {total:.1%} a year, price {price:.1%}: dividends are worth "
        "{dividends:.1%}.",
    ),
)

# %%
for index in built.values():
    levels = facts.built_levels(index, market["index_daily"], research_benchmark)
    show(
        draw.plot_levels(levels, f"{index.spec.index_code} {index.spec.name}"),
        caption=f"{index.spec.index_code}: built by the rule above, beside a benchmark and the published index where "
        f"there is one. {market.label}",
        alt="Lines that begin at one: the built index with and without dividends, the benchmark, the published index.",
    )

# %% [markdown]
# Can the builder find an index that everybody knows? The rule of the CSI 300 is public: the more liquid half of the
# market, the largest three hundred of it, members kept while they rank within a buffer. Where only float caps are
# known, the rule ranks by those instead of by total caps.

# %%
known_index = facts.build_all([load_spec("000300")], stocks)["000300"]
found_members = facts.member_overlap(known_index, market["index_weights"])
show_table(found_members.tail(6), {"shared": "{:.1%}"})

# %% [markdown]
# ## What a cap and a calendar change
#
# A tighter cap spreads the weight; a faster calendar follows the scores more closely and pays for it in turnover. The
# same rule is built with each change, over the same sessions. One path of history cannot rank variants this close by
# return; concentration and turnover it can.

# %% tags=["recipe"]
variants = vary(specs[0], stocks, caps=[0.05], rhythms=["half-yearly", "yearly"])
shares = dict.fromkeys(["largest", "top_ten", "turnover", "return", "volatility", "max_drawdown"], "{:.1%}")
show_table(variants, {**shares, "members": "{:.0f}", "effective": "{:.1f}"})

# %% [markdown]
# ## Purity against breadth
#
# A narrow sample space makes a pure theme and a thin index. *Purity* is the weight of the largest industry, *breadth*
# the effective number of members, $1/\sum_i w_i^2$: the number of equal weights that would be as concentrated.

# %%
shape = structure.last_shape(market["index_weights"], market["stock_industry"], industry_scheme)
drawn = [*(spec.index_code for spec in specs), "000300", "000905", "399986", "399006"]
examples = {code: names.get(code, code) for code in drawn}
show(
    draw.plot_purity(shape, examples),
    caption=f"Purity and breadth of every index with weights, each on its last date. {market.label}",
    alt="Scatter of indices: bank and other industry indices near the top left, broad indices at the bottom right.",
)

# %% [markdown]
# How close are two indices? The weight they have in common is $\sum_i \min(w_i, v_i)$. An investor who holds one and
# buys the other buys mostly the same stocks where this is high. The table shows the nearest ones to the benchmark.

# %%
latest = structure.last_weights(market["index_weights"])
common = structure.overlap_with(latest, research_benchmark).head(8)
alike = pd.DataFrame({"index": common.index.map(lambda c: names.get(c, c)), "overlap": common})
show_table(alike, {"overlap": "{:.0%}"})

# %% [markdown]
# ## Attack, defence, policy
#
# The report maps three states of the economy to three kinds of index: growth and momentum in expansion, dividends and
# low volatility in stress, regions and industries when policy pushes. It gives no rule for telling the state. The one
# used here needs closes only and is known on its evening:
#
# - **attack**: the last 120 sessions rose by more than half of their own standard deviation, in calm;
# - **defence**: they fell by as much, or volatility is in the highest quarter of its past;
# - **policy**: neither, while industries drift apart more than they mostly did;
# - **none** otherwise.
#
# Classes are the stances of chapter 09: A-share indices with funds, sorted by the words of their names and their
# class, held equally.

# %%
industries = industry_closes(market["industry_daily"], industry_scheme)
state_close = history.asked_closes(market["index_daily"], [state_market], "state_market")[state_market].dropna()
states = macro.market_states(state_close, industries)
show(
    draw.plot_states(state_close, states["state"]),
    caption=f"{state_market} and the state told at each close. {market.label}",
    alt="Line of the index over coloured bands for attack, defence, policy and none of them.",
)
now = facts.state_facts(states)

# %%
classes = class_closes(market["etf_list"], market["index_daily"])
leaders = macro.leadership(states["state"], classes)
show(
    draw.plot_leaders(leaders),
    caption=f"Mean return of the month after each state, less the mean of the classes; 95 % intervals. {market.label}",
    alt="Dots with intervals for each class within each state; nearly all intervals cross zero.",
)
mapping = facts.leader_facts(leaders, {"attack": "attack", "defence": "defence", "policy": "theme"})

# %% tags=["remove-input"]
say(
    "On {day:%Y-%m-%d} the state is **{state}**, since {since:%Y-%m-%d}.",
    Each(
        mapping,
        "After **{state}** ({n:|month|months}) the report's class earned {excess:+.2%} a month over the mean of the "
        "classes, interval {low:+.2%} to {high:+.2%}:",
        When("led", "it led,", "the leader was {leader},"),
        When("sure", "and the interval lies above zero.", When("against", "and the interval lies below zero.")),
        When("open", "and the interval holds zero."),
    ),
    **now,
)

# %% [markdown]
# ## What the report's returns begin with
#
# Tables 5 and 7 print calendar years, the year to date and a return "since" a first day. Years chain from the close
# before them. The "since" columns do not chain: the compound of the years does not give them. So every session near
# the printed first day was tried as the base, and the figure shows how far the printed returns are missed.

# %%
bases = facts.since_bases(closes)
for name, gaps in bases.items():
    show(
        draw.plot_bases(gaps, name),
        caption=f"{name}: largest gap between printed and computed return of the indices with closes, by first day. "
        f"{market.label}",
        alt="Line of gap by first day; on real closes it touches zero at one day, later than the printed one.",
    )
fitted = facts.base_facts(bases)

# %% tags=["remove-input"]
say(
    Each(
        fitted,
        "**{table}** says it begins on {printed:%Y-%m-%d}. Started there, {indices:|index is|indices are} off by up to "
        "{as_said:.2f} percentage points; the best first day is {fits:%Y-%m-%d}",
        When("exact", "(off by {best:.3f} at most, the next best day by {second:.2f}): there it begins."),
        When("loose", "(off by {best:.2f})."),
    ),
    When("simulated", "In a simulated market this says nothing about the report."),
    otherwise="No printed index has closes over the printed periods in this run.",
    simulated=market.simulated,
)

# %% [markdown]
# ## Rising and falling months
#
# An index for attack should gain more when the market rises, one for defence should lose less when it falls. Both are
# a matter of months, so the number of months and an interval stand beside each mean. `capture` is the index's mean
# return over the market's.

# %%
phases = facts.phase_table(research, research_benchmark)
percents = dict.fromkeys(["own", "market", "excess", "low", "high"], "{:+.2%}")
show_table(phases, {**percents, "n": "{:.0f}", "capture": "{:.2f}"})

# %%
spans = {"one month": 20, "half a year": 125, "one year": 250, "three years": 750, "five years": 1250}
show_table(history.windows(research, spans).rename(index=lambda code: names.get(code, code)), "{:+.1%}")

# %% [markdown]
# ## Where a return came from: factors
#
# Regress an index's daily returns on a few long-short returns that anyone can hold: the market, small over large,
# growth over value, dividends over the market. An exposure times the factor's mean is its share of the mean return;
# what is left is alpha, with Newey-West errors. The shares add up exactly.

# %%
exposures = excess.exposures(market["index_daily"], research_pair[0], state_market)
show_table(exposures, {"t": "{:.1f}", "contribution": "{:+.1%}"}, caption=f"{research_pair[0]}, contributions a year")

# %% [markdown]
# ## Where an excess came from: industries and stocks
#
# Brinson's identity splits the excess of one month into *allocation* (more of the industries that beat the benchmark),
# *selection* (better stocks inside an industry) and their *interaction*,
#
# $$ R_p - R_b = \sum_g \Big[ (w^p_g - w^b_g)(r^b_g - R_b) + w^b_g (r^p_g - r^b_g)
#    + (w^p_g - w^b_g)(r^p_g - r^b_g) \Big] . $$
#
# Months are linked so that the parts add up to the compound difference. What the published index did and the weights
# do not explain (dividends, reviews within the month, rounding) is the *residual*, shown and not spread.

# %%
split = excess.brinson_study(market, research_pair, stocks, industry_scheme)
show(
    draw.plot_brinson(split.groups),
    caption=f"{' less '.join(research_pair)}: effects by industry, linked over all months. {market.label}",
    alt="Stacked horizontal bars of allocation, selection and interaction for the industries that mattered most.",
)

# %% tags=["remove-input"]
say(
    "Over {months:|month|months} the published excess is {reported:+.1%} (sum of months). Allocation explains "
    "{allocation:+.1%}, selection {selection:+.1%}, interaction {interaction:+.1%}; {residual:+.1%} is residual, on "
    "average {typical:.2%} a month in absolute value.",
    When("simulated", "Here index closes are pinned to printed years and their members are not: the residual."),
    **split.facts,
    simulated=market.simulated,
)

# %% [markdown]
# Without stock prices the industries can still be told apart from the rest, with industry indices in place of the
# stocks. The table takes one calendar year, weights as they were known before it.

# %%
allocation = excess.allocation_year(market, research_pair, industry_scheme)
order = allocation["allocation"].abs().sort_values(ascending=False).index[:8]
show_table(allocation.loc[order], "{:+.1%}", caption=f"{' less '.join(research_pair)}, {allocation.attrs['year']}")

# %% [markdown]
# ## What moved the index
#
# A holding adds its average weight times its return. Table 9 does this for the dividend index in 2024. Its printed
# weights and returns give its printed contributions, which is arithmetic and no evidence of more.

# %%
table_9 = printed.contributions()
show(
    draw.plot_contributions(table_9.rename(columns={"contribution_pct": "contribution"})),
    caption="Contributions of the holdings printed in S001's Table 9, recomputed from its weights and returns.",
    alt="Horizontal bars by stock, the coal producer 中国神华 first, banks after it.",
)

# %% [markdown]
# ## Cheap or dear, in its own history
#
# A multiple says little alone: banks are always cheaper than chips. Its *percentile* is the share of days so far that
# were not dearer, known on its day. The risk premium is earnings yield less bond yield; the bond yield is a parameter
# of this page, since no table holds it, and a constant one moves no percentile.

# %%
multiples = valuation.valuation_table(market["index_valuation"], bond_yield=bond_yield)
show(
    draw.plot_valuation(multiples, names),
    caption=f"Percentile of PE and PB in each index's own history, last known day. {market.label}",
    alt="One row an index: dots for PE and PB on a line from zero to one hundred, dearest index at the top.",
)
extremes = facts.valuation_facts(multiples, names, research_benchmark)

# %% tags=["remove-input"]
say(
    "Of {indices} indices, {dear} has the dearest PE for its own history ({dear_pe:.1f} times, percentile "
    "{dear_percentile:.0%}) and {cheap} the cheapest ({cheap_pe:.1f} times, {cheap_percentile:.0%}). At a bond yield "
    "of {bond_yield:.1%} the risk premium of {benchmark} is {risk_premium:.1%}.",
    **extremes,
    bond_yield=bond_yield,
)

# %% [markdown]
# Growth and profitability of an index are those of its holders: a weight $w$ in a stock worth $c$ owns $w/c$ of what
# it earns. Reports count from their announcement. The last column says which weight had all the numbers.

# %%
seasons = pd.DatetimeIndex([d for d in pd.date_range("2019-04-30", today, freq="12ME") if d > stocks.days[0]])
earned = valuation.index_fundamentals(first_built.weights, stocks, seasons)
show_table(earned, "{:.1%}", caption=f"{first_built.spec.index_code} as built, at the end of each reporting season")

# %% [markdown]
# ## The funds on an index
#
# Two funds on the same index are nearly the same thing, and differ in what one can measure:
#
# $$ TE = \sqrt{250}\;\mathrm{sd}(r^{fund}_t - r^{index}_t), \qquad
#    TD = \Big(\prod_t \frac{1 + r^{fund}_t}{1 + r^{index}_t}\Big)^{250/n} - 1 . $$
#
# Returns are those of net asset values with dividends and splits put back. An index as published keeps no dividends,
# so the difference is flattered by what its members pay; within one index that is the same for all.

# %% tags=["recipe"]
funds = products.product_table(market, today)
ranked = products.rank_products(funds)
columns = ["name", "size", "amount", "fee", "tracking_error", "tracking_difference", "premium", "score"]
peers = ranked.loc[ranked["index_code"] == research_benchmark, columns].head(8)
rates = dict.fromkeys(["fee", "tracking_error", "tracking_difference", "premium"], "{:.2%}")
show_table(peers.rename_axis("code"), {**rates, "size": "{:,.0f}", "amount": "{:,.0f}"})

# %%
show(
    draw.plot_products(funds[funds["fund_type"] == "stock"], products.outliers(funds)),
    caption=f"Tracking error over the last year and size of the stock funds whose index has closes. {market.label}",
    alt="Scatter on logarithmic axes: most funds between a half and one percent, larger funds somewhat lower.",
)
seen = products.product_facts(funds)

# %% tags=["remove-input"]
say(
    "{funds} funds follow {followed} indices on {day:%Y-%m-%d}. For {tracked} stock funds with closes of their index "
    "the median tracking error is {error:.2%} a year, the worst {worst_error:.2%} ({worst_tracker}); the median "
    "difference {difference:+.2%} a year. Fees run from {cheap:.2%} to {dear:.2%} (first and last tenth), which takes "
    "{drag_cheap:.1%} and {drag_dear:.1%} of the wealth in ten years. The highest premium is {premium:.1%} "
    "({premium_fund}). {small} of {sized} funds whose size is known are below 50 million CNY, and {quiet:.0%} trade "
    "less than 10 million a session.",
    **seen,
    day=today,
)

# %% [markdown]
# ## Funds that close
#
# A fund that stays below 50 million CNY has to explain itself to the regulator and may be closed, which hands the
# money back at an inconvenient time. The flag is that size. Its worth is a count: of the funds it marked, how many
# closed within a year, and how many of the others did.

# %%
closures = closure.closure_study(market, today)
show(
    draw.plot_hit_rates(closures),
    caption=f"Share of funds closed within a year of each date with many known sizes, 95 % intervals. {market.label}",
    alt="Two dots with intervals: flagged funds and the others.",
)
told = closure.closure_facts(closures)

# %% tags=["remove-input"]
say(
    "On {dates:|date|dates} with many known sizes, {closed} of {flagged} flagged funds closed within a year "
    "({rate:.1%}, interval {low:.1%} to {high:.1%}) and {other_closed} of {others} others ({other_rate:.1%}). The flag "
    "had marked {recall:.0%} of those that closed.",
    When("tells", "The intervals are apart: size tells.", "The intervals overlap: here size tells nothing."),
    **told,
)

# %% tags=["remove-input", "answer"]
say(
    "The returns in {tables[0][table]} begin on {tables[0][fits]:%Y-%m-%d}, not on {tables[0][printed]:%Y-%m-%d} as "
    "printed.",
    "For {tracked} stock funds the median tracking error is {error:.2%} a year, and fees run from {cheap:.2%} to "
    "{dear:.2%} (first and last tenth).",
    "Of funds below 50 million CNY {closures[rate]:.1%} closed within a year, of the others "
    "{closures[other_rate]:.1%}.",
    tables=fitted,
    closures=told,
    **seen,
)

# %% tags=["demo"]
planted.product_box(market, funds)

# %% [markdown]
# ## Published and computed
#
# Years are compared close over close. The cumulative columns are compared as they are labelled, and the days they fit
# beside them. What prose says about indices whose data no open source stores stays *not computable* on real data.

# %%
board.compare("S001 rules of three indices", printed.rule_numbers_of(specs))
board.compare("S001 weight caps", printed.caps_of(specs))

# %%
needed = printed.closes_needed()
board.compare("S001 Table 5: years and year to date", printed.dated_returns(closes, "Table 5"), why=needed)
board.compare("S001 Table 7: years and year to date", printed.dated_returns(closes, "Table 7"), why=needed)

# %%
board.compare("S001 Tables 5 and 7: since the first day", printed.since_returns(closes), why=needed)
board.compare("S001 Tables 5 and 7: the first day itself", printed.since_days(closes), why=needed)

# %%
told_codes = history.closes_of(market["index_daily"], ["399296", "H50040", "931372", "000300"])
board.compare("S001 returns told in words", printed.told_returns(told_codes), why=needed)

# %%
labels = printed.top_ten_labels(market["stock_industry"], industry_scheme)
board.compare("S001 Table 8: industries of the top ten", labels, why="stock_industry does not hold the stock")

# %%
board.compare("S001 Table 8: PE told in words", printed.pe_ranges())
board.compare("S001 Table 9: contributions", table_9)
board.compare("S001 Table 9: stocks it covers", {"stocks in Table 9": len(table_9)})

# %%
told_structure = printed.told_structure(market["index_weights"], market["stock_industry"], industry_scheme)
board.compare("S001 structure told in words", told_structure, why=facts.NO_WEIGHTS)

# %%
told_growth = printed.told_fundamentals(market["index_weights"], stocks)
board.compare("S001 growth and profitability told in words", told_growth)

# %%
told_price = printed.told_valuation(market["index_valuation"])
board.compare("S001 valuation told in words", told_price, why="index_valuation does not hold 931372")

# %%
sizes = printed.appendix_sizes(market["etf_shares"], market["etf_daily"])
board.compare("S001 appendix: fund sizes", sizes, why="no units of this fund in the ten days to the printed one")

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust the arithmetic.** Every decomposition adds up, and what it does not explain is shown. No review, state,
#   percentile or flag sees a later day; each has a test that changes the future.
# - **A rule is ours where the report is silent.** The last row of the first table says where. On real stocks the
#   builder's largest three hundred share most members with the CSI 300, and not all: the publisher uses total caps,
#   expert committees and its own clock.
# - **Leadership by state is a small sample.** A state has a few dozen months, one market and one way to tell it. An
#   interval that crosses zero is the finding.
# - **Tracking differences are not skill.** Dividends of the members are in them. Compare funds of one index.
# - **A flag is a rate, not a fate.** Most small funds live on.
#
# ## Where to go next
#
# Chapter 09 turns these measures into limits and walks from a stance to funds one can buy. Chapter 07 holds the
# rotation whose industries need such funds. Chapter 03 says which indices move together.
