"""One vintage: what the chapters would have found on one evening, from tables cut to what was known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.clustering import Samples, Settings, cluster_months, usable_dates
from helpers.regimes.study import load_styles
from helpers.rotation.inputs import gather
from helpers.rotation.strategies import top_weights
from helpers.sources import load_market
from helpers.tables import MissingTable, needed
from helpers.taxonomy import classify
from helpers.vintages.asked import Asked

__all__ = ["tell", "told_on"]

COLUMNS = ["subject", "as_of", "item", "value"]


def tell(asked: Asked, evening: str, before: str | None) -> pd.DataFrame:
    """Return what the book would have said on one evening; a job of :func:`helpers.jobs.run_jobs`.

    Parameters
    ----------
    asked : Asked
    evening : str
        A day; every table is cut to what was known after its close.
    before : str, optional
        An earlier evening, told again with what is known now: where that differs from what was told then, the data were
        revised.

    Returns
    -------
    DataFrame
        ``subject`` (style, holding, class, cluster), ``as_of`` (the evening spoken of), ``item``, ``value`` (text).
    """
    market = load_market(asked.source, asked.data, end=evening)
    days = [pd.Timestamp(day) for day in (before, evening) if day]
    return told_on(market, asked, days)


def told_on(market: Mapping[str, pd.DataFrame], asked: Asked, days: list[pd.Timestamp]) -> pd.DataFrame:
    """Return every statement about some evenings that a market allows.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        Cut to the last of the evenings.
    asked : Asked
    days : list of Timestamp
        Evenings spoken of.

    Returns
    -------
    DataFrame
        As for :func:`tell`. A subject that the market cannot tell has no rows.
    """
    rows: list[tuple] = []
    for subject, tell_one in SUBJECTS.items():
        try:
            rows += [(subject, *row) for row in tell_one(market, asked, days)]
        except MissingTable:
            continue
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": str, "item": str})


def _styles(market: Mapping[str, pd.DataFrame], asked: Asked, days: list[pd.Timestamp]) -> list[tuple]:
    pairs = {"size": (asked.size_pair, asked.size_lambda), "growth": (asked.growth_pair, asked.growth_lambda)}
    rows = []
    for name, style in load_styles(market, pairs, since=asked.style_start).items():
        for day in days:
            known = style.signal["state"].loc[:day].dropna()
            rows += [(day, name, style.sides[0] if known.iloc[-1] == 1 else style.sides[1])] if len(known) else []
    return rows


def _holdings(market: Mapping[str, pd.DataFrame], asked: Asked, days: list[pd.Timestamp]) -> list[tuple]:
    style = {"size_pair": asked.size_pair, "growth_pair": asked.growth_pair, "style_start": asked.style_start}
    smoothing = {"size_lambda": asked.size_lambda, "growth_lambda": asked.growth_lambda}
    score = gather(market, scheme=asked.rotation_scheme, **style, **smoothing).composite.score
    held = top_weights(score, pd.Series(days), asked.top_n)
    return [(day, name, "held") for day, row in held.iterrows() for name in row.index[row > 0]]


def _classes(market: Mapping[str, pd.DataFrame], asked: Asked, days: list[pd.Timestamp]) -> list[tuple]:
    (funds,) = needed(market, "etf_list")
    listed = funds.set_index("code")["list_date"]
    level = classify(funds).assign(code=funds["code"].to_numpy())
    rows = []
    for day in days:
        there = level[level["code"].map(listed).le(day)]
        rows += [(day, code, name) for code, name in zip(there["code"], there["level2"], strict=True) if pd.notna(name)]
    return rows


def _clusters(market: Mapping[str, pd.DataFrame], asked: Asked, days: list[pd.Timestamp]) -> list[tuple]:
    etf_list, etf_daily = needed(market, "etf_list", "etf_daily")
    settings = Settings(lookback=asked.cluster_lookback, min_amount=asked.min_amount)
    dates = usable_dates(etf_daily, pd.DatetimeIndex(days[-1:]), settings.lookback)
    if not len(dates):
        raise MissingTable("etf_daily", "too short a history")
    members = cluster_months(Samples(etf_daily, etf_list), dates, settings)
    return [
        (row.date, row.key, members.loc[[row.Index]].to_json(orient="records", date_format="iso", double_precision=15))
        for row in members.itertuples()
    ]


Tell = Callable[[Mapping[str, pd.DataFrame], Asked, list[pd.Timestamp]], list[tuple]]
SUBJECTS: dict[str, Tell] = {"style": _styles, "holding": _holdings, "class": _classes, "cluster": _clusters}
