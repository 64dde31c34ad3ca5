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
# # 03 · Clusters through time
#
# This chapter groups the ETF market by how funds move, follows the groups from month to month, and tests the twenty
# conclusions that a community article (S000) drew from doing the same. Which ETFs are the same bet? The article
# clusters the market twelve months in a row, follows the clusters through a Sankey, and draws twenty conclusions:
# that A500 never left 沪深300, that solar wandered through five clusters, that dividends split in mid-2025, that gold
# keeps to itself. It prints no data, no algorithm and no dates. This chapter rebuilds the whole chain on the funds
# that chapter 02 leaves, one per index, and puts each conclusion to a test that could have failed.
#
# You will learn
#
# - how to turn daily returns into a distance, and what one bad closing price can do to it;
# - how to choose a clustering by evidence: separation on days it has not seen, parsimony, stability;
# - how to carry labels through time, so that "the 创业板 cluster" means the same thing next month;
# - which of the twenty claims hold, how often, and how much the answer depends on choices the article did not print;
# - what it is all for: a list of funds that really differ, and a measure of what deduplication buys.

# %%
from helpers import planted
from helpers.clustering import Settings, facts, study, use
from helpers.clustering.claim_odds import share_of_days, verdicts_by_setting, verdicts_by_window, weigh
from helpers.clustering.claims import asset_table, claim_titles, judge, scores, world
from helpers.clustering.evidence import choose, evidence
from helpers.clustering.market_map import map_positions, map_share, spanning_tree
from helpers.clustering.migration import carry_labels, events, label_names, migration_table
from helpers.clustering.sankey_frames import sankey_frames
from helpers.correlation import correlation
from helpers.figures import clusters as draw
from helpers.figures import sankey, show, show_plotly, show_table
from helpers.prose import When, say
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market

# %% tags=["parameters"]
source = "demo"
data = None
end = None
min_amount = 10_000_000.0  # CNY a day
amount_window = 60  # sessions
amount_measure = "median"
survivor = "earliest"
cluster_months = 12
cluster_lookback = 120  # sessions of daily returns
cluster_method = "affinity"  # or linkage
cluster_linkage = "ward"  # or average, complete, single; used when the method is linkage
cluster_count = 30  # None cuts the tree at cluster_threshold; affinity propagation finds the number itself
cluster_threshold = 1.0
cluster_damping = 0.8  # of affinity propagation; more calms a month that does not converge
cluster_clip = 4.0  # robust standard deviations; None takes returns as they are
cluster_shrinkage = 0.0

# %% [markdown]
# ## The months
#
# A clustering is made on the last session of each complete month, from the daily returns of the sessions up to it,
# and of nothing later.

# %%
market = load_market(source, data, end=end)
board = Scoreboard("03_clusters", market.simulated)

# %%
settings = Settings(
    lookback=cluster_lookback,
    method=cluster_method,
    linkage=cluster_linkage,
    count=cluster_count,
    threshold=cluster_threshold,
    damping=cluster_damping,
    clip=cluster_clip,
    shrinkage=cluster_shrinkage,
    min_amount=min_amount,
    window=amount_window,
    measure=amount_measure,
    survivor=survivor,
)

# %%
run = study.load_study(market, settings, cluster_months)
membership = run.clusters()
labelled = carry_labels(membership)
names = label_names(labelled)
month = labelled[labelled["date"] == run.dates[-1]].reset_index(drop=True)

# %% tags=["remove-input"]
say(
    "This run uses {data}: {months} month ends from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {lookback} sessions behind "
    "each.",
    When("short", "{short:|earlier month end has|earlier month ends have} too short a history and are left out."),
    data=market.name,
    **run.facts,
)

# %% [markdown]
# ## A distance between funds
#
# Two funds are near if their daily returns move together. With $\rho_{ij}$ the correlation over the lookback,
#
# $$ d_{ij} = \sqrt{2\,(1-\rho_{ij})}, $$
#
# which is 0 for twins, $\sqrt2$ for strangers and 2 for opposites. It is the straight-line distance between two
# standardised return series, so methods that need a Euclidean space (Ward) may use it. The rules for what is missing:
#
# - a day without turnover has no price; a return needs a price on two sessions in a row, and is otherwise *missing*,
#   neither zero nor carried forward; a pair is correlated on the days both have;
# - a fund takes part if it has nine tenths of the lookback's returns and they are not all alike, so a fund listed
#   during the lookback waits;
# - each fund's wildest days are pulled in to `cluster_clip` robust standard deviations (1.4826 times the median
#   absolute deviation). One close at the daily limit that reverses the next morning can make two funds on one index
#   look like different ones (chapter 02 lists the worst pairs); clipping takes that power away.
#
# Affinity propagation passes messages until they settle. Where two funds are equally fit to stand for a cluster, the
# one nearer to all others does; left to the rounding of sums, the number of clusters would depend on the order of the
# list. A month in which the messages do not settle is not `converged`: its clusters are an accident, and more
# `cluster_damping` helps.

# %%
show_table(study.universe_table(run, membership), {"silhouette": "{:.3f}"})

# %% [markdown]
# ## Choosing by evidence
#
# The article names no algorithm. Candidates: affinity propagation, which sets the number of clusters itself, and
# hierarchical clustering with four linkages and several numbers. Four measurements for each:
#
# - **silhouette** $s_i = (b_i - a_i)/\max(a_i, b_i)$: $a_i$ is the mean distance of index $i$ to its own cluster,
#   $b_i$ to the nearest other. It asks how separate the groups are *on the days they were made from*, which noise
#   can please.
# - **ahead**: the same on the days *after* the month end, which the clustering has not seen.
# - **bootstrap**: draw the days anew in blocks of ten, cluster again, and compare the two partitions by the adjusted
#   Rand index (1 the same, 0 what chance gives).
# - **month to month**: the adjusted Rand index with the month before.
#
# **The rule.** A choice qualifies if no cluster holds more than a quarter of the indices and at most a tenth are
# alone. Of those, keep the ones whose *ahead* lies within one standard error of the best: finer cuts must earn their
# clusters on unseen days. Of those, keep the ones with the fewest clusters, give or take a tenth. Of those, take the
# most stable.

# %%
tried = choose(evidence(run.samples, run.dates, facts.METHODS, settings))
tried["family"] = tried["linkage"].fillna("affinity propagation")
shown = ["family", "clusters", "largest", "alone", "silhouette", "ahead", "ahead_se", "bootstrap_ari", "month_ari"]
show_table(tried[[*shown, "separated", "small", "chosen"]].head(12).reset_index(drop=True), "{:.3f}")

# %%
show(
    draw.plot_evidence(tried),
    caption="Left: separation on the days after each month end; the band is one standard error below the best that "
    f"qualifies. Right: stability. A cross marks what does not qualify, the ring what the rule takes. {market.label}",
    alt="Two line charts over the number of clusters, one line per method: separation ahead on the left, stability on "
    "the right.",
)
choice = facts.choice_facts(tried, settings)

# %% tags=["remove-input"]
say(
    "On these months the rule takes **{picked}** ({clusters:.0f} clusters on average); this run uses **{used}**.",
    When("other", "Its separation ahead is {ahead:.3f} against {best:.3f},"),
    When("other", When("near", "within one standard error of it.", "more than one standard error below it.")),
    When(
        "other",
        "The page does not switch by itself: a method picked on the months it is shown on would be picked in "
        "hindsight; what it would change stands further down.",
    ),
    "Single linkage shows why stability alone must not decide: it agrees with itself well (bootstrap {single:.2f}) "
    "because it puts up to {heap:.0%} of all indices into one heap.",
    **choice,
)

# %% [markdown]
# ### How far to look back, and whether to clip or shrink
#
# A longer window knows more and reacts later, and it shuts out young funds: *coverage* is the share of the liquid
# indices that have enough history. **Rule: the longest window that still covers nine in ten.** The other two lines
# ask whether clipping and shrinkage help. Shrinking all correlations toward their average cannot change which pairs
# are nearer than which, so it can do little here by construction; it is offered for other uses of the distance.

# %%
variants = study.window_variants(run)
looks = evidence(run.samples, run.dates, list(variants.values()), settings, draws=5, boot_every=6)
looks = looks.set_axis(list(variants))
show_table(
    looks[["coverage", "clusters", "silhouette", "ahead", "ahead_se", "bootstrap_ari", "month_ari"]],
    {"coverage": "{:.0%}", "clusters": "{:.1f}", "silhouette": "{:.3f}", "ahead": "{:.3f}", "ahead_se": "{:.3f}"},
)
windows = study.window_facts(looks, cluster_lookback)

# %% tags=["remove-input"]
say(
    When(
        "longest",
        "Among the windows that all these months allow, {longest} sessions is the longest with nine tenths coverage; "
        "this run uses {lookback}.",
    ),
    "Without clipping the separation ahead is {plain:.3f}, as this run clips {clipped:.3f} (standard error "
    "{error:.3f}).",
    **windows,
)

# %% [markdown]
# ## The market in the last month
#
# Each cluster has a representative: its *medoid*, the member nearest to all others (a tie goes to the higher
# turnover). The cluster is named after it. The labels below are those carried through time, explained further down.

# %%
show_table(study.cluster_table(month, names))

# %%
returns = run.samples.at(run.dates[-1], settings)[1]
distance = run.samples.distance(run.dates[-1], settings)
placed = month.set_index("code").reindex(returns.columns).reset_index()

# %%
show(
    draw.plot_map(placed, map_positions(distance), spanning_tree(distance), names),
    caption=f"The market on {run.dates[-1]:%Y-%m-%d}: distances in two dimensions (they show "
    f"{map_share(distance):.0%} of the spread), nearest neighbours joined by the minimum spanning tree, clusters of "
    f"three or more named. {market.label}",
    alt="A scatter map of all indices, coloured by cluster, with thin lines joining nearest neighbours and the names "
    "of the larger clusters.",
)

# %% [markdown]
# ## Within and across
#
# A clustering is worth its name if correlations within clusters are high and across them low. The diagonal below is
# the average correlation of a cluster's members with each other, the rest the average across two clusters.

# %% tags=["recipe"]
rho = correlation(returns)
blocks = use.block_correlations(rho, placed["label"].to_numpy())
order = use.similar_order(blocks)
show(
    draw.plot_block_correlations(blocks.loc[order, order].rename(index=names, columns=names)),
    caption="Average correlation of daily returns within clusters (diagonal; blank where a cluster has one member) and "
    f"across them, alike clusters side by side, {run.dates[-1]:%Y-%m-%d}. {market.label}",
    alt="A heat map of average correlations between clusters, with those within clusters on the diagonal.",
)
levels = use.within_and_across(rho, placed["label"].to_numpy())

# %% tags=["remove-input"]
say(
    "On average two indices of one cluster correlate at **{within:.2f}**, two of different clusters at "
    "**{across:.2f}**.",
    **levels,
)

# %% [markdown]
# ## Labels through time
#
# A clustering numbers its groups afresh every month. To follow a group, month $t$'s clusters $B$ are matched to the
# labels $A$ of month $t-1$ so that the members they share are as many as possible in total (the assignment problem),
#
# $$ \max_{\pi} \sum_{B} |B \cap A_{\pi(B)}|, \qquad \text{kept where } \frac{|A \cap B|}{|A \cup B|} > \tfrac14 . $$
#
# What matches nothing may take back the label of a cluster that died, if they share more than half of their members;
# otherwise it is new. A label never depends on a later month. What happens on the way has names: *birth*, *death*,
# *return*, *split* (two later clusters each take a quarter or more of an earlier one) and *merge* (the mirror image).

# %%
happened = events(labelled)
counts = happened.pivot_table(index="date", columns="event", values="label", aggfunc="size", fill_value=0)
show_table(counts.reindex(columns=["birth", "death", "return", "split", "merge"], fill_value=0))

# %%
show_table(facts.event_table(happened, names))

# %% [markdown]
# The Sankey below is alive: hover over a bar for every member with its code, over a band for who moved. Clusters that
# never reach three members are drawn together.

# %%
nodes, links = sankey_frames(labelled, least=3)
shades = draw.label_colours([k for k in nodes["colour_key"] if k != -1]) | {-1: draw.OTHER}
nodes["colour"] = nodes["colour_key"].map(shades)
show_plotly(
    sankey.sankey(nodes, links, unit="indices", height=1000, title="Clusters of indices, month by month"),
    caption=f"Clusters by month, {run.dates[0]:%Y-%m} to {run.dates[-1]:%Y-%m}: height is the number of indices, "
    f"colour the carried label. Hover for members and codes. {market.label}",
    alt="An interactive Sankey diagram of clusters month by month; each bar lists its members on hover.",
)

# %%
least = int(labelled.groupby(["date", "label"]).size().quantile(0.75)) + 1
large, flow = sankey_frames(labelled, least=least, rest="other clusters")
large["colour"] = large["colour_key"].map(shades)
show(
    sankey.plot_alluvial(large, flow, title="The larger clusters of indices, month by month"),
    caption=f"The same for print: the larger clusters by month, the rest together. {market.label}",
    alt="A still alluvial diagram of the larger clusters from the first month to the last.",
)

# %% [markdown]
# ## Who moves, and who stays
#
# Two scores per fund. *Stays* is the share of months in which its label did not change. *Company* needs no labels:
# it is the share of companions kept, the Jaccard index of the set it shares a cluster with this month and the set
# next month (of those present both times). A fund that moves together with all its friends keeps its company.

# %%
path = migration_table(labelled)
show(
    draw.plot_stability(facts.steady_table(labelled)),
    caption="The most restless and the steadiest indices among those present in three quarters of the months. "
    f"{market.label}",
    alt="A dot chart of the share of companions kept from month to month, for the twelve lowest and twelve highest.",
)

# %% [markdown]
# The migration table of every fund is `path`; here are the assets the article speaks of.

# %%
assets = asset_table(run.etf_list, labelled)
places = world(labelled)
followed = places.frame(assets.loc[assets["months"] > 0, "asset"])
movers = followed[followed.nunique(axis=1) > 1]
stayed = list(followed.index.difference(movers.index, sort=False))

# %%
show(
    draw.plot_migration(movers, names),
    caption="Those of the article's assets that changed cluster: colour and word are the cluster of the month. "
    f"{market.label}",
    alt="One row per asset and one column per month, each run of months in the colour of the cluster the asset was in.",
)

# %% tags=["remove-input"]
say("The others never changed cluster in these months: {stayed}.", stayed=stayed)

# %% [markdown]
# ## Twenty claims, twenty tests
#
# Each claim became a statement about membership that is true or false in a month, and a number of months its wording
# asks for: *always* (始终) means every month, *mostly* (绝大多数, 通常) three quarters, *often* half. Some ask for two
# things: c05 that solar moved and that it passed five clusters, c11 that two were together before and apart after, c17
# that two were apart at least once and yet together most of the time, c19 that gold stocks sit beside gold or beside
# metals, and were with each of them. Names became indices: a small table maps each of the article's assets to index
# codes, in order of preference, and says what cannot be tested. A month counts if so many of a claim's assets are there
# as the claim needs to be true.

# %%
partial = assets[(assets["months"] < len(run.dates)) | assets["key"].isna() | (assets["asset"] == "油气")]
show_table(partial.set_index("asset"))

# %% [markdown]
# A sentence that most indices would pass says nothing of the one it names. So other indices take the place of a claim's
# own, while those it is held against stay: every other index in turn where the claim is about one, a thousand random
# sets where it is about several. The **base rate** is the share of them that gets all that is asked. The verdict:
#
# - **holds**: all that is asked is reached, and at most one random set in twenty gets there;
# - **says little**: it is reached, but more random sets than that get there too;
# - **holds partly**: it is not reached, but each thing asked is so more often than not;
# - **fails**: it is not even that; **cannot be tested**: something is asked of months or assets that are not there.
#
# Three more columns say how far a verdict stands. *days*: the sessions of the whole run are drawn anew in blocks of
# ten, all months are clustered again and followed again, ten times; the share of these histories in which the claim
# gets all that is asked. *settings* and *windows*: under how many of those shown below it holds.

# %%
judged = judge(labelled)
by_setting = verdicts_by_setting(run, judged)
by_window = verdicts_by_window(run, judged)
weighed = weigh(judged, share_of_days(run), by_setting, by_window)
verdicts = claim_titles(weighed)

# %%
show(
    draw.plot_claim_strips(judged.months, verdicts),
    caption=f"Each claim by month, with its verdict. {market.label}",
    alt="Twenty strips of months, one per claim, coloured by whether the claim was true, with the verdict beside it.",
)

# %%
columns = ["verdict", "base", "days", "settings", "windows", "found", "test", "note"]
show_table(verdicts[columns].rename(columns={"base": "base rate"}), {"base rate": "{:.2%}", "days": "{:.0%}"})
tally = facts.tally_facts(weighed)

# %% tags=["remove-input"]
say(
    "Of {claims} claims {holds:|holds|hold}, {partly:|holds|hold} partly, {little:|says|say} little, "
    "{fails:|fails|fail} and {untested} cannot be tested.",
    "What says little is reached by many other indices as well (base rate in brackets): {common}.",
    "Of those that hold, fewer than three quarters of the redrawn histories bear out: {shaky}.",
    "The article gives no dates; its window is assumed to be the twelve months to early 2026, and on other months the "
    "verdicts say only what the same sentences would have been worth then.",
    **tally,
)

# %% [markdown]
# ### Where the claims pull against each other
#
# Three pairs cannot both be taken at their word, and the data show which way each one gives.

# %%
tensions = facts.tension_facts(places, labelled)

# %% tags=["remove-input"]
say(
    "- **New energy and solar** (c06 against c05). 新能源 cannot always sit with 创业板 while 光伏, one part of it, "
    "wanders. Here 新能源 shares a cluster with 创业板 in {board} and with 光伏 in {solar} of {board_months} months: "
    "the counts say whether the theme goes with its parts or with the board they are listed on.",
    "- **Gold alone, gold stocks beside it** (c20 against c19). Gold shares its cluster with gold stocks in {gold} of "
    "{gold_months} months; wherever it does, independence cannot mean an empty cluster. As a low correlation with "
    "everything else it can be tested: gold's average correlation with all other indices is {gold_rho:.2f}.",
    "- **Two stable tech clusters with members that come and go** (c07 and c09 against c10). Apart is one thing, "
    "stable another: the clusters that held 芯片 keep {chips:.0%} of their members from month to month, those that "
    "held 计算机 {computers:.0%}, a typical cluster {typical:.0%}.",
    otherwise="None of them can be tested here.",
    **tensions,
)

# %% [markdown]
# ### How much the verdicts depend on choices
#
# The same claims under other methods, numbers and lookbacks, with the most traded fund instead of the earliest
# standing for its index (`survivor`, chapter 02), and, with nothing else changed, on as many months that end earlier
# (*to* …); each against random sets in its own clusters. A claim that changes its verdict with the method says
# something about the method.

# %%
short = {"holds": "holds", "holds partly": "partly", "says little": "little", "fails": "fails", "cannot be tested": "–"}
choices = by_setting.join(by_window.drop(columns=by_setting.columns[0])).replace(short)
show_table(choices.set_axis(verdicts["title"].rename("claim")))
agreement = facts.agreement_facts(by_setting)
moved = facts.moved_facts(by_window)

# %% tags=["remove-input"]
say(
    "Of the {tested} claims that some setting can test, {same} get one verdict under all {settings} settings. Holding "
    "under all: {firm}. Failing under all: {never}. Where verdicts differ, much depends on how finely the market is "
    "cut: a claim that two things are *together* is easier in coarse clusters, one that they are *apart* in fine ones.",
    "Letting the most traded fund stand for its index, with nothing else changed, gives {moved:|other verdict|other "
    "verdicts} ({moved_claims}), although the funds swapped are near copies of each other.",
    **agreement,
)

# %% tags=["remove-input"]
say(
    "Of the {tested} claims that some window can test, {same} get one verdict in all {windows} windows. From {least} "
    "to {most} of them hold, and from {fails_least} to {fails_most} fail.",
    otherwise="The history is too short for a window that ends earlier.",
    **moved,
)

# %% [markdown]
# ## What it is for: a list of funds that differ
#
# One liquid fund per cluster: the most traded fund of the cluster's indices, on the last month end.

# %%
chosen = use.diversified_list(run.samples, month, settings)
chosen["cluster"] = chosen["cluster"].map(month.groupby("cluster")["label"].first()).map(names)
chosen["turnover, mn CNY"] = chosen.pop("turnover") / 1e6
show_table(chosen.set_index("cluster"), {"turnover, mn CNY": "{:,.0f}"})

# %%
against = use.list_against_most_traded(run.samples, membership, settings)
show(
    draw.plot_list(against),
    caption="Average correlation of all pairs over the month after the choice: one fund per cluster, as many of the "
    f"most traded indices, and all representatives. {market.label}",
    alt="Three lines over the months: average correlation of the list of one fund per cluster, of the most traded "
    "indices, and of all.",
)
apart = facts.list_facts(against)

# %% tags=["remove-input"]
say(
    "In the month after each choice the funds of the list correlate at **{list:.2f}** on average, as many of the most "
    "traded indices at {most_traded:.2f}; the list was lower in {won} of {months} months. The funds were chosen before "
    "those days, the method with a look at them. What is left is what the funds of one market share, and no choice "
    "among them removes it.",
    **apart,
)

# %% [markdown]
# ## What deduplication buys
#
# The article's point is that one fund per index makes the clusters better. Here both are clustered: the
# representatives, and every liquid fund. Both are judged on the *same* indices, so copies neither help nor hurt the
# measurement: without dedup, an index goes where most of its funds went.

# %%
effect = use.dedup_effect(run.samples, run.dates[-4:], settings)
show_table(effect, "{:.3f}")
bought = facts.dedup_facts(effect)

# %% tags=["remove-input"]
say(
    "Over the last month ends shown, without dedup there are {times:.1f} times as many funds to cluster. {copies:.0%} "
    "of the clusters of two or more then hold copies of a *single* index, {torn:.0%} of the indices with several funds "
    "are torn between clusters, and on days ahead the separation of the indices is {without:.3f} instead of "
    "{with_dedup:.3f}.",
    When(
        "better",
        "The article's point shows: with the copies in, clusters separate the indices less well.",
        "On these months the article's point does not show.",
    ),
    **bought,
)

# %% tags=["remove-input", "answer", "headline"]
say(
    "Of {claims} claims about how China's indices group, {holds} hold, {partly} hold partly, {fails} fail and "
    "{untested} cannot be tested.",
    "Under all {agreement[settings]} settings {agreement[same]} of the {agreement[tested]} keep one verdict;",
    "these hold under every one: {agreement[firm]}.",
    "In the month after it is chosen, a list of one fund per cluster correlates at {apart[list]:.2f}, as many of the "
    "most traded indices at {apart[most_traded]:.2f}.",
    agreement=agreement,
    apart=apart,
    **tally,
)

# %% tags=["demo"]
planted.clusters_box(market, membership)

# %% [markdown]
# ## Published and computed
#
# One row per claim. The article states each as a fact, so *published* is *holds*; *computed* is the verdict, and one
# that only holds partly, or says little, differs. The note carries the row of the table above.

# %%
computed, notes = scores(weighed)
board.compare("S000 claims", computed, note=notes, why=notes, as_of=run.dates[-1])
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** that a month's clusters use only that month and what came before, funds listed by then included; a test
#   changes the future and sees nothing move. The one exception is marked: *ahead* is hindsight, used to compare
#   methods and never to make a cluster.
# - **Trust with care** the choice of method. It follows a rule, but the rule has four parts that someone had to
#   write down, and several choices lie within its margins. That is why the verdicts are shown under others too.
# - **Do not read** small clusters too closely. A cluster of two is two funds; its birth is not an event.
# - Cross-border funds trade at premiums and in other time zones: their correlations with each other are too low, and
#   a cluster may form around a common closing time rather than a common index.
# - The universe is what still exists. Funds that died before the list was made are not in it.
#
# ## Where to go next
#
# The whole chain in five lines, for any dates:
#
# ```python
# from helpers.clustering import Samples, Settings, cluster_months
# from helpers.clustering.migration import carry_labels, migration_table
# samples = Samples(etf_daily, etf_list)
# labelled = carry_labels(cluster_months(samples, dates, Settings(lookback=120)))
# migration_table(labelled)
# ```
#
# Chapter 04 leaves the funds and looks at the styles behind them; chapter 09 uses one fund per cluster when it builds
# a core and its satellites.
