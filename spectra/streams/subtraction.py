"""How much of the background a spectrum still shows."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_MIN_STRENGTH: Final = 2.0
"""Slopes of the background over the noise of the spectrum's, below which there is nothing to take off.

A share that is badly known does no harm: what its error adds is no more than one channel's noise.
"""
_LEAST_RELIABLE: Final = 0.5
"""Share of the background's slopes that must be no noise."""
_TURNS: Final = 20
_BISQUARE: Final = 4.685
"""Tukey's constant: 95 % efficient on normal noise."""


def background_share(
    spectrum: FloatArray, background: FloatArray, *, error: FloatArray | None = None
) -> float:
    """Share of a background in a spectrum that lies on top of it, or hides part of it.

    An item on a belt hides some of the belt, all or nothing: the share is measured. It is the robust slope
    (Tukey's bisquare) of the spectrum's differences on the background's: smooth parts, which a baseline takes
    off anyway, have no say, and bands of the item stand out of the fit and do not pull it.

    Parameters
    ----------
    spectrum, background : array, shape (m,)
        On one axis, same exposure.
    error : array, shape (m,), optional
        Variance of the background's own values: noise in what is regressed on flattens a slope (Fuller,
        Measurement Error Models, 1987, 1.2), which is put right. None for none.

    Returns
    -------
    float
        From 0 to 1; 0 where the background has no structure above the noise.
    """
    own, known = np.diff(spectrum), np.diff(background)
    rough = float(np.median(np.abs(own - np.median(own)))) * 1.4826
    noise = 0.0 if error is None else float(np.sum(error[1:] + error[:-1]))
    strength = float(known @ known)
    if strength - noise <= max((_MIN_STRENGTH * rough) ** 2, _LEAST_RELIABLE * strength):
        return 0.0
    share = _first(own, known)
    for _ in range(_TURNS):
        left = own - share * known
        width = max(1.4826 * float(np.median(np.abs(left))), 1e-300)
        kept = np.clip(1.0 - (left / (_BISQUARE * width)) ** 2, 0.0, None) ** 2
        weight = float(np.sum(kept * known * known))
        if weight <= 1e-6 * strength:
            break
        share = float(np.sum(kept * known * own)) / weight
    return min(max(share * strength / (strength - noise), 0.0), 1.0)


def _first(own: FloatArray, known: FloatArray) -> float:
    """Median of ratios, each weighted by the background's slope: half the slopes may be the item's."""
    steep = np.abs(known) > 0.0
    ratios, weights = own[steep] / known[steep], np.abs(known[steep])
    order = np.argsort(ratios, kind="stable")
    summed = np.cumsum(weights[order])
    return float(ratios[order][np.searchsorted(summed, summed[-1] / 2.0)])
