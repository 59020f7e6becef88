"""The quality gate: whether a spectrum can be judged at all."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .errors import SpectrumError
from .preprocessing._arrays import FloatArray, block_medians, flat_rows
from .preprocessing.axis import resample
from .preprocessing.baseline import fit_baseline
from .preprocessing.ordinate import as_absorbance
from .preprocessing.spikes import clean_spikes
from .spectrum import MIN_POINTS, Spectrum

MIN_SNR: Final = 6.0
"""Height of the highest band over the noise, below which a spectrum is too weak."""
MIN_SIGNIFICANCE: Final = 20.0
"""The same for the mean over a band's width, as far as it stands out from what is beside it, in
standard deviations of that mean.

Both lie between what was measured: at least 12 and 29 on 897 scans of four instruments that show
bands (the weakest a six-component mixture under fluorescence), at most 5 and 16 on simulated noise
and fluorescence (white noise 2.6 and 5.5; the worst is noise interpolated to a quarter of its
point distance). A hump narrower than 300 cm⁻¹ and 1,000 times the noise passes for a band.
"""

NIR_MIN_SNR: Final = 15.0
"""Range of a near infrared spectrum without its parabola over the noise, below which it is too weak.

White noise gives about 5. Of the 440 scans of one handheld the weakest has 9 times this; the driest mineral
powders measured (halite) have less than it.
"""
NIR_STRONG: Final = 1000.0
"""Range over noise from which on a near infrared spectrum that shows no bands has none: it is flat, not weak.

Noise of a thousandth of the range leaves the bands of every powder measured six times above it.
"""
NIR_DARK_SHARE: Final = 0.03
"""Share of neighbouring points that stand at exactly the highest absorbance, from which on it is one that the
instrument cannot go beyond."""

WIDEST_CM1: Final = 100_000.0
"""Of an axis of Raman shifts: no instrument covers more, and the time for a background grows with it."""

_ADC_FULL_SCALES: Final = frozenset(float(2**bits - 1) for bits in (8, 10, 12, 14, 15, 16, 17, 18, 20, 24))
_FULL_SCALE_RUN: Final = 2
_CLIPPED_RUN: Final = 3
_LONG_RUN: Final = 8
_MIN_LEVELS: Final = 50
"""Fewer quanta than this from bottom to top, and equal neighbours are chance."""
_MIN_DROP: Final = 4
"""Quanta by which a clipped band falls off within two points beside its plateau."""

_BASELINE_STEP_CM1: Final = 2.0
_BASELINE_LAM: Final = 1e3
"""Tighter than the search's baseline: here a hump of 300 cm⁻¹ must never pass for a band."""
_ITERATIONS: Final = 25
"""Half of the search's baseline: on 181 measured spectra of eight instruments no verdict of the gate and
no signal-to-noise differs by more than 4 % from that after 50."""
_OTHER_POINTS: Final = 700
"""Points over the whole range for axes that are not in cm⁻¹."""
_BAND_WIDTHS_CM1: Final = (6.0, 12.0, 24.0)

_LAGS: Final = (1, 2, 4)
_BLOCK: Final = 32
_QUIET: Final = 0.25
"""Quantile of the blocks that counts as free of bands."""
_MAD_TO_SIGMA: Final = 1.4826
_SECOND_DIFFERENCE_NORM: Final = float(np.sqrt(6.0))
_THIRD_DIFFERENCE_NORM: Final = float(np.sqrt(20.0))
_NIR_BLOCK: Final = 12
_NIR_QUIET_BIAS: Final = 1.25
"""As ``_QUIET_BIAS``, for those blocks (simulated, 120 to 500 points)."""
_QUIET_BIAS: Final = 1.13
"""What the quiet quarter of the blocks reads too low on white noise (simulated, 500 to 4000 points)."""
_NOISE_FLOOR: Final = 1e-9
"""Share of the range; a spectrum without noise then has a finite signal-to-noise ratio."""


@dataclass(frozen=True)
class QualityReport:
    """What was measured on the spectrum before any library was asked.

    Attributes
    ----------
    snr : float
        Height of the highest band above its baseline over the noise's standard deviation.
    saturated : bool
        True when the detector was driven to its limit.
    fluorescence : float
        Share of the summed intensity that is smooth background, 0 to 1.
    n_spikes : int
        Cosmic-ray spikes found.
    noise : float
        Standard deviation of the noise, in the intensity unit of the source.
    unusable : tuple of str
        Reasons why the spectrum must not be judged, empty when it may:
        ``flat``, ``saturated``, ``too_weak``, ``too_little_overlap``, ``wrong_technique``; of near infrared
        spectra also ``too_dark`` (instead of ``saturated``), ``counts_only`` and ``unknown_quantity``.
    """

    snr: float
    saturated: bool
    fluorescence: float
    n_spikes: int
    noise: float
    unusable: tuple[str, ...] = ()


def assess_quality(
    spectrum: Spectrum, *, min_snr: float = MIN_SNR, min_significance: float = MIN_SIGNIFICANCE
) -> QualityReport:
    """Measure a spectrum as its device exported it, before any preprocessing.

    ``too_weak`` asks for structure, not for one high point: the highest value that remains when
    the trace above a tight baseline is averaged over a band's width. ``saturated`` is seen in
    data that keep their plateaus; dark or intensity correction by the device can hide it.

    Parameters
    ----------
    spectrum : Spectrum
        On its native axis.
    min_snr : float
        Below this ``snr`` the spectrum is too weak.
    min_significance : float
        So it is below this many standard deviations of the mean over a band's width.

    Returns
    -------
    QualityReport
        With ``flat``, ``saturated`` and ``too_weak`` in ``unusable``, in this order; with
        ``wrong_technique`` alone where Raman shifts span more than ``WIDEST_CM1``.
    """
    intensity = spectrum.intensity
    if bool(flat_rows(intensity)[0]):
        return QualityReport(0.0, False, 0.0, 0, 0.0, ("flat",))
    if spectrum.technique == "nir":
        return _assess_nir(spectrum)
    if spectrum.unit == "raman_shift_cm-1" and _width(spectrum) > WIDEST_CM1:
        return QualityReport(0.0, False, 0.0, 0, 0.0, ("wrong_technique",))
    clean, spikes = clean_spikes(spectrum.axis, intensity)
    noise = estimate_noise(clean)
    background = _background(spectrum, clean)
    above = clean - background
    snr, significance = _structure(spectrum, above, noise)
    saturated = is_saturated(intensity)
    reasons = []
    if saturated:
        reasons.append("saturated")
    if snr < min_snr or significance < min_significance:
        reasons.append("too_weak")
    return QualityReport(
        snr=snr,
        saturated=saturated,
        fluorescence=_background_share(background, above),
        n_spikes=len(_runs(spikes)),
        noise=noise,
        unusable=tuple(reasons),
    )


def _assess_nir(spectrum: Spectrum) -> QualityReport:
    """Measure a near infrared spectrum: bands as broad as its background, any ratio as ordinate."""
    if spectrum.metadata.get("quantity") == "counts":
        return QualityReport(0.0, False, 0.0, 0, 0.0, ("counts_only",))
    try:
        absorbed = as_absorbance(spectrum).intensity
    except SpectrumError:
        return QualityReport(0.0, False, 0.0, 0, 0.0, ("unknown_quantity",))
    if bool(flat_rows(absorbed)[0]):
        return QualityReport(0.0, False, 0.0, 0, 0.0, ("flat",))
    noise = estimate_nir_noise(absorbed)
    x = np.linspace(-1.0, 1.0, absorbed.size)
    # what scattering alone may give, level, slope and bend, is no signal
    above = absorbed - np.polynomial.polynomial.polyval(x, np.polynomial.polynomial.polyfit(x, absorbed, 2))
    snr = float(np.ptp(_mean_of_three(above))) / noise
    saturated = _is_dark(absorbed)
    reasons = ["too_dark"] if saturated else []
    if snr < NIR_MIN_SNR:
        reasons.append("flat" if float(np.ptp(absorbed)) >= NIR_STRONG * noise else "too_weak")
    return QualityReport(snr, saturated, 0.0, 0, noise, tuple(reasons))


def estimate_nir_noise(absorbed: FloatArray) -> float:
    """Estimate the standard deviation of the noise where a near infrared spectrum is quiet.

    Third differences of neighbours: handhelds have three points to a band and no more, so wider or
    lower differences would read bands for noise. As ``estimate_noise``, the quiet quarter of blocks,
    of 12 points here, ignores the rest of the bands.

    Parameters
    ----------
    absorbed : array, shape (m,)
        Absorbance, at least 20 points.

    Returns
    -------
    float
        At least a billionth of the range.
    """
    third = np.abs(np.diff(absorbed, n=3))
    blocks = np.sort(block_medians(third, min(_NIR_BLOCK, third.size)))
    quiet = float(np.interp(_QUIET * (blocks.size - 1), np.arange(blocks.size), blocks))
    noise = quiet * _NIR_QUIET_BIAS * _MAD_TO_SIGMA / _THIRD_DIFFERENCE_NORM
    return max(noise, _NOISE_FLOOR * float(np.ptp(absorbed)))


def _is_dark(absorbed: FloatArray) -> bool:
    """Whether a good part of the spectrum is a plateau at the highest absorbance: no light came back."""
    top = float(absorbed.max())
    longest = max(stop - start for start, stop in _runs(absorbed >= top - 1e-9))
    return longest >= max(_CLIPPED_RUN, round(NIR_DARK_SHARE * absorbed.size))


def _mean_of_three(values: FloatArray) -> FloatArray:
    mean: FloatArray = (values[:-2] + values[1:-1] + values[2:]) / 3
    return mean


def estimate_noise(intensity: FloatArray) -> float:
    """Estimate the standard deviation of the noise where the spectrum is quiet.

    Second differences cancel a baseline; their median size over blocks of 32 points ignores
    single points, and the quiet quarter of the blocks ignores bands. The largest over lags of 1,
    2 and 4 points counts, because smoothing or interpolation by the device hides noise from
    neighbours; noise correlated over more than about 4 points is still underestimated. Points
    equal to both their partners (clipped or repeated values) are left out. Shot noise on top of
    strong bands is higher than this figure.

    Parameters
    ----------
    intensity : array, shape (m,)
        Without spikes, at least 20 points.

    Returns
    -------
    float
        In the unit of ``intensity``; at least the rounding noise of a quantised spectrum.
    """
    largest = 0.0
    for lag in _LAGS:
        left, middle, right = intensity[: -2 * lag], intensity[lag:-lag], intensity[2 * lag :]
        second = np.abs(left - 2 * middle + right)[(left != middle) | (middle != right)]
        if second.size == 0:
            continue
        blocks = np.sort(block_medians(second, min(_BLOCK, second.size)))
        quiet = float(np.interp(_QUIET * (blocks.size - 1), np.arange(blocks.size), blocks))
        largest = max(largest, quiet * _QUIET_BIAS * _MAD_TO_SIGMA / _SECOND_DIFFERENCE_NORM)
    rounding = _quantum(intensity) / float(np.sqrt(12.0))
    return max(largest, rounding, _NOISE_FLOOR * float(np.ptp(intensity)))


def is_saturated(intensity: FloatArray) -> bool:
    """Tell whether the highest values are a plateau that a detector's limit has cut.

    Either the maximum is a converter's full scale and stands at neighbouring points, or at least
    three neighbours stand at exactly the maximum and fall off steeply on both sides, or at least
    eight do. Data of few counts, where equal neighbours are chance, do not count.

    Parameters
    ----------
    intensity : array, shape (m,)
        As the detector gave it.

    Returns
    -------
    bool
    """
    top = float(intensity.max())
    runs = _runs(intensity == top)
    longest = max(stop - start for start, stop in runs)
    if top in _ADC_FULL_SCALES and longest >= _FULL_SCALE_RUN and float(intensity.min()) < top:
        return True
    quantum = _quantum(intensity)
    if top <= 0 or quantum == 0 or float(np.ptp(intensity)) < _MIN_LEVELS * quantum:
        return False
    return longest >= _LONG_RUN or any(
        stop - start >= _CLIPPED_RUN and _falls_off(intensity, start, stop, _MIN_DROP * quantum)
        for start, stop in runs
    )


def _falls_off(intensity: FloatArray, start: int, stop: int, drop: float) -> bool:
    beside = (start - 2, stop + 1)
    return all(
        not 0 <= place < intensity.size or intensity[start] - intensity[place] >= drop for place in beside
    )


def _quantum(intensity: FloatArray) -> float:
    """Measure the smallest distance between two different values."""
    steps = np.diff(np.sort(intensity))
    steps = steps[steps > 0]
    return float(steps.min()) if steps.size else 0.0


def _runs(marked: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _background(spectrum: Spectrum, clean: FloatArray) -> FloatArray:
    """Fit the smooth background, shape (m,), on an even axis with a fixed point distance."""
    axis, length = spectrum.axis, _width(spectrum)
    in_cm1 = spectrum.unit == "raman_shift_cm-1"
    step = (
        _BASELINE_STEP_CM1 if in_cm1 and length >= _BASELINE_STEP_CM1 * MIN_POINTS else length / _OTHER_POINTS
    )
    n_points = int(length / step * (1 + 1e-12)) + 1
    points, values = resample(axis, clean, start=float(axis[0]), step=step, n_points=n_points)
    fitted = fit_baseline(points, values, method="arpls", lam=_BASELINE_LAM, max_iter=_ITERATIONS)
    background: FloatArray = np.interp(axis, points, fitted)
    return background


def _width(spectrum: Spectrum) -> float:
    return float(spectrum.axis[-1]) - float(spectrum.axis[0])


def _structure(spectrum: Spectrum, above: FloatArray, noise: float) -> tuple[float, float]:
    """Measure the highest band: its height over the noise, and its best mean's significance."""
    length = _width(spectrum)
    step = length / (spectrum.n_points - 1)
    in_cm1 = spectrum.unit == "raman_shift_cm-1"
    if not in_cm1:
        step *= _BASELINE_STEP_CM1 * _OTHER_POINTS / length
    sums = np.concatenate(([0.0], np.cumsum(above)))
    snr = significance = 0.0
    for width in _BAND_WIDTHS_CM1:
        n = int(np.clip(round(width / step), 3, spectrum.n_points))
        means = (sums[n:] - sums[:-n]) / n
        snr = max(snr, float(means.max()) / noise)
        bands = _standing_out(means, n) if in_cm1 else means  # elsewhere bands are as broad as background
        significance = max(significance, float(bands.max()) / noise * float(np.sqrt(n)))
    return snr, significance


def _standing_out(means: FloatArray, n: int) -> FloatArray:
    """Means over n points, less the average of those two windows to either side.

    The baseline takes a background that is steep up to the end of the axis for half a band.
    """
    reach = 2 * n
    if means.size <= 2 * reach:
        return means
    middle = means[reach:-reach]
    return np.minimum(middle, middle - (means[: -2 * reach] + means[2 * reach :]) / 2)


def _background_share(background: FloatArray, above: FloatArray) -> float:
    """Share of the sum that is background over its own lowest point: an offset is no fluorescence."""
    smooth = float(np.sum(background - background.min()))
    bands = float(np.sum(np.maximum(above, 0.0)))
    return smooth / (smooth + bands) if smooth + bands > 0 else 0.0
