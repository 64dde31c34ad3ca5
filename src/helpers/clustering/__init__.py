"""Clusters of funds from trailing correlations, month by month, each known at its own date (S000)."""

from helpers.clustering.months import (
    Settings,
    cluster_month,
    cluster_months,
    month_sample,
    representatives,
    usable_dates,
)
from helpers.clustering.partition import cluster, medoids, silhouette
from helpers.correlation import correlation_distance

__all__ = [
    "Settings",
    "cluster",
    "cluster_month",
    "cluster_months",
    "correlation_distance",
    "medoids",
    "month_sample",
    "representatives",
    "silhouette",
    "usable_dates",
]
