"""What chapter 08 says about rules, products and prices: frames and facts made from the studies of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.index_research.builder import BuiltIndex, build_index, review_days
from helpers.index_research.history import bases_that_fit, closes_of, up_and_down
from helpers.index_research.spec import IndexSpec, known_specs, load_spec
from helpers.index_research.stocks import StockTables
from helpers.index_research.variations import describe
from helpers.published.exhibits.s001_index import since_periods
from helpers.tables import MissingTable

__all__ = [
    "NO_WEIGHTS",
    "base_facts",
    "build_all",
    "built_facts",
    "built_levels",
    "index_names",
    "leader_facts",
    "member_overlap",
    "phase_table",
    "rule_table",
    "since_bases",
    "state_facts",
    "valuation_facts",
]

NO_WEIGHTS = "index_weights does not hold 931372 up to 2025-08-12, or 399296 up to 2025-10-22"


def rule_table(specs: Sequence[IndexSpec]) -> pd.DataFrame:
    """Say each rule in the report's five dimensions, and what nobody printed.

    Parameters
    ----------
    specs : sequence of IndexSpec
        The rules.

    Returns
    -------
    DataFrame
        Dimensions × rules, in words.
    """
    rows = {}
    for spec in specs:
        weighting = spec.weighting.field or " + ".join(spec.weighting.tilt) or ""
        rows[f"{spec.index_code} {spec.name}"] = {
            "sample space": "; ".join("/".join(labels) for labels in spec.universe.values()) or "all listed stocks",
            "screens": "; ".join(_asked(screen) for screen in spec.screens),
            "scores": "; ".join(f"{name}: {', '.join(fields)}" for name, fields in spec.scores.items()),
            "selection": f"{spec.selection.count} by {', '.join(spec.selection.by)}",
            "weighting": f"{spec.weighting.method} {weighting}".strip(),
            "cap": f"{spec.weighting.cap:.0%}",
            "review": f"{len(spec.review.months)} a year",
            "not printed": ", ".join(spec.assumed),
        }
    return pd.DataFrame(rows).rename_axis("dimension")


def _asked(screen) -> str:
    words = {"at_least": "≥ {:g}", "at_most": "≤ {:g}", "drop_bottom": "without the last {:.0%}", "keep_top": "top {}"}
    said = [form.format(getattr(screen, name)) for name, form in words.items() if getattr(screen, name) is not None]
    return f"{screen.field} {', '.join(said)}"


def build_all(specs: Sequence[IndexSpec], stocks: StockTables) -> dict[str, BuiltIndex]:
    """Build every rule from its launch, or from the first day of the tables; those without a review are left out.

    Parameters
    ----------
    specs : sequence of IndexSpec
        The rules.
    stocks : StockTables
        The stocks of the market.

    Returns
    -------
    dict of str to BuiltIndex
        By index code.

    Raises
    ------
    MissingTable
        If a table is missing, or no rule has a review.
    """
    start = {spec.index_code: pd.Timestamp(spec.launch or stocks.days[0]) for spec in specs}
    reviewed = [s for s in specs if (review_days(s, stocks.days)["decided"] >= start[s.index_code]).any()]
    built, last = {}, MissingTable("stock_daily", f"no review by {stocks.days[-1]:%Y-%m-%d}")
    for spec in reviewed:
        try:
            built[spec.index_code] = build_index(spec, stocks)
        except MissingTable as missing:
            last = missing
    if not built:
        raise last
    return built


def built_facts(built: Mapping[str, BuiltIndex]) -> list[dict]:
    """Return for each index what :func:`describe` does, and what its last review and its two levels say.

    Parameters
    ----------
    built : mapping of str to BuiltIndex
        By code, of :func:`build_all`.

    Returns
    -------
    list of dict
        Also ``code, name, reviews, first`` (day), yearly ``total`` and ``price`` return, ``dividends`` (their
        difference), ``universe`` (stocks listed) and ``last`` (members) at the last review.
    """
    facts = []
    for code, index in built.items():
        level = index.level
        years = (level.index[-1] - level.index[0]).days / 365.25
        rates = (level.iloc[-1] / level.iloc[0]) ** (1 / years) - 1 if years > 0 else level.iloc[-1] * np.nan
        price = rates.get("price", np.nan)
        facts.append(
            describe(index)
            | {"code": code, "name": index.spec.name, "reviews": len(index.reviews), "first": level.index[0]}
            | {"total": rates["total_return"], "price": price, "dividends": rates["total_return"] - price}
            | {"universe": int(index.reviews[-1].funnel.iloc[0]), "last": int(index.reviews[-1].funnel["members"])}
        )
    return facts


def built_levels(built: BuiltIndex, index_daily: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """Return the built levels beside the index as published, where it is, and a benchmark.

    Parameters
    ----------
    built : BuiltIndex
        With its levels.
    index_daily : DataFrame
        Canonical table.
    benchmark : str
        Code.

    Returns
    -------
    DataFrame
        Sessions × levels, all 1 on the first day.
    """
    closes = closes_of(index_daily, [built.spec.index_code, benchmark]).reindex(built.level.index).ffill()
    names = {"total_return": "built, total return", "price": "built, price"}
    frame = built.level.rename(columns=names).join(closes.rename(columns=lambda code: f"{code} as published"))
    return frame / frame.bfill().iloc[0]


def member_overlap(built: BuiltIndex, index_weights: pd.DataFrame) -> pd.DataFrame:
    """Compare the members of a built index with those of the published one, review by review.

    Parameters
    ----------
    built : BuiltIndex
        With its reviews.
    index_weights : DataFrame
        Canonical table.

    Returns
    -------
    DataFrame
        By effective day, where weights were published within 45 days after it: ``published, built`` (members),
        ``shared`` (share of the published ones that were found).

    Raises
    ------
    MissingTable
        If no published weights lie near a review.
    """
    code = built.spec.index_code
    own = index_weights[index_weights["index_code"] == code]
    dates = pd.DatetimeIndex(np.unique(own["date"].to_numpy()))
    rows = {}
    for review in built.reviews:
        at = dates.searchsorted(review.effective)
        if at < len(dates) and (dates[at] - review.effective).days <= 45:
            true = set(own.loc[own["date"] == dates[at], "code"])
            mine = set(review.weights.index)
            rows[review.effective] = {
                "published": len(true),
                "built": len(mine),
                "shared": len(true & mine) / len(true),
            }
    if not rows:
        raise MissingTable("index_weights", f"no weights of {code} near a review")
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("effective")


def since_bases(closes: pd.DataFrame, near: int = 40) -> dict[str, pd.DataFrame]:
    """For each printed "since" column, how far it is off when any session near its printed first day is the base.

    Parameters
    ----------
    closes : DataFrame
        Dates × index names as printed.
    near : int
        Sessions looked at after the printed day, and half as many before.

    Returns
    -------
    dict of str to DataFrame
        By table: base dates × (gap of each index, ``worst``) in date order; empty for closes that do not reach over
        the printed periods.
    """
    found = {}
    for table, rows in since_periods().groupby("table"):
        rows, day, until = rows.set_index("index_name"), rows["period_start"].iloc[0], rows["period_end"].iloc[0]
        names = [name for name in rows.index if name in closes]
        if not names or closes.index[-1] < until or closes.index[0] > day:
            continue
        fits = bases_that_fit(closes, until, (rows.loc[names, "return_pct"] / 100).to_dict()).sort_index()
        at = fits.index.searchsorted(day)
        found[table] = fits.iloc[max(at - near // 2, 0) : at + near]
    return found


def base_facts(bases: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Say for each table which first day fits its "since" column.

    Parameters
    ----------
    bases : mapping of str to DataFrame
        Of :func:`since_bases`.

    Returns
    -------
    list of dict
        ``table, printed`` and ``fits`` (first day printed, and the one that fits best); the largest gap in percentage
        points on that day, ``best``, on the next best, ``second``, and on the day printed, ``as_said``; ``exact`` or
        ``loose``; ``indices`` compared.
    """
    facts = []
    starts = since_periods().groupby("table")["period_start"].first()
    for table, gaps in bases.items():
        order = gaps["worst"].sort_values()
        said = gaps["worst"].iloc[max(gaps.index.searchsorted(starts[table], side="left") - 1, 0)]
        facts.append(
            {
                "table": table,
                "printed": starts[table],
                "fits": order.index[0],
                "best": 100 * order.iloc[0],
                "second": 100 * order.iloc[1],
                "as_said": 100 * said,
                "exact": bool(order.iloc[0] < 1e-4),
                "loose": bool(order.iloc[0] >= 1e-4),
                "indices": gaps.shape[1] - 1,
            }
        )
    return facts


def phase_table(closes: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """Return monthly excess of all ``closes`` in falling and rising months of a benchmark; rows (index, months)."""
    tables = {c: up_and_down(closes[c], closes[benchmark]) for c in closes if c != benchmark}
    return pd.concat(tables, names=["index", "months"])


def index_names(market: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return short names of a ``market``'s indices by code: the most frequent one in its funds, else the rule's own."""
    names = {spec.index_code: spec.name for spec in map(load_spec, known_specs())}
    listing = market["etf_list"].dropna(subset=["index_code", "index_name"])
    if len(listing):
        count = listing.groupby(["index_code", "index_name"]).size().sort_values(kind="stable")
        names |= dict(count.index.to_list())
    return names


def valuation_facts(table: pd.DataFrame, names: Mapping[str, str], benchmark: str) -> dict:
    """Return the dearest and the cheapest index for their own histories, and the benchmark's risk premium.

    Parameters
    ----------
    table : DataFrame
        Of :func:`helpers.index_research.valuation.valuation_table`.
    names : mapping of str to str
        Short names by code.
    benchmark : str
        Code.

    Returns
    -------
    dict
        ``indices`` with a percentile, ``benchmark, risk_premium`` (a fraction a year); ``dear, cheap`` (names) with
        ``_pe`` and ``_percentile``, None where nothing is known.
    """
    known = table.dropna(subset="pe_ttm_percentile")
    facts = {"indices": len(known), "benchmark": benchmark}
    if known.empty:
        columns = [f"{word}{end}" for word in ("dear", "cheap") for end in ("", "_pe", "_percentile")]
        return facts | dict.fromkeys([*columns, "risk_premium"])
    dear, cheap = known["pe_ttm_percentile"].idxmax(), known["pe_ttm_percentile"].idxmin()
    facts["risk_premium"] = table["risk_premium"].get(benchmark) if "risk_premium" in table else None
    for word, code in (("dear", dear), ("cheap", cheap)):
        row = known.loc[code]
        facts |= {
            word: names.get(code, code),
            f"{word}_pe": row["pe_ttm"],
            f"{word}_percentile": row["pe_ttm_percentile"],
        }
    return facts


def state_facts(states: pd.DataFrame) -> dict:
    """Return the last state, since when, and the share of sessions in each."""
    told = states["state"].dropna()
    last = told.iloc[-1]
    since = told.index[(told != last).to_numpy().nonzero()[0][-1] + 1] if (told != last).any() else told.index[0]
    shares = told.value_counts(normalize=True)
    return {"state": last, "since": since, "day": told.index[-1]} | {f"share_{k}": v for k, v in shares.items()}


def leader_facts(table: pd.DataFrame, wanted: Mapping[str, str]) -> list[dict]:
    """Judge the report's mapping: whether the class it names for a state led after it.

    Parameters
    ----------
    table : DataFrame
        From :func:`helpers.index_research.macro.leadership`.
    wanted : mapping of state to class
        What the report says should lead.

    Returns
    -------
    list of dict
        By state seen: ``state, wanted, n`` (months), ``excess, low, high`` (of the class wanted, fractions a month,
        with its interval), ``leader`` (the class that led), ``led``, and which of ``sure, against, open`` it is.
    """
    facts = []
    for state, name in wanted.items():
        if (state, name) not in table.index:
            continue
        row, best = table.loc[(state, name)], table.loc[state]["excess"].idxmax()
        facts.append(
            {"state": state, "wanted": name, "n": int(row["n"]), "excess": row["excess"], "low": row["low"]}
            | {"high": row["high"], "leader": best, "led": best == name}
            | {"sure": bool(row["low"] > 0), "against": bool(row["high"] < 0), "open": row["low"] <= 0 <= row["high"]}
        )
    return facts
