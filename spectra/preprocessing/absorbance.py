"""From what a diffuse or transmitted beam leaves to what the sample absorbed."""

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..errors import PipelineError
from ._arrays import FloatArray, as_rows

FLOOR: Final = 1e-6
"""Reflectance or transmittance that is never gone below, so absorbance never exceeds 6: a dark detector
returns 0 or less, of which there is no logarithm, and no detector here sees a millionth of the light."""

Scale = Literal["fraction", "percent"]
_PERCENT: Final = {"fraction": 1.0, "percent": 100.0}


def absorbance(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    quantity: Literal["reflectance", "transmittance", "kubelka_munk"] = "reflectance",
    scale: Scale = "fraction",
) -> tuple[FloatArray, FloatArray]:
    """Absorbance log10(1/R) or log10(1/T) (Norris and Williams: apparent absorbance).

    Parameters
    ----------
    axis : array, shape (m,)
        Not used, returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    quantity : str
        What ``intensity`` is.
    scale : str
        Of a reflectance or transmittance: ``fraction`` (white is 1) or ``percent`` (white is 100).

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        At most 6, where ``FLOOR`` holds.

    Raises
    ------
    PipelineError
        An unknown quantity or scale.
    """
    axis, intensity = as_rows(axis, intensity)
    if quantity == "kubelka_munk":
        share = _reflectance(intensity)
    elif quantity in ("reflectance", "transmittance"):
        share = intensity / _white(scale)
    else:
        raise PipelineError(
            f"absorbance of {quantity!r}: expected reflectance, transmittance or kubelka_munk"
        )
    return axis.copy(), -np.log10(np.maximum(share, FLOOR))


def kubelka_munk(
    axis: FloatArray,
    intensity: FloatArray,
    *,
    quantity: Literal["reflectance", "absorbance"] = "reflectance",
    scale: Scale = "fraction",
) -> tuple[FloatArray, FloatArray]:
    """Ratio of absorption to scattering, F = (1 - R)² / 2R (Kubelka and Munk 1931; Kubelka 1948, 10.1364/JOSA.38.000448).

    Of an infinitely thick, ideally diffuse layer. Above a reflectance of 1 the formula rises again,
    so a sample brighter than the white standard has F = 0.

    Parameters
    ----------
    axis : array, shape (m,)
        Not used, returned as given.
    intensity : array, shape (..., m)
        One or many spectra.
    quantity : str
        What ``intensity`` is.
    scale : str
        Of a reflectance: ``fraction`` (white is 1) or ``percent`` (white is 100).

    Returns
    -------
    axis : array, shape (m,)
    intensity : array, shape (..., m)
        0 or more.

    Raises
    ------
    PipelineError
        An unknown quantity or scale.
    """  # noqa: E501  # a citation is not broken
    axis, intensity = as_rows(axis, intensity)
    if quantity == "absorbance":
        share = np.power(10.0, -np.clip(intensity, 0.0, -np.log10(FLOOR)))
    elif quantity == "reflectance":
        share = intensity / _white(scale)
    else:
        raise PipelineError(f"Kubelka-Munk of {quantity!r}: expected reflectance or absorbance")
    share = np.clip(share, FLOOR, 1.0)
    return axis.copy(), (1 - share) ** 2 / (2 * share)


def absorbance_from_counts(
    sample: ArrayLike, reference: ArrayLike, *, dark: ArrayLike | None = None
) -> FloatArray:
    """Absorbance from the light that sample and white reference return: log10((W - D) / (S - D)).

    Parameters
    ----------
    sample : array, shape (..., m)
        Counts, of one or many scans.
    reference : array, shape (m,) or (..., m)
        Counts of the white standard or the empty beam, at the same gain and integration time.
    dark : array, shape (m,) or (..., m), optional
        Counts without light, taken from both; none when the instrument has done so.

    Returns
    -------
    array, shape (..., m)
        At most 6, where ``FLOOR`` holds.

    Raises
    ------
    PipelineError
        Shapes that do not fit, values that are not finite, or a reference without light somewhere.
    """
    counts, white = np.asarray(sample, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    zero = np.zeros(()) if dark is None else np.asarray(dark, dtype=np.float64)
    try:
        np.broadcast_shapes(counts.shape, white.shape, zero.shape)
    except ValueError as error:
        raise PipelineError(
            f"sample {counts.shape}, reference {white.shape}, dark {zero.shape}: expected as many points each"
        ) from error
    if not all(bool(np.isfinite(each).all()) for each in (counts, white, zero)):
        raise PipelineError("counts that are not finite: leave those points out of all three")
    light = white - zero
    without = int(np.count_nonzero(light <= 0))
    if without:
        raise PipelineError(
            f"the reference holds no light at {without} of {light.size} points: "
            "expected counts above the dark ones; take the reference anew"
        )
    absorbed: FloatArray = -np.log10(np.maximum((counts - zero) / light, FLOOR))
    return absorbed


def _reflectance(ratio: FloatArray) -> FloatArray:
    """Reflectance of a Kubelka-Munk value, in the form that keeps its digits for large values."""
    above = np.maximum(ratio, 0.0)
    share: FloatArray = 1 / (1 + above + np.sqrt(above * (above + 2)))
    return share


def _white(scale: str) -> float:
    if scale not in _PERCENT:
        raise PipelineError(f"scale {scale!r}: expected fraction or percent")
    return _PERCENT[scale]
