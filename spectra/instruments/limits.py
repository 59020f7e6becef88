"""What an instrument must keep to, and what only a flag says."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """What an instrument must keep to.

    Attributes
    ----------
    max_offset_cm1 : float
        Largest correction at any band of the standard. Beyond 3 the engine names no solid form.
    max_residual_cm1 : float
        Root mean square of what offset and stretch leave: a bent axis cannot be corrected by them.
    max_resolution_cm1 : float
        Full width; 15 is that of Ph. Eur. 2.2.48 for Raman spectrometers.
    min_snr : float
        Height of the strongest band over the noise.
    max_height_ratio : float
        Factor by which a band's height relative to the strongest may differ from the last check before it
        is flagged.
    max_brightness_ratio : float
        The same for the strongest band's counts a second.
    """

    max_offset_cm1: float = 3.0
    max_residual_cm1: float = 1.5
    max_resolution_cm1: float = 15.0
    min_snr: float = 30.0
    max_height_ratio: float = 1.3
    max_brightness_ratio: float = 2.0


DEFAULT_LIMITS: Final = Limits()
