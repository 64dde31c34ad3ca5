"""How far to pull simulated weights to the last report, chosen each quarter from what was known by then."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.active_funds.study import Judged
from helpers.tables import MissingTable

__all__ = ["choose_pulls", "pull_facts"]

KEPT = "carried"  # the report left as it is: the limit of an infinite pull
LAG = 2  # quarters until the report that judges a quarter is out for certain
LEAST = 4  # quarters judged before the first choice


def choose_pulls(errors: pd.DataFrame, lag: int = LAG, least: int = LEAST) -> pd.DataFrame:
    """Choose, quarter by quarter, what has erred least so far.

    Parameters
    ----------
    errors : DataFrame
        Quarters, ascending, × candidates (``carried`` and pulls): share of weight in the wrong industry.
    lag : int
        Quarters back from which errors are known: the report on a quarter is announced after its end.
    least : int
        Quarters judged before the first choice.

    Returns
    -------
    DataFrame
        Quarters from the first choice on × ``chosen`` (a candidate's name; of equal ones ``carried``, then the first),
        ``error`` (of the chosen) and ``carried`` (the error of keeping the report).

    Examples
    --------
    >>> errors = pd.DataFrame({"carried": [0.2] * 4, "pull 1": [0.1, 0.1, 0.3, 0.3]})
    >>> choose_pulls(errors, lag=1, least=1)["chosen"].tolist()
    ['pull 1', 'pull 1', 'pull 1']
    """
    first = [KEPT, *(name for name in errors if name != KEPT)]
    whole = errors[first].dropna()
    past = whole.expanding().mean().shift(lag).iloc[least + lag - 1 :]
    chosen = past.idxmin(axis=1)
    rows = whole.loc[past.index]
    error = rows.to_numpy()[np.arange(len(rows)), whole.columns.get_indexer(chosen)]
    return pd.DataFrame({"chosen": chosen, "error": error, KEPT: rows[KEPT]})


def pull_facts(judged: Judged) -> dict[str, object]:
    """Set a pull chosen walk-forward, and the run's own, beside keeping the report, on the same quarters.

    Parameters
    ----------
    judged : Judged
        Of :func:`helpers.active_funds.study.judge_simulation`.

    Returns
    -------
    dict
        ``quarters`` (with a choice), ``kept`` (of them, those in which keeping the report was chosen), ``chosen, own,
        carried`` (mean errors), ``lost`` (quarters in which the run's own pull erred more than the kept report),
        ``carrying`` (whether keeping erred no more than either).

    Raises
    ------
    MissingTable
        If nothing could be simulated, or too few quarters are judged for a choice.
    """
    if judged.pulled is None or judged.pulled.empty:
        raise MissingTable(("fund_nav", "industry_daily"), "without both of them no weights can be simulated")
    choice = choose_pulls(judged.pulled.join(judged.errors[[KEPT]]))
    if choice.empty:
        raise MissingTable("fund_holdings", f"a choice needs more than {LEAST + LAG} quarters with reports")
    own = judged.errors["simulated"].reindex(choice.index)
    mean = {"chosen": choice["error"].mean(), "own": own.mean(), "carried": choice[KEPT].mean()}
    return {
        "quarters": len(choice),
        "kept": int((choice["chosen"] == KEPT).sum()),
        **mean,
        "lost": int((own > choice[KEPT]).sum()),
        "carrying": bool(mean["carried"] <= min(mean["chosen"], mean["own"])),
    }
