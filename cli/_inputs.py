"""Which files a command line means, and how one of them is read."""

import dataclasses
import glob
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ._errors import Failure

if TYPE_CHECKING:
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
            yield Failure(argument, "not_found", message)


def read_file(path: str, *, technique: "Technique | None" = None) -> tuple["Spectrum", ...]:
    """Spectra of one file.

    Parameters
    ----------
    path : str
        As typed.
    technique : str, optional
        What the scan is, whatever the file says.

    Raises
    ------
    ReadError
        When the file gives no spectrum.
    """
    from spectra.io import read_spectra  # numpy comes with it: only when a file is read

    spectra = read_spectra(path, technique=technique)
    if technique is None:
        return spectra
    note = f"taken as {technique}: --technique {technique} was given"
    return tuple(dataclasses.replace(one, warnings=(*one.warnings, note)) for one in spectra)
