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
# # 06 · Active divergence
#
# This chapter asks whose money moves an industry's price where ETFs and active equity funds (主动权益基金) disagree on
# it, and whether the answer changed in the middle of 2021. ETFs hold what indices hold, active funds what their
# managers choose. The rotation report (S002, 华福证券) answers in two parts: up
# to the middle of 2021 the industries that active funds preferred went on to win; after it, as ETFs grew, those that
# ETFs held more of. Its fourth factor follows from that: hold the ETF side while new ETFs sell faster than new
# active funds, and the active side otherwise.
#
# This chapter rebuilds the active side as it was known at each date, the divergence, its groups before and after the
# turn, the printed yearly table, and the switch. You will learn
#
# - what a quarterly top-ten list says, when it says it, and how often the same money is listed twice;
# - whether a regression on daily returns improves on simply keeping the last report;
# - how strong the evidence for a turning point is, in the report's own numbers and in this run's;
# - what the switch needs, and what is left of the factor when nobody publishes it.

# %%
from helpers import active_funds, planted
from helpers.active_funds import reports, sides, study
from helpers.active_funds.walk_forward import pull_facts
from helpers.backtest.groups import yearly_sides
from helpers.figures import divergence as draw
from helpers.figures import show, show_table
from helpers.figures.flows import plot_yearly
from helpers.flows.etf_money import etf_money
from helpers.panels import industry_closes
from helpers.performance import performance_table
from helpers.prose import When, say
from helpers.published.exhibits.s002_divergence import divergence_years
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first month; None: as far back as ETF holdings go
end = None
rotation_scheme = "SW2021_L1"
backcast_labels = False  # give stocks their first industry label also before it began
report_months = 2  # months, from the announcement's on, in which a report is used as it is
active_shrink = 1.0  # pull of the simulated weights to the last report
turning_date = "2021-07-01"  # when, by the report, pricing power passed to ETFs
top_n = 6  # industries held by the switch
trade_lag = 1  # sessions from a month's end to the purchase

# %%
market = load_market(source, data, start=start, end=end)
board = Scoreboard("06_active_divergence", simulated=market.simulated)

# %%
money = etf_money(market, rotation_scheme, backcast=backcast_labels, start=start, every="month")
months = money.sizes.index

# %%
asked = {"backcast": backcast_labels, "shrink": active_shrink}
active = study.active_weights(market, months, rotation_scheme, report_months=report_months, **asked)
gap = study.known_divergence(money.share, active)

# %%
prices = industry_closes(market["industry_daily"], rotation_scheme)

# %%
lines = market["fund_holdings"]
sample = study.sample_facts(market, money)

# %% tags=["remove-input"]
say(
    "This run uses {data}: ETF holdings of {months} month ends from {first:%Y-%m-%d} to {last:%Y-%m-%d} "
    "({coverage:.0%} of the known money looked through, units of {universe:.0%} of the listed stock ETFs), and reports "
    "of {funds:,} active funds for the quarters {begin:%Y-%m-%d} to {end:%Y-%m-%d}.",
    When(
        "values",
        "",
        "**It has no fund_nav**, so weights cannot be simulated from returns: in the months between reports the last "
        "one is carried on, and the chapter marks them.",
    ),
    data=market.name,
    **sample,
)

# %% [markdown]
# ## One portfolio, several lines
#
# A quarterly report lists the ten largest holdings (前十大重仓股). A fund with share classes A and C appears once for
# each, with the same stocks. Adding up lines is right for *money* as long as each line carries the size of its own
# class; where a source repeats the size of the whole portfolio, the money is counted twice. Counting *funds* by lines
# is wrong in either case. So lines with the same stocks in the same report are merged into one portfolio, and the
# distinct sizes among them are added.

# %%
show_table(reports.count_portfolios(lines).tail(8), {"CNY bn, all lines": "{:,.0f}", "CNY bn, merged": "{:,.0f}"})

# %% [markdown]
# ## What was known, month by month
#
# A report for a quarter's end is announced weeks later; before that day it does not exist for a strategy. At each
# month's end the chapter takes every portfolio's last announced report, not older than about four months after its
# quarter's end, and adds up
#
# $$ a_{i,t} = \frac{\sum_p V_p \sum_{j \in i} q_{p,j}}{\sum_p V_p \sum_j q_{p,j}} $$
#
# with sizes $V_p$ and reported weights $q_{p,j}$ of net assets. The report uses such lists in the two months after
# publication (`report_months`) and fills the third by regression. The mark of each point says which it is.

# %%
known = active.weights.dropna(how="all")
show(
    draw.plot_active_weights(known, active.origin["source"].loc[known.index]),
    caption=f"Industry weights of active equity funds as known at each month's end, {len(known)} of {len(months)} "
    f"months; ETF coverage of the same months {money.coverage.loc[known.index].mean():.0%}. {market.label}",
    alt="Lines of the six largest industry weights with marks for reported, simulated and carried months.",
)
origin = study.origin_facts(active)

# %% tags=["remove-input"]
say(
    "Of the {months} months of this page {report} use reports, {simulated} are simulated, {carried} carry a report on "
    "and {none} are unknown. On the day it is used, a reported quarter's end lies {youngest:.0f} to {oldest:.0f} days "
    "back. A top-ten list is not the portfolio: concentrated bets weigh more in it than they do.",
    **origin,
)

# %% [markdown]
# ## Does the regression know more than the last report?
#
# The simulation regresses the funds' average return (weighted by the sizes announced before) on industry returns,
# with non-negative weights that sum to one, a place for cash, and a pull $\lambda$ to the last known report. Its judge
# is the report that comes later: at each quarter's end, the share of weight in the wrong industry. Its rivals are the
# plain regression, and doing nothing, which is to keep the report one has.

# %% tags=["recipe"]
judged = study.judge_simulation(market, rotation_scheme, **asked)
show(
    draw.plot_quarter_errors(judged.errors),
    caption=f"Misallocated weight at the quarter's end against the report announced later, {len(judged.errors)} "
    f"quarters. {market.label}",
    alt="Lines of the misallocated share by quarter for the carried report and, where possible, the simulations.",
)
misplaced = study.simulation_facts(judged)

# %%
show(
    draw.plot_shrink_curve(study.shrink_curve(judged), misplaced["carried"]),
    caption=f"Mean error of the simulation by its pull to the last report, {len(judged.errors)} quarters. "
    f"{market.label}",
    alt="Line of mean misallocated weight against shrinkage, with a dashed line for the carried report.",
)

# %% tags=["remove-input"]
say(
    "A report one quarter old has {carried:.1%} of the weight in the wrong place, judged by the next.",
    "The plain regression has {plain:.1%}, the simulation of this run (λ = {pull:g}) {simulated:.1%}, the best of "
    "those tried {best_error:.1%} (λ = {best:g}).",
    When(
        "helps",
        "Returns do add something: {gain:.1%} of the weight.",
        When(
            "falling",
            "**No simulation tried beats the report it starts from**; the more it is pulled back to it, the better.",
            "**No simulation tried beats the report it starts from.**",
        ),
    ),
    pull=active_shrink,
    **misplaced,
)

# %% [markdown]
# The best pull of that curve is known only afterwards. Chosen walk-forward, from the errors that earlier quarters had
# shown by then, and with keeping the report among the candidates:

# %%
pulls = pull_facts(judged)

# %% tags=["remove-input"]
say(
    "Over the {quarters} quarters in which a choice can be made, keeping the report is chosen in {kept}; the choices "
    "err by {chosen:.1%}, λ = {pull:g} by {own:.1%} (more than the kept report in {lost} of {quarters}), keeping the "
    "report always by {carried:.1%}.",
    When(
        "carrying",
        "**Keeping the report wins.** The simulation stays because the report's own method asks for it.",
        "Keeping the report does not win here.",
    ),
    pull=active_shrink,
    **pulls,
)

# %% [markdown]
# ## Divergence
#
# $$ d_{i,t} = h_{i,t} - a_{i,t} $$
#
# the ETF share of industry $i$ (chapter 05) less that of active funds (持仓分歧度). Above zero ETFs hold more
# (正向分歧), below zero active funds do (负向分歧).

# %%
show(
    draw.plot_divergence_map(gap),
    caption=f"ETF share less active share of each {rotation_scheme} industry, {len(gap)} months; "
    f"{money.coverage.loc[gap.index].mean():.0%} of the known ETF money looked through, units of "
    f"{money.universe.loc[gap.index].mean():.0%} of the listed funds. {market.label}",
    alt="Heat map of industries by month; red where ETFs hold more, green where active funds do.",
)
bets = sides.divergence_facts(gap)

# %% tags=["remove-input"]
say(
    "On average ETFs are heaviest in {etf_first} ({etf_first_pp:+.1f} pp) and {etf_second} ({etf_second_pp:+.1f} pp), "
    "active funds in {active_first} ({active_first_pp:+.1f} pp) and {active_second} ({active_second_pp:+.1f} pp).",
    "The rank correlation of one month with the next is {persistence:.2f}:",
    When("standing", "a few standing bets, not many independent ones.", "the bets change."),
    **bets,
)

# %% [markdown]
# ## Three groups on each side, before and after the turn
#
# At each month's end each side is cut into three by the size of the divergence; the outer groups (3 on the ETF side,
# −3 on the active side) are held in equal parts for a month, before costs. The second version cuts by the *change* of
# the divergence since the month before (相对边际变化): which side is adding.

# %%
outer = sides.outer_groups(gap, prices, lag=trade_lag)
tests = sides.side_tests(outer, turning_date)
show_table(tests, {"sessions": "{:,.0f}"})
turn = sides.turn_facts(tests)

# %%
named = {3.0: "ETF side, outer third", -3.0: "active side, outer third", "equal weight": "equal weight"}
for name, returns in outer.items():
    show(
        draw.plot_sides(returns, named, turning_date, f"Outer groups by divergence: {name}"),
        caption=f"Wealth of the outer third of each side by {name} of the divergence, monthly, before costs, bought "
        f"{trade_lag} session(s) after the month's end; units of {money.universe.loc[gap.index].mean():.0%} of the "
        f"listed funds. {market.label}",
        alt="Lines of wealth of the ETF side, the active side, all industries and the difference of the sides.",
    )

# %%
printed_lead = sides.yearly_lead(divergence_years())
lead = sides.lead_facts(printed_lead)

# %% tags=["remove-input"]
say(
    "In the printed table the ETF side leads the active side in {early_won} of {early_years} years up to 2020 and in "
    "{late_won} of {late_years} years from 2021 on, by {early_pp:+.1f} and {late_pp:+.1f} pp a year. Of the sum of the "
    "second {largest_share:.0%} is {largest_year} alone ({largest_pp:+.1f} pp); in {last_year} the lead is "
    "{last_pp:+.1f} pp.",
    **lead,
)

# %% tags=["remove-input"]
say(
    "In this run the difference earns {before:+.1f} % a year before {day} (before costs; t = {before_t:.1f}, "
    "{before_sessions:,} sessions) and {after:+.1f} % after (t = {after_t:.1f}, {after_sessions:,} sessions).",
    When("thin", "That is not enough to date a turning point, or to deny one."),
    day=turning_date,
    **turn,
)

# %% [markdown]
# ## The yearly table
#
# The report prints, for each year, return and excess of "ETF share higher" and "active share higher", and no costs. It
# does not say which of the three groups these are; the outer ones are taken here, before costs. `whole` says whether
# this run covers all sessions of the year: a part of one stands in the table, but not beside a whole one in the figure.

# %%
by_year = yearly_sides(outer["level"], sides.SIDES)
show_table(by_year.join(divergence_years().add_prefix("printed ")))

# %%
whole_years = sides.yearly_lead(sides.compare_years(outer))
beside = printed_lead.to_frame("published").join(whole_years.rename("this run"))
show(
    plot_yearly(beside, "pp, ETF side less active side", "Which side led, by year"),
    caption="Yearly return of the industries ETFs hold more less that of those active funds hold more: as printed, and "
    f"from this run. {market.label}",
    alt="Bars by year of the published and the computed lead of the ETF side.",
)

# %% [markdown]
# ## Issuance heat, and the switch
#
# New funds tell which kind of money is arriving. The report compares their growth (新发热度):
#
# $$ \text{heat}_m = \frac{E_m - E_{m-1}}{E_{m-1}} - \frac{A_m - A_{m-1}}{A_{m-1}} , $$
#
# with $E_m$ and $A_m$ the units of newly founded stock ETFs and active equity funds in month $m$. It is known from
# the first session after the month. Above zero the six industries with the largest divergence are held, otherwise the
# six with the smallest. Where heat is unknown nothing says which side to take: the strategy then holds nothing. The
# two sides held always are the yardsticks, since a switch must beat both to be worth having. A factor whose sign is
# unknown half of the time is no factor, and a guessed sign would turn it into one of the two sides: chapter 07 leaves
# it out where it is missing.

# %%
fixed = sides.switch_returns(gap, None, prices, top=top_n, lag=trade_lag)
show_table(performance_table(fixed), {"annualised_return_pct": "{:.1f}"})

# %%
heat = active_funds.issuance_heat(market["fund_issuance"])
show(
    draw.plot_heat(heat),
    caption=f"Issuance heat by the date from which it is known, {heat.notna().sum()} months. {market.label}",
    alt="Bars of issuance heat by month, red above zero and green below.",
)
steady = sides.heat_facts(heat)

# %% tags=["remove-input"]
say(
    "Heat is known in {known} of {months} months, above zero in {above:.0%} of them, and changes sign {flips:.1f} "
    "times a year. It is the growth of one month over the one before: a single large launch moves it.",
    **steady,
)

# %%
switched = sides.switch_returns(gap, heat, prices, top=top_n, lag=trade_lag)
show_table(performance_table(switched), {"annualised_return_pct": "{:.1f}"})
switch = sides.switch_facts(switched)

# %% tags=["remove-input"]
say(
    "Over {sessions:,} sessions the switch returns {switch:.1f} % a year, the better of the two fixed sides "
    "{better:.1f} %, all industries {all:.1f} %, before costs. Chapter 07 trades the same factor every two weeks, over "
    "its own span and after costs: the two numbers are not the same strategy.",
    **switch,
)

# %% tags=["remove-input", "answer"]
say(
    "The industries that ETFs hold more earned {before:+.1f} % a year more than those of active funds before "
    "{turning_date} (t = {before_t:.1f}) and {after:+.1f} % after (t = {after_t:.1f}).",
    When("thin", "That is not enough to date a turning point, or to deny one."),
    When(
        "standing",
        "The rank correlation of one month's divergence with the next is {persistence:.2f}: a few standing bets, not "
        "many independent ones.",
    ),
    turning_date=turning_date,
    **bets,
    **turn,
)

# %% tags=["demo"]
planted.active_box(market, active, rotation_scheme)

# %% [markdown]
# ## Published and computed
#
# The yearly table and the turn need the whole ETF market and active funds in whole years: a handful of funds of one
# index is no test of what the report says of the market, so it gets no verdict. The two statements about heat need
# issuance. The report does not name its three groups; the outer ones are compared. The strategy on its own stands in
# chapter 07.

# %%
whole = money.whole()
short = "both sides known in less than a whole year of sessions"
board.compare("S002 divergence groups by year", sides.compare_years(outer), why=short)
board.compare("S002 pricing power passes to ETFs in mid-2021", sides.leading_side(tests), why=short)

# %%
board.compare("S002 issuance heat", sides.heat_by_month(heat), why="month not in the data")

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the dates: a report counts from its announcement, heat from the session after its month, index weights
#   from the session after theirs. Tests change everything later and see nothing earlier move.
# - **Trust** the reported weights for the large bets, within the ten largest holdings. The rest of the portfolio is
#   not in them, and small positions are systematically missing.
# - **Be careful with the simulation.** Its error stands above beside that of doing nothing. Where doing nothing wins,
#   the third month of each quarter adds noise, not news.
# - **Do not take the turning point for measured.** One change of regime in nine yearly rows, dated after the fact, on
#   bets that last, is one observation.
# - **Do not fill unknown heat.** Either side held always is a different strategy with a name of its own.

# %% [markdown]
# ## Where to go next
#
# - Chapter 05 has the ETF side, its coverage and its flows.
# - Chapter 07 uses the divergence, signed by heat, as the fourth factor, with costs and beside the printed strategy.
# - To use the pieces elsewhere: `helpers.active_funds.known_weights`, `helpers.active_funds.issuance_heat`,
#   `helpers.active_funds.divergence.divergence`.
