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
from dataclasses import replace

import pandas as pd
from IPython.display import Markdown, display

from helpers import planted, published
from helpers.clustering import Samples, Settings, usable_dates
from helpers.clustering import cluster_months as cluster_each
from helpers.clustering.claims import asset_table, judge, score_rows, world
from helpers.clustering.evidence import choose, evidence
from helpers.clustering.market_map import map_positions, map_share, spanning_tree
from helpers.clustering.migration import carry_labels, events, label_names, migration_table, stability, steadiness
from helpers.clustering.sankey_frames import sankey_frames
from helpers.clustering.use import (
    block_correlations,
    dedup_effect,
    diversified_list,
    list_against_most_traded,
    similar_order,
    within_and_across,
)
from helpers.correlation import correlation
from helpers.figures import clusters as draw
from helpers.figures import sankey, show, show_plotly
from helpers.scoreboard import Scoreboard
from helpers.sessions import month_ends
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
cluster_clip = 4.0  # robust standard deviations; None takes returns as they are
cluster_shrinkage = 0.0

# %% [markdown]
# ## The months
#
# A clustering is made on the last session of each complete month, from the daily returns of the sessions up to it,
# and of nothing later.

# %%
market = load_market(source, data, end=end)
settings = Settings(
    lookback=cluster_lookback,
    method=cluster_method,
    linkage=cluster_linkage,
    count=cluster_count,
    threshold=cluster_threshold,
    clip=cluster_clip,
    shrinkage=cluster_shrinkage,
    min_amount=min_amount,
    window=amount_window,
    measure=amount_measure,
    survivor=survivor,
)
absent = [table for table in ("etf_list", "etf_daily") if table not in market]
dates = pd.DatetimeIndex([])
if not absent:
    etf_list, etf_daily = market["etf_list"], market["etf_daily"]
    last_months = month_ends(etf_daily["date"], complete=True)[-cluster_months:]
    dates = usable_dates(etf_daily, last_months, cluster_lookback)
ready = len(dates) >= 2
if ready:  # no cell looks further back than the longest window tried below
    sessions = pd.Index(etf_daily["date"].unique()).sort_values()
    reach = max(cluster_lookback, amount_window, 250) + 1
    etf_daily = etf_daily[etf_daily["date"] >= sessions[max(sessions.searchsorted(dates[0]) - reach, 0)]]
    samples = Samples(etf_daily, etf_list)  # decides on a date's funds, returns and distances once for all cells

# %% tags=["remove-input"]
if ready:
    short = len(last_months) - len(dates)
    text = (
        f"This run uses {market.label}: {len(dates)} month ends from {dates[0]:%Y-%m-%d} to "
        f"{dates[-1]:%Y-%m-%d}, {cluster_lookback} sessions behind each."
    )
    text += f" {short} earlier month ends have too short a history and are left out." if short else ""
elif absent:
    text = f"**This run lacks {', '.join(absent)}**, and without them there is nothing to cluster: {market!r}"
else:
    text = f"**No two month ends of this run have {cluster_lookback} sessions of returns behind them**: shorten "
    text += "`cluster_lookback` or bring a longer history."
display(Markdown(text))

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

# %%
if ready:
    liquid = {d: len(samples.representatives(d, settings)) for d in dates}
    membership = cluster_each(samples, dates, settings)
    universe = membership.groupby("date").agg(
        clustered=("key", "size"),
        clusters=("cluster", "nunique"),
        largest=("cluster", lambda c: c.value_counts().max()),
        alone=("cluster", lambda c: (c.value_counts() == 1).sum()),
        silhouette=("silhouette", "mean"),
    )
    universe.insert(0, "liquid indices", pd.Series(liquid))
    display(universe.round(3))

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
if ready:
    grid = [{"method": "affinity"}] + [
        {"method": "linkage", "linkage": link, "count": count}
        for link in ("ward", "average", "complete", "single")
        for count in (20, 25, 30, 40, 50, 60)
    ]
    scores = choose(evidence(samples, dates, grid, settings))
    scores["family"] = scores["linkage"].fillna("affinity propagation")
    shown = ["family", "clusters", "largest", "alone", "silhouette", "ahead", "ahead_se", "bootstrap_ari", "month_ari"]
    display(scores[[*shown, "separated", "small", "chosen"]].head(12).round(3))

# %%
if ready:
    show(
        draw.plot_evidence(scores),
        caption="Left: separation on the days after each month end; the band is one standard error below "
        "the best that qualifies. Right: stability. A cross marks what does not qualify, the ring "
        f"what the rule takes. {market.label}.",
        alt="Two line charts over the number of clusters, one line per method: separation ahead on the left, "
        "stability on the right.",
    )

# %% tags=["remove-input"]
if ready:
    picked = scores[scores["chosen"]].iloc[0]
    picked_text = picked["family"] + ("" if picked["method"] == "affinity" else f" with {picked['count']:.0f} clusters")
    cut = f"with {cluster_count} clusters" if cluster_count else f"cut at a distance of {cluster_threshold:g}"
    used = "affinity propagation" if cluster_method == "affinity" else f"{cluster_linkage} {cut}"
    single = scores[scores["family"] == "single"]
    asked = {"method": cluster_method} | (
        {} if cluster_method == "affinity" else {"linkage": cluster_linkage, "count": cluster_count}
    )
    own = scores[(scores[list(asked)] == pd.Series(asked)).all(axis=1)]
    verdict = ""
    if len(own) and not own["chosen"].iloc[0]:
        distance = "within one standard error of" if own["separated"].iloc[0] else "more than one standard error below"
        verdict = (
            f"Its separation ahead is {own['ahead'].iloc[0]:.3f} against {picked['ahead']:.3f}, {distance} "
            "the best that qualifies. The page does not switch by itself: a method picked on the months it "
            "is shown on would be picked in hindsight; what it would change stands further down. "
        )
    display(
        Markdown(
            f"On these months the rule takes **{picked_text}** ({picked['clusters']:.0f} clusters on average); this "
            f"run uses **{used}**. {verdict}Single linkage shows why stability alone must not decide: it agrees "
            f"with itself well (bootstrap {single['bootstrap_ari'].max():.2f}) because it puts up to "
            f"{single['largest'].max():.0%} of all indices into one heap."
        )
    )

# %% [markdown]
# ### How far to look back, and whether to clip or shrink
#
# A longer window knows more and reacts later, and it shuts out young funds: *coverage* is the share of the liquid
# indices that have enough history. **Rule: the longest window that still covers nine in ten.** The other two lines
# ask whether clipping and shrinkage help. Shrinking all correlations toward their average cannot change which pairs
# are nearer than which, so it can do little here by construction; it is offered for other uses of the distance.

# %%
if ready:
    windows = [w for w in (60, 120, 180, 250) if len(usable_dates(etf_daily, dates, w)) == len(dates)]
    variants = {f"{w} sessions": {"lookback": w} for w in windows}
    variants = {k: v for k, v in variants.items() if v["lookback"] != cluster_lookback}
    variants |= {"as this run": {}, "no clipping": {"clip": None}, "shrinkage 0.2": {"shrinkage": 0.2}}
    table = evidence(samples, dates, list(variants.values()), settings, draws=6, boot_every=4)
    table.index = list(variants)
    display(table[["coverage", "clusters", "silhouette", "ahead", "ahead_se", "bootstrap_ari", "month_ari"]].round(3))

# %% tags=["remove-input"]
if ready:
    looks = table.rename(index={"as this run": f"{cluster_lookback} sessions"})
    looks = looks.loc[[i for i in looks.index if i.endswith("sessions")]]
    looks["window"] = looks.index.str.split(" ").str[0].astype(int)
    wide = looks[looks["coverage"] >= 0.9]
    longest = f"{wide['window'].max()} sessions" if len(wide) else "no window tried"
    plain, tame = table.loc["no clipping"], table.loc["as this run"]
    display(
        Markdown(
            f"Among the windows that all these months allow, {longest} is the longest with nine tenths coverage; "
            f"this run uses {cluster_lookback}. Without clipping the separation ahead is {plain['ahead']:.3f}, as "
            f"this run clips {tame['ahead']:.3f} (standard error {tame['ahead_se']:.3f})."
        )
    )

# %% [markdown]
# ## The market in the last month
#
# Each cluster has a representative: its *medoid*, the member nearest to all others (a tie goes to the higher
# turnover). The cluster is named after it. The labels below are those carried through time, explained further down.

# %%
if ready:
    labelled = carry_labels(membership)
    names = label_names(labelled)
    month = labelled[labelled["date"] == dates[-1]].reset_index(drop=True)
    listing = month.sort_values(["cluster", "is_medoid", "turnover"], ascending=[True, False, False]).groupby("cluster")
    display(
        pd.DataFrame(
            {
                "cluster": listing["label"].first().map(names),
                "indices": listing.size(),
                "silhouette": listing["silhouette"].mean().round(2),
                "members, representative first": listing["name"].agg(lambda n: "、".join(n.str.replace("ETF", ""))),
            }
        )
        .set_index("cluster")
        .style.set_uuid("clusters")
        .set_properties(**{"text-align": "left"})
        .format(precision=2)
    )

# %%
if ready:
    funds, returns = samples.at(dates[-1], settings)
    distance = samples.distance(dates[-1], settings)
    place = map_positions(distance)
    month = month.set_index("code").reindex(returns.columns).reset_index()
    show(
        draw.plot_map(month, place, spanning_tree(distance), names),
        caption=f"The market on {dates[-1]:%Y-%m-%d}: distances in two dimensions (they show "
        f"{map_share(distance):.0%} of the spread), nearest neighbours joined by the minimum "
        f"spanning tree, clusters of three or more named. {market.label}.",
        alt="A scatter map of all indices, coloured by cluster, with thin lines joining nearest neighbours and "
        "the names of the larger clusters.",
    )

# %% [markdown]
# ## Within and across
#
# A clustering is worth its name if correlations within clusters are high and across them low. The diagonal below is
# the average correlation of a cluster's members with each other, the rest the average across two clusters.

# %%
if ready:
    rho = correlation(returns)
    blocks = block_correlations(rho, month["label"].to_numpy())
    order = similar_order(blocks)
    blocks = blocks.loc[order, order].rename(index=names, columns=names)
    show(
        draw.plot_block_correlations(blocks),
        caption="Average correlation of daily returns within clusters (diagonal; blank where a cluster has "
        f"one member) and across them, alike clusters side by side, {dates[-1]:%Y-%m-%d}. "
        f"{market.label}.",
        alt="A heat map of average correlations between clusters, with those within clusters on the diagonal.",
    )

# %% tags=["remove-input"]
if ready:
    levels = within_and_across(rho, month["label"].to_numpy())
    display(
        Markdown(
            f"On average two indices of one cluster correlate at **{levels['within']:.2f}**, two of different "
            f"clusters at **{levels['across']:.2f}**."
        )
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
if ready:
    happened = events(labelled)
    counts = happened.pivot_table(index="date", columns="event", values="label", aggfunc="size", fill_value=0)
    display(counts.reindex(columns=["birth", "death", "return", "split", "merge"], fill_value=0))

# %%
if ready:
    latest = (
        happened[happened["event"].isin(["split", "merge"])].sort_values(["date", "members"], ascending=False).head(8)
    )
    display(
        latest.assign(
            label=latest["label"].map(names), others=latest["others"].map(lambda ids: "、".join(names[i] for i in ids))
        ).set_index("date")
    )

# %% [markdown]
# The Sankey below is alive: hover over a bar for every member with its code, over a band for who moved. Clusters that
# never reach three members are drawn together.

# %%
if ready:
    nodes, links = sankey_frames(labelled, least=3)
    shades = draw.label_colours([k for k in nodes["colour_key"] if k != -1]) | {-1: draw.OTHER}
    nodes = nodes.assign(colour=nodes["colour_key"].map(shades))
    alive = sankey.sankey(nodes, links, unit="indices", height=1000, title="Clusters of indices, month by month")
    show_plotly(
        alive,
        caption=f"Clusters by month, {dates[0]:%Y-%m} to {dates[-1]:%Y-%m}: height is the number of indices, "
        f"colour the carried label. Hover for members and codes. {market.label}.",
        alt="An interactive Sankey diagram of clusters month by month; each bar lists its members on hover.",
    )

# %%
if ready:
    large, flow = sankey_frames(
        labelled, least=int(labelled.groupby(["date", "label"]).size().quantile(0.75)) + 1, rest="other clusters"
    )
    large = large.assign(colour=large["colour_key"].map(shades))
    ax = sankey.plot_alluvial(large, flow, title="The larger clusters of indices, month by month")
    show(
        ax,
        caption=f"The same for print: the larger clusters by month, the rest together. {market.label}.",
        alt="A still alluvial diagram of the larger clusters from the first month to the last.",
    )

# %% [markdown]
# ## Who moves, and who stays
#
# Two scores per fund. *Stays* is the share of months in which its label did not change. *Company* needs no labels:
# it is the share of companions kept, the Jaccard index of the set it shares a cluster with this month and the set
# next month (of those present both times). A fund that moves together with all its friends keeps its company.

# %%
if ready:
    path = migration_table(labelled)
    score = stability(labelled)
    last = labelled.sort_values("date").drop_duplicates("key", keep="last").set_index("key")
    score["title"] = last["name"].reindex(score.index).str.replace("ETF", "") + " " + last["code"].reindex(score.index)
    steady = score[score["months"] >= 0.75 * len(dates)]
    show(
        draw.plot_stability(steady),
        caption="The most restless and the steadiest indices among those present in three quarters of the "
        f"months. {market.label}.",
        alt="A dot chart of the share of companions kept from month to month, for the twelve lowest and twelve "
        "highest.",
    )

# %% [markdown]
# The migration table of every fund is `path` (labels) with `names` for the words; here are the assets the article
# speaks of.

# %%
if ready:
    assets = asset_table(etf_list, labelled)
    places = world(labelled)
    followed = pd.DataFrame({asset: places.of(asset) for asset in assets.loc[assets["months"] > 0, "asset"]}).T
    movers = followed[followed.nunique(axis=1) > 1]
    if len(movers):
        show(
            draw.plot_migration(movers, names),
            caption="Those of the article's assets that changed cluster: colour and word are the cluster of "
            f"the month. {market.label}.",
            alt="One row per asset and one column per month, each run of months in the colour of the cluster "
            "the asset was in.",
        )

# %% tags=["remove-input"]
if ready:
    stayed = [asset for asset in followed.index if asset not in movers.index]
    display(
        Markdown(
            f"The other {len(stayed)} never changed cluster in these months: {'、'.join(stayed)}." if stayed else ""
        )
    )

# %% [markdown]
# ## Twenty claims, twenty tests
#
# Each claim became a statement about membership that is true or false in a month, and a share of months its wording
# asks for: *always* (始终) means every month, *mostly* (绝大多数, 通常) three quarters, *often* half. Names became
# indices: a small table maps each of the article's assets to index codes, in order of preference, and says what
# cannot be tested.

# %%
if ready:
    partial = assets[(assets["months"] < len(dates)) | assets["key"].isna() | (assets["asset"] == "油气")]
    display(
        partial.set_index("asset").style.set_uuid("assets").format(na_rep="").set_properties(**{"text-align": "left"})
    )

# %%
if ready:
    claims = published.load("claims").set_index("claim_id")
    judged = judge(labelled)
    verdicts = judged.table.set_index("claim_id")
    title = claims["assets"].str.replace("|", "、") + " " + claims["statement_type"]
    verdicts["title"] = verdicts.index + "  " + title.where(title.str.len() <= 26, title.str.slice(0, 25) + "…")
    show(
        draw.plot_claim_strips(judged.months, verdicts),
        caption="Each claim by month. The verdict compares the share of true months with what the wording "
        f"asks for. {market.label}.",
        alt="Twenty strips of months, one per claim, coloured by whether the claim was true, with the verdict "
        "beside it.",
    )

# %%
if ready:
    table = verdicts[["test", "needed", "score", "verdict"]].copy()
    table.insert(1, "true", verdicts["true"].astype(str) + " of " + verdicts["tested"].astype(str))
    left = {"text-align": "left"}
    display(
        table.style.set_uuid("claims").format({"needed": "{:.0%}", "score": "{:.0f}"}, na_rep="").set_properties(**left)
    )

# %%
if ready:
    remarks = verdicts.loc[verdicts["note"] != "", ["note"]]
    display(remarks.style.set_uuid("remarks").set_properties(**left))

# %% tags=["remove-input"]
if ready:
    tally = verdicts["verdict"].value_counts()
    words = {"holds": "hold", "holds partly": "hold partly", "fails": "fail", "cannot be tested": "cannot be tested"}
    told = ", ".join(f"{tally.get(verdict, 0)} {word}" for verdict, word in words.items())
    other = "These months are **not** the article's (assumed to be the twelve months to early 2026): read the verdicts "
    other += "as what the same sentences would have been worth then."
    window = pd.Timestamp("2025-12-31") <= dates[-1] <= pd.Timestamp("2026-02-28")
    display(
        Markdown(
            f"Of {len(verdicts)} claims: {told}. "
            + (
                "The article gives no dates; its window is assumed to be the twelve months to early 2026."
                if window
                else other
            )
        )
    )

# %% [markdown]
# ### Where the claims pull against each other
#
# Three pairs cannot both be taken at their word, and the data show which way each one gives.

# %% tags=["remove-input"]
if ready:
    where = {name: places.of(name) for name in ("新能源", "创业板", "光伏ETF", "黄金", "黄金股ETF", "芯片", "计算机")}
    both = {pair: (where[pair[0]] == where[pair[1]]) for pair in (("新能源", "创业板"), ("新能源", "光伏ETF"))}
    both[("黄金", "黄金股ETF")] = where["黄金"] == where["黄金股ETF"]
    gold_rho = places.of("黄金", "market_corr").mean()
    kept = steadiness(labelled)
    tech = {name: kept.reindex(where[name].dropna().unique()).mean() for name in ("芯片", "计算机")}
    months_of = {pair: f"{int(hit.sum())} of {int(where[pair[0]].notna().sum())} months" for pair, hit in both.items()}
    tensions = [
        "- **New energy and solar** (c06 against c05). 新能源 cannot always sit with 创业板 while 光伏, one part of "
        f"it, wanders. Here 新能源 shares a cluster with 创业板 in {months_of[('新能源', '创业板')]} and with 光伏 "
        f"in {months_of[('新能源', '光伏ETF')]}: the counts say whether the theme goes with its parts or with the "
        "board they are listed on.",
        "- **Gold alone, gold stocks beside it** (c20 against c19). Gold shares its cluster with gold stocks in "
        f"{months_of[('黄金', '黄金股ETF')]}; wherever it does, independence cannot mean an empty cluster. As a low "
        "correlation with everything else it can be tested: gold's average correlation with all other indices is "
        f"{gold_rho:.2f}.",
        "- **Two stable tech clusters with members that come and go** (c07 and c09 against c10). Apart is one "
        f"thing, stable another: the clusters that held 芯片 keep {tech['芯片']:.0%} of their members from month to "
        f"month, those that held 计算机 {tech['计算机']:.0%}, a typical cluster {kept.median():.0%}.",
    ]
    seen = [where[a].notna().any() and where[b].notna().any() for a, b in (("新能源", "创业板"), ("黄金", "黄金股ETF"))]
    seen.append(where["芯片"].notna().any() and where["计算机"].notna().any())
    display(
        Markdown("\n".join(t for t, there in zip(tensions, seen, strict=True) if there) or "None can be tested here.")
    )

# %% [markdown]
# ### How much the verdicts depend on choices
#
# The same claims under other methods, numbers and windows, and with the most traded fund instead of the earliest
# standing for its index (`survivor`, chapter 02). A claim that changes its verdict with the method says
# something about the method.

# %%
if ready:
    others = {
        "affinity propagation": {"method": "affinity"},
        "ward 30": {"method": "linkage", "linkage": "ward", "count": 30},
        "ward 50": {"method": "linkage", "linkage": "ward", "count": 50},
        "average 50": {"method": "linkage", "linkage": "average", "count": 50},
        "60 sessions": {"lookback": 60},
        "no clipping": {"clip": None},
        "most traded stands": {"survivor": "most_traded"},
    }
    compared = {"this run": verdicts["verdict"]}
    others = {name: change for name, change in others.items() if replace(settings, **change) != settings}
    for name, change in others.items():
        again = carry_labels(cluster_each(samples, dates, replace(settings, **change)))
        compared[name] = judge(again).table.set_index("claim_id")["verdict"]
    compared = pd.DataFrame(compared)
    display(compared.apply(lambda column: column.value_counts()).reindex(tally.index).fillna(0).astype(int))

# %%
if ready:
    short = {"holds": "holds", "holds partly": "partly", "fails": "fails", "cannot be tested": "–"}
    display(compared.replace(short).assign(claim=title).set_index("claim", append=True))

# %% tags=["remove-input"]
if ready:
    same = compared.nunique(axis=1) == 1
    firm = compared.index[same & (compared["this run"] == "holds")]
    never = compared.index[(compared == "fails").all(axis=1)]
    swapped = ""
    if "most traded stands" in compared:
        moved = compared.index[compared["most traded stands"] != compared["this run"]]
        swapped = (
            f" Letting the most traded fund stand for its index, with nothing else changed, gives {len(moved)} other "
            f"verdicts ({', '.join(moved) or 'none'}), although the funds swapped are near copies of each other."
        )
    display(
        Markdown(
            f"{same.sum()} of the {len(compared)} claims get one verdict under all {compared.shape[1]} settings. "
            f"Holding under all: {', '.join(firm) or 'none'}. Failing under all: {', '.join(never) or 'none'}. Where "
            "verdicts differ, much depends on how finely the market is cut: a claim that two things are "
            f"*together* is easier in coarse clusters, one that they are *apart* in fine ones.{swapped}"
        )
    )

# %% [markdown]
# ## What it is for: a list of funds that differ
#
# One liquid fund per cluster: the most traded fund of the cluster's indices, on the last month end.

# %%
if ready:
    chosen = diversified_list(samples, month, settings)
    display(
        chosen.assign(cluster=chosen["cluster"].map(month.groupby("cluster")["label"].first()).map(names))
        .assign(turnover=(chosen["turnover"] / 1e6).round(0))
        .rename(columns={"turnover": "turnover, mn CNY"})
        .set_index("cluster")
    )

# %%
if ready:
    against = list_against_most_traded(samples, membership, settings)
    show(
        draw.plot_list(against),
        caption="Average correlation of all pairs over the month after the choice: one fund per cluster, as "
        f"many of the most traded indices, and all representatives. {market.label}.",
        alt="Three lines over the months: average correlation of the list of one fund per cluster, of the most traded "
        "indices, and of all.",
    )

# %% tags=["remove-input"]
if ready:
    mean = against.mean()
    wins = (against["list"] < against["most_traded"]).sum()
    display(
        Markdown(
            f"On days the list had not seen, its funds correlate at **{mean['list']:.2f}** on average, as many of "
            f"the most traded indices at {mean['most_traded']:.2f}; the list was lower in {wins} of {len(against)} "
            "months. What is left is what the funds of one market share, and no choice among them removes it."
        )
    )

# %% [markdown]
# ## What deduplication buys
#
# The article's point is that one fund per index makes the clusters better. Here both are clustered: the
# representatives, and every liquid fund. Both are judged on the *same* indices, so copies neither help nor hurt the
# measurement: without dedup, an index goes where most of its funds went.

# %%
if ready:
    effect = dedup_effect(samples, dates[-4:], settings)
    display(effect.round(3))

# %% tags=["remove-input"]
if ready:
    one, every = effect.loc["one fund per index"], effect.loc["every liquid fund"]
    display(
        Markdown(
            f"Over the last {len(dates[-4:])} month ends: without dedup there are "
            f"{every['funds'] / one['funds']:.1f} times as many funds to cluster. "
            f"{every['one_index']:.0%} of the clusters of two or more then hold copies of a *single* index, "
            f"{every['torn']:.0%} of the indices with several funds are torn between clusters, and on days ahead the "
            f"separation of the indices is {every['ahead']:.3f} instead of {one['ahead']:.3f}."
            + (
                " The article's point shows: with the copies in, clusters separate the indices less well."
                if one["ahead"] > every["ahead"]
                else " On these months the article's point does not show."
            )
        )
    )

# %% tags=["remove-input"]
truth = planted.truth_of(market)
if truth and ready:
    display(planted.box(planted.clusters_told(membership, truth)))

# %% [markdown]
# ## Published and computed
#
# One row per claim. The article states each as a fact, so *published* is 100. *Computed* is the share of true months
# relative to the share the wording needs (for c05 the share of the five named clusters visited, for c17 and c19 as
# their tests say), capped at 100. The tolerance makes one exception in twelve months a miss for *always*.

# %%
board = Scoreboard("03_clusters", market.simulated)
printed = published.load("claims")
if ready:
    for row in score_rows(judged, printed).itertuples():
        if pd.isna(row.computed):
            board.missing("S000 claims", row.item, row.published, unit="%", note=row.note)
        else:
            board.add("S000 claims", row.item, row.published, row.computed, "%", 8.0, row.note)
    board.add("S000 method", "monthly clusterings", 12, len(dates), "months", 0.0)
else:
    for claim in printed.itertuples():
        item = f"{claim.claim_id} {claim.assets.replace('|', ', ')}: {claim.statement_type}"
        board.missing("S000 claims", item, 100, needs=absent, unit="%", note="no month end can be clustered")
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
