"""The claims of S000 judged on labelled clusters: month by month, then as a whole, against what any indices would do.

A claim asks for one or two things, each so many times (:class:`helpers.clustering.claim_tests.Condition`). The verdict
follows from how often they are so and from the *base rate*, the share of random sets of indices, put in the place of
the claim's own, that get as far: :data:`RULES`. An asset that is not in the universe is named, and a month in which too
few of a claim's assets are there is not tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.clustering.claim_tests import TESTS, Condition, in_period
from helpers.clustering.claims_data import ASSETS, CLAIMS, Asset, Claim
from helpers.clustering.places import Places, World, world
from helpers.dedup.index_keys import normalise_code
from helpers.published import load
from helpers.published.exhibits import exhibit

__all__ = [
    "LEVEL",
    "RULES",
    "Judged",
    "asset_table",
    "base_rate",
    "claim_titles",
    "judge",
    "passes",
    "scores",
    "verdict",
    "world",
]

LEVEL = 0.05  # most random sets that may get as far as a claim that holds
SETS = 1000  # random sets, where a claim names more than one index

Rule = Callable[[Sequence[Condition], float], bool]
RULES: dict[str, Rule] = {  # the first that is so
    "cannot be tested": lambda conditions, base: not all(c.total[0] > 0 for c in conditions),
    "holds": lambda conditions, base: all(c.reached[0] for c in conditions) and base <= LEVEL,
    "says little": lambda conditions, base: all(c.reached[0] for c in conditions),
    "holds partly": lambda conditions, base: all(c.mostly[0] for c in conditions),
    "fails": lambda conditions, base: True,
}
VERDICTS = ("holds", "holds partly", "says little", "fails", "cannot be tested")


def verdict(conditions: Sequence[Condition], base: float) -> str:
    """Put what was found into a word, by the first of :data:`RULES` that is so.

    Parameters
    ----------
    conditions : sequence of Condition
        What the claim asks for, for one set.
    base : float
        Share of random sets that get all of it; NaN, where none could be drawn, is beaten by nothing.

    Returns
    -------
    str
        *holds*: all reached, and at most one random set in twenty gets there. *says little*: reached, but more random
        sets than that do too. *holds partly*: not reached, but each is so more often than not. *fails*: otherwise.
        *cannot be tested*: something is asked of months that are not there.
    """
    return next(word for word, rule in RULES.items() if rule(conditions, base))


@dataclass(frozen=True)
class Judged:
    """The verdicts.

    Attributes
    ----------
    table : DataFrame
        Per claim: ``claim_id, test`` (in words)``, found`` (each condition, with what is asked), ``tested`` and
        ``true`` (months), ``passes`` (whether all is reached), ``base`` (share of random sets that reach it),
        ``verdict`` and ``note`` (reasons, assets left out).
    months : DataFrame
        Claims × months: 1 true, 0 not, missing where not tested.
    """

    table: pd.DataFrame
    months: pd.DataFrame


def judge(labelled: pd.DataFrame, claims: tuple[Claim, ...] = CLAIMS, sets: int = SETS, seed: int = 0) -> Judged:
    """Judge each claim on the clusters of the months given; rebuilds S000's market conclusions.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`helpers.clustering.migration.carry_labels`, with ``key`` and ``market_corr``.
    claims : tuple of Claim
        The definitions.
    sets, seed : int
        Random sets behind a base rate, and the seed of their draw.

    Returns
    -------
    Judged
    """
    w = world(labelled)
    months, rows = {}, []
    for claim in claims:
        true, conditions = _tested(claim, w, w.places(claim.assets))
        months[claim.claim_id] = pd.Series(true[0], index=w.dates)
        base = base_rate(claim, w, sets, seed) if np.isfinite(true).any() else np.nan
        rows.append(_row(claim, true[0], conditions, base, w))
    return Judged(pd.DataFrame(rows), pd.DataFrame(months).T)


def passes(labelled: pd.DataFrame, claims: tuple[Claim, ...] = CLAIMS) -> pd.Series:
    """Say which claims reach all they ask for, whatever random sets do: by claim, missing where not tested.

    Parameters
    ----------
    labelled, claims
        As for :func:`judge`.

    Returns
    -------
    Series of float
        1 or 0 or NaN.
    """
    w = world(labelled)
    found = {claim.claim_id: _tested(claim, w, w.places(claim.assets))[1] for claim in claims}
    reached = {name: float(all(c.reached[0] for c in conditions)) for name, conditions in found.items()}
    untested = [name for name, conditions in found.items() if verdict(conditions, np.nan) == "cannot be tested"]
    return pd.Series(reached).mask(lambda s: s.index.isin(untested))


def base_rate(claim: Claim, w: World, sets: int = SETS, seed: int = 0) -> float:
    """Return the share of index sets that reach all a claim asks, put in the place of its own assets.

    The anchors stay. Sets are drawn from the indices that are there in every month and are no part of the claim: each
    of them in turn where the claim is about one index, else at random.

    Parameters
    ----------
    claim : Claim
        Its test, needs and anchors are kept.
    w : World
        Of the months.
    sets, seed : int
        Number of random sets, and the seed of their draw.

    Returns
    -------
    float
        In [0, 1]; NaN if there are fewer indices than a set takes.
    """
    part = {key for name in (*claim.assets, *claim.others) for key in w.keys(name)}
    pool = np.flatnonzero((w.grid >= 0).all(axis=1) & ~w.labels.index.isin(part))
    size = len(claim.assets)
    if len(pool) < size:
        return np.nan
    rows = pool[:, None]
    if size > 1:
        shuffled = np.random.default_rng(seed).random((sets, len(pool))).argpartition(size - 1, axis=1)
        rows = pool[shuffled[:, :size]]
    _, conditions = _tested(claim, w, w.places_at(rows))
    tested = np.all([c.total > 0 for c in conditions], axis=0)
    reached = np.all([c.reached for c in conditions], axis=0)
    return float(reached[tested].mean()) if tested.any() else np.nan


def _tested(claim: Claim, w: World, own: Places) -> tuple[np.ndarray, list[Condition]]:
    """Test sets of indices in the place of a claim's own: months, sets × months, and what is asked of them."""
    test, asks = TESTS[claim.test]
    anchors = w.places(claim.others)
    true = test(claim, w, own, anchors)
    if claim.test != "separates":  # which looks at both sides of its date
        true = np.where(in_period(claim, w), true, np.nan)
    conditions = asks(claim, w, true, own, anchors)
    whole = np.all([c.total > 0 for c in conditions], axis=0)
    return np.where(whole[:, None], true, np.nan), conditions


def _row(claim: Claim, true: np.ndarray, conditions: list[Condition], base: float, w: World) -> dict:
    absent = [n for n in (*claim.assets, *claim.others) if w.of(n).isna().all()]
    notes = [f"not in the universe: {', '.join(absent)}"] if absent else []
    word = verdict(conditions, base)
    row = {"claim_id": claim.claim_id, "test": claim.statement(), "found": "", "tested": int(np.isfinite(true).sum())}
    row |= {"true": int((true == 1).sum()), "passes": word in ("holds", "says little"), "base": base, "verdict": word}
    if word != "cannot be tested":
        row["found"] = "; ".join(c.told() for c in conditions)
    elif not _both_sides(claim, w):
        notes.append(f"no month of this run lets it be tested: it speaks of the time around {claim.since:.7}")
    elif not absent:
        notes.append("what it names is never in the universe in the months the test compares")
    return row | {"note": "; ".join([*notes, claim.note] if claim.note else notes)}


def _both_sides(claim: Claim, w: World) -> bool:
    """Whether the run has months the claim speaks of, and for a separation months before them."""
    late = in_period(claim, w)
    return bool(late.any() and (claim.test != "separates" or not late.all()))


def asset_table(etf_list: pd.DataFrame, labelled: pd.DataFrame) -> pd.DataFrame:
    """Show which index stands for each named asset, and why one cannot be tested.

    Parameters
    ----------
    etf_list : DataFrame
        The canonical fund list.
    labelled : DataFrame
        From :func:`helpers.clustering.migration.carry_labels`.

    Returns
    -------
    DataFrame
        ``asset, key, fund`` (name and code of the latest representative), ``months`` present and ``status``.
    """
    w, months = world(labelled), labelled["date"].nunique()
    listed = set(etf_list.get("index_code", pd.Series(dtype=str)).dropna().map(lambda c: normalise_code(c)[0]))
    rows = [_asset_row(asset, w, labelled, listed, months) for asset in ASSETS.values()]
    return pd.DataFrame(rows, columns=["asset", "key", "fund", "months", "status"])


def _asset_row(asset: Asset, w: World, labelled: pd.DataFrame, listed: set[str], months: int) -> tuple:
    present = int(w.of(asset.name).notna().sum())
    if not present:
        known = [c for c in asset.codes if normalise_code(c)[0] in listed]
        why = "no fund of it passes the filters or has daily data" if known else "no fund tracks it in this list"
        return asset.name, ", ".join(known) or None, None, 0, f"cannot be tested: {why}"
    latest = labelled[labelled["key"].isin(w.keys(asset.name))].sort_values("date")
    best = latest[latest["key"] == w.keys(asset.name)[0]].iloc[-1]
    status = "every month" if present == months else f"{present} of {months} months"
    return asset.name, ", ".join(w.keys(asset.name)), f"{best['name']} {best['code']}", present, status


def scores(table: pd.DataFrame) -> tuple[pd.Series, dict[str, str]]:
    """Lay the verdicts out for the scoreboard.

    Parameters
    ----------
    table : DataFrame
        Of :class:`Judged`, or with the columns of :func:`helpers.clustering.claim_odds.weigh`.

    Returns
    -------
    computed : Series
        By the claim's words, as the exhibit "S000 claims" has them: the verdict, missing where it cannot be tested.
    notes : dict
        By the same words: what was found, what random sets, other days, settings and windows say, what is left out.
    """
    rows = table.set_index("claim_id")
    words = pd.Series(exhibit("S000 claims").cells.index, name="words")
    words.index = words.str.split().str[0]
    rows = rows.reindex(words.index)
    notes = ["; ".join(filter(None, _note(row))) for _, row in rows.iterrows()]
    computed = rows["verdict"].where(rows["verdict"] != "cannot be tested")
    return computed.set_axis(words.to_numpy()), dict(zip(words, notes, strict=True))


def _note(row: pd.Series) -> list[str]:
    if row["verdict"] == "cannot be tested":
        return [row["verdict"], row["note"]]
    odds = [f"{row['base']:.2%} of random sets get there"]
    odds += [f"{row['days']:.0%} of resampled days do"] if "days" in row else []
    odds += [f"holds under {row[name]} {name}" for name in ("settings", "windows") if name in row]
    return [row["found"], *odds, row["note"]]


def claim_titles(table: pd.DataFrame, longest: int = 26) -> pd.DataFrame:
    """Return the verdicts by claim with ``title``: its number, assets and kind, cut to fit beside a strip.

    Parameters
    ----------
    table : DataFrame
        As for :func:`scores`.
    longest : int
        Characters of assets and kind.

    Returns
    -------
    DataFrame
        The table by ``claim_id``.
    """
    claims = load("claims").set_index("claim_id")
    title = claims["assets"].str.replace("|", "、") + " " + claims["statement_type"]
    title = title.where(title.str.len() <= longest, title.str.slice(0, longest - 1) + "…")
    rows = table.set_index("claim_id")
    return rows.assign(title=rows.index + "  " + title.reindex(rows.index))
