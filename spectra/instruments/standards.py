"""What a Raman shift standard is: bands whose positions are known, and how well."""

from dataclasses import dataclass
from typing import Final, Literal

Strength = Literal["strongest", "strong", "medium", "weak"]
STRENGTHS: Final[dict[str, float]] = {"strongest": 4.0, "strong": 3.0, "medium": 2.0, "weak": 1.0}
"""What finding a band of each strength weighs."""


@dataclass(frozen=True)
class ShiftBand:
    """One band of a standard.

    Attributes
    ----------
    position_cm1 : float
        Raman shift.
    expanded_cm1 : float
        Expanded uncertainty of the position (k = 2).
    strength : str
        A key of ``STRENGTHS``.
    """

    position_cm1: float
    expanded_cm1: float
    strength: Strength = "medium"


@dataclass(frozen=True)
class ShiftStandard:
    """A material whose Raman shifts are known.

    Attributes
    ----------
    key : str
        Name on the command line.
    name : str
        What it is.
    bands : tuple of ShiftBand
        In order of position.
    others_cm1 : tuple of float
        Bands that the material has too, of which no position is relied on.
    telltale_cm1 : tuple of float
        Positions of those of ``bands`` that a look-alike lacks, such as one part of a mixture alone.
    width_band_cm1 : float or None
        Band of ``bands`` that is narrow enough to measure the resolution with.
    natural_width_cm1 : float
        Its natural full width at half maximum; 0 where none is known, so that its measured width is only an
        upper bound of the resolution.
    source : str
        Where the positions and widths were read.
    """

    key: str
    name: str
    bands: tuple[ShiftBand, ...]
    others_cm1: tuple[float, ...] = ()
    telltale_cm1: tuple[float, ...] = ()
    width_band_cm1: float | None = None
    natural_width_cm1: float = 0.0
    source: str = ""

    @property
    def main_band(self) -> ShiftBand:
        """The strongest band."""
        return max(self.bands, key=lambda band: STRENGTHS[band.strength])

    @property
    def common_cm1(self) -> float:
        """Standard uncertainty that all positions may share: averaging over bands does not lessen it."""
        return min(band.expanded_cm1 for band in self.bands) / 2
