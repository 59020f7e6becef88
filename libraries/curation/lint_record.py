"""Checks of what is written about the references: gaps, licences, what building left out."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ..changes import unrecorded
from ..reference import Reference
from .findings import Finding, Severity, names_of
from .survey import Survey

_REASONS: Final = {"saturated": "saturation", "too_weak": "low_snr", "flat": "low_snr"}


def missing_identifiers(survey: Survey) -> Iterator[Finding]:
    """Neither CAS number nor InChIKey."""
    yield from _lacking(
        survey, "missing_identifier", "have neither CAS number nor InChIKey",
        lambda each: not each.label.cas and not each.label.inchikey,
        "add the columns cas or inchikey to the manifest",
    )  # fmt: skip


def missing_licences(survey: Survey) -> Iterator[Finding]:
    """Terms of use that nobody stated."""
    yield from _lacking(
        survey, "licence_unknown", "state no licence",
        lambda each: not each.provenance.licence,
        "add the column licence to the manifest; a library with unknown terms cannot be handed on",
    )  # fmt: skip


def missing_assurance(survey: Survey) -> Iterator[Finding]:
    """Substances whose identity nobody vouches for."""
    yield from _lacking(
        survey, "identity_not_assured", "state no assurance of the substance's identity",
        lambda each: each.provenance.identity_assurance == "none",
        "add the column identity_assurance to the manifest: certificate, GC-MS or supplier label",
    )  # fmt: skip


def unknown_roles(survey: Survey) -> Iterator[Finding]:
    """Roles that nobody stated and the substance table doesn't know."""
    yield from _lacking(
        survey, "role_unknown", "have no role: they raise no alert and never reassure",
        lambda each: each.label.role == "unknown",
        "add the column role to the manifest",
    )  # fmt: skip


def unprepared(survey: Survey) -> Iterator[Finding]:
    """Find references of which the search's preprocessing can make nothing."""
    for place, reason in survey.failures.items():
        reference = survey.reference(place)
        yield Finding(
            "cannot_be_prepared", "error", (reference.id,), (reference.label.substance,), reason,
            "mend its file and build again, or deprecate it",
        )  # fmt: skip


def left_out(survey: Survey) -> Iterator[Finding]:
    """Measurements that building refused, as the change log has them."""
    present = {reference.provenance.file for reference in survey.library.references}
    for change in survey.library.changes:
        for entry in change.details.get("unusable", ()):
            if isinstance(entry, dict) and str(entry.get("file")) not in present:
                yield _left_out(entry)


def _left_out(entry: dict[str, Any]) -> Finding:
    reason, file, name = (str(entry.get(key, "")) for key in ("reason", "file", "name"))
    codes = [code for word, code in _REASONS.items() if word in reason]
    return Finding(
        codes[0] if codes else "left_out", "error", (), (name,) if name else (),
        f"{name or file} [{file}]: not in the library, {reason}",
        "measure again and add it",
    )  # fmt: skip


def unrecorded_change(survey: Survey) -> Iterator[Finding]:
    """Content that is not the one that the change log ends with."""
    if unrecorded(survey.library):
        yield Finding(
            "unrecorded_change", "error", (), (),
            "the content is not that of the change log's last entry: something changed it without a record",
            "take the library from its release or a backup, or find out who changed what",
        )  # fmt: skip


def _lacking(
    survey: Survey, code: str, message: str, lacks: Callable[[Reference], bool], remedy: str
) -> Iterator[Finding]:
    """One finding for all references that lack something."""
    severity: Severity = "info"
    found = [traits.reference for traits in survey.traits if lacks(traits.reference)]
    if found:
        total = len(survey.traits)
        ids = tuple(each.id for each in found)
        text = f"{len(found)} of {total} references {message}"
        yield Finding(code, severity, ids, names_of(found), text, remedy)
