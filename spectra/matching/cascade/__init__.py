"""Exact top-k search by inner products, most rows being ruled out by bounds on their compressed codes."""

from .index import CascadeError, CascadeIndex, Weighting, build_cascade, weigh
from .search import Job, Ranking, make_job, search_best, search_many, search_one, shifted

__all__ = [
    "CascadeError",
    "CascadeIndex",
    "Job",
    "Ranking",
    "Weighting",
    "build_cascade",
    "make_job",
    "search_best",
    "search_many",
    "search_one",
    "shifted",
    "weigh",
]
