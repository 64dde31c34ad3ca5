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
import numpy as np
import pandas as pd
from IPython.display import Markdown, display

from helpers import planted, published
from helpers.active_funds import issuance_heat, simulation_errors, spliced_weights
from helpers.active_funds.divergence import divergence, heat_at, side_groups, switched_weights
from helpers.active_funds.reports import portfolios
from helpers.backtest.groups import EQUAL, group_returns, weighted_returns, yearly_sides
from helpers.figures import divergence as draw
from helpers.figures import show
from helpers.figures.flows import plot_yearly
from helpers.flows import marginal_change
from helpers.flows.board import put_table
from helpers.flows.etf_money import WHOLE_MARKET, etf_money
from helpers.inference import annual_mean
from helpers.panels import industry_closes
from helpers.performance import SESSIONS_PER_YEAR, performance_table, whole_year
from helpers.scoreboard import Scoreboard
from helpers.sources import load_market
from helpers.tables import MissingTable, needed

# %% tags=["parameters"]
source = "demo"
data = None
start = None  # first month; None: as far back as ETF holdings go
end = None
rotation_scheme = "SW2021_L1"
backcast_labels = True  # give stocks their first industry label also before it began
report_months = 2  # months, from the announcement's on, in which a report is used as it is
active_shrink = 1.0  # pull of the simulated weights to the last report
turning_date = "2021-07-01"  # when, by the report, pricing power passed to ETFs
top_n = 6  # industries held by the switch
trade_lag = 1  # sessions from a month's end to the purchase

# %%
market = load_market(source, data, end=end)
board = Scoreboard("06_active_divergence", simulated=market.simulated)
money, reason = None, ""
try:
    money = etf_money(market, rotation_scheme, backcast=backcast_labels, start=start, every="month")
    needed(market, "fund_holdings")
except MissingTable as missing:
    reason = str(missing)
prices, share = None, None
if "industry_daily" in market and rotation_scheme in set(market["industry_daily"]["scheme"]):
    prices = industry_closes(market["industry_daily"], rotation_scheme)
options = {"scheme": rotation_scheme, "backcast": backcast_labels}

# %%
if not reason:
    months, share = money.sizes.index, money.share
    coverage, universe = money.coverage, money.universe

# %% tags=["remove-input"]
if reason:
    text = f"**No divergence in this run:** {reason}. The printed table and its reading stand."
else:
    reports, funds = market["fund_holdings"]["report_date"], market["fund_holdings"]["fund_code"].nunique()
    text = (
        f"This run uses {market.label}: ETF holdings of {len(months)} month ends from {months[0]:%Y-%m-%d} to "
        f"{months[-1]:%Y-%m-%d} ({coverage.mean():.0%} of the known money looked through, units of "
        f"{universe.mean():.0%} of the listed stock ETFs), and reports of {funds:,} active funds "
        f"for the quarters {reports.min():%Y-%m-%d} to {reports.max():%Y-%m-%d}."
    )
    if "fund_nav" not in market:
        text += (
            " **It has no fund_nav**, so weights cannot be simulated from returns: in the months between reports the "
            "last one is carried on, and the chapter marks them."
        )
Markdown(text)

# %% [markdown]
# ## One portfolio, several lines
#
# A quarterly report lists the ten largest holdings (前十大重仓股). A fund with share classes A and C appears once for
# each, with the same stocks. Adding up lines is right for *money* as long as each line carries the size of its own
# class; where a source repeats the size of the whole portfolio, the money is counted twice. Counting *funds* by lines
# is wrong in either case. So lines with the same stocks in the same report are merged into one portfolio, and the
# distinct sizes among them are added.

# %%
if not reason:
    lines = market["fund_holdings"]
    merged = portfolios(lines).drop_duplicates(["report_date", "portfolio"])
    counted = lines.drop_duplicates(["report_date", "fund_code"]).groupby("report_date")
    by_quarter = pd.DataFrame({"lines": counted.size(), "portfolios": merged.groupby("report_date").size()})
    if "fund_size" in lines:
        by_quarter["CNY bn, all lines"] = (counted["fund_size"].sum() / 1e9).round(0)
        by_quarter["CNY bn, merged"] = (merged.groupby("report_date")["size"].sum() / 1e9).round(0)
    display(by_quarter.tail(8))

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
if not reason:
    active = spliced_weights(
        market["fund_holdings"],
        market["stock_industry"],
        months,
        fund_nav=market.get("fund_nav"),
        industry_daily=market.get("industry_daily"),
        report_months=report_months,
        shrink=active_shrink,
        **options,
    )
    known = active.weights.dropna(how="all").index
    if len(known):
        show(
            draw.plot_active_weights(active.weights.loc[known], active.origin["source"].loc[known]),
            caption=f"Industry weights of active equity funds as known at each month's end, {len(known)} of "
            f"{len(months)} months; ETF coverage of the same months {coverage.loc[known].mean():.0%}. {market.label}",
            alt="Lines of the six largest industry weights with marks for reported, simulated and carried months.",
        )

# %% tags=["remove-input"]
if not reason:
    sources = active.origin["source"].value_counts()
    words = {
        "report": "use reports",
        "simulated": "are simulated",
        "carried": "carry a report on",
        "none": "are unknown",
    }
    age = active.origin["age"].dropna()
    text = (
        "Of the months of this page, "
        + ", ".join(f"{n} {words[s]}" for s, n in sources.items())
        + f". On the day it is used, a reported quarter's end lies {age.min():.0f} to {age.max():.0f} days back. "
        if len(age)
        else "No month of this page has an announced report. "
    )
    display(Markdown(text + "A top-ten list is not the portfolio: concentrated bets weigh more in it than they do."))

# %% [markdown]
# ## Does the regression know more than the last report?
#
# The simulation regresses the funds' average return (weighted by the sizes announced before) on industry returns,
# with non-negative weights that sum to one, a place for cash, and a pull $\lambda$ to the last known report. Its judge
# is the report that comes later: at each quarter's end, the share of weight in the wrong industry. Its rivals are the
# plain regression, and doing nothing, which is to keep the report one has.

# %%
errors = None
if not reason:
    tables = {"stock_industry": market["stock_industry"], **options}
    if "fund_nav" in market and prices is not None:
        tables |= {"fund_nav": market["fund_nav"], "industry_daily": market["industry_daily"]}
    pulls = (0.1, 0.3, 1.0, 3.0, 10.0)
    measured = simulation_errors(market["fund_holdings"], shrink=active_shrink, pulls=pulls, **tables)
    measured = measured.dropna(how="all")
    pulled = [c for c in measured if c.startswith("pull ")]
    curve = measured[pulled].mean().set_axis([float(c.removeprefix("pull ")) for c in pulled])
    errors = measured.drop(columns=pulled)
if errors is not None and errors["carried"].notna().any():
    show(
        draw.plot_quarter_errors(errors),
        caption=f"Misallocated weight at the quarter's end against the report announced later, {len(errors)} quarters"
        + ("" if len(curve) else "; simulation needs fund_nav, which this run lacks")
        + f". {market.label}",
        alt="Lines of the misallocated share by quarter for the carried report and, where possible, the simulations.",
    )
if errors is not None and len(curve):
    show(
        draw.plot_shrink_curve(curve, errors["carried"].mean()),
        caption=f"Mean error of the simulation by its pull to the last report, {len(errors)} quarters. {market.label}",
        alt="Line of mean misallocated weight against shrinkage, with a dashed line for the carried report.",
    )

# %% tags=["remove-input"]
if errors is not None and errors["carried"].notna().any():
    kept = errors["carried"].mean()
    text = f"A report one quarter old has {kept:.1%} of the weight in the wrong place, judged by the next. "
    if len(curve):
        best = curve.idxmin()
        text += (
            f"The plain regression has {errors['plain'].mean():.1%}, the simulation of this run "
            f"(λ = {active_shrink:g}) {errors['simulated'].mean():.1%}, the best of those tried {curve.min():.1%} "
            f"(λ = {best:g}). "
        )
        if curve.min() < kept:
            text += f"Returns do add something: {kept - curve.min():.1%} of the weight."
        else:
            text += "**No simulation tried beats the report it starts from**"
            text += "; the more it is pulled back to it, the better." if curve.is_monotonic_decreasing else "."
    else:
        text += "Whether returns would do better cannot be said here: there are no fund values."
    display(Markdown(text))

# %% [markdown]
# ## Divergence
#
# $$ d_{i,t} = h_{i,t} - a_{i,t} $$
#
# the ETF share of industry $i$ (chapter 05) less that of active funds (持仓分歧度). Above zero ETFs hold more
# (正向分歧), below zero active funds do (负向分歧).

# %%
gap = None
if not reason and len(known):
    gap = divergence(share, active.weights).dropna(how="all")
    gap = gap if len(gap) else None  # no month with both sides known
if gap is not None:
    show(
        draw.plot_divergence_map(gap),
        caption=f"ETF share less active share of each {rotation_scheme} industry, {len(gap)} months; "
        f"{coverage.loc[gap.index].mean():.0%} of the known ETF money looked through, units of "
        f"{universe.loc[gap.index].mean():.0%} of the listed funds. {market.label}",
        alt="Heat map of industries by month; red where ETFs hold more, green where active funds do.",
    )

# %% tags=["remove-input"]
if gap is not None:
    mean = gap.mean().sort_values()
    persistence = gap.rank(axis=1).corrwith(gap.shift().rank(axis=1), axis=1).mean()
    text = (
        f"On average ETFs are heaviest in {mean.index[-1]} ({100 * mean.iloc[-1]:+.1f} pp) and {mean.index[-2]} "
        f"({100 * mean.iloc[-2]:+.1f} pp), active funds in {mean.index[0]} ({100 * mean.iloc[0]:+.1f} pp) and "
        f"{mean.index[1]} ({100 * mean.iloc[1]:+.1f} pp). The rank correlation of one month with the next is "
        f"{persistence:.2f}: "
        + ("a few standing bets, not many independent ones." if persistence > 0.8 else "the bets change.")
    )
    display(Markdown(text))

# %% [markdown]
# ## Three groups on each side, before and after the turn
#
# At each month's end each side is cut into three by the size of the divergence; the outer groups (3 on the ETF side,
# −3 on the active side) are held in equal parts for a month, before costs. The second version cuts by the *change* of
# the divergence since the month before (相对边际变化): which side is adding.

# %%
sides, tests = {}, []
if gap is not None and prices is not None:
    changes = marginal_change(gap, max_gap=45)
    for name, signal in {"level": gap, "change": changes}.items():
        groups = side_groups(signal)
        if groups.notna().sum(axis=None) < 6 or not {3.0, -3.0} <= set(np.unique(groups)):
            continue
        returns = group_returns(groups, prices, lag=trade_lag, hold=35)
        sides[name] = returns
        spread = returns[3.0] - returns[-3.0]
        cut = pd.Timestamp(turning_date)
        for period, part in {"before": spread[:cut], "after": spread[cut:], "all": spread}.items():
            found = annual_mean(part, SESSIONS_PER_YEAR)
            mean, t = 100 * found["mean"], found["t"]
            tests.append({"divergence": name, "period": period, "sessions": len(part), "% a year": mean, "t": t})
for name, returns in sides.items():
    shown = {3.0: "ETF side, outer third", -3.0: "active side, outer third", EQUAL: "equal weight"}
    show(
        draw.plot_sides(returns, shown, pd.Timestamp(turning_date), f"Outer groups by divergence: {name}"),
        caption=f"Wealth of the outer third of each side by {name} of the divergence, monthly, before costs, bought "
        f"{trade_lag} session(s) after the month's end; {coverage.loc[gap.index].mean():.0%} of the known ETF money "
        f"looked through, units of {universe.loc[gap.index].mean():.0%} of the listed funds. {market.label}",
        alt="Lines of wealth of the ETF side, the active side, all industries and the difference of the sides.",
    )
pd.DataFrame(tests, columns=["divergence", "period", "sessions", "% a year", "t"]).round(2)

# %% tags=["remove-input"]
printed = published.load("s002_divergence_groups_yearly")
wide = printed.pivot(index="year", columns="group", values="return_pct")
lead = wide["etf_weight_higher"] - wide["active_weight_higher"]
early, late = lead.loc[:2020], lead.loc[2021:]
text = (
    f"In the printed table the ETF side leads the active side in {(early > 0).sum()} of {len(early)} years up to 2020 "
    f"and in {(late > 0).sum()} of {len(late)} years from 2021 on, by {early.mean():+.1f} and {late.mean():+.1f} pp a "
    f"year. Of the sum of the second {late.max() / late.sum():.0%} is {late.idxmax()} alone ({late.max():+.1f} pp); "
    f"in {late.index[-1]} the lead is {late.iloc[-1]:+.1f} pp. "
)
level = pd.DataFrame(tests)
if len(level):
    level = level.loc[level["divergence"] == "level"].set_index("period")
    text += (
        f"In this run the difference earns {level.at['before', '% a year']:+.1f} % a year before {turning_date} "
        f"(before costs; t = {level.at['before', 't']:.1f}, {level.at['before', 'sessions']} sessions) and "
        f"{level.at['after', '% a year']:+.1f} % after (t = {level.at['after', 't']:.1f}, "
        f"{level.at['after', 'sessions']} sessions). "
    )
    if level["t"].abs().max() < 2 or level["sessions"].min() < 500:
        text += "That is not enough to date a turning point, or to deny one."
Markdown(text)

# %% [markdown]
# ## The yearly table
#
# The report prints, for each year, return and excess of "ETF share higher" and "active share higher", and no costs. It
# does not say which of the three groups these are; the outer ones are taken here, before costs. `sessions` says how
# much of a year this run covers: a part of a year stands in the table but is never scored against a whole one.

# %%
by_year = None
if "level" in sides:
    names = {"etf_weight_higher": 3.0, "active_weight_higher": -3.0}
    by_year = yearly_sides(sides["level"], names)
bars = pd.DataFrame({"published": lead})
if by_year is not None:
    ours = by_year["return_pct"].unstack()
    bars["this run"] = ours["etf_weight_higher"] - ours["active_weight_higher"]
show(
    plot_yearly(bars, "pp, ETF side less active side", "Which side led, by year"),
    caption="Yearly return of the industries ETFs hold more less that of those active funds hold more: as printed, and "
    + (f"from this run. {market.label}" if by_year is not None else "nothing beside it, since this run has no groups."),
    alt="Bars by year of the published and the computed lead of the ETF side.",
)
beside = printed.set_index(["year", "group"])[["return_pct", "excess_return_pct"]].add_prefix("published ")
if by_year is not None:
    beside = beside.join(by_year.rename_axis(["year", "group"]).round(2))
beside

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
# two sides held always are the yardsticks, since a switch must beat both to be worth having.

# %%
heat = None
if "fund_issuance" in market:
    heat = issuance_heat(market["fund_issuance"])
    show(
        draw.plot_heat(heat),
        caption=f"Issuance heat by the date from which it is known, {heat.notna().sum()} months. {market.label}",
        alt="Bars of issuance heat by month, red above zero and green below.",
    )
strategies = {}
if gap is not None and prices is not None:
    now = heat_at(heat if heat is not None else pd.Series(dtype=float), gap.index)
    never = pd.Series(np.nan, gap.index)
    targets = {
        "switch on heat": switched_weights(gap, now, top_n),
        "ETF side always": switched_weights(gap, never, top_n, unknown="etf"),
        "active side always": switched_weights(gap, never, top_n, unknown="active"),
    }
    for name, weights in targets.items():
        if (weights.sum(axis=1) > 0).any():
            strategies[name] = weighted_returns(weights, prices, lag=trade_lag, hold=35)
    strategies[EQUAL] = group_returns(gap.notna().astype(float), prices, lag=trade_lag, hold=35)[EQUAL]
    display(performance_table(pd.DataFrame(strategies).dropna()).round(2))

# %% tags=["remove-input"]
if heat is None:
    text = (
        "**This run has no fund_issuance**, monthly units of newly founded funds. So the switch cannot be built and "
        "nothing replaces it: a guessed sign would turn the factor into one of the two sides, shown above. A factor "
        "whose sign is unknown half of the time is no factor; chapter 07 leaves it out where it is missing."
    )
else:
    known_heat = heat.dropna()
    flips = (np.sign(known_heat).diff().abs() > 0).sum() / max(len(known_heat) / 12, 1e-9)
    text = (
        f"Heat is known in {len(known_heat)} of {len(heat)} months, above zero in {(known_heat > 0).mean():.0%} of "
        f"them, and changes sign {flips:.1f} times a year. It is the growth of one month over the one before: a single "
        "large launch moves it."
    )
    if "switch on heat" in strategies:
        table = performance_table(pd.DataFrame(strategies).dropna())["annualised_return_pct"]
        best = table.drop(["switch on heat", EQUAL]).max()
        text += (
            f" In this run the switch returns {table['switch on heat']:.1f} % a year, the better of the two fixed "
            f"sides {best:.1f} %, all industries {table[EQUAL]:.1f} %, before costs."
        )
Markdown(text)

# %% tags=["remove-input"]
truth = planted.truth_of(market)
if truth and not reason:
    display(planted.box(planted.active_told(market, truth, active.weights, active.origin["source"], rotation_scheme)))

# %% [markdown]
# ## Published and computed
#
# The yearly table needs the whole ETF market and active funds in every year; the two statements about heat need
# issuance. Where a run has a part of that, the note of the row gives what the part earned; a handful of funds of one
# index is no test of what the report says of the market, so it gets no verdict. The strategy on its own stands in
# chapter 07.

# %%
lacks = [t for t in ("etf_shares", "index_weights", "fund_holdings", "fund_nav", "industry_daily") if t not in market]
why = reason
if not reason and universe.mean() < WHOLE_MARKET:
    lacks.append("etf_shares")
    why = f"units of {universe.mean():.0%} of the listed stock ETFs, needs {WHOLE_MARKET:.0%}"
whole = not reason and universe.mean() >= WHOLE_MARKET and by_year is not None
note = "outer groups" if rotation_scheme == "CITIC_L1" else f"outer groups, {rotation_scheme} instead of CITIC"
table = printed.assign(row=printed["year"].astype(str) + " " + printed["group"]).set_index("row")
ours = None
if whole:
    full = by_year.loc[by_year["sessions"].map(whole_year)]  # a part of a year is not compared with a year
    ours = full.set_axis([f"{year} {side}" for year, side in full.index])
columns = ["return_pct", "excess_return_pct"]
for key, row in table.iterrows():
    year, side, needs, said = row["year"], row["group"], list(lacks), [why] if why else []
    both = int((gap.index.year == year).sum()) if gap is not None else 0
    if not reason and both < 12:  # a month end without both sides holds nothing new
        said.append(f"both sides known at {both} of 12 month ends")
        ends = {"index_weights": share.dropna(how="all").index, "fund_holdings": known}
        needs += [name for name, days in ends.items() if (days.year == year).sum() < 12 and name not in needs]
    if by_year is not None and (year, side) in by_year.index:
        part = by_year.loc[(year, side)]
        values = f"return {part['return_pct']:.2f} %, excess {part['excess_return_pct']:.2f} %"
        said.append(f"these funds alone, {part['sessions']:.0f} sessions, before costs: {values}")
    options = {"lacks": needs, "why": "; ".join(said) or "no groups in this year", "note": note}
    put_table(board, "S002 divergence groups by year", table.loc[[key], columns], ours, **options)

# %%
exhibit = "S002 pricing power passes to ETFs in mid-2021"
claims = {"before": "active side", "after": "ETF side"}
for period, winner in claims.items():
    item = f"side that leads {period} {turning_date}"
    part = level.loc[period] if len(level) else None
    if whole and part is not None and whole_year(part["sessions"]):
        found = "ETF side" if part["% a year"] > 0 else "active side"
        board.add(exhibit, item, winner, found, note=f"{part['% a year']:+.1f} % a year, t = {part['t']:.1f}")
    else:
        board.missing(exhibit, item, winner, lacks, note=why or f"less than a year of sessions {period} {turning_date}")
for month, said in {"2025-12": "ETF higher", "2026-01": "ETF lower"}.items():
    item, at = f"issuance heat of {month}", pd.Period(month) + 1
    value = heat[heat.index.to_period("M") == at] if heat is not None else pd.Series(dtype=float)
    if len(value) and np.isfinite(value.iloc[0]):
        found = "ETF higher" if value.iloc[0] > 0 else "ETF lower"
        board.add("S002 issuance heat", item, said, found, note=f"heat {value.iloc[0]:+.2f}")
    else:
        board.missing("S002 issuance heat", item, said, ["fund_issuance"])
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
