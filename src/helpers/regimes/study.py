"""A style as chapter 04 studies it: one pair of indices, its weekly ratio, its signal and what then happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from helpers.hp_filter import cycle_response, two_sided_hp
from helpers.published.exhibits.s002 import STYLE_PAIRS, style_spells, style_weeks
from helpers.regimes.hit_rates import hit_rate
from helpers.regimes.signals import (
    factor_momentum,
    flips_per_year,
    realised_style,
    spells,
    state_of,
    style_ratio,
    style_signal,
    turn_delay,
    unusable_pair,
    weekly_closes,
)
from helpers.tables import MissingTable

__all__ = [
    "Style",
    "Styles",
    "lag_table",
    "leak",
    "load_styles",
    "printed_facts",
    "printed_weeks",
    "spell_facts",
    "spell_weeks",
    "where_filters_differ",
]

WARM_UP = 52  # weeks before the first one judged
NAMES = {"size": ("large caps", "small caps"), "growth": ("growth", "value")}


@dataclass(frozen=True)
class Style:
    """One style of a run.

    Attributes
    ----------
    name : str
        ``"size"`` or ``"growth"``.
    pair : tuple of str
        Index codes, numerator and denominator.
    lamb : float
        HP smoothing of the weekly ratio.
    closes : DataFrame, weeks x 2
        Last-session closes of both indices.
    signal : DataFrame, by week
        ``ratio, trend, momentum, state, realised``, each known at its date.
    first : Timestamp
        First week judged and shown.
    as_printed : bool
        Whether this is the pair the report prints weeks for.
    """

    name: str
    pair: tuple[str, str]
    lamb: float
    closes: pd.DataFrame
    signal: pd.DataFrame
    first: pd.Timestamp
    as_printed: bool

    @property
    def sides(self) -> tuple[str, str]:
        """What a state of 1 and of 0 favours, in words where the report has words."""
        return NAMES[self.name] if self.as_printed else self.pair

    @property
    def shown(self) -> pd.DataFrame:
        """The signal from the first week judged on."""
        return self.signal.loc[self.first :]

    @property
    def summary(self) -> dict:
        """Facts: pair, span, smoothing, and the side in favour in the last week."""
        state = self.signal["state"].dropna().iloc[-1]
        return {
            "name": self.name,
            "over": " over ".join(self.pair),
            "weeks": len(self.signal),
            "begins": self.signal.index[0],
            "ends": self.signal.index[-1],
            "lamb": self.lamb,
            "state": state,
            "favoured": self.sides[0] if state == 1 else self.sides[1],
        }


class Styles(dict[str, Style]):
    """The styles a run can study, by name; ``missing`` says why others cannot be."""

    def __init__(self, found: Mapping[str, Style], missing: Mapping[str, str]):
        super().__init__(found)
        self.missing = dict(missing)

    @property
    def printed(self) -> dict[str, Style]:
        """The styles the report prints weeks for."""
        return {name: style for name, style in self.items() if style.as_printed}

    @property
    def why(self) -> dict[str, str]:
        """Reasons for the scoreboard by style: no closes, or another pair than the printed one."""
        other = {
            name: f"printed for {'/'.join(STYLE_PAIRS[name])}; this run looks at {'/'.join(style.pair)}"
            for name, style in self.items()
            if not style.as_printed
        }
        return {**other, **self.missing, "": "week not in the data"}

    @property
    def absent(self) -> list[dict]:
        """Facts about the styles that cannot be studied: ``name, reason``."""
        return [{"name": name, "reason": reason} for name, reason in self.missing.items()]


def load_styles(
    market: Mapping[str, pd.DataFrame],
    pairs: Mapping[str, tuple[Sequence[str], float]],
    since: str | None = None,
    shown_from: str | None = None,
) -> Styles:
    """Build the signal of every style the market has index closes for.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        Takes ``index_daily``.
    pairs : mapping of name to (pair, lambda)
        Two index codes and the HP smoothing parameter, for ``size`` and ``growth``.
    since : date, optional
        First day the filters see.
    shown_from : date, optional
        First week judged and shown; by default one year after the first.

    Returns
    -------
    Styles

    Raises
    ------
    MissingTable
        The market has no index closes, or enough of them for none of the pairs.
    """
    indices = market["index_daily"]
    missing = {name: unusable_pair(indices, pair, since, shown_from) for name, (pair, _) in pairs.items()}
    missing = {name: reason for name, reason in missing.items() if reason}
    if len(missing) == len(pairs):
        raise MissingTable(
            "index_daily", "; ".join(missing.values()), "Choose size_pair and growth_pair among its index codes."
        )
    found = {}
    for name, (pair, lamb) in pairs.items():
        if name not in missing:
            closes = weekly_closes(indices, pair, since)
            ratio = style_ratio(closes)
            signal = style_signal(ratio, lamb).assign(realised=realised_style(ratio))
            first = max(signal.index[WARM_UP], pd.Timestamp(shown_from or 0))
            found[name] = Style(name, tuple(pair), lamb, closes, signal, first, tuple(pair) == STYLE_PAIRS[name])
    return Styles(found, missing)


def where_filters_differ(style: Style, around: int = 26) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """The stretch where the two-sided trend is furthest from the one-sided, and how it was redrawn there.

    Parameters
    ----------
    style : Style
    around : int
        Weeks shown before and after.

    Returns
    -------
    trends : DataFrame
        Weeks × ``ratio``, the one-sided and the two-sided trend.
    vintages : DataFrame
        The two-sided trend as solved in four weeks from there on; columns are those weeks.
    final : Series
        The two-sided trend of the whole sample over the same weeks.
    """
    ratio, trend = style.signal["ratio"], style.signal["trend"]
    two_sided = two_sided_hp(ratio, style.lamb)
    gap = (two_sided - trend).abs().iloc[WARM_UP:-around]
    middle = ratio.index.get_loc(gap.idxmax())
    near = slice(max(middle - around, 0), middle + around)
    trends = pd.DataFrame(
        {
            "ratio": ratio,
            "one-sided: known that week": trend,
            "two-sided: drawn with later data": two_sided,
        }
    ).iloc[near]
    solved = ratio.index[middle : middle + 13 : 4]
    vintages = pd.DataFrame({week: two_sided_hp(ratio.loc[:week], style.lamb) for week in solved})
    return trends, vintages.reindex(trends.index), two_sided.iloc[near]


def leak(style: Style) -> dict:
    """Next weeks called right by the same rule on the two-sided trend, which knows the future, and on the one-sided.

    Parameters
    ----------
    style : Style
        As studied.

    Returns
    -------
    dict
        ``name, two_sided, one_sided``: hit rates as fractions.
    """
    known = style.signal.iloc[WARM_UP:]
    cheat = state_of(factor_momentum(two_sided_hp(style.signal["ratio"], style.lamb))).loc[known.index]
    told, honest = (hit_rate(state, known["realised"], 1)["rate"] for state in (cheat, known["state"]))
    return {"name": style.name, "two_sided": told, "one_sided": honest}


def lag_table(lambdas: Sequence[float], periods: Sequence[float] = (13, 26, 52)) -> pd.DataFrame:
    """What smoothing costs: weeks to notice a clean turn, and gain and delay of steady cycles; λ in columns.

    Parameters
    ----------
    lambdas : sequence of float
        Smoothing parameters.
    periods : sequence of float
        Lengths of the cycles, weeks.

    Returns
    -------
    DataFrame
        Measures × λ.
    """
    columns = {}
    for lamb in lambdas:
        response = cycle_response(lamb, list(periods)).stack()
        cycles = {f"{name} of a {period:.0f}-week cycle": value for (period, name), value in response.items()}
        columns[f"λ = {lamb:,g}"] = {"weeks to notice a clean turn": turn_delay(lamb), **cycles}
    return pd.DataFrame(columns)


def spell_facts(style: Style, short: int = 2) -> dict:
    """Count spells: ``name, spells, flips`` a year, ``median`` and ``longest`` weeks, share of ``short`` ones.

    Parameters
    ----------
    style : Style
        As studied.
    short : int
        Weeks up to which a spell is short.

    Returns
    -------
    dict
        Counts, weeks, and a fraction.
    """
    state = style.shown["state"]
    length = spells(state)["length"]
    return {
        "name": style.name,
        "spells": len(length),
        "flips": flips_per_year(state),
        "median": length.median(),
        "longest": length.max(),
        "short": (length <= short).mean(),
    }


def printed_weeks(style: Style) -> pd.DataFrame:
    """Printed and computed state and winner of a style, week by week, and the winner of the week after.

    Rebuilds the S002 table of style signals.

    Parameters
    ----------
    style : Style
        As studied.

    Returns
    -------
    DataFrame by week
        ``"state, published"``, ``"state, computed"``, ``"winner, published"``, ``"winner, computed"`` and
        ``"next week's winner"``: 1 or 0, NaN where the run has no such week.
    """
    table = pd.DataFrame(index=style_weeks("signal")[style.name].index)
    for name, column in (("state", "signal"), ("winner", "realised")):
        table[f"{name}, published"] = style_weeks(column)[style.name].astype(float)
        table[f"{name}, computed"] = style.signal["state" if name == "state" else "realised"].reindex(table.index)
    return table.assign(**{"next week's winner": style.signal["realised"].shift(-1).reindex(table.index)})


def printed_facts(style: Style) -> dict:
    """Count agreements between printed and computed weeks, and inside the printed table itself.

    Parameters
    ----------
    style : Style
        As studied.

    Returns
    -------
    dict
        ``name, printed`` (weeks), ``here`` (of them in the data), ``states, winners`` (as printed), ``own`` (printed
        states equal to the winner of their own row), ``below`` (to the winner of the row below), ``pairs`` (rows that
        have one below); the last five None without a week in the data.
    """
    table = printed_weeks(style)
    here = table.drop(columns="next week's winner").dropna()
    facts = {"name": style.name, "printed": len(table), "here": len(here)}
    if here.empty:
        return facts | dict.fromkeys(("states", "winners", "own", "below", "pairs"))
    signal, winner = here["state, published"].to_numpy(), here["winner, published"].to_numpy()
    return facts | {
        "states": (here["state, published"] == here["state, computed"]).sum(),
        "winners": (here["winner, published"] == here["winner, computed"]).sum(),
        "own": (signal == winner).sum(),
        "below": (signal[:-1] == winner[1:]).sum(),
        "pairs": len(here) - 1,
    }


def spell_weeks(styles: Mapping[str, Style]) -> pd.Series:
    """Count, for every spell the report tells in words, the weeks in which the computed state is the one told.

    Parameters
    ----------
    styles : mapping of str to Style
        By name.

    Returns
    -------
    Series
        By ``(style, words)``; only spells all of whose printed weeks lie in the data.
    """
    counted = {}
    for (name, words), spell in style_spells().iterrows():
        if name in styles:
            weeks = printed_weeks(styles[name])["state, computed"].loc[spell["period_start"] : spell["period_end"]]
            if weeks.notna().all():
                counted[name, words] = int((weeks == spell["state"]).sum())
    return pd.Series(counted, dtype=float)
