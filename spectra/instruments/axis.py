"""Offset and stretch of an axis from bands whose places are known, with what is not known of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

PIVOT_CM1: Final = 1000.0
"""Raman shift that the offset is stated for, and that a stretch leaves alone."""
COVERAGE_FACTOR: Final = 2.0
MIN_BANDS_FOR_STRETCH: Final = 4
MIN_SPAN_FOR_STRETCH_CM1: Final = 500.0
MAX_STRETCH: Final = 0.02
"""An axis that is stretched by more is a fault."""

UNKNOWN_STRETCH: Final = 1e-3
"""Standard uncertainty of a stretch that the bands do not tell. Of the instruments that were measured
none had more than 1.5e-3, but for one whose axis was off by 4 cm⁻¹."""

_REJECT: Final = 3.0
"""Robust standard deviations from which on a band is left out."""
_MAD_TO_SIGMA: Final = 1.4826
_ROUNDS: Final = 10

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BandPair:
    """One band: where it should be, where it was measured, and how well both are known.

    Attributes
    ----------
    certified_cm1, measured_cm1 : float
        Raman shifts.
    certified_standard_cm1, measured_standard_cm1 : float
        Standard uncertainties of both.
    """

    certified_cm1: float
    measured_cm1: float
    certified_standard_cm1: float
    measured_standard_cm1: float


@dataclass(frozen=True)
class FittedBand:
    """A band after the fit.

    Attributes
    ----------
    pair : BandPair
        What was fitted.
    residual_cm1 : float
        Certified position less the corrected measured one.
    used : bool
        False for a band that the robust fit left out.
    """

    pair: BandPair
    residual_cm1: float
    used: bool


@dataclass(frozen=True)
class AxisFit:
    """How an axis is to be corrected: ``x + offset_cm1 + stretch * (x - PIVOT_CM1)``.

    Attributes
    ----------
    offset_cm1 : float
        At ``PIVOT_CM1``.
    offset_expanded_cm1 : float
        Its expanded uncertainty (k = 2), never below that of the standard.
    stretch : float
        Dimensionless; 0 where the bands do not tell.
    stretch_expanded : float or None
        Its expanded uncertainty (k = 2); None where it was not fitted.
    rms_cm1 : float
        Root mean square of the residuals of the bands used.
    bands : tuple of FittedBand
        In order of position.
    """

    offset_cm1: float
    offset_expanded_cm1: float
    stretch: float
    stretch_expanded: float | None
    rms_cm1: float
    bands: tuple[FittedBand, ...]

    @property
    def n_used(self) -> int:
        """Bands that the fit rests on."""
        return sum(band.used for band in self.bands)

    @property
    def n_rejected(self) -> int:
        """Bands that were left out as outliers."""
        return len(self.bands) - self.n_used

    @property
    def range_cm1(self) -> tuple[float, float]:
        """Lowest and highest certified position used: outside of it the correction is extrapolated."""
        used = [band.pair.certified_cm1 for band in self.bands if band.used]
        return min(used), max(used)

    def correction_cm1(self, at_cm1: float) -> float:
        """Tell what is to be added at a Raman shift."""
        return self.offset_cm1 + self.stretch * (at_cm1 - PIVOT_CM1)


def fit_axis(pairs: Sequence[BandPair], *, common_standard_cm1: float) -> AxisFit:
    """Fit offset and stretch, leaving out bands that stand apart from the others.

    A line through two bands, or an offset alone, for which the median residual is least (least median of
    squares: Rousseeuw, J. Am. Stat. Assoc. 79 (1984) 871) says which bands belong together; those are fitted
    by weighted least squares, weights from the uncertainties of both positions. Where the residuals are
    larger than those uncertainties, the covariance grows with them (Birge, Phys. Rev. 40 (1932) 207).
    What the positions of a standard have in common is added to the offset's uncertainty in the end: no number
    of bands takes it away.

    Parameters
    ----------
    pairs : sequence of BandPair
        At least one.
    common_standard_cm1 : float
        Standard uncertainty that all certified positions may share.

    Returns
    -------
    AxisFit
        For fewer than ``MIN_BANDS_FOR_STRETCH`` bands, or bands that span less than
        ``MIN_SPAN_FOR_STRETCH_CM1``, with stretch 0, its uncertainty None, and what a stretch of
        ``UNKNOWN_STRETCH`` would do in the uncertainty of the offset.
    """
    ordered = sorted(pairs, key=lambda pair: pair.certified_cm1)
    x = np.array([pair.measured_cm1 for pair in ordered]) - PIVOT_CM1
    y = np.array([pair.certified_cm1 - pair.measured_cm1 for pair in ordered])
    sigma = np.array([np.hypot(p.certified_standard_cm1, p.measured_standard_cm1) for p in ordered])
    used = np.ones(x.size, dtype=bool)
    if x.size > 2:
        used = _near(x, y, sigma, _first_line(x, y))
    for _ in range(_ROUNDS):
        values, covariance = _weighted(x[used], y[used], sigma[used])
        again = _near(x, y, sigma, values) if x.size > 2 else used
        if bool((again == used).all()):
            break
        used = again
    values, covariance = _weighted(x[used], y[used], sigma[used])
    residual = y - values[0] - values[1] * x
    stretched = _tells_stretch(x[used])
    bands = tuple(
        FittedBand(pair, float(r), bool(u)) for pair, r, u in zip(ordered, residual, used, strict=True)
    )
    return AxisFit(
        offset_cm1=float(values[0]),
        offset_expanded_cm1=COVERAGE_FACTOR * float(np.hypot(np.sqrt(covariance[0, 0]), common_standard_cm1)),
        stretch=float(values[1]),
        stretch_expanded=COVERAGE_FACTOR * float(np.sqrt(covariance[1, 1])) if stretched else None,
        rms_cm1=float(np.sqrt(np.mean(residual[used] ** 2))),
        bands=bands,
    )


def _tells_stretch(x: Array) -> bool:
    return bool(x.size >= MIN_BANDS_FOR_STRETCH and np.ptp(x) >= MIN_SPAN_FOR_STRETCH_CM1)


def _first_line(x: Array, y: Array) -> Array:
    """Line with the least median residual; an offset alone wins where it is as good."""
    lines = [(float(np.median(y)), 0.0)]
    if _tells_stretch(x):
        for a, b in combinations(range(x.size), 2):
            if abs(x[b] - x[a]) < MIN_SPAN_FOR_STRETCH_CM1 / 2:
                continue
            slope = float((y[b] - y[a]) / (x[b] - x[a]))
            if abs(slope) <= MAX_STRETCH:
                lines.append((float(y[a] - slope * x[a]), slope))
    medians = [float(np.median(np.abs(y - level - slope * x))) for level, slope in lines]
    return np.array(lines[int(np.argmin(medians))])


def _near(x: Array, y: Array, sigma: Array, values: Array) -> NDArray[np.bool_]:
    """Bands within what the uncertainties and the typical residual allow; never fewer than half."""
    scaled = np.abs(y - values[0] - values[1] * x) / sigma
    limit = _REJECT * max(1.0, _MAD_TO_SIGMA * float(np.median(scaled)))
    near: NDArray[np.bool_] = scaled <= limit
    return near


def _weighted(x: Array, y: Array, sigma: Array) -> tuple[Array, Array]:
    """Weighted least squares: offset and stretch with their covariance."""
    stretched = _tells_stretch(x)
    design = np.column_stack([np.ones_like(x), x]) if stretched else np.ones((x.size, 1))
    weighted = design / sigma[:, None]
    normal = weighted.T @ weighted
    values = np.linalg.solve(normal, weighted.T @ (y / sigma))
    residual = (y - design @ values) / sigma
    freedom = x.size - design.shape[1]
    birge = max(1.0, float(residual @ residual) / freedom) if freedom > 0 else 1.0
    covariance = np.zeros((2, 2))
    covariance[: values.size, : values.size] = np.linalg.inv(normal) * birge
    if not stretched:  # how far the pivot is from the bands
        centre = float((x / sigma**2).sum() / (1 / sigma**2).sum())
        covariance[0, 0] += (UNKNOWN_STRETCH * centre) ** 2
    return np.array([values[0], values[1] if stretched else 0.0]), covariance
