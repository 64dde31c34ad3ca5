"""What chapter 03 says in sentences: the method, the claims where they pull against each other, the list, dedup."""

from __future__ import annotations

import pandas as pd

from helpers.clustering.claim_odds import OWN
from helpers.clustering.migration import stability, steadiness
from helpers.clustering.places import World
from helpers.clustering.samples import Settings

__all__ = [
    "METHODS",
    "agreement_facts",
    "choice_facts",
    "dedup_facts",
    "event_table",
    "list_facts",
    "moved_facts",
    "steady_table",
    "tally_facts",
    "tension_facts",
]

METHODS = [{"method": "affinity"}] + [
    {"method": "linkage", "linkage": linkage, "count": count}
    for linkage in ("ward", "average", "complete", "single")
    for count in (20, 25, 30, 40, 50, 60)
]
_TENSIONS = {"board": ("新能源", "创业板"), "solar": ("新能源", "光伏ETF"), "gold": ("黄金", "黄金股ETF")}


def choice_facts(scores: pd.DataFrame, settings: Settings) -> dict:
    """Set what the rule takes beside what the run uses.

    Parameters
    ----------
    scores : DataFrame
        Of :func:`helpers.clustering.evidence.choose`, with ``family``.
    settings : Settings

    Returns
    -------
    dict
        ``picked`` and ``used`` in words, ``clusters`` and ``best`` (separation ahead) of the picked, ``ahead`` of the
        run's own, ``other`` (whether they differ), ``near`` (own within one standard error of the best), ``single``
        and ``heap`` (bootstrap agreement and largest cluster of single linkage). NaN where the own was not tried.
    """
    picked = scores[scores["chosen"]].iloc[0]
    asked = {"method": settings.method}
    if settings.method == "linkage":
        asked |= {"linkage": settings.linkage, "count": settings.count}
    own = scores[(scores[list(asked)] == pd.Series(asked)).all(axis=1)]
    single = scores[scores["family"] == "single"]
    return {
        "picked": _words(picked["method"], picked["family"], picked["count"], settings.threshold),
        "used": _words(settings.method, settings.linkage, settings.count, settings.threshold),
        "clusters": picked["clusters"],
        "best": picked["ahead"],
        "ahead": own["ahead"].max(),
        "other": bool(len(own) and not own["chosen"].iloc[0]),
        "near": bool(len(own) and own["separated"].iloc[0]),
        "single": single["bootstrap_ari"].max(),
        "heap": single["largest"].max(),
    }


def _words(method: str, linkage: str, count: float | None, threshold: float) -> str:
    if method == "affinity":
        return "affinity propagation"
    cut = f"with {count:.0f} clusters" if count and pd.notna(count) else f"cut at a distance of {threshold:g}"
    return f"{linkage} {cut}"


def event_table(happened: pd.DataFrame, names: pd.Series, most: int = 8) -> pd.DataFrame:
    """List the latest splits and merges in words, the largest of a month first.

    Parameters
    ----------
    happened : DataFrame
        Of :func:`helpers.clustering.migration.events`.
    names : Series
        Names of labels.
    most : int
        Rows.

    Returns
    -------
    DataFrame
        By date: the columns of ``happened``, with labels by name and ``others`` as one text.
    """
    rows = happened[happened["event"].isin(["split", "merge"])]
    rows = rows.sort_values(["date", "members"], ascending=False).head(most)
    others = rows["others"].map(lambda labels: "、".join(names[label] for label in labels))
    return rows.assign(label=rows["label"].map(names), others=others).set_index("date")


def steady_table(labelled: pd.DataFrame, share: float = 0.75) -> pd.DataFrame:
    """Score the indices present in at least that share of the months, each with the ``title`` of its fund.

    Parameters
    ----------
    labelled : DataFrame
        Of :func:`helpers.clustering.migration.carry_labels`.
    share : float
        Of the months.

    Returns
    -------
    DataFrame
        Of :func:`helpers.clustering.migration.stability`, with ``title`` (name and code of the latest fund).
    """
    score = stability(labelled)
    last = labelled.sort_values("date").drop_duplicates("key", keep="last").set_index("key").reindex(score.index)
    score = score.assign(title=last["name"].str.replace("ETF", "") + " " + last["code"])
    return score[score["months"] >= share * labelled["date"].nunique()]


def tally_facts(table: pd.DataFrame) -> dict:
    """Count the claims by verdict: ``claims, holds, partly, little, fails, untested``, and how sure the first are.

    Parameters
    ----------
    table : DataFrame
        Of :func:`helpers.clustering.claim_odds.weigh`.

    Returns
    -------
    dict
        The counts, ``common`` (claims that say little; None for none), ``shaky`` (claims that hold, but in fewer than
        three quarters of the redrawn histories; "none" for none).
    """
    tally = table["verdict"].value_counts()
    counted = {"holds": "holds", "partly": "holds partly", "little": "says little", "fails": "fails"}
    counted["untested"] = "cannot be tested"
    common = [f"{row.claim_id} ({row.base:.2%})" for row in table[table["verdict"] == "says little"].itertuples()]
    shaky = table.loc[(table["verdict"] == "holds") & (table["days"] < 0.75), "claim_id"]
    facts = {"claims": len(table), **{name: int(tally.get(word, 0)) for name, word in counted.items()}}
    return facts | {"common": common or None, "shaky": list(shaky) or "none"}


def tension_facts(places: World, labelled: pd.DataFrame) -> dict:
    """Count months for the claims that pull against each other.

    Parameters
    ----------
    places : World
        Where every asset sits.
    labelled : DataFrame
        From :func:`helpers.clustering.migration.carry_labels`.

    Returns
    -------
    dict
        ``board, solar, gold``: months in which 新能源 sits with 创业板, 新能源 with 光伏, gold with its stocks, each
        with ``…_months`` in which the first is there; ``gold_rho`` (mean correlation of gold with all other indices);
        ``chips, computers, typical`` (share of members kept from month to month by the clusters that held 芯片, 计算机,
        and by a typical one). None or NaN where an asset is not in the universe.
    """
    facts = {}
    for name, (one, other) in _TENSIONS.items():
        first, second = places.of(one), places.of(other)
        known = bool(first.notna().any() and second.notna().any())
        facts[name] = int((first == second).sum()) if known else None
        facts[f"{name}_months"] = int(first.notna().sum())
    kept = steadiness(labelled)
    tech = {name: places.of(asset).dropna().unique() for name, asset in (("chips", "芯片"), ("computers", "计算机"))}
    facts |= {name: kept.reindex(labels).mean() for name, labels in tech.items()}
    return facts | {"typical": kept.median(), "gold_rho": places.of("黄金", "market_corr").mean()}


def agreement_facts(verdicts: pd.DataFrame) -> dict:
    """Say which claims do not depend on the settings.

    Parameters
    ----------
    verdicts : DataFrame
        Of :func:`verdicts_by_setting`.

    Returns
    -------
    dict
        ``tested`` (claims that some setting can test), ``same`` (of them, with one verdict under all),
        ``settings``, ``firm`` and ``never`` (claims that hold, or fail, under all; "none" for none), ``moved`` (number
        and ``moved_claims`` that change when the most traded fund stands for its index; None when that was not tried).
    """
    tested = verdicts[(verdicts != "cannot be tested").any(axis=1)]
    facts = {
        "tested": len(tested),
        "same": int((tested.nunique(axis=1) == 1).sum()),
        "settings": verdicts.shape[1],
        "firm": list(verdicts.index[(verdicts == "holds").all(axis=1)]) or "none",
        "never": list(verdicts.index[(verdicts == "fails").all(axis=1)]) or "none",
        "moved": None,
        "moved_claims": None,
    }
    if "most traded stands" in verdicts:
        moved = list(verdicts.index[verdicts["most traded stands"] != verdicts[OWN]])
        facts |= {"moved": len(moved), "moved_claims": moved or "none"}
    return facts


def moved_facts(verdicts: pd.DataFrame) -> dict:
    """Say how the verdicts fare on windows that end earlier.

    Parameters
    ----------
    verdicts : DataFrame
        Of :func:`helpers.clustering.claim_odds.verdicts_by_window`.

    Returns
    -------
    dict
        ``tested, same`` (claims that some window can test, and of them with one verdict in all), ``windows``, ``least,
        most`` (claims that hold, over the windows), ``fails_least, fails_most``. NaN where no earlier window is there.
    """
    if verdicts.shape[1] < 2:
        return dict.fromkeys(("tested", "same", "windows", "least", "most", "fails_least", "fails_most"), float("nan"))
    tested = verdicts[(verdicts != "cannot be tested").any(axis=1)]
    holds, fails = (verdicts == "holds").sum(), (verdicts == "fails").sum()
    return {
        "tested": len(tested),
        "same": int((tested.nunique(axis=1) == 1).sum()),
        "windows": verdicts.shape[1],
        "least": int(holds.min()),
        "most": int(holds.max()),
        "fails_least": int(fails.min()),
        "fails_most": int(fails.max()),
    }


def list_facts(against: pd.DataFrame) -> dict:
    """Compare the list of one fund per cluster with as many of the most traded: mean correlations, months it won.

    Parameters
    ----------
    against : DataFrame
        Of :func:`helpers.clustering.use.list_against_most_traded`.

    Returns
    -------
    dict
        ``list, most_traded`` (mean correlations), ``won`` (months in which the list's is lower) of ``months``.
    """
    lower = (against["list"] < against["most_traded"]).sum()
    mean = against.mean()
    return {"list": mean["list"], "most_traded": mean["most_traded"], "won": int(lower), "months": len(against)}


def dedup_facts(effect: pd.DataFrame) -> dict:
    """Say what deduplication changes.

    Parameters
    ----------
    effect : DataFrame
        Of :func:`helpers.clustering.use.dedup_effect`.

    Returns
    -------
    dict
        ``times`` (funds without dedup per fund with it), ``copies`` (clusters of one index only), ``torn`` (indices
        with several funds in different clusters), ``with_dedup, without`` (separation ahead), ``better``.
    """
    one, every = effect.loc["one fund per index"], effect.loc["every liquid fund"]
    return {
        "times": every["funds"] / one["funds"],
        "copies": every["one_index"],
        "torn": every["torn"],
        "with_dedup": one["ahead"],
        "without": every["ahead"],
        "better": bool(one["ahead"] > every["ahead"]),
    }
