"""How sure a number is: errors of means, intervals, resampling, what chance gives, rank correlations; each once."""

from helpers.inference.means import annual_mean, mean_interval, mean_test, newey_west_lags
from helpers.inference.proportions import proportion_interval
from helpers.inference.rank_correlation import ic_summary, rank_ic
from helpers.inference.resampling import (
    block_bootstrap_interval,
    block_positions,
    permutation_p_value,
    shuffled_end_means,
)
from helpers.inference.searching import Searched, detectable, search, studentised_interval
from helpers.inference.sharpe import deflated_sharpe, minimum_track_record, sharpe_moments

__all__ = [
    "Searched",
    "annual_mean",
    "block_bootstrap_interval",
    "block_positions",
    "deflated_sharpe",
    "detectable",
    "ic_summary",
    "mean_interval",
    "mean_test",
    "minimum_track_record",
    "newey_west_lags",
    "permutation_p_value",
    "proportion_interval",
    "rank_ic",
    "search",
    "sharpe_moments",
    "shuffled_end_means",
    "studentised_interval",
]
