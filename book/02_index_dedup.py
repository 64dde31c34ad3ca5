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
# # 02 · One ETF per index
#
# This chapter keeps one ETF per tracked index: it counts what each rule removes, tests with prices whether the funds
# it merges move together, and shows what another choice of survivor changes. The reason: dozens of funds track
# 沪深300, and they all move as one. Whoever studies the ETF market fund by fund therefore counts the same thing many
# times: clusters fill with copies, rankings show one trade forty times, and "diversified" lists are not. The
# community article this chapter rebuilds (S000) keeps **one fund per tracked index** before it clusters anything.
# Its rule is short: drop funds that hardly trade; group the rest by index code, or by index name where the code is
# missing, with a hand-made list for gold; keep the earliest listed of each group.
#
# You will learn
#
# - what each step of the rule removes, and by which rule each fund went;
# - where a turnover filter should stand, read from the data instead of chosen;
# - how far codes and names of vendors can be trusted, and how to test a merge with prices;
# - what changes if the largest, the most traded or the cheapest fund stands for an index.
#
# The result is one function, `dedup_by_index`, that looks at nothing after the date you give it. The next chapter
# clusters what it leaves.

# %%
from helpers.dedup import check_merges, dedup_by_index, prices, recent_turnover, study
from helpers.dedup.choices import blind_tests, compare_survivors, lost_when_filtered_last
from helpers.figures import dedup as draw
from helpers.figures import show, show_table
from helpers.prose import When, say
from helpers.published.exhibits.s000 import BARE
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
end = None
min_amount = 10_000_000.0  # CNY a day; 0 keeps every fund
amount_window = 60  # sessions
amount_measure = "median"  # or "mean"
survivor = "earliest"  # or "largest", "most_traded", "cheapest"

# %% [markdown]
# ## The list, and its holes
#
# A fund list is a vendor's product. Before any rule runs, it is worth knowing what it does not say. A fund without a
# listing date cannot be placed in time; one without index code *and* index name cannot be grouped by either. Each cell
# of the table counts the funds of a type that lack the column.

# %%
market = load_market(source, data, end=end)
board = Scoreboard("02_index_dedup", simulated=market.simulated)

# %%
etf_list = market["etf_list"]
kinds = prices.fund_kinds(etf_list)

# %%
etf_daily = market["etf_daily"]
day = etf_daily["date"].max()
options = {"date": day, "window": amount_window, "measure": amount_measure}

# %%
turnover = recent_turnover(etf_list, etf_daily, **options)
full = dedup_by_index(etf_list, etf_daily, **options)  # every fund listed by then, whatever it trades
names = study.index_names(etf_list, full.keys)
returns = prices.recent_returns(etf_daily, day)
liquid = returns.loc[:, turnover.reindex(returns.columns) >= min_amount]

# %%
show_table(study.holes(etf_list))

# %%
listing = {"funds": len(etf_list), "traded": etf_daily["code"][etf_daily["date"] == day].nunique(), "day": day}

# %% tags=["remove-input"]
say(
    "This run uses {data}; its last session is {day:%Y-%m-%d}. The list holds {funds:,} funds, {traded:,} of which "
    "have a price that day.",
    data=market.name,
    **listing,
)

# %% [markdown]
# ## Step 1: only what trades
#
# S000 moves the turnover filter to the front and prints no threshold. The turnover of fund $i$ at date $t$ is
#
# $$ A_{i,t} = \operatorname{median}\{a_{i,s} : s \text{ one of the last } W \text{ sessions up to } t\}, $$
#
# where a session without a row counts as zero, except before the fund was listed. A fund stays if
# $A_{i,t} \ge$ `min_amount`.
#
# Where should the bar stand? Two funds on one index must earn the same every day. Where they do not, someone's
# closing price is stale. So take all pairs of funds that share an index, leave out the kinds that differ on purpose
# (enhanced funds, QDII with their premiums, money funds; the rest are called *plain*), and look at the correlation
# of their daily returns by the turnover of the *thinner* one. **Rule: the filter begins at the first class of
# turnover from which on the median pair correlates at 0.98 or more.**

# %%
noise = prices.noise_by_turnover(prices.same_index_pairs(full.keys, returns, kinds), turnover)
show(
    draw.plot_noise(noise, prices.NEAR, min_amount),
    caption=f"Two plain funds on one index: correlation of daily returns over {len(returns)} sessions, by the turnover "
    f"of the thinner fund. Dot: median pair; bar: middle half. {market.label}",
    alt="Dots with bars, one per class of turnover of the thinner fund from low to high: the correlation of two "
    "funds on the same index.",
)
bar = study.noise_facts(noise, min_amount)

# %% tags=["remove-input"]
say(
    When(
        "found",
        When(
            "filter",
            "On this date the rule puts the filter at {filter:,.0f} million CNY a day,",
            "On this date the rule asks for no filter at all,",
        ),
        "On this date no class of turnover is that quiet,",
    ),
    When("agrees", "which is what this run uses.", "while this run uses {used:,.0f} million."),
    "In the most traded class the median pair reaches {best:.3f}: closing prices of ETFs carry noise of their own (the "
    "tick of 0.001 CNY, the last trade's timing), so 0.99, the level one would expect of twins, is a demanding test "
    "rather than a natural constant.",
    **bar,
)

# %% [markdown]
# ## Step 2: a key for every index
#
# The key is the index code; where it is missing, the index name; where both are, a fallback. The article takes codes
# and names as the vendor writes them and keys gold by hand. Here every rewriting is a named rule:
#
# - **codes** lose vendor, currency and total-return marks (`000300.SH`, `931574CNY00`, `H00300`), and twins are one
#   (399300 *is* 000300; 上海金 and Au99.99 are one metal);
# - **names** lose what says nothing about the index (指数, 收益率, 全收益, 价格, currencies in brackets, full-width
#   letters), and a name that exactly one code carries is given that code;
# - **fallback**: the benchmark text, brought to the same form; else gold, if the fund is a commodity fund whose
#   benchmark speaks of gold; else all money funds are one (they earn the same overnight rate); else the fund keeps a
#   key of its own, because two unknowns are not a pair.
#
# The first table counts what the keys come from under both schemes, the second lists every code that a rule rewrote.

# %%
show_table(study.key_rules(etf_list))

# %%
show_table(study.rewritten_codes(etf_list))

# %%
groups = study.key_facts(etf_list, day)

# %% tags=["remove-input"]
say(
    "Of the {listed:,} funds listed by then, the article's keys make {article:,} groups and the normalised ones "
    "{normalised:,}.",
    **groups,
)

# %% [markdown]
# ## Step 3: who stands for the index
#
# Within a group the earliest listed fund stays; among equals, the one with the largest code. Every fund that goes is
# recorded with the rule and with the fund that now stands for its index.

# %% tags=["recipe"]
result = dedup_by_index(etf_list, etf_daily, min_amount=min_amount, survivor=survivor, **options)
show(
    draw.plot_steps(result.steps),
    caption=f"From the list to one fund per index, {day:%Y-%m-%d}. {market.label}",
    alt="Horizontal bars, one per step, showing how many funds are left and how many the step removed.",
)

# %%
show_table(study.examples_of_dropped(result, etf_list))

# %%
crowd = study.crowding(full, result, etf_list)
show(
    draw.plot_crowding(crowd.head(20)),
    caption=f"The twenty most crowded indices and their funds, {day:%Y-%m-%d}. {market.label}",
    alt="Horizontal bars of the number of funds tracking each of the twenty most crowded indices, the liquid ones in "
    "full colour.",
)
concentration = study.crowding_facts(crowd)

# %% tags=["remove-input"]
say(
    "**{indices:,}** funds stand for as many indices. The {top} most crowded indices hold {share:.0%} of all listed "
    "funds, while {single:.0%} of the indices have a single fund: copying is concentrated, which is why leaving the "
    "copies in distorts any count.",
    **concentration,
)

# %% [markdown]
# ## The order of the steps matters
#
# The article's order (filter, then choose) and the reverse (choose, then ask whether the chosen one trades) are not
# the same. In the reverse order an index whose *oldest* fund has fallen asleep disappears, though a younger one is
# liquid. Turnover in million CNY a day:

# %%
lost = lost_when_filtered_last(result, etf_list, etf_daily, min_amount, survivor=survivor, **options)
millions = {column: lambda cny: f"{cny / 1e6:,.1f}" for column in ("first_turnover", "stands_turnover")}
show_table(study.with_names(lost, etf_list, "first", "stands").head(12), millions)

# %%
order = {"lost": len(lost), "indices": len(result.representatives)}

# %% tags=["remove-input"]
say("In the reverse order {lost:,} of the {indices:,} indices would be lost.", **order)

# %% [markdown]
# ## Without the vendor's help
#
# What if a vendor leaves the fields empty? Here the truth is known, so it can be tried: hide the columns of all funds
# whose index is known, key them again, and count the pairs of funds that track one index. *Found* is the share of
# these pairs that end up together, *right* the share of the pairs made that are true. Without codes, names must do;
# without both, only benchmark texts and types are left, and the article's hard-coded gold is all it has.

# %%
blind = blind_tests(etf_list)
show_table(blind, {"found": "{:.1%}", "right": "{:.1%}"})
fallback = study.blind_facts(blind)

# %% tags=["remove-input"]
say(
    "Hard-coding gold means: *a commodity fund without code and name is gold*. That finds the gold pairs, and also "
    "marries gold to whatever else lacks both: {article_right:.0%} of the commodity pairs it makes are true.",
    "Reading the benchmark text finds {found:.0%} of them with {right:.0%} right.",
    "Among *all* pairs of the market benchmark texts still find {all_found:.0%} (those of funds that have one).",
    **fallback,
)

# %% [markdown]
# ## Do prices agree with the keys?
#
# A key is a claim: *these funds hold the same thing*. Prices can test it both ways. Pairs that share a key and do not
# move together point to noise, to an active overlay, or to a wrong code. Pairs that move together and share no key
# are indices that differ in name only, for whoever trades them. Only liquid funds are compared.

# %%
same = prices.same_index_pairs(full.keys, liquid, kinds)
show(
    draw.plot_keys_against_data(
        same.query("kind == 'plain'")["correlation"], prices.nearest_other(full.keys, liquid), prices.TWINS
    ),
    caption="Plain liquid funds: correlation of pairs with one key, and of each liquid fund with the nearest fund of "
    f"another key; daily returns over {len(returns)} sessions to {day:%Y-%m-%d}. {market.label}",
    alt="Two histograms of correlations: pairs with one key, and each fund with the nearest fund of another.",
)

# %%
shares = dict.fromkeys(("below 0.99", "below 0.95", "below 0.95 in ranks"), "{:.1%}")
show_table(study.pairs_by_kind(same), {"median": "{:.3f}", **shares})

# %% [markdown]
# **Sharing a key, not moving together.** The worst pairs of each kind. `in_ranks` correlates the ranks of the daily
# returns instead of the returns: where it is much higher, one or two prints (a close at the daily limit that reversed
# the next morning) did the damage, not a different index.

# %%
show_table(study.worst_pairs(same, etf_list), "{:.3f}")

# %% [markdown]
# **Moving together, sharing no key.** One line per pair of indices, closest first.

# %%
alike = study.alike_indices(check_merges(full.keys, liquid), names)
show_table(alike.head(15), "{:.4f}")

# %% [markdown]
# **Moving with another index more than with its own.** Each plain fund is held against every index with at least two
# liquid funds. A fund that is clearly closer to a stranger (by 0.02), and in ranks too, has a doubtful code.

# %%
suspects = prices.doubtful_codes(full.keys, liquid, kinds)
closer = suspects.assign(closer_index=suspects["closer_key"].map(names))
show_table(study.with_names(closer, etf_list, "code"), "{:.3f}")

# %%
plain = full.keys.reindex([code for code in liquid if kinds[code] == "plain"])
agreement = study.agreement_facts(same, alike, suspects, plain)

# %% tags=["remove-input"]
say(
    "Of {pairs:|liquid pair|liquid pairs} with one key, {apart:,} correlate below 0.99;",
    "among plain funds {plain_apart:.1%} fall below 0.95.",
    "{alike:|pair|pairs} of *different* indices correlate at 0.99 or more, mostly neighbouring versions of one "
    "theme. The keys leave them apart, since they are different contracts; joining what moves together is the "
    "business of the next chapter. By this test {suspects:|fund is|funds are} closer to another index, {in_ranks} of "
    "them in ranks too. It has no power beyond {testable:,} of the {funds:,} plain liquid funds, those whose index "
    "has a second one: the codes of the others, and of every thin fund, are taken on the vendor's word.",
    **agreement,
)

# %% [markdown]
# ## Which fund should stand?
#
# *Earliest listed* has the longest history, which is what a study of the past wants. Who wants to trade the result
# may prefer the most traded or the cheapest fund, and S001 (chapter 09) takes the largest. Only indices with more
# than one liquid fund are compared.

# %%
survivors = compare_survivors(etf_list, etf_daily, min_amount=min_amount, **options)
show(
    draw.plot_survivors(survivors),
    caption=f"Who stands for an index with more than one liquid fund, {day:%Y-%m-%d}. {market.label}",
    alt="Three bar charts: median turnover, median fee and the number of indices represented by another fund, for the "
    "earliest, largest, most traded and cheapest fund.",
)
change = study.survivor_facts(survivors)

# %% tags=["remove-input"]
say(
    "{contested:|index is|indices are} contested. The most traded fund is another one in {differ} of them and trades "
    "{most_traded:,.0f} million CNY in the median instead of {earliest:,.0f}. For trading that matters; chapter 03 "
    "shows how little or how much it moves the verdicts on clusters.",
    **change,
)

# %% tags=["remove-input", "answer"]
say(
    "Of {groups[listed]:,} listed funds {indices:,} are left that trade, one an index; the {top} most crowded indices "
    "alone hold {share:.0%} of all funds.",
    "Choosing before filtering would lose {order[lost]:,} of these indices.",
    "{agreement[pairs]:|liquid pair|liquid pairs} of one key can be held against prices, and "
    "{agreement[suspects]:|fund moves|funds move} more like another index than like its own.",
    groups=groups,
    order=order,
    agreement=agreement,
    **concentration,
)

# %% [markdown]
# ## Published and computed
#
# The article prints rules, not numbers. One of its statements can be counted: that funds with neither code nor name
# are gold funds, so that none of them is anything else. (That funds on one index move together it says without a
# figure; the tables above have one.)

# %%
bare = study.bare_facts(etf_list, day)
board.compare(
    "S000 rules",
    {BARE: bare["others"]},
    note=f"{bare['bare']} listed funds have neither in this list, {bare['gold']} of them gold",
    why="etf_list gives every listed fund a code or a name",
)

# %%
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the steps and their reasons: each dropped fund names its rule and its survivor, and a date given to
#   `dedup_by_index` hides everything later, sizes and listings included.
# - **Trust with care** the vendor's codes. The lists above show where prices contradict them, and thin funds go
#   untested. A list gives one code per fund, today's: a fund that changed its index carries the new code into the
#   past, where its prices may follow the old one. A list assembled after the fact also lacks funds that died before
#   it was made, so early dates look cleaner than they were.
# - **Do not read** a correlation below 0.99 as proof of different indices: QDII funds trade at premiums of their own,
#   enhanced funds deviate on purpose, and a single bad close is enough.
# - The turnover filter looks back `amount_window` sessions, so a fund that wakes up enters late, and one that falls
#   asleep leaves late.
#
# ## Where to go next
#
# To use it elsewhere, three lines are enough:
#
# ```python
# from helpers.dedup import dedup_by_index
# result = dedup_by_index(etf_list, etf_daily, date="2025-06-30", min_amount=1e7, survivor="most_traded")
# result.representatives, result.dropped
# ```
#
# Chapter 03 clusters the representatives month by month and shows what leaving the copies in would have done to the
# clusters. Chapter 09 picks funds to buy, where *largest* and *cheapest* come into their own.
