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
# both can be added up. The rotation report (S002, 华福证券) builds three
# of its four factors on that: how much is held (持仓程度), how that changed over the month (边际变化), and how it
# changed over the week (短期资金流入流出). It prints group returns for the last one, the groups of 30 industries
# through 2025, a table of ETF units against 14 styles, and two weeks of large outflows as cases.
#
# This chapter rebuilds the look-through and the flows, and puts every printed table beside what the run's data can
# say. You will learn
#
# - how to look through a thousand funds, week after week, without ever joining them with their stocks;
# - what makes a false flow: splits, missing days, adjusted prices, and how each is caught or at least admitted;
# - how wrong industry weights guessed from returns are, and how to make them less wrong;
# - how much of "money came in" is only "the price went up";
# - why the two printed cases prove less than they seem to.

# %%
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from helpers import flows, planted, published
from helpers.backtest.groups import EQUAL, group_returns, yearly_groups
from helpers.figures import flows as draw
from helpers.figures import new_axes, show
from helpers.flows.board import compare_group_months, put_table
from helpers.flows.cases import case_view, printed_case
from helpers.flows.change_parts import change_parts, variance_shares
from helpers.flows.etf_money import WHOLE_MARKET, etf_money
from helpers.flows.style_growth import UNBUILT, growth_by_style, style_returns
from helpers.flows.without_weights import recent_weeks
from helpers.inference import annual_mean
from helpers.lookthrough import stock_funds
from helpers.lookthrough.estimates import estimate_funds, size_controls, true_weights
from helpers.lookthrough.from_returns import simulate_weights, walk_forward
from helpers.panels import daily_returns, industry_closes
from helpers.performance import SESSIONS_PER_YEAR, performance_table
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market
from helpers.tables import MissingTable

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first week; None: as far back as units and weights go
end = None
rotation_scheme = "SW2021_L1"
backcast_labels = False  # give stocks their first industry label also before it began
trade_lag = 1  # sessions from a week's end to the purchase
size_pair = ["000300", "000852"]
growth_pair = ["399370", "399371"]
lookthrough_index = "000300"  # the index whose true weights judge the estimated ones
lookthrough_window = 250
control_pair = ["000905", "000852"]  # mid over small caps
case_week = None  # None: the last week with two weeks of returns after it
panel_end = None  # last day of units in "the latest weeks"; None: end

# %%
market = load_market(source, data, end=end)
board = Scoreboard("05_etf_flows", simulated=market.simulated)
money, reason = None, ""
try:
    money = etf_money(market, rotation_scheme, backcast=backcast_labels, start=start)
except MissingTable as missing:
    reason = str(missing)
prices = None
if "industry_daily" in market and rotation_scheme in set(market["industry_daily"]["scheme"]):
    prices = industry_closes(market["industry_daily"], rotation_scheme)

# %% tags=["remove-input"]
if money is None:
    text = f"**No look-through in this run:** {reason}. The printed cases at the end need no market and stand."
else:
    weeks, held = money.sizes.index, money.sizes.notna().sum(axis=1)
    text = (
        f"This run uses {market.label}: {len(weeks)} weeks from {weeks[0]:%Y-%m-%d} to {weeks[-1]:%Y-%m-%d}, "
        f"{held.min()} to {held.max()} stock ETFs with known size, {money.indices} "
        f"{'index' if money.indices == 1 else 'different indices'} with published weights among what they track, "
        f"industries of {rotation_scheme}. "
    )
    text += (
        "That is most of the ETF market."
        if money.whole_market
        else f"Units are known for {money.universe.mean():.1%} of the listed stock ETFs on an average week: **this is "
        "a few funds, not the ETF market**, and nothing below that needs the market is compared with the report."
    )
Markdown(text)

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
# approximated. Three clocks run in it:
#
# - weights dated at a month's end are known from the **next session** on, and are carried until the next ones;
# - a stock counts in the industry whose label is in force that week;
# - units of a day are published that evening, so a week's holdings are known after its last close.

# %%
if money:
    share = money.share
    show(
        draw.plot_holdings(money.level),
        caption=f"ETF money by {rotation_scheme} industry, week by week; "
        f"{money.through.coverage.mean():.0%} of the known money is looked through. {market.label}",
        alt="Stacked areas of the money stock ETFs hold in each industry; the largest industries are named.",
    )

# %% tags=["remove-input"]
if money:
    last = share.iloc[-1].sort_values(ascending=False)
    text = (
        f"In the last week, {share.index[-1]:%Y-%m-%d}, {last.index[0]} takes {last.iloc[0]:.1%} of the money, "
        f"{last.index[1]} {last.iloc[1]:.1%} and {last.index[2]} {last.iloc[2]:.1%}; the smaller half of the "
        f"industries has {last.iloc[len(last) // 2 :].sum():.1%} together. "
    )
    if money.indices == 1:
        text += (
            "**One index is behind all of it.** Then the share of an industry is its index weight, whatever flows in "
            "or out: level and change below speak of the index, not of investors."
        )
    display(Markdown(text))

# %% [markdown]
# ## What the look-through does not see
#
# Money drops out where the tracked index has no published weights, and where a stock has no label. The dashed line
# is the harder limit: funds whose units nobody recorded are not in the total at all. Stocks without a label on a
# date can be given their first later label (`backcast_labels`). That knows labels before their time: a look-ahead, off
# unless it is asked for.

# %%
if money:
    show(
        draw.plot_coverage(money.through.parts, money.universe),
        caption=f"What became of the known ETF money, and (dashed) how much of the market is known. {market.label}",
        alt="Stacked shares of ETF money looked through, without labels and without index weights, with a dashed line "
        "for the share of listed funds whose units are known.",
    )
    strict, carried = money.coverage_with(backcast=False), money.coverage_with(backcast=True)
    basis = money.units.basis.where(money.sizes.notna()).stack().replace("", None).dropna()

# %% tags=["remove-input"]
if money:
    early, late = strict.iloc[: len(strict) // 2].mean(), strict.iloc[len(strict) // 2 :].mean()
    used = basis.value_counts(normalize=True)
    names = {"nav": "net asset value", "close": "close", "adj_close": "adjusted close", "index": "index ÷ 1,000"}
    lines = [
        f"- With labels only from the day they began, {early:.0%} of the money is seen in the first half of the weeks "
        f"and {late:.0%} in the second; with first labels carried back, "
        f"{carried.iloc[: len(strict) // 2].mean():.0%} and {carried.iloc[len(strict) // 2 :].mean():.0%}.",
        "- Unit values come from " + ", ".join(f"{names[n]} ({s:.0%} of fund-weeks)" for n, s in used.items()) + ".",
    ]
    if set(used.index) & {"adj_close", "index"}:
        lines.append(
            "- An adjusted close is quoted in today's units and net of later dividends: right for returns, off as a "
            "level. The figure of CNY puts later splits back; the factors below use shares of the total only."
        )
    display(Markdown("\n".join(lines)))

# %% [markdown]
# ## A flow is a change in units, if it is one
#
# $$ F_{f,t} = \big(s_{f,t} - s_{f,t-1} \cdot \text{split}_{f,t}\big) \cdot v_{f,t} $$
#
# A split or merger changes units without any money. Where the source states the ratio, it is taken out. Where it
# does not, an unadjusted price gives it away: it jumps the other way. Behind *adjusted* prices alone the jump is
# invisible, and a fund that merged two units into one looks like a fund that lost half of its holders overnight. No
# rule can tell the two apart from such data. So a change close to a simple ratio (2, 3, ½, …) is called
# *suspected*, its day is left out of all flows, and the page lists it. Changes over a hole of more than two weeks
# are left out too: they belong to no week. A day missing in between is simply skipped over.

# %%
if money:
    left_out = flows.excluded_days(money.days)
    inside = left_out["date"].between(money.sizes.index[0], money.sizes.index[-1]) & left_out["would_be"].notna()
    status = money.days["status"].value_counts()
    event = flows.split_window(money.days, left_out.loc[inside])
    if event is not None:
        code, when, table = event
        show(
            draw.plot_split(table, f"Flow of {code} around its split of {when:%Y-%m-%d}"),
            caption=f"The largest flow not believed: {code} on {when:%Y-%m-%d}. Orange: what a difference of units "
            f"claims; blue: what this chapter uses. {market.label}",
            alt="Paired bars by day; on the middle day the naive bar is enormous and the other small or left out.",
        )
    shown = left_out.loc[inside, ["date", "code", "status", "ratio"]].head(6)
    shown["CNY bn not believed"] = (left_out["would_be"] / 1e9).round(2)
    if len(shown):
        display(shown.assign(ratio=shown["ratio"].round(3)))

# %% tags=["remove-input"]
if money:
    found = ", ".join(f"{n:,} {s}" for s, n in status.items())
    text = (
        f"Over all days of the table the changes in units count as: {found}. Within the weeks of this page "
        f"{int(inside.sum())} fund-days are left out of the flows."
    )
    display(Markdown(text))

# %% [markdown]
# ## Money in and out, week by week
#
# The sum over all funds. A large bar need not be many people changing their minds: broad index funds are also what a
# few institutions buy and sell in size.

# %%
if money:
    total = money.flows.sum(axis=1, min_count=1)
    show(
        draw.plot_flow_bars(total, f"Weekly net inflow, {money.flows.notna().any().sum()} stock ETFs"),
        caption=f"Net inflow of all funds with known units, splits and gaps taken out; "
        f"{money.universe.iloc[-1]:.0%} of the listed stock ETFs are known in the last week. {market.label}",
        alt="Bars of weekly net inflow in billions of CNY, red for inflow and green for outflow.",
    )
    by_industry = money.industry_flows

# %% tags=["remove-input"]
if money:
    best, worst = total.idxmax(), total.idxmin()
    text = (
        f"The largest weekly inflow is CNY {total[best] / 1e9:,.1f} bn in the week to {best:%Y-%m-%d}, the largest "
        f"outflow {total[worst] / 1e9:,.1f} bn in the week to {worst:%Y-%m-%d}. Over the whole period "
        f"CNY {total.sum() / 1e9:,.0f} bn came in on balance; {(total > 0).mean():.0%} of the weeks saw an inflow."
    )
    display(Markdown(text))

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
# controls**: an index of large caps moves unlike a sum of all-cap industries, and without a place to put that tilt
# the regression hides it in industries that happen to be large. **Shrinkage** towards a prior $p$ (equal weights
# here, the last report in chapter 06) keeps collinear industries from trading places. **Recent days** count more.
#
# How wrong is it? For an index with published weights the answer is known. The figure gives, month by month, the
# share of the weight that sits in the wrong industry, $\tfrac12 \sum_i |b_i - w_i|$. Shrinkage and half-life are
# chosen at each date by the errors of *earlier* dates only, so the blue line is what one would have got.

# %%
errors = None
if money and prices is not None and "index_daily" in market:
    index_returns = daily_returns(market["index_daily"], "index_code", "close")
    industry_returns = prices.pct_change(fill_method=None).iloc[1:]
    controls = size_controls(index_returns, industry_returns, control_pair)
    truth = true_weights(
        market["index_weights"], market["stock_industry"], lookthrough_index, rotation_scheme, backcast_labels
    )
    enough = industry_returns.index[min(lookthrough_window, len(industry_returns) - 1)]
    truth = truth.loc[(truth.index >= enough) & (truth.index <= industry_returns.index[-1])]
    if lookthrough_index in index_returns and len(truth) > 14:
        errors, guesses = walk_forward(
            index_returns[lookthrough_index],
            industry_returns,
            truth,
            controls=controls,
            window=lookthrough_window,
            shrinks=(0.0, 0.1, 0.2, 0.3, 0.5),
            half_lives=(120.0, None),
        )

# %%
if errors is not None:
    both = errors[["plain", "chosen"]].set_axis(["plain regression", "controls and shrinkage"], axis=1)
    show(
        draw.plot_estimate_errors(both),
        caption=f"Share of the weight of {lookthrough_index} that a regression on {lookthrough_window} sessions puts "
        f"into the wrong industry, against published weights, {len(errors)} months. {market.label}",
        alt="Two lines of misallocated weight by month; the improved estimate lies below the plain one.",
    )
    day = errors.index[-1]
    plain = simulate_weights(
        index_returns[lookthrough_index],
        industry_returns,
        errors.index[-1:],
        window=lookthrough_window,
        shrink=0.0,
        half_life=None,
    )
    methods = pd.DataFrame({"plain regression": plain.loc[day], "controls and shrinkage": guesses.loc[day]})
    show(
        draw.plot_weights_against_truth(methods, truth.loc[day].reindex(methods.index).fillna(0.0)),
        caption=f"True and estimated industry weights of {lookthrough_index} on {day:%Y-%m-%d}. {market.label}",
        alt="Horizontal bars of true industry weights with marks for the two estimates.",
    )

# %% tags=["remove-input"]
if errors is None:
    text = (
        "This run cannot measure the error: it needs index_daily, industry_daily and more than a year of published "
        f"weights of {lookthrough_index}."
    )
else:
    gain = 1 - errors["chosen"].mean() / errors["plain"].mean()
    low, high = errors["shrink"].min(), errors["shrink"].max()
    chose = f"always λ = {low:g}" if low == high else f"λ between {low:g} and {high:g}"
    text = (
        f"Over {len(errors)} months the plain regression misplaces {errors['plain'].min():.0%} to "
        f"{errors['plain'].max():.0%} of the weight ({errors['plain'].mean():.1%} on average). The improved one "
        f"misplaces {errors['chosen'].min():.0%} to {errors['chosen'].max():.0%} ({errors['chosen'].mean():.1%}), "
        f"{gain:.0%} less, and is better in {(errors['chosen'] < errors['plain']).mean():.0%} of the months. It chose "
        f"{chose}. It stays a fallback: about one yuan in "
        f"{1 / errors['chosen'].mean():.0f} is still in the wrong place, and a theme fund that holds two industries "
        "is a different task from a broad index."
    )
Markdown(text)

# %% [markdown]
# ## Filling the gaps with estimates
#
# Twice a year every fund with money but without index weights gets weights read off its own last returns, known from
# that day on, with the shrinkage that had done best by then. The look-through takes them where nothing better is
# published, and keeps them apart from what it knows.

# %%
filled = None
if errors is not None and "etf_daily" in market:
    published_indices = market["index_weights"]["index_code"].unique()
    covered = market["etf_list"].loc[lambda t: t["index_code"].isin(published_indices), "code"]
    blind = money.sizes.columns[money.sizes.notna().any()].difference(covered)
    halves = [d for d in flows.month_rows(share).index if d.month in (6, 12) and errors.index[0] <= d]
    estimates, ask = [], (blind, market["etf_daily"], industry_returns)
    for day in halves:
        tried = {"shrink": float(errors["shrink"].loc[:day].iloc[-1]), "controls": controls}
        estimates.append(estimate_funds(*ask, day, lookthrough_window, **tried))
    if estimates and sum(map(len, estimates)):
        guesses_by_fund = pd.concat(estimates, ignore_index=True)
        filled = money.look(money.sizes, fund_weights=guesses_by_fund)
if filled is not None:
    show(
        draw.plot_coverage(filled.parts, money.universe),
        caption=f"What became of the known ETF money once {guesses_by_fund['code'].nunique()} funds without index "
        f"weights are estimated from {guesses_by_fund['date'].min():%Y-%m} on. {market.label}",
        alt="Stacked shares of ETF money looked through by index weights and by estimated weights.",
    )

# %% tags=["remove-input"]
if filled is not None:
    since = guesses_by_fund["date"].min()
    before, after = (x.coverage.loc[since:].mean() for x in (money.through, filled))
    text = (
        f"From {since:%Y-%m-%d} on coverage rises from {before:.0%} to {after:.0%} of the known money on average. The "
        "groups below use published weights only: an estimate that is redone in June moves shares in June, and "
        "that is no flow."
    )
    display(Markdown(text))

# %% [markdown]
# ## The latest weeks, whole market if the units are there
#
# The last weeks of recorded units, with whatever prices are known by then (`panel_end` lets units run on after the
# run's `end`, which still cuts everything else). Funds whose index weights are missing or
# older than about two months get weights read off their last returns, as above. The figure says how many; the age
# of the prices only scales the amounts.

# %%
recent = None
if money and "etf_daily" in market and errors is not None:
    latest = market if panel_end is None else load_market(source, data, end=panel_end)  # units only
    window = recent_weeks(latest["etf_shares"], 8)
    units = latest["etf_shares"].loc[lambda t: t["date"] > window[0] - pd.Timedelta(days=10)]
    units = units.loc[units["code"].isin(stock_funds(latest["etf_list"]))]
    days = flows.daily_flow(units, market["etf_daily"], price_max_age=None)
    flow = flows.sum_flow(days, window).iloc[1:]
    weights = market["index_weights"].loc[lambda t: t["date"] > window[0] - pd.Timedelta(days=60)]
    weighted = market["etf_list"].loc[lambda t: t["index_code"].isin(weights["index_code"].unique()), "code"]
    options = {"shrink": float(errors["shrink"].median()), "controls": controls, "half_life": 120.0}
    unweighted = flow.columns[flow.notna().any()].difference(weighted)
    estimated = estimate_funds(
        unweighted,
        market["etf_daily"],
        industry_returns,
        min(window[0], prices.index[-1]),
        lookthrough_window,
        **options,
    )
    spread = {"scheme": rotation_scheme, "backcast": True, "fund_weights": estimated}
    recent = flows.industry_flow(flow, market["etf_list"], weights, market["stock_industry"], **spread)

# %%
if recent is not None and recent.notna().any(axis=None):
    age = days.loc[days["date"] > window[0], "price_age"]
    seen = recent.sum(axis=1).sum() / flow.sum().sum()
    axes = new_axes(8, 9.6, nrows=2, height_ratios=[1, 3])
    title = f"Net inflow by week, {flow.notna().any().sum():,} stock ETFs"
    draw.plot_flow_bars(flow.sum(axis=1, min_count=1), title, axes[0])
    label = f"CNY bn, {window[0]:%Y-%m-%d} to {window[-1]:%Y-%m-%d}"
    draw.plot_industry_bars(recent.sum() / 1e9, label, "Net inflow by industry", axes[1])
    show(
        axes[0].figure,
        caption=f"Net inflow of the latest weeks, in total and by industry: {estimated['code'].nunique():,} funds by "
        f"weights estimated from returns, the others by published weights; {seen:.0%} of the net flow is spread. Unit "
        f"values are {age.median():.0f} days old at the median. {market.label}",
        alt="Bars of total net inflow by week, and horizontal bars of net inflow by industry.",
    )

# %% tags=["remove-input"]
if recent is not None and recent.notna().any(axis=None):
    order = (recent.sum() / 1e9).sort_values()
    dropped = days.loc[(days["date"] > window[0]) & days["status"].isin(["suspected", "gap"]), "code"].nunique()
    text = (
        f"From {window[0]:%Y-%m-%d} to {window[-1]:%Y-%m-%d} the most money went to {order.index[-1]} "
        f"(CNY {order.iloc[-1]:,.1f} bn) and {order.index[-2]} ({order.iloc[-2]:,.1f} bn), the most left "
        f"{order.index[0]} ({order.iloc[0]:,.1f} bn). {dropped} funds had days left out as suspected splits or gaps. "
        + (
            f"For {lookthrough_index} such weights misplace {errors['chosen'].mean():.0%}; for these funds, many of "
            "them on one theme, the error is not known."
            if estimated["code"].nunique() > 20
            else ""
        )
    )
    display(Markdown(text))

# %% [markdown]
# ## Level and monthly change, in five groups
#
# The share of industry $i$ is $h_{i,t} = H_{i,t} / \sum_i H_{i,t}$. At each month's end the industries are cut into
# five groups, 5 the highest: once by $h$ (持仓程度), once by its change over the month, $\Delta h$ (边际变化). The
# report prints the second for 2025; its map stands beside the last months of this run.

# %%
printed = published.load("s002_marginal_groups_2025")
show(
    draw.plot_group_map(
        printed.pivot(index="industry", columns="month", values="marginal_change_group").loc[
            printed["industry"].unique()
        ],
        "Published: marginal change, 30 CITIC industries, 2025",
    ),
    caption="Groups of the monthly change in ETF holdings as printed; 5 (red) is the largest increase.",
    alt="Heat map of 30 industries by eleven months of 2025 with group numbers from 1 to 5.",
)
if money:
    monthly = flows.month_rows(share)
    change_groups, level_groups = flows.five_groups(flows.marginal_change(monthly)), flows.five_groups(monthly)
    tail = change_groups.dropna(how="all").tail(12)
    show(
        draw.plot_group_map(
            tail.set_axis(tail.index.strftime("%Y-%m")).T,
            f"This run: marginal change, {share.shape[1]} {rotation_scheme} industries",
        ),
        caption=f"The same groups from this run's holdings, last {len(tail)} months; "
        f"{money.through.coverage.reindex(tail.index).mean():.0%} of the known money looked through. {market.label}",
        alt="Heat map of industries by month with group numbers from 1 to 5.",
    )

# %% tags=["remove-input"]
if money:
    stay_level = (level_groups.diff().abs().iloc[1:] == 0).mean(axis=None)
    stay_change = (change_groups.dropna(how="all").diff().abs().iloc[1:] == 0).mean(axis=None)
    text = (
        f"Levels hardly move: {stay_level:.0%} of industry-months keep their level group from one month to the next, "
        f"against {stay_change:.0%} for the change group, where chance alone would keep about {1 / 5:.0%}."
    )
    display(Markdown(text))

# %% [markdown]
# ## How much of the change is money, and how much is price
#
# The report calls the weekly change of an industry's share "flow". A share changes for three reasons, and since
# weights are carried from one publication to the next, the three can be told apart exactly:
#
# $$ \Delta H_i = \underbrace{\textstyle\sum_k w_{k,i}\, F_k}_{\text{money}}
#    + \underbrace{\textstyle\sum_k w_{k,i}\,(\Delta S_k - F_k)}_{\text{fund prices}}
#    + \underbrace{\textstyle\sum_k S_k\, \Delta w_{k,i}}_{\text{new weights}} , $$
#
# with $S_k$ the money in funds of index $k$, $F_k$ its net inflow, and each piece taken relative to the whole. New
# weights arrive once a month and bring what prices did *inside* each index since the last ones. The table splits the
# variance of $\Delta h$.

# %%
parts = None
if money:
    parts = change_parts(money.sizes, money.flows, lambda amounts: money.look(amounts).holdings)
    display(((100 * variance_shares(parts)).round(0) + 0.0).rename_axis("% of the variance"))

# %% tags=["remove-input"]
if parts is not None:
    pieces = variance_shares(parts).round(2) + 0.0
    always, quiet = pieces["all weeks"], pieces["other weeks"]
    text = (
        f"Over all weeks, money explains {always['money']:.0%} of the variance of the change, the funds' prices "
        f"{always['fund prices']:.0%} and new weights {always['new weights']:.0%}. "
    )
    text += (
        "Between publications nothing moves at all: with one index, money comes and goes in proportion."
        if quiet.isna().all()
        else f"Between publications it is {quiet['money']:.0%} money and {quiet['fund prices']:.0%} prices."
    )
    display(Markdown(text))

# %% [markdown]
# ## Weekly inflow groups
#
# Each week the industries are cut into five groups by $\Delta h$ and each group is held in equal parts until the
# next week (短期资金流入流出分组). Two versions: the printed definition, and net inflow alone, which has no price in
# it. A group is bought `trade_lag` sessions after the week's end and no cost is taken; the report states neither when
# it buys nor a cost. Returns of the performance table are yearly rates at 250 sessions a year. A week in which no share
# moves (one index, no new weights) says nothing: it forms no groups, and the last ones formed are held on.

# %%
groups = {}
if money and prices is not None:
    change = flows.marginal_change(share)
    pure = by_industry.div(money.through.holdings).round(10)  # equal but for the last digits is equal
    for name, signal in {"weekly change of the share": change, "net inflow alone": pure}.items():
        cut = flows.five_groups(signal)
        if cut.notna().any(axis=None):
            groups[name] = group_returns(cut, prices, lag=trade_lag)
for name, returns in groups.items():
    shown = returns.rename(columns={g: f"group {g:.0f}" for g in range(1, 6)})
    show(
        draw.plot_group_wealth(shown, f"Five groups by {name}"),
        caption=f"Wealth of five weekly industry groups by {name}, 5 the largest, before costs, bought {trade_lag} "
        f"session(s) after the week; {money.through.coverage.mean():.0%} of the known ETF money looked through, units "
        f"of {money.universe.mean():.0%} of the listed funds. {market.label}",
        alt="Lines of cumulative wealth of five industry groups and of all industries in equal weight.",
    )

# %%
names = {**{g: f"group_{g}" for g in range(1, 6)}, EQUAL: "industry_equal_weight"}
printed_perf = published.load("s002_flow_groups_perf").set_index("group")
computed_perf = {name: performance_table(r).rename(names) for name, r in groups.items()}
shown = {"published (CITIC, from 2017)": printed_perf, **computed_perf}
pd.concat(shown, axis=1).swaplevel(axis=1)[["annualised_return_pct", "sharpe", "max_drawdown_pct"]].round(2)

# %%
printed_years = published.load("s002_flow_groups_yearly").set_index("year")
years = {name: yearly_groups(r, 5, 1) for name, r in groups.items()}
spreads = pd.DataFrame({"published": printed_years["long_short_return_pct"]})
for name, table in years.items():
    spreads[name] = table["long_short_return_pct"]
show(
    draw.plot_yearly(spreads, "%, group 5 less group 1", "Long-short by year"),
    caption="Group 5 less group 1 by year, before costs: as printed and as this run's data give it"
    + (f" ({money.through.coverage.mean():.0%} of the known money looked through). " if money else ". ")
    + (market.label if groups else "This run has no groups of its own."),
    alt="Bars by year of the published and the computed long-short return.",
)

# %% tags=["remove-input"]
lines = []
for name, returns in groups.items():
    spread = annual_mean(returns[5] - returns[1], SESSIONS_PER_YEAR)
    earned = f"{100 * spread['mean']:.1f} % a year before costs, t = {spread['t']:.1f}"
    lines.append(f"- **{name}**: group 5 less group 1 earns {earned}.")
p = printed_years["long_short_return_pct"]
before, after = p.loc[:2020].mean(), p.loc[2021:2025].mean()
lines.append(
    f"- **As printed**: {before:.1f} % a year on average up to 2020 and {after:.1f} % from 2021 to 2025. The report "
    "says the effect became strong after 2021; its own long-short column does "
    + ("" if after > before + 1 else "not ")
    + "say so. What improved is the excess of group 5 alone, from "
    f"{printed_years.loc[:2020, 'group5_excess_return_pct'].mean():.1f} to "
    f"{printed_years.loc[2021:2025, 'group5_excess_return_pct'].mean():.1f} %."
)
Markdown("\n".join(lines))

# %% [markdown]
# ## Units against styles
#
# The report compares, for 14 pure style factors, the growth of stock-ETF units in months in which a style rose and
# in which it fell. A pure factor is a regression over all stocks in a risk model. What the canonical tables can
# build is a cruder cousin: the difference of two indices, or of the third of indices or industries that has most of
# a property and the third that has least, chosen the month before.

# %%
styles, built_from = style_returns(
    market.get("index_daily"), prices, market.get("index_valuation"), size_pair=size_pair, growth_pair=growth_pair
)
growth = flows.share_growth(money.days) if money else pd.Series(dtype=float, index=pd.PeriodIndex([], freq="M"))
if money:
    whole = money.universe.groupby(money.universe.index.to_period("M")).mean()
    growth = growth.reindex(whole.index).dropna()
style_table = growth_by_style(growth, styles)
printed_styles = published.load("s002_style_share_growth").set_index("style_factor")
beside = pd.DataFrame({"published": printed_styles["difference_pct"], "computed": style_table["difference_pct"]})
show(
    draw.plot_style_growth(beside),
    caption="Mean monthly growth of ETF units when a style rises less when it falls: as printed, and from this run's "
    f"{len(growth)} months of {'the ETF market' if money and money.whole_market else 'the funds it knows'}"
    + (f" (units of {money.universe.mean():.0%} of the listed stock ETFs). " if money else ". ")
    + market.label,
    alt="Paired horizontal bars by style: the published difference and the computed one where it can be built.",
)
style_table.assign(built_from=built_from).round(2)

# %% tags=["remove-input"]
strong = style_table.index[style_table["p"] < 0.05]
Markdown(
    f"Of {len(style_table)} styles built, {len(strong)} show a difference that chance would not produce one time in "
    f"twenty{' (' + ', '.join(strong) + ')' if len(strong) else ''}. The report prints no test. Not built here: "
    + "; ".join(
        f"{s} (needs {UNBUILT.get(s, 'index_valuation')})" for s in printed_styles.index if s not in style_table.index
    )
    + ". The share held by individuals and by institutions (机构持有占比) is printed twice a year in fund reports; no "
    "canonical table carries it, so the report's split of retail against institutions cannot be rebuilt."
)

# %% [markdown]
# ## Two weeks of outflows, judged
#
# The report shows two weeks in January 2026 in which ETFs lost a great deal of money. Of the first it says that
# industries with clear outflows then ranked at the bottom; of the second, that active funds' favourites had the
# edge. Each case prints 30 flows, 30 divergence scores and 30 returns of the two weeks after, so both statements
# can be tested on the printed numbers alone: rank correlation, and the means of the ten highest and ten lowest, with
# a permutation test.

# %%
cases = {}
for stamp in ("20260112", "20260126"):
    signals, after = printed_case(published.load(f"s002_case_flow_{stamp}"))
    cases[stamp] = (signals, after, case_view(signals, after))
axes = new_axes(8, 7.6, nrows=2, ncols=2)
for row, (stamp, (signals, after, case)) in zip(axes, cases.items(), strict=True):
    for ax, (name, signal) in zip(row, signals.items(), strict=True):
        rho, p = case.correlations.loc[name, ["rho", "p"]]
        week = pd.Timestamp(stamp)
        draw.plot_case(signal, after, f"rank by {name}", f"{week:%Y-%m-%d}: ρ = {rho:.2f}, p = {p:.2f}", ax=ax)
show(
    axes[0, 0].figure,
    caption="The two printed outflow weeks: industries by rank of net inflow (left) and of divergence (right) against "
    "the return of the two weeks after; ρ is the rank correlation.",
    alt="Four scatter plots of 30 industries; none shows a clear slope.",
)
pd.concat(
    {
        s: pd.concat([c.correlations, c.means.rename(columns={"p": "p of means"})], axis=1)
        for s, (_, _, c) in cases.items()
    }
).round(2)

# %% tags=["remove-input"]
lines = []
for stamp, (signals, _, case) in cases.items():
    flow_means, lean_means = case.means.loc["net inflow"], case.means.loc["divergence"]
    lines.append(
        f"- **Week of {pd.Timestamp(stamp):%Y-%m-%d}** ({signals['net inflow'].sum():,.0f} 亿元 over 30 industries): "
        f"the ten largest outflows earned {flow_means['bottom']:.2f} % afterwards, the ten largest inflows "
        f"{flow_means['top']:.2f} %; by divergence {lean_means['top']:.2f} % at the top and "
        f"{lean_means['bottom']:.2f} % at the bottom. {case.verdict}"
    )
Markdown("\n".join(lines) + "\n\nTwo weeks are two observations. They illustrate a story; they do not test it.")

# %% [markdown]
# ## The same view of any week of this run
#
# `case_week` picks the week (any date in it). The signal is net inflow by industry and the share's change; the
# returns are those of the ten sessions after the purchase.

# %%
chosen = None
if money and prices is not None:
    ends = prices.index.searchsorted(by_industry.index, side="right") - 1 + trade_lag
    possible = by_industry.index[(ends + 10 < len(prices)) & by_industry.notna().any(axis=1).to_numpy()]
    if case_week is not None:
        possible = possible[possible.to_period("W-SUN") == pd.Timestamp(case_week).to_period("W-SUN")]
    chosen = possible[-1] if len(possible) else None
if chosen is not None:
    first = prices.index.searchsorted(chosen, side="right") - 1 + trade_lag
    after = 100 * (prices.iloc[first + 10] / prices.iloc[first] - 1)
    signals = pd.DataFrame({"net inflow": by_industry.loc[chosen] / 1e8, "change of the share": change.loc[chosen]})
    signals = signals.loc[:, signals.round(10).nunique() > 5]  # with one index the share does not move every week
    own = case_view(signals, after)
    axes = np.atleast_1d(new_axes(8, 4, ncols=signals.shape[1]))
    for ax, (name, signal) in zip(axes, signals.items(), strict=True):
        rho, p = own.correlations.loc[name, ["rho", "p"]]
        draw.plot_case(signal, after, f"rank by {name}", f"Rank and return: ρ = {rho:.2f}, p = {p:.2f}", ax=ax)
    show(
        axes[0].figure,
        caption=f"Week to {chosen:%Y-%m-%d} of this run: {' and '.join(signals)} by rank against the next ten "
        f"sessions; {money.through.coverage.loc[chosen]:.0%} of the known money looked through. {market.label}",
        alt="Scatter plots of industries by rank of each signal against their later return.",
    )

# %% tags=["remove-input"]
if chosen is None:
    text = f"This run has no week with flows and ten sessions after it{f' at {case_week}' if case_week else ''}."
else:
    text = f"Week to {chosen:%Y-%m-%d}, net inflow {signals['net inflow'].sum():,.1f} 亿元. {own.verdict}"
    if money.indices == 1:
        text += " With one index an industry's flow is its index weight times one number: the ranking is of weights."
Markdown(text)

# %% tags=["remove-input"]
truth = planted.truth_of(market)
if truth and money:
    held = money.through.holdings
    display(planted.box(planted.flows_told(market, truth, by_industry, held, money.days, rotation_scheme)))

# %% [markdown]
# ## Published and computed
#
# A table of the ETF *market* is compared only when the run knows the units of most listed stock ETFs. The cases need
# nothing but the report itself.

# %%
market_known = bool(money) and money.whole_market and prices is not None
lacks = [t for t in ("etf_shares", "index_weights", "industry_daily") if t not in market]
if money and not money.whole_market:
    lacks = ["etf_shares"]
    why = f"units of {money.universe.mean():.0%} of the listed stock ETFs; needs {WHOLE_MARKET:.0%}"
else:
    why = reason or "outside this run's dates"
other = "" if rotation_scheme == "CITIC_L1" else f"{rotation_scheme} instead of CITIC"
weekly = "weekly change of the share"
perf, by_year = (computed_perf.get(weekly), years.get(weekly)) if market_known else (None, None)
if by_year is not None:
    by_year = by_year.rename(columns=lambda c: f"group5_{c}" if c.startswith(("excess", "tracking")) else c)
options = {"lacks": lacks, "why": why, "note": other}
put_table(board, "S002 flow groups, performance", printed_perf, perf, **options)
put_table(board, "S002 flow groups, by year", printed_years.drop(columns="year_to_date"), by_year, **options)

# %%
short = {"share_growth_when_down_pct": "down_pct", "share_growth_when_up_pct": "up_pct"}
for style, row in printed_styles.rename(columns=short).iterrows():
    built = built_from.get(style)
    need = UNBUILT.get(style)
    unbuilt = f"not built: needs {need}; no canonical table carries it" if need else "not built: needs index_valuation"
    put_table(
        board,
        "S002 ETF unit growth by style",
        row.to_frame().T,
        style_table if market_known else None,
        lacks=lacks,
        why=why if built else unbuilt,
        note=f"proxy: {built}",
        tolerances=dict.fromkeys(row.index, 0.3),
    )

# %%
citic = market_known and rotation_scheme == "CITIC_L1"
unnamed = [] if rotation_scheme == "CITIC_L1" else ["stock_industry (CITIC_L1, as rotation_scheme)"]
recent_groups = published.load("s002_recent_groups_6m")
for exhibit, rows in {
    "S002 marginal-change groups 2025": printed.rename(columns={"marginal_change_group": "group"}),
    "S002 holding-level groups, six months": recent_groups.query("measure == 'holding_level'"),
    "S002 marginal-change groups, six months": recent_groups.query("measure == 'marginal_change'"),
}.items():
    ours = None if not citic else level_groups if "level" in exhibit else change_groups
    for row in compare_group_months(rows, ours).itertuples():
        item = f"{row.month}: industries in their printed group"
        if pd.isna(row.same):
            board.missing(exhibit, item, row.printed, [*lacks, *unnamed], "industries", why)
        else:
            board.add(exhibit, item, row.printed, int(row.same), "industries", 0, check=row.check or None)

# %%
claims = {
    "20260112": {"net inflow": "outflow industries rank low", "divergence": "ETF-favoured industries gain"},
    "20260126": {"divergence": "active-favoured industries gain"},
}
stated = {"20260112": (-1348.40, "K1.1", 1.15), "20260126": (-3165.79, "K1.2", -0.40)}
for stamp, (text_total, check, benchmark) in stated.items():
    signals, after, case = cases[stamp]
    exhibit = f"S002 outflow case, week of {pd.Timestamp(stamp):%Y-%m-%d}"
    flow = signals["net inflow"].sum()
    board.add(exhibit, "net flow in the text, sum of 30 industries", text_total, flow, "亿元", 0.5, check=check)
    board.add(exhibit, "benchmark return, mean of 30 industries", benchmark, after.mean(), "%", 0.006)
    for name, claim in claims[stamp].items():
        rho, p = case.correlations.loc[name, ["rho", "p"]]
        supported = "yes" if min(p, case.means.at[name, "p"]) < 0.05 else "no"
        said = f"claimed in the text; rank correlation {rho:.2f}, p = {p:.2f}"
        board.add(exhibit, f"{claim}, significant at 5 %", "yes", supported, note=said)
board.missing(
    "S002 individual holders by kind of ETF",
    "share of individuals in industry and theme ETFs",
    45,
    unit="%",
    note="needs holder structure of fund reports; no canonical table carries it",
)
board

# %% [markdown]
# ## What to trust, and what not
#
# - **Trust** the look-through where coverage is high: it is a sum, tested to the last digits against the plain join,
#   and every input is dated by when it was known.
# - **Trust** a flow from stated splits and net asset values. From adjusted prices alone it is right on most days and
#   silent on the days it cannot know.
# - **Do not trust** an amount in CNY built on adjusted or index-based unit values to better than a few percent, nor
#   on prices that are months old to better than the market has moved since.
# - **Do not trust** weights read off returns for anything finer than a ranking; the page says how much of them is in
#   the wrong place.
# - **Do not read** the weekly change of a share as money: part of it is price, and with one index all of it is.
# - **Do not compare** a handful of funds with a report on the whole market. This page refuses to.

# %% [markdown]
# ## Where to go next
#
# - Chapter 04 has the style states that decide which of these groups the report holds.
# - Chapter 06 sets ETF holdings against those of active funds.
# - Chapter 07 puts the weekly change, the level and the monthly change into one rotation, with costs.
# - To use the pieces elsewhere: `helpers.lookthrough.industry_holdings`, `helpers.flows.weekly_flow`,
#   `helpers.lookthrough.from_returns.simulate_weights`.
