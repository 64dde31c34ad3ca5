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
# # 05 · ETF flows
#
# This chapter measures, week by week, how much ETF money sits in each industry, where it went, and whether it was
# followed by returns. Stock ETFs publish their units every evening and follow indices whose weights are public, so
# both can be added up. The rotation report (S002, 华福证券) builds three of its four factors on that: how much is held
# (持仓程度), how that changed over the month (边际变化), and over the week (短期资金流入流出). It prints returns of
# groups, the groups of 30 industries, ETF units against 14 styles, and two weeks of outflows. You will learn
#
# - how to look through a thousand funds, week after week, without ever joining them with their stocks;
# - what makes a false flow: splits, missing days, adjusted prices, a record that widens; how to catch it and check;
# - how wrong industry weights guessed from returns are, and how to make them less wrong;
# - how near the report's own cells one comes from open data, and why its two cases prove less than they seem to.

# %%
import pandas as pd

from helpers import planted
from helpers.figures import flows as draw
from helpers.figures import new_axes, show, show_table
from helpers.flows import case_cells, change_parts, facts, latest_weeks, left_out, sample, weekly_groups, whole_day
from helpers.flows.cases import printed_cases, week_case
from helpers.flows.etf_money import etf_money
from helpers.flows.one_week import week_flow
from helpers.flows.style_growth import style_study
from helpers.lookthrough.estimates import guess_index
from helpers.lookthrough.from_returns import error_facts
from helpers.panels import industry_closes
from helpers.prose import Each, When, say
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market, monthly_averages

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first week; None: as far back as units and weights go
end = None
rotation_scheme = "SW2021_L1"
report_scheme = "CITIC_L1"  # industries of what stands beside the report's cells
backcast_labels = False  # give stocks their first industry label also before it began: a look-ahead
trade_lag = 1  # sessions from a week's end to the purchase
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
lookthrough_index = "000300"  # the index whose true weights judge the estimated ones
lookthrough_window = 250
control_pair = ["000905", "000852"]  # mid over small caps
monthly_units = None  # a file of monthly averages of units, for months in which no day's units are known
case_week = None  # None: the last week with two weeks of returns after it

# %%
market = load_market(source, data, start=start, end=end)
board = Scoreboard("05_etf_flows", simulated=market.simulated)

# %%
money = etf_money(market, rotation_scheme, backcast=backcast_labels, start=start)
parts, made_of = change_parts.share_moves(money), facts.money_facts(money)

# %%
as_printed = case_cells.in_report_scheme(money, report_scheme)

# %%
prices = industry_closes(market["industry_daily"], rotation_scheme)

# %% tags=["remove-input"]
say(
    "This run uses {data}: {weeks} weeks from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {fewest:,} to {most:,} stock ETFs "
    "with known size, {indices:|index|different indices} with published weights among those tracked, industries of "
    "{scheme}.",
    When(
        "whole",
        "That is most of the ETF market.",
        "Units are known for {universe:.1%} of the listed stock ETFs on an average week: **this is a few funds, not "
        "the ETF market**. Beside the report stand only weeks and months in which most of the market is known.",
    ),
    When(
        "several",
        "",
        "**One index is behind all of it**: level and change below speak of the index, not of investors.",
    ),
    data=market.name,
    scheme=rotation_scheme,
    **made_of,
)

# %% [markdown]
# ## From funds to industries: two sums in another order
#
# Fund $f$ is worth $S_{f,t} = \text{units} \times \text{unit value}$ at the end of week $t$, follows index $k(f)$, and
# the index holds stock $j$ with weight $w_{k,j}$ as last published. The money in industry $i$ is
#
# $$ H_{i,t} = \sum_f S_{f,t} \sum_{j \in i} w_{k(f),j}
#            = \sum_k \Big(\sum_{f:\,k(f)=k} S_{f,t}\Big) \Big(\sum_{j \in i} w_{k,j}\Big) . $$
#
# The first form joins every fund with every stock every week. The second adds up funds by index and stocks by
# industry first, and nothing is approximated. Three clocks run in it: weights dated at a month's end are known from the
# **next session** on; a stock counts in the industry whose label is in force that week; units are published at night.
#
# An amount through time has to be of the **same funds**. Where the record widens from ten funds to a thousand, a sum
# leaps and nobody has bought anything. So amounts below are of the whole market where it is known, and otherwise of
# the funds that are known nearly always.

# %% tags=["recipe"]
same = sample.same_funds(money)
number = same.sizes.shape[1]
upper, lower = new_axes(8, 6, nrows=2, height_ratios=[4, 1])
draw.plot_holdings(money.look(same.sizes).holdings, ax=upper)
draw.plot_known(same.known, number, lower)
show(
    upper,
    caption=f"Money of {number:,} funds by {rotation_scheme} industry, and how many funds the run knows; "
    f"{money.coverage.mean():.0%} of the known money is looked through. {market.label}",
    alt="Stacked areas of the money a constant sample of stock ETFs holds in each industry; below, how many there are.",
)
sampled, top = sample.sample_facts(same), facts.share_facts(money.share)

# %% tags=["remove-input"]
say(
    When(
        "market",
        "Amounts on this page are of all {funds:,} stock ETFs; one counts from its listing on.",
        "Amounts on this page are of the same {funds:|fund|funds}, from {since:%Y-%m-%d} on, while {fewest:,} to "
        "{most:,} are known in a week.",
    ),
    "They are {codes}.",
    "Of all the money known in the last week, {date:%Y-%m-%d}, {first} takes {first_share:.1%}, {second} "
    "{second_share:.1%} and {third} {third_share:.1%}; the smaller half of the industries has {smaller_half:.1%} "
    "together.",
    **sampled,
    **top,
)

# %% [markdown]
# ## What the look-through does not see
#
# Money drops out where the tracked index has no published weights, and where a stock has no label (`backcast_labels`
# gives it its first later one: a look-ahead). Funds whose units nobody recorded are not in the total at all (dashed).

# %%
show(
    draw.plot_coverage(money.through.parts, money.universe),
    caption=f"What became of the known ETF money, and (dashed) how much of the market is known. {market.label}",
    alt="Stacked shares of ETF money looked through, without labels and without index weights, with a dashed line "
    "for the share of listed funds whose units are known.",
)
seen, valued = facts.coverage_facts(money), facts.basis_facts(money)

# %% tags=["remove-input"]
say(
    "- With labels only from the day they began, {strict_early:.0%} of the money is seen in the first half of the "
    "weeks and {strict_late:.0%} in the second; with first labels carried back, {early:.0%} and {late:.0%}.",
    "- Unit values come from {bases}.",
    When(
        "adjusted",
        "- An adjusted close alone is quoted in later units and net of later dividends: later splits are undone, "
        "dividends are not, so such amounts are somewhat too small.",
    ),
    **seen,
    **valued,
)

# %% [markdown]
# ## A flow is a change in units, if it is one
#
# $$ F_{f,t} = \big(s_{f,t} - s_{f,t-1} \cdot \text{split}_{f,t}\big) \cdot v_{f,t} $$
#
# A split or merger changes units without any money, and the price of a unit with them. So
#
# - a ratio that the source states is believed; elsewhere an **unadjusted price** jumps the other way and gives it away;
# - without such a price, units that change by exactly 2, 3, ½ … are a split, since money does not come in such
#   portions. A change close to one of these ratios is *suspected*: its day is left out of all flows;
# - every price is put into **the units of its day**: one from before a split is divided by it, an adjusted one is
#   linked to the last unadjusted one, and none crosses a hole over which units changed by as much as a split would;
# - changes over a hole of more than two weeks belong to no week. A day missing in between is simply skipped over.

# %%
counted = left_out.left_out_facts(money.days, money.sizes.index)
split = left_out.largest_split(money.days, money.sizes.index)
show(
    draw.plot_split(split.table, f"Flow of {split.code} around its split of {split.date:%Y-%m-%d}"),
    caption=f"The largest split of these weeks: {split.code} on {split.date:%Y-%m-%d}. Orange: what a difference of "
    f"units claims; blue: what this chapter uses. {market.label}",
    alt="Paired bars by day; on the middle day the naive bar is enormous and the other small or left out.",
)

# %% tags=["remove-input"]
say("In these weeks the changes in units count as: {found}. Left out of the flows: {left_out:,} fund-days.", **counted)

# %% [markdown]
# ## Money in and out, and do the books balance?
#
# What a fund holds at the end is what it held at the start, what came in, and what the money earned:
# $$ S_{f,T} = S_{f,0} + \sum_t F_{f,t} + \sum_t r_{f,t}\, S_{f,t-1} + \text{residual}_f . $$
#
# A small residual is money that earned a part of a week's return, and dividends paid out; a large one is an error,
# usually a split nobody saw. *Entered* is what a fund brought when it was first seen.

# %% tags=["recipe"]
accounts = sample.fund_books(money, same)
show_table(sample.largest_books(accounts), "{:,.1f}", caption="CNY bn")
balance = sample.books_facts(accounts)

# %% tags=["remove-input"]
say(
    "For {funds:|fund|funds} together CNY {flow_bn:,.0f} bn came in, CNY {return_bn:,.0f} bn were earned, and CNY "
    "{residual_bn:,.1f} bn, {left:.1%} of the money at the end, are left over. The residual of a single fund is "
    "{typical:.1%} of its size at the median; the largest among larger funds is that of {worst} ({worst_left:.1%}).",
    **balance,
)

# %%
show(
    draw.plot_flow_bars(same.flows.sum(axis=1), f"Weekly net inflow of {number:,} stock ETFs"),
    caption=f"Net inflow of the sample, splits and gaps taken out; units of {money.universe.iloc[-1]:.0%} of the "
    f"listed stock ETFs are known in the last week. {market.label}",
    alt="Bars of weekly net inflow in billions of CNY, red for inflow and green for outflow.",
)
inflow = facts.inflow_facts(same.flows)

# %% tags=["remove-input"]
say(
    "The largest weekly inflow of these {funds:|fund|funds} is CNY {best_bn:,.1f} bn in the week to {best:%Y-%m-%d}, "
    "the largest outflow {worst_bn:,.1f} bn in the week to {worst:%Y-%m-%d}. Over the whole period CNY "
    "{total_bn:,.0f} bn came in on balance; {inflows:.0%} of the weeks saw an inflow.",
    **inflow,
)

# %% [markdown]
# ## Funds whose weights nobody publishes: reading holdings off returns
#
# A fund's return is close to a weighted sum of industry returns, with weights that are not negative and sum to one:
#
# $$ \min_{b \ge 0,\; \sum_i b_i = 1} \sum_t \omega_t \Big( y_t - a - \sum_i b_i x_{i,t} - \sum_m c_m z_{m,t} \Big)^2
#    + \lambda\, \bar v \sum_i (b_i - p_i)^2 . $$
#
# The plain version has no controls $z$, equal days $\omega$ and $\lambda = 0$. Improvements are **size controls**,
# **shrinkage** towards a prior $p$ (equal weights here, the last report in chapter 06), which keeps like industries
# from trading places, and **recent days**, which count more. With published weights the error is known: the share of
# the weight in the wrong industry, $\tfrac12 \sum_i |b_i - w_i|$. Shrinkage and half-life come from *earlier* dates.

# %%
options = {"control_pair": control_pair, "window": lookthrough_window, "backcast": backcast_labels}
guess = guess_index(money.market, rotation_scheme, lookthrough_index, **options)
methods = {"plain": "plain regression", "chosen": "controls and shrinkage"}
show(
    draw.plot_estimate_errors(guess.errors[list(methods)].rename(columns=methods)),
    caption=f"Share of the weight of {lookthrough_index} that a regression on {lookthrough_window} sessions puts into "
    f"the wrong industry, against published weights, {len(guess.errors)} months. {market.label}",
    alt="Two lines of misallocated weight by month; the improved estimate lies below the plain one.",
)
missed = error_facts(guess.errors)

# %% tags=["remove-input"]
say(
    "Over {months} months the plain regression misplaces {plain_least:.0%} to {plain_most:.0%} of the weight "
    "({plain:.1%} on average). The improved one misplaces {chosen_least:.0%} to {chosen_most:.0%} ({chosen:.1%}), "
    "{gain:.0%} less, and is better in {better:.0%} of the months, with λ from {least_pull:g} to {most_pull:g}.",
    **missed,
)

# %% [markdown]
# ## All ETFs on one day, and many known answers
#
# On the day on which most indices have weights the sum is taken over the whole market. There returns can be set beside
# the truth for every index, by its largest fund: *plain* regression, *shrunk* to equal weights, *equal* weights alone.

# %%
day = whole_day.whole_day(money)
answers = whole_day.known_answers(money, day, window=lookthrough_window)
stale = whole_day.stale_errors(money, lookthrough_index)
percent = dict.fromkeys(("share", "seen", "plain", "shrunk", "equal"), "{:.0%}")
show_table(whole_day.by_kind(day, answers), {"CNY bn": "{:,.0f}", "indices": "{:.0f}", **percent})
show_table(day.positions.head(10), {"bn": "{:,.0f}", "share": "{:.1%}"}, caption="The ten largest positions, CNY bn")
together = day.facts | whole_day.answer_facts(day, answers, stale)

# %% tags=["remove-input"]
say(
    "On {day:%Y-%m-%d} {funds:,} stock ETFs ({known:.0%} of the listed) held CNY {total_bn:,.0f} bn, {seen:.0%} of it "
    "seen through {indices} indices: {first} {first_share:.1%}, {second} {second_share:.1%}. The ten largest positions "
    "are {ten:.0%}, {stock} the largest ({stock_share:.1%}); {pair} share {common:.0%} of their weight.",
    "Over {judged} indices returns misplace {plain:.0%} of the weight plain and {shrunk:.0%} shrunk; equal weights "
    "{equal:.0%}. True weights of {index} grown old do better: {old}.",
    index=lookthrough_index,
    **together,
)

# %% [markdown]
# ## The latest weeks, as many funds as report
#
# Of the funds whose flow is known in each of these weeks, at the last price known in the units of each day. Funds whose
# index weights are missing or older than about two months get weights read off their last returns, as above.

# %%
latest = latest_weeks.latest_inflow(money, guess, window=lookthrough_window)
lately = latest_weeks.latest_facts(latest)
show(
    draw.plot_industry_bars(latest.industries.sum() / 1e9, "CNY bn", f"Net inflow of {lately['funds']:,} stock ETFs"),
    caption=f"{lately['since']:%Y-%m-%d} to {lately['until']:%Y-%m-%d}: {lately['estimated']:,} funds by weights from "
    f"returns, the others by published ones; {lately['spread']:.0%} of the net flow is spread; prices "
    f"{lately['price_age']:.0f} days old at the median. {market.label}",
    alt="Horizontal bars of net inflow by industry.",
)

# %% tags=["remove-input"]
say(
    "From {since:%Y-%m-%d} to {until:%Y-%m-%d} the same {funds:|fund|funds} took in CNY {total_bn:,.1f} bn on balance. "
    "The most went to {first} (CNY {first_bn:,.1f} bn) and {second} ({second_bn:,.1f} bn), the least to {last} "
    "({last_bn:,.1f} bn).",
    When("dropped", "{dropped:|fund has|funds have} days left out as suspected splits or gaps."),
    When("others", "Another {others:,} lack a flow in some week, {unpriced:,} of them a price in the day's units."),
    **lately,
)

# %% [markdown]
# ## Why a share changes: money, prices, weights, coverage
#
# The share of industry $i$ is $h_{i,t} = H_{i,t} / \sum_i H_{i,t}$, and the report calls its weekly change "flow". A
# share changes for three reasons, and since weights are carried from one publication to the next, the three can be
# told apart exactly:
#
# $$ \Delta H_i = \underbrace{\textstyle\sum_k w_{k,i}\, F_k}_{\text{money}}
#    + \underbrace{\textstyle\sum_k w_{k,i}\,(\Delta S_k - F_k)}_{\text{fund prices}}
#    + \underbrace{\textstyle\sum_k S_k\, \Delta w_{k,i}}_{\text{new weights}} , $$
#
# with $S_k$ the money in funds of index $k$, $F_k$ its net inflow (what a new fund raised included), each piece taken
# relative to the whole. New weights bring what prices did *inside* each index since the last ones. A fourth reason is
# no event at all: a fund **came into view**. The table splits the variance of $\Delta h$ without that part, and all
# groups below leave it out.

# %%
show_table(change_parts.variance_shares(parts).rename_axis("part of the variance"), "{:.0%}")
pieces = change_parts.variance_facts(parts)

# %% tags=["remove-input"]
say(
    When("widens", "What came into view makes {coverage:.0%} of the variance of the whole change."),
    "Without it, money explains {money:.0%}, the funds' prices {prices:.0%} and new weights {weights:.0%}.",
    When(
        "still",
        "Between publications nothing moves at all: with one index, money comes and goes in proportion.",
        "Between publications it is {quiet_money:.0%} money and {quiet_prices:.0%} prices.",
    ),
    **pieces,
)

# %% [markdown]
# ## Level and monthly change, in five groups
#
# At each month's end the industries are cut into five groups, 5 the highest: once by $h$ (持仓程度), once by its
# change over the month, $\Delta h$ (边际变化). The report prints the second for 2025.

# %%
by_month = weekly_groups.monthly_groups(money, parts)
tail = by_month["change"].dropna(how="all").tail(12)
show(
    draw.plot_group_map(tail.T, f"Marginal change, {rotation_scheme} industries"),
    caption=f"Groups of the monthly change in ETF holdings, 5 (red) the largest increase, last {len(tail)} months; "
    f"{money.coverage.reindex(tail.index).mean():.0%} of the known money looked through. {market.label}",
    alt="Heat map of industries by month with group numbers from 1 to 5.",
)
stays = {name: weekly_groups.stay_share(table) for name, table in by_month.items()}

# %% tags=["remove-input"]
say(
    "Levels hardly move: {level:.0%} of industry-months keep their level group from one month to the next, against "
    "{change:.0%} for the change group, where chance alone would keep about one in five.",
    **stays,
)

# %% [markdown]
# ## Weekly inflow groups
#
# Each week the industries are cut into five groups by $\Delta h$ and each group is held in equal parts until the
# next week (短期资金流入流出分组). Two versions: the printed definition, and net inflow alone, which has no price in
# it. A group is bought `trade_lag` sessions after the week's end, without cost; the report states neither. Where no
# share moves, the last groups are held on.

# %%
returns = weekly_groups.groups_earned(weekly_groups.inflow_groups(money, parts), prices, lag=trade_lag)
for name, daily in returns.items():
    show(
        draw.plot_group_wealth(daily, f"Five groups by {name}"),
        caption=f"Wealth of five weekly industry groups by {name}, 5 the largest, before costs, bought {trade_lag} "
        f"session(s) after the week; {money.coverage.mean():.0%} of the known ETF money looked through, units of "
        f"{money.universe.mean():.0%} of the listed funds. {market.label}",
        alt="Lines of cumulative wealth of five industry groups and of all industries in equal weight.",
    )

# %%
performance = {name: weekly_groups.group_performance(daily) for name, daily in returns.items()}
columns = ["annualised_return_pct", "sharpe", "max_drawdown_pct"]
show_table(pd.concat(performance, axis=1).swaplevel(axis=1)[columns], "{:.2f}")
earned = weekly_groups.earned_facts(returns)

# %% tags=["remove-input"]
say(Each(earned, "**{name}**: group 5 less group 1 earns {mean:.1%} a year before costs, $t$ = {t:.1f}."))

# %%
turn = weekly_groups.turn_facts()

# %% tags=["remove-input"]
say(
    "As printed, group 5 less group 1 earned {before:.1f} % a year on average before {turn} and {after:.1f} % from "
    "then to {last}. The report says the effect became strong after 2021; its own long-short column",
    When("stronger", "does say so.", "does not say so."),
    **turn,
)

# %% [markdown]
# ## Units against styles
#
# The report compares, for 14 pure style factors, the growth of stock-ETF units in months in which a style rose and
# fell. The tables can build cruder cousins: two indices, or the thirds of indices or industries with most and least of
# a property. A change of monthly averages (`monthly_units`) lies half in the month before, and is no flow of a week.

# %%
averages = monthly_averages(monthly_units)
styles = style_study(money, size_pair=size_pair, growth_pair=growth_pair, averages=averages)
show_table(styles.table.assign(built_from=styles.built_from))
built = styles.facts

# %% tags=["remove-input"]
say(
    "Of {built:|style|styles} built, from {months} months ({basis}), {strong} show a difference that chance would not "
    "produce one time in twenty.",
    "These are {strong_names}.",
    "Units known before grew {grown:.1%} a month; with newly listed funds {launched:.1%}, and the printed means are "
    "{printed_grown:.1%} at their middle: the report seems to count launches.",
    "Not built here, with what each needs: {unbuilt}.",
    **built,
)

# %% [markdown]
# ## Two weeks of outflows, judged
#
# The report shows two weeks in January 2026 in which ETFs lost a great deal of money. Of the first it says that
# industries with clear outflows then ranked low and that those ETFs favoured had an edge; of the second, that active
# funds' favourites had it. Its printed flows, scores and later returns of 30 industries can be tested alone: by rank
# correlation, and by means of the ten highest and lowest under permutation.

# %%
cases = printed_cases()
show(
    draw.plot_cases([panel for case in cases.values() for panel in case.panels]),
    caption="The two printed outflow weeks: industries by rank of net inflow (left) and of divergence (right) against "
    "the return of the two weeks after; ρ is the rank correlation.",
    alt="Four scatter plots of 30 industries; none shows a clear slope.",
)
told = [case.facts for case in cases.values()]

# %% tags=["remove-input"]
say(
    Each(
        told,
        "**Week of {week:%Y-%m-%d}** ({total:,.0f} 亿元 over 30 industries): the ten largest outflows earned "
        "{flow_bottom:.2f} % afterwards, the ten largest inflows {flow_top:.2f} %; by divergence {lean_top:.2f} % at "
        "the top and {lean_bottom:.2f} % at the bottom. {verdict}",
    ),
    "Two weeks illustrate a story; they do not test it.",
)

# %% [markdown]
# ## The same weeks, rebuilt cell by cell
#
# Units, unit values, index weights and labels give the printed cells anew. A change recorded over several sessions
# counts evenly over them; weights and labels are the nearest there are. The table does one thing otherwise at a time.

# %%
rebuilt = case_cells.rebuilt_cases(as_printed, window=lookthrough_window)
for week, case in rebuilt.items():
    show(
        draw.plot_cells(case.cells, f"Net inflow by {report_scheme} industry, week of {week}"),
        caption=f"Marks: as printed. Bars: rebuilt from {case.note}. {market.label}",
        alt="Horizontal bars of rebuilt net inflow by industry with a mark for each printed one.",
    )

# %%
rounded = {"total": "{:,.0f}", "correlation": "{:.2f}", "slope": "{:.2f}", "signs": "{:.0f}"}
show_table(case_cells.variants_table(rebuilt), rounded, caption="亿元, and agreement with the printed cells")
again = [case.facts for case in rebuilt.values()]

# %% tags=["remove-input"]
say(
    Each(
        again,
        "**Week of {week:%Y-%m-%d}**, {funds:,} funds ({known:.0%} of the listed stock ETFs): the rebuilt cells "
        "correlate with the printed ones at {correlation:.2f} (slope {slope:.2f}), {signs} of {of} signs agree, and "
        "they sum to {total:,.0f} against {printed:,.0f} 亿元. All these funds together: {all_funds:,.0f}, with "
        "{no_weights:+,.0f} in funds whose index has no weights and {unlabelled:+,.0f} in stocks without a label, "
        "which no cell can hold; {partly:+,.0f} are the week's part of changes recorded over more days than it has.",
    ),
    When("ahead", "**Labels of {scheme} are looked ahead**: those in force then cover less than 95 % of the money."),
    scheme=report_scheme,
    ahead=as_printed.backcast,
)

# %% [markdown]
# ## The same view of any week of this run
#
# `case_week` picks it (any date in it). The flows need units around the week; the judgement, prices after it.

# %%
picked = week_flow(money, case_week)
show(
    draw.plot_industry_bars(picked.industries / 1e8, "亿元", f"Net inflow in the week to {picked.end:%Y-%m-%d}"),
    caption=f"{len(picked.funds):,} funds by {rotation_scheme} industry, weights as last published. {market.label}",
    alt="Horizontal bars of net inflow by industry.",
)

# %%
own = week_case(money, prices, case_week, lag=trade_lag).facts

# %% tags=["remove-input"]
say("Week to {week:%Y-%m-%d}, net inflow of {funds:|fund|funds} {total:,.1f} 亿元. {verdict}", **own)

# %% tags=["remove-input", "answer", "headline"]
say(
    "Buying the industries whose share of ETF money rose most and selling those where it fell most earned "
    "{groups[0][mean]:.1%} a year before costs ($t$ = {groups[0][t]:.1f}).",
    "Ranked by {groups[1][name]} it is {groups[1][mean]:.1%} ($t$ = {groups[1][t]:.1f}).",
    "Levels hardly move: {level:.0%} of industry-months keep their group, against {change:.0%} of the changes.",
    groups=earned,
    **stays,
)

# %% tags=["demo"]
planted.flows_box(money)

# %% [markdown]
# ## Published and computed
#
# Tables of the *market* are compared where units of most stock ETFs are known: in all printed years, or at a month.

# %%
other = {"CITIC_L1": ""}.get(rotation_scheme, f"{rotation_scheme} instead of CITIC")
whole = money.whole()  # nothing of the report stands beside a few funds
judged = weekly_groups.judged_groups(whole, returns)
board.compare("S002 flow groups, performance", judged.performance, note=other, why=judged.why)
board.compare("S002 flow groups, by year", judged.years, note=other, why="no whole year in this run")

# %%
board.compare("S002 ETF unit growth by style", styles.judged(money), note=styles.notes, why=styles.why)

# %%
monthly = weekly_groups.months_as_printed(as_printed)
board.compare("S002 marginal-change groups 2025", **monthly["2025"])
board.compare("S002 holding-level groups, six months", **monthly["holding_level"])
board.compare("S002 marginal-change groups, six months", **monthly["marginal_change"])

# %%
first_case, second_case = cases.values()
board.compare("S002 outflow case, week of 2026-01-12", first_case.items, note=first_case.notes)
board.compare("S002 outflow case, week of 2026-01-26", second_case.items, note=second_case.notes)
holders = "needs the holders named in fund reports, which no canonical table carries"
board.compare("S002 individual holders by kind of ETF", {}, why=holders)

# %%
first_cells = case_cells.case_of(rebuilt, "2026-01-12")
board.compare("S002 outflow case, cells of 2026-01-12", first_cells.items, note=first_cells.note)

# %%
second_cells = case_cells.case_of(rebuilt, "2026-01-26")
board.compare("S002 outflow case, cells of 2026-01-26", second_cells.items, note=second_cells.note)

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the look-through where coverage is high, and a flow as far as the books balance.
# - **Do not trust** amounts on adjusted, index-based or old unit values to a percent, nor weights read off returns.
# - **Do not read** the weekly change of a share as money: part of it is price, and with one index all of it is.
#
# ## Where to go next
#
# Chapter 04 has the style states that decide which of these groups the report holds. Chapter 06 sets ETF holdings
# against those of active funds. Chapter 07 puts all three measures into one rotation, with costs.
