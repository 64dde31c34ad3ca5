"""What an index is made of: concentration, industries, overlap, purity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.index_research.structure import concentration, industry_mix, overlap_with, purity_and_breadth
from helpers.tables import MissingTable

DAY = pd.Timestamp("2025-06-30")


def frame(**indices: dict[str, float]) -> pd.DataFrame:
    rows = [(DAY, name, code, w) for name, weights in indices.items() for code, w in weights.items()]
    return pd.DataFrame(rows, columns=["date", "index_code", "code", "weight"])


@given(st.integers(1, 60), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_effective_number_lies_between_one_and_the_members(n, seed):
    weight = np.random.default_rng(seed).dirichlet(np.ones(n))
    row = concentration(frame(A=dict(zip([f"s{i}" for i in range(n)], weight, strict=True)))).loc[(DAY, "A")]
    assert row["members"] == n and 1 - 1e-9 <= row["effective"] <= n + 1e-9
    assert row["effective"] == pytest.approx(1 / (weight**2).sum())
    assert row["top_ten"] == pytest.approx(np.sort(weight)[-10:].sum()) and row["largest"] == pytest.approx(
        weight.max()
    )


def test_equal_weights_are_as_many_as_they_are():
    row = concentration(frame(A={f"s{i}": 0.05 for i in range(20)})).loc[(DAY, "A")]
    assert row["effective"] == pytest.approx(20) and row["top_ten"] == pytest.approx(0.5)


def test_overlap_is_the_weight_in_common():
    table = frame(A={"x": 0.5, "y": 0.5}, B={"x": 0.2, "z": 0.8}, C={"x": 0.5, "y": 0.5}, D={"z": 1.0})
    assert overlap_with(table, "A").to_dict() == pytest.approx({"C": 1.0, "B": 0.2, "D": 0.0})
    assert overlap_with(table, "B")["A"] == overlap_with(table, "A")["B"]
    with pytest.raises(MissingTable, match="no weights of Z"):
        overlap_with(table, "Z")
    with pytest.raises(ValueError, match="one date"):
        overlap_with(pd.concat([table, table.assign(date=DAY + pd.Timedelta(days=1))]), "A")


def labels() -> pd.DataFrame:
    names = {"x": "银行", "y": "电子", "z": "电子"}
    return pd.DataFrame(
        {"code": list(names), "scheme": "SW2021_L1", "industry_code": ["801780", "801080", "801080"]}
    ).assign(industry_name=list(names.values()), start=pd.Timestamp("2020-01-01"), end=pd.NaT)


def test_purity_is_the_weight_of_the_largest_industry():
    table = frame(A={"x": 0.4, "y": 0.35, "z": 0.25}, B={"x": 1.0})
    found = purity_and_breadth(table, labels(), "SW2021_L1").loc[DAY]
    assert found.loc["A", "industry"] == "电子" and found.loc["A", "purity"] == pytest.approx(0.6)
    assert found.loc["B", "purity"] == 1 and found.loc["B", "breadth"] == 1
    mix = industry_mix(table, labels(), "SW2021_L1")
    assert mix.sum(axis=1).to_numpy() == pytest.approx(1)


@pytest.mark.snapshot
def test_the_real_indices_of_june_2025(snapshot_dir):
    weights = pd.read_parquet(snapshot_dir / "index_weights.parquet")
    weights = weights[weights["date"] == DAY]
    shape = concentration(weights).loc[DAY]
    assert len(shape) > 380
    # a fund's full holdings: the members, and new listings it was allotted
    assert 300 <= shape.loc["000300", "members"] < 350 and 80 < shape.loc["000300", "effective"] < 150
    assert shape.loc["H50040", "members"] == 50
    common = overlap_with(weights, "000300")
    assert common["000905"] < 0.01 and common["000906"] > 0.7
    assert overlap_with(weights, "H50040").index[0] == "H30269"  # 红利低波, the same idea on both exchanges
