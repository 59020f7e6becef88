"""Evidence that one reference explains a query: several measures, never one correlation alone.

A single correlation misleads in known ways: a substance with one band correlates with every other
of that band, a strong band hides that the weak ones differ, half the reference may lie outside what
was measured. So each candidate is judged by its square-root correlation, its derivative
correlation, bands explained both ways, coverage and the amount of structure there was to agree on.
"""

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alignment import SHIFT_DEVIATION_CM1, refine
from .bands import Bands, explained, find_bands
from .metrics import hqi, pearson

BAND_TOLERANCE_POINTS: Final = 4.0
"""Grid points within which two bands are at the same place, after alignment."""

SEGMENT_POINTS: Final = 12
"""Grid points to either side of a band that belong to its segment."""

MIN_BAND_SHARE: Final = 0.05
"""Share of the highest band below which a band does not count."""

OFF_AXIS_CM1: Final = 3.0
"""Shift beyond which the instrument is to be checked."""

NOISE_FACTOR: Final = 4.0
"""Bands of the query must rise above the noise by this many standard deviations."""


WEIGHTS: Final = MappingProxyType(
    {
        "constant": -9.6,
        "derivative": 2.4,
        "query_explained": 2.0,
        "reference_explained": 5.6,
        "coverage": 0.8,
        "lone_band": -3.1,
        "shift": -2.4,
    }
)

BROADENED_NOISE: Final = 0.4
"""Noise that the common broadening leaves, as a share of what it was."""


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison, in the search's domain.

    Attributes
    ----------
    root : array, shape (m,), float64
        Square root of the broadened intensity; 0 where nothing was measured.
    first, last : int
        First measured column and the one after the last.
    noise : float
        Standard deviation of the noise of the intensity before broadening.
    """

    root: NDArray[np.float64]
    first: int
    last: int
    noise: float = 0.0

    def bands(self, first: int, last: int) -> Bands:
        """Bands inside a range of columns."""
        intensity = np.square(self.root[first:last])
        highest = float(intensity.max(initial=0.0))
        floor = max(MIN_BAND_SHARE * highest, NOISE_FACTOR * BROADENED_NOISE * self.noise)
        return find_bands(intensity, min_prominence=floor if highest > 0 else np.inf)


@dataclass(frozen=True)
class Evidence:
    """How well one reference explains the query, after alignment.

    All but ``shift_cm1`` are free of the scale, the offset and the grid of both.

    Attributes
    ----------
    correlation : float
        Pearson correlation of the square roots on the common range, less the shift's penalty.
    derivative : float
        Pearson correlation of the derivatives of the square roots on the segments around the
        bands of either (segment-wise comparison: 10.1039/c6an02315k).
    hqi : float
        max(r, 0)² with r the Pearson correlation of the intensities, 0 to 1.
    query_explained, reference_explained : float
        Share of the bands of one side that the other has at the same place, 0 to 1.
    coverage : float
        Share of the reference's signal that lies inside what was measured, 0 to 1.
    structure : float
        Effective number of bands of the reference inside the common range.
    shift_cm1 : float
        What was added to the query's axis.
    """

    correlation: float
    derivative: float
    hqi: float
    query_explained: float
    reference_explained: float
    coverage: float
    structure: float
    shift_cm1: float

    @property
    def off_axis(self) -> bool:
        """Whether the axis is off by more than instruments should be."""
        return abs(self.shift_cm1) > OFF_AXIS_CM1


def weigh(query: Side, reference: Side, *, shift_cm1: float = 0.0, penalty: float = 0.0) -> Evidence:
    """Evidence that a reference explains a query.

    Parameters
    ----------
    query, reference : Side
        On the same grid, the query already shifted.
    shift_cm1 : float
        What was added to the query's axis.
    penalty : float
        What that shift costs.
    """
    first, last = max(query.first, reference.first), min(query.last, reference.last)
    ours, theirs = query.root[first:last], reference.root[first:last]
    query_bands, reference_bands = query.bands(first, last), reference.bands(first, last)
    near = _near(query_bands, reference_bands, last - first - 1)
    our_slopes, their_slopes = (side[1:] - side[:-1] for side in (ours, theirs))
    inside = reference.root[query.first : query.last]
    whole = float(reference.root @ reference.root)
    return Evidence(
        correlation=pearson(ours, theirs) - penalty,
        derivative=pearson(our_slopes[near], their_slopes[near]),
        hqi=hqi(ours * ours, theirs * theirs),
        query_explained=explained(query_bands, reference_bands, tolerance=BAND_TOLERANCE_POINTS),
        reference_explained=explained(reference_bands, query_bands, tolerance=BAND_TOLERANCE_POINTS),
        coverage=float(inside @ inside) / whole if whole > 0 else 0.0,
        structure=reference_bands.structure,
        shift_cm1=shift_cm1,
    )


def weigh_refined(
    query: Side, reference: Side, *, shift_cm1: float, penalty: float, step_cm1: float
) -> Evidence:
    """Evidence after the fine part of the alignment.

    Parameters
    ----------
    query, reference, shift_cm1, penalty
        As for ``weigh``, the query at the scan's best shift.
    step_cm1 : float
        Grid step, cm⁻¹.
    """
    common = slice(max(query.first, reference.first), min(query.last, reference.last))
    root = query.root.copy()
    root[common], fine_cm1 = refine(root[common], reference.root[common], step_cm1)
    return weigh(replace(query, root=root), reference, shift_cm1=shift_cm1 + fine_cm1, penalty=penalty)


def _near(ours: Bands, theirs: Bands, size: int) -> NDArray[np.bool_]:
    """Slopes around the bands of either side: between bands there is only noise to compare."""
    # slope i lies between points i and i + 1, so this is as far to both sides
    centres = np.rint(np.concatenate([ours.position, theirs.position])).astype(np.intp)
    columns = centres[:, None] + np.arange(-SEGMENT_POINTS, SEGMENT_POINTS)
    near = np.zeros(max(size, 0) + 2 * SEGMENT_POINTS, dtype=bool)
    near[np.minimum(columns + SEGMENT_POINTS, near.size - 1)] = True
    return near[SEGMENT_POINTS : SEGMENT_POINTS + max(size, 0)]


def log_odds(evidence: Evidence) -> float:
    """Weigh the pieces of evidence into one figure, the log odds that the reference is right.

    A logistic model whose weights are bounded to the sign that each piece must have, so more
    evidence never lowers it. Fitted on the top candidates of 1,244 measured spectra of 17
    sources against the 80 references of one instrument, once with the substance in the library
    and once with it left out (``docs/method.md``); at even prior odds. It knows no particular
    library: ``confidence.calibration`` turns it into a probability for one.
    """
    structure = max(evidence.structure, 1.0)
    derivative = min(max(evidence.derivative, 0.002), 0.998)
    return (
        WEIGHTS["constant"]
        + WEIGHTS["derivative"] * math.log(derivative / (1.0 - derivative))
        + WEIGHTS["query_explained"] * evidence.query_explained
        + WEIGHTS["reference_explained"] * evidence.reference_explained
        + WEIGHTS["coverage"] * evidence.coverage
        # a shift or a lone band proves the less, the fewer bands there were to agree on
        + WEIGHTS["lone_band"] / structure
        + WEIGHTS["shift"] * (evidence.shift_cm1 / SHIFT_DEVIATION_CM1) ** 2 / structure
    )


def score(evidence: Evidence) -> float:
    """``log_odds`` brought to the range 0 to 1. A score, not a probability."""
    return score_of(log_odds(evidence))


def score_of(figure: float) -> float:
    """Bring the log odds of any evidence to the range 0 to 1. A score, not a probability."""
    return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, figure))))
