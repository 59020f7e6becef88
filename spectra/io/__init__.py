"""Read the exports of handheld detectors.

`read_spectra` tells a file's format from its content, not from its name, and gives one
`Spectrum` for each spectrum in it. What it cannot read for certain it refuses, with a
subclass of `ReadError` that says what was expected and what to do; what it had to leave
out or assume stands in ``Spectrum.warnings``.

Cleaning is the same for all formats: rows in which the axis or the intensity is no finite
number are dropped and counted; consecutive rows that repeat an axis value are averaged and
counted; an axis that changes direction is refused; a step wider than the others is noted.

Names in ``Spectrum.metadata`` (always there: the first six; the others where known):

==========================  ==========================================================
``source_file``             file name without folders
``source_sha256``           of the whole file
``format``                  name in `FORMATS`
``reader``                  the reader and its version
``quantity``                what the ordinate is, one of ``spectra.units.QUANTITIES``
``index``                   position of the spectrum in its file, from 0
``instrument``              model
``serial``                  serial number or the maker's code of the device
``detector``                sensor
``software``                program and version that exported
``laser_wavelength_nm``     as stated in the file
``integration_time_s``      of one exposure
``averages``                exposures averaged
``date``                    as written in the file
``label``                   name given to the scan by the operator or the program
``note``                    remark of the operator
``measurement_id``          the maker's
``origin``, ``cas``         as stated in JCAMP-DX
``x_column``, ``y_column``  the columns used
``baseline_corrected``      True when the file names a baseline algorithm
``intensity_corrected``     True when the detector's response was divided out
``deconvolved``             True when the file says so
``raw_max``                 highest raw count, where the raw column was exported
``detector_max``            count at which the converter is full, where known
==========================  ==========================================================
"""

from ._format import Format
from .formats import FORMATS
from .measurement import Measurement
from .reading import read_measurements, read_measurements_from_bytes, read_spectra, read_spectra_from_bytes

__all__ = [
    "FORMATS",
    "Format",
    "Measurement",
    "read_measurements",
    "read_measurements_from_bytes",
    "read_spectra",
    "read_spectra_from_bytes",
]
