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
    -0.97, 1.94, 2.66, 3.36, 4.13, 4.62, 4.99, 5.19, 5.45, 5.61, 5.96,
    6.28, 6.46, 6.7, 7.05, 7.43, 7.89, 8.14, 8.63, 9.32, 9.96, 10.04,
    10.09, 10.15,
)  # fmt: skip
"""The substance was in the library and came first; five that another name beat are not among them."""

RIGHT_CASES: Final = 104

LEFT_OUT: Final = (
    -10.96, -9.62, -9.23, -8.94, -8.75, -8.31, -7.8, -7.73, -7.45, -7.19, -6.82,
    -6.58, -6.4, -5.94, -5.71, -5.33, -4.97, -4.3, -1.02, 0.8, 1.22, 1.65,
    2.09, 2.55,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 109

STRANGERS: Final = (
    -14.78, -11.15, -10.49, -10.01, -9.69, -9.36, -9.07, -8.65, -8.45, -8.19, -7.91,
    -7.57, -7.26, -6.91, -6.52, -5.89, -5.21, -4.35, -3.25, -1.79, 0, 0.76,
    2.05, 7.95,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 1131

STRANGERS_99: Final = 1.2
"""Log odds that one stranger in a hundred exceeds when the weights are fitted without the stranger's
source; with the shipped weights, which have seen all sources, it is 0.9."""

MIXTURE_WRONG: Final = (
    -26.47, -15.51, -14.19, -13.31, -12.85, -12.42, -12.06, -11.77, -11.52, -11.27, -11.02,
    -10.75, -10.5, -10.19, -9.93, -9.61, -9.27, -8.92, -8.3, -7.58, -6.82, -6.31,
    -5.43, -4.29,
)  # fmt: skip
"""Weakest component of the best mixture found for spectra of one substance."""

MIXTURE_WRONG_CASES: Final = 1195

MIXTURE_WORST: Final = -4.2
"""Log odds that no such component exceeded."""
