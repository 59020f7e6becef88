"""How the evidence fell on measured spectra: the statistics, not the spectra.

Log odds of the top candidate among 80 references of one 785 nm handheld (WasatchPhotonics
ENLIGHTEN, MIT), for 1,244 measured spectra of 17 other sources: the same maker's second
instrument, a portable of another maker, B&W Tek and Horiba laboratory instruments at 532, 633 and
785 nm (h2020charisma, MIT), and one or two spectra of each substance and source in Open Specy
(PyPI ``pyopenspecy``: measured with, nothing of it is shipped). Made by
``python -m benchmarks.accuracy.evidence``; quantiles at ``LEVELS``, dense where thresholds lie.
"""

from typing import Final

LEVELS: Final = (*(step / 20 for step in range(20)), 0.98, 0.99, 0.995, 1.0)
"""Shares of the cases that lie below each figure of the tables."""

REFERENCES: Final = 80
"""References against which the maxima were taken."""

RIGHT: Final = (
    -0.95, 1.97, 2.67, 3.39, 4.14, 4.64, 5.07, 5.23, 5.56, 5.66, 5.97,
    6.36, 6.49, 6.75, 7.15, 7.49, 7.89, 8.19, 8.63, 9.33, 9.96, 10.08,
    10.15, 10.23,
)  # fmt: skip
"""The substance was in the library and came first; five that another name beat are not among them."""

RIGHT_CASES: Final = 104

LEFT_OUT: Final = (
    -10.95, -9.61, -9.22, -8.99, -8.74, -8.28, -7.77, -7.72, -7.44, -7.17, -6.79,
    -6.57, -6.38, -5.96, -5.72, -5.35, -4.99, -4.38, -0.99, 0.82, 1.24, 1.68,
    2.12, 2.6,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 109

STRANGERS: Final = (
    -14.85, -11.18, -10.45, -10, -9.69, -9.38, -9.07, -8.65, -8.45, -8.18, -7.89,
    -7.56, -7.23, -6.9, -6.54, -5.89, -5.26, -4.36, -3.3, -1.7, 0.07, 0.77,
    2.07, 7.87,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 1126

STRANGERS_99: Final = 1.2
"""Log odds that one stranger in a hundred exceeds when the weights are fitted without the stranger's
source; with the shipped weights, which have seen all sources, it is 0.9."""

MIXTURE_WRONG: Final = (
    -26.47, -15.43, -14.22, -13.31, -12.83, -12.4, -12.02, -11.77, -11.49, -11.26, -11.02,
    -10.72, -10.46, -10.18, -9.9, -9.61, -9.26, -8.88, -8.29, -7.58, -6.82, -6.4,
    -5.69, -4.15,
)  # fmt: skip
"""Weakest component of the best mixture found for spectra of one substance."""

MIXTURE_WRONG_CASES: Final = 1190

MIXTURE_WORST: Final = -4.1
"""Log odds that no such component exceeded."""
