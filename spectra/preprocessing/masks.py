"""Named stretches of the NIR that may be left out of a comparison: where water speaks and not the sample."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows

Mask = Literal["water", "vapour"]

MASKS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "water": ((1400.0, 1500.0), (1880.0, 1980.0)),
    "vapour": ((1340.0, 1480.0), (1770.0, 1970.0)),
}
"""Ranges in nm, ends included.

``water``: around the overtone and the combination band of liquid water at 1450 and 1940 nm (Curcio and
Petty 1951, 10.1364/JOSA.41.000302), for samples whose moisture varies. ``vapour``: the atmosphere's
bands as field spectrometers leave them out (1340 to 1480 and 1770 to 1970 nm), for open beams.
"""


def outside(axis: FloatArray, *, mask: str) -> NDArray[np.bool_]:
    """Which points a named mask keeps.

    Parameters
    ----------
    axis : array, shape (m,)
        Wavelength, nm.
    mask : str
        A key of ``MASKS``.

    Returns
    -------
    array, shape (m,), bool
        False inside the named ranges.

    Raises
    ------
    PipelineError
        An unknown mask.
    """
    if mask not in MASKS:
        raise PipelineError(f"mask {mask!r}: expected one of {', '.join(MASKS)}")
    points = np.asarray(axis, dtype=np.float64)
    kept = np.ones(points.shape, dtype=bool)
    for low, high in MASKS[mask]:
        kept &= (points < low) | (points > high)
    return kept


def bridge_bands(
    axis: FloatArray, intensity: FloatArray, *, mask: Mask = "water"
) -> tuple[FloatArray, FloatArray]:
    """Draw a straight line across named bands, so that nothing in them is compared.

    All points stay, since rows of a library share one grid; a line has no second derivative and a
    constant first one. At an end of the axis the nearest point outside the band is held.

    Parameters
    ----------
    axis : array, shape (m,)
        Wavelength in nm, ascending.
    intensity : array, shape (..., m)
        One or many spectra.
    mask : str
        A key of ``MASKS``.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)

    Raises
    ------
    PipelineError
        An unknown mask, or one that leaves no point.
    """
    axis, intensity = as_rows(axis, intensity)
    kept = np.flatnonzero(outside(axis, mask=mask))
    if kept.size == 0:
        raise PipelineError(f"mask {mask!r} leaves no point from {axis[0]:g} to {axis[-1]:g} nm")
    bridged = intensity.copy()
    gone = np.setdiff1d(np.arange(axis.size), kept)
    right = np.searchsorted(kept, gone)
    before, after = kept[np.maximum(right - 1, 0)], kept[np.minimum(right, kept.size - 1)]
    distance = axis[after] - axis[before]
    share = np.where(distance > 0, (axis[gone] - axis[before]) / np.where(distance > 0, distance, 1.0), 0.0)
    start = intensity[..., before]
    bridged[..., gone] = start + (intensity[..., after] - start) * share
    return axis.copy(), bridged
