"""The domain in which near infrared spectra are compared: roots of their second derivative.

A powder's absorbance carries an offset and a slope of scattering that say nothing of the substance. The
second derivative takes both away; what is left of their factor, every score here takes away, so that
scatter correction (SNV, MSC) before it would change nothing. Its root, with the sign kept, lets weak
bands count beside the few strong overtones, and the ends of the range, where detectors are weak, no
more than the rest.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...preprocessing.smoothing import savgol

WINDOW_NM: Final = 42.0
"""Width of the Savitzky-Golay window (third degree).

Measured (``docs/method-nir.md``): of 30 to 54 nm the widths differ little where points are 4 nm apart;
below some 40 nm instruments with points 10 nm apart no longer agree with others.
"""

EDGE_NM: Final = 40.0
"""What is left out at both ends: half a window, where the polynomial is one-sided, and as much again, where
detectors and lamps of handhelds are weak. With 40 nm instead of 20 a single scan as reference tells its
substance from the others in all scans of one handheld instead of 98.4 %."""

FLOOR: Final = 0.2
"""Share of the derivative's root mean square below which its root is damped: noise, mostly."""


def window_points(step_nm: float) -> int:
    """Odd number of grid points of the window."""
    return 2 * round(WINDOW_NM / step_nm / 2) + 1


def edge_points(step_nm: float) -> int:
    """Grid points left out at either end."""
    return round(EDGE_NM / step_nm)


def curvature(absorbance: NDArray[np.floating], step_nm: float) -> NDArray[np.float64]:
    """Second derivative of absorbance, negative at a band.

    Parameters
    ----------
    absorbance : array, shape (..., m)
        On an even axis, without gaps, at least ``window_points`` long.
    step_nm : float
        Distance of the points, nm.

    Returns
    -------
    array, shape (..., m)
        In absorbance per nm²; unreliable within ``EDGE_NM`` of the ends.
    """
    values = np.asarray(absorbance, dtype=np.float64)
    return savgol(values, window_points(step_nm), poly_order=3, order=2) / step_nm**2


def signed_root(curved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Root of a second derivative's size with its sign, damped below ``FLOOR`` of its spread.

    Parameters
    ----------
    curved : array, shape (m,)
        One spectrum, on what was measured of it.

    Returns
    -------
    array, shape (m,)
        Of unit length; zeros for a spectrum without any curvature.
    """
    spread = float(np.sqrt(np.mean(curved**2))) if curved.size else 0.0
    if spread <= 0.0:
        return np.zeros(curved.size)
    relative = curved / spread
    root = relative / np.sqrt(np.abs(relative) + FLOOR)
    return root / np.linalg.norm(root)
