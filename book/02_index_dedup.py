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
import pandas as pd
from IPython.display import Markdown, display

from helpers.correlation import correlation, trailing_returns, wide_prices
from helpers.dedup import check_merges, dedup_by_index
from helpers.dedup.checks import (
    NEAR,
    blind_keys,
    compare_survivors,
    doubtful_codes,
    fund_kinds,
    index_names,
    lost_when_filtered_last,
    noise_by_turnover,
    same_index_pairs,
    smallest_quiet_turnover,
)
from helpers.dedup.index_keys import index_keys
from helpers.figures import dedup as draw
from helpers.figures import show
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
# listing date cannot be placed in time; one without index code *and* index name cannot be grouped by either.

# %%
market = load_market(source, data, end=end)
ready = "etf_list" in market and "etf_daily" in market
if ready:
    etf_list, etf_daily = market["etf_list"], market["etf_daily"]
    day = etf_daily["date"].max()

    asked = ["name", "list_date", "index_code", "index_name", "benchmark", "mgmt_fee", "size"]
    columns = [c for c in asked if c in etf_list]
    kind = etf_list.get("fund_type", pd.Series("all", index=etf_list.index)).fillna("unknown")
    holes = etf_list[columns].isna().groupby(kind).sum().assign(funds=kind.value_counts())
    display(holes.sort_values("funds", ascending=False).rename_axis("type of fund"))
else:
    display(
        Markdown(f"**This run has no fund list or no fund prices**, and without both the page stays empty: {market!r}")
    )

# %% tags=["remove-input"]
if ready:
    traded = etf_daily.loc[etf_daily["date"] == day, "code"].nunique()
    display(
        Markdown(
            f"This run uses {market.label}; its last session is {day:%Y-%m-%d}. The list holds {len(etf_list):,} "
            f"funds, {traded:,} of which have a price that day. Each cell above counts the funds of a type that lack "
            "the column."
        )
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
if ready:
    full = dedup_by_index(etf_list, etf_daily, date=day, window=amount_window, measure=amount_measure)
    lookback = min(120, etf_daily["date"].nunique() - 1)
    returns = trailing_returns(wide_prices(etf_daily), day, lookback)
    each = etf_list.assign(index_code=etf_list["code"])
    turnover = dedup_by_index(each, etf_daily, date=day, window=amount_window, measure=amount_measure, keys="article")
    turnover = turnover.representatives.set_index("code")["turnover"]

    pairs = same_index_pairs(full, returns, etf_list)
    noise = noise_by_turnover(pairs, turnover)
    quiet = smallest_quiet_turnover(noise)
    show(
        draw.plot_noise(noise, NEAR, min_amount),
        caption=f"Two plain funds on one index: correlation of daily returns over {lookback} sessions, by "
        f"the turnover of the thinner fund. Dot: median pair; bar: middle half. {market.label}.",
        alt="Dots with bars, one per class of turnover of the thinner fund from low to high: the correlation of two "
        "funds on the same index.",
    )

# %% tags=["remove-input"]
if ready:
    said = (
        f"the rule puts the filter at {quiet / 1e6:,.0f} million CNY a day" if quiet == quiet else "no class gets there"
    )
    said = "the rule asks for no filter at all" if quiet == 0 else said
    agree = (
        "which is what this run uses" if quiet == min_amount else f"while this run uses {min_amount / 1e6:,.0f} million"
    )
    best = noise.dropna(subset="median").iloc[-1]
    display(
        Markdown(
            f"On this date {said}, {agree}. In the most traded class the median pair reaches "
            f"{best['median']:.3f}: closing prices of ETFs carry noise of their own (the tick of 0.001 CNY, the last "
            "trade's timing), so 0.99, the level one would expect of twins, is a demanding test rather than a "
            "natural constant."
        )
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

# %%
if ready:
    result = dedup_by_index(
        etf_list,
        etf_daily,
        date=day,
        min_amount=min_amount,
        window=amount_window,
        measure=amount_measure,
        survivor=survivor,
    )
    keys = index_keys(etf_list)
    plain = index_keys(etf_list, "article")
    display(
        pd.DataFrame({"article": plain["key_rule"].value_counts(), "normalised": keys["key_rule"].value_counts()})
        .fillna(0)
        .astype(int)
        .rename_axis("key comes from")
    )

# %%
if ready:
    named = keys[keys["rewritten"] != ""].merge(etf_list, on="code")
    named = named.groupby(["rewritten", "index_code", "key"]).agg(funds=("code", "size"), example=("name", "first"))
    display(named.reset_index().rename(columns={"rewritten": "rule", "index_code": "as written"}))

# %% tags=["remove-input"]
if ready:
    listed = set(etf_list.loc[etf_list["list_date"] <= day, "code"])
    groups = [table.loc[table["code"].isin(listed), "key"].nunique() for table in (plain, keys)]
    display(
        Markdown(
            f"Of the {len(listed):,} funds listed by then, the article's keys make {groups[0]:,} groups and the "
            f"normalised ones {groups[1]:,}. The table shows every code that a rule rewrote and the key it now "
            "shares."
        )
    )

# %% [markdown]
# ## Step 3: who stands for the index
#
# Within a group the earliest listed fund stays; among equals, the one with the largest code. Every fund that goes is
# recorded with the rule and with the fund that now stands for its index.

# %%
if ready:
    show(
        draw.plot_steps(result.steps),
        caption=f"From the list to one fund per index, {day:%Y-%m-%d}. {market.label}.",
        alt="Horizontal bars, one per step, showing how many funds are left and how many the step removed.",
    )

# %%
if ready:
    name_of = etf_list.set_index("code").get("name", pd.Series(dtype=object))
    dropped = result.dropped.assign(
        name=result.dropped["code"].map(name_of), stands=result.dropped["survivor"].map(name_of)
    )
    display(dropped.groupby("rule").head(4).set_index("code")[["name", "rule", "key", "survivor", "stands"]])

# %%
if ready:
    text = index_names(etf_list, result.keys)
    count = pd.DataFrame({"all": full.representatives.set_index("key")["n_funds"]})
    count["liquid"] = result.representatives.set_index("key")["n_funds"]
    count = (
        count.fillna(0).astype(int).assign(thin=lambda t: t["all"] - t["liquid"]).sort_values("all", ascending=False)
    )
    crowd = count.head(20).reset_index().assign(index=lambda t: t["key"].map(text) + "  " + t["key"])
    show(
        draw.plot_crowding(crowd),
        caption=f"The twenty most crowded indices and their funds, {day:%Y-%m-%d}. {market.label}.",
        alt="Horizontal bars of the number of funds tracking each of the twenty most crowded indices, the "
        "liquid ones in full colour.",
    )

# %% tags=["remove-input"]
if ready:
    top = count.head(10)["all"].sum() / count["all"].sum()
    single = (count["all"] == 1).mean()
    display(
        Markdown(
            f"**{len(result.representatives):,}** funds stand for as many indices. The ten most crowded indices hold "
            f"{top:.0%} of all listed funds, while {single:.0%} of the indices have a single fund: copying is "
            "concentrated, which is why leaving the copies in distorts any count."
        )
    )

# %% [markdown]
# ## The order of the steps matters
#
# The article's order (filter, then choose) and the reverse (choose, then ask whether the chosen one trades) are not
# the same. In the reverse order an index whose *oldest* fund has fallen asleep disappears, though a younger one is
# liquid.

# %%
if ready:
    lost = lost_when_filtered_last(
        result,
        etf_list,
        min_amount,
        etf_daily=etf_daily,
        date=day,
        window=amount_window,
        measure=amount_measure,
        survivor=survivor,
    )
    display(
        lost.assign(
            first_name=lost["first"].map(name_of),
            stands_name=lost["stands"].map(name_of),
            first_turnover=lost["first_turnover"] / 1e6,
            stands_turnover=lost["stands_turnover"] / 1e6,
        )
        .rename(columns={"first_turnover": "first, mn CNY", "stands_turnover": "stands, mn CNY"})
        .round(1)
        .head(12)
    )

# %% tags=["remove-input"]
if ready:
    display(Markdown(f"In the reverse order {len(lost)} of the {len(result.representatives):,} indices would be lost."))

# %% [markdown]
# ## Without the vendor's help
#
# What if a vendor leaves the fields empty? Here the truth is known, so it can be tried: hide the columns of all funds
# whose index is known, key them again, and count the pairs of funds that track one index. *Found* is the share of
# these pairs that end up together, *right* the share of the pairs made that are true. Without codes, names must do;
# without both, only benchmark texts and types are left, and the article's hard-coded gold is all it has.

# %%
if ready:
    hidden = {"codes hidden": ("index_code",), "codes and names hidden": ("index_code", "index_name")}
    blind = {title: blind_keys(etf_list, cols) for title, cols in hidden.items()} if "index_code" in etf_list else {}
    if "fund_type" in etf_list and blind:
        commodity = etf_list[etf_list["fund_type"] == "commodity"]
        blind["commodity funds, both hidden"] = blind_keys(commodity, ("index_code", "index_name"))
    display(pd.concat(blind).astype({"pairs": int}).round(3) if blind else None)

# %% tags=["remove-input"]
if ready:
    display(
        Markdown(
            "Hard-coding gold means: *a commodity fund without code and name is gold*. That finds the gold pairs, "
            "and also marries gold to whatever else lacks both: "
            f"{blind['commodity funds, both hidden'].loc['article', 'right']:.0%} of the commodity pairs it makes "
            "are true. Reading the benchmark text finds "
            f"{blind['commodity funds, both hidden'].loc['normalised', 'found']:.0%} of them with "
            f"{blind['commodity funds, both hidden'].loc['normalised', 'right']:.0%} right, and of *all* pairs in "
            f"the market it still finds {blind['codes and names hidden'].loc['normalised', 'found']:.0%} (those "
            "whose benchmark text the vendor gives)."
            if blind and blind["commodity funds, both hidden"]["pairs"].iloc[0]
            else "This list gives no index codes, or has no commodity funds, to test the fallback with."
        )
    )

# %% [markdown]
# ## Do prices agree with the keys?
#
# A key is a claim: *these funds hold the same thing*. Prices can test it both ways. Pairs that share a key and do not
# move together point to noise, to an active overlay, or to a wrong code. Pairs that move together and share no key
# are indices that differ in name only, for whoever trades them. Only liquid funds are compared.

# %%
if ready:
    liquid = returns[[c for c in returns if turnover.get(c, 0.0) >= min_amount]]
    check = check_merges(result.keys, liquid)
    rho = pd.DataFrame(correlation(liquid), liquid.columns, liquid.columns)
    key = result.keys.reindex(liquid.columns)
    other = rho.mask(key.to_numpy()[:, None] == key.to_numpy()).max().dropna()
    same = pairs[pairs["code_a"].isin(liquid) & pairs["code_b"].isin(liquid)]
    show(
        draw.plot_keys_against_data(same.loc[same["kind"] == "plain", "correlation"], other, 0.99),
        caption="Plain liquid funds: correlation of pairs with one key, and of each fund with the nearest "
        f"fund of another key; daily returns over {lookback} sessions to {day:%Y-%m-%d}. "
        f"{market.label}.",
        alt="Two histograms of correlations: pairs with one key, and each fund with the nearest fund of another.",
    )

# %%
if ready:
    ranks = pd.DataFrame(correlation(liquid.rank()), liquid.columns, liquid.columns)
    same = same.assign(in_ranks=[ranks.at[a, b] for a, b in zip(same["code_a"], same["code_b"], strict=True)])
    by_kind = same.groupby("kind").agg(
        pairs=("correlation", "size"),
        median=("correlation", "median"),
        below_99=("correlation", lambda s: (s < 0.99).mean()),
        below_95=("correlation", lambda s: (s < 0.95).mean()),
        below_95_in_ranks=("in_ranks", lambda s: (s < 0.95).mean()),
    )
    display(by_kind.round(3))

# %% [markdown]
# **Sharing a key, not moving together.** The worst pairs of each kind. `in_ranks` correlates the ranks of the daily
# returns instead of the returns: where it is much higher, one or two prints (a close at the daily limit that reversed
# the next morning) did the damage, not a different index.

# %%
if ready:
    worst = same.sort_values("correlation").groupby("kind").head(4).sort_values(["kind", "correlation"])
    worst = worst.assign(name_a=worst["code_a"].map(name_of), name_b=worst["code_b"].map(name_of))
    display(worst[["kind", "key", "code_a", "name_a", "code_b", "name_b", "correlation", "in_ranks"]].round(3))

# %% [markdown]
# **Moving together, sharing no key.** One line per pair of indices, closest first.

# %%
if ready:
    alike = check.alike.assign(
        pair=[" / ".join(sorted(p)) for p in zip(check.alike["key_a"], check.alike["key_b"], strict=True)]
    )
    alike = alike.drop_duplicates("pair")
    alike = alike.assign(index_a=alike["key_a"].map(text), index_b=alike["key_b"].map(text))
    display(alike[["key_a", "index_a", "key_b", "index_b", "code_a", "code_b", "correlation"]].head(15).round(4))

# %% [markdown]
# **Moving with another index more than with its own.** Each plain fund is held against every index with at least two
# liquid funds. A fund that is clearly closer to a stranger (by 0.02), and in ranks too, has a doubtful code.

# %%
if ready:
    kinds = fund_kinds(etf_list)
    raw, robust = doubtful_codes(result.keys, liquid, kinds), doubtful_codes(result.keys, liquid.rank(), kinds)
    suspects = raw.assign(in_ranks=raw["code"].isin(robust["code"]).map({True: "too", False: "no: bad prints"}))
    display(suspects.assign(name=suspects["code"].map(name_of), closer=suspects["closer_key"].map(text)).round(3))

# %% tags=["remove-input"]
if ready:
    plain_same = same[same["kind"] == "plain"]
    plain_liquid = [c for c in liquid if kinds.get(c) == "plain"]
    crowded = key.reindex(plain_liquid).duplicated(keep=False).sum()
    display(
        Markdown(
            f"Of {check.pairs_sharing:,} liquid pairs with one key, {len(check.apart):,} correlate below 0.99; among "
            f"plain funds {(plain_same['correlation'] < 0.95).mean():.1%} fall below 0.95. {len(alike):,} pairs of "
            "*different* indices correlate at 0.99 or more, mostly neighbouring versions of one theme. The keys "
            "leave them apart, since they are different contracts; joining what moves together is the business of "
            f"the next chapter. {len(raw)} funds look closer to another index than to their own, "
            f"{raw['code'].isin(robust['code']).sum()} of them in ranks too. The test has no power beyond "
            f"{crowded} of the {len(plain_liquid)} plain liquid funds, those whose index has a second one: the codes "
            "of the others, and of every thin fund, are taken on the vendor's word."
        )
    )

# %% [markdown]
# ## Which fund should stand?
#
# *Earliest listed* has the longest history, which is what a study of the past wants. Who wants to trade the result
# may prefer the most traded or the cheapest fund, and S001 (chapter 09) takes the largest. Only indices with more
# than one liquid fund are compared.

# %%
if ready:
    options = {"date": day, "min_amount": min_amount, "window": amount_window, "measure": amount_measure}
    survivors = compare_survivors(etf_list, etf_daily, **options)
    show(
        draw.plot_survivors(survivors),
        caption=f"Who stands for an index with more than one liquid fund, {day:%Y-%m-%d}. {market.label}.",
        alt="Three bar charts: median turnover, median fee and the number of indices represented by another "
        "fund, for the earliest, largest, most traded and cheapest fund.",
    )

# %% tags=["remove-input"]
if ready:
    table = survivors.set_index("survivor")
    display(
        Markdown(
            f"{table['contested'].iloc[0]} indices are contested. The most traded fund is another one in "
            f"{table.loc['most_traded', 'differ']} of them and trades "
            f"{table.loc['most_traded', 'turnover'] / 1e6:,.0f} million CNY in the median instead of "
            f"{table.loc['earliest', 'turnover'] / 1e6:,.0f}. For trading that matters; chapter 03 shows how little or "
            "how much it moves the verdicts on clusters."
        )
    )

# %% [markdown]
# ## Published and computed
#
# The article prints rules, not numbers. Two of its statements can be counted: that funds with neither code nor name are
# gold funds, and that funds on one index move together (held here against 0.95, since it gives no figure).

# %%
board = Scoreboard("02_index_dedup", market.simulated)
bare_gold = "funds with neither code nor name that are gold"
alike_pairs = "pairs on one index that move together"
if not ready:
    for item in (bare_gold, alike_pairs):
        board.missing("S000 rules", item, 100, needs=[t for t in ("etf_list", "etf_daily") if t not in market])
else:
    bare = plain[plain["code"].isin(listed) & plain["key_rule"].isin(["gold", "unknown index"])]
    gold = bare["code"].isin(keys.loc[keys["key"].isin({"gold", "AU9999"}), "code"])
    note = f"{len(bare)} listed funds have neither in this list, {gold.sum()} of them gold"
    if len(bare):
        board.add("S000 rules", bare_gold, 100, 100 * gold.mean(), "%", 1.0, note)
    else:
        board.missing("S000 rules", bare_gold, 100, note=note)
    note = "plain liquid pairs at 0.95 or above; the article says their paths agree closely"
    if len(plain_same):
        board.add("S000 rules", alike_pairs, 100, 100 * (plain_same["correlation"] >= 0.95).mean(), "%", 2.0, note)
    else:
        board.missing("S000 rules", alike_pairs, 100, note="no two plain liquid funds share an index")
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
