"""The claims of S000 judged on labelled clusters: month by month, then as a whole.

A claim holds if it is true in the share of months its wording needs (``needed``). ``score`` is how far it gets there,
in percent: 100 means fully. Assets or anchors that are not in the universe are left out of a month and named; a claim
with no testable month *cannot be tested*, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.clustering.claims_data import ASSETS, CLAIMS, Asset, Claim
from helpers.dedup.index_keys import normalise_code, normalise_name
from helpers.published import load
from helpers.published.exhibits import exhibit

VERDICTS = ("holds", "holds partly", "fails", "cannot be tested")
PARTLY = 100 / 3


@dataclass(frozen=True)
class World:
    """What claims are tested on.

    Attributes
    ----------
    labels : DataFrame
        Label of each index key (rows) at each month end (columns); missing where it is not in the universe.
    market_corr : DataFrame
        Mean correlation with all other indices, same shape.
    """

    labels: pd.DataFrame
    market_corr: pd.DataFrame

    def keys(self, name: str) -> list[str]:
        """Return the keys that can stand for the asset of a ``name``, in order of preference; empty where none can."""
        asset = ASSETS[name]
        wanted = [normalise_code(c)[0] for c in asset.codes] + [normalise_name(n)[0] for n in asset.names]
        return [key for key in dict.fromkeys(wanted) if key in self.labels.index]

    def of(self, name: str, table: str = "labels") -> pd.Series:
        """Follow an asset through the months: its label, or its mean correlation with the market.

        Parameters
        ----------
        name : str
            Of an asset, as in ``ASSETS``.
        table : {"labels", "market_corr"}
            What to follow.

        Returns
        -------
        Series
            By month; NaN where the asset has no fund.
        """
        keys, values = self.keys(name), getattr(self, table)
        if not keys:
            return pd.Series(np.nan, index=values.columns)
        rows = self.labels.index.get_indexer(keys)
        standing = np.isfinite(self.labels.to_numpy()[rows])
        first = standing.argmax(axis=0)
        picked = values.to_numpy()[rows[first], np.arange(values.shape[1])]
        return pd.Series(np.where(standing.any(axis=0), picked, np.nan), index=values.columns)

    def members(self, date: pd.Timestamp, label: float) -> set[str]:
        """Return the keys with that label at that date; none for a missing label."""
        column = self.labels[date]
        return set(column.index[column == label])

    def frame(self, names: Iterable[str]) -> pd.DataFrame:
        """Return the labels of several assets: assets × months."""
        return pd.DataFrame({name: self.of(name) for name in names}).T


def world(labelled: pd.DataFrame) -> World:
    """Arrange the ``labelled`` months of :func:`helpers.clustering.migration.carry_labels` for the tests."""
    wide = labelled.pivot(index="key", columns="date", values=["label", "market_corr"]).astype(float)
    return World(wide["label"], wide["market_corr"])


def _frame(w: World, names: tuple[str, ...], table: str = "labels") -> pd.DataFrame:
    return pd.DataFrame({name: w.of(name, table) for name in names})


def _share_true(hits: pd.DataFrame, known: pd.DataFrame, quorum: float) -> pd.Series:
    share = (hits & known).sum(axis=1) / known.sum(axis=1).replace(0, np.nan)
    return (share >= quorum - 1e-9).astype(float).where(share.notna())


def _together(c: Claim, w: World) -> pd.Series:
    own = _frame(w, c.assets)
    if not c.others:
        count = own.apply(lambda row: row.value_counts().max(), axis=1) / own.notna().sum(axis=1)
        return (count >= c.quorum - 1e-9).astype(float).where(own.notna().sum(axis=1) >= 2)
    anchors = _frame(w, c.others)
    hit = pd.DataFrame({a: anchors.eq(own[a], axis=0).any(axis=1) for a in own})
    known = own.notna().mul(anchors.notna().any(axis=1), axis=0)
    return _share_true(hit, known, c.quorum)


def _apart(c: Claim, w: World) -> pd.Series:
    own, anchors = _frame(w, c.assets), _frame(w, c.others)
    clash = pd.concat([anchors.eq(own[a], axis=0).any(axis=1) for a in own], axis=1).any(axis=1)
    return (~clash).astype(float).where(own.notna().any(axis=1) & anchors.notna().any(axis=1))


def _separates(c: Claim, w: World) -> pd.Series:
    apart = _apart(c, w)
    before = apart.index <= pd.Timestamp(c.since)
    return apart.where(~before, 1.0 - apart)


def _churn(c: Claim, w: World) -> pd.Series:
    label = w.of(c.assets[0])
    out = pd.Series(np.nan, index=label.index)
    for before, after in zip(label.index, label.index[1:], strict=False):
        if np.isnan(label[before]) or np.isnan(label[after]):
            continue
        there = set(w.labels.index[w.labels[[before, after]].notna().all(axis=1)])
        a, b = w.members(before, label[before]) & there, w.members(after, label[after]) & there
        out[after] = float(len(a ^ b) / len(a | b) >= c.threshold) if a | b else np.nan
    return out


def _beside(c: Claim, w: World) -> pd.Series:
    own, anchors = w.of(c.assets[0]), _frame(w, c.others)
    return anchors.eq(own, axis=0).any(axis=1).astype(float).where(own.notna())


def _moves(c: Claim, w: World) -> pd.Series:
    own = w.of(c.assets[0])
    return own.ne(own.shift()).astype(float).where(own.notna() & own.shift().notna())


def _exchange(c: Claim, w: World) -> pd.Series:
    soft, other = _frame(w, c.assets), w.of(c.others[0])
    out = pd.Series(np.nan, index=other.index)
    for before, after in zip(other.index, other.index[1:], strict=False):
        if np.isnan(other[before]) or np.isnan(other[after]) or soft.loc[[before, after]].isna().all(axis=1).any():
            continue
        first = [set().union(*(w.members(d, x) for x in soft.loc[d].dropna())) for d in (before, after)]
        second = [w.members(d, other[d]) for d in (before, after)]
        one = soft.loc[after].eq(other[after]).any()
        crossed = ((first[0] - second[0]) & second[1]) | ((second[0] - first[0]) & first[1])
        out[after] = float(bool(crossed) or one)
    return out


def _alone(c: Claim, w: World) -> pd.Series:
    own = _frame(w, c.assets)
    family = {key for name in (*c.assets, *c.others) for key in w.keys(name)}
    hits = pd.DataFrame(index=own.index, columns=own.columns, dtype=bool)
    for name in own:
        mine = set(w.keys(name)) | (family & {k for o in c.others for k in w.keys(o)})
        hits[name] = [w.members(date, label) <= mine for date, label in own[name].items()]
    return _share_true(hits, own.notna(), c.quorum)


def _uncorrelated(c: Claim, w: World) -> pd.Series:
    own = _frame(w, c.assets, "market_corr")
    return _share_true(own < c.threshold, own.notna(), c.quorum)


def _by_months(c: Claim, true: pd.Series, w: World) -> float:
    return 100.0 * min(1.0, true.mean() / c.needed)


def _by_stations(c: Claim, true: pd.Series, w: World) -> float:
    own = w.of(c.assets[0])
    return 100.0 * min(1.0, own[_beside(c, w) == 1].nunique() / len(c.others))


def _by_rarity(c: Claim, true: pd.Series, w: World) -> float:
    share = true.mean()
    return 0.0 if share == 0 else 100.0 * min(1.0, (1.0 - share) / (1.0 - c.threshold))


def _by_both(c: Claim, true: pd.Series, w: World) -> float:
    anchors = _frame(w, c.others)
    apart = anchors.nunique(axis=1) > 1
    visited = anchors[apart].eq(w.of(c.assets[0])[apart], axis=0).any().sum()
    return _by_months(c, true, w) * visited / len(c.others)


TESTS: dict[str, tuple[Callable, Callable]] = {
    "together": (_together, _by_months),
    "apart": (_apart, _by_months),
    "separates": (_separates, _by_months),
    "churn": (_churn, _by_months),
    "stations": (_moves, _by_stations),
    "exchange": (_exchange, _by_months),
    "rarely apart": (lambda c, w: 1.0 - _together(c, w), _by_rarity),
    "alone": (_alone, _by_months),
    "between": (_beside, _by_both),
    "uncorrelated": (_uncorrelated, _by_months),
}


@dataclass(frozen=True)
class Judged:
    """The verdicts.

    Attributes
    ----------
    table : DataFrame
        Per claim: ``claim_id, test`` (in words)``, tested`` and ``true`` (months), ``needed`` (share), ``score``
        (percent of what the wording needs), ``verdict`` and ``note`` (reasons, assets left out).
    months : DataFrame
        Claims x month ends: 1 true, 0 not, missing where not tested.
    """

    table: pd.DataFrame
    months: pd.DataFrame


def judge(labelled: pd.DataFrame, claims: tuple[Claim, ...] = CLAIMS) -> Judged:
    """Judge each claim on the clusters of the months given; rebuilds S000's market conclusions.

    Parameters
    ----------
    labelled : DataFrame
        From :func:`helpers.clustering.migration.carry_labels`, with ``key`` and ``market_corr``.
    claims : tuple of Claim
        The definitions.

    Returns
    -------
    Judged
    """
    w = world(labelled)
    months, rows = {}, []
    for claim in claims:
        test, score = TESTS[claim.test]
        true = _in_period(claim, test(claim, w))
        months[claim.claim_id] = true
        rows.append(_row(claim, true, score, w))
    return Judged(pd.DataFrame(rows), pd.DataFrame(months).T)


def _in_period(claim: Claim, true: pd.Series) -> pd.Series:
    """Keep the months the claim speaks of; a separation needs months on both sides of its date."""
    if claim.since is None:
        return true
    late = true.index > pd.Timestamp(claim.since)
    if claim.test == "separates":
        both = true[late].notna().any() and true[~late].notna().any()
        return true if both else true * np.nan
    return true.where(late)


def _row(claim: Claim, true: pd.Series, score: Callable, w: World) -> dict:
    absent = [n for n in (*claim.assets, *claim.others) if w.of(n).isna().all()]
    notes = [f"not in the universe: {', '.join(absent)}"] if absent else []
    row = {"claim_id": claim.claim_id, "test": claim.statement(), "tested": int(true.notna().sum())}
    row |= {"true": int(true.sum()), "needed": claim.needed, "score": np.nan, "verdict": VERDICTS[3]}
    if row["tested"]:
        row["score"] = round(float(score(claim, true.dropna(), w)), 6)
        row["verdict"] = verdict(row["score"])
    elif _in_period(claim, pd.Series(1.0, w.labels.columns)).isna().all():
        notes.append(f"no month of this run lets it be tested: it speaks of the time around {claim.since:.7}")
    elif not absent:
        notes.append("what it names is never in the universe in the months the test compares")
    return row | {"note": "; ".join([*notes, claim.note] if claim.note else notes)}


def verdict(score: float) -> str:
    """Turn a score (percent of what the wording needs) into words."""
    return VERDICTS[0] if score >= 100.0 - 1e-6 else VERDICTS[1] if score >= PARTLY else VERDICTS[2]


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


def scores(judged: Judged) -> tuple[pd.Series, dict[str, str]]:
    """Lay the verdicts out for the scoreboard.

    Parameters
    ----------
    judged : Judged
        From :func:`judge`.

    Returns
    -------
    computed : Series
        By the claim's words, as the exhibit "S000 claims" has them: the score, NaN where it cannot be tested.
    notes : dict
        By the same words: verdict, months, and what the claim's test leaves out.
    """
    rows = judged.table.set_index("claim_id")
    words = pd.Series(exhibit("S000 claims").cells.index, name="words")
    words.index = words.str.split().str[0]
    rows = rows.reindex(words.index)
    counted = (
        rows["verdict"] + ", true in " + rows["true"].astype(str) + " of " + rows["tested"].astype(str) + " months"
    )
    note = (counted.where(rows["tested"] > 0, rows["verdict"]) + "; " + rows["note"]).str.rstrip("; ")
    return rows["score"].set_axis(words.to_numpy()), dict(zip(words, note, strict=True))


def claim_titles(judged: Judged, longest: int = 26) -> pd.DataFrame:
    """Return the verdicts by claim with ``title``: its number, assets and kind, cut to fit beside a strip."""
    claims = load("claims").set_index("claim_id")
    title = claims["assets"].str.replace("|", "、") + " " + claims["statement_type"]
    title = title.where(title.str.len() <= longest, title.str.slice(0, longest - 1) + "…")
    rows = judged.table.set_index("claim_id")
    return rows.assign(title=rows.index + "  " + title.reindex(rows.index))
