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
# (持仓程度), how that changed over the month (边际变化), and how it changed over the week (短期资金流入流出). It prints
# group returns for the last one, the groups of 30 industries through 2025, ETF units against 14 styles, and two weeks
# of large outflows. This chapter rebuilds them and sets them beside the printed tables. You will learn
#
# - how to look through a thousand funds, week after week, without ever joining them with their stocks;
# - what makes a false flow: splits, missing days, adjusted prices, a record that widens; how to catch it and check;
# - how wrong industry weights guessed from returns are, and how to make them less wrong;
# - how much of "money came in" is only "the price went up";
# - why the two printed cases prove less than they seem to.

# %%
import pandas as pd

from helpers import planted
from helpers.figures import flows as draw
from helpers.figures import new_axes, show, show_table
from helpers.flows import change_parts, facts, latest_weeks, left_out, sample, weekly_groups
from helpers.flows.cases import printed_cases, week_case
from helpers.flows.etf_money import etf_money
from helpers.flows.style_growth import style_study
from helpers.lookthrough.estimates import guess_index
from helpers.lookthrough.from_returns import error_facts
from helpers.panels import industry_closes
from helpers.prose import Each, When, say
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first week; None: as far back as units and weights go
end = None
rotation_scheme = "SW2021_L1"
backcast_labels = False  # give stocks their first industry label also before it began: a look-ahead
trade_lag = 1  # sessions from a week's end to the purchase
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
lookthrough_index = "000300"  # the index whose true weights judge the estimated ones
lookthrough_window = 250
control_pair = ["000905", "000852"]  # mid over small caps
case_week = None  # None: the last week with two weeks of returns after it

# %%
market = load_market(source, data, start=start, end=end)
board = Scoreboard("05_etf_flows", simulated=market.simulated)

# %%
money = etf_money(market, rotation_scheme, backcast=backcast_labels, start=start)
parts, made_of = change_parts.share_moves(money), facts.money_facts(money)

# %%
prices = industry_closes(market["industry_daily"], rotation_scheme)

# %% tags=["remove-input"]
say(
    "This run uses {data}: {weeks} weeks from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {fewest:,} to {most:,} stock ETFs "
    "with known size, {indices:|index|different indices} with published weights among what they track, industries of "
    "{scheme}.",
    When(
        "whole",
        "That is most of the ETF market.",
        "Units are known for {universe:.1%} of the listed stock ETFs on an average week: **this is a few funds, not "
        "the ETF market**, and nothing below that needs the market is set beside the report.",
    ),
    When(
        "several",
        "",
        "**One index is behind all of it.** Then the share of an industry is its index weight, whatever flows in or "
        "out: level and change below speak of the index, not of investors.",
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
# industry first: every weight row is read once, and each week costs one small matrix product. Nothing is
# approximated. Three clocks run in it: weights dated at a month's end are known from the **next session** on; a stock
# counts in the industry whose label is in force that week; units of a day are published that evening.
#
# An amount through time has to be of the **same funds**. Where the record of units widens from ten funds to a
# thousand, a sum leaps and nobody has bought anything. So amounts below are of the whole market where it is known, and
# otherwise of the funds that are known nearly always.

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
# Money drops out where the tracked index has no published weights, and where a stock has no label. The dashed line
# is the harder limit: funds whose units nobody recorded are not in the total at all. Stocks without a label on a
# date can be given their first later one (`backcast_labels`). That knows labels before their time: a look-ahead, off
# unless it is asked for.

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
# A split or merger changes units without any money, and the price of a unit with them. Two things go wrong: the
# change in units is taken for a flow, and units of one kind are multiplied with a price of the other. So
#
# - a ratio that the source states is believed; elsewhere an **unadjusted price** jumps the other way and gives it away;
# - without such a price, units that change by exactly 2, 3, ½ … are a split, since money does not come in such
#   portions. A change close to one of these ratios is *suspected*: its day is left out of all flows;
# - every price is put into **the units of its day**. One from before a split is divided by it; an adjusted price is
#   linked to the last unadjusted one. Where units changed over a hole in the record by as much as a split would, a
#   price from before the hole is not used at all;
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
# ## Do the books balance?
#
# What a fund holds at the end is what it held at the start, what came in, and what the money earned:
# $$ S_{f,T} = S_{f,0} + \sum_t F_{f,t} + \sum_t r_{f,t}\, S_{f,t-1} + \text{residual}_f . $$
#
# Units, prices and returns come from different tables, so the residual tests all three. A small one is money that
# earned a part of a week's return, and dividends paid out, which an adjusted price counts as kept. A large one is an
# error, usually a split nobody saw. *Entered* is what a fund brought when it was first seen.

# %% tags=["recipe"]
accounts = sample.fund_books(money, same)
show_table(sample.largest_books(accounts), "{:,.1f}", caption="CNY bn")
balance = sample.books_facts(accounts)

# %% tags=["remove-input"]
say(
    "For {funds:|fund|funds} together CNY {flow_bn:,.0f} bn came in, CNY {return_bn:,.0f} bn were earned, and CNY "
    "{residual_bn:,.1f} bn, {left:.1%} of the money at the end, are left over. The residual of a single fund is "
    "{typical:.1%} of its size at the median; the largest among funds of some size is that of {worst} "
    "({worst_left:.1%}).",
    **balance,
)

# %% [markdown]
# ## Money in and out, week by week
#
# A large bar need not be many people changing their minds: a few institutions trade broad index funds in size.

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
# Without weights there is still the price. A fund's return is close to a weighted sum of industry returns, with
# weights that are not negative and sum to one:
#
# $$ \min_{b \ge 0,\; \sum_i b_i = 1} \sum_t \omega_t \Big( y_t - a - \sum_i b_i x_{i,t} - \sum_m c_m z_{m,t} \Big)^2
#    + \lambda\, \bar v \sum_i (b_i - p_i)^2 . $$
#
# The plain version has no controls $z$, equal days $\omega$ and $\lambda = 0$. Three things improve it. **Size
# controls**: an index of large caps moves unlike a sum of all-cap industries, and the regression would hide that tilt
# in industries that happen to be large. **Shrinkage** towards a prior $p$ (equal weights here, the last report in
# chapter 06) keeps collinear industries from trading places. **Recent days** count more.
#
# For an index with published weights the error is known: the share of the weight that sits in the wrong industry,
# $\tfrac12 \sum_i |b_i - w_i|$. Shrinkage and half-life are chosen at each date by the errors of *earlier* dates only.

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
    "{gain:.0%} less, and is better in {better:.0%} of the months, with λ from {least_pull:g} to {most_pull:g}. It "
    "stays a fallback: one yuan in {one_in:.0f} is still in the wrong place, and a theme fund that holds two "
    "industries is a different task from a broad index.",
    **missed,
)

# %% [markdown]
# ## The latest weeks, as many funds as report
#
# The last weeks of recorded units, of the funds whose flow is known in each of them. Prices may end before the units
# do: amounts then scale with the last price known, put into the units of each day. Funds whose index weights are
# missing or older than about two months get weights read off their last returns, as above.

# %%
latest = latest_weeks.latest_inflow(money, guess, window=lookthrough_window)
lately = latest_weeks.latest_facts(latest) | {"index": lookthrough_index, "chosen": missed["chosen"]}
by_week, by_name = new_axes(8, 9.6, nrows=2, height_ratios=[1, 3])
draw.plot_flow_bars(latest.flows.sum(axis=1), f"Net inflow by week, {lately['funds']:,} stock ETFs", by_week)
draw.plot_industry_bars(latest.industries.sum() / 1e9, "CNY bn", "Net inflow by industry", by_name)
show(
    by_week,
    caption=f"Net inflow from {lately['since']:%Y-%m-%d} to {lately['until']:%Y-%m-%d}: {lately['estimated']:,} funds "
    f"by weights estimated from returns, the others by published weights; {lately['spread']:.0%} of the net flow is "
    f"spread. Prices are {lately['price_age']:.0f} days old at the median. {market.label}",
    alt="Bars of total net inflow by week, and horizontal bars of net inflow by industry.",
)

# %% tags=["remove-input"]
say(
    "From {since:%Y-%m-%d} to {until:%Y-%m-%d} the same {funds:|fund|funds} took in CNY {total_bn:,.1f} bn on balance. "
    "The most went to {first} (CNY {first_bn:,.1f} bn) and {second} ({second_bn:,.1f} bn), the least to {last} "
    "({last_bn:,.1f} bn).",
    When("dropped", "{dropped:|fund has|funds have} days left out as suspected splits or gaps."),
    When(
        "others",
        "Another {others:,} report units but are not in the sum: they lack a flow in some week or, as {unpriced:,} do, "
        "a price in the units of the day.",
    ),
    When(
        "estimated",
        "For {index} such weights misplace {chosen:.0%}; for these funds, many of them on one theme, the error is not "
        "known.",
    ),
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
# with $S_k$ the money in funds of index $k$, $F_k$ its net inflow (what a new fund raised included), and each piece
# taken relative to the whole. New weights arrive once a month and bring what prices did *inside* each index since the
# last ones. A fourth reason is no event at all: a fund **came into view**, because its units were recorded from that
# week on. The table splits the variance of $\Delta h$ without that part, and all groups below leave it out.

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
    draw.plot_group_map(
        tail.set_axis(tail.index.strftime("%Y-%m")).T, f"Marginal change, {rotation_scheme} industries"
    ),
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
# it. A group is bought `trade_lag` sessions after the week's end, without cost; the report states neither. Yearly rates
# are at 250 sessions. A week in which no share moves forms no groups, and the last ones formed are held on.

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
whole = money.whole()  # nothing of the report stands beside a few funds
judged = weekly_groups.judged_groups(whole, returns)
show(
    draw.plot_yearly(judged.spread, "%, group 5 less group 1", "Long-short by year"),
    caption=f"Group 5 less group 1 by year, before costs: as printed and as this run's data give it. {market.label}",
    alt="Bars by year of the published and the computed long-short return.",
)

# %%
turn = weekly_groups.turn_facts()

# %% tags=["remove-input"]
say(
    "As printed, group 5 less group 1 earned {before:.1f} % a year on average before {turn} and {after:.1f} % from "
    "then to {last}. The report says the effect became strong after 2021; its own long-short column",
    When("stronger", "does say so.", "does not say so."),
    "The excess of group 5 alone went from {top_before:.1f} to {top_after:.1f} %.",
    **turn,
)

# %% [markdown]
# ## Units against styles
#
# The report compares, for 14 pure style factors, the growth of stock-ETF units in months in which a style rose and
# fell. A pure factor is a regression over all stocks. What the canonical tables can build is a cruder cousin: the
# difference of two indices, or of the third of indices or industries that has most of a property and the third that
# has least, chosen the month before. Growth is that of funds known at a month's start.

# %%
styles = style_study(money, size_pair=size_pair, growth_pair=growth_pair)
show_table(styles.table.assign(built_from=styles.built_from))
built = styles.facts

# %% tags=["remove-input"]
say(
    "Of {built:|style|styles} built, from {months} months of the units of {universe:.0%} of the listed stock ETFs, "
    "{strong} show a difference that chance would not produce one time in twenty.",
    "These are {strong_names}.",
    "The report prints no test. Not built here, with what each needs: {unbuilt}. Nor is its split of retail against "
    "institutions (机构持有占比), which is printed twice a year in fund reports and in no canonical table.",
    **built,
)

# %% [markdown]
# ## Two weeks of outflows, judged
#
# The report shows two weeks in January 2026 in which ETFs lost a great deal of money. Of the first it says that
# industries with clear outflows then ranked low and that those ETFs favoured had an edge; of the second, that active
# funds' favourites had it. It prints flows, divergence scores and later returns of 30 industries, so the statements can
# be tested on the printed numbers alone: rank correlation, and means of the ten highest and lowest under permutation.

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
    "Two weeks are two observations. They illustrate a story; they do not test it.",
)

# %% [markdown]
# ## The same view of any week of this run
#
# `case_week` picks the week (any date in it).

# %%
own = week_case(money, prices, case_week, lag=trade_lag)
show(
    draw.plot_cases(own.panels),
    caption=f"Week to {own.week:%Y-%m-%d}, {own.funds:,} funds, {money.coverage[own.week]:.0%} of their money looked "
    f"through: {' and '.join(own.signals)} by rank against the next ten sessions. {market.label}",
    alt="Scatter plots of industries by rank of each signal against their later return.",
)
week_told = own.facts

# %% tags=["remove-input"]
say("Week to {week:%Y-%m-%d}, net inflow of {funds:|fund|funds} {total:,.1f} 亿元. {verdict}", **week_told)

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
# Tables of the ETF *market* are compared when the run knows the units of most listed stock ETFs through the printed
# years. The cases need only the report: its sums, and on which side of the mean the named industries ended.

# %%
other = {"CITIC_L1": ""}.get(rotation_scheme, f"{rotation_scheme} instead of CITIC")
board.compare("S002 flow groups, performance", judged.performance, note=other, why=judged.why)
board.compare("S002 flow groups, by year", judged.years, note=other, why="no whole year in this run")

# %%
board.compare("S002 ETF unit growth by style", styles.judged(whole), note=styles.notes, why=styles.why)

# %%
grouped, lacking = weekly_groups.months_as_printed(whole, by_month)
board.compare("S002 marginal-change groups 2025", grouped["2025"], why=lacking)
board.compare("S002 holding-level groups, six months", grouped["holding_level"], why=lacking)
board.compare("S002 marginal-change groups, six months", grouped["marginal_change"], why=lacking)

# %%
first_case, second_case = cases.values()
board.compare("S002 outflow case, week of 2026-01-12", first_case.items, note=first_case.notes)
board.compare("S002 outflow case, week of 2026-01-26", second_case.items, note=second_case.notes)

# %%
unheld = "needs the holders named in fund reports, which no canonical table carries"
board.compare("S002 individual holders by kind of ETF", {}, why=unheld)

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the look-through where coverage is high: it is a sum, and every input is dated by when it was known.
# - **Trust** a flow as far as the books balance: the residual says how far.
# - **Do not trust** an amount in CNY built on adjusted or index-based unit values to better than a few percent, nor
#   on prices that are months old to better than the market has moved since.
# - **Do not trust** weights read off returns for anything finer than a ranking.
# - **Do not read** the weekly change of a share as money: part of it is price, and with one index all of it is.
# - **Do not compare** a handful of funds with a report on the whole market; such pairs are left out of this page.
#
# ## Where to go next
#
# Chapter 04 has the style states that decide which of these groups the report holds. Chapter 06 sets ETF holdings
# against those of active funds. Chapter 07 puts all three measures into one rotation, with costs.
