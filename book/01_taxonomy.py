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
# 633 tracked indices by keywords in their names.
#
# Both halves are rebuilt here: the yearly ranking of industries (its Table 1, Figs 1 and 2), and the taxonomy (its
# Tables 2, 3 and 4, Figs 3 and 10). You will learn
#
# - how many industries beat the market in a year, and how much that depends on which market one means;
# - whether this year's ranking says anything about the next;
# - to which day the report's undated 2025 figures belong;
# - why printed keyword lists do not reproduce a printed classification, and what a rule engine needs to do so;
# - how to judge rules that somebody wrote by hand, and what such a judgement cannot say;
# - in which classes China's supply of ETFs grows and in which it dries up.

# %%
import pandas as pd

from helpers import industry_years as yearly
from helpers import taxonomy
from helpers.figures import show, show_table
from helpers.figures import taxonomy as draw
from helpers.industry_years import period, persistence, study
from helpers.prose import Each, When, say
from helpers.published.exhibits import s001
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market
from helpers.taxonomy import study as told

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
# (000300) and 中证全指 (000985), the whole market. Where one of the two is absent, the values the report prints for it
# still serve as the yardstick, on real data only: a simulated market is never measured against the real one.

# %%
market = load_market(source, data, start=start, end=end)
board = Scoreboard("01_taxonomy", simulated=market.simulated)

# %%
years = study.load_years(market, industry_scheme, since=start, borrow=not market.simulated)

# %%
funds = market["etf_list"]
by_fund = taxonomy.classify(funds, overrides=taxonomy.load_overrides())
found = taxonomy.one_class_per_index(by_fund, taxonomy.index_key(funds))

# %% tags=["remove-input"]
say(
    "This run uses {data}. It ranks {industries} industries ({scheme}) over",
    When("several", "{years} full years, {first} to {last}.", "one full year, {first}."),
    "Not in its index closes: {absent}.",
    data=market.name,
    **years.summary,
)

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
ranked, measure = years.table(last=8)
show(
    draw.plot_year_ranking(ranked, measure, list(study.BENCHMARKS)),
    caption="Industries ranked by yearly return, percent; red beat the whole market (沪深300 where 中证全指 is not "
    f"known), green lagged it; full colour at 30 points. {market.label}",
    alt=f"Heat map of industries by {len(ranked)} years, each sorted from best to worst, with the benchmarks framed.",
)
leading = study.ranking_facts(years, last=8)

# %% tags=["remove-input"]
say(
    When(
        "several",
        "The best industry returned between {low:.0f} and {high:.0f} percentage points more than the worst, and "
        "{leaders} different industries came first in {years} years ({first}).",
        "The best industry ({first}) returned {high:.0f} percentage points more than the worst.",
    ),
    **leading,
)

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
shares = study.shares_beating(years)
beating = study.share_facts(years, shares)
show(
    draw.plot_share_beating(shares.tail(12), study.printed_shares(years), beating["average"]),
    caption="Share of industries that beat each benchmark; rings: recomputed from the printed table; dashed: averages "
    f"from {beating['first']} to {beating['last']}. {market.label}",
    alt="Bars by year for two benchmarks, with rings where a printed value exists and dashed averages.",
)

# %% tags=["remove-input"]
say(
    When(
        "several",
        "From {first} to {last} an average of {whole:.1%} of the industries beat 中证全指 in a year, and fewer than "
        "half did in {below} of {counted} years. Against 沪深300 the average is {large:.1%}.",
        "In {first} {whole:.1%} of the industries beat 中证全指 and {large:.1%} beat 沪深300.",
    ),
    "The two yardsticks differ most in {widest}, by {gap:.0%} of all industries: the choice of benchmark carries "
    "much of the message.",
    **beating,
)

# %% [markdown]
# A share below one half is also what arithmetic leads one to expect. A benchmark is an average, and when a few
# industries win by a lot they pull the average above the median. To see how much of the result is that, let each
# industry compete with the plain average $\bar R_y$ of all industries, which no large company and no benchmark's
# weighting can bias.

# %%
plain = study.plain_facts(years.ranked)

# %% tags=["remove-input"]
say(
    When(
        "below",
        "Only {share:.1%} of the industries beat their own plain average in a year ({first} to {last}), and in "
        "{skewed} of {years:|year|years} the mean lies above the median. That most industries lag an average is "
        "mostly a statement about the shape of the distribution, not about how hard industries are to pick.",
        "{share:.1%} of the industries beat their own plain average ({first} to {last}): here the distribution leans "
        "the other way, and it is the benchmark's weights that decide.",
    ),
    **plain,
)

# %% [markdown]
# ## Which day were the 2025 figures taken?
#
# For 2025 the report says that 8 of 31 industries beat 中证全指, that 通信 and 有色金属 led, by how much each of the
# three gained, and that 4 industries fell. Its prose dates this to the first eleven months, its Fig. 1 to 10
# December: one set of numbers, two windows. Industry closes can tell which. For each day of the year, take the
# distance between the year to date of the two leaders and the two printed numbers.

# %%
dated = period.period_2025(years)
show(
    draw.plot_period_ranking(dated.returns[s001.FIGURE], dated.marks),
    caption=f"Industry returns of 2025 to 10 December. {market.label}",
    alt="Sorted bars of 31 industry returns with benchmark lines.",
)

# %% tags=["remove-input"]
say(
    "The day whose numbers lie closest to the printed ones is {closest:%Y-%m-%d} (largest gap {gap:.3f} percentage "
    "points; the next best day misses by {next_gap:.1f}).",
    Each(
        dated.windows,
        "{window} {above:.0f} industries above the benchmark, {falling} falling, {name} at {leader:+.2f} %.",
    ),
    When("simulated", "On simulated closes that says nothing about the report."),
    simulated=market.simulated,
    **dated.facts,
)

# %% [markdown]
# ## Do leaders stay leaders?
#
# The report argues from examples that leadership rotates. A measurement: the Spearman correlation $\rho_y$ between
# the ranking of one year and that of the year before. One number per year, then a test over years: industries move
# together within a year, so 31 industries are far fewer than 31 independent bets, and a single year's $p$-value
# overstates what it knows. The mean of $\rho_y$ over years with its $t$ statistic does not have this fault.

# %%
correlations, repeats = persistence.memory(years.ranked, leader_count)
show(
    draw.plot_persistence(correlations),
    caption="Rank correlation of each year's industry returns with the year before; filled: p < 0.05 if industries "
    f"were independent. {market.label}",
    alt="Bars of yearly rank correlations around a zero line, some filled, with their average dashed.",
)
lasting = persistence.memory_facts(correlations, repeats, leader_count)

# %% tags=["remove-input"]
say(
    "The average correlation is {mean:+.2f} over {pairs} pairs of years (t = {t:.1f}, p = {p:.2f}):",
    When("chance", "not to be told from no memory at all.", "more than chance explains."),
    When(
        "clear",
        "Single years look stronger than that: {clear} of them pass 0.05, {plus} with a plus sign and {minus} with a "
        "minus sign.",
        "No single year passes 0.05 either.",
    ),
    "Of the top {leaders}, {again:.1f} on average lead again a year later; chance alone gives {by_chance:.1f}.",
    **lasting,
)

# %%
show(
    draw.plot_transitions(yearly.group_transitions(years.ranked)),
    caption=f"Where the industries of each fifth stand a year later; without memory every cell is 20 %. {market.label}",
    alt="Five by five heat map of transition shares.",
)
# %% [markdown]
# Rotation in this sense is the absence of memory from one calendar year to the next. It says nothing about shorter
# horizons: chapter 07 asks what two weeks remember.
#
# ## Five macro and fourteen detailed classes
#
# The report's answer is a two-level map of all tracked indices. Both levels are shipped as data
# (`helpers/taxonomy/s001_classes.csv`), and so is everything that decides between them.

# %%
show_table(told.scheme_table())

# %% [markdown]
# ## The printed keywords do not give the printed classes
#
# Of the 633 rows, 79 are in print (56 in the appendix, 23 in Fig. 3). Do the keyword lists of Table 4 put them where
# the report puts them? A row *claims* every class one of whose keywords stands in its fund or index name.

# %%
rows = taxonomy.printed_rows()
by_lists = taxonomy.score_rows(rows, "printed")
show_table(told.keyword_outcome(by_lists), {"share": "{:.0%}"})
keywords = told.keyword_facts(rows, by_lists)

# %% tags=["remove-input"]
say(
    "{own} of {rows} rows hold a keyword of their own class. The lists end in 等 (*and so on*), which explains rows "
    "without a keyword. It does not explain rows whose only keyword belongs elsewhere, among them {strays}.",
    **keywords,
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
# with a reason; none of the 79 rows is. The reasons matter most where the printed words overlap: 通信, 电子 and 计算机
# are industries of 申万, while 5G, 芯片 and 软件, which are narrower or run across them, are technology.

# %% tags=["recipe"]
examples = ["创业板人工智能ETF", "工业有色ETF", "恒生科技ETF", "央企红利ETF", "成长ETF", "通信ETF", "5GETF"]
why = taxonomy.classify(pd.DataFrame({"name": examples}, index=examples))
show_table(why[["level2", "rule", "matched", "why", "also", "status"]])

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
show_table(quality, caption=f"Printed rows classified as printed, of {len(rows)}")
judged, missed = told.quality_facts(rows, quality), told.missed_rows(rows)

# %% tags=["remove-input"]
say(
    "The lists hold a keyword of the right class for {own} rows, but as a partition they may give only one class, "
    "and give the right one to {lists}. The rules of this book reproduce {right}. Not reproduced:",
    Each(missed, "{name} ({index_name}), printed as {printed}, here {level2}: {why}."),
    "Following the report there would be fitting exceptions: it files medicine under industries everywhere else, and "
    "treats 创成长 itself as a strategy of two factors, growth and momentum, where it studies that index.",
    "{tailored} of the reproduced rows rest on nothing but a rule of their own. With each row held out {row_out} "
    "come out right, and with the deciding rule struck in any case {rule_out}: a keyword rule knows its words and "
    "nothing else.",
    "\n\nThe learned model falls from {seen} seen to {row_held} with the row held out and {family_held} with the "
    "family held out. It does generalise a little beyond its words, and {rows} rows tell it too little.",
    **judged,
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
show_table(taxonomy.stability(funds, by_fund), {"share": "{:.1%}"})
listing = told.listing_facts(funds, found)

# %% tags=["remove-input"]
say(
    "Of {funds:,} funds, {outside} are outside the scheme (bonds, money), {nameless} have neither a name nor an "
    "index to go by, and {silent} with a name stay unclassified.",
    "These are {names}.",
    "Where funds of one index disagreed, the majority decided ({by_index:|fund|funds} changed); "
    "{override:|follows|follow} an override. The contested ones, by name:",
    **listing,
)

# %%
show_table(told.contested(funds, found))

# %% [markdown]
# And those whose class the majority or an override decided, with the reason:

# %%
show_table(told.settled(funds, found))

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
day = taxonomy.counting_day(funds, market.end)
kept = taxonomy.indices_at(funds, found, day)
macro, detail = (taxonomy.beside_print(found.loc[kept.index], level) for level in (1, 2))
show(
    draw.plot_class_shares(detail, told.scheme_table()["level1"]),
    caption=f"Share of tracked indices by class on {day:%Y-%m-%d}; rings: S001 Table 3. {market.label}",
    alt="Horizontal bars for fourteen classes coloured by macro class, with rings at the printed shares.",
)

# %%
show_table(macro, {"share": "{:.1%}", "printed": "{:.1%}", "difference": "{:+.1%}"})
counted = told.count_facts(kept, detail, macro, day)
growth = told.growth_facts(found.loc[kept.index])

# %% tags=["remove-input"]
say(
    "This run counts {indices} indices, the report {printed}.",
    When(
        "early",
        "It counts on {day:%Y-%m-%d}, before the report did, so what was listed in between is missing and the board "
        "gives no verdict.",
    ),
    "`etf_list` holds exchange-traded funds alone; the report also counts indices that only off-exchange index funds "
    "track. To make the macro shares equal, {moved:.0%} of the indices would have to change class. A size is known "
    "for {sized:.0%} of the kept funds; where it is not, the earliest listed stands for its index, which changes the "
    "fund and not the class.",
    "Thin classes (five indices or fewer): {thin}.",
    "\n\n{growing:|index|indices} of growth companies (成长) stand among the strategies, beside 价值. Filed with "
    "technology, as the printed keyword says, they would lift that class from {technology:.1%} to "
    "{technology_with:.1%} of all indices, where the report prints {technology_printed:.1%}, and leave the "
    "strategies at {strategy_with:.1%} instead of {strategy:.1%}, printed {strategy_printed:.1%}.",
    **counted,
    **growth,
)

# %% [markdown]
# ## A second scheme over the same funds
#
# E-Fund (易方达) labels indices on another principle (the report's Table 2): broad market, style and factor,
# industry, theme, with 22 labels below, and Hong Kong counted as part of China rather than as foreign. The same
# engine with another CSV gives it. No labelled rows are in print, so this is a view, not a replication.

# %%
second = taxonomy.classify(kept, "efund")
cross = told.cross_schemes(found.loc[kept.index], second)
show(
    draw.plot_counts(cross, "E-Fund's first-level label"),
    caption=f"Indices by S001 class (rows) and E-Fund label (columns); shade relative to the column. {market.label}",
    alt="Table of counts, fourteen classes by four labels.",
)
apart = told.cross_facts(cross)

# %% tags=["remove-input"]
say(
    "Most alike is how both treat {alike}; {split} is split most ({share:.0%} in its largest label). The two schemes "
    "part where S001 asks *where* an index invests and E-Fund *how* it is built.",
    **apart,
)

# %% [markdown]
# ## Where supply grows, and where it dries up
#
# Managers list what they can sell. Counting every fund (not one per index) by its first trading day shows what that
# was. Funds that have since closed are missing from most lists, or there without a name, so early years are
# understated.

# %%
supply = taxonomy.supply_by_year(found, funds["list_date"])
show(
    draw.plot_counts(supply.tail(15).T, "year of first trading day"),
    caption=f"Funds listed per year by class; shade relative to the year's largest class. {market.label}",
    alt="Table of counts by class and year.",
)

# %%
full_year = taxonomy.last_full_year(funds, market.end)
trend = taxonomy.supply_trend(supply, full_year, supply_span)
show_table(trend, {"share_before": "{:.1%}", "share_recent": "{:.1%}", "change": "{:+.1%}"})
moves = told.supply_facts(trend, full_year, supply_span)

# %% tags=["remove-input"]
say(
    "Between the {span}-year windows ending {earlier} and {latest} the largest gain in share of new listings went to "
    "{up[name]} ({up[before]} to {up[recent]} funds), the largest loss to {down[name]} ({down[before]} to "
    "{down[recent]} funds).",
    **moves,
)

# %% tags=["remove-input", "answer", "headline"]
say(
    When(
        "chance",
        "A year's ranking of industries does not last: its rank correlation with the ranking a year later averages "
        "{mean:+.2f} over {pairs} pairs of years (t = {t:.1f}), not to be told from no memory.",
        "A year's ranking of industries lasts: its rank correlation with the ranking a year later averages {mean:+.2f} "
        "over {pairs} pairs of years (t = {t:.1f}).",
    ),
    "{beating[whole]:.0%} of the industries beat the whole market in an average year, and {plain[share]:.0%} their own "
    "plain average.",
    "Rules that give a reason reproduce {judged[right]} of the {judged[rows]} classes in print, and "
    "{judged[row_out]} with the row itself held out.",
    beating=beating,
    plain=plain,
    judged=judged,
    **lasting,
)

# %% [markdown]
# ## Published and computed
#
# Every printed cell of Table 1 is a row of its own, whether or not the run shows that year (tolerance: half the last
# printed digit), then the figures of 2025 under both windows, the average share since 2018, the index codes of the
# printed products, and Table 3. The printed average of "about 40" is closer to the years to December 2025 than to those
# of Table 1. Table 3 is compared class by class, as this run's share of the report's total, to the nearest index: a
# share of indices is a count.

# %%
board.compare("S001 Table 1", years.printed_cells, why=years.why)

# %%
board.compare("S001 Fig. 1", dated.figures, why="index_daily holds no close of 中证全指 for it")

# %%
board.compare("S001 prose 1.1", period.average_shares(years), why="industry_daily or index_daily lack one of its years")

# %%
board.compare("S001 Table 4", {s001.KEYWORDS: keywords["own"]})

# %%
board.compare("S001 product list: index codes", told.listed_codes(funds), why="etf_list gives this fund no index code")

# %%
mix = f"{len(kept)} indices in this run, ETFs only; the report adds off-exchange index funds"
board.compare("S001 Table 3", taxonomy.scaled_counts(found.loc[kept.index]), as_of=day, note=mix)

# %%
themes = {s001.OUTSIDE_INDUSTRY: 100 * (1 - detail.at["(申万)行业ETF", "share"])}
board.compare("S001 prose 1.2", themes, as_of=day)

# %%
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
# - Where a class ends is a choice that its reason can be asked for. 成长 is a style here and technology in the report;
#   可选消费 and 工程机械 stand on the borders that the printed keywords draw.
# - Supply counts only funds that the list names.
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
