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
# # 01 · Taxonomy
#
# This chapter measures how many industries beat the market each year and whether leaders stay leaders, and sorts
# China's index funds into 5 macro and 14 detailed classes by rules that say why. It follows a broker's framework for
# thematic index funds (S001, 金融街证券, January 2026), which starts from an observation and draws a conclusion. The
# observation: in most years most industries lag the market, and the leaders keep changing. The conclusion: an
# investor should think in themes that cut across industries, and for that needs a map of the funds. The report sorts
# 633 tracked indices into 5 macro and 14 detailed classes by keywords in their names.
#
# This chapter rebuilds both halves: the yearly ranking of industries (its Table 1, Figs 1 and 2), and the taxonomy
# (its Tables 2, 3 and 4, Figs 3 and 10). You will learn
#
# - how many industries beat the market in a year, and how much that depends on which market one means;
# - whether this year's ranking says anything about the next;
# - to which day the report's undated 2025 figures belong;
# - why printed keyword lists do not reproduce a printed classification, and what a rule engine needs to do so;
# - how to judge rules that somebody wrote by hand, and what such a judgement cannot say;
# - in which classes China's supply of ETFs grows and in which it dries up.

# %%
import pandas as pd
from IPython.display import Markdown

from helpers import industry_years as yearly
from helpers import published, taxonomy
from helpers.figures import show
from helpers.figures import taxonomy as draw
from helpers.panels import industry_closes
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first year ranked; None: as far back as the data go
end = None
industry_scheme = "SW2021_L1"  # 申万一级, the 31 industries the report ranks
leader_count = 5
supply_span = 3

# %% [markdown]
# ## What this run holds
#
# The ranking needs the closes of the industries (`industry_daily`) and of two benchmarks (`index_daily`): 沪深300
# (000300) and 中证全指 (000985), the whole market. Where 中证全指 is absent, the values the report prints for it
# still serve as the yardstick, on real data only: a simulated market is never measured against the real one.

# %%
market = load_market(source, data, end=end)
daily = market.get("industry_daily", pd.DataFrame(columns=["date", "scheme", "industry_name", "close"]))
ranked = industry_scheme in set(daily["scheme"])
closes = industry_closes(daily, industry_scheme) if ranked else pd.DataFrame(index=pd.DatetimeIndex([]))
returns = yearly.yearly_returns(closes).loc[pd.Timestamp(start).year if start else 0 :]

codes = {"沪深300": "000300", "中证全指": "000985"}
indices = market.get("index_daily", pd.DataFrame({"date": [], "index_code": [], "close": []}))
computed = yearly.benchmark_years(indices, codes).reindex(returns.index)

table1 = published.load("s001_t01_sw_l1_yearly_returns")
printed = table1.pivot(index="year", columns="name", values="return_pct") / 100
comparable = industry_scheme == "SW2021_L1" and not market.simulated
borrowed = printed[list(codes)] if comparable else printed[list(codes)].iloc[:0]
yardsticks = computed.combine_first(borrowed).reindex(returns.index)

# %% tags=["remove-input"]
absent = [f"{name} ({code})" for name, code in codes.items() if computed[name].isna().all()]
lines = [f"This run uses {market.label}."]
if len(returns):
    lines.append(
        f"It ranks {closes.shape[1]} industries ({industry_scheme}) over {len(returns)} full years, "
        f"{returns.index[0]} to {returns.index[-1]}."
    )
else:
    lines.append(f"It holds no full year of {industry_scheme} closes, so the first half of this page stays empty.")
if absent:
    helps = "; the printed yearly values stand in where there are any" if comparable else ""
    lines.append(f"Not in its index closes: {', '.join(absent)}{helps}.")
if "etf_list" not in market:
    lines.append("It has no list of funds (`etf_list`): the taxonomy is then shown on the printed rows alone.")
if market.simulated:
    lines.append("Prices and funds are invented: this page then shows the method at work and replicates nothing.")
Markdown(" ".join(lines))

# %% [markdown]
# ## A year of industries, ranked
#
# The return of industry $i$ in year $y$ runs from the last close of the year before to the last close of the year,
#
# $$ R_{i,y} = \frac{P_{i,\mathrm{last}(y)}}{P_{i,\mathrm{last}(y-1)}} - 1 , $$
#
# on price indices, without dividends. A year still under way is left out. The report prints this as a table of 7
# columns and 33 rows (Table 1). As a heat map the same numbers can be read at a glance: each column is a year, best
# on top; the benchmarks are framed; the colour is the distance from the whole market.

# %%
shown = returns.tail(8)
measure = yardsticks["中证全指"].fillna(yardsticks["沪深300"])
if len(shown):
    both = shown.join(yardsticks)
    show(
        draw.plot_year_ranking(both.dropna(axis=1, how="all"), measure.loc[shown.index], list(codes)),
        caption="Industries ranked by yearly return, percent; red beat the whole market (沪深300 where 中证全指 is "
        f"not known), green lagged it; full colour at 30 points. {market.label}",
        alt=f"Heat map of {shown.shape[1]} industries by {len(shown)} years, each year sorted from best to worst, "
        "with the benchmarks framed.",
    )

# %% tags=["remove-input"]
text = ""
if len(shown):
    spread = shown.max(axis=1) - shown.min(axis=1)
    best = shown.idxmax(axis=1)
    text = (
        f"The best industry returned between {spread.min():.0%} and {spread.max():.0%} more than the worst, "
        f"and {best.nunique()} different industries came first in {len(shown)} years "
        f"({'、'.join(f'{name} {year}' for year, name in best.items())})."
    )
Markdown(text)

# %% [markdown]
# ## How many beat the market
#
# With $B_y$ the return of a benchmark, the share of industries that beat it is
#
# $$ S_y = \frac{1}{n_y} \sum_i \mathbf 1\{ R_{i,y} > B_y \} . $$
#
# A tie is not a win. Both sides are rounded to the two decimals that are printed before they are compared, since the
# yardstick may itself be a printed number.

# %%
returns2, yardsticks2 = returns.round(4), yardsticks.round(4)
beating = {name: yearly.share_beating(returns2, yardsticks2[name]) for name in codes}
shares = pd.DataFrame({name: table["share"] for name, table in beating.items()}).sort_index()

derived = published.load("derived_s001_share_beating_yearly").set_index("year")
from_print = derived[["share_beating_csi300_pct", "share_beating_csi_all_pct"]].set_axis(list(codes), axis=1) / 100
window = from_print.index.intersection(shares.dropna().index)
average = shares.loc[window].mean() if len(window) else shares.mean()
if len(shares):
    show(
        draw.plot_share_beating(shares.tail(12), from_print if comparable else None, average),
        caption="Share of industries that beat each benchmark; rings: recomputed from the printed table; dashed: "
        f"averages over {window[0]} to {window[-1]}. {market.label}"
        if len(window)
        else f"Share of industries that beat each benchmark; dashed: averages over all years. {market.label}",
        alt="Bars by year for two benchmarks, with rings where a printed value exists and dashed averages.",
    )

# %% tags=["remove-input"]
text = ""
if len(shares.dropna()):
    gap = (shares["沪深300"] - shares["中证全指"]).dropna()
    widest = gap.abs().idxmax()
    years = window if len(window) else shares.index
    against_all = shares.loc[years, "中证全指"].dropna()
    text = (
        f"From {years[0]} to {years[-1]} an average of {average['中证全指']:.1%} of the industries beat 中证全指 in a "
        f"year, and fewer than half did in {(against_all < 0.5).sum()} of {len(against_all)} years. Against 沪深300 "
        f"the average is {average['沪深300']:.1%}, and in {widest} the two yardsticks differ by "
        f"{abs(gap[widest]):.0%} of all industries. The choice of benchmark carries much of the message."
    )
Markdown(text)

# %% [markdown]
# A share below one half is also what arithmetic leads one to expect. A benchmark is an average, and when a few
# industries win by a lot they pull the average above the median. To see how much of the result is that, let each
# industry compete with the plain average $\bar R_y$ of all industries, which no large company and no benchmark's
# weighting can bias.

# %% tags=["remove-input"]
text = ""
if len(returns):
    plain = yearly.share_beating(returns, returns.mean(axis=1))["share"]
    skewed = (returns.mean(axis=1) > returns.median(axis=1)).sum()
    text = (
        f"Only {plain.mean():.1%} of the industries beat their own plain average in a year ({plain.index[0]} to "
        f"{plain.index[-1]}), because in {skewed} of {len(plain)} years the mean lies above the median. That most "
        "industries lag an average is mostly a statement about the shape of the distribution, not about how hard "
        "industries are to pick."
        if plain.mean() < 0.5
        else f"{plain.mean():.1%} of the industries beat their own plain average: here the distribution leans the "
        "other way, and it is the benchmark's weights that decide."
    )
Markdown(text)

# %% [markdown]
# ## Which day were the 2025 figures taken?
#
# For 2025 the report says that 8 of 31 industries beat 中证全指, that 通信 and 有色金属 led, by how much each of the
# three gained, and that 4 industries fell. Its prose dates this to the first eleven months, its Fig. 1 to 10
# December: one set of numbers, two windows. Industry closes can tell which. For each day of the year, take the
# distance between the year to date of the two leaders and the two printed numbers.

# %%
facts = published.load("key_facts").set_index("id")["value"]
leaders = {"通信": facts["k008"] / 100, "有色金属": facts["k009"] / 100}
windows = {"prose: to end of November": "2025-11-28", "Fig. 1: to 10 December": "2025-12-10"}
reaches = comparable and ranked and closes.index.max() >= pd.Timestamp("2025-12-10")
to_date = {}
if reaches:
    fit = yearly.dates_that_fit(closes, 2024, leaders)
    to_date = {label: yearly.period_returns(closes, 2024, day).round(4) for label, day in windows.items()}
    lines_at = {"中证全指 (as printed)": facts["k007"] / 100}
    large = indices[indices["index_code"].eq("000300")].set_index("date")[["close"]]
    if len(large):
        lines_at["沪深300"] = yearly.period_returns(large, 2024, "2025-12-10")["close"]
    show(
        draw.plot_period_ranking(to_date["Fig. 1: to 10 December"], lines_at),
        caption=f"Industry returns of 2025 to 10 December. {market.label}",
        alt="Sorted bars of 31 industry returns with two benchmark lines.",
    )

# %% tags=["remove-input"]
if reaches:
    counts = {label: ((r > facts["k007"] / 100).sum(), (r < 0).sum(), r["通信"]) for label, r in to_date.items()}
    lines = [
        f"- {label}: {wins} industries above the printed benchmark, {falls} falling, 通信 at {comms:+.2%}."
        for label, (wins, falls, comms) in counts.items()
    ]
    closest, gap = fit.index[0], fit["worst"].iloc[0]
    text = (
        f"The day whose numbers lie closest to the printed ones is {closest:%Y-%m-%d} (largest gap {gap * 100:.3f} "
        f"percentage points; the next best day misses by {fit['worst'].iloc[1] * 100:.1f}).\n\n" + "\n".join(lines)
    )
elif market.simulated:
    text = "Only the real market can answer this; on simulated closes the section stays empty."
else:
    text = "This run does not reach December 2025 on the report's industries, so the question stays open here."
Markdown(text)

# %% [markdown]
# ## Do leaders stay leaders?
#
# The report argues from examples that leadership rotates. A measurement: the Spearman correlation $\rho_y$ between
# the ranking of one year and that of the year before. One number per year, then a test over years: industries move
# together within a year, so 31 industries are far fewer than 31 independent bets, and a single year's $p$-value
# overstates what it knows. The mean of $\rho_y$ over years with its $t$ statistic does not have this fault.

# %%
persistence = yearly.rank_persistence(returns)
pooled = yearly.pooled_persistence(persistence)
repeats = yearly.leader_overlap(returns, min(leader_count, returns.shape[1])) if len(returns) else pd.DataFrame()
if len(persistence):
    show(
        draw.plot_persistence(persistence),
        caption="Rank correlation of each year's industry returns with the year before; filled: p < 0.05 if "
        f"industries were independent. {market.label}",
        alt="Bars of yearly rank correlations around a zero line, some filled, with their average dashed.",
    )

# %% tags=["remove-input"]
text = ""
if len(persistence) >= 3:
    clear = (persistence["p_value"] < 0.05).sum()
    signs = (persistence.loc[persistence["p_value"] < 0.05, "rho"] > 0).sum()
    memory = "not to be told from no memory at all" if pooled["p_value"] > 0.05 else "more than chance explains"
    text = (
        f"The average correlation is {pooled['mean']:+.2f} over {pooled['years']} pairs of years "
        f"(t = {pooled['t']:.1f}, p = {pooled['p_value']:.2f}): {memory}. Single years look stronger than that: "
        f"{clear} of them pass 0.05, {signs} with a plus sign and {clear - signs} with a minus sign. Of the top "
        f"{leader_count}, {repeats['repeated'].mean():.1f} on average lead again a year later; chance alone gives "
        f"{repeats['expected'].mean():.1f}."
    )
Markdown(text)

# %%
if len(persistence):
    show(
        draw.plot_transitions(yearly.group_transitions(returns)),
        caption="Where the industries of each fifth stand a year later; without memory every cell is 20 %. "
        f"{market.label}",
        alt="Five by five heat map of transition shares.",
    )
repeats.style.format({"expected": "{:.2f}", "p_value": "{:.2f}"}) if len(repeats) else None

# %% [markdown]
# Rotation in this sense is the absence of memory from one calendar year to the next. It says nothing about shorter
# horizons: chapter 07 asks what two weeks remember.
#
# ## Five macro and fourteen detailed classes
#
# The report's answer is a two-level map of all tracked indices. Both levels are shipped as data
# (`helpers/taxonomy/s001_classes.csv`), and so is everything that decides between them.

# %%
rules = taxonomy.load_rules("atlas")
words = published.load("s001_t04_level2_keywords").groupby("level2")["keyword"]
scheme = rules.classes.set_index("level2")[["level1", "level2_en"]]
scheme["printed keywords"] = words.agg("、".join)
scheme["printed indices"] = published.load("s001_t03_taxonomy_level2").set_index("level2")["index_count"]
scheme["rules here"] = rules.rules["level2_no"].map(rules.classes.set_index("level2_no")["level2"]).value_counts()
scheme.style.set_properties(**{"text-align": "left", "white-space": "normal"})

# %% [markdown]
# ## The printed keywords do not give the printed classes
#
# Of the 633 rows, 79 are in print (56 in the appendix, 23 in Fig. 3). Do the keyword lists of Table 4 put them where
# the report puts them? A row *claims* every class one of whose keywords stands in its fund or index name.

# %%
rows = taxonomy.printed_rows()
by_lists = taxonomy.score_rows(rows, "printed")
outcome = pd.Series(
    {
        "own class only": (by_lists["own"] & ~by_lists["other"]).sum(),
        "own class and another": (by_lists["own"] & by_lists["other"]).sum(),
        "another class only": (~by_lists["own"] & by_lists["other"]).sum(),
        "no class at all": (~by_lists["own"] & ~by_lists["other"]).sum(),
    },
    name="printed rows",
)
outcome.to_frame().join((outcome / len(rows)).rename("share")).style.format({"share": "{:.0%}"})

# %% tags=["remove-input"]
own = by_lists["own"].sum()
wrong = by_lists[~by_lists["own"] & by_lists["other"]].join(rows[["name", "index_name"]])
Markdown(
    f"{own} of {len(rows)} rows hold a keyword of their own class. The lists end in 等 (*and so on*), which "
    "explains rows without a keyword. It does not explain rows whose only keyword belongs elsewhere, among them "
    + "; ".join(
        f"{row.index_name} (filed under {row.printed}, keyword {row.matched} of {row.level2})"
        for row in wrong.iloc[[0, 4, 6]].itertuples()
    )
    + "."
)

# %% [markdown]
# Note also what the 79 rows are: they come from three of the fourteen classes. Whatever is tuned to them is tuned to
# the border between manufacturing, technology and industries, and says nothing about, say, where 央企红利 belongs.
#
# ## A rule engine that says why
#
# A better rule set needs three things that a list of keywords lacks.
#
# - **Precedence.** A name can hold several keywords: 创业板人工智能 is a board and a theme. Rules have a *tier*,
#   from commodity and foreign market over ownership and strategy, then themes, then industries, down to broad
#   indices. A lower tier number wins, and within a tier the earlier row.
# - **Exceptions.** Each rule may name what must *not* be in the text: 工业 is manufacturing, but not in 工业有色 or
#   工业软件; 标普 is foreign, but not in 标普A股红利; 恒生科技 holds 生科 without being biotechnology.
# - **Reasons.** Every row gets exactly one class of each level, with the rule, the piece of text that fired it, and
#   the classes that also had a claim. Two rules of the same tier make a row *contested*; no rule makes it
#   *unclassified*.
#
# Rules are rows of a CSV, so changing one needs no code. A single fund or index is overridden in `overrides.csv`,
# with a reason; none of the 79 rows is.

# %%
examples = [
    "创业板人工智能ETF",
    "工业有色ETF",
    "恒生科技ETF",
    "沪港深云计算ETF",
    "标普A股红利ETF",
    "央企红利ETF",
    "黄金股ETF",
]
why = taxonomy.classify(pd.DataFrame({"name": examples}, index=examples))
why[["level2", "rule", "matched", "why", "also", "status"]]

# %% [markdown]
# ## How good are the rules?
#
# A rule that was written while looking at a row will classify that row. The count of rows a finished rule set gets
# right (*seen*, below) is therefore an upper bound, like any fit in sample. Cross-validation in the usual sense
# cannot help: it refits a model on part of the data, and nobody can unsee a row. Two substitutes can say something.
#
# - **Strike the support.** *Row held out*: a rule counts only if another printed row of its class, or a printed
#   keyword of its class, also calls for it; otherwise it is struck and the row takes its chances with the rest.
#   *Family held out*: the deciding rule is struck in any case. This is harsh by design, and shows how much each rule
#   carries alone.
# - **A model that can be refitted.** Character n-grams of the names with naive Bayes, fitted to the printed lists
#   and the printed rows, never sees the hand-written rules. Its columns are genuine cross-validation: fitted without
#   the row, or without all rows that share its rule.

# %%
quality = taxonomy.compare_classifiers(rows)
atlas = taxonomy.score_rows(rows, "atlas")
quality.style.set_caption(f"Printed rows classified as printed, of {len(rows)}")

# %% tags=["remove-input"]
missed = atlas[~atlas["right"]].join(rows[["name", "index_name"]])
alone = taxonomy.held_out(rows)
learned = quality.loc["model learned from names"]
misses = [f"{r.name} ({r.index_name}), printed as {r.printed}, here {r.level2}" for r in missed.itertuples(index=False)]
tailored = (atlas["right"] & ~alone["supported"]).sum()
Markdown(
    f"The lists hold a keyword of the right class for {own} rows, but as a partition they may give only one class, "
    f"and give the right one to {quality.loc['keyword lists as printed', 'seen']}. The rules of this book reproduce "
    f"{atlas['right'].sum()}. Not reproduced: {'; '.join(misses)}; the report files medicine under industries "
    "everywhere else, so following it here would be fitting an exception. "
    f"{tailored} of the reproduced rows rest on nothing but a "
    f"rule of their own, which leaves {alone['row_out'].sum()} that were not made to measure. With the deciding "
    f"rule struck in any case {alone['rule_out'].sum()} survive: a keyword rule knows its words and nothing else.\n\n"
    f"The learned model falls from {learned['seen']} seen to {learned['row held out']} with the row held out and "
    f"{learned['family held out']} with the family held out. It does generalise a little beyond its words, and 79 "
    "rows tell it too little."
)

# %% [markdown]
# ## The rules on funds nobody labelled
#
# The better test is the market itself: funds that played no part in the printed rows. There is no printed class to
# compare with, but there are questions that need none. Does any rule fire? Do two of the same rank? Does a fund's
# name alone lead to the same class as its index's name alone? Do funds on one index, named by different managers,
# end in one class? And how often does the learned model, which knows nothing of the rules, agree?
#
# One caution: the names of China's ETFs were in view when the rules were written, so that few stay unclassified is
# partly by construction. That two names of the same thing agree, and that a new list of funds finds its classes, is
# not.

# %%
funds = market.get("etf_list", pd.DataFrame(columns=["code", "name", "list_date", "index_code", "index_name"]))
by_fund = taxonomy.classify(funds, overrides=taxonomy.load_overrides())
found = taxonomy.one_class_per_index(by_fund, taxonomy.index_key(funds))
stable = taxonomy.stability(funds, by_fund) if len(funds) else pd.DataFrame(columns=["count", "of", "share"])
stable.astype({"count": int, "of": int}).style.format({"share": "{:.1%}"})

# %% tags=["remove-input"]
listing = funds[["code", "name"]].join(found[["level2", "also", "status", "why"]])
named = listing["name"].notna()
silent = listing[named & listing["status"].eq("unclassified")]
nameless = (~named & found["status"].eq("unclassified")).sum()
status = found["status"].value_counts()
which = f" ({'、'.join(silent['name'].unique()[:20])})" if len(silent) else ""
Markdown(
    f"Of {len(funds):,} funds, {status.get('outside', 0)} are outside the scheme (bonds, money), {nameless} have "
    f"neither a name nor an index to go by, and {len(silent)} with a name stay unclassified{which}. Where funds of "
    f"one index disagreed, the majority decided ({status.get('by index', 0)} funds changed); "
    f"{status.get('override', 0)} "
    "follow an override. The contested ones, by name:"
)

# %%
contested = listing[listing["status"].eq("contested")]
contested.groupby(["name", "level2", "also"]).size().rename("funds").reset_index()

# %% [markdown]
# And those whose class the majority or an override decided, with the reason:

# %%
listing[listing["status"].isin(["by index", "override"])].set_index("code")[["name", "level2", "status", "why"]]

# %% [markdown]
# Contested means that precedence, not the text, decided. Dividend funds of state-owned enterprises are both a
# strategy and an ownership theme. The report prints only 8 state-owned indices, too few to hold the dividend ones as
# well, so they are filed as strategies here.
#
# ## The market by class, beside Table 3
#
# The report keeps one fund per tracked index, the largest. (The community article of chapter 02 keeps the earliest
# listed: the same indices, other funds.) Counting indices rather than funds stops thirty 沪深300 funds from
# outvoting thirty themes. The report counts on 2025-12-10; so does this page, or at the end of the run if that comes
# first.

# %%
as_of = min(pd.Timestamp("2025-12-10"), market.end or funds["list_date"].max() if len(funds) else pd.Timestamp.max)
in_scheme = ~found["status"].isin(["outside", "unclassified"])
listed = funds[in_scheme & funds["list_date"].le(as_of).to_numpy(bool)]
kept = taxonomy.largest_per_index(listed)
table3 = published.load("s001_t03_taxonomy_level2").dropna(subset=["level2_no"]).set_index("level2")
macro3 = published.load("s001_t03_taxonomy_level1").dropna(subset=["level1_no"]).set_index("level1")
total3 = macro3["index_count"].sum()
detail = taxonomy.class_counts(found.loc[kept.index]).assign(printed=table3["index_count"] / total3)
macro = taxonomy.class_counts(found.loc[kept.index], "level1").assign(printed=macro3["index_count"] / total3)
if len(kept):
    show(
        draw.plot_class_shares(detail, table3["level1"]),
        caption=f"Share of tracked indices by class on {as_of:%Y-%m-%d}; rings: S001 Table 3. {market.label}",
        alt="Horizontal bars for fourteen classes coloured by macro class, with rings at the printed shares.",
    )

# %%
gap = macro.assign(printed_count=macro3["index_count"])[["count", "printed_count", "share", "printed"]]
gap["difference"] = gap["share"] - gap["printed"]
gap.style.format({"share": "{:.1%}", "printed": "{:.1%}", "difference": "{:+.1%}"})

# %% tags=["remove-input"]
text = ""
if len(kept):
    moved = (macro["share"] - macro["printed"]).abs().sum() / 2
    sized = kept["size"].notna().mean() if "size" in kept else 0.0
    thin = detail.index[detail["count"] <= 5]
    early = as_of < pd.Timestamp("2025-12-10")
    text = (
        f"This run counts {len(kept)} indices, the report {total3}. "
        + (f"It counts on {as_of:%Y-%m-%d}, before the report did, so what was listed in between is missing. " * early)
        + "`etf_list` holds exchange-traded funds alone; "
        "the report also counts indices that only off-exchange index funds track. To make the macro shares equal, "
        f"{moved:.0%} of the indices would have to change class. A size is known for {sized:.0%} of the kept funds; "
        "where it is not, the earliest listed stands for its index, which changes the fund and not the class. Thin "
        f"classes (five indices or fewer): {'、'.join(thin) or 'none'}."
    )
Markdown(text)

# %% [markdown]
# ## A second scheme over the same funds
#
# E-Fund (易方达) labels indices on another principle (the report's Table 2): broad market, style and factor,
# industry, theme, with 22 labels below, and Hong Kong counted as part of China rather than as foreign. The same
# engine with another CSV gives it. No labelled rows are in print, so this is a view, not a replication.

# %%
second = taxonomy.classify(kept, "efund")
inside = second["status"].ne("outside") & second["status"].ne("unclassified")
labels = taxonomy.load_rules("efund").classes["level1"].drop_duplicates()
cross = pd.crosstab(found.loc[kept.index[inside], "level2"], second.loc[inside, "level1"])
cross = cross.reindex(index=detail.index, columns=labels, fill_value=0)
if len(kept):
    show(
        draw.plot_counts(cross, "E-Fund's first-level label"),
        caption="Indices by S001 class (rows) and E-Fund label (columns); shade relative to the column. "
        f"{market.label}",
        alt="Table of counts, fourteen classes by four labels.",
    )

# %% tags=["remove-input"]
text = ""
if len(kept):
    spread = cross.div(cross.sum(axis=1).where(cross.sum(axis=1) > 0), axis=0).max(axis=1).dropna()
    text = (
        f"Most alike is how both treat {spread.idxmax()}; {spread.idxmin()} is split most ({spread.min():.0%} in "
        "its largest label). The two schemes part where S001 asks *where* an index invests and E-Fund *how* it is "
        "built."
    )
Markdown(text)

# %%
labelled = taxonomy.class_counts(second, rules="efund")
labelled[labelled["count"] > 0].style.format({"share": "{:.1%}"})

# %% [markdown]
# ## Where supply grows, and where it dries up
#
# Managers list what they can sell. Counting every fund (not one per index) by its first trading day shows what that
# was. Funds that have since closed are missing from most lists, so early years are understated.

# %%
supply = taxonomy.supply_by_year(found, funds["list_date"])
if len(supply):
    recent_years = supply.tail(15)
    show(
        draw.plot_counts(recent_years.T, "year of first trading day"),
        caption=f"Funds listed per year by class; shade relative to the year's largest class. {market.label}",
        alt="Table of counts by class and year.",
    )

# %%
full_year = int(returns.index[-1]) if len(returns) else funds["list_date"].max().year - 1 if len(funds) else 0
earlier = supply.loc[full_year - 2 * supply_span + 1 : full_year - supply_span]
latest = supply.loc[full_year - supply_span + 1 : full_year]
enough = len(supply) and earlier.to_numpy().sum() and latest.to_numpy().sum()
trend = taxonomy.supply_trend(supply, full_year, supply_span) if enough else pd.DataFrame()
percent = {c: "{:.1%}" for c in ("share_before", "share_recent")} | {"change": "{:+.1%}"}
trend.style.format(percent) if len(trend) else None

# %% tags=["remove-input"]
text = ""
if len(trend):
    up, down = trend.index[0], trend.index[-1]
    moves = {name: f"{trend.loc[name, 'before']:.0f} to {trend.loc[name, 'recent']:.0f} funds" for name in (up, down)}
    text = (
        f"Between the {supply_span}-year windows ending {full_year - supply_span} and {full_year} the largest gain "
        f"in share of new listings went to {up} ({moves[up]}), the largest loss to {down} ({moves[down]})."
    )
Markdown(text)

# %% [markdown]
# ## Published and computed
#
# Every printed cell of Table 1 is a row of its own (tolerance: half the last printed digit), then the shares of
# Fig. 2, the figures of 2025 under both windows, the 79 rows and Table 3. The printed average of "about 40" is
# closer to the years 2018 to 2025 (Fig. 2) than to the years of Table 1. The tolerance on the 79 rows is the three
# rows a rule set may miss here before it counts as failed.

# %%
board = Scoreboard("01_taxonomy", simulated=market.simulated)
asked = industry_scheme == "SW2021_L1"


def put(exhibit, item, printed_value, value, unit="%", tolerance=0.005, note="", check=None, lacks=""):
    """Add a comparison, or say what it lacks."""
    if asked and value is not None and pd.notna(value):
        board.add(exhibit, item, printed_value, value, unit, tolerance, note, check)
    else:
        board.missing(exhibit, item, printed_value, note=lacks if asked else "ranks other industries", unit=unit)


series = (100 * returns.join(computed)).reindex(index=range(2018, 2025), columns=printed.columns)
for year, name, cell in table1.sort_values(["year", "rank"])[["year", "name", "return_pct"]].itertuples(index=False):
    lacks = f"needs index_daily ({codes[name]})" if name in codes else f"needs industry_daily for {year}"
    put("S001 Table 1", f"{year} {name}", cell, series.at[year, name], lacks=lacks)

# %%
our_shares = (100 * shares).reindex(index=from_print.index, columns=from_print.columns)
for (name, year), share in (100 * from_print).unstack().items():
    lacks = f"needs industry_daily and a benchmark for {year}"
    own_yardstick = pd.notna(computed[name].get(year))
    note = "" if own_yardstick else "yardstick: the printed return"
    put("S001 Fig. 2", f"{year} share beating {name}", share, our_shares.at[year, name], note=note, lacks=lacks)

yearly_shares = our_shares["中证全指"]
mean = yearly_shares.mean(skipna=False)
mean_2025 = (yearly_shares.sum(skipna=False) + 100 * facts["k005"] / 31) / (len(yearly_shares) + 1)
lacks = "needs industry_daily and a benchmark, 2018 to 2024"
put("S001 prose 1.1", "average share beating 中证全指, 2018-2024", facts["k013"], mean, "%", 0.5, lacks=lacks)
put("S001 prose 1.1", "the same with 8 of 31 in 2025", facts["k013"], mean_2025, "%", 0.5, lacks=lacks)

items = {"k005": "industries beating 中证全指", "k010": "industries falling", "k008": "通信, %", "k009": "有色金属, %"}
for label, day in windows.items():
    values = dict.fromkeys(items)
    if label in to_date:
        r = to_date[label]
        above, below = (r > facts["k007"] / 100).sum(), (r < 0).sum()
        values = {"k005": above, "k010": below, "k008": 100 * r["通信"], "k009": 100 * r["有色金属"]}
    for key, item in items.items():
        check = "A4" if "prose" in label else None
        put("S001 Fig. 1", f"{item}; {label}", facts[key], values[key], "", check=check, lacks=f"no closes to {day}")

# %%
board.add("S001 Table 4", "rows holding a keyword of their class", len(rows), own, "rows", check="B10")
board.add("S001 Table 4", "rows classified as printed, book's rules", len(rows), atlas["right"].sum(), "rows", 3)
reason = f"ETFs only, {as_of:%Y-%m-%d}; the report adds off-exchange index funds" if len(kept) else "needs etf_list"
for level, table, source_table in (("level 1", macro, macro3), ("level 2", detail, table3)):
    for name in table.index:
        count, share = source_table.loc[name, ["index_count", "share_pct"]]
        if not len(kept):
            board.missing("S001 Table 3", f"{level} {name}", count, note=reason)
            continue
        board.add("S001 Table 3", f"{level} {name}, indices", count, table.at[name, "count"], "indices", 0, reason)
        board.add("S001 Table 3", f"{level} {name}, share", share, 100 * table.at[name, "share"], "%", 0.5, reason)
if len(kept):
    board.add("S001 Table 3", "all indices", total3, len(kept), "indices", 0, reason)
    other = 100 * (1 - detail.at["(申万)行业ETF", "share"])
    board.add("S001 prose 1.2", "indices outside the industry class", facts["k017"], other, "%", check="B7")
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the yearly returns: the industry classification is the one the report uses and the cells can be checked
#   one by one above. Years before mid-2021 use the 2021 classification carried back, as the report does; no investor
#   could have held those industries under those labels then.
# - **Trust with care** the share that beats the market. It depends on the benchmark, counts an industry of two per
#   cent of the market like one of twenty, and is below one half for a skewed distribution in any case.
# - **Do not** read a themes-beat-industries result into this page. The report argues for themes from the failure of
#   industries; whether themes did better is another question, which it does not test.
# - **Trust** that the rule set is a partition and says why. Its agreement with the printed rows is in-sample and
#   covers three classes; the borders between the other eleven follow the printed lists where these are clear and
#   judgement where they are not. Few names are contested because precedence settles most conflicts, not because
#   names are clear.
# - The report's (申万)行业 class holds no index of 申万: it is a label for industry-like indices of 中证, 国证 and
#   the exchanges.
# - Its "nearly 80 per cent are non-industry" counts broad, strategy and foreign products as themes; the note to the
#   last row of the board gives the share of the classes that are themes.
# - Supply counts only funds that still exist in the list.
#
# ## Where to go next
#
# - Chapter 02 takes one fund per index seriously: which fund should stand for an index, and when two names hide the
#   same one.
# - Chapter 03 groups funds by how they move rather than by what they are called, and can be held against these
#   classes.
# - To change a class, edit `src/helpers/taxonomy/atlas_rules.csv` or add a line with a reason to `overrides.csv`,
#   and rerun.
# - To classify your own list: `classify(your_frame)` needs nothing but a `name` column.
