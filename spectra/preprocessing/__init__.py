"""Preprocessing steps and the pipeline that names their order.

A step is a function ``(axis, intensity, *, …) -> (axis, intensity)`` with the spectral axis last,
so one function serves a spectrum and a whole library. Steps never change their inputs.
"""

from .absorbance import absorbance, absorbance_from_counts, kubelka_munk
from .axis import covered_columns, crop, resample
from .baseline import baseline, fit_baseline, pybaselines_baseline
from .defaults import NIR_GRID, NIR_PIPELINE, RAMAN_GRID, RAMAN_PIPELINE
from .local_polynomial import derivative_nm, local_polynomial
from .masks import bridge_bands
from .ordinate import as_absorbance
from .pipeline import STEPS, Pipeline, Step, StepRecord, check_same
from .resolution import broaden
from .scaling import clip, normalize, snv, square_root
from .scatter import ScatterFit, detrend, emsc, msc
from .smoothing import derivative, smooth
from .spikes import despike, find_spikes

__all__ = [
    "NIR_GRID",
    "NIR_PIPELINE",
    "RAMAN_GRID",
    "RAMAN_PIPELINE",
    "STEPS",
    "Pipeline",
    "ScatterFit",
    "Step",
    "StepRecord",
    "absorbance",
    "absorbance_from_counts",
    "as_absorbance",
    "baseline",
    "bridge_bands",
    "broaden",
    "check_same",
    "clip",
    "covered_columns",
    "crop",
    "derivative",
    "derivative_nm",
    "despike",
    "detrend",
    "emsc",
    "find_spikes",
    "fit_baseline",
    "kubelka_munk",
    "local_polynomial",
    "msc",
    "normalize",
    "pybaselines_baseline",
    "resample",
    "smooth",
    "snv",
    "square_root",
]
