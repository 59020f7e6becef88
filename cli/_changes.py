"""Who changes a library and why: options that such commands share, and the last steps before saving."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ._progress import Progress
from ._streams import printable

if TYPE_CHECKING:
    from libraries.library import Library

BY_VARIABLE: Final = "CONTRASPEC_BY"
"""Environment variable with the name of who works here."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def change_options(function: _Command) -> _Command:
    """``--by NAME`` and ``--why TEXT``."""
    for option in (
        click.option(
            "--why", default="", metavar="TEXT", help="Reason, for the library's change log. Default: none."
        ),
        click.option(
            "--by",
            "who",
            metavar="NAME",
            help="Who does it, for the library's change log. Default: the environment variable "
            "CONTRASPEC_BY; where that is not set the log says that nobody was named.",
        ),
    ):
        function = option(function)
    return function


def stated_by(who: str | None) -> str:
    """Name that was given, or the configured one, or none: never an invented one."""
    return (os.environ.get(BY_VARIABLE, "") if who is None else who).strip()


def save_recorded(
    library: "Library",
    output: str,
    what: str,
    *,
    by: tuple[str | None, str] = (None, ""),
    references: Iterable[str] = (),
    details: Mapping[str, Any] | None = None,
) -> "Library":
    """Append to the change log and save.

    Parameters
    ----------
    library : Library
        As it is to be.
    output : str
        Where.
    what : str
        One of ``libraries.changes.WHATS``.
    by : tuple of str
        Who and why, as typed.
    references, details
        As for ``libraries.changes.record``.
    """
    from libraries.changes import record
    from libraries.library import save_library

    recorded = record(library, what, who=stated_by(by[0]), why=by[1], references=references, details=details)
    return save_library(recorded, output)


def searchable(library: "Library", warnings: list[str], *, calibrate: bool) -> "Library":
    """Prepare a library for the search and calibrate it, as far as its technique and size allow.

    Parameters
    ----------
    library : Library
        Of any technique.
    warnings : list of str
        Told what could not be done.
    calibrate : bool
        False leaves the calibration out.

    Raises
    ------
    LibraryError
        When a reference cannot be prepared.
    """
    from libraries.calibrating import PIPELINES, prepare_library

    if library.technique not in PIPELINES:
        warnings.append(f"identify cannot search {library.technique} libraries yet: stored, not calibrated")
        return library
    with Progress("preparing") as progress:
        library = prepare_library(library, progress=progress.update)
    return calibrated(library, warnings) if calibrate else library


def calibrated(library: "Library", warnings: list[str]) -> "Library":
    """Return the library with a calibration, or as it is with a warning when it is too small for one."""
    from libraries.calibrating import fit_library
    from spectra.errors import CalibrationError

    try:
        with Progress("calibrating") as progress:
            fitted = fit_library(library, progress=progress.update)
    except CalibrationError as error:
        warnings.append(f"not calibrated: {error}")
        return library
    if fitted.calibration is None:
        warnings.append("not calibrated: it takes at least two substances")
    return fitted


def at_fault(error: Exception, subject: str, manifest: str | None) -> str:
    """Name of what an error is about: the manifest where that cannot be used, else the subject."""
    from libraries.manifest import ManifestError

    return manifest if manifest is not None and isinstance(error, ManifestError) else subject


def say_warnings(warnings: Iterable[str]) -> None:
    """Write warnings on stderr, one a line."""
    for warning in warnings:
        click.echo(f"contraspec: warning: {printable(warning)}", err=True)
