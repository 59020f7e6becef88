"""The release block: a statement about a library and its signatures, behind the sealed bytes.

Signing changes no byte of the library itself, so the content hash that was validated is the one
that is released. The block is plain JSON and is read, and its signatures are verified, before
HDF5 sees the library; the statement holds the hash of the seal, and the seal covers every byte.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from spectra.errors import LibraryError

from ..canonical import canonical

Role = Literal["creator", "approver"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

HEADER_BYTES: Final = 128
MAX_BLOCK_BYTES: Final = 16 * 2**20
VERSION: Final = 1

_WORD: Final = "contraspec.release"
_DOMAIN: Final = b"contraspec.release.signature/1\n"
_REMEDY: Final = "take the library from its release again"


@dataclass(frozen=True)
class Statement:
    """What creator and approver put their names to.

    Attributes
    ----------
    name : str
        Of the release.
    library, technique : str
        Name and technique of the library.
    references : int
        How many it has.
    content_sha256 : str
        Hash of its content.
    seal_sha256 : str
        Hash of the first 512 bytes of the file, which cover all others.
    calibration_sha256 : str
        Hash of the calibration as canonical JSON; empty without one.
    changes_head : str
        Hash of the last entry of the change log; empty without one.
    validation : dict or None
        Summary of ``library validate``, whole.
    created : str
        When the creator made this statement, ISO 8601 in UTC.
    expires : str
        Last day of use, ``YYYY-MM-DD`` in UTC; empty: no end.
    """

    name: str
    library: str
    technique: str
    references: int
    content_sha256: str
    seal_sha256: str
    calibration_sha256: str
    changes_head: str
    validation: dict[str, Any] | None
    created: str
    expires: str


@dataclass(frozen=True)
class Signature:
    """One signature.

    Attributes
    ----------
    role : str
        One of ``ROLES``.
    key : str
        Id of the key.
    public : str
        The public key, 64 hexadecimal digits. Trust never comes from here.
    name : str
        What the signer calls himself; who he is says the trust file.
    signed : str
        When, ISO 8601 in UTC, by the signer's clock.
    value : str
        The signature, 128 hexadecimal digits.
    """

    role: Role
    key: str
    public: str
    name: str
    signed: str
    value: str


@dataclass(frozen=True)
class Release:
    """A statement with its signatures, in the order they were given; a draft has but the creator's."""

    statement: Statement
    signatures: tuple[Signature, ...]

    @property
    def complete(self) -> bool:
        """Whether a creator signed, then an approver, each with a key of his own."""
        roles = tuple(signature.role for signature in self.signatures)
        return roles == ROLES and len({signature.key for signature in self.signatures}) == len(ROLES)


def key_id(public: bytes) -> str:
    """Id of a public key: first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:32]


def signed_bytes(release: Release, signature: Signature) -> bytes:
    """Bytes that a signature is over.

    A fixed first line, then canonical JSON of the statement, of what the signature says about itself,
    and of the signatures before it: so an approver's signature fits one creator's signature only.

    Parameters
    ----------
    release : Release
        May hold the signature and later ones already.
    signature : Signature
        Its ``value`` does not count.
    """
    own = {name: text for name, text in asdict(signature).items() if name != "value"}
    before = []
    for other in release.signatures:
        if other.role == signature.role:
            break
        before.append(other.value)
    return _DOMAIN + canonical({"statement": asdict(release.statement), "signature": own, "after": before})


def to_block(release: Release) -> bytes:
    """Bytes of a release block.

    Raises
    ------
    LibraryError
        When it is too large.
    """
    body = canonical(asdict(release))
    if len(body) > MAX_BLOCK_BYTES:
        raise LibraryError(
            f"the release statement has {len(body)} bytes, expected at most {MAX_BLOCK_BYTES}: "
            f"shorten the validation summary"
        )
    return _header(body) + body


def from_block(block: bytes, seal: bytes, path: str) -> Release:
    """Read what stands behind the sealed bytes of a library.

    Parameters
    ----------
    block : bytes
        All of it, at least one byte.
    seal : bytes
        Of the library.
    path : str
        What messages call the file.

    Raises
    ------
    LibraryError
        When it is damaged, of a newer version, or about another file.
    """
    first, _, _ = block[:HEADER_BYTES].partition(b"\n")
    word, _, version = first.partition(b" ")
    if word != _WORD.encode() or not version.isdigit():
        raise _damaged(path, "bytes that are no release stand behind it")
    if int(version[:9]) > VERSION:
        raise LibraryError(f"{path}: has a release of version {int(version[:9])}; update contraspec")
    body = block[HEADER_BYTES:]
    if block[:HEADER_BYTES] != _header(body):
        raise _damaged(path, "its release is cut short or was changed")
    try:
        release = _release(json.loads(body))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"its release cannot be read ({error})") from error
    if canonical(asdict(release)) != body:
        raise _damaged(path, "its release is not written as contraspec writes it")
    if release.statement.seal_sha256 != hashlib.sha256(seal).hexdigest():
        raise _damaged(path, "its release is that of another file")
    return release


def _header(body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    text = f"{_WORD} {VERSION}\nlength {len(body)}\nsha256 {digest}\n"
    return text.encode("ascii").ljust(HEADER_BYTES, b"\0")


def _release(value: Mapping[str, Any]) -> Release:
    statement = Statement(**value["statement"])
    signatures = tuple(Signature(**each) for each in value["signatures"])
    kinds = {"references": int, "validation": dict | None}
    for table in (asdict(statement), *map(asdict, signatures)):
        for name, each in table.items():
            if not isinstance(each, kinds.get(name, str)):
                raise TypeError(f"{name} is of the wrong kind")
    if not signatures or any(signature.role not in ROLES for signature in signatures):
        raise ValueError("nobody signed it")
    for signature in signatures:
        if signature.key != key_id(bytes.fromhex(signature.public)):
            raise ValueError("a key's id is not that of the key")
        bytes.fromhex(signature.value)
    for moment in (statement.created, *(signature.signed for signature in signatures)):
        if datetime.fromisoformat(moment).tzinfo is None:
            raise ValueError(f"{moment} has no offset from UTC")
    if statement.expires:
        date.fromisoformat(statement.expires)
    return Release(statement, signatures)


def _damaged(path: str, what: str) -> LibraryError:
    return LibraryError(f"{path}: is damaged or was changed, {what}; {_REMEDY}")
