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
    -1.53, 1.94, 2.39, 3.65, 4.16, 4.5, 4.79, 5.02, 5.66, 5.98, 6.12,
    6.43, 6.72, 7.08, 7.25, 7.63, 7.79, 8.28, 9.05, 9.77, 9.85, 9.96,
    10.02, 10.09,
)  # fmt: skip
"""The substance was in the library and came first; five that another name beat are not among them."""

RIGHT_CASES: Final = 104

LEFT_OUT: Final = (
    -10.88, -9.7, -9.34, -8.94, -8.79, -8.35, -7.98, -7.84, -7.63, -7.35, -6.98,
    -6.75, -6.59, -6.07, -5.73, -5.56, -5.1, -4.32, -1.37, 0.63, 1.13, 1.41,
    1.82, 2.28,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 109

STRANGERS: Final = (
    -14.91, -11.15, -10.51, -10.05, -9.69, -9.45, -9.17, -8.77, -8.53, -8.26, -8,
    -7.66, -7.34, -7, -6.6, -6.14, -5.46, -4.86, -3.5, -1.95, -0.3, 0.47,
    1.68, 7.36,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 1126

STRANGERS_99: Final = 1.0
"""Log odds that one stranger in a hundred exceeds when the weights are fitted without the stranger's
source; with the shipped weights, which have seen all sources, it is 0.5."""

MIXTURE_WRONG: Final = (
    -26.02, -14.96, -13.72, -13.08, -12.49, -12.08, -11.83, -11.52, -11.26, -11, -10.68,
    -10.46, -10.19, -9.94, -9.69, -9.36, -9.01, -8.56, -8.06, -7.26, -6.45, -6,
    -5.34, -4.16,
)  # fmt: skip
"""Weakest component of the best mixture found for spectra of one substance."""

MIXTURE_WRONG_CASES: Final = 1189

MIXTURE_WORST: Final = -4.1
"""Log odds that no such component exceeded."""
