"""The near infrared part of the starter library: its tables, and spectra drawn from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spectra.errors import LibraryError
from spectra.label import Grade, Role

from . import tables
from .reading import Row, Tables, number

REFERENCES_FILE: Final = "nir_references.tsv"
BANDS_FILE: Final = "nir_bands.tsv"
REFERENCE_COLUMNS: Final = (
    *("key", "substance", "form", "cas", "inchikey", "role", "grade", "range_lo_nm", "range_hi_nm"),
    *("source", "source_licence", "fit_r", "n_bands", "note"),
)
BAND_COLUMNS: Final = ("key", "band_nm", "fwhm_nm", "height")
TABLES: Final = Tables(
    REFERENCES_FILE, BANDS_FILE, REFERENCE_COLUMNS, BAND_COLUMNS, ("range_lo_nm", "range_hi_nm")
)
FOUR_LN2: Final = 4.0 * float(np.log(2.0))
HIGHEST: Final = 100.0
"""Height in the tables that is drawn as an absorbance of 1."""


@dataclass(frozen=True)
class NirBand:
    """One Gaussian band: centre and full width at half maximum in nm, height 0 to about 100."""

    centre_nm: float
    fwhm_nm: float
    height: float


@dataclass(frozen=True)
class NirReference:
    """One reference that is drawn from its bands.

    Attributes
    ----------
    key : str
        Unique; stays the same over releases.
    substance, form, cas, inchikey, role : str
        As in the substance table; identifiers are empty when not known.
    grade : str
        ``C`` fitted from measured spectra, ``D`` from a published band table.
    range_lo_nm, range_hi_nm : float
        Where the bands say something; outside it nothing is known.
    source, source_licence : str
        What the bands were taken from.
    fit_r : float or None
        Pearson correlation of the drawn with the measured second derivative; None for grade D.
    note : str
        What a user should know; often empty.
    bands : tuple of NirBand
        Ascending centres, within the range.
    """

    key: str
    substance: str
    form: str
    cas: str
    inchikey: str
    role: Role
    grade: Grade
    range_lo_nm: float
    range_hi_nm: float
    source: str
    source_licence: str
    fit_r: float | None
    note: str
    bands: tuple[NirBand, ...]


def draw_absorbance(bands: Iterable[NirBand], axis_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of Gaussian bands.

    Near infrared bands of powders are broad overlaps of many transitions: a Gaussian each serves,
    and what counts of the sum is its second derivative, whose minima are the bands.

    Parameters
    ----------
    bands : iterable of NirBand
        None gives zeros.
    axis_nm : array, shape (m,)
        Wavelength.

    Returns
    -------
    array, shape (m,), float64
        Absorbance.
    """
    points = np.asarray(axis_nm, dtype=np.float64)
    absorbance = np.zeros(points.shape, dtype=np.float64)
    for band in bands:
        squared = ((points - band.centre_nm) / band.fwhm_nm) ** 2
        absorbance += band.height / HIGHEST * np.exp(-FOUR_LN2 * squared)
    return absorbance


@lru_cache(maxsize=1)
def load_nir_references() -> tuple[NirReference, ...]:
    """All references with their bands, in the order of the table.

    Raises
    ------
    LibraryError
        When a table is malformed; the message names the line.
    """
    return TABLES.read_all(tables.FOLDER, _band, _reference)


def _band(where: str, row: Row) -> NirBand:
    band = NirBand(*(number(where, row, column) for column in BAND_COLUMNS[1:]))
    if band.fwhm_nm <= 0 or band.height <= 0:
        raise LibraryError(f"{where}: {band}, expected a width and height above 0")
    return band


def _reference(where: str, row: Row, bands: tuple[NirBand, ...]) -> NirReference:
    fields = TABLES.fields(where, row, [band.centre_nm for band in bands])
    return NirReference(**fields, bands=bands)
