"""What measured near infrared spectra say, shipped as quantiles of the log odds of the evidence.

One handheld (900 to 1700 nm, eight series of eleven powders on two days: each day against the other, and
single scans against the other series), two field spectrometers (minerals, plastics, paper, sugars and
textiles, 880 to 2510 nm: each spectrum against the others) and two more handhelds (908 to 1676 and 1300 to
2600 nm: end members of casework series, the same item on the other instrument); strangers are the spectra
of one against the substances of another. What stands behind them is in
``docs/method-nir.md``. Quantiles at ``LEVELS``.
"""

from typing import Final

LEVELS: Final = (*(step / 20 for step in range(20)), 0.98, 0.99, 0.995, 1.0)
"""Shares of the cases that lie below each figure of the tables."""

SUBSTANCES: Final = 60
"""Substances of the largest library against which the maxima were taken; the smallest had 11."""

RIGHT: Final = (
    -9.01, 2.68, 5.35, 7.11, 7.96, 8.39, 8.91, 9.36, 9.86, 10.29, 10.6,
    10.88, 11.19, 11.55, 11.91, 12.2, 12.5, 12.51, 12.71, 12.83, 12.85, 12.9,
    12.95, 12.99,
)  # fmt: skip
"""The substance was in the library and came first."""

RIGHT_CASES: Final = 822

LEFT_OUT: Final = (
    -12.74, -9.77, -9.34, -9.05, -8.79, -8.15, -6.53, -5.55, -5.16, -4.85, -4.51,
    -4.27, -3.67, -3.48, -2.57, -2.04, -1.66, -1.41, -1.17, -0.98, -0.73, -0.46,
    0.17, 0.39,
)  # fmt: skip
"""The same spectra with their substance taken out of the library."""

LEFT_OUT_CASES: Final = 860

STRANGERS: Final = (
    -27.96, -14.4, -13.17, -12.15, -11.66, -11.19, -10.85, -10.48, -10.09, -9.24, -8.51,
    -8.06, -7.51, -7.05, -6.71, -6.27, -5.87, -5.22, -4.64, -3.36, -0.81, -0.38,
    0.01, 0.21,
)  # fmt: skip
"""The substance was never in the library."""

STRANGER_CASES: Final = 538

RELEASE: Final = 2.0
"""Log odds from which a substance is a match in a library of up to ``SUBSTANCES``: 1.6 above the highest of
all wrong statements. Under weights fitted without one family of instruments the highest of that family is at
most 0.3 above the others'."""

GROWTH: Final = 1.5
"""By what the highest wrong candidate in thirty grows with the logarithm of the number of substances:
measured on sub-libraries of 8, 15, 30 and 61 substances."""

COMPONENT: Final = (0.0, 1.0)
"""Intercept and slope of the probability of a mixture's component in its log odds, which are those of cases
with it and without it at even prior odds."""

COMPONENT_CEILING: Final = 0.99
COMPONENT_RELEASE: Final = 2.0
"""Log odds from which a component is named: beyond all false ones, up to 1.9, in scans of one substance."""
