"""Broaden the sharper of two spectra to the resolution of the other."""

from functools import lru_cache
from typing import Final

import numpy as np

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows

_SIGMA_PER_FWHM: Final = 1 / (2 * np.sqrt(2 * np.log(2)))
_REACH: Final = 4.0
"""Standard deviations after which a Gaussian of the broadening is cut off."""


def broaden(
    axis: FloatArray, intensity: FloatArray, *, from_nm: float, to_nm: float
) -> tuple[FloatArray, FloatArray]:
    """Show a spectrum as an instrument of lower resolution would.

    Gaussian line shapes are assumed on both sides, so widths add as squares: the spectrum is convolved
    with a Gaussian of full width √(to² - from²). Only ever broadened: one that is as broad already
    is returned as it is. At the ends a line is fitted in the same window (local linear
    regression), so that a slope stays a slope.

    Parameters
    ----------
    axis : array, shape (m,)
        Wavelength in nm, ascending, not necessarily even.
    intensity : array, shape (..., m)
        One or many spectra.
    from_nm, to_nm : float
        Resolution (full width at half maximum) it has and is to have, nm.

    Returns
    -------
    axis : array, shape (m,)
        As given.
    intensity : array, shape (..., m)

    Raises
    ------
    PipelineError
        A resolution that is negative, or a target that is not positive.
    """
    axis, intensity = as_rows(axis, intensity)
    if not (from_nm >= 0 and to_nm > 0):
        raise PipelineError(f"resolution from {from_nm:g} to {to_nm:g} nm: expected 0 or more, and above 0")
    if to_nm <= from_nm or axis.size < 2:
        return axis.copy(), intensity.copy()
    sigma = float(np.sqrt(to_nm**2 - from_nm**2)) * _SIGMA_PER_FWHM
    level = intensity[..., :1]
    return axis.copy(), (intensity - level) @ _gaussians(axis.tobytes(), sigma).T + level


@lru_cache(maxsize=8)
def _gaussians(axis_bytes: bytes, sigma: float) -> FloatArray:
    """Row i gives the broadened value at point i; each row keeps constants and lines."""
    axis = np.frombuffer(axis_bytes)
    distance = axis - axis[:, None]
    width = np.gradient(axis)
    kernel = np.exp(-0.5 * (distance / sigma) ** 2) * width
    kernel[np.abs(distance) > _REACH * sigma] = 0.0
    scaled = distance / sigma
    total = kernel.sum(axis=1, keepdims=True)
    first = (kernel * scaled).sum(axis=1, keepdims=True)
    second = (kernel * scaled**2).sum(axis=1, keepdims=True)
    spread = second * total - first**2
    straight = spread > 1e-9 * total**2
    local = kernel * (second - first * scaled) / np.where(straight, spread, 1.0)
    rows: FloatArray = np.where(straight, local, kernel / total)
    rows.flags.writeable = False
    return rows
