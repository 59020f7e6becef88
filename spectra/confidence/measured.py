"""How the evidence fell on measured spectra: the statistics, not the spectra.

Log odds of the top candidate among 80 references of one 785 nm handheld (WasatchPhotonics
ENLIGHTEN, MIT), for 1,245 measured spectra of eight other sources: the same maker's second
instrument, a portable of another maker, B&W Tek and Horiba laboratory instruments at 532, 633 and
785 nm (h2020charisma, MIT), and one or two spectra of each substance and source in Open Specy
(PyPI ``pyopenspecy``: measured with, nothing of it is shipped). Made by
``python -m benchmarks.accuracy.evidence``; 21 quantiles from the lowest to the highest.
"""

from typing import Final

REFERENCES: Final = 80
"""References against which the maxima were taken."""

RIGHT: Final = (
    -1.19, 0.92, 2.29, 2.57, 3.28, 4.13, 4.4, 4.73, 4.86, 4.95, 5.12,
    5.21, 5.48, 6.13, 6.36, 6.53, 7.14, 7.51, 7.73, 8.15, 8.63,
)  # fmt: skip
"""The substance was in the library and came first; five that another name beat are not among them."""

RIGHT_CASES: Final = 104

LEFT_OUT: Final = (
    -9.9, -8.74, -8.29, -8.05, -7.8, -7.66, -6.97, -6.72, -6.19, -6.02, -5.83,
    -5.75, -5.33, -4.68, -4.26, -3.92, -3.49, -2.66, -0.53, 1.06, 2.1,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 109

STRANGERS: Final = (
    -14.07, -10.1, -9.5, -9.03, -8.67, -8.31, -7.91, -7.59, -7.37, -7.07, -6.79,
    -6.48, -6.17, -5.85, -5.43, -4.92, -4.28, -3.47, -2.54, -1.03, 5.6,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 1133

STRANGERS_99: Final = 2.2
"""Log odds that one stranger in a hundred exceeds."""

MIXTURE_WRONG: Final = (
    -23.11, -13.91, -12.71, -12.02, -11.59, -11.16, -10.81, -10.58, -10.32, -10.07, -9.8,
    -9.55, -9.4, -9.13, -8.86, -8.59, -8.23, -7.87, -7.35, -6.57, -2.76,
)  # fmt: skip
"""Weakest component of the best mixture found for spectra of one substance."""

MIXTURE_WRONG_CASES: Final = 1184

MIXTURE_WORST: Final = -2.7
"""Log odds that no such component exceeded."""
