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
# # 09 · The five-step screen
#
# This chapter asks which funds to buy today, and why these. The framework report (S001) ends in five steps: fix the
# stance (定策略), choose indices (选指数), test them (验成色), pick products (挑产品) and control the risk (控风险).
# It gives the order and no numbers.
#
# Here the steps are limits one can move, applied to measures made in chapter 08, and they end in a table one could act
# on. You will learn
#
# - how a state of the market becomes a list of funds, and what every limit shuts out;
# - why a limit may only ever shut out, and what moves when one is tightened;
# - what the rotation of chapter 07 loses when its six industries have to be bought as funds;
# - what a broad core with satellites is like, beside each part alone;
# - how the report's six warnings read when each is answered with a measurement.
#
# Nothing here says that the chosen funds will do better. The other chapters found no forecast to build on, so the
# screen avoids what costs for sure: thin funds, dear funds, bad trackers, premiums, and many names for one bet.

# %%
from helpers import planted
from helpers.figures import screening as draw
from helpers.figures import show, show_table
from helpers.figures.index_research import plot_valuation
from helpers.index_research import closure, history, macro, products, valuation
from helpers.index_research import facts as research
from helpers.index_research.stance import class_closes, funds_of_stance
from helpers.panels import industry_closes
from helpers.prose import Each, When, say
from helpers.scoreboard import Scoreboard
from helpers.screening import Limits, candidates, choose, facts, screen
from helpers.screening.rotation_funds import buy_rotation
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
end = None
stance = None  # attack, defence, theme or core; None: what the state of the market asks for
held_funds = []  # codes of funds already held
limit_size = 200_000_000.0
limit_amount = 10_000_000.0
limit_tracking_error = 0.02
limit_fee = 0.0065
limit_premium = 0.01
positions = 6
max_weight = 0.25
max_cluster = 0.4
satellite_share = 0.3
fall_limit = 0.15
state_market = "000985"
research_benchmark = "000300"  # followed by the core
industry_scheme = "SW2021_L1"
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

# %%
market = load_market(source, data, end=end)
board = Scoreboard("09_five_step_screen", simulated=market.simulated)

# %%
today = market["etf_daily"]["date"].max()
table = products.product_table(market, today)

# %%
limits = Limits(
    min_size=limit_size,
    min_amount=limit_amount,
    max_tracking_error=limit_tracking_error,
    max_fee=limit_fee,
    max_premium=limit_premium,
)

# %% [markdown]
# ## 1 定策略: from the market to a stance
#
# Chapter 08 tells the state of the market from closes and finds that leadership after a state is too weak to bet on.
# The stance is therefore a choice, and `stance` sets it; left open, it follows the report's own table from state to
# stance. Each stance is a set of indices: the words of a name decide first, then its class.

# %%
close = history.asked_closes(market["index_daily"], [state_market], "state_market")[state_market].dropna()
states = macro.market_states(close, industry_closes(market["industry_daily"], industry_scheme))
state = research.state_facts(states)
chosen_stance = facts.stance_for(state["state"], stance)

# %%
stances = funds_of_stance(market["etf_list"], today)
show_table(facts.stance_table(stances))

# %% tags=["remove-input"]
say(
    "This run uses {data}. On {day:%Y-%m-%d} the state of {code} is **{state}**; this page looks for **{stance}**.",
    data=market.name,
    code=state_market,
    stance=chosen_stance,
    **state,
)

# %% [markdown]
# ## 2 选指数 and 3 验成色: indices and their evidence
#
# Every index of the stance that a fund follows is measured as it stands this evening: length and depth of its history,
# share of one-year windows ahead of the benchmark (few of them independent), structure, and price in its own history.
# No fund is ranked by past return.

# %%
found = candidates(market, today, chosen_stance, held=held_funds, benchmark=research_benchmark, products=table)
evidence = found.drop_duplicates("index_code").set_index("index_code")
columns = ["index_name", "years", "fall", "ahead", "independent", "top_ten", "effective", "pe_ttm_percentile"]
shares = dict.fromkeys(["fall", "ahead", "top_ten", "pe_ttm_percentile"], "{:.0%}")
shown = evidence.sort_values("amount", ascending=False)[columns].head(12)
show_table(shown, {**shares, "years": "{:.1f}", "independent": "{:.0f}", "effective": "{:.0f}"})

# %%
multiples = valuation.valuation_table(market["index_valuation"])
show(
    plot_valuation(multiples[multiples.index.isin(evidence.index)], evidence["index_name"].to_dict()),
    caption=f"PE and PB of the indices of the stance in their own histories, where they are known. {market.label}",
    alt="One row an index: dots for PE and PB on a line from zero to one hundred.",
)

# %% [markdown]
# ## 4 挑产品: limits, and the best fund of each index
#
# Every limit asks a fund about itself, never about others:
#
# $$ \text{admitted}_i = \bigwedge_k \; \big( x_{ik} \ge \ell_k \ \text{ or }\ x_{ik} \le u_k \big) . $$
#
# So a tighter limit can only shut out. Ranks are taken before, over all funds of an index, and the choice comes after:
# the best-ranked admitted fund stands for the index. A fund without an answer passes and the table says so
# (`Limits(unknown="fails")` turns that round).

# %% tags=["recipe"]
judged = choose(found, limits)
show_table(facts.shut_out(judged))

# %%
moved = facts.tightening(found, limits)
show(
    draw.plot_tightening(moved),
    caption=f"Funds of the stance {chosen_stance} admitted while one limit at a time is tightened: lower bounds up "
    f"to three times, upper bounds down to a twentieth. {market.label}",
    alt="Table of counts shaded by size, one row a limit; no row ever rises from left to right.",
)

# %% [markdown]
# ## 5 控风险: how much of each
#
# What moves together is one bet: funds are grouped by correlation, no group may hold more than its cap and no fund
# more than its own. Within the caps every fund carries the same risk (risk budgeting, by skfolio),
#
# $$ w_i \, (\Sigma w)_i = \text{equal for all } i, \qquad w_i \le \bar w, \qquad \sum_{i \in g} w_i \le \bar g , $$
#
# which needs no forecast of returns. What the caps do not allow to be invested stays cash.

# %% tags=["recipe"]
caps = {"positions": positions, "max_weight": max_weight, "max_cluster": max_cluster}
options = {"held": held_funds, "benchmark": research_benchmark, "products": table}
screened = screen(market, today, chosen_stance, limits, **caps, **options)
show(
    draw.plot_weights(screened.chosen),
    caption=f"Funds bought for the stance {chosen_stance}. {market.label}",
    alt="Horizontal bars of weights by fund, none above the cap, coloured by the group that moves together.",
)
words = facts.screen_words(screened)

# %% tags=["remove-input"]
say(
    "Of {funds} funds on {indices:|index|indices}, {admitted} on {followed:|index|indices} keep all limits. "
    "{held:|fund is|funds are} bought, in {clusters:|group that moves|groups that move} together, the largest with "
    "{largest:.0%}, {cash:.0%} in cash. {unanswered:.0%} of the admitted have at least one question without an answer.",
    **words,
)

# %%
show(
    draw.plot_steps(screened.steps),
    caption=f"Funds and indices left after each step. {market.label}",
    alt="Horizontal bars that get shorter from the first step to the last.",
)

# %% [markdown]
# ## The rotation, in funds one can buy
#
# Chapter 07 rotates among industry *indices*, which nobody can buy. At each of its decisions an industry now becomes
# the fund that holds most of it: by the weights published before that evening, among funds listed for four months, the
# most traded of those with like exposure, then the cheapest. An industry without a fund that holds half of it stays
# cash, and the comparison begins at the first decision at which half of the money finds a fund.

# %%
style = {"size_pair": size_pair, "growth_pair": growth_pair, "style_start": style_start}
style |= {"size_lambda": size_lambda, "growth_lambda": growth_lambda}
clock = {"start": rotation_start, "weeks": holding_weeks, "lag": trade_lag}
bought = buy_rotation(market, scheme=industry_scheme, top_n=top_n, cost_bps=cost_bps, style=style, **clock)

# %%
show_table(bought.last, {"exposure": "{:.0%}", "fee": "{:.2%}", "weight": "{:.1%}", "amount": "{:,.0f}"})

# %%
show(
    draw.plot_traded(bought.returns)[0],
    caption=f"Wealth of the rotation on industry indices and in funds, before and after costs of {cost_bps:g} basis "
    f"points. {market.label}",
    alt="Two panels: wealth of paper and funds, and the ratio of funds to paper.",
)

# %% tags=["remove-input"]
say(
    "Over {decisions} decisions ({begins:%Y-%m-%d} to {ends:%Y-%m-%d}) the paper strategy earned {paper:+.1%} a year "
    "and the funds {traded:+.1%}: a gap of {gap:+.1%}, with a tracking error of {tracking_error:.1%} and a correlation "
    "of {correlation:.2f}. On average {covered:.0%} of the money found a fund. Trading turns the portfolio over "
    "{turnover:.1f} times a year, which costs another {cost:.1%}.",
    **bought.facts,
)

# %% [markdown]
# ## A broad core with satellites
#
# The report's last use is a core that earns the market and satellites that may earn more. Here the satellites are the
# funds bought above, and the rule for falls halves them after a fall from their peak, from the next session on, until
# half of it is regained. The past below is that of *today's* funds: it shows what the parts are like together. It is no
# record of having chosen them.

# %%
core = facts.core_fund(products.rank_products(table), research_benchmark)
satellites = screened.chosen.loc[screened.chosen["weight"] > 0, "weight"].drop(core, errors="ignore")
parts = facts.core_study(market["etf_daily"], core, satellites, satellite_share, fall_limit)

# %%
show(
    draw.plot_parts(parts)[0],
    caption=f"Core {core}, today's satellites and both, with and without the rule for falls. {market.label}",
    alt="Two panels: wealth of the parts, and their falls from the peak.",
)
likeness = facts.parts_table(parts)
shown_as = dict.fromkeys(["return", "volatility", "deepest fall"], "{:.1%}")
show_table(likeness, {**shown_as, "sessions": "{:.0f}"})

# %% [markdown]
# ## One page to act on
#
# One row a fund: what to buy, for how much of ten million CNY, in how many sessions if one takes a tenth of the
# turnover, and the measures that let it in.

# %%
actions = facts.action_table(screened)
percent = dict.fromkeys(["weight", "fee", "tracking_error", "premium"], "{:.2%}")
whole = dict.fromkeys(["money", "size", "amount", "sessions"], "{:,.0f}")
show_table(actions, {**percent, **whole, "PE percentile": "{:.0%}"}, caption=f"As of {today:%Y-%m-%d}")
page = facts.one_page(screened)

# %% tags=["remove-input"]
say(
    "Beyond {capacity:,.0f} million CNY the thinnest fund ({thinnest}) takes more than one session at a tenth of its "
    "turnover. The funds cost {fee:.2%} a year.",
    When("simulated", "**This market is simulated: nothing here can be bought.**"),
    simulated=market.simulated,
    **page,
)

# %% [markdown]
# ## Six warnings, answered
#
# The report closes with six risks in words. Each has a number on this page or the one before.

# %%
closures = closure.closure_facts(closure.closure_study(market, today))
classes = class_closes(market["etf_list"], market["index_daily"])
leaders = macro.leadership(states["state"], classes)

# %%
answers = facts.risk_answers(
    {
        1: {"n": len(leaders), "sure": int((leaders["low"] > 0).sum())},
        2: {"fall": -likeness.loc["satellites", "deepest fall"]},
        3: {"state": state["state"], "since": state["since"]},
        4: {"gap": bought.facts["gap"] - bought.facts["cost"]},
        5: {"error": actions["tracking_error"].max(), "limit": limit_tracking_error},
        6: {"capacity": page["capacity"], "rate": closures["rate"], "other": closures["other_rate"]},
    }
)

# %% tags=["remove-input"]
say(
    Each(
        answers,
        "**{warning}**:",
        "{sure} of {n} means of a class after a state lie above zero for sure.",
        "today's satellites have fallen by {fall:.0%} from a peak within the years shown.",
        "the state is {state} since {since:%Y-%m-%d}, told from closes; it can turn tomorrow.",
        "the rotation in funds, after costs, differs from its paper by {gap:+.1%} a year, before luck is taken out.",
        "the worst fund bought strays {error:.2%} a year, the limit is {limit:.1%}.",
        "one session bears {capacity:,.0f} million CNY.",
        "Of funds below 50 million CNY {rate:.0%} closed within a year, of others {other:.1%}.",
    ),
)

# %% tags=["remove-input", "answer"]
say(
    "Of {funds} funds for the stance {stance}, {admitted} keep all limits and {held:|is|are} bought, with "
    "{cash:.0%} left in cash.",
    "Bought as funds, the rotation of chapter 07 differs from its paper by {bought[gap]:+.1%} a year: "
    "{bought[covered]:.0%} of the money found a fund.",
    bought=bought.facts,
    **words,
)

# %% tags=["demo"]
planted.product_box(market, table)

# %% [markdown]
# ## Published and computed
#
# The report prints no result of its screen, only its steps. They are compared as a definition.

# %%
board.compare("S001 Fig. 42: the five steps", facts.STEPS)

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust what is shut out.** Every number has a date and a source, no measure sees a later day, and a tighter limit
#   never lets a fund in.
# - **The limits are ours.** The report gives none. Move them and watch the counts.
# - **The stance is a choice.** The state is told from prices; the report's macro view is not data here.
# - **Unknown is not good.** Where a fund's tracking error cannot be measured, the table says so and lets it pass.
# - **Past of today's funds is not a track record.** The choice was made at the end of it.
# - **This is research, not advice.**
#
# ## Where to go next
#
# Chapter 07 holds the rotation and its evidence; chapter 08 the measures; chapter 10 charges costs, counts searches and
# asks what still holds.
