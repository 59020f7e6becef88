"""``lint``: every check there is, in one table, over one survey of the library."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from spectra.errors import LibraryError

from .._shelf import STARTER_PARTS
from ..library import Library
from . import lint_axis, lint_identity, lint_names, lint_record, lint_signal
from .findings import Finding, in_order
from .survey import Progress, Survey, survey


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes
    ----------
    title : str
        What it looks for.
    codes : tuple of str
        Of the findings it may give.
    find : callable
        From a survey to findings.
    about_record : bool
        True where it is about what is written, not about what was measured.
    """

    title: str
    codes: tuple[str, ...]
    find: Callable[[Survey], Iterable[Finding]]
    about_record: bool = False


CHECKS: Final[tuple[Check, ...]] = (
    Check("near-identical spectra under two names", ("same_spectrum",), lint_names.same_spectrum),
    Check("one name over dissimilar spectra", ("dissimilar_name",), lint_names.dissimilar_name),
    Check("labels of another substance", ("mislabelled",), lint_names.mislabelled),
    Check("replicates that disagree", ("inconsistent_replicates",), lint_names.inconsistent_replicates),
    Check("signal-to-noise", ("low_snr",), lint_signal.low_snr),
    Check("residual baseline", ("residual_baseline", "intensity_offset"), lint_signal.residual_baseline),
    Check("cosmic rays", ("spikes",), lint_signal.spikes),
    Check("saturation", ("saturation",), lint_signal.saturation),
    Check("resolution", ("low_resolution", "instrument_resolution"), lint_signal.resolution),
    Check("axis offset", ("axis_offset", "instrument_axis_offset"), lint_axis.axis_offset),
    Check("range", ("short_range",), lint_axis.short_range),
    Check("wrong identifiers", ("bad_identifier",), lint_identity.bad_identifiers),
    Check("identifiers of two names", ("identifier_conflict",), lint_identity.shared_identifiers),
    Check(
        "identifiers that are not the name's", ("identifier_conflict",), lint_identity.unlisted_identifiers
    ),
    Check("roles that take an alert away", ("role_conflict",), lint_identity.role_conflicts),
    Check("spectra that cannot be prepared", ("cannot_be_prepared",), lint_record.unprepared),
    Check(
        "measurements refused at building",
        ("saturation", "low_snr", "left_out"),
        lint_record.left_out,
    ),
    Check("changes without a record", ("unrecorded_change",), lint_record.unrecorded_change, True),
    Check("missing identifiers", ("missing_identifier",), lint_record.missing_identifiers, True),
    Check("licence", ("licence_unknown",), lint_record.missing_licences, True),
    Check("assurance of identity", ("identity_not_assured",), lint_record.missing_assurance, True),
    Check("role", ("role_unknown",), lint_record.unknown_roles, True),
)
"""All checks, in the order they are run."""


def lint_library(library: Library, *, progress: Progress | None = None) -> tuple[Finding, ...]:
    """Look for what a laboratory should mend before it relies on a library.

    Every reference is measured by itself, compared with the others of its instrument, with those of its
    name, with every other name, and with the shipped reference of its substance where there is one.
    Limits are set by what the library's own references have in common and by their noise.

    Parameters
    ----------
    library : Library
        Of any technique.
    progress : callable, optional
        Called with what is done and what there is to do.

    Returns
    -------
    tuple of Finding
        Gravest first; empty where there is nothing to say.
    """
    seen = survey(library, second=shipped(library), progress=progress)
    return in_order(finding for check in CHECKS for finding in check.find(seen))


def shipped(library: Library) -> Library | None:
    """Shipped references to hold a library's names against; None for the shipped ones themselves."""
    part = next((each for each in STARTER_PARTS if each.technique == library.technique), None)
    try:
        starter = part.open() if part else None
    except LibraryError:
        return None
    return None if starter is None or starter.content_sha256 == library.content_sha256 else starter
