"""What one reference leaves of a near infrared spectrum, apart from what instruments differ by."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..search import Candidate
from .clearness import noise_curvature
from .domain import curvature, window_points
from .index import NirIndex, NirQuery

LIMIT: Final = 0.39
"""Share left from which one reference does not explain a spectrum, where the library's own scans say nothing:
right matches between instruments reach 0.31 (87), of one handheld on another day 0.38 (440)."""

OWN_LIMIT: Final = 0.17
"""The same where they say that it is unlike them. No right scan of another day is; on other instruments half
of the right matches leave less."""


def share_left(index: NirIndex, query: NirQuery, found: Candidate) -> float:
    """Measure what share of the second derivative a reference leaves, the noise taken off.

    Fitted are the reference, its slope and curvature (axis, resolution) and the reference tilted over the
    range (path length), all in the second derivative, where level and slope of scattering are nothing.

    Parameters
    ----------
    index : NirIndex
        The library.
    query : NirQuery
        On the library's grid.
    found : Candidate
        Row of the library and of the query.

    Returns
    -------
    float
        Root of the share of the sum of squares, 0 to 1.
    """
    stretches = np.stack((query.stretches[found.shift], index.stretches[found.row]))
    first, last = int(stretches[:, 0].max()), int(stretches[:, 1].min())
    step, reach = index.grid.step, window_points(index.grid.step) // 2
    columns = slice(first - reach, last + reach)
    reference = np.asarray(index.absorbance[found.row, columns], dtype=np.float64)
    slope = np.gradient(reference)
    tilted = np.linspace(-1.0, 1.0, reference.size) * reference
    terms = np.stack([reference, slope, np.gradient(slope), tilted])
    curved = curvature(terms, step)[:, reach:-reach].T
    ours = curvature(query.absorbance[found.shift, columns], step)[reach:-reach]
    return _left(ours, curved, noise_curvature(query) ** 2 * ours.size)


def _left(ours: NDArray[np.float64], terms: NDArray[np.float64], noise: float) -> float:
    """Root of the share of squares outside the terms, less what is noise of both."""
    whole = float(ours @ ours) - noise
    if whole <= 0.0:
        return 0.0
    scaled = terms / np.maximum(np.linalg.norm(terms, axis=0), np.finfo(np.float64).tiny)
    residual = ours - scaled @ np.linalg.lstsq(scaled, ours, rcond=None)[0]
    return float(np.sqrt(np.clip((float(residual @ residual) - noise) / whole, 0.0, 1.0)))
