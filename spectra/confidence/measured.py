"""How the evidence fell on measured spectra: the statistics, not the spectra.

Log odds of the top candidate among 80 references of one 785 nm handheld (WasatchPhotonics
ENLIGHTEN, MIT), for 1,810 measured spectra of 17 other sources: the same maker's second
instrument, a portable of another maker, B&W Tek and Horiba laboratory instruments at 532, 633 and
785 nm (h2020charisma, MIT), and up to five spectra of each substance and source in Open Specy
(PyPI ``pyopenspecy``: measured with, nothing of it is shipped). Made by
``python -m benchmarks.accuracy.evidence``; quantiles at ``LEVELS``, dense where thresholds lie.
"""

from typing import Final

LEVELS: Final = (*(step / 20 for step in range(20)), 0.98, 0.99, 0.995, 1.0)
"""Shares of the cases that lie below each figure of the tables."""

REFERENCES: Final = 80
SUBSTANCES: Final = 77
"""References against which the maxima were taken, and the substances that they are."""

RIGHT: Final = (
    -1.53, 2.04, 2.7, 3.42, 4.19, 4.55, 4.9, 5.01, 5.48, 5.84, 6.02,
    6.43, 6.62, 6.93, 7.18, 7.48, 7.77, 8.04, 8.59, 9.45, 9.84, 9.91,
    10, 10.09,
)  # fmt: skip
"""The substance was in the library and came first; of none did another."""

RIGHT_CASES: Final = 146

LEFT_OUT: Final = (
    -10.88, -9.44, -9.18, -8.86, -8.57, -8.18, -7.92, -7.84, -7.78, -7.63, -7.37,
    -6.95, -6.62, -6.02, -5.73, -5.53, -4.77, -4.28, -1.06, 0.86, 1.46, 1.66,
    1.89, 2.28,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 146

STRANGERS: Final = (
    -14.91, -11.13, -10.51, -10.04, -9.71, -9.45, -9.17, -8.81, -8.53, -8.26, -7.99,
    -7.64, -7.33, -6.98, -6.6, -6.13, -5.41, -4.63, -3.51, -1.92, -0.02, 0.53,
    1.41, 6.01,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 1638

STRANGERS_99: Final = 0.6
"""Log odds that one stranger in a hundred exceeds when the weights are fitted without the stranger's
source; with the shipped weights, which have seen all sources, it is 0.5."""

WRONG_99: Final = 1.6
"""The same for one wrong statement in a hundred, strangers and left-out weighing the same."""

GROWTH: Final = 1.3
GROWTH_ERROR: Final = 0.3
"""What one stranger in a hundred exceeds grows by this with the logarithm of the number of substances.

Measured on all sub-libraries of 20, 40 and 80 of the 80 references: 1.3, with a standard error of
0.3 from resampled strangers. Among the minerals of RRUFF in Open Specy, each left out in turn, from
50 to 213 of them: 1.6. Beyond some hundreds of substances it is extrapolated, as a maximum of
independent draws with an exponential tail grows (Gumbel)."""

GAPS: Final[tuple[float, ...]] = ()
"""By how much another name beat the true one, of the spectra whose substance is in the library
(``RIGHT_CASES`` and these); infinite where the truth was not among the candidates. None did."""

DISCREPANCY: Final = (1.15, 0.5)
"""Mean and standard deviation of the log odds of ``RIGHT`` about the mean that the simulation gives
for the same substance, less the variance that the simulation has itself: what differs between
instruments beyond what is simulated. Positive, since half of the simulated queries are diluted or
lie behind a layer, and few of the measured ones are and do."""

MIXTURE_WRONG: Final = (
    -8.14, -5.17, -4.58, -4.1, -3.88, -3.61, -3.33, -2.84, -2.53, -2.39, -2.26,
    -2.04, -1.9, -1.79, -1.7, -1.66, -1.56, -1.42, -0.91, -0.61, -0.1, 0.55,
    0.93, 1.31,
)  # fmt: skip
"""The component that would make a mixture of a spectrum of one substance, where the fit found one:
the best beside the substance itself, or the second where that is not among them."""

MIXTURE_WRONG_CASES: Final = 76

MIXTURE_ASKED: Final = 1930
"""Spectra in which one could have been found, with the substance in the library and without."""

MIXTURE_998: Final = -0.6
"""Log odds that such a component exceeds in one of five hundred of them."""
