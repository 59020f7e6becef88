"""Who answers for a library, as the ``library`` commands tell of it."""

from typing import TYPE_CHECKING, Any, Final, TypedDict

if TYPE_CHECKING:
    from libraries.library import Library
    from libraries.releases.block import Release
    from libraries.releases.policy import Standing

RELEASE_SCHEMA: Final = "contraspec.release/1"
VERIFIED_SCHEMA: Final = "contraspec.verified/1"


class SignatureRecord(TypedDict):
    """One signature."""

    role: str
    name: str
    key: str
    signed: str


class ReleaseRecord(TypedDict):
    """``contraspec.release/1``: what was signed, by whom."""

    schema: str
    library: str
    name: str
    release: str
    state: str
    signatures: list[SignatureRecord]
    created: str
    expires: str
    references: int
    sha256: str
    calibration_sha256: str
    changes_head: str
    validated: bool


class VerifiedRecord(TypedDict):
    """``contraspec.verified/1``: an intact library and who answers for it."""

    schema: str
    library: str
    name: str
    intact: bool
    references: int
    sha256: str
    state: str
    reasons: list[str]
    release: str
    signatures: list[SignatureRecord]
    created: str
    expires: str
    validation: dict[str, Any] | None
    trust: str


def release_record(path: str, release: "Release") -> ReleaseRecord:
    """Record of a draft or release.

    Parameters
    ----------
    path : str
        Where it was written.
    release : Release
        What was signed.
    """
    stated = release.statement
    return {
        "schema": RELEASE_SCHEMA,
        "library": path,
        "name": stated.library,
        "release": stated.name,
        "state": "signed" if release.complete else "draft",
        "signatures": _signatures(release, tuple(each.name for each in release.signatures)),
        "created": stated.created,
        "expires": stated.expires,
        "references": stated.references,
        "sha256": stated.content_sha256,
        "calibration_sha256": stated.calibration_sha256,
        "changes_head": stated.changes_head,
        "validated": stated.validation is not None,
    }


def release_lines(release: "Release") -> list[str]:
    """Lines that say what is signed."""
    stated = release.statement
    return [
        f"  release {stated.name} of {stated.library}, {stated.references} references, {stated.technique}",
        f"  content {stated.content_sha256}",
        f"  calibration {stated.calibration_sha256[:16] or 'none: it will give no probabilities'}",
        f"  validation {_validation_line(stated.validation)}",
        f"  change log {stated.changes_head[:16] or 'empty'}",
        f"  stated {stated.created}, {'expires ' + stated.expires if stated.expires else 'does not expire'}",
        *(f"  {each.role}: {each.name}, {each.signed}, key {each.key[:16]}" for each in release.signatures),
    ]


def verified_record(path: str, library: "Library", standing: "Standing", trust: str) -> VerifiedRecord:
    """Record of an intact library.

    Parameters
    ----------
    path : str
        As typed.
    library : Library
        Verified.
    standing : Standing
        What the gate made of it.
    trust : str
        Trust file that was asked; empty for none.
    """
    release = standing.release
    return {
        "schema": VERIFIED_SCHEMA,
        "library": path,
        "name": library.name,
        "intact": True,
        "references": len(library),
        "sha256": library.content_sha256,
        "state": standing.state,
        "reasons": list(standing.reasons),
        "release": library.release_name,
        "signatures": _signatures(release, standing.signers) if release else [],
        "created": release.statement.created if release else "",
        "expires": release.statement.expires if release else "",
        "validation": release.statement.validation if release else None,
        "trust": trust,
    }


def _signatures(release: "Release", names: tuple[str, ...]) -> list[SignatureRecord]:
    return [
        {"role": each.role, "name": name, "key": each.key, "signed": each.signed}
        for each, name in zip(release.signatures, names, strict=True)
    ]


def _validation_line(validation: dict[str, Any] | None) -> str:
    if validation is None:
        return "none"
    cases = validation.get("cases", {})
    return f"on {cases.get('n', 'unknown')} cases" if isinstance(cases, dict) else "unreadable"
