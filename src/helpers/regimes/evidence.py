"""What a style signal is worth: hit rates beside luck, long-short returns, the search for λ, and other rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.inference import annual_mean
from helpers.regimes.hit_rates import hit_rate, long_short_returns, shuffled_hit_rates
from helpers.regimes.parameter_map import lambda_start_map
from helpers.regimes.signals import flips_per_year, weekly_closes
from helpers.regimes.study import WARM_UP, Style, printed_weeks
from helpers.regimes.trend_filters import alternative_states

__all__ = [
    "WEEKS_PER_YEAR",
    "as_grid",
    "choices_facts",
    "earnings",
    "earnings_facts",
    "forecast_facts",
    "hit_bands",
    "hit_table",
    "luck_facts",
    "luck_of_search",
    "map_of_choices",
    "neighbour_facts",
    "rule_facts",
    "rule_table",
]

WEEKS_PER_YEAR = 365.25 / 7
_AHEAD = {"same week": 0, "next week": 1}


def hit_table(styles: Mapping[str, Style], also_from: pd.Timestamp | None = None) -> pd.DataFrame:
    """Hit rates of every style against the week just ended and against the next.

    Parameters
    ----------
    styles : mapping of str to Style
    also_from : Timestamp, optional
        A second first week, such as the first of the report's strategy; used where it leaves half a year to judge.

    Returns
    -------
    DataFrame
        ``style, from, against``, then the columns of :func:`helpers.regimes.hit_rates.hit_rate`.
    """
    rows = []
    for style in styles.values():
        for since in _starts(style, also_from):
            seen = style.signal.loc[since:]
            for name, ahead in _AHEAD.items():
                found = hit_rate(seen["state"], seen["realised"], ahead)
                rows.append({"style": style.name, "from": since, "against": name, **found})
    return pd.DataFrame(rows).astype({"n": int, "hits": int})


def hit_bands(hits: pd.DataFrame, chance: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Hit rates over each style's whole span, with a bootstrap band and the range that shuffled series reach.

    Parameters
    ----------
    hits : DataFrame
        Of :func:`hit_table`.
    chance : mapping of style to DataFrame
        Of :func:`helpers.regimes.hit_rates.shuffled_hit_rates`.

    Returns
    -------
    DataFrame by ``"<style>, <against>"``
        ``rate, low, high, chance_low, chance_high``: fractions, 95 % each.
    """
    lines = {}
    for row in hits.groupby(["style", "against"], sort=False).head(1).to_dict("records"):
        low, high = chance[row["style"]][row["against"].split()[0]].quantile([0.025, 0.975])
        lines[f"{row['style']}, {row['against']}"] = [row["rate"], row["block_low"], row["block_high"], low, high]
    return pd.DataFrame.from_dict(lines, orient="index", columns=["rate", "low", "high", "chance_low", "chance_high"])


def forecast_facts(bands: pd.DataFrame, chance: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Facts by style: hit rate of the same week, of a series without trend, and of the next week beside luck.

    Parameters
    ----------
    bands : DataFrame
        Hit rates with their bands, by ``"<style>, same week"`` and ``"<style>, next week"``.
    chance : mapping of str to DataFrame
        By style: ``same``, hit rates of series without trend.

    Returns
    -------
    list of dict
        ``name, same, trendless, next, low, high`` (fractions) and ``lucky`` (whether the next week lies in the band of
        luck).
    """
    facts = []
    for name, shuffles in chance.items():
        same, after = bands.loc[f"{name}, same week"], bands.loc[f"{name}, next week"]
        low, high = after["chance_low"], after["chance_high"]
        facts.append(
            {
                "name": name,
                "same": same["rate"],
                "trendless": shuffles["same"].mean(),
                "next": after["rate"],
                "low": low,
                "high": high,
                "lucky": bool(low <= after["rate"] <= high),
            }
        )
    return facts


def earnings(styles: Mapping[str, Style], also_from: pd.Timestamp | None = None) -> pd.DataFrame:
    """Long-short return of every style, from its first week judged and from ``also_from``.

    Parameters
    ----------
    styles : mapping of str to Style
        By name.
    also_from : Timestamp, optional
        A second first day; None for the first alone.

    Returns
    -------
    DataFrame
        ``style, from``, then the columns of :func:`helpers.inference.annual_mean` (fractions a year, weekly
        means times the weeks of a calendar year, Newey-West t).
    """
    rows = []
    for style in styles.values():
        earned = long_short_returns(style.closes, style.signal["state"])
        for since in _starts(style, also_from):
            rows.append({"style": style.name, "from": since, **annual_mean(earned.loc[since:], WEEKS_PER_YEAR)})
    return pd.DataFrame(rows).astype({"n": int})


def earnings_facts(table: pd.DataFrame, earned: Mapping[str, pd.Series]) -> list[dict]:
    """Facts by style: ``name``, ``rates`` (in words, one a start), ``fall`` (deepest fall of the summed returns).

    Parameters
    ----------
    table : DataFrame
        Of :func:`earnings`.
    earned : mapping of str to Series
        Weekly long-short returns by style, fractions.

    Returns
    -------
    list of dict
        One a style; ``fall`` is a fraction.
    """
    facts = []
    for name, part in table.groupby("style", sort=False):
        rates = [
            f"{r['mean']:.1%} a year from {r['from']:%Y-%m-%d} (t = {r['t']:.1f})" for r in part.to_dict("records")
        ]
        path = earned[name].cumsum()
        facts.append({"name": name, "rates": rates, "fall": (path.cummax() - path).max()})
    return facts


def map_of_choices(style: Style, index_daily: pd.DataFrame, lambdas: Sequence[float]) -> pd.DataFrame:
    """Printed states reproduced and next weeks called right, for every λ and many first days of the data.

    First days are the first of the data, every January, and the quarters of the last year and a half.

    Parameters
    ----------
    style : Style
        As studied.
    index_daily : DataFrame
        Canonical table.
    lambdas : sequence of float
        Smoothing parameters to try.

    Returns
    -------
    DataFrame
        Of :func:`helpers.regimes.parameter_map.lambda_start_map`.
    """
    closes = weekly_closes(index_daily, style.pair)
    last = closes.index[-1] - pd.Timedelta(weeks=26)
    quarters = pd.date_range(last - pd.Timedelta(weeks=52), last, freq="QS")
    starts = sorted({closes.index[0], *pd.date_range(closes.index[0], last, freq="YS"), *quarters})
    known = printed_weeks(style)["state, published"] if style.as_printed else None
    return lambda_start_map(closes, lambdas, starts, known)


def as_grid(choices: pd.DataFrame, value: str) -> pd.DataFrame:
    """Lay one value of a map of choices out as first days × λ; first days that say nothing are left out."""
    return choices.pivot(index="start", columns="lamb", values=value).dropna(how="all")


def choices_facts(style: Style, choices: pd.DataFrame) -> dict:
    """Facts about a map of choices.

    Parameters
    ----------
    style : Style
        As studied.
    choices : DataFrame
        Of :func:`map_of_choices`.

    Returns
    -------
    dict
        ``name``; ``most, printed`` (states reproduced at best with all data, and printed), ``fits, tried`` (values of
        λ that reach it), ``low, high`` (the smallest and largest of them), ``own_low, own_high`` (states at the run's
        λ over all first days); ``hit_low, hit_high`` (next-week hit rate over all cells). NaN where not known.
    """
    facts = dict.fromkeys(("most", "printed", "fits", "tried", "low", "high", "own_low", "own_high"), np.nan)
    reached = choices.dropna(subset=["agreement"])
    if len(reached):
        longest = reached[reached["start"] == reached["start"].min()]
        fits = longest.loc[longest["agreement"] == longest["agreement"].max()]
        nearest = longest.loc[(longest["lamb"] - style.lamb).abs().idxmin(), "lamb"]
        own = reached.loc[reached["lamb"] == nearest, "agreement"]
        values = [fits["agreement"].max(), fits["weeks"].max(), len(fits), len(longest)]
        values += [fits["lamb"].min(), fits["lamb"].max(), own.min(), own.max()]
        facts = dict(zip(facts, values, strict=True))
    return {"name": style.name, **facts, "hit_low": choices["next_hit"].min(), "hit_high": choices["next_hit"].max()}


def luck_of_search(style: Style, lambdas: Sequence[float] | None = None) -> dict:
    """Search λ on the real weeks and on shuffled ones.

    Parameters
    ----------
    style : Style
    lambdas : sequence of float, optional
        Values tried beside the style's own; default eleven from 1 to 10⁵.

    Returns
    -------
    dict
        ``name, own`` (next-week hit rate at the run's λ), ``own_beaten`` (shuffles at least as good there), ``best``
        and ``best_lamb`` of the search, ``best_beaten`` (searched shuffles at least as good), ``draws``.
    """
    tried = np.unique(np.round([*(np.geomspace(1, 1e5, 11) if lambdas is None else lambdas), style.lamb], 6))
    real = lambda_start_map(style.closes, tried, [style.signal.index[0]])["next_hit"]
    shuffles = shuffled_hit_rates(style.signal["ratio"], tried, since=style.signal.index[WARM_UP])
    luck = shuffles.pivot(index="draw", columns="lamb", values="next")
    own = np.abs(tried - style.lamb).argmin()
    return {
        "name": style.name,
        "own": real[own],
        "own_beaten": int((luck.iloc[:, own] >= real[own]).sum()),
        "best": real.max(),
        "best_lamb": tried[real.argmax()],
        "best_beaten": int((luck.max(axis=1) >= real.max()).sum()),
        "draws": len(luck),
    }


def luck_facts(search: Mapping[str, float]) -> dict:
    """Add to the ``search`` of :func:`luck_of_search` the ``share`` of draws as good, and whether it is ``rare``."""
    share = search["best_beaten"] / search["draws"]
    return {**search, "share": share, "rare": share < 0.05}


def rule_table(styles: Mapping[str, Style]) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Five ways to call each style, judged on the weeks all of them call.

    Parameters
    ----------
    styles : mapping of str to Style
        By name.

    Returns
    -------
    rules : DataFrame
        ``style, rule, from``, the columns of :func:`helpers.regimes.hit_rates.hit_rate` for the next week, ``t``,
        ``flips`` a year and ``long_short`` (fraction a year, before costs).
    states : dict of DataFrame
        By style: weeks × rules, 1 or 0.
    """
    rows, states = [], {}
    for style in styles.values():
        calls = alternative_states(style.signal["ratio"], style.lamb).loc[style.first :].dropna(how="any")
        states[style.name] = calls
        for rule, state in calls.items():
            found = hit_rate(state, style.signal["realised"].loc[state.index], 1)
            profit = annual_mean(long_short_returns(style.closes.loc[state.index], state), WEEKS_PER_YEAR)
            row = {"style": style.name, "rule": rule, "from": state.index[0], **found, "t": profit["t"]}
            rows.append({**row, "flips": flips_per_year(state), "long_short": profit["mean"]})
    return pd.DataFrame(rows), states


def rule_facts(rules: pd.DataFrame, own: str = "one-sided HP") -> list[dict]:
    """Facts by style: the rule with the highest hit rate, the book's own, and how many lie in the own band.

    Parameters
    ----------
    rules : DataFrame
        Of :func:`rule_table`.
    own : str
        The book's rule.

    Returns
    -------
    list of dict
        ``name, top, top_rate, top_flips``, ``other`` (top is not the own), ``rate, flips, low, high`` (of the own),
        ``held`` (rules in its band) of ``rules``.
    """
    facts = []
    for name, part in rules.groupby("style", sort=False):
        top, hp = part.loc[part["rate"].idxmax()], part.set_index("rule").loc[own]
        facts.append(
            {
                "name": name,
                "top": top["rule"],
                "top_rate": top["rate"],
                "top_flips": top["flips"],
                "other": top["rule"] != own,
                "rate": hp["rate"],
                "flips": hp["flips"],
                "low": hp["block_low"],
                "high": hp["block_high"],
                "held": int(part["rate"].between(hp["block_low"], hp["block_high"]).sum()),
                "rules": len(part),
            }
        )
    return facts


def neighbour_facts(style: Style) -> dict:
    """Correlation of one week's change of a style's log ratio with the next (``one``) and the one after (``two``).

    ``chance`` is the half-width of the 95 % band of a series without memory; ``beyond`` says whether ``one`` leaves it.
    """
    change = np.log(style.signal["ratio"]).diff().loc[style.first :]
    chance = 1.96 / np.sqrt(len(change))
    one, two = change.autocorr(1), change.autocorr(2)
    return {"name": style.name, "one": one, "two": two, "chance": chance, "beyond": abs(one) > chance}


def _starts(style: Style, also_from: pd.Timestamp | None) -> list[pd.Timestamp]:
    """First weeks to judge from: the style's own, and a later one with at least half a year after it."""
    later = also_from is not None and style.first < also_from < style.signal.index[-26]
    return [style.first, also_from] if later else [style.first]
