"""Preprocessing steps and the pipeline that names their order.

A step is a function ``(axis, intensity, *, …) -> (axis, intensity)`` with the spectral axis last,
so one function serves a spectrum and a whole library. Steps never change their inputs.
"""

from .axis import covered_columns, crop, resample
from .baseline import baseline, fit_baseline, pybaselines_baseline
from .defaults import RAMAN_GRID, RAMAN_PIPELINE
from .pipeline import STEPS, Pipeline, Step, StepRecord, check_same
from .scaling import clip, normalize, snv, square_root
from .smoothing import derivative, smooth
from .spikes import despike, find_spikes

__all__ = [
    "RAMAN_GRID",
    "RAMAN_PIPELINE",
    "STEPS",
    "Pipeline",
    "Step",
    "StepRecord",
    "baseline",
    "check_same",
    "clip",
    "covered_columns",
    "crop",
    "derivative",
    "despike",
    "find_spikes",
    "fit_baseline",
    "normalize",
    "pybaselines_baseline",
    "resample",
    "smooth",
    "snv",
    "square_root",
]
