"""The two signatures of a release: the creator's makes a draft, another person's makes it a release."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from spectra.errors import ExtraError, LibraryError

from .. import _container
from .._replacing import Origin, read_origin
from .._storing import read_sealed
from .._writing import write_sealed
from ..canonical import sha256_of
from ..changes import changes_head
from ..library import Library, verify_library
from .block import Release, Role, Signature, Statement, signed_bytes, to_block
from .people import Person, open_person
from .policy import WHY, Gate
from .trust import Trust, now_text

__all__ = [
    "VALIDATION_SCHEMA",
    "Draft",
    "Person",
    "Terms",
    "approve",
    "draft_release",
    "open_draft",
    "open_person",
    "read_validation",
    "write_release",
]

VALIDATION_SCHEMA: Final = "contraspec.validation/1"


@dataclass(frozen=True)
class Draft:
    """A library that its creator has signed.

    Attributes
    ----------
    data : bytes
        The sealed bytes of the library, verified.
    origin : Origin
        The file they were read from.
    release : Release
        With the creator's signature.
    creator : str
        His name, the trust file's where it knows the key.
    """

    data: bytes = field(repr=False)
    origin: Origin
    release: Release
    creator: str


@dataclass(frozen=True)
class Terms:
    """What a creator states beside what the library says itself.

    Attributes
    ----------
    name : str
        Of the release.
    expires : str
        Last day of use, ``YYYY-MM-DD``; empty: no end.
    validation : mapping or None
        Summary of ``library validate`` for this very content.
    """

    name: str
    expires: str = ""
    validation: Mapping[str, Any] | None = None


def draft_release(path: str, terms: Terms, *, creator: Person) -> Draft:
    """Sign a library as its creator.

    Parameters
    ----------
    path : str
        The library; a release that it has is not taken over.
    terms : Terms
        What is stated.
    creator : Person
        With the role creator.

    Raises
    ------
    LibraryError
        When the library is not intact, the terms don't fit it, or the key may not create.
    """
    origin = read_origin(path)
    library = verify_library(path)
    data = read_sealed(path)
    release = Release(_statement(library, data[: _container.SEAL_BYTES], terms), ())
    return Draft(data, origin, _signed(release, "creator", creator), creator.key.name)


def open_draft(path: str, *, trust: Trust | None = None) -> Draft:
    """Open a draft to approve it.

    Parameters
    ----------
    path : str
        A library that its creator signed.
    trust : Trust, optional
        Says who the creator is; without it his own word counts.

    Raises
    ------
    LibraryError
        When it is no draft, not intact, its creator's signature does not fit, or is that of a key that the
        trust file revoked.
    ExtraError
        When signatures cannot be checked here.
    """
    origin = read_origin(path)
    standing = verify_library(path, gate=Gate(trust=trust)).standing
    release = standing.release if standing else None
    if standing is None or release is None or standing.state != "draft":
        state = standing.state if standing else "unsigned"
        raise LibraryError(
            f"{path}: is {state}, an approver signs a draft; let its creator sign it first with --creator-key"
        )
    if "library_unchecked" in standing.reasons:
        raise ExtraError(f"{path}: {WHY['library_unchecked']}")
    known = trust.find(release.signatures[0].key) if trust else None
    if trust and (known is None or known.revoked_at or "creator" not in known.roles):
        raise LibraryError(
            f"{path}: the trust file does not let {standing.signers[0]!r} create; it is not approved"
        )
    return Draft(read_sealed(path), origin, release, standing.signers[0])


def approve(draft: Draft, *, approver: Person) -> Release:
    """Sign a draft as its approver.

    Raises
    ------
    LibraryError
        When the approver may not approve, or is the creator.
    """
    release = _signed(draft.release, "approver", approver)
    if _same_person(draft.creator, approver.key.name) or not release.complete:
        raise LibraryError(
            f"the draft was created by {draft.creator!r}, who cannot approve it too: two people answer for a "
            f"release"
        )
    return release


def write_release(output: str, draft: Draft, release: Release) -> None:
    """Write a library and what was signed behind it, whole or not at all.

    Raises
    ------
    LibraryError
        When it cannot be written, or is the file that was signed and another has changed it since.
    """
    write_sealed(output, draft.origin, draft.data, to_block(release))


def read_validation(path: str) -> dict[str, Any]:
    """Read the summary that ``library validate`` wrote.

    Raises
    ------
    LibraryError
        When it is missing or no summary.
    """
    try:
        with open(path, "rb") as file:
            value = json.loads(file.read())
    except (OSError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path}: cannot be read ({error}), expected a validation summary") from error
    if not isinstance(value, dict) or value.get("schema") != VALIDATION_SCHEMA:
        raise LibraryError(f"{path}: is not {VALIDATION_SCHEMA}; make it with 'contraspec library validate'")
    return value


def _statement(library: Library, seal: bytes, terms: Terms) -> Statement:
    if not terms.name.strip() or len(terms.name) > 200:
        raise LibraryError(f"release name {terms.name!r:.60}: expected a name of at most 200 characters")
    if terms.expires and date.fromisoformat(terms.expires).isoformat() < now_text()[:10]:
        raise LibraryError(f"expires {terms.expires}: that day is over; give a later one")
    validation = dict(terms.validation) if terms.validation is not None else None
    if validation is not None and _sha256_in(validation) != library.content_sha256:
        raise LibraryError(
            f"the validation summary is of content {_sha256_in(validation)[:16]!r}, the library has "
            f"{library.content_sha256[:16]}: validate this library"
        )
    calibration = "" if library.calibration is None else sha256_of(library.calibration)
    return Statement(
        name=terms.name,
        library=library.name,
        technique=library.technique,
        references=len(library),
        content_sha256=library.content_sha256,
        seal_sha256=_digest(seal),
        calibration_sha256=calibration,
        changes_head=changes_head(library.changes),
        validation=validation,
        created=now_text(),
        expires=terms.expires,
    )


def _signed(release: Release, role: Role, person: Person) -> Release:
    """Add a signature."""
    key = person.key
    if role not in key.roles:
        raise LibraryError(f"the key of {key.name!r} may sign as {' and '.join(key.roles)}, not as {role}")
    now = now_text()
    if key.revoked_at or not key.covers(now) or key.valid_until == now:
        raise LibraryError(f"the key of {key.name!r} is {key.state}: sign with the one that replaced it")
    signature = Signature(role, key.id, key.public, key.name, now, "")
    value = person.signer.sign(signed_bytes(release, signature)).hex()
    return Release(release.statement, (*release.signatures, replace(signature, value=value)))


def _sha256_in(validation: Mapping[str, Any]) -> str:
    library = validation.get("library")
    return str(library.get("sha256", "")) if isinstance(library, dict) else ""


def _same_person(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
