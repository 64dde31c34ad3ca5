"""What makes a claim true in a month, and what its wording asks of the months: for one set of indices or thousands.

Every test works on arrays with the sets first, so that the claim's own assets and the random sets it must beat go
through the same lines. Months are numbers: 1 true, 0 not, NaN not tested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.clustering.claims_data import Claim
from helpers.clustering.places import Places, World

__all__ = ["TESTS", "Condition", "in_period"]

_EPS = 1e-9


@dataclass(frozen=True)
class Condition:
    """One thing a claim's wording asks: that something be so a number of times.

    Attributes
    ----------
    words : str
        What is counted; ``months`` alone where it is the test itself.
    count, total : ndarray of int, shape (sets,)
        How often it is so, and how often it could be.
    needed : float
        Share of the total that the wording asks for.
    """

    words: str
    count: np.ndarray
    total: np.ndarray
    needed: float

    @property
    def asked(self) -> np.ndarray:
        """The number the wording asks for."""
        return np.ceil(self.needed * self.total - _EPS).astype(int)

    @property
    def reached(self) -> np.ndarray:
        """Whether it is so as often as asked."""
        return (self.count >= self.asked) & (self.total > 0)

    @property
    def mostly(self) -> np.ndarray:
        """Whether it is so more often than not."""
        return 2 * self.count > self.total

    def told(self) -> str:
        """Say what was found for the first set, and what is asked."""
        count, total, asked = (int(x[0]) for x in (self.count, self.total, self.asked))
        if self.words.endswith("?"):
            return f"{self.words[:-1]}: {'yes' if count else 'no'}"
        return f"{count} of {total} {self.words} ({asked} asked)"


def _quorum(hits: np.ndarray, known: np.ndarray, share: float) -> np.ndarray:
    """A month is true if a share of the known are hit; it needs as many known as would make a quorum of all."""
    seen = known.sum(axis=1)
    enough = (seen > 0) & (seen >= np.ceil(share * known.shape[1] - _EPS))
    return np.where(enough, (hits & known).sum(axis=1) >= share * seen - _EPS, np.nan)


def _beside_any(own: Places, anchors: Places) -> np.ndarray:
    """Whether each index shares its cluster with any anchor."""
    same = own.labels[:, :, None, :] == anchors.labels[:, None, :, :]
    return (same & anchors.present[:, None, :, :]).any(axis=2)


def _together(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    if not c.others:
        return _in_one(c, own)
    known = own.present & anchors.present.any(axis=1)[:, None, :]
    return _quorum(_beside_any(own, anchors), known, c.quorum)


def _in_one(c: Claim, own: Places) -> np.ndarray:
    same = (own.labels[:, :, None, :] == own.labels[:, None, :, :]) & own.present[:, :, None, :]
    largest, seen = same.sum(axis=1).max(axis=1), own.present.sum(axis=1)
    enough = (seen >= 2) & (seen >= np.ceil(c.quorum * own.labels.shape[1] - _EPS))
    return np.where(enough, largest >= c.quorum * seen - _EPS, np.nan)


def _apart(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    known = own.present.all(axis=1) & anchors.present.any(axis=1)
    return np.where(known, ~_beside_any(own, anchors).any(axis=1), np.nan)


def _separates(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    apart = _apart(c, w, own, anchors)
    return np.where(in_period(c, w), apart, 1.0 - apart)


def _churn(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    label, month = own.labels[:, 0], np.arange(len(w.flows))
    before, after = label[:, :-1], label[:, 1:]
    stayed = w.flows[month, before, after]
    all_members = w.flows.sum(axis=2)[month, before] + w.flows.sum(axis=1)[month, after] - stayed
    moved = 1.0 - stayed / np.maximum(all_members, 1)
    known = (before >= 0) & (after >= 0) & (all_members > 0)
    return _from_second(np.where(known, moved >= c.threshold, np.nan))


def _moves(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    before, after = own.labels[:, 0, :-1], own.labels[:, 0, 1:]
    return _from_second(np.where((before >= 0) & (after >= 0), before != after, np.nan))


def _exchange(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    month, other = np.arange(len(w.flows)), anchors.labels[:, 0]
    soft = [own.labels[:, :, :-1], own.labels[:, :, 1:]]
    there = [other[:, None, :-1], other[:, None, 1:]]
    out = (w.flows[month, soft[0], there[1]] > 0) & (soft[0] >= 0) & (soft[0] != there[0])
    within = ((soft[0] == there[0]) & (soft[0] >= 0)).any(axis=1, keepdims=True)
    back = (w.flows[month, there[0], soft[1]] > 0) & (soft[1] >= 0) & ~within
    one = soft[1] == there[1]
    known = (other[:, :-1] >= 0) & (other[:, 1:] >= 0)
    known = known & (soft[0] >= 0).any(axis=1) & (soft[1] >= 0).any(axis=1)
    return _from_second(np.where(known, (out | back | one).any(axis=1), np.nan))


def _alone(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    month = np.arange(own.labels.shape[2])
    family = (own.labels[:, :, None, :] == anchors.labels[:, None, :, :]).sum(axis=2)
    return _quorum(w.sizes[own.labels, month] == 1 + family, own.present, c.quorum)


def _beside(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    return np.where(own.present[:, 0], _beside_any(own, anchors)[:, 0], np.nan)


def _uncorrelated(c: Claim, w: World, own: Places, anchors: Places) -> np.ndarray:
    return _quorum(own.present & (own.corr < c.threshold), own.present, c.quorum)


def _months(c: Claim, w: World, true: np.ndarray, own: Places, anchors: Places) -> list[Condition]:
    return [_counted("months", true, c.needed)]


def _before_and_after(c: Claim, w: World, true: np.ndarray, own: Places, anchors: Places) -> list[Condition]:
    late = in_period(c, w)
    parts = {"months together before": true[:, ~late], "months apart after": true[:, late]}
    return [_counted(words, part, c.needed) for words, part in parts.items()]


def _stations(c: Claim, w: World, true: np.ndarray, own: Places, anchors: Places) -> list[Condition]:
    at = np.where(_beside(c, w, own, anchors) == 1, own.labels[:, 0], -1)
    ordered = np.sort(at, axis=1)
    first = np.ones_like(ordered, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    visited = (first & (ordered >= 0)).sum(axis=1)
    return [_ever("moved?", true), Condition("named clusters visited", visited, 0 * visited + len(c.others), c.needed)]


def _rarely(c: Claim, w: World, true: np.ndarray, own: Places, anchors: Places) -> list[Condition]:
    return [_ever("apart at least once?", true), _counted("months together", 1.0 - true, 1.0 - c.threshold)]


def _both(c: Claim, w: World, true: np.ndarray, own: Places, anchors: Places) -> list[Condition]:
    apart = (anchors.labels != anchors.labels[:, :1]).any(axis=1) & anchors.present.all(axis=1)
    seen = ((own.labels[:, :1] == anchors.labels) & own.present[:, :1] & apart[:, None]).any(axis=2).sum(axis=1)
    return [_counted("months", true, c.needed), Condition("places visited", seen, 0 * seen + len(c.others), 1.0)]


def _counted(words: str, true: np.ndarray, needed: float) -> Condition:
    return Condition(words, (true == 1).sum(axis=1), np.isfinite(true).sum(axis=1), needed)


def _ever(words: str, true: np.ndarray) -> Condition:
    return Condition(words, (true == 1).any(axis=1) * 1, np.isfinite(true).any(axis=1) * 1, 1.0)


def _from_second(changes: np.ndarray) -> np.ndarray:
    """Changes belong to the later of two months; the first month has none."""
    return np.concatenate([np.full((len(changes), 1), np.nan), changes], axis=1)


def in_period(claim: Claim, w: World) -> np.ndarray:
    """Say which months the claim speaks of: those after its date, or all.

    Parameters
    ----------
    claim : Claim
        With ``since``.
    w : World
        Of the months.

    Returns
    -------
    ndarray of bool
        Length months.
    """
    return np.ones(len(w.dates), bool) if claim.since is None else w.dates > claim.since


Months = Callable[[Claim, World, Places, Places], np.ndarray]
Asks = Callable[[Claim, World, np.ndarray, Places, Places], list[Condition]]
TESTS: dict[str, tuple[Months, Asks]] = {
    "together": (_together, _months),
    "apart": (_apart, _months),
    "separates": (_separates, _before_and_after),
    "churn": (_churn, _months),
    "stations": (_moves, _stations),
    "exchange": (_exchange, _months),
    "rarely apart": (lambda *given: 1.0 - _together(*given), _rarely),
    "alone": (_alone, _months),
    "between": (_beside, _both),
    "uncorrelated": (_uncorrelated, _months),
}
