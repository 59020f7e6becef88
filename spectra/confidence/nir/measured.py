"""What measured near infrared spectra say, shipped as quantiles of the log odds of the evidence.

One handheld (900 to 1700 nm, eight series of eleven powders on two days: each day against the other, and
single scans against the other series) and two field spectrometers (minerals, plastics, paper, sugars and
textiles, 880 to 2510 nm: each spectrum against the others); strangers are the spectra of those and of two
more handhelds against the handheld's substances and the other way round. What stands behind them is in
``docs/method-nir.md``. Quantiles at ``LEVELS``.
"""

from typing import Final

LEVELS: Final = (*(step / 20 for step in range(20)), 0.98, 0.99, 0.995, 1.0)
"""Shares of the cases that lie below each figure of the tables."""

SUBSTANCES: Final = 60
"""Substances of the largest library against which the maxima were taken; the smallest had 11."""

RIGHT: Final = (
    -7.61, 2.65, 4.77, 5.78, 6.42, 6.79, 7.17, 7.57, 7.98, 8.29, 8.55,
    8.74, 8.89, 9.11, 9.25, 9.34, 9.61, 9.74, 10.22, 10.35, 10.41, 10.69,
    10.73, 10.75,
)  # fmt: skip
"""The substance was in the library and came first."""

RIGHT_CASES: Final = 789

LEFT_OUT: Final = (
    -10.98, -8.72, -8.37, -8.12, -7.89, -7.56, -5.28, -4.76, -4.6, -4.38, -4.23,
    -4.12, -3.96, -3.32, -2.27, -1.96, -1.68, -1.49, -1.33, -1.14, -0.98, -0.63,
    -0.11, 0.09,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 828

STRANGERS: Final = (
    -21.71, -12.85, -12.44, -12.3, -11.98, -11.29, -10.8, -10.26, -9.69, -8.98, -8.27,
    -7.68, -7.17, -6.62, -6.19, -5.93, -5.47, -4.99, -4.56, -1.96, -0.46, 0.38,
    1.04, 1.65,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 555

RELEASE: Final = 1.9
"""Log odds from which a substance is a match in a library of up to ``SUBSTANCES``: above the highest
of all wrong statements, 1.7. Of the right ones all of the other day exceed it, and 94 % of those by one
single scan."""

GROWTH: Final = 1.2
"""By what the highest wrong candidate in thirty grows with the logarithm of the number of substances:
measured on sub-libraries of 8, 15, 30 and 61 substances."""

COMPONENT: Final = (0.0, 1.0)
"""Intercept and slope of the probability of a mixture's component in its log odds, which are those of cases
with it and without it at even prior odds."""

COMPONENT_CEILING: Final = 0.99
COMPONENT_RELEASE: Final = 2.0
"""Log odds from which a component is named: beyond all false ones, up to 1.9, in scans of one substance."""
