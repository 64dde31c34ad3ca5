"""Clusters of funds from trailing correlations, month by month, each known at its own date (S000)."""

from helpers.clustering.months import cluster_month, cluster_months, usable_dates
from helpers.clustering.partition import cluster, medoids, silhouette
from helpers.clustering.samples import Samples, Settings
from helpers.correlation import correlation_distance

__all__ = [
    "Samples",
    "Settings",
    "cluster",
    "cluster_month",
    "cluster_months",
    "correlation_distance",
    "medoids",
    "silhouette",
    "usable_dates",
]
