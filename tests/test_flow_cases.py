"""A case is judged by what followed it, and a strong one is called strong."""

import numpy as np
import pandas as pd

from helpers import published
from helpers.flows.cases import case_view, printed_case


def test_the_printed_cases_are_not_significant():
    expected = {"20260112": (0.24, 0.03), "20260126": (-0.26, 0.19)}  # published/CHECKS.md, K5
    for stamp, rho in expected.items():
        case = case_view(*printed_case(published.load(f"s002_case_flow_{stamp}")))
        assert case.correlations["rho"].round(2).tolist() == list(rho)
        assert (case.correlations["p"] > 0.05).all() and (case.means["p"] > 0.05).all()
        assert case.verdict.startswith("Neither signal is significant")


def test_a_strong_case_is_called_significant_and_a_tiny_one_is_not_judged():
    names = [f"i{k}" for k in range(30)]
    after = pd.Series(np.arange(30.0), names)
    noisy = after + np.random.default_rng(0).normal(0, 3, 30)
    signals = pd.DataFrame({"a": noisy, "b": after.sample(frac=1, random_state=3).to_numpy()}, names)
    assert case_view(signals, after).verdict == "Significant at 5%: a; b not."
    assert case_view(signals.iloc[:5], after).verdict == "Too few industries to judge."
