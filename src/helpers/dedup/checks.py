"""What the data say about one-fund-per-index: noise of thin funds, doubtful codes, other survivors, other orders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.correlation import correlation
from helpers.dedup.index_keys import index_keys, pair_agreement
from helpers.dedup.rules import SURVIVORS, DedupResult, dedup_by_index

TURNOVER_EDGES = (0.0, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, np.inf)
NEAR = 0.98


def same_index_pairs(result: DedupResult, returns: pd.DataFrame, etf_list: pd.DataFrame) -> pd.DataFrame:
    """List every pair of funds with one key, how alike they are, and what may set them apart.

    Parameters
    ----------
    result : DedupResult
        Of :func:`helpers.dedup.dedup_by_index`; only its keys are used.
    returns : DataFrame
        Sessions x funds, daily returns.
    etf_list : DataFrame
        For names and types.

    Returns
    -------
    DataFrame
        ``key, code_a, code_b, correlation, kind``. ``kind`` is the first that applies to either fund: *money
        market*, *cross-border* (QDII: each fund trades at its own premium), *enhanced* (增强: the manager deviates on
        purpose), else *plain*.
    """
    codes = returns.columns.intersection(result.keys.index)
    key = result.keys.reindex(codes).to_numpy(dtype=object)
    order = np.argsort(key, kind="stable")
    codes, key = codes[order], key[order]
    rho = correlation(returns[codes], min_overlap=max(2, len(returns) // 2))
    a, b = np.nonzero(np.triu(key[:, None] == key[None, :], k=1))
    kind = fund_kinds(etf_list).reindex(codes).to_numpy(dtype=object)
    rank = {"money market": 0, "cross-border": 1, "enhanced": 2, "plain": 3}
    pairs = pd.DataFrame({"key": key[a], "code_a": codes[a], "code_b": codes[b], "correlation": rho[a, b]})
    return pairs.assign(kind=[min(x, y, key=rank.__getitem__) for x, y in zip(kind[a], kind[b], strict=True)])


def fund_kinds(etf_list: pd.DataFrame) -> pd.Series:
    """Say of each fund, by code, why it might not move with its index: see :func:`same_index_pairs`."""
    kind = pd.Series("plain", index=etf_list["code"].to_numpy(), dtype=object)
    if "name" in etf_list:
        kind[etf_list["name"].fillna("").str.contains("增强").to_numpy()] = "enhanced"
    if "fund_type" in etf_list:
        kind[(etf_list["fund_type"] == "qdii").to_numpy()] = "cross-border"
        kind[(etf_list["fund_type"] == "money").to_numpy()] = "money market"
    return kind


def index_names(etf_list: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Name each key: the index name given with the key's own code, else any index name, else a fund's name.

    Parameters
    ----------
    etf_list : DataFrame
        The fund list.
    keys : Series
        Key by fund code.

    Returns
    -------
    Series
        Text by key, the key itself where nothing else is known.
    """
    rows = etf_list.reindex(columns=["code", "index_code", "index_name", "name"]).set_index("code")
    rows["key"] = keys.reindex(rows.index)
    own = rows[rows["index_code"] == rows["key"]].groupby("key")["index_name"].first()
    each = rows.groupby("key")[["index_name", "name"]].first()
    best = own.reindex(each.index).fillna(each["index_name"]).fillna(each["name"])
    return best.fillna(pd.Series(each.index, each.index)).replace({"cash": "money market"})


def noise_by_turnover(
    pairs: pd.DataFrame, turnover: pd.Series, edges: tuple[float, ...] = TURNOVER_EDGES
) -> pd.DataFrame:
    """Show how alike two funds on one index are, by the turnover of the thinner one.

    A fund that hardly trades closes at a stale price, which looks like a difference between indices.

    Parameters
    ----------
    pairs : DataFrame
        From :func:`same_index_pairs`; only *plain* pairs are used.
    turnover : Series
        CNY a day by fund code.
    edges : tuple of float
        Limits of the classes, CNY a day.

    Returns
    -------
    DataFrame
        By class: ``low, high`` (CNY), ``pairs``, ``q25, median, q75`` of the correlations and ``funds`` (all funds
        in that class of turnover).
    """
    plain = pairs[pairs["kind"] == "plain"]
    thinner = np.fmin(plain["code_a"].map(turnover), plain["code_b"].map(turnover))
    groups = plain["correlation"].groupby(pd.cut(thinner, edges, right=False), observed=False)
    table = groups.quantile([0.25, 0.5, 0.75]).unstack().set_axis(["q25", "median", "q75"], axis=1)
    table["pairs"] = groups.size()
    table["funds"] = pd.cut(turnover, edges, right=False).value_counts().reindex(table.index)
    limits = table.index.categories if hasattr(table.index, "categories") else table.index
    return table.assign(low=[i.left for i in limits], high=[i.right for i in limits]).reset_index(drop=True)


def smallest_quiet_turnover(noise: pd.DataFrame, near: float = NEAR) -> float:
    """Return the lower limit of the first class from which on the median correlation stays at ``near`` or above."""
    good = (noise["median"] >= near) | noise["median"].isna()
    steady = good[::-1].cummin()[::-1] & noise["median"].notna()
    return float(noise.loc[steady, "low"].min()) if steady.any() else float("nan")


def doubtful_codes(
    keys: pd.Series, returns: pd.DataFrame, kinds: pd.Series, margin: float = 0.02, least: int = 2
) -> pd.DataFrame:
    """Find funds that move with another index more than with their own: the vendor's code may be wrong.

    A fund's likeness to an index is the median correlation with the (other) funds of that index. Only *plain* funds
    are judged, and only against indices with at least ``least`` other funds.

    Parameters
    ----------
    keys : Series
        Key by fund code.
    returns : DataFrame
        Sessions x funds; pass funds that trade, or noise will be found.
    kinds : Series
        From :func:`fund_kinds`.
    margin : float, default 0.02
        How much closer the other index must be.
    least : int, default 2
        Funds an index needs to be compared with.

    Returns
    -------
    DataFrame
        ``code, key, own`` (likeness to its own index), ``closer_key, closer``, widest gap first.
    """
    codes = [c for c in returns.columns if c in keys.index and kinds.get(c) == "plain"]
    key = keys.reindex(codes).to_numpy(dtype=object)
    rho = correlation(returns[codes])
    np.fill_diagonal(rho, np.nan)
    groups = [k for k, n in pd.Series(key).value_counts().items() if n >= least]
    likeness = pd.DataFrame({k: np.nanmedian(rho[:, key == k], axis=1) for k in groups}, index=codes)
    own = pd.Series([likeness.at[c, k] if k in likeness else np.nan for c, k in zip(codes, key, strict=True)], codes)
    for c, k in zip(codes, key, strict=True):
        if k in likeness:
            likeness.at[c, k] = np.nan
    best = likeness.fillna(-1.0)
    table = pd.DataFrame(
        {"code": codes, "key": key, "own": own.to_numpy(), "closer_key": best.idxmax(axis=1).to_numpy()}
    )
    table["closer"] = best.max(axis=1).to_numpy()
    found = table[table["closer"] > table["own"] + margin]
    return found.sort_values("own", ignore_index=True)


def compare_survivors(etf_list: pd.DataFrame, etf_daily: pd.DataFrame, **options: object) -> pd.DataFrame:
    """Run the dedup with each rule for the survivor and compare who stays.

    Parameters
    ----------
    etf_list, etf_daily : DataFrame
        Canonical tables.
    **options
        Of :func:`helpers.dedup.dedup_by_index` (``survivor`` is set here).

    Returns
    -------
    DataFrame
        By rule: ``indices``, ``contested`` (indices with more than one fund), ``differ`` (contested indices where
        another fund stands than under *earliest*), ``turnover`` (median, CNY a day), ``fee`` (mean management fee,
        fraction a year), ``listed`` (median year of listing), all over the contested indices.
    """
    rows, first = [], None
    for survivor in SURVIVORS:
        reps = dedup_by_index(etf_list, etf_daily, **{**options, "survivor": survivor}).representatives
        crowded = reps[reps["n_funds"] > 1].set_index("key")
        first = crowded["code"] if first is None else first
        rows.append(
            {
                "survivor": survivor,
                "indices": len(reps),
                "contested": len(crowded),
                "differ": int((crowded["code"] != first.reindex(crowded.index)).sum()),
                "turnover": crowded["turnover"].median(),
                "fee": crowded["mgmt_fee"].mean() if "mgmt_fee" in crowded else np.nan,
                "listed": crowded["list_date"].dt.year.median(),
            }
        )
    return pd.DataFrame(rows)


def lost_when_filtered_last(result: DedupResult, etf_list: pd.DataFrame, min_amount: float, **options) -> pd.DataFrame:
    """Find the indices that vanish when the representative is chosen first and turnover is asked for later.

    Parameters
    ----------
    result : DedupResult
        With the filter first (S000's order).
    etf_list : DataFrame
        The fund list.
    min_amount : float
        The filter, CNY a day.
    **options
        ``etf_daily``, ``date``, ``survivor`` and so on, as for ``result``.

    Returns
    -------
    DataFrame
        One row per lost index: ``key, first`` (the representative without filter), ``first_turnover``, ``stands``
        (the fund S000's order keeps) and ``stands_turnover``.
    """
    daily = options.pop("etf_daily", None)
    late = dedup_by_index(etf_list, daily, **options).representatives.set_index("key")
    now = result.representatives.set_index("key")
    both = now.join(late[["code", "turnover"]].add_suffix("_first"), how="inner")
    lost = both[~(both["turnover_first"] >= min_amount)].reset_index()
    columns = {
        "code_first": "first",
        "turnover_first": "first_turnover",
        "code": "stands",
        "turnover": "stands_turnover",
    }
    return lost.rename(columns=columns)[["key", *columns.values()]]


def blind_keys(etf_list: pd.DataFrame, hide: tuple[str, ...]) -> pd.DataFrame:
    """Hide columns of funds whose index is known and see how much of the truth each scheme still finds.

    Parameters
    ----------
    etf_list : DataFrame
        The fund list.
    hide : tuple of str
        Columns to blank, such as ``("index_code",)`` or ``("index_code", "index_name")``.

    Returns
    -------
    DataFrame
        By scheme: ``pairs`` (of funds that share an index), ``found`` and ``right`` (fractions, see
        :func:`helpers.dedup.index_keys.pair_agreement`).
    """
    known = etf_list[etf_list["index_code"].notna()]
    if "index_code" in hide and "index_name" not in hide:
        known = known[known["index_name"].notna()]
    truth = index_keys(known).set_index("code")["key"]
    blank = known.assign(**{column: pd.Series(pd.NA, index=known.index, dtype="str") for column in hide})
    found = {scheme: index_keys(blank, scheme).set_index("code")["key"] for scheme in ("article", "normalised")}
    return pd.DataFrame({scheme: pair_agreement(key, truth) for scheme, key in found.items()}).T
