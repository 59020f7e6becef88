"""Evidence that one reference explains a near infrared spectrum: several measures, weighed together."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..bands import Bands, explained, find_bands
from ..evidence import Evidence
from ..metrics import hqi
from .domain import curvature, window_points

BAND_TOLERANCE_NM: Final = 12.0
"""Distance within which two bands are at the same place, after alignment."""

MIN_BAND_SHARE: Final = 0.03
"""Share of the deepest curvature below which a band does not count."""

OFF_AXIS_NM: Final = 1.5
"""Shift beyond which the instrument is to be checked."""

SHIFT_UNIT_NM: Final = 2.0
"""What a shift is counted in."""

CLIP: Final = 0.002
"""Distance that correlations keep from 0 and 1 before their log odds are taken."""

WEIGHTS: Final = MappingProxyType(
    {"constant": -8.76, "root": 2.65, "explained": 5.38, "lone_band": -1.43, "shift": -1.03}
)


@dataclass(frozen=True)
class NirEvidence(Evidence):
    """How well one reference explains a near infrared spectrum, after alignment.

    The fields of ``Evidence`` mean here: ``correlation`` that of the signed roots of the second
    derivatives, less the shift's penalty; ``derivative`` and ``hqi`` are of the second derivatives;
    bands are their minima; ``coverage`` counts the root of the curvature; ``structure`` is the
    effective number of bands.

    Attributes
    ----------
    root : float
        Correlation of the signed roots on the common range.
    shift_nm : float
        What was added to the query's axis.
    """

    root: float = 0.0
    shift_nm: float = 0.0

    @property
    def off_axis(self) -> bool:
        """Whether the axis is off by more than instruments should be."""
        return abs(self.shift_nm) > OFF_AXIS_NM


@dataclass(frozen=True, eq=False)
class NirSide:
    """One side of a comparison on the whole grid.

    Attributes
    ----------
    absorbance : array, shape (m,)
        0 where nothing was measured.
    root : array, shape (m,)
        Signed roots of the second derivative; 0 outside the stretch.
    first, last : int
        First compared column and the one after the last.
    """

    absorbance: NDArray[np.floating]
    root: NDArray[np.floating]
    first: int
    last: int


def weigh_nir(
    query: NirSide, reference: NirSide, *, step_nm: float, shift_nm: float = 0.0, penalty: float = 0.0
) -> NirEvidence:
    """Evidence that a reference explains a query.

    Parameters
    ----------
    query, reference : NirSide
        On the same grid, the query already shifted.
    step_nm : float
        Grid step, nm.
    shift_nm : float
        What was added to the query's axis.
    penalty : float
        What that shift costs.
    """
    first, last = max(query.first, reference.first), min(query.last, reference.last)
    common = slice(first, last)
    ours, theirs = (np.asarray(side.root[common], dtype=np.float64) for side in (query, reference))
    # derivatives need what was measured beyond the common range, or nothing at all of it
    our_curves, their_curves = (_curved(side, common, step_nm) for side in (query, reference))
    our_bands, their_bands = _bands(our_curves), _bands(their_curves)
    tolerance = BAND_TOLERANCE_NM / step_nm
    root = _cosine(ours, theirs)
    return NirEvidence(
        correlation=root - penalty,
        derivative=_cosine(our_curves, their_curves),
        hqi=hqi(our_curves, their_curves),  # absorbances themselves differ by what scattering bends
        query_explained=explained(our_bands, their_bands, tolerance=tolerance),
        reference_explained=explained(their_bands, our_bands, tolerance=tolerance),
        coverage=information(reference.root, slice(query.first, query.last)),
        structure=their_bands.structure,
        shift_cm1=0.0,
        root=root,
        shift_nm=shift_nm,
    )


def information(root: NDArray[np.floating], inside: slice) -> float:
    """Share of a reference's curvature, by its root, that lies inside a range of columns."""
    sizes = np.square(np.asarray(root, dtype=np.float64))
    whole = float(sizes.sum())
    return min(1.0, float(sizes[inside].sum()) / whole) if whole > 0 else 0.0


def nir_log_odds(evidence: NirEvidence) -> float:
    """Weigh the pieces of evidence into one figure, the log odds that the reference is right.

    Logistic, every weight bounded to the sign it must have, fitted as ``docs/method-nir.md`` says.
    """
    pieces = pieces_of(evidence)
    return WEIGHTS["constant"] + sum(WEIGHTS[name] * value for name, value in pieces.items())


def pieces_of(evidence: NirEvidence) -> dict[str, float]:
    """Name what the weights of ``nir_log_odds`` are multiplied with."""
    structure = max(evidence.structure, 1.0)
    return {
        "root": _logit(evidence.root),
        "explained": math.sqrt(max(evidence.query_explained * evidence.reference_explained, 0.0)),
        "lone_band": 1.0 / structure,
        "shift": (evidence.shift_nm / SHIFT_UNIT_NM) ** 2,
    }


def _logit(correlation: float) -> float:
    kept = min(max(correlation, CLIP), 1.0 - CLIP)
    return math.log(kept / (1.0 - kept))


def _cosine(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    length = math.sqrt(float(ours @ ours) * float(theirs @ theirs))
    return float(ours @ theirs) / length if length > 0 else 0.0


def _curved(side: NirSide, common: slice, step_nm: float) -> NDArray[np.float64]:
    """Curvature on the common columns, from what was measured to both sides of them."""
    reach = window_points(step_nm) // 2
    low = max(common.start - reach, 0)
    # a stretch leaves out more than the window reaches, so this was measured
    part = np.asarray(side.absorbance[low : common.stop + reach], dtype=np.float64)
    start = common.start - low
    return curvature(part, step_nm)[start : start + common.stop - common.start]


def _bands(curved: NDArray[np.float64]) -> Bands:
    depth = np.maximum(-curved, 0.0)
    deepest = float(depth.max(initial=0.0))
    return find_bands(depth, min_prominence=MIN_BAND_SHARE * deepest if deepest > 0 else np.inf)
