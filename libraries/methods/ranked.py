"""The ranked list of a search: every figure of each reference, and no answer."""

from dataclasses import dataclass

from spectra.label import Label
from spectra.quality import QualityReport

from ..library import Library


@dataclass(frozen=True)
class RankedReference:
    """One reference of a hit list.

    Attributes
    ----------
    rank : int
        1 is best.
    label : Label
        Of the reference.
    hqi : float
        Hit quality index max(r, 0)², 0 to 1: of the intensities (Raman) or second derivatives (NIR).
    score : float
        What the ranking goes by, 0 to 1; no probability.
    axis_shift_cm1 : float or None
        What was added to the axis of the spectrum for it.
    coverage : float
        Share of the reference's signal that lies inside what was measured, 0 to 1.
    """

    rank: int
    label: Label
    hqi: float
    score: float
    axis_shift_cm1: float | None
    coverage: float


@dataclass(frozen=True)
class HitList:
    """What a search found, or why there was none.

    Attributes
    ----------
    hits : tuple of RankedReference
        Best first; empty only where ``reasons`` say why.
    reasons : tuple of str
        Codes of why nothing could be compared; empty where there are hits.
    quality : QualityReport
        Of the spectrum.
    remarks : tuple of str
        Codes of what must be said of the libraries and of how the spectrum was read.
    libraries : tuple of Library
        Those that were searched.
    """

    hits: tuple[RankedReference, ...]
    reasons: tuple[str, ...]
    quality: QualityReport
    remarks: tuple[str, ...] = ()
    libraries: tuple[Library, ...] = ()


def unranked(quality: QualityReport, reasons: tuple[str, ...], libraries: tuple[Library, ...]) -> HitList:
    """Give the list of a spectrum that cannot be compared.

    Parameters
    ----------
    quality : QualityReport
        Of the spectrum.
    reasons : tuple of str
        At least one code.
    libraries : tuple of Library
        Those that were asked.
    """
    return HitList((), reasons, quality, libraries=libraries)
