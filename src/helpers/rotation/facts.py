"""The numbers behind the sentences and tables of the rotation chapter, each a small function of what was traded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.factors import placebo_change
from helpers.factors.evaluation import beyond_placebo
from helpers.panels import as_known
from helpers.rotation.inputs import CHANGE, FACTORS, FLOW, SHORT, RotationInputs
from helpers.rotation.strategies import top_weights

FOREIGN = 1.0  # points: prices that far off are not the report's


def fed_facts(inputs: RotationInputs) -> dict[str, object]:
    """Return the numbers of a sentence on what a run can be fed with.

    Parameters
    ----------
    inputs : RotationInputs

    Returns
    -------
    dict
        ``formed`` (number of factors), ``unformed`` (names of the others), ``thin`` (tables missing or too thin),
        ``one_index`` (whether all money that is looked through follows one index).
    """
    return {
        "formed": len(inputs.factors),
        "unformed": [FACTORS[name] for name in FACTORS if name not in inputs.factors],
        "thin": inputs.lacking(),
        "one_index": FLOW in inputs.factors and inputs.money.indices == 1,
    }


def available(inputs: RotationInputs, decisions: pd.Series) -> pd.DataFrame:
    """Return the share of each year's decisions that had each factor.

    Parameters
    ----------
    inputs : RotationInputs
    decisions : Series of dates
        The evenings on which the rotation decides.

    Returns
    -------
    DataFrame
        Years × factors under their short names, fractions.

    Raises
    ------
    MissingTable
        If no factor can be formed.
    """
    known = as_known(inputs.composite.available.astype(float), decisions).rename(columns=SHORT)
    return known.groupby(known.index.year).mean().rename_axis("share of decisions")


def judged_frames(inputs: RotationInputs) -> dict[str, pd.DataFrame]:
    """Return what chapter 07 tests: the factors there are, ``composite``, and the ``placebo`` of factor 3.

    Parameters
    ----------
    inputs : RotationInputs

    Returns
    -------
    dict of DataFrame
        Dates x industries each; the placebo only with factor 3.

    Raises
    ------
    MissingTable
        If no factor can be formed or there are no prices.
    """
    frames = {**inputs.factors, "composite": inputs.composite.score}
    if CHANGE in inputs.factors:
        dates = inputs.change.dropna(how="all").index
        frames["placebo"] = placebo_change(inputs.prices, dates, inputs.growth_state)
    return frames


def placebo_facts(inputs: RotationInputs, known: Mapping[str, pd.DataFrame], forward: pd.DataFrame) -> dict[str, float]:
    """Return what factor 3 knows that price momentum with the same sign does not.

    Parameters
    ----------
    inputs : RotationInputs
    known : mapping of name to DataFrame
        The frames of :func:`judged_frames` at the decisions.
    forward : DataFrame
        Decisions × industries: returns until the next decision's purchase.

    Returns
    -------
    dict
        Of :func:`helpers.factors.evaluation.beyond_placebo`.

    Raises
    ------
    MissingTable
        If factor 3 cannot be formed.
    """
    _ = inputs.change  # says what is missing
    return beyond_placebo(known[CHANGE], known["placebo"], forward)


def distance_facts(compared: pd.DataFrame) -> dict[str, object]:
    """Return how far printed returns lie from either close.

    Parameters
    ----------
    compared : DataFrame
        Of :func:`helpers.rotation.report.which_close`.

    Returns
    -------
    dict
        ``compared`` (number), ``at_decision, at_next`` (mean distance, percentage points), ``foreign`` (whether
        both are more than a point away), ``early, late`` (else, whether the close of the decision is nearer, or the
        next one).
    """
    off = {c: (compared["printed"] - compared[c]).abs().mean() for c in ("from_decision_close", "from_next_close")}
    decision, following = off["from_decision_close"], off["from_next_close"]
    foreign = min(decision, following) > FOREIGN
    return {
        "compared": len(compared),
        "at_decision": decision,
        "at_next": following,
        "foreign": foreign,
        "early": not foreign and decision < following,
        "late": not foreign and following <= decision,
    }


def coin_facts(wins: pd.DataFrame) -> dict[str, object]:
    """Return how many industries a fair coin does not explain.

    Parameters
    ----------
    wins : DataFrame
        Of :func:`helpers.rotation.report.industry_win_rates`.

    Returns
    -------
    dict
        ``held`` (industries ever held), ``outside`` (of them outside the band of a coin, 95 %),
        ``outside_names``.
    """
    half = 1.96 * np.sqrt(0.25 / wins["periods"].where(wins["periods"] > 0))
    outside = wins.index[(wins["win_rate"] - 0.5).abs() > half]
    return {"held": int((wins["periods"] > 0).sum()), "outside": len(outside), "outside_names": list(outside)}


def leaning_facts(mix: pd.DataFrame, last: int = 6) -> dict[str, list[str]]:
    """Return ``leaned``: the two sectors of ``mix`` with most weight over the ``last`` decisions, with their shares."""
    recent = mix.iloc[-last:].mean().sort_values(ascending=False).head(2)
    return {"leaned": [f"{name} ({share:.0%})" for name, share in recent.items()]}


def latest_choice(
    score: pd.DataFrame, factors: Mapping[str, pd.DataFrame], top_n: int
) -> tuple[pd.Timestamp, pd.DataFrame]:
    """Return what the last known score would hold.

    Parameters
    ----------
    score : DataFrame
        Dates x industries, of the composite.
    factors : mapping of name to DataFrame
        Its parts.
    top_n : int
        Industries held.

    Returns
    -------
    date : Timestamp
        After the close of which it is known.
    table : DataFrame
        Industries (best first) x factors and ``composite``; a factor without that date is left out.
    """
    date = score.dropna(how="all").index[-1]
    held = top_weights(score, pd.Series([date]), top_n).iloc[0]
    best = score.loc[date, held[held > 0].index].sort_values(ascending=False)
    parts = {name: frame.loc[date, best.index] for name, frame in factors.items() if date in frame.index}
    return date, pd.DataFrame(parts).assign(composite=best).reindex(best.index)


def age_facts(date: pd.Timestamp, prices: pd.DataFrame, most: int = 14) -> dict[str, object]:
    """Return ``date``, ``age`` (days from it to the last price) and ``old`` (whether these are more than `most`)."""
    age = (prices.index[-1] - date).days
    return {"date": date, "age": age, "old": age > most}
