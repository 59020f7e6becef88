"""Which files a command line means, and how one of them is read."""

import dataclasses
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ._errors import Failure, Wording

if TYPE_CHECKING:
    from spectra.errors import ReadError
    from spectra.io import Measurement
    from spectra.spectrum import Spectrum
    from spectra.units import Technique


def expand_inputs(arguments: Sequence[str]) -> Iterator[str | Failure]:
    """Files in the order typed; a pattern that the shell left alone is expanded, sorted.

    Only ``*`` and ``?`` are signs of a pattern, and only where no file has that very name.

    Parameters
    ----------
    arguments : sequence of str
        As typed.

    Yields
    ------
    str or Failure
        A path, or ``not_found`` for a pattern that matches nothing.
    """
    for argument in arguments:
        if os.path.lexists(argument) or not ("*" in argument or "?" in argument):
            yield argument
            continue
        matches = sorted(path for path in glob.glob(argument.replace("[", "[[]")) if not os.path.isdir(path))
        yield from matches
        if not matches:
            message = "no file matches this pattern: check the folder and the name"
            yield Failure(argument, "not_found", message, wording=Wording("error.pattern", whole=True))


@dataclass(frozen=True)
class ReadOptions:
    """What the caller says of the scans, whatever the files say.

    Attributes
    ----------
    technique : str or None
        What the scans are.
    column : str or None
        Name or number of the column to take as ordinate.
    laser_nm : float or None
        Wavelength of the laser, for a Raman axis in nm.
    """

    technique: "Technique | None" = None
    column: str | None = None
    laser_nm: float | None = None


def read_file(path: str, options: ReadOptions) -> tuple["Measurement | ReadError", ...]:
    """Read everything one file holds.

    Parameters
    ----------
    path : str
        As typed.
    options : ReadOptions
        What the caller says.

    Returns
    -------
    tuple of Measurement or ReadError
        An error stands in the place of one that is damaged while others are not.

    Raises
    ------
    ReadError
        When nothing of the file can be read.
    """
    from spectra.io import read_measurements  # numpy comes with it: only when a file is read

    return read_measurements(
        path, technique=options.technique, column=options.column, laser_nm=options.laser_nm
    )


def spectrum_of(measured: "Measurement | ReadError", options: ReadOptions) -> "Spectrum":
    """Spectrum of one measurement, with a note of what the caller said.

    Raises
    ------
    ReadError
        When it is damaged, or no spectrum.
    """
    if isinstance(measured, Exception):
        raise measured
    spectrum = measured.spectrum()
    if options.technique is None:
        return spectrum
    note = f"taken as {options.technique}: --technique {options.technique} was given"
    return dataclasses.replace(spectrum, warnings=(*spectrum.warnings, note))
