"""The quality gate: is this a spectrum that can be judged at all?"""

from dataclasses import dataclass


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
        ``flat``, ``saturated``, ``too_weak``, ``too_little_overlap``, ``wrong_technique``.
    """

    snr: float
    saturated: bool
    fluorescence: float
    n_spikes: int
    noise: float
    unusable: tuple[str, ...] = ()
